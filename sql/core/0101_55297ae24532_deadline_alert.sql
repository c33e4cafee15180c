-- revision: 55297ae24532
-- down_revision: e79fc784f145
-- version: 3.2.0
-- title: Move deadline alerts from the serialized DAGs into a table of their own

-- upgrade

CREATE TABLE deadline_alert (
    id uuid NOT NULL,
    created_at utc_timestamp NOT NULL,
    serialized_dag_id uuid NOT NULL,
    name string(250),
    description text,
    reference json_document NOT NULL,
    "interval" float NOT NULL,
    callback_def json_document NOT NULL,
    CONSTRAINT deadline_alert_pkey PRIMARY KEY (id)
);
ALTER TABLE deadline ADD COLUMN deadline_alert_id uuid;
ALTER TABLE deadline ADD COLUMN created_at utc_timestamp;
ALTER TABLE deadline ADD COLUMN last_updated_at utc_timestamp;
ALTER TABLE deadline ADD CONSTRAINT deadline_deadline_alert_id_fkey FOREIGN KEY (deadline_alert_id) REFERENCES deadline_alert (id) ON DELETE SET NULL;
-- @batch
UPDATE deadline SET created_at = now_utc(), last_updated_at = now_utc();
ALTER TABLE deadline ALTER COLUMN created_at SET NOT NULL;
ALTER TABLE deadline ALTER COLUMN last_updated_at SET NOT NULL;
ALTER TABLE deadline_alert ADD CONSTRAINT deadline_alert_serialized_dag_id_fkey FOREIGN KEY (serialized_dag_id) REFERENCES serialized_dag (id) ON DELETE CASCADE;
-- The document of a version is data_compressed, inflated, where that is neither NULL nor empty, and data otherwise.
-- deadline_alerts(data, compressed) lists the usable alerts under its dag.deadline (a list, or a single one) as objects with the
-- members reference, interval and callback: objects that have all three (or whose __var has), with an interval that Python's
-- float() takes. It prints reference and callback as json.dumps(sort_keys=True) does, the interval as repr(float).
-- dag_hash_with_deadline(data, compressed, list) is Airflow's hash of the document with the list in the place of dag.deadline;
-- compressed_with_deadline(compressed, list) that document printed as json.dumps does (order kept) and deflated, NULL or empty
-- where compressed is; has_deadline_ids(data, compressed) says that dag.deadline is a list of strings, and not an empty one.
-- A row for every usable alert of every version of a DAG. A millisecond between the alerts of one DAG keeps the order of their
-- ids the order of the list.
-- @only postgres
INSERT INTO deadline_alert (id, created_at, serialized_dag_id, reference, "interval", callback_def)
SELECT uuid_v7(now_utc() + a.n * interval '1 millisecond', 'deadline_alert', s.id, a.n), s.created_at, s.id,
    a.alert -> 'reference', (a.alert ->> 'interval')::double precision, a.alert -> 'callback'
FROM serialized_dag s CROSS JOIN LATERAL json_array_elements(deadline_alerts(s.data, s.data_compressed)) WITH ORDINALITY AS a(alert, n);
-- JSON_TABLE() takes no subquery that refers to another table, and the look-up is one.
-- @only mysql
INSERT INTO deadline_alert (id, created_at, serialized_dag_id, reference, "interval", callback_def)
SELECT uuid_v7(now_utc() + a.n * interval '1 millisecond', 'deadline_alert', s.id, a.n), s.created_at, s.id,
    a.alert -> 'reference', (a.alert ->> 'interval')::double precision, a.alert -> 'callback'
FROM serialized_dag s CROSS JOIN LATERAL (SELECT deadline_alerts(s.data, s.data_compressed) AS alerts) d
    CROSS JOIN LATERAL json_array_elements(d.alerts) WITH ORDINALITY AS a(alert, n);
-- In the document the list of ids takes the place of the alerts; the hash follows.
UPDATE serialized_dag SET
    dag_hash = dag_hash_with_deadline(data, data_compressed, a.ids),
    data = CASE WHEN coalesce(length(data_compressed), 0) > 0 THEN data ELSE jsonb_set(data, '{dag,deadline}', a.ids::jsonb) END,
    data_compressed = compressed_with_deadline(data_compressed, a.ids)
FROM (SELECT serialized_dag_id, json_agg(id::uuid36 ORDER BY id) AS ids FROM deadline_alert GROUP BY serialized_dag_id) a
WHERE a.serialized_dag_id = serialized_dag.id;
-- Every deadline of a DAG goes to the first alert of the first version that has one.
UPDATE deadline SET deadline_alert_id = (
    SELECT a.id
    FROM dag_run r JOIN serialized_dag s ON s.dag_id = r.dag_id JOIN deadline_alert a ON a.serialized_dag_id = s.id
    WHERE r.id = deadline.dagrun_id ORDER BY s.id, a.id LIMIT 1);

-- downgrade

-- The alerts go back where a list of ids stands. The hash stays what it is, as in Airflow.
UPDATE serialized_dag SET
    data = CASE WHEN coalesce(length(data_compressed), 0) > 0 THEN data ELSE jsonb_set(data, '{dag,deadline}', a.alerts::jsonb) END,
    data_compressed = compressed_with_deadline(data_compressed, a.alerts)
FROM (
    SELECT serialized_dag_id, json_agg(json_build_object(
        '__type', 'deadline_alert',
        '__var', json_build_object(
            'reference', reference,
            'interval', CASE WHEN "interval"::text ~ '^-?[0-9]+$' THEN ("interval"::text || '.0')::json ELSE to_json("interval") END,
            'callback', callback_def)) ORDER BY id) AS alerts
    FROM deadline_alert GROUP BY serialized_dag_id) a
WHERE a.serialized_dag_id = serialized_dag.id AND has_deadline_ids(data, data_compressed);
ALTER TABLE deadline DROP CONSTRAINT deadline_deadline_alert_id_fkey;
ALTER TABLE deadline DROP COLUMN deadline_alert_id;
ALTER TABLE deadline DROP COLUMN last_updated_at;
ALTER TABLE deadline DROP COLUMN created_at;
ALTER TABLE deadline_alert DROP CONSTRAINT deadline_alert_serialized_dag_id_fkey;
DROP TABLE deadline_alert;
