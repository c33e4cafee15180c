/* SPDX-License-Identifier: Apache-2.0
 *
 * local_server.c - the parts of a server on this machine that are not the engine's.
 */
#include "config.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "local_server.h"
#include "state/file.h"

enum { EARLIER_SECONDS = 60, HINT_BYTES = 500, LOG_MAX_BYTES = 16 << 20 };

int local_owner(const struct server *server, uid_t *uid, gid_t *gid, struct err *err)
{
    *uid = getuid();
    *gid = getgid();
    if (server->os_user == NULL || getuid() != 0)
        return 0;
    return process_find_user(server->os_user, uid, gid, err);
}

const char *local_phase_name(enum server_phase phase)
{
    static const char *const names[] = {
        [SERVER_ABSENT] = "absent",     [SERVER_STANDBY] = "standby",
        [SERVER_DETACHED] = "detached", [SERVER_RESTORED] = "restored",
        [SERVER_OPEN] = "open",
    };

    return names[phase];
}

void local_add(struct local_arguments *arguments, char *item)
{
    if (arguments->count < LOCAL_ARGUMENTS_MAX)
        arguments->items[arguments->count++] = item;
    else
        free(item);
}

void local_clear_arguments(struct local_arguments *arguments)
{
    for (size_t i = 0; i < arguments->count; i++)
        free(arguments->items[i]);
    memset(arguments, 0, sizeof(*arguments));
}

pid_t local_launch(const struct server *server, const struct local_arguments *arguments,
                   const char *log, struct err *err)
{
    const struct process_spec spec = {.arguments =
                                          (const char *const *)arguments->items,
                                      .user = server->os_user,
                                      .directory = "/",
                                      .output = log,
                                      .has_clean_environment = true,
                                      .is_daemon = true};

    return process_start(&spec, err);
}

long long local_bytes_left(const char *path)
{
    struct statvfs facts;

    return statvfs(path, &facts) == 0
               ? (long long)facts.f_bavail * (long long)facts.f_frsize
               : 0;
}

long long local_clamp(long long value, long long least, long long most)
{
    return value < least ? least : (value > most ? most : value);
}

int local_put(const struct server *server, const char *directory, const char *name,
              const char *text, struct err *err)
{
    char *path = xasprintf("%s/%s", directory, name);
    uid_t uid;
    gid_t gid;
    int status = local_owner(server, &uid, &gid, err);

    if (status == 0)
        status = file_write(path, text, strlen(text), 0600, uid, gid, err);
    free(path);
    return status;
}

int local_set_mark(const struct server *server, const char *mark, struct err *err)
{
    return local_put(server, server->control_directory, "copy", mark, err);
}

bool local_has_mark(const struct server *server, const char *mark)
{
    char *path = xasprintf("%s/copy", server->control_directory);
    struct strbuf text = STRBUF_INIT;
    struct err ignored; /* no mark is an answer */
    bool is_it = file_read(path, 64, &text, &ignored) == 0 &&
                 strcmp(strbuf_text(&text), mark) == 0;

    strbuf_clear(&text);
    free(path);
    return is_it;
}

int local_lock_copy(const struct server *server, struct err *err)
{
    char *path = xasprintf("%s/copy.lock", server->control_directory);
    int lock = process_lock(path, 0, EARLIER_SECONDS, err);

    free(path);
    return lock;
}

int local_make_control_directory(const struct server *server, struct err *err)
{
    uid_t uid;
    gid_t gid;

    if (local_owner(server, &uid, &gid, err) < 0)
        return -1;
    return file_make_private_directory(server->control_directory, uid, gid, err);
}

int local_make_data_directory(const struct server *server, struct err *err)
{
    uid_t uid;
    gid_t gid;

    if (local_owner(server, &uid, &gid, err) < 0)
        return -1;
    if (file_exists(server->data_directory)) {
        bool is_ours = local_has_mark(server, LOCAL_BEGUN);

        if (!is_ours && !file_is_vacant(server->data_directory))
            return err_set(err, ERR_STATE, "\"%s\" for the %s server is not empty",
                           server->data_directory, server->role);
        if (is_ours && file_remove_tree(server->data_directory, err) < 0)
            return -1;
    }
    if (local_set_mark(server, LOCAL_BEGUN, err) < 0)
        return -1;
    return file_make_private_directory(server->data_directory, uid, gid, err);
}

static int check_port(const struct server *server, struct err *err)
{
    struct sockaddr_in address;
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int status = 0;

    if (fd < 0)
        return err_set(err, ERR_INTERNAL, "socket: %s", strerror(errno));
    memset(&address, 0, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)server->port);
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, (const struct sockaddr *)(const void *)&address, sizeof(address)) < 0)
        status = err_set(err, ERR_CONFIG, "port %d for the %s server: %s", server->port,
                         server->role, strerror(errno));
    (void)close(fd);
    return status;
}

static int check_disk(const struct server *server, const char *parent, long long bytes,
                      struct err *err)
{
    struct statvfs facts;
    long long left;

    if (statvfs(parent, &facts) < 0)
        return err_set(err, ERR_CONFIG, "the directory \"%s\" for the %s server: %s",
                       parent, server->role, strerror(errno));
    left = (long long)facts.f_bavail * (long long)facts.f_frsize;
    if (left < bytes) {
        (void)err_set(err, ERR_STATE,
                      "the %s server needs %lld MiB in \"%s\", which has %lld MiB left",
                      server->role, bytes >> 20, parent, left >> 20);
        return err_hint(err,
                        "Free space, or set data_directory to another file system.");
    }
    return 0;
}

int local_check_place(const struct server *server, enum server_phase phase,
                      const char *socket_name, long long bytes, struct err *err)
{
    char *parent = xstrdup(server->data_directory);
    char *slash = strrchr(parent, '/');
    struct sockaddr_un address;
    uid_t uid;
    gid_t gid;
    int status = -1;

    if (slash == NULL || slash == parent || server->data_directory[0] != '/') {
        (void)err_set(err, ERR_CONFIG, "data_directory \"%s\" is not an absolute path",
                      server->data_directory);
        goto done;
    }
    *slash = '\0';
    if (strlen(server->control_directory) + strlen(socket_name) + 2 >
        sizeof(address.sun_path)) {
        (void)err_set(err, ERR_CONFIG, "the path \"%s\" is too long for a socket",
                      server->control_directory);
        goto done;
    }
    if (local_owner(server, &uid, &gid, err) < 0)
        goto done;
    if (server->is_adopted && (phase != SERVER_ABSENT || server->hook == NULL)) {
        status = phase == SERVER_ABSENT
                     ? err_set(err, ERR_STATE, "the %s server in \"%s\" does not run",
                               server->role, server->data_directory)
                     : 0;
        goto done;
    }
    if (phase == SERVER_ABSENT && check_port(server, err) < 0)
        goto done;
    if (server->is_adopted) { /* what is there, its owner's program knows */
        status = 0;
        goto done;
    }
    if (local_has_mark(server, LOCAL_BEGUN) || local_has_mark(server, LOCAL_WHOLE)) {
        status = 0; /* ours already */
        goto done;
    }
    if (!file_is_vacant(server->data_directory)) {
        (void)err_set(err, ERR_STATE, "\"%s\" for the %s server is not empty",
                      server->data_directory, server->role);
        (void)err_hint(err,
                       "airshift never removes a directory that it did not fill. Name "
                       "another one, or set provision = adopt.");
        goto done;
    }
    status = check_disk(server, parent, bytes, err);
done:
    free(parent);
    return status;
}

int local_discard(const struct server *server,
                  int (*stop)(const struct server *server, struct err *err),
                  struct err *err)
{
    char *mark = xasprintf("%s/copy", server->control_directory);
    int status = 0;
    int lock = -1;

    /* Without the mark nothing here is ours. */
    if (!server->is_adopted && file_exists(mark)) {
        lock = local_lock_copy(server, err);
        status = lock < 0 ? -1 : stop(server, err);
        if (status == 0)
            status = file_remove_tree(server->data_directory, err);
        if (status == 0) /* the mark goes last: a repeated call finds its way */
            status = file_remove_tree(server->control_directory, err);
    }
    if (lock >= 0)
        (void)close(lock);
    free(mark);
    return status;
}

void local_hint_log(const char *log, struct err *err)
{
    struct strbuf text = STRBUF_INIT;
    struct err ignored; /* the hint is a courtesy */

    if (file_read(log, LOG_MAX_BYTES, &text, &ignored) == 0 && text.length > 0) {
        size_t from = text.length > HINT_BYTES ? text.length - HINT_BYTES : 0;

        (void)err_hint(err, "%s ends with: %s", log, strbuf_text(&text) + from);
    }
    strbuf_clear(&text);
}
