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

struct change {
    struct simulation *simulation;
    struct arena *arena;
    const struct dialect *dialect;
    struct list *sql;
    struct list parts; /* const char *: of the ALTER TABLE at hand */
    struct err *err;
    int status;
};

/* --- definitions ------------------------------------------------------------------- */

static const char *quoted(const struct change *change, const char *name)
{
    return dialect_quote_name(change->dialect, change->arena, name);
}

static const char *print(struct change *change, const ast_node *expression)
{
    ast_node *copy = ast_clone(change->arena, expression);
    const char *text = NULL;

    if (lower(change->simulation->lowering, &copy, NULL, change->err) == 0)
        text = dialect_print(change->dialect, change->arena, copy, change->err);
    if (text == NULL)
        change->status = -1;
    return text != NULL ? text : "NULL";
}

/* An expression that is more than a constant stands in parentheses. */
static const char *default_text(struct change *change, const struct column *column)
{
    const char *text;

    if (column->default_value == NULL)
        return NULL;
    text = print(change, column->default_value);
    return ast_is_constant(column->default_value)
               ? text
               : arena_printf(change->arena, "(%s)", text);
}

static const char *column_definition(struct change *change, const struct column *column)
{
    struct column_definition definition = {
        column->type,
        default_text(change, column),
        column->is_not_null,
        column->is_counter,
    };

    return dialect_column_definition(change->dialect, change->arena, &definition);
}

static const char *column_list(const struct change *change, const struct list *columns)
{
    const char *text = "(";

    for (size_t i = 0; i < columns->count; i++)
        text = arena_printf(
            change->arena, "%s%s%s", text, i > 0 ? ", " : "",
            quoted(change, ((const struct column *)columns->items[i])->name));
    return arena_printf(change->arena, "%s)", text);
}

static const char *index_definition(struct change *change, const struct index *index)
{
    const PgQuery__IndexStmt *statement = index->statement->index_stmt;
    const char *text = "(";

    if (statement->where_clause != NULL)
        change->status = err_set(change->err, ERR_UNSUPPORTED,
                                 "an index with WHERE (\"%s\")", index->name);
    for (size_t i = 0; i < statement->n_index_params; i++) {
        const PgQuery__IndexElem *element = statement->index_params[i]->index_elem;
        bool is_column = element->expr == NULL;

        text = arena_printf(
            change->arena, "%s%s%s%s%s%s", text, i > 0 ? ", " : "",
            is_column ? "" : "(",
            is_column ? quoted(change, element->name) : print(change, element->expr),
            is_column ? "" : ")",
            element->ordering == PG_QUERY__SORT_BY_DIR__SORTBY_DESC ? " DESC" : "");
    }
    return arena_printf(change->arena, "%s)", text);
}

static const char *foreign_key_definition(const struct change *change,
                                          const struct constraint *constraint)
{
    return arena_printf(change->arena, "%s REFERENCES %s %s%s%s%s%s",
                        column_list(change, &constraint->columns),
                        quoted(change, constraint->referenced->name),
                        column_list(change, &constraint->referenced_columns),
                        constraint->on_delete != NULL ? " ON DELETE " : "",
                        constraint->on_delete != NULL ? constraint->on_delete : "",
                        constraint->on_update != NULL ? " ON UPDATE " : "",
                        constraint->on_update != NULL ? constraint->on_update : "");
}

static const char *part(const struct change *change, enum alter_part kind,
                        const char *name, const char *definition)
{
    return dialect_alter_part(change->dialect, change->arena, kind, name, definition);
}

/* ADD of a constraint, whatever its kind. */
static const char *add_constraint(struct change *change,
                                  const struct constraint *constraint)
{
    switch (constraint->kind) {
    case CONSTRAINT_PRIMARY:
        return part(change, ALTER_ADD_PRIMARY_KEY, NULL,
                    column_list(change, &constraint->columns));
    case CONSTRAINT_UNIQUE:
        return part(change, ALTER_ADD_UNIQUE, constraint->name,
                    column_list(change, &constraint->columns));
    case CONSTRAINT_FOREIGN:
        return part(change, ALTER_ADD_FOREIGN_KEY, constraint->name,
                    foreign_key_definition(change, constraint));
    case CONSTRAINT_CHECK:
        return part(change, ALTER_ADD_CHECK, constraint->name,
                    print(change, constraint->check));
    case CONSTRAINT_OTHER:
        break;
    }
    change->status = err_set(change->err, ERR_UNSUPPORTED, "the constraint \"%s\"",
                             constraint->name);
    return "";
}

static const char *add_index(struct change *change, const struct index *index)
{
    return part(change,
                index->statement->index_stmt->unique ? ALTER_ADD_UNIQUE
                                                     : ALTER_ADD_INDEX,
                index->name, index_definition(change, index));
}

/* --- remembering ------------------------------------------------------------------- */

static struct named_before *named(struct arena *arena, const void *object,
                                  const char *name)
{
    struct named_before *before = arena_zalloc(arena, sizeof(*before));

    before->object = object;
    before->name = name;
    return before;
}

static struct table_before *remember_table(struct change *change,
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
        item->definition = column_definition(change, column);
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

static struct list remember(struct change *change)
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

static void add_part(struct change *change, const char *text)
{
    list_add(change->arena, &change->parts, (void *)text);
}

static void add_sql(struct change *change, const char *text)
{
    list_add(change->arena, change->sql, (void *)text);
}

static void end_alter(struct change *change, const char *table)
{
    const char *text =
        arena_printf(change->arena, "ALTER TABLE %s", quoted(change, table));

    for (size_t i = 0; i < change->parts.count; i++)
        text = arena_printf(change->arena, "%s%s %s", text, i > 0 ? "," : "",
                            (const char *)change->parts.items[i]);
    if (change->parts.count > 0)
        add_sql(change, text);
    change->parts.count = 0;
}

/* A foreign key that got another name is made anew: no server has words for that. */
static bool is_kept(const struct table *table, const struct named_before *before)
{
    const struct constraint *constraint = before->object;

    return list_has(&table->constraints, constraint) &&
           (constraint->kind != CONSTRAINT_FOREIGN ||
            strcmp(constraint->name, before->name) == 0);
}

static void drop_foreign_keys(struct change *change, const struct table_before *before)
{
    for (size_t i = 0; i < before->constraints.count; i++) {
        const struct named_before *item = before->constraints.items[i];
        const struct constraint *constraint = item->object;

        if (constraint->kind == CONSTRAINT_FOREIGN && !is_kept(before->table, item))
            add_part(change, part(change, ALTER_DROP_FOREIGN_KEY, item->name, NULL));
    }
    end_alter(change, before->name);
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

static void drop_keys(struct change *change, const struct table_before *before)
{
    for (size_t i = 0; i < before->constraints.count; i++) {
        const struct named_before *item = before->constraints.items[i];
        const struct constraint *constraint = item->object;

        if (constraint->kind == CONSTRAINT_FOREIGN || is_kept(before->table, item))
            continue;
        /* A key of columns that all go with this statement goes with them. */
        if (constraint->kind == CONSTRAINT_PRIMARY)
            add_part(change, part(change, ALTER_DROP_PRIMARY_KEY, NULL, NULL));
        else if (constraint->kind == CONSTRAINT_CHECK)
            add_part(change, part(change, ALTER_DROP_CHECK, item->name, NULL));
        else
            add_part(change, part(change, ALTER_DROP_INDEX, item->name, NULL));
    }
    for (size_t i = 0; i < before->indexes.count; i++) {
        const struct named_before *item = before->indexes.items[i];

        /* The server gives its own up for one that serves. */
        if (list_has(&before->table->indexes, item->object) ||
            (item->is_implied && has_new_key(before)))
            continue;
        add_part(change, part(change, ALTER_DROP_INDEX, item->name, NULL));
    }
}

static void drop_columns(struct change *change, const struct table_before *before)
{
    for (size_t i = 0; i < before->columns.count; i++) {
        const struct column_before *item = before->columns.items[i];

        if (!list_has(&before->table->columns, item->column))
            add_part(change, part(change, ALTER_DROP_COLUMN, item->name, NULL));
    }
}

/* --- what changes and comes -------------------------------------------------------- */

static void change_columns(struct change *change, const struct table_before *before)
{
    const struct table *table = before->table;

    for (size_t i = 0; i < table->columns.count; i++) {
        const struct column *column = table->columns.items[i];
        const struct column_before *item = column_was(before, column);
        const char *definition = column_definition(change, column);

        if (item == NULL) {
            add_part(change, part(change, ALTER_ADD_COLUMN, column->name, definition));
            continue;
        }
        if (strcmp(item->definition, definition) != 0)
            add_part(change, part(change, ALTER_CHANGE_COLUMN, item->name, definition));
        if (strcmp(item->name, column->name) != 0)
            add_part(change,
                     part(change, ALTER_RENAME_COLUMN, item->name, column->name));
    }
}

static void rename_key(struct change *change, const struct list *before,
                       const void *object, const char *name)
{
    for (size_t i = 0; i < before->count; i++) {
        const struct named_before *item = before->items[i];

        if (item->object == object && strcmp(item->name, name) != 0)
            add_part(change, part(change, ALTER_RENAME_INDEX, item->name, name));
    }
}

static void add_keys(struct change *change, const struct table_before *before)
{
    const struct table *table = before->table;

    for (size_t i = 0; i < table->constraints.count; i++) {
        const struct constraint *constraint = table->constraints.items[i];

        if (constraint->kind == CONSTRAINT_FOREIGN)
            continue;
        if (!was_there(&before->constraints, constraint))
            add_part(change, add_constraint(change, constraint));
        else if (constraint->kind == CONSTRAINT_UNIQUE)
            rename_key(change, &before->constraints, constraint, constraint->name);
    }
    for (size_t i = 0; i < table->indexes.count; i++) {
        const struct index *index = table->indexes.items[i];

        if (index->is_implied)
            continue;
        if (!was_there(&before->indexes, index))
            add_part(change, add_index(change, index));
        else
            rename_key(change, &before->indexes, index, index->name);
    }
}

static void add_foreign_keys(struct change *change, const struct table_before *before)
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
            add_part(change, add_constraint(change, constraint));
    }
    end_alter(change, table->name);
}

static void create_table(struct change *change, const struct table *table)
{
    const char *text =
        arena_printf(change->arena, "CREATE TABLE %s (", quoted(change, table->name));
    const char *comma = "";

    for (size_t i = 0; i < table->columns.count; i++) {
        const struct column *column = table->columns.items[i];

        text = arena_printf(change->arena, "%s%s%s %s", text, comma,
                            quoted(change, column->name),
                            column_definition(change, column));
        comma = ", ";
    }
    for (size_t i = 0; i < table->constraints.count; i++)
        text = arena_printf(change->arena, "%s, %s", text,
                            add_constraint(change, table->constraints.items[i]) +
                                strlen("ADD "));
    for (size_t i = 0; i < table->indexes.count; i++) {
        const struct index *index = table->indexes.items[i];

        if (!index->is_implied)
            text = arena_printf(change->arena, "%s, %s", text,
                                add_index(change, index) + strlen("ADD "));
    }
    add_sql(change, arena_printf(change->arena, "%s)", text));
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

static void write_change(struct change *change, const struct list *tables)
{
    const struct catalog *catalog = change->simulation->catalog;

    for (size_t i = 0; i < tables->count; i++) {
        const struct table_before *before = tables->items[i];

        if (list_has(&catalog->tables, before->table))
            drop_foreign_keys(change, before);
    }
    for (size_t i = 0; i < tables->count; i++) {
        const struct table_before *before = tables->items[i];

        if (!list_has(&catalog->tables, before->table)) {
            add_sql(change, arena_printf(change->arena, "DROP TABLE %s",
                                         quoted(change, before->name)));
            continue;
        }
        drop_keys(change, before);
        drop_columns(change, before);
        change_columns(change, before);
        add_keys(change, before);
        if (strcmp(before->name, before->table->name) != 0)
            add_part(change,
                     part(change, ALTER_RENAME_TABLE, NULL, before->table->name));
        end_alter(change, before->name);
    }
    for (size_t i = 0; i < catalog->tables.count; i++) {
        const struct table *table = catalog->tables.items[i];

        if (table_was(tables, table) == NULL)
            create_table(change, table);
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
static bool drop_helper(struct change *change, const struct statement *statement)
{
    const PgQuery__DropStmt *drop;

    if (!statement->is_late ||
        statement->tree->node_case != PG_QUERY__NODE__NODE_DROP_STMT)
        return false;
    drop = statement->tree->drop_stmt;
    for (size_t i = 0; i < drop->n_objects; i++)
        add_sql(change,
                arena_printf(
                    change->arena, "DROP TABLE %s",
                    quoted(change, ast_last_name(drop->objects[i]->list->items,
                                                 drop->objects[i]->list->n_items))));
    return true;
}

int render_change(struct simulation *simulation, const struct statement *statement,
                  struct list *sql, struct err *err)
{
    struct change change = {
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
