/* SPDX-License-Identifier: Apache-2.0
 *
 * shadow_bad.c - finding, counting and saying.
 */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "engine/bad_rows.h"
#include "engine/retry.h"
#include "migrate/shadow_bad.h"
#include "migrate/shadow_range.h"

/* Of one item. */
struct entry {
    const struct shadow_item *item;
    unsigned long long count;
    char *key; /* of the first; NULL where the reason says it all */
    struct err reason;
};

struct shadow_bad {
    pthread_mutex_t mutex;
    /* Under the mutex: */
    struct entry *entries;
    size_t count;
    unsigned long long rows;
};

struct shadow_bad *shadow_bad_new(void)
{
    struct shadow_bad *bad = xcalloc(1, sizeof(*bad));

    (void)pthread_mutex_init(&bad->mutex, NULL);
    return bad;
}

void shadow_bad_free(struct shadow_bad *bad)
{
    if (bad == NULL)
        return;
    for (size_t i = 0; i < bad->count; i++)
        free(bad->entries[i].key);
    free(bad->entries);
    (void)pthread_mutex_destroy(&bad->mutex);
    free(bad);
}

static struct entry *entry_of(struct shadow_bad *bad, const struct shadow_item *item)
{
    for (size_t i = 0; i < bad->count; i++) {
        if (bad->entries[i].item == item)
            return &bad->entries[i];
    }
    bad->entries = xrealloc(bad->entries, (bad->count + 1) * sizeof(*bad->entries));
    bad->entries[bad->count] = (struct entry){.item = item};
    return &bad->entries[bad->count++];
}

static void add(struct shadow_bad *bad, const struct shadow_item *item, const char *key,
                const struct err *reason)
{
    struct entry *entry;

    (void)pthread_mutex_lock(&bad->mutex);
    entry = entry_of(bad, item);
    if (entry->count++ == 0) {
        entry->key = key != NULL ? xstrdup(key) : NULL;
        entry->reason = *reason;
    }
    bad->rows++;
    (void)pthread_mutex_unlock(&bad->mutex);
}

void shadow_bad_add(struct shadow_bad *bad, const struct shadow_item *item,
                    const struct err *reason)
{
    add(bad, item, NULL, reason);
}

bool shadow_bad_has(struct shadow_bad *bad, enum shadow_kind kind)
{
    bool has = false;

    (void)pthread_mutex_lock(&bad->mutex);
    for (size_t i = 0; i < bad->count; i++)
        has |= bad->entries[i].item->kind == kind;
    (void)pthread_mutex_unlock(&bad->mutex);
    return has;
}

bool shadow_bad_is_enough(struct shadow_bad *bad)
{
    bool is_enough;

    (void)pthread_mutex_lock(&bad->mutex);
    is_enough = bad->rows >= BAD_ROWS_MAX;
    (void)pthread_mutex_unlock(&bad->mutex);
    return is_enough;
}

int shadow_bad_report(struct shadow_bad *bad, struct err *err)
{
    bool or_more = bad->rows >= BAD_ROWS_MAX;

    for (size_t i = 0; i < bad->count; i++) {
        const struct entry *entry = &bad->entries[i];

        if (i > 0)
            log_error("%s", err->text);
        bad_rows_describe(entry->item->table, entry->count, or_more, entry->key,
                          &entry->reason, err);
    }
    if (bad->count == 0)
        return 0;
    return err_hint(err, "Correct or delete such rows and run the same command again.");
}

/* --- finding ----------------------------------------------------------------------- */

struct search {
    struct shadow_bad *bad;
    const struct shadow_item *item;
    struct connection *connection;
    bool has_found;
};

static int copy(void *context, const char *condition, struct err *err)
{
    const struct search *search = context;
    struct strbuf sql = STRBUF_INIT;
    int status;

    strbuf_addf(&sql, "%s%s%s", search->item->sql, condition, search->item->after);
    status = sql_exec(search->connection, strbuf_text(&sql), err);
    strbuf_clear(&sql);
    return status;
}

static int found(void *context, const char *condition, const char *key,
                 const struct err *reason, struct err *err)
{
    struct search *search = context;

    (void)condition;
    search->has_found = true;
    add(search->bad, search->item, key, reason);
    if (!shadow_bad_is_enough(search->bad))
        return 0;
    *err = *reason;
    return -1;
}

int shadow_bad_find(struct shadow_bad *bad, const struct shadow_item *item,
                    struct connection *connection, double lock_timeout_seconds,
                    const char *condition, struct err *err)
{
    struct search search = {bad, item, connection, false};
    const struct shadow_probe probe = {copy, found, &search};
    struct strbuf begin = STRBUF_INIT;
    struct err reason = *err;
    struct err ignored;
    int status;

    if (item->after == NULL) {
        shadow_bad_add(bad, item, &reason);
        return 0;
    }
    sql_add_begin(connection, &begin, lock_timeout_seconds);
    status = sql_exec(connection, strbuf_text(&begin), err);
    strbuf_clear(&begin);
    if (status == 0) {
        status =
            shadow_range_find_bad(item, connection, &probe, condition, &reason, err);
        (void)sql_exec(connection, "ROLLBACK", &ignored);
    }
    if (shadow_bad_is_enough(bad))
        return 0;
    if (status == 0 && !search.has_found)
        shadow_bad_add(bad, item, &reason);
    return status;
}
