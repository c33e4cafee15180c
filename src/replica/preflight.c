/* SPDX-License-Identifier: Apache-2.0
 *
 * preflight.c - everything that can be known to go wrong before anything is changed. It
 * only looks; each objection names what to do.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "replica/adopted.h"
#include "replica/hook.h"
#include "replica/repoint.h"
#include "replica/switch.h"

enum { MARGIN_BYTES = 256 << 20 };

static unsigned count_local(const struct switch_context *sw)
{
    return (sw->green.is_adopted ? 0u : 1u) +
           (sw->has_spare && !sw->spare.is_adopted ? 1u : 0u);
}

/* The file system that a directory is or will be on. */
static dev_t device_of(const char *path)
{
    char *parent = xstrdup(path);
    char *slash = strrchr(parent, '/');
    struct stat facts;

    if (slash != NULL && slash != parent)
        *slash = '\0';
    if (stat(parent, &facts) < 0)
        facts.st_dev = 0;
    free(parent);
    return facts.st_dev;
}

/* One that its hook has yet to make is looked at when it is there. */
static int check_adopted(struct switch_context *sw, const struct server *server,
                         const struct primary_facts *facts, struct err *err)
{
    const struct hook hook = {.command = server->hook, .what = "provision_hook"};
    enum server_phase phase = SERVER_OPEN;

    if (!server->is_adopted)
        return 0;
    if (server->hook != NULL &&
        (hook_check(&hook, err) < 0 || sw->ops->get_phase(server, &phase, err) < 0))
        return -1;
    return phase == SERVER_ABSENT ? 0 : adopted_check(sw, server, facts->identity, err);
}

/* Green grows by what it rewrites, about the size of the database once more. */
static int check_places(struct switch_context *sw, const struct primary_facts *facts,
                        struct err *err)
{
    long long spare_bytes = facts->bytes + MARGIN_BYTES;
    long long green_bytes = spare_bytes + facts->database_bytes;

    if (sw->has_spare && !sw->spare.is_adopted &&
        device_of(sw->spare.data_directory) == device_of(sw->green.data_directory))
        green_bytes += spare_bytes;
    if (sw->ops->check_place(&sw->green, facts->version, green_bytes, err) < 0 ||
        check_adopted(sw, &sw->green, facts, err) < 0)
        return -1;
    if (!sw->has_spare)
        return 0;
    if (sw->ops->check_place(&sw->spare, facts->version, spare_bytes, err) < 0 ||
        check_adopted(sw, &sw->spare, facts, err) < 0)
        return -1;
    return 0;
}

static int check_files(const struct switch_context *sw, struct err *err)
{
    const char *const paths[] = {sw->config.fernet_key_file, sw->config.airflow_config};

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        if (paths[i] != NULL && access(paths[i], R_OK) < 0)
            return err_set(err, ERR_CONFIG, "reading \"%s\": %s", paths[i],
                           strerror(errno));
    }
    return 0;
}

/* A fence that is not ours would be taken for what was there before, and kept. */
static int check_fence(struct switch_context *sw, struct connection *blue,
                       struct err *err)
{
    struct fence fence;

    if (switch_original_fence(sw, &fence))
        return 0;
    if (sw->ops->look_at_fence(blue, &fence, err) < 0)
        return -1;
    if (!fence.is_touched)
        return 0;
    (void)err_set(err, ERR_STATE,
                  "blue's database is fenced already, but not by this switch");
    return err_hint(err,
                    "Clients are kept out of it, or it is read only. Undo that first.");
}

static int warn(struct switch_context *sw, struct connection *blue,
                const struct primary_facts *facts, struct err *err)
{
    struct session_counts counts;

    if (sw->ops->count_sessions(blue, &counts, err) < 0)
        return -1;
    if (counts.superusers > 0)
        log_warning(
            "%lld sessions in blue's database are superusers': a fence ends them, "
            "but it cannot keep them out",
            counts.superusers);
    if (counts.others > 0)
        log_warning(
            "%lld background workers of extensions are in blue's database: no fence "
            "stops them",
            counts.others);
    if (facts->oldest_seconds > (long long)sw->config.long_transaction_s)
        log_warning("the oldest transaction that writes on blue is %lld s old",
                    facts->oldest_seconds);
    if (facts->synchronous[0] != '\0')
        log_warning(
            "blue commits synchronously (\"%s\"); green will not, until you give it "
            "standbys of its own",
            facts->synchronous);
    if (!sw->has_spare)
        log_warning(
            "there is no [spare]: blue itself is the only copy of the old state");
    return 0;
}

/* Safe to repeat: changes nothing. */
int replica_preflight(struct switch_context *sw, struct err *err)
{
    struct connection *blue = switch_blue(sw, err);
    struct primary_facts facts;

    if (blue == NULL || sw->ops->check_primary(blue, count_local(sw), err) < 0 ||
        sw->ops->look_at_primary(blue, &facts, err) < 0 ||
        switch_lock_blue(sw, err) < 0 || check_fence(sw, blue, err) < 0 ||
        check_places(sw, &facts, err) < 0 || check_files(sw, err) < 0 ||
        repoint_check(sw, err) < 0 || warn(sw, blue, &facts, err) < 0)
        return -1;
    return journal_set_fact(sw->journal, "blue_identity", facts.identity, err);
}
