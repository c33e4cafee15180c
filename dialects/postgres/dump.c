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

static int share_view(struct connection *connection, struct strbuf *name,
                      struct err *err)
{
    struct sql_result *row;

    if (sql_exec(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err) <
        0)
        return -1;
    row = sql_query(connection, "SELECT pg_export_snapshot()", 0, NULL, err);
    if (row == NULL)
        return -1;
    strbuf_add_string(name, sql_text(row, 0, 0));
    sql_result_free(row);
    return 0;
}

static int join_view(struct connection *connection, const char *name, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    int status;

    strbuf_add_string(&sql, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; "
                            "SET TRANSACTION SNAPSHOT ");
    sql_add_literal(&sql, name);
    status = sql_exec(connection, strbuf_text(&sql), err);
    strbuf_clear(&sql);
    return status;
}

/* Owned by the caller; NULL with `err`. */
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

static int read_schema(struct connection *connection, const char *bin_directory,
                       enum dump_section section, unsigned jobs, bool keeps_owners,
                       const char *path, struct err *err)
{
    char *workers = xasprintf("--jobs=%u", jobs);
    const char *more[8];
    size_t count = 0;
    int status;

    more[count++] = "--exit-on-error";
    if (section == DUMP_BEFORE_ROWS) {
        more[count++] = "--section=pre-data";
        more[count++] = "--single-transaction";
    } else {
        more[count++] = "--section=post-data";
        more[count++] = workers;
    }
    if (!keeps_owners) {
        more[count++] = "--no-owner";
        more[count++] = "--no-privileges";
    }
    more[count++] = path;
    more[count] = NULL;
    status = run(connection, bin_directory, "pg_restore", more, err);
    free(workers);
    return status;
}

const struct dump_ops postgres_dump_ops = {
    .share_view = share_view,
    .join_view = join_view,
    .write_schema = write_schema,
    .read_schema = read_schema,
};
