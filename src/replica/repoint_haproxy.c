/* SPDX-License-Identifier: Apache-2.0
 *
 * repoint_haproxy.c - clients that come through HAProxy: its server gets another
 * address, in its files first and then in what runs. Where it was is a fact in the
 * journal; there is no secret in it.
 */
#include "config.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "replica/haproxy.h"
#include "replica/haproxy_cfg.h"
#include "replica/repoint.h"
#include "state/file.h"

enum { FILE_MAX_BYTES = 4 << 20 };

typedef int each_function(struct switch_context *sw, const char *path,
                          enum repoint_target target, struct err *err);

static bool is_configured(const struct switch_context *sw)
{
    return sw->config.has_haproxy;
}

static int for_each(struct switch_context *sw, const char *paths,
                    each_function *function, enum repoint_target target,
                    struct err *err)
{
    int status = 0;
    char *path;

    while (status == 0 && (path = config_next_word(&paths)) != NULL) {
        status = function(sw, path, target, err);
        free(path);
    }
    return status;
}

/* The name of the fact about a file or a socket. Owned by the caller. */
static char *fact_of(const char *path)
{
    char *name = xasprintf("haproxy%s", path);

    for (char *c = name; *c != '\0'; c++) {
        if (strchr(":/=\t ", *c) != NULL)
            *c = '_';
    }
    return name;
}

static int remember(struct switch_context *sw, const char *path, const char *value,
                    struct err *err)
{
    char *name = fact_of(path);
    int status = journal_fact(sw->journal, name) != NULL
                     ? 0 /* later it may lead to green */
                     : journal_set_fact(sw->journal, name, value, err);

    free(name);
    return status;
}

/* What remember() was given; NULL before that. */
static const char *recall(const struct switch_context *sw, const char *path)
{
    char *name = fact_of(path);
    const char *value = journal_fact(sw->journal, name);

    free(name);
    return value;
}

/* HAProxy's socket takes numbers only. */
static int resolve(const char *host, char *address, size_t size, struct err *err)
{
    struct addrinfo hints;
    struct addrinfo *found = NULL;
    int problem;

    memset(&hints, 0, sizeof(hints));
    hints.ai_socktype = SOCK_STREAM;
    problem = getaddrinfo(host, NULL, &hints, &found);
    if (problem == 0)
        problem = getnameinfo(found->ai_addr, found->ai_addrlen, address,
                              (socklen_t)size, NULL, 0, NI_NUMERICHOST);
    if (found != NULL)
        freeaddrinfo(found);
    if (problem == 0)
        return 0;
    return err_set(err, ERR_CONFIG, "[repoint] green_host \"%s\": %s", host,
                   gai_strerror(problem));
}

/* The address in a file; its content is added to `content`. */
static char *read_address(struct switch_context *sw, const char *path,
                          struct strbuf *content, struct err *err)
{
    char *address;

    if (file_read(path, FILE_MAX_BYTES, content, err) < 0)
        return NULL;
    address = haproxy_cfg_address(strbuf_text(content), sw->config.haproxy_server);
    if (address == NULL)
        (void)err_set(err, ERR_CONFIG, "\"%s\" has no server \"%s\"", path,
                      sw->config.haproxy_server);
    return address;
}

static char *address_for(struct switch_context *sw, const char *before,
                         enum repoint_target target, struct err *err)
{
    char *address =
        target == REPOINT_BLUE
            ? xstrdup(before)
            : haproxy_address_for(before, sw->config.green_host, sw->green.port);

    if (address == NULL)
        (void)err_set(err, ERR_CONFIG,
                      "the address \"%s\" of \"%s\" has no port that "
                      "can be replaced",
                      before, sw->config.haproxy_server);
    return address;
}

/* It has the line, with an address that can be led to green. `*address` is owned by the
 * caller. */
static int look_at_file(struct switch_context *sw, const char *path, char **address,
                        struct err *err)
{
    struct strbuf content = STRBUF_INIT;
    char *green = NULL;

    *address = read_address(sw, path, &content, err);
    if (*address != NULL)
        green = address_for(sw, *address, REPOINT_GREEN, err);
    strbuf_clear(&content);
    if (green == NULL)
        return -1;
    free(green);
    return 0;
}

static int check_file(struct switch_context *sw, const char *path,
                      enum repoint_target target, struct err *err)
{
    char *address;
    int status = look_at_file(sw, path, &address, err);

    (void)target;
    free(address);
    return status;
}

static int save_file(struct switch_context *sw, const char *path,
                     enum repoint_target target, struct err *err)
{
    char *address;
    int status = look_at_file(sw, path, &address, err);

    (void)target;
    if (status == 0)
        status = remember(sw, path, address, err);
    free(address);
    return status;
}

static int move_file(struct switch_context *sw, const char *path,
                     enum repoint_target target, struct err *err)
{
    const char *before = recall(sw, path);
    struct strbuf content = STRBUF_INIT;
    char *old = NULL;
    char *address = NULL;
    char *changed = NULL;
    int status = -1;

    if (before == NULL ||
        switch_only_shows(sw, "lead \"%s\" to %s in %s", sw->config.haproxy_server,
                          target == REPOINT_GREEN ? "green" : "blue", path)) {
        status = 0;
        goto done;
    }
    old = read_address(sw, path, &content, err);
    address = old != NULL ? address_for(sw, before, target, err) : NULL;
    if (address == NULL)
        goto done;
    changed =
        haproxy_cfg_with(strbuf_text(&content), sw->config.haproxy_server, address);
    status = strcmp(old, address) == 0
                 ? 0
                 : file_rewrite(path, changed, strlen(changed), err);
done:
    free(changed);
    free(address);
    free(old);
    strbuf_clear(&content);
    return status;
}

/* To where it leads already: so we learn whether we may lead it. */
static int check_socket(struct switch_context *sw, const char *path,
                        enum repoint_target target, struct err *err)
{
    const char *server = sw->config.haproxy_server;
    struct haproxy_server facts;
    bool is_running;

    (void)target;
    if (haproxy_look(path, server, sw->config.pause_s, &facts, &is_running, err) < 0)
        return -1;
    return haproxy_lead(path, server, facts.address, facts.port, sw->config.pause_s,
                        &is_running, err);
}

static int save_socket(struct switch_context *sw, const char *path,
                       enum repoint_target target, struct err *err)
{
    struct haproxy_server facts;
    bool is_running;
    char *value;
    int status;

    (void)target;
    if (haproxy_look(path, sw->config.haproxy_server, sw->config.pause_s, &facts,
                     &is_running, err) < 0)
        return -1;
    value = xasprintf("%d %s", facts.port, facts.address);
    status = remember(sw, path, value, err);
    free(value);
    return status;
}

static int move_socket(struct switch_context *sw, const char *path,
                       enum repoint_target target, struct err *err)
{
    const char *server = sw->config.haproxy_server;
    const char *before = recall(sw, path);
    char address[128];
    bool is_running = true;
    int port;

    if (before == NULL || strchr(before, ' ') == NULL)
        return 0; /* never moved away from blue */
    port = (int)strtol(before, NULL, 10);
    (void)snprintf(address, sizeof(address), "%s", strchr(before, ' ') + 1);
    if (target == REPOINT_GREEN) {
        port = sw->green.port;
        if (sw->config.green_host != NULL &&
            resolve(sw->config.green_host, address, sizeof(address), err) < 0)
            return -1;
    }
    if (switch_only_shows(sw, "set server %s addr %s port %d at %s", server, address,
                          port, path) ||
        haproxy_lead(path, server, address, port, sw->config.pause_s, &is_running,
                     err) == 0)
        return 0;
    if (is_running || sw->config.haproxy_files == NULL)
        return -1;
    log_warning("%s; it reads its file when it starts", err->text);
    err_clear(err);
    return 0;
}

static int check(struct switch_context *sw, struct err *err)
{
    char address[128];

    if (strchr(sw->config.haproxy_server, '/') == NULL)
        return err_set(err, ERR_CONFIG, "[haproxy] server must be BACKEND/SERVER");
    if (sw->config.green_host != NULL &&
        resolve(sw->config.green_host, address, sizeof(address), err) < 0)
        return -1;
    if (sw->config.haproxy_files == NULL)
        log_warning("[haproxy] has no file: a restart of HAProxy leads the clients "
                    "back to blue");
    return for_each(sw, sw->config.haproxy_sockets, check_socket, REPOINT_GREEN, err) <
                   0
               ? -1
               : for_each(sw, sw->config.haproxy_files, check_file, REPOINT_GREEN, err);
}

static int save(struct switch_context *sw, struct err *err)
{
    if (for_each(sw, sw->config.haproxy_files, save_file, REPOINT_GREEN, err) < 0)
        return -1;
    return for_each(sw, sw->config.haproxy_sockets, save_socket, REPOINT_GREEN, err);
}

static int move(struct switch_context *sw, enum repoint_target target, struct err *err)
{
    if (for_each(sw, sw->config.haproxy_files, move_file, target, err) < 0)
        return -1;
    return for_each(sw, sw->config.haproxy_sockets, move_socket, target, err);
}

const struct repointer repoint_haproxy = {
    .name = "HAProxy",
    .is_configured = is_configured,
    .check = check,
    .save = save,
    .move = move,
};
