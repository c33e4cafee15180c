/* SPDX-License-Identifier: Apache-2.0
 *
 * dump.c - several sessions that see one moment. The server has no snapshot to share: its
 * tables are locked against writers while each session begins its own.
 */
#include "config.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "mysql/connection.h"
#include "mysql/definitions.h"
#include "mysql/dialect.h"
#include "mysql/dump.h"
#include "state/fault.h"

enum { LOCK_PAUSE_MS = 1000, LOCK_MOST_SECONDS = 300 };

/* What rows take; without the last two, triggers and events would be missing unseen. */
static int check_source(struct connection *connection, struct err *err)
{
    static const char *const needed[] = {"SELECT", "LOCK TABLES", "SHOW VIEW",
                                         "TRIGGER", "EVENT"};

    return mysql_check_privileges(connection, NULL, needed,
                                  sizeof(needed) / sizeof(needed[0]), err);
}

static int begin_read(struct connection *connection, struct err *err)
{
    return mysql_exec(connection, "SET SESSION sql_mode = '" MYSQL_OPEN_MODE "'", err);
}

static int lock_tables(struct connection *locker, const struct dump_view *view,
                       struct err *err)
{
    const struct sql_lock_wait wait = {
        .seconds = (double)fault_limit("AIRSHIFT_TEST_LOCK_SECONDS", LOCK_MOST_SECONDS),
        .pause_ms = LOCK_PAUSE_MS,
        .what = "a moment without an open writer",
    };
    struct strbuf blockers = STRBUF_INIT;
    int status = mysql_lock_against_writing(locker, view->sessions[0], view->tables,
                                            view->table_count, &wait, &blockers, err);

    if (status < 0 && err->category == ERR_LOCK) {
        (void)err_wrap(err, "a transaction that has written stays open%s%s",
                       blockers.length > 0 ? ": " : "", strbuf_text(&blockers));
        (void)err_hint(err,
                       "A backup begins between such transactions. End that one, or "
                       "wait for its end.");
    }
    strbuf_clear(&blockers);
    return status;
}

/* A table that a transaction has looked at keeps its form until the transaction's end. In each
 * session: one that came to a table later would wait behind him who wants to change it, and he
 * for the session that was there before. */
static int pin_tables(const struct dump_view *view, struct connection *session,
                      struct err *err)
{
    for (size_t i = 0; i < view->table_count; i++) {
        char *sql = xasprintf("SELECT 1 FROM %s LIMIT 0", view->tables[i]);
        int status = mysql_exec(session, sql, err);

        free(sql);
        if (status < 0)
            return -1;
    }
    return 0;
}

static int begin_views(const struct dump_view *view, struct err *err)
{
    for (size_t i = 0; i < view->count; i++) {
        if (mysql_exec(view->sessions[i],
                       "SET SESSION transaction_isolation = 'REPEATABLE-READ'; "
                       "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
                       err) < 0 ||
            pin_tables(view, view->sessions[i], err) < 0)
            return -1;
    }
    return 0;
}

static int share_view(const struct url *url, const struct dump_view *view,
                      struct strbuf *name, struct err *err)
{
    struct connection *locker = sql_connect(url, "backup", err);
    int status = -1;

    (void)name;
    if (locker == NULL)
        return -1;
    if (begin_read(locker, err) == 0 && lock_tables(locker, view, err) == 0)
        status = begin_views(view, err);
    sql_close(locker); /* and with it the lock */
    return status;
}

static void add_select(struct strbuf *sql, const struct dump_source *source,
                       const char *condition)
{
    strbuf_addf(sql, "SELECT %s FROM %s%s%s", source->reads, source->table,
                condition[0] != '\0' ? " WHERE " : "", condition);
}

static int write_schema(struct connection *connection, const char *bin_directory,
                        const char *view, const char *path, struct err *err)
{
    struct my_definitions definitions;
    int status;

    (void)bin_directory;
    (void)view;
    definitions_begin(&definitions);
    status = definitions_collect(&definitions, connection, err);
    if (status == 0)
        status = definitions_write(&definitions, path, err);
    definitions_end(&definitions);
    return status;
}

static int read_schema(const struct dump_restore *restore, enum dump_section section,
                       struct err *err)
{
    struct my_definitions definitions;
    int status;

    definitions_begin(&definitions);
    status = definitions_read(&definitions, restore->path, err);
    if (status == 0)
        status = definitions_make(&definitions, restore, section, err);
    definitions_end(&definitions);
    return status;
}

/* Every row is as it was in a database whose checks it has passed. */
static int begin_load(struct connection *connection, struct err *err)
{
    return mysql_exec(
        connection,
        "SET SESSION sql_mode = 'ANSI_QUOTES,STRICT_ALL_TABLES,ALLOW_INVALID_DATES,"
        "NO_AUTO_VALUE_ON_ZERO', foreign_key_checks = 0, unique_checks = 0",
        err);
}

static int analyze(struct connection *connection, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    struct sql_result *tables =
        mysql_select(connection,
                     "SELECT table_name FROM information_schema.tables WHERE "
                     "table_schema = database() AND table_type = 'BASE TABLE'",
                     0, NULL, err);
    int status = 0;

    if (tables == NULL)
        return -1;
    for (size_t i = 0; i < mysql_row_count(tables); i++) {
        strbuf_add_string(&sql, i == 0 ? "ANALYZE NO_WRITE_TO_BINLOG TABLE " : ", ");
        sql_add_name(&sql, mysql_text(tables, i, 0));
    }
    if (mysql_row_count(tables) > 0)
        status = mysql_exec(connection, strbuf_text(&sql), err);
    mysql_result_free(tables);
    strbuf_clear(&sql);
    return status;
}

const struct dump_ops mysql_dump_ops = {
    .check_source = check_source,
    .begin_read = begin_read,
    .share_view = share_view,
    .cut = mysql_dump_cut,
    .add_select = add_select,
    .write_schema = write_schema,
    .read_schema = read_schema,
    .begin_load = begin_load,
    .analyze = analyze,
};
