/* SPDX-License-Identifier: Apache-2.0
 *
 * server_sql.h - the statements under sql/server/ that belong to the server at hand.
 */
#ifndef AIRSHIFT_MIGRATE_SERVER_SQL_H
#define AIRSHIFT_MIGRATE_SERVER_SQL_H

#include "dialect.h"

/* The text of sql/server/<dialect>/<name>.sql, part of the program. NULL, with
 * ERR_INTERNAL, where this build has none. */
const char *server_sql(const struct connection *connection, const char *name,
                       struct err *err);

#endif
