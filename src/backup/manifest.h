/* SPDX-License-Identifier: Apache-2.0
 *
 * manifest.h - manifest.json of a backup: what is in it and where it came from. It is
 * written last: a directory without it is no backup.
 */
#ifndef AIRSHIFT_BACKUP_MANIFEST_H
#define AIRSHIFT_BACKUP_MANIFEST_H

#include "backup/inventory.h"

#define MANIFEST_FILE "manifest.json"
#define MANIFEST_SCHEMA_FILE "schema.dump"

struct manifest {
    struct inventory inventory;
    const char *engine;          /* sql_dialect_name() */
    long long server_version;    /* sql_server_version() */
    const char *database;        /* host, port and database, for a person */
    const char *created;         /* UTC, ISO 8601 */
    const char *airflow_version; /* "" where no revision says which */
    const char *revision;        /* of alembic_version; "" for none */
    const char *fab_revision;    /* of alembic_version_fab */
    struct file_sum schema;      /* of MANIFEST_SCHEMA_FILE */
};

/* Puts it into the directory in one step. */
int manifest_write(const struct manifest *manifest, const char *directory,
                   struct err *err) __attribute__((warn_unused_result));

/* All strings are in the arena. ERR_STATE where it is missing or not understood. */
int manifest_read(struct manifest *manifest, const char *directory, struct arena *arena,
                  struct err *err) __attribute__((warn_unused_result));

/* All rows of all parts of a table. */
struct rows_sum manifest_rows_of(const struct backup_table *table);

#endif
