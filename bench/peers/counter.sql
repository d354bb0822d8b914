-- Peer: a counter row for each manager, kept by statement triggers.
--
-- Knows base_size only.  Correct at READ COMMITTED, and at REPEATABLE READ and
-- above too, where the loser of a race for a counter gets 40001.  The counters
-- are locked in one order before anything is looked at.  A change of head_id
-- would have to keep the counters as well; the benchmark makes none.
CREATE TABLE @schema@.manager_counter (
    manager_id integer PRIMARY KEY REFERENCES @schema@.manager,
    accounts integer NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

CREATE FUNCTION @schema@.add_counters() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO @schema@.manager_counter (manager_id) SELECT n.id FROM new_rows n;
    RETURN NULL;
END
$$;
CREATE TRIGGER add_counters AFTER INSERT ON @schema@.manager
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION @schema@.add_counters();

CREATE FUNCTION @schema@.count_gained() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    PERFORM FROM @schema@.manager_counter c
    WHERE c.manager_id IN (SELECT n.manager_id FROM new_rows n)
    ORDER BY c.manager_id FOR NO KEY UPDATE;

    -- An account is new to the base if all that the manager now holds of it
    -- came with this statement.
    UPDATE @schema@.manager_counter c
    SET accounts = c.accounts + g.gained
    FROM (
        SELECT a.manager_id, count(*) AS gained
        FROM (
            SELECT n.manager_id, o.account_id, count(*) AS came
            FROM new_rows n
            JOIN @schema@.organization o ON o.id = n.organization_id
            GROUP BY n.manager_id, o.account_id
        ) a
        WHERE a.came = (
            SELECT count(*)
            FROM @schema@.organization o
            JOIN @schema@.binding b ON b.organization_id = o.id AND b.manager_id = a.manager_id
            WHERE o.account_id = a.account_id)
        GROUP BY a.manager_id
    ) g
    WHERE c.manager_id = g.manager_id;

    SELECT c.manager_id, c.accounts, s.max_accounts INTO broken
    FROM @schema@.manager_counter c
    JOIN @schema@.size_norm s ON s.manager_id = c.manager_id
    WHERE c.manager_id IN (SELECT n.manager_id FROM new_rows n) AND c.accounts > s.max_accounts
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

CREATE FUNCTION @schema@.count_lost() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM @schema@.manager_counter c
    WHERE c.manager_id IN (SELECT o.manager_id FROM old_rows o)
    ORDER BY c.manager_id FOR NO KEY UPDATE;

    UPDATE @schema@.manager_counter c
    SET accounts = c.accounts - l.lost
    FROM (
        SELECT a.manager_id, count(*) AS lost
        FROM (
            SELECT DISTINCT r.manager_id, o.account_id
            FROM old_rows r
            JOIN @schema@.organization o ON o.id = r.organization_id
        ) a
        WHERE NOT EXISTS (
            SELECT FROM @schema@.organization o
            JOIN @schema@.binding b ON b.organization_id = o.id AND b.manager_id = a.manager_id
            WHERE o.account_id = a.account_id)
        GROUP BY a.manager_id
    ) l
    WHERE c.manager_id = l.manager_id;
    RETURN NULL;
END
$$;

-- An UPDATE may take and give accounts of one manager at once.
CREATE FUNCTION @schema@.count_moved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken record;
BEGIN
    PERFORM FROM @schema@.manager_counter c
    WHERE c.manager_id IN (
        SELECT o.manager_id FROM old_rows o UNION ALL SELECT n.manager_id FROM new_rows n)
    ORDER BY c.manager_id FOR NO KEY UPDATE;

    UPDATE @schema@.manager_counter c
    SET accounts = c.accounts + d.gained
    FROM (
        SELECT a.manager_id,
            sum((h.held > 0)::integer - (h.held - a.came + a.went > 0)::integer) AS gained
        FROM (
            SELECT r.manager_id, o.account_id, sum(r.came) AS came, sum(r.went) AS went
            FROM (
                SELECT n.organization_id, n.manager_id, 1 AS came, 0 AS went FROM new_rows n
                UNION ALL
                SELECT q.organization_id, q.manager_id, 0, 1 FROM old_rows q
            ) r
            JOIN @schema@.organization o ON o.id = r.organization_id
            GROUP BY r.manager_id, o.account_id
        ) a
        CROSS JOIN LATERAL (
            SELECT count(*) AS held
            FROM @schema@.organization o
            JOIN @schema@.binding b ON b.organization_id = o.id AND b.manager_id = a.manager_id
            WHERE o.account_id = a.account_id
        ) h
        GROUP BY a.manager_id
    ) d
    WHERE c.manager_id = d.manager_id AND d.gained <> 0;

    SELECT c.manager_id, c.accounts, s.max_accounts INTO broken
    FROM @schema@.manager_counter c
    JOIN @schema@.size_norm s ON s.manager_id = c.manager_id
    WHERE c.manager_id IN (SELECT n.manager_id FROM new_rows n) AND c.accounts > s.max_accounts
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

CREATE TRIGGER count_insert AFTER INSERT ON @schema@.binding
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION @schema@.count_gained();
CREATE TRIGGER count_update AFTER UPDATE ON @schema@.binding
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION @schema@.count_moved();
CREATE TRIGGER count_delete AFTER DELETE ON @schema@.binding
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION @schema@.count_lost();
