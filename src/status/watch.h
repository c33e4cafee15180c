/* SPDX-License-Identifier: Apache-2.0
 *
 * watch.h - looks once, or again and again from a second terminal, and shows what it
 * sees.
 */
#ifndef AIRSHIFT_STATUS_WATCH_H
#define AIRSHIFT_STATUS_WATCH_H

#include <stdbool.h>

#include "dialect.h"

struct watch_options {
    const struct url *url;
    bool is_repeated; /* until a migration that was seen is over, or a signal comes */
    double interval_seconds; /* between two looks; 0: 2 on a terminal, 10 elsewhere */
    bool is_json;
    const char *metrics_file; /* NULL: none */
};

/* Writes to standard output. A first connection that fails is an error; one that is lost
 * while watching is said and opened again. */
int status_watch(const struct watch_options *options, struct err *err)
    __attribute__((warn_unused_result));

#endif
