/* SPDX-License-Identifier: Apache-2.0
 *
 * plan_match.c - which constraints and indexes of a kept table are what the target has, under
 * whatever name: they stay in place, others are dropped or made.
 */
#include "config.h"

#include <string.h>

#include "compiler/plan_internal.h"
#include "compiler/rows.h"

/* Whether a constraint of the target is what the live one is, names aside. */
static bool same_constraint(struct plan *plan, const struct constraint *target,
                            const struct constraint *live)
{
    if (target->kind != live->kind || !catalog_same_text(target->suffix, live->suffix))
        return false;
    switch (target->kind) {
    case CONSTRAINT_PRIMARY:
    case CONSTRAINT_UNIQUE:
        return columns_came_from(&target->columns, &live->columns);
    case CONSTRAINT_FOREIGN:
        return target->referenced->live != NULL &&
               strcmp(target->referenced->live->name, live->referenced->name) == 0 &&
               columns_came_from(&target->columns, &live->columns) &&
               columns_came_from(&target->referenced_columns,
                                 &live->referenced_columns) &&
               catalog_same_text(target->on_delete, live->on_delete) &&
               catalog_same_text(target->on_update, live->on_update);
    case CONSTRAINT_CHECK:
        return strcmp(ddl_canonical_constraint(plan->arena, target),
                      ddl_canonical_constraint(plan->arena, live)) == 0;
    case CONSTRAINT_OTHER:
        return catalog_same_text(target->live_name, live->name);
    }
    return false;
}

bool plan_is_claimed(const struct table_plan *table, const char *live)
{
    for (size_t i = 0; i < table->target->constraints.count; i++) {
        const struct constraint *constraint = table->target->constraints.items[i];

        if (constraint->live_name != NULL && strcmp(constraint->live_name, live) == 0)
            return true;
    }
    for (size_t i = 0; i < table->target->indexes.count; i++) {
        const struct index *index = table->target->indexes.items[i];

        if (index->live_name != NULL && strcmp(index->live_name, live) == 0)
            return true;
    }
    return false;
}

static struct constraint *matching_constraint(struct plan *plan,
                                              const struct table_plan *table,
                                              struct constraint *constraint)
{
    if (table->live == NULL)
        return NULL;
    if (constraint->live_name != NULL) {
        struct constraint *live =
            table_find_constraint(table->live, constraint->live_name);

        return live != NULL && same_constraint(plan, constraint, live) ? live : NULL;
    }
    /* Dropped and made again the same: a rename at most. */
    for (size_t i = 0; i < table->live->constraints.count; i++) {
        struct constraint *live = table->live->constraints.items[i];

        if (!plan_is_claimed(table, live->name) &&
            same_constraint(plan, constraint, live)) {
            constraint->live_name = live->name;
            return live;
        }
    }
    return NULL;
}

bool plan_keeps_constraint(struct plan *plan, const struct table_plan *table,
                           const struct constraint *constraint)
{
    if (table->action != TABLE_METADATA ||
        matching_constraint(plan, table, (struct constraint *)constraint) == NULL)
        return false;
    if (constraint->kind == CONSTRAINT_FOREIGN) {
        const struct table_plan *other = plan_find(plan, constraint->referenced);

        return other != NULL && other->action == TABLE_METADATA;
    }
    return true;
}

static const char *canonical_with_live_names(struct plan *plan,
                                             const struct table *table,
                                             const struct index *index)
{
    struct index copy = *index;

    copy.statement = ast_clone(plan->arena, index->statement);
    for (size_t i = 0; i < copy.statement->index_stmt->n_index_params; i++) {
        PgQuery__IndexElem *element =
            copy.statement->index_stmt->index_params[i]->index_elem;
        const struct column *column;

        if (element->name == NULL || *element->name == '\0')
            continue;
        column = table_find_column(table, element->name);
        if (column == NULL || column->live_name == NULL)
            return "";
        element->name = (char *)column->live_name;
    }
    return ddl_canonical_index(plan->arena, &copy);
}

static struct index *matching_index(struct plan *plan, const struct table_plan *table,
                                    struct index *index)
{
    const char *canonical;

    if (table->live == NULL)
        return NULL;
    if (index->live_name != NULL)
        return table_find_index(table->live, index->live_name);
    canonical = canonical_with_live_names(plan, table->target, index);
    for (size_t i = 0; i < table->live->indexes.count; i++) {
        struct index *live = table->live->indexes.items[i];

        if (!plan_is_claimed(table, live->name) &&
            strcmp(canonical, ddl_canonical_index(plan->arena, live)) == 0) {
            index->live_name = live->name;
            return live;
        }
    }
    return NULL;
}

bool plan_keeps_index(struct plan *plan, const struct table_plan *table,
                      const struct index *index)
{
    return table->action == TABLE_METADATA &&
           matching_index(plan, table, (struct index *)index) != NULL;
}

const struct constraint *plan_becomes(struct plan *plan, const struct table_plan *table,
                                      const struct constraint *live)
{
    for (size_t i = 0; table->target != NULL && i < table->target->constraints.count;
         i++) {
        const struct constraint *constraint = table->target->constraints.items[i];

        if (catalog_same_text(constraint->live_name, live->name) &&
            plan_keeps_constraint(plan, table, constraint))
            return constraint;
    }
    return NULL;
}

void plan_match(struct plan *plan)
{
    for (size_t i = 0; i < plan->tables.count; i++) {
        struct table_plan *table = plan->tables.items[i];

        for (size_t j = 0;
             table->target != NULL && j < table->target->constraints.count; j++)
            (void)plan_keeps_constraint(plan, table,
                                        table->target->constraints.items[j]);
        for (size_t j = 0; table->target != NULL && j < table->target->indexes.count;
             j++)
            (void)plan_keeps_index(plan, table, table->target->indexes.items[j]);
    }
}
