/* SPDX-License-Identifier: Apache-2.0
 *
 * shadow_internal.h - what the files of the migration beside the tables share; nothing else
 * includes it.
 */
#ifndef AIRSHIFT_MIGRATE_SHADOW_INTERNAL_H
#define AIRSHIFT_MIGRATE_SHADOW_INTERNAL_H

#include "compiler/shadow.h"
#include "migrate/migrate.h"
#include "migrate/shadow_state.h"

struct shadow_run {
    const struct migrate_options *options;
    struct migrate_result *result;
    struct connection *connection; /* in Airflow's database */
    struct connection *session;    /* in the shadow database */
    struct url url;                /* of the shadow database */
    struct arena *arena;
    struct shadow_state state;
    const char *live_schema;
    const char *new_schema;
    const char *old_schema;
    struct plan plan;
    struct shadow shadow;
    struct list done;         /* const char * */
    struct list kept_indexes; /* const char *: for the plan */
    bool is_resumed;
    struct err *err;
};

/* --- shadow_build.c --- */

/* Runs SQL in the shadow database and logs it for --verbose. */
int shadow_sql(struct shadow_run *run, const char *text);

const char *shadow_quoted(struct shadow_run *run, const char *name);

/* Makes statistics of tables of the session's database. */
int shadow_analyze(struct shadow_run *run, struct connection *connection,
                   const struct list *tables);

/* Makes and fills the new tables, from where an earlier run was broken off. */
int shadow_build(struct shadow_run *run);

/* --- shadow_swap.c --- */

/* A live table that was written to since the run began: NULL where there is none, "" where the
 * server cannot know. */
int shadow_find_written(struct shadow_run *run, const char **table);

/* Exchanges the tables. ERR_STATE where one was written to: nothing is exchanged then. */
int shadow_swap(struct shadow_run *run);

#endif
