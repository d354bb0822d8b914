-- When each client would leave each base.
SELECT coalesce(json_agg(json_build_object(
    'manager_id', f.manager_id, 'manager_name', f.manager_name, 'account_id', f.account_id, 'account_name', f.account_name,
    'release_on', f.release_on, 'days_left', f.days_left, 'clock_on', f.clock_on, 'last_sale_on', f.last_sale_on,
    'held_back', f.held_back, 'reason', f.reason)
    ORDER BY f.release_on, f.account_id, f.manager_id), '[]')
FROM unbinding_forecast f
WHERE f.release_on IS NOT NULL;
