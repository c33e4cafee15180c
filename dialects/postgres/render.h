/* SPDX-License-Identifier: Apache-2.0
 *
 * render.h - the text side of the PostgreSQL dialect; see ../render.h.
 */
#ifndef AIRSHIFT_DIALECTS_POSTGRES_RENDER_H
#define AIRSHIFT_DIALECTS_POSTGRES_RENDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

const char *postgres_type_text(struct arena *arena, const char *name,
                               const int *modifiers, size_t count);
bool postgres_type_change_rewrites(const char *from, const char *to);

#endif
