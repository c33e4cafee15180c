/* SPDX-License-Identifier: Apache-2.0
 *
 * migrate.h - moves one database to another Airflow version.
 */
#ifndef AIRSHIFT_MIGRATE_MIGRATE_H
#define AIRSHIFT_MIGRATE_MIGRATE_H

#include <stdbool.h>

#include "compiler/plan.h"
#include "dialect.h"
#include "engine/engine.h"
#include "migrate/natives.h"

enum migrate_executor {
    MIGRATE_ANY,   /* fused, or chain where that cannot be */
    MIGRATE_FUSED, /* net effect, beside the old tables, swapped in at the end */
    MIGRATE_CHAIN, /* revision by revision, in the tables themselves */
};

struct migrate_options {
    const struct url *url;
    struct plan_target target;
    enum migrate_executor executor;
    bool is_detached;       /* nobody else uses the server */
    bool defers_durability; /* only with is_detached: see durability.h */
    bool is_discard;        /* only remove what an interrupted run has built */
    bool is_dry_run;        /* everything but the swap, then removed; fused only */
    bool has_quarantine;
    bool verifies_rows;       /* recompute and compare every row before the swap */
    unsigned workers;         /* 0: as many as the server's machine suggests */
    double lock_wait_seconds; /* for Airflow's migration lock and table locks */
    struct throttle_limits throttle; /* in place: see migrate_throttle() */
    enum progress_style progress;
    struct fernet_source fernet; /* where the Fernet key is */
};

struct migrate_result {
    bool was_current; /* nothing to do, or to discard */
    char from[64];    /* "2.11.2", with what the database was at */
    char to[64];
    bool by_revision; /* each revision took effect by itself: DDL is not rolled back */
    double seconds;
    long long archived; /* rows that could not be converted, moved to archive tables */
};

/* Runs or resumes the migration. The database is at its old version until the swap, and at
 * the new one after it, wherever the process dies. */
int migrate_run(const struct migrate_options *options, struct migrate_result *result,
                struct err *err);

/* The limits that hold: none where nobody else uses the server. */
const struct throttle_limits *migrate_throttle(const struct migrate_options *options);

#endif
