/* SPDX-License-Identifier: Apache-2.0
 *
 * print.h - what print.c (expressions) and print_query.c (statements) share; nothing else
 * includes it.
 */
#ifndef AIRSHIFT_DIALECTS_MYSQL_PRINT_H
#define AIRSHIFT_DIALECTS_MYSQL_PRINT_H

#include "base/strbuf.h"
#include "mysql/render.h"

struct printer {
    struct arena *arena;
    struct strbuf sql;
    const char *problem; /* the first thing that MySQL has no words for; NULL: none */
};

/* Notes what cannot be said; printing goes on, and its result is thrown away. */
void print_problem(struct printer *printer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void print_name(struct printer *printer, const char *name);
void print_expression(struct printer *printer, const ast_node *node);
/* Comma separated. */
void print_list(struct printer *printer, ast_node *const *nodes, size_t count);
void print_order(struct printer *printer, ast_node *const *nodes, size_t count);
void print_select(struct printer *printer, const PgQuery__SelectStmt *select);

#endif
