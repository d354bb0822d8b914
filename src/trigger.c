/*-------------------------------------------------------------------------
 *
 * trigger.c
 *	  What all trigger functions of a base have in common.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/executor.h"

#include "engine.h"

PG_FUNCTION_INFO_V1(kbnorms_truncate_refused);

/* The call's trigger data, if it is one by a statement trigger. */
TriggerData *
kb_statement_trigger(FunctionCallInfo fcinfo, const char *name)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by trigger manager", name)));
	if (!TRIGGER_FIRED_FOR_STATEMENT(((TriggerData *) fcinfo->context)->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired for statement", name)));
	return (TriggerData *) fcinfo->context;
}

/*
 * Refuse a trigger that stands on another table than the one whose columns the
 * function is about to read.
 */
void
kb_require_table(const KbLayout *layout, KbTable table, Relation rel,
				 const char *name)
{
	if (layout->relid[table] != RelationGetRelid(rel))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired by table \"%s\" of a client base",
						name, kb_table_name(table))));
}

/* Read a transition table from its start, beside whoever else reads it. */
static int
begin_side(Tuplestorestate *rows)
{
	int			pointer;

	if (rows == NULL)
		return -1;
	pointer = tuplestore_alloc_read_pointer(rows, EXEC_FLAG_REWIND);
	tuplestore_select_read_pointer(rows, pointer);
	tuplestore_rescan(rows);
	return pointer;
}

/*
 * Begin to read the rows that a statement changed.  Refuses a trigger that
 * does not give the transition tables of its event.
 */
void
kb_begin_changes(KbChanges *changes, TriggerData *trigger, const char *name)
{
	TriggerEvent event = trigger->tg_event;

	if (!TRIGGER_FIRED_AFTER(event) ||
		(!TRIGGER_FIRED_BY_INSERT(event) && trigger->tg_oldtable == NULL) ||
		(!TRIGGER_FIRED_BY_DELETE(event) && trigger->tg_newtable == NULL))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired AFTER a statement with its transition tables",
						name)));
	changes->old_rows = trigger->tg_oldtable;
	changes->new_rows = trigger->tg_newtable;
	changes->old_pointer = begin_side(changes->old_rows);
	changes->new_pointer = begin_side(changes->new_rows);
	changes->old_slot = changes->old_rows == NULL ? NULL :
		MakeSingleTupleTableSlot(RelationGetDescr(trigger->tg_relation),
								 &TTSOpsMinimalTuple);
	changes->new_slot = changes->new_rows == NULL ? NULL :
		MakeSingleTupleTableSlot(RelationGetDescr(trigger->tg_relation),
								 &TTSOpsMinimalTuple);
}

/* Fetch the next row of one side. */
static bool
next_side(Tuplestorestate *rows, int pointer, TupleTableSlot *slot)
{
	tuplestore_select_read_pointer(rows, pointer);
	return tuplestore_gettupleslot(rows, true, false, slot);
}

/*
 * Fetch the next changed row: into old_slot as it was, into new_slot as it is.
 * An UPDATE puts both versions of a row into its transition tables at once, so
 * the tables run side by side.
 */
bool
kb_next_change(KbChanges *changes)
{
	bool		has_old;
	bool		has_new;

	has_old = changes->old_rows != NULL &&
		next_side(changes->old_rows, changes->old_pointer, changes->old_slot);
	has_new = changes->new_rows != NULL &&
		next_side(changes->new_rows, changes->new_pointer, changes->new_slot);
	if (changes->old_rows != NULL && changes->new_rows != NULL &&
		has_old != has_new)
		elog(ERROR, "transition tables of an UPDATE differ in length");
	return has_old || has_new;
}

/* Go back to the first changed row. */
void
kb_rewind_changes(KbChanges *changes)
{
	if (changes->old_rows != NULL)
	{
		tuplestore_select_read_pointer(changes->old_rows, changes->old_pointer);
		tuplestore_rescan(changes->old_rows);
	}
	if (changes->new_rows != NULL)
	{
		tuplestore_select_read_pointer(changes->new_rows, changes->new_pointer);
		tuplestore_rescan(changes->new_rows);
	}
}

/* End reading. */
void
kb_end_changes(KbChanges *changes)
{
	if (changes->old_slot != NULL)
		ExecDropSingleTupleTableSlot(changes->old_slot);
	if (changes->new_slot != NULL)
		ExecDropSingleTupleTableSlot(changes->new_slot);
}

/*
 * truncate_refused() returns trigger: stands before TRUNCATE of binding, and
 * of organization and manager, where TRUNCATE ... CASCADE would pass by the
 * triggers that keep what has bindings.
 */
Datum
kbnorms_truncate_refused(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kb_statement_trigger(fcinfo, "truncate_refused");

	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("table \"%s\" cannot be truncated",
					RelationGetRelationName(trigger->tg_relation)),
			 errdetail("TRUNCATE would take bindings, or what they rest on, without a trace in the log."),
			 errhint("Use DELETE, or drop_client_base to remove the whole base."),
			 errtable(trigger->tg_relation)));
}
