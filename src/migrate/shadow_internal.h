/* SPDX-License-Identifier: Apache-2.0
 *
 * shadow_internal.h - what the files of the migration beside the tables share; nothing else
 * includes it.
 */
#ifndef AIRSHIFT_MIGRATE_SHADOW_INTERNAL_H
#define AIRSHIFT_MIGRATE_SHADOW_INTERNAL_H

#include "compiler/shadow.h"
#include "migrate/hold.h"
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
    struct list
        aside; /* const char *: live tables with rows that the plan leaves out */
    bool is_resumed;
    bool finds_only;   /* rows that are refused; there is no swap */
    bool has_differed; /* new rows are not what was computed */
    struct hold *hold; /* in place: keeps others from writing; else NULL */
    struct list
        standins; /* struct trigger *, in place: those that others stand in for */
    struct err *err;
};

/* --- shadow_build.c --- */

/* Runs SQL in the shadow database and logs it for --verbose. */
int shadow_sql(struct shadow_run *run, const char *text);

const char *shadow_quoted(struct shadow_run *run, const char *name);

/* Makes statistics of tables of the session's database. */
int shadow_analyze(struct shadow_run *run, struct connection *connection,
                   const struct list *tables);

/* Makes and fills the new tables, from where an earlier run was broken off. 1 where rows were
 * set aside: the round is to be ended, and all built again. */
int shadow_build(struct shadow_run *run);

/* --- shadow_run.c --- */

/* Tables of this size get their keys after their rows. */
unsigned long long shadow_big_bytes(void);

/* Makes the plan anew, of which run->aside has changed. What stands in its way is said. */
int shadow_plan_again(struct shadow_run *run);

/* --- shadow_aside.c --- */

/* Reads which tables have rows aside; *has_found where some are not applied yet. */
int shadow_aside_read(struct shadow_run *run, bool *has_found);

/* Sets rows aside that only together with others do not fit: rows of new foreign keys that refer
 * to none, and of rows with one key all but the first. What is cheap to look for, or
 * `everything`. The number of rows, or -1. */
long long shadow_aside_find(struct shadow_run *run, bool everything);

/* Applies the rows that were found, with all that refer to them: the plan leaves them out, and
 * everything is to be built again. */
int shadow_aside_end_round(struct shadow_run *run);

/* Applies rows that were found, with all that refer to them, where nothing more is built. */
int shadow_aside_apply(struct shadow_run *run);

struct shadow_archive {
    const char *of;   /* the live table */
    const char *from; /* of the shadow database */
    const char *to;   /* of Airflow's */
    long long rows;
};

/* What the swap makes of the rows set aside (struct shadow_archive *). */
int shadow_aside_name_archives(struct shadow_run *run, struct list *archives);

/* --- shadow_trigger.c --- */

/* Notes the triggers of the tables that are exchanged, of which each fits its new table, still
 * empty; ERR_DATA where one does not. */
int shadow_triggers_note(struct shadow_run *run);

/* Takes them away from the live tables, right before the exchange. */
int shadow_triggers_drop(struct shadow_run *run);

/* Makes those that are missing again: on the new tables after the exchange, else on the old
 * ones. Needs no plan. */
int shadow_triggers_put(struct shadow_run *run, bool is_swapped);

/* --- shadow_standin.c --- */

/* In place, right before the exchange: new tables that are to have triggers come into the live
 * database, under other names, and get them, under other names. */
int shadow_standins_make(struct shadow_run *run);

/* The name in the live database under which a new table comes, or a live one goes; NULL
 * where the table comes from, or goes to, another database. */
const char *shadow_standins_coming(struct shadow_run *run, const char *table);
const char *shadow_standins_leaving(struct shadow_run *run, const char *table);

/* After the exchange: triggers and foreign keys get their own names, and the old tables leave
 * the live database. Nothing where there is nothing of that kind. Needs no plan. */
int shadow_standins_settle(struct shadow_run *run);

/* Where nothing was exchanged: the new tables go back to where they were made. No exchange
 * may be under way. */
int shadow_standins_undo(struct shadow_run *run);

/* --- shadow_swap.c --- */

/* A live table that was written to since the run began: NULL where there is none, "" where the
 * server cannot know. */
int shadow_find_written(struct shadow_run *run, const char **table);

/* Exchanges the tables. ERR_STATE where one was written to: nothing is exchanged then. */
int shadow_swap(struct shadow_run *run);

#endif
