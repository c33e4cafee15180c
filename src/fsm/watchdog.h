/* SPDX-License-Identifier: Apache-2.0
 *
 * watchdog.h - a second process that lifts blue's fence when the first one dies before
 * the point of no return. It has a session of its own, so that what kills airshift's
 * process group leaves it alone, and inherits nothing but one end of a socket pair,
 * which tells it of the death.
 */
#ifndef AIRSHIFT_FSM_WATCHDOG_H
#define AIRSHIFT_FSM_WATCHDOG_H

#include "fsm/fsm.h"

/* Before an action that a state leads to: where a death would leave blue fenced, there
 * is a watchdog that is ready. One that has died itself is replaced. */
int watchdog_keep(struct switch_context *sw, enum fsm_state state, struct err *err)
    __attribute__((warn_unused_result));

/* The command is over and what it left is the operator's: the watchdog ends. It stays
 * where the fence was to be lifted and could not be. */
void watchdog_dismiss(struct switch_context *sw);

/* The watchdog itself. `socket` is its end of the pair. */
int watchdog_run(const char *config_path, int socket, struct err *err)
    __attribute__((warn_unused_result));

#endif
