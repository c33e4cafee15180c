/* SPDX-License-Identifier: Apache-2.0
 *
 * copy.c - makes a standby out of nothing: pg_basebackup, and then the few settings by
 * which the copy is another server than its master. The password goes through a
 * password file of mode 0600 only.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "local_server.h"
#include "postgres/connection.h"
#include "postgres/replica.h"
#include "state/fault.h"
#include "state/file.h"

enum { CONF_MAX_BYTES = 16 << 20 };

/* A colon or backslash in a password file's field stands behind a backslash. */
static void add_field(struct strbuf *text, const char *value)
{
    for (; *value != '\0'; value++) {
        if (*value == ':' || *value == '\\')
            strbuf_add_char(text, '\\');
        strbuf_add_char(text, *value);
    }
}

/* How the master is reached, as this session reaches it, without a password; the
 * password goes into the password file. */
static int describe_master(const struct server *server, struct connection *admin,
                           const char *name, struct strbuf *conninfo, struct err *err)
{
    const PGconn *handle = pg_of(admin)->handle;
    const char *password = PQpass(handle);
    struct strbuf secret = STRBUF_INIT;
    int status = 0;

    postgres_add_conninfo(conninfo, handle);
    strbuf_addf(conninfo, "application_name='%s'", name);
    if (password != NULL && password[0] != '\0') {
        strbuf_add_string(&secret, "*:*:*:*:");
        add_field(&secret, password);
        strbuf_add_char(&secret, '\n');
        status = local_put(server, server->control_directory, "passfile",
                           strbuf_text(&secret), err);
        strbuf_addf(conninfo, " passfile='%s/passfile'", server->control_directory);
    }
    strbuf_wipe(&secret);
    return status;
}

int pg_copy_server(const struct server *server, struct connection *admin,
                   const char *slot, double seconds, process_tick *tick, void *context,
                   struct err *err)
{
    struct strbuf conninfo = STRBUF_INIT;
    struct deadline deadline = deadline_in(seconds);
    char *program = NULL;
    char *slot_option = xasprintf("--slot=%s", slot);
    char *log = xasprintf("%s/copy.log", server->control_directory);
    char what[64];
    char how[32];
    struct err reason;
    int status = -1;
    int ended = 0;
    int lock = -1;
    pid_t pid;

    (void)snprintf(what, sizeof(what), "the copy for the %s server", server->role);
    if (local_has_mark(server, "whole\n")) {
        status = 0;
        goto done;
    }
    if (local_make_control_directory(server, err) < 0)
        goto done;
    lock = local_lock_copy(server, err);
    if (lock < 0 || local_make_data_directory(server, err) < 0 ||
        describe_master(server, admin, slot, &conninfo, err) < 0)
        goto done;
    program = pg_program(server, "pg_basebackup", sql_server_version(admin), err);
    if (program == NULL)
        goto done;
    fault_point("copy", "before");
    {
        const char *const arguments[] = {program,
                                         "-D",
                                         server->data_directory,
                                         "-d",
                                         strbuf_text(&conninfo),
                                         slot_option,
                                         "-X",
                                         "stream",
                                         "--checkpoint=fast",
                                         "--no-password",
                                         NULL};
        const struct process_spec spec = {.arguments = arguments,
                                          .user = server->os_user,
                                          .directory = "/",
                                          .output = log,
                                          .lock_fd = lock,
                                          .has_own_group = true,
                                          .has_clean_environment = true,
                                          .dies_with_us = true};

        pid = process_start(&spec, err);
    }
    if (pid < 0 || process_wait(pid, &deadline, what, tick, context, &ended, err) < 0)
        goto done;
    if (ended != 0) {
        struct strbuf text = STRBUF_INIT;

        process_describe(ended, how, sizeof(how));
        (void)err_set(err, ERR_STATE, "%s ended with %s", what, how);
        if (file_read(log, 65536, &text, &reason) == 0 && text.length > 0) {
            size_t from = text.length > 400 ? text.length - 400 : 0;

            (void)err_hint(err, "%s: %s", log, strbuf_text(&text) + from);
        }
        strbuf_clear(&text);
        goto done;
    }
    status = local_set_mark(server, "whole\n", err);
done:
    if (lock >= 0)
        (void)close(lock);
    strbuf_clear(&conninfo);
    free(program);
    free(slot_option);
    free(log);
    return status;
}

/* The master's settings where they are in files outside its data directory, as on
 * Debian. */
static int write_configuration(const struct server *server, struct connection *admin,
                               struct err *err)
{
    static const struct {
        const char *file;
        const char *sql;
    } files[] = {
        {"postgresql.conf",
         "SELECT coalesce(string_agg(name || ' = ''' || replace(current_setting(name),"
         " '''', '''''') || '''' || E'\\n', '' ORDER BY name), E'\\n') FROM pg_settings"
         " WHERE source = 'configuration file' AND name NOT IN ('data_directory',"
         " 'hba_file', 'ident_file', 'config_file', 'external_pid_file', 'port',"
         " 'listen_addresses', 'unix_socket_directories')"},
        {"pg_hba.conf", "SELECT pg_read_file(current_setting('hba_file'))"},
        {"pg_ident.conf", "SELECT pg_read_file(current_setting('ident_file'))"},
    };

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char *path = xasprintf("%s/%s", server->data_directory, files[i].file);
        bool is_there = file_exists(path);
        struct sql_result *row;
        int status;

        free(path);
        if (is_there)
            continue;
        row = sql_row(admin, files[i].sql, err);
        if (row == NULL)
            return -1;
        status = local_put(server, server->data_directory, files[i].file,
                           sql_text(row, 0, 0), err);
        sql_result_free(row);
        if (status < 0)
            return -1;
    }
    return 0;
}

/* The name that a line of a configuration file sets; 0 where it sets none. */
static size_t setting_name(const char *line, const char **name)
{
    *name = line + strspn(line, " \t");
    return strspn(*name,
                  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.");
}

/* Rewrites a file of the copy without the lines that set one of `names`, plus `more`.
 */
static int edit(const struct server *server, const char *file, const char *const *names,
                const char *more, struct err *err)
{
    char *path = xasprintf("%s/%s", server->data_directory, file);
    struct strbuf old = STRBUF_INIT;
    struct strbuf text = STRBUF_INIT;
    int status = -1;

    if (file_exists(path) && file_read(path, CONF_MAX_BYTES, &old, err) < 0)
        goto done;
    for (const char *line = strbuf_text(&old); *line != '\0';) {
        size_t length = strcspn(line, "\n");
        const char *name;
        size_t name_length = setting_name(line, &name);
        bool is_dropped = false;

        for (size_t i = 0; names[i] != NULL; i++)
            is_dropped = is_dropped || (strlen(names[i]) == name_length &&
                                        strncasecmp(names[i], name, name_length) == 0);
        if (is_dropped && more == NULL)
            strbuf_add_string(&text, "# airshift: ");
        if (!is_dropped || more == NULL) {
            strbuf_add(&text, line, length);
            strbuf_add_char(&text, '\n');
        }
        line += length;
        if (*line == '\n')
            line++;
    }
    if (more != NULL)
        strbuf_add_string(&text, more);
    status = local_put(server, server->data_directory, file, strbuf_text(&text), err);
done:
    strbuf_clear(&text);
    strbuf_clear(&old);
    free(path);
    return status;
}

static void add_setting(struct strbuf *text, const char *name, const char *value)
{
    strbuf_addf(text, "%s = '", name);
    for (; *value != '\0'; value++) {
        if (*value == '\'')
            strbuf_add_char(text, '\'');
        else if (*value == '\\')
            strbuf_add_char(text, '\\');
        strbuf_add_char(text, *value);
    }
    strbuf_add_string(text, "'\n");
}

/* Safe to repeat: the same lines replace the same lines. The server must not run. */
int pg_follow(const struct server *server, struct connection *admin, const char *slot,
              struct err *err)
{
    static const char *const replaced[] = {"port",
                                           "listen_addresses",
                                           "unix_socket_directories",
                                           "hba_file",
                                           "ident_file",
                                           "external_pid_file",
                                           "hot_standby",
                                           "primary_conninfo",
                                           "primary_slot_name",
                                           "synchronous_standby_names",
                                           "recovery_target_timeline",
                                           "restore_command",
                                           "recovery_min_apply_delay",
                                           NULL};
    /* In a file of the master's these would lead the copy to the master's own files. */
    static const char *const harmful[] = {"data_directory", "hba_file", "ident_file",
                                          "external_pid_file", NULL};
    struct strbuf conninfo = STRBUF_INIT;
    struct strbuf text = STRBUF_INIT;
    struct sql_result *row = NULL;
    char number[16];
    char *hba = xasprintf("%s/pg_hba.conf", server->data_directory);
    char *ident = xasprintf("%s/pg_ident.conf", server->data_directory);
    int status = -1;

    if (describe_master(server, admin, slot, &conninfo, err) < 0)
        goto done;
    row = sql_row(admin, "SELECT current_setting('listen_addresses')", err);
    if (row == NULL)
        goto done;
    (void)snprintf(number, sizeof(number), "%d", server->port);
    add_setting(&text, "port", number);
    add_setting(&text, "listen_addresses",
                server->listen_addresses != NULL ? server->listen_addresses
                                                 : sql_text(row, 0, 0));
    add_setting(&text, "unix_socket_directories",
                server->socket_directory != NULL ? server->socket_directory
                                                 : server->control_directory);
    add_setting(&text, "hba_file", hba);
    add_setting(&text, "ident_file", ident);
    add_setting(&text, "external_pid_file", "");
    add_setting(&text, "hot_standby", "on");
    add_setting(&text, "primary_conninfo", strbuf_text(&conninfo));
    add_setting(&text, "primary_slot_name", slot);
    add_setting(&text, "synchronous_standby_names", "");
    add_setting(&text, "recovery_target_timeline", "latest");
    add_setting(&text, "restore_command", "");
    add_setting(&text, "recovery_min_apply_delay", "0");
    if (write_configuration(server, admin, err) < 0 ||
        edit(server, "postgresql.conf", harmful, NULL, err) < 0 ||
        edit(server, "postgresql.auto.conf", replaced, strbuf_text(&text), err) < 0)
        goto done;
    status = local_put(server, server->data_directory, "standby.signal", "", err);
done:
    sql_result_free(row);
    strbuf_clear(&text);
    strbuf_clear(&conninfo);
    free(hba);
    free(ident);
    return status;
}
