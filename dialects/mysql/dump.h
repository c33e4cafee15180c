/* SPDX-License-Identifier: Apache-2.0
 *
 * dump.h - MySQL's part of a backup.
 */
#ifndef AIRSHIFT_DIALECTS_MYSQL_DUMP_H
#define AIRSHIFT_DIALECTS_MYSQL_DUMP_H

#include "../dump.h"

extern const struct dump_ops mysql_dump_ops;

/* dump_parts.c: ranges of the primary key, found by walking it once. */
int mysql_dump_cut(struct connection *connection, const struct dump_source *source,
                   long long part_bytes, struct arena *arena, struct list *conditions,
                   struct err *err);

#endif
