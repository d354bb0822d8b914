-- violation: one row for each thing to mend, by the same code as compliance.
BEGIN;
\ir company.psql
SELECT plan(47);

-- What is wrong with a manager by one rule: account (organization) since, '!' where held since before.
CREATE FUNCTION pg_temp.wrong(manager_id integer, rule text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', CASE WHEN v.held_since_before THEN '!' END, v.account_id,
            CASE WHEN v.organization_id <> v.account_id THEN '(' || v.organization_id || ')' END,
            trim_scale(v.actual) || '/' || trim_scale(v.bound), v.since), ', ' ORDER BY v.account_id)
    FROM violation v WHERE v.manager_id = $1 AND v.rule = $2
$$;
CREATE FUNCTION pg_temp.rules(manager_id integer) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(DISTINCT v.rule, ' ' ORDER BY v.rule) FROM violation v WHERE v.manager_id = $1
$$;

-- base_size: one row, above or below.
SELECT pg_temp.hire(1, 'universal');
SELECT pg_temp.give(1, 1, 19, bound_on => '2010-02-01');
SELECT is(pg_temp.wrong(1, 'base_size'), '19/20', 'a base below its minimum is one row, and since when is not known');
SELECT is((SELECT what_to_do FROM violation WHERE manager_id = 1), 'take 1 accounts more; claimable(1) lists whom he may take', 'what to do');
SELECT pg_temp.give(1, 20, 40, bound_on => '2010-03-01');
SELECT is(pg_temp.rules(1), NULL, 'a base within its norm has none');
SELECT pg_temp.give(1, 41, 42, bound_on => '2010-04-05');
SELECT is(pg_temp.wrong(1, 'base_size'), '42/40 2010-04-05', 'a base above its maximum is so since the account too many came');
SELECT is((SELECT what_to_do FROM violation WHERE manager_id = 1), 'give away 2 accounts, to managers with room or to the pool', 'what to do about it');
UPDATE binding SET bound_on = '2009-06-01';
SELECT is(pg_temp.wrong(1, 'base_size'), '! 42/40 2010-01-01', 'what was held before the norm came into force is wrong since then, and marked');
UPDATE binding SET bound_on = '2010-06-01' WHERE organization_id IN (1, 2);
SELECT is(pg_temp.wrong(1, 'base_size'), '42/40 2010-06-01', 'not marked where it came above the norm only later');
INSERT INTO binding_log (organization_id, manager_id, bound_on, additional, change, reason) VALUES (1, 1, '2010-06-01', false, 'bind', 'import');
SELECT is(pg_temp.wrong(1, 'base_size'), '! 42/40 2010-06-01', 'the first load counts as before');
DELETE FROM binding WHERE organization_id >= 41;
SELECT is(pg_temp.rules(1), NULL, 'mended, it is gone');

-- Accounts by client group: as many as compliance counts.
UPDATE organization SET client_group = 'dealer' WHERE id = 3;
UPDATE organization SET client_group = NULL WHERE id = 4;
SELECT is(pg_temp.wrong(1, 'off_profile'), '! 3 2/0 2010-01-01, ! 4 2/0 2010-01-01', 'an off-profile account each, with the figure of the measure');
SELECT is((SELECT DISTINCT what_to_do FROM violation WHERE manager_id = 1), 'move it to a manager who works with its client group, or unbind it', 'to be moved by client group');
UPDATE organization SET client_group = 'emo' WHERE id IN (3, 4);
SELECT pg_temp.hire(2, 'industrial');
SELECT pg_temp.give(2, 101, 102, 'emo', bound_on => '2010-05-01');
SELECT pg_temp.give(2, 103, 130, 'industrial', bound_on => '2010-05-01');
SELECT is(pg_temp.rules(2), 'client_group off_profile', 'a forbidden group is wrong by both');
SELECT is(pg_temp.wrong(2, 'client_group'), '! 101 2/0 2010-07-01, ! 102 2/0 2010-07-01', 'since the group was forbidden');
UPDATE norm_specialization SET max_off_profile = 1 WHERE specialization = 'industrial' AND effective_from = '2010-07-01';
SELECT is(pg_temp.wrong(2, 'off_profile'), '! 101 2/1 2010-07-01, ! 102 2/1 2010-07-01', 'above a cap all that count are named');
SELECT matches((SELECT what_to_do FROM violation WHERE account_id = 101 AND rule = 'off_profile'), 'until at most 1 off-profile accounts are left', 'and how many may stay');
UPDATE norm_specialization SET max_off_profile = 2 WHERE specialization = 'industrial' AND effective_from = '2010-07-01';
SELECT is(pg_temp.rules(2), 'client_group', 'within the cap none is');
INSERT INTO organization (id, name, head_id) VALUES (131, 'Branch', 101);
INSERT INTO binding (organization_id, manager_id, bound_on) VALUES (131, 2, '2010-07-05');
SELECT is((SELECT count(*) FROM violation WHERE manager_id = 2), 2::bigint, 'a client of several organizations is one');
DELETE FROM binding WHERE organization_id = 101;
SELECT is(pg_temp.wrong(2, 'client_group'), '101 (131) 2/0 2010-07-05, ! 102 2/0 2010-07-01', 'named is the organization that he has');

INSERT INTO waiver (manager_id, rule, until, reason) VALUES (2, 'client_group', '2010-07-16', 'until the colleague is back');
SELECT is(pg_temp.rules(2), NULL, 'what is waived is not wrong');
DELETE FROM waiver;

-- Territories.
SELECT pg_temp.hire(3, 'territorial');
INSERT INTO manager_territory (manager_id, territory_id, since) VALUES (3, 1, '2010-01-01');
SELECT pg_temp.give(3, 201, 240, territory_id => 1, bound_on => '2010-07-02');
INSERT INTO organization (id, name, head_id, territory_id) VALUES (241, 'Plant', 201, 2);
INSERT INTO binding (organization_id, manager_id, bound_on) VALUES (241, 3, '2010-07-03');
SELECT is(pg_temp.wrong(3, 'off_profile'), '201 (241) 1/0 2010-07-02', 'the organization in a territory not his');
SELECT is((SELECT what_to_do FROM violation WHERE manager_id = 3), 'move it to the manager of its territory, or unbind it', 'which decides what to do');
UPDATE organization SET city = 'Kungur' WHERE id IN (5, 6);
UPDATE binding SET territory_exception = 'full potential' WHERE organization_id = 5;
SELECT is(pg_temp.wrong(1, 'territory'), '! 6 1/0 2010-01-01', 'outside the city without a justification');
UPDATE organization SET city = 'Perm' WHERE id = 6;
SELECT pg_temp.hire(4, 'universal', '2010-03-01', hired_on => '2010-02-01');
SELECT pg_temp.give(4, 301, 330, bound_on => '2010-06-01');
UPDATE organization SET territory_id = 2 WHERE id = 301;
SELECT is(pg_temp.wrong(4, 'newcomer_territory'), '301 1/0 2010-06-01', 'a novice''s account in a territory');
SET LOCAL kbnorms.today = '2010-10-01';
SELECT is(pg_temp.rules(4), NULL, 'not an experienced one''s');
SET LOCAL kbnorms.today = '2010-07-15';

-- Capped groups: above the cap are those that came last.
SELECT pg_temp.hire(5, 'chain');
SELECT pg_temp.give(5, 401, 405, 'dealer', bound_on => '2010-02-01');
SELECT pg_temp.give(5, 406, 406, 'dealer', bound_on => '2010-01-15');
SELECT pg_temp.give(5, 407, 407, 'dealer', bound_on => '2010-03-01');
SELECT is(pg_temp.wrong(5, 'group_quota'), '405 2/0 2010-02-01, 407 2/0 2010-03-01', 'as many as are above the cap, the last that came');
SELECT is((SELECT DISTINCT what_to_do FROM violation WHERE manager_id = 5), 'move or unbind it, or another one of client group "dealer": he may have 5 of these', 'though any will do');

-- Deadlines.
SELECT pg_temp.hire(6, 'panel_builder');
SELECT pg_temp.give(6, 501, 516, 'panel_builder', bound_on => '2009-01-01');
INSERT INTO manager_post (manager_id, since, "position", specialization, unit_id) VALUES (6, '2010-05-16', 'manager', 'dealer', 10);
SELECT is(pg_temp.rules(6), NULL, 'while a change of specialization has time nothing is wrong');
SET LOCAL kbnorms.today = '2010-07-16';
SELECT is(pg_temp.rules(6), 'off_profile respecialization', 'after the deadline it is');
SELECT is((SELECT count(*) || ' ' || min(since) || ' ' || max(since) || ' ' || bool_and(held_since_before) FROM violation WHERE manager_id = 6 AND rule = 'off_profile'),
    '16 2010-07-16 2010-07-16 true', 'since the deadline, and held since before he changed');
SELECT is((SELECT count(*) || ' ' || min(since) || ' ' || max(since) FROM violation WHERE manager_id = 6 AND rule = 'respecialization'), '16 2010-07-16 2010-07-16', 'and so by the measure of the change');
SET LOCAL kbnorms.today = '2010-07-15';
UPDATE manager SET left_on = '2010-06-15' WHERE id = 5;
SELECT is((SELECT count(*) || ' ' || min(since) FROM violation WHERE manager_id = 5), '7 2010-07-15', 'a leaver has only his hand-over, since its deadline');
SELECT is(pg_temp.rules(5), 'handover', 'by its measure');
UPDATE manager SET left_on = '2010-06-16' WHERE id = 5;
SELECT is(pg_temp.rules(5), NULL, 'before the deadline it is pending, not wrong');
SELECT pg_temp.hire(7, NULL, "position" => 'vtc_head');
SELECT pg_temp.give(7, 601, 602);
UPDATE manager_post SET since = '2010-05-01' WHERE manager_id = 7;
UPDATE binding SET bound_on = '2010-05-02' WHERE organization_id = 602;
SELECT is(pg_temp.wrong(7, 'handover'), '601 1/0 2010-06-01', 'of a VTC head what he had before');

-- What no measure sees.
SELECT pg_temp.give(NULL, 701, 702);
INSERT INTO binding (organization_id, manager_id, bound_on) VALUES (701, 4, '2010-01-31');
SELECT is(pg_temp.wrong(4, 'personal'), '701 2010-01-31', 'bound before he was hired');
UPDATE binding SET bound_on = '2010-07-16' WHERE organization_id = 701;
SELECT is(pg_temp.wrong(4, 'personal'), '701 2010-07-16', 'bound in the future');
UPDATE rule SET enforcement = 'off' WHERE code = 'personal';
SELECT is(pg_temp.rules(4), 'newcomer_territory', 'nothing where the rule is off');
UPDATE rule SET enforcement = 'warn' WHERE code = 'personal';
DELETE FROM binding WHERE organization_id = 701;
INSERT INTO manager (id, full_name, hired_on) VALUES (8, 'Manager 8', '2008-01-01');
INSERT INTO binding (organization_id, manager_id, bound_on) VALUES (702, 8, '2010-01-31');
SELECT is((SELECT what_to_do FROM violation WHERE manager_id = 8), 'move it to a named, employed manager, or give this one a post', 'bound to somebody without a post');
UPDATE manager SET left_on = '2010-06-01' WHERE id = 8;
SELECT is(pg_temp.rules(8), 'handover', 'once he has left it is a hand-over, and that alone');
UPDATE manager SET left_on = NULL WHERE id = 8;
SELECT pg_temp.give(NULL, 711, 711);
INSERT INTO binding (organization_id, manager_id, bound_on, additional) VALUES (711, 1, '2010-02-01', false), (711, 4, '2010-02-15', true);
DELETE FROM binding WHERE organization_id = 10;
SELECT is(pg_temp.wrong(4, 'multiple'), '711 2/1 2010-02-15', 'a second holder of the same office');
SELECT is(pg_temp.rules(1), NULL, 'is said of the additional one');
UPDATE manager_post SET unit_id = 11 WHERE manager_id = 4;
SELECT is(pg_temp.rules(4), 'newcomer_territory territory', 'not where they are of two offices');
UPDATE manager_post SET unit_id = 10 WHERE manager_id = 4;

-- Not there: the black list, interns, what is exempt; what somebody who may
-- read sees.
UPDATE manager SET novice_since = NULL WHERE id IN (1, 2, 3);
SELECT is((SELECT count(*) FROM violation WHERE manager_id IN (1, 2, 3)), 0::bigint, 'an intern is exempt');
SELECT isnt_empty('SELECT * FROM blacklist WHERE manager_id = 1', 'black-listed accounts');
UPDATE manager SET novice_since = '2008-01-01' WHERE id IN (1, 2, 3);
SELECT is((SELECT count(DISTINCT month || ' ' || as_of) || ' ' || min(month) || ' ' || min(as_of) FROM violation), '1 2010-07-01 2010-07-15', 'as of today');
SELECT is((SELECT count(facts_through) FROM violation), 0::bigint, 'and as fresh as the feeds are');
INSERT INTO feed VALUES ('turnover', '2010-07-14'), ('activity', '2010-07-13');
SELECT is((SELECT DISTINCT facts_through FROM violation), '2010-07-13', 'the older of the two that are read');

SELECT * FROM finish();
ROLLBACK;
