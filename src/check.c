/*-------------------------------------------------------------------------
 *
 * check.c
 *	  check_binding: what the rules would say of a binding, changing nothing.
 *
 * The pair is supposed to be there on top of the present base, as a plain main
 * binding of the day without a justification, and judged by the same functions
 * as the triggers'.  It takes no lock and reads the snapshot of the query, so
 * it works on a standby and sees what the query sees.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "engine.h"

PG_FUNCTION_INFO_V1(kbnorms_check_binding);

/* Number of result columns: code, passed, actual, bound, message. */
#define CHECK_COLUMNS 5

/* An argument that must be given. */
static void
require_argument(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" of check_binding must not be null", name)));
}

/* Ids are integers; a larger number is nobody's. */
static int32
get_id(int64 id, KbTable table)
{
	if (id != (int32) id)
		ereport(ERROR,
				(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
				 errmsg("%s " INT64_FORMAT " does not exist",
						kb_table_name(table), id)));
	return (int32) id;
}

/* The answer of one rule as a row. */
static void
put_answer(ReturnSetInfo *result, KbJudgement *judgement, KbPair *pair,
		   KbChange *change, KbRuleId rule)
{
	KbFigures	figures = {NULL, NULL};
	bool		off = kb_enforcement(judgement->norms, rule) == KB_ENFORCE_OFF;
	KbOutcome	outcome;
	Datum		values[CHECK_COLUMNS];
	bool		nulls[CHECK_COLUMNS] = {false};
	const char *message;

	if (off)
		outcome = KB_UNJUDGED;
	else if (rule < KB_R_MEMO)
		outcome = kb_apply_rule(judgement, pair, rule, &figures);
	else if (pair->kept)
		outcome = KB_PASSED;
	else
		outcome = kb_apply_memo_rule(judgement, change, rule, &figures);

	if (off)
		message = _("The rule is off.");
	else if (outcome == KB_UNJUDGED)
		message = _("The rule does not judge this manager.");
	else if ((pair->rules & KB_RULE_BIT(rule)) == 0)
		message = _("The organization is bound to this manager already.");
	else if (outcome == KB_PASSED)
		message = _("The rule is kept.");
	else
		message = psprintf(_("%s and %s: actual %s, bound %s. %s"),
						   kb_describe(judgement->base, KB_ORGANIZATION,
									   pair->organization_id),
						   kb_describe(judgement->base, KB_MANAGER,
									   pair->manager_id),
						   figures.actual == NULL ? "-" : figures.actual,
						   figures.bound == NULL ? "-" : figures.bound,
						   _(kb_rule_hint(rule)));

	values[0] = CStringGetTextDatum(kb_rule_code(rule));
	values[1] = BoolGetDatum(outcome == KB_PASSED);
	nulls[1] = outcome == KB_UNJUDGED;
	nulls[2] = figures.actual == NULL;
	values[2] = nulls[2] ? 0 : CStringGetTextDatum(figures.actual);
	nulls[3] = figures.bound == NULL;
	values[3] = nulls[3] ? 0 : CStringGetTextDatum(figures.bound);
	values[4] = CStringGetTextDatum(message);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * check_binding(base regnamespace, organization_id bigint, manager_id bigint,
 * on_date date) returns setof record: one row for each rule.  Stable.  Errors:
 * 22004 for a NULL, 23503 for an unknown id, 42501 without SELECT on binding.
 * Policy: section 4, "check_binding".
 */
Datum
kbnorms_check_binding(PG_FUNCTION_ARGS)
{
	KbBase	   *base;
	KbJudgement *judgement;
	KbPair		pair = {0};
	KbOrganization organization;
	KbManager	manager;
	KbChange	change = {0};

	require_argument(fcinfo, 0, "base");
	require_argument(fcinfo, 1, "organization_id");
	require_argument(fcinfo, 2, "manager_id");
	require_argument(fcinfo, 3, "on_date");
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);

	judgement = kb_begin_reading(PG_GETARG_OID(0), PG_GETARG_DATEADT(3));
	base = judgement->base;
	pair.organization_id = get_id(PG_GETARG_INT64(1), KB_ORGANIZATION);
	pair.manager_id = get_id(PG_GETARG_INT64(2), KB_MANAGER);
	if (!kb_read_organization(base, KB_AFTER, pair.organization_id, &organization))
		kb_missing_key(base, KB_BINDING, "organization_id", KB_ORGANIZATION,
					   pair.organization_id);
	kb_add_head_facts(base, KB_AFTER, &organization);
	if (!kb_read_manager(judgement, pair.manager_id, &manager))
		kb_missing_key(base, KB_BINDING, "manager_id", KB_MANAGER, pair.manager_id);

	pair.bound_on = judgement->day;
	pair.organization = &organization;
	pair.manager = &manager;
	pair.kept = !kb_pair_is_new(judgement, &pair);
	pair.rules = pair.kept ?
		KB_RULE_BIT(KB_R_PERSONAL) | KB_RULE_BIT(KB_R_MULTIPLE) : KB_ALL_RULES;
	judgement->supposed = &pair;
	change.kind = KB_BIND;
	change.organization_id = pair.organization_id;
	change.has_to = true;
	change.to_manager_id = pair.manager_id;
	change.new_pair = true;
	kb_suppose_change(judgement, &change);

	for (int rule = 0; rule < KB_RULE_COUNT; rule++)
		put_answer((ReturnSetInfo *) fcinfo->resultinfo, judgement, &pair,
				   &change, rule);
	kb_close_base(base);
	return (Datum) 0;
}
