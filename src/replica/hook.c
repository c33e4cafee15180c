/* SPDX-License-Identifier: Apache-2.0
 *
 * hook.c - starting a program of the operator's.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "process.h"
#include "replica/hook.h"

enum { WORDS_MAX = 32 };

/* Cuts `text` at its spaces. The number of words. */
static size_t split(char *text, const char *words[WORDS_MAX + 1])
{
    size_t count = 0;
    char *word;

    while (count < WORDS_MAX && (word = strsep(&text, " \t")) != NULL) {
        if (*word != '\0')
            words[count++] = word;
    }
    words[count] = NULL;
    return count;
}

int hook_check(const struct hook *hook, struct err *err)
{
    const char *words[WORDS_MAX + 1];
    char *text = xstrdup(hook->command);
    int status = 0;

    if (split(text, words) == 0 || words[0][0] != '/')
        status = err_set(err, ERR_CONFIG, "%s must be an absolute path", hook->what);
    else if (access(words[0], X_OK) < 0)
        status = err_set(err, ERR_CONFIG, "%s \"%s\": %s", hook->what, words[0],
                         strerror(errno));
    free(text);
    return status;
}

static int run(const struct hook *hook, const char *const *variables, struct err *err)
{
    const char *words[WORDS_MAX + 1];
    const struct process_spec spec = {.arguments = words,
                                      .environment = variables,
                                      .dies_with_us = hook->ends_with_us};
    char *text = xstrdup(hook->command);
    int status;

    (void)split(text, words);
    status = process_run(&spec, hook->seconds, hook->what, err);
    free(text);
    return status;
}

int hook_run(struct switch_context *sw, const struct hook *hook, char **variables,
             struct err *err)
{
    int status = switch_only_shows(sw, "run %s with %s and %s", hook->command,
                                   variables[0], variables[1])
                     ? 0
                     : run(hook, (const char *const *)variables, err);

    for (char **variable = variables; *variable != NULL; variable++)
        free(*variable);
    return status;
}
