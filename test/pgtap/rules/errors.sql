-- What a refusal says, and what warn and off make of it.
BEGIN;
\ir company.psql
SELECT plan(30);

SELECT org(1, 'dealer', 'C', 'Tver', 1), org(2, 'dealer'), org(3, city => 'Tver'), org(4);
UPDATE organization SET name = 'Ромашка "и" Co' WHERE id = 3;

-- One rule
SELECT is(f, ROW('23514', 'territory', 'kb', 'binding',
    'change of client base "kb" breaks rule "territory": organization 3 "Ромашка "и" Co", manager 1 "Manager 1": actual Tver, allowed Moscow',
    'rule "territory": organization 3 "Ромашка "и" Co", manager 1 "Manager 1": actual Tver, allowed Moscow',
    'Say in territory_exception that the potential is fully realised and the interaction excellent, or choose a manager in city Tver.')::failure, 'one rule, in all its fields')
FROM failure_of('INSERT INTO kb.binding (organization_id, manager_id) VALUES (3, 1)') AS f;

-- The figure and the bound of each rule
CREATE FUNCTION tools.told(code text, VARIADIC statements text[]) RETURNS text LANGUAGE sql
RETURN (SELECT line[1] FROM tools.failure_of(VARIADIC $2) AS f,
        LATERAL regexp_matches(f.detail, '^rule "' || $1 || '": .*?: (actual .*)$', 'n') AS line LIMIT 1);
SELECT is(told('personal', 'INSERT INTO kb.binding VALUES (4, 9)'), 'actual office_head, allowed a position that may hold a base', 'personal: position');
SELECT is(told('personal', 'INSERT INTO kb.binding VALUES (4, 11)'), 'actual left on 2010-07-15, allowed employed', 'personal: leaver');
SELECT is(told('personal', 'INSERT INTO kb.binding VALUES (4, 1, ''2010-07-16'')'), 'actual bound on 2010-07-16, allowed 2009-01-01 to 2010-07-15', 'personal: bound_on');
SELECT is(told('base_size', 'INSERT INTO kb.binding VALUES (4, 17)'), 'actual 1, allowed 0', 'base_size');
SELECT is(told('client_group', 'INSERT INTO kb.binding VALUES (4, 4)'), 'actual emo, allowed not forbidden', 'client_group');
SELECT is(told('off_profile', 'INSERT INTO kb.binding VALUES (2, 1)'), 'actual dealer, allowed target or allowed', 'off_profile');
SELECT fill(20, 2001, 5, 'dealer');
SELECT is(told('group_quota', 'INSERT INTO kb.binding VALUES (2, 20)'), 'actual 6, allowed 5', 'group_quota');
SELECT is(told('territory', 'INSERT INTO kb.binding VALUES (4, 3)'), 'actual unknown, allowed 1', 'territory: strict');
SELECT is(told('newcomer_territory', 'INSERT INTO kb.binding VALUES (1, 16)'), 'actual 1, allowed none', 'newcomer_territory');
SELECT is(told('potential', 'INSERT INTO kb.binding VALUES (1, 1)'), 'actual C, allowed target or allowed', 'potential');
SELECT is(told('multiple', 'INSERT INTO kb.binding VALUES (4, 1, DEFAULT, false), (4, 13, DEFAULT, true)'),
    'actual manager 13: a holder of the same office, allowed one main manager, others of other offices', 'multiple: office');
SELECT is(told('multiple', 'INSERT INTO kb.binding VALUES (4, 1)', 'UPDATE kb.binding SET manager_id = 2, bound_on = ''2010-07-14'' WHERE organization_id = 4'),
    'actual bound on 2010-07-14, allowed not before 2010-07-15', 'multiple: the previous end');

-- All broken rules of all rows, in the order of the rules
SELECT is(bind(1, 16), 'off_profile territory newcomer_territory potential', 'all that one row breaks');
SELECT is(broken('INSERT INTO kb.binding (organization_id, manager_id, bound_on) VALUES (3, 1, ''2010-07-15''), (1, 16, ''2010-07-15''), (4, 1, ''2010-07-16'')'),
    'personal off_profile territory newcomer_territory potential', 'the first rule in the table is CONSTRAINT, whichever row breaks it');
SELECT matches((f).message, 'breaks rule "personal": organization 4 "Client 4", manager 1 "Manager 1": .* \(and 5 more\)$', 'the message tells the first and how many more')
FROM failure_of('INSERT INTO kb.binding (organization_id, manager_id, bound_on) VALUES (3, 1, ''2010-07-15''), (1, 16, ''2010-07-15''), (4, 1, ''2010-07-16'')') AS f;

-- Twenty, and how many more
INSERT INTO organization (id, name, client_group, potential, city) SELECT id, 'Client ' || id, 'dealer', 'A', 'Moscow' FROM generate_series(100, 125) AS id;
CREATE FUNCTION tools.lines(last_id integer) RETURNS text LANGUAGE sql
RETURN (SELECT count(*) || coalesce(' ' || max(line) FILTER (WHERE line LIKE 'and %'), '')
        FROM tools.failure_of('INSERT INTO kb.binding (organization_id, manager_id) SELECT id, 1 FROM generate_series(100, ' || $1 || ') AS id') AS f,
        LATERAL regexp_split_to_table(f.detail, E'\n') AS line);
SELECT is(lines(119), '20', 'twenty of twenty');
SELECT is(lines(120), '21 and 1 more', 'and one more');
SELECT is(lines(125), '21 and 6 more', 'and six more');

-- off: not judged.  warn: passes; what it then says is in sql/rule_warning.sql
SET client_min_messages = error;
CREATE FUNCTION tools.enforce(enforcement kbnorms.enforcement, VARIADIC codes text[]) RETURNS void LANGUAGE sql
BEGIN ATOMIC UPDATE kb.rule SET enforcement = $1 WHERE code = ANY ($2); END;
SELECT enforce('off', 'off_profile', 'potential');
SELECT is(bind(1, 16), 'territory newcomer_territory', 'off: the others are found');
SELECT enforce('warn', 'territory');
SELECT is(bind(1, 16), 'newcomer_territory', 'warn: CONSTRAINT is the first blocking rule');
SELECT enforce('warn', 'newcomer_territory');
SELECT is(bind(1, 16), 'passes', 'only warnings: it passes');
SELECT is(broken('INSERT INTO kb.binding (organization_id, manager_id) VALUES (1, 16)',
    'SELECT 1 / (SELECT 1 - count(*) FROM kb.binding WHERE organization_id = 1)'), '22012', 'and is bound');
SELECT enforce('off', 'territory', 'newcomer_territory');
SELECT is(bind(1, 16), 'passes', 'all off');

-- A refused statement changes nothing and leaves the session as it was.
SELECT enforce('block', 'off_profile', 'potential', 'territory', 'newcomer_territory');
SELECT results_eq('SELECT count(*), max(id) FROM binding_log', $$VALUES (5::bigint, (SELECT max(id) FROM binding_log))$$, 'the log of what was bound');
SELECT throws_ok('INSERT INTO binding (organization_id, manager_id) VALUES (4, 1), (1, 16)', '23514');
SELECT is((SELECT count(*) FROM binding WHERE organization_id IN (1, 4)), 0::bigint, 'none of the rows of a refused statement');
SELECT is((SELECT count(*) FROM binding_log), 5::bigint, 'nor a log row');
SELECT is(bind(4, 1), 'passes', 'and the next statement goes on');

-- A rule without its row blocks.
DELETE FROM rule WHERE code = 'territory';
SELECT is(bind(3, 1), 'territory', 'a rule without its row blocks');

SELECT * FROM finish();
ROLLBACK;
