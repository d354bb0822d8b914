/*-------------------------------------------------------------------------
 *
 * staging.c
 *	  Reads what files of other systems write: dates and amounts.
 *
 * A load reads millions of values that may be wrong, and a wrong one must cost
 * its row, not the load.  So these functions return NULL for what they cannot
 * read, and what they read means the same under every DateStyle and locale.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"

#include "kbnorms.h"

/* The longest amount that is read; none of this world is longer. */
#define MAX_AMOUNT 60

#define BLANKS " \t\r\n"

PG_FUNCTION_INFO_V1(kbnorms_read_date);
PG_FUNCTION_INFO_V1(kbnorms_read_amount);

/* Read between min and max digits; false if they are not there. */
static bool
take_number(const char **input, int min, int max, int *number)
{
	int			length = strspn(*input, "0123456789");

	if (length < min || length > max)
		return false;
	*number = 0;
	while (length-- > 0)
		*number = *number * 10 + (*(*input)++ - '0');
	return true;
}

/* Read one character; false if it is another. */
static bool
take(const char **input, char wanted)
{
	if (**input != wanted)
		return false;
	(*input)++;
	return true;
}

/* Read a time of day, which an exported date may carry and nobody wants. */
static bool
take_time(const char **input)
{
	int			ignored;

	if (!take_number(input, 1, 2, &ignored) || !take(input, ':') ||
		!take_number(input, 2, 2, &ignored))
		return false;
	if (take(input, ':') && !take_number(input, 2, 2, &ignored))
		return false;
	if (take(input, '.') && !take_number(input, 1, 9, &ignored))
		return false;
	return true;
}

/* Read a date, 2010-07-15 or 15.07.2010, whose day exists. */
static bool
parse_date(const char *input, DateADT *date)
{
	int			y,
				m,
				d;

	input += strspn(input, BLANKS);
	if (strcspn(input, "-") == 4)
	{
		if (!take_number(&input, 4, 4, &y) || !take(&input, '-') ||
			!take_number(&input, 2, 2, &m) || !take(&input, '-') ||
			!take_number(&input, 2, 2, &d))
			return false;
	}
	else if (!take_number(&input, 1, 2, &d) || !take(&input, '.') ||
			 !take_number(&input, 1, 2, &m) || !take(&input, '.') ||
			 !take_number(&input, 4, 4, &y))
		return false;
	if (take(&input, 'T'))
	{
		if (!take_time(&input))
			return false;
	}
	else
	{
		input += strspn(input, BLANKS);
		if (*input != '\0' && !take_time(&input))
			return false;
	}
	if (input[strspn(input, BLANKS)] != '\0')
		return false;
	if (y < 1 || m < 1 || m > MONTHS_PER_YEAR || d < 1 || d > day_tab[isleap(y)][m - 1])
		return false;
	*date = date2j(y, m, d) - POSTGRES_EPOCH_JDATE;
	return true;
}

/*
 * How many bytes the blank takes that text begins with, 0 if it begins with
 * none.  Among them is what a Russian Excel groups thousands by, a no-break
 * space.
 */
static int
blank_length(const char *input)
{
	if (strchr(BLANKS, *input) != NULL)
		return *input == '\0' ? 0 : 1;
	switch (GetDatabaseEncoding())
	{
		case PG_UTF8:
			if (strncmp(input, "\xC2\xA0", 2) == 0)
				return 2;		/* no-break space */
			return strncmp(input, "\xE2\x80\xAF", 3) == 0 ? 3 : 0;	/* a narrow one */
		case PG_KOI8R:
			return *input == '\x9A' ? 1 : 0;
		default:
			return pg_database_encoding_max_length() == 1 && *input == '\xA0' ? 1 : 0;
	}
}

/*
 * Write an amount as numeric reads it: without blanks, with a decimal point.
 * False if it is none: two points or commas are not guessed at.
 */
static bool
normalize_amount(const char *input, char *amount)
{
	int			length = 0;
	int			digits = 0;
	int			points = 0;

	while (*input != '\0')
	{
		int			blank = blank_length(input);

		if (blank > 0)
		{
			input += blank;
			continue;
		}
		if (length == MAX_AMOUNT)
			return false;
		if (*input >= '0' && *input <= '9')
			digits++;
		else if (*input == '.' || *input == ',')
			points++;
		else if (length > 0 || (*input != '-' && *input != '+'))
			return false;
		amount[length++] = *input == ',' ? '.' : *input;
		input++;
	}
	amount[length] = '\0';
	return digits > 0 && points <= 1;
}

/* read_date(value text) returns date: NULL for what is none. */
Datum
kbnorms_read_date(PG_FUNCTION_ARGS)
{
	DateADT		date;

	if (!parse_date(text_to_cstring(PG_GETARG_TEXT_PP(0)), &date))
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(date);
}

/* read_amount(value text) returns numeric: NULL for what is none. */
Datum
kbnorms_read_amount(PG_FUNCTION_ARGS)
{
	char		amount[MAX_AMOUNT + 1];

	if (!normalize_amount(text_to_cstring(PG_GETARG_TEXT_PP(0)), amount))
		PG_RETURN_NULL();
	return DirectFunctionCall3(numeric_in, CStringGetDatum(amount),
							   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}
