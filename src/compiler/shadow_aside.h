/* SPDX-License-Identifier: Apache-2.0
 *
 * shadow_aside.h - rows that --quarantine sets aside where DDL cannot be rolled back. Each live
 * table that has such rows gets two tables of its own definition in the shadow database, with
 * the reason as one more column: rows are found (..found__T), and at the end of a round applied
 * (..aside__T): the next plan leaves those out, and the swap makes an archive table of them.
 * A row is known by its primary key.
 */
#ifndef AIRSHIFT_COMPILER_SHADOW_ASIDE_H
#define AIRSHIFT_COMPILER_SHADOW_ASIDE_H

#include "compiler/shadow.h"

#define SHADOW_FOUND_PREFIX "airshift_found__"
#define SHADOW_ASIDE_PREFIX "airshift_aside__"

/* Whether rows of this live table can be set aside: it has a key whose values are compared as
 * they are read, and a name that leaves room for the prefix. */
bool shadow_aside_is_possible(const struct table *live);

/* The condition of the language that a row of the source, under its alias, is in that table of
 * its own. `live` is the table as it is, `schema` the shadow database. */
const char *shadow_aside_condition(struct arena *arena, const char *schema,
                                   const char *prefix, const struct table *live);

/* The statement that sets the live rows of a condition aside, none of them twice. The text is
 * in that arena. */
const char *shadow_aside_insert(const struct shadow *shadow, struct arena *arena,
                                const struct table *live, const char *reason,
                                const char *condition);

/* plan_references() with these tables. NULL on error. */
struct list *shadow_aside_references(const struct shadow *shadow, struct err *err);

#endif
