/* SPDX-License-Identifier: Apache-2.0
 *
 * privileges.h - who may use what a migration makes anew. The server gives new tables what
 * ALTER DEFAULT PRIVILEGES says of the role and the schema in which they are made; which are
 * airshift's, and not those in which Airflow itself would make them.
 */
#ifndef AIRSHIFT_COMPILER_PRIVILEGES_H
#define AIRSHIFT_COMPILER_PRIVILEGES_H

#include "base/arena.h"
#include "ast/ast.h"

/* A statement for tables or sequences (`names`: const char *) that stand in the schema by
 * now and belong to their owner. With `is_new` they get, with the sequences of their columns,
 * what the owner's default privileges give there; without, nobody but the owner has any, so
 * that those of the old table can be given again. NULL without names. */
const char *privileges_settle(struct arena *arena, const char *schema,
                              const struct list *names, bool is_new);

#endif
