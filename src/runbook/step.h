/* SPDX-License-Identifier: Apache-2.0
 *
 * step.h - one step of a runbook, and how it is filled. A line of a list is a line of a
 * shell; names and values of the user's go through step_quote().
 */
#ifndef AIRSHIFT_RUNBOOK_STEP_H
#define AIRSHIFT_RUNBOOK_STEP_H

#include <stdbool.h>

#include "base/arena.h"

struct runbook_step {
    const char *title;
    const char *text;     /* a paragraph before the commands; NULL: none */
    struct list commands; /* const char *, as the next two */
    struct list checks;
    const char *expected; /* what the checks show; NULL: there is nothing to check */
    struct list back;
    const char *back_text; /* NULL: there is nothing to undo */
    double seconds;
    bool is_estimate; /* nobody has measured it */
    bool is_before;   /* days ahead, not part of the day */
};

struct runbook_step *step_add(struct arena *arena, struct list *steps,
                              const char *title, double seconds);

/* As one word of a POSIX shell. */
const char *step_quote(struct arena *arena, const char *word);

#endif
