/* SPDX-License-Identifier: Apache-2.0
 *
 * render_statement.h - a statement of a revision file as SQL that the server runs, for the
 * catalog that the simulation has reached.
 */
#ifndef AIRSHIFT_COMPILER_RENDER_STATEMENT_H
#define AIRSHIFT_COMPILER_RENDER_STATEMENT_H

#include "compiler/simulate.h"

/* Adds the SQL (const char *, without a semicolon) and applies the statement to the
 * simulation. Nothing is added where its directives do not hold, or where the server's
 * catalog is not changed by it. ERR_UNSUPPORTED: the server has no words for it; the
 * simulation is where it would be afterwards. */
int render_statement(struct simulation *simulation, struct lowering *lowering,
                     const struct statement *statement, struct list *sql,
                     struct err *err);

/* The same for a CALL, where the language's grammar is the server's. */
int render_procedure(struct simulation *simulation, const struct statement *statement,
                     struct list *sql, struct err *err);

#endif
