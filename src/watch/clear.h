/* SPDX-License-Identifier: Apache-2.0
 *
 * clear.h - gives tasks that are stuck back to the scheduler: those that have been queued or
 * scheduled for too long lose their state, and so are looked at anew.
 */
#ifndef AIRSHIFT_WATCH_CLEAR_H
#define AIRSHIFT_WATCH_CLEAR_H

#include "base/strbuf.h"
#include "watch/look.h"

struct watch_clearing {
    bool is_wanted;  /* they are listed at all */
    bool is_done;    /* and cleared, not only listed */
    bool only_first; /* those of critical DAGs alone */
};

/* One by one, those of critical DAGs first, then the one that waits longest; each in a
 * transaction of its own, so that what has gone on meanwhile is left alone. A line each goes
 * to `out`. What is scheduled of a DAG that is paused waits by right. */
int watch_clear(struct connection *connection, const struct watch_limits *limits,
                const struct list *critical, const struct watch_look *look,
                const struct watch_clearing *clearing, struct strbuf *out,
                struct err *err) __attribute__((warn_unused_result));

#endif
