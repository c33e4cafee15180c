-- revision: e9304a3141f0
-- down_revision: 83f031fd9f1c
-- version: 2.2.0
-- title: Make XCom primary key columns non-nullable

-- upgrade

-- They are: a primary key sees to that.
ALTER TABLE xcom ALTER COLUMN key SET NOT NULL;
ALTER TABLE xcom ALTER COLUMN execution_date SET NOT NULL;

-- downgrade

-- Nothing.
