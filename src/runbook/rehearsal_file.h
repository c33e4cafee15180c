/* SPDX-License-Identifier: Apache-2.0
 *
 * rehearsal_file.h - what a runbook takes from rehearsal.json.
 */
#ifndef AIRSHIFT_RUNBOOK_REHEARSAL_FILE_H
#define AIRSHIFT_RUNBOOK_REHEARSAL_FILE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

struct rehearsal_facts {
    const char *database; /* for a person */
    const char *created;
    const char *server;
    const char *from;
    const char *to;
    const char *target; /* as it was asked for; NULL: head */
    bool is_go;
    bool has_quarantine;
    bool is_detached;   /* --mode detached */
    bool is_stepwise;   /* the server rolls no DDL back */
    bool by_revision;   /* each revision takes effect by itself */
    const char *failed; /* the checks that were not passed, "a, b" */
    unsigned workers;
    double window; /* all in seconds, at the size of production */
    double migrate;
    double verify;
    double switch_outage;
    double backup; /* < 0: was not rehearsed */
    double restore;
};

/* `path` is the file, or the directory of the report. Strings live in the arena. */
int rehearsal_file_read(const char *path, struct rehearsal_facts *facts,
                        struct arena *arena, struct err *err)
    __attribute__((warn_unused_result));

#endif
