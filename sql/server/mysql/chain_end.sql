-- The run is over. The side tables are those of the functions that the tool computes.
DROP TABLE IF EXISTS airshift_native_unpickle_json, airshift_native_encrypt_kwargs, airshift_native_decrypt_kwargs,
    airshift_native_pickle_json, airshift_native_fileloc_hash, airshift_native_deadline_alerts,
    airshift_native_dag_hash_with_deadline, airshift_native_compressed_with_deadline, airshift_native_serialized_dag_v2,
    airshift_native_has_deadline_ids, airshift_chain, airshift_chain_part;
