-- Hand-overs: whose clients are due agrees with compliance, and what is
-- proposed for a leaver breaks no rule, keeps clients whole, and leaves out
-- only whom nobody can take.
BEGIN;
SELECT plan(23);
\ir sample.psql

-- rebinding_due
SELECT cmp_ok((SELECT count(*) FROM rebinding_due), '>', 4::bigint, 'hand-overs are due');
SELECT set_eq(
    $$SELECT manager_id, CASE cause WHEN 'changed specialization' THEN 'respecialization' ELSE 'handover' END, accounts, verdict FROM rebinding_due$$,
    $$SELECT manager_id, measure, actual::bigint, verdict FROM compliance
    WHERE measure IN ('handover', 'respecialization') AND actual > 0 AND verdict IN ('pending', 'missed')$$,
    'rebinding_due has what compliance says is to be done');
SELECT is_empty(
    $$SELECT * FROM rebinding_due WHERE (verdict = 'pending') IS DISTINCT FROM (days_left > 0) OR days_left <> deadline - today()$$,
    'the deadline is the day from which it is missed');
SELECT set_eq(
    $$SELECT r.manager_id, r.since FROM rebinding_due r WHERE r.cause = 'left'$$,
    $$SELECT DISTINCT m.id, m.left_on FROM manager m JOIN binding b ON b.manager_id = m.id WHERE m.left_on <= today()$$,
    'a leaver''s is due since he left');
SELECT set_eq(
    $$SELECT r.manager_id, r.deadline, r.office_head, r.sales_director FROM rebinding_due r WHERE r.cause = 'left'$$,
    $$SELECT DISTINCT m.id, (m.left_on + interval '1 month')::date AS deadline,
        (SELECT string_agg(format('%s (%s)', h.full_name, h.id), ', ' ORDER BY h.id)
         FROM manager h JOIN manager_post hp ON hp.manager_id = h.id
         WHERE hp.position = 'office_head' AND hp.unit_id = p.unit_id AND h.left_on IS NULL) AS head,
        (SELECT string_agg(format('%s (%s)', d.full_name, d.id), ', ' ORDER BY d.id)
         FROM unit office JOIN unit cluster ON cluster.id = office.parent_id
         JOIN manager_post dp ON dp.position = 'sales_director' AND dp.unit_id = cluster.parent_id
         JOIN manager d ON d.id = dp.manager_id
         WHERE office.id = p.unit_id) AS director
    FROM manager m JOIN binding b ON b.manager_id = m.id
    JOIN manager_post p ON p.manager_id = m.id
    WHERE m.left_on <= today()$$,
    'the head of his last office answers for it, the director of the region controls it');

-- Where people once worked says nothing; and some clients are split.
INSERT INTO manager_post (manager_id, since, position, specialization, unit_id)
SELECT p.manager_id, '2000-01-01', p.position, p.specialization, (SELECT max(u.id) FROM unit u WHERE u.kind = 'office' AND u.id <> p.unit_id)
FROM manager_post p WHERE p.manager_id % 5 = 0 AND p.since = (SELECT max(since) FROM manager_post l WHERE l.manager_id = p.manager_id);
UPDATE rule SET enforcement = 'off';
UPDATE binding b SET manager_id = (SELECT c.manager_id FROM manager_capacity c WHERE c.manager_id <> b.manager_id
    ORDER BY md5(format('%s %s', c.manager_id, b.organization_id)) LIMIT 1)
FROM organization o
WHERE o.id = b.organization_id AND o.head_id IS NOT NULL AND o.id % 4 = 0 AND NOT b.additional;
UPDATE rule SET enforcement = 'block' WHERE code NOT IN ('memo', 'approval', 'applicant');

-- What propose_handover may choose from, said anew: who stands how near to whom.
CREATE TEMP TABLE ring AS
WITH RECURSIVE up AS (
    SELECT p.manager_id, u.id, u.parent_id, u.kind
    FROM (SELECT DISTINCT ON (q.manager_id) q.* FROM manager_post q
          WHERE q.since <= today() ORDER BY q.manager_id, q.since DESC) p
    JOIN unit u ON u.id = p.unit_id
    UNION ALL
    SELECT up.manager_id, u.id, u.parent_id, u.kind FROM up JOIN unit u ON u.id = up.parent_id
)
SELECT a.manager_id AS of_manager, b.manager_id,
    coalesce(min(array_position(ARRAY['office', 'cluster', 'region'], a.kind::text)), 4) AS nr
FROM up a JOIN up b ON b.id = a.id
GROUP BY 1, 2;
CREATE FUNCTION pg_temp.ring_no(nearness text) RETURNS integer
LANGUAGE sql
RETURN coalesce(array_position(ARRAY['office', 'cluster', 'region', 'elsewhere'], nearness), 5);

-- Proposes for a manager, looks at it, makes the moves and undoes everything;
-- returns what is wrong.
CREATE FUNCTION pg_temp.faults(leaver integer) RETURNS TABLE (fault text, details text)
LANGUAGE plpgsql AS $$
DECLARE
    found jsonb := '[]';
BEGIN
    BEGIN
        CREATE TEMP TABLE held AS
        SELECT b.*, o.account_id, h.client_group FROM binding b
        JOIN organization o ON o.id = b.organization_id JOIN organization h ON h.id = o.account_id
        WHERE b.manager_id = leaver;
        CREATE TEMP TABLE proposed AS SELECT * FROM propose_handover(leaver);
        CREATE TEMP TABLE item AS SELECT i.* FROM memo_item i WHERE i.memo_id = (SELECT min(memo_id) FROM proposed);

        -- The moves alone, in one statement: the triggers refuse what breaks a rule.
        UPDATE binding b SET manager_id = i.to_manager_id FROM item i
        WHERE i.change = 'move' AND b.organization_id = i.organization_id AND b.manager_id = leaver;

        CREATE TEMP TABLE nearer AS
        SELECT p.account_id, h.organization_id, c.manager_id
        FROM proposed p
        JOIN held h ON h.account_id = p.account_id AND NOT h.additional
        JOIN ring g ON g.of_manager = leaver AND g.manager_id <> leaver AND g.nr < pg_temp.ring_no(p.nearness)
        JOIN manager_capacity c ON c.manager_id = g.manager_id
            AND (EXISTS (SELECT FROM stance_today s WHERE s.specialization = c.specialization
                         AND s.client_group = h.client_group AND s.stance IN ('target', 'allowed'))
                OR EXISTS (SELECT FROM binding x JOIN organization o ON o.id = x.organization_id
                           WHERE x.manager_id = c.manager_id AND o.account_id = p.account_id));

        SELECT jsonb_agg(f) INTO found FROM (
            SELECT 'accounts' AS fault, account_id::text AS details
            FROM (SELECT account_id FROM proposed UNION ALL SELECT account_id FROM (SELECT DISTINCT account_id FROM held) d) x
            GROUP BY account_id HAVING count(*) <> 2
            UNION ALL
            SELECT 'one memo', count(*)::text FROM proposed HAVING count(DISTINCT memo_id) > 1
            UNION ALL
            SELECT 'organizations', p.account_id::text FROM proposed p
            WHERE p.organizations <> (SELECT count(*) FROM held h WHERE h.account_id = p.account_id)
            UNION ALL
            SELECT 'item', h.organization_id::text
            FROM held h JOIN proposed p USING (account_id)
            LEFT JOIN item i ON i.organization_id = h.organization_id AND i.from_manager_id = leaver AND i.additional = h.additional
                AND CASE WHEN h.additional OR p.to_manager_id IS NULL
                    THEN i.change = 'unbind' AND i.to_manager_id IS NULL
                    ELSE i.change = 'move' AND i.to_manager_id = p.to_manager_id END
            WHERE i.item_no IS NULL
            UNION ALL
            SELECT 'too many items', count(*)::text FROM item HAVING count(*) <> (SELECT count(*) FROM held)
            UNION ALL
            SELECT 'over the norm', c.manager_id::text FROM manager_capacity c
            JOIN proposed p ON p.to_manager_id = c.manager_id
            WHERE c.accounts > c.max_accounts AND p.reason <> 'has the client already'
            UNION ALL
            SELECT 'ring', p.account_id || ' ' || p.nearness FROM proposed p
            JOIN ring g ON g.of_manager = leaver AND g.manager_id = p.to_manager_id
            WHERE g.nr <> pg_temp.ring_no(p.nearness)
            UNION ALL
            -- Nobody nearer, for the pool nobody at all, could have it as well.
            SELECT 'a nearer one', format('account %s: manager %s', n.account_id, n.manager_id)
            FROM nearer n
            LEFT JOIN kbnorms.check_pairs('kb',
                    (SELECT coalesce(array_agg(organization_id ORDER BY organization_id, manager_id), '{}') FROM nearer),
                    (SELECT coalesce(array_agg(manager_id ORDER BY organization_id, manager_id), '{}') FROM nearer), true) r
                ON r.organization_id = n.organization_id AND r.manager_id = n.manager_id
            GROUP BY n.account_id, n.manager_id
            HAVING count(r.code) = 0
        ) f;
        RAISE SQLSTATE 'KB000';
    EXCEPTION WHEN SQLSTATE 'KB000' THEN
        NULL;
    END;
    RETURN QUERY SELECT f.fault, f.details FROM jsonb_to_recordset(coalesce(found, '[]')) AS f(fault text, details text);
END
$$;

-- The sample's leavers and others, each as if he were to hand over now.
CREATE TEMP TABLE leaver AS
SELECT DISTINCT manager_id FROM rebinding_due
UNION
SELECT min(c.manager_id) FROM manager_capacity c WHERE c.accounts > 0 GROUP BY c.specialization
UNION
SELECT manager_id FROM binding WHERE manager_id % 13 = 0;
SELECT cmp_ok(count(*), '>', 10::bigint, 'people to hand over') FROM leaver;
SELECT is_empty('SELECT l.manager_id, f.* FROM leaver l CROSS JOIN LATERAL pg_temp.faults(l.manager_id) f', 'what is proposed is sound');

-- Where places are few, and without limits
UPDATE norm_tenure SET max_accounts = greatest(1, max_accounts * 2 / 3);
SELECT is_empty('SELECT l.manager_id, f.* FROM leaver l CROSS JOIN LATERAL pg_temp.faults(l.manager_id) f', 'also where places are few');
SAVEPOINT few;
CREATE TEMP TABLE proposed AS
SELECT p.* FROM leaver l CROSS JOIN LATERAL propose_handover(l.manager_id) p;
SELECT set_has($$SELECT DISTINCT coalesce(nearness, 'pool') FROM proposed$$,
    $$VALUES ('office'), ('cluster'), ('region'), ('elsewhere'), ('pool')$$, 'clients go to every ring, and to the pool');
SELECT set_has($$SELECT DISTINCT regexp_replace(reason, '\d+', 'n') FROM proposed$$,
    $$VALUES ('has the client already'), ('the most places left there: n')$$, 'for different reasons');
SELECT is_empty($$SELECT * FROM proposed WHERE reason IS NULL OR (to_manager_id IS NULL AND reason !~ '^(office|cluster|region|elsewhere): |^only additional')$$,
    'which are always given');
SELECT ok(bool_or(reason ~ 'every place is given to others'), 'also that others have got the last place') FROM proposed WHERE to_manager_id IS NULL;
ROLLBACK TO few;
UPDATE norm_tenure SET max_accounts = NULL;
SELECT is_empty('SELECT l.manager_id, f.* FROM leaver l CROSS JOIN LATERAL pg_temp.faults(l.manager_id) f', 'and without limits');
ROLLBACK TO few;

-- The memo, by its own road: an author's draft, approved and applied.
CREATE ROLE handover_author;
SELECT ok(grant_access('handover_author', 'author') > 0, 'an author may be named');
CREATE TEMP TABLE given (memo_id bigint, account_id integer, organizations bigint, to_manager_id integer);
GRANT ALL ON given TO handover_author;
SELECT manager_id AS leaver FROM rebinding_due WHERE cause = 'left' ORDER BY accounts DESC LIMIT 1 \gset
CREATE TEMP TABLE held AS SELECT * FROM binding WHERE manager_id = :leaver;
SET LOCAL ROLE handover_author;
INSERT INTO given SELECT memo_id, account_id, organizations, to_manager_id FROM propose_handover(:leaver);
RESET ROLE;
SELECT memo_id AS memo FROM given LIMIT 1 \gset
SELECT results_eq('SELECT state::text, author, reason FROM memo WHERE id = ' || :memo,
    'SELECT ''draft'', ''handover_author'', format(''Hand-over of the clients of %s (manager %s)'', full_name, id) FROM manager WHERE id = ' || :leaver,
    'an author''s draft that says what it is');
UPDATE memo SET state = 'submitted' WHERE id = :memo;
UPDATE memo SET state = 'approved' WHERE id = :memo;
SELECT is(apply_memo(:memo), (SELECT count(*) FROM held), 'its memo is applied');
SELECT is_empty('SELECT * FROM binding WHERE manager_id = ' || :leaver, 'he holds nothing');
SELECT set_eq(
    'SELECT organization_id, b.manager_id FROM held h LEFT JOIN binding b USING (organization_id) WHERE NOT h.additional AND b.additional IS NOT TRUE',
    'SELECT o.id, g.to_manager_id FROM given g JOIN organization o USING (account_id) JOIN held h ON h.organization_id = o.id WHERE NOT h.additional',
    'and his clients are where the proposal says');
SELECT is_empty('SELECT * FROM rebinding_due WHERE manager_id = ' || :leaver, 'nothing is due any more');
SELECT is_empty('SELECT * FROM propose_handover(' || :leaver || ')', 'nor is there anything to propose');
SELECT is((SELECT max(id) FROM memo), :memo::bigint, 'for which no memo is written');

SELECT throws_ok('SELECT propose_handover(NULL)', '22004', NULL, 'nobody named');
SELECT throws_ok('SELECT propose_handover(10000000000)', '23503', 'manager 10000000000 does not exist', 'nobody of that number');

SELECT * FROM finish();
ROLLBACK;
