-- What each specialization makes of each client group on a day.
CREATE TYPE profile_at_row AS (
    specialization text,
    client_group text,
    stance kbnorms.stance,
    is_on_profile boolean,
    max_accounts integer,
    territory_rule kbnorms.territory_rule,
    exception_counts boolean,
    newcomers_avoid_territories boolean,
    stance_since date
);
COMMENT ON TYPE profile_at_row IS 'A client group in the eyes of a specialization on a day; row of profile_at.';
COMMENT ON COLUMN profile_at_row.specialization IS 'The specialization.';
COMMENT ON COLUMN profile_at_row.client_group IS 'The client group; empty for an unknown one.';
COMMENT ON COLUMN profile_at_row.stance IS 'The stance in force; NULL where there is none.';
COMMENT ON COLUMN profile_at_row.is_on_profile IS 'Whether that is target or allowed.';
COMMENT ON COLUMN profile_at_row.max_accounts IS 'How many accounts of the group a base may hold, where that is capped.';
COMMENT ON COLUMN profile_at_row.territory_rule IS 'Territory rule of the specialization.';
COMMENT ON COLUMN profile_at_row.exception_counts IS 'Whether a justification outside the city counts for accounts of this group.';
COMMENT ON COLUMN profile_at_row.newcomers_avoid_territories IS 'Whether the newly hired of the specialization keep out of territories.';
COMMENT ON COLUMN profile_at_row.stance_since IS 'Since when the stance is in force, or since when there is none any more; NULL where there was never one.';

CREATE FUNCTION profile_at(day date) RETURNS SETOF profile_at_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 50
BEGIN ATOMIC
    SELECT DISTINCT ON (c.code, g.code) c.code, g.code,
        n.stance, coalesce(n.stance <> 'forbidden', false), n.max_accounts, s.territory_rule,
        s.exception_only_on_profile IS NOT TRUE OR coalesce(n.stance <> 'forbidden', false),
        coalesce(s.newcomers_avoid_territories, false), n.effective_from
    FROM specialization c
    CROSS JOIN (SELECT cg.code FROM client_group cg UNION ALL SELECT '') g
    LEFT JOIN norm_specialization s ON s.specialization = c.code AND s.effective_from <= day
    LEFT JOIN norm_client_group n
        ON n.specialization = c.code AND n.client_group = g.code AND n.effective_from <= day
    ORDER BY c.code, g.code, s.effective_from DESC NULLS LAST, n.effective_from DESC NULLS LAST;
END;
COMMENT ON FUNCTION profile_at(date) IS
'Every specialization with every client group, and an unknown one, as the norms in force on a day see them.';
