-- The columns of every view and of what functions return, in their order: BI
-- tools rely on both.  What is new comes at the end.
SET client_min_messages = warning;
CALL kbnorms.create_client_base('kb_columns');
\pset format unaligned
\pset tuples_only on
SELECT format('%s %s: %s', CASE c.relkind WHEN 'v' THEN 'view' ELSE 'row' END, c.relname,
    string_agg(concat_ws(' ', a.attname, nullif(replace(format_type(a.atttypid, NULL), 'timestamp with time zone', 'timestamptz'), 'text')), ', ' ORDER BY a.attnum))
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'kb_columns'::regnamespace AND c.relkind IN ('v', 'c')
    -- what only our own functions read
    AND c.relname NOT IN ('base_accounts_row', 'base_at_row', 'base_figures_row', 'judged_row', 'manager_at_row', 'profile_at_row', 'release_plan')
GROUP BY c.relkind, c.relname
ORDER BY c.relkind DESC, c.relname COLLATE "C";
SELECT kbnorms.drop_client_base('kb_columns');
