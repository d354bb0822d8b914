/*-------------------------------------------------------------------------
 *
 * layout.c
 *	  Finding a base's tables, columns and indexes from its schema.
 *
 * This is the one place that knows tables and columns by name.  What it finds
 * is kept for the backend's life and found again when PostgreSQL says that one
 * of the relations has changed.  A base whose tables were altered so that the
 * engine cannot work with them is refused with an error that names the column,
 * never judged by half of its data.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/pg_am.h"
#include "catalog/namespace.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "lib/stringinfo.h"
#include "nodes/primnodes.h"
#include "nodes/nodes.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "compat.h"
#include "engine.h"

static HTAB *layouts = NULL;	/* KbLayout by namespace OID */

static const char *const table_names[KB_TABLE_COUNT] = {
	"binding", "binding_log", "organization", "manager", "manager_post",
	"manager_territory", "unit", "rule", "position", "norm_tenure",
	"norm_specialization", "norm_client_group", "norm_potential", "policy",
	"norm_version", "specialization", "memo", "memo_item", "memo_approval",
	"authority", "waiver"
};

const char *const kb_capacity_names[6] = {
	"reader", "author", "client_analyst", "sales_director", "centre",
	"centre_sales"
};

/* A column that the engine needs. */
typedef struct ColumnSpec
{
	KbTable		table;
	const char *name;
	const char *type;			/* SQL name, or an enum of schema kbnorms */
} ColumnSpec;

static const ColumnSpec column_specs[KB_COLUMN_COUNT] = {
#define KB_COLUMN_SPEC(table, column, type) {KB_##table, #column, #type},
	KB_COLUMNS(KB_COLUMN_SPEC)
#undef KB_COLUMN_SPEC
};

/*
 * What a base of 0.1.0 lacks until it is upgraded.  It lacks all of it: where
 * only some is missing, somebody has altered the base.
 */
static const KbColumn later_columns[] = {
	KB_C_BINDING_LOG_taken_on, KB_C_BINDING_LOG_waivers, KB_C_POLICY_cool_off_days,
	KB_C_POLICY_max_new_accounts_per_day, KB_C_POLICY_max_moves,
	KB_C_POLICY_move_days, KB_C_ORGANIZATION_merged_into
};

#define LATER_TABLE KB_WAIVER

/* A test of a partial index's predicate. */
typedef struct TestSpec
{
	KbColumn	column;
	NullTestType type;
} TestSpec;

/*
 * An index that the engine needs: a valid btree that begins so.  Where only
 * some rows are sought it is the partial one that holds just these; it is known
 * by its predicate, for a company's own partial index need not hold them all.
 */
typedef struct IndexSpec
{
	KbTable		table;
	KbColumn	first;
	int			nkeys;
	KbColumn	second;			/* if nkeys is 2 */
	int			ntests;			/* 0: a full index */
	TestSpec	test[2];		/* its predicate, joined by OR */
} IndexSpec;

static const IndexSpec index_specs[KB_INDEX_COUNT] = {
	{KB_BINDING, KB_C_BINDING_organization_id, 2, KB_C_BINDING_manager_id, 0},
	{KB_BINDING, KB_C_BINDING_organization_id, 1, 0, 0},
	{KB_BINDING, KB_C_BINDING_manager_id, 1, 0, 0},
	{KB_BINDING_LOG, KB_C_BINDING_LOG_organization_id, 1, 0,
	2, {{KB_C_BINDING_LOG_unbound_on, IS_NOT_NULL}, {KB_C_BINDING_LOG_manager_id, IS_NULL}}},
	{KB_BINDING_LOG, KB_C_BINDING_LOG_manager_id, 1, 0,
	1, {{KB_C_BINDING_LOG_unbound_on, IS_NOT_NULL}}},
	{KB_BINDING_LOG, KB_C_BINDING_LOG_head_id, 1, 0,
	1, {{KB_C_BINDING_LOG_head_id, IS_NOT_NULL}}},
	{KB_BINDING_LOG, KB_C_BINDING_LOG_manager_id, 2, KB_C_BINDING_LOG_taken_on,
	1, {{KB_C_BINDING_LOG_taken_on, IS_NOT_NULL}}},
	{KB_ORGANIZATION, KB_C_ORGANIZATION_id, 1, 0, 0},
	{KB_ORGANIZATION, KB_C_ORGANIZATION_head_id, 1, 0,
	1, {{KB_C_ORGANIZATION_head_id, IS_NOT_NULL}}},
	{KB_MANAGER, KB_C_MANAGER_id, 1, 0, 0},
	{KB_MANAGER_POST, KB_C_MANAGER_POST_manager_id, 1, 0, 0},
	{KB_MANAGER_TERRITORY, KB_C_MANAGER_TERRITORY_manager_id, 1, 0, 0},
	{KB_MEMO, KB_C_MEMO_id, 1, 0, 0},
	{KB_MEMO_ITEM, KB_C_MEMO_ITEM_organization_id, 1, 0, 0},
	{KB_MEMO_ITEM, KB_C_MEMO_ITEM_memo_id, 1, 0, 0},
	{KB_MEMO_ITEM, KB_C_MEMO_ITEM_memo_id, 1, 0,
	1, {{KB_C_MEMO_ITEM_used_at, IS_NULL}}},
	{KB_MEMO_APPROVAL, KB_C_MEMO_APPROVAL_memo_id, 1, 0, 0},
};

/* Forget what we knew of a relation, or of all. */
static void
layout_changed(Datum arg, Oid relid)
{
	HASH_SEQ_STATUS status;
	KbLayout   *layout;

	hash_seq_init(&status, layouts);
	while ((layout = hash_seq_search(&status)) != NULL)
	{
		if (!layout->valid)
			continue;
		if (relid == InvalidOid)
			layout->valid = false;
		for (int i = 0; i < KB_TABLE_COUNT; i++)
			if (layout->relid[i] == relid)
				layout->valid = false;
	}
}

/* Set up the cache; called once, when the library is loaded. */
void
LayoutInit(void)
{
	HASHCTL		ctl = {0};

	ctl.keysize = sizeof(Oid);
	ctl.entrysize = sizeof(KbLayout);
	layouts = hash_create("kbnorms layouts", 4, &ctl, HASH_ELEM | HASH_BLOBS);
	CacheRegisterRelcacheCallback(layout_changed, (Datum) 0);
}

/* The name of a table, for messages. */
const char *
kb_table_name(KbTable table)
{
	return table_names[table];
}

/* Raise the error for a base that lacks something; detail names it with a %s. */
static void
incomplete_base(Oid namespace_oid, const char *detail, const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("schema \"%s\" is not a complete client base",
					get_namespace_name(namespace_oid)),
			 errdetail(detail, name),
			 errhint("Undo the change of the table, or compare the base with one that kbnorms.create_client_base makes.")));
}

/* The type that a column must have. */
static Oid
type_by_name(const char *name)
{
	static const struct
	{
		const char *name;
		Oid			oid;
	}			builtin[] = {
		{"integer", INT4OID}, {"bigint", INT8OID}, {"text", TEXTOID},
		{"date", DATEOID}, {"boolean", BOOLOID}, {"timestamptz", TIMESTAMPTZOID}
	};

	for (int i = 0; i < lengthof(builtin); i++)
		if (strcmp(builtin[i].name, name) == 0)
			return builtin[i].oid;
	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
						   CStringGetDatum(name),
						   ObjectIdGetDatum(get_namespace_oid("kbnorms", false)));
}

/* Does a base lack all that one of 0.1.0 does? */
static bool
is_early(const KbLayout *layout)
{
	for (int i = 0; i < lengthof(later_columns); i++)
	{
		const ColumnSpec *spec = &column_specs[later_columns[i]];

		if (get_attnum(layout->relid[spec->table], spec->name) != InvalidAttrNumber)
			return false;
	}
	return !OidIsValid(layout->relid[LATER_TABLE]);
}

/* Is a column one that a base of 0.1.0 lacks? */
static bool
is_later(KbColumn column)
{
	for (int i = 0; i < lengthof(later_columns); i++)
		if (later_columns[i] == column)
			return true;
	return column_specs[column].table == LATER_TABLE;
}

/* Find every table. */
static void
find_tables(KbLayout *layout)
{
	for (int i = 0; i < KB_TABLE_COUNT; i++)
		layout->relid[i] = get_relname_relid(table_names[i],
											 layout->namespace_oid);
	layout->is_early = is_early(layout);
	for (int i = 0; i < KB_TABLE_COUNT; i++)
	{
		char		relkind = OidIsValid(layout->relid[i]) ?
		get_rel_relkind(layout->relid[i]) : '\0';

		if (relkind != RELKIND_RELATION &&
			!(i == KB_BINDING_LOG && relkind == RELKIND_PARTITIONED_TABLE) &&
			!(i == LATER_TABLE && layout->is_early))
			incomplete_base(layout->namespace_oid,
							gettext_noop("There is no table \"%s\" as the rule engine needs it."), table_names[i]);
	}
}

/*
 * Find every column, and insist on its type.  What an early base lacks has no
 * number: nothing is read from it and nothing written to it.
 */
static void
find_columns(KbLayout *layout)
{
	for (int i = 0; i < KB_COLUMN_COUNT; i++)
	{
		const ColumnSpec *spec = &column_specs[i];
		Oid			relid = layout->relid[spec->table];
		AttrNumber	attno = get_attnum(relid, spec->name);

		layout->attno[i] = attno;
		if (layout->is_early && is_later(i))
			continue;
		if (attno == InvalidAttrNumber ||
			get_atttype(relid, attno) != type_by_name(spec->type))
			incomplete_base(layout->namespace_oid,
							gettext_noop("There is no column \"%s\" as the rule engine needs it."),
							psprintf("%s.%s %s", table_names[spec->table],
									 spec->name, spec->type));
	}
}

/* Is an expression the test of a specification? */
static bool
test_matches(const KbLayout *layout, const TestSpec *spec, Node *expression)
{
	NullTest   *test = (NullTest *) expression;

	return IsA(expression, NullTest) && test->nulltesttype == spec->type &&
		IsA(test->arg, Var) &&
		((Var *) test->arg)->varattno == layout->attno[spec->column];
}

/* Does an index hold the rows of a specification, neither more nor less? */
static bool
predicate_matches(const KbLayout *layout, const IndexSpec *spec, Relation index)
{
	List	   *predicate = RelationGetIndexPredicate(index);

	if (spec->ntests == 2)
	{
		BoolExpr   *either = list_length(predicate) == 1 &&
		IsA(linitial(predicate), BoolExpr) ? linitial(predicate) : NULL;

		if (either == NULL || either->boolop != OR_EXPR)
			return false;
		predicate = either->args;
	}
	if (list_length(predicate) != spec->ntests)
		return false;
	for (int i = 0; i < spec->ntests; i++)
		if (!test_matches(layout, &spec->test[i], list_nth(predicate, i)))
			return false;
	return true;
}

/* An index that is missing, for people to read. */
static const char *
describe_index(const IndexSpec *spec)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfo(&text, "%s (%s%s%s)", table_names[spec->table],
					 column_specs[spec->first].name, spec->nkeys == 2 ? ", " : "",
					 spec->nkeys == 2 ? column_specs[spec->second].name : "");
	for (int i = 0; i < spec->ntests; i++)
		appendStringInfo(&text, "%s%s%s", i == 0 ? " WHERE " : " OR ",
						 column_specs[spec->test[i].column].name,
						 spec->test[i].type == IS_NULL ? " IS NULL" : " IS NOT NULL");
	return text.data;
}

/* Does an index begin with the columns of a specification? */
static bool
index_matches(const KbLayout *layout, const IndexSpec *spec, Oid indexid)
{
	Relation	index = index_open(indexid, AccessShareLock);
	Form_pg_index form = index->rd_index;
	bool		matches;

	matches = index->rd_rel->relam == BTREE_AM_OID &&
		form->indisvalid && form->indisready &&
		form->indnkeyatts >= spec->nkeys &&
		form->indkey.values[0] == layout->attno[spec->first] &&
		(spec->nkeys < 2 ||
		 form->indkey.values[1] == layout->attno[spec->second]) &&
		predicate_matches(layout, spec, index);
	index_close(index, AccessShareLock);
	return matches;
}

/* Find an index for every way in which the engine looks rows up. */
static void
find_indexes(KbLayout *layout)
{
	for (int i = 0; i < KB_INDEX_COUNT; i++)
	{
		const IndexSpec *spec = &index_specs[i];
		Relation	rel = table_open(layout->relid[spec->table], AccessShareLock);
		ListCell   *cell;

		layout->index[i] = InvalidOid;
		if (layout->is_early && spec->nkeys == 2 && is_later(spec->second))
		{
			table_close(rel, AccessShareLock);
			continue;
		}
		foreach(cell, RelationGetIndexList(rel))
		{
			if (index_matches(layout, spec, lfirst_oid(cell)))
			{
				layout->index[i] = lfirst_oid(cell);
				break;
			}
		}
		table_close(rel, AccessShareLock);
		if (!OidIsValid(layout->index[i]))
			incomplete_base(layout->namespace_oid,
							gettext_noop("There is no index on \"%s\" as the rule engine needs it."),
							describe_index(spec));
	}
}

/* Find the identity of the log. */
static void
find_log_sequence(KbLayout *layout)
{
	Relation	log = table_open(layout->relid[KB_BINDING_LOG], AccessShareLock);

	layout->log_sequence =
		kb_identity_sequence(log, layout->attno[KB_C_BINDING_LOG_id]);
	table_close(log, AccessShareLock);
	if (!OidIsValid(layout->log_sequence))
		incomplete_base(layout->namespace_oid,
						gettext_noop("There is no identity column \"%s\" as the rule engine needs it."),
						"binding_log.id");
}

/* Does a CHECK constraint look at a column? */
static bool
is_checked(const KbLayout *layout, KbColumn column)
{
	Relation	rel = table_open(layout->relid[column_specs[column].table],
								 AccessShareLock);
	TupleConstr *constr = RelationGetDescr(rel)->constr;
	bool		checked = false;

	for (int i = 0; constr != NULL && i < constr->num_check; i++)
	{
		Bitmapset  *columns = NULL;

		pull_varattnos(stringToNode(constr->check[i].ccbin), 1, &columns);
		checked |= bms_is_member(layout->attno[column] -
								 FirstLowInvalidHeapAttributeNumber, columns) ||
			bms_is_member(InvalidAttrNumber - FirstLowInvalidHeapAttributeNumber,
						  columns); /* the whole row */
	}
	table_close(rel, AccessShareLock);
	return checked;
}

/* Find the values of an enum. */
static void
find_enum(const char *type, const char *const *labels, int nlabels, Oid *values)
{
	Oid			enum_type = type_by_name(type);

	for (int i = 0; i < nlabels; i++)
		values[i] = GetSysCacheOid2(ENUMTYPOIDNAME, Anum_pg_enum_oid,
									ObjectIdGetDatum(enum_type),
									CStringGetDatum(labels[i]));
}

/* Find the values of the enums that the engine compares or writes. */
static void
find_enums(KbLayout *layout)
{
	static const char *const changes[] = {
		"bind", "move", "unbind", "link", "unlink"
	};
	static const char *const states[] = {
		"draft", "submitted", "approved", "applied", "rejected"
	};

	find_enum("change_kind", changes, lengthof(changes), layout->change_kind);
	find_enum("memo_state", states, lengthof(states), layout->memo_state);
	find_enum("capacity", kb_capacity_names, lengthof(kb_capacity_names),
			  layout->capacity);
}

/*
 * The layout of the base in a schema.  The entry stays where it is for good;
 * whoever uses it holds locks on the tables, so that it cannot change below.
 */
KbLayout *
kb_layout(Oid namespace_oid)
{
	bool		found;
	KbLayout   *layout = hash_search(layouts, &namespace_oid, HASH_ENTER, &found);

	if (!found)
		layout->valid = false;
	if (layout->valid)
		return layout;

	/* Nothing is known of a half-built entry; an error leaves it invalid. */
	MemSet(layout->relid, 0, sizeof(layout->relid));
	find_tables(layout);
	layout->valid = true;		/* a change while we look clears it again */
	PG_TRY();
	{
		find_columns(layout);
		find_indexes(layout);
		find_log_sequence(layout);
		find_enums(layout);
		layout->checks_used_at = is_checked(layout, KB_C_MEMO_ITEM_used_at);
		layout->checks_state = is_checked(layout, KB_C_MEMO_state);
	}
	PG_CATCH();
	{
		layout->valid = false;
		PG_RE_THROW();
	}
	PG_END_TRY();
	return layout;
}
