/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_unpause.c - `airshift unpause`: the DAGs that a pause stopped run again, the
 * critical ones first.
 */
#include "config.h"

#include <stdio.h>

#include "base/log.h"
#include "cmd.h"
#include "cmd_first.h"
#include "interrupt.h"
#include "operator/pause.h"

enum { GAP_SECONDS = 10 };

static const struct option_def options[] = {
    COMMAND_URL_OPTIONS,
    {"first", OPTION_TEXT, "IDS", "DAGs that come first, separated by commas"},
    {"first-file", OPTION_TEXT, "FILE", "the same from a file, one a line"},
    {"first-tag", OPTION_TEXT, "TAG", "DAGs with this tag come first, too"},
    {"only-first", OPTION_FLAG, NULL, "leave the others for another call"},
    {"gap", OPTION_NUMBER, "SECONDS", "pause after each of the first (default 10)"},
    {"batch", OPTION_NUMBER, "N", "the others by so many, with the same pause"},
    {"max-active-runs", OPTION_NUMBER, "N", "lower the DAGs' limit of runs to this"},
    {NULL, OPTION_FLAG, NULL, NULL},
};

static int read_options(const struct command_context *context,
                        struct unpause_options *unpause, struct err *err)
{
    unpause->first_tag = option_text(context, "first-tag");
    unpause->only_first = option_flag(context, "only-first");
    unpause->gap_seconds = option_number(context, "gap", GAP_SECONDS);
    unpause->batch = (long long)option_number(context, "batch", 0);
    unpause->max_active_runs = (long long)option_number(context, "max-active-runs", 0);
    if (unpause->gap_seconds > 86400)
        return err_set(err, ERR_USAGE, "--gap takes at most a day");
    if (unpause->only_first && unpause->first->count == 0 && unpause->first_tag == NULL)
        return err_set(err, ERR_USAGE,
                       "--only-first goes with --first, --first-file or --first-tag");
    if (option_text(context, "batch") != NULL && unpause->batch < 1)
        return err_set(err, ERR_USAGE, "--batch takes 1 and more");
    if (option_text(context, "max-active-runs") != NULL && unpause->max_active_runs < 1)
        return err_set(err, ERR_USAGE, "--max-active-runs takes 1 and more");
    return 0;
}

static int run(struct command_context *context, enum exit_code *exit_code,
               struct err *err)
{
    struct arena *arena = arena_new();
    struct list first = {0};
    struct unpause_options unpause = {.first = &first};
    struct unpause_result result = {0};
    struct url url = {0};
    int status = -1;

    (void)exit_code;
    interrupt_catch();
    if (command_first(context, arena, &first, err) == 0 &&
        read_options(context, &unpause, err) == 0 &&
        command_look_url(context, &url, err) == 0) {
        unpause.url = &url;
        status = unpause_dags(&unpause, &result, err);
        if (status == 0)
            (void)printf("%lld DAGs run again, %lld are still paused\n", result.given,
                         result.left);
        if (status == 0 && result.gone > 0)
            log_warning("%lld of the DAGs that were stopped are not there any more",
                        result.gone);
    }
    url_clear(&url);
    arena_free(arena);
    return status;
}

const struct command cmd_unpause = {
    "unpause", "let the DAGs run again that a pause stopped", "[OPTION ...]", options,
    run,
};
