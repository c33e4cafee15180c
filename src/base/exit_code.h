/* SPDX-License-Identifier: Apache-2.0
 *
 * exit_code.h - every way the process can end. The man page lists the same numbers; a test
 * holds the two against each other.
 */
#ifndef AIRSHIFT_BASE_EXIT_CODE_H
#define AIRSHIFT_BASE_EXIT_CODE_H

#include "base/err.h"

enum exit_code {
    EXIT_CODE_OK = 0,
    EXIT_CODE_BEHIND = 1,       /* check: the database is not at the asked version */
    EXIT_CODE_USAGE = 2,        /* the command line is wrong */
    EXIT_CODE_CONFIG = 3,       /* configuration or environment is wrong */
    EXIT_CODE_CONNECT = 4,      /* the server cannot be reached or refuses */
    EXIT_CODE_SQL = 5,          /* the server refused a statement */
    EXIT_CODE_LOCK = 6,         /* a lock was not to be had in time */
    EXIT_CODE_STATE = 7,        /* the database is in no state for this */
    EXIT_CODE_DATA = 8,         /* rows or objects stand in the way */
    EXIT_CODE_UNSUPPORTED = 9,  /* a version, revision or server it does not know */
    EXIT_CODE_TIMEOUT = 10,     /* a deadline passed */
    EXIT_CODE_INTERRUPTED = 11, /* stopped half way; the same command goes on */
    EXIT_CODE_DIFFERENT = 12,   /* verify: the database is not what it should be */
    EXIT_CODE_NOGO = 13,        /* preflight, rehearse, runbook: better not */
    EXIT_CODE_SICK = 14,        /* doctor: something is wrong with the database */
    EXIT_CODE_SLOW = 15,        /* monitor: it works, but nothing was seen to move */
    EXIT_CODE_WAITING = 16,     /* monitor: somebody stands in its way */
    EXIT_CODE_IDLE = 17,        /* monitor: the server waits for its program */
    EXIT_CODE_BROKEN = 18,      /* monitor: broken off half-way */
    EXIT_CODE_NOTHING = 19,     /* monitor: nothing is migrating */
    EXIT_CODE_LATE = 20,        /* watch: something is late */
    EXIT_CODE_INTERNAL = 70,    /* a bug in airshift */
};

/* The exit code of a category. */
enum exit_code exit_code_of(enum err_category category);

#endif
