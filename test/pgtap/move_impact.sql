-- What move_impact and moves_impact say of changes is what happens when they are
-- made as one statement: the same error, or the same bases after it.
BEGIN;
SELECT plan(24);
\ir sample.psql

CREATE TEMP TABLE moves (organization_id integer, from_manager_id integer, to_manager_id integer);
CREATE FUNCTION pg_temp.merge_statement() RETURNS text LANGUAGE sql
RETURN $$MERGE INTO kb.binding b USING pg_temp.moves s ON b.organization_id = s.organization_id AND b.manager_id = s.from_manager_id
    WHEN MATCHED AND s.to_manager_id IS NULL THEN DELETE
    WHEN MATCHED THEN UPDATE SET manager_id = s.to_manager_id
    WHEN NOT MATCHED THEN INSERT (organization_id, manager_id) VALUES (s.organization_id, s.to_manager_id)$$;

-- A pick of the sample that is another one for each number.
CREATE FUNCTION pg_temp.somebody(seed text) RETURNS integer LANGUAGE sql
RETURN (SELECT m.id FROM kb.manager m ORDER BY md5(m.id || seed) LIMIT 1);
CREATE FUNCTION pg_temp.somebody_fit(organization_id integer) RETURNS integer LANGUAGE sql
RETURN (SELECT c.manager_id FROM kb.candidates($1) c ORDER BY md5(c.manager_id || '/' || $1) LIMIT 1);
CREATE FUNCTION pg_temp.fill_moves(n integer, kinds text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    size CONSTANT integer := CASE WHEN n % 4 = 0 THEN 40 ELSE 1 + n % 5 END;
BEGIN
    DELETE FROM moves;
    IF kinds LIKE '%move%' THEN
        INSERT INTO moves
        SELECT b.organization_id, b.manager_id, CASE n % 4 WHEN 1 THEN pg_temp.somebody_fit(b.organization_id) WHEN 2 THEN pg_temp.somebody(n::text) ELSE pg_temp.somebody(n || '/' || b.organization_id) END
        FROM (SELECT * FROM binding ORDER BY md5(organization_id || ':' || manager_id || n) LIMIT size) b;
    END IF;
    IF kinds LIKE '%unbind%' THEN
        INSERT INTO moves
        SELECT b.organization_id, b.manager_id, NULL
        FROM (SELECT * FROM binding ORDER BY md5(organization_id || '-' || manager_id || n) LIMIT size) b
        WHERE (b.organization_id, b.manager_id) NOT IN (SELECT organization_id, from_manager_id FROM moves);
    END IF;
    IF kinds LIKE '% bind%' OR kinds = 'bind' THEN
        INSERT INTO moves
        SELECT o.id, NULL, CASE n % 4 WHEN 1 THEN pg_temp.somebody_fit(o.id) WHEN 2 THEN pg_temp.somebody(n::text) ELSE pg_temp.somebody(n || '+' || o.id) END
        FROM (SELECT o.id FROM organization o WHERE NOT EXISTS (SELECT FROM binding b WHERE b.organization_id = o.id)
              ORDER BY md5(o.id || '+' || n) LIMIT size) o;
    END IF;
    DELETE FROM moves WHERE from_manager_id = to_manager_id OR coalesce(from_manager_id, to_manager_id) IS NULL;
END
$$;

-- What a statement is refused for; whatever it does is undone.
CREATE TYPE pg_temp.refused AS (state text, code text, detail text, hint text);
CREATE FUNCTION pg_temp.really(statement text) RETURNS pg_temp.refused LANGUAGE plpgsql AS $$
DECLARE
    answer pg_temp.refused;
BEGIN
    EXECUTE statement;
    RAISE SQLSTATE 'KB000';
EXCEPTION
    WHEN SQLSTATE 'KB000' THEN
        RETURN NULL;
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS answer.state = RETURNED_SQLSTATE, answer.code = CONSTRAINT_NAME,
            answer.detail = PG_EXCEPTION_DETAIL, answer.hint = PG_EXCEPTION_HINT;
        RETURN answer;
END
$$;
-- The same as moves_impact foresees it: a MERGE judges its deletes first, then its
-- updates, then its inserts.
CREATE TEMP TABLE said AS
SELECT 0 AS n, ''::text AS kinds, 0::bigint AS place, i.* FROM moves_impact('moves') i;
CREATE FUNCTION pg_temp.foreseen(n integer, kinds text) RETURNS pg_temp.refused LANGUAGE sql
BEGIN ATOMIC
    WITH blocking AS (
        SELECT s.*, CASE WHEN s.to_manager_id IS NULL THEN 1 WHEN s.from_manager_id IS NOT NULL THEN 2 ELSE 3 END AS turn
        FROM said s
        WHERE s.blocks AND s.n = foreseen.n AND s.kinds = foreseen.kinds
    ), first AS (
        SELECT row_number() OVER (ORDER BY s.place) AS nth, count(*) OVER () AS total, s.*
        FROM blocking s WHERE s.turn = (SELECT min(turn) FROM blocking)
    )
    SELECT (CASE WHEN min(rule) FILTER (WHERE nth = 1) IN ('approval', 'applicant') THEN '42501' ELSE '23514' END,
        min(rule) FILTER (WHERE nth = 1),
        string_agg(message, E'\n' ORDER BY nth) FILTER (WHERE nth <= 20)
            || CASE WHEN max(total) > 20 THEN E'\nand ' || max(total) - 20 || ' more' ELSE '' END,
        min(remedy) FILTER (WHERE nth = 1))::pg_temp.refused
    FROM first
    HAVING count(*) > 0;
END;

CREATE TEMP TABLE tried (n integer, kinds text, happened pg_temp.refused, foreseen pg_temp.refused);
CREATE FUNCTION pg_temp.try(kinds text, batches integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1 .. batches LOOP
        PERFORM pg_temp.fill_moves(n, kinds);
        INSERT INTO said
        SELECT n, kinds, row_number() OVER (), i.* FROM moves_impact('moves') i WHERE i.rule IS NOT NULL;
        INSERT INTO tried VALUES (n, kinds, pg_temp.really(pg_temp.merge_statement()), pg_temp.foreseen(n, kinds));
    END LOOP;
END
$$;
SELECT pg_temp.try('move', 24), pg_temp.try('bind', 24), pg_temp.try('move unbind', 8), pg_temp.try('move unbind bind', 24);

SELECT is_empty($$SELECT n, kinds, happened, foreseen FROM tried
    WHERE (happened).state IS DISTINCT FROM '23505' AND happened IS DISTINCT FROM foreseen$$,
    'what is refused, for what, in which words and with which remedy');
SELECT is_empty($$SELECT n, kinds, happened FROM tried t WHERE (happened).state = '23505'
    AND NOT EXISTS (SELECT FROM said s WHERE s.n = t.n AND s.kinds = t.kinds AND s.rule = 'multiple')$$,
    'what a unique index refuses is multiple');
SELECT cmp_ok(count(*), '>', 10::bigint, 'many pass') FROM tried WHERE happened IS NULL;
SELECT cmp_ok(count(*), '>', 30::bigint, 'many do not') FROM tried WHERE (happened).state = '23514';
SELECT is((SELECT string_agg(DISTINCT rule, ' ' ORDER BY rule) FROM said WHERE rule <> 'multiple'),
    'base_size client_group group_quota newcomer_territory off_profile personal territory', 'for many rules');
SELECT ok(bool_or((happened).detail ~ 'and \d+ more'), 'some break more than are told') FROM tried;

-- Under warn and off: what blocks is what is refused.
UPDATE rule SET enforcement = 'warn' WHERE code IN ('personal', 'territory');
UPDATE rule SET enforcement = 'off' WHERE code = 'off_profile';
TRUNCATE tried, said;
SET LOCAL client_min_messages = error;
SELECT pg_temp.try('move bind', 10);
SET LOCAL client_min_messages = warning;
SELECT is_empty($$SELECT n, kinds, happened, foreseen FROM tried WHERE (happened).state IS DISTINCT FROM '23505' AND happened IS DISTINCT FROM foreseen$$, 'a rule that warns or is off does not block');
SELECT set_eq('SELECT DISTINCT rule FROM said WHERE NOT blocks', $$VALUES ('personal'), ('territory')$$, 'what warns is told of too');

-- The whole at once, not pair by pair: a swap between full bases, and one too many.
UPDATE rule SET enforcement = 'block' WHERE code NOT IN ('memo', 'approval', 'applicant');
UPDATE rule SET enforcement = 'off' WHERE code IN ('client_group', 'off_profile', 'territory', 'newcomer_territory', 'multiple', 'potential', 'memo', 'approval', 'applicant');
CREATE TEMP TABLE pair_of_two AS
SELECT c.manager_id, row_number() OVER (ORDER BY c.manager_id) AS n FROM manager_capacity c WHERE c.accounts > 3 AND c.specialization = 'territorial' ORDER BY 1 LIMIT 2;
INSERT INTO norm_tenure (specialization, from_month, effective_from, max_accounts) SELECT 'territorial', m, '2010-07-15', 2 FROM generate_series(0, 24) m ON CONFLICT DO NOTHING;
DELETE FROM moves;
INSERT INTO moves
SELECT b.organization_id, p.manager_id, other.manager_id
FROM pair_of_two p
JOIN pair_of_two other ON other.n <> p.n
CROSS JOIN LATERAL (
    SELECT min(b.organization_id) AS organization_id
    FROM binding b JOIN organization o ON o.id = b.organization_id
    WHERE b.manager_id = p.manager_id AND NOT b.additional AND o.head_id IS NULL AND NOT EXISTS (SELECT FROM organization l WHERE l.head_id = o.id)) b;
SELECT is((SELECT count(*) FROM moves_impact('moves') WHERE rule IS NOT NULL), 0::bigint, 'two full bases swap a client');
SELECT is(pg_temp.really(pg_temp.merge_statement()), NULL, 'indeed');
UPDATE moves SET to_manager_id = NULL WHERE from_manager_id = (SELECT manager_id FROM pair_of_two WHERE n = 1);
SELECT is((SELECT count(*) FROM moves_impact('moves') WHERE rule IS NOT NULL), 0::bigint, 'or one gives one away and gets one');
DELETE FROM moves WHERE to_manager_id IS NULL;
SELECT is((SELECT string_agg(rule, ' ') FROM moves_impact('moves') WHERE rule IS NOT NULL), 'base_size', 'getting one is one too many');
DELETE FROM norm_tenure WHERE effective_from = '2010-07-15';

-- Memos: words, items that are there and are used up, who makes the change.
UPDATE rule SET enforcement = 'block' WHERE code IN ('memo', 'approval', 'applicant');
TRUNCATE tried, said;
SELECT pg_temp.fill_moves(3, 'move unbind bind');
INSERT INTO memo (id, state, reason) VALUES (1, 'draft', 'Test');
INSERT INTO memo_item (memo_id, item_no, change, organization_id, from_manager_id, to_manager_id)
SELECT 1, row_number() OVER (), CASE WHEN from_manager_id IS NULL THEN 'bind' WHEN to_manager_id IS NULL THEN 'unbind' ELSE 'move' END::change_kind,
    organization_id, from_manager_id, to_manager_id
FROM moves WHERE organization_id % 2 = 0;
UPDATE memo SET state = 'submitted' WHERE id = 1;
UPDATE memo SET state = 'approved' WHERE id = 1;
SELECT pg_temp.try('move unbind bind', 8);
SELECT pg_temp.try('unbind', 4);
SELECT is_empty($$SELECT n, kinds, happened, foreseen FROM tried WHERE (happened).state IS DISTINCT FROM '23505' AND happened IS DISTINCT FROM foreseen$$, 'memo, approval and applicant');
SELECT ok(bool_or((happened).detail ~ 'rule "memo"') AND bool_or((happened).detail ~ 'rule "approval"') AND bool_or((happened).detail ~ 'rule "applicant"'), 'all three') FROM tried;

-- The bases after it: as compliance sees them once it is done.
UPDATE rule SET enforcement = 'off';
CREATE FUNCTION pg_temp.compliance_after(statement text) RETURNS SETOF compliance LANGUAGE plpgsql AS $$
DECLARE
    answer compliance[];
BEGIN
    EXECUTE statement;
    answer := ARRAY(SELECT c FROM compliance c);
    RAISE SQLSTATE 'KB000';
EXCEPTION WHEN SQLSTATE 'KB000' THEN
    RETURN QUERY SELECT (unnest(answer)).*;
END
$$;
SELECT pg_temp.fill_moves(4, 'move unbind bind');
DELETE FROM moves s USING binding b WHERE b.organization_id = s.organization_id AND b.manager_id = s.to_manager_id;
SELECT is(pg_temp.really(pg_temp.merge_statement()), NULL, 'a hundred changes that pass');
SELECT set_eq(
    'SELECT manager_id, measure, verdict_then, norm_min_then, norm_max_then, actual_then FROM moves_impact(''moves'') WHERE verdict_then IS NOT NULL',
    $$SELECT manager_id, measure, verdict, norm_min, norm_max, actual FROM pg_temp.compliance_after(pg_temp.merge_statement())
    WHERE manager_id IN (SELECT from_manager_id FROM moves UNION SELECT to_manager_id FROM moves)$$,
    'every measure of every base that they touch');
SELECT set_eq(
    'SELECT manager_id, measure, verdict, norm_min, norm_max, actual FROM moves_impact(''moves'') WHERE verdict IS NOT NULL',
    'SELECT manager_id, measure, verdict, norm_min, norm_max, actual FROM compliance WHERE manager_id IN (SELECT from_manager_id FROM moves UNION SELECT to_manager_id FROM moves)',
    'beside those of today');

-- move_impact: from whoever has them, bound where nobody has.
UPDATE rule SET enforcement = 'block' WHERE code NOT IN ('memo', 'approval', 'applicant');
DELETE FROM moves;
INSERT INTO moves
SELECT o.id, b.manager_id, pg_temp.somebody('x')
FROM (SELECT id FROM organization WHERE head_id IS NULL ORDER BY md5(id::text) LIMIT 30) o
LEFT JOIN binding b ON b.organization_id = o.id AND NOT b.additional;
SELECT set_eq(
    $$SELECT * FROM move_impact(ARRAY(SELECT organization_id FROM moves UNION ALL SELECT min(organization_id) FROM moves), pg_temp.somebody('x'))$$,
    'SELECT * FROM moves_impact(''moves'')', 'move_impact is moves_impact from the present main managers');

-- Nothing is written, and a reader may ask.
CREATE ROLE wi_reader;
DO $$ BEGIN PERFORM grant_access('wi_reader', 'reader'); END $$;
GRANT SELECT ON moves TO wi_reader;
CREATE FUNCTION pg_temp.asked_by_reader() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    answer bigint;
BEGIN
    PERFORM set_config('role', 'wi_reader', true), set_config('transaction_read_only', 'on', true);
    answer := (SELECT count(*) FROM moves_impact('moves'));
    RAISE SQLSTATE 'KB000';
EXCEPTION WHEN SQLSTATE 'KB000' THEN
    RETURN answer;
END
$$;
SELECT is(pg_temp.asked_by_reader(), (SELECT count(*) FROM moves_impact('moves')), 'a reader in a read-only transaction');

-- What cannot be supposed
SELECT throws_ok('SELECT move_impact(ARRAY[1], NULL)', '22004', NULL, 'no manager');
CREATE TEMP TABLE odd AS SELECT min(organization_id) AS organization_id, NULL::integer AS from_manager_id, NULL::integer AS to_manager_id FROM binding;
SELECT throws_like('SELECT moves_impact(''odd'')', 'a change of organization % names no manager', 'a change of nothing');
UPDATE odd SET from_manager_id = (SELECT id FROM manager m WHERE NOT EXISTS (SELECT FROM binding b WHERE b.manager_id = m.id) LIMIT 1);
SELECT throws_like('SELECT moves_impact(''odd'')', 'organization % is not bound to manager %', 'a binding that is not there');
UPDATE odd o SET from_manager_id = b.manager_id FROM binding b WHERE b.organization_id = o.organization_id;
INSERT INTO odd SELECT * FROM odd;
SELECT throws_ok('SELECT moves_impact(''odd'')', '21000', NULL, 'one that is ended twice');
DELETE FROM odd;
SELECT is_empty('SELECT moves_impact(''odd'')', 'no changes');

SELECT * FROM finish();
ROLLBACK;
