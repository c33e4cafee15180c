/* SPDX-License-Identifier: Apache-2.0
 *
 * shadow_work.c - workers that take the largest item that may be done. Of a big table's copy
 * several do ranges at once.
 */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/xalloc.h"
#include "catalog/server_sql.h"
#include "engine/clock.h"
#include "engine/retry.h"
#include "interrupt.h"
#include "migrate/repeat.h"
#include "migrate/shadow_range.h"
#include "migrate/shadow_state.h"
#include "migrate/shadow_work.h"
#include "state/fault.h"

enum { TRIES_MAX = 8, SHOWN_MIN_BYTES = 4 * 1024 * 1024 };

struct task {
    const struct shadow_item *item;
    struct shadow_ranges *ranges; /* NULL: done in one go */
    /* Under the crew's mutex: */
    size_t running; /* workers at it */
    bool is_begun;
    bool is_drained; /* no range is left to take */
    bool is_done;
    double rows;
    double started;
    double ended;
};

struct crew {
    const struct shadow_work *work;
    struct task *tasks;
    size_t count;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    /* Under the mutex: */
    size_t threads;
    bool has_failed;
    struct err err;
};

/* --- what may be done -------------------------------------------------------------- */

static struct task *task_of(struct crew *crew, const struct shadow_item *item)
{
    for (size_t i = 0; i < crew->count; i++) {
        if (crew->tasks[i].item == item)
            return &crew->tasks[i];
    }
    return NULL;
}

static bool may_begin(struct crew *crew, const struct task *task)
{
    if (task->is_done || task->is_drained ||
        (task->running > 0 && task->ranges == NULL))
        return false;
    for (size_t i = 0; i < task->item->needs.count; i++) {
        if (!task_of(crew, task->item->needs.items[i])->is_done)
            return false;
    }
    return true;
}

static bool all_are_done(const struct crew *crew)
{
    for (size_t i = 0; i < crew->count; i++) {
        if (!crew->tasks[i].is_done)
            return false;
    }
    return true;
}

/* Waits until something may be done; NULL once nothing is left or somebody has failed. */
static struct task *take(struct crew *crew)
{
    struct task *best = NULL;

    (void)pthread_mutex_lock(&crew->mutex);
    while (!crew->has_failed && !all_are_done(crew)) {
        for (size_t i = 0; i < crew->count; i++) {
            struct task *task = &crew->tasks[i];

            if (may_begin(crew, task) &&
                (best == NULL || task->item->bytes > best->item->bytes))
                best = task;
        }
        if (best != NULL)
            break;
        (void)pthread_cond_wait(&crew->changed, &crew->mutex);
    }
    if (best != NULL) {
        best->running++;
        best->is_begun = true;
        if (best->started <= 0)
            best->started = clock_now();
    }
    (void)pthread_mutex_unlock(&crew->mutex);
    return best;
}

/* --- one item ---------------------------------------------------------------------- */

static bool is_worth_another_try(const struct err *err)
{
    enum retry_action action = retry_rule_of(err->sqlstate)->action;

    return action == RETRY_SOON || action == RETRY_LOCK;
}

/* The rows and the note about them, or neither. */
static int copy_once(struct crew *crew, struct task *task,
                     struct connection *connection, const char *sql, int number,
                     long long *rows, struct err *err)
{
    struct strbuf begin = STRBUF_INIT;
    struct sql_result *result = NULL;
    struct err ignored;
    int status;

    sql_add_begin(connection, &begin, crew->work->lock_timeout_seconds);
    status = sql_exec(connection, strbuf_text(&begin), err);
    strbuf_clear(&begin);
    if (status == 0)
        status = sql_change(connection, sql, 0, NULL, &result, err);
    if (status == 0)
        *rows = sql_affected(result);
    sql_result_free(result);
    if (status == 0)
        status = task->ranges != NULL
                     ? shadow_ranges_done(task->ranges, connection, number, err)
                     : shadow_state_done(connection, task->item->id, err);
    if (status == 0) {
        fault_point("shadow-copy", "commit");
        status = sql_exec(connection, "COMMIT", err);
    }
    if (status != 0)
        (void)sql_exec(connection, "ROLLBACK", &ignored);
    return status;
}

static int copy(struct crew *crew, struct task *task, struct connection *connection,
                const char *sql, int number, struct err *err)
{
    long long rows = 0;
    int status;

    for (unsigned i = 0;; i++) {
        status = copy_once(crew, task, connection, sql, number, &rows, err);
        if (status == 0 || i + 1 == TRIES_MAX || !is_worth_another_try(err))
            break;
        if (sql_pause(connection, (unsigned)(1000 * retry_delay(i, clock_random())),
                      err) != 0)
            return -1;
    }
    if (status != 0)
        return -1;
    (void)pthread_mutex_lock(&crew->mutex);
    task->rows += (double)rows;
    (void)pthread_mutex_unlock(&crew->mutex);
    fault_point("shadow-copy", "after");
    return 0;
}

struct trial {
    const struct shadow_item *item;
    struct connection *connection;
};

/* Copies rows and takes them back. */
static int try_rows(void *context, const char *condition, struct err *err)
{
    const struct trial *trial = context;
    struct strbuf sql = STRBUF_INIT;
    struct err ignored;
    int status = sql_exec(trial->connection, "BEGIN", err);

    strbuf_addf(&sql, "%s%s%s", trial->item->sql, condition, trial->item->after);
    if (status == 0)
        status = sql_exec(trial->connection, strbuf_text(&sql), err);
    strbuf_clear(&sql);
    (void)sql_exec(trial->connection, "ROLLBACK", &ignored);
    return status;
}

/* Says which row it is, where that can be found out. */
static int name_row(const struct shadow_item *item, struct connection *connection,
                    const char *condition, struct err *err)
{
    struct trial trial = {item, connection};
    struct strbuf found = STRBUF_INIT;
    struct err last = {0};

    if (item->after != NULL && retry_rule_of(err->sqlstate)->action == RETRY_ISOLATE &&
        sql_is_alive(connection) &&
        shadow_range_find_bad(item, connection, try_rows, &trial, condition, &found,
                              &last) == 0 &&
        strbuf_text(&found)[0] != '\0') {
        /* The same, but for the number of the row in a statement that nobody sees. */
        if (retry_rule_of(last.sqlstate)->action == RETRY_ISOLATE)
            *err = last;
        (void)err_wrap(err, "%s", strbuf_text(&found));
    }
    strbuf_clear(&found);
    return -1;
}

/* One range, or everything; *is_over where there was no range left. */
static int copy_range(struct crew *crew, struct task *task,
                      struct connection *connection, bool *is_over, struct err *err)
{
    const struct shadow_item *item = task->item;
    struct strbuf condition = STRBUF_INIT;
    struct strbuf sql = STRBUF_INIT;
    int number = 0;
    int status = 0;

    if (task->ranges != NULL)
        status = shadow_ranges_take(task->ranges, connection, &number, &condition,
                                    is_over, err);
    else
        shadow_range_add_all(&condition);
    strbuf_add_string(&sql, item->sql);
    if (item->after != NULL)
        strbuf_addf(&sql, "%s%s", strbuf_text(&condition), item->after);
    if (status == 0 && (task->ranges == NULL || !*is_over) &&
        copy(crew, task, connection, strbuf_text(&sql), number, err) != 0)
        status = name_row(item, connection, strbuf_text(&condition), err);
    strbuf_clear(&condition);
    strbuf_clear(&sql);
    return status;
}

/* Killed between the change and its note, an earlier run has done it. */
static int add_keys(struct crew *crew, const struct shadow_item *item,
                    struct connection *connection, struct err *err)
{
    if (sql_exec(connection, item->sql, err) != 0) {
        if (!crew->work->is_resumed || !repeat_was_done(err))
            return -1;
        err_clear(err);
    }
    fault_point("shadow-keys", "after");
    return shadow_state_done(connection, item->id, err);
}

static int check(const struct shadow_item *item, struct connection *connection,
                 struct err *err)
{
    struct sql_result *result = sql_query(connection, item->sql, 0, NULL, err);
    int status = 0;

    if (result == NULL)
        return -1;
    if (sql_row_count(result) > 0) {
        status = err_set(err, ERR_DATA,
                         "rows refer to rows that are not there (foreign key \"%s\"), "
                         "for example to %s",
                         item->label, sql_text(result, 0, 0));
        (void)err_hint(err, "Correct or delete them and run the same command again.");
    }
    sql_result_free(result);
    return status != 0 ? -1 : shadow_state_done(connection, item->id, err);
}

/* The last worker of a drained copy notes it. */
static int end_task(struct crew *crew, struct task *task, struct connection *connection,
                    bool is_over, struct err *err)
{
    bool is_last;

    (void)pthread_mutex_lock(&crew->mutex);
    task->is_drained |= is_over;
    is_last = task->is_drained && task->running == 1;
    (void)pthread_mutex_unlock(&crew->mutex);
    if (is_last && task->ranges != NULL &&
        shadow_state_done(connection, task->item->id, err) != 0)
        return -1;
    (void)pthread_mutex_lock(&crew->mutex);
    task->running--;
    if (task->is_drained && task->running == 0) {
        task->is_done = true;
        task->ended = clock_now();
    }
    (void)pthread_cond_broadcast(&crew->changed);
    (void)pthread_mutex_unlock(&crew->mutex);
    return 0;
}

static int run_task(struct crew *crew, struct task *task, struct connection *connection,
                    struct err *err)
{
    const struct shadow_item *item = task->item;
    bool is_over = task->ranges == NULL;
    int status = -1;

    switch (item->kind) {
    case SHADOW_COPY:
        status = copy_range(crew, task, connection, &is_over, err);
        break;
    case SHADOW_KEYS:
        status = add_keys(crew, item, connection, err);
        break;
    case SHADOW_CHECK:
        status = check(item, connection, err);
        break;
    }
    if (status == 0)
        return end_task(crew, task, connection, is_over, err);
    if (retry_rule_of(err->sqlstate)->action == RETRY_ISOLATE)
        err->category = ERR_DATA;
    return err_wrap(err, "table \"%s\"", item->table);
}

/* --- the workers ------------------------------------------------------------------- */

/* An idle function: -1 once another worker has failed. */
static int look(void *context)
{
    struct crew *crew = context;
    bool has_failed;

    (void)pthread_mutex_lock(&crew->mutex);
    has_failed = crew->has_failed;
    (void)pthread_mutex_unlock(&crew->mutex);
    return has_failed ? -1 : 0;
}

static void *work_off(void *context)
{
    struct crew *crew = context;
    struct connection *connection;
    struct task *task;
    struct err err;
    int status = -1;

    err_clear(&err);
    connection = shadow_state_connect(crew->work->url, "worker",
                                      crew->work->lock_timeout_seconds, &err);
    if (connection != NULL) {
        sql_set_idle(connection, look, crew);
        status = 0;
    }
    while (status == 0 && (task = take(crew)) != NULL)
        status = run_task(crew, task, connection, &err);
    sql_close(connection);
    (void)pthread_mutex_lock(&crew->mutex);
    if (status < 0 && !crew->has_failed) {
        crew->has_failed = true;
        crew->err = err;
    }
    crew->threads--;
    (void)pthread_cond_broadcast(&crew->changed);
    (void)pthread_mutex_unlock(&crew->mutex);
    return NULL;
}

/* --- what a person sees ------------------------------------------------------------ */

struct display {
    struct progress *progress;
    struct progress_item
        *items; /* of the big tasks, in their order; the last: the rest */
    size_t count;
};

static bool is_shown(const struct task *task)
{
    return task->item->bytes >= SHOWN_MIN_BYTES;
}

static void display_begin(struct display *display, const struct crew *crew)
{
    struct progress_item *rest;

    display->progress = progress_new(crew->work->style);
    display->items = xcalloc(crew->count + 1, sizeof(*display->items));
    display->count = 0;
    for (size_t i = 0; i < crew->count; i++) {
        const struct task *task = &crew->tasks[i];
        struct progress_item *item = &display->items[display->count];

        if (!is_shown(task))
            continue;
        item->table = task->item->table;
        item->phase = task->item->kind == SHADOW_COPY ? "copy" : "index";
        item->unit = task->item->kind == SHADOW_COPY ? "rows" : "jobs";
        item->total = task->item->kind == SHADOW_COPY ? task->item->rows : 1;
        display->count++;
    }
    rest = &display->items[display->count++];
    rest->table = "small tables and foreign keys";
    rest->phase = "copy";
    rest->unit = "jobs";
    for (size_t i = 0; i < crew->count; i++)
        rest->total += is_shown(&crew->tasks[i]) ? 0 : 1;
}

static void describe(struct progress_item *item, const struct task *task)
{
    bool is_copy = task->item->kind == SHADOW_COPY;

    item->rows = is_copy ? task->rows : -1;
    item->done = is_copy ? task->rows : task->is_done;
    if (item->total < item->done || task->is_done)
        item->total = item->done;
    item->started = task->started;
    item->ended = task->ended;
    item->is_active = task->running > 0;
    item->is_finished = task->is_done;
}

static void display_show(struct display *display, struct crew *crew)
{
    struct progress_item *rest = &display->items[display->count - 1];
    size_t at = 0;

    (void)pthread_mutex_lock(&crew->mutex);
    rest->done = 0;
    rest->rows = 0;
    rest->is_active = false;
    for (size_t i = 0; i < crew->count; i++) {
        const struct task *task = &crew->tasks[i];

        if (is_shown(task)) {
            describe(&display->items[at++], task);
            continue;
        }
        rest->done += task->is_done;
        rest->rows += task->rows;
        rest->is_active |= task->running > 0;
        if (task->started > 0 && (rest->started <= 0 || task->started < rest->started))
            rest->started = task->started;
    }
    rest->is_finished = rest->done >= rest->total;
    if (rest->is_finished && rest->ended <= 0)
        rest->ended = clock_now();
    (void)pthread_mutex_unlock(&crew->mutex);
    progress_show(display->progress, display->items, display->count);
}

static void wait_for_all(struct crew *crew)
{
    struct display display;

    display_begin(&display, crew);
    (void)pthread_mutex_lock(&crew->mutex);
    while (crew->threads > 0) {
        struct timespec until;

        (void)clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec++;
        (void)pthread_cond_timedwait(&crew->changed, &crew->mutex, &until);
        (void)pthread_mutex_unlock(&crew->mutex);
        if (progress_is_due(display.progress))
            display_show(&display, crew);
        (void)pthread_mutex_lock(&crew->mutex);
    }
    (void)pthread_mutex_unlock(&crew->mutex);
    display_show(&display, crew);
    progress_free(display.progress);
    free(display.items);
}

/* --- all together ------------------------------------------------------------------ */

static int prepare(struct crew *crew, struct connection *connection, struct err *err)
{
    const struct list *items = &crew->work->shadow->items;

    crew->tasks = xcalloc(items->count + 1, sizeof(*crew->tasks));
    for (size_t i = 0; i < items->count; i++) {
        struct task *task = &crew->tasks[crew->count++];

        task->item = items->items[i];
        task->is_done = shadow_state_has(crew->work->done, task->item->id);
        if (task->is_done || !task->item->is_in_ranges)
            continue;
        task->ranges = shadow_ranges_new(connection, task->item, err);
        if (task->ranges == NULL)
            return -1;
    }
    return 0;
}

static void start_threads(struct crew *crew, pthread_t *threads, size_t *count)
{
    while (*count < crew->work->workers) {
        (void)pthread_mutex_lock(&crew->mutex);
        crew->threads++;
        (void)pthread_mutex_unlock(&crew->mutex);
        if (pthread_create(&threads[*count], NULL, work_off, crew) != 0) {
            (void)pthread_mutex_lock(&crew->mutex);
            crew->threads--;
            if (*count == 0) {
                crew->has_failed = true;
                (void)err_set(&crew->err, ERR_INTERNAL, "no thread can be started");
            }
            (void)pthread_mutex_unlock(&crew->mutex);
            return; /* those that run do all */
        }
        (*count)++;
    }
}

int shadow_work_run(const struct shadow_work *work, struct err *err)
{
    struct crew crew = {.work = work,
                        .mutex = PTHREAD_MUTEX_INITIALIZER,
                        .changed = PTHREAD_COND_INITIALIZER};
    pthread_t *threads = xcalloc(work->workers, sizeof(*threads));
    struct connection *connection =
        shadow_state_connect(work->url, "ranges", work->lock_timeout_seconds, err);
    size_t count = 0;
    int status = connection != NULL ? prepare(&crew, connection, err) : -1;

    sql_close(connection);
    if (status == 0) {
        start_threads(&crew, threads, &count);
        wait_for_all(&crew);
        for (size_t i = 0; i < count; i++)
            (void)pthread_join(threads[i], NULL);
        if (crew.has_failed) {
            *err = crew.err;
            status = -1;
        }
    }
    for (size_t i = 0; i < crew.count; i++)
        shadow_ranges_free(crew.tasks[i].ranges);
    free(crew.tasks);
    free(threads);
    return status;
}
