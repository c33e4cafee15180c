/* SPDX-License-Identifier: Apache-2.0
 *
 * rows_table_as.c - CREATE TABLE t AS SELECT * FROM u WHERE ...: a table with u's columns,
 * without keys and defaults, and some of its rows. What a new key has no place for is kept
 * that way; with `@nonempty`, only where there is something to keep, and where Airflow does it
 * so, with u's whole definition.
 */
#include "config.h"

#include <string.h>

#include "base/strbuf.h"
#include "compiler/rows.h"
#include "render.h"

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

static struct list counterparts(struct arena *arena, const struct table *table,
                                const struct list *columns)
{
    struct list found = {NULL, 0, 0};

    for (size_t i = 0; i < columns->count; i++)
        list_add(
            arena, &found,
            table_find_column(table, ((const struct column *)columns->items[i])->name));
    return found;
}

static void copy_constraint(struct arena *arena, struct table *table,
                            const struct constraint *constraint, size_t *checks)
{
    struct constraint *copy = arena_zalloc(arena, sizeof(*copy));

    *copy = *constraint;
    copy->live_name = NULL;
    copy->columns = counterparts(arena, table, &constraint->columns);
    if (copy->kind == CONSTRAINT_CHECK)
        copy->name = arena_printf(arena, "%s_chk_%zu", table->name, ++*checks);
    list_add(arena, &table->constraints, copy);
}

/* CREATE TABLE ... LIKE: everything but foreign keys. */
static void copy_definition(struct arena *arena, struct table *table,
                            const struct table *source)
{
    size_t checks = 0;

    for (size_t i = 0; i < source->columns.count; i++) {
        const struct column *from = source->columns.items[i];
        struct column *to = table->columns.items[i];

        to->default_value = from->default_value;
        to->is_not_null = from->is_not_null;
        to->is_counter = from->is_counter;
        to->collation = from->collation;
        to->comment = from->comment;
    }
    for (size_t i = 0; i < source->constraints.count; i++) {
        const struct constraint *constraint = source->constraints.items[i];

        if (constraint->kind != CONSTRAINT_FOREIGN)
            copy_constraint(arena, table, constraint, &checks);
    }
    for (size_t i = 0; i < source->indexes.count; i++) {
        struct index *copy = arena_zalloc(arena, sizeof(*copy));

        *copy = *(const struct index *)source->indexes.items[i];
        copy->live_name = NULL;
        copy->is_implied = false;
        list_add(arena, &table->indexes, copy);
    }
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
    if (only_nonempty && dialect_has(simulation->dialect, DIALECT_KEEPS_ROWS_LIKE))
        copy_definition(simulation->arena, table, source);
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
