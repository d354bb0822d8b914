/*-------------------------------------------------------------------------
 *
 * jobs.c
 *	  At most one run of a job at a time.
 *
 * A job commits its progress, so the lock that marks it as running has to
 * outlive its transactions, yet must not outlive the job: not when its session
 * ends, and not when it fails or is cancelled in a session that goes on.  That
 * is how PostgreSQL treats a session-level lock of the default method, which it
 * drops at the first abort, as for VACUUM.  Its tag names the base's schema as
 * an object of a class that does not exist, with the job's code hashed into
 * it, and so conflicts with no other lock.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/builtins.h"

#include "exempt.h"
#include "kbnorms.h"

PG_FUNCTION_INFO_V1(kbnorms_lock_job);
PG_FUNCTION_INFO_V1(kbnorms_unlock_job);

/* The lock that stands for a running job of a base. */
static LOCKTAG
job_tag(Oid base, text *job)
{
	uint32		code = hash_bytes((const unsigned char *) VARDATA_ANY(job),
								  VARSIZE_ANY_EXHDR(job));
	LOCKTAG		tag;

	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, InvalidOid, base, (uint16) code);
	return tag;
}

/*
 * lock_job(base regnamespace, job text) returns boolean: take the lock of a
 * job, or say that another session has it.  For the owner alone: others could
 * keep the job from running.  An error where the calling procedure could not
 * commit: it has to be said before anything is done.
 */
Datum
kbnorms_lock_job(PG_FUNCTION_ARGS)
{
	text	   *job = PG_GETARG_TEXT_PP(1);
	LOCKTAG		tag = job_tag(PG_GETARG_OID(0), job);

	(void) kb_base_of_owner(PG_GETARG_OID(0));
	if (RecoveryInProgress())
		ereport(ERROR,
				(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
				 errmsg("%s cannot run on a standby server",
						text_to_cstring(job)),
				 errdetail("It writes, and a standby takes its changes from the primary."),
				 errhint("Call it on the primary; once this server is promoted it goes on with what is owed.")));
	if (!SPI_inside_nonatomic_context())
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("%s cannot run inside a transaction block",
						text_to_cstring(job)),
				 errdetail("It commits its progress batch by batch."),
				 errhint("Call it at top level with autocommit on, not from a function, a block with EXCEPTION or after BEGIN.")));

	/* Exclusive: one run; without waiting, because the other one does it. */
	PG_RETURN_BOOL(LockAcquire(&tag, ExclusiveLock, true, true) !=
				   LOCKACQUIRE_NOT_AVAIL);
}

/*
 * unlock_job(base regnamespace, job text) returns void: the job has ended well.
 */
Datum
kbnorms_unlock_job(PG_FUNCTION_ARGS)
{
	LOCKTAG		tag = job_tag(PG_GETARG_OID(0), PG_GETARG_TEXT_PP(1));

	LockRelease(&tag, ExclusiveLock, true);
	PG_RETURN_VOID();
}
