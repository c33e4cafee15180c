/* SPDX-License-Identifier: Apache-2.0
 *
 * shadow_state.h - what the shadow databases remember of a fused run where DDL cannot be
 * rolled back, so that the same command goes on after a kill -9.
 */
#ifndef AIRSHIFT_MIGRATE_SHADOW_STATE_H
#define AIRSHIFT_MIGRATE_SHADOW_STATE_H

#include <stdbool.h>

#include "base/arena.h"
#include "dialect.h"
#include "migrate/run_state.h"

enum shadow_phase {
    SHADOW_NONE,    /* there is no shadow database, or nothing of a run in it */
    SHADOW_BUILD,   /* new tables are made; the live ones are untouched */
    SHADOW_SWAPPED, /* the new tables are live; the old ones are to be removed */
};

struct shadow_state {
    enum shadow_phase phase;
    const char *seed;
    const char *run_start;
    const char *source; /* versions, for a person */
    const char *target;
    size_t items; /* that several sessions share */
    const char *digest;
};

/* Looks at both databases from any session. ERR_STATE where one is there that is not of
 * airshift's making. */
int shadow_state_look(struct connection *connection, const char *new_schema,
                      const char *old_schema, struct shadow_state *state,
                      struct err *err);

/* Whether a database has a table, from any session. */
int shadow_has_table(struct connection *connection, const char *schema,
                     const char *name, bool *has, struct err *err);

/* What a run that is under way or was broken off tells of itself, from any session of
 * Airflow's database: `state` as with the other executors, and how many items are done. */
int shadow_state_describe(struct connection *connection, struct arena *arena,
                          struct run_state *state, long long *done, long long *items,
                          struct err *err);

/* Makes the shadow database like the live one; nothing where it is there. */
int shadow_state_create(struct connection *connection, const char *live_schema,
                        const char *new_schema, struct err *err);

/* Opens a session for work in the shadow database; no lock is waited for longer than that. */
struct connection *shadow_state_connect(const struct url *url, const char *purpose,
                                        double lock_timeout_seconds, struct err *err);

/* The functions below want a session whose database is the shadow. */

/* Reads the run into a state of phase SHADOW_BUILD. */
int shadow_state_read(struct connection *connection, struct arena *arena,
                      struct shadow_state *state, struct err *err);

/* Makes the tables that remember. */
int shadow_state_prepare(struct connection *connection, struct err *err);

/* Writes the run: from here on it can be gone on with. */
int shadow_state_begin(struct connection *connection, const struct shadow_state *state,
                       struct err *err);

/* Notes an item as done, in the present transaction. */
int shadow_state_done(struct connection *connection, const char *item, struct err *err);

/* What is done: const char *. */
int shadow_state_read_done(struct connection *connection, struct arena *arena,
                           struct list *done, struct err *err);

#endif
