/* SPDX-License-Identifier: Apache-2.0
 *
 * leftovers.c - reads sql/server/<dialect>/doctor_leftovers.sql, which decides.
 */
#include "config.h"

#include <string.h>

#include "catalog/server_sql.h"
#include "compiler/ddl.h"
#include "doctor/leftovers.h"

static const char *const words[] = {"left", "rows", "wrong", "note"};

const char *leftover_word(enum sureness sureness)
{
    return words[sureness];
}

static int count_rows(struct connection *connection, struct arena *arena,
                      const char *schema, struct leftover *leftover, struct err *err)
{
    const char *sql = arena_printf(arena, "SELECT count(*) FROM %s",
                                   ddl_name(arena, schema, leftover->name));
    struct sql_result *result = sql_query(connection, sql, 0, NULL, err);

    if (result == NULL)
        return -1;
    leftover->rows = sql_integer(result, 0, 0);
    sql_result_free(result);
    return 0;
}

int leftovers_read(struct connection *connection, struct arena *arena,
                   const char *schema, bool is_recorded, struct list *leftovers,
                   struct err *err)
{
    const char *parameters[2] = {schema, is_recorded ? "true" : "false"};
    struct sql_result *result =
        server_query(connection, "doctor_leftovers", 2, parameters, err);
    int status = 0;

    if (result == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(result) && status == 0; i++) {
        struct leftover *leftover = arena_zalloc(arena, sizeof(*leftover));

        leftover->sureness = LEFTOVER_NOTE;
        for (unsigned j = 0; j < LEFTOVER_NOTE; j++) {
            if (strcmp(sql_text(result, i, 3), words[j]) == 0)
                leftover->sureness = (enum sureness)j;
        }
        leftover->kind = server_text_copy(arena, result, i, 1);
        leftover->name = server_text_copy(arena, result, i, 2);
        leftover->words = server_text_copy(arena, result, i, 4);
        leftover->look_sql = server_text_copy(arena, result, i, 5);
        leftover->mend_sql = server_text_copy(arena, result, i, 6);
        leftover->rows = -1;
        if (leftover->sureness == LEFTOVER_ROWS)
            status = count_rows(connection, arena, schema, leftover, err);
        list_add(arena, leftovers, leftover);
    }
    sql_result_free(result);
    return status;
}
