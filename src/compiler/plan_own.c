/* SPDX-License-Identifier: Apache-2.0
 *
 * plan_own.c - columns and constraints of the user's own that cannot go with their table into
 * the target: generated columns over what goes or changes, and constraints of which only the
 * server's text is known over a column that gets another name.
 */
#include "config.h"

#include <string.h>

#include "compiler/plan_internal.h"

struct search {
    struct plan *plan;
    const struct table_plan *table;
    const char *wrong; /* NULL as long as nothing is */
};

/* A column that an expression names: it must stay, and be of the same type. */
static bool look_at_name(ast_node **slot, void *context)
{
    struct search *search = context;
    const char *qualifier;
    const char *name = ast_column_name(*slot, &qualifier);
    const struct column *column;

    if (name == NULL || table_find_column(search->table->live, name) == NULL)
        return true;
    column = plan_became(search->table->target, name);
    if (column == NULL)
        search->wrong =
            arena_printf(search->plan->arena,
                         "column \"%s\", which is not in the target version", name);
    else if (!catalog_same_text(column->type, column->live_type))
        search->wrong = arena_printf(
            search->plan->arena, "column \"%s\", which becomes %s", name, column->type);
    return search->wrong == NULL;
}

static void look_at_generated(struct plan *plan, const struct table_plan *table,
                              const struct column *live)
{
    struct search search = {plan, table, NULL};
    ast_node *expression = live->default_value;

    if (!live->is_generated || expression == NULL ||
        plan_became(table->target, live->name) == NULL)
        return;
    ast_walk(&expression, look_at_name, &search);
    if (search.wrong == NULL)
        return;
    plan_problem(plan, true,
                 arena_printf(plan->arena,
                              "generated column \"%s\" of table \"%s\" is computed "
                              "from %s",
                              live->name, table->live->name, search.wrong),
                 "Drop the column before the migration and make it again, adapted, "
                 "afterwards.");
}

static void look_at_text(struct plan *plan, const struct table_plan *table,
                         const struct constraint *constraint)
{
    for (size_t i = 0; i < constraint->columns.count; i++) {
        const struct column *column = constraint->columns.items[i];

        if (column->live_name == NULL || strcmp(column->live_name, column->name) == 0)
            continue;
        plan_problem(plan, true,
                     arena_printf(plan->arena,
                                  "constraint \"%s\" of table \"%s\" is of column "
                                  "\"%s\", which becomes \"%s\"",
                                  constraint->name, table->live->name,
                                  column->live_name, column->name),
                     "Drop it before the migration and make it again, adapted, "
                     "afterwards.");
        return;
    }
}

void plan_refuse_own(struct plan *plan)
{
    for (size_t i = 0; i < plan->tables.count; i++) {
        const struct table_plan *table = plan->tables.items[i];

        if (table->live == NULL || table->target == NULL)
            continue;
        for (size_t j = 0; j < table->live->columns.count; j++)
            look_at_generated(plan, table, table->live->columns.items[j]);
        for (size_t j = 0; plan_is_built(table) && j < table->target->constraints.count;
             j++) {
            const struct constraint *constraint = table->target->constraints.items[j];

            if (constraint->kind == CONSTRAINT_OTHER)
                look_at_text(plan, table, constraint);
        }
    }
}
