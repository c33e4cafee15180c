/* SPDX-License-Identifier: Apache-2.0
 *
 * watch.c - one screen that is drawn over itself on a terminal; otherwise a line, or an
 * object, a look.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "interrupt.h"
#include "state/file.h"
#include "status/show.h"
#include "status/watch.h"

enum { TERMINAL_SECONDS = 2, PLAIN_SECONDS = 10, MILLISECONDS = 1000 };
/* It holds nothing secret, and node_exporter is another user. */
enum { METRICS_MODE = 0644 };

struct watch {
    const struct watch_options *options;
    struct connection *connection;
    struct status_look look; /* the last one; no arena: none */
    bool is_screen;          /* draws over itself */
    bool is_drawn;
    bool has_seen; /* a migration */
};

static int put_metrics(const struct watch *watch, const struct status_look *look,
                       struct err *err)
{
    struct strbuf text = STRBUF_INIT;
    int status;

    if (watch->options->metrics_file == NULL)
        return 0;
    status_add_metrics(&text, look);
    status = file_write(watch->options->metrics_file, strbuf_text(&text), text.length,
                        METRICS_MODE, FILE_OWNER_KEEP, 0, err);
    strbuf_clear(&text);
    return status;
}

static void add_clock(struct strbuf *out)
{
    char text[32];
    time_t now = time(NULL);
    struct tm parts;

    (void)gmtime_r(&now, &parts);
    (void)strftime(text, sizeof(text), "%H:%M:%SZ", &parts);
    strbuf_add_string(out, text);
}

/* The frame goes out in one write over the old one, so that nothing flickers. */
static void draw(struct watch *watch, const struct strbuf *text)
{
    struct strbuf frame = STRBUF_INIT;
    struct winsize size = {0, 0, 0, 0};
    const char *line = strbuf_text(text);
    int rows = 24;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 2)
        rows = size.ws_row;
    strbuf_add_string(&frame, watch->is_drawn ? "\033[H" : "\033[H\033[2J");
    while (*line != '\0' && rows-- > 1) {
        size_t length = strcspn(line, "\n");

        strbuf_add(&frame, line, length);
        strbuf_add_string(&frame, "\033[K\n");
        line += length + (line[length] == '\n');
    }
    strbuf_add_string(&frame, "\033[J");
    (void)fwrite(strbuf_text(&frame), 1, frame.length, stdout);
    strbuf_clear(&frame);
    watch->is_drawn = true;
}

static size_t screen_width(const struct watch *watch)
{
    struct winsize size = {0, 0, 0, 0};

    if (!watch->is_screen)
        return 0;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20
               ? (size_t)size.ws_col - 1
               : 79;
}

static void show(struct watch *watch, const struct status_look *look,
                 const struct err *problem)
{
    struct strbuf text = STRBUF_INIT;

    if (watch->options->is_json && look != NULL) {
        status_add_json(&text, look);
    } else if (!watch->options->is_json) {
        if (watch->options->is_repeated) {
            add_clock(&text);
            strbuf_add_string(&text, watch->is_screen ? "\n" : " ");
        }
        if (look == NULL)
            strbuf_addf(&text, "no answer: %s\n", problem->text);
        else if (watch->options->is_repeated && !watch->is_screen) {
            status_add_brief(&text, look);
            strbuf_add_char(&text, '\n');
        } else {
            status_add_text(&text, look, screen_width(watch));
        }
    }
    if (watch->is_screen)
        draw(watch, &text);
    else
        (void)fwrite(strbuf_text(&text), 1, text.length, stdout);
    (void)fflush(stdout);
    strbuf_clear(&text);
}

static int look(struct watch *watch, struct err *err)
{
    struct status_look next;

    if (watch->connection == NULL)
        watch->connection = sql_connect(watch->options->url, "status", err);
    if (watch->connection == NULL ||
        status_look(watch->connection, watch->look.arena != NULL ? &watch->look : NULL,
                    &next, err) < 0)
        return -1;
    status_look_clear(&watch->look);
    watch->look = next;
    watch->has_seen = watch->has_seen || status_is_migration(&next);
    return 0;
}

/* A look that failed: the server may be away for a moment. */
static int survive(struct watch *watch, bool is_first, struct err *err)
{
    bool is_lost = err->category == ERR_CONNECT;
    struct err other = {0};

    if (put_metrics(watch, NULL, &other) < 0 || is_first || !is_lost ||
        !watch->options->is_repeated)
        return -1;
    sql_close(watch->connection);
    watch->connection = NULL;
    show(watch, NULL, err);
    err_clear(err);
    return 0;
}

static int wait(struct watch *watch, double seconds)
{
    struct timespec step = {0, 50L * 1000 * 1000};
    double waited = 0;
    struct err ignored = {0};

    if (watch->connection != NULL)
        return sql_pause(watch->connection, (unsigned)(seconds * MILLISECONDS) + 1,
                         &ignored);
    for (; waited < seconds && !interrupt_is_asked(); waited += 0.05)
        (void)nanosleep(&step, NULL);
    return interrupt_is_asked() ? -1 : 0;
}

static int run(struct watch *watch, struct err *err)
{
    double interval = watch->options->interval_seconds;

    if (interval <= 0)
        interval = watch->is_screen ? TERMINAL_SECONDS : PLAIN_SECONDS;
    for (bool is_first = true;; is_first = false) {
        if (look(watch, err) < 0) {
            if (interrupt_is_asked())
                return 0;
            if (survive(watch, is_first, err) < 0)
                return -1;
        } else {
            show(watch, &watch->look, NULL);
            if (put_metrics(watch, &watch->look, err) < 0)
                return -1;
            if (!watch->options->is_repeated ||
                (watch->has_seen && !status_is_migration(&watch->look)))
                return 0;
        }
        /* A signal ends a watch; nothing was left undone. */
        if (wait(watch, interval) < 0)
            return 0;
    }
}

int status_watch(const struct watch_options *options, struct err *err)
{
    const char *terminal = getenv("TERM");
    struct watch watch = {.options = options};
    int status;

    watch.is_screen = options->is_repeated && !options->is_json &&
                      isatty(STDOUT_FILENO) && terminal != NULL &&
                      strcmp(terminal, "dumb") != 0;
    status = run(&watch, err);
    status_look_clear(&watch.look);
    sql_close(watch.connection);
    return status;
}
