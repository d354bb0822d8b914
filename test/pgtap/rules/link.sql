-- Attribute 140: no chain, no loop; base_size where a link raises a count.
BEGIN;
\ir company.psql
SELECT plan(37);

SELECT org(id) FROM generate_series(1, 9) AS id;
UPDATE organization SET head_id = 1 WHERE id = 2;
CREATE FUNCTION tools.link(organization_id integer, head_id integer) RETURNS text LANGUAGE sql
RETURN tools.broken(format('UPDATE kb.organization SET head_id = %s WHERE id = %s', coalesce($2::text, 'NULL'), $1));

-- The error, as everywhere
SELECT is(f, ROW('23514', 'link', 'kb', 'organization',
    'organization 3 "Client 3" cannot be linked to organization 2 "Client 2"',
    'Organization 2 is itself linked, to organization 1.',
    'Link the organization to the head of the account, which is linked to none itself.')::failure, 'a head that is itself linked')
FROM failure_of('UPDATE kb.organization SET head_id = 2 WHERE id = 3') AS f;

CREATE FUNCTION tools.links(VARIADIC statements text[]) RETURNS text LANGUAGE sql
RETURN (SELECT coalesce(state || ' ' || constraint_name, 'passes') FROM (SELECT tools.failure_of(VARIADIC $1) AS f) AS q
        CROSS JOIN LATERAL (SELECT (f).state, (f).constraint_name) AS s);
SELECT is(links('UPDATE kb.organization SET head_id = 1 WHERE id = 3'), 'passes', 'a second linked one');
SELECT is(links('UPDATE kb.organization SET head_id = 3 WHERE id = 3'), '23514 link', 'to itself');
SELECT is(links('UPDATE kb.organization SET head_id = 3 WHERE id = 1'), '23514 link', 'a head with linked ones');
SELECT is(links('UPDATE kb.organization SET head_id = 7 - id WHERE id IN (3, 4)'), '23514 link', 'a loop in one statement');
SELECT is(links('UPDATE kb.organization SET head_id = id + 1 WHERE id IN (3, 4)'), '23514 link', 'a chain in one statement');
SELECT is(links('UPDATE kb.organization SET head_id = CASE id WHEN 2 THEN NULL ELSE 2 END WHERE id IN (1, 2)'), 'passes', 'head and linked one change places');
SELECT is(links('UPDATE kb.organization SET head_id = 99 WHERE id = 3'), '23503 organization_head_id_fkey', 'to nobody');
SELECT is(links('INSERT INTO kb.organization (id, name, head_id) VALUES (20, ''a'', 1)'), 'passes', 'inserted with a head');
SELECT is(links('INSERT INTO kb.organization (id, name, head_id) VALUES (20, ''a'', 2)'), '23514 link', 'inserted with a linked head');
SELECT is(links('INSERT INTO kb.organization (id, name, head_id) VALUES (20, ''a'', 20)'), '23514 link', 'inserted with itself');
SELECT is(links('INSERT INTO kb.organization (id, name, head_id) VALUES (20, ''a'', 21), (21, ''b'', NULL)'), 'passes', 'inserted before its head');
SELECT is(links('INSERT INTO kb.organization (id, name, head_id) VALUES (20, ''a'', 21), (21, ''b'', 1)'), '23514 link', 'a chain inserted');
SELECT is(links('MERGE INTO kb.organization o USING (VALUES (3)) AS v (id) ON o.id = v.id WHEN MATCHED THEN UPDATE SET head_id = 2'), '23514 link', 'merged');
SELECT is(links('INSERT INTO kb.organization (id, name) VALUES (3, ''x'') ON CONFLICT (id) DO UPDATE SET head_id = 2'), '23514 link', 'upserted');
SELECT is(links('WITH free AS (UPDATE kb.organization SET head_id = NULL WHERE id = 2)
    UPDATE kb.organization SET head_id = 2 WHERE id = 1'), 'passes', 'a CTE is judged by what is after it');
SELECT is(links('WITH free AS (UPDATE kb.organization SET head_id = 2 WHERE id = 3)
    UPDATE kb.organization SET head_id = NULL WHERE id = 2'), 'passes', 'whichever comes first');
UPDATE rule SET enforcement = 'off';
SELECT is(links('UPDATE kb.organization SET head_id = 2 WHERE id = 3'), '23514 link', 'nothing switches it off');
UPDATE rule SET enforcement = 'block' WHERE code NOT IN ('memo', 'approval', 'applicant');

-- base_size for every manager whose count is raised
INSERT INTO norm_tenure (specialization, from_month, effective_from, max_accounts) VALUES ('universal', 12, '2010-07-15', 2);
INSERT INTO binding (organization_id, manager_id) VALUES (1, 1), (2, 1), (3, 1);
SELECT is(link(2, NULL), 'base_size', 'an unlink makes two accounts of one');
SELECT is(link(2, 3), 'passes', 'a change of head keeps the count');
SELECT is(link(2, 4), 'base_size', 'to a head that he does not hold it raises it');
SELECT is(link(3, 1), 'passes', 'a link lowers it');
SELECT is(link(3, 4), 'passes', 'or keeps it');
SELECT is(broken('UPDATE kb.organization SET head_id = CASE id WHEN 2 THEN NULL ELSE 1 END WHERE id IN (2, 3)'), 'passes', 'one in, one out');
SELECT is(broken('UPDATE kb.organization SET head_id = NULL WHERE id = 2',
    'UPDATE kb.organization SET head_id = 1 WHERE id = 3'), 'base_size', 'not as two statements');
SELECT is((f).table_name, 'organization', 'the error''s TABLE is organization') FROM failure_of('UPDATE kb.organization SET head_id = NULL WHERE id = 2') AS f;
SELECT matches((f).message, 'base "kb" breaks rule "base_size": organization 2 "Client 2", manager 1 "Manager 1": actual 3, allowed 2$', 'and its message names both')
FROM failure_of('UPDATE kb.organization SET head_id = NULL WHERE id = 2') AS f;
UPDATE rule SET enforcement = 'off' WHERE code = 'base_size';
SELECT is(link(2, NULL), 'passes', 'base_size off');
UPDATE rule SET enforcement = 'block' WHERE code = 'base_size';
INSERT INTO binding (organization_id, manager_id) VALUES (4, 8), (5, 8);
UPDATE organization SET head_id = 4 WHERE id = 5;
SELECT is(link(5, NULL), 'passes', 'a head of a VTC is not judged');
SELECT is(broken('DELETE FROM kb.binding WHERE organization_id = 3', 'UPDATE kb.organization SET head_id = NULL WHERE id = 2'), 'passes', 'up to the bound');

-- Links break no other rule, and bindings stay
UPDATE organization SET client_group = 'dealer', potential = 'C', city = 'Tver' WHERE id = 6;
SELECT is(link(3, 6), 'passes', 'a link to a client of another profile');

-- The log of links
CREATE FUNCTION tools.links_of(id integer) RETURNS text LANGUAGE sql
RETURN (SELECT string_agg(concat_ws(' ', change, head_id, manager_id, bound_on, unbound_on, additional), ', ' ORDER BY l.id)
        FROM kb.binding_log AS l WHERE l.organization_id = $1 AND change IN ('link', 'unlink'));
SELECT is(links_of(2), 'link 1', 'a link is one row, with its head');
UPDATE organization SET head_id = 3 WHERE id = 2;
SELECT is(links_of(2), 'link 1, unlink 1, link 3', 'a change two');
DELETE FROM binding WHERE organization_id = 3;
UPDATE organization SET head_id = 3, name = 'New name' WHERE id = 2;
UPDATE organization SET head_id = NULL WHERE id = 2;
SELECT is(links_of(2), 'link 1, unlink 1, link 3, unlink 3', 'the end one, and what is left as it is none');
INSERT INTO organization (id, name, head_id) VALUES (20, 'New', 6);
SELECT is(links_of(20), 'link 6', 'an organization inserted with a head');
DELETE FROM organization WHERE id = 9;
SELECT is(links_of(9), NULL, 'a deleted one without a history leaves none');
SELECT throws_ok('DELETE FROM organization WHERE id = 20', '23503', NULL, 'with one it stays');

SELECT * FROM finish();
ROLLBACK;
