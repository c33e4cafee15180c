/* SPDX-License-Identifier: Apache-2.0
 *
 * plan_follow.c - views over tables and columns that get other names. Their definitions are
 * written by the server: for a moment, in the swap, the old tables have the new names.
 */
#include "config.h"

#include <string.h>

#include "compiler/plan_internal.h"

bool plan_is_table_renamed(const struct table_plan *table)
{
    return table->target != NULL && table->live != NULL &&
           strcmp(table->target->name, table->live->live->name) != 0;
}

static bool gets_other_names(const struct table_plan *table,
                             const struct live_extra *extra)
{
    if (plan_is_table_renamed(table))
        return true;
    for (size_t i = 0; i < extra->columns.count; i++) {
        const struct column *column =
            plan_became(table->target, extra->columns.items[i]);

        if (column != NULL && strcmp(column->name, extra->columns.items[i]) != 0)
            return true;
    }
    return false;
}

/* What hangs on the table of a view of that name; NULL where it is over no row of it. */
static const struct live_extra *extra_of(const struct table_plan *table,
                                         const char *view)
{
    for (size_t i = 0; table->live != NULL && i < table->live->live->extras.count;
         i++) {
        const struct live_extra *extra = table->live->live->extras.items[i];

        if (extra->definition != NULL && strcmp(extra->name, view) == 0)
            return extra;
    }
    return NULL;
}

bool plan_must_follow(const struct plan *plan, const struct live_extra *view)
{
    for (size_t i = 0; i < plan->tables.count; i++) {
        const struct table_plan *table = plan->tables.items[i];
        const struct live_extra *extra = extra_of(table, view->name);

        if (extra != NULL && gets_other_names(table, extra))
            return true;
    }
    return false;
}

static void refuse(struct plan *plan, const struct table_plan *table,
                   const struct live_extra *view, const char *name)
{
    plan_refuse_extra(
        plan, table, view,
        arena_printf(plan->arena,
                     "\"%s\" is a name there today and another one of the "
                     "target version",
                     name));
}

/* What is done for a moment, and what undoes it. */
struct renames {
    struct list there; /* const char * */
    struct list back;
};

static void rename_for_a_moment(struct plan *plan, struct renames *renames,
                                const char *there, const char *back)
{
    if (list_has_text(&renames->there, there))
        return;
    list_add(plan->arena, &renames->there, (void *)there);
    list_add(plan->arena, &renames->back, (void *)back);
}

static const char *column_rename(struct plan *plan, const struct table_plan *table,
                                 const char *from, const char *to)
{
    struct arena *arena = plan->arena;

    return arena_printf(arena, "ALTER TABLE %s RENAME COLUMN %s TO %s",
                        ddl_name(arena, plan->live->schema, table->live->live->name),
                        ddl_name(arena, NULL, from), ddl_name(arena, NULL, to));
}

static const char *table_rename(struct plan *plan, const char *from, const char *to)
{
    return arena_printf(plan->arena, "ALTER TABLE %s RENAME TO %s",
                        ddl_name(plan->arena, plan->live->schema, from),
                        ddl_name(plan->arena, NULL, to));
}

static void rename_columns(struct plan *plan, const struct table_plan *table,
                           const struct live_extra *view, struct renames *renames)
{
    for (size_t i = 0; i < view->columns.count; i++) {
        const char *live = view->columns.items[i];
        const struct column *column = plan_became(table->target, live);

        if (column == NULL || strcmp(column->name, live) == 0)
            continue;
        if (table_find_column(table->live, column->name) != NULL)
            refuse(plan, table, view, column->name);
        else
            rename_for_a_moment(plan, renames,
                                column_rename(plan, table, live, column->name),
                                column_rename(plan, table, column->name, live));
    }
}

static void rename_table(struct plan *plan, const struct table_plan *table,
                         const struct live_extra *view, struct renames *renames)
{
    const char *live = table->live->live->name;
    const char *target = table->target->name;

    if (!plan_is_table_renamed(table))
        return;
    if (catalog_find_table(plan->live, target) != NULL)
        refuse(plan, table, view, target);
    else
        rename_for_a_moment(plan, renames, table_rename(plan, live, target),
                            table_rename(plan, target, live));
}

static void rename_all(struct plan *plan, const struct list *views,
                       struct renames *renames,
                       void (*rename)(struct plan *, const struct table_plan *,
                                      const struct live_extra *, struct renames *))
{
    for (size_t i = 0; i < views->count; i++) {
        for (size_t j = 0; j < plan->tables.count; j++) {
            const struct table_plan *table = plan->tables.items[j];
            const struct live_extra *view = extra_of(table, views->items[i]);

            if (view != NULL)
                rename(plan, table, view, renames);
        }
    }
}

void plan_follow(struct plan *plan, const struct list *views, struct list *statements)
{
    struct arena *arena = plan->arena;
    struct renames renames = {{NULL, 0, 0}, {NULL, 0, 0}};

    rename_all(plan, views, &renames, rename_columns);
    rename_all(plan, views, &renames, rename_table); /* the last, and the first back */
    *statements = renames.there;
    for (size_t i = 0; i < views->count; i++)
        list_add(arena, statements,
                 (void *)arena_printf(arena,
                                      "SELECT set_config('airshift.view_%zu', "
                                      "rtrim(pg_get_viewdef(%s::regclass), ';'), true)",
                                      i + 1, ddl_literal(arena, views->items[i])));
    for (size_t i = renames.back.count; i-- > 0;)
        list_add(arena, statements, renames.back.items[i]);
}

const char *plan_followed(struct plan *plan, const struct live_extra *extra,
                          struct list *views)
{
    struct arena *arena = plan->arena;
    const char *at = strstr(extra->create_sql, extra->definition);
    size_t number = 0;

    while (number < views->count && strcmp(views->items[number], extra->name) != 0)
        number++;
    if (number == views->count)
        list_add(arena, views, (void *)extra->name);
    return arena_printf(
        arena,
        "DO $airshift$ BEGIN EXECUTE %s || current_setting('airshift.view_%zu') || %s; "
        "END $airshift$",
        ddl_literal(arena, arena_strndup(arena, extra->create_sql,
                                         (size_t)(at - extra->create_sql))),
        number + 1, ddl_literal(arena, at + strlen(extra->definition)));
}
