# The recipe of doc/loading.md for an ERP database: its view is a foreign table
# here, which the feed is loaded from, also where the ERP fails in mid-load.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $erp = PostgreSQL::Test::Cluster->new('erp');
$erp->init;
$erp->start;
$erp->safe_psql('postgres', q{
	CREATE TABLE sale (payer_inn text, sold_on date, sum numeric);
	INSERT INTO sale
	SELECT CASE n % 3 WHEN 0 THEN '7707083893' WHEN 1 THEN '7736050003' ELSE '7744000302' END, date '2010-06-01' + n % 30, 1
	FROM generate_series(0, 2999) n;
	CREATE VIEW kb_turnover AS
	SELECT payer_inn AS inn, to_char(sold_on, 'YYYY-MM') AS month, sum(sum) AS amount, max(sold_on) AS last_on
	FROM sale GROUP BY 1, 2;
	CREATE ROLE kb_reader LOGIN;
	GRANT SELECT ON kb_turnover TO kb_reader});

my $node = PostgreSQL::Test::Cluster->new('loading_fdw');
$node->init;
$node->append_conf('postgresql.conf', "kbnorms.today = '2010-07-15'");
$node->start;
my ($host, $port) = ($erp->host, $erp->port);
$node->safe_psql('postgres', qq{
	CREATE EXTENSION kbnorms;
	CREATE EXTENSION postgres_fdw;
	CALL kbnorms.create_client_base('kb', memos => false);
	INSERT INTO kb.organization (inn, name) VALUES ('7707083893', 'One'), ('7736050003', 'Two');
	CREATE ROLE night LOGIN;
	GRANT USAGE ON SCHEMA kbnorms TO night;
	SELECT kb.grant_loading('night');

	CREATE SCHEMA erp;
	CREATE SERVER erp FOREIGN DATA WRAPPER postgres_fdw
		OPTIONS (host '$host', port '$port', dbname 'postgres', fetch_size '100', connect_timeout '5');
	CREATE USER MAPPING FOR night SERVER erp OPTIONS (user 'kb_reader', password_required 'false');
	CREATE FOREIGN TABLE erp.turnover (inn text, month text, amount numeric, last_on date)
		SERVER erp OPTIONS (schema_name 'public', table_name 'kb_turnover');
	GRANT USAGE ON SCHEMA erp TO night;
	GRANT SELECT ON erp.turnover TO night});

# Load as the role that does so at night; the counts, or what went wrong.
sub load
{
	my ($day) = @_;
	my ($status, $output, $error) = $node->psql('postgres', "SELECT kb.load_turnover('erp.turnover', '$day')",
		extra_params => [ '-U', 'night' ]);

	return $status == 0 ? $output : $error;
}

# What is here of the ERP.
sub loaded
{
	return $node->safe_psql('postgres', q{
		SELECT (SELECT string_agg(amount::text, ' ' ORDER BY organization_id, month) FROM kb.turnover),
			(SELECT loaded_through FROM kb.feed WHERE name = 'turnover')});
}

is(load('2010-07-13'), '(3,2,0,1)', 'the ERP is loaded, without its other clients');
is(loaded(), '1000 1000|2010-07-13', 'amounts and feed');
is(load('2010-07-14'), '(3,0,2,1)', 'the next night nothing is new');
is(loaded(), '1000 1000|2010-07-14', 'but the feed moves');

# The ERP gives rows and then ends the connection.
$erp->safe_psql('postgres', q{
	INSERT INTO sale VALUES ('7707083893', '2010-07-14', 5);
	CREATE FUNCTION dies_after(n bigint) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
	AS 'BEGIN IF n > 1000 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN true; END';
	ALTER VIEW kb_turnover RENAME TO kb_turnover_sound;
	CREATE VIEW kb_turnover AS
	SELECT inn, month, amount, last_on FROM kb_turnover_sound
	UNION ALL
	SELECT '7736050003', '2010-05', 1, NULL FROM generate_series(1, 2000) n WHERE dies_after(n);
	GRANT SELECT ON kb_turnover TO kb_reader});
like(load('2010-07-15'), qr/terminating connection due to administrator command|server closed the connection/, 'the ERP dies in mid-load');
is(loaded(), '1000 1000|2010-07-14', 'nothing is half loaded, the feed has not moved');

# It is not there at all.
$erp->stop('immediate');
like(load('2010-07-15'), qr/could not connect to server "erp"/, 'the ERP is down');
is(loaded(), '1000 1000|2010-07-14', 'nothing is loaded, the feed has not moved');

$erp->start;
$erp->safe_psql('postgres', q{
	DROP VIEW kb_turnover;
	ALTER VIEW kb_turnover_sound RENAME TO kb_turnover;
	GRANT SELECT ON kb_turnover TO kb_reader});
is(load('2010-07-15'), '(4,1,2,1)', 'it is back, and what is new is loaded');
is(loaded(), '1000 5 1000|2010-07-15', 'amounts and feed');

done_testing();
