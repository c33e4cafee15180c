/* SPDX-License-Identifier: Apache-2.0
 *
 * writeback.h - what is written to a file system goes to its disk while other work is done, so that
 * little is left when it must be there. It proves nothing: whoever needs the files on the disk
 * still has to sync them.
 */
#ifndef AIRSHIFT_REPLICA_WRITEBACK_H
#define AIRSHIFT_REPLICA_WRITEBACK_H

struct writeback;

/* Of the file system of a directory. NULL where it cannot be; nothing depends on it. */
struct writeback *writeback_begin(const char *directory);
void writeback_end(struct writeback *writeback); /* NULL is allowed */

#endif
