-- Laying out, renaming and dropping client bases.
CREATE PROCEDURE kbnorms.create_client_base(schema text, memos boolean DEFAULT true)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    EXECUTE format('CREATE SCHEMA %I', schema);
    PERFORM set_config('search_path', format('%I, kbnorms, pg_temp', schema), true);
    EXECUTE replace(kbnorms.client_base_script(), '@base@', quote_ident(schema));
    EXECUTE format('INSERT INTO %I.client_base (version)
                    SELECT extversion FROM pg_extension WHERE extname = ''kbnorms''', schema);
    EXECUTE format('UPDATE %I.rule SET enforcement = ''off''
                    WHERE code IN (''memo'', ''approval'', ''applicant'')', schema);
END
$$;
COMMENT ON PROCEDURE kbnorms.create_client_base(text, boolean) IS
'Lays out a client base: a schema with its tables, views, functions and the norms of 2010. The caller owns it.';

CREATE PROCEDURE kbnorms.drop_client_base(schema text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    EXECUTE format('DROP SCHEMA %I CASCADE', schema);
END
$$;
COMMENT ON PROCEDURE kbnorms.drop_client_base(text) IS
'Drops a client base and all that is in it.';
