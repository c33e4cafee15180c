-- SPDX-License-Identifier: Apache-2.0
--
-- functions.sql - the abstract functions of the revision files as PostgreSQL expressions.
-- They are never created in a database: a call is replaced by the expression, with the
-- arguments in place of the parameters. So one expression each, of built-in functions only.

-- The millisecond of ts (48 bits; rounded, as Airflow's own function does), version 7,
-- variant 2, 12 bits of hash b and 62 of hash a. Integers and one uuid_in(): md5() and
-- set_bit() take nearly twice as long, and this is half of a task instance's rewrite.
CREATE FUNCTION uuid_v7(ts timestamptz, a bigint, b bigint) RETURNS uuid LANGUAGE sql
RETURN CAST(encode(
    int8send(((CAST(date_part('epoch', ts) * 1000000 AS bigint) + 500) / 1000 << 16)
        | 28672 | (b & 4095))
    || int8send((a & 4611686018427387903) | (-9223372036854775807 - 1)),
    'hex') AS uuid);

-- Version 4, variant 2, 60 bits of hash a and 62 of hash b.
CREATE FUNCTION uuid_v4(a bigint, b bigint) RETURNS uuid LANGUAGE sql
RETURN CAST(encode(
    int8send((a & -61441) | 16384)
    || int8send((b & 4611686018427387903) | (-9223372036854775807 - 1)),
    'hex') AS uuid);

-- One part of a key, hashed with what came before it.
CREATE FUNCTION uuid_key(part text, seed bigint) RETURNS bigint LANGUAGE sql
RETURN hashtextextended(part, seed);

-- The next id of a table. Its sequence has this name whoever made the table, but not all of
-- them are the column's default, and not all belong to the column.
CREATE FUNCTION next_id(relation text) RETURNS bigint LANGUAGE sql
RETURN nextval(CAST(relation || '_id_seq' AS regclass));

-- False for an empty value, NULL for NULL. substr() reads only the start of a long one.
CREATE FUNCTION is_pickled(value bytea) RETURNS boolean LANGUAGE sql
RETURN substr(value, 1, 1) = '\x80'::bytea;

-- What revision eed27faa34e3 of Airflow 3.3.2 makes of the value, in one pass. A LIKE on
-- the bytes costs next to nothing, so values without any of the words (most) are only cast.
-- Airflow replaces tokens where the cast fails; here, where one stands outside of strings,
-- which is the same for all values that can be saved. The patterns are '%\u0000%' (the
-- backslash doubled for LIKE), '%NaN%' and '%Infinity%'.
CREATE FUNCTION xcom_json(value bytea) RETURNS jsonb LANGUAGE sql
RETURN CASE
    WHEN value LIKE '\x255c5c753030303025'::bytea THEN
        CASE
            WHEN replace(replace(replace(convert_from(value, 'UTF8'),
                    '\\', chr(1)), '\u0000', ''), chr(1), '\\')
                ~ '^(?:[^"]|"(?:[^"\\]|\\.)*")*(?:NaN|Infinity)' THEN
                CAST(regexp_replace(
                    replace(replace(replace(convert_from(value, 'UTF8'),
                        '\\', chr(1)), '\u0000', ''), chr(1), '\\'),
                    '([:,\[]\s*|^)(NaN|-?Infinity)(?=\s*[,}\]]|$)', '\1null', 'g') AS jsonb)
            ELSE
                CAST(replace(replace(replace(convert_from(value, 'UTF8'),
                    '\\', chr(1)), '\u0000', ''), chr(1), '\\') AS jsonb)
        END
    WHEN value LIKE '\x254e614e25'::bytea OR value LIKE '\x25496e66696e69747925'::bytea THEN
        CASE
            WHEN convert_from(value, 'UTF8')
                ~ '^(?:[^"]|"(?:[^"\\]|\\.)*")*(?:NaN|Infinity)' THEN
                CAST(regexp_replace(
                    convert_from(value, 'UTF8'),
                    '([:,\[]\s*|^)(NaN|-?Infinity)(?=\s*[,}\]]|$)', '\1null', 'g') AS jsonb)
            ELSE
                CAST(convert_from(value, 'UTF8') AS jsonb)
        END
    ELSE
        CAST(convert_from(value, 'UTF8') AS jsonb)
END;

-- By which the result of a native function is found.
CREATE FUNCTION native_digest(value text) RETURNS text LANGUAGE sql
RETURN md5(CAST(value AS text));

-- The result where no table can be made: from a setting of the session, {digest: result}. The
-- inner SELECT makes the document once a statement, and keys of a jsonb are found by halving.
CREATE FUNCTION native_in_session(setting text, digest text) RETURNS text LANGUAGE sql
RETURN (SELECT CAST(current_setting(setting, true) AS jsonb)) ->> digest;
