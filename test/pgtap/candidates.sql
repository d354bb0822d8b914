-- Who may take whom, asked of many pairs at once: check_bindings, candidates
-- and claimable agree with check_binding and with what the triggers let pass.
BEGIN;
SELECT plan(28);
\ir sample.psql

-- The pool is to know every rule: some clients of little or unknown potential,
-- some in territories, and some whose main manager has gone and another stayed.
UPDATE organization SET potential = CASE id % 4 WHEN 0 THEN 'C' WHEN 1 THEN NULL ELSE potential END
WHERE id NOT IN (SELECT organization_id FROM binding) AND id % 8 < 4;
UPDATE organization SET territory_id = (SELECT min(id) FROM territory)
WHERE id NOT IN (SELECT organization_id FROM binding) AND id % 3 = 0;
DELETE FROM binding b WHERE NOT b.additional AND EXISTS (
    SELECT FROM binding x WHERE x.organization_id = b.organization_id AND x.additional);
CREATE TEMP TABLE unheld AS
SELECT o.id, o.account_id FROM organization o
WHERE NOT EXISTS (SELECT FROM binding b WHERE b.organization_id = o.id AND NOT b.additional);
SELECT cmp_ok(count(*), '>', 100::bigint, 'a pool to choose from') FROM unheld;

-- check_bindings says of every pair what check_binding says.
CREATE TEMP TABLE pair AS
SELECT o.id AS organization_id, m.id AS manager_id
FROM organization o CROSS JOIN manager m
WHERE pg_temp.pick(o.id || '/' || m.id, 60) = 0;
INSERT INTO pair SELECT organization_id, manager_id FROM binding b WHERE pg_temp.pick(b.organization_id::text, 20) = 0;
CREATE TEMP TABLE checked AS
SELECT p.organization_id, p.manager_id, c.*
FROM pair p CROSS JOIN LATERAL check_binding(p.organization_id, p.manager_id) c;
SELECT cmp_ok(count(*), '>', 3000::bigint, 'thousands of pairs') FROM pair;
SELECT set_eq(
    'SELECT * FROM check_bindings(''pair'')',
    'SELECT organization_id, manager_id, code, actual, bound, message, remedy FROM checked WHERE NOT passed',
    'check_bindings has a row for each rule that check_binding finds broken');

-- And what the triggers do with a plain bind of it by itself.
CREATE TEMP TABLE free_pair AS
SELECT p.id AS organization_id, m.id AS manager_id FROM unheld p CROSS JOIN manager m
WHERE pg_temp.pick(p.id || ':' || m.id, 3) = 0;
CREATE TEMP TABLE tried AS
SELECT f.*, pg_temp.refusal(format('INSERT INTO binding (organization_id, manager_id) VALUES (%s, %s)', f.organization_id, f.manager_id)) AS codes
FROM free_pair f;
SELECT cmp_ok(count(*), '>', 3000::bigint, 'thousands of binds') FROM tried;
SELECT is((
        SELECT string_agg(DISTINCT code, ' ' ORDER BY code)
        FROM tried CROSS JOIN LATERAL string_to_table(codes, ' ') code),
    'base_size client_group group_quota multiple newcomer_territory off_profile personal potential territory unique',
    'among them some that break each rule of a norm');
SELECT is_empty($$
    SELECT f.organization_id, f.manager_id, t.codes, pg_temp.codes(array_agg(c.code))
    FROM free_pair f
    JOIN tried t USING (organization_id, manager_id)
    LEFT JOIN check_bindings('free_pair') c USING (organization_id, manager_id)
    GROUP BY 1, 2, 3
    HAVING CASE t.codes
        WHEN 'unique' THEN NOT 'multiple' = ANY (array_agg(c.code)) -- he holds it as an additional one
        ELSE t.codes <> pg_temp.codes(array_agg(c.code)) END$$,
    'check_bindings finds exactly the rules that the triggers do');
SELECT is_empty($$
    SELECT p.organization_id, p.manager_id
    FROM pair p
    WHERE EXISTS (SELECT FROM binding b WHERE b.organization_id = p.organization_id AND NOT b.additional)
    EXCEPT
    SELECT organization_id, manager_id FROM check_bindings('pair') WHERE code = 'multiple'$$,
    'of an organization that has a main manager it says multiple');

-- candidates: everybody to whom the triggers let it move, or be bound.
CREATE TEMP TABLE asked AS
(SELECT b.organization_id AS id, 'UPDATE binding SET manager_id = %2$s WHERE organization_id = %1$s AND NOT additional' AS change
 FROM binding b WHERE NOT b.additional ORDER BY md5(b.organization_id::text) LIMIT 15)
UNION ALL
(SELECT p.id, 'INSERT INTO binding (organization_id, manager_id) VALUES (%s, %s)' FROM unheld p ORDER BY md5(p.id::text) LIMIT 15);
CREATE TEMP TABLE candidate AS
SELECT c.id AS organization_id, k.* FROM asked c CROSS JOIN LATERAL candidates(c.id) k;
SELECT cmp_ok(count(*), '>', 150::bigint, 'many candidates') FROM candidate;
SELECT set_eq(
    'SELECT organization_id, manager_id FROM candidate',
    $$SELECT c.id, m.id AS manager_id FROM asked c CROSS JOIN manager m
    WHERE NOT EXISTS (SELECT FROM binding b WHERE b.organization_id = c.id AND b.manager_id = m.id)
        AND pg_temp.refusal(format(c.change, c.id, m.id)) = ''$$,
    'they are those whom the triggers let have it');
SELECT is_empty($$
    SELECT * FROM (
        SELECT c.organization_id, c.rank, row_number() OVER (
            PARTITION BY c.organization_id
            ORDER BY c.has_territory DESC,
                CASE c.nearness WHEN 'office' THEN 1 WHEN 'cluster' THEN 2 WHEN 'region' THEN 3 WHEN 'city' THEN 4 ELSE 5 END,
                coalesce(c.free_capacity, 1000) DESC, c.manager_id) AS place
        FROM candidate c) r
    WHERE rank <> place$$,
    'best first: his territory, then the nearest, then the freest');
SELECT is_empty($$
    SELECT c.organization_id, c.manager_id, c.free_capacity, n.bound, n.actual
    FROM candidate c
    JOIN unheld p ON p.id = c.organization_id
    CROSS JOIN LATERAL check_binding(c.organization_id, c.manager_id) n
    WHERE n.code = 'base_size' AND c.free_capacity IS DISTINCT FROM n.bound::bigint - n.actual::bigint + CASE
        WHEN EXISTS (SELECT FROM binding b JOIN organization o ON o.id = b.organization_id
                     WHERE b.manager_id = c.manager_id AND o.account_id = p.account_id) THEN 0 ELSE 1 END$$,
    'free_capacity is what the norm leaves');
SELECT is_empty($$
    SELECT c.organization_id, c.manager_id FROM candidate c
    JOIN organization o ON o.id = c.organization_id
    LEFT JOIN organization h ON h.id = o.head_id
    WHERE c.has_territory IS DISTINCT FROM EXISTS (
        SELECT FROM manager_territory t
        WHERE t.manager_id = c.manager_id AND t.territory_id = coalesce(o.territory_id, h.territory_id)
            AND t.since <= today() AND coalesce(t.until > today(), true))$$,
    'has_territory is about the territories of today');

-- claimable: the whole of a client that nobody holds, in one statement.
CREATE TEMP TABLE claim AS
SELECT m.id AS manager_id, k.* FROM manager m CROSS JOIN LATERAL claimable(m.id) k WHERE m.id % 3 = 0;
SELECT cmp_ok(count(*), '>', 100::bigint, 'many claims') FROM claim;
SELECT set_eq(
    'SELECT manager_id, account_id, organizations FROM claim',
    $$SELECT m.id, a.account_id, a.organizations
    FROM manager m
    CROSS JOIN (
        SELECT o.account_id, count(*) AS organizations, array_agg(o.id) AS ids
        FROM organization o
        GROUP BY o.account_id
        HAVING NOT bool_or(EXISTS (SELECT FROM binding b WHERE b.organization_id = o.id))) a
    WHERE m.id % 3 = 0 AND pg_temp.refusal(format('INSERT INTO binding (organization_id, manager_id) SELECT id, %s FROM unnest(%L::integer[]) id', m.id, a.ids)) = ''$$,
    'they are the clients that the triggers let him have as a whole');

-- Memos: check_bindings asks for them as check_binding does, the others do not.
UPDATE rule SET enforcement = 'block' WHERE code IN ('memo', 'approval', 'applicant');
INSERT INTO memo (id, state, reason) VALUES (1, 'draft', 'Test');
INSERT INTO memo_item (memo_id, item_no, change, organization_id, to_manager_id)
SELECT 1, row_number() OVER (), 'bind', f.organization_id, f.manager_id
FROM (SELECT * FROM free_pair ORDER BY organization_id, manager_id LIMIT 50) f;
UPDATE memo SET state = 'submitted' WHERE id = 1;
UPDATE memo SET state = 'approved' WHERE id = 1;
DELETE FROM pair;
INSERT INTO pair SELECT * FROM (SELECT * FROM free_pair ORDER BY organization_id, manager_id LIMIT 400) f;
SELECT set_eq(
    'SELECT * FROM check_bindings(''pair'')',
    $$SELECT p.organization_id, p.manager_id, c.code, c.actual, c.bound, c.message, c.remedy
    FROM pair p CROSS JOIN LATERAL check_binding(p.organization_id, p.manager_id) c WHERE NOT c.passed$$,
    'check_bindings judges memo, approval and applicant as check_binding does');
SELECT results_eq(
    $$SELECT i.memo_id IS NOT NULL, bool_or(c.code = 'memo'), bool_or(c.code = 'approval')
    FROM check_bindings('pair') c
    LEFT JOIN memo_item i ON i.organization_id = c.organization_id AND i.to_manager_id = c.manager_id
    GROUP BY 1 ORDER BY 1$$,
    'VALUES (false, true, false), (true, false, true)', 'where there is an item, its words are missing; else it is');
SELECT set_eq(
    'SELECT c.id, k.manager_id FROM asked c CROSS JOIN LATERAL candidates(c.id) k WHERE c.id % 5 = 0',
    'SELECT organization_id, manager_id FROM candidate WHERE organization_id % 5 = 0', 'candidates does not ask for a memo');
SELECT set_eq(
    'SELECT m.id, k.account_id FROM manager m CROSS JOIN LATERAL claimable(m.id) k WHERE m.id % 9 = 0',
    'SELECT manager_id, account_id FROM claim WHERE manager_id % 9 = 0', 'claimable does not ask for a memo');

-- What cannot be asked
SELECT throws_ok('SELECT check_bindings(NULL)', '22004', 'the relation to be judged must not be null', 'no relation');
CREATE TEMP TABLE half AS SELECT 1 AS organization_id;
SELECT throws_ok('SELECT check_bindings(''half'')', '42703', 'relation "half" lacks manager_id', 'not the columns');
TRUNCATE pair;
SELECT is_empty('SELECT * FROM check_bindings(''pair'')', 'no rows');
INSERT INTO pair VALUES (1, NULL);
SELECT throws_ok('SELECT check_bindings(''pair'')', '22004', 'organization_id and manager_id of a pair must not be null', 'a row without a manager');
UPDATE pair SET manager_id = 1000000;
SELECT throws_ok('SELECT check_bindings(''pair'')', '23503', NULL, 'somebody unknown');
CREATE TEMP TABLE wide AS SELECT 1::bigint AS organization_id, 3000000000 AS manager_id;
SELECT throws_ok('SELECT check_bindings(''wide'')', '23503', 'manager 3000000000 does not exist', 'an id beyond any, as check_binding says');
SELECT throws_ok('SELECT candidates(3000000000)', '23503', 'organization 3000000000 does not exist', 'candidates');
SELECT throws_ok('SELECT claimable(3000000000)', '23503', 'manager 3000000000 does not exist', 'claimable');
UPDATE manager SET left_on = '2010-07-01' WHERE left_on IS NULL OR left_on > '2010-07-01';
SELECT throws_ok('SELECT candidates(1000000)', '23503', NULL, 'somebody unknown even where there is nobody to ask about');
SELECT is_empty('SELECT * FROM candidates((SELECT min(id) FROM organization))', 'nobody is left');

SELECT * FROM finish();
ROLLBACK;
