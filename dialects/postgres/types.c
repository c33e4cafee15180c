/* SPDX-License-Identifier: Apache-2.0
 *
 * types.c - the abstract types of the revision language as PostgreSQL prints them
 * (format_type), and which type changes leave the rows alone.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "postgres/render.h"

static const struct {
    const char *abstract;
    const char *printed; /* with %d for a length */
} types[] = {
    {"string_id", "character varying(%d)"},
    {"string", "character varying(%d)"},
    {"uri_string", "character varying(%d)"},
    {"varchar", "character varying(%d)"},
    {"text", "text"},
    {"medium_text", "text"},
    {"integer", "integer"},
    {"int4", "integer"},
    {"serial", "integer"},
    {"big_integer", "bigint"},
    {"int8", "bigint"},
    {"bigint", "bigint"},
    {"big_serial", "bigint"},
    {"small_integer", "smallint"},
    {"int2", "smallint"},
    {"boolean", "boolean"},
    {"bool", "boolean"},
    {"float", "double precision"},
    {"float8", "double precision"},
    {"utc_timestamp", "timestamp with time zone"},
    {"timestamptz", "timestamp with time zone"},
    {"naive_timestamp", "timestamp without time zone"},
    {"timestamp", "timestamp without time zone"},
    {"json_document", "json"},
    {"json", "json"},
    {"jsonb_document", "jsonb"},
    {"jsonb", "jsonb"},
    {"binary", "bytea"},
    {"long_binary", "bytea"},
    {"bytea", "bytea"},
    {"uuid", "uuid"},
    {"uuid36", "uuid"},
    {"numeric", "numeric"},
    {"date", "date"},
    {"regclass", "regclass"},
    {"tid", "tid"},
};

const char *postgres_type_text(struct arena *arena, const char *name,
                               const int *modifiers, size_t count)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        const char *printed = types[i].printed;
        const char *hole;

        if (strcmp(types[i].abstract, name) != 0)
            continue;
        hole = strstr(printed, "(%d)");
        if (hole == NULL)
            return printed;
        if (count == 0)
            return arena_strndup(arena, printed, (size_t)(hole - printed));
        return arena_printf(arena, "%.*s(%d)", (int)(hole - printed), printed,
                            modifiers[0]);
    }
    return NULL;
}

/* The length of a character type: 0 for none, -1 for a type that is no string. */
static int string_length(const char *type)
{
    const char *varying = "character varying";

    if (strcmp(type, "text") == 0 || strcmp(type, varying) == 0)
        return 0;
    if (strncmp(type, varying, strlen(varying)) == 0 && type[strlen(varying)] == '(')
        return (int)strtol(type + strlen(varying) + 1, NULL, 10);
    return -1;
}

bool postgres_type_change_rewrites(const char *from, const char *to)
{
    int from_length = string_length(from);
    int to_length = string_length(to);

    if (strcmp(from, to) == 0)
        return false;
    if (from_length < 0 || to_length < 0)
        return true;
    /* Longer or without a limit: the catalog alone changes (since PostgreSQL 9.2). */
    return to_length != 0 && (from_length == 0 || from_length > to_length);
}
