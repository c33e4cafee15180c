/* SPDX-License-Identifier: Apache-2.0
 *
 * look.h - what a server does at one moment, as far as a migration is concerned: its
 * sessions and who waits for whom, what the server counts. Reads only, and waits for no
 * lock longer than a second.
 */
#ifndef AIRSHIFT_MONITOR_LOOK_H
#define AIRSHIFT_MONITOR_LOOK_H

#include <stdbool.h>

#include "status/look.h"

/* A session's part in a migration. */
enum monitor_part {
    PART_NONE,
    PART_WORK,     /* migrates, and is not airshift's */
    PART_LOCK,     /* has Airflow's migration lock */
    PART_QUEUE,    /* waits for Airflow's migration lock */
    PART_AIRSHIFT, /* works for `airshift migrate` */
};

/* What a session is, and so what ending it would do. */
enum monitor_kind {
    KIND_CLIENT,
    KIND_AIRSHIFT, /* another command of airshift's */
    KIND_BACKUP,
    KIND_VACUUM,     /* an ordinary autovacuum */
    KIND_WRAPAROUND, /* an autovacuum that must not be ended */
    KIND_REPLICATION,
    KIND_SERVER,   /* a process of the server's own */
    KIND_PREPARED, /* a prepared transaction */
};

struct monitor_session {
    long long pid; /* 0: a prepared transaction */
    enum monitor_part part;
    enum monitor_kind kind;
    const char *name;
    const char *role;
    const char *address;
    const char *state;
    bool is_active;             /* executes a statement */
    double seconds;             /* in this state */
    double transaction_seconds; /* negative: none */
    const char *wait;           /* "Lock/relation"; "" for none */
    const char *stamp;          /* another one for each statement and change of state */
    const char *query;          /* masked and cut */
    const char *waits_for;      /* the lock; "" for none */
    long long *blockers;        /* pids */
    size_t blocker_count;
    const char *holds;  /* its strongest lock that others wait for; "" for none */
    const char *ending; /* the statement that ends it */
};

struct monitor_counter {
    const char *name;
    const char *unit;
    double value;
    double threshold; /* a second: from here on it is a sign of work; 0: it is none */
};

struct monitor_table {
    const char *name;
    double written;
    double read;
};

struct monitor_progress {
    long long pid;
    const char *what;
    const char *phase;
    double done;
    double total; /* 0: not known */
    const char *unit;
};

struct monitor_look {
    struct arena *arena; /* owns all that is here but `status` */
    double when;         /* clock_now() */
    struct status_look status;
    bool can_roll_back; /* the server: DDL that is broken off leaves nothing */
    bool is_replica;
    const char *revision; /* of alembic_version; "" where it is not known */
    struct monitor_session *sessions;
    size_t session_count;
    struct monitor_counter *counters;
    size_t counter_count;
    struct monitor_table *tables;
    size_t table_count;
    struct monitor_progress *progress;
    size_t progress_count;
};

/* What the sessions were seen doing in the samples between two looks. */
struct monitor_samples {
    struct arena *arena;
    struct list seen; /* struct monitor_sample * */
    int count;
};

struct monitor_sample {
    long long pid;
    const char *wait; /* "": it computed */
    const char *stamp;
    int count;
};

/* `before` is the look before it, or NULL. Free with monitor_look_clear(). */
int monitor_look(struct connection *connection, const struct monitor_look *before,
                 struct monitor_look *look, struct err *err)
    __attribute__((warn_unused_result));
void monitor_look_clear(struct monitor_look *look);

/* One sample more. */
int monitor_sample(struct connection *connection, struct monitor_samples *samples,
                   struct err *err) __attribute__((warn_unused_result));

/* NULL where there is none. */
const struct monitor_session *monitor_find(const struct monitor_look *look,
                                           long long pid);

/* A session of the migration, whatever its part but waiting in line for its turn. */
bool monitor_migrates(const struct monitor_session *session);

#endif
