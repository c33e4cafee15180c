/* SPDX-License-Identifier: Apache-2.0
 *
 * chain.h - the chain executor: revision by revision in the tables themselves, one
 * transaction a revision as Airflow does it. A long backfill is split off into ranges, each
 * committed with its checkpoint. It is the reference the fused executor is held against.
 */
#ifndef AIRSHIFT_MIGRATE_CHAIN_H
#define AIRSHIFT_MIGRATE_CHAIN_H

#include "migrate/migrate.h"

/* The caller holds the migration lock on `connection`. Resumes by itself. */
int chain_run(const struct migrate_options *options, struct migrate_result *result,
              struct connection *connection, struct err *err);

/* Whether a run did a revision and has not ended: even where no revision is left to do, what
 * comes after them is, and only chain_run() knows it (the user's foreign keys that fell, the
 * way it took). */
int chain_is_begun(struct connection *connection, bool *is_begun, struct err *err);

/* The same where DDL cannot be rolled back, of a run in any place. */
int chain_is_journalled(struct connection *connection, bool *is_begun, struct err *err);

/* An error (ERR_STATE) where a chain run was broken off in the middle of a revision, so
 * that no other executor starts from there. */
int chain_is_unfinished(struct connection *connection, struct err *err);

#endif
