/* SPDX-License-Identifier: Apache-2.0
 *
 * foresee_references.c - rows whose foreign key refers to none.
 */
#include "config.h"

#include <string.h>

#include "compiler/foresee_aside.h"
#include "compiler/foresee_internal.h"
#include "compiler/plan_internal.h"

/* A value that is read; a joined or a computed one where that is cheap. */
static bool is_read(const struct look *look, const struct table *live,
                    const struct branch *branch, const ast_node *value)
{
    const char *qualifier;

    return (live != NULL && foresee_source(live, value) != NULL) ||
           (look->may_join &&
            (ast_column_name(value, &qualifier) != NULL || ast_is_constant(value) ||
             foresee_can_compute(look, branch, value)));
}

static const struct table *source_of(const struct look *look,
                                     const struct branch *branch)
{
    return branch->source != NULL
               ? catalog_find_table(look->plan->live, branch->source->name)
               : NULL;
}

static bool are_read(const struct look *look, const struct table *table,
                     const struct branch *branch, const struct list *columns)
{
    const struct table *live = source_of(look, branch);

    if (branch->source != NULL && !foresee_takes_key_of(branch->source) &&
        !look->options->everything)
        return false;
    for (size_t i = 0; i < columns->count; i++) {
        if (!is_read(look, live, branch,
                     branch->values.items[foresee_position(table, columns->items[i])]))
            return false;
    }
    return live != NULL || look->may_join;
}

/* Whether the live database has a foreign key of the very columns that this one is made of. */
static bool is_so_already(const struct look *look, const struct table *table,
                          const struct branch *child, const struct constraint *key)
{
    const struct rows *parents = key->referenced->rows;
    const struct branch *parent = parents->branches.items[0];
    const struct table *live = source_of(look, child);

    if (parents->branches.count != 1 || parent->filter != NULL || live == NULL ||
        source_of(look, parent) == NULL)
        return false;
    for (size_t i = 0; i < live->constraints.count; i++) {
        const struct constraint *other = live->constraints.items[i];
        bool is_same = other->kind == CONSTRAINT_FOREIGN &&
                       other->referenced == source_of(look, parent) &&
                       other->columns.count == key->columns.count;

        for (size_t j = 0; is_same && j < key->columns.count; j++)
            is_same = foresee_source(live, child->values.items[foresee_position(
                                               table, key->columns.items[j])]) ==
                          other->columns.items[j] &&
                      foresee_source(
                          other->referenced,
                          parent->values.items[foresee_position(
                              key->referenced, key->referenced_columns.items[j])]) ==
                          other->referenced_columns.items[j];
        if (is_same)
            return true;
    }
    return false;
}

/* SELECT k1, k2, count(*) FROM (...) WHERE k1 IS NOT NULL AND NOT EXISTS (...) GROUP BY k1, k2 */
static int ask_for_orphans(struct look *look, const struct table *table,
                           const struct branch *branch, const struct constraint *key)
{
    struct question question = question_begin(table, branch);
    struct foresee_query *query = arena_zalloc(look->arena, sizeof(*query));
    struct aside_rows rows =
        foresee_aside_rows(look, source_of(look, branch), table, branch);
    const char *keys = "";
    const char *present = "";
    const char *match = "";
    const char *parents;

    query->table = branch->source->name;
    query->foreign_key =
        arena_printf(look->arena, "\"%s\" of \"%s\"", key->name, table->name);
    for (size_t i = 0; i < key->columns.count; i++) {
        const struct column *column = key->columns.items[i];
        const struct column *parent = key->referenced_columns.items[i];
        const char *name = arena_printf(look->arena, "k%zu", i + 1);

        list_add(look->arena, &query->key, (void *)column->name);
        question_ask(look, &question, name, column->type,
                     branch->values.items[foresee_position(table, column)]);
        list_add(look->arena, &rows.types, (void *)column->type);
        list_add(look->arena, &rows.values,
                 branch->values.items[foresee_position(table, column)]);
        keys = arena_printf(look->arena, "%s%sq.%s", keys, i > 0 ? ", " : "", name);
        present = arena_printf(look->arena, "%sq.%s IS NOT NULL AND ", present, name);
        match =
            arena_printf(look->arena, "%s%sp.%s = q.%s", match, i > 0 ? " AND " : "",
                         ddl_name(look->arena, NULL, parent->name), name);
    }
    parents = arena_printf(
        look->arena, "%sNOT EXISTS (SELECT 1 FROM %s WHERE %s)", present,
        rows_relation(&look->plan->simulation, key->referenced, "p"), match);
    query->may_go_aside = aside_is_possible(look->plan, rows.live);
    if (look->options->sets_aside && query->may_go_aside) {
        query->aside_reason = arena_printf(
            look->arena, "refers to a row that is not there (foreign key %s)",
            query->foreign_key);
        query->aside_sql =
            aside_of_orphans(&rows, parents, query->aside_reason, look->err);
        if (query->aside_sql == NULL)
            return -1;
    }
    return foresee_add(
        look, query,
        arena_printf(
            look->arena,
            "SELECT %s, count(*) FROM (%s) AS q WHERE %s GROUP BY %s LIMIT %d", keys,
            branch_select(&look->plan->simulation, &question.columns, &question.branch),
            parents, keys, FORESEE_ROWS_MAX));
}

int foresee_reference(struct look *look, const struct table *table,
                      const struct branch *branch, const struct constraint *key)
{
    const struct rows *parents = key->referenced->rows;

    for (size_t i = 0; i < key->columns.count; i++) {
        if (ast_is_null(
                branch->values.items[foresee_position(table, key->columns.items[i])]))
            return 0; /* it refers to nothing */
    }
    if (!are_read(look, table, branch, &key->columns) ||
        (!look->options->everything && parents->branches.count > 0 &&
         is_so_already(look, table, branch, key)))
        return 0;
    for (size_t i = 0; i < parents->branches.count; i++) {
        if (!are_read(look, key->referenced, parents->branches.items[i],
                      &key->referenced_columns))
            return 0;
    }
    return ask_for_orphans(look, table, branch, key);
}
