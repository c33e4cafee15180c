/* SPDX-License-Identifier: Apache-2.0
 *
 * rows_file.h - a part of a table in a file: the engine's bulk text through zstd. While
 * it is written or read, it is counted and summed up: bytes and SHA-256 of the file,
 * number of rows, and a sum over the rows that does not depend on their order.
 */
#ifndef AIRSHIFT_BACKUP_ROWS_FILE_H
#define AIRSHIFT_BACKUP_ROWS_FILE_H

#include <stdatomic.h>
#include <stdint.h>

#include "backup/sha256.h"
#include "base/err.h"
#include "dialect.h"

/* What is known of a set of rows. The sum is over a 64-bit hash of each row's text. */
struct rows_sum {
    long long rows;
    uint64_t hash;
};

/* Adds one row, its newline included. */
void rows_sum_add(struct rows_sum *sum, const char *row, size_t size);

struct file_sum {
    long long bytes;
    char sha256[SHA256_TEXT_SIZE];
};

/* Writes what sql_unload() gives for `from` to a new file of mode 0600, fsynced.
 * `handled` grows by the rows as they come. */
int rows_file_write(const char *path, struct connection *connection, const char *from,
                    atomic_llong *handled, struct rows_sum *rows, struct file_sum *file,
                    struct err *err) __attribute__((warn_unused_result));

/* Loads such a file into `into`, a table with its columns. When the rows are not those
 * of `expected` it fails, and nothing is loaded. */
int rows_file_load(const char *path, struct connection *connection, const char *into,
                   const struct rows_sum *expected, atomic_llong *handled,
                   struct err *err) __attribute__((warn_unused_result));

/* Size and SHA-256 of a file. */
int file_sum_read(const char *path, struct file_sum *sum, struct err *err)
    __attribute__((warn_unused_result));

#endif
