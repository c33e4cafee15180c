/* SPDX-License-Identifier: Apache-2.0
 *
 * file.h - small files that must survive a power cut: whole or not at all. Nothing here
 * knows what is in them.
 */
#ifndef AIRSHIFT_STATE_FILE_H
#define AIRSHIFT_STATE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/strbuf.h"

/* Who a new file belongs to; FILE_OWNER_KEEP leaves it to the process. */
#define FILE_OWNER_KEEP ((uid_t)-1)

/* Reads a file of at most `most` bytes; more is an error. Added to `content`. */
int file_read(const char *path, size_t most, struct strbuf *content, struct err *err)
    __attribute__((warn_unused_result));

/* Puts a file in place in one step: new file beside it (O_EXCL), write, fsync, rename,
 * fsync of the directory. `mode` is exact, whatever the umask. */
int file_write(const char *path, const void *bytes, size_t size, mode_t mode, uid_t uid,
               gid_t gid, struct err *err) __attribute__((warn_unused_result));

/* Puts other content into a file that is there in one step; mode and owner stay, and so does
 * a symbolic link that leads to it. */
int file_rewrite(const char *path, const void *bytes, size_t size, struct err *err)
    __attribute__((warn_unused_result));

/* Makes what happened to the names in a directory durable. */
int file_sync_directory(const char *path, struct err *err)
    __attribute__((warn_unused_result));

/* The same for the directory that holds `path`. */
int file_sync_parent(const char *path, struct err *err)
    __attribute__((warn_unused_result));

/* Makes a directory that only its owner can enter, where it is missing; sets mode and
 * owner where it is there. Its parent must exist. */
int file_make_private_directory(const char *path, uid_t uid, gid_t gid, struct err *err)
    __attribute__((warn_unused_result));

/* Removes a directory and all that is in it, symbolic links not followed, other file
 * systems not entered. Nothing there is fine. */
int file_remove_tree(const char *path, struct err *err)
    __attribute__((warn_unused_result));

/* Removes a file; nothing there is fine. The directory is not synced. */
int file_remove(const char *path, struct err *err) __attribute__((warn_unused_result));

bool file_exists(const char *path);

/* The directory is missing or empty. */
bool file_is_vacant(const char *path);

#endif
