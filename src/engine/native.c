/* SPDX-License-Identifier: Apache-2.0
 *
 * native.c - jobs that are C code. The code waits for its session in the ordinary way;
 * while it does, the session's idle function turns the event loop, so that the workers
 * stay busy.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "engine/checkpoint.h"
#include "engine/clock.h"
#include "engine/run.h"

static int turn(void *context)
{
    return engine_turn(context, 0);
}

static int run_job(struct engine *engine, struct connection *connection, size_t job,
                   struct err *err)
{
    const struct job *plan = &engine->graph->jobs[job];
    struct job_run *run = &engine->runs[job];
    struct strbuf sql = STRBUF_INIT;
    int status;

    checkpoint_add_start(&sql, engine->options->state_schema, plan->id);
    status = sql_exec(connection, strbuf_text(&sql), err);
    run->is_marked = run->is_marked || status == 0;
    strbuf_truncate(&sql, 0);
    sql_add_begin(connection, &sql, engine->options->lock_timeout_seconds);
    if (plan->settings != NULL)
        strbuf_add_string(&sql, plan->settings);
    if (status == 0)
        status = sql_exec(connection, strbuf_text(&sql), err);
    if (status == 0)
        status = plan->run(connection, plan->context, err);
    strbuf_truncate(&sql, 0);
    checkpoint_add_finish(&sql, engine->options->state_schema, plan->id, -1, false);
    strbuf_add_string(&sql, "COMMIT");
    if (status == 0)
        status = sql_exec(connection, strbuf_text(&sql), err);
    strbuf_clear(&sql);
    return status;
}

/* Makes sure that nothing of the last try is still running, and that it did not succeed
 * after all. */
static int settle(struct engine *engine, struct connection *connection, struct err *err)
{
    if (engine->native_lost == 0)
        return 0;
    if (engine->native_lost != sql_session_id(connection) &&
        session_fence(engine, connection, engine->native_lost, err) < 0)
        return -1;
    engine->native_lost = 0;
    return checkpoint_load(engine, connection, err);
}

static int on_error(struct engine *engine, size_t job, const struct err *err)
{
    struct err reason = *err;

    if (engine->has_failed)
        return -1;
    switch (retry_rule_of(err->sqlstate)->action) {
    case RETRY_SOON:
    case RETRY_LOCK:
    case RETRY_CONNECTION:
        return engine_postpone(engine, job, err, strbuf_text(&engine->native_blockers));
    case RETRY_ISOLATE:
        reason.category = ERR_DATA;
        break;
    case RETRY_SMALLER:
    case RETRY_NEVER:
        break;
    }
    (void)engine_wrap(engine, job, &reason);
    return engine_fail(engine, &reason);
}

int engine_run_native(struct engine *engine, size_t job)
{
    struct job_run *run = &engine->runs[job];
    struct err err = {0};
    struct connection *connection = session_open(engine, "native", &err);
    int status;

    if (connection == NULL) {
        run->not_before = clock_now() + retry_delay(run->tries++, clock_random());
        return session_refused(engine, &err);
    }
    engine->lost_since = 0;
    engine->native = job;
    engine->native_session = sql_session_id(connection);
    engine->native_since = clock_now();
    engine->native_sampled = 0;
    if (run->began <= 0)
        run->began = engine->native_since;
    strbuf_truncate(&engine->native_blockers, 0);
    status = settle(engine, connection, &err);
    if (status == 0 && !run->is_done) {
        run->sessions = 1;
        sql_set_idle(connection, turn, engine);
        status = run_job(engine, connection, job, &err);
        run->sessions = 0;
    }
    if (status < 0 && engine->native_lost == 0)
        engine->native_lost = engine->native_session;
    sql_close(connection); /* rolls back what is not committed */
    engine->native = NO_JOB;
    engine->native_session = 0;
    if (status < 0)
        return on_error(engine, job, &err);
    engine_job_done(engine, job, run->rows);
    return 0;
}
