# doc/operations.md: its commands run as they stand there, in their order, and the
# retry of its client does what it says.  Both languages show the same commands.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $folder = -d 'doc' ? 'doc' : '../doc';
my %text = map { $_ => slurp_file("$folder/$_") } ('operations.md', 'operations.ru.md');

# The blocks of a text that are run: section, language, code.
sub blocks_of
{
	my ($text) = @_;
	my @blocks;

	foreach my $section (split /^## /m, $text)
	{
		my ($title) = $section =~ /\A(.*)\n/;
		push @blocks, [ $title, $1, $2 ] while $section =~ /^```(sh|sql|python)\n(.*?)^```$/msg;
	}
	return @blocks;
}

my @blocks = blocks_of($text{'operations.md'});
is_deeply([ map { $_->[2] =~ s/^ *(?:--|#) .*\n//mgr =~ s/""".*?"""//sgr } blocks_of($text{'operations.ru.md'}) ],
	[ map { $_->[2] =~ s/^ *(?:--|#) .*\n//mgr =~ s/""".*?"""//sgr } @blocks ], 'both languages show the same commands');

my $node = PostgreSQL::Test::Cluster->new('operations');
$node->init(allows_streaming => 1);
$node->start;
my $dir = PostgreSQL::Test::Utils::tempdir;
$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;
$ENV{PGUSER} = 'postgres';
chdir $dir or die;

# What the examples speak of: two cards of one client, an office, where it may go.
my $company = q{
	SET ROLE kb_owner;
	SET search_path = kb;
	INSERT INTO unit (id, parent_id, kind, name, city) VALUES (1, NULL, 'region', 'R', 'Perm'), (3, 1, 'cluster', 'C', 'Ufa'),
		(2, 1, 'office', 'A', NULL), (4, 3, 'office', 'B', NULL);
	INSERT INTO manager (id, full_name, hired_on, novice_since) VALUES (1, 'Ivanov', '2009-01-01', '2009-02-01');
	INSERT INTO manager_post (manager_id, since, position, specialization, unit_id) VALUES (1, '2009-01-01', 'manager', 'universal', 2);
	INSERT INTO organization (id, name, client_group, potential, city) SELECT n, 'O' || n, 'emo', 'A', 'Perm' FROM generate_series(1, 3) n;
	UPDATE rule SET enforcement = 'off' WHERE code IN ('memo', 'approval', 'applicant');
	INSERT INTO binding (organization_id, manager_id) VALUES (1, 1), (2, 1)};

foreach my $block (@blocks)
{
	my ($section, $language, $code) = @$block;
	my ($out, $err) = ('', '');
	my @command =
	  $language eq 'sh' ? ('bash', '-eu', '-o', 'pipefail', '-c', $code) :
	  $language eq 'sql' ? ('psql', '-X', '-v', 'ON_ERROR_STOP=1', '-d', 'crm', '-c', $code) :
	  ();

	if (!@command)
	{
		retry_works($code);
		next;
	}
	my $done = IPC::Run::run(\@command, '>', \$out, '2>', \$err);
	ok($done, "$section: " . (grep { !/^--|^SET/ } split /\n/, $code)[0]) or diag("$out$err");
	$node->safe_psql('crm', $company) if $section eq 'Install';
	like($out, qr/^0$/m, 'the one number is 0') if $section eq 'Watch' && $language eq 'sh';
	like($out, qr/0 rows/, 'the restored base keeps every promise') if $section =~ /^Back up/ && $code =~ /verify\(\)/;
	is($node->safe_psql('crm', q{SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class WHERE relkind = 'p' AND relnamespace = 'kb'::regnamespace}),
		'activity,binding_log,turnover', 'the tables are divided') if $section eq 'Years of data' && $language eq 'sql';
	is($node->safe_psql('crm', q{SELECT unit_id FROM kb.manager_at(kbnorms.today())}), 4, 'people stand in the other office')
	  if $code =~ /close_unit/;
}
is($node->safe_psql('crm', q{SELECT count(*) FROM pg_namespace WHERE nspname IN ('kb', 'kbnorms')}), 0, 'nothing is left');

# Lost races are repeated, broken rules are not.
sub retry_works
{
	my ($python) = @_;

	PostgreSQL::Test::Utils::append_to_file("$dir/retry.py", $python);
	PostgreSQL::Test::Utils::append_to_file("$dir/races.py", q{
import threading
import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ
from retry import in_transaction

one, other = psycopg2.connect(dbname="crm"), psycopg2.connect(dbname="crm")
calls = []

# 40001: another came first after our first look
one.set_isolation_level(ISOLATION_LEVEL_REPEATABLE_READ)
def renamed(cursor):
    cursor.execute("SELECT name FROM kb.organization WHERE id = 3")
    if not calls:
        with other, other.cursor() as rival:
            rival.execute("UPDATE kb.organization SET name = 'theirs' WHERE id = 3")
    calls.append(cursor.fetchone()[0])
    cursor.execute("UPDATE kb.organization SET name = 'ours' WHERE id = 3")
in_transaction(one, renamed)
print("40001", calls)
one.set_session(isolation_level="READ COMMITTED")

# 55P03: who holds the manager lets go of him after our first attempt
calls = []
def bound(cursor):
    if calls:
        other.rollback()
    else:
        with other.cursor() as rival:
            rival.execute("SELECT FROM kb.manager WHERE id = 1 FOR UPDATE")
    calls.append(1)
    cursor.execute("INSERT INTO kb.binding (organization_id, manager_id, territory_exception) VALUES (3, 1, 'works well')")
    cursor.execute("DELETE FROM kb.binding WHERE organization_id = 3")
in_transaction(one, bound, lock_timeout="200ms")
print("55P03", len(calls))

# 40P01: two that take the same rows the other way round
calls = []
both = threading.Barrier(2)
def taker(connection, ids):
    def taken(cursor):
        calls.append(ids)
        for n, number in enumerate(ids):
            cursor.execute("UPDATE kb.organization SET city = city WHERE id = %s", (number,))
            if n == 0 and len(calls) <= 2:
                both.wait()
    in_transaction(connection, taken)
threads = [threading.Thread(target=taker, args=(one, (1, 3))), threading.Thread(target=taker, args=(other, (3, 1)))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("40P01", len(calls) > 2)

# 23514: a rule is not talked round
calls = []
def refused(cursor):
    calls.append(1)
    cursor.execute("UPDATE kb.organization SET head_id = 3 WHERE id = 3")
try:
    in_transaction(one, refused)
except psycopg2.Error as error:
    print(error.pgcode, len(calls))
});
	my ($out, $err) = run_command([ '/usr/bin/python3', "$dir/races.py" ]);
	is($out, "40001 ['O3', 'theirs']\n55P03 2\n40P01 True\n23514 1", 'lost races are repeated, on new reads; broken rules are not') or diag($err);
}
done_testing();
