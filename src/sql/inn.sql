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
