/* SPDX-License-Identifier: Apache-2.0
 *
 * plan_internal.h - what the files of the planner share; nothing else includes it.
 */
#ifndef AIRSHIFT_COMPILER_PLAN_INTERNAL_H
#define AIRSHIFT_COMPILER_PLAN_INTERNAL_H

#include <stdint.h>

#include "compiler/ddl.h"
#include "compiler/plan.h"

void plan_problem(struct plan *plan, bool is_fatal, const char *text, const char *hint);

struct table_plan *plan_find(const struct plan *plan, const struct table *target);

/* The table is made in the build schema. */
bool plan_is_built(const struct table_plan *table);

/* Foreign keys of the user's own that fell with a key of Airflow's are put back where the
 * target has such a key; the real Airflow drops them silently. */
void plan_restore_user_keys(struct plan *plan);

/* Fills plan->build. */
int plan_jobs(struct plan *plan, const struct plan_options *options, struct err *err);

/* Fills plan->swap and plan->finish. */
int plan_swap(struct plan *plan, struct err *err);

/* What stands for an index of a kept table that is built before the swap; NULL where it is
 * made in the swap. */
const char *plan_early_index(const struct plan *plan, const struct table_plan *table,
                             const char *name, const struct list *columns);

/* The live constraint or index of the same object; NULL where it is new. */
struct constraint *plan_live_constraint(const struct table_plan *table,
                                        const struct constraint *constraint);
struct index *plan_live_index(const struct table_plan *table,
                              const struct index *index);

/* Whether a constraint stays in place through the swap (perhaps under another name). */
bool plan_keeps_constraint(struct plan *plan, const struct table_plan *table,
                           const struct constraint *constraint);
bool plan_keeps_index(struct plan *plan, const struct table_plan *table,
                      const struct index *index);

/* Finds the live object of each constraint and index of the target that stays; the two below
 * know only then. */
void plan_match(struct plan *plan);

/* The constraint of the target that a live one becomes; NULL where it goes. */
const struct constraint *plan_becomes(struct plan *plan, const struct table_plan *table,
                                      const struct constraint *live);

/* Whether a constraint or index of the target is the live one of that name. */
bool plan_is_claimed(const struct table_plan *table, const char *live);

/* What a live column has become in a table of the target; NULL where it is gone, or the table
 * is. */
struct column *plan_became(const struct table *target, const char *live);

/* Adds a problem: what hangs on a live table uses it, "and" cannot go with it for this reason. */
void plan_refuse_extra(struct plan *plan, const struct table_plan *table,
                       const struct live_extra *extra, const char *why);

/* Statements about a live table as they are about what it becomes. NULL with `err` where they
 * cannot be parsed. */
const char *plan_adapt(struct plan *plan, const struct table_plan *table,
                       const char *sql, struct err *err);

/* SQL that takes objects of the user's away, to be run from the last to the first, and SQL
 * that puts them back. */
struct plan_extras {
    struct list follow; /* const char *, before them */
    struct list remove; /* const char *, in order of creation */
    struct list create;
};

bool plan_is_table_renamed(const struct table_plan *table);

/* Whether a view is over anything that gets another name. */
bool plan_must_follow(const struct plan *plan, const struct live_extra *view);

/* What makes such a view under the new names, once plan_follow()'s statements have run in the
 * same transaction. Adds its name to `views` where that is not there yet. */
const char *plan_followed(struct plan *plan, const struct live_extra *extra,
                          struct list *views);

/* The statements that keep the definitions of these views. Adds a problem for each that cannot
 * be had. */
void plan_follow(struct plan *plan, const struct list *views, struct list *statements);

/* Adds what hangs on the plan's tables, and a problem for each that cannot be put back; what
 * is left to do after the swap goes to plan->finish. */
void plan_collect_extras(struct plan *plan, struct plan_extras *moved);

/* The condition on a row of the source, under its alias, that --quarantine has set it aside. */
const char *plan_aside_condition(struct arena *arena, const struct table *live);

/* SQL that calls the live row at the place $1 by its primary key, for a message about the table
 * of the target; NULL where there is none. */
const char *plan_describe_row(struct plan *plan, const struct table *target,
                              const struct live_table *source);

/* Why a row that refers to one set aside goes with it. */
const char *plan_reference_reason(struct arena *arena, const struct table *table,
                                  const struct constraint *key);

/* A statement of the planner's as the server takes it; NULL on error. */
const char *plan_print(struct plan *plan, const char *statement, struct err *err);

/* Adds a problem for each view of the user's that would be left broken where the server lets
 * that happen: with a column or table that goes or gets another name. */
void plan_refuse_broken_views(struct plan *plan);

/* Adds a problem for each generated column or constraint of the user's own that cannot go with
 * its table into the target. */
void plan_refuse_own(struct plan *plan);

/* All SQL of a plan is drawn together into one number. */
#define PLAN_DIGEST_START 14695981039346656037u
void plan_add_to_digest(uint64_t *digest, const char *text);
const char *plan_digest_text(const struct plan *plan, uint64_t digest);

/* Tables below this size are handled in one go, in one job or in the swap itself. */
enum { PLAN_SMALL_BYTES = 4 * 1024 * 1024 };
bool plan_is_small(const struct table_plan *table);

#endif
