-- Some figures of every unit in July 2010, as one hand-written query over sets
-- on those of compliance and of the black list.
WITH RECURSIVE verdict AS (
    SELECT v.manager_id, bool_and(v.verdict <> 'missed') AS compliant
    FROM (
        @compliance@
    ) v
    GROUP BY v.manager_id
), listed AS (
    SELECT x.manager_id, x.account_id
    FROM (
        @blacklist@
    ) x
), above AS (
    SELECT u.id AS unit_id, u.id AS team_id, u.parent_id FROM kb.unit u
    UNION ALL
    SELECT a.unit_id, u.id, u.parent_id FROM above a JOIN kb.unit u ON u.id = a.parent_id
), person AS (
    SELECT DISTINCT ON (p.manager_id) p.manager_id, p.unit_id
    FROM kb.manager_post p
    WHERE p.since <= '2010-07-31'
    ORDER BY p.manager_id, p.since DESC
), held AS MATERIALIZED (
    SELECT b.manager_id, o.account_id, b.organization_id, p.unit_id, t.amount, l.account_id IS NOT NULL AS is_listed
    FROM (
        SELECT b.organization_id, b.manager_id FROM kb.binding b WHERE b.bound_on <= '2010-07-31'
        UNION
        SELECT l.organization_id, l.manager_id FROM kb.binding_log l
        WHERE l.bound_on <= '2010-07-31' AND l.unbound_on > '2010-07-31'
    ) b
    JOIN person p ON p.manager_id = b.manager_id
    JOIN kb.organization o ON o.id = b.organization_id
    LEFT JOIN kb.turnover t ON t.organization_id = b.organization_id AND t.month = kbnorms.month '2010-07'
    LEFT JOIN listed l ON l.manager_id = b.manager_id AND l.account_id = o.account_id
), people AS (
    SELECT a.team_id, count(*) AS managers, count(*) FILTER (WHERE v.compliant) AS compliant_managers
    FROM verdict v
    JOIN person p ON p.manager_id = v.manager_id
    JOIN above a ON a.unit_id = p.unit_id
    GROUP BY a.team_id
), client AS (
    SELECT x.team_id, count(*) AS clients, count(*) FILTER (WHERE x.is_listed) AS blacklisted
    FROM (
        SELECT a.team_id, h.account_id, bool_or(h.is_listed) AS is_listed
        FROM held h
        JOIN above a ON a.unit_id = h.unit_id
        GROUP BY a.team_id, h.account_id
    ) x
    GROUP BY x.team_id
), sold AS (
    SELECT x.team_id, count(*) AS organizations, coalesce(sum(x.amount), 0) AS turnover
    FROM (
        SELECT a.team_id, h.organization_id, max(h.amount) AS amount
        FROM held h
        JOIN above a ON a.unit_id = h.unit_id
        GROUP BY a.team_id, h.organization_id
    ) x
    GROUP BY x.team_id
)
SELECT p.team_id AS unit_id, p.managers, p.compliant_managers, c.clients, s.organizations, s.turnover, c.blacklisted
FROM people p
LEFT JOIN client c ON c.team_id = p.team_id
LEFT JOIN sold s ON s.team_id = p.team_id
