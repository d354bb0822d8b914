-- What the readers of files make of text.
BEGIN;
SET LOCAL search_path = kbnorms, public;
SELECT plan(5);

SET LOCAL datestyle = 'ISO, MDY';
SELECT results_eq($$SELECT read_date(t) FROM (VALUES (1, '2010-07-15'), (2, ' 15.07.2010 '), (3, '5.7.2010'), (4, '15.07.2010 0:00:00'), (5, '2010-07-15T10:20:30.123'),
        (6, '2010-07-15 23:59'), (7, '29.02.2008')) v(n, t) ORDER BY n$$,
    $$VALUES (date '2010-07-15'), ('2010-07-15'), ('2010-07-05'), ('2010-07-15'), ('2010-07-15'), ('2010-07-15'), ('2008-02-29')$$, 'dates');
SELECT results_eq($$SELECT t FROM unnest(ARRAY['', ' ', '15/07/2010', '07.15.2010', '15.07.10', '29.02.2010', '2010-7-5', '2010-07-15T', '2010-07-15x', '2010-07-15 1', '0000-01-01',
        'infinity', 'today', '15.07.20100', '2010-07-15 10:00 Z']) t WHERE read_date(t) IS NOT NULL$$, ARRAY[]::text[], 'and what is none');
SELECT results_eq($$SELECT read_amount(t)::text FROM (VALUES (1, '1234.50'), (2, '1234,50'), (3, '1 234,50'), (4, E'1\u00a0234\u202f567,5'), (5, '-20'), (6, '+3'), (7, ' .5 '), (8, '7,')) v(n, t) ORDER BY n$$,
    ARRAY['1234.50', '1234.50', '1234.50', '1234567.5', '-20', '3', '0.5', '7'], 'amounts');
SELECT results_eq($$SELECT t FROM unnest(ARRAY['', ' ', '-', ',', '1.234,50', '1,234.50', '1,2,3', '1-', '--1', '1e5', 'NaN', '10 руб', '$5', '0x10', '1_000', repeat('9', 61)]) t
    WHERE read_amount(t) IS NOT NULL$$, ARRAY[]::text[], 'and what is none');
SELECT results_eq($$SELECT read_inn(t)::text FROM (VALUES (1, '7707083893'), (2, '277012341'), (3, '500100732259'), (4, '7707083894'), (5, '77070838'), (6, '000000000'), (7, ''), (8, '77O7083893')) v(n, t) ORDER BY n$$,
    ARRAY['7707083893', '0277012341', '500100732259', NULL, NULL, NULL, NULL, NULL], 'taxpayer numbers');

SELECT * FROM finish();
ROLLBACK;
