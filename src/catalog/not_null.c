/* SPDX-License-Identifier: Apache-2.0
 *
 * not_null.c - NOT NULL, and the names that PostgreSQL 18 gives it: of the table and the column
 * as they are called at that moment, unlike any other constraint's of the schema. Renaming
 * either later leaves the name as it is.
 */
#include "config.h"

#include <string.h>

#include "catalog/model.h"

enum { NAME_BYTES_MAX = 63 };

static bool is_taken(const struct catalog *catalog, const char *name)
{
    for (size_t i = 0; i < catalog->tables.count; i++) {
        const struct table *table = catalog->tables.items[i];

        if (table_find_constraint(table, name) != NULL)
            return true;
        for (size_t j = 0; j < table->columns.count; j++) {
            const struct column *column = table->columns.items[j];

            if (catalog_same_text(column->not_null.name, name))
                return true;
        }
    }
    return false;
}

/* A cut does not go through a character. */
static size_t whole_characters(const char *text, size_t bytes)
{
    while (bytes > 0 && ((unsigned char)text[bytes] & 0xC0) == 0x80)
        bytes--;
    return bytes;
}

/* Of the two names the longer one is cut until all fits. */
static const char *join_names(struct arena *arena, const char *table,
                              const char *column, const char *ending)
{
    size_t table_bytes = strlen(table);
    size_t column_bytes = strlen(column);
    size_t room = NAME_BYTES_MAX - strlen(ending) - 1;

    while (table_bytes + column_bytes > room) {
        if (table_bytes > column_bytes)
            table_bytes--;
        else
            column_bytes--;
    }
    return arena_printf(arena, "%.*s_%.*s%s", (int)whole_characters(table, table_bytes),
                        table, (int)whole_characters(column, column_bytes), column,
                        ending);
}

void column_set_not_null(struct catalog *catalog, const struct table *table,
                         struct column *column)
{
    struct arena *arena = catalog->arena;
    const char *name;

    column->is_not_null = true;
    column->not_null.is_unproved = false;
    if (!catalog->names_not_null || column->not_null.name != NULL)
        return;
    name = join_names(arena, table->name, column->name, "_not_null");
    for (size_t i = 1; is_taken(catalog, name); i++)
        name = join_names(arena, table->name, column->name,
                          arena_printf(arena, "_not_null%zu", i));
    column->not_null.name = name;
}

void column_drop_not_null(struct column *column)
{
    column->is_not_null = false;
    column->not_null = (struct not_null){NULL, false, false};
}
