/* SPDX-License-Identifier: Apache-2.0
 *
 * monitor.c - looks at the run from outside, on a session of its own: who stands in
 * whose way, how far an index is, how far behind the replicas are; and what the display
 * shows.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "engine/clock.h"
#include "engine/run.h"

enum { MONITOR_RECONNECT_SECONDS = 2 };
static const double tick_seconds = 0.2;
static const double sample_seconds = 1;

static size_t find_item(struct engine *engine, const struct job *job)
{
    struct progress_item *item;

    for (size_t i = 0; i < engine->item_count; i++) {
        if (strcmp(engine->items[i].table, job->table) == 0 &&
            strcmp(engine->items[i].phase, job->phase) == 0)
            return i;
    }
    item = &engine->items[engine->item_count];
    item->table = job->table;
    item->phase = job->phase;
    item->unit = "jobs";
    item->rows = -1;
    item->rows_before = -1;
    return engine->item_count++;
}

/* The numbers of all items, from those of their jobs. */
static void count_items(struct engine *engine)
{
    for (size_t i = 0; i < engine->item_count; i++) {
        struct progress_item *item = &engine->items[i];

        item->done = 0;
        item->total = 0;
        item->rows = -1;
        item->is_active = false;
        item->is_finished = true;
    }
    for (size_t i = 0; i < engine->graph->count; i++) {
        const struct job *job = &engine->graph->jobs[i];
        const struct job_run *run = &engine->runs[i];
        struct progress_item *item = &engine->items[run->item];
        double blocks = job->blocks > 0 ? job->blocks : 1;

        if (job->kind == JOB_RANGE) {
            item->unit = "blocks";
            item->total += blocks;
            item->done += run->is_done ? blocks : run->blocks_done;
        } else {
            item->total += 1;
            item->done += run->is_done;
        }
        if (job->kind == JOB_RANGE && run->rows >= 0)
            item->rows = (item->rows > 0 ? item->rows : 0) + run->rows;
        item->is_active =
            item->is_active || run->sessions > 0 || run->failing_since > 0;
        item->is_finished = item->is_finished && run->is_done;
        if (run->began > 0 && (item->started <= 0 || run->began < item->started))
            item->started = run->began;
        if (run->ended > item->ended)
            item->ended = run->ended;
    }
}

void monitor_init(struct engine *engine)
{
    size_t count = engine->graph->count;

    engine->progress = progress_new(engine->options->progress);
    engine->throttle = throttle_new(&engine->options->throttle);
    engine->items = xcalloc(count, sizeof(*engine->items));
    engine->item_texts = xcalloc(2 * count, sizeof(*engine->item_texts));
    for (size_t i = 0; i < count; i++)
        engine->runs[i].item = find_item(engine, &engine->graph->jobs[i]);
    count_items(engine);
    for (size_t i = 0; i < engine->item_count; i++) {
        engine->items[i].done_before = engine->items[i].done;
        engine->items[i].rows_before =
            engine->items[i].rows > 0 ? engine->items[i].rows : 0;
    }
}

void monitor_clear(struct engine *engine)
{
    progress_free(engine->progress);
    throttle_free(engine->throttle);
    for (size_t i = 0; engine->item_texts != NULL && i < 2 * engine->graph->count; i++)
        strbuf_clear(&engine->item_texts[i]);
    free(engine->item_texts);
    free(engine->items);
    sql_close(engine->monitor);
}

/* Its loss is not the run's: it is opened again now and then. */
static bool has_monitor(struct engine *engine)
{
    struct err err = {0};

    if (engine->monitor != NULL && sql_is_alive(engine->monitor))
        return true;
    if (clock_now() < engine->monitor_not_before)
        return false;
    sql_close(engine->monitor);
    engine->monitor = sql_connect(engine->options->url, "monitor", &err);
    engine->monitor_not_before = clock_now() + MONITOR_RECONNECT_SECONDS;
    return engine->monitor != NULL;
}

/* Due when a step has taken a second (or half of the lock timeout), then each second.
 */
static bool is_sample_due(const struct engine *engine, double since, double sampled)
{
    double now = clock_now();
    double half = engine->options->lock_timeout_seconds / 2;
    double first = half > 0 && half < sample_seconds ? half : sample_seconds;

    return now - since >= first && now - sampled >= sample_seconds;
}

static void sample_blockers(struct engine *engine, long long session,
                            struct strbuf *out)
{
    struct strbuf text = STRBUF_INIT;
    struct err err = {0};

    if (sql_add_blockers(engine->monitor, session, &text, &err) == 0) {
        strbuf_clear(out);
        *out = text;
        return;
    }
    strbuf_clear(&text);
}

static void sample_index(struct engine *engine, struct worker *worker)
{
    const char *label = engine->graph->jobs[worker->job].label;
    struct sql_index_progress progress;
    struct err err = {0};

    strbuf_truncate(&worker->detail, 0);
    if (label != NULL)
        strbuf_add_string(&worker->detail, label);
    if (sql_get_index_progress(engine->monitor, sql_session_id(worker->connection),
                               &progress, &err) < 0 ||
        !progress.is_running)
        return;
    strbuf_addf(&worker->detail, "%s%s", label != NULL ? ": " : "", progress.phase);
    if (progress.total > 0)
        strbuf_addf(&worker->detail, " %.0f %%", 100 * progress.done / progress.total);
}

static void sample(struct engine *engine)
{
    for (unsigned i = 0; i < engine->options->workers; i++) {
        struct worker *worker = &engine->workers[i];

        if (worker->state != WORKER_OPEN || worker->step == STEP_NONE ||
            !is_sample_due(engine, worker->step_since, worker->sampled) ||
            !has_monitor(engine))
            continue;
        sample_blockers(engine, sql_session_id(worker->connection), &worker->blockers);
        if (engine->graph->jobs[worker->job].kind == JOB_SQL)
            sample_index(engine, worker);
        worker->sampled = clock_now();
    }
    if (engine->native != NO_JOB &&
        is_sample_due(engine, engine->native_since, engine->native_sampled) &&
        has_monitor(engine)) {
        sample_blockers(engine, engine->native_session, &engine->native_blockers);
        engine->native_sampled = clock_now();
    }
}

static void check_load(struct engine *engine)
{
    struct err err = {0};

    if (!has_monitor(engine))
        throttle_is_blind(engine->throttle);
    else if (throttle_look(engine->throttle, engine->monitor, &err) != 0 &&
             sql_is_alive(engine->monitor))
        (void)engine_fail(engine, &err);
}

static void add_text(struct strbuf *out, const char *text)
{
    if (out->length > 0)
        strbuf_add_string(out, "; ");
    strbuf_add_string(out, text);
}

static void fill_texts(struct engine *engine)
{
    const char *paused = throttle_reason(engine->throttle);

    for (size_t i = 0; i < 2 * engine->item_count; i++)
        strbuf_truncate(&engine->item_texts[i], 0);
    for (unsigned i = 0; i < engine->options->workers; i++) {
        const struct worker *worker = &engine->workers[i];
        struct strbuf *texts;

        if (worker->job == NO_JOB)
            continue;
        texts = &engine->item_texts[2 * engine->runs[worker->job].item];
        if (worker->detail.length > 0)
            add_text(&texts[0], strbuf_text(&worker->detail));
        if (worker->state != WORKER_OPEN && texts[1].length == 0)
            add_text(&texts[1], "the server");
        else if (worker->blockers.length > 0 && texts[1].length == 0)
            add_text(&texts[1], strbuf_text(&worker->blockers));
    }
    if (engine->native != NO_JOB && engine->native_blockers.length > 0)
        add_text(&engine->item_texts[2 * engine->runs[engine->native].item + 1],
                 strbuf_text(&engine->native_blockers));
    for (size_t i = 0; i < engine->item_count; i++) {
        struct strbuf *texts = &engine->item_texts[2 * i];

        if (paused[0] != '\0' && texts[1].length == 0)
            add_text(&texts[1], paused);
        engine->items[i].detail = texts[0].length > 0 ? strbuf_text(&texts[0]) : NULL;
        engine->items[i].waits_for =
            texts[1].length > 0 ? strbuf_text(&texts[1]) : NULL;
    }
}

void monitor_show(struct engine *engine)
{
    count_items(engine);
    fill_texts(engine);
    progress_show(engine->progress, engine->items, engine->item_count);
}

void monitor_tick(struct engine *engine)
{
    double now = clock_now();

    if (now - engine->ticked < tick_seconds)
        return;
    engine->ticked = now;
    if (throttle_is_needed(&engine->options->throttle))
        check_load(engine);
    sample(engine);
    if (progress_is_due(engine->progress))
        monitor_show(engine);
}
