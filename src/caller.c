/*-------------------------------------------------------------------------
 *
 * caller.c
 *	  Who calls: the role that a client acts as.
 *
 * Inside a SECURITY DEFINER function the current user is the function's owner.
 * The functions here tell of the role outside all of them: the one that the
 * session has logged in as, or has taken by SET ROLE.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(kbnorms_calling_role);
PG_FUNCTION_INFO_V1(kbnorms_acts_as);

/* calling_role() returns text: the name of the role. */
Datum
kbnorms_calling_role(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(GetUserNameFromId(GetOuterUserId(), false)));
}

/*
 * acts_as(role_name text) returns boolean: is the calling role that role, or a
 * member of it?  A superuser is a member of nothing that he was not made a
 * member of, and of a role that does not exist nobody is.
 */
Datum
kbnorms_acts_as(PG_FUNCTION_ARGS)
{
	Oid			role = get_role_oid(text_to_cstring(PG_GETARG_TEXT_PP(0)), true);

	PG_RETURN_BOOL(OidIsValid(role) &&
				   is_member_of_role_nosuper(GetOuterUserId(), role));
}
