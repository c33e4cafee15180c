/* SPDX-License-Identifier: Apache-2.0
 *
 * process.c - fork, become the other user, exec. Between fork and exec only calls that
 * are safe there (this process has one thread); a child that cannot exec says why
 * through a pipe that exec closes.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "base/xalloc.h"
#include "process.h"

extern char **environ;

enum { TAIL_BYTES = 600, TURN_MS = 10, TERM_SECONDS = 10 };

static bool is_kept(const char *entry)
{
    static const char *const kept[] = {
        "PATH=", "HOME=", "LANG=", "LC_", "TZ=", "TMPDIR="};

    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        if (strncmp(entry, kept[i], strlen(kept[i])) == 0)
            return true;
    }
    return false;
}

/* The first of two entries with the same name counts, so additions stand in front. The
 * array is ours, the strings are borrowed. `home` is "HOME=..." of another user, or
 * NULL. */
static const char **make_environment(const struct process_spec *spec, const char *home)
{
    size_t count = 0;
    size_t at = 0;
    const char **result;

    for (char **entry = environ; *entry != NULL; entry++)
        count++;
    for (size_t i = 0; spec->environment != NULL && spec->environment[i] != NULL; i++)
        count++;
    result = xcalloc(count + 2, sizeof(*result));
    if (home != NULL)
        result[at++] = home;
    for (size_t i = 0; spec->environment != NULL && spec->environment[i] != NULL; i++)
        result[at++] = spec->environment[i];
    for (char **entry = environ; *entry != NULL; entry++) {
        const char *equals = strchr(*entry, '=');
        bool is_replaced = false;

        for (size_t i = 0; equals != NULL && i < at; i++) {
            if (strncmp(result[i], *entry, (size_t)(equals - *entry) + 1) == 0)
                is_replaced = true;
        }
        if (!is_replaced && (!spec->has_clean_environment || is_kept(*entry)))
            result[at++] = *entry;
    }
    return result;
}

int process_find_user(const char *name, uid_t *uid, gid_t *gid, struct err *err)
{
    struct passwd entry;
    struct passwd *found = NULL;
    char buffer[4096];

    if (getpwnam_r(name, &entry, buffer, sizeof(buffer), &found) != 0 || found == NULL)
        return err_set(err, ERR_CONFIG, "this machine has no user \"%s\"", name);
    *uid = entry.pw_uid;
    *gid = entry.pw_gid;
    return 0;
}

/* In the child. Says which step failed through `report`, then ends. */
__attribute__((noreturn)) static void become(const struct process_spec *spec,
                                             const char **environment, uid_t uid,
                                             gid_t gid, pid_t parent, int report)
{
    sigset_t none;
    int input;

    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    if (spec->is_daemon)
        (void)setsid();
    else if (spec->has_own_group)
        (void)setpgid(0, 0);
    if (spec->user != NULL && getuid() == 0 &&
        (initgroups(spec->user, gid) < 0 || setgid(gid) < 0 || setuid(uid) < 0))
        goto failed;
    /* After setuid(), which would clear it. */
    if (spec->dies_with_us) {
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent)
            _exit(127);
    }
    if (spec->directory != NULL ? chdir(spec->directory) < 0
                                : spec->user != NULL && chdir("/") < 0)
        goto failed;
    input = open("/dev/null", O_RDONLY);
    if (input < 0 || dup2(input, STDIN_FILENO) < 0)
        goto failed;
    (void)umask(077);
    if (spec->output != NULL) {
        int output = open(spec->output, O_WRONLY | O_CREAT | O_APPEND, 0600);

        if (output < 0 || dup2(output, STDOUT_FILENO) < 0)
            goto failed;
        (void)dup2(output, STDERR_FILENO);
    } else {
        (void)dup2(STDERR_FILENO, STDOUT_FILENO);
    }
    /* Nothing else of ours is inherited: not even by a descriptor some library left
     * open. */
    for (int fd = 3; fd < 1024; fd++) {
        if (fd != report && fd != spec->lock_fd)
            (void)close(fd);
    }
    if (spec->lock_fd > 0) {
        char text[32];
        int length = snprintf(text, sizeof(text), "%ld\n", (long)getpgrp());

        if (fcntl(spec->lock_fd, F_SETFD, 0) < 0 ||
            (spec->has_own_group &&
             pwrite(spec->lock_fd, text, (size_t)length, 0) != (ssize_t)length))
            goto failed;
    }
    execve(spec->arguments[0], (char *const *)spec->arguments,
           (char *const *)environment);
failed:
    input = errno;
    (void)!write(report, &input, sizeof(input));
    _exit(127);
}

/* The group that stands in a lock file lives as long as the lock is held by it, so its
 * number cannot be another's by now. */
static void kill_holder(int fd)
{
    char text[32] = "";
    long group;

    if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
        return;
    group = strtol(text, NULL, 10);
    if (group > 1)
        (void)kill((pid_t)-group, SIGKILL);
}

int process_lock(const char *path, double grace_seconds, double seconds,
                 struct err *err)
{
    struct deadline grace = deadline_in(grace_seconds);
    struct deadline deadline = deadline_in(seconds);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        return err_set(err, ERR_CONFIG, "opening \"%s\": %s", path, strerror(errno));
    while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (deadline_is_over(&grace))
            kill_holder(fd);
        if (wait_turn(&deadline, TURN_MS, "a program of an earlier run to end", err) <
            0) {
            (void)close(fd);
            return -1;
        }
    }
    if (ftruncate(fd, 0) < 0) {
        (void)err_set(err, ERR_CONFIG, "emptying \"%s\": %s", path, strerror(errno));
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* Programs look for files of their user there, and libpq for a certificate: that it may
 * not look into ours is an error to it. Owned by the caller; NULL where nobody becomes
 * another. */
static char *home_of(const char *user)
{
    struct passwd entry;
    struct passwd *found = NULL;
    char buffer[4096];

    if (user == NULL || getuid() != 0 ||
        getpwnam_r(user, &entry, buffer, sizeof(buffer), &found) != 0 || found == NULL)
        return NULL;
    return xasprintf("HOME=%s", entry.pw_dir);
}

pid_t process_start(const struct process_spec *spec, struct err *err)
{
    const char **environment = NULL;
    char *home = NULL;
    int report[2] = {-1, -1};
    pid_t parent = getpid();
    pid_t pid = -1;
    uid_t uid = 0;
    gid_t gid = 0;
    int reason = 0;
    ssize_t got;

    if (spec->user != NULL && process_find_user(spec->user, &uid, &gid, err) < 0)
        return -1;
    if (pipe2(report, O_CLOEXEC) < 0)
        return err_set(err, ERR_INTERNAL, "pipe: %s", strerror(errno));
    home = home_of(spec->user);
    environment = make_environment(spec, home);
    pid = fork();
    if (pid == 0)
        become(spec, environment, uid, gid, parent, report[1]);
    (void)close(report[1]);
    if (pid < 0) {
        (void)err_set(err, ERR_INTERNAL, "fork: %s", strerror(errno));
        goto done;
    }
    do {
        got = read(report[0], &reason, sizeof(reason));
    } while (got < 0 && errno == EINTR);
    if (got == (ssize_t)sizeof(reason)) {
        (void)waitpid(pid, NULL, 0);
        pid = -1;
        (void)err_set(err, ERR_CONFIG, "starting \"%s\": %s", spec->arguments[0],
                      strerror(reason));
    }
done:
    (void)close(report[0]);
    free(environment);
    free(home);
    return pid;
}

/* Ends a program that has had its time, and what it has started if it leads a group. */
static void stop(pid_t pid)
{
    struct deadline deadline = deadline_in(TERM_SECONDS);
    const struct timespec turn = {0, TURN_MS * 1000000L};
    bool has_own_group = getpgid(pid) == pid;
    siginfo_t info;

    (void)kill(pid, SIGTERM);
    for (;;) {
        info.si_pid = 0;
        /* Left as it is: its number, and so its group's, stays taken. */
        if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
            info.si_pid == pid || deadline_is_over(&deadline))
            break;
        (void)nanosleep(&turn, NULL);
    }
    (void)kill(has_own_group ? -pid : pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
}

int process_wait(pid_t pid, const struct deadline *deadline, const char *what,
                 process_tick *tick, void *context, int *status, struct err *err)
{
    struct deadline next = deadline_in(1);

    for (;;) {
        pid_t ended = waitpid(pid, status, WNOHANG);

        if (ended == pid)
            return 0;
        if (ended < 0 && errno != EINTR)
            return err_set(err, ERR_INTERNAL, "waitpid: %s", strerror(errno));
        if (wait_turn(deadline, TURN_MS, what, err) < 0)
            break;
        if (tick != NULL && deadline_is_over(&next)) {
            next = deadline_in(1);
            if (tick(context, err) < 0)
                break;
        }
    }
    stop(pid);
    return -1;
}

void process_describe(int status, char *text, size_t size)
{
    if (WIFSIGNALED(status))
        (void)snprintf(text, size, "signal %d", WTERMSIG(status));
    else
        (void)snprintf(text, size, "exit code %d", WEXITSTATUS(status));
}

/* The last lines of an output file, on one line. */
static void add_tail(struct strbuf *text, const char *path)
{
    char tail[TAIL_BYTES];
    ssize_t got = 0;
    struct stat facts;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return;
    if (fstat(fd, &facts) == 0) {
        off_t from = facts.st_size > TAIL_BYTES ? facts.st_size - TAIL_BYTES : 0;

        got = pread(fd, tail, sizeof(tail), from);
    }
    (void)close(fd);
    while (got > 0 && (tail[got - 1] == '\n' || tail[got - 1] == ' '))
        got--;
    for (ssize_t i = 0; i < got; i++)
        strbuf_add_char(text, tail[i] == '\n' || tail[i] == '\t' ? ' ' : tail[i]);
}

int process_run(const struct process_spec *spec, double seconds, const char *what,
                struct err *err)
{
    struct deadline deadline = deadline_in(seconds);
    struct strbuf tail = STRBUF_INIT;
    char how[32];
    int status = 0;
    pid_t pid = process_start(spec, err);

    if (pid < 0)
        return err_wrap(err, "%s", what);
    if (process_wait(pid, &deadline, what, NULL, NULL, &status, err) < 0)
        return -1;
    if (status == 0)
        return 0;
    process_describe(status, how, sizeof(how));
    if (spec->output != NULL)
        add_tail(&tail, spec->output);
    (void)err_set(err, ERR_STATE, "%s ended with %s%s%s", what, how,
                  tail.length > 0 ? ": " : "", strbuf_text(&tail));
    strbuf_clear(&tail);
    return -1;
}
