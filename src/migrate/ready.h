/* SPDX-License-Identifier: Apache-2.0
 *
 * ready.h - what stands in the way of a migration on a server where nothing can be taken
 * back: settings, rows, and keys that the server would refuse half-way. It is asked, and
 * computed, before the first change. What is asked is the dialect's: the statements
 * sql/server/<dialect>/ready_*.sql, where it has them.
 */
#ifndef AIRSHIFT_MIGRATE_READY_H
#define AIRSHIFT_MIGRATE_READY_H

#include "catalog/model.h"
#include "compiler/revision.h"
#include "dialect.h"

struct ready {
    struct connection *connection;
    struct arena *arena;
    struct list demands; /* struct ready_demand *: settings that could not be changed */
    struct list collations; /* struct ready_collation * */
    struct list told;       /* const char *: keys that are told of */
    struct list problems;   /* struct ready_problem * */
};

/* Changes the session's settings where they must be others and the user may. */
int ready_settle(struct connection *connection, struct err *err);

/* The same, but notes what cannot be changed; reads how the tables compare text. */
int ready_begin(struct ready *ready, struct connection *connection, struct arena *arena,
                const char *schema, struct err *err);

/* A part of the SQL that is going to be sent. */
void ready_look_at_sql(struct ready *ready, const char *sql);

/* The catalog as it will be after a revision: its foreign keys must be between columns that
 * compare alike, its keys not too long. */
void ready_look_at_keys(struct ready *ready, const struct catalog *catalog,
                        const char *revision);

/* Looks at the rows of those tables that `is_airflows` holds for. `steps`: struct revision *,
 * what is going to be applied. */
int ready_look_at_rows(struct ready *ready, const char *schema,
                       const struct list *steps,
                       bool (*is_airflows)(void *context, const char *table),
                       void *context, struct err *err);

/* An error (ERR_DATA) where something was found: all of it, the first as the error. */
int ready_end(struct ready *ready, bool is_untouched, struct err *err);

#endif
