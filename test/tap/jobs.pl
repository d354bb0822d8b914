# run_jobs and its ledger: jobs of the company's own, failures and their
# retries.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use IPC::Run;

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
like(says(q{CALL kb.run_job('nothing')}), qr/42704: there is no job "nothing".*HINT/s, 'there must be such a job');
like(says(q{BEGIN; CALL kb.run_job('fine')}), qr/25001: fine cannot run inside a transaction block/, 'at top level');

done_testing();
