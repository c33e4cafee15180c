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
#include "replica/repoint.h"
#include "replica/switch.h"

enum { MARGIN_BYTES = 256 << 20, NEEDED_SENDERS_PER_COPY = 2 };

static int check_role(const struct primary_facts *facts, struct err *err)
{
    if (facts->is_replica)
        return err_set(err, ERR_STATE, "blue is a replica, not the master");
    if (!facts->is_superuser) {
        (void)err_set(err, ERR_CONFIG, "the role in [blue] url is no superuser");
        return err_hint(err,
                        "The fence, the copies and the promotion need one. The role "
                        "that Airflow uses needs no more than it has.");
    }
    if (!facts->has_replication_level) {
        (void)err_set(err, ERR_STATE,
                      "blue has wal_level = %s, which no replica can follow",
                      facts->level);
        return err_hint(err, "Set wal_level = replica and restart blue.");
    }
    return 0;
}

static int check_obstacles(const struct primary_facts *facts, struct err *err)
{
    if (facts->prepared > 0) {
        (void)err_set(err, ERR_STATE, "blue has %lld prepared transactions",
                      facts->prepared);
        return err_hint(err,
                        "No fence ends them. Commit them or roll them back: SELECT gid "
                        "FROM pg_prepared_xacts.");
    }
    if (facts->subscriptions > 0) {
        (void)err_set(err, ERR_STATE,
                      "blue has %lld subscriptions that write behind a fence",
                      facts->subscriptions);
        return err_hint(err,
                        "ALTER SUBSCRIPTION ... DISABLE for the time of the switch.");
    }
    if (facts->overriding_roles[0] != '\0') {
        (void)err_set(err, ERR_STATE,
                      "roles set default_transaction_read_only for themselves: %s",
                      facts->overriding_roles);
        return err_hint(err,
                        "Such a setting is stronger than the fence's: ALTER ROLE ... "
                        "RESET default_transaction_read_only.");
    }
    return 0;
}

static unsigned count_local(const struct switch_context *sw)
{
    return (sw->green.is_adopted ? 0u : 1u) +
           (sw->has_spare && !sw->spare.is_adopted ? 1u : 0u);
}

static int check_replication(const struct switch_context *sw,
                             const struct primary_facts *facts, struct err *err)
{
    unsigned copies = count_local(sw);
    long long senders = copies == 0 ? 0 : copies + NEEDED_SENDERS_PER_COPY - 1;

    if (facts->senders_max - facts->senders_used < senders) {
        (void)err_set(
            err, ERR_STATE,
            "blue has %lld of %lld replication connections left, %lld are needed",
            facts->senders_max - facts->senders_used, facts->senders_max, senders);
        return err_hint(err, "Raise max_wal_senders on blue.");
    }
    if (facts->slots_max - facts->slots_used < (long long)copies) {
        (void)err_set(err, ERR_STATE,
                      "blue has %lld of %lld replication slots left, %u are needed",
                      facts->slots_max - facts->slots_used, facts->slots_max, copies);
        return err_hint(err, "Raise max_replication_slots on blue.");
    }
    if (copies > 0 && facts->tablespaces > 0) {
        (void)err_set(err, ERR_UNSUPPORTED,
                      "blue has %lld tablespaces outside its data directory",
                      facts->tablespaces);
        return err_hint(err,
                        "A copy on the same machine would use the same directories. "
                        "Make the replicas yourself and set provision = adopt.");
    }
    return 0;
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

static int check_adopted(struct switch_context *sw, const struct server *server,
                         const struct primary_facts *facts, struct err *err)
{
    struct connection *connection = switch_connect(sw, server, err);
    struct standby_facts standby;
    int status;

    if (connection == NULL)
        return -1;
    status = sw->ops->look_at_standby(connection, &standby, err);
    sql_close(connection);
    if (status < 0)
        return -1;
    if (strcmp(standby.identity, facts->identity) != 0)
        return err_set(err, ERR_STATE, "the %s server is no copy of blue",
                       server->role);
    if (!standby.is_replica)
        return err_set(err, ERR_STATE, "the %s server is no replica", server->role);
    if (!standby.is_streaming)
        return err_set(err, ERR_STATE, "the %s server does not receive from blue",
                       server->role);
    return 0;
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
        (sw->green.is_adopted && check_adopted(sw, &sw->green, facts, err) < 0))
        return -1;
    if (!sw->has_spare)
        return 0;
    if (sw->ops->check_place(&sw->spare, facts->version, spare_bytes, err) < 0 ||
        (sw->spare.is_adopted && check_adopted(sw, &sw->spare, facts, err) < 0))
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
                    "Its connection limit is 0 or it is read only by default. Undo "
                    "that first.");
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

    if (blue == NULL || sw->ops->look_at_primary(blue, &facts, err) < 0 ||
        check_role(&facts, err) < 0 || switch_lock_blue(sw, err) < 0 ||
        check_obstacles(&facts, err) < 0 || check_fence(sw, blue, err) < 0 ||
        check_places(sw, &facts, err) < 0 || check_replication(sw, &facts, err) < 0 ||
        check_files(sw, err) < 0 || repoint_check(sw, err) < 0 ||
        warn(sw, blue, &facts, err) < 0)
        return -1;
    return journal_set_fact(sw->journal, "blue_identity", facts.identity, err);
}
