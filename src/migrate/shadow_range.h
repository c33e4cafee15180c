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

/* A copy has failed on the rows of this condition. Finds the row by copying
 * halves, which `try` does and takes back again, and writes its key ("id=5"); nothing is
 * written where no single row fails by itself. */
typedef int shadow_range_try(void *context, const char *condition, struct err *err);
int shadow_range_find_bad(const struct shadow_item *item, struct connection *connection,
                          shadow_range_try *try, void *context, const char *condition,
                          struct strbuf *found, struct err *err);

/* Notes a range as copied, in the present transaction. */
int shadow_ranges_done(const struct shadow_ranges *ranges,
                       struct connection *connection, int number, struct err *err);

#endif
