-- The ER diagram as a source for Graphviz: tables with their keys, and what
-- refers to what.  Keys that none declares are read from the comments of the
-- columns, which say "refers to table.column".
SET search_path = kb, kbnorms, pg_catalog;

CREATE TEMP VIEW reference AS
SELECT c.relname AS child, t.relname AS parent, string_agg(a.attname, ', ' ORDER BY n.place) AS columns, 'solid' AS style
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_class t ON t.oid = k.confrelid
CROSS JOIN unnest(k.conkey) WITH ORDINALITY AS n(attnum, place)
JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n.attnum
WHERE k.contype = 'f' AND c.relnamespace = 'kb'::regnamespace
GROUP BY k.oid, c.relname, t.relname
UNION ALL
SELECT c.relname, (regexp_match(col_description(c.oid, a.attnum), 'refers to (\w+)\.\w+'))[1], a.attname, 'dashed'
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'kb'::regnamespace AND c.relkind IN ('r', 'p') AND col_description(c.oid, a.attnum) ~ 'refers to \w+\.\w+';

\echo 'digraph er {'
\echo '  graph [rankdir=LR, nodesep=0.15, ranksep=0.9, fontname="Helvetica", bgcolor="white"];'
\echo '  node [shape=plain, fontname="Helvetica", fontsize=10];'
\echo '  edge [color="#7a869a", arrowsize=0.6, fontname="Helvetica", fontsize=8];'
SELECT format('  "%s" [label=<<table border="0" cellborder="1" cellspacing="0" cellpadding="3" color="#7a869a"><tr><td bgcolor="%s"><b>%s</b></td></tr>%s</table>>];',
    c.relname,
    CASE
        WHEN c.relname ~ '^norm_|^policy$|^rule' THEN '#fde9c9'
        WHEN c.relname ~ '_log$|_history$|^closed|_seal$|_archive$|^job|_reject$|_check$|^alert' THEN '#e6e6ee'
        WHEN c.relname ~ '^memo|^authority' THEN '#dcecd8'
        WHEN c.relname IN ('turnover', 'overdue', 'activity', 'feed') THEN '#f6dcdc'
        WHEN c.relname IN ('binding', 'organization', 'manager') THEN '#bcd9f2'
        ELSE '#e3eef8'
    END, c.relname,
    (SELECT coalesce(string_agg(format('<tr><td align="left" port="%s">%s</td></tr>', a.attname,
            CASE WHEN x.indexrelid IS NOT NULL THEN format('<u>%s</u>', a.attname) ELSE a.attname::text END), '' ORDER BY a.attnum), '')
     FROM pg_attribute a
     LEFT JOIN pg_index x ON x.indrelid = c.oid AND x.indisprimary AND a.attnum = ANY (x.indkey::smallint[])
     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        AND (x.indexrelid IS NOT NULL OR EXISTS (SELECT FROM reference r WHERE r.child = c.relname AND a.attname = ANY (string_to_array(r.columns, ', '))))))
FROM pg_class c
WHERE c.relnamespace = 'kb'::regnamespace AND c.relkind IN ('r', 'p')
    -- by themselves they would only fill the picture
    AND EXISTS (SELECT FROM reference r WHERE c.relname IN (r.child, r.parent))
ORDER BY c.relname COLLATE "C";
SELECT format('  "%s":"%s" -> "%s"%s;', r.child, split_part(r.columns, ', ', 1), r.parent,
    CASE r.style WHEN 'dashed' THEN ' [style=dashed]' ELSE '' END)
FROM reference r
ORDER BY r.child COLLATE "C", r.columns COLLATE "C", r.parent COLLATE "C";
\echo '}'
