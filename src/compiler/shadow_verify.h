/* SPDX-License-Identifier: Apache-2.0
 *
 * shadow_verify.h - the query by which a filled table of the shadow database is held against
 * what its row program gives.
 */
#ifndef AIRSHIFT_COMPILER_SHADOW_VERIFY_H
#define AIRSHIFT_COMPILER_SHADOW_VERIFY_H

#include "compiler/plan.h"

/* One row: how many rows the table should have, how many it has, and whether all are equal (1).
 * In the plan's arena; NULL with `err` filled. */
const char *shadow_verify_sql(struct plan *plan, const struct table *table,
                              const char *new_schema, struct err *err);

#endif
