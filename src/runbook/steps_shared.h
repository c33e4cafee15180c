/* SPDX-License-Identifier: Apache-2.0
 *
 * steps_shared.h - the steps that both ways have; included by steps_*.c only.
 */
#ifndef AIRSHIFT_RUNBOOK_STEPS_SHARED_H
#define AIRSHIFT_RUNBOOK_STEPS_SHARED_H

#include "runbook/steps.h"

/* " --url-file FILE" and the like, quoted; "" where there is no file. */
const char *steps_option(struct runbook *runbook, const char *name, const char *value);
const char *steps_url(struct runbook *runbook);
/* "--to 3.3.2" */
const char *steps_target(struct runbook *runbook);

/* A command of the user's, or what it has to do as a comment of the shell. */
void steps_add_own(struct runbook *runbook, struct list *lines, const char *command,
                   const char *words);

/* Days ahead: a look at the plan, and a first backup, proved. */
void steps_add_ahead(struct runbook *runbook);
/* Pause, drain, stop Airflow. */
void steps_add_quiet(struct runbook *runbook);
/* Start the new Airflow; unpause the critical DAGs, then the others. `back` are the lines
 * that undo it all. */
void steps_add_new_airflow(struct runbook *runbook, const struct list *back,
                           const char *back_text);

void steps_add_deadline(struct runbook *runbook, double until, const char *what,
                        const char *rule);

#endif
