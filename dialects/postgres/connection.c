/* SPDX-License-Identifier: Apache-2.0
 *
 * connection.c - opens and closes sessions with PostgreSQL, and the dialect's vtable.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "postgres/connection.h"
#include "postgres/dump.h"
#include "postgres/render.h"
#include "silence.h"

enum { CONNECT_SECONDS = 15 };

/* Milliseconds, as libpq takes it. */
#define SILENCE "60000"

/* A role or a database may have its own settings (ALTER ROLE ... SET); what the code
 * relies on is set for the session, whatever they are. Not in the start-up packet: a
 * pooler in front refuses it there. */
static const char session_settings[] =
    "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; "
    "SET bytea_output = 'hex'; SET extra_float_digits = 3; "
    "SET standard_conforming_strings = on; SET statement_timeout = 0; "
    "SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0; "
    "SET default_transaction_isolation = 'read committed'; "
    "SET row_security = off";

static void drop_notice(void *context, const PGresult *result)
{
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    (void)context;
    if (text != NULL)
        log_debug("server: %s", text);
}

/* What one option of an open or half-open connection is; free() it. */
static char *option_value(PGconn *handle, const char *key)
{
    PQconninfoOption *options = PQconninfo(handle);
    char *value = NULL;

    for (PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++) {
        if (strcmp(o->keyword, key) == 0 && o->val != NULL && o->val[0] != '\0')
            value = xstrdup(o->val);
    }
    PQconninfoFree(options);
    return value;
}

/* One host: step by step, so that a signal ends the wait and the error has an SQLSTATE.
 */
static int finish_connect(struct pg_connection *connection, double patience_s,
                          struct err *err)
{
    char *timeout = option_value(connection->handle, "connect_timeout");
    double seconds = timeout != NULL  ? strtod(timeout, NULL)
                     : patience_s > 0 ? patience_s
                                      : CONNECT_SECONDS;
    double deadline = clock_seconds() + (seconds > 0 ? seconds : 1e9);
    PostgresPollingStatusType step = PGRES_POLLING_WRITING;

    free(timeout);
    (void)PQsetErrorVerbosity(connection->handle, PQERRORS_VERBOSE);
    while (step != PGRES_POLLING_OK && step != PGRES_POLLING_FAILED) {
        int ready = connection_wait(&connection->base, PQsocket(connection->handle),
                                    step == PGRES_POLLING_WRITING,
                                    deadline - clock_seconds(), err);

        if (ready < 0)
            return -1;
        if (ready == 0) {
            (void)err_set(err, ERR_CONNECT, "no connection to %s: no answer in %.0f s",
                          connection->shown, seconds);
            (void)snprintf(err->sqlstate, sizeof(err->sqlstate), "08001");
            return err_hint(err, "Is the host right, and does a firewall let this port "
                                 "through?");
        }
        step = PQconnectPoll(connection->handle);
    }
    (void)PQsetErrorVerbosity(connection->handle, PQERRORS_DEFAULT);
    return 0;
}

static bool has_several_hosts(const char *conninfo)
{
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    bool has_several = postgres_has_several_hosts(options);

    PQconninfoFree(options);
    return has_several;
}

static int open_handle(struct pg_connection *connection, const struct url *url,
                       const char *purpose, struct err *err)
{
    char *name = xasprintf("airshift: %s", purpose);
    /* Later ones win: first our defaults, then the URL, then what is not negotiable. A
     * dead server is noticed within about a minute even when it sends nothing. */
    const char *keys[] = {"keepalives_idle",
                          "keepalives_interval",
                          "keepalives_count",
                          "tcp_user_timeout",
                          "dbname",
                          "application_name",
                          "client_encoding",
                          NULL,
                          NULL};
    const char *values[] = {"30", "10",   "3",  SILENCE, url->text,
                            name, "UTF8", NULL, NULL};
    int status = 0;

    if (has_several_hosts(url->text)) {
        /* Only PQconnectdb() goes on to the next host when one does not answer. */
        char seconds[16];

        (void)snprintf(seconds, sizeof(seconds), "%.0f",
                       url->patience_s > 0 ? ceil(url->patience_s) : CONNECT_SECONDS);
        if (strstr(url->text, "connect_timeout=") == NULL &&
            getenv("PGCONNECT_TIMEOUT") == NULL) {
            keys[7] = "connect_timeout";
            values[7] = seconds;
        }
        connection->handle = PQconnectdbParams(keys, values, 1);
    } else {
        connection->handle = PQconnectStartParams(keys, values, 1);
        if (connection->handle != NULL &&
            PQstatus(connection->handle) != CONNECTION_BAD)
            status = finish_connect(connection, url->patience_s, err);
    }
    if (status == 0 && PQstatus(connection->handle) != CONNECTION_OK)
        status = postgres_connect_error(PQerrorMessage(connection->handle),
                                        connection->shown,
                                        postgres_secret(connection->handle), err);
    free(name);
    return status;
}

/* Not by libpq's parameters, which the replicas and copies of a switch take over. */
static void limit_silence(const struct pg_connection *connection, double patience_s)
{
    char *own = option_value(connection->handle, "tcp_user_timeout");

    if (patience_s > 0 && own != NULL && strcmp(own, SILENCE) == 0)
        silence_limit(PQsocket(connection->handle), patience_s);
    free(own);
}

static int check_version(struct pg_connection *connection, struct err *err)
{
    connection->version = PQserverVersion(connection->handle);
    connection->session_id = PQbackendPID(connection->handle);
    if (connection->version >= POSTGRES_OLDEST)
        return 0;
    (void)err_set(err, ERR_UNSUPPORTED,
                  "the server at %s is PostgreSQL %d, older than %d", connection->shown,
                  connection->version / 10000, POSTGRES_OLDEST / 10000);
    return err_hint(err,
                    "Upgrade the server first; %d is the oldest that airshift knows.",
                    POSTGRES_OLDEST / 10000);
}

static void postgres_close(struct connection *connection)
{
    struct pg_connection *own = pg_of(connection);

    PQclear(own->pending);
    PQfinish(own->handle);
    strbuf_clear(&own->load);
    free(own->shown);
    free(own);
}

struct connection *postgres_open(const struct url *url, const char *purpose,
                                 struct err *err)
{
    struct pg_connection *connection = xcalloc(1, sizeof(*connection));

    connection->base.dialect = &postgres_dialect;
    connection->shown = xstrdup(url->shown);
    if (open_handle(connection, url, purpose, err) < 0) {
        postgres_close(&connection->base);
        return NULL;
    }
    limit_silence(connection, url->patience_s);
    (void)PQsetNoticeReceiver(connection->handle, drop_notice, NULL);
    return &connection->base;
}

static struct connection *postgres_connect(const struct url *url, const char *purpose,
                                           struct err *err)
{
    struct connection *base = postgres_open(url, purpose, err);
    struct pg_connection *connection = pg_of(base);

    if (base == NULL)
        return NULL;
    if (check_version(connection, err) < 0)
        goto fail;
    if (postgres_exec(&connection->base, session_settings, err) < 0)
        goto fail;
    if (connection->version >= 140000 &&
        postgres_exec(&connection->base, "SET idle_session_timeout = 0", err) < 0)
        goto fail;
    if (connection->version >= 170000 &&
        postgres_exec(&connection->base, "SET transaction_timeout = 0", err) < 0)
        goto fail;
    return &connection->base;
fail:
    postgres_close(&connection->base);
    return NULL;
}

static unsigned postgres_capabilities(const struct connection *connection)
{
    unsigned bits = SQL_CAN_ROLL_BACK_DDL | SQL_CAN_INDEX_CONCURRENTLY |
                    SQL_HAS_SCHEMAS | SQL_HAS_ROW_PLACES;

    if (pg_of_const(connection)->version >= POSTGRES_WITH_TID_RANGES)
        bits |= SQL_CAN_SCAN_BLOCKS;
    if (pg_of_const(connection)->version >= POSTGRES_WITH_NAMED_NOT_NULL)
        bits |= SQL_NAMES_NOT_NULL;
    return bits;
}

static int postgres_socket(const struct connection *connection)
{
    return PQsocket(pg_of_const(connection)->handle);
}

static bool postgres_is_alive(const struct connection *connection)
{
    const struct pg_connection *own = pg_of_const(connection);

    return !own->is_lost && PQstatus(own->handle) == CONNECTION_OK;
}

static long long postgres_session_id(const struct connection *connection)
{
    return pg_of_const(connection)->session_id;
}

void postgres_add_quoted(struct strbuf *conninfo, const char *value)
{
    strbuf_add_char(conninfo, '\'');
    for (; *value != '\0'; value++) {
        if (*value == '\'' || *value == '\\')
            strbuf_add_char(conninfo, '\\');
        strbuf_add_char(conninfo, *value);
    }
    strbuf_add_char(conninfo, '\'');
}

/* A value that the library itself came up with, of an option that a program of an older
 * release, or its server's, may not know: it refuses the whole. Where the environment has
 * another value for it, it has to be said. */
static bool goes_without_saying(const PQconninfoOption *option)
{
    return option->compiled != NULL && strcmp(option->val, option->compiled) == 0 &&
           strcmp(option->keyword, "port") != 0 &&
           (option->envvar == NULL || getenv(option->envvar) == NULL);
}

void postgres_add_conninfo(struct strbuf *conninfo, const PGconn *handle)
{
    static const char *const left_out[] = {
        "password",         "sslpassword",     "passfile",
        "dbname",           "options",         "target_session_attrs",
        "application_name", "client_encoding", "fallback_application_name",
        "service",          "replication"};
    PQconninfoOption *options = PQconninfo((PGconn *)(void *)handle);

    for (const PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++) {
        bool is_left_out =
            o->val == NULL || o->val[0] == '\0' || goes_without_saying(o);

        for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++)
            is_left_out = is_left_out || strcmp(o->keyword, left_out[i]) == 0;
        if (is_left_out)
            continue;
        strbuf_addf(conninfo, "%s=", o->keyword);
        postgres_add_quoted(conninfo, o->val);
        strbuf_add_char(conninfo, ' ');
    }
    PQconninfoFree(options);
}

static int postgres_server_version(const struct connection *connection)
{
    return pg_of_const(connection)->version;
}

const struct dialect postgres_dialect = {
    .name = "PostgreSQL",
    .log_name = "WAL",
    .password_place = "~/.pgpass",
    .code = "postgres",
    .type_text = postgres_type_text,
    .type_change_rewrites = postgres_type_change_rewrites,
    .parse_url = postgres_parse_url,
    .url_settle = postgres_url_settle,
    .url_has_choice = postgres_url_has_choice,
    .connect = postgres_connect,
    .close = postgres_close,
    .capabilities = postgres_capabilities,
    .exec = postgres_exec,
    .query = postgres_query,
    .column_count = postgres_column_count,
    .column_name = postgres_column_name,
    .row_count = postgres_row_count,
    .is_null = postgres_is_null,
    .text = postgres_text,
    .affected = postgres_affected,
    .result_free = postgres_result_free,
    .send = postgres_send,
    .socket = postgres_socket,
    .poll = postgres_poll,
    .cancel = postgres_cancel,
    .is_alive = postgres_is_alive,
    .session_id = postgres_session_id,
    .server_version = postgres_server_version,
    .stream = postgres_stream,
    .load_begin = postgres_load_begin,
    .load_row = postgres_load_row,
    .load_end = postgres_load_end,
    .unload = postgres_unload,
    .add_script_begin = postgres_add_script_begin,
    .add_script_row = postgres_add_script_row,
    .add_script_end = postgres_add_script_end,
    .load_bytes = postgres_load_bytes,
    .rows_text = &postgres_rows_text,
    .dump_ops = &postgres_dump_ops,
    .url_for_database = postgres_url_for_database,
    .url_sqlalchemy = postgres_url_sqlalchemy,
    .copy_database = postgres_copy_database,
    .drop_database = postgres_drop_database,
    .try_migration_lock = postgres_try_migration_lock,
    .add_blockers = postgres_add_blockers,
    .get_index_progress = postgres_get_index_progress,
    .get_replica_lag = postgres_get_replica_lag,
    .get_disk = postgres_get_disk,
    .get_block_bytes = postgres_get_block_bytes,
    .add_begin = postgres_add_begin,
    .add_lock_timeout = postgres_add_lock_timeout,
    .add_begin_snapshot = postgres_add_begin_snapshot,
    .join_in_order = "JOIN",
    .temporary_key = "",
    .temporary_schema = "pg_temp",
    .add_row_hash = postgres_add_row_hash,
    .add_masked_uuids = postgres_add_masked_uuids,
    .join_group = postgres_join_group,
    .end_group = postgres_end_group,
};
