-- What other norms would make of today: facts, bases and tenure are those of
-- today, and only the rows of norms are looked up on another day.
CREATE TYPE norm_impact_row AS (
    manager_id integer,
    manager_name text,
    unit_id integer,
    measure text,
    verdict text,
    verdict_then text,
    norm_min numeric,
    norm_min_then numeric,
    norm_max numeric,
    norm_max_then numeric,
    actual numeric,
    actual_then numeric,
    changed boolean,
    as_of date,
    facts_through date
);
COMMENT ON TYPE norm_impact_row IS 'A measure of a person under the norms of today beside those of another day; row of norm_impact.';
COMMENT ON COLUMN norm_impact_row.manager_id IS 'The person.';
COMMENT ON COLUMN norm_impact_row.manager_name IS 'The full name.';
COMMENT ON COLUMN norm_impact_row.unit_id IS 'Unit of the post today.';
COMMENT ON COLUMN norm_impact_row.measure IS 'The measure, as in compliance(month).';
COMMENT ON COLUMN norm_impact_row.verdict IS 'The verdict under the norms of today; NULL where they do not know the measure for this person.';
COMMENT ON COLUMN norm_impact_row.verdict_then IS 'The verdict under the norms of the other day; NULL where they do not know the measure for this person.';
COMMENT ON COLUMN norm_impact_row.norm_min IS 'The least that meets the norm today.';
COMMENT ON COLUMN norm_impact_row.norm_min_then IS 'The least that would meet the norm then.';
COMMENT ON COLUMN norm_impact_row.norm_max IS 'The most that meets the norm today.';
COMMENT ON COLUMN norm_impact_row.norm_max_then IS 'The most that would meet the norm then.';
COMMENT ON COLUMN norm_impact_row.actual IS 'The figure, where it can be said.';
COMMENT ON COLUMN norm_impact_row.actual_then IS 'The figure as the other norms count it: what is off profile depends on them.';
COMMENT ON COLUMN norm_impact_row.changed IS 'Whether verdict, bounds or figure differ.';
COMMENT ON COLUMN norm_impact_row.as_of IS 'The day that both are judged on: today.';
COMMENT ON COLUMN norm_impact_row.facts_through IS
'The day through which the facts read are loaded: of turnover and activity the one that is behind; NULL while one was never loaded.';

CREATE FUNCTION norm_impact(norms_on date) RETURNS SETOF norm_impact_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 100000
BEGIN ATOMIC
    SELECT coalesce(n.manager_id, t.manager_id), coalesce(n.manager_name, t.manager_name), coalesce(n.unit_id, t.unit_id),
        coalesce(n.measure, t.measure), n.verdict, t.verdict, n.norm_min, t.norm_min, n.norm_max, t.norm_max, n.actual, t.actual,
        (n.verdict, n.norm_min, n.norm_max, n.actual) IS DISTINCT FROM (t.verdict, t.norm_min, t.norm_max, t.actual),
        kbnorms.today(), (SELECT f FROM facts_through('{turnover,activity}') f)
    FROM judged(kbnorms.month(kbnorms.today())) n
    FULL JOIN judged(kbnorms.month(kbnorms.today()), kbnorms.norms_on(norm_impact.norms_on), NULL) t
        ON t.manager_id = n.manager_id AND t.measure = n.measure;
END;
COMMENT ON FUNCTION norm_impact(date) IS
'What if the norms of another day held today: the verdict on each measure of each person in the running month under the norms of today beside those that are in force on that day.';
