/* SPDX-License-Identifier: Apache-2.0
 *
 * foresee_way.h - what a revision on the way would refuse, though a later one takes care of it:
 * a row that is deleted in the end, a value that gets another, a foreign key that goes again. Only
 * who runs the revisions one by one meets that.
 */
#ifndef AIRSHIFT_COMPILER_FORESEE_WAY_H
#define AIRSHIFT_COMPILER_FORESEE_WAY_H

#include "compiler/plan.h"

/* What is asked of the rows at each statement; in the plan's arena. */
struct foresee_way;
struct foresee_way *foresee_way_new(struct plan *plan);

/* Around each statement that is applied to the simulation. */
void foresee_way_before(struct foresee_way *way, const struct statement *statement);
int foresee_way_after(struct foresee_way *way, const struct revision *revision,
                      struct err *err);

/* At the end of the way: the questions (struct foresee_query *) that those about the target do
 * not answer. */
void foresee_way_end(struct foresee_way *way, struct list *queries);

#endif
