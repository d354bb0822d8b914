-- Who holds whom.
SELECT coalesce(json_agg(json_build_object(
    'manager_id', b.manager_id, 'organization_id', b.organization_id, 'account_id', b.account_id,
    'organization_name', b.organization_name, 'inn', b.inn, 'client_group', b.client_group, 'potential', b.potential,
    'city', b.city, 'bound_on', b.bound_on, 'additional', b.additional)
    ORDER BY b.organization_name, b.organization_id), '[]')
FROM current_binding b;
