-- Type month: what it reads and refuses, arithmetic, casts, indexes, series.
-- search_path is the default: nothing here may need kbnorms on it.

-- What a text is read as, or why not.
CREATE FUNCTION pg_temp.reading(str text, OUT value text, OUT state text, OUT message text, OUT detail text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
    value := str::kbnorms.month;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
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

SELECT str, value
FROM (VALUES ('2010-07'), ('2010-07-15'), ('2010-07-31'), ('2012-02-29'), ('2000-02-29'),
             ('0001-01'), ('0001-01-01'), ('9999-12'), ('9999-12-31')) AS v(str),
     pg_temp.reading(str);
SELECT str, state, message, detail
FROM (VALUES (''), (' '), ('2010'), ('2010-7'), ('2010-07-1'), ('2010-07-150'), (' 2010-07'), ('2010-07 '),
             ('2010/07'), ('2010-07.15'), ('201007'), ('07-2010'), ('July 2010'), ('Июль 2010'), ('12010-07'), ('-2010-07'),
             ('2010-07-15 12:00'), ('2010-07é'), ('2010-07-15é'), ('infinity'),
             ('2010-00'), ('2010-13'), ('2010-99-01'), ('2010-07-00'), ('2010-07-32'), ('2010-02-29'), ('1900-02-29'),
             ('0000-01'), ('0000-12-31')) AS v(str),
     pg_temp.reading(str);
SELECT DISTINCT hint FROM (VALUES ('2010-13'), ('x')) AS v(str), pg_temp.reading(str);

-- The style of dates changes nothing.
SET datestyle = 'German, DMY';
SELECT kbnorms.month '2010-07-01', '2010-07'::kbnorms.month::date;
RESET datestyle;

-- Days and months agree with PostgreSQL's own calendar, over 4000 years.
SELECT count(*) AS days,
    count(*) FILTER (WHERE d::kbnorms.month::text <> to_char(d, 'YYYY-MM')) AS month,
    count(*) FILTER (WHERE kbnorms.first_day(d) <> date_trunc('month', d::timestamp)) AS first_day,
    count(*) FILTER (WHERE kbnorms.last_day(d) <> date_trunc('month', d::timestamp) + interval '1 month - 1 day') AS last_day,
    count(*) FILTER (WHERE kbnorms.first_day(kbnorms.month(d) + n) <> date_trunc('month', d::timestamp) + n * interval '1 month') AS plus
FROM (SELECT date '0900-01-01' + 17 * n AS d, n % 2401 AS n FROM generate_series(0, 85000) AS n) AS day;
SELECT kbnorms.first_day('0001-01'), kbnorms.last_day('9999-12');

-- Arithmetic.
SELECT kbnorms.month '2010-12' + 1 AS plus, 2 + kbnorms.month '2010-12' AS from_left, kbnorms.month '2010-01' - 1 AS minus,
    kbnorms.month '2010-07' + (-19) AS negative, kbnorms.month '2010-07' - kbnorms.month '2008-12' AS difference,
    kbnorms.month '2008-12' - kbnorms.month '2010-07' AS back, kbnorms.month '2010-07' + 2::smallint AS smallint;
SELECT kbnorms.month '9999-12' - kbnorms.month '0001-01' AS widest, kbnorms.month '0001-01' + 119987 AS last, kbnorms.month '9999-12' - 119987 AS first;
SELECT pg_typeof(kbnorms.month '2010-07' - '2010-01'), kbnorms.month '2010-07' + '1' AS unknown;
SELECT kbnorms.month '9999-12' + 1;
SELECT 1 + kbnorms.month '9999-12';
SELECT kbnorms.month '0001-01' - 1;
\echo :SQLSTATE
SELECT kbnorms.month '2010-07' + 2147483647;
SELECT kbnorms.month '2010-07' - 2147483647;
SELECT kbnorms.month '2010-07' - (-2147483648);
SELECT kbnorms.month '2010-07' + kbnorms.month '2010-07';

-- Casts: from a date by itself, to a date only where it is stored.
SELECT date '2010-07-15'::kbnorms.month, kbnorms.month(date '2010-07-15'), kbnorms.month '2010-07'::date, kbnorms.month '2010-07'::text, '2010-07'::text::kbnorms.month;
CREATE TABLE kept (m kbnorms.month, d date, t text);
INSERT INTO kept (m, d, t) SELECT date '2010-07-15', kbnorms.month '2010-07', kbnorms.month '2010-07';
SELECT * FROM kept;
SELECT kbnorms.month '2010-07' = date '2010-07-15' AS eq, date '2010-08-01' > kbnorms.month '2010-07' AS gt, date '2010-09-30' - kbnorms.month '2010-07' AS minus,
    kbnorms.month '2010-07' BETWEEN date '2010-07-31' AND date '2010-08-01' AS between;
SELECT date '0001-12-31 BC'::kbnorms.month;
SELECT date '10000-01-01'::kbnorms.month;
SELECT date 'infinity'::kbnorms.month;
\echo :SQLSTATE
SELECT date '-infinity'::kbnorms.month;
SELECT timestamp '2010-07-15 12:00'::kbnorms.month;
SELECT timestamptz '2010-07-15 12:00'::kbnorms.month;
SELECT '2010-07'::text = kbnorms.month '2010-07';
SELECT extract(year FROM kbnorms.month '2010-07');
SELECT 24126::kbnorms.month;
DROP TABLE kept;

-- Order and hashing.
CREATE TABLE months (m kbnorms.month);
INSERT INTO months SELECT kbnorms.month '2000-01' + n % 300 FROM generate_series(0, 599) AS n;
SELECT count(*) AS pairs,
    count(*) FILTER (WHERE (a.m < b.m) <> (a.m::text < b.m::text COLLATE "C")) AS lt,
    count(*) FILTER (WHERE (a.m <= b.m) <> (a.m::text <= b.m::text COLLATE "C")) AS le,
    count(*) FILTER (WHERE (a.m = b.m) <> (a.m::text = b.m::text)) AS eq,
    count(*) FILTER (WHERE (a.m <> b.m) <> (a.m::text <> b.m::text)) AS ne,
    count(*) FILTER (WHERE (a.m >= b.m) <> (a.m::text >= b.m::text COLLATE "C")) AS ge,
    count(*) FILTER (WHERE (a.m > b.m) <> (a.m::text > b.m::text COLLATE "C")) AS gt,
    count(*) FILTER (WHERE sign(kbnorms.month_cmp(a.m, b.m)) <> (a.m > b.m)::integer - (a.m < b.m)::integer) AS cmp,
    count(*) FILTER (WHERE a.m = b.m AND kbnorms.month_hash(a.m) <> kbnorms.month_hash(b.m)) AS hash,
    count(*) FILTER (WHERE a.m - b.m <> 12 * (extract(year FROM a.m::date) - extract(year FROM b.m::date)) + extract(month FROM a.m::date) - extract(month FROM b.m::date)) AS minus
FROM months AS a, months AS b;

-- Operator classes: indexes, joins, grouping, partitions, min and max.
SELECT opcname, amvalidate(oid) FROM pg_opclass WHERE opcintype = 'kbnorms.month'::regtype ORDER BY 1;
CREATE INDEX months_btree ON months USING btree (m);
CREATE INDEX months_hash ON months USING hash (m);
ANALYZE months;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT pg_temp.plan_has($$SELECT m FROM months WHERE m >= '2024-11'$$, 'Index Only Scan using months_btree') AS btree;
SELECT pg_temp.plan_has($$SELECT m FROM months WHERE m >= date '2024-11-15'$$, 'Index Only Scan using months_btree') AS btree_by_date;
SELECT m, count(*) FROM months WHERE m >= '2024-11' GROUP BY m ORDER BY m;
SELECT pg_temp.plan_has('SELECT min(m) FROM months', 'Index Only Scan using months_btree') AS min_by_index,
    pg_temp.plan_has('SELECT max(m) FROM months', 'Index Only Scan Backward using months_btree') AS max_by_index;
SELECT min(m), max(m) FROM months;
DROP INDEX months_btree;
SELECT pg_temp.plan_has($$SELECT m FROM months WHERE m = '2010-07'$$, 'Index Scan using months_hash') AS hash;
SELECT count(*) FROM months WHERE m = '2010-07';
RESET enable_seqscan;
RESET enable_bitmapscan;
SET enable_nestloop = off;
SET enable_mergejoin = off;
SELECT pg_temp.plan_has('SELECT FROM months AS a JOIN months AS b USING (m)', 'Hash Join') AS hash_join;
SELECT count(*) FROM months AS a JOIN months AS b USING (m);
SELECT count(*) FROM months AS a JOIN (VALUES (date '2010-07-15')) AS b(d) ON a.m = b.d;
RESET enable_mergejoin;
SET enable_hashjoin = off;
SELECT pg_temp.plan_has('SELECT FROM months AS a JOIN months AS b USING (m)', 'Merge Join') AS merge_join;
SELECT count(*) FROM months AS a JOIN months AS b USING (m);
RESET enable_nestloop;
RESET enable_hashjoin;
CREATE TABLE parted_months (m kbnorms.month) PARTITION BY RANGE (m);
CREATE TABLE parted_months_old PARTITION OF parted_months FOR VALUES FROM (MINVALUE) TO ('2010-01') PARTITION BY HASH (m);
CREATE TABLE parted_months_old_0 PARTITION OF parted_months_old FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parted_months_old_1 PARTITION OF parted_months_old FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE parted_months_new PARTITION OF parted_months FOR VALUES FROM ('2010-01') TO (MAXVALUE);
INSERT INTO parted_months SELECT m FROM months;
SELECT tableoid::regclass = 'parted_months_new'::regclass AS new, min(m), max(m) FROM parted_months GROUP BY 1 ORDER BY 1;
SELECT pg_temp.plan_has($$SELECT FROM parted_months WHERE m = '2010-07'$$, 'parted_months_old') AS reads_the_old;

-- min and max combine in parallel; of nothing they are NULL.
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT pg_temp.plan_has('SELECT min(m), max(m) FROM months', 'Partial Aggregate') AS parallel;
SELECT min(m), max(m) FROM months;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
SELECT min(m), max(m) FROM months WHERE m < '2000-01';

-- The comparison may run before a security barrier, so that it can use the index.
CREATE INDEX months_btree ON months USING btree (m);
CREATE VIEW barred WITH (security_barrier) AS SELECT m FROM months WHERE m::text LIKE '2010%';
SET enable_seqscan = off;
SELECT pg_temp.plan_has($$SELECT * FROM barred WHERE m = '2010-07'$$, 'Index Cond') AS before_the_barrier;
RESET enable_seqscan;

-- Window frames count in months.
SELECT m, array_agg(m) OVER (ORDER BY m RANGE BETWEEN 2 PRECEDING AND 1 FOLLOWING)
FROM (VALUES (kbnorms.month '2010-01'), ('2010-02'), ('2010-04'), ('2010-07'), ('9999-12')) AS v(m);
SELECT array_agg(m) OVER (ORDER BY m RANGE BETWEEN -1 PRECEDING AND CURRENT ROW) FROM (VALUES (kbnorms.month '2010-01')) AS v(m);

-- Series.
SELECT array_agg(m) FROM kbnorms.generate_series('2010-11', '2011-02') AS m;
SELECT array_agg(m) FROM kbnorms.generate_series('2010-11', '2011-12', 5) AS m;
SELECT array_agg(m) FROM kbnorms.generate_series('2010-07', '2010-02', -2) AS m;
SELECT array_agg(m) FROM kbnorms.generate_series(date '2010-07-31', date '2010-08-01') AS m;
SELECT array_agg(m) FROM kbnorms.generate_series('9999-11', '9999-12', 5) AS m;
SELECT count(*) FROM kbnorms.generate_series('0001-01', '9999-12');
SELECT count(*) FROM kbnorms.generate_series('2010-07', '2010-06');
SELECT count(*) FROM kbnorms.generate_series(NULL, '2010-06');
SELECT count(*) FROM kbnorms.generate_series('2010-06', NULL);
SELECT count(*) FROM kbnorms.generate_series('2010-06', '2010-07', NULL);
SELECT kbnorms.generate_series('2010-01', '2010-03'), 1 AS in_the_select_list;
SELECT kbnorms.generate_series('2010-07', '2010-08', 0);
SELECT pg_temp.plan_has($$SELECT * FROM kbnorms.generate_series('2010-07', '2010-08')$$, 'Function Scan on generate_series n') AS inlined;

DROP VIEW barred;
DROP TABLE months, parted_months;
