-- The entry points of the rule engine: the trigger functions of a base's tables
-- and check_binding, which a base wraps with its own schema.
CREATE FUNCTION kbnorms.binding_changed() RETURNS trigger
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'kbnorms_binding_changed';
COMMENT ON FUNCTION kbnorms.binding_changed() IS
'Judges a statement on binding by every rule and logs it. AFTER INSERT, UPDATE or DELETE FOR EACH STATEMENT, with transition tables.';

CREATE FUNCTION kbnorms.binding_moved() RETURNS trigger
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'kbnorms_binding_moved';
COMMENT ON FUNCTION kbnorms.binding_moved() IS
'Begins a new binding on a move: bound_on today, no territory_exception, where the UPDATE does not set them. BEFORE UPDATE OF manager_id, organization_id FOR EACH ROW.';

CREATE FUNCTION kbnorms.truncate_refused() RETURNS trigger
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'kbnorms_truncate_refused';
COMMENT ON FUNCTION kbnorms.truncate_refused() IS
'Refuses TRUNCATE of binding, organization or manager. BEFORE TRUNCATE.';

CREATE FUNCTION kbnorms.log_is_kept() RETURNS trigger
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'kbnorms_log_is_kept';
COMMENT ON FUNCTION kbnorms.log_is_kept() IS
'Refuses to change or remove rows of a log. BEFORE UPDATE, DELETE or TRUNCATE FOR EACH STATEMENT.';

CREATE FUNCTION kbnorms.organization_changed() RETURNS trigger
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'kbnorms_organization_changed';
COMMENT ON FUNCTION kbnorms.organization_changed() IS
'Judges and logs changes of head_id (attribute 140); refuses to delete or renumber an organization with bindings, linked ones or a history. AFTER INSERT, UPDATE or DELETE FOR EACH STATEMENT, with transition tables.';

CREATE FUNCTION kbnorms.manager_changed() RETURNS trigger
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'kbnorms_manager_changed';
COMMENT ON FUNCTION kbnorms.manager_changed() IS
'Refuses to delete or renumber a manager with bindings or a history. AFTER UPDATE or DELETE FOR EACH STATEMENT, with transition tables.';

CREATE FUNCTION kbnorms.norms_changed() RETURNS trigger
LANGUAGE c VOLATILE AS 'MODULE_PATHNAME', 'kbnorms_norms_changed';
COMMENT ON FUNCTION kbnorms.norms_changed() IS
'Gives the norms a new version, so that every backend reads them anew. BEFORE and AFTER INSERT, UPDATE, DELETE or TRUNCATE FOR EACH STATEMENT.';

CREATE FUNCTION kbnorms.check_pair(
    base regnamespace, organization_id bigint, manager_id bigint, on_date date,
    OUT code text, OUT passed boolean, OUT actual text, OUT bound text, OUT message text, OUT remedy text)
RETURNS SETOF record
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 15
AS 'MODULE_PATHNAME', 'kbnorms_check_binding';
COMMENT ON FUNCTION kbnorms.check_pair(regnamespace, bigint, bigint, date) IS
'What every rule says of a plain main binding on the present state of a base. Call check_binding of the base.';

CREATE FUNCTION kbnorms.memo_words(
    base regnamespace, memo_id bigint,
    OUT item_no integer, OUT capacity text, OUT unit_id integer, OUT given boolean)
RETURNS SETOF record
LANGUAGE c STABLE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'kbnorms_memo_words';
COMMENT ON FUNCTION kbnorms.memo_words(regnamespace, bigint) IS
'The words that each item of a memo needs by the posts of today, a client card among them, and whether the memo has them.';

CREATE FUNCTION kbnorms.check_pairs(
    base regnamespace, organization_ids bigint[], manager_ids bigint[], as_move boolean,
    OUT organization_id integer, OUT manager_id integer, OUT code text,
    OUT actual text, OUT bound text, OUT message text, OUT remedy text)
RETURNS SETOF record
LANGUAGE c STABLE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'kbnorms_broken_rules';
COMMENT ON FUNCTION kbnorms.check_pairs(regnamespace, bigint[], bigint[], boolean) IS
'The rules that each pair would break by itself on the present state of a base: bound, or with as_move moved from its main manager. An array of one id stands for as many as the other has. A pair without a row breaks none.';

CREATE FUNCTION kbnorms.check_changes(
    base regnamespace, organization_ids bigint[], from_manager_ids bigint[], to_manager_ids bigint[],
    OUT organization_id integer, OUT from_manager_id integer, OUT to_manager_id integer, OUT code text,
    OUT blocks boolean, OUT message text, OUT remedy text)
RETURNS SETOF record
LANGUAGE c STABLE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'kbnorms_check_changes';
COMMENT ON FUNCTION kbnorms.check_changes(regnamespace, bigint[], bigint[], bigint[]) IS
'The rules that changes of a base would break if they were made as one statement: binds (no manager before), unbinds (none after) and moves. Call moves_impact of the base.';

CREATE FUNCTION kbnorms.city_of_unit(base regnamespace, unit_id integer) RETURNS text
LANGUAGE c STABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME', 'kbnorms_city_of_unit';
COMMENT ON FUNCTION kbnorms.city_of_unit(regnamespace, integer) IS
'The nearest city at or above a unit of a base.';

-- What a base of 0.1.0 stands on until it is upgraded.
CREATE FUNCTION kbnorms.check_binding(
    base regnamespace, organization_id bigint, manager_id bigint, on_date date,
    OUT code text, OUT passed boolean, OUT actual text, OUT bound text, OUT message text)
RETURNS SETOF record
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 12
AS 'MODULE_PATHNAME', 'kbnorms_check_binding';
COMMENT ON FUNCTION kbnorms.check_binding(regnamespace, bigint, bigint, date) IS
'check_pair as a base of 0.1.0 calls it.';

CREATE FUNCTION kbnorms.broken_rules(
    base regnamespace, organization_ids integer[], manager_ids integer[], as_move boolean,
    OUT organization_id integer, OUT manager_id integer, OUT code text,
    OUT actual text, OUT bound text, OUT message text)
RETURNS SETOF record
LANGUAGE c STABLE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'kbnorms_broken_rules';
COMMENT ON FUNCTION kbnorms.broken_rules(regnamespace, integer[], integer[], boolean) IS
'check_pairs as a base of 0.1.0 calls it.';
