-- Rule personal: a named, employed person whose position may hold a base.
BEGIN;
\ir company.psql
SELECT plan(22);

SELECT org(1), org(2, 'chain');

SELECT is(bind(1, 1), 'passes', 'an employed manager');
SELECT is(bind(1, 13), 'passes', 'an employed group lead');
SELECT is(bind(1, 8), 'passes', 'a head of a VTC');
SELECT is(bind(1, 9), 'personal', 'an office head holds no base, and nothing else is judged');
SELECT is(bind(1, 10), 'personal', 'nor does the head of the pool');
SELECT is(bind(1, 15), 'personal', 'nor does who has no post');
SELECT is(bind(1, 11), 'personal', 'left_on is the first day after the last one');
SELECT is(bind(1, 12), 'personal', 'not yet hired');

UPDATE manager SET left_on = '2010-07-16' WHERE id = 11;
UPDATE manager SET hired_on = '2010-07-15' WHERE id = 12;
SELECT is(bind(1, 11), 'passes', 'the last working day is one');
SELECT is(bind(1, 12), 'passes', 'and so is the first');

SELECT is(bind(1, 1, '2009-01-01'), 'passes', 'bound on the day he was hired');
SELECT is(bind(1, 1, '2008-12-31'), 'personal', 'bound the day before');
SELECT is(bind(1, 1, '2010-07-16'), 'personal', 'bound in the future');
SELECT is(bind(1, 1, 'infinity'), 'personal', 'bound at the end of time');
SELECT is(bind(1, 1, '-infinity'), 'personal', 'bound before time began');

-- Today's post is asked, whatever bound_on says.
INSERT INTO manager_post (manager_id, since, position, unit_id) VALUES
    (2, '2010-07-15', 'office_head', 5), (13, '2010-07-16', 'office_head', 4);
SELECT is(bind(1, 2, '2010-01-01'), 'personal', 'a manager until yesterday, whatever bound_on says');
SELECT is(bind(1, 13), 'passes', 'an office head from tomorrow');

-- Where nobody is asked about specialization, all that personal finds is told.
UPDATE manager SET left_on = '2010-07-01' WHERE id = 9;
SELECT is(bind(1, 9), 'personal', 'a leaver of a post that holds no base');
SELECT is(bind(2, 11), 'off_profile', 'a client of another profile');
UPDATE manager SET left_on = '2010-07-01' WHERE id = 11;
SELECT is(bind(2, 11), 'personal off_profile', 'a leaver is judged by his last post');

UPDATE position SET holds_base = true WHERE code = 'office_head';
UPDATE manager SET left_on = NULL WHERE id = 9;
SELECT is(bind(1, 9), 'passes', 'which positions hold a base is data');
SELECT is(bind(2, 9), 'passes', 'and without a specialization nothing else is asked');

SELECT * FROM finish();
ROLLBACK;
