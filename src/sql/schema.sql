-- The schema is a member of the extension: a schema planted before is refused.
-- USAGE is everybody's: whoever restores a dump of a base needs its types.
CREATE SCHEMA kbnorms;
COMMENT ON SCHEMA kbnorms IS
'Types, rule engine and procedures that lay out and serve client bases.';
GRANT USAGE ON SCHEMA kbnorms TO PUBLIC;
