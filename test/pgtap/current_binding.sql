-- current_binding: classifier 37 with names, and on what each binding rests.
BEGIN;
\ir company.psql
SELECT plan(14);

SELECT pg_temp.hire(1, 'universal', unit_id => 11);
SELECT pg_temp.hire(2, NULL, NULL, 'vtc_head', unit_id => 12);
INSERT INTO manager (id, personnel_no, full_name, hired_on, left_on) VALUES (3, '003', 'Manager 3', '2009-01-01', '2010-07-01');
INSERT INTO organization (id, name, client_group, potential, city, territory_id) VALUES
    (1, 'Head', 'emo', 'A', 'Perm', 2), (2, 'Alone', NULL, NULL, NULL, NULL);
INSERT INTO organization (id, inn, name, head_id, client_group, potential, city) VALUES (3, '7707083893', 'Branch', 1, 'dealer', 'C', 'Kungur');
INSERT INTO binding (organization_id, manager_id, bound_on, additional, territory_exception) VALUES
    (1, 1, '2010-02-01', false, NULL), (3, 1, '2010-01-15', false, 'full potential'), (2, 2, '2010-03-01', false, NULL),
    (2, 3, '2010-04-01', true, NULL);

SELECT is((SELECT count(*) FROM current_binding), 4::bigint, 'every binding, though names and posts are missing');
SELECT results_eq('SELECT organization_name, inn, account_id, account_name, is_linked FROM current_binding WHERE organization_id = 3',
    $$VALUES ('Branch', '7707083893', 1, 'Head', true)$$, 'a linked organization and its head');
SELECT results_eq('SELECT client_group, client_group_abbr, potential, city, territory_name FROM current_binding WHERE organization_id = 3',
    $$VALUES ('emo', 'ЭМО', 'A', 'Kungur', 'South')$$, 'group and potential are the head''s, the city its own, the territory the head''s where it has none');
SELECT results_eq('SELECT bound_on, in_base_since, additional, territory_exception FROM current_binding WHERE organization_id IN (1, 3) ORDER BY organization_id',
    $$VALUES (date '2010-02-01', date '2010-01-15', false, NULL), ('2010-01-15', '2010-01-15', false, 'full potential')$$,
    'the client is in the base since the first of its organizations');
SELECT results_eq('SELECT manager_name, "position", position_name_ru, specialization, specialization_name_en, status, manager_city FROM current_binding WHERE organization_id = 1',
    $$VALUES ('Manager 1', 'manager', 'Менеджер отдела персональных продаж', 'universal', 'Universal manager', 'veteran', 'Kungur')$$, 'the manager');
SELECT results_eq('SELECT unit_name, office_id, office_name, cluster_name, region_name, centre_id, centre_name FROM current_binding WHERE organization_id = 1',
    $$VALUES ('Kungur', 11, 'Kungur', 'Perm and around', 'Urals', 1, 'Centre')$$, 'and where he stands');
SELECT results_eq('SELECT "position", specialization, status, unit_name, office_name, cluster_name, region_name FROM current_binding WHERE manager_id = 2',
    $$VALUES ('vtc_head', NULL, 'intern', 'Urals VTC', NULL, NULL, 'Urals')$$, 'a unit outside the offices');
SELECT results_eq('SELECT personnel_no, left_on, "position", unit_id FROM current_binding WHERE manager_id = 3',
    $$VALUES ('003', date '2010-07-01', NULL::text, NULL::integer)$$, 'a leaver who never had a post');

-- On what it rests: the latest change of the present binding.
SELECT is((SELECT count(bound_by) FROM current_binding), 0::bigint, 'what the log does not know came in past it');
INSERT INTO memo (id, state, author, reason) VALUES (7, 'applied', 'author', 'potential'), (8, 'applied', 'other', 'correction');
INSERT INTO memo_approval (memo_id, capacity, role_name, decided_by, approved) VALUES
    (7, 'sales_director', 'd', 'director', true), (7, 'centre', 'c', 'centre', true), (7, 'centre', 'c', 'director', true), (8, 'centre', 'c', 'opponent', false);
INSERT INTO binding_log (organization_id, manager_id, bound_on, unbound_on, additional, change, reason, memo_id, changed_by, acting_for, changed_at) VALUES
    (1, 1, '2009-02-01', NULL, false, 'bind', 'old', NULL, 'former', NULL, '2009-02-01 12:00Z'),
    (1, 1, '2009-02-01', '2009-08-01', false, 'unbind', NULL, NULL, 'system', NULL, '2009-08-01 12:00Z'),
    (1, 1, '2010-02-01', NULL, false, 'move', 'potential', 7, 'analyst', 'Anna', '2010-02-01 12:00Z'),
    (1, 2, '2010-02-01', NULL, false, 'bind', 'not this one', 8, 'nobody', NULL, '2010-02-02 12:00Z'),
    (2, 3, '2010-04-01', NULL, true, 'bind', 'import', NULL, 'owner', NULL, '2010-04-01 12:00Z');
SELECT results_eq('SELECT memo_id, reason, memo_author, memo_approved_by, bound_by, acting_for, bound_at FROM current_binding WHERE organization_id = 1',
    $$VALUES (7::bigint, 'potential', 'author', 'centre, director', 'analyst', 'Anna', timestamptz '2010-02-01 12:00Z')$$, 'by which memo, written and approved by whom, made by whom and when');
SELECT results_eq('SELECT memo_id, reason, memo_approved_by, bound_by FROM current_binding WHERE manager_id = 3',
    $$VALUES (NULL::bigint, 'import', NULL, 'owner')$$, 'the first load needed no memo');
INSERT INTO binding_log (organization_id, manager_id, bound_on, additional, change, reason, memo_id, changed_by)
VALUES (1, 1, '2010-02-01', false, 'bind', 'correction', 8, 'second');
SELECT results_eq('SELECT memo_id, memo_approved_by, bound_by FROM current_binding WHERE organization_id = 1',
    $$VALUES (8::bigint, NULL, 'second')$$, 'the latest change counts, and a refusal is no approval');

SELECT is((SELECT count(facts_through) FROM current_binding), 0::bigint, 'how fresh the feeds are');
INSERT INTO feed SELECT n, '2010-07-14' FROM unnest('{turnover,overdue,activity}'::text[]) n;
SELECT is((SELECT DISTINCT as_of || ' ' || facts_through FROM current_binding), '2010-07-15 2010-07-14', 'and as of when');

SELECT * FROM finish();
ROLLBACK;
