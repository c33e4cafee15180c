/* SPDX-License-Identifier: Apache-2.0
 *
 * pool.c - a queue of parts, the big tables' first, and threads that take from it.
 */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backup/pool.h"
#include "base/xalloc.h"
#include "engine/clock.h"

struct pool {
    const struct pool_work *work;

    struct backup_part **queue;
    size_t count;
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* a worker has ended */
    /* Under the mutex: */
    size_t next;
    size_t running; /* threads */
    size_t begun;   /* threads that have a session */
    bool has_failed;
    struct err err;
};

static bool is_taken(const struct pool_work *work, const struct backup_table *table)
{
    return work->takes == NULL || work->takes(table);
}

static struct backup_part *take(struct pool *pool)
{
    struct backup_part *part = NULL;

    (void)pthread_mutex_lock(&pool->mutex);
    if (!pool->has_failed && pool->next < pool->count)
        part = pool->queue[pool->next++];
    (void)pthread_mutex_unlock(&pool->mutex);
    return part;
}

/* An idle function: -1 once another worker has failed. */
static int look(void *context)
{
    struct pool *pool = context;
    bool has_failed;

    (void)pthread_mutex_lock(&pool->mutex);
    has_failed = pool->has_failed;
    (void)pthread_mutex_unlock(&pool->mutex);
    return has_failed ? -1 : 0;
}

/* NULL with `err`. */
static struct connection *begin_session(struct pool *pool, struct err *err)
{
    const struct pool_work *todo = pool->work;
    struct connection *connection;

    if (todo->sessions == NULL) {
        connection = sql_connect(todo->url, todo->purpose, err);
    } else {
        (void)pthread_mutex_lock(&pool->mutex);
        connection = todo->sessions[pool->begun++];
        (void)pthread_mutex_unlock(&pool->mutex);
    }
    if (connection != NULL)
        sql_set_idle(connection, look, pool);
    return connection;
}

static void end_session(struct pool *pool, struct connection *connection)
{
    if (pool->work->sessions == NULL)
        sql_close(connection);
    else
        sql_set_idle(connection, NULL, NULL);
}

static void *work_off(void *context)
{
    struct pool *pool = context;
    const struct pool_work *todo = pool->work;
    struct backup_part *part;
    struct connection *connection;
    struct err err;
    int status = -1;

    err_clear(&err);
    connection = begin_session(pool, &err);
    if (connection != NULL)
        status = todo->begin != NULL ? todo->begin(todo->context, connection, &err) : 0;
    while (status == 0 && (part = take(pool)) != NULL) {
        atomic_store(&part->state, PART_RUNS);
        status = todo->run(todo->context, connection, part, &err);
        if (status < 0)
            (void)err_wrap(&err, "%s", part->table->name);
        atomic_store(&part->state, PART_IS_DONE);
    }
    end_session(pool, connection);
    (void)pthread_mutex_lock(&pool->mutex);
    if (status < 0 && !pool->has_failed) {
        pool->has_failed = true;
        pool->err = err;
    }
    pool->running--;
    (void)pthread_cond_signal(&pool->changed);
    (void)pthread_mutex_unlock(&pool->mutex);
    return NULL;
}

/* How far a table is, from what its workers say. */
static void describe(struct progress_item *item, const struct backup_table *table)
{
    size_t done = 0;
    size_t begun = 0;
    double rows = 0;

    for (size_t i = 0; i < table->part_count; i++) {
        struct backup_part *part = &table->parts[i];
        int state = atomic_load(&part->state);

        rows += (double)atomic_load(&part->handled);
        done += state == PART_IS_DONE;
        begun += state != PART_WAITS;
    }
    item->done = (double)done;
    item->rows = rows;
    if (begun > 0 && item->started <= 0)
        item->started = clock_now();
    item->is_active = begun > done;
    item->is_finished = done == table->part_count;
    if (item->is_finished && item->ended <= 0)
        item->ended = clock_now();
}

struct display {
    struct progress *progress;
    struct progress_item *items;
    const struct backup_table **tables; /* parallel */
    size_t count;
};

static void display_begin(struct display *display, const struct pool_work *work,
                          const struct inventory *inventory)
{
    display->progress = progress_new(work->style);
    display->items = xcalloc(inventory->table_count + 1, sizeof(*display->items));
    display->tables = xcalloc(inventory->table_count + 1, sizeof(*display->tables));
    display->count = 0;
    for (size_t i = 0; i < inventory->table_count; i++) {
        const struct backup_table *table = &inventory->tables[i];
        struct progress_item *item = &display->items[display->count];

        if (!is_taken(work, table))
            continue;
        item->table = table->name;
        item->phase = work->phase;
        item->unit = "parts";
        item->total = (double)table->part_count;
        display->tables[display->count++] = table;
    }
}

static void display_show(struct display *display)
{
    for (size_t i = 0; i < display->count; i++)
        describe(&display->items[i], display->tables[i]);
    progress_show(display->progress, display->items, display->count);
}

static void display_end(struct display *display)
{
    progress_free(display->progress);
    free(display->items);
    free((void *)display->tables);
}

/* Until all threads have ended. */
static void wait_for_all(struct pool *pool, const struct inventory *inventory)
{
    struct display display;

    display_begin(&display, pool->work, inventory);
    (void)pthread_mutex_lock(&pool->mutex);
    while (pool->running > 0) {
        struct timespec until;

        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec++;
        (void)pthread_cond_clockwait(&pool->changed, &pool->mutex, CLOCK_MONOTONIC,
                                     &until);
        (void)pthread_mutex_unlock(&pool->mutex);
        if (progress_is_due(display.progress))
            display_show(&display);
        (void)pthread_mutex_lock(&pool->mutex);
    }
    (void)pthread_mutex_unlock(&pool->mutex);
    display_show(&display);
    display_end(&display);
}

static void fill_queue(struct pool *pool, struct inventory *inventory)
{
    pool->queue = xcalloc(inventory->part_count + 1, sizeof(struct backup_part *));
    for (size_t i = 0; i < inventory->table_count; i++) {
        struct backup_table *table = &inventory->tables[i];

        if (!is_taken(pool->work, table))
            continue;
        for (size_t k = 0; k < table->part_count; k++) {
            struct backup_part *part = &table->parts[k];

            atomic_store(&part->state, part->is_done ? PART_IS_DONE : PART_WAITS);
            atomic_store(&part->handled, part->is_done ? part->rows.rows : 0);
            if (!part->is_done)
                pool->queue[pool->count++] = part;
        }
    }
}

int pool_run(struct inventory *inventory, const struct pool_work *work, struct err *err)
{
    struct pool pool = {.work = work,
                        .mutex = PTHREAD_MUTEX_INITIALIZER,
                        .changed = PTHREAD_COND_INITIALIZER};
    pthread_t *threads = xcalloc(work->workers, sizeof(*threads));
    size_t count = 0;
    int status = 0;

    fill_queue(&pool, inventory);
    while (count < work->workers && count < pool.count) {
        (void)pthread_mutex_lock(&pool.mutex);
        pool.running++;
        (void)pthread_mutex_unlock(&pool.mutex);
        if (pthread_create(&threads[count], NULL, work_off, &pool) != 0) {
            (void)pthread_mutex_lock(&pool.mutex);
            pool.running--;
            if (count == 0) {
                pool.has_failed = true;
                (void)err_set(&pool.err, ERR_INTERNAL, "no thread can be started");
            }
            (void)pthread_mutex_unlock(&pool.mutex);
            break; /* those that run do all */
        }
        count++;
    }
    wait_for_all(&pool, inventory);
    for (size_t i = 0; i < count; i++)
        (void)pthread_join(threads[i], NULL);
    if (pool.has_failed) {
        *err = pool.err;
        status = -1;
    }
    free(threads);
    free(pool.queue);
    return status;
}
