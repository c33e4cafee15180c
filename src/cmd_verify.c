/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_verify.c - `airshift verify`: whether the catalog is what the target version's
 * revisions make of it, and the data is sound. Read only.
 */
#include "config.h"

#include <stdio.h>

#include "base/log.h"
#include "cmd.h"
#include "verify/verify.h"

static const struct option_def options[] = {
    COMMAND_URL_OPTIONS,
    COMMAND_TARGET_OPTIONS,
    {"json", OPTION_FLAG, NULL, "print JSON"},
    {NULL, OPTION_FLAG, NULL, NULL},
};

static int run(struct command_context *context, enum exit_code *exit_code,
               struct err *err)
{
    struct verify_options verify = {0};
    struct verify_result result = {0};
    struct url url = {0};
    int status;

    if (command_url(context, &url, err) != 0)
        return -1;
    verify.url = &url;
    command_target(context, &verify.target);
    verify.is_json = option_flag(context, "json");
    status = verify_run(&verify, &result, err);
    if (status == 0 && result.differences > 0)
        *exit_code = EXIT_CODE_DIFFERENT;
    url_clear(&url);
    return status;
}

const struct command cmd_verify = {
    "verify",
    "prove that a database is what the version asks for",
    "[OPTION ...]",
    options,
    run,
};
