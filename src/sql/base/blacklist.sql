-- The black list: accounts that bought too little in each of the months looked
-- at.  Listed, not judged.
CREATE TYPE blacklist_row AS (
    month date,
    manager_id integer,
    manager_name text,
    unit_id integer,
    specialization text,
    account_id integer,
    account_name text,
    potential text,
    threshold numeric,
    turnover numeric,
    months integer,
    as_of date,
    facts_through date
);
COMMENT ON TYPE blacklist_row IS 'An account on the black list of a month; row of blacklist.';
COMMENT ON COLUMN blacklist_row.month IS 'First day of the month.';
COMMENT ON COLUMN blacklist_row.manager_id IS 'The manager who holds the account.';
COMMENT ON COLUMN blacklist_row.manager_name IS 'His full name.';
COMMENT ON COLUMN blacklist_row.unit_id IS 'Unit of his post at as_of.';
COMMENT ON COLUMN blacklist_row.specialization IS 'His specialization at as_of.';
COMMENT ON COLUMN blacklist_row.account_id IS 'The account: its head organization.';
COMMENT ON COLUMN blacklist_row.account_name IS 'Name of the head organization.';
COMMENT ON COLUMN blacklist_row.potential IS 'Potential of the account; NULL where unknown.';
COMMENT ON COLUMN blacklist_row.threshold IS 'What it would have to reach in one of the months.';
COMMENT ON COLUMN blacklist_row.turnover IS 'What the organizations bound to this manager bought in the best of the months.';
COMMENT ON COLUMN blacklist_row.months IS 'How many full months were looked at.';
COMMENT ON COLUMN blacklist_row.as_of IS 'The day of the base and the thresholds: the last of the month, today in the running one.';
COMMENT ON COLUMN blacklist_row.facts_through IS 'The day through which turnover is loaded; NULL while it never was.';

-- A month without turnover is 0, so that below in each of the months is: the
-- largest of those with turnover is below, and 0 too where one had none.  Where
-- no number of months is set nothing is looked at, and the largest is unknown.
CREATE FUNCTION blacklist(month kbnorms.month) RETURNS SETOF blacklist_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10000
BEGIN ATOMIC
    SELECT kbnorms.first_day(blacklist.month), a.manager_id, m.full_name, a.unit_id, a.specialization,
        a.account_id, h.name, h.potential, a.threshold, a.turnover, a.months, kbnorms.as_of(blacklist.month),
        (SELECT f FROM facts_through('{turnover}') f)
    FROM (
        SELECT s.manager_id, s.unit_id, s.specialization, s.account_id, s.threshold, s.months,
            CASE WHEN count(s.sold_in) < s.months THEN greatest(max(s.amount), 0) ELSE max(s.amount) END AS turnover
        FROM (
            SELECT b.manager_id, p.unit_id, p.specialization, o.account_id,
                coalesce(np.blacklist_below, ns.blacklist_below) AS threshold,
                ns.blacklist_months AS months,
                t.month AS sold_in, sum(t.amount) AS amount
            FROM (
                SELECT CASE WHEN kbnorms.as_of(blacklist.month) < kbnorms.today()
                    THEN blacklist.month ELSE blacklist.month - 1 END AS last
            ) seen
            CROSS JOIN base_at(kbnorms.as_of(blacklist.month)) b
            JOIN manager_at(kbnorms.as_of(blacklist.month)) p ON p.manager_id = b.manager_id
            JOIN organization o ON o.id = b.organization_id
            JOIN organization h ON h.id = o.account_id
            LEFT JOIN (
                SELECT DISTINCT ON (n.specialization) n.specialization, n.blacklist_months, n.blacklist_below
                FROM norm_specialization n
                WHERE n.effective_from <= kbnorms.as_of(blacklist.month)
                ORDER BY n.specialization, n.effective_from DESC
            ) ns ON ns.specialization = p.specialization
            LEFT JOIN (
                SELECT DISTINCT ON (n.specialization, n.potential) n.specialization, n.potential, n.blacklist_below
                FROM norm_potential n
                WHERE n.effective_from <= kbnorms.as_of(blacklist.month)
                ORDER BY n.specialization, n.potential, n.effective_from DESC
            ) np ON np.specialization = p.specialization AND np.potential = h.potential
            LEFT JOIN turnover t ON t.organization_id = b.organization_id
                AND t.month <= seen.last AND t.month > seen.last - ns.blacklist_months
                AND t.month > seen.last - (SELECT max(n.blacklist_months) FROM norm_specialization n)
            WHERE p.is_holder AND coalesce(np.blacklist_below, ns.blacklist_below) IS NOT NULL
            GROUP BY b.manager_id, o.account_id, p.unit_id, p.specialization,
                coalesce(np.blacklist_below, ns.blacklist_below), ns.blacklist_months, t.month
        ) s
        GROUP BY s.manager_id, s.account_id, s.unit_id, s.specialization, s.threshold, s.months
    ) a
    JOIN manager m ON m.id = a.manager_id
    JOIN organization h ON h.id = a.account_id
    WHERE a.turnover < a.threshold AND kbnorms.as_of(blacklist.month) IS NOT NULL
        AND NOT EXISTS (SELECT FROM closed_month z WHERE z.month = blacklist.month)
    UNION ALL
    SELECT kbnorms.first_day(r.month), r.manager_id, r.manager_name, r.unit_id, r.specialization, r.account_id, r.account_name,
        r.potential, r.threshold, r.turnover, r.months, r.as_of, r.facts_through
    FROM blacklist_history r
    WHERE r.month = blacklist.month;
END;
COMMENT ON FUNCTION blacklist(kbnorms.month) IS
'The black list of a month: accounts whose turnover with their manager was below the threshold for their potential in each of the full months looked at, which end with this month if it is over, else with the one before.';

CREATE VIEW blacklist WITH (security_invoker = true) AS
SELECT b.month, b.manager_id, b.manager_name, b.unit_id, b.specialization, b.account_id, b.account_name,
    b.potential, b.threshold, b.turnover, b.months, b.as_of, b.facts_through
FROM blacklist(kbnorms.month(kbnorms.today())) b;
COMMENT ON VIEW blacklist IS 'The black list of the running month: the full months before it, the base and the thresholds of today.';
COMMENT ON COLUMN blacklist.month IS 'First day of the month.';
COMMENT ON COLUMN blacklist.manager_id IS 'The manager who holds the account.';
COMMENT ON COLUMN blacklist.manager_name IS 'His full name.';
COMMENT ON COLUMN blacklist.unit_id IS 'Unit of his post today.';
COMMENT ON COLUMN blacklist.specialization IS 'His specialization today.';
COMMENT ON COLUMN blacklist.account_id IS 'The account: its head organization.';
COMMENT ON COLUMN blacklist.account_name IS 'Name of the head organization.';
COMMENT ON COLUMN blacklist.potential IS 'Potential of the account; NULL where unknown.';
COMMENT ON COLUMN blacklist.threshold IS 'What it would have to reach in one of the months.';
COMMENT ON COLUMN blacklist.turnover IS 'What the organizations bound to this manager bought in the best of the months.';
COMMENT ON COLUMN blacklist.months IS 'How many full months were looked at.';
COMMENT ON COLUMN blacklist.as_of IS 'The day of the base and the thresholds: today.';
COMMENT ON COLUMN blacklist.facts_through IS 'The day through which turnover is loaded; NULL while it never was.';
