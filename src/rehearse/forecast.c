/* SPDX-License-Identifier: Apache-2.0
 *
 * forecast.c - every table's time grows with its size; the whole grows as the sum of
 * them does. What only the catalog changes takes as long as it took.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "rehearse/forecast.h"
#include "base/strbuf.h"

/* Fence, drain, catching up, detaching, durability back, promotion, repointing: seconds
 * that a switch needs beside migration and verification, generously. */
enum { SWITCH_SECONDS = 30 };

static double factor_of(const struct rehearsal *rehearsal, const char *table)
{
    for (size_t i = 0; i < rehearsal->tables.count; i++) {
        const struct rehearsal_table *known = rehearsal->tables.items[i];

        if (strcmp(known->name, table) == 0 && known->bytes > 0)
            return (double)known->production_bytes / (double)known->bytes;
    }
    return 0;
}

static double size_factor(const struct rehearsal *rehearsal)
{
    double here = 0;
    double there = 0;

    for (size_t i = 0; i < rehearsal->tables.count; i++) {
        const struct rehearsal_table *table = rehearsal->tables.items[i];

        here += (double)table->bytes;
        there += (double)table->production_bytes;
    }
    return here > 0 ? there / here : 1;
}

/* By how much the time grows. A phase of no table that is known grows as all do. */
static double time_factor(const struct rehearsal *rehearsal)
{
    const struct list *phases = &rehearsal->airshift.phases;
    double overall = size_factor(rehearsal);
    double here = 0;
    double there = 0;

    for (size_t i = 0; i < phases->count; i++) {
        const struct rehearsal_phase *phase = phases->items[i];
        double factor = factor_of(rehearsal, phase->table);
        double seconds = phase->to - phase->from;

        here += seconds;
        there += seconds * (factor > 0 ? factor : overall);
    }
    return here > 0 ? there / here : overall;
}

double forecast_longest_wait(const struct rehearsal_run *run, bool of_readers)
{
    double most = 0;

    for (size_t i = 0; i < run->locks.count; i++) {
        const struct rehearsal_lock *lock = run->locks.items[i];
        double seconds = of_readers ? lock->readers : lock->writers;

        most = seconds > most ? seconds : most;
    }
    return most;
}

static void __attribute__((format(printf, 4, 5)))
check(struct rehearsal *rehearsal, const char *name, bool is_passed, const char *format,
      ...)
{
    struct rehearsal_check *made = arena_zalloc(rehearsal->arena, sizeof(*made));
    char text[600];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    made->name = name;
    made->is_passed = is_passed;
    made->text = arena_strdup(rehearsal->arena, text);
    list_add(rehearsal->arena, &rehearsal->checks, made);
    rehearsal->is_go = rehearsal->is_go && is_passed;
}

static void check_airflow(struct rehearsal *rehearsal)
{
    const struct rehearsal_run *real = &rehearsal->airflow;

    if (!real->is_run)
        return;
    if (real->error != NULL) {
        /* It fails on rows that airshift can move: no reason not to go. */
        check(rehearsal, "beside Airflow", true, "the real migration failed: %s",
              real->error);
        return;
    }
    check(
        rehearsal, "beside Airflow", rehearsal->count_differences.count == 0,
        rehearsal->count_differences.count == 0
            ? "the real migration took %.1f s, %.1f times as long; every table has as "
              "many rows"
            : "the real migration took %.1f s, %.1f times as long; some tables have "
              "another number of rows",
        real->seconds,
        rehearsal->airshift.seconds > 0 ? real->seconds / rehearsal->airshift.seconds
                                        : 0);
}

static void judge(struct rehearsal *rehearsal)
{
    const struct rehearsal_run *run = &rehearsal->airshift;
    const struct rehearsal_forecast *forecast = &rehearsal->forecast;
    bool is_in_place = strcmp(rehearsal->mode, "in-place") == 0;
    double outage = is_in_place ? forecast->writers_wait : forecast->switch_outage;

    rehearsal->is_go = true;
    if (run->error != NULL) {
        check(rehearsal, "migration", false, "failed: %s", run->error);
        return;
    }
    check(rehearsal, "migration", true, "from %s to %s in %.1f s", rehearsal->from,
          rehearsal->to, run->seconds);
    check(rehearsal, "verification", rehearsal->differences == 0,
          "%u checks, %u differences, %.1f s", rehearsal->checks_made,
          rehearsal->differences, run->verify_seconds);
    check(rehearsal, "outage", outage <= rehearsal->window,
          "%.0f s at the size of production, of a window of %.0f s", outage,
          rehearsal->window);
    if (rehearsal->archived > 0)
        check(rehearsal, "values", true,
              "%lld rows have values that cannot be converted: they become NULL, the "
              "rows are kept in archive tables",
              rehearsal->archived);
    if (rehearsal->way_back.is_run)
        check(rehearsal, "way back", outage + forecast->restore <= rehearsal->window,
              "a backup takes %.0f s and its restore %.0f s at the size of production; "
              "migrated and gone back: %.0f s of the window",
              forecast->backup, forecast->restore, outage + forecast->restore);
    check_airflow(rehearsal);
}

void forecast_make(struct rehearsal *rehearsal)
{
    struct rehearsal_run *run = &rehearsal->airshift;
    struct rehearsal_forecast *forecast = &rehearsal->forecast;
    double sizes = size_factor(rehearsal);

    forecast->factor = time_factor(rehearsal);
    forecast->migrate = run->seconds * forecast->factor;
    /* Airflow cannot work between two revisions, whatever is locked. */
    if (rehearsal->by_revision) {
        forecast->writers_wait = forecast->migrate;
        forecast->readers_wait = forecast->migrate;
    } else {
        forecast->writers_wait = forecast_longest_wait(run, false) * forecast->factor;
        forecast->readers_wait = forecast_longest_wait(run, true);
    }
    forecast->verify = run->verify_seconds * forecast->factor;
    forecast->switch_outage = forecast->migrate + forecast->verify + SWITCH_SECONDS;
    forecast->backup = rehearsal->way_back.backup_seconds * sizes;
    forecast->restore = rehearsal->way_back.restore_seconds * sizes;
    forecast->disk = (long long)((double)(run->disk_peak - run->disk_before) * sizes);
    forecast->wal = (long long)((double)run->wal * sizes);
    judge(rehearsal);
}
