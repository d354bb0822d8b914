-- Built by make from src/sql; do not edit.
\echo Use "CREATE EXTENSION kbnorms" to load this file. \quit

-- The schema is a member of the extension: a schema planted before is refused.
-- USAGE is everybody's: whoever restores a dump of a base needs its types.
CREATE SCHEMA kbnorms;
COMMENT ON SCHEMA kbnorms IS
'Types, rule engine and procedures that lay out and serve client bases.';
GRANT USAGE ON SCHEMA kbnorms TO PUBLIC;

-- What is said, in the language of the session.
CREATE FUNCTION kbnorms.translated(message text) RETURNS text
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_translated';
COMMENT ON FUNCTION kbnorms.translated(text) IS
'A message of kbnorms in the language that lc_messages names, as far as the installed catalogs have it.';

CREATE FUNCTION kbnorms.translated(message text, VARIADIC arguments "any") RETURNS text
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_translated';
COMMENT ON FUNCTION kbnorms.translated(text, "any") IS
'The same with arguments, as format() puts them in.';

-- Closed vocabularies.  Open ones (specialization, client group, potential,
-- position) are tables of a base, so that a company can add to them.
CREATE TYPE kbnorms.manager_status AS ENUM ('intern', 'novice', 'experienced', 'veteran');
COMMENT ON TYPE kbnorms.manager_status IS 'Status of a manager by tenure: стажер, новичок, опытный, ветеран.';
CREATE TYPE kbnorms.verdict AS ENUM ('met', 'missed', 'pending', 'exempt');
COMMENT ON TYPE kbnorms.verdict IS 'Judgement of a measure: выполнено, не выполнено, срок не истёк, не нормируется.';
CREATE TYPE kbnorms.stance AS ENUM ('target', 'allowed', 'forbidden');
COMMENT ON TYPE kbnorms.stance IS 'How a specialization stands to a client group or potential: целевая, допускается, запрещена.';
CREATE TYPE kbnorms.territory_rule AS ENUM ('none', 'city', 'strict');
COMMENT ON TYPE kbnorms.territory_rule IS 'Territory rule of a specialization: не регламентировано, территория города, строгое закрепление.';
CREATE TYPE kbnorms.unit_kind AS ENUM ('centre', 'region', 'cluster', 'office', 'service', 'vtc');
COMMENT ON TYPE kbnorms.unit_kind IS 'Kind of a unit: ЦП, РЦ, куст, ОП, ООК, ВТЦ.';
CREATE TYPE kbnorms.activity_kind AS ENUM ('meeting', 'cold_call');
COMMENT ON TYPE kbnorms.activity_kind IS 'Kind of a manager''s activity: встреча, «холодный» звонок.';
CREATE TYPE kbnorms.memo_state AS ENUM ('draft', 'submitted', 'approved', 'applied', 'rejected');
COMMENT ON TYPE kbnorms.memo_state IS 'State of a memo: черновик, подана, согласована, исполнена, отклонена.';
CREATE TYPE kbnorms.change_kind AS ENUM ('bind', 'move', 'unbind', 'link', 'unlink');
COMMENT ON TYPE kbnorms.change_kind IS 'Kind of a change of a base: привязка, передача, отвязка, присвоение и снятие 140 признака.';
CREATE TYPE kbnorms.capacity AS ENUM ('reader', 'author', 'client_analyst', 'sales_director', 'centre', 'centre_sales');
COMMENT ON TYPE kbnorms.capacity IS 'What a database role may act as: чтение, автор служебных записок, МКА, ДП, ЦП, УП ЦП.';
CREATE TYPE kbnorms.enforcement AS ENUM ('block', 'warn', 'off');
COMMENT ON TYPE kbnorms.enforcement IS 'What a rule does when it is broken: запрещает, предупреждает, отключено.';

-- Type inn.  Operators live in pg_catalog, where every search_path finds them.
-- A value is an int8 inside (src/inn.c), so int8's own functions compare it.
CREATE TYPE kbnorms.inn;
CREATE FUNCTION kbnorms.inn_in(cstring) RETURNS kbnorms.inn
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_inn_in';
COMMENT ON FUNCTION kbnorms.inn_in(cstring) IS 'Text input.';
CREATE FUNCTION kbnorms.inn_out(kbnorms.inn) RETURNS cstring
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_inn_out';
COMMENT ON FUNCTION kbnorms.inn_out(kbnorms.inn) IS 'Text output.';
CREATE FUNCTION kbnorms.inn_recv(internal) RETURNS kbnorms.inn
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_inn_recv';
COMMENT ON FUNCTION kbnorms.inn_recv(internal) IS 'Binary input: the digits, verified.';
CREATE FUNCTION kbnorms.inn_send(kbnorms.inn) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_inn_send';
COMMENT ON FUNCTION kbnorms.inn_send(kbnorms.inn) IS 'Binary output: the digits.';
CREATE TYPE kbnorms.inn (
    INPUT = kbnorms.inn_in, OUTPUT = kbnorms.inn_out,
    RECEIVE = kbnorms.inn_recv, SEND = kbnorms.inn_send,
    LIKE = pg_catalog.int8
);
COMMENT ON TYPE kbnorms.inn IS 'ИНН: Russian taxpayer number, 10 or 12 digits with valid check digits; orders as its text does.';

CREATE CAST (text AS kbnorms.inn) WITH INOUT;
COMMENT ON CAST (text AS kbnorms.inn) IS 'Reads a taxpayer number; wrong ones are an error.';
CREATE CAST (kbnorms.inn AS text) WITH INOUT AS ASSIGNMENT;
COMMENT ON CAST (kbnorms.inn AS text) IS 'The 10 or 12 digits.';

CREATE FUNCTION kbnorms.inn_lt(kbnorms.inn, kbnorms.inn) RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'int8lt';
COMMENT ON FUNCTION kbnorms.inn_lt(kbnorms.inn, kbnorms.inn) IS 'Is the left number before the right one? (operator <)';
CREATE OPERATOR pg_catalog.< (
    FUNCTION = kbnorms.inn_lt, LEFTARG = kbnorms.inn, RIGHTARG = kbnorms.inn,
    COMMUTATOR = OPERATOR(pg_catalog.>), NEGATOR = OPERATOR(pg_catalog.>=),
    RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel
);
COMMENT ON OPERATOR pg_catalog.< (kbnorms.inn, kbnorms.inn) IS 'Is the left number before the right one?';

CREATE FUNCTION kbnorms.inn_le(kbnorms.inn, kbnorms.inn) RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'int8le';
COMMENT ON FUNCTION kbnorms.inn_le(kbnorms.inn, kbnorms.inn) IS 'Is the left number before the right one, or the same? (operator <=)';
CREATE OPERATOR pg_catalog.<= (
    FUNCTION = kbnorms.inn_le, LEFTARG = kbnorms.inn, RIGHTARG = kbnorms.inn,
    COMMUTATOR = OPERATOR(pg_catalog.>=), NEGATOR = OPERATOR(pg_catalog.>),
    RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel
);
COMMENT ON OPERATOR pg_catalog.<= (kbnorms.inn, kbnorms.inn) IS 'Is the left number before the right one, or the same?';

CREATE FUNCTION kbnorms.inn_eq(kbnorms.inn, kbnorms.inn) RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'int8eq';
COMMENT ON FUNCTION kbnorms.inn_eq(kbnorms.inn, kbnorms.inn) IS 'Are the two numbers the same? (operator =)';
CREATE OPERATOR pg_catalog.= (
    FUNCTION = kbnorms.inn_eq, LEFTARG = kbnorms.inn, RIGHTARG = kbnorms.inn,
    COMMUTATOR = OPERATOR(pg_catalog.=), NEGATOR = OPERATOR(pg_catalog.<>),
    RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR pg_catalog.= (kbnorms.inn, kbnorms.inn) IS 'Are the two numbers the same?';

CREATE FUNCTION kbnorms.inn_ne(kbnorms.inn, kbnorms.inn) RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'int8ne';
COMMENT ON FUNCTION kbnorms.inn_ne(kbnorms.inn, kbnorms.inn) IS 'Are the two numbers different? (operator <>)';
CREATE OPERATOR pg_catalog.<> (
    FUNCTION = kbnorms.inn_ne, LEFTARG = kbnorms.inn, RIGHTARG = kbnorms.inn,
    COMMUTATOR = OPERATOR(pg_catalog.<>), NEGATOR = OPERATOR(pg_catalog.=),
    RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR pg_catalog.<> (kbnorms.inn, kbnorms.inn) IS 'Are the two numbers different?';

CREATE FUNCTION kbnorms.inn_ge(kbnorms.inn, kbnorms.inn) RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'int8ge';
COMMENT ON FUNCTION kbnorms.inn_ge(kbnorms.inn, kbnorms.inn) IS 'Is the left number after the right one, or the same? (operator >=)';
CREATE OPERATOR pg_catalog.>= (
    FUNCTION = kbnorms.inn_ge, LEFTARG = kbnorms.inn, RIGHTARG = kbnorms.inn,
    COMMUTATOR = OPERATOR(pg_catalog.<=), NEGATOR = OPERATOR(pg_catalog.<),
    RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel
);
COMMENT ON OPERATOR pg_catalog.>= (kbnorms.inn, kbnorms.inn) IS 'Is the left number after the right one, or the same?';

CREATE FUNCTION kbnorms.inn_gt(kbnorms.inn, kbnorms.inn) RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'int8gt';
COMMENT ON FUNCTION kbnorms.inn_gt(kbnorms.inn, kbnorms.inn) IS 'Is the left number after the right one? (operator >)';
CREATE OPERATOR pg_catalog.> (
    FUNCTION = kbnorms.inn_gt, LEFTARG = kbnorms.inn, RIGHTARG = kbnorms.inn,
    COMMUTATOR = OPERATOR(pg_catalog.<), NEGATOR = OPERATOR(pg_catalog.<=),
    RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel
);
COMMENT ON OPERATOR pg_catalog.> (kbnorms.inn, kbnorms.inn) IS 'Is the left number after the right one?';

CREATE FUNCTION kbnorms.inn_cmp(kbnorms.inn, kbnorms.inn) RETURNS integer
LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'btint8cmp';
COMMENT ON FUNCTION kbnorms.inn_cmp(kbnorms.inn, kbnorms.inn) IS 'Less than, equal to or greater than zero, for B-trees.';
CREATE FUNCTION kbnorms.inn_sortsupport(internal) RETURNS void
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'btint8sortsupport';
COMMENT ON FUNCTION kbnorms.inn_sortsupport(internal) IS 'Fast sorting, for B-trees.';
CREATE FUNCTION kbnorms.inn_hash(kbnorms.inn) RETURNS integer
LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'hashint8';
COMMENT ON FUNCTION kbnorms.inn_hash(kbnorms.inn) IS 'Hash of 32 bits.';
CREATE FUNCTION kbnorms.inn_hash_extended(kbnorms.inn, bigint) RETURNS bigint
LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'hashint8extended';
COMMENT ON FUNCTION kbnorms.inn_hash_extended(kbnorms.inn, bigint) IS 'Hash of 64 bits with a seed.';

CREATE OPERATOR CLASS kbnorms.inn_btree_ops DEFAULT FOR TYPE kbnorms.inn USING btree AS
    OPERATOR 1 pg_catalog.<,
    OPERATOR 2 pg_catalog.<=,
    OPERATOR 3 pg_catalog.=,
    OPERATOR 4 pg_catalog.>=,
    OPERATOR 5 pg_catalog.>,
    FUNCTION 1 kbnorms.inn_cmp(kbnorms.inn, kbnorms.inn),
    FUNCTION 2 kbnorms.inn_sortsupport(internal),
    FUNCTION 4 pg_catalog.btequalimage(oid);
COMMENT ON OPERATOR CLASS kbnorms.inn_btree_ops USING btree IS 'Order of inn.';
COMMENT ON OPERATOR FAMILY kbnorms.inn_btree_ops USING btree IS 'Order of inn.';
CREATE OPERATOR CLASS kbnorms.inn_hash_ops DEFAULT FOR TYPE kbnorms.inn USING hash AS
    OPERATOR 1 pg_catalog.=,
    FUNCTION 1 kbnorms.inn_hash(kbnorms.inn),
    FUNCTION 2 kbnorms.inn_hash_extended(kbnorms.inn, bigint);
COMMENT ON OPERATOR CLASS kbnorms.inn_hash_ops USING hash IS 'Hashing of inn.';
COMMENT ON OPERATOR FAMILY kbnorms.inn_hash_ops USING hash IS 'Hashing of inn.';

-- Type month.  Operators and min and max live in pg_catalog, where every
-- search_path finds them.  A value is an int4 inside (src/month.c), so int4's
-- own functions compare it.  No cast leads from month to another type by itself
-- and only date leads to it: nothing written on dates or timestamps changes.
CREATE TYPE kbnorms.month;
CREATE FUNCTION kbnorms.month_in(cstring) RETURNS kbnorms.month
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_month_in';
COMMENT ON FUNCTION kbnorms.month_in(cstring) IS 'Text input.';
CREATE FUNCTION kbnorms.month_out(kbnorms.month) RETURNS cstring
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_month_out';
COMMENT ON FUNCTION kbnorms.month_out(kbnorms.month) IS 'Text output.';
CREATE FUNCTION kbnorms.month_recv(internal) RETURNS kbnorms.month
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_month_recv';
COMMENT ON FUNCTION kbnorms.month_recv(internal) IS 'Binary input: year * 12 + month - 1, verified.';
CREATE FUNCTION kbnorms.month_send(kbnorms.month) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_month_send';
COMMENT ON FUNCTION kbnorms.month_send(kbnorms.month) IS 'Binary output: year * 12 + month - 1.';
CREATE TYPE kbnorms.month (
    INPUT = kbnorms.month_in, OUTPUT = kbnorms.month_out,
    RECEIVE = kbnorms.month_recv, SEND = kbnorms.month_send,
    LIKE = pg_catalog.int4
);
COMMENT ON TYPE kbnorms.month IS 'Calendar month, written 2010-07; input also takes a date and means its month. 0001-01 to 9999-12.';

CREATE FUNCTION kbnorms.month(date) RETURNS kbnorms.month
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_date_month';
COMMENT ON FUNCTION kbnorms.month(date) IS 'The month that a date lies in.';
CREATE CAST (date AS kbnorms.month) WITH FUNCTION kbnorms.month(date) AS IMPLICIT;
COMMENT ON CAST (date AS kbnorms.month) IS 'The month that a date lies in.';
CREATE FUNCTION kbnorms.first_day(kbnorms.month) RETURNS date
LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_month_first_day';
COMMENT ON FUNCTION kbnorms.first_day(kbnorms.month) IS 'The first day of a month.';
CREATE CAST (kbnorms.month AS date) WITH FUNCTION kbnorms.first_day(kbnorms.month) AS ASSIGNMENT;
COMMENT ON CAST (kbnorms.month AS date) IS 'The first day of a month.';
CREATE FUNCTION kbnorms.last_day(kbnorms.month) RETURNS date
LANGUAGE c IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_month_last_day';
COMMENT ON FUNCTION kbnorms.last_day(kbnorms.month) IS 'The last day of a month.';

CREATE FUNCTION kbnorms.month_lt(kbnorms.month, kbnorms.month) RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'int4lt';
COMMENT ON FUNCTION kbnorms.month_lt(kbnorms.month, kbnorms.month) IS 'Is the left month before the right one? (operator <)';
CREATE OPERATOR pg_catalog.< (
    FUNCTION = kbnorms.month_lt, LEFTARG = kbnorms.month, RIGHTARG = kbnorms.month,
    COMMUTATOR = OPERATOR(pg_catalog.>), NEGATOR = OPERATOR(pg_catalog.>=),
    RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel
);
COMMENT ON OPERATOR pg_catalog.< (kbnorms.month, kbnorms.month) IS 'Is the left month before the right one?';

CREATE FUNCTION kbnorms.month_le(kbnorms.month, kbnorms.month) RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'int4le';
COMMENT ON FUNCTION kbnorms.month_le(kbnorms.month, kbnorms.month) IS 'Is the left month before the right one, or the same? (operator <=)';
CREATE OPERATOR pg_catalog.<= (
    FUNCTION = kbnorms.month_le, LEFTARG = kbnorms.month, RIGHTARG = kbnorms.month,
    COMMUTATOR = OPERATOR(pg_catalog.>=), NEGATOR = OPERATOR(pg_catalog.>),
    RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel
);
COMMENT ON OPERATOR pg_catalog.<= (kbnorms.month, kbnorms.month) IS 'Is the left month before the right one, or the same?';

CREATE FUNCTION kbnorms.month_eq(kbnorms.month, kbnorms.month) RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'int4eq';
COMMENT ON FUNCTION kbnorms.month_eq(kbnorms.month, kbnorms.month) IS 'Are the two months the same? (operator =)';
CREATE OPERATOR pg_catalog.= (
    FUNCTION = kbnorms.month_eq, LEFTARG = kbnorms.month, RIGHTARG = kbnorms.month,
    COMMUTATOR = OPERATOR(pg_catalog.=), NEGATOR = OPERATOR(pg_catalog.<>),
    RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR pg_catalog.= (kbnorms.month, kbnorms.month) IS 'Are the two months the same?';

CREATE FUNCTION kbnorms.month_ne(kbnorms.month, kbnorms.month) RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'int4ne';
COMMENT ON FUNCTION kbnorms.month_ne(kbnorms.month, kbnorms.month) IS 'Are the two months different? (operator <>)';
CREATE OPERATOR pg_catalog.<> (
    FUNCTION = kbnorms.month_ne, LEFTARG = kbnorms.month, RIGHTARG = kbnorms.month,
    COMMUTATOR = OPERATOR(pg_catalog.<>), NEGATOR = OPERATOR(pg_catalog.=),
    RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR pg_catalog.<> (kbnorms.month, kbnorms.month) IS 'Are the two months different?';

CREATE FUNCTION kbnorms.month_ge(kbnorms.month, kbnorms.month) RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'int4ge';
COMMENT ON FUNCTION kbnorms.month_ge(kbnorms.month, kbnorms.month) IS 'Is the left month after the right one, or the same? (operator >=)';
CREATE OPERATOR pg_catalog.>= (
    FUNCTION = kbnorms.month_ge, LEFTARG = kbnorms.month, RIGHTARG = kbnorms.month,
    COMMUTATOR = OPERATOR(pg_catalog.<=), NEGATOR = OPERATOR(pg_catalog.<),
    RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel
);
COMMENT ON OPERATOR pg_catalog.>= (kbnorms.month, kbnorms.month) IS 'Is the left month after the right one, or the same?';

CREATE FUNCTION kbnorms.month_gt(kbnorms.month, kbnorms.month) RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'int4gt';
COMMENT ON FUNCTION kbnorms.month_gt(kbnorms.month, kbnorms.month) IS 'Is the left month after the right one? (operator >)';
CREATE OPERATOR pg_catalog.> (
    FUNCTION = kbnorms.month_gt, LEFTARG = kbnorms.month, RIGHTARG = kbnorms.month,
    COMMUTATOR = OPERATOR(pg_catalog.<), NEGATOR = OPERATOR(pg_catalog.<=),
    RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel
);
COMMENT ON OPERATOR pg_catalog.> (kbnorms.month, kbnorms.month) IS 'Is the left month after the right one?';

CREATE FUNCTION kbnorms.month_cmp(kbnorms.month, kbnorms.month) RETURNS integer
LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'btint4cmp';
COMMENT ON FUNCTION kbnorms.month_cmp(kbnorms.month, kbnorms.month) IS 'Less than, equal to or greater than zero, for B-trees.';
CREATE FUNCTION kbnorms.month_sortsupport(internal) RETURNS void
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'btint4sortsupport';
COMMENT ON FUNCTION kbnorms.month_sortsupport(internal) IS 'Fast sorting, for B-trees.';
CREATE FUNCTION kbnorms.month_hash(kbnorms.month) RETURNS integer
LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'hashint4';
COMMENT ON FUNCTION kbnorms.month_hash(kbnorms.month) IS 'Hash of 32 bits.';
CREATE FUNCTION kbnorms.month_hash_extended(kbnorms.month, bigint) RETURNS bigint
LANGUAGE internal IMMUTABLE STRICT LEAKPROOF PARALLEL SAFE AS 'hashint4extended';
COMMENT ON FUNCTION kbnorms.month_hash_extended(kbnorms.month, bigint) IS 'Hash of 64 bits with a seed.';
CREATE FUNCTION kbnorms.in_range(value kbnorms.month, base kbnorms.month, months integer, preceding boolean, less boolean)
RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'in_range_int4_int4';
COMMENT ON FUNCTION kbnorms.in_range(kbnorms.month, kbnorms.month, integer, boolean, boolean) IS
'Serves window frames like RANGE 2 PRECEDING over months.';

CREATE OPERATOR CLASS kbnorms.month_btree_ops DEFAULT FOR TYPE kbnorms.month USING btree AS
    OPERATOR 1 pg_catalog.<,
    OPERATOR 2 pg_catalog.<=,
    OPERATOR 3 pg_catalog.=,
    OPERATOR 4 pg_catalog.>=,
    OPERATOR 5 pg_catalog.>,
    FUNCTION 1 kbnorms.month_cmp(kbnorms.month, kbnorms.month),
    FUNCTION 2 kbnorms.month_sortsupport(internal),
    FUNCTION 3 (kbnorms.month, integer) kbnorms.in_range(kbnorms.month, kbnorms.month, integer, boolean, boolean),
    FUNCTION 4 pg_catalog.btequalimage(oid);
COMMENT ON OPERATOR CLASS kbnorms.month_btree_ops USING btree IS 'Order of month.';
COMMENT ON OPERATOR FAMILY kbnorms.month_btree_ops USING btree IS 'Order of month.';
CREATE OPERATOR CLASS kbnorms.month_hash_ops DEFAULT FOR TYPE kbnorms.month USING hash AS
    OPERATOR 1 pg_catalog.=,
    FUNCTION 1 kbnorms.month_hash(kbnorms.month),
    FUNCTION 2 kbnorms.month_hash_extended(kbnorms.month, bigint);
COMMENT ON OPERATOR CLASS kbnorms.month_hash_ops USING hash IS 'Hashing of month.';
COMMENT ON OPERATOR FAMILY kbnorms.month_hash_ops USING hash IS 'Hashing of month.';

CREATE OPERATOR CLASS kbnorms.month_brin_ops DEFAULT FOR TYPE kbnorms.month USING brin AS
    OPERATOR 1 pg_catalog.<,
    OPERATOR 2 pg_catalog.<=,
    OPERATOR 3 pg_catalog.=,
    OPERATOR 4 pg_catalog.>=,
    OPERATOR 5 pg_catalog.>,
    FUNCTION 1 pg_catalog.brin_minmax_opcinfo(internal),
    FUNCTION 2 pg_catalog.brin_minmax_add_value(internal, internal, internal, internal),
    FUNCTION 3 pg_catalog.brin_minmax_consistent(internal, internal, internal),
    FUNCTION 4 pg_catalog.brin_minmax_union(internal, internal, internal);
COMMENT ON OPERATOR CLASS kbnorms.month_brin_ops USING brin IS 'The earliest and latest month of a range of pages.';
COMMENT ON OPERATOR FAMILY kbnorms.month_brin_ops USING brin IS 'The earliest and latest month of a range of pages.';

CREATE FUNCTION kbnorms.month_pl_int(kbnorms.month, integer) RETURNS kbnorms.month
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_month_pl_int';
COMMENT ON FUNCTION kbnorms.month_pl_int(kbnorms.month, integer) IS 'So many months later.';
CREATE OPERATOR pg_catalog.+ (
    FUNCTION = kbnorms.month_pl_int, LEFTARG = kbnorms.month, RIGHTARG = integer, COMMUTATOR = OPERATOR(pg_catalog.+)
);
COMMENT ON OPERATOR pg_catalog.+ (kbnorms.month, integer) IS 'So many months later.';

CREATE FUNCTION kbnorms.int_pl_month(integer, kbnorms.month) RETURNS kbnorms.month
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_month_pl_int';
COMMENT ON FUNCTION kbnorms.int_pl_month(integer, kbnorms.month) IS 'So many months later.';
CREATE OPERATOR pg_catalog.+ (
    FUNCTION = kbnorms.int_pl_month, LEFTARG = integer, RIGHTARG = kbnorms.month, COMMUTATOR = OPERATOR(pg_catalog.+)
);
COMMENT ON OPERATOR pg_catalog.+ (integer, kbnorms.month) IS 'So many months later.';

CREATE FUNCTION kbnorms.month_mi_int(kbnorms.month, integer) RETURNS kbnorms.month
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_month_mi_int';
COMMENT ON FUNCTION kbnorms.month_mi_int(kbnorms.month, integer) IS 'So many months earlier.';
CREATE OPERATOR pg_catalog.- (
    FUNCTION = kbnorms.month_mi_int, LEFTARG = kbnorms.month, RIGHTARG = integer
);
COMMENT ON OPERATOR pg_catalog.- (kbnorms.month, integer) IS 'So many months earlier.';

CREATE FUNCTION kbnorms.month_mi(kbnorms.month, kbnorms.month) RETURNS integer
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'int4mi';
COMMENT ON FUNCTION kbnorms.month_mi(kbnorms.month, kbnorms.month) IS 'How many months from the right to the left one.';
CREATE OPERATOR pg_catalog.- (
    FUNCTION = kbnorms.month_mi, LEFTARG = kbnorms.month, RIGHTARG = kbnorms.month
);
COMMENT ON OPERATOR pg_catalog.- (kbnorms.month, kbnorms.month) IS 'How many months from the right to the left one.';

CREATE FUNCTION kbnorms.month_smaller(kbnorms.month, kbnorms.month) RETURNS kbnorms.month
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'int4smaller';
COMMENT ON FUNCTION kbnorms.month_smaller(kbnorms.month, kbnorms.month) IS 'The earlier of two months.';
CREATE AGGREGATE pg_catalog.min(kbnorms.month) (
    SFUNC = kbnorms.month_smaller, STYPE = kbnorms.month, COMBINEFUNC = kbnorms.month_smaller,
    SORTOP = OPERATOR(pg_catalog.<), PARALLEL = SAFE
);
COMMENT ON AGGREGATE pg_catalog.min(kbnorms.month) IS 'The earliest month.';

CREATE FUNCTION kbnorms.month_larger(kbnorms.month, kbnorms.month) RETURNS kbnorms.month
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'int4larger';
COMMENT ON FUNCTION kbnorms.month_larger(kbnorms.month, kbnorms.month) IS 'The later of two months.';
CREATE AGGREGATE pg_catalog.max(kbnorms.month) (
    SFUNC = kbnorms.month_larger, STYPE = kbnorms.month, COMBINEFUNC = kbnorms.month_larger,
    SORTOP = OPERATOR(pg_catalog.>), PARALLEL = SAFE
);
COMMENT ON AGGREGATE pg_catalog.max(kbnorms.month) IS 'The latest month.';

-- Not strict, so that it is inlined; a NULL argument still gives no rows.
CREATE FUNCTION kbnorms.generate_series(start kbnorms.month, stop kbnorms.month, step integer DEFAULT 1)
RETURNS SETOF kbnorms.month
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT start + n
    FROM pg_catalog.generate_series(0, stop - start, step) AS n;
END;
COMMENT ON FUNCTION kbnorms.generate_series(kbnorms.month, kbnorms.month, integer) IS
'The months from start to stop, every step-th of them; a negative step counts backwards.';

-- The company's day, months of service and status.
CREATE FUNCTION kbnorms.today() RETURNS date
LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_today';
COMMENT ON FUNCTION kbnorms.today() IS
'The business day: the day on which the transaction began, in the time zone kbnorms.timezone.';

CREATE FUNCTION kbnorms.months_served(novice_since date, on_date date) RETURNS integer
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_months_served';
COMMENT ON FUNCTION kbnorms.months_served(date, date) IS
'Full months served since the induction plan was passed; -1 for an intern.';

CREATE FUNCTION kbnorms.manager_status(novice_since date, on_date date) RETURNS kbnorms.manager_status
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN on_date IS NULL THEN NULL
    WHEN kbnorms.months_served(novice_since, on_date) < 0 THEN 'intern'::kbnorms.manager_status
    WHEN kbnorms.months_served(novice_since, on_date) < 6 THEN 'novice'::kbnorms.manager_status
    WHEN kbnorms.months_served(novice_since, on_date) < 12 THEN 'experienced'::kbnorms.manager_status
    ELSE 'veteran'::kbnorms.manager_status
END;
COMMENT ON FUNCTION kbnorms.manager_status(date, date) IS
'Status by tenure: intern before novice_since, novice for 6 months, experienced for 6 more, veteran after 12.';

-- Who calls, and who owns a base.
CREATE FUNCTION kbnorms.calling_role() RETURNS text
LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'kbnorms_calling_role';
COMMENT ON FUNCTION kbnorms.calling_role() IS
'The role that the client acts as: as it has logged in or SET ROLE, also inside a SECURITY DEFINER function.';

CREATE FUNCTION kbnorms.acts_as(role_name text) RETURNS boolean
LANGUAGE c STABLE STRICT PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'kbnorms_acts_as';
COMMENT ON FUNCTION kbnorms.acts_as(text) IS
'Whether the calling role is that role or a member of it. Being superuser counts for nothing.';

CREATE FUNCTION kbnorms.owns_schema(schema name) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_has_role(n.nspowner, 'USAGE') FROM pg_catalog.pg_namespace n WHERE n.nspname = owns_schema.schema;
END;
COMMENT ON FUNCTION kbnorms.owns_schema(name) IS
'Whether the current user owns a schema, or has the rights of who does.';

CREATE FUNCTION kbnorms.owner_only() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT kbnorms.owns_schema(TG_TABLE_SCHEMA) THEN
        RAISE EXCEPTION '%', kbnorms.translated('only the owner of client base "%s" may change table "%s"', TG_TABLE_SCHEMA, TG_TABLE_NAME)
            USING ERRCODE = 'insufficient_privilege',
                  SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION kbnorms.owner_only() IS
'Refuses changes by anybody but the owner of the base, whatever has been granted. BEFORE INSERT, UPDATE, DELETE or TRUNCATE FOR EACH STATEMENT.';

-- What every report of a base rests on.
CREATE FUNCTION kbnorms.as_of(month kbnorms.month) RETURNS date
LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_as_of';
COMMENT ON FUNCTION kbnorms.as_of(kbnorms.month) IS
'The day that a month is judged by: its last day, today in the running month, NULL where it has not begun. A NULL month is an error.';

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

CREATE FUNCTION kbnorms.check_binding(
    base regnamespace, organization_id bigint, manager_id bigint, on_date date,
    OUT code text, OUT passed boolean, OUT actual text, OUT bound text, OUT message text)
RETURNS SETOF record
LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 12
AS 'MODULE_PATHNAME', 'kbnorms_check_binding';
COMMENT ON FUNCTION kbnorms.check_binding(regnamespace, bigint, bigint, date) IS
'What every rule says of a plain main binding on the present state of a base. Call check_binding of the base.';

CREATE FUNCTION kbnorms.memo_words(
    base regnamespace, memo_id bigint,
    OUT item_no integer, OUT capacity text, OUT unit_id integer, OUT given boolean)
RETURNS SETOF record
LANGUAGE c STABLE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'kbnorms_memo_words';
COMMENT ON FUNCTION kbnorms.memo_words(regnamespace, bigint) IS
'The words that each item of a memo needs by the posts of today, a client card among them, and whether the memo has them.';

CREATE FUNCTION kbnorms.broken_rules(
    base regnamespace, organization_ids integer[], manager_ids integer[], as_move boolean,
    OUT organization_id integer, OUT manager_id integer, OUT code text,
    OUT actual text, OUT bound text, OUT message text)
RETURNS SETOF record
LANGUAGE c STABLE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'kbnorms_broken_rules';
COMMENT ON FUNCTION kbnorms.broken_rules(regnamespace, integer[], integer[], boolean) IS
'The rules that each pair would break by itself on the present state of a base: bound, or with as_move moved from its main manager. A pair without a row breaks none.';

CREATE FUNCTION kbnorms.city_of_unit(base regnamespace, unit_id integer) RETURNS text
LANGUAGE c STABLE STRICT PARALLEL SAFE COST 100
AS 'MODULE_PATHNAME', 'kbnorms_city_of_unit';
COMMENT ON FUNCTION kbnorms.city_of_unit(regnamespace, integer) IS
'The nearest city at or above a unit of a base.';

-- Laying out, upgrading, renaming and dropping client bases.
--
-- A base is a schema with a table client_base, which says by which version it
-- was laid out.  All that is in it belongs to whoever created it.
CREATE FUNCTION kbnorms.require_base(schema text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    version text;
BEGIN
    IF schema IS NULL THEN
        RAISE EXCEPTION '%', kbnorms.translated('the name of the client base must not be null')
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = kbnorms.translated('Name the schema of the base, for example ''kb''.');
    ELSIF NOT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = require_base.schema) THEN
        RAISE EXCEPTION '%', kbnorms.translated('client base "%s" does not exist', schema)
            USING ERRCODE = 'invalid_schema_name',
                  HINT = kbnorms.translated('Lay it out with CALL kbnorms.create_client_base(name).');
    ELSIF NOT EXISTS (
        SELECT FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE n.nspname = require_base.schema AND c.relname = 'client_base'
            AND a.attname = 'version' AND a.atttypid = 'text'::regtype)
    THEN
        RAISE EXCEPTION '%', kbnorms.translated('schema "%s" is not a client base', schema)
            USING ERRCODE = 'wrong_object_type',
                  DETAIL = kbnorms.translated('It has no table client_base with a column version.'),
                  HINT = kbnorms.translated('Client bases are laid out with CALL kbnorms.create_client_base(name).');
    ELSIF NOT (
        SELECT pg_has_role(n.nspowner, 'USAGE')
        FROM pg_namespace n WHERE n.nspname = require_base.schema)
    THEN
        RAISE EXCEPTION '%', kbnorms.translated('must be owner of client base "%s"', schema)
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('SELECT version FROM %I.client_base', schema) INTO version;
    RETURN version;
END
$$;
COMMENT ON FUNCTION kbnorms.require_base(text) IS
'The version that laid out a client base; an error unless there is one of that name and the caller owns it.';

CREATE FUNCTION kbnorms.require_base_name(schema text) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF schema IS NULL THEN
        RAISE EXCEPTION '%', kbnorms.translated('the name of a client base must not be null')
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = kbnorms.translated('Name a schema that does not exist yet, for example ''kb''.');
    ELSIF schema = '' THEN
        RAISE EXCEPTION '%', kbnorms.translated('the name of a client base must not be empty')
            USING ERRCODE = 'invalid_name',
                  HINT = kbnorms.translated('Name a schema that does not exist yet, for example ''kb''.');
    ELSIF octet_length(schema) > current_setting('max_identifier_length')::integer THEN
        RAISE EXCEPTION '%', kbnorms.translated('the name of a client base is too long: "%s"', schema)
            USING ERRCODE = 'name_too_long',
                  DETAIL = kbnorms.translated('It has %s bytes, at most %s are possible.',
                      octet_length(schema), current_setting('max_identifier_length'));
    ELSIF schema ~ '[$@]' THEN
        -- The name is written into bodies of procedures.
        RAISE EXCEPTION '%', kbnorms.translated('the name of a client base must not contain $ or @: "%s"', schema)
            USING ERRCODE = 'invalid_name',
                  HINT = kbnorms.translated('Use letters, digits and underscores.');
    ELSIF schema LIKE 'pg\_%' OR schema IN ('kbnorms', 'information_schema') THEN
        RAISE EXCEPTION '%', kbnorms.translated('the name "%s" is reserved', schema)
            USING ERRCODE = 'reserved_name',
                  HINT = kbnorms.translated('Take another name, for example ''kb''.');
    ELSIF EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = require_base_name.schema) THEN
        RAISE EXCEPTION '%', kbnorms.translated('schema "%s" already exists', schema)
            USING ERRCODE = 'duplicate_schema',
                  DETAIL = kbnorms.translated('A client base is laid out in a schema of its own.'),
                  HINT = kbnorms.translated('Take another name; a database holds any number of bases.');
    ELSIF NOT has_database_privilege(current_database(), 'CREATE') THEN
        RAISE EXCEPTION '%', kbnorms.translated('permission denied to create schema "%s" in database "%s"', schema, current_database())
            USING ERRCODE = 'insufficient_privilege',
                  HINT = kbnorms.translated('Ask the owner of the database for GRANT CREATE ON DATABASE %s TO %s.',
                      quote_ident(current_database()), quote_ident(current_user));
    END IF;
END
$$;
COMMENT ON FUNCTION kbnorms.require_base_name(text) IS
'Raises an error unless a client base of that name could be created now.';

CREATE FUNCTION kbnorms.installed_version() RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT e.extversion FROM pg_catalog.pg_extension e WHERE e.extname = 'kbnorms';
END;
COMMENT ON FUNCTION kbnorms.installed_version() IS
'The version of kbnorms in this database.';

CREATE PROCEDURE kbnorms.create_client_base(schema text, memos boolean DEFAULT true)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM kbnorms.require_base_name(schema);
    IF memos IS NULL THEN
        RAISE EXCEPTION '%', kbnorms.translated('memos must be true or false')
            USING ERRCODE = 'null_value_not_allowed';
    END IF;
    EXECUTE format('CREATE SCHEMA %I', schema);
    EXECUTE format('COMMENT ON SCHEMA %I IS %L', schema,
        'Client base of kbnorms: who holds which client, and the norms that this is judged by.');
    -- Views and bodies bind to what the script creates; PL/pgSQL restores the
    -- path at its end, as this procedure has set one of its own.
    PERFORM set_config('search_path', format('%I, kbnorms, pg_temp', schema), true);
    EXECUTE replace(replace(kbnorms.client_base_script(), '@base@', quote_ident(schema)), '@memo_rules@',
        CASE WHEN memos THEN 'block' ELSE 'off' END);
    EXECUTE format('INSERT INTO %I.client_base (version) VALUES ($1)', schema)
        USING kbnorms.installed_version();
END
$$;
COMMENT ON PROCEDURE kbnorms.create_client_base(text, boolean) IS
'Lays out a client base: a schema with its tables, views, functions and the norms of 2010. The caller owns it. With memos (the default) every change needs an approved memo; without, the rules memo, approval and applicant are off and the norms alone judge.';

CREATE PROCEDURE kbnorms.upgrade_client_base(schema text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    version CONSTANT text := kbnorms.require_base(schema);
    installed CONSTANT text := kbnorms.installed_version();
BEGIN
    IF version IS DISTINCT FROM installed THEN
        RAISE EXCEPTION '%', kbnorms.translated('client base "%s" cannot be upgraded from version %s to %s',
            schema, coalesce('"' || version || '"', kbnorms.translated('unknown')), installed)
            USING ERRCODE = 'feature_not_supported',
                  HINT = kbnorms.translated('If the base is the newer one, install that version of kbnorms and run ALTER EXTENSION kbnorms UPDATE.');
    END IF;
    RAISE NOTICE '%', kbnorms.translated('client base "%s" is at version %s already', schema, installed);
END
$$;
COMMENT ON PROCEDURE kbnorms.upgrade_client_base(text) IS
'Brings a client base to the layout of the installed version of kbnorms. For its owner, after ALTER EXTENSION kbnorms UPDATE.';

CREATE FUNCTION kbnorms.rename_client_base(old text, new text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $rename$
DECLARE
    version CONSTANT text := kbnorms.require_base(old);
    own_path CONSTANT text := '%I, kbnorms, pg_temp';
    routine record;
    cron_schedules text[];
BEGIN
    PERFORM kbnorms.require_base_name(new);
    IF version IS DISTINCT FROM kbnorms.installed_version() THEN
        RAISE EXCEPTION '%', kbnorms.translated('client base "%s" is of version %s and not of the installed %s', old, version, kbnorms.installed_version())
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = kbnorms.translated('Run CALL kbnorms.upgrade_client_base(%s) first.', quote_literal(old));
    END IF;
    SELECT array_agg(e.schedule) INTO cron_schedules FROM kbnorms.unschedule_jobs(old) e;
    EXECUTE format('ALTER SCHEMA %I RENAME TO %I', old, new);

    -- Views and BEGIN ATOMIC bodies follow by themselves.  The name stands in
    -- the search_path of PL/pgSQL routines ...
    FOR routine IN
        SELECT p.oid::regprocedure AS name
        FROM pg_proc p
        WHERE p.pronamespace = quote_ident(new)::regnamespace
            AND 'search_path=' || format(own_path, old) = ANY (p.proconfig)
    LOOP
        EXECUTE format('ALTER ROUTINE %s SET search_path = %s', routine.name, format(own_path, new));
    END LOOP;

    -- ... and in the bodies of those that commit and so can have none.
    FOR routine IN
        SELECT p.oid, p.prosrc AS old_body, replace(body, '@base@', quote_ident(new)) AS new_body
        FROM string_to_table(kbnorms.client_base_script(), '$$') body
        JOIN pg_proc p ON p.prosrc = replace(body, '@base@', quote_ident(old))
        WHERE p.pronamespace = quote_ident(new)::regnamespace AND strpos(body, '@base@') > 0
    LOOP
        EXECUTE replace(pg_get_functiondef(routine.oid), routine.old_body, routine.new_body);
    END LOOP;

    PERFORM kbnorms.schedule_jobs(new, s) FROM unnest(cron_schedules) s;
END
$rename$;
COMMENT ON FUNCTION kbnorms.rename_client_base(text, text) IS
'Renames a client base with all that names it: its routines and its entry under pg_cron. For its owner.';

CREATE FUNCTION kbnorms.drop_client_base(schema text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    messages CONSTANT text := current_setting('client_min_messages');
    dependents text;
BEGIN
    PERFORM kbnorms.require_base(schema);
    -- CASCADE would take what others have built on the base, unasked.
    SELECT string_agg(DISTINCT pg_describe_object(d.classid, d.objid, 0), E'\n')
    INTO dependents
    FROM (
        SELECT 'pg_class'::regclass, c.oid FROM pg_class c
        WHERE c.relnamespace = quote_ident(drop_client_base.schema)::regnamespace
        UNION ALL
        SELECT 'pg_proc'::regclass, p.oid FROM pg_proc p
        WHERE p.pronamespace = quote_ident(drop_client_base.schema)::regnamespace
        UNION ALL
        SELECT 'pg_type'::regclass, t.oid FROM pg_type t
        WHERE t.typnamespace = quote_ident(drop_client_base.schema)::regnamespace
    ) AS member (class, id)
    JOIN pg_depend d ON d.refclassid = member.class AND d.refobjid = member.id AND d.deptype IN ('n', 'a')
    CROSS JOIN pg_identify_object(d.classid, d.objid, 0) AS self
    CROSS JOIN pg_identify_object_as_address(d.classid, d.objid, 0) AS address
    -- What has no schema of its own, as a constraint, is named after its table.
    WHERE coalesce(self.schema, quote_ident(address.object_names[1])) <> quote_ident(drop_client_base.schema);
    IF dependents IS NOT NULL THEN
        RAISE EXCEPTION '%', kbnorms.translated('cannot drop client base "%s" because other objects depend on it', schema)
            USING ERRCODE = 'dependent_objects_still_exist',
                  DETAIL = dependents,
                  HINT = kbnorms.translated('Drop them first.');
    END IF;
    PERFORM kbnorms.unschedule_jobs(schema);
    -- Without a line for every object.
    PERFORM set_config('client_min_messages', 'warning', true);
    EXECUTE format('DROP SCHEMA %I CASCADE', schema);
    PERFORM set_config('client_min_messages', messages, true);
END
$$;
COMMENT ON FUNCTION kbnorms.drop_client_base(text) IS
'Drops a client base and all that is in its schema, and takes its entry out of pg_cron; refuses while anything outside depends on it. For its owner.';

-- What runs by itself: the changes that need no memo, and the schedule.
CREATE FUNCTION kbnorms.require_owner(base regnamespace) RETURNS void
LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'kbnorms_require_owner';
COMMENT ON FUNCTION kbnorms.require_owner(regnamespace) IS
'Raises an error unless the caller owns the client base.';

CREATE FUNCTION kbnorms.release_bindings(
    base regnamespace, as_of date, account_ids integer[])
RETURNS bigint
LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'kbnorms_release_bindings';
COMMENT ON FUNCTION kbnorms.release_bindings(regnamespace, date, integer[]) IS
'Ends the bindings of those accounts with every manager from whom they are due at as_of; for the owner of the base. Used by unbind_inactive.';

CREATE FUNCTION kbnorms.import_rows(
    base regnamespace, organization_ids integer[], manager_ids integer[],
    bound_on date[], additional boolean[], territory_exceptions text[])
RETURNS bigint
LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'kbnorms_import_rows';
COMMENT ON FUNCTION kbnorms.import_rows(regnamespace, integer[], integer[], date[], boolean[], text[]) IS
'Binds organizations that nobody holds without asking the rules; for the owner of the base. Used by import_bindings.';

CREATE FUNCTION kbnorms.lock_job(base regnamespace, job text) RETURNS boolean
LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'kbnorms_lock_job';
COMMENT ON FUNCTION kbnorms.lock_job(regnamespace, text) IS
'Marks a job of a client base as running in this session until unlock_job or the first error; false if it runs elsewhere, an error where the caller cannot commit.';

CREATE FUNCTION kbnorms.unlock_job(base regnamespace, job text) RETURNS void
LANGUAGE c VOLATILE STRICT AS 'MODULE_PATHNAME', 'kbnorms_unlock_job';
COMMENT ON FUNCTION kbnorms.unlock_job(regnamespace, text) IS
'Ends what lock_job began.';

-- pg_cron is optional and may come later: its functions are named in texts
-- that run only once it is known to be there.
CREATE FUNCTION kbnorms.job_entry_name(schema text) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN pg_catalog.format('kbnorms %s.%s', pg_catalog.current_database(), schema);
COMMENT ON FUNCTION kbnorms.job_entry_name(text) IS
'Name of the entry under pg_cron that runs the jobs of a client base.';

CREATE FUNCTION kbnorms.cron_database() RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE
        WHEN to_regclass('cron.job') IS NOT NULL THEN current_database()
        ELSE current_setting('cron.database_name', true)
    END;
EXCEPTION WHEN insufficient_privilege THEN
    -- The setting is there, but only superusers may read it.
    RETURN '';
END
$$;
COMMENT ON FUNCTION kbnorms.cron_database() IS
'The database in which pg_cron lives; empty if the caller may not know it, NULL if the server does not run pg_cron.';

CREATE TYPE kbnorms.scheduled_job AS (jobid bigint, schedule text, command text);
COMMENT ON TYPE kbnorms.scheduled_job IS 'An entry under pg_cron.';
COMMENT ON COLUMN kbnorms.scheduled_job.jobid IS 'Its number in cron.job; empty where it is yet to be made in another database.';
COMMENT ON COLUMN kbnorms.scheduled_job.schedule IS 'When it runs, as cron writes it.';
COMMENT ON COLUMN kbnorms.scheduled_job.command IS 'What it runs.';

CREATE FUNCTION kbnorms.unschedule_jobs(schema text) RETURNS SETOF kbnorms.scheduled_job
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    lives_in CONSTANT text := kbnorms.cron_database();
    entry kbnorms.scheduled_job;
BEGIN
    IF schema IS NULL THEN
        RAISE EXCEPTION '%', kbnorms.translated('the name of the client base must not be null')
            USING ERRCODE = 'null_value_not_allowed';
    ELSIF to_regclass('cron.job') IS NOT NULL THEN
        -- Everyone sees his own entries, a superuser all of them.
        FOR entry IN EXECUTE
            'SELECT jobid, schedule, command FROM cron.job WHERE jobname = $1'
            USING kbnorms.job_entry_name(schema)
        LOOP
            EXECUTE 'SELECT cron.unschedule($1)' USING entry.jobid;
            RETURN NEXT entry;
        END LOOP;
    ELSIF lives_in IS NOT NULL AND lives_in <> current_database() THEN
        RAISE NOTICE '%', CASE lives_in WHEN '' THEN kbnorms.translated('pg_cron lives in another database')
                ELSE kbnorms.translated('pg_cron lives in another database "%s"', lives_in) END
            USING HINT = kbnorms.translated('Run there: %s', format('SELECT cron.unschedule(%L);', kbnorms.job_entry_name(schema)));
    END IF;
END
$$;
COMMENT ON FUNCTION kbnorms.unschedule_jobs(text) IS
'Takes the jobs of a client base out of pg_cron; returns the entries that were removed.';

CREATE FUNCTION kbnorms.schedule_jobs(schema text, schedule text DEFAULT '*/5 * * * *')
RETURNS SETOF kbnorms.scheduled_job
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    lives_in CONSTANT text := kbnorms.cron_database();
    entry kbnorms.scheduled_job;
BEGIN
    PERFORM kbnorms.require_base(schema);
    IF schedule IS NULL THEN
        RAISE EXCEPTION '%', kbnorms.translated('the schedule must not be null')
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = kbnorms.translated('Give it as cron does, for example ''*/5 * * * *''.');
    ELSIF lives_in IS NULL THEN
        RAISE EXCEPTION '%', kbnorms.translated('pg_cron is not installed')
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = kbnorms.translated('Install pg_cron, set shared_preload_libraries = ''pg_cron'' and cron.database_name = %s, restart the server and run CREATE EXTENSION pg_cron.',
                      quote_literal(current_database()));
    END IF;

    entry := (NULL, schedule, format('CALL %I.run_jobs()', schema));
    IF to_regclass('cron.job') IS NOT NULL THEN
        PERFORM kbnorms.unschedule_jobs(schema);
        EXECUTE 'SELECT cron.schedule($1, $2, $3)'
            INTO entry.jobid
            USING kbnorms.job_entry_name(schema), schedule, entry.command;
    ELSIF lives_in = current_database() THEN
        RAISE EXCEPTION '%', kbnorms.translated('pg_cron is not installed in database "%s"', lives_in)
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = kbnorms.translated('Run CREATE EXTENSION pg_cron.');
    ELSE
        RAISE NOTICE '%', CASE lives_in WHEN '' THEN kbnorms.translated('nothing is scheduled yet, pg_cron lives in another database')
                ELSE kbnorms.translated('nothing is scheduled yet, pg_cron lives in another database "%s"', lives_in) END
            USING HINT = kbnorms.translated('Run there: %s', format('SELECT cron.schedule_in_database(%L, %L, %L, %L, %L);',
                                kbnorms.job_entry_name(schema), schedule, entry.command,
                                current_database(), current_user));
    END IF;
    RETURN NEXT entry;
END
$$;
COMMENT ON FUNCTION kbnorms.schedule_jobs(text, text) IS
'Puts the jobs of a client base under pg_cron, as one entry that calls run_jobs; what is due then is decided by the tables job and job_run.';

CREATE FUNCTION kbnorms.client_base_script() RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $kbnorms_function$ SELECT $kbnorms_base$
-- What the base is and the vocabularies that a company may extend.
CREATE TABLE client_base (
    version text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row)
);
COMMENT ON TABLE client_base IS
'This schema is a client base of kbnorms; one row.';
COMMENT ON COLUMN client_base.version IS 'Version of kbnorms whose layout the base has; upgrade_client_base raises it.';
COMMENT ON COLUMN client_base.created_at IS 'When the base was laid out.';
COMMENT ON COLUMN client_base.only_row IS 'Keeps the table at one row.';

CREATE TABLE specialization (
    code text PRIMARY KEY,
    abbr text,
    name_en text NOT NULL,
    name_ru text NOT NULL,
    central boolean DEFAULT false
);
COMMENT ON TABLE specialization IS
'Specializations of managers (специализация МОПП).';
COMMENT ON COLUMN specialization.code IS 'Code, as norms and posts use it.';
COMMENT ON COLUMN specialization.abbr IS 'Abbreviation in use (МРПП, МРЩ, МРД, МРС).';
COMMENT ON COLUMN specialization.name_en IS 'Name in English.';
COMMENT ON COLUMN specialization.name_ru IS 'Name in Russian.';
COMMENT ON COLUMN specialization.central IS 'Are its clients bound by the centre (ЦП) alone? True of МРД and МРС.';

CREATE TABLE client_group (
    code text PRIMARY KEY,
    abbr text,
    name_en text NOT NULL,
    name_ru text NOT NULL
);
COMMENT ON TABLE client_group IS
'Client groups (ЦКГ).';
COMMENT ON COLUMN client_group.code IS 'Code, as norms and organizations use it.';
COMMENT ON COLUMN client_group.abbr IS 'Abbreviation in use (ЭМО, ПП).';
COMMENT ON COLUMN client_group.name_en IS 'Name in English.';
COMMENT ON COLUMN client_group.name_ru IS 'Name in Russian.';

CREATE TABLE potential (
    code text PRIMARY KEY,
    rank integer
);
COMMENT ON TABLE potential IS
'Potentials of a client (потенциал): S, A, B and lower.';
COMMENT ON COLUMN potential.code IS 'Code, as norms and organizations use it.';
COMMENT ON COLUMN potential.rank IS 'Order: 1 is the highest potential.';

CREATE TABLE position (
    code text PRIMARY KEY,
    abbr text,
    name_en text NOT NULL,
    name_ru text NOT NULL,
    holds_base boolean DEFAULT false,
    specialized boolean DEFAULT false
);
COMMENT ON TABLE position IS
'Positions (должность).';
COMMENT ON COLUMN position.code IS 'Code, as norms and posts use it.';
COMMENT ON COLUMN position.abbr IS 'Abbreviation in use (МОПП, НОП, НОПП, НООК, ДП, МКА).';
COMMENT ON COLUMN position.name_en IS 'Name in English.';
COMMENT ON COLUMN position.name_ru IS 'Name in Russian.';
COMMENT ON COLUMN position.holds_base IS 'May who holds this position hold a client base?';
COMMENT ON COLUMN position.specialized IS 'Is he judged by the norms of the specialization of his post?';

CREATE TABLE unit (
    id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    parent_id integer REFERENCES unit,
    kind kbnorms.unit_kind NOT NULL,
    name text NOT NULL,
    city text,
    CONSTRAINT unit_not_its_own_parent CHECK (parent_id <> id)
);
CREATE INDEX unit_parent ON unit (parent_id);
COMMENT ON TABLE unit IS
'The tree of units: centre (ЦП), regions (РЦ), clusters (куст), sales offices (ОП), ООК, ВТЦ.';
COMMENT ON SEQUENCE unit_id_seq IS 'Numbers of unit.';
COMMENT ON COLUMN unit.id IS 'Number.';
COMMENT ON COLUMN unit.parent_id IS 'The unit above; NULL at the top.';
COMMENT ON COLUMN unit.kind IS 'Kind: centre, region, cluster, office, service or vtc.';
COMMENT ON COLUMN unit.name IS 'Name.';
COMMENT ON COLUMN unit.city IS 'City that the unit sits in; below it holds wherever no nearer unit names one.';
COMMENT ON INDEX unit_parent IS 'The units below a unit.';

CREATE TABLE territory (
    id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    unit_id integer REFERENCES unit,
    name text NOT NULL
);
CREATE INDEX territory_unit ON territory (unit_id);
COMMENT ON TABLE territory IS
'Territories set out for territorial managers (выделенная территория).';
COMMENT ON SEQUENCE territory_id_seq IS 'Numbers of territory.';
COMMENT ON COLUMN territory.id IS 'Number.';
COMMENT ON COLUMN territory.unit_id IS 'Unit that the territory belongs to.';
COMMENT ON COLUMN territory.name IS 'Name.';
COMMENT ON INDEX territory_unit IS 'The territories of a unit.';

CREATE TABLE rule (
    code text PRIMARY KEY,
    title_en text NOT NULL,
    title_ru text NOT NULL,
    enforcement kbnorms.enforcement NOT NULL DEFAULT 'block',
    sort_order integer NOT NULL DEFAULT 1000
);
COMMENT ON TABLE rule IS
'The rules that a binding is judged by. Only the owner of the base may change them.';
COMMENT ON COLUMN rule.code IS 'Code; the constraint name in an error.';
COMMENT ON COLUMN rule.title_en IS 'Title in English.';
COMMENT ON COLUMN rule.title_ru IS 'Title in Russian.';
COMMENT ON COLUMN rule.enforcement IS 'What happens when the rule is broken: block refuses the statement, warn warns, off does not judge.';
COMMENT ON COLUMN rule.sort_order IS 'Order of the rules: the first that blocks gives an error its code.';

-- The norms: each row holds from effective_from until the next row of its key.
CREATE TABLE norm_tenure (
    specialization text REFERENCES specialization,
    from_month integer CHECK (from_month >= -1),
    effective_from date,
    min_accounts integer CHECK (min_accounts >= 0),
    max_accounts integer CHECK (max_accounts >= 0),
    min_meetings integer CHECK (min_meetings >= 0),
    min_meeting_share numeric CHECK (min_meeting_share BETWEEN 0 AND 1),
    min_cold_calls integer CHECK (min_cold_calls >= 0),
    note text,
    PRIMARY KEY (specialization, from_month, effective_from),
    CONSTRAINT norm_tenure_min_accounts_at_most_max CHECK (min_accounts <= max_accounts)
);
COMMENT ON TABLE norm_tenure IS
'Norms by specialization and tenure: size of the base, meetings, cold calls. NULL is not regulated; no row is no size at all.';
COMMENT ON COLUMN norm_tenure.specialization IS 'Specialization.';
COMMENT ON COLUMN norm_tenure.from_month IS 'Full months served from which the row holds, until the next greater one; -1 is for interns.';
COMMENT ON COLUMN norm_tenure.effective_from IS 'Day from which the row holds, until the next row of its key.';
COMMENT ON COLUMN norm_tenure.min_accounts IS 'Least number of accounts; judged, never blocks.';
COMMENT ON COLUMN norm_tenure.max_accounts IS 'Most accounts; NULL is unlimited.';
COMMENT ON COLUMN norm_tenure.min_meetings IS 'Least number of meetings outside the office in a month.';
COMMENT ON COLUMN norm_tenure.min_meeting_share IS 'Least number of meetings outside the office in a month, as a share of the accounts.';
COMMENT ON COLUMN norm_tenure.min_cold_calls IS 'Least number of cold calls in a month.';
COMMENT ON COLUMN norm_tenure.note IS 'Where the norm comes from.';

CREATE TABLE norm_specialization (
    specialization text REFERENCES specialization,
    effective_from date,
    min_paying_share numeric CHECK (min_paying_share BETWEEN 0 AND 1),
    max_off_profile integer CHECK (max_off_profile >= 0),
    may_bind_off_profile boolean,
    territory_rule kbnorms.territory_rule,
    exception_only_on_profile boolean,
    newcomers_avoid_territories boolean,
    blacklist_months integer CHECK (blacklist_months >= 1),
    blacklist_below numeric CHECK (blacklist_below >= 0),
    note text,
    PRIMARY KEY (specialization, effective_from)
);
COMMENT ON TABLE norm_specialization IS
'Norms by specialization, whatever the tenure. NULL is not regulated.';
COMMENT ON COLUMN norm_specialization.specialization IS 'Specialization.';
COMMENT ON COLUMN norm_specialization.effective_from IS 'Day from which the row holds, until the next row of its key.';
COMMENT ON COLUMN norm_specialization.min_paying_share IS 'Least share of accounts that pay more than policy.paying_above in a month.';
COMMENT ON COLUMN norm_specialization.max_off_profile IS 'Most off-profile accounts that may be held.';
COMMENT ON COLUMN norm_specialization.may_bind_off_profile IS 'May a new off-profile account be bound?';
COMMENT ON COLUMN norm_specialization.territory_rule IS 'Where the accounts must sit: in a territory of the manager (strict), in his city, or anywhere (none).';
COMMENT ON COLUMN norm_specialization.exception_only_on_profile IS 'Does a justification for an account outside the city count only where its group is target or allowed?';
COMMENT ON COLUMN norm_specialization.newcomers_avoid_territories IS 'Do interns and novices keep out of territories?';
COMMENT ON COLUMN norm_specialization.blacklist_months IS 'Months looked at for the black list.';
COMMENT ON COLUMN norm_specialization.blacklist_below IS 'Monthly turnover below which an account is listed, whatever its potential.';
COMMENT ON COLUMN norm_specialization.note IS 'Where the norm comes from.';

CREATE TABLE norm_client_group (
    specialization text REFERENCES specialization,
    client_group text REFERENCES client_group,
    effective_from date,
    stance kbnorms.stance,
    max_accounts integer CHECK (max_accounts >= 0),
    note text,
    PRIMARY KEY (specialization, client_group, effective_from)
);
COMMENT ON TABLE norm_client_group IS
'How a specialization stands to a client group. No row or a NULL stance is off-profile.';
COMMENT ON COLUMN norm_client_group.specialization IS 'Specialization.';
COMMENT ON COLUMN norm_client_group.client_group IS 'Client group.';
COMMENT ON COLUMN norm_client_group.effective_from IS 'Day from which the row holds, until the next row of its key.';
COMMENT ON COLUMN norm_client_group.stance IS 'Target, allowed or forbidden; NULL is off-profile from this date on.';
COMMENT ON COLUMN norm_client_group.max_accounts IS 'Most accounts of the group in one base.';
COMMENT ON COLUMN norm_client_group.note IS 'Where the norm comes from.';

CREATE TABLE norm_potential (
    specialization text REFERENCES specialization,
    potential text REFERENCES potential,
    effective_from date,
    stance kbnorms.stance,
    blacklist_below numeric CHECK (blacklist_below >= 0),
    note text,
    PRIMARY KEY (specialization, potential, effective_from)
);
COMMENT ON TABLE norm_potential IS
'How a specialization stands to a potential. No row or a NULL stance is off-target.';
COMMENT ON COLUMN norm_potential.specialization IS 'Specialization.';
COMMENT ON COLUMN norm_potential.potential IS 'Potential.';
COMMENT ON COLUMN norm_potential.effective_from IS 'Day from which the row holds, until the next row of its key.';
COMMENT ON COLUMN norm_potential.stance IS 'Target, allowed or forbidden.';
COMMENT ON COLUMN norm_potential.blacklist_below IS 'Monthly turnover below which an account is listed; goes before that of norm_specialization.';
COMMENT ON COLUMN norm_potential.note IS 'Where the norm comes from.';

CREATE TABLE norm_position (
    position text REFERENCES position,
    effective_from date,
    min_meetings integer CHECK (min_meetings >= 0),
    min_own_meeting_share numeric CHECK (min_own_meeting_share BETWEEN 0 AND 1),
    min_group_meetings integer CHECK (min_group_meetings >= 0),
    note text,
    PRIMARY KEY (position, effective_from)
);
COMMENT ON TABLE norm_position IS
'Norms of heads. NULL is not regulated.';
COMMENT ON COLUMN norm_position.position IS 'Position.';
COMMENT ON COLUMN norm_position.effective_from IS 'Day from which the row holds, until the next row of its key.';
COMMENT ON COLUMN norm_position.min_meetings IS 'Least number of meetings outside the office in a month.';
COMMENT ON COLUMN norm_position.min_own_meeting_share IS 'Least number of meetings in a month with organizations of the own base, as a share of its accounts.';
COMMENT ON COLUMN norm_position.min_group_meetings IS 'Least number of meetings in a month with organizations bound to the managers of the group.';
COMMENT ON COLUMN norm_position.note IS 'Where the norm comes from.';

CREATE TABLE policy (
    effective_from date PRIMARY KEY,
    paying_above numeric CHECK (paying_above >= 0),
    inactivity_months integer CHECK (inactivity_months >= 1),
    respecialization_months integer CHECK (respecialization_months >= 0),
    handover_months integer CHECK (handover_months >= 0),
    max_feed_lag_days integer CHECK (max_feed_lag_days >= 0),
    max_unbind_share numeric CHECK (max_unbind_share BETWEEN 0 AND 1),
    max_unbind_count integer CHECK (max_unbind_count >= 0),
    note text
);
COMMENT ON TABLE policy IS
'Norms of the whole company. NULL is not regulated.';
COMMENT ON COLUMN policy.effective_from IS 'Day from which the row holds, until the next one.';
COMMENT ON COLUMN policy.paying_above IS 'An account pays in a month if its turnover is above this, in roubles.';
COMMENT ON COLUMN policy.inactivity_months IS 'Months without turnover after which an account is released.';
COMMENT ON COLUMN policy.respecialization_months IS 'Months to hand over what does not fit after a change of specialization.';
COMMENT ON COLUMN policy.handover_months IS 'Months to hand over a base after a dismissal or a change of position.';
COMMENT ON COLUMN policy.max_feed_lag_days IS 'Most days that the feeds may be behind for an automatic unbinding.';
COMMENT ON COLUMN policy.max_unbind_share IS 'Share of all bindings that an automatic unbinding may release unless forced.';
COMMENT ON COLUMN policy.max_unbind_count IS 'Number of bindings that it may release whatever their share.';
COMMENT ON COLUMN policy.note IS 'Where the norms come from.';

-- The engine keeps norms in memory and reads this number to see a change.
CREATE SEQUENCE norm_version_seq;
CREATE TABLE norm_version (
    version bigint NOT NULL DEFAULT nextval('norm_version_seq'),
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row)
);
INSERT INTO norm_version DEFAULT VALUES;
COMMENT ON TABLE norm_version IS
'Number of the latest change of norms, dictionaries and rules; the engine reads it to know whether what it has in memory is current.';
COMMENT ON SEQUENCE norm_version_seq IS 'Numbers of changes of the norms; never the same twice.';
COMMENT ON COLUMN norm_version.version IS 'The number, from norm_version_seq.';
COMMENT ON COLUMN norm_version.only_row IS 'Keeps the table at one row.';

-- Managers with their posts and territories, and the organizations they serve.
CREATE TABLE manager (
    id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    personnel_no text UNIQUE,
    full_name text NOT NULL,
    hired_on date NOT NULL,
    novice_since date,
    left_on date,
    CONSTRAINT manager_left_after_hired CHECK (left_on >= hired_on)
);
COMMENT ON TABLE manager IS
'People who hold, lead or held client bases (МОПП and heads). A rehired person is a new row.';
COMMENT ON SEQUENCE manager_id_seq IS 'Numbers of manager.';
COMMENT ON COLUMN manager.id IS 'Number.';
COMMENT ON COLUMN manager.personnel_no IS 'Personnel number (табельный номер).';
COMMENT ON COLUMN manager.full_name IS 'Full name.';
COMMENT ON COLUMN manager.hired_on IS 'First working day.';
COMMENT ON COLUMN manager.novice_since IS 'Day on which the induction plan was passed; NULL is an intern (стажер).';
COMMENT ON COLUMN manager.left_on IS 'First day after the last working day; NULL while employed.';

CREATE TABLE manager_post (
    manager_id integer REFERENCES manager,
    since date,
    position text NOT NULL REFERENCES position,
    specialization text REFERENCES specialization,
    unit_id integer NOT NULL REFERENCES unit,
    lead_id integer REFERENCES manager,
    PRIMARY KEY (manager_id, since),
    CONSTRAINT manager_post_leads_others CHECK (lead_id <> manager_id)
);
CREATE INDEX manager_post_unit ON manager_post (unit_id);
CREATE INDEX manager_post_lead ON manager_post (lead_id) WHERE lead_id IS NOT NULL;
COMMENT ON TABLE manager_post IS
'Posts of people: the latest row at or before a day holds on it.';
COMMENT ON COLUMN manager_post.manager_id IS 'The person.';
COMMENT ON COLUMN manager_post.since IS 'First day of the post.';
COMMENT ON COLUMN manager_post.position IS 'Position.';
COMMENT ON COLUMN manager_post.specialization IS 'Specialization, in a position that has one.';
COMMENT ON COLUMN manager_post.unit_id IS 'Unit that the post stands in.';
COMMENT ON COLUMN manager_post.lead_id IS 'Group lead (старший группы) of the person.';
COMMENT ON INDEX manager_post_unit IS 'The posts of a unit.';
COMMENT ON INDEX manager_post_lead IS 'The people of a group lead.';

CREATE TABLE manager_territory (
    manager_id integer REFERENCES manager,
    territory_id integer REFERENCES territory,
    since date,
    until date,
    PRIMARY KEY (manager_id, territory_id, since),
    CONSTRAINT manager_territory_since_before_until CHECK (since < until)
);
CREATE INDEX manager_territory_territory ON manager_territory (territory_id);
COMMENT ON TABLE manager_territory IS
'Territories of managers: each row holds from since until the day before until.';
COMMENT ON COLUMN manager_territory.manager_id IS 'Manager.';
COMMENT ON COLUMN manager_territory.territory_id IS 'Territory.';
COMMENT ON COLUMN manager_territory.since IS 'First day.';
COMMENT ON COLUMN manager_territory.until IS 'First day after the last; NULL is open.';
COMMENT ON INDEX manager_territory_territory IS 'The managers of a territory.';

CREATE TABLE organization (
    id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    inn kbnorms.inn UNIQUE,
    name text NOT NULL,
    head_id integer REFERENCES organization,
    account_id integer GENERATED ALWAYS AS (coalesce(head_id, id)) STORED,
    client_group text REFERENCES client_group,
    potential text REFERENCES potential,
    city text,
    territory_id integer REFERENCES territory
);
CREATE INDEX organization_head ON organization (head_id) WHERE head_id IS NOT NULL;
CREATE INDEX organization_account ON organization (account_id);
CREATE INDEX organization_territory ON organization (territory_id) WHERE territory_id IS NOT NULL;
COMMENT ON TABLE organization IS
'Organizations (карточка организации): one legal payer each. A head with its linked ones is one account.';
COMMENT ON SEQUENCE organization_id_seq IS 'Numbers of organization.';
COMMENT ON COLUMN organization.id IS 'Number.';
COMMENT ON COLUMN organization.inn IS 'Taxpayer number (ИНН).';
COMMENT ON COLUMN organization.name IS 'Name.';
COMMENT ON COLUMN organization.head_id IS 'Head organization (140 признак); NULL for a head or an organization by itself.';
COMMENT ON COLUMN organization.account_id IS 'The account (клиент с учётом 140 признака): the head, or the organization itself.';
COMMENT ON COLUMN organization.client_group IS 'Client group (ЦКГ); NULL is unknown. That of the head counts for an account.';
COMMENT ON COLUMN organization.potential IS 'Potential; NULL is unknown. That of the head counts for an account.';
COMMENT ON COLUMN organization.city IS 'City where it sits; NULL is that of the head, if it is linked.';
COMMENT ON COLUMN organization.territory_id IS 'Territory that it belongs to; NULL is that of the head, if it is linked.';
COMMENT ON INDEX organization_head IS 'The linked organizations of a head.';
COMMENT ON INDEX organization_account IS 'The organizations of an account.';
COMMENT ON INDEX organization_territory IS 'The organizations of a territory.';

-- Classifier 37: who holds which organization, and the log of its changes.
-- Neither table declares foreign keys: the engine does their work set-wise.
CREATE TABLE binding (
    organization_id integer NOT NULL,
    manager_id integer NOT NULL,
    bound_on date NOT NULL DEFAULT kbnorms.today(),
    additional boolean NOT NULL DEFAULT false,
    territory_exception text,
    CONSTRAINT binding_pkey PRIMARY KEY (organization_id, manager_id)
);
CREATE UNIQUE INDEX multiple ON binding (organization_id) WHERE NOT additional;
CREATE INDEX binding_manager ON binding (manager_id);
COMMENT ON TABLE binding IS
'Classifier 37 (37 классификатор): which organization is bound to which manager. Every change is judged by the rules and logged.';
COMMENT ON COLUMN binding.organization_id IS 'Organization: refers to organization.id. The rule engine keeps this key; none is declared.';
COMMENT ON COLUMN binding.manager_id IS 'Manager: refers to manager.id. The rule engine keeps this key; none is declared.';
COMMENT ON COLUMN binding.bound_on IS 'First day of the binding; dates the history and the inactivity clock.';
COMMENT ON COLUMN binding.additional IS 'An additional binding beside the main one (множественная классификация).';
COMMENT ON COLUMN binding.territory_exception IS 'Justification for an account outside the city: potential fully realised and excellent interaction.';
COMMENT ON INDEX multiple IS 'One main manager for an organization; the rule of this code names it.';
COMMENT ON INDEX binding_manager IS 'The bindings of a manager.';

CREATE TABLE binding_log (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    organization_id integer NOT NULL,
    manager_id integer,
    bound_on date,
    unbound_on date,
    additional boolean,
    territory_exception text,
    head_id integer,
    change kbnorms.change_kind NOT NULL,
    reason text,
    memo_id bigint,
    changed_by text NOT NULL DEFAULT current_user,
    acting_for text DEFAULT nullif(current_setting('kbnorms.acting_for', true), ''),
    changed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT binding_log_change CHECK (CASE
        WHEN change IN ('link', 'unlink') THEN manager_id IS NULL
        ELSE manager_id IS NOT NULL AND bound_on IS NOT NULL AND additional IS NOT NULL
    END)
);
-- Only what ended, and links: a plain bind, the most frequent change, writes none of these.
CREATE INDEX binding_log_ended_organization ON binding_log (organization_id)
WHERE unbound_on IS NOT NULL OR manager_id IS NULL;
CREATE INDEX binding_log_head ON binding_log (head_id) WHERE head_id IS NOT NULL;
CREATE INDEX binding_log_ended_manager ON binding_log (manager_id) WHERE unbound_on IS NOT NULL;
COMMENT ON TABLE binding_log IS
'Every change of bindings and links: a bind or unbind is one row, a move two, a link or unlink one without a manager. Rows are never changed.';
COMMENT ON SEQUENCE binding_log_id_seq IS 'Numbers of binding_log.';
COMMENT ON COLUMN binding_log.id IS 'Number, in the order of writing.';
COMMENT ON COLUMN binding_log.organization_id IS 'Organization.';
COMMENT ON COLUMN binding_log.manager_id IS 'Manager; NULL for links.';
COMMENT ON COLUMN binding_log.bound_on IS 'First day of the binding.';
COMMENT ON COLUMN binding_log.unbound_on IS 'First day on which it was over; NULL in the row of a new binding.';
COMMENT ON COLUMN binding_log.additional IS 'Was it an additional binding?';
COMMENT ON COLUMN binding_log.territory_exception IS 'Its justification for the territory.';
COMMENT ON COLUMN binding_log.head_id IS 'Head, for links.';
COMMENT ON COLUMN binding_log.change IS 'Kind of change: bind, move, unbind, link or unlink.';
COMMENT ON COLUMN binding_log.reason IS 'Why: of the memo, or of an automatic unbinding.';
COMMENT ON COLUMN binding_log.memo_id IS 'The memo used.';
COMMENT ON COLUMN binding_log.changed_by IS 'Database role that made the change.';
COMMENT ON COLUMN binding_log.acting_for IS 'Person behind the role, as the session says in kbnorms.acting_for; not verified.';
COMMENT ON COLUMN binding_log.changed_at IS 'When the transaction began.';
COMMENT ON INDEX binding_log_ended_organization IS 'Past holders and links of an organization; a plain bind writes no entry.';
COMMENT ON INDEX binding_log_head IS 'Links to a head.';
COMMENT ON INDEX binding_log_ended_manager IS 'Past holdings of a manager; a plain bind writes no entry.';

-- Memos: the written basis of a change, its items and approvals, and who may
-- act as what.
CREATE TABLE memo (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    state kbnorms.memo_state NOT NULL DEFAULT 'draft',
    author text NOT NULL DEFAULT current_user,
    reason text CONSTRAINT memo_reason_not_blank CHECK (reason ~ '\S'),
    client_card text CONSTRAINT memo_client_card_not_blank CHECK (client_card ~ '\S'),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT memo_reason_given CHECK (state = 'draft' OR reason IS NOT NULL)
);
COMMENT ON TABLE memo IS
'Memos (служебная записка): the written basis of changes.';
COMMENT ON SEQUENCE memo_id_seq IS 'Numbers of memo.';
COMMENT ON COLUMN memo.id IS 'Number.';
COMMENT ON COLUMN memo.state IS 'State: draft, submitted, approved, applied or rejected.';
COMMENT ON COLUMN memo.author IS 'Database role that wrote it.';
COMMENT ON COLUMN memo.reason IS 'Why the changes are asked for.';
COMMENT ON COLUMN memo.client_card IS 'The client card (карточка клиента), for МРД and МРС.';
COMMENT ON COLUMN memo.created_at IS 'When it was written.';

CREATE TABLE memo_item (
    memo_id bigint REFERENCES memo,
    item_no integer,
    change kbnorms.change_kind,
    organization_id integer,
    from_manager_id integer REFERENCES manager,
    to_manager_id integer REFERENCES manager,
    head_id integer REFERENCES organization,
    additional boolean DEFAULT false,
    territory_exception text,
    used_at timestamptz,
    PRIMARY KEY (memo_id, item_no),
    CONSTRAINT memo_item_change CHECK (CASE
        WHEN change = 'bind' THEN from_manager_id IS NULL AND to_manager_id IS NOT NULL AND head_id IS NULL
        WHEN change = 'move' THEN from_manager_id IS NOT NULL AND to_manager_id IS NOT NULL AND head_id IS NULL
        WHEN change = 'unbind' THEN from_manager_id IS NOT NULL AND to_manager_id IS NULL AND head_id IS NULL
        WHEN change IN ('link', 'unlink') THEN from_manager_id IS NULL AND to_manager_id IS NULL AND head_id IS NOT NULL
    END)
);
CREATE INDEX memo_item_organization ON memo_item (organization_id);
CREATE INDEX memo_item_open ON memo_item (memo_id) WHERE used_at IS NULL;
COMMENT ON TABLE memo_item IS
'The changes that a memo asks for; each is used once.';
COMMENT ON COLUMN memo_item.memo_id IS 'Memo.';
COMMENT ON COLUMN memo_item.item_no IS 'Number within the memo.';
COMMENT ON COLUMN memo_item.change IS 'Kind of change.';
COMMENT ON COLUMN memo_item.organization_id IS 'Organization; may be one that is yet to be entered.';
COMMENT ON COLUMN memo_item.from_manager_id IS 'Manager who has it, for move and unbind.';
COMMENT ON COLUMN memo_item.to_manager_id IS 'Manager who gets it, for bind and move.';
COMMENT ON COLUMN memo_item.head_id IS 'Head, for link, and the old one for unlink.';
COMMENT ON COLUMN memo_item.additional IS 'Is it about an additional binding?';
COMMENT ON COLUMN memo_item.territory_exception IS 'The justification that the new binding must carry.';
COMMENT ON COLUMN memo_item.used_at IS 'When a change used the item.';
COMMENT ON INDEX memo_item_open IS 'The items of a memo that nobody has used.';
COMMENT ON INDEX memo_item_organization IS 'The items on an organization.';

CREATE TABLE memo_approval (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    memo_id bigint NOT NULL REFERENCES memo,
    capacity kbnorms.capacity,
    unit_id integer REFERENCES unit,
    role_name text NOT NULL,
    decided_by text NOT NULL DEFAULT current_user,
    decided_at timestamptz NOT NULL DEFAULT now(),
    approved boolean,
    deputy_for text,
    acting_for text DEFAULT nullif(current_setting('kbnorms.acting_for', true), ''),
    why text
);
CREATE INDEX memo_approval_memo ON memo_approval (memo_id);
COMMENT ON TABLE memo_approval IS
'Words given on memos.';
COMMENT ON SEQUENCE memo_approval_id_seq IS 'Numbers of memo_approval.';
COMMENT ON COLUMN memo_approval.id IS 'Number.';
COMMENT ON COLUMN memo_approval.memo_id IS 'Memo.';
COMMENT ON COLUMN memo_approval.capacity IS 'Capacity that the word was given in.';
COMMENT ON COLUMN memo_approval.unit_id IS 'Unit that it was given for; NULL is the whole tree.';
COMMENT ON COLUMN memo_approval.role_name IS 'Database role whose authority it was.';
COMMENT ON COLUMN memo_approval.decided_by IS 'Database role that gave it.';
COMMENT ON COLUMN memo_approval.decided_at IS 'When.';
COMMENT ON COLUMN memo_approval.approved IS 'True approves, false rejects.';
COMMENT ON COLUMN memo_approval.deputy_for IS 'Whom a deputy stood in for: who has the same authority without an end.';
COMMENT ON COLUMN memo_approval.acting_for IS 'Person behind the role, as the session says in kbnorms.acting_for; not verified.';
COMMENT ON COLUMN memo_approval.why IS 'Why it was rejected.';
COMMENT ON INDEX memo_approval_memo IS 'The words on a memo.';

CREATE TABLE authority (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    role_name text NOT NULL,
    capacity kbnorms.capacity NOT NULL,
    unit_id integer REFERENCES unit,
    since date DEFAULT kbnorms.today(),
    until date,
    CONSTRAINT authority_since_before_until CHECK (since < until)
);
COMMENT ON TABLE authority IS
'Which database role may act as what, for which part of the tree of units, from when to when.';
COMMENT ON SEQUENCE authority_id_seq IS 'Numbers of authority.';
COMMENT ON COLUMN authority.id IS 'Number.';
COMMENT ON COLUMN authority.role_name IS 'Database role.';
COMMENT ON COLUMN authority.capacity IS 'What it may act as.';
COMMENT ON COLUMN authority.unit_id IS 'Unit whose subtree it is for; NULL is the whole tree.';
COMMENT ON COLUMN authority.since IS 'First day; NULL is always.';
COMMENT ON COLUMN authority.until IS 'First day after the last; NULL is open.';

-- Facts that come from the ERP.
CREATE TABLE turnover (
    organization_id integer REFERENCES organization,
    month kbnorms.month,
    amount numeric NOT NULL,
    last_on date,
    PRIMARY KEY (organization_id, month),
    CONSTRAINT turnover_last_on_in_month CHECK (kbnorms.month(last_on) = month)
);
-- The ERP sends month after month, so that a month lies together on disk.
CREATE INDEX turnover_month ON turnover USING brin (month);
COMMENT ON INDEX turnover_month IS 'The turnover of a month.';
COMMENT ON TABLE turnover IS
'Sales to an organization (ТО), one row a month, from the ERP.';
COMMENT ON COLUMN turnover.organization_id IS 'Organization.';
COMMENT ON COLUMN turnover.month IS 'Month.';
COMMENT ON COLUMN turnover.amount IS 'Sales, in roubles.';
COMMENT ON COLUMN turnover.last_on IS 'Day of the last sale in the month; NULL counts as its last day.';

CREATE TABLE overdue (
    organization_id integer PRIMARY KEY REFERENCES organization,
    amount numeric NOT NULL,
    since date
);
COMMENT ON TABLE overdue IS
'Overdue receivables of an organization (ПДЗ), from the ERP.';
COMMENT ON COLUMN overdue.organization_id IS 'Organization.';
COMMENT ON COLUMN overdue.amount IS 'Amount, in roubles; only a positive one counts.';
COMMENT ON COLUMN overdue.since IS 'Day since which it is overdue.';

CREATE TABLE activity (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    manager_id integer REFERENCES manager,
    organization_id integer REFERENCES organization,
    kind kbnorms.activity_kind NOT NULL,
    happened_on date NOT NULL,
    outside_office boolean
);
CREATE INDEX activity_manager ON activity (manager_id, happened_on);
CREATE INDEX activity_day ON activity USING brin (happened_on);
CREATE INDEX activity_organization ON activity (organization_id);
COMMENT ON TABLE activity IS
'Meetings and cold calls of managers.';
COMMENT ON SEQUENCE activity_id_seq IS 'Numbers of activity.';
COMMENT ON COLUMN activity.id IS 'Number.';
COMMENT ON COLUMN activity.manager_id IS 'Manager.';
COMMENT ON COLUMN activity.organization_id IS 'Organization met or called; a meeting without one does not count.';
COMMENT ON COLUMN activity.kind IS 'Meeting or cold call.';
COMMENT ON COLUMN activity.happened_on IS 'Day.';
COMMENT ON COLUMN activity.outside_office IS 'Was it outside the office (вне ОП)?';
COMMENT ON INDEX activity_manager IS 'The activity of a manager by day.';
COMMENT ON INDEX activity_day IS 'The activity of a month, as long as it comes day after day.';
COMMENT ON INDEX activity_organization IS 'The activity with an organization.';

CREATE TABLE feed (
    name text PRIMARY KEY,
    loaded_through date,
    loaded_at timestamptz DEFAULT now()
);
COMMENT ON TABLE feed IS
'How far the facts are loaded. Automatic unbinding refuses to act on stale ones.';
COMMENT ON COLUMN feed.name IS 'Feed: turnover, overdue or activity.';
COMMENT ON COLUMN feed.loaded_through IS 'Last day that the loaded facts cover.';
COMMENT ON COLUMN feed.loaded_at IS 'When they were loaded.';

-- Closed months, jobs and their runs, and what else is written down.
CREATE TABLE compliance_history (
    month kbnorms.month,
    manager_id integer REFERENCES manager,
    measure text,
    actual numeric,
    norm_min numeric,
    norm_max numeric,
    verdict kbnorms.verdict,
    as_of date,
    PRIMARY KEY (month, manager_id, measure)
);
CREATE INDEX compliance_history_manager ON compliance_history (manager_id);
COMMENT ON TABLE compliance_history IS
'Verdicts of closed months, frozen.';
COMMENT ON COLUMN compliance_history.month IS 'Month.';
COMMENT ON COLUMN compliance_history.manager_id IS 'Person.';
COMMENT ON COLUMN compliance_history.measure IS 'Measure.';
COMMENT ON COLUMN compliance_history.actual IS 'The figure.';
COMMENT ON COLUMN compliance_history.norm_min IS 'Least that was asked.';
COMMENT ON COLUMN compliance_history.norm_max IS 'Most that was allowed.';
COMMENT ON COLUMN compliance_history.verdict IS 'Met, missed, pending or exempt.';
COMMENT ON COLUMN compliance_history.as_of IS 'Day that the month was judged by.';
COMMENT ON INDEX compliance_history_manager IS 'The verdicts on a person.';

CREATE TABLE scorecard_history (
    month kbnorms.month,
    manager_id integer REFERENCES manager,
    manager_name text NOT NULL,
    unit_id integer REFERENCES unit,
    unit_name text,
    position text REFERENCES position,
    specialization text REFERENCES specialization,
    status kbnorms.manager_status,
    base_size kbnorms.verdict,
    base_size_actual numeric,
    paying_share kbnorms.verdict,
    paying_share_actual numeric,
    off_profile kbnorms.verdict,
    off_profile_actual numeric,
    client_group kbnorms.verdict,
    client_group_actual numeric,
    group_quota kbnorms.verdict,
    group_quota_actual numeric,
    territory kbnorms.verdict,
    territory_actual numeric,
    newcomer_territory kbnorms.verdict,
    newcomer_territory_actual numeric,
    meetings kbnorms.verdict,
    meetings_actual numeric,
    cold_calls kbnorms.verdict,
    cold_calls_actual numeric,
    respecialization kbnorms.verdict,
    respecialization_actual numeric,
    handover kbnorms.verdict,
    handover_actual numeric,
    head_meetings kbnorms.verdict,
    head_meetings_actual numeric,
    lead_own_meetings kbnorms.verdict,
    lead_own_meetings_actual numeric,
    lead_group_meetings kbnorms.verdict,
    lead_group_meetings_actual numeric,
    missed integer,
    compliant boolean,
    as_of date,
    PRIMARY KEY (month, manager_id)
);
CREATE INDEX scorecard_history_manager ON scorecard_history (manager_id);
CREATE INDEX scorecard_history_unit ON scorecard_history (unit_id);
COMMENT ON TABLE scorecard_history IS
'Scorecards of closed months, frozen: one row for each person.';
COMMENT ON COLUMN scorecard_history.month IS 'Month.';
COMMENT ON COLUMN scorecard_history.manager_id IS 'Person.';
COMMENT ON COLUMN scorecard_history.manager_name IS 'His full name.';
COMMENT ON COLUMN scorecard_history.unit_id IS 'Unit of his post.';
COMMENT ON COLUMN scorecard_history.unit_name IS 'Its name.';
COMMENT ON COLUMN scorecard_history.position IS 'Position.';
COMMENT ON COLUMN scorecard_history.specialization IS 'Specialization.';
COMMENT ON COLUMN scorecard_history.status IS 'Status by tenure.';
COMMENT ON COLUMN scorecard_history.base_size IS 'Verdict on accounts.';
COMMENT ON COLUMN scorecard_history.base_size_actual IS 'Figure: accounts.';
COMMENT ON COLUMN scorecard_history.paying_share IS 'Verdict on share of paying accounts.';
COMMENT ON COLUMN scorecard_history.paying_share_actual IS 'Figure: share of paying accounts.';
COMMENT ON COLUMN scorecard_history.off_profile IS 'Verdict on off-profile accounts.';
COMMENT ON COLUMN scorecard_history.off_profile_actual IS 'Figure: off-profile accounts.';
COMMENT ON COLUMN scorecard_history.client_group IS 'Verdict on accounts of a forbidden group.';
COMMENT ON COLUMN scorecard_history.client_group_actual IS 'Figure: accounts of a forbidden group.';
COMMENT ON COLUMN scorecard_history.group_quota IS 'Verdict on accounts above the caps of their groups.';
COMMENT ON COLUMN scorecard_history.group_quota_actual IS 'Figure: accounts above the caps of their groups.';
COMMENT ON COLUMN scorecard_history.territory IS 'Verdict on accounts outside the city without a justification that counts.';
COMMENT ON COLUMN scorecard_history.territory_actual IS 'Figure: accounts outside the city without a justification that counts.';
COMMENT ON COLUMN scorecard_history.newcomer_territory IS 'Verdict on accounts of a newcomer in territories.';
COMMENT ON COLUMN scorecard_history.newcomer_territory_actual IS 'Figure: accounts of a newcomer in territories.';
COMMENT ON COLUMN scorecard_history.meetings IS 'Verdict on meetings outside the office.';
COMMENT ON COLUMN scorecard_history.meetings_actual IS 'Figure: meetings outside the office.';
COMMENT ON COLUMN scorecard_history.cold_calls IS 'Verdict on cold calls.';
COMMENT ON COLUMN scorecard_history.cold_calls_actual IS 'Figure: cold calls.';
COMMENT ON COLUMN scorecard_history.respecialization IS 'Verdict on accounts that do not fit the new specialization.';
COMMENT ON COLUMN scorecard_history.respecialization_actual IS 'Figure: accounts that do not fit the new specialization.';
COMMENT ON COLUMN scorecard_history.handover IS 'Verdict on accounts to hand over.';
COMMENT ON COLUMN scorecard_history.handover_actual IS 'Figure: accounts to hand over.';
COMMENT ON COLUMN scorecard_history.head_meetings IS 'Verdict on meetings of a head.';
COMMENT ON COLUMN scorecard_history.head_meetings_actual IS 'Figure: meetings of a head.';
COMMENT ON COLUMN scorecard_history.lead_own_meetings IS 'Verdict on meetings of a group lead with his own base.';
COMMENT ON COLUMN scorecard_history.lead_own_meetings_actual IS 'Figure: meetings of a group lead with his own base.';
COMMENT ON COLUMN scorecard_history.lead_group_meetings IS 'Verdict on meetings of a group lead with the bases of his group.';
COMMENT ON COLUMN scorecard_history.lead_group_meetings_actual IS 'Figure: meetings of a group lead with the bases of his group.';
COMMENT ON COLUMN scorecard_history.missed IS 'Number of measures missed.';
COMMENT ON COLUMN scorecard_history.compliant IS 'Was none missed?';
COMMENT ON COLUMN scorecard_history.as_of IS 'Day that the month was judged by.';
COMMENT ON INDEX scorecard_history_manager IS 'The scorecards of a person.';
COMMENT ON INDEX scorecard_history_unit IS 'The scorecards of a unit.';

CREATE TABLE blacklist_history (
    month kbnorms.month,
    manager_id integer REFERENCES manager,
    account_id integer REFERENCES organization,
    manager_name text NOT NULL,
    account_name text NOT NULL,
    unit_id integer REFERENCES unit,
    potential text REFERENCES potential,
    threshold numeric,
    turnover numeric,
    as_of date,
    PRIMARY KEY (month, manager_id, account_id)
);
CREATE INDEX blacklist_history_manager ON blacklist_history (manager_id);
CREATE INDEX blacklist_history_account ON blacklist_history (account_id);
COMMENT ON TABLE blacklist_history IS
'Black lists of closed months, frozen.';
COMMENT ON COLUMN blacklist_history.month IS 'Month.';
COMMENT ON COLUMN blacklist_history.manager_id IS 'Manager.';
COMMENT ON COLUMN blacklist_history.account_id IS 'Account.';
COMMENT ON COLUMN blacklist_history.manager_name IS 'Full name of the manager.';
COMMENT ON COLUMN blacklist_history.account_name IS 'Name of the account.';
COMMENT ON COLUMN blacklist_history.unit_id IS 'Unit of the manager''s post.';
COMMENT ON COLUMN blacklist_history.potential IS 'Potential of the account.';
COMMENT ON COLUMN blacklist_history.threshold IS 'Turnover below which it was listed.';
COMMENT ON COLUMN blacklist_history.turnover IS 'The largest of the months looked at.';
COMMENT ON COLUMN blacklist_history.as_of IS 'Day that the list was drawn up for.';
COMMENT ON INDEX blacklist_history_manager IS 'The black lists of a manager.';
COMMENT ON INDEX blacklist_history_account IS 'The black lists with an account.';

CREATE TABLE job (
    code text PRIMARY KEY,
    title_en text NOT NULL,
    title_ru text NOT NULL,
    run_at time,
    day_of_month integer CHECK (day_of_month BETWEEN 1 AND 31),
    enabled boolean DEFAULT true
);
COMMENT ON TABLE job IS
'Jobs that run by themselves.';
COMMENT ON COLUMN job.code IS 'Code.';
COMMENT ON COLUMN job.title_en IS 'Title in English.';
COMMENT ON COLUMN job.title_ru IS 'Title in Russian.';
COMMENT ON COLUMN job.run_at IS 'Time of day from which it is due, in the company''s time zone.';
COMMENT ON COLUMN job.day_of_month IS 'Day of the month on which it is due; NULL is every day.';
COMMENT ON COLUMN job.enabled IS 'Does it run?';

CREATE TABLE job_run (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    job text NOT NULL REFERENCES job,
    slot timestamptz,
    as_of date,
    state text NOT NULL DEFAULT 'running'
        CHECK (state IN ('running', 'done', 'dry', 'refused', 'failed', 'skipped')),
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    released bigint NOT NULL DEFAULT 0,
    held_back bigint NOT NULL DEFAULT 0,
    forced boolean NOT NULL DEFAULT false,
    reason text,
    error text,
    pid integer,
    UNIQUE (job, slot)
);
COMMENT ON TABLE job_run IS
'Runs of jobs.';
COMMENT ON SEQUENCE job_run_id_seq IS 'Numbers of job_run.';
COMMENT ON COLUMN job_run.id IS 'Number.';
COMMENT ON COLUMN job_run.job IS 'Job.';
COMMENT ON COLUMN job_run.slot IS 'The due time that the run was for; NULL for a direct call.';
COMMENT ON COLUMN job_run.as_of IS 'Day that it worked for.';
COMMENT ON COLUMN job_run.state IS 'State: running, done, dry, refused, failed or skipped.';
COMMENT ON COLUMN job_run.started_at IS 'When it began.';
COMMENT ON COLUMN job_run.finished_at IS 'When it ended.';
COMMENT ON COLUMN job_run.released IS 'Bindings that it released, or would have in a dry run.';
COMMENT ON COLUMN job_run.held_back IS 'Accounts that overdue receivables kept from release.';
COMMENT ON COLUMN job_run.forced IS 'Was it told to go on in spite of the bounds?';
COMMENT ON COLUMN job_run.reason IS 'Reason that a forced run was given.';
COMMENT ON COLUMN job_run.error IS 'Why it was refused or failed.';
COMMENT ON COLUMN job_run.pid IS 'Process of the server that ran it.';

CREATE TABLE import_reject (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    source text NOT NULL,
    organization_id bigint,
    inn text,
    manager_id bigint,
    personnel_no text,
    bound_on date,
    additional boolean,
    territory_exception text,
    reason text NOT NULL,
    rejected_by text NOT NULL DEFAULT current_user,
    rejected_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE import_reject IS
'Rows that an import did not take.';
COMMENT ON SEQUENCE import_reject_id_seq IS 'Numbers of import_reject.';
COMMENT ON COLUMN import_reject.id IS 'Number.';
COMMENT ON COLUMN import_reject.source IS 'Relation that was imported.';
COMMENT ON COLUMN import_reject.organization_id IS 'Organization number in the row.';
COMMENT ON COLUMN import_reject.inn IS 'Taxpayer number in the row.';
COMMENT ON COLUMN import_reject.manager_id IS 'Manager number in the row.';
COMMENT ON COLUMN import_reject.personnel_no IS 'Personnel number in the row.';
COMMENT ON COLUMN import_reject.bound_on IS 'First day of the binding in the row.';
COMMENT ON COLUMN import_reject.additional IS 'Was it an additional binding?';
COMMENT ON COLUMN import_reject.territory_exception IS 'Its justification for the territory.';
COMMENT ON COLUMN import_reject.reason IS 'Why it was not taken.';
COMMENT ON COLUMN import_reject.rejected_by IS 'Database role that imported.';
COMMENT ON COLUMN import_reject.rejected_at IS 'When.';

CREATE TABLE change_log (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    table_name text NOT NULL,
    row_key text NOT NULL,
    operation text NOT NULL CHECK (operation IN ('insert', 'update', 'delete')),
    column_name text NOT NULL,
    old_value text,
    new_value text,
    changed_by text NOT NULL DEFAULT current_user,
    acting_for text DEFAULT nullif(current_setting('kbnorms.acting_for', true), ''),
    changed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE change_log IS
'Who changed which norm, rule, authority, post or organization; one row for each value that changed.';
COMMENT ON SEQUENCE change_log_id_seq IS 'Numbers of change_log.';
COMMENT ON COLUMN change_log.id IS 'Number, in the order of writing.';
COMMENT ON COLUMN change_log.table_name IS 'Table.';
COMMENT ON COLUMN change_log.row_key IS 'Key of the row.';
COMMENT ON COLUMN change_log.operation IS 'Insert, update or delete.';
COMMENT ON COLUMN change_log.column_name IS 'Column.';
COMMENT ON COLUMN change_log.old_value IS 'Value before, as text.';
COMMENT ON COLUMN change_log.new_value IS 'Value after, as text.';
COMMENT ON COLUMN change_log.changed_by IS 'Database role that made the change.';
COMMENT ON COLUMN change_log.acting_for IS 'Person behind the role, as the session says in kbnorms.acting_for; not verified.';
COMMENT ON COLUMN change_log.changed_at IS 'When the transaction began.';

CREATE TABLE alert (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    raised_on date NOT NULL DEFAULT kbnorms.today(),
    due_on date,
    manager_id integer REFERENCES manager,
    organization_id integer REFERENCES organization,
    message text NOT NULL
);
COMMENT ON TABLE alert IS
'What needs attention soon.';
COMMENT ON SEQUENCE alert_id_seq IS 'Numbers of alert.';
COMMENT ON COLUMN alert.id IS 'Number.';
COMMENT ON COLUMN alert.kind IS 'Kind of alert.';
COMMENT ON COLUMN alert.raised_on IS 'Day on which it was raised.';
COMMENT ON COLUMN alert.due_on IS 'Day by which something is to be done.';
COMMENT ON COLUMN alert.manager_id IS 'Person concerned.';
COMMENT ON COLUMN alert.organization_id IS 'Organization concerned.';
COMMENT ON COLUMN alert.message IS 'What it is about.';

-- The vocabularies of the regulation of 2010.
INSERT INTO specialization (code, abbr, name_en, name_ru, central) VALUES
    ('territorial', NULL, 'Territorial manager', 'Территориальный МОПП', false),
    ('universal', NULL, 'Universal manager', 'Универсальный МОПП', false),
    ('industrial', 'МРПП', 'Manager for industrial enterprises', 'Менеджер по работе с промышленными предприятиями', false),
    ('panel_builder', 'МРЩ', 'Manager for panel builders', 'Менеджер по работе со щитовиками', false),
    ('dealer', 'МРД', 'Manager for dealers', 'Менеджер по работе с дилерами', true),
    ('chain', 'МРС', 'Manager for chains', 'Менеджер по работе с сетями', true);

INSERT INTO client_group (code, abbr, name_en, name_ru) VALUES
    ('emo', 'ЭМО', 'Electrical installation organizations', 'Электромонтажные организации'),
    ('distributor', NULL, 'Distributors', 'Дистрибьюторы'),
    ('infrastructure', NULL, 'Infrastructure', 'Инфраструктура'),
    ('industrial', 'ПП', 'Industrial enterprises', 'Промышленные предприятия'),
    ('panel_builder', NULL, 'Panel builders', 'Щитовики'),
    ('dealer', NULL, 'Dealers', 'Дилеры'),
    ('chain', NULL, 'Chains', 'Сети');

INSERT INTO potential (code, rank) VALUES ('S', 1), ('A', 2), ('B', 3), ('C', 4);

INSERT INTO position (code, abbr, name_en, name_ru, holds_base, specialized) VALUES
    ('manager', 'МОПП', 'Sales manager', 'Менеджер отдела персональных продаж', true, true),
    ('group_lead', NULL, 'Group lead', 'Старший группы', true, true),
    ('office_head', 'НОП', 'Head of a sales office', 'Начальник офиса продаж', false, false),
    ('personal_sales_head', 'НОПП', 'Head of personal sales', 'Начальник отдела персональных продаж', false, false),
    ('vtc_head', NULL, 'Head of a VTC', 'Руководитель ВТЦ', true, false),
    ('pool_head', 'НООК', 'Head of the pool', 'Начальник ООК', false, false),
    ('sales_director', 'ДП', 'Sales director', 'Директор по продажам', false, false),
    ('client_analyst', 'МКА', 'Client analyst', 'Менеджер по клиентскому анализу', false, false);

-- Whether a new base asks for memos is said when it is laid out.
INSERT INTO rule (code, title_en, title_ru, sort_order, enforcement)
SELECT r.*, CASE WHEN r.code IN ('memo', 'approval', 'applicant') THEN '@memo_rules@' ELSE 'block' END::kbnorms.enforcement
FROM (VALUES
    ('personal', 'A named, employed person who may hold a base', 'Привязка к конкретному работающему сотруднику, которому положена КБ', 1),
    ('base_size', 'Base within the maximum size', 'КБ не больше установленного размера', 2),
    ('client_group', 'No forbidden client group', 'Запрещённая ЦКГ', 3),
    ('off_profile', 'No new off-profile account', 'Непрофильный клиент', 4),
    ('group_quota', 'Quota of a client group', 'Предел числа клиентов ЦКГ', 5),
    ('territory', 'Territory of the manager', 'Территория МОПП', 6),
    ('newcomer_territory', 'Newly hired keep out of territories', 'Вновь принятый МОПП вне территорий', 7),
    ('potential', 'Potential of an account taken from the pool', 'Потенциал клиента, передаваемого из ООК', 8),
    ('multiple', 'Several holders of one organization', 'Множественная классификация', 9),
    ('memo', 'An approved memo covers the change', 'Согласованная служебная записка', 10),
    ('approval', 'The needed approvals', 'Согласование', 11),
    ('applicant', 'Who makes the change', 'Кто вносит изменение', 12)) AS r(code, title_en, title_ru, sort_order);

-- The norms of the regulation of 2010.  A note says which part of it a row
-- comes from; "Decision" marks what the regulation leaves open.

-- Size, meetings and cold calls by full months served.  Novices (from months
-- 0, 2 and 4) owe a count of meetings and cold calls, the experienced (6) and
-- veterans (12) a share of their base.  Interns have no row: decision.
INSERT INTO norm_tenure (specialization, from_month, effective_from,
    min_accounts, max_accounts, min_meetings, min_meeting_share, min_cold_calls, note)
SELECT v.specialization, v.from_month, '2010-01-01', v.min_accounts, v.max_accounts,
    CASE WHEN v.from_month < 6 THEN 20 END,
    CASE WHEN v.from_month >= 6 THEN 0.5 END,
    CASE WHEN v.from_month < 6 AND v.specialization NOT IN ('panel_builder', 'chain') THEN 100 END,
    format('Table "%s": size of the base, meetings%s for %s. Decision: the year is 2010, the period of meetings is the month%s.',
        coalesce(s.abbr, s.name_ru),
        CASE WHEN v.from_month < 6 AND v.specialization NOT IN ('panel_builder', 'chain')
            THEN ' and cold calls' ELSE '' END,
        CASE v.from_month
            WHEN 0 THEN 'a novice'
            WHEN 2 THEN 'a novice after 2 months'
            WHEN 4 THEN 'a novice after 4 months'
            WHEN 6 THEN 'the experienced'
            ELSE 'a veteran' END,
        CASE v.specialization WHEN 'dealer'
            THEN '; the cell on meetings repeats the black list by mistake, the norm common to the other five tables stands'
            ELSE '' END)
FROM (VALUES
    ('universal', 0, NULL, 40), ('universal', 2, 15, 40), ('universal', 4, 20, 40),
    ('universal', 6, 20, 40), ('universal', 12, 20, 40),
    ('territorial', 0, NULL, 60), ('territorial', 2, 20, 60), ('territorial', 4, 30, 60),
    ('territorial', 6, 30, 60), ('territorial', 12, 30, 60),
    ('industrial', 0, NULL, 60), ('industrial', 2, 20, 60), ('industrial', 4, 20, 60),
    ('industrial', 6, 20, 60), ('industrial', 12, 20, 60),
    ('panel_builder', 0, NULL, 20), ('panel_builder', 2, 5, 20), ('panel_builder', 4, 7, 20),
    ('panel_builder', 6, 7, 20), ('panel_builder', 12, 10, 20),
    ('dealer', 0, NULL, 30), ('dealer', 2, 10, 30), ('dealer', 4, 10, 30),
    ('dealer', 6, 15, 30), ('dealer', 12, 15, 30),
    ('chain', 0, NULL, 10), ('chain', 2, NULL, 10), ('chain', 4, NULL, 10),
    ('chain', 6, NULL, 10), ('chain', 12, NULL, 10)
) AS v (specialization, from_month, min_accounts, max_accounts)
JOIN specialization s ON s.code = v.specialization;

-- What does not depend on tenure.  A later row repeats all that it keeps.
INSERT INTO norm_specialization (specialization, effective_from,
    min_paying_share, max_off_profile, may_bind_off_profile, territory_rule,
    exception_only_on_profile, newcomers_avoid_territories, blacklist_months, blacklist_below, note)
SELECT v.specialization, v.effective_from::date,
    v.min_paying_share, v.max_off_profile, false, v.territory_rule::kbnorms.territory_rule,
    v.exception_only_on_profile, v.newcomers_avoid_territories, v.blacklist_months, v.blacklist_below,
    format('Table "%s": %s', coalesce(s.abbr, s.name_ru), v.note)
FROM (VALUES
    ('universal', '2010-01-01', 0.35, 0, 'city', false, true, 2, 15000,
        'off-profile "no"; outside the city where the potential is fully realised and the interaction excellent; the newly hired keep out of territories. Decision: the paying share is of a month.'),
    ('territorial', '2010-01-01', 0.25, NULL, 'strict', NULL, NULL, 2, 15000,
        'from 1 January off-profile accounts are no longer bound; decision: those held are not yet capped.'),
    ('territorial', '2010-04-01', 0.25, 3, 'strict', NULL, NULL, 2, 15000,
        'from 1 April up to 3 off-profile accounts; decision: held, not newly bound; the year is 2010.'),
    ('territorial', '2010-07-01', 0.25, 0, 'strict', NULL, NULL, 2, 15000,
        'from 1 July no off-profile accounts.'),
    ('industrial', '2010-01-01', 0.35, NULL, 'city', true, NULL, 2, 15000,
        'from 1 January off-profile accounts are no longer bound; decision: those held are not yet capped. Outside the city only industrial enterprises and panel builders.'),
    ('industrial', '2010-04-01', 0.35, 3, 'city', true, NULL, 2, 15000,
        'from 1 April up to 3 off-profile accounts; decision: held, not newly bound; the year is 2010.'),
    ('industrial', '2010-07-01', 0.35, 0, 'city', true, NULL, 2, 15000,
        'from 1 July no off-profile accounts.'),
    ('panel_builder', '2010-01-01', 0.70, NULL, 'city', true, NULL, 1, NULL,
        'from 1 January off-profile accounts are no longer bound; decision: those held are not yet capped. Outside the city only panel builders. The black list goes by potential. Decision: МРЦ in the heading of the table stands for МРЩ.'),
    ('panel_builder', '2010-04-01', 0.70, 3, 'city', true, NULL, 1, NULL,
        'from 1 April up to 3 off-profile accounts; decision: held, not newly bound; the year is 2010.'),
    ('panel_builder', '2010-07-01', 0.70, 0, 'city', true, NULL, 1, NULL,
        'from 1 July no off-profile accounts.'),
    ('dealer', '2010-01-01', 0.50, 0, 'none', NULL, NULL, 1, NULL,
        'off-profile 0; territory not regulated; the black list goes by potential.'),
    ('chain', '2010-01-01', 0.70, 0, 'none', NULL, NULL, 1, NULL,
        'nothing off-profile beside up to 5 dealers; territory not regulated; the black list goes by potential.')
) AS v (specialization, effective_from, min_paying_share, max_off_profile, territory_rule,
    exception_only_on_profile, newcomers_avoid_territories, blacklist_months, blacklist_below, note)
JOIN specialization s ON s.code = v.specialization;

-- What has no row is off-profile; so is a forbidden group before its date.
INSERT INTO norm_client_group (specialization, client_group, effective_from, stance, max_accounts, note)
SELECT v.specialization, g.code, v.effective_from::date, v.stance::kbnorms.stance, v.max_accounts,
    format('Table "%s": %s.', coalesce(s.abbr, s.name_ru), v.note)
FROM (VALUES
    ('universal', '{emo,distributor,infrastructure}'::text[], '2010-01-01', 'target', NULL, 'works with this group'),
    ('universal', '{industrial,panel_builder}', '2010-01-01', 'allowed', NULL, 'may also have this group in the base'),
    ('territorial', '{emo,distributor,infrastructure,industrial,panel_builder}', '2010-01-01', 'target', NULL, 'works with this group'),
    ('industrial', '{industrial}', '2010-01-01', 'target', NULL, 'works with this group'),
    ('industrial', '{panel_builder}', '2010-01-01', 'allowed', NULL, 'this group is allowed'),
    ('industrial', '{emo,distributor,infrastructure}', '2010-07-01', 'forbidden', NULL, 'may not work with this group, from 1 July 2010; decision: before that it is off-profile'),
    ('panel_builder', '{panel_builder}', '2010-01-01', 'target', NULL, 'works with this group'),
    ('panel_builder', '{emo,distributor,infrastructure,industrial}', '2010-07-01', 'forbidden', NULL, 'may not work with this group, from 1 July 2010; decision: before that it is off-profile'),
    ('dealer', '{dealer}', '2010-01-01', 'target', NULL, 'works with this group'),
    ('chain', '{chain}', '2010-01-01', 'target', NULL, 'works with this group'),
    ('chain', '{dealer}', '2010-01-01', 'allowed', 5, 'up to 5 dealers are allowed')
) AS v (specialization, client_groups, effective_from, stance, max_accounts, note)
JOIN specialization s ON s.code = v.specialization
JOIN client_group g ON g.code = ANY (v.client_groups);

-- A potential below B has no row: off-target everywhere.
INSERT INTO norm_potential (specialization, potential, effective_from, stance, blacklist_below, note)
SELECT s.code, v.potential, '2010-01-01',
    CASE WHEN s.code = 'territorial' AND v.potential = 'S' THEN 'allowed' ELSE 'target' END::kbnorms.stance,
    CASE WHEN s.code IN ('panel_builder', 'dealer', 'chain') THEN v.blacklist_below END,
    format('Table "%s": target potential%s.%s', coalesce(s.abbr, s.name_ru),
        CASE WHEN s.code = 'territorial' AND v.potential = 'S' THEN ' A and B, S allowed' ELSE '' END
        || CASE WHEN s.code IN ('panel_builder', 'dealer', 'chain')
            THEN ', and black list: purchases of the previous month' ELSE '' END,
        CASE WHEN s.code = 'universal' AND v.potential = 'S'
            THEN ' Decision: the Cyrillic letter is read as S.' ELSE '' END)
FROM specialization s
CROSS JOIN (VALUES ('S', 300000), ('A', 150000), ('B', 50000)) AS v (potential, blacklist_below);

INSERT INTO norm_position (position, effective_from, min_meetings, min_own_meeting_share, min_group_meetings, note) VALUES
    ('office_head', '2010-01-01', 15, NULL, NULL,
        'Contribution of heads: 15 meetings outside the office a month.'),
    ('personal_sales_head', '2010-01-01', 20, NULL, NULL,
        'Contribution of heads: 20 meetings outside the office a month. Decision: at least.'),
    ('group_lead', '2010-01-01', NULL, 0.5, 15,
        'Contribution of heads: a group lead meets half of his own base and holds 15 meetings with clients of the group. Decision: the period is the month.');

INSERT INTO policy (effective_from, paying_above, inactivity_months, respecialization_months, handover_months,
    max_feed_lag_days, max_unbind_share, max_unbind_count, note) VALUES
    ('2010-01-01', 15000, 6, 2, 1, 3, 0.05, 50,
        'Paying: over 15,000 RUB. Binding and unbinding: 6 months without turnover, 2 months after a change of specialization, 1 month after a dismissal or a change of position. Decision: the bounds of automatic unbinding (feed lag, share, count), in no source.');

-- A planner that knows nothing of these few rows takes them for thousands, and
-- the reports for so costly that it compiles them.
ANALYZE specialization, client_group, potential, "position", rule, policy,
    norm_tenure, norm_specialization, norm_client_group, norm_potential, norm_position;

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
        'policy', 'specialization', 'client_group', 'potential', 'position', 'rule', 'unit']
    LOOP
        EXECUTE pg_catalog.format(
            'CREATE TRIGGER norms_changing BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %1$I '
            'FOR EACH STATEMENT EXECUTE FUNCTION kbnorms.norms_changed();'
            'CREATE TRIGGER norms_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %1$I '
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

-- Who held what, and the base as it stood at the end of a day.  What is held
-- now is in binding, what has ended is in the log with its end.
CREATE VIEW holding WITH (security_invoker = true) AS
SELECT b.organization_id, b.manager_id, b.bound_on AS held_from, NULL::date AS held_until, b.additional
FROM binding b
UNION ALL
SELECT l.organization_id, l.manager_id, l.bound_on, l.unbound_on, l.additional
FROM binding_log l
WHERE l.unbound_on IS NOT NULL;
COMMENT ON VIEW holding IS
'Who held which organization, from when to when, past and present. Held on [held_from, held_until): what began and ended on one day was never held at a day''s end.';
COMMENT ON COLUMN holding.organization_id IS 'The organization held.';
COMMENT ON COLUMN holding.manager_id IS 'The manager who held it.';
COMMENT ON COLUMN holding.held_from IS 'First day of the holding: bound_on of the binding.';
COMMENT ON COLUMN holding.held_until IS 'First day after the holding; NULL while it lasts.';
COMMENT ON COLUMN holding.additional IS 'Whether it was (last) an additional binding beside the main one.';

CREATE TYPE base_at_row AS (
    organization_id integer,
    manager_id integer,
    bound_on date,
    additional boolean,
    territory_exception text
);
COMMENT ON TYPE base_at_row IS 'A binding as it stood on a day; row of base_at.';
COMMENT ON COLUMN base_at_row.organization_id IS 'The organization bound.';
COMMENT ON COLUMN base_at_row.manager_id IS 'The manager who holds it.';
COMMENT ON COLUMN base_at_row.bound_on IS 'Since when.';
COMMENT ON COLUMN base_at_row.additional IS 'Whether it is an additional binding, as it is marked now or was when it ended.';
COMMENT ON COLUMN base_at_row.territory_exception IS 'Its justification outside the city, as it stands now or did when it ended.';

-- No holding has ended after today, so that for today the log is not read.
-- A pair comes once, although it may have been held twice over with dates
-- that overlap: the present binding goes before an ended one, a later end
-- before an earlier one.
CREATE FUNCTION base_at(day date) RETURNS SETOF base_at_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 100000
BEGIN ATOMIC
    SELECT b.organization_id, b.manager_id, b.bound_on, b.additional, b.territory_exception
    FROM binding b
    WHERE b.bound_on <= day
    UNION ALL
    SELECT e.organization_id, e.manager_id, e.bound_on, e.additional, e.territory_exception
    FROM (
        SELECT DISTINCT ON (l.manager_id, l.organization_id)
            l.organization_id, l.manager_id, l.bound_on, l.additional, l.territory_exception
        FROM binding_log l
        WHERE l.bound_on <= day AND l.unbound_on > day AND l.unbound_on IS NOT NULL
            AND NOT EXISTS (
                SELECT FROM binding b
                WHERE b.organization_id = l.organization_id AND b.manager_id = l.manager_id AND b.bound_on <= day
            )
        ORDER BY l.manager_id, l.organization_id, l.unbound_on DESC, l.id DESC
    ) e
    WHERE day < kbnorms.today();
END;
COMMENT ON FUNCTION base_at(date) IS
'Every binding held at the end of a day, rebuilt from the history where the day is past.';

-- What each manager is on a day: on staff or not, tenure, post, city, how long
-- he has been what he is and what he was before.
CREATE TYPE manager_at_row AS (
    manager_id integer,
    manager_name text,
    hired_on date,
    novice_since date,
    left_on date,
    on_staff boolean,
    months_served integer,
    status kbnorms.manager_status,
    "position" text,
    holds_base boolean,
    is_holder boolean,
    specialized boolean,
    specialization text,
    unit_id integer,
    lead_id integer,
    city text,
    position_since date,
    duty_since date,
    previous_specialization text,
    respecialized_on date
);
COMMENT ON TYPE manager_at_row IS 'A manager as he stood on a day; row of manager_at.';
COMMENT ON COLUMN manager_at_row.manager_id IS 'The manager.';
COMMENT ON COLUMN manager_at_row.manager_name IS 'His full name.';
COMMENT ON COLUMN manager_at_row.hired_on IS 'First day of his employment.';
COMMENT ON COLUMN manager_at_row.novice_since IS 'The day he passed the induction plan.';
COMMENT ON COLUMN manager_at_row.left_on IS 'First day after his employment.';
COMMENT ON COLUMN manager_at_row.on_staff IS 'Whether he is employed on the day.';
COMMENT ON COLUMN manager_at_row.months_served IS 'Full months served since novice_since; -1 for an intern.';
COMMENT ON COLUMN manager_at_row.status IS 'Status by tenure.';
COMMENT ON COLUMN manager_at_row."position" IS 'Position of his post of the day; NULL where he has had none by then.';
COMMENT ON COLUMN manager_at_row.holds_base IS 'Whether that position may hold a base; false without a post.';
COMMENT ON COLUMN manager_at_row.is_holder IS 'Whether he may hold a base: on staff in such a position.';
COMMENT ON COLUMN manager_at_row.specialized IS 'Whether that position is judged by a specialization; false without a post.';
COMMENT ON COLUMN manager_at_row.specialization IS 'Specialization of that post, where its position is judged by one.';
COMMENT ON COLUMN manager_at_row.unit_id IS 'Unit of that post.';
COMMENT ON COLUMN manager_at_row.lead_id IS 'The group lead that the post names.';
COMMENT ON COLUMN manager_at_row.city IS 'His city: the nearest one above the unit of the post, by the unit tree of today.';
COMMENT ON COLUMN manager_at_row.position_since IS 'First day of the unbroken run of posts of this position.';
COMMENT ON COLUMN manager_at_row.duty_since IS
'First day of the unbroken run of posts of this kind: those judged by a specialization, others that may hold a base, or those that may not.';
COMMENT ON COLUMN manager_at_row.previous_specialization IS 'What his specialization was before its latest change; NULL where it never changed.';
COMMENT ON COLUMN manager_at_row.respecialized_on IS 'The day of its latest change; a spell without one is no change.';

-- Every window is partitioned by the manager, so that a filter on him reaches
-- his posts.  The last post by the day carries what its predecessors add up to.
-- What the reports use many times over is computed below the filter: there it
-- is a column to them, above it an expression.
CREATE FUNCTION manager_at(day date) RETURNS SETOF manager_at_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10000
BEGIN ATOMIC
    SELECT r.manager_id, r.full_name, r.hired_on, r.novice_since, r.left_on, r.on_staff, r.months_served, r.status,
        r."position", r.holds_base, r.is_holder, r.specialized, r.specialization, r.unit_id, r.lead_id, r.city,
        r.position_since, r.duty_since, r.previous[cardinality(r.previous)], r.respecialized_on
    FROM (
        SELECT p.*, kbnorms.city_of_unit($base$@base@$base$::regnamespace, p.unit_id) AS city,
            p.hired_on <= day AND (p.left_on IS NULL OR p.left_on > day) AS on_staff,
            p.hired_on <= day AND (p.left_on IS NULL OR p.left_on > day) AND p.holds_base AS is_holder,
            kbnorms.months_served(p.novice_since, day) AS months_served,
            kbnorms.manager_status(p.novice_since, day) AS status,
            max(p.since) FILTER (WHERE p.begins_position) OVER so_far AS position_since,
            max(p.since) FILTER (WHERE p.begins_duty) OVER so_far AS duty_since,
            max(p.since) FILTER (WHERE p.earlier[cardinality(p.earlier)] <> p.specialization)
                OVER so_far AS respecialized_on,
            array_agg(p.earlier[cardinality(p.earlier)])
                FILTER (WHERE p.earlier[cardinality(p.earlier)] <> p.specialization)
                OVER so_far AS previous
        FROM (
            SELECT q.*,
                lag(q."position") OVER posts IS DISTINCT FROM q."position" AS begins_position,
                lag(q.duty) OVER posts IS DISTINCT FROM q.duty AS begins_duty,
                array_agg(q.specialization) FILTER (WHERE q.specialization IS NOT NULL) OVER (
                    posts ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS earlier,
                lead(q.since) OVER posts IS NULL AS is_last
            FROM (
                SELECT m.id AS manager_id, m.full_name, m.hired_on, m.novice_since, m.left_on,
                    mp.since, mp."position", mp.unit_id, mp.lead_id,
                    coalesce(k.holds_base, false) AS holds_base,
                    coalesce(k.specialized, false) AS specialized,
                    CASE WHEN k.specialized THEN mp.specialization END AS specialization,
                    CASE WHEN k.holds_base THEN CASE WHEN k.specialized THEN 'judged' ELSE 'unjudged' END ELSE 'none' END AS duty
                FROM manager m
                LEFT JOIN manager_post mp ON mp.manager_id = m.id AND mp.since <= day
                LEFT JOIN "position" k ON k.code = mp."position"
            ) q
            WINDOW posts AS (PARTITION BY q.manager_id ORDER BY q.since)
        ) p
        WINDOW so_far AS (PARTITION BY p.manager_id ORDER BY p.since)
    ) r
    WHERE r.is_last;
END;
COMMENT ON FUNCTION manager_at(date) IS
'Every manager as he stood on a day, one row each, those not yet hired and leavers too: a leaver with his last post.';

-- What each specialization makes of each client group on a day.
CREATE TYPE profile_at_row AS (
    specialization text,
    client_group text,
    stance kbnorms.stance,
    is_on_profile boolean,
    max_accounts integer,
    territory_rule kbnorms.territory_rule,
    exception_counts boolean,
    newcomers_avoid_territories boolean
);
COMMENT ON TYPE profile_at_row IS 'A client group in the eyes of a specialization on a day; row of profile_at.';
COMMENT ON COLUMN profile_at_row.specialization IS 'The specialization.';
COMMENT ON COLUMN profile_at_row.client_group IS 'The client group; empty for an unknown one.';
COMMENT ON COLUMN profile_at_row.stance IS 'The stance in force; NULL where there is none.';
COMMENT ON COLUMN profile_at_row.is_on_profile IS 'Whether that is target or allowed.';
COMMENT ON COLUMN profile_at_row.max_accounts IS 'How many accounts of the group a base may hold, where that is capped.';
COMMENT ON COLUMN profile_at_row.territory_rule IS 'Territory rule of the specialization.';
COMMENT ON COLUMN profile_at_row.exception_counts IS 'Whether a justification outside the city counts for accounts of this group.';
COMMENT ON COLUMN profile_at_row.newcomers_avoid_territories IS 'Whether the newly hired of the specialization keep out of territories.';

CREATE FUNCTION profile_at(day date) RETURNS SETOF profile_at_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 50
BEGIN ATOMIC
    SELECT DISTINCT ON (c.code, g.code) c.code, g.code,
        n.stance, coalesce(n.stance <> 'forbidden', false), n.max_accounts, s.territory_rule,
        s.exception_only_on_profile IS NOT TRUE OR coalesce(n.stance <> 'forbidden', false),
        coalesce(s.newcomers_avoid_territories, false)
    FROM specialization c
    CROSS JOIN (SELECT cg.code FROM client_group cg UNION ALL SELECT '') g
    LEFT JOIN norm_specialization s ON s.specialization = c.code AND s.effective_from <= day
    LEFT JOIN norm_client_group n
        ON n.specialization = c.code AND n.client_group = g.code AND n.effective_from <= day
    ORDER BY c.code, g.code, s.effective_from DESC NULLS LAST, n.effective_from DESC NULLS LAST;
END;
COMMENT ON FUNCTION profile_at(date) IS
'Every specialization with every client group, and an unknown one, as the norms in force on a day see them.';

-- Each manager's base in figures: what most measures count.  One pass from
-- bindings to accounts to managers; everything about the manager and the norms
-- of his specialization, the present and the previous one, is joined once.
CREATE TYPE base_figures_row AS (
    manager_id integer,
    accounts bigint,
    accounts_before_duty bigint,
    paying bigint,
    off_profile bigint,
    forbidden bigint,
    above_caps bigint,
    outside_city bigint,
    in_territory bigint,
    misfits bigint
);
COMMENT ON TYPE base_figures_row IS 'A manager''s base in figures; row of base_figures.';
COMMENT ON COLUMN base_figures_row.manager_id IS 'The manager.';
COMMENT ON COLUMN base_figures_row.accounts IS 'Accounts of which he holds an organization.';
COMMENT ON COLUMN base_figures_row.accounts_before_duty IS 'Those bound before the unbroken run of posts of his present kind began.';
COMMENT ON COLUMN base_figures_row.paying IS 'Those whose organizations with him bought for more than policy.paying_above in the month.';
COMMENT ON COLUMN base_figures_row.off_profile IS 'Those off his profile: by client group or, under the strict rule, by territory.';
COMMENT ON COLUMN base_figures_row.forbidden IS 'Those of a client group that is forbidden.';
COMMENT ON COLUMN base_figures_row.above_caps IS 'Those above the caps of their client groups.';
COMMENT ON COLUMN base_figures_row.outside_city IS 'Under the city rule: those with an organization outside his city without a justification that counts.';
COMMENT ON COLUMN base_figures_row.in_territory IS 'Those with an organization that belongs to a territory.';
COMMENT ON COLUMN base_figures_row.misfits IS
'Those bound before his latest change of specialization that fit the previous one and do not fit the present one. Until the deadline they are left out of the five columns before.';

CREATE FUNCTION base_figures(day date, sales kbnorms.month) RETURNS SETOF base_figures_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10000
BEGIN ATOMIC
    SELECT c.manager_id,
        count(*),
        count(*) FILTER (WHERE c.before_duty),
        count(*) FILTER (WHERE c.amount > (
            SELECT y.paying_above FROM policy y WHERE y.effective_from <= day ORDER BY y.effective_from DESC LIMIT 1)),
        count(*) FILTER (WHERE c.off_profile AND c.counts),
        count(*) FILTER (WHERE c.forbidden AND c.counts),
        (
            SELECT coalesce(sum(greatest(g.accounts - g.cap, 0)), 0)::bigint
            FROM (
                SELECT count(*) AS accounts, min(u.cap) AS cap
                FROM unnest(
                    array_agg(c.client_group) FILTER (WHERE c.max_accounts IS NOT NULL AND c.counts),
                    array_agg(c.max_accounts) FILTER (WHERE c.max_accounts IS NOT NULL AND c.counts)
                ) AS u(client_group, cap)
                GROUP BY u.client_group
            ) g
        ),
        count(*) FILTER (WHERE c.outside_city AND c.counts),
        count(*) FILTER (WHERE c.in_territory AND c.counts),
        count(*) FILTER (WHERE c.is_misfit)
    FROM (
        SELECT a.*, m.is_misfit, (m.is_misfit AND a.has_time) IS NOT TRUE AS counts
        FROM (
            SELECT b.manager_id, h.id, h.client_group,
                max(now.max_accounts) AS max_accounts,
                coalesce(sum(s.amount), 0) AS amount,
                bool_or(b.bound_on < p.duty_since) AS before_duty,
                bool_or(now.stance = 'forbidden') AS forbidden,
                bool_or(misfit.off_profile) AS off_profile,
                bool_or(misfit.outside_city) AS outside_city,
                bool_or(l.is_in_territory) AS in_territory,
                bool_or(day < p.respecialized_on + make_interval(months => (
                    SELECT y.respecialization_months
                    FROM policy y
                    WHERE y.effective_from <= day
                    ORDER BY y.effective_from DESC
                    LIMIT 1))) AS has_time,
                bool_or(b.bound_on < p.respecialized_on) AS before_change,
                bool_or(misfit.barred) AS barred,
                bool_or(misfit_before.off_profile OR misfit_before.outside_city OR misfit_before.barred) AS did_not_fit
            FROM base_at(day) b
            JOIN manager_at(day) p ON p.manager_id = b.manager_id
            JOIN organization o ON o.id = b.organization_id
            JOIN organization h ON h.id = o.account_id
            LEFT JOIN turnover s ON s.organization_id = b.organization_id AND s.month = sales
            LEFT JOIN (
                SELECT DISTINCT t.manager_id, t.territory_id
                FROM manager_territory t
                WHERE t.since <= day AND (t.until IS NULL OR t.until > day)
            ) his ON his.manager_id = b.manager_id AND his.territory_id = coalesce(o.territory_id, h.territory_id)
            LEFT JOIN profile_at(day) now
                ON now.specialization = p.specialization AND now.client_group = coalesce(h.client_group, '')
            LEFT JOIN profile_at(day) prev
                ON prev.specialization = p.previous_specialization AND prev.client_group = coalesce(h.client_group, '')
            CROSS JOIN LATERAL (
                SELECT coalesce(o.city, h.city) <> p.city AS is_outside,
                    coalesce(b.territory_exception ~ '\S', false) AS is_justified,
                    coalesce(o.territory_id, h.territory_id) IS NOT NULL AS is_in_territory
            ) l
            CROSS JOIN LATERAL (
                SELECT now.is_on_profile IS NOT TRUE OR (now.territory_rule = 'strict' AND his.territory_id IS NULL) AS off_profile,
                    now.territory_rule = 'city' AND l.is_outside AND NOT (now.exception_counts AND l.is_justified) AS outside_city,
                    now.newcomers_avoid_territories AND p.status = 'novice' AND l.is_in_territory AS barred
            ) misfit
            CROSS JOIN LATERAL (
                SELECT prev.is_on_profile IS NOT TRUE OR (prev.territory_rule = 'strict' AND his.territory_id IS NULL) AS off_profile,
                    prev.territory_rule = 'city' AND l.is_outside AND NOT (prev.exception_counts AND l.is_justified) AS outside_city,
                    prev.newcomers_avoid_territories AND p.status = 'novice' AND l.is_in_territory AS barred
            ) misfit_before
            GROUP BY b.manager_id, h.id
        ) a
        CROSS JOIN LATERAL (
            SELECT a.before_change AND (a.off_profile OR a.outside_city OR a.barred) AND a.did_not_fit IS NOT TRUE AS is_misfit
        ) m
    ) c
    GROUP BY c.manager_id;
END;
COMMENT ON FUNCTION base_figures(date, kbnorms.month) IS
'Each manager''s base in figures at the end of a day, paying accounts by the turnover of one month; who holds nothing has no row.';

-- What the rules would say, before anybody writes.
CREATE TYPE check_row AS (code text, passed boolean, actual text, bound text, message text);
COMMENT ON TYPE check_row IS 'The answer of one rule.';
COMMENT ON COLUMN check_row.code IS 'Code of the rule.';
COMMENT ON COLUMN check_row.passed IS 'Whether the rule is kept, whatever it does when it is broken; NULL where it is off or does not judge this manager.';
COMMENT ON COLUMN check_row.actual IS 'What the rule looked at.';
COMMENT ON COLUMN check_row.bound IS 'What it compared that with.';
COMMENT ON COLUMN check_row.message IS 'What is wrong and what to do.';

CREATE FUNCTION check_binding(organization_id bigint, manager_id bigint, on_date date DEFAULT kbnorms.today())
RETURNS SETOF check_row
LANGUAGE sql STABLE PARALLEL RESTRICTED ROWS 12
BEGIN ATOMIC
SELECT answer.code, answer.passed, answer.actual, answer.bound, answer.message
FROM kbnorms.check_binding($base$@base@$base$::regnamespace, check_binding.organization_id,
                           check_binding.manager_id, check_binding.on_date) AS answer;
END;
COMMENT ON FUNCTION check_binding(bigint, bigint, date) IS
'Judges a plain main binding without a justification on the present base, changing nothing: one row for each rule. on_date stands for today.';

-- Every measure of every person in a month, judged.  All of it is plain SQL
-- without STRICT or SET, so that the planner inlines it and a filter on one
-- manager reads one manager.
CREATE TYPE judged_row AS (
    month date,
    manager_id integer,
    manager_name text,
    unit_id integer,
    "position" text,
    specialization text,
    status text,
    measure text,
    actual numeric,
    norm_min numeric,
    norm_max numeric,
    verdict text,
    as_of date
);
COMMENT ON TYPE judged_row IS 'A measure of a person in a month, with who he is; row of judged.';
COMMENT ON COLUMN judged_row.month IS 'First day of the month.';
COMMENT ON COLUMN judged_row.manager_id IS 'The person.';
COMMENT ON COLUMN judged_row.manager_name IS 'The full name.';
COMMENT ON COLUMN judged_row.unit_id IS 'Unit of the post at as_of.';
COMMENT ON COLUMN judged_row."position" IS 'Position at as_of.';
COMMENT ON COLUMN judged_row.specialization IS 'Specialization at as_of.';
COMMENT ON COLUMN judged_row.status IS 'Status by tenure at as_of.';
COMMENT ON COLUMN judged_row.measure IS 'The measure.';
COMMENT ON COLUMN judged_row.actual IS 'The figure, where it can be said.';
COMMENT ON COLUMN judged_row.norm_min IS 'The least that meets the norm; NULL where there is no such bound.';
COMMENT ON COLUMN judged_row.norm_max IS 'The most that meets the norm; NULL where there is no such bound.';
COMMENT ON COLUMN judged_row.verdict IS 'met, missed, pending (not met, with time left) or exempt (not regulated).';
COMMENT ON COLUMN judged_row.as_of IS 'The day that the month is judged by: its last one, today in the running month.';

-- Each branch of the inner UNION ALL is one measure: for whom, the figure (over
-- "of", where it is a share), the bounds that he is judged by and whether he
-- has time.  The verdict follows from these alone: no bound is exempt.
CREATE FUNCTION judged(month kbnorms.month) RETURNS SETOF judged_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 100000
BEGIN ATOMIC
    SELECT kbnorms.first_day(judged.month), p.manager_id, p.manager_name, p.unit_id,
        p."position", p.specialization, p.status::text, v.measure,
        CASE WHEN v."of" IS NULL THEN v.figure ELSE v.figure / v."of" END,
        v.norm_min, v.norm_max,
        CASE
            WHEN v.norm_min IS NULL AND v.norm_max IS NULL THEN 'exempt'
            WHEN (v.norm_min IS NULL OR v.figure >= v.norm_min * coalesce(v."of", 1))
                AND (v.norm_max IS NULL OR v.figure <= v.norm_max) THEN 'met'
            WHEN v.has_time THEN 'pending'
            ELSE 'missed'
        END,
        kbnorms.as_of(judged.month)
    FROM manager_at(kbnorms.as_of(judged.month)) p
    LEFT JOIN base_figures(kbnorms.as_of(judged.month), judged.month) f ON f.manager_id = p.manager_id
    LEFT JOIN (
        SELECT a.manager_id,
            count(*) FILTER (WHERE a.kind = 'meeting' AND a.outside_office AND a.organization_id IS NOT NULL) AS meetings,
            count(*) FILTER (WHERE a.kind = 'cold_call') AS cold_calls
        FROM activity a
        WHERE a.happened_on BETWEEN kbnorms.first_day(judged.month) AND kbnorms.as_of(judged.month)
        GROUP BY a.manager_id
    ) act ON act.manager_id = p.manager_id
    LEFT JOIN LATERAL (
        SELECT y.paying_above, y.respecialization_months, y.handover_months
        FROM policy y
        WHERE y.effective_from <= kbnorms.as_of(judged.month)
        ORDER BY y.effective_from DESC
        LIMIT 1
    ) y ON true
    LEFT JOIN LATERAL (
        SELECT n.from_month, n.min_accounts, n.max_accounts, n.min_meetings, n.min_meeting_share, n.min_cold_calls
        FROM norm_tenure n
        WHERE n.specialization = p.specialization AND n.from_month <= p.months_served
            AND n.effective_from <= kbnorms.as_of(judged.month)
        ORDER BY n.from_month DESC, n.effective_from DESC
        LIMIT 1
    ) nt ON true
    LEFT JOIN (
        SELECT DISTINCT ON (n.specialization) n.specialization, n.min_paying_share, n.max_off_profile,
            n.territory_rule, n.newcomers_avoid_territories
        FROM norm_specialization n
        WHERE n.effective_from <= kbnorms.as_of(judged.month)
        ORDER BY n.specialization, n.effective_from DESC
    ) ns ON ns.specialization = p.specialization
    LEFT JOIN (
        SELECT DISTINCT ON (n."position") n."position", n.min_meetings, n.min_own_meeting_share, n.min_group_meetings
        FROM norm_position n
        WHERE n.effective_from <= kbnorms.as_of(judged.month)
        ORDER BY n."position", n.effective_from DESC
    ) np ON np."position" = p."position"
    LEFT JOIN (
        -- who held the client of a lead's meeting that day, and in whose group
        WITH meeting AS NOT MATERIALIZED (
            SELECT a.id, a.manager_id, a.organization_id, a.happened_on
            FROM activity a
            WHERE a.happened_on BETWEEN kbnorms.first_day(judged.month) AND kbnorms.as_of(judged.month)
                AND a.kind = 'meeting' AND a.outside_office
                AND a.manager_id IN (
                    SELECT mp.manager_id
                    FROM manager_post mp JOIN norm_position n ON n."position" = mp."position"
                    WHERE n.min_own_meeting_share IS NOT NULL
                )
        ), held AS (
            SELECT g.id, g.manager_id, g.happened_on, b.manager_id AS holder_id
            FROM meeting g
            JOIN binding b ON b.organization_id = g.organization_id AND b.bound_on <= g.happened_on
            UNION ALL
            SELECT g.id, g.manager_id, g.happened_on, l.manager_id
            FROM meeting g
            JOIN binding_log l ON l.organization_id = g.organization_id AND l.bound_on <= g.happened_on
                AND l.unbound_on > g.happened_on AND l.unbound_on IS NOT NULL
        ), member AS (
            SELECT mp.lead_id, mp.manager_id,
                greatest(mp.since, m.hired_on) AS since,
                least(m.left_on, (
                    SELECT min(n.since) FROM manager_post n WHERE n.manager_id = mp.manager_id AND n.since > mp.since
                )) AS until
            FROM manager_post mp
            JOIN manager m ON m.id = mp.manager_id
            WHERE mp."position" = 'manager' AND mp.lead_id IS NOT NULL
        )
        SELECT h.manager_id,
            count(DISTINCT h.id) FILTER (WHERE h.holder_id = h.manager_id) AS own,
            count(DISTINCT h.id) FILTER (WHERE g.manager_id IS NOT NULL) AS of_group
        FROM held h
        LEFT JOIN member g ON g.lead_id = h.manager_id AND g.manager_id = h.holder_id
            AND g.since <= h.happened_on AND (g.until IS NULL OR g.until > h.happened_on)
        GROUP BY h.manager_id
    ) led ON led.manager_id = p.manager_id
    CROSS JOIN LATERAL (
        SELECT p.is_holder AND p.specialization IS NOT NULL AND p.status <> 'intern' AS is_judged,
            p.on_staff AND np.min_own_meeting_share IS NOT NULL AS is_lead,
            coalesce(f.accounts, 0) AS accounts,
            coalesce(act.meetings, 0) AS meetings,
            kbnorms.as_of(judged.month) = kbnorms.today() AS is_running,
            -- an incomplete first month is not judged
            kbnorms.first_day(judged.month) >= greatest(p.hired_on, p.novice_since, p.duty_since) AS is_whole,
            kbnorms.first_day(judged.month) >= greatest(p.hired_on, p.novice_since, p.position_since) AS is_whole_as_lead,
            kbnorms.first_day(judged.month) >= greatest(p.hired_on, p.position_since) AS is_whole_as_head,
            p.respecialized_on + make_interval(months => y.respecialization_months) AS respecialized_by
    ) w
    CROSS JOIN LATERAL (
        -- what is due: everything of a leaver and of a position without a base,
        -- of other unspecialized holders what they held before
        SELECT CASE
                WHEN p.left_on <= kbnorms.as_of(judged.month) OR (NOT p.holds_base AND p."position" IS NOT NULL)
                    THEN f.accounts
                WHEN p.is_holder AND NOT p.specialized THEN f.accounts_before_duty
            END AS due,
            CASE
                WHEN p.holds_base AND p.left_on <= kbnorms.as_of(judged.month) THEN p.left_on
                ELSE least(p.left_on, p.duty_since)
            END + make_interval(months => y.handover_months) AS due_by
    ) hand
    CROSS JOIN LATERAL (
        SELECT 'base_size' AS measure, w.accounts::numeric AS figure, NULL::numeric AS "of",
            CASE WHEN w.is_judged THEN nt.min_accounts END::numeric AS norm_min,
            CASE WHEN w.is_judged THEN CASE WHEN nt.from_month IS NULL THEN 0 ELSE nt.max_accounts END END::numeric AS norm_max,
            kbnorms.as_of(judged.month) < w.respecialized_by AS has_time
        WHERE p.is_holder
        UNION ALL
        SELECT 'paying_share', CASE WHEN y.paying_above IS NOT NULL THEN f.paying END, f.accounts,
            CASE WHEN w.is_judged AND f.accounts > 0 AND y.paying_above IS NOT NULL THEN ns.min_paying_share END, NULL,
            w.is_running
        WHERE p.is_holder
        UNION ALL
        SELECT 'off_profile', CASE WHEN p.specialization IS NOT NULL THEN coalesce(f.off_profile, 0) END, NULL,
            NULL, CASE WHEN w.is_judged THEN ns.max_off_profile END, false
        WHERE p.is_holder
        UNION ALL
        SELECT 'client_group', CASE WHEN p.specialization IS NOT NULL THEN coalesce(f.forbidden, 0) END, NULL,
            NULL, CASE WHEN w.is_judged THEN 0 END, false
        WHERE p.is_holder
        UNION ALL
        SELECT 'group_quota', CASE WHEN p.specialization IS NOT NULL THEN coalesce(f.above_caps, 0) END, NULL,
            NULL, CASE WHEN w.is_judged THEN 0 END, false
        WHERE p.is_holder
        UNION ALL
        SELECT 'territory', CASE WHEN ns.territory_rule = 'city' THEN coalesce(f.outside_city, 0) END, NULL,
            NULL, CASE WHEN w.is_judged AND ns.territory_rule = 'city' THEN 0 END, false
        WHERE p.is_holder
        UNION ALL
        SELECT 'newcomer_territory', CASE WHEN ns.newcomers_avoid_territories THEN coalesce(f.in_territory, 0) END, NULL,
            NULL, CASE WHEN w.is_judged AND ns.newcomers_avoid_territories AND p.status = 'novice' THEN 0 END, false
        WHERE p.is_holder
        UNION ALL
        SELECT 'meetings', w.meetings, NULL,
            CASE WHEN w.is_judged AND w.is_whole
                THEN greatest(nt.min_meetings, nt.min_meeting_share * nullif(w.accounts, 0)) END, NULL, w.is_running
        WHERE p.is_holder
        UNION ALL
        SELECT 'cold_calls', coalesce(act.cold_calls, 0), NULL,
            CASE WHEN w.is_judged AND w.is_whole THEN nt.min_cold_calls END, NULL, w.is_running
        WHERE p.is_holder
        UNION ALL
        SELECT 'respecialization',
            CASE WHEN p.specialization IS NOT NULL AND p.respecialized_on IS NOT NULL THEN coalesce(f.misfits, 0) END, NULL,
            NULL, CASE WHEN w.is_judged AND w.respecialized_by IS NOT NULL THEN 0 END,
            kbnorms.as_of(judged.month) < w.respecialized_by
        WHERE p.is_holder
        UNION ALL
        SELECT 'handover', hand.due, NULL,
            NULL, CASE WHEN hand.due_by IS NOT NULL THEN 0 END, kbnorms.as_of(judged.month) < hand.due_by
        WHERE hand.due > 0
        UNION ALL
        SELECT 'head_meetings', w.meetings, NULL,
            CASE WHEN w.is_whole_as_head THEN np.min_meetings END, NULL, w.is_running
        WHERE p.on_staff AND NOT p.holds_base AND np.min_meetings IS NOT NULL
        UNION ALL
        SELECT 'lead_own_meetings', coalesce(led.own, 0), NULL,
            CASE WHEN w.is_judged AND w.is_whole_as_lead THEN np.min_own_meeting_share * nullif(w.accounts, 0) END, NULL,
            w.is_running
        WHERE w.is_lead
        UNION ALL
        SELECT 'lead_group_meetings', coalesce(led.of_group, 0), NULL,
            CASE WHEN w.is_judged AND w.is_whole_as_lead THEN np.min_group_meetings END, NULL, w.is_running
        WHERE w.is_lead
    ) v
    WHERE kbnorms.as_of(judged.month) IS NOT NULL;
END;
COMMENT ON FUNCTION judged(kbnorms.month) IS
'Every measure of a month with who the person is: what compliance and scorecard show. No rows for a month that has not begun.';

CREATE TYPE compliance_row AS (
    month date,
    manager_id integer,
    measure text,
    actual numeric,
    norm_min numeric,
    norm_max numeric,
    verdict text,
    as_of date
);
COMMENT ON TYPE compliance_row IS 'A measure of a person in a month; row of compliance.';
COMMENT ON COLUMN compliance_row.month IS 'First day of the month.';
COMMENT ON COLUMN compliance_row.manager_id IS 'The person.';
COMMENT ON COLUMN compliance_row.measure IS
'base_size, paying_share, off_profile, client_group, group_quota, territory, newcomer_territory, meetings, cold_calls, respecialization, handover, head_meetings, lead_own_meetings or lead_group_meetings.';
COMMENT ON COLUMN compliance_row.actual IS 'The figure, where it can be said.';
COMMENT ON COLUMN compliance_row.norm_min IS 'The least that meets the norm; NULL where there is no such bound.';
COMMENT ON COLUMN compliance_row.norm_max IS 'The most that meets the norm; NULL where there is no such bound.';
COMMENT ON COLUMN compliance_row.verdict IS 'met, missed, pending (not met, with time left) or exempt (not regulated).';
COMMENT ON COLUMN compliance_row.as_of IS 'The day that the month is judged by: its last one, today in the running month.';

CREATE FUNCTION compliance(month kbnorms.month) RETURNS SETOF compliance_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 100000
BEGIN ATOMIC
    SELECT j.month, j.manager_id, j.measure, j.actual, j.norm_min, j.norm_max, j.verdict, j.as_of
    FROM judged(compliance.month) j;
END;
COMMENT ON FUNCTION compliance(kbnorms.month) IS
'Compliance of a month: one row per person and measure that applies to him. A closed month is judged as of its last day, the running one as of today; no rows for a month that has not begun.';

CREATE VIEW compliance WITH (security_invoker = true) AS
SELECT c.month, c.manager_id, c.measure, c.actual, c.norm_min, c.norm_max, c.verdict, c.as_of
FROM compliance(kbnorms.month(kbnorms.today())) c;
COMMENT ON VIEW compliance IS 'Compliance of the running month, as of today.';
COMMENT ON COLUMN compliance.month IS 'First day of the month.';
COMMENT ON COLUMN compliance.manager_id IS 'The person.';
COMMENT ON COLUMN compliance.measure IS 'The measure, as in compliance(month).';
COMMENT ON COLUMN compliance.actual IS 'The figure, where it can be said.';
COMMENT ON COLUMN compliance.norm_min IS 'The least that meets the norm; NULL where there is no such bound.';
COMMENT ON COLUMN compliance.norm_max IS 'The most that meets the norm; NULL where there is no such bound.';
COMMENT ON COLUMN compliance.verdict IS 'met, missed, pending (not met, with time left) or exempt (not regulated).';
COMMENT ON COLUMN compliance.as_of IS 'The day that the month is judged by: today.';

-- The card of each person in a month: compliance, one row a person.
CREATE TYPE scorecard_row AS (
    month date,
    manager_id integer,
    manager_name text,
    unit_id integer,
    unit_name text,
    "position" text,
    specialization text,
    status text,
    base_size text,
    base_size_actual numeric,
    paying_share text,
    paying_share_actual numeric,
    off_profile text,
    off_profile_actual numeric,
    client_group text,
    client_group_actual numeric,
    group_quota text,
    group_quota_actual numeric,
    territory text,
    territory_actual numeric,
    newcomer_territory text,
    newcomer_territory_actual numeric,
    meetings text,
    meetings_actual numeric,
    cold_calls text,
    cold_calls_actual numeric,
    respecialization text,
    respecialization_actual numeric,
    handover text,
    handover_actual numeric,
    head_meetings text,
    head_meetings_actual numeric,
    lead_own_meetings text,
    lead_own_meetings_actual numeric,
    lead_group_meetings text,
    lead_group_meetings_actual numeric,
    missed integer,
    compliant boolean,
    as_of date
);
COMMENT ON TYPE scorecard_row IS 'The card of a person in a month; row of scorecard.';
COMMENT ON COLUMN scorecard_row.month IS 'First day of the month.';
COMMENT ON COLUMN scorecard_row.manager_id IS 'The person.';
COMMENT ON COLUMN scorecard_row.manager_name IS 'The full name.';
COMMENT ON COLUMN scorecard_row.unit_id IS 'Unit of the post at as_of.';
COMMENT ON COLUMN scorecard_row.unit_name IS 'Its name.';
COMMENT ON COLUMN scorecard_row."position" IS 'Position at as_of.';
COMMENT ON COLUMN scorecard_row.specialization IS 'Specialization at as_of.';
COMMENT ON COLUMN scorecard_row.status IS 'Status by tenure at as_of: intern, novice, experienced or veteran.';
COMMENT ON COLUMN scorecard_row.base_size IS 'Verdict: accounts in the base; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard_row.base_size_actual IS 'Figure: accounts in the base.';
COMMENT ON COLUMN scorecard_row.paying_share IS 'Verdict: share of the accounts that pay; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard_row.paying_share_actual IS 'Figure: share of the accounts that pay.';
COMMENT ON COLUMN scorecard_row.off_profile IS 'Verdict: off-profile accounts; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard_row.off_profile_actual IS 'Figure: off-profile accounts.';
COMMENT ON COLUMN scorecard_row.client_group IS 'Verdict: accounts of forbidden client groups; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard_row.client_group_actual IS 'Figure: accounts of forbidden client groups.';
COMMENT ON COLUMN scorecard_row.group_quota IS 'Verdict: accounts above the caps of their client groups; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard_row.group_quota_actual IS 'Figure: accounts above the caps of their client groups.';
COMMENT ON COLUMN scorecard_row.territory IS 'Verdict: accounts outside the city without a justification that counts; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard_row.territory_actual IS 'Figure: accounts outside the city without a justification that counts.';
COMMENT ON COLUMN scorecard_row.newcomer_territory IS 'Verdict: accounts in territories, for novices who keep out of them; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard_row.newcomer_territory_actual IS 'Figure: accounts in territories, for novices who keep out of them.';
COMMENT ON COLUMN scorecard_row.meetings IS 'Verdict: meetings outside the office; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard_row.meetings_actual IS 'Figure: meetings outside the office.';
COMMENT ON COLUMN scorecard_row.cold_calls IS 'Verdict: cold calls; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard_row.cold_calls_actual IS 'Figure: cold calls.';
COMMENT ON COLUMN scorecard_row.respecialization IS 'Verdict: accounts of the previous specialization that do not fit the present one; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard_row.respecialization_actual IS 'Figure: accounts of the previous specialization that do not fit the present one.';
COMMENT ON COLUMN scorecard_row.handover IS 'Verdict: accounts to be handed over; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard_row.handover_actual IS 'Figure: accounts to be handed over.';
COMMENT ON COLUMN scorecard_row.head_meetings IS 'Verdict: meetings outside the office of a head without a base; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard_row.head_meetings_actual IS 'Figure: meetings outside the office of a head without a base.';
COMMENT ON COLUMN scorecard_row.lead_own_meetings IS 'Verdict: meetings of a group lead with his own clients; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard_row.lead_own_meetings_actual IS 'Figure: meetings of a group lead with his own clients.';
COMMENT ON COLUMN scorecard_row.lead_group_meetings IS 'Verdict: meetings of a group lead with clients of his group; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard_row.lead_group_meetings_actual IS 'Figure: meetings of a group lead with clients of his group.';
COMMENT ON COLUMN scorecard_row.missed IS 'How many measures are missed.';
COMMENT ON COLUMN scorecard_row.compliant IS 'Whether none is.';
COMMENT ON COLUMN scorecard_row.as_of IS 'The day that the month is judged by: its last one, today in the running month.';

CREATE FUNCTION scorecard(month kbnorms.month) RETURNS SETOF scorecard_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10000
BEGIN ATOMIC
    SELECT c.month, c.manager_id, c.manager_name, c.unit_id, u.name, c."position", c.specialization, c.status,
        c.base_size, c.base_size_actual,
        c.paying_share, c.paying_share_actual,
        c.off_profile, c.off_profile_actual,
        c.client_group, c.client_group_actual,
        c.group_quota, c.group_quota_actual,
        c.territory, c.territory_actual,
        c.newcomer_territory, c.newcomer_territory_actual,
        c.meetings, c.meetings_actual,
        c.cold_calls, c.cold_calls_actual,
        c.respecialization, c.respecialization_actual,
        c.handover, c.handover_actual,
        c.head_meetings, c.head_meetings_actual,
        c.lead_own_meetings, c.lead_own_meetings_actual,
        c.lead_group_meetings, c.lead_group_meetings_actual,
        c.missed, c.missed = 0, c.as_of
    FROM (
        SELECT j.month, j.manager_id, j.manager_name, j.unit_id, j."position", j.specialization, j.status, j.as_of,
            max(j.verdict) FILTER (WHERE j.measure = 'base_size') AS base_size,
            max(j.actual) FILTER (WHERE j.measure = 'base_size') AS base_size_actual,
            max(j.verdict) FILTER (WHERE j.measure = 'paying_share') AS paying_share,
            max(j.actual) FILTER (WHERE j.measure = 'paying_share') AS paying_share_actual,
            max(j.verdict) FILTER (WHERE j.measure = 'off_profile') AS off_profile,
            max(j.actual) FILTER (WHERE j.measure = 'off_profile') AS off_profile_actual,
            max(j.verdict) FILTER (WHERE j.measure = 'client_group') AS client_group,
            max(j.actual) FILTER (WHERE j.measure = 'client_group') AS client_group_actual,
            max(j.verdict) FILTER (WHERE j.measure = 'group_quota') AS group_quota,
            max(j.actual) FILTER (WHERE j.measure = 'group_quota') AS group_quota_actual,
            max(j.verdict) FILTER (WHERE j.measure = 'territory') AS territory,
            max(j.actual) FILTER (WHERE j.measure = 'territory') AS territory_actual,
            max(j.verdict) FILTER (WHERE j.measure = 'newcomer_territory') AS newcomer_territory,
            max(j.actual) FILTER (WHERE j.measure = 'newcomer_territory') AS newcomer_territory_actual,
            max(j.verdict) FILTER (WHERE j.measure = 'meetings') AS meetings,
            max(j.actual) FILTER (WHERE j.measure = 'meetings') AS meetings_actual,
            max(j.verdict) FILTER (WHERE j.measure = 'cold_calls') AS cold_calls,
            max(j.actual) FILTER (WHERE j.measure = 'cold_calls') AS cold_calls_actual,
            max(j.verdict) FILTER (WHERE j.measure = 'respecialization') AS respecialization,
            max(j.actual) FILTER (WHERE j.measure = 'respecialization') AS respecialization_actual,
            max(j.verdict) FILTER (WHERE j.measure = 'handover') AS handover,
            max(j.actual) FILTER (WHERE j.measure = 'handover') AS handover_actual,
            max(j.verdict) FILTER (WHERE j.measure = 'head_meetings') AS head_meetings,
            max(j.actual) FILTER (WHERE j.measure = 'head_meetings') AS head_meetings_actual,
            max(j.verdict) FILTER (WHERE j.measure = 'lead_own_meetings') AS lead_own_meetings,
            max(j.actual) FILTER (WHERE j.measure = 'lead_own_meetings') AS lead_own_meetings_actual,
            max(j.verdict) FILTER (WHERE j.measure = 'lead_group_meetings') AS lead_group_meetings,
            max(j.actual) FILTER (WHERE j.measure = 'lead_group_meetings') AS lead_group_meetings_actual,
            (count(*) FILTER (WHERE j.verdict = 'missed'))::integer AS missed
        FROM judged(scorecard.month) j
        GROUP BY j.month, j.manager_id, j.manager_name, j.unit_id, j."position", j.specialization, j.status, j.as_of
    ) c
    LEFT JOIN unit u ON u.id = c.unit_id;
END;
COMMENT ON FUNCTION scorecard(kbnorms.month) IS
'The card of every person in a month: compliance(month) with one row a person, the verdict and the figure of each measure.';

CREATE VIEW scorecard WITH (security_invoker = true) AS
SELECT c.month, c.manager_id, c.manager_name, c.unit_id, c.unit_name, c."position", c.specialization, c.status,
    c.base_size, c.base_size_actual, c.paying_share, c.paying_share_actual, c.off_profile, c.off_profile_actual,
    c.client_group, c.client_group_actual, c.group_quota, c.group_quota_actual, c.territory, c.territory_actual,
    c.newcomer_territory, c.newcomer_territory_actual, c.meetings, c.meetings_actual, c.cold_calls,
    c.cold_calls_actual, c.respecialization, c.respecialization_actual, c.handover, c.handover_actual,
    c.head_meetings, c.head_meetings_actual, c.lead_own_meetings, c.lead_own_meetings_actual,
    c.lead_group_meetings, c.lead_group_meetings_actual, c.missed, c.compliant, c.as_of
FROM scorecard(kbnorms.month(kbnorms.today())) c;
COMMENT ON VIEW scorecard IS 'The card of every person in the running month, as of today.';
COMMENT ON COLUMN scorecard.month IS 'First day of the month.';
COMMENT ON COLUMN scorecard.manager_id IS 'The person.';
COMMENT ON COLUMN scorecard.manager_name IS 'The full name.';
COMMENT ON COLUMN scorecard.unit_id IS 'Unit of the post at as_of.';
COMMENT ON COLUMN scorecard.unit_name IS 'Its name.';
COMMENT ON COLUMN scorecard."position" IS 'Position at as_of.';
COMMENT ON COLUMN scorecard.specialization IS 'Specialization at as_of.';
COMMENT ON COLUMN scorecard.status IS 'Status by tenure at as_of: intern, novice, experienced or veteran.';
COMMENT ON COLUMN scorecard.base_size IS 'Verdict: accounts in the base; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard.base_size_actual IS 'Figure: accounts in the base.';
COMMENT ON COLUMN scorecard.paying_share IS 'Verdict: share of the accounts that pay; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard.paying_share_actual IS 'Figure: share of the accounts that pay.';
COMMENT ON COLUMN scorecard.off_profile IS 'Verdict: off-profile accounts; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard.off_profile_actual IS 'Figure: off-profile accounts.';
COMMENT ON COLUMN scorecard.client_group IS 'Verdict: accounts of forbidden client groups; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard.client_group_actual IS 'Figure: accounts of forbidden client groups.';
COMMENT ON COLUMN scorecard.group_quota IS 'Verdict: accounts above the caps of their client groups; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard.group_quota_actual IS 'Figure: accounts above the caps of their client groups.';
COMMENT ON COLUMN scorecard.territory IS 'Verdict: accounts outside the city without a justification that counts; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard.territory_actual IS 'Figure: accounts outside the city without a justification that counts.';
COMMENT ON COLUMN scorecard.newcomer_territory IS 'Verdict: accounts in territories, for novices who keep out of them; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard.newcomer_territory_actual IS 'Figure: accounts in territories, for novices who keep out of them.';
COMMENT ON COLUMN scorecard.meetings IS 'Verdict: meetings outside the office; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard.meetings_actual IS 'Figure: meetings outside the office.';
COMMENT ON COLUMN scorecard.cold_calls IS 'Verdict: cold calls; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard.cold_calls_actual IS 'Figure: cold calls.';
COMMENT ON COLUMN scorecard.respecialization IS 'Verdict: accounts of the previous specialization that do not fit the present one; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard.respecialization_actual IS 'Figure: accounts of the previous specialization that do not fit the present one.';
COMMENT ON COLUMN scorecard.handover IS 'Verdict: accounts to be handed over; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard.handover_actual IS 'Figure: accounts to be handed over.';
COMMENT ON COLUMN scorecard.head_meetings IS 'Verdict: meetings outside the office of a head without a base; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard.head_meetings_actual IS 'Figure: meetings outside the office of a head without a base.';
COMMENT ON COLUMN scorecard.lead_own_meetings IS 'Verdict: meetings of a group lead with his own clients; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard.lead_own_meetings_actual IS 'Figure: meetings of a group lead with his own clients.';
COMMENT ON COLUMN scorecard.lead_group_meetings IS 'Verdict: meetings of a group lead with clients of his group; NULL where this is not for the person.';
COMMENT ON COLUMN scorecard.lead_group_meetings_actual IS 'Figure: meetings of a group lead with clients of his group.';
COMMENT ON COLUMN scorecard.missed IS 'How many measures are missed.';
COMMENT ON COLUMN scorecard.compliant IS 'Whether none is.';
COMMENT ON COLUMN scorecard.as_of IS 'The day that the month is judged by: its last one, today in the running month.';

-- The black list: accounts that bought too little in each of the months looked
-- at.  Listed, not judged.
CREATE TYPE blacklist_row AS (
    month date,
    manager_id integer,
    manager_name text,
    unit_id integer,
    specialization text,
    account_id integer,
    account_name text,
    potential text,
    threshold numeric,
    turnover numeric,
    months integer,
    as_of date
);
COMMENT ON TYPE blacklist_row IS 'An account on the black list of a month; row of blacklist.';
COMMENT ON COLUMN blacklist_row.month IS 'First day of the month.';
COMMENT ON COLUMN blacklist_row.manager_id IS 'The manager who holds the account.';
COMMENT ON COLUMN blacklist_row.manager_name IS 'His full name.';
COMMENT ON COLUMN blacklist_row.unit_id IS 'Unit of his post at as_of.';
COMMENT ON COLUMN blacklist_row.specialization IS 'His specialization at as_of.';
COMMENT ON COLUMN blacklist_row.account_id IS 'The account: its head organization.';
COMMENT ON COLUMN blacklist_row.account_name IS 'Name of the head organization.';
COMMENT ON COLUMN blacklist_row.potential IS 'Potential of the account; NULL where unknown.';
COMMENT ON COLUMN blacklist_row.threshold IS 'What it would have to reach in one of the months.';
COMMENT ON COLUMN blacklist_row.turnover IS 'What the organizations bound to this manager bought in the best of the months.';
COMMENT ON COLUMN blacklist_row.months IS 'How many full months were looked at.';
COMMENT ON COLUMN blacklist_row.as_of IS 'The day of the base and the thresholds: the last of the month, today in the running one.';

-- A month without turnover is 0, so that below in each of the months is: the
-- largest of those with turnover is below, and 0 too where one had none.  Where
-- no number of months is set nothing is looked at, and the largest is unknown.
CREATE FUNCTION blacklist(month kbnorms.month) RETURNS SETOF blacklist_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10000
BEGIN ATOMIC
    SELECT kbnorms.first_day(blacklist.month), a.manager_id, m.full_name, a.unit_id, a.specialization,
        a.account_id, h.name, h.potential, a.threshold, a.turnover, a.months, kbnorms.as_of(blacklist.month)
    FROM (
        SELECT s.manager_id, s.unit_id, s.specialization, s.account_id, s.threshold, s.months,
            CASE WHEN count(s.sold_in) < s.months THEN greatest(max(s.amount), 0) ELSE max(s.amount) END AS turnover
        FROM (
            SELECT b.manager_id, p.unit_id, p.specialization, o.account_id,
                coalesce(np.blacklist_below, ns.blacklist_below) AS threshold,
                ns.blacklist_months AS months,
                t.month AS sold_in, sum(t.amount) AS amount
            FROM (
                SELECT CASE WHEN kbnorms.as_of(blacklist.month) < kbnorms.today()
                    THEN blacklist.month ELSE blacklist.month - 1 END AS last
            ) seen
            CROSS JOIN base_at(kbnorms.as_of(blacklist.month)) b
            JOIN manager_at(kbnorms.as_of(blacklist.month)) p ON p.manager_id = b.manager_id
            JOIN organization o ON o.id = b.organization_id
            JOIN organization h ON h.id = o.account_id
            LEFT JOIN (
                SELECT DISTINCT ON (n.specialization) n.specialization, n.blacklist_months, n.blacklist_below
                FROM norm_specialization n
                WHERE n.effective_from <= kbnorms.as_of(blacklist.month)
                ORDER BY n.specialization, n.effective_from DESC
            ) ns ON ns.specialization = p.specialization
            LEFT JOIN (
                SELECT DISTINCT ON (n.specialization, n.potential) n.specialization, n.potential, n.blacklist_below
                FROM norm_potential n
                WHERE n.effective_from <= kbnorms.as_of(blacklist.month)
                ORDER BY n.specialization, n.potential, n.effective_from DESC
            ) np ON np.specialization = p.specialization AND np.potential = h.potential
            LEFT JOIN turnover t ON t.organization_id = b.organization_id
                AND t.month <= seen.last AND t.month > seen.last - ns.blacklist_months
                AND t.month > seen.last - (SELECT max(n.blacklist_months) FROM norm_specialization n)
            WHERE p.is_holder AND coalesce(np.blacklist_below, ns.blacklist_below) IS NOT NULL
            GROUP BY b.manager_id, o.account_id, p.unit_id, p.specialization,
                coalesce(np.blacklist_below, ns.blacklist_below), ns.blacklist_months, t.month
        ) s
        GROUP BY s.manager_id, s.account_id, s.unit_id, s.specialization, s.threshold, s.months
    ) a
    JOIN manager m ON m.id = a.manager_id
    JOIN organization h ON h.id = a.account_id
    WHERE a.turnover < a.threshold AND kbnorms.as_of(blacklist.month) IS NOT NULL;
END;
COMMENT ON FUNCTION blacklist(kbnorms.month) IS
'The black list of a month: accounts whose turnover with their manager was below the threshold for their potential in each of the full months looked at, which end with this month if it is over, else with the one before.';

CREATE VIEW blacklist WITH (security_invoker = true) AS
SELECT b.month, b.manager_id, b.manager_name, b.unit_id, b.specialization, b.account_id, b.account_name,
    b.potential, b.threshold, b.turnover, b.months, b.as_of
FROM blacklist(kbnorms.month(kbnorms.today())) b;
COMMENT ON VIEW blacklist IS 'The black list of the running month: the full months before it, the base and the thresholds of today.';
COMMENT ON COLUMN blacklist.month IS 'First day of the month.';
COMMENT ON COLUMN blacklist.manager_id IS 'The manager who holds the account.';
COMMENT ON COLUMN blacklist.manager_name IS 'His full name.';
COMMENT ON COLUMN blacklist.unit_id IS 'Unit of his post today.';
COMMENT ON COLUMN blacklist.specialization IS 'His specialization today.';
COMMENT ON COLUMN blacklist.account_id IS 'The account: its head organization.';
COMMENT ON COLUMN blacklist.account_name IS 'Name of the head organization.';
COMMENT ON COLUMN blacklist.potential IS 'Potential of the account; NULL where unknown.';
COMMENT ON COLUMN blacklist.threshold IS 'What it would have to reach in one of the months.';
COMMENT ON COLUMN blacklist.turnover IS 'What the organizations bound to this manager bought in the best of the months.';
COMMENT ON COLUMN blacklist.months IS 'How many full months were looked at.';
COMMENT ON COLUMN blacklist.as_of IS 'The day of the base and the thresholds: today.';

-- The first load of classifier 37: what the old system holds goes in as it is,
-- if it is sound; what the norms say of it is then for the reports.

CREATE FUNCTION this_base() RETURNS regnamespace
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT c.relnamespace::regnamespace FROM pg_class c WHERE c.oid = 'binding'::regclass;
END;
COMMENT ON FUNCTION this_base() IS
'The schema of this client base, whatever it is called now.';

CREATE TYPE import_result AS (read bigint, imported bigint, present bigint, rejected bigint);
COMMENT ON TYPE import_result IS 'What came of the rows of an import: read = imported + present + rejected.';
COMMENT ON COLUMN import_result.read IS 'Rows of the source.';
COMMENT ON COLUMN import_result.imported IS 'Rows that became bindings.';
COMMENT ON COLUMN import_result.present IS 'Rows that were bound just so before the run.';
COMMENT ON COLUMN import_result.rejected IS 'Rows that went to import_reject.';

CREATE FUNCTION read_date(value text) RETURNS date
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN nullif(btrim(value), '')::date;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION read_date(text) IS
'Reads a date as DateStyle says; NULL if it is blank or cannot be read. Used by import_bindings.';

CREATE FUNCTION import_columns(source regclass) RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
    -- Each column under its own name in the type wanted, and under name_given
    -- as the text it was.  What the source does not have is NULL; text, as CSV
    -- brings it, is read with care; what has a type is cast.
    SELECT string_agg(format(
            CASE WHEN a.attname IS NULL THEN 'NULL::%2$s' WHEN t.typcategory = 'S' THEN w.reader ELSE 's.%1$I::%2$s' END
            || ' AS %1$I, '
            || CASE WHEN a.attname IS NULL THEN 'NULL' ELSE 'nullif(btrim(s.%1$I::text), '''')' END
            || ' AS %3$I', w.name, w.type, w.name || '_given'), ', ')
    FROM (VALUES
            ('organization_id', 'bigint', 'substring(s.%1$I from ''^\s*(\d{1,18})\s*$'')::bigint'),
            ('inn', 'text', 'nullif(btrim(s.%1$I), '''')'),
            ('manager_id', 'bigint', 'substring(s.%1$I from ''^\s*(\d{1,18})\s*$'')::bigint'),
            ('personnel_no', 'text', 'nullif(btrim(s.%1$I), '''')'),
            ('bound_on', 'date', 'read_date(s.%1$I)'),
            ('additional', 'boolean', 'substring(lower(s.%1$I) from ''^\s*(t|true|y|yes|on|1|f|false|n|no|off|0)\s*$'')::boolean'),
            ('territory_exception', 'text', 'nullif(btrim(s.%1$I), '''')')) AS w(name, type, reader)
    LEFT JOIN pg_attribute a ON a.attrelid = source AND a.attname = w.name
        AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_type t ON t.oid = a.atttypid;
END;
COMMENT ON FUNCTION import_columns(regclass) IS
'Select list with which import_bindings reads a staging relation.';

CREATE FUNCTION check_import_source(source regclass) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    missing text;
BEGIN
    IF source IS NULL THEN
        RAISE EXCEPTION '%', translated('the source of an import must not be null')
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = translated('Name a table or view with organization_id or inn, manager_id or personnel_no, and bound_on.');
    END IF;
    SELECT string_agg(array_to_string(needed, translated(' or ')), ', ')
    INTO missing
    FROM (VALUES (ARRAY['organization_id', 'inn']), (ARRAY['manager_id', 'personnel_no']), (ARRAY['bound_on'])) AS n(needed)
    WHERE NOT EXISTS (
        SELECT FROM pg_attribute a
        WHERE a.attrelid = source AND a.attname = ANY (n.needed) AND a.attnum > 0 AND NOT a.attisdropped);
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION '%', translated('relation "%s" lacks what an import needs: %s', source, missing)
            USING ERRCODE = 'undefined_column',
                  DETAIL = translated('Needed are organization_id or inn, manager_id or personnel_no, and bound_on; additional and territory_exception may be there.');
    END IF;
END
$$;
COMMENT ON FUNCTION check_import_source(regclass) IS
'Refuses a staging relation without the columns that import_bindings needs.';

CREATE FUNCTION import_bindings(source regclass) RETURNS import_result
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    result import_result;
    organization_ids integer[];
    manager_ids integer[];
    bound_ons date[];
    additionals boolean[];
    territory_exceptions text[];
BEGIN
    PERFORM require_owner(this_base());
    PERFORM check_import_source(source);

    -- "Bound before the run" must stay true until its end: nobody else binds.
    LOCK TABLE binding IN SHARE ROW EXCLUSIVE MODE;

    EXECUTE format($query$
        WITH given AS MATERIALIZED (
            SELECT row_number() OVER () AS row_no, %s FROM %s s),
        known AS MATERIALIZED (
            -- The row with what it names, and why it cannot be taken by itself.
            SELECT g.*, o.id AS organization, m.id AS manager,
                coalesce(g.additional, false) AS is_additional,
                e.organization_id IS NOT NULL AS is_bound,
                coalesce(b.bound_on = g.bound_on AND b.additional = coalesce(g.additional, false), false)
                    AND nullif(btrim(b.territory_exception), '') IS NOT DISTINCT FROM g.territory_exception AS is_same,
                CASE
                    WHEN g.organization_id IS NULL AND g.organization_id_given IS NOT NULL
                        THEN translated('organization_id "%%s" is not a number', g.organization_id_given)
                    WHEN g.organization_id IS NULL AND g.inn IS NULL THEN translated('no organization is named')
                    WHEN o.id IS NULL THEN translated('organization %%s is not known',
                        concat_ws(translated(' with inn '), g.organization_id, g.inn))
                    WHEN o.inn::text IS DISTINCT FROM g.inn AND g.inn IS NOT NULL
                        THEN translated('organization %%s has not inn %%s', g.organization_id, g.inn)
                    WHEN g.manager_id IS NULL AND g.manager_id_given IS NOT NULL
                        THEN translated('manager_id "%%s" is not a number', g.manager_id_given)
                    WHEN g.manager_id IS NULL AND g.personnel_no IS NULL THEN translated('no manager is named')
                    WHEN m.id IS NULL THEN translated('manager %%s is not known',
                        concat_ws(translated(' with personnel number '), g.manager_id, g.personnel_no))
                    WHEN m.personnel_no IS DISTINCT FROM g.personnel_no AND g.personnel_no IS NOT NULL
                        THEN translated('manager %%s has not personnel number %%s', g.manager_id, g.personnel_no)
                    WHEN g.bound_on IS NULL AND g.bound_on_given IS NOT NULL
                        THEN translated('bound_on "%%s" is not a date', g.bound_on_given)
                    WHEN g.bound_on IS NULL THEN translated('bound_on is missing')
                    WHEN NOT isfinite(g.bound_on) THEN translated('bound_on %%s is not a day', g.bound_on)
                    WHEN g.bound_on > today() THEN translated('bound_on %%s lies in the future', g.bound_on)
                    WHEN g.additional IS NULL AND g.additional_given IS NOT NULL
                        THEN translated('additional "%%s" is neither true nor false', g.additional_given)
                END AS unsound
            FROM given g
            -- By id where there is one, else by the other key.
            LEFT JOIN organization x ON x.inn::text = g.inn AND g.organization_id IS NULL
            LEFT JOIN organization o ON o.id = coalesce(g.organization_id, x.id)
            LEFT JOIN manager n ON n.personnel_no = g.personnel_no AND g.manager_id IS NULL
            LEFT JOIN manager m ON m.id = coalesce(g.manager_id, n.id)
            LEFT JOIN binding b ON b.organization_id = o.id AND b.manager_id = m.id
            LEFT JOIN (SELECT DISTINCT d.organization_id FROM binding d) e ON e.organization_id = o.id),
        judged AS MATERIALIZED (
            -- The sound ones beside each other and beside what was bound before.
            SELECT k.*, k.unsound IS NULL AND k.is_same AS is_present,
                CASE
                    WHEN k.unsound IS NOT NULL THEN k.unsound
                    WHEN k.is_same THEN NULL
                    WHEN k.is_bound THEN translated('the organization was bound before this import')
                    WHEN count(*) OVER pair > count(*) OVER same
                        THEN translated('another row says something else of this organization and manager')
                    WHEN NOT k.is_additional
                        AND min(k.manager) FILTER (WHERE NOT k.is_additional) OVER client
                            < max(k.manager) FILTER (WHERE NOT k.is_additional) OVER client
                        THEN translated('another row names another main manager of this organization')
                    WHEN row_number() OVER (same ORDER BY k.row_no) > 1 THEN translated('the row is a repetition')
                END AS reason
            FROM known k
            WINDOW client AS (PARTITION BY k.unsound IS NULL, k.organization),
                pair AS (PARTITION BY k.unsound IS NULL, k.organization, k.manager),
                same AS (PARTITION BY k.unsound IS NULL, k.organization, k.manager, k.bound_on,
                    k.is_additional, k.territory_exception)),
        rejected AS (
            INSERT INTO import_reject (source, organization_id, inn, manager_id, personnel_no,
                bound_on, additional, territory_exception, reason)
            SELECT %L, j.organization_id, j.inn, j.manager_id, j.personnel_no,
                j.bound_on, j.additional, j.territory_exception, j.reason
            FROM judged j
            -- What an earlier run has said already is not said again.
            WHERE j.reason IS NOT NULL AND NOT EXISTS (
                SELECT FROM import_reject r
                WHERE r.source = %L
                    AND ROW(r.organization_id, r.inn, r.manager_id, r.personnel_no, r.bound_on,
                        r.additional, r.territory_exception, r.reason)::text
                    = ROW(j.organization_id, j.inn, j.manager_id, j.personnel_no, j.bound_on,
                        j.additional, j.territory_exception, j.reason)::text)
            ORDER BY j.row_no)
        SELECT count(*), count(*) FILTER (WHERE is_present), count(*) FILTER (WHERE reason IS NOT NULL),
            array_agg(organization) FILTER (WHERE taken), array_agg(manager) FILTER (WHERE taken),
            array_agg(bound_on) FILTER (WHERE taken), array_agg(is_additional) FILTER (WHERE taken),
            array_agg(territory_exception) FILTER (WHERE taken)
        FROM (SELECT *, reason IS NULL AND NOT is_present AS taken FROM judged) j
        $query$, import_columns(source), source, source, source)
    INTO result.read, result.present, result.rejected,
        organization_ids, manager_ids, bound_ons, additionals, territory_exceptions;

    result.imported := coalesce(
        import_rows(this_base(), organization_ids, manager_ids, bound_ons, additionals, territory_exceptions), 0);
    IF result.read <> result.imported + result.present + result.rejected THEN
        RAISE EXCEPTION '%', translated('import of "%s" imported %s rows instead of %s', source,
            result.imported, result.read - result.present - result.rejected)
            USING ERRCODE = 'triggered_action_exception',
                  HINT = translated('Look for a trigger on table binding that leaves out rows.');
    END IF;
    RETURN result;
END
$$;
COMMENT ON FUNCTION import_bindings(regclass) IS
'First load of bindings from a staging relation, past the norms but not past what is sound; counts what was read, imported, present before, and rejected (to import_reject, with the reason). For the owner of the base.';

-- Automatic unbinding.  Policy: section 6.
--
-- release_due says which accounts are due to leave which base; run and dry run
-- ask it.  release_clock says for every account when it will be, for forecasts.
-- release_inactive does the work in batches that are committed one by one with
-- their progress; what is left after a kill is simply due again.

CREATE FUNCTION silent_since(as_of date) RETURNS date
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    -- The last day with day + inactivity_months <= as_of: a month's end stands
    -- for the days that a shorter month lacks.
    SELECT CASE
        WHEN as_of = last_day(as_of::kbnorms.month) THEN last_day(as_of::kbnorms.month - p.inactivity_months)
        ELSE (as_of - make_interval(months => p.inactivity_months))::date
    END
    FROM policy p
    WHERE p.effective_from <= as_of
    ORDER BY p.effective_from DESC
    LIMIT 1;
END;
COMMENT ON FUNCTION silent_since(date) IS
'The latest day from which the inactivity period has run out at as_of; NULL if there is none then.';

CREATE FUNCTION release_due(as_of date, account_ids integer[] DEFAULT NULL)
RETURNS TABLE (manager_id integer, account_id integer, organization_ids integer[], held_back boolean)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    -- Written to be inlined: without account_ids, two passes and a hash; with
    -- them, some index entries each.
    SELECT b.manager_id, o.account_id, array_agg(b.organization_id), h.account_id IS NOT NULL
    FROM binding b
    JOIN organization o ON o.id = b.organization_id
    LEFT JOIN (
        SELECT DISTINCT ho.account_id
        FROM overdue d
        JOIN organization ho ON ho.id = d.organization_id
        WHERE d.amount > 0
            AND (account_ids IS NULL OR ho.account_id = ANY (account_ids))) h ON h.account_id = o.account_id
    WHERE (account_ids IS NULL OR o.account_id = ANY (account_ids))
        AND NOT EXISTS (
            SELECT FROM turnover t
            JOIN organization so ON so.id = t.organization_id
            WHERE so.account_id = o.account_id
                AND t.amount > 0
                AND t.month >= (SELECT silent_since(as_of)::kbnorms.month)
                AND coalesce(t.last_on, last_day(t.month)) > (SELECT silent_since(as_of)))
    GROUP BY b.manager_id, o.account_id, h.account_id
    HAVING min(b.bound_on) <= (SELECT silent_since(as_of));
END;
COMMENT ON FUNCTION release_due(date, integer[]) IS
'Which account is due to leave which base at as_of, with its organizations there; held back are those with overdue receivables. account_ids limits the answer.';

CREATE FUNCTION release_clock(as_of date)
RETURNS TABLE (
    manager_id integer, account_id integer, bindings bigint, bound_on date, sold_on date,
    release_on date, held_back boolean)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT b.manager_id, o.account_id, count(*), min(b.bound_on), s.sold_on,
        (greatest(min(b.bound_on), s.sold_on) + make_interval(months => p.inactivity_months))::date,
        h.account_id IS NOT NULL
    FROM policy p
    CROSS JOIN binding b
    JOIN organization o ON o.id = b.organization_id
    LEFT JOIN (
        SELECT so.account_id, max(coalesce(t.last_on, last_day(t.month))) AS sold_on
        FROM turnover t
        JOIN organization so ON so.id = t.organization_id
        WHERE t.amount > 0
        GROUP BY so.account_id) s ON s.account_id = o.account_id
    LEFT JOIN (
        SELECT DISTINCT ho.account_id
        FROM overdue d
        JOIN organization ho ON ho.id = d.organization_id
        WHERE d.amount > 0) h ON h.account_id = o.account_id
    WHERE p.effective_from = (SELECT max(e.effective_from) FROM policy e WHERE e.effective_from <= as_of)
        AND p.inactivity_months IS NOT NULL
    GROUP BY b.manager_id, o.account_id, s.sold_on, h.account_id, p.inactivity_months;
END;
COMMENT ON FUNCTION release_clock(date) IS
'For every account in every base on what day its clock stands (earliest bound_on, last sale) and when it is released, by the policy of as_of; due at as_of, by release_due, is what has release_on by then.';

CREATE TYPE release_plan AS (
    account_ids integer[], bindings bigint, held_back bigint, refusal text);
COMMENT ON TYPE release_plan IS 'What a release would do.';
COMMENT ON COLUMN release_plan.account_ids IS 'Accounts that are due, those of one manager together.';
COMMENT ON COLUMN release_plan.bindings IS 'How many bindings that ends.';
COMMENT ON COLUMN release_plan.held_back IS 'Pairs that are due but held back by overdue receivables.';
COMMENT ON COLUMN release_plan.refusal IS 'Why it must not be done unless forced; empty if nothing speaks against it.';

CREATE FUNCTION plan_release(as_of date) RETURNS release_plan
LANGUAGE plpgsql STABLE
SET search_path = @base@, kbnorms, pg_temp
SET jit = off
AS $$
DECLARE
    plan release_plan;
    bounds policy;
    stale text;
    total bigint;
BEGIN
    -- Managers are locked by who ends their bindings: keep theirs together.
    SELECT array_agg(d.account_id) FILTER (WHERE NOT d.held_back),
        coalesce(sum(cardinality(d.organization_ids)) FILTER (WHERE NOT d.held_back), 0),
        count(*) FILTER (WHERE d.held_back)
    INTO plan.account_ids, plan.bindings, plan.held_back
    FROM (SELECT * FROM release_due(plan_release.as_of) ORDER BY manager_id, account_id) d;

    SELECT * INTO bounds FROM policy p
    WHERE p.effective_from <= plan_release.as_of ORDER BY p.effective_from DESC LIMIT 1;

    -- A feed that is not loaded looks like silence of every client.
    SELECT string_agg(translated('feed "%s" is loaded through %s, needed is %s', n.name,
            coalesce(f.loaded_through::text, translated('no day')), n.needed), '; ' ORDER BY n.name DESC)
    INTO stale
    FROM (SELECT unnest(ARRAY['turnover', 'overdue']),
            plan_release.as_of - bounds.max_feed_lag_days) AS n(name, needed)
    LEFT JOIN feed f ON f.name = n.name
    WHERE n.needed IS NOT NULL AND (f.loaded_through IS NULL OR f.loaded_through < n.needed);

    SELECT count(*) INTO total FROM binding;
    plan.refusal := nullif(concat_ws('; ', stale,
        CASE WHEN (plan.bindings > bounds.max_unbind_count OR bounds.max_unbind_count IS NULL)
                AND (plan.bindings > bounds.max_unbind_share * total OR bounds.max_unbind_share IS NULL)
                AND num_nonnulls(bounds.max_unbind_count, bounds.max_unbind_share) > 0
            THEN translated('%s of %s bindings are due, above the bounds of one run: %s and a share of %s', plan.bindings, total,
                coalesce(bounds.max_unbind_count::text, translated('any number')),
                coalesce(bounds.max_unbind_share::text, translated('any')))
        END), '');
    RETURN plan;
END
$$;
COMMENT ON FUNCTION plan_release(date) IS
'What a release at as_of would do and whether it must be refused. Used by unbind_inactive.';

CREATE FUNCTION check_release(as_of date, dry_run boolean, force boolean, reason text) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    PERFORM require_owner(this_base());
    IF as_of IS NULL OR dry_run IS NULL OR force IS NULL THEN
        RAISE EXCEPTION '%', translated('%s of unbind_inactive must not be null',
            CASE WHEN as_of IS NULL THEN 'as_of' WHEN dry_run IS NULL THEN 'dry_run' ELSE 'force' END)
            USING ERRCODE = 'null_value_not_allowed';
    ELSIF as_of > today() OR NOT isfinite(as_of) THEN
        RAISE EXCEPTION '%', translated('cannot release clients as of %s, today is %s', as_of, today())
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = translated('What will have been sold by then is not known.'),
                  HINT = translated('Give a day that has come; unbinding_forecast shows what is to be released later.');
    ELSIF force AND coalesce(btrim(reason), '') = '' THEN
        RAISE EXCEPTION '%', translated('a forced release needs a reason')
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = translated('CALL unbind_inactive(force => true, reason => ''why the bounds do not apply'').');
    END IF;
END
$$;
COMMENT ON FUNCTION check_release(date, boolean, boolean, text) IS
'Refuses impossible arguments of unbind_inactive, and whoever does not own the base.';

CREATE FUNCTION dry_release(as_of date) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    plan CONSTANT release_plan := plan_release(as_of);
BEGIN
    INSERT INTO job_run (job, as_of, state, released, held_back, error, finished_at, pid)
    VALUES ('unbind_inactive', dry_release.as_of, 'dry', plan.bindings, plan.held_back, plan.refusal,
        clock_timestamp(), pg_backend_pid());
    IF plan.refusal IS NOT NULL THEN
        RAISE WARNING '%', translated('unbind_inactive would refuse: %s', plan.refusal);
    END IF;
    RAISE NOTICE '%', translated('unbind_inactive would release %s bindings, %s accounts are held back by overdue receivables',
        plan.bindings, plan.held_back);
END
$$;
COMMENT ON FUNCTION dry_release(date) IS
'Records and says what a release would do. Used by unbind_inactive.';

CREATE FUNCTION release_batch(run_id bigint, as_of date, account_ids integer[]) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
SET jit = off
SET enable_seqscan = off -- a batch is small against every table
AS $$
DECLARE
    ended CONSTANT bigint := release_bindings(this_base(), as_of, account_ids);
BEGIN
    UPDATE job_run r SET released = r.released + ended WHERE r.id = run_id;
    RETURN ended;
END
$$;
COMMENT ON FUNCTION release_batch(bigint, date, integer[]) IS
'Releases some of the accounts of a plan and notes the progress of the run. Used by unbind_inactive.';

-- Nothing here has SET or commits inside a block with EXCEPTION: a procedure
-- could not commit then.  Every name is therefore written in full.
CREATE PROCEDURE release_inactive(
    as_of date, force boolean, reason text, slot timestamptz,
    INOUT run_id bigint DEFAULT NULL, INOUT failure text DEFAULT NULL)
LANGUAGE plpgsql
AS $$
DECLARE
    batch CONSTANT integer := 10000;
    plan @base@.release_plan;
    outcome text := 'done';
    message text;
    released bigint := 0;
BEGIN
    run_id := NULL;
    failure := NULL;
    PERFORM @base@.check_release(as_of, false, force, reason);
    IF NOT kbnorms.lock_job(@base@.this_base(), 'unbind_inactive') THEN
        RETURN;
    END IF;
    run_id := @base@.open_job_run('unbind_inactive', slot, as_of, force, reason);
    COMMIT;

    BEGIN
        plan := @base@.plan_release(as_of);
        IF plan.refusal IS NOT NULL AND NOT force THEN
            outcome := 'refused';
            failure := '55000';
            message := plan.refusal;
        END IF;
    EXCEPTION WHEN OTHERS THEN
        outcome := 'failed';
        failure := SQLSTATE;
        message := SQLERRM;
    END;

    FOR start IN 1 .. coalesce(cardinality(plan.account_ids), 0) BY batch LOOP
        EXIT WHEN outcome <> 'done';
        BEGIN
            released := released
                + @base@.release_batch(run_id, as_of, plan.account_ids[start : start + batch - 1]);
            RAISE NOTICE '%', kbnorms.translated('unbind_inactive: %s of %s bindings released', released, plan.bindings);
        EXCEPTION WHEN OTHERS THEN
            outcome := 'failed';
            failure := SQLSTATE;
            message := SQLERRM;
        END;
        COMMIT;
    END LOOP;

    PERFORM @base@.close_job_run(run_id, outcome, message, plan.held_back);
    IF plan.held_back > 0 THEN
        RAISE NOTICE '%', kbnorms.translated('unbind_inactive: %s accounts are held back by overdue receivables', plan.held_back);
    END IF;
    COMMIT;
    PERFORM kbnorms.unlock_job(@base@.this_base(), 'unbind_inactive');
END
$$;
COMMENT ON PROCEDURE release_inactive(date, boolean, text, timestamptz, bigint, text) IS
'One run of the release with its row in job_run; failure is the SQLSTATE of what stopped it, no run_id says that another one is under way. Used by unbind_inactive and run_jobs.';

CREATE PROCEDURE unbind_inactive(
    as_of date DEFAULT kbnorms.today(), dry_run boolean DEFAULT false,
    force boolean DEFAULT false, reason text DEFAULT NULL)
LANGUAGE plpgsql
AS $$
DECLARE
    run_id bigint;
    failure text;
BEGIN
    IF dry_run IS NOT FALSE THEN -- the check refuses NULL
        PERFORM @base@.check_release(as_of, dry_run, force, reason);
        PERFORM @base@.dry_release(as_of);
        RETURN;
    END IF;
    CALL @base@.release_inactive(as_of, force, reason, NULL, run_id, failure);
    IF run_id IS NULL THEN
        PERFORM @base@.skip_job_run('unbind_inactive', as_of);
        RAISE WARNING '%', kbnorms.translated('unbind_inactive is running in another session, nothing was done here');
    ELSIF failure IS NOT NULL THEN
        PERFORM @base@.raise_job_error(run_id, failure);
    END IF;
END
$$;
COMMENT ON PROCEDURE unbind_inactive(date, boolean, boolean, text) IS
'Releases the accounts that have been silent for the inactivity period and owe nothing, in batches that are committed; to be called at top level. dry_run only records and says what would be released; force, with a reason, goes past stale feeds and the bounds of a run.';

-- What runs by itself, by the rows of job and the ledger job_run.

INSERT INTO job (code, title_en, title_ru, run_at) VALUES
    ('unbind_inactive', 'Release of inactive clients', 'Автоматическая отвязка неактивных клиентов', '02:00');

CREATE FUNCTION open_job_run(job text, slot timestamptz, as_of date, forced boolean, reason text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    run_id bigint;
BEGIN
    -- The caller holds the job's lock: whoever ran it before is gone.
    UPDATE job_run r
    SET state = 'failed', finished_at = clock_timestamp(), error = translated('the run was killed or its session ended')
    WHERE r.job = open_job_run.job AND r.state = 'running';

    INSERT INTO job_run AS r (job, slot, as_of, state, forced, reason, pid)
    VALUES (open_job_run.job, open_job_run.slot, open_job_run.as_of, 'running', open_job_run.forced, open_job_run.reason, pg_backend_pid())
    ON CONFLICT ON CONSTRAINT job_run_job_slot_key DO UPDATE
    SET as_of = excluded.as_of, state = 'running', started_at = excluded.started_at,
        finished_at = NULL, error = NULL, pid = excluded.pid
    RETURNING r.id INTO run_id;
    RETURN run_id;
END
$$;
COMMENT ON FUNCTION open_job_run(text, timestamptz, date, boolean, text) IS
'Begins a run of a job in the ledger: closes the row of a killed one, and reopens the row of a slot that is tried again.';

CREATE FUNCTION close_job_run(run_id bigint, state text, error text, held_back bigint) RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    UPDATE job_run r
    SET state = close_job_run.state, finished_at = clock_timestamp(), error = close_job_run.error,
        held_back = coalesce(close_job_run.held_back, 0)
    WHERE r.id = close_job_run.run_id;
END;
COMMENT ON FUNCTION close_job_run(bigint, text, text, bigint) IS
'Ends a run of a job in the ledger.';

CREATE FUNCTION skip_job_run(job text, as_of date) RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    INSERT INTO job_run (job, as_of, state, finished_at, pid)
    VALUES (skip_job_run.job, skip_job_run.as_of, 'skipped', now(), pg_backend_pid());
END;
COMMENT ON FUNCTION skip_job_run(text, date) IS
'Notes in the ledger that a job was called while it ran in another session.';

CREATE FUNCTION raise_job_error(run_id bigint, failure text) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    run job_run;
BEGIN
    SELECT * INTO STRICT run FROM job_run r WHERE r.id = run_id;
    IF run.state = 'refused' THEN
        RAISE EXCEPTION '%', translated('%s refused: %s', run.job, run.error)
            USING ERRCODE = failure,
                  DETAIL = translated('Nothing was changed; see row %s of job_run.', run_id),
                  HINT = translated('Load the feeds, or check what is due with CALL %s(dry_run => true) and then CALL %s(force => true, reason => ''...'').',
                      format('%s.%s', this_base(), run.job), format('%s.%s', this_base(), run.job));
    END IF;
    RAISE EXCEPTION '%', translated('%s failed: %s', run.job, run.error)
        USING ERRCODE = failure,
              DETAIL = translated('What was committed before stays done; see row %s of job_run.', run_id),
              HINT = translated('Call it again: it does what is left.');
END
$$;
COMMENT ON FUNCTION raise_job_error(bigint, text) IS
'Raises the error with which a run of a job ended, under its SQLSTATE.';

CREATE FUNCTION latest_slot(run_at time, day_of_month integer, local_now timestamp) RETURNS timestamp
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    -- Each day, or on that day of each month (in a shorter month its last).
    SELECT max(s.slot)
    FROM (SELECT CASE
            WHEN day_of_month IS NULL THEN local_now::date - n
            ELSE least((m.first_day + make_interval(days => day_of_month - 1))::date,
                (m.first_day + make_interval(months => 1) - make_interval(days => 1))::date)
        END + run_at AS slot
        FROM generate_series(0, 1) n
        CROSS JOIN LATERAL (SELECT date_trunc('month', local_now) - make_interval(months => n) AS first_day) m) s
    WHERE s.slot <= local_now;
END;
COMMENT ON FUNCTION latest_slot(time, integer, timestamp) IS
'The latest time at or before local_now at which a job was to run.';

CREATE FUNCTION due_jobs() RETURNS TABLE (job text, slot timestamptz)
LANGUAGE plpgsql STABLE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    -- Asked first: it loads the library, after which the setting can be believed.
    day CONSTANT date := today();
    zone CONSTANT text := current_setting('kbnorms.timezone');
    local_now CONSTANT timestamp := day + (now() AT TIME ZONE zone)::time;
BEGIN
    RETURN QUERY
        SELECT j.code, s.slot
        FROM job j
        CROSS JOIN LATERAL (
            SELECT latest_slot(j.run_at, j.day_of_month, local_now) AT TIME ZONE zone AS slot) s
        LEFT JOIN job_run r ON r.job = j.code AND r.slot = s.slot
        WHERE j.enabled AND s.slot IS NOT NULL
            AND (r.id IS NULL OR r.state IN ('failed', 'refused', 'running'))
        ORDER BY s.slot, j.code;
END
$$;
COMMENT ON FUNCTION due_jobs() IS
'The jobs whose latest time has come, in the company''s time zone, and has not been served: never begun, failed, refused, or broken off while running.';

CREATE PROCEDURE run_jobs()
LANGUAGE plpgsql
AS $$
DECLARE
    due record;
    run_id bigint;
    failure text;
BEGIN
    IF NOT kbnorms.lock_job(@base@.this_base(), 'run_jobs') THEN
        RETURN;
    END IF;
    FOR due IN SELECT d.job, d.slot FROM @base@.due_jobs() d LOOP
        CASE due.job
            WHEN 'unbind_inactive' THEN
                CALL @base@.release_inactive(kbnorms.today(), false, NULL, due.slot, run_id, failure);
            ELSE
                RAISE WARNING '%', kbnorms.translated('there is no job "%s"', due.job);
                CONTINUE;
        END CASE;
        IF failure IS NOT NULL THEN
            RAISE WARNING '%: %', due.job, (SELECT r.error FROM @base@.job_run r WHERE r.id = run_id);
        END IF;
    END LOOP;
    COMMIT;
    PERFORM kbnorms.unlock_job(@base@.this_base(), 'run_jobs');
END
$$;
COMMENT ON PROCEDURE run_jobs() IS
'Runs every job that is due, one after the other, and goes on after a refusal or failure. For pg_cron, see kbnorms.schedule_jobs.';

-- Changes of norms, rules, authority, posts, territories and of what counts
-- about an organization leave a trace: who, for whom, when, from what to what.
-- One set-wise pass for each statement.  Who changes a table need not be able to
-- write the log: therefore SECURITY DEFINER.
CREATE FUNCTION row_key(row_values jsonb, VARIADIC key_columns text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT string_agg(coalesce(row_values ->> k.name, '-'), ', ' ORDER BY k.n)
    FROM unnest(key_columns) WITH ORDINALITY AS k(name, n));
COMMENT ON FUNCTION row_key(jsonb, text[]) IS
'The key of a row as change_log writes it: its values, with commas between, and - for one that is missing.';

CREATE FUNCTION log_inserted() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    INSERT INTO change_log (table_name, row_key, operation, column_name, new_value, changed_by)
    SELECT TG_TABLE_NAME, row_key(n.r, VARIADIC TG_ARGV), 'insert', c.key, c.value, calling_role()
    FROM (SELECT to_jsonb(t) AS r FROM new_rows t) n
    CROSS JOIN LATERAL jsonb_each_text(n.r) c
    WHERE c.value IS NOT NULL;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION log_inserted() IS
'Writes what an INSERT brought to change_log. AFTER INSERT FOR EACH STATEMENT with the transition table new_rows; the arguments are the key columns.';

CREATE FUNCTION log_deleted() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    INSERT INTO change_log (table_name, row_key, operation, column_name, old_value, changed_by)
    SELECT TG_TABLE_NAME, row_key(o.r, VARIADIC TG_ARGV), 'delete', c.key, c.value, calling_role()
    FROM (SELECT to_jsonb(t) AS r FROM old_rows t) o
    CROSS JOIN LATERAL jsonb_each_text(o.r) c
    WHERE c.value IS NOT NULL;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION log_deleted() IS
'Writes what a DELETE took to change_log. AFTER DELETE FOR EACH STATEMENT with the transition table old_rows; the arguments are the key columns.';

-- A row that has got another key is one deleted and one inserted.
CREATE FUNCTION log_updated() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    INSERT INTO change_log (table_name, row_key, operation, column_name, old_value, new_value, changed_by)
    SELECT TG_TABLE_NAME, key, CASE WHEN o.r IS NULL THEN 'insert' WHEN n.r IS NULL THEN 'delete' ELSE 'update' END,
        c.name, o.r ->> c.name, n.r ->> c.name, calling_role()
    FROM (SELECT row_key(to_jsonb(t), VARIADIC TG_ARGV) AS key, to_jsonb(t) AS r FROM old_rows t) o
    FULL JOIN (SELECT row_key(to_jsonb(t), VARIADIC TG_ARGV) AS key, to_jsonb(t) AS r FROM new_rows t) n USING (key)
    CROSS JOIN LATERAL jsonb_object_keys(coalesce(n.r, o.r)) AS c(name)
    WHERE o.r ->> c.name IS DISTINCT FROM n.r ->> c.name;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION log_updated() IS
'Writes what an UPDATE changed to change_log. AFTER UPDATE FOR EACH STATEMENT with the transition tables old_rows and new_rows; the arguments are the key columns.';

-- Organizations come in bulk from the ERP, mostly as they were: these are
-- passed over before anything is made of them.
CREATE FUNCTION log_organization_updated() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    INSERT INTO change_log (table_name, row_key, operation, column_name, old_value, new_value, changed_by)
    SELECT TG_TABLE_NAME, n.id::text, 'update', f.name, f.old_value, f.new_value, calling_role()
    FROM old_rows o
    JOIN new_rows n ON n.id = o.id
        AND (o.inn, o.name, o.head_id, o.client_group, o.potential, o.city, o.territory_id)
            IS DISTINCT FROM (n.inn, n.name, n.head_id, n.client_group, n.potential, n.city, n.territory_id)
    CROSS JOIN LATERAL (VALUES
        ('inn', o.inn::text, n.inn::text),
        ('name', o.name, n.name),
        ('head_id', o.head_id::text, n.head_id::text),
        ('client_group', o.client_group, n.client_group),
        ('potential', o.potential, n.potential),
        ('city', o.city, n.city),
        ('territory_id', o.territory_id::text, n.territory_id::text)) AS f(name, old_value, new_value)
    WHERE f.old_value IS DISTINCT FROM f.new_value;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION log_organization_updated() IS
'Writes what an UPDATE changed about organizations to change_log. AFTER UPDATE FOR EACH STATEMENT with the transition tables old_rows and new_rows.';

CREATE FUNCTION log_truncated() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = @base@, kbnorms, pg_temp
AS $$
BEGIN
    EXECUTE format(
        'INSERT INTO change_log (table_name, row_key, operation, column_name, old_value, changed_by)
         SELECT %1$L, row_key(o.r, VARIADIC $1), ''delete'', c.key, c.value, calling_role()
         FROM (SELECT to_jsonb(t) AS r FROM %1$I t) o
         CROSS JOIN LATERAL jsonb_each_text(o.r) c
         WHERE c.value IS NOT NULL', TG_TABLE_NAME)
    USING TG_ARGV;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION log_truncated() IS
'Writes what a TRUNCATE will take to change_log. BEFORE TRUNCATE FOR EACH STATEMENT; the arguments are the key columns.';

-- The triggers.  Of organizations and managers, what is new is no change.
DO $$
DECLARE
    logged record;
BEGIN
    FOR logged IN
        SELECT c.relname AS name,
            (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(a.attname), ', ' ORDER BY k.n)
             FROM pg_catalog.unnest(i.indkey) WITH ORDINALITY AS k(attnum, n)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum) AS key_columns
        FROM pg_catalog.unnest(ARRAY[
            'norm_tenure', 'norm_specialization', 'norm_client_group', 'norm_potential', 'norm_position', 'policy', 'rule',
            'specialization', 'client_group', 'potential', 'position', 'authority', 'manager_post', 'manager_territory',
            'territory', 'unit', 'manager', 'organization']::regclass[]) AS t(oid)
        JOIN pg_catalog.pg_class c ON c.oid = t.oid
        JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary
    LOOP
        IF logged.name = 'organization' THEN
            CREATE TRIGGER change_logged_update AFTER UPDATE ON organization
            REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION log_organization_updated();
        ELSE
            EXECUTE pg_catalog.format(
                'CREATE TRIGGER change_logged_update AFTER UPDATE ON %1$I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows '
                'FOR EACH STATEMENT EXECUTE FUNCTION log_updated(%2$s)', logged.name, logged.key_columns);
        END IF;
        IF logged.name NOT IN ('organization', 'manager') THEN
            EXECUTE pg_catalog.format(
                'CREATE TRIGGER change_logged_insert AFTER INSERT ON %1$I REFERENCING NEW TABLE AS new_rows '
                'FOR EACH STATEMENT EXECUTE FUNCTION log_inserted(%2$s);'
                'CREATE TRIGGER change_logged_truncate BEFORE TRUNCATE ON %1$I '
                'FOR EACH STATEMENT EXECUTE FUNCTION log_truncated(%2$s);'
                'COMMENT ON TRIGGER change_logged_insert ON %1$I IS ''Writes new rows to change_log.'';'
                'COMMENT ON TRIGGER change_logged_truncate ON %1$I IS ''Writes what goes to change_log.'';',
                logged.name, logged.key_columns);
        END IF;
        EXECUTE pg_catalog.format(
            'CREATE TRIGGER change_logged_delete AFTER DELETE ON %1$I REFERENCING OLD TABLE AS old_rows '
            'FOR EACH STATEMENT EXECUTE FUNCTION log_deleted(%2$s);'
            'COMMENT ON TRIGGER change_logged_update ON %1$I IS ''Writes changed values to change_log.'';'
            'COMMENT ON TRIGGER change_logged_delete ON %1$I IS ''Writes deleted rows to change_log.'';',
            logged.name, logged.key_columns);
    END LOOP;
END
$$;

CREATE TRIGGER change_log_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON change_log
FOR EACH STATEMENT EXECUTE FUNCTION kbnorms.log_is_kept();
COMMENT ON TRIGGER change_log_kept ON change_log IS 'Refuses to change or remove rows.';

-- Who may take whom: the same answer as check_binding, for many pairs at once.
-- kbnorms.broken_rules judges them by the functions that the triggers call.
CREATE TYPE broken_row AS (
    organization_id integer, manager_id integer, code text, actual text, bound text, message text);
COMMENT ON TYPE broken_row IS 'A rule that a pair would break.';
COMMENT ON COLUMN broken_row.organization_id IS 'The organization.';
COMMENT ON COLUMN broken_row.manager_id IS 'The manager.';
COMMENT ON COLUMN broken_row.code IS 'Code of the rule.';
COMMENT ON COLUMN broken_row.actual IS 'What the rule looked at.';
COMMENT ON COLUMN broken_row.bound IS 'What it compared that with.';
COMMENT ON COLUMN broken_row.message IS 'What is wrong and what to do.';

CREATE FUNCTION check_bindings(source regclass) RETURNS SETOF broken_row
LANGUAGE plpgsql STABLE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    organization_ids integer[];
    manager_ids integer[];
BEGIN
    IF source IS NULL THEN
        RAISE EXCEPTION '%', translated('the source of check_bindings must not be null')
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = translated('Name a table or view with organization_id and manager_id.');
    ELSIF (SELECT count(*) FROM pg_attribute a
           WHERE a.attrelid = source AND a.attname IN ('organization_id', 'manager_id')
               AND a.attnum > 0 AND NOT a.attisdropped) < 2 THEN
        RAISE EXCEPTION '%', translated('relation "%s" lacks organization_id or manager_id', source)
            USING ERRCODE = 'undefined_column',
                  HINT = translated('Name a table or view with organization_id and manager_id.');
    END IF;
    EXECUTE format('SELECT array_agg(s.organization_id::integer), array_agg(s.manager_id::integer) FROM %s s', source)
    INTO organization_ids, manager_ids;
    RETURN QUERY
        SELECT b.organization_id, b.manager_id, b.code, b.actual, b.bound, b.message
        FROM broken_rules(this_base(), organization_ids, manager_ids, false) b;
END
$$;
COMMENT ON FUNCTION check_bindings(regclass) IS
'Judges every row of a relation with organization_id and manager_id as check_binding does, each by itself, and returns the rules that it would break; a row that would break none is not returned.';

CREATE VIEW unit_place WITH (security_invoker = true) AS
WITH RECURSIVE down AS (
    SELECT u.id,
        CASE WHEN u.kind = 'office' THEN u.id END AS office_id,
        CASE WHEN u.kind = 'cluster' THEN u.id END AS cluster_id,
        CASE WHEN u.kind = 'region' THEN u.id END AS region_id
    FROM unit u
    WHERE u.parent_id IS NULL
    UNION ALL
    SELECT u.id,
        CASE WHEN u.kind = 'office' THEN u.id ELSE d.office_id END,
        CASE WHEN u.kind = 'cluster' THEN u.id ELSE d.cluster_id END,
        CASE WHEN u.kind = 'region' THEN u.id ELSE d.region_id END
    FROM down d
    JOIN unit u ON u.parent_id = d.id
)
SELECT d.id AS unit_id, d.office_id, d.cluster_id, d.region_id
FROM down d;
COMMENT ON VIEW unit_place IS 'Where each unit stands in the tree: the nearest office, cluster and region at or above it.';
COMMENT ON COLUMN unit_place.unit_id IS 'The unit.';
COMMENT ON COLUMN unit_place.office_id IS 'Nearest office (ОП).';
COMMENT ON COLUMN unit_place.cluster_id IS 'Nearest cluster (куст).';
COMMENT ON COLUMN unit_place.region_id IS 'Nearest region (РЦ).';

CREATE VIEW manager_capacity WITH (security_invoker = true) AS
SELECT m.manager_id, m.manager_name, m.specialization, m.unit_id, m.city,
    p.office_id, p.cluster_id, p.region_id,
    coalesce(b.accounts, 0) AS accounts,
    CASE WHEN m.specialized THEN coalesce(n.is_limited, true) ELSE false END AS is_limited,
    CASE WHEN m.specialized THEN coalesce(n.max_accounts, CASE WHEN n.is_limited IS NULL THEN 0 END) END AS max_accounts,
    CASE WHEN m.specialized AND coalesce(n.is_limited, true)
        THEN greatest(coalesce(n.max_accounts, 0) - coalesce(b.accounts, 0), 0) END AS free_capacity
FROM manager_at(kbnorms.today()) m
LEFT JOIN unit_place p ON p.unit_id = m.unit_id
LEFT JOIN LATERAL (
    SELECT count(DISTINCT o.account_id) AS accounts
    FROM binding c
    JOIN organization o ON o.id = c.organization_id
    WHERE c.manager_id = m.manager_id
) b ON true
LEFT JOIN LATERAL (
    SELECT t.max_accounts, t.max_accounts IS NOT NULL AS is_limited
    FROM norm_tenure t
    WHERE t.specialization = m.specialization AND t.from_month <= m.months_served
        AND t.effective_from <= kbnorms.today()
    ORDER BY t.from_month DESC, t.effective_from DESC
    LIMIT 1
) n ON true
WHERE m.is_holder;
COMMENT ON VIEW manager_capacity IS 'Everybody on staff who may hold a base: where he stands, how many accounts he has and how many more he may take today.';
COMMENT ON COLUMN manager_capacity.manager_id IS 'The manager.';
COMMENT ON COLUMN manager_capacity.manager_name IS 'His full name.';
COMMENT ON COLUMN manager_capacity.specialization IS 'His specialization.';
COMMENT ON COLUMN manager_capacity.unit_id IS 'Unit of his post.';
COMMENT ON COLUMN manager_capacity.city IS 'City of his office.';
COMMENT ON COLUMN manager_capacity.office_id IS 'His office (ОП).';
COMMENT ON COLUMN manager_capacity.cluster_id IS 'His cluster (куст).';
COMMENT ON COLUMN manager_capacity.region_id IS 'His region (РЦ).';
COMMENT ON COLUMN manager_capacity.accounts IS 'Accounts that he has.';
COMMENT ON COLUMN manager_capacity.is_limited IS 'Whether a norm limits their number.';
COMMENT ON COLUMN manager_capacity.max_accounts IS 'How many he may have; NULL without a limit.';
COMMENT ON COLUMN manager_capacity.free_capacity IS 'How many more; NULL without a limit.';

CREATE TYPE candidate_row AS (
    rank bigint, manager_id integer, manager_name text, specialization text, unit_id integer,
    accounts bigint, free_capacity bigint, has_territory boolean, nearness text, reason text);
COMMENT ON TYPE candidate_row IS 'A manager who may take a client.';
COMMENT ON COLUMN candidate_row.rank IS 'Place among the candidates: 1 is the best.';
COMMENT ON COLUMN candidate_row.manager_id IS 'The manager.';
COMMENT ON COLUMN candidate_row.manager_name IS 'His full name.';
COMMENT ON COLUMN candidate_row.specialization IS 'His specialization.';
COMMENT ON COLUMN candidate_row.unit_id IS 'Unit of his post.';
COMMENT ON COLUMN candidate_row.accounts IS 'Accounts that he has.';
COMMENT ON COLUMN candidate_row.free_capacity IS 'How many more he may take; NULL without a limit.';
COMMENT ON COLUMN candidate_row.has_territory IS 'Whether the territory of the client is his.';
COMMENT ON COLUMN candidate_row.nearness IS 'Of the office, cluster or region of the present manager, or of the client''s city: office, cluster, region, city or elsewhere.';
COMMENT ON COLUMN candidate_row.reason IS 'What his place rests on.';

CREATE FUNCTION candidates(organization_id bigint) RETURNS SETOF candidate_row
LANGUAGE sql STABLE ROWS 100
SET jit = off  -- a quick answer that would take longer to compile
BEGIN ATOMIC
    WITH client AS MATERIALIZED (
        SELECT o.id, coalesce(o.city, h.city) AS city, coalesce(o.territory_id, h.territory_id) AS territory_id,
            p.office_id, p.cluster_id, p.region_id
        FROM organization o
        LEFT JOIN organization h ON h.id = o.head_id
        LEFT JOIN binding b ON b.organization_id = o.id AND NOT b.additional
        LEFT JOIN manager_at(kbnorms.today()) m ON m.manager_id = b.manager_id
        LEFT JOIN unit_place p ON p.unit_id = m.unit_id
        WHERE o.id = candidates.organization_id
    ), holder AS MATERIALIZED (
        -- Who has it already is none, even where the rule multiple is off.
        SELECT array_agg(m.manager_id) AS ids
        FROM manager_at(kbnorms.today()) m
        WHERE m.is_holder AND NOT EXISTS (
            SELECT FROM binding b
            WHERE b.organization_id = candidates.organization_id AND b.manager_id = m.manager_id)
    ), taker AS MATERIALIZED (
        SELECT unnest(i.ids) AS manager_id FROM holder i
        EXCEPT
        SELECT r.manager_id
        FROM holder i
        CROSS JOIN LATERAL kbnorms.broken_rules(this_base(),
            array_fill(candidates.organization_id::integer, ARRAY[coalesce(cardinality(i.ids), 0)]),
            coalesce(i.ids, '{}'), true) r
        WHERE r.code NOT IN ('memo', 'approval', 'applicant')
    ), placed AS (
        SELECT m.*, EXISTS (
                SELECT FROM manager_territory t
                WHERE t.manager_id = m.manager_id AND t.territory_id = c.territory_id
                    AND t.since <= kbnorms.today() AND (t.until IS NULL OR t.until > kbnorms.today())) AS has_territory,
            CASE
                WHEN m.office_id = c.office_id THEN 'office'
                WHEN m.cluster_id = c.cluster_id THEN 'cluster'
                WHEN m.region_id = c.region_id THEN 'region'
                WHEN m.city = c.city THEN 'city'
                ELSE 'elsewhere'
            END AS nearness
        FROM manager_capacity m
        CROSS JOIN client c
        -- An array, so that the accounts of these managers alone are counted.
        WHERE m.manager_id = ANY (ARRAY(SELECT t.manager_id FROM taker t))
    )
    SELECT row_number() OVER (
            ORDER BY p.has_territory DESC,
                array_position(ARRAY['office', 'cluster', 'region', 'city', 'elsewhere'], p.nearness),
                p.free_capacity DESC NULLS FIRST, p.manager_id),
        p.manager_id, p.manager_name, p.specialization, p.unit_id, p.accounts, p.free_capacity,
        p.has_territory, p.nearness,
        concat_ws(', ',
            CASE WHEN p.has_territory THEN translated('the territory is his') END,
            CASE p.nearness
                WHEN 'office' THEN translated('of the same office')
                WHEN 'cluster' THEN translated('of the same cluster')
                WHEN 'region' THEN translated('of the same region')
                WHEN 'city' THEN translated('of the same city')
                ELSE translated('elsewhere')
            END,
            CASE WHEN p.free_capacity IS NULL THEN translated('without a limit')
                ELSE translated('free for %s', p.free_capacity) END)
    FROM placed p
    ORDER BY 1;
END;
COMMENT ON FUNCTION candidates(bigint) IS
'The managers to whom an organization may be moved, or bound where nobody has it, without breaking a rule; best first: whose territory it is, then the nearest, then the freest. It does not ask for a memo, words and the applicant.';

CREATE TYPE claimable_row AS (account_id integer, account_name text, organizations bigint, client_group text, potential text);
COMMENT ON TYPE claimable_row IS 'An unbound client that a manager may take.';
COMMENT ON COLUMN claimable_row.account_id IS 'The account.';
COMMENT ON COLUMN claimable_row.account_name IS 'Name of its head.';
COMMENT ON COLUMN claimable_row.organizations IS 'How many organizations it has.';
COMMENT ON COLUMN claimable_row.client_group IS 'Its client group.';
COMMENT ON COLUMN claimable_row.potential IS 'Its potential.';

CREATE FUNCTION claimable(manager_id bigint) RETURNS SETOF claimable_row
LANGUAGE sql STABLE ROWS 1000
BEGIN ATOMIC
    WITH pool AS MATERIALIZED (
        SELECT o.id, o.account_id
        FROM organization o
        WHERE o.account_id NOT IN (
            SELECT held.account_id
            FROM binding b
            JOIN organization held ON held.id = b.organization_id)
    ), broken AS MATERIALIZED (
        SELECT DISTINCT o.account_id
        FROM (SELECT coalesce(array_agg(p.id), '{}') AS ids FROM pool p) i
        CROSS JOIN LATERAL kbnorms.broken_rules($base$@base@$base$::regnamespace, i.ids,
            array_fill(claimable.manager_id::integer, ARRAY[cardinality(i.ids)]), false) r
        JOIN organization o ON o.id = r.organization_id
        WHERE r.code NOT IN ('memo', 'approval', 'applicant')
    )
    SELECT h.id, h.name, count(*), h.client_group, h.potential
    FROM pool p
    JOIN organization h ON h.id = p.account_id
    WHERE NOT EXISTS (SELECT FROM broken r WHERE r.account_id = p.account_id)
    GROUP BY h.id
    ORDER BY h.id;
END;
COMMENT ON FUNCTION claimable(bigint) IS
'The clients that nobody holds and that a manager may take: each of their organizations could be bound to him without breaking a rule. It does not ask for a memo, words and the applicant.';

-- Hand-over of clients: whose base is to be rebound until when, and a draft
-- memo that does it.
CREATE VIEW rebinding_due WITH (security_invoker = true) AS
SELECT c.manager_id, m.manager_name,
    CASE
        WHEN c.measure = 'respecialization' THEN 'changed specialization'
        WHEN m.left_on <= c.as_of THEN 'left'
        WHEN m.holds_base THEN 'became a head who keeps his own clients only'
        ELSE 'changed position'
    END AS cause,
    d.since, d.deadline, d.deadline - kbnorms.today() AS days_left,
    c.actual::bigint AS accounts, c.verdict, m.unit_id, p.office_id, p.region_id,
    head.manager_ids AS office_head, director.manager_ids AS sales_director, c.as_of
FROM compliance c
JOIN manager_at(kbnorms.today()) m ON m.manager_id = c.manager_id
LEFT JOIN unit_place p ON p.unit_id = m.unit_id
CROSS JOIN LATERAL (
    SELECT s.since, (s.since + make_interval(months => CASE c.measure
            WHEN 'respecialization' THEN y.respecialization_months ELSE y.handover_months END))::date AS deadline
    FROM policy y
    CROSS JOIN LATERAL (
        SELECT CASE c.measure
            WHEN 'respecialization' THEN m.respecialized_on
            ELSE least(CASE WHEN m.left_on <= c.as_of THEN m.left_on END,
                CASE WHEN NOT m.holds_base OR (m.on_staff AND NOT m.specialized) THEN m.duty_since END)
        END AS since) s
    WHERE y.effective_from <= c.as_of
    ORDER BY y.effective_from DESC
    LIMIT 1) d
LEFT JOIN (
    SELECT hp.office_id, string_agg(format('%s (%s)', h.manager_name, h.manager_id), ', ' ORDER BY h.manager_id) AS manager_ids
    FROM manager_at(kbnorms.today()) h
    JOIN unit_place hp ON hp.unit_id = h.unit_id
    WHERE h.on_staff AND h."position" = 'office_head'
    GROUP BY hp.office_id
) head ON head.office_id = p.office_id
LEFT JOIN (
    SELECT hp.region_id, string_agg(format('%s (%s)', h.manager_name, h.manager_id), ', ' ORDER BY h.manager_id) AS manager_ids
    FROM manager_at(kbnorms.today()) h
    JOIN unit_place hp ON hp.unit_id = h.unit_id
    WHERE h.on_staff AND h."position" = 'sales_director'
    GROUP BY hp.region_id
) director ON director.region_id = p.region_id
WHERE c.measure IN ('handover', 'respecialization') AND c.actual > 0 AND c.verdict <> 'exempt';
COMMENT ON VIEW rebinding_due IS
'Whose clients are to be rebound, and until when: those of leavers, of people whose position may no longer hold a base, and those that do not fit a changed specialization. As of today.';
COMMENT ON COLUMN rebinding_due.manager_id IS 'The manager.';
COMMENT ON COLUMN rebinding_due.manager_name IS 'His full name.';
COMMENT ON COLUMN rebinding_due.cause IS 'What makes the hand-over due.';
COMMENT ON COLUMN rebinding_due.since IS 'The day of it.';
COMMENT ON COLUMN rebinding_due.deadline IS 'First day on which it is missed.';
COMMENT ON COLUMN rebinding_due.days_left IS 'Days until then; negative when it is missed.';
COMMENT ON COLUMN rebinding_due.accounts IS 'Accounts that are to be rebound.';
COMMENT ON COLUMN rebinding_due.verdict IS 'pending, or missed once the deadline has come.';
COMMENT ON COLUMN rebinding_due.unit_id IS 'Unit of his (last) post.';
COMMENT ON COLUMN rebinding_due.office_id IS 'Its office.';
COMMENT ON COLUMN rebinding_due.region_id IS 'Its region.';
COMMENT ON COLUMN rebinding_due.office_head IS 'Who answers for it: the head of that office, by name and number.';
COMMENT ON COLUMN rebinding_due.sales_director IS 'Who controls it: the sales director of the region, by name and number.';
COMMENT ON COLUMN rebinding_due.as_of IS 'The day that this is as of.';

CREATE VIEW stance_today WITH (security_invoker = true) AS
SELECT DISTINCT ON (n.specialization, n.client_group)
    n.specialization, n.client_group, n.stance::text AS stance, n.max_accounts
FROM norm_client_group n
WHERE n.effective_from <= kbnorms.today()
ORDER BY n.specialization, n.client_group, n.effective_from DESC;
COMMENT ON VIEW stance_today IS 'How each specialization stands to each client group today.';
COMMENT ON COLUMN stance_today.specialization IS 'The specialization.';
COMMENT ON COLUMN stance_today.client_group IS 'The client group.';
COMMENT ON COLUMN stance_today.stance IS 'target, allowed or forbidden; NULL is off-profile.';
COMMENT ON COLUMN stance_today.max_accounts IS 'Cap of the group.';

CREATE TYPE handover_row AS (
    memo_id bigint, account_id integer, account_name text, organizations bigint,
    to_manager_id integer, to_manager_name text, nearness text, reason text);
COMMENT ON TYPE handover_row IS 'What a hand-over proposes for a client.';
COMMENT ON COLUMN handover_row.memo_id IS 'The draft memo that was written.';
COMMENT ON COLUMN handover_row.account_id IS 'The account.';
COMMENT ON COLUMN handover_row.account_name IS 'Name of its head.';
COMMENT ON COLUMN handover_row.organizations IS 'How many of its organizations move.';
COMMENT ON COLUMN handover_row.to_manager_id IS 'Who gets it; NULL is the pool.';
COMMENT ON COLUMN handover_row.to_manager_name IS 'His full name.';
COMMENT ON COLUMN handover_row.nearness IS 'Of the same office, cluster or region, or elsewhere.';
COMMENT ON COLUMN handover_row.reason IS 'Why he, or why the pool.';

CREATE FUNCTION handover_ring(manager_id integer, ring text, same_city boolean) RETURNS integer[]
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT array_agg(q.manager_id)
    FROM (
        SELECT m.city, f.office_id, f.cluster_id, f.region_id
        FROM manager_at(kbnorms.today()) m
        LEFT JOIN unit_place f ON f.unit_id = m.unit_id
        WHERE m.manager_id = handover_ring.manager_id) f
    CROSS JOIN unit_place p
    JOIN manager_at(kbnorms.today()) q ON q.unit_id = p.unit_id AND q.is_holder
    WHERE CASE
            WHEN p.office_id = f.office_id THEN 'office'
            WHEN p.cluster_id = f.cluster_id THEN 'cluster'
            WHEN p.region_id = f.region_id THEN 'region'
            ELSE 'elsewhere'
        END = handover_ring.ring
        AND (q.city IS NOT DISTINCT FROM f.city) = handover_ring.same_city;
END;
COMMENT ON FUNCTION handover_ring(integer, text, boolean) IS
'Who may hold a base in a ring around a manager: of the same office, else cluster, else region, or elsewhere; in his city, or in others. Used by propose_handover.';

CREATE FUNCTION handover_pairs(manager_id integer, account_ids integer[], to_manager_ids integer[])
RETURNS TABLE (
    account_id integer, to_manager_id integer, to_manager_name text, has_it boolean,
    places bigint, quota bigint, broken text)
LANGUAGE sql STABLE
BEGIN ATOMIC
    -- Each client with all of its organizations that the manager holds, beside
    -- everybody with a place whose specialization works with its group, and
    -- whoever has the client too: he needs no place.
    WITH has_it AS MATERIALIZED (
        SELECT DISTINCT b.manager_id, o.account_id
        FROM organization o
        JOIN binding b ON b.organization_id = o.id
        WHERE o.account_id = ANY (handover_pairs.account_ids)
    ), counted AS (
        -- Beside manager_capacity's own, which asks for one after the other.
        SELECT b.manager_id, count(DISTINCT o.account_id) AS accounts
        FROM binding b
        JOIN organization o ON o.id = b.organization_id
        WHERE b.manager_id = ANY (handover_pairs.to_manager_ids)
        GROUP BY b.manager_id
    ), taker AS MATERIALIZED (
        SELECT m.manager_id, m.manager_name, m.specialization, m.is_limited,
            CASE WHEN m.is_limited THEN greatest(m.max_accounts - coalesce(n.accounts, 0), 0) END AS free_capacity
        FROM manager_capacity m
        LEFT JOIN counted n ON n.manager_id = m.manager_id
        WHERE m.manager_id = ANY (handover_pairs.to_manager_ids)
    ), pair AS MATERIALIZED (
        SELECT o.account_id, o.id AS organization_id, h.client_group, t.manager_id AS to_manager_id,
            t.manager_name, k.account_id IS NOT NULL AS has_it,
            CASE WHEN k.account_id IS NULL THEN t.free_capacity END AS places,
            CASE WHEN k.account_id IS NULL THEN s.max_accounts END AS max_accounts
        FROM binding b
        JOIN organization o ON o.id = b.organization_id
        JOIN organization h ON h.id = o.account_id
        JOIN taker t ON t.manager_id <> b.manager_id
        LEFT JOIN stance_today s ON s.specialization = t.specialization AND s.client_group = h.client_group
        LEFT JOIN has_it k ON k.manager_id = t.manager_id AND k.account_id = o.account_id
        WHERE (k.account_id IS NOT NULL
                OR (s.stance IN ('target', 'allowed') AND (t.free_capacity > 0 OR NOT t.is_limited)))
            AND b.manager_id = handover_pairs.manager_id AND NOT b.additional
            AND o.account_id = ANY (handover_pairs.account_ids)
    )
    SELECT p.account_id, p.to_manager_id, min(p.manager_name), bool_or(p.has_it), min(p.places),
        CASE WHEN min(p.max_accounts) IS NOT NULL THEN min(p.max_accounts) - (
            SELECT count(DISTINCT held.account_id)
            FROM binding c
            JOIN organization held ON held.id = c.organization_id
            JOIN organization head ON head.id = held.account_id
            WHERE c.manager_id = p.to_manager_id AND head.client_group = p.client_group) END,
        string_agg(DISTINCT r.code, ', ')
    FROM pair p
    LEFT JOIN (
        SELECT r.organization_id, r.manager_id, r.code
        FROM (
            SELECT array_agg(p.organization_id) AS organization_ids, array_agg(p.to_manager_id) AS manager_ids
            FROM pair p) a
        CROSS JOIN LATERAL kbnorms.broken_rules(this_base(), a.organization_ids, a.manager_ids, true) r
        WHERE r.code NOT IN ('memo', 'approval', 'applicant')
    ) r ON r.organization_id = p.organization_id AND r.manager_id = p.to_manager_id
    GROUP BY p.account_id, p.client_group, p.to_manager_id;
END;
COMMENT ON FUNCTION handover_pairs(integer, integer[], integer[]) IS
'Which of some managers have a place for which clients of a manager as a whole (has_it: has it already and needs none; places: NULL without a limit; quota: of the client group) and the rules that one would break. Used by propose_handover.';

CREATE FUNCTION add_handover_items(memo_id bigint, manager_id integer, account_id integer, to_manager_id integer) RETURNS bigint
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    -- An additional binding ends with its holder: the main one stays.
    WITH added AS (
        INSERT INTO memo_item (memo_id, item_no, change, organization_id, from_manager_id, to_manager_id, additional)
        SELECT add_handover_items.memo_id,
            row_number() OVER (ORDER BY b.organization_id) + (
                SELECT coalesce(max(i.item_no), 0) FROM memo_item i WHERE i.memo_id = add_handover_items.memo_id),
            CASE WHEN b.additional OR add_handover_items.to_manager_id IS NULL
                THEN 'unbind' ELSE 'move' END::kbnorms.change_kind,
            b.organization_id, b.manager_id,
            CASE WHEN NOT b.additional THEN add_handover_items.to_manager_id END, b.additional
        FROM binding b
        JOIN organization o ON o.id = b.organization_id
        WHERE b.manager_id = add_handover_items.manager_id AND o.account_id = add_handover_items.account_id
        RETURNING 1
    )
    SELECT count(*) FROM added;
END;
COMMENT ON FUNCTION add_handover_items(bigint, integer, integer, integer) IS
'Writes the items by which a client as a whole goes from a manager to another, or to the pool. Used by propose_handover.';

CREATE FUNCTION propose_handover(manager_id bigint) RETURNS SETOF handover_row
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
SET jit = off -- as candidates
SET plan_cache_mode = force_custom_plan -- a ring has ten managers, or ten thousand
AS $$
#variable_conflict use_column
DECLARE
    leaver manager;
    memo_no bigint;
    waiting integer[];
    ring text;
    same_city boolean;
    near integer[];
    client record;
    choice record;
    -- What the proposal itself has taken so far: accounts of a manager, and of
    -- a capped group with him.
    taken jsonb := '{}'::jsonb;
    refused jsonb := '{}'::jsonb;
    row_out handover_row;
BEGIN
    SELECT * INTO leaver FROM manager m WHERE m.id = propose_handover.manager_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION '%', translated('manager %s does not exist', propose_handover.manager_id)
            USING ERRCODE = CASE WHEN propose_handover.manager_id IS NULL THEN 'null_value_not_allowed' ELSE 'foreign_key_violation' END;
    END IF;
    SELECT array_agg(DISTINCT o.account_id) INTO waiting
    FROM binding b JOIN organization o ON o.id = b.organization_id
    WHERE b.manager_id = leaver.id;
    IF waiting IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO memo (reason)
    VALUES (translated('Hand-over of the clients of %s (manager %s)', leaver.full_name, leaver.id))
    RETURNING id INTO memo_no;

    -- Ring by ring, the nearest first, in each his city first; there a client
    -- goes to who has it already, else to the one with the most places left, so
    -- that they are spread.
    FOREACH ring IN ARRAY ARRAY['office', 'cluster', 'region', 'elsewhere'] LOOP
        FOREACH same_city IN ARRAY ARRAY[true, false] LOOP
            EXIT WHEN cardinality(waiting) = 0;
            near := handover_ring(leaver.id, ring, same_city);
            FOR client IN
                SELECT p.account_id, h.name, h.client_group,
                    jsonb_agg(p) FILTER (WHERE p.broken IS NULL) AS takers,
                    string_agg(DISTINCT p.broken, ', ') AS broken
                FROM handover_pairs(leaver.id, waiting, near) p
                JOIN organization h ON h.id = p.account_id
                GROUP BY p.account_id, h.name, h.client_group
                ORDER BY p.account_id
            LOOP
                SELECT c.to_manager_id, c.to_manager_name, c.has_it, c.places - c.taken AS places, c.quota IS NOT NULL AS is_capped
                INTO choice
                FROM (
                    SELECT t.*, coalesce((taken ->> t.to_manager_id::text)::bigint, 0) AS taken,
                        coalesce((taken ->> format('%s/%s', t.to_manager_id, client.client_group))::bigint, 0) AS taken_of_group
                    FROM jsonb_to_recordset(client.takers)
                        AS t(to_manager_id integer, to_manager_name text, has_it boolean, places bigint, quota bigint)) c
                WHERE (c.places IS NULL OR c.places > c.taken) AND (c.quota IS NULL OR c.quota > c.taken_of_group)
                ORDER BY c.has_it DESC, c.places - c.taken DESC NULLS FIRST, c.taken, c.to_manager_id
                LIMIT 1;
                IF NOT FOUND THEN
                    refused := refused || jsonb_build_object(client.account_id::text,
                        concat_ws(', ', refused ->> client.account_id::text, format('%s: %s', ring,
                            CASE WHEN client.takers IS NULL THEN client.broken ELSE translated('every place is given to others') END)));
                    CONTINUE;
                END IF;
                IF NOT choice.has_it THEN
                    taken := taken || jsonb_build_object(choice.to_manager_id::text,
                        coalesce((taken ->> choice.to_manager_id::text)::bigint, 0) + 1);
                END IF;
                IF choice.is_capped THEN
                    taken := taken || jsonb_build_object(format('%s/%s', choice.to_manager_id, client.client_group),
                        coalesce((taken ->> format('%s/%s', choice.to_manager_id, client.client_group))::bigint, 0) + 1);
                END IF;
                waiting := array_remove(waiting, client.account_id);
                row_out.organizations := add_handover_items(memo_no, leaver.id, client.account_id, choice.to_manager_id);
                row_out.memo_id := memo_no;
                row_out.account_id := client.account_id;
                row_out.account_name := client.name;
                row_out.to_manager_id := choice.to_manager_id;
                row_out.to_manager_name := choice.to_manager_name;
                row_out.nearness := ring;
                row_out.reason := CASE
                    WHEN choice.has_it THEN translated('has the client already')
                    WHEN choice.places IS NULL THEN translated('without a limit')
                    ELSE translated('the most places left there: %s', choice.places) END;
                RETURN NEXT row_out;
            END LOOP;
        END LOOP;
    END LOOP;

    -- What nobody can take goes to the pool.
    FOR client IN
        SELECT h.id, h.name FROM organization h WHERE h.id = ANY (waiting) ORDER BY h.id
    LOOP
        row_out.organizations := add_handover_items(memo_no, leaver.id, client.id, NULL);
        row_out.memo_id := memo_no;
        row_out.account_id := client.id;
        row_out.account_name := client.name;
        row_out.to_manager_id := NULL;
        row_out.to_manager_name := NULL;
        row_out.nearness := NULL;
        row_out.reason := coalesce(refused ->> client.id::text,
            translated('only additional bindings, or nobody with a free place works with its client group'));
        RETURN NEXT row_out;
    END LOOP;
END
$$;
COMMENT ON FUNCTION propose_handover(bigint) IS
'Writes a draft memo that gives every client of a manager as a whole to somebody who may take it, the nearest first and spread by free places, and the rest to the pool; returns what it proposes and why.';

-- The life of a memo: draft, submitted, approved, applied or rejected.
--
-- Whose word a memo needs is said by kbnorms.memo_words, the function that
-- decides also when an item is used.  Steps are taken by the functions here:
-- those that write what no client may write by hand are SECURITY DEFINER and
-- ask kbnorms.calling_role who calls.  apply_memo is not: the rules judge
-- whoever calls it.

-- What may be written by hand.  The engine marks items as used and memos as
-- applied past these triggers.

CREATE FUNCTION memo_step_is_legal(old_state kbnorms.memo_state, new_state kbnorms.memo_state) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE old_state
    WHEN 'draft' THEN new_state IN ('submitted', 'approved')
    WHEN 'submitted' THEN new_state IN ('approved', 'rejected')
    WHEN 'approved' THEN new_state IN ('applied', 'rejected')
    ELSE false
END;
COMMENT ON FUNCTION memo_step_is_legal(kbnorms.memo_state, kbnorms.memo_state) IS
'Whether a memo may go from one state to another.';

CREATE FUNCTION memo_changed() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    is_owner CONSTANT boolean := owns_schema(TG_TABLE_SCHEMA);
BEGIN
    IF TG_OP <> 'INSERT' AND NOT is_owner AND OLD.author <> current_user THEN
        RAISE EXCEPTION '%', translated('memo %s is not yours', OLD.id)
            USING ERRCODE = 'insufficient_privilege', DETAIL = translated('Its author is "%s".', OLD.author);
    ELSIF TG_OP = 'INSERT' THEN
        -- The owner may load memos of an older system.
        IF NOT is_owner AND (NEW.state <> 'draft' OR NEW.author <> current_user) THEN
            RAISE EXCEPTION '%', translated('a memo begins as its author''s draft')
                USING ERRCODE = 'insufficient_privilege',
                      HINT = translated('INSERT INTO memo (reason) VALUES (...) leaves state and author to their defaults.');
        END IF;
        RETURN NEW;
    ELSIF TG_OP = 'DELETE' THEN
        IF OLD.state <> 'draft' THEN
            RAISE EXCEPTION '%', translated('memo %s is %s and cannot be deleted', OLD.id, OLD.state)
                USING ERRCODE = 'object_not_in_prerequisite_state';
        END IF;
        RETURN OLD;
    ELSIF NEW.state <> OLD.state THEN
        IF NOT is_owner THEN
            RAISE EXCEPTION '%', translated('the state of a memo cannot be written by hand')
                USING ERRCODE = 'insufficient_privilege',
                      HINT = translated('Call submit_memo, approve_memo, reject_memo or apply_memo.');
        ELSIF NOT memo_step_is_legal(OLD.state, NEW.state) THEN
            RAISE EXCEPTION '%', translated('memo %s is %s and cannot become %s', OLD.id, OLD.state, NEW.state)
                USING ERRCODE = 'object_not_in_prerequisite_state';
        END IF;
        INSERT INTO change_log (table_name, row_key, operation, column_name, old_value, new_value, changed_by)
        VALUES (TG_TABLE_NAME, OLD.id, 'update', 'state', OLD.state, NEW.state, calling_role());
    END IF;
    IF (NEW.id, NEW.author, NEW.created_at) IS DISTINCT FROM (OLD.id, OLD.author, OLD.created_at)
        OR (OLD.state <> 'draft' AND NEW.reason IS DISTINCT FROM OLD.reason)
        -- A client card that is found to be needed may still be added.
        OR (OLD.state <> 'draft' AND NEW.client_card IS DISTINCT FROM OLD.client_card
            AND (OLD.client_card IS NOT NULL OR OLD.state NOT IN ('submitted', 'approved')))
    THEN
        RAISE EXCEPTION '%', translated('memo %s is %s and cannot be changed', OLD.id, OLD.state)
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = translated('Its reason and client card can be written while it is a draft, its number, author and date never.');
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION memo_changed() IS
'Keeps a memo to its life: its author writes the draft, and only legal steps follow. BEFORE INSERT, UPDATE or DELETE FOR EACH ROW.';
CREATE TRIGGER memo_changed BEFORE INSERT OR UPDATE OR DELETE ON memo
FOR EACH ROW EXECUTE FUNCTION memo_changed();
COMMENT ON TRIGGER memo_changed ON memo IS 'Refuses what is not the author''s draft or a legal step.';

CREATE FUNCTION memo_item_changed() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    is_owner CONSTANT boolean := owns_schema(TG_TABLE_SCHEMA);
    written memo;
BEGIN
    -- Locked, so that a submission waits for the items or is waited for.
    FOR written IN
        SELECT m.* FROM memo m WHERE m.id IN (SELECT c.memo_id FROM changed_rows c) ORDER BY m.id FOR SHARE OF m
    LOOP
        CONTINUE WHEN is_owner AND TG_OP = 'INSERT' AND written.state <> 'submitted'; -- loads
        IF NOT is_owner AND written.author <> current_user THEN
            RAISE EXCEPTION '%', translated('memo %s is not yours', written.id)
                USING ERRCODE = 'insufficient_privilege', DETAIL = translated('Its author is "%s".', written.author);
        ELSIF written.state <> 'draft' THEN
            RAISE EXCEPTION '%', translated('memo %s is %s and its items cannot be changed', written.id, written.state)
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      HINT = translated('Write another memo.');
        ELSIF EXISTS (SELECT FROM changed_rows c WHERE c.memo_id = written.id AND c.used_at IS NOT NULL) THEN
            RAISE EXCEPTION '%', translated('an item of draft memo %s cannot have been used', written.id)
                USING ERRCODE = 'object_not_in_prerequisite_state';
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION memo_item_changed() IS
'Lets the author alone write items, while the memo is a draft. AFTER INSERT, UPDATE or DELETE FOR EACH STATEMENT, with a transition table changed_rows.';
CREATE TRIGGER memo_item_inserted AFTER INSERT ON memo_item
REFERENCING NEW TABLE AS changed_rows
FOR EACH STATEMENT EXECUTE FUNCTION memo_item_changed();
CREATE TRIGGER memo_item_updated_from AFTER UPDATE ON memo_item
REFERENCING OLD TABLE AS changed_rows
FOR EACH STATEMENT EXECUTE FUNCTION memo_item_changed();
CREATE TRIGGER memo_item_updated_to AFTER UPDATE ON memo_item
REFERENCING NEW TABLE AS changed_rows
FOR EACH STATEMENT EXECUTE FUNCTION memo_item_changed();
CREATE TRIGGER memo_item_deleted AFTER DELETE ON memo_item
REFERENCING OLD TABLE AS changed_rows
FOR EACH STATEMENT EXECUTE FUNCTION memo_item_changed();
COMMENT ON TRIGGER memo_item_inserted ON memo_item IS 'Refuses items of another''s or a submitted memo.';
COMMENT ON TRIGGER memo_item_updated_from ON memo_item IS 'Refuses changes of items of another''s or a submitted memo.';
COMMENT ON TRIGGER memo_item_updated_to ON memo_item IS 'Refuses changes that give an item to such a memo.';
COMMENT ON TRIGGER memo_item_deleted ON memo_item IS 'Refuses to delete items of another''s or a submitted memo.';

-- Whatever has been granted, nobody else writes words, authority or norms.
DO $$
DECLARE
    owned text;
BEGIN
    FOREACH owned IN ARRAY ARRAY[
        'memo_approval', 'authority', 'rule', 'policy',
        'norm_tenure', 'norm_specialization', 'norm_client_group', 'norm_potential', 'norm_position']
    LOOP
        EXECUTE pg_catalog.format(
            'CREATE TRIGGER owner_only BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %1$I '
            'FOR EACH STATEMENT EXECUTE FUNCTION kbnorms.owner_only();'
            'COMMENT ON TRIGGER owner_only ON %1$I IS ''Refuses changes by anybody but the owner of the base.'';', owned);
    END LOOP;
END
$$;

-- Whose word a memo needs, and who may give it

CREATE FUNCTION authority_over(capacity kbnorms.capacity, unit_id bigint) RETURNS SETOF authority
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH RECURSIVE above (id, parent_id) AS (
        SELECT u.id, u.parent_id FROM unit u WHERE u.id = authority_over.unit_id
        UNION
        SELECT u.id, u.parent_id FROM above JOIN unit u ON u.id = above.parent_id
    )
    SELECT a.*
    FROM authority a
    WHERE a.capacity = authority_over.capacity
        AND (a.since IS NULL OR a.since <= kbnorms.today())
        AND (a.until IS NULL OR a.until > kbnorms.today())
        AND (a.unit_id IS NULL OR a.unit_id IN (SELECT above.id FROM above));
END;
COMMENT ON FUNCTION authority_over(kbnorms.capacity, bigint) IS
'The rows of authority by which somebody may act today in a capacity for a unit; no unit: for the whole tree.';

CREATE TYPE memo_word AS (capacity text, unit_id integer, unit_name text, given boolean, items bigint, role_names text);
COMMENT ON TYPE memo_word IS 'A word that a memo needs; row of memo_words.';
COMMENT ON COLUMN memo_word.capacity IS 'In what capacity it is given; client_card stands for the client card.';
COMMENT ON COLUMN memo_word.unit_id IS 'For which unit; NULL is the whole tree.';
COMMENT ON COLUMN memo_word.unit_name IS 'Its name.';
COMMENT ON COLUMN memo_word.given IS 'Whether the memo has it.';
COMMENT ON COLUMN memo_word.items IS 'How many items need it.';
COMMENT ON COLUMN memo_word.role_names IS 'The database roles that may give it today.';

CREATE FUNCTION memo_words(memo_id bigint) RETURNS SETOF memo_word
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    SELECT w.capacity, w.unit_id, u.name, w.given, w.items,
        CASE w.capacity
            WHEN 'client_card' THEN (SELECT m.author FROM memo m WHERE m.id = memo_words.memo_id)
            ELSE (
                SELECT string_agg(DISTINCT a.role_name, ', ' ORDER BY a.role_name)
                FROM authority_over(w.capacity::kbnorms.capacity, w.unit_id) a)
        END
    FROM (
        SELECT n.capacity, n.unit_id, bool_and(n.given) AS given, count(*) AS items
        FROM kbnorms.memo_words(this_base(), memo_words.memo_id) n
        GROUP BY n.capacity, n.unit_id
    ) w
    LEFT JOIN unit u ON u.id = w.unit_id;
END;
COMMENT ON FUNCTION memo_words(bigint) IS
'The words that a memo needs by the posts of today, a client card among them, whether it has them and who may give them. A memo of links alone needs none.';

CREATE VIEW memo_queue WITH (security_invoker = true) AS
SELECT m.id AS memo_id, m.state::text AS state, m.author, m.reason,
    w.capacity, w.unit_id, w.unit_name, w.role_names, w.items, m.created_at
FROM memo m
CROSS JOIN LATERAL memo_words(m.id) w
WHERE m.state IN ('submitted', 'approved') AND NOT w.given;
COMMENT ON VIEW memo_queue IS
'What waits for whose word: one row for each word that a submitted memo lacks, or that an approved one has come to need.';
COMMENT ON COLUMN memo_queue.memo_id IS 'Memo.';
COMMENT ON COLUMN memo_queue.state IS 'Its state: submitted, or approved where posts have changed since.';
COMMENT ON COLUMN memo_queue.author IS 'Database role that wrote it.';
COMMENT ON COLUMN memo_queue.reason IS 'Why the changes are asked for.';
COMMENT ON COLUMN memo_queue.capacity IS 'In what capacity the word is to be given; client_card: the author is to add the client card.';
COMMENT ON COLUMN memo_queue.unit_id IS 'Unit that it is to be given for; NULL is the whole tree.';
COMMENT ON COLUMN memo_queue.unit_name IS 'Its name.';
COMMENT ON COLUMN memo_queue.role_names IS 'The database roles that may give it today.';
COMMENT ON COLUMN memo_queue.items IS 'How many items need it.';
COMMENT ON COLUMN memo_queue.created_at IS 'When the memo was written.';

CREATE VIEW memo_history WITH (security_invoker = true) AS
SELECT m.id AS memo_id, 'draft' AS step, m.author AS done_by, NULL AS acting_for,
    NULL AS capacity, NULL::integer AS unit_id, NULL AS why, m.created_at AS done_at
FROM memo m
UNION ALL
SELECT l.row_key::bigint, l.new_value, l.changed_by, l.acting_for, NULL, NULL, NULL, l.changed_at
FROM change_log l
WHERE l.table_name = 'memo' AND l.column_name = 'state'
UNION ALL
SELECT a.memo_id, CASE WHEN a.approved THEN 'word' ELSE 'refusal' END, a.decided_by, a.acting_for,
    a.capacity::text, a.unit_id, a.why, a.decided_at
FROM memo_approval a
UNION ALL
SELECT m.id, 'applied', l.changed_by, l.acting_for, NULL, NULL, NULL, l.changed_at
FROM memo m
JOIN (
    SELECT DISTINCT ON (b.memo_id) b.* FROM binding_log b WHERE b.memo_id IS NOT NULL ORDER BY b.memo_id, b.id DESC
) l ON l.memo_id = m.id
WHERE m.state = 'applied';
COMMENT ON VIEW memo_history IS
'Every step of a memo and every word given on it: who, when. Applied is whoever used its last item.';
COMMENT ON COLUMN memo_history.memo_id IS 'Memo.';
COMMENT ON COLUMN memo_history.step IS 'The state that it came to, or word or refusal for what somebody said of it.';
COMMENT ON COLUMN memo_history.done_by IS 'Database role that did it.';
COMMENT ON COLUMN memo_history.acting_for IS 'Person behind the role, as the session says in kbnorms.acting_for; not verified.';
COMMENT ON COLUMN memo_history.capacity IS 'Capacity that a word was given in.';
COMMENT ON COLUMN memo_history.unit_id IS 'Unit that a word was given for.';
COMMENT ON COLUMN memo_history.why IS 'Why it was refused.';
COMMENT ON COLUMN memo_history.done_at IS 'When.';

-- The steps

CREATE FUNCTION lock_memo(memo_id bigint) RETURNS memo
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    found_memo memo;
BEGIN
    -- As the engine locks it when it uses an item; items wait for it too.
    SELECT * INTO found_memo FROM memo m WHERE m.id = lock_memo.memo_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION '%', translated('memo %s does not exist', coalesce(memo_id::text, 'NULL')) USING ERRCODE = 'no_data_found';
    END IF;
    RETURN found_memo;
END
$$;
COMMENT ON FUNCTION lock_memo(bigint) IS 'Reads a memo that is about to make a step, and locks it.';

CREATE FUNCTION spoken_by(memo_id bigint)
RETURNS TABLE (capacity kbnorms.capacity, unit_id integer, given boolean, role_name text, deputy_for text)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    -- By his own role's authority rather than that of a group that he is in.
    SELECT DISTINCT ON (w.capacity, w.unit_id) a.capacity, w.unit_id, w.given, a.role_name,
        CASE WHEN a.until IS NOT NULL THEN (
            SELECT string_agg(DISTINCT o.role_name, ', ' ORDER BY o.role_name)
            FROM authority o
            WHERE o.capacity = a.capacity AND o.unit_id IS NOT DISTINCT FROM a.unit_id
                AND (o.since IS NULL OR o.since <= kbnorms.today()) AND o.until IS NULL)
        END
    FROM memo_words(spoken_by.memo_id) w
    CROSS JOIN LATERAL authority_over(w.capacity::kbnorms.capacity, w.unit_id) a
    WHERE w.capacity <> 'client_card' AND kbnorms.acts_as(a.role_name)
    ORDER BY w.capacity, w.unit_id, a.role_name <> kbnorms.calling_role(), a.id;
END;
COMMENT ON FUNCTION spoken_by(bigint) IS
'The words that a memo needs and the calling role may give, by which role''s authority, and for whom a deputy stands in.';

CREATE FUNCTION give_words(memo_id bigint) RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    INSERT INTO memo_approval (memo_id, capacity, unit_id, role_name, decided_by, approved, deputy_for)
    SELECT give_words.memo_id, s.capacity, s.unit_id, s.role_name, kbnorms.calling_role(), true, s.deputy_for
    FROM spoken_by(give_words.memo_id) s
    WHERE NOT s.given;
END;
COMMENT ON FUNCTION give_words(bigint) IS
'Gives a memo every word that it lacks and the calling role may give.';

CREATE FUNCTION settle_memo(memo_id bigint) RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    UPDATE memo m SET state = 'approved'
    WHERE m.id = settle_memo.memo_id AND m.state = 'submitted'
        AND NOT EXISTS (SELECT FROM memo_words(settle_memo.memo_id) w WHERE NOT w.given);
END;
COMMENT ON FUNCTION settle_memo(bigint) IS
'Makes a submitted memo an approved one where no word is missing.';

CREATE FUNCTION submit_memo(memo_id bigint) RETURNS SETOF memo_word
LANGUAGE plpgsql VOLATILE SECURITY DEFINER -- writes state and words
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    submitted CONSTANT memo := lock_memo(memo_id);
BEGIN
    IF submitted.author <> calling_role() THEN
        RAISE EXCEPTION '%', translated('memo %s is not yours to submit', submitted.id)
            USING ERRCODE = 'insufficient_privilege', DETAIL = translated('Its author is "%s".', submitted.author);
    ELSIF submitted.state NOT IN ('draft', 'submitted') THEN
        RAISE EXCEPTION '%', translated('memo %s is %s and cannot be submitted', submitted.id, submitted.state)
            USING ERRCODE = 'object_not_in_prerequisite_state';
    ELSIF submitted.reason IS NULL THEN
        RAISE EXCEPTION '%', translated('memo %s has no reason', submitted.id)
            USING ERRCODE = 'check_violation', CONSTRAINT = 'memo_reason_given',
                  SCHEMA = (SELECT n.nspname FROM pg_namespace n WHERE n.oid = this_base()), TABLE = 'memo',
                  HINT = translated('Write why the changes are asked for; out of the pool, why its standard conditions do not realise the potential.');
    ELSIF NOT EXISTS (SELECT FROM memo_item i WHERE i.memo_id = submitted.id) THEN
        RAISE EXCEPTION '%', translated('memo %s has no items', submitted.id)
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = translated('Say what is to be changed, by INSERT INTO memo_item or by add_account.');
    ELSIF EXISTS (
        SELECT FROM memo_item i
        WHERE i.memo_id = submitted.id AND (i.change IS NULL OR i.organization_id IS NULL))
    THEN
        RAISE EXCEPTION '%', translated('an item of memo %s names no change or no organization', submitted.id)
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    -- Once: who submits again, to see what is missing, gives no further word.
    IF submitted.state = 'draft' THEN
        UPDATE memo m SET state = 'submitted' WHERE m.id = submitted.id;
        PERFORM give_words(submitted.id);
    END IF;
    PERFORM settle_memo(submitted.id);
    RETURN QUERY SELECT * FROM memo_words(submitted.id);
END
$$;
COMMENT ON FUNCTION submit_memo(bigint) IS
'Submits a draft, for its author: returns the words that it needs, gives those that he may give himself, and approves the memo where none is missing. Of a memo submitted already, looks again.';

CREATE FUNCTION approve_memo(memo_id bigint) RETURNS SETOF memo_word
LANGUAGE plpgsql VOLATILE SECURITY DEFINER -- writes words and state
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    judged CONSTANT memo := lock_memo(memo_id);
BEGIN
    -- Nor may he who is logged in as the author and has taken another role.
    IF acts_as(judged.author) OR (session_user = judged.author
        AND NOT (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = session_user))
    THEN
        RAISE EXCEPTION '%', translated('memo %s is your own', judged.id)
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = translated('Its author has said his word by submitting it.'),
                  HINT = translated('Ask somebody else who has the authority; memo_queue names them.');
    ELSIF NOT EXISTS (SELECT FROM spoken_by(judged.id)) THEN
        RAISE EXCEPTION '%', translated('memo %s needs no word of role "%s"', judged.id, calling_role())
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = coalesce((
                      SELECT translated('It needs: %s.', string_agg(concat_ws(', ',
                              translated('%s of %s (%s)', w.capacity, coalesce(w.unit_name, translated('all units')),
                                  coalesce(w.role_names, translated('nobody has this authority'))),
                              CASE WHEN w.given THEN translated('which it has') END), '; '))
                      FROM memo_words(judged.id) w
                      HAVING count(*) > 0), translated('It needs nobody''s word.')),
                  HINT = translated('Whose word counts is in table authority; it is granted by grant_access.');
    ELSIF judged.state NOT IN ('submitted', 'approved') THEN
        RAISE EXCEPTION '%', translated('memo %s is %s and cannot be approved', judged.id, judged.state)
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    PERFORM give_words(judged.id);
    PERFORM settle_memo(judged.id);
    RETURN QUERY SELECT * FROM memo_words(judged.id);
END
$$;
COMMENT ON FUNCTION approve_memo(bigint) IS
'Gives a memo every word that it lacks and the caller may give, also one that an approved memo has come to need; approves it where none is missing then. Returns all words that it needs.';

CREATE FUNCTION reject_memo(memo_id bigint, why text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER -- writes words and state
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    judged CONSTANT memo := lock_memo(memo_id);
BEGIN
    IF why IS NULL OR why !~ '\S' THEN
        RAISE EXCEPTION '%', translated('a memo is not rejected without saying why')
            USING ERRCODE = 'invalid_parameter_value', HINT = translated('SELECT reject_memo(memo_id, ''why'').');
    ELSIF judged.author = calling_role() AND judged.state <> 'draft' THEN
        NULL; -- he takes it back
    ELSIF NOT EXISTS (SELECT FROM spoken_by(judged.id)) THEN
        RAISE EXCEPTION '%', translated('memo %s needs no word of role "%s"', judged.id, calling_role())
            USING ERRCODE = 'insufficient_privilege',
                  HINT = translated('A memo is rejected by whoever may give a word that it needs, or taken back by its author.');
    END IF;
    IF judged.state NOT IN ('submitted', 'approved') THEN
        RAISE EXCEPTION '%', translated('memo %s is %s and cannot be rejected', judged.id, judged.state)
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    INSERT INTO memo_approval (memo_id, capacity, unit_id, role_name, decided_by, approved, deputy_for, why)
    SELECT judged.id, s.capacity, s.unit_id, coalesce(s.role_name, calling_role()), calling_role(), false, s.deputy_for, reject_memo.why
    FROM (SELECT) one
    LEFT JOIN spoken_by(judged.id) s ON true;
    UPDATE memo m SET state = 'rejected' WHERE m.id = judged.id;
END
$$;
COMMENT ON FUNCTION reject_memo(bigint, text) IS
'Rejects a memo, for whoever may give a word that it needs; its author may take it back. What has been applied of it stays.';

-- Writing and applying

CREATE FUNCTION add_account(
    memo_id bigint, change kbnorms.change_kind, organization_id bigint,
    from_manager_id bigint DEFAULT NULL, to_manager_id bigint DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    account CONSTANT integer := (SELECT o.account_id FROM organization o WHERE o.id = add_account.organization_id);
    added bigint;
BEGIN
    IF change NOT IN ('bind', 'move', 'unbind') THEN
        RAISE EXCEPTION '%', translated('add_account writes no items of kind %s', change)
            USING ERRCODE = 'invalid_parameter_value', HINT = translated('Write a link or unlink by INSERT INTO memo_item.');
    ELSIF account IS NULL THEN
        RAISE EXCEPTION '%', translated('organization %s does not exist', coalesce(organization_id::text, 'NULL'))
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    INSERT INTO memo_item (memo_id, item_no, change, organization_id, from_manager_id, to_manager_id, additional)
    SELECT add_account.memo_id,
        (SELECT coalesce(max(i.item_no), 0) FROM memo_item i WHERE i.memo_id = add_account.memo_id) + row_number() OVER (ORDER BY o.id),
        add_account.change, o.id, add_account.from_manager_id, add_account.to_manager_id, coalesce(b.additional, false)
    FROM organization o
    LEFT JOIN binding b ON b.organization_id = o.id AND b.manager_id = add_account.from_manager_id
    WHERE o.account_id = account
        AND CASE add_account.change
            WHEN 'bind' THEN NOT EXISTS (
                SELECT FROM binding h
                WHERE h.organization_id = o.id AND (NOT h.additional OR h.manager_id = add_account.to_manager_id))
            ELSE b.manager_id IS NOT NULL
        END;
    GET DIAGNOSTICS added = ROW_COUNT;
    IF added = 0 THEN
        RAISE EXCEPTION '%', translated('no organization of account %s is there to %s', account, change)
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = CASE change
                      WHEN 'bind' THEN translated('Each of them has a main manager already.')
                      ELSE translated('Manager %s holds none of them.', coalesce(from_manager_id::text, 'NULL')) END;
    END IF;
    RETURN added;
END
$$;
COMMENT ON FUNCTION add_account(bigint, kbnorms.change_kind, bigint, bigint, bigint) IS
'Writes an item for every organization of a client: move and unbind for those that from_manager_id holds, bind for those without a main manager. Returns how many.';

CREATE FUNCTION require_all_changed(memo_id bigint, change kbnorms.change_kind, wanted bigint, changed bigint) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    misfit memo_item;
BEGIN
    IF changed = wanted THEN
        RETURN;
    END IF;
    SELECT * INTO misfit FROM memo_item i
    WHERE i.memo_id = require_all_changed.memo_id AND i.change = require_all_changed.change AND i.used_at IS NULL
    ORDER BY i.item_no LIMIT 1;
    RAISE EXCEPTION '%', translated('memo %s cannot be applied: %s of its %s items of kind %s fit what is bound now', memo_id, changed, wanted, change)
        USING ERRCODE = 'object_not_in_prerequisite_state',
              DETAIL = translated('The first that does not is item %s, on organization %s.', misfit.item_no, misfit.organization_id),
              HINT = translated('Bindings or links have changed since it was written; write another memo.');
END
$$;
COMMENT ON FUNCTION require_all_changed(bigint, kbnorms.change_kind, bigint, bigint) IS
'Raises an error where a statement of apply_memo has changed less than the memo says.';

CREATE FUNCTION apply_memo(memo_id bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    applied memo;
    unlinks bigint;
    links bigint;
    unbinds bigint;
    moves bigint;
    binds bigint;
    changed bigint;
BEGIN
    -- Who applies the same memo waits here, not in the middle of the changes.
    PERFORM pg_advisory_xact_lock(hashtextextended(this_base()::oid::text, memo_id));
    SELECT * INTO applied FROM memo m WHERE m.id = apply_memo.memo_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION '%', translated('memo %s does not exist', coalesce(memo_id::text, 'NULL')) USING ERRCODE = 'no_data_found';
    ELSIF applied.state <> 'approved' THEN
        RAISE EXCEPTION '%', translated('memo %s is %s and cannot be applied', applied.id, applied.state)
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = coalesce((
                      SELECT translated('It lacks: %s.', string_agg(translated('%s of %s', w.capacity, coalesce(w.unit_name, translated('all units'))), ', '))
                      FROM memo_words(applied.id) w
                      WHERE applied.state = 'submitted' AND NOT w.given
                      HAVING count(*) > 0), translated('Only an approved memo can be.'));
    END IF;
    SELECT count(*) FILTER (WHERE i.change = 'unlink'), count(*) FILTER (WHERE i.change = 'link'),
        count(*) FILTER (WHERE i.change = 'unbind'), count(*) FILTER (WHERE i.change = 'move'),
        count(*) FILTER (WHERE i.change = 'bind')
    INTO unlinks, links, unbinds, moves, binds
    FROM memo_item i
    WHERE i.memo_id = applied.id AND i.used_at IS NULL;

    IF unlinks > 0 THEN
        UPDATE organization o SET head_id = NULL
        FROM memo_item i
        WHERE i.memo_id = applied.id AND i.change = 'unlink' AND i.used_at IS NULL
            AND o.id = i.organization_id AND o.head_id = i.head_id;
        GET DIAGNOSTICS changed = ROW_COUNT;
        PERFORM require_all_changed(applied.id, 'unlink', unlinks, changed);
    END IF;
    IF links > 0 THEN
        UPDATE organization o SET head_id = i.head_id
        FROM memo_item i
        WHERE i.memo_id = applied.id AND i.change = 'link' AND i.used_at IS NULL
            AND o.id = i.organization_id AND o.head_id IS NULL;
        GET DIAGNOSTICS changed = ROW_COUNT;
        PERFORM require_all_changed(applied.id, 'link', links, changed);
    END IF;
    IF unbinds > 0 THEN
        DELETE FROM binding b
        USING memo_item i
        WHERE i.memo_id = applied.id AND i.change = 'unbind' AND i.used_at IS NULL
            AND b.organization_id = i.organization_id AND b.manager_id = i.from_manager_id AND b.additional = i.additional;
        GET DIAGNOSTICS changed = ROW_COUNT;
        PERFORM require_all_changed(applied.id, 'unbind', unbinds, changed);
    END IF;
    IF moves > 0 THEN
        UPDATE binding b
        SET manager_id = i.to_manager_id, additional = i.additional, territory_exception = i.territory_exception
        FROM memo_item i
        WHERE i.memo_id = applied.id AND i.change = 'move' AND i.used_at IS NULL
            AND b.organization_id = i.organization_id AND b.manager_id = i.from_manager_id;
        GET DIAGNOSTICS changed = ROW_COUNT;
        PERFORM require_all_changed(applied.id, 'move', moves, changed);
    END IF;
    IF binds > 0 THEN
        -- A bind of a pair that is there changes what is said of it.
        INSERT INTO binding AS b (organization_id, manager_id, additional, territory_exception)
        SELECT i.organization_id, i.to_manager_id, i.additional, i.territory_exception
        FROM memo_item i
        WHERE i.memo_id = applied.id AND i.change = 'bind' AND i.used_at IS NULL
        ORDER BY i.organization_id
        ON CONFLICT (organization_id, manager_id) DO UPDATE
        SET additional = excluded.additional, territory_exception = coalesce(excluded.territory_exception, b.territory_exception)
        WHERE b.additional <> excluded.additional
            OR b.territory_exception IS DISTINCT FROM coalesce(excluded.territory_exception, b.territory_exception);
        GET DIAGNOSTICS changed = ROW_COUNT;
        PERFORM require_all_changed(applied.id, 'bind', binds, changed);
    END IF;
    RETURN unlinks + links + unbinds + moves + binds;
END
$$;
COMMENT ON FUNCTION apply_memo(bigint) IS
'Makes all changes of an approved memo that have not been made yet, or none: a statement each of unlink, link, unbind, move and bind, as whoever calls. Returns how many.';

-- Which database role may act as what, and the rights that this takes.

CREATE FUNCTION rights_of(capacity kbnorms.capacity) RETURNS SETOF text
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
    RETURN NEXT format('SELECT ON ALL TABLES IN SCHEMA %s', this_base());
    RETURN QUERY
    SELECT format('EXECUTE ON FUNCTION %s', string_agg(p.oid::regprocedure::text, ', '))
    FROM pg_proc p
    WHERE p.pronamespace = this_base() AND p.prokind = 'f'
        AND (p.provolatile <> 'v' -- reports
            OR (writes AND p.proname IN ('submit_memo', 'add_account', 'reject_memo', 'propose_handover', 'add_handover_items'))
            OR (approves AND p.proname IN ('approve_memo', 'reject_memo'))
            OR (applies AND p.proname = 'apply_memo'));
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
COMMENT ON FUNCTION rights_of(kbnorms.capacity) IS
'The rights that a capacity takes, as GRANT and REVOKE name them. Every capacity may read.';

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
    END IF;
END
$$;
COMMENT ON FUNCTION revoke_access(text, kbnorms.capacity, bigint) IS
'Ends what grant_access began: from today the role may not act so any more, and loses the rights that no other row of authority takes. What it was stays on record. For the owner of the base.';

-- Whoever lays out a base owns it; nobody else can do anything yet.
REVOKE ALL ON ALL ROUTINES IN SCHEMA @base@ FROM PUBLIC;

$kbnorms_base$::text $kbnorms_function$;
COMMENT ON FUNCTION kbnorms.client_base_script() IS
'The SQL that lays out a client base; @base@ stands for its schema, @memo_rules@ for what memo, approval and applicant do. Used by create_client_base.';
