/* SPDX-License-Identifier: Apache-2.0
 *
 * isolate.h - what is said and done about a row that cannot be converted, once it is
 * alone.
 */
#ifndef AIRSHIFT_ENGINE_ISOLATE_H
#define AIRSHIFT_ENGINE_ISOLATE_H

#include "engine/run.h"

/* The answer to the question for the row's key (NULL: none to be had). Decides between
 * quarantine and the end of the run. */
void isolate_described(struct engine *engine, struct worker *worker,
                       const struct sql_result *result);

/* The row is set aside: counts and lists it. */
void isolate_set_aside(struct engine *engine, struct worker *worker);

/* The row is bad and there is no quarantine: the run will fail, but first the other rows
 * are looked at, so that one run names all tables and counts. The row's range is neither
 * done nor to be done in this run. */
void isolate_count(struct engine *engine, const struct worker *worker);

/* Fails the run for its bad rows: table, count, a key, the server's reason, what to do;
 * all tables but one on the log. */
void isolate_fail(struct engine *engine);

/* How many rows of each table are in quarantine, at the end. */
void isolate_report(const struct engine *engine);

#endif
