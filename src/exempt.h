/*-------------------------------------------------------------------------
 *
 * exempt.h
 *	  The changes of a base that need no memo: automatic release, its undoing,
 *	  the first import and a merger of organizations.
 *
 *-------------------------------------------------------------------------
 */
#ifndef KB_EXEMPT_H
#define KB_EXEMPT_H

/*
 * What holds for the statement that exempt.c is running.  It never asks for
 * memo, approval and applicant; structure is judged and the log is written as
 * always.
 */
typedef struct KbExemption
{
	const char *reason;			/* goes to binding_log.reason */
	bool		skip_rules;		/* judge none of the other rules either */
} KbExemption;

/*
 * The exemption for the statement whose trigger is running, on a table of the
 * schema base; NULL for every ordinary statement.
 */
extern const KbExemption *kb_exemption_for(Oid base);

/* Refuse whoever does not own the base; returns its quoted name. */
extern const char *kb_base_of_owner(Oid base);

#endif							/* KB_EXEMPT_H */
