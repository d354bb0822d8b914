-- The life of a memo: draft, submitted, approved, applied or rejected.
--
-- Whose word a memo needs is said by kbnorms.memo_words, the function that
-- decides also when an item is used.  Steps are taken by the functions here:
-- those that write what no client may write by hand are SECURITY DEFINER and
-- ask kbnorms.calling_role who calls.  apply_memo is not: the rules judge
-- whoever calls it.

-- What may be written by hand.  The engine marks items as used and memos as
-- applied past these triggers.

CREATE FUNCTION memo_step_is_legal(old_state kbnorms.memo_state, new_state kbnorms.memo_state) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE old_state
    WHEN 'draft' THEN new_state IN ('submitted', 'approved')
    WHEN 'submitted' THEN new_state IN ('approved', 'rejected')
    WHEN 'approved' THEN new_state IN ('applied', 'rejected')
    ELSE false
END;
COMMENT ON FUNCTION memo_step_is_legal(kbnorms.memo_state, kbnorms.memo_state) IS
'Whether a memo may go from one state to another.';

CREATE FUNCTION memo_changed() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    is_owner CONSTANT boolean := owns_schema(TG_TABLE_SCHEMA);
BEGIN
    IF TG_OP <> 'INSERT' AND NOT is_owner AND OLD.author <> current_user THEN
        RAISE EXCEPTION '%', translated('memo %s is not yours', OLD.id)
            USING ERRCODE = 'insufficient_privilege', DETAIL = translated('Its author is "%s".', OLD.author);
    ELSIF TG_OP = 'INSERT' THEN
        -- The owner may load memos of an older system.
        IF NOT is_owner AND (NEW.state <> 'draft' OR NEW.author <> current_user) THEN
            RAISE EXCEPTION '%', translated('a memo begins as its author''s draft')
                USING ERRCODE = 'insufficient_privilege',
                      HINT = translated('INSERT INTO memo (reason) VALUES (...) leaves state and author to their defaults.');
        END IF;
        RETURN NEW;
    ELSIF TG_OP = 'DELETE' THEN
        IF OLD.state <> 'draft' THEN
            RAISE EXCEPTION '%', translated('memo %s is %s and cannot be deleted', OLD.id, OLD.state)
                USING ERRCODE = 'object_not_in_prerequisite_state';
        END IF;
        RETURN OLD;
    ELSIF NEW.state <> OLD.state THEN
        IF NOT is_owner THEN
            RAISE EXCEPTION '%', translated('the state of a memo cannot be written by hand')
                USING ERRCODE = 'insufficient_privilege',
                      HINT = translated('Call submit_memo, approve_memo, reject_memo or apply_memo.');
        ELSIF NOT memo_step_is_legal(OLD.state, NEW.state) THEN
            RAISE EXCEPTION '%', translated('memo %s is %s and cannot become %s', OLD.id, OLD.state, NEW.state)
                USING ERRCODE = 'object_not_in_prerequisite_state';
        END IF;
        INSERT INTO change_log (table_name, row_key, operation, column_name, old_value, new_value, changed_by)
        VALUES (TG_TABLE_NAME, OLD.id, 'update', 'state', OLD.state, NEW.state, calling_role());
    END IF;
    IF (NEW.id, NEW.author, NEW.created_at) IS DISTINCT FROM (OLD.id, OLD.author, OLD.created_at)
        OR (OLD.state <> 'draft' AND NEW.reason IS DISTINCT FROM OLD.reason)
        -- A client card that is found to be needed may still be added.
        OR (OLD.state <> 'draft' AND NEW.client_card IS DISTINCT FROM OLD.client_card
            AND (OLD.client_card IS NOT NULL OR OLD.state NOT IN ('submitted', 'approved')))
    THEN
        RAISE EXCEPTION '%', translated('memo %s is %s and cannot be changed', OLD.id, OLD.state)
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = translated('Its reason and client card can be written while it is a draft, its number, author and date never.');
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION memo_changed() IS
'Keeps a memo to its life: its author writes the draft, and only legal steps follow. BEFORE INSERT, UPDATE or DELETE FOR EACH ROW.';
CREATE TRIGGER memo_changed BEFORE INSERT OR UPDATE OR DELETE ON memo
FOR EACH ROW EXECUTE FUNCTION memo_changed();
COMMENT ON TRIGGER memo_changed ON memo IS 'Refuses what is not the author''s draft or a legal step.';

CREATE FUNCTION memo_item_changed() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    is_owner CONSTANT boolean := owns_schema(TG_TABLE_SCHEMA);
    written memo;
BEGIN
    -- Locked, so that a submission waits for the items or is waited for.
    FOR written IN
        SELECT m.* FROM memo m WHERE m.id IN (SELECT c.memo_id FROM changed_rows c) ORDER BY m.id FOR SHARE OF m
    LOOP
        CONTINUE WHEN is_owner AND TG_OP = 'INSERT' AND written.state <> 'submitted'; -- loads
        IF NOT is_owner AND written.author <> current_user THEN
            RAISE EXCEPTION '%', translated('memo %s is not yours', written.id)
                USING ERRCODE = 'insufficient_privilege', DETAIL = translated('Its author is "%s".', written.author);
        ELSIF written.state <> 'draft' THEN
            RAISE EXCEPTION '%', translated('memo %s is %s and its items cannot be changed', written.id, written.state)
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      HINT = translated('Write another memo.');
        ELSIF EXISTS (SELECT FROM changed_rows c WHERE c.memo_id = written.id AND c.used_at IS NOT NULL) THEN
            RAISE EXCEPTION '%', translated('an item of draft memo %s cannot have been used', written.id)
                USING ERRCODE = 'object_not_in_prerequisite_state';
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION memo_item_changed() IS
'Lets the author alone write items, while the memo is a draft. AFTER INSERT, UPDATE or DELETE FOR EACH STATEMENT, with a transition table changed_rows.';
CREATE TRIGGER memo_item_inserted AFTER INSERT ON memo_item
REFERENCING NEW TABLE AS changed_rows
FOR EACH STATEMENT EXECUTE FUNCTION memo_item_changed();
CREATE TRIGGER memo_item_updated_from AFTER UPDATE ON memo_item
REFERENCING OLD TABLE AS changed_rows
FOR EACH STATEMENT EXECUTE FUNCTION memo_item_changed();
CREATE TRIGGER memo_item_updated_to AFTER UPDATE ON memo_item
REFERENCING NEW TABLE AS changed_rows
FOR EACH STATEMENT EXECUTE FUNCTION memo_item_changed();
CREATE TRIGGER memo_item_deleted AFTER DELETE ON memo_item
REFERENCING OLD TABLE AS changed_rows
FOR EACH STATEMENT EXECUTE FUNCTION memo_item_changed();
COMMENT ON TRIGGER memo_item_inserted ON memo_item IS 'Refuses items of another''s or a submitted memo.';
COMMENT ON TRIGGER memo_item_updated_from ON memo_item IS 'Refuses changes of items of another''s or a submitted memo.';
COMMENT ON TRIGGER memo_item_updated_to ON memo_item IS 'Refuses changes that give an item to such a memo.';
COMMENT ON TRIGGER memo_item_deleted ON memo_item IS 'Refuses to delete items of another''s or a submitted memo.';

-- Whatever has been granted, nobody else writes words, authority or norms.
DO $$
DECLARE
    owned text;
BEGIN
    FOREACH owned IN ARRAY ARRAY[
        'memo_approval', 'authority', 'rule', 'policy', 'waiver', 'hold_extension',
        'norm_tenure', 'norm_specialization', 'norm_client_group', 'norm_potential', 'norm_position']
    LOOP
        EXECUTE pg_catalog.format(
            'CREATE OR REPLACE TRIGGER owner_only BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %1$I '
            'FOR EACH STATEMENT EXECUTE FUNCTION kbnorms.owner_only();'
            'COMMENT ON TRIGGER owner_only ON %1$I IS ''Refuses changes by anybody but the owner of the base.'';', owned);
    END LOOP;
END
$$;

-- Whose word a memo needs, and who may give it

CREATE FUNCTION authority_over(capacity kbnorms.capacity, unit_id bigint) RETURNS SETOF authority
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH RECURSIVE above (id, parent_id) AS (
        SELECT u.id, u.parent_id FROM unit u WHERE u.id = authority_over.unit_id
        UNION
        SELECT u.id, u.parent_id FROM above JOIN unit u ON u.id = above.parent_id
    )
    SELECT a.*
    FROM authority a
    WHERE a.capacity = authority_over.capacity
        AND (a.since IS NULL OR a.since <= kbnorms.today())
        AND (a.until IS NULL OR a.until > kbnorms.today())
        AND (a.unit_id IS NULL OR a.unit_id IN (SELECT above.id FROM above));
END;
COMMENT ON FUNCTION authority_over(kbnorms.capacity, bigint) IS
'The rows of authority by which somebody may act today in a capacity for a unit; no unit: for the whole tree.';

CREATE TYPE memo_word AS (capacity text, unit_id integer, unit_name text, given boolean, items bigint, role_names text);
COMMENT ON TYPE memo_word IS 'A word that a memo needs; row of memo_words.';
COMMENT ON COLUMN memo_word.capacity IS 'In what capacity it is given; client_card stands for the client card.';
COMMENT ON COLUMN memo_word.unit_id IS 'For which unit; NULL is the whole tree.';
COMMENT ON COLUMN memo_word.unit_name IS 'Its name.';
COMMENT ON COLUMN memo_word.given IS 'Whether the memo has it.';
COMMENT ON COLUMN memo_word.items IS 'How many items need it.';
COMMENT ON COLUMN memo_word.role_names IS 'The database roles that may give it today.';

CREATE FUNCTION memo_words(memo_id bigint) RETURNS SETOF memo_word
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    SELECT w.capacity, w.unit_id, u.name, w.given, w.items,
        CASE w.capacity
            WHEN 'client_card' THEN (SELECT m.author FROM memo m WHERE m.id = memo_words.memo_id)
            ELSE (
                SELECT string_agg(DISTINCT a.role_name, ', ' ORDER BY a.role_name)
                FROM authority_over(w.capacity::kbnorms.capacity, w.unit_id) a)
        END
    FROM (
        SELECT n.capacity, n.unit_id, bool_and(n.given) AS given, count(*) AS items
        FROM kbnorms.memo_words(this_base(), memo_words.memo_id) n
        GROUP BY n.capacity, n.unit_id
    ) w
    LEFT JOIN unit u ON u.id = w.unit_id;
END;
COMMENT ON FUNCTION memo_words(bigint) IS
'The words that a memo needs by the posts of today, a client card among them, whether it has them and who may give them. A memo of links alone needs none.';

CREATE VIEW memo_queue WITH (security_invoker = true) AS
SELECT m.id AS memo_id, m.state::text AS state, m.author, m.reason,
    w.capacity, w.unit_id, w.unit_name, w.role_names, w.items, m.created_at,
    kbnorms.today() AS as_of, (SELECT f FROM facts_through('{turnover,overdue,activity}') f) AS facts_through
FROM memo m
CROSS JOIN LATERAL memo_words(m.id) w
WHERE m.state IN ('submitted', 'approved') AND NOT w.given;
COMMENT ON VIEW memo_queue IS
'What waits for whose word: one row for each word that a submitted memo lacks, or that an approved one has come to need.';
COMMENT ON COLUMN memo_queue.memo_id IS 'Memo.';
COMMENT ON COLUMN memo_queue.state IS 'Its state: submitted, or approved where posts have changed since.';
COMMENT ON COLUMN memo_queue.author IS 'Database role that wrote it.';
COMMENT ON COLUMN memo_queue.reason IS 'Why the changes are asked for.';
COMMENT ON COLUMN memo_queue.capacity IS 'In what capacity the word is to be given; client_card: the author is to add the client card.';
COMMENT ON COLUMN memo_queue.unit_id IS 'Unit that it is to be given for; NULL is the whole tree.';
COMMENT ON COLUMN memo_queue.unit_name IS 'Its name.';
COMMENT ON COLUMN memo_queue.role_names IS 'The database roles that may give it today.';
COMMENT ON COLUMN memo_queue.items IS 'How many items need it.';
COMMENT ON COLUMN memo_queue.created_at IS 'When the memo was written.';
COMMENT ON COLUMN memo_queue.as_of IS 'The day whose posts and authorities this is by: today.';
COMMENT ON COLUMN memo_queue.facts_through IS 'Last day that all feeds are loaded through; NULL while one never was. Nothing else here comes from a feed.';

CREATE VIEW memo_history WITH (security_invoker = true) AS
SELECT m.id AS memo_id, 'draft' AS step, m.author AS done_by, NULL AS acting_for,
    NULL AS capacity, NULL::integer AS unit_id, NULL AS why, m.created_at AS done_at
FROM memo m
UNION ALL
SELECT l.row_key::bigint, l.new_value, l.changed_by, l.acting_for, NULL, NULL, NULL, l.changed_at
FROM change_log l
WHERE l.table_name = 'memo' AND l.column_name = 'state'
UNION ALL
SELECT a.memo_id, CASE WHEN a.approved THEN 'word' ELSE 'refusal' END, a.decided_by, a.acting_for,
    a.capacity::text, a.unit_id, a.why, a.decided_at
FROM memo_approval a
UNION ALL
SELECT m.id, 'applied', l.changed_by, l.acting_for, NULL, NULL, NULL, l.changed_at
FROM memo m
JOIN (
    SELECT DISTINCT ON (b.memo_id) b.* FROM binding_log b WHERE b.memo_id IS NOT NULL ORDER BY b.memo_id, b.id DESC
) l ON l.memo_id = m.id
WHERE m.state = 'applied';
COMMENT ON VIEW memo_history IS
'Every step of a memo and every word given on it: who, when. Applied is whoever used its last item.';
COMMENT ON COLUMN memo_history.memo_id IS 'Memo.';
COMMENT ON COLUMN memo_history.step IS 'The state that it came to, or word or refusal for what somebody said of it.';
COMMENT ON COLUMN memo_history.done_by IS 'Database role that did it.';
COMMENT ON COLUMN memo_history.acting_for IS 'Person behind the role, as the session says in kbnorms.acting_for; not verified.';
COMMENT ON COLUMN memo_history.capacity IS 'Capacity that a word was given in.';
COMMENT ON COLUMN memo_history.unit_id IS 'Unit that a word was given for.';
COMMENT ON COLUMN memo_history.why IS 'Why it was refused.';
COMMENT ON COLUMN memo_history.done_at IS 'When.';

-- The steps

CREATE FUNCTION lock_memo(memo_id bigint) RETURNS memo
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    found_memo memo;
BEGIN
    -- As the engine locks it when it uses an item; items wait for it too.
    SELECT * INTO found_memo FROM memo m WHERE m.id = lock_memo.memo_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION '%', translated('memo %s does not exist', coalesce(memo_id::text, 'NULL')) USING ERRCODE = 'no_data_found';
    END IF;
    RETURN found_memo;
END
$$;
COMMENT ON FUNCTION lock_memo(bigint) IS 'Reads a memo that is about to make a step, and locks it.';

CREATE FUNCTION spoken_by(memo_id bigint)
RETURNS TABLE (capacity kbnorms.capacity, unit_id integer, given boolean, role_name text, deputy_for text)
LANGUAGE sql STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
    -- By his own role's authority rather than that of a group that he is in.
    SELECT DISTINCT ON (w.capacity, w.unit_id) a.capacity, w.unit_id, w.given, a.role_name,
        CASE WHEN a.until IS NOT NULL THEN (
            SELECT string_agg(DISTINCT o.role_name, ', ' ORDER BY o.role_name)
            FROM authority o
            WHERE o.capacity = a.capacity AND o.unit_id IS NOT DISTINCT FROM a.unit_id
                AND (o.since IS NULL OR o.since <= kbnorms.today()) AND o.until IS NULL)
        END
    FROM memo_words(spoken_by.memo_id) w
    CROSS JOIN LATERAL authority_over(w.capacity::kbnorms.capacity, w.unit_id) a
    WHERE w.capacity <> 'client_card' AND kbnorms.acts_as(a.role_name)
    ORDER BY w.capacity, w.unit_id, a.role_name <> kbnorms.calling_role(), a.id;
END;
COMMENT ON FUNCTION spoken_by(bigint) IS
'The words that a memo needs and the calling role may give, by which role''s authority, and for whom a deputy stands in.';

CREATE FUNCTION give_words(memo_id bigint) RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    INSERT INTO memo_approval (memo_id, capacity, unit_id, role_name, decided_by, approved, deputy_for)
    SELECT give_words.memo_id, s.capacity, s.unit_id, s.role_name, kbnorms.calling_role(), true, s.deputy_for
    FROM spoken_by(give_words.memo_id) s
    WHERE NOT s.given;
END;
COMMENT ON FUNCTION give_words(bigint) IS
'Gives a memo every word that it lacks and the calling role may give.';

CREATE FUNCTION settle_memo(memo_id bigint) RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
    UPDATE memo m SET state = 'approved'
    WHERE m.id = settle_memo.memo_id AND m.state = 'submitted'
        AND NOT EXISTS (SELECT FROM memo_words(settle_memo.memo_id) w WHERE NOT w.given);
END;
COMMENT ON FUNCTION settle_memo(bigint) IS
'Makes a submitted memo an approved one where no word is missing.';

CREATE FUNCTION is_caller(role_name text) RETURNS boolean
LANGUAGE sql STABLE
RETURN acts_as(role_name) OR (session_user = role_name
    AND NOT (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = session_user));
COMMENT ON FUNCTION is_caller(text) IS
'Whether the calling role acts as a role, or is logged in as it and has taken another one: nobody decides on what he asked for himself. Being superuser counts for nothing.';

CREATE FUNCTION submit_memo(memo_id bigint) RETURNS SETOF memo_word
LANGUAGE plpgsql VOLATILE SECURITY DEFINER -- writes state and words
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    submitted CONSTANT memo := lock_memo(memo_id);
BEGIN
    IF submitted.author <> calling_role() THEN
        RAISE EXCEPTION '%', translated('memo %s is not yours to submit', submitted.id)
            USING ERRCODE = 'insufficient_privilege', DETAIL = translated('Its author is "%s".', submitted.author);
    ELSIF submitted.state NOT IN ('draft', 'submitted') THEN
        RAISE EXCEPTION '%', translated('memo %s is %s and cannot be submitted', submitted.id, submitted.state)
            USING ERRCODE = 'object_not_in_prerequisite_state';
    ELSIF submitted.reason IS NULL THEN
        RAISE EXCEPTION '%', translated('memo %s has no reason', submitted.id)
            USING ERRCODE = 'check_violation', CONSTRAINT = 'memo_reason_given',
                  SCHEMA = (SELECT n.nspname FROM pg_namespace n WHERE n.oid = this_base()), TABLE = 'memo',
                  HINT = translated('Write why the changes are asked for; out of the pool, why its standard conditions do not realise the potential.');
    ELSIF NOT EXISTS (SELECT FROM memo_item i WHERE i.memo_id = submitted.id) THEN
        RAISE EXCEPTION '%', translated('memo %s has no items', submitted.id)
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = translated('Say what is to be changed, by INSERT INTO memo_item or by add_account.');
    ELSIF EXISTS (
        SELECT FROM memo_item i
        WHERE i.memo_id = submitted.id AND (i.change IS NULL OR i.organization_id IS NULL))
    THEN
        RAISE EXCEPTION '%', translated('an item of memo %s names no change or no organization', submitted.id)
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    -- Once: who submits again, to see what is missing, gives no further word.
    IF submitted.state = 'draft' THEN
        UPDATE memo m SET state = 'submitted' WHERE m.id = submitted.id;
        PERFORM give_words(submitted.id);
    END IF;
    PERFORM settle_memo(submitted.id);
    RETURN QUERY SELECT * FROM memo_words(submitted.id);
END
$$;
COMMENT ON FUNCTION submit_memo(bigint) IS
'Submits a draft, for its author: returns the words that it needs, gives those that he may give himself, and approves the memo where none is missing. Of a memo submitted already, looks again.';

CREATE FUNCTION approve_memo(memo_id bigint) RETURNS SETOF memo_word
LANGUAGE plpgsql VOLATILE SECURITY DEFINER -- writes words and state
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    judged CONSTANT memo := lock_memo(memo_id);
BEGIN
    IF is_caller(judged.author) THEN
        RAISE EXCEPTION '%', translated('memo %s is your own', judged.id)
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = translated('Its author has said his word by submitting it.'),
                  HINT = translated('Ask somebody else who has the authority; memo_queue names them.');
    ELSIF NOT EXISTS (SELECT FROM spoken_by(judged.id)) THEN
        RAISE EXCEPTION '%', translated('memo %s needs no word of role "%s"', judged.id, calling_role())
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = coalesce((
                      SELECT translated('It needs: %s.', string_agg(concat_ws(', ',
                              translated('%s of %s (%s)', w.capacity, coalesce(w.unit_name, translated('all units')),
                                  coalesce(w.role_names, translated('nobody has this authority'))),
                              CASE WHEN w.given THEN translated('which it has') END), '; '))
                      FROM memo_words(judged.id) w
                      HAVING count(*) > 0), translated('It needs nobody''s word.')),
                  HINT = translated('Whose word counts is in table authority; it is granted by grant_access.');
    ELSIF judged.state NOT IN ('submitted', 'approved') THEN
        RAISE EXCEPTION '%', translated('memo %s is %s and cannot be approved', judged.id, judged.state)
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    PERFORM give_words(judged.id);
    PERFORM settle_memo(judged.id);
    RETURN QUERY SELECT * FROM memo_words(judged.id);
END
$$;
COMMENT ON FUNCTION approve_memo(bigint) IS
'Gives a memo every word that it lacks and the caller may give, also one that an approved memo has come to need; approves it where none is missing then. Returns all words that it needs.';

CREATE FUNCTION reject_memo(memo_id bigint, why text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER -- writes words and state
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    judged CONSTANT memo := lock_memo(memo_id);
BEGIN
    IF why IS NULL OR why !~ '\S' THEN
        RAISE EXCEPTION '%', translated('a memo is not rejected without saying why')
            USING ERRCODE = 'invalid_parameter_value', HINT = translated('SELECT reject_memo(memo_id, ''why'').');
    ELSIF judged.author = calling_role() AND judged.state <> 'draft' THEN
        NULL; -- he takes it back
    ELSIF NOT EXISTS (SELECT FROM spoken_by(judged.id)) THEN
        RAISE EXCEPTION '%', translated('memo %s needs no word of role "%s"', judged.id, calling_role())
            USING ERRCODE = 'insufficient_privilege',
                  HINT = translated('A memo is rejected by whoever may give a word that it needs, or taken back by its author.');
    END IF;
    IF judged.state NOT IN ('submitted', 'approved') THEN
        RAISE EXCEPTION '%', translated('memo %s is %s and cannot be rejected', judged.id, judged.state)
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    INSERT INTO memo_approval (memo_id, capacity, unit_id, role_name, decided_by, approved, deputy_for, why)
    SELECT judged.id, s.capacity, s.unit_id, coalesce(s.role_name, calling_role()), calling_role(), false, s.deputy_for, reject_memo.why
    FROM (SELECT) one
    LEFT JOIN spoken_by(judged.id) s ON true;
    UPDATE memo m SET state = 'rejected' WHERE m.id = judged.id;
END
$$;
COMMENT ON FUNCTION reject_memo(bigint, text) IS
'Rejects a memo, for whoever may give a word that it needs; its author may take it back. What has been applied of it stays.';

-- Writing and applying

CREATE FUNCTION add_account(
    memo_id bigint, change kbnorms.change_kind, organization_id bigint,
    from_manager_id bigint DEFAULT NULL, to_manager_id bigint DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    account CONSTANT integer := (SELECT o.account_id FROM organization o WHERE o.id = add_account.organization_id);
    added bigint;
BEGIN
    IF change NOT IN ('bind', 'move', 'unbind') THEN
        RAISE EXCEPTION '%', translated('add_account writes no items of kind %s', change)
            USING ERRCODE = 'invalid_parameter_value', HINT = translated('Write a link or unlink by INSERT INTO memo_item.');
    ELSIF account IS NULL THEN
        RAISE EXCEPTION '%', translated('organization %s does not exist', coalesce(organization_id::text, 'NULL'))
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    INSERT INTO memo_item (memo_id, item_no, change, organization_id, from_manager_id, to_manager_id, additional)
    SELECT add_account.memo_id,
        (SELECT coalesce(max(i.item_no), 0) FROM memo_item i WHERE i.memo_id = add_account.memo_id) + row_number() OVER (ORDER BY o.id),
        add_account.change, o.id, add_account.from_manager_id, add_account.to_manager_id, coalesce(b.additional, false)
    FROM organization o
    LEFT JOIN binding b ON b.organization_id = o.id AND b.manager_id = add_account.from_manager_id
    WHERE o.account_id = account AND o.merged_into IS NULL
        AND CASE add_account.change
            WHEN 'bind' THEN NOT EXISTS (
                SELECT FROM binding h
                WHERE h.organization_id = o.id AND (NOT h.additional OR h.manager_id = add_account.to_manager_id))
            ELSE b.manager_id IS NOT NULL
        END;
    GET DIAGNOSTICS added = ROW_COUNT;
    IF added = 0 THEN
        RAISE EXCEPTION '%', translated('no organization of account %s is there to %s', account, change)
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = CASE change
                      WHEN 'bind' THEN translated('Each of them has a main manager already.')
                      ELSE translated('Manager %s holds none of them.', coalesce(from_manager_id::text, 'NULL')) END;
    END IF;
    RETURN added;
END
$$;
COMMENT ON FUNCTION add_account(bigint, kbnorms.change_kind, bigint, bigint, bigint) IS
'Writes an item for every organization of a client: move and unbind for those that from_manager_id holds, bind for those without a main manager. Returns how many.';

CREATE FUNCTION require_all_changed(memo_id bigint, change kbnorms.change_kind, wanted bigint, changed bigint) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    misfit memo_item;
BEGIN
    IF changed = wanted THEN
        RETURN;
    END IF;
    SELECT * INTO misfit FROM memo_item i
    WHERE i.memo_id = require_all_changed.memo_id AND i.change = require_all_changed.change AND i.used_at IS NULL
    ORDER BY i.item_no LIMIT 1;
    RAISE EXCEPTION '%', translated('memo %s cannot be applied: %s of its %s items of kind %s fit what is bound now', memo_id, changed, wanted, change)
        USING ERRCODE = 'object_not_in_prerequisite_state',
              DETAIL = translated('The first that does not is item %s, on organization %s.', misfit.item_no, misfit.organization_id),
              HINT = translated('Bindings or links have changed since it was written; write another memo.');
END
$$;
COMMENT ON FUNCTION require_all_changed(bigint, kbnorms.change_kind, bigint, bigint) IS
'Raises an error where a statement of apply_memo has changed less than the memo says.';

CREATE FUNCTION apply_memo(memo_id bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = @base@, kbnorms, pg_temp
AS $$
DECLARE
    applied memo;
    unlinks bigint;
    links bigint;
    unbinds bigint;
    moves bigint;
    binds bigint;
    changed bigint;
BEGIN
    -- Who applies the same memo waits here, not in the middle of the changes.
    PERFORM pg_advisory_xact_lock(hashtextextended(this_base()::oid::text, memo_id));
    SELECT * INTO applied FROM memo m WHERE m.id = apply_memo.memo_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION '%', translated('memo %s does not exist', coalesce(memo_id::text, 'NULL')) USING ERRCODE = 'no_data_found';
    ELSIF applied.state <> 'approved' THEN
        RAISE EXCEPTION '%', translated('memo %s is %s and cannot be applied', applied.id, applied.state)
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  DETAIL = coalesce((
                      SELECT translated('It lacks: %s.', string_agg(translated('%s of %s', w.capacity, coalesce(w.unit_name, translated('all units'))), ', '))
                      FROM memo_words(applied.id) w
                      WHERE applied.state = 'submitted' AND NOT w.given
                      HAVING count(*) > 0), translated('Only an approved memo can be.'));
    END IF;
    SELECT count(*) FILTER (WHERE i.change = 'unlink'), count(*) FILTER (WHERE i.change = 'link'),
        count(*) FILTER (WHERE i.change = 'unbind'), count(*) FILTER (WHERE i.change = 'move'),
        count(*) FILTER (WHERE i.change = 'bind')
    INTO unlinks, links, unbinds, moves, binds
    FROM memo_item i
    WHERE i.memo_id = applied.id AND i.used_at IS NULL;

    IF unlinks > 0 THEN
        UPDATE organization o SET head_id = NULL
        FROM memo_item i
        WHERE i.memo_id = applied.id AND i.change = 'unlink' AND i.used_at IS NULL
            AND o.id = i.organization_id AND o.head_id = i.head_id;
        GET DIAGNOSTICS changed = ROW_COUNT;
        PERFORM require_all_changed(applied.id, 'unlink', unlinks, changed);
    END IF;
    IF links > 0 THEN
        UPDATE organization o SET head_id = i.head_id
        FROM memo_item i
        WHERE i.memo_id = applied.id AND i.change = 'link' AND i.used_at IS NULL
            AND o.id = i.organization_id AND o.head_id IS NULL;
        GET DIAGNOSTICS changed = ROW_COUNT;
        PERFORM require_all_changed(applied.id, 'link', links, changed);
    END IF;
    IF unbinds > 0 THEN
        DELETE FROM binding b
        USING memo_item i
        WHERE i.memo_id = applied.id AND i.change = 'unbind' AND i.used_at IS NULL
            AND b.organization_id = i.organization_id AND b.manager_id = i.from_manager_id AND b.additional = i.additional;
        GET DIAGNOSTICS changed = ROW_COUNT;
        PERFORM require_all_changed(applied.id, 'unbind', unbinds, changed);
    END IF;
    IF moves > 0 THEN
        UPDATE binding b
        SET manager_id = i.to_manager_id, additional = i.additional, territory_exception = i.territory_exception
        FROM memo_item i
        WHERE i.memo_id = applied.id AND i.change = 'move' AND i.used_at IS NULL
            AND b.organization_id = i.organization_id AND b.manager_id = i.from_manager_id;
        GET DIAGNOSTICS changed = ROW_COUNT;
        PERFORM require_all_changed(applied.id, 'move', moves, changed);
    END IF;
    IF binds > 0 THEN
        -- A bind of a pair that is there changes what is said of it.
        INSERT INTO binding AS b (organization_id, manager_id, additional, territory_exception)
        SELECT i.organization_id, i.to_manager_id, i.additional, i.territory_exception
        FROM memo_item i
        WHERE i.memo_id = applied.id AND i.change = 'bind' AND i.used_at IS NULL
        ORDER BY i.organization_id
        ON CONFLICT (organization_id, manager_id) DO UPDATE
        SET additional = excluded.additional, territory_exception = coalesce(excluded.territory_exception, b.territory_exception)
        WHERE b.additional <> excluded.additional
            OR b.territory_exception IS DISTINCT FROM coalesce(excluded.territory_exception, b.territory_exception);
        GET DIAGNOSTICS changed = ROW_COUNT;
        PERFORM require_all_changed(applied.id, 'bind', binds, changed);
    END IF;
    RETURN unlinks + links + unbinds + moves + binds;
END
$$;
COMMENT ON FUNCTION apply_memo(bigint) IS
'Makes all changes of an approved memo that have not been made yet, or none: a statement each of unlink, link, unbind, move and bind, as whoever calls. Returns how many.';
