-- revision: 2e82aab8ef20
-- down_revision: 1968acfc09e3
-- version: 1.7.1
-- title: Rename user table

-- upgrade

-- The names of its key, its unique constraint and its sequence keep the old word.
ALTER TABLE "user" RENAME TO users;

-- downgrade

ALTER TABLE users RENAME TO "user";
