/* SPDX-License-Identifier: Apache-2.0
 *
 * plan_views.c - views that a server would let go to ruin: one that knows tables and columns by
 * their names only, and looks at them when the view is read.
 */
#include "config.h"

#include <string.h>

#include "compiler/plan_internal.h"

/* What goes of what the view uses; NULL for nothing. */
static const char *lost_by(struct plan *plan, const struct table_plan *table,
                           const struct live_extra *view)
{
    if (table->target == NULL)
        return "the table is not in the target version";
    if (plan_is_table_renamed(table))
        return arena_printf(plan->arena, "the table becomes \"%s\"",
                            table->target->name);
    for (size_t i = 0; i < view->columns.count; i++) {
        const char *name = view->columns.items[i];
        const struct column *column = plan_became(table->target, name);

        if (column == NULL || strcmp(column->name, name) != 0)
            return arena_printf(plan->arena,
                                "column \"%s\" is not in the target version", name);
    }
    return NULL;
}

void plan_refuse_broken_views(struct plan *plan)
{
    for (size_t i = 0; i < plan->tables.count; i++) {
        const struct table_plan *table = plan->tables.items[i];

        for (size_t j = 0; table->live != NULL && j < table->live->live->extras.count;
             j++) {
            const struct live_extra *extra = table->live->live->extras.items[j];
            const char *lost =
                strcmp(extra->kind, "view") == 0 ? lost_by(plan, table, extra) : NULL;

            if (lost != NULL)
                plan_refuse_extra(plan, table, extra, lost);
        }
    }
}
