/* SPDX-License-Identifier: Apache-2.0
 *
 * monitor.h - is a running migration, whoever's, slow or stuck? Looks twice at the server,
 * and often at the sessions in between, and says what it saw.
 */
#ifndef AIRSHIFT_MONITOR_MONITOR_H
#define AIRSHIFT_MONITOR_MONITOR_H

#include "monitor/judge.h"

struct monitor_options {
    const struct url *url;
    double interval_seconds; /* between the looks */
    bool is_repeated;        /* until a migration that was seen is over, or a signal */
    bool is_json;
};

/* Writes to standard output; `verdict` is the last one. Reads only. */
int monitor_run(const struct monitor_options *options, enum monitor_verdict *verdict,
                struct err *err) __attribute__((warn_unused_result));

#endif
