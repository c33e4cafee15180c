/* SPDX-License-Identifier: Apache-2.0
 *
 * retry.h - what to do about an error of the server: one table, by SQLSTATE.
 */
#ifndef AIRSHIFT_ENGINE_RETRY_H
#define AIRSHIFT_ENGINE_RETRY_H

enum retry_action {
    RETRY_NEVER,      /* fatal */
    RETRY_SOON,       /* the transaction lost against another: again, unchanged */
    RETRY_LOCK,       /* a lock was not to be had: again, and tell who holds it */
    RETRY_SMALLER,    /* too much at once: again with a smaller range */
    RETRY_CONNECTION, /* the session or the server is gone: reconnect, read what is done
                       */
    RETRY_ISOLATE, /* a row is the reason: find it (a range), else fatal as ERR_DATA */
};

struct retry_rule {
    const char *sqlstate; /* the beginning of it */
    enum retry_action action;
    const char *reason; /* why this action is safe */
};

/* Never NULL. "" is for errors without an SQLSTATE. */
const struct retry_rule *retry_rule_of(const char *sqlstate);

/* Seconds before try number `attempt` (from 0): doubling from 0.1 to 5, times a factor
 * between 0.5 and 1.5 so that competitors get out of step. `random` is in [0, 1). */
double retry_delay(unsigned attempt, double random);

#endif
