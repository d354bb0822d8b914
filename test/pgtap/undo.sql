-- restore_bindings: what it gives back of what a release took, and what not and
-- why.  The run itself commits, so that test/tap/release.pl tests it: here its
-- batches are called.
BEGIN;
\ir company.psql
SET LOCAL session_replication_role = origin;
SELECT plan(30);

UPDATE job SET enabled = false;
INSERT INTO feed VALUES ('turnover', '2010-07-15'), ('overdue', '2010-07-15');
UPDATE norm_tenure SET min_accounts = NULL, max_accounts = 5 WHERE specialization = 'universal';

-- Three managers of three offices; 4 and 5 belong to one client, and 5 is held twice.
SET LOCAL session_replication_role = replica;
INSERT INTO unit (id, parent_id, kind, name, city) VALUES (20, 3, 'office', 'Perm South', 'Perm'), (21, 3, 'office', 'Perm East', 'Perm');
SELECT pg_temp.hire(1, 'universal', unit_id => 10), pg_temp.hire(2, 'universal', unit_id => 20), pg_temp.hire(3, 'chain', unit_id => 21);
SELECT pg_temp.give(1, 1, 5), pg_temp.give(2, 11, 13), pg_temp.give(3, 21, 25, client_group => 'dealer');
UPDATE organization SET head_id = 4 WHERE id = 5;
INSERT INTO binding VALUES (5, 2, '2009-02-01', true, 'a plant of theirs is his');
SET LOCAL session_replication_role = origin;

-- One run of the release as of a day; what it is known by.
CREATE FUNCTION pg_temp.release() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    run_id bigint := open_job_run('unbind_inactive', NULL, kbnorms.today(), false, NULL);
BEGIN
    PERFORM release_batch(run_id, kbnorms.today(), (SELECT p.account_ids FROM plan_release(kbnorms.today()) p));
    PERFORM close_job_run(run_id, 'done', NULL, 0, 0);
    RETURN run_id;
END
$$;
-- What an undo gives back, and what not for what reason.
CREATE FUNCTION pg_temp.undo(run bigint) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws('; ', string_agg(format('%s:%s', manager_id, organization_id), ' ' ORDER BY manager_id, organization_id) FILTER (WHERE restored),
        string_agg(format('not %s:%s %s', manager_id, organization_id, concat_ws(' ', rule, reason)), '; ' ORDER BY manager_id, organization_id) FILTER (WHERE NOT restored))
    FROM restore_bindings(run)
$$;
CREATE FUNCTION pg_temp.bound() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(format('%s:%s', manager_id, organization_id), ' ' ORDER BY manager_id, organization_id) FROM binding
$$;

-- All of it, where nothing has happened since.
UPDATE rule SET enforcement = 'block'; -- those on memos, too
CREATE TEMPORARY TABLE run AS SELECT pg_temp.release() AS id;
SELECT is(pg_temp.bound(), NULL, 'a release takes everything');
SELECT is((SELECT count(*) FROM released_binding WHERE job_run_id = (TABLE run)), 14::bigint, 'and notes it');
SELECT is(pg_temp.undo((TABLE run)), '1:1 1:2 1:3 1:4 1:5 2:5 2:11 2:12 2:13 3:21 3:22 3:23 3:24 3:25', 'its undoing gives everything back');
SELECT is((SELECT string_agg(DISTINCT bound_on::text, ' ') FROM binding), '2010-07-15', 'from today');
SELECT is((SELECT b FROM binding b WHERE b.organization_id = 5 AND b.additional), ROW(5, 2, '2010-07-15', true, 'a plant of theirs is his')::binding, 'as it was');
SELECT is((SELECT string_agg(DISTINCT format('%s %s %s', change, reason, unbound_on), ', ') FROM binding_log WHERE reason LIKE 'undo%'), format('bind undo of run %s ', (TABLE run)), 'each is logged');
SELECT is((SELECT count(*) FROM binding_log WHERE reason LIKE 'undo%'), 14::bigint, 'in a row of its own');
SELECT matches(pg_temp.undo((TABLE run)), '^not 1:1 it was given back on 2010-07-15; not 1:2 .*; not 3:25 it was given back on 2010-07-15$', 'a second call gives back nothing');
SELECT is((SELECT count(*) FROM binding_log WHERE reason LIKE 'undo%'), 14::bigint, 'and logs nothing');
SELECT is((SELECT count(*) FROM release_due('2010-07-15')), 0::bigint, 'what was given back is not due again');

-- Not what has changed since.
UPDATE rule SET enforcement = 'off' WHERE code IN ('memo', 'approval', 'applicant');
SET LOCAL kbnorms.today = '2011-01-15';
UPDATE feed SET loaded_through = '2011-01-15';
UPDATE run SET id = pg_temp.release();
SELECT is(pg_temp.bound(), NULL, 'half a year later it is all released again');
SET LOCAL kbnorms.today = '2011-01-20';
INSERT INTO binding VALUES (5, 2), (11, 1);
UPDATE manager SET left_on = '2011-01-18' WHERE id = 3;
SELECT is(pg_temp.undo((TABLE run)),
    '1:1 1:2 1:3 2:12 2:13'
    || '; not 1:4 the client has been bound to manager 2; not 1:5 the client has been bound to manager 2; not 2:5 the client has been bound to manager 2'
    || '; not 2:11 the client has been bound to manager 1'
    || (SELECT string_agg(format('; not 3:%s personal manager 3 may not hold a base: left on 2011-01-18', n), '' ORDER BY n) FROM generate_series(21, 25) n),
    'nor whose client was bound meanwhile in any part, nor of a leaver');
UPDATE manager SET left_on = NULL WHERE id = 3;
DELETE FROM binding WHERE organization_id = 5;
SELECT matches(pg_temp.undo((TABLE run)), '^1:4 1:5 2:5 3:21 3:22 3:23 3:24 3:25; not 1:1 it was given back', 'what has become free is given back later');
SELECT is(pg_temp.bound(), '1:1 1:2 1:3 1:4 1:5 1:11 2:5 2:12 2:13 3:21 3:22 3:23 3:24 3:25', 'so that all is back but what another has');

-- Over the norm: what was held before may come back, what was filled meanwhile not.
SET LOCAL kbnorms.today = '2011-08-15';
UPDATE feed SET loaded_through = '2011-08-15';
UPDATE norm_tenure SET max_accounts = 3 WHERE specialization = 'universal';
UPDATE norm_client_group SET max_accounts = 3 WHERE specialization = 'chain' AND client_group = 'dealer';
UPDATE organization SET client_group = NULL, potential = NULL, city = 'Omsk' WHERE id IN (1, 11);
INSERT INTO run SELECT pg_temp.release();
DELETE FROM run WHERE id < (SELECT max(id) FROM run);
SELECT is(pg_temp.undo((TABLE run)), '1:1 1:2 1:3 1:4 1:5 1:11 2:5 2:12 2:13 3:21 3:22 3:23 3:24 3:25',
    'what was held above the norm and off the profile comes back');
-- A release that was killed half-way and taken up by another run: what the undoing
-- of one gives back is in nobody's way at the undoing of the other.
SET LOCAL kbnorms.today = '2012-03-15';
UPDATE feed SET loaded_through = '2012-03-15';
CREATE TEMPORARY TABLE killed AS SELECT open_job_run('unbind_inactive', NULL, kbnorms.today(), false, NULL) AS id;
SELECT release_batch((TABLE killed), kbnorms.today(), '{1,2,21,22,23}');
SELECT close_job_run((TABLE killed), 'failed', 'the run was killed or its session ended', 0, 0);
UPDATE run SET id = pg_temp.release();
SELECT is(pg_temp.undo((TABLE killed)), '1:1 1:2 3:21 3:22 3:23', 'half of a release is undone');
SELECT is(pg_temp.undo((TABLE run)), '1:3 1:4 1:5 1:11 2:5 2:12 2:13 3:24 3:25', 'and then the other half');
SET LOCAL kbnorms.today = '2012-09-15';
UPDATE feed SET loaded_through = '2012-09-15';
UPDATE run SET id = pg_temp.release();
SET LOCAL session_replication_role = replica;
SELECT pg_temp.give(1, 31, 32, bound_on => '2012-09-15'), pg_temp.give(3, 41, 41, client_group => 'dealer', bound_on => '2012-09-15'),
    pg_temp.give(2, 51, 52, bound_on => '2012-09-15');
SET LOCAL session_replication_role = origin;
SELECT is(pg_temp.undo((TABLE run)),
    '1:1 1:2 1:3 2:5 3:21 3:22 3:23 3:24'
    || '; not 1:4 base_size the base of manager 1 has no room left; not 1:5 base_size the base of manager 1 has no room left; not 1:11 base_size the base of manager 1 has no room left'
    || '; not 2:12 base_size the base of manager 2 has no room left; not 2:13 base_size the base of manager 2 has no room left'
    || '; not 3:25 group_quota manager 3 has no room left for clients of group "dealer"',
    'but not into room that has been filled since');
SELECT is((SELECT format('%s %s', count(*) FILTER (WHERE restored_on IS NULL), count(*)) FROM released_binding WHERE job_run_id = (TABLE run)), '6 14', 'which is noted');
SELECT is((SELECT count(*) FROM restore_bindings((TABLE run)) WHERE restored), 0::bigint, 'nor by another call');
SELECT * FROM merge_organizations(12, 13, 'entered twice');
SELECT matches(pg_temp.undo((TABLE run)), 'not 2:12 organization 12 was merged into organization 13 already', 'nor what is an organization no more');
UPDATE rule SET enforcement = 'warn' WHERE code IN ('base_size', 'group_quota');
SELECT is((SELECT count(*) FROM restore_bindings((TABLE run)) WHERE restored), 3::bigint, 'unless the rule only warns');

-- Who, what and when.
SELECT throws_ok('SELECT restore_bindings(0)', '42704', 'there is no run 0 of unbind_inactive', 'a run that is none');
SELECT throws_ok('SELECT restore_bindings(NULL)', '22004', 'there is no run NULL of unbind_inactive', 'or no number');
INSERT INTO job_run (id, job, state, released) VALUES (-1, 'unbind_inactive', 'dry', 5), (-2, 'unbind_inactive', 'done', 0), (-3, 'unbind_inactive', 'done', 5);
SELECT is((SELECT count(*) FROM restore_bindings(-1)), 0::bigint, 'a dry run took nothing');
SELECT is((SELECT count(*) FROM restore_bindings(-2)), 0::bigint, 'nor did one that had nothing to do');
SELECT throws_ok('SELECT restore_bindings(-3)', '55000', 'run -3 was made by an earlier version, which did not note what it took', 'what an earlier version took is not known');
CREATE ROLE stranger;
GRANT USAGE ON SCHEMA kb_report TO stranger;
GRANT ALL ON ALL TABLES IN SCHEMA kb_report TO stranger;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA kb_report TO stranger;
SET LOCAL ROLE stranger;
SELECT throws_ok('SELECT restore_bindings(-2)', '42501', 'must be owner of client base "kb_report"', 'only the owner undoes');
SELECT throws_ok($$SELECT kbnorms.restore_rows('kb_report', -2, '{1}', '{1}')$$, '42501', 'must be owner of client base "kb_report"', 'by no other door either');
RESET ROLE;
SELECT is(kbnorms.restore_rows('kb_report', (TABLE run), '{31,99}', '{2,1}'), 0::bigint, 'nor binds he what the run did not take');

SELECT * FROM finish();
ROLLBACK;
