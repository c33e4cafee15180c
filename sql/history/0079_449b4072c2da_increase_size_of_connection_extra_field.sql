-- revision: 449b4072c2da
-- down_revision: 82b7c48c147f
-- version: 2.0.2
-- title: Increase size of ``connection.extra`` field to handle multiple RSA keys

-- upgrade

ALTER TABLE connection ALTER COLUMN extra TYPE text;

-- downgrade

ALTER TABLE connection ALTER COLUMN extra TYPE string(5000);
