-- What is due for release on 15 August 2010, as one hand-written query over sets.
SELECT p.manager_id, p.account_id, p.organization_ids, d.account_id IS NOT NULL AS held_back
FROM (
    SELECT b.manager_id, o.account_id, array_agg(b.organization_id) AS organization_ids, min(b.bound_on) AS bound_on
    FROM kb.binding b
    JOIN kb.organization o ON o.id = b.organization_id
    GROUP BY b.manager_id, o.account_id
) p
LEFT JOIN (
    SELECT o.account_id, max(coalesce(t.last_on, kbnorms.last_day(t.month))) AS sold_on
    FROM kb.turnover t
    JOIN kb.organization o ON o.id = t.organization_id
    WHERE t.amount > 0 AND t.month >= '2010-02'
    GROUP BY o.account_id
) t ON t.account_id = p.account_id
LEFT JOIN (
    SELECT DISTINCT o.account_id
    FROM kb.overdue d
    JOIN kb.organization o ON o.id = d.organization_id
    WHERE d.amount > 0
) d ON d.account_id = p.account_id
WHERE greatest(p.bound_on, t.sold_on) + interval '6 months' <= '2010-08-15'
