/* SPDX-License-Identifier: Apache-2.0
 *
 * file.c - the sequence of system calls behind "whole or not at all". A temporary file
 * of ours that a kill left behind is replaced by the next write.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "state/file.h"

static int set_errno(struct err *err, const char *what, const char *path)
{
    return err_set(err, ERR_CONFIG, "%s \"%s\": %s", what, path, strerror(errno));
}

int file_read(const char *path, size_t most, struct strbuf *content, struct err *err)
{
    char block[8192];
    size_t total = 0;
    ssize_t got;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return set_errno(err, "reading", path);
    while ((got = read(fd, block, sizeof(block))) > 0) {
        total += (size_t)got;
        if (total > most) {
            (void)close(fd);
            return err_set(err, ERR_CONFIG, "\"%s\" is larger than %zu bytes", path,
                           most);
        }
        strbuf_add(content, block, (size_t)got);
    }
    if (got < 0) {
        (void)set_errno(err, "reading", path);
        (void)close(fd);
        return -1;
    }
    (void)close(fd);
    return 0;
}

int file_sync_directory(const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return set_errno(err, "opening directory", path);
    if (fsync(fd) < 0) {
        (void)set_errno(err, "syncing directory", path);
        (void)close(fd);
        return -1;
    }
    (void)close(fd);
    return 0;
}

int file_sync_parent(const char *path, struct err *err)
{
    char *parent = xstrdup(path);
    char *slash = strrchr(parent, '/');
    int status;

    if (slash == parent)
        slash[1] = '\0';
    else if (slash != NULL)
        *slash = '\0';
    status = file_sync_directory(slash != NULL ? parent : ".", err);
    free(parent);
    return status;
}

static int write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t put = write(fd, bytes, size);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        bytes += put;
        size -= (size_t)put;
    }
    return 0;
}

int file_write(const char *path, const void *bytes, size_t size, mode_t mode, uid_t uid,
               gid_t gid, struct err *err)
{
    char *temporary = xasprintf("%s.airshift-new", path);
    int status = -1;
    int fd;

    (void)unlink(temporary); /* left by a kill; if that fails, O_EXCL says so */
    fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        (void)set_errno(err, "creating", temporary);
        goto done;
    }
    if ((uid != FILE_OWNER_KEEP && fchown(fd, uid, gid) < 0) || fchmod(fd, mode) < 0 ||
        write_all(fd, bytes, size) < 0 || fsync(fd) < 0) {
        (void)set_errno(err, "writing", temporary);
        (void)close(fd);
        (void)unlink(temporary);
        goto done;
    }
    if (close(fd) < 0 || rename(temporary, path) < 0) {
        (void)set_errno(err, "putting in place", path);
        (void)unlink(temporary);
        goto done;
    }
    status = file_sync_parent(path, err);
done:
    free(temporary);
    return status;
}

int file_rewrite(const char *path, const void *bytes, size_t size, struct err *err)
{
    char *real = realpath(path, NULL);
    struct stat facts;
    int status;

    if (real == NULL || stat(real, &facts) < 0)
        status = err_set(err, ERR_CONFIG, "\"%s\": %s", path, strerror(errno));
    else
        status = file_write(real, bytes, size, facts.st_mode & 07777, facts.st_uid,
                            facts.st_gid, err);
    free(real);
    return status;
}

int file_make_private_directory(const char *path, uid_t uid, gid_t gid, struct err *err)
{
    struct stat facts;

    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return set_errno(err, "making directory", path);
    if (lstat(path, &facts) < 0)
        return set_errno(err, "looking at", path);
    if (!S_ISDIR(facts.st_mode))
        return err_set(err, ERR_CONFIG, "\"%s\" is not a directory", path);
    if (uid != FILE_OWNER_KEEP && facts.st_uid != uid && chown(path, uid, gid) < 0)
        return set_errno(err, "changing the owner of", path);
    if ((facts.st_mode & 07777) != 0700 && chmod(path, 0700) < 0)
        return set_errno(err, "changing the mode of", path);
    return file_sync_parent(path, err);
}

static int remove_one(const char *path, const struct stat *facts, int kind,
                      struct FTW *position)
{
    (void)facts;
    (void)kind;
    (void)position;
    return remove(path) < 0 && errno != ENOENT ? -1 : 0;
}

int file_remove_tree(const char *path, struct err *err)
{
    struct stat facts;

    if (lstat(path, &facts) < 0)
        return errno == ENOENT ? 0 : set_errno(err, "looking at", path);
    if (nftw(path, remove_one, 32, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) != 0)
        return set_errno(err, "removing", path);
    return file_sync_parent(path, err);
}

int file_remove(const char *path, struct err *err)
{
    if (unlink(path) < 0 && errno != ENOENT)
        return set_errno(err, "removing", path);
    return 0;
}

bool file_exists(const char *path)
{
    struct stat facts;

    return lstat(path, &facts) == 0;
}

bool file_is_vacant(const char *path)
{
    DIR *directory = opendir(path);
    const struct dirent *entry;
    bool is_empty = true;

    if (directory == NULL)
        return errno == ENOENT;
    while (is_empty && (entry = readdir(directory)) != NULL)
        is_empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    (void)closedir(directory);
    return is_empty;
}
