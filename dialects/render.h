/* SPDX-License-Identifier: Apache-2.0
 *
 * render.h - how the abstract language of the revision files (sql/README.md) is spelt on
 * each server. Pure text; no session needed.
 */
#ifndef AIRSHIFT_DIALECTS_RENDER_H
#define AIRSHIFT_DIALECTS_RENDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "dialect.h"

/* "postgres", "mysql": the word in `@only`, in sql/server/ and in messages. */
const char *dialect_name(const struct dialect *dialect);

/* An abstract type, or one of the server's own, as the server prints it; NULL where it is
 * not known. The text is in the arena or constant. */
const char *dialect_type_text(const struct dialect *dialect, struct arena *arena,
                              const char *name, const int *modifiers, size_t count);

/* Whether changing a column's type needs its rows to be written again. */
bool dialect_type_change_rewrites(const struct dialect *dialect, const char *from,
                                  const char *to);

#endif
