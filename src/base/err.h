/* SPDX-License-Identifier: Apache-2.0
 *
 * err.h - the one error type. A library function that can fail returns 0 or -1 and fills
 * its last parameter exactly once; only main.c turns an error into an exit code. Secrets
 * never enter an error: redact before you call err_set().
 */
#ifndef AIRSHIFT_BASE_ERR_H
#define AIRSHIFT_BASE_ERR_H

#include <stddef.h>

/* What kind of failure it is; each has its own exit code (see exit_code.h). */
enum err_category {
    ERR_NONE = 0,
    ERR_USAGE,       /* the command line is wrong */
    ERR_CONFIG,      /* configuration, environment or a file of it is wrong */
    ERR_CONNECT,     /* no connection, or it was refused */
    ERR_SQL,         /* the server refused a statement */
    ERR_LOCK,        /* a lock was not to be had in time; text says who has it */
    ERR_STATE,       /* the database or journal is in no state that allows this */
    ERR_DATA,        /* rows stand in the way; text says table, count and example */
    ERR_UNSUPPORTED, /* a version, revision or object it does not know */
    ERR_TIMEOUT,     /* a deadline passed */
    ERR_INTERRUPTED, /* a signal; what was done is kept, run again to go on */
    ERR_INTERNAL,    /* a bug in airshift */
};

struct err {
    enum err_category category;
    char sqlstate[6]; /* "" where the server gave none */
    char text[2048];  /* one line, lower case, no full stop */
    char hint[1024];  /* sentences: what to do; "" where there is nothing to say */
};

/* Fills `err` and evaluates to -1, so that `return err_set(err, ...)` reads well. */
int err_set(struct err *err, enum err_category category, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "context: " before the text that is there already. Evaluates to -1. */
int err_wrap(struct err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Sets the hint. Evaluates to -1. */
int err_hint(struct err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Makes `err` empty again. */
void err_clear(struct err *err);

#endif
