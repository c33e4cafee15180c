/* SPDX-License-Identifier: Apache-2.0
 *
 * lower_statement.h - one statement of a revision file with its types and functions lowered,
 * outside of any row program.
 */
#ifndef AIRSHIFT_COMPILER_LOWER_STATEMENT_H
#define AIRSHIFT_COMPILER_LOWER_STATEMENT_H

#include "compiler/simulate.h"

/* A copy of the statement's tree, lowered; NULL on error. */
ast_node *lower_statement(const struct simulation *simulation,
                          struct lowering *lowering, const struct statement *statement,
                          struct err *err);

#endif
