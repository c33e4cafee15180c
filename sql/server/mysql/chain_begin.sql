-- A new run: seed, start, whether Airflow itself takes the source to the target without a stop, whether it is a downgrade.
INSERT IGNORE INTO airshift_chain (one, seed, run_start, is_direct, goes_back) VALUES (1, $1, $2, $3, $4);
