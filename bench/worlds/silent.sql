-- For the release, beside the company: all of 2009's bindings are held, and
-- every tenth organization has bought nothing since December.
SET session_replication_role = replica;
INSERT INTO kb.binding (organization_id, manager_id, bound_on)
SELECT i, 1 + i::bigint * 7919 % :managers, '2009-01-01'
FROM generate_series(1, :organizations) i;
INSERT INTO kb.turnover (organization_id, month, amount, last_on)
SELECT i, s.last_on::kbnorms.month, 1000, s.last_on
FROM generate_series(1, :organizations) i
CROSS JOIN LATERAL (SELECT CASE WHEN i % 10 = 0 THEN date '2009-12-10' ELSE date '2010-07-10' END AS last_on) s;
INSERT INTO bare.binding SELECT b.* FROM kb.binding b ORDER BY b.organization_id;
SET session_replication_role = DEFAULT;
INSERT INTO kb.feed (name, loaded_through)
SELECT n, '2010-08-15' FROM unnest(ARRAY['turnover', 'overdue', 'activity']) n
ON CONFLICT (name) DO UPDATE SET loaded_through = excluded.loaded_through;
CREATE TABLE due AS
SELECT b.organization_id, b.manager_id, b.bound_on FROM kb.binding b WHERE b.organization_id % 10 = 0;
