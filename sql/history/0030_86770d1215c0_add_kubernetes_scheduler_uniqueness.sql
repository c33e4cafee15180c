-- revision: 86770d1215c0
-- down_revision: 27c6a30d7c24
-- version: 1.10.0
-- title: Add kubernetes scheduler uniqueness

-- upgrade

-- @only postgres
CREATE TABLE kube_worker_uuid (
    one_row_id boolean NOT NULL DEFAULT true,
    worker_uuid string(255),
    CONSTRAINT kube_worker_uuid_pkey PRIMARY KEY (one_row_id),
    CONSTRAINT ck_kube_worker_uuid_kube_worker_one_row_id CHECK (one_row_id)
);
-- @only mysql
CREATE TABLE kube_worker_uuid (
    one_row_id boolean NOT NULL DEFAULT true,
    worker_uuid string(255),
    CONSTRAINT kube_worker_uuid_pkey PRIMARY KEY (one_row_id),
    CONSTRAINT ck_kube_worker_uuid_kube_worker_one_row_id CHECK (one_row_id <> 0)
);
INSERT INTO kube_worker_uuid (one_row_id, worker_uuid)
SELECT true, '' WHERE NOT EXISTS (SELECT 1 FROM kube_worker_uuid);

-- downgrade

DROP TABLE kube_worker_uuid;
