/* SPDX-License-Identifier: Apache-2.0
 *
 * replica.c - PostgreSQL: fences, sessions, positions and promotion, each through a
 * session with the server concerned. Starts and stops nothing.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "postgres/connection.h"
#include "postgres/replica.h"
#include "wait.h"

enum { TURN_MS = 20, COUNTERS_SECONDS = 5 };

/* The fence must not stop the one who lifts it. */
static int prepare_session(struct connection *admin, struct err *err)
{
    return sql_exec(admin, "SET default_transaction_read_only = off", err);
}

static int look_at_fence(struct connection *admin, struct fence *fence, struct err *err)
{
    struct sql_result *row =
        sql_row(admin,
                "SELECT d.datconnlimit, coalesce((SELECT split_part(c, '=', 2)"
                "  FROM pg_db_role_setting s, unnest(s.setconfig) c"
                "  WHERE s.setdatabase = d.oid AND s.setrole = 0"
                "  AND c LIKE 'default_transaction_read_only=%'), '')"
                " FROM pg_database d WHERE d.datname = current_database()",
                err);
    bool is_limited;
    bool is_read_only;

    if (row == NULL)
        return -1;
    fence->connection_limit = sql_integer(row, 0, 0);
    sql_copy(fence->read_only, sizeof(fence->read_only), row, 1);
    is_limited = fence->connection_limit == 0;
    is_read_only = strcmp(fence->read_only, "on") == 0;
    fence->is_closed = is_limited && is_read_only;
    fence->is_touched = is_limited || is_read_only;
    sql_result_free(row);
    return 0;
}

/* The name of the session's database, quoted, at the end of `sql`. */
static int add_database(struct connection *connection, struct strbuf *sql,
                        struct err *err)
{
    struct sql_result *row = sql_row(connection, "SELECT current_database()", err);

    if (row == NULL)
        return -1;
    sql_add_name(sql, sql_text(row, 0, 0));
    sql_result_free(row);
    return 0;
}

/* Both settings in one transaction, so that there is never only one of them. It does
 * not wait for synchronous standbys: one that is down must not keep a fence up. */
static int set_fence(struct connection *admin, long long connection_limit,
                     const char *read_only, struct err *err)
{
    struct strbuf name = STRBUF_INIT;
    struct strbuf sql = STRBUF_INIT;
    int status = -1;

    if (add_database(admin, &name, err) == 0) {
        strbuf_addf(&sql,
                    "BEGIN READ WRITE; SET LOCAL synchronous_commit = local;"
                    " ALTER DATABASE %s CONNECTION LIMIT %lld; ALTER DATABASE %s ",
                    strbuf_text(&name), connection_limit, strbuf_text(&name));
        if (read_only[0] == '\0')
            strbuf_add_string(&sql, "RESET default_transaction_read_only");
        else
            strbuf_addf(&sql, "SET default_transaction_read_only = %s",
                        strcmp(read_only, "on") == 0 ? "on" : "off");
        strbuf_add_string(&sql, "; COMMIT");
        status = sql_exec(admin, strbuf_text(&sql), err);
        if (status < 0 && sql_is_alive(admin)) {
            struct err ignored; /* the first error is the one to tell */

            (void)sql_exec(admin, "ROLLBACK", &ignored);
        }
    }
    strbuf_clear(&sql);
    strbuf_clear(&name);
    return status;
}

static int close_fence(struct connection *admin, struct err *err)
{
    struct fence now;

    if (look_at_fence(admin, &now, err) < 0)
        return -1;
    if (now.is_closed && !sql_is_dry(admin))
        return 0;
    if (set_fence(admin, 0, "on", err) < 0 || look_at_fence(admin, &now, err) < 0)
        return -1;
    return now.is_closed || sql_is_dry(admin)
               ? 0
               : err_set(err, ERR_STATE, "the fence did not hold");
}

static int lift_fence(struct connection *admin, const struct fence *original,
                      struct err *err)
{
    struct fence now;

    if (look_at_fence(admin, &now, err) < 0)
        return -1;
    if (now.connection_limit == original->connection_limit &&
        strcmp(now.read_only, original->read_only) == 0 && !sql_is_dry(admin))
        return 0;
    return set_fence(admin, original->connection_limit, original->read_only, err);
}

/* Whose sessions count: everybody's in this database but ours. */
#define THEIRS                                                            \
    " FROM pg_stat_activity a LEFT JOIN pg_roles r ON r.oid = a.usesysid" \
    " WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()" \
    " AND NOT (a.application_name LIKE 'airshift: %' AND a.usename = current_user)"
#define CLIENTS THEIRS " AND a.backend_type = 'client backend'"

static int count_sessions(struct connection *admin, struct session_counts *counts,
                          struct err *err)
{
    struct sql_result *row = sql_row(
        admin,
        "SELECT count(*), count(a.backend_xid), count(a.xact_start),"
        " count(*) FILTER (WHERE r.rolsuper),"
        " (SELECT count(*)" THEIRS " AND a.backend_type NOT IN ('client backend',"
        "  'parallel worker', 'autovacuum worker', 'walsender'))" CLIENTS,
        err);

    if (row == NULL)
        return -1;
    counts->clients = sql_integer(row, 0, 0);
    counts->writing = sql_integer(row, 0, 1);
    counts->in_transaction = sql_integer(row, 0, 2);
    counts->superusers = sql_integer(row, 0, 3);
    counts->others = sql_integer(row, 0, 4);
    sql_result_free(row);
    return 0;
}

static int list_writers(struct connection *admin, double older_than_seconds,
                        struct strbuf *text, long long *count, struct err *err)
{
    char seconds[32];
    const char *parameters[] = {seconds};
    struct sql_result *rows;

    (void)snprintf(seconds, sizeof(seconds), "%.3f", older_than_seconds);
    /* The text of their statements stays out: it may hold anything. */
    rows = sql_query(
        admin,
        "SELECT a.pid, coalesce(a.usename, ''), a.application_name, a.state,"
        " extract(epoch FROM clock_timestamp() - a.xact_start)::bigint" CLIENTS
        " AND a.backend_xid IS NOT NULL AND clock_timestamp() - a.xact_start"
        " >= make_interval(secs => $1::float8) ORDER BY a.xact_start",
        1, parameters, err);
    if (rows == NULL)
        return -1;
    *count = replica_add_writers(text, rows, "pid");
    sql_result_free(rows);
    return 0;
}

static int end_sessions(struct connection *admin, long long *ended, struct err *err)
{
    struct sql_result *row;

    *ended = 0;
    if (sql_change(admin,
                   "SELECT count(*) FILTER (WHERE pg_terminate_backend(a.pid))" CLIENTS,
                   0, NULL, &row, err) < 0)
        return -1;
    if (row != NULL)
        *ended = sql_integer(row, 0, 0);
    sql_result_free(row);
    return 0;
}

/* A restore point and not simply the end of the log, because replay reaches the end of
 * a record exactly; and in a transaction that commits, because the commit flushes it.
 */
static int mark_position(struct connection *admin, const char *name,
                         struct strbuf *position, struct err *err)
{
    struct sql_result *row;

    if (sql_exec(admin,
                 "BEGIN READ WRITE; SET LOCAL synchronous_commit = local;"
                 " SELECT txid_current()",
                 err) < 0)
        return -1;
    if (sql_change(admin, "SELECT pg_create_restore_point($1)", 1, &name, &row, err) <
        0)
        return -1;
    strbuf_add_string(position, row != NULL ? sql_text(row, 0, 0) : "0/0");
    sql_result_free(row);
    return sql_exec(admin, "COMMIT", err);
}

/* Before PostgreSQL 15 a statement sees counters that may be half a second old
 * (PGSTAT_STAT_INTERVAL): one is waited for that sees those of now. */
static int count_writes(struct connection *admin, long long *writes, const char **unit,
                        struct err *err)
{
    struct deadline deadline = deadline_in(COUNTERS_SECONDS);
    struct sql_result *begun = sql_row(admin, "SELECT clock_timestamp()", err);
    bool is_fresh = false;

    *unit = "rows";
    while (begun != NULL && !is_fresh) {
        const char *parameters[] = {sql_text(begun, 0, 0)};
        struct sql_result *row = sql_query(
            admin,
            "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint,"
            " coalesce(pg_stat_get_snapshot_timestamp() >= $1::timestamptz, true)"
            " FROM pg_stat_user_tables",
            1, parameters, err);

        if (row == NULL)
            break;
        *writes = sql_integer(row, 0, 0);
        is_fresh = sql_is_true(row, 0, 1);
        sql_result_free(row);
        if (is_fresh || wait_turn(&deadline, 10, "the server's counters", err) == 0)
            continue;
        if (err->category != ERR_TIMEOUT)
            break;
        log_warning("the server's counters are old: its statistics collector does not "
                    "answer");
        err_clear(err);
        is_fresh = true;
    }
    sql_result_free(begun);
    return is_fresh ? 0 : -1;
}

static int make_slot(struct connection *admin, const char *name, struct err *err)
{
    const char *parameters[] = {name};
    struct sql_result *rows;
    int status = sql_change(
        admin,
        "SELECT pg_create_physical_replication_slot($1, true)"
        " WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = $1)",
        1, parameters, &rows, err);

    sql_result_free(rows);
    return status;
}

/* A slot in use is freed first: its user is a replica or a copy of ours. */
static int drop_slot(struct connection *admin, const char *name, double seconds,
                     struct err *err)
{
    struct deadline deadline = deadline_in(seconds);
    const char *parameters[] = {name};

    for (;;) {
        struct sql_result *rows;
        int status = sql_change(
            admin,
            "SELECT CASE WHEN active THEN pg_terminate_backend(active_pid)::text"
            " ELSE pg_drop_replication_slot(slot_name)::text END"
            " FROM pg_replication_slots WHERE slot_name = $1",
            1, parameters, &rows, err);
        size_t count = rows != NULL ? sql_row_count(rows) : 0;

        sql_result_free(rows);
        if (status == 0 && count == 0)
            return 0;
        /* "is active for PID": it came back between the two looks. */
        if (status < 0 && strcmp(err->sqlstate, "55006") != 0)
            return -1;
        if (wait_turn(&deadline, TURN_MS, "a replication slot to become free", err) < 0)
            return -1;
    }
}

static int describe_copy(struct connection *admin, struct strbuf *text, struct err *err)
{
    struct sql_result *rows =
        sql_server_version(admin) < 130000
            ? NULL
            : sql_query(admin,
                        "SELECT phase, pg_size_pretty(backup_streamed),"
                        " pg_size_pretty(backup_total),"
                        " (100 * backup_streamed / nullif(backup_total, 0))::int"
                        " FROM pg_stat_progress_basebackup",
                        0, NULL, err);

    if (rows == NULL)
        return sql_server_version(admin) < 130000 ? 0 : -1;
    for (size_t i = 0; i < sql_row_count(rows); i++)
        strbuf_addf(text, "%s%s: %s of %s (%s%%)", i > 0 ? "; " : "",
                    sql_text(rows, i, 0), sql_text(rows, i, 1), sql_text(rows, i, 2),
                    sql_text(rows, i, 3));
    sql_result_free(rows);
    return 0;
}

/* No fence of ours ends a replication connection. */
static int check_adopted(struct connection *admin, struct connection *standby,
                         struct err *err)
{
    (void)admin;
    (void)standby;
    (void)err;
    return 0;
}

static int look_at_standby(struct connection *standby, struct standby_facts *facts,
                           struct err *err)
{
    struct sql_result *row =
        sql_row(standby,
                "SELECT pg_is_in_recovery(),"
                " EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming'),"
                " (SELECT system_identifier FROM pg_control_system()),"
                " pg_last_wal_replay_lsn()",
                err);

    if (row == NULL)
        return -1;
    facts->is_replica = sql_text(row, 0, 0)[0] == 't';
    facts->is_streaming = sql_text(row, 0, 1)[0] == 't';
    sql_copy(facts->identity, sizeof(facts->identity), row, 2);
    if (facts->replayed != NULL)
        strbuf_add_string(facts->replayed, sql_text(row, 0, 3));
    sql_result_free(row);
    return 0;
}

static int has_replayed(struct connection *standby, const char *position,
                        bool *is_there, struct strbuf *text, struct err *err)
{
    struct sql_result *row = sql_row_for(
        standby,
        "SELECT coalesce(p >= $1::pg_lsn, false), coalesce(p::text, 'nothing'),"
        " coalesce(pg_size_pretty(pg_wal_lsn_diff($1::pg_lsn, p)), 'all of it')"
        " FROM pg_last_wal_replay_lsn() p",
        position, err);

    if (row == NULL)
        return -1;
    *is_there = sql_text(row, 0, 0)[0] == 't';
    strbuf_addf(text, "replayed %s, %s to go", sql_text(row, 0, 1),
                *is_there ? "nothing" : sql_text(row, 0, 2));
    sql_result_free(row);
    return 0;
}

static int ask(struct connection *connection, const char *sql, bool *answer,
               struct err *err)
{
    struct sql_result *row = sql_row(connection, sql, err);

    if (row == NULL)
        return -1;
    *answer = sql_text(row, 0, 0)[0] == 't';
    sql_result_free(row);
    return 0;
}

static int pause_replay(struct connection *standby, double seconds, struct err *err)
{
    struct deadline deadline = deadline_in(seconds);
    const char *sql = sql_server_version(standby) >= 140000
                          ? "SELECT pg_get_wal_replay_pause_state() = 'paused'"
                          : "SELECT pg_is_wal_replay_paused()";
    bool is_paused = false;

    if (!sql_is_dry(standby) && ask(standby, sql, &is_paused, err) < 0)
        return -1;
    if (!is_paused && sql_exec(standby, "SELECT pg_wal_replay_pause()", err) < 0)
        return -1;
    while (!is_paused && !sql_is_dry(standby)) {
        if (ask(standby, sql, &is_paused, err) < 0)
            return -1;
        if (!is_paused && wait_turn(&deadline, TURN_MS, "replay to pause", err) < 0)
            return -1;
    }
    return 0;
}

static int resume_replay(struct connection *standby, struct err *err)
{
    bool is_replica = false;

    if (ask(standby, "SELECT pg_is_in_recovery()", &is_replica, err) < 0)
        return -1;
    return is_replica || sql_is_dry(standby)
               ? sql_exec(standby, "SELECT pg_wal_replay_resume()", err)
               : 0;
}

static int cut_stream(struct connection *standby, double seconds, struct err *err)
{
    struct deadline deadline = deadline_in(seconds);
    bool is_cut = false;

    if (sql_exec(standby, "ALTER SYSTEM SET primary_conninfo = ''", err) < 0 ||
        sql_exec(standby, "SELECT pg_reload_conf()", err) < 0)
        return -1;
    while (!sql_is_dry(standby)) {
        if (ask(standby, "SELECT NOT EXISTS (SELECT FROM pg_stat_wal_receiver)",
                &is_cut, err) < 0)
            return -1;
        if (is_cut)
            return 0;
        if (wait_turn(&deadline, TURN_MS, "replication to end", err) < 0)
            return -1;
    }
    return 0;
}

static int promote(struct connection *standby, double seconds, struct err *err)
{
    struct deadline deadline = deadline_in(seconds);
    bool is_replica = true;

    if (!sql_is_dry(standby) &&
        ask(standby, "SELECT pg_is_in_recovery()", &is_replica, err) < 0)
        return -1;
    /* What was received but not yet replayed is replayed before recovery ends. */
    if (is_replica && sql_exec(standby, "SELECT pg_promote(false)", err) < 0)
        return -1;
    while (is_replica && !sql_is_dry(standby)) {
        if (ask(standby, "SELECT pg_is_in_recovery()", &is_replica, err) < 0)
            return -1;
        if (is_replica && wait_turn(&deadline, TURN_MS, "the promotion", err) < 0)
            return -1;
    }
    return 0;
}

/* archive_mode is not among them: it stays off until the server is opened. */
#define DURABILITY                                                                    \
    " FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'wal_level',"      \
    " 'max_wal_senders', 'autovacuum', 'synchronous_commit', 'maintenance_work_mem'," \
    " 'max_wal_size', 'checkpoint_timeout')"

static int describe_durability(struct connection *connection, struct strbuf *text,
                               struct err *err)
{
    struct sql_result *row = sql_row(
        connection,
        "SELECT string_agg(name || '=' || reset_val, ';' ORDER BY name)" DURABILITY,
        err);

    if (row == NULL)
        return -1;
    strbuf_add_string(text, sql_text(row, 0, 0));
    sql_result_free(row);
    return 0;
}

static int prove_durability(struct connection *connection, const char *expected,
                            struct err *err)
{
    struct sql_result *row =
        sql_row(connection,
                "SELECT string_agg(name || '=' || reset_val, ';' ORDER BY name),"
                " coalesce(string_agg(name, ', ') FILTER (WHERE source = 'command line'"
                " OR pending_restart), '')" DURABILITY,
                err);
    int status;

    if (row == NULL)
        return -1;
    status =
        replica_prove_settings(sql_text(row, 0, 0), expected, sql_text(row, 0, 1), err);
    sql_result_free(row);
    return status;
}

static int forget_master(const struct server *server, struct connection *connection,
                         struct err *err)
{
    /* An adopted server may name its old master in a file of its owner's, and the empty
     * setting that cut_stream() left is what keeps it from ever following it again. */
    if (server->is_adopted)
        return 0;
    if (sql_exec(connection, "ALTER SYSTEM RESET primary_conninfo", err) < 0 ||
        sql_exec(connection, "ALTER SYSTEM RESET primary_slot_name", err) < 0)
        return -1;
    return 0;
}

static int checkpoint(struct connection *connection, struct err *err)
{
    return sql_exec(connection, "CHECKPOINT", err);
}

/* It writes up to a checkpoint of its master that it has replayed, and no further. */
static int write_out(struct connection *standby, double seconds, struct err *err)
{
    (void)seconds; /* as long as it takes */
    return checkpoint(standby, err);
}

const struct replica_ops postgres_replica_ops = {
    .name = "PostgreSQL",
    .default_os_user = "postgres",
    .clients_pass_by_readers = true,
    .prepare_session = prepare_session,
    .look_at_primary = pg_look_at_primary,
    .check_primary = pg_check_primary,
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
    .check_place = pg_check_place,
    .copy = pg_copy_server,
    .follow = pg_follow,
    .get_phase = pg_get_phase,
    .start = pg_start,
    .stop = pg_stop,
    .discard = pg_discard,
    .sync_files = pg_sync_files,
    .connect = pg_connect_local,
    .private_url = pg_private_url,
    .private_secret = pg_private_secret,
    .describe_durability = describe_durability,
    .prove_durability = prove_durability,
    .forget_master = forget_master,
    .checkpoint = checkpoint,
    .write_out = write_out,
    .mark_changes = pg_mark_changes,
    .list_changes = pg_list_changes,
};
