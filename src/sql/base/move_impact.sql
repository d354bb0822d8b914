-- What if clients were given to others: the bases that this touches before and
-- after, and what the rules would say of the whole as one statement.
CREATE TYPE move_impact_row AS (
    manager_id integer,
    manager_name text,
    unit_id integer,
    measure text,
    verdict text,
    verdict_then text,
    norm_min numeric,
    norm_min_then numeric,
    norm_max numeric,
    norm_max_then numeric,
    actual numeric,
    actual_then numeric,
    changed boolean,
    organization_id integer,
    from_manager_id integer,
    to_manager_id integer,
    rule text,
    blocks boolean,
    message text,
    remedy text,
    as_of date,
    facts_through date
);
COMMENT ON TYPE move_impact_row IS
'What changes of bindings would do: a measure of a manager whom they touch, or a rule that one of them would break; row of move_impact and moves_impact.';
COMMENT ON COLUMN move_impact_row.manager_id IS 'The manager whose base is judged; of a broken rule who would get the client, else who would lose it.';
COMMENT ON COLUMN move_impact_row.manager_name IS 'His full name.';
COMMENT ON COLUMN move_impact_row.unit_id IS 'Unit of his post today.';
COMMENT ON COLUMN move_impact_row.measure IS 'The measure, as in compliance(month); NULL in the row of a broken rule.';
COMMENT ON COLUMN move_impact_row.verdict IS 'The verdict today.';
COMMENT ON COLUMN move_impact_row.verdict_then IS 'The verdict after the changes.';
COMMENT ON COLUMN move_impact_row.norm_min IS 'The least that meets the norm today.';
COMMENT ON COLUMN move_impact_row.norm_min_then IS 'The least that would meet it after the changes; a share of the accounts follows their number.';
COMMENT ON COLUMN move_impact_row.norm_max IS 'The most that meets the norm today.';
COMMENT ON COLUMN move_impact_row.norm_max_then IS 'The most that would meet it after the changes.';
COMMENT ON COLUMN move_impact_row.actual IS 'The figure today, where it can be said.';
COMMENT ON COLUMN move_impact_row.actual_then IS 'The figure after the changes.';
COMMENT ON COLUMN move_impact_row.changed IS 'Whether verdict, bounds or figure differ; NULL in the row of a broken rule.';
COMMENT ON COLUMN move_impact_row.organization_id IS 'The organization whose change would break a rule; NULL in the row of a measure.';
COMMENT ON COLUMN move_impact_row.from_manager_id IS 'Who would lose it; NULL for a bind.';
COMMENT ON COLUMN move_impact_row.to_manager_id IS 'Who would get it; NULL for an unbind.';
COMMENT ON COLUMN move_impact_row.rule IS 'Code of the rule that would be broken; NULL in the row of a measure.';
COMMENT ON COLUMN move_impact_row.blocks IS 'Whether the rule blocks, so that the statement would be refused; else it would warn.';
COMMENT ON COLUMN move_impact_row.message IS 'What is wrong, in the words of the error.';
COMMENT ON COLUMN move_impact_row.remedy IS 'The least change that would make the rule pass.';
COMMENT ON COLUMN move_impact_row.as_of IS 'The day that all is judged on: today.';
COMMENT ON COLUMN move_impact_row.facts_through IS
'The day through which the facts of a measure are loaded: of turnover and activity the one that is behind; NULL while one was never loaded.';

CREATE FUNCTION changes_impact(organization_ids bigint[], from_manager_ids bigint[], to_manager_ids bigint[])
RETURNS SETOF move_impact_row
LANGUAGE plpgsql STABLE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    touched CONSTANT bigint[] := ARRAY(
        SELECT unnest(from_manager_ids) UNION SELECT unnest(to_manager_ids) EXCEPT SELECT NULL);
    supposed base_at_row[];
BEGIN
    -- First, for it refuses changes that cannot be supposed at all.
    RETURN QUERY
    SELECT p.manager_id, p.manager_name, p.unit_id, NULL::text, NULL::text, NULL::text, NULL::numeric, NULL::numeric,
        NULL::numeric, NULL::numeric, NULL::numeric, NULL::numeric, NULL::boolean,
        c.organization_id, c.from_manager_id, c.to_manager_id, c.code, c.blocks, c.message, c.remedy, today(), NULL::date
    FROM check_changes(this_base(), organization_ids, from_manager_ids, to_manager_ids) WITH ORDINALITY
        AS c (organization_id, from_manager_id, to_manager_id, code, blocks, message, remedy, place)
    JOIN manager_at(today()) p ON p.manager_id = coalesce(c.to_manager_id, c.from_manager_id)
    ORDER BY c.place;

    supposed := ARRAY(
        SELECT ROW(b.organization_id, b.manager_id, b.bound_on, b.additional, b.territory_exception)::base_at_row
        FROM binding b
        WHERE b.manager_id = ANY (touched) AND NOT EXISTS (
            SELECT FROM unnest(organization_ids, from_manager_ids, to_manager_ids) c (organization_id, old_id, new_id)
            WHERE c.organization_id = b.organization_id AND c.old_id = b.manager_id AND c.new_id IS DISTINCT FROM c.old_id)
        UNION ALL
        SELECT ROW(c.organization_id, c.new_id, today(), coalesce(b.additional, false), NULL)::base_at_row
        FROM unnest(organization_ids, from_manager_ids, to_manager_ids) c (organization_id, old_id, new_id)
        LEFT JOIN binding b ON b.organization_id = c.organization_id AND b.manager_id = c.old_id
        WHERE c.new_id IS NOT NULL AND c.new_id IS DISTINCT FROM c.old_id);
    RETURN QUERY
    SELECT coalesce(n.manager_id, t.manager_id), coalesce(n.manager_name, t.manager_name), coalesce(n.unit_id, t.unit_id),
        coalesce(n.measure, t.measure), n.verdict, t.verdict, n.norm_min, t.norm_min, n.norm_max, t.norm_max, n.actual, t.actual,
        (n.verdict, n.norm_min, n.norm_max, n.actual) IS DISTINCT FROM (t.verdict, t.norm_min, t.norm_max, t.actual),
        NULL::integer, NULL::integer, NULL::integer, NULL::text, NULL::boolean, NULL::text, NULL::text, today(),
        facts_through('{turnover,activity}')
    FROM (SELECT j.* FROM judged(month(today()), today(), NULL) j WHERE j.manager_id = ANY (touched)) n
    FULL JOIN (SELECT j.* FROM judged(month(today()), today(), supposed) j WHERE j.manager_id = ANY (touched)) t
        ON t.manager_id = n.manager_id AND t.measure = n.measure
    ORDER BY 1, 4;
END
$$;
COMMENT ON FUNCTION changes_impact(bigint[], bigint[], bigint[]) IS
'What changes given as arrays would do, made as one statement. Used by move_impact and moves_impact.';

CREATE FUNCTION move_impact(organization_ids bigint[], to_manager bigint) RETURNS SETOF move_impact_row
LANGUAGE plpgsql STABLE
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    IF organization_ids IS NULL OR to_manager IS NULL THEN
        RAISE EXCEPTION '%', translated('organizations and manager of move_impact must not be null')
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = translated('Give an array of organization_id and the manager who would get them.');
    END IF;
    RETURN QUERY
    SELECT i.*
    FROM (
        SELECT array_agg(o.id) AS ids, array_agg(b.manager_id::bigint) AS old_ids, array_agg(to_manager) AS new_ids
        FROM (SELECT DISTINCT u.id FROM unnest(organization_ids) u (id)) o
        LEFT JOIN binding b ON b.organization_id = o.id AND NOT b.additional
    ) c
    CROSS JOIN LATERAL changes_impact(c.ids, c.old_ids, c.new_ids) i;
END
$$;
COMMENT ON FUNCTION move_impact(bigint[], bigint) IS
'What if organizations went to a manager, from whoever has them as the main one (bound where nobody has), in one statement: the measures of every base that this touches before and after, and every rule that it would break.';

CREATE FUNCTION moves_impact(source regclass) RETURNS SETOF move_impact_row
LANGUAGE plpgsql STABLE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    organization_ids bigint[];
    from_manager_ids bigint[];
    to_manager_ids bigint[];
BEGIN
    PERFORM require_columns(source, 'organization_id', 'from_manager_id', 'to_manager_id');
    EXECUTE format('SELECT array_agg(s.organization_id::bigint), array_agg(s.from_manager_id::bigint), array_agg(s.to_manager_id::bigint) FROM %s s', source)
    INTO organization_ids, from_manager_ids, to_manager_ids;
    IF organization_ids IS NOT NULL THEN
        RETURN QUERY SELECT * FROM changes_impact(organization_ids, from_manager_ids, to_manager_ids);
    END IF;
END
$$;
COMMENT ON FUNCTION moves_impact(regclass) IS
'What if every row of a relation with organization_id, from_manager_id and to_manager_id were done in one statement: a bind where from_manager_id is NULL, an unbind where to_manager_id is, else a move. The measures of every base that this touches before and after, and every rule that it would break.';
