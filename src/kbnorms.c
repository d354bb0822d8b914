/*-------------------------------------------------------------------------
 *
 * kbnorms.c
 *	  Loading of the library: each module sets itself up.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/guc.h"

#include "engine.h"

PG_MODULE_MAGIC;

void		_PG_init(void);

/* Set up every module that has settings or callbacks. */
void
_PG_init(void)
{
	CalendarInit();
	LayoutInit();
	NormsInit();
	LogInit();
	MarkGUCPrefixReserved("kbnorms");
}
