-- Type inn: what it reads and refuses, its order, its indexes, its casts.
-- search_path is the default: nothing here may need kbnorms on it.

-- What a text is read as, or why not.
CREATE FUNCTION pg_temp.reading(str text, OUT value text, OUT state text, OUT message text, OUT detail text)
LANGUAGE plpgsql AS $$
BEGIN
    value := str::kbnorms.inn;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
END $$;

-- Does the plan of a query hold this line?
CREATE FUNCTION pg_temp.plan_has(query text, line text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    plan_line text;
BEGIN
    FOR plan_line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        IF strpos(plan_line, line) > 0 THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END $$;

-- Sound numbers: companies, persons, leading zeros, a person's that begins with a
-- company's, check digits whose sum leaves 10.
SELECT str, value, value = str AS same
FROM (VALUES ('7707083893'), ('7736050003'), ('500100732259'), ('770708389324'), ('9999999998'),
             ('0100000004'), ('0000000018'), ('000000000184'), ('000000001847'),
             ('7700000070'), ('770000002700')) AS v(str),
     pg_temp.reading(str);

-- Unsound ones.
SELECT str, state, message, detail
FROM (VALUES (''), (' '), ('7'), ('770708389'), ('77070838931'), ('7707083893123'),
             ('77O7083893'), ('77Я7083893'), (' 7707083893'), ('7707083893 '), ('7707083893' || chr(9)),
             ('7707-083893'), ('+770708389'), ('-770708389'), ('７707083893'),
             ('0000000000'), ('000000000000'), ('00000000000'),
             ('7707083894'), ('7707083983'), ('500100732269'), ('500100732250'), ('500100732200'),
             ('77070838930'), (repeat('7', 100))) AS v(str),
     pg_temp.reading(str);

-- Of the ten ways to end a number exactly one is read, the one that the
-- published weights give: for a company, and for the 11th and 12th digit of a person.
CREATE FUNCTION pg_temp.check_digit(digits text, weights integer[]) RETURNS text
LANGUAGE sql
RETURN (SELECT sum(w * substr(digits, i::integer, 1)::integer) % 11 % 10 FROM unnest(weights) WITH ORDINALITY AS x(w, i))::text;

WITH stem AS (
    SELECT lpad((n * 7919 * 104729 % 1000000000)::text, 9, '0') AS company,
        lpad((n * 7919 * 104729 * 37 % 10000000000)::text, 10, '0') AS person
    FROM generate_series(1::bigint, 60) AS n
),
right_digit AS (
    SELECT company, person,
        pg_temp.check_digit(company, '{2,4,10,3,5,9,4,6,8}') AS tenth,
        pg_temp.check_digit(person, '{7,2,4,10,3,5,9,4,6,8}') AS eleventh,
        pg_temp.check_digit(person || pg_temp.check_digit(person, '{7,2,4,10,3,5,9,4,6,8}'), '{3,7,2,4,10,3,5,9,4,6,8}') AS twelfth
    FROM stem
)
SELECT count(*) AS tried,
    count(*) FILTER (WHERE ((pg_temp.reading(company || d)).value IS NOT NULL) <> (d::text = tenth)) AS wrong_10,
    count(*) FILTER (WHERE ((pg_temp.reading(person || d || (d + 1) % 10)).detail LIKE 'The check digit at position 11 %') = (d::text = eleventh)) AS wrong_11,
    count(*) FILTER (WHERE ((pg_temp.reading(person || eleventh || d)).value IS NOT NULL) <> (d::text = twelfth)) AS wrong_12
FROM right_digit, generate_series(0, 9) AS d;

-- 10 and 12 digits never meet, and the order is that of the text.
CREATE TABLE inns (inn kbnorms.inn);
INSERT INTO inns
SELECT (pg_temp.reading(lpad(n::text, 10, '0'))).value::kbnorms.inn FROM generate_series(1, 400) AS n
UNION ALL
SELECT (pg_temp.reading(lpad(n::text, 12, '0'))).value::kbnorms.inn FROM generate_series(1, 4000) AS n
UNION ALL
VALUES ('500100732259'::kbnorms.inn), ('7707083893'), ('770708389324'), ('9999999998'), ('0100000004');
DELETE FROM inns WHERE inn IS NULL;
SELECT count(*), count(DISTINCT inn) AS distinct_inns, count(DISTINCT inn::text) AS distinct_texts FROM inns;
SELECT count(*) AS pairs,
    count(*) FILTER (WHERE (a.inn < b.inn) <> (a.inn::text < b.inn::text COLLATE "C")) AS lt,
    count(*) FILTER (WHERE (a.inn <= b.inn) <> (a.inn::text <= b.inn::text COLLATE "C")) AS le,
    count(*) FILTER (WHERE (a.inn = b.inn) <> (a.inn::text = b.inn::text)) AS eq,
    count(*) FILTER (WHERE (a.inn <> b.inn) <> (a.inn::text <> b.inn::text)) AS ne,
    count(*) FILTER (WHERE (a.inn >= b.inn) <> (a.inn::text >= b.inn::text COLLATE "C")) AS ge,
    count(*) FILTER (WHERE (a.inn > b.inn) <> (a.inn::text > b.inn::text COLLATE "C")) AS gt,
    count(*) FILTER (WHERE sign(kbnorms.inn_cmp(a.inn, b.inn)) <> (a.inn > b.inn)::integer - (a.inn < b.inn)::integer) AS cmp,
    count(*) FILTER (WHERE a.inn = b.inn AND kbnorms.inn_hash(a.inn) <> kbnorms.inn_hash(b.inn)) AS hash
FROM inns AS a, inns AS b;

-- Operator classes: indexes, joins, grouping, hash partitions.
SELECT opcname, amvalidate(oid) FROM pg_opclass WHERE opcintype = 'kbnorms.inn'::regtype ORDER BY 1;
CREATE INDEX inns_btree ON inns USING btree (inn);
CREATE INDEX inns_hash ON inns USING hash (inn);
ANALYZE inns;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT pg_temp.plan_has($$SELECT inn FROM inns WHERE inn > '500100732259'$$, 'Index Only Scan using inns_btree') AS btree;
SELECT inn FROM inns WHERE inn >= '500100732259' ORDER BY inn;
DROP INDEX inns_btree;
SELECT pg_temp.plan_has($$SELECT inn FROM inns WHERE inn = '500100732259'$$, 'Index Scan using inns_hash') AS hash;
SELECT count(*) FROM inns WHERE inn = '500100732259';
RESET enable_seqscan;
RESET enable_bitmapscan;
SET enable_nestloop = off;
SET enable_mergejoin = off;
SELECT pg_temp.plan_has('SELECT FROM inns AS a JOIN inns AS b USING (inn)', 'Hash Join') AS hash_join;
SELECT count(*) FROM inns AS a JOIN inns AS b USING (inn);
RESET enable_mergejoin;
SET enable_hashjoin = off;
SELECT pg_temp.plan_has('SELECT FROM inns AS a JOIN inns AS b USING (inn)', 'Merge Join') AS merge_join;
SELECT count(*) FROM inns AS a JOIN inns AS b USING (inn);
RESET enable_nestloop;
RESET enable_hashjoin;
CREATE TABLE parted_inns (inn kbnorms.inn PRIMARY KEY) PARTITION BY HASH (inn);
CREATE TABLE parted_inns_0 PARTITION OF parted_inns FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parted_inns_1 PARTITION OF parted_inns FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parted_inns SELECT DISTINCT inn FROM inns;
SELECT count(*), count(DISTINCT tableoid) FROM parted_inns;
INSERT INTO parted_inns VALUES ('7707083893');

-- Every way to break a value's rules through a cast is closed, and no cast comes by itself.
SELECT '7707083893'::text::kbnorms.inn, '7707083893'::varchar::kbnorms.inn, '7707083893'::kbnorms.inn::text;
CREATE TABLE texts (t text);
INSERT INTO texts SELECT '7707083893'::kbnorms.inn;
SELECT * FROM texts;
INSERT INTO inns SELECT t FROM texts;
SELECT '7707083893'::kbnorms.inn = '7707083893'::text;
SELECT 7707083893::kbnorms.inn;
SELECT '7707083893'::kbnorms.inn::bigint;

-- The comparison may run before a security barrier, so that it can use the index.
CREATE INDEX inns_btree ON inns USING btree (inn);
CREATE VIEW barred WITH (security_barrier) AS SELECT inn FROM inns WHERE inn::text LIKE '5%';
SET enable_seqscan = off;
SELECT pg_temp.plan_has($$SELECT * FROM barred WHERE inn = '500100732259'$$, 'Index Cond') AS before_the_barrier;
RESET enable_seqscan;

DROP VIEW barred;
DROP TABLE inns, parted_inns, texts;
