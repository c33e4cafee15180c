/* SPDX-License-Identifier: Apache-2.0
 *
 * pgbouncer.h - the admin console of a PgBouncer: what it knows of a database, and the
 * words that hold its clients and let them go. A pause belongs to the pooler and not to
 * the session that asked for it: it lasts until somebody resumes it or the pooler ends.
 */
#ifndef AIRSHIFT_DIALECTS_PGBOUNCER_H
#define AIRSHIFT_DIALECTS_PGBOUNCER_H

#include <stdbool.h>

#include "base/err.h"
#include "dialect.h"
#include "wait.h"

/* An entry of its [databases]. */
struct pgbouncer_database {
    char host[256]; /* "" for the server's socket */
    int port;
    bool is_paused;
    char pool_mode[32]; /* "" where it is the pooler's own */
};

/* A session with the console (the pooler's database "pgbouncer"); sql_close() it. NULL
 * with `err` filled; `*is_running` is then false if nothing listens there, so that there
 * is no pooler that could hold a client. */
struct connection *pgbouncer_open(const struct url *url, bool *is_running,
                                  struct err *err);

/* ERR_CONFIG where the pooler has no such database. */
int pgbouncer_look(struct connection *console, const char *database,
                   const struct deadline *deadline, struct pgbouncer_database *facts,
                   struct err *err) __attribute__((warn_unused_result));

/* The user may do more than look. The database must not be paused. */
int pgbouncer_check_admin(struct connection *console, const char *database,
                          const struct deadline *deadline, struct err *err)
    __attribute__((warn_unused_result));

/* The clients' queries wait from now on; what is under way comes to its end.
 * pgbouncer_poll() tells when: 1, or 0 for not yet, or -1. */
int pgbouncer_begin_pause(struct connection *console, const char *database,
                          struct err *err) __attribute__((warn_unused_result));
int pgbouncer_poll(struct connection *console, struct err *err)
    __attribute__((warn_unused_result));

/* Safe to repeat. */
int pgbouncer_resume(struct connection *console, const char *database,
                     const struct deadline *deadline, struct err *err)
    __attribute__((warn_unused_result));

/* Reads its files again. */
int pgbouncer_reload(struct connection *console, const struct deadline *deadline,
                     struct err *err) __attribute__((warn_unused_result));

struct pgbouncer_settings {
    double client_wait_s; /* a client that waits for longer is dropped; 0: for ever */
    char pool_mode[32];
};

int pgbouncer_get_settings(struct connection *console, const struct deadline *deadline,
                           struct pgbouncer_settings *settings, struct err *err)
    __attribute__((warn_unused_result));

#endif
