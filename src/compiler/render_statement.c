/* SPDX-License-Identifier: Apache-2.0
 *
 * render_statement.c - which way a statement is written: as it stands where the language's
 * grammar is the server's; otherwise rows by the dialect's printer, and the catalog by what
 * the statement changes in the model (render_change.c).
 */
#include "config.h"

#include <string.h>

#include "compiler/ddl.h"
#include "compiler/lower_statement.h"
#include "compiler/render_change.h"
#include "compiler/render_statement.h"
#include "render.h"

/* --- procedures -------------------------------------------------------------------- */

static struct list copy_list(struct arena *arena, const struct list *list)
{
    struct list copy = {NULL, 0, 0};

    for (size_t i = 0; i < list->count; i++)
        list_add(arena, &copy, list->items[i]);
    return copy;
}

static void add_sync(struct simulation *simulation, const struct table *table,
                     const char *column, struct list *sql)
{
    struct arena *arena = simulation->arena;
    const char *name = table != NULL ? table->name : "";

    list_add(arena, sql,
             arena_printf(arena,
                          "SELECT setval(pg_get_serial_sequence('%s', '%s'), "
                          "coalesce((SELECT max(%s) FROM %s), 1), true)",
                          name, column, ddl_name(arena, NULL, column),
                          ddl_name(arena, NULL, name)));
}

/* A procedure drops what the simulation drops from the table it names. */
int render_procedure(struct simulation *simulation, const struct statement *statement,
                     struct list *sql, struct err *err)
{
    struct arena *arena = simulation->arena;
    const PgQuery__FuncCall *call = statement->tree->call_stmt->funccall;
    const char *procedure = ast_last_name(call->funcname, call->n_funcname);
    struct table *table =
        catalog_find_table(simulation->catalog, ast_string_value(call->args[0]));
    struct list constraints;
    struct list indexes;

    if (strcmp(procedure, "sync_sequence") == 0) {
        add_sync(simulation, table, ast_string_value(call->args[1]), sql);
        return 0;
    }
    if (table == NULL)
        return simulation_apply(simulation, statement, NULL, err);
    constraints = copy_list(arena, &table->constraints);
    indexes = copy_list(arena, &table->indexes);
    if (simulation_apply(simulation, statement, NULL, err) != 0)
        return -1;
    for (size_t i = 0; i < constraints.count; i++) {
        const struct constraint *constraint = constraints.items[i];

        if (!list_has(&table->constraints, constraint))
            list_add(arena, sql,
                     arena_printf(arena,
                                  "ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s CASCADE",
                                  ddl_name(arena, NULL, table->name),
                                  ddl_name(arena, NULL, constraint->name)));
    }
    for (size_t i = 0; i < indexes.count; i++) {
        const struct index *index = indexes.items[i];

        if (!list_has(&table->indexes, index))
            list_add(arena, sql,
                     arena_printf(arena, "DROP INDEX %s",
                                  ddl_name(arena, NULL, index->name)));
    }
    return 0;
}

/* --- all statements ---------------------------------------------------------------- */

static bool is_about_rows(const ast_node *tree)
{
    switch ((int)tree->node_case) {
    case PG_QUERY__NODE__NODE_INSERT_STMT:
    case PG_QUERY__NODE__NODE_UPDATE_STMT:
    case PG_QUERY__NODE__NODE_DELETE_STMT:
    case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
        return true;
    default:
        return false;
    }
}

/* Two parts, each of which may be repeated. */
static int render_kept_rows(struct simulation *simulation, const ast_node *tree,
                            struct list *sql, struct err *err)
{
    const PgQuery__CreateTableAsStmt *create = tree->create_table_as_stmt;
    const PgQuery__SelectStmt *select = create->query->select_stmt;
    struct arena *arena = simulation->arena;
    const struct dialect *dialect = simulation->dialect;
    const char *name = dialect_quote_name(dialect, arena, create->into->rel->relname);
    const char *source =
        dialect_quote_name(dialect, arena, select->from_clause[0]->range_var->relname);
    const char *query = dialect_print(dialect, arena, create->query, err);

    if (query == NULL)
        return -1;
    list_add(arena, sql, arena_printf(arena, "CREATE TABLE %s LIKE %s", name, source));
    list_add(arena, sql, arena_printf(arena, "REPLACE INTO %s %s", name, query));
    return 0;
}

/* The simulation goes on even where the text fails, so that every such statement is found
 * in one go. */
static int render_rows(struct simulation *simulation, struct lowering *lowering,
                       const struct statement *statement, struct list *sql,
                       struct err *err)
{
    ast_node *tree = lower_statement(simulation, lowering, statement, err);
    const char *text = NULL;
    struct err later;

    if (tree != NULL && statement->only_nonempty &&
        dialect_has(simulation->dialect, DIALECT_KEEPS_ROWS_LIKE))
        return render_kept_rows(simulation, tree, sql, err) != 0
                   ? -1
                   : simulation_apply(simulation, statement, NULL, err);
    if (tree != NULL && dialect_has_own_grammar(simulation->dialect))
        text = dialect_print(simulation->dialect, simulation->arena, tree, err);
    else if (tree != NULL)
        text = ast_statement_text(simulation->arena, tree);
    if (text == NULL) {
        (void)simulation_apply(simulation, statement, NULL, &later);
        return -1;
    }
    list_add(simulation->arena, sql, (void *)text);
    return simulation_apply(simulation, statement, NULL, err);
}

int render_statement(struct simulation *simulation, struct lowering *lowering,
                     const struct statement *statement, struct list *sql,
                     struct err *err)
{
    bool is_own = dialect_has_own_grammar(simulation->dialect);

    if (!simulation_holds(simulation, statement))
        return 0;
    if (is_about_rows(statement->tree))
        return render_rows(simulation, lowering, statement, sql, err);
    if (is_own)
        return render_change(simulation, statement, sql, err);
    if (statement->tree->node_case == PG_QUERY__NODE__NODE_CALL_STMT)
        return render_procedure(simulation, statement, sql, err);
    return render_rows(simulation, lowering, statement, sql, err);
}
