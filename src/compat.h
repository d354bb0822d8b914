/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  What differs between the PostgreSQL versions that kbnorms builds on
 *	  (15 to 18).  No other file asks for a version.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KBNORMS_COMPAT_H
#define KBNORMS_COMPAT_H

/*
 * Soft errors of input functions came with 16: an input function reports to
 * its caller by ereturn().  Before it every error is raised.
 */
#if PG_VERSION_NUM < 160000
#define ereturn(escontext, dummy_value, ...) \
	do { \
		(void) (escontext); \
		ereport(ERROR, __VA_ARGS__); \
	} while (0)
#endif

/* One check of ownership for every kind of object came with 16. */
#if PG_VERSION_NUM < 160000
#define object_ownercheck(classid, objectid, roleid) \
	(AssertMacro((classid) == NamespaceRelationId), \
	 pg_namespace_ownercheck(objectid, roleid))
#endif

/* What a check hook leaves for its assign hook has memory of its own from 16. */
#if PG_VERSION_NUM < 160000
#define guc_malloc(elevel, size) malloc(size)
#define guc_free(pointer) free(pointer)
#endif

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* PostgreSQL 18: index scans take a place to count their work in */
#if PG_VERSION_NUM >= 180000
#define kb_index_beginscan(heap, index, snapshot, nkeys) \
	index_beginscan(heap, index, snapshot, NULL, nkeys, 0)
#else
#define kb_index_beginscan(heap, index, snapshot, nkeys) \
	index_beginscan(heap, index, snapshot, nkeys, 0)
#endif

/* PostgreSQL 17: the sequence of an identity column is asked of the relation */
#if PG_VERSION_NUM >= 170000
#define kb_identity_sequence(rel, attno) getIdentitySequence(rel, attno, true)
#else
#define kb_identity_sequence(rel, attno) \
	getIdentitySequence(RelationGetRelid(rel), attno, true)
#endif

/* PostgreSQL 16: index entries of an update may be left out for summaries */
#if PG_VERSION_NUM >= 160000
#define kb_insert_index_tuples(rri, slot, estate, only_summarizing) \
	ExecInsertIndexTuples(rri, slot, estate, false, false, NULL, NIL, \
						  only_summarizing)
#else
#define kb_insert_index_tuples(rri, slot, estate, only_summarizing) \
	ExecInsertIndexTuples(rri, slot, estate, false, false, NULL, NIL)
#endif

/* PostgreSQL 16: a map of columns may leave some out */
#if PG_VERSION_NUM >= 160000
#define kb_build_attrmap(from, to) build_attrmap_by_name_if_req(from, to, false)
#else
#define kb_build_attrmap(from, to) build_attrmap_by_name_if_req(from, to)
#endif

/* PostgreSQL 16: an update says which indexes it needs entries in */
#if PG_VERSION_NUM >= 160000
#include "access/tableam.h"
typedef TU_UpdateIndexes kb_update_indexes;
#define kb_only_summarizing(update_indexes) ((update_indexes) == TU_Summarizing)
#else
typedef bool kb_update_indexes;
#define kb_only_summarizing(update_indexes) false
#endif

#endif							/* KBNORMS_COMPAT_H */
