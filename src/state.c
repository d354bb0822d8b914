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
 * What is only supposed has been done in the state after the (empty) statement
 * (overlay.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/memutils.h"

#include "engine.h"

/* Add an id. */
void
kb_add_id(KbBase *base, KbIds *ids, int32 id)
{
	ids->id = kb_grow(base, ids->id, ids->n, &ids->max, sizeof(int32));
	ids->id[ids->n++] = id;
}

/* Forget the ids. */
void
kb_free_ids(KbIds *ids)
{
	if (ids->id != NULL)
		pfree(ids->id);
}

/* Take a row of binding from a slot. */
void
kb_binding_row(KbBase *base, TupleTableSlot *slot, KbBindingRow *row)
{
	bool		isnull;

	row->organization_id = kb_get_int(base, slot, KB_C_BINDING_organization_id);
	row->manager_id = kb_get_int(base, slot, KB_C_BINDING_manager_id);
	row->bound_on = kb_get_int(base, slot, KB_C_BINDING_bound_on);
	row->additional = kb_get_bool(base, slot, KB_C_BINDING_additional);
	row->exception = kb_get(base, slot, KB_C_BINDING_territory_exception, &isnull);
	row->has_exception = !isnull;
}

/* Make a pair of a row: a justification counts if it is more than blanks. */
void
kb_pair_from_row(KbPair *pair, const KbBindingRow *row)
{
	memset(pair, 0, sizeof(KbPair));
	pair->organization_id = row->organization_id;
	pair->manager_id = row->manager_id;
	pair->bound_on = row->bound_on;
	pair->additional = row->additional;
	if (row->has_exception)
	{
		text	   *value = DatumGetTextPP(row->exception);
		const char *bytes = VARDATA_ANY(value);
		int			length = VARSIZE_ANY_EXHDR(value);

		for (int i = 0; i < length && !pair->justified; i++)
			pair->justified = !isspace((unsigned char) bytes[i]);
		pair->exception_hash = kb_text_hash(row->exception);
	}
}

/* A hash of a text, wide enough to stand for it; never 0. */
uint64
kb_text_hash(Datum text_value)
{
	text	   *value = DatumGetTextPP(text_value);

	return DatumGetUInt64(hash_any_extended((const unsigned char *) VARDATA_ANY(value),
											VARSIZE_ANY_EXHDR(value), 0)) | 1;
}

/*
 * The rules that judge a pair that was there before and has changed; 0 if it
 * has not.  What it brought in, it brought in then.
 */
uint32
kb_rules_of_kept_pair(const KbPair *old, const KbPair *new)
{
	uint32		rules = 0;

	if (old->additional != new->additional)
		rules |= KB_RULE_BIT(KB_R_MULTIPLE);
	if (old->exception_hash != new->exception_hash)
		rules |= KB_RULE_BIT(KB_R_TERRITORY);
	if (old->bound_on != new->bound_on)
		rules |= KB_RULE_BIT(KB_R_PERSONAL) | KB_RULE_BIT(KB_R_MULTIPLE);
	if (rules != 0)
		rules |= KB_RULE_BIT(KB_R_MEMO) | KB_RULE_BIT(KB_R_APPROVAL) |
			KB_RULE_BIT(KB_R_APPLICANT);
	return rules;
}

/*
 * Was the pair not there before the statement?  One that was, ended and made
 * again, is judged by what is different of it, as an UPDATE would be.
 */
bool
kb_pair_is_new(KbJudgement *judgement, KbPair *pair)
{
	if (pair->is_new == KB_UNKNOWN)
	{
		KbScan	   *scan = kb_probe_pair(judgement->base, KB_BEFORE,
										 pair->organization_id,
										 pair->manager_id);

		pair->is_new = KB_YES;
		if (kb_next(scan))
		{
			KbBindingRow row;
			KbPair		old;

			kb_binding_row(judgement->base, scan->slot, &row);
			kb_pair_from_row(&old, &row);
			pair->is_new = KB_NO;
			pair->remade_rules = kb_rules_of_kept_pair(&old, pair);
		}
	}
	return pair->is_new == KB_YES;
}

/* The organizations of an account: the head and those linked to it. */
void
kb_account_members(KbBase *base, int32 account_id, KbIds *members)
{
	KbScan	   *scan;

	kb_add_id(base, members, account_id);
	scan = kb_probe(base, KB_I_FOLLOWER, KB_AFTER, account_id);
	while (kb_next(scan))
		kb_add_id(base, members, kb_get_int(base, scan->slot, KB_C_ORGANIZATION_id));
}

/*
 * What was found out about an account, for one statement may bring in many of
 * its organizations: was it in the pool, or, where there is a manager, new to
 * his base?
 */
typedef struct AccountAnswer
{
	struct
	{
		int32		account_id;
		int32		manager_id;
		int32		about_pool; /* and not about the manager */
	}			key;			/* hash key */
	KbLazy		answer;
} AccountAnswer;

/* The place of an answer; KB_UNKNOWN if nobody has asked yet. */
static KbLazy *
account_answer(KbJudgement *judgement, int32 account_id, int32 manager_id,
			   bool about_pool)
{
	AccountAnswer key = {{account_id, manager_id, about_pool}, KB_UNKNOWN};
	AccountAnswer *entry;
	bool		found;

	if (judgement->accounts == NULL)
	{
		HASHCTL		ctl = {0};

		ctl.keysize = sizeof(key.key);
		ctl.entrysize = sizeof(AccountAnswer);
		ctl.hcxt = judgement->base->context;
		judgement->accounts = hash_create("kbnorms accounts", 64, &ctl,
										  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	entry = hash_search(judgement->accounts, &key.key, HASH_ENTER, &found);
	if (!found)
		entry->answer = KB_UNKNOWN;
	return &entry->answer;
}

/* Does a manager hold any organization of an account in a state? */
static bool
holds_account(KbBase *base, int32 manager_id, KbWhen when, const KbIds *members)
{
	for (int i = 0; i < members->n; i++)
		if (kb_next(kb_probe_pair(base, when, members->id[i], manager_id)))
			return true;
	return false;
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
		int32		account_id = pair->organization->account_id;
		KbLazy	   *answer = account_answer(judgement, account_id,
											pair->manager_id, false);

		if (*answer == KB_UNKNOWN)
		{
			KbIds		members = {0};

			kb_account_members(base, account_id, &members);
			*answer = holds_account(base, pair->manager_id, KB_BEFORE, &members) ?
				KB_NO : KB_YES;
			kb_free_ids(&members);
		}
		pair->account_is_new = *answer;
	}
	return pair->account_is_new == KB_YES;
}

/* Was none of an account's organizations bound to anyone before the statement? */
bool
kb_account_in_pool(KbJudgement *judgement, KbOrganization *organization)
{
	KbBase	   *base = judgement->base;
	KbLazy	   *answer = account_answer(judgement, organization->account_id, 0, true);

	if (*answer == KB_UNKNOWN)
	{
		KbIds		members = {0};

		kb_account_members(base, organization->account_id, &members);
		*answer = KB_YES;
		for (int i = 0; i < members.n && *answer == KB_YES; i++)
			if (kb_next(kb_probe(base, KB_I_BINDING_ORGANIZATION, KB_BEFORE,
								 members.id[i])))
				*answer = KB_NO;
		kb_free_ids(&members);
	}
	return *answer == KB_YES;
}

/* The organizations that a manager holds in a state. */
static void
held_organizations(KbJudgement *judgement, int32 manager_id, KbWhen when,
				   KbIds *held)
{
	KbBase	   *base = judgement->base;
	KbScan	   *scan = kb_probe(base, KB_I_BINDING_MANAGER, when, manager_id);

	while (kb_next(scan))
		kb_add_id(base, held,
				  kb_get_int(base, scan->slot, KB_C_BINDING_organization_id));
}

/*
 * The accounts of a manager in a state, ascending: of all groups, or of one.
 * An account is there once, however many of its organizations he holds.
 */
void
kb_held_accounts(KbJudgement *judgement, int32 manager_id, KbWhen when,
				 const char *group, KbIds *accounts)
{
	KbBase	   *base = judgement->base;
	int			kept = 0;

	held_organizations(judgement, manager_id, when, accounts);
	for (int i = 0; i < accounts->n; i++)
	{
		KbOrganization organization;

		/* An orphan, come in past the triggers, counts for itself. */
		if (!kb_read_organization(base, when, accounts->id[i], &organization))
		{
			if (group == NULL)
				accounts->id[kept++] = accounts->id[i];
			continue;
		}
		if (group != NULL)
		{
			kb_add_head_facts(base, when, &organization);
			if (organization.group == NULL ||
				strcmp(organization.group, group) != 0)
				continue;
		}
		accounts->id[kept++] = organization.account_id;
	}
	accounts->n = kb_sort_ids(accounts->id, kept);
}

/* How many they are. */
static int
count_accounts(KbJudgement *judgement, int32 manager_id, KbWhen when,
			   const char *group)
{
	KbIds		accounts = {0};

	kb_held_accounts(judgement, manager_id, when, group, &accounts);
	kb_free_ids(&accounts);
	return accounts.n;
}

/*
 * By how many accounts what is supposed changes the base of a manager.  Asked of
 * those accounts alone: he may be asked about for each of many pairs.
 */
static int
supposed_difference(KbBase *base, int32 manager_id)
{
	const KbBindingRow *rows[2];
	Size		nrow[2];
	KbIds		accounts = {0};
	int			difference = 0;

	kb_supposed_of(base, manager_id, &rows[0], &nrow[0], &rows[1], &nrow[1]);
	for (int side = 0; side < 2; side++)
		for (Size i = 0; i < nrow[side]; i++)
		{
			int32		id = rows[side][i].organization_id;
			KbOrganization organization;

			kb_add_id(base, &accounts,
					  kb_read_organization(base, KB_AFTER, id, &organization) ?
					  organization.account_id : id);
		}
	accounts.n = kb_sort_ids(accounts.id, accounts.n);
	for (int i = 0; i < accounts.n; i++)
	{
		KbIds		members = {0};

		kb_account_members(base, accounts.id[i], &members);
		difference += holds_account(base, manager_id, KB_AFTER, &members) -
			holds_account(base, manager_id, KB_BEFORE, &members);
		kb_free_ids(&members);
	}
	kb_free_ids(&accounts);
	return difference;
}

/* Find out how many accounts a manager has before and after the statement. */
void
kb_count_accounts(KbJudgement *judgement, KbManager *manager)
{
	if (manager->has_counts)
		return;
	if (!manager->has_before)
		manager->accounts_before =
			count_accounts(judgement, manager->id, KB_BEFORE, NULL);
	manager->has_before = true;
	if (judgement->base->overlay != NULL)
		manager->accounts_after = manager->accounts_before +
			supposed_difference(judgement->base, manager->id);
	else
		manager->accounts_after =
			count_accounts(judgement, manager->id, KB_AFTER, NULL);
	manager->has_counts = true;
}

/* The same for the accounts of one client group. */
const KbGroupCount *
kb_count_group(KbJudgement *judgement, KbManager *manager, const char *group)
{
	KbGroupCount *count;

	for (count = manager->groups; count != NULL; count = count->next)
		if (strcmp(count->group, group) == 0)
			return count;

	count = MemoryContextAlloc(judgement->base->context, sizeof(KbGroupCount));
	count->group = group;
	count->before = count_accounts(judgement, manager->id, KB_BEFORE, group);
	count->after = count_accounts(judgement, manager->id, KB_AFTER, group);
	count->next = manager->groups;
	manager->groups = count;
	return count;
}
