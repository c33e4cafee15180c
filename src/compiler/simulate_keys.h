/* SPDX-License-Identifier: Apache-2.0
 *
 * simulate_keys.h - the indexes that a server makes for foreign keys by itself
 * (DIALECT_INDEXES_FOREIGN_KEYS). For simulate.c and render_net.c only.
 */
#ifndef AIRSHIFT_COMPILER_SIMULATE_KEYS_H
#define AIRSHIFT_COMPILER_SIMULATE_KEYS_H

#include "compiler/simulate.h"

/* Gives every foreign key that no key or index serves one of its name, and takes away those
 * so made that another serves now. To be called after each statement. */
void simulation_index_foreign_keys(struct simulation *simulation);

/* Whether another index or key would serve a foreign key that this index serves, so that the
 * server, asked for the foreign key now, would not make it. */
bool simulation_other_serves(const struct table *table, const struct index *index);

#endif
