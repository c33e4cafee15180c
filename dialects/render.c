/* SPDX-License-Identifier: Apache-2.0
 *
 * render.c - picks the dialect's own spelling.
 */
#include "config.h"

#include "postgres/render.h"
#include "render.h"
#include "vtable.h"

const char *dialect_name(const struct dialect *dialect)
{
    return dialect->code;
}

const char *dialect_type_text(const struct dialect *dialect, struct arena *arena,
                              const char *name, const int *modifiers, size_t count)
{
    return dialect->type_text(arena, name, modifiers, count);
}

bool dialect_type_change_rewrites(const struct dialect *dialect, const char *from,
                                  const char *to)
{
    return dialect->type_change_rewrites(from, to);
}
