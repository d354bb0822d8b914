-- The unit tree: a centre, regions of two clusters, clusters of two offices,
-- each office in a city; the pool (ООК) and a ВТЦ.  Three territories an office.
INSERT INTO unit (id, parent_id, kind, name, city)
VALUES (1, NULL, 'centre', 'Центр продаж', 'Москва'),
       (2, 1, 'service', 'ООК', 'Москва');

INSERT INTO unit (id, parent_id, kind, name)
SELECT 10 + r, 1, 'region',
       'РЦ ' || (ARRAY['Поволжье', 'Урал'])[1 + (r - 1) % 2] || CASE WHEN r > 2 THEN '-' || (r + 1) / 2 ELSE '' END
FROM generate_series(1, 2 * :size) AS r;

INSERT INTO unit (id, parent_id, kind, name, city)
VALUES (3, 11, 'vtc', 'ВТЦ Поволжье', 'Самара');

CREATE TEMPORARY TABLE office ON COMMIT DROP AS
SELECT o, 10 + 6 * :size + o AS unit_id,
       10 + 2 * :size + (o + 1) / 2 AS cluster_id,
       10 + (o + 3) / 4 AS region_id,
       (ARRAY['Самара', 'Тольятти', 'Саратов', 'Пенза',
              'Екатеринбург', 'Нижний Тагил', 'Челябинск', 'Магнитогорск',
              'Казань', 'Набережные Челны', 'Ульяновск', 'Димитровград',
              'Пермь', 'Березники', 'Тюмень', 'Сургут'])[1 + (o - 1) % 16] AS city,
       CASE WHEN o > 16 THEN '-' || 1 + (o - 1) / 16 ELSE '' END AS suffix
FROM generate_series(1, 8 * :size) AS o;

INSERT INTO unit (id, parent_id, kind, name)
SELECT cluster_id, min(region_id), 'cluster', 'Куст ' || string_agg(city || suffix, ' – ' ORDER BY o)
FROM office
GROUP BY cluster_id;

INSERT INTO unit (id, parent_id, kind, name, city)
SELECT unit_id, cluster_id, 'office', 'ОП ' || city || suffix, city
FROM office;

INSERT INTO territory (id, unit_id, name)
SELECT 3 * (o - 1) + t, unit_id, city || suffix || ', ' || (ARRAY['север', 'юг', 'промзона'])[t]
FROM office, generate_series(1, 3) AS t;

SELECT setval(pg_get_serial_sequence('unit', 'id'), max(id)) FROM unit \g /dev/null
SELECT setval(pg_get_serial_sequence('territory', 'id'), max(id)) FROM territory \g /dev/null
