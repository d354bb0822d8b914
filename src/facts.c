/*-------------------------------------------------------------------------
 *
 * facts.c
 *	  What organizations and managers are on the day that is judged.
 *
 * Organizations are locked before managers, each in ascending id, by every
 * statement: so two statements that touch the same ones in different order
 * wait for each other, and never in a circle.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "engine.h"

/* Order of ids. */
static int
compare_ids(const void *a, const void *b)
{
	int32		x = *(const int32 *) a;
	int32		y = *(const int32 *) b;

	return (x > y) - (x < y);
}

/* Sort ids ascending and drop repeated ones; returns how many are left. */
int
kb_sort_ids(int32 *ids, int n)
{
	int			kept = 0;

	if (n > 1)
		qsort(ids, n, sizeof(int32), compare_ids);
	for (int i = 0; i < n; i++)
		if (kept == 0 || ids[kept - 1] != ids[i])
			ids[kept++] = ids[i];
	return kept;
}

/* Take an organization's own facts from its row. */
static void
organization_from_slot(KbBase *base, TupleTableSlot *slot,
					   KbOrganization *organization)
{
	bool		isnull;
	Datum		value;

	organization->id = kb_get_int(base, slot, KB_C_ORGANIZATION_id);
	value = kb_get(base, slot, KB_C_ORGANIZATION_head_id, &isnull);
	organization->account_id = isnull ? organization->id : DatumGetInt32(value);
	organization->group = kb_get_fact(base, slot, KB_C_ORGANIZATION_client_group);
	organization->potential = kb_get_fact(base, slot, KB_C_ORGANIZATION_potential);
	organization->city = kb_get_fact(base, slot, KB_C_ORGANIZATION_city);
	value = kb_get(base, slot, KB_C_ORGANIZATION_territory_id, &isnull);
	organization->has_territory = !isnull;
	organization->territory_id = isnull ? 0 : DatumGetInt32(value);
	value = kb_get(base, slot, KB_C_ORGANIZATION_merged_into, &isnull);
	organization->is_merged = !isnull;
	organization->merged_into = isnull ? 0 : DatumGetInt32(value);
}

/*
 * Refuse to bind what has become a part of another organization.  No snapshot
 * may have been taken yet, so that there are no names to tell.
 */
void
kb_refuse_merged(KbBase *base, const KbOrganization *organization)
{
	if (!organization->is_merged)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("organization %d was merged into organization %d",
					organization->id, organization->merged_into),
			 errhint("Bind that one."),
			 errtableconstraint(kb_rel(base, KB_BINDING), "merged")));
}

/* Read an organization's own facts; false if it is not there. */
bool
kb_read_organization(KbBase *base, KbWhen when, int32 id,
					 KbOrganization *organization)
{
	KbScan	   *scan = kb_probe(base, KB_I_ORGANIZATION, when, id);

	if (!kb_next(scan))
		return false;
	organization_from_slot(base, scan->slot, organization);
	return true;
}

/*
 * Group and potential of an account are its head's, wherever the head is
 * bound; city and territory are each organization's own, else its head's.
 * Policy: section 4, below "Binding".
 */
void
kb_add_head_facts(KbBase *base, KbWhen when, KbOrganization *organization)
{
	KbOrganization head = {0};

	if (organization->account_id == organization->id)
		return;
	kb_read_organization(base, when, organization->account_id, &head);
	organization->group = head.group;
	organization->potential = head.potential;
	if (organization->city == NULL)
		organization->city = head.city;
	if (!organization->has_territory)
	{
		organization->has_territory = head.has_territory;
		organization->territory_id = head.territory_id;
	}
}

/*
 * Lock organizations and keep their facts.  The rows cannot change any more:
 * what is read here is what the later snapshots see.
 */
void
kb_lock_organizations(KbJudgement *judgement, int32 *ids, int n)
{
	KbBase	   *base = judgement->base;

	judgement->organization =
		MemoryContextAllocHuge(base->context,
							   Max(n, 1) * sizeof(KbOrganization));
	for (int i = 0; i < n; i++)
	{
		TupleTableSlot *slot;

		if (!kb_lock_row(base, KB_I_ORGANIZATION, ids[i], &slot))
			kb_missing_key(base, KB_BINDING, "organization_id",
						   KB_ORGANIZATION, ids[i]);
		organization_from_slot(base, slot,
							   &judgement->organization[judgement->norganization]);
		kb_refuse_merged(base, &judgement->organization[judgement->norganization++]);
	}
}

/* Take what a manager's own row says. */
static void
manager_from_slot(KbJudgement *judgement, TupleTableSlot *slot, KbManager *manager)
{
	KbBase	   *base = judgement->base;
	bool		never_novice;
	bool		stays;
	DateADT		novice_since;

	memset(manager, 0, sizeof(KbManager));
	manager->id = kb_get_int(base, slot, KB_C_MANAGER_id);
	manager->is_there = true;
	manager->hired_on = kb_get_int(base, slot, KB_C_MANAGER_hired_on);
	novice_since = DatumGetDateADT(kb_get(base, slot, KB_C_MANAGER_novice_since,
										  &never_novice));
	manager->left_on = DatumGetDateADT(kb_get(base, slot, KB_C_MANAGER_left_on,
											  &stays));
	manager->has_left_on = !stays;
	manager->has_novice_since = !never_novice;
	manager->novice_since = novice_since;
	manager->months = kb_months_served(novice_since, never_novice, judgement->day);
}

/*
 * Lock managers: from here on nobody else changes their bases.  Those of the
 * judgement are among them and get their own facts; they must be there, the
 * others need not.  Both lists ascend.
 */
void
kb_lock_managers(KbJudgement *judgement, int32 *ids, int n)
{
	KbManager  *manager = judgement->manager;
	KbManager  *end = manager + judgement->nmanager;

	for (int i = 0; i < n; i++)
	{
		TupleTableSlot *slot;
		bool		found = kb_lock_row(judgement->base, KB_I_MANAGER, ids[i], &slot);

		if (manager == end || manager->id != ids[i])
			continue;
		if (!found)
			kb_missing_key(judgement->base, KB_BINDING, "manager_id", KB_MANAGER,
						   ids[i]);
		manager_from_slot(judgement, slot, manager++);
	}
}

/*
 * Add what the post of the day says: the latest row at or before it.  Who has
 * no specialization in it counts as central by the last one that he had.
 */
void
kb_add_post(KbJudgement *judgement, KbManager *manager)
{
	const KbNorms *norms = judgement->norms;
	KbBase	   *base = judgement->base;
	KbScan	   *scan = kb_probe(base, KB_I_POST, KB_AFTER, manager->id);
	DateADT		since = 0;
	DateADT		specialized_since = 0;
	bool		was_specialized = false;

	while (kb_next(scan))
	{
		DateADT		row_since = kb_get_int(base, scan->slot, KB_C_MANAGER_POST_since);
		const char *code = kb_get_fact(base, scan->slot, KB_C_MANAGER_POST_position);
		const KbPosition *position = code == NULL ? NULL : kb_position(norms, code);
		const KbSpecialization *specialization;

		if (row_since > judgement->day)
			continue;
		code = kb_get_fact(base, scan->slot, KB_C_MANAGER_POST_specialization);
		specialization = code == NULL ? NULL : kb_specialization(norms, code);
		if (!manager->has_post || row_since > since)
		{
			manager->has_post = true;
			since = row_since;
			manager->position = position;
			manager->specialization = specialization;
			manager->unit_id = kb_get_int(base, scan->slot,
										  KB_C_MANAGER_POST_unit_id);
		}
		if (position != NULL && position->specialized && specialization != NULL &&
			(!was_specialized || row_since > specialized_since))
		{
			was_specialized = true;
			specialized_since = row_since;
			manager->is_central = specialization->central;
		}
	}
	if (manager->has_post)
	{
		const KbUnit *office;

		office = kb_unit_above(norms, manager->unit_id, KB_UNIT_OFFICE);
		manager->office_id = office == NULL ? manager->unit_id : office->id;
		manager->city = kb_city_above(norms, manager->unit_id);
	}
}

/* Add the territories that are a manager's on the day. */
void
kb_add_territories(KbJudgement *judgement, KbManager *manager)
{
	KbBase	   *base = judgement->base;
	KbScan	   *scan;

	if (manager->has_territories)
		return;
	manager->has_territories = true;
	scan = kb_probe(base, KB_I_TERRITORY, KB_AFTER, manager->id);
	while (kb_next(scan))
	{
		bool		endless;
		Datum		until = kb_get(base, scan->slot, KB_C_MANAGER_TERRITORY_until,
								   &endless);

		if (kb_get_int(base, scan->slot, KB_C_MANAGER_TERRITORY_since) > judgement->day ||
			(!endless && DatumGetDateADT(until) <= judgement->day))
			continue;
		if (manager->nterritory % 8 == 0)
			manager->territory = manager->territory == NULL ?
				MemoryContextAlloc(base->context, 8 * sizeof(int32)) :
				repalloc(manager->territory,
						 (manager->nterritory + 8) * sizeof(int32));
		manager->territory[manager->nterritory++] =
			kb_get_int(base, scan->slot, KB_C_MANAGER_TERRITORY_territory_id);
	}
}

/* Read what a manager is on the day; false if there is no such manager. */
static bool
read_manager(KbJudgement *judgement, int32 id, KbManager *manager)
{
	KbScan	   *scan = kb_probe(judgement->base, KB_I_MANAGER, KB_AFTER, id);

	memset(manager, 0, sizeof(KbManager));
	if (!kb_next(scan))
		return false;
	manager_from_slot(judgement, scan->slot, manager);
	kb_add_post(judgement, manager);
	return true;
}

/*
 * A manager met beside those whom a statement binds to, as he is on the day;
 * read once.  One who is not there has no post.
 */
KbManager *
kb_other_manager(KbJudgement *judgement, int32 id)
{
	KbManager  *manager;
	bool		found;

	if (judgement->others == NULL)
	{
		HASHCTL		ctl = {0};

		ctl.keysize = sizeof(int32);
		ctl.entrysize = sizeof(KbManager);
		ctl.hcxt = judgement->base->context;
		judgement->others = hash_create("kbnorms other holders", 64, &ctl,
										HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	manager = hash_search(judgement->others, &id, HASH_ENTER, &found);
	if (!found)
	{
		read_manager(judgement, id, manager);
		manager->id = id;
	}
	return manager;
}
