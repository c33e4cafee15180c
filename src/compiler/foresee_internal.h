/* SPDX-License-Identifier: Apache-2.0
 *
 * foresee_internal.h - what foresee.c and foresee_way.c share; nothing else includes it.
 */
#ifndef AIRSHIFT_COMPILER_FORESEE_INTERNAL_H
#define AIRSHIFT_COMPILER_FORESEE_INTERNAL_H

#include "compiler/foresee.h"
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
