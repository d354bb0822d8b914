-- Sales, receivables, meetings and calls from July 2009 to 14 July 2010.

-- How a client buys: a payer above 15,000 a month, a small one, one who
-- stopped this winter or spring, one who is silent since 2009.  The share of
-- payers is good, middling or poor by manager.
CREATE TEMPORARY TABLE buying ON COMMIT DROP AS
SELECT organization_id, manager_id, potential,
       CASE WHEN organization_id % 37 = 11 AND hired_on < date '2009-12-01' THEN 'silent'
            WHEN organization_id % 29 = 17 THEN 'stopped'
            WHEN pg_temp.pick('q' || organization_id, 100) < (ARRAY[88, 50, 18])[1 + (o + slot) % 3] THEN 'payer'
            ELSE 'small'
       END AS kind
FROM client;

INSERT INTO turnover (organization_id, month, amount, last_on)
SELECT organization_id, first_day::date::month,
       CASE WHEN kind = 'small' THEN 1500 + pg_temp.pick(key, 13000)
            ELSE 15000 + pg_temp.pick(key, 120000) * CASE potential WHEN 'S' THEN 8 WHEN 'A' THEN 3 ELSE 1 END
       END + round((1 + pg_temp.pick(key || 'k', 99)) * 0.01, 2),
       first_day::date + pg_temp.pick(key || 'd', CASE WHEN first_day = date '2010-07-01' THEN 14 ELSE 28 END)
FROM buying,
     generate_series(date '2009-07-01', date '2010-07-01', interval '1 month') AS first_day,
     LATERAL (SELECT 't' || organization_id || first_day::date) AS k(key)
WHERE CASE kind
          WHEN 'silent' THEN first_day < date '2010-01-01'
          WHEN 'stopped' THEN first_day < date '2010-02-01' + (organization_id % 3) * interval '1 month'
          ELSE pg_temp.pick(key || 'x', 100) < CASE WHEN first_day = date '2010-07-01' THEN 60 ELSE 93 END
      END;

-- Linked organizations buy a little for as long as their head does.
INSERT INTO turnover (organization_id, month, amount)
SELECT linked.organization_id, month, round(amount / 10, 2)
FROM linked
JOIN turnover ON turnover.organization_id = head_id
WHERE turnover.month >= '2009-10' AND (linked.organization_id + (turnover.month - '2009-01'::month)) % 3 <> 0;

-- Overdue: a client in twelve, and a silent one in three.
INSERT INTO overdue (organization_id, amount, since)
SELECT organization_id, 5000 + pg_temp.pick('o' || organization_id, 300000),
       date '2010-07-10' - pg_temp.pick('os' || organization_id, 200)
FROM buying
WHERE CASE kind WHEN 'silent' THEN organization_id / 37 % 3 = 0 ELSE organization_id % 12 = 5 END;

-- Meetings and calls, by diligence: good, middling, poor.  In July half of the
-- month is over, and the good have done their duty already.
CREATE TEMPORARY TABLE duty ON COMMIT DROP AS
SELECT manager_id, first_day::date,
       CASE WHEN first_day = date '2010-07-01' THEN 14 ELSE 27 END AS days,
       CASE WHEN novice_since IS NULL THEN 0
            WHEN first_day < novice_since + interval '6 months' THEN 21
            ELSE accounts / 2 + 3
       END * (ARRAY[10, 9, 4])[1 + (o + 2 * slot) % 3] / 10 AS meetings,
       CASE WHEN first_day < novice_since + interval '6 months'
            THEN 112 * (ARRAY[10, 10, 6])[1 + (o + slot) % 3] / 10
            ELSE 3
       END AS cold_calls
FROM portfolio
JOIN manager ON manager.id = manager_id,
     generate_series(date '2010-03-01', date '2010-07-01', interval '1 month') AS first_day
WHERE first_day >= date_trunc('month', portfolio.hired_on) AND first_day < coalesce(left_on, 'infinity')
UNION ALL
SELECT 80 * :size + o, first_day::date, 14, (ARRAY[17, 16, 9])[1 + o % 3], 0
FROM office, generate_series(date '2010-03-01', date '2010-07-01', interval '1 month') AS first_day
UNION ALL
SELECT 88 * :size + (o + 1) / 2, first_day::date, 14, (ARRAY[22, 13])[1 + o / 2 % 2], 0
FROM office, generate_series(date '2010-03-01', date '2010-07-01', interval '1 month') AS first_day
WHERE o % 2 = 1;

-- A client to meet: one of his own, for heads one of anybody's.
INSERT INTO activity (manager_id, organization_id, kind, happened_on, outside_office)
SELECT manager_id, coalesce(own.ids[1 + pg_temp.pick(key, cardinality(own.ids))], 1 + pg_temp.pick(key, everybody.n)),
       'meeting', first_day + pg_temp.pick(key || 'd', days), m % 9 <> 4
FROM duty
LEFT JOIN (SELECT manager_id, array_agg(organization_id ORDER BY organization_id) AS ids
           FROM client GROUP BY manager_id) AS own USING (manager_id)
CROSS JOIN (SELECT count(*) AS n FROM client) AS everybody,
     generate_series(1, meetings * CASE WHEN first_day = date '2010-07-01' AND manager_id % 2 = 0 THEN 5 ELSE 10 END / 9) AS m,
     LATERAL (SELECT 'v' || manager_id || first_day || m) AS k(key);

-- A group lead meets clients of his managers too, some leads often enough.
INSERT INTO activity (manager_id, organization_id, kind, happened_on, outside_office)
SELECT manager_id, groups.ids[1 + pg_temp.pick(key, cardinality(groups.ids))],
       'meeting', first_day + pg_temp.pick(key || 'd', days), true
FROM duty
JOIN seller USING (manager_id)
JOIN (SELECT o, array_agg(organization_id ORDER BY organization_id) AS ids
      FROM client WHERE slot <= 3 GROUP BY o) AS groups USING (o),
     generate_series(1, CASE WHEN o % 2 = 0 THEN 17 ELSE 8 END) AS m,
     LATERAL (SELECT 'g' || manager_id || first_day || m) AS k(key)
WHERE position = 'group_lead';

INSERT INTO activity (manager_id, kind, happened_on, outside_office)
SELECT manager_id, 'cold_call', first_day + pg_temp.pick('cc' || manager_id || first_day || c, days), false
FROM duty, generate_series(1, cold_calls / CASE WHEN first_day = date '2010-07-01' THEN 2 ELSE 1 END) AS c;

INSERT INTO feed (name, loaded_through, loaded_at)
VALUES ('turnover', '2010-07-14', '2010-07-15 03:10+04'),
       ('overdue', '2010-07-14', '2010-07-15 03:20+04'),
       ('activity', '2010-07-14', '2010-07-15 03:30+04')
ON CONFLICT (name) DO UPDATE
SET loaded_through = excluded.loaded_through, loaded_at = excluded.loaded_at;
