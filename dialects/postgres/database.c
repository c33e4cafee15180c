/* SPDX-License-Identifier: Apache-2.0
 *
 * database.c - other databases of the same server: their URLs, a copy of one, and the
 * end of a copy.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "postgres/connection.h"
#include "url_parts.h"

/* The last value of a keyword wins. */
void postgres_url_for_database(struct url *url, const struct url *other,
                               const char *database)
{
    const char *slash = strrchr(other->shown, '/');
    struct strbuf text = STRBUF_INIT;

    strbuf_addf(&text, "%s dbname=", other->text);
    postgres_add_quoted(&text, database);
    url->text = xstrdup(strbuf_text(&text));
    strbuf_wipe(&text);
    url->shown = slash != NULL ? xasprintf("%.*s/%s", (int)(slash - other->shown),
                                           other->shown, database)
                               : xasprintf("%s, database %s", other->shown, database);
}

/* Everything but the database and the credentials is a parameter, which psycopg hands
 * to libpq as it is: hosts in a list, sockets, TLS. */
char *postgres_url_sqlalchemy(const struct url *url)
{
    PQconninfoOption *options = PQconninfoParse(url->text, NULL);
    struct strbuf text = STRBUF_INIT;
    struct strbuf query = STRBUF_INIT;
    const char *user = NULL;
    const char *password = NULL;
    const char *database = "";
    char *result;

    for (const PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++) {
        if (o->val == NULL) {
            continue;
        } else if (strcmp(o->keyword, "user") == 0) {
            user = o->val;
        } else if (strcmp(o->keyword, "password") == 0) {
            password = o->val;
        } else if (strcmp(o->keyword, "dbname") == 0) {
            database = o->val;
        } else {
            strbuf_addf(&query, "%c%s=", query.length > 0 ? '&' : '?', o->keyword);
            url_add_escaped(&query, o->val);
        }
    }
    strbuf_add_string(&text, "postgresql+psycopg2://");
    if (user != NULL)
        url_add_escaped(&text, user);
    if (user != NULL && password != NULL) {
        strbuf_add_char(&text, ':');
        url_add_escaped(&text, password);
    }
    strbuf_addf(&text, "%s/", user != NULL ? "@" : "");
    url_add_escaped(&text, database);
    strbuf_add_string(&text, strbuf_text(&query));
    if (password != NULL && user == NULL) {
        strbuf_addf(&text, "%cpassword=", query.length > 0 ? '&' : '?');
        url_add_escaped(&text, password);
    }
    result = xstrdup(strbuf_text(&text));
    strbuf_wipe(&text);
    strbuf_clear(&query);
    PQconninfoFree(options);
    return result;
}

/* Copying files writes no WAL but needs a checkpoint; before 15 there is nothing else. */
enum { HAS_STRATEGY = 150000 };

int postgres_copy_database(struct connection *connection, const char *source,
                           const char *name, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    int status;

    strbuf_add_string(&sql, "CREATE DATABASE ");
    sql_add_name(&sql, name);
    strbuf_add_string(&sql, " TEMPLATE ");
    sql_add_name(&sql, source);
    if (sql_server_version(connection) >= HAS_STRATEGY)
        strbuf_add_string(&sql, " STRATEGY FILE_COPY");
    status = sql_exec(connection, strbuf_text(&sql), err);
    strbuf_clear(&sql);
    return status;
}

int postgres_drop_database(struct connection *connection, const char *name,
                           struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    int status;

    strbuf_add_string(&sql, "DROP DATABASE IF EXISTS ");
    sql_add_name(&sql, name);
    strbuf_add_string(&sql, " WITH (FORCE)");
    status = sql_exec(connection, strbuf_text(&sql), err);
    strbuf_clear(&sql);
    return status;
}
