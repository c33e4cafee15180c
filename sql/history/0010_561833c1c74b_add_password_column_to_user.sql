-- revision: 561833c1c74b
-- down_revision: 40e67319e3a9
-- version: 1.6.2
-- title: Add ``password`` column to ``user`` table

-- upgrade

ALTER TABLE "user" ADD COLUMN password string(255);

-- downgrade

ALTER TABLE "user" DROP COLUMN password;
