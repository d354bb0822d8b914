/*-------------------------------------------------------------------------
 *
 * tenure.c
 *	  Months of service and the status that follows from them.
 *
 * Months are counted from the day the induction plan was passed, each as
 * "that day + n months" with PostgreSQL's month arithmetic (31 August + 1
 * month = 30 September), never as a sum of sums.  Policy: section 2.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/date.h"
#include "utils/datetime.h"

#include "kbnorms.h"

PG_FUNCTION_INFO_V1(kbnorms_months_served);

/* A date plus n months; the day is cut to the month's last. */
DateADT
kb_add_months(DateADT date, int n)
{
	int			year,
				month,
				day,
				months;

	j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	months = year * MONTHS_PER_YEAR + month - 1 + n;
	month = (months % MONTHS_PER_YEAR + MONTHS_PER_YEAR) % MONTHS_PER_YEAR + 1;
	year = (months - month + 1) / MONTHS_PER_YEAR;	/* also before year 1 */
	day = Min(day, day_tab[isleap(year)][month - 1]);
	return date2j(year, month, day) - POSTGRES_EPOCH_JDATE;
}

/*
 * Full months served on a date: the greatest n with since + n months not after
 * it; -1 for an intern (no since, or the date is before it).
 */
int
kb_months_served(DateADT novice_since, bool is_null, DateADT on_date)
{
	int			y1,
				m1,
				d1,
				y2,
				m2,
				d2,
				n;

	if (is_null || on_date < novice_since || DATE_NOT_FINITE(novice_since))
		return -1;
	if (DATE_NOT_FINITE(on_date))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("date out of range: infinity has no months")));
	j2date(novice_since + POSTGRES_EPOCH_JDATE, &y1, &m1, &d1);
	j2date(on_date + POSTGRES_EPOCH_JDATE, &y2, &m2, &d2);
	n = (y2 - y1) * MONTHS_PER_YEAR + (m2 - m1);
	return kb_add_months(novice_since, n) <= on_date ? n : n - 1;
}

/*
 * months_served(novice_since date, on_date date) returns integer: full months
 * served, -1 for an intern.  Immutable, not strict: no novice_since is an
 * intern.  NULL for a NULL on_date.
 */
Datum
kbnorms_months_served(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	PG_RETURN_INT32(kb_months_served(PG_ARGISNULL(0) ? 0 : PG_GETARG_DATEADT(0),
									 PG_ARGISNULL(0), PG_GETARG_DATEADT(1)));
}
