/* SPDX-License-Identifier: Apache-2.0
 *
 * shadow_leave.h - moves the rows that were set aside from the live tables to archive tables,
 * for an executor that works in the tables themselves.
 */
#ifndef AIRSHIFT_MIGRATE_SHADOW_LEAVE_H
#define AIRSHIFT_MIGRATE_SHADOW_LEAVE_H

#include "migrate/shadow_internal.h"

/* Whether an earlier run was broken off in the middle of it. It is gone on with without a plan. */
bool shadow_leave_is_begun(const struct shadow_run *run);

/* Does it, or goes on with it. All that is built may be thrown away afterwards. */
int shadow_leave(struct shadow_run *run);

#endif
