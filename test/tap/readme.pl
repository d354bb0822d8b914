# The READMEs: the first bind by hand and the memo that follows it give the
# output that they print, and both show the same commands and output.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# What is set as code in a text, without the remarks in it.
sub code_of
{
	my ($text) = @_;
	my $code = '';

	while ($text =~ /^(?:```sql\n(.*?)^```$|((?: {4}[^\n]*\n)+))/msg)
	{
		$code .= defined $1 ? $1 : $2;
	}
	$code =~ s/^--.*\n//mg;
	$code =~ s/ +(?:--|#) .*$//mg;
	return $code;
}

# Text without what is not printed in a README: trailing blanks, where in the
# source an error was raised, empty lines.
sub plain
{
	my ($text) = @_;

	$text =~ s/[ \t]+$//mg;
	$text =~ s/^LOCATION:.*\n//mg;
	$text =~ s/^\n//mg;
	return $text;
}

# The section by its place: its heading differs by language.
sub section
{
	my ($text, $number) = @_;

	return (split /^## /m, $text)[$number];
}

# The statements of a transcript, each with what it printed and as whom.
sub statements_of
{
	my ($text) = @_;
	my $statement = qr/(?:SELECT|SET|(?:INSERT|UPDATE|DELETE) [a-zA-Z])/;
	my $role = 'postgres';
	my @statements;

	$text =~ s/^```.*?^```$//msg;
	foreach my $block ($text =~ /((?:^ {4}.*\n)+)/mg)
	{
		$block =~ s/^ {4}//mg;
		while ($block =~ /\G($statement.*?;\n)(.*?)(?=^$statement|\z)/msg)
		{
			my ($sql, $printed) = ($1, $2);

			if ($sql =~ /^SET ROLE (\w+)/)
			{
				$role = $1;
			}
			else
			{
				push @statements, [ $sql, $printed, $role ];
			}
		}
	}
	return @statements;
}

my $text = slurp_file('README.md');
is(code_of(slurp_file('README.ru.md')), code_of($text), 'both READMEs show the same commands');

my $node = PostgreSQL::Test::Cluster->new('readme');
$node->init;
$node->append_conf('postgresql.conf', "kbnorms.today = '2010-07-15'");
$node->start;

# By its place among the sections: what is made first, then how many statements
# with their output.
foreach my $part ([ 3, 4 ], [ 6, 8 ])
{
	my ($number, $count) = @$part;
	my $section = section($text, $number);
	my ($script) = $section =~ /^```sql\n(.*?)^```$/ms;
	my @statements = statements_of($section);

	$node->safe_psql('postgres', $script);
	is(scalar @statements, $count, "statements of section $number");
	foreach my $statement (@statements)
	{
		my ($sql, $printed, $role) = @$statement;
		my ($out, $err) = run_command([
				'psql', '-X', '-P', 'footer=off', '-v', 'VERBOSITY=verbose',
				'-d', $node->connstr('postgres'), '-U', $role, '-c', $sql ]);

		is(plain("$out\n$err\n"), plain($printed), (split /\n/, $sql)[0]);
	}
}
done_testing();
