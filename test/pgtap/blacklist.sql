-- blacklist: accounts that bought too little in each of the months looked at.
BEGIN;
\ir company.psql
SELECT plan(32);

CREATE FUNCTION pg_temp.listed(month kbnorms.month, manager_id integer) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(format('%s %s<%s', b.account_id, trim_scale(b.turnover), trim_scale(b.threshold)), ', ' ORDER BY b.account_id)
    FROM blacklist($1) b WHERE b.manager_id = $2
$$;

-- Two months, 15,000 whatever the potential.
SELECT pg_temp.hire(1, 'universal');
SELECT pg_temp.give(1, 1, 1);
SELECT is(pg_temp.listed('2010-07', 1), '1 0<15000', 'no turnover at all is below');
INSERT INTO turnover (organization_id, month, amount) VALUES (1, '2010-06', 14999.99);
SELECT is(pg_temp.listed('2010-07', 1), '1 14999.99<15000', 'below in the one, nothing in the other');
UPDATE turnover SET amount = 15000;
SELECT is(pg_temp.listed('2010-07', 1), NULL, 'at the threshold is not below');
UPDATE turnover SET month = '2010-05';
SELECT is(pg_temp.listed('2010-07', 1), NULL, 'one of the two months is enough');
UPDATE turnover SET month = '2010-04';
SELECT is(pg_temp.listed('2010-07', 1), '1 0<15000', 'the third is not looked at');
UPDATE turnover SET month = '2010-07';
SELECT is(pg_temp.listed('2010-07', 1), '1 0<15000', 'nor is the running one');
SET LOCAL kbnorms.today = '2010-07-31';
SELECT is(pg_temp.listed('2010-07', 1), '1 0<15000', 'which runs through its last day');
SET LOCAL kbnorms.today = '2010-08-01';
SELECT is(pg_temp.listed('2010-07', 1), NULL, 'a closed month is itself the last of them');
SELECT is(pg_temp.listed('2010-08', 1), NULL, 'and so it is for the next running one');
SELECT is(pg_temp.listed('2010-06', 1), '1 0<15000', 'an earlier list does not see it');
SELECT is(pg_temp.listed('2010-09', 1), NULL, 'a month not begun has no list');
SET LOCAL kbnorms.today = '2010-07-15';
UPDATE turnover SET amount = -500, month = '2010-06';
SELECT is(pg_temp.listed('2010-07', 1), '1 0<15000', 'a month of returns beside one without turnover');
INSERT INTO turnover (organization_id, month, amount) VALUES (1, '2010-05', -300);
SELECT is(pg_temp.listed('2010-07', 1), '1 -300<15000', 'returns in both');
UPDATE organization SET potential = NULL WHERE id = 1;
SELECT is(pg_temp.listed('2010-07', 1), '1 -300<15000', 'an unknown potential too, where the threshold is for any');
UPDATE binding SET bound_on = '2010-07-15' WHERE organization_id = 1;
SELECT is(pg_temp.listed('2010-07', 1), '1 -300<15000', 'months before the binding count');
SELECT is(pg_temp.listed('2010-06', 1), NULL, 'the base is that of the month');

-- A client is all its organizations with this manager, and only these.
SELECT pg_temp.hire(2, 'universal');
SELECT pg_temp.give(2, 11, 11);
INSERT INTO organization (id, name, head_id) VALUES (12, 'Branch of 11', 11), (13, 'Branch of 11', 11);
INSERT INTO binding (organization_id, manager_id, bound_on) VALUES (12, 2, '2010-01-01'), (13, 1, '2010-01-01');
INSERT INTO turnover (organization_id, month, amount) VALUES (11, '2010-06', 8000), (12, '2010-06', 6000), (13, '2010-06', 20000);
SELECT is(pg_temp.listed('2010-07', 2), '11 14000<15000', 'what another manager''s organization buys is not his');
SELECT is(pg_temp.listed('2010-07', 1), '1 -300<15000', 'it is the other''s');
UPDATE turnover SET amount = 9000 WHERE organization_id = 12;
SELECT is(pg_temp.listed('2010-07', 2), NULL, 'two organizations of a client add up within a month');
UPDATE turnover SET month = '2010-05' WHERE organization_id = 12;
SELECT is(pg_temp.listed('2010-07', 2), '11 9000<15000', 'not over months');

-- One month, by potential.
SELECT pg_temp.hire(3, 'dealer');
SELECT pg_temp.give(3, 21, 21, 'dealer', potential => 'S');
SELECT pg_temp.give(3, 22, 22, 'dealer', potential => 'A');
SELECT pg_temp.give(3, 23, 23, 'dealer', potential => 'B');
SELECT pg_temp.give(3, 24, 24, 'dealer', potential => 'C');
SELECT pg_temp.give(3, 25, 25, 'dealer', potential => NULL);
INSERT INTO turnover (organization_id, month, amount) VALUES (21, '2010-06', 299999.99), (22, '2010-06', 149999.99), (23, '2010-06', 49999.99), (21, '2010-05', 900000);
SELECT is(pg_temp.listed('2010-07', 3), '21 299999.99<300000, 22 149999.99<150000, 23 49999.99<50000', 'a kopeck below each; no threshold, no listing');
UPDATE turnover SET amount = amount + 0.01 WHERE organization_id IN (21, 22, 23);
SELECT is(pg_temp.listed('2010-07', 3), NULL, 'at each');
INSERT INTO organization (id, name, head_id, potential) VALUES (26, 'Branch of 24', 24, 'S');
INSERT INTO binding (organization_id, manager_id, bound_on) VALUES (26, 3, '2010-01-01');
SELECT is(pg_temp.listed('2010-07', 3), NULL, 'the potential is the head''s');
INSERT INTO norm_potential (specialization, potential, effective_from, stance, blacklist_below) VALUES ('universal', 'A', '2010-07-01', 'target', 10000);
SELECT is(pg_temp.listed('2010-07', 2), '11 9000<10000', 'a threshold for the potential goes before that for any');
SELECT is(pg_temp.listed('2010-06', 2), '11 9000<15000', 'from its date on');
UPDATE norm_specialization SET blacklist_months = NULL WHERE specialization = 'universal';
SELECT is(pg_temp.listed('2010-07', 2), NULL, 'no months, no list');
UPDATE norm_specialization SET blacklist_months = 2 WHERE specialization = 'universal';

-- Whose accounts.
UPDATE manager SET novice_since = NULL WHERE id = 2;
SELECT is(pg_temp.listed('2010-07', 2), '11 9000<10000', 'an intern''s too');
UPDATE manager_post SET "position" = 'group_lead' WHERE manager_id = 2;
SELECT is(pg_temp.listed('2010-07', 2), '11 9000<10000', 'a group lead''s too');
UPDATE manager_post SET "position" = 'vtc_head' WHERE manager_id = 2;
SELECT is(pg_temp.listed('2010-07', 2), NULL, 'not a VTC head''s');
UPDATE manager_post SET "position" = 'manager' WHERE manager_id = 2;
UPDATE manager SET left_on = '2010-07-15' WHERE id = 2;
SELECT is(pg_temp.listed('2010-07', 2), NULL, 'not a leaver''s');
SELECT is(pg_temp.listed('2010-06', 2), '11 9000<15000', 'in June he was on staff');

SELECT results_eq('SELECT * FROM blacklist', 'SELECT * FROM blacklist(''2010-07'')', 'the view is the running month');

SELECT * FROM finish();
ROLLBACK;
