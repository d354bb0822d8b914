-- July 2010 as a query that asks for each manager and each figure and norm anew:
-- bindings, stances and cities of today, without respecialization, the history
-- and the verdicts.
SELECT m.id AS manager_id,
    (
        SELECT n.max_accounts FROM kb.norm_tenure n
        WHERE n.specialization = (
                SELECT p.specialization FROM kb.manager_post p
                WHERE p.manager_id = m.id AND p.since <= '2010-07-31' ORDER BY p.since DESC LIMIT 1)
            AND n.effective_from <= '2010-07-31'
            AND m.novice_since + make_interval(months => n.from_month) <= '2010-07-31'
        ORDER BY n.from_month DESC, n.effective_from DESC LIMIT 1
    ) AS max_accounts,
    (
        SELECT n.min_paying_share FROM kb.norm_specialization n
        WHERE n.specialization = (
                SELECT p.specialization FROM kb.manager_post p
                WHERE p.manager_id = m.id AND p.since <= '2010-07-31' ORDER BY p.since DESC LIMIT 1)
            AND n.effective_from <= '2010-07-31'
        ORDER BY n.effective_from DESC LIMIT 1
    ) AS min_paying_share,
    (
        SELECT coalesce(sum(greatest(g.accounts - g.max_accounts, 0)), 0)
        FROM (
            SELECT n.max_accounts, count(DISTINCT o.account_id) AS accounts
            FROM kb.binding b
            JOIN kb.organization o ON o.id = b.organization_id
            JOIN kb.organization h ON h.id = o.account_id
            JOIN kb.norm_client_group n ON n.client_group = h.client_group
                AND n.effective_from <= '2010-07-31' AND n.max_accounts IS NOT NULL
            WHERE b.manager_id = m.id AND n.specialization = (
                SELECT p.specialization FROM kb.manager_post p
                WHERE p.manager_id = m.id AND p.since <= '2010-07-31' ORDER BY p.since DESC LIMIT 1)
            GROUP BY n.client_group, n.max_accounts) g
    ) AS above_caps,
    (
        SELECT count(DISTINCT o.account_id)
        FROM kb.binding b JOIN kb.organization o ON o.id = b.organization_id
        WHERE b.manager_id = m.id
    ) AS accounts,
    (
        SELECT count(*) FROM (
            SELECT o.account_id
            FROM kb.binding b
            JOIN kb.organization o ON o.id = b.organization_id
            JOIN kb.turnover t ON t.organization_id = o.id AND t.month = '2010-07'
            WHERE b.manager_id = m.id
            GROUP BY o.account_id
            HAVING sum(t.amount) > 15000) a
    ) AS paying,
    (
        SELECT count(DISTINCT o.account_id)
        FROM kb.binding b
        JOIN kb.organization o ON o.id = b.organization_id
        JOIN kb.organization h ON h.id = o.account_id
        WHERE b.manager_id = m.id AND coalesce((
            SELECT n.stance FROM kb.norm_client_group n
            WHERE n.specialization = (
                    SELECT p.specialization FROM kb.manager_post p
                    WHERE p.manager_id = m.id AND p.since <= '2010-07-31' ORDER BY p.since DESC LIMIT 1)
                AND n.client_group = h.client_group AND n.effective_from <= '2010-07-31'
            ORDER BY n.effective_from DESC LIMIT 1), 'forbidden') = 'forbidden'
    ) AS off_profile,
    (
        SELECT count(DISTINCT o.account_id)
        FROM kb.binding b
        JOIN kb.organization o ON o.id = b.organization_id
        JOIN kb.organization h ON h.id = o.account_id
        WHERE b.manager_id = m.id AND b.territory_exception IS NULL AND coalesce(o.city, h.city) <> (
            SELECT u.city FROM kb.manager_post p JOIN kb.unit u ON u.id = p.unit_id
            WHERE p.manager_id = m.id AND p.since <= '2010-07-31' ORDER BY p.since DESC LIMIT 1)
    ) AS outside_city,
    (
        SELECT count(DISTINCT o.account_id)
        FROM kb.binding b
        JOIN kb.organization o ON o.id = b.organization_id
        JOIN kb.organization h ON h.id = o.account_id
        WHERE b.manager_id = m.id AND coalesce(o.territory_id, h.territory_id) IS NOT NULL
    ) AS in_territory,
    (
        SELECT count(*) FROM kb.activity a
        WHERE a.manager_id = m.id AND a.happened_on BETWEEN '2010-07-01' AND '2010-07-31'
            AND a.kind = 'meeting' AND a.outside_office AND a.organization_id IS NOT NULL
    ) AS meetings,
    (
        SELECT count(*) FROM kb.activity a
        WHERE a.manager_id = m.id AND a.happened_on BETWEEN '2010-07-01' AND '2010-07-31' AND a.kind = 'cold_call'
    ) AS cold_calls
FROM kb.manager m
