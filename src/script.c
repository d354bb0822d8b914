/*-------------------------------------------------------------------------
 *
 * script.c
 *	  Taking a script of SQL apart, for the upgrade of a client base.
 *
 * The script that lays out a base is also what an older base is brought up to
 * date with, statement by statement: upgrade_client_base has to know where one
 * ends and what it is about.  PostgreSQL's own parser says so; nothing is looked
 * up and nothing is run.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"
#include "tcop/utility.h"
#include "utils/builtins.h"

#include "kbnorms.h"

PG_FUNCTION_INFO_V1(kbnorms_script_statements);

/* What a statement is about, as far as an upgrade asks. */
typedef struct Subject
{
	const char *relation;		/* table, index, sequence, type, view or NULL */
	const char *column;			/* its column, for a comment on one, or NULL */
} Subject;

/* The relation or column that a comment is on; of other objects nothing. */
static Subject
commented(const CommentStmt *comment)
{
	Subject		subject = {NULL, NULL};
	List	   *name;

	switch (comment->objtype)
	{
		case OBJECT_TABLE:
		case OBJECT_INDEX:
		case OBJECT_SEQUENCE:
			name = castNode(List, comment->object);
			subject.relation = strVal(llast(name));
			break;
		case OBJECT_COLUMN:
			name = castNode(List, comment->object);
			subject.relation = strVal(list_nth(name, list_length(name) - 2));
			subject.column = strVal(llast(name));
			break;
		default:
			break;
	}
	return subject;
}

/* What a statement makes, fills or comments on. */
static Subject
subject_of(Node *statement)
{
	Subject		subject = {NULL, NULL};

	switch (nodeTag(statement))
	{
		case T_CreateStmt:
			subject.relation = castNode(CreateStmt, statement)->relation->relname;
			break;
		case T_CreateSeqStmt:
			subject.relation = castNode(CreateSeqStmt, statement)->sequence->relname;
			break;
		case T_IndexStmt:
			subject.relation = castNode(IndexStmt, statement)->idxname;
			break;
		case T_CompositeTypeStmt:
			subject.relation = castNode(CompositeTypeStmt, statement)->typevar->relname;
			break;
		case T_InsertStmt:
			subject.relation = castNode(InsertStmt, statement)->relation->relname;
			break;
		case T_CommentStmt:
			subject = commented(castNode(CommentStmt, statement));
			break;
		default:
			break;
	}
	return subject;
}

/* The text of a statement, without the blanks and remarks before it. */
static text *
text_of(const char *script, const RawStmt *raw)
{
	const char *start = script + raw->stmt_location;
	const char *end = raw->stmt_len > 0 ? start + raw->stmt_len : script + strlen(script);

	while (start < end)
	{
		if (strncmp(start, "--", 2) == 0)
			start += strcspn(start, "\n");
		else if (strchr(" \t\r\n", *start) != NULL)
			start++;
		else
			break;
	}
	return cstring_to_text_with_len(start, end - start);
}

/*
 * script_statements(script text) returns the statements of a script in order:
 * their command, as "CREATE TABLE", the relation and column that they are about,
 * and their text.
 */
Datum
kbnorms_script_statements(PG_FUNCTION_ARGS)
{
	char	   *script = text_to_cstring(PG_GETARG_TEXT_PP(0));
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ListCell   *cell;

	InitMaterializedSRF(fcinfo, 0);
	foreach(cell, raw_parser(script, RAW_PARSE_DEFAULT))
	{
		RawStmt    *raw = lfirst_node(RawStmt, cell);
		Subject		subject = subject_of(raw->stmt);
		Datum		values[4] = {0};
		bool		nulls[4] = {false, subject.relation == NULL, subject.column == NULL, false};

		values[0] = CStringGetTextDatum(CreateCommandName(raw->stmt));
		if (!nulls[1])
			values[1] = CStringGetTextDatum(subject.relation);
		if (!nulls[2])
			values[2] = CStringGetTextDatum(subject.column);
		values[3] = PointerGetDatum(text_of(script, raw));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
