-- Each manager's base in figures: what most measures count, account by account
-- and summed up.  One pass from bindings to accounts to managers; everything
-- about the manager and the norms of his specialization, the present and the
-- previous one, is joined once.
CREATE TYPE base_accounts_row AS (
    manager_id integer,
    account_id integer,
    organization_id integer,
    bound_on date,
    client_group text,
    max_accounts integer,
    stance_since date,
    amount numeric,
    is_due boolean,
    is_on_profile boolean,
    off_profile boolean,
    off_profile_organization_id integer,
    forbidden boolean,
    outside_city boolean,
    outside_city_organization_id integer,
    in_territory boolean,
    in_territory_organization_id integer,
    barred boolean,
    is_misfit boolean,
    counts boolean
);
COMMENT ON TYPE base_accounts_row IS 'An account in the base of a manager, as the norms see it; row of base_accounts.';
COMMENT ON COLUMN base_accounts_row.manager_id IS 'The manager.';
COMMENT ON COLUMN base_accounts_row.account_id IS 'The account.';
COMMENT ON COLUMN base_accounts_row.organization_id IS 'Its head, where he holds that, else the first of its organizations that he holds.';
COMMENT ON COLUMN base_accounts_row.bound_on IS 'Since when it is in his base: the earliest bound_on.';
COMMENT ON COLUMN base_accounts_row.client_group IS 'Its client group; NULL where unknown.';
COMMENT ON COLUMN base_accounts_row.max_accounts IS 'How many accounts of that group his base may hold, where that is capped.';
COMMENT ON COLUMN base_accounts_row.stance_since IS 'Since when his specialization stands to that group as it does; NULL where it never took a stance.';
COMMENT ON COLUMN base_accounts_row.amount IS 'What its organizations with him bought in the month.';
COMMENT ON COLUMN base_accounts_row.is_due IS
'Whether he is to hand it over: every account of a leaver and of a position without a base; of other holders without a specialization what they held before.';
COMMENT ON COLUMN base_accounts_row.is_on_profile IS 'Whether its client group is target or allowed.';
COMMENT ON COLUMN base_accounts_row.off_profile IS 'Whether it is off his profile: by client group or, under the strict rule, by territory.';
COMMENT ON COLUMN base_accounts_row.off_profile_organization_id IS 'The first of its organizations that is.';
COMMENT ON COLUMN base_accounts_row.forbidden IS 'Whether its client group is forbidden.';
COMMENT ON COLUMN base_accounts_row.outside_city IS 'Under the city rule: whether one of its organizations sits outside his city without a justification that counts.';
COMMENT ON COLUMN base_accounts_row.outside_city_organization_id IS 'The first that does.';
COMMENT ON COLUMN base_accounts_row.in_territory IS 'Whether one of its organizations belongs to a territory.';
COMMENT ON COLUMN base_accounts_row.in_territory_organization_id IS 'The first that does.';
COMMENT ON COLUMN base_accounts_row.barred IS 'Whether that is barred to him as newly hired.';
COMMENT ON COLUMN base_accounts_row.is_misfit IS
'Whether it was bound before his latest change of specialization, fits the previous one and does not fit the present one.';
COMMENT ON COLUMN base_accounts_row.counts IS 'Whether it counts in the figures of profile and territory: a misfit does not until the deadline.';

CREATE TYPE base_figures_row AS (
    manager_id integer,
    accounts bigint,
    due bigint,
    paying bigint,
    off_profile bigint,
    forbidden bigint,
    above_caps bigint,
    outside_city bigint,
    in_territory bigint,
    misfits bigint,
    bound_ons date[],
    wrong base_accounts_row[]
);
COMMENT ON TYPE base_figures_row IS 'A manager''s base in figures; row of base_figures.';
COMMENT ON COLUMN base_figures_row.manager_id IS 'The manager.';
COMMENT ON COLUMN base_figures_row.accounts IS 'Accounts of which he holds an organization.';
COMMENT ON COLUMN base_figures_row.due IS 'Those that he is to hand over, leaving his position or having changed it.';
COMMENT ON COLUMN base_figures_row.paying IS 'Those whose organizations with him bought for more than policy.paying_above in the month.';
COMMENT ON COLUMN base_figures_row.off_profile IS 'Those off his profile: by client group or, under the strict rule, by territory.';
COMMENT ON COLUMN base_figures_row.forbidden IS 'Those of a client group that is forbidden.';
COMMENT ON COLUMN base_figures_row.above_caps IS 'Those above the caps of their client groups.';
COMMENT ON COLUMN base_figures_row.outside_city IS 'Under the city rule: those with an organization outside his city without a justification that counts.';
COMMENT ON COLUMN base_figures_row.in_territory IS 'Those with an organization that belongs to a territory.';
COMMENT ON COLUMN base_figures_row.misfits IS
'Those bound before his latest change of specialization that fit the previous one and do not fit the present one. Until the deadline they are left out of the five columns before.';
COMMENT ON COLUMN base_figures_row.bound_ons IS 'Since when he has each account, in no order.';
COMMENT ON COLUMN base_figures_row.wrong IS 'The accounts that a measure counts, or that are of a capped client group, one by one.';

CREATE FUNCTION base_accounts(day date, sales kbnorms.month, norms_on date, supposed base_at_row[]) RETURNS SETOF base_accounts_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 100000
BEGIN ATOMIC
    SELECT a.manager_id, a.account_id, a.organization_id, a.bound_on, a.client_group, a.max_accounts, a.stance_since,
        a.amount, a.is_due, a.is_on_profile, a.off_profile, a.off_profile_organization_id, a.forbidden,
        a.outside_city, a.outside_city_organization_id, a.in_territory, a.in_territory_organization_id,
        a.barred, m.is_misfit, (m.is_misfit AND a.has_time) IS NOT TRUE
    FROM (
        SELECT b.manager_id, h.id AS account_id, h.client_group,
            coalesce(min(b.organization_id) FILTER (WHERE b.organization_id = h.id), min(b.organization_id)) AS organization_id,
            min(b.bound_on) AS bound_on,
            max(now.max_accounts) AS max_accounts,
            max(now.stance_since) AS stance_since,
            coalesce(sum(s.amount), 0) AS amount,
            bool_or(CASE
                WHEN p.left_on <= day OR (NOT p.holds_base AND p."position" IS NOT NULL) THEN true
                WHEN p.is_holder AND NOT p.specialized THEN b.bound_on < p.duty_since
            END) AS is_due,
            bool_or(now.is_on_profile) AS is_on_profile,
            bool_or(now.stance = 'forbidden') AS forbidden,
            bool_or(misfit.off_profile) AS off_profile,
            min(b.organization_id) FILTER (WHERE misfit.off_profile) AS off_profile_organization_id,
            bool_or(misfit.outside_city) AS outside_city,
            min(b.organization_id) FILTER (WHERE misfit.outside_city) AS outside_city_organization_id,
            bool_or(l.is_in_territory) AS in_territory,
            min(b.organization_id) FILTER (WHERE l.is_in_territory) AS in_territory_organization_id,
            bool_or(day < p.respecialized_on + make_interval(months => (
                SELECT y.respecialization_months
                FROM policy y
                WHERE y.effective_from <= norms_on
                ORDER BY y.effective_from DESC
                LIMIT 1))) AS has_time,
            bool_or(b.bound_on < p.respecialized_on) AS before_change,
            bool_or(misfit.barred) AS barred,
            bool_or(misfit_before.off_profile OR misfit_before.outside_city OR misfit_before.barred) AS did_not_fit
        FROM base_at(day, supposed) b
        JOIN manager_at(day) p ON p.manager_id = b.manager_id
        JOIN organization o ON o.id = b.organization_id
        JOIN organization h ON h.id = o.account_id
        LEFT JOIN turnover s ON s.organization_id = b.organization_id AND s.month = sales
        LEFT JOIN (
            SELECT DISTINCT t.manager_id, t.territory_id
            FROM manager_territory t
            WHERE t.since <= day AND (t.until IS NULL OR t.until > day)
        ) his ON his.manager_id = b.manager_id AND his.territory_id = coalesce(o.territory_id, h.territory_id)
        LEFT JOIN profile_at(norms_on) now
            ON now.specialization = p.specialization AND now.client_group = coalesce(h.client_group, '')
        LEFT JOIN profile_at(norms_on) prev
            ON prev.specialization = p.previous_specialization AND prev.client_group = coalesce(h.client_group, '')
        CROSS JOIN LATERAL (
            SELECT coalesce(o.city, h.city) <> p.city AS is_outside,
                coalesce(b.territory_exception ~ '\S', false) AS is_justified,
                coalesce(o.territory_id, h.territory_id) IS NOT NULL AS is_in_territory
        ) l
        CROSS JOIN LATERAL (
            SELECT now.is_on_profile IS NOT TRUE OR (now.territory_rule = 'strict' AND his.territory_id IS NULL) AS off_profile,
                now.territory_rule = 'city' AND l.is_outside AND NOT (now.exception_counts AND l.is_justified) AS outside_city,
                now.newcomers_avoid_territories AND p.status = 'novice' AND l.is_in_territory AS barred
        ) misfit
        CROSS JOIN LATERAL (
            SELECT prev.is_on_profile IS NOT TRUE OR (prev.territory_rule = 'strict' AND his.territory_id IS NULL) AS off_profile,
                prev.territory_rule = 'city' AND l.is_outside AND NOT (prev.exception_counts AND l.is_justified) AS outside_city,
                prev.newcomers_avoid_territories AND p.status = 'novice' AND l.is_in_territory AS barred
        ) misfit_before
        GROUP BY b.manager_id, h.id
    ) a
    CROSS JOIN LATERAL (
        SELECT a.before_change AND (a.off_profile OR a.outside_city OR a.barred) AND a.did_not_fit IS NOT TRUE AS is_misfit
    ) m;
END;
COMMENT ON FUNCTION base_accounts(date, kbnorms.month, date, base_at_row[]) IS
'Every account in every base at the end of a day, or in those supposed, as the norms in force on another see it, with the turnover of one month.';

CREATE FUNCTION base_figures(day date, sales kbnorms.month, norms_on date, supposed base_at_row[]) RETURNS SETOF base_figures_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10000
BEGIN ATOMIC
    SELECT c.manager_id,
        count(*),
        count(*) FILTER (WHERE c.is_due),
        count(*) FILTER (WHERE c.amount > (
            SELECT y.paying_above FROM policy y WHERE y.effective_from <= norms_on ORDER BY y.effective_from DESC LIMIT 1)),
        count(*) FILTER (WHERE c.off_profile AND c.counts),
        count(*) FILTER (WHERE c.forbidden AND c.counts),
        (
            SELECT coalesce(sum(greatest(g.accounts - g.cap, 0)), 0)::bigint
            FROM (
                SELECT count(*) AS accounts, min(u.cap) AS cap
                FROM unnest(
                    array_agg(c.client_group) FILTER (WHERE c.max_accounts IS NOT NULL AND c.counts),
                    array_agg(c.max_accounts) FILTER (WHERE c.max_accounts IS NOT NULL AND c.counts)
                ) AS u(client_group, cap)
                GROUP BY u.client_group
            ) g
        ),
        count(*) FILTER (WHERE c.outside_city AND c.counts),
        count(*) FILTER (WHERE c.in_territory AND c.counts),
        count(*) FILTER (WHERE c.is_misfit),
        array_agg(c.bound_on),
        array_agg(c) FILTER (WHERE c.is_due OR c.off_profile OR c.outside_city OR c.barred OR c.is_misfit
            OR c.max_accounts IS NOT NULL)
    FROM base_accounts(day, sales, norms_on, supposed) c
    GROUP BY c.manager_id;
END;
COMMENT ON FUNCTION base_figures(date, kbnorms.month, date, base_at_row[]) IS
'Each manager''s base in figures at the end of a day, or as it is supposed, by the norms in force on another; paying accounts by the turnover of one month; who holds nothing has no row.';
