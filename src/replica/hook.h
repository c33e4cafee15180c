/* SPDX-License-Identifier: Apache-2.0
 *
 * hook.h - a program of the operator's. It is started directly, never through a shell:
 * its arguments are what stands in the configuration between spaces, and all that it
 * needs to know is in its environment.
 */
#ifndef AIRSHIFT_REPLICA_HOOK_H
#define AIRSHIFT_REPLICA_HOOK_H

#include <stdbool.h>

#include "replica/switch.h"

struct hook {
    const char *command; /* as in the configuration; borrowed */
    const char *what;    /* in messages: "the hook" */
    double seconds;      /* its deadline */
    bool ends_with_us;   /* SIGTERM when this process ends, however it ends */
};

/* Whether its program is there and can be started: an absolute path. */
int hook_check(const struct hook *hook, struct err *err)
    __attribute__((warn_unused_result));

/* Runs it with `variables` ("NAME=value", NULL at the end; freed here) on top of our environment;
 * any exit code but 0 is an error. In a dry run it is shown, with the first two, and not run. */
int hook_run(struct switch_context *sw, const struct hook *hook, char **variables,
             struct err *err) __attribute__((warn_unused_result));

#endif
