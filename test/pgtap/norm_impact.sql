-- What if other norms held today: what norm_impact says of a day is what
-- compliance says of today once those norms are made to hold today.
BEGIN;
SELECT plan(10);
\ir sample.psql

-- Norms that are decided on and not in force yet.
INSERT INTO norm_tenure (specialization, from_month, effective_from, min_accounts, max_accounts, min_meetings)
SELECT code, 0, '2010-09-01', 1, 3, 5 FROM specialization;
INSERT INTO norm_specialization (specialization, effective_from, min_paying_share, max_off_profile, territory_rule)
VALUES ('universal', '2010-09-01', 0.01, 100, 'strict');
INSERT INTO policy (effective_from, paying_above, respecialization_months, handover_months) VALUES ('2010-09-01', 1, 0, 6);
INSERT INTO norm_position (position, effective_from, min_meetings) VALUES ('client_analyst', '2010-09-01', 3);

SELECT set_eq(
    $$SELECT manager_id, measure, verdict, norm_min, norm_max, actual, as_of, facts_through FROM norm_impact('2010-01-01') WHERE verdict IS NOT NULL$$,
    $$SELECT manager_id, measure, verdict, norm_min, norm_max, actual, as_of, facts_through FROM compliance$$,
    'beside what compliance says today');
SELECT is_empty($$SELECT * FROM norm_impact(today()) WHERE changed$$, 'under the norms of today nothing is another');
SELECT is_empty($$SELECT * FROM norm_impact('2010-01-01') n JOIN manager_at(today()) m USING (manager_id) WHERE (n.manager_name, n.unit_id) IS DISTINCT FROM (m.manager_name, m.unit_id)$$,
    'name and unit are those of today');

-- What is effective by a day made to hold today, undone again.
CREATE FUNCTION pg_temp.compliance_under(norms_on date) RETURNS SETOF compliance
LANGUAGE plpgsql AS $$
DECLARE
    answer compliance[];
    norm_table text;
BEGIN
    FOREACH norm_table IN ARRAY ARRAY['norm_tenure', 'norm_specialization', 'norm_client_group', 'norm_potential', 'norm_position', 'policy'] LOOP
        EXECUTE format('DELETE FROM %I WHERE effective_from > $1', norm_table) USING norms_on;
        EXECUTE format('UPDATE %I SET effective_from = effective_from - 1000', norm_table);
    END LOOP;
    answer := ARRAY(SELECT c FROM compliance c);
    RAISE SQLSTATE 'KB000';
EXCEPTION WHEN SQLSTATE 'KB000' THEN
    RETURN QUERY SELECT (unnest(answer)).*;
END
$$;
SELECT set_eq(
    format('SELECT manager_id, measure, verdict_then, norm_min_then, norm_max_then, actual_then FROM norm_impact(%L) WHERE verdict_then IS NOT NULL', d),
    format('SELECT manager_id, measure, verdict, norm_min, norm_max, actual FROM pg_temp.compliance_under(%L)', d),
    'as if the norms of ' || d || ' held')
FROM unnest(ARRAY['2009-12-31', '2010-01-01', '2010-04-01', '2010-09-01']::date[]) d;
SELECT is_empty($$
    SELECT * FROM norm_impact('2010-09-01')
    WHERE changed IS DISTINCT FROM (verdict IS DISTINCT FROM verdict_then OR norm_min IS DISTINCT FROM norm_min_then
        OR norm_max IS DISTINCT FROM norm_max_then OR actual IS DISTINCT FROM actual_then)$$, 'changed is any difference');
SELECT set_eq($$SELECT DISTINCT changed FROM norm_impact('2010-09-01')$$, $$VALUES (true), (false)$$, 'what is not changed is there too');

SELECT throws_ok('SELECT norm_impact(NULL)', '22004', 'the day of the norms must not be null', 'no day');

SELECT * FROM finish();
ROLLBACK;
