-- When clients will be released, for people to read: release_clock with names.
CREATE VIEW unbinding_forecast WITH (security_invoker = true) AS
SELECT kbnorms.first_day(kbnorms.month(kbnorms.today())) AS month,
    c.manager_id, m.manager_name, m.unit_id, c.account_id, h.name AS account_name, c.bindings,
    c.bound_on, c.sold_on AS last_sale_on, c.clock_on,
    CASE WHEN c.sold_on >= c.bound_on THEN 'sale' ELSE 'binding' END AS clock_set_by,
    c.release_on, c.release_on - kbnorms.today() AS days_left, c.held_back,
    CASE WHEN c.held_back THEN concat_ws('; ',
            CASE
                WHEN c.overdue_since IS NOT NULL
                    THEN kbnorms.translated('overdue receivables of %s since %s', c.overdue, c.overdue_since)
                WHEN c.overdue IS NOT NULL THEN kbnorms.translated('overdue receivables of %s', c.overdue)
            END,
            CASE WHEN c.extended_until > c.release_on THEN kbnorms.translated('extended until %s', c.extended_until) END)
    END AS reason,
    c.overdue, c.overdue_since,
    kbnorms.today() AS as_of, (SELECT f FROM facts_through('{turnover,overdue}') f) AS facts_through,
    c.extended_until
FROM release_clock(kbnorms.today()) c
JOIN manager_at(kbnorms.today()) m ON m.manager_id = c.manager_id
JOIN organization h ON h.id = c.account_id;
COMMENT ON VIEW unbinding_forecast IS
'When each account will leave each base by automatic unbinding if nothing more is sold to it, on what its clock stands and what holds it back. One row for each account of each manager, as of today.';
COMMENT ON COLUMN unbinding_forecast.month IS 'First day of the running month.';
COMMENT ON COLUMN unbinding_forecast.manager_id IS 'The manager who holds the account.';
COMMENT ON COLUMN unbinding_forecast.manager_name IS 'His full name.';
COMMENT ON COLUMN unbinding_forecast.unit_id IS 'Unit of his (last) post.';
COMMENT ON COLUMN unbinding_forecast.account_id IS 'The account: its head organization.';
COMMENT ON COLUMN unbinding_forecast.account_name IS 'Name of the head organization.';
COMMENT ON COLUMN unbinding_forecast.bindings IS 'How many of its organizations are bound to him: so many bindings would end.';
COMMENT ON COLUMN unbinding_forecast.bound_on IS 'Since when it is in his base: the earliest bound_on of these.';
COMMENT ON COLUMN unbinding_forecast.last_sale_on IS 'Day of the last sale to any organization of the account, whoever holds it; NULL where there was none.';
COMMENT ON COLUMN unbinding_forecast.clock_on IS 'The day on which the clock stands: the later of the two.';
COMMENT ON COLUMN unbinding_forecast.clock_set_by IS 'What set it: sale or binding.';
COMMENT ON COLUMN unbinding_forecast.release_on IS
'The day of the release: when the inactivity period has run out since clock_on; NULL where no period is set. A day that has passed: it is due.';
COMMENT ON COLUMN unbinding_forecast.days_left IS 'Days until then; 0 or negative where it is due.';
COMMENT ON COLUMN unbinding_forecast.held_back IS 'Whether something would keep it with him on that day, as things stand.';
COMMENT ON COLUMN unbinding_forecast.reason IS 'What that is, in the language of the session.';
COMMENT ON COLUMN unbinding_forecast.overdue IS 'Overdue receivables of all its organizations, in roubles; NULL where there are none.';
COMMENT ON COLUMN unbinding_forecast.overdue_since IS 'Since when the oldest of these are overdue.';
COMMENT ON COLUMN unbinding_forecast.as_of IS 'The day that this is as of: today.';
COMMENT ON COLUMN unbinding_forecast.facts_through IS 'Last day that both feeds, turnover and overdue, are loaded through; NULL while one never was.';
COMMENT ON COLUMN unbinding_forecast.extended_until IS 'First day on which an approved extension of the hold is over; NULL where there is none.';
