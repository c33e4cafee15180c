/* SPDX-License-Identifier: Apache-2.0
 *
 * shadow_aside.h - the tables of rows that --quarantine sets aside beside the tables; see
 * compiler/shadow_aside.h for what is in them.
 */
#ifndef AIRSHIFT_MIGRATE_SHADOW_ASIDE_H
#define AIRSHIFT_MIGRATE_SHADOW_ASIDE_H

#include "compiler/shadow.h"
#include "dialect.h"

/* Makes both tables of a live table, where they are not there yet. The session's database is
 * the shadow. */
int shadow_aside_make(struct connection *connection, struct arena *arena,
                      const struct shadow *shadow, const struct table *live,
                      struct err *err);

#endif
