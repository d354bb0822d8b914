-- The black list of July 2010 as one hand-written query over sets.
SELECT a.manager_id, a.account_id, a.threshold,
    CASE WHEN a.sold < a.months THEN greatest(a.best, 0) ELSE a.best END AS turnover
FROM (
    SELECT s.manager_id, s.account_id, s.threshold, s.months, count(s.month) AS sold, max(s.amount) AS best
    FROM (
        SELECT b.manager_id, o.account_id, coalesce(np.blacklist_below, ns.blacklist_below) AS threshold,
            ns.blacklist_months AS months, t.month, sum(t.amount) AS amount
        FROM (
            SELECT b.organization_id, b.manager_id FROM kb.binding b WHERE b.bound_on <= '2010-07-31'
            UNION ALL
            SELECT DISTINCT l.organization_id, l.manager_id FROM kb.binding_log l
            WHERE l.bound_on <= '2010-07-31' AND l.unbound_on > '2010-07-31'
                AND NOT EXISTS (
                    SELECT FROM kb.binding b
                    WHERE b.organization_id = l.organization_id AND b.manager_id = l.manager_id AND b.bound_on <= '2010-07-31')
        ) b
        JOIN (
            SELECT DISTINCT ON (p.manager_id) p.manager_id, p.specialization
            FROM kb.manager_post p
            JOIN kb.manager m ON m.id = p.manager_id
            WHERE p.since <= '2010-07-31' AND p.position IN ('manager', 'group_lead')
                AND m.hired_on <= '2010-07-31' AND (m.left_on IS NULL OR m.left_on > '2010-07-31')
            ORDER BY p.manager_id, p.since DESC
        ) p ON p.manager_id = b.manager_id
        JOIN kb.organization o ON o.id = b.organization_id
        JOIN kb.organization h ON h.id = o.account_id
        JOIN (
            SELECT DISTINCT ON (n.specialization) n.* FROM kb.norm_specialization n
            WHERE n.effective_from <= '2010-07-31' ORDER BY n.specialization, n.effective_from DESC
        ) ns ON ns.specialization = p.specialization
        LEFT JOIN (
            SELECT DISTINCT ON (n.specialization, n.potential) n.* FROM kb.norm_potential n
            WHERE n.effective_from <= '2010-07-31' ORDER BY n.specialization, n.potential, n.effective_from DESC
        ) np ON np.specialization = p.specialization AND np.potential = h.potential
        LEFT JOIN kb.turnover t ON t.organization_id = b.organization_id
            AND t.month BETWEEN '2010-06' AND '2010-07'
            AND t.month > kbnorms.month '2010-07' - ns.blacklist_months
        WHERE coalesce(np.blacklist_below, ns.blacklist_below) IS NOT NULL
        GROUP BY b.manager_id, o.account_id, coalesce(np.blacklist_below, ns.blacklist_below), ns.blacklist_months, t.month
    ) s
    GROUP BY s.manager_id, s.account_id, s.threshold, s.months
) a
WHERE CASE WHEN a.sold < a.months THEN greatest(a.best, 0) ELSE a.best END < a.threshold
