-- Peer: a statement trigger over the transition table.
--
-- Knows base_size only.  Correct at READ COMMITTED: it locks the managers in one
-- order, so that bulk statements do not deadlock over them, and counts in a
-- later query, which sees what was committed while it waited.  Not at REPEATABLE
-- READ and above, where the count is taken under the transaction's old snapshot.
CREATE FUNCTION @schema@.check_sizes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    PERFORM FROM @schema@.manager m
    WHERE m.id IN (SELECT n.manager_id FROM new_rows n)
    ORDER BY m.id FOR NO KEY UPDATE;

    SELECT c.manager_id, c.accounts, s.max_accounts INTO broken
    FROM (
        SELECT b.manager_id, count(DISTINCT o.account_id) AS accounts
        FROM @schema@.binding b
        JOIN @schema@.organization o ON o.id = b.organization_id
        WHERE b.manager_id IN (SELECT n.manager_id FROM new_rows n)
        GROUP BY b.manager_id
    ) c
    JOIN @schema@.size_norm s ON s.manager_id = c.manager_id
    WHERE c.accounts > s.max_accounts
    ORDER BY c.manager_id
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'manager % would hold % accounts, at most % are allowed',
            broken.manager_id, broken.accounts, broken.max_accounts
            USING ERRCODE = 'check_violation', CONSTRAINT = 'base_size';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER check_insert AFTER INSERT ON @schema@.binding
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION @schema@.check_sizes();
CREATE TRIGGER check_update AFTER UPDATE ON @schema@.binding
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION @schema@.check_sizes();
