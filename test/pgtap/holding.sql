-- holding and base_at: who held what when, from bindings and their log.
BEGIN;
\ir company.psql
SELECT plan(16);

SELECT pg_temp.hire(1, 'universal');
SELECT pg_temp.hire(2, 'universal');
SELECT pg_temp.give(1, 1, 2, bound_on => '2010-03-01');
SELECT pg_temp.give(2, 3, 3, bound_on => '2010-06-10');
-- Organization 3 was the first manager's until the second got it on 10 June.
INSERT INTO binding_log (organization_id, manager_id, bound_on, unbound_on, additional, territory_exception, change) VALUES
    (3, 1, '2010-01-01', '2010-06-10', false, 'as it was', 'move'), (3, 2, '2010-06-10', NULL, false, NULL, 'move');

SELECT results_eq(
    'SELECT organization_id, manager_id, held_from, held_until, additional FROM holding WHERE organization_id = 3 ORDER BY held_from',
    $$VALUES (3, 1, date '2010-01-01', date '2010-06-10', false), (3, 2, '2010-06-10', NULL, false)$$,
    'a move is two holdings, one after the other');
CREATE FUNCTION pg_temp.base(day date) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(manager_id || ':' || organization_id, ' ' ORDER BY manager_id, organization_id) FROM base_at($1)
$$;
SELECT is(pg_temp.base('2010-07-15'), '1:1 1:2 2:3', 'today it is what is bound');
SELECT is(pg_temp.base('2010-06-10'), '1:1 1:2 2:3', 'on the day of a move the new one holds');
SELECT is(pg_temp.base('2010-06-09'), '1:1 1:2 1:3', 'the day before the old one');
SELECT is(pg_temp.base('2010-02-28'), '1:3', 'nothing is held before it was bound');
SELECT is(pg_temp.base('2009-12-31'), NULL, 'nothing at all before the first binding');
SELECT is((SELECT territory_exception FROM base_at('2010-05-31') WHERE organization_id = 3), 'as it was', 'an ended binding carries its justification');

INSERT INTO binding_log (organization_id, manager_id, bound_on, unbound_on, additional, change) VALUES (1, 2, '2010-05-05', '2010-05-05', true, 'unbind');
SELECT is(pg_temp.base('2010-05-05'), '1:1 1:2 1:3', 'what began and ended on one day was not held at its end');
INSERT INTO binding_log (organization_id, change, head_id) VALUES (1, 'link', 2);
SELECT is(pg_temp.base('2010-05-05'), '1:1 1:2 1:3', 'links hold nothing');

-- The same pair twice over, with dates that overlap.
INSERT INTO binding_log (organization_id, manager_id, bound_on, unbound_on, additional, change) VALUES
    (2, 1, '2010-01-01', '2010-04-01', false, 'unbind'), (2, 1, '2010-02-01', '2010-05-01', true, 'unbind');
SELECT is(pg_temp.base('2010-03-15'), '1:1 1:2 1:3', 'a pair comes once');
SELECT is((SELECT bound_on FROM base_at('2010-03-15') WHERE organization_id = 2), '2010-03-01', 'the present binding goes before an ended one');
SELECT is((SELECT bound_on FROM base_at('2010-02-15') WHERE organization_id = 2), '2010-02-01', 'a later end before an earlier one');

-- Reports of closed months go by it.
SELECT pg_temp.give(NULL, 4, 4);
INSERT INTO binding_log (organization_id, manager_id, bound_on, unbound_on, additional, change) VALUES (4, 2, '2010-05-01', '2010-06-30', false, 'unbind'), (4, 1, '2010-05-31', '2010-07-01', true, 'unbind');
SELECT is(pg_temp.says('2010-05', 1, 'base_size'), '4 [20, 40] missed', 'May: before the move, with what was bound on its last day');
SELECT is(pg_temp.says('2010-06', 1, 'base_size'), '3 [20, 40] missed', 'June: after the move, with what ended on the day after it');
SELECT is(pg_temp.says('2010-06', 2, 'base_size'), '1 [20, 40] missed', 'and without what ended on its last day');
SELECT is(pg_temp.says('2010-07', 1, 'base_size'), '2 [20, 40] missed', 'July: what is bound now');

SELECT * FROM finish();
ROLLBACK;
