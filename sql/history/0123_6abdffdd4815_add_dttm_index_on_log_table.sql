-- revision: 6abdffdd4815
-- down_revision: 290244fb8b83
-- version: 2.6.0
-- title: add dttm index on log table

-- upgrade

CREATE INDEX idx_log_dttm ON log (dttm);

-- downgrade

DROP INDEX idx_log_dttm;
