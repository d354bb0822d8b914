-- Ten sellers in every office, and those above them.

-- months: of service on 15 July 2010; NULL is an intern.
CREATE TEMPORARY TABLE seller ON COMMIT DROP AS
SELECT 10 * (o - 1) + slot AS manager_id, o, slot,
       CASE WHEN slot = 8 THEN 'group_lead' ELSE 'manager' END AS position,
       CASE WHEN slot <= 6 THEN
                (ARRAY['territorial', 'universal', 'industrial', 'panel_builder', 'dealer', 'chain'])[slot]
            WHEN slot = 7 THEN 'universal'
            WHEN slot = 8 THEN (ARRAY['territorial', 'universal', 'industrial'])[1 + o % 3]
            WHEN slot = 9 THEN
                (ARRAY['territorial', 'universal', 'universal', 'industrial', 'dealer', 'panel_builder'])[1 + o % 6]
            ELSE (ARRAY['universal', 'universal', 'universal', 'industrial',
                        'universal', 'dealer', 'chain', 'universal'])[1 + o % 8]
       END AS specialization,
       CASE WHEN slot IN (2, 7) THEN 15 + pg_temp.pick('m' || o || slot, 30)
            WHEN slot <= 8 THEN
                (ARRAY[25, 14, 37, 13, 31, 8, 4, 2])[1 + (3 * o + slot) % 8]
            WHEN slot = 9 THEN (ARRAY[NULL, 0, 5])[1 + o % 3]
            WHEN o % 8 = 6 THEN NULL
            ELSE 18 + o % 5
       END AS months
FROM office, generate_series(1, 10) AS slot;

INSERT INTO manager (id, personnel_no, full_name, hired_on, novice_since, left_on)
SELECT manager_id, (10000 + manager_id)::text, pg_temp.full_name('m' || manager_id),
       CASE WHEN months IS NULL THEN date '2010-06-21'
            ELSE (date '2010-07-01' - make_interval(months => months + 1))::date
                 + pg_temp.pick('h' || manager_id, 14)
       END,
       (date '2010-07-01' - make_interval(months => months))::date
           + CASE WHEN months > 0 THEN pg_temp.pick('s' || manager_id, 14) ELSE 0 END,
       CASE WHEN slot = 10 AND o % 8 = 0 THEN date '2010-06-20'
            WHEN slot = 10 AND o % 8 = 1 THEN date '2010-05-10'
       END
FROM seller;

INSERT INTO manager_post (manager_id, since, position, specialization, unit_id, lead_id)
SELECT manager_id, hired_on, position, specialization, unit_id,
       CASE WHEN slot <= 3 THEN 10 * (o - 1) + 8 END
FROM seller
JOIN office USING (o)
JOIN manager ON manager.id = manager_id;

-- Careers: changes of specialization, two of them within their two months and
-- one of these with no client to give away; a head of a ВТЦ, a client analyst,
-- a new group lead.
INSERT INTO manager_post (manager_id, since, position, specialization, unit_id)
SELECT manager_id, change.since::date, change.position, change.specialization,
       CASE change.position WHEN 'vtc_head' THEN 3 WHEN 'client_analyst' THEN region_id ELSE unit_id END
FROM seller
JOIN office USING (o)
JOIN (VALUES (2, 10, '2010-06-01', 'manager', 'industrial'),
             (3, 10, '2010-04-05', 'manager', 'panel_builder'),
             (4, 10, '2010-06-25', 'vtc_head', NULL),
             (5, 10, '2010-05-17', 'client_analyst', NULL),
             (7, 10, '2010-07-01', 'group_lead', 'universal'),
             (6, 4, '2010-05-20', 'manager', 'industrial'))
     AS change(o, slot, since, position, specialization)
    ON change.o = seller.o % 8 AND change.slot = seller.slot;

-- Every territorial manager has the territory that his number names; the third
-- of each office is vacant.
INSERT INTO manager_territory (manager_id, territory_id, since)
SELECT manager_id, 3 * (o - 1) + CASE slot WHEN 1 THEN 1 ELSE 2 END, hired_on
FROM seller
JOIN manager ON manager.id = manager_id
WHERE specialization = 'territorial' AND slot IN (1, 8);

-- Heads: of each office and each cluster, of the regions, of the pool, of the ВТЦ.
INSERT INTO manager (id, personnel_no, full_name, hired_on)
SELECT id, (10000 + id)::text, pg_temp.full_name('m' || id), date '2006-09-01' + pg_temp.pick('h' || id, 900)
FROM generate_series(80 * :size + 1, 96 * :size + 2) AS id;

INSERT INTO manager_post (manager_id, since, position, unit_id)
SELECT id, hired_on, head.position, head.unit_id
FROM (SELECT 80 * :size + o, 'office_head', unit_id FROM office
      UNION ALL
      SELECT 88 * :size + (o + 1) / 2, 'personal_sales_head', unit_id FROM office WHERE o % 2 = 1
      UNION ALL
      SELECT 92 * :size + r, 'sales_director', 10 + r FROM generate_series(1, 2 * :size) AS r
      UNION ALL
      SELECT 94 * :size + r, 'client_analyst', 10 + r FROM generate_series(1, 2 * :size) AS r
      UNION ALL
      VALUES (96 * :size + 1, 'pool_head', 2), (96 * :size + 2, 'vtc_head', 3))
     AS head(id, position, unit_id)
JOIN manager USING (id);

SELECT setval(pg_get_serial_sequence('manager', 'id'), max(id)) FROM manager \g /dev/null
