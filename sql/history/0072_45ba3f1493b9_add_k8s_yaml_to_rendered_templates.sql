-- revision: 45ba3f1493b9
-- down_revision: 364159666cbd
-- version: 2.0.0
-- title: add-k8s-yaml-to-rendered-templates

-- upgrade

ALTER TABLE rendered_task_instance_fields ADD COLUMN k8s_pod_yaml json_document;

-- downgrade

ALTER TABLE rendered_task_instance_fields DROP COLUMN k8s_pod_yaml;
