/* SPDX-License-Identifier: Apache-2.0
 *
 * dump.c - a snapshot for several sessions, and pg_dump and pg_restore for what is no
 * row. pg_dump must not be older than the server, so newer ones are looked for, too.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "postgres/connection.h"
#include "postgres/dump.h"
#include "process.h"

enum { NEWER_MOST = 8, SCHEMA_SECONDS = 7 * 24 * 3600 };

static int begin(struct connection *connection, const char *name, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    int status;

    strbuf_add_string(&sql, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    if (name != NULL) {
        strbuf_add_string(&sql, "; SET TRANSACTION SNAPSHOT ");
        sql_add_literal(&sql, name);
    }
    status = sql_exec(connection, strbuf_text(&sql), err);
    strbuf_clear(&sql);
    return status;
}

/* Tables may not be dropped or altered from here on; a table that another session has
 * locked for that is waited for. */
static int lock_tables(const struct dump_view *view, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    int status = 0;

    for (size_t i = 0; i < view->table_count; i++)
        strbuf_addf(&sql, "%s%s", i == 0 ? "LOCK TABLE ONLY " : ", ONLY ",
                    view->tables[i]);
    if (view->table_count > 0) {
        strbuf_add_string(&sql, " IN ACCESS SHARE MODE");
        status = sql_exec(view->sessions[0], strbuf_text(&sql), err);
    }
    strbuf_clear(&sql);
    return status;
}

static int share_view(const struct url *url, const struct dump_view *view,
                      struct strbuf *name, struct err *err)
{
    struct sql_result *row;

    (void)url;
    if (begin(view->sessions[0], NULL, err) < 0)
        return -1;
    row = sql_query(view->sessions[0], "SELECT pg_export_snapshot()", 0, NULL, err);
    if (row == NULL)
        return -1;
    strbuf_add_string(name, sql_text(row, 0, 0));
    sql_result_free(row);
    for (size_t i = 1; i < view->count; i++) {
        if (begin(view->sessions[i], strbuf_text(name), err) < 0)
            return -1;
    }
    return lock_tables(view, err);
}

/* As many parts as the bytes ask for, of equally many blocks. The last one has no end:
 * the table may have grown since its size was asked for. */
static int cut(struct connection *connection, const struct dump_source *source,
               long long part_bytes, struct arena *arena, struct list *conditions,
               struct err *err)
{
    long long count = 1;
    long long step;

    (void)err;
    if (part_bytes > 0 && sql_can(connection, SQL_CAN_SCAN_BLOCKS))
        count = source->bytes / part_bytes + 1;
    if (count > source->blocks)
        count = source->blocks > 0 ? source->blocks : 1;
    step = (source->blocks + count - 1) / count;
    if (step < 1)
        step = 1;
    for (long long from = 0; from == 0 || from < source->blocks; from += step) {
        long long to = from + step;
        const char *condition = "";

        if (to < source->blocks)
            condition = arena_printf(arena, "ctid >= '(%lld,0)' AND ctid < '(%lld,0)'",
                                     from, to);
        else if (from > 0)
            condition = arena_printf(arena, "ctid >= '(%lld,0)'", from);
        list_add(arena, conditions, (void *)(uintptr_t)condition);
    }
    return 0;
}

static void add_select(struct strbuf *sql, const struct dump_source *source,
                       const char *condition)
{
    strbuf_addf(sql, "(SELECT %s FROM ONLY %s%s%s)", source->reads, source->table,
                condition[0] != '\0' ? " WHERE " : "", condition);
}

/* In a directory of $PATH; owned by the caller, NULL where there is none. */
static char *find_in_path(const char *name)
{
    const char *at = getenv("PATH");

    while (at != NULL && *at != '\0') {
        size_t length = strcspn(at, ":");
        char *path = xasprintf("%.*s/%s", (int)length, at, name);

        if (path[0] == '/' && access(path, X_OK) == 0)
            return path;
        free(path);
        at += length + (at[length] == ':' ? 1 : 0);
    }
    return NULL;
}

/* Where Debian has them, else in $PATH: one that is too old for the server says so. Owned
 * by the caller; NULL with `err`. */
static char *find_program(const char *directory, const char *name, int version,
                          struct err *err)
{
    char *path;

    if (directory != NULL) {
        path = xasprintf("%s/%s", directory, name);
        if (access(path, X_OK) == 0)
            return path;
        (void)err_set(err, ERR_CONFIG, "there is no program \"%s\"", path);
        free(path);
        return NULL;
    }
    for (int major = version / 10000; major <= version / 10000 + NEWER_MOST; major++) {
        path = xasprintf("/usr/lib/postgresql/%d/bin/%s", major, name);
        if (access(path, X_OK) == 0)
            return path;
        free(path);
    }
    path = find_in_path(name);
    if (path != NULL)
        return path;
    (void)err_set(err, ERR_CONFIG, "there is no %s of PostgreSQL %d or later here",
                  name, version / 10000);
    (void)err_hint(err,
                   "Install PostgreSQL's client programs, or say with --bin-directory "
                   "where they are.");
    return NULL;
}

/* Runs a program with the session's database and password; the words after the
 * program's path and "-d" are `more`, NULL at the end. */
static int run(struct connection *connection, const char *directory, const char *name,
               const char *const *more, struct err *err)
{
    enum { ARGUMENTS_MOST = 20 };
    const PGconn *handle = pg_of(connection)->handle;
    const char *arguments[ARGUMENTS_MOST];
    const char *environment[] = {NULL, NULL};
    struct strbuf conninfo = STRBUF_INIT;
    struct strbuf password = STRBUF_INIT;
    char *program = find_program(directory, name, sql_server_version(connection), err);
    size_t count = 0;
    int status = -1;

    if (program == NULL)
        return -1;
    postgres_add_conninfo(&conninfo, handle);
    strbuf_add_string(&conninfo, "dbname=");
    postgres_add_quoted(&conninfo, PQdb(handle));
    if (PQpass(handle) != NULL && PQpass(handle)[0] != '\0') {
        strbuf_addf(&password, "PGPASSWORD=%s", PQpass(handle));
        environment[0] = strbuf_text(&password);
    }
    arguments[count++] = program;
    arguments[count++] = "-d";
    arguments[count++] = strbuf_text(&conninfo);
    arguments[count++] = "--no-password";
    for (size_t i = 0; more[i] != NULL && count + 1 < ARGUMENTS_MOST; i++)
        arguments[count++] = more[i];
    arguments[count] = NULL;
    {
        const struct process_spec spec = {.arguments = arguments,
                                          .environment = environment,
                                          .has_own_group = true,
                                          .has_clean_environment = true,
                                          .dies_with_us = true};

        status = process_run(&spec, SCHEMA_SECONDS, name, err);
    }
    strbuf_wipe(&password);
    strbuf_clear(&conninfo);
    free(program);
    return status;
}

static int write_schema(struct connection *connection, const char *bin_directory,
                        const char *view, const char *path, struct err *err)
{
    char *snapshot = xasprintf("--snapshot=%s", view);
    char *file = xasprintf("--file=%s", path);
    const char *const more[] = {"--schema-only", "--format=custom", snapshot, file,
                                NULL};
    int status = run(connection, bin_directory, "pg_dump", more, err);

    free(snapshot);
    free(file);
    return status;
}

/* The first section is one transaction. */
static int has_definitions(struct connection *connection, bool *has, struct err *err)
{
    static const char sql[] =
        "SELECT EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n"
        " ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S')"
        " AND n.nspname NOT IN ('airshift_restore', 'information_schema')"
        " AND n.nspname !~ '^pg_' AND NOT EXISTS (SELECT FROM pg_depend AS d"
        " WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid"
        " AND d.deptype = 'e'))";
    struct sql_result *row = sql_query(connection, sql, 0, NULL, err);

    if (row == NULL)
        return -1;
    *has = sql_is_true(row, 0, 0);
    sql_result_free(row);
    return 0;
}

static int read_schema(const struct dump_restore *restore, enum dump_section section,
                       struct err *err)
{
    char *workers = xasprintf("--jobs=%u", restore->jobs);
    const char *more[12];
    size_t count = 0;
    bool is_made = false;
    int status = 0;

    if (section == DUMP_BEFORE_ROWS && restore->is_repeated)
        status = has_definitions(restore->connection, &is_made, err);
    if (section == DUMP_AT_END || is_made || status < 0) {
        free(workers);
        return status;
    }
    more[count++] = "--exit-on-error";
    if (section == DUMP_BEFORE_ROWS) {
        more[count++] = "--section=pre-data";
        more[count++] = "--single-transaction";
    } else {
        more[count++] = "--section=post-data";
        more[count++] = workers;
        if (restore->is_repeated) { /* what is there is made anew */
            more[count++] = "--clean";
            more[count++] = "--if-exists";
        }
    }
    if (!restore->keeps_owners) {
        more[count++] = "--no-owner";
        more[count++] = "--no-privileges";
    }
    more[count++] = restore->path;
    more[count] = NULL;
    status = run(restore->connection, restore->bin_directory, "pg_restore", more, err);
    free(workers);
    return status;
}

static int analyze(struct connection *connection, struct err *err)
{
    return sql_exec(connection, "ANALYZE", err);
}

const struct dump_ops postgres_dump_ops = {
    .share_view = share_view,
    .cut = cut,
    .add_select = add_select,
    .write_schema = write_schema,
    .read_schema = read_schema,
    .analyze = analyze,
};
