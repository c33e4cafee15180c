/* SPDX-License-Identifier: Apache-2.0
 *
 * primary.c - PostgreSQL: what the master is like, and whether it can be the master of a
 * switch. Looks only.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "postgres/connection.h"
#include "postgres/replica.h"

enum { NEEDED_SENDERS_PER_COPY = 2 };

static const char facts_sql[] =
    "SELECT (SELECT sum(pg_database_size(oid)) FROM pg_database WHERE datallowconn),"
    " pg_database_size(current_database()),"
    " (SELECT coalesce(extract(epoch FROM max(now() - xact_start)), 0)::bigint"
    "  FROM pg_stat_activity WHERE datname = current_database()"
    "  AND backend_xid IS NOT NULL),"
    " current_setting('synchronous_standby_names'),"
    " (SELECT system_identifier FROM pg_control_system()), current_database()";

int pg_look_at_primary(struct connection *admin, struct primary_facts *facts,
                       struct err *err)
{
    struct sql_result *row = sql_row(admin, facts_sql, err);

    memset(facts, 0, sizeof(*facts));
    if (row == NULL)
        return -1;
    facts->version = sql_server_version(admin);
    facts->bytes = sql_integer(row, 0, 0);
    facts->database_bytes = sql_integer(row, 0, 1);
    facts->oldest_seconds = sql_integer(row, 0, 2);
    sql_copy(facts->synchronous, sizeof(facts->synchronous), row, 3);
    sql_copy(facts->identity, sizeof(facts->identity), row, 4);
    sql_copy(facts->database, sizeof(facts->database), row, 5);
    sql_result_free(row);
    return 0;
}

static int check_role(const struct sql_result *row, struct err *err)
{
    if (sql_text(row, 0, 0)[0] == 't')
        return err_set(err, ERR_STATE, "blue is a replica, not the master");
    if (sql_text(row, 0, 1)[0] != 't') {
        (void)err_set(err, ERR_CONFIG, "the role \"%s\" in [blue] url is no superuser",
                      sql_text(row, 0, 11));
        return err_hint(
            err, "Blue's fence is a connection limit of 0, through which the "
                 "server lets nobody without SUPERUSER: not airshift either, "
                 "when it comes back to lift it. No other privilege stands in "
                 "for it. The role that Airflow uses needs no more than it has.");
    }
    if (strcmp(sql_text(row, 0, 2), "minimal") == 0) {
        (void)err_set(err, ERR_STATE,
                      "blue has wal_level = minimal, which no replica can follow");
        return err_hint(err, "Set wal_level = replica and restart blue.");
    }
    return 0;
}

static int check_obstacles(const struct sql_result *row, struct err *err)
{
    if (sql_integer(row, 0, 3) > 0) {
        (void)err_set(err, ERR_STATE, "blue has %lld prepared transactions",
                      sql_integer(row, 0, 3));
        return err_hint(err,
                        "No fence ends them. Commit them or roll them back: SELECT gid "
                        "FROM pg_prepared_xacts.");
    }
    if (sql_integer(row, 0, 4) > 0) {
        (void)err_set(err, ERR_STATE,
                      "blue has %lld subscriptions that write behind a fence",
                      sql_integer(row, 0, 4));
        return err_hint(err,
                        "ALTER SUBSCRIPTION ... DISABLE for the time of the switch.");
    }
    if (sql_text(row, 0, 5)[0] != '\0') {
        (void)err_set(err, ERR_STATE,
                      "roles set default_transaction_read_only for themselves: %s",
                      sql_text(row, 0, 5));
        return err_hint(err,
                        "Such a setting is stronger than the fence's: ALTER ROLE ... "
                        "RESET default_transaction_read_only.");
    }
    return 0;
}

static int check_replication(const struct sql_result *row, unsigned copies,
                             struct err *err)
{
    long long senders = copies == 0 ? 0 : copies + NEEDED_SENDERS_PER_COPY - 1;
    long long senders_max = sql_integer(row, 0, 6);
    long long senders_left = senders_max - sql_integer(row, 0, 7);
    long long slots_max = sql_integer(row, 0, 8);
    long long slots_left = slots_max - sql_integer(row, 0, 9);

    if (senders_left < senders) {
        (void)err_set(
            err, ERR_STATE,
            "blue has %lld of %lld replication connections left, %lld are needed",
            senders_left, senders_max, senders);
        return err_hint(err, "Raise max_wal_senders on blue.");
    }
    if (slots_left < (long long)copies) {
        (void)err_set(err, ERR_STATE,
                      "blue has %lld of %lld replication slots left, %u are needed",
                      slots_left, slots_max, copies);
        return err_hint(err, "Raise max_replication_slots on blue.");
    }
    if (copies > 0 && sql_integer(row, 0, 10) > 0) {
        (void)err_set(err, ERR_UNSUPPORTED,
                      "blue has %lld tablespaces outside its data directory",
                      sql_integer(row, 0, 10));
        return err_hint(err,
                        "A copy on the same machine would use the same directories. "
                        "Make the replicas yourself and set provision = adopt.");
    }
    return 0;
}

/* A copy of the server has none of them (but those that PostgreSQL 17 keeps on standbys, too). */
static int warn_of_logical_slots(struct connection *admin, struct err *err)
{
    struct sql_result *row =
        sql_row(admin,
                "SELECT coalesce(string_agg(slot_name, ', ' ORDER BY slot_name), '')"
                " FROM pg_replication_slots WHERE slot_type = 'logical'",
                err);

    if (row == NULL)
        return -1;
    if (sql_text(row, 0, 0)[0] != '\0')
        log_warning("blue's logical replication slots are not on green, and who reads "
                    "from them does not get what is written there: %s",
                    sql_text(row, 0, 0));
    sql_result_free(row);
    return 0;
}

int pg_check_primary(struct connection *admin, unsigned copies, struct err *err)
{
    struct sql_result *row =
        sql_row(admin,
                "SELECT pg_is_in_recovery(),"
                " (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),"
                " current_setting('wal_level'),"
                " (SELECT count(*) FROM pg_prepared_xacts"
                "  WHERE database = current_database()),"
                " (SELECT count(*) FROM pg_subscription WHERE subenabled),"
                " (SELECT string_agg(DISTINCT r.rolname, ', ')"
                "  FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole"
                "  WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database"
                "                             WHERE datname = current_database()))"
                "  AND EXISTS (SELECT FROM unnest(s.setconfig) c"
                "              WHERE c LIKE 'default_transaction_read_only=%')),"
                " current_setting('max_wal_senders'),"
                " (SELECT count(*) FROM pg_stat_replication),"
                " current_setting('max_replication_slots'),"
                " (SELECT count(*) FROM pg_replication_slots),"
                " (SELECT count(*) FROM pg_tablespace"
                "  WHERE spcname NOT IN ('pg_default', 'pg_global')),"
                " current_user",
                err);
    int status = -1;

    if (row == NULL)
        return -1;
    if (check_role(row, err) == 0 && check_obstacles(row, err) == 0 &&
        check_replication(row, copies, err) == 0)
        status = warn_of_logical_slots(admin, err);
    sql_result_free(row);
    return status;
}
