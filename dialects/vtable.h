/* SPDX-License-Identifier: Apache-2.0
 *
 * vtable.h - what a dialect has to provide. Included by dialect.c and by the dialects
 * themselves, by nothing else: dialect.h documents each function.
 */
#ifndef AIRSHIFT_DIALECTS_VTABLE_H
#define AIRSHIFT_DIALECTS_VTABLE_H

#include "base/arena.h"
#include "dialect.h"
#include "render.h"

/* The first member of each dialect's own connection. */
struct connection {
    const struct dialect *dialect;
    sql_idle_function *idle; /* NULL for none */
    void *idle_context;
    double idle_last;        /* clock_seconds() of its last call */
    sql_show_function *show; /* of a dry session; NULL for the others */
    void *show_context;
};

/* The first member of each dialect's own result. */
struct sql_result {
    const struct dialect *dialect;
};

struct dialect {
    const char *name; /* for a person */
    const char *log_name;
    const char *password_place; /* where a password may be but in a URL */
    const char *code;           /* "postgres": in `@only`, in paths under sql/server/ */

    const char *(*type_text)(struct arena *arena, const char *name,
                             const int *modifiers, size_t count);
    bool (*type_change_rewrites)(const char *from, const char *to);
    unsigned traits; /* enum dialect_trait */
    /* All NULL where the language's grammar is the server's. */
    const char *session_sql; /* what statements so written need, before them */
    const char *(*print)(struct arena *arena, const ast_node *tree, struct err *err);
    const char *(*quote_name)(struct arena *arena, const char *name);
    const char *(*column_definition)(struct arena *arena,
                                     const struct column_definition *column);
    const char *(*alter_part)(struct arena *arena, enum alter_part part,
                              const char *name, const char *definition);

    void (*add_value)(struct strbuf *sql, const char *expression,
                      const char *type); /* NULL: the expression itself */
    void (*add_row_hash)(struct strbuf *sql, const char *const *expressions,
                         size_t count, unsigned seed);
    void (*add_masked_uuids)(struct strbuf *sql, const char *expression,
                             const char *type);

    /* `driver` is what stands after the plus sign in the scheme; "" where nothing does.
     * `rest` is what stands after "://". */
    int (*parse_url)(struct url *url, const char *driver, const char *rest,
                     struct err *err);
    /* Both NULL where a URL names one server. */
    int (*url_settle)(struct url *url, struct err *err);
    bool (*url_has_choice)(const struct url *url);
    /* Sets text and shown. */
    void (*url_for_database)(struct url *url, const struct url *other,
                             const char *database);
    char *(*url_sqlalchemy)(const struct url *url);
    struct connection *(*connect)(const struct url *url, const char *purpose,
                                  struct err *err);
    void (*close)(struct connection *connection);
    unsigned (*capabilities)(
        const struct connection *connection); /* sql_capability bits */

    int (*exec)(struct connection *connection, const char *sql, struct err *err);
    struct sql_result *(*query)(struct connection *connection, const char *sql,
                                size_t count, const char *const *parameters,
                                struct err *err);
    size_t (*column_count)(const struct sql_result *result);
    const char *(*column_name)(const struct sql_result *result, size_t column);
    size_t (*row_count)(const struct sql_result *result);
    bool (*is_null)(const struct sql_result *result, size_t row, size_t column);
    const char *(*text)(const struct sql_result *result, size_t row, size_t column);
    long long (*affected)(const struct sql_result *result);
    void (*result_free)(struct sql_result *result);

    int (*send)(struct connection *connection, const char *sql, size_t count,
                const char *const *parameters, struct err *err);
    int (*socket)(const struct connection *connection);
    int (*poll)(struct connection *connection, struct sql_result **result,
                struct err *err);
    void (*cancel)(struct connection *connection);
    bool (*is_alive)(const struct connection *connection);
    long long (*session_id)(const struct connection *connection);
    int (*server_version)(const struct connection *connection);

    int (*stream)(struct connection *connection, const char *sql,
                  sql_row_function *function, void *context, struct err *err);
    int (*load_begin)(struct connection *connection, const char *table_and_columns,
                      struct err *err);
    int (*load_row)(struct connection *connection, const struct sql_field *fields,
                    size_t count, struct err *err);
    int (*load_end)(struct connection *connection, struct err *err);
    int (*unload)(struct connection *connection, const char *from,
                  sql_bytes_function *function, void *context, struct err *err);
    void (*add_script_begin)(struct strbuf *sql, const char *table,
                             const char *columns);
    void (*add_script_row)(struct strbuf *sql, const char *table, const char *columns,
                           const char *bytes, size_t size);
    void (*add_script_end)(struct strbuf *sql);
    int (*load_bytes)(struct connection *connection, const char *bytes, size_t size,
                      struct err *err);

    const struct rows_text *rows_text; /* rows_text.h */
    const struct dump_ops *dump_ops;   /* dump.h */

    /* NULL: its locks go with a transaction. */
    int (*lock_against_writing)(struct connection *locker, struct connection *other,
                                const char *const *tables, size_t count,
                                const struct sql_lock_wait *wait,
                                struct strbuf *blockers, struct err *err);
    /* NULL: the server cannot. */
    int (*copy_database)(struct connection *connection, const char *source,
                         const char *name, struct err *err);
    int (*drop_database)(struct connection *connection, const char *name,
                         struct err *err);

    int (*try_migration_lock)(struct connection *connection, bool *is_held,
                              struct err *err);
    int (*add_blockers)(struct connection *connection, long long session,
                        struct strbuf *text, struct err *err);
    int (*get_index_progress)(struct connection *connection, long long session,
                              struct sql_index_progress *progress, struct err *err);
    /* NULL: not asked by itself. */
    int (*check_rights)(struct connection *connection, const char *database,
                        struct err *err);
    int (*get_replica_lag)(struct connection *connection, double *seconds,
                           struct err *err);
    /* NULL: never known. */
    int (*get_disk)(struct connection *connection, struct sql_disk *disk,
                    struct err *err);
    int (*get_block_bytes)(struct connection *connection, unsigned *bytes,
                           struct err *err);
    void (*add_begin)(struct strbuf *sql, double lock_timeout_seconds);
    void (*add_lock_timeout)(struct strbuf *sql, double lock_timeout_seconds);
    void (*add_begin_snapshot)(struct strbuf *sql, bool makes_temporary_tables);
    const char *join_in_order;
    const char *temporary_schema; /* as a name, not quoted */
    const char *temporary_key;    /* "": none is needed */
    int (*join_group)(struct connection *connection, const char *group,
                      struct err *err);
    int (*end_group)(struct connection *connection, const char *group,
                     long long session, size_t *left, struct err *err);
};

/* Calls the idle function when its time has come. -1 when the caller should give up;
 * then `err` is filled. Looks at interrupt_is_asked() too. */
int connection_turn(struct connection *connection, struct err *err);

/* Waits until the descriptor is readable (or writable) or `timeout_seconds` have
 * passed, turning the idle function. 1 ready, 0 time is up, -1 give up with `err`
 * filled. */
int connection_wait(struct connection *connection, int descriptor, bool for_write,
                    double timeout_seconds, struct err *err);

/* Monotonic time. */
double clock_seconds(void);

#endif
