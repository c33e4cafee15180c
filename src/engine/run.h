/* SPDX-License-Identifier: Apache-2.0
 *
 * run.h - what one run of the engine knows: its jobs, its sessions, and who does what.
 * For the files of the engine only.
 */
#ifndef AIRSHIFT_ENGINE_RUN_H
#define AIRSHIFT_ENGINE_RUN_H

#include "base/strbuf.h"
#include "engine/chunk.h"
#include "engine/engine.h"
#include "engine/progress.h"
#include "engine/range.h"
#include "engine/retry.h"
#include "engine/schedule.h"

#define NO_JOB ((size_t)-1)

/* A job in this run. */
struct job_run {
    bool is_done;
    bool was_tried;    /* begun before, here or by an earlier run, and not finished */
    bool is_marked;    /* its start is recorded, or being recorded */
    unsigned sessions; /* how many work on it */
    struct gaps gaps;  /* JOB_RANGE: neither done nor handed out */
    struct chunk_pace pace;
    double blocks_done; /* JOB_RANGE, of the planned ones; with those of earlier runs */
    double rows;        /* likewise; -1 where not counted */
    double began;       /* in this run; 0: not yet */
    double ended;
    double not_before;    /* clock_now() after a failed try; 0 for at once */
    double failing_since; /* the first of the tries that failed in a row; 0 for none */
    unsigned tries;
    unsigned losses; /* sessions lost over it since something last went well */
    double last_complaint;
    unsigned long long set_aside; /* rows that went into quarantine in this run */
    unsigned long long bad_rows;  /* found, neither converted nor set aside */
    struct strbuf bad_key;        /* of the first of them */
    struct err bad_reason;        /* likewise: what the server says of it */
    size_t item;                  /* the progress item it belongs to */
};

/* What a session is doing. After each step the answer of the server decides on the
 * next. */
enum step {
    STEP_NONE,       /* nothing: free */
    STEP_MARK,       /* records that the job was started */
    STEP_BEGIN,      /* BEGIN and the job's settings */
    STEP_WORK,       /* the statement itself */
    STEP_CHECKPOINT, /* records what was done, COMMIT */
    STEP_FINISH,     /* records that all ranges are done */
    STEP_LIMIT,      /* outside a transaction: settings and the lock timeout */
    STEP_UNDO,       /* outside a transaction: removes what a failed try left */
    STEP_ROLLBACK,   /* after an error; then `after_rollback` */
    STEP_DESCRIBE,   /* asks for the key of a bad row */
};

enum after_rollback {
    AFTER_GIVE_BACK, /* the work goes back to the job, which is tried again later */
    AFTER_NEXT,      /* the next range of the own pile */
    AFTER_DESCRIBE,  /* a bad row is alone */
};

enum worker_state {
    WORKER_CLOSED,  /* no session; opened when there is work, not before `not_before` */
    WORKER_FENCING, /* a new session; the old one's server process may still be running
                     */
    WORKER_OPEN,
    WORKER_RETIRED, /* the server has no room for this one */
};

struct worker {
    unsigned number;
    enum worker_state state;
    struct connection *connection;
    long long lost_session; /* of the session before, until it is known to have ended */
    double not_before;
    unsigned tries;

    enum step step;
    size_t job; /* NO_JOB: none */
    struct range range;
    struct range
        *pile; /* ranges still to do when a bad row is searched; last one first */
    size_t pile_count;
    size_t pile_capacity;
    bool is_setting_aside; /* the present range is one bad row on its way to quarantine
                            */
    bool wants_renewal;    /* the session's settings were changed: open a new one */
    enum after_rollback after_rollback;
    struct err problem; /* the server's reason, while it is being dealt with */
    struct strbuf key;  /* of the bad row */
    long long rows;
    double step_since;
    double task_since;
    double sampled;         /* when its blockers were asked for last */
    struct strbuf blockers; /* "" when it waits for none */
    struct strbuf detail;   /* how far its CREATE INDEX has come */
};

struct engine {
    const struct engine_options *options;
    const struct job_graph *graph;
    struct schedule schedule;
    struct chunk_limits limits;
    struct job_run *runs;
    size_t done;
    struct worker *workers;
    char *group;       /* name of the group that all worker sessions are in */
    struct strbuf sql; /* for building a statement; empty between uses */

    struct connection *monitor;
    double monitor_not_before;
    double ticked;
    struct throttle *throttle;

    double lost_since; /* since when no session can be opened; 0: they can */
    /* The session of the native job that runs. */
    size_t native; /* NO_JOB: none */
    long long native_session;
    long long native_lost; /* of a try that failed, until it is known to have ended */
    double native_since;
    double native_sampled;
    struct strbuf native_blockers;

    unsigned long long bad_rows; /* of all jobs; with one, only the rest is looked at */
    bool has_rows_aside;         /* likewise: another graph has to be made */
    bool is_incomplete;          /* all were looked at, and some are set aside */
    bool has_failed;
    struct err failure;

    struct progress *progress;
    struct progress_item *items;
    struct strbuf *item_texts; /* two for each item: detail, waits_for */
    size_t item_count;
};

enum {
    SET_ASIDE_LISTED = 20, /* rows in quarantine that are named one by one */
};

/* The first failure counts; everything that runs is then stopped. Evaluates to -1. */
int engine_fail(struct engine *engine, const struct err *err);
/* One turn of the loop: opens sessions, hands out work, takes results, shows progress.
 * -1 when the run has failed. */
int engine_turn(struct engine *engine, int timeout_ms);

/* The job with the longest chain among those that could begin now; NO_JOB for none. */
size_t engine_pick(const struct engine *engine, bool wants_native);
/* All jobs it needs are done. */
bool engine_is_ready(const struct engine *engine, size_t job);
void engine_job_done(struct engine *engine, size_t job, double rows);
/* A try failed in a way that may pass: sets when the next one is due, tells now and
 * then, and fails the run with ERR_LOCK or ERR_TIMEOUT when it has gone on for too
 * long. */
int engine_postpone(struct engine *engine, size_t job, const struct err *reason,
                    const char *blockers);
/* Puts "table phase label" before the text. Evaluates to -1. */
int engine_wrap(const struct engine *engine, size_t job, struct err *err);

/* session.c */
/* Opens a closed session or goes on with its fencing. */
void session_advance(struct engine *engine, struct worker *worker);
/* The session is gone, or no longer of use: what it did is looked up again. */
void session_lose(struct engine *engine, struct worker *worker, const struct err *err);
void session_close(struct worker *worker);
/* Opens a session in the group, with the session settings. */
struct connection *session_open(struct engine *engine, const char *purpose,
                                struct err *err);
/* Waits until the server processes of earlier runs have ended (only `session`, or 0 for
 * all). */
int session_fence(struct engine *engine, struct connection *connection,
                  long long session, struct err *err);
/* What a failed attempt to open a session means: 0 to go on trying, -1 the run failed.
 */
int session_refused(struct engine *engine, const struct err *err);

/* native.c: runs one JOB_NATIVE, while the loop goes on turning. -1 when the run
 * failed. */
int engine_run_native(struct engine *engine, size_t job);

/* monitor.c: at most once a second: blockers, index progress, replica lag, display. */
void monitor_tick(struct engine *engine);
void monitor_show(struct engine *engine); /* the display, whether it is time or not */
void monitor_init(struct engine *engine); /* after checkpoint_load() */
void monitor_clear(struct engine *engine);

#endif
