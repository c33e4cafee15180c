/* SPDX-License-Identifier: Apache-2.0
 *
 * server_sql.h - the statements under sql/server/ that belong to the server at hand.
 */
#ifndef AIRSHIFT_CATALOG_SERVER_SQL_H
#define AIRSHIFT_CATALOG_SERVER_SQL_H

#include "dialect.h"

/* The text of sql/server/<dialect>/<name>.sql, part of the program. NULL, with
 * ERR_INTERNAL, where this build has none. */
const char *server_sql(const struct connection *connection, const char *name,
                       struct err *err);

/* sql_query() with it. */
struct sql_result *server_query(struct connection *connection, const char *name,
                                size_t count, const char *const *parameters,
                                struct err *err);

#endif
