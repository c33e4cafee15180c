/* SPDX-License-Identifier: Apache-2.0
 *
 * engine.c - the event loop: hands out work, longest chain first, waits for the
 * sessions' answers with poll(2), and brings everything to a stop when the run fails.
 */
#include "config.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "engine/checkpoint.h"
#include "engine/clock.h"
#include "engine/isolate.h"
#include "engine/run.h"
#include "engine/worker.h"
#include "interrupt.h"

enum { TURN_MS = 200, STOP_SECONDS = 15, COMPLAIN_SECONDS = 10 };

int engine_fail(struct engine *engine, const struct err *err)
{
    if (engine->has_failed)
        return -1;
    engine->has_failed = true;
    engine->failure = *err;
    if (err->category == ERR_INTERRUPTED) {
        (void)err_set(&engine->failure, ERR_INTERRUPTED, "stopped by a signal");
        (void)err_hint(&engine->failure,
                       "What is done is kept: the same command goes on "
                       "from there.");
    }
    return -1;
}

int engine_wrap(const struct engine *engine, size_t job, struct err *err)
{
    const struct job *plan = &engine->graph->jobs[job];

    if (plan->label != NULL)
        return err_wrap(err, "table \"%s\": %s \"%s\"", plan->table, plan->phase,
                        plan->label);
    return err_wrap(err, "table \"%s\": %s", plan->table, plan->phase);
}

static bool has_needs_done(const struct engine *engine, size_t job)
{
    const struct job *plan = &engine->graph->jobs[job];

    for (size_t i = 0; i < plan->needs_count; i++) {
        if (!engine->runs[plan->needs[i]].is_done)
            return false;
    }
    return true;
}

bool engine_is_ready(const struct engine *engine, size_t job)
{
    const struct job *plan = &engine->graph->jobs[job];
    const struct job_run *run = &engine->runs[job];

    if (run->is_done || clock_now() < run->not_before || !has_needs_done(engine, job))
        return false;
    if (engine->bad_rows > 0)
        return plan->kind == JOB_RANGE && run->gaps.count > 0;
    if (engine->has_rows_aside && plan->kind != JOB_NATIVE)
        return plan->kind == JOB_RANGE && run->gaps.count > 0;
    /* Ranges that are left, or all done and nobody has said so yet. */
    if (plan->kind == JOB_RANGE)
        return run->gaps.count > 0 || run->sessions == 0;
    return run->sessions == 0;
}

size_t engine_pick(const struct engine *engine, bool wants_native)
{
    double best = -1;
    size_t picked = NO_JOB;

    for (size_t i = 0; i < engine->graph->count; i++) {
        const struct job *plan = &engine->graph->jobs[i];
        double left = 1;
        double priority;

        if ((plan->kind == JOB_NATIVE) != wants_native || !engine_is_ready(engine, i))
            continue;
        if (plan->kind == JOB_RANGE && plan->blocks > 0)
            left =
                (double)gaps_blocks(&engine->runs[i].gaps, plan->blocks) / plan->blocks;
        priority = schedule_priority(&engine->schedule, engine->graph, i, left);
        if (priority > best) {
            best = priority;
            picked = i;
        }
    }
    return picked;
}

void engine_job_done(struct engine *engine, size_t job, double rows)
{
    struct job_run *run = &engine->runs[job];

    run->failing_since = 0;
    run->tries = 0;
    run->losses = 0;
    if (run->is_done)
        return;
    run->is_done = true;
    run->ended = clock_now();
    run->rows = rows;
    gaps_clear(&run->gaps);
    engine->done++;
}

/* It has been tried for as long as was allowed. */
static int give_up(struct engine *engine, size_t job, const struct err *reason,
                   const char *blockers)
{
    double seconds = clock_now() - engine->runs[job].failing_since;
    struct err err = *reason;

    if (retry_rule_of(reason->sqlstate)->action != RETRY_LOCK) {
        (void)engine_wrap(engine, job, &err);
        return engine_fail(engine, &err);
    }
    (void)err_set(&err, ERR_LOCK, "a lock was not to be had in %.0f s%s%s", seconds,
                  blockers[0] != '\0' ? ", held by " : "", blockers);
    memcpy(err.sqlstate, reason->sqlstate, sizeof(err.sqlstate));
    (void)engine_wrap(engine, job, &err);
    (void)err_hint(&err,
                   "End that session or wait for it, then run the same command again; "
                   "what is done is kept.");
    return engine_fail(engine, &err);
}

int engine_postpone(struct engine *engine, size_t job, const struct err *reason,
                    const char *blockers)
{
    struct job_run *run = &engine->runs[job];
    const struct job *plan = &engine->graph->jobs[job];
    double now = clock_now();

    if (run->failing_since <= 0)
        run->failing_since = now;
    if (now - run->failing_since + engine->options->lock_timeout_seconds >
        engine->options->give_up_seconds)
        return give_up(engine, job, reason, blockers);
    run->not_before = now + retry_delay(run->tries++, clock_random());
    if (run->last_complaint <= 0 || now - run->last_complaint > COMPLAIN_SECONDS) {
        run->last_complaint = now;
        log_warning("table \"%s\": %s: %s%s%s; trying again", plan->table, plan->phase,
                    reason->text, blockers[0] != '\0' ? ", held by " : "", blockers);
    }
    return 0;
}

static void open_sessions(struct engine *engine)
{
    for (unsigned i = 0; i < engine->options->workers && !engine->has_failed; i++) {
        struct worker *worker = &engine->workers[i];

        if ((worker->state == WORKER_CLOSED || worker->state == WORKER_FENCING) &&
            worker->lost_session != 0)
            session_advance(engine, worker);
    }
}

static void hand_out(struct engine *engine)
{
    for (unsigned i = 0; i < engine->options->workers && !engine->has_failed; i++) {
        struct worker *worker = &engine->workers[i];
        size_t job;

        if (worker->job != NO_JOB || worker->state == WORKER_RETIRED ||
            worker->lost_session != 0)
            continue;
        job = engine_pick(engine, false);
        if (job == NO_JOB)
            return;
        if (worker->state == WORKER_CLOSED) {
            session_advance(engine, worker);
            if (worker->state != WORKER_OPEN || engine->has_failed)
                continue;
        }
        worker_assign(engine, worker, job);
    }
}

/* Waits for answers; the milliseconds are a limit, not a promise. */
static void wait_for_events(struct engine *engine, int timeout_ms)
{
    unsigned workers = engine->options->workers;
    struct pollfd *entries = xcalloc(workers, sizeof(*entries));
    struct worker **owners = xcalloc(workers, sizeof(*owners));
    nfds_t count = 0;

    for (unsigned i = 0; i < workers; i++) {
        struct worker *worker = &engine->workers[i];

        if (worker->state != WORKER_OPEN || worker->step == STEP_NONE)
            continue;
        entries[count].fd = sql_socket(worker->connection);
        entries[count].events = POLLIN;
        owners[count++] = worker;
    }
    if (poll(entries, count, timeout_ms) > 0) {
        for (nfds_t i = 0; i < count; i++) {
            if (entries[i].revents != 0)
                worker_event(engine, owners[i]);
        }
    }
    free(owners);
    free(entries);
}

/* How long nothing can happen but an answer. */
static int wait_ms(const struct engine *engine, int most)
{
    double now = clock_now();
    double next = now + most / 1e3;

    for (unsigned i = 0; i < engine->options->workers; i++) {
        const struct worker *worker = &engine->workers[i];

        if (worker->lost_session != 0 && worker->not_before < next)
            next = worker->not_before;
    }
    for (size_t i = 0; i < engine->graph->count; i++) {
        const struct job_run *run = &engine->runs[i];

        if (!run->is_done && run->not_before > now && run->not_before < next)
            next = run->not_before;
    }
    return next > now ? (int)((next - now) * 1e3) + 1 : 0;
}

int engine_turn(struct engine *engine, int timeout_ms)
{
    struct err err = {0};

    if (interrupt_is_asked()) {
        (void)err_set(&err, ERR_INTERRUPTED, "interrupted");
        return engine_fail(engine, &err);
    }
    monitor_tick(engine);
    if (!engine->has_failed)
        open_sessions(engine);
    if (!engine->has_failed && throttle_reason(engine->throttle)[0] == '\0')
        hand_out(engine);
    if (!engine->has_failed)
        wait_for_events(engine, timeout_ms > 0 ? wait_ms(engine, timeout_ms) : 0);
    return engine->has_failed ? -1 : 0;
}

static bool is_anything_running(const struct engine *engine)
{
    for (unsigned i = 0; i < engine->options->workers; i++) {
        if (engine->workers[i].state == WORKER_OPEN &&
            engine->workers[i].step != STEP_NONE)
            return true;
    }
    return false;
}

/* Cancels what runs and waits for the server to say that it has ended, so that no
 * transaction of ours is open when the command returns. */
static void stop(struct engine *engine)
{
    double deadline = clock_now() + STOP_SECONDS;

    for (unsigned i = 0; i < engine->options->workers; i++) {
        struct worker *worker = &engine->workers[i];

        if (worker->state == WORKER_OPEN && worker->step != STEP_NONE)
            sql_cancel(worker->connection);
    }
    while (is_anything_running(engine) && clock_now() < deadline)
        wait_for_events(engine, TURN_MS);
}

/* The first session. Any refusal is final, but for a server that is just starting. */
static struct connection *open_monitor(const struct engine_options *options,
                                       struct err *err)
{
    double deadline = clock_now() + options->give_up_seconds;

    for (;;) {
        struct connection *connection = sql_connect(options->url, "monitor", err);

        if (connection != NULL || strcmp(err->sqlstate, "57P03") != 0 ||
            interrupt_is_asked() || clock_now() > deadline)
            return connection;
        (void)poll(NULL, 0, TURN_MS);
    }
}

static int start(struct engine *engine, struct err *err)
{
    unsigned block_bytes = 0;

    engine->monitor = open_monitor(engine->options, err);
    if (engine->monitor == NULL || session_fence(engine, engine->monitor, 0, err) < 0 ||
        sql_get_block_bytes(engine->monitor, &block_bytes, err) < 0 ||
        checkpoint_load(engine, engine->monitor, err) < 0)
        return -1;
    engine->limits.seconds = engine->options->range_seconds;
    engine->limits.blocks =
        engine->options->range_bytes / (block_bytes > 0 ? block_bytes : 8192);
    engine->limits.workers = engine->options->workers;
    engine->limits.scans_it_all = !sql_can(engine->monitor, SQL_CAN_SCAN_BLOCKS);
    monitor_init(engine);
    if (engine->done > 0)
        log_info("going on: %zu of %zu jobs are done already", engine->done,
                 engine->graph->count);
    return 0;
}

/* With a bad row found, whether the job will still be begun. With quarantine what computes
 * values is still run, for the copies that wait for it: then fewer graphs are needed. */
static bool will_be_run(const struct engine *engine, size_t job)
{
    const struct job *plan = &engine->graph->jobs[job];
    bool takes_natives = engine->bad_rows == 0;

    if (engine->runs[job].is_done ||
        (plan->kind == JOB_RANGE ? engine->runs[job].gaps.count == 0
                                 : plan->kind != JOB_NATIVE || !takes_natives))
        return false;
    for (size_t i = 0; i < plan->needs_count; i++) {
        size_t need = plan->needs[i];

        if (!engine->runs[need].is_done &&
            (engine->graph->jobs[need].kind != JOB_NATIVE ||
             !will_be_run(engine, need)))
            return false;
    }
    return true;
}

/* With a bad row found: nothing is left of the jobs with rows that can begin at all, and
 * nobody works on one. */
static bool are_all_rows_seen(const struct engine *engine)
{
    for (unsigned i = 0; i < engine->options->workers; i++) {
        size_t job = engine->workers[i].job;

        if (engine->workers[i].lost_session != 0 ||
            (job != NO_JOB && engine->graph->jobs[job].kind == JOB_RANGE))
            return false;
    }
    for (size_t i = 0; i < engine->graph->count; i++) {
        if (will_be_run(engine, i))
            return false;
    }
    return true;
}

static void loop(struct engine *engine)
{
    while (engine->done < engine->graph->count && !engine->has_failed) {
        size_t native;

        if (engine->bad_rows > 0 && are_all_rows_seen(engine)) {
            isolate_fail(engine);
            return;
        }
        if (engine->has_rows_aside && are_all_rows_seen(engine)) {
            engine->is_incomplete = true;
            engine->has_failed = true; /* what else runs is stopped */
            return;
        }
        native = engine_pick(engine, true);
        if (engine_turn(engine, native != NO_JOB ? 0 : TURN_MS) < 0)
            return;
        /* The workers have something to do now; its turn, unless a load of the state in
         * between has changed things. */
        if (native != NO_JOB && throttle_reason(engine->throttle)[0] == '\0' &&
            engine_is_ready(engine, native) && engine_run_native(engine, native) < 0)
            return;
    }
}

static void engine_clear(struct engine *engine)
{
    for (unsigned i = 0; i < engine->options->workers; i++) {
        struct worker *worker = &engine->workers[i];

        session_close(worker);
        free(worker->pile);
        strbuf_clear(&worker->blockers);
        strbuf_clear(&worker->detail);
        strbuf_clear(&worker->key);
    }
    monitor_clear(engine);
    for (size_t i = 0; i < engine->graph->count; i++) {
        gaps_clear(&engine->runs[i].gaps);
        strbuf_clear(&engine->runs[i].bad_key);
    }
    free(engine->workers);
    free(engine->runs);
    free(engine->group);
    schedule_clear(&engine->schedule);
    strbuf_clear(&engine->sql);
    strbuf_clear(&engine->native_blockers);
}

int engine_run(const struct engine_options *options, const struct job_graph *graph,
               struct err *err)
{
    struct engine_options own = *options;
    struct engine engine;
    int status = -1;

    memset(&engine, 0, sizeof(engine));
    own.workers = own.workers > 0 ? own.workers : 1;
    engine.options = &own;
    engine.graph = graph;
    engine.native = NO_JOB;
    engine.has_rows_aside = own.has_rows_aside;
    if (schedule_init(&engine.schedule, graph, err) < 0)
        return -1;
    interrupt_catch();
    engine.runs = xcalloc(graph->count, sizeof(*engine.runs));
    engine.workers = xcalloc(own.workers, sizeof(*engine.workers));
    engine.group = xasprintf("engine:%s", own.state_schema);
    for (unsigned i = 0; i < own.workers; i++) {
        engine.workers[i].number = i + 1;
        engine.workers[i].job = NO_JOB;
    }
    if (start(&engine, err) == 0) {
        loop(&engine);
        if (engine.has_rows_aside && !engine.has_failed)
            engine.is_incomplete = true; /* nothing but copies was left to do */
        if (engine.has_failed)
            stop(&engine);
        monitor_show(&engine);
        isolate_report(&engine);
        if (engine.has_failed)
            *err = engine.failure;
        status = engine.is_incomplete ? 1 : engine.has_failed ? -1 : 0;
    }
    engine_clear(&engine);
    return status;
}
