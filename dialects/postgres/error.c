/* SPDX-License-Identifier: Apache-2.0
 *
 * error.c - libpq's and the server's errors as struct err: category by SQLSTATE,
 * message and detail on one line, and a hint where the server has none. Passwords are
 * scrubbed.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "interrupt.h"
#include "message.h"
#include "postgres/connection.h"

/* By the beginning of the SQLSTATE; the first that fits. */
static const struct meaning {
    const char *sqlstate;
    enum err_category category;
    const char *hint; /* where the server gave none; NULL for none */
} meanings[] = {
    {"08", ERR_CONNECT, NULL},
    {"28P01", ERR_CONNECT,
     "The password is wrong or missing: look at the URL, PGPASSWORD "
     "and the password file."},
    {"28000", ERR_CONNECT,
     "The server's pg_hba.conf does not let this user in from here, "
     "or the role does not exist or may not log in."},
    {"3D000", ERR_CONNECT,
     "There is no such database on this server; \"psql -l\" lists "
     "them."},
    {"53300", ERR_CONNECT,
     "The server has no session left: raise max_connections, close "
     "sessions or use fewer workers."},
    {"57P01", ERR_CONNECT, NULL},
    {"57P02", ERR_CONNECT, NULL},
    {"57P03", ERR_CONNECT,
     "The server is starting up or shutting down: try again soon."},
    {"55P03", ERR_LOCK, NULL},
    {"40P01", ERR_LOCK, NULL},
    {"53100", ERR_SQL,
     "The disk of the server is full: free space and run the same command "
     "again; what is done is kept."},
    {"42501", ERR_SQL,
     "Connect as the role that owns Airflow's tables. One that only looks needs USAGE "
     "on "
     "their schema and SELECT on them: role.sql, which comes with airshift, grants "
     "it."},
    {"25006", ERR_SQL,
     "This server is a standby or read only: connect to the primary."},
};

static const struct meaning *meaning_of(const char *sqlstate)
{
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        if (strncmp(meanings[i].sqlstate, sqlstate, strlen(meanings[i].sqlstate)) == 0)
            return &meanings[i];
    }
    return NULL;
}

const char *postgres_secret(const PGconn *handle)
{
    const char *const open[] = {PQuser(handle), PQdb(handle), PQhost(handle)};

    return message_secret(PQpass(handle), open, sizeof(open) / sizeof(open[0]));
}

static int set_lost(struct pg_connection *connection, struct err *err)
{
    struct strbuf text = STRBUF_INIT;

    message_add_clean(&text, PQerrorMessage(connection->handle),
                      postgres_secret(connection->handle));
    (void)err_set(err, ERR_CONNECT, "the connection to %s was lost: %s",
                  connection->shown,
                  text.length > 0 ? strbuf_text(&text) : "closed by the server");
    (void)snprintf(err->sqlstate, sizeof(err->sqlstate), "08006");
    strbuf_clear(&text);
    return -1;
}

static void add_field(struct strbuf *out, const struct pg_connection *connection,
                      const PGresult *result, int field, const char *before,
                      const char *after)
{
    const char *text = PQresultErrorField(result, field);

    if (text == NULL)
        return;
    strbuf_add_string(out, before);
    message_add_clean(out, text, postgres_secret(connection->handle));
    strbuf_add_string(out, after);
}

int postgres_error(struct pg_connection *connection, const PGresult *result,
                   struct err *err)
{
    const char *sqlstate =
        result != NULL ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const struct meaning *meaning;
    struct strbuf text = STRBUF_INIT;
    struct strbuf hint = STRBUF_INIT;
    enum err_category category = ERR_SQL;

    if (PQstatus(connection->handle) != CONNECTION_OK)
        connection->is_lost = true;
    if (sqlstate == NULL) {
        if (connection->is_lost)
            return set_lost(connection, err);
        message_add_clean(&text, PQerrorMessage(connection->handle),
                          postgres_secret(connection->handle));
        (void)err_set(err, ERR_INTERNAL, "libpq: %s", strbuf_text(&text));
        strbuf_clear(&text);
        return -1;
    }
    meaning = meaning_of(sqlstate);
    if (meaning != NULL)
        category = meaning->category;
    else if (strcmp(sqlstate, "57014") == 0 && interrupt_is_asked())
        category = ERR_INTERRUPTED;
    add_field(&text, connection, result, PG_DIAG_MESSAGE_PRIMARY, "", "");
    add_field(&text, connection, result, PG_DIAG_MESSAGE_DETAIL, " (", ")");
    add_field(&hint, connection, result, PG_DIAG_MESSAGE_HINT, "", "");
    (void)err_set(err, category, "%s", strbuf_text(&text));
    if (hint.length > 0)
        (void)err_hint(err, "%s", strbuf_text(&hint));
    else if (meaning != NULL && meaning->hint != NULL)
        (void)err_hint(err, "%s", meaning->hint);
    (void)snprintf(err->sqlstate, sizeof(err->sqlstate), "%s", sqlstate);
    strbuf_clear(&text);
    strbuf_clear(&hint);
    return -1;
}

/* Finds "SEVERITY:  SSSSS: " of a verbose message. */
static const char *find_sqlstate(const char *message)
{
    for (const char *c = strstr(message, ":  "); c != NULL; c = strstr(c + 3, ":  ")) {
        const char *state = c + 3;
        size_t length = strspn(state, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");

        if (length == 5 && state[5] == ':')
            return state;
    }
    return NULL;
}

int postgres_connect_error(const char *message, const char *shown, const char *secret,
                           struct err *err)
{
    struct strbuf raw = STRBUF_INIT;
    struct strbuf text = STRBUF_INIT;
    const char *state = find_sqlstate(message);
    const struct meaning *meaning = NULL;
    char sqlstate[6] = "08001";

    if (state != NULL) { /* verbose: without the SQLSTATE and the place in the source */
        const char *location = strstr(state, "\nLOCATION:  ");

        (void)snprintf(sqlstate, sizeof(sqlstate), "%.5s", state);
        strbuf_add(&raw, message, (size_t)(state - message));
        state += strlen("SSSSS: ");
        strbuf_add(&raw, state,
                   location != NULL ? (size_t)(location - state) : strlen(state));
        meaning = meaning_of(sqlstate);
    } else {
        strbuf_add_string(&raw, message);
    }
    message_add_clean(&text, strbuf_text(&raw), secret);
    (void)err_set(err, ERR_CONNECT, "no connection to %s: %s", shown,
                  strbuf_text(&text));
    if (meaning != NULL && meaning->hint != NULL)
        (void)err_hint(err, "%s", meaning->hint);
    else if (strstr(message, "no password supplied") != NULL)
        (void)err_hint(err, "%s", meaning_of("28P01")->hint);
    else if (strstr(message, "session is") != NULL ||
             strstr(message, "server is in hot standby") != NULL)
        (void)err_hint(err,
                       "target_session_attrs in the URL asks for another server than "
                       "this one is now.");
    else if (strcmp(sqlstate, "08001") == 0)
        (void)err_hint(err,
                       "Is the server running, does it listen on that host and port, "
                       "and does TLS (sslmode) fit on both sides?");
    (void)snprintf(err->sqlstate, sizeof(err->sqlstate), "%s", sqlstate);
    strbuf_clear(&raw);
    strbuf_clear(&text);
    return -1;
}
