# The READMEs: the first bind by hand gives the output that they print, and
# both show the same commands.
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

# The statements of a transcript, each with what it printed.
sub statements_of
{
	my ($text) = @_;
	my @statements;

	foreach my $block ($text =~ /((?:^ {4}.*\n)+)/mg)
	{
		$block =~ s/^ {4}//mg;
		while ($block =~ /\G((?:SELECT|INSERT|UPDATE|DELETE)\b.*?;\n)(.*?)(?=^(?:SELECT|(?:INSERT|UPDATE|DELETE) [a-zA-Z])|\z)/msg)
		{
			push @statements, [ $1, $2 ];
		}
	}
	return @statements;
}

my %text = map { $_ => slurp_file($_) } ('README.md', 'README.ru.md');
is(code_of($text{'README.ru.md'}), code_of($text{'README.md'}), 'both READMEs show the same commands');

my $node = PostgreSQL::Test::Cluster->new('readme');
$node->init;
$node->append_conf('postgresql.conf', "kbnorms.today = '2010-07-15'");
$node->start;
foreach my $file (sort keys %text)
{
	my $by_hand = section($text{$file}, 3);
	my ($script) = $by_hand =~ /^```sql\n(.*?)^```$/ms;
	my @statements = statements_of($by_hand);
	(my $database = lc $file) =~ tr/./_/;

	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, $script);
	is(scalar @statements, 4, "$file: a refused bind, the question, a swap and the log");
	foreach my $statement (@statements)
	{
		my ($sql, $printed) = @$statement;
		my ($out, $err) = run_command([
				'psql', '-X', '-P', 'footer=off', '-v', 'VERBOSITY=verbose',
				'-d', $node->connstr($database), '-c', $sql ]);

		is(plain("$out\n$err\n"), plain($printed), "$file: " . (split /\n/, $sql)[0]);
	}
}
done_testing();
