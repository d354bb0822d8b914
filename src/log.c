/*-------------------------------------------------------------------------
 *
 * log.c
 *	  Writing binding_log: who changed what, for whom, when and why.
 *
 * Rows go straight into the table, many at a time: the log would otherwise be
 * the largest cost of a bind.  A log that a company has partitioned, or given
 * triggers, policies or further columns with defaults, is written by plain
 * INSERTs in its owner's name, slower, so that all of that takes effect.
 *
 * Reading is all that anybody needs privileges for; nobody changes a row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/tableam.h"
#include "access/xact.h"
#include "commands/sequence.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "engine.h"
#include "exempt.h"

PG_FUNCTION_INFO_V1(kbnorms_log_is_kept);

/* Rows written by one call of the table access method. */
#define LOG_BATCH 128

/*
 * The columns that the engine writes: all of the log that layout.c names.  A
 * base of 0.1.0 ends with changed_at.
 */
#define FIRST_COLUMN KB_C_BINDING_LOG_id
#define LOG_COLUMNS (KB_C_BINDING_LOG_waivers - FIRST_COLUMN + 1)
#define EARLY_COLUMNS (KB_C_BINDING_LOG_changed_at - FIRST_COLUMN + 1)

/* Those that are NOT NULL, and are so in every row that comes from here. */
static const KbColumn given_columns[] = {
	KB_C_BINDING_LOG_id, KB_C_BINDING_LOG_organization_id,
	KB_C_BINDING_LOG_change, KB_C_BINDING_LOG_changed_by,
	KB_C_BINDING_LOG_changed_at
};

/* A log being written. */
struct KbLog
{
	KbBase	   *base;
	Relation	rel;
	DateADT		day;
	int			ncolumn;		/* how many of the columns the base has */
	Datum		shared_reason;	/* of an exempt statement; 0: of each memo */
	Datum		value[LOG_COLUMNS]; /* what all rows share is set once */
	bool		isnull[LOG_COLUMNS];
	MemoryContext batch;		/* values of rows not written yet */

	/* straight into the table */
	KbWriter   *writer;
	bool		must_check;		/* the company's own constraints */
	int			nslot;			/* rows not written yet */
	int			maxslot;		/* slots made so far */
	TupleTableSlot *slot[LOG_BATCH];

	/* by INSERT; NULL otherwise */
	SPIPlanPtr	plan;
	Oid			saved_user;
	int			saved_context;
};

static char *acting_for = NULL; /* kbnorms.acting_for */

/* Define the setting by which a session says for whom it acts. */
void
LogInit(void)
{
	DefineCustomStringVariable("kbnorms.acting_for",
							   "The person on whose behalf a pooled role works; logged, never trusted.",
							   NULL,
							   &acting_for,
							   "",
							   PGC_USERSET, 0,
							   NULL, NULL, NULL);
}

/* Must rows go through the executor for the company's own additions? */
static bool
needs_insert(KbBase *base, Relation rel)
{
	TupleDesc	desc = RelationGetDescr(rel);
	TriggerDesc *triggers = rel->trigdesc;

	if (rel->rd_rel->relkind != RELKIND_RELATION || rel->rd_rel->relrowsecurity)
		return true;
	if (triggers != NULL &&
		(triggers->trig_insert_before_row || triggers->trig_insert_after_row ||
		 triggers->trig_insert_before_statement ||
		 triggers->trig_insert_after_statement))
		return true;
	if (desc->constr != NULL && desc->constr->has_generated_stored)
		return true;
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		bool		ours = att->attisdropped;

		for (int c = 0; c < LOG_COLUMNS; c++)
			ours |= base->layout->attno[FIRST_COLUMN + c] == att->attnum;
		if (!ours && (att->atthasdef || att->attnotnull || att->attidentity))
			return true;
	}
	return false;
}

/*
 * Has the company given the log constraints of its own?  What binding_log_change
 * and our NOT NULLs ask is so of every row from here by construction; to
 * compile that check again for each statement is a tenth of a single bind.
 */
static bool
has_own_constraints(KbBase *base, Relation rel)
{
	TupleDesc	desc = RelationGetDescr(rel);
	TupleConstr *constr = desc->constr;

	if (constr == NULL)
		return false;
	for (int i = 0; i < constr->num_check; i++)
		if (strcmp(constr->check[i].ccname, "binding_log_change") != 0)
			return true;
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		bool		always_given = false;

		for (int c = 0; c < lengthof(given_columns); c++)
			always_given |= base->layout->attno[given_columns[c]] == att->attnum;
		if (att->attnotnull && !always_given)
			return true;
	}
	return false;
}

/* Prepare INSERT INTO kb.binding_log (id, ...) VALUES ($1, ...). */
static void
prepare_insert(KbLog *log)
{
	StringInfoData query;
	Oid			types[LOG_COLUMNS];
	TupleDesc	desc = RelationGetDescr(log->rel);

	GetUserIdAndSecContext(&log->saved_user, &log->saved_context);
	SetUserIdAndSecContext(log->rel->rd_rel->relowner,
						   log->saved_context | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_NOFORCE_RLS);
	SPI_connect();
	initStringInfo(&query);
	appendStringInfo(&query, "INSERT INTO %s (",
					 quote_qualified_identifier(get_namespace_name(RelationGetNamespace(log->rel)),
												RelationGetRelationName(log->rel)));
	for (int i = 0; i < log->ncolumn; i++)
	{
		AttrNumber	attno = log->base->layout->attno[FIRST_COLUMN + i];
		Form_pg_attribute att = TupleDescAttr(desc, attno - 1);

		types[i] = att->atttypid;
		appendStringInfo(&query, "%s%s", i == 0 ? "" : ", ",
						 quote_identifier(NameStr(att->attname)));
	}
	appendStringInfoString(&query, ") VALUES (");
	for (int i = 0; i < log->ncolumn; i++)
		appendStringInfo(&query, "%s$%d", i == 0 ? "" : ", ", i + 1);
	appendStringInfoChar(&query, ')');
	log->plan = SPI_prepare(query.data, log->ncolumn, types);
	if (log->plan == NULL)
		elog(ERROR, "could not prepare \"%s\": %s", query.data,
			 SPI_result_code_string(SPI_result));
}

/* Set a value of the next row, or one that all rows share. */
static void
set_value(KbLog *log, KbColumn column, Datum value, bool isnull)
{
	log->value[column - FIRST_COLUMN] = value;
	log->isnull[column - FIRST_COLUMN] = isnull;
}

/* Begin to write the log of a base; day ends what a statement ends. */
KbLog *
kb_begin_log(KbBase *base, DateADT day)
{
	MemoryContext old = MemoryContextSwitchTo(base->context);
	KbLog	   *log = palloc0(sizeof(KbLog));
	const KbExemption *exemption = kb_exemption_for(base->layout->namespace_oid);
	bool		acts_for = acting_for != NULL && acting_for[0] != '\0';

	log->base = base;
	log->day = day;
	log->ncolumn = base->layout->is_early ? EARLY_COLUMNS : LOG_COLUMNS;
	log->rel = kb_rel(base, KB_BINDING_LOG);
	log->batch = AllocSetContextCreate(base->context, "kbnorms log batch",
									   ALLOCSET_DEFAULT_SIZES);

	log->shared_reason = exemption == NULL ?
		0 : CStringGetTextDatum(exemption->reason);
	set_value(log, KB_C_BINDING_LOG_reason, log->shared_reason, exemption == NULL);
	set_value(log, KB_C_BINDING_LOG_changed_by,
			  CStringGetTextDatum(GetUserNameFromId(GetUserId(), false)), false);
	set_value(log, KB_C_BINDING_LOG_acting_for,
			  acts_for ? CStringGetTextDatum(acting_for) : 0, !acts_for);
	set_value(log, KB_C_BINDING_LOG_changed_at,
			  TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()), false);

	if (needs_insert(base, log->rel))
		prepare_insert(log);
	else
	{
		log->writer = kb_begin_write(base, KB_BINDING_LOG);
		log->must_check = has_own_constraints(base, log->rel);
	}
	MemoryContextSwitchTo(old);
	return log;
}

/* Write the rows that are waiting. */
static void
flush_log(KbLog *log)
{
	if (log->nslot == 0)
		return;
	table_multi_insert(log->rel, log->slot, log->nslot,
					   GetCurrentCommandId(true), 0, NULL);
	for (int i = 0; i < log->nslot; i++)
	{
		kb_index_row(log->writer, log->slot[i], false);
		ExecClearTuple(log->slot[i]);
	}
	log->nslot = 0;
	MemoryContextReset(log->batch);
}

/* Put the values that are set into a slot, to be written with others. */
static void
add_row(KbLog *log)
{
	KbLayout   *layout = log->base->layout;
	TupleTableSlot *slot;

	if (log->nslot == log->maxslot)
	{
		MemoryContext old = MemoryContextSwitchTo(log->base->context);

		log->slot[log->maxslot++] = table_slot_create(log->rel, NULL);
		MemoryContextSwitchTo(old);
	}
	slot = log->slot[log->nslot++];
	ExecClearTuple(slot);
	memset(slot->tts_isnull, true,
		   slot->tts_tupleDescriptor->natts * sizeof(bool));
	for (int i = 0; i < log->ncolumn; i++)
	{
		int			attr = layout->attno[FIRST_COLUMN + i] - 1;

		slot->tts_values[attr] = log->value[i];
		slot->tts_isnull[attr] = log->isnull[i];
	}
	ExecStoreVirtualTuple(slot);
	if (log->must_check)
		kb_check_row(log->writer, slot);
	if (log->nslot == LOG_BATCH)
		flush_log(log);
}

/* Insert the values that are set. */
static void
insert_row(KbLog *log)
{
	char		nulls[LOG_COLUMNS];

	for (int i = 0; i < log->ncolumn; i++)
		nulls[i] = log->isnull[i] ? 'n' : ' ';
	if (SPI_execute_plan(log->plan, log->value, nulls, false, 0) < 0)
		elog(ERROR, "could not insert into binding_log");
	MemoryContextReset(log->batch);
}

/* Write one row. */
void
kb_log(KbLog *log, const KbLogRow *row)
{
	MemoryContext old = MemoryContextSwitchTo(log->batch);
	bool		exception = row->has_pair && row->has_exception;

	set_value(log, KB_C_BINDING_LOG_id,
			  Int64GetDatum(nextval_internal(log->base->layout->log_sequence, false)),
			  false);
	set_value(log, KB_C_BINDING_LOG_organization_id,
			  Int32GetDatum(row->organization_id), false);
	set_value(log, KB_C_BINDING_LOG_manager_id,
			  Int32GetDatum(row->manager_id), !row->has_pair);
	set_value(log, KB_C_BINDING_LOG_bound_on,
			  DateADTGetDatum(row->bound_on), !row->has_pair);
	set_value(log, KB_C_BINDING_LOG_unbound_on,
			  DateADTGetDatum(log->day), !row->ended);
	set_value(log, KB_C_BINDING_LOG_additional,
			  BoolGetDatum(row->additional), !row->has_pair);
	set_value(log, KB_C_BINDING_LOG_territory_exception,
			  exception ? datumCopy(row->territory_exception, false, -1) : 0,
			  !exception);
	set_value(log, KB_C_BINDING_LOG_head_id,
			  Int32GetDatum(row->head_id), !row->has_head);
	if (log->shared_reason == 0)
		set_value(log, KB_C_BINDING_LOG_reason, row->reason, row->reason == 0);
	set_value(log, KB_C_BINDING_LOG_memo_id,
			  Int64GetDatum(row->memo_id), row->memo_id == 0);
	set_value(log, KB_C_BINDING_LOG_taken_on,
			  DateADTGetDatum(log->day), !row->taken);
	set_value(log, KB_C_BINDING_LOG_waivers,
			  row->waivers == NULL ? 0 : CStringGetTextDatum(row->waivers),
			  row->waivers == NULL);
	set_value(log, KB_C_BINDING_LOG_change,
			  ObjectIdGetDatum(log->base->layout->change_kind[row->change]), false);
	MemoryContextSwitchTo(old);

	if (log->plan != NULL)
		insert_row(log);
	else
		add_row(log);
}

/* Write what is waiting, and end. */
void
kb_end_log(KbLog *log)
{
	if (log->plan != NULL)
	{
		MemoryContext old = CurrentMemoryContext;

		/* It goes back to the context of SPI_connect, which is the base's. */
		SPI_finish();
		MemoryContextSwitchTo(old);
		SetUserIdAndSecContext(log->saved_user, log->saved_context);
		return;
	}
	flush_log(log);
	for (int i = 0; i < log->maxslot; i++)
		ExecDropSingleTupleTableSlot(log->slot[i]);
	kb_end_write(log->writer);
}

/*
 * log_is_kept() returns trigger: refuses whatever it is fired by.  It stands
 * before UPDATE, DELETE and TRUNCATE of the logs, and, with an argument, of what
 * is on record of closed months, where no row can be added either.
 */
Datum
kbnorms_log_is_kept(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kb_statement_trigger(fcinfo, "log_is_kept");

	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("rows of table \"%s\" are neither changed nor removed",
					RelationGetRelationName(trigger->tg_relation)),
			 errdetail("What has happened is read from it."),
			 trigger->tg_trigger->tgnargs > 0
			 ? errhint("A month on record stays as it was when it was closed.")
			 : errhint("Insert a further row where the history lacks one."),
			 errtable(trigger->tg_relation)));
}
