/* SPDX-License-Identifier: Apache-2.0
 *
 * foresee_question.c - what questions about rows are made of.
 */
#include "config.h"

#include <string.h>

#include "compiler/fallible.h"
#include "compiler/foresee_internal.h"
#include "compiler/plan_internal.h"

void question_ask(struct look *look, struct question *question, const char *name,
                  const char *type, ast_node *value)
{
    struct column *column = arena_zalloc(look->arena, sizeof(*column));

    column->name = name;
    column->type = type;
    list_add(look->arena, &question->columns.columns, column);
    list_add(look->arena, &question->branch.values, value);
}

struct question question_begin(const struct table *table, const struct branch *branch)
{
    struct question question = {*table, *branch};

    question.columns.columns = (struct list){NULL, 0, 0};
    question.branch.values = (struct list){NULL, 0, 0};
    return question;
}

const struct column *foresee_source(const struct table *live, const ast_node *value)
{
    const char *qualifier;
    const char *name = ast_column_name(value, &qualifier);

    return name != NULL && qualifier != NULL &&
                   strcmp(qualifier, ROWS_SOURCE_ALIAS) == 0
               ? table_find_column(live, name)
               : NULL;
}

/* --- what can be computed ahead ---------------------------------------------------- */

struct need {
    const struct look *look;
    const struct branch *branch;
    bool is_there;
};

static const struct join *join_of(const struct branch *branch, const char *alias)
{
    for (size_t i = 0; i < branch->joins.count; i++) {
        const struct join *join = branch->joins.items[i];

        if (strcmp(join->alias, alias) == 0)
            return join;
    }
    return NULL;
}

static bool names_made(const struct look *look, const char *text)
{
    for (size_t i = 0; i < look->made.count; i++) {
        if (strstr(text, look->made.items[i]) != NULL)
            return true;
    }
    return strstr(text, "nextval(") != NULL;
}

static bool find_join(ast_node **slot, void *context)
{
    struct need *need = context;
    const char *qualifier;
    const struct join *join;

    if (ast_column_name(*slot, &qualifier) == NULL || qualifier == NULL)
        return need->is_there;
    join = join_of(need->branch, qualifier);
    if (join != NULL &&
        (!need->look->may_join || names_made(need->look, join->relation)))
        need->is_there = false;
    return need->is_there;
}

/* Whether the value can be had ahead for what it costs: from the row itself, or from joins
 * where all tables are small. */
bool foresee_can_compute(const struct look *look, const struct branch *branch,
                         const ast_node *value)
{
    struct need need = {look, branch, true};
    ast_node *node = (ast_node *)value;

    ast_walk(&node, find_join, &need);
    return need.is_there && expression_is_repeatable(value, &look->made);
}

int foresee_add(struct look *look, struct foresee_query *query, const char *sql)
{
    query->sql = plan_print(look->plan, sql, look->err);
    if (query->sql == NULL)
        return -1;
    list_add(look->arena, look->queries, query);
    return 0;
}
