/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_switch.h - entry points of "airshift switch" and "airshift inspect states".
 */
#ifndef AIRSHIFT_CMD_SWITCH_H
#define AIRSHIFT_CMD_SWITCH_H

#include "base/err.h"

/* argv[0] is the command's name ("switch"); then start, cutover, rollback, abort,
 * resume, finish or status, --config FILE, --until STATE, --dry-run,
 * --step, --no-watchdog and --json.
 */
int cmd_switch_run(int argc, char **argv, struct err *err);

/* Waits for a key (cmd_switch_step.c); -1 with ERR_INTERRUPTED where the operator does
 * not want the action. */
int cmd_switch_step(const char *action, const char *comment, struct err *err);

/* The transition table, as "dot" or "json". */
int cmd_inspect_states_run(const char *format, struct err *err);

#endif
