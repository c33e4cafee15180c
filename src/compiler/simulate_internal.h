/* SPDX-License-Identifier: Apache-2.0
 *
 * simulate_internal.h - what the files of the simulation share; nothing else includes it.
 */
#ifndef AIRSHIFT_COMPILER_SIMULATE_INTERNAL_H
#define AIRSHIFT_COMPILER_SIMULATE_INTERNAL_H

#include "compiler/simulate.h"

/* NULL, with ERR_STATE, where there is no such table. */
struct table *simulation_need_table(struct simulation *simulation, const char *name,
                                    struct err *err);

/* Takes a constraint away, and the foreign keys that need it as their key. */
void simulation_drop_constraint(struct simulation *simulation, struct table *table,
                                struct constraint *constraint);

bool simulation_index_uses_column(const struct index *index, const char *name);

/* CALL procedure('table', ...). */
int simulation_call_procedure(struct simulation *simulation,
                              const PgQuery__FuncCall *call, struct err *err);

#endif
