/* SPDX-License-Identifier: Apache-2.0
 *
 * simulate.c - what each statement kind of the revision language does to the catalog. It
 * follows the server: a dropped column takes its indexes and constraints along, a dropped
 * key its foreign keys where CASCADE says so.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/rows.h"
#include "compiler/simulate.h"
#include "compiler/simulate_internal.h"
#include "compiler/simulate_keys.h"
#include "render.h"

struct table *simulation_need_table(struct simulation *simulation, const char *name,
                                    struct err *err)
{
    struct table *table = catalog_find_table(simulation->catalog, name);

    if (table == NULL)
        (void)err_set(err, ERR_STATE, "table \"%s\" does not exist", name);
    return table;
}

static struct column *need_column(const struct table *table, const char *name,
                                  struct err *err)
{
    struct column *column = table_find_column(table, name);

    if (column == NULL)
        (void)err_set(err, ERR_STATE, "column \"%s\" of table \"%s\" does not exist",
                      name, table->name);
    return column;
}

static size_t position_of(const struct list *list, const void *item)
{
    size_t i = 0;

    while (i < list->count && list->items[i] != item)
        i++;
    return i;
}

static void remove_item(struct list *list, const void *item)
{
    size_t position = position_of(list, item);

    if (position < list->count)
        list_remove(list, position);
}

const char *simulation_type(const struct simulation *simulation,
                            const PgQuery__TypeName *type, struct err *err)
{
    const char *name = ast_last_name(type->names, type->n_names);
    int modifiers[2] = {0, 0};
    size_t count = 0;
    const char *text;

    for (size_t i = 0; i < type->n_typmods && i < 2; i++) {
        const ast_node *modifier = type->typmods[i];

        if (modifier->node_case == PG_QUERY__NODE__NODE_A_CONST &&
            modifier->a_const->val_case == PG_QUERY__A__CONST__VAL_IVAL)
            modifiers[count++] = modifier->a_const->ival->ival;
    }
    text = dialect_type_text(simulation->dialect, simulation->arena, name, modifiers,
                             count);
    if (text == NULL)
        (void)err_set(err, ERR_INTERNAL, "type \"%s\" is not known", name);
    return text;
}

/* --- unique constraints that are unique indexes ------------------------------------ */

/* A unique index that answers to the name of a constraint, where the two are one. */
static struct index *unique_index(const struct simulation *simulation,
                                  const struct table *table, const char *name)
{
    struct index *index = NULL;

    if (dialect_has(simulation->dialect, DIALECT_UNIQUE_IS_INDEX))
        index = table_find_index(table, name);
    return index != NULL && index->statement->index_stmt->unique ? index : NULL;
}

/* The reverse. */
static struct constraint *unique_constraint(const struct simulation *simulation,
                                            const struct table *table, const char *name)
{
    struct constraint *constraint = NULL;

    if (dialect_has(simulation->dialect, DIALECT_UNIQUE_IS_INDEX))
        constraint = table_find_constraint(table, name);
    return constraint != NULL && constraint->kind == CONSTRAINT_UNIQUE ? constraint
                                                                       : NULL;
}

/* --- conditions -------------------------------------------------------------------- */

static bool condition_holds(const struct simulation *simulation,
                            const struct condition *condition)
{
    const struct table *table =
        condition->kind == CONDITION_ROWS
            ? NULL
            : catalog_find_table(simulation->catalog, condition->kind == CONDITION_TABLE
                                                          ? condition->name
                                                          : condition->table);
    bool is_there = false;

    if (condition->kind == CONDITION_ROWS) {
        is_there = simulation->has_rows != NULL &&
                   simulation->has_rows(simulation->has_rows_context, condition->name);
    } else if (table != NULL) {
        switch (condition->kind) {
        case CONDITION_TABLE:
            is_there = true;
            break;
        case CONDITION_COLUMN:
            is_there = table_find_column(table, condition->name) != NULL;
            break;
        case CONDITION_INDEX:
            is_there = table_find_index(table, condition->name) != NULL ||
                       unique_constraint(simulation, table, condition->name) != NULL;
            break;
        case CONDITION_CONSTRAINT:
            is_there = table_find_constraint(table, condition->name) != NULL ||
                       unique_index(simulation, table, condition->name) != NULL;
            break;
        case CONDITION_ROWS:
            break;
        }
    }
    return is_there != condition->is_negated;
}

bool simulation_holds(const struct simulation *simulation,
                      const struct statement *statement)
{
    if (statement->only != NULL &&
        strcmp(statement->only, dialect_name(simulation->dialect)) != 0)
        return false;
    if ((statement->only_direct && !simulation->is_direct) ||
        (statement->only_hop && simulation->is_direct))
        return false;
    if (statement->from != NULL &&
        (simulation->target_version == NULL ||
         version_compare(simulation->target_version, statement->from) < 0))
        return false;
    if (statement->before != NULL &&
        (simulation->target_version == NULL ||
         version_compare(simulation->target_version, statement->before) >= 0))
        return false;
    for (size_t i = 0; i < statement->conditions.count; i++) {
        if (!condition_holds(simulation, statement->conditions.items[i]))
            return false;
    }
    return true;
}

/* --- dropping ---------------------------------------------------------------------- */

/* Drops every foreign key that refers to `table` and needs the key on `columns` (or any
 * key, where columns is NULL). */
static void drop_references(struct simulation *simulation, const struct table *table,
                            const struct list *columns)
{
    for (size_t i = 0; i < simulation->catalog->tables.count; i++) {
        struct table *other = simulation->catalog->tables.items[i];

        for (size_t j = other->constraints.count; j-- > 0;) {
            struct constraint *constraint = other->constraints.items[j];

            if (constraint->kind == CONSTRAINT_FOREIGN &&
                constraint->referenced == table &&
                (columns == NULL ||
                 columns_equal(&constraint->referenced_columns, columns)))
                list_remove(&other->constraints, j);
        }
    }
}

void simulation_drop_constraint(struct simulation *simulation, struct table *table,
                                struct constraint *constraint)
{
    if (constraint->kind == CONSTRAINT_PRIMARY || constraint->kind == CONSTRAINT_UNIQUE)
        drop_references(simulation, table, &constraint->columns);
    remove_item(&table->constraints, constraint);
}

/* Whether the key lives on without the column; then it is taken out of it. */
static bool key_outlives(const struct simulation *simulation,
                         struct constraint *constraint, const struct column *column)
{
    if (!dialect_has(simulation->dialect, DIALECT_KEYS_OUTLIVE_COLUMNS) ||
        (constraint->kind != CONSTRAINT_PRIMARY &&
         constraint->kind != CONSTRAINT_UNIQUE) ||
        constraint->columns.count < 2)
        return false;
    remove_item(&constraint->columns, column);
    return true;
}

static bool index_outlives(struct simulation *simulation, struct index *index,
                           const struct column *column)
{
    PgQuery__IndexStmt *statement;
    size_t kept = 0;

    if (!dialect_has(simulation->dialect, DIALECT_KEYS_OUTLIVE_COLUMNS) ||
        index->statement->index_stmt->n_index_params < 2)
        return false;
    index->statement = ast_clone(simulation->arena, index->statement);
    statement = index->statement->index_stmt;
    for (size_t i = 0; i < statement->n_index_params; i++) {
        const char *name = statement->index_params[i]->index_elem->name;

        if (name == NULL || strcmp(name, column->name) != 0)
            statement->index_params[kept++] = statement->index_params[i];
    }
    statement->n_index_params = kept;
    return true;
}

static void drop_column(struct simulation *simulation, struct table *table,
                        struct column *column)
{
    for (size_t i = table->constraints.count; i-- > 0;) {
        struct constraint *constraint = table->constraints.items[i];

        if (position_of(&constraint->columns, column) < constraint->columns.count &&
            !key_outlives(simulation, constraint, column))
            simulation_drop_constraint(simulation, table, constraint);
    }
    for (size_t i = table->indexes.count; i-- > 0;) {
        if (simulation_index_uses_column(table->indexes.items[i], column->name) &&
            !index_outlives(simulation, table->indexes.items[i], column))
            list_remove(&table->indexes, i);
    }
    for (size_t i = simulation->catalog->sequences.count; i-- > 0;) {
        const struct sequence *sequence = simulation->catalog->sequences.items[i];

        if (sequence->column == column)
            list_remove(&simulation->catalog->sequences, i);
    }
    rows_drop_column(table, position_of(&table->columns, column));
    remove_item(&table->columns, column);
}

static void drop_table(struct simulation *simulation, struct table *table)
{
    drop_references(simulation, table, NULL);
    for (size_t i = simulation->catalog->sequences.count; i-- > 0;) {
        const struct sequence *sequence = simulation->catalog->sequences.items[i];

        if (sequence->table == table)
            list_remove(&simulation->catalog->sequences, i);
    }
    remove_item(&simulation->catalog->tables, table);
}

/* --- columns ----------------------------------------------------------------------- */

static bool is_serial(const char *type_name)
{
    return strcmp(type_name, "serial") == 0 || strcmp(type_name, "big_serial") == 0;
}

static void make_serial(struct simulation *simulation, struct table *table,
                        struct column *column, bool is_big)
{
    struct sequence *sequence;

    column_set_not_null(simulation->catalog, table, column);
    if (dialect_has(simulation->dialect, DIALECT_COUNTS_IN_COLUMN)) {
        column->is_counter = true;
        return;
    }
    sequence = arena_zalloc(simulation->arena, sizeof(*sequence));
    sequence->name =
        arena_printf(simulation->arena, "%s_%s_seq", table->name, column->name);
    sequence->table = table;
    sequence->column = column;
    sequence->type = is_big ? "bigint" : "integer";
    list_add(simulation->arena, &simulation->catalog->sequences, sequence);
    column->default_value = ast_build(simulation->arena, "nextval($1::regclass)", 1,
                                      ast_string(simulation->arena, sequence->name));
}

static int add_column(struct simulation *simulation, struct table *table,
                      const PgQuery__ColumnDef *definition, struct err *err)
{
    const char *type_name =
        ast_last_name(definition->type_name->names, definition->type_name->n_names);
    const char *type = simulation_type(simulation, definition->type_name, err);
    struct column *column;
    const PgQuery__Constraint *key = NULL;

    if (type == NULL)
        return -1;
    if (table_find_column(table, definition->colname) != NULL)
        return err_set(err, ERR_STATE, "column \"%s\" of table \"%s\" exists already",
                       definition->colname, table->name);
    column = table_add_column(simulation->catalog, table, definition->colname, type);
    column->default_value = definition->raw_default;
    if (definition->is_not_null)
        column_set_not_null(simulation->catalog, table, column);
    if (is_serial(type_name))
        make_serial(simulation, table, column, type_name[0] == 'b');
    for (size_t i = 0; i < definition->n_constraints; i++) {
        const PgQuery__Constraint *constraint = definition->constraints[i]->constraint;

        switch ((int)constraint->contype) {
        case PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL:
            column_set_not_null(simulation->catalog, table, column);
            break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_DEFAULT:
            column->default_value = constraint->raw_expr;
            break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_NULL:
            break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY:
        case PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE:
            key = constraint;
            break;
        default:
            return err_set(err, ERR_INTERNAL,
                           "column constraint of an unknown kind on %s",
                           definition->colname);
        }
    }
    rows_add_column(simulation, table, column);
    if (key != NULL) {
        const char *sql = arena_printf(
            simulation->arena, "ALTER TABLE t ADD %s (\"%s\")",
            key->contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY ? "PRIMARY KEY"
                                                                  : "UNIQUE",
            column->name);
        ast_node *tree = ast_parse_one(simulation->arena, sql, err);

        if (tree == NULL ||
            constraint_from_ast(
                simulation->catalog, table,
                tree->alter_table_stmt->cmds[0]->alter_table_cmd->def->constraint,
                err) == NULL)
            return -1;
    }
    return 0;
}

static int alter_type(struct simulation *simulation, struct table *table,
                      struct column *column, const PgQuery__ColumnDef *definition,
                      struct err *err)
{
    const char *type = simulation_type(simulation, definition->type_name, err);
    ast_node *expression = definition->raw_default; /* USING is kept there */
    const char *old_type = column->type;

    if (type == NULL)
        return -1;
    column->type = type;
    if (dialect_has(simulation->dialect, DIALECT_COUNTS_IN_COLUMN))
        column->is_counter = is_serial(ast_last_name(definition->type_name->names,
                                                     definition->type_name->n_names));
    if (expression == NULL) {
        /* An assignment cast: the final INSERT makes it by itself, with the server's own
         * errors. Only later expressions need to see the new type, and only a type without
         * a length can be cast explicitly without cutting values. */
        if (strcmp(old_type, type) == 0 || strchr(type, '(') != NULL ||
            !dialect_type_change_rewrites(simulation->dialect, old_type, type))
            return 0;
        /* Where values change their type by themselves, only a document is more than its
         * text. */
        if (dialect_has_own_grammar(simulation->dialect) && strcmp(type, "json") != 0)
            return 0;
        expression = ast_parse_expression(
            simulation->arena,
            arena_printf(simulation->arena, "CAST(\"%s\" AS %s)", column->name, type),
            err);
        if (expression == NULL)
            return -1;
    }
    return rows_convert_column(simulation, table, position_of(&table->columns, column),
                               expression, err);
}

/* --- ALTER TABLE ------------------------------------------------------------------- */

/* In the language a primary key is called after its table. */
static bool names_primary_key(const struct simulation *simulation, const char *name)
{
    static const char ending[] = "_pkey";
    size_t length = strlen(name);

    return dialect_has(simulation->dialect, DIALECT_PRIMARY_IS_NAMELESS) &&
           length >= strlen(ending) &&
           strcmp(name + length - strlen(ending), ending) == 0;
}

static int alter_one(struct simulation *simulation, struct table *table,
                     const PgQuery__AlterTableCmd *command, struct err *err)
{
    struct column *column = NULL;
    struct constraint *constraint;

    switch ((int)command->subtype) {
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn:
        if (command->missing_ok &&
            table_find_column(table, command->def->column_def->colname) != NULL)
            return 0;
        return add_column(simulation, table, command->def->column_def, err);
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint:
        return constraint_from_ast(simulation->catalog, table, command->def->constraint,
                                   err) != NULL
                   ? 0
                   : -1;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint:
        constraint = table_find_constraint(table, command->name);
        if (constraint == NULL && names_primary_key(simulation, command->name))
            constraint = table_primary_key(table);
        if (constraint == NULL &&
            unique_index(simulation, table, command->name) != NULL) {
            remove_item(&table->indexes,
                        unique_index(simulation, table, command->name));
            return 0;
        }
        if (constraint == NULL)
            return command->missing_ok
                       ? 0
                       : err_set(err, ERR_STATE,
                                 "constraint \"%s\" of table \"%s\" does not exist",
                                 command->name, table->name);
        simulation_drop_constraint(simulation, table, constraint);
        return 0;
    default:
        break;
    }
    column = table_find_column(table, command->name);
    if (column == NULL) {
        if (command->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn &&
            command->missing_ok)
            return 0;
        return need_column(table, command->name, err) != NULL ? 0 : -1;
    }
    switch ((int)command->subtype) {
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn:
        drop_column(simulation, table, column);
        return 0;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull:
        column_set_not_null(simulation->catalog, table, column);
        return 0;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull:
        column_drop_not_null(column);
        return 0;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault:
        column->default_value = command->def;
        return 0;
    case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType:
        return alter_type(simulation, table, column, command->def->column_def, err);
    default:
        return err_set(err, ERR_INTERNAL,
                       "ALTER TABLE command %d is not in the language",
                       (int)command->subtype);
    }
}

static int alter_table(struct simulation *simulation,
                       const PgQuery__AlterTableStmt *statement, struct err *err)
{
    struct table *table =
        catalog_find_table(simulation->catalog, statement->relation->relname);

    if (table == NULL && statement->missing_ok)
        return 0;
    if (table == NULL)
        return simulation_need_table(simulation, statement->relation->relname, err) !=
                       NULL
                   ? 0
                   : -1;
    for (size_t i = 0; i < statement->n_cmds; i++) {
        if (alter_one(simulation, table, statement->cmds[i]->alter_table_cmd, err) != 0)
            return -1;
    }
    return 0;
}

/* --- CREATE and DROP --------------------------------------------------------------- */

static int create_table(struct simulation *simulation,
                        const PgQuery__CreateStmt *statement, struct err *err)
{
    const char *name = statement->relation->relname;
    struct table *table = catalog_find_table(simulation->catalog, name);

    if (table != NULL)
        return statement->if_not_exists
                   ? 0
                   : err_set(err, ERR_STATE, "table \"%s\" exists already", name);
    table = catalog_add_table(simulation->catalog, name);
    table->rows = rows_of_new_table(simulation);
    for (size_t i = 0; i < statement->n_table_elts; i++) {
        const ast_node *element = statement->table_elts[i];

        if (element->node_case == PG_QUERY__NODE__NODE_COLUMN_DEF &&
            add_column(simulation, table, element->column_def, err) != 0)
            return -1;
    }
    for (size_t i = 0; i < statement->n_table_elts; i++) {
        const ast_node *element = statement->table_elts[i];

        if (element->node_case == PG_QUERY__NODE__NODE_CONSTRAINT &&
            constraint_from_ast(simulation->catalog, table, element->constraint, err) ==
                NULL)
            return -1;
    }
    return 0;
}

static int create_index(struct simulation *simulation, ast_node *tree, struct err *err)
{
    const PgQuery__IndexStmt *statement = tree->index_stmt;
    struct table *table =
        simulation_need_table(simulation, statement->relation->relname, err);
    struct table *other = NULL;
    struct index *index;

    if (table == NULL)
        return -1;
    if (statement->idxname == NULL || *statement->idxname == '\0')
        return err_set(err, ERR_INTERNAL, "an index on \"%s\" has no name",
                       table->name);
    if (catalog_find_index(simulation->catalog, statement->idxname, &other) != NULL)
        return statement->if_not_exists
                   ? 0
                   : err_set(err, ERR_STATE, "index \"%s\" exists already",
                             statement->idxname);
    index = arena_zalloc(simulation->arena, sizeof(*index));
    index->name = statement->idxname;
    index->statement = tree;
    list_add(simulation->arena, &table->indexes, index);
    return 0;
}

static const char *object_name(const ast_node *object)
{
    if (object->node_case == PG_QUERY__NODE__NODE_LIST)
        return ast_last_name(object->list->items, object->list->n_items);
    return ast_string_value(object);
}

/* Of whatever table. */
static bool drop_unique_constraint(struct simulation *simulation, const char *name)
{
    for (size_t i = 0; i < simulation->catalog->tables.count; i++) {
        struct table *table = simulation->catalog->tables.items[i];
        struct constraint *constraint = unique_constraint(simulation, table, name);

        if (constraint != NULL) {
            simulation_drop_constraint(simulation, table, constraint);
            return true;
        }
    }
    return false;
}

static int drop_one(struct simulation *simulation, const PgQuery__DropStmt *statement,
                    const char *name, struct err *err)
{
    struct table *table = NULL;
    struct index *index;
    struct sequence *sequence;

    switch ((int)statement->remove_type) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
        table = catalog_find_table(simulation->catalog, name);
        if (table != NULL)
            drop_table(simulation, table);
        else if (!statement->missing_ok)
            return simulation_need_table(simulation, name, err) != NULL ? 0 : -1;
        return 0;
    case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX:
        index = catalog_find_index(simulation->catalog, name, &table);
        if (index != NULL)
            remove_item(&table->indexes, index);
        else if (drop_unique_constraint(simulation, name))
            return 0;
        else if (!statement->missing_ok)
            return err_set(err, ERR_STATE, "index \"%s\" does not exist", name);
        return 0;
    case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE:
        sequence = catalog_find_sequence(simulation->catalog, name);
        if (sequence != NULL)
            remove_item(&simulation->catalog->sequences, sequence);
        else if (!statement->missing_ok)
            return err_set(err, ERR_STATE, "sequence \"%s\" does not exist", name);
        return 0;
    default:
        return err_set(err, ERR_INTERNAL,
                       "DROP of object type %d is not in the language",
                       (int)statement->remove_type);
    }
}

/* --- RENAME ------------------------------------------------------------------------ */

struct rename {
    const char *from;
    const char *to;
};

static bool rename_reference(ast_node **slot, void *context)
{
    const struct rename *rename = context;
    const char *qualifier;
    const char *name = ast_column_name(*slot, &qualifier);

    if (name != NULL && strcmp(name, rename->from) == 0) {
        PgQuery__ColumnRef *reference = (*slot)->column_ref;

        reference->fields[reference->n_fields - 1]->string->sval = (char *)rename->to;
    }
    return true;
}

static bool find_reference(ast_node **slot, void *context)
{
    struct rename *rename = context;
    const char *qualifier;
    const char *name = ast_column_name(*slot, &qualifier);

    if (name != NULL && strcmp(name, rename->from) == 0)
        rename->to = name;
    return true;
}

bool simulation_index_uses_column(const struct index *index, const char *name)
{
    const PgQuery__IndexStmt *statement = index->statement->index_stmt;
    struct rename search = {name, NULL};
    ast_node *where = statement->where_clause;

    for (size_t i = 0; i < statement->n_index_params; i++) {
        PgQuery__IndexElem *element = statement->index_params[i]->index_elem;

        if (element->name != NULL && strcmp(element->name, name) == 0)
            return true;
        ast_walk(&element->expr, find_reference, &search);
    }
    ast_walk(&where, find_reference, &search);
    return search.to != NULL;
}

static void rename_in_index(struct simulation *simulation, struct index *index,
                            struct rename *rename)
{
    PgQuery__IndexStmt *statement;

    index->statement = ast_clone(simulation->arena, index->statement);
    statement = index->statement->index_stmt;
    for (size_t i = 0; i < statement->n_index_params; i++) {
        PgQuery__IndexElem *element = statement->index_params[i]->index_elem;

        if (element->name != NULL && strcmp(element->name, rename->from) == 0)
            element->name = (char *)rename->to;
        ast_walk(&element->expr, rename_reference, rename);
    }
    ast_walk(&statement->where_clause, rename_reference, rename);
}

static int rename_column(struct simulation *simulation, struct table *table,
                         const char *from, const char *to, struct err *err)
{
    struct column *column = need_column(table, from, err);
    struct rename rename = {from, arena_strdup(simulation->arena, to)};

    if (column == NULL)
        return -1;
    if (table_find_column(table, to) != NULL)
        return err_set(err, ERR_STATE, "column \"%s\" of table \"%s\" exists already",
                       to, table->name);
    for (size_t i = 0; i < table->indexes.count; i++) {
        if (simulation_index_uses_column(table->indexes.items[i], from))
            rename_in_index(simulation, table->indexes.items[i], &rename);
    }
    for (size_t i = 0; i < table->constraints.count; i++) {
        struct constraint *constraint = table->constraints.items[i];

        if (constraint->check != NULL) {
            constraint->check = ast_clone(simulation->arena, constraint->check);
            ast_walk(&constraint->check, rename_reference, &rename);
        }
    }
    for (size_t i = 0; i < table->columns.count; i++) {
        struct column *other = table->columns.items[i];

        if (other->is_generated && other->default_value != NULL) {
            other->default_value = ast_clone(simulation->arena, other->default_value);
            ast_walk(&other->default_value, rename_reference, &rename);
        }
    }
    column->name = rename.to;
    return 0;
}

static int rename_object(struct simulation *simulation,
                         const PgQuery__RenameStmt *statement, struct err *err)
{
    const char *to = arena_strdup(simulation->arena, statement->newname);
    const char *relation =
        statement->relation != NULL ? statement->relation->relname : "";
    struct table *table = catalog_find_table(simulation->catalog, relation);
    struct table *owner = NULL;
    struct constraint *constraint;
    struct sequence *sequence;
    struct index *index;

    switch ((int)statement->rename_type) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX:
        index = catalog_find_index(simulation->catalog, relation, &owner);
        if (index != NULL)
            index->name = to;
        else if (!statement->missing_ok)
            return err_set(err, ERR_STATE, "index \"%s\" does not exist", relation);
        return 0;
    case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE:
        sequence = catalog_find_sequence(simulation->catalog, relation);
        if (sequence == NULL)
            return statement->missing_ok
                       ? 0
                       : err_set(err, ERR_STATE, "sequence \"%s\" does not exist",
                                 relation);
        sequence->name = to;
        if (sequence->column != NULL)
            sequence->column->default_value =
                ast_build(simulation->arena, "nextval($1::regclass)", 1,
                          ast_string(simulation->arena, to));
        return 0;
    default:
        break;
    }
    if (table == NULL && statement->missing_ok)
        return 0;
    if (table == NULL)
        return simulation_need_table(simulation, relation, err) != NULL ? 0 : -1;
    switch ((int)statement->rename_type) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
        if (catalog_find_table(simulation->catalog, to) != NULL)
            return err_set(err, ERR_STATE, "table \"%s\" exists already", to);
        table->name = to;
        return 0;
    case PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN:
        return rename_column(simulation, table, statement->subname, to, err);
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT:
        constraint = table_find_constraint(table, statement->subname);
        if (constraint == NULL)
            return err_set(err, ERR_STATE,
                           "constraint \"%s\" of table \"%s\" does not exist",
                           statement->subname, table->name);
        constraint->name = to;
        return 0;
    default:
        return err_set(err, ERR_INTERNAL,
                       "RENAME of object type %d is not in the language",
                       (int)statement->rename_type);
    }
}

/* --- sequences --------------------------------------------------------------------- */

static int sequence_owner(struct simulation *simulation, struct sequence *sequence,
                          ast_node *const *options, size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        const PgQuery__DefElem *option = options[i]->def_elem;
        const PgQuery__List *names;
        const char *table_name;
        const char *column_name;

        if (strcmp(option->defname, "owned_by") != 0 || option->arg == NULL ||
            option->arg->node_case != PG_QUERY__NODE__NODE_LIST)
            continue;
        names = option->arg->list;
        if (names->n_items < 2) { /* OWNED BY NONE */
            sequence->table = NULL;
            sequence->column = NULL;
            continue;
        }
        table_name = ast_string_value(names->items[names->n_items - 2]);
        column_name = ast_string_value(names->items[names->n_items - 1]);
        sequence->table = simulation_need_table(simulation, table_name, err);
        if (sequence->table == NULL)
            return -1;
        sequence->column = need_column(sequence->table, column_name, err);
        if (sequence->column == NULL)
            return -1;
    }
    return 0;
}

static int create_sequence(struct simulation *simulation,
                           const PgQuery__CreateSeqStmt *statement, struct err *err)
{
    struct sequence *sequence =
        catalog_find_sequence(simulation->catalog, statement->sequence->relname);

    if (sequence != NULL)
        return statement->if_not_exists
                   ? 0
                   : err_set(err, ERR_STATE, "sequence \"%s\" exists already",
                             sequence->name);
    sequence = arena_zalloc(simulation->arena, sizeof(*sequence));
    sequence->name = statement->sequence->relname;
    sequence->type = "bigint";
    for (size_t i = 0; i < statement->n_options; i++) {
        const PgQuery__DefElem *option = statement->options[i]->def_elem;

        if (strcmp(option->defname, "as") == 0 && option->arg != NULL &&
            option->arg->node_case == PG_QUERY__NODE__NODE_TYPE_NAME) {
            sequence->type = simulation_type(simulation, option->arg->type_name, err);
            if (sequence->type == NULL)
                return -1;
        }
    }
    list_add(simulation->arena, &simulation->catalog->sequences, sequence);
    return sequence_owner(simulation, sequence, statement->options,
                          statement->n_options, err);
}

static int alter_sequence(struct simulation *simulation,
                          const PgQuery__AlterSeqStmt *statement, struct err *err)
{
    struct sequence *sequence =
        catalog_find_sequence(simulation->catalog, statement->sequence->relname);

    if (sequence == NULL)
        return statement->missing_ok
                   ? 0
                   : err_set(err, ERR_STATE, "sequence \"%s\" does not exist",
                             statement->sequence->relname);
    return sequence_owner(simulation, sequence, statement->options,
                          statement->n_options, err);
}

/* --- all statements ---------------------------------------------------------------- */

static bool is_about_sequence(const ast_node *tree)
{
    return tree->node_case == PG_QUERY__NODE__NODE_CREATE_SEQ_STMT ||
           tree->node_case == PG_QUERY__NODE__NODE_ALTER_SEQ_STMT ||
           (tree->node_case == PG_QUERY__NODE__NODE_DROP_STMT &&
            tree->drop_stmt->remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE) ||
           (tree->node_case == PG_QUERY__NODE__NODE_RENAME_STMT &&
            tree->rename_stmt->rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE);
}

static int apply_tree(struct simulation *simulation, ast_node *tree, struct err *err)
{
    if (dialect_has(simulation->dialect, DIALECT_COUNTS_IN_COLUMN) &&
        is_about_sequence(tree))
        return 0;
    switch ((int)tree->node_case) {
    case PG_QUERY__NODE__NODE_CREATE_STMT:
        return create_table(simulation, tree->create_stmt, err);
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
        return alter_table(simulation, tree->alter_table_stmt, err);
    case PG_QUERY__NODE__NODE_INDEX_STMT:
        return create_index(simulation, tree, err);
    case PG_QUERY__NODE__NODE_DROP_STMT:
        for (size_t i = 0; i < tree->drop_stmt->n_objects; i++) {
            if (drop_one(simulation, tree->drop_stmt,
                         object_name(tree->drop_stmt->objects[i]), err) != 0)
                return -1;
        }
        return 0;
    case PG_QUERY__NODE__NODE_RENAME_STMT:
        return rename_object(simulation, tree->rename_stmt, err);
    case PG_QUERY__NODE__NODE_CREATE_SEQ_STMT:
        return create_sequence(simulation, tree->create_seq_stmt, err);
    case PG_QUERY__NODE__NODE_ALTER_SEQ_STMT:
        return alter_sequence(simulation, tree->alter_seq_stmt, err);
    case PG_QUERY__NODE__NODE_CALL_STMT:
        return simulation_call_procedure(simulation, tree->call_stmt->funccall, err);
    case PG_QUERY__NODE__NODE_UPDATE_STMT:
        return simulation->with_rows ? rows_update(simulation, tree->update_stmt, err)
                                     : 0;
    case PG_QUERY__NODE__NODE_DELETE_STMT:
        return simulation->with_rows ? rows_delete(simulation, tree->delete_stmt, err)
                                     : 0;
    case PG_QUERY__NODE__NODE_INSERT_STMT:
        return simulation->with_rows ? rows_insert(simulation, tree->insert_stmt, err)
                                     : 0;
    default:
        return err_set(err, ERR_INTERNAL,
                       "a statement of kind %d is not in the language",
                       (int)tree->node_case);
    }
}

int simulation_apply(struct simulation *simulation, const struct statement *statement,
                     bool *applies, struct err *err)
{
    bool holds = simulation_holds(simulation, statement);

    if (applies != NULL)
        *applies = holds;
    if (!holds)
        return 0;
    if (statement->is_late) {
        list_add(simulation->arena, &simulation->late, (void *)statement);
        return 0;
    }
    if ((statement->tree->node_case == PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT
             ? rows_create_table_as(simulation, statement->tree->create_table_as_stmt,
                                    statement->only_nonempty, err)
             : apply_tree(simulation, statement->tree, err)) != 0)
        return err_wrap(err, "in \"%.120s\"", statement->text);
    if (dialect_has(simulation->dialect, DIALECT_INDEXES_FOREIGN_KEYS))
        simulation_index_foreign_keys(simulation);
    return 0;
}

int simulation_start(struct simulation *simulation, struct arena *arena,
                     struct catalog *catalog, const struct dialect *dialect,
                     bool with_rows, struct err *err)
{
    (void)err;
    memset(simulation, 0, sizeof(*simulation));
    simulation->arena = arena;
    simulation->catalog = catalog;
    simulation->dialect = dialect;
    simulation->with_rows = with_rows;
    for (size_t i = 0; i < catalog->tables.count; i++) {
        struct table *table = catalog->tables.items[i];

        table->rows = rows_of_live_table(simulation, table);
    }
    return 0;
}
