/* SPDX-License-Identifier: Apache-2.0
 *
 * foresee_keys.c - rows that would have one key.
 */
#include "config.h"

#include <string.h>

#include "compiler/foresee_aside.h"
#include "compiler/foresee_internal.h"
#include "compiler/plan_internal.h"
#include "compiler/resolve.h"
#include "render.h"

struct aside_rows foresee_aside_rows(const struct look *look, const struct table *live,
                                     const struct table *table,
                                     const struct branch *branch)
{
    return (struct aside_rows){
        .plan = look->plan,
        .shadow = look->options->shadow,
        .live = live,
        .table = table,
        .branch = branch,
    };
}

/* SELECT k1, k2, count(*), min(p), max(p) FROM (...) GROUP BY k1, k2 HAVING count(*) > 1 */
static int ask_for_key(struct look *look, const struct table *live,
                       const struct table *table, const struct branch *branch,
                       const char *key, const struct list *names,
                       const struct list *types, const struct list *values)
{
    struct question question = question_begin(table, branch);
    struct foresee_query *query = arena_zalloc(look->arena, sizeof(*query));
    const struct constraint *primary = table_primary_key(live);
    const char *keys = "";
    const char *present = "";

    query->table = live->name;
    query->key = *names;
    for (size_t i = 0; i < values->count; i++) {
        const char *name = arena_printf(look->arena, "k%zu", i + 1);

        question_ask(look, &question, name, types->items[i], values->items[i]);
        keys = arena_printf(look->arena, "%s%sq.%s", keys, i > 0 ? ", " : "", name);
        present = arena_printf(look->arena, "%s%sq.%s IS NOT NULL", present,
                               i > 0 ? " AND " : "", name);
    }
    query->has_ends = primary != NULL && primary->columns.count == 1;
    if (query->has_ends) {
        const struct column *column = primary->columns.items[0];

        question_ask(look, &question, "p", column->type,
                     ast_column(look->arena, ROWS_SOURCE_ALIAS, column->name));
    }
    query->may_go_aside = aside_is_possible(look->plan, live);
    if (look->options->sets_aside && query->may_go_aside) {
        struct aside_rows rows = foresee_aside_rows(look, live, table, branch);

        struct question unfit = question_begin(table, branch);
        struct foresee_query reasons = {0};

        rows.types = *types;
        rows.values = *values;
        rows.unfit =
            foresee_reasons(look, live, table, branch, &unfit, &reasons, NULL, false);
        query->aside_reason =
            arena_printf(look->arena,
                         "has a key that another row has, too, which comes first by "
                         "its primary key and stays (\"%s\" of \"%s\")",
                         key, table->name);
        query->aside_sql = aside_of_repeated(&rows, query->aside_reason, look->err);
        if (query->aside_sql == NULL)
            return -1;
    }
    return foresee_add(
        look, query,
        arena_printf(
            look->arena,
            "SELECT %s, count(*)%s FROM (%s) AS q WHERE %s GROUP "
            "BY %s HAVING count(*) > 1 LIMIT %d",
            keys, query->has_ends ? ", min(q.p), max(q.p)" : "",
            branch_select(&look->plan->simulation, &question.columns, &question.branch),
            present, keys, FORESEE_ROWS_MAX));
}

size_t foresee_position(const struct table *table, const struct column *column)
{
    size_t position = 0;

    while (position < table->columns.count && table->columns.items[position] != column)
        position++;
    return position;
}

static const char *collation_in(const char *type)
{
    const char *said = strstr(type, "COLLATE ");

    return said != NULL ? said : "";
}

/* Where texts compare as their types say, they must do so before as they will after. */
static bool compare_alike(const struct look *look, const struct column *source,
                          const struct column *target)
{
    if (!dialect_has_own_grammar(look->plan->dialect) ||
        foresee_length_of(target->type) < 0)
        return true;
    return source != NULL &&
           strcmp(collation_in(source->type), collation_in(target->type)) == 0;
}

/* A constraint's columns, each what it was, from a joined table, or computed. */
int foresee_key(struct look *look, const struct table *live, const struct table *table,
                const struct branch *branch, const char *key,
                const struct list *columns)
{
    struct list names = {NULL, 0, 0};
    struct list types = {NULL, 0, 0};
    struct list values = {NULL, 0, 0};
    struct list sources = {NULL, 0, 0};

    for (size_t i = 0; i < columns->count; i++) {
        const struct column *column = columns->items[i];
        ast_node *value = branch->values.items[foresee_position(table, column)];
        const struct column *source = foresee_source(live, value);
        const char *qualifier;

        if (ast_column_name(value, &qualifier) == NULL && !ast_is_constant(value) &&
            !(look->may_join && foresee_can_compute(look, branch, value)))
            return 0;
        if (!compare_alike(look, source, column))
            return 0;
        if (source == NULL && !ast_is_constant(value) && !look->may_join)
            return 0;
        if (source != NULL)
            list_add(look->arena, &sources, (void *)source);
        list_add(look->arena, &names, (void *)column->name);
        list_add(look->arena, &types, (void *)column->type);
        list_add(look->arena, &values, value);
    }
    return table_has_key_within(live, &sources)
               ? 0
               : ask_for_key(look, live, table, branch, key, &names, &types, &values);
}

/* An index may be of expressions. */
int foresee_index(struct look *look, const struct table *live,
                  const struct table *table, const struct branch *branch,
                  const struct index *index)
{
    const PgQuery__IndexStmt *statement = index->statement->index_stmt;
    struct scope scope = resolve_scope_of(table->name, table, branch);
    struct list names = {NULL, 0, 0};
    struct list types = {NULL, 0, 0};
    struct list values = {NULL, 0, 0};
    struct list columns = {NULL, 0, 0};

    if (!statement->unique || statement->where_clause != NULL ||
        index->live_name != NULL)
        return 0;
    for (size_t i = 0; i < statement->n_index_params; i++) {
        const PgQuery__IndexElem *element = statement->index_params[i]->index_elem;
        ast_node *value;

        if (element->expr == NULL) {
            struct column *column = table_find_column(table, element->name);

            if (column == NULL)
                return 0;
            list_add(look->arena, &columns, column);
            continue;
        }
        value = resolve_expression(&look->plan->simulation, &scope,
                                   ast_clone(look->arena, element->expr), look->err);
        if (value == NULL)
            return -1;
        list_add(look->arena, &names, ast_text(look->arena, element->expr));
        list_add(look->arena, &types, (void *)"text");
        list_add(look->arena, &values, value);
    }
    if (values.count == 0)
        return foresee_key(look, live, table, branch, index->name, &columns);
    return columns.count > 0 ? 0
                             : ask_for_key(look, live, table, branch, index->name,
                                           &names, &types, &values);
}
