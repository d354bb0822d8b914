# unbind_inactive from its call to its end: refusals, a kill in the middle, two
# at once, dry and forced runs, the ledger through run_jobs, a run past midnight,
# and its undoing.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use IPC::Run;

use Clock;

my $node = PostgreSQL::Test::Cluster->new('release');
$node->init;
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION kbnorms;
	CALL kbnorms.create_client_base('kb', memos => false);
	UPDATE kb.job SET enabled = false WHERE code <> 'unbind_inactive';
	ALTER DATABASE postgres SET kbnorms.today = '2010-07-15';
	INSERT INTO kb.unit (id, kind, name) VALUES (1, 'office', 'Perm');
	INSERT INTO kb.manager (id, full_name, hired_on) SELECT g, 'Manager ' || g, '2008-01-01' FROM generate_series(1, 100) g;
	INSERT INTO kb.manager_post (manager_id, since, position, specialization, unit_id)
	SELECT id, '2008-01-01', 'manager', 'universal', 1 FROM kb.manager;
	INSERT INTO kb.organization (id, name) SELECT g, 'Organization ' || g FROM generate_series(1, 40000) g;
	CREATE TABLE held AS SELECT g AS organization_id, 1 + g % 100 AS manager_id, date '2009-01-01' AS bound_on FROM generate_series(1, 25000) g;
});

# Bind what is silent, 25,000 organizations, anew.
sub bind_all
{
	$node->safe_psql('postgres', 'SELECT kb.import_bindings(\'held\')');
}

# Run SQL; its error with SQLSTATE, hint and all, or what it warned.
sub says
{
	my ($sql) = @_;

	$node->psql('postgres', "\\set VERBOSITY verbose\n$sql", stderr => \my $stderr);
	return $stderr;
}

# State, released, held back and error of the latest row of the ledger.
sub ledger
{
	return $node->safe_psql('postgres',
		'SELECT state, released, held_back, error FROM kb.job_run ORDER BY id DESC LIMIT 1');
}

# What is bound, and how many releases the log has.
sub counts
{
	return $node->safe_psql('postgres', q{
		SELECT (SELECT count(*) FROM kb.binding), (SELECT count(*) FROM kb.binding_log WHERE change = 'unbind' AND reason = 'inactivity')});
}

# A psql of its own that runs SQL in the background.
sub background
{
	my ($sql) = @_;
	my %session = (out => '', err => '');

	$session{run} = IPC::Run::start(
		[ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', $sql ], '<', \undef, '>', \$session{out}, '2>', \$session{err});
	return \%session;
}

# Hold a client of the second batch, so that a run stops after the first; ended
# by rolling back.
sub hold_second_batch
{
	my $blocker = background(q{
		BEGIN;
		SELECT FROM kb.binding WHERE organization_id = 20049 FOR UPDATE;
		SELECT pg_sleep(180)});

	$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'})
		or die 'the blocker did not start';
	return $blocker;
}

# End what hold_second_batch began.
sub let_go
{
	my ($blocker) = @_;

	$node->safe_psql('postgres', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'});
	$blocker->{run}->finish;
}

# Wait until a run has committed its first batch and is stuck in the second.
sub wait_for_first_batch
{
	$node->poll_query_until('postgres', q{
		SELECT EXISTS (SELECT FROM kb.job_run WHERE state = 'running' AND released = 10000)
			AND EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE 'CALL kb.%' AND wait_event_type = 'Lock')})
		or die 'the run did not get to its second batch';
}

bind_all();
is(counts(), '25000|0', '25,000 bindings, all silent');

# Impossible calls change nothing, not even the ledger.
like(says('CALL kb.unbind_inactive(NULL)'), qr/22004: as_of of unbind_inactive must not be null/, 'no day');
like(says('CALL kb.unbind_inactive(dry_run => NULL)'), qr/22004: dry_run of/, 'dry or not');
like(says('CALL kb.unbind_inactive(force => NULL)'), qr/22004: force of/, 'forced or not');
like(says("CALL kb.unbind_inactive('2010-07-16')"), qr/22023: cannot release clients as of 2010-07-16, today is 2010-07-15/, 'tomorrow');
like(says("CALL kb.unbind_inactive('-infinity')"), qr/22023: cannot release/, 'no day at all');
like(says("CALL kb.unbind_inactive(force => true, reason => ' ')"), qr/22023: a forced release needs a reason.*HINT/s, 'force without a reason');
like(says('BEGIN; CALL kb.unbind_inactive(); COMMIT'), qr/25001: unbind_inactive cannot run inside a transaction block.*HINT:  Call it at top level/s, 'in a transaction');
like(says('BEGIN; CALL kb.run_jobs(); COMMIT'), qr/25001: run_jobs cannot run inside a transaction block/, 'nor may run_jobs');
like(says(q{DO $$ BEGIN CALL kb.unbind_inactive(); EXCEPTION WHEN others THEN RAISE; END $$}), qr/25001: unbind_inactive cannot/, 'in a block with EXCEPTION');
$node->safe_psql('postgres', q{
	CREATE ROLE clerk LOGIN;
	GRANT USAGE ON SCHEMA kb TO clerk;
	GRANT ALL ON ALL TABLES IN SCHEMA kb TO clerk;
	GRANT EXECUTE ON ALL ROUTINES IN SCHEMA kb TO clerk;
});
like(says('SET ROLE clerk; CALL kb.unbind_inactive()'), qr/42501: must be owner of client base "kb"/, 'by another than the owner');
like(says('SET ROLE clerk; CALL kb.unbind_inactive(dry_run => true)'), qr/42501: must be owner of client base "kb"/, 'dry, too');
is($node->safe_psql('postgres', 'SELECT count(*) FROM kb.job_run'), 0, 'no run is recorded');

# Stale feeds and the bounds.
like(says('CALL kb.unbind_inactive()'), qr/55000: unbind_inactive refused: feed "turnover" is loaded through no day, needed is 2010-07-12.*HINT/s, 'feeds never loaded');
like(ledger(), qr/^refused\|0\|0\|feed "turnover".*feed "overdue".*25000 of 25000 bindings/, 'the refusal is recorded');
my $dry = says('CALL kb.unbind_inactive(dry_run => true)');
like($dry, qr/WARNING.*would refuse: feed "turnover"/s, 'a dry run warns');
like($dry, qr/NOTICE.*would release 25000 bindings/s, 'and says what it would release');
like(ledger(), qr/^dry\|25000\|0\|feed/, 'and so does its row');
like(says('BEGIN; CALL kb.unbind_inactive(dry_run => true); COMMIT'), qr/would release 25000/, 'in a transaction, too');
$node->safe_psql('postgres', q{INSERT INTO kb.feed VALUES ('turnover', '2010-07-15'), ('overdue', '2010-07-15')});
like(says('CALL kb.unbind_inactive()'), qr/55000: unbind_inactive refused: 25000 of 25000 bindings are due/, 'above the bounds');
is(counts(), '25000|0', 'nothing was released');

# Two at once: the second says so and does nothing.
my $blocker = hold_second_batch();
my $first = background(q{CALL kb.unbind_inactive(force => true, reason => 'the first run of all')});
wait_for_first_batch();
like(says(q{CALL kb.unbind_inactive(force => true, reason => 'me too')}), qr/WARNING.*unbind_inactive is running in another session/s, 'a second run at the same time');
is(ledger(), 'skipped|0|0|', 'is recorded as skipped');
is(says('CALL kb.run_jobs()'), '', 'run_jobs passes it over silently');

# Killed in the middle: what was committed stays, the next call does the rest.
is(counts(), '15000|10000', 'the first batch is committed');
$node->safe_psql('postgres', 'SELECT pg_terminate_backend(pid) FROM kb.job_run WHERE state = \'running\'');
$first->{run}->finish;
like($first->{err}, qr/NOTICE:  unbind_inactive: 10000 of 25000 bindings released/, 'it told its progress');
is(counts(), '15000|10000', 'the killed batch is not');
let_go($blocker);
like(says(q{CALL kb.unbind_inactive(force => true, reason => 'what is left')}), qr/15000 of 15000 bindings released/, 'the next call does the rest');
is($node->safe_psql('postgres', q{SELECT state, released, forced, reason, error FROM kb.job_run WHERE forced ORDER BY id}),
	"failed|10000|t|the first run of all|the run was killed or its session ended\ndone|15000|t|what is left|", 'and closes the row of the killed one');
is(counts(), '0|25000', 'all is released once');
is($node->safe_psql('postgres', q{SELECT count(DISTINCT organization_id), min(unbound_on), max(unbound_on), bool_and(changed_by = current_user) FROM kb.binding_log WHERE change = 'unbind'}),
	'25000|2010-07-15|2010-07-15|t', 'and logged once');
is(says('CALL kb.unbind_inactive()'), '', 'then there is nothing to do');
is(ledger(), 'done|0|0|', 'which is recorded, too');

# A run that is cancelled frees the job although its session goes on.
bind_all();
$blocker = hold_second_batch();
$node->psql('postgres', q{
	SET lock_timeout = '2s';
	CALL kb.unbind_inactive(force => true, reason => 'impatient')}, stderr => \my $stderr);
like($stderr, qr/unbind_inactive failed: canceling statement due to lock timeout/, 'a run that fails says why');
like(ledger(), qr/^failed\|10000\|0\|canceling statement due to lock timeout/, 'and so does its row');
my $session = $node->background_psql('postgres', on_error_stop => 0);
$session->query(q{SET statement_timeout = '2s'});
$session->query(q{CALL kb.unbind_inactive(force => true, reason => 'cancelled')});
let_go($blocker);
like(says(q{CALL kb.unbind_inactive(force => true, reason => 'after it')}), qr/bindings released/, 'a cancelled run does not stand in the way');
$session->quit;
is(counts(), '0|50000', 'all is released again');

# run_jobs: one row for each slot, kept through a refusal, a kill and a retry.
$node->safe_psql('postgres', q{
	DELETE FROM kb.job_run;
	UPDATE kb.policy SET max_unbind_share = NULL, max_unbind_count = NULL;
	UPDATE kb.feed SET loaded_through = '2010-07-01';
});
bind_all();
my $slots = q{SELECT state, slot AT TIME ZONE 'Europe/Moscow', as_of, released, error FROM kb.job_run ORDER BY id};
like(says('CALL kb.run_jobs()'), qr/WARNING.*unbind_inactive: feed "turnover" is loaded through 2010-07-01/s, 'run_jobs warns of a refusal and goes on');
my $slot = $node->safe_psql('postgres', q{
	SELECT CASE WHEN (now() AT TIME ZONE 'Europe/Moscow')::time < '02:00' THEN '2010-07-14' ELSE '2010-07-15' END || ' 02:00:00'});
like($node->safe_psql('postgres', $slots), qr/^refused\|$slot\|2010-07-15\|0\|feed/, 'the latest slot is owed, and refused');
$node->safe_psql('postgres', q{UPDATE kb.feed SET loaded_through = '2010-07-15'});
$blocker = hold_second_batch();
my $jobs = background('CALL kb.run_jobs()');
wait_for_first_batch();
$node->stop('immediate');
$jobs->{run}->finish;
$blocker->{run}->finish;
$node->start;
is($node->safe_psql('postgres', $slots), "running|$slot|2010-07-15|10000|", 'the server crashed in the middle of the retry');
like(says('CALL kb.run_jobs()'), qr/15000 of 15000 bindings released/, 'run_jobs goes on with it');
is($node->safe_psql('postgres', $slots), "done|$slot|2010-07-15|25000|", 'in the row of its slot');
is(says('CALL kb.run_jobs()'), '', 'a slot that is done is not owed');
$node->safe_psql('postgres', 'CALL kb.unbind_inactive()');
is($node->safe_psql('postgres', $slots), "done|$slot|2010-07-15|25000|\ndone||2010-07-15|0|", 'a direct call has no slot');

# After days of downtime the latest slot is made up for, dated when it happens.
bind_all();
$node->safe_psql('postgres', q{
	ALTER DATABASE postgres SET kbnorms.today = '2010-07-20';
	UPDATE kb.feed SET loaded_through = '2010-07-20'});
$node->safe_psql('postgres', 'CALL kb.run_jobs()');
is($node->safe_psql('postgres', q{SELECT count(*), min(as_of), min(released) FROM kb.job_run WHERE slot > '2010-07-16'}), '1|2010-07-20|25000', 'one run for all the days missed');
is($node->safe_psql('postgres', q{SELECT max(unbound_on) FROM kb.binding_log}), '2010-07-20', 'dated when it happened');
$node->safe_psql('postgres', q{ALTER DATABASE postgres SET kbnorms.today = '2010-07-25'; UPDATE kb.job SET enabled = false});
$node->safe_psql('postgres', 'CALL kb.run_jobs()');
is($node->safe_psql('postgres', q{SELECT count(*) FROM kb.job_run WHERE slot > '2010-07-21'}), 0, 'a job that is switched off does not run');

# A run past midnight: what is released before it bears the day that ends, what
# is released after it the next.  The clock is put forward from half past eleven.
bind_all();
$node->safe_psql('postgres', q{
	ALTER DATABASE postgres RESET kbnorms.today;
	UPDATE kb.feed SET loaded_through = 'infinity'});
$blocker = hold_second_batch();
my ($moment) = put_forward($node, '23:30', 12);
my $today = $node->safe_psql('postgres', 'SELECT kbnorms.today()');
my $night = background('CALL kb.unbind_inactive()');
wait_for_first_batch();
is($node->safe_psql('postgres', 'SELECT kbnorms.today()'), $today, 'the first batch is released before midnight');
wait_until($moment + 13);
let_go($blocker);
$night->{run}->finish;
is($node->safe_psql('postgres', qq{
	SELECT r.state, r.as_of - '$today', string_agg(format('%s %s', b.released_on - '$today', b.n), ',' ORDER BY b.released_on)
	FROM kb.job_run r, LATERAL (SELECT released_on, count(*) AS n FROM kb.released_binding WHERE job_run_id = r.id GROUP BY 1) b
	WHERE r.id = (SELECT max(id) FROM kb.job_run) GROUP BY r.id}), 'done|0|0 20000,1 5000', 'each batch bears the day on which it began');
is($node->safe_psql('postgres', qq{SELECT count(*), min(unbound_on) - '$today', max(unbound_on) - '$today' FROM kb.binding_log WHERE unbound_on >= '$today'}), '25000|0|1', 'in the log, too');

# It was wrong, and is undone.
is($node->safe_psql('postgres', 'SELECT count(*), bool_and(restored) FROM kb.restore_bindings((SELECT max(id) FROM kb.job_run))'), '25000|t', 'an undo gives back what all batches took');
is($node->safe_psql('postgres', qq{SELECT count(*), min(b.bound_on) - '$today' FROM kb.binding b JOIN held USING (organization_id, manager_id)}), '25000|1', 'to whom it was, from that day');
is(says('CALL kb.unbind_inactive()'), '', 'what was given back is not released again');

done_testing();
