/* SPDX-License-Identifier: Apache-2.0
 *
 * monitor.c - what the server says about its sessions and locks, and the words for both.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/xalloc.h"
#include "mysql/connection.h"

/* Airflow takes it around its own migrations (DBLocks.MIGRATIONS). It is the whole
 * server's: a migration of another database has it, too. */
int mysql_try_migration_lock(struct connection *connection, bool *is_held,
                             struct err *err)
{
    struct sql_result *result = mysql_select(
        connection, "SELECT GET_LOCK('airflow_MIGRATIONS', 0)", 0, NULL, err);

    if (result == NULL)
        return -1;
    *is_held = strcmp(mysql_text(result, 0, 0), "1") == 0;
    mysql_result_free(result);
    return 0;
}

/* Who holds the table's metadata lock, or the row's, that the session waits for. */
int mysql_add_blockers(struct connection *connection, long long session,
                       struct strbuf *text, struct err *err)
{
    static const char sql[] =
        "SELECT DISTINCT t.processlist_id, coalesce(a.attr_value, 'session'),"
        " coalesce(t.processlist_user, '?'), coalesce(t.processlist_command, '?'),"
        " coalesce(t.processlist_time, 0),"
        " left(regexp_replace(coalesce(t.processlist_info, ''), '[[:space:]]+', ' '), "
        "120)"
        " FROM performance_schema.threads AS w JOIN ("
        "  SELECT p.owner_thread_id AS waiting, g.owner_thread_id AS blocking"
        "   FROM performance_schema.metadata_locks AS p"
        "   JOIN performance_schema.metadata_locks AS g ON g.object_type = "
        "p.object_type"
        "    AND g.object_schema <=> p.object_schema AND g.object_name <=> "
        "p.object_name"
        "    AND g.lock_status = 'GRANTED' AND g.owner_thread_id <> p.owner_thread_id"
        "   WHERE p.lock_status = 'PENDING'"
        "  UNION SELECT requesting_thread_id, blocking_thread_id"
        "   FROM performance_schema.data_lock_waits) AS b ON b.waiting = w.thread_id"
        " JOIN performance_schema.threads AS t ON t.thread_id = b.blocking"
        " LEFT JOIN performance_schema.session_connect_attrs AS a"
        "  ON a.processlist_id = t.processlist_id AND a.attr_name = 'program_name'"
        " WHERE w.processlist_id = $1 ORDER BY 1";
    char id[32];
    const char *parameters[1] = {id};
    struct sql_result *result;

    (void)snprintf(id, sizeof(id), "%lld", session);
    result = mysql_select(connection, sql, 1, parameters, err);
    if (result == NULL)
        return -1;
    for (size_t i = 0; i < mysql_row_count(result); i++) {
        strbuf_addf(text, "%sconnection %s (%s, user %s, %s %s s)", i > 0 ? "; " : "",
                    mysql_text(result, i, 0), mysql_text(result, i, 1),
                    mysql_text(result, i, 2), mysql_text(result, i, 3),
                    mysql_text(result, i, 4));
        if (mysql_text(result, i, 5)[0] != '\0')
            strbuf_addf(text, ": %s", mysql_text(result, i, 5));
    }
    mysql_result_free(result);
    return 0;
}

int mysql_get_index_progress(struct connection *connection, long long session,
                             struct sql_index_progress *progress, struct err *err)
{
    (void)connection;
    (void)session;
    (void)err;
    /* The server counts it only where its instruments were switched on. */
    memset(progress, 0, sizeof(*progress));
    return 0;
}

int mysql_get_replica_lag(struct connection *connection, double *seconds,
                          struct err *err)
{
    (void)connection;
    *seconds = 0;
    return err_set(err, ERR_UNSUPPORTED,
                   "a MySQL source does not know how far its replicas lag");
}

/* auto.cnf holds the server's own UUID: so the directory is its, and not another server's
 * at the same path. */
static bool is_directory_of(const char *directory, const char *uuid)
{
    char *path = xasprintf("%s/auto.cnf", directory);
    FILE *file = fopen(path, "re");
    char line[256];
    bool is_found = false;

    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        is_found = is_found || strstr(line, uuid) != NULL;
    if (file != NULL)
        (void)fclose(file);
    free(path);
    return is_found && uuid[0] != '\0';
}

int mysql_get_disk(struct connection *connection, struct sql_disk *disk,
                   struct err *err)
{
    static const char sql[] =
        "SELECT @@GLOBAL.datadir, @@GLOBAL.server_uuid, @@GLOBAL.log_bin";
    struct sql_result *row = sql_query(connection, sql, 0, NULL, err);
    struct statvfs facts;

    if (row == NULL)
        return -1;
    /* The redo log has its size already; the binary log keeps all. */
    disk->log_bytes = sql_integer(row, 0, 2) != 0 ? ~0ULL : 0;
    disk->is_known = is_directory_of(sql_text(row, 0, 0), sql_text(row, 0, 1)) &&
                     statvfs(sql_text(row, 0, 0), &facts) == 0;
    if (disk->is_known)
        disk->free_bytes = (unsigned long long)facts.f_bavail * facts.f_frsize;
    sql_result_free(row);
    return 0;
}

/* 0 is for ever: both have a largest value instead. */
static void add_timeouts(struct strbuf *sql, double seconds)
{
    unsigned tables = seconds > 0 ? (unsigned)(seconds < 1 ? 1 : seconds) : 31536000;
    unsigned rows = seconds > 0 ? tables : 1073741824;

    strbuf_addf(sql,
                "SET SESSION lock_wait_timeout = %u, innodb_lock_wait_timeout = %u; ",
                tables, rows);
}

void mysql_add_begin(struct strbuf *sql, double lock_timeout_seconds)
{
    add_timeouts(sql, lock_timeout_seconds);
    strbuf_add_string(sql, "START TRANSACTION; ");
}

void mysql_add_lock_timeout(struct strbuf *sql, double lock_timeout_seconds)
{
    add_timeouts(sql, lock_timeout_seconds);
}

int mysql_end_session(struct connection *connection, const char *session,
                      struct err *err)
{
    enum { NO_SUCH_SESSION = 1094 };
    char *sql = xasprintf("KILL %s", session);
    int status = sql_exec(connection, sql, err);

    free(sql);
    if (status < 0 && mysql_errno(my_of(connection)->handle) == NO_SUCH_SESSION) {
        err_clear(err);
        status = 0;
    }
    return status;
}

/* A group is a variable that each member sets in its session: others see it. */
int mysql_join_group(struct connection *connection, const char *group, struct err *err)
{
    const char *parameters[1] = {group};
    struct sql_result *result =
        mysql_select(connection, "SET @airshift_group = $1", 1, parameters, err);

    if (result == NULL)
        return -1;
    mysql_result_free(result);
    return 0;
}

int mysql_end_group(struct connection *connection, const char *group, long long session,
                    size_t *left, struct err *err)
{
    static const char sql[] =
        "SELECT t.processlist_id FROM performance_schema.user_variables_by_thread AS v"
        " JOIN performance_schema.threads AS t ON t.thread_id = v.thread_id"
        " WHERE v.variable_name = 'airshift_group' AND v.variable_value = $1"
        " AND t.processlist_id <> connection_id()"
        " AND ($2 = '0' OR t.processlist_id = $2)";
    char text[32];
    const char *parameters[2] = {group, text};
    struct sql_result *result;
    int status = 0;

    (void)snprintf(text, sizeof(text), "%lld", session);
    result = mysql_select(connection, sql, 2, parameters, err);
    if (result == NULL)
        return err_wrap(err, "sessions of an earlier run cannot be ended");
    *left = mysql_row_count(result);
    for (size_t i = 0; status == 0 && i < *left; i++)
        status = mysql_end_session(connection, mysql_text(result, i, 0), err);
    mysql_result_free(result);
    return status;
}
