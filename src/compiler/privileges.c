/* SPDX-License-Identifier: Apache-2.0
 *
 * privileges.c - the text of sql/server/postgres/new_privileges.sql with its values: what runs
 * code in the server takes no parameters.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/embedded.h"
#include "base/strbuf.h"
#include "compiler/privileges.h"
#include "dialect.h"

static void add_names(struct strbuf *sql, const struct list *names)
{
    strbuf_add_string(sql, "ARRAY[");
    for (size_t i = 0; i < names->count; i++) {
        strbuf_add_string(sql, i > 0 ? ", " : "");
        sql_add_literal(sql, names->items[i]);
    }
    strbuf_add_string(sql, "]::text[]");
}

const char *privileges_settle(struct arena *arena, const char *schema,
                              const struct list *names, bool is_new)
{
    const char *text = embedded_text("sql/server/postgres/new_privileges.sql");
    struct strbuf quoted = STRBUF_INIT;
    struct strbuf sql = STRBUF_INIT;
    const char *statement;

    if (names->count == 0 || text == NULL)
        return NULL;
    sql_add_name(&quoted, schema);
    text = strstr(text, "DO LANGUAGE");
    while (*text != '\0') {
        size_t length = strcspn(text, "$");

        strbuf_add(&sql, text, length);
        text += length;
        if (*text == '\0')
            break;
        if (text[1] == '1')
            sql_add_literal(&sql, strbuf_text(&quoted));
        else if (text[1] == '2')
            add_names(&sql, names);
        else if (text[1] == '3')
            strbuf_add_string(&sql, is_new ? "true" : "false");
        else
            strbuf_add_char(&sql, '$');
        text += text[1] >= '1' && text[1] <= '3' ? 2 : 1;
    }
    while (sql.length > 0 && sql.data[sql.length - 1] == '\n')
        strbuf_truncate(&sql, sql.length - 1);
    statement = arena_strdup(arena, strbuf_text(&sql));
    strbuf_clear(&quoted);
    strbuf_clear(&sql);
    return statement;
}
