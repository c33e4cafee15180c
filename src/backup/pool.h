/* SPDX-License-Identifier: Apache-2.0
 *
 * pool.h - parts of tables, done by several sessions at once, one thread each: what is
 * read from one is compressed, or hashed, beside the others. The calling thread shows
 * how far they are.
 */
#ifndef AIRSHIFT_BACKUP_POOL_H
#define AIRSHIFT_BACKUP_POOL_H

#include "backup/inventory.h"
#include "engine/progress.h"

struct pool_work {
    const struct url *url; /* borrowed */
    const char *purpose;   /* of the sessions */
    const char *phase;     /* for the display: "back up" */
    unsigned workers;      /* sessions */
    enum progress_style style;
    /* Which tables are done; NULL: all. */
    bool (*takes)(const struct backup_table *table);
    /* As many as workers, which stay the caller's; NULL: the workers open their own. */
    struct connection **sessions;
    /* Prepares a session; NULL: nothing to prepare. */
    int (*begin)(void *context, struct connection *connection, struct err *err);
    /* Does one part that is not done. Called by several threads at once. */
    int (*run)(void *context, struct connection *connection, struct backup_part *part,
               struct err *err);
    void *context;
};

/* Does all parts. After the first error the others stop, and that one is returned. */
int pool_run(struct inventory *inventory, const struct pool_work *work, struct err *err)
    __attribute__((warn_unused_result));

#endif
