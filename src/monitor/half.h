/* SPDX-License-Identifier: Apache-2.0
 *
 * half.h - a migration that is over, and was not finished: a revision that is applied in
 * part.
 */
#ifndef AIRSHIFT_MONITOR_HALF_H
#define AIRSHIFT_MONITOR_HALF_H

#include "monitor/judge.h"

/* Where nothing is migrating, asks the doctor; a revision that is applied in part makes the
 * verdict VERDICT_BROKEN. Where the doctor cannot look, the report says so. */
void monitor_look_for_half(struct arena *arena, struct connection *connection,
                           const struct url *url, struct monitor_report *report);

#endif
