/* SPDX-License-Identifier: Apache-2.0
 *
 * shadow_bad.c - finding, counting, setting aside and saying.
 */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "engine/bad_rows.h"
#include "compiler/shadow_aside.h"
#include "engine/retry.h"
#include "migrate/shadow_aside.h"
#include "migrate/shadow_bad.h"
#include "migrate/shadow_range.h"
#include "migrate/shadow_state.h"

enum { SET_ASIDE_LISTED = 10 }; /* of an item; the others are counted */

/* Of one item. */
struct entry {
    const struct shadow_item *item;
    unsigned long long aside;
    unsigned long long count; /* of those that were not set aside */
    char *key;                /* of the first; NULL where the reason says it all */
    struct err reason;
};

struct shadow_bad {
    const struct shadow *shadow;
    const struct url *url; /* where rows are set aside; else NULL */
    double lock_timeout_seconds;
    pthread_mutex_t aside_mutex;
    struct connection *aside; /* under that one */
    pthread_mutex_t mutex;
    /* Under the mutex: */
    struct entry *entries;
    size_t count;
    unsigned long long rows;
};

struct shadow_bad *shadow_bad_new(const struct shadow *shadow, const struct url *aside,
                                  double lock_timeout_seconds)
{
    struct shadow_bad *bad = xcalloc(1, sizeof(*bad));

    bad->shadow = shadow;
    bad->url = aside;
    bad->lock_timeout_seconds = lock_timeout_seconds;
    (void)pthread_mutex_init(&bad->aside_mutex, NULL);
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
    sql_close(bad->aside);
    (void)pthread_mutex_destroy(&bad->mutex);
    (void)pthread_mutex_destroy(&bad->aside_mutex);
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

static int refuse(struct shadow_bad *bad, struct err *err)
{
    bool or_more = bad->rows >= BAD_ROWS_MAX;
    bool is_first = true;
    bool may_go_aside = bad->url == NULL;

    for (size_t i = 0; i < bad->count; i++) {
        const struct entry *entry = &bad->entries[i];

        if (entry->count == 0)
            continue;
        if (!is_first)
            log_error("%s", err->text);
        is_first = false;
        /* Of a key or a foreign key the rows have not been looked for. */
        may_go_aside = may_go_aside && (entry->key == NULL ||
                                        shadow_aside_is_possible(entry->item->live));
        bad_rows_describe(entry->item->table, entry->count, or_more, entry->key,
                          &entry->reason, err);
    }
    return err_hint(err,
                    "Correct or delete such rows and run the same command again%s.",
                    may_go_aside ? ", or run it with --quarantine, which moves them "
                                   "and what refers to them into tables of their own "
                                   "and goes on"
                                 : "");
}

int shadow_bad_report(struct shadow_bad *bad, struct err *err)
{
    if (bad->rows > 0)
        return refuse(bad, err);
    for (size_t i = 0; i < bad->count; i++) {
        if (bad->entries[i].aside > 0) /* else another copy found them all */
            log_warning("table \"%s\": %llu rows were set aside (quarantine)",
                        bad->entries[i].item->table, bad->entries[i].aside);
    }
    return bad->count > 0 ? 1 : 0;
}

/* --- setting aside ----------------------------------------------------------------- */

static int open_aside(struct shadow_bad *bad, struct err *err)
{
    if (bad->aside == NULL)
        bad->aside = shadow_state_connect(bad->url, "quarantine",
                                          bad->lock_timeout_seconds, err);
    return bad->aside != NULL ? 0 : -1;
}

/* In a session of its own: what the search has copied is taken back. Another copy may have
 * found the row already. */
static int write_aside(struct shadow_bad *bad, const struct table *live,
                       const char *condition, const struct err *reason, bool *is_new,
                       struct err *err)
{
    struct arena *arena = arena_new();
    struct sql_result *result = NULL;
    int status;

    (void)pthread_mutex_lock(&bad->aside_mutex);
    status = open_aside(bad, err);
    if (status == 0)
        status = shadow_aside_make(bad->aside, arena, bad->shadow, live, err);
    if (status == 0)
        status = sql_change(
            bad->aside,
            shadow_aside_insert(bad->shadow, arena, live, reason->text, condition), 0,
            NULL, &result, err);
    *is_new = status == 0 && sql_affected(result) > 0;
    sql_result_free(result);
    (void)pthread_mutex_unlock(&bad->aside_mutex);
    arena_free(arena);
    return status;
}

static int set_aside(struct shadow_bad *bad, const struct shadow_item *item,
                     const char *condition, const char *key, const struct err *reason,
                     struct err *err)
{
    struct entry *entry;
    bool is_new;

    if (write_aside(bad, item->live, condition, reason, &is_new, err) != 0)
        return err_wrap(err, "row %s cannot be set aside", key);
    (void)pthread_mutex_lock(&bad->mutex);
    entry = entry_of(bad, item);
    entry->aside += is_new;
    if (is_new && entry->aside <= SET_ASIDE_LISTED)
        log_warning("table \"%s\": row %s was set aside: %s", item->table, key,
                    reason->text);
    if (is_new && entry->aside == SET_ASIDE_LISTED)
        log_warning("table \"%s\": further rows that are set aside are only counted",
                    item->table);
    (void)pthread_mutex_unlock(&bad->mutex);
    return 0;
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

    search->has_found = true;
    if (search->bad->url != NULL && shadow_aside_is_possible(search->item->live))
        return set_aside(search->bad, search->item, condition, key, reason, err);
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
