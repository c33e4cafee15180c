/* SPDX-License-Identifier: Apache-2.0
 *
 * rehearsal.h - what a rehearsal has seen and what follows from it. Filled by run.c and
 * forecast.c, read by the reports. All strings live in its arena.
 */
#ifndef AIRSHIFT_REHEARSE_REHEARSAL_H
#define AIRSHIFT_REHEARSE_REHEARSAL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

/* Of one table; seconds since the beginning of the run. */
struct rehearsal_phase {
    const char *table;
    const char *phase;
    double from;
    double to;
    double rows; /* -1: not counted */
};

/* How long a table of Airflow's kept others waiting, as seen ten times a second. */
struct rehearsal_lock {
    const char *table;
    double writers; /* seconds in which nobody could write */
    double readers; /* seconds in which nobody could read either */
};

struct rehearsal_sample {
    double at;
    long long wal;       /* bytes of the server's log since the beginning */
    long long disk;      /* bytes of the database */
    long long temporary; /* bytes of temporary files; -1: not told to this role */
};

enum { REHEARSAL_SAMPLES_MOST = 2000 };

/* One migration of one copy. */
struct rehearsal_run {
    const char *tool; /* "airshift" */
    bool is_run;
    const char *error; /* NULL: it went through */
    double seconds;
    double verify_seconds;
    struct list phases; /* struct rehearsal_phase, of airshift's only */
    struct list locks;  /* struct rehearsal_lock, the longest first */
    struct rehearsal_sample *samples;
    size_t sample_count;
    long long wal;
    long long disk_before;
    long long disk_peak; /* of the database and temporary files */
};

/* What it takes to have the unmigrated database again. */
struct rehearsal_way_back {
    bool is_run;
    double backup_seconds;
    long long backup_bytes; /* of its files */
    double restore_seconds; /* into an empty database, every row compared */
};

struct rehearsal_table {
    const char *name;
    long long bytes;
    long long production_bytes; /* as `bytes` where no production database is named */
};

struct rehearsal_check {
    const char *name;
    bool is_passed;
    const char *text;
};

/* At the size of production, in seconds. */
struct rehearsal_forecast {
    double factor;        /* of the time, by the size of the tables that take it */
    double migrate;       /* the whole command */
    double writers_wait;  /* in place: nobody writes; stepwise, nobody can work */
    double readers_wait;  /* in place: nobody reads */
    double verify;        /* the catalog and the foreign keys, afterwards */
    double switch_outage; /* migrating a detached replica while the clients wait */
    double backup;        /* where a way back was rehearsed */
    double restore;
    long long disk; /* bytes needed beside the database */
    long long wal;
};

struct rehearsal {
    struct arena *arena;
    const char *database;   /* for a person */
    const char *production; /* the same; NULL: none was named */
    const char *created;    /* UTC, ISO 8601 */
    const char *server;     /* "PostgreSQL 15.8" */
    const char *from;       /* Airflow versions */
    const char *to;
    const char *target; /* as it was asked for, for a command line */
    bool has_quarantine;
    const char *mode;     /* "in-place" or "detached" */
    bool is_stepwise;     /* the server rolls no DDL back */
    bool by_revision;     /* each revision took effect by itself */
    const char *log_name; /* "WAL" */
    unsigned workers;
    double window; /* seconds that the outage may last */
    long long archived;
    unsigned checks_made;
    unsigned differences;
    struct list tables; /* struct rehearsal_table, the biggest first */
    struct rehearsal_run airshift;
    struct rehearsal_run airflow;
    struct rehearsal_way_back way_back;
    struct list count_differences; /* const char *: tables with other numbers of rows */
    struct rehearsal_forecast forecast;
    struct list checks; /* struct rehearsal_check */
    bool is_go;         /* all of them passed */
};

#endif
