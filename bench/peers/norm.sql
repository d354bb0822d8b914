-- The one norm that the peers know, base_size: how many accounts a manager may
-- hold today.  No row of a norm says that no size is laid down, which means none.
CREATE VIEW @schema@.size_norm AS
SELECT m.id AS manager_id,
    coalesce((
        SELECT n.max_accounts
        FROM (
            SELECT p.specialization
            FROM @schema@.manager_post p
            WHERE p.manager_id = m.id AND p.since <= current_date
            ORDER BY p.since DESC
            LIMIT 1
        ) p
        JOIN @schema@.norm_tenure n ON n.specialization = p.specialization
        WHERE n.effective_from <= current_date
            AND m.novice_since + make_interval(months => n.from_month) <= current_date
        ORDER BY n.from_month DESC, n.effective_from DESC
        LIMIT 1), 0) AS max_accounts
FROM @schema@.manager m;
