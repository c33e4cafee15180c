/* SPDX-License-Identifier: Apache-2.0
 *
 * wait.c - the monotonic clock and short sleeps; a signal ends a sleep at once.
 */
#include "config.h"

#include <time.h>

#include "interrupt.h"
#include "wait.h"

/* What is soon so is soon seen, and what takes long is not asked for too often: a turn is
 * this part of what has been waited already. */
static const double PART_OF_THE_WAIT = 0.1;
static const double SHORTEST_S = 0.001;

static double now_seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct deadline deadline_in(double seconds)
{
    struct deadline deadline = {now_seconds() + seconds, seconds};

    return deadline;
}

bool deadline_is_over(const struct deadline *deadline)
{
    return now_seconds() >= deadline->at;
}

double deadline_left(const struct deadline *deadline)
{
    double left = deadline->at - now_seconds();

    return left > 0 ? left : 0;
}

int wait_turn(const struct deadline *deadline, int milliseconds, const char *what,
              struct err *err)
{
    double left = deadline_left(deadline);
    double seconds = (deadline->seconds - left) * PART_OF_THE_WAIT;
    struct timespec pause;

    if (interrupt_is_asked())
        return err_set(err, ERR_INTERRUPTED, "interrupted while waiting for %s", what);
    if (left <= 0)
        return err_set(err, ERR_TIMEOUT, "waited %.0f s for %s", deadline->seconds,
                       what);
    if (seconds < SHORTEST_S)
        seconds = SHORTEST_S;
    if (seconds > milliseconds / 1e3)
        seconds = milliseconds / 1e3;
    if (seconds > left)
        seconds = left;
    pause.tv_sec = (time_t)seconds;
    pause.tv_nsec = (long)((seconds - (double)pause.tv_sec) * 1e9);
    (void)nanosleep(&pause, NULL); /* ended early by a signal: the next turn sees it */
    return 0;
}
