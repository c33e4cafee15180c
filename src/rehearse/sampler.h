/* SPDX-License-Identifier: Apache-2.0
 *
 * sampler.h - watches a database while something else migrates it: locks ten times a
 * second, WAL and disk once a second, by a session and a thread of its own.
 */
#ifndef AIRSHIFT_REHEARSE_SAMPLER_H
#define AIRSHIFT_REHEARSE_SAMPLER_H

#include "dialect.h"
#include "rehearse/rehearsal.h"

struct sampler;

/* NULL with `err`. The run is filled by sampler_end(); `url` is borrowed until then. */
struct sampler *sampler_begin(const struct url *url, struct rehearsal_run *run,
                              struct arena *arena, struct err *err);

/* Takes the last sample. What went wrong on the way comes as a -1 here; what was seen
 * until then is in the run. Frees it; accepts NULL. */
int sampler_end(struct sampler *sampler, struct err *err);

#endif
