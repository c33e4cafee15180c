/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_restore.c - `airshift restore`: a backup into an empty database, or only a look at
 * its files.
 */
#include "config.h"

#include <stdio.h>

#include "backup/backup.h"
#include "base/log.h"
#include "cmd.h"
#include "interrupt.h"

static const struct option_def options[] = {
    COMMAND_URL_OPTIONS,
    {"from", OPTION_TEXT, "DIR", "directory of the backup"},
    {"check-only", OPTION_FLAG, NULL, "read all files and compare their checksums"},
    {"verify", OPTION_FLAG, NULL, "read every restored row again and compare"},
    {"no-owner", OPTION_FLAG, NULL,
     "leave out owners and grants: all belongs to the role that restores"},
    {"bin-directory", OPTION_TEXT, "DIR", "where the server's dump programs are"},
    COMMAND_WORK_OPTIONS,
    {"json-log", OPTION_FLAG, NULL, "log lines as JSON"},
    {NULL, OPTION_FLAG, NULL, NULL},
};

static int check_only(const char *directory, struct err *err)
{
    struct backup_result result;

    if (restore_check_files(directory, &result, err) < 0)
        return -1;
    (void)printf("\"%s\": whole, %lld rows, %lld bytes, read in %.1f s\n", directory,
                 result.rows, result.bytes, result.seconds);
    return 0;
}

static int run(struct command_context *context, enum exit_code *exit_code,
               struct err *err)
{
    struct restore_options restore = {0};
    struct backup_result result;
    struct url url = {0};
    int status;

    (void)exit_code;
    log_setup(LOG_INFO, option_flag(context, "json-log"));
    interrupt_catch();
    restore.directory = option_text(context, "from");
    if (restore.directory == NULL) {
        (void)err_set(err, ERR_USAGE, "no directory is named");
        return err_hint(err, "Say with --from where the backup is.");
    }
    if (option_flag(context, "check-only"))
        return check_only(restore.directory, err);
    restore.bin_directory = option_text(context, "bin-directory");
    restore.keeps_owners = !option_flag(context, "no-owner");
    restore.verifies = option_flag(context, "verify");
    if (command_progress(context, &restore.progress, err) != 0 ||
        command_workers(context, &restore.workers, err) != 0 ||
        command_look_url(context, &url, err) != 0)
        return -1;
    restore.url = &url;
    status = restore_run(&restore, &result, err);
    if (status == 0)
        (void)printf("%s: %lld rows restored%s in %.1f s\n", url.shown, result.rows,
                     restore.verifies ? " and compared" : "", result.seconds);
    url_clear(&url);
    return status;
}

const struct command cmd_restore = {
    "restore",
    "fill an empty database from a backup",
    "--from DIR [OPTION ...]",
    options,
    run,
};
