/* SPDX-License-Identifier: Apache-2.0
 *
 * simulate.h - applies revisions to a catalog in memory, and keeps for every table how each
 * of its rows comes about from the live rows (the row program; rows.h).
 *
 * Nothing here talks to a server.
 */
#ifndef AIRSHIFT_COMPILER_SIMULATE_H
#define AIRSHIFT_COMPILER_SIMULATE_H

#include "catalog/model.h"
#include "compiler/lower.h"
#include "compiler/revision.h"
#include "dialect.h"

struct simulation {
    struct arena *arena;
    struct catalog *catalog;
    const struct dialect *dialect;
    struct lowering *lowering;  /* borrowed; needed with rows */
    const char *target_version; /* for `@from` and `@before`; NULL: none hold */
    bool
        is_direct; /* Airflow 3 itself takes the source; else the way is through 2.11 */
    bool with_rows; /* fold data statements too; without, only the catalog is kept */
    /* Answers "@if rows"; NULL: no rows. Only the chain executor can ask the server. */
    bool (*has_rows)(void *context, const char *relation_and_condition);
    void *has_rows_context;
    /* Whether a FROM item over the live tables has rows, for `@nonempty`. Set by who folds. */
    int (*relation_has_rows)(void *context, const char *relation, bool *has_rows,
                             struct err *err);
    void *relation_context;
    struct list late;           /* const struct statement *: `@late`, in their order */
    struct list sequence_syncs; /* struct sequence *: set to max(column) at the end */
};

/* Begins with every live table's rows being themselves. */
int simulation_start(struct simulation *simulation, struct arena *arena,
                     struct catalog *catalog, const struct dialect *dialect,
                     bool with_rows, struct err *err);

/* Applies one statement, if its directives hold. *applies tells whether they did; may be
 * NULL. */
int simulation_apply(struct simulation *simulation, const struct statement *statement,
                     bool *applies, struct err *err);

/* Whether the statement's directives hold for the catalog as it is now. */
bool simulation_holds(const struct simulation *simulation,
                      const struct statement *statement);

/* The type's own name in the dialect ("character varying(250)"); NULL on error. */
const char *simulation_type(const struct simulation *simulation,
                            const PgQuery__TypeName *type, struct err *err);

#endif
