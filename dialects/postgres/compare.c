/* SPDX-License-Identifier: Apache-2.0
 *
 * compare.c - pieces of queries by which rows are compared across two databases. The
 * hashes are those of hash partitioning, which keep their values between versions.
 */
#include "config.h"

#include <string.h>

#include "postgres/connection.h"

#define HEX "[0-9a-f]"

void postgres_add_begin_snapshot(struct strbuf *sql, bool makes_temporary_tables)
{
    strbuf_addf(sql, "BEGIN ISOLATION LEVEL REPEATABLE READ READ %s; ",
                makes_temporary_tables ? "WRITE" : "ONLY");
}

void postgres_add_row_hash(struct strbuf *sql, const char *const *expressions,
                           size_t count, unsigned seed)
{
    /* Text, not the server's own hash of a record: that needs an operator class of each
     * type, and depends on the collation. */
    strbuf_add_string(sql, "hashtextextended(ROW(");
    for (size_t i = 0; i < count; i++)
        strbuf_addf(sql, "%s%s", i > 0 ? ", " : "", expressions[i]);
    strbuf_addf(sql, ")::text COLLATE \"C\", %u)", seed);
}

void postgres_add_masked_uuids(struct strbuf *sql, const char *expression,
                               const char *type)
{
    /* By its place where nothing else is in it: most of a comparison's time are such keys. */
    if (strcmp(type, "uuid") == 0) {
        strbuf_addf(sql, "'<uuid ' || substr((%s)::text, 15, 1) || '>'", expression);
        return;
    }
    strbuf_addf(sql,
                "regexp_replace((%s)::text, '" HEX "{8}-" HEX "{4}-(" HEX ")" HEX
                "{3}-" HEX "{4}-" HEX "{12}', '<uuid \\1>', 'g')",
                expression);
}
