-- norm_check(): the norms of 2010 give nothing to object to, and each planted
-- fault is found by its check and by no other.
BEGIN;
SET client_min_messages = warning;
SET LOCAL kbnorms.today = '2010-07-15';
CALL kbnorms.create_client_base('kb_norms', memos => false);
SET LOCAL search_path = kb_norms, kbnorms, public, pg_temp;
SELECT plan(40);

CREATE FUNCTION pg_temp.found() RETURNS text
LANGUAGE sql AS $$
    SELECT coalesce(string_agg(concat_ws(' ', check_name, row_key,
            CASE WHEN message ~ '\S' AND what_to_do ~ '\S' AND severity IN ('error', 'warning') THEN NULL ELSE 'without words' END),
        '; ' ORDER BY check_name, row_key), 'nothing')
    FROM norm_check()
$$;
-- What norm_check says after statements that are then undone.
CREATE FUNCTION pg_temp.after(statements text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statements;
    RAISE SQLSTATE 'KB000' USING MESSAGE = pg_temp.found();
EXCEPTION WHEN SQLSTATE 'KB000' THEN
    RETURN SQLERRM;
END
$$;

SELECT is(pg_temp.found(), 'nothing', 'the norms of 2010, today');
SET LOCAL kbnorms.today = '2010-01-01';
SELECT is(pg_temp.found(), 'nothing', 'and from their first day on');
SET LOCAL kbnorms.today = '2009-12-31';
SELECT is((SELECT string_agg(DISTINCT check_name, ' ') || ' ' || count(*) FROM norm_check()), 'no_policy no_size 7', 'the day before nothing is regulated');
SET LOCAL kbnorms.today = '2010-07-15';

-- Gaps
SELECT is(pg_temp.after($$INSERT INTO specialization VALUES ('exporter', NULL, 'Exporter', 'Экспортный менеджер')$$), 'no_size exporter', 'a specialization without any norm');
SELECT is(pg_temp.after($$DELETE FROM norm_tenure WHERE specialization = 'chain' AND from_month = 0$$), 'no_size_at_first chain', 'none for the first months of service');
SELECT is(pg_temp.after($$INSERT INTO norm_tenure (specialization, from_month, effective_from, max_accounts) VALUES ('chain', -1, '2010-01-01', 2)$$), 'nothing', 'one for interns is no gap');
SELECT is(pg_temp.after($$DELETE FROM norm_specialization WHERE specialization = 'dealer'$$), 'blacklist_without_months dealer; no_norms dealer', 'sizes alone');
SELECT is(pg_temp.after($$UPDATE policy SET paying_above = NULL$$),
    'no_paying_above chain; no_paying_above dealer; no_paying_above industrial; no_paying_above panel_builder; no_paying_above territorial; no_paying_above universal', 'a share of what is not said');
SELECT is(pg_temp.after($$UPDATE norm_tenure SET effective_from = '2010-09-01' WHERE specialization = 'chain' AND from_month = 0$$), 'no_size_at_first chain', 'a hole until a later day');
SELECT is(pg_temp.after($$DELETE FROM policy; UPDATE norm_specialization SET min_paying_share = NULL$$), 'no_policy', 'no policy');
SELECT is(pg_temp.after($$UPDATE policy SET max_moves = 3, move_days = NULL$$), 'move_limit_half 2010-01-01', 'a number of moves in no time');
SELECT is(pg_temp.after($$UPDATE policy SET max_new_accounts_per_day = 0$$), 'nothing_taken 2010-01-01', 'no new account a day');
SELECT is(pg_temp.after($$UPDATE policy SET max_unbind_count = 0, max_unbind_share = 0$$), 'nothing_released 2010-01-01', 'a release of nothing');
SELECT is(pg_temp.after($$UPDATE policy SET max_unbind_count = 0$$), 'nothing', 'of a share is something');

-- What nobody can keep
SELECT is(pg_temp.after($$UPDATE norm_client_group SET stance = NULL WHERE specialization = 'dealer'$$), 'no_profile dealer', 'no group to work with');
SELECT is(pg_temp.after($$INSERT INTO norm_client_group VALUES ('dealer', 'dealer', '2011-01-01', 'forbidden')$$), 'no_profile dealer', 'none from a later day on');
SELECT is(pg_temp.after($$UPDATE norm_potential SET stance = NULL WHERE specialization = 'dealer'$$), 'no_potential dealer', 'no potential to take');
SELECT is(pg_temp.after($$UPDATE norm_client_group SET max_accounts = 14 WHERE specialization = 'dealer'$$), 'quotas_below_min dealer', 'quotas below the least number of accounts');
SELECT is(pg_temp.after($$UPDATE norm_client_group SET max_accounts = 15 WHERE specialization = 'dealer'$$), 'nothing', 'quotas that just suffice');
SELECT is(pg_temp.after($$UPDATE norm_specialization SET newcomers_avoid_territories = true WHERE specialization = 'territorial'$$), 'newcomers_shut_out territorial', 'newcomers between two rules');
SELECT is(pg_temp.after($$UPDATE norm_specialization SET may_bind_off_profile = true WHERE specialization = 'dealer'$$), 'off_profile_shut_out dealer', 'bound, but not held');
SELECT is(pg_temp.after($$UPDATE norm_specialization SET blacklist_months = NULL WHERE specialization = 'universal'$$), 'blacklist_without_months universal', 'a threshold for no months');
SELECT is(pg_temp.after($$UPDATE norm_specialization SET blacklist_below = NULL WHERE specialization = 'universal'$$), 'blacklist_without_threshold universal', 'months for no threshold');
SELECT is(pg_temp.after($$UPDATE norm_specialization SET exception_only_on_profile = false WHERE specialization = 'dealer'$$), 'exception_unused dealer', 'exceptions to no rule');

-- Order
SELECT is(pg_temp.after($$UPDATE norm_tenure SET min_accounts = NULL, max_accounts = 9 WHERE specialization = 'dealer' AND from_month = 12$$),
    'max_falls dealer, 12, 2010-01-01; min_above_later_max dealer, 12, 2010-01-01', 'less for a veteran than the least before');
SELECT is(pg_temp.after($$UPDATE norm_tenure SET max_accounts = 29 WHERE specialization = 'dealer' AND from_month = 12$$), 'max_falls dealer, 12, 2010-01-01', 'less than the most before');
SELECT is(pg_temp.after($$INSERT INTO norm_tenure (specialization, from_month, effective_from, max_accounts) VALUES ('dealer', 12, '2010-08-01', 14)$$),
    'max_falls dealer, 12, 2010-08-01; min_above_later_max dealer, 12, 2010-08-01', 'a later row below the least of the earlier');
SELECT is(pg_temp.after($$INSERT INTO norm_tenure (specialization, from_month, effective_from, max_accounts) SELECT 'dealer', m, '2010-08-01', 30 FROM unnest('{0,2,4,6,12}'::int[]) m$$),
    'nothing', 'one that asks for less');
SELECT is(pg_temp.after($$UPDATE norm_potential SET blacklist_below = 40000 WHERE specialization = 'dealer' AND potential = 'S'$$), 'threshold_order dealer, S, 2010-01-01', 'more asked of the lower potential');

-- Rows that do nothing
SELECT is(pg_temp.after($$INSERT INTO norm_potential VALUES ('dealer', 'S', '2010-08-01', 'target', 300000, 'the same again')$$), 'row_repeats dealer, S, 2010-08-01', 'a row that repeats the one before');
SELECT is(pg_temp.after($$INSERT INTO policy SELECT '2010-08-01', p.paying_above, p.inactivity_months, p.respecialization_months, p.handover_months, p.max_feed_lag_days, p.max_unbind_share, p.max_unbind_count FROM policy p$$),
    'row_repeats 2010-08-01', 'of the policy too');
SELECT is(pg_temp.after($$INSERT INTO norm_potential VALUES ('dealer', 'S', 'infinity', 'allowed', 1)$$), 'row_never_in_force dealer, S, infinity', 'a row of the end of days');
SELECT is(pg_temp.after($$INSERT INTO norm_tenure (specialization, from_month, effective_from, max_accounts) VALUES ('dealer', 720, '2010-01-01', 40)$$), 'month_never_reached dealer, 720, 2010-01-01', 'a row for who has served sixty years');
SELECT matches(pg_temp.after($$UPDATE "position" SET specialized = false$$), '^no_position chain, 0, 2010-01-01; no_position ', 'norms of what no position has');
SELECT is(pg_temp.after($$INSERT INTO norm_position (position, effective_from, min_meetings) VALUES ('manager', '2010-01-01', 5)$$), 'head_with_base manager, 2010-01-01', 'meetings of a head who has a base');
SELECT is(pg_temp.after($$INSERT INTO norm_position (position, effective_from, min_own_meeting_share) VALUES ('pool_head', '2010-01-01', 0.5)$$), 'lead_without_base pool_head, 2010-01-01', 'a share of no base');
SELECT is(pg_temp.after($$INSERT INTO norm_position (position, effective_from, min_group_meetings) VALUES ('pool_head', '2010-01-01', 5)$$), 'group_without_lead pool_head, 2010-01-01', 'a group without a lead');

-- What is over
INSERT INTO norm_specialization (specialization, effective_from, territory_rule, exception_only_on_profile) VALUES ('dealer', '2010-05-01', 'none', true);
INSERT INTO norm_specialization SELECT 'dealer', '2010-06-01', n.min_paying_share, n.max_off_profile, n.may_bind_off_profile, n.territory_rule, NULL, NULL, n.blacklist_months
FROM norm_specialization n WHERE n.specialization = 'dealer' AND n.effective_from = '2010-01-01';
SELECT is(pg_temp.found(), 'nothing', 'what was wrong and has been replaced is not said');
SELECT is((SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'norm_check_row'::regclass),
    'check_name text, severity text, table_name text, specialization text, row_key text, in_force_from date, message text, what_to_do text', 'its columns');
INSERT INTO norm_client_group VALUES ('dealer', 'dealer', '2011-01-01', 'forbidden');
SELECT is((SELECT concat_ws(' ', check_name, in_force_from, message) FROM norm_check()),
    'no_profile 2011-01-01 specialization "dealer" has no target or allowed client group: it can bind nothing', 'what is to come is said with its day');

SELECT * FROM finish();
ROLLBACK;
