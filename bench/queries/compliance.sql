-- The compliance of July 2010 as one hand-written query over sets, for managers
-- and their measures: what kb.compliance('2010-07') returns where everybody's
-- post is that of a manager, and every office names its city itself.
WITH given AS (
    SELECT date '2010-07-01' AS first_day, date '2010-07-31' AS as_of
), policy AS (
    SELECT p.* FROM kb.policy p, given g WHERE p.effective_from <= g.as_of ORDER BY p.effective_from DESC LIMIT 1
), norm_specialization AS (
    SELECT DISTINCT ON (n.specialization) n.*
    FROM kb.norm_specialization n, given g
    WHERE n.effective_from <= g.as_of
    ORDER BY n.specialization, n.effective_from DESC
), norm_client_group AS (
    SELECT DISTINCT ON (n.specialization, n.client_group) n.*
    FROM kb.norm_client_group n, given g
    WHERE n.effective_from <= g.as_of
    ORDER BY n.specialization, n.client_group, n.effective_from DESC
), post AS (
    SELECT p.manager_id, p.since, p.specialization, p.unit_id,
        lag(p.specialization) OVER (PARTITION BY p.manager_id ORDER BY p.since) AS previous
    FROM kb.manager_post p, given g
    WHERE p.since <= g.as_of
), manager AS MATERIALIZED (
    SELECT m.id, m.hired_on, m.novice_since, d.duty_since, d.specialization, u.city,
        d.changed_on, d.previous, g.as_of < d.changed_on + make_interval(months => y.respecialization_months) AS has_time,
        d.changed_on + make_interval(months => y.respecialization_months) AS changed_by,
        g.as_of >= m.novice_since AS is_judged,
        g.as_of < m.novice_since + interval '6 months' AND g.as_of >= m.novice_since AS is_novice,
        g.first_day >= greatest(m.hired_on, m.novice_since, d.duty_since) AS is_whole,
        n.from_month, n.min_accounts, n.max_accounts, n.min_meetings, n.min_meeting_share, n.min_cold_calls
    FROM given g
    CROSS JOIN policy y
    CROSS JOIN kb.manager m
    JOIN (
        SELECT p.manager_id, min(p.since) AS duty_since,
            (array_agg(p.specialization ORDER BY p.since DESC))[1] AS specialization,
            (array_agg(p.unit_id ORDER BY p.since DESC))[1] AS unit_id,
            max(p.since) FILTER (WHERE p.previous <> p.specialization) AS changed_on,
            (array_agg(p.previous ORDER BY p.since DESC) FILTER (WHERE p.previous <> p.specialization))[1] AS previous
        FROM post p
        GROUP BY p.manager_id
    ) d ON d.manager_id = m.id
    JOIN kb.unit u ON u.id = d.unit_id
    LEFT JOIN LATERAL (
        SELECT n.*
        FROM kb.norm_tenure n
        WHERE n.specialization = d.specialization AND n.effective_from <= g.as_of
            AND m.novice_since + make_interval(months => n.from_month) <= g.as_of
        ORDER BY n.from_month DESC, n.effective_from DESC
        LIMIT 1
    ) n ON true
    WHERE m.hired_on <= g.as_of AND (m.left_on IS NULL OR m.left_on > g.as_of)
), held AS (
    SELECT b.organization_id, b.manager_id, b.bound_on, b.territory_exception
    FROM kb.binding b, given g
    WHERE b.bound_on <= g.as_of
    UNION ALL
    SELECT e.* FROM (
        SELECT DISTINCT ON (l.manager_id, l.organization_id)
            l.organization_id, l.manager_id, l.bound_on, l.territory_exception
        FROM kb.binding_log l, given g
        WHERE l.bound_on <= g.as_of AND l.unbound_on > g.as_of
        ORDER BY l.manager_id, l.organization_id, l.unbound_on DESC
    ) e
    WHERE NOT EXISTS (
        SELECT FROM kb.binding b, given g
        WHERE b.organization_id = e.organization_id AND b.manager_id = e.manager_id AND b.bound_on <= g.as_of)
), account AS (
    SELECT m.id AS manager_id, h.id AS account_id, h.client_group,
        min(ng.max_accounts) AS max_accounts,
        coalesce(sum(t.amount), 0) AS amount,
        bool_or(ng.stance = 'forbidden') AS forbidden,
        bool_or(x.off_profile) AS off_profile,
        bool_or(x.outside) AS outside,
        bool_or(x.territory_id IS NOT NULL) AS in_territory,
        m.has_time,
        bool_or(b.bound_on < m.changed_on)
            AND bool_or(x.off_profile OR x.outside OR (ns.newcomers_avoid_territories AND m.is_novice AND x.territory_id IS NOT NULL))
            AND bool_or(
                coalesce(pg.stance, 'forbidden') = 'forbidden'
                OR (ps.territory_rule = 'strict' AND x.is_his IS NOT TRUE)
                OR (ps.territory_rule = 'city' AND x.other_city
                    AND NOT (b.territory_exception IS NOT NULL
                        AND (NOT coalesce(ps.exception_only_on_profile, false) OR coalesce(pg.stance, 'forbidden') <> 'forbidden')))
                OR (ps.newcomers_avoid_territories AND m.is_novice AND x.territory_id IS NOT NULL)) IS NOT TRUE AS misfit
    FROM held b
    JOIN manager m ON m.id = b.manager_id
    JOIN kb.organization o ON o.id = b.organization_id
    JOIN kb.organization h ON h.id = o.account_id
    CROSS JOIN given g
    LEFT JOIN kb.turnover t ON t.organization_id = b.organization_id AND t.month = kbnorms.month(g.first_day)
    LEFT JOIN norm_specialization ns ON ns.specialization = m.specialization
    LEFT JOIN norm_client_group ng ON ng.specialization = m.specialization AND ng.client_group = h.client_group
    LEFT JOIN norm_specialization ps ON ps.specialization = m.previous
    LEFT JOIN norm_client_group pg ON pg.specialization = m.previous AND pg.client_group = h.client_group
    LEFT JOIN kb.manager_territory mt ON mt.manager_id = m.id AND mt.territory_id = coalesce(o.territory_id, h.territory_id)
        AND mt.since <= g.as_of AND (mt.until IS NULL OR mt.until > g.as_of)
    CROSS JOIN LATERAL (
        SELECT coalesce(o.territory_id, h.territory_id) AS territory_id,
            mt.manager_id IS NOT NULL AS is_his,
            coalesce(o.city, h.city) <> m.city AS other_city,
            coalesce(ng.stance, 'forbidden') = 'forbidden'
                OR (ns.territory_rule = 'strict' AND mt.manager_id IS NULL) AS off_profile,
            ns.territory_rule = 'city' AND coalesce(o.city, h.city) <> m.city
                AND NOT (b.territory_exception IS NOT NULL
                    AND (NOT coalesce(ns.exception_only_on_profile, false) OR coalesce(ng.stance, 'forbidden') <> 'forbidden')) AS outside
    ) x
    GROUP BY m.id, h.id, m.has_time
), base AS (
    SELECT a.manager_id, count(*) AS accounts,
        count(*) FILTER (WHERE a.amount > y.paying_above) AS paying,
        count(*) FILTER (WHERE a.off_profile AND (a.misfit AND a.has_time) IS NOT TRUE) AS off_profile,
        count(*) FILTER (WHERE a.forbidden AND (a.misfit AND a.has_time) IS NOT TRUE) AS forbidden,
        count(*) FILTER (WHERE a.outside AND (a.misfit AND a.has_time) IS NOT TRUE) AS outside,
        count(*) FILTER (WHERE a.in_territory AND (a.misfit AND a.has_time) IS NOT TRUE) AS in_territory,
        count(*) FILTER (WHERE a.misfit) AS misfits
    FROM account a, policy y
    GROUP BY a.manager_id
), above AS (
    SELECT c.manager_id, sum(greatest(c.accounts - c.max_accounts, 0)) AS accounts
    FROM (
        SELECT a.manager_id, count(*) AS accounts, min(a.max_accounts) AS max_accounts
        FROM account a
        WHERE a.max_accounts IS NOT NULL AND (a.misfit AND a.has_time) IS NOT TRUE
        GROUP BY a.manager_id, a.client_group
    ) c
    GROUP BY c.manager_id
), done AS (
    SELECT a.manager_id,
        count(*) FILTER (WHERE a.kind = 'meeting' AND a.outside_office AND a.organization_id IS NOT NULL) AS meetings,
        count(*) FILTER (WHERE a.kind = 'cold_call') AS cold_calls
    FROM kb.activity a, given g
    WHERE a.happened_on BETWEEN g.first_day AND g.as_of
    GROUP BY a.manager_id
)
SELECT g.first_day AS month, m.id AS manager_id, v.measure, v.actual, v.norm_min, v.norm_max,
    CASE
        WHEN v.norm_min IS NULL AND v.norm_max IS NULL THEN 'exempt'
        WHEN (v.norm_min IS NULL OR v.actual >= v.norm_min) AND (v.norm_max IS NULL OR v.actual <= v.norm_max) THEN 'met'
        WHEN v.has_time THEN 'pending'
        ELSE 'missed'
    END AS verdict,
    g.as_of
FROM manager m
CROSS JOIN given g
LEFT JOIN base b ON b.manager_id = m.id
LEFT JOIN above q ON q.manager_id = m.id
LEFT JOIN done d ON d.manager_id = m.id
LEFT JOIN norm_specialization n ON n.specialization = m.specialization
CROSS JOIN LATERAL (VALUES
    ('base_size', coalesce(b.accounts, 0)::numeric, CASE WHEN m.is_judged THEN m.min_accounts END::numeric,
        CASE WHEN m.is_judged THEN CASE WHEN m.from_month IS NULL THEN 0 ELSE m.max_accounts END END::numeric, m.has_time),
    ('paying_share', b.paying::numeric / b.accounts, CASE WHEN m.is_judged AND b.accounts > 0 THEN n.min_paying_share END, NULL, false),
    ('off_profile', coalesce(b.off_profile, 0), NULL, CASE WHEN m.is_judged THEN n.max_off_profile END, false),
    ('client_group', coalesce(b.forbidden, 0), NULL, CASE WHEN m.is_judged THEN 0 END, false),
    ('group_quota', coalesce(q.accounts, 0), NULL, CASE WHEN m.is_judged THEN 0 END, false),
    ('territory', CASE WHEN n.territory_rule = 'city' THEN coalesce(b.outside, 0) END, NULL,
        CASE WHEN m.is_judged AND n.territory_rule = 'city' THEN 0 END, false),
    ('newcomer_territory', CASE WHEN n.newcomers_avoid_territories THEN coalesce(b.in_territory, 0) END, NULL,
        CASE WHEN m.is_judged AND n.newcomers_avoid_territories AND m.is_novice THEN 0 END, false),
    ('meetings', coalesce(d.meetings, 0),
        CASE WHEN m.is_judged AND m.is_whole THEN greatest(m.min_meetings, m.min_meeting_share * nullif(b.accounts, 0)) END, NULL, false),
    ('cold_calls', coalesce(d.cold_calls, 0), CASE WHEN m.is_judged AND m.is_whole THEN m.min_cold_calls END, NULL, false),
    ('respecialization', CASE WHEN m.changed_on IS NOT NULL THEN coalesce(b.misfits, 0) END, NULL,
        CASE WHEN m.is_judged AND m.changed_by IS NOT NULL THEN 0 END, g.as_of < m.changed_by)
) AS v (measure, actual, norm_min, norm_max, has_time)
