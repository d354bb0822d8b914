# The queries of examples/dashboard answer on the sample company, asked as a
# role that may only read, and agree with each other.  make dashboard clicks
# through the site itself.
use strict;
use warnings;

use JSON::PP;
use List::Util qw(sum0);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# What to do is said in Russian too; the system may not have the locale.
my $locales = PostgreSQL::Test::Utils::tempdir;
system_or_bail('localedef', '-i', 'ru_RU', '-f', 'UTF-8', "$locales/ru_RU.UTF-8");
$ENV{LOCPATH} = $locales;

my $node = PostgreSQL::Test::Cluster->new('dashboard');
$node->init;
$node->start;
$node->safe_psql('postgres', "CREATE DATABASE company");
$node->safe_psql('postgres', "ALTER DATABASE company SET kbnorms.today = '2010-07-15'");
$node->safe_psql('company', "CREATE EXTENSION kbnorms; CALL kbnorms.create_client_base('kb', memos => false)");
$node->command_ok([ 'psql', '-X', '-q', '-d', $node->connstr('company'), '-f', 'examples/sample/load.sql' ],
	'load the sample company');
$node->safe_psql('company', q{
	SELECT kb.close_month('2010-05'), kb.close_month('2010-06');
	CREATE ROLE watcher LOGIN;
	SELECT kb.grant_access('watcher', 'reader');
	GRANT SET ON PARAMETER lc_messages TO watcher});

# What each query answers, by the name of its file.
my %answer;
$ENV{PGOPTIONS} = '-c search_path=kb,kbnorms';
foreach my $file (glob 'examples/dashboard/src/data/*.sql')
{
	my ($name) = $file =~ m{/([^/]+)\.json\.sql$};
	my ($out, $err) = run_command([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1',
			'-d', $node->connstr('company') . ' user=watcher', '-f', $file ]);
	is($err, '', "$name is answered");
	$answer{$name} = decode_json($out);
}
delete $ENV{PGOPTIONS};

is(join(' ', sort keys %answer),
	'advice.en advice.ru bindings blacklist company compliance deadlines people releases units violations',
	'every file of the pages has its query');
is_deeply($answer{company}{months}, [ '2010-05-01', '2010-06-01', '2010-07-01' ], 'the closed months and the running one');

my ($whole) = grep { $_->{kind} eq 'centre' && $_->{month} eq '2010-07-01' } @{ $answer{units} };
my %held = map { $_->{account_id} => 1 } @{ $answer{bindings} };
is($whole->{clients}, scalar keys %held, 'the clients of the company are those of its bindings');
my %listed = map { $_->{account_id} => 1 } @{ $answer{blacklist} };
is($whole->{blacklisted}, scalar keys %listed, 'its black-listed clients are those of the black list');

my @missed = grep { $_->{verdict} eq 'missed' } @{ $answer{compliance} };
my %count;
$count{"$_->{month} $_->{manager_id}"}++ foreach @missed;
is(sum0(map { $_->{missed} } @{ $answer{people} }), scalar @missed, 'the cards count what compliance misses');
is((grep { $_->{missed} != ($count{"$_->{month} $_->{manager_id}"} // 0) } @{ $answer{people} }), 0, 'each of them');

is_deeply([ sort keys %{ $answer{'advice.ru'} } ], [ sort map { $_->{key} } @{ $answer{violations} } ],
	'there is advice on every violation');
is((grep { !/\p{Cyrillic}/ } values %{ $answer{'advice.ru'} }), 0, 'in Russian');
is((grep { /\p{Cyrillic}/ } values %{ $answer{'advice.en'} }), 0, 'and in English');

done_testing();
