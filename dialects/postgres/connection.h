/* SPDX-License-Identifier: Apache-2.0
 *
 * connection.h - what the files of the PostgreSQL dialect share. libpq is included here
 * and nowhere else.
 */
#ifndef AIRSHIFT_DIALECTS_POSTGRES_CONNECTION_H
#define AIRSHIFT_DIALECTS_POSTGRES_CONNECTION_H

#include <libpq-fe.h>

#include "base/strbuf.h"
#include "vtable.h"

enum {
    POSTGRES_OLDEST = 130000,
    POSTGRES_WITH_TID_RANGES = 140000,
    POSTGRES_WITH_NAMED_NOT_NULL = 180000,
};

extern const struct dialect postgres_dialect;

struct pg_connection {
    struct connection base;
    PGconn *handle;
    char *shown; /* host, port and database, for messages */
    int version; /* kept, because libpq forgets it when the connection is lost */
    long long session_id; /* likewise */
    bool is_lost;
    PGresult *pending; /* sql_poll(): the newest result of what was sent */
    bool has_failed;   /* sql_poll(): `failure` is the outcome */
    struct err failure;
    struct strbuf load; /* rows on their way into COPY */
};

struct pg_result {
    struct sql_result base;
    PGresult *rows;
};

/* url.c */
int postgres_parse_url(struct url *url, const char *driver, const char *rest,
                       struct err *err);

/* settle.c */
int postgres_url_settle(struct url *url, struct err *err);
bool postgres_url_has_choice(const struct url *url);
/* Whether the options name several servers. */
bool postgres_has_several_hosts(const PQconninfoOption *options);

/* connection.c */
static inline struct pg_connection *pg_of(struct connection *connection)
{
    return (struct pg_connection *)(void *)connection;
}
static inline const struct pg_connection *pg_of_const(
    const struct connection *connection)
{
    return (const struct pg_connection *)(const void *)connection;
}

/* error.c: fills `err` from a failed result, or from the connection where `result` is
 * NULL or says nothing. Evaluates to -1. */
int postgres_error(struct pg_connection *connection, const PGresult *result,
                   struct err *err);

/* error.c: the password of the session, to be scrubbed from texts; NULL where it is the
 * same word as the user, the database or the host, or so short that it is part of many
 * words: there, blanking it would give it away. Borrowed. */
const char *postgres_secret(const PGconn *handle);

/* error.c: why PQconnect failed; `secret` is the password or NULL. Evaluates to -1. */
int postgres_connect_error(const char *message, const char *shown, const char *secret,
                           struct err *err);

/* statement.c */
int postgres_exec(struct connection *connection, const char *sql, struct err *err);
struct sql_result *postgres_query(struct connection *connection, const char *sql,
                                  size_t count, const char *const *parameters,
                                  struct err *err);
/* The next result of what was sent, waiting for it: 1 set, 0 there is none left, -1. A
 * failed statement is not an error here. */
int postgres_next_result(struct pg_connection *connection, PGresult **result,
                         struct err *err);
/* Cancels what runs and drops its results. */
void postgres_abandon(struct pg_connection *connection);
size_t postgres_column_count(const struct sql_result *result);
const char *postgres_column_name(const struct sql_result *result, size_t column);
size_t postgres_row_count(const struct sql_result *result);
bool postgres_is_null(const struct sql_result *result, size_t row, size_t column);
const char *postgres_text(const struct sql_result *result, size_t row, size_t column);
long long postgres_affected(const struct sql_result *result);
void postgres_result_free(struct sql_result *result);
int postgres_send(struct connection *connection, const char *sql, size_t count,
                  const char *const *parameters, struct err *err);
int postgres_poll(struct connection *connection, struct sql_result **result,
                  struct err *err);
void postgres_cancel(struct connection *connection);

/* bulk.c */
int postgres_stream(struct connection *connection, const char *sql,
                    sql_row_function *function, void *context, struct err *err);
int postgres_load_begin(struct connection *connection, const char *table_and_columns,
                        struct err *err);
int postgres_load_row(struct connection *connection, const struct sql_field *fields,
                      size_t count, struct err *err);
int postgres_load_end(struct connection *connection, struct err *err);
void postgres_add_script_begin(struct strbuf *sql, const char *table,
                               const char *columns);
void postgres_add_script_row(struct strbuf *sql, const char *table, const char *columns,
                             const char *bytes, size_t size);
void postgres_add_script_end(struct strbuf *sql);
int postgres_unload(struct connection *connection, const char *from,
                    sql_bytes_function *function, void *context, struct err *err);
int postgres_load_bytes(struct connection *connection, const char *bytes, size_t size,
                        struct err *err);

/* rows_text.c */
extern const struct rows_text postgres_rows_text;

/* connection.c: a session as the server gives it, whatever speaks the protocol there. */
struct connection *postgres_open(const struct url *url, const char *purpose,
                                 struct err *err);

/* connection.c: how the server is reached, as keyword = 'value' pairs without the
 * database, without what belongs to the session only, and without its secrets. */
void postgres_add_conninfo(struct strbuf *conninfo, const PGconn *handle);
/* A value of such a pair. */
void postgres_add_quoted(struct strbuf *conninfo, const char *value);

/* database.c */
void postgres_url_for_database(struct url *url, const struct url *other,
                               const char *database);
char *postgres_url_sqlalchemy(const struct url *url);
int postgres_copy_database(struct connection *connection, const char *source,
                           const char *name, struct err *err);
int postgres_drop_database(struct connection *connection, const char *name,
                           struct err *err);

/* monitor.c */
int postgres_try_migration_lock(struct connection *connection, bool *is_held,
                                struct err *err);
int postgres_add_blockers(struct connection *connection, long long session,
                          struct strbuf *text, struct err *err);
int postgres_get_index_progress(struct connection *connection, long long session,
                                struct sql_index_progress *progress, struct err *err);
int postgres_get_replica_lag(struct connection *connection, double *seconds,
                             struct err *err);
int postgres_get_disk(struct connection *connection, struct sql_disk *disk,
                      struct err *err);
int postgres_get_block_bytes(struct connection *connection, unsigned *bytes,
                             struct err *err);
void postgres_add_begin(struct strbuf *sql, double lock_timeout_seconds);
void postgres_add_begin_snapshot(struct strbuf *sql, bool makes_temporary_tables);
void postgres_add_row_hash(struct strbuf *sql, const char *const *expressions,
                           size_t count, unsigned seed);
void postgres_add_masked_uuids(struct strbuf *sql, const char *expression,
                               const char *type);
void postgres_add_lock_timeout(struct strbuf *sql, double lock_timeout_seconds);
int postgres_join_group(struct connection *connection, const char *group,
                        struct err *err);
int postgres_end_group(struct connection *connection, const char *group,
                       long long session, size_t *left, struct err *err);

#endif
