/* SPDX-License-Identifier: Apache-2.0
 *
 * worker.h - the steps of a session's work.
 */
#ifndef AIRSHIFT_ENGINE_WORKER_H
#define AIRSHIFT_ENGINE_WORKER_H

#include "engine/run.h"

/* Gives an open, free session a job to do (for JOB_RANGE: the next range, or what
 * records that all are done). */
void worker_assign(struct engine *engine, struct worker *worker, size_t job);

/* Its descriptor is readable. */
void worker_event(struct engine *engine, struct worker *worker);

/* For isolate.c: the bad row in worker->range goes into quarantine, or is counted. */
void worker_set_aside(struct engine *engine, struct worker *worker);
void worker_fail_row(struct engine *engine, struct worker *worker);

#endif
