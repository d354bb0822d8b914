-- Every rule, norm and promise with how it stands: what is open now, and when it
-- was last proven over all rows.  A guarantee without a date is a belief.
CREATE TABLE rule_check (
    rule text,
    checked_at timestamptz,
    as_of date NOT NULL,
    violations bigint NOT NULL,
    PRIMARY KEY (rule, checked_at)
);
COMMENT ON TABLE rule_check IS
'When each rule, norm and promise was looked at over all rows, and how many broke it. Written by the job verify, which keeps job.keep_days of it.';
COMMENT ON COLUMN rule_check.rule IS 'Code, as in rule_status.';
COMMENT ON COLUMN rule_check.checked_at IS 'When it was looked at.';
COMMENT ON COLUMN rule_check.as_of IS 'The business day that it was looked at for.';
COMMENT ON COLUMN rule_check.violations IS 'How many broke it then.';

INSERT INTO job (code, title_en, title_ru, run_at, keep_days) VALUES
    ('verify', 'Recheck of all promises', 'Перепроверка всех обещаний', '05:00', 400);

-- What each is proven by: rows of violation under its code, and checks of
-- verify.  Rules that judge a change alone, and no state, hold as long as nothing
-- came in past the triggers.
CREATE FUNCTION rule_subjects()
RETURNS TABLE (rule text, kind text, title_en text, title_ru text, enforcement text, feeds text[], checks text[], sort_order integer)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 30
BEGIN ATOMIC
    SELECT r.code, 'rule', r.title_en, r.title_ru, r.enforcement::text, '{}'::text[],
        CASE
            WHEN c.code IS NOT NULL THEN c.checks
            WHEN r.enforcement = 'off' THEN '{}'
            WHEN r.code IN ('potential', 'applicant', 'cool_off', 'intake_limit', 'move_limit') THEN '{binding_not_logged,binding_ended_in_log}'
            ELSE '{}'
        END,
        r.sort_order
    FROM rule r
    LEFT JOIN (VALUES
        ('multiple', '{main_holder_twice}'::text[]),
        ('memo', '{memo_item_used_twice,memo_item_without_change,change_without_memo_item,memo_state_and_items,memo_state_not_logged}'),
        ('approval', '{word_without_authority}')
    ) AS c(code, checks) ON c.code = r.code
    UNION ALL
    SELECT n.code, 'norm', n.title_en, n.title_ru, NULL, n.feeds, '{}', 2000 + n.place
    FROM (VALUES
        (1, 'paying_share', 'Share of paying accounts', 'Доля платящих клиентов', '{turnover}'::text[]),
        (2, 'meetings', 'Meetings outside the office', 'Встречи вне ОП', '{activity}'),
        (3, 'cold_calls', 'Cold calls', 'Холодные звонки', '{activity}'),
        (4, 'respecialization', 'Accounts that do not fit the new specialization', 'Клиенты не по новой специализации', '{}'),
        (5, 'handover', 'Accounts to hand over', 'Клиенты к передаче', '{}'),
        (6, 'head_meetings', 'Meetings of a head', 'Встречи руководителя', '{activity}'),
        (7, 'lead_own_meetings', 'Meetings of a group lead with his own base', 'Встречи старшего группы по своей КБ', '{activity}'),
        (8, 'lead_group_meetings', 'Meetings of a group lead with the bases of his group', 'Встречи старшего группы по КБ группы', '{activity}')
    ) AS n(place, code, title_en, title_ru, feeds)
    UNION ALL
    SELECT s.code, 'structure', s.title_en, s.title_ru, 'block', '{}', s.checks, 3000 + s.place
    FROM (VALUES
        (1, 'link', 'Attribute 140: one step, no loops', '140 признак: один шаг, без петель',
            '{link_to_itself,link_lost,link_loop,link_chain}'::text[]),
        (2, 'keys', 'Every row is there once and refers to what is there', 'Каждая строка одна и ссылается на то, что есть',
            '{main_holder_twice,binding_twice,organization_missing,manager_missing,history_orphaned,reference_broken,merged_bound,merged_has_facts,merged_is_elsewhere,unique_index_missing,index_invalid,constraint_unproven}'),
        (3, 'log', 'The log says what is bound and linked, and is never rewritten', 'Журнал совпадает с привязками и связями и не переписан',
            '{binding_not_logged,binding_differs_from_log,binding_ended_in_log,log_without_binding,log_row_unsound,waiver_missing,log_rewritten,link_differs_from_log}'),
        (4, 'guards', 'Triggers are in force', 'Триггеры на месте и включены',
            '{trigger_missing,trigger_off,trigger_altered,trigger_not_always,partition_unguarded,replica_mode,norm_version,base_version}'),
        (5, 'records', 'Closed months and the ledger of jobs', 'Закрытые месяцы и журнал заданий',
            '{frozen_month_changed,frozen_month_not_closed,job_run_unsound,job_runs_twice}')
    ) AS s(place, code, title_en, title_ru, checks);
END;
COMMENT ON FUNCTION rule_subjects() IS
'The rules, the norms that are only judged, and the promises of the structure, with the feeds that each rests on and the checks of verify that prove it.';

CREATE FUNCTION rule_violations() RETURNS TABLE (rule text, violations bigint)
LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 30
SET jit = off
SET work_mem = '64MB'
BEGIN ATOMIC
    WITH broken AS MATERIALIZED (
        SELECT v.check_name, count(*) AS found FROM verify() v GROUP BY v.check_name
    ),
    missed AS MATERIALIZED (
        SELECT v.rule, count(*) AS found FROM violation v GROUP BY v.rule
    )
    SELECT s.rule, coalesce(m.found, 0) + coalesce((SELECT sum(b.found) FROM broken b WHERE b.check_name = ANY (s.checks)), 0)::bigint
    FROM rule_subjects() s
    LEFT JOIN missed m ON m.rule = s.rule;
END;
COMMENT ON FUNCTION rule_violations() IS
'How many rows break each rule, norm and promise now, over all rows: what violation and verify list.';

CREATE VIEW rule_status WITH (security_invoker = true) AS
SELECT s.rule, s.kind, s.title_en, s.title_ru, s.enforcement, s.open_violations, s.last_checked_at, s.last_violations,
    CASE
        WHEN s.stale IS NOT NULL THEN 'unknown'
        WHEN s.open_violations > 0 THEN 'broken'
        WHEN s.last_checked_at IS NULL OR s.enforcement = 'off' THEN 'unchecked'
        ELSE 'holds'
    END AS state,
    nullif(concat_ws('; ',
        CASE s.enforcement
            WHEN 'off' THEN kbnorms.translated('the rule is off: nothing that breaks it is refused')
            WHEN 'warn' THEN kbnorms.translated('the rule only warns')
        END,
        s.stale,
        CASE
            WHEN s.stale IS NOT NULL THEN NULL
            WHEN s.open_violations > 0 AND s.kind = 'structure' THEN kbnorms.translated('verify() lists what is wrong')
            WHEN s.open_violations > 0 THEN kbnorms.translated('violation and verify() list what is wrong')
            WHEN s.last_checked_at IS NULL THEN kbnorms.translated('never proven over all rows; the job verify does that')
        END), '') AS reason,
    s.facts_through, kbnorms.today() AS as_of, s.sort_order
FROM (
    SELECT j.*, v.violations AS open_violations, l.checked_at AS last_checked_at, l.violations AS last_violations,
        CASE WHEN cardinality(j.feeds) > 0 THEN (SELECT f FROM facts_through(j.feeds) f) END AS facts_through,
        (SELECT string_agg(kbnorms.translated('feed "%s" is loaded through %s, needed is %s', n.name,
                coalesce(f.loaded_through::text, kbnorms.translated('no day')), p.needed), '; ' ORDER BY n.name)
         FROM unnest(j.feeds) AS n(name)
         LEFT JOIN feed f ON f.name = n.name
         WHERE f.loaded_through IS NULL OR f.loaded_through < p.needed) AS stale
    FROM rule_subjects() j
    JOIN rule_violations() v ON v.rule = j.rule
    LEFT JOIN (
        SELECT kbnorms.today() - y.max_feed_lag_days AS needed
        FROM policy y
        WHERE y.effective_from <= kbnorms.today()
        ORDER BY y.effective_from DESC
        LIMIT 1) p ON true
    LEFT JOIN LATERAL (
        SELECT c.checked_at, c.violations
        FROM rule_check c
        WHERE c.rule = j.rule
        ORDER BY c.checked_at DESC
        LIMIT 1) l ON true
) s;
COMMENT ON VIEW rule_status IS
'How every rule, norm and promise stands: its enforcement, what breaks it now, when it was last proven over all rows, and whether it holds. Looks at all rows each time.';
COMMENT ON COLUMN rule_status.rule IS 'Code: of a rule, a measure of compliance, or a promise of the structure.';
COMMENT ON COLUMN rule_status.kind IS 'rule: judged at each change; norm: judged by the reports alone; structure: nothing switches it off.';
COMMENT ON COLUMN rule_status.title_en IS 'Title in English.';
COMMENT ON COLUMN rule_status.title_ru IS 'Title in Russian.';
COMMENT ON COLUMN rule_status.enforcement IS 'block, warn or off; NULL for norms that are only judged.';
COMMENT ON COLUMN rule_status.open_violations IS 'How many rows break it now: of violation and of verify().';
COMMENT ON COLUMN rule_status.last_checked_at IS 'When the job verify last looked at all rows for it; NULL if it never did.';
COMMENT ON COLUMN rule_status.last_violations IS 'How many broke it then.';
COMMENT ON COLUMN rule_status.state IS
'holds: nothing breaks it now, and it has been proven; broken: something does; unknown: a feed that it rests on is stale; unchecked: it is off, or has never been proven over all rows.';
COMMENT ON COLUMN rule_status.reason IS 'Why it is so, in the language of the session; NULL where it simply holds.';
COMMENT ON COLUMN rule_status.facts_through IS 'Last day that the feeds it rests on are loaded through; NULL where it rests on none, or one never was.';
COMMENT ON COLUMN rule_status.as_of IS 'The day that this is as of: today.';
COMMENT ON COLUMN rule_status.sort_order IS 'Order to show them in.';

CREATE FUNCTION verify_job() RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    keep CONSTANT integer := (SELECT j.keep_days FROM job j WHERE j.code = 'verify');
    broken bigint;
BEGIN
    PERFORM require_owner(this_base());
    -- A rule that is off is not looked at by everything that counts its violations.
    WITH proven AS (
        INSERT INTO rule_check AS c (rule, checked_at, as_of, violations)
        SELECT s.rule, clock_timestamp(), today(), v.violations
        FROM rule_subjects() s
        JOIN rule_violations() v ON v.rule = s.rule
        WHERE s.enforcement IS DISTINCT FROM 'off'
        RETURNING c.rule, c.violations)
    SELECT sum(p.violations) INTO broken
    FROM proven p
    JOIN rule_subjects() s ON s.rule = p.rule
    WHERE s.kind = 'structure' OR s.rule IN ('memo', 'approval');
    -- What was last seen of a rule stays, however old.
    DELETE FROM rule_check c
    WHERE c.checked_at < now() - make_interval(days => keep)
        AND EXISTS (SELECT FROM rule_check l WHERE l.rule = c.rule AND l.checked_at > c.checked_at);
    PERFORM seal_log();
    IF broken > 0 THEN
        RAISE WARNING '%', translated('%s promises of base "%s" are not kept', broken, this_base())
            USING HINT = translated('SELECT * FROM %s says which and what to do.', format('%s.verify()', this_base()));
    END IF;
    RETURN broken;
END
$$;
COMMENT ON FUNCTION verify_job() IS
'Job: looks at all rows for every rule, norm and promise that is not off, writes to rule_check how many break it, and seals the months of the log that are over. Returns how many promises verify() finds broken. For the owner of the base.';
