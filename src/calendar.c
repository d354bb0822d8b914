/*-------------------------------------------------------------------------
 *
 * calendar.c
 *	  The company's day: which date it is for every rule and every row written.
 *
 * One value per transaction: the day on which the transaction began, in the
 * time zone kbnorms.timezone; kbnorms.today pins it for tests and simulation.
 * Both settings are a superuser's alone, because every rule rests on them.
 * The variables are read, never current_setting(): anybody can set a
 * placeholder of that name before the library is loaded.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "fmgr.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "kbnorms.h"

static char *timezone_name = NULL;	/* kbnorms.timezone */
static char *pinned_today = NULL;	/* kbnorms.today, as given */
static pg_tz *company_timezone = NULL;	/* set by assign hook */
static bool is_pinned = false;	/* is today pinned? */
static DateADT pinned_date;		/* to which date */

PG_FUNCTION_INFO_V1(kbnorms_today);

/* What the check hook of kbnorms.today found out for the assign hook. */
typedef struct PinnedDay
{
	bool		is_pinned;
	DateADT		date;
} PinnedDay;

/* Accept a time zone that PostgreSQL knows and that has no leap seconds. */
static bool
check_timezone(char **newval, void **extra, GucSource source)
{
	pg_tz	   *tz = pg_tzset(*newval);

	if (tz == NULL || !pg_tz_acceptable(tz))
	{
		GUC_check_errdetail("\"%s\" is not the name of a time zone.", *newval);
		return false;
	}
	return true;
}

/* Remember the time zone; pg_tzset keeps what it once returned. */
static void
assign_timezone(const char *newval, void *extra)
{
	company_timezone = pg_tzset(newval);
}

/* Accept nothing, or a date in ISO form: DateStyle must not change it. */
static bool
check_today(char **newval, void **extra, GucSource source)
{
	PinnedDay  *day = (PinnedDay *) guc_malloc(LOG, sizeof(PinnedDay));
	int			y,
				m,
				d,
				end = 0;

	if (day == NULL)
		return false;
	day->is_pinned = (*newval)[0] != '\0';
	if (day->is_pinned)
	{
		if (sscanf(*newval, "%4d-%2d-%2d%n", &y, &m, &d, &end) != 3 ||
			(*newval)[end] != '\0' ||
			y < 1 || m < 1 || m > MONTHS_PER_YEAR || d < 1 ||
			d > day_tab[isleap(y)][m - 1])
		{
			guc_free(day);
			GUC_check_errdetail("\"%s\" is not a date like 2010-07-15.", *newval);
			return false;
		}
		day->date = date2j(y, m, d) - POSTGRES_EPOCH_JDATE;
	}
	*extra = day;
	return true;
}

static void
assign_today(const char *newval, void *extra)
{
	PinnedDay  *day = (PinnedDay *) extra;

	is_pinned = day != NULL && day->is_pinned;
	if (is_pinned)
		pinned_date = day->date;
}

/* Define the two settings. */
void
CalendarInit(void)
{
	DefineCustomStringVariable("kbnorms.timezone",
							   "Time zone of the company: where its business day begins and ends.",
							   NULL,
							   &timezone_name,
							   "Europe/Moscow",
							   PGC_SUSET, 0,
							   check_timezone, assign_timezone, NULL);
	DefineCustomStringVariable("kbnorms.today",
							   "Pins the business day, for tests and simulation; empty for the real one.",
							   NULL,
							   &pinned_today,
							   "",
							   PGC_SUSET, 0,
							   check_today, assign_today, NULL);
}

/* The business day of this transaction. */
DateADT
kb_today(void)
{
	struct pg_tm tm;
	fsec_t		fsec;
	int			tz;

	if (is_pinned)
		return pinned_date;
	if (timestamp2tm(GetCurrentTransactionStartTimestamp(), &tz, &tm, &fsec,
					 NULL, company_timezone) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	return date2j(tm.tm_year, tm.tm_mon, tm.tm_mday) - POSTGRES_EPOCH_JDATE;
}

/*
 * today() returns date: the business day of the transaction.
 * Stable: one value per transaction.  Policy: section 1, "Days".
 */
Datum
kbnorms_today(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(kb_today());
}
