-- The black list of the last closed month.
SELECT coalesce(json_agg(json_build_object(
    'manager_id', b.manager_id, 'manager_name', b.manager_name, 'unit_id', b.unit_id,
    'account_id', b.account_id, 'account_name', b.account_name, 'potential', b.potential,
    'threshold', b.threshold, 'turnover', b.turnover, 'months', b.months)
    ORDER BY b.turnover, b.account_id), '[]')
FROM blacklist b;
