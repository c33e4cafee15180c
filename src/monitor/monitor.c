/* SPDX-License-Identifier: Apache-2.0
 *
 * monitor.c - looks, samples, looks again, reports.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "engine/clock.h"
#include "interrupt.h"
#include "monitor/half.h"
#include "monitor/monitor.h"
#include "monitor/show.h"

enum { MILLISECONDS = 1000, SAMPLES = 12 };
/* Nobody may wait behind who only looks. */
static const double lock_timeout_seconds = 1;

static int sample(struct connection *connection, double seconds,
                  struct monitor_samples *samples, struct err *err)
{
    double until = clock_now() + seconds;
    double left;

    while ((left = until - clock_now()) > 0) {
        double step = seconds / SAMPLES;

        if (sql_pause(connection,
                      (unsigned)((left < step ? left : step) * MILLISECONDS) + 1,
                      err) < 0 ||
            monitor_sample(connection, samples, err) < 0)
            return -1;
    }
    return 0;
}

static void report(struct connection *connection, const struct monitor_options *options,
                   const struct monitor_look *before, const struct monitor_look *after,
                   const struct monitor_samples *samples, enum monitor_verdict *verdict)
{
    struct arena *arena = arena_new();
    struct strbuf text = STRBUF_INIT;
    struct monitor_report made;
    struct monitor_shown shown = {before, after, samples, &made};

    monitor_judge(arena, before, after, samples, &made);
    monitor_look_for_half(arena, connection, options->url, &made);
    if (options->is_json)
        monitor_add_json(&text, &shown);
    else
        monitor_add_text(&text, &shown);
    (void)fwrite(strbuf_text(&text), 1, text.length, stdout);
    (void)fflush(stdout);
    *verdict = made.verdict;
    strbuf_clear(&text);
    arena_free(arena);
}

static int look_again(struct connection *connection,
                      const struct monitor_options *options,
                      struct monitor_look *before, enum monitor_verdict *verdict,
                      struct err *err)
{
    struct monitor_samples samples = {.arena = arena_new()};
    struct monitor_look after = {0};
    int status = -1;

    if (sample(connection, options->interval_seconds, &samples, err) == 0 &&
        monitor_look(connection, before, &after, err) == 0) {
        report(connection, options, before, &after, &samples, verdict);
        monitor_look_clear(before);
        *before = after;
        status = 0;
    }
    arena_free(samples.arena);
    return status;
}

static int run(struct connection *connection, const struct monitor_options *options,
               enum monitor_verdict *verdict, struct err *err)
{
    struct monitor_look before = {0};
    bool has_seen = false;
    int status = sql_set_lock_timeout(connection, lock_timeout_seconds, err);

    if (status == 0)
        status = monitor_look(connection, NULL, &before, err);
    while (status == 0) {
        status = look_again(connection, options, &before, verdict, err);
        has_seen = has_seen || (status == 0 && *verdict != VERDICT_NOTHING);
        if (!options->is_repeated || (has_seen && *verdict == VERDICT_NOTHING))
            break;
        if (status == 0 && !options->is_json)
            (void)printf("\n");
        /* A signal ends it; nothing was left undone. */
        if (status < 0 && has_seen && interrupt_is_asked()) {
            err_clear(err);
            status = 0;
            break;
        }
    }
    if (before.arena != NULL)
        monitor_look_clear(&before);
    return status;
}

int monitor_run(const struct monitor_options *options, enum monitor_verdict *verdict,
                struct err *err)
{
    struct connection *connection = sql_connect(options->url, "look", err);
    int status = -1;

    *verdict = VERDICT_NOTHING;
    if (connection != NULL)
        status = run(connection, options, verdict, err);
    sql_close(connection);
    return status;
}
