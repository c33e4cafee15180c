/* SPDX-License-Identifier: Apache-2.0
 *
 * simulate_keys.c - what a server like MySQL does on its own about the indexes of foreign
 * keys. An index serves a key whose columns are its first ones, in order. The one that the
 * server made bears the key's name, outlives the key, and goes when a later one serves.
 */
#include "config.h"

#include <string.h>

#include "compiler/simulate_keys.h"

static const char *index_column(const struct index *index, size_t position)
{
    const PgQuery__IndexStmt *statement = index->statement->index_stmt;
    const PgQuery__IndexElem *element;

    if (position >= statement->n_index_params)
        return NULL;
    element = statement->index_params[position]->index_elem;
    return element->name != NULL && *element->name != '\0' ? element->name : NULL;
}

static bool index_begins(const struct index *index, const struct list *columns)
{
    for (size_t i = 0; i < columns->count; i++) {
        const char *name = index_column(index, i);

        if (name == NULL ||
            strcmp(name, ((const struct column *)columns->items[i])->name) != 0)
            return false;
    }
    return true;
}

static bool key_begins(const struct constraint *key, const struct list *columns)
{
    if ((key->kind != CONSTRAINT_PRIMARY && key->kind != CONSTRAINT_UNIQUE) ||
        key->columns.count < columns->count)
        return false;
    for (size_t i = 0; i < columns->count; i++) {
        if (key->columns.items[i] != columns->items[i])
            return false;
    }
    return true;
}

static bool key_begins_like(const struct constraint *key, const struct index *index)
{
    size_t count = index->statement->index_stmt->n_index_params;

    if ((key->kind != CONSTRAINT_PRIMARY && key->kind != CONSTRAINT_UNIQUE) ||
        key->columns.count < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct column *column = key->columns.items[i];
        const char *name = index_column(index, i);

        if (name == NULL || strcmp(name, column->name) != 0)
            return false;
    }
    return true;
}

static bool index_begins_like(const struct index *other, const struct index *index)
{
    for (size_t i = 0; i < index->statement->index_stmt->n_index_params; i++) {
        const char *a = index_column(index, i);
        const char *b = index_column(other, i);

        if (a == NULL || b == NULL || strcmp(a, b) != 0)
            return false;
    }
    return true;
}

/* Of two that are alike and both made by the server, the later stays. */
static bool is_replaced(const struct table *table, size_t position)
{
    const struct index *index = table->indexes.items[position];

    for (size_t i = 0; i < table->constraints.count; i++) {
        if (key_begins_like(table->constraints.items[i], index))
            return true;
    }
    for (size_t i = 0; i < table->indexes.count; i++) {
        const struct index *other = table->indexes.items[i];

        if (i != position && index_begins_like(other, index) &&
            (!other->is_implied || i > position || !index_begins_like(index, other)))
            return true;
    }
    return false;
}

bool simulation_other_serves(const struct table *table, const struct index *index)
{
    for (size_t i = 0; i < table->constraints.count; i++) {
        if (key_begins_like(table->constraints.items[i], index))
            return true;
    }
    for (size_t i = 0; i < table->indexes.count; i++) {
        const struct index *other = table->indexes.items[i];

        if (other != index && index_begins_like(other, index))
            return true;
    }
    return false;
}

static bool is_served(const struct table *table, const struct constraint *key)
{
    for (size_t i = 0; i < table->constraints.count; i++) {
        if (key_begins(table->constraints.items[i], &key->columns))
            return true;
    }
    for (size_t i = 0; i < table->indexes.count; i++) {
        if (index_begins(table->indexes.items[i], &key->columns))
            return true;
    }
    return false;
}

static void add_index(struct simulation *simulation, struct table *table,
                      const struct constraint *key)
{
    struct arena *arena = simulation->arena;
    struct index *index = arena_zalloc(arena, sizeof(*index));
    const char *columns = "";
    struct err err;

    for (size_t i = 0; i < key->columns.count; i++)
        columns = arena_printf(arena, "%s%s\"%s\"", columns, i > 0 ? ", " : "",
                               ((const struct column *)key->columns.items[i])->name);
    index->name = key->name;
    index->statement = ast_parse_one(
        arena, arena_printf(arena, "CREATE INDEX i ON t (%s)", columns), &err);
    index->is_implied = true;
    if (index->statement != NULL)
        list_add(arena, &table->indexes, index);
}

void simulation_index_foreign_keys(struct simulation *simulation)
{
    for (size_t i = 0; i < simulation->catalog->tables.count; i++) {
        struct table *table = simulation->catalog->tables.items[i];

        for (size_t j = 0; j < table->constraints.count; j++) {
            const struct constraint *key = table->constraints.items[j];

            if (key->kind == CONSTRAINT_FOREIGN && !is_served(table, key))
                add_index(simulation, table, key);
        }
        for (size_t j = table->indexes.count; j-- > 0;) {
            struct index *index = table->indexes.items[j];

            if (index->is_implied && is_replaced(table, j))
                list_remove(&table->indexes, j);
        }
    }
}
