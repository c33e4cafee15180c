/* SPDX-License-Identifier: Apache-2.0
 *
 * process.h - running other programs: as another user where we are root, never through
 * a shell, never with a secret among the arguments.
 */
#ifndef AIRSHIFT_DIALECTS_PROCESS_H
#define AIRSHIFT_DIALECTS_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "wait.h"

struct process_spec {
    const char *const *arguments; /* NULL at the end; the first is the program's path */
    const char *const
        *environment; /* "NAME=value" on top of what is kept; may be NULL */
    const char *user; /* run as this user when we are root; NULL: as we are */
    const char
        *directory;     /* working directory; NULL: "/" with a user, else unchanged */
    const char *output; /* stdout and stderr are appended to this file, made by the
                         * child's user; NULL: both go to our stderr */
    int lock_fd; /* of process_lock(): stays open in the program, so that the lock
                  * lasts as long as any process of it lives; 0 for none */
    bool has_own_group; /* its children end with it when process_wait() ends it */
    bool has_clean_environment; /* keep only PATH, HOME, locale and time zone of ours */
    bool dies_with_us;          /* SIGTERM when this process ends, however it ends */
    bool is_daemon;             /* own session: a Ctrl-C of ours does not reach it */
};

/* Called once a second or so while a program runs; -1 stops it. */
typedef int process_tick(void *context, struct err *err);

/* Starts a program. -1 when it cannot be started at all. */
pid_t process_start(const struct process_spec *spec, struct err *err);

/* Waits for it. At the deadline or on a signal it gets SIGTERM, 10 s later SIGKILL, and
 * -1 is returned. `*status` is as of waitpid(2). */
int process_wait(pid_t pid, const struct deadline *deadline, const char *what,
                 process_tick *tick, void *context, int *status, struct err *err)
    __attribute__((warn_unused_result));

/* Start, wait, and an error with the end of the output file unless it exits with 0. */
int process_run(const struct process_spec *spec, double seconds, const char *what,
                struct err *err) __attribute__((warn_unused_result));

/* What a status means, for a person: "exit code 3", "signal 9". Into the caller's text.
 */
void process_describe(int status, char *text, size_t size);

/* A lock that a program of an earlier run of ours may still hold, through `lock_fd`:
 * waits until it has ended. One with a group of its own is killed when it has not ended
 * after `grace_seconds`. The descriptor is the caller's, to give on and then to close.
 */
int process_lock(const char *path, double grace_seconds, double seconds,
                 struct err *err) __attribute__((warn_unused_result));

/* Ids of a user of this machine. */
int process_find_user(const char *name, uid_t *uid, gid_t *gid, struct err *err)
    __attribute__((warn_unused_result));

#endif
