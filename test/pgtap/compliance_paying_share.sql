-- paying_share: accounts that bought for more than 15,000 in the month.
BEGIN;
\ir company.psql
SELECT plan(20);

SELECT pg_temp.hire(1, 'universal');
SELECT pg_temp.hire(2, 'universal');
SELECT is(pg_temp.says('2010-07', 1, 'paying_share'), '- [-, -] exempt', 'without accounts there is no share');
SELECT pg_temp.give(1, 1, 20);
INSERT INTO turnover (organization_id, month, amount) SELECT g, '2010-06', 15000.01 FROM generate_series(1, 6) g;
INSERT INTO turnover (organization_id, month, amount) VALUES (7, '2010-06', 15000);
SELECT is(pg_temp.says('2010-06', 1, 'paying_share'), '0.3 [0.35, -] missed', '15,000 exactly is not above it; 6 of 20 are below 35%');
SELECT is(pg_temp.says('2010-07', 1, 'paying_share'), '0 [0.35, -] pending', 'the running month is pending while below');
UPDATE turnover SET amount = 15000.01 WHERE organization_id = 7;
SELECT is(pg_temp.says('2010-06', 1, 'paying_share'), '0.35 [0.35, -] met', 'a kopeck above is; 7 of 20 are 35%');
INSERT INTO turnover (organization_id, month, amount) SELECT g, '2010-07', 20000 FROM generate_series(1, 7) g;
SELECT is(pg_temp.says('2010-07', 1, 'paying_share'), '0.35 [0.35, -] met', 'the running month is met as soon as it is');
SET LOCAL kbnorms.today = '2010-07-31';
UPDATE turnover SET amount = 15000 WHERE organization_id = 7 AND month = '2010-07';
SELECT is(pg_temp.says('2010-07', 1, 'paying_share'), '0.3 [0.35, -] pending', 'the month runs through its last day');
SET LOCAL kbnorms.today = '2010-08-01';
SELECT is(pg_temp.says('2010-07', 1, 'paying_share'), '0.3 [0.35, -] missed', 'and is over on the first of the next');

-- A client is all its organizations with this manager, and only these.
INSERT INTO organization (id, name, head_id) VALUES (101, 'Branch of 8', 8), (102, 'Branch of 9', 9), (103, 'Branch of 10', 10);
INSERT INTO binding (organization_id, manager_id, bound_on, additional) VALUES (101, 1, '2010-01-01', false), (102, 2, '2010-01-01', false), (10, 2, '2010-01-01', true);
INSERT INTO turnover (organization_id, month, amount) VALUES (8, '2010-07', 8000), (101, '2010-07', 8000);
SELECT is(pg_temp.says('2010-07', 1, 'paying_share'), '0.35 [0.35, -] met', 'two organizations of a client add up');
UPDATE turnover SET amount = -8000 WHERE organization_id = 101;
SELECT is(pg_temp.says('2010-07', 1, 'paying_share'), '0.3 [0.35, -] missed', 'returns are taken off');
INSERT INTO turnover (organization_id, month, amount) VALUES (9, '2010-07', 8000), (102, '2010-07', 16000);
SELECT is(pg_temp.says('2010-07', 1, 'paying_share'), '0.3 [0.35, -] missed', 'what another manager''s organization of the client buys is not his');
SELECT is(pg_temp.says('2010-07', 2, 'paying_share'), '0.5 [0.35, -] met', 'it is the other''s');
INSERT INTO turnover (organization_id, month, amount) VALUES (103, '2010-07', 16000);
SELECT is(pg_temp.says('2010-07', 1, 'paying_share'), '0.3 [0.35, -] missed', 'an unbound organization of the client counts for nobody');
INSERT INTO turnover (organization_id, month, amount) VALUES (10, '2010-07', 16000);
SELECT is(pg_temp.says('2010-07', 1, 'paying_share'), '0.35 [0.35, -] met', 'what has two holders counts for the one');
SELECT is(pg_temp.says('2010-07', 2, 'paying_share'), '1 [0.35, -] met', 'and for the other');

-- Shares are compared as they are, not as they are written.
SELECT pg_temp.hire(3, 'universal');
SELECT pg_temp.give(3, 201, 203);
INSERT INTO turnover (organization_id, month, amount) VALUES (201, '2010-07', 20000), (202, '2010-07', 20000);
UPDATE norm_specialization SET min_paying_share = 0.66666666666666666667 WHERE specialization = 'universal';
SELECT is(pg_temp.says('2010-07', 3, 'paying_share'), '0.66666666666666666667 [0.66666666666666666667, -] missed',
    'two thirds are less than their rounding up');
UPDATE norm_specialization SET min_paying_share = 0.66666666666666666666 WHERE specialization = 'universal';
SELECT is(pg_temp.says('2010-07', 3, 'paying_share'), '0.66666666666666666667 [0.66666666666666666666, -] met', 'and more than their rounding down');

-- Who is not judged, and what is not regulated.
SELECT pg_temp.hire(4, 'universal', NULL);
SELECT pg_temp.give(4, 301, 302);
INSERT INTO turnover (organization_id, month, amount) VALUES (301, '2010-07', 20000);
SELECT is(pg_temp.says('2010-07', 4, 'paying_share'), '0.5 [-, -] exempt', 'an intern is exempt, with his figure');
UPDATE norm_specialization SET min_paying_share = NULL WHERE specialization = 'universal';
SELECT is(pg_temp.says('2010-07', 3, 'paying_share'), '0.66666666666666666667 [-, -] exempt', 'an empty norm regulates nothing');
UPDATE norm_specialization SET min_paying_share = 0.35 WHERE specialization = 'universal';
INSERT INTO policy (effective_from, paying_above) VALUES ('2010-07-31', 20000);
SELECT is(pg_temp.says('2010-07', 3, 'paying_share'), '0 [0.35, -] missed', 'what paying means is the policy of the month''s last day');
DELETE FROM policy;
SELECT is(pg_temp.says('2010-07', 3, 'paying_share'), '- [-, -] exempt', 'without one there is nothing to say');

SELECT * FROM finish();
ROLLBACK;
