-- Every object of the extension says what it is; array types come by themselves.
SELECT count(*) > 80 AS many_objects,
    string_agg(pg_describe_object(classid, objid, 0), E'\n') FILTER (WHERE obj_description(objid, classid::regclass::name) IS NULL) AS without_comment
FROM pg_depend
WHERE deptype = 'e'
    AND refclassid = 'pg_extension'::regclass
    AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'kbnorms')
    AND NOT (classid = 'pg_type'::regclass AND objid IN (SELECT typarray FROM pg_type));
