/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_watch.c - `airshift watch`: are DAGs scheduled on time after the switch? Reads only,
 * unless it is told to clear what is stuck.
 */
#include "config.h"

#include "cmd.h"
#include "cmd_first.h"
#include "interrupt.h"
#include "watch/watch.h"

enum {
    INTERVAL_SECONDS = 10,
    GRACE_SECONDS = 60,
    STUCK_MINUTES = 5,
    WINDOW_MINUTES = 60,
    SILENT_SECONDS = 60,
    MINUTE = 60,
};

static const struct option_def options[] = {
    COMMAND_URL_OPTIONS,
    {"first", OPTION_TEXT, "IDS", "critical DAGs, separated by commas"},
    {"first-file", OPTION_TEXT, "FILE", "critical DAGs, one a line"},
    {"first-tag", OPTION_TEXT, "TAG", "and those with this tag"},
    {"grace", OPTION_NUMBER, "SECONDS", "how late a run may begin (default 60)"},
    {"stuck", OPTION_NUMBER, "MINUTES",
     "how long a task may be queued or scheduled (default 5)"},
    {"window", OPTION_NUMBER, "MINUTES", "runs that were due so long ago (default 60)"},
    {"interval", OPTION_NUMBER, "SECONDS", "between two looks (default 10)"},
    {"for", OPTION_NUMBER, "MINUTES", "how long (default: until a signal comes)"},
    {"once", OPTION_FLAG, NULL, "look once"},
    {"clear-stuck", OPTION_FLAG, NULL,
     "with --once: list the tasks that are stuck, those of critical DAGs first"},
    {"yes", OPTION_FLAG, NULL, "and clear them, so that the scheduler takes them anew"},
    {"only-first", OPTION_FLAG, NULL, "clear tasks of critical DAGs only"},
    {"json", OPTION_FLAG, NULL, "print JSON, an object a look"},
    {NULL, OPTION_FLAG, NULL, NULL},
};

static int check_clearing(const struct command_context *context,
                          const struct airflow_watch_options *watch, struct err *err)
{
    const struct watch_clearing *clearing = &watch->clearing;

    if (!clearing->is_wanted && (clearing->is_done || clearing->only_first))
        return err_set(err, ERR_USAGE, "--yes and --only-first go with --clear-stuck");
    if (clearing->is_wanted && (!watch->is_once || watch->is_json))
        return err_set(err, ERR_USAGE,
                       "--clear-stuck goes with --once, without --json");
    if (clearing->only_first && watch->first_tag == NULL &&
        option_text(context, "first") == NULL &&
        option_text(context, "first-file") == NULL)
        return err_set(err, ERR_USAGE,
                       "--only-first goes with --first, --first-file or --first-tag");
    return 0;
}

static int read_options(const struct command_context *context,
                        struct airflow_watch_options *watch, struct err *err)
{
    watch->first_tag = option_text(context, "first-tag");
    watch->limits.grace_seconds = option_number(context, "grace", GRACE_SECONDS);
    watch->limits.stuck_seconds =
        option_number(context, "stuck", STUCK_MINUTES) * MINUTE;
    watch->limits.window_seconds =
        option_number(context, "window", WINDOW_MINUTES) * MINUTE;
    watch->limits.silent_seconds = SILENT_SECONDS;
    watch->interval_seconds = option_number(context, "interval", INTERVAL_SECONDS);
    watch->for_seconds = option_number(context, "for", 0) * MINUTE;
    watch->is_once = option_flag(context, "once");
    watch->is_json = option_flag(context, "json");
    watch->clearing.is_wanted = option_flag(context, "clear-stuck");
    watch->clearing.is_done = option_flag(context, "yes");
    watch->clearing.only_first = option_flag(context, "only-first");
    if (watch->interval_seconds < 0.1 || watch->interval_seconds > 3600)
        return err_set(err, ERR_USAGE, "--interval takes 0.1 to 3600 seconds");
    if (watch->limits.window_seconds < 1 ||
        watch->limits.window_seconds > 366.0 * 24 * 60 * MINUTE)
        return err_set(err, ERR_USAGE, "--window takes a minute to a year");
    if (watch->is_once && (option_text(context, "interval") != NULL ||
                           option_text(context, "for") != NULL))
        return err_set(err, ERR_USAGE, "--once goes without --interval and --for");
    return check_clearing(context, watch, err);
}

static int run(struct command_context *context, enum exit_code *exit_code,
               struct err *err)
{
    struct airflow_watch_options watch = {0};
    struct arena *arena = arena_new();
    struct list first = {0};
    struct url url = {0};
    bool is_late = false;
    int status = -1;

    interrupt_catch();
    watch.first = &first;
    watch.url = &url;
    if (read_options(context, &watch, err) == 0 &&
        command_first(context, arena, &first, err) == 0 &&
        command_any_url(context, &url, err) == 0)
        status = airflow_watch(&watch, &is_late, err);
    if (status == 0 && is_late)
        *exit_code = EXIT_CODE_LATE;
    url_clear(&url);
    arena_free(arena);
    return status;
}

const struct command cmd_watch = {
    "watch", "say whether DAGs are scheduled on time", "[OPTION ...]", options, run,
};
