-- What every spec finds in its database: the extension, a procedure that lays
-- out a small base, and the oracle that closes each permutation.
CREATE EXTENSION kbnorms;
CREATE SCHEMA stage;

-- What SERIALIZABLE reports depends on the plans of the statements: the same
-- ones whatever the tables' sizes.
DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I SET enable_seqscan = off', current_database());
    EXECUTE format('ALTER DATABASE %I SET enable_bitmapscan = off', current_database());
    EXECUTE format('ALTER DATABASE %I SET jit = off', current_database());
END
$$;

-- Managers 1 and 3 are of office 1, 2 and 4 of office 2; all may hold
-- max_accounts accounts.  Organizations 1 to 9 suit everybody.  The base of the
-- permutation before is emptied, past its triggers: that is much faster than to
-- lay it out anew.
CREATE PROCEDURE stage.company(max_accounts integer DEFAULT 1)
LANGUAGE plpgsql AS $$
BEGIN
    IF to_regnamespace('kb') IS NULL THEN
        CALL kbnorms.create_client_base('kb', false);
    END IF;
    SET LOCAL session_replication_role = replica;
    DELETE FROM kb.binding;
    DELETE FROM kb.binding_log;
    DELETE FROM kb.organization;
    DELETE FROM kb.manager_post;
    DELETE FROM kb.waiver;
    DELETE FROM kb.manager;
    DELETE FROM kb.unit;
    DELETE FROM kb.norm_tenure WHERE effective_from = '2010-01-02';
    DELETE FROM kb.policy WHERE effective_from = '2010-01-02';
    UPDATE kb.rule SET enforcement = CASE WHEN code IN ('memo', 'approval', 'applicant')
                                     THEN 'off' ELSE 'block' END::kbnorms.enforcement;
    SET LOCAL session_replication_role = origin;
    INSERT INTO kb.unit (id, kind, name, city) VALUES
        (1, 'office', 'First', 'Moscow'), (2, 'office', 'Second', 'Moscow');
    INSERT INTO kb.manager (id, full_name, hired_on, novice_since)
    SELECT id, 'M' || id, '2009-01-01', '2009-02-01' FROM generate_series(1, 4) AS id;
    INSERT INTO kb.manager_post (manager_id, since, position, specialization, unit_id)
    SELECT id, '2009-01-01', 'manager', 'universal', 2 - id % 2 FROM generate_series(1, 4) AS id;
    INSERT INTO kb.organization (id, name, client_group, potential, city)
    SELECT id, 'C' || id, 'emo', 'A', 'Moscow' FROM generate_series(1, 9) AS id;
    INSERT INTO kb.norm_tenure (specialization, from_month, effective_from, max_accounts)
    VALUES ('universal', 12, '2010-01-02', company.max_accounts);
END
$$;

-- What is bound, as organization-manager with "a" for an additional one, after
-- "ok" or what is wrong with it: by the tables alone, in plain SQL.
CREATE FUNCTION stage.oracle() RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    wrong text;
    bound text;
BEGIN
    SELECT string_agg(DISTINCT fault, ', ' ORDER BY fault)
    INTO wrong
    FROM (SELECT 'base_size of ' || b.manager_id AS fault
          FROM kb.binding AS b JOIN kb.organization AS o ON o.id = b.organization_id
          WHERE EXISTS (SELECT FROM kb.rule WHERE code = 'base_size' AND enforcement = 'block')
          GROUP BY b.manager_id
          HAVING count(DISTINCT o.account_id) > (
              SELECT max_accounts FROM kb.norm_tenure
              WHERE specialization = 'universal' AND from_month = 12 ORDER BY effective_from DESC LIMIT 1)
          UNION ALL
          SELECT 'multiple of ' || b.organization_id
          FROM kb.binding AS b JOIN kb.manager_post AS p USING (manager_id)
          GROUP BY b.organization_id, p.unit_id HAVING count(DISTINCT b.manager_id) > 1
          UNION ALL
          SELECT 'orphan ' || b.organization_id
          FROM kb.binding AS b
          WHERE NOT EXISTS (SELECT FROM kb.organization AS o WHERE o.id = b.organization_id)
              OR NOT EXISTS (SELECT FROM kb.manager AS m WHERE m.id = b.manager_id)
          UNION ALL
          SELECT 'chain at ' || o.id
          FROM kb.organization AS o JOIN kb.organization AS h ON h.id = o.head_id
          WHERE h.head_id IS NOT NULL
          UNION ALL
          SELECT 'log of ' || organization_id
          FROM (SELECT DISTINCT ON (organization_id, manager_id)
                    organization_id, manager_id, unbound_on IS NULL AS held
                FROM kb.binding_log WHERE manager_id IS NOT NULL
                ORDER BY organization_id, manager_id, id DESC) AS l
          FULL JOIN (SELECT organization_id, manager_id, true AS held FROM kb.binding) AS b
          USING (organization_id, manager_id)
          WHERE coalesce(l.held, false) <> coalesce(b.held, false)) AS faults;
    SELECT string_agg(organization_id || '-' || manager_id || CASE WHEN additional THEN 'a' ELSE '' END, ' '
                      ORDER BY organization_id, manager_id)
    INTO bound FROM kb.binding;
    RETURN coalesce('WRONG: ' || wrong, 'ok') || ': ' || coalesce(bound, 'nothing bound');
END
$$;
