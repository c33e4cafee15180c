/* SPDX-License-Identifier: Apache-2.0
 *
 * watch.h - looks at Airflow's work again and again after a switch, and says whether all
 * comes on time.
 */
#ifndef AIRSHIFT_WATCH_WATCH_H
#define AIRSHIFT_WATCH_WATCH_H

#include "watch/clear.h"

struct airflow_watch_options {
    const struct url *url;
    struct watch_limits limits;
    const struct list *first; /* const char *: ids of critical DAGs */
    const char *first_tag;    /* and those with this tag; NULL: none */
    double interval_seconds;  /* between two looks */
    double for_seconds;       /* how long; 0: until a signal comes */
    bool is_once;
    struct watch_clearing clearing; /* after the look, where it is the only one */
    bool is_json;
};

/* Writes each look to standard output; `is_late` is what the last one saw. A signal ends
 * it well. ERR_STATE where no DAG has the tag. */
int airflow_watch(const struct airflow_watch_options *options, bool *is_late,
                  struct err *err) __attribute__((warn_unused_result));

#endif
