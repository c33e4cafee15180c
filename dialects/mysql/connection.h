/* SPDX-License-Identifier: Apache-2.0
 *
 * connection.h - the MySQL dialect's own parts, for its files only. MySQL's client library
 * is used nowhere else; MariaDB's Connector/C and Oracle's libmysqlclient both serve.
 */
#ifndef AIRSHIFT_DIALECTS_MYSQL_CONNECTION_H
#define AIRSHIFT_DIALECTS_MYSQL_CONNECTION_H

/* MariaDB's header brings a list of its own. */
#define list_add mysql_header_list_add
#include <mysql.h>
#ifdef LIBMARIADB
#include <mysql/plugin_auth.h>
#endif
#undef list_add

#include "base/strbuf.h"
#include "mysql/script.h"
#include "url_parts.h"
#include "vtable.h"

enum { MYSQL_OLDEST = 80012, MYSQL_WITH_CHECKS = 80016 };

enum my_load_kind { MY_LOAD_TEXT, MY_LOAD_BYTES, MY_LOAD_BOOLEAN };

/* Whom to be connected with; NULL or 0 for what the library takes then. */
struct my_target {
    const char *host;
    const char *user;
    const char *password;
    const char *database;
    unsigned port;
    const char *socket;
};

enum my_answer { MY_CONNECTED, MY_REFUSED, MY_WITHOUT_TLS };

struct my_connection {
    struct connection base;
    MYSQL *handle;
    struct url_parts
        parts; /* kept, because a statement is cancelled over a second session */
    double patience_s; /* of the URL */
    char *shown;
    long long session_id;
    int version;
    bool is_lost;
    struct my_script script; /* what was sent and is not done */
    struct strbuf load;      /* the next INSERT of a bulk load */
    size_t load_bytes;       /* when it is sent */
    char *load_target;
    enum my_load_kind *load_kinds;
    size_t load_columns;
    struct strbuf load_line; /* a row of sql_load_bytes() that is not whole yet */
    bool load_is_open;       /* its transaction */
    bool load_is_joined;     /* which is the caller's */
    bool load_has_escapes;   /* a backslash in a text is to be doubled */
};

struct my_result {
    struct sql_result base;
    MYSQL_RES *rows; /* NULL for a statement that gives none */
    MYSQL_ROW *index;
    size_t count;
    long long affected;
};

static inline struct my_connection *my_of(struct connection *connection)
{
    return (struct my_connection *)(void *)connection;
}

static inline const struct my_connection *my_of_const(
    const struct connection *connection)
{
    return (const struct my_connection *)(const void *)connection;
}

/* error.c: `err` from the handle's last error. Evaluates to -1. */
int mysql_statement_error(struct my_connection *connection, struct err *err);
int mysql_connect_error(const struct my_connection *connection, enum my_answer answer,
                        struct err *err);

/* connection.c */
struct connection *mysql_connect_url(const struct url *url, const char *purpose,
                                     struct err *err);
void mysql_close_session(struct connection *connection);
int mysql_socket_of(const struct connection *connection);
bool mysql_session_is_alive(const struct connection *connection);
long long mysql_session_id(const struct connection *connection);
int mysql_version_of(const struct connection *connection);
unsigned mysql_capabilities(const struct connection *connection);
/* The URL's, or that of the environment; NULL for none. */
const char *mysql_password(const struct url_parts *parts);
/* A session, or a handle whose error says why there is none; close it either way.
 * `patience_s` as in struct url. */
MYSQL *mysql_open_handle(const struct url_parts *parts, double patience_s,
                         const char *purpose, enum my_answer *answer);

/* tls.c: whether a session with that URL must have TLS. */
bool mysql_asks_for_tls(const struct url_parts *parts);
/* mysql_real_connect(), but where the URL asks for TLS, a server without it is told
 * nothing, and `*lacks_tls` is set. */
bool mysql_connect_handle(MYSQL *handle, const struct url_parts *parts,
                          const struct my_target *target, bool *lacks_tls);

/* statement.c */
int mysql_exec(struct connection *connection, const char *sql, struct err *err);
struct sql_result *mysql_select(struct connection *connection, const char *sql,
                                size_t count, const char *const *parameters,
                                struct err *err);
int mysql_send(struct connection *connection, const char *sql, size_t count,
               const char *const *parameters, struct err *err);
/* One statement, whatever is in it; for mysql_poll(), or to its end. */
int mysql_send_whole(struct connection *connection, const char *sql, size_t length,
                     struct err *err);
int mysql_exec_whole(struct connection *connection, const char *sql, size_t length,
                     struct err *err);
int mysql_poll(struct connection *connection, struct sql_result **result,
               struct err *err);
void mysql_cancel(struct connection *connection);

/* Waits until the answer to what was sent begins to come; gives the statement up with the
 * caller's event loop or a signal. */
int mysql_await_answer(struct connection *connection, struct err *err);

/* bulk.c */
/* The rows of a query as they come. -1 from the function ends it. */
typedef int my_row_function(void *context, MYSQL_RES *rows, MYSQL_ROW row,
                            struct err *err);
int mysql_each_row(struct connection *connection, const char *sql,
                   my_row_function *function, void *context, struct err *err);
int mysql_stream(struct connection *connection, const char *sql,
                 sql_row_function *function, void *context, struct err *err);
int mysql_load_begin(struct connection *connection, const char *table_and_columns,
                     struct err *err);
int mysql_load_row(struct connection *connection, const struct sql_field *fields,
                   size_t count, struct err *err);
int mysql_load_end(struct connection *connection, struct err *err);
/* Sends the INSERT that is under way. */
int mysql_load_flush(struct connection *connection, struct err *err);

/* rows_text.c */
extern const struct rows_text mysql_rows_text;

/* unload.c */
int mysql_unload(struct connection *connection, const char *from,
                 sql_bytes_function *function, void *context, struct err *err);
void mysql_add_script_begin(struct strbuf *sql, const char *table, const char *columns);
void mysql_add_script_row(struct strbuf *sql, const char *table, const char *columns,
                          const char *bytes, size_t size);
void mysql_add_script_end(struct strbuf *sql);

/* load_text.c */
int mysql_load_bytes(struct connection *connection, const char *bytes, size_t size,
                     struct err *err);

/* result.c */
struct sql_result *mysql_result_new(MYSQL_RES *rows, long long affected);
size_t mysql_column_count(const struct sql_result *result);
const char *mysql_column_name(const struct sql_result *result, size_t column);
size_t mysql_row_count(const struct sql_result *result);
bool mysql_is_null(const struct sql_result *result, size_t row, size_t column);
const char *mysql_text(const struct sql_result *result, size_t row, size_t column);
long long mysql_affected(const struct sql_result *result);
void mysql_result_free(struct sql_result *result);
/* A column of bytes, not of characters. */
bool mysql_is_bytes(const MYSQL_FIELD *field);

/* database.c */
int mysql_copy_database(struct connection *connection, const char *source,
                        const char *name, struct err *err);
int mysql_drop_database(struct connection *connection, const char *name,
                        struct err *err);

/* rights.c */
/* An error with SQLSTATE 42501 where the user lacks one of those on the database (NULL: the
 * session's), as SHOW GRANTS names them; 16 at most. */
int mysql_check_privileges(struct connection *connection, const char *database,
                           const char *const *privileges, size_t count,
                           struct err *err);
int mysql_check_rights(struct connection *connection, const char *database,
                       struct err *err);

/* monitor.c */
int mysql_try_migration_lock(struct connection *connection, bool *is_held,
                             struct err *err);
int mysql_add_blockers(struct connection *connection, long long session,
                       struct strbuf *text, struct err *err);
int mysql_get_index_progress(struct connection *connection, long long session,
                             struct sql_index_progress *progress, struct err *err);
int mysql_get_disk(struct connection *connection, struct sql_disk *disk,
                   struct err *err);
int mysql_get_replica_lag(struct connection *connection, double *seconds,
                          struct err *err);
/* Ends a session; one that has ended meanwhile is fine. */
int mysql_end_session(struct connection *connection, const char *session,
                      struct err *err);
int mysql_join_group(struct connection *connection, const char *group, struct err *err);
int mysql_end_group(struct connection *connection, const char *group, long long session,
                    size_t *left, struct err *err);
void mysql_add_begin(struct strbuf *sql, double lock_timeout_seconds);
void mysql_add_lock_timeout(struct strbuf *sql, double lock_timeout_seconds);

/* lock.c */
int mysql_lock_against_writing(struct connection *locker, struct connection *other,
                               const char *const *tables, size_t count,
                               const struct sql_lock_wait *wait,
                               struct strbuf *blockers, struct err *err);

#endif
