/*-------------------------------------------------------------------------
 *
 * rules.c
 *	  The rules at the moment of binding, one function each.
 *
 * A rule function looks at one pair as it is after the statement and says
 * whether it breaks the rule.  The triggers and check_binding call the same
 * functions.  Whether the pair, or its account, is new at all is asked last,
 * of those only that would break a rule: nearly all pass without the question.
 *
 * A new rule is a function, its remedy in remedy.c, an entry in rule_table and a
 * row of table rule.
 * Policy: section 4.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/memutils.h"

#include "engine.h"

/* Whether a pair breaks a rule; figures, if given, are what was compared. */
typedef bool (*RuleFunction) (KbJudgement *judgement, KbPair *pair,
							  KbFigures *figures);

/* What of a statement a rule judges. */
typedef enum RuleScope
{
	EVERY_NEW_PAIR,
	ACCOUNTS_NEW_TO_THE_BASE
} RuleScope;

/* Whom a rule judges. */
typedef enum RuleReach
{
	EVERYBODY,
	SPECIALIZED_POSITIONS,		/* even where the post names none */
	SPECIALIZATIONS
} RuleReach;

/* A rule. */
typedef struct RuleEntry
{
	const char *code;			/* also the CONSTRAINT of its error */
	RuleScope	scope;
	RuleReach	reach;
	RuleFunction broken;		/* NULL: judged by change, in memo.c */
	KbRemedyFunction remedy;	/* what would make it pass */
} RuleEntry;

/* Say what was compared, if anybody wants to know. */
static void
set_figures(KbFigures *figures, const char *actual, const char *bound)
{
	if (figures == NULL)
		return;
	figures->actual = actual;
	figures->bound = bound;
}

/* A date as the ISO standard writes it, whatever DateStyle says. */
char *
kb_iso_date(DateADT date)
{
	int			year,
				month,
				day;

	if (DATE_IS_NOBEGIN(date))
		return pstrdup("-infinity");
	if (DATE_IS_NOEND(date))
		return pstrdup("infinity");
	j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	return psprintf("%04d-%02d-%02d", year, month, day);
}

/* What stands in figures in words, in the language of the session. */
static const char *
in_words(const KbFigures *figures, const char *words)
{
	return figures == NULL ? NULL : _(words);
}

/* A code, or the word for an unknown one. */
static const char *
known(const KbFigures *figures, const char *code)
{
	return code == NULL ? in_words(figures, "unknown") : code;
}

/*
 * personal: a named, employed person whose position may hold a base; not bound
 * before he was hired, nor in the future.
 */
static bool
personal_broken(KbJudgement *judgement, KbPair *pair, KbFigures *figures)
{
	KbManager  *manager = pair->manager;
	const char *actual = NULL;
	const char *bound = NULL;

	/* Who is not employed is told that first: no post would help him. */
	if (manager->has_left_on && manager->left_on <= judgement->day)
	{
		if (figures != NULL)
			actual = psprintf(_("left on %s"), kb_iso_date(manager->left_on));
		bound = in_words(figures, "employed");
	}
	else if (manager->hired_on > judgement->day)
	{
		if (figures != NULL)
			actual = psprintf(_("hired on %s"), kb_iso_date(manager->hired_on));
		bound = in_words(figures, "employed");
	}
	else if (!manager->has_post)
		actual = in_words(figures, "no post"), bound = in_words(figures, "a position that may hold a base");
	else if (manager->position == NULL || !manager->position->holds_base)
		actual = known(figures, manager->position == NULL ? NULL : manager->position->code),
			bound = in_words(figures, "a position that may hold a base");
	else if (pair->bound_on < manager->hired_on || pair->bound_on > judgement->day)
	{
		if (figures != NULL)
		{
			actual = psprintf(_("bound on %s"), kb_iso_date(pair->bound_on));
			bound = psprintf(_("%s to %s"), kb_iso_date(manager->hired_on),
							 kb_iso_date(judgement->day));
		}
	}
	else
	{
		set_figures(figures, manager->position->code,
					in_words(figures, "a position that may hold a base"));
		return false;
	}
	set_figures(figures, actual, bound);
	return true;
}

/*
 * base_size: not more accounts than the maximum for specialization and tenure,
 * unless there were already as many; without a norm the maximum is 0.
 */
static bool
base_size_broken(KbJudgement *judgement, KbPair *pair, KbFigures *figures)
{
	KbManager  *manager = pair->manager;
	int			max;
	bool		limited = kb_size_norm(manager->specialization, manager->months,
									   judgement->day, &max);

	if (figures == NULL)
	{
		if (!limited || manager->is_within_norm)
			return false;
		/* Nearly always there are not even as many organizations. */
		if (!manager->has_counts &&
			!kb_rows_exceed(judgement->base, KB_I_BINDING_MANAGER, KB_AFTER,
							manager->id, max))
		{
			manager->is_within_norm = true;
			return false;
		}
	}
	kb_count_accounts(judgement, manager);
	set_figures(figures, psprintf("%d", manager->accounts_after),
				limited ? psprintf("%d", max) : in_words(figures, "unlimited"));
	return limited && manager->accounts_after > max &&
		manager->accounts_after > manager->accounts_before;
}

/* The norm of the manager's specialization on the day; NULL if there is none. */
static const KbSpecializationNorm *
norm_of(KbJudgement *judgement, KbPair *pair)
{
	return kb_specialization_norm(pair->manager->specialization, judgement->day);
}

/* The stance of the manager's specialization to the account's group. */
static KbStance
group_stance(KbJudgement *judgement, KbPair *pair)
{
	const KbStanceNorm *norm = kb_group_norm(pair->manager->specialization,
											 pair->organization->group,
											 judgement->day);

	return norm == NULL ? KB_STANCE_NONE : norm->stance;
}

/* client_group: no group that is forbidden for the specialization. */
static bool
client_group_broken(KbJudgement *judgement, KbPair *pair, KbFigures *figures)
{
	set_figures(figures, known(figures, pair->organization->group),
				in_words(figures, "not forbidden"));
	return group_stance(judgement, pair) == KB_STANCE_FORBIDDEN;
}

/*
 * off_profile: no group that is unknown or without a stance, where the
 * specialization may not bind new off-profile accounts.
 */
static bool
off_profile_broken(KbJudgement *judgement, KbPair *pair, KbFigures *figures)
{
	const KbSpecializationNorm *norm = norm_of(judgement, pair);

	set_figures(figures, known(figures, pair->organization->group),
				in_words(figures, "target or allowed"));
	return norm != NULL && norm->refuses_off_profile &&
		group_stance(judgement, pair) == KB_STANCE_NONE;
}

/* group_quota: not more accounts of a capped group than its cap. */
static bool
group_quota_broken(KbJudgement *judgement, KbPair *pair, KbFigures *figures)
{
	const KbStanceNorm *norm = kb_group_norm(pair->manager->specialization,
											 pair->organization->group,
											 judgement->day);
	const KbGroupCount *count;

	if (norm == NULL || norm->stance != KB_STANCE_ALLOWED || !norm->has_max)
	{
		set_figures(figures, NULL, NULL);
		return false;
	}
	count = kb_count_group(judgement, pair->manager, pair->organization->group);
	if (figures != NULL)
		set_figures(figures, psprintf("%d", count->after),
					psprintf("%d", norm->max_accounts));
	return count->after > norm->max_accounts && count->after > count->before;
}

/* Is a territory one of the manager's? */
static bool
has_territory(const KbManager *manager, int32 territory_id)
{
	for (int i = 0; i < manager->nterritory; i++)
		if (manager->territory[i] == territory_id)
			return true;
	return false;
}

/* The manager's territories, for people to read. */
const char *
kb_territory_list(const KbManager *manager)
{
	StringInfoData list;

	if (manager->nterritory == 0)
		return _("none");
	initStringInfo(&list);
	for (int i = 0; i < manager->nterritory; i++)
		appendStringInfo(&list, i == 0 ? "%d" : ", %d", manager->territory[i]);
	return list.data;
}

/*
 * territory: under the strict rule a territory of the manager's own, under the
 * city rule his city, or a justification that counts for his specialization.
 */
static bool
territory_broken(KbJudgement *judgement, KbPair *pair, KbFigures *figures)
{
	const KbManager *manager = pair->manager;
	const KbOrganization *organization = pair->organization;
	const KbSpecializationNorm *norm = norm_of(judgement, pair);
	KbStance	stance;

	set_figures(figures, NULL, NULL);
	if (norm == NULL || norm->territory_rule == KB_TERRITORY_NONE)
		return false;
	if (norm->territory_rule == KB_TERRITORY_STRICT)
	{
		kb_add_territories(judgement, pair->manager);
		if (figures != NULL)
			set_figures(figures, organization->has_territory ?
						psprintf("%d", organization->territory_id) : _("unknown"),
						kb_territory_list(manager));
		return !organization->has_territory ||
			!has_territory(manager, organization->territory_id);
	}
	set_figures(figures, known(figures, organization->city),
				known(figures, manager->city));
	if (organization->city == NULL || manager->city == NULL ||
		strcmp(organization->city, manager->city) == 0)
		return false;
	stance = group_stance(judgement, pair);
	return !pair->justified ||
		(norm->exception_only_on_profile &&
		 stance != KB_STANCE_TARGET && stance != KB_STANCE_ALLOWED);
}

/*
 * newcomer_territory: where the newly hired keep out of territories, no
 * organization of any territory for interns and novices.
 */
static bool
newcomer_territory_broken(KbJudgement *judgement, KbPair *pair, KbFigures *figures)
{
	const KbOrganization *organization = pair->organization;
	const KbSpecializationNorm *norm = norm_of(judgement, pair);
	bool		newcomer;

	newcomer = norm != NULL && norm->newcomers_avoid_territories &&
		pair->manager->months < KB_NOVICE_MONTHS;
	if (figures != NULL)
		set_figures(figures, !newcomer ? NULL :
					organization->has_territory ?
					psprintf("%d", organization->territory_id) : _("none"),
					newcomer ? _("none") : NULL);
	return newcomer && organization->has_territory;
}

/* potential: out of the pool only with a target or allowed potential. */
static bool
potential_broken(KbJudgement *judgement, KbPair *pair, KbFigures *figures)
{
	const KbStanceNorm *norm = kb_potential_norm(pair->manager->specialization,
												 pair->organization->potential,
												 judgement->day);

	set_figures(figures, known(figures, pair->organization->potential),
				in_words(figures, "target or allowed"));
	if (norm != NULL && (norm->stance == KB_STANCE_TARGET ||
						 norm->stance == KB_STANCE_ALLOWED))
		return false;
	return kb_account_in_pool(judgement, pair->organization);
}

/* Do two managers share an office?  Who has no post shares every one. */
static bool
share_office(const KbManager *a, const KbManager *b)
{
	return !a->has_post || !b->has_post || a->office_id == b->office_id;
}

/*
 * Why a pair and a holder of its organization cannot both be, if so; the pair
 * itself is a holder, too, and only the first to be met is no fault.
 */
KbHolderFault
kb_holder_fault(KbJudgement *judgement, const KbPair *pair, TupleTableSlot *holder)
{
	KbBase	   *base = judgement->base;
	int32		id = kb_get_int(base, holder, KB_C_BINDING_manager_id);
	bool		additional = kb_get_bool(base, holder, KB_C_BINDING_additional);

	if (id == pair->manager_id)
		return KB_SAME_PAIR;
	if (!additional && !pair->additional)
		return KB_SECOND_MAIN;
	return share_office(pair->manager, kb_other_manager(judgement, id)) ?
		KB_SAME_OFFICE : KB_NO_FAULT;
}

/*
 * multiple: one main manager, each pair once, no two holders of one office
 * with the new pair between them, and no main binding dated back before the
 * end of another one.
 */
static bool
multiple_broken(KbJudgement *judgement, KbPair *pair, KbFigures *figures)
{
	static const char *const faults[] = {
		[KB_SAME_PAIR] = gettext_noop("manager %d: bound to him already"),
		[KB_SECOND_MAIN] = gettext_noop("manager %d: a second main manager"),
	[KB_SAME_OFFICE] = gettext_noop("manager %d: a holder of the same office")};
	KbBase	   *base = judgement->base;
	KbScan	   *scan = kb_probe(base, KB_I_BINDING_ORGANIZATION, KB_AFTER,
								pair->organization_id);
	bool		met_itself = false;
	DateADT		end;

	set_figures(figures, NULL, NULL);
	while (kb_next(scan))
	{
		int32		id = kb_get_int(base, scan->slot, KB_C_BINDING_manager_id);
		KbHolderFault fault = kb_holder_fault(judgement, pair, scan->slot);

		if (fault == KB_NO_FAULT || (fault == KB_SAME_PAIR && !met_itself))
		{
			met_itself |= fault == KB_SAME_PAIR;
			continue;
		}
		if (figures != NULL)
			set_figures(figures, psprintf(_(faults[fault]), id),
						_("one main manager, others of other offices"));
		return true;
	}
	if (!pair->additional &&
		kb_ended_after(judgement, pair, &end))
	{
		if (figures != NULL)
			set_figures(figures, psprintf(_("bound on %s"), kb_iso_date(pair->bound_on)),
						psprintf(_("not before %s"), kb_iso_date(end)));
		return true;
	}
	return false;
}

/*
 * cool_off: a client that the manager has had before comes back to him only so
 * many days after he last held any of it.
 */
static bool
cool_off_broken(KbJudgement *judgement, KbPair *pair, KbFigures *figures)
{
	int32		days = kb_policy(judgement->norms, judgement->day)->cool_off_days;
	DateADT		end;

	set_figures(figures, NULL, NULL);
	if (days == KB_NO_LIMIT || !kb_was_his_until(judgement, pair, &end))
		return false;
	if (figures != NULL)
		set_figures(figures, psprintf(_("his until %s"), kb_iso_date(end)),
					psprintf(_("not before %s"), kb_iso_date(end + days)));
	return judgement->day < end + days;
}

/*
 * intake_limit: not more accounts new to the manager's base in a day than the
 * maximum, unless there were already as many.
 */
static bool
intake_limit_broken(KbJudgement *judgement, KbPair *pair, KbFigures *figures)
{
	KbManager  *manager = pair->manager;
	int32		max;

	set_figures(figures, NULL, NULL);
	if (!kb_limits_intake(judgement->norms, judgement->day))
		return false;
	max = kb_policy(judgement->norms, judgement->day)->max_new_accounts_per_day;
	kb_count_taken(judgement, manager);
	if (figures != NULL)
		set_figures(figures, psprintf(_("%d new in a day"), manager->taken_after),
					psprintf("%d", max));
	return manager->taken_after > max &&
		manager->taken_after > manager->taken_before;
}

/*
 * move_limit: a client goes from one main manager to another only so many times
 * in so many days.
 */
static bool
move_limit_broken(KbJudgement *judgement, KbPair *pair, KbFigures *figures)
{
	const KbPolicy *policy = kb_policy(judgement->norms, judgement->day);
	int			moves;

	set_figures(figures, NULL, NULL);
	if (!kb_limits_moves(judgement->norms, judgement->day) || pair->additional ||
		!kb_is_moved(judgement, pair))
		return false;
	moves = kb_count_moves(judgement, pair->organization->account_id,
						   judgement->day - policy->move_days);
	if (figures != NULL)
		set_figures(figures, psprintf(_("moves: %d"), moves),
					psprintf(_("%d in %d days"), policy->max_moves,
							 policy->move_days));
	return moves > policy->max_moves;
}

static const RuleEntry rule_table[KB_RULE_COUNT] = {
	{"personal", EVERY_NEW_PAIR, EVERYBODY, personal_broken,
	kb_personal_remedy},
	{"base_size", ACCOUNTS_NEW_TO_THE_BASE, SPECIALIZED_POSITIONS, base_size_broken,
	kb_base_size_remedy},
	{"client_group", ACCOUNTS_NEW_TO_THE_BASE, SPECIALIZATIONS, client_group_broken,
	kb_client_group_remedy},
	{"off_profile", ACCOUNTS_NEW_TO_THE_BASE, SPECIALIZATIONS, off_profile_broken,
	kb_off_profile_remedy},
	{"group_quota", ACCOUNTS_NEW_TO_THE_BASE, SPECIALIZATIONS, group_quota_broken,
	kb_group_quota_remedy},
	{"territory", EVERY_NEW_PAIR, SPECIALIZATIONS, territory_broken,
	kb_territory_remedy},
	{"newcomer_territory", EVERY_NEW_PAIR, SPECIALIZATIONS, newcomer_territory_broken,
	kb_newcomer_territory_remedy},
	{"potential", ACCOUNTS_NEW_TO_THE_BASE, SPECIALIZATIONS, potential_broken,
	kb_potential_remedy},
	{"multiple", EVERY_NEW_PAIR, EVERYBODY, multiple_broken,
	kb_multiple_remedy},
	{"memo", EVERY_NEW_PAIR, EVERYBODY, NULL,
	kb_memo_remedy},
	{"approval", EVERY_NEW_PAIR, EVERYBODY, NULL,
	kb_approval_remedy},
	{"applicant", EVERY_NEW_PAIR, EVERYBODY, NULL,
	kb_applicant_remedy},
	{"cool_off", ACCOUNTS_NEW_TO_THE_BASE, EVERYBODY, cool_off_broken,
	kb_cool_off_remedy},
	{"intake_limit", ACCOUNTS_NEW_TO_THE_BASE, EVERYBODY, intake_limit_broken,
	kb_intake_limit_remedy},
	{"move_limit", EVERY_NEW_PAIR, EVERYBODY, move_limit_broken,
	kb_move_limit_remedy},
};

/* The code of a rule. */
const char *
kb_rule_code(KbRuleId rule)
{
	return rule_table[rule].code;
}

/* The SQLSTATE of a broken rule: who may do a thing is a matter of rights. */
int
kb_rule_sqlstate(KbRuleId rule)
{
	return rule == KB_R_APPROVAL || rule == KB_R_APPLICANT ?
		ERRCODE_INSUFFICIENT_PRIVILEGE : ERRCODE_CHECK_VIOLATION;
}

/* Does a rule judge the change by its memo, and not the pair? */
bool
kb_is_memo_rule(KbRuleId rule)
{
	return rule_table[rule].broken == NULL;
}

/*
 * May a waiver let a rule pass?  Not what a binding is, nor whose word it needs.
 */
bool
kb_may_be_waived(KbRuleId rule)
{
	return !kb_is_memo_rule(rule) && rule != KB_R_PERSONAL && rule != KB_R_MULTIPLE;
}

/* What would make a finding's rule pass, in the language of the session. */
char *
kb_remedy(KbJudgement *judgement, const KbFinding *finding)
{
	return rule_table[finding->rule].remedy(judgement, finding);
}

/*
 * Does a rule judge what is bound to this manager?  Not where the position has
 * no specialization, or the post names none.
 */
static bool
rule_reaches(const RuleEntry *entry, const KbManager *manager)
{
	if (entry->broken == NULL)
		return false;
	if (entry->reach == EVERYBODY)
		return true;
	if (manager->position == NULL || !manager->position->specialized)
		return false;
	return entry->reach == SPECIALIZED_POSITIONS || manager->specialization != NULL;
}

/* Is a broken rule about what a pair brings in, and not about what was there? */
static bool
judges_pair(KbJudgement *judgement, KbPair *pair, KbRuleId rule)
{
	if (rule_table[rule].scope == ACCOUNTS_NEW_TO_THE_BASE)
		return kb_account_is_new(judgement, pair);
	return pair->kept || kb_pair_is_new(judgement, pair) ||
		(pair->remade_rules & KB_RULE_BIT(rule)) != 0;
}

/*
 * Apply a rule to a pair.  A rule that the pair is not judged by, because an
 * UPDATE left it as it was in that, has nothing to object to.
 */
KbOutcome
kb_apply_rule(KbJudgement *judgement, KbPair *pair, KbRuleId rule,
			  KbFigures *figures)
{
	const RuleEntry *entry = &rule_table[rule];

	if (!rule_reaches(entry, pair->manager))
		return KB_UNJUDGED;
	if ((pair->rules & KB_RULE_BIT(rule)) == 0 ||
		!entry->broken(judgement, pair, figures) ||
		!judges_pair(judgement, pair, rule))
		return KB_PASSED;
	return kb_waiver(judgement->norms, pair->manager_id, rule,
					 judgement->day) == NULL ? KB_BROKEN : KB_WAIVED;
}
