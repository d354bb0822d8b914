-- The black list of July 2010 as a query that asks for each account anew what
-- its manager is, what his norms are and what it bought in each month; bindings
-- of today.
SELECT a.manager_id, a.account_id, a.threshold
FROM (
    SELECT DISTINCT b.manager_id, o.account_id,
        coalesce(
            (
                SELECT n.blacklist_below FROM kb.norm_potential n
                WHERE n.specialization = p.specialization AND n.potential = h.potential AND n.effective_from <= '2010-07-31'
                ORDER BY n.effective_from DESC LIMIT 1
            ), (
                SELECT n.blacklist_below FROM kb.norm_specialization n
                WHERE n.specialization = p.specialization AND n.effective_from <= '2010-07-31'
                ORDER BY n.effective_from DESC LIMIT 1
            )) AS threshold,
        (
            SELECT n.blacklist_months FROM kb.norm_specialization n
            WHERE n.specialization = p.specialization AND n.effective_from <= '2010-07-31'
            ORDER BY n.effective_from DESC LIMIT 1
        ) AS months
    FROM kb.binding b
    JOIN kb.organization o ON o.id = b.organization_id
    JOIN kb.organization h ON h.id = o.account_id
    JOIN kb.manager_post p ON p.manager_id = b.manager_id AND p.since = (
        SELECT max(q.since) FROM kb.manager_post q WHERE q.manager_id = b.manager_id AND q.since <= '2010-07-31')
    WHERE b.bound_on <= '2010-07-31'
) a
WHERE NOT EXISTS (
    SELECT FROM generate_series(0, a.months - 1) n
    WHERE coalesce((
        SELECT sum(t.amount)
        FROM kb.organization o
        JOIN kb.binding b ON b.organization_id = o.id AND b.manager_id = a.manager_id
        JOIN kb.turnover t ON t.organization_id = o.id
        WHERE o.account_id = a.account_id AND t.month = kbnorms.month '2010-07' - n), 0) >= a.threshold)
    AND a.threshold IS NOT NULL
