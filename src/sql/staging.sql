-- Reads what files of other systems write; NULL for what cannot be read.
CREATE FUNCTION kbnorms.read_date(value text) RETURNS date
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_read_date';
COMMENT ON FUNCTION kbnorms.read_date(text) IS
'A date as files write it, 2010-07-15 or 15.07.2010, whatever DateStyle says; a time of day after it is passed over; NULL for anything else.';

CREATE FUNCTION kbnorms.read_amount(value text) RETURNS numeric
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_read_amount';
COMMENT ON FUNCTION kbnorms.read_amount(text) IS
'An amount as files write it, with a decimal point or comma, thousands grouped by blanks or not at all; NULL for anything else.';

CREATE FUNCTION kbnorms.read_inn(value text) RETURNS kbnorms.inn
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_read_inn';
COMMENT ON FUNCTION kbnorms.read_inn(text) IS
'A taxpayer number as files write it, also where a spreadsheet took its leading zero; NULL for anything else.';
