/* SPDX-License-Identifier: Apache-2.0
 *
 * context.c - what all actions share: configuration, journal, sessions and the two
 * servers of ours.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "replica/switch.h"
#include "wait.h"

enum { TURN_MS = 10 };

static void fill_server(struct switch_context *sw, struct server *server,
                        const char *role, const struct config_server *config)
{
    server->role = role;
    server->data_directory = config->data_directory;
    server->bin_directory = config->bin_directory;
    server->control_directory = config->control_directory;
    server->socket_directory = config->socket_directory;
    server->listen_addresses = config->listen_addresses;
    server->config_file = config->config_file;
    server->os_user =
        config->os_user != NULL ? config->os_user : sw->ops->default_os_user;
    server->address = config->address;
    server->port = (int)config->port;
    server->is_adopted = config->provision != CONFIG_PROVISION_LOCAL;
    server->hook = config->provision_hook;
    server->login = &sw->blue_url;
    server->start_seconds = sw->config.start_s;
}

int switch_prepare(struct switch_context *sw, const char *config_path, bool is_dry,
                   struct err *err)
{
    memset(sw, 0, sizeof(*sw));
    if (switch_config_load(&sw->config, config_path, err) < 0)
        return -1;
    if (url_parse(&sw->blue_url, sw->config.blue_url, err) < 0) {
        (void)err_wrap(err, "%s: [blue] url", config_path);
        goto failed;
    }
    sw->blue_url.patience_s = sw->config.connect_s;
    if (url_has_choice(&sw->blue_url)) {
        (void)err_set(err, ERR_CONFIG,
                      "%s: [blue] url leaves it to the servers which of them it is",
                      config_path);
        (void)err_hint(err, "Name blue alone, by its own host and port, and without "
                            "target_session_attrs: it must be found when it is fenced, "
                            "too.");
        goto failed;
    }
    sw->ops = replica_ops_of(&sw->blue_url, err);
    if (sw->ops == NULL)
        goto failed;
    fill_server(sw, &sw->green, "green", &sw->config.green);
    fill_server(sw, &sw->spare, "spare", &sw->config.spare);
    sw->has_spare = sw->config.spare.is_present;
    if (is_dry) {
        sw->dry = xcalloc(1, sizeof(*sw->dry));
        replica_dry_init(sw->dry, sw->ops, stdout);
        sw->ops = &replica_dry_ops;
        sw->green.dry = &sw->dry->green;
        sw->spare.dry = &sw->dry->spare;
    }
    return 0;
failed:
    switch_close(sw);
    return -1;
}

int switch_attach(struct switch_context *sw, enum journal_mode mode, struct err *err)
{
    sw->journal = journal_open(sw->config.state_directory, mode, err);
    return sw->journal != NULL ? 0 : -1;
}

void switch_detach(struct switch_context *sw)
{
    sql_close(sw->blue);
    sw->blue = NULL;
    sw->holds_lock = false;
    journal_close(sw->journal);
    sw->journal = NULL;
}

int switch_open(struct switch_context *sw, const char *config_path,
                enum journal_mode mode, struct err *err)
{
    if (switch_prepare(sw, config_path, mode == JOURNAL_DRY, err) < 0)
        return -1;
    if (switch_attach(sw, mode, err) == 0)
        return 0;
    switch_close(sw);
    return -1;
}

void switch_close(struct switch_context *sw)
{
    switch_detach(sw);
    url_clear(&sw->blue_url);
    switch_config_clear(&sw->config);
    strbuf_clear(&sw->report);
    free(sw->dry);
    memset(sw, 0, sizeof(*sw));
}

/* Our sessions with blue are known by the switch: one that has lost its airshift may
 * still be about to close the fence when another lifts it. */
static void name_group(const struct switch_context *sw, char group[static 64])
{
    (void)snprintf(group, 64, "airshift switch %s", journal_switch(sw->journal));
}

static int join_group(struct switch_context *sw, struct err *err)
{
    char group[64];

    if (sw->dry != NULL)
        return 0;
    name_group(sw, group);
    return sql_join_group(sw->blue, group, err);
}

int switch_end_earlier(struct switch_context *sw, struct err *err)
{
    struct connection *blue = switch_blue(sw, err);
    struct deadline deadline = deadline_in(sw->config.promote_s);
    char group[64];
    size_t left = 1;

    if (blue == NULL)
        return -1;
    if (sw->dry != NULL)
        return 0;
    name_group(sw, group);
    for (;;) {
        if (sql_end_group(blue, group, 0, &left, err) < 0)
            return -1;
        if (left == 0)
            return 0;
        if (wait_turn(&deadline, TURN_MS, "sessions of an earlier airshift to end",
                      err) < 0)
            return -1;
    }
}

struct connection *switch_blue(struct switch_context *sw, struct err *err)
{
    if (sw->blue != NULL && !sql_is_alive(sw->blue)) {
        sql_close(sw->blue);
        sw->blue = NULL;
        sw->holds_lock = false;
    }
    if (sw->blue == NULL) {
        sw->blue = sql_connect(&sw->blue_url, "switch", err);
        if (sw->blue != NULL && sw->dry != NULL)
            replica_dry_session(sw->dry, sw->blue);
        if (sw->blue != NULL &&
            (sw->ops->prepare_session(sw->blue, err) < 0 || join_group(sw, err) < 0)) {
            sql_close(sw->blue);
            sw->blue = NULL;
        }
        if (sw->blue == NULL)
            (void)err_wrap(err, "blue");
    }
    return sw->blue;
}

int switch_lock_blue(struct switch_context *sw, struct err *err)
{
    struct connection *blue = switch_blue(sw, err);

    if (blue == NULL)
        return -1;
    if (sw->holds_lock)
        return 0;
    if (sql_try_migration_lock(blue, &sw->holds_lock, err) < 0)
        return -1;
    /* The server does not know yet that a session of ours has lost its airshift, if the
     * network or the machine was gone; the journal knows that no other airshift lives. */
    if (!sw->holds_lock && (switch_end_earlier(sw, err) < 0 ||
                            sql_try_migration_lock(blue, &sw->holds_lock, err) < 0))
        return -1;
    if (!sw->holds_lock) {
        (void)err_set(err, ERR_LOCK,
                      "a migration of blue is running: Airflow's migration "
                      "lock is taken");
        return err_hint(err,
                        "Wait for it to end, or end it; then run the same command.");
    }
    return 0;
}

struct connection *switch_connect(struct switch_context *sw,
                                  const struct server *server, struct err *err)
{
    struct connection *connection = sw->ops->connect(server, "switch", err);

    if (connection != NULL && sw->ops->prepare_session(connection, err) < 0) {
        sql_close(connection);
        connection = NULL;
    }
    if (connection == NULL)
        (void)err_wrap(err, "%s", server->role);
    return connection;
}

int switch_enter(struct switch_context *sw, const struct server *server,
                 enum server_phase phase, struct err *err)
{
    enum server_phase now;

    if (sw->ops->get_phase(server, &now, err) < 0)
        return -1;
    if (now != phase && now != SERVER_ABSENT && sw->ops->stop(server, err) < 0)
        return -1;
    return sw->ops->start(server, phase, err);
}

void switch_slot(const struct switch_context *sw, const struct server *server,
                 char name[static 64])
{
    (void)snprintf(name, 64, "airshift_%s_%s", server->role,
                   journal_switch(sw->journal));
}

bool switch_original_fence(const struct switch_context *sw, struct fence *fence)
{
    const char *read_only = journal_fact(sw->journal, "blue_read_only");

    memset(fence, 0, sizeof(*fence));
    if (read_only == NULL)
        return false;
    fence->connection_limit = journal_number(sw->journal, "blue_connection_limit", -1);
    (void)snprintf(fence->read_only, sizeof(fence->read_only), "%s", read_only);
    return true;
}

int switch_lift_blue(struct switch_context *sw, struct err *err)
{
    struct fence original;
    struct connection *blue;

    if (!switch_original_fence(sw, &original))
        return 0;
    blue = switch_blue(sw, err);
    if (blue == NULL || switch_end_earlier(sw, err) < 0)
        return -1;
    return sw->ops->lift_fence(blue, &original, err);
}

bool switch_only_shows(struct switch_context *sw, const char *format, ...)
{
    char text[1024];
    va_list arguments;

    if (sw->dry == NULL)
        return false;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    replica_dry_say(sw->dry, "here", "%s", text);
    return true;
}

const struct replica_ops *switch_engine(const struct switch_context *sw)
{
    return sw->dry != NULL ? sw->dry->real : sw->ops;
}

char *switch_path(const struct switch_context *sw, const char *name)
{
    return xasprintf("%s/%s", sw->config.state_directory, name);
}
