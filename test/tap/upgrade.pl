# A base that 0.1.0 laid out, brought to the present layout: it is then what a
# new base filled the same way is, down to the last comment, and nothing of its
# company's is lost.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

use BaseCatalog;

my $node = PostgreSQL::Test::Cluster->new('upgrade');
$node->init;
$node->append_conf('postgresql.conf', "kbnorms.today = '2010-07-15'");
$node->start;
$node->safe_psql('postgres', q{
	CREATE ROLE owner LOGIN;
	CREATE ROLE bi;
	CREATE ROLE director;
	CREATE ROLE former;
});

# What a company has in its base and has built on it.
my $company = q{
	INSERT INTO unit (kind, name, city) VALUES ('office', 'ОП', 'Тверь');
	INSERT INTO manager (personnel_no, full_name, hired_on, novice_since)
	VALUES ('1', 'Иванов', '2009-01-01', '2009-02-01'), ('2', 'Петров', '2009-01-01', '2009-02-01');
	INSERT INTO manager_post (manager_id, since, "position", specialization, unit_id)
	SELECT id, '2009-01-01', 'manager', 'universal', 1 FROM manager;
	INSERT INTO organization (name, client_group, potential, city)
	SELECT 'Организация ' || n, 'emo', 'A', 'Тверь' FROM generate_series(1, 50) n;
	UPDATE organization SET head_id = 50 WHERE id = 49;
	INSERT INTO binding (organization_id, manager_id, bound_on) SELECT id, 1, '2009-03-01' FROM organization WHERE id <= 40;
	UPDATE binding SET manager_id = 2 WHERE organization_id = 1;
	INSERT INTO turnover VALUES (1, '2010-06', 20000.50, '2010-06-30'), (2, '2010-06', 10, NULL);
	INSERT INTO overdue VALUES (3, 100, '2010-01-01');
	INSERT INTO activity (manager_id, organization_id, kind, happened_on, outside_office) VALUES (1, 5, 'meeting', '2010-07-01', true);
	INSERT INTO feed VALUES ('turnover', '2010-07-14'), ('overdue', '2010-07-14');
	INSERT INTO import_reject (source, inn, reason) VALUES ('old_system', '7707083893', 'organization 7707083893 is not known');
	CALL unbind_inactive(dry_run => true);
	INSERT INTO memo (reason) VALUES ('a draft');
	SELECT grant_access('director', 'sales_director');
	SELECT grant_access('former', 'reader');
	SELECT revoke_access('former', 'reader');

	UPDATE rule SET enforcement = 'warn' WHERE code = 'territory';
	UPDATE rule SET enforcement = 'off' WHERE code = 'potential';
	UPDATE norm_tenure SET max_accounts = 45, note = 'ours' WHERE specialization = 'universal' AND from_month = 12;
	DELETE FROM norm_potential WHERE specialization = 'chain';
	INSERT INTO specialization VALUES ('service', 'МС', 'Service', 'Сервис');
	INSERT INTO norm_tenure (specialization, from_month, effective_from, max_accounts) VALUES ('service', 0, '2010-01-01', 5);
	UPDATE job SET run_at = '03:30', enabled = false WHERE code = 'unbind_inactive';

	CREATE SCHEMA IF NOT EXISTS ours;
	CREATE VIEW our_missed AS SELECT m.full_name, c.measure, c.actual FROM compliance c JOIN manager m ON m.id = c.manager_id WHERE c.verdict = 'missed';
	CREATE VIEW ours.june AS SELECT manager_id, measure, actual FROM compliance('2010-06');
	CREATE VIEW ours.cards AS SELECT * FROM scorecard;
	CREATE VIEW ours.black AS SELECT * FROM blacklist('2010-06');
	CREATE MATERIALIZED VIEW our_books AS SELECT manager_id, count(*) FROM binding GROUP BY 1;
	CREATE FUNCTION our_size(manager_id bigint) RETURNS bigint LANGUAGE sql STABLE
	BEGIN ATOMIC SELECT count(*) FROM base_at('2010-07-01') b WHERE b.manager_id = our_size.manager_id; END;
	CREATE INDEX our_index ON turnover (amount) WHERE amount > 1000;
	COMMENT ON INDEX our_index IS 'Large sales.';
	COMMENT ON COLUMN manager.full_name IS 'As in the passport.';
	COMMENT ON TABLE overdue IS 'Loaded at night.';
	ALTER TABLE organization ADD COLUMN our_segment text;
	GRANT USAGE ON SCHEMA kb TO bi;
	GRANT SELECT ON compliance, manager, our_missed TO bi;
	GRANT SELECT (id, name) ON organization TO bi;
	GRANT EXECUTE ON FUNCTION compliance(kbnorms.month), our_size TO bi;
	GRANT EXECUTE ON FUNCTION our_size TO PUBLIC;
	GRANT EXECUTE ON FUNCTION base_figures, release_clock TO bi;
};

# A database with a base of a version, filled.
sub lay_out
{
	my ($database, $version) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, qq{
		CREATE EXTENSION kbnorms $version;
		GRANT CREATE ON DATABASE $database TO owner;
		SET ROLE owner;
		CALL kbnorms.create_client_base('kb', memos => false);
		CALL kbnorms.create_client_base('База "Юг"');
		SET search_path = kb;
		$company});
}

# What a statement of the owner raises, without its place.
sub owner_says
{
	my ($database, $statement) = @_;
	my ($status, $out, $err) = $node->psql($database, $statement, extra_params => [ '-U', 'owner' ]);
	return ($err =~ s/^psql:<stdin>:\d+: //mgr) =~ s/^CONTEXT:.*//smr;
}

lay_out('fresh', '');
lay_out('old', "VERSION '0.1.0'");
$node->safe_psql('postgres', 'CREATE DATABASE copy TEMPLATE old');
$node->safe_psql('postgres', 'CREATE DATABASE divided TEMPLATE old');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
my $dir = PostgreSQL::Test::Utils::tempdir;
$node->command_ok([ 'pg_dump', "--file=$dir/dump", '-d', $node->connstr('old') ], '0.1.0 is dumped');

# A session that has used the base before goes on after it.
my $session = $node->background_psql('old', on_error_stop => 0);
$session->query_safe('INSERT INTO kb.binding VALUES (41, 2)');

my $old_columns = $node->safe_psql('old', q{
	SELECT format('%s.%s', relname, attname) FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
	WHERE relnamespace = 'kb'::regnamespace AND relkind IN ('r', 'p') AND attnum > 0
		AND (relname, attname) <> ('client_base', 'version') AND relname NOT IN ('rule', 'job', 'change_log', 'norm_version')});
my @old_columns = split /\n/, $old_columns;
my $rows = rows_of($node, 'old', 'kb', @old_columns);
my $rules = 'SELECT code, enforcement, title_ru FROM kb.rule ORDER BY sort_order';
my $jobs = 'SELECT to_jsonb(j) FROM kb.job j ORDER BY code';

# Before: the new library serves the old base.
like(owner_says('old', q{CALL kbnorms.upgrade_client_base('kb')}), qr/is at version 0\.1\.0 already/, 'the extension comes first');
$node->safe_psql('old', 'ALTER EXTENSION kbnorms UPDATE');
is_same(extension_objects($node, 'old'), extension_objects($node, 'fresh'), 'the extension is as one installed anew');
is(owner_says('old', q{BEGIN; INSERT INTO kb.binding VALUES (50, 2); DELETE FROM kb.binding WHERE organization_id = 50; SELECT * FROM kb.scorecard; ROLLBACK}),
	'', 'a base that is yet to be upgraded works on');

# It is done wholly, or not at all, and by nobody else.
$node->safe_psql('copy', q{
	ALTER EXTENSION kbnorms UPDATE;
	CREATE VIEW ours.rights AS SELECT * FROM kb.rights_of('reader');
});
my $before = objects_of($node, 'copy', 'kb');
like(owner_says('copy', q{CALL kbnorms.upgrade_client_base('kb')}), qr/^ERROR: .*DETAIL:  view ours.rights depends on/s,
	'an upgrade that cannot be done fails');
is_same(objects_of($node, 'copy', 'kb'), $before, 'and leaves everything as it was');
is($node->safe_psql('copy', 'SELECT version FROM kb.client_base'), '0.1.0', 'the version too');
my ($status, $out, $err) = $node->psql('copy', q{SET ROLE bi; CALL kbnorms.upgrade_client_base('kb')});
like($err, qr/must be owner of client base "kb"/, 'nobody but the owner upgrades');

# By the owner, and another base by a superuser.
is(owner_says('old', q{CALL kbnorms.upgrade_client_base('kb')}),
	qq{NOTICE:  client base "kb" was upgraded from version 0.1.0 to 0.2.0}, 'kb was upgraded by its owner');
is($node->safe_psql('old', q{BEGIN; CALL kbnorms.upgrade_client_base('База "Юг"'); SELECT current_user, current_setting('search_path'); COMMIT}),
	'postgres|"$user", public', 'another by a superuser, who is himself again afterwards');
is_same(objects_of($node, 'old', 'kb'), objects_of($node, 'fresh', 'kb'), 'every object is as in a new base, or as the company made it');
is_same(objects_of($node, 'old', '"База ""Юг"""'), objects_of($node, 'fresh', '"База ""Юг"""'), 'of a base with another name too');
is_same(rows_of($node, 'old', 'kb', @old_columns), $rows, 'every row is there');
is($node->safe_psql('old', 'SELECT kind FROM kb.import_reject'), 'bindings', 'what was imported then were bindings');
$session->query_safe('DELETE FROM kb.binding WHERE organization_id = 41');
is($node->safe_psql('old', 'SELECT change FROM kb.binding_log WHERE organization_id = 41 ORDER BY id'), "bind\nunbind", 'a session goes on through the upgrade');
$session->quit;
is($node->safe_psql('old', $rules), $node->safe_psql('fresh', $rules), 'rules: the new ones are added, the changed ones stay changed');
is($node->safe_psql('old', $jobs), $node->safe_psql('fresh', $jobs), 'jobs: likewise');
is($node->safe_psql('old', 'SELECT * FROM kb.our_size(1)'), 40, 'what the company built answers');
is(owner_says('old', q{CALL kbnorms.upgrade_client_base('kb')}), 'NOTICE:  client base "kb" is at version 0.2.0 already', 'once is enough');

# The upgraded base judges and reports.
is($node->safe_psql('old', 'SELECT check_name, message FROM kb.verify()'), '', 'it keeps every promise');
is($node->safe_psql('old', 'SELECT * FROM kb.compliance ORDER BY manager_id, measure'),
	$node->safe_psql('fresh', 'SELECT * FROM kb.compliance ORDER BY manager_id, measure'), 'it reports what a new one does');
$node->safe_psql('old', q{SELECT kbnorms.rename_client_base('kb', 'renamed')});
is_same(objects_of($node, 'old', 'renamed') =~ s/\brenamed\b/kb/gr, objects_of($node, 'fresh', 'kb') =~ s/\brenamed\b/kb/gr, 'renamed it is the same but for its name');
$node->safe_psql('old', q{CALL renamed.run_jobs(); SELECT * FROM renamed.verify(); SELECT * FROM renamed.claimable(1); SELECT kbnorms.rename_client_base('renamed', 'kb')});
is_same(objects_of($node, 'old', 'kb'), objects_of($node, 'fresh', 'kb'), 'and back');
like(owner_says('old', q{SELECT kbnorms.drop_client_base('kb')}), qr/because other objects depend on it\nDETAIL:  .*ours\.black/, 'what the company built outside keeps it');
$node->safe_psql('old', q{DROP SCHEMA ours CASCADE; SELECT kbnorms.drop_client_base('kb'); SELECT kbnorms.drop_client_base('База "Юг"'); DROP EXTENSION kbnorms});
is($node->safe_psql('old', q{SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname !~ '^pg_|information'}), 0, 'dropped, nothing is left');

# A base whose company had divided a table by month, leaving the functions on the
# old one: they are on all of it afterwards.
$node->safe_psql('divided', q{
	SET ROLE owner;
	SET search_path = kb;
	ALTER TABLE activity RENAME TO activity_2010_07;
	ALTER TABLE activity_2010_07 ALTER id DROP IDENTITY, DROP CONSTRAINT activity_pkey;
	CREATE TABLE activity (LIKE activity_2010_07) PARTITION BY RANGE (happened_on);
	ALTER TABLE activity ALTER id ADD GENERATED BY DEFAULT AS IDENTITY (START 100), ADD PRIMARY KEY (id, happened_on);
	ALTER TABLE activity ATTACH PARTITION activity_2010_07 FOR VALUES FROM ('2010-07-01') TO ('2010-08-01');
	CREATE TABLE activity_2010_06 PARTITION OF activity FOR VALUES FROM ('2010-06-01') TO ('2010-07-01');
	INSERT INTO activity (manager_id, organization_id, kind, happened_on, outside_office) VALUES (1, 5, 'meeting', '2010-06-01', true);
	RESET ROLE;
	ALTER EXTENSION kbnorms UPDATE;
	SET ROLE owner;
	CALL kbnorms.upgrade_client_base('kb')});
is($node->safe_psql('divided', q{SELECT relowner::regrole, count(*) > 0 FROM pg_class WHERE relnamespace = 'kb'::regnamespace GROUP BY 1}), 'owner|t',
	'all of it belongs to its owner, whose role the session took');
is($node->safe_psql('divided', q{SELECT trim_scale(actual) FROM kb.compliance('2010-06') WHERE manager_id = 1 AND measure = 'meetings'}), 1,
	'a base with a divided table is upgraded, too');
is($node->safe_psql('divided', q{SELECT check_name, message FROM kb.verify() WHERE severity = 'error'}), '', 'and keeps its promises');

# The dump of 0.1.0, restored where 0.2.0 is what a database gets.
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('restored'), '-f', "$dir/dump" ], 'a dump of 0.1.0 is restored');
is($node->safe_psql('restored', "SELECT extversion FROM pg_extension WHERE extname = 'kbnorms'"), '0.2.0', 'under 0.2.0');
is($node->safe_psql('restored', 'SELECT actual FROM kb.compliance WHERE measure = $$base_size$$ ORDER BY manager_id'), "39\n1",
	'it works as it is');
$node->safe_psql('restored', q{CALL kbnorms.upgrade_client_base('kb')});
is_same(objects_of($node, 'restored', 'kb'), objects_of($node, 'fresh', 'kb'), 'and upgraded it is as a new one');

$node->stop;
done_testing();
