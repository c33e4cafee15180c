/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd.h - the subcommands, one a file cmd_<name>.c.
 */
#ifndef AIRSHIFT_CMD_H
#define AIRSHIFT_CMD_H

#include "command.h"

extern const struct command cmd_plan;
extern const struct command cmd_preflight;
extern const struct command cmd_migrate;
extern const struct command cmd_downgrade;
extern const struct command cmd_check;
extern const struct command cmd_verify;
extern const struct command cmd_status;
extern const struct command cmd_monitor;
extern const struct command cmd_doctor;
extern const struct command cmd_switch;
extern const struct command cmd_inspect;
extern const struct command cmd_backup;
extern const struct command cmd_restore;
extern const struct command cmd_rehearse;
extern const struct command cmd_runbook;
extern const struct command cmd_pause;
extern const struct command cmd_drain;
extern const struct command cmd_unpause;
extern const struct command cmd_watch;
extern const struct command cmd_clean;

#endif
