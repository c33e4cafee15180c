-- revision: 05f30312d566
-- down_revision: 86770d1215c0, 0e2a74e0fc9f
-- version: 1.10.0
-- title: Merge migrations heads

-- upgrade

-- Nothing: two branches meet.

-- downgrade

-- Nothing.
