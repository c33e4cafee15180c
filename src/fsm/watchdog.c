/* SPDX-License-Identifier: Apache-2.0
 *
 * watchdog.c - waits for the end of the other process. After a death it takes the
 * journal's lock, reads the journal again, and carries out the event "abandoned" of the
 * table, which exists up to the point of no return only. Where somebody has gone on with
 * the switch meanwhile, it leaves it to him.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "fsm/watchdog.h"
#include "process.h"
#include "wait.h"

enum { READY_SECONDS = 10, END_SECONDS = 5, TURN_MS = 20, POLL_MS = 500 };

/* Blue may be back at any moment, and its clients wait for us. */
static const double LONGEST_PAUSE_S = 5;
static const char READY = 'r';
static const char DISMISSED = 'd';

/* The other end is there. */
static bool is_alive(int fd)
{
    struct pollfd entry = {fd, POLLIN, 0};

    return poll(&entry, 1, 0) == 0 || (entry.revents & (POLLHUP | POLLERR)) == 0;
}

static int wait_ready(int fd, struct err *err)
{
    struct deadline deadline = deadline_in(READY_SECONDS);
    struct pollfd entry = {fd, POLLIN, 0};
    char answer = 0;

    while (poll(&entry, 1, 0) <= 0) {
        if (wait_turn(&deadline, TURN_MS, "the watchdog", err) < 0)
            return -1;
    }
    if (read(fd, &answer, 1) == 1 && answer == READY)
        return 0;
    return err_set(err, ERR_STATE, "the watchdog ended at once");
}

static int start(struct switch_context *sw, struct err *err)
{
    char verb[32];
    const char *const arguments[] = {"/proc/self/exe", "switch",        verb,
                                     "--config",       sw->config.path, NULL};
    /* What a test does to airshift is not meant for its watchdog. */
    const char *const environment[] = {
        "AIRSHIFT_TEST_KILL_AT=", "AIRSHIFT_TEST_RUN_AT=", NULL};
    char *log = switch_path(sw, "watchdog.log");
    struct process_spec spec = {.arguments = arguments,
                                .environment = environment,
                                .output = log,
                                .is_daemon = true};
    int pair[2];
    int status = -1;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        (void)err_set(err, ERR_INTERNAL, "socketpair: %s", strerror(errno));
        goto done;
    }
    (void)snprintf(verb, sizeof(verb), "watchdog=%d", pair[1]);
    spec.lock_fd = pair[1];
    sw->watchdog_pid = process_start(&spec, err);
    (void)close(pair[1]);
    if (sw->watchdog_pid > 0 && wait_ready(pair[0], err) == 0) {
        sw->watchdog = pair[0];
        status = 0;
        goto done;
    }
    (void)close(pair[0]);
    (void)err_hint(err, "%s says why. --no-watchdog does without one.", log);
done:
    free(log);
    return status;
}

int watchdog_keep(struct switch_context *sw, enum fsm_state state, struct err *err)
{
    if (!sw->is_watched || fsm_find(state, EVENT_ABANDONED, NULL) == NULL)
        return 0;
    if (sw->watchdog > 0) {
        if (is_alive(sw->watchdog))
            return 0;
        log_warning("the watchdog has ended; another one is started");
        (void)close(sw->watchdog);
        (void)waitpid(sw->watchdog_pid, NULL, 0);
        sw->watchdog = 0;
    }
    if (start(sw, err) < 0)
        return err_wrap(err, "starting the watchdog");
    return 0;
}

void watchdog_dismiss(struct switch_context *sw)
{
    struct deadline deadline = deadline_in(END_SECONDS);
    enum fsm_state state;
    struct err err;
    int status;

    if (sw->watchdog <= 0)
        return;
    state = fsm_state_of(journal_state(sw->journal));
    if (state == STATE_UNFENCING || state == STATE_GIVING_UP) {
        log_warning("the watchdog goes on trying to lift blue's fence");
    } else if (send(sw->watchdog, &DISMISSED, 1, MSG_NOSIGNAL) == 1) {
        err_clear(&err);
        if (process_wait(sw->watchdog_pid, &deadline, "the watchdog to end", NULL, NULL,
                         &status, &err) < 0)
            log_err(&err);
    }
    (void)close(sw->watchdog);
    sw->watchdog = 0;
}

/* How many records the journal has; 0 where it cannot be read. */
static size_t count_records(const struct switch_context *sw)
{
    struct err ignored; /* then the lock decides */
    struct journal *journal =
        journal_open(sw->config.state_directory, JOURNAL_READ, &ignored);
    size_t count = journal != NULL ? journal_record_count(journal) : 0;

    journal_close(journal);
    return count;
}

/* The outage has lasted as long as it may, and green is not ready: the process we watch
 * has had its time. Not in the middle of the last step before the point of no return. */
static void end_parent(const struct switch_context *sw, pid_t parent)
{
    struct err ignored; /* then there is nothing to end */
    struct journal *journal =
        journal_open(sw->config.state_directory, JOURNAL_READ, &ignored);
    enum fsm_state state;

    if (journal == NULL)
        return;
    state = fsm_state_of(journal_state(journal));
    if (state != STATE_VERIFIED && fsm_find(state, EVENT_ABANDONED, NULL) != NULL &&
        getppid() == parent) {
        log_warning("blue was fenced for %.0f s: airshift is ended",
                    sw->config.outage_s);
        (void)kill(parent, SIGKILL);
    }
    journal_close(journal);
}

/* False when it was dismissed. */
static bool wait_for_death(const struct switch_context *sw, int fd)
{
    struct deadline outage = deadline_in(sw->config.outage_s);
    struct pollfd entry = {fd, POLLIN, 0};
    pid_t parent = getppid();

    for (;;) {
        char answer = 0;

        if (poll(&entry, 1, POLL_MS) > 0)
            return read(fd, &answer, 1) != 1 || answer != DISMISSED;
        if (sw->config.outage_s > 0 && deadline_is_over(&outage))
            end_parent(sw, parent);
    }
}

/* Takes the journal, unless somebody has written to it or holds it. 1: it is ours; 0:
 * not yet; -1: it is somebody else's. */
static int take_journal(struct switch_context *sw, size_t known)
{
    struct err err;

    err_clear(&err);
    if (switch_attach(sw, JOURNAL_WRITE, &err) < 0) {
        if (err.category != ERR_LOCK)
            log_err(&err);
        return known != count_records(sw) ? -1 : 0;
    }
    if (journal_record_count(sw->journal) == known)
        return 1;
    switch_detach(sw);
    return -1;
}

/* One try, with the journal in our hands. 0: blue serves, or was never fenced. */
static int lift(struct switch_context *sw)
{
    const char *pending = journal_pending(sw->journal);
    enum fsm_state state = fsm_state_of(journal_state(sw->journal));
    struct err err;
    char *text;
    int status;

    err_clear(&err);
    if (fsm_find(state, EVENT_ABANDONED, NULL) == NULL) {
        log_info("nothing to do in the state \"%s\"", fsm_state_name(state));
        return 0;
    }
    text = xasprintf("lifted blue's fence: airshift had died in the state \"%s\"%s%s%s",
                     fsm_state_name(state), pending != NULL ? ", in the action \"" : "",
                     pending != NULL ? pending : "", pending != NULL ? "\"" : "");
    status = fsm_run(sw, EVENT_ABANDONED, STATE_UNKNOWN, &err);
    if (status == 0)
        status = journal_set_fact(sw->journal, "watchdog", text, &err);
    if (status < 0)
        log_err(&err);
    else
        log_warning("%s", text);
    free(text);
    return status;
}

/* Waits so long; ends early when the journal has other records than the known ones,
 * for then there is nothing to wait for. */
static void pause_for(const struct switch_context *sw, double seconds, size_t known)
{
    struct deadline deadline = deadline_in(seconds);
    struct err ignored; /* the end of the time is what is waited for */

    while (count_records(sw) == known &&
           wait_turn(&deadline, POLL_MS, "", &ignored) == 0)
        ;
}

static void after_death(struct switch_context *sw)
{
    size_t known = count_records(sw);
    double pause = TURN_MS / 1e3;

    log_warning("airshift has died; blue's fence is lifted in %.1f s unless somebody "
                "goes on",
                sw->config.watchdog_s);
    pause_for(sw, sw->config.watchdog_s, known);
    for (;;) {
        int is_ours = take_journal(sw, known);
        int status;

        if (is_ours < 0) {
            log_info("somebody else has gone on with the switch");
            return;
        }
        if (is_ours > 0) {
            status = lift(sw);
            known = journal_record_count(sw->journal);
            switch_detach(sw);
            if (status == 0)
                return;
            pause = pause * 4 < LONGEST_PAUSE_S ? pause * 4 : LONGEST_PAUSE_S;
        }
        pause_for(sw, pause, known);
    }
}

int watchdog_run(const char *config_path, int socket, struct err *err)
{
    struct switch_context sw;

    /* Nothing that ends airshift or its terminal is meant for us. */
    (void)signal(SIGHUP, SIG_IGN);
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGPIPE, SIG_IGN);
    /* Read now: what is needed for the undoing must not depend on files later. */
    if (switch_prepare(&sw, config_path, false, err) < 0)
        return -1;
    if (write(socket, &READY, 1) != 1)
        (void)err_set(err, ERR_INTERNAL, "answering: %s", strerror(errno));
    else if (wait_for_death(&sw, socket))
        after_death(&sw);
    switch_close(&sw);
    return err->category == ERR_NONE ? 0 : -1;
}
