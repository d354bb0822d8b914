-- Moving a unit under another one, and closing it.
--
-- A unit is plain data, and what depends on its place is worked out from it
-- anew: whose city is which, which region's word a change needs, who may act for
-- whom.  So a preview makes the change, asks the same views as always, and takes
-- it back; it says what differs.
CREATE TYPE unit_state_row AS (
    what text, unit_id integer, manager_id integer, organization_id integer, memo_id bigint, detail text, value text
);
COMMENT ON TYPE unit_state_row IS 'Something that depends on where a unit stands; row of unit_state.';
COMMENT ON COLUMN unit_state_row.what IS 'place, city, compliance, rebinding, authority, holders, memo_word or territory.';
COMMENT ON COLUMN unit_state_row.unit_id IS 'The unit concerned.';
COMMENT ON COLUMN unit_state_row.manager_id IS 'The person concerned.';
COMMENT ON COLUMN unit_state_row.organization_id IS 'The organization concerned.';
COMMENT ON COLUMN unit_state_row.memo_id IS 'The memo concerned.';
COMMENT ON COLUMN unit_state_row.detail IS 'What of it: the kind of unit, the measure, the capacity.';
COMMENT ON COLUMN unit_state_row.value IS 'How it stands.';

CREATE FUNCTION units_below(unit_id bigint) RETURNS SETOF integer
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
    WITH RECURSIVE below (id) AS (
        SELECT u.id FROM unit u WHERE u.id = units_below.unit_id
        UNION
        SELECT u.id FROM below b JOIN unit u ON u.parent_id = b.id
    )
    SELECT b.id FROM below b;
END;
COMMENT ON FUNCTION units_below(bigint) IS 'A unit and all that are below it.';

CREATE FUNCTION unit_state(units integer[], people integer[]) RETURNS SETOF unit_state_row
LANGUAGE plpgsql STABLE
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    -- Where everybody stands, and in which city
    RETURN QUERY
    SELECT 'place', m.unit_id, m.manager_id, NULL::integer, NULL::bigint, p.kind, u.name
    FROM manager_at(today()) m
    JOIN unit_place s ON s.unit_id = m.unit_id
    CROSS JOIN LATERAL (VALUES ('office', s.office_id), ('cluster', s.cluster_id), ('region', s.region_id)) AS p(kind, id)
    LEFT JOIN unit u ON u.id = p.id
    WHERE m.manager_id = ANY (people)
    UNION ALL
    SELECT 'city', m.unit_id, m.manager_id, NULL, NULL, NULL, m.city
    FROM manager_at(today()) m
    WHERE m.manager_id = ANY (people);

    -- What that makes of his base
    RETURN QUERY
    SELECT 'compliance', NULL::integer, c.manager_id, NULL::integer, NULL::bigint, c.measure,
        concat_ws(' ', c.verdict, trim_scale(c.actual))
    FROM compliance(month(today())) c
    WHERE c.manager_id = ANY (people);

    -- What is to be handed over, until when
    RETURN QUERY
    SELECT 'rebinding', NULL::integer, d.manager_id, NULL::integer, NULL::bigint, d.cause,
        translated('%s accounts until %s', d.accounts, d.deadline)
    FROM rebinding_due d
    WHERE d.manager_id = ANY (people);

    -- Who may act for the units
    RETURN QUERY
    SELECT DISTINCT 'authority', u.id, NULL::integer, NULL::integer, NULL::bigint, a.capacity::text, a.role_name
    FROM unnest(units) AS u(id)
    CROSS JOIN unnest(enum_range(NULL::capacity)) AS c(capacity)
    CROSS JOIN LATERAL authority_over(c.capacity, u.id) a
    WHERE a.unit_id IS NOT NULL;

    -- Two holders of one organization in one office
    RETURN QUERY
    SELECT 'holders', NULL::integer, b.manager_id, b.organization_id, NULL::bigint, format('and manager %s', k.manager_id),
        CASE WHEN coalesce(bp.office_id, bm.unit_id) = coalesce(kp.office_id, km.unit_id)
            THEN translated('of one office') ELSE translated('of several offices') END
    FROM binding b
    JOIN binding k ON k.organization_id = b.organization_id AND k.manager_id <> b.manager_id
    JOIN manager_at(today()) bm ON bm.manager_id = b.manager_id
    JOIN manager_at(today()) km ON km.manager_id = k.manager_id
    LEFT JOIN unit_place bp ON bp.unit_id = bm.unit_id
    LEFT JOIN unit_place kp ON kp.unit_id = km.unit_id
    WHERE b.manager_id = ANY (people) AND (k.manager_id > b.manager_id OR k.manager_id <> ALL (people));

    -- The words that memos under way need
    RETURN QUERY
    SELECT 'memo_word', w.unit_id, NULL::integer, NULL::integer, m.id, format('item %s: %s', w.item_no, w.capacity),
        CASE WHEN w.given THEN translated('given') ELSE translated('missing') END
    FROM memo m
    CROSS JOIN LATERAL memo_words(this_base(), m.id) w
    WHERE m.state IN ('submitted', 'approved') AND EXISTS (
        SELECT FROM memo_item i
        WHERE i.memo_id = m.id AND i.used_at IS NULL
            AND (i.from_manager_id = ANY (people) OR i.to_manager_id = ANY (people)));

    RETURN QUERY
    SELECT 'territory', t.unit_id, NULL::integer, NULL::integer, NULL::bigint, t.name, u.name
    FROM territory t JOIN unit u ON u.id = t.unit_id
    WHERE t.unit_id = ANY (units);
END
$$;
COMMENT ON FUNCTION unit_state(integer[], integer[]) IS
'All that depends on where units stand, for those units and people. Used by unit_move_impact and unit_close_impact.';

CREATE TYPE unit_impact_row AS (
    what text, unit_id integer, manager_id integer, organization_id integer, memo_id bigint, detail text, before text, after text
);
COMMENT ON TYPE unit_impact_row IS 'Something that a change of the tree of units changes; row of unit_move_impact and unit_close_impact.';
COMMENT ON COLUMN unit_impact_row.what IS
'place (of a person), city (of a person), compliance (of a measure), rebinding (clients to be handed over), authority (of a role over the unit), holders (of one organization), memo_word, territory.';
COMMENT ON COLUMN unit_impact_row.unit_id IS 'The unit concerned.';
COMMENT ON COLUMN unit_impact_row.manager_id IS 'The person concerned.';
COMMENT ON COLUMN unit_impact_row.organization_id IS 'The organization concerned.';
COMMENT ON COLUMN unit_impact_row.memo_id IS 'The memo concerned.';
COMMENT ON COLUMN unit_impact_row.detail IS 'What of it: the kind of unit above him, the measure, the capacity.';
COMMENT ON COLUMN unit_impact_row.before IS 'How it stands; empty where there is no such thing.';
COMMENT ON COLUMN unit_impact_row.after IS 'How it would stand; empty where there would be no such thing.';

CREATE FUNCTION require_unit(unit_id bigint) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM unit u WHERE u.id = require_unit.unit_id) THEN
        RAISE EXCEPTION '%', translated('unit %s does not exist', coalesce(unit_id::text, 'NULL'))
            USING ERRCODE = 'foreign_key_violation';
    END IF;
END
$$;
COMMENT ON FUNCTION require_unit(bigint) IS 'Raises an error unless there is such a unit.';

CREATE FUNCTION move_unit(unit_id bigint, new_parent_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    PERFORM require_owner(this_base());
    -- Whoever else puts units elsewhere waits: two at once could close a ring.
    LOCK TABLE unit IN SHARE ROW EXCLUSIVE MODE;
    PERFORM require_unit(unit_id);
    IF new_parent_id IS NOT NULL THEN
        PERFORM require_unit(new_parent_id);
    END IF;
    IF new_parent_id IN (SELECT units_below(move_unit.unit_id)) THEN
        RAISE EXCEPTION '%', translated('unit %s cannot stand under unit %s, which is below it', unit_id, new_parent_id)
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    UPDATE unit u SET parent_id = new_parent_id WHERE u.id = move_unit.unit_id;
END
$$;
COMMENT ON FUNCTION move_unit(bigint, bigint) IS
'Puts a unit with all below it under another one; no parent puts it at the top. What it changes says unit_move_impact. For the owner of the base.';

CREATE FUNCTION close_unit(unit_id bigint, into_unit_id bigint DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    people integer[];
BEGIN
    PERFORM require_owner(this_base());
    LOCK TABLE unit IN SHARE ROW EXCLUSIVE MODE; -- as move_unit
    people := ARRAY(
        SELECT m.manager_id FROM manager_at(today()) m WHERE m.unit_id = close_unit.unit_id AND m.on_staff);
    PERFORM require_unit(unit_id);
    IF into_unit_id IS NULL THEN
        IF EXISTS (SELECT FROM unit u WHERE u.parent_id = close_unit.unit_id)
            OR EXISTS (SELECT FROM territory t WHERE t.unit_id = close_unit.unit_id)
            OR EXISTS (SELECT FROM manager_post p WHERE p.unit_id = close_unit.unit_id AND p.since > today())
        THEN
            RAISE EXCEPTION '%', translated('unit %s has units below it, territories or coming posts', unit_id)
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      HINT = translated('Name the unit that takes them over.');
        END IF;
        UPDATE manager m SET left_on = today() WHERE m.id = ANY (people);
    ELSE
        PERFORM require_unit(into_unit_id);
        IF into_unit_id IN (SELECT units_below(close_unit.unit_id)) THEN
            RAISE EXCEPTION '%', translated('unit %s cannot be closed into unit %s, which is below it or itself', unit_id, into_unit_id)
                USING ERRCODE = 'invalid_parameter_value';
        END IF;
        UPDATE unit u SET parent_id = into_unit_id WHERE u.parent_id = close_unit.unit_id;
        UPDATE territory t SET unit_id = into_unit_id WHERE t.unit_id = close_unit.unit_id;
        -- Posts of the past stay where they were.
        INSERT INTO manager_post AS n (manager_id, since, "position", specialization, unit_id, lead_id)
        SELECT DISTINCT ON (p.manager_id) p.manager_id, today(), p."position", p.specialization, into_unit_id, p.lead_id
        FROM manager_post p
        WHERE p.manager_id = ANY (people) AND p.since <= today()
        ORDER BY p.manager_id, p.since DESC
        ON CONFLICT (manager_id, since) DO UPDATE SET unit_id = excluded.unit_id;
        UPDATE manager_post p SET unit_id = into_unit_id WHERE p.unit_id = close_unit.unit_id AND p.since > today();
    END IF;
    -- Who acted for it alone acts for nothing from today.
    DELETE FROM authority a WHERE a.unit_id = close_unit.unit_id AND a.since >= today();
    UPDATE authority a SET until = today() WHERE a.unit_id = close_unit.unit_id AND (a.until IS NULL OR a.until > today());
END
$$;
COMMENT ON FUNCTION close_unit(bigint, bigint) IS
'Closes a unit: from today its people stand in another one, with the same posts, and that takes over its territories and the units below it; without another one they leave, and their clients are to be handed over. Authority over it ends; its row stays for the history. What it changes says unit_close_impact. For the owner of the base.';

CREATE FUNCTION unit_change_impact(unit_id bigint, other_unit_id bigint, closing boolean) RETURNS SETOF unit_impact_row
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    units CONSTANT integer[] := ARRAY(
        SELECT units_below(unit_change_impact.unit_id) UNION SELECT u.id FROM unit u WHERE u.id = other_unit_id);
    people CONSTANT integer[] := ARRAY(
        SELECT m.manager_id FROM manager_at(today()) m WHERE m.unit_id IN (SELECT units_below(unit_change_impact.unit_id)));
    old_state unit_state_row[];
    new_state unit_state_row[];
BEGIN
    old_state := ARRAY(SELECT s FROM unit_state(units, people) s);
    BEGIN
        IF closing THEN
            PERFORM close_unit(unit_id, other_unit_id);
        ELSE
            PERFORM move_unit(unit_id, other_unit_id);
        END IF;
        new_state := ARRAY(SELECT s FROM unit_state(units, people) s);
        RAISE SQLSTATE 'KB000';
    EXCEPTION WHEN SQLSTATE 'KB000' THEN
        NULL; -- taken back
    END;
    RETURN QUERY
    SELECT what, s.unit_id, s.manager_id, s.organization_id, s.memo_id, s.detail,
        string_agg(s.value, ', ' ORDER BY s.value) FILTER (WHERE NOT s.is_new),
        string_agg(s.value, ', ' ORDER BY s.value) FILTER (WHERE s.is_new)
    FROM (
        -- A person's place and city are his, whichever unit he stands in, and a
        -- territory is itself.
        SELECT o.what, CASE WHEN o.what NOT IN ('place', 'city', 'territory') THEN o.unit_id END AS unit_id,
            o.manager_id, o.organization_id, o.memo_id, o.detail, o.value, false AS is_new FROM unnest(old_state) o
        UNION ALL
        SELECT n.what, CASE WHEN n.what NOT IN ('place', 'city', 'territory') THEN n.unit_id END,
            n.manager_id, n.organization_id, n.memo_id, n.detail, n.value, true FROM unnest(new_state) n) s
    GROUP BY 1, 2, 3, 4, 5, 6
    HAVING string_agg(s.value, ', ' ORDER BY s.value) FILTER (WHERE NOT s.is_new)
        IS DISTINCT FROM string_agg(s.value, ', ' ORDER BY s.value) FILTER (WHERE s.is_new)
    ORDER BY array_position(ARRAY['place', 'city', 'rebinding', 'compliance', 'holders', 'memo_word', 'authority', 'territory'], what), 2, 3, 4, 5, 6;
END
$$;
COMMENT ON FUNCTION unit_change_impact(bigint, bigint, boolean) IS
'What closing or moving a unit changes for it, those below it and the people there; it is done and taken back. Used by unit_move_impact and unit_close_impact.';

CREATE FUNCTION unit_move_impact(unit_id bigint, new_parent_id bigint) RETURNS SETOF unit_impact_row
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    SELECT i.* FROM unit_change_impact(unit_id, new_parent_id, false) i;
END;
COMMENT ON FUNCTION unit_move_impact(bigint, bigint) IS
'What move_unit would change: places and cities of people, verdicts, holders of one office, words that memos under way need, authority. The change is made and taken back. For the owner of the base.';

CREATE FUNCTION unit_close_impact(unit_id bigint, into_unit_id bigint DEFAULT NULL) RETURNS SETOF unit_impact_row
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    SELECT i.* FROM unit_change_impact(unit_id, into_unit_id, true) i;
END;
COMMENT ON FUNCTION unit_close_impact(bigint, bigint) IS
'What close_unit would change, as unit_move_impact says it. For the owner of the base.';
