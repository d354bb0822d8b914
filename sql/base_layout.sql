-- What a client base is made of, and how it is created, renamed and dropped.
\set SHOW_CONTEXT never
SET kbnorms.today = '2010-07-15';
CALL kbnorms.create_client_base('kb');

-- Every table and column that users rely on.
CREATE TEMP TABLE promised (table_name text, column_names text);
INSERT INTO promised VALUES
    ('specialization', 'code abbr name_en name_ru central'),
    ('client_group', 'code abbr name_en name_ru'),
    ('potential', 'code rank'),
    ('position', 'code abbr name_en name_ru holds_base specialized'),
    ('unit', 'id parent_id kind name city'),
    ('territory', 'id unit_id name'),
    ('rule', 'code title_en title_ru enforcement'),
    ('norm_tenure', 'specialization from_month effective_from min_accounts max_accounts min_meetings min_meeting_share min_cold_calls note'),
    ('norm_specialization', 'specialization effective_from min_paying_share max_off_profile may_bind_off_profile territory_rule exception_only_on_profile newcomers_avoid_territories blacklist_months blacklist_below note'),
    ('norm_client_group', 'specialization client_group effective_from stance max_accounts note'),
    ('norm_potential', 'specialization potential effective_from stance blacklist_below note'),
    ('norm_position', 'position effective_from min_meetings min_own_meeting_share min_group_meetings note'),
    ('policy', 'effective_from paying_above inactivity_months respecialization_months handover_months max_feed_lag_days max_unbind_share max_unbind_count note'),
    ('manager', 'id personnel_no full_name hired_on novice_since left_on'),
    ('manager_post', 'manager_id since position specialization unit_id lead_id'),
    ('manager_territory', 'manager_id territory_id since until'),
    ('organization', 'id inn name head_id account_id client_group potential city territory_id'),
    ('binding', 'organization_id manager_id bound_on additional territory_exception'),
    ('binding_log', 'id organization_id manager_id bound_on unbound_on additional territory_exception head_id change reason memo_id changed_by acting_for changed_at'),
    ('memo', 'id state author reason client_card created_at'),
    ('memo_item', 'memo_id item_no change organization_id from_manager_id to_manager_id head_id additional territory_exception used_at'),
    ('memo_approval', 'memo_id capacity unit_id role_name decided_by decided_at approved'),
    ('authority', 'id role_name capacity unit_id since until'),
    ('turnover', 'organization_id month amount last_on'),
    ('overdue', 'organization_id amount since'),
    ('activity', 'id manager_id organization_id kind happened_on outside_office'),
    ('feed', 'name loaded_through loaded_at'),
    ('compliance_history', 'month manager_id measure actual norm_min norm_max verdict as_of'),
    ('scorecard_history', 'month manager_id missed compliant'),
    ('blacklist_history', 'month manager_id account_id potential threshold turnover as_of'),
    ('job', 'code title_en title_ru run_at day_of_month enabled'),
    ('job_run', 'id job slot as_of state started_at finished_at released error'),
    ('import_reject', 'reason'),
    ('change_log', 'table_name old_value new_value changed_by acting_for changed_at'),
    ('alert', 'message');

SELECT p.table_name, c.column_name AS missing
FROM promised p, string_to_table(p.column_names, ' ') AS c(column_name)
WHERE NOT EXISTS (
    SELECT FROM pg_attribute a
    WHERE a.attrelid = to_regclass('kb.' || quote_ident(p.table_name)) AND a.attname = c.column_name);

-- Rows can be loaded by those columns alone, with numbers of one's own.
SELECT c.table_name, c.column_name AS needed_but_not_promised
FROM information_schema.columns c
JOIN promised p ON p.table_name = c.table_name
WHERE c.table_schema = 'kb' AND c.is_nullable = 'NO' AND c.column_default IS NULL AND c.is_identity = 'NO'
    AND c.column_name <> ALL (string_to_array(p.column_names, ' '))
    AND c.table_name NOT LIKE '%\_history' AND c.table_name NOT IN ('import_reject', 'change_log', 'alert');
SELECT table_name, column_name, identity_generation
FROM information_schema.columns
WHERE table_schema = 'kb' AND is_identity = 'YES' AND identity_generation <> 'BY DEFAULT';

-- What may be unknown may be NULL.
SELECT c.table_name, string_agg(c.column_name, ' ' ORDER BY c.ordinal_position) AS not_null
FROM information_schema.columns c
JOIN promised p ON p.table_name = c.table_name
WHERE c.table_schema = 'kb' AND c.is_nullable = 'NO'
    AND NOT EXISTS (
        SELECT FROM pg_index i
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
        WHERE i.indisprimary AND i.indrelid = format('kb.%I', c.table_name)::regclass AND a.attname = c.column_name)
GROUP BY c.table_name ORDER BY c.table_name;

-- Everything says what it is.
SELECT pg_describe_object(o.class, o.id, 0) AS without_comment
FROM (
    SELECT 'pg_class'::regclass, c.oid FROM pg_class c
    WHERE c.relnamespace = 'kb'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'S')
    UNION ALL
    SELECT 'pg_class'::regclass, c.oid FROM pg_class c
    WHERE c.relnamespace = 'kb'::regnamespace AND c.relkind = 'i'
        AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid)
    UNION ALL
    SELECT 'pg_proc'::regclass, p.oid FROM pg_proc p WHERE p.pronamespace = 'kb'::regnamespace
    UNION ALL
    SELECT 'pg_type'::regclass, t.oid FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE t.typnamespace = 'kb'::regnamespace AND t.typelem = 0 AND (c.oid IS NULL OR c.relkind = 'c')
    UNION ALL
    SELECT 'pg_trigger'::regclass, t.oid FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE c.relnamespace = 'kb'::regnamespace AND NOT t.tgisinternal
) AS o (class, id)
WHERE obj_description(o.id, o.class::regclass::name) IS NULL
UNION ALL
SELECT format('column %s of %s', a.attname, c.relname)
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'kb'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'c') AND a.attnum > 0 AND NOT a.attisdropped
    AND col_description(a.attrelid, a.attnum) IS NULL;
SELECT obj_description('kb'::regnamespace, 'pg_namespace');

-- Nothing of it is anybody else's to use.
SELECT count(*) AS granted_to_public
FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g
WHERE p.pronamespace = 'kb'::regnamespace AND g.grantee = 0;
SELECT count(*) AS granted_to_others
FROM pg_class c, aclexplode(c.relacl) g
WHERE c.relnamespace = 'kb'::regnamespace AND g.grantee <> c.relowner;

-- The dictionaries
SELECT code, abbr, name_en, name_ru, central FROM kb.specialization;
SELECT code, abbr, name_en, name_ru FROM kb.client_group;
SELECT * FROM kb.potential;
SELECT code, abbr, name_en, name_ru, holds_base, specialized FROM kb."position";
SELECT code, enforcement, title_en, title_ru FROM kb.rule ORDER BY sort_order;

-- The norms
SELECT specialization, string_agg(
    format('%s: %s..%s', from_month, min_accounts, max_accounts), ', ' ORDER BY from_month) AS accounts
FROM kb.norm_tenure WHERE effective_from = '2010-01-01' GROUP BY specialization ORDER BY specialization;
SELECT min_meetings, min_meeting_share, min_cold_calls,
    array_agg(DISTINCT from_month) AS from_month, array_agg(DISTINCT specialization) AS specialization
FROM kb.norm_tenure GROUP BY min_meetings, min_meeting_share, min_cold_calls ORDER BY 1, 3;
SELECT specialization, effective_from AS since, min_paying_share AS paying, max_off_profile AS off_profile,
    may_bind_off_profile AS bind_off, territory_rule, exception_only_on_profile AS exception,
    newcomers_avoid_territories AS newcomers, blacklist_months AS months, blacklist_below AS below
FROM kb.norm_specialization ORDER BY specialization, effective_from;
SELECT specialization, effective_from AS since, stance, max_accounts AS most, string_agg(client_group, ' ' ORDER BY client_group) AS client_groups
FROM kb.norm_client_group GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4;
SELECT specialization, effective_from AS since, string_agg(concat_ws(' ', potential, stance, blacklist_below), ', ' ORDER BY potential DESC) AS potentials
FROM kb.norm_potential GROUP BY 1, 2 ORDER BY 1, 2;
SELECT "position", effective_from AS since, min_meetings, min_own_meeting_share, min_group_meetings FROM kb.norm_position;
SELECT effective_from AS since, paying_above, inactivity_months AS inactivity, respecialization_months AS respecialization,
    handover_months AS handover, max_feed_lag_days AS lag, max_unbind_share AS share, max_unbind_count AS count
FROM kb.policy;
SELECT count(*) AS norms, count(*) FILTER (WHERE note ~ '\S') AS with_note
FROM (
    SELECT note FROM kb.norm_tenure UNION ALL SELECT note FROM kb.norm_specialization
    UNION ALL SELECT note FROM kb.norm_client_group UNION ALL SELECT note FROM kb.norm_potential
    UNION ALL SELECT note FROM kb.norm_position UNION ALL SELECT note FROM kb.policy
) AS n;
SELECT note FROM kb.norm_tenure WHERE specialization = 'dealer' AND from_month = 6;

-- Rows that contradict themselves are refused.
\set VERBOSITY terse
INSERT INTO kb.norm_tenure (specialization, from_month, effective_from, min_accounts, max_accounts)
VALUES ('chain', 0, '2011-01-01', 11, 10);
INSERT INTO kb.norm_tenure (specialization, from_month, effective_from, min_meeting_share)
VALUES ('chain', 0, '2011-01-01', 50);
INSERT INTO kb.norm_tenure (specialization, from_month, effective_from) VALUES ('chain', -2, '2011-01-01');
INSERT INTO kb.norm_tenure (specialization, from_month, effective_from) VALUES ('trader', 0, '2011-01-01');
INSERT INTO kb.norm_specialization (specialization, effective_from, blacklist_months) VALUES ('chain', '2011-01-01', 0);
INSERT INTO kb.norm_client_group (specialization, client_group, effective_from, max_accounts) VALUES ('chain', 'emo', '2011-01-01', -1);
UPDATE kb.policy SET max_unbind_share = 5;
INSERT INTO kb.manager (full_name, hired_on, left_on) VALUES ('Left before hired', '2010-02-01', '2010-01-01');
INSERT INTO kb.turnover (organization_id, month, amount, last_on) VALUES (1, '2010-06', 1, '2010-07-01');
INSERT INTO kb.memo (reason) VALUES (' ');
INSERT INTO kb.memo_item (memo_id, item_no, change, organization_id, to_manager_id) VALUES (1, 1, 'move', 1, 1);
INSERT INTO kb.memo_item (memo_id, item_no, change, organization_id) VALUES (1, 1, 'link', 1);
INSERT INTO kb.authority (role_name, capacity, since, until) VALUES ('nobody', 'reader', '2010-07-02', '2010-07-02');

-- Names that cannot be
\set VERBOSITY default
CREATE SCHEMA planted;
CREATE FUNCTION pg_temp.creating(schema text, memos boolean DEFAULT true,
    OUT state text, OUT message text, OUT detail text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    CALL kbnorms.create_client_base(schema, memos);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;
SELECT state, message, detail, hint
FROM (VALUES (NULL), (''), ('kb'), ('planted'), ('pg_kb'), ('kbnorms'), ('k$b'), (repeat('б', 32))) AS v(name),
    pg_temp.creating(name);
SELECT state, message FROM pg_temp.creating('kb2', NULL);
SELECT nspname FROM pg_namespace WHERE nspname ~ '^kb|б' ORDER BY 1;

-- Two bases side by side know nothing of each other, whatever their names.
CALL kbnorms.create_client_base('База "Север"', memos => false);
SELECT current_setting('search_path') AS unchanged;
SELECT code FROM "База ""Север""".rule WHERE enforcement = 'off' ORDER BY sort_order;
SELECT count(*) AS shared
FROM pg_class c
JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid
CROSS JOIN pg_identify_object_as_address(d.classid, d.objid, 0) a
WHERE c.relnamespace = 'kb'::regnamespace AND a.object_names[1] = 'База "Север"';
SELECT count(*) AS naming_the_other
FROM pg_proc
WHERE pronamespace = '"База ""Север"""'::regnamespace AND (prosrc ~ '\mkb\.' OR proconfig::text ~ '\mkb\M');

-- The default asks for memos; what follows is about norms alone.
SELECT code FROM kb.rule WHERE enforcement = 'off';
SELECT count(*) FROM kb.change_log;
UPDATE kb.rule SET enforcement = 'off' WHERE code IN ('memo', 'approval', 'applicant');

CREATE FUNCTION pg_temp.people(schema text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('search_path', quote_ident(schema), true);
    INSERT INTO unit (id, kind, name, city) VALUES (1, 'office', 'ОП 1', 'Тверь');
    INSERT INTO manager (id, full_name, hired_on, novice_since) VALUES (1, 'Иванов', '2009-01-01', '2009-02-01');
    INSERT INTO manager_post (manager_id, since, "position", specialization, unit_id)
    VALUES (1, '2009-01-01', 'manager', 'universal', 1);
    INSERT INTO organization (id, name, client_group, potential, city)
    SELECT n, 'Организация ' || n, 'emo', 'A', 'Тверь' FROM generate_series(1, 41) n;
END $$;
SELECT pg_temp.people('kb');
SELECT pg_temp.people('База "Север"');
INSERT INTO kb.binding SELECT id, 1 FROM kb.organization WHERE id <= 40;
INSERT INTO "База ""Север""".binding SELECT id, 1 FROM kb.organization WHERE id <= 39;
\set VERBOSITY sqlstate
INSERT INTO kb.binding VALUES (41, 1);
\set VERBOSITY default
SELECT (SELECT count(*) FROM kb.binding_log) AS kb, (SELECT count(*) FROM "База ""Север""".binding_log) AS other;

-- The extension stays while a base needs it.
\set VERBOSITY sqlstate
DROP EXTENSION kbnorms;
\set VERBOSITY default

-- A renamed base works wholly.
SELECT kbnorms.rename_client_base('База "Север"', 'kb');
SELECT kbnorms.rename_client_base('kb', 'kb');
SELECT kbnorms.rename_client_base('kb3', 'kb4');
SELECT kbnorms.rename_client_base('planted', 'kb4');
SELECT kbnorms.rename_client_base('База "Север"', 'north');
SELECT count(*) AS naming_the_old
FROM pg_proc
WHERE pronamespace = 'north'::regnamespace AND (prosrc ~ 'Север' OR proconfig::text ~ 'Север');
INSERT INTO north.binding VALUES (40, 1);
\set VERBOSITY sqlstate
INSERT INTO north.binding VALUES (41, 1);
\set VERBOSITY default
SELECT code, passed FROM north.check_binding(41, 1) WHERE NOT passed;
CREATE TABLE staging (organization_id integer, manager_id integer, bound_on date);
INSERT INTO staging VALUES (41, 1, '2010-07-01');
SELECT * FROM north.import_bindings('staging');
CALL north.unbind_inactive(dry_run => true);
UPDATE north.job SET enabled = false WHERE code <> 'unbind_inactive';
CALL north.run_jobs();
SELECT job, state FROM north.job_run WHERE job = 'unbind_inactive' ORDER BY id;
SELECT measure, actual, norm_max, verdict FROM north.compliance('2010-07') WHERE measure = 'base_size';
UPDATE kb.norm_tenure SET max_accounts = 41 WHERE specialization = 'universal';
INSERT INTO kb.binding VALUES (41, 1);

-- Versions
CALL kbnorms.upgrade_client_base('north');
UPDATE north.client_base SET version = '99.0';
CALL kbnorms.upgrade_client_base('north');
SELECT kbnorms.rename_client_base('north', 'south');
CALL kbnorms.upgrade_client_base('planted');
CALL kbnorms.upgrade_client_base(NULL);
CALL kbnorms.upgrade_client_base('nowhere');

-- Dropping takes nothing that lies outside.
CREATE VIEW outside AS SELECT id FROM north.manager;
CREATE TABLE outside_too (organization_id integer REFERENCES north.organization);
CREATE FUNCTION outside_function(north.manager) RETURNS text LANGUAGE sql RETURN ($1).full_name;
SELECT kbnorms.drop_client_base('north');
DROP FUNCTION outside_function;
DROP TABLE outside_too;
DROP VIEW outside;
SELECT kbnorms.drop_client_base('north');
SELECT kbnorms.drop_client_base('north');
SELECT kbnorms.drop_client_base('planted');
SELECT kbnorms.drop_client_base(NULL);

-- A base belongs to whoever laid it out.
CREATE ROLE regress_kb_owner;
CREATE ROLE regress_kb_other;
SET ROLE regress_kb_owner;
CALL kbnorms.create_client_base('own', memos => false);
RESET ROLE;
SELECT format('GRANT CREATE ON DATABASE %I TO regress_kb_owner', current_database()) \gexec
SET ROLE regress_kb_owner;
CALL kbnorms.create_client_base('own', memos => false);
SELECT pg_temp.people('own');
INSERT INTO own.binding SELECT id, 1 FROM own.organization WHERE id <= 40;
\set VERBOSITY sqlstate
INSERT INTO own.binding VALUES (41, 1);
\set VERBOSITY default
UPDATE own.rule SET enforcement = 'off' WHERE code = 'base_size';
INSERT INTO own.binding VALUES (41, 1);
SELECT kbnorms.drop_client_base('kb');
RESET ROLE;
GRANT USAGE ON SCHEMA own TO regress_kb_other;
GRANT SELECT, INSERT ON own.binding TO regress_kb_other;
SET ROLE regress_kb_other;
UPDATE own.rule SET enforcement = 'block';
SELECT kbnorms.drop_client_base('own');
SELECT kbnorms.rename_client_base('own', 'mine');
CALL kbnorms.upgrade_client_base('own');
SET ROLE regress_kb_owner;
-- He may not see where pg_cron lives, if it does.
SET client_min_messages = warning;
SELECT kbnorms.rename_client_base('own', 'mine');
SELECT count(*) FROM mine.binding;
SELECT kbnorms.drop_client_base('mine');
RESET client_min_messages;
RESET ROLE;

-- Without a base the extension goes.
SELECT kbnorms.drop_client_base('kb');
DROP TABLE staging;
DROP SCHEMA planted;
SELECT format('REVOKE CREATE ON DATABASE %I FROM regress_kb_owner', current_database()) \gexec
DROP ROLE regress_kb_owner;
DROP ROLE regress_kb_other;
SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 1;
