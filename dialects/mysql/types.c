/* SPDX-License-Identifier: Apache-2.0
 *
 * types.c - the abstract types of the revision language as Airflow's models have them on
 * MySQL, and the types of casts.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "mysql/render.h"

/* Keys are compared byte by byte. Airflow has a setting for it, and so do we. */
#define ID_COLLATION "utf8mb3_bin"

static const struct {
    const char *abstract;
    const char *printed; /* with %d for a length */
} types[] = {
    {"string", "varchar(%d)"},
    {"varchar", "varchar(%d)"},
    {"uri_string", "varchar(%d) CHARACTER SET latin1 COLLATE latin1_general_cs"},
    {"text", "text"},
    {"medium_text", "mediumtext"},
    {"integer", "int"},
    {"int4", "int"},
    {"serial", "int"},
    {"big_integer", "bigint"},
    {"int8", "bigint"},
    {"bigint", "bigint"},
    {"big_serial", "bigint"},
    {"small_integer", "smallint"},
    {"int2", "smallint"},
    {"boolean", "tinyint(1)"},
    {"bool", "tinyint(1)"},
    {"float", "float"},
    {"float8", "float"}, /* what the grammar makes of `float` */
    {"utc_timestamp", "timestamp(6)"},
    {"json_document", "json"},
    {"json", "json"},
    {"jsonb_document", "json"},
    {"jsonb", "json"},
    {"binary", "blob"},
    {"bytea", "longblob"},
    {"long_binary", "longblob"},
    {"uuid", "char(32)"},
    {"uuid36", "varchar(36)"},
    {"date", "date"},
};

static const char *id_collation(void)
{
    const char *set = getenv("AIRFLOW__DATABASE__SQL_ENGINE_COLLATION_FOR_IDS");

    if (set == NULL || *set == '\0')
        set = getenv("AIRFLOW__CORE__SQL_ENGINE_COLLATION_FOR_IDS");
    return set != NULL && *set != '\0' ? set : ID_COLLATION;
}

const char *mysql_type_text(struct arena *arena, const char *name, const int *modifiers,
                            size_t count)
{
    if (strcmp(name, "string_id") == 0 && count > 0)
        return arena_printf(arena, "varchar(%d) COLLATE %s", modifiers[0],
                            id_collation());
    if (strcmp(name, "utc_timestamp") == 0 && count > 0)
        return modifiers[0] == 0 ? "timestamp"
                                 : arena_printf(arena, "timestamp(%d)", modifiers[0]);
    if (strcmp(name, "naive_timestamp") == 0)
        return count > 0 ? arena_printf(arena, "datetime(%d)", modifiers[0])
                         : "datetime";
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        const char *printed = types[i].printed;
        const char *hole;

        if (strcmp(types[i].abstract, name) != 0)
            continue;
        hole = strstr(printed, "%d");
        if (hole == NULL)
            return printed;
        if (count == 0)
            return NULL; /* MySQL has no varchar without a length */
        return arena_printf(arena, "%.*s%d%s", (int)(hole - printed), printed,
                            modifiers[0], hole + 2);
    }
    return NULL;
}

/* Only a longer VARCHAR is sure to leave the rows alone, and only on the same side of 255
 * bytes, which a fused plan would have to know the character set for. So: never sure. */
bool mysql_type_change_rewrites(const char *from, const char *to)
{
    return strcmp(from, to) != 0;
}

/* Text gets the character set and collation of the connection, which are the database's. */
static const struct {
    const char *name;
    const char *cast;
} casts[] = {
    {"text", "char"},
    {"varchar", "char"},
    {"string", "char"},
    {"string_id", "char"},
    {"integer", "signed"},
    {"int4", "signed"},
    {"int8", "signed"},
    {"bigint", "signed"},
    {"big_integer", "signed"},
    {"boolean", "signed"},
    {"bool", "signed"},
    {"float", "double"},
    {"float8", "double"},
    {"numeric", "decimal(65, 30)"},
    {"json", "json"},
    {"jsonb", "json"},
    {"json_document", "json"},
    {"jsonb_document", "json"},
    {"bytea", "binary"},
    {"binary", "binary"},
    {"long_binary", "binary"},
    {"timestamptz", "datetime(6)"},
    {"timestamp", "datetime(6)"},
    {"utc_timestamp", "datetime(6)"},
    {"naive_timestamp", "datetime(6)"},
    {"date", "date"},
};

const char *mysql_cast_type(const char *name)
{
    for (size_t i = 0; i < sizeof(casts) / sizeof(casts[0]); i++) {
        if (strcmp(casts[i].name, name) == 0)
            return casts[i].cast;
    }
    return NULL;
}
