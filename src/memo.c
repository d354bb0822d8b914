/*-------------------------------------------------------------------------
 *
 * memo.c
 *	  The written basis of a change: memo items, words and who may apply them.
 *
 * Every change of a base (bind, move, unbind, link, unlink) uses the oldest
 * approved memo item that covers it.  The engine finds the item itself; a CRM
 * goes on writing plain INSERT, UPDATE and DELETE.
 *
 * Whoever uses an item of a memo, approves or rejects it, holds the memo's row
 * lock.  The memos that may cover a statement are locked after its organizations
 * and managers, ascending, before the snapshots are taken: so what is read of
 * them stands still, an item is used once, and the one who uses the last item
 * sees that it is the last.
 *
 * Which words a change needs is worked out anew at each use, from the posts of
 * the day; the words that a memo has are the rows of memo_approval.
 * Policy: section 4, memo, approval, applicant and "Memo items".
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "engine.h"

PG_FUNCTION_INFO_V1(kbnorms_memo_words);

/* A word that a change needs, or that a memo has. */
typedef struct KbWord
{
	KbCapacity	capacity;
	bool		has_unit;		/* false: for the whole tree */
	int32		unit_id;
} KbWord;

/* Who may act as what. */
typedef struct KbAuthority
{
	KbWord		word;
	Oid			role;
	bool		is_own;			/* of the present role */
} KbAuthority;

/* Words of one change: two sides, and one of another holder. */
#define MAX_WORDS 8

/* The words that a change needs. */
typedef struct Needs
{
	int			nword;
	KbWord		word[MAX_WORDS];
	bool		client_card;
} Needs;

/* A memo as the judgement knows it. */
typedef struct Memo
{
	int64		id;				/* hash key */
	KbMemoState state;
	bool		has_card;
	Datum		reason;			/* 0: none */
	bool		has_words;		/* are the two below known? */
	int			nword;
	KbWord	   *word;
	bool		is_locked;		/* by this statement: stands still */
	bool		is_used;		/* by this statement */
} Memo;

/* Key of an item that this statement has taken. */
typedef struct ItemKey
{
	int64		memo_id;
	int64		item_no;
} ItemKey;

/* An item as a scan finds it. */
typedef struct MemoItem
{
	int64		memo_id;
	int32		item_no;
	bool		used;
	bool		same_kind;		/* as the change */
	bool		covers;			/* the change, apart from state and use */
} MemoItem;

/* The capacity that an enum value stands for. */
static KbCapacity
capacity_of(KbBase *base, Datum value)
{
	for (int i = 0; i < lengthof(base->layout->capacity); i++)
		if (base->layout->capacity[i] == DatumGetObjectId(value))
			return i;
	elog(ERROR, "unexpected capacity %u", DatumGetObjectId(value));
}

/* Are there memo items at all?  Without any, nothing has to be looked up. */
bool
kb_memos_concern(KbJudgement *judgement)
{
	return RelationGetNumberOfBlocks(kb_rel(judgement->base, KB_MEMO_ITEM)) > 0;
}

/* The tables of memos and of taken items, made when first needed. */
static void
make_tables(KbJudgement *judgement)
{
	HASHCTL		ctl = {0};

	if (judgement->memos != NULL)
		return;
	ctl.keysize = sizeof(int64);
	ctl.entrysize = sizeof(Memo);
	ctl.hcxt = judgement->base->context;
	judgement->memos = hash_create("kbnorms memos", 16, &ctl,
								   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	ctl.keysize = sizeof(ItemKey);
	ctl.entrysize = sizeof(ItemKey);
	judgement->taken = hash_create("kbnorms memo items", 16, &ctl,
								   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* Is a memo approved, and not applied yet? */
static bool
is_approved(KbBase *base, TupleTableSlot *slot)
{
	bool		isnull;
	Datum		state = kb_get(base, slot, KB_C_MEMO_state, &isnull);

	return !isnull &&
		DatumGetObjectId(state) == base->layout->memo_state[KB_APPROVED];
}

/* Take what a memo's own row says. */
static void
memo_from_slot(KbBase *base, TupleTableSlot *slot, Memo *memo)
{
	bool		isnull;
	Datum		state = kb_get(base, slot, KB_C_MEMO_state, &isnull);
	int64		id = memo->id;
	Datum		reason;

	memset(memo, 0, sizeof(Memo));
	memo->id = id;
	for (int i = KB_DRAFT; i <= KB_REJECTED; i++)
		if (!isnull && DatumGetObjectId(state) == base->layout->memo_state[i])
			memo->state = i;
	kb_get(base, slot, KB_C_MEMO_client_card, &isnull);
	memo->has_card = !isnull;
	reason = kb_get(base, slot, KB_C_MEMO_reason, &isnull);
	if (!isnull)
	{
		MemoryContext old = MemoryContextSwitchTo(base->context);

		memo->reason = PointerGetDatum(PG_DETOAST_DATUM_COPY(reason));
		MemoryContextSwitchTo(old);
	}
}

/* A memo of the judgement, read when first asked for. */
static Memo *
get_memo(KbJudgement *judgement, int64 id)
{
	Memo	   *memo;
	bool		found;
	KbScan	   *scan;

	make_tables(judgement);
	memo = hash_search(judgement->memos, &id, HASH_ENTER, &found);
	if (found)
		return memo;
	scan = kb_probe(judgement->base, KB_I_MEMO, KB_AFTER, id);
	memset(memo, 0, sizeof(Memo));
	memo->id = id;
	if (kb_next(scan))
		memo_from_slot(judgement->base, scan->slot, memo);
	return memo;
}

/* Order of memo numbers. */
static int
compare_memo_ids(const void *a, const void *b)
{
	int64		x = *(const int64 *) a;
	int64		y = *(const int64 *) b;

	return (x > y) - (x < y);
}

/*
 * Lock the memos with items on the organizations of some changes.  Called after
 * organizations and managers are locked, before the snapshots are taken.
 */
void
kb_lock_memos(KbJudgement *judgement, const KbChange *changes, Size n)
{
	KbBase	   *base = judgement->base;
	int64	   *ids = NULL;
	Size		nid = 0;
	Size		maxid = 0;

	for (Size i = 0; i < n; i++)
	{
		KbScan	   *scan = kb_probe(base, KB_I_ITEM_ORGANIZATION, KB_LATEST,
									changes[i].organization_id);

		while (kb_next(scan))
		{
			bool		isnull;

			(void) kb_get(base, scan->slot, KB_C_MEMO_ITEM_used_at, &isnull);
			if (!isnull)
				continue;
			ids = kb_grow(base, ids, nid, &maxid, sizeof(int64));
			ids[nid++] = DatumGetInt64(kb_get(base, scan->slot,
											  KB_C_MEMO_ITEM_memo_id, &isnull));
		}
	}
	if (nid == 0)
		return;

	make_tables(judgement);
	qsort(ids, nid, sizeof(int64), compare_memo_ids);
	for (Size i = 0; i < nid; i++)
	{
		TupleTableSlot *slot;
		KbScan	   *scan;

		if (i > 0 && ids[i] == ids[i - 1])
			continue;

		/*
		 * One that is not approved covers nothing: do not wait for its
		 * author.
		 */
		scan = kb_probe(base, KB_I_MEMO, KB_LATEST, ids[i]);
		if (kb_next(scan) && is_approved(base, scan->slot) &&
			kb_lock_row(base, KB_I_MEMO, ids[i], &slot))
		{
			Memo	   *memo;

			memo = hash_search(judgement->memos, &ids[i], HASH_ENTER, NULL);
			memo_from_slot(base, slot, memo);
			memo->is_locked = true;
		}
	}
	pfree(ids);
}

/* Is an integer column of an item the id that a change has, or both absent? */
static bool
same_id(KbBase *base, TupleTableSlot *slot, KbColumn column, bool has, int32 id)
{
	bool		isnull;
	Datum		value = kb_get(base, slot, column, &isnull);

	return isnull ? !has : has && DatumGetInt32(value) == id;
}

/* Take an item from a slot and compare it with a change. */
static void
read_item(KbBase *base, TupleTableSlot *slot, const KbChange *change, MemoItem *item)
{
	bool		isnull;
	bool		is_link = change->kind == KB_LINK || change->kind == KB_UNLINK;
	Datum		value;

	item->memo_id = DatumGetInt64(kb_get(base, slot, KB_C_MEMO_ITEM_memo_id, &isnull));
	item->item_no = kb_get_int(base, slot, KB_C_MEMO_ITEM_item_no);
	(void) kb_get(base, slot, KB_C_MEMO_ITEM_used_at, &isnull);
	item->used = !isnull;
	value = kb_get(base, slot, KB_C_MEMO_ITEM_change, &isnull);
	item->same_kind = !isnull &&
		DatumGetObjectId(value) == base->layout->change_kind[change->kind];
	item->covers = item->same_kind &&
		same_id(base, slot, KB_C_MEMO_ITEM_from_manager_id, change->has_from,
				change->from_manager_id) &&
		same_id(base, slot, KB_C_MEMO_ITEM_to_manager_id, change->has_to,
				change->to_manager_id) &&
		same_id(base, slot, KB_C_MEMO_ITEM_head_id, change->has_head,
				change->head_id);
	if (!item->covers || is_link)
		return;
	value = kb_get(base, slot, KB_C_MEMO_ITEM_additional, &isnull);
	item->covers = (!isnull && DatumGetBool(value)) == change->additional;
	value = kb_get(base, slot, KB_C_MEMO_ITEM_territory_exception, &isnull);
	if (!isnull && change->kind != KB_UNBIND)
		item->covers &= kb_text_hash(value) == change->exception_hash;
}

/* Find the oldest approved item that covers a change, and take it. */
static void
cover_change(KbJudgement *judgement, KbChange *change)
{
	KbBase	   *base = judgement->base;
	KbScan	   *scan = kb_probe(base, KB_I_ITEM_ORGANIZATION, KB_AFTER,
								change->organization_id);
	ItemKey		key;

	change->covered = false;
	while (kb_next(scan))
	{
		MemoItem	item;
		Memo	   *memo;

		read_item(base, scan->slot, change, &item);
		if (!item.covers || item.used)
			continue;
		memo = get_memo(judgement, item.memo_id);
		key.memo_id = item.memo_id;
		key.item_no = item.item_no;
		if (memo->state != KB_APPROVED ||
			!(memo->is_locked || judgement->reads_only) ||
			hash_search(judgement->taken, &key, HASH_FIND, NULL) != NULL)
			continue;
		if (change->covered &&
			(change->memo_id < item.memo_id ||
			 (change->memo_id == item.memo_id && change->item_no < item.item_no)))
			continue;
		change->covered = true;
		change->memo_id = item.memo_id;
		change->item_no = item.item_no;
		change->item_tid = scan->slot->tts_tid;
		change->reason = memo->reason;
	}
	if (change->covered)
	{
		key.memo_id = change->memo_id;
		key.item_no = change->item_no;
		hash_search(judgement->taken, &key, HASH_ENTER, NULL);
	}
}

/* Does the part of the tree that is somebody's hold a unit, or all of it? */
static bool
covers_unit(const KbNorms *norms, const KbWord *held, bool has_unit, int32 unit_id)
{
	const KbUnit *unit;

	if (!held->has_unit)
		return true;
	if (!has_unit)
		return false;
	unit = kb_unit(norms, unit_id);
	for (int i = 0; unit != NULL && i <= norms->nunit; i++)
	{
		if (unit->id == held->unit_id)
			return true;
		unit = unit->has_parent ? kb_unit(norms, unit->parent_id) : NULL;
	}
	return false;
}

/* Need a word, once. */
static void
need_word(Needs *needs, KbCapacity capacity, bool has_unit, int32 unit_id)
{
	KbWord	   *word;

	for (int i = 0; i < needs->nword; i++)
	{
		word = &needs->word[i];
		if (word->capacity == capacity && word->has_unit == has_unit &&
			word->unit_id == unit_id)
			return;
	}
	word = &needs->word[needs->nword++];
	word->capacity = capacity;
	word->has_unit = has_unit;
	word->unit_id = unit_id;
}

/* Need the word of a manager's region; where there is none, the centre's. */
static void
need_region(const KbNorms *norms, const KbManager *manager, Needs *needs)
{
	const KbUnit *region = NULL;

	if (manager->has_post)
		region = kb_unit_above(norms, manager->unit_id, KB_UNIT_REGION);
	if (region != NULL)
		need_word(needs, KB_SALES_DIRECTOR, true, region->id);
	else
		need_word(needs, KB_CENTRE, manager->has_post, manager->unit_id);
}

/* The cluster of a manager's office; one without is a cluster of its own. */
static int32
cluster_of(const KbNorms *norms, const KbManager *manager)
{
	const KbUnit *cluster = kb_unit_above(norms, manager->unit_id, KB_UNIT_CLUSTER);

	return cluster == NULL ? manager->office_id : cluster->id;
}

/* Need the word on a new pair beside another holder. */
static void
need_holder_words(KbJudgement *judgement, const KbChange *change, Needs *needs)
{
	KbBase	   *base = judgement->base;
	const KbNorms *norms = judgement->norms;
	const KbManager *manager = kb_other_manager(judgement, change->to_manager_id);
	KbScan	   *scan;
	bool		is_new = false;

	if (!change->new_pair)
		return;
	scan = kb_probe(base, KB_I_BINDING_ORGANIZATION, KB_AFTER,
					change->organization_id);
	while (kb_next(scan))
	{
		int32		id = kb_get_int(base, scan->slot, KB_C_BINDING_manager_id);
		const KbManager *other;

		if (id == change->to_manager_id)
			continue;
		/* few have another holder: only then is it worth to ask */
		if (!is_new &&
			kb_next(kb_probe_pair(base, KB_BEFORE, change->organization_id,
								  change->to_manager_id)))
			return;
		is_new = true;
		other = kb_other_manager(judgement, id);
		if (!manager->has_post || !other->has_post ||
			cluster_of(norms, manager) == cluster_of(norms, other))
			need_region(norms, manager, needs);
		else
			need_word(needs, KB_CENTRE_SALES, true, manager->unit_id);
	}
}

/* Which words a change needs; a link or unlink needs none. */
static void
find_needs(KbJudgement *judgement, const KbChange *change, Needs *needs)
{
	int32		sides[2];
	int			nside = 0;

	memset(needs, 0, sizeof(Needs));
	if (change->has_from)
		sides[nside++] = change->from_manager_id;
	if (change->has_to)
		sides[nside++] = change->to_manager_id;
	for (int i = 0; i < nside; i++)
	{
		const KbManager *manager = kb_other_manager(judgement, sides[i]);

		need_region(judgement->norms, manager, needs);
		needs->client_card |= manager->is_central;
	}
	if (change->has_to)
		need_holder_words(judgement, change, needs);
}

/* Read the words that a memo has. */
static void
read_words(KbJudgement *judgement, Memo *memo)
{
	KbBase	   *base = judgement->base;
	KbScan	   *scan;
	Size		max = 0;

	if (memo->has_words)
		return;
	memo->has_words = true;
	scan = kb_probe(base, KB_I_APPROVAL, KB_AFTER, memo->id);
	while (kb_next(scan))
	{
		bool		isnull;
		Datum		value = kb_get(base, scan->slot, KB_C_MEMO_APPROVAL_approved,
								   &isnull);
		KbWord	   *word;

		if (isnull || !DatumGetBool(value))
			continue;
		value = kb_get(base, scan->slot, KB_C_MEMO_APPROVAL_capacity, &isnull);
		if (isnull)
			continue;
		memo->word = kb_grow(base, memo->word, memo->nword, &max, sizeof(KbWord));
		word = &memo->word[memo->nword++];
		word->capacity = capacity_of(base, value);
		value = kb_get(base, scan->slot, KB_C_MEMO_APPROVAL_unit_id, &isnull);
		word->has_unit = !isnull;
		word->unit_id = isnull ? 0 : DatumGetInt32(value);
	}
}

/* Has a memo a word that is needed? */
static bool
has_word(KbJudgement *judgement, const Memo *memo, const KbWord *needed)
{
	for (int i = 0; i < memo->nword; i++)
		if (memo->word[i].capacity == needed->capacity &&
			covers_unit(judgement->norms, &memo->word[i], needed->has_unit,
						needed->unit_id))
			return true;
	return false;
}

/* A word, for people to read. */
static char *
describe_word(const KbWord *word)
{
	return word->has_unit ?
		psprintf(_("%s over unit %d"), kb_capacity_names[word->capacity], word->unit_id) :
		psprintf(_("%s over all units"), kb_capacity_names[word->capacity]);
}

/* The words that a memo lacks for a change, for people to read; NULL if none. */
static char *
missing_words(KbJudgement *judgement, Memo *memo, const KbChange *change)
{
	Needs		needs;
	StringInfoData missing;

	read_words(judgement, memo);
	find_needs(judgement, change, &needs);
	initStringInfo(&missing);
	for (int i = 0; i < needs.nword; i++)
		if (!has_word(judgement, memo, &needs.word[i]))
			appendStringInfo(&missing, "%s%s", missing.len > 0 ? ", " : "",
							 describe_word(&needs.word[i]));
	if (needs.client_card && !memo->has_card)
		appendStringInfo(&missing, "%s%s", missing.len > 0 ? ", " : "",
						 _("client card"));
	return missing.len > 0 ? missing.data : NULL;
}

/* approval: the memo has every word that the change needs. */
static bool
approval_broken(KbJudgement *judgement, KbChange *change, KbFigures *figures)
{
	Needs		needs;
	Memo	   *memo;
	bool		broken;

	if (!change->covered)
		return false;
	memo = get_memo(judgement, change->memo_id);
	read_words(judgement, memo);
	find_needs(judgement, change, &needs);
	broken = needs.client_card && !memo->has_card;
	for (int i = 0; i < needs.nword && !broken; i++)
		broken = !has_word(judgement, memo, &needs.word[i]);
	if (figures != NULL)
	{
		figures->actual = psprintf(_("memo %lld item %d"),
								   (long long) change->memo_id, change->item_no);
		figures->bound = broken ?
			psprintf(_("the word of %s"), missing_words(judgement, memo, change)) :
			_("all words");
	}
	return broken;
}

/* How near an item comes to covering a change; the nearest is told of. */
typedef enum Nearness
{
	NOT_NEAR,
	OTHER_PEOPLE,
	REJECTED,
	USED,
	DRAFT,
	WAITING
} Nearness;

/* How near an item comes to covering a change that no approved item covers. */
static Nearness
how_near(KbJudgement *judgement, const MemoItem *item)
{
	Memo	   *memo;

	if (!item->covers)
		return item->same_kind ? OTHER_PEOPLE : NOT_NEAR;
	if (item->used)
		return USED;
	memo = get_memo(judgement, item->memo_id);
	switch (memo->state)
	{
		case KB_DRAFT:
			return DRAFT;
		case KB_REJECTED:
			return REJECTED;
		case KB_APPLIED:
			return USED;
		case KB_APPROVED:
			/* taken by this very statement, or approved too late to be locked */
			return memo->is_locked || judgement->reads_only ? USED : WAITING;
		case KB_SUBMITTED:
			break;
	}
	return WAITING;
}

/* The item that comes nearest to covering a change that none covers. */
static Nearness
nearest_item(KbJudgement *judgement, const KbChange *change, MemoItem *best)
{
	KbScan	   *scan = kb_probe(judgement->base, KB_I_ITEM_ORGANIZATION, KB_AFTER,
								change->organization_id);
	Nearness	nearness = NOT_NEAR;

	while (kb_next(scan))
	{
		MemoItem	item;
		Nearness	near;

		read_item(judgement->base, scan->slot, change, &item);
		near = how_near(judgement, &item);
		if (near > nearness)
		{
			nearness = near;
			*best = item;
		}
	}
	return nearness;
}

/* The item that covers a change all but for one thing, for people to read. */
static const char *
almost_covers(KbJudgement *judgement, const KbChange *change)
{
	MemoItem	best;
	const char *fault = NULL;
	Memo	   *memo;
	char	   *missing;

	switch (nearest_item(judgement, change, &best))
	{
		case NOT_NEAR:
			return _("no memo item");
		case OTHER_PEOPLE:
			fault = _("memo %lld item %d is about another manager, head or kind of binding");
			break;
		case REJECTED:
			fault = _("memo %lld item %d is rejected");
			break;
		case USED:
			fault = _("memo %lld item %d is used already");
			break;
		case DRAFT:
			fault = _("memo %lld item %d is a draft");
			break;
		case WAITING:
			memo = get_memo(judgement, best.memo_id);
			missing = missing_words(judgement, memo, change);
			if (missing != NULL)
				return psprintf(_("memo %lld item %d is not approved, it lacks the word of %s"),
								(long long) best.memo_id, best.item_no, missing);
			fault = _("memo %lld item %d is not approved");
			break;
	}
	return psprintf(fault, (long long) best.memo_id, best.item_no);
}

/* memo: an approved item that nobody has used covers the change. */
static bool
memo_broken(KbJudgement *judgement, KbChange *change, KbFigures *figures)
{
	if (figures != NULL)
	{
		figures->actual = change->covered ?
			psprintf(_("memo %lld item %d"), (long long) change->memo_id,
					 change->item_no) :
			almost_covers(judgement, change);
		figures->bound = _("an approved, unused memo item");
	}
	return !change->covered;
}

/* Read who may act as what on the day. */
static void
read_authority(KbJudgement *judgement)
{
	KbBase	   *base = judgement->base;
	Relation	rel = kb_rel(base, KB_AUTHORITY);
	TupleTableSlot *slot;
	TableScanDesc scan;
	Size		max = 0;

	if (judgement->authority != NULL)
		return;
	judgement->authority = kb_grow(base, NULL, 0, &max, sizeof(KbAuthority));
	slot = table_slot_create(rel, NULL);
	scan = table_beginscan(rel, base->snapshot[KB_AFTER], 0, NULL);
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		bool		isnull;
		Datum		value = kb_get(base, slot, KB_C_AUTHORITY_since, &isnull);
		Oid			role;
		KbAuthority *authority;

		if (!isnull && DatumGetDateADT(value) > judgement->day)
			continue;
		value = kb_get(base, slot, KB_C_AUTHORITY_until, &isnull);
		if (!isnull && DatumGetDateADT(value) <= judgement->day)
			continue;
		value = kb_get(base, slot, KB_C_AUTHORITY_role_name, &isnull);
		role = isnull ? InvalidOid : get_role_oid(TextDatumGetCString(value), true);
		if (!OidIsValid(role))
			continue;
		judgement->authority = kb_grow(base, judgement->authority,
									   judgement->nauthority, &max,
									   sizeof(KbAuthority));
		authority = &judgement->authority[judgement->nauthority++];
		authority->role = role;
		authority->is_own = is_member_of_role_nosuper(GetUserId(), role);
		authority->word.capacity =
			capacity_of(base, kb_get(base, slot, KB_C_AUTHORITY_capacity, &isnull));
		value = kb_get(base, slot, KB_C_AUTHORITY_unit_id, &isnull);
		authority->word.has_unit = !isnull;
		authority->word.unit_id = isnull ? 0 : DatumGetInt32(value);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
}

/* May the present role act in a capacity for a unit, or for the whole tree? */
static bool
may_act(KbJudgement *judgement, KbCapacity capacity, bool has_unit, int32 unit_id)
{
	const KbAuthority *held = judgement->authority;

	for (int i = 0; i < judgement->nauthority; i++)
		if (held[i].is_own && held[i].word.capacity == capacity &&
			covers_unit(judgement->norms, &held[i].word, has_unit, unit_id))
			return true;
	return false;
}

/* May the present role act in a capacity for any part of the tree? */
static bool
may_act_somewhere(KbJudgement *judgement, KbCapacity capacity)
{
	const KbAuthority *held = judgement->authority;

	for (int i = 0; i < judgement->nauthority; i++)
		if (held[i].is_own && held[i].word.capacity == capacity)
			return true;
	return false;
}

/*
 * As what one may make a change: any of these will do.  A client analyst of the
 * region of one side; with a central specialization on either side the centre.
 * For a link no word comes out: any client analyst.
 */
static void
find_applicants(KbJudgement *judgement, const KbChange *change, Needs *needs)
{
	const KbManager *sides[2];
	int			nside = 0;
	KbCapacity	capacity = KB_CLIENT_ANALYST;

	memset(needs, 0, sizeof(Needs));
	if (change->has_from)
		sides[nside++] = kb_other_manager(judgement, change->from_manager_id);
	if (change->has_to)
		sides[nside++] = kb_other_manager(judgement, change->to_manager_id);
	for (int i = 0; i < nside; i++)
		if (sides[i]->is_central)
			capacity = KB_CENTRE;
	for (int i = 0; i < nside; i++)
	{
		const KbUnit *region = NULL;

		if (sides[i]->has_post)
			region = kb_unit_above(judgement->norms, sides[i]->unit_id,
								   KB_UNIT_REGION);
		need_word(needs, capacity, region != NULL, region == NULL ? 0 : region->id);
	}
}

/* applicant: whoever makes the change may act as one of those who may. */
static bool
applicant_broken(KbJudgement *judgement, KbChange *change, KbFigures *figures)
{
	Needs		needs;
	bool		may = false;

	read_authority(judgement);
	find_applicants(judgement, change, &needs);
	if (needs.nword == 0)
		may = may_act_somewhere(judgement, KB_CLIENT_ANALYST);
	for (int i = 0; i < needs.nword; i++)
		may |= may_act(judgement, needs.word[i].capacity, needs.word[i].has_unit,
					   needs.word[i].unit_id);
	if (figures != NULL)
	{
		figures->actual = psprintf(_("role %s"), GetUserNameFromId(GetUserId(), false));
		figures->bound = needs.nword > 0 && needs.word[0].capacity == KB_CENTRE ?
			"centre" : _("client_analyst of the region of a side");
	}
	return !may;
}

/* A word and the roles that may give it today, for people to read. */
static char *
describe_speakers(KbJudgement *judgement, const KbWord *needed)
{
	StringInfoData roles;

	read_authority(judgement);
	initStringInfo(&roles);
	for (int i = 0; i < judgement->nauthority; i++)
	{
		const KbAuthority *held = &judgement->authority[i];

		if (held->word.capacity == needed->capacity &&
			covers_unit(judgement->norms, &held->word, needed->has_unit,
						needed->unit_id))
			appendStringInfo(&roles, "%s%s", roles.len > 0 ? ", " : "",
							 GetUserNameFromId(held->role, false));
	}
	return psprintf("%s (%s)", describe_word(needed),
					roles.len > 0 ? roles.data :
					_("nobody yet: see grant_access"));
}

/* Add a sentence to others. */
static void
add_sentence(StringInfo text, const char *sentence)
{
	appendStringInfo(text, "%s%s", text->len > 0 ? " " : "", sentence);
}

/*
 * Add what gets the words and the client card that a change needs: of a memo
 * those that it lacks, of one that is still to be written (NULL) all of them.
 */
static void
add_words(StringInfo remedy, KbJudgement *judgement, Memo *memo, const KbChange *change)
{
	Needs		needs;
	StringInfoData words;

	find_needs(judgement, change, &needs);
	if (needs.client_card && memo == NULL)
		add_sentence(remedy, _("The memo needs a client card."));
	else if (needs.client_card && !memo->has_card)
		add_sentence(remedy, psprintf(_("Add the client card to memo %lld."),
									  (long long) memo->id));
	initStringInfo(&words);
	if (memo != NULL)
		read_words(judgement, memo);
	for (int i = 0; i < needs.nword; i++)
		if (memo == NULL || !has_word(judgement, memo, &needs.word[i]))
			appendStringInfo(&words, "%s%s", words.len > 0 ? ", " : "",
							 describe_speakers(judgement, &needs.word[i]));
	if (words.len > 0)
		add_sentence(remedy, memo == NULL ?
					 psprintf(_("Then have approve_memo called by %s."), words.data) :
					 psprintf(_("Have approve_memo(%lld) called by %s."),
							  (long long) memo->id, words.data));
}

/* The item that would cover a change, column by column. */
static char *
item_columns(const KbChange *change)
{
	static const char *const kinds[] = {"bind", "move", "unbind", "link", "unlink"};
	StringInfoData columns;

	initStringInfo(&columns);
	appendStringInfo(&columns, "change '%s', organization_id %d", kinds[change->kind],
					 change->organization_id);
	if (change->has_from)
		appendStringInfo(&columns, ", from_manager_id %d", change->from_manager_id);
	if (change->has_to)
		appendStringInfo(&columns, ", to_manager_id %d", change->to_manager_id);
	if (change->has_head)
		appendStringInfo(&columns, ", head_id %d", change->head_id);
	else
		appendStringInfo(&columns, ", additional %s",
						 change->additional ? "true" : "false");
	return columns.data;
}

/* Submit and approve the memo that is there, else write one. */
char *
kb_memo_remedy(KbJudgement *judgement, const KbFinding *finding)
{
	const KbChange *change = finding->change;
	MemoItem	best = {0};
	Nearness	nearness = nearest_item(judgement, change, &best);
	Memo	   *memo = nearness >= DRAFT ? get_memo(judgement, best.memo_id) : NULL;
	StringInfoData remedy;

	if (memo != NULL && memo->state == KB_APPROVED)
		return psprintf(_("Memo %lld has been approved meanwhile: try again."),
						(long long) memo->id);
	initStringInfo(&remedy);
	if (memo == NULL)
		add_sentence(&remedy,
					 psprintf(_("Write a memo with a reason and the item (%s), and call submit_memo."),
							  item_columns(change)));
	else if (nearness == DRAFT)
		add_sentence(&remedy, psprintf(_("Call submit_memo(%lld)."),
									   (long long) memo->id));
	add_words(&remedy, judgement, memo, change);
	return remedy.data;
}

/* Get the words and the client card that the approved memo lacks. */
char *
kb_approval_remedy(KbJudgement *judgement, const KbFinding *finding)
{
	StringInfoData remedy;

	initStringInfo(&remedy);
	add_words(&remedy, judgement,
			  get_memo(judgement, finding->change->memo_id), finding->change);
	return remedy.data;
}

/* Let somebody else make the change. */
char *
kb_applicant_remedy(KbJudgement *judgement, const KbFinding *finding)
{
	Needs		needs;
	StringInfoData who;

	find_applicants(judgement, finding->change, &needs);
	if (needs.nword == 0)
		return pstrdup(_("Let a client analyst make the change, or have grant_access make one of this role."));
	initStringInfo(&who);
	for (int i = 0; i < needs.nword; i++)
		appendStringInfo(&who, "%s%s", i == 0 ? "" : _(" or "),
						 describe_speakers(judgement, &needs.word[i]));
	return psprintf(_("Let the change be made by %s."), who.data);
}

/* Apply one of the three rules to a change that cover_change has looked at. */
KbOutcome
kb_apply_memo_rule(KbJudgement *judgement, KbChange *change, KbRuleId rule,
				   KbFigures *figures)
{
	bool		broken;

	switch (rule)
	{
		case KB_R_MEMO:
			broken = memo_broken(judgement, change, figures);
			break;
		case KB_R_APPROVAL:
			broken = approval_broken(judgement, change, figures);
			break;
		case KB_R_APPLICANT:
			broken = applicant_broken(judgement, change, figures);
			break;
		default:
			elog(ERROR, "rule %d is not about memos", (int) rule);
	}
	return broken ? KB_BROKEN : KB_PASSED;
}

/*
 * Find the item of each change and judge it by the three rules.  Items are
 * taken also where the rules are off.
 */
void
kb_judge_changes(KbJudgement *judgement, KbChange *changes, Size n)
{
	bool		look = kb_memos_concern(judgement);

	if (look)
		make_tables(judgement);
	for (Size i = 0; i < n; i++)
	{
		if (look)
			cover_change(judgement, &changes[i]);
		for (int rule = KB_R_MEMO; rule <= KB_R_APPLICANT; rule++)
			if (kb_enforcement(judgement->norms, rule) != KB_ENFORCE_OFF &&
				kb_apply_memo_rule(judgement, &changes[i], rule, NULL) == KB_BROKEN)
				kb_find(judgement, rule, NULL, &changes[i]);
	}
}

/*
 * Find the item of a change that is only supposed: nothing is locked, and the
 * item is left to the next one.
 */
void
kb_suppose_change(KbJudgement *judgement, KbChange *change)
{
	make_tables(judgement);
	if (kb_memos_concern(judgement))
		cover_change(judgement, change);
	if (change->covered)
	{
		ItemKey		key = {.memo_id = change->memo_id,.item_no = change->item_no};

		hash_search(judgement->taken, &key, HASH_REMOVE, NULL);
	}
}

/*
 * Mark the item of a change as used.  Its memo is locked, so that it still is
 * where cover_change has seen it.
 */
static void
use_item(KbWriter *writer, KbBase *base, KbChange *change, TupleTableSlot *slot)
{
	if (!table_tuple_fetch_row_version(kb_rel(base, KB_MEMO_ITEM), &change->item_tid,
									   base->snapshot[KB_AFTER], slot))
		elog(ERROR, "memo " INT64_FORMAT " has lost item %d", change->memo_id,
			 change->item_no);
	kb_set_column(writer, slot, KB_ATTNO(base, KB_C_MEMO_ITEM_used_at),
				  TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()),
				  base->layout->checks_used_at);
}

/*
 * Has a memo an item that is neither used nor taken by this statement?  Items
 * are mostly used from the first to the last, so the last is asked first.
 */
static bool
has_open_item(KbJudgement *judgement, int64 memo_id)
{
	KbBase	   *base = judgement->base;
	KbScan	   *scan = kb_probe(base, KB_I_OPEN_ITEM, KB_AFTER, memo_id);

	while (kb_previous(scan))
	{
		bool		isnull;
		ItemKey		key;

		(void) kb_get(base, scan->slot, KB_C_MEMO_ITEM_used_at, &isnull);
		key.memo_id = memo_id;
		key.item_no = kb_get_int(base, scan->slot, KB_C_MEMO_ITEM_item_no);
		if (isnull && hash_search(judgement->taken, &key, HASH_FIND, NULL) == NULL)
			return true;
	}
	return false;
}

/* Mark the items of changes as used, and memos applied whose last one it was. */
void
kb_use_items(KbJudgement *judgement, KbChange *changes, Size n)
{
	KbBase	   *base = judgement->base;
	KbWriter   *items = NULL;
	KbWriter   *memos = NULL;
	TupleTableSlot *slot = NULL;
	HASH_SEQ_STATUS status;
	Memo	   *memo;

	for (Size i = 0; i < n; i++)
	{
		if (!changes[i].covered)
			continue;
		if (items == NULL)
		{
			items = kb_begin_write(base, KB_MEMO_ITEM);
			slot = table_slot_create(kb_rel(base, KB_MEMO_ITEM), NULL);
		}
		use_item(items, base, &changes[i], slot);
		get_memo(judgement, changes[i].memo_id)->is_used = true;
	}
	if (items == NULL)
		return;
	ExecDropSingleTupleTableSlot(slot);
	kb_end_write(items);

	hash_seq_init(&status, judgement->memos);
	while ((memo = hash_seq_search(&status)) != NULL)
	{
		KbScan	   *scan;

		if (!memo->is_used || has_open_item(judgement, memo->id))
			continue;
		if (memos == NULL)
			memos = kb_begin_write(base, KB_MEMO);
		scan = kb_probe(base, KB_I_MEMO, KB_AFTER, memo->id);
		if (kb_next(scan))
			kb_set_column(memos, scan->slot, KB_ATTNO(base, KB_C_MEMO_state),
						  ObjectIdGetDatum(base->layout->memo_state[KB_APPLIED]),
						  base->layout->checks_state);
	}
	if (memos != NULL)
		kb_end_write(memos);
}

/* The change that an item is about. */
static void
change_of_item(KbBase *base, TupleTableSlot *slot, KbChange *change)
{
	bool		isnull;
	Datum		value = kb_get(base, slot, KB_C_MEMO_ITEM_change, &isnull);

	memset(change, 0, sizeof(KbChange));
	for (int kind = KB_BIND; kind <= KB_UNLINK; kind++)
		if (!isnull && base->layout->change_kind[kind] == DatumGetObjectId(value))
			change->kind = kind;
	value = kb_get(base, slot, KB_C_MEMO_ITEM_organization_id, &isnull);
	change->organization_id = isnull ? 0 : DatumGetInt32(value);
	value = kb_get(base, slot, KB_C_MEMO_ITEM_from_manager_id, &isnull);
	change->has_from = !isnull;
	change->from_manager_id = isnull ? 0 : DatumGetInt32(value);
	value = kb_get(base, slot, KB_C_MEMO_ITEM_to_manager_id, &isnull);
	change->has_to = !isnull;
	change->to_manager_id = isnull ? 0 : DatumGetInt32(value);
	change->new_pair = change->has_to;
}

/* Put one word that an item needs into the result. */
static void
put_word(ReturnSetInfo *result, int32 item_no, const char *capacity,
		 const KbWord *word, bool given)
{
	Datum		values[4];
	bool		nulls[4] = {false};

	values[0] = Int32GetDatum(item_no);
	values[1] = CStringGetTextDatum(capacity);
	nulls[2] = word == NULL || !word->has_unit;
	values[2] = nulls[2] ? 0 : Int32GetDatum(word->unit_id);
	values[3] = BoolGetDatum(given);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * memo_words(base regnamespace, memo_id bigint) returns setof record: the words
 * that each item of a memo needs today, a client card among them, and whether
 * the memo has them.  Stable.  The same function decides when an item is used.
 * Errors: 42501 without SELECT on binding, memo and memo_item.  Policy: section 4,
 * approval.
 */
Datum
kbnorms_memo_words(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	KbJudgement *judgement;
	KbBase	   *base;
	KbScan	   *scan;
	Memo	   *memo;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	judgement = kb_begin_reading(PG_GETARG_OID(0), kb_today());
	base = judgement->base;
	kb_require_select(base, KB_MEMO);
	kb_require_select(base, KB_MEMO_ITEM);
	memo = get_memo(judgement, PG_GETARG_INT64(1));
	read_words(judgement, memo);
	scan = kb_probe(base, KB_I_ITEM_MEMO, KB_AFTER, memo->id);
	while (kb_next(scan))
	{
		KbChange	change;
		Needs		needs;
		int32		item_no = kb_get_int(base, scan->slot, KB_C_MEMO_ITEM_item_no);

		KbBindingRow gone = {0};

		change_of_item(base, scan->slot, &change);
		gone.organization_id = change.organization_id;
		gone.manager_id = change.from_manager_id;
		kb_suppose(base, NULL, 0, &gone, change.has_from ? 1 : 0);
		find_needs(judgement, &change, &needs);
		for (int i = 0; i < needs.nword; i++)
			put_word(result, item_no, kb_capacity_names[needs.word[i].capacity],
					 &needs.word[i],
					 has_word(judgement, memo, &needs.word[i]));
		if (needs.client_card)
			put_word(result, item_no, "client_card", NULL, memo->has_card);
	}
	kb_close_base(base);
	return (Datum) 0;
}
