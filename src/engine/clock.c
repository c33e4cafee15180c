/* SPDX-License-Identifier: Apache-2.0
 *
 * clock.c - the clock of the engine.
 */
#include "config.h"

#include <time.h>

#include "engine/clock.h"

double clock_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double clock_random(void)
{
    struct timespec now;
    unsigned long long bits;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    bits = (unsigned long long)now.tv_nsec * 6364136223846793005ULL +
           1442695040888963407ULL;
    return (double)(bits >> 40) / (double)(1ULL << 24);
}
