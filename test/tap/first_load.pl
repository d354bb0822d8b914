# A company comes over from files, as the example of doc/loading.md does it: in
# UTF-8 and as a Russian spreadsheet writes them, with the same outcome.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('first_load');
$node->init;
$node->append_conf('postgresql.conf', "kbnorms.today = '2010-07-15'");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION kbnorms');
$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;
$ENV{PGDATABASE} = 'postgres';

# What a base holds, without what depends on the time of the run.
sub contents
{
	my ($base) = @_;

	return $node->safe_psql('postgres', qq{
		SET search_path = $base, kbnorms;
		SELECT u::text FROM unit u ORDER BY id;
		SELECT t::text FROM territory t ORDER BY id;
		SELECT m::text FROM manager m ORDER BY id;
		SELECT p::text FROM manager_post p ORDER BY 1;
		SELECT t::text FROM manager_territory t ORDER BY 1;
		SELECT o::text FROM organization o ORDER BY id;
		SELECT h::text FROM holding h ORDER BY 1;
		SELECT (organization_id, manager_id, bound_on, unbound_on, head_id, change, reason)::text FROM binding_log ORDER BY id;
		SELECT t::text FROM turnover t ORDER BY 1;
		SELECT o::text FROM overdue o ORDER BY 1;
		SELECT a::text FROM activity a ORDER BY id;
		SELECT name, loaded_through FROM feed ORDER BY 1});
}

# How many objects of each kind went in and were rejected.
sub counted
{
	my ($output) = @_;

	return join ' ', map { /^ (\w+) *\| *(\d+) \| *(\d+) \| *(\d+) \| *(\d+)$/ ? "$1:$2=$3+$4+$5" : () } split /\n/, $output;
}

my @files = ([ 'kb', 'utf-8' ], [ 'ck', 'windows-1251', 'WIN1251', ';' ]);
my %contents;
foreach my $file (@files)
{
	my ($base, $folder, @form) = @$file;
	my @command = ('examples/first-load/load.sh', "examples/first-load/$folder", $base, @form);
	my ($output, $error);

	$node->safe_psql('postgres', "CALL kbnorms.create_client_base('$base')");
	($output, $error) = run_command(\@command);
	is(counted($output),
		'units:7=6+0+1 territories:2=2+0+0 managers:4=4+0+0 posts:4=4+0+0 manager_territories:1=1+0+0 '
		  . 'organizations:7=5+0+2 bindings:5=4+0+1 history:2=2+0+0 turnover:5=4+0+1 overdue:1=1+0+0 activities:3=3+0+0',
		"$folder: what is sound goes in");
	is($error, '', "$folder: without a word");
	like($output, qr/units +\| +7 \| path +\| Центр\/Сибирь\/ОП Омск/, "$folder: what is not is listed");
	$contents{$base} = contents($base);
	($output, $error) = run_command(\@command);
	is(counted($output),
		'units:7=0+6+1 territories:2=0+2+0 managers:4=0+4+0 posts:4=0+4+0 manager_territories:1=0+1+0 '
		  . 'organizations:7=0+5+2 bindings:5=0+4+1 history:2=0+2+0 turnover:5=0+4+1 overdue:1=0+1+0 activities:3=0+3+0',
		"$folder: again it is all there");
	is(contents($base), $contents{$base}, "$folder: and nothing changes");
}
is($contents{ck}, $contents{kb}, 'both give the same base');
is($node->safe_psql('postgres', q{SET search_path = kb, kbnorms; SELECT count(*) FROM verify()}), 0, 'in which there is nothing amiss');
like($contents{kb}, qr/ЗАО «Щит; и меч»/, 'with its names');
is($node->safe_psql('postgres', q{
	SELECT string_agg(n::text, ' ') FROM (SELECT nextval(pg_get_serial_sequence('kb.' || t, 'id')) AS n
		FROM unnest(ARRAY['unit', 'territory', 'manager', 'organization']) WITH ORDINALITY AS x(t, o) ORDER BY o) s}),
	'7 3 5 6', 'the sequences stand behind what went in');

# What the documents say of the columns is what is read.
my $columns = $node->safe_psql('postgres', q{
	SET search_path = kb, kbnorms;
	SELECT k.kind || ': ' || string_agg(c.name, ' ' ORDER BY c.name)
	FROM unnest(load_kinds()) WITH ORDINALITY AS k(kind, place), load_columns(k.kind) c
	GROUP BY k.kind, k.place
	ORDER BY k.place});
foreach my $document ('doc/loading.md', 'doc/loading.ru.md')
{
	my $described = '';

	foreach my $row (slurp_file($document) =~ /^(\| `\w+`[^|]*\| .* \|)$/mg)
	{
		my ($kind, @names) = $row =~ /`(\w+)`/g;
		$described .= "$kind: " . join(' ', sort @names) . "\n";
	}
	is($described, "$columns\n", "$document: the columns of every relation");
}

# A crash in the middle: nothing of the company is there, and it can be loaded again.
$node->safe_psql('postgres', q{
	CALL kbnorms.create_client_base('crash');
	CREATE FUNCTION crash.die() RETURNS trigger LANGUAGE plpgsql
	AS 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
	CREATE TRIGGER die AFTER INSERT ON crash.overdue FOR EACH STATEMENT EXECUTE FUNCTION crash.die()});
command_fails([ 'examples/first-load/load.sh', 'examples/first-load/utf-8', 'crash' ], 'the load is killed in the middle');
is($node->safe_psql('postgres', 'SELECT (SELECT count(*) FROM crash.unit) + (SELECT count(*) FROM crash.binding)'), 0, 'nothing has gone in');
$node->safe_psql('postgres', 'DROP TRIGGER die ON crash.overdue');
command_ok([ 'examples/first-load/load.sh', 'examples/first-load/utf-8', 'crash' ], 'it is run again');
is($node->safe_psql('postgres', 'SELECT count(*) FROM crash.binding'), 4, 'and all is there');

# A file whose columns are not what they should be is refused, before anything is loaded.
my $folder = PostgreSQL::Test::Utils::tempdir();
append_to_file("$folder/units.csv", "path,sort\nЦентр,ЦП\n");
command_fails_like([ 'examples/first-load/load.sh', $folder, 'kb' ], qr/column "sort" .* does not exist/, 'a column that no load reads');

done_testing();
