/* SPDX-License-Identifier: Apache-2.0
 *
 * server_sql.c - from a name to an embedded file.
 */
#include "config.h"

#include <stdio.h>

#include "base/embedded.h"
#include "catalog/server_sql.h"

static const char *find(const struct connection *connection, const char *name)
{
    char path[128];
    const char *text;

    (void)snprintf(path, sizeof(path), "sql/server/%s/%d/%s.sql",
                   sql_dialect_name(connection), sql_server_version(connection) / 10000,
                   name);
    text = embedded_text(path);
    if (text != NULL)
        return text;
    (void)snprintf(path, sizeof(path), "sql/server/%s/%s.sql",
                   sql_dialect_name(connection), name);
    return embedded_text(path);
}

const char *server_sql(const struct connection *connection, const char *name,
                       struct err *err)
{
    const char *text = find(connection, name);

    if (text == NULL)
        (void)err_set(err, ERR_INTERNAL, "sql/server/%s/%s.sql is not in this build",
                      sql_dialect_name(connection), name);
    return text;
}

bool server_has_sql(const struct connection *connection, const char *name)
{
    return find(connection, name) != NULL;
}

struct sql_result *server_query(struct connection *connection, const char *name,
                                size_t count, const char *const *parameters,
                                struct err *err)
{
    const char *text = server_sql(connection, name, err);

    return text != NULL ? sql_query(connection, text, count, parameters, err) : NULL;
}

int server_exec(struct connection *connection, const char *name, struct err *err)
{
    const char *text = server_sql(connection, name, err);

    return text != NULL ? sql_exec(connection, text, err) : -1;
}

int server_change(struct connection *connection, const char *name, size_t count,
                  const char *const *parameters, struct err *err)
{
    struct sql_result *result = server_query(connection, name, count, parameters, err);

    sql_result_free(result);
    return result != NULL ? 0 : -1;
}

const char *server_text_copy(struct arena *arena, const struct sql_result *result,
                             size_t row, size_t column)
{
    return column >= sql_column_count(result) || sql_is_null(result, row, column)
               ? NULL
               : arena_strdup(arena, sql_text(result, row, column));
}
