-- How the loaded base stands to the norms.
SET search_path = :"base", kbnorms, public;
\pset null '-'
\pset footer off

\echo == Verdicts of March 2014 by measure
SELECT measure, count(*) FILTER (WHERE verdict = 'met') AS met, count(*) FILTER (WHERE verdict = 'missed') AS missed,
       count(*) FILTER (WHERE verdict = 'pending') AS pending, count(*) FILTER (WHERE verdict = 'exempt') AS exempt
FROM compliance('2014-03')
GROUP BY measure
ORDER BY measure;

\echo == Base size, paying share and clients outside the territory, March 2014
SELECT manager_name, base_size_actual AS accounts, base_size, round(paying_share_actual, 3) AS share, paying_share,
       off_profile_actual AS off_profile, off_profile AS off_profile_verdict, missed
FROM scorecard('2014-03')
WHERE base_size_actual IS NOT NULL
ORDER BY manager_name;

\echo == Paying share by month: met and missed
SELECT month, count(*) FILTER (WHERE verdict = 'met') AS met, count(*) FILTER (WHERE verdict = 'missed') AS missed,
       round(avg(actual), 3) AS average_share
FROM generate_series(date '2013-05-01', date '2014-03-01', interval '1 month') AS m,
     LATERAL compliance(m::date::month)
WHERE measure = 'paying_share'
GROUP BY month
ORDER BY month;

\echo == Black list of March 2014: how many, and the ten largest
SELECT manager_name, count(*) AS accounts FROM blacklist('2014-03') GROUP BY manager_name ORDER BY manager_name;
SELECT manager_name, account_id, potential, threshold, turnover
FROM blacklist('2014-03')
ORDER BY turnover DESC, account_id
LIMIT 10;

\echo == What would be released on 2 May 2014
SELECT manager_name, count(*) AS accounts, min(coalesce(last_sale_on, bound_on)) AS silent_since
FROM unbinding_forecast
WHERE release_on <= as_of AND NOT held_back
GROUP BY manager_name
ORDER BY manager_name;
\echo A dry run says whether the bounds of safety would let it:
SET client_min_messages = notice;
\set ON_ERROR_STOP off
CALL unbind_inactive(dry_run => true);
SELECT job, as_of, state, released, error FROM job_run ORDER BY id;
