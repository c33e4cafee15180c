/* SPDX-License-Identifier: Apache-2.0
 *
 * airflow_option.h - finds one of Airflow's options where Airflow does: the environment
 * variable AIRFLOW__SECTION__NAME, then [section] name of airflow.cfg. It runs no command
 * (NAME_cmd) and asks no secrets backend (NAME_secret): where Airflow would, it fails and
 * says so.
 */
#ifndef AIRSHIFT_CONFIG_AIRFLOW_OPTION_H
#define AIRSHIFT_CONFIG_AIRFLOW_OPTION_H

#include "base/err.h"

enum { AIRFLOW_OPTION_SECTIONS = 2 };

struct airflow_option_spec {
    const char *sections[AIRFLOW_OPTION_SECTIONS]; /* the first counts; may be NULL */
    const char *name;
    const char *what; /* for a person: "the Fernet key" */
};

extern const struct airflow_option_spec airflow_option_fernet_key;
extern const struct airflow_option_spec airflow_option_database_url;

enum airflow_option_origin {
    AIRFLOW_OPTION_NOT_SET,
    AIRFLOW_OPTION_ENVIRONMENT,
    AIRFLOW_OPTION_FILE,
};

struct airflow_option {
    enum airflow_option_origin origin;
    char *value; /* a secret, maybe; never NULL, "" where it is not set */
    char *path;  /* airflow.cfg, whether it is there or not; never NULL */
};

/*
 * Fills `option`. The file is `config_path` or, where that is NULL, $AIRFLOW_CONFIG, or
 * $AIRFLOW_HOME/airflow.cfg, or ~/airflow/airflow.cfg; one that is not there is an
 * error only where it was given. Fails with ERR_CONFIG; nothing is to be cleared then.
 */
int airflow_option_read(const struct airflow_option_spec *spec, const char *config_path,
                        struct airflow_option *option, struct err *err)
    __attribute__((warn_unused_result));

/* Wipes and frees. */
void airflow_option_clear(struct airflow_option *option);

#endif
