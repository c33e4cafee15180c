/* SPDX-License-Identifier: Apache-2.0
 *
 * url.c - PostgreSQL URLs, libpq's and SQLAlchemy's, into a libpq connection string.
 *
 * Both spell the same thing a little differently, and libpq's own parser misreads some
 * of SQLAlchemy's (a slash in a password) and then prints parts of the password as a
 * host name. So the URL is taken apart here, and no message repeats any of it but the
 * names of parameters.
 */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "postgres/connection.h"

struct settings {
    struct setting {
        char *key;
        char *value;
    } * items;
    size_t count;
};

static void settings_clear(struct settings *settings)
{
    for (size_t i = 0; i < settings->count; i++) {
        explicit_bzero(settings->items[i].value, strlen(settings->items[i].value));
        free(settings->items[i].key);
        free(settings->items[i].value);
    }
    free(settings->items);
}

static struct setting *settings_find(const struct settings *settings, const char *key)
{
    for (size_t i = 0; i < settings->count; i++) {
        if (strcmp(settings->items[i].key, key) == 0)
            return &settings->items[i];
    }
    return NULL;
}

/* The last value of a key wins, as in libpq. Takes `value` over. */
static void settings_put(struct settings *settings, const char *key, char *value)
{
    struct setting *setting = settings_find(settings, key);

    if (setting != NULL) {
        explicit_bzero(setting->value, strlen(setting->value));
        free(setting->value);
        setting->value = value;
        return;
    }
    settings->items =
        xrealloc(settings->items, (settings->count + 1) * sizeof(*settings->items));
    settings->items[settings->count].key = xstrdup(key);
    settings->items[settings->count].value = value;
    settings->count++;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

/* Percent-decodes; an escape that is none stays as it is, as in SQLAlchemy. NULL with
 * `err` filled when there is a NUL in it. */
static char *decode(const char *text, size_t length, bool plus_is_space,
                    struct err *err)
{
    char *out = xmalloc(length + 1);
    size_t used = 0;

    for (size_t i = 0; i < length; i++) {
        int high = -1;
        int low = -1;

        if (text[i] == '%' && i + 2 < length) {
            high = hex_value(text[i + 1]);
            low = hex_value(text[i + 2]);
        }
        if (high >= 0 && low >= 0) {
            out[used++] = (char)(high * 16 + low);
            i += 2;
        } else {
            out[used++] = plus_is_space && text[i] == '+' ? ' ' : text[i];
        }
    }
    out[used] = '\0';
    if (memchr(out, '\0', used) != NULL) {
        explicit_bzero(out, used);
        free(out);
        (void)err_set(err, ERR_CONFIG, "the database URL has a NUL (%%00) in it");
        return NULL;
    }
    return out;
}

static int put_decoded(struct settings *settings, const char *key, const char *text,
                       size_t length, struct err *err)
{
    char *value = decode(text, length, false, err);

    if (value == NULL)
        return -1;
    settings_put(settings, key, value);
    return 0;
}

/* A colon with digits up to a slash, question mark or comma is a port. */
static bool is_port(const char *colon)
{
    char after = colon[1 + strspn(colon + 1, "0123456789")];

    return after == '/' || after == '?' || after == ',';
}

/* How many characters of `rest` are "user:password@"; 0 where there are none. What
 * follows the user's colon is a password up to the first @, whatever characters it has.
 */
static size_t credentials_length(const char *rest, size_t *user_length)
{
    size_t span = strcspn(rest, ":/?");
    const char *at = memrchr(rest, '@', span);

    /* Not "user@[::1]:5432" and not "[::1]:5432". */
    if (rest[span] == ':' && !is_port(rest + span) && rest[0] != '[' &&
        (at == NULL || at[1] != '[')) {
        const char *after = strchr(rest + span, '@');

        if (after != NULL) {
            *user_length = span;
            return (size_t)(after - rest) + 1;
        }
    }
    if (at == NULL)
        return 0;
    *user_length = (size_t)(at - rest);
    return *user_length + 1;
}

static int put_credentials(struct settings *settings, const char *text, size_t length,
                           size_t user_length, struct err *err)
{
    if (user_length > 0 && put_decoded(settings, "user", text, user_length, err) < 0)
        return -1;
    if (text[user_length] != ':')
        return 0;
    return put_decoded(settings, "password", text + user_length + 1,
                       length - user_length - 2, err);
}

/* host[:port][,host[:port]...] into the two lists that libpq takes. */
static int put_hosts(struct settings *settings, const char *text, size_t length,
                     struct err *err)
{
    struct strbuf hosts = STRBUF_INIT;
    struct strbuf ports = STRBUF_INIT;
    const char *end = text + length;
    bool has_port = false;
    bool has_host = false;
    int status = 0;

    while (status == 0) {
        const char *comma = memchr(text, ',', (size_t)(end - text));
        const char *stop = comma != NULL ? comma : end;
        const char *host = text;
        const char *host_end;
        const char *colon;

        if (host < stop && *host == '[') {
            host++;
            host_end = memchr(host, ']', (size_t)(stop - host));
            if (host_end == NULL || (host_end + 1 < stop && host_end[1] != ':')) {
                status = err_set(err, ERR_CONFIG,
                                 "the database URL has an IPv6 address without \"]\"");
                break;
            }
            colon = host_end + 1 < stop ? host_end + 1 : NULL;
        } else {
            colon = memchr(host, ':', (size_t)(stop - host));
            host_end = colon != NULL ? colon : stop;
        }
        strbuf_add(&hosts, host, (size_t)(host_end - host));
        has_host = has_host || host_end > host;
        if (colon != NULL) {
            size_t digits = (size_t)(stop - colon) - 1;

            if (strspn(colon + 1, "0123456789") < digits || digits > 5) {
                (void)err_set(err, ERR_CONFIG,
                              "the port in the database URL is no number");
                status =
                    err_hint(err, "Where a user name or password holds one of "
                                  "@ : / ? # %%, write it as %%40 %%3A %%2F %%3F %%23 "
                                  "%%25.");
                break;
            }
            strbuf_add(&ports, colon + 1, digits);
            has_port = has_port || digits > 0;
        }
        if (comma == NULL)
            break;
        strbuf_add_char(&hosts, ',');
        strbuf_add_char(&ports, ',');
        text = comma + 1;
    }
    if (status == 0 && has_host)
        status = put_decoded(settings, "host", strbuf_text(&hosts), hosts.length, err);
    if (status == 0 && has_port)
        settings_put(settings, "port", xstrdup(strbuf_text(&ports)));
    strbuf_clear(&hosts);
    strbuf_clear(&ports);
    return status;
}

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

/* SQLAlchemy's ?host=a:5432&host=b:5433, next to libpq's ?host=a,b&port=5432,5433.
 * Takes `value` over. */
static void put_query_host(struct settings *settings, char *value, bool *is_first)
{
    struct setting *host = *is_first ? NULL : settings_find(settings, "host");
    struct setting *port = settings_find(settings, "port");
    char *colon = strrchr(value, ':');
    bool has_port = value[0] != '/' && colon != NULL && strchr(value, ':') == colon &&
                    colon[1 + strspn(colon + 1, "0123456789")] == '\0';

    if (has_port)
        *colon = '\0';
    if (has_port || host != NULL) {
        const char *number = has_port ? colon + 1 : "";

        settings_put(settings, "port",
                     host != NULL && port != NULL
                         ? xasprintf("%s,%s", port->value, number)
                         : (host != NULL ? xasprintf(",%s", number) : xstrdup(number)));
    }
    settings_put(settings, "host",
                 host != NULL ? xasprintf("%s,%s", host->value, value)
                              : xstrdup(value));
    *is_first = false;
    free(value);
}

static bool is_printable_key(const char *key)
{
    size_t length = strspn(key, "abcdefghijklmnopqrstuvwxyz_");

    return key[length] == '\0' && length > 0 && length <= 40;
}

static int put_parameter(struct settings *settings, const char *driver, const char *key,
                         char *value, bool *is_first_host, struct err *err)
{
    if (strcmp(key, "host") == 0) {
        put_query_host(settings, value, is_first_host);
        return 0;
    }
    if (strcmp(key, "ssl") == 0) { /* asyncpg's and JDBC's */
        const char *mode = strcmp(value, "true") == 0 ? "require" : value;

        settings_put(settings, "sslmode", xstrdup(mode));
        free(value);
        return 0;
    }
    if (is_known(key)) {
        settings_put(settings, key, value);
        return 0;
    }
    explicit_bzero(value, strlen(value));
    free(value);
    if (!is_printable_key(key))
        return err_set(err, ERR_CONFIG, "a parameter of the database URL is not known");
    if (driver[0] != '\0' && strncmp(driver, "psycopg", strlen("psycopg")) != 0) {
        log_debug(
            "parameter \"%s\" of the database URL is the Python driver's: ignored",
            key);
        return 0;
    }
    return err_set(err, ERR_CONFIG, "parameter \"%s\" of the database URL is not known",
                   key);
}

static int put_query(struct settings *settings, const char *driver, const char *query,
                     struct err *err)
{
    bool is_first_host = true;

    while (*query != '\0') {
        size_t length = strcspn(query, "&");
        const char *equals = memchr(query, '=', length);
        char *key;
        char *value;
        int status;

        if (equals == NULL && length > 0)
            return err_set(err, ERR_CONFIG,
                           "a parameter of the database URL has no \"=\"");
        if (equals != NULL) {
            key = decode(query, (size_t)(equals - query), false, err);
            if (key == NULL)
                return -1;
            /* Python reads + as a space here, libpq does not. */
            value = decode(equals + 1, length - (size_t)(equals - query) - 1,
                           driver[0] != '\0', err);
            status = value != NULL ? put_parameter(settings, driver, key, value,
                                                   &is_first_host, err)
                                   : -1;
            free(key);
            if (status < 0)
                return -1;
        }
        query += length;
        if (*query == '&')
            query++;
    }
    return 0;
}

static int parse(struct settings *settings, const char *driver, const char *rest,
                 struct err *err)
{
    size_t user_length = 0;
    size_t length = credentials_length(rest, &user_length);
    size_t database;

    if (length > 0 && put_credentials(settings, rest, length, user_length, err) < 0)
        return -1;
    rest += length;
    length = strcspn(rest, "/?");
    database = rest[length] == '/' ? strcspn(rest + length + 1, "?") : 0;
    /* A stray @ means that the cut was in the middle of a password: stop before any of
     * it is taken for a name that may be printed. */
    if (memchr(rest, '@', length + database + (database > 0)) != NULL) {
        (void)err_set(err, ERR_CONFIG, "the database URL has an \"@\" too many");
        return err_hint(err, "Where a user name or password holds one of @ : / ? # %%, "
                             "write it as %%40 %%3A %%2F %%3F %%23 %%25.");
    }
    if (put_hosts(settings, rest, length, err) < 0)
        return -1;
    rest += length;
    if (database > 0 && put_decoded(settings, "dbname", rest + 1, database, err) < 0)
        return -1;
    rest += strcspn(rest, "?");
    return *rest == '?' ? put_query(settings, driver, rest + 1, err) : 0;
}

static char *conninfo_text(const struct settings *settings)
{
    struct strbuf text = STRBUF_INIT;

    for (size_t i = 0; i < settings->count; i++) {
        strbuf_addf(&text, "%s%s='", i > 0 ? " " : "", settings->items[i].key);
        for (const char *c = settings->items[i].value; *c != '\0'; c++) {
            if (*c == '\'' || *c == '\\')
                strbuf_add_char(&text, '\\');
            strbuf_add_char(&text, *c);
        }
        strbuf_add_char(&text, '\'');
    }
    return strbuf_detach(&text);
}

/* The value, or what libpq would take for it from the environment. */
static const char *value_or_default(const struct settings *settings,
                                    const PQconninfoOption *options, const char *key,
                                    const char *otherwise)
{
    const struct setting *setting = settings_find(settings, key);

    if (setting != NULL && setting->value[0] != '\0')
        return setting->value;
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

static char *shown_text(const struct settings *settings)
{
    struct strbuf text = STRBUF_INIT;
    PQconninfoOption *options;
    const struct setting *service = settings_find(settings, "service");
    const char *hosts;
    const char *ports;
    const char *user;

    if (service != NULL)
        return xasprintf("service %s", service->value);
    options = PQconndefaults();
    hosts = value_or_default(settings, options, "host", NULL);
    if (hosts == NULL)
        hosts = value_or_default(settings, options, "hostaddr", "localhost");
    ports = value_or_default(settings, options, "port", "5432");
    for (size_t i = 0; list_item(hosts, i) != NULL; i++) {
        const char *port = strchr(ports, ',') != NULL ? list_item(ports, i) : ports;

        if (i > 0)
            strbuf_add_char(&text, ',');
        add_item(&text, list_item(hosts, i), "localhost");
        strbuf_add_char(&text, ':');
        add_item(&text, port, "5432");
    }
    user = value_or_default(settings, options, "user", "");
    strbuf_addf(&text, "/%s", value_or_default(settings, options, "dbname", user));
    PQconninfoFree(options);
    return strbuf_detach(&text);
}

int postgres_parse_url(struct url *url, const char *driver, const char *rest,
                       struct err *err)
{
    struct settings settings = {NULL, 0};
    int status = parse(&settings, driver, rest, err);

    if (status == 0) {
        url->text = conninfo_text(&settings);
        url->shown = shown_text(&settings);
    }
    settings_clear(&settings);
    return status;
}
