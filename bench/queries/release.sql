-- The release as one hand-written statement: finds what is due and deletes it.
DELETE FROM bare.binding b
USING bare.organization o, (
    SELECT p.manager_id, p.account_id
    FROM (
        SELECT b.manager_id, o.account_id, min(b.bound_on) AS bound_on
        FROM bare.binding b
        JOIN bare.organization o ON o.id = b.organization_id
        GROUP BY b.manager_id, o.account_id
    ) p
    LEFT JOIN (
        SELECT o.account_id, max(coalesce(t.last_on, kbnorms.last_day(t.month))) AS sold_on
        FROM kb.turnover t
        JOIN bare.organization o ON o.id = t.organization_id
        WHERE t.amount > 0 AND t.month >= '2010-02'
        GROUP BY o.account_id
    ) t ON t.account_id = p.account_id
    LEFT JOIN (
        SELECT DISTINCT o.account_id
        FROM kb.overdue d
        JOIN bare.organization o ON o.id = d.organization_id
        WHERE d.amount > 0
    ) d ON d.account_id = p.account_id
    WHERE greatest(p.bound_on, t.sold_on) + interval '6 months' <= '2010-08-15' AND d.account_id IS NULL
) due
WHERE o.id = b.organization_id AND o.account_id = due.account_id AND b.manager_id = due.manager_id
