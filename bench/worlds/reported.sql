-- The company of the reports, on 15 August 2010: :managers managers of all
-- specializations, one in twenty of whom has changed his, one in ten a novice;
-- thirty organizations for each, one in ten of them linked; :months months of
-- turnover, two of activity, a history in which a fifth as many bindings have
-- ended.
INSERT INTO kb.unit (id, parent_id, kind, name, city) VALUES
    (1, NULL, 'centre', 'Centre', NULL), (2, 1, 'region', 'Region', NULL), (3, 2, 'cluster', 'Cluster', NULL);
INSERT INTO kb.unit (id, parent_id, kind, name, city)
SELECT 10 + i, 3, 'office', 'Office ' || i, 'City ' || i % 10
FROM generate_series(0, 999) i;
INSERT INTO kb.territory (id, unit_id, name)
SELECT i, 9 + i, 'Territory ' || i
FROM generate_series(1, 1000) i;
INSERT INTO kb.manager (id, full_name, hired_on, novice_since)
SELECT i, 'Manager ' || i, s.since, s.since + 30
FROM generate_series(1, :managers) i
CROSS JOIN LATERAL (SELECT CASE WHEN i % 10 = 0 THEN date '2010-03-01' ELSE date '2008-03-01' END + i % 28 AS since) s;
INSERT INTO kb.manager_post (manager_id, since, position, specialization, unit_id)
SELECT m.id, m.hired_on, 'manager',
    (ARRAY['universal', 'territorial', 'industrial', 'panel_builder', 'dealer', 'chain'])
        [width_bucket(m.id::bigint * 7919 % 100, ARRAY[0, 60, 70, 85, 90, 95])],
    10 + m.id % 1000
FROM kb.manager m;
INSERT INTO kb.manager_post (manager_id, since, position, specialization, unit_id)
SELECT p.manager_id, '2010-06-15', 'manager', CASE p.specialization WHEN 'universal' THEN 'industrial' ELSE 'universal' END, p.unit_id
FROM kb.manager_post p
WHERE p.manager_id % 20 = 7;
INSERT INTO kb.manager_territory (manager_id, territory_id, since)
SELECT i, 1 + i % 1000, '2008-01-01'
FROM generate_series(1, :managers) i;

-- Organization i is held by manager 1 + i * 7919 % :managers; a linked one, the
-- next but :managers of its head, by the same.
INSERT INTO kb.organization (id, name, client_group, potential, city, territory_id)
SELECT o.i, 'Organization ' || o.i,
    CASE p.specialization
        WHEN 'universal' THEN (ARRAY['emo', 'distributor', 'industrial', 'dealer'])[1 + (r % 31) / 10]
        WHEN 'territorial' THEN (ARRAY['emo', 'industrial', 'panel_builder', 'chain'])[1 + (r % 31) / 10]
        WHEN 'industrial' THEN (ARRAY['industrial', 'industrial', 'panel_builder', 'emo'])[1 + (r % 31) / 10]
        WHEN 'chain' THEN (ARRAY['chain', 'chain', 'dealer', NULL])[1 + (r % 31) / 10]
        ELSE p.specialization
    END,
    (ARRAY['S', 'A', 'B', 'C'])[1 + r % 4],
    'City ' || CASE WHEN r % 50 = 0 THEN 99 ELSE o.manager_id % 10 END,
    CASE WHEN p.specialization = 'territorial' THEN 1 + (o.manager_id + (r % 40 = 0)::integer) % 1000 END
FROM (
    SELECT i, (1 + i * 7919 % :managers)::integer AS manager_id, (i * 48271 % 2147483647)::integer AS r
    FROM generate_series(1, :organizations::bigint) i
) o
JOIN kb.manager_post p ON p.manager_id = o.manager_id AND p.since < '2010-06-15';
SET session_replication_role = replica;
UPDATE kb.organization SET head_id = id - :managers WHERE id / :managers % 10 = 9;
INSERT INTO kb.binding (organization_id, manager_id, bound_on, territory_exception)
SELECT o.id, 1 + o.id::bigint * 7919 % :managers, greatest(m.hired_on, date '2009-01-01' + o.id % 560),
    CASE WHEN o.id % 3 = 0 THEN 'potential fully realised' END
FROM kb.organization o
JOIN kb.manager m ON m.id = 1 + o.id::bigint * 7919 % :managers
ORDER BY o.id;
-- What the log says of them, and of those who held a fifth of them before.
INSERT INTO kb.binding_log (organization_id, manager_id, bound_on, additional, territory_exception, change)
SELECT b.organization_id, b.manager_id, b.bound_on, b.additional, b.territory_exception, 'bind'
FROM kb.binding b;
INSERT INTO kb.binding_log (organization_id, manager_id, bound_on, unbound_on, additional, change)
SELECT o.id, 1 + (o.id + 1)::bigint * 7919 % :managers, '2009-01-01', date '2010-01-01' + o.id % 220, false, 'unbind'
FROM kb.organization o
WHERE o.id % 5 = 0;
INSERT INTO kb.turnover (organization_id, month, amount, last_on)
SELECT o.id, m.month, (o.id::bigint * 48271 + (m.n + 300) * 16807) % 60000, m.month + (o.id % 28)::integer
FROM kb.organization o
CROSS JOIN (
    SELECT n, (date '2010-02-01' + make_interval(months => n))::date AS month
    FROM generate_series(6 - :months, 5) n
) m
WHERE (o.id + m.n + 300) % 3 > 0 AND o.id % 17 > 0;
INSERT INTO kb.activity (manager_id, organization_id, kind, happened_on, outside_office)
SELECT 1 + o.id::bigint * 7919 % :managers, o.id, CASE WHEN o.id % 4 = 0 THEN 'cold_call' ELSE 'meeting' END::kbnorms.activity_kind,
    date '2010-06-01' + (o.id % 61), o.id % 8 > 0
FROM kb.organization o;
INSERT INTO kb.overdue (organization_id, amount)
SELECT o.id, 1000 FROM kb.organization o WHERE o.id % 50 = 0;
SET session_replication_role = DEFAULT;
INSERT INTO kb.feed (name, loaded_through)
SELECT n, '2010-08-15' FROM unnest(ARRAY['turnover', 'overdue', 'activity']) n
ON CONFLICT (name) DO UPDATE SET loaded_through = excluded.loaded_through;
