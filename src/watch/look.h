/* SPDX-License-Identifier: Apache-2.0
 *
 * look.h - whether Airflow does its work at this moment: are the runs of DAGs begun when they
 * are due, do tasks get to the workers, do its processes live. Reads only.
 */
#ifndef AIRSHIFT_WATCH_LOOK_H
#define AIRSHIFT_WATCH_LOOK_H

#include <stdbool.h>

#include "base/arena.h"
#include "dialect.h"

struct watch_limits {
    double grace_seconds;  /* a run may begin so late */
    double stuck_seconds;  /* a task may be queued or scheduled so long */
    double window_seconds; /* runs that were due so long ago count */
    double silent_seconds; /* a process may be silent so long */
};

struct watch_dag {
    const char *id;
    bool is_critical;
    bool is_paused;
    double overdue; /* seconds since the next run was due; negative: none is */
    bool is_estimated;
    long long runs;     /* that were due in the window */
    const char *run_id; /* the newest of these */
    double late;        /* seconds that it began late, or is late now; negative: none */
    bool has_begun;
    double worst; /* of all these */
};

struct watch_tasks {
    const char *dag_id;
    const char *state;
    long long count;
    double seconds; /* of the oldest */
    const char *task_id;
    const char *run_id;
    bool is_critical;
};

struct watch_process {
    const char *kind;
    long long alive;
    long long silent;
    double last;      /* seconds since the last sign of one; negative: none */
    const char *host; /* of a silent one */
    bool is_needed;
};

struct watch_look {
    struct arena *arena;    /* owns all that is here */
    struct watch_dag *dags; /* critical ones first, then the latest */
    size_t dag_count;
    struct watch_tasks *tasks; /* that are stuck; the same order */
    size_t task_count;
    struct watch_process *processes;
    size_t process_count;
    /* Summed up: */
    long long unpaused;
    long long late;
    long long late_critical;
    long long stuck;
    long long runs;
    double worst;
    bool is_late; /* something is not as it should be */
};

/* `critical`: const char *, ids. Free with watch_look_clear(). */
int watch_look(struct connection *connection, const struct watch_limits *limits,
               const struct list *critical, struct watch_look *look, struct err *err)
    __attribute__((warn_unused_result));
void watch_look_clear(struct watch_look *look);

bool watch_dag_is_late(const struct watch_dag *dag, const struct watch_limits *limits);
/* What is in that state waits by right: it is scheduled, of a DAG that is paused, or not
 * there any more. */
bool watch_may_wait(const struct watch_look *look, const char *dag_id,
                    const char *state);
/* None of a kind that Airflow needs gives a sign of life. */
bool watch_process_is_missing(const struct watch_process *process);

#endif
