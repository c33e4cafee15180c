/* SPDX-License-Identifier: Apache-2.0
 *
 * archive_table.c - names of archive tables, and the rows of native functions' failures.
 */
#include "config.h"

#include <string.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "compiler/ddl.h"
#include "migrate/archive_table.h"
#include "render.h"

static long long number(struct connection *connection, const char *sql, struct err *err)
{
    struct sql_result *result = sql_query(connection, sql, 0, NULL, err);
    long long value = -1;

    if (result != NULL)
        value = sql_integer(result, 0, 0);
    sql_result_free(result);
    return value;
}

int archive_table_exists(struct connection *connection, const char *relation,
                         struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    long long exists;

    strbuf_add_string(&sql, "SELECT CAST(to_regclass(");
    sql_add_literal(&sql, relation);
    strbuf_add_string(&sql, ") IS NOT NULL AS integer)");
    exists = number(connection, strbuf_text(&sql), err);
    strbuf_clear(&sql);
    return (int)exists;
}

const char *archive_table_name(struct connection *connection, struct arena *arena,
                               const char *schema, const char *base, struct err *err)
{
    for (unsigned i = 1;; i++) {
        const char *name = i == 1 ? base : arena_printf(arena, "%s_%u", base, i);
        int exists =
            archive_table_exists(connection, ddl_name(arena, schema, name), err);

        if (exists < 0)
            return NULL;
        if (exists == 0)
            return name;
    }
}

long long archive_table_problems(struct connection *connection, struct arena *arena,
                                 const struct native_use *use, struct err *err)
{
    return number(connection,
                  arena_printf(arena,
                               "SELECT count(*) FROM %s WHERE problem IS NOT NULL",
                               use->table),
                  err);
}

long long archive_table_keep(struct connection *connection, struct arena *arena,
                             const char *schema, const char *owner,
                             const struct native_use *use, const char *from,
                             const char *alias, struct err *err)
{
    const char *name = archive_table_name(
        connection, arena, schema,
        arena_printf(arena, "_airshift_archive__%s", use->function), err);
    const char *table;
    long long count;

    if (name == NULL)
        return -1;
    table = ddl_name(arena, schema, name);
    if (sql_exec(connection,
                 arena_printf(arena,
                              "CREATE TABLE %s AS SELECT %s.*, n.problem AS "
                              "airshift_problem FROM %s JOIN %s AS n ON n.digest = %s "
                              "WHERE n.problem IS NOT NULL%s",
                              table, alias, from, use->table, use->digest,
                              ddl_give(arena, "TABLE", table, owner)),
                 err) != 0)
        return -1;
    count =
        number(connection, arena_printf(arena, "SELECT count(*) FROM %s", table), err);
    if (count > 0)
        log_warning("%lld rows hold a value that %s cannot convert: NULL in the new "
                    "table, as with Airflow, and kept whole in %s",
                    count, use->function, name);
    return count;
}

static int make_table(struct connection *connection, struct arena *arena,
                      const struct dialect *dialect, const char *name,
                      const struct native_use *use, const char *from, const char *alias,
                      struct err *err)
{
    const char *table = ddl_name(arena, NULL, name);
    const ast_node *tree = ast_parse_one(
        arena,
        arena_printf(
            arena,
            "CREATE TABLE %s AS SELECT %s.*, n.problem AS airshift_problem "
            "FROM %s JOIN %s AS n ON n.digest = %s WHERE n.problem IS NOT NULL",
            table, alias, from, use->table, use->digest),
        err);
    const char *sql = tree != NULL ? dialect_print(dialect, arena, tree, err) : NULL;

    return sql == NULL ||
                   sql_exec(connection,
                            arena_printf(arena, "DROP TABLE IF EXISTS %s", table),
                            err) != 0
               ? -1
               : sql_exec(connection, sql, err);
}

long long archive_table_keep_nulls(struct connection *connection, struct arena *arena,
                                   const struct dialect *dialect, const char *seed,
                                   const struct native_use *use, const char *from,
                                   const char *alias, struct err *err)
{
    const char *name =
        arena_printf(arena, "_airshift_archive__%s_%.8s", use->function, seed);
    long long count = archive_table_problems(connection, arena, use, err);

    if (count <= 0 || strcmp(use->function, "unpickle_json") != 0)
        return count < 0 ? -1 : 0;
    if (make_table(connection, arena, dialect, name, use, from, alias, err) != 0)
        return -1;
    log_warning(
        "%lld values cannot be converted by %s: NULL in the new column, as with "
        "Airflow, and kept whole in %s",
        count, use->function, name);
    return count;
}
