/* SPDX-License-Identifier: Apache-2.0
 *
 * plan.h - a migration, compiled: what happens to each table, and the SQL that does it.
 *
 * The fused plan builds every rewritten table beside the old one, in the schema
 * PLAN_BUILD_SCHEMA, and swaps all of them in with one transaction. Until then the database
 * is at its old version, whole and usable.
 */
#ifndef AIRSHIFT_COMPILER_PLAN_H
#define AIRSHIFT_COMPILER_PLAN_H

#include <stdio.h>

#include "catalog/model.h"
#include "compiler/lower.h"
#include "compiler/revision.h"
#include "compiler/simulate.h"
#include "dialect.h"
#include "engine/job.h"

#define PLAN_STATE_SCHEMA "airshift" /* the run, its checkpoints, side tables */
#define PLAN_BUILD_SCHEMA \
    "airshift_new" /* tables in their final form, until the swap */

enum table_action {
    TABLE_UNTOUCHED,
    TABLE_METADATA, /* catalog changes only; no row is read or written */
    TABLE_REWRITTEN,
    TABLE_CREATED,
    TABLE_DROPPED,
};

struct table_plan {
    enum table_action action;
    struct table *live;   /* as it is; NULL for a created one */
    struct table *target; /* as it will be; NULL for a dropped one */
    const char *reason;   /* why, for a person */
    struct list touches;  /* const char *: UPDATEs of few rows, made in the swap */
};

/* Something that stands in the way; found before anything is changed. */
struct problem {
    bool is_fatal;
    const char *text;
    const char *hint;
};

/* One chain of revisions: where the database is in it, and where it goes. */
struct route {
    struct chain chain;
    int from;              /* everything up to this position is there; -1: nothing */
    size_t to;             /* position */
    struct list steps;     /* struct revision *: what is to be applied, or undone, in
                            * order */
    bool is_needed;        /* false: this chain is not touched */
    bool has_tables;       /* FAB: ab_user is there; set where no version is */
    bool goes_back;        /* the steps undo revisions; for the chain executor only */
    bool is_stamped_first; /* FAB: tables are there, the version table is not */
};

struct plan_target {
    const char *core; /* version, revision or "head" */
    const char *fab;  /* the same of the FAB provider; NULL: what goes with `core` */
    bool without_fab; /* leave the FAB provider's chain alone */
    bool goes_back;   /* downgrade: `core` is older than the database */
};

struct plan_options {
    struct plan_target target;
    const char *seed;         /* of the run; fixed for its life */
    const char *run_start;    /* likewise */
    bool verifies_rows;       /* recompute every row of the new tables and compare */
    const struct list *aside; /* const char *: the live tables of which rows are set
                               * aside; NULL for none */
    const char *side_schema;  /* of side tables; NULL: PLAN_STATE_SCHEMA */
    bool
        sides_in_session; /* settings of the session stand in for side tables, where the
                               * server takes none (lower.h) */
    bool is_in_place;     /* others may use the tables meanwhile */
    const struct list *kept_indexes; /* const char *, "table.index": the catalog cannot
                                      * tell that they are the user's; NULL for none */
    bool looks_at_way; /* foresee() is to tell what revisions on the way refuse, too */
};

struct plan {
    struct arena *arena;
    const struct dialect *dialect;
    struct route core;
    struct route fab;
    const char *source_version; /* Airflow's, of the database's revision */
    const char *target_version;
    struct catalog *live;
    struct catalog *target;
    struct simulation simulation;
    struct lowering lowering;
    struct foresee_way *way; /* NULL unless it was asked for (looks_at_way) */
    struct list tables;      /* struct table_plan * */
    struct list problems;    /* struct problem * */
    struct job_graph build;  /* before the swap */
    struct list swap;        /* const char *: the swap transaction, in order */
    struct job_graph
        finish; /* after the swap: validation of what was added unvalidated */
    bool is_noop;
    bool goes_back; /* a downgrade */
    bool is_direct; /* the real Airflow 3 could take the source itself */
    bool
        is_partial; /* to a revision in the middle of the chain: Alembic alone, as it were */
    bool is_empty_database; /* no Airflow tables at all */
    const char *digest;     /* of all the SQL: the same plan has the same */
};

/* Reads the catalog and simulates the chain: fills everything up to `problems`, with the
 * row programs of the target's tables, and no SQL. Read only. */
int plan_compile(struct plan *plan, struct connection *connection,
                 const struct url *url, const struct plan_options *options,
                 struct err *err);

/* The same and, beyond it, the SQL of the swap. Read only. `plan` is cleared with plan_clear(). */
int plan_make(struct plan *plan, struct connection *connection, const struct url *url,
              const struct plan_options *options, struct err *err);
void plan_clear(struct plan *plan);

/* A foreign key of the target, as the statement that sets the live rows aside of which the
 * new ones would refer to a row that is set aside and not yet applied. */
struct plan_reference {
    const char *child;   /* the live table whose rows it sets aside */
    struct list parents; /* const char *: live tables whose rows they refer to */
    const char *sql;
};

/* All of them (struct plan_reference *). What ON DELETE says does not count: a row whose
 * reference became NULL would not be the user's row any more. Rows that come from no single
 * live row cannot be set aside, and have none. */
struct list plan_references(struct plan *plan);

/* Only where the database is: fills `core` and `fab` (no catalog is read). */
int plan_locate(struct plan *plan, struct connection *connection, const struct url *url,
                const struct plan_target *target, struct err *err);

/* An error where the tables are Airflow's but no revision says of which version. */
int plan_check_revision(const struct plan *plan, const struct catalog *live,
                        struct err *err);

/* Whether a table is one that revisions know; else it is a user's own. */
bool plan_is_airflows(const struct plan *plan, const char *table);

const char *table_action_name(enum table_action action);

/* The whole plan as SQL for psql. `print_native` writes the rows of a side table that the
 * tool computes. */
typedef int plan_native_printer(void *context, const char *function, FILE *out,
                                struct err *err);
int plan_print_sql(struct plan *plan, FILE *out, plan_native_printer *print_native,
                   void *context, struct err *err);

#endif
