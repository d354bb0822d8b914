-- Automatic unbinding.  Policy: section 6.
--
-- release_due says which accounts are due to leave which base; run and dry run
-- ask it.  release_clock says for every account when it will be, for forecasts.
-- release_inactive does the work in batches that are committed one by one with
-- their progress; what is left after a kill is simply due again.

CREATE FUNCTION silent_since(as_of date) RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    -- The last day with day + inactivity_months <= as_of: a month's end stands
    -- for the days that a shorter month lacks.
    SELECT CASE
        WHEN as_of = last_day(as_of::kbnorms.month) THEN last_day(as_of::kbnorms.month - p.inactivity_months)
        ELSE (as_of - make_interval(months => p.inactivity_months))::date
    END
    FROM policy p
    WHERE p.effective_from <= as_of
    ORDER BY p.effective_from DESC
    LIMIT 1;
END;
COMMENT ON FUNCTION silent_since(date) IS
'The latest day from which the inactivity period has run out at as_of; NULL if there is none then.';

CREATE FUNCTION release_due(as_of date, account_ids integer[] DEFAULT NULL)
RETURNS TABLE (manager_id integer, account_id integer, organization_ids integer[], held_back boolean, extended_until date)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    -- Written to be inlined: without account_ids, two passes and a hash; with
    -- them, some index entries each.  What holds an account back is asked for
    -- each that is due: to a join the planner would bring its belief that next
    -- to none is left, and look through all that is overdue for each.
    SELECT s.manager_id, s.account_id, s.organization_ids, s.owes OR s.until IS NOT NULL, s.until
    FROM (
        SELECT b.manager_id, o.account_id, array_agg(b.organization_id) AS organization_ids,
            EXISTS (
                SELECT FROM organization ho
                JOIN overdue d ON d.organization_id = ho.id
                WHERE ho.account_id = o.account_id AND d.amount > 0
            ) AS owes, (
                SELECT e.until
                FROM extension_at(as_of) e
                WHERE e.manager_id = b.manager_id AND e.account_id = o.account_id
            ) AS until
        FROM binding b
        JOIN organization o ON o.id = b.organization_id
        WHERE (account_ids IS NULL OR o.account_id = ANY (account_ids))
            AND NOT EXISTS (
                SELECT FROM turnover t
                JOIN organization so ON so.id = t.organization_id
                WHERE so.account_id = o.account_id
                    AND t.amount > 0
                    AND t.month >= (SELECT silent_since(as_of)::kbnorms.month)
                    AND coalesce(t.last_on, last_day(t.month)) > (SELECT silent_since(as_of)))
        GROUP BY b.manager_id, o.account_id
        HAVING min(b.bound_on) <= (SELECT silent_since(as_of))
    ) s;
END;
COMMENT ON FUNCTION release_due(date, integer[]) IS
'Which account is due to leave which base at as_of, with its organizations there; held back are those with overdue receivables or an extension of the hold. account_ids limits the answer.';

CREATE FUNCTION release_periods(as_of date)
RETURNS TABLE (since date, months integer, clock_after date, clock_through date)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 2
BEGIN ATOMIC
    -- A clock that has run out before a change of policy is not looked at after it.
    SELECT CASE WHEN p.effective_from > as_of THEN p.effective_from END, p.inactivity_months,
        max(p.clock_through) OVER (ORDER BY p.effective_from ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
        CASE WHEN p.until IS NULL THEN 'infinity' ELSE p.clock_through END
    FROM (
        SELECT q.effective_from, q.inactivity_months, q.until, silent_since(q.until - 1) AS clock_through
        FROM (
            SELECT y.effective_from, y.inactivity_months, lead(y.effective_from) OVER (ORDER BY y.effective_from) AS until
            FROM policy y
        ) q
    ) p
    WHERE p.until IS NULL OR p.until > as_of;
END;
COMMENT ON FUNCTION release_periods(date) IS
'The inactivity periods in force from as_of on: each from its day (NULL: in force at as_of), and which clocks run out in it, those after clock_after up to clock_through.';

-- Written to be inlined, so that a filter on one manager reaches the facts: what
-- is known of an account is found for each of its holders.
CREATE FUNCTION release_clock(as_of date)
RETURNS TABLE (
    manager_id integer, account_id integer, bindings bigint, bound_on date, sold_on date,
    release_on date, held_back boolean, clock_on date, overdue numeric, overdue_since date, extended_until date)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 100000
BEGIN ATOMIC
    SELECT c.manager_id, c.account_id, c.bindings, c.bound_on, c.sold_on,
        r.release_on, c.overdue IS NOT NULL OR (e.until > r.release_on) IS TRUE, c.clock_on, c.overdue, c.overdue_since, e.until
    FROM (
        SELECT s.manager_id, s.account_id, s.bindings, s.bound_on, s.sold_on, greatest(s.bound_on, s.sold_on) AS clock_on,
            w.overdue, w.overdue_since
        FROM (
            SELECT g.manager_id, g.account_id, max(g.bindings) AS bindings, max(g.bound_on) AS bound_on,
                max(coalesce(t.last_on, last_day(t.month))) AS sold_on
            FROM (
                SELECT b.manager_id, o.account_id, count(*) AS bindings, min(b.bound_on) AS bound_on
                FROM binding b
                JOIN organization o ON o.id = b.organization_id
                GROUP BY b.manager_id, o.account_id
            ) g
            JOIN organization a ON a.account_id = g.account_id
            LEFT JOIN turnover t ON t.organization_id = a.id AND t.amount > 0
            GROUP BY g.manager_id, g.account_id
        ) s
        LEFT JOIN (
            SELECT h.manager_id, h.account_id, sum(d.amount) AS overdue, min(d.since) AS overdue_since
            FROM (
                SELECT DISTINCT b.manager_id, o.account_id
                FROM overdue d
                JOIN organization x ON x.id = d.organization_id
                JOIN organization o ON o.account_id = x.account_id
                JOIN binding b ON b.organization_id = o.id
                WHERE d.amount > 0
            ) h
            JOIN organization a ON a.account_id = h.account_id
            JOIN overdue d ON d.organization_id = a.id AND d.amount > 0
            GROUP BY h.manager_id, h.account_id
        ) w ON w.manager_id = s.manager_id AND w.account_id = s.account_id
    ) c
    LEFT JOIN release_periods(as_of) p
        ON c.clock_on <= p.clock_through AND (p.clock_after IS NULL OR c.clock_on > p.clock_after)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN p.months IS NOT NULL
            THEN greatest(p.since, (c.clock_on + make_interval(months => p.months))::date) END AS release_on
    ) r
    LEFT JOIN extension_at(as_of) e ON e.manager_id = c.manager_id AND e.account_id = c.account_id;
END;
COMMENT ON FUNCTION release_clock(date) IS
'For every account in every base on what day its clock stands (the later of its earliest bound_on there and the last sale to any of its organizations), when it is released by the policy of as_of and what is set after it (NULL where no inactivity period is set), and the overdue receivables or the extension that hold it back. Due at a day, by release_due, is what has release_on by then.';

CREATE TYPE release_plan AS (
    account_ids integer[], bindings bigint, held_back bigint, refusal text);
COMMENT ON TYPE release_plan IS 'What a release would do.';
COMMENT ON COLUMN release_plan.account_ids IS 'Accounts that are due, those of one manager together.';
COMMENT ON COLUMN release_plan.bindings IS 'How many bindings that ends.';
COMMENT ON COLUMN release_plan.held_back IS 'Pairs that are due but held back by overdue receivables or an extension of the hold.';
COMMENT ON COLUMN release_plan.refusal IS 'Why it must not be done unless forced; empty if nothing speaks against it.';

CREATE FUNCTION plan_release(as_of date) RETURNS release_plan
LANGUAGE plpgsql STABLE
SET search_path = @base@, kbnorms, pg_temp
SET jit = off
AS $$
DECLARE
    plan release_plan;
    bounds policy;
    stale text;
    total bigint;
BEGIN
    -- Managers are locked by who ends their bindings: keep theirs together.
    SELECT array_agg(d.account_id) FILTER (WHERE NOT d.held_back),
        coalesce(sum(cardinality(d.organization_ids)) FILTER (WHERE NOT d.held_back), 0),
        count(*) FILTER (WHERE d.held_back)
    INTO plan.account_ids, plan.bindings, plan.held_back
    FROM (SELECT * FROM release_due(plan_release.as_of) ORDER BY manager_id, account_id) d;

    SELECT * INTO bounds FROM policy p
    WHERE p.effective_from <= plan_release.as_of ORDER BY p.effective_from DESC LIMIT 1;

    -- A feed that is not loaded looks like silence of every client.
    SELECT string_agg(translated('feed "%s" is loaded through %s, needed is %s', n.name,
            coalesce(f.loaded_through::text, translated('no day')), n.needed), '; ' ORDER BY n.name DESC)
    INTO stale
    FROM (SELECT unnest(ARRAY['turnover', 'overdue']),
            plan_release.as_of - bounds.max_feed_lag_days) AS n(name, needed)
    LEFT JOIN feed f ON f.name = n.name
    WHERE n.needed IS NOT NULL AND (f.loaded_through IS NULL OR f.loaded_through < n.needed);

    SELECT count(*) INTO total FROM binding;
    plan.refusal := nullif(concat_ws('; ', stale,
        CASE WHEN (plan.bindings > bounds.max_unbind_count OR bounds.max_unbind_count IS NULL)
                AND (plan.bindings > bounds.max_unbind_share * total OR bounds.max_unbind_share IS NULL)
                AND num_nonnulls(bounds.max_unbind_count, bounds.max_unbind_share) > 0
            THEN translated('%s of %s bindings are due, above the bounds of one run: %s and a share of %s', plan.bindings, total,
                coalesce(bounds.max_unbind_count::text, translated('any number')),
                coalesce(bounds.max_unbind_share::text, translated('any')))
        END), '');
    RETURN plan;
END
$$;
COMMENT ON FUNCTION plan_release(date) IS
'What a release at as_of would do and whether it must be refused. Used by unbind_inactive.';

CREATE FUNCTION check_release(as_of date, dry_run boolean, force boolean, reason text) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    PERFORM require_owner(this_base());
    IF as_of IS NULL OR dry_run IS NULL OR force IS NULL THEN
        RAISE EXCEPTION '%', translated('%s of unbind_inactive must not be null',
            CASE WHEN as_of IS NULL THEN 'as_of' WHEN dry_run IS NULL THEN 'dry_run' ELSE 'force' END)
            USING ERRCODE = 'null_value_not_allowed';
    ELSIF as_of > today() OR NOT isfinite(as_of) THEN
        RAISE EXCEPTION '%', translated('cannot release clients as of %s, today is %s', as_of, today())
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = translated('What will have been sold by then is not known.'),
                  HINT = translated('Give a day that has come; unbinding_forecast shows what is to be released later.');
    ELSIF force AND coalesce(btrim(reason), '') = '' THEN
        RAISE EXCEPTION '%', translated('a forced release needs a reason')
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = translated('CALL unbind_inactive(force => true, reason => ''why the bounds do not apply'').');
    END IF;
END
$$;
COMMENT ON FUNCTION check_release(date, boolean, boolean, text) IS
'Refuses impossible arguments of unbind_inactive, and whoever does not own the base.';

CREATE FUNCTION dry_release(as_of date) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    plan CONSTANT release_plan := plan_release(as_of);
BEGIN
    INSERT INTO job_run (job, as_of, state, released, held_back, error, finished_at, pid)
    VALUES ('unbind_inactive', dry_release.as_of, 'dry', plan.bindings, plan.held_back, plan.refusal,
        clock_timestamp(), pg_backend_pid());
    IF plan.refusal IS NOT NULL THEN
        RAISE WARNING '%', translated('unbind_inactive would refuse: %s', plan.refusal);
    END IF;
    RAISE NOTICE '%', translated('unbind_inactive would release %s bindings, %s accounts are held back by overdue receivables or an extension',
        plan.bindings, plan.held_back);
END
$$;
COMMENT ON FUNCTION dry_release(date) IS
'Records and says what a release would do. Used by unbind_inactive.';

CREATE FUNCTION release_batch(run_id bigint, as_of date, account_ids integer[]) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
SET jit = off
SET enable_seqscan = off -- a batch is small against every table
AS $$
DECLARE
    ended CONSTANT bigint := release_bindings(this_base(), as_of, account_ids, run_id);
BEGIN
    UPDATE job_run r SET released = r.released + ended WHERE r.id = run_id;
    RETURN ended;
END
$$;
COMMENT ON FUNCTION release_batch(bigint, date, integer[]) IS
'Releases some of the accounts of a plan and notes the progress of the run. Used by unbind_inactive.';

-- Nothing here has SET or commits inside a block with EXCEPTION: a procedure
-- could not commit then.  Every name is therefore written in full.
CREATE PROCEDURE release_inactive(
    as_of date, force boolean, reason text, slot timestamptz,
    INOUT run_id bigint DEFAULT NULL, INOUT failure text DEFAULT NULL)
LANGUAGE plpgsql
AS $$
DECLARE
    batch CONSTANT integer := 10000;
    plan @base@.release_plan;
    outcome text := 'done';
    message text;
    released bigint := 0;
BEGIN
    run_id := NULL;
    failure := NULL;
    PERFORM @base@.check_release(as_of, false, force, reason);
    IF NOT kbnorms.lock_job(@base@.this_base(), 'unbind_inactive') THEN
        RETURN;
    END IF;
    run_id := @base@.open_job_run('unbind_inactive', slot, as_of, force, reason);
    COMMIT;

    BEGIN
        plan := @base@.plan_release(as_of);
        IF plan.refusal IS NOT NULL AND NOT force THEN
            outcome := 'refused';
            failure := '55000';
            message := plan.refusal;
        END IF;
    EXCEPTION WHEN OTHERS THEN
        outcome := 'failed';
        failure := SQLSTATE;
        message := SQLERRM;
    END;

    FOR start IN 1 .. coalesce(cardinality(plan.account_ids), 0) BY batch LOOP
        EXIT WHEN outcome <> 'done';
        BEGIN
            released := released
                + @base@.release_batch(run_id, as_of, plan.account_ids[start : start + batch - 1]);
            RAISE NOTICE '%', kbnorms.translated('unbind_inactive: %s of %s bindings released', released, plan.bindings);
        EXCEPTION WHEN OTHERS THEN
            outcome := 'failed';
            failure := SQLSTATE;
            message := SQLERRM;
        END;
        COMMIT;
    END LOOP;

    PERFORM @base@.close_job_run(run_id, outcome, message, plan.held_back,
        CASE outcome WHEN 'done' THEN released END);
    IF plan.held_back > 0 THEN
        RAISE NOTICE '%', kbnorms.translated('unbind_inactive: %s accounts are held back by overdue receivables or an extension', plan.held_back);
    END IF;
    COMMIT;
    PERFORM kbnorms.unlock_job(@base@.this_base(), 'unbind_inactive');
END
$$;
COMMENT ON PROCEDURE release_inactive(date, boolean, text, timestamptz, bigint, text) IS
'One run of the release with its row in job_run; failure is the SQLSTATE of what stopped it, no run_id says that another one is under way. Used by unbind_inactive and run_jobs.';

CREATE PROCEDURE unbind_inactive(
    as_of date DEFAULT kbnorms.today(), dry_run boolean DEFAULT false,
    force boolean DEFAULT false, reason text DEFAULT NULL)
LANGUAGE plpgsql
AS $$
DECLARE
    run_id bigint;
    failure text;
BEGIN
    IF dry_run IS NOT FALSE THEN -- the check refuses NULL
        PERFORM @base@.check_release(as_of, dry_run, force, reason);
        PERFORM @base@.dry_release(as_of);
        RETURN;
    END IF;
    CALL @base@.release_inactive(as_of, force, reason, NULL, run_id, failure);
    IF run_id IS NULL THEN
        PERFORM @base@.skip_job_run('unbind_inactive', as_of);
        RAISE WARNING '%', kbnorms.translated('%s is running in another session, nothing was done here', 'unbind_inactive');
    ELSIF failure IS NOT NULL THEN
        PERFORM @base@.raise_job_error(run_id, failure);
    END IF;
END
$$;
COMMENT ON PROCEDURE unbind_inactive(date, boolean, boolean, text) IS
'Releases the accounts that have been silent for the inactivity period and owe nothing, in batches that are committed; to be called at top level. dry_run only records and says what would be released; force, with a reason, goes past stale feeds and the bounds of a run.';
