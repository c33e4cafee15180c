/* SPDX-License-Identifier: Apache-2.0
 *
 * undo.c - the two ends of a switch: everything undone, or everything put away. Only
 * what airshift made is removed; a server that it adopted is left to its owner.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "replica/repoint.h"
#include "replica/switch.h"
#include "state/file.h"

/* A slot that is forgotten fills its master's disk. Once green is the master, blue may
 * be gone for good, and its slots with it. */
static int drop_slot(struct switch_context *sw, const struct server *server,
                     struct err *err)
{
    struct connection *blue;
    char slot[64];

    if (server->is_adopted)
        return 0;
    switch_slot(sw, server, slot);
    blue = switch_blue(sw, err);
    if (blue == NULL && err->category == ERR_CONNECT &&
        strcmp(journal_state(sw->journal), "switched") == 0) {
        log_warning("blue does not answer; if it ever runs again, drop its slot \"%s\"",
                    slot);
        err_clear(err);
        return 0;
    }
    if (blue == NULL)
        return -1;
    return sw->ops->drop_slot(blue, slot, sw->config.promote_s, err);
}

/* A server of ours goes; its slot goes when it cannot hold it any more. */
static int put_away(struct switch_context *sw, const struct server *server,
                    struct err *err)
{
    if (sw->ops->discard(server, err) < 0)
        return -1;
    return drop_slot(sw, server, err);
}

/* An adopted spare goes on following blue. */
static int release_spare(struct switch_context *sw, struct err *err)
{
    struct connection *spare;
    enum server_phase phase;
    int status;

    if (!sw->spare.is_adopted)
        return put_away(sw, &sw->spare, err);
    if (sw->ops->get_phase(&sw->spare, &phase, err) < 0)
        return -1;
    if (phase == SERVER_ABSENT)
        return 0;
    spare = switch_connect(sw, &sw->spare, err);
    if (spare == NULL)
        return -1;
    status = sw->ops->resume_replay(spare, err);
    sql_close(spare);
    return status;
}

/* An adopted green that is cut off cannot follow blue again. */
static int release_green(struct switch_context *sw, struct err *err)
{
    enum server_phase phase;

    if (!sw->green.is_adopted)
        return put_away(sw, &sw->green, err);
    if (sw->ops->get_phase(&sw->green, &phase, err) < 0)
        return -1;
    if (journal_fact(sw->journal, "green_cut") != NULL) {
        if (phase != SERVER_ABSENT && sw->ops->stop(&sw->green, err) < 0)
            return -1;
        strbuf_addf(
            &sw->report,
            "the adopted green server in %s was promoted: it is stopped, and must be "
            "made anew before it can follow blue\n",
            sw->green.data_directory);
        return 0;
    }
    return phase == SERVER_STANDBY ? switch_enter(sw, &sw->green, SERVER_OPEN, err) : 0;
}

/* The next switch has another name, and would find the migration lock taken. Where blue does not
 * answer and nothing of ours is on it, the rest can be undone all the same. */
static int end_sessions(struct switch_context *sw, struct err *err)
{
    if (switch_end_earlier(sw, err) == 0)
        return 0;
    if (err->category != ERR_CONNECT)
        return -1;
    err_clear(err);
    return 0;
}

/* Blue and its clients first: whatever fails after that, it serves. Safe to repeat. */
int replica_undo(struct switch_context *sw, struct err *err)
{
    if (switch_lift_blue(sw, err) < 0)
        return -1;
    log_info("blue serves as before");
    if (repoint_release(sw, REPOINT_BLUE, err) < 0)
        return -1;
    if (end_sessions(sw, err) < 0 || release_green(sw, err) < 0)
        return -1;
    if (sw->has_spare && release_spare(sw, err) < 0)
        return -1;
    return repoint_forget(sw, err);
}

/* Green stays: it is a server like any other now, and no later command may take it for
 * a copy to be thrown away. */
static int keep_green(struct switch_context *sw, struct err *err)
{
    static const char *const names[] = {"copy", "passfile"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char *path = xasprintf("%s/%s", sw->green.control_directory, names[i]);
        int status =
            switch_only_shows(sw, "remove %s", path) ? 0 : file_remove(path, err);

        free(path);
        if (status < 0)
            return -1;
    }
    strbuf_addf(
        &sw->report,
        "green runs in %s as airshift started it: give it to your service manager at "
        "its next restart\n",
        sw->green.data_directory);
    return drop_slot(sw, &sw->green, err);
}

/* Safe to repeat. Blue keeps its fence where green is the master. */
int replica_clean(struct switch_context *sw, struct err *err)
{
    bool is_rolled_back = strcmp(journal_state(sw->journal), "rolled_back") == 0;

    if ((is_rolled_back ? release_green(sw, err) : keep_green(sw, err)) < 0)
        return -1;
    if (sw->has_spare && release_spare(sw, err) < 0)
        return -1;
    if (!is_rolled_back)
        strbuf_add_string(&sw->report,
                          "blue is still fenced: nothing writes on it until "
                          "you lift the fence or remove it\n");
    return repoint_forget(sw, err);
}

/* A new switch after one that was aborted. Safe to repeat: a journal that was put aside
 * is not there any more. */
int replica_renew(struct switch_context *sw, struct err *err)
{
    return journal_renew(sw->journal, err);
}
