-- Peer: a row trigger that locks the manager and counts his accounts.
--
-- Knows base_size only.  Correct at READ COMMITTED: the lock makes binders of
-- one manager queue, and each query of a volatile function then sees what was
-- committed while it waited.  Not at REPEATABLE READ and above, where the count
-- is taken under the transaction's old snapshot.  It runs after the statement's
-- rows are in, so that a swap between two full managers passes.  It locks in
-- the order of the rows: two bulk statements may deadlock, and one be told so.
CREATE FUNCTION @schema@.check_size() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    accounts bigint;
    size_norm integer;
BEGIN
    PERFORM FROM @schema@.manager m WHERE m.id = NEW.manager_id FOR NO KEY UPDATE;
    SELECT count(DISTINCT o.account_id) INTO accounts
    FROM @schema@.binding b
    JOIN @schema@.organization o ON o.id = b.organization_id
    WHERE b.manager_id = NEW.manager_id;
    SELECT s.max_accounts INTO size_norm FROM @schema@.size_norm s WHERE s.manager_id = NEW.manager_id;
    IF accounts > size_norm THEN
        RAISE EXCEPTION 'manager % would hold % accounts, at most % are allowed',
            NEW.manager_id, accounts, size_norm
            USING ERRCODE = 'check_violation', CONSTRAINT = 'base_size';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER check_insert AFTER INSERT ON @schema@.binding
FOR EACH ROW EXECUTE FUNCTION @schema@.check_size();
CREATE TRIGGER check_update AFTER UPDATE OF manager_id ON @schema@.binding
FOR EACH ROW WHEN (OLD.manager_id <> NEW.manager_id) EXECUTE FUNCTION @schema@.check_size();
