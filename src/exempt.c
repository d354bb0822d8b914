/*-------------------------------------------------------------------------
 *
 * exempt.c
 *	  The changes of a base that need no memo: automatic release, its undoing,
 *	  the first import and a merger of organizations.
 *
 * The exemption is a variable of this file, set while one of the fixed
 * statements below runs and reset however it ends: there is no setting to flip
 * and no statement of anybody else to slip in.  It holds for the base that the
 * statement was written for and at that statement's own trigger level, so that
 * what a user's trigger does in turn is judged as usual.  Only who owns the
 * base's schema gets that far.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "exempt.h"
#include "kbnorms.h"

PG_FUNCTION_INFO_V1(kbnorms_require_owner);
PG_FUNCTION_INFO_V1(kbnorms_release_bindings);
PG_FUNCTION_INFO_V1(kbnorms_release_for_run);
PG_FUNCTION_INFO_V1(kbnorms_restore_rows);
PG_FUNCTION_INFO_V1(kbnorms_import_rows);
PG_FUNCTION_INFO_V1(kbnorms_import_organization_rows);
PG_FUNCTION_INFO_V1(kbnorms_merge_rows);

/* The running statement, as kb_exemption_for needs to know it. */
typedef struct Running
{
	KbExemption exemption;
	Oid			base;			/* schema of the base it changes */
	int			trigger_level;	/* of the statement's own triggers */
} Running;

static const Running *running = NULL;

/* How deep in triggers we are: 0 outside all. */
static int
trigger_depth(void)
{
	return DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, (Datum) 0));
}

/* See exempt.h. */
const KbExemption *
kb_exemption_for(Oid base)
{
	if (running == NULL || running->base != base ||
		running->trigger_level != trigger_depth())
		return NULL;
	return &running->exemption;
}

/* See exempt.h. */
const char *
kb_base_of_owner(Oid base)
{
	char	   *name = get_namespace_name(base);

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("schema with OID %u does not exist", base)));
	if (!object_ownercheck(NamespaceRelationId, base, GetUserId()))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of client base \"%s\"", name),
				 errdetail("The change that is asked for needs no memo; only the owner of the schema may make it.")));
	return quote_identifier(name);
}

/*
 * Run one statement that changes bindings, exempt; returns the number of rows.
 * The reason goes to the log of each.
 */
static uint64
run_exempt(Oid base, const char *reason, const char *query,
		   int nargs, Oid *types, Datum *values)
{
	Running		mine = {{reason, true}, base, trigger_depth() + 1};
	const Running *outer = running;
	uint64		processed;

	SPI_connect();
	running = &mine;
	PG_TRY();
	{
		int			result = SPI_execute_with_args(query, nargs, types, values,
												   NULL, false, 0);

		if (result < 0)
			elog(ERROR, "SPI_execute_with_args: %s",
				 SPI_result_code_string(result));
	}
	PG_FINALLY();
	{
		running = outer;
	}
	PG_END_TRY();
	processed = SPI_processed;
	SPI_finish();
	return processed;
}

/*
 * require_owner(base regnamespace) returns void: an error unless the caller
 * owns the base.
 */
Datum
kbnorms_require_owner(PG_FUNCTION_ARGS)
{
	(void) kb_base_of_owner(PG_GETARG_OID(0));
	PG_RETURN_VOID();
}

/*
 * What is due of the accounts $2 at as_of $1, of a base.  Whether they are due
 * is asked here, in the statement that deletes: a sale may have come in since
 * the accounts were listed.
 */
static const char *
release_statement(const char *name)
{
	return psprintf("DELETE FROM %1$s.binding b"
					" USING %1$s.release_due($1, $2) d"
					" WHERE b.organization_id OPERATOR(pg_catalog.=) ANY (d.organization_ids)"
					"  AND b.manager_id OPERATOR(pg_catalog.=) d.manager_id"
					"  AND NOT d.held_back",
					name);
}

/*
 * release_bindings(base regnamespace, as_of date, account_ids integer[])
 * returns bigint: end the bindings of those accounts with every manager from
 * whom they are due at as_of, and count them.  For a base that 0.1.0 laid out.
 */
Datum
kbnorms_release_bindings(PG_FUNCTION_ARGS)
{
	Oid			base = PG_GETARG_OID(0);
	const char *name = kb_base_of_owner(base);
	Oid			types[] = {DATEOID, INT4ARRAYOID};
	Datum		values[] = {PG_GETARG_DATUM(1), PG_GETARG_DATUM(2)};

	PG_RETURN_INT64(run_exempt(base, "inactivity", release_statement(name),
							   lengthof(types), types, values));
}

/*
 * release_bindings(base regnamespace, as_of date, account_ids integer[],
 * job_run_id bigint) returns bigint: the same, and note what the run took.  A
 * run whose slot is tried again may take a pair that was bound anew meanwhile:
 * the latest counts.
 */
Datum
kbnorms_release_for_run(PG_FUNCTION_ARGS)
{
	Oid			base = PG_GETARG_OID(0);
	const char *name = kb_base_of_owner(base);
	Oid			types[] = {DATEOID, INT4ARRAYOID, INT8OID};
	Datum		values[] = {PG_GETARG_DATUM(1), PG_GETARG_DATUM(2),
	PG_GETARG_DATUM(3)};

	PG_RETURN_INT64(run_exempt(base, "inactivity",
							   psprintf("WITH released AS (%2$s RETURNING b.*)"
										" INSERT INTO %1$s.released_binding AS r"
										"  (job_run_id, organization_id, manager_id, bound_on, additional, territory_exception, released_on)"
										" SELECT $3, organization_id, manager_id, bound_on, additional, territory_exception, kbnorms.today()"
										" FROM released"
										" ON CONFLICT (job_run_id, organization_id, manager_id) DO UPDATE SET"
										"  bound_on = excluded.bound_on, additional = excluded.additional,"
										"  territory_exception = excluded.territory_exception,"
										"  released_on = excluded.released_on, restored_on = NULL",
										name, release_statement(name)),
							   lengthof(types), types, values));
}

/*
 * restore_rows(base regnamespace, job_run_id bigint, organization_ids
 * integer[], manager_ids integer[]) returns bigint: bind again what a run of
 * the release took, of those pairs, and count it.
 *
 * That the run took them and nobody holds the client is asked here too, whoever
 * calls: the undo is no way around the rules.
 */
Datum
kbnorms_restore_rows(PG_FUNCTION_ARGS)
{
	Oid			base = PG_GETARG_OID(0);
	const char *name = kb_base_of_owner(base);
	Oid			types[] = {INT8OID, INT4ARRAYOID, INT4ARRAYOID};
	Datum		values[] = {PG_GETARG_DATUM(1), PG_GETARG_DATUM(2),
	PG_GETARG_DATUM(3)};

	PG_RETURN_INT64(run_exempt(base,
							   psprintf("undo of run " INT64_FORMAT, PG_GETARG_INT64(1)),
							   psprintf("WITH restored AS ("
										" UPDATE %1$s.released_binding r SET restored_on = kbnorms.today()"
										" FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3)) AS p(organization_id, manager_id),"
										"  %1$s.organization o"
										" WHERE r.job_run_id OPERATOR(pg_catalog.=) $1 AND r.restored_on IS NULL"
										"  AND r.organization_id OPERATOR(pg_catalog.=) p.organization_id"
										"  AND r.manager_id OPERATOR(pg_catalog.=) p.manager_id"
										"  AND o.id OPERATOR(pg_catalog.=) r.organization_id"
										"  AND NOT EXISTS (SELECT FROM %1$s.binding b JOIN %1$s.organization h ON h.id OPERATOR(pg_catalog.=) b.organization_id"
										"   WHERE h.account_id OPERATOR(pg_catalog.=) o.account_id)"
										" RETURNING r.*)"
										" INSERT INTO %1$s.binding (organization_id, manager_id, bound_on, additional, territory_exception)"
										" SELECT organization_id, manager_id, kbnorms.today(), additional, territory_exception"
										" FROM restored",
										name),
							   lengthof(types), types, values));
}

/*
 * import_rows(base regnamespace, organization_ids integer[], manager_ids
 * integer[], bound_on date[], additional boolean[], territory_exceptions
 * text[]) returns bigint: bind what import_bindings found sound, and count it.
 *
 * Organizations that are bound already are refused here too, whoever calls:
 * the first load is no way around the rules.
 */
Datum
kbnorms_import_rows(PG_FUNCTION_ARGS)
{
	Oid			base = PG_GETARG_OID(0);
	const char *name = kb_base_of_owner(base);
	Oid			types[] = {INT4ARRAYOID, INT4ARRAYOID, DATEARRAYOID,
	BOOLARRAYOID, TEXTARRAYOID};
	Datum		values[] = {PG_GETARG_DATUM(1), PG_GETARG_DATUM(2),
		PG_GETARG_DATUM(3), PG_GETARG_DATUM(4),
	PG_GETARG_DATUM(5)};
	SPIPlanPtr	plan;
	bool		is_bound;

	/*
	 * A statement of its own: as part of the INSERT it would be planned for
	 * the small table that the binding is before it.  What others bound since
	 * the transaction began counts at every isolation level.
	 */
	SPI_connect();
	plan = SPI_prepare(psprintf("SELECT FROM %s.binding b"
								" WHERE b.organization_id OPERATOR(pg_catalog.=) ANY ($1)",
								name),
					   1, types);
	if (plan == NULL ||
		SPI_execute_snapshot(plan, values, NULL, GetLatestSnapshot(),
							 InvalidSnapshot, true, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not look for bound organizations");
	is_bound = SPI_processed > 0;
	SPI_finish();
	if (is_bound)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("organizations that are bound already cannot be imported"),
				 errhint("Use import_bindings, which sorts them out.")));

	PG_RETURN_INT64(run_exempt(base, "import",
							   psprintf("INSERT INTO %s.binding"
										" (organization_id, manager_id, bound_on, additional, territory_exception)"
										" SELECT * FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2),"
										"  pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5))"
										"  AS r(organization_id, manager_id, bound_on, additional, territory_exception)",
										name),
							   lengthof(types), types, values));
}

/*
 * merge_rows(base regnamespace, duplicate_id integer, kept_id integer, head_id
 * integer, reason text) returns bigint: make one organization a part of
 * another, with its bindings and what is linked to it, and count the bindings.
 * head_id is the head of the account that the kept one is in from now on.
 *
 * Whoever holds the duplicate holds the kept one then, since the earlier day.
 * A main binding is never dated back before another main one of the kept one
 * has ended.
 */
Datum
kbnorms_merge_rows(PG_FUNCTION_ARGS)
{
	Oid			base = PG_GETARG_OID(0);
	const char *name = kb_base_of_owner(base);
	const char *reason = text_to_cstring(PG_GETARG_TEXT_PP(4));
	Oid			types[] = {INT4OID, INT4OID, INT4OID};
	Datum		values[] = {PG_GETARG_DATUM(1), PG_GETARG_DATUM(2), PG_GETARG_DATUM(3)};

	run_exempt(base, reason,
			   psprintf("UPDATE %1$s.organization o"
						" SET head_id = CASE WHEN o.id OPERATOR(pg_catalog.<>) $3 THEN $3 END,"
						"  merged_into = CASE WHEN o.id OPERATOR(pg_catalog.=) $1"
						"    OR o.merged_into OPERATOR(pg_catalog.=) $1 THEN $2 ELSE o.merged_into END"
						" WHERE o.id OPERATOR(pg_catalog.=) $1 OR o.head_id OPERATOR(pg_catalog.=) $1"
						"  OR o.merged_into OPERATOR(pg_catalog.=) $1",
						name),
			   lengthof(types), types, values);
	PG_RETURN_INT64(run_exempt(base, reason,
							   psprintf("WITH ended AS (DELETE FROM %1$s.binding"
										"  WHERE organization_id OPERATOR(pg_catalog.=) $1 RETURNING *)"
										" INSERT INTO %1$s.binding AS b"
										"  (organization_id, manager_id, bound_on, additional, territory_exception)"
										" SELECT $2, e.manager_id,"
										"  CASE WHEN e.additional THEN e.bound_on ELSE greatest(e.bound_on,"
										"   (SELECT pg_catalog.max(l.unbound_on) FROM %1$s.binding_log l"
										"    WHERE l.organization_id OPERATOR(pg_catalog.=) $2 AND l.unbound_on IS NOT NULL"
										"     AND l.manager_id OPERATOR(pg_catalog.<>) e.manager_id AND NOT l.additional)) END,"
										"  e.additional, e.territory_exception"
										" FROM ended e"
										" ON CONFLICT (organization_id, manager_id) DO UPDATE"
										" SET bound_on = least(b.bound_on, excluded.bound_on),"
										"  additional = b.additional AND excluded.additional,"
										"  territory_exception = coalesce(b.territory_exception, excluded.territory_exception)",
										name),
							   lengthof(types), types, values));
}

/*
 * import_organization_rows(base regnamespace, ids integer[], inns text[], names
 * text[], head_ids integer[], client_groups text[], potentials text[], cities
 * text[], territory_ids integer[]) returns bigint: enter what
 * import_organizations found sound, and count it.
 *
 * It only enters new organizations: of those nobody holds any, so that their
 * links raise no base and go past no rule but those about memos.
 */
Datum
kbnorms_import_organization_rows(PG_FUNCTION_ARGS)
{
	Oid			base = PG_GETARG_OID(0);
	const char *name = kb_base_of_owner(base);
	Oid			types[] = {INT4ARRAYOID, TEXTARRAYOID, TEXTARRAYOID,
		INT4ARRAYOID, TEXTARRAYOID, TEXTARRAYOID,
	TEXTARRAYOID, INT4ARRAYOID};
	Datum		values[lengthof(types)];

	for (int i = 0; i < lengthof(types); i++)
		values[i] = PG_GETARG_DATUM(i + 1);
	PG_RETURN_INT64(run_exempt(base, "import",
							   psprintf("INSERT INTO %1$s.organization"
										" (id, inn, name, head_id, client_group, potential, city, territory_id)"
										" SELECT r.id, r.inn::kbnorms.inn, r.name, r.head_id,"
										"  r.client_group, r.potential, r.city, r.territory_id"
										" FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2),"
										"  pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5),"
										"  pg_catalog.unnest($6), pg_catalog.unnest($7), pg_catalog.unnest($8))"
										"  AS r(id, inn, name, head_id, client_group, potential, city, territory_id)",
										name),
							   lengthof(types), types, values));
}
