/*-------------------------------------------------------------------------
 *
 * judge.c
 *	  Judging pairs by all rules, and the one error in which it ends.
 *
 * Every broken rule of every pair is found before anything is raised.  Clients
 * of the database show different parts of an error: some the message alone,
 * some message and detail.  So the message names client, manager, rule and
 * figures of the first finding and how many more there are; the detail lists
 * them; CONSTRAINT is the code of the first blocking rule.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

#include "engine.h"

/* How many findings the detail of an error lists. */
#define MAX_LISTED 20

/*
 * Begin to judge on a base whose snapshots are taken or will be before any
 * rule is applied; day stands for today.
 */
KbJudgement *
kb_begin_judgement(KbBase *base, DateADT day)
{
	KbJudgement *judgement = MemoryContextAllocZero(base->context,
													sizeof(KbJudgement));

	judgement->base = base;
	judgement->day = day;
	return judgement;
}

/*
 * Refuse to read for a caller whom policies keep from some rows of a table: a
 * probe of an index knows of none, and what is found is told with names.
 */
static void
refuse_row_security(KbBase *base, KbTable table)
{
	if (check_enable_rls(base->layout->relid[table], InvalidOid, false) == RLS_ENABLED)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("row-level security keeps rows of table \"%s\" from you",
						kb_table_name(table)),
				 errhint("Ask a role to which its policies do not apply.")));
}

/*
 * Begin to judge without changing or locking anything: in the state that the
 * calling query sees.  For those who may read binding.
 */
KbJudgement *
kb_begin_reading(Oid namespace_oid, DateADT day)
{
	KbBase	   *base = kb_open_base(namespace_oid);
	KbJudgement *judgement = kb_begin_judgement(base, day);

	kb_require_select(base, KB_BINDING);
	refuse_row_security(base, KB_BINDING);
	refuse_row_security(base, KB_ORGANIZATION);
	refuse_row_security(base, KB_MANAGER);
	base->snapshot[KB_BEFORE] = RegisterSnapshot(GetActiveSnapshot());
	base->snapshot[KB_AFTER] = RegisterSnapshot(GetActiveSnapshot());
	judgement->reads_only = true;
	judgement->norms = kb_norms(base);
	return judgement;
}

/* Remember that a pair, or for the rules on memos a change, breaks a rule. */
void
kb_find(KbJudgement *judgement, KbRuleId rule, KbPair *pair, KbChange *change)
{
	KbFinding  *finding;

	judgement->finding = kb_grow(judgement->base, judgement->finding,
								 judgement->nfinding, &judgement->maxfinding,
								 sizeof(KbFinding));
	finding = &judgement->finding[judgement->nfinding++];
	finding->rule = rule;
	finding->pair = pair;
	finding->change = change;
}

/*
 * Judge a pair by all rules that apply to it and are not off; what a waiver
 * lets pass is noted, for the log to name it.
 */
void
kb_judge_pair(KbJudgement *judgement, KbPair *pair)
{
	for (int rule = 0; rule < KB_RULE_COUNT; rule++)
	{
		KbOutcome	outcome;

		if (kb_enforcement(judgement->norms, rule) == KB_ENFORCE_OFF)
			continue;
		outcome = kb_apply_rule(judgement, pair, rule, NULL);
		if (outcome == KB_BROKEN)
			kb_find(judgement, rule, pair, NULL);
		else if (outcome == KB_WAIVED)
			pair->waived |= KB_RULE_BIT(rule);
	}
}

/* The numbers of the waivers that let a pair pass; NULL if there are none. */
const char *
kb_waivers_used(KbJudgement *judgement, const KbPair *pair)
{
	char	   *numbers = NULL;

	for (int rule = 0; rule < KB_RULE_COUNT; rule++)
	{
		const KbWaiver *waiver;

		if ((pair->waived & KB_RULE_BIT(rule)) == 0)
			continue;
		waiver = kb_waiver(judgement->norms, pair->manager_id, rule, judgement->day);
		numbers = numbers == NULL ? psprintf("%lld", (long long) waiver->id) :
			psprintf("%s, %lld", numbers, (long long) waiver->id);
	}
	return numbers;
}

/* An organization or manager by id and name, for messages. */
char *
kb_describe(KbBase *base, KbTable table, int32 id)
{
	KbIndex		index = table == KB_MANAGER ? KB_I_MANAGER : KB_I_ORGANIZATION;
	KbColumn	name;
	KbScan	   *scan = kb_probe(base, index, KB_AFTER, id);
	bool		isnull = true;
	Datum		value = 0;

	name = table == KB_MANAGER ? KB_C_MANAGER_full_name : KB_C_ORGANIZATION_name;
	if (kb_next(scan))
		value = kb_get(base, scan->slot, name, &isnull);
	if (isnull)
		return psprintf(table == KB_MANAGER ? _("manager %d") : _("organization %d"), id);
	return psprintf(table == KB_MANAGER ? _("manager %d \"%s\"") :
					_("organization %d \"%s\""), id, TextDatumGetCString(value));
}

/* The organization that a finding is about. */
static int32
finding_organization(const KbFinding *finding)
{
	return finding->change == NULL ?
		finding->pair->organization_id : finding->change->organization_id;
}

/* The manager that a finding is about: who gets it, else who loses it; or 0. */
static int32
finding_manager(const KbFinding *finding)
{
	if (finding->change == NULL)
		return finding->pair->manager_id;
	return finding->change->has_to ? finding->change->to_manager_id :
		finding->change->has_from ? finding->change->from_manager_id : 0;
}

/* Order of findings: rule, then organization, then manager. */
static int
compare_findings(const void *a, const void *b)
{
	const KbFinding *x = a;
	const KbFinding *y = b;
	int32		x_id = finding_organization(x);
	int32		y_id = finding_organization(y);

	if (x->rule != y->rule)
		return x->rule < y->rule ? -1 : 1;
	if (x_id == y_id)
	{
		x_id = finding_manager(x);
		y_id = finding_manager(y);
	}
	return (x_id > y_id) - (x_id < y_id);
}

/* One line on a finding, and its figures. */
char *
kb_describe_finding(KbJudgement *judgement, const KbFinding *finding,
					KbFigures *figures)
{
	static const char *const kinds[] = {
		gettext_noop("bind of %s"), gettext_noop("move of %s"),
		gettext_noop("unbind of %s"), gettext_noop("link of %s"),
	gettext_noop("unlink of %s")};
	KbBase	   *base = judgement->base;
	KbChange   *change = finding->change;
	char	   *parties = kb_describe(base, KB_ORGANIZATION,
									  finding_organization(finding));

	figures->actual = figures->bound = NULL;
	if (change == NULL)
		kb_apply_rule(judgement, finding->pair, finding->rule, figures);
	else
	{
		kb_apply_memo_rule(judgement, change, finding->rule, figures);
		parties = psprintf(_(kinds[change->kind]), parties);
	}
	if (change != NULL && change->has_head)
		parties = psprintf(_("%s, head %s"), parties,
						   kb_describe(base, KB_ORGANIZATION, change->head_id));
	else
		parties = psprintf("%s, %s", parties,
						   kb_describe(base, KB_MANAGER, finding_manager(finding)));
	return psprintf(_("rule \"%s\": %s: actual %s, allowed %s"),
					kb_rule_code(finding->rule), parties,
					figures->actual == NULL ? "-" : figures->actual,
					figures->bound == NULL ? "-" : figures->bound);
}

/* Raise one error or warning over findings that are sorted. */
static void
raise_findings(KbJudgement *judgement, Relation rel, int elevel,
			   const KbFinding *finding, int n)
{
	KbFigures	figures;
	char	   *first = kb_describe_finding(judgement, finding, &figures);
	const char *code = kb_rule_code(finding->rule);
	StringInfoData detail;

	initStringInfo(&detail);
	for (int i = 0; i < n && i < MAX_LISTED; i++)
	{
		if (i > 0)
			appendStringInfoChar(&detail, '\n');
		appendStringInfoString(&detail, i == 0 ? first :
							   kb_describe_finding(judgement, &finding[i], &figures));
	}
	if (n > MAX_LISTED)
		appendStringInfo(&detail, dngettext(TEXTDOMAIN, "\nand %d more",
											"\nand %d more",
											n - MAX_LISTED), n - MAX_LISTED);
	ereport(elevel,
			(errcode(kb_rule_sqlstate(finding->rule)),
			 n == 1 ?
			 errmsg("change of client base \"%s\" breaks %s",
					get_namespace_name(judgement->base->layout->namespace_oid),
					first) :
			 errmsg_plural("change of client base \"%s\" breaks %s (and %d more)",
						   "change of client base \"%s\" breaks %s (and %d more)",
						   n - 1,
						   get_namespace_name(judgement->base->layout->namespace_oid),
						   first, n - 1),
			 errdetail_internal("%s", detail.data),
			 errhint("%s", kb_remedy(judgement, finding)),
			 errtableconstraint(rel, code)));
}

/* Put what was found in the order in which it is told. */
void
kb_sort_findings(KbJudgement *judgement)
{
	if (judgement->nfinding > 1)
		qsort(judgement->finding, judgement->nfinding, sizeof(KbFinding),
			  compare_findings);
}

/* Raise what was found: blocking rules as an error, warnings before it. */
void
kb_report(KbJudgement *judgement, Relation rel)
{
	KbFinding  *blocking;
	KbFinding  *warning;
	int			nblocking = 0;
	int			nwarning = 0;

	if (judgement->nfinding == 0)
		return;
	kb_sort_findings(judgement);
	blocking = MemoryContextAllocHuge(judgement->base->context,
									  judgement->nfinding * sizeof(KbFinding));
	warning = MemoryContextAllocHuge(judgement->base->context,
									 judgement->nfinding * sizeof(KbFinding));
	for (int i = 0; i < judgement->nfinding; i++)
	{
		const KbFinding *finding = &judgement->finding[i];

		if (kb_enforcement(judgement->norms, finding->rule) == KB_ENFORCE_BLOCK)
			blocking[nblocking++] = *finding;
		else
			warning[nwarning++] = *finding;
	}
	if (nwarning > 0)
		raise_findings(judgement, rel, WARNING, warning, nwarning);
	if (nblocking > 0)
		raise_findings(judgement, rel, ERROR, blocking, nblocking);
}

/*
 * The error of a foreign key whose referencing side the engine checks, as
 * PostgreSQL words it.
 */
void
kb_missing_key(KbBase *base, KbTable referencing, const char *column,
			   KbTable referenced, int32 id)
{
	Relation	rel = kb_rel(base, referencing);
	char	   *constraint = psprintf("%s_%s_fkey", RelationGetRelationName(rel),
									  column);

	ereport(ERROR,
			(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
			 errmsg("insert or update on table \"%s\" violates foreign key constraint \"%s\"",
					RelationGetRelationName(rel), constraint),
			 errdetail("Key (%s)=(%d) is not present in table \"%s\".",
					   column, id, kb_table_name(referenced)),
			 errhint("Insert the %s first.", kb_table_name(referenced)),
			 errtableconstraint(rel, constraint)));
}
