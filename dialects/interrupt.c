/* SPDX-License-Identifier: Apache-2.0
 *
 * interrupt.c - the handlers. SA_RESTART is off, so that poll(2) returns at once;
 * SA_RESETHAND gives the second signal back to the system.
 */
#include "config.h"

#include <signal.h>
#include <string.h>

#include "interrupt.h"

static volatile sig_atomic_t is_asked;

static void note(int number)
{
    (void)number;
    is_asked = 1;
}

void interrupt_catch(void)
{
    static const int numbers[] = {SIGINT, SIGTERM};
    struct sigaction action;
    struct sigaction present;

    memset(&action, 0, sizeof(action));
    action.sa_handler = note;
    action.sa_flags = SA_RESETHAND;
    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        /* A signal that the parent told us to ignore (nohup and the like) stays
         * ignored. */
        if (sigaction(numbers[i], NULL, &present) == 0 &&
            present.sa_handler == SIG_DFL && !is_asked)
            (void)sigaction(numbers[i], &action, NULL);
    }
}

bool interrupt_is_asked(void)
{
    return is_asked != 0;
}

void interrupt_reset(void)
{
    is_asked = 0;
}
