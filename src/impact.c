/*-------------------------------------------------------------------------
 *
 * impact.c
 *	  check_changes: what the rules would say of many changes made as one
 *	  statement, changing nothing.
 *
 * The changes are supposed to be made (overlay.c), all of them at once, as one
 * MERGE would: a row without a manager to take the client from is a plain bind of
 * the day, one without a manager to give it to is an unbind, any other a move.
 * Then every new pair and every change is judged as the triggers judge theirs,
 * and what is found is told in the same words.  Like check_pair it takes no lock
 * and reads the snapshot of the query.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "engine.h"

PG_FUNCTION_INFO_V1(kbnorms_check_changes);

/* The changes that are supposed to be made. */
typedef struct Batch
{
	KbJudgement *judgement;
	Size		nchange;
	KbChange   *change;
	Size		nadded;
	KbBindingRow *added;		/* one for each pair */
	KbPair	   *pair;
	Size	   *pair_change;	/* the change that brings each pair in */
	Size		ngone;
	KbBindingRow *gone;
} Batch;

/* The binding that a change ends or moves, which must be there. */
static void
find_binding(KbBase *base, int32 organization_id, int32 manager_id, KbBindingRow *row)
{
	KbScan	   *scan = kb_probe_pair(base, KB_BEFORE, organization_id, manager_id);

	if (!kb_next(scan))
		ereport(ERROR,
				(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
				 errmsg("organization %d is not bound to manager %d",
						organization_id, manager_id),
				 errhint("Give no from_manager_id for a client that is to be bound.")));
	kb_binding_row(base, scan->slot, row);
	row->has_exception = false;
}

/* Suppose one change, if it changes anything. */
static void
add_change(Batch *batch, int32 organization_id, bool has_from, int32 from,
		   bool has_to, int32 to)
{
	KbBase	   *base = batch->judgement->base;
	KbChange   *change = &batch->change[batch->nchange];
	KbBindingRow row = {.organization_id = organization_id};
	KbOrganization organization;

	if (!has_from && !has_to)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("a change of organization %d names no manager",
						organization_id),
				 errhint("Give from_manager_id, to_manager_id or both.")));
	kb_find_organization(batch->judgement, organization_id, &organization);
	if (has_to)
		(void) kb_find_manager(batch->judgement, to);
	if (has_from)
	{
		find_binding(base, organization_id, from, &row);
		if (has_to && to == from)
			return;
		batch->gone[batch->ngone++] = row;
	}
	memset(change, 0, sizeof(KbChange));
	change->kind = has_from ? (has_to ? KB_MOVE : KB_UNBIND) : KB_BIND;
	change->organization_id = organization_id;
	change->has_from = has_from;
	change->from_manager_id = from;
	change->has_to = has_to;
	change->to_manager_id = to;
	change->additional = row.additional;
	change->new_pair = has_to;
	if (has_to)
	{
		row.manager_id = to;
		row.bound_on = batch->judgement->day;
		batch->pair_change[batch->nadded] = batch->nchange;
		batch->added[batch->nadded++] = row;
	}
	batch->nchange++;
}

/* Order of rows by their pair. */
static int
compare_rows(const void *a, const void *b)
{
	const KbBindingRow *x = a;
	const KbBindingRow *y = b;

	if (x->organization_id != y->organization_id)
		return x->organization_id < y->organization_id ? -1 : 1;
	return (x->manager_id > y->manager_id) - (x->manager_id < y->manager_id);
}

/* No binding may be ended or moved by two changes. */
static void
refuse_repeated(Batch *batch)
{
	qsort(batch->gone, batch->ngone, sizeof(KbBindingRow), compare_rows);
	for (Size i = 1; i < batch->ngone; i++)
		if (compare_rows(&batch->gone[i - 1], &batch->gone[i]) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_CARDINALITY_VIOLATION),
					 errmsg("the binding of organization %d to manager %d is changed twice",
							batch->gone[i].organization_id,
							batch->gone[i].manager_id)));
}

/* Is the binding of a pair ended or moved by a change? */
static bool
is_gone(const Batch *batch, const KbBindingRow *row)
{
	return batch->ngone > 0 &&
		bsearch(row, batch->gone, batch->ngone, sizeof(KbBindingRow),
				compare_rows) != NULL;
}

/* Make the pairs that are brought in, and judge everything. */
static void
judge_batch(Batch *batch)
{
	KbJudgement *judgement = batch->judgement;
	MemoryContext context = judgement->base->context;

	batch->pair = MemoryContextAllocHuge(context, Max(batch->nadded, 1) * sizeof(KbPair));
	for (Size i = 0; i < batch->nadded; i++)
	{
		KbPair	   *pair = &batch->pair[i];

		kb_pair_from_row(pair, &batch->added[i]);
		pair->organization = MemoryContextAlloc(context, sizeof(KbOrganization));
		kb_find_organization(judgement, pair->organization_id, pair->organization);
		pair->manager = kb_find_manager(judgement, pair->manager_id);
		/* a binding that is there and stays cannot be made once more */
		pair->kept = !kb_pair_is_new(judgement, pair) &&
			!is_gone(batch, &batch->added[i]);
		pair->rules = pair->kept ?
			KB_RULE_BIT(KB_R_PERSONAL) | KB_RULE_BIT(KB_R_MULTIPLE) : KB_ALL_RULES;
	}
	kb_suppose(judgement->base, batch->added, batch->nadded, batch->gone,
			   batch->ngone);
	for (Size i = 0; i < batch->nadded; i++)
		kb_judge_pair(judgement, &batch->pair[i]);
	for (Size i = 0, added = 0; i < batch->nchange; i++)
	{
		/* of what is there already nothing else is asked */
		if (!batch->change[i].has_to || !batch->pair[added++].kept)
			kb_judge_changes(judgement, &batch->change[i], 1);
	}
	kb_sort_findings(judgement);
}

/* A manager of a change, if it names one. */
static void
set_manager(Datum *value, bool *isnull, bool has, int32 id)
{
	*isnull = !has;
	*value = Int32GetDatum(id);
}

/* What was found, each as a row. */
static void
put_findings(ReturnSetInfo *result, Batch *batch)
{
	KbJudgement *judgement = batch->judgement;
	MemoryContext one_finding = AllocSetContextCreate(CurrentMemoryContext,
													  "kbnorms finding",
													  ALLOCSET_DEFAULT_SIZES);

	for (int i = 0; i < judgement->nfinding; i++)
	{
		const KbFinding *finding = &judgement->finding[i];
		const KbChange *change = finding->change;
		MemoryContext old = MemoryContextSwitchTo(one_finding);
		KbFigures	figures;
		Datum		values[7];
		bool		nulls[7] = {false};

		CHECK_FOR_INTERRUPTS();
		if (change == NULL)
			change = &batch->change[batch->pair_change[finding->pair - batch->pair]];
		values[0] = Int32GetDatum(change->organization_id);
		set_manager(&values[1], &nulls[1], change->has_from, change->from_manager_id);
		set_manager(&values[2], &nulls[2], change->has_to, change->to_manager_id);
		values[3] = CStringGetTextDatum(kb_rule_code(finding->rule));
		values[4] = BoolGetDatum(kb_enforcement(judgement->norms, finding->rule) ==
								 KB_ENFORCE_BLOCK);
		values[5] = CStringGetTextDatum(kb_describe_finding(judgement, finding,
															&figures));
		values[6] = CStringGetTextDatum(kb_remedy(judgement, finding));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
		MemoryContextSwitchTo(old);
		MemoryContextReset(one_finding);
	}
}

/*
 * check_changes(base regnamespace, organization_ids bigint[], from_manager_ids
 * bigint[], to_manager_ids bigint[]) returns setof record: the rules that the
 * changes would break if they were made as one statement, in the order of the
 * triggers' error.  No manager to take a client from: a bind; none to give it
 * to: an unbind.  Stable.  Errors: 22004 for a change without organization or
 * without managers, 23503 for an unknown id and for a binding that is not there,
 * 21000 for one that two changes end, 2202E for arrays of different length, 42501
 * without SELECT on binding.  Policy: section 4.
 */
Datum
kbnorms_check_changes(PG_FUNCTION_ARGS)
{
	KbIdArray	organizations = kb_get_ids(fcinfo, 1);
	KbIdArray	from = kb_get_ids(fcinfo, 2);
	KbIdArray	to = kb_get_ids(fcinfo, 3);
	Size		n = Max(organizations.n, 1);
	Batch		batch = {0};
	MemoryContext context;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (from.n != organizations.n || to.n != organizations.n)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("arrays of organizations and managers must have the same length")));

	batch.judgement = kb_begin_reading(PG_GETARG_OID(0), kb_today());
	context = batch.judgement->base->context;
	batch.change = MemoryContextAllocHuge(context, n * sizeof(KbChange));
	batch.added = MemoryContextAllocHuge(context, n * sizeof(KbBindingRow));
	batch.pair_change = MemoryContextAllocHuge(context, n * sizeof(Size));
	batch.gone = MemoryContextAllocHuge(context, n * sizeof(KbBindingRow));
	for (int i = 0; i < organizations.n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		add_change(&batch, kb_nth_id(&organizations, i, KB_ORGANIZATION),
				   !from.isnull[i],
				   from.isnull[i] ? 0 : kb_nth_id(&from, i, KB_MANAGER),
				   !to.isnull[i],
				   to.isnull[i] ? 0 : kb_nth_id(&to, i, KB_MANAGER));
	}
	refuse_repeated(&batch);
	judge_batch(&batch);
	put_findings((ReturnSetInfo *) fcinfo->resultinfo, &batch);
	kb_close_base(batch.judgement->base);
	return (Datum) 0;
}
