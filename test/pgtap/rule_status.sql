-- rule_status and verify_job(): every rule, norm and promise with how it stands
-- and when it was last proven.
BEGIN;
\ir company.psql
SET client_min_messages = error;
SET LOCAL session_replication_role = origin;
SET LOCAL search_path = kb_report, kbnorms, public, pg_temp;
SELECT plan(21);

-- The states of some, as "rule state open"; all that are not in another one.
CREATE FUNCTION pg_temp.states(VARIADIC rules text[]) RETURNS text
LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', s.rule, s.state, nullif(s.open_violations, 0)), ', ' ORDER BY s.sort_order)
    FROM rule_status s WHERE s.rule = ANY (rules)
$$;
CREATE FUNCTION pg_temp.in_state(state text) RETURNS text
LANGUAGE sql AS $$
    SELECT string_agg(s.rule, ' ' ORDER BY s.sort_order) FROM rule_status s WHERE s.state = $1
$$;

SELECT set_eq('SELECT DISTINCT unnest(checks) FROM rule_subjects()', $$
    SELECT regexp_split_to_table((regexp_match(obj_description(p.oid, 'pg_proc'), 'Checks? ([a-z_, ]+)\.$'))[1], ', ')
    FROM pg_proc p WHERE p.pronamespace = 'kb_report'::regnamespace AND p.proname ~ '^verify_' AND p.proretset$$,
    'every check of verify proves something here');
SELECT set_eq('SELECT rule FROM rule_subjects()', $$SELECT code FROM rule UNION ALL
    SELECT replace(attname, '_actual', '') FROM pg_attribute WHERE attrelid = 'scorecard_row'::regclass AND attname ~ '_actual$'
        AND replace(attname, '_actual', '') NOT IN (SELECT code FROM rule) UNION ALL
    VALUES ('link'), ('keys'), ('log'), ('guards'), ('records')$$, 'every rule, every measure and every promise, once');

INSERT INTO feed (name, loaded_through) VALUES ('turnover', '2010-07-12'), ('activity', '2010-07-15')
ON CONFLICT (name) DO UPDATE SET loaded_through = excluded.loaded_through;
SELECT is(pg_temp.in_state('holds'), NULL, 'nothing holds that was never proven');
SELECT is(pg_temp.states('memo', 'personal', 'link'), 'personal unchecked, memo unchecked, link unchecked', 'it is unchecked');
SELECT is((SELECT reason FROM rule_status WHERE rule = 'link'), 'never proven over all rows; the job verify does that', 'as is said');

SELECT is(verify_job(), 0::bigint, 'the job finds a fresh base sound');
SELECT is(pg_temp.in_state('unchecked'), 'memo approval applicant', 'then only what is off is unchecked');
SELECT is((SELECT concat_ws(': ', enforcement, reason) FROM rule_status WHERE rule = 'memo'),
    'off: the rule is off: nothing that breaks it is refused; never proven over all rows; the job verify does that', 'and says so');
SELECT is((SELECT count(DISTINCT last_checked_at) || ' ' || bool_and(last_checked_at > now()) FROM rule_status WHERE state = 'holds'), count(*) || ' true', 'what holds has its date')
FROM rule_status WHERE state = 'holds';

-- A feed that is behind
UPDATE feed SET loaded_through = '2010-07-11' WHERE name = 'turnover';
SELECT is(pg_temp.in_state('unknown'), 'paying_share', 'a stale feed: what rests on it is unknown');
SELECT is((SELECT reason || ' ' || facts_through FROM rule_status WHERE rule = 'paying_share'),
    'feed "turnover" is loaded through 2010-07-11, needed is 2010-07-12 2010-07-11', 'and why');
DELETE FROM feed;
SELECT is(pg_temp.in_state('unknown'), 'paying_share meetings cold_calls head_meetings lead_own_meetings lead_group_meetings', 'no feed at all');
INSERT INTO feed (name, loaded_through) VALUES ('turnover', '2010-07-12'), ('activity', '2010-07-15');

-- What is broken
SET LOCAL session_replication_role = replica;
SELECT pg_temp.hire(1, 'universal');
SELECT pg_temp.give(1, 1, 41);
UPDATE organization SET client_group = 'chain' WHERE id IN (1, 2);
SET LOCAL session_replication_role = origin;
SELECT is(pg_temp.in_state('broken'), 'base_size off_profile potential cool_off intake_limit move_limit log',
    'a base past the triggers breaks what it breaks, and what is judged at binding alone');
SELECT is(pg_temp.states('base_size', 'off_profile', 'log'), 'base_size broken 1, off_profile broken 2, log broken 41', 'by so many');
SELECT is((SELECT sum(open_violations) FROM rule_status WHERE kind <> 'structure' AND rule NOT IN ('potential', 'applicant', 'cool_off', 'intake_limit', 'move_limit')),
    (SELECT count(*) FROM violation)::numeric, 'which violation lists');
SELECT is((SELECT last_violations FROM rule_status WHERE rule = 'log'), 0::bigint, 'the last proof said otherwise');
SELECT is(verify_job(), 41::bigint, 'the next one counts what verify finds');
SELECT is((SELECT last_violations FROM rule_status WHERE rule = 'log'), 41::bigint, 'and remembers it');
UPDATE rule SET enforcement = 'warn' WHERE code = 'base_size';
SELECT is((SELECT enforcement || ': ' || reason FROM rule_status WHERE rule = 'base_size'), 'warn: the rule only warns; violation and verify() list what is wrong', 'a rule that only warns says so');

-- The history is bounded, but the last proof stays.
UPDATE rule_check SET checked_at = checked_at - interval '500 days';
UPDATE rule SET enforcement = 'off' WHERE code = 'base_size';
SELECT is(verify_job(), 41::bigint, 'another day');
SELECT is((SELECT string_agg(DISTINCT rule, ' ') FROM rule_check WHERE checked_at < now()), 'base_size', 'only the last proof of what is off now is older than job.keep_days');

SELECT * FROM finish();
ROLLBACK;
