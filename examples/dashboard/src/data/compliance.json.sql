-- Every verdict of every month, the exempt that have no figure left out.
SELECT coalesce(json_agg(json_build_object(
    'month', c.month, 'manager_id', c.manager_id, 'measure', c.measure, 'actual', round(c.actual, 4),
    'norm_min', round(c.norm_min, 4), 'norm_max', c.norm_max, 'verdict', c.verdict)
    ORDER BY c.month, c.manager_id, c.measure), '[]')
FROM (SELECT month FROM closed_month UNION SELECT kbnorms.today()::kbnorms.month) m
CROSS JOIN LATERAL compliance(m.month) c
WHERE c.verdict <> 'exempt' OR c.actual IS NOT NULL;
