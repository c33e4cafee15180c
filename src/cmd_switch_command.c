/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_switch_command.c - `airshift switch` in the table of subcommands; cmd_switch.c does
 * the work, and takes its arguments as main() does.
 */
#include "config.h"

#include "cmd.h"
#include "cmd_switch.h"

static const struct option_def options[] = {
    {"config", OPTION_TEXT, "FILE", "configuration file of the switch"},
    {"until", OPTION_TEXT, "STATE", "stop once this state is reached"},
    {"dry-run", OPTION_FLAG, NULL, "show every action and its SQL, change nothing"},
    {"step", OPTION_FLAG, NULL, "wait for a key before each action"},
    {"no-watchdog", OPTION_FLAG, NULL,
     "leave blue fenced if airshift dies, for a resume"},
    {"json", OPTION_FLAG, NULL, "print JSON"},
    {NULL, OPTION_FLAG, NULL, NULL},
};

static int run(struct command_context *context, enum exit_code *exit_code,
               struct err *err)
{
    const char *arguments[12] = {"switch"};
    int count = 1;

    (void)exit_code;
    if (context->argument_count != 1)
        return err_set(err, ERR_USAGE,
                       "switch takes one of start, cutover, rollback, abort, "
                       "resume, finish and status");
    if (option_text(context, "config") != NULL) {
        arguments[count++] = "--config";
        arguments[count++] = option_text(context, "config");
    }
    if (option_text(context, "until") != NULL) {
        arguments[count++] = "--until";
        arguments[count++] = option_text(context, "until");
    }
    if (option_flag(context, "dry-run"))
        arguments[count++] = "--dry-run";
    if (option_flag(context, "step"))
        arguments[count++] = "--step";
    if (option_flag(context, "no-watchdog"))
        arguments[count++] = "--no-watchdog";
    if (option_flag(context, "json"))
        arguments[count++] = "--json";
    arguments[count++] = context->arguments[0];
    return cmd_switch_run(count, (char **)arguments, err);
}

const struct command cmd_switch = {
    "switch",
    "move to a migrated replica, with a way back",
    "start|cutover|rollback|abort|resume|finish|status --config FILE [OPTION ...]",
    options,
    run,
};
