/* SPDX-License-Identifier: Apache-2.0
 *
 * render_change.h - a statement about the catalog, for a server with a grammar of its own.
 * For render_statement.c only.
 */
#ifndef AIRSHIFT_COMPILER_RENDER_CHANGE_H
#define AIRSHIFT_COMPILER_RENDER_CHANGE_H

#include "compiler/simulate.h"

/* Applies the statement to the simulation and adds the SQL that does the same. */
int render_change(struct simulation *simulation, const struct statement *statement,
                  struct list *sql, struct err *err);

#endif
