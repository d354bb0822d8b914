/*-------------------------------------------------------------------------
 *
 * state.c
 *	  Who holds what before and after the statement.
 *
 * Everything is answered from the two snapshots, never from the rows that one
 * trigger call happened to be given: a MERGE or a statement with data-modifying
 * CTEs fires several, and each of them must see the whole.  What is costly is
 * asked only when a rule would otherwise be broken, and kept.
 *
 * check_binding supposes a pair that is not there: it is added to the state
 * after the (empty) statement.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "engine.h"

/* Ids that grow. */
typedef struct IdList
{
	int			n;
	int			max;
	int32	   *id;
} IdList;

/* Add an id. */
static void
add_id(KbBase *base, IdList *list, int32 id)
{
	if (list->n == list->max)
	{
		list->max = list->max == 0 ? 64 : list->max * 2;
		list->id = list->id == NULL ?
			MemoryContextAllocHuge(base->context, list->max * sizeof(int32)) :
			repalloc_huge(list->id, list->max * sizeof(int32));
	}
	list->id[list->n++] = id;
}

/* Forget the ids. */
static void
free_ids(IdList *list)
{
	if (list->id != NULL)
		pfree(list->id);
}

/* Was the pair not there before the statement? */
bool
kb_pair_is_new(KbJudgement *judgement, KbPair *pair)
{
	if (pair->is_new == KB_UNKNOWN)
		pair->is_new = kb_next(kb_probe_pair(judgement->base, KB_BEFORE,
											 pair->organization_id,
											 pair->manager_id)) ? KB_NO : KB_YES;
	return pair->is_new == KB_YES;
}

/* The organizations of an account: the head and those linked to it. */
static void
account_members(KbBase *base, int32 account_id, IdList *members)
{
	KbScan	   *scan;

	add_id(base, members, account_id);
	scan = kb_probe(base, KB_I_FOLLOWER, KB_AFTER, account_id);
	while (kb_next(scan))
		add_id(base, members, kb_get_int(base, scan->slot, KB_C_ORGANIZATION_id));
}

/*
 * Is the account new to the manager's base: did he hold none of its
 * organizations before the statement?
 */
bool
kb_account_is_new(KbJudgement *judgement, KbPair *pair)
{
	KbBase	   *base = judgement->base;

	if (pair->account_is_new == KB_UNKNOWN)
	{
		IdList		members = {0};

		account_members(base, pair->organization->account_id, &members);
		pair->account_is_new = KB_YES;
		for (int i = 0; i < members.n; i++)
			if (kb_next(kb_probe_pair(base, KB_BEFORE, members.id[i],
									  pair->manager_id)))
				pair->account_is_new = KB_NO;
		free_ids(&members);
	}
	return pair->account_is_new == KB_YES;
}

/* Was none of an account's organizations bound to anyone before the statement? */
bool
kb_account_in_pool(KbJudgement *judgement, KbOrganization *organization)
{
	KbBase	   *base = judgement->base;
	IdList		members = {0};
	bool		in_pool = true;

	account_members(base, organization->account_id, &members);
	for (int i = 0; in_pool && i < members.n; i++)
		in_pool = !kb_next(kb_probe(base, KB_I_BINDING_ORGANIZATION, KB_BEFORE,
									members.id[i]));
	free_ids(&members);
	return in_pool;
}

/* The organizations that a manager holds in a state. */
static void
held_organizations(KbJudgement *judgement, int32 manager_id, KbWhen when,
				   IdList *held)
{
	KbBase	   *base = judgement->base;
	KbScan	   *scan = kb_probe(base, KB_I_BINDING_MANAGER, when, manager_id);

	while (kb_next(scan))
		add_id(base, held,
			   kb_get_int(base, scan->slot, KB_C_BINDING_organization_id));
	if (when == KB_AFTER && judgement->supposed != NULL &&
		judgement->supposed->manager_id == manager_id)
		add_id(base, held, judgement->supposed->organization_id);
}

/*
 * Count the accounts of a manager in a state: of all groups, or of one.  An
 * account counts once, however many of its organizations he holds.
 */
static int
count_accounts(KbJudgement *judgement, int32 manager_id, KbWhen when,
			   const char *group)
{
	KbBase	   *base = judgement->base;
	IdList		held = {0};
	int			kept = 0;

	held_organizations(judgement, manager_id, when, &held);
	for (int i = 0; i < held.n; i++)
	{
		KbOrganization organization;

		/* An orphan, come in past the triggers, counts for itself. */
		if (!kb_read_organization(base, when, held.id[i], &organization))
		{
			if (group == NULL)
				held.id[kept++] = held.id[i];
			continue;
		}
		if (group != NULL)
		{
			kb_add_head_facts(base, when, &organization);
			if (organization.group == NULL ||
				strcmp(organization.group, group) != 0)
				continue;
		}
		held.id[kept++] = organization.account_id;
	}
	kept = kb_sort_ids(held.id, kept);
	free_ids(&held);
	return kept;
}

/* Find out how many accounts a manager has before and after the statement. */
void
kb_count_accounts(KbJudgement *judgement, KbManager *manager)
{
	if (manager->has_counts)
		return;
	manager->accounts_before = count_accounts(judgement, manager->id, KB_BEFORE, NULL);
	manager->accounts_after = count_accounts(judgement, manager->id, KB_AFTER, NULL);
	manager->has_counts = true;
}

/* The same for the accounts of one client group. */
void
kb_count_group(KbJudgement *judgement, KbManager *manager, const char *group,
			   int *before, int *after)
{
	*before = count_accounts(judgement, manager->id, KB_BEFORE, group);
	*after = count_accounts(judgement, manager->id, KB_AFTER, group);
}

/* Has a main binding of the organization ended in the statement itself? */
static bool
main_binding_ended(KbJudgement *judgement, int32 organization_id)
{
	KbBase	   *base = judgement->base;
	KbScan	   *scan = kb_probe(base, KB_I_BINDING_ORGANIZATION, KB_BEFORE,
								organization_id);

	while (kb_next(scan))
	{
		bool		isnull;

		if (!DatumGetBool(kb_get(base, scan->slot, KB_C_BINDING_additional, &isnull)) &&
			!kb_next(kb_probe_pair(base, KB_AFTER, organization_id,
								   kb_get_int(base, scan->slot,
											  KB_C_BINDING_manager_id))))
			return true;
	}
	return false;
}

/*
 * The latest end of a main binding of an organization, the statement's own
 * ends included; false if none has ended.  The log is read as it was before
 * the statement: its own rows are told by the two states of binding.
 */
bool
kb_latest_end(KbJudgement *judgement, int32 organization_id, DateADT *day)
{
	KbBase	   *base = judgement->base;
	KbScan	   *scan = kb_probe(base, KB_I_LOG_ORGANIZATION, KB_BEFORE,
								organization_id);
	bool		found = false;

	while (kb_next(scan))
	{
		bool		isnull;
		Datum		ended = kb_get(base, scan->slot, KB_C_BINDING_LOG_unbound_on,
								   &isnull);

		if (isnull)
			continue;
		if (DatumGetBool(kb_get(base, scan->slot, KB_C_BINDING_LOG_additional,
								&isnull)) || isnull)
			continue;
		if (!found || DatumGetDateADT(ended) > *day)
			*day = DatumGetDateADT(ended);
		found = true;
	}
	if ((!found || *day < judgement->day) &&
		main_binding_ended(judgement, organization_id))
	{
		*day = judgement->day;
		found = true;
	}
	return found;
}
