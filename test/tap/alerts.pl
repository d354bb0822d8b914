# Alerts as they leave the database: notifications of a job's run, what is in
# them, the example that listens, and who may acknowledge.
use strict;
use warnings;

use IPC::Run;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('alerts');
$node->init;
$node->append_conf('postgresql.conf', "kbnorms.today = '2010-07-15'");
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION kbnorms;
	CALL kbnorms.create_client_base('kb', memos => false);
	CREATE ROLE bot LOGIN;
	CREATE ROLE analyst LOGIN;
	SET search_path = kb;
	SELECT grant_access('bot', 'reader'), grant_access('analyst', 'client_analyst');
	INSERT INTO feed SELECT n, '2010-07-14' FROM unnest('{turnover,overdue,activity}'::text[]) n;
	INSERT INTO unit (id, kind, name) VALUES (1, 'office', 'Office');
	INSERT INTO manager (id, full_name, hired_on, novice_since) VALUES (1, 'Иванов "Ваня"', '2008-01-01', '2008-01-01'), (2, 'Petrov', '2008-01-01', '2008-01-01');
	INSERT INTO manager_post (manager_id, since, "position", specialization, unit_id)
	SELECT id, '2008-01-01', 'manager', 'chain', 1 FROM manager;
	INSERT INTO organization (id, name, client_group, potential) SELECT n, 'Client ' || n, 'chain', 'A' FROM generate_series(1, 4000) n;
	SET session_replication_role = replica;
	INSERT INTO binding (organization_id, manager_id, bound_on) SELECT n, 1, '2010-05-01' FROM generate_series(1, 4000) n;
	UPDATE kb.alert_kind SET enabled = code IN ('base_over', 'blacklist', 'feed_late');
});

# What a session that listens is told by a statement of another.
my $listener = $node->background_psql('postgres');
$listener->query_safe('LISTEN kbnorms_alert');
sub told_by
{
	my ($statement) = @_;
	$node->safe_psql('postgres', $statement);
	my $out = $listener->query_safe('SELECT 1');
	my @found = sort { $a->{kind} cmp $b->{kind} } map { decode_json($_) } $out =~ /"kbnorms_alert" with payload "(\{.*\})" received/g;
	return @found;
}

my @told = told_by('CALL kb.run_job(\'alerts\')');
is(scalar @told, 2, 'one notification for each kind and manager');
is_deeply($told[0], { base => 'kb', kind => 'base_over', alerts => 1, id => $told[0]{id}, manager_id => 1, organization_id => undef,
	due_on => undef, message => "\x{418}\x{432}\x{430}\x{43d}\x{43e}\x{432} \"\x{412}\x{430}\x{43d}\x{44f}\" has 4000 accounts, at most 10 are allowed" }, 'with what is to be said');
is_deeply([ @{ $told[1] }{qw(kind alerts manager_id organization_id)} ], [ 'blacklist', 4000, 1, undef ], 'thousands of clients are one');
is_deeply([ told_by('SELECT kb.refresh_alerts()') ], [], 'a second run is silent');
is($node->safe_psql('postgres', q{SELECT state, done FROM kb.job_run WHERE job = 'alerts'}), 'done|4001', 'the ledger counts what was raised');

# Long names stay below what a notification can hold.
$node->safe_psql('postgres', q{UPDATE kb.manager SET full_name = repeat('Я', 9000) WHERE id = 1; DELETE FROM kb.alert});
@told = told_by('SELECT kb.refresh_alerts()');
is(join(' ', map { length $_->{message} } @told), '600 600', 'a long message is cut');
is($node->safe_psql('postgres', q{SELECT length(message) > 9000 FROM kb.alert WHERE manager_id = 1 AND kind = 'base_over'}), 't', 'the table has it whole');

# Nothing is told of what is rolled back.
is_deeply([ told_by(q{UPDATE kb.feed SET loaded_through = '2010-07-01'; BEGIN; SELECT kb.refresh_alerts(); ROLLBACK}) ], [], 'a run that is rolled back tells nothing');
is(join(' ', map { "$_->{kind} $_->{alerts}" } told_by('SELECT kb.refresh_alerts()')), 'feed_late 1 feed_late 1 feed_late 1', 'what belongs to no manager is told one by one');
$listener->quit;

# The example, as a role that reads.
my $state = PostgreSQL::Test::Utils::tempdir() . '/told';
my @listen = ('env', 'PGUSER=bot', '/usr/bin/python3', 'examples/alerts/listen.py', '--state', $state);
local $ENV{PGHOST} = $node->host;
local $ENV{PGPORT} = $node->port;
local $ENV{PGDATABASE} = 'postgres';
local $ENV{PYTHONIOENCODING} = 'utf-8';
my $printed = '';
IPC::Run::run([ @listen, '--once' ], '>', \$printed);
is((() = $printed =~ /^\w+: /mg), 5, 'the example tells what is open');
like($printed, qr/^blacklist: .* \(\+3999\)$/m, 'and how many more');
IPC::Run::run([ @listen, '--once' ], '>', \$printed);
is($printed, '', 'once');
my $running = IPC::Run::start([ @listen, 'sh', '-c', 'echo "$KIND of $MANAGER_ID: $(cat)"' ], '>', \$printed, IPC::Run::timeout(60));
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE usename = 'bot' AND state = 'idle' AND query LIKE '%GROUP BY%'});
$node->safe_psql('postgres', q{
	SET session_replication_role = replica;
	UPDATE kb.binding SET manager_id = 2 WHERE organization_id > 3900;
	SELECT kb.refresh_alerts()});
$running->pump until $printed =~ /base_over.*\n/;
like($printed, qr/^base_over of 2: Petrov has 100 accounts, at most 10 are allowed$/m, 'running, it hands an alert to a command');
$running->kill_kill;

# Who may acknowledge.
my $id = $node->safe_psql('postgres', q{SELECT id FROM kb.alert WHERE kind = 'base_over' AND manager_id = 2});
my (undef, undef, $err) = $node->psql('postgres', "SELECT kb.acknowledge_alert($id)", extra_params => [ '-U', 'bot' ]);
like($err, qr/permission denied/, 'a reader may not');
$node->safe_psql('postgres', "SELECT kb.acknowledge_alert($id, 'seen')", extra_params => [ '-U', 'analyst' ]);
is($node->safe_psql('postgres', "SELECT state, acknowledged_by, note FROM kb.alert WHERE id = $id"), 'acknowledged|analyst|seen', 'who acts in a capacity may, by name');
(undef, undef, $err) = $node->psql('postgres', 'SELECT kb.refresh_alerts()', extra_params => [ '-U', 'analyst' ]);
like($err, qr/permission denied/, 'only the owner refreshes');

done_testing();
