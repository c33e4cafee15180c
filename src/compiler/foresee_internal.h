/* SPDX-License-Identifier: Apache-2.0
 *
 * foresee_internal.h - what the files of the look-ahead share; nothing else includes it.
 */
#ifndef AIRSHIFT_COMPILER_FORESEE_INTERNAL_H
#define AIRSHIFT_COMPILER_FORESEE_INTERNAL_H

#include "compiler/foresee.h"
#include "compiler/foresee_aside.h"
#include "compiler/rows.h"

struct look {
    struct plan *plan;
    struct arena *arena;
    const struct foresee_options *options;
    struct list *queries; /* to which questions are added */
    bool may_join;
    struct list made; /* const char *: tables that only the migration makes */
    struct err *err;
};

/* One SELECT over a branch in the making. */
struct question {
    struct table columns;
    struct branch branch;
};

/* A question about the rows of a branch; each ask adds a value to its list. */
struct question question_begin(const struct table *table, const struct branch *branch);
void question_ask(struct look *look, struct question *question, const char *name,
                  const char *type, ast_node *value);

/* The statement, as the server takes it, becomes one of look->queries. */
int foresee_add(struct look *look, struct foresee_query *query, const char *sql);

/* The live column that a value is, or NULL where it is anything else. */
const struct column *foresee_source(const struct table *live, const ast_node *value);

/* Whether a value can be had ahead for what it costs: from the row itself, or from joins
 * where all tables are small. */
bool foresee_can_compute(const struct look *look, const struct branch *branch,
                         const ast_node *value);

/* Characters that a text type takes; 0 for no limit, -1 for what is no text. */
long foresee_length_of(const char *type);

/* Why rows of the branch do not fit, each reason a column of the question; NULL where all do.
 * What the server may refuse to compute is among it only where that is asked for. `only` has
 * the columns to look at; NULL: all. */
ast_node *foresee_reasons(struct look *look, const struct table *live,
                          const struct table *table, const struct branch *branch,
                          struct question *question, struct foresee_query *query,
                          const struct list *only, bool with_computed);

/* The place of a column of the table. */
size_t foresee_position(const struct table *table, const struct column *column);

/* The rows of a branch, for questions about those that --quarantine sets aside. */
struct aside_rows foresee_aside_rows(const struct look *look, const struct table *live,
                                     const struct table *table,
                                     const struct branch *branch);

/* For questions about the rows as the simulation has them at this moment. */
struct look foresee_look(struct plan *plan, const struct foresee_options *options,
                         struct list *queries, struct err *err);

/* Whether a key of a table of that size is looked at. */
bool foresee_takes_key_of(const struct live_table *source);

/* Each adds the questions about one branch of a table, where there are any: its values (of the
 * columns `only`; NULL: of all), a key of that name and these columns, a unique index, a foreign key. */
int foresee_values(struct look *look, const struct table *live,
                   const struct table *table, const struct branch *branch,
                   const struct list *only);
int foresee_key(struct look *look, const struct table *live, const struct table *table,
                const struct branch *branch, const char *key,
                const struct list *columns);
int foresee_index(struct look *look, const struct table *live,
                  const struct table *table, const struct branch *branch,
                  const struct index *index);
int foresee_reference(struct look *look, const struct table *table,
                      const struct branch *branch, const struct constraint *key);

#endif
