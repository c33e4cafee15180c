/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_pause.c - `airshift pause`: no DAG starts anything, and which did is remembered.
 */
#include "config.h"

#include <stdio.h>

#include "base/log.h"
#include "cmd.h"
#include "interrupt.h"
#include "operator/pause.h"

static const struct option_def options[] = {
    COMMAND_URL_OPTIONS,
    {"json", OPTION_FLAG, NULL, "print JSON"},
    {NULL, OPTION_FLAG, NULL, NULL},
};

static int run(struct command_context *context, enum exit_code *exit_code,
               struct err *err)
{
    struct pause_result result;
    struct url url = {0};
    int status;

    (void)exit_code;
    interrupt_catch();
    if (command_look_url(context, &url, err) != 0)
        return -1;
    status = pause_dags(&url, &result, err);
    if (status == 0 && option_flag(context, "json"))
        (void)printf("{\"format_version\":1,\"stopped\":%lld,\"to_give_back\":%lld,"
                     "\"paused\":%lld,\"total\":%lld}\n",
                     result.stopped, result.kept, result.paused, result.total);
    else if (status == 0)
        (void)printf("%lld DAGs stopped, %lld of %lld are paused; \"airshift unpause\" "
                     "gives %lld back\n",
                     result.stopped, result.paused, result.total, result.kept);
    if (status == 0 && result.paused < result.total)
        status = err_set(err, ERR_STATE, "%lld of %lld DAGs are not paused",
                         result.total - result.paused, result.total);
    url_clear(&url);
    return status;
}

const struct command cmd_pause = {
    "pause", "pause all DAGs and remember which ran", "[OPTION ...]", options, run,
};
