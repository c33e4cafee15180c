/* SPDX-License-Identifier: Apache-2.0
 *
 * archive.h - rows that would otherwise be lost, in one zstd file: SQL text as the
 * engine's own dump program writes it (rows_text.h), so that "zstd -d FILE | psql", or
 * "| mysql DATABASE", puts them anywhere. The file has its name only when it is whole, on
 * the disk and read back.
 */
#ifndef AIRSHIFT_ARCHIVE_ARCHIVE_H
#define AIRSHIFT_ARCHIVE_ARCHIVE_H

#include "base/err.h"
#include "dialect.h"

struct archive;

/* `title` goes into the first line. NULL with `err` filled. */
struct archive *archive_open(const char *path, const char *title, struct err *err);

/* Adds the rows of a query whose columns are all text, or what the engine's list of changes
 * gives (replica.h); `name` and `columns` are quoted
 * already. A table without rows leaves no trace. */
int archive_add_table(struct archive *archive, struct connection *connection,
                      const char *name, const char *columns, const char *select,
                      long long *rows, struct err *err)
    __attribute__((warn_unused_result));

/* Ends, syncs, reads back and names the file. The archive is gone afterwards. */
int archive_finish(struct archive *archive, struct err *err)
    __attribute__((warn_unused_result));

/* Gives up; no file is left. Accepts NULL. */
void archive_abandon(struct archive *archive);

#endif
