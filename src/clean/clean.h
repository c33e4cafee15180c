/* SPDX-License-Identifier: Apache-2.0
 *
 * clean.h - takes old rows out of Airflow's tables, as `airflow db clean` does, piece by
 * piece, and keeps them in an archive. A piece is one transaction: the rows go, and how
 * long the archive is with them is written down. So it can be killed at any moment, and
 * the same call goes on from there.
 */
#ifndef AIRSHIFT_CLEAN_CLEAN_H
#define AIRSHIFT_CLEAN_CLEAN_H

#include "base/arena.h"
#include "dialect.h"
#include "engine/engine.h"

struct clean_options {
    const struct url *url;
    const char *before;    /* a moment as the server reads it; NULL with discards */
    const char *tables;    /* "log,job"; NULL: all that there are rules for */
    const char *directory; /* of the archive; NULL: none is kept */
    bool is_dry_run;       /* counts only */
    bool discards;         /* gives up the clean that is recorded */
    double lock_wait_seconds;
    enum progress_style progress;
};

struct clean_count {
    const char *table;
    long long rows; /* gone; in a dry run: old */
    long long kept; /* old, but rows that stay refer to them */
};

struct clean_result {
    struct arena *arena;
    struct list counts; /* struct clean_count *, of tables with something to say */
    const char *before;
    bool was_resumed;
    bool was_recorded; /* with discards: there was one */
    double seconds;
};

/* Cleared with clean_result_clear(), also after an error. */
int clean_run(const struct clean_options *options, struct clean_result *result,
              struct err *err) __attribute__((warn_unused_result));
void clean_result_clear(struct clean_result *result);

#endif
