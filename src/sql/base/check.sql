-- What the rules would say, before anybody writes.
CREATE TYPE check_row AS (code text, passed boolean, actual text, bound text, message text, remedy text);
COMMENT ON TYPE check_row IS 'The answer of one rule.';
COMMENT ON COLUMN check_row.code IS 'Code of the rule.';
COMMENT ON COLUMN check_row.passed IS 'Whether the rule is kept, whatever it does when it is broken; NULL where it is off or does not judge this manager.';
COMMENT ON COLUMN check_row.actual IS 'What the rule looked at.';
COMMENT ON COLUMN check_row.bound IS 'What it compared that with.';
COMMENT ON COLUMN check_row.message IS 'What is wrong and what to do.';
COMMENT ON COLUMN check_row.remedy IS 'Where the rule is broken: the least change that would make it pass.';

CREATE FUNCTION check_binding(organization_id bigint, manager_id bigint, on_date date DEFAULT kbnorms.today())
RETURNS SETOF check_row
LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 15
BEGIN ATOMIC
SELECT answer.code, answer.passed, answer.actual, answer.bound, answer.message, answer.remedy
FROM kbnorms.check_pair($base$@base@$base$::regnamespace, check_binding.organization_id,
                        check_binding.manager_id, check_binding.on_date) AS answer;
END;
COMMENT ON FUNCTION check_binding(bigint, bigint, date) IS
'Judges a plain main binding without a justification on the present base, changing nothing: one row for each rule. on_date stands for today.';

CREATE FUNCTION require_columns(source regclass, VARIADIC column_names text[]) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    missing CONSTANT text := (
        SELECT string_agg(c, ', ')
        FROM unnest(column_names) c
        WHERE NOT EXISTS (
            SELECT FROM pg_attribute a
            WHERE a.attrelid = source AND a.attname = c AND a.attnum > 0 AND NOT a.attisdropped));
BEGIN
    IF source IS NULL THEN
        RAISE EXCEPTION '%', translated('the relation to be judged must not be null')
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = translated('Name a table or view with %s.', array_to_string(column_names, ', '));
    ELSIF missing IS NOT NULL THEN
        RAISE EXCEPTION '%', translated('relation "%s" lacks %s', source, missing)
            USING ERRCODE = 'undefined_column',
                  HINT = translated('Name a table or view with %s.', array_to_string(column_names, ', '));
    END IF;
END
$$;
COMMENT ON FUNCTION require_columns(regclass, text[]) IS 'Refuses a relation that lacks columns which are asked for.';
