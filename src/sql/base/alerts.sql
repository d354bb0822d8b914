-- Events worth telling somebody.
--
-- alerts_now says what calls for attention now; the job alerts keeps the table
-- alert in step with it: raises what is new, raises again what has come to its
-- next step, leaves alone what somebody looks after, closes what is mended.
-- What it raises it also says on the channel kbnorms_alert, one notification for
-- each kind and manager, so that thousands of clients are no thousands of mails.
CREATE TABLE alert_kind (
    code text PRIMARY KEY,
    title_en text NOT NULL,
    title_ru text NOT NULL,
    enabled boolean NOT NULL DEFAULT true,
    grace_minutes integer CHECK (grace_minutes >= 0)
);
COMMENT ON TABLE alert_kind IS
'Kinds of alerts that the job alerts raises.';
COMMENT ON COLUMN alert_kind.code IS 'Code, as in alert.kind.';
COMMENT ON COLUMN alert_kind.title_en IS 'Title in English.';
COMMENT ON COLUMN alert_kind.title_ru IS 'Title in Russian.';
COMMENT ON COLUMN alert_kind.enabled IS 'Are alerts of this kind raised? The open ones of a kind that is switched off are closed.';
COMMENT ON COLUMN alert_kind.grace_minutes IS 'For job_overdue: how late a job may be before it is said; NULL is never.';

CREATE TABLE alert_step (
    kind text REFERENCES alert_kind,
    days integer CHECK (days > 0),
    PRIMARY KEY (kind, days)
);
COMMENT ON TABLE alert_step IS
'How many days before the day of an event its alert is raised, and raised again.';
COMMENT ON COLUMN alert_step.kind IS 'Kind of alert.';
COMMENT ON COLUMN alert_step.days IS 'Days before.';

INSERT INTO alert_kind (code, title_en, title_ru, grace_minutes) VALUES
    ('base_over', 'Base above its maximum', 'КБ больше установленного размера', NULL),
    ('base_under', 'Base below its minimum', 'КБ меньше установленного размера', NULL),
    ('blacklist', 'Client on the black list', 'Клиент в чёрном списке', NULL),
    ('release_due', 'Client about to be released', 'Клиент скоро будет отвязан', NULL),
    ('handover_due', 'Base to be handed over', 'Срок передачи КБ', NULL),
    ('respecialization_due', 'Base to be rebound after a change of specialization', 'Срок перепривязки после смены специализации', NULL),
    ('feed_late', 'Feed behind', 'Данные не загружены в срок', NULL),
    ('job_failed', 'Job failed', 'Сбой задания', NULL),
    ('job_overdue', 'Job overdue', 'Задание не выполнено в срок', 60);
INSERT INTO alert_step (kind, days) VALUES
    ('release_due', 30), ('release_due', 7), ('release_due', 1),
    ('handover_due', 7), ('handover_due', 1), ('respecialization_due', 7), ('respecialization_due', 1);

INSERT INTO job (code, title_en, title_ru, run_at, keep_days) VALUES
    ('alerts', 'Alerts', 'Оповещения', '06:00', 400);

CREATE TYPE alerts_now_row AS (
    kind text, subject text, manager_id integer, organization_id integer, due_on date, step integer, message text);
COMMENT ON TYPE alerts_now_row IS 'Something that calls for attention now; row of alerts_now.';
COMMENT ON COLUMN alerts_now_row.kind IS 'Kind of alert.';
COMMENT ON COLUMN alerts_now_row.subject IS 'What it is about; once for each kind.';
COMMENT ON COLUMN alerts_now_row.manager_id IS 'Manager concerned.';
COMMENT ON COLUMN alerts_now_row.organization_id IS 'Account concerned.';
COMMENT ON COLUMN alerts_now_row.due_on IS 'Day of the event.';
COMMENT ON COLUMN alerts_now_row.step IS 'The least of the steps before that day that has been reached, 0 from the day on; NULL where there is no such day.';
COMMENT ON COLUMN alerts_now_row.message IS 'What it is about, in the language of the session.';

CREATE FUNCTION alerts_now() RETURNS SETOF alerts_now_row
LANGUAGE sql STABLE ROWS 10000
SET jit = off -- one run a day that would take longer to compile
BEGIN ATOMIC
    SELECT a.kind, a.subject, a.manager_id, a.organization_id, a.due_on, s.step, a.message
    FROM (
        SELECT CASE WHEN j.actual > j.norm_max THEN 'base_over' ELSE 'base_under' END AS kind,
            j.manager_id::text AS subject, j.manager_id, NULL::integer AS organization_id, NULL::date AS due_on,
            CASE WHEN j.actual > j.norm_max
                THEN translated('%s has %s accounts, at most %s are allowed', j.manager_name, j.actual, j.norm_max)
                ELSE translated('%s has %s accounts, at least %s are asked for', j.manager_name, j.actual, j.norm_min)
            END AS message
        FROM judged(kbnorms.month(today())) j
        WHERE j.measure = 'base_size' AND j.verdict = 'missed'
        UNION ALL
        SELECT 'blacklist', concat(b.manager_id, ':', b.account_id), b.manager_id, b.account_id, NULL,
            translated('"%s" with %s has bought for %s at most in %s months, below %s', b.account_name, b.manager_name,
                b.turnover, b.months, b.threshold)
        FROM blacklist b
        UNION ALL
        SELECT 'release_due', concat(f.manager_id, ':', f.account_id), f.manager_id, f.account_id, f.release_on,
            translated('"%s" leaves the base of %s on %s unless it buys something', f.account_name, f.manager_name, f.release_on)
        FROM unbinding_forecast f
        WHERE NOT f.held_back
            AND f.release_on <= today() + (SELECT coalesce(max(t.days), 0) FROM alert_step t WHERE t.kind = 'release_due')
        UNION ALL
        SELECT CASE d.cause WHEN 'changed specialization' THEN 'respecialization_due' ELSE 'handover_due' END,
            d.manager_id::text, d.manager_id, NULL, d.deadline,
            translated('%s accounts of %s are to be handed over before %s', d.accounts, d.manager_name, d.deadline)
        FROM rebinding_due d
        UNION ALL
        SELECT 'feed_late', n.name, NULL, NULL, NULL,
            translated('feed "%s" is loaded through %s, needed is %s', n.name,
                coalesce(f.loaded_through::text, translated('no day')), today() - y.max_feed_lag_days)
        FROM unnest('{turnover,overdue,activity}'::text[]) AS n(name)
        LEFT JOIN feed f ON f.name = n.name
        CROSS JOIN LATERAL (
            SELECT p.max_feed_lag_days
            FROM policy p
            WHERE p.effective_from <= today()
            ORDER BY p.effective_from DESC
            LIMIT 1
        ) y
        WHERE y.max_feed_lag_days IS NOT NULL
            AND (f.loaded_through IS NULL OR f.loaded_through < today() - y.max_feed_lag_days)
        UNION ALL
        SELECT 'job_failed', j.job, NULL, NULL, NULL, translated('job "%s" failed: %s', j.job, j.last_error)
        FROM job_status j
        WHERE j.enabled AND j.failures > 0
        UNION ALL
        SELECT 'job_overdue', j.job, NULL, NULL, NULL, translated('job "%s" has been due for %s minutes', j.job, j.overdue_by)
        FROM job_status j
        JOIN alert_kind k ON k.code = 'job_overdue'
        WHERE j.overdue_by > k.grace_minutes AND NOT j.running
    ) a
    JOIN alert_kind k ON k.code = a.kind AND k.enabled
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN a.due_on <= today() THEN 0
            ELSE (SELECT min(t.days) FROM alert_step t WHERE t.kind = a.kind AND t.days >= a.due_on - today())
        END AS step
    ) s
    WHERE a.due_on IS NULL OR s.step IS NOT NULL;
END;
COMMENT ON FUNCTION alerts_now() IS
'What calls for attention now: bases above or below their norm, black-listed clients, releases and deadlines that are near or have come, feeds that are behind, jobs that failed or did not run.';

CREATE FUNCTION refresh_alerts() RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    seen CONSTANT timestamptz := clock_timestamp();
    raised bigint;
BEGIN
    PERFORM require_owner(this_base());
    LOCK TABLE alert IN SHARE ROW EXCLUSIVE MODE; -- one run at a time

    INSERT INTO alert AS a (kind, subject, manager_id, organization_id, due_on, step, message, first_seen, raised_at, last_seen)
    SELECT n.kind, n.subject, n.manager_id, n.organization_id, n.due_on, n.step, n.message, seen, seen, seen
    FROM alerts_now() n
    ON CONFLICT (kind, subject) WHERE state <> 'closed' DO UPDATE
    SET last_seen = seen, due_on = excluded.due_on, step = excluded.step, message = excluded.message,
        -- The next step is news, whoever has seen the one before.
        raised_at = CASE WHEN excluded.step < a.step THEN seen ELSE a.raised_at END,
        raised_on = CASE WHEN excluded.step < a.step THEN excluded.raised_on ELSE a.raised_on END,
        state = CASE WHEN excluded.step < a.step THEN 'open' ELSE a.state END;

    UPDATE alert a SET state = 'closed', closed_at = seen
    WHERE a.state <> 'closed' AND a.subject IS NOT NULL AND a.last_seen < seen;

    SELECT count(*) INTO raised FROM alert a WHERE a.raised_at = seen;
    PERFORM pg_notify('kbnorms_alert', json_build_object(
            'base', this_base()::text, 'kind', n.kind, 'alerts', n.alerts, 'id', n.id,
            'manager_id', n.manager_id, 'organization_id', n.organization_id, 'due_on', n.due_on, 'message', n.message)::text)
    FROM (
        SELECT r.kind, r.manager_id, count(*) AS alerts, min(r.id) AS id, min(r.due_on) AS due_on,
            CASE WHEN count(*) = 1 THEN min(r.organization_id) END AS organization_id,
            left((array_agg(r.message ORDER BY r.due_on, r.id))[1], 600) AS message
        FROM alert r
        WHERE r.raised_at = seen
        GROUP BY r.kind, r.manager_id, CASE WHEN r.manager_id IS NULL THEN r.subject END
    ) n;
    RETURN raised;
END
$$;
COMMENT ON FUNCTION refresh_alerts() IS
'Brings the table alert in step with alerts_now and says what it raises on the channel kbnorms_alert; returns how many alerts that is. For the owner of the base.';

CREATE FUNCTION alerts_job() RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    keep CONSTANT integer := (SELECT j.keep_days FROM job j WHERE j.code = 'alerts');
BEGIN
    DELETE FROM alert a WHERE a.state = 'closed' AND a.closed_at < now() - make_interval(days => keep);
    RETURN refresh_alerts();
END
$$;
COMMENT ON FUNCTION alerts_job() IS
'Job: refresh_alerts, and removes alerts that were closed more than job.keep_days ago (none: keeps all); returns how many it raised.';

CREATE FUNCTION acknowledge_alert(id bigint, note text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER -- writes the state
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    given_state text;
BEGIN
    SELECT a.state INTO given_state FROM alert a WHERE a.id = acknowledge_alert.id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION '%', translated('alert %s does not exist', coalesce(id::text, 'NULL')) USING ERRCODE = 'no_data_found';
    ELSIF given_state <> 'open' THEN
        RAISE EXCEPTION '%', translated('alert %s is %s and cannot be acknowledged', id, given_state)
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = translated('Table alert says by whom and when.');
    END IF;
    UPDATE alert a
    SET state = 'acknowledged', acknowledged_by = calling_role(), acknowledged_at = clock_timestamp(),
        note = acknowledge_alert.note
    WHERE a.id = acknowledge_alert.id;
END
$$;
COMMENT ON FUNCTION acknowledge_alert(bigint, text) IS
'Says that somebody looks after an open alert: it is not raised again before its next step, and is closed when what it is about is mended.';
