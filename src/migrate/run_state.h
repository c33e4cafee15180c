/* SPDX-License-Identifier: Apache-2.0
 *
 * run_state.h - what the database itself remembers of a migration under way, so that the
 * same command goes on after a kill -9: schema PLAN_STATE_SCHEMA, table run (one row).
 */
#ifndef AIRSHIFT_MIGRATE_RUN_STATE_H
#define AIRSHIFT_MIGRATE_RUN_STATE_H

#include <stdbool.h>

#include "base/arena.h"
#include "dialect.h"

enum run_phase {
    RUN_NONE,    /* nothing is recorded */
    RUN_BUILD,   /* new tables are being built; the database is at its old version */
    RUN_SWAPPED, /* the database is at the new version; validation may be left */
};

struct run_state {
    enum run_phase phase;
    const char *seed;
    const char *run_start;
    const char *source;
    const char *target;
    const char *digest;   /* of the plan */
    const char *executor; /* "fused", "chain" */
    bool is_dirty;        /* a live table was written since the build began */
};

/* Reads the state, if there is any. */
int run_state_read(struct connection *connection, struct arena *arena,
                   struct run_state *state, struct err *err);

/* Fills seed and run_start of a new run. */
int run_state_invent(struct connection *connection, struct arena *arena,
                     struct run_state *state, struct err *err);

/* Creates schema and tables and writes the row. */
int run_state_begin(struct connection *connection, const struct run_state *state,
                    struct err *err);

/* Says what a role needs, where beginning failed for want of a privilege. */
void run_state_explain(struct err *err);

/* In the caller's transaction. */
int run_state_set_digest(struct connection *connection, const char *digest,
                         struct err *err);
int run_state_set_swapped(struct connection *connection, struct err *err);

/* Removes the build schema and early indexes of an abandoned build, and the state. */
int run_state_discard(struct connection *connection, struct err *err);

/* Removes all traces after a finished run. */
int run_state_end(struct connection *connection, struct err *err);

#endif
