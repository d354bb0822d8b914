-- What each manager is on a day: on staff or not, tenure, post, city, how long
-- he has been what he is and what he was before.
CREATE TYPE manager_at_row AS (
    manager_id integer,
    manager_name text,
    hired_on date,
    novice_since date,
    left_on date,
    on_staff boolean,
    months_served integer,
    status kbnorms.manager_status,
    "position" text,
    holds_base boolean,
    is_holder boolean,
    specialized boolean,
    specialization text,
    unit_id integer,
    lead_id integer,
    city text,
    position_since date,
    duty_since date,
    previous_specialization text,
    respecialized_on date
);
COMMENT ON TYPE manager_at_row IS 'A manager as he stood on a day; row of manager_at.';
COMMENT ON COLUMN manager_at_row.manager_id IS 'The manager.';
COMMENT ON COLUMN manager_at_row.manager_name IS 'His full name.';
COMMENT ON COLUMN manager_at_row.hired_on IS 'First day of his employment.';
COMMENT ON COLUMN manager_at_row.novice_since IS 'The day he passed the induction plan.';
COMMENT ON COLUMN manager_at_row.left_on IS 'First day after his employment.';
COMMENT ON COLUMN manager_at_row.on_staff IS 'Whether he is employed on the day.';
COMMENT ON COLUMN manager_at_row.months_served IS 'Full months served since novice_since; -1 for an intern.';
COMMENT ON COLUMN manager_at_row.status IS 'Status by tenure.';
COMMENT ON COLUMN manager_at_row."position" IS 'Position of his post of the day; NULL where he has had none by then.';
COMMENT ON COLUMN manager_at_row.holds_base IS 'Whether that position may hold a base; false without a post.';
COMMENT ON COLUMN manager_at_row.is_holder IS 'Whether he may hold a base: on staff in such a position.';
COMMENT ON COLUMN manager_at_row.specialized IS 'Whether that position is judged by a specialization; false without a post.';
COMMENT ON COLUMN manager_at_row.specialization IS 'Specialization of that post, where its position is judged by one.';
COMMENT ON COLUMN manager_at_row.unit_id IS 'Unit of that post.';
COMMENT ON COLUMN manager_at_row.lead_id IS 'The group lead that the post names.';
COMMENT ON COLUMN manager_at_row.city IS 'His city: the nearest one above the unit of the post, by the unit tree of today.';
COMMENT ON COLUMN manager_at_row.position_since IS 'First day of the unbroken run of posts of this position.';
COMMENT ON COLUMN manager_at_row.duty_since IS
'First day of the unbroken run of posts of this kind: those judged by a specialization, others that may hold a base, or those that may not.';
COMMENT ON COLUMN manager_at_row.previous_specialization IS 'What his specialization was before its latest change; NULL where it never changed.';
COMMENT ON COLUMN manager_at_row.respecialized_on IS 'The day of its latest change; a spell without one is no change.';

-- Every window is partitioned by the manager, so that a filter on him reaches
-- his posts.  The last post by the day carries what its predecessors add up to.
-- What the reports use many times over is computed below the filter: there it
-- is a column to them, above it an expression.
CREATE FUNCTION manager_at(day date) RETURNS SETOF manager_at_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10000
BEGIN ATOMIC
    SELECT r.manager_id, r.full_name, r.hired_on, r.novice_since, r.left_on, r.on_staff, r.months_served, r.status,
        r."position", r.holds_base, r.is_holder, r.specialized, r.specialization, r.unit_id, r.lead_id, r.city,
        r.position_since, r.duty_since, r.previous[cardinality(r.previous)], r.respecialized_on
    FROM (
        SELECT p.*, kbnorms.city_of_unit($base$@base@$base$::regnamespace, p.unit_id) AS city,
            p.hired_on <= day AND (p.left_on IS NULL OR p.left_on > day) AS on_staff,
            p.hired_on <= day AND (p.left_on IS NULL OR p.left_on > day) AND p.holds_base AS is_holder,
            kbnorms.months_served(p.novice_since, day) AS months_served,
            kbnorms.manager_status(p.novice_since, day) AS status,
            max(p.since) FILTER (WHERE p.begins_position) OVER so_far AS position_since,
            max(p.since) FILTER (WHERE p.begins_duty) OVER so_far AS duty_since,
            max(p.since) FILTER (WHERE p.earlier[cardinality(p.earlier)] <> p.specialization)
                OVER so_far AS respecialized_on,
            array_agg(p.earlier[cardinality(p.earlier)])
                FILTER (WHERE p.earlier[cardinality(p.earlier)] <> p.specialization)
                OVER so_far AS previous
        FROM (
            SELECT q.*,
                lag(q."position") OVER posts IS DISTINCT FROM q."position" AS begins_position,
                lag(q.duty) OVER posts IS DISTINCT FROM q.duty AS begins_duty,
                array_agg(q.specialization) FILTER (WHERE q.specialization IS NOT NULL) OVER (
                    posts ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS earlier,
                lead(q.since) OVER posts IS NULL AS is_last
            FROM (
                SELECT m.id AS manager_id, m.full_name, m.hired_on, m.novice_since, m.left_on,
                    mp.since, mp."position", mp.unit_id, mp.lead_id,
                    coalesce(k.holds_base, false) AS holds_base,
                    coalesce(k.specialized, false) AS specialized,
                    CASE WHEN k.specialized THEN mp.specialization END AS specialization,
                    CASE WHEN k.holds_base THEN CASE WHEN k.specialized THEN 'judged' ELSE 'unjudged' END ELSE 'none' END AS duty
                FROM manager m
                LEFT JOIN manager_post mp ON mp.manager_id = m.id AND mp.since <= day
                LEFT JOIN "position" k ON k.code = mp."position"
            ) q
            WINDOW posts AS (PARTITION BY q.manager_id ORDER BY q.since)
        ) p
        WINDOW so_far AS (PARTITION BY p.manager_id ORDER BY p.since)
    ) r
    WHERE r.is_last;
END;
COMMENT ON FUNCTION manager_at(date) IS
'Every manager as he stood on a day, one row each, those not yet hired and leavers too: a leaver with his last post.';
