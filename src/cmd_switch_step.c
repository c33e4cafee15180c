/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_switch_step.c - "airshift switch ... --step": one key, or a line where standard
 * input is no terminal, before each action. The end of the input stops as "q" does:
 * nobody is there any more who would watch.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "cmd_switch.h"
#include "interrupt.h"

enum { TURN_MS = 250 };

/* A character of standard input; -1 at its end or with `err` filled. */
static int read_character(struct err *err)
{
    struct pollfd entry = {STDIN_FILENO, POLLIN, 0};
    char character;

    for (;;) {
        if (interrupt_is_asked()) {
            (void)err_set(err, ERR_INTERRUPTED, "interrupted by a signal");
            return -1;
        }
        if (poll(&entry, 1, TURN_MS) <= 0)
            continue;
        if (read(STDIN_FILENO, &character, 1) == 1)
            return (unsigned char)character;
        if (errno != EINTR)
            return -1;
    }
}

int cmd_switch_step(const char *action, const char *comment, struct err *err)
{
    struct termios before;
    struct termios each;
    bool is_terminal = tcgetattr(STDIN_FILENO, &before) == 0;
    int key;

    (void)fflush(stdout);
    (void)fprintf(stderr, "next: %s (%s); a key goes on, q stops: ", action, comment);
    if (is_terminal) {
        each = before;
        each.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &each);
    }
    errno = 0;
    key = read_character(err);
    if (is_terminal)
        (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
    for (int rest = key; !is_terminal && rest >= 0 && rest != '\n';)
        rest = read_character(err);
    (void)fputc('\n', stderr);
    if (interrupt_is_asked())
        return -1;
    if (key < 0 || key == 'q' || key == 'Q')
        return err_set(err, ERR_INTERRUPTED, "stopped by the operator before \"%s\"",
                       action);
    return 0;
}
