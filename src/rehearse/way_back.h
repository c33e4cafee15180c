/* SPDX-License-Identifier: Apache-2.0
 *
 * way_back.h - how long the way back of a migration in place takes: a backup, restored.
 */
#ifndef AIRSHIFT_REHEARSE_WAY_BACK_H
#define AIRSHIFT_REHEARSE_WAY_BACK_H

#include "dialect.h"
#include "rehearse/rehearsal.h"

struct way_back_options {
    const struct url *url;         /* of the database that is backed up; not changed */
    struct connection *connection; /* to it */
    const char *scratch;           /* database that is made, and dropped if it exists */
    const char *directory;         /* made for the backup's files, removed in the end */
    unsigned workers;
};

/* Backs the database up, restores it into `scratch` and compares every row; fills
 * `way_back`. The caller drops `scratch`. */
int way_back_rehearse(const struct way_back_options *options,
                      struct rehearsal_way_back *way_back, struct err *err)
    __attribute__((warn_unused_result));

#endif
