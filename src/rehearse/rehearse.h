/* SPDX-License-Identifier: Apache-2.0
 *
 * rehearse.h - the whole migration on a copy of a database that nobody uses, watched;
 * beside the real Airflow's on request.
 */
#ifndef AIRSHIFT_REHEARSE_REHEARSE_H
#define AIRSHIFT_REHEARSE_REHEARSE_H

#include "migrate/migrate.h"
#include "rehearse/rehearsal.h"

struct rehearse_options {
    struct migrate_options migrate; /* its URL is the database that is copied */
    const struct url *production;   /* whose sizes count; NULL: those of the copy */
    const char *airflow;            /* the program; NULL: airshift alone */
    const char *log_directory;      /* for what that program prints */
    double window_seconds;
    bool keeps_copies;
    bool tries_way_back; /* a backup of the database, and its restore, are timed too */
};

/* Copies the database within its server, migrates and verifies the copy, and removes it.
 * Neither the database nor production is changed. That the migration fails is a result,
 * not an error. The rehearsal's strings live in `arena`. */
int rehearse_run(const struct rehearse_options *options, struct rehearsal *rehearsal,
                 struct arena *arena, struct err *err)
    __attribute__((warn_unused_result));

#endif
