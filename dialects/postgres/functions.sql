-- SPDX-License-Identifier: Apache-2.0
--
-- functions.sql - the abstract functions of the revision files as PostgreSQL expressions.
-- They are never created in a database: a call is replaced by the expression, with the
-- arguments in place of the parameters. So one expression each, of built-in functions only.

-- The millisecond of ts (48 bits; rounded, as Airflow's own function does), version 7, variant 2, and 74 bits of the hash. Bits are
-- set in the bytes, since a second md5() would cost more than all of the rest.
CREATE FUNCTION uuid_v7(ts timestamptz, seed text, key text) RETURNS uuid LANGUAGE sql
RETURN CAST(encode(
    set_bit(set_bit(set_bit(set_bit(set_bit(set_bit(
        overlay(
            decode(md5(seed || key), 'hex')
            PLACING substr(
                int8send((CAST(date_part('epoch', ts) * 1000000 AS bigint) + 500) / 1000), 3)
            FROM 1 FOR 6),
        52, 1), 53, 1), 54, 1), 55, 0), 70, 0), 71, 1),
    'hex') AS uuid);

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
