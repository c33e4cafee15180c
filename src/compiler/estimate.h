/* SPDX-License-Identifier: Apache-2.0
 *
 * estimate.h - what a plan costs, from the sizes that the catalog says: disk, log, time.
 */
#ifndef AIRSHIFT_COMPILER_ESTIMATE_H
#define AIRSHIFT_COMPILER_ESTIMATE_H

#include "compiler/plan.h"

struct plan_estimate {
    size_t counts[TABLE_DROPPED + 1];   /* tables by what happens to them */
    unsigned long long rewritten_bytes; /* as they are now */
    unsigned long long disk_bytes; /* beside the database, until the swap; about as much
                                    * goes through the server's log */
    double seconds;                /* roughly, on two cores */
};

void plan_estimate(const struct plan *plan, struct plan_estimate *estimate);

/* What happens to a table; one of which nothing changes is untouched. */
enum table_action table_plan_action(const struct table_plan *table);
/* Its name afterwards; a dropped one's, as it is. */
const char *table_plan_name(const struct table_plan *table);
/* Of the whole time, this table's. */
double table_plan_seconds(const struct table_plan *table);

#endif
