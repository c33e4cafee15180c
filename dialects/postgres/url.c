/* SPDX-License-Identifier: Apache-2.0
 *
 * url.c - PostgreSQL URLs, libpq's and SQLAlchemy's, into a libpq connection string.
 *
 * Both spell the same thing a little differently, and libpq's own parser misreads some
 * of SQLAlchemy's (a slash in a password) and then prints parts of the password as a
 * host name. So url_parts.c takes the URL apart.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "postgres/connection.h"
#include "url_parts.h"

static bool is_known(const char *key)
{
    PQconninfoOption *options = PQconndefaults();
    bool is_found = false;

    for (PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++)
        is_found = is_found || strcmp(o->keyword, key) == 0;
    is_found = is_found || options == NULL; /* a broken service file; PQconnect tells */
    PQconninfoFree(options);
    return is_found;
}

/* SQLAlchemy's ?host=a:5432&host=b:5433, next to libpq's ?host=a,b&port=5432,5433. */
static void put_query_host(struct url_parts *parts, const char *value, bool *is_first)
{
    struct url_part *host = *is_first ? NULL : url_parts_find(parts, "host");
    struct url_part *port = url_parts_find(parts, "port");
    const char *colon = strrchr(value, ':');
    bool has_port = value[0] != '/' && colon != NULL && strchr(value, ':') == colon &&
                    colon[1 + strspn(colon + 1, "0123456789")] == '\0';
    int length = (int)(has_port ? (size_t)(colon - value) : strlen(value));

    if (has_port || host != NULL) {
        const char *number = has_port ? colon + 1 : "";

        url_parts_put(
            parts, "port",
            host != NULL && port != NULL
                ? xasprintf("%s,%s", port->value, number)
                : (host != NULL ? xasprintf(",%s", number) : xstrdup(number)));
    }
    url_parts_put(parts, "host",
                  host != NULL ? xasprintf("%s,%.*s", host->value, length, value)
                               : xasprintf("%.*s", length, value));
    *is_first = false;
}

static int put_parameter(struct url_parts *parts, const struct url_reader *reader,
                         const char *key, const char *value, struct err *err)
{
    const char *driver = reader->driver;

    if (strcmp(key, "host") == 0) {
        put_query_host(parts, value, reader->context);
        return 0;
    }
    if (strcmp(key, "ssl") == 0) { /* asyncpg's and JDBC's */
        const char *mode = strcmp(value, "true") == 0 ? "require" : value;

        url_parts_put(parts, "sslmode", xstrdup(mode));
        return 0;
    }
    if (is_known(key)) {
        url_parts_put(parts, key, xstrdup(value));
        return 0;
    }
    return url_parts_unknown(
        key, driver[0] != '\0' && strncmp(driver, "psycopg", strlen("psycopg")) != 0,
        err);
}

/* The value, or what libpq would take for it from the environment. */
static const char *value_or_default(const struct url_parts *parts,
                                    const PQconninfoOption *options, const char *key,
                                    const char *otherwise)
{
    const struct url_part *part = url_parts_find(parts, key);

    if (part != NULL && part->value[0] != '\0')
        return part->value;
    for (; options != NULL && options->keyword != NULL; options++) {
        if (strcmp(options->keyword, key) == 0 && options->val != NULL &&
            options->val[0] != '\0')
            return options->val;
    }
    return otherwise;
}

/* The n-th item of a list with commas, or its only one; NULL where there is none. */
static const char *list_item(const char *list, size_t n)
{
    for (; n > 0 && list != NULL; n--) {
        list = strchr(list, ',');
        list = list != NULL ? list + 1 : NULL;
    }
    return list;
}

static void add_item(struct strbuf *out, const char *item, const char *otherwise)
{
    size_t length = item != NULL ? strcspn(item, ",") : 0;

    if (length > 0)
        strbuf_add(out, item, length);
    else
        strbuf_add_string(out, otherwise);
}

static char *shown_text(const struct url_parts *parts)
{
    struct strbuf text = STRBUF_INIT;
    PQconninfoOption *options;
    const struct url_part *service = url_parts_find(parts, "service");
    const char *hosts;
    const char *ports;
    const char *user;

    if (service != NULL)
        return xasprintf("service %s", service->value);
    options = PQconndefaults();
    hosts = value_or_default(parts, options, "host", NULL);
    if (hosts == NULL)
        hosts = value_or_default(parts, options, "hostaddr", "localhost");
    ports = value_or_default(parts, options, "port", "5432");
    for (size_t i = 0; list_item(hosts, i) != NULL; i++) {
        const char *port = strchr(ports, ',') != NULL ? list_item(ports, i) : ports;

        if (i > 0)
            strbuf_add_char(&text, ',');
        add_item(&text, list_item(hosts, i), "localhost");
        strbuf_add_char(&text, ':');
        add_item(&text, port, "5432");
    }
    user = value_or_default(parts, options, "user", "");
    strbuf_addf(&text, "/%s", value_or_default(parts, options, "dbname", user));
    PQconninfoFree(options);
    return strbuf_detach(&text);
}

int postgres_parse_url(struct url *url, const char *driver, const char *rest,
                       struct err *err)
{
    struct url_parts parts = {NULL, 0};
    bool is_first_host = true;
    const struct url_reader reader = {driver, put_parameter, &is_first_host};
    int status = url_parts_parse(&parts, &reader, rest, err);

    if (status == 0) {
        url->text = url_parts_text(&parts);
        url->shown = shown_text(&parts);
    }
    url_parts_clear(&parts);
    return status;
}
