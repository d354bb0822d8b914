/*-------------------------------------------------------------------------
 *
 * inn.c
 *	  Type inn: the Russian taxpayer number, 10 digits of a company or 12 of a
 *	  person, its check digits verified.
 *
 * A value is an int64 that orders numbers as their text does: the digits,
 * filled up with zeros to 12, times two, plus one if there were 12 of them.
 * So 10 and 12 digits never meet, leading zeros are kept, and everything but
 * input and output is the work of PostgreSQL's own functions for int8.
 *
 * On the wire an inn is its digits, in text and in binary form alike: whoever
 * reads it needs to know nothing of the above.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "nodes/nodes.h"
#include "utils/builtins.h"

#include "compat.h"
#include "kbnorms.h"

#define COMPANY_DIGITS 10
#define PERSON_DIGITS 12

/* What can be wrong with the text of a number. */
typedef enum InnFaultKind
{
	INN_SOUND,
	INN_NOT_A_DIGIT,
	INN_WRONG_LENGTH,
	INN_ALL_ZEROS,
	INN_WRONG_CHECK_DIGIT
} InnFaultKind;

typedef struct InnFault
{
	InnFaultKind kind;
	int			position;		/* of the wrong character, from 1; or the
								 * length */
	int			right_digit;	/* the check digit that belongs there */
} InnFault;

PG_FUNCTION_INFO_V1(kbnorms_inn_in);
PG_FUNCTION_INFO_V1(kbnorms_inn_out);
PG_FUNCTION_INFO_V1(kbnorms_inn_recv);
PG_FUNCTION_INFO_V1(kbnorms_inn_send);
PG_FUNCTION_INFO_V1(kbnorms_read_inn);

/*
 * The check digit that belongs after the first n digits.  The weights of every
 * check digit are the last n of one row.
 */
static int
check_digit(const char *digits, int n)
{
	static const int weights[PERSON_DIGITS - 1] = {3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8};
	int			sum = 0;

	for (int i = 0; i < n; i++)
		sum += weights[PERSON_DIGITS - 1 - n + i] * (digits[i] - '0');
	return sum % 11 % 10;
}

/*
 * Read a number.  True and the value, or false and what is wrong: the first
 * character that is no digit before the length, and that before the digits.
 */
static bool
parse_inn(const char *str, int64 *inn, InnFault *fault)
{
	int			length = strspn(str, "0123456789");
	int64		number = 0;

	fault->position = length + 1;
	fault->kind = INN_NOT_A_DIGIT;
	if (str[length] != '\0')
		return false;
	fault->position = length;
	fault->kind = INN_WRONG_LENGTH;
	if (length != COMPANY_DIGITS && length != PERSON_DIGITS)
		return false;
	fault->kind = INN_ALL_ZEROS;
	if (strspn(str, "0") == length)
		return false;

	/* The last digit checks a company's number, the last two a person's. */
	fault->kind = INN_WRONG_CHECK_DIGIT;
	for (int n = (length == COMPANY_DIGITS ? length - 1 : length - 2); n < length; n++)
	{
		fault->position = n + 1;
		fault->right_digit = check_digit(str, n);
		if (str[n] != '0' + fault->right_digit)
			return false;
	}

	for (int i = 0; i < PERSON_DIGITS; i++)
		number = number * 10 + (i < length ? str[i] - '0' : 0);
	*inn = number * 2 + (length == PERSON_DIGITS);
	fault->kind = INN_SOUND;
	return true;
}

/* Write the digits of a value and the closing zero byte; return their number. */
static int
print_inn(int64 inn, char *digits)
{
	int			length = inn % 2 == 1 ? PERSON_DIGITS : COMPANY_DIGITS;

	snprintf(digits, PERSON_DIGITS + 1, "%0*lld", PERSON_DIGITS, (long long) (inn / 2));
	digits[length] = '\0';
	return length;
}

/* Part of an ereport: the DETAIL of a fault. */
static int
detail_inn(const char *str, const InnFault *fault)
{
	const char *wrong = str + fault->position - 1;

	switch (fault->kind)
	{
		case INN_NOT_A_DIGIT:
			return errdetail("Position %d holds \"%s\" instead of a digit.",
							 fault->position, pnstrdup(wrong, pg_mblen(wrong)));
		case INN_WRONG_LENGTH:
			return errdetail("Its length is %d; a company's number has 10 digits, a person's 12.",
							 fault->position);
		case INN_ALL_ZEROS:
			return errdetail("All zeros are nobody's number.");
		case INN_WRONG_CHECK_DIGIT:
			return errdetail("The check digit at position %d is %c, but %d belongs to the digits before it.",
							 fault->position, *wrong, fault->right_digit);
		case INN_SOUND:
			break;
	}
	return 0;
}

/* Read the text of an inn, for inn_in and inn_recv. */
static Datum
read_inn(const char *str, Node *escontext)
{
	int64		inn;
	InnFault	fault;

	if (!parse_inn(str, &inn, &fault))
		ereturn(escontext, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"", "inn", str),
				 detail_inn(str, &fault)));
	return Int64GetDatum(inn);
}

/* inn_in(cstring) returns inn */
Datum
kbnorms_inn_in(PG_FUNCTION_ARGS)
{
	return read_inn(PG_GETARG_CSTRING(0), fcinfo->context);
}

/* inn_out(inn) returns cstring */
Datum
kbnorms_inn_out(PG_FUNCTION_ARGS)
{
	char	   *digits = palloc(PERSON_DIGITS + 1);

	print_inn(PG_GETARG_INT64(0), digits);
	PG_RETURN_CSTRING(digits);
}

/* inn_recv(internal) returns inn: checked as the text is */
Datum
kbnorms_inn_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			nbytes;

	return read_inn(pq_getmsgtext(buf, buf->len - buf->cursor, &nbytes), NULL);
}

/* inn_send(inn) returns bytea */
Datum
kbnorms_inn_send(PG_FUNCTION_ARGS)
{
	char		digits[PERSON_DIGITS + 1];
	int			length = print_inn(PG_GETARG_INT64(0), digits);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendtext(&buf, digits, length);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/*
 * read_inn(text) returns inn: NULL for what is none.  Where a spreadsheet took
 * the number for an amount it has lost its leading zero, which is put back.
 */
Datum
kbnorms_read_inn(PG_FUNCTION_ARGS)
{
	char	   *str = text_to_cstring(PG_GETARG_TEXT_PP(0));
	int64		inn;
	InnFault	fault;

	if (strlen(str) == COMPANY_DIGITS - 1 || strlen(str) == PERSON_DIGITS - 1)
		str = psprintf("0%s", str);
	if (!parse_inn(str, &inn, &fault))
		PG_RETURN_NULL();
	PG_RETURN_INT64(inn);
}
