/* SPDX-License-Identifier: Apache-2.0
 *
 * worker.c - what one session does, step by step: begin, work, checkpoint; and after an
 * error: roll back, then again, or cut the range to find the bad row.
 *
 * Nothing here waits. Each step sends one message; worker_event() gets the answer.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "engine/checkpoint.h"
#include "engine/clock.h"
#include "engine/isolate.h"
#include "engine/run.h"
#include "engine/worker.h"

static const struct job *plan_of(const struct engine *engine,
                                 const struct worker *worker)
{
    return &engine->graph->jobs[worker->job];
}

static void on_error(struct engine *engine, struct worker *worker,
                     const struct err *err);

/* Sends engine->sql, or `sql` with parameters. */
static void send_step(struct engine *engine, struct worker *worker, enum step step,
                      const char *sql, size_t count, const char *const *parameters)
{
    struct err err = {0};
    int status;

    worker->step = step;
    worker->step_since = clock_now();
    worker->sampled = 0;
    status = sql_send(worker->connection, sql != NULL ? sql : strbuf_text(&engine->sql),
                      count, parameters, &err);
    strbuf_truncate(&engine->sql, 0);
    if (status < 0)
        on_error(engine, worker, &err);
}

static void release(struct engine *engine, struct worker *worker)
{
    engine->runs[worker->job].sessions--;
    worker->job = NO_JOB;
    worker->step = STEP_NONE;
    worker->is_setting_aside = false;
    worker->pile_count = 0;
    strbuf_truncate(&worker->blockers, 0);
    strbuf_truncate(&worker->detail, 0);
    if (worker->wants_renewal) {
        session_close(worker);
        worker->wants_renewal = false;
    }
}

static void push(struct worker *worker, struct range range)
{
    if (worker->pile_count == worker->pile_capacity) {
        worker->pile_capacity =
            worker->pile_capacity > 0 ? 2 * worker->pile_capacity : 16;
        worker->pile =
            xrealloc(worker->pile, worker->pile_capacity * sizeof(*worker->pile));
    }
    worker->pile[worker->pile_count++] = range;
}

static void give_back(struct engine *engine, struct worker *worker)
{
    struct gaps *gaps = &engine->runs[worker->job].gaps;

    gaps_add(gaps, worker->range);
    for (size_t i = 0; i < worker->pile_count; i++)
        gaps_add(gaps, worker->pile[i]);
    release(engine, worker);
}

/* Settings are written for a transaction; outside one the word LOCAL would make them do
 * nothing. The session is closed afterwards, so that they do not outlive the job. */
static void add_session_settings(struct strbuf *sql, const char *settings)
{
    static const char local[] = "SET LOCAL ";

    while (*settings != '\0') {
        if (strncasecmp(settings, local, strlen(local)) == 0) {
            strbuf_add_string(sql, "SET ");
            settings += strlen(local);
        } else {
            strbuf_add_char(sql, *settings++);
        }
    }
}

static void add_settings(struct strbuf *sql, const struct job *plan)
{
    if (plan->settings == NULL || plan->settings[0] == '\0')
        return;
    if (plan->runs_outside_transaction)
        add_session_settings(sql, plan->settings);
    else
        strbuf_add_string(sql, plan->settings);
}

static void begin(struct engine *engine, struct worker *worker)
{
    const struct job *plan = plan_of(engine, worker);

    if (plan->runs_outside_transaction) {
        /* CREATE INDEX CONCURRENTLY waits for older transactions without standing in
         * anyone's way, and a time-out throws hours away: the long limit. */
        sql_add_lock_timeout(worker->connection, &engine->sql,
                             engine->options->give_up_seconds);
        add_settings(&engine->sql, plan);
        worker->wants_renewal = true;
        send_step(engine, worker, STEP_LIMIT, NULL, 0, NULL);
        return;
    }
    sql_add_begin(worker->connection, &engine->sql,
                  engine->options->lock_timeout_seconds);
    add_settings(&engine->sql, plan);
    send_step(engine, worker, STEP_BEGIN, NULL, 0, NULL);
}

static void work(struct engine *engine, struct worker *worker)
{
    const struct job *plan = plan_of(engine, worker);
    char lo[POSITION_TEXT_BYTES];
    char hi[POSITION_TEXT_BYTES];
    const char *parameters[3] = {lo, hi, worker->problem.text};

    if (plan->kind != JOB_RANGE) {
        send_step(engine, worker, STEP_WORK, plan->sql, 0, NULL);
        return;
    }
    position_text(worker->range.lo, lo);
    position_text(worker->range.hi, hi);
    if (worker->is_setting_aside)
        send_step(engine, worker, STEP_WORK, plan->quarantine_sql, 3, parameters);
    else
        send_step(engine, worker, STEP_WORK, plan->sql, 2, parameters);
}

static void finish(struct engine *engine, struct worker *worker)
{
    const struct job *plan = plan_of(engine, worker);

    checkpoint_add_finish(&engine->sql, engine->options->state_schema, plan->id,
                          worker->rows, plan->kind == JOB_RANGE);
    send_step(engine, worker, STEP_FINISH, NULL, 0, NULL);
}

static void checkpoint(struct engine *engine, struct worker *worker)
{
    const struct job *plan = plan_of(engine, worker);
    const char *schema = engine->options->state_schema;

    if (plan->kind == JOB_RANGE)
        checkpoint_add_range(&engine->sql, schema, plan->id, worker->range,
                             worker->is_setting_aside ? 0 : worker->rows);
    else
        checkpoint_add_finish(&engine->sql, schema, plan->id, worker->rows, false);
    strbuf_add_string(&engine->sql, "COMMIT");
    send_step(engine, worker, STEP_CHECKPOINT, NULL, 0, NULL);
}

void worker_assign(struct engine *engine, struct worker *worker, size_t job)
{
    const struct job *plan = &engine->graph->jobs[job];
    struct job_run *run = &engine->runs[job];
    struct range none = {0, 0};
    bool has_range = true;

    worker->job = job;
    worker->task_since = clock_now();
    worker->pile_count = 0;
    worker->range = none;
    worker->rows = 0;
    run->sessions++;
    if (run->began <= 0)
        run->began = worker->task_since;
    if (plan->kind == JOB_RANGE) {
        uint64_t blocks =
            chunk_blocks(&engine->limits, &run->pace,
                         gaps_blocks(&run->gaps, plan->blocks), plan->blocks);

        has_range = gaps_take(&run->gaps, blocks, plan->blocks, &worker->range);
    }
    if (!run->is_marked) {
        run->is_marked = true;
        checkpoint_add_start(&engine->sql, engine->options->state_schema, plan->id);
        send_step(engine, worker, STEP_MARK, NULL, 0, NULL);
    } else if (has_range) {
        begin(engine, worker);
    } else {
        finish(engine, worker);
    }
}

/* The next range of the pile, or free again. */
static void next(struct engine *engine, struct worker *worker)
{
    worker->is_setting_aside = false;
    if (worker->pile_count == 0) {
        release(engine, worker);
        return;
    }
    worker->range = worker->pile[--worker->pile_count];
    begin(engine, worker);
}

static void range_done(struct engine *engine, struct worker *worker)
{
    const struct job *plan = plan_of(engine, worker);
    struct job_run *run = &engine->runs[worker->job];
    uint64_t blocks = range_blocks(worker->range, plan->blocks);

    run->blocks_done += (double)blocks;
    if (worker->is_setting_aside) {
        isolate_set_aside(engine, worker);
    } else {
        run->rows += (double)worker->rows;
        chunk_note(&run->pace, blocks, clock_now() - worker->task_since);
    }
    run->failing_since = 0;
    run->tries = 0;
    run->losses = 0;
    worker->task_since = clock_now();
    next(engine, worker);
}

static void job_done(struct engine *engine, struct worker *worker)
{
    size_t job = worker->job;
    bool has_ranges = engine->graph->jobs[job].kind == JOB_RANGE;
    double rows = has_ranges ? engine->runs[job].rows : (double)worker->rows;

    release(engine, worker);
    engine_job_done(engine, job, rows);
}

static void roll_back(struct engine *engine, struct worker *worker,
                      enum after_rollback after, const struct err *problem)
{
    worker->problem = *problem;
    worker->after_rollback = after;
    send_step(engine, worker, STEP_ROLLBACK, "ROLLBACK", 0, NULL);
}

static void fail(struct engine *engine, struct worker *worker, const struct err *reason)
{
    struct err err = *reason;

    (void)engine_wrap(engine, worker->job, &err);
    worker->step = STEP_NONE;
    (void)engine_fail(engine, &err);
}

void worker_fail_row(struct engine *engine, struct worker *worker)
{
    isolate_count(engine, worker);
    if (engine->has_failed)
        worker->step = STEP_NONE;
    else
        next(engine, worker);
}

/* A row is the reason. Without ranges the server's message has to do; with them the
 * range is cut in two, the halves go on the pile, and so on until the row is alone. */
static void on_bad_row(struct engine *engine, struct worker *worker,
                       const struct err *err)
{
    const struct job *plan = plan_of(engine, worker);
    bool is_own_record =
        worker->step == STEP_CHECKPOINT && strcmp(err->sqlstate, "23505") == 0;
    struct err reason = *err;
    struct range left;
    struct range right;

    if (plan->kind != JOB_RANGE || worker->is_setting_aside) {
        reason.category = ERR_DATA;
        fail(engine, worker, &reason);
    } else if (is_own_record) {
        reason.category = ERR_STATE;
        (void)err_wrap(&reason, "a range was done twice; is another airshift at work?");
        fail(engine, worker, &reason);
    } else if (worker->step != STEP_WORK && worker->step != STEP_CHECKPOINT) {
        fail(engine, worker, &reason);
    } else if (range_split(worker->range, plan->blocks, &left, &right)) {
        push(worker, right);
        push(worker, left);
        roll_back(engine, worker, AFTER_NEXT, &reason);
    } else {
        roll_back(engine, worker, AFTER_DESCRIBE, &reason);
    }
}

static void on_error(struct engine *engine, struct worker *worker,
                     const struct err *err)
{
    struct job_run *run = &engine->runs[worker->job];

    if (engine->has_failed) { /* it was cancelled, or it comes too late to matter */
        worker->step = STEP_NONE;
        return;
    }
    if (!sql_is_alive(worker->connection)) {
        session_lose(engine, worker, err);
        return;
    }
    if (worker->step == STEP_DESCRIBE) { /* then the row is named by its place */
        isolate_described(engine, worker, NULL);
        return;
    }
    switch (retry_rule_of(err->sqlstate)->action) {
    case RETRY_CONNECTION:
        session_lose(engine, worker, err);
        break;
    case RETRY_SOON:
    case RETRY_LOCK:
        run->was_tried = true;
        roll_back(engine, worker, AFTER_GIVE_BACK, err);
        break;
    case RETRY_SMALLER:
        if (range_blocks(worker->range, engine->graph->jobs[worker->job].blocks) <=
            CHUNK_BLOCKS_MIN) {
            fail(engine, worker, err);
            break;
        }
        chunk_shrink(&run->pace);
        roll_back(engine, worker, AFTER_GIVE_BACK, err);
        break;
    case RETRY_ISOLATE:
        on_bad_row(engine, worker, err);
        break;
    case RETRY_NEVER:
        fail(engine, worker, err);
        break;
    }
}

static void after_rollback(struct engine *engine, struct worker *worker)
{
    const struct job *plan = plan_of(engine, worker);
    size_t job = worker->job;
    char lo[POSITION_TEXT_BYTES];
    const char *parameters[1] = {lo};

    switch (worker->after_rollback) {
    case AFTER_GIVE_BACK: {
        char *blockers = xstrdup(strbuf_text(&worker->blockers));

        give_back(engine, worker);
        (void)engine_postpone(engine, job, &worker->problem, blockers);
        free(blockers);
        break;
    }
    case AFTER_NEXT:
        next(engine, worker);
        break;
    case AFTER_DESCRIBE:
        if (plan->describe_sql == NULL) {
            isolate_described(engine, worker, NULL);
            break;
        }
        position_text(worker->range.lo, lo);
        send_step(engine, worker, STEP_DESCRIBE, plan->describe_sql, 1, parameters);
        break;
    }
}

void worker_set_aside(struct engine *engine, struct worker *worker)
{
    worker->is_setting_aside = true;
    begin(engine, worker);
}

static void on_success(struct engine *engine, struct worker *worker,
                       const struct sql_result *result)
{
    const struct job *plan = plan_of(engine, worker);

    switch (worker->step) {
    case STEP_MARK:
        if (plan->kind == JOB_RANGE && worker->range.hi == 0)
            finish(engine, worker);
        else
            begin(engine, worker);
        break;
    case STEP_LIMIT:
        if (engine->runs[worker->job].was_tried && plan->undo != NULL)
            send_step(engine, worker, STEP_UNDO, plan->undo, 0, NULL);
        else
            work(engine, worker);
        break;
    case STEP_BEGIN:
    case STEP_UNDO:
        work(engine, worker);
        break;
    case STEP_WORK:
        worker->rows = sql_affected(result);
        if (plan->runs_outside_transaction)
            finish(engine, worker);
        else
            checkpoint(engine, worker);
        break;
    case STEP_CHECKPOINT:
        if (plan->kind == JOB_RANGE)
            range_done(engine, worker);
        else
            job_done(engine, worker);
        break;
    case STEP_FINISH:
        job_done(engine, worker);
        break;
    case STEP_ROLLBACK:
        after_rollback(engine, worker);
        break;
    case STEP_DESCRIBE:
        isolate_described(engine, worker, result);
        break;
    case STEP_NONE:
        break;
    }
}

void worker_event(struct engine *engine, struct worker *worker)
{
    struct sql_result *result = NULL;
    struct err err = {0};
    int step = sql_poll(worker->connection, &result, &err);

    if (step == 0)
        return;
    if (step < 0)
        on_error(engine, worker, &err);
    else if (engine->has_failed)
        worker->step = STEP_NONE;
    else
        on_success(engine, worker, result);
    sql_result_free(result);
}
