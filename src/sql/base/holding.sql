-- Who held what, and the base as it stood at the end of a day.  What is held
-- now is in binding, what has ended is in the log with its end.
CREATE VIEW holding WITH (security_invoker = true) AS
SELECT b.organization_id, b.manager_id, b.bound_on AS held_from, NULL::date AS held_until, b.additional
FROM binding b
UNION ALL
SELECT l.organization_id, l.manager_id, l.bound_on, l.unbound_on, l.additional
FROM binding_log l
WHERE l.unbound_on IS NOT NULL;
COMMENT ON VIEW holding IS
'Who held which organization, from when to when, past and present. Held on [held_from, held_until): what began and ended on one day was never held at a day''s end.';
COMMENT ON COLUMN holding.organization_id IS 'The organization held.';
COMMENT ON COLUMN holding.manager_id IS 'The manager who held it.';
COMMENT ON COLUMN holding.held_from IS 'First day of the holding: bound_on of the binding.';
COMMENT ON COLUMN holding.held_until IS 'First day after the holding; NULL while it lasts.';
COMMENT ON COLUMN holding.additional IS 'Whether it was (last) an additional binding beside the main one.';

CREATE TYPE base_at_row AS (
    organization_id integer,
    manager_id integer,
    bound_on date,
    additional boolean,
    territory_exception text
);
COMMENT ON TYPE base_at_row IS 'A binding as it stood on a day; row of base_at.';
COMMENT ON COLUMN base_at_row.organization_id IS 'The organization bound.';
COMMENT ON COLUMN base_at_row.manager_id IS 'The manager who holds it.';
COMMENT ON COLUMN base_at_row.bound_on IS 'Since when.';
COMMENT ON COLUMN base_at_row.additional IS 'Whether it is an additional binding, as it is marked now or was when it ended.';
COMMENT ON COLUMN base_at_row.territory_exception IS 'Its justification outside the city, as it stands now or did when it ended.';

-- No holding has ended after today, so that for today the log is not read.
-- A pair comes once, although it may have been held twice over with dates
-- that overlap: the present binding goes before an ended one, a later end
-- before an earlier one.
CREATE FUNCTION base_at(day date) RETURNS SETOF base_at_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 100000
BEGIN ATOMIC
    SELECT b.organization_id, b.manager_id, b.bound_on, b.additional, b.territory_exception
    FROM binding b
    WHERE b.bound_on <= day
    UNION ALL
    SELECT e.organization_id, e.manager_id, e.bound_on, e.additional, e.territory_exception
    FROM (
        SELECT DISTINCT ON (l.manager_id, l.organization_id)
            l.organization_id, l.manager_id, l.bound_on, l.additional, l.territory_exception
        FROM binding_log l
        WHERE l.bound_on <= day AND l.unbound_on > day AND l.unbound_on IS NOT NULL
            AND NOT EXISTS (
                SELECT FROM binding b
                WHERE b.organization_id = l.organization_id AND b.manager_id = l.manager_id AND b.bound_on <= day
            )
        ORDER BY l.manager_id, l.organization_id, l.unbound_on DESC, l.id DESC
    ) e
    WHERE day < kbnorms.today();
END;
COMMENT ON FUNCTION base_at(date) IS
'Every binding held at the end of a day, rebuilt from the history where the day is past.';

-- Which branch it is is known when a query is planned, and the other one gone.
CREATE FUNCTION base_at(day date, supposed base_at_row[]) RETURNS SETOF base_at_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 100000
BEGIN ATOMIC
    SELECT b.organization_id, b.manager_id, b.bound_on, b.additional, b.territory_exception
    FROM base_at(day) b
    WHERE supposed IS NULL
    UNION ALL
    SELECT s.organization_id, s.manager_id, s.bound_on, s.additional, s.territory_exception
    FROM unnest(supposed) s
    WHERE supposed IS NOT NULL;
END;
COMMENT ON FUNCTION base_at(date, base_at_row[]) IS
'Every binding held at the end of a day; or those that are given, if they are: what they are only supposed to be.';
