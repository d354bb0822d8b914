-- Arithmetic in place of chance, and words to make names of.

-- A number below n that looks random and is the same for the same key.
CREATE FUNCTION pg_temp.pick(key text, n bigint) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT
RETURN (('x' || substr(md5(key), 1, 8))::bit(32)::bigint % n)::integer;

-- A word of a list.
CREATE FUNCTION pg_temp.word(key text, words text[]) RETURNS text
LANGUAGE sql IMMUTABLE STRICT
RETURN words[1 + pg_temp.pick(key, cardinality(words))];

-- The taxpayer number of a company: nine digits and the digit that checks them.
CREATE FUNCTION pg_temp.inn_of(serial integer) RETURNS inn
LANGUAGE sql IMMUTABLE STRICT
RETURN (SELECT (digits || sum(substr(digits, i::integer, 1)::integer * weight) % 11 % 10)::inn
        FROM (SELECT (630000000 + serial)::text AS digits) AS d,
             unnest(ARRAY[2, 4, 10, 3, 5, 9, 4, 6, 8]) WITH ORDINALITY AS w(weight, i)
        GROUP BY digits);

-- Surname, name and patronymic of a man or a woman.
CREATE FUNCTION pg_temp.full_name(key text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT
RETURN CASE WHEN pg_temp.pick(key || 'sex', 2) = 0 THEN
    pg_temp.word(key || 's', '{Иванов,Смирнов,Кузнецов,Попов,Васильев,Петров,Соколов,Михайлов,Новиков,Фёдоров,Морозов,Волков,Алексеев,Лебедев,Семёнов,Егоров,Павлов,Козлов,Степанов,Николаев,Орлов,Андреев,Макаров,Никитин,Захаров,Зайцев,Соловьёв,Борисов,Яковлев,Григорьев}') || ' '
    || pg_temp.word(key || 'n', '{Александр,Сергей,Дмитрий,Андрей,Алексей,Максим,Евгений,Иван,Михаил,Николай,Павел,Роман,Олег,Игорь,Денис}') || ' '
    || pg_temp.word(key || 'p', '{Александрович,Сергеевич,Дмитриевич,Андреевич,Алексеевич,Викторович,Евгеньевич,Иванович,Михайлович,Николаевич,Павлович,Владимирович,Олегович,Игоревич}')
ELSE
    pg_temp.word(key || 's', '{Иванова,Смирнова,Кузнецова,Попова,Васильева,Петрова,Соколова,Михайлова,Новикова,Фёдорова,Морозова,Волкова,Алексеева,Лебедева,Семёнова,Егорова,Павлова,Козлова,Степанова,Николаева,Орлова,Андреева,Макарова,Никитина,Захарова,Зайцева,Соловьёва,Борисова,Яковлева,Григорьева}') || ' '
    || pg_temp.word(key || 'n', '{Елена,Ольга,Наталья,Анна,Татьяна,Ирина,Светлана,Мария,Юлия,Екатерина,Марина,Людмила,Оксана,Вера,Дарья}') || ' '
    || pg_temp.word(key || 'p', '{Александровна,Сергеевна,Дмитриевна,Андреевна,Алексеевна,Викторовна,Евгеньевна,Ивановна,Михайловна,Николаевна,Павловна,Владимировна,Олеговна,Игоревна}')
END;

-- The name of a company of a client group.
CREATE FUNCTION pg_temp.company_name(key text, client_group text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN pg_temp.word(key || 'f', '{ООО,ООО,ООО,ОАО,ЗАО}') || ' «'
    || pg_temp.word(key || 'a', '{Волга,Урал,Сибирь,Вега,Прогресс,Гарант,Вектор,Альянс,Спектр,Магистраль,Регион,Север,Юг,Восток,Империя,Орион,Контур,Импульс,Фаза,Гамма}')
    || CASE client_group
        WHEN 'emo' THEN pg_temp.word(key || 'b', '{электромонтаж,энергомонтаж,спецмонтаж,сетьмонтаж}')
        WHEN 'distributor' THEN pg_temp.word(key || 'b', '{оптторг,комплект,снаб,электроснаб}')
        WHEN 'infrastructure' THEN pg_temp.word(key || 'b', '{водоканал,теплосеть,связь,дорстрой}')
        WHEN 'industrial' THEN pg_temp.word(key || 'b', '{маш,химпром,металл,пищепром,нефтегаз}')
        WHEN 'panel_builder' THEN pg_temp.word(key || 'b', '{щит,электрощит,автоматика,НКУ}')
        WHEN 'dealer' THEN pg_temp.word(key || 'b', '{электро,свет,кабель,инструмент}')
        WHEN 'chain' THEN pg_temp.word(key || 'b', '{маркет,дом,строймаркет,центр}')
        ELSE pg_temp.word(key || 'b', '{сервис,плюс,групп,проект}')
    END || '»';
