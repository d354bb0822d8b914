-- What every report of a base rests on.
CREATE FUNCTION kbnorms.as_of(month kbnorms.month) RETURNS date
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_as_of';
COMMENT ON FUNCTION kbnorms.as_of(kbnorms.month) IS
'The day that a month is judged by: its last day, today in the running month, NULL where it has not begun. A NULL month is an error.';

CREATE FUNCTION kbnorms.norms_on(on_date date) RETURNS date
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_norms_on';
COMMENT ON FUNCTION kbnorms.norms_on(date) IS
'The day whose norms are asked for, as it is. A NULL day is an error.';
