# The sample company: loads, is the same every time, and shows every verdict.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('sample');
$node->init;
$node->start;

# Lay out a base and load the sample; the new database's name.
sub load_sample
{
	my ($database, $size) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql('postgres', "ALTER DATABASE $database SET kbnorms.today = '2010-07-15'");
	$node->safe_psql($database,
		"CREATE EXTENSION kbnorms; CALL kbnorms.create_client_base('kb', memos => false)");
	$node->command_ok([
			'psql', '-X', '-q', '-d', $node->connstr($database), '-v', "size=$size",
			'-f', 'examples/sample/load.sql' ], "load size $size into $database");
	return $database;
}

# What does not depend on the time of the run.
sub fingerprint
{
	my ($database) = @_;

	return $node->safe_psql($database, q{
		SELECT md5(string_agg(r::text, E'\n' ORDER BY r::text))
		FROM (SELECT m::text FROM kb.manager m
			  UNION ALL SELECT p::text FROM kb.manager_post p
			  UNION ALL SELECT o::text FROM kb.organization o
			  UNION ALL SELECT b::text FROM kb.binding b
			  UNION ALL SELECT t::text FROM kb.turnover t
			  UNION ALL SELECT (manager_id, organization_id, kind, happened_on, outside_office)::text FROM kb.activity) AS r});
}

my $first = load_sample('first', 1);
my $second = load_sample('second', 1);
is(fingerprint($first), fingerprint($second), 'two loads give the same rows');

is($node->safe_psql($first, 'SELECT count(*) FROM kb.import_reject'), 2, 'two lines of the old system are rejected');
is($node->safe_psql($first, q{
	SELECT string_agg(DISTINCT change::text, ' ' ORDER BY change::text) FROM kb.binding_log}),
	'bind link move unbind', 'every kind of change is in the log');
is($node->safe_psql($first, q{
	SELECT string_agg(DISTINCT specialization, ' ' ORDER BY specialization) FROM kb.manager_post}),
	'chain dealer industrial panel_builder territorial universal', 'every specialization');
is($node->safe_psql($first, q{
	SELECT string_agg(DISTINCT kbnorms.manager_status(novice_since, '2010-07-15')::text, ' ') FROM kb.manager}),
	'experienced intern novice veteran', 'every status');

# handover has a row only while something is to be handed over, so it is never met
is($node->safe_psql($first, q{
	WITH judged AS (SELECT * FROM kb.compliance('2010-06') UNION ALL SELECT * FROM kb.compliance('2010-07'))
	SELECT string_agg(measure, ' ' ORDER BY measure)
	FROM (SELECT measure FROM judged WHERE verdict = 'met'
		  INTERSECT SELECT measure FROM judged WHERE verdict = 'missed') AS both_ways}),
	'base_size client_group cold_calls group_quota head_meetings lead_group_meetings lead_own_meetings meetings'
	  . ' newcomer_territory off_profile paying_share respecialization territory',
	'every norm is met by some and missed by others');
is($node->safe_psql($first, q{
	SELECT string_agg(DISTINCT measure, ' ' ORDER BY measure)
	FROM (SELECT measure, verdict FROM kb.compliance('2010-07')) AS july WHERE verdict = 'pending'}),
	'base_size cold_calls handover head_meetings lead_group_meetings lead_own_meetings meetings'
	  . ' paying_share respecialization', 'July: what may still be done or given away is pending');
is($node->safe_psql($first, q{
	SELECT string_agg(DISTINCT verdict, ' ' ORDER BY verdict) FROM kb.compliance WHERE measure = 'respecialization'}),
	'exempt met missed pending', 'a change of specialization has every outcome');
is($node->safe_psql($first, q{SELECT count(*) > 0 FROM kb.blacklist('2010-06')}), 't', 'some are on the black list');
is($node->safe_psql($first, q{
	SELECT bool_or(held_back) AND bool_or(NOT held_back) FROM kb.release_clock('2010-07-15')
	WHERE release_on <= '2010-07-15'}), 't', 'some are due, and some of these are held back');

is($node->safe_psql($first, q{SELECT check_name, message FROM kb.verify()}), '', 'every promise is kept');
is($node->safe_psql($first, q{SELECT check_name, message FROM kb.norm_check()}), '', 'and the norms are sound');

my $larger = load_sample('larger', 2);
is($node->safe_psql($larger, 'SELECT count(*) FROM kb.manager'), 2 * 96 + 2, 'size multiplies the company');

done_testing();
