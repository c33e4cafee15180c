/* SPDX-License-Identifier: Apache-2.0
 *
 * model.c - finding and making the catalog's objects. It knows nothing of servers and
 * revisions.
 */
#include "config.h"

#include <string.h>

#include "catalog/model.h"

struct catalog *catalog_new(struct arena *arena, const char *schema)
{
    struct catalog *catalog = arena_zalloc(arena, sizeof(*catalog));

    catalog->arena = arena;
    catalog->schema = arena_strdup(arena, schema);
    return catalog;
}

struct table *catalog_find_table(const struct catalog *catalog, const char *name)
{
    for (size_t i = 0; i < catalog->tables.count; i++) {
        struct table *table = catalog->tables.items[i];

        if (strcmp(table->name, name) == 0)
            return table;
    }
    return NULL;
}

struct sequence *catalog_find_sequence(const struct catalog *catalog, const char *name)
{
    for (size_t i = 0; i < catalog->sequences.count; i++) {
        struct sequence *sequence = catalog->sequences.items[i];

        if (strcmp(sequence->name, name) == 0)
            return sequence;
    }
    return NULL;
}

struct column *table_find_column(const struct table *table, const char *name)
{
    for (size_t i = 0; i < table->columns.count; i++) {
        struct column *column = table->columns.items[i];

        if (strcmp(column->name, name) == 0)
            return column;
    }
    return NULL;
}

struct constraint *table_find_constraint(const struct table *table, const char *name)
{
    for (size_t i = 0; i < table->constraints.count; i++) {
        struct constraint *constraint = table->constraints.items[i];

        if (strcmp(constraint->name, name) == 0)
            return constraint;
    }
    return NULL;
}

struct index *table_find_index(const struct table *table, const char *name)
{
    for (size_t i = 0; i < table->indexes.count; i++) {
        struct index *index = table->indexes.items[i];

        if (strcmp(index->name, name) == 0)
            return index;
    }
    return NULL;
}

/* Where rows are put aside; on some servers with the indexes of the table that they come from. */
static bool is_kept(const char *table)
{
    static const char *const prefixes[] = {"_airflow_moved__",
                                           "_airshift_quarantine__"};

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        if (strncmp(table, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    }
    return false;
}

struct index *catalog_find_index(const struct catalog *catalog, const char *name,
                                 struct table **table)
{
    for (size_t i = 0; i < catalog->tables.count; i++) {
        struct table *candidate = catalog->tables.items[i];
        struct index *index = table_find_index(candidate, name);

        if (index != NULL && !is_kept(candidate->name)) {
            *table = candidate;
            return index;
        }
    }
    return NULL;
}

struct constraint *table_primary_key(const struct table *table)
{
    for (size_t i = 0; i < table->constraints.count; i++) {
        struct constraint *constraint = table->constraints.items[i];

        if (constraint->kind == CONSTRAINT_PRIMARY)
            return constraint;
    }
    return NULL;
}

static bool is_within(const struct list *part, const struct list *whole)
{
    for (size_t i = 0; i < part->count; i++) {
        if (!list_has(whole, part->items[i]))
            return false;
    }
    return part->count > 0;
}

bool table_has_key_within(const struct table *table, const struct list *columns)
{
    for (size_t i = 0; i < table->constraints.count; i++) {
        const struct constraint *constraint = table->constraints.items[i];

        if ((constraint->kind == CONSTRAINT_PRIMARY ||
             constraint->kind == CONSTRAINT_UNIQUE) &&
            is_within(&constraint->columns, columns))
            return true;
    }
    return false;
}

bool columns_equal(const struct list *a, const struct list *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (a->items[i] != b->items[i])
            return false;
    }
    return true;
}

bool catalog_same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool columns_came_from(const struct list *columns, const struct list *live)
{
    if (columns->count != live->count)
        return false;
    for (size_t i = 0; i < columns->count; i++) {
        const struct column *column = columns->items[i];
        const struct column *was = live->items[i];

        if (!catalog_same_text(column->live_name, was->name))
            return false;
    }
    return true;
}

struct table *catalog_add_table(struct catalog *catalog, const char *name)
{
    struct table *table = arena_zalloc(catalog->arena, sizeof(*table));

    table->name = arena_strdup(catalog->arena, name);
    list_add(catalog->arena, &catalog->tables, table);
    return table;
}

struct column *table_add_column(struct catalog *catalog, struct table *table,
                                const char *name, const char *type)
{
    struct column *column = arena_zalloc(catalog->arena, sizeof(*column));

    column->name = arena_strdup(catalog->arena, name);
    column->type = arena_strdup(catalog->arena, type);
    list_add(catalog->arena, &table->columns, column);
    return column;
}

static int find_columns(struct catalog *catalog, const struct table *table,
                        ast_node *const *names, size_t count, struct list *columns,
                        struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        const char *name = ast_string_value(names[i]);
        struct column *column = name != NULL ? table_find_column(table, name) : NULL;

        if (column == NULL)
            return err_set(err, ERR_STATE, "table \"%s\" has no column \"%s\"",
                           table->name, name != NULL ? name : "?");
        list_add(catalog->arena, columns, column);
    }
    return 0;
}

static const char *action_name(const char *action)
{
    if (action == NULL)
        return NULL;
    switch (*action) {
    case 'c':
        return "CASCADE";
    case 'n':
        return "SET NULL";
    case 'r':
        return "RESTRICT";
    case 'd':
        return "SET DEFAULT";
    default:
        return NULL;
    }
}

static int fill_foreign_key(struct catalog *catalog, struct constraint *constraint,
                            const PgQuery__Constraint *tree, struct err *err)
{
    constraint->referenced = catalog_find_table(catalog, tree->pktable->relname);
    if (constraint->referenced == NULL)
        return err_set(err, ERR_STATE,
                       "foreign key \"%s\" refers to no known table \"%s\"",
                       constraint->name, tree->pktable->relname);
    constraint->on_delete = action_name(tree->fk_del_action);
    constraint->on_update = action_name(tree->fk_upd_action);
    if (tree->n_pk_attrs == 0) {
        struct constraint *key = table_primary_key(constraint->referenced);

        if (key == NULL)
            return err_set(err, ERR_STATE, "foreign key \"%s\" refers to no key",
                           constraint->name);
        for (size_t i = 0; i < key->columns.count; i++)
            list_add(catalog->arena, &constraint->referenced_columns,
                     key->columns.items[i]);
        return 0;
    }
    return find_columns(catalog, constraint->referenced, tree->pk_attrs,
                        tree->n_pk_attrs, &constraint->referenced_columns, err);
}

static const char *implicit_name(struct catalog *catalog, const struct table *table,
                                 const struct constraint *constraint)
{
    const char *columns = "";

    if (constraint->kind == CONSTRAINT_PRIMARY)
        return arena_printf(catalog->arena, "%s_pkey", table->name);
    for (size_t i = 0; i < constraint->columns.count; i++) {
        const struct column *column = constraint->columns.items[i];

        columns = arena_printf(catalog->arena, "%s_%s", columns, column->name);
    }
    return arena_printf(catalog->arena, "%s%s_%s", table->name, columns,
                        constraint->kind == CONSTRAINT_UNIQUE    ? "key"
                        : constraint->kind == CONSTRAINT_FOREIGN ? "fkey"
                                                                 : "check");
}

struct constraint *constraint_from_ast(struct catalog *catalog, struct table *table,
                                       const PgQuery__Constraint *tree, struct err *err)
{
    struct arena *arena = catalog->arena;
    struct constraint *constraint = arena_zalloc(arena, sizeof(*constraint));
    int status = 0;

    constraint->name = arena_strdup(arena, tree->conname);
    constraint->suffix = "";
    constraint->is_live_valid = !tree->skip_validation;
    if (tree->deferrable)
        constraint->suffix =
            tree->initdeferred ? " DEFERRABLE INITIALLY DEFERRED" : " DEFERRABLE";
    switch ((int)tree->contype) {
    case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY:
    case PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE:
        constraint->kind = tree->contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY
                               ? CONSTRAINT_PRIMARY
                               : CONSTRAINT_UNIQUE;
        status = find_columns(catalog, table, tree->keys, tree->n_keys,
                              &constraint->columns, err);
        break;
    case PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN:
        constraint->kind = CONSTRAINT_FOREIGN;
        status = find_columns(catalog, table, tree->fk_attrs, tree->n_fk_attrs,
                              &constraint->columns, err);
        if (status == 0)
            status = fill_foreign_key(catalog, constraint, tree, err);
        break;
    case PG_QUERY__CONSTR_TYPE__CONSTR_CHECK:
        constraint->kind = CONSTRAINT_CHECK;
        constraint->check = tree->raw_expr;
        if (tree->is_no_inherit)
            constraint->suffix = " NO INHERIT";
        break;
    default:
        constraint->kind = CONSTRAINT_OTHER;
        break;
    }
    if (status != 0)
        return NULL;
    if (constraint->name == NULL || *constraint->name == '\0')
        constraint->name = implicit_name(catalog, table, constraint);
    if (constraint->kind == CONSTRAINT_PRIMARY) {
        for (size_t i = 0; i < constraint->columns.count; i++)
            column_set_not_null(catalog, table, constraint->columns.items[i]);
    }
    list_add(arena, &table->constraints, constraint);
    return constraint;
}
