/* SPDX-License-Identifier: Apache-2.0
 *
 * switch_tool.c - a program that is the switch and nothing else, for the tests that
 * need the fault hooks whatever the released binary was built with.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/exit_code.h"
#include "base/log.h"
#include "cmd_switch.h"

int main(int argc, char **argv)
{
    struct err err;
    int status;

    err_clear(&err);
    if (argc == 4 && strcmp(argv[1], "inspect") == 0)
        status = cmd_inspect_states_run(argv[3], &err);
    else
        status = argc < 2 ? err_set(&err, ERR_USAGE, "a command is missing")
                          : cmd_switch_run(argc - 1, argv + 1, &err);
    if (status == 0)
        return EXIT_CODE_OK;
    log_err(&err);
    return (int)exit_code_of(err.category);
}
