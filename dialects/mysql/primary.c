/* SPDX-License-Identifier: Apache-2.0
 *
 * primary.c - MySQL: what the master is like, and whether it can be the master of a
 * switch. Looks only.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "mysql/connection.h"
#include "mysql/replica.h"

enum { CLONES_SINCE = 80023 }; /* CLONE, and the words of today for a replica */

int my_look_at_primary(struct connection *admin, struct primary_facts *facts,
                       struct err *err)
{
    struct sql_result *row = sql_row(
        admin,
        "SELECT (SELECT coalesce(sum(file_size), 0)"
        "  FROM information_schema.innodb_tablespaces),"
        " (SELECT coalesce(sum(data_length + index_length), 0)"
        "  FROM information_schema.tables WHERE table_schema = database()),"
        " (SELECT coalesce(max(timestampdiff(SECOND, trx_started, sysdate())), 0)"
        "  FROM information_schema.innodb_trx WHERE trx_rows_modified > 0),"
        " (SELECT coalesce(max('semi-synchronous replication'), '')"
        "  FROM performance_schema.global_variables WHERE variable_value = 'ON'"
        "  AND variable_name IN ('rpl_semi_sync_source_enabled',"
        "   'rpl_semi_sync_master_enabled')),"
        " @@server_uuid, database()",
        err);

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

/* What the session's user may not do, with commas; "" for nothing. SUPER stands for the
 * privileges that were made out of it. */
static int add_missing(struct connection *admin, struct strbuf *missing,
                       struct err *err)
{
    struct sql_result *rows = sql_query(
        admin,
        "SELECT w.name FROM (SELECT 'SYSTEM_VARIABLES_ADMIN' AS name, 1 AS is_super"
        "  UNION SELECT 'CONNECTION_ADMIN', 1 UNION SELECT 'REPLICATION_SLAVE_ADMIN', 1"
        "  UNION SELECT 'BACKUP_ADMIN', 0 UNION SELECT 'REPLICATION SLAVE', 0"
        "  UNION SELECT 'REPLICATION CLIENT', 0 UNION SELECT 'PROCESS', 0"
        "  UNION SELECT 'RELOAD', 0 UNION SELECT 'SELECT', 0) AS w"
        " WHERE NOT EXISTS (SELECT * FROM information_schema.user_privileges AS p"
        "  WHERE p.grantee = concat('''', substring_index(current_user(), '@', 1),"
        "   '''@''', substring_index(current_user(), '@', -1), '''')"
        "  AND (p.privilege_type = w.name"
        "   OR w.is_super AND p.privilege_type = 'SUPER')) ORDER BY 1",
        0, NULL, err);

    if (rows == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(rows); i++)
        strbuf_addf(missing, "%s%s", i > 0 ? ", " : "", sql_text(rows, i, 0));
    sql_result_free(rows);
    return 0;
}

static int check_role(struct connection *admin, struct err *err)
{
    struct strbuf missing = STRBUF_INIT;
    int status = add_missing(admin, &missing, err);

    if (status == 0 && missing.length > 0) {
        (void)err_set(err, ERR_CONFIG,
                      "the user in [blue] url is no administrator, it lacks %s",
                      strbuf_text(&missing));
        status = err_hint(err,
                          "GRANT %s ON *.* TO it. The user that Airflow has needs no "
                          "more than it has.",
                          strbuf_text(&missing));
    }
    strbuf_clear(&missing);
    return status;
}

/* What one of the rows of check_sql stands for. */
static int object(const char *what, const char *value, struct err *err)
{
    static const struct {
        const char *what;
        const char *text; /* with %s for the value */
        const char *hint;
    } objections[] = {
        {"replica", "blue is a replica%s, not the master",
         "Name its master; a master in a ring is not switched."},
        {"log_bin", "blue has log_bin = %s, so nobody can follow it",
         "Set log_bin and restart blue."},
        {"binlog_format", "blue has binlog_format = %s",
         "SET GLOBAL binlog_format = 'ROW': with statements, a replica may hold other "
         "rows."},
        {"performance_schema", "blue has performance_schema = %s",
         "Its sessions are looked for there: turn it on and restart blue."},
        {"prepared", "blue has prepared XA transactions: %s",
         "No fence ends them. Commit them or roll them back: XA RECOVER."},
        {"host", "the user in [blue] url is known as %s only",
         "A replica on this machine is reached through its socket, as localhost: make "
         "that user for '%' or 'localhost'."},
        {"clone", "blue has no CLONE plugin%s, by which replicas are made",
         "INSTALL PLUGIN clone SONAME 'mysql_clone.so' on blue; or make the replicas "
         "yourself and set provision = adopt."},
    };

    for (size_t i = 0; i < sizeof(objections) / sizeof(objections[0]); i++) {
        const char *at = strstr(objections[i].text, "%s");

        if (strcmp(objections[i].what, what) != 0)
            continue;
        (void)err_set(err, strcmp(what, "host") == 0 ? ERR_CONFIG : ERR_STATE,
                      "%.*s%s%s", (int)(at - objections[i].text), objections[i].text,
                      value, at + 2);
        return err_hint(err, "%s", objections[i].hint);
    }
    return err_set(err, ERR_INTERNAL, "an objection without words: %s", what);
}

static const char check_sql[] =
    "SELECT 'replica', '' FROM performance_schema.replication_connection_configuration"
    " UNION ALL SELECT 'log_bin', 'OFF' FROM dual WHERE NOT @@GLOBAL.log_bin"
    " UNION ALL SELECT 'binlog_format', @@GLOBAL.binlog_format FROM dual"
    "  WHERE @@GLOBAL.binlog_format <> 'ROW'"
    " UNION ALL SELECT 'performance_schema', 'OFF' FROM dual"
    "  WHERE NOT @@GLOBAL.performance_schema"
    " UNION ALL SELECT 'host', current_user() FROM dual"
    "  WHERE substring_index(current_user(), '@', -1) NOT IN ('%', 'localhost')"
    " UNION ALL SELECT 'clone', '' FROM dual WHERE $1 <> '0' AND NOT EXISTS"
    "  (SELECT * FROM information_schema.plugins WHERE plugin_name = 'clone'"
    "   AND plugin_status = 'ACTIVE')";

static int check_prepared(struct connection *admin, struct err *err)
{
    struct sql_result *rows = sql_query(admin, "XA RECOVER", 0, NULL, err);
    char count[32];

    if (rows == NULL)
        return -1;
    (void)snprintf(count, sizeof(count), "%zu", sql_row_count(rows));
    if (sql_row_count(rows) > 0)
        (void)object("prepared", count, err);
    sql_result_free(rows);
    return err->category == ERR_NONE ? 0 : -1;
}

/* Others than ours follow blue again when its fence is lifted. */
static int warn_of_replicas(struct connection *admin, struct err *err)
{
    struct sql_result *row =
        sql_row(admin,
                "SELECT coalesce(group_concat(DISTINCT t.processlist_user SEPARATOR"
                " ', '), '') FROM performance_schema.threads AS t"
                " WHERE t.processlist_command LIKE 'Binlog Dump%'"
                " AND t.processlist_user NOT IN (" MY_ADMINISTRATORS ")",
                err);

    if (row == NULL)
        return -1;
    if (sql_text(row, 0, 0)[0] != '\0')
        log_warning("while blue is fenced, replicas with users without "
                    "CONNECTION_ADMIN do not follow it: %s",
                    sql_text(row, 0, 0));
    sql_result_free(row);
    return 0;
}

/* The fence is the whole server's. */
static int warn_of_others(struct connection *admin, struct err *err)
{
    struct sql_result *row = sql_row(
        admin,
        "SELECT coalesce(group_concat(schema_name SEPARATOR ', '), '')"
        " FROM information_schema.schemata WHERE schema_name NOT IN (database(),"
        " 'mysql', 'sys', 'performance_schema', 'information_schema')",
        err);

    if (row == NULL)
        return -1;
    if (sql_text(row, 0, 0)[0] != '\0')
        log_warning("blue has other databases, whose clients are fenced off too: %s",
                    sql_text(row, 0, 0));
    sql_result_free(row);
    return 0;
}

int my_check_primary(struct connection *admin, unsigned copies, struct err *err)
{
    char number[16];
    const char *parameters[] = {number};
    struct sql_result *rows;
    int status = 0;

    (void)snprintf(number, sizeof(number), "%u", copies);
    if (check_role(admin, err) < 0)
        return -1;
    if (copies > 0 && sql_server_version(admin) < CLONES_SINCE) {
        (void)err_set(err, ERR_UNSUPPORTED,
                      "blue is older than MySQL 8.0.23, of which no replica is made");
        return err_hint(err, "Make the replicas yourself and set provision = adopt, or "
                             "upgrade blue.");
    }
    rows = sql_query(admin, check_sql, 1, parameters, err);
    if (rows == NULL)
        return -1;
    if (sql_row_count(rows) > 0)
        status = object(sql_text(rows, 0, 0), sql_text(rows, 0, 1), err);
    sql_result_free(rows);
    if (status == 0)
        status = check_prepared(admin, err);
    return status == 0 && warn_of_others(admin, err) == 0 ? warn_of_replicas(admin, err)
                                                          : -1;
}
