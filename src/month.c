/*-------------------------------------------------------------------------
 *
 * month.c
 *	  Type month: a calendar month, 0001-01 to 9999-12.
 *
 * A value is an int32, year * 12 + month - 1, on the wire too.  Comparing,
 * hashing and subtracting months is the work of PostgreSQL's own functions for
 * int4.  Years have four digits, so that months order as their text does and
 * every month has its days in type date.
 *
 * Wrong text is 22P02 (year 0000: 22003), a result beyond the range 22008.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/date.h"
#include "utils/datetime.h"

#include "compat.h"
#include "kbnorms.h"

typedef int32 Month;

#define MONTH_OF(year, month) ((year) * MONTHS_PER_YEAR + (month) - 1)
#define MIN_MONTH MONTH_OF(1, 1)
#define MAX_MONTH MONTH_OF(9999, 12)

/* What a month, and what a date is written like: each 0 is a digit. */
#define MONTH_FORM "0000-00"
#define DATE_FORM "0000-00-00"

/* What can be wrong with the text of a month. */
typedef enum MonthFaultKind
{
	MONTH_SOUND,
	MONTH_NOT_A_DIGIT,
	MONTH_NOT_A_HYPHEN,
	MONTH_WRONG_LENGTH,
	MONTH_NO_SUCH_YEAR,
	MONTH_NO_SUCH_MONTH,
	MONTH_NO_SUCH_DAY
} MonthFaultKind;

typedef struct MonthFault
{
	MonthFaultKind kind;
	int			position;		/* of the wrong character, from 1 */
	int			days;			/* how many days the month has */
} MonthFault;

PG_FUNCTION_INFO_V1(kbnorms_month_in);
PG_FUNCTION_INFO_V1(kbnorms_month_out);
PG_FUNCTION_INFO_V1(kbnorms_month_recv);
PG_FUNCTION_INFO_V1(kbnorms_month_send);
PG_FUNCTION_INFO_V1(kbnorms_date_month);
PG_FUNCTION_INFO_V1(kbnorms_month_first_day);
PG_FUNCTION_INFO_V1(kbnorms_month_last_day);
PG_FUNCTION_INFO_V1(kbnorms_month_pl_int);
PG_FUNCTION_INFO_V1(kbnorms_month_mi_int);

/* The number that n digits make. */
static int
number(const char *digits, int n)
{
	int			result = 0;

	for (int i = 0; i < n; i++)
		result = result * 10 + (digits[i] - '0');
	return result;
}

/* Read a month or a date.  True and the month, or false and what is wrong. */
static bool
parse_month(const char *str, Month *month, MonthFault *fault)
{
	size_t		length = strlen(str);
	int			y,
				m;

	for (int i = 0; i < length && i < strlen(DATE_FORM); i++)
	{
		bool		is_digit = str[i] >= '0' && str[i] <= '9';

		fault->position = i + 1;
		fault->kind = DATE_FORM[i] == '0' ? MONTH_NOT_A_DIGIT : MONTH_NOT_A_HYPHEN;
		if (DATE_FORM[i] == '0' ? !is_digit : str[i] != '-')
			return false;
	}
	fault->kind = MONTH_WRONG_LENGTH;
	if (length != strlen(MONTH_FORM) && length != strlen(DATE_FORM))
		return false;
	y = number(str, 4);
	fault->kind = MONTH_NO_SUCH_YEAR;
	if (y < 1)
		return false;
	m = number(str + 5, 2);
	fault->kind = MONTH_NO_SUCH_MONTH;
	if (m < 1 || m > MONTHS_PER_YEAR)
		return false;
	if (length == strlen(DATE_FORM))
	{
		int			d = number(str + 8, 2);

		fault->days = day_tab[isleap(y)][m - 1];
		fault->kind = MONTH_NO_SUCH_DAY;
		if (d < 1 || d > fault->days)
			return false;
	}
	*month = MONTH_OF(y, m);
	fault->kind = MONTH_SOUND;
	return true;
}

/* Part of an ereport: the DETAIL of a fault. */
static int
detail_month(const char *str, const MonthFault *fault)
{
	const char *wrong = str + fault->position - 1;

	switch (fault->kind)
	{
		case MONTH_NOT_A_DIGIT:
			return errdetail("Position %d holds \"%s\" instead of a digit.",
							 fault->position, pnstrdup(wrong, pg_mblen(wrong)));
		case MONTH_NOT_A_HYPHEN:
			return errdetail("Position %d holds \"%s\" instead of a hyphen.",
							 fault->position, pnstrdup(wrong, pg_mblen(wrong)));
		case MONTH_WRONG_LENGTH:
			return errdetail("Its length is %d; a month has 7 characters, a date 10.",
							 pg_mbstrlen(str));
		case MONTH_NO_SUCH_YEAR:
			return errdetail("Months run from 0001-01 to 9999-12.");
		case MONTH_NO_SUCH_MONTH:
			return errdetail("There is no month %.2s in a year.", str + 5);
		case MONTH_NO_SUCH_DAY:
			return errdetail("There is no day %.2s in %.7s: it has %d days.",
							 str + 8, str, fault->days);
		case MONTH_SOUND:
			break;
	}
	return 0;
}

/* Refuse what lies beyond the range; it comes from arithmetic or a date. */
static Month
check_range(int64 month)
{
	if (month < MIN_MONTH || month > MAX_MONTH)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("month out of range"),
				 errdetail("Months run from 0001-01 to 9999-12.")));
	return (Month) month;
}

/* The first day of a month. */
static DateADT
first_day(Month month)
{
	return date2j(month / MONTHS_PER_YEAR, month % MONTHS_PER_YEAR + 1, 1) -
		POSTGRES_EPOCH_JDATE;
}

/* month_in(cstring) returns month */
Datum
kbnorms_month_in(PG_FUNCTION_ARGS)
{
	char	   *str = PG_GETARG_CSTRING(0);
	Month		month;
	MonthFault	fault;

	if (parse_month(str, &month, &fault))
		PG_RETURN_INT32(month);
	if (fault.kind == MONTH_NO_SUCH_YEAR)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("value \"%s\" is out of range for type %s", str, "month"),
				 detail_month(str, &fault)));
	ereturn(fcinfo->context, (Datum) 0,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type %s: \"%s\"", "month", str),
			 detail_month(str, &fault),
			 errhint("A month is written like 2010-07; a date like 2010-07-15 means its month.")));
}

/* month_out(month) returns cstring */
Datum
kbnorms_month_out(PG_FUNCTION_ARGS)
{
	Month		month = PG_GETARG_INT32(0);

	PG_RETURN_CSTRING(psprintf("%04d-%02d", month / MONTHS_PER_YEAR,
							   month % MONTHS_PER_YEAR + 1));
}

/* month_recv(internal) returns month */
Datum
kbnorms_month_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);

	PG_RETURN_INT32(check_range((int32) pq_getmsgint(buf, sizeof(int32))));
}

/* month_send(month) returns bytea */
Datum
kbnorms_month_send(PG_FUNCTION_ARGS)
{
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint32(&buf, PG_GETARG_INT32(0));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* month(date) returns month: the one that the date lies in */
Datum
kbnorms_date_month(PG_FUNCTION_ARGS)
{
	DateADT		date = PG_GETARG_DATEADT(0);
	int			y,
				m,
				d;

	if (DATE_NOT_FINITE(date))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("month out of range"),
				 errdetail("An infinite date lies in no month.")));
	j2date(date + POSTGRES_EPOCH_JDATE, &y, &m, &d);
	PG_RETURN_INT32(check_range(MONTH_OF((int64) y, m)));
}

/* first_day(month) returns date */
Datum
kbnorms_month_first_day(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(first_day(PG_GETARG_INT32(0)));
}

/* last_day(month) returns date */
Datum
kbnorms_month_last_day(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(first_day(PG_GETARG_INT32(0) + 1) - 1);
}

/* month + integer, integer + month: so many months later */
Datum
kbnorms_month_pl_int(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(check_range((int64) PG_GETARG_INT32(0) + PG_GETARG_INT32(1)));
}

/* month - integer: so many months earlier */
Datum
kbnorms_month_mi_int(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(check_range((int64) PG_GETARG_INT32(0) - PG_GETARG_INT32(1)));
}
