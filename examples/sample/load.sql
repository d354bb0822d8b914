-- A sample company: offices in cities, managers of every specialization and
-- tenure, their clients, and a year of facts.  The same rows on every run.
--
--   psql -v base=kb -v size=1 -f examples/sample/load.sql
--
-- base is a client base without memos, just laid out, whose tables are empty:
--   CALL kbnorms.create_client_base('kb', false);
-- size multiplies the company; 1 is 8 offices, 80 managers, some 1,500 clients.
-- The data end on 14 July 2010.  Run it as a superuser: it sets kbnorms.today.
\set ON_ERROR_STOP on
\if :{?base}
\else
    \set base kb
\endif
\if :{?size}
\else
    \set size 1
\endif
\set QUIET on
SET client_min_messages = warning;
BEGIN;
SET LOCAL search_path = :"base", kbnorms, pg_temp;
\ir helpers.sql
\ir company.sql
\ir people.sql
\ir clients.sql
\ir facts.sql
\ir history.sql
COMMIT;
RESET client_min_messages;
ANALYZE;
