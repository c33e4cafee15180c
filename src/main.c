/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - the list of subcommands, and nothing else.
 */
#include "config.h"

#include <stddef.h>

#include "cmd.h"
#include "command.h"

/* clang-format off */
const struct command *const commands[] = {
    &cmd_plan,
    &cmd_preflight,
    &cmd_migrate,
    &cmd_downgrade,
    &cmd_check,
    &cmd_verify,
    &cmd_status,
    &cmd_monitor,
    &cmd_doctor,
    &cmd_switch,
    &cmd_backup,
    &cmd_restore,
    &cmd_rehearse,
    &cmd_runbook,
    &cmd_pause,
    &cmd_drain,
    &cmd_unpause,
    &cmd_watch,
    &cmd_clean,
    &cmd_inspect,
    NULL,
};
/* clang-format on */

int main(int argc, char **argv)
{
    return command_main(argc, argv);
}
