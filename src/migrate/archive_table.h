/* SPDX-License-Identifier: Apache-2.0
 *
 * archive_table.h - tables beside Airflow's own that keep what a migration cannot convert.
 * One that an earlier migration left is never written to and never dropped.
 */
#ifndef AIRSHIFT_MIGRATE_ARCHIVE_TABLE_H
#define AIRSHIFT_MIGRATE_ARCHIVE_TABLE_H

#include "compiler/lower.h"
#include "dialect.h"

/* `base`, or where an earlier migration has a table of that name, `base`_2 and so on; of
 * the arena. NULL on error. `schema` NULL: the session's own. */
const char *archive_table_name(struct connection *connection, struct arena *arena,
                               const char *schema, const char *base, struct err *err);

/* 1 where a relation of that qualified and quoted name exists, else 0; -1 on error. */
int archive_table_exists(struct connection *connection, const char *relation,
                         struct err *err);

/* How many arguments the function could not convert; -1 on error. */
long long archive_table_problems(struct connection *connection, struct arena *arena,
                                 const struct native_use *use, struct err *err);

/* Keeps the rows of the FROM item `from`, with that alias, whose value the function could
 * not convert, whole and with the reason, in a table of that owner, and says so. Their number;
 * -1 on error. */
long long archive_table_keep(struct connection *connection, struct arena *arena,
                             const char *schema, const char *owner,
                             const struct native_use *use, const char *from,
                             const char *alias, struct err *err);

/* The same for a server with a grammar of its own: in the session's own schema, in a table of
 * the run's (by its seed), which is made anew where it is there. Only values that become NULL
 * are kept; nothing is made where there is none. */
long long archive_table_keep_nulls(struct connection *connection, struct arena *arena,
                                   const struct dialect *dialect, const char *seed,
                                   const struct native_use *use, const char *from,
                                   const char *alias, struct err *err);

#endif
