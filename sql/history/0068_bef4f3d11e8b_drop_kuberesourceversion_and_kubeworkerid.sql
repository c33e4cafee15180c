-- revision: bef4f3d11e8b
-- down_revision: e1a11ece99cc
-- version: 2.0.0
-- title: Drop ``KubeResourceVersion`` and ``KubeWorkerId``

-- upgrade

DROP TABLE IF EXISTS kube_worker_uuid;
DROP TABLE IF EXISTS kube_resource_version;

-- downgrade

-- @unless table kube_worker_uuid
-- @only postgres
CREATE TABLE kube_worker_uuid (
    one_row_id boolean NOT NULL DEFAULT true,
    worker_uuid string(255),
    CONSTRAINT kube_worker_uuid_pkey PRIMARY KEY (one_row_id),
    CONSTRAINT ck_kube_worker_uuid_kube_worker_one_row_id CHECK (one_row_id)
);
-- @unless table kube_worker_uuid
-- @only mysql
CREATE TABLE kube_worker_uuid (
    one_row_id boolean NOT NULL DEFAULT true,
    worker_uuid string(255),
    CONSTRAINT kube_worker_uuid_pkey PRIMARY KEY (one_row_id),
    CONSTRAINT ck_kube_worker_uuid_kube_worker_one_row_id CHECK (one_row_id <> 0)
);
INSERT INTO kube_worker_uuid (one_row_id, worker_uuid)
SELECT true, '' WHERE NOT EXISTS (SELECT 1 FROM kube_worker_uuid);
-- @unless table kube_resource_version
-- @only postgres
CREATE TABLE kube_resource_version (
    one_row_id boolean NOT NULL DEFAULT true,
    resource_version string(255),
    CONSTRAINT kube_resource_version_pkey PRIMARY KEY (one_row_id),
    CONSTRAINT ck_kube_resource_version_kube_resource_version_one_row_id CHECK (one_row_id)
);
-- @unless table kube_resource_version
-- @only mysql
CREATE TABLE kube_resource_version (
    one_row_id boolean NOT NULL DEFAULT true,
    resource_version string(255),
    CONSTRAINT kube_resource_version_pkey PRIMARY KEY (one_row_id),
    CONSTRAINT ck_kube_resource_version_kube_resource_version_one_row_id CHECK (one_row_id <> 0)
);
INSERT INTO kube_resource_version (one_row_id, resource_version)
SELECT true, '' WHERE NOT EXISTS (SELECT 1 FROM kube_resource_version);
