-- What every report of a base rests on.
CREATE FUNCTION kbnorms.as_of(month kbnorms.month) RETURNS date
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_as_of';
COMMENT ON FUNCTION kbnorms.as_of(kbnorms.month) IS
'The day that a month is judged by: its last day, today in the running month, NULL where it has not begun. A NULL month is an error.';

-- Each argument is written once, or a costly one would keep it from being inlined.
CREATE FUNCTION kbnorms.judge(is_met boolean, may_wait boolean DEFAULT false) RETURNS kbnorms.verdict
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE is_met
    WHEN true THEN 'met'::kbnorms.verdict
    WHEN false THEN CASE may_wait WHEN true THEN 'pending'::kbnorms.verdict ELSE 'missed'::kbnorms.verdict END
    ELSE 'exempt'::kbnorms.verdict
END;
COMMENT ON FUNCTION kbnorms.judge(boolean, boolean) IS
'The verdict: exempt where nothing says whether the norm is met (NULL), pending instead of missed while there is time.';

-- When an account does not fit a specialization.  The same two questions are
-- asked about the present and about the previous one.
CREATE FUNCTION kbnorms.is_off_profile(stance kbnorms.stance, territory_rule kbnorms.territory_rule, in_own_territory boolean)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(stance, 'forbidden'::kbnorms.stance) = 'forbidden'::kbnorms.stance
    OR (territory_rule = 'strict'::kbnorms.territory_rule AND in_own_territory IS NOT TRUE);
COMMENT ON FUNCTION kbnorms.is_off_profile(kbnorms.stance, kbnorms.territory_rule, boolean) IS
'Off-profile: a client group without a stance or forbidden, or under the strict rule a territory that is unknown or not his.';

CREATE FUNCTION kbnorms.is_outside_city(
    territory_rule kbnorms.territory_rule, in_another_city boolean,
    territory_exception text, exception_only_on_profile boolean, stance kbnorms.stance
) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN territory_rule = 'city'::kbnorms.territory_rule
    AND in_another_city
    AND NOT (coalesce(territory_exception ~ '\S', false)
        AND CASE exception_only_on_profile
            WHEN true THEN coalesce(stance, 'forbidden'::kbnorms.stance) <> 'forbidden'::kbnorms.stance
            ELSE true END);
COMMENT ON FUNCTION kbnorms.is_outside_city(kbnorms.territory_rule, boolean, text, boolean, kbnorms.stance) IS
'Under the city rule: in another city without a justification that counts for the specialization.';
