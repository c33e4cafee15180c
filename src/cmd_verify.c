/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_verify.c - `airshift verify`: whether the catalog is what the target version's
 * revisions make of it, the data is sound, and (--against) every row is what the migration
 * of another database makes of it. Read only.
 */
#include "config.h"

#include <stdio.h>

#include "base/log.h"
#include "cmd.h"
#include "verify/verify.h"

static const struct option_def options[] = {
    COMMAND_URL_OPTIONS,
    COMMAND_TARGET_OPTIONS,
    {"against", OPTION_TEXT, "URL",
     "compare every row with what the migration of that database gives"},
    {"against-file", OPTION_TEXT, "FILE", "file that holds that URL, password and all"},
    {"rows-named", OPTION_NUMBER, "N", "differing rows named, a table (default 10)"},
    {"json", OPTION_FLAG, NULL, "print JSON"},
    {"progress", OPTION_TEXT, "STYLE", "auto (default), plain, json, none"},
    {NULL, OPTION_FLAG, NULL, NULL},
};

static int run(struct command_context *context, enum exit_code *exit_code,
               struct err *err)
{
    struct verify_options verify = {0};
    struct verify_result result = {0};
    bool is_against = false;
    struct url against = {0};
    struct url url = {0};
    int status;

    if (command_progress(context, &verify.progress, err) != 0 ||
        command_look_url(context, &url, err) != 0)
        return -1;
    if (command_other_url(context, "against", "against-file", &against, &is_against,
                          err) != 0) {
        url_clear(&url);
        return -1;
    }
    if (is_against && against.dialect != url.dialect) {
        (void)err_set(
            err, ERR_USAGE,
            "--url and --against must be databases of one kind, not %s and %s",
            url_engine(&url), url_engine(&against));
        url_clear(&against);
        url_clear(&url);
        return -1;
    }
    verify.url = &url;
    verify.against = is_against ? &against : NULL;
    verify.rows_named = (unsigned)option_number(context, "rows-named", 10);
    command_target(context, &verify.target);
    if (is_against && option_text(context, "to") == NULL)
        verify.target.core = NULL;
    verify.is_json = option_flag(context, "json");
    status = verify_run(&verify, &result, err);
    if (status == 0 && result.differences > 0)
        *exit_code = EXIT_CODE_DIFFERENT;
    url_clear(&against);
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
