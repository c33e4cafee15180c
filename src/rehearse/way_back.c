/* SPDX-License-Identifier: Apache-2.0
 *
 * way_back.c - a backup and its restore, timed. It decides nothing about databases: names
 * and order are rehearse.c's.
 */
#include "config.h"

#include "backup/backup.h"
#include "catalog/server_sql.h"
#include "rehearse/way_back.h"
#include "state/file.h"

enum { PART_BYTES = 256 << 20 };

static int make_empty(const struct way_back_options *options, struct err *err)
{
    const char *const values[] = {options->scratch};
    struct sql_result *row;
    int status;

    if (sql_drop_database(options->connection, options->scratch, err) < 0)
        return -1;
    row = server_query(options->connection, "rehearse_empty", 1, values, err);
    if (row == NULL)
        return -1;
    status = sql_exec(options->connection, sql_text(row, 0, 0), err);
    sql_result_free(row);
    return status;
}

static int back_up_and_restore(const struct way_back_options *options,
                               const struct url *scratch,
                               struct rehearsal_way_back *way_back, struct err *err)
{
    const struct backup_options backup = {.url = options->url,
                                          .directory = options->directory,
                                          .part_bytes = PART_BYTES,
                                          .workers = options->workers,
                                          .progress = PROGRESS_NONE};
    /* Owners are left out: the role that rehearses need not be allowed to give away. */
    const struct restore_options restore = {.url = scratch,
                                            .directory = options->directory,
                                            .verifies = true,
                                            .is_proof = true,
                                            .workers = options->workers,
                                            .progress = PROGRESS_NONE};
    struct backup_result written;
    struct backup_result restored;

    if (backup_run(&backup, &written, err) < 0 ||
        restore_run(&restore, &restored, err) < 0)
        return -1;
    way_back->is_run = true;
    way_back->backup_seconds = written.seconds;
    way_back->backup_bytes = written.bytes;
    way_back->restore_seconds = restored.seconds;
    return 0;
}

int way_back_rehearse(const struct way_back_options *options,
                      struct rehearsal_way_back *way_back, struct err *err)
{
    struct url scratch = {0};
    struct err ignored;
    int status = -1;

    if (make_empty(options, err) == 0 &&
        file_remove_tree(options->directory, err) == 0) {
        url_for_database(&scratch, options->url, options->scratch);
        status = back_up_and_restore(options, &scratch, way_back, err);
        if (file_remove_tree(options->directory, status == 0 ? err : &ignored) < 0)
            status = -1;
        url_clear(&scratch);
    }
    return status == 0 ? 0 : err_wrap(err, "the way back");
}
