/* SPDX-License-Identifier: Apache-2.0
 *
 * rows_table_as.c - CREATE TABLE t AS SELECT * FROM u WHERE ...: a table with u's columns,
 * without keys and defaults, and some of its rows. What a new key has no place for is kept
 * that way; with `@nonempty`, only where there is something to keep.
 */
#include "config.h"

#include <string.h>

#include "base/strbuf.h"
#include "compiler/rows.h"

static const char star[] = "SELECT * ";

/* INSERT INTO t (a, b) SELECT a, b FROM u WHERE ... */
static ast_node *insert_of(struct simulation *simulation, const struct table *table,
                           const char *query, struct err *err)
{
    struct strbuf columns = STRBUF_INIT;
    ast_node *tree;

    for (size_t i = 0; i < table->columns.count; i++) {
        if (i > 0)
            strbuf_add_string(&columns, ", ");
        sql_add_name(&columns, ((const struct column *)table->columns.items[i])->name);
    }
    tree = ast_parse_one(simulation->arena,
                         arena_printf(simulation->arena,
                                      "INSERT INTO %s (%s) SELECT %s %s", table->name,
                                      strbuf_text(&columns), strbuf_text(&columns),
                                      query + strlen(star)),
                         err);
    strbuf_clear(&columns);
    return tree;
}

/* Without rows in the model it depends on who simulates: the chain executor has made the
 * table and asks only where it has rows; nobody else knows, so it is not there. */
static int keeps(struct simulation *simulation, const struct table *table,
                 bool *is_kept, struct err *err)
{
    *is_kept = simulation->has_rows != NULL;
    if (!simulation->with_rows || simulation->relation_has_rows == NULL)
        return 0;
    return simulation->relation_has_rows(simulation->relation_context,
                                         rows_relation(simulation, table, "moved"),
                                         is_kept, err);
}

int rows_create_table_as(struct simulation *simulation,
                         const PgQuery__CreateTableAsStmt *statement,
                         bool only_nonempty, struct err *err)
{
    const char *name = statement->into->rel->relname;
    const char *query = ast_statement_text(simulation->arena, statement->query);
    const PgQuery__SelectStmt *select = statement->query->select_stmt;
    struct table *table;
    const struct table *source;
    bool is_kept = true;

    if (strncmp(query, star, strlen(star)) != 0 || select->n_from_clause != 1 ||
        select->from_clause[0]->node_case != PG_QUERY__NODE__NODE_RANGE_VAR)
        return err_set(err, ERR_INTERNAL,
                       "CREATE TABLE takes AS SELECT * FROM one table");
    source = catalog_find_table(simulation->catalog,
                                select->from_clause[0]->range_var->relname);
    if (source == NULL)
        return err_set(err, ERR_STATE, "table \"%s\" does not exist",
                       select->from_clause[0]->range_var->relname);
    if (catalog_find_table(simulation->catalog, name) != NULL)
        return err_set(err, ERR_STATE, "table \"%s\" exists already", name);
    table = catalog_add_table(simulation->catalog, name);
    table->rows = rows_of_new_table(simulation);
    for (size_t i = 0; i < source->columns.count; i++) {
        const struct column *column = source->columns.items[i];

        (void)table_add_column(simulation->catalog, table, column->name, column->type);
    }
    if (simulation->with_rows) {
        ast_node *insert = insert_of(simulation, table, query, err);

        if (insert == NULL || rows_insert(simulation, insert->insert_stmt, err) != 0)
            return -1;
    }
    if (only_nonempty && keeps(simulation, table, &is_kept, err) != 0)
        return -1;
    if (!is_kept)
        simulation->catalog->tables.count--; /* it was added last */
    return 0;
}
