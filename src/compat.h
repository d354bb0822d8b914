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

#endif							/* KBNORMS_COMPAT_H */
