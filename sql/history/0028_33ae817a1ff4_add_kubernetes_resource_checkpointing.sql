-- revision: 33ae817a1ff4
-- down_revision: d2ae31099d61
-- version: 1.10.0
-- title: Add Kubernetes resource check-pointing

-- upgrade

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

-- downgrade

DROP TABLE IF EXISTS kube_resource_version;
