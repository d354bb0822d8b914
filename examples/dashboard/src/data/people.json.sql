-- The card of each person in each month: who he is, and how many measures he missed.
SELECT coalesce(json_agg(json_build_object(
    'month', s.month, 'manager_id', s.manager_id, 'manager_name', s.manager_name, 'unit_id', s.unit_id,
    'position', s.position, 'specialization', s.specialization, 'status', s.status,
    'missed', s.missed, 'compliant', s.compliant)
    ORDER BY s.month, s.manager_name, s.manager_id), '[]')
FROM scorecard_trend s;
