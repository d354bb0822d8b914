-- From 0.1.0 to 0.2.0: what a base of 0.1.0 needs before the script of the
-- present one can be run over it (see src/sql/upgrade.sql).

DROP FUNCTION rights_of(kbnorms.capacity);
