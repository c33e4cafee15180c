/* SPDX-License-Identifier: Apache-2.0
 *
 * drain.h - waits until Airflow's workers have nothing in hand.
 */
#ifndef AIRSHIFT_OPERATOR_DRAIN_H
#define AIRSHIFT_OPERATOR_DRAIN_H

#include <stdbool.h>

#include "dialect.h"

struct drain_options {
    const struct url *url;
    double limit_seconds;
    double interval_seconds; /* between two looks */
    bool goes_on;            /* after the limit: a warning instead of an error */
};

struct drain_result {
    long long in_flight; /* task instances, at the last look */
    long long silent;    /* of them: running without a sign of life for 5 minutes */
    long long unpaused;  /* DAGs that may start new ones */
    double seconds;
};

/* Looks until no task instance is running, queued or restarting; says what there is
 * whenever that changes. ERR_TIMEOUT at the limit, unless it goes on. Reads only. */
int drain_wait(const struct drain_options *options, struct drain_result *result,
               struct err *err) __attribute__((warn_unused_result));

#endif
