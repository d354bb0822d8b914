/*-------------------------------------------------------------------------
 *
 * report.c
 *	  The days that a report is about.
 *
 * Every report begins with it: a month that is over is judged as of its last
 * day, the running one as of today, and one that has not begun not at all.
 * Policy: section 5.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/date.h"

#include "kbnorms.h"

extern Datum kbnorms_month_first_day(PG_FUNCTION_ARGS);
extern Datum kbnorms_month_last_day(PG_FUNCTION_ARGS);

PG_FUNCTION_INFO_V1(kbnorms_as_of);
PG_FUNCTION_INFO_V1(kbnorms_norms_on);

/*
 * as_of(month) returns date: its last day, today in the running month, NULL
 * where it has not begun.  Not strict: the reports are inlined and cannot
 * refuse a NULL themselves, so this does it for them.
 */
Datum
kbnorms_as_of(PG_FUNCTION_ARGS)
{
	DateADT		today = kb_today();
	DateADT		last;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("month must not be null"),
				 errdetail("A report is about one calendar month."),
				 errhint("Give a month like 2010-07, or read the view of the same name, which shows the running month.")));
	if (DatumGetDateADT(DirectFunctionCall1(kbnorms_month_first_day, PG_GETARG_DATUM(0))) > today)
		PG_RETURN_NULL();
	last = DatumGetDateADT(DirectFunctionCall1(kbnorms_month_last_day, PG_GETARG_DATUM(0)));
	PG_RETURN_DATEADT(Min(last, today));
}

/*
 * norms_on(on_date) returns date: the day itself, whose norms are asked for.
 * Not strict: what is inlined cannot refuse a NULL itself.
 */
Datum
kbnorms_norms_on(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the day of the norms must not be null"),
				 errhint("Give a day on which the norms that you ask about are in force.")));
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}
