/* SPDX-License-Identifier: Apache-2.0
 *
 * render_change.c - what a statement changes in the model, written in the server's words.
 * The statement's own grammar does not matter then, nor which procedure found the object:
 * before and after are compared. Foreign keys go first and come last, each by itself.
 */
#include "config.h"

#include <string.h>

#include "base/strbuf.h"
#include "compiler/render_change.h"
#include "compiler/render_table.h"
#include "render.h"

/* --- the catalog as it was --------------------------------------------------------- */

struct column_before {
    const struct column *column;
    const char *name;
    const char *definition;
};

struct named_before { /* a constraint or an index */
    const void *object;
    const char *name;
    bool is_implied;
};

struct table_before {
    const struct table *table;
    const char *name;
    struct list columns;     /* struct column_before * */
    struct list constraints; /* struct named_before * */
    struct list indexes;     /* struct named_before * */
};

/* --- remembering ------------------------------------------------------------------- */

static struct named_before *named(struct arena *arena, const void *object,
                                  const char *name)
{
    struct named_before *before = arena_zalloc(arena, sizeof(*before));

    before->object = object;
    before->name = name;
    return before;
}

static struct table_before *remember_table(struct render *change,
                                           const struct table *table)
{
    struct arena *arena = change->arena;
    struct table_before *before = arena_zalloc(arena, sizeof(*before));

    before->table = table;
    before->name = table->name;
    for (size_t i = 0; i < table->columns.count; i++) {
        const struct column *column = table->columns.items[i];
        struct column_before *item = arena_zalloc(arena, sizeof(*item));

        item->column = column;
        item->name = column->name;
        item->definition = render_column(change, column);
        list_add(arena, &before->columns, item);
    }
    for (size_t i = 0; i < table->constraints.count; i++) {
        const struct constraint *constraint = table->constraints.items[i];

        list_add(arena, &before->constraints,
                 named(arena, constraint, constraint->name));
    }
    for (size_t i = 0; i < table->indexes.count; i++) {
        const struct index *index = table->indexes.items[i];
        struct named_before *item = named(arena, index, index->name);

        item->is_implied = index->is_implied;
        list_add(arena, &before->indexes, item);
    }
    return before;
}

static struct list remember(struct render *change)
{
    const struct catalog *catalog = change->simulation->catalog;
    struct list tables = {NULL, 0, 0};

    for (size_t i = 0; i < catalog->tables.count; i++)
        list_add(change->arena, &tables,
                 remember_table(change, catalog->tables.items[i]));
    return tables;
}

static bool was_there(const struct list *before, const void *object)
{
    for (size_t i = 0; i < before->count; i++) {
        if (((const struct named_before *)before->items[i])->object == object)
            return true;
    }
    return false;
}

static const struct column_before *column_was(const struct table_before *before,
                                              const struct column *column)
{
    for (size_t i = 0; i < before->columns.count; i++) {
        const struct column_before *item = before->columns.items[i];

        if (item->column == column)
            return item;
    }
    return NULL;
}

/* --- what goes --------------------------------------------------------------------- */

/* A foreign key that got another name is made anew: no server has words for that. */
static bool is_kept(const struct table *table, const struct named_before *before)
{
    const struct constraint *constraint = before->object;

    return list_has(&table->constraints, constraint) &&
           (constraint->kind != CONSTRAINT_FOREIGN ||
            strcmp(constraint->name, before->name) == 0);
}

static void drop_foreign_keys(struct render *change, const struct table_before *before)
{
    for (size_t i = 0; i < before->constraints.count; i++) {
        const struct named_before *item = before->constraints.items[i];
        const struct constraint *constraint = item->object;

        if (constraint->kind == CONSTRAINT_FOREIGN && !is_kept(before->table, item))
            render_add_part(
                change, render_part(change, ALTER_DROP_FOREIGN_KEY, item->name, NULL));
    }
    render_end_alter(change, before->name);
}

static bool has_new_key(const struct table_before *before)
{
    const struct table *table = before->table;

    for (size_t i = 0; i < table->constraints.count; i++) {
        if (!was_there(&before->constraints, table->constraints.items[i]))
            return true;
    }
    for (size_t i = 0; i < table->indexes.count; i++) {
        if (!was_there(&before->indexes, table->indexes.items[i]))
            return true;
    }
    return false;
}

static bool has_column_left(const struct table_before *before, const char *name)
{
    for (size_t i = 0; i < before->columns.count; i++) {
        const struct column_before *item = before->columns.items[i];

        if (strcmp(item->name, name) == 0)
            return list_has(&before->table->columns, item->column);
    }
    return true;
}

/* An index of columns that all go with this statement goes with them. */
static bool goes_with_columns(const struct table_before *before,
                              const struct index *index)
{
    const PgQuery__IndexStmt *statement = index->statement->index_stmt;

    for (size_t i = 0; i < statement->n_index_params; i++) {
        const char *name = statement->index_params[i]->index_elem->name;

        if (name == NULL || *name == '\0' || has_column_left(before, name))
            return false;
    }
    return true;
}

static void drop_keys(struct render *change, const struct table_before *before)
{
    for (size_t i = 0; i < before->constraints.count; i++) {
        const struct named_before *item = before->constraints.items[i];
        const struct constraint *constraint = item->object;

        if (constraint->kind == CONSTRAINT_FOREIGN || is_kept(before->table, item))
            continue;
        /* A key of columns that all go with this statement goes with them. */
        if (constraint->kind == CONSTRAINT_PRIMARY)
            render_add_part(change,
                            render_part(change, ALTER_DROP_PRIMARY_KEY, NULL, NULL));
        else if (constraint->kind == CONSTRAINT_CHECK)
            render_add_part(change,
                            render_part(change, ALTER_DROP_CHECK, item->name, NULL));
        else
            render_add_part(change,
                            render_part(change, ALTER_DROP_INDEX, item->name, NULL));
    }
    for (size_t i = 0; i < before->indexes.count; i++) {
        const struct named_before *item = before->indexes.items[i];

        /* The server gives its own up for one that serves, and makes it again under the
         * name of a later foreign key: it may not be there under this one. */
        if (list_has(&before->table->indexes, item->object) ||
            (item->is_implied &&
             (has_new_key(before) || goes_with_columns(before, item->object))))
            continue;
        render_add_part(change,
                        render_part(change, ALTER_DROP_INDEX, item->name, NULL));
    }
}

static void drop_columns(struct render *change, const struct table_before *before)
{
    for (size_t i = 0; i < before->columns.count; i++) {
        const struct column_before *item = before->columns.items[i];

        if (!list_has(&before->table->columns, item->column))
            render_add_part(change,
                            render_part(change, ALTER_DROP_COLUMN, item->name, NULL));
    }
}

/* --- what changes and comes -------------------------------------------------------- */

static void change_columns(struct render *change, const struct table_before *before)
{
    const struct table *table = before->table;

    for (size_t i = 0; i < table->columns.count; i++) {
        const struct column *column = table->columns.items[i];
        const struct column_before *item = column_was(before, column);
        const char *definition = render_column(change, column);

        if (item == NULL) {
            render_add_part(change, render_part(change, ALTER_ADD_COLUMN, column->name,
                                                definition));
            continue;
        }
        if (strcmp(item->definition, definition) != 0)
            render_add_part(change, render_part(change, ALTER_CHANGE_COLUMN, item->name,
                                                definition));
        if (strcmp(item->name, column->name) != 0)
            render_add_part(change, render_part(change, ALTER_RENAME_COLUMN, item->name,
                                                column->name));
    }
}

static void rename_key(struct render *change, const struct list *before,
                       const void *object, const char *name)
{
    for (size_t i = 0; i < before->count; i++) {
        const struct named_before *item = before->items[i];

        if (item->object == object && strcmp(item->name, name) != 0)
            render_add_part(change,
                            render_part(change, ALTER_RENAME_INDEX, item->name, name));
    }
}

static void add_keys(struct render *change, const struct table_before *before)
{
    const struct table *table = before->table;

    for (size_t i = 0; i < table->constraints.count; i++) {
        const struct constraint *constraint = table->constraints.items[i];

        if (constraint->kind == CONSTRAINT_FOREIGN)
            continue;
        if (!was_there(&before->constraints, constraint))
            render_add_part(change, render_add_constraint(change, constraint));
        else if (constraint->kind == CONSTRAINT_UNIQUE)
            rename_key(change, &before->constraints, constraint, constraint->name);
    }
    for (size_t i = 0; i < table->indexes.count; i++) {
        const struct index *index = table->indexes.items[i];

        if (index->is_implied)
            continue;
        if (!was_there(&before->indexes, index))
            render_add_part(change, render_add_index(change, index));
        else
            rename_key(change, &before->indexes, index, index->name);
    }
}

static void add_foreign_keys(struct render *change, const struct table_before *before)
{
    const struct table *table = before->table;

    for (size_t i = 0; i < table->constraints.count; i++) {
        const struct constraint *constraint = table->constraints.items[i];
        bool is_new = true;

        for (size_t j = 0; j < before->constraints.count && is_new; j++) {
            const struct named_before *item = before->constraints.items[j];

            is_new = item->object != constraint || !is_kept(table, item);
        }
        if (constraint->kind == CONSTRAINT_FOREIGN && is_new)
            render_add_part(change, render_add_constraint(change, constraint));
    }
    render_end_alter(change, table->name);
}

/* --- all together ------------------------------------------------------------------ */

static const struct table_before *table_was(const struct list *tables,
                                            const struct table *table)
{
    for (size_t i = 0; i < tables->count; i++) {
        const struct table_before *before = tables->items[i];

        if (before->table == table)
            return before;
    }
    return NULL;
}

static void write_change(struct render *change, const struct list *tables)
{
    static const struct render_parts all = {true, true};
    const struct catalog *catalog = change->simulation->catalog;

    for (size_t i = 0; i < tables->count; i++) {
        const struct table_before *before = tables->items[i];

        if (list_has(&catalog->tables, before->table))
            drop_foreign_keys(change, before);
    }
    for (size_t i = 0; i < tables->count; i++) {
        const struct table_before *before = tables->items[i];

        if (!list_has(&catalog->tables, before->table)) {
            render_add_sql(change, arena_printf(change->arena, "DROP TABLE %s",
                                                render_name(change, before->name)));
            continue;
        }
        drop_keys(change, before);
        drop_columns(change, before);
        change_columns(change, before);
        add_keys(change, before);
        if (strcmp(before->name, before->table->name) != 0)
            render_add_part(change, render_part(change, ALTER_RENAME_TABLE, NULL,
                                                before->table->name));
        render_end_alter(change, before->name);
    }
    for (size_t i = 0; i < catalog->tables.count; i++) {
        const struct table *table = catalog->tables.items[i];

        if (table_was(tables, table) == NULL)
            render_create_table(change, table, &all);
    }
    for (size_t i = 0; i < tables->count; i++) {
        const struct table_before *before = tables->items[i];

        if (list_has(&catalog->tables, before->table))
            add_foreign_keys(change, before);
    }
}

/* Rows are computed with USING, for which there has to be a statement of the server's own. */
static bool has_using(const ast_node *tree)
{
    const PgQuery__AlterTableStmt *alter;

    if (tree->node_case != PG_QUERY__NODE__NODE_ALTER_TABLE_STMT)
        return false;
    alter = tree->alter_table_stmt;
    for (size_t i = 0; i < alter->n_cmds; i++) {
        const PgQuery__AlterTableCmd *command = alter->cmds[i]->alter_table_cmd;

        if (command->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType &&
            command->def->column_def->raw_default != NULL)
            return true;
    }
    return false;
}

/* Counters follow their columns by themselves. */
static bool is_sync(const ast_node *tree)
{
    const PgQuery__FuncCall *call;

    if (tree->node_case != PG_QUERY__NODE__NODE_CALL_STMT)
        return false;
    call = tree->call_stmt->funccall;
    return strcmp(ast_last_name(call->funcname, call->n_funcname), "sync_sequence") ==
           0;
}

/* A helper table that is not in the model. */
static bool drop_helper(struct render *change, const struct statement *statement)
{
    const PgQuery__DropStmt *drop;

    if (!statement->is_late ||
        statement->tree->node_case != PG_QUERY__NODE__NODE_DROP_STMT)
        return false;
    drop = statement->tree->drop_stmt;
    for (size_t i = 0; i < drop->n_objects; i++)
        render_add_sql(
            change,
            arena_printf(
                change->arena, "DROP TABLE %s",
                render_name(change, ast_last_name(drop->objects[i]->list->items,
                                                  drop->objects[i]->list->n_items))));
    return true;
}

int render_change(struct simulation *simulation, const struct statement *statement,
                  struct list *sql, struct err *err)
{
    struct render change = {
        .simulation = simulation,
        .arena = simulation->arena,
        .dialect = simulation->dialect,
        .sql = sql,
        .err = err,
    };
    struct list tables;

    if (is_sync(statement->tree) || drop_helper(&change, statement))
        return 0;
    tables = remember(&change);
    if (simulation_apply(simulation, statement, NULL, err) != 0)
        return -1;
    if (has_using(statement->tree))
        return err_set(err, ERR_UNSUPPORTED, "a change of type with USING: \"%.100s\"",
                       statement->text);
    write_change(&change, &tables);
    return change.status;
}
