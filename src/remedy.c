/*-------------------------------------------------------------------------
 *
 * remedy.c
 *	  What would make a broken rule pass, one function for each rule.
 *
 * A remedy is the least change that lets the finding's rule pass, other things
 * being equal; where nothing can be done with this manager it says which others
 * would do.  check_binding and its kin give it as a column, the triggers as the
 * HINT of their error.  The rules on memos have theirs in memo.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "engine.h"

/* Add an item to a list for people to read. */
static void
add_item(StringInfo list, const char *item)
{
	appendStringInfo(list, "%s%s", list->len > 0 ? ", " : "", item);
}

/* personal: what is to be recorded of him, from when on; or somebody else. */
char *
kb_personal_remedy(KbJudgement *judgement, const KbFinding *finding)
{
	const KbPair *pair = finding->pair;
	const KbManager *manager = pair->manager;

	if (manager->has_left_on && manager->left_on <= judgement->day)
		return pstrdup(_("Choose another manager (see candidates): he has left."));
	if (manager->hired_on > judgement->day)
		return psprintf(_("Bind on %s or later: he is not employed before."),
						kb_iso_date(manager->hired_on));
	if (manager->position == NULL || !manager->position->holds_base)
	{
		StringInfoData positions;

		initStringInfo(&positions);
		for (int i = 0; i < judgement->norms->nposition; i++)
			if (judgement->norms->position[i].holds_base)
				add_item(&positions, judgement->norms->position[i].code);
		return psprintf(_("Choose another manager (see candidates), or record a post of his that may hold a base in manager_post: %s."),
						positions.data);
	}
	return psprintf(_("Give a bound_on from %s to %s."),
					kb_iso_date(manager->hired_on), kb_iso_date(judgement->day));
}

/* How many accounts have to go for a count to be no more than the limit. */
static int
surplus(int before, int after, int limit)
{
	return after - Max(limit, before);
}

/* base_size: how many accounts to give away, if he has as many. */
char *
kb_base_size_remedy(KbJudgement *judgement, const KbFinding *finding)
{
	KbManager  *manager = finding->pair->manager;
	int			max;
	int			n;

	(void) kb_size_norm(manager->specialization, manager->months, judgement->day,
						&max);
	kb_count_accounts(judgement, manager);

	/* A link changes no binding in its statement: what goes, goes before. */
	if (finding->pair->rules == KB_RULE_BIT(KB_R_BASE_SIZE))
		return psprintf(dngettext(TEXTDOMAIN,
								  "Take %d account from him before.",
								  "Take %d accounts from him before.",
								  manager->accounts_after - max),
						manager->accounts_after - max);
	n = surplus(manager->accounts_before, manager->accounts_after, max);
	if (n <= manager->accounts_before)
		return psprintf(dngettext(TEXTDOMAIN,
								  "Take %d account from him in the same statement, or choose a manager with free capacity (see candidates).",
								  "Take %d accounts from him in the same statement, or choose a manager with free capacity (see candidates).",
								  n), n);
	return psprintf(dngettext(TEXTDOMAIN,
							  "Bring him %d account less, for he may have %d and has too few to give away; choose another manager (see candidates).",
							  "Bring him %d accounts less, for he may have %d and has too few to give away; choose another manager (see candidates).",
							  n), n, max);
}

/* May a specialization take in accounts of a group on the day? */
static bool
takes_group(const KbSpecialization *spec, const char *group, DateADT day)
{
	const KbStanceNorm *stance = kb_group_norm(spec, group, day);
	const KbSpecializationNorm *norm;

	if (stance != NULL && stance->stance != KB_STANCE_NONE)
		return stance->stance != KB_STANCE_FORBIDDEN;
	norm = kb_specialization_norm(spec, day);
	return norm == NULL || !norm->refuses_off_profile;
}

/* The specializations that take a group, as a remedy; none may. */
static char *
other_specialization(KbJudgement *judgement, const char *group)
{
	StringInfoData takers;

	initStringInfo(&takers);
	for (int i = 0; i < judgement->norms->nspecialization; i++)
	{
		const KbSpecialization *spec = &judgement->norms->specialization[i];

		if (takes_group(spec, group, judgement->day))
			add_item(&takers, spec->code);
	}
	if (takers.len == 0)
		return psprintf(_("Leave the client where it is: no specialization takes client group %s today."),
						group);
	return psprintf(_("Choose a manager of another specialization: %s take client group %s."),
					takers.data, group);
}

/* client_group: nothing helps with him; who takes the group. */
char *
kb_client_group_remedy(KbJudgement *judgement, const KbFinding *finding)
{
	return other_specialization(judgement, finding->pair->organization->group);
}

/* The codes of groups or potentials that are target or allowed on the day. */
static char *
fitting_codes(const KbStanceNorm *norms, int n, DateADT day,
			  const KbStanceNorm *(*norm_of) (const KbSpecialization *, const char *, DateADT),
			  const KbSpecialization *spec)
{
	StringInfoData codes;

	initStringInfo(&codes);
	for (int i = 0; i < n; i++)
	{
		/* of the rows of a code the one in force */
		if (norm_of(spec, norms[i].code, day) == &norms[i] &&
			(norms[i].stance == KB_STANCE_TARGET ||
			 norms[i].stance == KB_STANCE_ALLOWED))
			add_item(&codes, norms[i].code);
	}
	return codes.len > 0 ? codes.data : NULL;
}

/* off_profile: record the group where it is unknown, else who takes it. */
char *
kb_off_profile_remedy(KbJudgement *judgement, const KbFinding *finding)
{
	const KbOrganization *organization = finding->pair->organization;
	const KbSpecialization *spec = finding->pair->manager->specialization;
	char	   *groups;

	if (organization->group != NULL)
		return other_specialization(judgement, organization->group);
	groups = fitting_codes(spec->group, spec->ngroup, judgement->day,
						   kb_group_norm, spec);
	if (groups == NULL)
		return psprintf(_("Choose a manager of another specialization: %s works with no client group today."),
						spec->code);
	return psprintf(_("Record the client group of organization %d, if it is one of these: %s."),
					organization->account_id, groups);
}

/* group_quota: how many accounts of the group to give away. */
char *
kb_group_quota_remedy(KbJudgement *judgement, const KbFinding *finding)
{
	KbManager  *manager = finding->pair->manager;
	const char *group = finding->pair->organization->group;
	const KbGroupCount *count = kb_count_group(judgement, manager, group);
	int			n;

	n = surplus(count->before, count->after,
				kb_group_norm(manager->specialization, group,
							  judgement->day)->max_accounts);
	if (n <= count->before)
		return psprintf(dngettext(TEXTDOMAIN,
								  "Take %d account of client group %s from him in the same statement, or choose another manager (see candidates).",
								  "Take %d accounts of client group %s from him in the same statement, or choose another manager (see candidates).",
								  n), n, group);
	return psprintf(dngettext(TEXTDOMAIN,
							  "Bring him %d account of client group %s less, for he has too few to give away; choose another manager (see candidates).",
							  "Bring him %d accounts of client group %s less, for he has too few to give away; choose another manager (see candidates).",
							  n), n, group);
}

/* territory: whose it would have to be, or a justification where one counts. */
char *
kb_territory_remedy(KbJudgement *judgement, const KbFinding *finding)
{
	KbManager  *manager = finding->pair->manager;
	const KbOrganization *organization = finding->pair->organization;
	const KbSpecializationNorm *norm;
	const KbStanceNorm *stance;

	norm = kb_specialization_norm(manager->specialization, judgement->day);
	if (norm->territory_rule == KB_TERRITORY_STRICT)
	{
		kb_add_territories(judgement, manager);
		if (organization->has_territory)
			return psprintf(_("Choose a manager who has territory %d, or give it to him in manager_territory."),
							organization->territory_id);
		return manager->nterritory == 0 ?
			pstrdup(_("Record the territory of the organization, and choose a manager who has it.")) :
			psprintf(_("Record the territory of the organization, if it is one of his: %s."),
					 kb_territory_list(manager));
	}
	stance = kb_group_norm(manager->specialization, organization->group,
						   judgement->day);
	if (norm->exception_only_on_profile &&
		(stance == NULL || stance->stance == KB_STANCE_NONE ||
		 stance->stance == KB_STANCE_FORBIDDEN))
		return psprintf(_("Choose a manager in city %s: for an account off his profile no justification counts."),
						organization->city);
	return psprintf(_("Say in territory_exception that the potential is fully realised and the interaction excellent, or choose a manager in city %s."),
					organization->city);
}

/* newcomer_territory: from when on he is none. */
char *
kb_newcomer_territory_remedy(KbJudgement *judgement, const KbFinding *finding)
{
	const KbManager *manager = finding->pair->manager;

	if (!manager->has_novice_since)
		return pstrdup(_("Choose an experienced manager: he has not passed the induction plan yet."));
	return psprintf(_("Choose an experienced manager, or bind on %s or later, when he is one."),
					kb_iso_date(kb_add_months(manager->novice_since,
											  KB_NOVICE_MONTHS)));
}

/* potential: which ones would do. */
char *
kb_potential_remedy(KbJudgement *judgement, const KbFinding *finding)
{
	const KbOrganization *organization = finding->pair->organization;
	const KbSpecialization *spec = finding->pair->manager->specialization;
	char	   *potentials = fitting_codes(spec->potential, spec->npotential,
										   judgement->day, kb_potential_norm, spec);

	if (potentials == NULL)
		return psprintf(_("Leave the client in the pool: no potential is target or allowed for %s today."),
						spec->code);
	return psprintf(_("Leave the client in the pool until the potential of organization %d is recorded as one of these: %s."),
					organization->account_id, potentials);
}

/* multiple: which bindings stand in the way, and from when on it may be. */
char *
kb_multiple_remedy(KbJudgement *judgement, const KbFinding *finding)
{
	KbPair	   *pair = finding->pair;
	KbScan	   *scan = kb_probe(judgement->base, KB_I_BINDING_ORGANIZATION, KB_AFTER,
								pair->organization_id);
	StringInfoData neighbours;
	StringInfoData remedy;
	int			met_itself = 0;
	bool		has_main = false;
	int32		main_manager = 0;
	DateADT		end;

	initStringInfo(&neighbours);
	initStringInfo(&remedy);
	while (kb_next(scan))
	{
		int32		id = kb_get_int(judgement->base, scan->slot,
									KB_C_BINDING_manager_id);

		switch (kb_holder_fault(judgement, pair, scan->slot))
		{
			case KB_NO_FAULT:
				break;
			case KB_SAME_PAIR:
				met_itself++;
				break;
			case KB_SECOND_MAIN:
				has_main = true;
				main_manager = id;
				break;
			case KB_SAME_OFFICE:
				add_item(&neighbours, psprintf("%d", id));
				break;
		}
	}
	if (met_itself > 1)
		return pstrdup(_("Nothing needs to be done: he has the organization."));
	if (has_main)
		appendStringInfo(&remedy, _("Move the main binding of manager %d to him instead."),
						 main_manager);
	if (neighbours.len > 0)
	{
		appendStringInfo(&remedy, "%s", remedy.len > 0 ? " " : "");
		appendStringInfo(&remedy, _("Do without the binding to these managers of his office, or choose a manager of another office: %s."),
						 neighbours.data);
	}
	if (!pair->additional && kb_ended_after(judgement, pair, &end))
	{
		appendStringInfo(&remedy, "%s", remedy.len > 0 ? " " : "");
		appendStringInfo(&remedy, _("Give a bound_on from %s on."), kb_iso_date(end));
	}
	return remedy.data;
}

/* cool_off: the day from which the client may come back to him. */
char *
kb_cool_off_remedy(KbJudgement *judgement, const KbFinding *finding)
{
	DateADT		end = judgement->day;

	(void) kb_was_his_until(judgement, finding->pair, &end);
	end += kb_policy(judgement->norms, judgement->day)->cool_off_days;
	return psprintf(_("Bind the client to him on %s or later, or choose another manager (see candidates)."),
					kb_iso_date(end));
}

/* intake_limit: how many accounts have to wait, and for which day. */
char *
kb_intake_limit_remedy(KbJudgement *judgement, const KbFinding *finding)
{
	KbManager  *manager = finding->pair->manager;
	int			max = kb_policy(judgement->norms,
								judgement->day)->max_new_accounts_per_day;
	int			n;

	if (max == 0)
		return pstrdup(_("Have policy.max_new_accounts_per_day raised: by it nobody takes a new client."));
	kb_count_taken(judgement, manager);
	n = surplus(manager->taken_before, manager->taken_after, max);
	return psprintf(dngettext(TEXTDOMAIN,
							  "Leave %d account for %s or later, or choose another manager (see candidates).",
							  "Leave %d accounts for %s or later, or choose another manager (see candidates).",
							  n), n, kb_iso_date(judgement->day + 1));
}

/* move_limit: the day from which the client may be moved. */
char *
kb_move_limit_remedy(KbJudgement *judgement, const KbFinding *finding)
{
	if (kb_policy(judgement->norms, judgement->day)->max_moves == 0)
		return pstrdup(_("Have policy.max_moves raised: by it no client is moved."));
	return psprintf(_("Leave the client with whom it was until %s."),
					kb_iso_date(kb_may_move_on(judgement, finding->pair)));
}
