-- Who may take whom: the same answer as check_binding, for many pairs at once.
-- kbnorms.check_pairs judges them by the functions that the triggers call.
CREATE TYPE broken_row AS (
    organization_id integer, manager_id integer, code text, actual text, bound text, message text, remedy text);
COMMENT ON TYPE broken_row IS 'A rule that a pair would break.';
COMMENT ON COLUMN broken_row.organization_id IS 'The organization.';
COMMENT ON COLUMN broken_row.manager_id IS 'The manager.';
COMMENT ON COLUMN broken_row.code IS 'Code of the rule.';
COMMENT ON COLUMN broken_row.actual IS 'What the rule looked at.';
COMMENT ON COLUMN broken_row.bound IS 'What it compared that with.';
COMMENT ON COLUMN broken_row.message IS 'What is wrong and what to do.';
COMMENT ON COLUMN broken_row.remedy IS 'The least change that would make the rule pass.';

CREATE FUNCTION check_bindings(source regclass) RETURNS SETOF broken_row
LANGUAGE plpgsql STABLE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    organization_ids bigint[];
    manager_ids bigint[];
BEGIN
    PERFORM require_columns(source, 'organization_id', 'manager_id');
    EXECUTE format('SELECT array_agg(s.organization_id::bigint), array_agg(s.manager_id::bigint) FROM %s s', source)
    INTO organization_ids, manager_ids;
    RETURN QUERY
        SELECT b.organization_id, b.manager_id, b.code, b.actual, b.bound, b.message, b.remedy
        FROM check_pairs(this_base(), organization_ids, manager_ids, false) b;
END
$$;
COMMENT ON FUNCTION check_bindings(regclass) IS
'Judges every row of a relation with organization_id and manager_id as check_binding does, each by itself, and returns the rules that it would break; a row that would break none is not returned.';

CREATE VIEW unit_place WITH (security_invoker = true) AS
WITH RECURSIVE down AS (
    SELECT u.id,
        CASE WHEN u.kind = 'office' THEN u.id END AS office_id,
        CASE WHEN u.kind = 'cluster' THEN u.id END AS cluster_id,
        CASE WHEN u.kind = 'region' THEN u.id END AS region_id,
        CASE WHEN u.kind = 'centre' THEN u.id END AS centre_id
    FROM unit u
    WHERE u.parent_id IS NULL
    UNION ALL
    SELECT u.id,
        CASE WHEN u.kind = 'office' THEN u.id ELSE d.office_id END,
        CASE WHEN u.kind = 'cluster' THEN u.id ELSE d.cluster_id END,
        CASE WHEN u.kind = 'region' THEN u.id ELSE d.region_id END,
        CASE WHEN u.kind = 'centre' THEN u.id ELSE d.centre_id END
    FROM down d
    JOIN unit u ON u.parent_id = d.id
)
SELECT d.id AS unit_id, d.office_id, d.cluster_id, d.region_id, d.centre_id
FROM down d;
COMMENT ON VIEW unit_place IS 'Where each unit stands in the tree: the nearest office, cluster, region and centre at or above it.';
COMMENT ON COLUMN unit_place.unit_id IS 'The unit.';
COMMENT ON COLUMN unit_place.office_id IS 'Nearest office (ОП).';
COMMENT ON COLUMN unit_place.cluster_id IS 'Nearest cluster (куст).';
COMMENT ON COLUMN unit_place.region_id IS 'Nearest region (РЦ).';
COMMENT ON COLUMN unit_place.centre_id IS 'Nearest centre (ЦП).';

CREATE VIEW manager_capacity WITH (security_invoker = true) AS
SELECT m.manager_id, m.manager_name, m.specialization, m.unit_id, m.city,
    p.office_id, p.cluster_id, p.region_id,
    coalesce(b.accounts, 0) AS accounts,
    CASE WHEN m.specialized THEN coalesce(n.is_limited, true) ELSE false END AS is_limited,
    CASE WHEN m.specialized THEN coalesce(n.max_accounts, CASE WHEN n.is_limited IS NULL THEN 0 END) END AS max_accounts,
    CASE WHEN m.specialized AND coalesce(n.is_limited, true)
        THEN greatest(coalesce(n.max_accounts, 0) - coalesce(b.accounts, 0), 0) END AS free_capacity
FROM manager_at(kbnorms.today()) m
LEFT JOIN unit_place p ON p.unit_id = m.unit_id
LEFT JOIN LATERAL (
    SELECT count(DISTINCT o.account_id) AS accounts
    FROM binding c
    JOIN organization o ON o.id = c.organization_id
    WHERE c.manager_id = m.manager_id
) b ON true
LEFT JOIN LATERAL (
    SELECT t.max_accounts, t.max_accounts IS NOT NULL AS is_limited
    FROM norm_tenure t
    WHERE t.specialization = m.specialization AND t.from_month <= m.months_served
        AND t.effective_from <= kbnorms.today()
    ORDER BY t.from_month DESC, t.effective_from DESC
    LIMIT 1
) n ON true
WHERE m.is_holder;
COMMENT ON VIEW manager_capacity IS 'Everybody on staff who may hold a base: where he stands, how many accounts he has and how many more he may take today.';
COMMENT ON COLUMN manager_capacity.manager_id IS 'The manager.';
COMMENT ON COLUMN manager_capacity.manager_name IS 'His full name.';
COMMENT ON COLUMN manager_capacity.specialization IS 'His specialization.';
COMMENT ON COLUMN manager_capacity.unit_id IS 'Unit of his post.';
COMMENT ON COLUMN manager_capacity.city IS 'City of his office.';
COMMENT ON COLUMN manager_capacity.office_id IS 'His office (ОП).';
COMMENT ON COLUMN manager_capacity.cluster_id IS 'His cluster (куст).';
COMMENT ON COLUMN manager_capacity.region_id IS 'His region (РЦ).';
COMMENT ON COLUMN manager_capacity.accounts IS 'Accounts that he has.';
COMMENT ON COLUMN manager_capacity.is_limited IS 'Whether a norm limits their number.';
COMMENT ON COLUMN manager_capacity.max_accounts IS 'How many he may have; NULL without a limit.';
COMMENT ON COLUMN manager_capacity.free_capacity IS 'How many more; NULL without a limit.';

CREATE TYPE candidate_row AS (
    rank bigint, manager_id integer, manager_name text, specialization text, unit_id integer,
    accounts bigint, free_capacity bigint, has_territory boolean, nearness text, reason text);
COMMENT ON TYPE candidate_row IS 'A manager who may take a client.';
COMMENT ON COLUMN candidate_row.rank IS 'Place among the candidates: 1 is the best.';
COMMENT ON COLUMN candidate_row.manager_id IS 'The manager.';
COMMENT ON COLUMN candidate_row.manager_name IS 'His full name.';
COMMENT ON COLUMN candidate_row.specialization IS 'His specialization.';
COMMENT ON COLUMN candidate_row.unit_id IS 'Unit of his post.';
COMMENT ON COLUMN candidate_row.accounts IS 'Accounts that he has.';
COMMENT ON COLUMN candidate_row.free_capacity IS 'How many more he may take; NULL without a limit.';
COMMENT ON COLUMN candidate_row.has_territory IS 'Whether the territory of the client is his.';
COMMENT ON COLUMN candidate_row.nearness IS 'Of the office, cluster or region of the present manager, or of the client''s city: office, cluster, region, city or elsewhere.';
COMMENT ON COLUMN candidate_row.reason IS 'What his place rests on.';

CREATE FUNCTION candidates(organization_id bigint) RETURNS SETOF candidate_row
LANGUAGE sql STABLE ROWS 100
SET jit = off  -- a quick answer that would take longer to compile
BEGIN ATOMIC
    -- says so of nobody known: below, where none may take, nobody may be asked
    SELECT FROM kbnorms.check_pairs(this_base(), ARRAY[candidates.organization_id], '{}', true);
    WITH client AS MATERIALIZED (
        SELECT o.id, coalesce(o.city, h.city) AS city, coalesce(o.territory_id, h.territory_id) AS territory_id,
            p.office_id, p.cluster_id, p.region_id
        FROM organization o
        LEFT JOIN organization h ON h.id = o.head_id
        LEFT JOIN binding b ON b.organization_id = o.id AND NOT b.additional
        LEFT JOIN manager_at(kbnorms.today()) m ON m.manager_id = b.manager_id
        LEFT JOIN unit_place p ON p.unit_id = m.unit_id
        WHERE o.id = candidates.organization_id
    ), holder AS MATERIALIZED (
        -- Who has it already is none, even where the rule multiple is off, nor
        -- who is away.
        SELECT array_agg(m.manager_id::bigint) AS ids
        FROM manager_at(kbnorms.today()) m
        WHERE m.is_holder AND NOT is_absent(m.manager_id, kbnorms.today()) AND NOT EXISTS (
            SELECT FROM binding b
            WHERE b.organization_id = candidates.organization_id AND b.manager_id = m.manager_id)
    ), taker AS MATERIALIZED (
        SELECT unnest(i.ids) AS manager_id FROM holder i
        EXCEPT
        SELECT r.manager_id
        FROM holder i
        CROSS JOIN LATERAL kbnorms.check_pairs(this_base(),
            ARRAY[candidates.organization_id], coalesce(i.ids, '{}'), true) r
        WHERE r.code NOT IN ('memo', 'approval', 'applicant')
    ), placed AS (
        SELECT m.*, EXISTS (
                SELECT FROM manager_territory t
                WHERE t.manager_id = m.manager_id AND t.territory_id = c.territory_id
                    AND t.since <= kbnorms.today() AND (t.until IS NULL OR t.until > kbnorms.today())) AS has_territory,
            CASE
                WHEN m.office_id = c.office_id THEN 'office'
                WHEN m.cluster_id = c.cluster_id THEN 'cluster'
                WHEN m.region_id = c.region_id THEN 'region'
                WHEN m.city = c.city THEN 'city'
                ELSE 'elsewhere'
            END AS nearness
        FROM manager_capacity m
        CROSS JOIN client c
        -- An array, so that the accounts of these managers alone are counted.
        WHERE m.manager_id = ANY (ARRAY(SELECT t.manager_id FROM taker t))
    )
    SELECT row_number() OVER (
            ORDER BY p.has_territory DESC,
                array_position(ARRAY['office', 'cluster', 'region', 'city', 'elsewhere'], p.nearness),
                p.free_capacity DESC NULLS FIRST, p.manager_id),
        p.manager_id, p.manager_name, p.specialization, p.unit_id, p.accounts, p.free_capacity,
        p.has_territory, p.nearness,
        concat_ws(', ',
            CASE WHEN p.has_territory THEN translated('the territory is his') END,
            CASE p.nearness
                WHEN 'office' THEN translated('of the same office')
                WHEN 'cluster' THEN translated('of the same cluster')
                WHEN 'region' THEN translated('of the same region')
                WHEN 'city' THEN translated('of the same city')
                ELSE translated('elsewhere')
            END,
            CASE WHEN p.free_capacity IS NULL THEN translated('without a limit')
                ELSE translated('free for %s', p.free_capacity) END)
    FROM placed p
    ORDER BY 1;
END;
COMMENT ON FUNCTION candidates(bigint) IS
'The managers to whom an organization may be moved, or bound where nobody has it, without breaking a rule; best first: whose territory it is, then the nearest, then the freest. Who is away today is left out. It does not ask for a memo, words and the applicant.';

CREATE TYPE claimable_row AS (account_id integer, account_name text, organizations bigint, client_group text, potential text);
COMMENT ON TYPE claimable_row IS 'An unbound client that a manager may take.';
COMMENT ON COLUMN claimable_row.account_id IS 'The account.';
COMMENT ON COLUMN claimable_row.account_name IS 'Name of its head.';
COMMENT ON COLUMN claimable_row.organizations IS 'How many organizations it has.';
COMMENT ON COLUMN claimable_row.client_group IS 'Its client group.';
COMMENT ON COLUMN claimable_row.potential IS 'Its potential.';

CREATE FUNCTION claimable(manager_id bigint) RETURNS SETOF claimable_row
LANGUAGE sql STABLE ROWS 1000
BEGIN ATOMIC
    WITH pool AS MATERIALIZED (
        SELECT o.id, o.account_id
        FROM organization o
        WHERE o.merged_into IS NULL AND o.account_id NOT IN (
            SELECT held.account_id
            FROM binding b
            JOIN organization held ON held.id = b.organization_id)
    ), broken AS MATERIALIZED (
        SELECT DISTINCT o.account_id
        FROM (SELECT coalesce(array_agg(p.id::bigint), '{}') AS ids FROM pool p) i
        CROSS JOIN LATERAL kbnorms.check_pairs($base$@base@$base$::regnamespace, i.ids,
            ARRAY[claimable.manager_id], false) r
        JOIN organization o ON o.id = r.organization_id
        WHERE r.code NOT IN ('memo', 'approval', 'applicant')
    )
    SELECT h.id, h.name, count(*), h.client_group, h.potential
    FROM pool p
    JOIN organization h ON h.id = p.account_id
    WHERE NOT EXISTS (SELECT FROM broken r WHERE r.account_id = p.account_id)
    GROUP BY h.id
    ORDER BY h.id;
END;
COMMENT ON FUNCTION claimable(bigint) IS
'The clients that nobody holds and that a manager may take: each of their organizations could be bound to him without breaking a rule. It does not ask for a memo, words and the applicant.';
