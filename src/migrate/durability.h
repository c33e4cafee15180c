/* SPDX-License-Identifier: Apache-2.0
 *
 * durability.h - a server that does not force its writes to disk while a migration works,
 * and does again afterwards. Only for a server that nobody else uses and that may be lost:
 * if its machine (not merely its process) dies meanwhile, its files may be torn.
 */
#ifndef AIRSHIFT_MIGRATE_DURABILITY_H
#define AIRSHIFT_MIGRATE_DURABILITY_H

#include "dialect.h"

/* Defers it. What it was is written to the database first, so that the next run finds it
 * after a kill. Safe to repeat. ERR_UNSUPPORTED, with nothing changed, where the role or
 * the server does not allow it. */
int durability_defer(struct connection *connection, struct err *err);

/* For each session that works while it is deferred: whatever of that is a session's own. Does
 * nothing where it is not deferred. */
int durability_settle_session(struct connection *connection, struct err *err);

/* Restores it and forces everything to disk; does nothing where it is not deferred. Safe
 * to repeat after a kill at any point. */
int durability_restore(struct connection *connection, struct err *err);

/* Whether a run deferred it and did not restore it yet. */
int durability_is_deferred(struct connection *connection, bool *is_deferred,
                           struct err *err);

#endif
