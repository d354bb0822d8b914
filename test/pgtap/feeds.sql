-- load_turnover, load_overdue, load_activities: what goes in, what is left as it
-- is, what is rejected, and how far the feed then is.
BEGIN;
SET client_min_messages = error;
CALL kbnorms.create_client_base('kb_feeds', memos => false);
SET LOCAL search_path = kb_feeds, public, pg_temp;
SET LOCAL kbnorms.today = '2010-07-15';
SELECT plan(66);

INSERT INTO manager (id, personnel_no, full_name, hired_on) VALUES (1, 'T1', 'First', '2009-01-01'), (2, 'T2', 'Second', '2009-01-01');
INSERT INTO organization (id, inn, name) VALUES
    (1, '7707083893', 'One'), (2, '500100732259', 'Two'), (3, '0277012341', 'Three');

-- The counts of a load as text.
CREATE FUNCTION pg_temp.counts(r import_result) RETURNS text LANGUAGE sql AS $$
    SELECT format('read %s, imported %s, present %s, rejected %s', r.read, r.imported, r.present, r.rejected)
$$;
-- What import_reject says of a source.
CREATE FUNCTION pg_temp.rejects(kind text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' ', r.row_no, r.column_name, coalesce('"' || r.value || '"', 'NULL')) || ': ' || r.reason
    FROM import_reject r WHERE r.kind = rejects.kind ORDER BY r.row_no
$$;
CREATE FUNCTION pg_temp.through(feed_name text) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce((SELECT coalesce(loaded_through::text, 'nothing') FROM feed WHERE name = feed_name), 'no row')
$$;
-- Which version of a row this is.
CREATE FUNCTION pg_temp.versions() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(ctid::text || xmin, ' ' ORDER BY organization_id, month) FROM turnover
$$;

-- Turnover, as text.
CREATE TEMP TABLE t (inn text, month text, amount text, last_on text);
INSERT INTO t VALUES
    ('7707083893', '2010-06', '1234.50', '2010-06-30'), ('7707083893', '05.2010', '1 234,5', '3.05.2010'),
    (' 500100732259 ', '2010-07-01', '-20,00', ''), ('277012341', '01.07.2010', '0', NULL);
SELECT is(pg_temp.counts(load_turnover('t', '2010-07-14')), 'read 4, imported 4, present 0, rejected 0', 'rows go in');
SELECT set_eq('SELECT organization_id, month::text, amount, last_on FROM turnover',
    $$VALUES (1, '2010-06', 1234.50, date '2010-06-30'), (1, '2010-05', 1234.5, '2010-05-03'), (2, '2010-07', -20, NULL), (3, '2010-07', 0, NULL)$$,
    'months, amounts and dates as Russian and other files write them, returns as they are, and a leading zero that a spreadsheet took');
SELECT is(pg_temp.through('turnover'), '2010-07-14', 'the feed is where the load vouches for');
SELECT is(pg_temp.through('overdue'), 'no row', 'no other feed is');
SELECT set_config('kb_test.versions', pg_temp.versions(), true) \gset ignored_
SELECT is(pg_temp.counts(load_turnover('t', '2010-07-14')), 'read 4, imported 0, present 4, rejected 0', 'again it is all there');
SELECT is(pg_temp.versions(), current_setting('kb_test.versions'), 'and no row is written again');
SELECT load_turnover('t', '2010-07-10');
SELECT is(pg_temp.through('turnover'), '2010-07-14', 'a feed never goes back');
SELECT load_turnover('t');
SELECT is(pg_temp.through('turnover'), '2010-07-14', 'a load that vouches for nothing leaves it');
SELECT throws_ok($$SELECT load_turnover('t', '2010-07-16')$$, '22023', 'feed "turnover" cannot be loaded through 2010-07-16, today is 2010-07-15', 'nobody vouches for tomorrow');
SELECT throws_ok($$SELECT load_turnover('t', 'infinity')$$, '22023', NULL, 'nor for ever');
SELECT lives_ok($$SELECT load_turnover('t', '2010-07-15')$$, 'but for today');
SELECT is(pg_temp.through('turnover'), '2010-07-15', 'then it moves');

-- A correction of a past month.
TRUNCATE t;
INSERT INTO t VALUES ('7707083893', '2010-06', '1000', NULL), ('7707083893', '2010-05', '1234.5', '2010-05-04'), ('7707083893', '2010-04', '7', '2010-04-30');
SELECT is(pg_temp.counts(load_turnover('t')), 'read 3, imported 3, present 0, rejected 0', 'corrections and a late month count as imported');
SELECT set_eq('SELECT month::text, amount, last_on FROM turnover WHERE organization_id = 1',
    $$VALUES ('2010-06', 1000, date '2010-06-30'), ('2010-05', 1234.5, '2010-05-04'), ('2010-04', 7, '2010-04-30')$$,
    'they replace; the day of the last sale stays where none is given');

-- Everything that can be wrong.
TRUNCATE t;
UPDATE feed SET loaded_through = '2010-07-01';
INSERT INTO t VALUES
    ('7707083894', '2010-06', '1', NULL), ('7736050003', '2010-06', '1', NULL), ('', '2010-06', '1', NULL),
    ('7707083893', '2010-06', '2000', NULL);
SELECT is(pg_temp.counts(load_turnover('t', '2010-07-02')), 'read 4, imported 1, present 0, rejected 3', 'strangers are rejected, the rest goes in');
SELECT results_eq($$SELECT pg_temp.rejects('turnover')$$, ARRAY[
    '1 inn "7707083894": inn "7707083894" is not a taxpayer number',
    '2 inn "7736050003": organization 7736050003 is not known',
    '3 organization_id NULL: organization_id or inn is missing'], 'each with its row, column, value and reason');
SELECT is(pg_temp.through('turnover'), '2010-07-02', 'rows of strangers hold no feed back');
SELECT set_config('kb_test.rejects', (SELECT string_agg(id::text, ' ') FROM import_reject), true) \gset ignored_
SELECT load_turnover('t');
SELECT is((SELECT string_agg(id::text, ' ') FROM import_reject), current_setting('kb_test.rejects'), 'what is rejected again is not told again');
TRUNCATE t;
INSERT INTO t VALUES
    ('7707083893', '2010-13', '1', NULL), ('7707083893', '2010-08', '1', NULL), ('7707083893', '2010-06', '1.000,5', NULL),
    ('7707083893', '2010-06', '', NULL), ('7707083893', '2010-06', 'NaN', NULL), ('7707083893', '2010-06', '1', '2010-07-01'),
    ('7707083893', '2010-07', '1', '2010-07-16'), ('7707083893', '2010-06', '1', '31.06.2010'), ('7707083893', '', '1', NULL),
    ('500100732259', '2010-06', '1', NULL), ('500100732259', '2010-06', '2', NULL), ('500100732259', '2010-06', '1', NULL),
    ('277012341', '2010-06', '5', NULL), ('277012341', '2010-06', '5.00', NULL);
SELECT is(pg_temp.counts(load_turnover('t', '2010-07-05')), 'read 14, imported 1, present 1, rejected 12', 'what cannot be read or contradicts is rejected');
SELECT results_eq($$SELECT pg_temp.rejects('turnover')$$, ARRAY[
    '1 month "2010-13": month "2010-13" is not a month', '2 month "2010-08": month 2010-08 has not begun',
    '3 amount "1.000,5": amount "1.000,5" is not an amount', '4 amount NULL: amount is missing', '5 amount "NaN": amount "NaN" is not an amount',
    '6 last_on "2010-07-01": last_on 2010-07-01 is not in month 2010-06', '7 last_on "2010-07-16": last_on 2010-07-16 lies in the future',
    '8 last_on "31.06.2010": last_on "31.06.2010" is not a date', '9 month NULL: month is missing',
    '10 month "2010-06": another row says something else of this organization and month',
    '11 month "2010-06": another row says something else of this organization and month',
    '12 month "2010-06": another row says something else of this organization and month'], 'and those of the load before are no more told');
SELECT is(pg_temp.through('turnover'), '2010-07-02', 'a lost fact of a client holds the feed back');
SELECT is((SELECT count(*) FROM turnover WHERE month = '2010-06'), 2::bigint, 'a row given twice goes in once');
SELECT is((SELECT row_values FROM import_reject WHERE row_no = 7), '{"inn": "7707083893", "month": "2010-07", "amount": 1, "last_on": "2010-07-16"}', 'a reject keeps its whole row');
DELETE FROM t WHERE inn <> '500100732259';
SELECT is(pg_temp.counts(load_turnover('t', '2010-07-05', sum_rows => true)), 'read 3, imported 3, present 0, rejected 0', 'rows of a month can be added up');
SELECT is((SELECT amount FROM turnover WHERE organization_id = 2 AND month = '2010-06'), 4::numeric, 'they are');
SELECT is(pg_temp.counts(load_turnover('t', sum_rows => true)), 'read 3, imported 0, present 3, rejected 0', 'again the sum is there');
SELECT is(pg_temp.through('turnover'), '2010-07-05', 'mended, the feed moves');
SELECT is((SELECT count(*) FROM import_reject), 0::bigint, 'and nothing is told any more');

-- Typed columns, and a partitioned table of facts.
CREATE TEMP TABLE typed (organization_id bigint, month kbnorms.month, amount double precision, remark text);
INSERT INTO typed VALUES (1, '2010-06', 3), (1, '2010-05', 'Infinity'), (99, '2010-06', 1), (NULL, '2010-06', 1);
SELECT is(pg_temp.counts(load_turnover('typed')), 'read 4, imported 1, present 0, rejected 3', 'typed columns are cast');
SELECT results_eq($$SELECT pg_temp.rejects('turnover')$$, ARRAY['2 amount "Infinity": amount "Infinity" is not an amount',
    '3 organization_id "99": organization 99 is not known', '4 organization_id NULL: organization_id or inn is missing'], 'with the same care');
CREATE TEMP VIEW dated AS SELECT 1 AS organization_id, timestamp '2010-03-05 10:00' AS month, 5 AS amount;
SELECT is(pg_temp.counts(load_turnover('dated')), 'read 1, imported 1, present 0, rejected 0', 'a view with a day of the month will do');
ALTER TABLE turnover RENAME TO turnover_heap;
CREATE TABLE turnover (organization_id integer REFERENCES organization, month kbnorms.month, amount numeric NOT NULL, last_on date,
    PRIMARY KEY (organization_id, month)) PARTITION BY RANGE (month);
CREATE TABLE turnover_2010_05 PARTITION OF turnover FOR VALUES FROM ('2010-05') TO ('2010-06');
CREATE TABLE turnover_2010_06 PARTITION OF turnover FOR VALUES FROM ('2010-06') TO ('2010-07');
TRUNCATE typed;
INSERT INTO typed VALUES (1, '2010-06', 3), (1, '2010-05', 4);
SELECT is(pg_temp.counts(load_turnover('typed')), 'read 2, imported 2, present 0, rejected 0', 'a partitioned table is loaded');
UPDATE typed SET amount = 5 WHERE month = '2010-05';
SELECT is(pg_temp.counts(load_turnover('typed')), 'read 2, imported 1, present 1, rejected 0', 'and corrected');

UPDATE typed SET month = '2008-02' WHERE month = '2010-05';
SELECT throws_ok($$SELECT load_turnover('typed')$$, '23514', 'no partition of relation "turnover" found for row', 'a month without a partition is an error');
SELECT add_partition('turnover', 'kbnorms.month', '2008-02-01');
SELECT is(pg_temp.counts(load_turnover('typed')), 'read 2, imported 1, present 1, rejected 0', 'until it gets one');
UPDATE typed SET month = '2010-05' WHERE month = '2008-02';

-- What cannot be a source.
SELECT throws_ok('SELECT load_turnover(NULL)', '22004', 'the source of an import must not be null', 'no source');
SELECT throws_ok($$SELECT load_turnover('typed', sum_rows => NULL)$$, '22004', NULL, 'nor an argument that says nothing');
SELECT throws_ok($$SELECT load_overdue('typed', partial => NULL)$$, '22004', NULL, 'least of all one that may clear a list');
CREATE TEMP TABLE short (inn text, mont text);
SELECT throws_ok($$SELECT load_turnover('short')$$, '42703', 'relation "short" lacks what an import needs: month, amount', 'a source without what is needed');

-- Receivables: the full list.
CREATE TEMP TABLE o (inn text, amount text, since text);
INSERT INTO o VALUES ('7707083893', '100', '01.06.2010'), ('500100732259', '200', NULL), ('7736050003', '1', NULL);
SELECT is(pg_temp.counts(load_overdue('o', '2010-07-14')), 'read 3, imported 2, present 0, rejected 1', 'receivables go in');
SELECT is(pg_temp.through('overdue'), '2010-07-14', 'the feed moves');
INSERT INTO o VALUES ('277012341', '-5', NULL);
SELECT is(pg_temp.counts(load_overdue('o')), 'read 4, imported 1, present 2, rejected 1', 'a negative one as given');
DELETE FROM o WHERE inn = '7707083893';
INSERT INTO o VALUES ('500100732259', 'much', NULL), ('500100732259', '200', NULL);
SELECT is(pg_temp.counts(load_overdue('o', '2010-07-15')), 'read 5, imported 0, present 3, rejected 2', 'rows that are there');
SELECT set_eq('SELECT organization_id, amount FROM overdue', 'VALUES (2, 200), (3, -5)', 'who is not in the list any more owes nothing');
SELECT is(pg_temp.through('overdue'), '2010-07-14', 'a row of a client that cannot be read holds the feed back');
DELETE FROM o;
INSERT INTO o VALUES ('500100732259', 'much', NULL), ('277012341', '7', '2010-07-16');
SELECT throws_ok($$SELECT load_overdue('o')$$, '55000', 'relation "o" has no row of a known organization and would clear the receivables of all 2', 'a list without a sound row is no list');
INSERT INTO o VALUES ('7707083893', '1', NULL);
SELECT is(pg_temp.counts(load_overdue('o')), 'read 3, imported 1, present 0, rejected 2', 'with one it is');
SELECT set_eq('SELECT organization_id, amount FROM overdue', 'VALUES (1, 1), (2, 200), (3, -5)', 'and who is in a rejected row keeps what he had');
TRUNCATE o;
SELECT throws_ok($$SELECT load_overdue('o')$$, '55000', NULL, 'nor is an empty one');
SELECT is(pg_temp.counts(load_overdue('o', '2010-07-15', partial => true)), 'read 0, imported 0, present 0, rejected 0', 'unless it only says what changed');
INSERT INTO o VALUES ('7707083893', '2', NULL);
SELECT load_overdue('o', partial => true);
SELECT set_eq('SELECT organization_id, amount FROM overdue', 'VALUES (1, 2), (2, 200), (3, -5)', 'then the others stay');

-- Activities, by their key in the other system.
CREATE TEMP TABLE a (external_id text, personnel_no text, inn text, kind text, happened_on text, outside_office text);
INSERT INTO a VALUES
    ('m1', 'T1', '7707083893', 'meeting', '2010-07-01', 'yes'), ('m2', 'T1', '7707083893', 'Встреча', '01.07.2010', 'да'),
    ('c1', 'T2', '', 'холодный звонок', '2010-07-02', 'нет'), ('m1', 'T1', '7707083893', 'meeting', '2010-07-01', 'yes');
SELECT is(pg_temp.counts(load_activities('a', '2010-07-14')), 'read 4, imported 3, present 1, rejected 0', 'two meetings with one client on a day are two, a repeated row is one');
SELECT is(pg_temp.counts(load_activities('a')), 'read 4, imported 0, present 4, rejected 0', 'again it doubles nothing');
UPDATE a SET happened_on = '2010-07-03', outside_office = 'ложь' WHERE external_id = 'm1';
SELECT is(pg_temp.counts(load_activities('a')), 'read 4, imported 1, present 3, rejected 0', 'a correction');
SELECT set_eq('SELECT external_id, manager_id, organization_id, kind::text, happened_on, outside_office FROM activity',
    $$VALUES ('m1', 1, 1, 'meeting', date '2010-07-03', false), ('m2', 1, 1, 'meeting', '2010-07-01', true), ('c1', 2, NULL, 'cold_call', '2010-07-02', false)$$, 'replaces');
TRUNCATE a;
INSERT INTO a VALUES ('x', 'T9', NULL, 'meeting', '2010-07-01', NULL), ('y', 'T1', '7736050003', 'meeting', '2010-07-01', NULL),
    ('z', 'T1', NULL, 'lunch', '2010-07-01', NULL), (NULL, 'T1', NULL, 'meeting', '2010-07-01', NULL), ('u', 'T1', NULL, 'meeting', '2010-07-16', NULL),
    ('v', 'T1', NULL, 'meeting', '2010-07-01', 'perhaps'), ('w', 'T1', NULL, 'meeting', '2010-07-01', NULL), ('w', 'T2', NULL, 'meeting', '2010-07-01', NULL);
SELECT is(pg_temp.counts(load_activities('a')), 'read 8, imported 0, present 0, rejected 8', 'what is wrong is rejected');
SELECT results_eq($$SELECT pg_temp.rejects('activities')$$, ARRAY[
    '1 personnel_no "T9": manager T9 is not known', '2 inn "7736050003": organization 7736050003 is not known',
    '3 kind "lunch": kind "lunch" is neither meeting nor cold_call', '4 external_id NULL: external_id is missing',
    '5 happened_on "2010-07-16": happened_on 2010-07-16 lies in the future', '6 outside_office "perhaps": outside_office "perhaps" is neither true nor false',
    '7 external_id "w": another row says something else of external_id "w"', '8 external_id "w": another row says something else of external_id "w"'], 'with the reason');

-- A moment lies on a day of the company, not of the session.
SET LOCAL timezone = 'America/New_York';
CREATE TEMP TABLE moments AS
SELECT 'night' AS external_id, 1 AS manager_id, 'meeting' AS kind, timestamptz '2010-07-01 00:30 Europe/Moscow' AS happened_on;
SELECT load_activities('moments');
SELECT is((SELECT happened_on FROM activity WHERE external_id = 'night'), date '2010-07-01', 'half past midnight in Moscow is the new day');

-- A month on record stays as it is, and its facts may be corrected.
SELECT close_month('2010-06');
UPDATE typed SET amount = 9 WHERE month = '2010-06';
SELECT is(pg_temp.counts(load_turnover('typed')), 'read 2, imported 1, present 1, rejected 0', 'facts of a closed month are corrected');
SELECT is_empty('SELECT * FROM verify_frozen_months()', 'its record is not');

-- What was merged into another organization.
SELECT merge_organizations(2, 3, 'one payer');
TRUNCATE t, o;
INSERT INTO t VALUES ('500100732259', '2010-06', '10', '2010-06-20'), ('277012341', '2010-06', '5', '2010-06-10'), ('277012341', '2010-06', '5', '2010-06-10');
INSERT INTO o VALUES ('500100732259', '10', '2010-06-20'), ('277012341', '5', '2010-06-10');
SELECT is(pg_temp.counts(load_turnover('t')) || '; ' || pg_temp.counts(load_overdue('o')),
    'read 3, imported 2, present 1, rejected 0; read 2, imported 2, present 0, rejected 0', 'a merged organization and the kept one are one');
SELECT is((SELECT format('%s %s %s %s', t.amount, t.last_on, o.amount, o.since) FROM turnover t JOIN overdue o USING (organization_id)
    WHERE t.organization_id = 3 AND t.month = '2010-06'), '15 2010-06-20 15 2010-06-10', 'with the facts of both');

-- Who may.
CREATE ROLE kb_feeds_loader;
SELECT grant_loading('kb_feeds_loader');
GRANT USAGE ON SCHEMA kbnorms TO kb_feeds_loader;
GRANT SELECT ON t, o, a TO kb_feeds_loader;
SET LOCAL ROLE kb_feeds_loader;
SELECT lives_ok($$SELECT load_turnover('t'), load_overdue('o', partial => true), load_activities('a')$$, 'a loader loads');
SELECT throws_ok($$SELECT import_bindings('t')$$, '42501', NULL, 'and does nothing else');
RESET ROLE;
SELECT grant_access('kb_feeds_loader', 'reader');
SELECT revoke_access('kb_feeds_loader', 'reader');
SET LOCAL ROLE kb_feeds_loader;
SELECT lives_ok($$SELECT kb_feeds.load_turnover('t'), kb_feeds.load_overdue('o', partial => true), kb_feeds.load_activities('a')$$, 'also after it might read for a time');
RESET ROLE;
SELECT revoke_loading('kb_feeds_loader');
SET LOCAL ROLE kb_feeds_loader;
SELECT throws_ok($$SELECT kb_feeds.load_turnover('t')$$, '42501', NULL, 'until it may not any more');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
