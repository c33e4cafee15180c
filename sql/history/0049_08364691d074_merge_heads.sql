-- revision: 08364691d074
-- down_revision: a56c9515abdc, 004c1210f153, 74effc47d867, b3b105409875
-- version: 1.10.7
-- title: Straighten out the migrations

-- upgrade

-- Nothing: four branches meet. Databases of 1.10.3 to 1.10.6 have a row in alembic_version for each.

-- downgrade

-- Nothing.
