/*-------------------------------------------------------------------------
 *
 * keep.c
 *	  Organizations and managers that anything rests on stay, under their ids.
 *
 * This is the parent's side of the foreign keys of binding, and what stands in
 * for one of the log, which has none.  The row is already deleted or renumbered
 * when we look, and whoever binds locks it: so either the bind waits and then
 * misses the row, or it came first and is found here under the newest snapshot.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/inval.h"
#include "utils/snapmgr.h"

#include "engine.h"

PG_FUNCTION_INFO_V1(kbnorms_manager_changed);

/*
 * Raise the error of a foreign key if a probe of it finds a row.  What the
 * statement itself has ended is history too, logged already or not yet.
 */
static void
refuse_if_found(KbBase *base, KbTable referenced, KbIndex index, int32 id,
				KbTable referencing, const char *column)
{
	Relation	rel = kb_rel(base, referencing);
	char	   *constraint;

	if (!kb_next(kb_probe(base, index, KB_AFTER, id)) &&
		!kb_next(kb_probe(base, index, KB_BEFORE, id)))
		return;
	constraint = psprintf("%s_%s_fkey", kb_table_name(referencing), column);
	ereport(ERROR,
			(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
			 errmsg("update or delete on table \"%s\" violates foreign key constraint \"%s\" on table \"%s\"",
					kb_table_name(referenced), constraint,
					kb_table_name(referencing)),
			 errdetail("Key (id)=(%d) is still referenced from table \"%s\".",
					   id, kb_table_name(referencing)),
			 errhint("What has bindings or a history is kept under its id."),
			 errtableconstraint(rel, constraint)));
}

/* An organization with bindings, linked ones or a history does not go. */
void
kb_refuse_gone_organization(KbBase *base, int32 id)
{
	refuse_if_found(base, KB_ORGANIZATION, KB_I_BINDING_ORGANIZATION, id,
					KB_BINDING, "organization_id");
	refuse_if_found(base, KB_ORGANIZATION, KB_I_FOLLOWER, id,
					KB_ORGANIZATION, "head_id");
	refuse_if_found(base, KB_ORGANIZATION, KB_I_LOG_ORGANIZATION, id,
					KB_BINDING_LOG, "organization_id");
	refuse_if_found(base, KB_ORGANIZATION, KB_I_LOG_HEAD, id,
					KB_BINDING_LOG, "head_id");
}

/* A manager with bindings or a history does not go. */
static void
refuse_gone_manager(KbBase *base, int32 id)
{
	refuse_if_found(base, KB_MANAGER, KB_I_BINDING_MANAGER, id,
					KB_BINDING, "manager_id");
	refuse_if_found(base, KB_MANAGER, KB_I_LOG_MANAGER, id,
					KB_BINDING_LOG, "manager_id");
}

/*
 * manager_changed() returns trigger: refuses to delete or renumber a manager
 * with bindings or a history.  After UPDATE or DELETE, for each statement, with
 * transition tables.  Errors: 23503.  Policy: section 4, "Structure".
 */
Datum
kbnorms_manager_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kb_statement_trigger(fcinfo, "manager_changed");
	CommandId	before = GetActiveSnapshot()->curcid;
	KbBase	   *base;
	KbChanges	changes;
	bool		looked = false;

	kb_begin_changes(&changes, trigger, "manager_changed");
	base = kb_open_base(RelationGetNamespace(trigger->tg_relation));
	kb_require_table(base->layout, KB_MANAGER, trigger->tg_relation,
					 "manager_changed");
	while (kb_next_change(&changes))
	{
		int32		id = kb_get_int(base, changes.old_slot, KB_C_MANAGER_id);

		if (changes.new_slot != NULL &&
			kb_get_int(base, changes.new_slot, KB_C_MANAGER_id) == id)
			continue;
		if (!looked)
		{
			CommandCounterIncrement();
			AcceptInvalidationMessages();
			kb_take_snapshots(base, before);
			looked = true;
		}
		refuse_gone_manager(base, id);
	}
	kb_end_changes(&changes);
	kb_close_base(base);
	return PointerGetDatum(NULL);
}
