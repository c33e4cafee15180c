/* SPDX-License-Identifier: Apache-2.0
 *
 * database.c - other databases of the same server: a copy of one, and the end of a copy. The
 * server has no statement for the copy: definitions are made again, rows go from table to
 * table within the server.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "mysql/connection.h"
#include "mysql/crew.h"
#include "mysql/definitions.h"
#include "mysql/dialect.h"
#include "mysql/dump.h"

enum { COPY_SESSIONS = 2, END_PAUSE_MS = 20 };

/* Sessions that are in a database: all but ours. */
static struct sql_result *list_sessions(struct connection *connection,
                                        const char *database, struct err *err)
{
    return sql_query(connection,
                     "SELECT processlist_id, coalesce(processlist_user, '?') FROM "
                     "performance_schema.threads WHERE processlist_db = $1 AND type = "
                     "'FOREGROUND' AND processlist_id <> connection_id()",
                     1, &database, err);
}

/* What is written meanwhile would be in one table and not in another. */
static int check_unused(struct connection *connection, const char *source,
                        struct err *err)
{
    struct sql_result *sessions = list_sessions(connection, source, err);
    int status = 0;

    if (sessions == NULL)
        return -1;
    if (mysql_row_count(sessions) > 0)
        status =
            err_set(err, ERR_SQL,
                    "database \"%s\" is being accessed by other users: connection "
                    "%s of %s",
                    source, mysql_text(sessions, 0, 0), mysql_text(sessions, 0, 1));
    mysql_result_free(sessions);
    return status;
}

static int make_database(struct connection *connection, const char *name,
                         struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    int status;

    strbuf_add_string(&sql, "CREATE DATABASE ");
    sql_add_name(&sql, name);
    status = mysql_exec(connection, strbuf_text(&sql), err);
    strbuf_clear(&sql);
    return status;
}

/* INSERT ... SELECT, of columns that are not computed. */
static int copy_rows(struct connection *connection, const struct url *url,
                     const char *source, struct err *err)
{
    static const char prepare[] =
        "SET SESSION sql_mode = 'ANSI_QUOTES,STRICT_ALL_TABLES,ALLOW_INVALID_DATES,"
        "NO_AUTO_VALUE_ON_ZERO', foreign_key_checks = 0, unique_checks = 0";
    struct sql_result *tables = sql_query(
        connection,
        "SELECT t.table_name, group_concat(concat('\"', replace(c.column_name, '\"', "
        "'\"\"'), '\"') ORDER BY c.ordinal_position SEPARATOR ', ') FROM "
        "information_schema.tables AS t JOIN information_schema.columns AS c ON "
        "c.table_schema = t.table_schema AND c.table_name = t.table_name WHERE "
        "t.table_schema = $1 AND t.table_type = 'BASE TABLE' AND "
        "c.generation_expression = '' GROUP BY t.table_name, t.data_length ORDER BY "
        "t.data_length DESC",
        1, &source, err);
    struct crew crew = {NULL, NULL, 0, false};
    struct strbuf sql = STRBUF_INIT;
    int status = -1;

    if (tables == NULL)
        return -1;
    status = crew_begin(&crew, url, COPY_SESSIONS, "copy", prepare, err);
    for (size_t i = 0; i < mysql_row_count(tables) && status == 0; i++) {
        const char *name = mysql_text(tables, i, 0);

        strbuf_truncate(&sql, 0);
        strbuf_add_string(&sql, "INSERT INTO ");
        sql_add_name(&sql, name);
        strbuf_addf(&sql, " (%s) SELECT %s FROM ", mysql_text(tables, i, 1),
                    mysql_text(tables, i, 1));
        sql_add_name(&sql, source);
        strbuf_add_char(&sql, '.');
        sql_add_name(&sql, name);
        status = crew_give(&crew, name, &sql, err);
    }
    if (status == 0)
        status = crew_await(&crew, err);
    crew_end(&crew);
    strbuf_clear(&sql);
    mysql_result_free(tables);
    return status;
}

/* With a session in the copy. */
static int fill_database(const struct my_definitions *definitions,
                         struct connection *connection, const struct url *url,
                         const char *source, struct err *err)
{
    const struct dump_restore restore = {
        .url = url, .connection = connection, .jobs = COPY_SESSIONS};

    if (definitions_make(definitions, &restore, DUMP_BEFORE_ROWS, err) < 0 ||
        copy_rows(connection, url, source, err) < 0 ||
        definitions_make(definitions, &restore, DUMP_AFTER_ROWS, err) < 0)
        return -1;
    return mysql_dump_ops.analyze(connection, err);
}

int mysql_copy_database(struct connection *connection, const char *source,
                        const char *name, struct err *err)
{
    const struct url here = {.dialect = &mysql_dialect,
                             .text = url_parts_text(&my_of(connection)->parts)};
    struct my_definitions definitions;
    struct connection *copy = NULL;
    struct url url = {0};
    int status = -1;

    url_for_database(&url, &here, name);
    definitions_begin(&definitions);
    if (check_unused(connection, source, err) == 0 &&
        definitions_collect(&definitions, connection, err) == 0 &&
        make_database(connection, name, err) == 0)
        copy = sql_connect(&url, "copy", err);
    if (copy != NULL)
        status = fill_database(&definitions, copy, &url, source, err);
    sql_close(copy);
    definitions_end(&definitions);
    xfree_secret(here.text);
    url_clear(&url);
    return status;
}

int mysql_drop_database(struct connection *connection, const char *name,
                        struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    struct sql_result *sessions;
    int status = 0;

    do { /* they hold locks until they have ended */
        size_t count;

        sessions = list_sessions(connection, name, err);
        if (sessions == NULL)
            return -1;
        count = mysql_row_count(sessions);
        for (size_t i = 0; i < count && status == 0; i++)
            status = mysql_end_session(connection, mysql_text(sessions, i, 0), err);
        mysql_result_free(sessions);
        if (count == 0)
            break;
        if (status == 0)
            status = sql_pause(connection, END_PAUSE_MS, err);
    } while (status == 0);
    strbuf_add_string(&sql, "DROP DATABASE IF EXISTS ");
    sql_add_name(&sql, name);
    if (status == 0)
        status = mysql_exec(connection, strbuf_text(&sql), err);
    strbuf_clear(&sql);
    return status;
}
