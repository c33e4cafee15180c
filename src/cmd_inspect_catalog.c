/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_inspect_catalog.c - `airshift inspect catalog`: what airshift reads of a database's
 * tables, in lines that can be compared: the names and the order in which a server keeps
 * things are the only difference between two databases that are alike. Only reads.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/read.h"
#include "cmd_inspect.h"
#include "compiler/ddl.h"

static void print_column(struct arena *arena, const struct table *table,
                         const struct column *column)
{
    const char *value = ddl_canonical_default(arena, column);

    (void)printf("%s column %s %s", table->name, column->name, column->type);
    if (column->collation != NULL)
        (void)printf(" COLLATE %s", column->collation);
    if (column->is_not_null)
        (void)printf(" NOT NULL");
    if (value != NULL)
        (void)printf(" DEFAULT %s", value);
    if (column->is_counter || column->identity != NULL)
        (void)printf(" counts");
    if (column->is_generated)
        (void)printf(" generated");
    (void)printf("\n");
}

static void print_table(struct arena *arena, const struct table *table)
{
    (void)printf("%s table\n", table->name);
    for (size_t i = 0; i < table->columns.count; i++)
        print_column(arena, table, table->columns.items[i]);
    for (size_t i = 0; i < table->constraints.count; i++) {
        const struct constraint *constraint = table->constraints.items[i];

        (void)printf("%s constraint %s %s\n", table->name, constraint->name,
                     constraint->kind == CONSTRAINT_OTHER
                         ? constraint->definition
                         : ddl_canonical_constraint(arena, constraint));
    }
    for (size_t i = 0; i < table->indexes.count; i++) {
        const struct index *index = table->indexes.items[i];

        (void)printf("%s index %s %s%s\n", table->name, index->name,
                     ddl_canonical_index(arena, index),
                     index->is_implied ? " implied" : "");
    }
    for (size_t i = 0; i < table->live->extras.count; i++) {
        const struct live_extra *extra = table->live->extras.items[i];

        (void)printf("%s %s %s\n", table->name, extra->kind, extra->name);
    }
}

int cmd_inspect_catalog_run(const struct url *url, struct err *err)
{
    struct connection *connection = sql_connect(url, "inspect", err);
    struct arena *arena = arena_new();
    struct catalog *catalog = NULL;

    if (connection != NULL)
        catalog = catalog_read(connection, arena, err);
    for (size_t i = 0; catalog != NULL && i < catalog->tables.count; i++)
        print_table(arena, catalog->tables.items[i]);
    sql_close(connection);
    arena_free(arena);
    return catalog != NULL ? 0 : -1;
}
