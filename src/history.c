/*-------------------------------------------------------------------------
 *
 * history.c
 *	  What the log says of the past of clients and managers.
 *
 * The log is read as it was before the statement: the statement's own changes
 * are told by the two states of binding, for a MERGE or a statement with
 * data-modifying CTEs logs its parts one after another.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"

#include "engine.h"

/* A holding of an organization. */
typedef struct Tenure
{
	int32		manager_id;
	DateADT		since;
	DateADT		until;			/* first day after it */
	bool		additional;
	int64		log_id;			/* order of those that ended on one day */
} Tenure;

/* Tenures that grow. */
typedef struct Tenures
{
	Size		n;
	Size		max;
	Tenure	   *tenure;
} Tenures;

/* Take a holding that has ended from a row of the log; false if it is none. */
static bool
read_tenure(KbBase *base, TupleTableSlot *slot, Tenure *tenure)
{
	bool		lasts;
	bool		isnull;

	tenure->until = DatumGetDateADT(kb_get(base, slot, KB_C_BINDING_LOG_unbound_on,
										   &lasts));
	tenure->manager_id = DatumGetInt32(kb_get(base, slot,
											  KB_C_BINDING_LOG_manager_id, &isnull));
	if (lasts || isnull)
		return false;
	tenure->since = DatumGetDateADT(kb_get(base, slot, KB_C_BINDING_LOG_bound_on,
										   &isnull));
	tenure->additional = DatumGetBool(kb_get(base, slot, KB_C_BINDING_LOG_additional,
											 &isnull));
	tenure->log_id = DatumGetInt64(kb_get(base, slot, KB_C_BINDING_LOG_id, &isnull));
	return true;
}

/*
 * Is a row of the state before the statement, or what an UPDATE made of it,
 * still the row of its pair?  Not if the pair ended, even if another row of the
 * statement has made it again: that is an end in the log, too.
 */
static bool
is_continued(KbJudgement *judgement, TupleTableSlot *before)
{
	KbBase	   *base = judgement->base;
	HeapTuple	tuple = ExecFetchSlotHeapTuple(before, false, NULL);
	ItemPointer successor = &tuple->t_data->t_ctid;
	KbScan	   *after;

	after = kb_probe_pair(base, KB_AFTER,
						  kb_get_int(base, before, KB_C_BINDING_organization_id),
						  kb_get_int(base, before, KB_C_BINDING_manager_id));
	/* What is only supposed to be bound again has no place. */
	return kb_next(after) && ItemPointerIsValid(&after->slot->tts_tid) &&
		(ItemPointerEquals(&after->slot->tts_tid, &before->tts_tid) ||
		 ItemPointerEquals(&after->slot->tts_tid, successor));
}

/*
 * Has another main binding of the pair's organization ended in the statement
 * itself?  Turning it into an additional one ends none.
 */
static bool
main_binding_ended(KbJudgement *judgement, const KbPair *pair)
{
	KbBase	   *base = judgement->base;
	KbScan	   *scan = kb_probe(base, KB_I_BINDING_ORGANIZATION, KB_BEFORE,
								pair->organization_id);

	while (kb_next(scan))
	{
		bool		isnull;

		if (!DatumGetBool(kb_get(base, scan->slot, KB_C_BINDING_additional, &isnull)) &&
			kb_get_int(base, scan->slot, KB_C_BINDING_manager_id) != pair->manager_id &&
			!is_continued(judgement, scan->slot))
			return true;
	}
	return false;
}

/*
 * Has a main binding of the pair's organization ended after the pair was bound,
 * the statement's own ends included?  Gives the latest end.  The log is read as
 * it was before the statement: its own rows are told by the states of binding.
 */
bool
kb_ended_after(KbJudgement *judgement, const KbPair *pair, DateADT *end)
{
	KbBase	   *base = judgement->base;
	KbScan	   *scan = kb_probe(base, KB_I_LOG_ORGANIZATION, KB_BEFORE,
								pair->organization_id);

	*end = pair->bound_on;
	while (kb_next(scan))
	{
		Tenure		tenure;

		if (read_tenure(base, scan->slot, &tenure) && !tenure.additional &&
			tenure.until > *end)
			*end = tenure.until;
	}
	if (*end < judgement->day && main_binding_ended(judgement, pair))
		*end = judgement->day;
	return *end > pair->bound_on;
}

/*
 * Until when did the pair's manager last hold any organization of its account?
 * False if he never did.  What was ended on the day it began held nothing.
 */
bool
kb_was_his_until(KbJudgement *judgement, const KbPair *pair, DateADT *end)
{
	KbBase	   *base = judgement->base;
	KbIds		members = {0};
	bool		found = false;

	kb_account_members(base, pair->organization->account_id, &members);
	for (int i = 0; i < members.n; i++)
	{
		KbScan	   *scan = kb_probe(base, KB_I_LOG_ORGANIZATION, KB_BEFORE,
									members.id[i]);

		while (kb_next(scan))
		{
			Tenure		tenure;

			if (!read_tenure(base, scan->slot, &tenure) ||
				tenure.manager_id != pair->manager_id ||
				tenure.since >= tenure.until ||
				(found && tenure.until <= *end))
				continue;
			found = true;
			*end = tenure.until;
		}
	}
	kb_free_ids(&members);
	return found;
}

/* Is there a limit of new clients a day, and a rule that asks for it? */
bool
kb_limits_intake(const KbNorms *norms, DateADT day)
{
	return kb_policy(norms, day)->max_new_accounts_per_day != KB_NO_LIMIT &&
		kb_enforcement(norms, KB_R_INTAKE_LIMIT) != KB_ENFORCE_OFF;
}

/* Is there a limit of moves, and a rule that asks for it? */
bool
kb_limits_moves(const KbNorms *norms, DateADT day)
{
	const KbPolicy *policy = kb_policy(norms, day);

	return policy->max_moves != KB_NO_LIMIT && policy->move_days != KB_NO_LIMIT &&
		kb_enforcement(norms, KB_R_MOVE_LIMIT) != KB_ENFORCE_OFF;
}

/* Add those accounts of one ascending list that another one lacks. */
static void
add_difference(KbBase *base, const KbIds *all, const KbIds *but, KbIds *to)
{
	int			j = 0;

	for (int i = 0; i < all->n; i++)
	{
		while (j < but->n && but->id[j] < all->id[i])
			j++;
		if (j == but->n || but->id[j] != all->id[i])
			kb_add_id(base, to, all->id[i]);
	}
}

/*
 * Find out how many accounts new to his base a manager has taken on the day
 * judged, without and with the statement.  What he has given away again counts
 * too, and one that he took twice once.
 */
void
kb_count_taken(KbJudgement *judgement, KbManager *manager)
{
	KbBase	   *base = judgement->base;
	KbIds		taken = {0};
	KbIds		before = {0};
	KbIds		after = {0};
	KbScan	   *scan;

	if (manager->has_taken)
		return;
	scan = kb_probe_two(base, KB_I_LOG_TAKEN, KB_BEFORE, manager->id,
						judgement->day);
	while (kb_next(scan))
	{
		int32		id = kb_get_int(base, scan->slot,
									KB_C_BINDING_LOG_organization_id);
		KbOrganization organization;

		kb_add_id(base, &taken,
				  kb_read_organization(base, KB_AFTER, id, &organization) ?
				  organization.account_id : id);
	}
	taken.n = kb_sort_ids(taken.id, taken.n);
	manager->taken_before = taken.n;

	kb_held_accounts(judgement, manager->id, KB_BEFORE, NULL, &before);
	kb_held_accounts(judgement, manager->id, KB_AFTER, NULL, &after);
	add_difference(base, &after, &before, &taken);
	manager->taken_after = kb_sort_ids(taken.id, taken.n);
	manager->has_taken = true;
	kb_free_ids(&taken);
	kb_free_ids(&before);
	kb_free_ids(&after);
}

/* Order of tenures in time. */
static int
compare_tenures(const void *a, const void *b)
{
	const Tenure *x = a;
	const Tenure *y = b;

	if (x->until != y->until)
		return x->until < y->until ? -1 : 1;
	return (x->log_id > y->log_id) - (x->log_id < y->log_id);
}

/* Add a tenure. */
static void
add_tenure(KbBase *base, Tenures *tenures, const Tenure *tenure)
{
	tenures->tenure = kb_grow(base, tenures->tenure, tenures->n, &tenures->max,
							  sizeof(Tenure));
	tenures->tenure[tenures->n++] = *tenure;
}

/* Add who has an organization as its main manager in a state of binding. */
static void
add_main_holder(KbJudgement *judgement, int32 organization_id, KbWhen when,
				Tenures *tenures)
{
	KbBase	   *base = judgement->base;
	KbScan	   *scan = kb_probe(base, KB_I_BINDING_ORGANIZATION, when,
								organization_id);
	Size		first = tenures->n;

	while (kb_next(scan))
	{
		KbBindingRow row;
		Tenure		tenure = {0};

		kb_binding_row(base, scan->slot, &row);
		if (row.additional)
			continue;
		if (when == KB_BEFORE && is_continued(judgement, scan->slot))
			continue;
		/* Two are there only in what is supposed: the one that is added. */
		if (when == KB_AFTER)
			tenures->n = first;
		tenure.manager_id = row.manager_id;
		tenure.since = row.bound_on;
		tenure.until = when == KB_BEFORE ? judgement->day : DATEVAL_NOEND;
		tenure.log_id = PG_INT64_MAX;
		add_tenure(base, tenures, &tenure);
	}
}

/*
 * Who had an organization as its main manager, one after another: by the log,
 * what the statement has ended, and who has it now.
 */
static void
find_tenures(KbJudgement *judgement, int32 organization_id, Tenures *tenures)
{
	KbBase	   *base = judgement->base;
	KbScan	   *scan = kb_probe(base, KB_I_LOG_ORGANIZATION, KB_BEFORE,
								organization_id);
	Tenure		tenure;

	tenures->n = 0;
	while (kb_next(scan))
		if (read_tenure(base, scan->slot, &tenure) && !tenure.additional)
			add_tenure(base, tenures, &tenure);
	add_main_holder(judgement, organization_id, KB_BEFORE, tenures);
	add_main_holder(judgement, organization_id, KB_AFTER, tenures);
	if (tenures->n > 1)
		qsort(tenures->tenure, tenures->n, sizeof(Tenure), compare_tenures);
}

/*
 * Does the pair, as its organization's main binding, take it from another
 * manager, by a move or after he had it last?
 */
bool
kb_is_moved(KbJudgement *judgement, const KbPair *pair)
{
	Tenures		tenures = {0};
	bool		moved;

	find_tenures(judgement, pair->organization_id, &tenures);
	moved = tenures.n > 1 &&
		tenures.tenure[tenures.n - 2].manager_id != pair->manager_id;
	if (tenures.tenure != NULL)
		pfree(tenures.tenure);
	return moved;
}

/* An organization's way from one main manager to the next. */
typedef struct Move
{
	DateADT		day;
	int32		from;
	int32		to;
	int32		organization_id;
} Move;

/* Order of moves: those that may be one move of the client come together. */
static int
compare_moves(const void *a, const void *b)
{
	const Move *x = a;
	const Move *y = b;

	if (x->day != y->day)
		return x->day < y->day ? -1 : 1;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->to != y->to)
		return x->to < y->to ? -1 : 1;
	return (x->organization_id > y->organization_id) -
		(x->organization_id < y->organization_id);
}

/*
 * Of moves that are sorted, how many moves of the client are they?  What goes
 * from one manager to another on one day is one move, unless an organization
 * goes there more than once.
 */
static int
count_moves(const Move *move, Size n)
{
	int			count = 0;

	for (Size i = 0; i < n;)
	{
		const Move *first = &move[i];
		int32		organization_id = first->organization_id;
		int			most = 0;
		int			times = 0;

		for (; i < n && move[i].day == first->day && move[i].from == first->from &&
			 move[i].to == first->to; i++)
		{
			times = move[i].organization_id == organization_id ? times + 1 : 1;
			organization_id = move[i].organization_id;
			most = Max(most, times);
		}
		count += most;
	}
	return count;
}

/* Moves that grow. */
typedef struct Moves
{
	Size		n;
	Size		max;
	Move	   *move;
} Moves;

/* The moves of a client after a day, in order, the statement's included. */
static void
find_moves(KbJudgement *judgement, int32 account_id, DateADT after, Moves *moves)
{
	KbBase	   *base = judgement->base;
	KbIds		members = {0};
	Tenures		tenures = {0};

	kb_account_members(base, account_id, &members);
	for (int i = 0; i < members.n; i++)
	{
		find_tenures(judgement, members.id[i], &tenures);
		for (Size t = 1; t < tenures.n; t++)
		{
			const Tenure *from = &tenures.tenure[t - 1];
			const Tenure *to = &tenures.tenure[t];

			if (from->manager_id == to->manager_id || to->since <= after)
				continue;
			moves->move = kb_grow(base, moves->move, moves->n, &moves->max,
								  sizeof(Move));
			moves->move[moves->n++] = (Move)
			{
				to->since, from->manager_id, to->manager_id, members.id[i]
			};
		}
	}
	if (moves->n > 1)
		qsort(moves->move, moves->n, sizeof(Move), compare_moves);
	if (tenures.tenure != NULL)
		pfree(tenures.tenure);
	kb_free_ids(&members);
}

/* How many moves of a client after a day are there, the statement's included? */
int
kb_count_moves(KbJudgement *judgement, int32 account_id, DateADT after)
{
	Moves		moves = {0};
	int			count;

	find_moves(judgement, account_id, after, &moves);
	count = count_moves(moves.move, moves.n);
	if (moves.move != NULL)
		pfree(moves.move);
	return count;
}

/*
 * The first day on which a pair that moves its client could be made, by the
 * limit of moves: the pair's own move is one, and the others grow old.
 */
DateADT
kb_may_move_on(KbJudgement *judgement, const KbPair *pair)
{
	const KbPolicy *policy = kb_policy(judgement->norms, judgement->day);
	Moves		moves = {0};
	DateADT		day = judgement->day;
	Size		first = 0;

	find_moves(judgement, pair->organization->account_id, day - policy->move_days,
			   &moves);
	for (Size i = 0; i < moves.n; i++)
		if (moves.move[i].organization_id == pair->organization_id &&
			moves.move[i].to == pair->manager_id && moves.move[i].day == pair->bound_on)
		{
			memmove(&moves.move[i], &moves.move[i + 1],
					(--moves.n - i) * sizeof(Move));
			break;
		}
	while (1 + count_moves(moves.move + first, moves.n - first) > policy->max_moves)
	{
		day = moves.move[first].day + policy->move_days;
		while (first < moves.n && moves.move[first].day + policy->move_days <= day)
			first++;
	}
	return day;
}
