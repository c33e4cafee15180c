-- revision: bff083ad727d
-- down_revision: 1949afb29106
-- version: 2.9.2
-- title: Remove idx_last_scheduling_decision index on last_scheduling_decision in dag_run table

-- upgrade

DROP INDEX idx_last_scheduling_decision;

-- downgrade

CREATE INDEX idx_last_scheduling_decision ON dag_run (last_scheduling_decision);
