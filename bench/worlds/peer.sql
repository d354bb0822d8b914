-- The same company for a peer.
INSERT INTO @schema@.manager SELECT m.* FROM kb.manager m ORDER BY m.id;
INSERT INTO @schema@.manager_post SELECT p.* FROM kb.manager_post p ORDER BY p.manager_id;
INSERT INTO @schema@.norm_tenure (specialization, from_month, effective_from, max_accounts)
SELECT n.specialization, n.from_month, n.effective_from, n.max_accounts FROM kb.norm_tenure n;
INSERT INTO @schema@.organization (id, inn, name, head_id, client_group, potential, city, territory_id)
SELECT o.id, o.inn, o.name, o.head_id, o.client_group, o.potential, o.city, o.territory_id
FROM kb.organization o ORDER BY o.id;
