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
#include "migrate/shadow_bad.h"
#include "migrate/shadow_range.h"
#include "migrate/shadow_state.h"
#include "migrate/shadow_work.h"
#include "state/fault.h"

enum { TRIES_MAX = 8, SHOWN_MIN_BYTES = 4 * 1024 * 1024, LOAD_RECONNECT_SECONDS = 2 };

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
    struct shadow_bad *bad;
    struct task *tasks;
    size_t count;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct throttle *throttle; /* of the calling thread, as are the next two; or NULL */
    struct connection *load;   /* for its looks */
    double load_not_before;    /* it is opened again */
    /* Under the mutex: */
    size_t threads;
    bool is_paused;
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

static bool has_bad(struct crew *crew)
{
    return shadow_bad_has(crew->bad, SHADOW_COPY) ||
           shadow_bad_has(crew->bad, SHADOW_KEYS) ||
           shadow_bad_has(crew->bad, SHADOW_CHECK);
}

static bool is_shown(const struct task *task)
{
    return task->item->bytes >= SHOWN_MIN_BYTES;
}

static bool all_are_done(const struct crew *crew)
{
    for (size_t i = 0; i < crew->count; i++) {
        if (!crew->tasks[i].is_done)
            return false;
    }
    return true;
}

/* With a bad row the run will fail: then only what finds others is of interest, and without
 * all rows many a foreign key leads nowhere. */
static bool is_of_interest(struct crew *crew, const struct task *task)
{
    switch (task->item->kind) {
    case SHADOW_COPY:
        return true;
    case SHADOW_CHECK:
        return !shadow_bad_has(crew->bad, SHADOW_COPY) &&
               !shadow_bad_has(crew->bad, SHADOW_KEYS);
    case SHADOW_VERIFY:
    case SHADOW_KEYS:
        break;
    }
    return !has_bad(crew);
}

/* Small tables come first: what is wrong with them is known before the long work. */
static bool is_before(const struct task *task, const struct task *other)
{
    bool is_small = task->item->kind == SHADOW_COPY && !is_shown(task);
    bool is_other_small = other->item->kind == SHADOW_COPY && !is_shown(other);

    return is_small != is_other_small ? is_small
                                      : task->item->bytes > other->item->bytes;
}

static struct task *find_best(struct crew *crew)
{
    struct task *best = NULL;

    for (size_t i = 0; i < crew->count; i++) {
        struct task *task = &crew->tasks[i];

        if (may_begin(crew, task) && is_of_interest(crew, task) &&
            (best == NULL || is_before(task, best)))
            best = task;
    }
    return best;
}

/* Waits until something may be done; NULL once nothing is left or somebody has failed. */
static struct task *take(struct crew *crew)
{
    struct task *best = NULL;

    (void)pthread_mutex_lock(&crew->mutex);
    while (!crew->has_failed && !all_are_done(crew)) {
        best = crew->is_paused ? NULL : find_best(crew);
        if (best != NULL || (has_bad(crew) && !crew->is_paused))
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

/* A copy has failed. Where rows are the reason they are found, and the others go on. */
static int look_for_bad(struct crew *crew, const struct shadow_item *item,
                        struct connection *connection, const char *condition,
                        struct err *err)
{
    if (retry_rule_of(err->sqlstate)->action != RETRY_ISOLATE ||
        !sql_is_alive(connection))
        return -1;
    return shadow_bad_find(crew->bad, item, connection,
                           crew->work->lock_timeout_seconds, condition, err);
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
        status = look_for_bad(crew, item, connection, strbuf_text(&condition), err);
    strbuf_clear(&condition);
    strbuf_clear(&sql);
    return status;
}

/* Killed between the change and its note, an earlier run has done it. */
static int add_keys(struct crew *crew, const struct shadow_item *item,
                    struct connection *connection, struct err *err)
{
    if (sql_exec(connection, item->sql, err) != 0) {
        if (retry_rule_of(err->sqlstate)->action == RETRY_ISOLATE) {
            shadow_bad_add(crew->bad, item, err);
            err_clear(err);
            return 0;
        }
        if (!crew->work->is_resumed || !repeat_was_done(err))
            return -1;
        err_clear(err);
    }
    fault_point("shadow-keys", "after");
    return shadow_state_done(connection, item->id, err);
}

/* Orphans are counted only where there is one: most of the time there is none. */
static int describe_orphans(const struct shadow_item *item,
                            struct connection *connection, const char *example,
                            struct err *reason, struct err *err)
{
    struct sql_result *result = sql_query(connection, item->count_sql, 0, NULL, err);

    if (result == NULL)
        return -1;
    (void)err_set(reason, ERR_DATA,
                  "%s rows refer to rows that are not there (foreign key \"%s\"), for "
                  "example to %s",
                  sql_text(result, 0, 0), item->label, example);
    sql_result_free(result);
    return 0;
}

static int check(struct crew *crew, const struct shadow_item *item,
                 struct connection *connection, struct err *err)
{
    struct sql_result *result = sql_query(connection, item->sql, 0, NULL, err);
    struct err reason;
    int status = 0;

    if (result == NULL)
        return -1;
    if (sql_row_count(result) > 0) {
        status =
            describe_orphans(item, connection, sql_text(result, 0, 0), &reason, err);
        if (status == 0)
            shadow_bad_add(crew->bad, item, &reason);
    } else {
        status = shadow_state_done(connection, item->id, err);
    }
    sql_result_free(result);
    return status;
}

/* New rows against what is computed a second time. */
static int verify(struct crew *crew, const struct shadow_item *item,
                  struct connection *connection, struct err *err)
{
    struct sql_result *result;
    int status = 0;

    fault_point("shadow-verify", "before");
    result = sql_query(connection, item->sql, 0, NULL, err);
    if (result == NULL)
        return -1;
    if (sql_integer(result, 0, 2) == 0) {
        status = err_set(err, ERR_STATE,
                         "the new rows of \"%s\" are not what was computed (%s "
                         "expected, %s found)",
                         item->table, sql_text(result, 0, 0), sql_text(result, 0, 1));
        (void)err_hint(err, "This is a bug in airshift, or the server lost data. The "
                            "old tables are untouched.");
        (void)pthread_mutex_lock(&crew->mutex);
        *crew->work->has_differed = true;
        (void)pthread_mutex_unlock(&crew->mutex);
    }
    sql_result_free(result);
    return status == 0 ? shadow_state_done(connection, item->id, err) : -1;
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
    if (is_last && task->ranges != NULL && !has_bad(crew) &&
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
        status = check(crew, item, connection, err);
        break;
    case SHADOW_VERIFY:
        status = verify(crew, item, connection, err);
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
    while (status == 0 && (task = take(crew)) != NULL) {
        status = run_task(crew, task, connection, &err);
        if (status == 0 && shadow_bad_is_enough(crew->bad))
            status = -1;
    }
    sql_close(connection);
    (void)pthread_mutex_lock(&crew->mutex);
    if (status < 0 && !crew->has_failed) {
        crew->has_failed = true;
        if (shadow_bad_is_enough(crew->bad))
            (void)shadow_bad_report(crew->bad, &err);
        crew->err = err;
    }
    crew->threads--;
    (void)pthread_cond_broadcast(&crew->changed);
    (void)pthread_mutex_unlock(&crew->mutex);
    return NULL;
}

/* --- the load ---------------------------------------------------------------------- */

/* Its loss is not the run's: it is opened again now and then. */
static bool has_load_session(struct crew *crew)
{
    struct err ignored;

    if (crew->load != NULL && sql_is_alive(crew->load))
        return true;
    if (clock_now() < crew->load_not_before)
        return false;
    sql_close(crew->load);
    crew->load = sql_connect(crew->work->url, "load", &ignored);
    crew->load_not_before = clock_now() + LOAD_RECONNECT_SECONDS;
    return crew->load != NULL;
}

static void check_load(struct crew *crew)
{
    struct err err;
    int status = 0;

    if (!has_load_session(crew))
        throttle_is_blind(crew->throttle);
    else
        status = throttle_look(crew->throttle, crew->load, &err);
    (void)pthread_mutex_lock(&crew->mutex);
    if (status != 0 && sql_is_alive(crew->load) && !crew->has_failed) {
        crew->has_failed = true;
        crew->err = err;
    }
    crew->is_paused = throttle_reason(crew->throttle)[0] != '\0';
    (void)pthread_cond_broadcast(&crew->changed);
    (void)pthread_mutex_unlock(&crew->mutex);
}

/* --- what a person sees ------------------------------------------------------------ */

struct display {
    struct progress *progress;
    struct progress_item
        *items; /* of the big tasks, in their order; the last: the rest */
    size_t count;
};

static void name_item(struct progress_item *item, const struct task *task)
{
    bool is_copy = task->item->kind == SHADOW_COPY;

    item->table = task->item->table;
    item->phase = is_copy                             ? "copy"
                  : task->item->kind == SHADOW_KEYS   ? "index"
                  : task->item->kind == SHADOW_VERIFY ? "verify"
                                                      : "check";
    item->unit = is_copy ? "rows" : "jobs";
    item->total = is_copy ? task->item->rows : 1;
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
        name_item(item, task);
        display->count++;
    }
    rest = &display->items[display->count++];
    rest->table = "small tables and foreign keys";
    rest->phase = "copy";
    rest->unit = "jobs";
    rest->is_sum = true;
    for (size_t i = 0; i < crew->count; i++)
        rest->total += is_shown(&crew->tasks[i]) ? 0 : 1;
}

static void describe(struct progress_item *item, const struct task *task,
                     const char *waits_for)
{
    bool is_copy = task->item->kind == SHADOW_COPY;

    item->rows = is_copy ? task->rows : -1;
    item->done = is_copy ? task->rows : task->is_done;
    if (item->total < item->done || task->is_done)
        item->total = item->done;
    item->started = task->started;
    item->ended = task->ended;
    item->is_active = task->running > 0 || (waits_for != NULL && task->started > 0);
    item->is_finished = task->is_done;
    item->waits_for = task->is_done ? NULL : waits_for;
}

static void display_show(struct display *display, struct crew *crew)
{
    struct progress_item *rest = &display->items[display->count - 1];
    const char *waits_for = crew->is_paused ? throttle_reason(crew->throttle) : NULL;
    size_t at = 0;

    (void)pthread_mutex_lock(&crew->mutex);
    rest->done = 0;
    rest->rows = 0;
    rest->is_active = crew->is_paused; /* somebody has to say it */
    for (size_t i = 0; i < crew->count; i++) {
        const struct task *task = &crew->tasks[i];

        if (is_shown(task)) {
            describe(&display->items[at++], task, waits_for);
            continue;
        }
        rest->done += task->is_done;
        rest->rows += task->rows;
        rest->is_active |= task->running > 0;
        if (task->started > 0 && (rest->started <= 0 || task->started < rest->started))
            rest->started = task->started;
    }
    rest->is_finished = rest->done >= rest->total;
    rest->waits_for = rest->is_finished ? NULL : waits_for;
    if (rest->is_finished && rest->ended <= 0)
        rest->ended = clock_now();
    (void)pthread_mutex_unlock(&crew->mutex);
    progress_show(display->progress, display->items, display->count);
}

/* What was shown as one line only. */
static void tell_rest(const struct crew *crew)
{
    for (size_t i = 0; i < crew->count; i++) {
        const struct task *task = &crew->tasks[i];
        struct progress_item item = {0};

        if (is_shown(task) || task->started <= 0)
            continue;
        name_item(&item, task);
        describe(&item, task, NULL);
        progress_tell(&item);
    }
}

static void wait_for_all(struct crew *crew)
{
    struct display display;

    display_begin(&display, crew);
    (void)pthread_mutex_lock(&crew->mutex);
    while (crew->threads > 0) {
        struct timespec until;

        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec++;
        (void)pthread_cond_clockwait(&crew->changed, &crew->mutex, CLOCK_MONOTONIC,
                                     &until);
        (void)pthread_mutex_unlock(&crew->mutex);
        if (crew->throttle != NULL)
            check_load(crew);
        if (progress_is_due(display.progress))
            display_show(&display, crew);
        (void)pthread_mutex_lock(&crew->mutex);
    }
    (void)pthread_mutex_unlock(&crew->mutex);
    display_show(&display, crew);
    tell_rest(crew);
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
        task->is_done = list_has_text(crew->work->done, task->item->id);
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
                        .bad = shadow_bad_new(work->shadow,
                                              work->has_quarantine ? work->url : NULL,
                                              work->lock_timeout_seconds),
                        .mutex = PTHREAD_MUTEX_INITIALIZER,
                        .changed = PTHREAD_COND_INITIALIZER};
    pthread_t *threads = xcalloc(work->workers, sizeof(*threads));
    struct connection *connection =
        shadow_state_connect(work->url, "ranges", work->lock_timeout_seconds, err);
    size_t count = 0;
    int status = connection != NULL ? prepare(&crew, connection, err) : -1;

    sql_close(connection);
    if (throttle_is_needed(work->throttle))
        crew.throttle = throttle_new(work->throttle);
    if (status == 0) {
        if (crew.throttle != NULL)
            check_load(&crew);
        start_threads(&crew, threads, &count);
        wait_for_all(&crew);
        for (size_t i = 0; i < count; i++)
            (void)pthread_join(threads[i], NULL);
        if (crew.has_failed)
            *err = crew.err;
        status = crew.has_failed ? -1 : shadow_bad_report(crew.bad, err);
    }
    for (size_t i = 0; i < crew.count; i++)
        shadow_ranges_free(crew.tasks[i].ranges);
    shadow_bad_free(crew.bad);
    throttle_free(crew.throttle);
    sql_close(crew.load);
    free(crew.tasks);
    free(threads);
    return status;
}
