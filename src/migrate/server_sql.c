/* SPDX-License-Identifier: Apache-2.0
 *
 * server_sql.c - from a name to an embedded file.
 */
#include "config.h"

#include <stdio.h>

#include "base/embedded.h"
#include "migrate/server_sql.h"

const char *server_sql(const struct connection *connection, const char *name,
                       struct err *err)
{
    char path[128];
    const char *text;

    (void)snprintf(path, sizeof(path), "sql/server/%s/%s.sql",
                   sql_dialect_name(connection), name);
    text = embedded_text(path);
    if (text == NULL)
        (void)err_set(err, ERR_INTERNAL, "%s is not in this build", path);
    return text;
}
