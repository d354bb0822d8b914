# doc/what-if.md: what its examples print, and both languages show the same.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $folder = -d 'doc' ? 'doc' : '../doc';

# The examples of a text: each statement with what it printed.
sub examples_of
{
	my ($file) = @_;
	my @examples;

	foreach my $block (slurp_file("$folder/$file") =~ /((?:^ {4}.*\n)+)/mg)
	{
		$block =~ s/^ {4}//mg;
		push @examples, [ split /(?<=;)\n/, $block, 2 ];
	}
	return @examples;
}

my @examples = examples_of('what-if.md');
cmp_ok(scalar @examples, '>', 5, 'examples');
is_deeply([ examples_of('what-if.ru.md') ], \@examples, 'both languages show the same');

my $node = PostgreSQL::Test::Cluster->new('what_if');
$node->init;
$node->append_conf('postgresql.conf', "kbnorms.today = '2010-07-15'");
$node->start;
$node->safe_psql('postgres', q{CREATE EXTENSION kbnorms; CALL kbnorms.create_client_base('kb', memos => false)});
$node->command_ok([ 'psql', '-X', '-q', '-d', $node->connstr('postgres'), '-v', 'base=kb', '-v', 'size=1', '-f', "examples/sample/load.sql" ],
	'the sample company');

foreach my $example (@examples)
{
	my ($statement, $printed) = @$example;
	my ($out, $err) = run_command([ 'psql', '-X', '-q', '-d', $node->connstr('postgres'), '-c', $statement ]);

	is($err . $out =~ s/\s+\z//r, ($printed // '') =~ s/\s+\z//r, (split /\n/, $statement)[0]);
}
done_testing();
