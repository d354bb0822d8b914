-- The company of the write loads: :managers universal managers, all veterans, in
-- offices of ten cities; organizations that sit where their manager does, by the
-- rule manager = 1 + organization * 7919 % :managers.  No bind between them
-- breaks a norm.
INSERT INTO kb.unit (id, parent_id, kind, name, city) VALUES
    (1, NULL, 'centre', 'Centre', NULL), (2, 1, 'region', 'Region', NULL), (3, 2, 'cluster', 'Cluster', NULL);
INSERT INTO kb.unit (id, parent_id, kind, name, city)
SELECT 10 + i, 3, 'office', 'Office ' || i, 'City ' || i % 10
FROM generate_series(0, 999) i;
INSERT INTO kb.manager (id, full_name, hired_on, novice_since)
SELECT i, 'Manager ' || i, '2008-01-01', '2008-02-01'
FROM generate_series(1, :managers) i;
INSERT INTO kb.manager_post (manager_id, since, position, specialization, unit_id)
SELECT i, '2008-01-01', 'manager', 'universal', 10 + i % 1000
FROM generate_series(1, :managers) i;
INSERT INTO kb.organization (id, name, client_group, potential, city)
SELECT i, 'Organization ' || i, 'emo', 'A', 'City ' || (1 + i * 7919 % :managers) % 10
FROM generate_series(1, :organizations::bigint) i;
