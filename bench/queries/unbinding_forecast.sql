-- When each account will be released, on 15 August 2010, as one hand-written
-- query over sets, where one inactivity period of 6 months is in force and no
-- hold is extended.
SELECT date '2010-08-01' AS month, c.manager_id, c.manager_name, c.unit_id, c.account_id, h.name AS account_name, c.bindings,
    c.bound_on, c.last_sale_on, c.clock_on, CASE WHEN c.last_sale_on >= c.bound_on THEN 'sale' ELSE 'binding' END AS clock_set_by,
    (c.clock_on + interval '6 months')::date AS release_on,
    (c.clock_on + interval '6 months')::date - date '2010-08-15' AS days_left,
    c.overdue IS NOT NULL AS held_back,
    'overdue receivables of ' || c.overdue || coalesce(' since ' || c.overdue_since, '') AS reason,
    c.overdue, c.overdue_since, date '2010-08-15' AS as_of
FROM (
    SELECT b.manager_id, m.full_name AS manager_name, p.unit_id, b.account_id, b.bindings, b.bound_on, t.last_sale_on,
        greatest(b.bound_on, t.last_sale_on) AS clock_on, d.overdue, d.overdue_since
    FROM (
        SELECT b.manager_id, o.account_id, count(*) AS bindings, min(b.bound_on) AS bound_on
        FROM kb.binding b
        JOIN kb.organization o ON o.id = b.organization_id
        GROUP BY b.manager_id, o.account_id
    ) b
    JOIN kb.manager m ON m.id = b.manager_id
    LEFT JOIN (
        SELECT DISTINCT ON (p.manager_id) p.manager_id, p.unit_id
        FROM kb.manager_post p
        WHERE p.since <= '2010-08-15'
        ORDER BY p.manager_id, p.since DESC
    ) p ON p.manager_id = b.manager_id
    LEFT JOIN (
        SELECT o.account_id, max(coalesce(t.last_on, kbnorms.last_day(t.month))) AS last_sale_on
        FROM kb.turnover t
        JOIN kb.organization o ON o.id = t.organization_id
        WHERE t.amount > 0
        GROUP BY o.account_id
    ) t ON t.account_id = b.account_id
    LEFT JOIN (
        SELECT o.account_id, sum(d.amount) AS overdue, min(d.since) AS overdue_since
        FROM kb.overdue d
        JOIN kb.organization o ON o.id = d.organization_id
        WHERE d.amount > 0
        GROUP BY o.account_id
    ) d ON d.account_id = b.account_id
) c
JOIN kb.organization h ON h.id = c.account_id
