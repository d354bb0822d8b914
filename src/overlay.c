/*-------------------------------------------------------------------------
 *
 * overlay.c
 *	  Bindings that are only supposed to be, or to be gone.
 *
 * Whoever asks what the rules would say of changes that nobody has made looks
 * at a state after them that is in no table: the present bindings, some of them
 * taken away and others added.  Probes of binding in the state after the
 * statement see them so (base.c), whichever index they use; the state before it
 * is as it is.  So the rules judge what is supposed by the same code, and by the
 * same reading, as what has been done.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "executor/tuptable.h"
#include "utils/memutils.h"

#include "engine.h"

/* The supposed changes, kept in the order of each index. */
struct KbOverlay
{
	Size		nadded;
	Size		maxadded;
	KbBindingRow *by_organization;	/* added, by organization and manager */
	KbBindingRow *by_manager;	/* the same, by manager and organization */
	Size		ngone;
	Size		maxgone;
	KbBindingRow *gone;			/* by organization and manager */
	KbBindingRow *gone_by_manager;
};

/* Order of two pairs of ids. */
static int
compare_ids(int32 a1, int32 a2, int32 b1, int32 b2)
{
	return a1 != b1 ? (a1 < b1 ? -1 : 1) : (a2 > b2) - (a2 < b2);
}

/* Order of rows by organization, then manager. */
static int
compare_by_organization(const void *a, const void *b)
{
	const KbBindingRow *x = a;
	const KbBindingRow *y = b;

	return compare_ids(x->organization_id, x->manager_id,
					   y->organization_id, y->manager_id);
}

/* Order of rows by manager, then organization. */
static int
compare_by_manager(const void *a, const void *b)
{
	const KbBindingRow *x = a;
	const KbBindingRow *y = b;

	return compare_ids(x->manager_id, x->organization_id,
					   y->manager_id, y->organization_id);
}

/* Keep rows in both orders; the room of what was kept before is used again. */
static void
keep_rows(KbBase *base, const KbBindingRow *rows, Size n, Size *max,
		  KbBindingRow **by_organization, KbBindingRow **by_manager)
{
	if (n > *max)
	{
		*max = n;
		*by_organization = MemoryContextAllocHuge(base->context,
												  n * sizeof(KbBindingRow));
		*by_manager = MemoryContextAllocHuge(base->context,
											 n * sizeof(KbBindingRow));
	}
	if (n == 0)
		return;
	memcpy(*by_organization, rows, n * sizeof(KbBindingRow));
	memcpy(*by_manager, rows, n * sizeof(KbBindingRow));
	qsort(*by_organization, n, sizeof(KbBindingRow), compare_by_organization);
	qsort(*by_manager, n, sizeof(KbBindingRow), compare_by_manager);
}

/*
 * Suppose that some bindings were added after the statement and others gone,
 * instead of what was supposed before.  Justifications are not copied: they have
 * to live as long as that is supposed.
 */
void
kb_suppose(KbBase *base, const KbBindingRow *added, Size nadded,
		   const KbBindingRow *gone, Size ngone)
{
	KbOverlay  *overlay = base->overlay;

	if (overlay == NULL)
		overlay = base->overlay = MemoryContextAllocZero(base->context,
														 sizeof(KbOverlay));
	keep_rows(base, added, nadded, &overlay->maxadded,
			  &overlay->by_organization, &overlay->by_manager);
	overlay->nadded = nadded;
	keep_rows(base, gone, ngone, &overlay->maxgone, &overlay->gone,
			  &overlay->gone_by_manager);
	overlay->ngone = ngone;
}

/* The place of the first of some ordered rows that is not below a key. */
static Size
lower_bound(const KbBindingRow *rows, Size n, const KbBindingRow *key,
			int (*compare) (const void *, const void *))
{
	Size		low = 0;

	while (low < n)
	{
		Size		middle = low + (n - low) / 2;

		if (compare(&rows[middle], key) < 0)
			low = middle + 1;
		else
			n = middle;
	}
	return low;
}

/*
 * The rows that an index finds for a key; returns how many they are.  The second
 * key is asked for by the index of pairs alone.
 */
static Size
find_rows(const KbBindingRow *by_organization, const KbBindingRow *by_manager, Size n,
		  KbIndex index, int32 first, int32 second, const KbBindingRow **rows)
{
	KbBindingRow key = {.organization_id = PG_INT32_MIN,.manager_id = PG_INT32_MIN};
	Size		from;
	Size		found = 0;

	if (index == KB_I_BINDING_MANAGER)
	{
		key.manager_id = first;
		from = lower_bound(by_manager, n, &key, compare_by_manager);
		*rows = by_manager + from;
		while (from + found < n && (*rows)[found].manager_id == first)
			found++;
		return found;
	}
	key.organization_id = first;
	if (index == KB_I_BINDING_PAIR)
		key.manager_id = second;
	from = lower_bound(by_organization, n, &key, compare_by_organization);
	*rows = by_organization + from;
	while (from + found < n && (*rows)[found].organization_id == first &&
		   (index != KB_I_BINDING_PAIR || (*rows)[found].manager_id == second))
		found++;
	return found;
}

/* Look up what is supposed beside what a probe of binding finds. */
void
kb_probe_overlay(KbBase *base, KbIndex index, KbScan *scan)
{
	const KbOverlay *overlay = base->overlay;

	scan->base = base;
	scan->nsupposed = find_rows(overlay->by_organization, overlay->by_manager,
								overlay->nadded, index,
								DatumGetInt32(scan->key[0].sk_argument),
								DatumGetInt32(scan->key[1].sk_argument),
								&scan->supposed);
}

/* Is the row that a probe has found supposed to be gone? */
bool
kb_is_supposed_gone(KbScan *scan)
{
	KbBase	   *base = scan->base;
	const KbOverlay *overlay = base->overlay;
	const KbBindingRow *rows;

	return overlay->ngone > 0 &&
		find_rows(overlay->gone, overlay->gone_by_manager, overlay->ngone,
				  KB_I_BINDING_PAIR,
				  kb_get_int(base, scan->slot, KB_C_BINDING_organization_id),
				  kb_get_int(base, scan->slot, KB_C_BINDING_manager_id),
				  &rows) > 0;
}

/* Fetch the next row that is supposed into the slot of a probe, if there is one. */
bool
kb_next_supposed(KbScan *scan)
{
	KbBase	   *base = scan->base;
	const AttrNumber *attno = base->layout->attno;
	TupleDesc	desc = RelationGetDescr(kb_rel(base, KB_BINDING));
	const KbBindingRow *row = scan->supposed;
	Datum		values[MaxHeapAttributeNumber];
	bool		nulls[MaxHeapAttributeNumber];

	if (scan->nsupposed == 0)
		return false;
	scan->nsupposed--;
	scan->supposed++;
	memset(nulls, true, desc->natts);
#define SET_COLUMN(column, value) \
	(values[attno[column] - 1] = (value), nulls[attno[column] - 1] = false)
	SET_COLUMN(KB_C_BINDING_organization_id, Int32GetDatum(row->organization_id));
	SET_COLUMN(KB_C_BINDING_manager_id, Int32GetDatum(row->manager_id));
	SET_COLUMN(KB_C_BINDING_bound_on, DateADTGetDatum(row->bound_on));
	SET_COLUMN(KB_C_BINDING_additional, BoolGetDatum(row->additional));
	if (row->has_exception)
		SET_COLUMN(KB_C_BINDING_territory_exception, row->exception);
#undef SET_COLUMN
	ExecForceStoreHeapTuple(heap_form_tuple(desc, values, nulls), scan->slot, true);
	return true;
}

/* The rows of a manager that are supposed to be added, and those to be gone. */
void
kb_supposed_of(KbBase *base, int32 manager_id, const KbBindingRow **added,
			   Size *nadded, const KbBindingRow **gone, Size *ngone)
{
	const KbOverlay *overlay = base->overlay;

	*nadded = find_rows(overlay->by_organization, overlay->by_manager,
						overlay->nadded, KB_I_BINDING_MANAGER, manager_id, 0, added);
	*ngone = find_rows(overlay->gone, overlay->gone_by_manager, overlay->ngone,
					   KB_I_BINDING_MANAGER, manager_id, 0, gone);
}
