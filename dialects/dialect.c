/* SPDX-License-Identifier: Apache-2.0
 *
 * dialect.c - the list of dialects that are built in, the scheme of a URL, and the
 * calls through the vtable. No SQL.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/xalloc.h"
#include "dialect.h"
#include "dump.h"
#include "interrupt.h"
#include "mysql/dialect.h"
#include "postgres/connection.h"
#include "rows_text.h"
#include "vtable.h"

#ifdef HAVE_MYSQL
#define MYSQL_DIALECT &mysql_dialect
#else
#define MYSQL_DIALECT NULL
#endif

/* Which dialect a scheme belongs to; without one: known, but not built in. */
static const struct scheme {
    const char *name;
    const struct dialect *dialect;
} schemes[] = {
    {"postgresql", &postgres_dialect},
    {"postgres", &postgres_dialect},
    {"mysql", MYSQL_DIALECT},
    {"mariadb", NULL},
    {"sqlite", NULL},
    {"mssql", NULL},
    {"oracle", NULL},
};

enum { DRIVER_MAX = 32, TURN_MS = 50 };

/* Cuts "name+driver" off the text. -1 when it does not begin with a scheme. */
static int split_scheme(const char *text, char name[DRIVER_MAX],
                        char driver[DRIVER_MAX], const char **rest)
{
    const char *end = strstr(text, "://");
    const char *plus;
    size_t length;

    if (end == NULL)
        return -1;
    length = (size_t)(end - text);
    plus = memchr(text, '+', length);
    if (plus != NULL)
        length = (size_t)(plus - text);
    if (length == 0 || length >= DRIVER_MAX)
        return -1;
    for (size_t i = 0; i < length; i++)
        name[i] = (char)tolower((unsigned char)text[i]);
    name[length] = '\0';
    driver[0] = '\0';
    if (plus != NULL) {
        length = (size_t)(end - plus) - 1;
        if (length >= DRIVER_MAX)
            return -1;
        memcpy(driver, plus + 1, length);
        driver[length] = '\0';
    }
    *rest = end + 3;
    return 0;
}

int url_parse(struct url *url, const char *text, struct err *err)
{
    char name[DRIVER_MAX];
    char driver[DRIVER_MAX];
    const char *rest;

    memset(url, 0, sizeof(*url));
    /* The text itself may hold a password, so that no message repeats any of it before
     * the scheme is known. */
    if (split_scheme(text, name, driver, &rest) < 0) {
        (void)err_set(err, ERR_CONFIG, "the database URL has no scheme");
        return err_hint(err,
                        "Write it as postgresql://user:password@host:5432/airflow.");
    }
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        if (strcmp(schemes[i].name, name) != 0)
            continue;
        if (schemes[i].dialect == NULL)
            return err_set(err, ERR_UNSUPPORTED,
                           "support for \"%s\" databases is not built in", name);
        if (schemes[i].dialect->parse_url(url, driver, rest, err) < 0) {
            url_clear(url);
            return -1;
        }
        url->dialect = schemes[i].dialect;
        return 0;
    }
    (void)err_set(err, ERR_CONFIG, "the scheme of the database URL is not known");
    return err_hint(err, "It is one of postgresql, postgres, mysql and SQLAlchemy's "
                         "spellings such as postgresql+psycopg2.");
}

int url_settle(struct url *url, struct err *err)
{
    return url->dialect->url_settle != NULL ? url->dialect->url_settle(url, err) : 0;
}

bool url_has_choice(const struct url *url)
{
    return url->dialect->url_has_choice != NULL && url->dialect->url_has_choice(url);
}

const char *url_password_place(const struct url *url)
{
    return url->dialect->password_place;
}

void url_clear(struct url *url)
{
    if (url == NULL)
        return;
    xfree_secret(url->text);
    free(url->shown);
    memset(url, 0, sizeof(*url));
}

void url_for_database(struct url *url, const struct url *other, const char *database)
{
    memset(url, 0, sizeof(*url));
    url->dialect = other->dialect;
    other->dialect->url_for_database(url, other, database);
}

const char *url_engine(const struct url *url)
{
    return url->dialect->name;
}

char *url_sqlalchemy(const struct url *url)
{
    return url->dialect->url_sqlalchemy(url);
}

double clock_seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int connection_turn(struct connection *connection, struct err *err)
{
    double now;

    if (interrupt_is_asked())
        return err_set(err, ERR_INTERRUPTED, "interrupted by a signal");
    if (connection->idle == NULL)
        return 0;
    now = clock_seconds();
    if (now - connection->idle_last < TURN_MS / 1e3)
        return 0;
    connection->idle_last = now;
    if (connection->idle(connection->idle_context) < 0)
        return err_set(err, ERR_INTERRUPTED, "given up because another job failed");
    return 0;
}

int connection_wait(struct connection *connection, int descriptor, bool for_write,
                    double timeout_seconds, struct err *err)
{
    double deadline = clock_seconds() + timeout_seconds;

    for (;;) {
        struct pollfd entry = {descriptor, for_write ? POLLOUT : POLLIN, 0};
        double left = deadline - clock_seconds();
        /* Short, because a signal may come between the look at the flag and poll(). */
        int step_ms = connection->idle != NULL ? TURN_MS : 250;
        int count;

        if (connection_turn(connection, err) < 0)
            return -1;
        if (left <= 0)
            return 0;
        if (left * 1e3 < step_ms)
            step_ms = (int)(left * 1e3) + 1;
        count = poll(&entry, 1, step_ms);
        if (count > 0)
            return 1;
        if (count < 0 && errno != EINTR)
            return err_set(err, ERR_INTERNAL, "poll: %s", strerror(errno));
    }
}

struct connection *sql_connect(const struct url *url, const char *purpose,
                               struct err *err)
{
    return url->dialect->connect(url, purpose, err);
}

void sql_close(struct connection *connection)
{
    if (connection != NULL)
        connection->dialect->close(connection);
}

bool sql_can(const struct connection *connection, enum sql_capability capability)
{
    return (connection->dialect->capabilities(connection) & (unsigned)capability) != 0;
}

void sql_set_idle(struct connection *connection, sql_idle_function *function,
                  void *context)
{
    connection->idle = function;
    connection->idle_context = context;
}

int sql_pause(struct connection *connection, unsigned milliseconds, struct err *err)
{
    return connection_wait(connection, -1, false, milliseconds / 1e3, err);
}

void sql_set_dry(struct connection *connection, sql_show_function *show, void *context)
{
    connection->show = show;
    connection->show_context = context;
}

bool sql_is_dry(const struct connection *connection)
{
    return connection->show != NULL;
}

void *sql_dry_context(const struct connection *connection)
{
    return connection->show != NULL ? connection->show_context : NULL;
}

int sql_exec(struct connection *connection, const char *sql, struct err *err)
{
    if (connection->show != NULL) {
        connection->show(connection->show_context, sql);
        return 0;
    }
    return connection->dialect->exec(connection, sql, err);
}

struct sql_result *sql_query(struct connection *connection, const char *sql,
                             size_t count, const char *const *parameters,
                             struct err *err)
{
    return connection->dialect->query(connection, sql, count, parameters, err);
}

/* With its parameters in their places, as a person would type it. */
static void show(struct connection *connection, const char *sql, size_t count,
                 const char *const *parameters)
{
    struct strbuf text = STRBUF_INIT;

    for (const char *at = sql; *at != '\0'; at++) {
        size_t number = *at == '$' ? (size_t)(at[1] - '0') : 0;

        if (number < 1 || number > count) {
            strbuf_add_char(&text, *at);
            continue;
        }
        sql_add_literal(&text, parameters[number - 1]);
        at++;
    }
    connection->show(connection->show_context, strbuf_text(&text));
    strbuf_clear(&text);
}

int sql_change(struct connection *connection, const char *sql, size_t count,
               const char *const *parameters, struct sql_result **result,
               struct err *err)
{
    *result = NULL;
    if (connection->show != NULL) {
        show(connection, sql, count, parameters);
        return 0;
    }
    *result = sql_query(connection, sql, count, parameters, err);
    return *result != NULL ? 0 : -1;
}

size_t sql_column_count(const struct sql_result *result)
{
    return result->dialect->column_count(result);
}

const char *sql_column_name(const struct sql_result *result, size_t column)
{
    return result->dialect->column_name(result, column);
}

size_t sql_row_count(const struct sql_result *result)
{
    return result->dialect->row_count(result);
}

bool sql_is_null(const struct sql_result *result, size_t row, size_t column)
{
    return result->dialect->is_null(result, row, column);
}

const char *sql_text(const struct sql_result *result, size_t row, size_t column)
{
    return result->dialect->text(result, row, column);
}

long long sql_integer(const struct sql_result *result, size_t row, size_t column)
{
    return strtoll(result->dialect->text(result, row, column), NULL, 10);
}

long long sql_affected(const struct sql_result *result)
{
    return result->dialect->affected(result);
}

bool sql_is_true(const struct sql_result *result, size_t row, size_t column)
{
    return sql_text(result, row, column)[0] == 't';
}

struct sql_result *sql_row(struct connection *connection, const char *sql,
                           struct err *err)
{
    return sql_row_for(connection, sql, NULL, err);
}

struct sql_result *sql_row_for(struct connection *connection, const char *sql,
                               const char *parameter, struct err *err)
{
    struct sql_result *result =
        sql_query(connection, sql, parameter != NULL ? 1 : 0, &parameter, err);

    if (result != NULL && sql_row_count(result) == 0) {
        sql_result_free(result);
        (void)err_set(err, ERR_INTERNAL, "a query that always has a row had none");
        return NULL;
    }
    return result;
}

void sql_copy(char *to, size_t size, const struct sql_result *result, size_t column)
{
    (void)snprintf(to, size, "%s", sql_text(result, 0, column));
}

void sql_result_free(struct sql_result *result)
{
    if (result != NULL)
        result->dialect->result_free(result);
}

int sql_send(struct connection *connection, const char *sql, size_t count,
             const char *const *parameters, struct err *err)
{
    return connection->dialect->send(connection, sql, count, parameters, err);
}

int sql_socket(const struct connection *connection)
{
    return connection->dialect->socket(connection);
}

int sql_poll(struct connection *connection, struct sql_result **result, struct err *err)
{
    return connection->dialect->poll(connection, result, err);
}

void sql_cancel(struct connection *connection)
{
    connection->dialect->cancel(connection);
}

const char *sql_dialect_name(const struct connection *connection)
{
    return connection->dialect->code;
}

bool sql_is_alive(const struct connection *connection)
{
    return connection->dialect->is_alive(connection);
}

long long sql_session_id(const struct connection *connection)
{
    return connection->dialect->session_id(connection);
}

int sql_server_version(const struct connection *connection)
{
    return connection->dialect->server_version(connection);
}

int sql_stream(struct connection *connection, const char *sql,
               sql_row_function *function, void *context, struct err *err)
{
    return connection->dialect->stream(connection, sql, function, context, err);
}

int sql_load_begin(struct connection *connection, const char *table_and_columns,
                   struct err *err)
{
    return connection->dialect->load_begin(connection, table_and_columns, err);
}

int sql_load_row(struct connection *connection, const struct sql_field *fields,
                 size_t count, struct err *err)
{
    return connection->dialect->load_row(connection, fields, count, err);
}

int sql_load_end(struct connection *connection, struct err *err)
{
    return connection->dialect->load_end(connection, err);
}

int sql_lock_against_writing(struct connection *locker, struct connection *other,
                             const char *const *tables, size_t count,
                             const struct sql_lock_wait *wait, struct strbuf *blockers,
                             struct err *err)
{
    if (locker->dialect->lock_against_writing == NULL)
        return err_set(err, ERR_UNSUPPORTED,
                       "%s has no locks that outlast a transaction",
                       locker->dialect->name);
    return locker->dialect->lock_against_writing(locker, other, tables, count, wait,
                                                 blockers, err);
}

int sql_copy_database(struct connection *connection, const char *source,
                      const char *name, struct err *err)
{
    if (connection->dialect->copy_database == NULL)
        return err_set(err, ERR_UNSUPPORTED, "%s cannot copy a database",
                       connection->dialect->name);
    return connection->dialect->copy_database(connection, source, name, err);
}

int sql_drop_database(struct connection *connection, const char *name, struct err *err)
{
    if (connection->dialect->drop_database == NULL)
        return err_set(err, ERR_UNSUPPORTED, "%s cannot copy a database",
                       connection->dialect->name);
    return connection->dialect->drop_database(connection, name, err);
}

int sql_unload(struct connection *connection, const char *from,
               sql_bytes_function *function, void *context, struct err *err)
{
    return connection->dialect->unload(connection, from, function, context, err);
}

void sql_add_script_begin(const struct connection *connection, struct strbuf *sql,
                          const char *table, const char *columns)
{
    connection->dialect->add_script_begin(sql, table, columns);
}

void sql_add_script_row(const struct connection *connection, struct strbuf *sql,
                        const char *table, const char *columns, const char *bytes,
                        size_t size)
{
    connection->dialect->add_script_row(sql, table, columns, bytes, size);
}

void sql_add_script_end(const struct connection *connection, struct strbuf *sql)
{
    connection->dialect->add_script_end(sql);
}

int sql_load_bytes(struct connection *connection, const char *bytes, size_t size,
                   struct err *err)
{
    return connection->dialect->load_bytes(connection, bytes, size, err);
}

const struct rows_text *sql_rows_text(const struct connection *connection)
{
    return connection->dialect->rows_text;
}

const char *sql_log_name(const struct connection *connection)
{
    return connection->dialect->log_name;
}

const struct dump_ops *sql_dump_ops(const struct connection *connection)
{
    return connection->dialect->dump_ops;
}

static void add_quoted(struct strbuf *sql, const char *text, char quote)
{
    strbuf_add_char(sql, quote);
    for (; *text != '\0'; text++) {
        if (*text == quote)
            strbuf_add_char(sql, quote);
        strbuf_add_char(sql, *text);
    }
    strbuf_add_char(sql, quote);
}

void sql_add_name(struct strbuf *sql, const char *name)
{
    add_quoted(sql, name, '"');
}

void sql_add_literal(struct strbuf *sql, const char *text)
{
    add_quoted(sql, text, '\'');
}

int sql_try_migration_lock(struct connection *connection, bool *is_held,
                           struct err *err)
{
    return connection->dialect->try_migration_lock(connection, is_held, err);
}

int sql_add_blockers(struct connection *connection, long long session,
                     struct strbuf *text, struct err *err)
{
    return connection->dialect->add_blockers(connection, session, text, err);
}

int sql_get_index_progress(struct connection *connection, long long session,
                           struct sql_index_progress *progress, struct err *err)
{
    return connection->dialect->get_index_progress(connection, session, progress, err);
}

int sql_check_rights(struct connection *connection, const char *database,
                     struct err *err)
{
    return connection->dialect->check_rights != NULL
               ? connection->dialect->check_rights(connection, database, err)
               : 0;
}

int sql_get_replica_lag(struct connection *connection, double *seconds, struct err *err)
{
    return connection->dialect->get_replica_lag(connection, seconds, err);
}

int sql_get_disk(struct connection *connection, struct sql_disk *disk, struct err *err)
{
    memset(disk, 0, sizeof(*disk));
    if (connection->dialect->get_disk == NULL)
        return 0;
    return connection->dialect->get_disk(connection, disk, err);
}

int sql_get_block_bytes(struct connection *connection, unsigned *bytes, struct err *err)
{
    return connection->dialect->get_block_bytes(connection, bytes, err);
}

void sql_add_begin(const struct connection *connection, struct strbuf *sql,
                   double lock_timeout_seconds)
{
    connection->dialect->add_begin(sql, lock_timeout_seconds);
}

void sql_add_lock_timeout(const struct connection *connection, struct strbuf *sql,
                          double lock_timeout_seconds)
{
    connection->dialect->add_lock_timeout(sql, lock_timeout_seconds);
}

int sql_set_lock_timeout(struct connection *connection, double lock_timeout_seconds,
                         struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    int status;

    sql_add_lock_timeout(connection, &sql, lock_timeout_seconds);
    status = sql_exec(connection, strbuf_text(&sql), err);
    strbuf_clear(&sql);
    return status;
}

void sql_add_begin_snapshot(const struct connection *connection, struct strbuf *sql,
                            bool makes_temporary_tables)
{
    connection->dialect->add_begin_snapshot(sql, makes_temporary_tables);
}

const char *sql_join_in_order(const struct connection *connection)
{
    return connection->dialect->join_in_order;
}

const char *sql_temporary_key(const struct connection *connection)
{
    return connection->dialect->temporary_key;
}

const char *sql_temporary_schema(const struct connection *connection)
{
    return connection->dialect->temporary_schema;
}

int sql_join_group(struct connection *connection, const char *group, struct err *err)
{
    return connection->dialect->join_group(connection, group, err);
}

int sql_end_group(struct connection *connection, const char *group, long long session,
                  size_t *left, struct err *err)
{
    return connection->dialect->end_group(connection, group, session, left, err);
}
