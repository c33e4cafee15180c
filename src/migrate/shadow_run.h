/* SPDX-License-Identifier: Apache-2.0
 *
 * shadow_run.h - the fused executor where DDL cannot be rolled back; see compiler/shadow.h.
 */
#ifndef AIRSHIFT_MIGRATE_SHADOW_RUN_H
#define AIRSHIFT_MIGRATE_SHADOW_RUN_H

#include "migrate/migrate.h"

/* Runs or resumes the migration. `connection` holds the migration lock; nobody else may write
 * to the database. The database is at its old version, and untouched, until the swap, and at
 * the new one after it, wherever the process dies. After ERR_DATA nothing is left of the run.
 */
int shadow_run(const struct migrate_options *options, struct migrate_result *result,
               struct connection *connection, struct err *err);

/* The same up to the swap, before the chain executor begins: moves the rows that no new table
 * takes, and what refers to them, from the live tables to archive tables, and removes what was
 * built. A run that was broken off is gone on with. */
int shadow_set_aside(const struct migrate_options *options,
                     struct migrate_result *result, struct connection *connection,
                     struct err *err);

/* Finishes a run that was broken off after its swap, if there is one: any executor may go on
 * from the new version then. */
int shadow_finish_swapped(const struct migrate_options *options,
                          struct connection *connection, struct err *err);

/* Removes what a run that was broken off has built. *was_there tells whether there was one. A
 * run that has swapped is finished instead. */
int shadow_discard(const struct migrate_options *options, struct connection *connection,
                   bool *was_there, struct err *err);

#endif
