/* SPDX-License-Identifier: Apache-2.0
 *
 * provision.c - two replicas that follow blue: copied, made by a hook, or found running. Blue
 * serves as ever meanwhile.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "replica/adopted.h"
#include "wait.h"

enum { TURN_MS = 20, LOG_SECONDS = 10 };

struct copying {
    struct switch_context *sw;
    const struct server *server;
    struct deadline next;
};

/* One line now and then while a copy runs. */
static int tick(void *context, struct err *err)
{
    struct copying *copying = context;
    struct strbuf text = STRBUF_INIT;
    struct connection *blue;

    (void)err;
    if (!deadline_is_over(&copying->next))
        return 0;
    copying->next = deadline_in(LOG_SECONDS);
    blue = switch_blue(copying->sw, err);
    /* A progress line is no reason to stop a copy of hours. */
    if (blue != NULL && copying->sw->ops->describe_copy(blue, &text, err) == 0 &&
        text.length > 0)
        log_info("%s: %s", copying->server->role, strbuf_text(&text));
    err_clear(err);
    strbuf_clear(&text);
    return 0;
}

static int wait_streaming(struct switch_context *sw, const struct server *server,
                          struct err *err)
{
    struct deadline deadline = deadline_in(sw->config.start_s);
    struct connection *connection = switch_connect(sw, server, err);
    struct standby_facts facts = {.replayed = NULL};
    char what[64];
    int status = -1;

    (void)snprintf(what, sizeof(what), "the %s server to follow blue", server->role);
    while (connection != NULL) {
        if (sw->ops->look_at_standby(connection, &facts, err) < 0)
            break;
        if (!facts.is_replica) {
            (void)err_set(err, ERR_STATE, "the %s server is no replica any more",
                          server->role);
            break;
        }
        if (facts.is_streaming) {
            status = 0;
            break;
        }
        if (wait_turn(&deadline, TURN_MS, what, err) < 0)
            break;
    }
    sql_close(connection);
    return status;
}

static int provision_adopted(struct switch_context *sw, const struct server *server,
                             struct err *err)
{
    if ((server->hook != NULL && adopted_make(sw, server, err) < 0) ||
        wait_streaming(sw, server, err) < 0)
        return -1;
    /* One that was there has been looked at before; in a dry run there is none. */
    if (server->hook == NULL || sw->dry != NULL)
        return 0;
    return adopted_check(sw, server, journal_fact(sw->journal, "blue_identity"), err);
}

/* Safe to repeat: a slot, a whole copy and a running server are found and left; a copy
 * that is not whole is made again. */
static int provision_one(struct switch_context *sw, const struct server *server,
                         struct err *err)
{
    struct copying copying = {sw, server, deadline_in(LOG_SECONDS)};
    enum server_phase phase;
    struct connection *blue = switch_blue(sw, err);
    char slot[64];

    if (blue == NULL)
        return -1;
    if (server->is_adopted)
        return provision_adopted(sw, server, err);
    switch_slot(sw, server, slot);
    if (sw->ops->get_phase(server, &phase, err) < 0)
        return -1;
    if (phase != SERVER_STANDBY) {
        log_info("copying blue for the %s server", server->role);
        if (phase != SERVER_ABSENT)
            return err_set(err, ERR_STATE, "another server runs in \"%s\"",
                           server->data_directory);
        if (sw->ops->make_slot(blue, slot, err) < 0 ||
            sw->ops->copy(server, blue, slot, sw->config.copy_s, tick, &copying, err) <
                0 ||
            sw->ops->follow(server, blue, slot, err) < 0)
            return -1;
    }
    if (sw->ops->start(server, SERVER_STANDBY, err) < 0)
        return -1;
    return wait_streaming(sw, server, err);
}

int replica_provision(struct switch_context *sw, struct err *err)
{
    if (provision_one(sw, &sw->green, err) < 0)
        return err_wrap(err, "green");
    if (sw->has_spare && provision_one(sw, &sw->spare, err) < 0)
        return err_wrap(err, "spare");
    return 0;
}
