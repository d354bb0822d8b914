-- Asking for an extension and deciding on it.
CREATE FUNCTION extension_authority(manager_id bigint)
RETURNS TABLE (capacity kbnorms.capacity, unit_id integer, role_name text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    -- As of a memo: the sales director of the region, without one the centre.
    SELECT w.capacity, p.region_id, a.role_name
    FROM manager_at(kbnorms.today()) m
    LEFT JOIN unit_place p ON p.unit_id = m.unit_id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN p.region_id IS NULL THEN 'centre' ELSE 'sales_director' END::kbnorms.capacity AS capacity
    ) w
    CROSS JOIN LATERAL authority_over(w.capacity, coalesce(p.region_id, m.unit_id)) a
    WHERE m.manager_id = extension_authority.manager_id;
END;
COMMENT ON FUNCTION extension_authority(bigint) IS
'Who may decide today whether an account stays with a manager: the roles that have authority over the region of his (last) post.';

CREATE FUNCTION request_extension(manager_id bigint, organization_id bigint, until date, reason text) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    max_days CONSTANT integer := (
        SELECT p.max_extension_days FROM policy p WHERE p.effective_from <= today() ORDER BY p.effective_from DESC LIMIT 1);
    held record;
    extension_id bigint;
BEGIN
    IF until IS NULL OR coalesce(reason, '') !~ '[^[:space:]]' THEN
        RAISE EXCEPTION '%', translated('an extension needs its day and a reason')
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = translated('SELECT request_extension(manager_id, organization_id, until, reason).');
    ELSIF max_days IS NULL THEN
        RAISE EXCEPTION '%', translated('holds are not extended here')
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = translated('policy.max_extension_days says by how many days they may be; it is empty.');
    END IF;
    SELECT c.* INTO held
    FROM release_clock(today()) c
    WHERE c.manager_id = request_extension.manager_id
        AND c.account_id = (SELECT o.account_id FROM organization o WHERE o.id = request_extension.organization_id);
    IF NOT FOUND THEN
        RAISE EXCEPTION '%', translated('manager %s does not hold organization %s',
                coalesce(manager_id::text, 'NULL'), coalesce(organization_id::text, 'NULL'))
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = translated('What has been released can be bound again.');
    ELSIF until <= greatest(held.release_on, today()) OR until > held.release_on + max_days OR held.release_on IS NULL THEN
        RAISE EXCEPTION '%', translated('the hold cannot be extended until %s', until)
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = coalesce(translated('It is due to be released on %s, and may be extended by %s days.', held.release_on, max_days),
                      translated('Nothing releases it.')),
                  HINT = translated('unbinding_forecast shows the day of release.');
    END IF;
    INSERT INTO hold_extension AS e (manager_id, organization_id, until, reason, requested_by)
    VALUES (request_extension.manager_id, request_extension.organization_id, request_extension.until, request_extension.reason,
        calling_role())
    RETURNING e.id INTO extension_id;
    RETURN extension_id;
END
$$;
COMMENT ON FUNCTION request_extension(bigint, bigint, date, text) IS
'Asks that the account of an organization stays with its manager until a day after that of its release, by policy.max_extension_days at most; returns the number of the request.';

CREATE FUNCTION decide_extension(id bigint, approved boolean, why text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    request hold_extension;
BEGIN
    SELECT * INTO request FROM hold_extension e WHERE e.id = decide_extension.id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION '%', translated('request %s for an extension does not exist', coalesce(id::text, 'NULL'))
            USING ERRCODE = 'no_data_found';
    ELSIF approved IS NULL OR (NOT approved AND coalesce(why, '') !~ '[^[:space:]]') THEN
        RAISE EXCEPTION '%', translated('say whether the extension is approved, and if not, why')
            USING ERRCODE = 'null_value_not_allowed';
    ELSIF request.approved IS NOT NULL THEN
        RAISE EXCEPTION '%', translated('request %s for an extension is decided', id)
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = translated('"%s" decided on it.', request.decided_by);
    ELSIF NOT EXISTS (SELECT FROM extension_authority(request.manager_id) a WHERE acts_as(a.role_name)) THEN
        RAISE EXCEPTION '%', translated('"%s" may not decide on request %s for an extension', calling_role(), id)
            USING ERRCODE = 'insufficient_privilege',
                  HINT = translated('extension_queue says who may.');
    ELSIF is_caller(request.requested_by) THEN
        RAISE EXCEPTION '%', translated('nobody decides on his own request for an extension')
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = translated('"%s" asked for it.', request.requested_by);
    ELSIF approved AND NOT EXISTS (
        SELECT FROM binding b
        JOIN organization o ON o.id = b.organization_id
        WHERE b.manager_id = request.manager_id
            AND o.account_id = (SELECT r.account_id FROM organization r WHERE r.id = request.organization_id))
    THEN
        RAISE EXCEPTION '%', translated('manager %s does not hold organization %s', request.manager_id, request.organization_id)
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = translated('What has been released can be bound again.');
    END IF;
    UPDATE hold_extension e
    SET approved = decide_extension.approved, why = decide_extension.why, decided_by = calling_role(), decided_at = now()
    WHERE e.id = decide_extension.id;
END
$$;
COMMENT ON FUNCTION decide_extension(bigint, boolean, text) IS
'Approves or refuses (then with a reason) a request for an extension. For the sales director of the manager''s region, without one the centre; not for who asked.';

CREATE VIEW extension_queue WITH (security_invoker = true) AS
SELECT e.id, e.manager_id, m.manager_name, m.unit_id, o.account_id, e.organization_id, h.name AS account_name,
    e.until, e.reason, e.requested_by, e.requested_at,
    (SELECT string_agg(DISTINCT a.role_name, ', ' ORDER BY a.role_name) FROM extension_authority(e.manager_id) a) AS role_names
FROM hold_extension e
JOIN manager_at(kbnorms.today()) m ON m.manager_id = e.manager_id
JOIN organization o ON o.id = e.organization_id
JOIN organization h ON h.id = o.account_id
WHERE e.approved IS NULL;
COMMENT ON VIEW extension_queue IS 'Requests for an extension that nobody has decided on, and who may.';
COMMENT ON COLUMN extension_queue.id IS 'Number of the request.';
COMMENT ON COLUMN extension_queue.manager_id IS 'Who is to keep the account.';
COMMENT ON COLUMN extension_queue.manager_name IS 'His full name.';
COMMENT ON COLUMN extension_queue.unit_id IS 'Unit of his (last) post.';
COMMENT ON COLUMN extension_queue.account_id IS 'The account.';
COMMENT ON COLUMN extension_queue.organization_id IS 'The organization that was named.';
COMMENT ON COLUMN extension_queue.account_name IS 'Name of the account''s head.';
COMMENT ON COLUMN extension_queue.until IS 'First day on which it may be released again.';
COMMENT ON COLUMN extension_queue.reason IS 'Why it is asked for.';
COMMENT ON COLUMN extension_queue.requested_by IS 'Database role that asked.';
COMMENT ON COLUMN extension_queue.requested_at IS 'When.';
COMMENT ON COLUMN extension_queue.role_names IS 'The database roles that may decide today.';
