/* SPDX-License-Identifier: Apache-2.0
 *
 * dialect.h - the boundary to a database server. Everything above asks the vtable or
 * its capability bits; nothing outside dialects/ names an engine in a condition, calls
 * a client library or knows a server's SQL quirks.
 */
#ifndef AIRSHIFT_DIALECTS_DIALECT_H
#define AIRSHIFT_DIALECTS_DIALECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"

struct connection; /* one session with a server; not shared between threads */
struct sql_result; /* rows, as text; free with sql_result_free() */
struct dialect;

/* What a server can do; asked of a session, because some of it depends on the version.
 */
enum sql_capability {
    SQL_CAN_ROLL_BACK_DDL =
        1 << 0, /* CREATE, ALTER and DROP take part in transactions */
    SQL_CAN_INDEX_CONCURRENTLY = 1 << 1, /* CREATE INDEX CONCURRENTLY */
    SQL_CAN_SCAN_BLOCKS =
        1 << 2, /* lo <= ctid < hi reads those blocks only (14 or later) */
    SQL_HAS_SCHEMAS = 1 << 3,    /* several schemas in one database */
    SQL_HAS_ROW_PLACES = 1 << 4, /* a row is found by ctid, its block and place there */
    SQL_FORGETS_CHECKS = 1 << 5, /* a CHECK constraint is read and does nothing */
    SQL_NAMES_NOT_NULL = 1 << 6, /* NOT NULL is a constraint with a name */
};

/* A database URL. The text holds the password and is never printed; `shown` is
 * printable. */
struct url {
    const struct dialect *dialect;
    char *text;  /* as the client library takes it */
    char *shown; /* host, port and database only */
    /* So long may the server not answer a new session, or give no sign of life later; 0
     * for the dialect's own limits. What the URL itself says of it goes before. */
    double patience_s;
};

/* Accepts the engines' own URIs and SQLAlchemy's spellings (postgresql+psycopg2://). */
/* Errors are ERR_CONFIG, or ERR_UNSUPPORTED for a server that is not built in. */
int url_parse(struct url *url, const char *text, struct err *err);
void url_clear(struct url *url);
/* Where the URL names several servers, asks the client library which of them it takes, by a
 * session, and has the URL name that one alone: whatever is opened later is on the same
 * server, or fails. Other URLs stay as they are, and nothing is asked. */
int url_settle(struct url *url, struct err *err) __attribute__((warn_unused_result));
/* Whether what the servers are like at the moment decides which of them it leads to, or
 * whether it leads to any. */
bool url_has_choice(const struct url *url);
/* Where the client library looks for a password that is not in the URL, for a hint. */
const char *url_password_place(const struct url *url);
/* The same server and role, but another database. */
void url_for_database(struct url *url, const struct url *other, const char *database);
/* The server's kind, for a person. */
const char *url_engine(const struct url *url);
/* As SQLAlchemy spells it, password and all. The caller wipes and frees it. */
char *url_sqlalchemy(const struct url *url);

/* Opens a session: application_name "airshift: <purpose>", UTC, UTF-8, no statement
 * timeout, ISO dates, bytea as hex, full float precision. NULL on an error:
 * ERR_CONNECT, or ERR_UNSUPPORTED when the server is too old.
 *
 * Every function below that waits for the server does so with poll(2), and gives up
 * with ERR_INTERRUPTED, the statement cancelled, when interrupt_is_asked()
 * (interrupt.h).
 *
 * Errors of statements carry the SQLSTATE that PostgreSQL uses for the failure (a
 * dialect for another server translates), the server's message and detail on one line,
 * and its hint. A lost connection is ERR_CONNECT with a SQLSTATE of class 08 or 57P. */
struct connection *sql_connect(const struct url *url, const char *purpose,
                               struct err *err);
void sql_close(struct connection *connection); /* accepts NULL */

bool sql_can(const struct connection *connection, enum sql_capability capability);

/* Calls `function` about every 50 ms while one of the waiting calls on this session
 * waits or moves data, so that an event loop goes on turning below them. A -1 from it
 * makes the waiting call cancel its statement and fail with ERR_INTERRUPTED. NULL for
 * none. */
typedef int sql_idle_function(void *context);
void sql_set_idle(struct connection *connection, sql_idle_function *function,
                  void *context);

/* Does nothing for that long, but in the same way. */
int sql_pause(struct connection *connection, unsigned milliseconds, struct err *err);

/* Makes a session dry: what sql_exec() and sql_change() are given is shown and not sent
 * to the server; queries are. */
typedef void sql_show_function(void *context, const char *sql);
void sql_set_dry(struct connection *connection, sql_show_function *show, void *context);
bool sql_is_dry(const struct connection *connection);
/* The context given to sql_set_dry(); NULL for other sessions. */
void *sql_dry_context(const struct connection *connection);

/* Runs one or more statements; the rows, if any, are dropped. */
int sql_exec(struct connection *connection, const char *sql, struct err *err);

/* Runs one statement with `count` text parameters ($1 ...; NULL is SQL NULL). */
struct sql_result *sql_query(struct connection *connection, const char *sql,
                             size_t count, const char *const *parameters,
                             struct err *err);

/* The same for a statement that changes something. `*result` is NULL on a dry session.
 */
int sql_change(struct connection *connection, const char *sql, size_t count,
               const char *const *parameters, struct sql_result **result,
               struct err *err) __attribute__((warn_unused_result));

size_t sql_column_count(const struct sql_result *result);
const char *sql_column_name(const struct sql_result *result, size_t column);
size_t sql_row_count(const struct sql_result *result);
bool sql_is_null(const struct sql_result *result, size_t row, size_t column);
/* "" for NULL. Borrowed from the result. */
const char *sql_text(const struct sql_result *result, size_t row, size_t column);
long long sql_integer(const struct sql_result *result, size_t row, size_t column);
/* Rows that an INSERT, UPDATE or DELETE touched. */
long long sql_affected(const struct sql_result *result);
/* What a server says to yes: "t". */
bool sql_is_true(const struct sql_result *result, size_t row, size_t column);
void sql_result_free(struct sql_result *result); /* accepts NULL */

/* The one row of a statement without parameters, or with one; ERR_INTERNAL where there is
 * none. */
struct sql_result *sql_row(struct connection *connection, const char *sql,
                           struct err *err);
struct sql_result *sql_row_for(struct connection *connection, const char *sql,
                               const char *parameter, struct err *err);
/* Copies a column of the first row into an array, as much as fits. */
void sql_copy(char *to, size_t size, const struct sql_result *result, size_t column);

/* Asynchronous use: send (without parameters it may be several statements, and
 * `*result` is that of the last), wait until the descriptor is readable, then poll
 * until done. sql_poll() returns 1 when the statement has ended (`*result` set), 0 when
 * not yet, and -1 on an error of the statement or of the connection; after 1 or -1 the
 * session takes the next statement. */
int sql_send(struct connection *connection, const char *sql, size_t count,
             const char *const *parameters, struct err *err);
int sql_socket(const struct connection *connection);
int sql_poll(struct connection *connection, struct sql_result **result,
             struct err *err);
/* Asks the server to cancel what runs; the statement then ends with an error. */
void sql_cancel(struct connection *connection);

/* "postgres": the directory of the dialect's statements under sql/server/. */
const char *sql_dialect_name(const struct connection *connection);

/* False once the connection is lost (then only sql_close() is of use). */
bool sql_is_alive(const struct connection *connection);
/* The server's name for this session (backend pid, connection id). */
long long sql_session_id(const struct connection *connection);
/* The server's version: 150020 for PostgreSQL 15.20, 90704 for MySQL 9.7.4. */
int sql_server_version(const struct connection *connection);

/* Streams the rows of a query in order; a callback that returns -1 stops it. Values are
 * text, but bytea columns come decoded. The fields are valid during the call only, and
 * the session is busy during it: the callback must use another one. */
struct sql_field {
    const char
        *bytes; /* NULL for SQL NULL; NUL terminated, in a stream, beyond its size */
    size_t size;
};
typedef int sql_row_function(void *context, const struct sql_field *fields,
                             size_t count, struct err *err);
int sql_stream(struct connection *connection, const char *sql,
               sql_row_function *function, void *context, struct err *err);

/* Bulk load: begin, rows of text fields (bytea as \\x hex), end (or a close of the
 * connection to abandon it). A refused row may show only in a later row or at the end.
 */
int sql_load_begin(struct connection *connection, const char *table_and_columns,
                   struct err *err);
int sql_load_row(struct connection *connection, const struct sql_field *fields,
                 size_t count, struct err *err);
int sql_load_end(struct connection *connection, struct err *err);

/* Rows as the engine's own bulk text, to be kept and loaded again as they are: one call
 * a row, its newline included and no other newline in it. `from` is a table with
 * its columns in parentheses, or a query in parentheses. */
typedef int sql_bytes_function(void *context, const char *bytes, size_t size,
                               struct err *err);
int sql_unload(struct connection *connection, const char *from,
               sql_bytes_function *function, void *context, struct err *err);
/* What stands around them in a script for the server's own client: before such rows,
 * around each, after them. Names are quoted. The rows are between a line that is
 * SQL_ROWS_BEGIN or begins with SQL_COPY_BEGIN, and one that is the end that belongs to it. */
#define SQL_COPY_BEGIN "COPY "
#define SQL_COPY_END "\\."
#define SQL_ROWS_BEGIN "BEGIN;"
#define SQL_ROWS_END "COMMIT;"
void sql_add_script_begin(const struct connection *connection, struct strbuf *sql,
                          const char *table, const char *columns);
void sql_add_script_row(const struct connection *connection, struct strbuf *sql,
                        const char *table, const char *columns, const char *bytes,
                        size_t size);
void sql_add_script_end(const struct connection *connection, struct strbuf *sql);
/* Bytes of such rows, cut anywhere, between sql_load_begin() and sql_load_end(). */
int sql_load_bytes(struct connection *connection, const char *bytes, size_t size,
                   struct err *err);

/* How long a lock is asked for, and how a person is told: "waiting for <what>: who". */
struct sql_lock_wait {
    double seconds;
    unsigned pause_ms; /* between two tries: for those who queued meanwhile */
    const char *what;
};
/* Locks all these tables (quoted) against writing, at once, until "UNLOCK TABLES" or the
 * session's end; readers go on. By tries of two seconds, since new writers wait behind each.
 * ERR_LOCK when the time is over; `blockers` says who stood in the way, as `other`, a session
 * that is free, sees it. ERR_UNSUPPORTED where locks go with a transaction. */
int sql_lock_against_writing(struct connection *locker, struct connection *other,
                             const char *const *tables, size_t count,
                             const struct sql_lock_wait *wait, struct strbuf *blockers,
                             struct err *err);

/* Makes `name` a copy of database `source` of the session's server, where nobody but this
 * session may be connected to the source. ERR_UNSUPPORTED where the server cannot. */
int sql_copy_database(struct connection *connection, const char *source,
                      const char *name, struct err *err);
/* Removes a database and ends its sessions; nothing where there is none. */
int sql_drop_database(struct connection *connection, const char *name, struct err *err);

/* Quoting into SQL text, for names and literals that are not parameters. Every
 * dialect's sessions are set up to take standard SQL here: "name", 'literal', no
 * backslash escapes. */
void sql_add_name(struct strbuf *sql, const char *name);
void sql_add_literal(struct strbuf *sql, const char *text);

/* Airflow's own migration lock (PostgreSQL advisory lock 1): tried once. *is_held
 * tells. */
int sql_try_migration_lock(struct connection *connection, bool *is_held,
                           struct err *err);

/* An error (SQLSTATE 42501) where the server says that the user lacks a right that a migration
 * takes, with what grants it: on that database, or on the session's (NULL). Nothing on a server of which a
 * statement asks that (sql/server/<dialect>/rights_missing.sql). */
int sql_check_rights(struct connection *connection, const char *database,
                     struct err *err);

/* Which sessions `session` waits for, as text for a person ("pid 123 (psql, idle in
 * transaction 5 s): UPDATE ..."); nothing is added when it waits for none. */
int sql_add_blockers(struct connection *connection, long long session,
                     struct strbuf *text, struct err *err);

/* How far the CREATE INDEX that `session` runs has come. */
struct sql_index_progress {
    bool is_running;
    char phase[64]; /* the server's words */
    double
        done; /* blocks or rows of this phase; `total` 0 where the server says none */
    double total;
};
int sql_get_index_progress(struct connection *connection, long long session,
                           struct sql_index_progress *progress, struct err *err);

/* The longest replay lag of the replicas that stream from this server; 0 when none
 * does. An error when the role may not see it, so that the caller does not take it for
 * 0; ERR_UNSUPPORTED where such a server never knows. */
int sql_get_replica_lag(struct connection *connection, double *seconds,
                        struct err *err);

/* What a person calls the log that goes to replicas: "WAL". */
const char *sql_log_name(const struct connection *connection);

/* Bytes of one block of a table. */
int sql_get_block_bytes(struct connection *connection, unsigned *bytes,
                        struct err *err);

/* The disk that a server writes to, where this process can see it: it runs on the server's
 * machine and may look into its directories. */
struct sql_disk {
    bool is_known;
    unsigned long long free_bytes;
    unsigned long long log_bytes; /* that the server's log grows to before it is used
                                   * again, while nobody holds on to it */
};
int sql_get_disk(struct connection *connection, struct sql_disk *disk, struct err *err);

/* Adds the statements that begin a transaction in which no lock is waited for longer
 * than that many seconds (0: for ever). The text ends in "; ". */
void sql_add_begin(const struct connection *connection, struct strbuf *sql,
                   double lock_timeout_seconds);
/* The same limit for what runs outside a transaction, for the rest of the session. */
void sql_add_lock_timeout(const struct connection *connection, struct strbuf *sql,
                          double lock_timeout_seconds);
int sql_set_lock_timeout(struct connection *connection, double lock_timeout_seconds,
                         struct err *err);

/* Pieces of queries that compare the rows of two databases, perhaps on two servers; render.h
 * has more of them. */

/* A transaction that sees one state of the database from its first statement to its
 * last and changes no table but temporary ones; those are made only where it is asked
 * for, because a replica cannot. The text ends in "; ". */
void sql_add_begin_snapshot(const struct connection *connection, struct strbuf *sql,
                            bool makes_temporary_tables);
/* Stands between two tables of a join, of which the first is to be read first where the
 * server can be told so: "JOIN". */
const char *sql_join_in_order(const struct connection *connection);
/* The schema, by name, in which a table is temporary; NULL: it is so in any. */
const char *sql_temporary_schema(const struct connection *connection);

/* What stands between the name of a temporary table and the query that it is made of: a
 * primary key that no query sees, for servers that may demand one of every table. */
const char *sql_temporary_key(const struct connection *connection);

/* A group of sessions, known by name within a database. A member stays one until its
 * server process has ended, which is later than the end of its client: sql_end_group()
 * makes sure that nothing of a killed or cut-off client is still running. It asks the
 * server to end the members (only `session`, or all but the caller's for 0) and counts
 * those left; call it again until there are none. */
int sql_join_group(struct connection *connection, const char *group, struct err *err);
int sql_end_group(struct connection *connection, const char *group, long long session,
                  size_t *left, struct err *err);

#endif
