/* SPDX-License-Identifier: Apache-2.0
 *
 * place.c - is there room on this machine for a server of ours? Programs, port,
 * directory, disk. Looks only.
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
#include "postgres/replica.h"
#include "state/file.h"

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

static int check_programs(const struct server *server, int version, struct err *err)
{
    static const char *const names[] = {"postgres", "pg_basebackup", "initdb"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char *path = pg_program(server, names[i], version, err);

        if (path == NULL)
            return -1;
        free(path);
    }
    return 0;
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

int pg_check_place(const struct server *server, int version, long long bytes,
                   struct err *err)
{
    char *parent = xstrdup(server->data_directory);
    char *slash = strrchr(parent, '/');
    char *mark = xasprintf("%s/copy", server->control_directory);
    struct sockaddr_un address;
    enum server_phase phase;
    uid_t uid;
    gid_t gid;
    int status = -1;

    if (slash == NULL || slash == parent || server->data_directory[0] != '/') {
        (void)err_set(err, ERR_CONFIG, "data_directory \"%s\" is not an absolute path",
                      server->data_directory);
        goto done;
    }
    *slash = '\0';
    /* "/.s.PGSQL.65535" is appended to it. */
    if (strlen(server->control_directory) + 17 > sizeof(address.sun_path)) {
        (void)err_set(err, ERR_CONFIG, "the path \"%s\" is too long for a socket",
                      server->control_directory);
        goto done;
    }
    if (check_programs(server, version, err) < 0 ||
        pg_owner(server, &uid, &gid, err) < 0 || pg_get_phase(server, &phase, err) < 0)
        goto done;
    if (server->is_adopted) {
        status = phase == SERVER_ABSENT
                     ? err_set(err, ERR_STATE, "the %s server in \"%s\" does not run",
                               server->role, server->data_directory)
                     : 0;
        goto done;
    }
    if (phase == SERVER_ABSENT && check_port(server, err) < 0)
        goto done;
    if (file_exists(mark)) { /* ours already */
        status = 0;
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
    free(mark);
    free(parent);
    return status;
}
