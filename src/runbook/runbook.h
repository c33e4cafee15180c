/* SPDX-License-Identifier: Apache-2.0
 *
 * runbook.h - the day of the migration on paper: the exact commands in their order, what
 * to check after each, the way back from each, and until when to decide. It comes from a
 * rehearsal and touches no server.
 */
#ifndef AIRSHIFT_RUNBOOK_RUNBOOK_H
#define AIRSHIFT_RUNBOOK_RUNBOOK_H

#include <stdbool.h>
#include <time.h>

#include "base/err.h"
#include "base/strbuf.h"

struct runbook_options {
    const char *rehearsal; /* the file rehearsal.json, or its directory */
    const char *url_file;  /* holds the URL; it is named in commands, never read */
    const char *restored_url_file; /* of the database that a backup would go into */
    const char *switch_config;     /* NULL: a migration in place */
    const char *backup_directory;  /* below it the backups are made */
    const char *fernet_key_file;   /* NULL: from the environment */
    const char *airflow;           /* the new version's program */
    const char *stop_command;      /* of the user's; NULL: said in words */
    const char *start_command;
    const char *start_old_command;
    const char *first;     /* the critical DAGs, as for unpause */
    const char *first_tag; /* the same by tag */
    double drain_minutes;
    double restart_minutes; /* to stop or start Airflow */
    double restore_minutes; /* < 0: as rehearsed */
    double window_minutes;  /* < 0: as rehearsed */
    time_t begin;           /* when the day begins; -1: only minutes are given */
};

/* Adds the runbook as Markdown. *is_go is false, and nothing is added, where the rehearsal
 * said no, or where work and way back do not fit into the window; `reason` then says
 * why. */
int runbook_make(const struct runbook_options *options, struct strbuf *out, bool *is_go,
                 struct strbuf *reason, struct err *err)
    __attribute__((warn_unused_result));

#endif
