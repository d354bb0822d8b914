/*-------------------------------------------------------------------------
 *
 * base.c
 *	  A base opened for one statement: relations, snapshots, probes, row locks.
 *
 * Everything is read by direct index scans, not through SPI: a probe costs a
 * microsecond, needs no privileges of the caller (a CRM's role may have INSERT
 * on binding alone) and sees exactly the snapshot it is told.  Nothing here
 * outlives kb_close_base; on an error the resource owner closes what is open.
 *
 * The state before a statement and the state after it are one snapshot seen
 * with two command ids, taken after all row locks: what other sessions have
 * committed is the same in both, so that a difference is this statement's
 * work and nothing else's, at every isolation level.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "access/htup_details.h"
#include "common/hashfn.h"
#include "executor/executor.h"
#include "executor/nodeModifyTable.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "engine.h"

/* An interned text. */
typedef struct InternedText
{
	const char *text;			/* hash key */
} InternedText;

/* Which table an index belongs to, and what the keys of a probe are. */
static const struct
{
	KbTable		table;
	int			nkeys;
	Oid			equal[2];		/* functions by which the keys are compared */
}			index_use[KB_INDEX_COUNT] = {
	{KB_BINDING, 2, {F_INT4EQ, F_INT4EQ}},
	{KB_BINDING, 1, {F_INT4EQ}},
	{KB_BINDING, 1, {F_INT4EQ}},
	{KB_BINDING_LOG, 1, {F_INT4EQ}},
	{KB_BINDING_LOG, 1, {F_INT4EQ}},
	{KB_BINDING_LOG, 1, {F_INT4EQ}},
	{KB_BINDING_LOG, 2, {F_INT4EQ, F_DATE_EQ}},
	{KB_ORGANIZATION, 1, {F_INT4EQ}},
	{KB_ORGANIZATION, 1, {F_INT4EQ}},
	{KB_MANAGER, 1, {F_INT4EQ}},
	{KB_MANAGER_POST, 1, {F_INT4EQ}},
	{KB_MANAGER_TERRITORY, 1, {F_INT4EQ}},
	{KB_MEMO, 1, {F_INT8EQ}},
	{KB_MEMO_ITEM, 1, {F_INT4EQ}},
	{KB_MEMO_ITEM, 1, {F_INT8EQ}},
	{KB_MEMO_ITEM, 1, {F_INT8EQ}},
	{KB_MEMO_APPROVAL, 1, {F_INT8EQ}},
};

/* The tables that nearly every judgement reads; locked before the layout is believed. */
static const KbTable always_open[] = {
	KB_BINDING, KB_BINDING_LOG, KB_ORGANIZATION, KB_MANAGER, KB_MANAGER_POST,
	KB_MANAGER_TERRITORY, KB_NORM_VERSION
};

/*
 * A judgement takes some hundred kilobytes, most of it for index scans, and
 * gives them back.  glibc would return them to the kernel each time and fetch
 * them again for the next, a tenth of the cost of a single bind, until it has
 * seen a larger block go by: show it one.
 */
static void
keep_freed_memory(void)
{
	static bool is_done = false;

	if (!is_done)
		pfree(palloc(MaxAllocSize / 1024));
	is_done = true;
}

/* Open the base in a schema, until kb_close_base or the end of an error. */
KbBase *
kb_open_base(Oid namespace_oid)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "kbnorms statement",
												  ALLOCSET_DEFAULT_SIZES);
	KbBase	   *base = MemoryContextAllocZero(context, sizeof(KbBase));

	keep_freed_memory();
	base->context = context;
	for (;;)
	{
		base->layout = kb_layout(namespace_oid);
		for (int i = 0; i < lengthof(always_open); i++)
		{
			KbTable		table = always_open[i];

			base->rel[table] = try_relation_open(base->layout->relid[table],
												 AccessShareLock);
			if (base->rel[table] == NULL)
				base->layout->valid = false;
		}
		if (base->layout->valid)
			return base;

		/* Somebody altered the base since we looked: look again. */
		for (int i = 0; i < lengthof(always_open); i++)
			if (base->rel[always_open[i]] != NULL)
				relation_close(base->rel[always_open[i]], AccessShareLock);
	}
}

/*
 * Room for one more element of an array that doubles when it is full; max is
 * how many it has room for.  It lives as long as the base is open.
 */
void *
kb_grow(KbBase *base, void *array, Size n, Size *max, Size size)
{
	if (n < *max)
		return array;
	*max = Max(16, *max * 2);
	return array == NULL ?
		MemoryContextAllocHuge(base->context, *max * size) :
		repalloc_huge(array, *max * size);
}

/* End the scans of a state. */
static void
end_scans(KbBase *base, KbWhen when)
{
	for (int i = 0; i < KB_INDEX_COUNT; i++)
	{
		KbScan	   *scan = base->scan[i][when];

		if (scan == NULL)
			continue;
		if (scan->desc != NULL)
			index_endscan(scan->desc);
		kb_end_parts(scan);
		index_close(scan->index, AccessShareLock);
		ExecDropSingleTupleTableSlot(scan->slot);
		base->scan[i][when] = NULL;
	}
}

/* Give back the snapshot of a state, if it has one, with what looks through it. */
static void
forget_snapshot(KbBase *base, KbWhen when)
{
	end_scans(base, when);
	if (base->snapshot[when] != NULL)
		UnregisterSnapshot(base->snapshot[when]);
	base->snapshot[when] = NULL;
}

/* End the scans, give back the snapshots, close the tables, free the memory. */
void
kb_close_base(KbBase *base)
{
	for (int when = 0; when < KB_WHEN_COUNT; when++)
		forget_snapshot(base, when);

	/* The locks stay until the end of the transaction, as an executor's do. */
	for (int i = 0; i < KB_TABLE_COUNT; i++)
		if (base->rel[i] != NULL)
			table_close(base->rel[i], NoLock);
	MemoryContextDelete(base->context);
}

/*
 * Look at the layout again after somebody has touched a table that was not
 * locked yet.  A vacuum, an index or a further column is nothing to us.
 */
static void
look_again(KbBase *base, KbTable opened)
{
	KbLayout	before = *base->layout;
	KbLayout   *now = kb_layout(before.namespace_oid);

	if (memcmp(before.relid, now->relid, sizeof(before.relid)) != 0 ||
		memcmp(before.attno, now->attno, sizeof(before.attno)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("table \"%s\" was altered while a statement was being judged",
						kb_table_name(opened)),
				 errhint("Retry the transaction.")));
}

/* A table of the base, opened when first asked for. */
Relation
kb_rel(KbBase *base, KbTable table)
{
	if (base->rel[table] == NULL)
	{
		base->rel[table] = table_open(base->layout->relid[table], AccessShareLock);
		if (!base->layout->valid)
			look_again(base, table);
	}
	return base->rel[table];
}

/* Raise an error (42501) unless the caller may read a table of the base. */
void
kb_require_select(KbBase *base, KbTable table)
{
	AclResult	acl = pg_class_aclcheck(base->layout->relid[table], GetUserId(), ACL_SELECT);

	if (acl != ACLCHECK_OK)
		aclcheck_error(acl, OBJECT_TABLE, kb_table_name(table));
}

/*
 * Take the two snapshots between which the statement lies.  before is the
 * command id of the statement: rows that it wrote are not seen with it, rows
 * that it removed still are.  Taken again, they replace the earlier ones.
 */
void
kb_take_snapshots(KbBase *base, CommandId before)
{
	Snapshot	latest = GetLatestSnapshot();

	forget_snapshot(base, KB_AFTER);
	forget_snapshot(base, KB_BEFORE);
	base->snapshot[KB_AFTER] = RegisterSnapshot(latest);
	base->snapshot[KB_BEFORE] = RegisterSnapshot(latest);
	Assert(base->snapshot[KB_BEFORE] != base->snapshot[KB_AFTER]);
	base->snapshot[KB_BEFORE]->curcid = before;
}

/* Look at what others have committed: at first, and again after a wait. */
void
kb_renew_latest(KbBase *base)
{
	forget_snapshot(base, KB_LATEST);
	base->snapshot[KB_LATEST] = RegisterSnapshot(GetLatestSnapshot());
}

/* The scan of an index in a state, begun when first asked for. */
static KbScan *
get_scan(KbBase *base, KbIndex index, KbWhen when)
{
	KbScan	   *scan = base->scan[index][when];
	Relation	rel;

	if (scan != NULL)
		return scan;

	rel = kb_rel(base, index_use[index].table);
	scan = MemoryContextAllocZero(base->context, sizeof(KbScan));
	scan->index = index_open(base->layout->index[index], AccessShareLock);
	scan->context = base->context;
	scan->nkeys = index_use[index].nkeys;
	{
		MemoryContext old = MemoryContextSwitchTo(base->context);

		for (int i = 0; i < scan->nkeys; i++)
			ScanKeyInit(&scan->key[i], i + 1, BTEqualStrategyNumber,
						index_use[index].equal[i], (Datum) 0);
		scan->slot = table_slot_create(rel, NULL);
		if (rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE)
			kb_begin_parts(scan, rel, base->snapshot[when]);
		else
			scan->desc = kb_index_beginscan(rel, scan->index,
											base->snapshot[when], scan->nkeys);
		MemoryContextSwitchTo(old);
	}
	base->scan[index][when] = scan;
	return scan;
}

/* Look for the keys that are set. */
static void
rescan(KbBase *base, KbIndex index, KbWhen when, KbScan *scan)
{
	scan->exhausted = false;
	if (scan->desc != NULL)
		index_rescan(scan->desc, scan->key, scan->nkeys, NULL, 0);
	else
		kb_rescan_parts(scan);
	if (base->overlay != NULL && when == KB_AFTER &&
		index_use[index].table == KB_BINDING)
		kb_probe_overlay(base, index, scan);
}

/*
 * Look up the rows with a key; kb_next gives them.  A probe of the same index
 * in the same state ends the one before it.
 */
KbScan *
kb_probe(KbBase *base, KbIndex index, KbWhen when, int64 key)
{
	KbScan	   *scan = get_scan(base, index, when);

	scan->key[0].sk_argument = index_use[index].equal[0] == F_INT8EQ ?
		Int64GetDatum(key) : Int32GetDatum((int32) key);
	rescan(base, index, when, scan);
	return scan;
}

/* The same with two keys, integers or dates. */
KbScan *
kb_probe_two(KbBase *base, KbIndex index, KbWhen when, int32 first, int32 second)
{
	KbScan	   *scan = get_scan(base, index, when);

	scan->key[0].sk_argument = Int32GetDatum(first);
	scan->key[1].sk_argument = Int32GetDatum(second);
	rescan(base, index, when, scan);
	return scan;
}

/* Look up the binding of an organization to a manager. */
KbScan *
kb_probe_pair(KbBase *base, KbWhen when, int32 organization_id, int32 manager_id)
{
	return kb_probe_two(base, KB_I_BINDING_PAIR, when, organization_id, manager_id);
}

/*
 * Fetch the next row of a probe into its slot; false at the end.  What the
 * index allocates on the way must live as long as the scan.
 */
bool
kb_next(KbScan *scan)
{
	MemoryContext old = MemoryContextSwitchTo(scan->context);
	bool		found = false;

	/* All long loops of a judgement come by here. */
	CHECK_FOR_INTERRUPTS();
	while (!scan->exhausted)
	{
		found = scan->desc == NULL ? kb_next_of_parts(scan) :
			index_getnext_slot(scan->desc, ForwardScanDirection, scan->slot);
		scan->exhausted = !found;
		if (found && (scan->base == NULL || !kb_is_supposed_gone(scan)))
			break;
	}
	if (!found && scan->base != NULL)
		found = kb_next_supposed(scan);
	MemoryContextSwitchTo(old);
	return found;
}

/* Fetch the last row of a probe, of those with equal keys the newest one. */
bool
kb_previous(KbScan *scan)
{
	MemoryContext old = MemoryContextSwitchTo(scan->context);
	bool		found = index_getnext_slot(scan->desc, BackwardScanDirection,
										   scan->slot);

	MemoryContextSwitchTo(old);
	return found;
}

/*
 * Are there more than limit rows with a key?  There are not if the index has
 * no more entries, which include those of dead rows and of rows that others
 * have not committed; only if it has, the rows are visited.
 */
bool
kb_rows_exceed(KbBase *base, KbIndex index, KbWhen when, int32 key, int limit)
{
	KbScan	   *scan = kb_probe(base, index, when, key);
	MemoryContext old = MemoryContextSwitchTo(scan->context);
	int			n = scan->nsupposed;

	while (n <= limit &&
		   index_getnext_tid(scan->desc, ForwardScanDirection) != NULL)
		n++;
	MemoryContextSwitchTo(old);
	if (n <= limit)
		return false;
	scan = kb_probe(base, index, when, key);
	for (n = 0; n <= limit && kb_next(scan);)
		n++;
	return n > limit;
}

/* Is the key still that of the row?  It may have been renumbered since. */
static bool
has_key(KbScan *scan)
{
	bool		isnull;
	Datum		value = slot_getattr(scan->slot,
									 scan->index->rd_index->indkey.values[0],
									 &isnull);

	return !isnull &&
		DatumGetBool(FunctionCall2Coll(&scan->key[0].sk_func, InvalidOid, value,
									   scan->key[0].sk_argument));
}

/*
 * Lock the row with an id in the mode that an update of its plain columns
 * takes, which conflicts with itself, with a change of head_id and with a
 * deletion, but not with the foreign keys of other tables.  Waits for others;
 * gives the newest version of the row, whatever the isolation level.  False if
 * there is no such row, or no more.
 */
bool
kb_lock_row(KbBase *base, KbIndex index, int64 id, TupleTableSlot **slot)
{
	KbScan	   *scan = kb_probe(base, index, KB_LATEST, id);
	TM_FailureData failure;
	ItemPointerData tid;
	TM_Result	result;

	if (!kb_next(scan))
		return false;
	tid = scan->slot->tts_tid;
	result = table_tuple_lock(kb_rel(base, index_use[index].table), &tid,
							  base->snapshot[KB_LATEST], scan->slot,
							  GetCurrentCommandId(false),
							  LockTupleNoKeyExclusive, LockWaitBlock,
							  TUPLE_LOCK_FLAG_FIND_LAST_VERSION, &failure);
	if (result != TM_Ok && result != TM_Deleted)
		elog(ERROR, "unexpected result %d of a row lock", result);
	*slot = scan->slot;
	return result == TM_Ok && has_key(scan);
}

/* Begin to write rows of a table past the executor. */
KbWriter *
kb_begin_write(KbBase *base, KbTable table)
{
	MemoryContext old = MemoryContextSwitchTo(base->context);
	KbWriter   *writer = palloc0(sizeof(KbWriter));

	writer->rel = kb_rel(base, table);
	LockRelationOid(RelationGetRelid(writer->rel), RowExclusiveLock);
	writer->estate = CreateExecutorState();
	writer->rri = makeNode(ResultRelInfo);
	/* 0: it is in no range table, which a constraint's error would look into */
	InitResultRelInfo(writer->rri, writer->rel, 0, NULL, 0);
	ExecOpenIndices(writer->rri, false);
	writer->slot = table_slot_create(writer->rel, NULL);
	MemoryContextSwitchTo(old);
	return writer;
}

/* Check a row that is about to be written against the table's constraints. */
void
kb_check_row(KbWriter *writer, TupleTableSlot *slot)
{
	slot->tts_tableOid = RelationGetRelid(writer->rel);
	if (RelationGetDescr(writer->rel)->constr != NULL)
		ExecConstraints(writer->rri, slot, writer->estate);
}

/*
 * Enter a row that was written into the indexes; after an update that needs it
 * only there, into the summarizing ones alone.
 */
void
kb_index_row(KbWriter *writer, TupleTableSlot *slot, bool only_summarizing)
{
	if (writer->rri->ri_NumIndices > 0)
		list_free(kb_insert_index_tuples(writer->rri, slot, writer->estate,
										 only_summarizing));
	ResetPerTupleExprContext(writer->estate);
}

/*
 * Set one column of a row, which nobody else can be changing.  must_check tells
 * whether a constraint looks at the column: to compile one costs more than to
 * update the row.
 */
void
kb_set_column(KbWriter *writer, TupleTableSlot *row, AttrNumber attno, Datum value,
			  bool must_check)
{
	int			columns[1] = {attno};
	Datum		values[1] = {value};
	bool		nulls[1] = {false};
	HeapTuple	old = ExecFetchSlotHeapTuple(row, false, NULL);
	HeapTuple	new = heap_modify_tuple_by_cols(old, RelationGetDescr(writer->rel),
												1, columns, values, nulls);
	TupleConstr *constr = RelationGetDescr(writer->rel)->constr;
	kb_update_indexes update_indexes;

	ExecForceStoreHeapTuple(new, writer->slot, false);
	/* As for an INSERT: the company's generated columns all anew. */
	if (constr != NULL && constr->has_generated_stored)
		ExecComputeStoredGenerated(writer->rri, writer->estate, writer->slot,
								   CMD_INSERT);
	if (must_check)
		kb_check_row(writer, writer->slot);
	simple_table_tuple_update(writer->rel, &row->tts_tid, writer->slot,
							  InvalidSnapshot, &update_indexes);
	if (update_indexes)
		kb_index_row(writer, writer->slot,
					 kb_only_summarizing(update_indexes));
	ExecClearTuple(writer->slot);
	heap_freetuple(new);
}

/* End to write. */
void
kb_end_write(KbWriter *writer)
{
	ExecDropSingleTupleTableSlot(writer->slot);
	ExecCloseIndices(writer->rri);
	FreeExecutorState(writer->estate);
}

/* Hash of an interned text. */
static uint32
text_hash(const void *key, Size keysize)
{
	const char *text = *(const char *const *) key;

	return DatumGetUInt32(hash_any((const unsigned char *) text, strlen(text)));
}

/* Comparison of interned texts. */
static int
text_match(const void *a, const void *b, Size keysize)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* One copy of each text for the statement, however many rows carry it. */
static const char *
intern(KbBase *base, text *value)
{
	char	   *string = text_to_cstring(value);
	InternedText *entry;
	bool		found;

	if (base->strings == NULL)
	{
		HASHCTL		ctl = {0};

		ctl.keysize = sizeof(const char *);
		ctl.entrysize = sizeof(InternedText);
		ctl.hash = text_hash;
		ctl.match = text_match;
		ctl.hcxt = base->context;
		base->strings = hash_create("kbnorms texts", 64, &ctl,
									HASH_ELEM | HASH_FUNCTION | HASH_COMPARE |
									HASH_CONTEXT);
	}
	entry = hash_search(base->strings, &string, HASH_ENTER, &found);
	if (!found)
		entry->text = MemoryContextStrdup(base->context, string);
	pfree(string);
	return entry->text;
}

/*
 * A text column of a fact, NULL where unknown; lives as long as the base is
 * open.  Rows that follow each other often say the same.
 */
const char *
kb_get_fact(KbBase *base, TupleTableSlot *slot, KbColumn column)
{
	bool		isnull;
	Datum		datum = kb_get(base, slot, column, &isnull);
	const char *last = base->last_string[column];
	text	   *value;

	if (isnull)
		return NULL;
	value = DatumGetTextPP(datum);
	if (last == NULL ||
		strncmp(last, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)) != 0 ||
		last[VARSIZE_ANY_EXHDR(value)] != '\0')
		base->last_string[column] = intern(base, value);
	return base->last_string[column];
}

/* A column of a row; NULL where an earlier version's base lacks the column. */
Datum
kb_get(KbBase *base, TupleTableSlot *slot, KbColumn column, bool *isnull)
{
	if (base->layout->attno[column] == InvalidAttrNumber)
	{
		*isnull = true;
		return (Datum) 0;
	}
	return slot_getattr(slot, base->layout->attno[column], isnull);
}

/* A column of a row that is declared NOT NULL. */
Datum
kb_get_not_null(KbBase *base, TupleTableSlot *slot, KbColumn column)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, base->layout->attno[column], &isnull);

	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NOT_NULL_VIOLATION),
				 errmsg("null value in a column of a client base that allows none")));
	return value;
}

/* The same of an integer or a date. */
int32
kb_get_int(KbBase *base, TupleTableSlot *slot, KbColumn column)
{
	return DatumGetInt32(kb_get_not_null(base, slot, column));
}

/* The same of a boolean. */
bool
kb_get_bool(KbBase *base, TupleTableSlot *slot, KbColumn column)
{
	return DatumGetBool(kb_get_not_null(base, slot, column));
}
