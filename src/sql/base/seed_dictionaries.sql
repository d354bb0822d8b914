-- The vocabularies of the regulation of 2010.
INSERT INTO specialization (code, abbr, name_en, name_ru, central) VALUES
    ('territorial', NULL, 'Territorial manager', 'Территориальный МОПП', false),
    ('universal', NULL, 'Universal manager', 'Универсальный МОПП', false),
    ('industrial', 'МРПП', 'Manager for industrial enterprises', 'Менеджер по работе с промышленными предприятиями', false),
    ('panel_builder', 'МРЩ', 'Manager for panel builders', 'Менеджер по работе со щитовиками', false),
    ('dealer', 'МРД', 'Manager for dealers', 'Менеджер по работе с дилерами', true),
    ('chain', 'МРС', 'Manager for chains', 'Менеджер по работе с сетями', true);

INSERT INTO client_group (code, abbr, name_en, name_ru) VALUES
    ('emo', 'ЭМО', 'Electrical installation organizations', 'Электромонтажные организации'),
    ('distributor', NULL, 'Distributors', 'Дистрибьюторы'),
    ('infrastructure', NULL, 'Infrastructure', 'Инфраструктура'),
    ('industrial', 'ПП', 'Industrial enterprises', 'Промышленные предприятия'),
    ('panel_builder', NULL, 'Panel builders', 'Щитовики'),
    ('dealer', NULL, 'Dealers', 'Дилеры'),
    ('chain', NULL, 'Chains', 'Сети');

INSERT INTO potential (code, rank) VALUES ('S', 1), ('A', 2), ('B', 3), ('C', 4);

INSERT INTO position (code, abbr, name_en, name_ru, holds_base, specialized, leads) VALUES
    ('manager', 'МОПП', 'Sales manager', 'Менеджер отдела персональных продаж', true, true, NULL),
    ('group_lead', NULL, 'Group lead', 'Старший группы', true, true, 'group'),
    ('office_head', 'НОП', 'Head of a sales office', 'Начальник офиса продаж', false, false, 'unit'),
    ('personal_sales_head', 'НОПП', 'Head of personal sales', 'Начальник отдела персональных продаж', false, false, 'unit'),
    ('vtc_head', NULL, 'Head of a VTC', 'Руководитель ВТЦ', true, false, 'unit'),
    ('pool_head', 'НООК', 'Head of the pool', 'Начальник ООК', false, false, 'unit'),
    ('sales_director', 'ДП', 'Sales director', 'Директор по продажам', false, false, 'unit'),
    ('client_analyst', 'МКА', 'Client analyst', 'Менеджер по клиентскому анализу', false, false, NULL);

-- Whether a new base asks for memos is said when it is laid out.
INSERT INTO rule (code, title_en, title_ru, sort_order, enforcement)
SELECT r.*, CASE WHEN r.code IN ('memo', 'approval', 'applicant') THEN '@memo_rules@' ELSE 'block' END::kbnorms.enforcement
FROM (VALUES
    ('personal', 'A named, employed person who may hold a base', 'Привязка к конкретному работающему сотруднику, которому положена КБ', 1),
    ('base_size', 'Base within the maximum size', 'КБ не больше установленного размера', 2),
    ('client_group', 'No forbidden client group', 'Запрещённая ЦКГ', 3),
    ('off_profile', 'No new off-profile account', 'Непрофильный клиент', 4),
    ('group_quota', 'Quota of a client group', 'Предел числа клиентов ЦКГ', 5),
    ('territory', 'Territory of the manager', 'Территория МОПП', 6),
    ('newcomer_territory', 'Newly hired keep out of territories', 'Вновь принятый МОПП вне территорий', 7),
    ('potential', 'Potential of an account taken from the pool', 'Потенциал клиента, передаваемого из ООК', 8),
    ('multiple', 'Several holders of one organization', 'Множественная классификация', 9),
    ('memo', 'An approved memo covers the change', 'Согласованная служебная записка', 10),
    ('approval', 'The needed approvals', 'Согласование', 11),
    ('applicant', 'Who makes the change', 'Кто вносит изменение', 12),
    ('cool_off', 'Cool-off before a client comes back', 'Срок до возврата клиента прежнему МОПП', 13),
    ('intake_limit', 'New clients of a manager in a day', 'Новые клиенты МОПП за день', 14),
    ('move_limit', 'Moves of a client', 'Число передач клиента', 15)) AS r(code, title_en, title_ru, sort_order);
