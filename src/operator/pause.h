/* SPDX-License-Identifier: Apache-2.0
 *
 * pause.h - stops the scheduling of all DAGs, remembers which ran, and gives those
 * back. The memory is in the database: a replica has it, a restore brings it back.
 */
#ifndef AIRSHIFT_OPERATOR_PAUSE_H
#define AIRSHIFT_OPERATOR_PAUSE_H

#include <stdbool.h>

#include "base/arena.h"
#include "dialect.h"

struct pause_result {
    long long stopped; /* by this call */
    long long kept;    /* by this and earlier ones, to be given back */
    long long paused;  /* all that are paused now, whoever did it */
    long long total;
};

/* Pauses all DAGs in one transaction. Again while a pause is in force: those that have
 * come since, or were unpaused by somebody, are stopped and remembered, too. */
int pause_dags(const struct url *url, struct pause_result *result, struct err *err)
    __attribute__((warn_unused_result));

struct unpause_options {
    const struct url *url;
    const struct list *first;  /* const char *: ids, in this order before all others */
    const char *first_tag;     /* and those with this tag; NULL: none */
    double gap_seconds;        /* after each of these, and between batches */
    long long batch;           /* so many of the others at once; 0: all */
    long long max_active_runs; /* at most, until Airflow parses the file; 0: as it is */
    bool only_first;           /* leave the others for another call */
};

struct unpause_result {
    long long given; /* by this call */
    long long gone;  /* of them: DAGs that are not there any more */
    long long left;  /* still remembered as stopped */
};

/* Gives back what pause_dags() stopped, and nothing else. Each DAG is written down with
 * its change, so that a call that was cut short is gone on with by another. ERR_STATE
 * without a pause, or for ids that are no DAG's. */
int unpause_dags(const struct unpause_options *options, struct unpause_result *result,
                 struct err *err) __attribute__((warn_unused_result));

#endif
