/* SPDX-License-Identifier: Apache-2.0
 *
 * settle.c - a URL of several servers, in its own text, in the environment or in a service
 * file. libpq takes the first of them that answers and is what target_session_attrs asks
 * for, for each session anew: after a failover, or with load_balance_hosts, the next one is
 * on another server. So it is asked once, and the URL names that server from then on.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "postgres/connection.h"

static const char *value_of(const PQconninfoOption *options, const char *key)
{
    for (const PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++) {
        if (strcmp(o->keyword, key) == 0 && o->val != NULL && o->val[0] != '\0')
            return o->val;
    }
    return NULL;
}

static bool is_list(const char *value)
{
    return value != NULL && strchr(value, ',') != NULL;
}

bool postgres_has_several_hosts(const PQconninfoOption *options)
{
    return is_list(value_of(options, "host")) || is_list(value_of(options, "hostaddr"));
}

/* What libpq makes of the URL. What stands in a service file is known only to a session; it
 * need not be one that comes about. */
static PQconninfoOption *expand(const struct url *url)
{
    static const char *const keys[] = {"dbname", NULL};
    const char *const values[] = {url->text, NULL};
    PQconninfoOption *options = PQconninfoParse(url->text, NULL);
    bool has_own =
        value_of(options, "host") != NULL || value_of(options, "hostaddr") != NULL;
    bool is_elsewhere = value_of(options, "service") != NULL ||
                        getenv("PGSERVICE") != NULL || is_list(getenv("PGHOST")) ||
                        is_list(getenv("PGHOSTADDR"));
    PGconn *handle;

    if (has_own || !is_elsewhere)
        return options;
    PQconninfoFree(options);
    handle = PQconnectStartParams(keys, values, 1);
    options = PQconninfo(handle);
    PQfinish(handle);
    return options;
}

bool postgres_url_has_choice(const struct url *url)
{
    PQconninfoOption *options = expand(url);
    const char *wanted = value_of(options, "target_session_attrs");
    bool has_choice;

    if (wanted == NULL)
        wanted = getenv("PGTARGETSESSIONATTRS");
    has_choice = postgres_has_several_hosts(options) ||
                 (wanted != NULL && strcmp(wanted, "any") != 0);
    PQconninfoFree(options);
    return has_choice;
}

static void add(struct strbuf *text, const char *key, const char *value)
{
    strbuf_addf(text, "%s%s=", text->length > 0 ? " " : "", key);
    postgres_add_quoted(text, value);
}

/* All that the URL says, but the server. What it leaves to a service file is left there. */
static void add_rest(struct strbuf *text, const struct url *url)
{
    static const char *const replaced[] = {"host", "hostaddr", "port",
                                           "load_balance_hosts"};
    PQconninfoOption *options = PQconninfoParse(url->text, NULL);

    for (const PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++) {
        bool is_replaced = o->val == NULL;

        for (size_t i = 0; i < sizeof(replaced) / sizeof(replaced[0]); i++)
            is_replaced = is_replaced || strcmp(o->keyword, replaced[i]) == 0;
        if (!is_replaced)
            add(text, o->keyword, o->val);
    }
    PQconninfoFree(options);
}

static void take_server(struct url *url, const PGconn *handle,
                        const PQconninfoOption *chosen)
{
    struct strbuf text = STRBUF_INIT;
    const char *host = PQhost(handle);
    double patience_s = url->patience_s;
    char *shown;

    add(&text, "host", host);
    add(&text, "port", PQport(handle));
    if (value_of(chosen, "hostaddr") != NULL)
        add(&text, "hostaddr", PQhostaddr(handle));
    add_rest(&text, url);
    shown = xasprintf("%s:%s/%s", host, PQport(handle), PQdb(handle));
    log_info("%s: %s:%s is taken", url->shown, host, PQport(handle));
    url_clear(url);
    url->dialect = &postgres_dialect;
    url->patience_s = patience_s;
    url->text = strbuf_detach(&text);
    url->shown = shown;
}

int postgres_url_settle(struct url *url, struct err *err)
{
    PQconninfoOption *options = expand(url);
    bool is_several = postgres_has_several_hosts(options);
    struct connection *session;

    PQconninfoFree(options);
    if (!is_several)
        return 0;
    session = postgres_open(url, "which server", err);
    if (session == NULL)
        return -1;
    options = PQconninfo(pg_of(session)->handle);
    take_server(url, pg_of(session)->handle, options);
    PQconninfoFree(options);
    sql_close(session);
    return 0;
}
