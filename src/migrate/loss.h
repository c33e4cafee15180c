/* SPDX-License-Identifier: Apache-2.0
 *
 * loss.h - what a downgrade takes away: the tables and columns of a database that the older
 * version does not have, as far as there is something in them.
 */
#ifndef AIRSHIFT_MIGRATE_LOSS_H
#define AIRSHIFT_MIGRATE_LOSS_H

#include "base/arena.h"
#include "compiler/plan.h"
#include "dialect.h"

struct loss {
    const char *table;
    const char *column; /* NULL: the table goes */
    long long rows;     /* that there are, or that have a value in the column */
};

struct losses {
    struct list items; /* struct loss *, in `arena` */
    size_t revisions;  /* that are undone */
    const char *from;  /* versions */
    const char *to;
};

/* Simulates the revisions backwards and asks the server for what would go. A table or column
 * that comes back under its name (because its type changes) does not count, and neither do
 * rows that a revision deletes one by one. Reads only. */
int loss_find(struct connection *connection, const struct url *url,
              const struct plan_target *target, struct arena *arena,
              struct losses *losses, struct err *err)
    __attribute__((warn_unused_result));

#endif
