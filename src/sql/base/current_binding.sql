-- Classifier 37 as people read it: every present binding with all names, and on
-- what it rests.
--
-- Who made a binding, and by which memo, is in the row that the log has of its
-- latest change.  A plain bind has no entry in any index of the log but that of
-- its number, so these columns read the log once; who does not ask for them
-- does not pay for it.
CREATE VIEW current_binding WITH (security_invoker = true) AS
SELECT b.organization_id, o.name AS organization_name, o.inn::text AS inn,
    o.account_id, h.name AS account_name, o.head_id IS NOT NULL AS is_linked,
    h.client_group, g.abbr AS client_group_abbr, g.name_en AS client_group_name_en, g.name_ru AS client_group_name_ru,
    h.potential, coalesce(o.city, h.city) AS city, t.id AS territory_id, t.name AS territory_name,
    b.bound_on, CASE
        -- most stand alone: that is known without a look at the bindings
        WHEN o.head_id IS NULL AND NOT EXISTS (SELECT FROM organization f WHERE f.head_id = o.id) THEN b.bound_on
        ELSE (
            SELECT min(s.bound_on)
            FROM organization a
            JOIN binding s ON s.organization_id = a.id
            WHERE a.account_id = o.account_id AND s.manager_id = b.manager_id
        )
    END AS in_base_since, b.additional, b.territory_exception,
    b.manager_id, m.manager_name, n.personnel_no, m."position", k.name_en AS position_name_en, k.name_ru AS position_name_ru,
    m.specialization, z.name_en AS specialization_name_en, z.name_ru AS specialization_name_ru, m.status::text AS status,
    n.left_on, m.city AS manager_city, m.unit_id, u.name AS unit_name,
    p.office_id, uo.name AS office_name, p.cluster_id, uc.name AS cluster_name,
    p.region_id, ur.name AS region_name, p.centre_id, ut.name AS centre_name,
    l.memo_id, l.reason, e.author AS memo_author,
    CASE WHEN l.memo_id IS NOT NULL THEN (
        SELECT string_agg(DISTINCT w.decided_by, ', ' ORDER BY w.decided_by)
        FROM memo_approval w
        WHERE w.memo_id = l.memo_id AND w.approved
    ) END AS memo_approved_by,
    l.changed_by AS bound_by, l.acting_for, l.changed_at AS bound_at,
    kbnorms.today() AS as_of, (SELECT f FROM facts_through('{turnover,overdue,activity}') f) AS facts_through
FROM binding b
LEFT JOIN organization o ON o.id = b.organization_id
LEFT JOIN organization h ON h.id = o.account_id
LEFT JOIN client_group g ON g.code = h.client_group
LEFT JOIN territory t ON t.id = coalesce(o.territory_id, h.territory_id)
LEFT JOIN manager n ON n.id = b.manager_id
LEFT JOIN manager_at(kbnorms.today()) m ON m.manager_id = b.manager_id
LEFT JOIN "position" k ON k.code = m."position"
LEFT JOIN specialization z ON z.code = m.specialization
LEFT JOIN unit u ON u.id = m.unit_id
LEFT JOIN unit_place p ON p.unit_id = m.unit_id
LEFT JOIN unit uo ON uo.id = p.office_id
LEFT JOIN unit uc ON uc.id = p.cluster_id
LEFT JOIN unit ur ON ur.id = p.region_id
LEFT JOIN unit ut ON ut.id = p.centre_id
LEFT JOIN (
    SELECT x.organization_id, x.manager_id, max(x.id) AS id
    FROM binding_log x
    WHERE x.unbound_on IS NULL
    GROUP BY x.organization_id, x.manager_id
) i ON i.organization_id = b.organization_id AND i.manager_id = b.manager_id
    -- said twice: from 16 a condition on what is asked for, as manager_id = 2,
    -- takes the place of the first saying, and without one none knows that
    -- there is one row at most and the log need not be read
    AND i.organization_id = b.organization_id + 0 AND i.manager_id = b.manager_id + 0
LEFT JOIN binding_log l ON l.id = i.id
LEFT JOIN memo e ON e.id = l.memo_id;
COMMENT ON VIEW current_binding IS
'Classifier 37 (37 классификатор) with all names: every present binding, the organization, its account, the manager and where he stands, and on what the binding rests. One row for each row of binding.';
COMMENT ON COLUMN current_binding.organization_id IS 'The organization.';
COMMENT ON COLUMN current_binding.organization_name IS 'Its name.';
COMMENT ON COLUMN current_binding.inn IS 'Its taxpayer number (ИНН).';
COMMENT ON COLUMN current_binding.account_id IS 'Its account: its head, or itself.';
COMMENT ON COLUMN current_binding.account_name IS 'Name of the head organization.';
COMMENT ON COLUMN current_binding.is_linked IS 'Whether it is linked to another head (140 признак).';
COMMENT ON COLUMN current_binding.client_group IS 'Client group (ЦКГ) of the account; NULL where unknown.';
COMMENT ON COLUMN current_binding.client_group_abbr IS 'Its abbreviation in use.';
COMMENT ON COLUMN current_binding.client_group_name_en IS 'Its name in English.';
COMMENT ON COLUMN current_binding.client_group_name_ru IS 'Its name in Russian.';
COMMENT ON COLUMN current_binding.potential IS 'Potential of the account; NULL where unknown.';
COMMENT ON COLUMN current_binding.city IS 'City where the organization sits: its own, else its head''s.';
COMMENT ON COLUMN current_binding.territory_id IS 'Territory that it belongs to: its own, else its head''s.';
COMMENT ON COLUMN current_binding.territory_name IS 'Name of the territory.';
COMMENT ON COLUMN current_binding.bound_on IS 'First day of the binding.';
COMMENT ON COLUMN current_binding.in_base_since IS 'Since when the manager has the account: the earliest bound_on of its organizations with him.';
COMMENT ON COLUMN current_binding.additional IS 'Whether it is an additional binding beside the main one.';
COMMENT ON COLUMN current_binding.territory_exception IS 'Justification outside the city.';
COMMENT ON COLUMN current_binding.manager_id IS 'The manager.';
COMMENT ON COLUMN current_binding.manager_name IS 'His full name.';
COMMENT ON COLUMN current_binding.personnel_no IS 'His personnel number (табельный номер).';
COMMENT ON COLUMN current_binding."position" IS 'His position: of his post of today, a leaver''s last; NULL where he has none.';
COMMENT ON COLUMN current_binding.position_name_en IS 'Its name in English.';
COMMENT ON COLUMN current_binding.position_name_ru IS 'Its name in Russian.';
COMMENT ON COLUMN current_binding.specialization IS 'His specialization; NULL where his position has none.';
COMMENT ON COLUMN current_binding.specialization_name_en IS 'Its name in English.';
COMMENT ON COLUMN current_binding.specialization_name_ru IS 'Its name in Russian.';
COMMENT ON COLUMN current_binding.status IS 'His status by tenure: intern, novice, experienced or veteran.';
COMMENT ON COLUMN current_binding.left_on IS 'First day after his employment; NULL while nothing is known of one.';
COMMENT ON COLUMN current_binding.manager_city IS 'City of his office.';
COMMENT ON COLUMN current_binding.unit_id IS 'Unit of his post.';
COMMENT ON COLUMN current_binding.unit_name IS 'Its name.';
COMMENT ON COLUMN current_binding.office_id IS 'His office (ОП): the nearest at or above that unit.';
COMMENT ON COLUMN current_binding.office_name IS 'Its name.';
COMMENT ON COLUMN current_binding.cluster_id IS 'His cluster (куст).';
COMMENT ON COLUMN current_binding.cluster_name IS 'Its name.';
COMMENT ON COLUMN current_binding.region_id IS 'His region (РЦ).';
COMMENT ON COLUMN current_binding.region_name IS 'Its name.';
COMMENT ON COLUMN current_binding.centre_id IS 'His centre (ЦП).';
COMMENT ON COLUMN current_binding.centre_name IS 'Its name.';
COMMENT ON COLUMN current_binding.memo_id IS 'The memo used by the latest change of this binding; NULL where none was needed.';
COMMENT ON COLUMN current_binding.reason IS 'Its reason, or import for what the first load brought.';
COMMENT ON COLUMN current_binding.memo_author IS 'Database role that wrote the memo.';
COMMENT ON COLUMN current_binding.memo_approved_by IS 'Database roles that approved it.';
COMMENT ON COLUMN current_binding.bound_by IS 'Database role that made that change.';
COMMENT ON COLUMN current_binding.acting_for IS 'Person behind the role, as the session said; not verified.';
COMMENT ON COLUMN current_binding.bound_at IS 'When.';
COMMENT ON COLUMN current_binding.as_of IS 'The day that this is as of: today.';
COMMENT ON COLUMN current_binding.facts_through IS 'Last day that all feeds are loaded through; NULL while one never was. Nothing else here comes from a feed.';
