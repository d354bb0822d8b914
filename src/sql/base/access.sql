-- Which database role may act as what, and the rights that this takes.

CREATE FUNCTION rights_of(capacity kbnorms.capacity, leaving_out oid[] DEFAULT '{}') RETURNS SETOF text
LANGUAGE plpgsql STABLE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    -- What is done in each capacity beside reading; a word is given also by writing a memo.
    writes CONSTANT boolean := capacity IN ('author', 'sales_director', 'centre', 'centre_sales');
    approves CONSTANT boolean := capacity IN ('sales_director', 'centre', 'centre_sales');
    applies CONSTANT boolean := capacity IN ('client_analyst', 'centre');
    item_columns CONSTANT text := 'memo_id, item_no, change, organization_id, from_manager_id, to_manager_id, head_id, additional, territory_exception';
BEGIN
    RETURN NEXT format('USAGE ON SCHEMA %s', this_base());
    RETURN QUERY
    SELECT format('SELECT ON TABLE %s', string_agg(c.oid::regclass::text, ', '))
    FROM pg_class c
    WHERE c.relnamespace = this_base() AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.oid <> ALL (leaving_out)
    HAVING count(*) > 0;
    RETURN QUERY
    SELECT format('EXECUTE ON FUNCTION %s', string_agg(p.oid::regprocedure::text, ', '))
    FROM pg_proc p
    WHERE p.pronamespace = this_base() AND p.prokind = 'f' AND p.oid <> ALL (leaving_out)
        AND (p.provolatile <> 'v' -- reports
            OR (writes AND p.proname IN ('submit_memo', 'add_account', 'reject_memo', 'propose_handover', 'add_handover_items'))
            OR (approves AND p.proname IN ('approve_memo', 'reject_memo'))
            OR (applies AND p.proname = 'apply_memo')
            OR (capacity <> 'reader' AND p.proname = 'acknowledge_alert')
            OR (capacity = 'centre' AND p.proname IN ('grant_waiver', 'end_waiver'))
            OR ((writes OR applies) AND p.proname = 'request_extension')
            OR (approves AND p.proname = 'decide_extension'))
    HAVING count(*) > 0;
    IF writes THEN
        RETURN NEXT 'INSERT (reason, client_card), UPDATE (reason, client_card), DELETE ON memo';
        RETURN NEXT format('INSERT (%1$s), UPDATE (%1$s), DELETE ON memo_item', item_columns);
    END IF;
    IF applies THEN
        RETURN NEXT 'INSERT, UPDATE, DELETE ON binding';
        RETURN NEXT 'INSERT, UPDATE (head_id) ON organization';
    END IF;
END
$$;
COMMENT ON FUNCTION rights_of(kbnorms.capacity, oid[]) IS
'The rights that a capacity takes, as GRANT and REVOKE name them, but to read or run what is left out. Every capacity may read.';

CREATE FUNCTION grant_access(role_name text, capacity kbnorms.capacity, unit_id bigint DEFAULT NULL, until date DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    authority_id bigint;
    rights text;
BEGIN
    PERFORM require_owner(this_base());
    IF capacity IS NULL THEN
        RAISE EXCEPTION '%', translated('the capacity must not be null') USING ERRCODE = 'null_value_not_allowed';
    ELSIF NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = role_name) THEN
        RAISE EXCEPTION '%', translated('role %s does not exist', coalesce('"' || role_name || '"', 'NULL'))
            USING ERRCODE = 'undefined_object', HINT = translated('Create it with CREATE ROLE first.');
    END IF;
    -- What is in force already gets the new end.
    UPDATE authority a SET until = grant_access.until
    WHERE a.role_name = grant_access.role_name AND a.capacity = grant_access.capacity
        AND a.unit_id IS NOT DISTINCT FROM grant_access.unit_id
        AND (a.since IS NULL OR a.since <= today()) AND (a.until IS NULL OR a.until > today());
    IF FOUND THEN
        SELECT max(a.id) INTO authority_id FROM authority a
        WHERE a.role_name = grant_access.role_name AND a.capacity = grant_access.capacity
            AND a.unit_id IS NOT DISTINCT FROM grant_access.unit_id;
    ELSE
        INSERT INTO authority AS a (role_name, capacity, unit_id, until)
        VALUES (grant_access.role_name, grant_access.capacity, grant_access.unit_id, grant_access.until)
        RETURNING a.id INTO authority_id;
    END IF;
    FOR rights IN SELECT r FROM rights_of(capacity) r LOOP
        EXECUTE format('GRANT %s TO %I', rights, role_name);
    END LOOP;
    RETURN authority_id;
END
$$;
COMMENT ON FUNCTION grant_access(text, kbnorms.capacity, bigint, date) IS
'Lets a role act in a capacity for the subtree of a unit (none: the whole tree), from today until the day before until, and gives it exactly the rights that this takes. For the owner of the base. Returns the number of the row in authority.';

CREATE FUNCTION revoke_access(role_name text, capacity kbnorms.capacity, unit_id bigint DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    rights text;
BEGIN
    PERFORM require_owner(this_base());
    IF NOT EXISTS (
        SELECT FROM authority a
        WHERE a.role_name = revoke_access.role_name AND a.capacity = revoke_access.capacity
            AND a.unit_id IS NOT DISTINCT FROM revoke_access.unit_id)
    THEN
        RAISE EXCEPTION '%', translated('role %s has no authority as %s over %s', coalesce('"' || role_name || '"', 'NULL'),
            coalesce(capacity::text, 'NULL'), CASE WHEN unit_id IS NULL THEN translated('all units') ELSE translated('unit %s', unit_id) END)
            USING ERRCODE = 'undefined_object', HINT = translated('Table authority says what has been granted.');
    END IF;
    -- What has not been in force for a day leaves only its trace in change_log.
    DELETE FROM authority a
    WHERE a.role_name = revoke_access.role_name AND a.capacity = revoke_access.capacity
        AND a.unit_id IS NOT DISTINCT FROM revoke_access.unit_id AND a.since >= today();
    UPDATE authority a SET until = today()
    WHERE a.role_name = revoke_access.role_name AND a.capacity = revoke_access.capacity
        AND a.unit_id IS NOT DISTINCT FROM revoke_access.unit_id
        AND (a.until IS NULL OR a.until > today());

    -- All rights go, and those come back that another row still takes.
    IF EXISTS (SELECT FROM pg_roles r WHERE r.rolname = role_name) THEN
        FOR rights IN
            SELECT DISTINCT r FROM unnest(enum_range(NULL::capacity)) c, rights_of(c) r
        LOOP
            EXECUTE format('REVOKE %s FROM %I', rights, role_name);
        END LOOP;
        FOR rights IN
            SELECT DISTINCT r
            FROM authority a, rights_of(a.capacity) r
            WHERE a.role_name = revoke_access.role_name AND (a.until IS NULL OR a.until > today())
        LOOP
            EXECUTE format('GRANT %s TO %I', rights, role_name);
        END LOOP;
        -- Loading is no capacity, and takes some of the same rights.
        IF EXISTS (
            SELECT FROM pg_proc p, aclexplode(p.proacl) g
            WHERE p.oid = 'load_turnover(regclass, date, boolean)'::regprocedure
                AND g.grantee = (SELECT r.oid FROM pg_roles r WHERE r.rolname = role_name))
        THEN
            PERFORM grant_loading(role_name);
        END IF;
    END IF;
END
$$;
COMMENT ON FUNCTION revoke_access(text, kbnorms.capacity, bigint) IS
'Ends what grant_access began: from today the role may not act so any more, and loses the rights that no other row of authority takes. What it was stays on record. For the owner of the base.';

CREATE FUNCTION renew_access(leaving_out oid[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    granted record;
BEGIN
    PERFORM require_owner(this_base());
    FOR granted IN
        SELECT DISTINCT r.rights, a.role_name
        FROM authority a
        JOIN pg_roles o ON o.rolname = a.role_name
        CROSS JOIN rights_of(a.capacity, leaving_out) AS r(rights)
        WHERE a.until IS NULL OR a.until > today()
    LOOP
        EXECUTE format('GRANT %s TO %I', granted.rights, granted.role_name);
    END LOOP;
END
$$;
COMMENT ON FUNCTION renew_access(oid[]) IS
'Gives every role that authority lets act in a capacity the rights of it again, so that they reach what has come into the schema since. For the owner of the base. An upgrade leaves out the relations and routines that were there before.';

-- Whoever lays out a base owns it; nobody else can do anything yet.
REVOKE ALL ON ALL ROUTINES IN SCHEMA @base@ FROM PUBLIC;
