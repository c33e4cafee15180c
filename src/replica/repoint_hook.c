/* SPDX-License-Identifier: Apache-2.0
 *
 * repoint_hook.c - a program of the operator's moves the clients. It is given:
 *
 * - AIRSHIFT_EVENT: cutover or rollback;
 * - AIRSHIFT_TARGET: green or blue, who the clients must talk to now;
 * - AIRSHIFT_HOST: green's host for clients as configured, "" where it is not;
 * - AIRSHIFT_PORT: green's port; "" for blue;
 * - AIRSHIFT_CONNECTION_FILE: the connection file, already rewritten; "" without one;
 * - AIRSHIFT_SWITCH: id of the switch;
 * - AIRSHIFT_VERSION: the Airflow version migrated to; "" for blue.
 *
 * It may be called more than once for the same event, after a crash, and must then do
 * the same again. Exit code 0 means that the clients have moved.
 */
#include "config.h"

#include "base/xalloc.h"
#include "replica/hook.h"
#include "replica/repoint.h"

static struct hook hook_of(const struct switch_context *sw)
{
    return (struct hook){
        .command = sw->config.hook, .what = "the hook", .seconds = sw->config.hook_s};
}

static bool is_configured(const struct switch_context *sw)
{
    return sw->config.hook != NULL;
}

static int check(struct switch_context *sw, struct err *err)
{
    const struct hook hook = hook_of(sw);

    return hook_check(&hook, err);
}

static int move(struct switch_context *sw, enum repoint_target target, struct err *err)
{
    const struct switch_config *config = &sw->config;
    const struct hook hook = hook_of(sw);
    bool is_green = target == REPOINT_GREEN;
    char *variables[] = {
        xasprintf("AIRSHIFT_EVENT=%s", is_green ? "cutover" : "rollback"),
        xasprintf("AIRSHIFT_TARGET=%s", is_green ? "green" : "blue"),
        xasprintf("AIRSHIFT_HOST=%s",
                  is_green && config->green_host != NULL ? config->green_host : ""),
        is_green ? xasprintf("AIRSHIFT_PORT=%d", sw->green.port)
                 : xstrdup("AIRSHIFT_PORT="),
        xasprintf("AIRSHIFT_CONNECTION_FILE=%s",
                  config->repoint_file != NULL ? config->repoint_file : ""),
        xasprintf("AIRSHIFT_SWITCH=%s", journal_switch(sw->journal)),
        xasprintf("AIRSHIFT_VERSION=%s", is_green ? config->airflow_to : ""),
        NULL,
    };

    return hook_run(sw, &hook, variables, err);
}

const struct repointer repoint_hook = {
    .name = "hook",
    .is_configured = is_configured,
    .check = check,
    .move = move,
};
