/* SPDX-License-Identifier: Apache-2.0
 *
 * progress.c - a display of a few lines that is redrawn in place, or log lines, or
 * JSON. A frame goes out in one write, over the old one, so that nothing flickers.
 */
#include "config.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "engine/clock.h"
#include "engine/progress.h"

enum { REDRAW_SECONDS = 1, LOG_SECONDS = 10, RATE_AFTER_SECONDS = 2 };

struct progress {
    enum progress_style style;
    double last_shown;
    double last_logged;
    size_t lines; /* on the screen now */
    struct strbuf frame;
};

static struct {
    progress_observer *function;
    void *context;
} observer;

void progress_observe(progress_observer *function, void *context)
{
    observer.function = function;
    observer.context = context;
}

void progress_tell(const struct progress_item *item)
{
    if (observer.function != NULL)
        observer.function(observer.context, item, 1);
}

static void write_frame(struct progress *progress)
{
    const char *bytes = strbuf_text(&progress->frame);
    size_t left = progress->frame.length;

    (void)fflush(stderr);
    while (left > 0) {
        ssize_t count = write(STDERR_FILENO, bytes, left);

        if (count <= 0)
            break; /* the terminal is gone or full: this frame does not matter */
        bytes += count;
        left -= (size_t)count;
    }
    strbuf_truncate(&progress->frame, 0);
}

/* To the first line of the display. */
static void add_home(struct progress *progress)
{
    strbuf_add_char(&progress->frame, '\r');
    if (progress->lines > 0)
        strbuf_addf(&progress->frame, "\033[%zuA", progress->lines);
}

/* The logger calls this before each line, which then stands above the display. */
static void erase(void *context)
{
    struct progress *progress = context;

    if (progress->lines == 0)
        return;
    add_home(progress);
    strbuf_add_string(&progress->frame, "\033[J");
    write_frame(progress);
    progress->lines = 0;
}

void progress_hide(struct progress *progress)
{
    erase(progress);
}

struct progress *progress_new(enum progress_style style)
{
    struct progress *progress = xcalloc(1, sizeof(*progress));
    const char *terminal = getenv("TERM");

    if (style == PROGRESS_AUTO &&
        (!isatty(STDERR_FILENO) || terminal == NULL || strcmp(terminal, "dumb") == 0))
        style = PROGRESS_PLAIN;
    progress->style = style;
    progress->last_logged = clock_now();
    if (style == PROGRESS_AUTO)
        log_before_line(erase, progress);
    return progress;
}

void progress_free(struct progress *progress)
{
    if (progress == NULL)
        return;
    if (progress->style == PROGRESS_AUTO) {
        erase(progress);
        log_before_line(NULL, NULL);
    }
    strbuf_clear(&progress->frame);
    free(progress);
}

bool progress_is_due(const struct progress *progress)
{
    return progress->style != PROGRESS_NONE &&
           clock_now() - progress->last_shown >= REDRAW_SECONDS;
}

void progress_add_time(struct strbuf *text, double seconds)
{
    unsigned long long whole = seconds > 0 ? (unsigned long long)(seconds + 0.5) : 0;

    if (whole >= 3600)
        strbuf_addf(text, "%llu:%02llu:%02llu", whole / 3600, whole / 60 % 60,
                    whole % 60);
    else
        strbuf_addf(text, "%llu:%02llu", whole / 60, whole % 60);
}

void progress_add_number(struct strbuf *text, double number)
{
    char digits[64];
    int length = snprintf(digits, sizeof(digits), "%.0f", number > 0 ? number : 0);

    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            strbuf_add_char(text, ',');
        strbuf_add_char(text, digits[i]);
    }
}

void progress_cut(struct strbuf *text, size_t width)
{
    const char *bytes = strbuf_text(text);
    size_t characters = 0;
    size_t keep = 0; /* where the text must end to leave room for the dots */

    for (size_t i = 0; i < text->length; i++) {
        if (((unsigned char)bytes[i] & 0xc0) == 0x80)
            continue;
        if (characters == (width > 3 ? width - 3 : 0))
            keep = i;
        if (++characters > width) {
            strbuf_truncate(text, keep);
            for (size_t dots = 0; dots < 3 && dots < width; dots++)
                strbuf_add_char(text, '.');
            return;
        }
    }
}

double progress_fraction(const struct progress_item *item)
{
    double part = item->total > 0 ? item->done / item->total : item->is_finished;

    return part < 0 ? 0 : part > 1 ? 1 : part;
}

double progress_remaining(const struct progress_item *item)
{
    /* Jobs differ too much from each other to say anything about the next. */
    if (item->rate <= 0 || item->total <= 0 || item->waits_for != NULL ||
        strcmp(item->unit, "jobs") == 0)
        return -1;
    return item->total > item->done ? (item->total - item->done) / item->rate : 0;
}

void progress_add_line(struct strbuf *line, const struct progress_item *item,
                       size_t width)
{
    double seconds = progress_remaining(item);

    strbuf_addf(line, "%-24s %-12s %5.1f %%", item->table, item->phase,
                100 * progress_fraction(item));
    if (item->rows >= 0) {
        strbuf_add_string(line, "  ");
        progress_add_number(line, item->rows);
        strbuf_add_string(line, " rows");
    } else {
        strbuf_add_string(line, "  ");
        progress_add_number(line, item->done);
        strbuf_add_string(line, " of ");
        progress_add_number(line, item->total);
        strbuf_addf(line, " %s", item->unit);
    }
    if (item->rows_rate > 0) {
        strbuf_add_string(line, "  ");
        progress_add_number(line, item->rows_rate);
        strbuf_add_string(line, " rows/s");
    }
    if (seconds >= 0) {
        strbuf_add_string(line, "  ETA ");
        progress_add_time(line, seconds);
    }
    if (item->detail != NULL)
        strbuf_addf(line, "  %s", item->detail);
    if (item->waits_for != NULL)
        strbuf_addf(line, "  waits for %s", item->waits_for);
    if (width > 0)
        progress_cut(line, width);
}

/* Over all of the phase, so that one slow range does not make the ETA jump, but with
 * the units of this run only. */
void progress_measure(struct progress_item *items, size_t count)
{
    double now = clock_now();

    for (size_t i = 0; i < count; i++) {
        struct progress_item *item = &items[i];
        double elapsed = item->started > 0 ? now - item->started : 0;

        if (!item->is_active || elapsed < RATE_AFTER_SECONDS)
            continue;
        item->rate = (item->done - item->done_before) / elapsed;
        item->rows_rate =
            item->rows >= 0 ? (item->rows - item->rows_before) / elapsed : 0;
    }
}

static void draw(struct progress *progress, const struct progress_item *items,
                 size_t count)
{
    struct winsize size = {0, 0, 0, 0};
    struct strbuf line = STRBUF_INIT;
    size_t finished = 0;
    size_t lines = 0;
    size_t most;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20 ||
        size.ws_row < 3) {
        size.ws_col = 80;
        size.ws_row = 24;
    }
    most = (size_t)size.ws_row - 2;
    add_home(progress);
    for (size_t i = 0; i < count; i++) {
        finished += items[i].is_finished;
        if (!items[i].is_active || lines >= most)
            continue;
        strbuf_truncate(&line, 0);
        progress_add_line(&line, &items[i], (size_t)size.ws_col - 1);
        strbuf_addf(&progress->frame, "%s\033[K\n", strbuf_text(&line));
        lines++;
    }
    strbuf_addf(&progress->frame, "%zu of %zu phases done\033[K\n\033[J", finished,
                count);
    progress->lines = lines + 1;
    write_frame(progress);
    strbuf_clear(&line);
}

/* What took no time is not worth a line: dozens of small tables are done in a blink. */
static void announce(const struct progress_item *item)
{
    struct strbuf line = STRBUF_INIT;

    if (item->started > 0 && item->ended - item->started < 0.1)
        return;
    strbuf_addf(&line, "%s: %s done", item->table, item->phase);
    if (item->rows >= 0) {
        strbuf_add_string(&line, ", ");
        progress_add_number(&line, item->rows);
        strbuf_add_string(&line, " rows");
    }
    if (item->started > 0)
        strbuf_addf(&line, ", %.1f s", item->ended - item->started);
    log_info("%s", strbuf_text(&line));
    strbuf_clear(&line);
}

static void put_json(struct strbuf *out, const struct progress_item *item)
{
    double seconds = progress_remaining(item);
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:s, s:f, s:f, s:f, s:b}", "event", "progress",
                  "table", item->table, "phase", item->phase, "unit", item->unit,
                  "done", item->done, "total", item->total, "percent",
                  100 * progress_fraction(item), "finished", (int)item->is_finished);
    char *line;

    if (object == NULL)
        return;
    if (item->rows >= 0)
        (void)json_object_set_new(object, "rows", json_integer((json_int_t)item->rows));
    if (item->rows_rate > 0)
        (void)json_object_set_new(object, "rows_per_second",
                                  json_real(item->rows_rate));
    if (seconds >= 0)
        (void)json_object_set_new(object, "eta_seconds", json_real(round(seconds)));
    if (item->detail != NULL)
        (void)json_object_set_new(object, "detail", json_string(item->detail));
    if (item->waits_for != NULL)
        (void)json_object_set_new(object, "waits_for", json_string(item->waits_for));
    line = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(6));
    if (line != NULL)
        strbuf_addf(out, "%s\n", line);
    free(line);
    json_decref(object);
}

void progress_show(struct progress *progress, struct progress_item *items, size_t count)
{
    double now = clock_now();
    bool is_log_time = now - progress->last_logged >= LOG_SECONDS;

    progress->last_shown = now;
    if (observer.function != NULL)
        observer.function(observer.context, items, count);
    if (progress->style == PROGRESS_NONE)
        return;
    progress_measure(items, count);
    for (size_t i = 0; i < count; i++) {
        struct progress_item *item = &items[i];
        bool is_news = item->is_finished && !item->is_announced;

        item->is_announced = item->is_finished;
        /* What an earlier run has done is not news. */
        is_news = is_news && item->done > item->done_before;
        if (progress->style == PROGRESS_JSON && (item->is_active || is_news)) {
            put_json(&progress->frame, item);
        } else if (progress->style != PROGRESS_JSON && is_news) {
            announce(item);
        } else if (progress->style == PROGRESS_PLAIN && item->is_active &&
                   is_log_time) {
            struct strbuf line = STRBUF_INIT;

            progress_add_line(&line, item, 0);
            log_info("%s", strbuf_text(&line));
            strbuf_clear(&line);
        }
    }
    if (is_log_time)
        progress->last_logged = now;
    if (progress->style == PROGRESS_JSON)
        write_frame(progress);
    else if (progress->style == PROGRESS_AUTO)
        draw(progress, items, count);
}
