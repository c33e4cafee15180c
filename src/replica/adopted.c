/* SPDX-License-Identifier: Apache-2.0
 *
 * adopted.c - servers of their owner's making. The hook that makes one is given:
 *
 * - AIRSHIFT_EVENT: provision;
 * - AIRSHIFT_TARGET: green or spare;
 * - AIRSHIFT_DATA_DIRECTORY, AIRSHIFT_PORT: where the server shall be;
 * - AIRSHIFT_SWITCH: id of the switch.
 *
 * When it ends with exit code 0, the server runs and follows blue. What a hook that was
 * killed, or an earlier switch, has left in the directory is its own to replace.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "replica/adopted.h"
#include "replica/hook.h"
#include "state/fault.h"

enum { VARIABLES = 5 };

int adopted_check(struct switch_context *sw, const struct server *server,
                  const char *identity, struct err *err)
{
    struct connection *connection = switch_connect(sw, server, err);
    struct standby_facts standby = {.replayed = NULL};
    int status;

    if (connection == NULL)
        return -1;
    status = sw->ops->look_at_standby(connection, &standby, err);
    if (status == 0 && strcmp(standby.identity, identity) != 0)
        status =
            err_set(err, ERR_STATE, "the %s server is no copy of blue", server->role);
    else if (status == 0 && !standby.is_replica)
        status = err_set(err, ERR_STATE, "the %s server is no replica", server->role);
    else if (status == 0 && !standby.is_streaming)
        status = err_set(err, ERR_STATE, "the %s server does not receive from blue",
                         server->role);
    if (status == 0)
        status = sw->ops->check_adopted(sw->blue, connection, err);
    sql_close(connection);
    return status == 0 ? 0 : err_wrap(err, "%s", server->role);
}

int adopted_make(struct switch_context *sw, const struct server *server,
                 struct err *err)
{
    const struct hook hook = {.command = server->hook,
                              .what = "provision_hook",
                              .seconds = sw->config.copy_s,
                              .ends_with_us = true};
    const char *environment[VARIABLES + 1] = {NULL};
    char *variables[VARIABLES];
    enum server_phase phase;
    int status;

    if (sw->ops->get_phase(server, &phase, err) < 0)
        return -1;
    if (phase != SERVER_ABSENT)
        return 0;
    variables[0] = xstrdup("AIRSHIFT_EVENT=provision");
    variables[1] = xasprintf("AIRSHIFT_TARGET=%s", server->role);
    variables[2] = xasprintf("AIRSHIFT_DATA_DIRECTORY=%s", server->data_directory);
    variables[3] = xasprintf("AIRSHIFT_PORT=%d", server->port);
    variables[4] = xasprintf("AIRSHIFT_SWITCH=%s", journal_switch(sw->journal));
    for (size_t i = 0; i < VARIABLES; i++)
        environment[i] = variables[i];
    if (switch_only_shows(sw, "run %s with %s and %s", hook.command, variables[0],
                          variables[1])) {
        status = sw->ops->start(server, SERVER_OPEN, err); /* which it will have done */
    } else {
        log_info("the hook makes the %s server", server->role);
        fault_point("provision-hook", "before");
        status = hook_run(&hook, environment, err);
        fault_point("provision-hook", "after");
    }
    for (size_t i = 0; i < VARIABLES; i++)
        free(variables[i]);
    if (status < 0 || sw->ops->get_phase(server, &phase, err) < 0)
        return -1;
    if (phase != SERVER_ABSENT)
        return 0;
    (void)err_set(err, ERR_STATE, "provision_hook ended, but no server runs in \"%s\"",
                  server->data_directory);
    return err_hint(err, "It must start the server before it ends.");
}
