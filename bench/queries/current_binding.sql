-- Every present binding with all names on 15 August 2010, as one hand-written
-- query over sets, where no binding has a memo and units are four deep.
SELECT b.organization_id, o.name AS organization_name, o.inn::text AS inn,
    o.account_id, h.name AS account_name, o.head_id IS NOT NULL AS is_linked,
    h.client_group, g.abbr AS client_group_abbr, g.name_en AS client_group_name_en, g.name_ru AS client_group_name_ru,
    h.potential, coalesce(o.city, h.city) AS city, t.id AS territory_id, t.name AS territory_name,
    b.bound_on, min(b.bound_on) OVER (PARTITION BY o.account_id, b.manager_id) AS in_base_since, b.additional, b.territory_exception,
    b.manager_id, m.full_name AS manager_name, m.personnel_no, p."position", k.name_en AS position_name_en, k.name_ru AS position_name_ru,
    p.specialization, z.name_en AS specialization_name_en, z.name_ru AS specialization_name_ru,
    CASE
        WHEN m.novice_since IS NULL OR m.novice_since > '2010-08-15' THEN 'intern'
        WHEN m.novice_since + interval '6 months' > '2010-08-15' THEN 'novice'
        WHEN m.novice_since + interval '12 months' > '2010-08-15' THEN 'experienced'
        ELSE 'veteran'
    END AS status,
    m.left_on, u.city AS manager_city, p.unit_id, u.name AS unit_name,
    u.id AS office_id, u.name AS office_name, uc.id AS cluster_id, uc.name AS cluster_name,
    ur.id AS region_id, ur.name AS region_name, ut.id AS centre_id, ut.name AS centre_name,
    l.memo_id, l.reason, l.changed_by AS bound_by, l.acting_for, l.changed_at AS bound_at, date '2010-08-15' AS as_of
FROM kb.binding b
JOIN kb.organization o ON o.id = b.organization_id
JOIN kb.organization h ON h.id = o.account_id
LEFT JOIN kb.client_group g ON g.code = h.client_group
LEFT JOIN kb.territory t ON t.id = coalesce(o.territory_id, h.territory_id)
JOIN kb.manager m ON m.id = b.manager_id
LEFT JOIN (
    SELECT DISTINCT ON (p.manager_id) p.*
    FROM kb.manager_post p
    WHERE p.since <= '2010-08-15'
    ORDER BY p.manager_id, p.since DESC
) p ON p.manager_id = b.manager_id
LEFT JOIN kb."position" k ON k.code = p."position"
LEFT JOIN kb.specialization z ON z.code = p.specialization
LEFT JOIN kb.unit u ON u.id = p.unit_id
LEFT JOIN kb.unit uc ON uc.id = u.parent_id
LEFT JOIN kb.unit ur ON ur.id = uc.parent_id
LEFT JOIN kb.unit ut ON ut.id = ur.parent_id
LEFT JOIN (
    SELECT DISTINCT ON (l.organization_id, l.manager_id) l.*
    FROM kb.binding_log l
    WHERE l.unbound_on IS NULL
    ORDER BY l.organization_id, l.manager_id, l.id DESC
) l ON l.organization_id = b.organization_id AND l.manager_id = b.manager_id
