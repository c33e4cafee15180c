/* SPDX-License-Identifier: Apache-2.0
 *
 * engine.h - runs a job graph on several sessions of one server.
 *
 * One process, no threads: an event loop over asynchronous sessions. Every finished job
 * and every finished range is recorded in the state schema in the transaction that did
 * it, so that the same graph, run again after a kill -9 of the tool or of the server,
 * goes on exactly where it stopped, and no range is ever done twice.
 */
#ifndef AIRSHIFT_ENGINE_ENGINE_H
#define AIRSHIFT_ENGINE_ENGINE_H

#include <stdbool.h>

#include "base/err.h"
#include "dialect.h"
#include "engine/job.h"
#include "engine/throttle.h"

enum progress_style {
    PROGRESS_AUTO,  /* lines that are redrawn on a terminal, else PROGRESS_PLAIN */
    PROGRESS_PLAIN, /* a log line a phase, and one every 10 s */
    PROGRESS_JSON,  /* one JSON object a line on stderr */
    PROGRESS_NONE,
};

struct engine_options {
    const struct url *url; /* borrowed */
    unsigned workers;      /* sessions that work at once; at least 1 */
    double range_seconds;  /* a range should take about this long (0.5 in place, 2) */
    unsigned long long range_bytes; /* and cover at most this much of the source */
    const char *session_settings;   /* SET ... for each worker session; may be NULL */
    const char *state_schema;       /* "airshift": exists already, with its tables */
    enum progress_style progress;
    bool has_quarantine; /* --quarantine: bad rows are set aside, not fatal */
    bool has_rows_aside; /* an earlier, killed run set rows aside that the graph knows
                          * nothing of: only the other rows are of interest */
    double lock_timeout_seconds; /* per try; then back-off, and the blocker is named */
    struct throttle_limits throttle; /* in place: when no new work is begun */
    double give_up_seconds; /* for locks (ERR_LOCK), a lost server (ERR_TIMEOUT) */
};

/* Runs every job that is not recorded as done. On a bad row the range is halved until
 * the row is alone; then it is counted, and in the end there is ERR_DATA with table, count,
 * a key and the server's reason; it comes early at a hundred. With quarantine it is set
 * aside instead, all other rows are looked at, and the result is 1: what else reads or
 * refers to such a row has to go, too, so the caller makes another graph without it.
 * On SIGINT/SIGTERM: running statements are cancelled, ERR_INTERRUPTED.
 *
 * Sessions that a killed run left behind in the server are ended first. So the caller
 * must hold the migration lock: two engines on one state schema would end each
 * other's. */
int engine_run(const struct engine_options *options, const struct job_graph *graph,
               struct err *err);

/* Creates the engine's own tables in the state schema, where they are missing:
 * job(id text primary key, started timestamptz, finished timestamptz, rows bigint) and
 * job_range(job text, lo bigint, hi bigint, rows bigint, primary key (job, lo)), where
 * lo and hi are positions as in range.h: block * 65536 + place in the block. */
int engine_prepare_state(struct connection *connection, const char *state_schema,
                         struct err *err);

#endif
