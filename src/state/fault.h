/* SPDX-License-Identifier: Apache-2.0
 *
 * fault.h - where the fault tests kill the process. Without AIRSHIFT_FAULT_INJECTION,
 * as in every released build, it is nothing.
 */
#ifndef AIRSHIFT_STATE_FAULT_H
#define AIRSHIFT_STATE_FAULT_H

#include "config.h"

#ifdef AIRSHIFT_FAULT_INJECTION
/* Runs the command in AIRSHIFT_TEST_RUN when AIRSHIFT_TEST_RUN_AT is "<step>:<moment>",
 * and kills the process with SIGKILL when AIRSHIFT_TEST_KILL_AT is. */
void fault_point(const char *step, const char *moment);
/* A program that stands in for one of the tool's own commands in a test; NULL for none.
 */
const char *fault_stand_in(const char *command);
/* A limit, or what a test sets in its place: so few rows can be treated as many. */
unsigned long long fault_limit(const char *variable, unsigned long long otherwise);
#else
#define fault_point(step, moment) ((void)0)
#define fault_stand_in(command) ((const char *)NULL)
#define fault_limit(variable, otherwise) ((unsigned long long)(otherwise))
#endif

#endif
