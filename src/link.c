/*-------------------------------------------------------------------------
 *
 * link.c
 *	  The triggers on organization: attribute 140, renumbering and deletion.
 *
 * A change of head_id changes how many accounts a base counts.  The UPDATE
 * itself holds the row of the organization that changes; then its new head is
 * locked, then the managers who hold it, so that a bind of either waits and
 * sees the link, or came first and is seen.  Two sessions that link and bind
 * the same two organizations can meet in a circle: PostgreSQL then ends one of
 * them with 40P01, to be retried.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "engine.h"
#include "exempt.h"

PG_FUNCTION_INFO_V1(kbnorms_organization_changed);

/* A change of an organization's head. */
typedef struct LinkChange
{
	int32		id;
	bool		had_head;
	int32		old_head;
	bool		has_head;
	int32		new_head;
} LinkChange;

/* What a statement does to organizations. */
typedef struct Statement
{
	KbBase	   *base;
	int			nlink;
	Size		maxlink;
	LinkChange *link;
	int			nchange;
	Size		maxchange;
	KbChange   *change;			/* as memos are about */
	int			ngone;
	Size		maxgone;
	int32	   *gone;			/* ids that are no more */
} Statement;

/* An organization's head; false if it has none. */
static bool
get_head(KbBase *base, TupleTableSlot *slot, int32 *head)
{
	bool		isnull;
	Datum		value = kb_get(base, slot, KB_C_ORGANIZATION_head_id, &isnull);

	*head = isnull ? 0 : DatumGetInt32(value);
	return !isnull;
}

/* Remember a change as memos are about. */
static void
add_change(Statement *statement, KbChangeKind kind, int32 id, int32 head_id)
{
	KbChange   *change;

	statement->change = kb_grow(statement->base, statement->change,
								statement->nchange, &statement->maxchange,
								sizeof(KbChange));
	change = &statement->change[statement->nchange++];
	memset(change, 0, sizeof(KbChange));
	change->kind = kind;
	change->organization_id = id;
	change->has_head = true;
	change->head_id = head_id;
}

/* Read what the statement did. */
static void
collect_changes(Statement *statement, KbChanges *changes)
{
	KbBase	   *base = statement->base;

	while (kb_next_change(changes))
	{
		LinkChange	change = {0};
		int32		old_id = 0;

		if (changes->old_slot != NULL)
		{
			old_id = kb_get_int(base, changes->old_slot, KB_C_ORGANIZATION_id);
			change.had_head = get_head(base, changes->old_slot, &change.old_head);
		}
		if (changes->new_slot != NULL)
		{
			change.id = kb_get_int(base, changes->new_slot, KB_C_ORGANIZATION_id);
			change.has_head = get_head(base, changes->new_slot, &change.new_head);
		}
		if (changes->old_slot != NULL &&
			(changes->new_slot == NULL || old_id != change.id))
		{
			statement->gone = kb_grow(base, statement->gone, statement->ngone,
									  &statement->maxgone, sizeof(int32));
			statement->gone[statement->ngone++] = old_id;
		}
		if (changes->new_slot != NULL &&
			(change.had_head != change.has_head ||
			 change.old_head != change.new_head))
		{
			statement->link = kb_grow(base, statement->link, statement->nlink,
									  &statement->maxlink, sizeof(LinkChange));
			statement->link[statement->nlink++] = change;
			if (change.had_head)
				add_change(statement, KB_UNLINK, change.id, change.old_head);
			if (change.has_head)
				add_change(statement, KB_LINK, change.id, change.new_head);
		}
	}
}

/* Refuse a link: only one level of heads and linked ones. */
static void
refuse_link(Statement *statement, Relation rel, const LinkChange *link,
			const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("%s cannot be linked to %s",
					kb_describe(statement->base, KB_ORGANIZATION, link->id),
					kb_describe(statement->base, KB_ORGANIZATION, link->new_head)),
			 errdetail("%s", detail),
			 errhint("Link the organization to the head of the account, which is linked to none itself."),
			 errtableconstraint(rel, "link")));
}

/* No chain, no loop, no link to itself. */
static void
check_links(Statement *statement, Relation rel)
{
	KbBase	   *base = statement->base;

	for (int i = 0; i < statement->nlink; i++)
	{
		const LinkChange *link = &statement->link[i];
		KbOrganization head;

		if (!link->has_head)
			continue;
		if (link->id == link->new_head)
			refuse_link(statement, rel, link,
						_("An organization is not linked to itself."));
		if (kb_read_organization(base, KB_AFTER, link->new_head, &head) &&
			head.account_id != head.id)
			refuse_link(statement, rel, link,
						psprintf(_("Organization %d is itself linked, to organization %d."),
								 head.id, head.account_id));
		if (kb_next(kb_probe(base, KB_I_FOLLOWER, KB_AFTER, link->id)))
			refuse_link(statement, rel, link,
						psprintf(_("Organization %d is a head with organizations linked to it."),
								 link->id));
	}
}

/* Lock the new heads, which must not become linked ones meanwhile. */
static void
lock_heads(Statement *statement)
{
	KbBase	   *base = statement->base;
	int32	   *ids = MemoryContextAllocHuge(base->context,
											 statement->nlink * sizeof(int32));
	int			n = 0;

	for (int i = 0; i < statement->nlink; i++)
		if (statement->link[i].has_head)
			ids[n++] = statement->link[i].new_head;
	n = kb_sort_ids(ids, n);
	for (int i = 0; i < n; i++)
	{
		TupleTableSlot *slot;

		/* One that is not there is the foreign key's to report. */
		(void) kb_lock_row(base, KB_I_ORGANIZATION, ids[i], &slot);
	}
}

/* The pairs whose manager may count more accounts now; locks the managers. */
static int
lock_holders(Statement *statement, KbJudgement *judgement, KbPair **pairs)
{
	KbBase	   *base = statement->base;
	int			npair = 0;
	Size		maxpair = 0;
	int32	   *ids;

	*pairs = NULL;
	for (int i = 0; i < statement->nlink; i++)
	{
		KbScan	   *scan = kb_probe(base, KB_I_BINDING_ORGANIZATION, KB_LATEST,
									statement->link[i].id);

		while (kb_next(scan))
		{
			KbPair	   *pair;

			*pairs = kb_grow(base, *pairs, npair, &maxpair, sizeof(KbPair));
			pair = &(*pairs)[npair++];
			memset(pair, 0, sizeof(KbPair));
			pair->organization_id = statement->link[i].id;
			pair->manager_id = kb_get_int(base, scan->slot,
										  KB_C_BINDING_manager_id);
			pair->rules = KB_RULE_BIT(KB_R_BASE_SIZE);
			/* judged by the count alone: no client is brought in */
			pair->account_is_new = KB_YES;
		}
	}
	ids = MemoryContextAllocHuge(base->context, Max(npair, 1) * sizeof(int32));
	for (int i = 0; i < npair; i++)
		ids[i] = (*pairs)[i].manager_id;
	kb_lock_managers(judgement, ids, kb_sort_ids(ids, npair));
	return npair;
}

/* Judge every manager whose count the links raise. */
static void
judge_holders(KbJudgement *judgement, KbPair *pairs, int npair)
{
	KbBase	   *base = judgement->base;

	judgement->norms = kb_norms(base);
	for (int i = 0; i < npair; i++)
	{
		pairs[i].organization = MemoryContextAllocZero(base->context,
													   sizeof(KbOrganization));
		kb_read_organization(base, KB_AFTER, pairs[i].organization_id,
							 pairs[i].organization);
		pairs[i].manager = kb_other_manager(judgement, pairs[i].manager_id);
		kb_judge_pair(judgement, &pairs[i]);
	}
}

/* The waivers that let a link pass with the holders of the organization. */
static const char *
waivers_of_link(KbJudgement *judgement, int32 organization_id, const KbPair *pairs,
				int npair)
{
	const char *numbers = NULL;

	for (int i = 0; i < npair; i++)
	{
		const char *used = pairs[i].organization_id != organization_id ? NULL :
		kb_waivers_used(judgement, &pairs[i]);

		if (used != NULL)
			numbers = numbers == NULL ? used : psprintf("%s, %s", numbers, used);
	}
	return numbers;
}

/* Log the links that ended and those that began. */
static void
log_links(Statement *statement, KbJudgement *judgement, const KbPair *pairs, int npair)
{
	KbLog	   *log = kb_begin_log(statement->base, judgement->day);
	bool		waived = false;

	for (int i = 0; i < npair; i++)
		waived |= pairs[i].waived != 0;
	for (int i = 0; i < statement->nchange; i++)
	{
		const KbChange *change = &statement->change[i];
		KbLogRow	row = {0};

		row.change = change->kind;
		row.memo_id = change->memo_id;
		row.reason = change->reason;
		row.organization_id = change->organization_id;
		row.has_head = true;
		row.head_id = change->head_id;
		if (waived)
			row.waivers = waivers_of_link(judgement, change->organization_id,
										  pairs, npair);
		kb_log(log, &row);
	}
	kb_end_log(log);
}

/*
 * organization_changed() returns trigger: judges and logs changes of head_id,
 * refuses to delete or renumber an organization that anything rests on.
 * After INSERT, UPDATE or DELETE, for each statement, with transition tables.
 * Errors: 23514 with CONSTRAINT link or base_size, 23503.  Policy: section 4,
 * "Attribute 140" and "Structure".
 */
Datum
kbnorms_organization_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kb_statement_trigger(fcinfo, "organization_changed");
	Relation	rel = trigger->tg_relation;
	CommandId	before = GetActiveSnapshot()->curcid;
	Statement	statement = {0};
	KbChanges	changes;
	KbJudgement *judgement;
	const KbExemption *exemption = kb_exemption_for(RelationGetNamespace(rel));
	KbPair	   *pairs;
	int			npair;

	kb_begin_changes(&changes, trigger, "organization_changed");
	statement.base = kb_open_base(RelationGetNamespace(rel));
	kb_require_table(statement.base->layout, KB_ORGANIZATION, rel,
					 "organization_changed");
	collect_changes(&statement, &changes);
	kb_end_changes(&changes);
	if (statement.nlink == 0 && statement.ngone == 0)
	{
		kb_close_base(statement.base);
		return PointerGetDatum(NULL);
	}

	CommandCounterIncrement();
	judgement = kb_begin_judgement(statement.base, kb_today());
	kb_renew_latest(statement.base);
	lock_heads(&statement);
	kb_renew_latest(statement.base);
	npair = lock_holders(&statement, judgement, &pairs);
	if (exemption == NULL && kb_memos_concern(judgement))
		kb_lock_memos(judgement, statement.change, statement.nchange);
	AcceptInvalidationMessages();
	kb_take_snapshots(statement.base, before);

	for (int i = 0; i < statement.ngone; i++)
		kb_refuse_gone_organization(statement.base, statement.gone[i]);
	check_links(&statement, rel);
	if (exemption == NULL || !exemption->skip_rules)
		judge_holders(judgement, pairs, npair);
	if (exemption == NULL)
		kb_judge_changes(judgement, statement.change, statement.nchange);
	kb_report(judgement, rel);
	kb_use_items(judgement, statement.change, statement.nchange);
	if (statement.nlink > 0)
		log_links(&statement, judgement, pairs, npair);
	kb_close_base(statement.base);
	return PointerGetDatum(NULL);
}
