-- Granting a waiver and ending it: by the owner of the base, who may also write
-- the table, or by the centre (ЦП) for whoever its authority covers.
CREATE FUNCTION waiver_written() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.since > today() THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION '%', translated('waiver %s has begun and is kept', OLD.id)
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = translated('end_waiver(%s) ends it today.', OLD.id);
    ELSIF TG_OP = 'UPDATE' AND (NEW.id, NEW.manager_id, NEW.rule, NEW.since, NEW.reason, NEW.granted_by, NEW.granted_at, NEW.absence_id)
            IS DISTINCT FROM (OLD.id, OLD.manager_id, OLD.rule, OLD.since, OLD.reason, OLD.granted_by, OLD.granted_at, OLD.absence_id)
    THEN
        RAISE EXCEPTION '%', translated('of a waiver only "until" may be changed')
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = translated('End it and grant another one.');
    ELSIF NEW.rule IN ('personal', 'multiple', 'memo', 'approval', 'applicant') THEN
        RAISE EXCEPTION '%', translated('rule "%s" cannot be waived', NEW.rule)
            USING ERRCODE = 'check_violation',
                  DETAIL = translated('It says what a binding is or who decides on it, and is no norm.'),
                  SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = 'waiver_rule_may_be_waived';
    ELSIF NOT EXISTS (SELECT FROM absence a WHERE a.id = NEW.absence_id AND a.manager_id = NEW.manager_id)
        AND EXISTS (SELECT FROM absence a WHERE a.id = NEW.absence_id)
    THEN
        RAISE EXCEPTION '%', translated('absence %s is not of manager %s', NEW.absence_id, NEW.manager_id)
            USING ERRCODE = 'check_violation',
                  HINT = translated('Name an absence of the manager whom the waiver is for, or none.'),
                  SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = 'waiver_absence_is_his';
    END IF;
    IF TG_OP = 'INSERT' THEN
        NEW.granted_by := calling_role();
        NEW.granted_at := now();
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION waiver_written() IS
'Writes who grants a waiver, and keeps what has let something pass. BEFORE INSERT, UPDATE or DELETE FOR EACH ROW.';
CREATE TRIGGER waiver_written BEFORE INSERT OR UPDATE OR DELETE ON waiver
FOR EACH ROW EXECUTE FUNCTION waiver_written();
COMMENT ON TRIGGER waiver_written ON waiver IS 'Writes who grants, and refuses to change a waiver but in its end.';
CREATE TRIGGER waiver_kept BEFORE TRUNCATE ON waiver
FOR EACH STATEMENT EXECUTE FUNCTION kbnorms.log_is_kept();
COMMENT ON TRIGGER waiver_kept ON waiver IS 'Refuses to remove all.';

CREATE FUNCTION require_waiver_authority(manager_id bigint) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    post_unit CONSTANT bigint := (SELECT m.unit_id FROM manager_at(today()) m WHERE m.manager_id = require_waiver_authority.manager_id);
BEGIN
    IF NOT EXISTS (SELECT FROM manager m WHERE m.id = require_waiver_authority.manager_id) THEN
        RAISE EXCEPTION '%', translated('manager %s does not exist', coalesce(manager_id::text, 'NULL'))
            USING ERRCODE = 'foreign_key_violation';
    ELSIF NOT EXISTS (SELECT FROM authority_over('centre', post_unit) a WHERE acts_as(a.role_name))
        AND NOT pg_has_role(calling_role(), (SELECT n.nspowner FROM pg_namespace n WHERE n.oid = this_base()), 'USAGE')
    THEN
        RAISE EXCEPTION '%', translated('"%s" may not waive norms of manager %s', calling_role(), manager_id)
            USING ERRCODE = 'insufficient_privilege',
                  HINT = translated('The owner of the base may, and who has the capacity centre over the unit of his post.');
    END IF;
END
$$;
COMMENT ON FUNCTION require_waiver_authority(bigint) IS
'Refuses whoever may not waive norms of a manager: that are the owner of the base, and the centre.';

CREATE FUNCTION grant_waiver(
    manager_id bigint, rule text, until date, reason text,
    since date DEFAULT kbnorms.today(), absence_id bigint DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    waiver_id bigint;
BEGIN
    PERFORM require_waiver_authority(manager_id);
    IF until IS NULL OR rule IS NULL OR since IS NULL OR coalesce(reason, '') !~ '[^[:space:]]' THEN
        RAISE EXCEPTION '%', translated('a waiver needs a rule or measure, its days and a reason')
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = translated('SELECT grant_waiver(manager_id, rule, until, reason).');
    END IF;
    INSERT INTO waiver AS w (manager_id, rule, since, until, reason, absence_id)
    VALUES (grant_waiver.manager_id, grant_waiver.rule, grant_waiver.since, grant_waiver.until, grant_waiver.reason, grant_waiver.absence_id)
    RETURNING w.id INTO waiver_id;
    RETURN waiver_id;
END
$$;
COMMENT ON FUNCTION grant_waiver(bigint, text, date, text, date, bigint) IS
'Lets a rule or measure not count for a manager on [since, until); returns the number of the waiver. For the owner of the base, and the centre for managers of its units.';

CREATE FUNCTION end_waiver(waiver_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    ended waiver;
BEGIN
    SELECT * INTO ended FROM waiver w WHERE w.id = waiver_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION '%', translated('waiver %s does not exist', coalesce(waiver_id::text, 'NULL')) USING ERRCODE = 'no_data_found';
    END IF;
    PERFORM require_waiver_authority(ended.manager_id);
    IF ended.since > today() THEN
        DELETE FROM waiver w WHERE w.id = waiver_id;
    ELSIF ended.until > today() THEN
        -- What begins today lasts to the end of the day.
        UPDATE waiver w SET until = greatest(today(), w.since + 1) WHERE w.id = waiver_id;
    END IF;
END
$$;
COMMENT ON FUNCTION end_waiver(bigint) IS
'Ends a waiver today; one that has not begun is removed, one that began today lasts to the end of the day. For those who may grant it.';
