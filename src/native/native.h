/* SPDX-License-Identifier: Apache-2.0
 *
 * native.h - fills the side table of a function that the tool itself computes: every
 * call that occurs in the data is computed once and stored under the digest of its
 * arguments.
 */
#ifndef AIRSHIFT_NATIVE_NATIVE_H
#define AIRSHIFT_NATIVE_NATIVE_H

#include <stdbool.h>

#include "dialect.h"
#include "pickle/fernet.h"

/* All borrowed. Zeros are good for everything but function, table and gather. */
struct native_job {
    const struct url *url; /* where the arguments are read, in a session of its own;
                            * NULL: on the very session that the table is filled on, for
                            * code whose own transaction has changed what is read */
    const char *function;  /* "unpickle_json" */
    const char *table;     /* of the columns digest, output, problem, example; quoted */
    const char *gather;    /* a query of the distinct calls: a1 ... an, digest */
    const struct fernet *fernet; /* for the kwargs; NULL: no encryption */
    bool has_quarantine;  /* kwargs that cannot be converted are problems as any other,
                           * with the output NULL, which no row can have: their rows are
                           * then set aside. Not where not one token can be decrypted:
                           * that is a wrong key, and an error. */
    const char *settings; /* SET ... to run in the session of `url` first; or NULL */
    const char *group;    /* that this session joins (sql_join_group()); or NULL */
    double lock_timeout_seconds; /* in that session; 0: for ever */
};

/*
 * Empties the table and fills it, in the transaction that `connection` is in; it
 * neither begins nor ends one. `job` is a struct native_job: the signature is that of
 * job.run.
 *
 * The session of `url` is READ ONLY, and turns what sql_set_idle() put on `connection`
 * while it waits. Memory does not grow with the number of calls. Without a `url` what
 * is computed goes through a temporary file where it is large.
 *
 * `problem` says why a value cannot be converted; `output` is NULL then, but for what
 * evaluate.h says; `example` is NULL. Rows come in the order of their digests, a second
 * one with the same digest is dropped.
 *
 * After an error `connection` may be amid a bulk load: close it. ERR_DATA: a trigger's
 * arguments cannot be converted; the hint speaks of the Fernet key. ERR_STATE: the
 * temporary file. What went wrong in either session is passed on as it is, with its
 * SQLSTATE.
 */
int native_run(struct connection *connection, void *job, struct err *err)
    __attribute__((warn_unused_result));

/*
 * The same without a table: hands out the rows (digest, output, problem, example; a
 * bytea as \x and hexadecimal digits), read on `reader`, which stays busy meanwhile.
 */
int native_compute(struct connection *reader, const struct native_job *job,
                   sql_row_function *function, void *context, struct err *err)
    __attribute__((warn_unused_result));

#endif
