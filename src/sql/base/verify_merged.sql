-- What a merger of organizations promises, rechecked from the tables alone.
CREATE FUNCTION verify_merged() RETURNS SETOF verify_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
    SELECT 'merged_' || f.fault, 'error', f.table_name, o.id, NULL::integer, o.id::text,
        CASE f.fault
            WHEN 'has_facts' THEN kbnorms.translated('organization %s was merged into organization %s and has facts of its own', o.id, o.merged_into)
            ELSE kbnorms.translated('organization %s was merged into organization %s and is linked to another account', o.id, o.merged_into)
        END,
        NULL,
        CASE f.fault
            WHEN 'has_facts' THEN kbnorms.translated('They came in past the loads. As the owner of the base add them to those of the other organization.')
            ELSE kbnorms.translated('Link it to the head of the other organization, or to that itself where it is a head.')
        END
    FROM organization o
    JOIN organization k ON k.id = o.merged_into
    CROSS JOIN LATERAL (
        SELECT 'has_facts', 'turnover' WHERE EXISTS (SELECT FROM turnover t WHERE t.organization_id = o.id)
        UNION ALL
        SELECT 'has_facts', 'overdue' WHERE EXISTS (SELECT FROM overdue v WHERE v.organization_id = o.id)
        UNION ALL
        SELECT 'has_facts', 'activity' WHERE EXISTS (SELECT FROM activity a WHERE a.organization_id = o.id)
        UNION ALL
        SELECT 'is_elsewhere', 'organization' WHERE o.account_id <> k.account_id) AS f(fault, table_name)
    WHERE o.merged_into IS NOT NULL;
END;
COMMENT ON FUNCTION verify_merged() IS
'Organizations that were merged into another one and have facts, or belong to another account, all the same. Checks merged_has_facts, merged_is_elsewhere.';
