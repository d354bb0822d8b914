# Messages under a Russian lc_messages: what refuses a bind, a link, an import
# and a release says it in Russian, in every encoding of a database, and in
# English to whoever asks for that.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# The locale is made for this test alone; the system may not have it.
my $locales = PostgreSQL::Test::Utils::tempdir;
system_or_bail('localedef', '-i', 'ru_RU', '-f', 'UTF-8', "$locales/ru_RU.UTF-8");
$ENV{LOCPATH} = $locales;
$ENV{PGCLIENTENCODING} = 'UTF8';

my $node = PostgreSQL::Test::Cluster->new('messages');
$node->init;
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION kbnorms;
	ALTER DATABASE postgres SET kbnorms.today = '2010-07-15';
});
$node->safe_psql('postgres', q{
	CALL kbnorms.create_client_base('kb', memos => false);
	CALL kbnorms.create_client_base('papers');
	SET search_path = kb;
	INSERT INTO unit (id, kind, name, city) VALUES (1, 'office', 'ОП', 'Тверь');
	INSERT INTO manager (id, full_name, hired_on, novice_since) VALUES
		(1, 'Иванов', '2009-01-01', '2009-02-01'), (2, 'Петров', '2009-01-01', '2009-02-01');
	INSERT INTO manager_post (manager_id, since, position, specialization, unit_id) VALUES
		(1, '2009-01-01', 'manager', 'universal', 1), (2, '2009-01-01', 'office_head', NULL, 1);
	INSERT INTO organization (id, name, client_group, potential, city)
	SELECT n, 'Завод ' || n, 'emo', 'A', 'Тверь' FROM generate_series(1, 70) n;
	INSERT INTO binding (organization_id, manager_id) SELECT n, 1 FROM generate_series(1, 40) n;
	UPDATE organization SET head_id = 1 WHERE id = 2;
	INSERT INTO binding (organization_id, manager_id) VALUES (41, 1);
	CREATE TABLE public.half (organization_id integer, bound_on date);
	CREATE TABLE public.old_system (organization_id integer, manager_id integer, bound_on date);
	INSERT INTO public.old_system VALUES (45, 77, '2010-01-01'), (44, 1, '2010-08-01');
	SET search_path = papers;
	UPDATE rule SET enforcement = 'block' WHERE code = 'memo';
	INSERT INTO manager (id, full_name, hired_on) VALUES (1, 'Иванов', '2009-01-01');
	INSERT INTO unit (id, kind, name) VALUES (1, 'vtc', 'ВТЦ');
	INSERT INTO manager_post (manager_id, since, position, unit_id) VALUES (1, '2009-01-01', 'vtc_head', 1);
	INSERT INTO organization (id, name) VALUES (1, 'Завод');
	CREATE ROLE speaker;
});

# What an SQL command says, under some lc_messages.
sub said
{
	my ($sql, $language) = @_;
	my $stderr;

	$node->psql('postgres', "SET lc_messages = '$language';\n$sql", stderr => \$stderr);
	return $stderr;
}

sub russian { return said($_[0], 'ru_RU.UTF-8'); }

my $said = russian('INSERT INTO kb.binding (organization_id, manager_id) VALUES (42, 1);');
like($said, qr/ОШИБКА: .*изменение клиентской базы "kb" нарушает правило "base_size": организация 42 "Завод 42", менеджер 1 "Иванов": фактически: 41, допускается: 40/,
	'a refused bind');
like($said, qr/DETAIL:  правило "base_size": /, 'its detail');
like($said, qr/HINT:  Снимите с него 1 клиента тем же оператором/, 'its hint');
$said = russian('INSERT INTO kb.binding (organization_id, manager_id) VALUES (42, 2), (43, 2), (44, 2);');
like($said, qr/"personal": .* допускается: должность, которой положена клиентская база \(и ещё 2 нарушения\)/, 'a plural, and figures in words');
$said = russian('INSERT INTO kb.binding (organization_id, manager_id) SELECT n, 2 FROM generate_series(46, 70) n;');
like($said, qr/\nи ещё 5 нарушений\n/, 'what a detail leaves out is counted');

$said = russian('UPDATE kb.organization SET head_id = 2 WHERE id = 3;');
like($said, qr/нельзя связать по 140 признаку: организация 3 "Завод 3"/, 'a refused link');
like($said, qr/DETAIL:  Организация 2 сама связана с организацией 1\./, 'its detail');

$said = russian(q{SELECT kb.import_bindings('half');});
like($said, qr/в отношении "public\.half" нет того, что нужно для импорта: manager_id или personnel_no/, 'a refused import');
russian(q{SELECT kb.import_bindings('old_system');});
is($node->safe_psql('postgres', 'SELECT reason FROM kb.import_reject ORDER BY manager_id DESC'),
	"менеджер 77 неизвестен\nbound_on 2010-08-01 лежит в будущем", 'rows that an import rejects');

$said = russian('CALL kb.unbind_inactive();');
like($said, qr/ОШИБКА:  unbind_inactive: отказ: данные "turnover" загружены по: ни за один день, нужно по 2010-07-12/, 'a refused release');
like($said, qr/HINT:  Загрузите данные/, 'its hint');
like(russian('BEGIN; CALL kb.unbind_inactive();'), qr/нельзя выполнить внутри блока транзакции/, 'a release in a transaction');

$said = russian('INSERT INTO papers.binding (organization_id, manager_id) VALUES (1, 1);');
like($said, qr/правило "memo": закрепление: организация 1 "Завод", менеджер 1 "Иванов": фактически: нет пункта служебной записки, допускается: согласованный/, 'a bind without a memo');
like(russian('SELECT papers.submit_memo(1);'), qr/служебная записка 1 не существует/, 'a memo that is not there');
like(russian(q{SELECT papers.grant_access('nobody', 'author');}), qr/роль "nobody" не существует/, 'a role that is not there');
like(russian(q{SELECT papers.revoke_access('speaker', 'author');}), qr/нет полномочия author над: все подразделения/, 'what was not granted');
like(russian(q{SELECT '7707083894'::kbnorms.inn;}), qr/Контрольная цифра в позиции 10 — 4, а предшествующим цифрам соответствует 3\./, 'a wrong inn');
like(russian(q{SET kbnorms.today = 'tomorrow';}), qr/"tomorrow" — не дата вида 2010-07-15\./, 'a wrong setting');

is($node->safe_psql('postgres', q{
	SET lc_messages = 'ru_RU.UTF-8';
	SELECT code, actual, bound, message FROM kb.check_binding(42, 2) WHERE code IN ('personal', 'base_size', 'memo') ORDER BY code}),
	join("\n",
		'base_size|||Правило не распространяется на этого менеджера.',
		'memo|||Правило отключено.',
		'personal|office_head|должность, которой положена клиентская база|организация 42 "Завод 42" и менеджер 2 "Петров": '
		  . 'фактически: office_head, допускается: должность, которой положена клиентская база. '
		  . 'Выберите другого менеджера (см. candidates) или внесите в manager_post его пост в должности, которой можно вести базу: manager, group_lead, vtc_head.'),
	'check_binding');

# A constant text is looked up each time, also once the language has changed.
is($node->safe_psql('postgres', q{
	CREATE FUNCTION pg_temp.word() RETURNS text LANGUAGE plpgsql AS
		$$ BEGIN RETURN kbnorms.translated('unknown'); END $$;
	SELECT pg_temp.word(), pg_temp.word();
	SET lc_messages = 'ru_RU.UTF-8';
	SELECT pg_temp.word(), kbnorms.translated(''), kbnorms.translated(NULL) IS NULL, kbnorms.translated('no such text');
	SET lc_messages = 'C';
	SELECT pg_temp.word()}),
	"unknown|unknown\nнеизвестно||t|no such text\nunknown", 'translated follows lc_messages');
like(said('UPDATE kb.organization SET head_id = 2 WHERE id = 3;', 'C'),
	qr/ERROR:  organization 3 "Завод 3" cannot be linked to organization 2 "Завод 2"/, 'English');

# The catalog is in UTF-8, databases need not be.
foreach my $encoding ('UTF8', 'WIN1251', 'KOI8R')
{
	my $database = lc $encoding;

	$node->safe_psql('postgres',
		"CREATE DATABASE $database TEMPLATE template0 ENCODING '$encoding' LC_COLLATE 'C' LC_CTYPE 'C'");
	is($node->safe_psql($database, q{
		CREATE EXTENSION kbnorms;
		SET lc_messages = 'ru_RU.UTF-8';
		SELECT kbnorms.translated('Retry the transaction.')}),
		'Повторите транзакцию.', "a database in $encoding under the C locale");
}

done_testing();
