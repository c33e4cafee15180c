/* SPDX-License-Identifier: Apache-2.0
 *
 * foresee_aside.h - statements of --quarantine that set rows aside which only together with others
 * do not fit: rows with one key, of which the first stays, and rows that refer to none.
 */
#ifndef AIRSHIFT_COMPILER_FORESEE_ASIDE_H
#define AIRSHIFT_COMPILER_FORESEE_ASIDE_H

#include "compiler/plan.h"
#include "compiler/rows.h"

struct shadow;

/* The rows in question: what a branch makes of a live table, and the key by which to look at
 * them. */
struct aside_rows {
    struct plan *plan;
    const struct shadow *shadow; /* NULL: they are set aside by their place */
    const struct table *live;
    const struct table *table;
    const struct branch *branch;
    struct list types;  /* const char *: of the key */
    struct list values; /* ast_node *: its expressions */
    ast_node
        *unfit; /* of rows with one key: which do not fit anyway, and so cannot be the
                         * one that stays; or NULL */
};

/* Whether rows of the live table can be set aside. */
bool aside_is_possible(const struct plan *plan, const struct table *live);

/* All rows with a key that a row before them has, by the primary key of the live table; rows
 * that are set aside already do not count. NULL on error. */
const char *aside_of_repeated(const struct aside_rows *rows, const char *reason,
                              struct err *err);

/* All rows that fulfil the condition, in which their key is q.k1, q.k2, .... NULL on error. */
const char *aside_of_orphans(const struct aside_rows *rows, const char *condition,
                             const char *reason, struct err *err);

#endif
