/* SPDX-License-Identifier: Apache-2.0
 *
 * growing.h - an archive (archive.h) of one table that grows piece by piece, each piece a
 * zstd frame. Its owner writes down how long it is in the transaction that makes the rows
 * of a piece go; opened again, it is cut to that length. So each row is either in the
 * database or in the archive, whenever somebody is killed. Until it is finished the file
 * has another name.
 */
#ifndef AIRSHIFT_ARCHIVE_GROWING_H
#define AIRSHIFT_ARCHIVE_GROWING_H

#include "base/err.h"
#include "dialect.h"

struct growing;

/* `bytes` is how long it is as far as its owner knows, 0 for a new one; `title` goes into
 * the first line. */
struct growing *growing_open(const char *path, const char *title, long long bytes,
                             struct err *err);

/* Adds the rows of sql_unload()'s `from` as one block; `name` and `columns` are
 * quoted already. No rows leave no trace. */
int growing_add(struct growing *growing, struct connection *connection,
                const char *name, const char *columns, const char *from,
                long long *rows, struct err *err) __attribute__((warn_unused_result));

/* Whether something was added since the last piece. */
bool growing_is_open(const struct growing *growing);
/* Ends the piece: it is on the disk, and was read back. *bytes: how long the file is. */
int growing_seal(struct growing *growing, long long *bytes, struct err *err)
    __attribute__((warn_unused_result));
/* Forgets what was added since the last piece that was sealed and kept. */
void growing_undo(struct growing *growing);
/* The owner has written down what growing_seal() said. */
void growing_keep(struct growing *growing);

/* Adds the last line, reads all of it back, counts its rows, and gives the file its name.
 * The archive is closed in any case. */
int growing_finish(struct growing *growing, long long rows, struct err *err)
    __attribute__((warn_unused_result));
/* Whether there is a finished one of that name, and no growing one. */
bool growing_is_finished(const char *path);
/* An error (ERR_STATE) where it is shorter than its owner knows. */
int growing_check(const char *path, long long bytes, struct err *err)
    __attribute__((warn_unused_result));

void growing_close(struct growing *growing); /* accepts NULL */

#endif
