/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_monitor.c - `airshift monitor`: is a running migration slow or stuck? Read only.
 */
#include "config.h"

#include "cmd.h"
#include "interrupt.h"
#include "monitor/monitor.h"

enum { INTERVAL_SECONDS = 3 };

static const struct option_def options[] = {
    COMMAND_URL_OPTIONS,
    {"interval", OPTION_NUMBER, "SECONDS", "between the two looks (default 3)"},
    {"watch", OPTION_FLAG, NULL, "look again and again, until the migration is over"},
    {"json", OPTION_FLAG, NULL, "print JSON, an object a report"},
    {NULL, OPTION_FLAG, NULL, NULL},
};

static enum exit_code exit_code_for(enum monitor_verdict verdict)
{
    switch (verdict) {
    case VERDICT_MOVING:
        break;
    case VERDICT_SLOW:
        return EXIT_CODE_SLOW;
    case VERDICT_WAITING:
        return EXIT_CODE_WAITING;
    case VERDICT_IDLE:
        return EXIT_CODE_IDLE;
    case VERDICT_BROKEN:
        return EXIT_CODE_BROKEN;
    case VERDICT_NOTHING:
        return EXIT_CODE_NOTHING;
    }
    return EXIT_CODE_OK;
}

static int run(struct command_context *context, enum exit_code *exit_code,
               struct err *err)
{
    struct monitor_options monitor = {0};
    enum monitor_verdict verdict;
    struct url url = {0};
    int status;

    interrupt_catch();
    monitor.interval_seconds = option_number(context, "interval", INTERVAL_SECONDS);
    monitor.is_repeated = option_flag(context, "watch");
    monitor.is_json = option_flag(context, "json");
    if (monitor.interval_seconds < 0.1 || monitor.interval_seconds > 3600)
        return err_set(err, ERR_USAGE, "--interval takes 0.1 to 3600 seconds");
    if (command_look_url(context, &url, err) != 0)
        return -1;
    monitor.url = &url;
    status = monitor_run(&monitor, &verdict, err);
    url_clear(&url);
    /* A watch ends well when the migration that it saw is over. */
    if (status == 0 && !(monitor.is_repeated && verdict == VERDICT_NOTHING))
        *exit_code = exit_code_for(verdict);
    return status;
}

const struct command cmd_monitor = {
    "monitor", "say whether a migration is slow or stuck", "[OPTION ...]", options, run,
};
