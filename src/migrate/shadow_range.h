/* SPDX-License-Identifier: Apache-2.0
 *
 * shadow_range.h - a big table cut into ranges of its primary key while it is copied, so that
 * each range is a transaction of its own and none is done twice.
 *
 * The end of a range is looked for when a worker asks for it, and noted before its rows are
 * copied: which rows a range has does not depend on who copies it, or when.
 */
#ifndef AIRSHIFT_MIGRATE_SHADOW_RANGE_H
#define AIRSHIFT_MIGRATE_SHADOW_RANGE_H

#include <pthread.h>
#include <stdbool.h>

#include "base/strbuf.h"
#include "compiler/shadow.h"

struct shadow_ranges; /* of one copy */

/* Reads what an earlier run noted. The session's database is the shadow. */
struct shadow_ranges *shadow_ranges_new(struct connection *connection,
                                        const struct shadow_item *item,
                                        struct err *err);
void shadow_ranges_free(struct shadow_ranges *ranges); /* accepts NULL */

/* The next range to copy: its number, and its condition on the rows. *is_over where there is
 * none left. Safe for several threads, each with a session of its own. */
int shadow_ranges_take(struct shadow_ranges *ranges, struct connection *connection,
                       int *number, struct strbuf *condition, bool *is_over,
                       struct err *err);

/* The condition of a copy that is done in one go. */
void shadow_range_add_all(struct strbuf *condition);

/* What finds bad rows works with. Both want -1 and an error to end the search. */
struct shadow_probe {
    /* Copies the rows of a condition. A copy that fails leaves nothing; one that does not is
     * kept while others are tried, or rows that fail beside others would not be found. */
    int (*copy)(void *context, const char *condition, struct err *err);
    /* Is told of a row that fails: its condition, its key ("id=5"), the server's reason. */
    int (*found)(void *context, const char *condition, const char *key,
                 const struct err *reason, struct err *err);
    void *context;
};

/* A copy of the rows of this condition has failed for that reason. Finds each row that fails,
 * by copying halves. */
int shadow_range_find_bad(const struct shadow_item *item, struct connection *connection,
                          const struct shadow_probe *probe, const char *rows,
                          const struct err *reason, struct err *err);

/* Notes a range as copied, in the present transaction. */
int shadow_ranges_done(const struct shadow_ranges *ranges,
                       struct connection *connection, int number, struct err *err);

#endif
