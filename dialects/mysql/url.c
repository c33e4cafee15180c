/* SPDX-License-Identifier: Apache-2.0
 *
 * url.c - MySQL URLs, as SQLAlchemy and the MySQL shell spell them. The drivers' names for
 * the same settings of TLS (mysqlclient's, PyMySQL's, Connector/Python's) become one set:
 * ssl_mode, ssl_ca, ssl_capath, ssl_cert, ssl_key, ssl_cipher.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "mysql/dialect.h"
#include "url_parts.h"

static const struct {
    const char *theirs;
    const char *ours; /* NULL: the Python driver's, and nothing to the server */
} names[] = {
    {"unix_socket", "unix_socket"},
    {"socket", "unix_socket"},
    {"connect_timeout", "connect_timeout"},
    {"connection_timeout", "connect_timeout"},
    {"read_default_file", "read_default_file"},
    {"read_default_group", "read_default_group"},
    {"ssl_ca", "ssl_ca"},
    {"ssl_capath", "ssl_capath"},
    {"ssl_cert", "ssl_cert"},
    {"ssl_key", "ssl_key"},
    {"ssl_cipher", "ssl_cipher"},
    {"auth_plugin", NULL},
    {"autocommit", NULL},
    {"binary_prefix", NULL},
    {"charset", NULL},
    {"client_flag", NULL},
    {"collation", NULL},
    {"compress", NULL},
    {"init_command", NULL},
    {"local_infile", NULL},
    {"max_allowed_packet", NULL},
    {"program_name", NULL},
    {"raise_on_warnings", NULL},
    {"read_timeout", NULL},
    {"sql_mode", NULL},
    {"use_pure", NULL},
    {"use_unicode", NULL},
    {"write_timeout", NULL},
};

static const char *const modes[] = {"DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA",
                                    "VERIFY_IDENTITY"};

static bool is_yes(const char *value)
{
    return strcasecmp(value, "true") == 0 || strcasecmp(value, "yes") == 0 ||
           strcmp(value, "1") == 0;
}

static int put_mode(struct url_parts *parts, const char *value, struct err *err)
{
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (strcasecmp(modes[i], value) == 0) {
            url_parts_put(parts, "ssl_mode", xstrdup(modes[i]));
            return 0;
        }
    }
    (void)err_set(err, ERR_CONFIG, "ssl_mode in the database URL is not known");
    return err_hint(err, "It is DISABLED, PREFERRED, REQUIRED, VERIFY_CA or "
                         "VERIFY_IDENTITY.");
}

static int put_parameter(struct url_parts *parts, const struct url_reader *reader,
                         const char *key, const char *value, struct err *err)
{
    if (strcmp(key, "ssl_mode") == 0 || strcmp(key, "ssl-mode") == 0)
        return put_mode(parts, value, err);
    if (strcmp(key, "ssl_verify_cert") == 0 ||
        strcmp(key, "ssl_verify_identity") == 0 ||
        strcmp(key, "ssl_check_hostname") == 0)
        return is_yes(value) ? put_mode(parts, "VERIFY_IDENTITY", err) : 0;
    if (strcmp(key, "ssl_disabled") == 0)
        return is_yes(value) ? put_mode(parts, "DISABLED", err) : 0;
    if (strcmp(key, "ssl") == 0)
        return is_yes(value) ? put_mode(parts, "REQUIRED", err) : 0;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i].theirs, key) != 0)
            continue;
        if (names[i].ours == NULL)
            return url_parts_unknown(key, true, err);
        url_parts_put(parts, names[i].ours, xstrdup(value));
        return 0;
    }
    return url_parts_unknown(key, reader->driver[0] != '\0', err);
}

static char *shown_text(const struct url_parts *parts)
{
    const char *socket = url_parts_value(parts, "unix_socket");
    const char *host = url_parts_value(parts, "host");
    const char *port = url_parts_value(parts, "port");
    const char *database = url_parts_value(parts, "dbname");

    if (host == NULL && socket != NULL)
        return xasprintf("%s/%s", socket, database != NULL ? database : "");
    return xasprintf("%s:%s/%s", host != NULL ? host : "localhost",
                     port != NULL ? port : "3306", database != NULL ? database : "");
}

static int check(const struct url_parts *parts, struct err *err)
{
    const char *host = url_parts_value(parts, "host");

    if (host != NULL && strchr(host, ',') != NULL)
        return err_set(
            err, ERR_CONFIG,
            "the database URL has several hosts, which MySQL's client cannot");
    if (url_parts_value(parts, "dbname") == NULL &&
        url_parts_value(parts, "read_default_file") == NULL) {
        (void)err_set(err, ERR_CONFIG, "the database URL names no database");
        return err_hint(err, "Write it as mysql://user:password@host:3306/airflow.");
    }
    return 0;
}

int mysql_parse_url(struct url *url, const char *driver, const char *rest,
                    struct err *err)
{
    struct url_parts parts = {NULL, 0};
    const struct url_reader reader = {driver, put_parameter, NULL};
    int status = url_parts_parse(&parts, &reader, rest, err);

    if (status == 0)
        status = check(&parts, err);
    if (status == 0) {
        url->text = url_parts_text(&parts);
        url->shown = shown_text(&parts);
    }
    url_parts_clear(&parts);
    return status;
}

void mysql_url_for_database(struct url *url, const struct url *other,
                            const char *database)
{
    struct url_parts parts;

    url_parts_read(&parts, other->text);
    url_parts_put(&parts, "dbname", xstrdup(database));
    url->text = url_parts_text(&parts);
    url->shown = shown_text(&parts);
    url_parts_clear(&parts);
}

char *mysql_url_sqlalchemy(const struct url *url)
{
    struct url_parts parts;
    struct strbuf text = STRBUF_INIT;
    char separator = '?';
    const char *host;
    const char *port;

    url_parts_read(&parts, url->text);
    host = url_parts_value(&parts, "host");
    port = url_parts_value(&parts, "port");
    strbuf_add_string(&text, "mysql+mysqldb://");
    if (url_parts_value(&parts, "user") != NULL)
        url_add_escaped(&text, url_parts_value(&parts, "user"));
    if (url_parts_value(&parts, "password") != NULL) {
        strbuf_add_char(&text, ':');
        url_add_escaped(&text, url_parts_value(&parts, "password"));
    }
    if (url_parts_value(&parts, "user") != NULL)
        strbuf_add_char(&text, '@');
    if (host != NULL && strchr(host, ':') != NULL)
        strbuf_addf(&text, "[%s]", host);
    else
        strbuf_add_string(&text, host != NULL ? host : "");
    if (port != NULL)
        strbuf_addf(&text, ":%s", port);
    strbuf_add_char(&text, '/');
    url_add_escaped(&text, url_parts_text_of(&parts, "dbname"));
    for (size_t i = 0; i < parts.count; i++) {
        const struct url_part *part = &parts.items[i];

        if (strchr(part->key, '_') == NULL)
            continue; /* user, password, host, port, dbname */
        strbuf_addf(&text, "%c%s=", separator, part->key);
        url_add_escaped(&text, part->value);
        separator = '&';
    }
    url_parts_clear(&parts);
    return strbuf_detach(&text);
}
