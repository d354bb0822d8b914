-- The base, its day, its feeds, its vocabulary, and the months that there are cards of.
SELECT json_build_object(
    'as_of', kbnorms.today(),
    'months', (SELECT json_agg(m.month ORDER BY m.month) FROM (SELECT DISTINCT month FROM scorecard_trend) m),
    'feeds', (SELECT json_agg(json_build_object('name', name, 'loaded_through', loaded_through) ORDER BY name DESC) FROM feed),
    'specializations', (SELECT json_object_agg(code, json_build_object('ru', name_ru, 'en', name_en, 'abbr', abbr)) FROM specialization),
    'positions', (SELECT json_object_agg(code, json_build_object('ru', coalesce(abbr, name_ru), 'en', name_en)) FROM position),
    'client_groups', (SELECT json_object_agg(code, json_build_object('ru', coalesce(abbr, name_ru), 'en', name_en)) FROM client_group),
    'rules', (SELECT json_object_agg(code, json_build_object('ru', title_ru, 'en', title_en)) FROM rule),
    'units', (SELECT json_agg(json_build_object('id', id, 'parent_id', parent_id, 'kind', kind, 'name', name, 'city', city) ORDER BY id) FROM unit));
