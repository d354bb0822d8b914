-- Bases that have to be given away, and by when.
SELECT coalesce(json_agg(json_build_object(
    'manager_id', r.manager_id, 'manager_name', r.manager_name, 'cause', r.cause, 'accounts', r.accounts,
    'deadline', r.deadline, 'verdict', r.verdict, 'office_id', r.office_id)
    ORDER BY r.deadline, r.manager_id), '[]')
FROM rebinding_due r;
