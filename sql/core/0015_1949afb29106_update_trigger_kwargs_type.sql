-- revision: 1949afb29106
-- down_revision: ee1467d4aa35
-- version: 2.9.0
-- title: Update trigger kwargs type and encrypt

-- What 2.9 to 3.1 do. From 3.2 on the revision of the same name only changes the type and
-- leaves the values readable.

-- upgrade

ALTER TABLE trigger ALTER COLUMN kwargs TYPE text;
-- Not in batches: a second pass would encrypt the token.
-- @path hop
UPDATE trigger SET kwargs = encrypt_kwargs(kwargs);
-- @path direct
-- @before 3.2.0
UPDATE trigger SET kwargs = encrypt_kwargs(kwargs);

-- downgrade

-- Values in plain JSON (no Fernet key, or written by another path) pass through unchanged.
UPDATE trigger SET kwargs = decrypt_kwargs(kwargs);
-- @only postgres
ALTER TABLE trigger ALTER COLUMN kwargs TYPE json_document USING kwargs::json;
-- @only mysql
ALTER TABLE trigger ALTER COLUMN kwargs TYPE json_document;
