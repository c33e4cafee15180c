/* SPDX-License-Identifier: Apache-2.0
 *
 * repoint_hook.c - a program of the operator's. It is started directly, its arguments
 * are what stands in the configuration between spaces, and everything it needs to know
 * is in its environment:
 *
 *     AIRSHIFT_EVENT            cutover or rollback
 *     AIRSHIFT_TARGET           green or blue: who the clients must talk to now
 *     AIRSHIFT_HOST             green's host for clients as configured, "" where it is
 * not AIRSHIFT_PORT             green's port; "" for blue AIRSHIFT_CONNECTION_FILE  the
 * connection file, already rewritten; "" without one AIRSHIFT_SWITCH           id of
 * the switch AIRSHIFT_VERSION          the Airflow version migrated to; "" for blue
 *
 * It may be called more than once for the same event, after a crash, and must then do
 * the same again. Exit code 0 means that the clients have moved.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "process.h"
#include "replica/repoint.h"

enum { WORDS_MAX = 32, VARIABLES = 7 };

static bool is_configured(const struct switch_context *sw)
{
    return sw->config.hook != NULL;
}

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

static int check(struct switch_context *sw, struct err *err)
{
    const char *words[WORDS_MAX + 1];
    char *text = xstrdup(sw->config.hook);
    int status = 0;

    if (split(text, words) == 0 || words[0][0] != '/')
        status = err_set(err, ERR_CONFIG, "the hook must be an absolute path");
    else if (access(words[0], X_OK) < 0)
        status = err_set(err, ERR_CONFIG, "\"%s\": %s", words[0], strerror(errno));
    free(text);
    return status;
}

static int move(struct switch_context *sw, enum repoint_target target, struct err *err)
{
    const struct switch_config *config = &sw->config;
    bool is_green = target == REPOINT_GREEN;
    const char *words[WORDS_MAX + 1];
    const char *environment[VARIABLES + 1];
    char *text = xstrdup(config->hook);
    char *variables[VARIABLES];
    char *port = is_green ? xasprintf("%d", sw->green.port) : xstrdup("");
    const struct process_spec spec = {.arguments = words, .environment = environment};
    int status;

    variables[0] = xasprintf("AIRSHIFT_EVENT=%s", is_green ? "cutover" : "rollback");
    variables[1] = xasprintf("AIRSHIFT_TARGET=%s", is_green ? "green" : "blue");
    variables[2] =
        xasprintf("AIRSHIFT_HOST=%s",
                  is_green && config->green_host != NULL ? config->green_host : "");
    variables[3] = xasprintf("AIRSHIFT_PORT=%s", port);
    variables[4] = xasprintf("AIRSHIFT_CONNECTION_FILE=%s",
                             config->repoint_file != NULL ? config->repoint_file : "");
    variables[5] = xasprintf("AIRSHIFT_SWITCH=%s", journal_switch(sw->journal));
    variables[6] = xasprintf("AIRSHIFT_VERSION=%s", is_green ? config->airflow_to : "");
    for (size_t i = 0; i < VARIABLES; i++)
        environment[i] = variables[i];
    environment[VARIABLES] = NULL;
    (void)split(text, words);
    status = switch_only_shows(sw, "run %s with %s and %s", config->hook, variables[0],
                               variables[1])
                 ? 0
                 : process_run(&spec, config->hook_s, "the hook", err);
    for (size_t i = 0; i < VARIABLES; i++)
        free(variables[i]);
    free(port);
    free(text);
    return status;
}

const struct repointer repoint_hook = {
    .name = "hook",
    .is_configured = is_configured,
    .check = check,
    .move = move,
};
