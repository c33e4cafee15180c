/* SPDX-License-Identifier: Apache-2.0
 *
 * watch.c - the loop: a first look that fails is an error, a server that does not answer
 * later is said and asked again.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "catalog/server_sql.h"
#include "engine/clock.h"
#include "interrupt.h"
#include "watch/show.h"
#include "watch/watch.h"

enum { MILLISECONDS = 1000 };
/* A table that is locked for long, by a migration, is said and not waited for. */
static const double lock_timeout_seconds = 5;

struct watching {
    const struct airflow_watch_options *options;
    struct connection *connection;
    struct arena *arena;
    struct list critical; /* const char * */
    bool *is_late;
};

static void add_clock(struct strbuf *out)
{
    char text[32];
    time_t now = time(NULL);
    struct tm parts;

    (void)gmtime_r(&now, &parts);
    (void)strftime(text, sizeof(text), "%H:%M:%SZ ", &parts);
    strbuf_add_string(out, text);
}

static void put(const struct strbuf *text)
{
    (void)fwrite(strbuf_text(text), 1, text->length, stdout);
    (void)fflush(stdout);
}

static int read_critical(struct watching *watching, struct err *err)
{
    const char *const parameters[1] = {watching->options->first_tag};
    struct sql_result *result;
    size_t count;

    for (size_t i = 0; i < watching->options->first->count; i++)
        list_add(watching->arena, &watching->critical,
                 watching->options->first->items[i]);
    if (parameters[0] == NULL)
        return 0;
    result = server_query(watching->connection, "unpause_tagged", 1, parameters, err);
    if (result == NULL)
        return -1;
    count = sql_row_count(result);
    for (size_t i = 0; i < count; i++)
        list_add(watching->arena, &watching->critical,
                 arena_strdup(watching->arena, sql_text(result, i, 0)));
    sql_result_free(result);
    if (count == 0)
        return err_set(err, ERR_STATE, "no DAG has the tag \"%s\"", parameters[0]);
    return 0;
}

/* A critical DAG that is not there is as late as one can be, and would never be said. */
static int check_critical(const struct watching *watching,
                          const struct watch_look *look, struct err *err)
{
    for (size_t i = 0; i < watching->options->first->count; i++) {
        const char *id = watching->options->first->items[i];
        bool is_found = false;

        for (size_t j = 0; j < look->dag_count; j++)
            is_found = is_found || strcmp(look->dags[j].id, id) == 0;
        if (!is_found)
            return err_set(err, ERR_STATE, "there is no active DAG \"%s\"", id);
    }
    return 0;
}

static int connect_once(struct watching *watching, struct err *err)
{
    if (watching->connection != NULL)
        return 0;
    watching->connection = sql_connect(watching->options->url, "watch", err);
    return watching->connection != NULL
               ? sql_set_lock_timeout(watching->connection, lock_timeout_seconds, err)
               : -1;
}

static int look_once(struct watching *watching, bool is_first, struct err *err)
{
    const struct airflow_watch_options *options = watching->options;
    struct strbuf text = STRBUF_INIT;
    struct watch_look look;
    int status = 0;

    if (connect_once(watching, err) < 0 ||
        (is_first && read_critical(watching, err) < 0) ||
        watch_look(watching->connection, &options->limits, &watching->critical, &look,
                   err) < 0)
        return -1;
    if (is_first)
        status = check_critical(watching, &look, err);
    if (status == 0) {
        *watching->is_late = look.is_late;
        if (options->is_json) {
            watch_add_json(&text, &look, &options->limits);
        } else {
            if (!options->is_once)
                add_clock(&text);
            watch_add_text(&text, &look, &options->limits);
        }
        if (options->clearing.is_wanted)
            status =
                watch_clear(watching->connection, &options->limits, &watching->critical,
                            &look, &options->clearing, &text, err);
        put(&text);
    }
    strbuf_clear(&text);
    watch_look_clear(&look);
    return status;
}

/* After a look that failed: whether to go on. */
static int survive(struct watching *watching, bool is_first, struct err *err)
{
    struct strbuf text = STRBUF_INIT;

    if (is_first || watching->options->is_once ||
        (err->category != ERR_CONNECT && err->category != ERR_LOCK))
        return -1;
    sql_close(watching->connection);
    watching->connection = NULL;
    add_clock(&text);
    strbuf_addf(&text, "no answer: %s\n", err->text);
    if (!watching->options->is_json)
        put(&text);
    strbuf_clear(&text);
    err_clear(err);
    return 0;
}

static int wait(struct watching *watching, double seconds)
{
    struct timespec step = {0, 50L * 1000 * 1000};
    double until = clock_now() + seconds;
    struct err ignored = {0};

    if (watching->connection != NULL)
        return sql_pause(watching->connection, (unsigned)(seconds * MILLISECONDS) + 1,
                         &ignored);
    while (clock_now() < until && !interrupt_is_asked())
        (void)nanosleep(&step, NULL);
    return interrupt_is_asked() ? -1 : 0;
}

static int run(struct watching *watching, struct err *err)
{
    const struct airflow_watch_options *options = watching->options;
    double began = clock_now();

    for (bool is_first = true;; is_first = false) {
        double left = options->for_seconds - (clock_now() - began);

        if (look_once(watching, is_first, err) < 0) {
            if (!is_first && interrupt_is_asked()) {
                err_clear(err);
                return 0;
            }
            if (survive(watching, is_first, err) < 0)
                return -1;
        }
        if (options->is_once || (options->for_seconds > 0 && left <= 0))
            return 0;
        if (options->for_seconds <= 0 || left > options->interval_seconds)
            left = options->interval_seconds;
        /* A signal ends a watch; nothing was left undone. */
        if (wait(watching, left) < 0)
            return 0;
    }
}

int airflow_watch(const struct airflow_watch_options *options, bool *is_late,
                  struct err *err)
{
    struct watching watching = {.options = options, .is_late = is_late};
    int status;

    *is_late = false;
    watching.arena = arena_new();
    status = run(&watching, err);
    sql_close(watching.connection);
    arena_free(watching.arena);
    return status;
}
