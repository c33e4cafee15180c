/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_rehearse.c - `airshift rehearse`: the whole migration on a copy, ahead of time, with
 * a report and a verdict.
 */
#include "config.h"

#include <stdio.h>

#include "base/log.h"
#include "cmd.h"
#include "interrupt.h"
#include "rehearse/rehearse.h"
#include "rehearse/report.h"
#include "state/file.h"

enum { WINDOW_MINUTES = 120, LOCK_WAIT_SECONDS = 60 };

static const struct option_def options[] = {
    COMMAND_URL_OPTIONS,
    COMMAND_TARGET_OPTIONS,
    {"report", OPTION_TEXT, "DIR", "directory for rehearsal.html and rehearsal.json"},
    {"mode", OPTION_TEXT, "MODE", "in-place (default), or detached, as for migrate"},
    {"production", OPTION_TEXT, "URL", "database whose sizes count; it is only read"},
    {"production-file", OPTION_TEXT, "FILE", "file that holds that URL"},
    {"window", OPTION_NUMBER, "MINUTES", "how long an outage may last (default 120)"},
    {"against-airflow", OPTION_TEXT, "PROGRAM",
     "the new version's airflow: migrate a second copy with it"},
    {"way-back", OPTION_FLAG, NULL, "time a backup and its restore, too"},
    {"keep", OPTION_FLAG, NULL, "leave the migrated copies there"},
    {"fernet-key-file", OPTION_TEXT, "FILE",
     "file that holds the Fernet key (or AIRFLOW__CORE__FERNET_KEY)"},
    {"airflow-config", OPTION_TEXT, "FILE", "airflow.cfg with the Fernet key"},
    {"quarantine", OPTION_FLAG, NULL, "as for migrate"},
    COMMAND_WORK_OPTIONS,
    {"json-log", OPTION_FLAG, NULL, "log lines as JSON"},
    {NULL, OPTION_FLAG, NULL, NULL},
};

static int read_options(struct command_context *context,
                        struct rehearse_options *rehearse, struct err *err)
{
    static const char *const modes[] = {"in-place", "detached"};
    struct migrate_options *migrate = &rehearse->migrate;
    double minutes = option_number(context, "window", WINDOW_MINUTES);
    int mode = 0;

    rehearse->log_directory = option_text(context, "report");
    if (rehearse->log_directory == NULL) {
        (void)err_set(err, ERR_USAGE, "no directory is named");
        return err_hint(err, "Say with --report where the report shall be.");
    }
    if (command_choose(context, "mode", modes, 2, &mode, err) != 0 ||
        command_progress(context, &migrate->progress, err) != 0 ||
        command_workers(context, &migrate->workers, err) != 0)
        return -1;
    command_target(context, &migrate->target);
    migrate->is_detached = mode == 1;
    migrate->has_quarantine = option_flag(context, "quarantine");
    migrate->lock_wait_seconds = LOCK_WAIT_SECONDS;
    migrate->throttle.lag_seconds = THROTTLE_LAG_SECONDS;
    migrate->fernet.key_file = option_text(context, "fernet-key-file");
    migrate->fernet.airflow_config = option_text(context, "airflow-config");
    rehearse->airflow = option_text(context, "against-airflow");
    rehearse->tries_way_back = option_flag(context, "way-back");
    rehearse->keeps_copies = option_flag(context, "keep");
    rehearse->window_seconds = minutes * 60;
    return 0;
}

static void print(const struct rehearsal *rehearsal, const char *directory)
{
    for (size_t i = 0; i < rehearsal->checks.count; i++) {
        const struct rehearsal_check *check = rehearsal->checks.items[i];

        (void)printf("%-7s %s: %s\n", check->is_passed ? "passed" : "NO", check->name,
                     check->text);
    }
    (void)printf("%s: \"%s/%s\"\n", rehearsal->is_go ? "go" : "no go", directory,
                 REPORT_HTML);
}

static int rehearse_and_report(const struct rehearse_options *rehearse,
                               enum exit_code *exit_code, struct err *err)
{
    struct arena *arena = arena_new();
    struct rehearsal rehearsal;
    int status = file_make_private_directory(rehearse->log_directory, FILE_OWNER_KEEP,
                                             (gid_t)-1, err);

    if (status == 0)
        status = rehearse_run(rehearse, &rehearsal, arena, err);
    if (status == 0)
        status = report_write(&rehearsal, rehearse->log_directory, err);
    if (status == 0) {
        print(&rehearsal, rehearse->log_directory);
        if (!rehearsal.is_go)
            *exit_code = EXIT_CODE_NOGO;
    }
    arena_free(arena);
    return status;
}

static int run(struct command_context *context, enum exit_code *exit_code,
               struct err *err)
{
    struct rehearse_options rehearse = {0};
    struct url production = {0};
    struct url url = {0};
    bool has_production = false;
    int status = -1;

    log_setup(LOG_INFO, option_flag(context, "json-log"));
    interrupt_catch();
    if (read_options(context, &rehearse, err) == 0 &&
        command_other_url(context, "production", "production-file", &production,
                          &has_production, err) == 0 &&
        command_look_url(context, &url, err) == 0) {
        rehearse.migrate.url = &url;
        rehearse.production = has_production ? &production : NULL;
        status = rehearse_and_report(&rehearse, exit_code, err);
    }
    url_clear(&production);
    url_clear(&url);
    return status;
}

const struct command cmd_rehearse = {
    "rehearse",
    "migrate a copy ahead of time, with a report",
    "--report DIR [OPTION ...]",
    options,
    run,
};
