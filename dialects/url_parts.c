/* SPDX-License-Identifier: Apache-2.0
 *
 * url_parts.c - a database URL, an engine's own or SQLAlchemy's, taken apart.
 *
 * No message repeats any of it but the names of parameters: what looks like a host may be
 * the end of a password.
 */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "url_parts.h"

void url_parts_clear(struct url_parts *parts)
{
    for (size_t i = 0; i < parts->count; i++) {
        free(parts->items[i].key);
        xfree_secret(parts->items[i].value);
    }
    free(parts->items);
    memset(parts, 0, sizeof(*parts));
}

struct url_part *url_parts_find(const struct url_parts *parts, const char *key)
{
    for (size_t i = 0; i < parts->count; i++) {
        if (strcmp(parts->items[i].key, key) == 0)
            return &parts->items[i];
    }
    return NULL;
}

const char *url_parts_text_of(const struct url_parts *parts, const char *key)
{
    const char *value = url_parts_value(parts, key);

    return value != NULL ? value : "";
}

void url_parts_put(struct url_parts *parts, const char *key, char *value)
{
    struct url_part *part = url_parts_find(parts, key);

    if (part != NULL) {
        xfree_secret(part->value);
        part->value = value;
        return;
    }
    parts->items = xrealloc(parts->items, (parts->count + 1) * sizeof(*parts->items));
    parts->items[parts->count].key = xstrdup(key);
    parts->items[parts->count].value = value;
    parts->count++;
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

static int put_decoded(struct url_parts *parts, const char *key, const char *text,
                       size_t length, struct err *err)
{
    char *value = decode(text, length, false, err);

    if (value == NULL)
        return -1;
    url_parts_put(parts, key, value);
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

static int put_credentials(struct url_parts *parts, const char *text, size_t length,
                           size_t user_length, struct err *err)
{
    if (user_length > 0 && put_decoded(parts, "user", text, user_length, err) < 0)
        return -1;
    if (text[user_length] != ':')
        return 0;
    return put_decoded(parts, "password", text + user_length + 1,
                       length - user_length - 2, err);
}

/* host[:port][,host[:port]...] into the two lists that libpq takes. */
static int put_hosts(struct url_parts *parts, const char *text, size_t length,
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
        status = put_decoded(parts, "host", strbuf_text(&hosts), hosts.length, err);
    if (status == 0 && has_port)
        url_parts_put(parts, "port", xstrdup(strbuf_text(&ports)));
    strbuf_clear(&hosts);
    strbuf_clear(&ports);
    return status;
}

static bool is_printable_key(const char *key)
{
    size_t length = strspn(key, "abcdefghijklmnopqrstuvwxyz_");

    return key[length] == '\0' && length > 0 && length <= 40;
}

int url_parts_unknown(const char *key, bool is_drivers, struct err *err)
{
    if (!is_printable_key(key))
        return err_set(err, ERR_CONFIG, "a parameter of the database URL is not known");
    if (!is_drivers)
        return err_set(err, ERR_CONFIG,
                       "parameter \"%s\" of the database URL is not known", key);
    log_debug("parameter \"%s\" of the database URL is the Python driver's: ignored",
              key);
    return 0;
}

static int put_query(struct url_parts *parts, const struct url_reader *reader,
                     const char *query, struct err *err)
{
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
                           reader->driver[0] != '\0', err);
            status = value != NULL ? reader->put(parts, reader, key, value, err) : -1;
            xfree_secret(value);
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

int url_parts_parse(struct url_parts *parts, const struct url_reader *reader,
                    const char *rest, struct err *err)
{
    size_t user_length = 0;
    size_t length = credentials_length(rest, &user_length);
    size_t database;

    if (length > 0 && put_credentials(parts, rest, length, user_length, err) < 0)
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
    if (put_hosts(parts, rest, length, err) < 0)
        return -1;
    rest += length;
    if (database > 0 && put_decoded(parts, "dbname", rest + 1, database, err) < 0)
        return -1;
    rest += strcspn(rest, "?");
    return *rest == '?' ? put_query(parts, reader, rest + 1, err) : 0;
}

char *url_parts_text(const struct url_parts *parts)
{
    struct strbuf text = STRBUF_INIT;

    for (size_t i = 0; i < parts->count; i++) {
        strbuf_addf(&text, "%s%s='", i > 0 ? " " : "", parts->items[i].key);
        for (const char *c = parts->items[i].value; *c != '\0'; c++) {
            if (*c == '\'' || *c == '\\')
                strbuf_add_char(&text, '\\');
            strbuf_add_char(&text, *c);
        }
        strbuf_add_char(&text, '\'');
    }
    return strbuf_detach(&text);
}

const char *url_parts_value(const struct url_parts *parts, const char *key)
{
    const struct url_part *part = url_parts_find(parts, key);

    return part != NULL && part->value[0] != '\0' ? part->value : NULL;
}

void url_parts_read(struct url_parts *parts, const char *text)
{
    memset(parts, 0, sizeof(*parts));
    while (*text != '\0') {
        size_t length = strcspn(text, "=");
        char *key = xasprintf("%.*s", (int)length, text);
        struct strbuf value = STRBUF_INIT;

        for (text += length + 2; *text != '\0' && *text != '\''; text++) {
            if (*text == '\\' && text[1] != '\0')
                text++;
            strbuf_add_char(&value, *text);
        }
        url_parts_put(parts, key, strbuf_detach(&value));
        free(key);
        text += strspn(text, "' ");
    }
}

void url_add_escaped(struct strbuf *text, const char *value)
{
    for (; *value != '\0'; value++) {
        if (isalnum((unsigned char)*value) || strchr("-._~/", *value) != NULL)
            strbuf_add_char(text, *value);
        else
            strbuf_addf(text, "%%%02X", (unsigned char)*value);
    }
}
