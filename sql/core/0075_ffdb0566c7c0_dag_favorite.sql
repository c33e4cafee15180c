-- revision: ffdb0566c7c0
-- down_revision: 66a7743fe20e
-- version: 3.1.0
-- title: Add dag_favorite

-- upgrade

CREATE TABLE dag_favorite (
    user_id string(250) NOT NULL,
    dag_id string_id(250) NOT NULL,
    CONSTRAINT dag_favorite_dag_id_fkey FOREIGN KEY (dag_id) REFERENCES dag (dag_id) ON DELETE CASCADE,
    CONSTRAINT dag_favorite_pkey PRIMARY KEY (user_id, dag_id)
);

-- downgrade

DROP TABLE dag_favorite;
