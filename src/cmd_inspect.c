/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_inspect.c - `airshift inspect`: the program's own tables, for review.
 */
#include "config.h"

#include <string.h>

#include "cmd.h"
#include "cmd_switch.h"

static const struct option_def options[] = {
    {"format", OPTION_TEXT, "FORMAT", "dot (default) or json"},
    {NULL, OPTION_FLAG, NULL, NULL},
};

static int run(struct command_context *context, enum exit_code *exit_code,
               struct err *err)
{
    const char *format = option_text(context, "format");

    (void)exit_code;
    if (context->argument_count != 1 || strcmp(context->arguments[0], "states") != 0)
        return err_set(err, ERR_USAGE, "inspect takes \"states\"");
    return cmd_inspect_states_run(format != NULL ? format : "dot", err);
}

const struct command cmd_inspect = {
    "inspect", "print the state machine of the switch", "states [OPTION ...]", options,
    run,
};
