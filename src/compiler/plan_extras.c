/* SPDX-License-Identifier: Apache-2.0
 *
 * plan_extras.c - views, triggers, rules and what else of the user's hangs on the tables: what
 * is taken away for the swap and put back after it, and what cannot be.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/plan_internal.h"

static bool is_view(const struct live_extra *extra)
{
    return strstr(extra->kind, "view") != NULL;
}

/* What is written over names of tables and columns, and cannot be rewritten here. */
static bool is_bound(const struct live_extra *extra)
{
    return is_view(extra) || strcmp(extra->kind, "function") == 0;
}

/* What the server drops together with a column. */
static bool goes_with_column(const struct live_extra *extra)
{
    return strncmp(extra->kind, "column ", strlen("column ")) == 0 ||
           strcmp(extra->kind, "extended statistics") == 0;
}

/* What becomes of the columns that something of the user's needs. */
struct fate {
    const char *gone; /* one that is not in the target; NULL where there is none */
    const char *renamed;
    bool is_retyped;
};

static struct fate fate_of(const struct table_plan *table,
                           const struct live_extra *extra)
{
    struct fate fate = {NULL, NULL, false};

    for (size_t i = 0; i < extra->columns.count; i++) {
        const char *name = extra->columns.items[i];
        const struct column *column = plan_became(table->target, name);

        if (column == NULL)
            fate.gone = name;
        else if (strcmp(column->name, name) != 0)
            fate.renamed = name;
        if (column != NULL && !catalog_same_text(column->type, column->live_type))
            fate.is_retyped = true;
    }
    return fate;
}

void plan_refuse_extra(struct plan *plan, const struct table_plan *table,
                       const struct live_extra *extra, const char *why)
{
    plan_problem(
        plan, true,
        arena_printf(plan->arena, "%s \"%s\" uses table \"%s\", and %s", extra->kind,
                     extra->name, table->live->live->name, why),
        "Drop it before the migration and make it again, adapted, afterwards.");
}

static void refuse(struct plan *plan, const struct table_plan *table,
                   const struct live_extra *extra, const char *lost)
{
    const char *what =
        table->action == TABLE_DROPPED ? "the table is not in the target version"
        : extra->is_blocking           ? "it cannot be moved to the new table"
        : lost != NULL
            ? arena_printf(plan->arena, "column \"%s\" is not in the target version",
                           lost)
            : arena_printf(plan->arena, "the table becomes \"%s\"",
                           table->target->name);

    plan_refuse_extra(plan, table, extra, what);
}

/* Whether it cannot have the names of the target. */
static bool cannot_follow(const struct table_plan *table,
                          const struct live_extra *extra, const struct fate *fate)
{
    if (fate->gone != NULL)
        return !goes_with_column(extra);
    if (strcmp(extra->kind, "rule") == 0)
        return plan_is_table_renamed(table);
    return is_bound(extra) && extra->definition == NULL &&
           (fate->renamed != NULL || plan_is_table_renamed(table));
}

/* Whether an extra has to be taken away and put back; reports what cannot be. */
static bool extra_moves(struct plan *plan, const struct table_plan *table,
                        const struct live_extra *extra)
{
    struct fate fate = fate_of(table, extra);
    bool is_dropped = table->action == TABLE_DROPPED;

    if (table->action == TABLE_METADATA) {
        /* The server follows by itself, but does not change a type below a view. */
        if ((fate.gone == NULL && !fate.is_retyped) || goes_with_column(extra))
            return false;
    } else if (table->action != TABLE_REWRITTEN && !is_dropped) {
        return false;
    }
    if (extra->is_blocking || (is_dropped && is_bound(extra)) ||
        (!is_dropped && cannot_follow(table, extra, &fate))) {
        refuse(plan, table, extra, fate.gone != NULL ? fate.gone : fate.renamed);
        return false;
    }
    return !is_dropped && fate.gone == NULL;
}

/* What puts an extra back; NULL where it cannot be read, which is reported. */
static const char *adapted(struct plan *plan, const struct table_plan *table,
                           const struct live_extra *extra)
{
    const char *sql;
    struct err err;

    if (!plan_is_table_renamed(table) && fate_of(table, extra).renamed == NULL)
        return extra->create_sql;
    err_clear(&err);
    sql = plan_adapt(plan, table, extra->create_sql, &err);
    if (sql == NULL)
        plan_refuse_extra(
            plan, table, extra,
            arena_printf(plan->arena, "what makes it is not understood: %s", err.text));
    return sql;
}

/* In a transaction of its own, when clients are at work again. */
static void add_finish(struct plan *plan, const struct table_plan *table,
                       const struct live_extra *extra)
{
    size_t job = job_graph_add(
        &plan->finish, JOB_SQL,
        arena_printf(plan->arena, "finish:%s:%s", table->target->name, extra->name));

    plan->finish.jobs[job].table = table->target->name;
    plan->finish.jobs[job].phase = "validate";
    plan->finish.jobs[job].label = extra->name;
    plan->finish.jobs[job].rows = -1;
    plan->finish.jobs[job].weight = 1;
    plan->finish.jobs[job].sql = extra->finish_sql;
}

static void collect(struct plan *plan, const struct table_plan *table,
                    const struct live_extra *extra, struct plan_extras *moved,
                    struct list *views)
{
    const char *create;

    if (!extra_moves(plan, table, extra))
        return;
    if (extra->remove_sql != NULL && !list_has_text(&moved->remove, extra->remove_sql))
        list_add(plan->arena, &moved->remove, (void *)extra->remove_sql);
    if (extra->create_sql == NULL)
        return;
    create = extra->definition == NULL       ? adapted(plan, table, extra)
             : plan_must_follow(plan, extra) ? plan_followed(plan, extra, views)
                                             : extra->create_sql;
    if (create != NULL && extra->finish_sql != NULL)
        add_finish(plan, table, extra);
    if (create != NULL && !list_has_text(&moved->create, create))
        list_add(plan->arena, &moved->create, (void *)create);
}

struct placed {
    const struct table_plan *table;
    const struct live_extra *extra;
    size_t place; /* qsort() keeps no order by itself */
};

static int compare(const void *a, const void *b)
{
    const struct placed *left = a;
    const struct placed *right = b;

    if (left->extra->rank != right->extra->rank)
        return left->extra->rank < right->extra->rank ? -1 : 1;
    return left->place < right->place ? -1 : left->place > right->place;
}

void plan_collect_extras(struct plan *plan, struct plan_extras *moved)
{
    struct list views = {NULL, 0, 0};
    struct placed *all;
    size_t count = 0;

    for (size_t i = 0; i < plan->tables.count; i++) {
        const struct table_plan *table = plan->tables.items[i];

        count += table->live != NULL ? table->live->live->extras.count : 0;
    }
    all = arena_alloc(plan->arena, (count + 1) * sizeof(*all));
    count = 0;
    for (size_t i = 0; i < plan->tables.count; i++) {
        const struct table_plan *table = plan->tables.items[i];

        for (size_t j = 0; table->live != NULL && j < table->live->live->extras.count;
             j++) {
            all[count] =
                (struct placed){table, table->live->live->extras.items[j], count};
            count++;
        }
    }
    /* A view of one table's may be over a view of another's. */
    qsort(all, count, sizeof(*all), compare);
    for (size_t i = 0; i < count; i++)
        collect(plan, all[i].table, all[i].extra, moved, &views);
    plan_follow(plan, &views, &moved->follow);
}
