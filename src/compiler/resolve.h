/* SPDX-License-Identifier: Apache-2.0
 *
 * resolve.h - what names in a statement mean (resolve.c). For the files that fold data
 * statements only.
 */
#ifndef AIRSHIFT_COMPILER_RESOLVE_H
#define AIRSHIFT_COMPILER_RESOLVE_H

#include "compiler/rows.h"

struct scope_entry {
    const char *alias;
    const struct table *table;
    const struct branch *branch; /* substitute its values; or */
    const char *joined_as; /* qualify with this alias; or, both NULL, leave alone */
};

struct scope {
    const struct scope *outer;
    struct scope_entry entries[12];
    size_t count;
};

struct resolver {
    struct simulation *simulation;
    const struct scope *scope;
    struct err *err;
    int status;
};

/* Position of a column in its table; the number of columns where there is none. */
size_t rows_column_position(const struct table *table, const char *name);

/* The name by which a statement refers to a table of its FROM clause. */
const char *resolve_alias(const PgQuery__RangeVar *relation);

/* The scope of a statement that changes one table: its columns mean a branch's values. */
struct scope resolve_scope_of(const char *alias, const struct table *table,
                              const struct branch *branch);

/* A copy of the expression with all names resolved, and lowered; NULL on error. */
ast_node *resolve_expression(struct simulation *simulation, const struct scope *scope,
                             const ast_node *expression, struct err *err);

/* Resolves a SELECT in place (pass a copy). */
int resolve_select(struct resolver *resolver, PgQuery__SelectStmt *select);

#endif
