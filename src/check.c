/*-------------------------------------------------------------------------
 *
 * check.c
 *	  check_pair and check_pairs: what the rules would say of bindings, changing
 *	  nothing.
 *
 * The pair is supposed to be there on top of the present base (overlay.c), as a
 * plain main binding of the day without a justification, and judged by the same
 * functions as the triggers'.  It takes no lock and reads the snapshot of the query, so
 * it works on a standby and sees what the query sees.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "engine.h"

PG_FUNCTION_INFO_V1(kbnorms_check_binding);
PG_FUNCTION_INFO_V1(kbnorms_broken_rules);

/* An argument that must be given. */
static void
require_argument(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" of check_binding must not be null", name)));
}

/* Ids are integers; a larger number is nobody's. */
static int32
get_id(int64 id, KbTable table)
{
	if (id != (int32) id)
		ereport(ERROR,
				(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
				 table == KB_MANAGER ?
				 errmsg("manager %lld does not exist", (long long) id) :
				 errmsg("organization %lld does not exist", (long long) id)));
	return (int32) id;
}

/* The pair and the change that are judged, as if they were there. */
typedef struct Supposition
{
	KbPair		pair;
	KbOrganization organization;
	KbChange	change;
} Supposition;

/* Find the manager who has an organization as its main one. */
static bool
find_main_manager(KbBase *base, int32 organization_id, int32 *manager_id)
{
	KbScan	   *scan = kb_probe(base, KB_I_BINDING_ORGANIZATION, KB_BEFORE,
								organization_id);

	while (kb_next(scan))
	{
		bool		isnull;

		if (DatumGetBool(kb_get(base, scan->slot, KB_C_BINDING_additional, &isnull)))
			continue;
		*manager_id = kb_get_int(base, scan->slot, KB_C_BINDING_manager_id);
		return true;
	}
	return false;
}

/* The organization that is judged. */
void
kb_find_organization(KbJudgement *judgement, int32 id, KbOrganization *organization)
{
	if (!kb_read_organization(judgement->base, KB_AFTER, id, organization))
		kb_missing_key(judgement->base, KB_BINDING, "organization_id",
					   KB_ORGANIZATION, id);
	kb_refuse_merged(judgement->base, organization);
	kb_add_head_facts(judgement->base, KB_AFTER, organization);
}

/* The manager who is judged. */
KbManager *
kb_find_manager(KbJudgement *judgement, int32 id)
{
	KbManager  *manager = kb_other_manager(judgement, id);

	if (!manager->is_there)
		kb_missing_key(judgement->base, KB_BINDING, "manager_id", KB_MANAGER, id);
	return manager;
}

/*
 * Suppose that an organization is bound to a manager, or moved to him from its
 * main one, if it has one and that is asked for.
 */
static void
suppose(KbJudgement *judgement, int32 organization_id, int32 manager_id,
		bool as_move, Supposition *supposition)
{
	KbBase	   *base = judgement->base;
	KbPair	   *pair = &supposition->pair;
	KbChange   *change = &supposition->change;
	KbBindingRow added = {0};
	KbBindingRow gone = {0};

	memset(supposition, 0, sizeof(Supposition));
	kb_find_organization(judgement, organization_id, &supposition->organization);
	pair->organization_id = organization_id;
	pair->manager_id = manager_id;
	pair->bound_on = judgement->day;
	pair->organization = &supposition->organization;
	pair->manager = kb_find_manager(judgement, manager_id);
	pair->manager->has_counts = false;
	pair->manager->has_taken = false;
	pair->manager->groups = NULL;
	pair->kept = !kb_pair_is_new(judgement, pair);
	pair->rules = pair->kept ?
		KB_RULE_BIT(KB_R_PERSONAL) | KB_RULE_BIT(KB_R_MULTIPLE) : KB_ALL_RULES;

	change->has_from = as_move && !pair->kept &&
		find_main_manager(base, organization_id, &change->from_manager_id);
	change->kind = change->has_from ? KB_MOVE : KB_BIND;
	change->organization_id = organization_id;
	change->has_to = true;
	change->to_manager_id = manager_id;
	change->new_pair = true;

	added.organization_id = organization_id;
	added.manager_id = manager_id;
	added.bound_on = pair->bound_on;
	gone.organization_id = organization_id;
	gone.manager_id = change->from_manager_id;
	kb_suppose(base, &added, 1, &gone, change->has_from ? 1 : 0);
	kb_suppose_change(judgement, change);
}

/* Apply a rule to what is supposed. */
static KbOutcome
apply_rule(KbJudgement *judgement, Supposition *supposition, KbRuleId rule,
		   KbFigures *figures)
{
	if (kb_enforcement(judgement->norms, rule) == KB_ENFORCE_OFF)
		return KB_UNJUDGED;
	if (!kb_is_memo_rule(rule))
		return kb_apply_rule(judgement, &supposition->pair, rule, figures);
	if (supposition->pair.kept)
		return KB_PASSED;
	return kb_apply_memo_rule(judgement, &supposition->change, rule, figures);
}

/* What is wrong with what is supposed, and what to do. */
static char *
describe(KbJudgement *judgement, const Supposition *supposition,
		 const KbFigures *figures, const char *remedy)
{
	return psprintf(_("%s and %s: actual %s, allowed %s. %s"),
					kb_describe(judgement->base, KB_ORGANIZATION,
								supposition->pair.organization_id),
					kb_describe(judgement->base, KB_MANAGER,
								supposition->pair.manager_id),
					figures->actual == NULL ? "-" : figures->actual,
					figures->bound == NULL ? "-" : figures->bound, remedy);
}

/* What would make a rule pass that what is supposed breaks. */
static char *
remedy_of(KbJudgement *judgement, Supposition *supposition, KbRuleId rule)
{
	KbFinding	finding = {rule, &supposition->pair, &supposition->change};

	return kb_remedy(judgement, &finding);
}

/* Which waiver lets a rule pass, until when, by whom and why. */
static char *
describe_waiver(KbJudgement *judgement, const Supposition *supposition, KbRuleId rule)
{
	const KbWaiver *waiver = kb_waiver(judgement->norms, supposition->pair.manager_id,
									   rule, judgement->day);

	return psprintf(_("Waiver %lld lets it pass until %s: granted by %s, reason: %s"),
					(long long) waiver->id, kb_iso_date(waiver->until),
					waiver->granted_by, waiver->reason);
}

/* A text that may be absent. */
static void
set_text(Datum *value, bool *isnull, const char *string)
{
	*isnull = string == NULL;
	*value = string == NULL ? (Datum) 0 : CStringGetTextDatum(string);
}

/* The answer of one rule as a row. */
static void
put_answer(ReturnSetInfo *result, KbJudgement *judgement,
		   Supposition *supposition, KbRuleId rule)
{
	KbFigures	figures = {NULL, NULL};
	KbOutcome	outcome = apply_rule(judgement, supposition, rule, &figures);
	bool		kept = supposition->pair.kept &&
	rule != KB_R_PERSONAL && rule != KB_R_MULTIPLE;
	Datum		values[6];
	bool		nulls[6] = {false};
	const char *message;
	const char *remedy = NULL;

	if (kb_enforcement(judgement->norms, rule) == KB_ENFORCE_OFF)
		message = _("The rule is off.");
	else if (outcome == KB_UNJUDGED)
		message = _("The rule does not judge this manager.");
	else if (outcome == KB_WAIVED)
		message = describe_waiver(judgement, supposition, rule);
	else if (outcome == KB_BROKEN)
	{
		remedy = remedy_of(judgement, supposition, rule);
		message = describe(judgement, supposition, &figures, remedy);
	}
	else if (kept)
		message = _("The organization is bound to this manager already.");
	else
		message = _("The rule is kept.");

	values[0] = CStringGetTextDatum(kb_rule_code(rule));
	values[1] = BoolGetDatum(outcome != KB_BROKEN);
	nulls[1] = outcome == KB_UNJUDGED;
	set_text(&values[2], &nulls[2], figures.actual);
	set_text(&values[3], &nulls[3], figures.bound);
	values[4] = CStringGetTextDatum(message);
	set_text(&values[5], &nulls[5], remedy);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * check_pair(base regnamespace, organization_id bigint, manager_id bigint,
 * on_date date) returns setof record: one row for each rule; to a base of 0.1.0
 * check_binding, without the last column.  Stable.  Errors:
 * 22004 for a NULL, 23503 for an unknown id, 42501 without SELECT on binding.
 * Policy: section 4, "check_binding".
 */
Datum
kbnorms_check_binding(PG_FUNCTION_ARGS)
{
	KbJudgement *judgement;
	Supposition supposition;

	require_argument(fcinfo, 0, "base");
	require_argument(fcinfo, 1, "organization_id");
	require_argument(fcinfo, 2, "manager_id");
	require_argument(fcinfo, 3, "on_date");
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);

	judgement = kb_begin_reading(PG_GETARG_OID(0), PG_GETARG_DATEADT(3));
	suppose(judgement, get_id(PG_GETARG_INT64(1), KB_ORGANIZATION),
			get_id(PG_GETARG_INT64(2), KB_MANAGER), false, &supposition);
	for (int rule = 0; rule < KB_RULE_COUNT; rule++)
		put_answer((ReturnSetInfo *) fcinfo->resultinfo, judgement, &supposition,
				   rule);
	kb_close_base(judgement->base);
	return (Datum) 0;
}

/* The rules that what is supposed breaks, each as a row. */
static void
put_broken(ReturnSetInfo *result, KbJudgement *judgement, Supposition *supposition)
{
	for (int rule = 0; rule < KB_RULE_COUNT; rule++)
	{
		KbFigures	figures = {NULL, NULL};
		Datum		values[7];
		bool		nulls[7] = {false};
		char	   *remedy;

		if (apply_rule(judgement, supposition, rule, NULL) != KB_BROKEN)
			continue;
		(void) apply_rule(judgement, supposition, rule, &figures);
		values[0] = Int32GetDatum(supposition->pair.organization_id);
		values[1] = Int32GetDatum(supposition->pair.manager_id);
		values[2] = CStringGetTextDatum(kb_rule_code(rule));
		set_text(&values[3], &nulls[3], figures.actual);
		set_text(&values[4], &nulls[4], figures.bound);
		remedy = remedy_of(judgement, supposition, rule);
		values[5] = CStringGetTextDatum(describe(judgement, supposition, &figures,
												 remedy));
		values[6] = CStringGetTextDatum(remedy);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

/* Take ids from an argument. */
KbIdArray
kb_get_ids(FunctionCallInfo fcinfo, int n)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(n);
	KbIdArray	ids = {.type = ARR_ELEMTYPE(array)};
	int16		length;
	bool		by_value;
	char		align;

	get_typlenbyvalalign(ids.type, &length, &by_value, &align);
	deconstruct_array(array, ids.type, length, by_value, align, &ids.id,
					  &ids.isnull, &ids.n);
	return ids;
}

/* One of the ids. */
int32
kb_nth_id(const KbIdArray *ids, int i, KbTable table)
{
	if (ids->n == 1)
		i = 0;
	if (ids->isnull[i])
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("organization_id and manager_id of a pair must not be null")));
	return get_id(ids->type == INT8OID ? DatumGetInt64(ids->id[i]) :
				  DatumGetInt32(ids->id[i]), table);
}

/*
 * check_pairs(base regnamespace, organization_ids bigint[], manager_ids
 * bigint[], as_move boolean) returns setof record: the rules that each pair of
 * the two arrays would break by itself, bound on the present base or, with
 * as_move, moved from its main manager.  An array of one id stands for as many
 * as the other has.  Pairs that would break none have no row.  Stable; the base
 * is opened once for all.  To a base of 0.1.0 broken_rules, of integer[] and
 * without the last column.  Errors as check_pair's, 2202E for arrays of different
 * length.
 */
Datum
kbnorms_broken_rules(PG_FUNCTION_ARGS)
{
	KbIdArray	organizations = kb_get_ids(fcinfo, 1);
	KbIdArray	managers = kb_get_ids(fcinfo, 2);
	int			n = organizations.n == 1 ? managers.n : organizations.n;
	KbJudgement *judgement;
	MemoryContext one_pair;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (managers.n != n && managers.n != 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("arrays of organizations and managers must have the same length")));

	judgement = kb_begin_reading(PG_GETARG_OID(0), kb_today());
	one_pair = AllocSetContextCreate(CurrentMemoryContext, "kbnorms pair",
									 ALLOCSET_DEFAULT_SIZES);

	/* A single one must be there even if there is nothing to pair it with. */
	if (organizations.n == 1)
	{
		KbOrganization organization;

		kb_find_organization(judgement, kb_nth_id(&organizations, 0, KB_ORGANIZATION),
							 &organization);
	}
	if (managers.n == 1)
		(void) kb_find_manager(judgement, kb_nth_id(&managers, 0, KB_MANAGER));

	for (int i = 0; i < n; i++)
	{
		MemoryContext old = MemoryContextSwitchTo(one_pair);
		Supposition supposition;

		CHECK_FOR_INTERRUPTS();
		suppose(judgement, kb_nth_id(&organizations, i, KB_ORGANIZATION),
				kb_nth_id(&managers, i, KB_MANAGER), PG_GETARG_BOOL(3), &supposition);
		put_broken((ReturnSetInfo *) fcinfo->resultinfo, judgement, &supposition);
		MemoryContextSwitchTo(old);
		MemoryContextReset(one_pair);
	}
	kb_close_base(judgement->base);
	return (Datum) 0;
}
