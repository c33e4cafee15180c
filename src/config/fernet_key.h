/* SPDX-License-Identifier: Apache-2.0
 *
 * fernet_key.h - finds Airflow's Fernet key where Airflow does: the environment
 * variable AIRFLOW__CORE__FERNET_KEY, then [core] fernet_key of airflow.cfg. It runs no
 * command (fernet_key_cmd) and asks no secrets backend (fernet_key_secret): where
 * Airflow would, it fails and says so.
 */
#ifndef AIRSHIFT_CONFIG_FERNET_KEY_H
#define AIRSHIFT_CONFIG_FERNET_KEY_H

#include "base/err.h"

enum fernet_key_origin {
    FERNET_KEY_NOT_SET,
    FERNET_KEY_ENVIRONMENT,
    FERNET_KEY_FILE,
};

struct fernet_key {
    enum fernet_key_origin origin;
    char *keys; /* as fernet_new() takes them; never NULL, "" is "do not encrypt" */
    char *path; /* airflow.cfg, whether it is there or not; never NULL */
};

/*
 * Fills `key`. The file is `config_path` or, where that is NULL, $AIRFLOW_CONFIG, or
 * $AIRFLOW_HOME/airflow.cfg, or ~/airflow/airflow.cfg; one that is not there is an
 * error only where it was given. Fails with ERR_CONFIG; nothing is to be cleared then.
 */
int fernet_key_read(const char *config_path, struct fernet_key *key, struct err *err)
    __attribute__((warn_unused_result));

/* Wipes and frees. */
void fernet_key_clear(struct fernet_key *key);

#endif
