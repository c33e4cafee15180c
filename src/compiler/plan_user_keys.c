/* SPDX-License-Identifier: Apache-2.0
 *
 * plan_user_keys.c - foreign keys of tables that are not Airflow's.
 */
#include "config.h"

#include <string.h>

#include "base/embedded.h"
#include "compiler/plan_internal.h"

static bool names_table(const struct revision *revision, const char *table)
{
    const char *text = embedded_text(revision->path);
    const char *at = text;
    size_t length = strlen(table);

    while (at != NULL && (at = strstr(at, table)) != NULL) {
        char before = at > text ? at[-1] : ' ';

        if ((before == ' ' || before == '"') &&
            (at[length] == ' ' || at[length] == ';' || at[length] == '"' ||
             at[length] == '\n'))
            return true;
        at += length;
    }
    return false;
}

bool plan_is_airflows(const struct plan *plan, const char *table)
{
    const struct chain *chain = &plan->core.chain;

    for (size_t i = 0; i < chain->revisions.count; i++) {
        if (names_table(chain->revisions.items[i], table))
            return true;
    }
    return (chain->base != NULL && names_table(chain->base, table)) ||
           strncmp(table, "ab_", 3) == 0;
}

void plan_restore_user_keys(struct plan *plan)
{
    for (size_t i = 0; i < plan->tables.count; i++) {
        const struct table_plan *table = plan->tables.items[i];

        if (table->live == NULL || table->target == NULL ||
            plan_is_airflows(plan, table->live->live->name))
            continue;
        for (size_t j = 0; j < table->live->constraints.count; j++) {
            const struct constraint *live = table->live->constraints.items[j];
            struct constraint *again;
            struct table *referenced = NULL;
            struct list columns = {NULL, 0, 0};

            if (live->kind != CONSTRAINT_FOREIGN ||
                table_find_constraint(table->target, live->name) != NULL)
                continue;
            for (size_t k = 0; k < plan->tables.count; k++) {
                const struct table_plan *other = plan->tables.items[k];

                if (other->live == live->referenced)
                    referenced = other->target;
            }
            for (size_t k = 0; referenced != NULL && k < live->referenced_columns.count;
                 k++) {
                const struct column *old = live->referenced_columns.items[k];

                struct column *column = plan_became(referenced, old->name);

                if (column != NULL)
                    list_add(plan->arena, &columns, column);
            }
            if (referenced == NULL || columns.count != live->referenced_columns.count ||
                !table_has_key_within(referenced, &columns)) {
                plan_problem(
                    plan, true,
                    arena_printf(plan->arena,
                                 "foreign key \"%s\" of table \"%s\" refers to a key "
                                 "of \"%s\" that the target version does not have",
                                 live->name, table->live->live->name,
                                 live->referenced->name),
                    "Drop the foreign key before the migration.");
                continue;
            }
            again = arena_zalloc(plan->arena, sizeof(*again));
            *again = *live;
            again->referenced = referenced;
            again->referenced_columns = columns;
            again->columns.items = NULL;
            again->columns.count = 0;
            again->columns.capacity = 0;
            for (size_t k = 0; k < live->columns.count; k++)
                list_add(
                    plan->arena, &again->columns,
                    table_find_column(table->target,
                                      ((struct column *)live->columns.items[k])->name));
            list_add(plan->arena, &table->target->constraints, again);
        }
    }
}
