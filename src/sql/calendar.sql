-- The company's day, months of service and status.
CREATE FUNCTION kbnorms.today() RETURNS date
LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_today';
COMMENT ON FUNCTION kbnorms.today() IS
'The business day: the day on which the transaction began, in the time zone kbnorms.timezone.';

CREATE FUNCTION kbnorms.months_served(novice_since date, on_date date) RETURNS integer
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_months_served';
COMMENT ON FUNCTION kbnorms.months_served(date, date) IS
'Full months served since the induction plan was passed; -1 for an intern.';

CREATE FUNCTION kbnorms.manager_status(novice_since date, on_date date) RETURNS kbnorms.manager_status
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN on_date IS NULL THEN NULL
    WHEN kbnorms.months_served(novice_since, on_date) < 0 THEN 'intern'::kbnorms.manager_status
    WHEN kbnorms.months_served(novice_since, on_date) < 6 THEN 'novice'::kbnorms.manager_status
    WHEN kbnorms.months_served(novice_since, on_date) < 12 THEN 'experienced'::kbnorms.manager_status
    ELSE 'veteran'::kbnorms.manager_status
END;
COMMENT ON FUNCTION kbnorms.manager_status(date, date) IS
'Status by tenure: intern before novice_since, novice for 6 months, experienced for 6 more, veteran after 12.';
