/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_doctor.c - `airshift doctor`: what revision a database is really at, whether it says
 * so, what is left over in it; and the repair of what is certain.
 */
#include "config.h"

#include "base/log.h"
#include "cmd.h"
#include "doctor/doctor.h"

static const struct option_def options[] = {
    COMMAND_URL_OPTIONS,
    {"repair", OPTION_FLAG, NULL,
     "write the right revision, remove left-overs; shown only, without --yes"},
    {"yes", OPTION_FLAG, NULL, "with --repair: do it"},
    {"revision", OPTION_TEXT, "REVISION",
     "with --repair: which, where the tables do not tell some apart"},
    {"drop-moved", OPTION_FLAG, NULL,
     "with --repair: drop the tables with rows that were moved out of the way, too"},
    {"json", OPTION_FLAG, NULL, "print JSON"},
    {NULL, OPTION_FLAG, NULL, NULL},
};

static int run(struct command_context *context, enum exit_code *exit_code,
               struct err *err)
{
    struct doctor_options doctor = {0};
    struct url url = {0};
    bool is_bad = false;
    int status;

    doctor.repairs = option_flag(context, "repair");
    doctor.is_confirmed = option_flag(context, "yes");
    doctor.drops_moved = option_flag(context, "drop-moved");
    doctor.revision = option_text(context, "revision");
    doctor.is_json = option_flag(context, "json");
    if (!doctor.repairs &&
        (doctor.is_confirmed || doctor.drops_moved || doctor.revision != NULL))
        return err_set(err, ERR_USAGE,
                       "--yes, --revision and --drop-moved go with --repair");
    if (command_look_url(context, &url, err) != 0)
        return -1;
    doctor.url = &url;
    status = doctor_run(&doctor, &is_bad, err);
    if (status == 0 && is_bad)
        *exit_code = EXIT_CODE_SICK;
    url_clear(&url);
    return status;
}

const struct command cmd_doctor = {
    "doctor",
    "say what revision a database is really at, and repair that",
    "[OPTION ...]",
    options,
    run,
};
