-- The first load: what the old system holds goes in as it is, if it is sound;
-- what the norms say of it is then for the reports.  It only adds: what is there
-- already and says the same is present, and what says something else is rejected.

CREATE FUNCTION unit_names() RETURNS TABLE (name text, unit_id integer, at_top boolean)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    -- A whole path goes before the end of a longer one.
    WITH RECURSIVE up AS (
        SELECT u.id AS unit_id, u.name, u.parent_id, ARRAY[u.id] AS route
        FROM unit u
        UNION ALL
        SELECT up.unit_id, p.name || '/' || up.name, p.parent_id, up.route || p.id
        FROM up
        JOIN unit p ON p.id = up.parent_id AND p.id <> ALL (up.route))
    SELECT up.name,
        CASE
            WHEN count(*) FILTER (WHERE up.parent_id IS NULL) = 1 THEN min(up.unit_id) FILTER (WHERE up.parent_id IS NULL)
            WHEN count(*) = 1 THEN min(up.unit_id)
        END,
        count(*) FILTER (WHERE up.parent_id IS NULL) > 0
    FROM up
    GROUP BY up.name;
END;
COMMENT ON FUNCTION unit_names() IS
'What a unit may be called: its path from the top, or any end of it that belongs to one unit alone; unit_id is NULL where it belongs to several, and at_top says of a whole path.';

CREATE FUNCTION territory_names() RETURNS TABLE (name text, territory_id integer)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT n.name, CASE WHEN count(DISTINCT n.id) = 1 THEN min(n.id) END
    FROM (
        SELECT t.name, t.id FROM territory t
        UNION ALL
        SELECT u.name || '/' || t.name, t.id FROM territory t JOIN unit_names() u ON u.unit_id = t.unit_id) n
    GROUP BY n.name;
END;
COMMENT ON FUNCTION territory_names() IS
'What a territory may be called: its name, or that of its unit, a slash and its name; territory_id is NULL where several are called so.';

CREATE FUNCTION first_difference(said jsonb, there jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT s.key FROM jsonb_each(said) WITH ORDINALITY AS s(key, value, n) WHERE there -> s.key IS DISTINCT FROM s.value ORDER BY s.n LIMIT 1;
END;
COMMENT ON FUNCTION first_difference(jsonb, jsonb) IS
'The first column in which a row to import differs from the row that is there; NULL if in none.';

CREATE FUNCTION compared_rows(judged text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN format($query$
        %s AS MATERIALIZED (
            SELECT k.*, 1::bigint AS n, k.there IS NOT NULL OR row_number() OVER (one ORDER BY k.row_no) > 1 AS present, CASE
                WHEN k.problem IS NOT NULL THEN k.problem
                WHEN k.said <> k.there
                    THEN ARRAY[first_difference(k.said, k.there), k.said ->> first_difference(k.said, k.there),
                        translated('%%s is there already, and says something else', k.key)]
                WHEN k.there IS NULL AND count(*) OVER one > count(*) OVER same
                    THEN ARRAY[k.key_column, k.key, translated('another row says something else of %%s', k.key)]
                END AS fault
            FROM known k
            WINDOW one AS (PARTITION BY k.problem IS NULL, k.key),
                same AS (PARTITION BY k.problem IS NULL, k.key, k.said))
        $query$, judged);
COMMENT ON FUNCTION compared_rows(text) IS
'The query of that name which compares the rows of known with what is there and with each other: known has row_no, problem, key_column and key (what the row is about), said and there (what the row and the base say of it).';

CREATE FUNCTION import_rows_of(kind text, source regclass, changed regclass, judged text, written text) RETURNS import_result
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    result import_result;
    sequence CONSTANT text := (
        SELECT pg_get_serial_sequence(changed::text, a.attname) FROM pg_attribute a WHERE a.attrelid = changed AND a.attname = 'id');
BEGIN
    PERFORM require_owner(this_base());
    PERFORM check_load_source(kind, source);
    -- What was there before the run stays so until its end.
    EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', changed);
    result := run_load(kind, source, judged, written);
    IF sequence IS NOT NULL AND result.imported > 0 THEN
        EXECUTE format('SELECT setval(%L, greatest(max(t.id), (SELECT s.last_value FROM %s s))) FROM %s t', sequence, sequence, changed);
    END IF;
    RETURN result;
END
$$;
COMMENT ON FUNCTION import_rows_of(text, regclass, regclass, text, text) IS
'One kind of the first load, see run_load: for the owner alone, while nobody else writes the table; then the sequence of its ids stands behind them.';

CREATE FUNCTION import_units(source regclass) RETURNS import_result
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    RETURN import_rows_of('units', source, 'unit', $query$
        split AS MATERIALIZED (
            SELECT n.row_no, n.path, w.code AS kind, n.city, coalesce(n.name, substring(n.path from '[^/]*$')) AS name,
                CASE WHEN n.path IS NULL THEN n.parent ELSE substring(n.path from '^(.*)/') END AS above,
                CASE
                    WHEN n.problem IS NOT NULL THEN n.problem
                    WHEN num_nonnulls(n.path, n.name) = 2 AND substring(n.path from '[^/]*$') <> n.name
                        THEN ARRAY['name', n.name, translated('path %s does not end with name "%s"', n.path, n.name)]
                    WHEN n.path ~ '^/|//|/$' THEN ARRAY['path', n.path, translated('path %s has an empty name in it', n.path)]
                    WHEN n.path IS NULL AND n.name ~ '/' THEN ARRAY['name', n.name, translated('name "%s" has a slash in it', n.name)]
                    WHEN w.code IS NULL THEN ARRAY['kind', n.kind, translated('kind "%s" is no kind of unit', n.kind)]
                END AS problem
            FROM named n
            LEFT JOIN load_words() w ON w.list = 'unit' AND w.word = lower(n.kind)),
        placed AS MATERIALIZED (
            -- From the top down, below what is there and below rows of the source.
            WITH RECURSIVE down AS (
                SELECT s.row_no, s.name, coalesce(p.path || '/', '') || s.name AS path
                FROM split s
                LEFT JOIN (
                    SELECT u.name, t.name AS path
                    FROM unit_names() u
                    JOIN unit_names() t ON t.unit_id = u.unit_id AND t.at_top) p ON p.name = s.above
                WHERE s.problem IS NULL AND (s.above IS NULL OR p.path IS NOT NULL)
                UNION
                SELECT s.row_no, s.name, d.path || '/' || s.name
                FROM down d
                JOIN split s ON s.problem IS NULL AND (s.above = d.path OR s.above = d.name)
                WHERE length(d.path) < 2000)
            SELECT d.row_no, min(d.path) AS path, count(DISTINCT d.path) AS places
            FROM down d
            GROUP BY d.row_no),
        known AS MATERIALIZED (
            SELECT s.row_no, p.path AS key, s.kind, s.city, s.name, CASE WHEN s.path IS NULL THEN 'name' ELSE 'path' END AS key_column,
                CASE
                    WHEN s.problem IS NOT NULL THEN s.problem
                    WHEN p.path IS NULL THEN ARRAY[CASE WHEN s.path IS NULL THEN 'parent' ELSE 'path' END, coalesce(s.path, s.above),
                        translated('unit "%s" is not known', s.above)]
                    WHEN p.places > 1 THEN ARRAY[CASE WHEN s.path IS NULL THEN 'parent' ELSE 'path' END, coalesce(s.path, s.above),
                        translated('several units are called "%s"; give its path', s.above)]
                END AS problem,
                jsonb_build_object('kind', s.kind, 'city', s.city) AS said,
                CASE WHEN u.id IS NOT NULL THEN jsonb_build_object('kind', u.kind, 'city', u.city) END AS there
            FROM split s
            LEFT JOIN placed p ON p.row_no = s.row_no
            LEFT JOIN unit_names() e ON e.name = p.path AND e.at_top
            LEFT JOIN unit u ON u.id = e.unit_id),
        $query$ || compared_rows('compared') || $query$,
        held AS MATERIALIZED (
            -- What is below a unit that is rejected is rejected too.
            WITH RECURSIVE down AS (
                SELECT c.row_no, c.key
                FROM compared c
                WHERE c.fault IS NULL AND NOT c.present
                    AND (c.key NOT LIKE '%/%' OR EXISTS (
                        SELECT FROM unit_names() e WHERE e.name = substring(c.key from '^(.*)/') AND e.at_top))
                UNION ALL
                SELECT c.row_no, c.key
                FROM down d
                JOIN compared c ON c.fault IS NULL AND NOT c.present AND substring(c.key from '^(.*)/') = d.key)
            SELECT d.row_no, d.key,
                (SELECT coalesce(max(u.id), 0) FROM unit u) + row_number() OVER (ORDER BY length(d.key) - length(replace(d.key, '/', '')), d.row_no) AS id
            FROM down d),
        judged AS MATERIALIZED (
            SELECT c.row_no, c.n, c.key, c.name, c.kind, c.city, c.present, h.id, CASE
                WHEN c.fault IS NOT NULL THEN c.fault
                WHEN NOT c.present AND h.id IS NULL THEN ARRAY[c.key_column, c.key,
                    translated('unit "%s" is not known', substring(c.key from '^(.*)/'))]
                END AS fault
            FROM compared c
            LEFT JOIN held h ON h.row_no = c.row_no)
        $query$, $query$
        INSERT INTO unit (id, parent_id, kind, name, city)
        SELECT j.id, coalesce(a.id, e.unit_id), j.kind::unit_kind, j.name, j.city
        FROM judged j
        LEFT JOIN held a ON a.key = substring(j.key from '^(.*)/')
        LEFT JOIN unit_names() e ON e.name = substring(j.key from '^(.*)/') AND e.at_top
        WHERE j.fault IS NULL AND NOT j.present
        ORDER BY j.id
        RETURNING 1 AS n
        $query$);
END
$$;
COMMENT ON FUNCTION import_units(regclass) IS
'First load of units from a relation with path (Centre/Region/Cluster/Office), or name and parent, and kind, perhaps city, in any order. For the owner of the base.';

CREATE FUNCTION import_territories(source regclass) RETURNS import_result
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    RETURN import_rows_of('territories', source, 'territory', $query$
        known AS MATERIALIZED (
            SELECT n.row_no, n.name, u.unit_id, 'name' AS key_column, concat_ws('/', n.unit, n.name) AS key,
                CASE
                    WHEN n.problem IS NOT NULL THEN n.problem
                    WHEN n.unit IS NOT NULL AND u.name IS NULL THEN ARRAY['unit', n.unit, translated('unit "%s" is not known', n.unit)]
                    WHEN n.unit IS NOT NULL AND u.unit_id IS NULL
                        THEN ARRAY['unit', n.unit, translated('several units are called "%s"; give its path', n.unit)]
                END AS problem,
                jsonb_build_object('unit', u.unit_id) AS said, CASE WHEN t.id IS NOT NULL THEN jsonb_build_object('unit', t.unit_id) END AS there
            FROM named n
            LEFT JOIN unit_names() u ON u.name = n.unit
            LEFT JOIN (SELECT DISTINCT ON (t.name, t.unit_id) t.* FROM territory t) t
                ON t.name = n.name AND coalesce(t.unit_id, 0) = coalesce(u.unit_id, 0)),
        $query$ || compared_rows('judged'), $query$
        INSERT INTO territory (id, unit_id, name)
        SELECT (SELECT coalesce(max(t.id), 0) FROM territory t) + row_number() OVER (ORDER BY j.row_no), j.unit_id, j.name
        FROM judged j
        WHERE j.fault IS NULL AND NOT j.present
        RETURNING 1 AS n
        $query$);
END
$$;
COMMENT ON FUNCTION import_territories(regclass) IS
'First load of territories from a relation with name and perhaps unit. For the owner of the base.';

CREATE FUNCTION import_managers(source regclass) RETURNS import_result
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    RETURN import_rows_of('managers', source, 'manager', $query$
        known AS MATERIALIZED (
            SELECT n.row_no, n.id, n.personnel_no, n.full_name, n.hired_on, n.novice_since, n.left_on,
                CASE WHEN n.personnel_no IS NULL THEN 'id' ELSE 'personnel_no' END AS key_column,
                coalesce(n.personnel_no, n.id::text) AS key,
                CASE
                    WHEN n.problem IS NOT NULL THEN n.problem
                    WHEN n.id NOT BETWEEN 1 AND 2147483647 THEN ARRAY['id', n.id::text, translated('%s "%s" is not a number', 'id', n.id)]
                    WHEN n.left_on < n.hired_on
                        THEN ARRAY['left_on', n.left_on::text, translated('left_on %s is before hired_on %s', n.left_on, n.hired_on)]
                    WHEN min(n.personnel_no) OVER twin < max(n.personnel_no) OVER twin
                        THEN ARRAY['id', n.id::text, translated('another row has the same id, %s', n.id)]
                END AS problem,
                jsonb_build_object('full_name', n.full_name, 'hired_on', n.hired_on, 'novice_since', n.novice_since,
                    'left_on', n.left_on, 'personnel_no', n.personnel_no, 'id', n.id) AS said,
                CASE WHEN coalesce(p.id, m.id) IS NOT NULL THEN jsonb_build_object('full_name', coalesce(p.full_name, m.full_name),
                    'hired_on', coalesce(p.hired_on, m.hired_on),
                    'novice_since', CASE WHEN p.id IS NULL THEN m.novice_since ELSE p.novice_since END,
                    'left_on', CASE WHEN p.id IS NULL THEN m.left_on ELSE p.left_on END,
                    'personnel_no', CASE WHEN n.personnel_no IS NOT NULL THEN coalesce(p.personnel_no, m.personnel_no) END,
                    'id', CASE WHEN n.id IS NOT NULL THEN coalesce(p.id, m.id) END) END AS there
            FROM named n
            LEFT JOIN manager p ON p.personnel_no = n.personnel_no
            LEFT JOIN manager m ON m.id = n.id
            WINDOW twin AS (PARTITION BY coalesce(n.id, -n.row_no))),
        $query$ || compared_rows('judged'), $query$
        INSERT INTO manager (id, personnel_no, full_name, hired_on, novice_since, left_on)
        SELECT coalesce(j.id, greatest((SELECT max(m.id) FROM manager m), (SELECT max(e.id) FROM judged e WHERE e.fault IS NULL), 0)
                + row_number() OVER (PARTITION BY j.id IS NULL ORDER BY j.row_no)),
            j.personnel_no, j.full_name, j.hired_on, j.novice_since, j.left_on
        FROM judged j
        WHERE j.fault IS NULL AND NOT j.present
        RETURNING 1 AS n
        $query$);
END
$$;
COMMENT ON FUNCTION import_managers(regclass) IS
'First load of people from a relation with personnel_no or id, full_name, hired_on and perhaps novice_since, left_on. For the owner of the base.';

CREATE FUNCTION import_posts(source regclass) RETURNS import_result
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    RETURN import_rows_of('posts', source, 'manager_post', $query$
        known AS MATERIALIZED (
            SELECT n.row_no, n.manager, n.since, w.code AS "position", s.code AS specialization, u.unit_id,
                coalesce(l.id, e.id) AS lead_id, 'since' AS key_column, format('%s %s', n.manager, n.since) AS key,
                CASE
                    WHEN n.problem IS NOT NULL THEN n.problem
                    WHEN w.code IS NULL THEN ARRAY['position', n."position", translated('position "%s" is not known', n."position")]
                    WHEN n.specialization IS NOT NULL AND s.code IS NULL
                        THEN ARRAY['specialization', n.specialization, translated('specialization "%s" is not known', n.specialization)]
                    WHEN u.name IS NULL THEN ARRAY['unit', n.unit, translated('unit "%s" is not known', n.unit)]
                    WHEN u.unit_id IS NULL THEN ARRAY['unit', n.unit, translated('several units are called "%s"; give its path', n.unit)]
                    WHEN n.lead_id IS NOT NULL AND l.id IS NULL
                        THEN ARRAY['lead_id', n.lead_id::text, translated('manager %s is not known', n.lead_id)]
                    WHEN n.lead_id IS NULL AND n.lead_personnel_no IS NOT NULL AND e.id IS NULL
                        THEN ARRAY['lead_personnel_no', n.lead_personnel_no, translated('manager %s is not known', n.lead_personnel_no)]
                    WHEN coalesce(l.id, e.id) = n.manager
                        THEN ARRAY[CASE WHEN l.id IS NULL THEN 'lead_personnel_no' ELSE 'lead_id' END,
                            coalesce(n.lead_id::text, n.lead_personnel_no), translated('nobody leads himself')]
                END AS problem,
                jsonb_build_object('position', w.code, 'specialization', s.code, 'unit', u.unit_id, 'lead_id', coalesce(l.id, e.id)) AS said,
                CASE WHEN p.manager_id IS NOT NULL THEN jsonb_build_object('position', p."position", 'specialization', p.specialization,
                    'unit', p.unit_id, 'lead_id', p.lead_id) END AS there
            FROM named n
            LEFT JOIN load_words() w ON w.list = 'position' AND w.word = lower(n."position")
            LEFT JOIN load_words() s ON s.list = 'specialization' AND s.word = lower(n.specialization)
            LEFT JOIN unit_names() u ON u.name = n.unit
            LEFT JOIN manager l ON l.id = n.lead_id
            LEFT JOIN manager e ON e.personnel_no = n.lead_personnel_no AND n.lead_id IS NULL
            LEFT JOIN manager_post p ON p.manager_id = n.manager AND p.since = n.since),
        $query$ || compared_rows('judged'), $query$
        INSERT INTO manager_post (manager_id, since, "position", specialization, unit_id, lead_id)
        SELECT j.manager, j.since, j."position", j.specialization, j.unit_id, j.lead_id
        FROM judged j
        WHERE j.fault IS NULL AND NOT j.present
        RETURNING 1 AS n
        $query$);
END
$$;
COMMENT ON FUNCTION import_posts(regclass) IS
'First load of posts from a relation with manager_id or personnel_no, since, position, unit and perhaps specialization, lead_id or lead_personnel_no. For the owner of the base.';

CREATE FUNCTION import_manager_territories(source regclass) RETURNS import_result
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    RETURN import_rows_of('manager_territories', source, 'manager_territory', $query$
        known AS MATERIALIZED (
            SELECT n.row_no, n.manager, t.territory_id, n.since, n.until, 'since' AS key_column,
                format('%s %s %s', n.manager, n.territory, n.since) AS key,
                CASE
                    WHEN n.problem IS NOT NULL THEN n.problem
                    WHEN t.name IS NULL THEN ARRAY['territory', n.territory, translated('territory "%s" is not known', n.territory)]
                    WHEN t.territory_id IS NULL
                        THEN ARRAY['territory', n.territory, translated('several territories are called "%s"; give its unit before it: unit/territory', n.territory)]
                    WHEN n.until <= n.since THEN ARRAY['until', n.until::text, translated('until %s is not after since %s', n.until, n.since)]
                END AS problem,
                jsonb_build_object('until', n.until) AS said,
                CASE WHEN m.manager_id IS NOT NULL THEN jsonb_build_object('until', m.until) END AS there
            FROM named n
            LEFT JOIN territory_names() t ON t.name = n.territory
            LEFT JOIN manager_territory m ON m.manager_id = n.manager AND m.territory_id = t.territory_id AND m.since = n.since),
        $query$ || compared_rows('judged'), $query$
        INSERT INTO manager_territory (manager_id, territory_id, since, until)
        SELECT j.manager, j.territory_id, j.since, j.until
        FROM judged j
        WHERE j.fault IS NULL AND NOT j.present
        RETURNING 1 AS n
        $query$);
END
$$;
COMMENT ON FUNCTION import_manager_territories(regclass) IS
'First load of whose a territory is, from a relation with manager_id or personnel_no, territory, since and perhaps until. For the owner of the base.';

CREATE FUNCTION import_organizations(source regclass) RETURNS import_result
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    RETURN import_rows_of('organizations', source, 'organization', $query$
        known AS MATERIALIZED (
            SELECT n.row_no, n.id, n.inn, n.name, n.head_id, n.head_inn, coalesce(hn.id, hi.id) AS head, coalesce(hn.head_id, hi.head_id) AS heads_head,
                num_nonnulls(n.head_id, n.head_inn) > 0 AS is_linked,
                g.code AS client_group, p.code AS potential, n.city, t.territory_id,
                CASE WHEN n.inn IS NULL THEN 'id' ELSE 'inn' END AS key_column, coalesce(n.inn::text, n.id::text) AS key,
                CASE
                    WHEN n.problem IS NOT NULL THEN n.problem
                    WHEN n.id NOT BETWEEN 1 AND 2147483647 THEN ARRAY['id', n.id::text, translated('%s "%s" is not a number', 'id', n.id)]
                    WHEN min(n.inn::text) OVER twin < max(n.inn::text) OVER twin OR count(n.inn) OVER twin NOT IN (0, count(*) OVER twin)
                        THEN ARRAY['id', n.id::text, translated('another row has the same id, %s', n.id)]
                    WHEN n.client_group IS NOT NULL AND g.code IS NULL
                        THEN ARRAY['client_group', n.client_group, translated('client group "%s" is not known', n.client_group)]
                    WHEN n.potential IS NOT NULL AND p.code IS NULL
                        THEN ARRAY['potential', n.potential, translated('potential "%s" is not known', n.potential)]
                    WHEN n.territory IS NOT NULL AND t.name IS NULL
                        THEN ARRAY['territory', n.territory, translated('territory "%s" is not known', n.territory)]
                    WHEN n.territory IS NOT NULL AND t.territory_id IS NULL
                        THEN ARRAY['territory', n.territory, translated('several territories are called "%s"; give its unit before it: unit/territory', n.territory)]
                END AS problem,
                jsonb_build_object('name', n.name, 'client_group', g.code, 'potential', p.code, 'city', n.city, 'territory', t.territory_id,
                    'inn', n.inn, 'id', n.id, CASE WHEN n.head_id IS NULL THEN 'head_inn' ELSE 'head_id' END,
                    coalesce(hn.id::text, hi.id::text, n.head_id::text, n.head_inn::text)) AS said,
                CASE WHEN o.id IS NOT NULL THEN jsonb_build_object('name', o.name, 'client_group', o.client_group, 'potential', o.potential,
                    'city', o.city, 'territory', o.territory_id, 'inn', CASE WHEN n.inn IS NOT NULL THEN o.inn END,
                    'id', CASE WHEN n.id IS NOT NULL THEN o.id END,
                    CASE WHEN n.head_id IS NULL THEN 'head_inn' ELSE 'head_id' END, o.head_id::text) END AS there
            FROM named n
            LEFT JOIN load_words() g ON g.list = 'client_group' AND g.word = lower(n.client_group)
            LEFT JOIN load_words() p ON p.list = 'potential' AND p.word = lower(n.potential)
            LEFT JOIN territory_names() t ON t.name = n.territory
            LEFT JOIN organization i ON i.inn = n.inn
            LEFT JOIN organization o ON o.id = coalesce(i.id, n.id)
            LEFT JOIN organization hn ON hn.id = n.head_id
            LEFT JOIN organization hi ON hi.inn = n.head_inn AND n.head_id IS NULL
            WINDOW twin AS (PARTITION BY coalesce(n.id, -n.row_no))),
        $query$ || compared_rows('compared') || $query$,
        judged AS MATERIALIZED (
            -- A head is in the base or in the source, and is linked to none itself.
            SELECT c.row_no, c.n, c.id, c.inn, c.name, c.client_group, c.potential, c.city, c.territory_id, c.present, c.head,
                coalesce(sn.row_no, si.row_no) AS head_row_no,
                CASE
                    WHEN c.fault IS NOT NULL THEN c.fault
                    WHEN c.present OR NOT c.is_linked THEN NULL
                    WHEN c.head_id = c.id OR c.head_id IS NULL AND c.head_inn = c.inn OR sn.row_no = c.row_no OR si.row_no = c.row_no
                        THEN ARRAY[l.head_column, l.head_key, translated('an organization is not linked to itself')]
                    WHEN c.heads_head IS NOT NULL OR sn.is_linked OR si.is_linked
                        THEN ARRAY[l.head_column, l.head_key, translated('organization %s is itself linked, and can be no head', l.head_key)]
                    WHEN coalesce(c.head, sn.row_no, si.row_no) IS NULL
                        THEN ARRAY[l.head_column, l.head_key, translated('organization %s is not known', l.head_key)]
                END AS fault
            FROM compared c
            CROSS JOIN LATERAL (SELECT CASE WHEN c.head_id IS NULL THEN 'head_inn' ELSE 'head_id' END,
                coalesce(c.head_id::text, c.head_inn::text)) AS l(head_column, head_key)
            LEFT JOIN compared sn ON sn.id = c.head_id AND sn.fault IS NULL AND NOT sn.present AND c.head IS NULL
            LEFT JOIN compared si ON si.inn = c.head_inn AND c.head_id IS NULL AND si.fault IS NULL AND NOT si.present AND c.head IS NULL),
        numbered AS MATERIALIZED (
            SELECT j.*, coalesce(j.id, greatest((SELECT max(o.id) FROM organization o), (SELECT max(e.id) FROM judged e WHERE e.fault IS NULL), 0)
                + row_number() OVER (PARTITION BY j.id IS NULL ORDER BY j.row_no))::integer AS number
            FROM judged j
            WHERE j.fault IS NULL AND NOT j.present)
        $query$, $query$
        SELECT import_organization_rows(this_base(), array_agg(m.number), array_agg(m.inn::text), array_agg(m.name),
            array_agg(coalesce(m.head, h.number)), array_agg(m.client_group), array_agg(m.potential), array_agg(m.city),
            array_agg(m.territory_id)) AS n
        FROM numbered m
        LEFT JOIN numbered h ON h.row_no = m.head_row_no
        $query$);
END
$$;
COMMENT ON FUNCTION import_organizations(regclass) IS
'First load of organizations with their links from a relation with inn or id, name and perhaps head_inn or head_id, client_group, potential, city, territory. Links are logged and ask for no memo. For the owner of the base.';

CREATE FUNCTION import_bindings(source regclass) RETURNS import_result
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    RETURN import_rows_of('bindings', source, 'binding', $query$
        known AS MATERIALIZED (
            SELECT n.row_no, n.organization, n.manager, n.bound_on, coalesce(n.additional, false) AS additional, n.territory_exception,
                e.organization_id IS NOT NULL AS is_bound,
                coalesce(b.bound_on = n.bound_on AND b.additional = coalesce(n.additional, false), false)
                    AND nullif(btrim(b.territory_exception), '') IS NOT DISTINCT FROM n.territory_exception AS is_same,
                CASE
                    WHEN n.problem IS NOT NULL THEN n.problem
                    WHEN n.bound_on > today() THEN ARRAY['bound_on', n.bound_on::text, translated('bound_on %s lies in the future', n.bound_on)]
                END AS fault
            FROM named n
            LEFT JOIN binding b ON b.organization_id = n.organization AND b.manager_id = n.manager
            LEFT JOIN (SELECT DISTINCT d.organization_id FROM binding d) e ON e.organization_id = n.organization),
        judged AS MATERIALIZED (
            -- The sound ones beside each other and beside what was bound before.
            SELECT k.row_no, 1::bigint AS n, k.organization, k.manager, k.bound_on, k.additional, k.territory_exception,
                k.is_same AS present,
                CASE
                    WHEN k.fault IS NOT NULL THEN k.fault
                    WHEN k.is_same THEN NULL
                    WHEN k.is_bound THEN ARRAY['organization_id', k.organization::text,
                        translated('the organization was bound before this import')]
                    WHEN count(*) OVER pair > count(*) OVER same
                        THEN ARRAY['organization_id', k.organization::text,
                            translated('another row says something else of this organization and manager')]
                    WHEN NOT k.additional
                        AND min(k.manager) FILTER (WHERE NOT k.additional) OVER client
                            < max(k.manager) FILTER (WHERE NOT k.additional) OVER client
                        THEN ARRAY['manager_id', k.manager::text,
                            translated('another row names another main manager of this organization')]
                    WHEN row_number() OVER (same ORDER BY k.row_no) > 1
                        THEN ARRAY['organization_id', k.organization::text, translated('the row is a repetition')]
                END AS fault
            FROM known k
            WINDOW client AS (PARTITION BY k.fault IS NULL, k.organization),
                pair AS (PARTITION BY k.fault IS NULL, k.organization, k.manager),
                same AS (PARTITION BY k.fault IS NULL, k.organization, k.manager, k.bound_on,
                    k.additional, k.territory_exception))
        $query$, $query$
        SELECT import_rows(this_base(), array_agg(j.organization), array_agg(j.manager), array_agg(j.bound_on),
            array_agg(j.additional), array_agg(j.territory_exception)) AS n
        FROM judged j
        WHERE j.fault IS NULL AND NOT j.present
        $query$);
END
$$;
COMMENT ON FUNCTION import_bindings(regclass) IS
'First load of bindings from a staging relation, past the norms but not past what is sound; counts what was read, imported, present before, and rejected (to import_reject, with the reason). For the owner of the base.';

CREATE FUNCTION import_history(source regclass) RETURNS import_result
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    PERFORM require_owner(this_base());
    PERFORM check_load_source('history', source);
    -- Nobody else ends a binding meanwhile.
    LOCK TABLE binding, binding_log IN SHARE ROW EXCLUSIVE MODE;
    RETURN run_load('history', source, $query$
        known AS MATERIALIZED (
            SELECT n.row_no, n.organization, n.manager, n.held_from, n.held_until, coalesce(n.additional, false) AS additional,
                CASE
                    WHEN n.problem IS NOT NULL THEN n.problem
                    WHEN n.held_until <= n.held_from
                        THEN ARRAY['held_until', n.held_until::text, translated('held_until %s is not after held_from %s', n.held_until, n.held_from)]
                    WHEN n.held_until > today()
                        THEN ARRAY['held_until', n.held_until::text, translated('held_until %s lies in the future', n.held_until)]
                END AS problem
            FROM named n),
        beside AS MATERIALIZED (
            -- What is told already: just so, or against the row.
            SELECT k.*,
                EXISTS (
                    SELECT FROM holding h
                    WHERE h.organization_id = k.organization AND h.manager_id = k.manager AND h.held_from = k.held_from
                        AND h.held_until = k.held_until AND h.additional = k.additional) AS is_there,
                EXISTS (
                    SELECT FROM holding h
                    WHERE h.organization_id = k.organization
                        AND h.held_from < k.held_until AND coalesce(h.held_until, 'infinity') > greatest(k.held_from, h.held_from)
                        AND (h.manager_id = k.manager OR NOT h.additional AND NOT k.additional)) AS is_denied,
                row_number() OVER (PARTITION BY k.problem IS NULL, k.organization, k.manager, k.held_from, k.held_until, k.additional
                    ORDER BY k.row_no) > 1 AS repeated
            FROM known k),
        judged AS MATERIALIZED (
            -- Beside each other in time: a row overlaps if one that began
            -- before it has not ended, or the next begins before its end.
            SELECT b.row_no, 1::bigint AS n, b.organization, b.manager, b.held_from, b.held_until, b.additional,
                b.is_there OR b.repeated AS present,
                CASE
                    WHEN b.problem IS NOT NULL THEN b.problem
                    WHEN b.is_there OR b.repeated THEN NULL
                    WHEN b.is_denied THEN ARRAY['held_from', b.held_from::text,
                        translated('the base says something else of who held the organization from %s to %s', b.held_from, b.held_until)]
                    WHEN max(b.held_until) OVER (pair ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) > b.held_from
                        OR lead(b.held_from) OVER pair < b.held_until
                        THEN ARRAY['held_from', b.held_from::text, translated('another row of this organization and manager overlaps with it')]
                    WHEN NOT b.additional AND (
                        max(b.held_until) OVER (main ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) > b.held_from
                        OR lead(b.held_from) OVER main < b.held_until)
                        THEN ARRAY['held_from', b.held_from::text, translated('another row names another main manager of this organization')]
                END AS fault
            FROM beside b
            WINDOW pair AS (PARTITION BY b.problem IS NULL AND NOT b.repeated, b.organization, b.manager ORDER BY b.held_from, b.row_no),
                main AS (PARTITION BY b.problem IS NULL AND NOT b.repeated, b.additional, b.organization ORDER BY b.held_from, b.row_no))
        $query$, $query$
        INSERT INTO binding_log (organization_id, manager_id, bound_on, unbound_on, additional, change, reason)
        SELECT j.organization, j.manager, j.held_from, j.held_until, j.additional, 'unbind', 'import'
        FROM judged j
        WHERE j.fault IS NULL AND NOT j.present
        ORDER BY j.held_until, j.row_no
        RETURNING 1 AS n
        $query$);
END
$$;
COMMENT ON FUNCTION import_history(regclass) IS
'First load of who held what before, from a relation with organization_id or inn, manager_id or personnel_no, held_from, held_until and perhaps additional; rows that contradict each other or the base are rejected. For the owner of the base.';

CREATE TYPE import_company_row AS (kind text, source text, read bigint, imported bigint, present bigint, rejected bigint);
COMMENT ON TYPE import_company_row IS 'What came of one staging relation; row of import_company.';
COMMENT ON COLUMN import_company_row.kind IS 'What was loaded; the name of the staging relation.';
COMMENT ON COLUMN import_company_row.source IS 'The staging relation, with its schema.';
COMMENT ON COLUMN import_company_row.read IS 'Rows of the source.';
COMMENT ON COLUMN import_company_row.imported IS 'Rows that went in.';
COMMENT ON COLUMN import_company_row.present IS 'Rows that were there just so.';
COMMENT ON COLUMN import_company_row.rejected IS 'Rows that went to import_reject.';

CREATE FUNCTION import_company(staging regnamespace, loaded_through date DEFAULT NULL) RETURNS SETOF import_company_row
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    source regclass;
    result import_result;
    is_empty boolean := true;
    staged_kind text;
BEGIN
    PERFORM require_owner(this_base());
    IF staging IS NULL THEN
        RAISE EXCEPTION '%', translated('the source of an import must not be null')
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = translated('Name the schema that holds the tables; create_staging makes them.');
    END IF;
    FOREACH staged_kind IN ARRAY load_kinds() LOOP
        source := to_regclass(format('%s.%I', staging, staged_kind));
        CONTINUE WHEN source IS NULL;
        is_empty := false;
        result := CASE staged_kind
            WHEN 'units' THEN import_units(source)
            WHEN 'territories' THEN import_territories(source)
            WHEN 'managers' THEN import_managers(source)
            WHEN 'posts' THEN import_posts(source)
            WHEN 'manager_territories' THEN import_manager_territories(source)
            WHEN 'organizations' THEN import_organizations(source)
            WHEN 'bindings' THEN import_bindings(source)
            WHEN 'history' THEN import_history(source)
            WHEN 'turnover' THEN load_turnover(source, loaded_through)
            WHEN 'overdue' THEN load_overdue(source, loaded_through)
            WHEN 'activities' THEN load_activities(source, loaded_through)
        END;
        RETURN NEXT ROW(staged_kind, format('%s.%I', staging, staged_kind), result.read, result.imported, result.present, result.rejected)::import_company_row;
    END LOOP;
    IF is_empty THEN
        RAISE EXCEPTION '%', translated('schema "%s" has no table or view to import', staging)
            USING ERRCODE = 'undefined_table',
                  HINT = translated('They are found by their names: %s.', array_to_string(load_kinds(), ', '));
    END IF;
END
$$;
COMMENT ON FUNCTION import_company(regnamespace, date) IS
'The first load of a whole company in one transaction: runs what there is of the imports and loads, in their order, over the tables and views of a schema that are named like the kinds (units, territories, managers, posts, manager_territories, organizations, bindings, history, turnover, overdue, activities). For the owner of the base.';

CREATE FUNCTION create_staging(schema text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    staged_kind text;
BEGIN
    PERFORM require_owner(this_base());
    EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', schema);
    FOREACH staged_kind IN ARRAY load_kinds() LOOP
        EXECUTE format('CREATE TABLE %I.%I (%s)', schema, staged_kind, (
            SELECT string_agg(format('%I text', c.name), ', ' ORDER BY c.place) FROM load_columns(staged_kind) c));
    END LOOP;
END
$$;
COMMENT ON FUNCTION create_staging(text) IS
'Makes empty tables for import_company in a schema, one for each kind and all columns text, to be filled by COPY. For the owner of the base.';
