/* SPDX-License-Identifier: Apache-2.0
 *
 * plan_extras.c - views, triggers, rules and what else of the user's hangs on the tables: what
 * is taken away for the swap and put back after it, and what cannot be.
 */
#include "config.h"

#include <string.h>

#include "compiler/plan_internal.h"

static bool is_view(const struct live_extra *extra)
{
    return strstr(extra->kind, "view") != NULL;
}

/* A column that something of the user's needs and that will be gone or of another type. */
static const char *lost_column(const struct table_plan *table,
                               const struct live_extra *extra, bool *is_gone)
{
    for (size_t i = 0; i < extra->columns.count; i++) {
        const char *name = extra->columns.items[i];
        const struct column *found = NULL;

        for (size_t j = 0; table->target != NULL && j < table->target->columns.count;
             j++) {
            const struct column *column = table->target->columns.items[j];

            if (catalog_same_text(column->live_name, name))
                found = column;
        }
        *is_gone = found == NULL || strcmp(found->name, name) != 0;
        if (*is_gone || !catalog_same_text(found->type, found->live_type))
            return name;
    }
    return NULL;
}

/* Whether an extra has to be taken away and put back; reports what cannot be. */
static bool extra_moves(struct plan *plan, const struct table_plan *table,
                        const struct live_extra *extra)
{
    bool is_gone = false;
    const char *lost = lost_column(table, extra, &is_gone);
    bool is_renamed = table->target != NULL &&
                      strcmp(table->target->name, table->live->live->name) != 0;
    bool touches = table->action == TABLE_REWRITTEN || table->action == TABLE_DROPPED;

    if (table->action == TABLE_METADATA && is_view(extra)) {
        if (lost == NULL)
            return false; /* the server follows renames by itself */
        touches = true;
    }
    if (!touches)
        return false;
    if (extra->is_blocking ||
        (is_view(extra) && (table->action == TABLE_DROPPED || is_gone || is_renamed)) ||
        (is_renamed && strcmp(extra->kind, "rule") == 0)) {
        const char *what =
            table->action == TABLE_DROPPED ? "the table is not in the target version"
            : extra->is_blocking           ? "it cannot be moved to the new table"
            : is_renamed
                ? arena_printf(plan->arena, "the table becomes \"%s\"",
                               table->target->name)
                : arena_printf(plan->arena,
                               "column \"%s\" is not in the target version", lost);

        plan_problem(
            plan, true,
            arena_printf(plan->arena, "%s \"%s\" uses table \"%s\", and %s",
                         extra->kind, extra->name, table->live->live->name, what),
            "Drop it before the migration and make it again, adapted, afterwards.");
        return false;
    }
    return table->action != TABLE_DROPPED;
}

/* Texts name the table as it was; rename them where it gets another name. */
static const char *adapted(struct plan *plan, const struct table_plan *table,
                           const char *sql)
{
    const char *old_name = table->live->live->name;
    const char *from =
        arena_printf(plan->arena, "%s.%s ", plan->live->schema, old_name);
    const char *to =
        arena_printf(plan->arena, "%s.%s ", plan->live->schema, table->target->name);
    const char *at = strstr(sql, from);

    if (strcmp(old_name, table->target->name) == 0 || at == NULL)
        return sql;
    return arena_printf(plan->arena, "%.*s%s%s", (int)(at - sql), sql, to,
                        adapted(plan, table, at + strlen(from)));
}

void plan_collect_extras(struct plan *plan, struct plan_extras *moved)
{
    for (size_t i = 0; i < plan->tables.count; i++) {
        const struct table_plan *table = plan->tables.items[i];

        for (size_t j = 0; table->live != NULL && j < table->live->live->extras.count;
             j++) {
            const struct live_extra *extra = table->live->live->extras.items[j];
            const char *create;

            if (!extra_moves(plan, table, extra))
                continue;
            if (extra->remove_sql != NULL &&
                !list_has_text(&moved->remove, extra->remove_sql))
                list_add(plan->arena, &moved->remove, (void *)extra->remove_sql);
            if (extra->create_sql == NULL)
                continue;
            create = adapted(plan, table, extra->create_sql);
            if (!list_has_text(&moved->create, create))
                list_add(plan->arena, &moved->create, (void *)create);
        }
    }
}
