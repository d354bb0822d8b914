-- unit_scorecard and head_scorecard: exact figures of a small company, and how
-- the parts add up to the whole.
BEGIN;
\ir company.psql
SELECT plan(39);

-- Office 10: managers 1 and 2, their lead 3, an intern 6, the head 7.
-- Office 11: manager 4 and the leaver 5.  The region has the director 8.
UPDATE norm_tenure SET min_accounts = 3 WHERE specialization = 'universal' AND min_accounts IS NOT NULL;
SELECT pg_temp.hire(3, 'universal', "position" => 'group_lead');
SELECT pg_temp.hire(1, 'universal', lead_id => 3);
SELECT pg_temp.hire(2, 'universal', lead_id => 3);
SELECT pg_temp.hire(4, 'universal', unit_id => 11);
SELECT pg_temp.hire(5, 'universal', unit_id => 11, lead_id => 3);
SELECT pg_temp.hire(6, 'universal', NULL);
SELECT pg_temp.hire(7, NULL, "position" => 'office_head');
SELECT pg_temp.hire(8, NULL, "position" => 'sales_director', unit_id => 2);
UPDATE manager SET left_on = '2010-06-20' WHERE id = 5;
SELECT pg_temp.give(1, 1, 3);
SELECT pg_temp.give(2, 11, 12);
SELECT pg_temp.give(4, 21, 21, 'dealer', city => 'Kungur');
SELECT pg_temp.give(4, 22, 22, city => 'Kungur');
SELECT pg_temp.give(5, 31, 32);
-- Client 1 in both offices by a branch, organization 2 twice in one office, 3 in both.
INSERT INTO organization (id, name, head_id) VALUES (101, 'Branch of 1', 1);
INSERT INTO binding (organization_id, manager_id, bound_on, additional)
VALUES (101, 4, '2009-01-01', false), (2, 2, '2009-01-01', true), (3, 4, '2009-01-01', true);
INSERT INTO turnover (organization_id, month, amount)
VALUES (1, '2010-06', 20000), (101, '2010-06', 16000), (2, '2010-06', 30000), (3, '2010-06', 10000), (11, '2010-06', 15000),
    (21, '2010-06', 50000), (31, '2010-06', 20000), (1, '2010-05', 99000);
SELECT pg_temp.act(1, 'meeting', 2, '2010-06-10');
SELECT pg_temp.act(7, 'meeting', 15, '2010-06-10');

CREATE FUNCTION pg_temp.figures(unit_id integer, VARIADIC names text[]) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(coalesce(trim_scale(round((to_jsonb(f) ->> n.name)::numeric, 4))::text, '-'), ' ' ORDER BY n.place)
    FROM unit_scorecard('2010-06') f CROSS JOIN unnest($2) WITH ORDINALITY n(name, place) WHERE f.unit_id = $1
$$;

-- Who is counted.
SELECT is((SELECT array_agg(unit_id || ' ' || kind || ' ' || unit_name || ' ' || coalesce(parent_id::text, '-') ORDER BY unit_id) FROM unit_scorecard('2010-06')),
    ARRAY['1 centre Centre -', '2 region Urals 1', '3 cluster Perm and around 2', '10 office Perm North 3', '11 office Kungur 3'],
    'a row for each unit with people below it');
SELECT is(pg_temp.figures(10, 'people', 'managers', 'compliant_managers', 'compliant_share'), '5 3 1 0.3333',
    'an intern and a head have cards, and are no managers judged by the norms; one of three missed nothing');
SELECT is(pg_temp.figures(11, 'people', 'managers', 'compliant_managers', 'compliant_share'), '2 1 0 0', 'nor is a leaver');
SELECT is(pg_temp.figures(1, 'people', 'managers', 'compliant_managers', 'compliant_share'), '7 4 1 0.25', 'a parent is the sum');

-- By measure.
SELECT is(pg_temp.figures(10, 'base_size_judged', 'base_size_met', 'base_size_missed', 'base_size_pending', 'base_size_exempt', 'base_size_share'),
    '3 2 1 0 1 0.6667', 'two of three judged have enough accounts; the intern is exempt');
SELECT is(pg_temp.figures(11, 'base_size_judged', 'base_size_met', 'base_size_missed', 'base_size_pending', 'base_size_exempt', 'base_size_share'),
    '1 1 0 0 0 1', 'the leaver is not judged in it');
SELECT is(pg_temp.figures(3, 'base_size_judged', 'base_size_met', 'base_size_missed', 'base_size_pending', 'base_size_exempt', 'base_size_share'),
    '4 3 1 0 1 0.75', 'the share of the parent is of its own sums');
SELECT is(pg_temp.figures(10, 'cold_calls_judged', 'cold_calls_met', 'cold_calls_exempt', 'cold_calls_share'), '0 0 4 -', 'no share of nobody');
SELECT is(pg_temp.figures(10, 'head_meetings_judged', 'head_meetings_met', 'head_meetings_share'), '1 1 1', 'heads by their own measure');
SELECT is(pg_temp.figures(11, 'handover_judged', 'handover_missed', 'handover_pending', 'handover_accounts', 'handover_accounts_missed'), '1 0 1 2 0',
    'a hand-over that still has time: of one person, two accounts');
SELECT is(pg_temp.figures(11, 'off_profile_judged', 'off_profile_missed', 'off_profile_accounts'), '1 1 1', 'accounts off the profile');

-- Each client once.
SELECT is(pg_temp.figures(10, 'clients', 'clients_shared', 'organizations', 'organizations_shared'), '5 1 5 1', 'two managers of an office hold one client');
SELECT is(pg_temp.figures(11, 'clients', 'clients_shared', 'organizations', 'organizations_shared'), '6 0 6 0', 'what a leaver still holds is his office''s');
SELECT is(pg_temp.figures(3, 'clients', 'clients_shared', 'organizations', 'organizations_shared'), '9 2 10 1',
    'two clients are in both offices, of one of them the same organization');
SELECT is(pg_temp.figures(1, 'clients', 'clients_shared', 'organizations', 'organizations_shared'), '9 0 10 0', 'in one part of it alone there is nothing shared');
SELECT is(pg_temp.figures(10, 'paying', 'paying_shared', 'paying_of_clients', 'turnover', 'turnover_shared'), '2 1 0.4 75000 30000', 'paying and turnover');
SELECT is(pg_temp.figures(11, 'paying', 'paying_shared', 'paying_of_clients', 'turnover', 'turnover_shared'), '3 0 0.5 96000 0', 'of the other office');
SELECT is(pg_temp.figures(3, 'paying', 'paying_shared', 'paying_of_clients', 'turnover', 'turnover_shared'), '4 1 0.4444 161000 10000', 'and of both');
SELECT is(pg_temp.figures(10, 'blacklisted', 'blacklisted_shared'), '2 0', 'black-listed accounts');
SELECT is(pg_temp.figures(3, 'blacklisted', 'blacklisted_shared'), '3 1', 'listed in two offices counts once');

-- The other doors.
SELECT bag_eq('SELECT f.* FROM unit u CROSS JOIN LATERAL unit_scorecard(''2010-06'', u.id) f', 'SELECT * FROM unit_scorecard(''2010-06'')',
    'units one by one are all units');
SELECT bag_eq('SELECT * FROM unit_scorecard', 'SELECT * FROM unit_scorecard(''2010-07'')', 'the view is the running month');
SELECT throws_ok('SELECT * FROM unit_scorecard(NULL)', '22004', 'month must not be null', 'a NULL month is refused');
SELECT throws_ok('SELECT * FROM head_scorecard(NULL)', '22004', 'month must not be null', 'by heads too');
SELECT is_empty('SELECT * FROM unit_scorecard(''2010-08'')', 'a month not begun has no units');
SELECT is_empty('SELECT * FROM head_scorecard(''2010-08'')', 'and no heads');
SELECT is((SELECT count(*) FROM unit_scorecard('2010-06', 12)), 0::bigint, 'a unit without people has no row');
INSERT INTO unit (id, parent_id, kind, name) VALUES (13, 10, 'office', 'Below');
UPDATE unit SET parent_id = 13 WHERE id = 3;
SELECT isnt_empty('SELECT * FROM unit_scorecard(''2010-06'')', 'a loop in the tree does not hang');
UPDATE unit SET parent_id = 2 WHERE id = 3;

SELECT is((SELECT count(*) FROM unnest(ARRAY[NULL, 0, 99, 99999999999]) i(id), LATERAL (SELECT unit_id FROM unit_scorecard('2010-06', i.id)
        UNION ALL SELECT manager_id FROM head_scorecard('2010-06', i.id)) f), 0::bigint, 'nobody''s number has no row');

-- How fresh.
SELECT is((SELECT array_agg(DISTINCT coalesce(facts_through::text, '-')) FROM unit_scorecard('2010-06')), ARRAY['-'], 'nothing is known of the feeds');
INSERT INTO feed (name, loaded_through) VALUES ('turnover', '2010-07-14'), ('activity', '2010-07-10');
SELECT is((SELECT array_agg(DISTINCT facts_through) FROM unit_scorecard('2010-06')), ARRAY[date '2010-07-10'], 'the feed that is behind counts');
SELECT is((SELECT array_agg(DISTINCT s.facts_through) || array_agg(DISTINCT c.facts_through) || (SELECT array_agg(DISTINCT facts_through) FROM blacklist)
        FROM scorecard s JOIN compliance c USING (manager_id)),
    ARRAY[date '2010-07-10', '2010-07-10', '2010-07-14'], 'on the cards too; a black list reads turnover alone');

-- Heads.
CREATE FUNCTION pg_temp.head(manager_id integer) RETURNS text LANGUAGE sql AS $$
    SELECT format('%s %s | %s %s/%s | %s %s | %s %s/%s %s %s %s %s', leads, unit_id, head_meetings, trim_scale(head_meetings_actual), trim_scale(head_meetings_norm),
        missed, compliant, people, compliant_managers, managers, clients, paying, trim_scale(turnover), handover_accounts)
    FROM head_scorecard('2010-06') h WHERE h.manager_id = $1
$$;
SELECT is(pg_temp.head(7), 'unit 10 | met 15/15 | 0 t | 5 1/3 5 2 75000 0', 'the head of an office: by his norm, beside his office');
SELECT is(pg_temp.head(8), 'unit 2 |  / |   | 7 1/4 9 4 161000 2', 'a director has no norm and a region');
SELECT is(pg_temp.head(3), 'group 10 |  / | 2 f | 2 1/2 5 2 75000 0', 'a lead has his group: who names him and is on staff');
SELECT is((SELECT array_agg(lead_own_meetings || ' ' || coalesce(lead_own_meetings_norm::text, '-') || ', ' || lead_group_meetings || ' ' || lead_group_meetings_actual || '/' || lead_group_meetings_norm)
        FROM head_scorecard('2010-06') WHERE manager_id = 3),
    ARRAY['exempt -, missed 0/15'], 'and the two measures of leads');
SELECT is((SELECT array_agg(manager_id ORDER BY manager_id) FROM head_scorecard('2010-06')), ARRAY[3, 7, 8], 'nobody else leads');
SELECT bag_eq('SELECT f.* FROM manager m CROSS JOIN LATERAL head_scorecard(''2010-06'', m.id) f', 'SELECT * FROM head_scorecard(''2010-06'')',
    'heads one by one are all heads');
INSERT INTO position (code, name_en, name_ru, leads) VALUES ('deputy', 'Deputy', 'Заместитель', 'unit');
UPDATE manager_post SET "position" = 'deputy', unit_id = 3 WHERE manager_id = 8;
SELECT is(pg_temp.head(8), 'unit 3 |  / |   | 7 1/4 9 4 161000 2', 'a position of the company''s own leads what its row says');

SELECT * FROM finish();
ROLLBACK;
