/*-------------------------------------------------------------------------
 *
 * binding.c
 *	  The triggers on binding: every change is locked, judged and logged.
 *
 * One call serves a statement of any size.  In order:
 *	1. the rows are read from the transition tables;
 *	2. the organizations brought in (where moves are limited, with their heads),
 *	   the managers touched and the memos that may
 *	   cover it are locked, each in ascending id, so that whatever a verdict
 *	   rests on stands still;
 *	3. the two states, before and after the statement, are fixed as snapshots;
 *	4. every new or changed pair is judged by every rule, every change by those
 *	   on memos, and what is broken is raised as one error;
 *	5. the memo items that cover the changes are used up, the log is written.
 *
 * The two foreign keys of binding are kept here too: a missing organization or
 * manager is found by its lock; link.c and keep.c refuse that one with bindings
 * goes away.  Ended pairs lock their manager only: an end can break no rule
 * of another pair, and whoever reads the binding before it ends came first.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "engine.h"
#include "exempt.h"

PG_FUNCTION_INFO_V1(kbnorms_binding_changed);
PG_FUNCTION_INFO_V1(kbnorms_binding_moved);

/* What a statement does to bindings. */
typedef struct Statement
{
	KbBase	   *base;
	KbChanges	changes;
	Size		npair;
	Size		maxpair;
	KbPair	   *pair;			/* to be judged */
	Size		nended;
	Size		maxended;
	int32	   *ended;			/* managers of pairs that have ended */
	Size		nchange;
	Size		maxchange;
	KbChange   *change;			/* as memos are about */
} Statement;

/* Is it the same pair in both versions of a row? */
static bool
same_pair(const KbBindingRow *a, const KbBindingRow *b)
{
	return a->organization_id == b->organization_id &&
		a->manager_id == b->manager_id;
}

/* The rules that judge an UPDATE that keeps the pair; 0 if nothing changed. */
static uint32
rules_of_update(const KbBindingRow *old, const KbBindingRow *new)
{
	KbPair		old_pair;
	KbPair		new_pair;

	kb_pair_from_row(&old_pair, old);
	kb_pair_from_row(&new_pair, new);
	return kb_rules_of_kept_pair(&old_pair, &new_pair);
}

/* Have a pair judged. */
static void
add_pair(Statement *statement, const KbBindingRow *row, uint32 rules, bool kept)
{
	KbPair	   *pair;

	statement->pair = kb_grow(statement->base, statement->pair, statement->npair,
							  &statement->maxpair, sizeof(KbPair));
	pair = &statement->pair[statement->npair++];
	kb_pair_from_row(pair, row);
	pair->rules = rules;
	pair->kept = kept;
}

/* Remember the manager of a pair that has ended. */
static void
add_ended(Statement *statement, int32 manager_id)
{
	statement->ended = kb_grow(statement->base, statement->ended, statement->nended,
							   &statement->maxended, sizeof(int32));
	statement->ended[statement->nended++] = manager_id;
}

/* Remember a change as memos are about: from old, to new, or both. */
static void
add_change(Statement *statement, KbChangeKind kind, const KbBindingRow *old,
		   const KbBindingRow *new, bool new_pair)
{
	KbChange   *change;

	statement->change = kb_grow(statement->base, statement->change,
								statement->nchange, &statement->maxchange,
								sizeof(KbChange));
	change = &statement->change[statement->nchange++];
	memset(change, 0, sizeof(KbChange));
	change->kind = kind;
	change->new_pair = new_pair;
	change->pair = statement->npair - 1;	/* the latest, if there is a new
											 * one */
	if (old != NULL)
	{
		change->organization_id = old->organization_id;
		change->has_from = true;
		change->from_manager_id = old->manager_id;
		change->additional = old->additional;
	}
	if (new != NULL)
	{
		change->organization_id = new->organization_id;
		change->has_to = true;
		change->to_manager_id = new->manager_id;
		change->additional = new->additional;
		if (new->has_exception)
			change->exception_hash = kb_text_hash(new->exception);
	}
}

/* Take the next row as it was and as it is, whichever the statement has. */
static bool
next_rows(Statement *statement, KbBindingRow *old, KbBindingRow *new)
{
	KbChanges  *changes = &statement->changes;

	if (!kb_next_change(changes))
		return false;
	if (changes->old_slot != NULL)
		kb_binding_row(statement->base, changes->old_slot, old);
	if (changes->new_slot != NULL)
		kb_binding_row(statement->base, changes->new_slot, new);
	return true;
}

/* Read what the statement did. */
static void
collect_changes(Statement *statement)
{
	KbChanges  *changes = &statement->changes;
	KbBindingRow old;
	KbBindingRow new;

	while (next_rows(statement, &old, &new))
	{
		if (changes->new_slot == NULL)
		{
			add_ended(statement, old.manager_id);
			add_change(statement, KB_UNBIND, &old, NULL, false);
		}
		else if (changes->old_slot == NULL)
		{
			add_pair(statement, &new, KB_ALL_RULES, false);
			add_change(statement, KB_BIND, NULL, &new, true);
		}
		else if (!same_pair(&old, &new))
		{
			add_ended(statement, old.manager_id);
			add_pair(statement, &new, KB_ALL_RULES, false);
			if (old.organization_id == new.organization_id)
				add_change(statement, KB_MOVE, &old, &new, true);
			else
			{
				add_change(statement, KB_UNBIND, &old, NULL, false);
				add_change(statement, KB_BIND, NULL, &new, true);
			}
		}
		else
		{
			uint32		rules = rules_of_update(&old, &new);

			if (rules != 0)
			{
				add_pair(statement, &new, rules, true);
				add_change(statement, KB_BIND, NULL, &new, false);
			}
		}
	}
}

/*
 * Lock the organizations brought in, with_heads also the heads of those that
 * are linked: the moves of a client are counted over all its organizations.
 */
static void
lock_organizations(Statement *statement, KbJudgement *judgement, bool with_heads)
{
	KbBase	   *base = statement->base;
	KbIds		ids = {0};

	for (Size i = 0; i < statement->npair; i++)
	{
		int32		id = statement->pair[i].organization_id;
		KbOrganization organization;

		kb_add_id(base, &ids, id);
		if (with_heads && kb_read_organization(base, KB_LATEST, id, &organization))
			kb_add_id(base, &ids, organization.account_id);
	}
	judgement->norganization = 0;
	kb_lock_organizations(judgement, ids.id, kb_sort_ids(ids.id, ids.n));
	kb_free_ids(&ids);
}

/* Lock all that the judgement rests on, in the order that everybody keeps. */
static void
lock_touched(Statement *statement, KbJudgement *judgement, bool with_heads,
			 bool needs_memo)
{
	KbBase	   *base = statement->base;
	Size		n = statement->npair;
	int32	   *ids = MemoryContextAllocHuge(base->context,
											 Max(n + statement->nended, 1) *
											 sizeof(int32));
	int			nid;

	kb_renew_latest(base);
	lock_organizations(statement, judgement, with_heads);

	/* The managers who get something are judged, those who lose are locked. */
	for (Size i = 0; i < n; i++)
		ids[i] = statement->pair[i].manager_id;
	nid = kb_sort_ids(ids, n);
	judgement->manager = MemoryContextAllocHuge(base->context,
												Max(nid, 1) * sizeof(KbManager));
	for (int i = 0; i < nid; i++)
		judgement->manager[i].id = ids[i];
	judgement->nmanager = nid;
	if (statement->nended > 0)
	{
		memcpy(ids + nid, statement->ended, statement->nended * sizeof(int32));
		nid = kb_sort_ids(ids, nid + statement->nended);
	}
	kb_lock_managers(judgement, ids, nid);
	pfree(ids);

	if (needs_memo && kb_memos_concern(judgement))
		kb_lock_memos(judgement, statement->change, statement->nchange);
}

/* Order of organizations. */
static int
compare_organizations(const void *a, const void *b)
{
	int32		x = ((const KbOrganization *) a)->id;
	int32		y = ((const KbOrganization *) b)->id;

	return (x > y) - (x < y);
}

/* Order of managers. */
static int
compare_managers(const void *a, const void *b)
{
	int32		x = ((const KbManager *) a)->id;
	int32		y = ((const KbManager *) b)->id;

	return (x > y) - (x < y);
}

/* An organization that is locked; NULL if it is not. */
static KbOrganization *
locked_organization(const KbJudgement *judgement, int32 id)
{
	KbOrganization key = {.id = id};

	return bsearch(&key, judgement->organization, judgement->norganization,
				   sizeof(KbOrganization), compare_organizations);
}

/*
 * Are the heads of all organizations brought in among those locked?  Heads of
 * heads are not asked for: a chain is refused by whoever links.
 */
static bool
heads_are_locked(const Statement *statement, const KbJudgement *judgement)
{
	for (Size i = 0; i < statement->npair; i++)
	{
		int32		id = statement->pair[i].organization_id;

		if (locked_organization(judgement,
								locked_organization(judgement, id)->account_id) == NULL)
			return false;
	}
	return true;
}

/*
 * Lock, and fix the two states.  Whether moves are limited, and heads are to be
 * locked with the rest, is known for certain only afterwards; if the norms have
 * changed since this session read them, or a link meanwhile, it is done again.
 */
static void
fix_states(Statement *statement, KbJudgement *judgement, CommandId before,
		   bool needs_memo)
{
	KbBase	   *base = statement->base;
	const KbNorms *known = kb_known_norms(base);
	bool		with_heads = known == NULL || kb_limits_moves(known, judgement->day);

	for (;;)
	{
		lock_touched(statement, judgement, with_heads, needs_memo);
		AcceptInvalidationMessages();
		kb_take_snapshots(base, before);
		judgement->norms = kb_norms(base);
		if (!kb_limits_moves(judgement->norms, judgement->day) ||
			heads_are_locked(statement, judgement))
			break;
		with_heads = true;
	}
}

/* Complete the facts, under the snapshots, and give each pair its own. */
static void
find_facts(Statement *statement, KbJudgement *judgement)
{
	KbBase	   *base = statement->base;

	for (int i = 0; i < judgement->norganization; i++)
		kb_add_head_facts(base, KB_AFTER, &judgement->organization[i]);
	for (int i = 0; i < judgement->nmanager; i++)
		kb_add_post(judgement, &judgement->manager[i]);
	for (Size i = 0; i < statement->npair; i++)
	{
		KbPair	   *pair = &statement->pair[i];
		KbManager	manager = {.id = pair->manager_id};

		pair->organization = locked_organization(judgement, pair->organization_id);
		pair->manager = bsearch(&manager, judgement->manager, judgement->nmanager,
								sizeof(KbManager), compare_managers);
	}
}

/* A row of the log about a change, as a row of binding was or is. */
static KbLogRow
log_entry(const KbChange *change, const KbBindingRow *row)
{
	KbLogRow	entry = {0};

	entry.change = change->kind;
	entry.memo_id = change->memo_id;
	entry.reason = change->reason;
	entry.organization_id = row->organization_id;
	entry.has_pair = true;
	entry.manager_id = row->manager_id;
	entry.bound_on = row->bound_on;
	entry.additional = row->additional;
	entry.has_exception = row->has_exception;
	entry.territory_exception = row->exception;
	return entry;
}

/* Log the end of a pair. */
static void
log_end(KbLog *log, const KbChange *change, const KbBindingRow *row)
{
	KbLogRow	entry = log_entry(change, row);

	entry.ended = true;
	kb_log(log, &entry);
}

/*
 * Log what a pair is now: whether it took a client into the manager's base, if
 * that is counted, and which waivers let it pass.
 */
static void
log_pair(KbLog *log, KbJudgement *judgement, const KbChange *change,
		 const KbBindingRow *row, KbPair *pair, bool counts_taken)
{
	KbLogRow	entry = log_entry(change, row);

	entry.taken = counts_taken && kb_account_is_new(judgement, pair);
	entry.waivers = kb_waivers_used(judgement, pair);
	kb_log(log, &entry);
}

/*
 * Log every change, in the order of the statement's rows: reading them again,
 * which collect_changes made the changes of.
 */
static void
log_changes(Statement *statement, KbJudgement *judgement, bool counts_taken)
{
	KbChanges  *changes = &statement->changes;
	const KbChange *change = statement->change;
	KbLog	   *log = kb_begin_log(statement->base, judgement->day);
	KbBindingRow old;
	KbBindingRow new;

	kb_rewind_changes(changes);
	while (next_rows(statement, &old, &new))
	{
		if (changes->old_slot != NULL && changes->new_slot != NULL &&
			same_pair(&old, &new))
		{
			if (rules_of_update(&old, &new) == 0)
				continue;
		}
		else if (changes->old_slot != NULL)
		{
			log_end(log, change, &old);

			/* a move is one change, else one ends and one begins */
			if (change->kind == KB_UNBIND)
				change++;
		}
		if (changes->new_slot != NULL)
		{
			log_pair(log, judgement, change, &new, &statement->pair[change->pair],
					 counts_taken);
			change++;
		}
	}
	kb_end_log(log);
}

/*
 * binding_changed() returns trigger: judges and logs a statement on binding.
 * After INSERT, UPDATE or DELETE, for each statement, with transition tables.
 * Errors: the rules' (23514 and the rule's code as CONSTRAINT), 23503 for an
 * unknown organization or manager.  Policy: section 4.
 */
Datum
kbnorms_binding_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kb_statement_trigger(fcinfo, "binding_changed");
	Relation	rel = trigger->tg_relation;
	CommandId	before = GetActiveSnapshot()->curcid;
	Statement	statement = {0};
	const KbExemption *exemption;
	bool		judged;

	kb_begin_changes(&statement.changes, trigger, "binding_changed");
	statement.base = kb_open_base(RelationGetNamespace(rel));
	kb_require_table(statement.base->layout, KB_BINDING, rel, "binding_changed");
	exemption = kb_exemption_for(RelationGetNamespace(rel));
	judged = exemption == NULL || !exemption->skip_rules;
	collect_changes(&statement);

	if (statement.nchange > 0)
	{
		KbJudgement *judgement;

		CommandCounterIncrement();
		judgement = kb_begin_judgement(statement.base, kb_today());
		fix_states(&statement, judgement, before, exemption == NULL);
		find_facts(&statement, judgement);
		if (judged)
			for (Size i = 0; i < statement.npair; i++)
				kb_judge_pair(judgement, &statement.pair[i]);
		if (exemption == NULL)
			kb_judge_changes(judgement, statement.change, statement.nchange);
		kb_report(judgement, rel);
		kb_use_items(judgement, statement.change, statement.nchange);
		log_changes(&statement, judgement,
					judged && kb_limits_intake(judgement->norms,
											   judgement->day));
	}
	kb_close_base(statement.base);
	kb_end_changes(&statement.changes);
	return PointerGetDatum(NULL);
}

/*
 * binding_moved() returns trigger: a move begins a new binding, today and
 * without the justification, which was about the manager before.  Before
 * UPDATE OF manager_id, organization_id, for each row; what the UPDATE itself
 * sets is left as it is.
 */
Datum
kbnorms_binding_moved(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Relation	rel;
	TupleDesc	desc;
	HeapTuple	old;
	HeapTuple	new;
	bool		old_null,
				new_null;
	int			changed[2];
	Datum		values[2];
	bool		nulls[2];
	int			nchanged = 0;
	Datum		a,
				b;

	if (!CALLED_AS_TRIGGER(fcinfo) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
		!TRIGGER_FIRED_BEFORE(trigger->tg_event) ||
		!TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired BEFORE UPDATE for each row",
						"binding_moved")));
	rel = trigger->tg_relation;
	desc = RelationGetDescr(rel);
	old = trigger->tg_trigtuple;
	new = trigger->tg_newtuple;

	{
		KbLayout   *layout = kb_layout(RelationGetNamespace(rel));
		AttrNumber	organization = layout->attno[KB_C_BINDING_organization_id];
		AttrNumber	manager = layout->attno[KB_C_BINDING_manager_id];
		AttrNumber	bound_on = layout->attno[KB_C_BINDING_bound_on];
		AttrNumber	exception = layout->attno[KB_C_BINDING_territory_exception];

		kb_require_table(layout, KB_BINDING, rel, "binding_moved");
		if (heap_getattr(old, organization, desc, &old_null) ==
			heap_getattr(new, organization, desc, &new_null) &&
			heap_getattr(old, manager, desc, &old_null) ==
			heap_getattr(new, manager, desc, &new_null))
			return PointerGetDatum(new);

		if (heap_getattr(old, bound_on, desc, &old_null) ==
			heap_getattr(new, bound_on, desc, &new_null))
		{
			changed[nchanged] = bound_on;
			values[nchanged] = DateADTGetDatum(kb_today());
			nulls[nchanged++] = false;
		}
		a = heap_getattr(old, exception, desc, &old_null);
		b = heap_getattr(new, exception, desc, &new_null);
		if (!old_null && !new_null &&
			DatumGetBool(DirectFunctionCall2Coll(texteq, C_COLLATION_OID, a, b)))
		{
			changed[nchanged] = exception;
			values[nchanged] = (Datum) 0;
			nulls[nchanged++] = true;
		}
	}
	if (nchanged == 0)
		return PointerGetDatum(new);
	return PointerGetDatum(heap_modify_tuple_by_cols(new, desc, nchanged,
													 changed, values, nulls));
}
