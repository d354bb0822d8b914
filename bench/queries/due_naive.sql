-- What is due for release on 15 August 2010, asked for each account anew.
SELECT a.manager_id, a.account_id, a.organization_ids,
    EXISTS (
        SELECT FROM kb.overdue d JOIN kb.organization o ON o.id = d.organization_id
        WHERE o.account_id = a.account_id AND d.amount > 0) AS held_back
FROM (
    SELECT b.manager_id, o.account_id, array_agg(b.organization_id) AS organization_ids, min(b.bound_on) AS bound_on
    FROM kb.binding b JOIN kb.organization o ON o.id = b.organization_id
    GROUP BY b.manager_id, o.account_id
) a
WHERE greatest(a.bound_on, (
    SELECT max(coalesce(t.last_on, kbnorms.last_day(t.month)))
    FROM kb.organization o JOIN kb.turnover t ON t.organization_id = o.id
    WHERE o.account_id = a.account_id AND t.amount > 0)) + interval '6 months' <= '2010-08-15'
