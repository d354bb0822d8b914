-- What there is to mend today; what to do about it is in advice.json.sql.
SELECT coalesce(json_agg(json_build_object(
    'key', concat_ws(':', v.manager_id, v.rule, v.account_id),
    'manager_id', v.manager_id, 'manager_name', v.manager_name, 'unit_id', v.unit_id, 'rule', v.rule,
    'account_name', v.account_name, 'actual', round(v.actual, 4), 'bound', v.bound, 'since', v.since,
    'held_since_before', v.held_since_before)
    ORDER BY v.manager_name, v.manager_id, v.rule, v.account_name), '[]')
FROM violation v;
