/* SPDX-License-Identifier: Apache-2.0
 *
 * forecast.h - from what a copy took to what production will take, and whether to go.
 */
#ifndef AIRSHIFT_REHEARSE_FORECAST_H
#define AIRSHIFT_REHEARSE_FORECAST_H

#include "rehearse/rehearsal.h"

/* Fills the forecast and the checks from everything else. */
void forecast_make(struct rehearsal *rehearsal);

/* Seconds for which the table that was locked longest kept others waiting. */
double forecast_longest_wait(const struct rehearsal_run *run, bool of_readers);

#endif
