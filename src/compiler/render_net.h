/* SPDX-License-Identifier: Apache-2.0
 *
 * render_net.h - what a whole chain of revisions makes of a table, as few statements on an
 * empty copy of the live one. For servers with a grammar of their own.
 */
#ifndef AIRSHIFT_COMPILER_RENDER_NET_H
#define AIRSHIFT_COMPILER_RENDER_NET_H

#include "compiler/simulate.h"

/* Takes the foreign keys of a copy away. To be done for all tables before anything else: they
 * stand on each other's keys. */
void render_net_drop_foreign_keys(struct simulation *simulation,
                                  const struct table *live, struct list *sql);

/* Adds the statements that turn a copy of `live`, by that name and with all it has but its
 * foreign keys, into `target` without foreign keys; with `live` NULL, those that create it. With `leaves_keys`
 * it ends without the keys that render_net_keys() adds. */
int render_net_table(struct simulation *simulation, const struct table *live,
                     const struct table *target, bool leaves_keys, struct list *sql,
                     struct err *err);

/* Whether the chain leaves the definition of a live table alone, foreign keys included. */
int render_net_is_same(struct simulation *simulation, const struct table *live,
                       const struct table *target, bool *is_same, struct err *err);

/* Whether the table can do without its keys while it is filled: all but the primary one. */
bool render_net_can_leave_keys(const struct table *target);

/* The columns of an index, "(`a`, `b` DESC)". */
const char *render_net_index(struct simulation *simulation, const struct index *index,
                             struct err *err);

/* One ALTER TABLE that adds the keys and indexes but the primary one. */
int render_net_keys(struct simulation *simulation, const struct table *target,
                    struct list *sql, struct err *err);

/* One ALTER TABLE that adds the foreign keys. Tables that are not in `here` (struct table *)
 * are named with the schema `elsewhere`. */
int render_net_foreign_keys(struct simulation *simulation, const struct table *target,
                            const struct list *here, const char *elsewhere,
                            struct list *sql, struct err *err);

#endif
