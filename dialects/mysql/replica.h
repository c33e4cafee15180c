/* SPDX-License-Identifier: Apache-2.0
 *
 * replica.h - the parts of MySQL's replica operations: what is read for the archive
 * (changes.c).
 */
#ifndef AIRSHIFT_DIALECTS_MYSQL_REPLICA_H
#define AIRSHIFT_DIALECTS_MYSQL_REPLICA_H

#include "../replica.h"

/* changes.c */
int my_mark_changes(struct connection *connection, struct strbuf *mark,
                    struct err *err);
int my_list_changes(struct connection *connection, const char *mark,
                    struct changed_table **tables, size_t *count, struct err *err);

#endif
