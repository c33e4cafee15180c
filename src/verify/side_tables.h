/* SPDX-License-Identifier: Apache-2.0
 *
 * side_tables.h - what the migration computes and no SQL can, for the rows of a database that
 * stays as it is: in temporary tables of one session, or, on a replica that takes none, in
 * settings of the session.
 */
#ifndef AIRSHIFT_VERIFY_SIDE_TABLES_H
#define AIRSHIFT_VERIFY_SIDE_TABLES_H

#include "compiler/plan.h"

struct side_tables {
    struct plan *plan;
    struct connection *connection; /* of the unmigrated database */
    struct arena *arena;
    size_t *copies; /* of each of plan->lowering.natives; by side_tables_fill() */
};

/* Makes and fills all of them. ERR_UNSUPPORTED where more would go into a setting than a
 * server takes. */
int side_tables_fill(struct side_tables *tables, struct err *err)
    __attribute__((warn_unused_result));

/* The statement as the session can run it: where a temporary table can be named once only, a
 * copy of it is made for each further time. NULL with `err` filled. */
const char *side_tables_reach(struct side_tables *tables, const char *sql,
                              struct err *err);

#endif
