/* SPDX-License-Identifier: Apache-2.0
 *
 * error.c - MySQL's errors as struct err. The server's own SQLSTATE is mostly HY000, so
 * the error number decides, and the SQLSTATE is the one PostgreSQL has for the same
 * failure: the engine's retries depend on it. Passwords are scrubbed.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "interrupt.h"
#include "message.h"
#include "mysql/connection.h"

static const struct meaning {
    unsigned number;
    const char *sqlstate;
    enum err_category category;
    const char *hint; /* NULL for none */
} meanings[] = {
    {1045, "28P01", ERR_CONNECT,
     "The password is wrong or missing, or the server knows no such user from this "
     "host: "
     "look at the URL and MYSQL_PWD."},
    {1698, "28000", ERR_CONNECT, "This user logs in by another way than a password."},
    {1044, "42501", ERR_CONNECT, "Connect as the user that owns Airflow's database."},
    {1049, "3D000", ERR_CONNECT,
     "There is no such database on this server; SHOW DATABASES lists them."},
    {1040, "53300", ERR_CONNECT,
     "The server has no session left: raise max_connections, close sessions or use "
     "fewer "
     "workers."},
    {1203, "53300", ERR_CONNECT, "This user has no session left."},
    {1226, "53300", ERR_CONNECT, "This user has used up what it is granted."},
    {1129, "28000", ERR_CONNECT, "FLUSH HOSTS lets this host in again."},
    {1130, "28000", ERR_CONNECT, "The server lets nobody in from this host."},
    {1053, "57P01", ERR_CONNECT, NULL},
    {3159, "28000", ERR_CONNECT,
     "The server wants TLS: add ssl_mode=REQUIRED to the URL."},
    {3032, "57P03", ERR_CONNECT, "The server is in offline mode."},
    {2002, "08001", ERR_CONNECT,
     "Is the server running, and is the host, port or socket right?"},
    {2003, "08001", ERR_CONNECT,
     "Is the server running, and does it listen on that host and port?"},
    {2005, "08001", ERR_CONNECT, "Is the host name right?"},
    {2026, "08001", ERR_CONNECT,
     "Do the TLS parameters of the URL (ssl_mode, ssl_ca, ssl_cert, ssl_key) fit the "
     "server's certificate? VERIFY_IDENTITY compares the host name, too; VERIFY_CA "
     "does "
     "not, with an ssl_ca."},
    {2006, "08006", ERR_CONNECT, NULL},
    {2013, "08006", ERR_CONNECT, NULL},
    {4031, "08006", ERR_CONNECT, NULL},
    {3698, "54001", ERR_SQL,
     "SET GLOBAL regexp_stack_limit = 1000000000 for the migration."},
    {3699, "54001", ERR_SQL,
     "SET GLOBAL regexp_time_limit = 1000000 for the migration."},
    {1153, "54000", ERR_SQL, "Raise max_allowed_packet on the server."},
    {2020, "54000", ERR_SQL, "Raise max_allowed_packet on the server."},
    {1205, "55P03", ERR_LOCK, NULL},
    {3572, "55P03", ERR_LOCK, NULL},
    {1213, "40P01", ERR_LOCK, NULL},
    {1317, "57014", ERR_SQL, NULL},
    {3024, "57014", ERR_SQL, NULL},
    {1021, "53100", ERR_SQL,
     "The disk of the server is full: free space and run the same command again; what "
     "is "
     "done is kept."},
    {1114, "53100", ERR_SQL,
     "The disk of the server is full: free space and run the same command again; what "
     "is "
     "done is kept."},
    {1142, "42501", ERR_SQL, "Connect as the user that owns Airflow's database."},
    {1143, "42501", ERR_SQL, "Connect as the user that owns Airflow's database."},
    {1227, "42501", ERR_SQL, "The user lacks a privilege of the whole server."},
    {1370, "42501", ERR_SQL, NULL},
    {1290, "25006", ERR_SQL,
     "This server is a replica or read only: connect to the primary."},
    {1836, "25006", ERR_SQL,
     "This server is a replica or read only: connect to the primary."},
    {1048, "23502", ERR_SQL, NULL},
    {1364, "23502", ERR_SQL, NULL},
    {1138, "23502", ERR_SQL, NULL},
    {1062, "23505", ERR_SQL, NULL},
    {1451, "23503", ERR_SQL, NULL},
    {1452, "23503", ERR_SQL, NULL},
    {3819, "23514", ERR_SQL, NULL},
    {1406, "22001", ERR_SQL, NULL},
    {1265, "22001", ERR_SQL, NULL},
    {1264, "22003", ERR_SQL, NULL},
    {1690, "22003", ERR_SQL, NULL},
    {1292, "22007", ERR_SQL, NULL},
    {1366, "22P02", ERR_SQL, NULL},
    {3140, "22P02", ERR_SQL, NULL},
    {3141, "22P02", ERR_SQL, NULL},
    {1064, "42601", ERR_SQL, NULL},
    {1050, "42P07", ERR_SQL, NULL},
    {1051, "42P01", ERR_SQL, NULL},
    {1146, "42P01", ERR_SQL, NULL},
    {1054, "42703", ERR_SQL, NULL},
    {1060, "42701", ERR_SQL, NULL},
    {1061, "42P07", ERR_SQL, NULL},
    {1091, "42704", ERR_SQL, NULL},
    {1176, "42704", ERR_SQL, NULL},
    {3821, "42704", ERR_SQL, NULL},
    {3822, "42710", ERR_SQL, NULL},
    {1304, "42710", ERR_SQL, NULL},
    {1359, "42710", ERR_SQL, NULL},
    {1537, "42710", ERR_SQL, NULL},
    {1826, "42710", ERR_SQL, NULL},
    {1068, "42P16", ERR_SQL, NULL},
};

static const struct meaning *meaning_of(unsigned number)
{
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        if (meanings[i].number == number)
            return &meanings[i];
    }
    return NULL;
}

static const char *secret_of(const struct my_connection *connection)
{
    const char *const open[] = {url_parts_value(&connection->parts, "user"),
                                url_parts_value(&connection->parts, "dbname"),
                                url_parts_value(&connection->parts, "host")};

    return message_secret(url_parts_value(&connection->parts, "password"), open,
                          sizeof(open) / sizeof(open[0]));
}

static void set_rest(const struct meaning *meaning, const char *sqlstate,
                     struct err *err)
{
    if (meaning != NULL && meaning->hint != NULL)
        (void)err_hint(err, "%s", meaning->hint);
    (void)snprintf(err->sqlstate, sizeof(err->sqlstate), "%s",
                   meaning != NULL ? meaning->sqlstate : sqlstate);
}

int mysql_statement_error(struct my_connection *connection, struct err *err)
{
    unsigned number = mysql_errno(connection->handle);
    const struct meaning *meaning = meaning_of(number);
    enum err_category category = meaning != NULL ? meaning->category : ERR_SQL;
    struct strbuf text = STRBUF_INIT;

    message_add_clean(&text, mysql_error(connection->handle), secret_of(connection));
    if (meaning != NULL && strncmp(meaning->sqlstate, "08", 2) == 0) {
        connection->is_lost = true;
        (void)err_set(err, ERR_CONNECT, "the connection to %s was lost: %s",
                      connection->shown, strbuf_text(&text));
    } else {
        if (number == 1317 && interrupt_is_asked())
            category = ERR_INTERRUPTED;
        if (number == 1053)
            connection->is_lost = true;
        (void)err_set(err, category, "%s", strbuf_text(&text));
    }
    set_rest(meaning, mysql_sqlstate(connection->handle), err);
    strbuf_clear(&text);
    return -1;
}

int mysql_connect_error(const struct my_connection *connection, enum my_answer answer,
                        struct err *err)
{
    struct strbuf text = STRBUF_INIT;

    if (answer == MY_WITHOUT_TLS) {
        (void)err_set(
            err, ERR_CONNECT,
            "no connection to %s: the server has no TLS, and the URL asks for "
            "it",
            connection->shown);
        (void)snprintf(err->sqlstate, sizeof(err->sqlstate), "08001");
        return err_hint(err,
                        "Nothing was sent to it. Give the server a certificate, or "
                        "do without: ssl_mode=PREFERRED or DISABLED.");
    }
    message_add_clean(&text, mysql_error(connection->handle), secret_of(connection));
    (void)err_set(err, ERR_CONNECT, "no connection to %s: %s", connection->shown,
                  strbuf_text(&text));
    set_rest(meaning_of(mysql_errno(connection->handle)), "08001", err);
    strbuf_clear(&text);
    return -1;
}
