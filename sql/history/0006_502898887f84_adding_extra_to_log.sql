-- revision: 502898887f84
-- down_revision: 52d714495f0
-- version: 1.6.0
-- title: Adding ``extra`` column to ``Log`` table

-- upgrade

ALTER TABLE log ADD COLUMN extra text;

-- downgrade

ALTER TABLE log DROP COLUMN extra;
