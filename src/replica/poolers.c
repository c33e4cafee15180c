/* SPDX-License-Identifier: Apache-2.0
 *
 * poolers.c - holds the clients in every pooler and lets them go again. A pooler that
 * does not run holds nobody, and reads its files when it starts, so it is no obstacle to
 * a release; every other failure is one, for a pause outlives us.
 */
#include "config.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "pgbouncer.h"
#include "replica/poolers.h"
#include "wait.h"

enum { TURN_MS = 2 };

/* Milliseconds since the machine was started when the hold began, because the date may be
 * set meanwhile; "0": not held. */
static const char held_fact[] = "clients_held";

struct pooler {
    struct url url;
    struct connection *console; /* NULL where it does not run */
    struct pgbouncer_database facts;
    bool is_done;
};

struct poolers {
    struct pooler *items;
    size_t count;
};

static long long now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_BOOTTIME, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool is_held(const struct switch_context *sw)
{
    return journal_number(sw->journal, held_fact, 0) != 0;
}

static void clear(struct poolers *poolers)
{
    for (size_t i = 0; i < poolers->count; i++) {
        sql_close(poolers->items[i].console);
        url_clear(&poolers->items[i].url);
    }
    free(poolers->items);
    memset(poolers, 0, sizeof(*poolers));
}

static int read_urls(struct switch_context *sw, struct poolers *poolers,
                     struct err *err)
{
    const char *text = sw->config.pgbouncer_urls;
    char *word;

    memset(poolers, 0, sizeof(*poolers));
    while ((word = config_next_word(&text)) != NULL) {
        struct url url;
        int status = url_parse(&url, word, err);

        xfree_secret(word);
        if (status == 0 && url_has_choice(&url)) {
            url_clear(&url);
            (void)err_set(err, ERR_CONFIG, "a URL names several poolers");
            status = err_hint(err, "Give each of them a URL of its own.");
        }
        if (status < 0) {
            clear(poolers);
            return err_wrap(err, "[pgbouncer] admin_url");
        }
        poolers->items =
            xrealloc(poolers->items, (poolers->count + 1) * sizeof(*poolers->items));
        memset(&poolers->items[poolers->count], 0, sizeof(*poolers->items));
        poolers->items[poolers->count++].url = url;
    }
    if (poolers->count == 0)
        return err_set(err, ERR_CONFIG, "[pgbouncer] admin_url is empty");
    return 0;
}

static int look(struct switch_context *sw, struct pooler *pooler, struct err *err)
{
    struct deadline deadline = deadline_in(sw->config.pause_s);

    if (pgbouncer_look(pooler->console, sw->config.pgbouncer_database, &deadline,
                       &pooler->facts, err) < 0)
        return err_wrap(err, "%s", pooler->url.shown);
    return 0;
}

/* All of them, looked at. */
static int open_all(struct switch_context *sw, struct poolers *poolers, struct err *err)
{
    bool is_running;

    if (read_urls(sw, poolers, err) < 0)
        return -1;
    for (size_t i = 0; i < poolers->count; i++) {
        struct pooler *pooler = &poolers->items[i];

        pooler->console = pgbouncer_open(&pooler->url, &is_running, err);
        if (pooler->console == NULL || look(sw, pooler, err) < 0)
            goto failed;
        if (!pooler->facts.is_paused || is_held(sw))
            continue;
        (void)err_set(err, ERR_STATE, "%s: \"%s\" is paused already, but not by us",
                      pooler->url.shown, sw->config.pgbouncer_database);
        (void)err_hint(err, "RESUME it first.");
        goto failed;
    }
    return 0;
failed:
    clear(poolers);
    return -1;
}

static void warn(const struct pooler *pooler, const struct pgbouncer_settings *settings)
{
    const char *mode = pooler->facts.pool_mode[0] != '\0' ? pooler->facts.pool_mode
                                                          : settings->pool_mode;

    if (settings->client_wait_s > 0)
        log_warning("%s drops clients that wait for longer than %.0f s "
                    "(query_wait_timeout): the outage must not last longer",
                    pooler->url.shown, settings->client_wait_s);
    if (strcmp(mode, "session") == 0)
        log_warning("%s has pool_mode = session: the pause begins when every client "
                    "has disconnected",
                    pooler->url.shown);
}

static int check_one(struct switch_context *sw, struct pooler *pooler, struct err *err)
{
    struct deadline deadline = deadline_in(sw->config.pause_s);
    struct pgbouncer_settings settings;

    if (!pooler->facts.is_paused &&
        pgbouncer_check_admin(pooler->console, sw->config.pgbouncer_database, &deadline,
                              err) < 0) {
        (void)err_wrap(err, "%s", pooler->url.shown);
        return err_hint(err, "The user in [pgbouncer] admin_url must be one of the "
                             "pooler's admin_users.");
    }
    if (pgbouncer_get_settings(pooler->console, &deadline, &settings, err) < 0)
        return err_wrap(err, "%s", pooler->url.shown);
    if (sw->config.is_holding)
        warn(pooler, &settings);
    return 0;
}

int poolers_look(struct switch_context *sw, struct pgbouncer_database *first,
                 struct err *err)
{
    struct poolers poolers;

    if (open_all(sw, &poolers, err) < 0)
        return -1;
    *first = poolers.items[0].facts;
    clear(&poolers);
    return 0;
}

int poolers_check(struct switch_context *sw, struct err *err)
{
    struct poolers poolers;
    int status = 0;

    if (open_all(sw, &poolers, err) < 0)
        return -1;
    for (size_t i = 0; status == 0 && i < poolers.count; i++)
        status = check_one(sw, &poolers.items[i], err);
    clear(&poolers);
    return status;
}

/* The name of the fact that says where a pooler led. Owned by the caller. */
static char *fact_of(const struct pooler *pooler)
{
    char *name = xasprintf("pooler_%s", pooler->url.shown);

    for (char *c = name; *c != '\0'; c++) {
        if (strchr(":/=\t ", *c) != NULL)
            *c = '_';
    }
    return name;
}

int poolers_remember(struct switch_context *sw, struct err *err)
{
    struct poolers poolers;
    int status = 0;

    if (open_all(sw, &poolers, err) < 0)
        return -1;
    for (size_t i = 0; status == 0 && i < poolers.count; i++) {
        const struct pgbouncer_database *facts = &poolers.items[i].facts;
        char *name = fact_of(&poolers.items[i]);
        char *value = xasprintf("%d %s", facts->port, facts->host);

        /* Once: later it may lead to green. */
        if (journal_fact(sw->journal, name) == NULL)
            status = journal_set_fact(sw->journal, name, value, err);
        free(value);
        free(name);
    }
    clear(&poolers);
    return status;
}

/* The pauses run side by side. */
static int wait_paused(struct switch_context *sw, struct poolers *poolers,
                       struct err *err)
{
    struct deadline deadline = deadline_in(sw->config.pause_s);
    size_t left = poolers->count;

    for (;;) {
        struct pooler *last = NULL;

        for (size_t i = 0; i < poolers->count; i++) {
            struct pooler *pooler = &poolers->items[i];
            int step = pooler->is_done ? 0 : pgbouncer_poll(pooler->console, err);

            if (step < 0)
                return err_wrap(err, "%s", pooler->url.shown);
            if (step > 0) {
                pooler->is_done = true;
                left--;
            }
            if (!pooler->is_done)
                last = pooler;
        }
        if (left == 0)
            return 0;
        if (wait_turn(&deadline, TURN_MS, "transactions of the clients to end", err) <
            0) {
            (void)err_wrap(err, "%s", last->url.shown);
            return err_hint(err, "SHOW SERVERS says which are open there. With "
                                 "pool_mode = session they end with their clients.");
        }
    }
}

int poolers_hold(struct switch_context *sw, struct err *err)
{
    const char *database = sw->config.pgbouncer_database;
    struct poolers poolers;
    long long began = now_ms();
    bool is_shown = false;
    int status = -1;

    if (open_all(sw, &poolers, err) < 0)
        return -1;
    if (!is_held(sw) && journal_set_number(sw->journal, held_fact, began, err) < 0)
        goto done;
    for (size_t i = 0; i < poolers.count; i++) {
        struct pooler *pooler = &poolers.items[i];

        is_shown =
            switch_only_shows(sw, "PAUSE \"%s\" at %s", database, pooler->url.shown);
        if (!is_shown && pgbouncer_begin_pause(pooler->console, database, err) < 0) {
            (void)err_wrap(err, "%s", pooler->url.shown);
            goto done;
        }
    }
    status = is_shown ? 0 : wait_paused(sw, &poolers, err);
    if (status == 0)
        log_info("the clients wait in %zu poolers, idle after %.3f s", poolers.count,
                 (double)(now_ms() - began) / 1e3);
done:
    clear(&poolers);
    return status;
}

/* Where a pooler must lead; `before` is what poolers_remember() has put down. */
static void find_target(const struct switch_context *sw, enum repoint_target target,
                        const char *before, struct pgbouncer_database *wanted)
{
    const char *space = strchr(before, ' ');

    memset(wanted, 0, sizeof(*wanted));
    wanted->port = (int)strtol(before, NULL, 10);
    (void)snprintf(wanted->host, sizeof(wanted->host), "%s",
                   space != NULL ? space + 1 : "");
    if (target == REPOINT_BLUE)
        return;
    wanted->port = sw->green.port;
    if (sw->config.green_host != NULL)
        (void)snprintf(wanted->host, sizeof(wanted->host), "%s", sw->config.green_host);
}

/* What one pooler is asked, by a thread of its own: one that does not answer must not
 * keep the clients of the others waiting. It reads what is here and nothing else. */
struct release {
    struct pooler *pooler;
    const char *database;
    double seconds;
    struct pgbouncer_database wanted;
    bool has_moved; /* `wanted` holds */
    bool is_held;
    bool is_running;
    pthread_t thread;
    int status;
    struct err err;
};

static int prove(const struct release *release, const struct deadline *deadline,
                 struct err *err)
{
    const struct pgbouncer_database *wanted = &release->wanted;
    struct pgbouncer_database facts;

    if (pgbouncer_look(release->pooler->console, release->database, deadline, &facts,
                       err) < 0)
        return -1;
    if (facts.port == wanted->port && strcmp(facts.host, wanted->host) == 0)
        return 0;
    (void)err_set(err, ERR_STATE, "it leads \"%s\" to %s:%d and not to %s:%d",
                  release->database, facts.host, facts.port, wanted->host,
                  wanted->port);
    return err_hint(err, "Its clients still wait. Correct its [databases], then "
                         "\"airshift switch resume\".");
}

static int let_go(struct release *release, struct err *err)
{
    struct deadline deadline = deadline_in(release->seconds);
    struct pooler *pooler = release->pooler;

    pooler->console = pgbouncer_open(&pooler->url, &release->is_running, err);
    if (pooler->console == NULL)
        return -1;
    if (release->has_moved && (pgbouncer_reload(pooler->console, &deadline, err) < 0 ||
                               prove(release, &deadline, err) < 0))
        return -1;
    return release->is_held
               ? pgbouncer_resume(pooler->console, release->database, &deadline, err)
               : 0;
}

static void *run_release(void *context)
{
    struct release *release = context;

    release->status = let_go(release, &release->err);
    return NULL;
}

/* False where there is nothing to ask of it. */
static bool prepare(struct switch_context *sw, struct pooler *pooler,
                    enum repoint_target target, struct release *release)
{
    char *name = fact_of(pooler);
    const char *before = journal_fact(sw->journal, name);

    free(name);
    memset(release, 0, sizeof(*release));
    release->pooler = pooler;
    release->database = sw->config.pgbouncer_database;
    release->seconds = sw->config.pause_s;
    release->is_running = true;
    release->is_held = is_held(sw);
    release->has_moved = before != NULL;
    if (before != NULL)
        find_target(sw, target, before, &release->wanted);
    if (before == NULL && !release->is_held)
        return false;
    return !switch_only_shows(sw, "%sRESUME \"%s\" at %s",
                              before != NULL ? "RELOAD and " : "", release->database,
                              pooler->url.shown);
}

/* -1 with `err` where its clients may still wait. */
static int judge(struct release *release, struct err *err)
{
    const char *shown = release->pooler->url.shown;

    if (release->status == 0)
        return 0;
    if (!release->is_running) {
        log_warning("%s does not run: it holds nobody, and reads its files when it "
                    "starts",
                    shown);
        return 0;
    }
    if (err->category != ERR_NONE)
        log_err(err);
    *err = release->err;
    return err_wrap(err, "%s", shown);
}

int poolers_release(struct switch_context *sw, enum repoint_target target,
                    struct err *err)
{
    long long began = journal_number(sw->journal, held_fact, 0);
    struct release *releases;
    struct poolers poolers;
    size_t count = 0;
    int status = 0;

    if (read_urls(sw, &poolers, err) < 0)
        return -1;
    releases = xcalloc(poolers.count, sizeof(*releases));
    for (size_t i = 0; i < poolers.count; i++) {
        struct release *release = &releases[count];

        if (!prepare(sw, &poolers.items[i], target, release))
            continue;
        count++;
        if (pthread_create(&release->thread, NULL, run_release, release) != 0) {
            release->thread = pthread_self(); /* then one after the other */
            (void)run_release(release);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!pthread_equal(releases[i].thread, pthread_self()))
            (void)pthread_join(releases[i].thread, NULL);
        if (judge(&releases[i], err) < 0)
            status = -1;
    }
    free(releases);
    if (status == 0 && began != 0) {
        if (sw->dry == NULL && now_ms() >= began) /* no restart in between */
            log_info("the clients go on; they were held for %.2f s",
                     (double)(now_ms() - began) / 1e3);
        status = journal_set_number(sw->journal, held_fact, 0, err);
    }
    clear(&poolers);
    return status;
}
