/* SPDX-License-Identifier: Apache-2.0
 *
 * plan_jobs.c - the jobs before the swap: make the new tables, fill them, index them, and
 * check what can be checked while the old tables still serve.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "compiler/plan_internal.h"
#include "compiler/rows.h"

struct builder {
    struct plan *plan;
    struct arena *arena;
    size_t create; /* the job that makes all new tables */
};

/* Where a table's jobs are, for those that wait for them. */
struct table_jobs {
    const struct table_plan *table;
    size_t ready; /* its rows and keys are there */
};

bool plan_is_small(const struct table_plan *table)
{
    if (table->live != NULL && table->live->live->heap_bytes >= PLAN_SMALL_BYTES)
        return false;
    if (table->target != NULL) {
        const struct rows *rows = table->target->rows;

        for (size_t i = 0; i < rows->branches.count; i++) {
            const struct branch *branch = rows->branches.items[i];

            if (branch->source != NULL &&
                branch->source->heap_bytes >= PLAN_SMALL_BYTES)
                return false;
        }
    }
    return true;
}

static size_t add_sql_job(struct builder *builder, const char *id, const char *table,
                          const char *phase, const char *label, const char *sql)
{
    size_t index = job_graph_add(&builder->plan->build, JOB_SQL, id);
    struct job *job = &builder->plan->build.jobs[index];

    job->table = table;
    job->phase = phase;
    job->label = label;
    job->sql = sql;
    job->rows = -1;
    return index;
}

static const char *insert_into(struct builder *builder, const struct table *table)
{
    return arena_printf(builder->arena, "INSERT INTO %s (%s) ",
                        ddl_name(builder->arena, PLAN_BUILD_SCHEMA, table->name),
                        ddl_written_columns(builder->arena, table, ""));
}

/* The rows of a branch, for insert_into(). */
static const char *select_from(struct builder *builder, const struct table *table,
                               const struct branch *branch)
{
    struct table columns = *table;
    struct branch values = *branch;

    columns.columns = (struct list){NULL, 0, 0};
    values.values = (struct list){NULL, 0, 0};
    for (size_t i = 0; i < table->columns.count; i++) {
        if (((const struct column *)table->columns.items[i])->is_generated)
            continue;
        list_add(builder->arena, &columns.columns, table->columns.items[i]);
        list_add(builder->arena, &values.values, branch->values.items[i]);
    }
    return branch_select(&builder->plan->simulation, &columns, &values);
}

/* Sequences that come with a table the chain created. */
static const char *new_sequences(struct builder *builder, const struct table *table)
{
    const char *sql = "";

    for (size_t i = 0; i < builder->plan->target->sequences.count; i++) {
        const struct sequence *sequence = builder->plan->target->sequences.items[i];

        if (sequence->table == table && sequence->live_name == NULL &&
            table->live == NULL)
            sql = arena_printf(
                builder->arena, "%s; CREATE SEQUENCE %s AS %s OWNED BY %s.%s", sql,
                ddl_name(builder->arena, PLAN_BUILD_SCHEMA, sequence->name),
                sequence->type,
                ddl_name(builder->arena, PLAN_BUILD_SCHEMA, table->name),
                ddl_name(builder->arena, NULL, sequence->column->name));
    }
    return sql;
}

/* Defaults are set once sequences and rows are there; none is needed while copying. */
static const char *set_defaults(struct builder *builder, const struct table *table)
{
    struct plan *plan = builder->plan;
    const char *name = ddl_name(builder->arena, PLAN_BUILD_SCHEMA, table->name);
    const char *sql = "";

    for (size_t i = 0; i < table->columns.count; i++) {
        const struct column *column = table->columns.items[i];
        const char *value;

        if (column->default_value == NULL || column->is_generated)
            continue;
        value = ast_text(builder->arena, column->default_value);
        for (size_t j = 0; j < plan->target->sequences.count; j++) {
            const struct sequence *sequence = plan->target->sequences.items[j];

            if (sequence->column != column || sequence->table != table)
                continue;
            if (sequence->live_name == NULL && table->live == NULL) {
                value =
                    arena_printf(builder->arena, "nextval(%s::regclass)",
                                 ddl_literal(builder->arena,
                                             ddl_name(builder->arena, PLAN_BUILD_SCHEMA,
                                                      sequence->name)));
            } else if (sequence->live_name == NULL ||
                       strcmp(sequence->live_name, sequence->name) != 0) {
                value = NULL; /* made or renamed in the swap, and so is the default */
            }
        }
        if (value != NULL)
            sql = arena_printf(
                builder->arena, "%s; ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s",
                sql, name, ddl_name(builder->arena, NULL, column->name), value);
    }
    return sql;
}

static const char *comments(struct builder *builder, const struct table *table)
{
    const char *name = ddl_name(builder->arena, PLAN_BUILD_SCHEMA, table->name);
    const char *sql = "";

    if (table->live != NULL && table->live->comment != NULL)
        sql = arena_printf(builder->arena, "%s; COMMENT ON TABLE %s IS %s", sql, name,
                           ddl_literal(builder->arena, table->live->comment));
    for (size_t i = 0; i < table->columns.count; i++) {
        const struct column *column = table->columns.items[i];

        if (column->comment == NULL)
            continue;
        sql = arena_printf(builder->arena, "%s; COMMENT ON COLUMN %s.%s IS %s", sql,
                           name, ddl_name(builder->arena, NULL, column->name),
                           ddl_literal(builder->arena, column->comment));
    }
    return sql;
}

static const char *create_index_for(struct builder *builder, const struct table *table,
                                    const struct constraint *constraint)
{
    const char *tablespace = constraint->tablespace;

    return arena_printf(builder->arena, "CREATE UNIQUE INDEX %s ON %s (%s)%s%s",
                        ddl_name(builder->arena, NULL, constraint->name),
                        ddl_name(builder->arena, PLAN_BUILD_SCHEMA, table->name),
                        ddl_column_list(builder->arena, &constraint->columns),
                        tablespace != NULL ? " TABLESPACE " : "",
                        tablespace != NULL ? ddl_name(builder->arena, NULL, tablespace)
                                           : "");
}

static bool is_key(const struct constraint *constraint)
{
    return (constraint->kind == CONSTRAINT_PRIMARY ||
            constraint->kind == CONSTRAINT_UNIQUE) &&
           *constraint->suffix == '\0';
}

/* Everything of a table but its rows, its keys' indexes and its foreign keys. */
static const char *finish_table(struct builder *builder, const struct table *table,
                                bool with_keys)
{
    struct arena *arena = builder->arena;
    const char *name = ddl_name(arena, PLAN_BUILD_SCHEMA, table->name);
    const char *sql = "";

    for (size_t i = 0; i < table->constraints.count; i++) {
        const struct constraint *constraint = table->constraints.items[i];

        if (constraint->kind == CONSTRAINT_FOREIGN)
            continue;
        if (is_key(constraint) && !with_keys)
            sql = arena_printf(
                arena, "%s; ALTER TABLE %s ADD CONSTRAINT %s %s USING INDEX %s", sql,
                name, ddl_name(arena, NULL, constraint->name),
                constraint->kind == CONSTRAINT_PRIMARY ? "PRIMARY KEY" : "UNIQUE",
                ddl_name(arena, NULL, constraint->name));
        else
            sql = arena_printf(arena, "%s; %s", sql,
                               ddl_add_constraint(arena, PLAN_BUILD_SCHEMA, table,
                                                  constraint,
                                                  builder->plan->live->schema, false));
    }
    for (size_t i = 0; i < table->columns.count; i++) {
        const struct column *column = table->columns.items[i];

        if (column->is_not_null && column->not_null.is_unproved)
            sql = arena_printf(arena, "%s; %s", sql,
                               ddl_add_not_null(arena, name, column));
    }
    sql = arena_printf(arena, "%s%s%s", sql, set_defaults(builder, table),
                       comments(builder, table));
    return arena_printf(arena, "%s%s", sql,
                        ddl_give(arena, "TABLE", name,
                                 table->live != NULL ? table->live->owner
                                                     : builder->plan->live->owner));
}

static const char *skip_separator(const char *sql)
{
    return strncmp(sql, "; ", 2) == 0 ? sql + 2 : sql;
}

const char *plan_describe_row(struct plan *plan, const struct table *target,
                              const struct live_table *source)
{
    struct arena *arena = plan->arena;
    const struct table *live = catalog_find_table(plan->live, source->name);
    const struct constraint *key = live != NULL ? table_primary_key(live) : NULL;
    const char *columns = "";

    if (key == NULL)
        return NULL;
    for (size_t i = 0; i < key->columns.count; i++) {
        const struct column *column = key->columns.items[i];
        const char *name = ddl_name(arena, NULL, column->name);

        columns = arena_printf(arena, "%s%s, '%s=', %s", columns, i > 0 ? ", ', '" : "",
                               column->name, name);
    }
    if (strcmp(source->name, target->name) != 0)
        columns = arena_printf(arena, "%s, ' of \"%s\"'", columns, source->name);
    return arena_printf(arena, "SELECT concat(''%s) FROM %s WHERE ctid = $1::tid",
                        columns, ddl_name(arena, source->schema, source->name));
}

/* A row may be refused in the copies of two new tables, which two workers make at the same
 * moment. */
static const char *set_aside(struct arena *arena, const struct live_table *source)
{
    return arena_printf(arena,
                        "INSERT INTO " PLAN_STATE_SCHEMA
                        ".aside (relation, place, reason) SELECT %s, ctid, $3::text "
                        "FROM %s WHERE ctid >= $1::tid AND ctid < $2::tid "
                        "ON CONFLICT DO NOTHING",
                        ddl_literal(arena, source->name),
                        ddl_name(arena, source->schema, source->name));
}

/* Rows that are there can turn out not to be convertible. A range job finds the one; a
 * statement over all of them only fails. */
static bool is_in_ranges(const struct branch *branch)
{
    return branch->source != NULL && branch->source->pages > 0;
}

static void need_native(struct builder *builder, size_t job, const char *function)
{
    const struct job_graph *graph = &builder->plan->build;
    const char *id = arena_printf(builder->arena, "native:%s", function);

    for (size_t i = 0; i < graph->count; i++) {
        if (i != job && strcmp(graph->jobs[i].id, id) == 0)
            job_graph_need(&builder->plan->build, job, i);
    }
}

/* A statement waits for the side tables that it reads, and only for those. By the bare
 * name: the deparser quotes only where it must. */
static void need_natives(struct builder *builder, size_t job, const char *sql)
{
    const struct list *natives = &builder->plan->lowering.natives;

    for (size_t i = 0; i < natives->count; i++) {
        const struct native_use *use = natives->items[i];

        if (strstr(sql, use->name) != NULL)
            need_native(builder, job, use->function);
    }
}

static size_t copy_job(struct builder *builder, const struct table *table,
                       size_t number, const struct branch *branch)
{
    struct plan *plan = builder->plan;
    struct arena *arena = builder->arena;
    const char *select = select_from(builder, table, branch);
    const char *id = arena_printf(arena, "copy:%s:%zu", table->name, number);
    struct job *job;
    size_t index;

    if (!is_in_ranges(branch)) {
        index = add_sql_job(
            builder, id, table->name, "copy", NULL,
            arena_printf(arena, "%s%s", insert_into(builder, table), select));
    } else {
        index = job_graph_add(&plan->build, JOB_RANGE, id);
        job = &plan->build.jobs[index];
        job->table = table->name;
        job->phase = "copy";
        job->sql =
            arena_printf(arena,
                         "%s%s %s " ROWS_SOURCE_ALIAS
                         ".ctid >= $1::tid AND " ROWS_SOURCE_ALIAS ".ctid < $2::tid",
                         insert_into(builder, table), select,
                         branch->filter != NULL ? "AND" : "WHERE");
        job->blocks = branch->source->pages;
        job->rows = branch->source->rows;
        job->describe_sql = plan_describe_row(plan, table, branch->source);
        job->quarantine_sql = set_aside(arena, branch->source);
        job->weight = (double)branch->source->heap_bytes / 60e6;
    }
    job_graph_need(&plan->build, index, builder->create);
    need_natives(builder, index, plan->build.jobs[index].sql);
    return index;
}

/* A small table is finished by one job, which also fills it where it has no live rows. */
static size_t small_table_job(struct builder *builder, const struct table *table)
{
    struct arena *arena = builder->arena;
    const struct rows *rows = table->rows;
    size_t *copies = arena_zalloc(arena, (rows->branches.count + 1) * sizeof(*copies));
    size_t copy_count = 0;
    const char *sql = "";
    size_t job;

    for (size_t i = 0; i < rows->branches.count; i++) {
        const struct branch *branch = rows->branches.items[i];

        if (is_in_ranges(branch))
            copies[copy_count++] = copy_job(builder, table, i, branch);
        else
            sql = arena_printf(arena, "%s; %s%s", sql, insert_into(builder, table),
                               select_from(builder, table, branch));
    }
    sql = arena_printf(arena, "%s%s", sql, finish_table(builder, table, true));
    for (size_t i = 0; i < table->indexes.count; i++) {
        const struct index *index = table->indexes.items[i];

        sql = arena_printf(
            arena, "%s; %s", sql,
            ddl_create_index(arena, PLAN_BUILD_SCHEMA, table, index, index->name));
    }
    if (rows->branches.count > 0)
        sql = arena_printf(arena, "%s; ANALYZE %s", sql,
                           ddl_name(arena, PLAN_BUILD_SCHEMA, table->name));
    job = add_sql_job(builder, arena_printf(arena, "table:%s", table->name),
                      table->name, "copy", NULL, skip_separator(sql));
    job_graph_need(&builder->plan->build, job, builder->create);
    for (size_t i = 0; i < copy_count; i++)
        job_graph_need(&builder->plan->build, job, copies[i]);
    need_natives(builder, job, sql);
    return job;
}

/* Statistics, and the visibility map: with it the foreign keys are validated by merging
 * two indexes; without it the planner sorts both tables by four columns of text, ten times
 * slower. The indexes come later, so there is nothing to clean in them; their builds find
 * the rows' hint bits set. */
static size_t vacuum_job(struct builder *builder, const struct table *table,
                         double weight)
{
    struct arena *arena = builder->arena;
    size_t job = add_sql_job(
        builder, arena_printf(arena, "vacuum:%s", table->name), table->name, "vacuum",
        NULL,
        arena_printf(arena, "VACUUM (ANALYZE, INDEX_CLEANUP OFF, TRUNCATE OFF) %s",
                     ddl_name(arena, PLAN_BUILD_SCHEMA, table->name)));

    builder->plan->build.jobs[job].runs_outside_transaction = true;
    builder->plan->build.jobs[job].sql_in_script = arena_printf(
        arena, "ANALYZE %s", ddl_name(arena, PLAN_BUILD_SCHEMA, table->name));
    builder->plan->build.jobs[job].weight = weight / 4;
    job_graph_need(&builder->plan->build, job, builder->create);
    return job;
}

static size_t index_job(struct builder *builder, const struct table *table,
                        const char *name, const char *sql, size_t vacuum, double weight)
{
    struct arena *arena = builder->arena;
    size_t job =
        add_sql_job(builder, arena_printf(arena, "index:%s:%s", table->name, name),
                    table->name, "index", name, sql);

    builder->plan->build.jobs[job].weight = weight;
    job_graph_need(&builder->plan->build, job, vacuum);
    return job;
}

static size_t big_table_jobs(struct builder *builder,
                             const struct table_plan *table_plan)
{
    struct plan *plan = builder->plan;
    struct arena *arena = builder->arena;
    const struct table *table = table_plan->target;
    const struct rows *rows = table->rows;
    size_t *copies = arena_zalloc(arena, (rows->branches.count + 1) * sizeof(*copies));
    double weight = 0.1;
    struct list indexes = {NULL, 0, 0};
    size_t vacuum;
    size_t ready;

    for (size_t i = 0; i < rows->branches.count; i++) {
        copies[i] = copy_job(builder, table, i, rows->branches.items[i]);
        weight += plan->build.jobs[copies[i]].weight / 4;
    }
    vacuum = vacuum_job(builder, table, weight);
    for (size_t i = 0; i < rows->branches.count; i++)
        job_graph_need(&plan->build, vacuum, copies[i]);
    for (size_t i = 0; i < table->constraints.count; i++) {
        const struct constraint *constraint = table->constraints.items[i];
        size_t *job = arena_alloc(arena, sizeof(*job));

        if (!is_key(constraint))
            continue;
        *job =
            index_job(builder, table, constraint->name,
                      create_index_for(builder, table, constraint), vacuum, weight * 2);
        list_add(arena, &indexes, job);
    }
    for (size_t i = 0; i < table->indexes.count; i++) {
        const struct index *index = table->indexes.items[i];
        size_t *job = arena_alloc(arena, sizeof(*job));

        *job = index_job(
            builder, table, index->name,
            ddl_create_index(arena, PLAN_BUILD_SCHEMA, table, index, index->name),
            vacuum, weight);
        list_add(arena, &indexes, job);
    }
    ready = add_sql_job(
        builder, arena_printf(arena, "keys:%s", table->name), table->name, "keys", NULL,
        skip_separator(
            arena_printf(arena, "%s; SELECT 1", finish_table(builder, table, false))));
    for (size_t i = 0; i < indexes.count; i++)
        job_graph_need(&plan->build, ready, *(size_t *)indexes.items[i]);
    job_graph_need(&plan->build, ready, vacuum);
    return ready;
}

static size_t jobs_of(const struct table_jobs *all, size_t count,
                      const struct table *target)
{
    for (size_t i = 0; i < count; i++) {
        if (all[i].table->target == target)
            return all[i].ready;
    }
    return (size_t)-1;
}

/* Foreign keys between tables that are both built: added and checked before the swap. */
static void foreign_key_jobs(struct builder *builder, const struct table_jobs *all,
                             size_t count)
{
    struct plan *plan = builder->plan;
    struct arena *arena = builder->arena;

    for (size_t i = 0; i < count; i++) {
        const struct table_plan *table = all[i].table;
        bool is_small = plan_is_small(table);

        for (size_t j = 0; j < table->target->constraints.count; j++) {
            const struct constraint *constraint = table->target->constraints.items[j];
            size_t other;
            size_t job;

            if (constraint->kind != CONSTRAINT_FOREIGN)
                continue;
            other = jobs_of(all, count, constraint->referenced);
            if (other == (size_t)-1)
                continue;
            job = add_sql_job(builder,
                              arena_printf(arena, "foreign key:%s:%s",
                                           table->target->name, constraint->name),
                              table->target->name, "foreign key", constraint->name,
                              ddl_add_constraint(arena, PLAN_BUILD_SCHEMA,
                                                 table->target, constraint,
                                                 PLAN_BUILD_SCHEMA, !is_small));
            job_graph_need(&plan->build, job, all[i].ready);
            job_graph_need(&plan->build, job, other);
            if (!is_small && ddl_is_proved(constraint)) {
                size_t check = add_sql_job(
                    builder,
                    arena_printf(arena, "validate:%s:%s", table->target->name,
                                 constraint->name),
                    table->target->name, "validate", constraint->name,
                    arena_printf(
                        arena, "ALTER TABLE %s VALIDATE CONSTRAINT %s",
                        ddl_name(arena, PLAN_BUILD_SCHEMA, table->target->name),
                        ddl_name(arena, NULL, constraint->name)));

                job_graph_need(&plan->build, check, job);
            }
        }
    }
}

/* Side tables of functions that the tool computes. */
static void native_jobs(struct builder *builder)
{
    struct plan *plan = builder->plan;
    struct arena *arena = builder->arena;

    for (size_t i = 0; i < plan->lowering.natives.count; i++) {
        struct native_use *use = plan->lowering.natives.items[i];
        const char *id = arena_printf(arena, "native:%s", use->function);
        bool is_there = false;
        struct job *job;
        size_t index;

        for (size_t j = 0; j < plan->build.count; j++)
            is_there |= strcmp(plan->build.jobs[j].id, id) == 0;
        if (is_there)
            continue;
        index = job_graph_add(&plan->build, JOB_NATIVE, id);
        job = &plan->build.jobs[index];
        job->table = use->function;
        job->phase = "native";
        job->rows = -1;
        job->weight = 100; /* others wait for it: first */
        job_graph_need(&plan->build, index, builder->create);
        /* Arguments may come from what another function gave. */
        need_natives(builder, index, use->gather);
    }
}

/* Tables in the schema are given to them, and it is in their names that foreign keys are
 * checked. */
static const char *open_to_owners(struct builder *builder)
{
    const struct plan *plan = builder->plan;
    const char *names = plan->live->owner != NULL
                            ? ddl_name(builder->arena, NULL, plan->live->owner)
                            : "";

    for (size_t i = 0; i < plan->tables.count; i++) {
        const struct table_plan *table = plan->tables.items[i];
        const char *owner = table->live != NULL ? table->live->live->owner : NULL;

        if (!plan_is_built(table) || owner == NULL ||
            (plan->live->owner != NULL && strcmp(owner, plan->live->owner) == 0))
            continue;
        names =
            arena_printf(builder->arena, "%s%s%s", names, *names != '\0' ? ", " : "",
                         ddl_name(builder->arena, NULL, owner));
    }
    return *names == '\0'
               ? ""
               : arena_printf(builder->arena,
                              "; GRANT ALL ON SCHEMA " PLAN_BUILD_SCHEMA " TO %s",
                              names);
}

static void create_job(struct builder *builder)
{
    struct plan *plan = builder->plan;
    struct arena *arena = builder->arena;
    const char *sql = "CREATE SCHEMA IF NOT EXISTS " PLAN_BUILD_SCHEMA;

    sql = arena_printf(arena, "%s%s", sql, open_to_owners(builder));
    for (size_t i = 0; i < plan->tables.count; i++) {
        const struct table_plan *table = plan->tables.items[i];

        if (!plan_is_built(table))
            continue;
        sql = arena_printf(arena, "%s; %s%s", sql,
                           ddl_create_table(arena, PLAN_BUILD_SCHEMA, table->target),
                           new_sequences(builder, table->target));
    }
    for (size_t i = 0; i < plan->lowering.natives.count; i++) {
        const struct native_use *use = plan->lowering.natives.items[i];

        sql = arena_printf(arena, "%s; %s", sql,
                           lowering_create_side_table(&plan->lowering, use, false));
    }
    builder->create = add_sql_job(builder, "create", "all tables", "create", NULL, sql);
    plan->build.jobs[builder->create].weight = 1000; /* all else waits for it */
}

/* Whether a row takes its value from a sequence, which gives another one the second time. */
static bool is_drawn(struct builder *builder, const struct table *table, size_t column)
{
    const struct rows *rows = table->rows;

    for (size_t i = 0; i < rows->branches.count; i++) {
        const struct branch *branch = rows->branches.items[i];

        if (strstr(ast_text(builder->arena, branch->values.items[column]),
                   "nextval(") != NULL)
            return true;
    }
    return false;
}

/* The columns of the table's rows that are compared; for those that were computed a second
 * time, in the types of the table, as an assignment makes them. */
static const char *compared_columns(struct builder *builder, const struct table *table,
                                    bool are_computed)
{
    struct arena *arena = builder->arena;
    const char *list = "";

    for (size_t i = 0; i < table->columns.count; i++) {
        const struct column *column = table->columns.items[i];
        const char *name = ddl_name(arena, NULL, column->name);

        if (column->is_generated || is_drawn(builder, table, i))
            continue;
        if (are_computed)
            name =
                arena_printf(arena, "CAST(%s AS %s) AS %s", name, column->type, name);
        list = arena_printf(arena, "%s%s%s", list, *list != '\0' ? ", " : "", name);
    }
    return list;
}

/* Every row is computed a second time from the old tables and compared with the new ones:
 * the number of rows, and the sum of a hash over each whole row. The swap refuses unless
 * all are equal. Both sides are kept for the message. */
static void verify_jobs(struct builder *builder, const struct table_jobs *all,
                        size_t count)
{
    struct plan *plan = builder->plan;
    struct arena *arena = builder->arena;

    for (size_t i = 0; i < count; i++) {
        const struct table *table = all[i].table->target;
        size_t job = add_sql_job(
            builder, arena_printf(arena, "verify:%s", table->name), table->name,
            "verify", NULL,
            arena_printf(
                arena,
                "INSERT INTO %s.verified (relation, expected_rows, actual_rows, "
                "is_equal) "
                "SELECT %s, a.n, b.n, a.n = b.n AND a.h IS NOT DISTINCT FROM b.h FROM "
                "(SELECT count(*) AS n, sum(hashtextextended(t::text, 0)) AS h FROM "
                "(SELECT %s FROM (SELECT * FROM %s) AS r) AS t) AS a, "
                "(SELECT count(*) AS n, sum(hashtextextended(t::text, 0)) AS h FROM "
                "(SELECT %s FROM %s) AS t) "
                "AS b",
                PLAN_STATE_SCHEMA, ddl_literal(arena, table->name),
                compared_columns(builder, table, true),
                rows_relation(&plan->simulation, table, "q"),
                compared_columns(builder, table, false),
                ddl_name(arena, PLAN_BUILD_SCHEMA, table->name)));

        plan->build.jobs[job].weight = 0.05;
        job_graph_need(&plan->build, job, all[i].ready);
    }
}

static void early_index_jobs(struct builder *builder);

int plan_jobs(struct plan *plan, const struct plan_options *options, struct err *err)
{
    struct builder builder = {plan, plan->arena, 0};
    struct table_jobs *all =
        arena_zalloc(plan->arena, (plan->tables.count + 1) * sizeof(*all));
    size_t count = 0;

    (void)err;
    create_job(&builder);
    native_jobs(&builder);
    for (size_t i = 0; i < plan->tables.count; i++) {
        const struct table_plan *table = plan->tables.items[i];

        if (!plan_is_built(table))
            continue;
        all[count].table = table;
        all[count].ready = plan_is_small(table)
                               ? small_table_job(&builder, table->target)
                               : big_table_jobs(&builder, table);
        count++;
    }
    foreign_key_jobs(&builder, all, count);
    if (options->verifies_rows)
        verify_jobs(&builder, all, count);
    early_index_jobs(&builder);
    return 0;
}

/* --- indexes of kept tables, built before the swap --------------------------------- */

const char *plan_early_index(const struct plan *plan, const struct table_plan *table,
                             const char *name, const struct list *columns)
{
    if (table->action != TABLE_METADATA || plan_is_small(table))
        return NULL;
    for (size_t i = 0; columns != NULL && i < columns->count; i++) {
        const struct column *column = columns->items[i];

        if (column->live_name == NULL)
            return NULL;
    }
    return arena_printf(plan->arena, "airshift_%s", name);
}

struct live_names {
    const struct table *table;
    bool is_complete;
};

static bool use_live_name(ast_node **slot, void *context)
{
    struct live_names *names = context;
    const char *qualifier;
    const char *name = ast_column_name(*slot, &qualifier);
    const struct column *column;

    if (name == NULL)
        return true;
    column = table_find_column(names->table, name);
    if (column == NULL || column->live_name == NULL)
        names->is_complete = false;
    else
        (*slot)->column_ref->fields[(*slot)->column_ref->n_fields - 1]->string->sval =
            (char *)column->live_name;
    return true;
}

/* The statement of an index with the names columns have now; NULL where a column is new. */
static ast_node *with_live_names(struct plan *plan, const struct table *table,
                                 const struct index *index)
{
    ast_node *copy = ast_clone(plan->arena, index->statement);
    PgQuery__IndexStmt *statement = copy->index_stmt;
    struct live_names names = {table, true};

    for (size_t i = 0; i < statement->n_index_params; i++) {
        PgQuery__IndexElem *element = statement->index_params[i]->index_elem;

        if (element->name != NULL && *element->name != '\0') {
            const struct column *column = table_find_column(table, element->name);

            if (column == NULL || column->live_name == NULL)
                return NULL;
            element->name = (char *)column->live_name;
        }
        ast_walk(&element->expr, use_live_name, &names);
    }
    ast_walk(&statement->where_clause, use_live_name, &names);
    return names.is_complete ? copy : NULL;
}

static void early_index_jobs(struct builder *builder)
{
    struct plan *plan = builder->plan;
    struct arena *arena = builder->arena;

    for (size_t i = 0; i < plan->tables.count; i++) {
        const struct table_plan *table = plan->tables.items[i];
        struct table live = {0};

        if (table->action != TABLE_METADATA || plan_is_small(table))
            continue;
        live.name = table->live->live->name;
        for (size_t j = 0; j < table->target->constraints.count; j++) {
            const struct constraint *constraint = table->target->constraints.items[j];
            const char *early;
            const char *columns = "";
            size_t job;

            if (!is_key(constraint) || plan_keeps_constraint(plan, table, constraint))
                continue;
            early =
                plan_early_index(plan, table, constraint->name, &constraint->columns);
            if (early == NULL)
                continue;
            for (size_t k = 0; k < constraint->columns.count; k++)
                columns = arena_printf(
                    arena, "%s%s%s", columns, k > 0 ? ", " : "",
                    ddl_name(
                        arena, NULL,
                        ((struct column *)constraint->columns.items[k])->live_name));
            job = add_sql_job(
                builder, arena_printf(arena, "early index:%s:%s", live.name, early),
                live.name, "index", constraint->name,
                arena_printf(arena, "CREATE UNIQUE INDEX %s ON %s (%s)",
                             ddl_name(arena, NULL, early),
                             ddl_name(arena, plan->live->schema, live.name), columns));
            plan->build.jobs[job].weight =
                (double)table->live->live->heap_bytes / 100e6;
        }
        for (size_t j = 0; j < table->target->indexes.count; j++) {
            struct index index = *(struct index *)table->target->indexes.items[j];
            size_t job;

            if (plan_keeps_index(plan, table, &index))
                continue;
            index.statement = with_live_names(plan, table->target, &index);
            if (index.statement == NULL)
                continue;
            job = add_sql_job(
                builder,
                arena_printf(arena, "early index:%s:%s", live.name, index.name),
                live.name, "index", index.name,
                ddl_create_index(arena, plan->live->schema, &live, &index,
                                 plan_early_index(plan, table, index.name, NULL)));
            plan->build.jobs[job].weight =
                (double)table->live->live->heap_bytes / 100e6;
        }
    }
}
