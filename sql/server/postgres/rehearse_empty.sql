-- The statement that makes an empty database $1 with this one's encoding and collation, for a
-- backup of this one to be restored into. The columns of ICU came with PostgreSQL 15 and were
-- renamed in 17.
SELECT format('CREATE DATABASE %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L', $1::text,
        pg_encoding_to_char(d.encoding), d.datcollate, d.datctype)
    || CASE j.column ->> 'datlocprovider'
        WHEN 'i' THEN format(' LOCALE_PROVIDER icu ICU_LOCALE %L',
            coalesce(j.column ->> 'datlocale', j.column ->> 'daticulocale'))
        WHEN 'b' THEN format(' LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', j.column ->> 'datlocale')
        ELSE ''
    END
FROM pg_catalog.pg_database d CROSS JOIN LATERAL (SELECT to_jsonb(d) AS column) j
WHERE d.datname = current_database();
