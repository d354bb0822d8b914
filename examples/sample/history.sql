-- What happened since, by plain statements, every one of them checked: so the
-- base has a history and the rules have agreed to all of it.

-- 12 May: two clients out of the pool to a universal manager with room.
SET LOCAL kbnorms.today = '2010-05-12';
INSERT INTO binding (organization_id, manager_id)
SELECT organization_id, 10 * (o - 1) + 2 FROM pool WHERE n <= 2 AND o % 8 <> 1;

-- 9 June: a client moves from one universal manager of the office to the other.
SET LOCAL kbnorms.today = '2010-06-09';
UPDATE binding SET manager_id = 10 * (o - 1) + 2
FROM client
WHERE client.organization_id = binding.organization_id AND client.manager_id = binding.manager_id
  AND slot = 7 AND n = 1 AND o % 8 <> 1;

-- 21 June: an organization turns out to belong to another (attribute 140).
SET LOCAL kbnorms.today = '2010-06-21';
UPDATE organization SET head_id = head.organization_id
FROM pool JOIN pool AS head USING (o)
WHERE organization.id = pool.organization_id AND pool.n = 12 AND head.n = 11;

-- 1 July: a client of each goes back to the pool.
SET LOCAL kbnorms.today = '2010-07-01';
DELETE FROM binding
USING client
WHERE client.organization_id = binding.organization_id AND client.manager_id = binding.manager_id
  AND slot = 7 AND n = 2 AND o % 8 <> 1;

-- 5 July: the newest get their first clients.
SET LOCAL kbnorms.today = '2010-07-05';
INSERT INTO binding (organization_id, manager_id)
SELECT organization_id, manager_id
FROM pool
JOIN seller USING (o)
WHERE slot = 9 AND months = 0
  AND client_group = CASE specialization WHEN 'universal' THEN 'emo' WHEN 'territorial' THEN 'emo' ELSE specialization END
  AND n NOT IN (1, 2, 12)
  AND CASE specialization WHEN 'territorial' THEN false ELSE n NOT IN (5, 6) END;
RESET kbnorms.today;
