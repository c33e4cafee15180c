/* SPDX-License-Identifier: Apache-2.0
 *
 * writeback.c - a thread that asks the file system again and again to write what it has. A
 * server whose durability is deferred never asks, and the kernel begins late.
 */
#include "config.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "replica/writeback.h"

enum { PAUSE_SECONDS = 2 };

struct writeback {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t over;
    bool is_over;
    int fd;
};

static void *run(void *context)
{
    struct writeback *writeback = context;

    (void)pthread_mutex_lock(&writeback->mutex);
    while (!writeback->is_over) {
        struct timespec until;

        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += PAUSE_SECONDS;
        if (pthread_cond_timedwait(&writeback->over, &writeback->mutex, &until) == 0)
            continue;
        (void)pthread_mutex_unlock(&writeback->mutex);
        (void)syncfs(writeback->fd);
        (void)pthread_mutex_lock(&writeback->mutex);
    }
    (void)pthread_mutex_unlock(&writeback->mutex);
    return NULL;
}

struct writeback *writeback_begin(const char *directory)
{
    struct writeback *writeback;
    pthread_condattr_t attributes;
    sigset_t all;
    sigset_t before;
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int status;

    if (fd < 0)
        return NULL;
    writeback = xcalloc(1, sizeof(*writeback));
    writeback->fd = fd;
    (void)pthread_mutex_init(&writeback->mutex, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&writeback->over, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    (void)sigfillset(&all); /* signals are the other thread's */
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    status = pthread_create(&writeback->thread, NULL, run, writeback);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (status == 0)
        return writeback;
    (void)close(fd);
    free(writeback);
    return NULL;
}

void writeback_end(struct writeback *writeback)
{
    if (writeback == NULL)
        return;
    (void)pthread_mutex_lock(&writeback->mutex);
    writeback->is_over = true;
    (void)pthread_cond_signal(&writeback->over);
    (void)pthread_mutex_unlock(&writeback->mutex);
    (void)pthread_join(writeback->thread, NULL);
    (void)pthread_cond_destroy(&writeback->over);
    (void)pthread_mutex_destroy(&writeback->mutex);
    (void)close(writeback->fd);
    free(writeback);
}
