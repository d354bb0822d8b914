# A client base in a dump: what no rule would let in today comes back as it
# was, and the restored base judges as the first one did.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use BaseCatalog;

my $node = PostgreSQL::Test::Cluster->new('dump_restore');
$node->init;
$node->append_conf('postgresql.conf', "kbnorms.today = '2010-07-15'");
$node->start;

# 41 accounts where 40 are allowed, one of a group and a city that are not his;
# a norm of the company's own; a change, a link, a run and a month in the records.
$node->safe_psql('postgres', q{
	CREATE EXTENSION kbnorms;
	CREATE ROLE owner LOGIN;
	GRANT CREATE ON DATABASE postgres TO owner;
	SET ROLE owner;
	CALL kbnorms.create_client_base('kb', memos => false);
	SET search_path = kb;
	INSERT INTO unit (kind, name, city) VALUES ('office', 'ОП', 'Тверь');
	INSERT INTO manager (personnel_no, full_name, hired_on, novice_since)
	VALUES ('1', 'Иванов', '2009-01-01', '2009-02-01'), ('2', 'Петров', '2009-01-01', '2009-02-01');
	INSERT INTO manager_post (manager_id, since, "position", specialization, unit_id)
	SELECT id, '2009-01-01', 'manager', 'universal', 1 FROM manager;
	INSERT INTO organization (name, client_group, potential, city)
	SELECT 'Организация ' || n, 'emo', 'A', 'Тверь' FROM generate_series(1, 50) n;
	UPDATE organization SET client_group = 'chain', city = 'Псков' WHERE id = 41;
	UPDATE organization SET head_id = 50 WHERE id = 49;
	CREATE TEMP TABLE old_system AS SELECT id AS organization_id, 1 AS manager_id, date '2009-03-01' AS bound_on
	FROM organization WHERE id <= 41;
	SELECT import_bindings('old_system');
	INSERT INTO norm_tenure (specialization, from_month, effective_from, max_accounts) VALUES ('universal', 12, '2010-07-01', 2);
	UPDATE binding SET manager_id = 2 WHERE organization_id = 1;
	INSERT INTO turnover VALUES (1, '2010-06', 20000.50, '2010-06-30'), (2, '2010-06', 10, NULL);
	CALL unbind_inactive(dry_run => true);
	UPDATE rule SET enforcement = 'warn' WHERE code = 'territory';
	SELECT close_month('2010-05');
});

# What a statement raises: SQLSTATE and constraint.
sub error_of
{
	my ($database, $statement) = @_;
	my ($status, $out, $err) = $node->psql($database, "\\set VERBOSITY verbose\n$statement");
	my ($state, $fields) = $err =~ /ERROR:  (\w{5})(.*)/s;
	my ($rule) = ($fields // '') =~ /CONSTRAINT NAME:  (\w+)/;
	return join(' ', grep { defined } $state, $rule);
}

# A constant without a name gets one from its type when what it is in is read
# anew; it is shown nowhere.
sub unnamed { return $_[0] =~ s/(::[\w.]+(?:\[\])?) AS "?\w+"?/$1/gr; }

my $rows = rows_of($node, 'postgres', 'kb');
my $made_of = objects_of($node, 'postgres', 'kb');
like($rows, qr{^binding\|\(f,2009-03-01,1,41,\)$}m, 'the base holds what no rule would let in');

my $dir = PostgreSQL::Test::Utils::tempdir;
my %way = (
	plain => [ [ '--format=plain' ], sub { [ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $_[0], '-f', $_[1] ] } ],
	parallel => [ [ '--format=directory' ], sub { [ 'pg_restore', '--exit-on-error', '--jobs=4', '-d', $_[0], $_[1] ] } ],
	# By its owner, who is no superuser, into a database where the extension is.
	by_owner => [ [ '--format=custom', '--schema=kb' ],
		sub { [ 'pg_restore', '--exit-on-error', '--no-owner', '--username=owner', '-d', $_[0], $_[1] ] } ]);
for my $way (sort keys %way)
{
	my ($options, $restore) = @{ $way{$way} };
	$node->command_ok([ 'pg_dump', @$options, "--file=$dir/$way", '-d', $node->connstr('postgres') ], "$way: dumped");
	$node->safe_psql('postgres', "CREATE DATABASE $way");
	$node->safe_psql($way, 'CREATE EXTENSION kbnorms; GRANT CREATE ON DATABASE by_owner TO owner') if $way eq 'by_owner';
	$node->command_ok($restore->($node->connstr($way), "$dir/$way"), "$way: restored");
	is_same(rows_of($node, $way, 'kb'), $rows, "$way: every row is back as it was");
	is_same(unnamed(objects_of($node, $way, 'kb')), unnamed($made_of), "$way: every object is back as it was");

	# Manager 2 holds one account of the two that the company's norm allows.
	is(error_of($way, 'INSERT INTO kb.binding VALUES (42, 2), (43, 2)'), '23514 base_size', "$way: the restored norms are judged by");
	is(error_of($way, 'INSERT INTO kb.binding VALUES (42, 2)'), '', "$way: what they allow goes in");
	is(error_of($way, 'UPDATE kb.binding SET manager_id = 2 WHERE organization_id = 41'), '23514 base_size',
		"$way: what came in by the restore may not move against them");
	is(error_of($way, 'DELETE FROM kb.binding WHERE organization_id = 41'), '', "$way: but it may leave");
	is(error_of($way, 'DELETE FROM kb.binding_log'), error_of('postgres', 'DELETE FROM kb.binding_log'), "$way: the log is kept");
	is(error_of($way, 'DELETE FROM kb.compliance_history'), '42501', "$way: so are closed months");
	is($node->safe_psql($way, 'SELECT month, checksum = kb.month_checksum(month) FROM kb.closed_month'), '2010-05|t', "$way: which are whole");
	is(error_of($way, 'DELETE FROM kb.organization WHERE id = 42'), '23503 binding_organization_id_fkey', "$way: and what is bound");
	is(error_of($way, 'UPDATE kb.organization SET head_id = 49 WHERE id = 48'), '23514 link', "$way: no chain of links");
	is($node->safe_psql($way, 'SELECT change, organization_id, manager_id FROM kb.binding_log ORDER BY id DESC LIMIT 2'),
		"unbind|41|1\nbind|42|2", "$way: the log goes on");
	is($node->safe_psql($way, q{INSERT INTO kb.organization (name) VALUES ('new') RETURNING id}), 51, "$way: and the numbers");
	is(error_of($way, q{
		UPDATE kb.norm_tenure SET max_accounts = 3 WHERE effective_from = '2010-07-01';
		INSERT INTO kb.binding VALUES (43, 2)}), '', "$way: a changed norm is seen");
	is(error_of($way, 'CALL kb.unbind_inactive(dry_run => true); CALL kb.run_jobs()'), '', "$way: jobs run");
	is($node->safe_psql($way, q{SELECT actual FROM kb.compliance('2010-07') WHERE measure = 'base_size' ORDER BY manager_id}),
		"39\n3", "$way: and reports answer");
	is(error_of($way, 'DROP EXTENSION kbnorms'), '2BP01', "$way: the extension stays while the base is there");
	is(error_of($way, q{CALL kbnorms.upgrade_client_base('kb'); SELECT kbnorms.rename_client_base('kb', 'renamed')}), '',
		"$way: it is a client base still");
}

# Its rows alone, into a base laid out anew; the tables depend on each other,
# so that triggers are off meanwhile.
$node->safe_psql('postgres', 'CREATE DATABASE rows_only');
$node->safe_psql('rows_only', q{
	CREATE EXTENSION kbnorms;
	CALL kbnorms.create_client_base('kb');
	SET session_replication_role = replica;
	TRUNCATE kb.client_base, kb.specialization, kb.client_group, kb.potential, kb."position", kb.rule, kb.policy, kb.norm_version, kb.job, kb.alert_kind CASCADE;
});
$node->command_ok([ 'pg_dump', '--format=custom', '--schema=kb', '--data-only', "--file=$dir/rows", '-d', $node->connstr('postgres') ],
	'rows only: dumped');
$node->command_ok([ 'pg_restore', '--exit-on-error', '--disable-triggers', '-d', $node->connstr('rows_only'), "$dir/rows" ],
	'rows only: restored');
is_same(rows_of($node, 'rows_only', 'kb') =~ s/^norm_version.*$//mr, $rows =~ s/^norm_version.*$//mr, 'rows only: every row is back as it was');
is(error_of('rows_only', 'INSERT INTO kb.binding VALUES (42, 2), (43, 2)'), '23514 base_size', 'rows only: the restored norms are judged by');

$node->stop;
done_testing();
