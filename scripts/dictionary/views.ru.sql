-- The views in Russian as Markdown; the translations of their comments come as
-- lines of two columns from standard input.
SET search_path = kb, kbnorms, pg_catalog;
CREATE TEMP TABLE translation (said text, russian text);
\copy translation FROM pstdin

-- A comment in Russian, as far as it is translated, and as a cell of a table.
CREATE FUNCTION pg_temp.russian(comment text) RETURNS text
LANGUAGE sql
RETURN regexp_replace(coalesce((SELECT t.russian FROM translation t WHERE t.said = comment), comment), '([|<>*])', '\\\1', 'g');

SELECT format($$# Словарь представлений

Что читают отчёты: каждое представление клиентской базы и каждый его столбец. Создаётся
командой `make dictionary` из комментариев каталога и их перевода
(`po/dictionary.ru.po`); вручную не править. Таблицы, типы и функции — в
[полном словаре](dictionary.md) по-английски. kbnorms %s.

Как таблицы ссылаются друг на друга (пунктир — ключ, который хранят правила, хотя он не
объявлен):

![ER-диаграмма](img/er.svg)

Что в какую таблицу пишется и какое представление её читает:

![Потоки данных](img/data-flow.svg)
$$, extversion) FROM pg_extension WHERE extname = 'kbnorms';

SELECT concat_ws(E'\n', format(E'## %s\n', c.relname), pg_temp.russian(obj_description(c.oid, 'pg_class')), '',
    '| столбец | тип | что это |', '| --- | --- | --- |',
    (SELECT string_agg(format('| `%s` | %s | %s |', a.attname, replace(format_type(a.atttypid, a.atttypmod), 'timestamp with time zone', 'timestamptz'),
            pg_temp.russian(col_description(c.oid, a.attnum))), E'\n' ORDER BY a.attnum)
     FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '')
FROM pg_class c
WHERE c.relnamespace = 'kb'::regnamespace AND c.relkind = 'v'
ORDER BY c.relname COLLATE "C";
