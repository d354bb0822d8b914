-- A rule that is set to warn says the same as one that blocks, and lets pass.
SET client_min_messages = warning;
CALL kbnorms.create_client_base('warned', false);
SET kbnorms.today = '2010-07-15';
SET search_path = warned;

INSERT INTO unit (id, kind, name, city) VALUES (1, 'office', 'Moscow', 'Moscow');
INSERT INTO manager (id, full_name, hired_on, novice_since) VALUES (1, 'Ivanov', '2009-01-01', '2009-02-01');
INSERT INTO manager_post (manager_id, since, position, specialization, unit_id)
VALUES (1, '2009-01-01', 'manager', 'universal', 1);
INSERT INTO organization (id, name, client_group, potential, city) VALUES
    (1, 'Romashka', 'emo', 'C', 'Tver'), (2, 'Vasilyok', 'emo', 'A', 'Moscow'), (3, 'Lyutik', 'dealer', 'A', 'Moscow');

-- blocked, then warned of by both rules that the row breaks
INSERT INTO binding (organization_id, manager_id) VALUES (1, 1);
UPDATE rule SET enforcement = 'warn' WHERE code IN ('territory', 'potential');
INSERT INTO binding (organization_id, manager_id) VALUES (1, 1), (2, 1);
SELECT organization_id, manager_id FROM binding ORDER BY 1;

-- a warning does not hide an error, nor an error a warning
UPDATE rule SET enforcement = 'warn' WHERE code = 'personal';
INSERT INTO binding (organization_id, manager_id, bound_on) VALUES (3, 1, '2010-07-16');

-- a link's base_size may warn too
INSERT INTO norm_tenure (specialization, from_month, effective_from, max_accounts) VALUES ('universal', 12, '2010-07-15', 1);
UPDATE rule SET enforcement = 'warn' WHERE code = 'base_size';
UPDATE organization SET head_id = 2 WHERE id = 1;
UPDATE organization SET head_id = NULL WHERE id = 1;

RESET search_path;
SELECT kbnorms.drop_client_base('warned');
