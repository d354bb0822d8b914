-- What to do about each violation, in the words of the base's own messages.
SET lc_messages = 'C';
SELECT coalesce(json_object_agg(concat_ws(':', v.manager_id, v.rule, v.account_id), v.what_to_do), '{}')
FROM violation v;
