/* SPDX-License-Identifier: Apache-2.0
 *
 * replica.c - MySQL: what is asked of a replica, and the table of all operations of a
 * switch. There is one channel, the default one. The master's user and password go with
 * START REPLICA and are kept in the server's memory only, never in its tables.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "mysql/connection.h"
#include "mysql/replica.h"
#include "wait.h"

enum { TURN_MS = 20, WRITE_OUT_SECONDS = 30, PAGES_LEFT = 64 };

/* The fences of MySQL do not stop an administrator from lifting them. */
static int prepare_session(struct connection *admin, struct err *err)
{
    (void)admin;
    (void)err;
    return 0;
}

/* There are no slots: a master keeps its binary logs by time (binlog_expire_logs_seconds,
 * 30 days where nobody has set it). */
static int make_slot(struct connection *admin, const char *name, struct err *err)
{
    (void)admin;
    (void)name;
    (void)err;
    return 0;
}

static int drop_slot(struct connection *admin, const char *name, double seconds,
                     struct err *err)
{
    (void)seconds;
    return make_slot(admin, name, err);
}

/* A clone is described by the server that takes it (clone.c). */
static int describe_copy(struct connection *admin, struct strbuf *text, struct err *err)
{
    (void)admin;
    (void)text;
    (void)err;
    return 0;
}

/* `verb` is "START", "STOP" or "RESET"; `rest` comes behind the word for a replica. */
static int command(struct connection *replica, const char *verb, const char *rest,
                   struct err *err)
{
    const char *word =
        sql_server_version(replica) >= MY_REPLICA_WORDS ? "REPLICA" : "SLAVE";
    struct strbuf sql = STRBUF_INIT;
    int status;

    strbuf_addf(&sql, "%s %s%s%s", verb, word, rest[0] != '\0' ? " " : "", rest);
    status = sql_exec(replica, strbuf_text(&sql), err);
    strbuf_wipe(&sql);
    return status;
}

struct halves {
    bool is_replica;
    bool is_receiving; /* connected, or trying to */
    bool is_connected;
    bool is_applying;
};

static int look_at_halves(struct connection *replica, struct halves *halves,
                          struct err *err)
{
    struct sql_result *row =
        sql_row(replica,
                "SELECT (SELECT count(*)"
                "  FROM performance_schema.replication_connection_configuration),"
                " coalesce((SELECT max(service_state)"
                "  FROM performance_schema.replication_connection_status), 'OFF'),"
                " coalesce((SELECT max(service_state)"
                "  FROM performance_schema.replication_applier_status), 'OFF')",
                err);

    if (row == NULL)
        return -1;
    halves->is_replica = sql_integer(row, 0, 0) > 0;
    halves->is_receiving = strcmp(sql_text(row, 0, 1), "OFF") != 0;
    halves->is_connected = strcmp(sql_text(row, 0, 1), "ON") == 0;
    halves->is_applying = strcmp(sql_text(row, 0, 2), "ON") == 0;
    sql_result_free(row);
    return 0;
}

/* Why a half stands that was not told to: it has given up, and waiting does not help. */
static int check_halves(struct connection *replica, const struct halves *halves,
                        struct err *err)
{
    struct sql_result *row;

    if (halves->is_receiving && halves->is_applying)
        return 0;
    row = sql_row(replica,
                  "SELECT coalesce((SELECT max(last_error_message)"
                  "  FROM performance_schema.replication_connection_status"
                  "  WHERE service_state = 'OFF' AND last_error_number <> 0), ''),"
                  " coalesce((SELECT max(last_error_message)"
                  "  FROM performance_schema.replication_applier_status_by_worker"
                  "  WHERE service_state = 'OFF' AND last_error_number <> 0), '')",
                  err);
    if (row == NULL)
        return -1;
    if (sql_text(row, 0, 0)[0] != '\0')
        (void)err_set(err, ERR_STATE, "it does not receive from blue: %s",
                      sql_text(row, 0, 0));
    else if (sql_text(row, 0, 1)[0] != '\0')
        (void)err_set(err, ERR_STATE, "it cannot apply what it receives: %s",
                      sql_text(row, 0, 1));
    sql_result_free(row);
    return err->category == ERR_NONE ? 0 : -1;
}

static int look_at_standby(struct connection *standby, struct standby_facts *facts,
                           struct err *err)
{
    struct sql_result *row;
    struct halves halves;

    if (look_at_halves(standby, &halves, err) < 0)
        return -1;
    facts->is_replica = halves.is_replica;
    facts->is_streaming = halves.is_connected && halves.is_applying;
    if (halves.is_replica && check_halves(standby, &halves, err) < 0)
        return -1;
    row = sql_row(standby,
                  "SELECT coalesce((SELECT max(source_uuid)"
                  "  FROM performance_schema.replication_connection_status), '')",
                  err);
    if (row == NULL)
        return -1;
    sql_copy(facts->identity, sizeof(facts->identity), row, 0);
    sql_result_free(row);
    return facts->replayed != NULL ? my_add_replayed(standby, facts->replayed, err) : 0;
}

/* offline_mode ends the session of a replica's user, too. */
static int check_adopted(struct connection *admin, struct connection *standby,
                         struct err *err)
{
    struct sql_result *user =
        sql_row(standby,
                "SELECT coalesce(max(user), '')"
                " FROM performance_schema.replication_connection_configuration",
                err);
    struct sql_result *row =
        user == NULL ? NULL
                     : sql_row_for(admin,
                                   "SELECT count(*) FROM (" MY_ADMINISTRATORS
                                   ") AS s WHERE s.user = $1",
                                   sql_text(user, 0, 0), err);

    if (row != NULL && sql_integer(row, 0, 0) == 0) {
        (void)err_set(err, ERR_STATE,
                      "blue's fence would cut it off: its user \"%s\" lacks "
                      "CONNECTION_ADMIN",
                      sql_text(user, 0, 0));
        (void)err_hint(err, "On blue: GRANT CONNECTION_ADMIN ON *.* TO that user.");
    }
    sql_result_free(row);
    sql_result_free(user);
    return err->category == ERR_NONE ? 0 : -1;
}

static int pause_replay(struct connection *standby, double seconds, struct err *err)
{
    (void)seconds; /* returns when it stands */
    return command(standby, "STOP", "SQL_THREAD", err);
}

static int resume_replay(struct connection *standby, struct err *err)
{
    struct halves halves;

    if (look_at_halves(standby, &halves, err) < 0)
        return -1;
    return halves.is_replica || sql_is_dry(standby)
               ? command(standby, "START", "SQL_THREAD", err)
               : 0;
}

/* What was received is applied: what the relay log holds beyond the position is nothing,
 * for blue is fenced. */
static int cut_stream(struct connection *standby, double seconds, struct err *err)
{
    struct deadline deadline = deadline_in(seconds);
    struct halves halves;

    if (look_at_halves(standby, &halves, err) < 0)
        return -1;
    if (!halves.is_replica && !sql_is_dry(standby))
        return 0;
    if (command(standby, "STOP", "IO_THREAD", err) < 0)
        return -1;
    while (!sql_is_dry(standby)) {
        struct sql_result *row =
            sql_row(standby,
                    "SELECT coalesce((SELECT gtid_subset(received_transaction_set,"
                    "  @@GLOBAL.gtid_executed)"
                    "  FROM performance_schema.replication_connection_status), 1)",
                    err);
        bool is_applied = row != NULL && sql_integer(row, 0, 0) != 0;

        sql_result_free(row);
        if (row == NULL)
            return -1;
        if (is_applied)
            return 0;
        if (wait_turn(&deadline, TURN_MS, "what was received to be applied", err) < 0)
            return -1;
    }
    return 0;
}

/* Not to be read as a replica by anybody any more, nor to follow blue after a restart. */
static int promote(struct connection *standby, double seconds, struct err *err)
{
    struct halves halves;

    (void)seconds;
    if (look_at_halves(standby, &halves, err) < 0)
        return -1;
    if (!halves.is_replica && !sql_is_dry(standby))
        return 0;
    return command(standby, "STOP", "", err) < 0
               ? -1
               : command(standby, "RESET", "ALL", err);
}

/* promote() has done it. But an adopted replica may be read only by a file of its
 * owner's, and would stay so as a master. */
static int forget_master(const struct server *server, struct connection *connection,
                         struct err *err)
{
    if (!server->is_adopted)
        return 0;
    return sql_exec(connection,
                    "SET PERSIST super_read_only = OFF; SET PERSIST read_only = OFF; "
                    "SET PERSIST offline_mode = OFF",
                    err);
}

static int checkpoint(struct connection *connection, struct err *err)
{
    (void)connection; /* a stop in order has written everything */
    (void)err;
    return 0;
}

/* Told to have no changed pages in memory, it writes them. It stands so until the next restart if we
 * die here, which costs it some speed. */
static int write_out(struct connection *standby, double seconds, struct err *err)
{
    struct deadline deadline =
        deadline_in(seconds < WRITE_OUT_SECONDS ? seconds : WRITE_OUT_SECONDS);
    struct strbuf back = STRBUF_INIT;
    struct sql_result *row = sql_row(standby,
                                     "SELECT @@GLOBAL.innodb_max_dirty_pages_pct,"
                                     " @@GLOBAL.innodb_max_dirty_pages_pct_lwm",
                                     err);
    long long pages = sql_is_dry(standby) ? 0 : PAGES_LEFT + 1;
    int status;

    if (row == NULL)
        return -1;
    /* The lower one must not be above the other. */
    strbuf_addf(&back,
                "SET GLOBAL innodb_max_dirty_pages_pct = %s;"
                " SET GLOBAL innodb_max_dirty_pages_pct_lwm = %s",
                sql_text(row, 0, 0), sql_text(row, 0, 1));
    sql_result_free(row);
    status = sql_exec(standby,
                      "SET GLOBAL innodb_max_dirty_pages_pct_lwm = 0;"
                      " SET GLOBAL innodb_max_dirty_pages_pct = 0",
                      err);
    while (status == 0 && pages > PAGES_LEFT) {
        row = sql_row(standby,
                      "SELECT variable_value FROM performance_schema.global_status"
                      " WHERE variable_name = 'Innodb_buffer_pool_pages_dirty'",
                      err);
        pages = row != NULL ? sql_integer(row, 0, 0) : 0;
        status = row != NULL ? 0 : -1;
        sql_result_free(row);
        if (status == 0 && pages > PAGES_LEFT &&
            wait_turn(&deadline, TURN_MS, "green's pages to be written", err) < 0)
            break;
    }
    if (err->category == ERR_TIMEOUT) /* it has written what it could */
        err_clear(err);
    if (sql_is_alive(standby)) {
        struct err second;

        err_clear(&second);
        if (sql_exec(standby, strbuf_text(&back), &second) < 0 && status == 0) {
            *err = second;
            status = -1;
        }
    }
    strbuf_clear(&back);
    return err->category == ERR_NONE ? status : -1;
}

static void add_option(struct strbuf *sql, const char *name, const char *value)
{
    if (value == NULL)
        return;
    strbuf_addf(sql, ", %s = ", name);
    sql_add_literal(sql, value);
}

int my_master_address(struct connection *admin, char **host, long *port,
                      struct err *err)
{
    const struct url_parts *parts = &my_of(admin)->parts;
    const char *name = url_parts_value(parts, "host");
    const char *number = url_parts_value(parts, "port");
    bool is_local = name == NULL || strcmp(name, "localhost") == 0;

    /* "localhost" is a socket to a client, and says nothing of the port. */
    if (number != NULL && !is_local) {
        *port = strtol(number, NULL, 10);
    } else {
        struct sql_result *row = sql_row(admin, "SELECT @@GLOBAL.port", err);

        if (row == NULL)
            return -1;
        *port = (long)sql_integer(row, 0, 0);
        sql_result_free(row);
    }
    *host = xstrdup(is_local ? "127.0.0.1" : name);
    return 0;
}

/* How the master is reached, as this tool reaches it. */
static int add_source(struct strbuf *sql, struct connection *admin, struct err *err)
{
    const struct url_parts *parts = &my_of(admin)->parts;
    const char *mode = url_parts_value(parts, "ssl_mode");
    bool has_tls = mysql_asks_for_tls(parts);
    char *host;
    long port;

    if (my_master_address(admin, &host, &port, err) < 0)
        return -1;
    strbuf_add_string(sql, "SOURCE_HOST = ");
    sql_add_literal(sql, host);
    free(host);
    strbuf_addf(sql, ", SOURCE_PORT = %ld, SOURCE_SSL = %d", port, has_tls ? 1 : 0);
    add_option(sql, "SOURCE_SSL_CA", url_parts_value(parts, "ssl_ca"));
    add_option(sql, "SOURCE_SSL_CAPATH", url_parts_value(parts, "ssl_capath"));
    add_option(sql, "SOURCE_SSL_CERT", url_parts_value(parts, "ssl_cert"));
    add_option(sql, "SOURCE_SSL_KEY", url_parts_value(parts, "ssl_key"));
    if (mode != NULL && strcmp(mode, "VERIFY_IDENTITY") == 0)
        strbuf_add_string(sql, ", SOURCE_SSL_VERIFY_SERVER_CERT = 1");
    if (!has_tls)
        strbuf_add_string(sql, ", GET_SOURCE_PUBLIC_KEY = 1");
    return 0;
}

int my_point_to_master(struct connection *admin, struct connection *replica,
                       struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    struct halves halves;
    struct sql_result *row;
    int status;

    if (look_at_halves(replica, &halves, err) < 0)
        return -1;
    if (halves.is_replica)
        return 0;
    row = sql_row(replica,
                  "SELECT @@GLOBAL.gtid_mode = 'ON', binlog_file, binlog_position"
                  " FROM performance_schema.clone_status",
                  err);
    if (row == NULL)
        return -1;
    strbuf_add_string(&sql, "CHANGE REPLICATION SOURCE TO ");
    status = add_source(&sql, admin, err);
    if (sql_integer(row, 0, 0) != 0) {
        strbuf_add_string(&sql, ", SOURCE_AUTO_POSITION = 1");
    } else {
        add_option(&sql, "SOURCE_LOG_FILE", sql_text(row, 0, 1));
        strbuf_addf(&sql, ", SOURCE_LOG_POS = %lld", sql_integer(row, 0, 2));
    }
    if (status == 0)
        status = sql_exec(replica, strbuf_text(&sql), err);
    sql_result_free(row);
    strbuf_clear(&sql);
    return status;
}

int my_start_replication(const struct server *server, struct connection *replica,
                         struct err *err)
{
    struct strbuf rest = STRBUF_INIT;
    struct url_parts parts;
    struct halves halves;
    const char *password;
    int status;

    if (look_at_halves(replica, &halves, err) < 0)
        return -1;
    if (!halves.is_replica || (halves.is_receiving && halves.is_applying))
        return 0;
    if (server->is_adopted || halves.is_receiving)
        return command(replica, "START", halves.is_receiving ? "SQL_THREAD" : "", err);
    url_parts_read(&parts, server->login->text);
    password = mysql_password(&parts);
    strbuf_add_string(&rest, "USER = ");
    sql_add_literal(&rest, url_parts_text_of(&parts, "user"));
    strbuf_add_string(&rest, " PASSWORD = ");
    sql_add_literal(&rest, password != NULL ? password : "");
    status = command(replica, "START", strbuf_text(&rest), err);
    strbuf_wipe(&rest);
    url_parts_clear(&parts);
    return status;
}

const struct replica_ops mysql_replica_ops = {
    .name = "MySQL",
    .default_os_user = "mysql",
    .fence_ends_sessions = true,
    .prepare_session = prepare_session,
    .look_at_primary = my_look_at_primary,
    .check_primary = my_check_primary,
    .look_at_fence = my_look_at_fence,
    .close_fence = my_close_fence,
    .lift_fence = my_lift_fence,
    .count_sessions = my_count_sessions,
    .list_writers = my_list_writers,
    .end_sessions = my_end_sessions,
    .mark_position = my_mark_position,
    .count_writes = my_count_writes,
    .make_slot = make_slot,
    .drop_slot = drop_slot,
    .describe_copy = describe_copy,
    .check_adopted = check_adopted,
    .look_at_standby = look_at_standby,
    .has_replayed = my_has_replayed,
    .pause_replay = pause_replay,
    .resume_replay = resume_replay,
    .cut_stream = cut_stream,
    .promote = promote,
    .check_place = my_check_place,
    .copy = my_copy_server,
    .follow = my_follow,
    .get_phase = my_get_phase,
    .start = my_start,
    .stop = my_stop,
    .discard = my_discard,
    .sync_files = my_sync_files,
    .connect = my_connect_local,
    .private_url = my_private_url,
    .private_secret = my_private_secret,
    .describe_durability = my_describe_durability,
    .prove_durability = my_prove_durability,
    .forget_master = forget_master,
    .checkpoint = checkpoint,
    .write_out = write_out,
    .mark_changes = my_mark_changes,
    .list_changes = my_list_changes,
};
