# The whole story of a memo through plain client connections, each logged in as
# a role of its own: an author writes, directors approve, an analyst applies, and
# whoever is wrong at a step is refused.
use strict;
use warnings;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('memos');
$node->init;
$node->append_conf('postgresql.conf', "kbnorms.today = '2010-07-15'");
$node->start;

my @roles = qw(owner author north_director south_director deputy analyst second_analyst south_analyst crm);
$node->safe_psql('postgres', join(';', "CREATE EXTENSION kbnorms", map { "CREATE ROLE $_ LOGIN" } @roles)
	  . '; CREATE ROLE sales_directors; GRANT sales_directors TO south_director; GRANT CREATE ON DATABASE postgres TO owner');

# What a role gets for a statement: its rows, or "error SQLSTATE constraint".
sub as
{
	my ($role, $statement) = @_;
	my ($status, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n$statement", extra_params => [ '-U', $role ]);
	return $out if $status == 0 && $err !~ /ERROR/;
	my ($state, $fields) = $err =~ /ERROR:  (\w{5})(.*)/s;
	my ($constraint) = ($fields // $err) =~ /CONSTRAINT NAME:  (\w+)/;
	return join ' ', 'error', grep { defined } $state, $constraint;
}

# A base that is not the superuser's.  One of the four managers is a dealer's.
is(as('owner', q{
	CALL kbnorms.create_client_base('kb');
	SET search_path = kb;
	UPDATE rule SET enforcement = 'off' WHERE code IN ('memo', 'approval', 'applicant'); -- while the old state is loaded
	INSERT INTO unit (id, parent_id, kind, name, city) VALUES
		(1, NULL, 'centre', 'Centre', 'Tver'), (2, 1, 'region', 'North', NULL), (3, 1, 'region', 'South', NULL),
		(4, 2, 'office', 'North office', NULL), (5, 3, 'office', 'South office', NULL);
	INSERT INTO manager (id, full_name, hired_on, novice_since) SELECT n, 'Manager ' || n, '2008-01-01', '2008-01-01' FROM generate_series(1, 4) n;
	INSERT INTO manager_post (manager_id, since, "position", specialization, unit_id) VALUES
		(1, '2008-01-01', 'manager', 'universal', 4), (2, '2008-01-01', 'manager', 'universal', 4),
		(3, '2008-01-01', 'manager', 'universal', 5), (4, '2008-01-01', 'manager', 'dealer', 4);
	INSERT INTO organization (id, name, client_group, potential, city) SELECT n, 'Client ' || n, 'emo', 'A', 'Tver' FROM generate_series(1, 10) n;
	UPDATE organization SET head_id = 1 WHERE id IN (2, 3);
	INSERT INTO binding (organization_id, manager_id) VALUES (1, 1), (2, 1), (3, 1), (9, 1);
	UPDATE rule SET enforcement = 'block';
	SELECT grant_access('author', 'author'), grant_access('north_director', 'sales_director', 2),
		grant_access('sales_directors', 'sales_director', 3), grant_access('deputy', 'sales_director', 2, '2010-07-20'),
		grant_access('analyst', 'client_analyst', 2), grant_access('second_analyst', 'client_analyst', 2),
		grant_access('south_analyst', 'client_analyst', 3), grant_access('crm', 'reader')}),
	'1|2|3|4|5|6|7|8', 'the owner lays out the base and grants access');

# Before there is a memo
is(as('analyst', 'UPDATE kb.binding SET manager_id = 3 WHERE organization_id = 1'), 'error 23514 memo', 'no change without a memo');
is(as('analyst', 'DELETE FROM kb.binding WHERE organization_id = 9'), 'error 23514 memo', 'an unbind is one');
is(as('analyst', 'UPDATE kb.organization SET head_id = NULL WHERE id = 2'), 'error 23514 memo', 'and so is an unlink');
is(as('postgres', 'DELETE FROM kb.binding WHERE organization_id = 9'), 'error 23514 memo', 'for a superuser too');
is(as('crm', 'DELETE FROM kb.binding WHERE organization_id = 9'), 'error 42501', 'who reads does not write');

# The author writes: a whole client goes to another region
is(as('analyst', q{INSERT INTO kb.memo (reason) VALUES ('for myself')}), 'error 42501', 'an analyst writes no memo');
is(as('author', q{INSERT INTO kb.memo (reason) VALUES ('The client has moved south') RETURNING id}), 1, 'the author does');
is(as('north_director', q{SELECT kb.add_account(1, 'move', 2, 1, 3)}), 'error 42501', 'nobody else adds to it');
is(as('author', q{SELECT kb.add_account(1, 'move', 2, 1, 3)}), 3, 'the client has three organizations');
is(as('analyst', 'SELECT kb.apply_memo(1)'), 'error 55000', 'a draft is not applied');
is(as('north_director', 'SELECT kb.submit_memo(1)'), 'error 42501', 'nor submitted by another');
is(as('author', 'SELECT capacity, unit_name, given, role_names FROM kb.submit_memo(1) ORDER BY unit_id'),
	"sales_director|North|f|deputy, north_director\nsales_director|South|f|sales_directors", 'submission shows whose words are missing');
is(as('crm', 'SELECT memo_id, unit_name FROM kb.memo_queue ORDER BY unit_name'), "1|North\n1|South", 'everybody sees the queue');

# The directors approve
is(as('author', 'SELECT kb.approve_memo(1)'), 'error 42501', 'not the author');
is(as('analyst', 'SELECT kb.approve_memo(1)'), 'error 42501', 'not an analyst');
is(as('postgres', 'SELECT kb.approve_memo(1)'), 'error 42501', 'not a superuser');
is(as('north_director', q{INSERT INTO kb.memo_approval (memo_id, capacity, unit_id, role_name, approved) VALUES (1, 'sales_director', 3, 'sales_directors', true)}),
	'error 42501', 'no word is written by hand');
is(as('author', q{UPDATE kb.memo SET state = 'approved' WHERE id = 1}), 'error 42501', 'and no state');
is(as('deputy', 'SELECT given FROM kb.approve_memo(1) ORDER BY unit_id'), "t\nf", 'a deputy speaks for the north');
is(as('analyst', 'UPDATE kb.binding SET manager_id = 3 WHERE organization_id = 1'), 'error 23514 memo', 'half approved is not approved');
is(as('author', 'UPDATE kb.memo_item SET to_manager_id = 2 WHERE memo_id = 1'), 'error 55000', 'what has been submitted stays as it is');
is(as('south_director', 'SELECT given FROM kb.approve_memo(1) ORDER BY unit_id'), "t\nt", 'a member of the group speaks for the south');
is(as('crm', 'SELECT unit_id, role_name, decided_by, deputy_for FROM kb.memo_approval ORDER BY unit_id'),
	"2|deputy|deputy|north_director\n3|sales_directors|south_director|", 'the words name by whose authority and who');

# Two analysts apply it at once
is(as('author', 'SELECT kb.apply_memo(1)'), 'error 42501', 'the author does not apply it');
my ($out, $err) = ('', '');
my $first = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-U', 'analyst',
		map { ('-c', $_) } 'BEGIN', 'SELECT kb.apply_memo(1)', 'SELECT pg_sleep(2)', 'COMMIT' ], '>', \$out, '2>', \$err);
$node->poll_query_until('postgres', q{SELECT EXISTS (SELECT FROM pg_stat_activity WHERE usename = 'analyst' AND query LIKE '%pg_sleep%' AND wait_event = 'PgSleep')})
  or die 'the first analyst has not come to it';
is(as('second_analyst', 'SELECT kb.apply_memo(1)'), 'error 55000', 'who comes second is told that it is applied');
$first->finish;
is("$out$err", "3\n\n", 'who came first has applied it');
is(as('crm', 'SELECT state FROM kb.memo'), 'applied', 'the memo is applied');
is(as('crm', 'SELECT organization_id, manager_id, bound_on FROM kb.binding ORDER BY 1'),
	"1|3|2010-07-15\n2|3|2010-07-15\n3|3|2010-07-15\n9|1|2010-07-15", 'the client has moved as a whole');
is(as('crm', 'SELECT DISTINCT change, memo_id, changed_by FROM kb.binding_log WHERE memo_id IS NOT NULL'), 'move|1|analyst', 'the log names memo and analyst');
is(as('crm', 'SELECT step, done_by, unit_id FROM kb.memo_history ORDER BY done_at, step'),
	"draft|author|\nsubmitted|author|\nword|deputy|2\napproved|south_director|\nword|south_director|3\napplied|analyst|", 'and the history every step');

# Plain writes of a CRM use the items one by one, each once
is(as('author', q{
	INSERT INTO kb.memo (reason) VALUES ('Potential of clients 4 and 5');
	INSERT INTO kb.memo_item (memo_id, item_no, change, organization_id, to_manager_id) VALUES (2, 1, 'bind', 4, 1), (2, 2, 'bind', 5, 1);
	SELECT given FROM kb.submit_memo(2)}), 'f', 'a second memo');
is(as('north_director', 'SELECT given FROM kb.approve_memo(2)'), 't', 'approved');
is(as('analyst', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (4, 2)'), 'error 23514 memo', 'it does not cover another manager');
is(as('south_analyst', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (4, 1)'), 'error 42501 applicant', 'an analyst of another region is refused');
is(as('north_director', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (4, 1)'), 'error 42501', 'and so is the director himself');
is(as('postgres', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (4, 1)'), 'error 42501 applicant', 'and a superuser');
is(as('analyst', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (4, 1)'), '', 'the right one is not');
is(as('crm', 'SELECT state FROM kb.memo WHERE id = 2'), 'approved', 'one item is left');
is(as('analyst', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (5, 1)'), '', 'its turn');
is(as('crm', 'SELECT state FROM kb.memo WHERE id = 2'), 'applied', 'the last one applies the memo');

# The day after a deputy's last
is(as('author', q{
	INSERT INTO kb.memo (reason) VALUES ('Another');
	INSERT INTO kb.memo_item (memo_id, item_no, change, organization_id, to_manager_id) VALUES (3, 1, 'bind', 6, 2);
	SELECT given FROM kb.submit_memo(3)}), 'f', 'a third memo');
$node->append_conf('postgresql.conf', "kbnorms.today = '2010-07-20'");
$node->reload;
$node->poll_query_until('postgres', q{SELECT kbnorms.today() = '2010-07-20'});
is(as('deputy', 'SELECT kb.approve_memo(3)'), 'error 42501', 'a deputy has no word any more');
is(as('north_director', q{SELECT kb.reject_memo(3, 'not now')}), '', 'the director rejects it');
is(as('analyst', 'INSERT INTO kb.binding (organization_id, manager_id) VALUES (6, 2)'), 'error 23514 memo', 'a rejected memo covers nothing');

# Links need a memo and nobody's word
is(as('author', q{
	INSERT INTO kb.memo (reason) VALUES ('One owner');
	INSERT INTO kb.memo_item (memo_id, item_no, change, organization_id, head_id) VALUES (4, 1, 'unlink', 3, 1), (4, 2, 'link', 7, 1);
	SELECT count(*) FROM kb.submit_memo(4)}), 0, 'a memo of links needs no word');
is(as('analyst', 'UPDATE kb.organization SET head_id = 1 WHERE id = 7'), '', 'any analyst links');
is(as('south_analyst', 'SELECT kb.apply_memo(4)'), 1, 'and applies what is left');
is(as('crm', 'SELECT id, account_id FROM kb.organization WHERE id IN (1, 2, 3, 7) ORDER BY 1'), "1|1\n2|1\n3|3\n7|1", 'the account is as the memo said');

# What needs no memo
is(as('owner', q{
	CREATE TEMP TABLE old_system AS SELECT 10 AS organization_id, 2 AS manager_id, date '2010-01-01' AS bound_on;
	SELECT imported FROM kb.import_bindings('old_system')}), 1, 'the first import');
is(as('owner', q{
	INSERT INTO kb.feed (name, loaded_through) VALUES ('turnover', '2010-07-20'), ('overdue', '2010-07-20')
	ON CONFLICT (name) DO UPDATE SET loaded_through = excluded.loaded_through;
	CALL kb.unbind_inactive();
	SELECT released FROM kb.job_run ORDER BY id DESC LIMIT 1}), 1, 'and the release of inactive clients');

# Access ends
is(as('author', q{SELECT kb.revoke_access('analyst', 'client_analyst', 2)}), 'error 42501', 'an author does not end it');
is(as('owner', q{SELECT kb.revoke_access('analyst', 'client_analyst', 2)}), '', 'the owner does');
is(as('analyst', 'SELECT count(*) FROM kb.binding'), 'error 42501', 'then nothing is left');

$node->stop;
done_testing();
