/* SPDX-License-Identifier: Apache-2.0
 *
 * server_sql.h - the statements under sql/server/ that belong to the server at hand.
 */
#ifndef AIRSHIFT_CATALOG_SERVER_SQL_H
#define AIRSHIFT_CATALOG_SERVER_SQL_H

#include "base/arena.h"
#include "dialect.h"

/* The text of sql/server/<dialect>/<name>.sql, part of the program; for a release that
 * needs another text, that of sql/server/<dialect>/<first number of the version>/<name>.sql.
 * NULL, with ERR_INTERNAL, where this build has none. */
const char *server_sql(const struct connection *connection, const char *name,
                       struct err *err);

/* Whether there is one: not every server has all. */
bool server_has_sql(const struct connection *connection, const char *name);

/* sql_query() with it. */
struct sql_result *server_query(struct connection *connection, const char *name,
                                size_t count, const char *const *parameters,
                                struct err *err);

/* sql_exec() with it. */
int server_exec(struct connection *connection, const char *name, struct err *err);

/* sql_query() with it, for a statement that gives no rows. */
int server_change(struct connection *connection, const char *name, size_t count,
                  const char *const *parameters, struct err *err);

/* A value, copied into the arena; NULL for NULL, and for a column that this server's statement
 * does not have: what only some servers know stands last. */
const char *server_text_copy(struct arena *arena, const struct sql_result *result,
                             size_t row, size_t column);

#endif
