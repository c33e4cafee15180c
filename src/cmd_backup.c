/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_backup.c - `airshift backup`: the whole database into a directory, beside its
 * clients; on request proved by a restore into an empty database.
 */
#include "config.h"

#include <stdio.h>

#include "backup/backup.h"
#include "base/log.h"
#include "cmd.h"
#include "interrupt.h"

enum { PART_MEGABYTES = 256 };

static const struct option_def options[] = {
    COMMAND_URL_OPTIONS,
    {"to", OPTION_TEXT, "DIR", "new directory for the files"},
    {"bin-directory", OPTION_TEXT, "DIR", "where the server's dump programs are"},
    {"part-size", OPTION_NUMBER, "MB",
     "a bigger table is cut into parts of that size (default 256)"},
    COMMAND_WORK_OPTIONS,
    {"verify-in", OPTION_TEXT, "URL",
     "restore into this empty database and compare every row"},
    {"verify-in-file", OPTION_TEXT, "FILE", "file that holds that URL"},
    {"json-log", OPTION_FLAG, NULL, "log lines as JSON"},
    {NULL, OPTION_FLAG, NULL, NULL},
};

static int read_options(struct command_context *context, struct backup_options *backup,
                        struct err *err)
{
    double megabytes = option_number(context, "part-size", PART_MEGABYTES);

    backup->directory = option_text(context, "to");
    if (backup->directory == NULL) {
        (void)err_set(err, ERR_USAGE, "no directory is named");
        return err_hint(err, "Say with --to where the files shall be.");
    }
    if (megabytes < 1 || megabytes > 1e9)
        return err_set(err, ERR_USAGE, "--part-size takes 1 and more megabytes");
    backup->part_bytes = (long long)megabytes * (1 << 20);
    backup->bin_directory = option_text(context, "bin-directory");
    if (command_progress(context, &backup->progress, err) != 0 ||
        command_workers(context, &backup->workers, err) != 0)
        return -1;
    return 0;
}

static int verify_in(const struct url *scratch, const struct backup_options *backup,
                     struct err *err)
{
    const struct restore_options restore = {.url = scratch,
                                            .directory = backup->directory,
                                            .bin_directory = backup->bin_directory,
                                            .verifies = true,
                                            .is_proof = true,
                                            .workers = backup->workers,
                                            .progress = backup->progress};
    struct backup_result result;

    if (restore_run(&restore, &result, err) < 0)
        return err_wrap(err, "the backup is written, but not proved");
    (void)printf("%s: restored and compared, %lld rows, in %.1f s\n", scratch->shown,
                 result.rows, result.seconds);
    return 0;
}

static int run(struct command_context *context, enum exit_code *exit_code,
               struct err *err)
{
    struct backup_options backup = {0};
    struct backup_result result;
    struct url scratch = {0};
    struct url url = {0};
    bool verifies = false;
    int status = -1;

    (void)exit_code;
    log_setup(LOG_INFO, option_flag(context, "json-log"));
    interrupt_catch();
    if (read_options(context, &backup, err) == 0 &&
        command_other_url(context, "verify-in", "verify-in-file", &scratch, &verifies,
                          err) == 0 &&
        command_look_url(context, &url, err) == 0) {
        backup.url = &url;
        /* Before the long work: nothing is worse than a mistake found after it. */
        status = verifies ? restore_check_target(&scratch, err) : 0;
        if (status == 0)
            status = backup_run(&backup, &result, err);
        if (status == 0)
            (void)printf("%s: %lld rows in \"%s\", %lld bytes, in %.1f s\n", url.shown,
                         result.rows, backup.directory, result.bytes, result.seconds);
        if (status == 0 && verifies)
            status = verify_in(&scratch, &backup, err);
    }
    url_clear(&scratch);
    url_clear(&url);
    return status;
}

const struct command cmd_backup = {
    "backup", "write a database to files", "--to DIR [OPTION ...]", options, run,
};
