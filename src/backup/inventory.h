/* SPDX-License-Identifier: Apache-2.0
 *
 * inventory.h - what a backup holds: tables in parts, sequences, and where all that came
 * from. It is read from a server, or from the manifest of a backup.
 */
#ifndef AIRSHIFT_BACKUP_INVENTORY_H
#define AIRSHIFT_BACKUP_INVENTORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "backup/rows_file.h"
#include "base/arena.h"
#include "base/err.h"
#include "dialect.h"
#include "dump.h"

enum part_state { PART_WAITS, PART_RUNS, PART_IS_DONE };

/* Some rows of a table, or all of it. */
struct backup_part {
    const struct backup_table *table;
    const char *file;      /* its name in the directory */
    const char *condition; /* which rows, as dump_ops.cut() says it */
    struct rows_sum rows;
    struct file_sum sum;
    bool is_done; /* an earlier run has done it */
    /* While it is worked on, by whoever works on it: */
    atomic_int state;     /* part_state */
    atomic_llong handled; /* rows so far */
};

struct backup_table {
    const char *schema; /* "" where the server has only one */
    const char *name;
    const char *columns; /* quoted, "a, b"; "" for none */
    long long bytes;
    struct dump_source source; /* of a server's tables only */
    struct backup_part *parts;
    size_t part_count;
};

struct backup_sequence {
    const char *schema;
    const char *name;
    const char *last_value;
    const char *is_called; /* "t" or "f" */
};

struct inventory {
    struct backup_table *tables;
    size_t table_count;
    struct backup_sequence *sequences;
    size_t sequence_count;
    const char **views; /* materialized ones, quoted */
    size_t view_count;
    size_t part_count;
};

/* Tables of the session's database, cut into parts of about `part_bytes` where the
 * server can read some rows only; 0: not cut. All in the arena. */
int inventory_read_tables(struct inventory *inventory, struct connection *connection,
                          struct arena *arena, long long part_bytes, struct err *err)
    __attribute__((warn_unused_result));

/* Sequences, as they are now, and materialized views. */
int inventory_read_others(struct inventory *inventory, struct connection *connection,
                          struct arena *arena, struct err *err)
    __attribute__((warn_unused_result));

/* "schema"."name", or "name" without a schema. Added. */
void inventory_add_name(struct strbuf *sql, const char *schema, const char *name);
/* The same with the columns, as sql_load_begin() takes it. */
void inventory_add_target(struct strbuf *sql, const struct backup_table *table);
/* The query of a part, as sql_unload() takes it. */
void inventory_add_part(struct strbuf *sql, const struct connection *connection,
                        const struct backup_part *part);

#endif
