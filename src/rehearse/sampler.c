/* SPDX-License-Identifier: Apache-2.0
 *
 * sampler.c - the thread and what it adds up.
 */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "catalog/server_sql.h"
#include "engine/clock.h"
#include "rehearse/sampler.h"

enum { TURN_MS = 100, TURNS_A_SAMPLE = 10 };

struct sampler {
    struct connection *connection;
    struct rehearsal_run *run;
    struct arena *arena; /* the rehearsal's; the thread's alone while it runs */
    struct arena *own;
    pthread_t thread;
    atomic_bool is_over;
    double started;
    double last_looked;
    long long wal_before;
    unsigned every; /* of so many samples one is kept */
    unsigned taken;
    int status;
    struct err err;
};

static struct rehearsal_lock *lock_of(struct sampler *sampler, const char *table)
{
    struct list *locks = &sampler->run->locks;
    struct rehearsal_lock *lock;

    for (size_t i = 0; i < locks->count; i++) {
        lock = locks->items[i];
        if (strcmp(lock->table, table) == 0)
            return lock;
    }
    lock = arena_zalloc(sampler->own, sizeof(*lock));
    lock->table = arena_strdup(sampler->own, table);
    list_add(sampler->own, locks, lock);
    return lock;
}

/* A lock that is seen counts for the time since the look before. */
static int look_at_locks(struct sampler *sampler)
{
    struct sql_result *rows =
        server_query(sampler->connection, "rehearse_locks", 0, NULL, &sampler->err);
    double now = clock_now();
    double since = now - sampler->last_looked;

    sampler->last_looked = now;
    if (rows == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(rows); i++) {
        struct rehearsal_lock *lock = lock_of(sampler, sql_text(rows, i, 0));

        lock->writers += since;
        if (strcmp(sql_text(rows, i, 1), "t") == 0)
            lock->readers += since;
    }
    sql_result_free(rows);
    return 0;
}

/* A long run keeps every second sample, then every fourth, and so on. */
static void thin_out(struct sampler *sampler)
{
    struct rehearsal_run *run = sampler->run;

    for (size_t i = 0; 2 * i < run->sample_count; i++)
        run->samples[i] = run->samples[2 * i];
    run->sample_count = (run->sample_count + 1) / 2;
    sampler->every *= 2;
}

static int take_sample(struct sampler *sampler)
{
    struct rehearsal_run *run = sampler->run;
    struct sql_result *row =
        server_query(sampler->connection, "rehearse_sample", 0, NULL, &sampler->err);
    struct rehearsal_sample sample = {0};
    long long disk;

    if (row == NULL)
        return -1;
    if (sampler->taken == 0) {
        sampler->wal_before = sql_integer(row, 0, 0);
        run->disk_before = sql_integer(row, 0, 1);
    }
    sample.at = clock_now() - sampler->started;
    sample.wal = sql_integer(row, 0, 0) - sampler->wal_before;
    sample.disk = sql_integer(row, 0, 1);
    sample.temporary = sql_integer(row, 0, 2);
    sql_result_free(row);
    disk = sample.disk + (sample.temporary > 0 ? sample.temporary : 0);
    if (disk > run->disk_peak)
        run->disk_peak = disk;
    run->wal = sample.wal;
    if (run->sample_count == REHEARSAL_SAMPLES_MOST)
        thin_out(sampler);
    if (sampler->taken % sampler->every == 0)
        run->samples[run->sample_count++] = sample;
    sampler->taken++;
    return 0;
}

static void *watch(void *context)
{
    struct sampler *sampler = context;
    unsigned turn = 0;

    while (sampler->status == 0 && !atomic_load(&sampler->is_over)) {
        sampler->status = look_at_locks(sampler);
        if (sampler->status == 0 && turn++ % TURNS_A_SAMPLE == 0)
            sampler->status = take_sample(sampler);
        if (sampler->status == 0)
            sampler->status = sql_pause(sampler->connection, TURN_MS, &sampler->err);
    }
    return NULL;
}

struct sampler *sampler_begin(const struct url *url, struct rehearsal_run *run,
                              struct arena *arena, struct err *err)
{
    struct sampler *sampler = xcalloc(1, sizeof(*sampler));

    err_clear(&sampler->err);
    sampler->run = run;
    sampler->arena = arena;
    sampler->own = arena_new();
    sampler->every = 1;
    sampler->started = sampler->last_looked = clock_now();
    run->samples = arena_zalloc(arena, REHEARSAL_SAMPLES_MOST * sizeof(*run->samples));
    sampler->connection = sql_connect(url, "rehearse", err);
    if (sampler->connection != NULL && take_sample(sampler) == 0) {
        if (pthread_create(&sampler->thread, NULL, watch, sampler) == 0)
            return sampler;
        (void)err_set(&sampler->err, ERR_INTERNAL, "no thread can be started");
    }
    if (sampler->connection != NULL)
        *err = sampler->err;
    sql_close(sampler->connection);
    arena_free(sampler->own);
    free(sampler);
    return NULL;
}

static int compare_locks(const void *a, const void *b)
{
    const struct rehearsal_lock *first = *(struct rehearsal_lock *const *)a;
    const struct rehearsal_lock *second = *(struct rehearsal_lock *const *)b;

    if (first->readers != second->readers)
        return first->readers < second->readers ? 1 : -1;
    if (first->writers != second->writers)
        return first->writers < second->writers ? 1 : -1;
    return strcmp(first->table, second->table);
}

/* From the thread's arena into the rehearsal's. */
static void hand_over(struct sampler *sampler)
{
    struct list theirs = sampler->run->locks;

    memset(&sampler->run->locks, 0, sizeof(sampler->run->locks));
    for (size_t i = 0; i < theirs.count; i++) {
        const struct rehearsal_lock *from = theirs.items[i];
        struct rehearsal_lock *lock = arena_alloc(sampler->arena, sizeof(*lock));

        *lock = *from;
        lock->table = arena_strdup(sampler->arena, from->table);
        list_add(sampler->arena, &sampler->run->locks, lock);
    }
    if (theirs.count > 0)
        qsort(sampler->run->locks.items, sampler->run->locks.count, sizeof(void *),
              compare_locks);
}

int sampler_end(struct sampler *sampler, struct err *err)
{
    int status;

    if (sampler == NULL)
        return 0;
    atomic_store(&sampler->is_over, true);
    (void)pthread_join(sampler->thread, NULL);
    status = sampler->status;
    if (status == 0) {
        sampler->every = 1; /* the last one is kept in any case */
        status = take_sample(sampler);
    }
    if (status < 0)
        *err = sampler->err;
    hand_over(sampler);
    sql_close(sampler->connection);
    arena_free(sampler->own);
    free(sampler);
    return status;
}
