/* SPDX-License-Identifier: Apache-2.0
 *
 * repoint_hosts.c - clients whose URL names both servers, with target_session_attrs=read-write,
 * move by themselves, once the server they shall leave takes sessions again that can only
 * read: libpq goes by such a server, but ends its search at one with a connection limit of 0
 * (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-MULTIPLE-HOSTS).
 */
#include "config.h"

#include <string.h>

#include "base/log.h"
#include "replica/repoint.h"

static bool is_configured(const struct switch_context *sw)
{
    return sw->config.is_by_hosts;
}

static int check(struct switch_context *sw, struct err *err)
{
    if (switch_engine(sw)->clients_pass_by_readers)
        return 0;
    (void)err_set(err, ERR_CONFIG,
                  "clients of %s do not look for the server that writes",
                  switch_engine(sw)->name);
    return err_hint(err, "Give [repoint] file or hook instead of hosts.");
}

/* Blue may be open for reading since the cutover. Who came in then would stay unable to write
 * when its fence is lifted. */
static int hold(struct switch_context *sw, struct err *err)
{
    struct connection *blue = switch_blue(sw, err);
    struct fence fence;
    long long ended = 0;

    if (blue == NULL || sw->ops->look_at_fence(blue, &fence, err) < 0)
        return -1;
    if (!fence.is_touched || fence.is_closed)
        return 0;
    if (sw->ops->close_fence(blue, err) < 0 ||
        sw->ops->end_sessions(blue, &ended, err) < 0)
        return -1;
    if (ended > 0)
        log_info("%lld sessions that read on blue are ended", ended);
    return 0;
}

static int open_for_reading(struct switch_context *sw, struct connection *connection,
                            struct err *err)
{
    struct fence half;

    if (!switch_original_fence(sw, &half))
        return err_set(err, ERR_STATE,
                       "the journal does not say what the fence replaced");
    (void)snprintf(half.read_only, sizeof(half.read_only), "on");
    return sw->ops->lift_fence(connection, &half, err);
}

/* One that does not answer is passed by, too. */
static int pass_by(const char *role, struct err *err)
{
    if (err->category != ERR_CONNECT)
        return -1;
    log_warning("%s is not opened for reading: %s", role, err->text);
    err_clear(err);
    return 0;
}

static int leave_blue(struct switch_context *sw, struct err *err)
{
    struct connection *blue = switch_blue(sw, err);

    return blue == NULL ? pass_by("blue", err) : open_for_reading(sw, blue, err);
}

static int leave_green(struct switch_context *sw, struct err *err)
{
    struct connection *green;
    enum server_phase phase;
    int status;

    if (sw->ops->get_phase(&sw->green, &phase, err) < 0)
        return -1;
    if (phase != SERVER_OPEN) /* its clients cannot reach it */
        return 0;
    green = switch_connect(sw, &sw->green, err);
    if (green == NULL)
        return pass_by("green", err);
    status = open_for_reading(sw, green, err);
    sql_close(green);
    return status;
}

static int move(struct switch_context *sw, enum repoint_target target, struct err *err)
{
    return target == REPOINT_GREEN ? leave_blue(sw, err) : leave_green(sw, err);
}

const struct repointer repoint_hosts = {
    .name = "the hosts of their URL",
    .is_configured = is_configured,
    .check = check,
    .hold = hold,
    .move = move,
};
