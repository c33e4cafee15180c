-- revision: bd5dfbe21f88
-- down_revision: f7bf2a57d0a6
-- version: 2.8.0
-- title: Make connection login/password TEXT

-- upgrade

ALTER TABLE connection ALTER COLUMN login TYPE text;
ALTER TABLE connection ALTER COLUMN password TYPE text;

-- downgrade

ALTER TABLE connection ALTER COLUMN password TYPE string(5000);
ALTER TABLE connection ALTER COLUMN login TYPE string(500);
