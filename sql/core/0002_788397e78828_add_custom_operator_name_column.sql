-- revision: 788397e78828
-- down_revision: 937cbd173ca1
-- version: 2.7.0
-- title: Add custom_operator_name column

-- upgrade

ALTER TABLE task_instance ADD COLUMN custom_operator_name string(1000);

-- downgrade

ALTER TABLE task_instance DROP COLUMN custom_operator_name;
