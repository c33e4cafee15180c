/* SPDX-License-Identifier: Apache-2.0
 *
 * progress.h - what a person sees while the engine works. It is told numbers and words
 * and knows neither jobs nor servers.
 */
#ifndef AIRSHIFT_ENGINE_PROGRESS_H
#define AIRSHIFT_ENGINE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"
#include "engine/engine.h"

/* One table in one phase. Items keep their place from one call to the next. */
struct progress_item {
    const char *table; /* strings are borrowed */
    const char *phase;
    const char *detail;    /* e.g. which index, how far; NULL for none */
    const char *waits_for; /* what stands in the way; NULL for nothing */
    const char *unit;      /* of done and total: "blocks" or "jobs" */
    double done;
    double total;
    double done_before; /* by an earlier run: not part of the rate */
    double rows;        /* -1: not counted */
    double rows_before;
    double started; /* clock_now() when this run began with it; 0: not yet */
    double ended;
    bool is_active;
    bool is_finished;
    bool is_sum; /* of others, of which the observer is told by themselves */
    /* Kept by progress.c: */
    double rate; /* units a second; 0: not measured yet */
    double rows_rate;
    bool is_announced;
};

struct progress;

/* Sees what a display is given, whatever its style; called about once a second and at the
 * end. The items are borrowed. One for the process; NULL: none. */
typedef void progress_observer(void *context, const struct progress_item *items,
                               size_t count);
void progress_observe(progress_observer *observer, void *context);
/* Tells the observer of what no display shows. */
void progress_tell(const struct progress_item *item);

struct progress *progress_new(enum progress_style style);
/* Clears the display. Accepts NULL. */
void progress_free(struct progress *progress);
/* Clears it from the terminal until the next progress_show(), for lines on stdout. */
void progress_hide(struct progress *progress);

/* A second has passed since the last call of progress_show(). */
bool progress_is_due(const struct progress *progress);
void progress_show(struct progress *progress, struct progress_item *items,
                   size_t count);

/* Sets the rates of the active items, from what has been done since they were started. */
void progress_measure(struct progress_item *items, size_t count);
/* Between 0 and 1. */
double progress_fraction(const struct progress_item *item);
/* Seconds to go; negative where no rate was measured. */
double progress_remaining(const struct progress_item *item);

/* One line, no longer than `width` columns (0: no limit). */
void progress_add_line(struct strbuf *line, const struct progress_item *item,
                       size_t width);
/* "1:02:03" or "2:03". */
void progress_add_time(struct strbuf *text, double seconds);
/* 1234567 as "1,234,567". */
void progress_add_number(struct strbuf *text, double number);
/* Cuts UTF-8 text to so many characters, with "..." where something is cut. */
void progress_cut(struct strbuf *text, size_t width);

#endif
