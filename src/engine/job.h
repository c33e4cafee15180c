/* SPDX-License-Identifier: Apache-2.0
 *
 * job.h - what a plan asks of the server, as a graph of jobs; the engine runs it on
 * several sessions at once, with checkpoints, progress and resume.
 *
 * A job is SQL and nothing but: the engine knows no table and no revision.
 */
#ifndef AIRSHIFT_ENGINE_JOB_H
#define AIRSHIFT_ENGINE_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum job_kind {
    JOB_SQL,   /* one statement (or several), one transaction, done or not done */
    JOB_RANGE, /* a statement with $1 and $2 (block numbers as tids '(lo,0)', '(hi,0)':
                * lo <= ctid < hi), run again and again over ranges of the source's
                * blocks; each range is one transaction together with its checkpoint */
    JOB_NATIVE /* C code: `run` is called in the engine's process, before any other job
                * that depends on it, on a session of its own; it is all or nothing (it
                * truncates what it fills first, and commits with its checkpoint) */
};

struct connection;
struct err;

struct job {
    enum job_kind kind;
    const char *id;    /* unique in the graph and the same in every run of one plan */
    const char *table; /* what the progress line names */
    const char
        *phase; /* "copy", "index", "foreign key", "validate", "native", "analyze" */
    const char *label; /* more, e.g. the index's name; may be NULL */
    const char *sql;   /* JOB_SQL, JOB_RANGE */
    const char
        *settings; /* SET LOCAL ... statements to run first in each transaction; NULL */
    uint32_t blocks; /* JOB_RANGE: blocks of the source at planning time */
    double rows;     /* estimate, for progress; negative where unknown */
    double weight;   /* estimated seconds; longer chains are started first */
    bool runs_outside_transaction; /* JOB_SQL such as CREATE INDEX CONCURRENTLY: `undo`
                                    * (e.g. DROP INDEX IF EXISTS) is run before a retry
                                    */
    const char *undo;
    /* JOB_RANGE with --quarantine: the statement that moves the rows of a range which
     * cannot be converted away ($1, $2 a range of one row); NULL where there is none.
     */
    const char *quarantine_sql;
    const char
        *describe_sql; /* JOB_RANGE: SELECT that shows the key of the row at $1 */
    int (*run)(struct connection *connection, void *context, struct err *err);
    void *context;
    size_t *needs; /* indexes of jobs that must be done before */
    size_t needs_count;
};

struct job_graph {
    struct arena *arena; /* borrowed; owns all strings */
    struct job *jobs;
    size_t count;
    size_t capacity;
};

/* Adds a zeroed job and returns its index. Pointers into graph->jobs move with each
 * call. */
size_t job_graph_add(struct job_graph *graph, enum job_kind kind, const char *id);

/* `job` must wait for `need`. */
void job_graph_need(struct job_graph *graph, size_t job, size_t need);

#endif
