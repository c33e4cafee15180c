/* SPDX-License-Identifier: Apache-2.0
 *
 * rights.c - what the role may not do, as the server says it. A right that is found missing
 * half-way costs hours; the server's own refusals remain, for what is not asked here.
 */
#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "catalog/server_sql.h"
#include "migrate/rights.h"

static char *names_as_json(const struct list *tables)
{
    json_t *array = json_pack("[ss]", "alembic_version", "alembic_version_fab");
    char *text;

    for (size_t i = 0; i < tables->count; i++)
        (void)json_array_append_new(array, json_string(tables->items[i]));
    text = json_dumps(array, 0);
    json_decref(array);
    if (text == NULL)
        abort(); /* out of memory */
    return text;
}

static int report(struct connection *connection, const char *statement, size_t count,
                  const char *const *parameters, struct err *err)
{
    struct sql_result *missing;

    if (!server_has_sql(connection, statement))
        return 0;
    missing = server_query(connection, statement, count, parameters, err);
    if (missing == NULL)
        return -1;
    count = sql_row_count(missing);
    for (size_t i = 1; i < count; i++)
        log_error("%s. %s", sql_text(missing, i, 0), sql_text(missing, i, 1));
    if (count > 0) {
        (void)err_set(err, ERR_SQL, "%s%s; nothing was changed",
                      sql_text(missing, 0, 0), count > 1 ? " (and others, above)" : "");
        (void)err_hint(err, "%s", sql_text(missing, 0, 1));
        (void)snprintf(err->sqlstate, sizeof(err->sqlstate), "42501");
    }
    sql_result_free(missing);
    return count > 0 ? -1 : 0;
}

int rights_check_state(struct connection *connection, struct err *err)
{
    return report(connection, "rights_schemas", 0, NULL, err);
}

int rights_check(struct connection *connection, const char *schema,
                 const struct list *tables, struct err *err)
{
    struct strbuf name = STRBUF_INIT;
    const char *parameters[2];
    char *json;
    int status;

    if (sql_check_rights(connection, NULL, err) != 0)
        return -1;
    json = names_as_json(tables);
    sql_add_name(&name, schema);
    parameters[0] = strbuf_text(&name);
    parameters[1] = json;
    status = report(connection, "rights_missing", 2, parameters, err);
    free(json);
    strbuf_clear(&name);
    return status;
}
