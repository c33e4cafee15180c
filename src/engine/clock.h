/* SPDX-License-Identifier: Apache-2.0
 *
 * clock.h - monotonic time in seconds, and a little randomness for back-off.
 */
#ifndef AIRSHIFT_ENGINE_CLOCK_H
#define AIRSHIFT_ENGINE_CLOCK_H

double clock_now(void);
/* In [0, 1); good enough to get two processes out of step, and for nothing else. */
double clock_random(void);

#endif
