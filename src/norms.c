/*-------------------------------------------------------------------------
 *
 * norms.c
 *	  The norms of a base, compiled into memory.
 *
 * Norms, rules, positions and the unit tree are read once per backend and kept.
 * Whoever changes one of their tables gets a new number into norm_version,
 * from a sequence so that no number comes twice, in the same transaction: one
 * before the change and one after it, so that what a statement reads amid its
 * own change is not kept as what was before, or will be after.  A
 * statement reads that one row under the snapshot by which it judges, and reads
 * the norms again under that snapshot if the number is not the one it knows.
 * So a cached norm is exactly the one that the snapshot sees: the transaction's
 * own change, undone by a rollback or a savepoint, and others' from the moment
 * of their commit, without a window.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_enum.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "engine.h"

PG_FUNCTION_INFO_V1(kbnorms_norms_changed);
PG_FUNCTION_INFO_V1(kbnorms_city_of_unit);

/* A thousand years: more days than these are no longer a limit than these. */
#define MAX_DAYS (1000 * 366)

static HTAB *norm_cache = NULL; /* KbNorms by namespace OID */

/* Set up the cache; called once, when the library is loaded. */
void
NormsInit(void)
{
	HASHCTL		ctl = {0};

	ctl.keysize = sizeof(Oid);
	ctl.entrysize = sizeof(KbNorms);
	norm_cache = hash_create("kbnorms norms", 4, &ctl, HASH_ELEM | HASH_BLOBS);
}

/* Called for each row of a table that is read whole. */
typedef void (*RowReader) (KbBase *base, KbNorms *norms, TupleTableSlot *slot);

/* Read a table whole, under the snapshot of the state after the statement. */
static void
read_table(KbBase *base, KbNorms *norms, KbTable table, RowReader reader)
{
	Relation	rel = kb_rel(base, table);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TableScanDesc scan = table_beginscan(rel, base->snapshot[KB_AFTER], 0, NULL);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
		reader(base, norms, slot);
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
}

/* Room for one more element of an array that doubles as it grows. */
static void *
grow(void *array, int n, size_t size)
{
	if (n == 0)
		return palloc0(4 * size);
	if (n >= 4 && (n & (n - 1)) == 0)
	{
		array = repalloc(array, 2 * n * size);
		memset((char *) array + n * size, 0, n * size);
	}
	return array;
}

/* A text column, or NULL. */
static const char *
get_text(KbBase *base, TupleTableSlot *slot, KbColumn column)
{
	bool		isnull;
	Datum		value = kb_get(base, slot, column, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

/* A text column that is declared NOT NULL. */
static const char *
get_code(KbBase *base, TupleTableSlot *slot, KbColumn column)
{
	return TextDatumGetCString(kb_get_not_null(base, slot, column));
}

/* A boolean column; NULL is false. */
static bool
get_bool(KbBase *base, TupleTableSlot *slot, KbColumn column)
{
	bool		isnull;
	Datum		value = kb_get(base, slot, column, &isnull);

	return !isnull && DatumGetBool(value);
}

/* An integer column; has tells whether it is given. */
static int32
get_int(KbBase *base, TupleTableSlot *slot, KbColumn column, bool *has)
{
	bool		isnull;
	Datum		value = kb_get(base, slot, column, &isnull);

	*has = !isnull;
	return isnull ? 0 : DatumGetInt32(value);
}

/* The place of an enum column's value among labels; 0 for NULL. */
static int
get_enum(KbBase *base, TupleTableSlot *slot, KbColumn column,
		 const char *const *labels, int nlabels)
{
	bool		isnull;
	Datum		value = kb_get(base, slot, column, &isnull);
	HeapTuple	tuple;
	int			found = -1;

	if (isnull)
		return 0;
	tuple = SearchSysCache1(ENUMOID, value);
	if (HeapTupleIsValid(tuple))
	{
		const char *label = NameStr(((Form_pg_enum) GETSTRUCT(tuple))->enumlabel);

		for (int i = 0; i < nlabels; i++)
			if (strcmp(labels[i], label) == 0)
				found = i;
		ReleaseSysCache(tuple);
	}
	if (found < 0)
		elog(ERROR, "unexpected enum value %u", DatumGetObjectId(value));
	return found;
}

/* stance */
static KbStance
get_stance(KbBase *base, TupleTableSlot *slot, KbColumn column)
{
	static const char *const labels[] = {"", "target", "allowed", "forbidden"};

	return get_enum(base, slot, column, labels, lengthof(labels));
}

/* The entry of a specialization, made when first met. */
static KbSpecialization *
add_specialization(KbBase *base, KbNorms *norms, TupleTableSlot *slot, KbColumn column)
{
	const char *code = get_code(base, slot, column);

	for (int i = 0; i < norms->nspecialization; i++)
		if (strcmp(norms->specialization[i].code, code) == 0)
			return &norms->specialization[i];
	norms->specialization = grow(norms->specialization, norms->nspecialization,
								 sizeof(KbSpecialization));
	norms->specialization[norms->nspecialization].code = code;
	return &norms->specialization[norms->nspecialization++];
}

static void
read_rule(KbBase *base, KbNorms *norms, TupleTableSlot *slot)
{
	static const char *const labels[] = {"block", "warn", "off"};
	const char *code = get_code(base, slot, KB_C_RULE_code);

	for (int i = 0; i < KB_RULE_COUNT; i++)
		if (strcmp(kb_rule_code(i), code) == 0)
			norms->enforcement[i] = get_enum(base, slot, KB_C_RULE_enforcement,
											 labels, lengthof(labels));
}

static void
read_position(KbBase *base, KbNorms *norms, TupleTableSlot *slot)
{
	KbPosition *position;

	norms->position = grow(norms->position, norms->nposition, sizeof(KbPosition));
	position = &norms->position[norms->nposition++];
	position->code = get_code(base, slot, KB_C_POSITION_code);
	position->holds_base = get_bool(base, slot, KB_C_POSITION_holds_base);
	position->specialized = get_bool(base, slot, KB_C_POSITION_specialized);
}

static void
read_unit(KbBase *base, KbNorms *norms, TupleTableSlot *slot)
{
	static const char *const labels[] = {
		"centre", "region", "cluster", "office", "service", "vtc"
	};
	KbUnit	   *unit;

	norms->unit = grow(norms->unit, norms->nunit, sizeof(KbUnit));
	unit = &norms->unit[norms->nunit++];
	unit->id = kb_get_int(base, slot, KB_C_UNIT_id);
	unit->parent_id = get_int(base, slot, KB_C_UNIT_parent_id, &unit->has_parent);
	unit->kind = get_enum(base, slot, KB_C_UNIT_kind, labels, lengthof(labels));
	unit->city = get_text(base, slot, KB_C_UNIT_city);
}

static void
read_tenure(KbBase *base, KbNorms *norms, TupleTableSlot *slot)
{
	KbSpecialization *spec = add_specialization(base, norms, slot,
												KB_C_NORM_TENURE_specialization);
	KbTenureNorm *norm;

	spec->tenure = grow(spec->tenure, spec->ntenure, sizeof(KbTenureNorm));
	norm = &spec->tenure[spec->ntenure++];
	norm->from_month = kb_get_int(base, slot, KB_C_NORM_TENURE_from_month);
	norm->effective_from = kb_get_int(base, slot, KB_C_NORM_TENURE_effective_from);
	norm->max_accounts = get_int(base, slot, KB_C_NORM_TENURE_max_accounts,
								 &norm->has_max);
}

static void
read_central(KbBase *base, KbNorms *norms, TupleTableSlot *slot)
{
	KbSpecialization *spec = add_specialization(base, norms, slot,
												KB_C_SPECIALIZATION_code);

	spec->central = get_bool(base, slot, KB_C_SPECIALIZATION_central);
}

static void
read_specialization(KbBase *base, KbNorms *norms, TupleTableSlot *slot)
{
	static const char *const labels[] = {"none", "city", "strict"};
	KbSpecialization *spec = add_specialization(base, norms, slot,
												KB_C_NORM_SPECIALIZATION_specialization);
	KbSpecializationNorm *norm;
	bool		isnull;
	Datum		may;

	spec->norm = grow(spec->norm, spec->nnorm, sizeof(KbSpecializationNorm));
	norm = &spec->norm[spec->nnorm++];
	norm->effective_from = kb_get_int(base, slot,
									  KB_C_NORM_SPECIALIZATION_effective_from);
	may = kb_get(base, slot, KB_C_NORM_SPECIALIZATION_may_bind_off_profile, &isnull);
	norm->refuses_off_profile = !isnull && !DatumGetBool(may);
	norm->territory_rule = get_enum(base, slot,
									KB_C_NORM_SPECIALIZATION_territory_rule,
									labels, lengthof(labels));
	norm->exception_only_on_profile =
		get_bool(base, slot, KB_C_NORM_SPECIALIZATION_exception_only_on_profile);
	norm->newcomers_avoid_territories =
		get_bool(base, slot, KB_C_NORM_SPECIALIZATION_newcomers_avoid_territories);
}

static void
read_client_group(KbBase *base, KbNorms *norms, TupleTableSlot *slot)
{
	KbSpecialization *spec = add_specialization(base, norms, slot,
												KB_C_NORM_CLIENT_GROUP_specialization);
	KbStanceNorm *norm;

	spec->group = grow(spec->group, spec->ngroup, sizeof(KbStanceNorm));
	norm = &spec->group[spec->ngroup++];
	norm->code = get_code(base, slot, KB_C_NORM_CLIENT_GROUP_client_group);
	norm->effective_from = kb_get_int(base, slot,
									  KB_C_NORM_CLIENT_GROUP_effective_from);
	norm->stance = get_stance(base, slot, KB_C_NORM_CLIENT_GROUP_stance);
	norm->max_accounts = get_int(base, slot, KB_C_NORM_CLIENT_GROUP_max_accounts,
								 &norm->has_max);
}

static void
read_potential(KbBase *base, KbNorms *norms, TupleTableSlot *slot)
{
	KbSpecialization *spec = add_specialization(base, norms, slot,
												KB_C_NORM_POTENTIAL_specialization);
	KbStanceNorm *norm;

	spec->potential = grow(spec->potential, spec->npotential, sizeof(KbStanceNorm));
	norm = &spec->potential[spec->npotential++];
	norm->code = get_code(base, slot, KB_C_NORM_POTENTIAL_potential);
	norm->effective_from = kb_get_int(base, slot,
									  KB_C_NORM_POTENTIAL_effective_from);
	norm->stance = get_stance(base, slot, KB_C_NORM_POTENTIAL_stance);
}

/* A limit; none is KB_NO_LIMIT. */
static int32
get_limit(KbBase *base, TupleTableSlot *slot, KbColumn column)
{
	bool		has;
	int32		limit = get_int(base, slot, column, &has);

	return has ? limit : KB_NO_LIMIT;
}

/* The same in days: no more than can be added to a date. */
static int32
get_days(KbBase *base, TupleTableSlot *slot, KbColumn column)
{
	return Min(get_limit(base, slot, column), MAX_DAYS);
}

static void
read_policy(KbBase *base, KbNorms *norms, TupleTableSlot *slot)
{
	KbPolicy   *policy;

	norms->policy = grow(norms->policy, norms->npolicy, sizeof(KbPolicy));
	policy = &norms->policy[norms->npolicy++];
	policy->effective_from = kb_get_int(base, slot, KB_C_POLICY_effective_from);
	policy->cool_off_days = get_days(base, slot, KB_C_POLICY_cool_off_days);
	policy->max_new_accounts_per_day =
		get_limit(base, slot, KB_C_POLICY_max_new_accounts_per_day);
	policy->max_moves = get_limit(base, slot, KB_C_POLICY_max_moves);
	policy->move_days = get_days(base, slot, KB_C_POLICY_move_days);
}

static void
read_waiver(KbBase *base, KbNorms *norms, TupleTableSlot *slot)
{
	const char *code = get_code(base, slot, KB_C_WAIVER_rule);

	/* One of a measure that is no rule concerns the reports alone. */
	for (int i = 0; i < KB_RULE_COUNT; i++)
	{
		KbWaiver   *waiver;

		if (strcmp(kb_rule_code(i), code) != 0 || !kb_may_be_waived(i))
			continue;
		norms->waiver = grow(norms->waiver, norms->nwaiver, sizeof(KbWaiver));
		waiver = &norms->waiver[norms->nwaiver++];
		waiver->id = DatumGetInt64(kb_get_not_null(base, slot, KB_C_WAIVER_id));
		waiver->manager_id = kb_get_int(base, slot, KB_C_WAIVER_manager_id);
		waiver->rule = i;
		waiver->since = kb_get_int(base, slot, KB_C_WAIVER_since);
		waiver->until = kb_get_int(base, slot, KB_C_WAIVER_until);
		waiver->reason = get_code(base, slot, KB_C_WAIVER_reason);
		waiver->granted_by = get_code(base, slot, KB_C_WAIVER_granted_by);
	}
}

/* Order of units. */
static int
compare_units(const void *a, const void *b)
{
	int32		x = ((const KbUnit *) a)->id;
	int32		y = ((const KbUnit *) b)->id;

	return (x > y) - (x < y);
}

/* Read all norms anew. */
static void
load_norms(KbBase *base, KbNorms *norms)
{
	MemoryContext old;

	norms->context = AllocSetContextCreate(CacheMemoryContext, "kbnorms norms",
										   ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(norms->context);

	/* A rule whose row is missing blocks: absence must not open a door. */
	for (int i = 0; i < KB_RULE_COUNT; i++)
		norms->enforcement[i] = KB_ENFORCE_BLOCK;
	read_table(base, norms, KB_RULE, read_rule);
	read_table(base, norms, KB_POSITION, read_position);
	read_table(base, norms, KB_UNIT, read_unit);
	read_table(base, norms, KB_SPECIALIZATION, read_central);
	read_table(base, norms, KB_NORM_TENURE, read_tenure);
	read_table(base, norms, KB_NORM_SPECIALIZATION, read_specialization);
	read_table(base, norms, KB_NORM_CLIENT_GROUP, read_client_group);
	read_table(base, norms, KB_NORM_POTENTIAL, read_potential);
	if (!base->layout->is_early)
	{
		read_table(base, norms, KB_POLICY, read_policy);
		read_table(base, norms, KB_WAIVER, read_waiver);
	}
	qsort(norms->unit, norms->nunit, sizeof(KbUnit), compare_units);
	MemoryContextSwitchTo(old);
}

/* The version of the norms that the snapshot sees. */
static int64
norm_version(KbBase *base)
{
	Relation	rel = kb_rel(base, KB_NORM_VERSION);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TableScanDesc scan = table_beginscan(rel, base->snapshot[KB_AFTER], 0, NULL);
	bool		isnull = true;
	Datum		version = 0;

	if (table_scan_getnextslot(scan, ForwardScanDirection, slot))
		version = kb_get(base, slot, KB_C_NORM_VERSION_version, &isnull);
	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"norm_version\" of schema \"%s\" is empty",
						get_namespace_name(base->layout->namespace_oid)),
				 errhint("Insert one row with a number that was never used before.")));
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	return DatumGetInt64(version);
}

/* The norms as the snapshot of the state after the statement sees them. */
const KbNorms *
kb_norms(KbBase *base)
{
	int64		version = norm_version(base);
	bool		found;
	KbNorms    *norms = hash_search(norm_cache, &base->layout->namespace_oid,
									HASH_ENTER, &found);

	if (found && norms->context != NULL && norms->version == version)
		return norms;

	/* An error while reading leaves an entry that is read again. */
	{
		MemoryContext stale = found ? norms->context : NULL;
		Oid			namespace_oid = base->layout->namespace_oid;

		memset(norms, 0, sizeof(KbNorms));
		norms->namespace_oid = namespace_oid;
		if (stale != NULL)
			MemoryContextDelete(stale);
	}
	PG_TRY();
	{
		load_norms(base, norms);
	}
	PG_CATCH();
	{
		if (norms->context != NULL)
			MemoryContextDelete(norms->context);
		norms->context = NULL;
		PG_RE_THROW();
	}
	PG_END_TRY();
	norms->version = version;
	return norms;
}

/* The norms as this session last read them, which may be old; NULL: it has not. */
const KbNorms *
kb_known_norms(KbBase *base)
{
	const KbNorms *norms = hash_search(norm_cache, &base->layout->namespace_oid,
									   HASH_FIND, NULL);

	return norms == NULL || norms->context == NULL ? NULL : norms;
}

/* What a rule does when it is broken. */
KbEnforcement
kb_enforcement(const KbNorms *norms, KbRuleId rule)
{
	return norms->enforcement[rule];
}

/* A specialization by code. */
const KbSpecialization *
kb_specialization(const KbNorms *norms, const char *code)
{
	for (int i = 0; i < norms->nspecialization; i++)
		if (strcmp(norms->specialization[i].code, code) == 0)
			return &norms->specialization[i];
	return NULL;
}

/* The row of policy in force on a day: one without limits if there is none. */
const KbPolicy *
kb_policy(const KbNorms *norms, DateADT day)
{
	static const KbPolicy none = {
		0, KB_NO_LIMIT, KB_NO_LIMIT, KB_NO_LIMIT, KB_NO_LIMIT
	};
	const KbPolicy *best = NULL;

	for (int i = 0; i < norms->npolicy; i++)
	{
		const KbPolicy *policy = &norms->policy[i];

		if (policy->effective_from <= day &&
			(best == NULL || policy->effective_from > best->effective_from))
			best = policy;
	}
	return best == NULL ? &none : best;
}

/*
 * The waiver that lets a rule pass for a manager on a day, of several the one
 * that holds longest; NULL if there is none.
 */
const KbWaiver *
kb_waiver(const KbNorms *norms, int32 manager_id, KbRuleId rule, DateADT day)
{
	const KbWaiver *best = NULL;

	for (int i = 0; i < norms->nwaiver; i++)
	{
		const KbWaiver *waiver = &norms->waiver[i];

		if (waiver->manager_id == manager_id && waiver->rule == rule &&
			waiver->since <= day && day < waiver->until &&
			(best == NULL || waiver->until > best->until ||
			 (waiver->until == best->until && waiver->id < best->id)))
			best = waiver;
	}
	return best;
}

/* A position by code. */
const KbPosition *
kb_position(const KbNorms *norms, const char *code)
{
	for (int i = 0; i < norms->nposition; i++)
		if (strcmp(norms->position[i].code, code) == 0)
			return &norms->position[i];
	return NULL;
}

/* A unit by id. */
const KbUnit *
kb_unit(const KbNorms *norms, int32 id)
{
	KbUnit		key = {.id = id};

	return bsearch(&key, norms->unit, norms->nunit, sizeof(KbUnit), compare_units);
}

/* The nearest unit of a kind at or above one; NULL if there is none. */
const KbUnit *
kb_unit_above(const KbNorms *norms, int32 id, KbUnitKind kind)
{
	const KbUnit *unit = kb_unit(norms, id);

	/* A loop in the tree must not be one here. */
	for (int i = 0; unit != NULL && i <= norms->nunit; i++)
	{
		if (unit->kind == kind)
			return unit;
		unit = unit->has_parent ? kb_unit(norms, unit->parent_id) : NULL;
	}
	return NULL;
}

/* The nearest city at or above a unit; NULL if there is none. */
const char *
kb_city_above(const KbNorms *norms, int32 id)
{
	const KbUnit *unit = kb_unit(norms, id);

	for (int i = 0; unit != NULL && i <= norms->nunit; i++)
	{
		if (unit->city != NULL)
			return unit->city;
		unit = unit->has_parent ? kb_unit(norms, unit->parent_id) : NULL;
	}
	return NULL;
}

/*
 * The maximum of accounts after so many full months served: of the rows in
 * force that with the greatest from_month not above them.  False if nothing is
 * regulated; no row at all is a maximum of 0.  Policy: section 3.
 */
bool
kb_size_norm(const KbSpecialization *spec, int months, DateADT day, int *max)
{
	const KbTenureNorm *best = NULL;

	for (int i = 0; spec != NULL && i < spec->ntenure; i++)
	{
		const KbTenureNorm *norm = &spec->tenure[i];

		if (norm->from_month > months || norm->effective_from > day)
			continue;
		if (best == NULL || norm->from_month > best->from_month ||
			(norm->from_month == best->from_month &&
			 norm->effective_from > best->effective_from))
			best = norm;
	}
	*max = best == NULL ? 0 : best->max_accounts;
	return best == NULL || best->has_max;
}

/* The norm row of a specialization in force on a day, or NULL. */
const KbSpecializationNorm *
kb_specialization_norm(const KbSpecialization *spec, DateADT day)
{
	const KbSpecializationNorm *best = NULL;

	for (int i = 0; i < spec->nnorm; i++)
	{
		const KbSpecializationNorm *norm = &spec->norm[i];

		if (norm->effective_from <= day &&
			(best == NULL || norm->effective_from > best->effective_from))
			best = norm;
	}
	return best;
}

/* The row of a code in force on a day, or NULL. */
static const KbStanceNorm *
stance_norm(const KbStanceNorm *norms, int n, const char *code, DateADT day)
{
	const KbStanceNorm *best = NULL;

	for (int i = 0; code != NULL && i < n; i++)
	{
		const KbStanceNorm *norm = &norms[i];

		if (norm->effective_from <= day &&
			(best == NULL || norm->effective_from > best->effective_from) &&
			strcmp(norm->code, code) == 0)
			best = norm;
	}
	return best;
}

/* How a specialization stands to a client group on a day; NULL: no row. */
const KbStanceNorm *
kb_group_norm(const KbSpecialization *spec, const char *group, DateADT day)
{
	return stance_norm(spec->group, spec->ngroup, group, day);
}

/* How a specialization stands to a potential on a day; NULL: no row. */
const KbStanceNorm *
kb_potential_norm(const KbSpecialization *spec, const char *potential, DateADT day)
{
	return stance_norm(spec->potential, spec->npotential, potential, day);
}

/*
 * city_of_unit(base regnamespace, unit_id integer) returns text: the nearest
 * city at or above a unit, NULL if there is none.  Stable; the unit tree comes
 * from the cache, as the query's snapshot sees it.  Errors: 42501 without
 * SELECT on unit.  Policy: section 1, "city".
 */
Datum
kbnorms_city_of_unit(PG_FUNCTION_ARGS)
{
	KbBase	   *base = kb_open_base(PG_GETARG_OID(0));
	const char *city;
	text	   *result;

	kb_require_select(base, KB_UNIT);
	base->snapshot[KB_AFTER] = RegisterSnapshot(GetActiveSnapshot());
	city = kb_city_above(kb_norms(base), PG_GETARG_INT32(1));
	result = city == NULL ? NULL : cstring_to_text(city);
	kb_close_base(base);
	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(result);
}

/* The role that owns a table. */
static Oid
relation_owner(Oid relid)
{
	Relation	rel = table_open(relid, AccessShareLock);
	Oid			owner = rel->rd_rel->relowner;

	table_close(rel, AccessShareLock);
	return owner;
}

/*
 * norms_changed() returns trigger: gives the norms a new version, whatever the
 * statement does to their table.  Runs as the owner of norm_version, so that
 * whoever may change a norm need not be able to write there.  Volatile.
 */
Datum
kbnorms_norms_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = kb_statement_trigger(fcinfo, "norms_changed");
	Oid			namespace_oid;
	Oid			relid;
	Oid			user;
	int			context;
	char	   *schema;

	namespace_oid = RelationGetNamespace(trigger->tg_relation);
	schema = get_namespace_name(namespace_oid);
	relid = get_relname_relid("norm_version", namespace_oid);
	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("schema \"%s\" is not a complete client base", schema),
				 errdetail("There is no table \"%s\".", "norm_version")));

	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(relation_owner(relid),
						   context | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_NOFORCE_RLS);
	SPI_connect();
	/* UPDATE kb.norm_version SET version = nextval('kb.norm_version_seq') */
	if (SPI_execute(psprintf("UPDATE %s.norm_version SET version = pg_catalog.nextval(%s)",
							 quote_identifier(schema),
							 quote_literal_cstr(psprintf("%s.norm_version_seq",
														 quote_identifier(schema)))),
					false, 0) != SPI_OK_UPDATE)
		elog(ERROR, "could not update norm_version");
	SPI_finish();
	SetUserIdAndSecContext(user, context);
	return PointerGetDatum(NULL);
}
