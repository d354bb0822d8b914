# What a client base and the extension are made of, as text to compare.
package BaseCatalog;
use strict;
use warnings;

use Exporter 'import';
use Test::More;

our @EXPORT = qw(objects_of rows_of extension_objects is_same);

# Everything that a schema holds, and what is said and granted of it; a line an
# object.  The order of a table's columns is not told, nor its name in another
# schema than its own.
sub objects_of
{
	my ($node, $database, $base) = @_;
	return $node->safe_psql($database, qq{
		WITH base AS (SELECT '$base'::regnamespace AS oid),
		object (kind, definition, class, id, part, acl, owner) AS (
			SELECT 'schema', nspname::text, 'pg_namespace', n.oid, 0, nspacl, nspowner
			FROM pg_namespace n JOIN base USING (oid)
			UNION ALL
			SELECT 'routine', format('%s %s', p.oid::regprocedure, pg_get_functiondef(p.oid)), 'pg_proc', p.oid, 0, proacl, proowner
			FROM pg_proc p, base WHERE pronamespace = base.oid AND prokind IN ('f', 'p')
			UNION ALL
			SELECT 'trigger', format('%s %s', pg_get_triggerdef(t.oid), tgenabled), 'pg_trigger', t.oid, 0, NULL, 0
			FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid, base WHERE relnamespace = base.oid AND NOT tgisinternal
			UNION ALL
			SELECT 'constraint', format('%s %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(k.oid), convalidated),
				'pg_constraint', k.oid, 0, NULL, 0
			FROM pg_constraint k, base WHERE connamespace = base.oid
			UNION ALL
			SELECT 'relation', format('%s %s %s %s %s', c.oid::regclass, relkind, reloptions, relpersistence,
				CASE WHEN relkind IN ('i', 'I') THEN pg_get_indexdef(c.oid) ELSE pg_get_viewdef(c.oid) END), 'pg_class', c.oid, 0, relacl, relowner
			FROM pg_class c, base WHERE relnamespace = base.oid
			UNION ALL
			SELECT 'sequence', format('%s %s %s %s %s %s %s %s', seqrelid::regclass, seqtypid::regtype, seqstart, seqincrement, seqmax, seqmin, seqcache, seqcycle),
				'pg_class', seqrelid, 0, NULL, 0
			FROM pg_sequence JOIN pg_class c ON c.oid = seqrelid, base WHERE relnamespace = base.oid
			UNION ALL
			SELECT 'column', format('%s %s %s %s %s%s%s %s', attrelid::regclass, CASE WHEN relkind IN ('v', 'c') THEN attnum END, attname,
				format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated, pg_get_expr(adbin, adrelid)),
				'pg_class', attrelid, attnum, attacl, 0
			FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid CROSS JOIN base
			LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
			WHERE relnamespace = base.oid AND relkind NOT IN ('i', 'I', 'S') AND attnum > 0 AND NOT attisdropped
			UNION ALL
			SELECT 'type', format('%s %s', t.oid::regtype, typtype), 'pg_type', t.oid, 0, typacl, typowner
			FROM pg_type t, base WHERE typnamespace = base.oid
		)
		SELECT kind, replace(definition, E'\\n', ' '),
			CASE WHEN part = 0 THEN obj_description(id, class) ELSE col_description(id, part) END,
			(SELECT array_agg(format('%s=%s', grantee::regrole, privilege_type) ORDER BY grantee::regrole::text, privilege_type) FROM aclexplode(acl)),
			nullif(owner, 0)::regrole
		FROM object ORDER BY 1, 2});
}

# All rows of all tables of a base, by the named columns only where they are
# given as 'table.column'.
sub rows_of
{
	my ($node, $database, $base, @columns) = @_;
	my $named = join(', ', map { "'$_'" } @columns, '');
	my $query = $node->safe_psql($database, qq{
		SELECT string_agg(q, ' UNION ALL ' ORDER BY q) || ' ORDER BY 1, 2'
		FROM (
			SELECT format('SELECT %L, ROW(%s)::text FROM %s t', c.relname, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname), c.oid::regclass) AS q
			FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
			WHERE c.relnamespace = '$base'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
				AND (} . (@columns ? 'false' : 'true') . qq{ OR format('%s.%s', c.relname, a.attname) IN ($named))
			GROUP BY c.oid) AS q});
	return $node->safe_psql($database, $query);
}

# Every member of the extension, with what its functions are.
sub extension_objects
{
	my ($node, $database) = @_;
	return $node->safe_psql($database, q{
		SELECT pg_describe_object(d.classid, d.objid, 0),
			replace(pg_get_functiondef(p.oid), E'\n', ' '), p.proacl,
			(SELECT array_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid),
			(SELECT array_agg(format('%s %s %s', attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum)) ORDER BY attnum)
			 FROM pg_attribute WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped),
			(SELECT string_agg(description, '') FROM pg_description c WHERE c.objoid = d.objid AND c.classoid = d.classid AND c.objsubid = 0)
		FROM pg_depend d
		JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
		LEFT JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid AND p.prokind IN ('f', 'p')
		LEFT JOIN pg_type t ON d.classid = 'pg_type'::regclass AND t.oid = d.objid
		WHERE e.extname = 'kbnorms' AND d.deptype = 'e'
		ORDER BY 1});
}

# Compare line by line, and show only what differs.
sub is_same
{
	my ($got, $expected, $what) = @_;
	my %got = map { $_ => 1 } split /\n/, $got;
	my %expected = map { $_ => 1 } split /\n/, $expected;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return is(join("\n", map { substr $_, 0, 500 } grep { !$expected{$_} } sort keys %got),
		join("\n", map { substr $_, 0, 500 } grep { !$got{$_} } sort keys %expected), $what);
}

1;
