-- One answer through every door: what check_bindings says of 10^5 pairs is what
-- check_binding, claimable, candidates, moves_impact and the triggers say of them.
--
-- More pairs: psql -v pairs=1000000 -f test/pgtap/doors.sql
BEGIN;
SELECT plan(9);
\ir sample.psql
\if :{?pairs}
\else
    \set pairs 100000
\endif

-- As in life the pool is of every potential, and partly in territories.
UPDATE organization SET potential = CASE id % 4 WHEN 0 THEN 'C' WHEN 1 THEN NULL ELSE potential END
WHERE id NOT IN (SELECT organization_id FROM binding) AND id % 8 < 4;
UPDATE organization SET territory_id = (SELECT min(id) FROM territory)
WHERE id NOT IN (SELECT organization_id FROM binding) AND id % 3 = 0;
CREATE TEMP TABLE unclaimed AS
SELECT o.id, o.account_id FROM organization o
WHERE o.account_id NOT IN (SELECT h.account_id FROM binding b JOIN organization h ON h.id = b.organization_id);

-- Every client of the pool with everybody, and others as chance has it.
CREATE TEMP TABLE pair AS
SELECT p.id AS organization_id, m.id AS manager_id FROM unclaimed p CROSS JOIN manager m;
INSERT INTO pair
SELECT o.id, m.id
FROM organization o CROSS JOIN manager m
WHERE o.id NOT IN (SELECT id FROM unclaimed)
ORDER BY hashint4extended(o.id, m.id)
LIMIT greatest(:pairs - (SELECT count(*) FROM pair), 1000);
SELECT cmp_ok(count(*), '>=', :pairs::bigint, 'pairs') FROM pair;

CREATE TEMP TABLE broken AS SELECT * FROM check_bindings('pair');
CREATE INDEX ON broken (organization_id, manager_id);
ANALYZE broken;
SELECT is((SELECT string_agg(DISTINCT code, ' ' ORDER BY code) FROM broken),
    'base_size client_group group_quota multiple newcomer_territory off_profile personal potential territory', 'of every rule of a norm');
SELECT is_empty('SELECT * FROM broken WHERE remedy IS NULL OR message IS NULL', 'each with a message and a remedy');

-- Every door that asks for many at once, all of it.
SELECT set_eq(
    'SELECT m.id, c.account_id, c.organizations FROM manager m CROSS JOIN LATERAL claimable(m.id) c',
    $$SELECT m.id, p.account_id, count(*) FROM unclaimed p CROSS JOIN manager m
    GROUP BY 1, 2
    HAVING NOT bool_or(EXISTS (SELECT FROM broken b WHERE b.organization_id = p.id AND b.manager_id = m.id))$$,
    'claimable: the clients of which no organization would break a rule');
CREATE TEMP TABLE unheld AS SELECT id FROM unclaimed ORDER BY md5(id::text) LIMIT 25;
SELECT set_eq(
    'SELECT u.id, c.manager_id FROM unheld u CROSS JOIN LATERAL candidates(u.id) c',
    'SELECT u.id, m.id AS manager_id FROM unheld u CROSS JOIN manager m
    WHERE NOT EXISTS (SELECT FROM broken b WHERE b.organization_id = u.id AND b.manager_id = m.id)',
    'candidates: those with whom it would break none');
CREATE TEMP TABLE held AS SELECT organization_id AS id, manager_id FROM binding WHERE NOT additional ORDER BY md5(organization_id::text) LIMIT 10;
SELECT set_eq(
    'SELECT h.id, c.manager_id FROM held h CROSS JOIN LATERAL candidates(h.id) c',
    $$SELECT h.id, m.id AS manager_id FROM held h CROSS JOIN manager m
    WHERE NOT EXISTS (SELECT FROM kbnorms.check_changes('kb', ARRAY[h.id], ARRAY[h.manager_id], ARRAY[m.id]))
        AND NOT EXISTS (SELECT FROM binding b WHERE b.organization_id = h.id AND b.manager_id = m.id)$$,
    'of a client that somebody has: those to whom moving it would break none');

-- The doors that ask for one, a sample.
CREATE TEMP TABLE asked AS SELECT * FROM pair ORDER BY hashint4extended(organization_id, manager_id + 1) LIMIT 1000;
SELECT set_eq(
    'SELECT a.organization_id, a.manager_id, c.code, c.actual, c.bound, c.message, c.remedy
    FROM asked a CROSS JOIN LATERAL check_binding(a.organization_id, a.manager_id) c WHERE NOT c.passed',
    'SELECT b.* FROM broken b JOIN asked USING (organization_id, manager_id)', 'check_binding says the same');
SELECT set_eq(
    $$SELECT a.organization_id, a.manager_id, c.code, c.remedy
    FROM asked a CROSS JOIN LATERAL kbnorms.check_changes('kb', ARRAY[a.organization_id], ARRAY[NULL]::bigint[], ARRAY[a.manager_id]) c$$,
    'SELECT b.organization_id, b.manager_id, b.code, b.remedy FROM broken b JOIN asked USING (organization_id, manager_id)',
    'a change supposed by itself the same');
SELECT is_empty($$
    SELECT t.*
    FROM (
        SELECT a.organization_id, a.manager_id,
            pg_temp.refusal(format('INSERT INTO binding (organization_id, manager_id) VALUES (%s, %s)', a.organization_id, a.manager_id)) AS refused,
            (SELECT pg_temp.codes(array_agg(b.code)) FROM broken b WHERE b.organization_id = a.organization_id AND b.manager_id = a.manager_id) AS said
        FROM asked a
    ) t
    WHERE CASE t.refused WHEN 'unique' THEN t.said !~ '\ymultiple\y' ELSE t.refused <> t.said END$$,
    'and the triggers refuse for just that');

SELECT * FROM finish();
ROLLBACK;
