/* SPDX-License-Identifier: Apache-2.0
 *
 * look.h - what a database and its server say of a migration, at one moment: the state
 * schema, and the sessions that work. Reads only.
 */
#ifndef AIRSHIFT_STATUS_LOOK_H
#define AIRSHIFT_STATUS_LOOK_H

#include <stdbool.h>

#include "engine/progress.h"
#include "migrate/run_state.h"

struct status_session {
    long long pid;
    const char *name; /* application_name */
    const char *role;
    const char *state;     /* the server's word: "active", "idle in transaction" ... */
    double seconds;        /* in that state */
    const char *detail;    /* how far its CREATE INDEX is; "" for none */
    const char *waits_for; /* who stands in its way; "" for nobody */
    bool has_lock;         /* Airflow's migration lock */
};

struct status_look {
    struct arena *arena;  /* owns all that is here */
    struct run_state run; /* of the fused executor */
    bool is_chain;        /* a run of the chain executor is recorded */
    bool is_deferred;     /* durability */
    bool is_at_work;      /* a session of airshift's has the migration lock */
    long long jobs_done;
    long long jobs;
    long long rows; /* copied; negative: not counted */
    struct progress_item *items;
    size_t item_count;
    struct status_session *sessions;
    size_t session_count;
    double replica_lag; /* seconds; negative: the role may not see it */
};

/* Looks; `before` is the look before it, or NULL: rates come from the difference. A
 * migration that ends in the middle of the look is no error. */
int status_look(struct connection *connection, const struct status_look *before,
                struct status_look *look, struct err *err)
    __attribute__((warn_unused_result));
void status_look_clear(struct status_look *look);

/* A migration is under way, or was broken off. */
bool status_is_migration(const struct status_look *look);

#endif
