-- Each broken rule comes with its remedy, and the remedy applied does pass: each
-- is read from what it says, applied, and asked about again.
BEGIN;
\ir company.psql
SELECT plan(49);

CREATE FUNCTION tools.remedy(organization_id integer, manager_id integer, code text) RETURNS text LANGUAGE sql
RETURN (SELECT c.remedy FROM kb.check_binding($1, $2) c WHERE c.code = $3);
CREATE FUNCTION tools.passed(organization_id integer, manager_id integer, code text, on_date date DEFAULT '2010-07-15') RETURNS boolean LANGUAGE sql
RETURN (SELECT c.passed FROM kb.check_binding($1, $2, $4) c WHERE c.code = $3);
-- What stands in a remedy: a list after a colon, the first number, the first date.
CREATE FUNCTION tools.listed(remedy text) RETURNS SETOF text LANGUAGE sql
RETURN regexp_split_to_table(substring($1 FROM ': ([^.]*?)(?: take client group \w+)?\.$'), ', ');
CREATE FUNCTION tools.number(remedy text) RETURNS integer LANGUAGE sql
RETURN substring($1 FROM '\d+')::integer;
CREATE FUNCTION tools.day(remedy text, n integer DEFAULT 1) RETURNS date LANGUAGE sql
RETURN (ARRAY(SELECT d[1] FROM regexp_matches($1, '\d{4}-\d\d-\d\d', 'g') d))[$2]::date;
-- Whether a rule passes after a change that is undone again.
CREATE FUNCTION tools.cured(organization_id integer, manager_id integer, code text, VARIADIC changes text[]) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    is_cured boolean;
    change text;
BEGIN
    FOREACH change IN ARRAY changes LOOP
        EXECUTE change;
    END LOOP;
    is_cured := tools.passed(organization_id, manager_id, code);
    RAISE SQLSTATE 'KB000';
EXCEPTION WHEN SQLSTATE 'KB000' THEN
    RETURN is_cured;
END
$$;
CREATE FUNCTION tools.hint(statement text) RETURNS text LANGUAGE sql
RETURN (tools.failure_of($1)).hint;

SELECT org(1), org(2, 'dealer'), org(3, NULL), org(4, city => 'Tver', territory_id => 2), org(5, territory_id => 1),
    org(6, potential => 'C'), org(7, city => NULL), org(9, 'dealer', 'B', 'Tver', 1), org(10, NULL, NULL, head_id => 3);

-- personal
SELECT is(remedy(1, 15, 'personal'), remedy(1, 9, 'personal'), 'no post, and one of another position');
SELECT set_eq($$SELECT p.code, cured(1, m.id, 'personal', format('INSERT INTO kb.manager_post (manager_id, since, position, unit_id) VALUES (%s, today(), %L, 4)', m.id, p.code))
    FROM position p CROSS JOIN (VALUES (9), (15)) m (id)$$,
    $$SELECT p.code, p.code IN (SELECT listed(remedy(1, 9, 'personal'))) FROM position p$$, 'each post that it names passes, no other does');
SELECT is(day(remedy(1, 12, 'personal')), '2010-07-16', 'from the day he is hired');
SELECT ok(passed(1, 12, 'personal', day(remedy(1, 12, 'personal'))), 'on that day it passes');
SELECT ok(NOT passed(1, 12, 'personal', day(remedy(1, 12, 'personal')) - 1), 'the day before it does not');
SELECT matches(remedy(1, 11, 'personal'), '^Choose another manager .* has left', 'of a leaver nothing helps');
UPDATE manager SET left_on = '2010-07-01' WHERE id = 9;
SELECT is(remedy(1, 9, 'personal'), remedy(1, 11, 'personal'), 'not even a post that may hold a base');
UPDATE manager SET left_on = NULL, hired_on = '2010-07-16' WHERE id = 9;
SELECT is(day(remedy(1, 9, 'personal')), '2010-07-16', 'nor of who is not hired yet');
UPDATE manager SET hired_on = '2009-01-01' WHERE id = 9;
SELECT is(hint(format('INSERT INTO kb.binding VALUES (1, 1, %L)', d)), 'Give a bound_on from 2009-01-01 to 2010-07-15.', 'a day out of his time')
FROM unnest(ARRAY['2008-12-31', '2010-07-16']) d;
SELECT is(bind(1, 1, d), 'passes', 'the first and the last day do')
FROM unnest(ARRAY['2009-01-01', '2010-07-15']::date[]) d;

-- base_size
SELECT fill(1, 1001, 38);
CREATE FUNCTION tools.exchange(given integer, statement text) RETURNS text LANGUAGE sql
RETURN tools.broken(format('WITH gone AS (DELETE FROM kb.binding WHERE organization_id BETWEEN 1001 AND 1000 + %s RETURNING 1) %s', $1, $2));
CREATE FUNCTION tools.five() RETURNS text LANGUAGE sql
RETURN 'INSERT INTO kb.binding (organization_id, manager_id) SELECT id, 1 FROM generate_series(20, 24) id';
SELECT org(id) FROM generate_series(20, 24) id;
SELECT is(number(hint(five())), 3, 'five more than 38 of 40: three are to go');
SELECT is(exchange(3, five()), 'passes', 'three given away');
SELECT is(exchange(2, five()), 'base_size', 'two are not enough');
SELECT fill(1, 2001, 2);
SELECT is(number(remedy(1, 1, 'base_size')), 1, 'one more than 40: one is to go');
INSERT INTO norm_tenure (specialization, from_month, effective_from, max_accounts) VALUES ('universal', 12, '2010-07-15', 30);
SELECT is(number(hint(five())), 5, 'what is over the norm already may stay');
SELECT is(exchange(5, five()), 'passes', 'five for five');
SELECT is(exchange(4, five()), 'base_size', 'not five for four');
SELECT matches(remedy(1, 17, 'base_size'), '^Bring him 1 account less, for he may have 0', 'who has none can give none away');
UPDATE norm_tenure SET max_accounts = 40 WHERE effective_from = '2010-07-15';
-- a link undone counts one more
SELECT org(30), org(31, head_id => 30);
DELETE FROM binding WHERE organization_id IN (1001, 1002);
INSERT INTO binding (organization_id, manager_id) VALUES (30, 1), (31, 1), (1001, 1);
SELECT is(hint('UPDATE kb.organization SET head_id = NULL WHERE id = 31'), 'Take 1 account from him before.', 'of a link: before it');
SELECT is(broken('DELETE FROM kb.binding WHERE organization_id = 1001', 'UPDATE kb.organization SET head_id = NULL WHERE id = 31'), 'passes', 'then it passes');

-- client_group and off_profile: the specializations that take the group
CREATE TEMP TABLE somebody (specialization text, id integer);
INSERT INTO somebody VALUES ('universal', 2), ('territorial', 3), ('industrial', 4), ('panel_builder', 5), ('dealer', 6), ('chain', 7);
SELECT set_eq($$SELECT s.specialization, passed(1, s.id, 'client_group') AND passed(1, s.id, 'off_profile') FROM somebody s$$,
    $$SELECT s.specialization, s.specialization IN (SELECT listed(remedy(1, 4, 'client_group'))) FROM somebody s$$, 'client_group names those who take emo, all of them');
SELECT set_eq($$SELECT s.specialization, passed(2, s.id, 'client_group') AND passed(2, s.id, 'off_profile') FROM somebody s$$,
    $$SELECT s.specialization, s.specialization IN (SELECT listed(remedy(2, 2, 'off_profile'))) FROM somebody s$$, 'off_profile names those who take dealers');
SELECT results_eq($$SELECT s.specialization, g.code, cured(o, s.id, 'off_profile', format('UPDATE kb.organization SET client_group = %L WHERE id = 3', g.code))
            AND cured(o, s.id, 'client_group', format('UPDATE kb.organization SET client_group = %L WHERE id = 3', g.code))
        FROM somebody s CROSS JOIN client_group g CROSS JOIN (VALUES (3), (10)) o (o) ORDER BY 1, 2, o$$,
    $$SELECT s.specialization, g.code, g.code IN (SELECT listed(remedy(o, s.id, 'off_profile')))
        FROM somebody s CROSS JOIN client_group g CROSS JOIN (VALUES (3), (10)) o (o) ORDER BY 1, 2, o$$,
    'an unknown group: each that it names passes, of the head too, no other does');
SELECT is(number(remedy(10, 2, 'off_profile')), 3, 'the group is the head''s to record');
UPDATE norm_client_group SET stance = NULL WHERE client_group = 'chain';
SELECT org(11, 'chain');
SELECT matches(remedy(11, 2, 'off_profile'), '^Leave the client where it is: no specialization takes client group chain', 'a group that nobody takes');
SELECT ok(bool_and(NOT passed(11, s.id, 'off_profile')), 'nobody indeed') FROM somebody s;

-- group_quota
SELECT fill(7, 3001, 4, 'dealer');
SELECT org(id, 'dealer') FROM generate_series(40, 42) id;
SELECT is(number(hint('INSERT INTO kb.binding (organization_id, manager_id) SELECT id, 7 FROM generate_series(40, 42) id')), 2, 'seven dealers where five may be: two are to go');
SELECT is(broken('WITH gone AS (DELETE FROM kb.binding WHERE organization_id IN (3001, 3002)) INSERT INTO kb.binding (organization_id, manager_id) SELECT id, 7 FROM generate_series(40, 42) id'), 'passes', 'two given away');
SELECT is(broken('WITH gone AS (DELETE FROM kb.binding WHERE organization_id = 3001) INSERT INTO kb.binding (organization_id, manager_id) SELECT id, 7 FROM generate_series(40, 42) id'), 'group_quota', 'one is not enough');

-- territory
SELECT ok(cured(4, 3, 'territory', format('INSERT INTO kb.manager_territory (manager_id, territory_id, since) VALUES (3, %s, today())', number(remedy(4, 3, 'territory')))), 'the territory given to him');
SELECT set_eq($$SELECT t.id::text, cured(1, 3, 'territory', format('UPDATE kb.organization SET territory_id = %s WHERE id = 1', t.id)) FROM territory t$$,
    $$SELECT t.id::text, t.id::text IN (SELECT listed(remedy(1, 3, 'territory'))) FROM territory t$$, 'an unknown territory: each that it names passes, no other does');
SELECT matches(remedy(1, 18, 'territory'), '^Record the territory of the organization, and choose', 'who has none');
SELECT matches(remedy(4, 2, 'territory'), '^Say in territory_exception .* in city Tver', 'a justification');
SELECT is(bind(4, 2, territory_exception => 'fully realised'), 'passes', 'with it');
SELECT ok(passed(4, 19, 'territory'), 'or a manager of that city');
SELECT matches(remedy(9, 4, 'territory'), '^Choose a manager in city Tver: .* no justification counts', 'where none counts');
SELECT matches(bind(9, 4, territory_exception => 'fully realised'), 'territory', 'it does not indeed');

-- newcomer_territory
SELECT ok(passed(5, 16, 'newcomer_territory', day(remedy(5, 16, 'newcomer_territory'))), 'on the day on which he is experienced');
SELECT ok(NOT passed(5, 16, 'newcomer_territory', day(remedy(5, 16, 'newcomer_territory')) - 1), 'not the day before');
SELECT is(day(remedy(5, 17, 'newcomer_territory')), NULL, 'an intern has no such day');

-- potential
SELECT set_eq($$SELECT p.code, cured(6, 2, 'potential', format('UPDATE kb.organization SET potential = %L WHERE id = 6', p.code)) FROM potential p$$,
    $$SELECT p.code, p.code IN (SELECT listed(remedy(6, 2, 'potential'))) FROM potential p$$, 'each potential that it names passes, no other does');

-- multiple
INSERT INTO binding (organization_id, manager_id, additional) VALUES (7, 2, false), (7, 19, true);
SELECT is(broken(format('UPDATE kb.binding SET manager_id = 13 WHERE organization_id = 7 AND manager_id = %s', number(remedy(7, 13, 'multiple')))), 'passes', 'the main binding moved to him');
INSERT INTO binding (organization_id, manager_id, additional) VALUES (7, 16, true);
SELECT is(listed(remedy(7, 13, 'multiple')), '16', 'and holders of his office');
SELECT is(broken('DELETE FROM kb.binding WHERE organization_id = 7 AND manager_id = 16', 'UPDATE kb.binding SET manager_id = 13 WHERE organization_id = 7 AND NOT additional'), 'passes', 'ended, it passes');
SELECT matches(remedy(7, 2, 'multiple'), '^Nothing needs to be done', 'he has it');
DELETE FROM binding WHERE organization_id = 7;
SELECT is(bind(7, 2, day(hint('INSERT INTO kb.binding VALUES (7, 2, ''2010-07-14'')'))), 'passes', 'not before another main binding ended');

SELECT is_empty($$SELECT m.id, o.id, c.code FROM manager m CROSS JOIN organization o CROSS JOIN LATERAL check_binding(o.id, m.id) c
    WHERE (c.passed IS NOT FALSE) IS DISTINCT FROM (c.remedy IS NULL) OR c.passed = false AND right(c.message, length(c.remedy)) <> c.remedy$$,
    'a remedy where a rule is broken, and only there; the message ends with it');

SELECT * FROM finish();
ROLLBACK;
