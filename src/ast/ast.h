/* SPDX-License-Identifier: Apache-2.0
 *
 * ast.h - parse trees of libpg_query: parse, print, walk, substitute.
 *
 * Trees live in an arena. A tree that has been built is never changed in place except by
 * the function that built it; functions that "replace" work on a copy, so trees may share
 * branches.
 */
#ifndef AIRSHIFT_AST_AST_H
#define AIRSHIFT_AST_AST_H

#include <pg_query/pg_query.pb-c.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

typedef PgQuery__Node
    ast_node; /* shorter, for a name that stands on every second line */

/* Parses one or more statements; `statements` gets ast_node pointers. */
int ast_parse(struct arena *arena, const char *sql, struct list *statements,
              struct err *err);

/* Parses exactly one statement. NULL on error. */
ast_node *ast_parse_one(struct arena *arena, const char *sql, struct err *err);

/* Parses an expression in which $1 ... $n stand for the nodes that follow (n of them).
 * The text is the program's own, so a syntax error is a bug: it ends the process. */
ast_node *ast_build(struct arena *arena, const char *expression, int count, ...);

/* Parses an expression of unknown origin. NULL on error. */
ast_node *ast_parse_expression(struct arena *arena, const char *text, struct err *err);

/* The SQL of a statement, or of an expression; in the arena. */
char *ast_statement_text(struct arena *arena, const ast_node *statement);
char *ast_text(struct arena *arena, const ast_node *expression);

/* A deep copy. */
ast_node *ast_clone(struct arena *arena, const ast_node *node);

/* Calls `visit` for every node below and at *slot, parents first. The visitor may put
 * another node into *slot; what it puts there is not walked. It returns true to go below
 * the node, false not to. */
typedef bool ast_visitor(ast_node **slot, void *context);
void ast_walk(ast_node **slot, ast_visitor *visit, void *context);

/* The same for the nodes below a message that is not a node itself. */
void ast_walk_message(ProtobufCMessage *message, ast_visitor *visit, void *context);

ast_node *ast_column(struct arena *arena, const char *qualifier, const char *name);
ast_node *ast_string(struct arena *arena, const char *text);

/* The expression in a form that can stand in the place of a column: libpg_query prints no
 * parentheses around an operand of IS NULL and the like, so operators are put into a
 * one-argument COALESCE, which servers take away again when they plan. */
ast_node *ast_enclose(struct arena *arena, ast_node *expression);

/* Both conditions, bare, so that the server can take them apart (for a range scan, a join). */
ast_node *ast_and(struct arena *arena, ast_node *a, ast_node *b);

/* The name of a plain column reference ("name" or "qualifier.name"); NULL for anything
 * else. *qualifier is NULL where there is none. */
const char *ast_column_name(const ast_node *node, const char **qualifier);

/* The text of a String node; NULL for another node. */
const char *ast_string_value(const ast_node *node);

bool ast_is_null(const ast_node *node);     /* NULL, or a cast of it */
bool ast_is_constant(const ast_node *node); /* a literal, or a cast of one */
bool ast_equal(struct arena *arena, const ast_node *a, const ast_node *b); /* as text */

/* The last part of a (possibly qualified) name list. */
const char *ast_last_name(ast_node *const *names, size_t count);

#endif
