/* SPDX-License-Identifier: Apache-2.0
 *
 * settings.c - MySQL: the settings of a server that we make. A clone has the master's
 * data, but not its files of settings; so what was set on the master, in whichever file
 * or on its command line, is written into one file beside the copy, without what would
 * lead it to the master's own files and addresses. The settings of durability, and the
 * proof that they are what they were, are here too.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "local_server.h"
#include "mysql/connection.h"
#include "mysql/replica.h"

char *my_settings_path(const struct server *server)
{
    if (!server->is_adopted)
        return xasprintf("%s/my.cnf", server->control_directory);
    return server->config_file != NULL ? xstrdup(server->config_file) : NULL;
}

/* Where somebody has set it, and it is no path or address of the master's own. */
static const char settings_sql[] =
    "SELECT i.variable_name, v.variable_value"
    " FROM performance_schema.variables_info AS i"
    " JOIN performance_schema.global_variables AS v"
    "  ON v.variable_name = i.variable_name"
    " WHERE i.variable_source NOT IN ('COMPILED', 'DYNAMIC')"
    " AND i.variable_name NOT REGEXP '^(admin_|clone_|general_log|gtid_|log_bin$|"
    "log_bin_basename|log_bin_index|log_error$|mysqlx|relay_log|report_|slow_query_log|"
    "innodb_(data_home_dir|directories|doublewrite_dir|log_group_home_dir|temp_|tmpdir|"
    "undo_directory))'"
    " AND i.variable_name NOT IN ('basedir', 'bind_address', 'datadir',"
    " 'enforce_gtid_consistency', 'init_file', 'offline_mode', 'pid_file', 'port',"
    " 'read_only', 'replica_load_tmpdir', 'secure_file_priv', 'server_id',"
    " 'skip_networking', 'skip_replica_start', 'skip_slave_start', 'socket',"
    " 'super_read_only', 'tmpdir')"
    " ORDER BY 1";

static bool is_gone_directory(const char *name, const char *value)
{
    size_t length = strlen(name);

    return length > 4 && strcmp(name + length - 4, "_dir") == 0 &&
           access(value, R_OK | X_OK) < 0;
}

static void add_setting(struct strbuf *text, const char *name, const char *value)
{
    /* A file of settings has no way to write these. */
    if (strpbrk(value, "\"\r\n") != NULL)
        return;
    strbuf_addf(text, "%s = \"", name);
    for (; *value != '\0'; value++) {
        if (*value == '\\')
            strbuf_add_char(text, '\\');
        strbuf_add_char(text, *value);
    }
    strbuf_add_string(text, "\"\n");
}

/* The master's, each as one that another version need not know. */
static int add_masters(struct strbuf *text, struct connection *admin, struct err *err)
{
    struct sql_result *rows = sql_query(admin, settings_sql, 0, NULL, err);

    if (rows == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(rows); i++) {
        const char *name = sql_text(rows, i, 0);
        char *loose;

        if (is_gone_directory(name, sql_text(rows, i, 1)))
            continue;
        loose = xasprintf("loose-%s", name);
        add_setting(text, loose, sql_text(rows, i, 1));
        free(loose);
    }
    sql_result_free(rows);
    return 0;
}

static int add_own(struct strbuf *text, const struct server *server,
                   struct connection *admin, struct err *err)
{
    struct sql_result *row =
        sql_row(admin,
                "SELECT @@GLOBAL.bind_address, @@GLOBAL.gtid_mode,"
                " @@GLOBAL.enforce_gtid_consistency, @@GLOBAL.server_id,"
                " substring_index(@@GLOBAL.log_bin_basename, '/', -1),"
                " coalesce(@@GLOBAL.secure_file_priv, 'NULL')",
                err);
    char number[24];
    char *path;

    if (row == NULL)
        return -1;
    add_setting(text, "datadir", server->data_directory);
    (void)snprintf(number, sizeof(number), "%d", server->port);
    add_setting(text, "port", number);
    add_setting(text, "bind_address",
                server->listen_addresses != NULL ? server->listen_addresses
                                                 : sql_text(row, 0, 0));
    path = xasprintf("%s/mysql.sock", server->socket_directory != NULL
                                          ? server->socket_directory
                                          : server->control_directory);
    add_setting(text, "socket", path);
    free(path);
    path = xasprintf("%s/server.log", server->control_directory);
    add_setting(text, "log_error", path);
    free(path);
    add_setting(text, "loose-mysqlx", "OFF");
    add_setting(text, "gtid_mode", sql_text(row, 0, 1));
    add_setting(text, "enforce_gtid_consistency", sql_text(row, 0, 2));
    add_setting(text, "log_bin",
                sql_text(row, 0, 4)[0] != '\0' ? sql_text(row, 0, 4) : "binlog");
    add_setting(text, "secure_file_priv",
                sql_text(row, 0, 5)[0] == '/' && access(sql_text(row, 0, 5), R_OK) < 0
                    ? "NULL"
                    : sql_text(row, 0, 5));
    /* Else it would be named after the machine, which may be renamed. */
    add_setting(text, "relay_log", "relay");
    /* Another one than the master's, and than that of a second replica of ours. */
    (void)snprintf(number, sizeof(number), "%lld",
                   (sql_integer(row, 0, 3) + server->port) % 4294967295LL + 1);
    add_setting(text, "server_id", number);
    sql_result_free(row);
    return 0;
}

int my_write_settings(const struct server *server, struct connection *admin,
                      struct err *err)
{
    struct strbuf text = STRBUF_INIT;
    int status = -1;

    strbuf_addf(&text, "# the %s server, written by airshift\n[mysqld]\n",
                server->role);
    if (add_masters(&text, admin, err) == 0 && add_own(&text, server, admin, err) == 0)
        status = local_put(server, server->control_directory, "my.cnf",
                           strbuf_text(&text), err);
    strbuf_clear(&text);
    return status;
}

#define DURABILITY                                                                \
    " FROM performance_schema.global_variables AS v"                              \
    " JOIN performance_schema.variables_info AS i ON i.variable_name = "          \
    "v.variable_name"                                                             \
    " WHERE v.variable_name IN ('innodb_flush_log_at_trx_commit', 'sync_binlog'," \
    " 'innodb_doublewrite', 'innodb_flush_method', 'innodb_redo_log_capacity',"   \
    " 'log_bin')"

#define SETTINGS                                          \
    "group_concat(v.variable_name, '=', v.variable_value" \
    " ORDER BY v.variable_name SEPARATOR ';')"

int my_describe_durability(struct connection *connection, struct strbuf *text,
                           struct err *err)
{
    struct sql_result *row = sql_row(connection, "SELECT " SETTINGS DURABILITY, err);

    if (row == NULL)
        return -1;
    strbuf_add_string(text, sql_text(row, 0, 0));
    sql_result_free(row);
    return 0;
}

int my_prove_durability(struct connection *connection, const char *expected,
                        struct err *err)
{
    struct sql_result *row =
        sql_row(connection,
                "SELECT " SETTINGS ", coalesce(group_concat(CASE"
                " WHEN i.variable_source IN ('COMMAND_LINE', 'DYNAMIC')"
                " THEN v.variable_name END SEPARATOR ', '), '')" DURABILITY,
                err);
    int status;

    if (row == NULL)
        return -1;
    status =
        replica_prove_settings(sql_text(row, 0, 0), expected, sql_text(row, 0, 1), err);
    sql_result_free(row);
    return status;
}
