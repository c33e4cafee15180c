/* SPDX-License-Identifier: Apache-2.0
 *
 * foresight.h - asks the server what compiler/foresee.h wants to know, and says what it answers.
 */
#ifndef AIRSHIFT_MIGRATE_FORESIGHT_H
#define AIRSHIFT_MIGRATE_FORESIGHT_H

#include "compiler/foresee.h"

/* An error (ERR_DATA) where rows are found that the target cannot take: all of it, the last as
 * the error. A query that the server does not answer is left out: the work itself tells then.
 * Read only. */
int foresight_check(struct connection *connection, struct plan *plan,
                    const struct foresee_options *options, struct err *err);

/* The same before a run of the chain executor, for which the whole way is compiled. */
int foresight_check_way(struct connection *connection, const struct url *url,
                        const struct plan_options *way, struct err *err);

#endif
