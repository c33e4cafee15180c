/* SPDX-License-Identifier: Apache-2.0
 *
 * chain_internal.h - what the files of the chain executor share; nothing else includes it.
 */
#ifndef AIRSHIFT_MIGRATE_CHAIN_INTERNAL_H
#define AIRSHIFT_MIGRATE_CHAIN_INTERNAL_H

#include "compiler/plan.h"
#include "migrate/migrate.h"
#include "migrate/run_state.h"

struct chain_run {
    const struct migrate_options *options;
    struct connection *connection;
    struct throttle *throttle;
    struct arena *arena;
    struct plan plan; /* routes only */
    struct simulation simulation;
    struct lowering lowering;
    struct run_state state;
    const char *schema;
    const char *owner; /* of Airflow's tables; NULL where that is not known */
    bool was_begun;    /* an earlier run was broken off */
    const char *resumed_revision; /* NULL: none */
    size_t resumed_statement;
    long long resumed_block;
    struct err *err;
};

/* Runs SQL on the run's session and logs it for --verbose. */
int chain_sql(struct chain_run *run, const char *sql);

/* --- chain_batch.c --- */

enum { CHAIN_BATCH_MIN_PAGES = 2048 }; /* smaller tables are updated in one go */

/* The size of a table in blocks; -1 on error. */
long long chain_pages(struct chain_run *run, const char *table);

/* Notes in the present transaction where a batched backfill is. */
int chain_remember(struct chain_run *run, const struct revision *revision,
                   size_t statement, long long block);

/* The UPDATE `tree` from `block` on. The revision so far has been committed; each range is
 * its own transaction. */
int chain_run_batches(struct chain_run *run, const struct revision *revision,
                      size_t position, const ast_node *tree, long long pages,
                      long long block);

/* --- chain_step.c --- */

/* For the simulation: whether a FROM item with its condition finds rows. */
bool chain_has_rows(void *context, const char *relation_and_condition);

/* One statement of a list, if its directives hold. `revision` is NULL outside of one: there
 * nothing is batched. */
int chain_run_statement(struct chain_run *run, const struct revision *revision,
                        const struct list *statements, size_t position);

/* Writes the version table for `position` in the present transaction. */
int chain_stamp(struct chain_run *run, const struct route *route, size_t position);

/* One revision in its transaction, from where an earlier run was broken off in it. */
int chain_run_revision(struct chain_run *run, const struct route *route,
                       struct revision *revision);

/* --- chain_journal.c --- */

/* chain_run() where DDL cannot be rolled back. */
int chain_run_journalled(const struct migrate_options *options,
                         struct migrate_result *result, struct connection *connection,
                         struct err *err);

/* --- chain_state.c --- */

/* Makes the tables that remember a run, settles which way it takes, and reads where an earlier
 * one was broken off. */
int chain_start_state(struct chain_run *run);

/* Notes the foreign keys before the first revision. */
int chain_note_user_keys(struct chain_run *run);

/* Puts back those of the user's own that fell with a key of Airflow's. */
int chain_restore_user_keys(struct chain_run *run);

#endif
