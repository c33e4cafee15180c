/* SPDX-License-Identifier: Apache-2.0
 *
 * wait.h - waiting for something in the world outside, always with a deadline and
 * always with an ear for SIGINT and SIGTERM.
 */
#ifndef AIRSHIFT_DIALECTS_WAIT_H
#define AIRSHIFT_DIALECTS_WAIT_H

#include <stdbool.h>

#include "base/err.h"

struct deadline {
    double at;      /* of the monotonic clock */
    double seconds; /* as it was asked for, for the message */
};

struct deadline deadline_in(double seconds);
bool deadline_is_over(const struct deadline *deadline);
double deadline_left(const struct deadline *deadline); /* never negative */

/* One turn of a loop that looks until something is so: sleeps for a part of what has been
 * waited since the deadline was set, and at most `milliseconds`. -1 with ERR_TIMEOUT ("waited 30 s for <what>") or ERR_INTERRUPTED. */
int wait_turn(const struct deadline *deadline, int milliseconds, const char *what,
              struct err *err) __attribute__((warn_unused_result));

#endif
