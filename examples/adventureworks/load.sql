-- The files in the current directory, as they are, then the base made of them.
CREATE TEMPORARY TABLE salespersons (sales_person_id integer, login text, job_title text, hire_date date,
    current_flag integer, organization_node text, organization_level integer, territory_id integer,
    sales_quota numeric, bonus numeric, commission_pct numeric, sales_ytd numeric, sales_last_year numeric);
CREATE TEMPORARY TABLE territories (territory_id integer, name text, country_code text, region_group text,
    sales_ytd numeric, sales_last_year numeric);
CREATE TEMPORARY TABLE territory_history (sales_person_id integer, territory_id integer, start_date date, end_date date);
CREATE TEMPORARY TABLE stores (store_id integer, name text, sales_person_id integer, business_type text,
    specialty text, year_opened integer, square_feet integer, brands text, internet text, number_employees integer,
    annual_sales numeric, annual_revenue numeric, bank_name text, city text, state_code text, country_code text,
    state_territory_id integer);
CREATE TEMPORARY TABLE store_orders (order_id integer, order_date date, ship_date date, status integer,
    customer_id integer, store_id integer, sales_person_id integer, territory_id integer, subtotal numeric,
    total_due numeric, purchase_order text);
\copy salespersons FROM 'salespersons.csv' (FORMAT csv, HEADER)
\copy territories FROM 'territories.csv' (FORMAT csv, HEADER)
\copy territory_history FROM 'territory_history.csv' (FORMAT csv, HEADER)
\copy stores FROM 'stores.csv' (FORMAT csv, HEADER)
\copy store_orders FROM 'store_orders.csv' (FORMAT csv, HEADER)

CALL kbnorms.create_client_base(:'base', memos => false);
BEGIN;
SET LOCAL search_path = :"base", kbnorms, pg_temp;

-- The company's own words and thresholds, beside the norms of 2010: three
-- client groups, and dollars (15,000 RUB were about 500 USD).
INSERT INTO client_group (code, abbr, name_en, name_ru)
VALUES ('shop', 'BS', 'specialty bike shop', 'специализированный магазин'),
       ('warehouse', 'OS', 'warehouse', 'склад'),
       ('reseller', 'BM', 'value added reseller', 'реселлер');
INSERT INTO norm_client_group (specialization, client_group, effective_from, stance, note)
SELECT 'territorial', code, '2011-01-01', 'target', 'AdventureWorks: its sales people serve all three'
FROM client_group
WHERE code IN ('shop', 'warehouse', 'reseller');
INSERT INTO norm_specialization (specialization, effective_from, min_paying_share, max_off_profile, may_bind_off_profile,
    territory_rule, exception_only_on_profile, newcomers_avoid_territories, blacklist_months, blacklist_below, note)
SELECT specialization, '2011-01-01', min_paying_share, max_off_profile, may_bind_off_profile,
    territory_rule, exception_only_on_profile, newcomers_avoid_territories, blacklist_months, 500, 'AdventureWorks: in USD'
FROM norm_specialization
WHERE specialization = 'territorial'
ORDER BY effective_from DESC
LIMIT 1;
INSERT INTO policy (effective_from, paying_above, inactivity_months, respecialization_months, handover_months,
    max_feed_lag_days, max_unbind_share, max_unbind_count, note)
SELECT '2011-01-01', 500, inactivity_months, respecialization_months, handover_months,
    max_feed_lag_days, max_unbind_share, max_unbind_count, 'AdventureWorks: in USD'
FROM policy
ORDER BY effective_from DESC
LIMIT 1;

-- Groups of countries are regions, sales territories both an office and what
-- its territorial managers have for their own.
INSERT INTO unit (id, kind, name) VALUES (1, 'centre', 'Adventure Works');
INSERT INTO unit (id, parent_id, kind, name)
SELECT 1 + row_number() OVER (ORDER BY region_group), 1, 'region', region_group
FROM territories
GROUP BY region_group;
INSERT INTO unit (id, parent_id, kind, name)
SELECT 100 + territory_id, unit.id, 'office', territories.name
FROM territories
JOIN unit ON unit.name = region_group;
INSERT INTO territory (id, unit_id, name)
SELECT territory_id, 100 + territory_id, name FROM territories;

-- Sales representatives are territorial managers, sales managers direct a region.
INSERT INTO manager (id, personnel_no, full_name, hired_on, novice_since)
SELECT sales_person_id, sales_person_id::text, login, hire_date, hire_date FROM salespersons;
INSERT INTO manager_post (manager_id, since, position, specialization, unit_id)
SELECT sales_person_id, start_date, 'manager', 'territorial', 100 + territory_id FROM territory_history
WHERE end_date IS NULL OR end_date > start_date
UNION ALL
SELECT sales_person_id, hire_date, 'sales_director', NULL, unit.id
FROM salespersons
JOIN unit ON unit.kind = 'region'
    AND unit.name = CASE job_title WHEN 'North American Sales Manager' THEN 'North America'
                               WHEN 'European Sales Manager' THEN 'Europe'
                               WHEN 'Pacific Sales Manager' THEN 'Pacific' END
WHERE territory_id IS NULL;
INSERT INTO manager_territory (manager_id, territory_id, since, until)
SELECT sales_person_id, territory_id, start_date, end_date + 1 FROM territory_history;

-- Stores, with the group of their business and the potential of their sales.
INSERT INTO organization (id, name, client_group, potential, city, territory_id)
SELECT store_id, name,
       CASE business_type WHEN 'BS' THEN 'shop' WHEN 'OS' THEN 'warehouse' WHEN 'BM' THEN 'reseller' END,
       CASE WHEN annual_sales >= 3000000 THEN 'S' WHEN annual_sales >= 1000000 THEN 'A'
            WHEN annual_sales >= 500000 THEN 'B' ELSE 'C' END,
       city, state_territory_id
FROM stores;
INSERT INTO turnover (organization_id, month, amount, last_on)
SELECT store_id, order_date::month, sum(subtotal), max(order_date)
FROM store_orders
GROUP BY store_id, order_date::month;

-- The source has no receivables, so that list is loaded and empty.
INSERT INTO feed (name, loaded_through) VALUES ('turnover', '2014-05-01'), ('overdue', '2014-05-01')
ON CONFLICT (name) DO UPDATE SET loaded_through = excluded.loaded_through;

-- Who served a store, from the orders: a run lasts from the first order by a
-- sales person to the first one by another.
CREATE TEMPORARY TABLE served AS
SELECT store_id, sales_person_id, min(order_date) AS since,
       lead(min(order_date)) OVER (PARTITION BY store_id ORDER BY min(order_date)) AS until,
       max(order_date) AS last_order
FROM (SELECT *, count(*) FILTER (WHERE changed) OVER (PARTITION BY store_id ORDER BY order_date, order_id) AS run
      FROM (SELECT *, sales_person_id IS DISTINCT FROM
                      lag(sales_person_id) OVER (PARTITION BY store_id ORDER BY order_date, order_id) AS changed
            FROM store_orders) AS o) AS r
GROUP BY store_id, run, sales_person_id;

-- The owner holds a store since his run began; if others sold last, since the
-- day after; if nobody did, since he was hired.
CREATE TEMPORARY TABLE old_system AS
SELECT store_id AS organization_id, stores.sales_person_id AS manager_id,
       CASE WHEN last.sales_person_id = stores.sales_person_id THEN last.since
            ELSE greatest(last.last_order + 1, hire_date)
       END AS bound_on
FROM stores
JOIN salespersons USING (sales_person_id)
LEFT JOIN served AS last USING (store_id)
WHERE last.until IS NULL;
\echo What import_bindings says:
SELECT * FROM import_bindings('pg_temp.old_system');

-- Earlier holders go into the log: the owner of a base may add history.
INSERT INTO binding_log (organization_id, manager_id, bound_on, unbound_on, additional, change, reason)
SELECT store_id, served.sales_person_id, since, coalesce(until, last_order + 1), false, 'unbind', 'order history'
FROM served
LEFT JOIN old_system ON organization_id = store_id AND manager_id = served.sales_person_id AND bound_on = since
WHERE organization_id IS NULL AND coalesce(until, last_order + 1) > since;
COMMIT;
ANALYZE;
