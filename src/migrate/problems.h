/* SPDX-License-Identifier: Apache-2.0
 *
 * problems.h - what stands in the way of a plan, told before anything is changed.
 */
#ifndef AIRSHIFT_MIGRATE_PROBLEMS_H
#define AIRSHIFT_MIGRATE_PROBLEMS_H

#include "compiler/plan.h"

/* Logs all problems. ERR_DATA, with the first of them, where one is fatal. */
int problems_report(const struct plan *plan, struct err *err);

#endif
