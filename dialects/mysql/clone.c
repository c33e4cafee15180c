/* SPDX-License-Identifier: Apache-2.0
 *
 * clone.c - makes a replica out of nothing: an empty server on this machine, into which
 * the CLONE plugin copies the master, and which then follows it from where the clone
 * ended. The server ends itself with the clone, for nothing here would restart it; how
 * the clone went is asked of it after its next start.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "local_server.h"
#include "mysql/connection.h"
#include "mysql/replica.h"
#include "state/fault.h"

enum { LOG_SECONDS = 10, NO_SUPERVISOR = 3707, ERROR_BYTES = 200 };

/* A data directory with nothing but the server's own tables, and root without a
 * password: nobody else reaches its socket. */
static int make_empty(const struct server *server, int lock,
                      const struct deadline *deadline, struct err *err)
{
    char *program = my_program(server, err);
    char *settings = my_settings_path(server);
    char *log = xasprintf("%s/copy.log", server->control_directory);
    char *defaults = xasprintf("--defaults-file=%s", settings);
    char *user = xasprintf("--user=%s", server->os_user);
    char *log_error = xasprintf("--log-error=%s", log);
    const char *const arguments[] = {program,   defaults,
                                     user,      "--initialize-insecure",
                                     log_error, "--disable-log-bin",
                                     NULL};
    const struct process_spec spec = {.arguments = arguments,
                                      .user = server->os_user,
                                      .directory = "/",
                                      .output = log,
                                      .lock_fd = lock,
                                      .has_own_group = true,
                                      .has_clean_environment = true,
                                      .dies_with_us = true};
    int status = program == NULL ? -1
                                 : process_run(&spec, deadline_left(deadline) + 1,
                                               "making the data directory", err);

    free(log_error);
    free(user);
    free(defaults);
    free(log);
    free(settings);
    free(program);
    return status;
}

struct cloning {
    const struct server *server;
    const struct deadline *deadline;
    struct deadline next;
    process_tick *tick;
    void *context;
    bool is_late;
    struct err err;
};

static void log_progress(const struct server *server)
{
    struct err ignored; /* a progress line is no reason to stop a clone of hours */
    struct connection *second = my_connect_as(server, "root", &ignored);
    struct sql_result *row = second == NULL
                                 ? NULL
                                 : sql_query(second,
                                             "SELECT round(sum(data) / 1048576),"
                                             " round(sum(estimate) / 1048576)"
                                             " FROM performance_schema.clone_progress",
                                             0, NULL, &ignored);

    if (row != NULL && sql_row_count(row) > 0)
        log_info("%s: cloned %s of %s MiB", server->role, sql_text(row, 0, 0),
                 sql_text(row, 0, 1));
    sql_result_free(row);
    sql_close(second);
}

/* While the clone runs. */
static int turn(void *context)
{
    struct cloning *cloning = context;

    if (deadline_is_over(cloning->deadline)) {
        cloning->is_late = true;
        return -1;
    }
    if (deadline_is_over(&cloning->next)) {
        cloning->next = deadline_in(LOG_SECONDS);
        log_progress(cloning->server);
    }
    return cloning->tick != NULL ? cloning->tick(cloning->context, &cloning->err) : 0;
}

/* The password stands in the statement, which the server keeps out of its logs. */
static int run_clone(struct connection *empty, struct connection *admin,
                     struct err *err)
{
    const struct url_parts *parts = &my_of(admin)->parts;
    const char *password = mysql_password(parts);
    static const char *const files[] = {"ssl_ca", "ssl_cert", "ssl_key"};
    struct strbuf sql = STRBUF_INIT;
    char *donor;
    char *host;
    long port;
    int status;

    if (my_master_address(admin, &host, &port, err) < 0)
        return -1;
    donor = xasprintf("%s:%ld", host, port);
    strbuf_add_string(&sql, "SET GLOBAL clone_valid_donor_list = ");
    sql_add_literal(&sql, donor);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        const char *path = url_parts_value(parts, files[i]);

        if (path == NULL)
            continue;
        strbuf_addf(&sql, "; SET GLOBAL clone_%s = ", files[i]);
        sql_add_literal(&sql, path);
    }
    strbuf_add_string(&sql, "; CLONE INSTANCE FROM ");
    sql_add_literal(&sql, url_parts_text_of(parts, "user"));
    strbuf_add_char(&sql, '@');
    sql_add_literal(&sql, host);
    strbuf_addf(&sql, ":%ld IDENTIFIED BY ", port);
    sql_add_literal(&sql, password != NULL ? password : "");
    if (mysql_asks_for_tls(parts))
        strbuf_add_string(&sql, " REQUIRE SSL");
    status = sql_exec(empty, strbuf_text(&sql), err);
    strbuf_wipe(&sql);
    free(host);
    free(donor);
    return status;
}

static int clone_into(const struct server *server, struct connection *admin,
                      const struct deadline *deadline, process_tick *tick,
                      void *context, struct err *err)
{
    struct cloning cloning = {.server = server,
                              .deadline = deadline,
                              .next = deadline_in(LOG_SECONDS),
                              .tick = tick,
                              .context = context};
    struct connection *empty = my_connect_as(server, "root", err);
    int status;

    if (empty == NULL)
        return -1;
    sql_set_idle(empty, turn, &cloning);
    status = run_clone(empty, admin, err);
    /* The server has ended, or is about to: that is how a clone ends. */
    if (status < 0 && !cloning.is_late && err->category != ERR_INTERRUPTED &&
        (!sql_is_alive(empty) || mysql_errno(my_of(empty)->handle) == NO_SUPERVISOR)) {
        err_clear(err);
        status = 0;
    }
    if (cloning.is_late)
        status =
            err_set(err, ERR_TIMEOUT, "waited %.0f s for the clone", deadline->seconds);
    else if (status < 0 && cloning.err.category != ERR_NONE)
        *err = cloning.err;
    sql_close(empty);
    return status;
}

/* What the server says of its clone, once it runs on it. */
static int check_clone(const struct server *server, struct err *err)
{
    struct connection *replica = my_connect_local(server, "switch", err);
    struct sql_result *row = NULL;
    int status = -1;

    if (replica != NULL)
        row = sql_row(replica,
                      "SELECT coalesce(max(state), 'none'),"
                      " coalesce(max(error_message), '')"
                      " FROM performance_schema.clone_status",
                      err);
    if (row != NULL)
        status = strcmp(sql_text(row, 0, 0), "Completed") == 0
                     ? 0
                     : err_set(err, ERR_STATE, "the clone for the %s server: %s %.*s",
                               server->role, sql_text(row, 0, 0), ERROR_BYTES,
                               sql_text(row, 0, 1));
    sql_result_free(row);
    sql_close(replica);
    return status;
}

/* The lock is for the program that makes the data directory; the server that is cloned
 * into is found, and stopped, by its directory. */
int my_copy_server(const struct server *server, struct connection *admin,
                   const char *slot, double seconds, process_tick *tick, void *context,
                   struct err *err)
{
    struct deadline deadline = deadline_in(seconds);
    int lock = -1;
    int status = -1;

    (void)slot;
    if (local_has_mark(server, LOCAL_WHOLE))
        return 0;
    if (local_make_control_directory(server, err) < 0)
        return -1;
    /* One that a run of ours was killed over goes on cloning. */
    if (local_has_mark(server, LOCAL_BEGUN) && my_stop(server, err) < 0)
        return -1;
    lock = local_lock_copy(server, err);
    if (lock < 0 || local_make_data_directory(server, err) < 0 ||
        my_write_settings(server, admin, err) < 0)
        goto done;
    fault_point("copy", "before");
    if (make_empty(server, lock, &deadline, err) < 0)
        goto done;
    fault_point("copy", "empty");
    if (my_start_empty(server, err) < 0)
        goto done;
    fault_point("copy", "clone");
    if (clone_into(server, admin, &deadline, tick, context, err) < 0 ||
        my_wait_gone(server, server->start_seconds, err) < 0)
        goto done;
    fault_point("copy", "after");
    if (my_start(server, SERVER_STANDBY, err) == 0 && check_clone(server, err) == 0)
        status = local_set_mark(server, LOCAL_WHOLE, err);
done:
    if (lock >= 0)
        (void)close(lock);
    if (status < 0) {
        struct err ignored; /* the first error is the one to tell */

        (void)my_stop(server, &ignored);
    }
    return status;
}

/* Safe to repeat: a server that follows already is left as it is. */
int my_follow(const struct server *server, struct connection *admin, const char *slot,
              struct err *err)
{
    struct connection *replica;
    int status;

    (void)slot;
    if (my_start(server, SERVER_STANDBY, err) < 0)
        return -1;
    replica = my_connect_local(server, "switch", err);
    if (replica == NULL)
        return -1;
    status = my_point_to_master(admin, replica, err);
    sql_close(replica);
    return status;
}
