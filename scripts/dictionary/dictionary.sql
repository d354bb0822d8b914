-- The dictionary as Markdown, from the catalog of a database with kbnorms and a
-- fresh client base kb.
SET search_path = kb, kbnorms, pg_catalog;

-- A comment as a cell of a table; what would end the cell or begin markup is escaped.
CREATE FUNCTION pg_temp.cell(comment text) RETURNS text
LANGUAGE sql
RETURN regexp_replace(replace(coalesce(comment, ''), E'\n', ' '), '([|<>*])', '\\\1', 'g');

-- A name that leads to its place in this document.
CREATE FUNCTION pg_temp.link(name text) RETURNS text
LANGUAGE sql
RETURN format('[`%s`](#%s)', name, replace(name, ' ', '-'));

CREATE TEMP VIEW columns AS
SELECT c.relname, c.relkind, a.attnum, format('| `%s` | %s | %s | %s |', a.attname, replace(format_type(a.atttypid, a.atttypmod), 'timestamp with time zone', 'timestamptz'),
    concat_ws(', ',
        CASE WHEN p.indexrelid IS NOT NULL THEN 'key' END,
        'refers to ' || (SELECT string_agg(DISTINCT pg_temp.link(t.relname), ', ')
            FROM pg_constraint k JOIN pg_class t ON t.oid = k.confrelid WHERE k.conrelid = c.oid AND k.contype = 'f' AND a.attnum = ANY (k.conkey)),
        CASE WHEN a.attnotnull AND p.indexrelid IS NULL THEN 'not null' END,
        CASE WHEN a.attidentity <> '' THEN 'numbered' WHEN a.attgenerated <> '' THEN format('`= %s`', pg_get_expr(d.adbin, d.adrelid))
            ELSE 'default `' || regexp_replace(pg_get_expr(d.adbin, d.adrelid), '::(text|date|kbnorms\.\w+|\w+)$', '') || '`' END),
    pg_temp.cell(col_description(c.oid, a.attnum))) AS line,
    format('| `%s` | %s | %s |', a.attname, replace(format_type(a.atttypid, a.atttypmod), 'timestamp with time zone', 'timestamptz'), pg_temp.cell(col_description(c.oid, a.attnum))) AS short_line
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
LEFT JOIN pg_index p ON p.indrelid = c.oid AND p.indisprimary AND a.attnum = ANY (p.indkey::smallint[])
WHERE c.relnamespace = 'kb'::regnamespace;

CREATE TEMP VIEW routines AS
SELECT n.nspname, p.oid, p.proname, p.prokind, p.provolatile,
    format('| `%s(%s)` | %s | %s |', p.proname,
        regexp_replace(pg_get_function_arguments(p.oid), '::(text|date|bigint)|(kb|kbnorms)\.|, OUT .*|^OUT .*', '', 'g'),
        CASE WHEN p.prokind = 'p' THEN 'CALL'
            WHEN p.prorettype = 'record'::regtype THEN (
                SELECT 'rows: ' || string_agg(format('`%s`', p.proargnames[i]), ', ' ORDER BY i)
                FROM generate_subscripts(p.proargmodes, 1) i WHERE p.proargmodes[i] IN ('t', 'o'))
            ELSE concat(CASE WHEN p.proretset THEN 'rows of ' END,
                CASE WHEN t.typrelid <> 0 AND t.typnamespace = 'kb'::regnamespace THEN pg_temp.link(t.typname) ELSE format('%s', replace(format_type(t.oid, NULL), 'timestamp with time zone', 'timestamptz')) END)
        END,
        pg_temp.cell(obj_description(p.oid, 'pg_proc'))) AS line
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_type t ON t.oid = p.prorettype
WHERE n.nspname IN ('kb', 'kbnorms') AND p.prokind IN ('f', 'p');

SELECT format($$# The dictionary of a client base

What the catalog of a fresh base says of itself: every table, view, type and
function, with the comments that they carry. Written by `make dictionary`; do not
edit it. kbnorms %s.

* [Tables](#tables) · [Views](#views) · [Types of rows](#types-of-rows) · [Functions](#functions) · [The extension](#the-extension)

How the tables refer to each other (dashed: a key that the rule engine keeps and
none declares):

![ER diagram](img/er.svg)

What is written into which table, and which view reads it:

![Data flow](img/data-flow.svg)

## Tables
$$, extversion) FROM pg_extension WHERE extname = 'kbnorms';

SELECT concat_ws(E'\n', format(E'### %s\n', c.relname), obj_description(c.oid, 'pg_class'), '',
    '| column | type | | what |', '| --- | --- | --- | --- |',
    (SELECT string_agg(l.line, E'\n' ORDER BY l.attnum) FROM columns l WHERE l.relname = c.relname), '',
    (SELECT 'Indexes: ' || string_agg(format('`%s` (%s)%s', i.relname,
            (SELECT string_agg(pg_get_indexdef(i.oid, g, true), ', ' ORDER BY g) FROM generate_series(1, x.indnkeyatts) g),
            CASE WHEN x.indisunique THEN ', unique' ELSE '' END || coalesce(' where ' || pg_get_expr(x.indpred, x.indrelid), '')
            || coalesce(': ' || rtrim(obj_description(i.oid, 'pg_class'), '.'), '')), '; ' ORDER BY x.indisprimary DESC, i.relname COLLATE "C") || '.' || E'\n'
     FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = c.oid))
FROM pg_class c
WHERE c.relnamespace = 'kb'::regnamespace AND c.relkind IN ('r', 'p')
ORDER BY c.relname COLLATE "C";

\echo ## Views
\echo
SELECT concat_ws(E'\n', format(E'### %s\n', c.relname), obj_description(c.oid, 'pg_class'), '',
    '| column | type | what |', '| --- | --- | --- |',
    (SELECT string_agg(l.short_line, E'\n' ORDER BY l.attnum) FROM columns l WHERE l.relname = c.relname), '')
FROM pg_class c
WHERE c.relnamespace = 'kb'::regnamespace AND c.relkind = 'v'
ORDER BY c.relname COLLATE "C";

\echo ## Types of rows
\echo
\echo What functions return rows of.
\echo
SELECT concat_ws(E'\n', format(E'### %s\n', c.relname), obj_description(c.reltype, 'pg_type'), '',
    '| column | type | what |', '| --- | --- | --- |',
    (SELECT string_agg(l.short_line, E'\n' ORDER BY l.attnum) FROM columns l WHERE l.relname = c.relname), '')
FROM pg_class c
WHERE c.relnamespace = 'kb'::regnamespace AND c.relkind = 'c'
ORDER BY c.relname COLLATE "C";

\echo ## Functions
\echo
\echo Those that only read, and may be called by every capacity:
\echo
\echo '| function | returns | what |'
\echo '| --- | --- | --- |'
SELECT line FROM routines r WHERE r.nspname = 'kb' AND r.prokind = 'f' AND r.provolatile <> 'v' ORDER BY r.proname COLLATE "C", r.line COLLATE "C";
\echo
\echo Those that write, jobs among them:
\echo
\echo '| function | returns | what |'
\echo '| --- | --- | --- |'
SELECT line FROM routines r
WHERE r.nspname = 'kb' AND (r.prokind = 'p' OR r.provolatile = 'v')
    AND NOT EXISTS (SELECT FROM pg_proc p WHERE p.oid = r.oid AND p.prorettype = 'trigger'::regtype)
ORDER BY r.proname COLLATE "C", r.line COLLATE "C";
\echo
\echo Those that triggers call:
\echo
\echo '| function | returns | what |'
\echo '| --- | --- | --- |'
SELECT line FROM routines r
WHERE r.nspname = 'kb' AND EXISTS (SELECT FROM pg_proc p WHERE p.oid = r.oid AND p.prorettype = 'trigger'::regtype)
ORDER BY r.proname COLLATE "C", r.line COLLATE "C";
\echo
\echo ## The extension
\echo
\echo Schema '`kbnorms`': types, and what all bases share.
\echo
\echo '| type | what |'
\echo '| --- | --- |'
SELECT format('| `%s` | %s%s |', t.typname, pg_temp.cell(obj_description(t.oid, 'pg_type')),
    coalesce((SELECT ' Values: ' || string_agg(format('`%s`', e.enumlabel), ', ' ORDER BY e.enumsortorder) || '.' FROM pg_enum e WHERE e.enumtypid = t.oid), ''))
FROM pg_type t
WHERE t.typnamespace = 'kbnorms'::regnamespace AND t.typelem = 0
ORDER BY t.typname COLLATE "C";
\echo
\echo '| function | returns | what |'
\echo '| --- | --- | --- |'
SELECT line FROM routines r
WHERE r.nspname = 'kbnorms'
    AND NOT EXISTS (SELECT FROM pg_type t WHERE t.typnamespace = 'kbnorms'::regnamespace AND r.oid IN (t.typinput, t.typoutput, t.typreceive, t.typsend))
    AND NOT EXISTS (SELECT FROM pg_operator o WHERE o.oprcode = r.oid)
    AND NOT EXISTS (SELECT FROM pg_amproc m WHERE m.amproc = r.oid)
ORDER BY r.proname COLLATE "C", r.line COLLATE "C";
