/* SPDX-License-Identifier: Apache-2.0
 *
 * natives.h - gives native jobs their C code and what that needs (the Fernet key).
 */
#ifndef AIRSHIFT_MIGRATE_NATIVES_H
#define AIRSHIFT_MIGRATE_NATIVES_H

#include <stdio.h>

#include "compiler/plan.h"

/* Where the Fernet key is; the first that is set counts. */
struct fernet_source {
    const char *key_file;       /* holds the key and nothing else */
    const char *airflow_config; /* an airflow.cfg; NULL: where Airflow looks */
};

/* The jobs of a plan. `url` must outlive the run. The Fernet key is read only when a job
 * needs it. What it makes is freed with natives_detach(). */
struct natives;
struct natives *natives_attach(struct plan *plan, const struct url *url,
                               const struct fernet_source *source, struct err *err);
void natives_detach(struct natives *natives); /* accepts NULL */

/* Makes the side tables of all natives in use and fills them on this session, which is not in
 * a transaction. May be repeated. */
int natives_fill_now(struct lowering *lowering, struct connection *connection,
                     const struct fernet_source *source, struct err *err);

/* For the chain executor: computes what the statement just lowered asks for, in the
 * session's own transaction, and empties the list. Rows it keeps become `owner`'s. */
int natives_run_now(struct lowering *lowering, struct connection *connection,
                    const char *owner, const struct fernet_source *source,
                    struct err *err);

/* Computes what the tool would have to compute of the live rows and has no NULL to give for (the
 * arguments of triggers, which are to be encrypted), and keeps nothing. An error (ERR_DATA)
 * where some cannot be: how many rows, and the key of one. Read only. */
int natives_look_ahead(struct plan *plan, struct connection *connection,
                       const struct fernet_source *source, struct err *err);

/* Whether the function takes the Fernet key. */
bool natives_needs_key(const char *function);

/* Computes one function for all calls in the lowering's natives and hands the rows out
 * (native_compute()); what cannot be converted is a problem with `has_quarantine`, else an
 * error. */
int natives_compute(struct lowering *lowering, const char *function,
                    bool has_quarantine, struct connection *connection,
                    const struct fernet_source *source, sql_row_function *take,
                    void *context, struct err *err);

/* For a script: the rows of a side table as INSERT statements, computed now. The context is
 * a struct natives_print. */
struct natives_print {
    struct lowering *lowering;
    struct connection *connection;
    struct fernet_source source;
};
int natives_print(void *context, const char *function, FILE *out, struct err *err);

#endif
