/* SPDX-License-Identifier: Apache-2.0
 *
 * shadow_work.h - fills and indexes the new tables with several sessions at once, a thread
 * each. The calling thread shows how far they are.
 */
#ifndef AIRSHIFT_MIGRATE_SHADOW_WORK_H
#define AIRSHIFT_MIGRATE_SHADOW_WORK_H

#include "compiler/shadow.h"
#include "engine/progress.h"

struct shadow_work {
    const struct url *url; /* of the shadow database */
    const struct shadow *shadow;
    const struct list *done; /* const char *: items that an earlier run has done */
    bool is_resumed;
    bool has_quarantine;
    unsigned workers;
    enum progress_style style;
    const struct throttle_limits *throttle;
    double lock_timeout_seconds; /* for each try */
    bool *has_differed;          /* set where new rows are not what was computed */
};

/* Does all items. After the first error the others stop, and that one is returned; ERR_DATA
 * where rows are the reason. 1 where rows were set aside: the other rows were all copied for a
 * look at them, and no more was done. What is done is noted, so it may be called again. */
int shadow_work_run(const struct shadow_work *work, struct err *err)
    __attribute__((warn_unused_result));

#endif
