# run_jobs, its ledger and job_status: jobs of the company's own, failures and
# their retries, kills, downtime, a lost role, the upkeep, midnight and a change
# of the clock as they happen, and a standby that is promoted.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use IPC::Run;

use Clock;

my $node = PostgreSQL::Test::Cluster->new('jobs');
$node->init(allows_streaming => 1);
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION kbnorms;
	CALL kbnorms.create_client_base('kb', memos => false);
	ALTER DATABASE postgres SET kbnorms.today = '2010-07-15';
	UPDATE kb.job SET enabled = false;
	CREATE TABLE done (job text);
	CREATE FUNCTION kb.fine_job() RETURNS bigint LANGUAGE sql AS $$ INSERT INTO public.done VALUES ('fine'); SELECT 3::bigint $$;
	CREATE FUNCTION kb.broken_job() RETURNS bigint LANGUAGE plpgsql AS $$
		BEGIN
			INSERT INTO public.done VALUES ('broken');
			RETURN 1 / 0;
		END $$;
	CREATE FUNCTION kb.careful_job() RETURNS bigint LANGUAGE plpgsql AS $$
		BEGIN
			IF NOT EXISTS (SELECT FROM kb.feed WHERE loaded_through >= '2010-07-14') THEN
				RAISE EXCEPTION 'not yet' USING ERRCODE = '55000';
			END IF;
			RETURN 0;
		END $$;
	INSERT INTO kb.job (code, title_en, title_ru, run_at)
	VALUES ('fine', 'Fine', 'Fine', '00:00'), ('broken', 'Broken', 'Broken', '00:00'),
		('careful', 'Careful', 'Careful', '00:00'), ('absent', 'Absent', 'Absent', '00:00');
});

# Run SQL; its error with SQLSTATE, hint and all, or what it warned.
sub says
{
	my ($sql) = @_;

	$node->psql('postgres', "\\set VERBOSITY verbose\n$sql", stderr => \my $stderr);
	return $stderr;
}

# What a query gives.
sub get
{
	my ($sql) = @_;

	return $node->safe_psql('postgres', $sql);
}

# The ledger of a job, or of all.
sub ledger
{
	my ($job) = @_;
	my $where = defined $job ? "WHERE job = '$job'" : '';

	return get("SELECT job, state, attempts, done, error FROM kb.job_run $where ORDER BY job, id");
}

# Each job runs, whatever becomes of the others.
my $warnings = says('CALL kb.run_jobs()');
like($warnings, qr/WARNING:  01000: absent: there is no function kb.absent_job\(\) to serve job "absent"/, 'a job without a function');
like($warnings, qr/WARNING:  01000: broken: division by zero/, 'a job that fails');
like($warnings, qr/WARNING:  01000: careful: not yet/, 'a job that refuses');
is(ledger(), join("\n", 'absent|failed|1||there is no function kb.absent_job() to serve job "absent"',
		'broken|failed|1||division by zero', 'careful|refused|1||not yet', 'fine|done|1|3|'), 'each has its row');
is(get('SELECT string_agg(job, \',\') FROM done'), 'fine', 'what failed has left nothing');

# Retries: at once, then ever later; what is done is not done again.
says('CALL kb.run_jobs()') for 1 .. 3;
is(ledger('broken'), 'broken|failed|3||division by zero', 'after three attempts a slot waits');
is(ledger('fine'), 'fine|done|1|3|', 'what is done is not owed');
is(get('SELECT string_agg(retry_delay::text, \' \') FROM generate_series(1, 9) n, kb.retry_delay(n)'),
	'00:00:00 00:00:00 00:10:00 00:20:00 00:40:00 01:00:00 01:00:00 01:00:00 01:00:00', 'ten minutes, and ever longer, up to an hour');
get(q{UPDATE kb.job_run SET finished_at = finished_at - interval '10 minutes' WHERE job = 'broken'});
says('CALL kb.run_jobs()');
is(ledger('broken'), 'broken|failed|4||division by zero', 'then it is tried again');
get(q{INSERT INTO kb.feed VALUES ('turnover', '2010-07-14', now())});
says('CALL kb.run_jobs()');
is(ledger('careful'), 'careful|done|4|0|', 'a refusal is reconsidered as soon as a feed has moved on');

# One job by hand.
get(q{CREATE FUNCTION kb.absent_job() RETURNS bigint LANGUAGE sql AS 'SELECT 7::bigint'});
is(says(q{CALL kb.run_job('absent')}), '', 'a job that waits can be called by hand');
is(ledger('absent'), 'absent|done|4|7|', 'which serves the slot it owes');
get(q{CALL kb.run_job('fine')});
is(get(q{SELECT state, done, slot IS NULL FROM kb.job_run WHERE job = 'fine' ORDER BY id DESC LIMIT 1}), 'done|3|t', 'one that owes nothing has no slot');
like(says(q{CALL kb.run_job('broken')}), qr/22012: broken failed: division by zero.*DETAIL.*see row \d+ of job_run/s, 'and its error is raised');
get(q{
	CREATE TABLE kb.late (id integer UNIQUE DEFERRABLE INITIALLY DEFERRED);
	CREATE FUNCTION kb.late_job() RETURNS bigint LANGUAGE sql AS 'INSERT INTO kb.late VALUES (1), (1); SELECT 1::bigint';
	INSERT INTO kb.job (code, title_en, title_ru) VALUES ('late', 'Late', 'Late')});
like(says(q{CALL kb.run_job('late')}), qr/23505: late failed: duplicate key/, 'what fails at the commit is a failure of the job, too');
is(ledger('late'), 'late|failed|1||duplicate key value violates unique constraint "late_id_key"', 'in its row');
like(says(q{CALL kb.run_job('nothing')}), qr/42704: there is no job "nothing".*HINT/s, 'there must be such a job');
like(says(q{BEGIN; CALL kb.run_job('fine')}), qr/25001: fine cannot run inside a transaction block/, 'at top level');

# What job_status says of a job.
sub status
{
	my ($job, $columns) = @_;

	return get("SELECT $columns FROM kb.job_status WHERE job = '$job'");
}
is(status('broken', 'last_state, failures, last_error, last_good_run, overdue_by IS NOT NULL, running'), 'failed|5|division by zero||t|f', 'job_status says that one fails');
is(status('broken', "(next_run AT TIME ZONE 'Europe/Moscow')::date"), '2010-07-15', 'and when it is tried again');
is(status('fine', 'last_state, failures, last_error, last_good_run IS NOT NULL, last_good_as_of, overdue_by'), 'done|0||t|2010-07-15|', 'and that one is well');
is(status('fine', "next_run AT TIME ZONE 'Europe/Moscow'"), '2010-07-16 00:00:00', 'and when it comes next');
is(status('unbind_inactive', 'enabled, next_run, overdue_by'), 'f||', 'one that is switched off owes nothing');
$node->safe_psql('postgres', q{CREATE ROLE clerk; SELECT kb.grant_access('clerk', 'reader')});
is(get(q{SET ROLE clerk; SELECT failures FROM kb.job_status WHERE job = 'broken'}), 5, 'a reader sees it, too');

# A psql of its own that runs the jobs in the background, up to where one sleeps.
sub start_jobs
{
	my %session = (out => '', err => '');

	$session{run} = IPC::Run::start(
		[ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', 'CALL kb.run_jobs()' ], '<', \undef, '>', \$session{out}, '2>', \$session{err});
	$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE 'CALL%'})
		or die 'the job did not start';
	return \%session;
}

# Killed in the middle, by a signal and by a crash; the next call resumes it.
get(q{
	UPDATE kb.job SET enabled = code = 'slow';
	CREATE FUNCTION kb.slow_job() RETURNS bigint LANGUAGE sql AS $$
		INSERT INTO public.done VALUES ('slow');
		SELECT pg_sleep(CASE WHEN EXISTS (SELECT FROM public.done WHERE job = 'quick') THEN 0 ELSE 120 END);
		SELECT 1::bigint $$;
	INSERT INTO kb.job (code, title_en, title_ru, run_at) VALUES ('slow', 'Slow', 'Slow', '00:00')});
my $run = start_jobs();
is(status('slow', 'running, last_state, failures, last_error'), 't|running|0|', 'it is running');
is(says('CALL kb.run_jobs()'), '', 'a second call passes it over');
like(says(q{CALL kb.run_job('slow')}), qr/WARNING.*slow is running in another session/s, 'by name it says so');
get(q{SELECT pg_terminate_backend(pid) FROM kb.job_run WHERE state = 'running'});
$run->{run}->finish;
is(status('slow', 'running, last_state, failures, last_error'), 'f|failed|1|the run was killed or its session ended', 'once killed it has failed');
$run = start_jobs();
$node->stop('immediate');
$run->{run}->finish;
$node->start;
is(status('slow', 'running, last_state, failures'), 'f|failed|2', 'a crash of the server is no other');
get(q{INSERT INTO done VALUES ('quick')});
get('CALL kb.run_jobs()');
is(ledger('slow'), "slow|done|3|1|\nslow|skipped|1||", 'the next call does it, in the row of its slot');
is(get(q{SELECT count(*) FROM done WHERE job = 'slow'}), 1, 'once');

# A day of downtime: one run for all that was missed, of the day when it happens.
get(q{ALTER DATABASE postgres SET kbnorms.today = '2010-07-18'});
is(status('slow', q{overdue_by / 1440, last_good_as_of}), '2|2010-07-15', 'job_status says how long it has not run');
get('CALL kb.run_jobs()');
is(get(q{SELECT string_agg(format('%s for %s', as_of, (slot AT TIME ZONE 'Europe/Moscow')::date), ',' ORDER BY id) FROM kb.job_run WHERE job = 'slow' AND state = 'done'}),
	'2010-07-15 for 2010-07-15,2010-07-18 for 2010-07-18', 'the latest slot is made up for');
is(status('slow', q{overdue_by, last_good_as_of}), '|2010-07-18', 'which is all that it owed');
get(q{ALTER DATABASE postgres SET kbnorms.today = '2010-07-15'});
get('CALL kb.run_jobs()');
is(get(q{SELECT count(*) FROM kb.job_run WHERE job = 'slow' AND state = 'done'}), 2, 'a clock that is set back runs nothing twice');

# The end of February: a monthly job of the 31st has its day on the 28th.
get(q{UPDATE kb.job SET day_of_month = 31 WHERE code = 'slow'; ALTER DATABASE postgres SET kbnorms.today = '2011-02-27'});
get('CALL kb.run_jobs()');
get(q{ALTER DATABASE postgres SET kbnorms.today = '2011-02-28'});
get('CALL kb.run_jobs()') for 1 .. 2;
get(q{ALTER DATABASE postgres SET kbnorms.today = '2011-03-01'});
get('CALL kb.run_jobs()');
is(get(q{SELECT string_agg(format('%s for %s', as_of, (slot AT TIME ZONE 'Europe/Moscow')::date), ',' ORDER BY id) FROM kb.job_run WHERE job = 'slow' AND slot > '2010-07-19'}),
	'2011-02-27 for 2011-01-31,2011-02-28 for 2011-02-28', 'the 31st of February is its last day');

# The role under which pg_cron runs the jobs is lost, and another takes over.
get(q{
	CREATE EXTENSION pg_cron;
	CREATE ROLE robot LOGIN;
	GRANT USAGE ON SCHEMA cron TO robot;
	GRANT SELECT ON ALL TABLES IN SCHEMA kb TO robot;
	ALTER SCHEMA kb OWNER TO robot;
	UPDATE kb.job SET day_of_month = NULL});
is(status('slow', 'scheduled'), 'f', 'nothing is scheduled');
get(q{SET ROLE robot; SELECT kbnorms.schedule_jobs('kb', '0 0 1 1 *')});
is(status('slow', 'scheduled'), 't', 'the jobs are scheduled');
is(get(q{SET ROLE clerk; SELECT scheduled IS NULL FROM kb.job_status WHERE job = 'slow'}), 't', 'who may not look cannot tell');
get('ALTER ROLE robot NOLOGIN');
is(status('slow', 'scheduled'), 'f', 'a role that may not log in runs nothing');
get('ALTER ROLE robot LOGIN; ALTER SCHEMA kb OWNER TO postgres');
is(status('slow', 'scheduled'), 'f', 'nor one that does not own the base any more');
get('DROP OWNED BY robot; DROP ROLE robot');
is(status('slow', 'scheduled, overdue_by > 0'), 'f|t', 'nor one that was dropped, and the jobs are overdue');
get('CALL kb.run_jobs()');
is(status('slow', 'overdue_by'), '', 'another role can run them');
get(q{SELECT kbnorms.unschedule_jobs('kb')});

# What pg_cron wrote down long ago goes, of this base alone.
get(q{
	INSERT INTO cron.job_run_details (jobid, runid, database, username, command, status, start_time, end_time)
	SELECT 1, n, 'postgres', 'postgres', CASE WHEN n < 3 THEN 'CALL kb.run_jobs()' ELSE 'SELECT 1' END, 'succeeded',
		now() - make_interval(days => CASE n WHEN 1 THEN 29 ELSE 31 END), now() - make_interval(days => CASE n WHEN 1 THEN 29 ELSE 31 END)
	FROM generate_series(1, 3) n});
get(q{CALL kb.run_job('prune')});
is(get(q{SELECT string_agg(runid::text, ',' ORDER BY runid), (SELECT done FROM kb.job_run WHERE job = 'prune') FROM cron.job_run_details}), '1,3|1', 'runs of more than thirty days ago are pruned');
get(q{UPDATE kb.job SET keep_days = NULL WHERE code = 'prune'; UPDATE cron.job_run_details SET end_time = '2000-01-01'});
get(q{CALL kb.run_job('prune')});
is(get('SELECT count(*) FROM cron.job_run_details'), 2, 'unless all are to be kept');
get('DROP EXTENSION pg_cron');
is(says(q{CALL kb.run_job('prune')}), '', 'without pg_cron there is nothing to do');

# Partitions of the coming months, where there are any.
is(says(q{CALL kb.run_job('partitions')}), '', 'no table is partitioned');
get(q{
	ALTER TABLE kb.turnover RENAME TO turnover_2011_01;
	CREATE TABLE kb.turnover (LIKE kb.turnover_2011_01 INCLUDING ALL) PARTITION BY RANGE (month);
	ALTER TABLE kb.turnover ATTACH PARTITION kb.turnover_2011_01 FOR VALUES FROM ('2011-01') TO ('2011-02');
	CREATE ROLE boss;
	CREATE TABLE kb."Visits" (at timestamptz, day date) PARTITION BY RANGE (at);
	CREATE TABLE kb.visits_2011_02 PARTITION OF kb."Visits" FOR VALUES FROM ('2011-01-31 21:00Z') TO ('2011-02-28 21:00Z');
	ALTER TABLE kb."Visits" OWNER TO boss;
	CREATE TRIGGER "kept visits" BEFORE DELETE ON kb."Visits" EXECUTE FUNCTION kbnorms.log_is_kept();
	ALTER TABLE kb."Visits" ENABLE ALWAYS TRIGGER "kept visits";
	CREATE TABLE kb.by_year (day date) PARTITION BY RANGE (day);
	CREATE TABLE kb.by_year_2011 PARTITION OF kb.by_year FOR VALUES FROM ('2011-01-01') TO ('2012-01-01');
	CREATE TABLE kb.open_ended (day date) PARTITION BY RANGE (day);
	CREATE TABLE kb.open_ended_1 PARTITION OF kb.open_ended FOR VALUES FROM ('2011-01-01') TO ('2011-02-01');
	CREATE TABLE kb.open_ended_2 PARTITION OF kb.open_ended FOR VALUES FROM ('2011-02-01') TO (MAXVALUE)});
get(q{CALL kb.run_job('partitions')});
is(get(q{SELECT string_agg(inhrelid::regclass::text, ' ' ORDER BY inhrelid::regclass::text) FROM pg_inherits WHERE inhparent IN ('kb.turnover'::regclass, 'kb."Visits"'::regclass)}),
	'kb."Visits_2011_03" kb."Visits_2011_04" kb."Visits_2011_05" kb.turnover_2011_01 kb.turnover_2011_02 kb.turnover_2011_03 kb.turnover_2011_04 kb.turnover_2011_05 kb.visits_2011_02',
	'this month and the two after it');
is(get(q{SELECT pg_get_expr(relpartbound, oid), relowner::regrole FROM pg_class WHERE relname = 'Visits_2011_03'}),
	q{FOR VALUES FROM ('2011-02-28 21:00:00+00') TO ('2011-03-31 20:00:00+00')|boss}, 'by the company\'s days, and the owner\'s');
like(says('DELETE FROM kb."Visits_2011_03"'), qr/42501: rows of table "Visits_2011_03" are neither changed nor removed/, 'guarded as the whole table is');
is(get(q{SELECT count(*) FROM pg_inherits WHERE inhparent IN ('kb.by_year'::regclass, 'kb.open_ended'::regclass)}), 3, 'what is partitioned otherwise is let alone');
is(get(q{SELECT done FROM kb.job_run WHERE job = 'partitions' ORDER BY id DESC LIMIT 1}), 7, 'seven were made');
get(q{
	CREATE TABLE kb.turnover_rest PARTITION OF kb.turnover DEFAULT;
	INSERT INTO kb.organization (id, name) VALUES (1, 'Early');
	INSERT INTO kb.turnover VALUES (1, '2011-06', 1);
	ALTER DATABASE postgres SET kbnorms.today = '2011-04-01'});
like(says(q{CALL kb.run_job('partitions')}), qr/WARNING.*partitions of coming months could not be made: turnover: .*default partition/s, 'a table that cannot have its partition');
is(get(q{SELECT count(*) FROM pg_inherits WHERE inhparent = 'kb."Visits"'::regclass}), 5, 'does not keep the others from theirs');
like(says(q{CALL kb.run_job('partitions')}), qr/42P17: partitions failed: partitions of coming months/, 'and then is the job\'s failure');

# The clock as it runs, past an hour that is left out.
get(q{
	ALTER DATABASE postgres RESET kbnorms.today;
	UPDATE kb.job SET enabled = code = 'slow', day_of_month = NULL});

# The slots that were served since the last call, in the company's time.
my $seen = 0;
sub served
{
	get('CALL kb.run_jobs()') for 1 .. 2;
	my $slots = get(qq{SELECT string_agg(to_char(slot AT TIME ZONE current_setting('kbnorms.timezone'), 'HH24:MI:SS'), ' ' ORDER BY id) FROM kb.job_run WHERE job = 'slow' AND state = 'done' AND id > $seen});
	$seen = get('SELECT max(id) FROM kb.job_run');
	return $slots;
}
$seen = get('SELECT max(id) FROM kb.job_run');

my ($moment, $local) = put_forward($node, '12:00', 5);
my $show = q{SELECT kbnorms.today(); SELECT to_char(now() AT TIME ZONE current_setting('kbnorms.timezone'), 'HH24')};
get(sprintf q{SELECT kbnorms.today(); UPDATE kb.job SET run_at = '%s' WHERE code = 'slow'}, clock_face($local + 7));
is(served(), clock_face($local + 7), 'before the clock is put forward yesterday\'s slot is owed');
is(substr(get($show), -2), '12', 'it is past noon');
wait_until($moment + 8);
is(substr(get($show), -2), '13', 'the clock is put forward');
is(served(), clock_face($local + 3607), 'the time that was left out has come once');

# A standby serves no job; promoted in the middle of one, it goes on with it.
get(q{DELETE FROM done WHERE job = 'quick'; UPDATE kb.job SET run_at = '00:00' WHERE code = 'slow'; DELETE FROM kb.job_run WHERE job = 'slow'});
$node->backup('copy');
my $primary = $node;
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'copy', has_streaming => 1);
$standby->start;
$run = start_jobs();
$primary->wait_for_catchup($standby);
$node = $standby;
like(says('CALL kb.run_jobs()'), qr/25006: run_jobs cannot run on a standby server.*HINT:  Call it on the primary/s, 'a standby serves no job');
is(status('slow', 'running, last_state, last_error'), 't|running|', 'but shows how those of the primary are doing');
$primary->stop('immediate');
$run->{run}->finish;
$standby->promote;
is(status('slow', 'running, last_state'), 'f|failed', 'promoted it sees that it was broken off');
get(q{INSERT INTO done VALUES ('quick')});
get('CALL kb.run_jobs()');
is(ledger('slow'), 'slow|done|2|1|', 'and does what its primary had begun');
is(status('slow', 'last_state, overdue_by'), 'done|', 'and is up to date');
$standby->stop;

done_testing();
