-- Offices, clusters, regions and the company in each month.
SELECT coalesce(json_agg(json_build_object(
    'month', u.month, 'unit_id', u.unit_id, 'unit_name', u.unit_name, 'kind', u.kind,
    'managers', u.managers, 'compliant_managers', u.compliant_managers, 'compliant_share', round(u.compliant_share, 4),
    'clients', u.clients, 'organizations', u.organizations, 'paying', u.paying, 'paying_share', round(u.paying_of_clients, 4),
    'turnover', u.turnover, 'blacklisted', u.blacklisted, 'off_profile', u.off_profile_accounts)
    ORDER BY u.month, u.unit_id), '[]')
FROM unit_trend u;
