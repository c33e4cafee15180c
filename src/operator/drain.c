/* SPDX-License-Identifier: Apache-2.0
 *
 * drain.c - looks, says, waits. Scheduled tasks are not waited for: a paused DAG's are
 * not queued. Deferred ones and those up for a retry are nobody's work at present.
 */
#include "config.h"

#include <string.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "catalog/server_sql.h"
#include "engine/clock.h"
#include "engine/progress.h"
#include "operator/drain.h"

enum { MILLISECONDS = 1000, SAY_SECONDS = 30 };

struct draining {
    const struct drain_options *options;
    struct connection *connection;
    struct drain_result *result;
    struct strbuf said;  /* states and numbers, without the ages */
    struct strbuf shown; /* with them */
    double last_said;
};

static void describe(struct strbuf *text, const struct sql_result *rows, bool with_ages)
{
    strbuf_truncate(text, 0);
    for (size_t i = 0; i < sql_row_count(rows); i++) {
        strbuf_addf(text, "%s%s %s", text->length > 0 ? ", " : "", sql_text(rows, i, 1),
                    sql_text(rows, i, 0));
        if (!with_ages)
            continue;
        strbuf_add_string(text, " (the oldest since ");
        progress_add_time(text, (double)sql_integer(rows, i, 2));
        strbuf_addf(text, ": %s)", sql_text(rows, i, 3));
    }
}

static int look(struct draining *run, struct err *err)
{
    struct sql_result *rows = server_query(run->connection, "drain_look", 0, NULL, err);
    struct strbuf brief = STRBUF_INIT;
    double now = clock_now();

    if (rows == NULL)
        return -1;
    run->result->in_flight = 0;
    run->result->silent = 0;
    for (size_t i = 0; i < sql_row_count(rows); i++) {
        run->result->in_flight += sql_integer(rows, i, 1);
        run->result->silent += sql_integer(rows, i, 4);
    }
    describe(&brief, rows, false);
    describe(&run->shown, rows, true);
    sql_result_free(rows);
    if (run->result->in_flight > 0 &&
        (strcmp(strbuf_text(&brief), strbuf_text(&run->said)) != 0 ||
         now - run->last_said >= SAY_SECONDS)) {
        log_info("%s", strbuf_text(&run->shown));
        if (run->result->silent > 0)
            log_info("%lld of them without a sign of life for five minutes",
                     run->result->silent);
        strbuf_truncate(&run->said, 0);
        strbuf_add_string(&run->said, strbuf_text(&brief));
        run->last_said = now;
    }
    strbuf_clear(&brief);
    return 0;
}

static int warn_of_unpaused(struct draining *run, struct err *err)
{
    struct sql_result *row = server_query(run->connection, "pause_count", 0, NULL, err);

    if (row == NULL)
        return -1;
    run->result->unpaused = sql_integer(row, 0, 0) - sql_integer(row, 0, 1);
    sql_result_free(row);
    if (run->result->unpaused > 0)
        log_warning("%lld DAGs are not paused and may start more; see `airshift pause`",
                    run->result->unpaused);
    return 0;
}

static int wait(struct draining *run, struct err *err)
{
    const struct drain_options *options = run->options;
    double started = clock_now();

    if (warn_of_unpaused(run, err) < 0)
        return -1;
    for (;;) {
        double left;

        if (look(run, err) < 0)
            return -1;
        run->result->seconds = clock_now() - started;
        if (run->result->in_flight == 0)
            return 0;
        left = options->limit_seconds - run->result->seconds;
        if (left <= 0)
            break;
        if (left > options->interval_seconds)
            left = options->interval_seconds;
        if (sql_pause(run->connection, (unsigned)(left * MILLISECONDS) + 1, err) < 0)
            return -1;
    }
    if (options->goes_on) {
        log_warning("still in flight, going on: %s", strbuf_text(&run->shown));
        return 0;
    }
    (void)err_set(err, ERR_TIMEOUT, "still in flight after %.0f s: %s",
                  run->result->seconds, strbuf_text(&run->shown));
    return err_hint(err, "Wait longer with --limit, end these tasks, or go on without "
                         "them with --on-limit continue: Airflow will see them as "
                         "failed and retry them as their DAGs say.");
}

int drain_wait(const struct drain_options *options, struct drain_result *result,
               struct err *err)
{
    struct draining run = {.options = options, .result = result};
    int status = -1;

    memset(result, 0, sizeof(*result));
    run.connection = sql_connect(options->url, "drain", err);
    if (run.connection != NULL)
        status = wait(&run, err);
    sql_close(run.connection);
    strbuf_clear(&run.said);
    strbuf_clear(&run.shown);
    return status;
}
