-- The norms of the regulation of 2010.  A note says which part of it a row
-- comes from; "Decision" marks what the regulation leaves open.

-- Size, meetings and cold calls by full months served.  Novices (from months
-- 0, 2 and 4) owe a count of meetings and cold calls, the experienced (6) and
-- veterans (12) a share of their base.  Interns have no row: decision.
INSERT INTO norm_tenure (specialization, from_month, effective_from,
    min_accounts, max_accounts, min_meetings, min_meeting_share, min_cold_calls, note)
SELECT v.specialization, v.from_month, '2010-01-01', v.min_accounts, v.max_accounts,
    CASE WHEN v.from_month < 6 THEN 20 END,
    CASE WHEN v.from_month >= 6 THEN 0.5 END,
    CASE WHEN v.from_month < 6 AND v.specialization NOT IN ('panel_builder', 'chain') THEN 100 END,
    format('Table "%s": size of the base, meetings%s for %s. Decision: the year is 2010, the period of meetings is the month%s.',
        coalesce(s.abbr, s.name_ru),
        CASE WHEN v.from_month < 6 AND v.specialization NOT IN ('panel_builder', 'chain')
            THEN ' and cold calls' ELSE '' END,
        CASE v.from_month
            WHEN 0 THEN 'a novice'
            WHEN 2 THEN 'a novice after 2 months'
            WHEN 4 THEN 'a novice after 4 months'
            WHEN 6 THEN 'the experienced'
            ELSE 'a veteran' END,
        CASE v.specialization WHEN 'dealer'
            THEN '; the cell on meetings repeats the black list by mistake, the norm common to the other five tables stands'
            ELSE '' END)
FROM (VALUES
    ('universal', 0, NULL, 40), ('universal', 2, 15, 40), ('universal', 4, 20, 40),
    ('universal', 6, 20, 40), ('universal', 12, 20, 40),
    ('territorial', 0, NULL, 60), ('territorial', 2, 20, 60), ('territorial', 4, 30, 60),
    ('territorial', 6, 30, 60), ('territorial', 12, 30, 60),
    ('industrial', 0, NULL, 60), ('industrial', 2, 20, 60), ('industrial', 4, 20, 60),
    ('industrial', 6, 20, 60), ('industrial', 12, 20, 60),
    ('panel_builder', 0, NULL, 20), ('panel_builder', 2, 5, 20), ('panel_builder', 4, 7, 20),
    ('panel_builder', 6, 7, 20), ('panel_builder', 12, 10, 20),
    ('dealer', 0, NULL, 30), ('dealer', 2, 10, 30), ('dealer', 4, 10, 30),
    ('dealer', 6, 15, 30), ('dealer', 12, 15, 30),
    ('chain', 0, NULL, 10), ('chain', 2, NULL, 10), ('chain', 4, NULL, 10),
    ('chain', 6, NULL, 10), ('chain', 12, NULL, 10)
) AS v (specialization, from_month, min_accounts, max_accounts)
JOIN specialization s ON s.code = v.specialization;

-- What does not depend on tenure.  A later row repeats all that it keeps.
INSERT INTO norm_specialization (specialization, effective_from,
    min_paying_share, max_off_profile, may_bind_off_profile, territory_rule,
    exception_only_on_profile, newcomers_avoid_territories, blacklist_months, blacklist_below, note)
SELECT v.specialization, v.effective_from::date,
    v.min_paying_share, v.max_off_profile, false, v.territory_rule::kbnorms.territory_rule,
    v.exception_only_on_profile, v.newcomers_avoid_territories, v.blacklist_months, v.blacklist_below,
    format('Table "%s": %s', coalesce(s.abbr, s.name_ru), v.note)
FROM (VALUES
    ('universal', '2010-01-01', 0.35, 0, 'city', false, true, 2, 15000,
        'off-profile "no"; outside the city where the potential is fully realised and the interaction excellent; the newly hired keep out of territories. Decision: the paying share is of a month.'),
    ('territorial', '2010-01-01', 0.25, NULL, 'strict', NULL, NULL, 2, 15000,
        'from 1 January off-profile accounts are no longer bound; decision: those held are not yet capped.'),
    ('territorial', '2010-04-01', 0.25, 3, 'strict', NULL, NULL, 2, 15000,
        'from 1 April up to 3 off-profile accounts; decision: held, not newly bound; the year is 2010.'),
    ('territorial', '2010-07-01', 0.25, 0, 'strict', NULL, NULL, 2, 15000,
        'from 1 July no off-profile accounts.'),
    ('industrial', '2010-01-01', 0.35, NULL, 'city', true, NULL, 2, 15000,
        'from 1 January off-profile accounts are no longer bound; decision: those held are not yet capped. Outside the city only industrial enterprises and panel builders.'),
    ('industrial', '2010-04-01', 0.35, 3, 'city', true, NULL, 2, 15000,
        'from 1 April up to 3 off-profile accounts; decision: held, not newly bound; the year is 2010.'),
    ('industrial', '2010-07-01', 0.35, 0, 'city', true, NULL, 2, 15000,
        'from 1 July no off-profile accounts.'),
    ('panel_builder', '2010-01-01', 0.70, NULL, 'city', true, NULL, 1, NULL,
        'from 1 January off-profile accounts are no longer bound; decision: those held are not yet capped. Outside the city only panel builders. The black list goes by potential. Decision: МРЦ in the heading of the table stands for МРЩ.'),
    ('panel_builder', '2010-04-01', 0.70, 3, 'city', true, NULL, 1, NULL,
        'from 1 April up to 3 off-profile accounts; decision: held, not newly bound; the year is 2010.'),
    ('panel_builder', '2010-07-01', 0.70, 0, 'city', true, NULL, 1, NULL,
        'from 1 July no off-profile accounts.'),
    ('dealer', '2010-01-01', 0.50, 0, 'none', NULL, NULL, 1, NULL,
        'off-profile 0; territory not regulated; the black list goes by potential.'),
    ('chain', '2010-01-01', 0.70, 0, 'none', NULL, NULL, 1, NULL,
        'nothing off-profile beside up to 5 dealers; territory not regulated; the black list goes by potential.')
) AS v (specialization, effective_from, min_paying_share, max_off_profile, territory_rule,
    exception_only_on_profile, newcomers_avoid_territories, blacklist_months, blacklist_below, note)
JOIN specialization s ON s.code = v.specialization;

-- What has no row is off-profile; so is a forbidden group before its date.
INSERT INTO norm_client_group (specialization, client_group, effective_from, stance, max_accounts, note)
SELECT v.specialization, g.code, v.effective_from::date, v.stance::kbnorms.stance, v.max_accounts,
    format('Table "%s": %s.', coalesce(s.abbr, s.name_ru), v.note)
FROM (VALUES
    ('universal', '{emo,distributor,infrastructure}'::text[], '2010-01-01', 'target', NULL, 'works with this group'),
    ('universal', '{industrial,panel_builder}', '2010-01-01', 'allowed', NULL, 'may also have this group in the base'),
    ('territorial', '{emo,distributor,infrastructure,industrial,panel_builder}', '2010-01-01', 'target', NULL, 'works with this group'),
    ('industrial', '{industrial}', '2010-01-01', 'target', NULL, 'works with this group'),
    ('industrial', '{panel_builder}', '2010-01-01', 'allowed', NULL, 'this group is allowed'),
    ('industrial', '{emo,distributor,infrastructure}', '2010-07-01', 'forbidden', NULL, 'may not work with this group, from 1 July 2010; decision: before that it is off-profile'),
    ('panel_builder', '{panel_builder}', '2010-01-01', 'target', NULL, 'works with this group'),
    ('panel_builder', '{emo,distributor,infrastructure,industrial}', '2010-07-01', 'forbidden', NULL, 'may not work with this group, from 1 July 2010; decision: before that it is off-profile'),
    ('dealer', '{dealer}', '2010-01-01', 'target', NULL, 'works with this group'),
    ('chain', '{chain}', '2010-01-01', 'target', NULL, 'works with this group'),
    ('chain', '{dealer}', '2010-01-01', 'allowed', 5, 'up to 5 dealers are allowed')
) AS v (specialization, client_groups, effective_from, stance, max_accounts, note)
JOIN specialization s ON s.code = v.specialization
JOIN client_group g ON g.code = ANY (v.client_groups);

-- A potential below B has no row: off-target everywhere.
INSERT INTO norm_potential (specialization, potential, effective_from, stance, blacklist_below, note)
SELECT s.code, v.potential, '2010-01-01',
    CASE WHEN s.code = 'territorial' AND v.potential = 'S' THEN 'allowed' ELSE 'target' END::kbnorms.stance,
    CASE WHEN s.code IN ('panel_builder', 'dealer', 'chain') THEN v.blacklist_below END,
    format('Table "%s": target potential%s.%s', coalesce(s.abbr, s.name_ru),
        CASE WHEN s.code = 'territorial' AND v.potential = 'S' THEN ' A and B, S allowed' ELSE '' END
        || CASE WHEN s.code IN ('panel_builder', 'dealer', 'chain')
            THEN ', and black list: purchases of the previous month' ELSE '' END,
        CASE WHEN s.code = 'universal' AND v.potential = 'S'
            THEN ' Decision: the Cyrillic letter is read as S.' ELSE '' END)
FROM specialization s
CROSS JOIN (VALUES ('S', 300000), ('A', 150000), ('B', 50000)) AS v (potential, blacklist_below);

INSERT INTO norm_position (position, effective_from, min_meetings, min_own_meeting_share, min_group_meetings, note) VALUES
    ('office_head', '2010-01-01', 15, NULL, NULL,
        'Contribution of heads: 15 meetings outside the office a month.'),
    ('personal_sales_head', '2010-01-01', 20, NULL, NULL,
        'Contribution of heads: 20 meetings outside the office a month. Decision: at least.'),
    ('group_lead', '2010-01-01', NULL, 0.5, 15,
        'Contribution of heads: a group lead meets half of his own base and holds 15 meetings with clients of the group. Decision: the period is the month.');

INSERT INTO policy (effective_from, paying_above, inactivity_months, respecialization_months, handover_months,
    max_feed_lag_days, max_unbind_share, max_unbind_count, note) VALUES
    ('2010-01-01', 15000, 6, 2, 1, 3, 0.05, 50,
        'Paying: over 15,000 RUB. Binding and unbinding: 6 months without turnover, 2 months after a change of specialization, 1 month after a dismissal or a change of position. Decision: the bounds of automatic unbinding (feed lag, share, count), in no source.');

-- A planner that knows nothing of these few rows takes them for thousands, and
-- the reports for so costly that it compiles them.
ANALYZE specialization, client_group, potential, "position", rule, policy,
    norm_tenure, norm_specialization, norm_client_group, norm_potential, norm_position;
