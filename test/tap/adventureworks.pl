# AdventureWorks, where its folder is given in KBNORMS_ADVENTUREWORKS: what was
# loaded and what would be released agree with a reading of the files alone.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $folder = $ENV{KBNORMS_ADVENTUREWORKS};

# The rows of a file as hashes; the columns wanted hold no quoted commas after
# the first two, which name stores and are not asked for.
sub rows
{
	my ($name) = @_;
	my @lines = split /\n/, slurp_file("$folder/$name");
	my @columns = split /,/, shift @lines;

	return map {
		my @fields;
		push @fields, defined $1 ? $1 : $2 while /\G(?:"((?:[^"]|"")*)"|([^,]*))(?:,|$)/g;
		my %row;
		@row{@columns} = @fields[ 0 .. $#columns ];
		\%row;
	} @lines;
}

my $node = PostgreSQL::Test::Cluster->new('adventureworks');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION kbnorms');
$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;
$ENV{PGDATABASE} = 'postgres';
$node->command_ok([ 'examples/adventureworks/load.sh', $folder ], 'load and report');

my %hired = map { $_->{sales_person_id} => $_->{hire_date} } rows('salespersons.csv');
my %orders;
push @{ $orders{ $_->{store_id} } }, $_
  foreach sort { $a->{order_date} cmp $b->{order_date} || $a->{order_id} <=> $b->{order_id} } rows('store_orders.csv');
my (%owned, $due);
foreach my $store (rows('stores.csv'))
{
	my $owner = $store->{sales_person_id};
	my @orders = @{ $orders{ $store->{store_id} } || [] };
	my $clock = @orders ? $orders[-1]{order_date} : '';

	$owned{$owner}++;
	# silent since before he was hired: his binding is younger than the last sale
	$clock = $hired{$owner} if $hired{$owner} gt $clock;
	# sold last by another: bound the day after
	$due++ if $clock le (@orders && $orders[-1]{sales_person_id} ne $owner
		&& $clock eq $orders[-1]{order_date} ? '2013-11-01' : '2013-11-02');
}

is($node->safe_psql('postgres', q{
	SELECT string_agg(manager_id || ':' || n, ' ' ORDER BY manager_id)
	FROM (SELECT manager_id, count(*) AS n FROM adventureworks.binding GROUP BY manager_id) AS b}),
	join(' ', map { "$_:$owned{$_}" } sort keys %owned), 'every owner has his stores');
is($node->safe_psql('postgres', 'SELECT count(*) FROM adventureworks.import_reject'), 0, 'nothing is rejected');
is($node->safe_psql('postgres', q{
	SELECT state || ' ' || released FROM adventureworks.job_run ORDER BY id DESC LIMIT 1}),
	"dry $due", 'the dry run counts what the files say is silent');

# The lists of the real data add up.
my $lists = $node->background_psql('postgres');
$lists->query_safe(q{SET search_path = adventureworks, kbnorms; SET kbnorms.today = '2014-05-02'});
is($lists->query_safe(q{SELECT count(*) FROM current_binding}), $lists->query_safe(q{SELECT count(*) FROM binding}), 'the classifier with names has every binding');
is($lists->query_safe(q{SELECT sum(bindings) FROM unbinding_forecast WHERE release_on <= as_of AND NOT held_back}), $due, 'the forecast foretells what is due');
is($lists->query_safe(q{
	SELECT count(*) FROM (SELECT manager_id, rule, actual, coalesce(nullif(count(account_id), 0), actual) AS accounts FROM violation GROUP BY 1, 2, 3) v
	FULL JOIN (SELECT * FROM compliance WHERE verdict = 'missed') c ON c.manager_id = v.manager_id AND c.measure = v.rule AND c.actual IN (v.actual) AND v.accounts = c.actual
	WHERE v.rule IS NULL OR c.measure IS NULL}), 0, 'violation names what compliance counts');
is($lists->query_safe(q{SELECT count(*) > 0 AND bool_and(held_since_before) FROM violation WHERE account_id IS NOT NULL}), 't', 'all of it held since before: it came by the first load');
is($lists->query_safe(q{SELECT count(*) FROM violation WHERE since > as_of OR what_to_do IS NULL}), 0, 'with what to do, since no day to come');

# So do its units, the month before and after it is put on record.
sub units_add_up
{
	my ($what) = @_;
	is($lists->query_safe(q{
		SELECT count(*) FILTER (WHERE u.clients + u.clients_shared <> p.clients + c.clients
				OR u.people <> p.people + c.people OR u.base_size_missed <> p.missed + c.missed) || ' of ' || count(*)
		FROM unit_scorecard('2014-03') u
		CROSS JOIN LATERAL (
			SELECT coalesce(sum(clients), 0) AS clients, coalesce(sum(people), 0) AS people, coalesce(sum(base_size_missed), 0) AS missed
			FROM unit_scorecard('2014-03') p WHERE p.parent_id = u.unit_id) p
		CROSS JOIN LATERAL (
			SELECT coalesce(sum(coalesce(base_size_actual, handover_actual)), 0) AS clients, count(*) AS people,
				count(*) FILTER (WHERE base_size = 'missed') AS missed
			FROM scorecard('2014-03') c WHERE c.unit_id = u.unit_id) c}), '0 of 14', "units, offices and people add up, $what");
	is($lists->query_safe(q{
		SELECT format('%s %s %s %s', u.clients, trim_scale(u.turnover), u.people, u.base_size_missed + u.paying_share_missed + u.off_profile_missed)
		FROM unit_scorecard('2014-03') u WHERE u.kind = 'centre'}),
		$lists->query_safe(q{
		SELECT format('%s %s %s %s', count(DISTINCT h.organization_id), trim_scale(sum(t.amount)),
			(SELECT count(DISTINCT manager_id) FROM scorecard('2014-03')),
			(SELECT count(*) FROM compliance('2014-03') WHERE verdict = 'missed' AND measure IN ('base_size', 'paying_share', 'off_profile')))
		FROM (SELECT DISTINCT h.organization_id FROM holding h JOIN manager_post p ON p.manager_id = h.manager_id AND p.since <= '2014-03-31'
			WHERE h.held_from <= '2014-03-31' AND (h.held_until > '2014-03-31' OR h.held_until IS NULL)) h
		LEFT JOIN turnover t ON t.organization_id = h.organization_id AND t.month = '2014-03'}), "to what the tables say, $what");
}
units_add_up('live');
my $cards = $lists->query_safe(q{SELECT * FROM scorecard('2014-03') ORDER BY manager_id});
cmp_ok($lists->query_safe(q{SET client_min_messages = error; SELECT close_month('2014-03')}), '>', 0, 'March is closed');
$lists->query_safe(q{UPDATE turnover SET amount = amount + 1000 WHERE month = '2014-03'});
is($lists->query_safe(q{SELECT * FROM scorecard('2014-03') ORDER BY manager_id}), $cards, 'late sales leave the cards as they were');
$lists->query_safe(q{UPDATE turnover SET amount = amount - 1000 WHERE month = '2014-03'});
units_add_up('on record');
$lists->quit;

is($node->safe_psql('postgres', q{SELECT check_name, message FROM adventureworks.verify()}), '', 'every promise is kept');

done_testing();
