-- What is written on dates, timestamps, intervals and numbers means the same
-- with kbnorms as without it, although date casts to month by itself.

-- The operator that every "left op right" and the aggregate that every min and
-- max resolves to, one a line.  NULL stands for a literal of unknown type.
CREATE FUNCTION pg_temp.resolutions() RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    types CONSTANT text[] := '{NULL,NULL::date,NULL::timestamp,NULL::timestamptz,NULL::time,NULL::interval,NULL::smallint,NULL::integer,NULL::bigint,NULL::numeric,NULL::float8,NULL::text,NULL::varchar,NULL::name,NULL::daterange,NULL::date[]}';
    expression text;
    resolved text;
    result text := '';
BEGIN
    FOR expression IN
        SELECT format('%s %s %s', l, op, r) FROM unnest(types) AS l, unnest('{=,<,+,-}'::text[]) AS op, unnest(types) AS r
        UNION ALL
        SELECT format('%s(%s)', f, a) FROM unnest('{min,max}'::text[]) AS f, unnest(types) AS a
        UNION ALL
        SELECT format('%s(%s, %s)', f, l, r) FROM unnest('{coalesce,greatest}'::text[]) AS f, unnest(types) AS l, unnest(types) AS r
        UNION ALL
        SELECT format('(SELECT count(*) FROM generate_series(%s, %s, %s))', l, r, s)
        FROM unnest(types[1:4] || types[8]) AS l, unnest(types[1:4] || types[8]) AS r, unnest('{NULL,NULL::interval,NULL::integer}'::text[]) AS s
    LOOP
        BEGIN
            EXECUTE 'CREATE TEMP VIEW resolution AS SELECT ' || expression || ' AS x';
            SELECT string_agg(id[1], ' ' ORDER BY id[1]) INTO resolved
            FROM pg_rewrite, regexp_matches(ev_action, ':(?:opno|aggfnoid|funcid|coalescetype|minmaxtype) (\d+)', 'g') AS id
            WHERE ev_class = 'pg_temp.resolution'::regclass;
            DROP VIEW resolution;
        EXCEPTION WHEN OTHERS THEN
            resolved := 'error ' || SQLSTATE;
        END;
        result := result || expression || ' -> ' || resolved || E'\n';
    END LOOP;
    RETURN result;
END $$;

SET client_min_messages = warning;
BEGIN;
DROP EXTENSION kbnorms CASCADE;
SELECT pg_temp.resolutions() AS without \gset
ROLLBACK;
RESET client_min_messages;
SELECT count(*) > 1600 AS many_tried, count(*) FILTER (WHERE line ~ ' -> [0-9 ]+$') > 300 AS many_resolved
FROM regexp_split_to_table(:'without', E'\n') AS line;
SELECT line AS changed FROM regexp_split_to_table(pg_temp.resolutions(), E'\n') AS line
EXCEPT
SELECT line FROM regexp_split_to_table(:'without', E'\n') AS line;

-- With kbnorms on the path one thing that was an error is the series of months.
SET search_path = kbnorms, public;
SELECT split_part(line, ' -> ', 1) AS changed, pg_typeof(m)
FROM (
    SELECT line FROM regexp_split_to_table(pg_temp.resolutions(), E'\n') AS line
    EXCEPT
    SELECT line FROM regexp_split_to_table(:'without', E'\n') AS line
) AS changed, generate_series(date '2010-07-15', date '2010-07-15', 1) AS m;
RESET search_path;

-- And by example.
SELECT date '2010-07-15' = '2010-07-15' AS eq, date '2010-07-15' < '2010-07-16' AS lt, date '2010-07-15' = date '2010-07-16' AS not_by_month,
    date '2010-07-15' + 1 AS plus, 1 + date '2010-07-15' AS from_left, date '2010-07-15' - 1 AS minus, date '2010-07-15' - date '2010-06-15' AS days,
    date '2010-07-15' - '2010-06-15' AS days_to_unknown, date '2010-07-15' + '1 month'::interval AS interval, date '2010-07-15' = timestamp '2010-07-15' AS timestamp;
SELECT min(d), max(d), count(DISTINCT d) FROM (VALUES (date '2010-07-15'), ('2010-07-16')) AS v(d);
SELECT pg_typeof(current_date + 1), pg_typeof(current_date - current_date), pg_typeof(now() - '2010-07-15'), pg_typeof(current_date - interval '1 day');
SELECT d FROM generate_series(timestamp '2010-07-01', '2010-08-01', '1 month') AS d;
SELECT pg_typeof(d) FROM generate_series(date '2010-07-01', date '2010-07-01', '1 month') AS d;
SELECT date '2010-07-15' = '2010-07';
