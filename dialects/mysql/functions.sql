-- SPDX-License-Identifier: Apache-2.0
--
-- functions.sql - the abstract functions of the revision files as MySQL expressions, in the
-- grammar of the language: dialects/mysql/print.c writes them. They are never created in a
-- database: a call is replaced by the expression, with the arguments in place of the
-- parameters. Sessions are in UTC, as Airflow's are.

-- 32 digits: the millisecond of ts (rounded), version 7, 12 bits of hash b, variant 2 with
-- two more bits of b, and the 60 bits of hash a.
CREATE FUNCTION uuid_v7(ts timestamptz, a bigint, b bigint) RETURNS uuid LANGUAGE sql
RETURN lower(concat(
    lpad(hex(round(unix_timestamp(ts) * 1000)), 12, '0'),
    '7', lpad(hex(b & 4095), 3, '0'),
    hex(8 | ((b >> 12) & 3)), lpad(hex(a), 15, '0')));

-- The same for version 4: all but the six fixed bits from the hashes.
CREATE FUNCTION uuid_v4(a bigint, b bigint) RETURNS uuid LANGUAGE sql
RETURN lower(concat(
    lpad(hex(a & 281474976710655), 12, '0'),
    '4', lpad(hex(b & 4095), 3, '0'),
    hex(8 | ((a >> 48) & 3)), lpad(hex(b >> 12), 12, '0'), lpad(hex((a >> 50) & 1023), 3, '0')));

-- One part of a key, hashed with what came before it: 60 bits. (From 9.6 on the server has
-- neither SHA1() nor MD5().)
CREATE FUNCTION uuid_key(part text, seed bigint) RETURNS bigint LANGUAGE sql
RETURN CAST(conv(left(sha2(concat(seed, ':', part), 256), 15), 16, 10) AS bigint);

-- NULL makes AUTO_INCREMENT count.
CREATE FUNCTION next_id(relation text) RETURNS bigint LANGUAGE sql
RETURN NULL;

-- By which the result of a native function is found.
CREATE FUNCTION native_digest(value text) RETURNS text LANGUAGE sql
RETURN left(sha2(value, 256), 32);

-- False for an empty value, NULL for NULL.
CREATE FUNCTION is_pickled(value bytea) RETURNS boolean LANGUAGE sql
RETURN substr(value, 1, 1) = X'80';

-- A default that the server keeps as an expression, where Airflow wrote it as one.
CREATE FUNCTION computed(value boolean) RETURNS boolean LANGUAGE sql
RETURN value;

-- What revision eed27faa34e3 of Airflow 3.3.2 makes of the value. Values without any of the
-- words (most) are only cast; an escaped backslash is put aside while \u0000 goes, and
-- tokens are replaced where one stands outside of strings. The server makes NULL of what is no
-- UTF-8, and so Airflow loses it: here it is an error, of a text that is no JSON.
CREATE FUNCTION xcom_json(value bytea) RETURNS json LANGUAGE sql
RETURN CASE
    WHEN value LIKE '%\\u0000%' OR value LIKE '%NaN%' OR value LIKE '%Infinity%' THEN
        CASE
            WHEN CAST(value AS text) IS NULL THEN CAST(coalesce(CAST(value AS text), 'not UTF-8') AS json)
            WHEN regexp_like(replace(replace(replace(CAST(value AS text), '\\', CAST(X'01' AS text)),
                    '\u0000', ''), CAST(X'01' AS text), '\\'),
                '^(?:[^"]|"(?:[^"\\]|\\.)*")*(?:NaN|Infinity)', 'c') THEN
                CAST(regexp_replace(
                    replace(replace(replace(CAST(value AS text), '\\', CAST(X'01' AS text)),
                        '\u0000', ''), CAST(X'01' AS text), '\\'),
                    '([:,\[]\s*|^)(NaN|-?Infinity)(?=\s*[,}\]]|$)', '$1null', 1, 0, 'c') AS json)
            ELSE
                CAST(replace(replace(replace(CAST(value AS text), '\\', CAST(X'01' AS text)),
                    '\u0000', ''), CAST(X'01' AS text), '\\') AS json)
        END
    ELSE
        CAST(coalesce(CAST(value AS text), CASE WHEN value IS NULL THEN NULL ELSE 'not UTF-8' END) AS json)
END;
