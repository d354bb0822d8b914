-- One organization becomes a part of another: a card that was entered twice, or
-- a payer that another has taken over.
--
-- Nothing of the log is rewritten.  The duplicate stays under its id, linked to
-- the account of the kept one, so that a past day on which somebody held it
-- still counts that client, once; its facts move to the kept one, which its
-- holders hold from now on since the day on which they had held either.
CREATE FUNCTION require_read_committed() RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION '%', translated('this cannot be done at isolation level %s', upper(current_setting('transaction_isolation')))
            USING ERRCODE = 'feature_not_supported',
                  DETAIL = translated('Rows that others have committed meanwhile would be left behind.'),
                  HINT = translated('Call it at READ COMMITTED.');
    END IF;
END
$$;
COMMENT ON FUNCTION require_read_committed() IS
'Raises an error unless every statement of the transaction sees what has been committed before it.';

CREATE TYPE merge_impact_row AS (
    what text, organization_id integer, manager_id integer, count bigint, blocks boolean, message text
);
COMMENT ON TYPE merge_impact_row IS 'What a merger of two organizations does; row of merge_impact.';
COMMENT ON COLUMN merge_impact_row.what IS 'blocked, binding, link, turnover, overdue, activity or memo_item.';
COMMENT ON COLUMN merge_impact_row.organization_id IS 'The organization concerned.';
COMMENT ON COLUMN merge_impact_row.manager_id IS 'The manager concerned, if there is one.';
COMMENT ON COLUMN merge_impact_row.count IS 'How many rows it is about.';
COMMENT ON COLUMN merge_impact_row.blocks IS 'Does it stand in the way of the merger?';
COMMENT ON COLUMN merge_impact_row.message IS 'What is done, or is to be done first.';

CREATE FUNCTION merge_impact(duplicate_id bigint, kept_id bigint) RETURNS SETOF merge_impact_row
LANGUAGE plpgsql STABLE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    duplicate organization;
    kept organization;
BEGIN
    SELECT * INTO duplicate FROM organization o WHERE o.id = duplicate_id;
    SELECT * INTO kept FROM organization o WHERE o.id = kept_id;
    IF duplicate.id IS NULL OR kept.id IS NULL THEN
        RAISE EXCEPTION '%', translated('organization %s does not exist',
                coalesce((CASE WHEN duplicate.id IS NULL THEN duplicate_id ELSE kept_id END)::text, 'NULL'))
            USING ERRCODE = 'foreign_key_violation';
    ELSIF duplicate.id = kept.id THEN
        RAISE EXCEPTION '%', translated('organization %s cannot be merged into itself', kept.id)
            USING ERRCODE = 'invalid_parameter_value';
    END IF;

    RETURN QUERY
    SELECT 'blocked', o.id, NULL::integer, 1::bigint, true,
        translated('organization %s was merged into organization %s already', o.id, o.merged_into)
    FROM (SELECT duplicate.* UNION ALL SELECT kept.*) o
    WHERE o.merged_into IS NOT NULL;

    -- Who serves a client is decided by a move, with its memo, and not here.
    RETURN QUERY
    SELECT 'blocked', b.organization_id, b.manager_id, 1::bigint, true,
        translated('organization %s is bound to manager %s, organization %s to manager %s: move or unbind one of them first',
            b.organization_id, b.manager_id, k.organization_id, k.manager_id)
    FROM binding b
    JOIN binding k ON k.organization_id = kept.id AND NOT k.additional AND k.manager_id <> b.manager_id
    WHERE b.organization_id = duplicate.id AND NOT b.additional;

    RETURN QUERY
    SELECT 'binding', b.organization_id, b.manager_id, 1::bigint, false,
        translated('ends; manager %s holds organization %s instead', b.manager_id, kept.id)
    FROM binding b
    WHERE b.organization_id = duplicate.id
    ORDER BY b.manager_id;

    RETURN QUERY
    SELECT 'link', o.id, NULL::integer, 1::bigint, false,
        CASE WHEN o.id = root.id THEN translated('is a head from now on')
            ELSE translated('is linked to organization %s', root.id) END
    FROM organization o
    CROSS JOIN (SELECT coalesce(nullif(kept.head_id, duplicate.id), kept.id) AS id) root
    WHERE (o.id = duplicate.id OR o.head_id = duplicate.id OR o.merged_into = duplicate.id)
        AND o.head_id IS DISTINCT FROM root.id
    ORDER BY o.id;

    RETURN QUERY
    SELECT f.what, duplicate.id, NULL::integer, f.rows, false, translated('is counted as of organization %s', kept.id)
    FROM (
        SELECT 'turnover', count(*) FROM turnover t WHERE t.organization_id = duplicate.id
        UNION ALL
        SELECT 'overdue', count(*) FROM overdue v WHERE v.organization_id = duplicate.id
        UNION ALL
        SELECT 'activity', count(*) FROM activity a WHERE a.organization_id = duplicate.id) AS f(what, rows)
    WHERE f.rows > 0;

    RETURN QUERY
    SELECT 'memo_item', i.organization_id, coalesce(i.to_manager_id, i.from_manager_id), 1::bigint, false,
        translated('item %s of memo %s can be used no more: write one for organization %s', i.item_no, i.memo_id, kept.id)
    FROM memo_item i
    JOIN memo m ON m.id = i.memo_id AND m.state IN ('draft', 'submitted', 'approved')
    WHERE i.organization_id = duplicate.id AND i.used_at IS NULL
    ORDER BY i.memo_id, i.item_no;
END
$$;
COMMENT ON FUNCTION merge_impact(bigint, bigint) IS
'What merge_organizations would do with those two, and what stands in its way; changes nothing.';

CREATE FUNCTION merge_organizations(duplicate_id bigint, kept_id bigint, reason text) RETURNS SETOF merge_impact_row
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    impact merge_impact_row[];
    in_the_way merge_impact_row;
    head integer;
BEGIN
    PERFORM require_owner(this_base());
    PERFORM require_read_committed();
    IF reason IS NULL OR reason !~ '\S' THEN
        RAISE EXCEPTION '%', translated('a merger of organizations needs a reason')
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = translated('It goes to the log of bindings: reason => ''...''.');
    END IF;
    -- In the order of everybody's locks; who is just entering facts of them is waited for too.
    PERFORM FROM organization o WHERE o.id IN (duplicate_id, kept_id) ORDER BY o.id FOR UPDATE;
    impact := ARRAY(SELECT i FROM merge_impact(duplicate_id, kept_id) i);
    SELECT i.* INTO in_the_way FROM unnest(impact) i WHERE i.blocks LIMIT 1;
    IF in_the_way.blocks THEN
        RAISE EXCEPTION '%', translated('organization %s cannot be merged into organization %s: %s', duplicate_id, kept_id, in_the_way.message)
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;

    -- Facts first: the binding that comes is judged as idle by nobody.
    INSERT INTO turnover AS t (organization_id, month, amount, last_on)
    SELECT kept_id, d.month, d.amount, d.last_on FROM turnover d WHERE d.organization_id = duplicate_id
    ON CONFLICT (organization_id, month) DO UPDATE
    SET amount = t.amount + excluded.amount,
        -- The day of the last sale; NULL is the last of the month, a row without sales says nothing.
        last_on = CASE
            WHEN excluded.amount <= 0 AND t.amount > 0 THEN t.last_on
            WHEN t.amount <= 0 AND excluded.amount > 0 THEN excluded.last_on
            WHEN t.last_on IS NOT NULL AND excluded.last_on IS NOT NULL THEN greatest(t.last_on, excluded.last_on)
        END;
    DELETE FROM turnover t WHERE t.organization_id = duplicate_id;
    INSERT INTO overdue AS v (organization_id, amount, since)
    SELECT kept_id, d.amount, d.since FROM overdue d WHERE d.organization_id = duplicate_id
    ON CONFLICT (organization_id) DO UPDATE
    SET amount = v.amount + excluded.amount, since = least(v.since, excluded.since);
    DELETE FROM overdue v WHERE v.organization_id = duplicate_id;
    UPDATE activity a SET organization_id = kept_id WHERE a.organization_id = duplicate_id;

    SELECT coalesce(nullif(o.head_id, duplicate_id), o.id) INTO head FROM organization o WHERE o.id = kept_id;
    PERFORM merge_rows(this_base(), duplicate_id::integer, kept_id::integer, head,
        format('merged into organization %s: %s', kept_id, reason));
    RETURN QUERY SELECT i.* FROM unnest(impact) i;
END
$$;
COMMENT ON FUNCTION merge_organizations(bigint, bigint, text) IS
'Makes a duplicate or liquidated organization a part of another: its turnover, overdue receivables and activities are added to that one, its linked organizations and its bindings go to it, and it can be bound no more. History stays under its id. For the owner of the base; returns what merge_impact had said.';
