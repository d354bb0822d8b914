# The jobs under a real pg_cron: scheduled, run by it and taken away, with and
# without background workers, from another database, and where there is none.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# A server with further settings.
sub server
{
	my ($name, $settings) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init;
	$node->append_conf('postgresql.conf', $settings);
	$node->start;
	return $node;
}

# A base with ten silent clients and one that buys, today being 2010-07-15.
sub lay_out
{
	my ($node, $database, $base) = @_;

	$node->safe_psql($database, qq{ALTER DATABASE $database SET kbnorms.today = '2010-07-15'});
	$node->safe_psql($database, qq{
		CREATE EXTENSION IF NOT EXISTS kbnorms;
		CALL kbnorms.create_client_base(\$\$$base\$\$, memos => false)});
	$base =~ s/"/""/g;
	$node->safe_psql($database, qq{
		SET search_path = "$base";
		INSERT INTO unit (id, kind, name) VALUES (1, 'office', 'Perm');
		INSERT INTO manager (id, full_name, hired_on, novice_since) VALUES (1, 'Manager', '2008-01-01', '2008-01-01');
		INSERT INTO manager_post (manager_id, since, position, specialization, unit_id) VALUES (1, '2008-01-01', 'manager', 'universal', 1);
		INSERT INTO organization (id, name, client_group, potential) SELECT g, 'Organization ' || g, 'emo', 'A' FROM generate_series(1, 11) g;
		INSERT INTO binding (organization_id, manager_id, bound_on) SELECT id, 1, '2009-01-01' FROM organization;
		INSERT INTO turnover VALUES (11, '2010-06', 1);
		INSERT INTO feed VALUES ('turnover', '2010-07-14'), ('overdue', '2010-07-14');
	});
}

# What a base has left, and its ledger.
sub outcome
{
	my ($node, $database, $base) = @_;

	$base =~ s/"/""/g;
	return $node->safe_psql($database, qq{
		SELECT (SELECT count(*) FROM "$base".binding),
			(SELECT count(*) FROM "$base".binding_log WHERE reason = 'inactivity' AND changed_by = current_user),
			(SELECT string_agg(job || ' ' || state || ' ' || released || ' ' || (slot IS NOT NULL), ',') FROM "$base".job_run WHERE job = 'unbind_inactive')});
}

# Wait, for two rounds of pg_cron, until a base has a finished run.
sub wait_for_run
{
	my ($node, $database, $base) = @_;

	$base =~ s/"/""/g;
	$node->poll_query_until($database, qq{SELECT EXISTS (SELECT FROM "$base".job_run WHERE job = 'unbind_inactive' AND finished_at IS NOT NULL)})
		or die "pg_cron did not run the jobs of $base";
}

# An error or notice with its SQLSTATE and hint.
sub says
{
	my ($node, $database, $sql) = @_;

	$node->psql($database, "\\set VERBOSITY verbose\n$sql", stderr => \my $stderr);
	return $stderr;
}

# No pg_cron: everything works but the schedule.
my $without = server('without', "shared_preload_libraries = 'kbnorms'");
$without->adjust_conf('postgresql.conf', 'cron.database_name', undef);
$without->restart;
lay_out($without, 'postgres', 'kb');
like(says($without, 'postgres', q{SELECT kbnorms.schedule_jobs('kb')}), qr/55000: pg_cron is not installed.*HINT:  Install pg_cron, set shared_preload_libraries/s, 'a server without pg_cron');
is($without->safe_psql('postgres', q{SELECT count(*) FROM kbnorms.unschedule_jobs('kb')}), 0, 'has nothing to take away');
$without->safe_psql('postgres', 'CALL kb.run_jobs()');
is(outcome($without, 'postgres', 'kb'), '1|10|unbind_inactive done 10 true', 'anything else can call run_jobs');
$without->stop;

# A server for each way in which pg_cron runs what it has.
my $worker = server('worker', 'cron.use_background_workers = on');
my $client = server('client', '');
$client->append_conf('postgresql.conf', "cron.use_background_workers = off\ncron.host = '" . $client->host . "'");
$client->restart;
lay_out($worker, 'postgres', 'kb');
like(says($worker, 'postgres', q{SELECT kbnorms.schedule_jobs('kb')}), qr/55000: pg_cron is not installed in database "postgres".*HINT:  Run CREATE EXTENSION pg_cron/s, 'the extension is missing');
$worker->safe_psql('postgres', 'CREATE EXTENSION pg_cron');
like(says($worker, 'postgres', q{SELECT kbnorms.schedule_jobs('nowhere')}), qr/3F000: client base "nowhere" does not exist.*HINT/s, 'there is no such base');
like(says($worker, 'postgres', q{SELECT kbnorms.schedule_jobs(NULL)}), qr/22004: the name of the client base must not be null/, 'a base without a name');
like(says($worker, 'postgres', q{SELECT kbnorms.schedule_jobs('kb', NULL)}), qr/22004: the schedule must not be null/, 'no schedule');
like(says($worker, 'postgres', q{SELECT kbnorms.schedule_jobs('kb', 'at noon')}), qr/invalid schedule/, 'what is no schedule');
$worker->safe_psql('postgres', 'CREATE ROLE stranger; GRANT USAGE ON SCHEMA kb, cron TO stranger');
like(says($worker, 'postgres', q{SET ROLE stranger; SELECT kbnorms.schedule_jobs('kb')}), qr/42501: must be owner of client base "kb"/, 'another\'s base');

like($worker->safe_psql('postgres', q{SELECT * FROM kbnorms.schedule_jobs('kb')}), qr{^\d+\|\*/5 \* \* \* \*\|CALL kb\.run_jobs\(\)$}, 'by default every five minutes');
like($worker->safe_psql('postgres', q{SELECT * FROM kbnorms.schedule_jobs('kb', '* * * * *')}), qr/^\d+\|\* \* \* \* \*\|CALL kb\.run_jobs\(\)$/, 'or every minute');
is($worker->safe_psql('postgres', 'SELECT count(*), min(schedule), min(command) FROM cron.job'), '1|* * * * *|CALL kb.run_jobs()', 'in one entry');
lay_out($client, 'postgres', 'kb');
$client->safe_psql('postgres', q{CREATE EXTENSION pg_cron; SELECT kbnorms.schedule_jobs('kb', '* * * * *')});

# A base in another database, with a name that has to be quoted.
my $odd = q{Klient's "base"};
$worker->safe_psql('postgres', 'CREATE DATABASE other');
lay_out($worker, 'other', $odd);
my $notice = says($worker, 'other', qq{SELECT 'row:', * FROM kbnorms.schedule_jobs(\$\$$odd\$\$, '* * * * *')});
like($notice, qr/NOTICE.*nothing is scheduled yet, pg_cron lives in another database "postgres"/s, 'pg_cron lives elsewhere');
my ($call) = $notice =~ /HINT:  Run there: (.*)/;
$worker->safe_psql('postgres', $call);
is($worker->safe_psql('postgres', 'SELECT count(*) FROM cron.job WHERE database = \'other\''), 1, 'the call it prints does it');

# pg_cron runs them all.
wait_for_run($worker, 'postgres', 'kb');
is(outcome($worker, 'postgres', 'kb'), '1|10|unbind_inactive done 10 true', 'background workers: silent clients are released');
wait_for_run($client, 'postgres', 'kb');
is(outcome($client, 'postgres', 'kb'), '1|10|unbind_inactive done 10 true', 'client connections: the same');
wait_for_run($worker, 'other', $odd);
is(outcome($worker, 'other', $odd), '1|10|unbind_inactive done 10 true', 'in another database: the same');
$worker->poll_query_until('postgres', q{SELECT count(*) >= 2 FROM cron.job_run_details WHERE status = 'succeeded'});
is($worker->safe_psql('postgres', q{SELECT string_agg(DISTINCT status, ' ') FROM cron.job_run_details WHERE end_time IS NOT NULL}), 'succeeded', 'pg_cron saw no failure');

# Taken away.
like($worker->safe_psql('postgres', q{SELECT * FROM kbnorms.unschedule_jobs('kb')}), qr/CALL kb\.run_jobs\(\)$/, 'unschedule_jobs says what it took away');
($call) = says($worker, 'other', qq{SELECT kbnorms.unschedule_jobs(\$\$$odd\$\$)}) =~ /HINT:  Run there: (.*)/;
$worker->safe_psql('postgres', $call);
is($worker->safe_psql('postgres', 'SELECT count(*) FROM cron.job'), 0, 'and nothing is left');
like(says($worker, 'postgres', q{SELECT kbnorms.unschedule_jobs(NULL)}), qr/22004/, 'which base, it wants to know');

done_testing();
