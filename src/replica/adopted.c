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

#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "replica/adopted.h"
#include "replica/hook.h"
#include "state/fault.h"

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

static int run_hook(struct switch_context *sw, const struct server *server,
                    struct err *err)
{
    const struct hook hook = {.command = server->hook,
                              .what = "provision_hook",
                              .seconds = sw->config.copy_s,
                              .ends_with_us = true};
    char *variables[] = {
        xstrdup("AIRSHIFT_EVENT=provision"),
        xasprintf("AIRSHIFT_TARGET=%s", server->role),
        xasprintf("AIRSHIFT_DATA_DIRECTORY=%s", server->data_directory),
        xasprintf("AIRSHIFT_PORT=%d", server->port),
        xasprintf("AIRSHIFT_SWITCH=%s", journal_switch(sw->journal)),
        NULL,
    };
    int status;

    if (sw->dry == NULL)
        log_info("the hook makes the %s server", server->role);
    fault_point("provision-hook", "before");
    status = hook_run(sw, &hook, variables, err);
    fault_point("provision-hook", "after");
    if (status == 0 && sw->dry != NULL)
        status = sw->ops->start(server, SERVER_OPEN, err); /* which it will have done */
    return status;
}

int adopted_make(struct switch_context *sw, const struct server *server,
                 struct err *err)
{
    enum server_phase phase;

    if (sw->ops->get_phase(server, &phase, err) < 0)
        return -1;
    if (phase != SERVER_ABSENT)
        return 0;
    if (run_hook(sw, server, err) < 0 || sw->ops->get_phase(server, &phase, err) < 0)
        return -1;
    if (phase != SERVER_ABSENT)
        return 0;
    (void)err_set(err, ERR_STATE, "provision_hook ended, but no server runs in \"%s\"",
                  server->data_directory);
    return err_hint(err, "It must start the server before it ends.");
}
