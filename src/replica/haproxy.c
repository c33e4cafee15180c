/* SPDX-License-Identifier: Apache-2.0
 *
 * haproxy.c - one command, one connection: the socket closes behind its answer. Answers
 * are text for a person; what counts is asked afterwards.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "base/xalloc.h"
#include "replica/haproxy.h"

enum { ANSWER_MAX_BYTES = 1 << 20, COLUMNS_MAX = 64 };

static int fail(const char *socket_path, struct err *err)
{
    bool is_over = errno == EAGAIN || errno == EWOULDBLOCK;

    return err_set(err, is_over ? ERR_TIMEOUT : ERR_CONNECT, "HAProxy at \"%s\": %s",
                   socket_path, is_over ? "no answer in time" : strerror(errno));
}

static int open_socket(const char *path, double seconds, bool *is_running,
                       struct err *err)
{
    struct sockaddr_un address;
    struct timeval limit;
    int fd;

    *is_running = true;
    memset(&address, 0, sizeof(address));
    address.sun_family = AF_UNIX;
    if (strlen(path) >= sizeof(address.sun_path))
        return err_set(err, ERR_CONFIG, "the path \"%s\" is too long for a socket",
                       path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail(path, err);
    limit.tv_sec = (time_t)seconds;
    limit.tv_usec = (suseconds_t)((seconds - (double)limit.tv_sec) * 1e6);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    if (connect(fd, (const struct sockaddr *)(const void *)&address, sizeof(address)) ==
        0)
        return fd;
    *is_running = errno != ECONNREFUSED && errno != ENOENT;
    (void)fail(path, err);
    (void)close(fd);
    return -1;
}

/* Its answer, added to `answer`. */
static int ask(const char *path, const char *command, double seconds,
               struct strbuf *answer, bool *is_running, struct err *err)
{
    char *line = xasprintf("%s\n", command);
    char block[4096];
    ssize_t got = -1;
    int fd = open_socket(path, seconds, is_running, err);

    if (fd < 0) {
        free(line);
        return -1;
    }
    if (send(fd, line, strlen(line), MSG_NOSIGNAL) == (ssize_t)strlen(line)) {
        while ((got = recv(fd, block, sizeof(block), 0)) > 0 &&
               answer->length < ANSWER_MAX_BYTES)
            strbuf_add(answer, block, (size_t)got);
    }
    if (got < 0)
        (void)fail(path, err);
    (void)close(fd);
    free(line);
    while (answer->length > 0 && answer->data[answer->length - 1] == '\n')
        strbuf_truncate(answer, answer->length - 1);
    return got < 0 ? -1 : 0;
}

/* Cuts a line at its spaces. The number of words. */
static size_t cut(char *line, char *words[COLUMNS_MAX])
{
    size_t count = 0;
    char *word;

    while (count < COLUMNS_MAX && (word = strsep(&line, " ")) != NULL)
        words[count++] = word;
    return count;
}

/* Lines of words below a line "# be_id be_name ..." of their names; false where none is
 * the server's. */
static bool find_server(char *text, const char *server, struct haproxy_server *facts)
{
    char *names[COLUMNS_MAX];
    char *words[COLUMNS_MAX];
    const char *slash = strchr(server, '/');
    size_t named = 0;
    char *line;

    memset(facts, 0, sizeof(*facts));
    while (slash != NULL && (line = strsep(&text, "\n")) != NULL) {
        size_t count;
        bool is_it = false;

        if (strncmp(line, "# ", 2) == 0) {
            named = cut(line + 2, names);
            continue;
        }
        count = cut(line, words);
        for (size_t i = 0; i < count && i < named; i++) {
            if (strcmp(names[i], "srv_name") == 0)
                is_it = strcmp(words[i], slash + 1) == 0;
            else if (strcmp(names[i], "srv_addr") == 0)
                (void)snprintf(facts->address, sizeof(facts->address), "%s", words[i]);
            else if (strcmp(names[i], "srv_op_state") == 0)
                facts->is_up = strcmp(words[i], "0") != 0;
            else if (strcmp(names[i], "srv_port") == 0)
                facts->port = (int)strtol(words[i], NULL, 10);
        }
        if (is_it)
            return true;
    }
    return false;
}

int haproxy_look(const char *socket, const char *server, double seconds,
                 struct haproxy_server *facts, bool *is_running, struct err *err)
{
    char *command =
        xasprintf("show servers state %.*s", (int)strcspn(server, "/"), server);
    struct strbuf answer = STRBUF_INIT;
    int status = ask(socket, command, seconds, &answer, is_running, err);

    free(command);
    if (status == 0 &&
        (answer.data == NULL || !find_server(answer.data, server, facts)))
        status = err_set(err, ERR_CONFIG, "HAProxy at \"%s\" has no server \"%s\"",
                         socket, server);
    strbuf_clear(&answer);
    return status;
}

/* Until the next health check says otherwise: the last one met the fence. */
static int take_as_up(const char *socket, const char *server, double seconds,
                      struct err *err)
{
    char *command = xasprintf("set server %s health up", server);
    struct strbuf ignored = STRBUF_INIT; /* without health checks it objects */
    bool is_running;
    int status = ask(socket, command, seconds, &ignored, &is_running, err);

    strbuf_clear(&ignored);
    free(command);
    return status;
}

int haproxy_lead(const char *socket, const char *server, const char *address, int port,
                 double seconds, bool *is_running, struct err *err)
{
    struct haproxy_server before;
    struct haproxy_server after;
    struct strbuf answer = STRBUF_INIT;
    char *command = xasprintf("set server %s addr %s port %d", server, address, port);
    bool has_moved;
    int status = -1;

    if (haproxy_look(socket, server, seconds, &before, is_running, err) < 0 ||
        ask(socket, command, seconds, &answer, is_running, err) < 0 ||
        haproxy_look(socket, server, seconds, &after, is_running, err) < 0)
        goto done;
    has_moved = before.port != after.port || strcmp(before.address, after.address) != 0;
    if (after.port != port || strcmp(after.address, address) != 0 ||
        strstr(strbuf_text(&answer), "ermission denied") != NULL) {
        (void)err_set(err, ERR_STATE,
                      "HAProxy at \"%s\" does not lead \"%s\" to %s:%d: %s", socket,
                      server, address, port, strbuf_text(&answer));
        (void)err_hint(err, "The socket needs \"level admin\".");
        goto done;
    }
    status = has_moved && !after.is_up ? take_as_up(socket, server, seconds, err) : 0;
done:
    strbuf_clear(&answer);
    free(command);
    return status;
}
