/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_drain.c - `airshift drain`: waits for the tasks that Airflow's workers have.
 */
#include "config.h"

#include <stdio.h>

#include "base/log.h"
#include "cmd.h"
#include "interrupt.h"
#include "operator/drain.h"

enum { LIMIT_MINUTES = 30, INTERVAL_SECONDS = 5 };

static const struct option_def options[] = {
    COMMAND_URL_OPTIONS,
    {"limit", OPTION_NUMBER, "MINUTES", "how long to wait (default 30)"},
    {"on-limit", OPTION_TEXT, "WHAT", "stop (default), or continue with a warning"},
    {"interval", OPTION_NUMBER, "SECONDS", "between two looks (default 5)"},
    {"json-log", OPTION_FLAG, NULL, "log lines as JSON"},
    {NULL, OPTION_FLAG, NULL, NULL},
};

static int run(struct command_context *context, enum exit_code *exit_code,
               struct err *err)
{
    static const char *const answers[] = {"stop", "continue"};
    struct drain_options drain = {0};
    struct drain_result result = {0};
    struct url url = {0};
    int answer = 0;
    int status;

    (void)exit_code;
    log_setup(LOG_INFO, option_flag(context, "json-log"));
    interrupt_catch();
    drain.limit_seconds = option_number(context, "limit", LIMIT_MINUTES) * 60;
    drain.interval_seconds = option_number(context, "interval", INTERVAL_SECONDS);
    if (drain.interval_seconds < 0.1 || drain.interval_seconds > 3600)
        return err_set(err, ERR_USAGE, "--interval takes 0.1 to 3600 seconds");
    if (command_choose(context, "on-limit", answers, 2, &answer, err) != 0 ||
        command_look_url(context, &url, err) != 0)
        return -1;
    drain.goes_on = answer == 1;
    drain.url = &url;
    status = drain_wait(&drain, &result, err);
    if (status == 0)
        (void)printf("%lld task instances in flight, after %.0f s\n", result.in_flight,
                     result.seconds);
    url_clear(&url);
    return status;
}

const struct command cmd_drain = {
    "drain", "wait until no task is in flight", "[OPTION ...]", options, run,
};
