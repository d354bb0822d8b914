-- What memos promise, rechecked from the tables alone: an item is used once, by
-- the change that it asks for; a memo's state agrees with its items; a word was
-- given by who had the authority.  What an older system brought, from before the
-- base was laid out, and what is in months of the log put away is not judged.

CREATE FUNCTION verify_memo_items() RETURNS SETOF verify_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
    -- Both sides as the ends and beginnings that they are: a move is one of each.
    -- What ends by a move may have been of the other kind, main or additional.
    WITH used AS (
        SELECT concat_ws('|', i.memo_id, i.change, i.organization_id, x.manager_id, x.is_end, i.head_id,
                CASE WHEN x.manager_id IS NOT NULL AND NOT (x.is_end AND i.change = 'move') THEN i.additional END) AS key,
            i.memo_id, i.change, i.organization_id, x.manager_id, count(*) AS items, min(i.item_no) AS item_no
        FROM memo_item i
        CROSS JOIN LATERAL (
            SELECT i.from_manager_id AS manager_id, true AS is_end WHERE i.change IN ('move', 'unbind')
            UNION ALL
            SELECT i.to_manager_id, false WHERE i.change IN ('bind', 'move')
            UNION ALL
            SELECT NULL, false WHERE i.change IN ('link', 'unlink')) x
        WHERE i.used_at >= (SELECT log_begins())
        GROUP BY 1, 2, 3, 4, 5
    ),
    logged AS (
        SELECT concat_ws('|', l.memo_id, l.change, l.organization_id, l.manager_id, l.unbound_on IS NOT NULL, l.head_id,
                CASE WHEN NOT (l.unbound_on IS NOT NULL AND l.change = 'move') THEN l.additional END) AS key,
            l.memo_id, l.change, l.organization_id, l.manager_id, count(*) AS changes, min(l.id) AS log_id
        FROM binding_log l
        WHERE l.memo_id IS NOT NULL AND l.changed_at >= (SELECT log_begins())
        GROUP BY 1, 2, 3, 4, 5
    )
    SELECT DISTINCT ON (f.fault, f.memo_id, f.change, f.organization_id)
        f.fault, 'error', CASE WHEN f.fault = 'change_without_memo_item' THEN 'binding_log' ELSE 'memo_item' END,
        f.organization_id, f.manager_id,
        CASE WHEN f.fault = 'change_without_memo_item' THEN f.log_id::text ELSE concat_ws(', ', f.memo_id, f.item_no) END,
        CASE f.fault
            WHEN 'change_without_memo_item' THEN kbnorms.translated('row %s of the log names memo %s, but no used item of it asks for this', f.log_id, f.memo_id)
            WHEN 'memo_item_without_change' THEN kbnorms.translated('item %s of memo %s is used, but the log has no change by it', f.item_no, f.memo_id)
            ELSE kbnorms.translated('item %s of memo %s is used more than once', f.item_no, f.memo_id)
        END,
        kbnorms.translated('%s of organization %s: used items %s, rows of the log %s', f.change, f.organization_id, coalesce(f.items, 0), coalesce(f.changes, 0)),
        CASE f.fault
            WHEN 'memo_item_without_change' THEN kbnorms.translated('The item was marked past the triggers, or the log has lost a row. Look whether the change was made.')
            ELSE kbnorms.translated('The log or the items were written past the triggers. Have a memo approved for the change.')
        END
    FROM (
        SELECT coalesce(u.memo_id, l.memo_id) AS memo_id, coalesce(u.change, l.change) AS change,
            coalesce(u.organization_id, l.organization_id) AS organization_id, coalesce(u.manager_id, l.manager_id) AS manager_id,
            u.item_no, u.items, l.changes, l.log_id,
            CASE
                WHEN u.items IS NULL THEN 'change_without_memo_item'
                WHEN coalesce(l.changes, 0) < u.items THEN 'memo_item_without_change'
                WHEN l.changes > u.items THEN 'memo_item_used_twice'
            END AS fault
        FROM used u
        FULL JOIN logged l ON l.key = u.key
    ) f
    WHERE f.fault IS NOT NULL
    ORDER BY f.fault, f.memo_id, f.change, f.organization_id, f.item_no, f.log_id;
END;
COMMENT ON FUNCTION verify_memo_items() IS
'Memo items used more than once or by no change, and changes of the log that no item of their memo asks for. Checks memo_item_used_twice, memo_item_without_change, change_without_memo_item.';

CREATE FUNCTION verify_memo_states() RETURNS SETOF verify_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
    SELECT 'memo_state_and_items', 'error', 'memo', NULL::integer, NULL::integer, m.id::text,
        CASE m.state
            WHEN 'applied' THEN kbnorms.translated('memo %s is applied, but item %s is not used', m.id, i.first_open)
            WHEN 'approved' THEN kbnorms.translated('memo %s is approved and not applied, but all its items are used', m.id)
            ELSE kbnorms.translated('memo %s is %s, but item %s is used', m.id, m.state, i.first_used)
        END,
        kbnorms.translated('%s of %s items are used', i.used, i.items),
        kbnorms.translated('State or items were written past the triggers. As the owner of the base, set them right the same way.')
    FROM memo m
    JOIN (
        SELECT n.memo_id, count(*) AS items, count(n.used_at) AS used,
            min(n.item_no) FILTER (WHERE n.used_at IS NULL) AS first_open,
            min(n.item_no) FILTER (WHERE n.used_at IS NOT NULL) AS first_used
        FROM memo_item n
        GROUP BY n.memo_id) i ON i.memo_id = m.id
    WHERE m.created_at >= (SELECT c.created_at FROM client_base c)
        AND CASE m.state
            WHEN 'applied' THEN i.used < i.items
            WHEN 'approved' THEN i.used = i.items
            WHEN 'rejected' THEN false -- what was applied of it stays
            ELSE i.used > 0
        END
    UNION ALL
    -- Every step but the last one, applied, is in the log of changes.
    SELECT 'memo_state_not_logged', 'error', 'memo', NULL, NULL, m.id::text,
        kbnorms.translated('memo %s is %s, but by the log of changes it is %s', m.id, m.state, l.new_value), NULL,
        kbnorms.translated('The state was written past the triggers. As the owner of the base, set it right the same way.')
    FROM memo m
    JOIN (
        SELECT DISTINCT ON (c.row_key) c.row_key, c.new_value
        FROM change_log c
        WHERE c.table_name = 'memo' AND c.column_name = 'state'
        ORDER BY c.row_key, c.id DESC) l ON l.row_key = m.id::text
    WHERE l.new_value <> m.state::text AND NOT (l.new_value = 'approved' AND m.state = 'applied');
END;
COMMENT ON FUNCTION verify_memo_states() IS
'Memos whose state does not agree with the use of their items, or with the log of changes. Checks memo_state_and_items, memo_state_not_logged.';

CREATE FUNCTION verify_words() RETURNS SETOF verify_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
    WITH RECURSIVE changes AS MATERIALIZED (
        SELECT c.id, c.row_key, c.operation, c.column_name, c.old_value, c.changed_at
        FROM change_log c
        WHERE c.table_name = 'authority'
    ),
    -- The rows of authority as they were at any time: now, before each of their
    -- changes, before they were deleted.
    versions AS (
        SELECT v.until_at,
            coalesce((SELECT min(c.changed_at) FROM changes c WHERE c.row_key = v.id AND c.operation = 'insert'), '-infinity') AS since_at,
            (SELECT jsonb_object_agg(k.name, coalesce(
                    (SELECT jsonb_build_array(c.old_value)
                     FROM changes c
                     WHERE c.row_key = v.id AND c.column_name = k.name AND c.operation <> 'insert' AND c.changed_at >= v.until_at
                     ORDER BY c.id
                     LIMIT 1),
                    jsonb_build_array(v.present ->> k.name)) -> 0)
             FROM unnest(ARRAY['role_name', 'capacity', 'unit_id', 'since', 'until']) AS k(name)) AS r
        FROM (
            SELECT a.id::text AS id, timestamptz 'infinity' AS until_at, to_jsonb(a) AS present
            FROM authority a
            UNION
            SELECT c.row_key, c.changed_at, to_jsonb(a)
            FROM changes c
            LEFT JOIN authority a ON a.id::text = c.row_key
            WHERE c.operation <> 'insert') v
    ),
    -- A unit is below whatever has been above it; none stands for the whole tree.
    parents AS (
        SELECT u.id, u.parent_id FROM unit u WHERE u.parent_id IS NOT NULL
        UNION
        SELECT c.row_key::integer, c.old_value::integer
        FROM change_log c
        WHERE c.table_name = 'unit' AND c.column_name = 'parent_id' AND c.old_value IS NOT NULL
    ),
    below (id, above_id) AS (
        SELECT u.id, u.id FROM unit u
        UNION
        SELECT b.id, p.parent_id FROM below b JOIN parents p ON p.id = b.above_id
    ),
    held AS (
        SELECT v.r ->> 'role_name' AS role_name, v.r ->> 'capacity' AS capacity, b.id AS unit_id,
            v.since_at, v.until_at, (v.r ->> 'since')::date AS since, (v.r ->> 'until')::date AS until
        FROM versions v
        JOIN (
            SELECT b.id, b.above_id FROM below b
            UNION ALL
            SELECT u.id, 0 FROM unit u
            UNION ALL
            VALUES (0, 0)) b ON b.above_id = coalesce((v.r ->> 'unit_id')::integer, 0)
    )
    SELECT 'word_without_authority', 'error', 'memo_approval', NULL::integer, NULL::integer, w.id::text,
        kbnorms.translated('the word on memo %s was given by role "%s", which had no authority as %s over %s', w.memo_id, w.role_name, w.capacity,
            CASE WHEN w.unit_id IS NULL THEN kbnorms.translated('all units') ELSE kbnorms.translated('unit %s', w.unit_id) END),
        kbnorms.translated('given by role "%s" at %s', w.decided_by, w.decided_at),
        kbnorms.translated('The word was written past the triggers, or the authority was. Have the memo approved by who has the authority.')
    FROM memo_approval w
    WHERE w.approved AND w.capacity IS NOT NULL
        AND w.decided_at >= (SELECT c.created_at FROM client_base c)
        AND NOT EXISTS (
            SELECT FROM held h
            WHERE h.role_name = w.role_name AND h.capacity = w.capacity::text AND h.unit_id = coalesce(w.unit_id, 0)
                -- By the day: of two transactions the one that began first may end last.
                AND w.decided_at >= date_trunc('day', h.since_at) AND w.decided_at < h.until_at + interval '1 day'
                -- The clock says the business day unless a setting moves it.
                AND (kbnorms.today() <> (now() AT TIME ZONE current_setting('kbnorms.timezone', true))::date
                    OR (w.decided_at AT TIME ZONE current_setting('kbnorms.timezone', true))::date
                        BETWEEN coalesce(h.since, '-infinity') AND coalesce(h.until - 1, 'infinity')));
END;
COMMENT ON FUNCTION verify_words() IS
'Approving words on memos by a role that by table authority and its history had not the capacity, the unit or the day. Check word_without_authority.';
