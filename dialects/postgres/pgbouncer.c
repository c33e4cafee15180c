/* SPDX-License-Identifier: Apache-2.0
 *
 * pgbouncer.c - PgBouncer's admin console speaks PostgreSQL's protocol, but only its
 * simple queries, and none of its SQL. A name in a command is quoted as in SQL.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "pgbouncer.h"
#include "postgres/connection.h"

enum { TURN_MS = 2 };

static bool says_absent(const char *text)
{
    return strstr(text, strerror(ECONNREFUSED)) != NULL ||
           strstr(text, strerror(ENOENT)) != NULL;
}

struct connection *pgbouncer_open(const struct url *url, bool *is_running,
                                  struct err *err)
{
    struct connection *console;

    *is_running = true;
    if (url->dialect != &postgres_dialect) {
        (void)err_set(err, ERR_CONFIG, "%s is no PostgreSQL URL", url->shown);
        return NULL;
    }
    console = postgres_open(url, "switch", err);
    if (console == NULL && err->category == ERR_CONNECT)
        *is_running = !says_absent(err->text);
    return console;
}

/* Whatever the console objects to, it calls it a violation of the protocol. */
static int refuse(const struct connection *console, struct err *err)
{
    if (err->category == ERR_CONNECT && sql_is_alive(console)) {
        err->category = ERR_CONFIG;
        err->sqlstate[0] = '\0';
    }
    return -1;
}

/* One command to its end. */
static int run(struct connection *console, const char *command,
               const struct deadline *deadline, struct sql_result **result,
               struct err *err)
{
    int step;

    *result = NULL;
    if (sql_send(console, command, 0, NULL, err) < 0)
        return -1;
    while ((step = sql_poll(console, result, err)) == 0) {
        if (wait_turn(deadline, TURN_MS, "an answer of the pooler", err) < 0)
            return -1;
    }
    return step < 0 ? refuse(console, err) : 0;
}

static int run_on(struct connection *console, const char *verb, const char *database,
                  const struct deadline *deadline, struct err *err)
{
    struct strbuf command = STRBUF_INIT;
    struct sql_result *result;
    int status;

    strbuf_addf(&command, "%s ", verb);
    sql_add_name(&command, database);
    status = run(console, strbuf_text(&command), deadline, &result, err);
    sql_result_free(result);
    strbuf_clear(&command);
    return status;
}

/* Versions add columns. */
static const char *named(const struct sql_result *result, size_t row, const char *name)
{
    for (size_t i = 0; i < sql_column_count(result); i++) {
        if (strcmp(sql_column_name(result, i), name) == 0)
            return sql_text(result, row, i);
    }
    return "";
}

int pgbouncer_look(struct connection *console, const char *database,
                   const struct deadline *deadline, struct pgbouncer_database *facts,
                   struct err *err)
{
    struct sql_result *result;
    size_t row = 0;
    int status = 0;

    memset(facts, 0, sizeof(*facts));
    if (run(console, "SHOW DATABASES", deadline, &result, err) < 0)
        return -1;
    while (row < sql_row_count(result) &&
           strcmp(named(result, row, "name"), database) != 0)
        row++;
    if (row == sql_row_count(result)) {
        status = err_set(err, ERR_CONFIG, "it has no database \"%s\"", database);
    } else {
        (void)snprintf(facts->host, sizeof(facts->host), "%s",
                       named(result, row, "host"));
        facts->port = (int)strtol(named(result, row, "port"), NULL, 10);
        (void)snprintf(facts->pool_mode, sizeof(facts->pool_mode), "%s",
                       named(result, row, "pool_mode"));
        facts->is_paused = strcmp(named(result, row, "paused"), "0") != 0;
    }
    sql_result_free(result);
    return status;
}

/* There is no command that only asks; this one does nothing to a database that is not
 * paused but to say so, and it says so to administrators only. */
int pgbouncer_check_admin(struct connection *console, const char *database,
                          const struct deadline *deadline, struct err *err)
{
    if (run_on(console, "RESUME", database, deadline, err) == 0)
        return 0;
    if (err->category != ERR_CONFIG || strstr(err->text, "is not paused") == NULL)
        return -1;
    err_clear(err);
    return 0;
}

int pgbouncer_begin_pause(struct connection *console, const char *database,
                          struct err *err)
{
    struct strbuf command = STRBUF_INIT;
    int status;

    strbuf_add_string(&command, "PAUSE ");
    sql_add_name(&command, database);
    status = sql_send(console, strbuf_text(&command), 0, NULL, err);
    strbuf_clear(&command);
    return status;
}

int pgbouncer_poll(struct connection *console, struct err *err)
{
    struct sql_result *result = NULL;
    int step = sql_poll(console, &result, err);

    sql_result_free(result);
    return step < 0 ? refuse(console, err) : step;
}

/* "" where there is no such setting. */
static int get_setting(struct connection *console, const char *name, char value[32],
                       const struct deadline *deadline, struct err *err)
{
    struct sql_result *result;

    value[0] = '\0';
    if (run(console, "SHOW CONFIG", deadline, &result, err) < 0)
        return -1;
    for (size_t row = 0; row < sql_row_count(result); row++) {
        if (strcmp(named(result, row, "key"), name) == 0)
            (void)snprintf(value, 32, "%s", named(result, row, "value"));
    }
    sql_result_free(result);
    return 0;
}

static int set_login_retry(struct connection *console, const char *value,
                           const struct deadline *deadline, struct err *err)
{
    struct strbuf command = STRBUF_INIT;
    struct sql_result *result;
    int status;

    strbuf_add_string(&command, "SET server_login_retry = ");
    sql_add_literal(&command, value);
    status = run(console, strbuf_text(&command), deadline, &result, err);
    sql_result_free(result);
    strbuf_clear(&command);
    return status;
}

/* A client that logs in at a paused pooler which knows its server too little (after a
 * RELOAD to another one, or a restart) makes it open a connection, which the pause closes
 * at once. The pooler takes that for a failed login and after the RESUME lets everybody
 * wait for server_login_retry, 15 s. So that is 0 for as long as the RESUME takes. If we
 * die in between, it stays 0 until the pooler's next RELOAD. */
int pgbouncer_resume(struct connection *console, const char *database,
                     const struct deadline *deadline, struct err *err)
{
    struct pgbouncer_database facts;
    struct err second;
    char retry[32];
    int status;

    if (pgbouncer_look(console, database, deadline, &facts, err) < 0)
        return -1;
    if (!facts.is_paused)
        return 0;
    if (get_setting(console, "server_login_retry", retry, deadline, err) < 0 ||
        set_login_retry(console, "0", deadline, err) < 0)
        return -1;
    status = run_on(console, "RESUME", database, deadline, err);
    err_clear(&second);
    if (set_login_retry(console, retry, deadline, &second) < 0)
        log_warning("server_login_retry was %s and is 0 until the next RELOAD: %s",
                    retry, second.text);
    return status;
}

int pgbouncer_reload(struct connection *console, const struct deadline *deadline,
                     struct err *err)
{
    struct sql_result *result;
    int status = run(console, "RELOAD", deadline, &result, err);

    sql_result_free(result);
    return status;
}

int pgbouncer_get_settings(struct connection *console, const struct deadline *deadline,
                           struct pgbouncer_settings *settings, struct err *err)
{
    char value[32];

    if (get_setting(console, "pool_mode", settings->pool_mode, deadline, err) < 0 ||
        get_setting(console, "query_wait_timeout", value, deadline, err) < 0)
        return -1;
    settings->client_wait_s = strtod(value, NULL);
    return 0;
}
