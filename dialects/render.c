/* SPDX-License-Identifier: Apache-2.0
 *
 * render.c - picks the dialect's own spelling.
 */
#include "config.h"

#include <string.h>

#include "mysql/dialect.h"
#include "mysql/render.h"
#include "postgres/connection.h"
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

const struct dialect *dialect_by_name(const char *name)
{
    static const struct dialect *const dialects[] = {&postgres_dialect, &mysql_dialect};

    for (size_t i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++) {
        if (strcmp(dialects[i]->code, name) == 0)
            return dialects[i];
    }
    return NULL;
}

bool dialect_has(const struct dialect *dialect, enum dialect_trait trait)
{
    return (dialect->traits & (unsigned)trait) != 0;
}

bool dialect_has_own_grammar(const struct dialect *dialect)
{
    return dialect->print != NULL;
}

const char *dialect_session_sql(const struct dialect *dialect)
{
    return dialect->session_sql;
}

const char *dialect_print(const struct dialect *dialect, struct arena *arena,
                          const ast_node *tree, struct err *err)
{
    return dialect->print(arena, tree, err);
}

const char *dialect_quote_name(const struct dialect *dialect, struct arena *arena,
                               const char *name)
{
    return dialect->quote_name(arena, name);
}

const char *dialect_column_definition(const struct dialect *dialect,
                                      struct arena *arena,
                                      const struct column_definition *column)
{
    return dialect->column_definition(arena, column);
}

const char *dialect_alter_part(const struct dialect *dialect, struct arena *arena,
                               enum alter_part part, const char *name,
                               const char *definition)
{
    return dialect->alter_part(arena, part, name, definition);
}

void dialect_add_value(const struct dialect *dialect, struct strbuf *sql,
                       const char *expression, const char *type)
{
    if (dialect->add_value != NULL)
        dialect->add_value(sql, expression, type);
    else
        strbuf_add_string(sql, expression);
}

void dialect_add_masked_uuids(const struct dialect *dialect, struct strbuf *sql,
                              const char *expression, const char *type)
{
    dialect->add_masked_uuids(sql, expression, type);
}

void dialect_add_row_hash(const struct dialect *dialect, struct strbuf *sql,
                          const char *const *values, size_t count, unsigned seed)
{
    dialect->add_row_hash(sql, values, count, seed);
}
