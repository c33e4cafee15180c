/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_status.c - `airshift status`: what the database says of a migration under way. Read
 * only; meant for a second terminal.
 */
#include "config.h"

#include "cmd.h"
#include "interrupt.h"
#include "status/watch.h"

static const struct option_def options[] = {
    COMMAND_URL_OPTIONS,
    {"watch", OPTION_FLAG, NULL, "look again and again, until the migration is over"},
    {"interval", OPTION_NUMBER, "SECONDS",
     "between two looks (default 2 on a terminal, else 10)"},
    {"json", OPTION_FLAG, NULL, "print JSON, an object a look"},
    {"metrics-file", OPTION_TEXT, "FILE",
     "write Prometheus' text format there, as node_exporter reads it"},
    {NULL, OPTION_FLAG, NULL, NULL},
};

static int run(struct command_context *context, enum exit_code *exit_code,
               struct err *err)
{
    struct watch_options watch = {0};
    struct url url = {0};
    int status;

    (void)exit_code;
    interrupt_catch();
    watch.is_repeated = option_flag(context, "watch");
    watch.is_json = option_flag(context, "json");
    watch.metrics_file = option_text(context, "metrics-file");
    watch.interval_seconds = option_number(context, "interval", 0);
    if (option_text(context, "interval") != NULL &&
        (watch.interval_seconds < 0.1 || watch.interval_seconds > 3600))
        return err_set(err, ERR_USAGE, "--interval takes 0.1 to 3600 seconds");
    if (option_text(context, "interval") != NULL && !watch.is_repeated)
        return err_set(err, ERR_USAGE, "--interval goes with --watch");
    if (command_look_url(context, &url, err) != 0)
        return -1;
    watch.url = &url;
    status = status_watch(&watch, err);
    url_clear(&url);
    return status;
}

const struct command cmd_status = {
    "status", "show a migration under way", "[OPTION ...]", options, run,
};
