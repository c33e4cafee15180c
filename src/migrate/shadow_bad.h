/* SPDX-License-Identifier: Apache-2.0
 *
 * shadow_bad.h - rows that the new tables do not take. They are counted for each copy until the
 * run fails with all of them, or with a hundred; with --quarantine each is set aside instead.
 */
#ifndef AIRSHIFT_MIGRATE_SHADOW_BAD_H
#define AIRSHIFT_MIGRATE_SHADOW_BAD_H

#include <stdbool.h>

#include "compiler/shadow.h"

struct shadow_bad; /* safe for several threads, each with a session of its own */

/* `aside` is the shadow database, where rows are to be set aside; else NULL. Both must outlive
 * it. No lock is waited for longer than that. */
struct shadow_bad *shadow_bad_new(const struct shadow *shadow, const struct url *aside,
                                  double lock_timeout_seconds);
void shadow_bad_free(struct shadow_bad *bad); /* accepts NULL */

/* An item has failed for that reason on the rows of this condition, or on all where it has no
 * ranges. Finds its bad rows and counts them; takes back whatever it copied. -1 where it fails
 * otherwise meanwhile. */
int shadow_bad_find(struct shadow_bad *bad, const struct shadow_item *item,
                    struct connection *connection, double lock_timeout_seconds,
                    const char *condition, struct err *err)
    __attribute__((warn_unused_result));

/* Counts rows that fail together, for a reason that says how many: they cannot be set aside. */
void shadow_bad_add(struct shadow_bad *bad, const struct shadow_item *item,
                    const struct err *reason);

/* Whether an item of this kind found any. */
bool shadow_bad_has(struct shadow_bad *bad, enum shadow_kind kind);

/* Whether there are so many that no more are looked for. */
bool shadow_bad_is_enough(struct shadow_bad *bad);

/* Says all that were counted, the last as the error (ERR_DATA): -1; else how many rows of which
 * table were set aside: 1; 0 where there is no bad row. */
int shadow_bad_report(struct shadow_bad *bad, struct err *err);

#endif
