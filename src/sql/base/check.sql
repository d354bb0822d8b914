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
