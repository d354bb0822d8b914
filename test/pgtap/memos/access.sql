-- grant_access and revoke_access: what each capacity may do, and no more.
BEGIN;
\ir ../rules/company.psql
\ir people.psql
SELECT plan(35);

-- What a role may do, as one line for each table or function that changes something.
CREATE FUNCTION tools.rights(role_name text) RETURNS text
LANGUAGE sql AS $$
    SELECT string_agg(r.line, '; ' ORDER BY r.line) FROM (
        SELECT format('%s %s', c.relname, string_agg(p.privilege, ' ' ORDER BY p.privilege)) AS line
        FROM pg_class c, unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) p(privilege)
        WHERE c.relnamespace = 'kb'::regnamespace AND c.relkind IN ('r', 'v') AND has_table_privilege($1, c.oid, p.privilege)
        GROUP BY c.relname
        UNION ALL
        SELECT format('%s %s(%s)', c.relname, p.privilege, string_agg(a.attname, ' ' ORDER BY a.attnum))
        FROM pg_class c, unnest(ARRAY['INSERT', 'UPDATE', 'REFERENCES']) p(privilege), pg_attribute a
        WHERE c.relnamespace = 'kb'::regnamespace AND c.relkind IN ('r', 'v') AND a.attrelid = c.oid AND a.attnum > 0
            AND has_column_privilege($1, c.oid, a.attnum, p.privilege) AND NOT has_table_privilege($1, c.oid, p.privilege)
        GROUP BY c.relname, p.privilege
        UNION ALL
        SELECT p.proname FROM pg_proc p
        WHERE p.pronamespace = 'kb'::regnamespace AND p.provolatile = 'v' AND has_function_privilege($1, p.oid, 'EXECUTE')
    ) r
$$;
-- Of how many tables and views and report functions a role reads all.
CREATE FUNCTION tools.reads(role_name text) RETURNS text
LANGUAGE sql AS $$
    SELECT concat_ws(' ',
        CASE WHEN has_schema_privilege($1, 'kb', 'USAGE') THEN 'schema' END,
        CASE WHEN has_schema_privilege($1, 'kb', 'CREATE') THEN 'create' END,
        (SELECT CASE WHEN bool_and(has_table_privilege($1, c.oid, 'SELECT')) THEN 'tables' WHEN bool_or(has_table_privilege($1, c.oid, 'SELECT')) THEN 'some tables' END
         FROM pg_class c WHERE c.relnamespace = 'kb'::regnamespace AND c.relkind IN ('r', 'v')),
        (SELECT CASE WHEN bool_and(has_function_privilege($1, p.oid, 'EXECUTE')) THEN 'functions' WHEN bool_or(has_function_privilege($1, p.oid, 'EXECUTE')) THEN 'some functions' END
         FROM pg_proc p WHERE p.pronamespace = 'kb'::regnamespace AND p.provolatile <> 'v'))
$$;
CREATE FUNCTION tools.writing() RETURNS text LANGUAGE sql RETURN
    'acknowledge_alert; add_account; add_handover_items; memo DELETE; memo INSERT(reason client_card); memo UPDATE(reason client_card); memo_item DELETE; '
    'memo_item INSERT(memo_id item_no change organization_id from_manager_id to_manager_id head_id additional territory_exception); '
    'memo_item UPDATE(memo_id item_no change organization_id from_manager_id to_manager_id head_id additional territory_exception)';

SELECT is(reads(r), 'schema tables functions', r || ' reads')
FROM unnest(ARRAY['wf_reader', 'wf_author', 'wf_director', 'wf_centre', 'wf_centre_sales', 'wf_analyst']) r;
SELECT is(reads('wf_stranger'), '', 'who was given nothing has nothing');
SELECT is(rights('wf_stranger'), NULL, 'nothing at all');
SELECT is(rights('wf_reader'), NULL, 'a reader reads');
SELECT is(rights('wf_author'), writing() || '; propose_handover; reject_memo; request_extension; submit_memo', 'an author writes memos and asks for extensions');
SELECT is(rights('wf_director'), replace(writing(), 'add_handover_items;', 'add_handover_items; approve_memo; decide_extension;') || '; propose_handover; reject_memo; request_extension; submit_memo', 'a director approves too');
SELECT is(rights('wf_centre_sales'), rights('wf_director'), 'as do the centre''s sales');
SELECT is(rights('wf_analyst'), 'acknowledge_alert; apply_memo; binding DELETE INSERT UPDATE; organization INSERT; organization UPDATE(head_id); request_extension', 'an analyst changes bindings and links');
SELECT is(rights('wf_centre'), 'acknowledge_alert; add_account; add_handover_items; apply_memo; approve_memo; binding DELETE INSERT UPDATE; decide_extension; end_waiver; grant_waiver; '
    || substr(writing(), strpos(writing(), 'memo DELETE')) || '; organization INSERT; organization UPDATE(head_id); propose_handover; reject_memo; request_extension; submit_memo', 'the centre does all of this');

-- Reports work as they are granted.
SELECT org(1) AS noted \gset
SELECT is(does('wf_reader', 'SELECT * FROM kb.scorecard', 'SELECT * FROM kb.compliance(''2010-06'')', 'SELECT * FROM kb.check_binding(1, 1)',
    'SELECT * FROM kb.memo_queue', 'SELECT * FROM kb.memo_history', 'SELECT * FROM kb.blacklist'), 'ok', 'a reader gets the reports');
SELECT is(does('wf_reader', 'DELETE FROM kb.binding'), '42501', 'but writes nothing');
SELECT is(does('wf_author', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 1)'), '42501', 'nor does an author');
SELECT is(does('wf_analyst', 'UPDATE kb.organization SET potential = ''S'''), '42501', 'an analyst changes no facts');
SELECT is(does('wf_analyst', 'UPDATE kb.norm_tenure SET max_accounts = 99'), '42501', 'nor norms');
SELECT is(does('wf_centre', 'SELECT kb.grant_access(''wf_centre'', ''client_analyst'')'), '42501', 'nobody but the owner grants');
SELECT is(does('wf_centre', 'SELECT kb.revoke_access(''wf_author'', ''author'')'), '42501', 'or revokes');
SELECT is(does('postgres', 'SELECT kb.grant_access(''wf_nobody'', ''reader'')'), '42704', 'a role has to be there');
SELECT is(does('postgres', 'SELECT kb.grant_access(''wf_stranger'', ''sales_director'', 99)'), '23503 authority_unit_id_fkey', 'and a unit');
SELECT is(does('postgres', 'SELECT kb.grant_access(''wf_stranger'', ''reader'', NULL, ''2010-07-15'')'), '23514 authority_since_before_until', 'an end comes after its beginning');

-- Ending it
SELECT grant_access('wf_stranger', 'sales_director', 2) AS noted, grant_access('wf_stranger', 'client_analyst', 30) AS noted_too \gset
SELECT is((SELECT count(*) FROM authority WHERE role_name = 'wf_stranger')::integer, 2, 'one role may act in two capacities');
SELECT grant_access('wf_stranger', 'sales_director', 2, '2010-09-01') AS noted \gset
SELECT is((SELECT string_agg(until::text, ' ') FROM authority WHERE role_name = 'wf_stranger' AND capacity = 'sales_director'), '2010-09-01', 'granting it again sets another end');
SET LOCAL kbnorms.today = '2010-08-01';
SELECT revoke_access('wf_stranger', 'sales_director', 2) AS noted \gset
SELECT is((SELECT (since, until)::text FROM authority WHERE role_name = 'wf_stranger' AND capacity = 'sales_director'), '(2010-07-15,2010-08-01)', 'what it was stays on record');
SELECT is(rights('wf_stranger'), rights('wf_analyst'), 'the rights of the other capacity stay');
SELECT is(reads('wf_stranger'), reads('wf_analyst'), 'to read too');
SELECT is(does('postgres', 'SELECT kb.revoke_access(''wf_stranger'', ''client_analyst'', 2)'), '42704', 'what was not granted is not revoked');
SELECT revoke_access('wf_stranger', 'client_analyst', 30) AS noted \gset
SELECT is(rights('wf_stranger'), NULL, 'with the last all rights go');
SELECT is(reads('wf_stranger'), '', 'to read too');
SELECT grant_access('wf_stranger', 'reader') AS noted \gset
SELECT revoke_access('wf_stranger', 'reader') AS noted \gset
SELECT is((SELECT count(*) FROM authority WHERE role_name = 'wf_stranger' AND capacity = 'reader')::integer, 0, 'what was never in force for a day is gone');
SELECT is((SELECT string_agg(DISTINCT operation, ' ' ORDER BY operation) FROM change_log WHERE table_name = 'authority' AND column_name = 'capacity' AND coalesce(new_value, old_value) = 'reader'
    AND changed_by = 'postgres'), 'delete insert', 'but for its trace');
SELECT is((SELECT string_agg(old_value || ' ' || new_value, ', ') FROM change_log WHERE table_name = 'authority' AND column_name = 'until' AND operation = 'update' AND old_value IS NOT NULL),
    '2010-09-01 2010-08-01', 'as is every end that was moved');

SELECT * FROM finish();
ROLLBACK;
