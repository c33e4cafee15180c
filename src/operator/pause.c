/* SPDX-License-Identifier: Apache-2.0
 *
 * pause.c - the memory of a pause and what is done with it.
 */
#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "catalog/server_sql.h"
#include "operator/pause.h"
#include "state/fault.h"

enum { LOCK_TIMEOUT_SECONDS = 30, MILLISECONDS = 1000, SHOWN_MOST = 5 };

static int query_number(struct connection *connection, const char *name, size_t count,
                        const char *const *parameters, long long *number,
                        struct err *err)
{
    struct sql_result *row = server_query(connection, name, count, parameters, err);

    if (row == NULL)
        return -1;
    *number = sql_integer(row, 0, 0);
    sql_result_free(row);
    return 0;
}

static int is_in_force(struct connection *connection, bool *answer, struct err *err)
{
    struct sql_result *row = server_query(connection, "pause_exists", 0, NULL, err);

    if (row == NULL)
        return -1;
    *answer = sql_text(row, 0, 0)[0] == 't';
    sql_result_free(row);
    return 0;
}

/* A transaction of ours must not stand in a queue for ever: the scheduler writes to the
 * same rows. */
static int begin(struct connection *connection, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    int status;

    sql_add_begin(connection, &sql, LOCK_TIMEOUT_SECONDS);
    status = sql_exec(connection, strbuf_text(&sql), err);
    strbuf_clear(&sql);
    return status;
}

/* The memory is made in the same transaction where that can take it back, else before:
 * there, what makes a table ends a transaction. */
static int begin_with_memory(struct connection *connection, struct err *err)
{
    if (sql_can(connection, SQL_CAN_ROLL_BACK_DDL))
        return begin(connection, err) < 0 ||
                       server_exec(connection, "pause_create", err) < 0
                   ? -1
                   : 0;
    return server_exec(connection, "pause_create", err) < 0 ? -1
                                                            : begin(connection, err);
}

static int stop(struct connection *connection, struct pause_result *result,
                struct err *err)
{
    struct sql_result *row;

    if (begin_with_memory(connection, err) < 0 ||
        query_number(connection, "pause_stop", 0, NULL, &result->stopped, err) < 0)
        return -1;
    row = server_query(connection, "pause_count", 0, NULL, err);
    if (row == NULL)
        return -1;
    result->total = sql_integer(row, 0, 0);
    result->paused = sql_integer(row, 0, 1);
    sql_result_free(row);
    row = server_query(connection, "pause_read", 0, NULL, err);
    if (row == NULL)
        return -1;
    result->kept = sql_integer(row, 0, 2);
    sql_result_free(row);
    fault_point("pause", "commit");
    return sql_exec(connection, "COMMIT", err);
}

static void add_grant(struct connection *connection, struct err *err)
{
    struct err ignored = {0};
    struct sql_result *row = NULL;

    if (sql_exec(connection, "ROLLBACK", &ignored) == 0)
        row = server_query(connection, "pause_rights", 0, NULL, &ignored);
    if (row != NULL)
        (void)err_hint(err,
                       "airshift keeps the list of the DAGs that ran in the database, "
                       "beside Airflow's tables: %s. No DAG was stopped.",
                       sql_text(row, 0, 0));
    sql_result_free(row);
}

int pause_dags(const struct url *url, struct pause_result *result, struct err *err)
{
    struct connection *connection = sql_connect(url, "pause", err);
    int status = -1;

    memset(result, 0, sizeof(*result));
    if (connection != NULL) {
        status = stop(connection, result, err);
        if (status < 0 && strcmp(err->sqlstate, "42501") == 0)
            add_grant(connection, err);
    }
    sql_close(connection);
    return status;
}

struct unpausing {
    const struct unpause_options *options;
    struct connection *connection;
    json_t *first; /* ids */
    struct unpause_result *result;
};

static int add_tagged(struct unpausing *run, struct err *err)
{
    const char *const parameters[] = {run->options->first_tag};
    struct sql_result *rows;
    int status = 0;

    if (run->options->first_tag == NULL)
        return 0;
    rows = server_query(run->connection, "unpause_tagged", 1, parameters, err);
    if (rows == NULL)
        return -1;
    if (sql_row_count(rows) == 0)
        status = err_set(err, ERR_STATE, "no DAG has the tag \"%s\"",
                         run->options->first_tag);
    for (size_t i = 0; i < sql_row_count(rows); i++)
        (void)json_array_append_new(run->first, json_string(sql_text(rows, i, 0)));
    sql_result_free(rows);
    return status;
}

/* A typing error in the list of critical DAGs must not be found at the end. */
static int check_first(struct unpausing *run, struct err *err)
{
    char *text = json_dumps(run->first, JSON_COMPACT);
    const char *const parameters[] = {text};
    struct sql_result *rows =
        server_query(run->connection, "unpause_unknown", 1, parameters, err);
    size_t count;
    int status = 0;

    free(text);
    if (rows == NULL)
        return -1;
    count = sql_row_count(rows);
    if (count > 0) {
        struct strbuf names = STRBUF_INIT;

        for (size_t i = 0; i < count && i < SHOWN_MOST; i++)
            strbuf_addf(&names, "%s\"%s\"", i > 0 ? ", " : "", sql_text(rows, i, 0));
        (void)err_set(err, ERR_STATE, "there is no DAG %s%s", strbuf_text(&names),
                      count > SHOWN_MOST ? ", ..." : "");
        status = err_hint(err, "Nothing was changed: correct the list.");
        strbuf_clear(&names);
    }
    sql_result_free(rows);
    return status;
}

/* One transaction: the DAGs of the array, and that they are given back. */
static int give(struct unpausing *run, json_t *ids, struct err *err)
{
    char *text = json_dumps(ids, JSON_COMPACT);
    char limit[32];
    const char *const parameters[] = {text, limit};
    long long present = 0;
    int status = begin(run->connection, err);

    (void)snprintf(limit, sizeof(limit), "%lld", run->options->max_active_runs);
    if (status == 0 && run->options->max_active_runs > 0) {
        struct sql_result *done =
            server_query(run->connection, "unpause_limit", 2, parameters, err);

        status = done != NULL ? 0 : -1;
        sql_result_free(done);
    }
    if (status == 0)
        status =
            query_number(run->connection, "unpause_give", 1, parameters, &present, err);
    if (status == 0) {
        fault_point("unpause", "commit");
        status = sql_exec(run->connection, "COMMIT", err);
    }
    if (status == 0) {
        run->result->given += present;
        run->result->gone += (long long)json_array_size(ids) - present;
    }
    free(text);
    return status;
}

static int rest(struct unpausing *run, struct err *err)
{
    return sql_pause(run->connection,
                     (unsigned)(run->options->gap_seconds * MILLISECONDS), err);
}

/* `rows` from `*at` on: as many as belong into one step. */
static json_t *next_step(const struct unpausing *run, const struct sql_result *rows,
                         size_t *at, bool *is_first)
{
    json_t *ids = json_array();
    size_t most = 1;

    *is_first = strcmp(sql_text(rows, *at, 1), "t") == 0;
    if (!*is_first)
        most =
            run->options->batch > 0 ? (size_t)run->options->batch : sql_row_count(rows);
    while (most-- > 0 && *at < sql_row_count(rows))
        (void)json_array_append_new(ids, json_string(sql_text(rows, (*at)++, 0)));
    return ids;
}

static int give_all(struct unpausing *run, const struct sql_result *rows,
                    struct err *err)
{
    size_t count = sql_row_count(rows);
    int status = 0;

    run->result->left = (long long)count;
    for (size_t at = 0; at < count && status == 0;) {
        bool is_first;
        json_t *ids = next_step(run, rows, &at, &is_first);

        if (!is_first && run->options->only_first) {
            json_decref(ids);
            break;
        }
        if (run->result->given + run->result->gone > 0)
            status = rest(run, err);
        if (status == 0)
            status = give(run, ids, err);
        if (status == 0) {
            run->result->left = (long long)(count - at);
            if (is_first)
                log_info("%s", json_string_value(json_array_get(ids, 0)));
            else
                log_info("%zu others", json_array_size(ids));
        }
        json_decref(ids);
    }
    return status;
}

static int work(struct unpausing *run, struct err *err)
{
    struct sql_result *rows;
    bool is_paused = false;
    char *text;
    int status;

    if (is_in_force(run->connection, &is_paused, err) < 0)
        return -1;
    if (!is_paused) {
        (void)err_set(err, ERR_STATE, "no pause of airshift's is in force");
        return err_hint(err, "It gives back what `airshift pause` has stopped, and "
                             "nothing else.");
    }
    if (add_tagged(run, err) < 0 || check_first(run, err) < 0)
        return -1;
    text = json_dumps(run->first, JSON_COMPACT);
    {
        const char *const parameters[] = {text};

        rows = server_query(run->connection, "unpause_list", 1, parameters, err);
    }
    free(text);
    if (rows == NULL)
        return -1;
    status = give_all(run, rows, err);
    sql_result_free(rows);
    if (status == 0 && run->result->left == 0)
        status = server_exec(run->connection, "pause_end", err);
    return status;
}

int unpause_dags(const struct unpause_options *options, struct unpause_result *result,
                 struct err *err)
{
    struct unpausing run = {.options = options, .result = result};
    int status = -1;

    memset(result, 0, sizeof(*result));
    run.first = json_array();
    for (size_t i = 0; options->first != NULL && i < options->first->count; i++)
        (void)json_array_append_new(run.first, json_string(options->first->items[i]));
    run.connection = sql_connect(options->url, "unpause", err);
    if (run.connection != NULL)
        status = work(&run, err);
    sql_close(run.connection);
    json_decref(run.first);
    return status;
}
