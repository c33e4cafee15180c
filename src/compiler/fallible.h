/* SPDX-License-Identifier: Apache-2.0
 *
 * fallible.h - what may be asked of an expression of a row program before the work: whether the
 * server may refuse to compute it, and whether computing it for nothing does no harm.
 */
#ifndef AIRSHIFT_COMPILER_FALLIBLE_H
#define AIRSHIFT_COMPILER_FALLIBLE_H

#include "ast/ast.h"

/* Whether there are values for which the server ends the statement: casts to types that not
 * every text is of, and bytes that are to be a text. */
bool expression_can_fail(const ast_node *expression);

/* The condition, true or NULL or false, on which the server refuses to compute it, of what is not
 * found by computing it for nothing: on PostgreSQL times that a UUID cannot be made of, where the
 * server has a grammar of its own texts that are no JSON. NULL where there is none; *reason says
 * what is wrong. */
ast_node *expression_failure(struct arena *arena, bool has_own_grammar,
                             const ast_node *expression, const char **reason);

/* Whether it can be computed ahead: it takes no number from a sequence, draws no key, and
 * needs nothing that only the migration makes (`made`: const char *, names of such tables). */
bool expression_is_repeatable(const ast_node *expression, const struct list *made);

#endif
