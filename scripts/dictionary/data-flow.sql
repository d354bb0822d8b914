-- The data flow as a source for Graphviz: which functions write which tables, and
-- which views read them, through whatever functions.  What reads is in the
-- catalog; what PL/pgSQL and SQL functions write is read from their texts, and
-- what the rule engine writes, which is C, stands here.
SET search_path = kb, kbnorms, pg_catalog;

-- Tables of one kind are one box.
CREATE FUNCTION pg_temp.box(name text) RETURNS text
LANGUAGE sql
RETURN CASE
    WHEN name ~ '^norm_' OR name = 'policy' THEN 'norms'
    WHEN name IN ('specialization', 'client_group', 'potential', 'position', 'territory') THEN 'dictionaries'
    WHEN name ~ '^manager_' THEN 'manager'
    WHEN name IN ('memo_item', 'memo_approval') THEN 'memo'
    WHEN name ~ '_history$' THEN 'closed_month'
    WHEN name = 'job' THEN 'job_run'
    ELSE name
END;

CREATE TEMP VIEW edge AS
WITH RECURSIVE depends (source, class, object) AS (
    -- what a view or a BEGIN ATOMIC function names
    SELECT DISTINCT coalesce(r.ev_class, d.objid), d.refclassid, d.refobjid
    FROM pg_depend d
    LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
    WHERE d.classid IN ('pg_rewrite'::regclass, 'pg_proc'::regclass)
        AND d.refclassid IN ('pg_class'::regclass, 'pg_proc'::regclass) AND d.refobjid <> coalesce(r.ev_class, d.objid)
    UNION
    -- what the text of a PL/pgSQL function reads or calls
    SELECT p.oid, o.class, o.object
    FROM pg_proc p
    JOIN pg_language l ON l.oid = p.prolang AND l.lanname = 'plpgsql'
    JOIN (
        SELECT 'pg_class'::regclass::oid, t.oid, '\m(FROM|JOIN) ' || t.relname || '\M'
        FROM pg_class t WHERE t.relnamespace = 'kb'::regnamespace AND t.relkind IN ('r', 'p', 'v')
        UNION ALL
        SELECT 'pg_proc'::regclass::oid, f.oid, '\m' || f.proname || '\('
        FROM pg_proc f WHERE f.pronamespace = 'kb'::regnamespace) AS o(class, object, pattern) ON p.prosrc ~ o.pattern
    WHERE p.pronamespace = 'kb'::regnamespace AND o.object <> p.oid
),
reached (view, class, object) AS (
    SELECT c.relname, d.class, d.object
    FROM pg_class c
    JOIN depends d ON d.source = c.oid
    WHERE c.relnamespace = 'kb'::regnamespace AND c.relkind = 'v'
    UNION
    SELECT r.view, d.class, d.object
    FROM reached r
    JOIN depends d ON d.source = r.object
    -- verify reads everything
    WHERE NOT EXISTS (SELECT FROM pg_proc p WHERE p.oid = d.object AND p.proname = 'verify')
)
SELECT DISTINCT pg_temp.box(t.relname) AS tail, r.view::text AS head, 'reads' AS kind
FROM reached r
JOIN pg_class t ON r.class = 'pg_class'::regclass AND t.oid = r.object AND t.relkind IN ('r', 'p') AND t.relnamespace = 'kb'::regnamespace
UNION
SELECT DISTINCT p.proname || '()', pg_temp.box(t.relname), 'writes'
FROM pg_proc p
JOIN pg_class t ON t.relnamespace = 'kb'::regnamespace AND t.relkind IN ('r', 'p')
CROSS JOIN LATERAL (SELECT coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) AS body) b
WHERE p.pronamespace = 'kb'::regnamespace AND p.prokind IN ('f', 'p') AND p.prorettype <> 'trigger'::regtype
    AND b.body ~ ('\m(INSERT INTO|UPDATE|DELETE FROM|MERGE INTO) (kb\.)?' || t.relname || '\M')
UNION
SELECT tail, head, 'writes'
FROM (VALUES ('rule engine', 'binding_log'), ('rule engine', 'memo'), ('binding', 'rule engine'), ('organization', 'rule engine'),
    ('norms', 'rule engine'), ('rule', 'rule engine'), ('import_bindings()', 'binding'), ('unbind_inactive()', 'binding'), ('restore_bindings()', 'binding')) AS e(tail, head);

\echo 'digraph data_flow {'
\echo '  graph [rankdir=LR, nodesep=0.12, ranksep=2.2, fontname="Helvetica", bgcolor="white"];'
\echo '  node [shape=box, style=filled, fontname="Helvetica", fontsize=10, color="#7a869a", fillcolor="white", height=0.25];'
\echo '  edge [color="#9aa5b5", arrowsize=0.5];'
SELECT format('  "%s" [fillcolor="%s"%s];', n.name, CASE
        WHEN n.name = 'rule engine' THEN '#fde9c9'
        WHEN n.name LIKE '%()' THEN '#dcecd8'
        WHEN EXISTS (SELECT FROM edge e WHERE e.kind = 'reads' AND e.head = n.name) THEN '#f6dcdc'
        ELSE '#bcd9f2' END,
    CASE WHEN n.name LIKE '%()' THEN ', shape=ellipse' WHEN EXISTS (SELECT FROM edge e WHERE e.kind = 'reads' AND e.head = n.name) THEN ', shape=note' ELSE '' END)
FROM (SELECT tail AS name FROM edge UNION SELECT head FROM edge) n
ORDER BY n.name COLLATE "C";
SELECT format('  "%s" -> "%s"%s;', e.tail, e.head, CASE e.kind WHEN 'writes' THEN ' [color="#5b8c4f"]' ELSE '' END)
FROM edge e
ORDER BY e.tail COLLATE "C", e.head COLLATE "C";
\echo '}'
