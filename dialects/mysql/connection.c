/* SPDX-License-Identifier: Apache-2.0
 *
 * connection.c - opens and closes sessions with MySQL. MariaDB, which speaks the same
 * protocol, is recognised and refused: Airflow does not support it.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "mysql/connection.h"
#include "mysql/dialect.h"
#include "silence.h"

enum { CONNECT_SECONDS = 15, SILENCE_SECONDS = 60 };

/* A server has settings of its own; what the code relies on is set for the session. */
static const char session_settings[] =
    "SET SESSION sql_mode = '" MYSQL_SQL_MODE "'; "
    "SET SESSION time_zone = '+00:00', autocommit = 1, max_execution_time = 0, "
    "wait_timeout = 31536000, lock_wait_timeout = 31536000, "
    "group_concat_max_len = 1048576, foreign_key_checks = 1, unique_checks = 1, "
    "sql_safe_updates = 0, sql_select_limit = DEFAULT, "
    "transaction_isolation = 'READ-COMMITTED', transaction_read_only = 0, "
    "information_schema_stats_expiry = 0; "
    /* The texts of a table that is made from a query are then compared with Airflow's. */
    "SET SESSION collation_connection = IF(@@character_set_database = 'utf8mb4', "
    "@@collation_database, 'utf8mb4_unicode_ci')";

static int socket_of(MYSQL *handle)
{
#ifdef LIBMARIADB
    return (int)mysql_get_socket(handle);
#else
    return (int)handle->net.fd;
#endif
}

/* The library reads option files and the environment for itself. */
static void set_options(MYSQL *handle, const struct url_parts *parts, double patience_s,
                        const char *purpose)
{
    static const struct {
        const char *key;
        enum mysql_option option;
    } texts[] = {
        {"read_default_file", MYSQL_READ_DEFAULT_FILE},
        {"read_default_group", MYSQL_READ_DEFAULT_GROUP},
    };
    const char *timeout = url_parts_value(parts, "connect_timeout");
    unsigned seconds = patience_s > 0 ? (unsigned)ceil(patience_s) : CONNECT_SECONDS;
    unsigned silence = SILENCE_SECONDS;
    char *name = xasprintf("airshift: %s", purpose);

    if (timeout != NULL)
        seconds = (unsigned)strtoul(timeout, NULL, 10);
    (void)mysql_options(handle, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
    /* Only of a server that stops in the middle of an answer: none is read before it has
     * begun. */
    (void)mysql_options(handle, MYSQL_OPT_READ_TIMEOUT, &silence);
    (void)mysql_options(handle, MYSQL_OPT_WRITE_TIMEOUT, &silence);
    (void)mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    (void)mysql_options4(handle, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", name);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *value = url_parts_value(parts, texts[i].key);

        if (value != NULL)
            (void)mysql_options(handle, texts[i].option, value);
    }
    free(name);
}

const char *mysql_password(const struct url_parts *parts)
{
    /* An empty one is one, and not to be looked for elsewhere. */
    const struct url_part *password = url_parts_find(parts, "password");

    return password != NULL ? password->value : getenv("MYSQL_PWD");
}

MYSQL *mysql_open_handle(const struct url_parts *parts, double patience_s,
                         const char *purpose, enum my_answer *answer)
{
    MYSQL *handle = mysql_init(NULL);
    const char *port = url_parts_value(parts, "port");
    const struct my_target target = {
        .host = url_parts_value(parts, "host"),
        .user = url_parts_value(parts, "user"),
        .password = mysql_password(parts),
        .database = url_parts_value(parts, "dbname"),
        .port = port != NULL ? (unsigned)strtoul(port, NULL, 10) : 0,
        .socket = url_parts_value(parts, "unix_socket"),
    };
    bool lacks_tls;

    if (handle == NULL)
        abort(); /* out of memory */
    set_options(handle, parts, patience_s, purpose);
    *answer = mysql_connect_handle(handle, parts, &target, &lacks_tls) ? MY_CONNECTED
                                                                       : MY_REFUSED;
    if (lacks_tls)
        *answer = MY_WITHOUT_TLS;
    if (*answer == MY_CONNECTED)
        silence_limit(socket_of(handle), patience_s > 0 ? patience_s : SILENCE_SECONDS);
    return handle;
}

static int check_version(struct my_connection *connection, struct err *err)
{
    const char *info = mysql_get_server_info(connection->handle);

    connection->version = (int)mysql_get_server_version(connection->handle);
    connection->session_id = (long long)mysql_thread_id(connection->handle);
    if (strstr(info, "MariaDB") != NULL) {
        (void)err_set(err, ERR_UNSUPPORTED, "the server at %s is MariaDB",
                      connection->shown);
        return err_hint(err,
                        "Airflow does not support it, and neither does airshift: move "
                        "the database to MySQL or PostgreSQL first.");
    }
    if (connection->version >= MYSQL_OLDEST)
        return 0;
    (void)err_set(err, ERR_UNSUPPORTED,
                  "the server at %s is MySQL %s, older than 8.0.12", connection->shown,
                  info);
    return err_hint(err, "Upgrade the server first.");
}

void mysql_close_session(struct connection *connection)
{
    struct my_connection *own = my_of(connection);

    mysql_close(own->handle);
    my_script_clear(&own->script);
    strbuf_clear(&own->load);
    strbuf_clear(&own->load_line);
    free(own->load_target);
    free(own->load_kinds);
    url_parts_clear(&own->parts);
    free(own->shown);
    free(own);
}

/* On by default; only where it is not, because MySQL 8.0.12 wants a privilege for
 * it, whatever the value. */
static int make_timestamps_explicit(struct connection *connection, struct err *err)
{
    struct sql_result *row =
        sql_row(connection, "SELECT @@explicit_defaults_for_timestamp", err);
    bool is_explicit;

    if (row == NULL)
        return -1;
    is_explicit = strcmp(sql_text(row, 0, 0), "1") == 0;
    sql_result_free(row);
    return is_explicit
               ? 0
               : mysql_exec(connection,
                            "SET SESSION explicit_defaults_for_timestamp = 1", err);
}

struct connection *mysql_connect_url(const struct url *url, const char *purpose,
                                     struct err *err)
{
    struct my_connection *connection = xcalloc(1, sizeof(*connection));
    enum my_answer answer;

    connection->base.dialect = &mysql_dialect;
    connection->shown = xstrdup(url->shown);
    url_parts_read(&connection->parts, url->text);
    connection->patience_s = url->patience_s;
    connection->handle =
        mysql_open_handle(&connection->parts, connection->patience_s, purpose, &answer);
    if (answer != MY_CONNECTED) {
        (void)mysql_connect_error(connection, answer, err);
        goto fail;
    }
    if (check_version(connection, err) < 0 ||
        mysql_exec(&connection->base, session_settings, err) < 0 ||
        make_timestamps_explicit(&connection->base, err) < 0)
        goto fail;
    return &connection->base;
fail:
    mysql_close_session(&connection->base);
    return NULL;
}

unsigned mysql_capabilities(const struct connection *connection)
{
    return my_of_const(connection)->version < MYSQL_WITH_CHECKS ? SQL_FORGETS_CHECKS
                                                                : 0;
}

int mysql_socket_of(const struct connection *connection)
{
    return socket_of(my_of_const(connection)->handle);
}

bool mysql_session_is_alive(const struct connection *connection)
{
    return !my_of_const(connection)->is_lost;
}

long long mysql_session_id(const struct connection *connection)
{
    return my_of_const(connection)->session_id;
}

int mysql_version_of(const struct connection *connection)
{
    return my_of_const(connection)->version;
}
