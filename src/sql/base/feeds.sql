-- What the ERP sends: turnover, receivables and activities, from a staging
-- relation or straight from a foreign table.  A load is one transaction: what it
-- read and how far it vouches for becomes visible together, or not at all.
-- Rows that say what is known already are not written again.

CREATE FUNCTION begin_feed(feed_name text, loaded_through date) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    IF loaded_through > today() OR NOT isfinite(loaded_through) THEN
        RAISE EXCEPTION '%', translated('feed "%s" cannot be loaded through %s, today is %s', feed_name, loaded_through, today())
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = translated('Give the last day that the facts cover in full, or leave it out where they do not say.');
    END IF;
    -- Who loads the same feed at the same time waits here.
    INSERT INTO feed (name, loaded_at) VALUES (feed_name, NULL) ON CONFLICT (name) DO NOTHING;
    PERFORM FROM feed f WHERE f.name = feed_name FOR UPDATE;
END
$$;
COMMENT ON FUNCTION begin_feed(text, date) IS
'Begins a load of a feed: one at a time.';

CREATE FUNCTION end_feed(feed_name text, kind text, source regclass, loaded_through date) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    lost bigint;
BEGIN
    -- A fact of a client of ours that could not be read is not there: nobody
    -- vouches for that day.  Those of people whom we do not know are no loss.
    SELECT count(*) INTO lost
    FROM import_reject r
    WHERE r.source = end_feed.source::text AND r.kind = end_feed.kind
        AND r.column_name NOT IN ('organization_id', 'inn', 'manager_id', 'personnel_no');
    IF lost > 0 AND loaded_through IS NOT NULL THEN
        RAISE WARNING '%', translated('feed "%s" does not move to %s: %s rows of known clients and managers were rejected', feed_name, loaded_through, lost)
            USING DETAIL = translated('What could be read is loaded. Table import_reject has the rest, with reasons.'),
                  HINT = translated('Mend the rows and load again.');
    END IF;
    UPDATE feed f
    SET loaded_at = now(),
        loaded_through = CASE WHEN lost > 0 THEN f.loaded_through ELSE greatest(f.loaded_through, end_feed.loaded_through) END
    WHERE f.name = feed_name;
END
$$;
COMMENT ON FUNCTION end_feed(text, text, regclass, date) IS
'Ends a load of a feed: it moves forward, never back, to the day that the load vouches for; not if rows of known clients were rejected.';

CREATE FUNCTION load_turnover(source regclass, loaded_through date DEFAULT NULL, sum_rows boolean DEFAULT false) RETURNS import_result
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    result import_result;
BEGIN
    PERFORM check_load_source('turnover', source);
    IF sum_rows IS NULL THEN
        RAISE EXCEPTION '%', translated('%s of load_turnover must not be null', 'sum_rows') USING ERRCODE = 'null_value_not_allowed';
    END IF;
    PERFORM begin_feed('turnover', loaded_through);
    result := run_load('turnover', source, $query$
        sound AS (
            SELECT n.row_no, n.organization, n.named_organization, n.month, n.amount, n.last_on, CASE
                WHEN n.problem IS NOT NULL THEN n.problem
                WHEN n.month > month(today()) THEN ARRAY['month', n.month::text, translated('month %s has not begun', n.month)]
                WHEN n.last_on > today() THEN ARRAY['last_on', n.last_on::text, translated('last_on %s lies in the future', n.last_on)]
                WHEN month(n.last_on) <> n.month
                    THEN ARRAY['last_on', n.last_on::text, translated('last_on %s is not in month %s', n.last_on, n.month)]
                END AS fault
            FROM named n),
        $query$ || CASE WHEN sum_rows THEN $query$
        checked AS (SELECT s.*, false AS repeated FROM sound s),
        $query$ ELSE $query$
        checked AS MATERIALIZED (
            SELECT s.row_no, s.organization, s.month, s.amount, s.last_on, CASE
                WHEN s.fault IS NOT NULL THEN s.fault
                WHEN min(s.amount) OVER one < max(s.amount) OVER one
                    OR min(coalesce(s.last_on, '-infinity')) OVER one < max(coalesce(s.last_on, '-infinity')) OVER one
                    THEN ARRAY['month', s.month::text, translated('another row says something else of this organization and month')]
                END AS fault,
                row_number() OVER (one ORDER BY s.row_no) > 1 AS repeated
            FROM sound s
            WINDOW one AS (PARTITION BY s.fault IS NULL, s.named_organization, s.month)),
        $query$ END || $query$
        grouped AS (
            -- What was merged is one organization, with the sales of all of it.
            SELECT min(c.row_no) AS row_no, c.organization, c.month, sum(c.amount) AS amount,
                coalesce(max(c.last_on) FILTER (WHERE c.amount > 0), max(c.last_on)) AS last_on,
                count(*) AS n, NULL::text[] AS fault, false AS repeated
            FROM checked c
            WHERE c.fault IS NULL AND NOT c.repeated
            GROUP BY c.organization, c.month
            UNION ALL
            SELECT c.row_no, c.organization, c.month, c.amount, c.last_on, 1, c.fault, c.repeated
            FROM checked c
            WHERE c.fault IS NOT NULL OR c.repeated),
        judged AS MATERIALIZED (
            SELECT g.row_no, g.n, g.fault, g.organization, g.month, g.amount, coalesce(g.last_on, t.last_on) AS last_on,
                g.repeated OR coalesce(t.amount = g.amount AND (g.last_on IS NULL OR t.last_on = g.last_on), false) AS present
            FROM grouped g
            LEFT JOIN turnover t ON t.organization_id = g.organization AND t.month = g.month AND g.fault IS NULL)
        $query$, $query$
        INSERT INTO turnover AS t (organization_id, month, amount, last_on)
        SELECT j.organization, j.month, j.amount, j.last_on
        FROM judged j
        WHERE j.fault IS NULL AND NOT j.present
        ORDER BY j.month, j.organization -- a month lies together, as turnover_month wants it
        ON CONFLICT (organization_id, month) DO UPDATE SET amount = excluded.amount, last_on = excluded.last_on
        RETURNING 1 AS n
        $query$);
    PERFORM end_feed('turnover', 'turnover', source, loaded_through);
    RETURN result;
END
$$;
COMMENT ON FUNCTION load_turnover(regclass, date, boolean) IS
'Loads turnover from a relation with organization_id or inn, month, amount and perhaps last_on; a row for a known month corrects it. With sum_rows the rows of an organization and month are added up, else those that differ are rejected. loaded_through is the last day that the rows cover in full.';

CREATE FUNCTION load_overdue(source regclass, loaded_through date DEFAULT NULL, partial boolean DEFAULT false) RETURNS import_result
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    result import_result;
    known bigint;
BEGIN
    PERFORM check_load_source('overdue', source);
    IF partial IS NULL THEN
        RAISE EXCEPTION '%', translated('%s of load_overdue must not be null', 'partial') USING ERRCODE = 'null_value_not_allowed';
    END IF;
    PERFORM begin_feed('overdue', loaded_through);
    SELECT count(*) INTO known FROM overdue;
    result := run_load('overdue', source, $query$
        checked AS MATERIALIZED (
            SELECT n.row_no, n.organization, n.amount, n.since, CASE
                WHEN n.problem IS NOT NULL THEN n.problem
                WHEN n.since > today() THEN ARRAY['since', n.since::text, translated('since %s lies in the future', n.since)]
                WHEN min(n.amount) OVER one < max(n.amount) OVER one
                    OR min(coalesce(n.since, '-infinity')) OVER one < max(coalesce(n.since, '-infinity')) OVER one
                    THEN ARRAY['amount', n.amount::text, translated('another row says something else of this organization')]
                END AS fault,
                row_number() OVER (one ORDER BY n.row_no) > 1 AS repeated
            FROM named n
            WINDOW one AS (PARTITION BY n.problem IS NULL, n.named_organization)),
        grouped AS (
            -- What was merged is one organization, with the debts of all of it.
            SELECT min(c.row_no) AS row_no, c.organization, sum(c.amount) AS amount, min(c.since) AS since,
                count(*) AS n, NULL::text[] AS fault, false AS repeated
            FROM checked c
            WHERE c.fault IS NULL AND NOT c.repeated
            GROUP BY c.organization
            UNION ALL
            SELECT c.row_no, c.organization, c.amount, c.since, 1, c.fault, c.repeated
            FROM checked c
            WHERE c.fault IS NOT NULL OR c.repeated),
        judged AS MATERIALIZED (
            SELECT g.row_no, g.n, g.fault, g.organization, g.amount, coalesce(g.since, d.since) AS since,
                g.repeated OR coalesce(d.amount = g.amount AND (g.since IS NULL OR d.since = g.since), false) AS present
            FROM grouped g
            LEFT JOIN overdue d ON d.organization_id = g.organization AND g.fault IS NULL)
        $query$ || CASE WHEN partial THEN '' ELSE $query$,
        paid AS (
            -- Whoever is named in a row that was rejected keeps what he has.
            DELETE FROM overdue d
            WHERE NOT EXISTS (SELECT FROM judged j WHERE j.organization = d.organization_id))
        $query$ END, $query$
        INSERT INTO overdue AS d (organization_id, amount, since)
        SELECT j.organization, j.amount, j.since
        FROM judged j
        WHERE j.fault IS NULL AND NOT j.present
        ON CONFLICT (organization_id) DO UPDATE SET amount = excluded.amount, since = excluded.since
        RETURNING 1 AS n
        $query$);
    -- An empty or a wrong file must not look as if everybody had paid.
    IF NOT partial AND known > 0 AND result.imported + result.present = 0 THEN
        RAISE EXCEPTION '%', translated('relation "%s" has no row of a known organization and would clear the receivables of all %s', source, known)
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = translated('A full list is expected: who is not in it owes nothing any more.'),
                  HINT = translated('Look whether the source is complete. If nobody owes anything, DELETE FROM overdue first; rows that only change some are loaded with partial => true.');
    END IF;
    PERFORM end_feed('overdue', 'overdue', source, loaded_through);
    RETURN result;
END
$$;
COMMENT ON FUNCTION load_overdue(regclass, date, boolean) IS
'Loads overdue receivables from a relation with organization_id or inn, amount and perhaps since. It is the full list: organizations that are not in it are cleared; with partial only those in it change. loaded_through is the day that the list was drawn up for.';

CREATE FUNCTION load_activities(source regclass, loaded_through date DEFAULT NULL) RETURNS import_result
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    result import_result;
BEGIN
    PERFORM check_load_source('activities', source);
    PERFORM begin_feed('activity', loaded_through);
    result := run_load('activities', source, $query$
        sound AS (
            SELECT n.row_no, n.organization, n.manager, n.external_id, k.code::activity_kind AS kind, n.happened_on, n.outside_office, CASE
                WHEN n.problem IS NOT NULL THEN n.problem
                WHEN k.code IS NULL THEN ARRAY['kind', n.kind, translated('kind "%s" is neither meeting nor cold_call', n.kind)]
                WHEN n.happened_on > today()
                    THEN ARRAY['happened_on', n.happened_on::text, translated('happened_on %s lies in the future', n.happened_on)]
                END AS fault
            FROM named n
            LEFT JOIN load_words() k ON k.list = 'activity' AND k.word = lower(n.kind)),
        grouped AS (
            SELECT s.*, count(*) OVER one > count(*) OVER same AS differs, row_number() OVER (same ORDER BY s.row_no) > 1 AS repeated
            FROM sound s
            WINDOW one AS (PARTITION BY s.fault IS NULL, s.external_id),
                same AS (PARTITION BY s.fault IS NULL, s.external_id, s.organization, s.manager, s.kind, s.happened_on, s.outside_office)),
        judged AS MATERIALIZED (
            SELECT g.row_no, 1::bigint AS n, a.id, g.organization, g.manager, g.external_id, g.kind, g.happened_on, g.outside_office,
                CASE
                    WHEN g.fault IS NOT NULL THEN g.fault
                    WHEN g.differs THEN ARRAY['external_id', g.external_id, translated('another row says something else of external_id "%s"', g.external_id)]
                END AS fault,
                g.repeated OR a.id IS NOT NULL
                    AND (a.organization_id, a.manager_id, a.kind, a.happened_on, a.outside_office)
                        IS NOT DISTINCT FROM (g.organization, g.manager, g.kind, g.happened_on, g.outside_office) AS present
            FROM grouped g
            LEFT JOIN activity a ON a.external_id = g.external_id AND g.fault IS NULL),
        corrected AS (
            UPDATE activity a
            SET organization_id = j.organization, manager_id = j.manager, kind = j.kind,
                happened_on = j.happened_on, outside_office = j.outside_office
            FROM judged j
            WHERE a.external_id = j.external_id AND j.id IS NOT NULL AND j.fault IS NULL AND NOT j.present
            RETURNING 1 AS n),
        added AS (
            INSERT INTO activity (organization_id, manager_id, external_id, kind, happened_on, outside_office)
            SELECT j.organization, j.manager, j.external_id, j.kind, j.happened_on, j.outside_office
            FROM judged j
            WHERE j.id IS NULL AND j.fault IS NULL AND NOT j.present
            ORDER BY j.happened_on, j.row_no
            RETURNING 1 AS n)
        $query$, 'SELECT n FROM corrected UNION ALL SELECT n FROM added');
    PERFORM end_feed('activity', 'activities', source, loaded_through);
    RETURN result;
END
$$;
COMMENT ON FUNCTION load_activities(regclass, date) IS
'Loads meetings and cold calls from a relation with external_id, manager_id or personnel_no, kind, happened_on and perhaps organization_id or inn, outside_office. external_id tells a repeated or corrected row from another meeting with the same client. loaded_through is the last day that the rows cover in full.';

CREATE FUNCTION rights_of_loader() RETURNS SETOF text
LANGUAGE plpgsql STABLE
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    RETURN NEXT format('USAGE ON SCHEMA %s', this_base());
    RETURN NEXT 'SELECT ON organization, manager, position, specialization, client_group, potential, turnover, overdue, activity, feed, import_reject';
    RETURN NEXT 'INSERT, UPDATE ON turnover, activity, feed';
    RETURN NEXT 'INSERT, UPDATE, DELETE ON overdue';
    RETURN NEXT 'INSERT, DELETE ON import_reject';
    RETURN NEXT 'EXECUTE ON FUNCTION load_turnover(regclass, date, boolean), load_overdue(regclass, date, boolean), '
        'load_activities(regclass, date), begin_feed(text, date), end_feed(text, text, regclass, date), load_words(), '
        'this_base(), load_columns(text), check_load_source(text, regclass), staged_rows(text, regclass), named_rows(text), '
        'run_load(text, regclass, text, text), read_boolean(text), read_month(text)';
END
$$;
COMMENT ON FUNCTION rights_of_loader() IS
'The rights that loading the feeds takes, as GRANT and REVOKE name them.';

CREATE FUNCTION grant_loading(role_name text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    rights text;
BEGIN
    PERFORM require_owner(this_base());
    FOR rights IN SELECT r FROM rights_of_loader() r LOOP
        EXECUTE format('GRANT %s TO %I', rights, role_name);
    END LOOP;
END
$$;
COMMENT ON FUNCTION grant_loading(text) IS
'Lets a role load turnover, receivables and activities, and nothing else. For the owner of the base.';

CREATE FUNCTION revoke_loading(role_name text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    rights text;
BEGIN
    PERFORM require_owner(this_base());
    FOR rights IN SELECT r FROM rights_of_loader() r LOOP
        EXECUTE format('REVOKE %s FROM %I', rights, role_name);
    END LOOP;
    -- What it may besides as somebody else it keeps.
    FOR rights IN
        SELECT DISTINCT r
        FROM authority a, rights_of(a.capacity) r
        WHERE a.role_name = revoke_loading.role_name AND (a.until IS NULL OR a.until > today())
    LOOP
        EXECUTE format('GRANT %s TO %I', rights, role_name);
    END LOOP;
END
$$;
COMMENT ON FUNCTION revoke_loading(text) IS
'Takes back what grant_loading gave. For the owner of the base.';
