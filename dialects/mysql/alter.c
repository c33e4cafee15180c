/* SPDX-License-Identifier: Apache-2.0
 *
 * alter.c - the parts of MySQL's CREATE TABLE and ALTER TABLE.
 */
#include "config.h"

#include <string.h>

#include "base/strbuf.h"
#include "mysql/render.h"

const char *mysql_name(struct arena *arena, const char *name)
{
    struct strbuf text = STRBUF_INIT;
    const char *kept;

    strbuf_add_char(&text, '`');
    for (; *name != '\0'; name++) {
        if (*name == '`')
            strbuf_add_char(&text, '`');
        strbuf_add_char(&text, *name);
    }
    strbuf_add_char(&text, '`');
    kept = arena_strdup(arena, strbuf_text(&text));
    strbuf_clear(&text);
    return kept;
}

/* In hexadecimal where there is a backslash: whether that escapes depends on sql_mode. */
const char *mysql_literal(struct arena *arena, const char *value)
{
    struct strbuf text = STRBUF_INIT;
    bool is_hex = strchr(value, '\\') != NULL;
    const char *kept;

    strbuf_add_string(&text, is_hex ? "_utf8mb4 X'" : "'");
    for (; *value != '\0'; value++) {
        if (is_hex) {
            strbuf_addf(&text, "%02X", (unsigned char)*value);
            continue;
        }
        if (*value == '\'')
            strbuf_add_char(&text, '\'');
        strbuf_add_char(&text, *value);
    }
    strbuf_add_char(&text, '\'');
    kept = arena_strdup(arena, strbuf_text(&text));
    strbuf_clear(&text);
    return kept;
}

/* NULL is written out: without explicit_defaults_for_timestamp, a TIMESTAMP that does not
 * say so is NOT NULL and sets itself. */
const char *mysql_column_definition(struct arena *arena,
                                    const struct column_definition *column)
{
    return arena_printf(arena, "%s%s%s%s%s", column->type,
                        column->is_not_null ? " NOT NULL" : " NULL",
                        column->default_text != NULL ? " DEFAULT " : "",
                        column->default_text != NULL ? column->default_text : "",
                        column->is_counter ? " AUTO_INCREMENT" : "");
}

const char *mysql_alter_part(struct arena *arena, enum alter_part part,
                             const char *name, const char *definition)
{
    const char *quoted = name != NULL ? mysql_name(arena, name) : "";

    switch (part) {
    case ALTER_DROP_FOREIGN_KEY:
        return arena_printf(arena, "DROP FOREIGN KEY %s", quoted);
    case ALTER_DROP_PRIMARY_KEY:
        return "DROP PRIMARY KEY";
    case ALTER_DROP_INDEX:
        return arena_printf(arena, "DROP INDEX %s", quoted);
    case ALTER_DROP_CHECK:
        return arena_printf(arena, "DROP CHECK %s", quoted);
    case ALTER_DROP_COLUMN:
        return arena_printf(arena, "DROP COLUMN %s", quoted);
    case ALTER_CHANGE_COLUMN:
        return arena_printf(arena, "MODIFY COLUMN %s %s", quoted, definition);
    case ALTER_RENAME_COLUMN:
        return arena_printf(arena, "RENAME COLUMN %s TO %s", quoted,
                            mysql_name(arena, definition));
    case ALTER_ADD_COLUMN:
        return arena_printf(arena, "ADD COLUMN %s %s", quoted, definition);
    case ALTER_ADD_PRIMARY_KEY:
        return arena_printf(arena, "ADD PRIMARY KEY %s", definition);
    case ALTER_ADD_UNIQUE:
        return arena_printf(arena, "ADD UNIQUE INDEX %s %s", quoted, definition);
    case ALTER_ADD_INDEX:
        return arena_printf(arena, "ADD INDEX %s %s", quoted, definition);
    case ALTER_ADD_FOREIGN_KEY:
        return arena_printf(arena, "ADD CONSTRAINT %s FOREIGN KEY %s", quoted,
                            definition);
    case ALTER_ADD_CHECK:
        return arena_printf(arena, "ADD CONSTRAINT %s CHECK (%s)", quoted, definition);
    case ALTER_RENAME_INDEX:
        return arena_printf(arena, "RENAME INDEX %s TO %s", quoted,
                            mysql_name(arena, definition));
    case ALTER_RENAME_TABLE:
        return arena_printf(arena, "RENAME TO %s", mysql_name(arena, definition));
    }
    return NULL;
}
