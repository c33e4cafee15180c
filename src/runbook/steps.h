/* SPDX-License-Identifier: Apache-2.0
 *
 * steps.h - the steps of a migration in place and of one by a switch.
 */
#ifndef AIRSHIFT_RUNBOOK_STEPS_H
#define AIRSHIFT_RUNBOOK_STEPS_H

#include "runbook/rehearsal_file.h"
#include "runbook/runbook.h"
#include "runbook/step.h"

/* Until when something can be given up, in seconds since the day's begin. */
struct runbook_deadline {
    const char *what; /* what can still be done until then */
    const char *rule; /* how to decide */
    double until;
};

struct runbook {
    const struct runbook_options *options;
    struct rehearsal_facts facts;
    struct arena *arena;
    struct list steps;     /* struct runbook_step, in their order */
    struct list deadlines; /* struct runbook_deadline, the earliest first */
    double window;
    double back; /* seconds that the way back from the new Airflow takes */
};

/* Fill steps, deadlines and `back`. */
void steps_in_place(struct runbook *runbook);
void steps_switch(struct runbook *runbook);

#endif
