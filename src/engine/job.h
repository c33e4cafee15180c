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
    JOB_RANGE, /* a statement with $1 and $2 (tids as text, '(block,place)': $1 <= ctid
                * < $2), run again and again over ranges of the source; each range is
                * one transaction together with its checkpoint */
    JOB_NATIVE /* C code: `run` is called in the engine's process on a session of its
                * own, inside a transaction that the engine begins and commits with the
                * checkpoint. It may be called again after a failed try. While it waits
                * for its session the engine's other jobs go on. */
};

struct connection;
struct err;

struct job {
    enum job_kind kind;
    const char *id;    /* unique in the graph and the same in every run of one plan */
    const char *table; /* what the progress line names */
    const char *phase; /* "copy", "index", "foreign key", "validate", "native" ... */
    const char *label; /* more, e.g. the index's name; may be NULL */
    const char *sql;   /* JOB_SQL, JOB_RANGE */
    /* SET LOCAL ... statements to run first in each transaction; NULL for none. */
    const char *settings;
    uint32_t blocks; /* JOB_RANGE: blocks of the source at planning time */
    double rows;     /* estimate, for progress; negative where unknown */
    double weight;   /* estimated seconds; longer chains are started first */
    /* JOB_SQL of one statement such as CREATE INDEX CONCURRENTLY; `undo` (one statement
     * too, e.g. DROP INDEX CONCURRENTLY IF EXISTS) is run before a retry. */
    bool runs_outside_transaction;
    const char *undo;
    /* What a script that is one transaction does instead; NULL: the same. */
    const char *sql_in_script;
    /* JOB_RANGE with --quarantine: the statement that sets the rows of a range aside which
     * cannot be converted ($1, $2 a range of one row, $3 why); NULL for none. */
    const char *quarantine_sql;
    /* JOB_RANGE: SELECT that shows the key of the row at $1, in one column or several;
     * no rows where there is none. */
    const char *describe_sql;
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
