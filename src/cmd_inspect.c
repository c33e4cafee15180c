/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_inspect.c - `airshift inspect`: what the program knows, for review.
 */
#include "config.h"

#include <string.h>

#include "cmd.h"
#include "cmd_inspect.h"
#include "cmd_switch.h"

static const struct option_def options[] = {
    COMMAND_URL_OPTIONS,
    {"format", OPTION_TEXT, "FORMAT", "of states: dot (default) or json"},
    {NULL, OPTION_FLAG, NULL, NULL},
};

static int run_catalog(struct command_context *context, struct err *err)
{
    struct url url = {0};
    int status;

    if (command_look_url(context, &url, err) != 0)
        return -1;
    status = cmd_inspect_catalog_run(&url, err);
    url_clear(&url);
    return status;
}

static int run(struct command_context *context, enum exit_code *exit_code,
               struct err *err)
{
    const char *format = option_text(context, "format");

    (void)exit_code;
    if (context->argument_count == 1 && strcmp(context->arguments[0], "catalog") == 0)
        return run_catalog(context, err);
    if (context->argument_count != 1 || strcmp(context->arguments[0], "states") != 0)
        return err_set(err, ERR_USAGE, "inspect takes \"states\" or \"catalog\"");
    return cmd_inspect_states_run(format != NULL ? format : "dot", err);
}

const struct command cmd_inspect = {
    "inspect",
    "print the state machine of the switch, or a database's tables",
    "states|catalog [OPTION ...]",
    options,
    run,
};
