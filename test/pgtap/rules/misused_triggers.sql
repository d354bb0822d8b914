-- The trigger functions attached where they do not belong: a clear error.
BEGIN;
\ir company.psql
SELECT plan(26);
SELECT org(1), org(2);
INSERT INTO binding (organization_id, manager_id) VALUES (2, 1);
CREATE TABLE public.elsewhere (a text);
CREATE TABLE kb.own (t text, u text);
CREATE TABLE kb.wide (a text, b text, c text, d text, e text, f text, g text, h text, i text, j text);
INSERT INTO kb.own VALUES ('x', 'y');
INSERT INTO kb.wide VALUES ('x');
INSERT INTO public.elsewhere VALUES ('x');

-- state and message of: CREATE TRIGGER t <when> ON <table> <how> EXECUTE FUNCTION ...; <statement>
CREATE FUNCTION tools.attached(function_name text, timing text, how text, statement text) RETURNS text LANGUAGE sql
RETURN (SELECT CASE WHEN f.state IS NULL THEN 'passes' ELSE concat_ws(': ', f.state, f.message) END
        FROM tools.failure_of(format('CREATE TRIGGER misused %s %s EXECUTE FUNCTION kbnorms.%s()', $2, $3, $1), $4) AS f);
CREATE FUNCTION tools.two_tables() RETURNS text LANGUAGE sql RETURN 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT';

SELECT matches(attached('binding_changed', 'AFTER UPDATE ON kb.binding', 'FOR EACH ROW', 'UPDATE kb.binding SET additional = true'), '^39P01: .*"binding_changed"', 'for each row');
SELECT matches(attached('binding_changed', 'BEFORE UPDATE ON kb.binding', 'FOR EACH STATEMENT', 'UPDATE kb.binding SET additional = true'), '^39P01: .*"binding_changed"', 'before');
SELECT matches(attached('binding_changed', 'AFTER UPDATE ON kb.binding', 'FOR EACH STATEMENT', 'UPDATE kb.binding SET additional = true'), '^39P01: .*transition tables', 'without transition tables');
SELECT matches(attached('binding_changed', 'AFTER UPDATE ON kb.binding', 'REFERENCING NEW TABLE AS n FOR EACH STATEMENT', 'UPDATE kb.binding SET additional = true'), '^39P01: .*transition tables', 'with one of two');
SELECT matches(attached('binding_changed', 'AFTER TRUNCATE ON kb.own', 'FOR EACH STATEMENT', 'TRUNCATE kb.own'), '^39P01: .*transition tables', 'after TRUNCATE');
SELECT matches(attached('binding_changed', 'AFTER UPDATE ON kb.manager', two_tables(), 'UPDATE kb.manager SET full_name = ''x'''), '^39P01: .*must be fired by table "binding"', 'on another table of the base');
SELECT matches(attached('binding_changed', 'AFTER UPDATE ON kb.own', two_tables(), 'UPDATE kb.own SET t = ''z'''), '^39P01: .*must be fired by table "binding"', 'on a table of the company''s own');
SELECT matches(attached('binding_changed', 'AFTER UPDATE ON public.elsewhere', two_tables(), 'UPDATE public.elsewhere SET a = ''z'''), '^55000: schema "public" is not a complete client base', 'outside a base');
SELECT is(attached('binding_changed', 'AFTER UPDATE ON kb.binding', 'REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT', 'UPDATE kb.binding SET additional = true'), 'passes', 'whatever the transition tables are called');

SELECT matches(attached('binding_moved', 'AFTER UPDATE ON kb.binding', 'FOR EACH ROW', 'UPDATE kb.binding SET additional = true'), '^39P01: .*"binding_moved"', 'binding_moved after');
SELECT matches(attached('binding_moved', 'BEFORE INSERT ON kb.binding', 'FOR EACH ROW', 'INSERT INTO kb.binding VALUES (1, 1)'), '^39P01: .*"binding_moved"', 'before INSERT');
SELECT matches(attached('binding_moved', 'BEFORE UPDATE ON kb.binding', 'FOR EACH STATEMENT', 'UPDATE kb.binding SET additional = true'), '^39P01: .*"binding_moved"', 'for each statement');
SELECT matches(attached('binding_moved', 'BEFORE UPDATE ON kb.own', 'FOR EACH ROW', 'UPDATE kb.own SET t = ''z'''), '^39P01: .*"binding"', 'on a table with less columns');
SELECT matches(attached('binding_moved', 'BEFORE UPDATE ON kb.wide', 'FOR EACH ROW', 'UPDATE kb.wide SET a = ''z'''), '^39P01: .*"binding"', 'on a table with others');
SELECT matches(attached('binding_moved', 'BEFORE UPDATE ON public.elsewhere', 'FOR EACH ROW', 'UPDATE public.elsewhere SET a = ''z'''), '^55000', 'outside a base');

SELECT matches(attached('organization_changed', 'AFTER UPDATE ON kb.own', two_tables(), 'UPDATE kb.own SET t = ''z'''), '^39P01: .*"organization"', 'organization_changed on a table with less columns');
SELECT matches(attached('organization_changed', 'AFTER UPDATE ON kb.wide', two_tables(), 'UPDATE kb.wide SET a = ''z'''), '^39P01: .*"organization"', 'on a table with others');
SELECT matches(attached('organization_changed', 'AFTER DELETE ON kb.wide', 'REFERENCING OLD TABLE AS o FOR EACH STATEMENT', 'DELETE FROM kb.wide'), '^39P01: .*"organization"', 'of what is deleted there');
SELECT matches(attached('organization_changed', 'AFTER UPDATE ON kb.organization', 'FOR EACH ROW', 'UPDATE kb.organization SET name = ''z'''), '^39P01: .*"organization_changed"', 'for each row');

SELECT matches(attached('manager_changed', 'AFTER UPDATE ON kb.own', two_tables(), 'UPDATE kb.own SET t = ''z'''), '^39P01: .*"manager"', 'manager_changed on another table');
SELECT matches(attached('manager_changed', 'AFTER UPDATE ON kb.manager', 'FOR EACH STATEMENT', 'UPDATE kb.manager SET full_name = ''z'''), '^39P01: .*transition tables', 'without transition tables');

SELECT matches(attached('norms_changed', 'AFTER UPDATE ON public.elsewhere', 'FOR EACH STATEMENT', 'UPDATE public.elsewhere SET a = ''z'''), '^55000', 'norms_changed outside a base');
SELECT matches(attached('norms_changed', 'AFTER UPDATE ON kb.own', 'FOR EACH ROW', 'UPDATE kb.own SET t = ''z'''), '^39P01: .*"norms_changed"', 'for each row');
SELECT is(attached('norms_changed', 'AFTER UPDATE ON kb.own', 'FOR EACH STATEMENT', 'UPDATE kb.own SET t = ''z'''), 'passes', 'on a table of the base that means something to its owner');

SELECT matches(attached('log_is_kept', 'BEFORE UPDATE ON kb.own', 'FOR EACH STATEMENT', 'UPDATE kb.own SET t = ''z'''), '^42501: .*"own"', 'log_is_kept keeps whatever it is attached to');
SELECT matches(attached('truncate_refused', 'BEFORE TRUNCATE ON kb.own', 'FOR EACH STATEMENT', 'TRUNCATE kb.own'), '^0A000: .*"own"', 'and so does truncate_refused');

SELECT * FROM finish();
ROLLBACK;
