/* SPDX-License-Identifier: Apache-2.0
 *
 * monitor.c - what the server says about its sessions, locks and replicas. All of it
 * only reads, except sql_end_group().
 */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/xalloc.h"
#include "postgres/connection.h"

/* Airflow takes pg_advisory_lock(1) around its own migrations (DBLocks.MIGRATIONS). */
int postgres_try_migration_lock(struct connection *connection, bool *is_held,
                                struct err *err)
{
    struct sql_result *result =
        postgres_query(connection, "SELECT pg_try_advisory_lock(1)", 0, NULL, err);

    if (result == NULL)
        return -1;
    *is_held = sql_text(result, 0, 0)[0] == 't';
    sql_result_free(result);
    return 0;
}

static struct sql_result *query_session(struct connection *connection, const char *sql,
                                        long long session, struct err *err)
{
    char text[32];
    const char *parameters[1] = {text};

    (void)snprintf(text, sizeof(text), "%lld", session);
    return postgres_query(connection, sql, 1, parameters, err);
}

int postgres_add_blockers(struct connection *connection, long long session,
                          struct strbuf *text, struct err *err)
{
    /* A prepared transaction blocks as pid 0. What another role runs is not shown to a
     * role without pg_read_all_stats: then the columns are NULL. */
    static const char sql[] =
        "SELECT DISTINCT b.pid,"
        " coalesce(nullif(a.application_name, ''), a.backend_type, 'session'),"
        " coalesce(a.usename, '?'), coalesce(a.state, '?'),"
        " coalesce(extract(epoch FROM clock_timestamp()"
        "   - coalesce(a.state_change, a.backend_start))::bigint, 0),"
        " left(regexp_replace(coalesce(a.query, ''), '\\s+', ' ', 'g'), 120)"
        " FROM unnest(pg_blocking_pids($1::integer)) AS b(pid)"
        " LEFT JOIN pg_stat_activity AS a ON a.pid = b.pid ORDER BY b.pid";
    struct sql_result *result = query_session(connection, sql, session, err);
    size_t count;

    if (result == NULL)
        return -1;
    count = sql_row_count(result);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            strbuf_add_string(text, "; ");
        if (sql_integer(result, i, 0) == 0) {
            strbuf_add_string(text, "a prepared transaction (see pg_prepared_xacts)");
            continue;
        }
        strbuf_addf(text, "pid %s (%s, user %s, %s %s s)", sql_text(result, i, 0),
                    sql_text(result, i, 1), sql_text(result, i, 2),
                    sql_text(result, i, 3), sql_text(result, i, 4));
        if (sql_text(result, i, 5)[0] != '\0')
            strbuf_addf(text, ": %s", sql_text(result, i, 5));
    }
    sql_result_free(result);
    return 0;
}

int postgres_get_index_progress(struct connection *connection, long long session,
                                struct sql_index_progress *progress, struct err *err)
{
    static const char sql[] =
        "SELECT phase, CASE WHEN tuples_total > 0 THEN tuples_done ELSE blocks_done "
        "END,"
        " CASE WHEN tuples_total > 0 THEN tuples_total ELSE blocks_total END"
        " FROM pg_stat_progress_create_index WHERE pid = $1::integer";
    struct sql_result *result = query_session(connection, sql, session, err);

    if (result == NULL)
        return -1;
    memset(progress, 0, sizeof(*progress));
    if (sql_row_count(result) > 0) {
        progress->is_running = true;
        (void)snprintf(progress->phase, sizeof(progress->phase), "%s",
                       sql_text(result, 0, 0));
        progress->done = strtod(sql_text(result, 0, 1), NULL);
        progress->total = strtod(sql_text(result, 0, 2), NULL);
    }
    sql_result_free(result);
    return 0;
}

int postgres_get_replica_lag(struct connection *connection, double *seconds,
                             struct err *err)
{
    /* `state` is NULL where the role may not see the row: then the lag is not known. */
    static const char sql[] =
        "SELECT count(*) FILTER (WHERE state IS NULL),"
        " coalesce(max(extract(epoch FROM replay_lag)), 0)"
        " FROM pg_stat_replication WHERE application_name <> 'pg_basebackup'";
    struct sql_result *result = postgres_query(connection, sql, 0, NULL, err);
    long long hidden;

    if (result == NULL)
        return -1;
    hidden = sql_integer(result, 0, 0);
    *seconds = strtod(sql_text(result, 0, 1), NULL);
    sql_result_free(result);
    if (hidden == 0)
        return 0;
    (void)err_set(err, ERR_STATE,
                  "the lag of the replicas is not visible to this role");
    return err_hint(err,
                    "GRANT pg_monitor to the role, or do without the limit on lag.");
}

/* The third line of the server's pid file is when it began: if that is when the server of
 * the session did, the directory is its own, and not another server's at the same path. */
static bool is_directory_of(const char *directory, long long started)
{
    char *path = xasprintf("%s/postmaster.pid", directory);
    FILE *file = fopen(path, "re");
    char line[4096];
    long long difference = -1;

    for (int number = 1; file != NULL && fgets(line, sizeof(line), file) != NULL;
         number++) {
        if (number == 3)
            difference = started - strtoll(line, NULL, 10);
    }
    if (file != NULL)
        (void)fclose(file);
    free(path);
    return difference >= 0 && difference <= 60; /* a recovery may lie between */
}

/* The log may be on a file system of its own: what is scarcer counts. */
static bool measure(const char *directory, unsigned long long *bytes)
{
    static const char *const parts[] = {"base", "pg_wal"};
    unsigned long long least = ULLONG_MAX;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        char *path = xasprintf("%s/%s", directory, parts[i]);
        struct statvfs facts;
        int status = statvfs(path, &facts);

        free(path);
        if (status < 0)
            return false;
        if ((unsigned long long)facts.f_bavail * facts.f_frsize < least)
            least = (unsigned long long)facts.f_bavail * facts.f_frsize;
    }
    *bytes = least;
    return true;
}

int postgres_get_disk(struct connection *connection, struct sql_disk *disk,
                      struct err *err)
{
    /* A role that may not see the directory gets no row of it. A database in a tablespace
     * lies elsewhere. */
    static const char sql[] =
        "SELECT (SELECT setting FROM pg_settings WHERE name = 'data_directory'),"
        " extract(epoch FROM pg_postmaster_start_time())::bigint,"
        " (SELECT setting::bigint << 20 FROM pg_settings WHERE name = 'max_wal_size'),"
        " (SELECT dattablespace = 1663 FROM pg_database WHERE datname = "
        "current_database())";
    struct sql_result *row = postgres_query(connection, sql, 0, NULL, err);

    if (row == NULL)
        return -1;
    disk->log_bytes = (unsigned long long)sql_integer(row, 0, 2);
    disk->is_known = !sql_is_null(row, 0, 0) && sql_text(row, 0, 3)[0] == 't' &&
                     is_directory_of(sql_text(row, 0, 0), sql_integer(row, 0, 1)) &&
                     measure(sql_text(row, 0, 0), &disk->free_bytes);
    sql_result_free(row);
    return 0;
}

int postgres_get_block_bytes(struct connection *connection, unsigned *bytes,
                             struct err *err)
{
    struct sql_result *result =
        postgres_query(connection, "SHOW block_size", 0, NULL, err);

    if (result == NULL)
        return -1;
    *bytes = (unsigned)sql_integer(result, 0, 0);
    sql_result_free(result);
    return 0;
}

static long long milliseconds(double seconds)
{
    long long value = (long long)(seconds * 1e3 + 0.5);

    return seconds <= 0 ? 0 : value < 1 ? 1 : value > 2147483647 ? 2147483647 : value;
}

void postgres_add_begin(struct strbuf *sql, double lock_timeout_seconds)
{
    strbuf_addf(sql, "BEGIN; SET LOCAL lock_timeout = %lld; ",
                milliseconds(lock_timeout_seconds));
}

void postgres_add_lock_timeout(struct strbuf *sql, double lock_timeout_seconds)
{
    strbuf_addf(sql, "SET lock_timeout = %lld; ", milliseconds(lock_timeout_seconds));
}

/* A group is a shared advisory lock that each member holds as long as its process
 * lives; the first key says that it is ours ("airs"), the second is the hash of the
 * name. */
int postgres_join_group(struct connection *connection, const char *group,
                        struct err *err)
{
    const char *parameters[1] = {group};
    struct sql_result *result = postgres_query(
        connection,
        "SELECT pg_advisory_lock_shared(x'61697273'::integer, hashtext($1))", 1,
        parameters, err);

    if (result == NULL)
        return -1;
    sql_result_free(result);
    return 0;
}

int postgres_end_group(struct connection *connection, const char *group,
                       long long session, size_t *left, struct err *err)
{
    static const char sql[] =
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
        " AND database = (SELECT oid FROM pg_database WHERE datname = "
        "current_database())"
        " AND classid = x'61697273'::bigint::oid"
        " AND objid = (hashtext($1)::bigint & x'ffffffff'::bigint)::oid AND objsubid = "
        "2"
        " AND granted AND pid <> pg_backend_pid() AND (pid = $2::integer OR $2 = '0')";
    char text[32];
    const char *parameters[2] = {group, text};
    struct sql_result *result;

    (void)snprintf(text, sizeof(text), "%lld", session);
    result = postgres_query(connection, sql, 2, parameters, err);
    if (result == NULL)
        return err_wrap(err, "sessions of an earlier run cannot be ended");
    *left = sql_row_count(result);
    sql_result_free(result);
    return 0;
}
