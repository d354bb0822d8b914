# Types inn and month on the wire, in files and in dumps.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('types');
$node->init;
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION kbnorms;
	CREATE TABLE payer (
		inn kbnorms.inn PRIMARY KEY,
		since kbnorms.month NOT NULL DEFAULT '2010-07' CHECK (since >= '0001-01'),
		told kbnorms.month[] DEFAULT ARRAY['2010-01', '2010-02']::kbnorms.month[],
		next kbnorms.month GENERATED ALWAYS AS (since + 1) STORED
	);
	CREATE INDEX payer_since ON payer (since, inn) WHERE since <> '1990-01';
	CREATE INDEX payer_hash ON payer USING hash (since);
	CREATE STATISTICS payer_both ON inn, since FROM payer;
	CREATE VIEW late AS
		SELECT inn, min(since) AS first, since - '2010-01' AS months FROM payer
		WHERE since BETWEEN '2010-01' AND date '2010-12-31' GROUP BY inn, since;
	CREATE TABLE turnover (inn kbnorms.inn, month kbnorms.month, PRIMARY KEY (inn, month)) PARTITION BY RANGE (month);
	CREATE TABLE turnover_2010 PARTITION OF turnover FOR VALUES FROM ('2010-01') TO ('2011-01');
	CREATE FUNCTION half(kbnorms.month) RETURNS kbnorms.month LANGUAGE sql IMMUTABLE RETURN $1 + 6;
	CREATE INDEX payer_half ON payer (half(since));
	INSERT INTO payer VALUES
		('7707083893', '2010-07'), ('770708389324', '2010-07'), ('0000000018', '0001-01'),
		('000000000184', '9999-06'), ('500100732259', '2012-02'), ('9999999998', '1990-01');
	INSERT INTO turnover SELECT inn, m FROM payer, kbnorms.generate_series('2010-03', '2010-06') AS m;
});
my $rows = 'SELECT inn, since, told, next FROM payer ORDER BY inn';
my $expected = $node->safe_psql('postgres', $rows);

# The bytes of both forms.
is($node->safe_psql('postgres', q{SELECT kbnorms.inn_send('7707083893'), kbnorms.inn_send('000000000184')}),
	'\x37373037303833383933|\x303030303030303030313834', 'an inn is sent as its digits');
is($node->safe_psql('postgres', q{SELECT kbnorms.month_send('0001-01'), kbnorms.month_send('2010-07')}),
	'\x0000000c|\x00005e3e', 'a month is sent as year * 12 + month - 1');

# COPY in binary form and back.
my $dir = PostgreSQL::Test::Utils::tempdir;
$node->safe_psql('postgres', qq{
	COPY payer (inn, since, told) TO '$dir/payer' (FORMAT binary);
	CREATE TABLE copied (LIKE payer INCLUDING ALL);
	COPY copied (inn, since, told) FROM '$dir/payer' (FORMAT binary);
	COPY copied (inn, since, told) TO '$dir/copied' (FORMAT binary);
});
is($node->safe_psql('postgres', $rows =~ s/payer/copied/r), $expected, 'binary COPY brings every row back');
is(slurp_file("$dir/copied"), slurp_file("$dir/payer"), 'and the same bytes');

# A binary file of one row with these fields.
sub binary_file
{
	my ($name, @fields) = @_;
	open(my $file, '>:raw', "$dir/$name") or die $!;
	print $file "PGCOPY\n\xff\r\n\0", pack('N N', 0, 0), pack('n', scalar @fields);
	print $file defined $_ ? pack('N a*', length($_), $_) : pack('N', 0xffffffff) for @fields;
	print $file pack('n', 0xffff);
	close($file);
}

$node->safe_psql('postgres', 'CREATE TABLE received (inn kbnorms.inn, month kbnorms.month)');
binary_file('sound', '500100732259', pack('N', 2010 * 12 + 6));
$node->safe_psql('postgres', "COPY received FROM '$dir/sound' (FORMAT binary)");
binary_file('null', undef, undef);
$node->safe_psql('postgres', "COPY received FROM '$dir/null' (FORMAT binary)");
is($node->safe_psql('postgres', 'SELECT * FROM received'), "500100732259|2010-07\n|", 'what a client sends is read');

my @refused = (
	[ 'wrong check digit', '7707083894', 24126, '22P02', 'The check digit at position 10 is 4, but 3 belongs' ],
	[ 'short number', '770708389', 24126, '22P02', 'Its length is 9;' ],
	[ 'no number', '', 24126, '22P02', 'Its length is 0;' ],
	[ 'all zeros', '0000000000', 24126, '22P02', 'All zeros' ],
	[ 'number with a blank', '7707083893 ', 24126, '22P02', 'Position 11 holds " "' ],
	[ 'number with a zero byte', "7707083893\0", 24126, '22021', 'invalid byte sequence' ],
	[ 'number in bytes of no encoding', "770708389\xff", 24126, '22021', 'invalid byte sequence' ],
	[ 'month before the first', '7707083893', 11, '22008', 'month out of range' ],
	[ 'month after the last', '7707083893', 120000, '22008', 'month out of range' ],
	[ 'negative month', '7707083893', -1, '22008', 'month out of range' ],
	[ 'month of two bytes', '7707083893', "\x5e\x3e", '08P01', 'insufficient data' ],
	[ 'month of five bytes', '7707083893', "\0\0\0\x5e\x3e", '22P03', 'incorrect binary data format' ]);
for my $case (@refused)
{
	my ($what, $inn, $month, $state, $message) = @$case;
	binary_file('refused', $inn, $month =~ /^-?\d+$/ ? pack('N', $month & 0xffffffff) : $month);
	my ($status, $out, $err) = $node->psql('postgres',
		"\\set VERBOSITY verbose\nCOPY received FROM '$dir/refused' (FORMAT binary)");
	like($err, qr/ERROR:  $state: .*\Q$message\E/s, "refused: $what");
}
is($node->safe_psql('postgres', 'SELECT count(*) FROM received'), 2, 'and nothing of it was stored');

# Dump and restore: data, defaults, checks, indexes, partitions, views.
for my $format ('plain', 'custom')
{
	my $dump = "$dir/dump.$format";
	$node->command_ok([ 'pg_dump', "--format=$format", "--file=$dump", $node->connstr('postgres') ], "pg_dump, $format");
	$node->safe_psql('postgres', "CREATE DATABASE $format");
	my @restore = $format eq 'plain'
		? ('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump, '-d', $node->connstr($format))
		: ('pg_restore', '--exit-on-error', '-d', $node->connstr($format), $dump);
	$node->command_ok(\@restore, "restored, $format");
	is($node->safe_psql($format, $rows), $expected, "the rows are back, $format");
	is($node->safe_psql($format, 'SELECT * FROM late ORDER BY inn'),
		"7707083893|2010-07|6\n770708389324|2010-07|6", "the view answers, $format");
	is($node->safe_psql($format, 'SELECT count(*), min(month), max(month) FROM turnover_2010'),
		'24|2010-03|2010-06', "the partition is filled, $format");
	is($node->safe_psql($format, 'SELECT indexdef FROM pg_indexes ORDER BY 1'),
		$node->safe_psql('postgres', 'SELECT indexdef FROM pg_indexes ORDER BY 1'), "the indexes are the same, $format");
	my ($status, $out, $err) = $node->psql($format, q{INSERT INTO payer (inn) VALUES ('7707083893')});
	like($err, qr/payer_pkey/, "the key holds, $format");
}

# From 16 on an error of input is one that its caller may pass over.
if ($node->pg_version >= 16)
{
	is($node->safe_psql('postgres', q{
		SELECT sql_error_code, detail FROM pg_input_error_info('7707083894', 'kbnorms.inn')
		UNION ALL SELECT sql_error_code, detail FROM pg_input_error_info('2010-13', 'kbnorms.month')
		UNION ALL SELECT sql_error_code, detail FROM pg_input_error_info('0000-01', 'kbnorms.month')}),
		"22P02|The check digit at position 10 is 4, but 3 belongs to the digits before it.\n"
		. "22P02|There is no month 13 in a year.\n22003|Months run from 0001-01 to 9999-12.", 'soft errors');
}

# The types stay while a column uses them.
my ($status, $out, $err) = $node->psql('postgres', 'DROP EXTENSION kbnorms');
like($err, qr/cannot drop extension kbnorms because other objects depend on it/, 'the extension stays while a column uses it');

$node->stop;
done_testing();
