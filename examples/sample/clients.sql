-- What the old system holds on 30 April 2010, loaded by import_bindings: bases
-- within the norm, below and above it, with clients that do not belong there.

-- How many clients each seller had by then.  Every ninth has too many, every
-- ninth too few; in the first office of eight both universal managers are full.
CREATE TEMPORARY TABLE portfolio ON COMMIT DROP AS
SELECT seller.*, hired_on, usual.maximum,
       CASE WHEN hired_on > date '2010-04-20' OR months IS NULL THEN 0
            WHEN slot IN (2, 7) AND o % 8 = 1 THEN usual.maximum
            WHEN slot = 6 AND o % 4 = 0 THEN 9
            WHEN slot NOT IN (2, 7) AND months >= 6 AND (5 * o + slot) % 9 = 0 THEN usual.maximum + 2
            WHEN slot NOT IN (2, 7) AND (5 * o + slot) % 9 = 1 THEN usual.minimum - 3
            WHEN months < 6 THEN usual.minimum * 2 / 3 + pg_temp.pick('a' || manager_id, 5)
            ELSE usual.minimum + 2 + pg_temp.pick('a' || manager_id, usual.spread)
       END AS accounts
FROM seller
JOIN manager ON manager.id = manager_id
JOIN (VALUES ('territorial', 30, 60, 12), ('universal', 20, 40, 12), ('industrial', 20, 60, 12),
             ('panel_builder', 10, 20, 7), ('dealer', 15, 30, 8), ('chain', 5, 10, 3))
     AS usual(specialization, minimum, maximum, spread) USING (specialization);

-- Clients, numbered within a base from 1: the first five are beyond reproach,
-- the next four test every norm, the rest are as life has them.
CREATE TEMPORARY TABLE client ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY manager_id, n)::integer AS organization_id,
       manager_id, o, slot, n, specialization, hired_on,
       CASE WHEN specialization = 'chain' AND n BETWEEN 3 AND CASE WHEN o % 4 = 0 THEN 8 ELSE 4 END THEN 'dealer'
            WHEN n BETWEEN 6 AND 9 AND (7 * o + slot) % 5 = 0 THEN
                CASE specialization WHEN 'industrial' THEN 'emo' WHEN 'panel_builder' THEN 'industrial'
                                    WHEN 'dealer' THEN 'emo' ELSE 'dealer' END
            WHEN n = 9 AND slot <> 6 AND o % 3 = 0 THEN NULL
            ELSE CASE specialization
                     WHEN 'territorial' THEN pg_temp.word('g' || manager_id || n, '{emo,distributor,infrastructure,industrial,panel_builder}')
                     WHEN 'universal' THEN CASE WHEN n <= 5 THEN 'emo' ELSE pg_temp.word('g' || manager_id || n, '{emo,emo,distributor,infrastructure,industrial}') END
                     WHEN 'industrial' THEN CASE WHEN n <= 5 THEN 'industrial' ELSE pg_temp.word('g' || manager_id || n, '{industrial,industrial,industrial,panel_builder}') END
                     ELSE specialization
                 END
       END AS client_group,
       CASE WHEN n <= 5 THEN 'A'
            ELSE pg_temp.word('p' || manager_id || n, ARRAY['S', 'A', 'A', 'A', 'A', 'B', 'B', 'B', 'B', 'B', 'C', NULL])
       END AS potential,
       CASE WHEN n % 13 = 7 AND (o + slot) % 3 = 0 THEN (SELECT city FROM office AS other WHERE other.o = portfolio.o % (8 * :size) + 1)
            ELSE office.city
       END AS city,
       CASE WHEN specialization = 'territorial' THEN
                CASE WHEN n % 17 = 8 THEN NULL
                     WHEN n % 17 = 9 THEN 3 * o
                     ELSE 3 * (o - 1) + CASE slot WHEN 1 THEN 1 ELSE 2 END
                END
            WHEN n > 5 AND n % 10 = 6 THEN 3 * o
       END AS territory_id
FROM portfolio
JOIN office USING (o),
     generate_series(1, accounts) AS n;

INSERT INTO organization (id, inn, name, client_group, potential, city, territory_id)
SELECT organization_id, pg_temp.inn_of(37 * organization_id),
       pg_temp.company_name('c' || organization_id, client_group),
       client_group, potential, city, territory_id
FROM client;

-- Linked organizations (attribute 140): one to every seventh client, a second
-- one to every third of these; some sit in another city or with another manager.
CREATE TEMPORARY TABLE linked ON COMMIT DROP AS
SELECT (SELECT count(*) FROM client)::integer
           + row_number() OVER (ORDER BY organization_id, follower)::integer AS organization_id,
       organization_id AS head_id, manager_id, o, slot, n, follower, hired_on
FROM client, generate_series(1, CASE WHEN n % 21 = 6 THEN 2 ELSE 1 END) AS follower
WHERE n % 7 = 6;

INSERT INTO organization (id, inn, name, head_id, city)
SELECT organization_id, pg_temp.inn_of(37 * organization_id),
       pg_temp.company_name('c' || linked.head_id || '-' || follower, head.client_group), linked.head_id,
       CASE WHEN linked.o % 4 = 3 AND n = 13 THEN 'Москва' END
FROM linked
JOIN organization AS head ON head.id = linked.head_id;

-- The pool: fourteen unbound clients of every office, of all groups.
CREATE TEMPORARY TABLE pool ON COMMIT DROP AS
SELECT (SELECT max(id) FROM organization) + 14 * (o - 1) + n AS organization_id, o, n, city,
       (ARRAY['emo', 'emo', 'emo', 'emo', 'emo', 'emo', 'industrial', 'industrial', 'panel_builder',
              'panel_builder', 'dealer', 'dealer', 'chain', 'chain'])[n] AS client_group
FROM office, generate_series(1, 14) AS n;

INSERT INTO organization (id, inn, name, client_group, potential, city, territory_id)
SELECT organization_id, pg_temp.inn_of(37 * organization_id),
       pg_temp.company_name('c' || organization_id, client_group), client_group,
       CASE WHEN n % 2 = 0 THEN 'B' ELSE 'A' END, city, CASE WHEN n IN (5, 6) THEN 3 * (o - 1) + 1 END
FROM pool;

SELECT setval(pg_get_serial_sequence('organization', 'id'), max(id)) FROM organization \g /dev/null

-- The old system's file: taxpayer and personnel numbers, and two lines that
-- cannot be right (a taxpayer nobody knows, a day yet to come).
CREATE TEMPORARY TABLE old_system ON COMMIT DROP AS
SELECT organization.inn, manager.personnel_no, bound_on, additional, territory_exception
FROM (SELECT organization_id, manager_id,
             CASE WHEN organization_id % 37 = 11 AND hired_on < date '2009-12-01' THEN date '2009-12-07'
                  ELSE greatest(hired_on, date '2008-01-15')
                       + pg_temp.pick('b' || organization_id,
                                      date '2010-04-21' - greatest(hired_on, date '2008-01-15'))
             END AS bound_on,
             false AS additional,
             CASE WHEN n % 13 = 7 AND (o + slot) % 2 = 0 THEN 'Потенциал реализован полностью, отличное взаимодействие' END AS territory_exception
      FROM client
      UNION ALL
      SELECT organization_id, CASE WHEN organization_id % 11 = 0 THEN 10 * (o - 1) + 3 ELSE manager_id END,
             date '2010-04-21' - pg_temp.pick('b' || organization_id, 20), false, NULL
      FROM linked
      UNION ALL
      SELECT organization_id, 10 * (o % (8 * :size)) + slot, date '2010-03-15', true, NULL
      FROM client
      WHERE slot = 3 AND n = 10
     ) AS held
JOIN organization ON organization.id = organization_id
JOIN manager ON manager.id = manager_id
UNION ALL
VALUES (pg_temp.inn_of(0), '10001', date '2009-09-01', false, NULL),
       (pg_temp.inn_of(37), '10001', date '2010-12-01', false, NULL);

SET LOCAL kbnorms.today = '2010-04-30';
SELECT read, imported, present, rejected FROM import_bindings('pg_temp.old_system') \g /dev/null
