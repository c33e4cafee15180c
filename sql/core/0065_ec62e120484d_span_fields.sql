-- revision: ec62e120484d
-- down_revision: be2cc2f742cf
-- version: 3.0.0
-- title: Add fields for OpenTelemetry spans

-- upgrade

ALTER TABLE dag_run ADD COLUMN scheduled_by_job_id integer;
ALTER TABLE dag_run ADD COLUMN context_carrier jsonb_document;
ALTER TABLE dag_run ADD COLUMN span_status string(250) DEFAULT 'not_started' NOT NULL;
ALTER TABLE task_instance ADD COLUMN context_carrier jsonb_document;
ALTER TABLE task_instance ADD COLUMN span_status string(250) DEFAULT 'not_started' NOT NULL;
ALTER TABLE task_instance_history ADD COLUMN context_carrier jsonb_document;
ALTER TABLE task_instance_history ADD COLUMN span_status string(250) DEFAULT 'not_started' NOT NULL;

-- downgrade

ALTER TABLE dag_run DROP COLUMN scheduled_by_job_id;
ALTER TABLE dag_run DROP COLUMN context_carrier;
ALTER TABLE dag_run DROP COLUMN span_status;
ALTER TABLE task_instance DROP COLUMN context_carrier;
ALTER TABLE task_instance DROP COLUMN span_status;
ALTER TABLE task_instance_history DROP COLUMN context_carrier;
ALTER TABLE task_instance_history DROP COLUMN span_status;
