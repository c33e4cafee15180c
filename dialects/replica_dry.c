/* SPDX-License-Identifier: Apache-2.0
 *
 * replica_dry.c - the operations of a dry run, around the real ones. A server that does
 * not run, because it would only have been made, is stood in for by the master: it would
 * be its copy. What changes something goes to the real operation on a dry session, so
 * that the SQL shown is the SQL that would be sent.
 */
#include "config.h"

#include <stdarg.h>
#include <string.h>

#include "replica_dry.h"

static const struct replica_ops *real_of(const struct dry_role *role)
{
    return role->dry->real;
}

static struct dry_role *role_of(const struct connection *connection)
{
    return sql_dry_context(connection);
}

void replica_dry_say(struct replica_dry *dry, const char *where, const char *format,
                     ...)
{
    va_list arguments;

    (void)fprintf(dry->out, "    %-6s ", where);
    va_start(arguments, format);
    (void)vfprintf(dry->out, format, arguments);
    va_end(arguments);
    (void)fputc('\n', dry->out);
}

static void show(void *context, const char *sql)
{
    const struct dry_role *role = context;

    replica_dry_say(role->dry, role->name, "%s;", sql);
}

static void init_role(struct replica_dry *dry, struct dry_role *role, const char *name)
{
    memset(role, 0, sizeof(*role));
    role->dry = dry;
    role->name = name;
}

void replica_dry_init(struct replica_dry *dry, const struct replica_ops *real,
                      FILE *out)
{
    dry->real = real;
    dry->out = out;
    init_role(dry, &dry->blue, "blue");
    init_role(dry, &dry->green, "green");
    init_role(dry, &dry->spare, "spare");
}

void replica_dry_session(struct replica_dry *dry, struct connection *blue)
{
    sql_set_dry(blue, show, &dry->blue);
}

/* Settings of the session alone: they are made. */
static int prepare_session(struct connection *admin, struct err *err)
{
    struct dry_role *role = role_of(admin);
    int status;

    sql_set_dry(admin, NULL, NULL);
    status = real_of(role)->prepare_session(admin, err);
    sql_set_dry(admin, show, role);
    return status;
}

static int look_at_primary(struct connection *admin, struct primary_facts *facts,
                           struct err *err)
{
    return real_of(role_of(admin))->look_at_primary(admin, facts, err);
}

static int check_primary(struct connection *admin, unsigned copies, struct err *err)
{
    return real_of(role_of(admin))->check_primary(admin, copies, err);
}

static int look_at_fence(struct connection *admin, struct fence *fence, struct err *err)
{
    const struct dry_role *role = role_of(admin);

    if (role->has_fence) {
        *fence = role->fence;
        return 0;
    }
    return real_of(role)->look_at_fence(admin, fence, err);
}

static void set_fence(struct dry_role *role, const struct fence *fence)
{
    role->has_fence = true;
    role->fence = *fence;
}

static int close_fence(struct connection *admin, struct err *err)
{
    static const struct fence closed = {
        .read_only = "on", .is_closed = true, .is_touched = true};
    struct dry_role *role = role_of(admin);
    struct fence now;

    if (look_at_fence(admin, &now, err) < 0)
        return -1;
    if (now.is_closed)
        return 0;
    if (real_of(role)->close_fence(admin, err) < 0)
        return -1;
    set_fence(role, &closed);
    /* The master's fence comes to its replicas, and is theirs once they are detached. */
    if (role == &role->dry->blue)
        set_fence(&role->dry->green, &closed);
    return 0;
}

static int lift_fence(struct connection *admin, const struct fence *original,
                      struct err *err)
{
    struct dry_role *role = role_of(admin);
    struct fence now;

    if (look_at_fence(admin, &now, err) < 0)
        return -1;
    if (now.connection_limit == original->connection_limit &&
        strcmp(now.read_only, original->read_only) == 0)
        return 0;
    if (real_of(role)->lift_fence(admin, original, err) < 0)
        return -1;
    set_fence(role, original);
    return 0;
}

/* Nobody is waited for: what would be ended is there for one look. */
static int count_sessions(struct connection *admin, struct session_counts *counts,
                          struct err *err)
{
    const struct dry_role *role = role_of(admin);

    memset(counts, 0, sizeof(*counts));
    if (role->is_empty)
        return 0;
    if (role->has_fence && role->fence.is_closed) {
        counts->clients = 1; /* or more: so that their end is shown */
        return 0;
    }
    return real_of(role)->count_sessions(admin, counts, err);
}

static int list_writers(struct connection *admin, double older_than_seconds,
                        struct strbuf *text, long long *count, struct err *err)
{
    const struct dry_role *role = role_of(admin);

    if (real_of(role)->list_writers(admin, older_than_seconds, text, count, err) < 0)
        return -1;
    if (*count > 0)
        replica_dry_say(role->dry, role->name,
                        "wait for %lld transactions that write: %s", *count,
                        strbuf_text(text));
    *count = 0;
    return 0;
}

static int end_sessions(struct connection *admin, long long *ended, struct err *err)
{
    struct dry_role *role = role_of(admin);

    role->is_empty = true;
    return real_of(role)->end_sessions(admin, ended, err);
}

static int mark_position(struct connection *admin, const char *name,
                         struct strbuf *position, struct err *err)
{
    return real_of(role_of(admin))->mark_position(admin, name, position, err);
}

static int count_writes(struct connection *admin, long long *writes, const char **unit,
                        struct err *err)
{
    return real_of(role_of(admin))->count_writes(admin, writes, unit, err);
}

static int make_slot(struct connection *admin, const char *name, struct err *err)
{
    return real_of(role_of(admin))->make_slot(admin, name, err);
}

static int drop_slot(struct connection *admin, const char *name, double seconds,
                     struct err *err)
{
    return real_of(role_of(admin))->drop_slot(admin, name, seconds, err);
}

static int describe_copy(struct connection *admin, struct strbuf *text, struct err *err)
{
    return real_of(role_of(admin))->describe_copy(admin, text, err);
}

/* The server is, or would be, another one than the real one is now. */
static bool is_imagined(const struct dry_role *role)
{
    return role->has_phase || role->is_promoted;
}

static int check_adopted(struct connection *admin, struct connection *standby,
                         struct err *err)
{
    return real_of(role_of(admin))->check_adopted(admin, standby, err);
}

static int look_at_standby(struct connection *standby, struct standby_facts *facts,
                           struct err *err)
{
    const struct dry_role *role = role_of(standby);

    if (!is_imagined(role))
        return real_of(role)->look_at_standby(standby, facts, err);
    facts->identity[0] = '\0';
    facts->is_replica = !role->is_promoted;
    facts->is_streaming = !role->is_promoted;
    return 0;
}

static int has_replayed(struct connection *standby, const char *position,
                        bool *is_there, struct strbuf *text, struct err *err)
{
    const struct dry_role *role = role_of(standby);

    (void)text;
    (void)position; /* nobody has written there yet */
    (void)err;
    replica_dry_say(role->dry, role->name,
                    "wait until everything up to blue's position is replayed");
    *is_there = true;
    return 0;
}

static int pause_replay(struct connection *standby, double seconds, struct err *err)
{
    return real_of(role_of(standby))->pause_replay(standby, seconds, err);
}

static int resume_replay(struct connection *standby, struct err *err)
{
    return real_of(role_of(standby))->resume_replay(standby, err);
}

static int cut_stream(struct connection *standby, double seconds, struct err *err)
{
    return real_of(role_of(standby))->cut_stream(standby, seconds, err);
}

static int promote(struct connection *standby, double seconds, struct err *err)
{
    struct dry_role *role = role_of(standby);

    role->is_promoted = true;
    return real_of(role)->promote(standby, seconds, err);
}

static int check_place(const struct server *server, int version, long long bytes,
                       struct err *err)
{
    return real_of(server->dry)->check_place(server, version, bytes, err);
}

static int get_phase(const struct server *server, enum server_phase *phase,
                     struct err *err)
{
    if (!server->dry->has_phase)
        return real_of(server->dry)->get_phase(server, phase, err);
    *phase = server->dry->phase;
    return 0;
}

static int copy(const struct server *server, struct connection *admin, const char *slot,
                double seconds, process_tick *tick, void *context, struct err *err)
{
    (void)admin;
    (void)seconds;
    (void)tick;
    (void)context;
    (void)err;
    replica_dry_say(server->dry->dry, "here", "copy blue into %s, through its slot %s",
                    server->data_directory, slot);
    return 0;
}

static int follow(const struct server *server, struct connection *admin,
                  const char *slot, struct err *err)
{
    (void)admin;
    (void)slot;
    (void)err;
    replica_dry_say(server->dry->dry, "here",
                    "write the settings of a replica on port %d into %s", server->port,
                    server->data_directory);
    return 0;
}

static int start(const struct server *server, enum server_phase phase, struct err *err)
{
    static const char *const how[] = {
        [SERVER_ABSENT] = "not at all",
        [SERVER_STANDBY] = "as a replica, on its private socket",
        [SERVER_DETACHED] = "on its own, private, durability deferred",
        [SERVER_RESTORED] = "private, with its own settings",
        [SERVER_OPEN] = "as its own configuration says",
    };
    enum server_phase now;

    if (get_phase(server, &now, err) < 0)
        return -1;
    if (now == phase)
        return 0;
    replica_dry_say(server->dry->dry, "here", "start %s: %s", server->role, how[phase]);
    server->dry->has_phase = true;
    server->dry->phase = phase;
    return 0;
}

static int stop(const struct server *server, struct err *err)
{
    enum server_phase now;

    if (get_phase(server, &now, err) < 0)
        return -1;
    if (now != SERVER_ABSENT)
        replica_dry_say(server->dry->dry, "here", "stop %s", server->role);
    server->dry->has_phase = true;
    server->dry->phase = SERVER_ABSENT;
    return 0;
}

static int discard(const struct server *server, struct err *err)
{
    if (stop(server, err) < 0)
        return -1;
    replica_dry_say(server->dry->dry, "here", "remove %s and %s, if airshift made them",
                    server->data_directory, server->control_directory);
    return 0;
}

static int sync_files(const struct server *server, double seconds, struct err *err)
{
    (void)seconds;
    (void)err;
    replica_dry_say(server->dry->dry, "here", "sync all files of %s to the disk",
                    server->data_directory);
    return 0;
}

static struct connection *connect_to(const struct server *server, const char *purpose,
                                     struct err *err)
{
    const struct replica_ops *real = real_of(server->dry);
    struct connection *connection;
    enum server_phase phase;

    if (real->get_phase(server, &phase, err) < 0)
        return NULL;
    connection = phase != SERVER_ABSENT || (server->is_adopted && server->hook == NULL)
                     ? real->connect(server, purpose, err)
                     : sql_connect(server->login, purpose, err);
    if (connection != NULL)
        sql_set_dry(connection, show, server->dry);
    return connection;
}

static char *private_url(const struct server *server, struct err *err)
{
    return real_of(server->dry)->private_url(server, err);
}

static char *private_secret(const struct server *server)
{
    return real_of(server->dry)->private_secret(server);
}

static int describe_durability(struct connection *connection, struct strbuf *text,
                               struct err *err)
{
    return real_of(role_of(connection))->describe_durability(connection, text, err);
}

static int prove_durability(struct connection *connection, const char *expected,
                            struct err *err)
{
    const struct dry_role *role = role_of(connection);

    replica_dry_say(role->dry, role->name, "prove that the settings are %s", expected);
    return is_imagined(role)
               ? 0
               : real_of(role)->prove_durability(connection, expected, err);
}

static int forget_master(const struct server *server, struct connection *connection,
                         struct err *err)
{
    return real_of(server->dry)->forget_master(server, connection, err);
}

static int checkpoint(struct connection *connection, struct err *err)
{
    return real_of(role_of(connection))->checkpoint(connection, err);
}

static int write_out(struct connection *standby, double seconds, struct err *err)
{
    return real_of(role_of(standby))->write_out(standby, seconds, err);
}

static int mark_changes(struct connection *connection, struct strbuf *mark,
                        struct err *err)
{
    return real_of(role_of(connection))->mark_changes(connection, mark, err);
}

static int list_changes(struct connection *connection, const char *mark,
                        struct changed_table **tables, size_t *count, struct err *err)
{
    return real_of(role_of(connection))
        ->list_changes(connection, mark, tables, count, err);
}

const struct replica_ops replica_dry_ops = {
    .name = "a dry run",
    .prepare_session = prepare_session,
    .look_at_primary = look_at_primary,
    .check_primary = check_primary,
    .look_at_fence = look_at_fence,
    .close_fence = close_fence,
    .lift_fence = lift_fence,
    .count_sessions = count_sessions,
    .list_writers = list_writers,
    .end_sessions = end_sessions,
    .mark_position = mark_position,
    .count_writes = count_writes,
    .make_slot = make_slot,
    .drop_slot = drop_slot,
    .describe_copy = describe_copy,
    .check_adopted = check_adopted,
    .look_at_standby = look_at_standby,
    .has_replayed = has_replayed,
    .pause_replay = pause_replay,
    .resume_replay = resume_replay,
    .cut_stream = cut_stream,
    .promote = promote,
    .check_place = check_place,
    .copy = copy,
    .follow = follow,
    .get_phase = get_phase,
    .start = start,
    .stop = stop,
    .discard = discard,
    .sync_files = sync_files,
    .connect = connect_to,
    .private_url = private_url,
    .private_secret = private_secret,
    .describe_durability = describe_durability,
    .prove_durability = prove_durability,
    .forget_master = forget_master,
    .checkpoint = checkpoint,
    .write_out = write_out,
    .mark_changes = mark_changes,
    .list_changes = list_changes,
};
