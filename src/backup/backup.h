/* SPDX-License-Identifier: Apache-2.0
 *
 * backup.h - a whole database in a directory of files, as it was at one moment, and back
 * into an empty database.
 */
#ifndef AIRSHIFT_BACKUP_BACKUP_H
#define AIRSHIFT_BACKUP_BACKUP_H

#include "backup/manifest.h"
#include "engine/engine.h"

struct backup_options {
    const struct url *url;
    const char *directory;     /* must be missing, empty, or an unfinished backup */
    const char *bin_directory; /* of the engine's dump programs; NULL: look for them */
    long long part_bytes;
    unsigned workers;
    enum progress_style progress;
};

struct backup_result {
    long long rows;
    long long bytes; /* of the files */
    double seconds;
};

/* Nobody is kept from reading or writing meanwhile; only changes of tables wait. Killed
 * at any moment it leaves a directory that is no backup, which the next run clears. */
int backup_run(const struct backup_options *options, struct backup_result *result,
               struct err *err) __attribute__((warn_unused_result));

struct restore_options {
    const struct url *url;
    const char *directory;
    const char *bin_directory;
    bool keeps_owners;
    bool verifies; /* read all rows again and compare with what was backed up */
    bool is_proof; /* nothing is to work in this database: events are left out */
    unsigned workers;
    enum progress_style progress;
};

/* Restores into a database without any table, or goes on with a restore of the same backup that
 * was broken off. All files are read and compared with the manifest before the database is
 * touched. */
int restore_run(const struct restore_options *options, struct backup_result *result,
                struct err *err) __attribute__((warn_unused_result));

/* Whether a restore into this database could begin. */
int restore_check_target(const struct url *url, struct err *err)
    __attribute__((warn_unused_result));

/* Only the files. */
int restore_check_files(const char *directory, struct backup_result *result,
                        struct err *err) __attribute__((warn_unused_result));

#endif
