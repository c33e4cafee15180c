/* SPDX-License-Identifier: Apache-2.0
 *
 * plan_swap.c - the one transaction that turns the database from the old version to the
 * new: catalog changes only, so that its locks are short. What it adds unvalidated on big
 * tables is validated afterwards by plan->finish.
 */
#include "config.h"

#include <string.h>

#include "compiler/plan_internal.h"
#include "compiler/privileges.h"
#include "compiler/rows.h"
#include "render.h"

static void add(struct plan *plan, const char *sql)
{
    list_add(plan->arena, &plan->swap, (void *)sql);
}

static const char *live_name(struct plan *plan, const struct table_plan *table)
{
    return ddl_name(plan->arena, plan->live->schema, table->live->live->name);
}

static const char *target_name(struct plan *plan, const struct table_plan *table)
{
    return ddl_name(plan->arena, plan->live->schema, table->target->name);
}

static const char *quoted(struct plan *plan, const char *name)
{
    return ddl_name(plan->arena, NULL, name);
}

/* --- the phases of the transaction, in order --------------------------------------- */

static void touch_rows(struct plan *plan)
{
    for (size_t i = 0; i < plan->tables.count; i++) {
        const struct table_plan *table = plan->tables.items[i];

        for (size_t j = 0; j < table->touches.count; j++)
            add(plan, table->touches.items[j]);
    }
}

static void drop_foreign_keys(struct plan *plan)
{
    for (size_t i = 0; i < plan->tables.count; i++) {
        const struct table_plan *table = plan->tables.items[i];

        for (size_t j = 0; table->live != NULL && j < table->live->constraints.count;
             j++) {
            const struct constraint *live = table->live->constraints.items[j];

            if (live->kind == CONSTRAINT_FOREIGN &&
                plan_becomes(plan, table, live) == NULL)
                add(plan,
                    arena_printf(plan->arena, "ALTER TABLE %s DROP CONSTRAINT %s",
                                 live_name(plan, table), quoted(plan, live->name)));
        }
    }
}

static void drop_keys_and_indexes(struct plan *plan)
{
    for (size_t i = 0; i < plan->tables.count; i++) {
        const struct table_plan *table = plan->tables.items[i];

        if (table->action != TABLE_METADATA)
            continue;
        for (size_t j = 0; j < table->live->constraints.count; j++) {
            const struct constraint *live = table->live->constraints.items[j];

            if (live->kind != CONSTRAINT_FOREIGN &&
                plan_becomes(plan, table, live) == NULL)
                add(plan,
                    arena_printf(plan->arena, "ALTER TABLE %s DROP CONSTRAINT %s",
                                 live_name(plan, table), quoted(plan, live->name)));
        }
        for (size_t j = 0; j < table->live->indexes.count; j++) {
            const struct index *live = table->live->indexes.items[j];

            if (!plan_is_claimed(table, live->name))
                add(plan, arena_printf(
                              plan->arena, "DROP INDEX %s",
                              ddl_name(plan->arena, plan->live->schema, live->name)));
        }
    }
}

static struct sequence *live_sequence(const struct plan *plan, const char *name)
{
    return name != NULL ? catalog_find_sequence(plan->live, name) : NULL;
}

static bool sequence_survives(const struct plan *plan, const struct sequence *live)
{
    for (size_t i = 0; i < plan->target->sequences.count; i++) {
        const struct sequence *sequence = plan->target->sequences.items[i];

        if (catalog_same_text(sequence->live_name, live->name))
            return true;
    }
    return false;
}

static bool owner_goes(const struct plan *plan, const struct sequence *live)
{
    for (size_t i = 0; i < plan->tables.count; i++) {
        const struct table_plan *table = plan->tables.items[i];

        if (table->live == live->table && table->live != NULL)
            return table->action == TABLE_REWRITTEN || table->action == TABLE_DROPPED;
    }
    return false;
}

/* Sequences of tables that are replaced must not go with them. */
static void release_sequences(struct plan *plan)
{
    for (size_t i = 0; i < plan->live->sequences.count; i++) {
        const struct sequence *live = plan->live->sequences.items[i];

        if (sequence_survives(plan, live) && owner_goes(plan, live) &&
            live->table != NULL)
            add(plan,
                arena_printf(plan->arena, "ALTER SEQUENCE %s OWNED BY NONE",
                             ddl_name(plan->arena, plan->live->schema, live->name)));
    }
}

static void drop_tables(struct plan *plan)
{
    const char *names = "";

    for (size_t i = 0; i < plan->tables.count; i++) {
        const struct table_plan *table = plan->tables.items[i];

        if (table->action == TABLE_REWRITTEN || table->action == TABLE_DROPPED)
            names = arena_printf(plan->arena, "%s%s%s", names,
                                 *names != '\0' ? ", " : "", live_name(plan, table));
    }
    if (*names != '\0')
        add(plan, arena_printf(plan->arena, "DROP TABLE %s", names));
    for (size_t i = 0; i < plan->live->sequences.count; i++) {
        const struct sequence *live = plan->live->sequences.items[i];

        if (!sequence_survives(plan, live) && live->table == NULL)
            add(plan,
                arena_printf(plan->arena, "DROP SEQUENCE %s",
                             ddl_name(plan->arena, plan->live->schema, live->name)));
    }
}

static void alter_not_null(struct plan *plan, const char *table,
                           const struct column *column)
{
    const struct not_null *is = &column->not_null;
    const struct not_null *was = &column->live_not_null;

    if (column->is_not_null && !column->live_is_not_null) {
        add(plan, ddl_add_not_null(plan->arena, table, column));
        return;
    }
    if (!column->is_not_null && column->live_is_not_null)
        add(plan,
            arena_printf(plan->arena, "ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL",
                         table, quoted(plan, column->name)));
    if (is->name == NULL || was->name == NULL)
        return;
    if (strcmp(is->name, was->name) != 0)
        add(plan, arena_printf(plan->arena, "ALTER TABLE %s RENAME CONSTRAINT %s TO %s",
                               table, quoted(plan, was->name), quoted(plan, is->name)));
    if (was->is_unproved && !is->is_unproved)
        add(plan, arena_printf(plan->arena, "ALTER TABLE %s VALIDATE CONSTRAINT %s",
                               table, quoted(plan, is->name)));
}

static void alter_column(struct plan *plan, const char *table,
                         const struct column *column)
{
    const char *name = quoted(plan, column->name);
    const char *head =
        arena_printf(plan->arena, "ALTER TABLE %s ALTER COLUMN %s", table, name);
    struct column before = *column;

    before.default_value = column->live_default;
    if (!catalog_same_text(column->type, column->live_type))
        add(plan, arena_printf(plan->arena, "%s TYPE %s", head, column->type));
    /* The server itself follows when what a generated one is made of is renamed. */
    if (!column->is_generated &&
        !catalog_same_text(ddl_canonical_default(plan->arena, column),
                           ddl_canonical_default(plan->arena, &before))) {
        if (column->default_value == NULL)
            add(plan, arena_printf(plan->arena, "%s DROP DEFAULT", head));
        else
            add(plan, arena_printf(plan->arena, "%s SET DEFAULT %s", head,
                                   ast_text(plan->arena, column->default_value)));
    }
    alter_not_null(plan, table, column);
}

static void add_column(struct plan *plan, const char *table,
                       const struct column *column, const ast_node *value)
{
    const char *name = quoted(plan, column->name);
    const char *text = ast_is_null(value) ? NULL : ast_text(plan->arena, value);
    const char *sql =
        arena_printf(plan->arena, "ALTER TABLE %s ADD COLUMN %s %s%s%s%s", table, name,
                     column->type, text != NULL ? " DEFAULT " : "",
                     text != NULL ? text : "", ddl_not_null(plan->arena, column));
    struct column written = *column;

    written.default_value = ast_is_null(value) ? NULL : (ast_node *)value;
    add(plan, sql);
    if (catalog_same_text(ddl_canonical_default(plan->arena, column),
                          ddl_canonical_default(plan->arena, &written)))
        return;
    sql = arena_printf(plan->arena, "ALTER TABLE %s ALTER COLUMN %s", table, name);
    if (column->default_value == NULL)
        add(plan, arena_printf(plan->arena, "%s DROP DEFAULT", sql));
    else
        add(plan, arena_printf(plan->arena, "%s SET DEFAULT %s", sql,
                               ast_text(plan->arena, column->default_value)));
}

static void change_columns(struct plan *plan, const struct table_plan *table)
{
    const char *name = live_name(plan, table);
    const struct rows *rows = table->target->rows;
    const struct branch *branch = rows->branches.items[0];

    for (size_t i = 0; i < table->live->columns.count; i++) {
        const struct column *live = table->live->columns.items[i];
        bool is_kept = false;

        for (size_t j = 0; j < table->target->columns.count; j++)
            is_kept |= catalog_same_text(
                ((struct column *)table->target->columns.items[j])->live_name,
                live->name);
        if (!is_kept)
            add(plan, arena_printf(plan->arena, "ALTER TABLE %s DROP COLUMN %s", name,
                                   quoted(plan, live->name)));
    }
    for (size_t i = 0; i < table->target->columns.count; i++) {
        const struct column *column = table->target->columns.items[i];

        if (column->live_name != NULL && strcmp(column->live_name, column->name) != 0)
            add(plan, arena_printf(plan->arena, "ALTER TABLE %s RENAME COLUMN %s TO %s",
                                   name, quoted(plan, column->live_name),
                                   quoted(plan, column->name)));
    }
    for (size_t i = 0; i < table->target->columns.count; i++) {
        const struct column *column = table->target->columns.items[i];

        if (column->live_name != NULL)
            alter_column(plan, name, column);
        else
            add_column(plan, name, column, branch->values.items[i]);
    }
}

static void change_kept_tables(struct plan *plan)
{
    for (size_t i = 0; i < plan->tables.count; i++) {
        struct table_plan *table = plan->tables.items[i];
        size_t before = plan->swap.count;

        if (table->action != TABLE_METADATA)
            continue;
        change_columns(plan, table);
        if (strcmp(table->live->live->name, table->target->name) != 0)
            add(plan, arena_printf(plan->arena, "ALTER TABLE %s RENAME TO %s",
                                   live_name(plan, table),
                                   quoted(plan, table->target->name)));
        if (plan->swap.count > before && table->reason == NULL)
            table->reason = "columns change in the catalog only";
    }
}

static void move_built_tables(struct plan *plan)
{
    for (size_t i = 0; i < plan->tables.count; i++) {
        const struct table_plan *table = plan->tables.items[i];

        if (plan_is_built(table))
            add(plan, arena_printf(
                          plan->arena, "ALTER TABLE %s SET SCHEMA %s",
                          ddl_name(plan->arena, PLAN_BUILD_SCHEMA, table->target->name),
                          quoted(plan, plan->live->schema)));
    }
}

static const char *sequence_name(struct plan *plan, const char *name)
{
    return ddl_name(plan->arena, plan->live->schema, name);
}

static void settle_sequences(struct plan *plan)
{
    for (size_t i = 0; i < plan->target->sequences.count; i++) {
        const struct sequence *sequence = plan->target->sequences.items[i];
        const struct sequence *live = live_sequence(plan, sequence->live_name);
        const struct table_plan *table =
            sequence->table != NULL ? plan_find(plan, sequence->table) : NULL;
        bool is_new = live == NULL;

        if (is_new && table != NULL && table->action == TABLE_CREATED)
            continue; /* came with its table */
        if (is_new)
            add(plan, arena_printf(plan->arena, "CREATE SEQUENCE %s AS %s%s",
                                   sequence_name(plan, sequence->name), sequence->type,
                                   ddl_give(plan->arena, "SEQUENCE",
                                            sequence_name(plan, sequence->name),
                                            table != NULL && table->live != NULL
                                                ? table->live->live->owner
                                                : plan->live->owner)));
        else if (strcmp(live->name, sequence->name) != 0)
            add(plan, arena_printf(plan->arena, "ALTER SEQUENCE %s RENAME TO %s",
                                   sequence_name(plan, live->name),
                                   quoted(plan, sequence->name)));
        if (table == NULL || sequence->column == NULL)
            continue;
        if (is_new || strcmp(live->name, sequence->name) != 0)
            add(plan,
                arena_printf(
                    plan->arena, "ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s",
                    target_name(plan, table), quoted(plan, sequence->column->name),
                    ast_text(plan->arena, sequence->column->default_value)));
        if (is_new || live->table == NULL || owner_goes(plan, live) ||
            table->live != live->table)
            add(plan, arena_printf(plan->arena, "ALTER SEQUENCE %s OWNED BY %s.%s",
                                   sequence_name(plan, sequence->name),
                                   target_name(plan, table),
                                   quoted(plan, sequence->column->name)));
    }
}

static void add_keys_and_indexes(struct plan *plan, const struct table_plan *table)
{
    const char *name = target_name(plan, table);

    for (size_t i = 0; i < table->target->constraints.count; i++) {
        const struct constraint *constraint = table->target->constraints.items[i];
        const char *early;

        if (constraint->kind == CONSTRAINT_FOREIGN)
            continue;
        if (plan_keeps_constraint(plan, table, constraint)) {
            if (!catalog_same_text(constraint->live_name, constraint->name))
                add(plan, arena_printf(plan->arena,
                                       "ALTER TABLE %s RENAME CONSTRAINT %s TO %s",
                                       name, quoted(plan, constraint->live_name),
                                       quoted(plan, constraint->name)));
            continue;
        }
        early =
            constraint->kind == CONSTRAINT_PRIMARY ||
                    constraint->kind == CONSTRAINT_UNIQUE
                ? plan_early_index(plan, table, constraint->name, &constraint->columns)
                : NULL;
        if (early != NULL && *constraint->suffix == '\0')
            add(plan,
                arena_printf(
                    plan->arena, "ALTER TABLE %s ADD CONSTRAINT %s %s USING INDEX %s",
                    name, quoted(plan, constraint->name),
                    constraint->kind == CONSTRAINT_PRIMARY ? "PRIMARY KEY" : "UNIQUE",
                    quoted(plan, early)));
        else
            add(plan, ddl_add_constraint(plan->arena, plan->live->schema, table->target,
                                         constraint, plan->live->schema, false));
    }
    for (size_t i = 0; i < table->target->indexes.count; i++) {
        const struct index *index = table->target->indexes.items[i];
        const char *early;
        bool is_built = false;

        if (plan_keeps_index(plan, table, index)) {
            if (!catalog_same_text(index->live_name, index->name))
                add(plan, arena_printf(plan->arena, "ALTER INDEX %s RENAME TO %s",
                                       ddl_name(plan->arena, plan->live->schema,
                                                index->live_name),
                                       quoted(plan, index->name)));
            continue;
        }
        early = plan_early_index(plan, table, index->name, NULL);
        for (size_t j = 0; early != NULL && j < plan->build.count; j++)
            is_built |= strcmp(plan->build.jobs[j].id,
                               arena_printf(plan->arena, "early index:%s:%s",
                                            table->live->live->name, index->name)) == 0;
        if (is_built)
            add(plan, arena_printf(plan->arena, "ALTER INDEX %s RENAME TO %s",
                                   ddl_name(plan->arena, plan->live->schema, early),
                                   quoted(plan, index->name)));
        else
            add(plan, ddl_create_index(plan->arena, plan->live->schema, table->target,
                                       index, index->name));
    }
}

static void add_foreign_key(struct plan *plan, const struct table_plan *table,
                            const struct constraint *constraint)
{
    const struct table_plan *other = plan_find(plan, constraint->referenced);
    bool is_small = plan_is_small(table);
    size_t job;

    if (plan_keeps_constraint(plan, table, constraint)) {
        if (!catalog_same_text(constraint->live_name, constraint->name))
            add(plan, arena_printf(
                          plan->arena, "ALTER TABLE %s RENAME CONSTRAINT %s TO %s",
                          target_name(plan, table), quoted(plan, constraint->live_name),
                          quoted(plan, constraint->name)));
        return;
    }
    if (plan_is_built(table) && other != NULL && plan_is_built(other))
        return; /* made before the swap */
    add(plan, ddl_add_constraint(plan->arena, plan->live->schema, table->target,
                                 constraint, plan->live->schema, !is_small));
    if (is_small || !ddl_is_proved(constraint))
        return;
    job = job_graph_add(&plan->finish, JOB_SQL,
                        arena_printf(plan->arena, "finish:%s:%s", table->target->name,
                                     constraint->name));
    plan->finish.jobs[job].table = table->target->name;
    plan->finish.jobs[job].phase = "validate";
    plan->finish.jobs[job].label = constraint->name;
    plan->finish.jobs[job].rows = -1;
    plan->finish.jobs[job].weight = 1;
    plan->finish.jobs[job].sql =
        arena_printf(plan->arena, "ALTER TABLE %s VALIDATE CONSTRAINT %s",
                     target_name(plan, table), quoted(plan, constraint->name));
}

static void add_foreign_keys(struct plan *plan)
{
    for (size_t i = 0; i < plan->tables.count; i++) {
        const struct table_plan *table = plan->tables.items[i];

        for (size_t j = 0;
             table->target != NULL && j < table->target->constraints.count; j++) {
            const struct constraint *constraint = table->target->constraints.items[j];

            if (constraint->kind == CONSTRAINT_FOREIGN)
                add_foreign_key(plan, table, constraint);
        }
    }
}

static void sync_sequences(struct plan *plan)
{
    for (size_t i = 0; i < plan->simulation.sequence_syncs.count; i++) {
        const struct sequence *sequence = plan->simulation.sequence_syncs.items[i];
        const struct table_plan *table = plan_find(plan, sequence->table);

        if (table == NULL ||
            catalog_find_sequence(plan->target, sequence->name) != sequence)
            continue;
        add(plan, arena_printf(
                      plan->arena,
                      "SELECT setval(%s::regclass, coalesce((SELECT max(%s) FROM "
                      "%s), 1), true)",
                      ddl_literal(plan->arena, sequence_name(plan, sequence->name)),
                      quoted(plan, sequence->column->name), target_name(plan, table)));
    }
}

static void stamp(struct plan *plan, const struct route *route)
{
    const char *table =
        ddl_name(plan->arena, plan->live->schema, route->chain.version_table);

    if (!route->is_needed)
        return;
    add(plan, arena_printf(plan->arena, "CREATE TABLE IF NOT EXISTS %s %s%s", table,
                           chain_version_table_body(plan->arena, &route->chain),
                           ddl_give(plan->arena, "TABLE", table, plan->live->owner)));
    add(plan, arena_printf(plan->arena, "DELETE FROM %s", table));
    add(plan, chain_stamp_sql(plan->arena, &route->chain, route->to, table));
}

static void settle_privileges(struct plan *plan, const struct list *names, bool is_new)
{
    const char *sql = privileges_settle(plan->arena, plan->live->schema, names, is_new);

    if (sql != NULL)
        add(plan, sql);
}

/* Of tables that stand for old ones, before theirs are given again. */
static void clear_privileges(struct plan *plan)
{
    struct list names = {NULL, 0, 0};

    for (size_t i = 0; i < plan->tables.count; i++) {
        const struct table_plan *table = plan->tables.items[i];

        if (plan_is_built(table) && table->live != NULL)
            list_add(plan->arena, &names, (void *)table->target->name);
    }
    settle_privileges(plan, &names, false);
}

/* Of what there was not before, as Airflow's own role would have made it. */
static void give_privileges(struct plan *plan)
{
    const struct route *const routes[] = {&plan->core, &plan->fab};
    struct list names = {NULL, 0, 0};

    for (size_t i = 0; i < plan->tables.count; i++) {
        const struct table_plan *table = plan->tables.items[i];

        if (plan_is_built(table) && table->live == NULL)
            list_add(plan->arena, &names, (void *)table->target->name);
    }
    for (size_t i = 0; i < plan->target->sequences.count; i++) {
        const struct sequence *sequence = plan->target->sequences.items[i];

        if (live_sequence(plan, sequence->live_name) == NULL)
            list_add(plan->arena, &names, (void *)sequence->name);
    }
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        const char *table = routes[i]->chain.version_table;

        if (routes[i]->is_needed && catalog_find_table(plan->live, table) == NULL)
            list_add(plan->arena, &names, (void *)table);
    }
    settle_privileges(plan, &names, true);
}

/* What is not folded runs on the tables as they are at the end. */
static int run_late(struct plan *plan, struct err *err)
{
    for (size_t i = 0; i < plan->simulation.late.count; i++) {
        const struct statement *statement = plan->simulation.late.items[i];
        ast_node *tree = ast_clone(plan->arena, statement->tree);

        if (lower(&plan->lowering, &tree, NULL, err) != 0)
            return err_wrap(err, "in \"%.120s\"", statement->text);
        add(plan, ast_statement_text(plan->arena, tree));
    }
    return 0;
}

int plan_swap(struct plan *plan, struct err *err)
{
    struct plan_extras moved = {{NULL, 0, 0}, {NULL, 0, 0}, {NULL, 0, 0}};

    plan_match(plan);
    plan_collect_extras(plan, &moved);
    touch_rows(plan);
    for (size_t i = 0; i < moved.follow.count; i++)
        add(plan, moved.follow.items[i]);
    for (size_t i = moved.remove.count; i-- > 0;)
        add(plan, moved.remove.items[i]);
    drop_foreign_keys(plan);
    drop_keys_and_indexes(plan);
    release_sequences(plan);
    drop_tables(plan);
    change_kept_tables(plan);
    move_built_tables(plan);
    settle_sequences(plan);
    for (size_t i = 0; i < plan->tables.count; i++) {
        const struct table_plan *table = plan->tables.items[i];

        if (table->action == TABLE_METADATA)
            add_keys_and_indexes(plan, table);
    }
    add_foreign_keys(plan);
    clear_privileges(plan);
    for (size_t i = 0; i < moved.create.count; i++)
        add(plan, moved.create.items[i]);
    sync_sequences(plan);
    if (run_late(plan, err) != 0)
        return -1;
    stamp(plan, &plan->core);
    stamp(plan, &plan->fab);
    give_privileges(plan);
    return 0;
}
