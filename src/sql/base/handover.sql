-- Hand-over of clients: whose base is to be rebound until when, and a draft
-- memo that does it.
CREATE VIEW rebinding_due WITH (security_invoker = true) AS
SELECT c.manager_id, m.manager_name,
    CASE
        WHEN c.measure = 'respecialization' THEN 'changed specialization'
        WHEN m.left_on <= c.as_of THEN 'left'
        WHEN m.holds_base THEN 'became a head who keeps his own clients only'
        ELSE 'changed position'
    END AS cause,
    CASE c.measure
        WHEN 'respecialization' THEN m.respecialized_on
        ELSE least(CASE WHEN m.left_on <= c.as_of THEN m.left_on END,
            CASE WHEN NOT m.holds_base OR (m.on_staff AND NOT m.specialized) THEN m.duty_since END)
    END AS since,
    c.deadline, c.deadline - kbnorms.today() AS days_left,
    c.actual::bigint AS accounts, c.verdict, m.unit_id, p.office_id, p.region_id,
    head.manager_ids AS office_head, director.manager_ids AS sales_director, c.as_of,
    (SELECT f FROM facts_through('{turnover,overdue,activity}') f) AS facts_through
FROM judged(kbnorms.month(kbnorms.today())) c
JOIN manager_at(kbnorms.today()) m ON m.manager_id = c.manager_id
LEFT JOIN unit_place p ON p.unit_id = m.unit_id
LEFT JOIN (
    SELECT hp.office_id, string_agg(format('%s (%s)', h.manager_name, h.manager_id), ', ' ORDER BY h.manager_id) AS manager_ids
    FROM manager_at(kbnorms.today()) h
    JOIN unit_place hp ON hp.unit_id = h.unit_id
    WHERE h.on_staff AND h."position" = 'office_head'
    GROUP BY hp.office_id
) head ON head.office_id = p.office_id
LEFT JOIN (
    SELECT hp.region_id, string_agg(format('%s (%s)', h.manager_name, h.manager_id), ', ' ORDER BY h.manager_id) AS manager_ids
    FROM manager_at(kbnorms.today()) h
    JOIN unit_place hp ON hp.unit_id = h.unit_id
    WHERE h.on_staff AND h."position" = 'sales_director'
    GROUP BY hp.region_id
) director ON director.region_id = p.region_id
WHERE c.measure IN ('handover', 'respecialization') AND c.actual > 0 AND c.verdict <> 'exempt';
COMMENT ON VIEW rebinding_due IS
'Whose clients are to be rebound, and until when: those of leavers, of people whose position may no longer hold a base, and those that do not fit a changed specialization. As of today.';
COMMENT ON COLUMN rebinding_due.manager_id IS 'The manager.';
COMMENT ON COLUMN rebinding_due.manager_name IS 'His full name.';
COMMENT ON COLUMN rebinding_due.cause IS 'What makes the hand-over due.';
COMMENT ON COLUMN rebinding_due.since IS 'The day of it.';
COMMENT ON COLUMN rebinding_due.deadline IS 'First day on which it is missed.';
COMMENT ON COLUMN rebinding_due.days_left IS 'Days until then; negative when it is missed.';
COMMENT ON COLUMN rebinding_due.accounts IS 'Accounts that are to be rebound.';
COMMENT ON COLUMN rebinding_due.verdict IS 'pending, or missed once the deadline has come.';
COMMENT ON COLUMN rebinding_due.unit_id IS 'Unit of his (last) post.';
COMMENT ON COLUMN rebinding_due.office_id IS 'Its office.';
COMMENT ON COLUMN rebinding_due.region_id IS 'Its region.';
COMMENT ON COLUMN rebinding_due.office_head IS 'Who answers for it: the head of that office, by name and number.';
COMMENT ON COLUMN rebinding_due.sales_director IS 'Who controls it: the sales director of the region, by name and number.';
COMMENT ON COLUMN rebinding_due.as_of IS 'The day that this is as of.';
COMMENT ON COLUMN rebinding_due.facts_through IS 'Last day that all feeds are loaded through; NULL while one never was. Nothing else here comes from a feed.';

CREATE VIEW stance_today WITH (security_invoker = true) AS
SELECT DISTINCT ON (n.specialization, n.client_group)
    n.specialization, n.client_group, n.stance::text AS stance, n.max_accounts
FROM norm_client_group n
WHERE n.effective_from <= kbnorms.today()
ORDER BY n.specialization, n.client_group, n.effective_from DESC;
COMMENT ON VIEW stance_today IS 'How each specialization stands to each client group today.';
COMMENT ON COLUMN stance_today.specialization IS 'The specialization.';
COMMENT ON COLUMN stance_today.client_group IS 'The client group.';
COMMENT ON COLUMN stance_today.stance IS 'target, allowed or forbidden; NULL is off-profile.';
COMMENT ON COLUMN stance_today.max_accounts IS 'Cap of the group.';

CREATE TYPE handover_row AS (
    memo_id bigint, account_id integer, account_name text, organizations bigint,
    to_manager_id integer, to_manager_name text, nearness text, reason text);
COMMENT ON TYPE handover_row IS 'What a hand-over proposes for a client.';
COMMENT ON COLUMN handover_row.memo_id IS 'The draft memo that was written.';
COMMENT ON COLUMN handover_row.account_id IS 'The account.';
COMMENT ON COLUMN handover_row.account_name IS 'Name of its head.';
COMMENT ON COLUMN handover_row.organizations IS 'How many of its organizations move.';
COMMENT ON COLUMN handover_row.to_manager_id IS 'Who gets it; NULL is the pool.';
COMMENT ON COLUMN handover_row.to_manager_name IS 'His full name.';
COMMENT ON COLUMN handover_row.nearness IS 'Of the same office, cluster or region, or elsewhere.';
COMMENT ON COLUMN handover_row.reason IS 'Why he, or why the pool.';

CREATE FUNCTION handover_ring(manager_id integer, ring text, same_city boolean) RETURNS integer[]
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT array_agg(q.manager_id)
    FROM (
        SELECT m.city, f.office_id, f.cluster_id, f.region_id
        FROM manager_at(kbnorms.today()) m
        LEFT JOIN unit_place f ON f.unit_id = m.unit_id
        WHERE m.manager_id = handover_ring.manager_id) f
    CROSS JOIN unit_place p
    JOIN manager_at(kbnorms.today()) q ON q.unit_id = p.unit_id AND q.is_holder
    WHERE CASE
            WHEN p.office_id = f.office_id THEN 'office'
            WHEN p.cluster_id = f.cluster_id THEN 'cluster'
            WHEN p.region_id = f.region_id THEN 'region'
            ELSE 'elsewhere'
        END = handover_ring.ring
        AND (q.city IS NOT DISTINCT FROM f.city) = handover_ring.same_city;
END;
COMMENT ON FUNCTION handover_ring(integer, text, boolean) IS
'Who may hold a base in a ring around a manager: of the same office, else cluster, else region, or elsewhere; in his city, or in others. Used by propose_handover.';

CREATE FUNCTION handover_pairs(manager_id integer, account_ids integer[], to_manager_ids integer[])
RETURNS TABLE (
    account_id integer, to_manager_id integer, to_manager_name text, has_it boolean,
    places bigint, quota bigint, broken text)
LANGUAGE sql STABLE
BEGIN ATOMIC
    -- Each client with all of its organizations that the manager holds, beside
    -- everybody with a place whose specialization works with its group, and
    -- whoever has the client too: he needs no place.
    WITH has_it AS MATERIALIZED (
        SELECT DISTINCT b.manager_id, o.account_id
        FROM organization o
        JOIN binding b ON b.organization_id = o.id
        WHERE o.account_id = ANY (handover_pairs.account_ids)
    ), counted AS (
        -- Beside manager_capacity's own, which asks for one after the other.
        SELECT b.manager_id, count(DISTINCT o.account_id) AS accounts
        FROM binding b
        JOIN organization o ON o.id = b.organization_id
        WHERE b.manager_id = ANY (handover_pairs.to_manager_ids)
        GROUP BY b.manager_id
    ), taker AS MATERIALIZED (
        SELECT m.manager_id, m.manager_name, m.specialization, m.is_limited,
            CASE WHEN m.is_limited THEN greatest(m.max_accounts - coalesce(n.accounts, 0), 0) END AS free_capacity
        FROM manager_capacity m
        LEFT JOIN counted n ON n.manager_id = m.manager_id
        WHERE m.manager_id = ANY (handover_pairs.to_manager_ids)
            AND NOT is_absent(m.manager_id, kbnorms.today())
    ), pair AS MATERIALIZED (
        SELECT o.account_id, o.id AS organization_id, h.client_group, t.manager_id AS to_manager_id,
            t.manager_name, k.account_id IS NOT NULL AS has_it,
            CASE WHEN k.account_id IS NULL THEN t.free_capacity END AS places,
            CASE WHEN k.account_id IS NULL THEN s.max_accounts END AS max_accounts
        FROM binding b
        JOIN organization o ON o.id = b.organization_id
        JOIN organization h ON h.id = o.account_id
        JOIN taker t ON t.manager_id <> b.manager_id
        LEFT JOIN stance_today s ON s.specialization = t.specialization AND s.client_group = h.client_group
        LEFT JOIN has_it k ON k.manager_id = t.manager_id AND k.account_id = o.account_id
        WHERE (k.account_id IS NOT NULL
                OR (s.stance IN ('target', 'allowed') AND (t.free_capacity > 0 OR NOT t.is_limited)))
            AND b.manager_id = handover_pairs.manager_id AND NOT b.additional
            AND o.account_id = ANY (handover_pairs.account_ids)
    )
    SELECT p.account_id, p.to_manager_id, min(p.manager_name), bool_or(p.has_it), min(p.places),
        CASE WHEN min(p.max_accounts) IS NOT NULL THEN min(p.max_accounts) - (
            SELECT count(DISTINCT held.account_id)
            FROM binding c
            JOIN organization held ON held.id = c.organization_id
            JOIN organization head ON head.id = held.account_id
            WHERE c.manager_id = p.to_manager_id AND head.client_group = p.client_group) END,
        string_agg(DISTINCT r.code, ', ')
    FROM pair p
    LEFT JOIN (
        SELECT r.organization_id, r.manager_id, r.code
        FROM (
            SELECT array_agg(p.organization_id) AS organization_ids, array_agg(p.to_manager_id) AS manager_ids
            FROM pair p) a
        CROSS JOIN LATERAL kbnorms.check_pairs(this_base(), a.organization_ids, a.manager_ids, true) r
        WHERE r.code NOT IN ('memo', 'approval', 'applicant')
    ) r ON r.organization_id = p.organization_id AND r.manager_id = p.to_manager_id
    GROUP BY p.account_id, p.client_group, p.to_manager_id;
END;
COMMENT ON FUNCTION handover_pairs(integer, integer[], integer[]) IS
'Which of some managers have a place for which clients of a manager as a whole (has_it: has it already and needs none; places: NULL without a limit; quota: of the client group) and the rules that one would break. Used by propose_handover.';

CREATE FUNCTION add_handover_items(memo_id bigint, manager_id integer, account_id integer, to_manager_id integer) RETURNS bigint
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    -- An additional binding ends with its holder: the main one stays.
    WITH added AS (
        INSERT INTO memo_item (memo_id, item_no, change, organization_id, from_manager_id, to_manager_id, additional)
        SELECT add_handover_items.memo_id,
            row_number() OVER (ORDER BY b.organization_id) + (
                SELECT coalesce(max(i.item_no), 0) FROM memo_item i WHERE i.memo_id = add_handover_items.memo_id),
            CASE WHEN b.additional OR add_handover_items.to_manager_id IS NULL
                THEN 'unbind' ELSE 'move' END::kbnorms.change_kind,
            b.organization_id, b.manager_id,
            CASE WHEN NOT b.additional THEN add_handover_items.to_manager_id END, b.additional
        FROM binding b
        JOIN organization o ON o.id = b.organization_id
        WHERE b.manager_id = add_handover_items.manager_id AND o.account_id = add_handover_items.account_id
        RETURNING 1
    )
    SELECT count(*) FROM added;
END;
COMMENT ON FUNCTION add_handover_items(bigint, integer, integer, integer) IS
'Writes the items by which a client as a whole goes from a manager to another, or to the pool. Used by propose_handover.';

CREATE FUNCTION propose_handover(manager_id bigint) RETURNS SETOF handover_row
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
SET jit = off -- as candidates
SET plan_cache_mode = force_custom_plan -- a ring has ten managers, or ten thousand
AS $$
#variable_conflict use_column
DECLARE
    leaver manager;
    memo_no bigint;
    waiting integer[];
    ring text;
    same_city boolean;
    near integer[];
    client record;
    choice record;
    -- What the proposal itself has taken so far: accounts of a manager, and of
    -- a capped group with him.
    taken jsonb := '{}'::jsonb;
    refused jsonb := '{}'::jsonb;
    row_out handover_row;
BEGIN
    SELECT * INTO leaver FROM manager m WHERE m.id = propose_handover.manager_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION '%', translated('manager %s does not exist', propose_handover.manager_id)
            USING ERRCODE = CASE WHEN propose_handover.manager_id IS NULL THEN 'null_value_not_allowed' ELSE 'foreign_key_violation' END;
    END IF;
    SELECT array_agg(DISTINCT o.account_id) INTO waiting
    FROM binding b JOIN organization o ON o.id = b.organization_id
    WHERE b.manager_id = leaver.id;
    IF waiting IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO memo (reason)
    VALUES (translated('Hand-over of the clients of %s (manager %s)', leaver.full_name, leaver.id))
    RETURNING id INTO memo_no;

    -- Ring by ring, the nearest first, in each his city first; there a client
    -- goes to who has it already, else to the one with the most places left, so
    -- that they are spread.
    FOREACH ring IN ARRAY ARRAY['office', 'cluster', 'region', 'elsewhere'] LOOP
        FOREACH same_city IN ARRAY ARRAY[true, false] LOOP
            EXIT WHEN cardinality(waiting) = 0;
            near := handover_ring(leaver.id, ring, same_city);
            FOR client IN
                SELECT p.account_id, h.name, h.client_group,
                    jsonb_agg(p) FILTER (WHERE p.broken IS NULL) AS takers,
                    string_agg(DISTINCT p.broken, ', ') AS broken
                FROM handover_pairs(leaver.id, waiting, near) p
                JOIN organization h ON h.id = p.account_id
                GROUP BY p.account_id, h.name, h.client_group
                ORDER BY p.account_id
            LOOP
                SELECT c.to_manager_id, c.to_manager_name, c.has_it, c.places - c.taken AS places, c.quota IS NOT NULL AS is_capped
                INTO choice
                FROM (
                    SELECT t.*, coalesce((taken ->> t.to_manager_id::text)::bigint, 0) AS taken,
                        coalesce((taken ->> format('%s/%s', t.to_manager_id, client.client_group))::bigint, 0) AS taken_of_group
                    FROM jsonb_to_recordset(client.takers)
                        AS t(to_manager_id integer, to_manager_name text, has_it boolean, places bigint, quota bigint)) c
                WHERE (c.places IS NULL OR c.places > c.taken) AND (c.quota IS NULL OR c.quota > c.taken_of_group)
                ORDER BY c.has_it DESC, c.places - c.taken DESC NULLS FIRST, c.taken, c.to_manager_id
                LIMIT 1;
                IF NOT FOUND THEN
                    refused := refused || jsonb_build_object(client.account_id::text,
                        concat_ws(', ', refused ->> client.account_id::text, format('%s: %s', ring,
                            CASE WHEN client.takers IS NULL THEN client.broken ELSE translated('every place is given to others') END)));
                    CONTINUE;
                END IF;
                IF NOT choice.has_it THEN
                    taken := taken || jsonb_build_object(choice.to_manager_id::text,
                        coalesce((taken ->> choice.to_manager_id::text)::bigint, 0) + 1);
                END IF;
                IF choice.is_capped THEN
                    taken := taken || jsonb_build_object(format('%s/%s', choice.to_manager_id, client.client_group),
                        coalesce((taken ->> format('%s/%s', choice.to_manager_id, client.client_group))::bigint, 0) + 1);
                END IF;
                waiting := array_remove(waiting, client.account_id);
                row_out.organizations := add_handover_items(memo_no, leaver.id, client.account_id, choice.to_manager_id);
                row_out.memo_id := memo_no;
                row_out.account_id := client.account_id;
                row_out.account_name := client.name;
                row_out.to_manager_id := choice.to_manager_id;
                row_out.to_manager_name := choice.to_manager_name;
                row_out.nearness := ring;
                row_out.reason := CASE
                    WHEN choice.has_it THEN translated('has the client already')
                    WHEN choice.places IS NULL THEN translated('without a limit')
                    ELSE translated('the most places left there: %s', choice.places) END;
                RETURN NEXT row_out;
            END LOOP;
        END LOOP;
    END LOOP;

    -- What nobody can take goes to the pool.
    FOR client IN
        SELECT h.id, h.name FROM organization h WHERE h.id = ANY (waiting) ORDER BY h.id
    LOOP
        row_out.organizations := add_handover_items(memo_no, leaver.id, client.id, NULL);
        row_out.memo_id := memo_no;
        row_out.account_id := client.id;
        row_out.account_name := client.name;
        row_out.to_manager_id := NULL;
        row_out.to_manager_name := NULL;
        row_out.nearness := NULL;
        row_out.reason := coalesce(refused ->> client.id::text,
            translated('only additional bindings, or nobody with a free place works with its client group'));
        RETURN NEXT row_out;
    END LOOP;
END
$$;
COMMENT ON FUNCTION propose_handover(bigint) IS
'Writes a draft memo that gives every client of a manager as a whole to somebody who may take it, the nearest first and spread by free places, and the rest to the pool; returns what it proposes and why.';
