/* SPDX-License-Identifier: Apache-2.0
 *
 * aside.h - rows that --quarantine sets aside, PLAN_STATE_SCHEMA.aside: a row goes out of
 * every table that is made of it, together with all rows that refer to it.
 *
 * A migration with such rows is made in rounds. The engine sets refused rows aside; then one
 * transaction adds what refers to them, applies all of them and removes what was built; the
 * next plan leaves them out.
 */
#ifndef AIRSHIFT_MIGRATE_ASIDE_H
#define AIRSHIFT_MIGRATE_ASIDE_H

#include "compiler/plan.h"

struct aside {
    struct list relations; /* const char *: live tables with rows that are applied */
    bool has_pending;      /* some are not applied yet: a round was broken off */
};

/* Reads them. The state schema must be there. */
int aside_read(struct connection *connection, struct arena *arena, struct aside *aside,
               struct err *err);

/* Sets rows aside that only together with others do not fit: rows of new foreign keys that refer
 * to none, and of rows with one key all but the first. What is cheap to look for, or
 * `everything`. The number of rows, or -1. */
long long aside_find(struct connection *connection, const struct url *url,
                     struct plan *plan, bool everything, struct err *err);

/* In the caller's transaction, the end of a round. `plan` is the one that was built. */
int aside_apply(struct connection *connection, struct plan *plan, struct err *err);

/* In the caller's transaction: adds the rows that refer to rows set aside, by those references
 * (struct plan_reference *), until there are no more; to rows that are applied, too, where
 * `with_applied`. */
int aside_follow(struct connection *connection, struct plan *plan,
                 const struct list *references, bool with_applied, struct err *err);

/* The live tables with rows that are set aside, applied or not. */
int aside_names(struct connection *connection, struct arena *arena, struct list *names,
                struct err *err);

/* In the caller's transaction, for an executor that works in the tables themselves: takes all
 * rows that are set aside out of them, with what refers to them by a foreign key of the live
 * database, and keeps them in the same way. The number of rows, or -1. */
long long aside_move(struct connection *connection, struct plan *plan, struct err *err);

/* In the swap: keeps the rows in _airshift_quarantine__TABLE, with the reason of each. The
 * number of rows, or -1. */
long long aside_keep(struct connection *connection, struct plan *plan, struct err *err);

#endif
