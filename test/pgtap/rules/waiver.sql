-- A waiver lets a rule pass for a manager for a time, and is named where it does.
BEGIN;
\ir company.psql
SELECT plan(47);

SELECT org(id) FROM generate_series(1, 3) AS id;
SELECT org(4, 'dealer'), org(5, city => 'Tver'), org(6, NULL), org(7, head_id => 1);
SELECT fill(1, 1001, 40);
CREATE ROLE kbt_centre; CREATE ROLE kbt_other;
SELECT is(bind(1, 1), 'base_size', 'without a waiver');
INSERT INTO waiver (manager_id, rule, since, until, reason) VALUES (1, 'base_size', '2010-07-16', '2010-07-20', 'takes over a base');

-- The days
SELECT is(bind(1, 1), 'base_size', 'on the day before its first');
SET kbnorms.today = '2010-07-16';
SELECT is(bind(1, 1, '2010-07-16'), 'passes', 'on its first day');
SET kbnorms.today = '2010-07-19';
SELECT is(bind(1, 1, '2010-07-19'), 'passes', 'on its last day');
SET kbnorms.today = '2010-07-20';
SELECT is(bind(1, 1, '2010-07-20'), 'base_size', 'on the day after');
SET kbnorms.today = '2010-07-16';
UPDATE norm_tenure SET min_accounts = NULL, max_accounts = 0 WHERE specialization = 'universal';
SELECT is(bind(1, 2, '2010-07-16'), 'base_size', 'it is for nobody else');
SELECT is(bind(4, 1, '2010-07-16'), 'off_profile', 'and for no other rule');

-- Named: check_binding, the log
SELECT is((SELECT concat_ws('|', passed, actual, bound, message) FROM check_binding(1, 1) WHERE code = 'base_size'),
    format('t|41|0|Waiver %s lets it pass until 2010-07-20: granted by %s, reason: takes over a base', (SELECT id FROM waiver), current_user),
    'check_binding says which, until when, by whom and why');
SELECT is((SELECT remedy FROM check_binding(1, 1) WHERE code = 'base_size'), NULL, 'there is nothing to mend');
SELECT is((SELECT passed FROM check_binding(1, 1, '2010-07-20') WHERE code = 'base_size'), false, 'on another day it does not pass');
SELECT is((SELECT message FROM check_binding(1003, 1) WHERE code = 'base_size'), 'The organization is bound to this manager already.', 'what needs no waiver names none');
CREATE TEMP TABLE wanted AS SELECT 1 AS organization_id, m AS manager_id FROM unnest(ARRAY[1, 2]) m;
SELECT is((SELECT string_agg(concat_ws(' ', manager_id, code), ', ') FROM check_bindings('wanted')), '2 base_size', 'check_bindings');
SELECT ok(EXISTS (SELECT FROM claimable(1) WHERE account_id = 2), 'claimable');
SELECT is((SELECT string_agg(manager_id::text, ' ' ORDER BY manager_id) FROM candidates(2)), '1 8', 'candidates');
INSERT INTO binding (organization_id, manager_id) VALUES (1, 1);
INSERT INTO binding (organization_id, manager_id) VALUES (7, 1);
SELECT results_eq('SELECT organization_id, waivers FROM binding_log WHERE organization_id IN (1, 7) AND manager_id IS NOT NULL ORDER BY 1',
    format('VALUES (1, %L), (7, NULL)', (SELECT id FROM waiver)), 'the log names it where it was needed');

-- Several rules, several waivers; of one rule the one that holds longest
INSERT INTO waiver (id, manager_id, rule, until, reason) VALUES (5001, 1, 'base_size', '2010-08-01', 'a'), (5002, 1, 'territory', '2010-08-01', 'b'), (5003, 1, 'off_profile', '2010-08-01', 'c');
INSERT INTO organization (id, name, client_group, potential, city) VALUES (8, 'Far', 'dealer', 'A', 'Tver');
INSERT INTO binding (organization_id, manager_id) VALUES (8, 1);
SELECT is((SELECT waivers FROM binding_log WHERE organization_id = 8), '5001, 5003, 5002', 'all that it needed, in the order of the rules');
UPDATE binding SET territory_exception = 'x' WHERE organization_id = 8;
UPDATE binding SET territory_exception = NULL WHERE organization_id = 8;
SELECT is((SELECT string_agg(coalesce(waivers, '-'), ' ' ORDER BY id) FROM binding_log WHERE organization_id = 8 AND id > (SELECT min(id) FROM binding_log WHERE organization_id = 8)),
    '- 5002', 'a change of the pair is judged and names its own');
UPDATE binding SET manager_id = 8 WHERE organization_id = 1003;
SELECT is(broken('UPDATE kb.binding SET manager_id = 1 WHERE organization_id = 1003'), 'passes', 'a move');
SELECT is(broken('UPDATE kb.binding SET manager_id = 2 WHERE organization_id = 1003'), 'base_size', 'to another it does not pass');

-- A link that raises a count
UPDATE norm_tenure SET min_accounts = NULL, max_accounts = 1 WHERE specialization = 'universal';
INSERT INTO waiver (id, manager_id, rule, until, reason) VALUES (5004, 2, 'base_size', '2010-08-01', 'd');
INSERT INTO binding (organization_id, manager_id) VALUES (2, 2), (3, 2);
UPDATE organization SET head_id = 2 WHERE id = 3;
UPDATE organization SET head_id = NULL WHERE id = 3;
SELECT is((SELECT string_agg(concat_ws(' ', change, coalesce(waivers, '-')), ', ' ORDER BY id) FROM binding_log WHERE organization_id = 3 AND manager_id IS NULL),
    'link -, unlink 5004', 'a link names it too');

-- Under warn it warns of nothing, and off judges nothing
SELECT org(9);
UPDATE rule SET enforcement = 'warn' WHERE code = 'base_size';
INSERT INTO binding (organization_id, manager_id) VALUES (9, 2);
UPDATE rule SET enforcement = 'off' WHERE code = 'base_size';
SELECT is((SELECT waivers FROM binding_log WHERE organization_id = 9), '5004', 'under warn it is named');
SELECT is((SELECT message FROM check_binding(6, 2) WHERE code = 'base_size'), 'The rule is off.', 'where the rule is off it is not needed');
UPDATE rule SET enforcement = 'block' WHERE code = 'base_size';

-- Every rule that may be waived
INSERT INTO policy (effective_from, cool_off_days, max_new_accounts_per_day, max_moves, move_days) VALUES ('2010-07-15', 30, 0, 0, 30);
SELECT org(30, 'dealer', NULL, 'Tver', 1), org(31);
INSERT INTO binding_log (organization_id, manager_id, bound_on, unbound_on, additional, change) VALUES (30, 16, '2010-01-01', '2010-07-01', false, 'unbind'), (30, 19, '2010-07-01', '2010-07-02', false, 'unbind');
UPDATE norm_client_group SET stance = 'forbidden' WHERE specialization = 'universal' AND client_group = 'emo';
UPDATE norm_tenure SET min_accounts = NULL, max_accounts = 0 WHERE specialization = 'universal';
SELECT is(bind(30, 16), 'base_size off_profile territory newcomer_territory potential cool_off intake_limit move_limit', 'what breaks every rule');
INSERT INTO waiver (manager_id, rule, until, reason)
SELECT 16, r, '2010-08-01', 'e' FROM unnest(ARRAY['base_size', 'off_profile', 'territory', 'newcomer_territory', 'potential', 'cool_off', 'intake_limit', 'move_limit']) r;
SELECT is(bind(30, 16), 'passes', 'passes by as many waivers');
SELECT is(bind(31, 16), 'client_group', 'but for the one that is not waived');
INSERT INTO waiver (manager_id, rule, until, reason) VALUES (16, 'client_group', '2010-08-01', 'e');
SELECT is(bind(31, 16), 'passes', 'with that one too');
INSERT INTO waiver (manager_id, rule, until, reason) VALUES (7, 'group_quota', '2010-08-01', 'f'), (7, 'intake_limit', '2010-08-01', 'f');
SELECT is(broken('SELECT tools.fill(7, 4001, 6, ''dealer'')'), 'passes', 'group_quota');
SELECT is(broken($$INSERT INTO kb.waiver (manager_id, rule, until, reason) VALUES (10, 'personal', '2010-08-01', 'x')$$), '23514 waiver_rule_may_be_waived', 'personal cannot be waived');
SELECT set_eq($$SELECT code FROM rule WHERE tools.broken(format('INSERT INTO kb.waiver (manager_id, rule, until, reason) VALUES (10, %L, ''2010-08-01'', ''x'')', code)) <> 'passes'$$,
    ARRAY['personal', 'multiple', 'memo', 'approval', 'applicant'], 'nor who decides, nor what a binding is');
SELECT set_eq($$SELECT DISTINCT measure FROM compliance('2010-07') WHERE tools.broken(format('INSERT INTO kb.waiver (manager_id, rule, until, reason) VALUES (10, %L, ''2010-08-01'', ''x'')', measure)) <> 'passes'$$,
    ARRAY[]::text[], 'every measure can');
SELECT is(broken($$INSERT INTO kb.waiver (manager_id, rule, until, reason) VALUES (10, 'tempo', '2010-08-01', 'x')$$), '23514 waiver_rule_may_be_waived', 'what is no rule cannot');
SELECT is(broken($$INSERT INTO kb.waiver (manager_id, rule, until, reason) VALUES (10, 'base_size', '2010-08-01', E' \n')$$), '23514 waiver_has_a_reason', 'a blank reason');
SELECT is(broken($$INSERT INTO kb.waiver (manager_id, rule, since, until, reason) VALUES (10, 'base_size', '2010-08-01', '2010-08-01', 'x')$$), '23514 waiver_since_before_until', 'no days');

-- A change of waivers holds at once, undone by ROLLBACK TO
SAVEPOINT granted;
DELETE FROM waiver WHERE since > kbnorms.today();
INSERT INTO waiver (manager_id, rule, until, reason) VALUES (13, 'base_size', '2010-08-01', 'g'), (13, 'intake_limit', '2010-08-01', 'g'), (13, 'client_group', '2010-08-01', 'g');
SELECT is(bind(31, 13), 'passes', 'granted in this transaction');
ROLLBACK TO granted;
SELECT isnt(bind(31, 13), 'passes', 'and taken back with it');

-- Who may
SELECT grant_access('kbt_centre', 'centre', 2);
GRANT USAGE ON SCHEMA kb, tools TO kbt_other;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA kb TO kbt_other;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA kb TO kbt_other;
SET LOCAL ROLE kbt_centre;
SELECT lives_ok($$SELECT kb.grant_waiver(13, 'meetings', '2010-08-01', 'ill')$$, 'the centre grants for its region');
RESET ROLE;
SELECT is((SELECT granted_by FROM waiver WHERE manager_id = 13), 'kbt_centre', 'in its name');
SET LOCAL ROLE kbt_other;
SELECT throws_ok($$SELECT kb.grant_waiver(13, 'meetings', '2010-08-01', 'ill')$$, '42501', NULL, 'nobody else does');
SELECT throws_ok($$INSERT INTO kb.waiver (manager_id, rule, until, reason) VALUES (13, 'meetings', '2010-08-01', 'ill')$$, '42501', NULL, 'nor by hand, whatever was granted to him');
RESET ROLE;
SELECT throws_ok($$UPDATE waiver SET reason = 'another' WHERE id = 5001$$, '55000', NULL, 'its reason stays');
SELECT throws_ok($$DELETE FROM waiver WHERE id = 5001$$, '55000', NULL, 'one that has begun is kept');
SELECT lives_ok($$UPDATE waiver SET until = '2010-07-30' WHERE id = 5001$$, 'it may end earlier');
SELECT throws_ok($$TRUNCATE waiver$$, '42501', NULL, 'not all at once');
SELECT end_waiver(5002);
SELECT is((SELECT until FROM waiver WHERE id = 5002), date '2010-07-17', 'one that began today lasts to the end of the day');
SELECT is((SELECT string_agg(column_name, ' ') FROM change_log WHERE table_name = 'waiver' AND row_key = '5001' AND operation = 'update'), 'until', 'a change is on record');
SELECT throws_ok($$SELECT grant_waiver(999, 'meetings', '2010-08-01', 'x')$$, '23503', NULL, 'for nobody');
SELECT throws_ok($$SELECT grant_waiver(1, 'meetings', '2010-08-01', ' ')$$, '22004', NULL, 'without a reason');

SELECT * FROM finish();
ROLLBACK;
