-- What the log, the bindings and the links promise of each other, rechecked
-- from the tables alone.  verify() asks all of it.
CREATE TYPE verify_row AS (
    check_name text,
    severity text,
    table_name text,
    organization_id integer,
    manager_id integer,
    row_key text,
    message text,
    detail text,
    what_to_do text
);
COMMENT ON TYPE verify_row IS 'A promise that is not kept; row of verify.';
COMMENT ON COLUMN verify_row.check_name IS 'Code of the check that found it.';
COMMENT ON COLUMN verify_row.severity IS 'error: what the tables hold breaks a promise; warning: nothing guards a promise now, so that it may be broken unseen.';
COMMENT ON COLUMN verify_row.table_name IS 'The table that it is about.';
COMMENT ON COLUMN verify_row.organization_id IS 'The organization concerned, where there is one.';
COMMENT ON COLUMN verify_row.manager_id IS 'The manager concerned, where there is one.';
COMMENT ON COLUMN verify_row.row_key IS 'Key of the row, with commas between its values, or the name of the object.';
COMMENT ON COLUMN verify_row.message IS 'What is wrong.';
COMMENT ON COLUMN verify_row.detail IS 'The values that contradict each other.';
COMMENT ON COLUMN verify_row.what_to_do IS 'How to mend it.';

-- Of each pair the last row that opened it and the last that ended it are
-- compared with what is bound.  An end behind the opening contradicts a binding
-- unless both are of one transaction: where one statement ends a pair and makes
-- it anew, either may be written first.  History that the owner adds later ends
-- other holdings than the present one.
CREATE FUNCTION verify_bindings() RETURNS SETOF verify_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
    WITH said AS MATERIALIZED (
        SELECT l.organization_id, l.manager_id,
            max(l.id) FILTER (WHERE l.unbound_on IS NULL AND l.change <> 'unbind') AS opened,
            max(l.id) FILTER (WHERE l.unbound_on IS NOT NULL) AS ended
        FROM binding_log l
        WHERE l.manager_id IS NOT NULL
        GROUP BY l.organization_id, l.manager_id
    )
    SELECT f.fault, 'error', 'binding', f.organization_id, f.manager_id,
        concat_ws(', ', f.organization_id, f.manager_id),
        CASE f.fault
            WHEN 'binding_not_logged' THEN kbnorms.translated('the binding of organization %s to manager %s is not in the log', f.organization_id, f.manager_id)
            WHEN 'binding_differs_from_log' THEN kbnorms.translated('the binding of organization %s to manager %s is not what the log says', f.organization_id, f.manager_id)
            ELSE kbnorms.translated('organization %s is bound to manager %s, though the log says that this has ended', f.organization_id, f.manager_id)
        END,
        concat_ws('; ',
            kbnorms.translated('bound on %s, additional %s, exception %s', f.bound_on, f.additional, coalesce(quote_literal(f.territory_exception), '-')),
            CASE WHEN f.log_id IS NOT NULL THEN kbnorms.translated('row %s of the log: bound on %s, additional %s, exception %s', f.log_id,
                f.log_bound_on, f.log_additional, coalesce(quote_literal(f.log_exception), '-')) END,
            CASE WHEN f.fault = 'binding_ended_in_log' THEN kbnorms.translated('row %s of the log: ended', f.ended) END),
        CASE f.fault
            WHEN 'binding_differs_from_log' THEN kbnorms.translated('It was changed past the triggers. Set it back, or as the owner of the base insert a row of kind bind with these values into binding_log.')
            ELSE kbnorms.translated('It came in past the triggers: judged by no rule. Remove it the same way, or see check_binding and as the owner of the base insert a row of kind bind into binding_log.')
        END
    FROM (
        SELECT b.organization_id, b.manager_id, b.bound_on, b.additional, b.territory_exception, s.ended,
            o.id AS log_id, o.bound_on AS log_bound_on, o.additional AS log_additional, o.territory_exception AS log_exception,
            CASE
                WHEN o.id IS NULL THEN 'binding_not_logged'
                WHEN s.ended > s.opened AND EXISTS (
                    SELECT FROM binding_log e
                    WHERE e.organization_id = b.organization_id AND e.manager_id = b.manager_id AND e.unbound_on IS NOT NULL
                        AND e.id > o.id AND e.bound_on = o.bound_on AND e.changed_at <> o.changed_at)
                    THEN 'binding_ended_in_log'
                WHEN (b.bound_on, b.additional) <> (o.bound_on, o.additional)
                    OR b.territory_exception IS DISTINCT FROM o.territory_exception
                    THEN 'binding_differs_from_log'
            END AS fault
        FROM binding b
        LEFT JOIN said s ON s.organization_id = b.organization_id AND s.manager_id = b.manager_id
        LEFT JOIN binding_log o ON o.id = s.opened
    ) f
    WHERE f.fault IS NOT NULL
    UNION ALL
    SELECT 'log_without_binding', 'error', 'binding_log', s.organization_id, s.manager_id, s.opened::text,
        kbnorms.translated('the log says that organization %s is bound to manager %s, but it is not', s.organization_id, s.manager_id),
        kbnorms.translated('row %s of the log has no end', s.opened),
        kbnorms.translated('The binding was removed past the triggers. Bind it again, or as the owner of the base insert a row of kind unbind with its end into binding_log.')
    FROM said s
    LEFT JOIN binding b ON b.organization_id = s.organization_id AND b.manager_id = s.manager_id
    WHERE b.organization_id IS NULL AND s.opened > coalesce(s.ended, 0);
END;
COMMENT ON FUNCTION verify_bindings() IS
'Bindings that the log does not know or knows otherwise, and log rows that say bound where no binding is. Checks binding_not_logged, binding_differs_from_log, binding_ended_in_log, log_without_binding.';

CREATE FUNCTION verify_holders() RETURNS SETOF verify_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
    SELECT 'main_holder_twice', 'error', 'binding', b.organization_id, NULL::integer, b.organization_id::text,
        kbnorms.translated('organization %s has %s main managers', b.organization_id, count(*)),
        kbnorms.translated('managers %s', string_agg(b.manager_id::text, ', ' ORDER BY b.manager_id)),
        kbnorms.translated('The unique index "multiple" is missing or broken. Make all but one of them additional, or unbind them, and create the index again.')
    FROM binding b
    WHERE NOT b.additional
    GROUP BY b.organization_id
    HAVING count(DISTINCT b.manager_id) > 1
    UNION ALL
    SELECT 'binding_twice', 'error', 'binding', b.organization_id, b.manager_id, concat_ws(', ', b.organization_id, b.manager_id),
        kbnorms.translated('organization %s is bound to manager %s %s times', b.organization_id, b.manager_id, count(*)),
        NULL,
        kbnorms.translated('The primary key of table "%s" is missing or broken. Remove the rows that are too many and create it again.', 'binding')
    FROM binding b
    GROUP BY b.organization_id, b.manager_id
    HAVING count(*) > 1;
END;
COMMENT ON FUNCTION verify_holders() IS
'Organizations with more than one main manager, and pairs that are bound more than once. Checks main_holder_twice, binding_twice.';

CREATE FUNCTION verify_references() RETURNS SETOF verify_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
    SELECT 'organization_missing', 'error', 'binding', b.organization_id, b.manager_id, concat_ws(', ', b.organization_id, b.manager_id),
        kbnorms.translated('manager %s holds organization %s, which does not exist', b.manager_id, b.organization_id), NULL,
        kbnorms.translated('Enter the organization again under its number, or remove the binding past the triggers.')
    FROM binding b
    WHERE NOT EXISTS (SELECT FROM organization o WHERE o.id = b.organization_id)
    UNION ALL
    SELECT 'manager_missing', 'error', 'binding', b.organization_id, b.manager_id, concat_ws(', ', b.organization_id, b.manager_id),
        kbnorms.translated('organization %s is bound to manager %s, who does not exist', b.organization_id, b.manager_id), NULL,
        kbnorms.translated('Enter the manager again under his number, or remove the binding past the triggers.')
    FROM binding b
    WHERE NOT EXISTS (SELECT FROM manager m WHERE m.id = b.manager_id)
    UNION ALL
    SELECT 'merged_bound', 'error', 'binding', b.organization_id, b.manager_id, concat_ws(', ', b.organization_id, b.manager_id),
        kbnorms.translated('organization %s is bound to manager %s, though it was merged into organization %s', b.organization_id, b.manager_id, o.merged_into), NULL,
        kbnorms.translated('It came in past the triggers. Unbind it, and bind the organization that was kept.')
    FROM organization o
    JOIN binding b ON b.organization_id = o.id
    WHERE o.merged_into IS NOT NULL
    UNION ALL
    -- What has a history is kept under its number.
    SELECT 'history_orphaned', 'error', 'binding_log', l.organization_id, l.manager_id, l.id::text,
        CASE
            WHEN o.id IS NULL THEN kbnorms.translated('the log names organization %s, which does not exist', l.organization_id)
            WHEN h.id IS NULL AND l.head_id IS NOT NULL THEN kbnorms.translated('the log names organization %s, which does not exist', l.head_id)
            ELSE kbnorms.translated('the log names manager %s, who does not exist', l.manager_id)
        END, NULL,
        kbnorms.translated('What has a history was removed past the triggers. Enter it again under its number.')
    FROM binding_log l
    LEFT JOIN organization o ON o.id = l.organization_id
    LEFT JOIN organization h ON h.id = l.head_id
    LEFT JOIN manager m ON m.id = l.manager_id
    LEFT JOIN binding b ON b.organization_id = l.organization_id AND b.manager_id = l.manager_id
    WHERE (o.id IS NULL OR (h.id IS NULL AND l.head_id IS NOT NULL) OR (m.id IS NULL AND l.manager_id IS NOT NULL))
        AND b.organization_id IS NULL AND (l.head_id = o.head_id) IS NOT TRUE -- else it is said of the binding or link
    UNION ALL
    SELECT 'reference_broken', 'error', r.table_name, r.organization_id, r.manager_id, r.row_key,
        kbnorms.translated('row %s of table "%s" refers to %s %s, which does not exist', r.row_key, r.table_name, r.referenced, r.key),
        NULL,
        kbnorms.translated('It came in while foreign keys were not checked. Enter what is missing, or correct the row.')
    FROM (
        SELECT 'organization', o.id, NULL::integer, o.id::text, 'territory', o.territory_id::text
        FROM organization o
        WHERE o.territory_id IS NOT NULL AND NOT EXISTS (SELECT FROM territory t WHERE t.id = o.territory_id)
        UNION ALL
        SELECT 'manager_post', NULL, p.manager_id, concat_ws(', ', p.manager_id, p.since), x.referenced, x.key
        FROM manager_post p
        CROSS JOIN LATERAL (VALUES
            ('manager', p.manager_id::text, NOT EXISTS (SELECT FROM manager m WHERE m.id = p.manager_id)),
            ('manager', p.lead_id::text, NOT EXISTS (SELECT FROM manager m WHERE m.id = p.lead_id)),
            ('unit', p.unit_id::text, NOT EXISTS (SELECT FROM unit u WHERE u.id = p.unit_id)),
            ('position', p.position, NOT EXISTS (SELECT FROM "position" k WHERE k.code = p.position)),
            ('specialization', p.specialization, NOT EXISTS (SELECT FROM specialization s WHERE s.code = p.specialization))
        ) AS x(referenced, key, is_missing)
        WHERE x.key IS NOT NULL AND x.is_missing
        UNION ALL
        SELECT 'manager_territory', NULL, t.manager_id, concat_ws(', ', t.manager_id, t.territory_id, t.since), x.referenced, x.key
        FROM manager_territory t
        CROSS JOIN LATERAL (VALUES
            ('manager', t.manager_id::text, NOT EXISTS (SELECT FROM manager m WHERE m.id = t.manager_id)),
            ('territory', t.territory_id::text, NOT EXISTS (SELECT FROM territory y WHERE y.id = t.territory_id))
        ) AS x(referenced, key, is_missing)
        WHERE x.is_missing
        UNION ALL
        SELECT 'unit', NULL, NULL, u.id::text, 'unit', u.parent_id::text
        FROM unit u
        WHERE u.parent_id IS NOT NULL AND NOT EXISTS (SELECT FROM unit p WHERE p.id = u.parent_id)
        UNION ALL
        SELECT 'turnover', t.organization_id, NULL, concat_ws(', ', t.organization_id, t.month), 'organization', t.organization_id::text
        FROM turnover t
        WHERE NOT EXISTS (SELECT FROM organization o WHERE o.id = t.organization_id)
        UNION ALL
        SELECT 'overdue', d.organization_id, NULL, d.organization_id::text, 'organization', d.organization_id::text
        FROM overdue d
        WHERE NOT EXISTS (SELECT FROM organization o WHERE o.id = d.organization_id)
        UNION ALL
        SELECT 'activity', a.organization_id, a.manager_id, a.id::text, 'organization', a.organization_id::text
        FROM activity a
        WHERE a.organization_id IS NOT NULL AND NOT EXISTS (SELECT FROM organization o WHERE o.id = a.organization_id)
        UNION ALL
        SELECT 'activity', a.organization_id, a.manager_id, a.id::text, 'manager', a.manager_id::text
        FROM activity a
        WHERE a.manager_id IS NOT NULL AND NOT EXISTS (SELECT FROM manager m WHERE m.id = a.manager_id)
        UNION ALL
        SELECT 'memo_item', i.organization_id, NULL, concat_ws(', ', i.memo_id, i.item_no), 'memo', i.memo_id::text
        FROM memo_item i
        WHERE NOT EXISTS (SELECT FROM memo m WHERE m.id = i.memo_id)
        UNION ALL
        SELECT 'memo_approval', NULL, NULL, a.id::text, 'memo', a.memo_id::text
        FROM memo_approval a
        WHERE NOT EXISTS (SELECT FROM memo m WHERE m.id = a.memo_id)
    ) AS r(table_name, organization_id, manager_id, row_key, referenced, key);
END;
COMMENT ON FUNCTION verify_references() IS
'Bindings, log rows and facts of an organization or manager who is not there, bindings of what was merged into another, posts in no unit, items of no memo: foreign keys that came in unchecked, or that none declares. Checks organization_missing, manager_missing, merged_bound, history_orphaned, reference_broken.';

CREATE FUNCTION verify_log_rows() RETURNS SETOF verify_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
    SELECT 'log_row_unsound', 'error', 'binding_log', l.organization_id, l.manager_id, l.id::text,
        CASE
            WHEN l.change = 'unbind' AND l.unbound_on IS NULL
                THEN kbnorms.translated('row %s of the log is an unbind without an end', l.id)
            WHEN l.unbound_on < l.bound_on
                THEN kbnorms.translated('row %s of the log ends before it begins', l.id)
            ELSE kbnorms.translated('row %s of the log is a link without a head', l.id)
        END,
        kbnorms.translated('bound on %s, ended on %s', coalesce(l.bound_on::text, '-'), coalesce(l.unbound_on::text, '-')),
        kbnorms.translated('It was not written by the triggers. As the owner of the base insert a further row that says what happened.')
    FROM binding_log l
    WHERE (l.change = 'unbind' AND l.unbound_on IS NULL)
        OR l.unbound_on < l.bound_on
        OR (l.change IN ('link', 'unlink') AND l.head_id IS NULL)
    UNION ALL
    SELECT 'waiver_missing', 'error', 'binding_log', l.organization_id, l.manager_id, l.id::text,
        CASE
            WHEN w.id IS NULL THEN kbnorms.translated('row %s of the log names waiver %s, which does not exist', l.id, n.number)
            ELSE kbnorms.translated('row %s of the log names waiver %s, which is for manager %s', l.id, n.number, w.manager_id)
        END, NULL,
        kbnorms.translated('The waiver or the log was changed past the triggers. Look whether the change may stand.')
    FROM binding_log l
    CROSS JOIN LATERAL string_to_table(l.waivers, ', ') AS n(number)
    LEFT JOIN waiver w ON w.id::text = n.number
    WHERE w.id IS NULL OR w.manager_id <> l.manager_id;
END;
COMMENT ON FUNCTION verify_log_rows() IS
'Log rows that no trigger writes: an unbind without an end, an end before its beginning, a link without a head; and rows that a waiver let pass that is not there or is somebody else''s. Checks log_row_unsound, waiver_missing.';

CREATE FUNCTION verify_links() RETURNS SETOF verify_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
    WITH RECURSIVE linked AS MATERIALIZED (
        SELECT o.id, o.head_id, h.head_id AS head_of_head, h.id IS NULL AS is_lost
        FROM organization o
        LEFT JOIN organization h ON h.id = o.head_id
        WHERE o.head_id IS NOT NULL
    ),
    up (id, at_id) AS ( -- from the few that stand in a chain
        SELECT l.id, l.head_id FROM linked l WHERE l.head_of_head IS NOT NULL AND l.head_id <> l.id
        UNION
        SELECT u.id, o.head_id FROM up u JOIN organization o ON o.id = u.at_id WHERE o.head_id IS NOT NULL AND u.at_id <> u.id
    ),
    said AS (
        SELECT DISTINCT ON (l.organization_id) l.organization_id, l.id, CASE WHEN l.change = 'link' THEN l.head_id END AS head_id
        FROM binding_log l
        WHERE l.manager_id IS NULL
        ORDER BY l.organization_id, l.id DESC
    )
    SELECT f.fault, 'error', 'organization', f.id, NULL::integer, f.id::text,
        CASE f.fault
            WHEN 'link_to_itself' THEN kbnorms.translated('organization %s is linked to itself', f.id)
            WHEN 'link_lost' THEN kbnorms.translated('organization %s is linked to organization %s, which does not exist', f.id, f.head_id)
            WHEN 'link_loop' THEN kbnorms.translated('organization %s is linked to itself by way of organization %s', f.id, f.head_id)
            ELSE kbnorms.translated('organization %s is linked to organization %s, which is itself linked', f.id, f.head_id)
        END,
        CASE WHEN f.head_of_head IS NOT NULL THEN kbnorms.translated('organization %s is linked to organization %s', f.head_id, f.head_of_head) END,
        kbnorms.translated('The link came in past the triggers, and the account counts wrongly. Link the organization to the head of its account, or to none.')
    FROM (
        SELECT l.*, CASE
                WHEN l.head_id = l.id THEN 'link_to_itself'
                WHEN l.is_lost THEN 'link_lost'
                WHEN EXISTS (SELECT FROM up u WHERE u.id = l.id AND u.at_id = l.id) THEN 'link_loop'
                ELSE 'link_chain'
            END AS fault
        FROM linked l
        WHERE l.head_of_head IS NOT NULL OR l.is_lost
    ) f
    UNION ALL
    SELECT 'link_differs_from_log', 'error', 'organization', o.id, NULL, o.id::text,
        CASE
            WHEN o.head_id IS NULL THEN kbnorms.translated('the log says that organization %s is linked to organization %s, but it is not', o.id, s.head_id)
            ELSE kbnorms.translated('the link of organization %s to organization %s is not in the log', o.id, o.head_id)
        END,
        CASE WHEN s.id IS NOT NULL THEN kbnorms.translated('row %s of the log: head %s', s.id, coalesce(s.head_id::text, '-')) END,
        kbnorms.translated('It was changed past the triggers. Set it back, or as the owner of the base insert a row of kind link or unlink into binding_log.')
    FROM organization o
    LEFT JOIN said s ON s.organization_id = o.id
    WHERE s.head_id IS DISTINCT FROM o.head_id;
END;
COMMENT ON FUNCTION verify_links() IS
'Links (attribute 140) to itself, to nothing, in a loop or in a chain, and links that the log knows otherwise. Checks link_to_itself, link_lost, link_loop, link_chain, link_differs_from_log.';
