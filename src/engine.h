/*-------------------------------------------------------------------------
 *
 * engine.h
 *	  The rule engine: what its files share.
 *
 * One statement on a base goes through them in this order:
 *	trigger.c		what it has changed
 *	layout.c		which tables, columns and indexes the base has
 *	base.c			opening them, probing their indexes, locking their rows
 *	partitions.c	probing a log that is partitioned
 *	overlay.c		bindings that are only supposed to be
 *	norms.c			the norms in force, from a cache
 *	facts.c			what organizations and managers are on the day judged
 *	state.c			who holds what before and after the statement
 *	history.c		what the log says of clients and managers
 *	rules.c			the rules, one function each
 *	memo.c			the rules on memos, and the items that are used
 *	remedy.c		what would make a broken rule pass
 *	judge.c			every rule over every pair, and the error that results
 *	log.c			the rows of binding_log
 * and is entered through binding.c (changes of bindings), keep.c and link.c
 * (changes of organizations and managers), check.c (single bindings that nobody
 * has made) or impact.c (many changes that nobody has made).
 *
 *-------------------------------------------------------------------------
 */
#ifndef KBNORMS_ENGINE_H
#define KBNORMS_ENGINE_H

#include "access/attnum.h"
#include "access/genam.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "utils/hsearch.h"
#include "utils/rel.h"
#include "utils/snapshot.h"

#include "kbnorms.h"

/* The tables that the engine reads or writes. */
typedef enum KbTable
{
	KB_BINDING,
	KB_BINDING_LOG,
	KB_ORGANIZATION,
	KB_MANAGER,
	KB_MANAGER_POST,
	KB_MANAGER_TERRITORY,
	KB_UNIT,
	KB_RULE,
	KB_POSITION,
	KB_NORM_TENURE,
	KB_NORM_SPECIALIZATION,
	KB_NORM_CLIENT_GROUP,
	KB_NORM_POTENTIAL,
	KB_POLICY,
	KB_NORM_VERSION,
	KB_SPECIALIZATION,
	KB_MEMO,
	KB_MEMO_ITEM,
	KB_MEMO_APPROVAL,
	KB_AUTHORITY,
	KB_WAIVER,
	KB_TABLE_COUNT
} KbTable;

/* The columns that the engine uses: table, column, type. */
#define KB_COLUMNS(X) \
	X(BINDING, organization_id, integer) \
	X(BINDING, manager_id, integer) \
	X(BINDING, bound_on, date) \
	X(BINDING, additional, boolean) \
	X(BINDING, territory_exception, text) \
	X(BINDING_LOG, id, bigint) \
	X(BINDING_LOG, organization_id, integer) \
	X(BINDING_LOG, manager_id, integer) \
	X(BINDING_LOG, bound_on, date) \
	X(BINDING_LOG, unbound_on, date) \
	X(BINDING_LOG, additional, boolean) \
	X(BINDING_LOG, territory_exception, text) \
	X(BINDING_LOG, head_id, integer) \
	X(BINDING_LOG, change, change_kind) \
	X(BINDING_LOG, reason, text) \
	X(BINDING_LOG, memo_id, bigint) \
	X(BINDING_LOG, changed_by, text) \
	X(BINDING_LOG, acting_for, text) \
	X(BINDING_LOG, changed_at, timestamptz) \
	X(BINDING_LOG, taken_on, date) \
	X(BINDING_LOG, waivers, text) \
	X(ORGANIZATION, id, integer) \
	X(ORGANIZATION, name, text) \
	X(ORGANIZATION, head_id, integer) \
	X(ORGANIZATION, client_group, text) \
	X(ORGANIZATION, potential, text) \
	X(ORGANIZATION, city, text) \
	X(ORGANIZATION, territory_id, integer) \
	X(ORGANIZATION, merged_into, integer) \
	X(MANAGER, id, integer) \
	X(MANAGER, full_name, text) \
	X(MANAGER, hired_on, date) \
	X(MANAGER, novice_since, date) \
	X(MANAGER, left_on, date) \
	X(MANAGER_POST, manager_id, integer) \
	X(MANAGER_POST, since, date) \
	X(MANAGER_POST, position, text) \
	X(MANAGER_POST, specialization, text) \
	X(MANAGER_POST, unit_id, integer) \
	X(MANAGER_TERRITORY, manager_id, integer) \
	X(MANAGER_TERRITORY, territory_id, integer) \
	X(MANAGER_TERRITORY, since, date) \
	X(MANAGER_TERRITORY, until, date) \
	X(UNIT, id, integer) \
	X(UNIT, parent_id, integer) \
	X(UNIT, kind, unit_kind) \
	X(UNIT, city, text) \
	X(RULE, code, text) \
	X(RULE, enforcement, enforcement) \
	X(POSITION, code, text) \
	X(POSITION, holds_base, boolean) \
	X(POSITION, specialized, boolean) \
	X(NORM_TENURE, specialization, text) \
	X(NORM_TENURE, from_month, integer) \
	X(NORM_TENURE, effective_from, date) \
	X(NORM_TENURE, max_accounts, integer) \
	X(NORM_SPECIALIZATION, specialization, text) \
	X(NORM_SPECIALIZATION, effective_from, date) \
	X(NORM_SPECIALIZATION, may_bind_off_profile, boolean) \
	X(NORM_SPECIALIZATION, territory_rule, territory_rule) \
	X(NORM_SPECIALIZATION, exception_only_on_profile, boolean) \
	X(NORM_SPECIALIZATION, newcomers_avoid_territories, boolean) \
	X(NORM_CLIENT_GROUP, specialization, text) \
	X(NORM_CLIENT_GROUP, client_group, text) \
	X(NORM_CLIENT_GROUP, effective_from, date) \
	X(NORM_CLIENT_GROUP, stance, stance) \
	X(NORM_CLIENT_GROUP, max_accounts, integer) \
	X(NORM_POTENTIAL, specialization, text) \
	X(NORM_POTENTIAL, potential, text) \
	X(NORM_POTENTIAL, effective_from, date) \
	X(NORM_POTENTIAL, stance, stance) \
	X(POLICY, effective_from, date) \
	X(POLICY, cool_off_days, integer) \
	X(POLICY, max_new_accounts_per_day, integer) \
	X(POLICY, max_moves, integer) \
	X(POLICY, move_days, integer) \
	X(NORM_VERSION, version, bigint) \
	X(SPECIALIZATION, code, text) \
	X(SPECIALIZATION, central, boolean) \
	X(MEMO, id, bigint) \
	X(MEMO, state, memo_state) \
	X(MEMO, reason, text) \
	X(MEMO, client_card, text) \
	X(MEMO_ITEM, memo_id, bigint) \
	X(MEMO_ITEM, item_no, integer) \
	X(MEMO_ITEM, change, change_kind) \
	X(MEMO_ITEM, organization_id, integer) \
	X(MEMO_ITEM, from_manager_id, integer) \
	X(MEMO_ITEM, to_manager_id, integer) \
	X(MEMO_ITEM, head_id, integer) \
	X(MEMO_ITEM, additional, boolean) \
	X(MEMO_ITEM, territory_exception, text) \
	X(MEMO_ITEM, used_at, timestamptz) \
	X(MEMO_APPROVAL, memo_id, bigint) \
	X(MEMO_APPROVAL, capacity, capacity) \
	X(MEMO_APPROVAL, unit_id, integer) \
	X(MEMO_APPROVAL, approved, boolean) \
	X(AUTHORITY, role_name, text) \
	X(AUTHORITY, capacity, capacity) \
	X(AUTHORITY, unit_id, integer) \
	X(AUTHORITY, since, date) \
	X(AUTHORITY, until, date) \
	X(WAIVER, id, bigint) \
	X(WAIVER, manager_id, integer) \
	X(WAIVER, rule, text) \
	X(WAIVER, since, date) \
	X(WAIVER, until, date) \
	X(WAIVER, reason, text) \
	X(WAIVER, granted_by, text)

/* KB_C_<TABLE>_<column> */
typedef enum KbColumn
{
#define KB_COLUMN_ENUM(table, column, type) KB_C_##table##_##column,
	KB_COLUMNS(KB_COLUMN_ENUM)
#undef KB_COLUMN_ENUM
	KB_COLUMN_COUNT
} KbColumn;

/* The indexes that the engine probes, by the leading column that it needs. */
typedef enum KbIndex
{
	KB_I_BINDING_PAIR,			/* both columns of the primary key */
	KB_I_BINDING_ORGANIZATION,
	KB_I_BINDING_MANAGER,
	KB_I_LOG_ORGANIZATION,
	KB_I_LOG_MANAGER,
	KB_I_LOG_HEAD,
	KB_I_LOG_TAKEN,				/* by manager and taken_on */
	KB_I_ORGANIZATION,
	KB_I_FOLLOWER,				/* organizations by head */
	KB_I_MANAGER,
	KB_I_POST,
	KB_I_TERRITORY,
	KB_I_MEMO,
	KB_I_ITEM_ORGANIZATION,
	KB_I_ITEM_MEMO,
	KB_I_OPEN_ITEM,				/* items by memo, the unused ones alone */
	KB_I_APPROVAL,
	KB_INDEX_COUNT
} KbIndex;

/* In which state of the data a probe looks. */
typedef enum KbWhen
{
	KB_BEFORE,					/* before the statement that is judged */
	KB_AFTER,					/* after it */
	KB_LATEST,					/* while rows are being locked */
	KB_WHEN_COUNT
} KbWhen;

/* How a base is laid out: OIDs and column numbers, kept between statements. */
typedef struct KbLayout
{
	Oid			namespace_oid;	/* hash key */
	bool		valid;			/* cleared when one of the relations changes */
	Oid			relid[KB_TABLE_COUNT];
	AttrNumber	attno[KB_COLUMN_COUNT];
	Oid			index[KB_INDEX_COUNT];
	Oid			log_sequence;	/* identity of binding_log */
	Oid			change_kind[5]; /* enum values, by KbChangeKind */
	Oid			memo_state[5];	/* by KbMemoState */
	Oid			capacity[6];	/* by KbCapacity */
	bool		is_early;		/* of 0.1.0, and not upgraded yet */
	bool		checks_used_at; /* does a CHECK look at memo_item.used_at? */
	bool		checks_state;	/* and one at memo.state? */
} KbLayout;

/* The kinds of a change, in the order of the enum kbnorms.change_kind. */
typedef enum KbChangeKind
{
	KB_BIND,
	KB_MOVE,
	KB_UNBIND,
	KB_LINK,
	KB_UNLINK
} KbChangeKind;

/* The states of a memo, in the order of the enum kbnorms.memo_state. */
typedef enum KbMemoState
{
	KB_DRAFT,
	KB_SUBMITTED,
	KB_APPROVED,
	KB_APPLIED,
	KB_REJECTED
} KbMemoState;

/* What a role may act as, in the order of the enum kbnorms.capacity. */
typedef enum KbCapacity
{
	KB_READER,
	KB_AUTHOR,
	KB_CLIENT_ANALYST,
	KB_SALES_DIRECTOR,
	KB_CENTRE,
	KB_CENTRE_SALES
} KbCapacity;

typedef struct KbPart KbPart;
typedef struct KbOverlay KbOverlay;

/* An index scan that is begun once and restarted for each key. */
typedef struct KbScan
{
	Relation	index;
	MemoryContext context;		/* in which it lives */
	IndexScanDesc desc;			/* NULL for a partitioned table */
	KbPart	   *parts;			/* its partitions instead */
	KbPart	   *part;			/* the one that is being scanned */
	TupleTableSlot *slot;
	int			nkeys;
	ScanKeyData key[2];
	struct KbBase *base;		/* where something is supposed; else NULL: */
	bool		exhausted;		/* no more of the table: it would begin anew */
	Size		nsupposed;		/* rows that are still to be given, */
	const struct KbBindingRow *supposed;	/* after those of the table */
} KbScan;

/* A base opened for one statement. */
typedef struct KbBase
{
	KbLayout   *layout;
	MemoryContext context;		/* lives as long as the statement's judgement */
	Relation	rel[KB_TABLE_COUNT];	/* opened on demand */
	Snapshot	snapshot[KB_WHEN_COUNT];
	KbScan	   *scan[KB_INDEX_COUNT][KB_WHEN_COUNT];
	KbOverlay  *overlay;		/* what is only supposed; NULL: nothing is */
	HTAB	   *strings;		/* interned texts of facts */
	const char *last_string[KB_COLUMN_COUNT];	/* met last in a column */
} KbBase;

/* A table whose rows are written past the executor. */
typedef struct KbWriter
{
	Relation	rel;
	struct EState *estate;
	struct ResultRelInfo *rri;
	TupleTableSlot *slot;
} KbWriter;

/* The rules, in the order of the policy's table. */
typedef enum KbRuleId
{
	KB_R_PERSONAL,
	KB_R_BASE_SIZE,
	KB_R_CLIENT_GROUP,
	KB_R_OFF_PROFILE,
	KB_R_GROUP_QUOTA,
	KB_R_TERRITORY,
	KB_R_NEWCOMER_TERRITORY,
	KB_R_POTENTIAL,
	KB_R_MULTIPLE,
	KB_R_MEMO,
	KB_R_APPROVAL,
	KB_R_APPLICANT,
	KB_R_COOL_OFF,
	KB_R_INTAKE_LIMIT,
	KB_R_MOVE_LIMIT,
	KB_RULE_COUNT
} KbRuleId;

#define KB_RULE_BIT(rule) (1u << (rule))
#define KB_ALL_RULES (KB_RULE_BIT(KB_RULE_COUNT) - 1)

/* What a rule does when it is broken, in the order of kbnorms.enforcement. */
typedef enum KbEnforcement
{
	KB_ENFORCE_BLOCK,
	KB_ENFORCE_WARN,
	KB_ENFORCE_OFF
} KbEnforcement;

/* How a specialization stands to a group or potential; none: an empty cell. */
typedef enum KbStance
{
	KB_STANCE_NONE,
	KB_STANCE_TARGET,
	KB_STANCE_ALLOWED,
	KB_STANCE_FORBIDDEN
} KbStance;

/* The territory rule of a specialization. */
typedef enum KbTerritoryRule
{
	KB_TERRITORY_NONE,
	KB_TERRITORY_CITY,
	KB_TERRITORY_STRICT
} KbTerritoryRule;

/* norm_tenure, as far as binding asks */
typedef struct KbTenureNorm
{
	int32		from_month;
	DateADT		effective_from;
	bool		has_max;
	int32		max_accounts;
} KbTenureNorm;

/* norm_specialization, as far as binding asks */
typedef struct KbSpecializationNorm
{
	DateADT		effective_from;
	bool		refuses_off_profile;
	KbTerritoryRule territory_rule;
	bool		exception_only_on_profile;
	bool		newcomers_avoid_territories;
} KbSpecializationNorm;

/* norm_client_group and norm_potential */
typedef struct KbStanceNorm
{
	const char *code;			/* of the group or the potential */
	DateADT		effective_from;
	KbStance	stance;
	bool		has_max;
	int32		max_accounts;
} KbStanceNorm;

/* policy, as far as binding asks; a limit that is not given is KB_NO_LIMIT */
typedef struct KbPolicy
{
	DateADT		effective_from;
	int32		cool_off_days;
	int32		max_new_accounts_per_day;
	int32		max_moves;		/* in move_days days */
	int32		move_days;
} KbPolicy;

#define KB_NO_LIMIT (-1)

/* waiver, as far as binding asks: lets a rule pass for a manager, for a time */
typedef struct KbWaiver
{
	int64		id;
	int32		manager_id;
	KbRuleId	rule;
	DateADT		since;
	DateADT		until;			/* first day after it */
	const char *reason;
	const char *granted_by;
} KbWaiver;

/* All norms of one specialization. */
typedef struct KbSpecialization
{
	const char *code;
	bool		central;		/* bound by the centre alone */
	int			ntenure;
	KbTenureNorm *tenure;
	int			nnorm;
	KbSpecializationNorm *norm;
	int			ngroup;
	KbStanceNorm *group;
	int			npotential;
	KbStanceNorm *potential;
} KbSpecialization;

/* A position, as far as binding asks. */
typedef struct KbPosition
{
	const char *code;
	bool		holds_base;
	bool		specialized;
} KbPosition;

/* The kinds of units, in the order of the enum kbnorms.unit_kind. */
typedef enum KbUnitKind
{
	KB_UNIT_CENTRE,
	KB_UNIT_REGION,
	KB_UNIT_CLUSTER,
	KB_UNIT_OFFICE,
	KB_UNIT_SERVICE,
	KB_UNIT_VTC
} KbUnitKind;

/* A unit of the tree. */
typedef struct KbUnit
{
	int32		id;
	int32		parent_id;
	bool		has_parent;
	KbUnitKind	kind;
	const char *city;			/* or NULL */
} KbUnit;

/* The norms of a base as of one version of them. */
typedef struct KbNorms
{
	Oid			namespace_oid;	/* hash key */
	int64		version;		/* norm_version that this was read at */
	MemoryContext context;		/* holds all below; NULL: nothing read yet */
	KbEnforcement enforcement[KB_RULE_COUNT];
	int			nspecialization;
	KbSpecialization *specialization;
	int			nposition;
	KbPosition *position;
	int			npolicy;
	KbPolicy   *policy;
	int			nwaiver;
	KbWaiver   *waiver;
	int			nunit;
	KbUnit	   *unit;			/* ascending id */
} KbNorms;

/* An organization on the day judged; group and potential are its head's. */
typedef struct KbOrganization
{
	int32		id;
	int32		account_id;		/* its head's id, or its own */
	const char *group;			/* NULL: unknown */
	const char *potential;		/* NULL: unknown */
	const char *city;			/* NULL: unknown */
	bool		has_territory;
	int32		territory_id;
	bool		is_merged;
	int32		merged_into;
} KbOrganization;

/* How many accounts of a client group a manager has. */
typedef struct KbGroupCount
{
	struct KbGroupCount *next;
	const char *group;
	int			before;
	int			after;
} KbGroupCount;

/* A manager on the day judged. */
typedef struct KbManager
{
	int32		id;
	bool		is_there;		/* has a row at all */
	DateADT		hired_on;
	bool		has_left_on;
	DateADT		left_on;
	bool		has_novice_since;
	DateADT		novice_since;
	int			months;			/* full months served, -1 for an intern */
	bool		has_post;
	const KbPosition *position; /* NULL: no post */
	const KbSpecialization *specialization; /* NULL: the post names none */
	const char *city;			/* NULL: unknown */
	int32		unit_id;		/* the post's */
	int32		office_id;		/* nearest office, else the post's unit */
	bool		is_central;		/* by his specialization, or his last one */
	bool		has_territories;	/* are the two below known? */
	int			nterritory;
	int32	   *territory;
	bool		is_within_norm; /* found to have no more accounts than allowed */
	bool		has_before;		/* is the first known? */
	bool		has_counts;		/* are both? */
	int			accounts_before;
	int			accounts_after;
	KbGroupCount *groups;		/* those that were asked for */
	bool		has_taken;		/* are the two below known? */
	int			taken_before;	/* accounts taken on the day judged */
	int			taken_after;
} KbManager;

/* Ids that grow. */
typedef struct KbIds
{
	int			n;
	Size		max;
	int32	   *id;
} KbIds;

/* An answer that is worked out when first asked for. */
typedef enum KbLazy
{
	KB_UNKNOWN,
	KB_NO,
	KB_YES
} KbLazy;

/* A pair that a statement brings in or changes, as it is afterwards. */
typedef struct KbPair
{
	int32		organization_id;
	int32		manager_id;
	DateADT		bound_on;
	bool		additional;
	bool		justified;		/* territory_exception is not blank */
	uint64		exception_hash; /* of territory_exception; 0 if NULL */
	bool		kept;			/* an UPDATE that keeps the pair */
	uint32		rules;			/* which rules it is judged by, as bits */
	uint32		waived;			/* those that a waiver has let pass */
	KbOrganization *organization;
	KbManager  *manager;
	KbLazy		is_new;			/* was not there before the statement */
	uint32		remade_rules;	/* not new: what judges the difference */
	KbLazy		account_is_new; /* manager held none of the account before */
} KbPair;

/* A row of binding. */
typedef struct KbBindingRow
{
	int32		organization_id;
	int32		manager_id;
	DateADT		bound_on;
	bool		additional;
	bool		has_exception;
	Datum		exception;
} KbBindingRow;

/* A change of a base as memos are about: one item of a memo covers it. */
typedef struct KbChange
{
	KbChangeKind kind;
	int32		organization_id;
	bool		has_from;
	int32		from_manager_id;
	bool		has_to;
	int32		to_manager_id;
	bool		has_head;
	int32		head_id;
	bool		additional;		/* of the new row; for an unbind, of the old */
	uint64		exception_hash; /* of the new row's; 0 if NULL */
	bool		new_pair;		/* brings a holder in */
	Size		pair;			/* the statement's pair that it makes */
	bool		covered;		/* by the item below */
	int64		memo_id;
	int32		item_no;
	ItemPointerData item_tid;	/* where the item is */
	Datum		reason;			/* of the memo; 0: none */
} KbChange;

/* A rule broken by a pair, or by a change that brings none in. */
typedef struct KbFinding
{
	KbRuleId	rule;
	KbPair	   *pair;			/* for memo rules, to name who it is about */
	KbChange   *change;			/* memo, approval, applicant */
} KbFinding;

/* What a rule compared, for people to read. */
typedef struct KbFigures
{
	const char *actual;
	const char *bound;
} KbFigures;

/* Everything that the rules look at. */
typedef struct KbJudgement
{
	KbBase	   *base;
	const KbNorms *norms;
	DateADT		day;			/* stands for today in every rule */
	bool		reads_only;		/* nothing is locked, and nothing will change */
	int			norganization;
	KbOrganization *organization;	/* ascending id */
	int			nmanager;
	KbManager  *manager;		/* ascending id */
	HTAB	   *others;			/* managers met as other holders, by id */
	HTAB	   *accounts;		/* state.c: what was asked about accounts */
	HTAB	   *memos;			/* memo.c: those that may be used, by id */
	HTAB	   *taken;			/* memo.c: items that the statement uses */
	int			nauthority;		/* memo.c: who may act as what on the day */
	struct KbAuthority *authority;
	int			nfinding;
	Size		maxfinding;
	KbFinding  *finding;
} KbJudgement;

/* What would make a broken rule pass, in the language of the session. */
typedef char *(*KbRemedyFunction) (KbJudgement *judgement, const KbFinding *finding);

/* Ids as an argument gives them; a single one stands for any number. */
typedef struct KbIdArray
{
	int			n;
	Oid			type;			/* bigint; integer in a base of 0.1.0 */
	Datum	   *id;
	bool	   *isnull;
} KbIdArray;

/* Why a new pair cannot be beside a holder of its organization. */
typedef enum KbHolderFault
{
	KB_NO_FAULT,
	KB_SAME_PAIR,
	KB_SECOND_MAIN,
	KB_SAME_OFFICE
} KbHolderFault;

/* What rule functions answer. */
typedef enum KbOutcome
{
	KB_PASSED,
	KB_WAIVED,					/* broken, but a waiver lets it pass */
	KB_BROKEN,
	KB_UNJUDGED
} KbOutcome;

/* A change to be logged. */
typedef struct KbLogRow
{
	KbChangeKind change;
	int32		organization_id;
	bool		has_pair;		/* manager, bound_on, additional are set */
	int32		manager_id;
	DateADT		bound_on;
	bool		additional;
	bool		has_exception;
	Datum		territory_exception;
	bool		ended;			/* unbound_on is the day */
	bool		has_head;
	int32		head_id;
	int64		memo_id;		/* 0: none was used */
	Datum		reason;			/* of the memo; 0: none */
	bool		taken;			/* taken_on is the day */
	const char *waivers;		/* numbers of those that let it pass; or NULL */
} KbLogRow;

typedef struct KbLog KbLog;

/* The rows that a statement changed, as its trigger is given them. */
typedef struct KbChanges
{
	Tuplestorestate *old_rows;	/* NULL for an INSERT */
	Tuplestorestate *new_rows;	/* NULL for a DELETE */
	int			old_pointer;	/* our read pointers */
	int			new_pointer;
	TupleTableSlot *old_slot;
	TupleTableSlot *new_slot;
} KbChanges;

/* layout.c */
extern void LayoutInit(void);
extern KbLayout *kb_layout(Oid namespace_oid);
extern const char *kb_table_name(KbTable table);
extern const char *const kb_capacity_names[6];	/* by KbCapacity */

/* base.c */
extern KbBase *kb_open_base(Oid namespace_oid);
extern void kb_close_base(KbBase *base);
extern void *kb_grow(KbBase *base, void *array, Size n, Size *max, Size size);
extern Relation kb_rel(KbBase *base, KbTable table);
extern void kb_require_select(KbBase *base, KbTable table);
extern void kb_take_snapshots(KbBase *base, CommandId before);
extern void kb_renew_latest(KbBase *base);
extern KbScan *kb_probe(KbBase *base, KbIndex index, KbWhen when, int64 key);
extern KbScan *kb_probe_two(KbBase *base, KbIndex index, KbWhen when, int32 first,
							int32 second);
extern KbScan *kb_probe_pair(KbBase *base, KbWhen when, int32 organization_id,
							 int32 manager_id);
extern bool kb_next(KbScan *scan);
extern bool kb_previous(KbScan *scan);
extern bool kb_rows_exceed(KbBase *base, KbIndex index, KbWhen when,
						   int32 key, int limit);
extern bool kb_lock_row(KbBase *base, KbIndex index, int64 id,
						TupleTableSlot **slot);
extern KbWriter *kb_begin_write(KbBase *base, KbTable table);
extern void kb_check_row(KbWriter *writer, TupleTableSlot *slot);
extern void kb_index_row(KbWriter *writer, TupleTableSlot *slot,
						 bool only_summarizing);
extern void kb_set_column(KbWriter *writer, TupleTableSlot *row, AttrNumber attno,
						  Datum value, bool must_check);
extern void kb_end_write(KbWriter *writer);
extern const char *kb_get_fact(KbBase *base, TupleTableSlot *slot, KbColumn column);

/* Shorthands for reading a column of a slot. */
#define KB_ATTNO(base, column) ((base)->layout->attno[column])
extern Datum kb_get(KbBase *base, TupleTableSlot *slot, KbColumn column,
					bool *isnull);
extern Datum kb_get_not_null(KbBase *base, TupleTableSlot *slot, KbColumn column);
extern int32 kb_get_int(KbBase *base, TupleTableSlot *slot, KbColumn column);
extern bool kb_get_bool(KbBase *base, TupleTableSlot *slot, KbColumn column);

/* norms.c */
extern void NormsInit(void);
extern const KbNorms *kb_norms(KbBase *base);
extern const KbNorms *kb_known_norms(KbBase *base);
extern KbEnforcement kb_enforcement(const KbNorms *norms, KbRuleId rule);
extern const KbSpecialization *kb_specialization(const KbNorms *norms, const char *code);
extern const KbPolicy *kb_policy(const KbNorms *norms, DateADT day);
extern const KbWaiver *kb_waiver(const KbNorms *norms, int32 manager_id,
								 KbRuleId rule, DateADT day);
extern const KbPosition *kb_position(const KbNorms *norms, const char *code);
extern const KbUnit *kb_unit(const KbNorms *norms, int32 id);
extern const KbUnit *kb_unit_above(const KbNorms *norms, int32 id, KbUnitKind kind);
extern const char *kb_city_above(const KbNorms *norms, int32 id);
extern bool kb_size_norm(const KbSpecialization *spec, int months, DateADT day,
						 int *max);
extern const KbSpecializationNorm *kb_specialization_norm(const KbSpecialization *spec,
														  DateADT day);
extern const KbStanceNorm *kb_group_norm(const KbSpecialization *spec,
										 const char *group, DateADT day);
extern const KbStanceNorm *kb_potential_norm(const KbSpecialization *spec,
											 const char *potential, DateADT day);

/* facts.c */
extern bool kb_read_organization(KbBase *base, KbWhen when, int32 id,
								 KbOrganization *organization);
extern void kb_refuse_merged(KbBase *base, const KbOrganization *organization);
extern void kb_add_head_facts(KbBase *base, KbWhen when, KbOrganization *organization);
extern KbManager *kb_other_manager(KbJudgement *judgement, int32 id);
extern void kb_lock_organizations(KbJudgement *judgement, int32 *ids, int n);
extern void kb_lock_managers(KbJudgement *judgement, int32 *ids, int n);
extern void kb_add_post(KbJudgement *judgement, KbManager *manager);
extern void kb_add_territories(KbJudgement *judgement, KbManager *manager);
extern int	kb_sort_ids(int32 *ids, int n);

/* state.c */
extern void kb_add_id(KbBase *base, KbIds *ids, int32 id);
extern void kb_free_ids(KbIds *ids);
extern void kb_binding_row(KbBase *base, TupleTableSlot *slot, KbBindingRow *row);
extern void kb_pair_from_row(KbPair *pair, const KbBindingRow *row);
extern uint64 kb_text_hash(Datum text_value);
extern uint32 kb_rules_of_kept_pair(const KbPair *old, const KbPair *new);
extern void kb_account_members(KbBase *base, int32 account_id, KbIds *members);
extern void kb_held_accounts(KbJudgement *judgement, int32 manager_id, KbWhen when,
							 const char *group, KbIds *accounts);
extern bool kb_pair_is_new(KbJudgement *judgement, KbPair *pair);
extern bool kb_account_is_new(KbJudgement *judgement, KbPair *pair);
extern bool kb_account_in_pool(KbJudgement *judgement, KbOrganization *organization);
extern void kb_count_accounts(KbJudgement *judgement, KbManager *manager);
extern const KbGroupCount *kb_count_group(KbJudgement *judgement, KbManager *manager,
										  const char *group);

/* history.c */
extern bool kb_ended_after(KbJudgement *judgement, const KbPair *pair, DateADT *end);
extern bool kb_was_his_until(KbJudgement *judgement, const KbPair *pair, DateADT *end);
extern bool kb_limits_intake(const KbNorms *norms, DateADT day);
extern bool kb_limits_moves(const KbNorms *norms, DateADT day);
extern void kb_count_taken(KbJudgement *judgement, KbManager *manager);
extern bool kb_is_moved(KbJudgement *judgement, const KbPair *pair);
extern int	kb_count_moves(KbJudgement *judgement, int32 account_id, DateADT after);
extern DateADT kb_may_move_on(KbJudgement *judgement, const KbPair *pair);

/* rules.c */
extern const char *kb_rule_code(KbRuleId rule);
extern char *kb_remedy(KbJudgement *judgement, const KbFinding *finding);
extern char *kb_iso_date(DateADT date);
extern const char *kb_territory_list(const KbManager *manager);
extern KbHolderFault kb_holder_fault(KbJudgement *judgement, const KbPair *pair,
									 TupleTableSlot *holder);
extern int	kb_rule_sqlstate(KbRuleId rule);
extern bool kb_is_memo_rule(KbRuleId rule);
extern bool kb_may_be_waived(KbRuleId rule);
extern KbOutcome kb_apply_rule(KbJudgement *judgement, KbPair *pair, KbRuleId rule,
							   KbFigures *figures);

/* remedy.c */
extern char *kb_personal_remedy(KbJudgement *judgement, const KbFinding *finding);
extern char *kb_base_size_remedy(KbJudgement *judgement, const KbFinding *finding);
extern char *kb_client_group_remedy(KbJudgement *judgement, const KbFinding *finding);
extern char *kb_off_profile_remedy(KbJudgement *judgement, const KbFinding *finding);
extern char *kb_group_quota_remedy(KbJudgement *judgement, const KbFinding *finding);
extern char *kb_territory_remedy(KbJudgement *judgement, const KbFinding *finding);
extern char *kb_newcomer_territory_remedy(KbJudgement *judgement, const KbFinding *finding);
extern char *kb_potential_remedy(KbJudgement *judgement, const KbFinding *finding);
extern char *kb_multiple_remedy(KbJudgement *judgement, const KbFinding *finding);
extern char *kb_cool_off_remedy(KbJudgement *judgement, const KbFinding *finding);
extern char *kb_intake_limit_remedy(KbJudgement *judgement, const KbFinding *finding);
extern char *kb_move_limit_remedy(KbJudgement *judgement, const KbFinding *finding);

/* judge.c */
extern KbJudgement *kb_begin_judgement(KbBase *base, DateADT day);
extern KbJudgement *kb_begin_reading(Oid namespace_oid, DateADT day);
extern void kb_find(KbJudgement *judgement, KbRuleId rule, KbPair *pair,
					KbChange *change);
extern const char *kb_waivers_used(KbJudgement *judgement, const KbPair *pair);
extern void kb_judge_pair(KbJudgement *judgement, KbPair *pair);
extern void kb_sort_findings(KbJudgement *judgement);
extern char *kb_describe_finding(KbJudgement *judgement, const KbFinding *finding,
								 KbFigures *figures);
extern void kb_report(KbJudgement *judgement, Relation rel);
extern char *kb_describe(KbBase *base, KbTable table, int32 id);
extern void kb_missing_key(KbBase *base, KbTable referencing, const char *column,
						   KbTable referenced, int32 id);

/* memo.c */
extern bool kb_memos_concern(KbJudgement *judgement);
extern void kb_lock_memos(KbJudgement *judgement, const KbChange *changes, Size n);
extern void kb_judge_changes(KbJudgement *judgement, KbChange *changes, Size n);
extern void kb_suppose_change(KbJudgement *judgement, KbChange *change);
extern void kb_use_items(KbJudgement *judgement, KbChange *changes, Size n);
extern KbOutcome kb_apply_memo_rule(KbJudgement *judgement, KbChange *change,
									KbRuleId rule, KbFigures *figures);
extern char *kb_memo_remedy(KbJudgement *judgement, const KbFinding *finding);
extern char *kb_approval_remedy(KbJudgement *judgement, const KbFinding *finding);
extern char *kb_applicant_remedy(KbJudgement *judgement, const KbFinding *finding);

/* log.c */
extern void LogInit(void);
extern KbLog *kb_begin_log(KbBase *base, DateADT day);
extern void kb_log(KbLog *log, const KbLogRow *row);
extern void kb_end_log(KbLog *log);

/* keep.c */
extern void kb_refuse_gone_organization(KbBase *base, int32 id);

/* check.c */
extern KbIdArray kb_get_ids(FunctionCallInfo fcinfo, int n);
extern int32 kb_nth_id(const KbIdArray *ids, int i, KbTable table);
extern void kb_find_organization(KbJudgement *judgement, int32 id,
								 KbOrganization *organization);
extern KbManager *kb_find_manager(KbJudgement *judgement, int32 id);

/* overlay.c */
extern void kb_suppose(KbBase *base, const KbBindingRow *added, Size nadded,
					   const KbBindingRow *gone, Size ngone);
extern void kb_probe_overlay(KbBase *base, KbIndex index, KbScan *scan);
extern bool kb_is_supposed_gone(KbScan *scan);
extern bool kb_next_supposed(KbScan *scan);
extern void kb_supposed_of(KbBase *base, int32 manager_id, const KbBindingRow **added,
						   Size *nadded, const KbBindingRow **gone, Size *ngone);

/* partitions.c */
extern void kb_begin_parts(KbScan *scan, Relation rel, Snapshot snapshot);
extern void kb_rescan_parts(KbScan *scan);
extern bool kb_next_of_parts(KbScan *scan);
extern void kb_end_parts(KbScan *scan);

/* trigger.c */
extern TriggerData *kb_statement_trigger(FunctionCallInfo fcinfo, const char *name);
extern void kb_require_table(const KbLayout *layout, KbTable table, Relation rel,
							 const char *name);
extern void kb_begin_changes(KbChanges *changes, TriggerData *trigger, const char *name);
extern bool kb_next_change(KbChanges *changes);
extern void kb_rewind_changes(KbChanges *changes);
extern void kb_end_changes(KbChanges *changes);

#endif							/* KBNORMS_ENGINE_H */
