/* SPDX-License-Identifier: Apache-2.0
 *
 * isolate.c - bad rows: their names, the list, the error.
 */
#include "config.h"

#include <string.h>

#include "base/log.h"
#include "engine/bad_rows.h"
#include "engine/isolate.h"
#include "engine/worker.h"

/* One column: as it is. Several: name=value, ... */
static void add_key(struct strbuf *key, const struct sql_result *result)
{
    size_t count = sql_column_count(result);

    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            strbuf_add_string(key, ", ");
        if (count > 1)
            strbuf_addf(key, "%s=", sql_column_name(result, i));
        strbuf_add_string(key,
                          sql_is_null(result, 0, i) ? "NULL" : sql_text(result, 0, i));
    }
}

void isolate_described(struct engine *engine, struct worker *worker,
                       const struct sql_result *result)
{
    const struct job *plan = &engine->graph->jobs[worker->job];

    strbuf_truncate(&worker->key, 0);
    if (result != NULL && sql_row_count(result) == 0) {
        /* No row there and an error all the same: the statement itself is at fault. */
        struct err err = worker->problem;

        (void)engine_wrap(engine, worker->job, &err);
        worker->step = STEP_NONE;
        (void)engine_fail(engine, &err);
        return;
    }
    if (result != NULL) {
        add_key(&worker->key, result);
    } else {
        char place[POSITION_TEXT_BYTES];

        position_text(worker->range.lo, place);
        strbuf_addf(&worker->key, "at %s", place);
    }
    if (engine->options->has_quarantine && plan->quarantine_sql != NULL)
        worker_set_aside(engine, worker);
    else
        worker_fail_row(engine, worker);
}

void isolate_set_aside(struct engine *engine, struct worker *worker)
{
    const struct job *plan = &engine->graph->jobs[worker->job];
    struct job_run *run = &engine->runs[worker->job];

    engine->has_rows_aside = true;
    if (worker->rows <= 0)
        return; /* by another job that reads the same row, or by an earlier run */
    run->set_aside += (unsigned long long)worker->rows;
    if (run->set_aside <= SET_ASIDE_LISTED)
        log_warning("table \"%s\": row %s was set aside: %s", plan->table,
                    strbuf_text(&worker->key), worker->problem.text);
    if (run->set_aside == SET_ASIDE_LISTED)
        log_warning("table \"%s\": further rows that are set aside are only counted",
                    plan->table);
}

void isolate_count(struct engine *engine, const struct worker *worker)
{
    struct job_run *run = &engine->runs[worker->job];

    if (run->bad_rows++ == 0) {
        strbuf_truncate(&run->bad_key, 0);
        strbuf_add_string(&run->bad_key, strbuf_text(&worker->key));
        run->bad_reason = worker->problem;
    }
    if (++engine->bad_rows >= BAD_ROWS_MAX)
        isolate_fail(engine);
}

static void describe_job(const struct engine *engine, size_t job, struct err *err)
{
    const struct job *plan = &engine->graph->jobs[job];
    const struct job_run *run = &engine->runs[job];

    bad_rows_describe(plan->table, run->bad_rows, engine->bad_rows >= BAD_ROWS_MAX,
                      strbuf_text(&run->bad_key), &run->bad_reason, err);
    if (plan->quarantine_sql != NULL)
        (void)err_hint(err,
                       "Correct or delete such rows and run the same command again, or "
                       "run it with --quarantine, which moves them and what refers to "
                       "them into tables of their own and goes on.");
    else
        (void)err_hint(err,
                       "Correct or delete such rows and run the same command again.");
}

void isolate_fail(struct engine *engine)
{
    struct err last = {0};
    bool is_first = true;

    for (size_t i = 0; i < engine->graph->count && !engine->has_failed; i++) {
        if (engine->runs[i].bad_rows == 0)
            continue;
        if (!is_first)
            log_error("%s", last.text);
        is_first = false;
        describe_job(engine, i, &last);
    }
    (void)engine_fail(engine, &last);
}

void isolate_report(const struct engine *engine)
{
    for (size_t i = 0; i < engine->graph->count; i++) {
        if (engine->runs[i].set_aside > 0)
            log_warning("table \"%s\": %llu rows were set aside (quarantine)",
                        engine->graph->jobs[i].table, engine->runs[i].set_aside);
    }
}
