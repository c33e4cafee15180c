/* SPDX-License-Identifier: Apache-2.0
 *
 * promote.c - up to the point of no return and over it: what must be true before, and
 * green opened to its clients after.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "replica/repoint.h"
#include "replica/switch.h"
#include "state/file.h"

/* Nobody has written on blue since its position was read: not even a superuser, whom
 * the fence does not stop. */
static int check_blue(struct switch_context *sw, struct err *err)
{
    struct connection *blue = switch_blue(sw, err);
    struct session_counts counts;
    struct fence fence;
    long long then = journal_number(sw->journal, "blue_writes", 0);
    const char *unit = "";
    long long now;

    if (blue == NULL || sw->ops->look_at_fence(blue, &fence, err) < 0 ||
        sw->ops->count_sessions(blue, &counts, err) < 0 ||
        sw->ops->count_writes(blue, &now, &unit, err) < 0)
        return -1;
    if (!fence.is_closed)
        return err_set(err, ERR_STATE, "blue's fence was lifted by somebody else");
    if (counts.writing > 0)
        return err_set(err, ERR_STATE, "%lld sessions write on blue behind the fence",
                       counts.writing);
    if (now > then) {
        (void)err_set(err, ERR_STATE,
                      "%lld %s were written on blue after green was detached",
                      now - then, unit);
        return err_hint(err,
                        "Only superusers can do that. They would be lost: \"airshift "
                        "switch abort\", stop that client, start again.");
    }
    if (now < then)
        log_warning(
            "blue has lost its counters (it crashed): whether anybody wrote behind "
            "the fence is not known");
    return 0;
}

/* What green's tables are like before its first client, for the archive of a rollback.
 */
static int mark_green(struct switch_context *sw, struct err *err)
{
    struct connection *green = switch_connect(sw, &sw->green, err);
    struct strbuf mark = STRBUF_INIT;
    struct fence original;
    struct fence fence;
    char *path = switch_path(sw, "changes.mark");
    int status = -1;

    if (green == NULL || sw->ops->look_at_fence(green, &fence, err) < 0)
        goto done;
    (void)switch_original_fence(sw, &original);
    if (fence.is_touched || fence.connection_limit != original.connection_limit) {
        (void)err_set(err, ERR_STATE, "green is still fenced");
        goto done;
    }
    if (sw->ops->mark_changes(green, &mark, err) < 0)
        goto done;
    if (switch_only_shows(sw, "write %s", path))
        status = 0;
    else
        status = file_write(path, strbuf_text(&mark), mark.length, 0600,
                            FILE_OWNER_KEEP, 0, err);
done:
    strbuf_clear(&mark);
    free(path);
    sql_close(green);
    return status;
}

/* Safe to repeat: checks, and two files that are written anew. */
int replica_commit(struct switch_context *sw, struct err *err)
{
    if (check_blue(sw, err) < 0 ||
        switch_enter(sw, &sw->green, SERVER_RESTORED, err) < 0 ||
        mark_green(sw, err) < 0)
        return -1;
    return repoint_save(sw, err);
}

/* Green as its own configuration says: nothing of ours is left. Safe to repeat. */
int replica_open(struct switch_context *sw, struct err *err)
{
    struct connection *green;

    if (switch_enter(sw, &sw->green, SERVER_OPEN, err) < 0)
        return -1;
    green = switch_connect(sw, &sw->green, err);
    if (green == NULL) {
        /* Its clients are let in by its own rules; we are only needed for a rollback.
         */
        log_warning(
            "green is open but does not let airshift in, a rollback would restart "
            "it: %s",
            err->text);
        err_clear(err);
    }
    sql_close(green);
    log_info("green is open on port %d", sw->green.port);
    return 0;
}

/* Safe to repeat: a repointer writes the same again. */
int replica_repoint(struct switch_context *sw, struct err *err)
{
    return repoint_move(sw, REPOINT_GREEN, err);
}

/* Safe to repeat, likewise. */
int replica_repoint_back(struct switch_context *sw, struct err *err)
{
    return repoint_move(sw, REPOINT_BLUE, err);
}
