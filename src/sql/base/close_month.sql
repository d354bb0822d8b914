-- A month that is over goes on record: what its reports say is frozen.
INSERT INTO job (code, title_en, title_ru, run_at, day_of_month) VALUES
    ('close_month', 'Closing of the month', 'Закрытие месяца', '04:00', 3);

-- The rows as JSON, which depends on no setting; what a later version adds and
-- leaves empty in old rows does not count, nor does the order.
CREATE FUNCTION month_checksum(month kbnorms.month) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT encode(sha256(coalesce(string_agg(l.line, ''::bytea ORDER BY l.line), ''::bytea)), 'hex')
    FROM (
        SELECT sha256(convert_to(r.report || jsonb_strip_nulls(r.frozen)::text, 'UTF8')) AS line
        FROM (
            SELECT 'compliance' AS report, to_jsonb(h) AS frozen FROM compliance_history h WHERE h.month = month_checksum.month
            UNION ALL
            SELECT 'scorecard' AS report, to_jsonb(h) AS frozen FROM scorecard_history h WHERE h.month = month_checksum.month
            UNION ALL
            SELECT 'blacklist' AS report, to_jsonb(h) AS frozen FROM blacklist_history h WHERE h.month = month_checksum.month
            UNION ALL
            SELECT 'unit_scorecard' AS report, to_jsonb(h) AS frozen FROM unit_scorecard_history h WHERE h.month = kbnorms.first_day(month_checksum.month)
            UNION ALL
            SELECT 'head_scorecard' AS report, to_jsonb(h) AS frozen FROM head_scorecard_history h WHERE h.month = kbnorms.first_day(month_checksum.month)
        ) r
    ) l;
END;
COMMENT ON FUNCTION month_checksum(kbnorms.month) IS
'The checksum of all rows on record of a month; closed_month has what it was when the month was closed.';

CREATE FUNCTION close_month(month kbnorms.month) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
SET jit = off
AS $$
DECLARE
    last_day CONSTANT date := as_of(month);
    loaded_through CONSTANT date := (SELECT f FROM facts_through('{turnover,activity}') f);
    frozen bigint;
BEGIN
    PERFORM require_owner(this_base());
    IF last_day IS NULL OR month >= month(today()) THEN
        RAISE EXCEPTION '%', translated('month %s is not over', month)
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = translated('Today is %s.', today()),
                  HINT = translated('A month can be closed from the first day of the next one on.');
    END IF;
    -- One after the other: who waits here finds the month on record.
    LOCK TABLE closed_month IN SHARE ROW EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM closed_month z WHERE z.month = close_month.month) THEN
        RETURN 0;
    END IF;
    IF loaded_through < last_day OR loaded_through IS NULL THEN
        RAISE WARNING '%', translated('month %s is closed although its facts are loaded only through %s',
                month, coalesce(loaded_through::text, translated('no day')))
            USING HINT = translated('Table feed says how far each of them is loaded. What comes in later does not change the record.');
    END IF;

    -- One statement, so that all reports are of one moment.  Under REPEATABLE
    -- READ the rows of who was first are not seen, but conflict: 40001.
    WITH c AS (
        INSERT INTO compliance_history (month, manager_id, measure, actual, norm_min, norm_max, verdict, as_of, facts_through,
            waiver_id)
        SELECT r.month, r.manager_id, r.measure, r.actual, r.norm_min, r.norm_max, r.verdict::verdict, r.as_of, r.facts_through,
            r.waiver_id
        FROM compliance(close_month.month) r
        ON CONFLICT DO NOTHING
        RETURNING 1
    ), s AS (
        INSERT INTO scorecard_history (month, manager_id, manager_name, unit_id, unit_name, position, specialization, status,
            base_size, base_size_actual, paying_share, paying_share_actual, off_profile, off_profile_actual,
            client_group, client_group_actual, group_quota, group_quota_actual, territory, territory_actual,
            newcomer_territory, newcomer_territory_actual, meetings, meetings_actual, cold_calls, cold_calls_actual,
            respecialization, respecialization_actual, handover, handover_actual, head_meetings, head_meetings_actual,
            lead_own_meetings, lead_own_meetings_actual, lead_group_meetings, lead_group_meetings_actual,
            missed, compliant, as_of, facts_through)
        SELECT r.month, r.manager_id, r.manager_name, r.unit_id, r.unit_name, r.position, r.specialization, r.status::manager_status,
            r.base_size::verdict, r.base_size_actual, r.paying_share::verdict, r.paying_share_actual,
            r.off_profile::verdict, r.off_profile_actual, r.client_group::verdict, r.client_group_actual,
            r.group_quota::verdict, r.group_quota_actual, r.territory::verdict, r.territory_actual,
            r.newcomer_territory::verdict, r.newcomer_territory_actual, r.meetings::verdict, r.meetings_actual,
            r.cold_calls::verdict, r.cold_calls_actual, r.respecialization::verdict, r.respecialization_actual,
            r.handover::verdict, r.handover_actual, r.head_meetings::verdict, r.head_meetings_actual,
            r.lead_own_meetings::verdict, r.lead_own_meetings_actual, r.lead_group_meetings::verdict, r.lead_group_meetings_actual,
            r.missed, r.compliant, r.as_of, r.facts_through
        FROM scorecard(close_month.month) r
        ON CONFLICT DO NOTHING
        RETURNING 1
    ), b AS (
        INSERT INTO blacklist_history (month, manager_id, account_id, manager_name, account_name, unit_id, potential,
            threshold, turnover, as_of, specialization, months, facts_through)
        SELECT r.month, r.manager_id, r.account_id, r.manager_name, r.account_name, r.unit_id, r.potential,
            r.threshold, r.turnover, r.as_of, r.specialization, r.months, r.facts_through
        FROM blacklist(close_month.month) r
        ON CONFLICT DO NOTHING
        RETURNING 1
    ), u AS (
        INSERT INTO unit_scorecard_history
        SELECT r.* FROM unit_scorecard(close_month.month) r
        ON CONFLICT DO NOTHING
        RETURNING 1
    ), h AS (
        INSERT INTO head_scorecard_history
        SELECT r.* FROM head_scorecard(close_month.month) r
        ON CONFLICT DO NOTHING
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM c) + (SELECT count(*) FROM s) + (SELECT count(*) FROM b)
        + (SELECT count(*) FROM u) + (SELECT count(*) FROM h)
    INTO frozen;

    -- The seal: from here on no row of the month is taken.
    INSERT INTO closed_month (month, as_of, facts_through, checksum)
    VALUES (close_month.month, last_day, loaded_through, month_checksum(close_month.month))
    ON CONFLICT DO NOTHING;
    SET CONSTRAINTS compliance_history_month_fkey, scorecard_history_month_fkey, blacklist_history_month_fkey,
        unit_scorecard_history_month_fkey, head_scorecard_history_month_fkey IMMEDIATE;
    SET CONSTRAINTS compliance_history_month_fkey, scorecard_history_month_fkey, blacklist_history_month_fkey,
        unit_scorecard_history_month_fkey, head_scorecard_history_month_fkey DEFERRED;
    RETURN frozen;
END
$$;
COMMENT ON FUNCTION close_month(kbnorms.month) IS
'Puts a month that is over on record: its compliance, scorecards, black list, units and heads are frozen as the reports show them now. For the owner of the base. Returns how many rows were frozen, 0 where the month is on record already.';

CREATE FUNCTION close_month_job() RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    last_ended CONSTANT month := month(today()) - 1;
    late record;
    closed bigint := 0;
    ended month;
BEGIN
    FOR ended IN
        SELECT m
        FROM kbnorms.generate_series(
            (SELECT greatest(coalesce(min(z.month), last_ended), last_ended - 11) FROM closed_month z), last_ended) m
        WHERE NOT EXISTS (SELECT FROM closed_month z WHERE z.month = m)
        ORDER BY m
    LOOP
        -- What comes in later would be missing on record for good.
        SELECT n.name, f.loaded_through INTO late
        FROM unnest(ARRAY['turnover', 'activity']) WITH ORDINALITY n(name, place)
        LEFT JOIN feed f ON f.name = n.name
        WHERE f.loaded_through < last_day(ended) OR f.loaded_through IS NULL
        ORDER BY n.place
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION '%', translated('month %s cannot be closed yet: feed "%s" is loaded only through %s',
                    ended, late.name, coalesce(late.loaded_through::text, translated('no day')))
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      HINT = translated('Load the feed through %s, or close the month as it is with SELECT %s.',
                          last_day(ended), format('%s.close_month(%L)', this_base(), ended::text));
        END IF;
        PERFORM close_month(ended);
        closed := closed + 1;
    END LOOP;
    RETURN closed;
END
$$;
COMMENT ON FUNCTION close_month_job() IS
'Closes every month of the last twelve that is over and not on record yet, from the first on record (the last one where there is none); refuses while turnover or activity is not loaded through its last day. Returns how many months it closed. Run by run_jobs.';

-- The record is kept.  The rows of a month come before its row in closed_month,
-- which seals it: that there is one is asked at the end.
CREATE FUNCTION refuse_closed_month() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    sealed CONSTANT month := (SELECT min(z.month) FROM new_rows n JOIN closed_month z ON z.month = n.month);
BEGIN
    IF sealed IS NOT NULL THEN
        RAISE EXCEPTION '%', translated('month %s is on record: table "%s" takes no more rows of it', sealed, TG_TABLE_NAME)
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = translated('What has been frozen does not change.'),
                  SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION refuse_closed_month() IS 'Refuses further rows of a month on record.';

DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['closed_month', 'compliance_history', 'scorecard_history', 'blacklist_history',
        'unit_scorecard_history', 'head_scorecard_history']
    LOOP
        EXECUTE pg_catalog.format(
            'CREATE OR REPLACE TRIGGER %1$s_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON %1$I '
            'FOR EACH STATEMENT EXECUTE FUNCTION kbnorms.log_is_kept(''closed'');'
            'COMMENT ON TRIGGER %1$s_kept ON %1$I IS %2$L', kept, 'Refuses to change or remove rows.');
        IF kept <> 'closed_month' THEN
            IF NOT EXISTS (
                SELECT FROM pg_catalog.pg_constraint k
                WHERE k.conrelid = kept::pg_catalog.regclass AND k.conname = kept || '_month_fkey')
            THEN
                EXECUTE pg_catalog.format(
                    'ALTER TABLE %1$I ADD CONSTRAINT %1$s_month_fkey FOREIGN KEY (month) REFERENCES closed_month '
                    'DEFERRABLE INITIALLY DEFERRED', kept);
            END IF;
            EXECUTE pg_catalog.format(
                'CREATE OR REPLACE TRIGGER %1$s_sealed AFTER INSERT ON %1$I REFERENCING NEW TABLE AS new_rows '
                'FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_month();'
                'COMMENT ON TRIGGER %1$s_sealed ON %1$I IS %2$L', kept, 'Refuses further rows of a month on record.');
        END IF;
    END LOOP;
END
$$;
