-- What every load has in common: first load and feeds.  A load reads a staging
-- relation once, in one statement: every row of it is there already, or goes
-- in, or goes to import_reject; a wrong value costs its row, not the load.

CREATE FUNCTION this_base() RETURNS regnamespace
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT c.relnamespace::regnamespace FROM pg_class c WHERE c.oid = 'binding'::regclass;
END;
COMMENT ON FUNCTION this_base() IS
'The schema of this client base, whatever it is called now.';

CREATE TYPE import_result AS (read bigint, imported bigint, present bigint, rejected bigint);
COMMENT ON TYPE import_result IS 'What came of the rows of a load: read = imported + present + rejected.';
COMMENT ON COLUMN import_result.read IS 'Rows of the source.';
COMMENT ON COLUMN import_result.imported IS 'Rows that went in, as new ones or as corrections.';
COMMENT ON COLUMN import_result.present IS 'Rows that were there just so, before the run or by an earlier row of the source.';
COMMENT ON COLUMN import_result.rejected IS 'Rows that went to import_reject.';

CREATE FUNCTION load_kinds() RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY['units', 'territories', 'managers', 'posts', 'manager_territories', 'organizations',
    'bindings', 'history', 'turnover', 'overdue', 'activities'];
COMMENT ON FUNCTION load_kinds() IS
'What can be loaded, in the order in which one stands on the other.';

-- What a load of each kind reads.  Columns of one subject name it in several
-- ways: of what is needed, one of them has to be there.
CREATE FUNCTION load_columns(kind text)
RETURNS TABLE (place bigint, name text, reads text, subject text, needed boolean)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT row_number() OVER (), c.name, c.reads, c.subject, c.needed
    FROM (VALUES
        ('units', 'path', 'text', 'unit', true),
        ('units', 'name', 'text', 'unit', true),
        ('units', 'kind', 'text', 'kind', true),
        ('units', 'parent', 'text', 'parent', false),
        ('units', 'city', 'text', 'city', false),
        ('territories', 'name', 'text', 'name', true),
        ('territories', 'unit', 'text', 'unit', false),
        ('managers', 'personnel_no', 'text', 'person', true),
        ('managers', 'id', 'number', 'person', true),
        ('managers', 'full_name', 'text', 'full_name', true),
        ('managers', 'hired_on', 'date', 'hired_on', true),
        ('managers', 'novice_since', 'date', 'novice_since', false),
        ('managers', 'left_on', 'date', 'left_on', false),
        ('posts', 'manager_id', 'number', 'manager', true),
        ('posts', 'personnel_no', 'text', 'manager', true),
        ('posts', 'since', 'date', 'since', true),
        ('posts', 'position', 'text', 'position', true),
        ('posts', 'unit', 'text', 'unit', true),
        ('posts', 'specialization', 'text', 'specialization', false),
        ('posts', 'lead_id', 'number', 'lead', false),
        ('posts', 'lead_personnel_no', 'text', 'lead', false),
        ('manager_territories', 'manager_id', 'number', 'manager', true),
        ('manager_territories', 'personnel_no', 'text', 'manager', true),
        ('manager_territories', 'territory', 'text', 'territory', true),
        ('manager_territories', 'since', 'date', 'since', true),
        ('manager_territories', 'until', 'date', 'until', false),
        ('organizations', 'inn', 'inn', 'client', true),
        ('organizations', 'id', 'number', 'client', true),
        ('organizations', 'name', 'text', 'name', true),
        ('organizations', 'head_inn', 'inn', 'head', false),
        ('organizations', 'head_id', 'number', 'head', false),
        ('organizations', 'client_group', 'text', 'client_group', false),
        ('organizations', 'potential', 'text', 'potential', false),
        ('organizations', 'city', 'text', 'city', false),
        ('organizations', 'territory', 'text', 'territory', false),
        ('bindings', 'organization_id', 'number', 'organization', true),
        ('bindings', 'inn', 'inn', 'organization', true),
        ('bindings', 'manager_id', 'number', 'manager', true),
        ('bindings', 'personnel_no', 'text', 'manager', true),
        ('bindings', 'bound_on', 'date', 'bound_on', true),
        ('bindings', 'additional', 'boolean', 'additional', false),
        ('bindings', 'territory_exception', 'text', 'territory_exception', false),
        ('history', 'organization_id', 'number', 'organization', true),
        ('history', 'inn', 'inn', 'organization', true),
        ('history', 'manager_id', 'number', 'manager', true),
        ('history', 'personnel_no', 'text', 'manager', true),
        ('history', 'held_from', 'date', 'held_from', true),
        ('history', 'held_until', 'date', 'held_until', true),
        ('history', 'additional', 'boolean', 'additional', false),
        ('turnover', 'organization_id', 'number', 'organization', true),
        ('turnover', 'inn', 'inn', 'organization', true),
        ('turnover', 'month', 'month', 'month', true),
        ('turnover', 'amount', 'amount', 'amount', true),
        ('turnover', 'last_on', 'date', 'last_on', false),
        ('overdue', 'organization_id', 'number', 'organization', true),
        ('overdue', 'inn', 'inn', 'organization', true),
        ('overdue', 'amount', 'amount', 'amount', true),
        ('overdue', 'since', 'date', 'since', false),
        ('activities', 'external_id', 'text', 'external_id', true),
        ('activities', 'manager_id', 'number', 'manager', true),
        ('activities', 'personnel_no', 'text', 'manager', true),
        ('activities', 'kind', 'text', 'kind', true),
        ('activities', 'happened_on', 'date', 'happened_on', true),
        ('activities', 'organization_id', 'number', 'organization', false),
        ('activities', 'inn', 'inn', 'organization', false),
        ('activities', 'outside_office', 'boolean', 'outside_office', false)
        ) AS c(kind, name, reads, subject, needed)
    WHERE c.kind = load_columns.kind;
END;
COMMENT ON FUNCTION load_columns(text) IS
'The columns that a load of that kind reads, how it reads them, what they name, and whether a source must have that.';

CREATE FUNCTION check_load_source(kind text, source regclass) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    needed text;
    also text;
    missing text;
    unread text;
BEGIN
    SELECT string_agg(s.names, ', ' ORDER BY s.place) FILTER (WHERE s.needed),
        string_agg(s.names, ', ' ORDER BY s.place) FILTER (WHERE NOT s.needed),
        string_agg(s.names, ', ' ORDER BY s.place) FILTER (WHERE s.needed AND NOT s.given)
    INTO needed, also, missing
    FROM (
        SELECT min(c.place) AS place, c.needed, string_agg(c.name, translated(' or ') ORDER BY c.place) AS names,
            bool_or(a.attname IS NOT NULL) AS given
        FROM load_columns(kind) c
        LEFT JOIN pg_attribute a ON a.attrelid = source AND a.attname = c.name AND a.attnum > 0 AND NOT a.attisdropped
        GROUP BY c.subject, c.needed) s;
    IF source IS NULL THEN
        RAISE EXCEPTION '%', translated('the source of an import must not be null')
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = translated('Name a table or view with %s.', needed);
    ELSIF missing IS NOT NULL THEN
        RAISE EXCEPTION '%', translated('relation "%s" lacks what an import needs: %s', source, missing)
            USING ERRCODE = 'undefined_column',
                  DETAIL = translated('Needed are %s; there may be %s.', needed, coalesce(also, '-'));
    END IF;
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
    INTO unread
    FROM pg_attribute a
    WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped
        AND NOT EXISTS (SELECT FROM load_columns(kind) c WHERE c.name = a.attname);
    IF unread IS NOT NULL THEN
        RAISE WARNING '%', translated('columns of relation "%s" that are not read: %s', source, unread)
            USING DETAIL = translated('Needed are %s; there may be %s.', needed, coalesce(also, '-'));
    END IF;
END
$$;
COMMENT ON FUNCTION check_load_source(text, regclass) IS
'Refuses a staging relation without the columns that a load of that kind needs, and warns of those that it will not read.';

CREATE FUNCTION read_boolean(value text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    -- Upper and lower case are written out: not every locale knows of Cyrillic.
    SELECT CASE
        WHEN btrim(value) ~* '^(t|true|y|yes|on|1)$' OR btrim(value) IN ('да', 'Да', 'ДА', 'истина', 'Истина', 'ИСТИНА') THEN true
        WHEN btrim(value) ~* '^(f|false|n|no|off|0)$' OR btrim(value) IN ('нет', 'Нет', 'НЕТ', 'ложь', 'Ложь', 'ЛОЖЬ') THEN false
    END;
END;
COMMENT ON FUNCTION read_boolean(text) IS
'Yes or no as files write it, in English and Russian; NULL for anything else.';

-- Upper and lower case are written out where the words are not the company's
-- own: not every locale knows of Cyrillic.
CREATE FUNCTION load_words() RETURNS TABLE (list text, word text, code text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT w.list, lower(w.word) AS word, min(w.code) AS code
    FROM (
        SELECT 'position' AS list, v.word, p.code FROM position p, unnest(ARRAY[p.code, p.abbr, p.name_en, p.name_ru]) AS v(word)
        UNION
        SELECT 'specialization' AS list, v.word, s.code FROM specialization s, unnest(ARRAY[s.code, s.abbr, s.name_en, s.name_ru]) AS v(word)
        UNION
        SELECT 'client_group' AS list, v.word, g.code FROM client_group g, unnest(ARRAY[g.code, g.abbr, g.name_en, g.name_ru]) AS v(word)
        UNION
        SELECT 'potential' AS list, p.code AS word, p.code FROM potential p
        UNION
        SELECT f.list, f.word, f.code
        FROM (VALUES
            ('unit', 'centre', 'centre'), ('unit', 'ЦП', 'centre'), ('unit', 'region', 'region'), ('unit', 'РЦ', 'region'),
            ('unit', 'cluster', 'cluster'), ('unit', 'куст', 'cluster'), ('unit', 'Куст', 'cluster'),
            ('unit', 'office', 'office'), ('unit', 'ОП', 'office'), ('unit', 'service', 'service'), ('unit', 'ООК', 'service'),
            ('unit', 'vtc', 'vtc'), ('unit', 'ВТЦ', 'vtc'),
            ('activity', 'meeting', 'meeting'), ('activity', 'встреча', 'meeting'), ('activity', 'Встреча', 'meeting'),
            ('activity', 'cold_call', 'cold_call'), ('activity', 'cold call', 'cold_call'),
            ('activity', 'холодный звонок', 'cold_call'), ('activity', 'Холодный звонок', 'cold_call')) AS f(list, word, code)) w
    WHERE w.word IS NOT NULL
    GROUP BY w.list, lower(w.word)
    HAVING count(DISTINCT w.code) = 1;
END;
COMMENT ON FUNCTION load_words() IS
'What files call the codes of a list: code, abbreviation or name, in lower case; what would stand for two codes is left out.';

CREATE FUNCTION read_month(value text) RETURNS kbnorms.month
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT kbnorms.month(kbnorms.read_date(CASE
        WHEN value ~ '^\s*\d{4}-\d{2}\s*$' THEN btrim(value) || '-01'
        WHEN value ~ '^\s*\d{1,2}\.\d{4}\s*$' THEN '01.' || btrim(value)
        ELSE value
    END));
END;
COMMENT ON FUNCTION read_month(text) IS
'A month as files write it, 2010-07 or 07.2010, or as a date in it; NULL for anything else.';

CREATE FUNCTION staged_rows(kind text, source regclass) RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
    -- Each column in the type wanted, and as it was given: text, as CSV brings
    -- it, is read with care, what has a type is cast.
    WITH columns AS (
        SELECT c.place, c.name, c.subject, c.needed, a.attname IS NOT NULL AS given, r.fault,
            CASE
                WHEN a.attname IS NULL THEN 'NULL::' || r.type
                WHEN c.reads IN ('inn', 'month') AND t.typname = c.reads THEN 's.%1$I'
                WHEN t.typcategory = 'S' THEN r.from_text
                -- The day of a moment is the company's.
                WHEN c.reads IN ('date', 'month') AND t.typname = 'timestamptz'
                    THEN replace(r.from_type, 's.%1$I', '(s.%1$I AT TIME ZONE current_setting(''kbnorms.timezone''))')
                ELSE r.from_type
            END AS reader
        FROM load_columns(kind) c
        JOIN (VALUES
            ('number', 'bigint', $q$substring(s.%1$I from '^\s*(\d{1,18})\s*$')::bigint$q$, 's.%1$I::bigint',
                $q$translated('%%s "%%s" is not a number', %1$L, %2$s)$q$),
            ('inn', 'kbnorms.inn', 'read_inn(btrim(s.%1$I))', 'read_inn(s.%1$I::text)',
                $q$translated('%%s "%%s" is not a taxpayer number', %1$L, %2$s)$q$),
            ('text', 'text', $q$nullif(btrim(s.%1$I), '')$q$, $q$nullif(btrim(s.%1$I::text), '')$q$, NULL),
            ('date', 'date', 'read_date(s.%1$I)', 'CASE WHEN isfinite(s.%1$I::date) THEN s.%1$I::date END',
                $q$translated('%%s "%%s" is not a date', %1$L, %2$s)$q$),
            ('month', 'kbnorms.month', 'read_month(s.%1$I)', 'CASE WHEN isfinite(s.%1$I::date) THEN month(s.%1$I::date) END',
                $q$translated('%%s "%%s" is not a month', %1$L, %2$s)$q$),
            ('boolean', 'boolean', 'read_boolean(s.%1$I)', 'read_boolean(s.%1$I::text)',
                $q$translated('%%s "%%s" is neither true nor false', %1$L, %2$s)$q$),
            ('amount', 'numeric', 'read_amount(s.%1$I)',
                $q$CASE WHEN s.%1$I::numeric NOT IN ('NaN', 'Infinity', '-Infinity') THEN s.%1$I::numeric END$q$,
                $q$translated('%%s "%%s" is not an amount', %1$L, %2$s)$q$)
            ) AS r(reads, type, from_text, from_type, fault) ON r.reads = c.reads
        LEFT JOIN pg_attribute a ON a.attrelid = source AND a.attname = c.name AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_type t ON t.oid = a.atttypid)
    SELECT format('SELECT row_no, %s, CASE %s END AS fault FROM (SELECT row_number() OVER () AS row_no, %s FROM %s s) g',
        string_agg(quote_ident(c.name), ', ' ORDER BY c.place),
        (SELECT string_agg(f.condition, ' ' ORDER BY f.place)
         FROM (
            SELECT u.place, format($q$WHEN %1$I IS NULL AND btrim(%2$I::text) <> '' THEN ARRAY[%1$L, btrim(%2$I::text), %3$s]$q$,
                u.name, u.name || '_given', format(u.fault, u.name, format('btrim(%I::text)', u.name || '_given'))) AS condition
            FROM columns u
            WHERE u.given AND u.fault IS NOT NULL
            UNION ALL
            SELECT max(m.place) + 0.5, format($q$WHEN num_nonnulls(%s) = 0 THEN ARRAY[%L, NULL, translated('%%s is missing', %L)]$q$,
                string_agg(quote_ident(m.name), ', '), (array_agg(m.name ORDER BY m.place))[1],
                string_agg(m.name, translated(' or ') ORDER BY m.place))
            FROM columns m
            WHERE m.needed
            GROUP BY m.subject) f),
        string_agg(format(c.reader || ' AS %1$I', c.name)
            || CASE WHEN c.given AND c.fault IS NOT NULL THEN format(', s.%I AS %I', c.name, c.name || '_given') ELSE '' END,
            ', ' ORDER BY c.place),
        source)
    FROM columns c;
END;
COMMENT ON FUNCTION staged_rows(text, regclass) IS
'The query by which a load reads a staging relation: row_no, the columns of load_columns in their types, and in fault what is wrong with the row by itself (column, value, reason).';

CREATE FUNCTION named_rows(kind text) RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
    -- By number where there is one, else by the other key; where both are given
    -- they have to agree.  That somebody is not known goes before other faults.
    -- What was merged into another organization is that one, and named is which.
    WITH subjects AS (
        SELECT s.*
        FROM (VALUES
            ('organization', 'organization_id', 'inn', $q$translated('organization %%s is not known', %s)$q$,
                $q$translated('organization %s has not inn %s', g.organization_id, g.inn)$q$,
                'coalesce(organization.merged_into, organization.id)'),
            ('manager', 'manager_id', 'personnel_no', $q$translated('manager %%s is not known', %s)$q$,
                $q$translated('manager %s has not personnel number %s', g.manager_id, g.personnel_no)$q$, 'manager.id')
            ) AS s(subject, id, key, not_known, not_agreed, meant)
        WHERE EXISTS (SELECT FROM load_columns(kind) c WHERE c.subject = s.subject))
    SELECT 'SELECT g.*'
        || coalesce(string_agg(format(', %2$s AS %1$I, %1$I.id AS %3$I', s.subject, s.meant, 'named_' || s.subject), '' ORDER BY s.subject DESC), '')
        || $q$, CASE WHEN g.fault[1] IN ('organization_id', 'inn', 'manager_id', 'personnel_no') THEN g.fault $q$
        || coalesce(string_agg(format(
            'WHEN %1$I.id IS NULL AND g.%2$I IS NOT NULL THEN ARRAY[%2$L, g.%2$I::text, %4$s] '
            'WHEN %1$I.id IS NULL AND g.%3$I IS NOT NULL THEN ARRAY[%3$L, g.%3$I::text, %5$s] '
            'WHEN %1$I.%3$I <> g.%3$I OR %1$I.%3$I IS NULL AND g.%3$I IS NOT NULL THEN ARRAY[%3$L, g.%3$I::text, %6$s] ',
            s.subject, s.id, s.key, format(s.not_known, 'g.' || quote_ident(s.id)), format(s.not_known, 'g.' || quote_ident(s.key)),
            s.not_agreed), '' ORDER BY s.subject DESC), '')
        || 'ELSE g.fault END AS problem FROM given g '
        || coalesce(string_agg(format(
            'LEFT JOIN %1$I %4$I ON %4$I.%3$I = g.%3$I AND g.%2$I IS NULL '
            'LEFT JOIN %1$I ON %1$I.id = coalesce(g.%2$I, %4$I.id) ',
            s.subject, s.id, s.key, s.subject || '_by_key'), '' ORDER BY s.subject DESC), '')
    FROM subjects s;
END;
COMMENT ON FUNCTION named_rows(text) IS
'The query by which a load finds the organization and the manager that the rows read (given) name, and in problem what is wrong with them so far.';

CREATE FUNCTION run_load(kind text, source regclass, judged text, written text) RETURNS import_result
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
SET jit = off
AS $$
DECLARE
    result import_result;
    written_rows bigint;
    taken_rows bigint;
    failure text;
    message text;
    details text;
    advice text;
    failed_schema text;
    failed_table text;
    failed_constraint text;
BEGIN
    EXECUTE format($query$
        WITH given AS MATERIALIZED (%s),
        named AS (%s),
        %s,
        bad AS MATERIALIZED (
            -- A fault has three parts; asked for them, the planner expects few.
            -- A value that could be read is told as it was, whatever it stands for.
            SELECT j.row_no, j.fault[1] AS column_name, coalesce(to_jsonb(g) ->> j.fault[1], j.fault[2]) AS value,
                j.fault[3] AS reason, jsonb_strip_nulls(to_jsonb(g) - 'fault') AS row_read
            FROM judged j
            JOIN given g ON g.row_no = j.row_no
            WHERE cardinality(j.fault) = 3),
        told AS MATERIALIZED (
            SELECT %L AS source, %L AS kind, b.row_no, b.column_name, b.value, b.reason,
                (CASE WHEN b.value IS NULL THEN b.row_read ELSE jsonb_build_object(b.column_name, b.value) || b.row_read END
                    - 'row_no')::text AS row_values,
                n.organization_id, coalesce(n.inn, CASE b.column_name WHEN 'inn' THEN b.value END) AS inn,
                n.manager_id, n.personnel_no, n.bound_on, n.additional, n.territory_exception
            FROM bad b
            CROSS JOIN LATERAL jsonb_populate_record(NULL::import_reject, b.row_read) n),
        known_rejects AS MATERIALIZED (
            SELECT hashtextextended(concat_ws(' ', r.row_no, r.reason, r.row_values), 0) AS hash
            FROM import_reject r
            WHERE r.source = %L AND r.kind = %L),
        news AS MATERIALIZED (
            -- What was rejected just so by the load before is not told again.
            SELECT (SELECT (count(*), sum(hashtextextended(concat_ws(' ', t.row_no, t.reason, t.row_values), 0)))::text FROM told t)
                <> (SELECT (count(*), sum(k.hash))::text FROM known_rejects k) AS is_new),
        mended AS (
            DELETE FROM import_reject r
            USING news
            WHERE news.is_new AND r.source = %L AND r.kind = %L),
        rejected AS (
            INSERT INTO import_reject (source, kind, row_no, column_name, value, reason, row_values,
                organization_id, inn, manager_id, personnel_no, bound_on, additional, territory_exception)
            SELECT t.*
            FROM told t, news
            WHERE news.is_new
            ORDER BY t.row_no),
        written AS (%s)
        SELECT coalesce(sum(j.n), 0), coalesce(sum(j.n) FILTER (WHERE j.present AND j.fault IS NULL), 0),
            coalesce(sum(j.n) FILTER (WHERE j.fault IS NOT NULL), 0),
            count(*) FILTER (WHERE j.fault IS NULL AND NOT j.present),
            (SELECT coalesce(sum(w.n), 0) FROM written w)
        FROM judged j
        $query$, staged_rows(kind, source), named_rows(kind), judged, source, kind, source, kind, source, kind, written)
    INTO result.read, result.present, result.rejected, taken_rows, written_rows;
    IF written_rows <> taken_rows THEN
        RAISE EXCEPTION '%', translated('import of "%s" wrote %s rows instead of %s', source, written_rows, taken_rows)
            USING ERRCODE = 'triggered_action_exception',
                  HINT = translated('Look for a trigger on the table that is loaded that leaves out rows.');
    END IF;
    result.imported := result.read - result.present - result.rejected;
    RETURN result;
EXCEPTION WHEN OTHERS THEN
    -- The same error, without the pages of SQL that would be its context.
    GET STACKED DIAGNOSTICS failure = RETURNED_SQLSTATE, message = MESSAGE_TEXT, details = PG_EXCEPTION_DETAIL,
        advice = PG_EXCEPTION_HINT, failed_schema = SCHEMA_NAME, failed_table = TABLE_NAME, failed_constraint = CONSTRAINT_NAME;
    details := ltrim(details || ' ') || translated('Nothing of relation "%s" was loaded.', source);
    IF failure = '23514' AND failed_constraint = '' THEN
        advice := translated('Give table "%s" a partition for that month, as its owner: SELECT %s.add_partition(...).', failed_table, failed_schema);
    ELSIF advice = '' THEN
        advice := translated('Load it again once that is mended.');
    END IF;
    IF failed_table = '' THEN
        RAISE EXCEPTION '%', message USING ERRCODE = failure, DETAIL = details, HINT = advice;
    END IF;
    RAISE EXCEPTION '%', message USING ERRCODE = failure, DETAIL = details, HINT = advice,
        SCHEMA = failed_schema, TABLE = failed_table, CONSTRAINT = failed_constraint;
END
$$;
COMMENT ON FUNCTION run_load(text, regclass, text, text) IS
'Loads a staging relation in one statement. judged names queries after given and named of which the last, judged, has for each row row_no, n (how many rows it stands for), fault and present; written writes the rows of judged that are to go in and says in n how many. What is wrong goes to import_reject.';
