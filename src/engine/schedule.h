/* SPDX-License-Identifier: Apache-2.0
 *
 * schedule.h - which job comes first: the one at the head of the longest chain of
 * estimated seconds. Arithmetic on the graph only.
 */
#ifndef AIRSHIFT_ENGINE_SCHEDULE_H
#define AIRSHIFT_ENGINE_SCHEDULE_H

#include "base/err.h"
#include "engine/job.h"

struct schedule {
    double *after;   /* a job: seconds of the longest chain of jobs that wait for it */
    size_t *waiters; /* the jobs that wait for job i: waiters[first[i]] up to ... */
    size_t *waiters_from; /* ... waiters[first[i + 1] - 1] */
};

/* ERR_INTERNAL when the graph has a cycle, a need that is no job, or an id twice. */
int schedule_init(struct schedule *schedule, const struct job_graph *graph,
                  struct err *err);
void schedule_clear(struct schedule *schedule);

/* What a job and all that hangs on it take, `left` (0 to 1) of the job itself
 * remaining. */
double schedule_priority(const struct schedule *schedule, const struct job_graph *graph,
                         size_t job, double left);

#endif
