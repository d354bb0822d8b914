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
