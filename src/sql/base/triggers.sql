-- The triggers: they make the tables a client base.  They come last, so that
-- what a dump holds is restored before they judge.

-- Classifier 37
CREATE TRIGGER binding_inserted AFTER INSERT ON binding
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION kbnorms.binding_changed();
CREATE TRIGGER binding_updated AFTER UPDATE ON binding
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION kbnorms.binding_changed();
CREATE TRIGGER binding_deleted AFTER DELETE ON binding
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION kbnorms.binding_changed();
CREATE TRIGGER binding_moved BEFORE UPDATE OF organization_id, manager_id ON binding
FOR EACH ROW EXECUTE FUNCTION kbnorms.binding_moved();
CREATE TRIGGER binding_truncated BEFORE TRUNCATE ON binding
FOR EACH STATEMENT EXECUTE FUNCTION kbnorms.truncate_refused();
COMMENT ON TRIGGER binding_inserted ON binding IS 'Judges and logs new bindings.';
COMMENT ON TRIGGER binding_updated ON binding IS 'Judges and logs moves and changes of bindings.';
COMMENT ON TRIGGER binding_deleted ON binding IS 'Logs ended bindings.';
COMMENT ON TRIGGER binding_moved ON binding IS 'A move begins a new binding, today and without the old justification.';
COMMENT ON TRIGGER binding_truncated ON binding IS 'Refuses TRUNCATE, which would leave no trace in the log.';

-- The log
CREATE TRIGGER binding_log_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON binding_log
FOR EACH STATEMENT EXECUTE FUNCTION kbnorms.log_is_kept();
COMMENT ON TRIGGER binding_log_kept ON binding_log IS 'Refuses to change or remove rows.';

-- Attribute 140, and what bindings and history rest on
CREATE TRIGGER organization_inserted AFTER INSERT ON organization
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION kbnorms.organization_changed();
CREATE TRIGGER organization_updated AFTER UPDATE ON organization
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION kbnorms.organization_changed();
CREATE TRIGGER organization_deleted AFTER DELETE ON organization
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION kbnorms.organization_changed();
CREATE TRIGGER manager_updated AFTER UPDATE ON manager
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION kbnorms.manager_changed();
CREATE TRIGGER manager_deleted AFTER DELETE ON manager
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION kbnorms.manager_changed();
CREATE TRIGGER organization_truncated BEFORE TRUNCATE ON organization
FOR EACH STATEMENT EXECUTE FUNCTION kbnorms.truncate_refused();
CREATE TRIGGER manager_truncated BEFORE TRUNCATE ON manager
FOR EACH STATEMENT EXECUTE FUNCTION kbnorms.truncate_refused();
COMMENT ON TRIGGER organization_inserted ON organization IS 'Judges and logs links of new organizations.';
COMMENT ON TRIGGER organization_updated ON organization IS 'Judges and logs changes of head_id; refuses renumbering.';
COMMENT ON TRIGGER organization_deleted ON organization IS 'Refuses to delete what has bindings, linked organizations or a history.';
COMMENT ON TRIGGER manager_updated ON manager IS 'Refuses renumbering.';
COMMENT ON TRIGGER manager_deleted ON manager IS 'Refuses to delete who has bindings or a history.';
COMMENT ON TRIGGER organization_truncated ON organization IS 'Refuses TRUNCATE, which asks for no bindings and no history.';
COMMENT ON TRIGGER manager_truncated ON manager IS 'Refuses TRUNCATE, which asks for no bindings and no history.';

-- Norms: always, also where replication or a restore switches ordinary triggers off.
-- Before and after: what is read in mid-statement must not pass for either state.
DO $$
DECLARE
    norm_table text;
BEGIN
    FOREACH norm_table IN ARRAY ARRAY[
        'norm_tenure', 'norm_specialization', 'norm_client_group', 'norm_potential', 'norm_position',
        'policy', 'specialization', 'client_group', 'potential', 'position', 'rule', 'unit', 'waiver']
    LOOP
        EXECUTE pg_catalog.format(
            'CREATE OR REPLACE TRIGGER norms_changing BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %1$I '
            'FOR EACH STATEMENT EXECUTE FUNCTION kbnorms.norms_changed();'
            'CREATE OR REPLACE TRIGGER norms_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %1$I '
            'FOR EACH STATEMENT EXECUTE FUNCTION kbnorms.norms_changed();'
            'ALTER TABLE %1$I ENABLE ALWAYS TRIGGER norms_changing, ENABLE ALWAYS TRIGGER norms_changed;'
            'COMMENT ON TRIGGER norms_changing ON %1$I IS %2$L;'
            'COMMENT ON TRIGGER norms_changed ON %1$I IS %3$L', norm_table,
            'Gives the norms a version of their own while they change.',
            'Gives the norms a new version, so that every backend reads them anew.');
    END LOOP;
END
$$;

-- The CHECK of the table refuses it in any case; this says what to do.
CREATE FUNCTION refuse_norm() RETURNS trigger
LANGUAGE plpgsql
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION '%', translated('the norm of "%s" from month %s asks for at least %s accounts and at most %s',
            NEW.specialization, NEW.from_month, NEW.min_accounts, NEW.max_accounts)
        USING ERRCODE = 'check_violation',
              DETAIL = translated('No base could be within both.'),
              HINT = translated('Give a maximum that is not below the minimum, or leave one of them empty: that is not regulated.'),
              SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = 'norm_tenure_min_accounts_at_most_max';
END
$$;
COMMENT ON FUNCTION refuse_norm() IS 'Refuses a norm whose minimum is above its maximum.';
CREATE TRIGGER norm_refused BEFORE INSERT OR UPDATE ON norm_tenure
FOR EACH ROW WHEN (NEW.min_accounts > NEW.max_accounts) EXECUTE FUNCTION refuse_norm();
COMMENT ON TRIGGER norm_refused ON norm_tenure IS 'Refuses a norm whose minimum is above its maximum, and says what to do.';
