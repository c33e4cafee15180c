/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_preflight.c - `airshift preflight`: one page of what to know before a migration.
 */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "cmd.h"
#include "interrupt.h"
#include "preflight/preflight.h"

enum { LONG_SECONDS = 300 };

static const struct option_def options[] = {
    COMMAND_URL_OPTIONS,
    COMMAND_TARGET_OPTIONS,
    {"long-transaction", OPTION_NUMBER, "SECONDS",
     "older transactions and larger lags are red, a tenth is yellow (default 300)"},
    {"workers", OPTION_NUMBER, "N", "sessions of the migration to come (default 2)"},
    {"json", OPTION_FLAG, NULL, "print JSON"},
    {NULL, OPTION_FLAG, NULL, NULL},
};

static bool has_colours(void)
{
    const char *terminal = getenv("TERM");
    const char *without = getenv("NO_COLOR");

    return isatty(STDOUT_FILENO) && terminal != NULL &&
           (without == NULL || without[0] == '\0');
}

static int run(struct command_context *context, enum exit_code *exit_code,
               struct err *err)
{
    struct preflight_options preflight = {0};
    struct preflight page = {0};
    struct url url = {0};
    int status;

    interrupt_catch();
    command_target(context, &preflight.target);
    preflight.long_seconds = option_number(context, "long-transaction", LONG_SECONDS);
    if (preflight.long_seconds < 1)
        return err_set(err, ERR_USAGE, "--long-transaction takes 1 second or more");
    if (command_workers(context, &preflight.workers, err) != 0 ||
        command_look_url(context, &url, err) != 0)
        return -1;
    preflight.url = &url;
    status = preflight_look(&preflight, &page, err);
    if (status == 0) {
        if (option_flag(context, "json"))
            preflight_print_json(&page);
        else
            preflight_print_text(&page, has_colours());
        if (preflight_count(&page, LIGHT_RED) > 0)
            *exit_code = EXIT_CODE_NOGO;
    }
    preflight_clear(&page);
    url_clear(&url);
    return status;
}

const struct command cmd_preflight = {
    "preflight",
    "say what is in the way of a migration, on one page",
    "[OPTION ...]",
    options,
    run,
};
