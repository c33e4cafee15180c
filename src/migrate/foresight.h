/* SPDX-License-Identifier: Apache-2.0
 *
 * foresight.h - asks the server what compiler/foresee.h wants to know, and says what it answers.
 */
#ifndef AIRSHIFT_MIGRATE_FORESIGHT_H
#define AIRSHIFT_MIGRATE_FORESIGHT_H

#include "compiler/foresee.h"
#include "migrate/natives.h"

/* What else there is to do than to correct or delete rows that do not fit. */
#define FORESIGHT_QUARANTINE                                                          \
    ", or run it with --quarantine, which moves rows that do not fit (of those with " \
    "one "                                                                            \
    "key all but the first), and what refers to them, into tables of their own and "  \
    "goes "                                                                           \
    "on"

/* An error (ERR_DATA) where rows are found that the target cannot take: all of it, the last as
 * the error. A query that the server does not answer is left out: the work itself tells then.
 * Read only. */
int foresight_check(struct connection *connection, struct plan *plan,
                    const struct foresee_options *options, struct err *err);

/* For --quarantine, with options that say so: rows that can be set aside are no error but told,
 * and `found` (struct foresee_query *) has the statements. In a session of its own, so that a
 * query that fails does no harm to a transaction. */
int foresight_find(const struct url *url, struct plan *plan,
                   const struct foresee_options *options, struct list *found,
                   struct err *err);

/* The same as foresight_check() before a run of the chain executor, for which the whole way is
 * compiled: what each revision refuses, and what the tool itself cannot compute, for which it
 * may take the Fernet key. */
int foresight_check_way(struct connection *connection, const struct url *url,
                        const struct plan_options *way,
                        const struct fernet_source *fernet, struct err *err);

#endif
