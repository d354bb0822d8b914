/*-------------------------------------------------------------------------
 *
 * partitions.c
 *	  Looking rows up in a table that a company has partitioned.
 *
 * The log may be partitioned.  A probe of it is then a probe of each partition
 * through that partition's own index, one after another, and the rows are given
 * in the parent's layout, whatever order of columns a partition has.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/attmap.h"
#include "access/genam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/tupconvert.h"
#include "catalog/partition.h"
#include "partitioning/partdesc.h"

#include "compat.h"
#include "engine.h"

/* One partition, at the leaves of the tree. */
struct KbPart
{
	KbPart	   *next;
	Relation	rel;
	Relation	index;
	IndexScanDesc desc;
	TupleTableSlot *slot;		/* as the partition is laid out */
	AttrMap    *map;			/* to the parent's layout; NULL: the same */
};

/* Begin to scan the partitions below a table, by those of its index. */
static void
add_parts(KbScan *scan, Relation parent, Oid parent_index, Snapshot snapshot)
{
	PartitionDesc partitions = RelationGetPartitionDesc(parent, true);

	for (int i = 0; i < partitions->nparts; i++)
	{
		Relation	rel = table_open(partitions->oids[i], AccessShareLock);
		Oid			index = index_get_partition(rel, parent_index);
		KbPart	   *part;

		if (!OidIsValid(index))
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("partition \"%s\" lacks an index that the rule engine needs",
							RelationGetRelationName(rel)),
					 errhint("Create the indexes on the partitioned table, not on its partitions.")));
		if (rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE)
		{
			add_parts(scan, rel, index, snapshot);
			table_close(rel, NoLock);
			continue;
		}
		part = palloc0(sizeof(KbPart));
		part->rel = rel;
		part->index = index_open(index, AccessShareLock);
		part->desc = kb_index_beginscan(rel, part->index, snapshot, scan->nkeys);
		part->slot = table_slot_create(rel, NULL);
		part->map = kb_build_attrmap(RelationGetDescr(rel),
									 scan->slot->tts_tupleDescriptor);
		part->next = scan->parts;
		scan->parts = part;
	}
}

/* Begin the scans of a partitioned table's partitions; the slot is made. */
void
kb_begin_parts(KbScan *scan, Relation rel, Snapshot snapshot)
{
	add_parts(scan, rel, RelationGetRelid(scan->index), snapshot);
}

/* Look for the scan's keys, from the first partition on. */
void
kb_rescan_parts(KbScan *scan)
{
	for (KbPart *part = scan->parts; part != NULL; part = part->next)
		index_rescan(part->desc, scan->key, scan->nkeys, NULL, 0);
	scan->part = scan->parts;
}

/* Fetch the next row of any partition into the scan's slot. */
bool
kb_next_of_parts(KbScan *scan)
{
	for (; scan->part != NULL; scan->part = scan->part->next)
	{
		KbPart	   *part = scan->part;

		if (!index_getnext_slot(part->desc, ForwardScanDirection, part->slot))
			continue;
		if (part->map != NULL)
			execute_attr_map_slot(part->map, part->slot, scan->slot);
		else
			ExecCopySlot(scan->slot, part->slot);
		return true;
	}
	return false;
}

/* End the scans; the locks stay until the end of the transaction. */
void
kb_end_parts(KbScan *scan)
{
	for (KbPart *part = scan->parts; part != NULL; part = part->next)
	{
		index_endscan(part->desc);
		index_close(part->index, AccessShareLock);
		ExecDropSingleTupleTableSlot(part->slot);
		table_close(part->rel, NoLock);
	}
}
