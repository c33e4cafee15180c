/* SPDX-License-Identifier: Apache-2.0
 *
 * foresee_way.c - the table that a statement is about is compared before and after it: what it
 * demands anew is made a question at once, of the rows as they are then. In the end, what the
 * target demands of the same values is asked there.
 */
#include "config.h"

#include <string.h>

#include "compiler/foresee_internal.h"
#include "compiler/foresee_way.h"

/* There are many revisions, and what they refuse is rarer than what the target does. */
static const struct foresee_options all = {
    .values = true, .references = true, .joins_less = true};

/* A branch, of which what is demanded may change with each statement. */
struct picture {
    struct list values; /* ast_node * */
    ast_node *filter;
};

/* A question about what a statement demands, and by what it is known that the target demands
 * the same. */
struct demand {
    struct foresee_query *query;
    const struct table *table;
    size_t branch;
    struct list columns; /* struct column * */
    struct list values;  /* ast_node *, theirs */
    struct list types;   /* const char *, theirs */
    ast_node *filter;
    const struct constraint *constraint; /* or */
    const struct index *index;           /* or, both NULL, it is of values */
};

struct foresee_way {
    struct plan *plan;
    struct list demands; /* struct demand * */
    /* Before the statement: */
    const char *name; /* of its table; NULL: it is about none */
    const struct table *table;
    struct list columns;     /* struct column * */
    struct list types;       /* const char *, theirs */
    struct list not_null;    /* the columns that are */
    struct list constraints; /* struct constraint * */
    struct list indexes;     /* struct index * */
    struct list pictures;    /* struct picture *, of its branches */
};

struct foresee_way *foresee_way_new(struct plan *plan)
{
    struct foresee_way *way = arena_zalloc(plan->arena, sizeof(*way));

    way->plan = plan;
    return way;
}

static const char *table_of(const struct statement *statement)
{
    const ast_node *tree = statement->tree;

    switch ((int)tree->node_case) {
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
        return tree->alter_table_stmt->relation->relname;
    case PG_QUERY__NODE__NODE_INDEX_STMT:
        return tree->index_stmt->relation->relname;
    case PG_QUERY__NODE__NODE_UPDATE_STMT:
        return tree->update_stmt->relation->relname;
    case PG_QUERY__NODE__NODE_INSERT_STMT:
        return tree->insert_stmt->relation->relname;
    default:
        return NULL;
    }
}

static struct list copy_of(struct arena *arena, const struct list *list)
{
    struct list copy = {NULL, 0, 0};

    for (size_t i = 0; i < list->count; i++)
        list_add(arena, &copy, list->items[i]);
    return copy;
}

void foresee_way_before(struct foresee_way *way, const struct statement *statement)
{
    const struct list none = {NULL, 0, 0};
    struct arena *arena = way->plan->arena;
    const struct rows *rows;

    way->name = table_of(statement);
    way->table =
        way->name != NULL ? catalog_find_table(way->plan->target, way->name) : NULL;
    way->columns = way->types = way->not_null = way->pictures = none;
    way->constraints = way->indexes = none;
    if (way->table == NULL || way->table->is_foreign)
        return;
    way->columns = copy_of(arena, &way->table->columns);
    way->constraints = copy_of(arena, &way->table->constraints);
    way->indexes = copy_of(arena, &way->table->indexes);
    for (size_t i = 0; i < way->columns.count; i++) {
        struct column *column = way->columns.items[i];

        list_add(arena, &way->types, (void *)column->type);
        if (column->is_not_null)
            list_add(arena, &way->not_null, column);
    }
    rows = way->table->rows;
    for (size_t i = 0; i < rows->branches.count; i++) {
        const struct branch *branch = rows->branches.items[i];
        struct picture *picture = arena_zalloc(arena, sizeof(*picture));

        picture->values = copy_of(arena, &branch->values);
        picture->filter = branch->filter;
        list_add(arena, &way->pictures, picture);
    }
}

/* --- what is demanded anew ----------------------------------------------------------- */

static size_t position_in(const struct list *list, const void *item)
{
    size_t position = 0;

    while (position < list->count && list->items[position] != item)
        position++;
    return position;
}

/* Whether the value is another one, or is to be of another type or there. */
static bool is_demanded_anew(const struct foresee_way *way, struct column *column,
                             const ast_node *value, const struct picture *picture)
{
    size_t position = position_in(&way->columns, column);

    return picture == NULL || position == way->columns.count ||
           picture->values.items[position] != value ||
           strcmp(way->types.items[position], column->type) != 0 ||
           (column->is_not_null && !list_has(&way->not_null, column));
}

/* Notes what was asked since `first`. */
static void note(struct foresee_way *way, const struct list *queries,
                 const struct revision *revision, const struct demand *model)
{
    struct arena *arena = way->plan->arena;
    const struct rows *rows = model->table->rows;
    const struct branch *branch = rows->branches.items[model->branch];

    for (size_t i = 0; i < queries->count; i++) {
        struct demand *demand = arena_zalloc(arena, sizeof(*demand));

        *demand = *model;
        demand->columns = copy_of(arena, &model->columns);
        demand->query = queries->items[i];
        demand->query->revision =
            revision != NULL
                ? arena_printf(arena, "%s (%s)", revision->id, revision->version)
                : NULL;
        demand->filter = branch->filter;
        for (size_t j = 0; j < model->columns.count; j++) {
            const struct column *column = model->columns.items[j];

            list_add(arena, &demand->types, (void *)column->type);
            list_add(arena, &demand->values,
                     branch->values.items[position_in(&model->table->columns, column)]);
        }
        list_add(arena, &way->demands, demand);
    }
}

static int look_at_values(struct foresee_way *way, const struct revision *revision,
                          const struct table *live, size_t number, struct err *err)
{
    const struct rows *rows = way->table->rows;
    const struct branch *branch = rows->branches.items[number];
    const struct picture *picture =
        number < way->pictures.count ? way->pictures.items[number] : NULL;
    struct list queries = {NULL, 0, 0};
    struct look look = foresee_look(way->plan, &all, &queries, err);
    struct demand model = {.table = way->table, .branch = number};

    for (size_t i = 0; i < way->table->columns.count; i++) {
        struct column *column = way->table->columns.items[i];

        if (is_demanded_anew(way, column, branch->values.items[i], picture))
            list_add(way->plan->arena, &model.columns, column);
    }
    if (model.columns.count == 0)
        return 0;
    if (foresee_values(&look, live, way->table, branch, &model.columns) != 0)
        return -1;
    note(way, &queries, revision, &model);
    return 0;
}

static int look_at_constraint(struct foresee_way *way, const struct revision *revision,
                              const struct table *live, size_t number,
                              const struct constraint *constraint, struct err *err)
{
    const struct rows *rows = way->table->rows;
    const struct branch *branch = rows->branches.items[number];
    struct list queries = {NULL, 0, 0};
    struct look look = foresee_look(way->plan, &all, &queries, err);
    struct demand model = {.table = way->table,
                           .branch = number,
                           .columns = constraint->columns,
                           .constraint = constraint};
    int status = 0;

    if (constraint->kind == CONSTRAINT_FOREIGN && !constraint->is_unenforced)
        status = foresee_reference(&look, way->table, branch, constraint);
    else if ((constraint->kind == CONSTRAINT_PRIMARY ||
              constraint->kind == CONSTRAINT_UNIQUE) &&
             rows->branches.count == 1 && foresee_takes_key_of(branch->source))
        status = foresee_key(&look, live, way->table, branch, constraint->name,
                             &constraint->columns);
    note(way, &queries, revision, &model);
    return status;
}

static int look_at_index(struct foresee_way *way, const struct revision *revision,
                         const struct table *live, const struct index *index,
                         struct err *err)
{
    const struct rows *rows = way->table->rows;
    const struct branch *branch = rows->branches.items[0];
    struct list queries = {NULL, 0, 0};
    struct look look = foresee_look(way->plan, &all, &queries, err);
    /* Of which columns it is does not matter here: all are to be what they were. */
    struct demand model = {
        .table = way->table, .columns = way->table->columns, .index = index};
    int status = 0;

    if (rows->branches.count == 1 && foresee_takes_key_of(branch->source))
        status = foresee_index(&look, live, way->table, branch, index);
    note(way, &queries, revision, &model);
    return status;
}

static int look_at_branch(struct foresee_way *way, const struct revision *revision,
                          size_t number, struct err *err)
{
    const struct rows *rows = way->table->rows;
    const struct branch *branch = rows->branches.items[number];
    const struct table *live =
        branch->source != NULL
            ? catalog_find_table(way->plan->live, branch->source->name)
            : NULL;

    if (live == NULL)
        return 0;
    if (look_at_values(way, revision, live, number, err) != 0)
        return -1;
    for (size_t i = 0; i < way->table->constraints.count; i++) {
        struct constraint *constraint = way->table->constraints.items[i];

        if (!list_has(&way->constraints, constraint) &&
            look_at_constraint(way, revision, live, number, constraint, err) != 0)
            return -1;
    }
    for (size_t i = 0; i < way->table->indexes.count; i++) {
        struct index *index = way->table->indexes.items[i];

        if (!list_has(&way->indexes, index) &&
            look_at_index(way, revision, live, index, err) != 0)
            return -1;
    }
    return 0;
}

int foresee_way_after(struct foresee_way *way, const struct revision *revision,
                      struct err *err)
{
    const struct table *table =
        way->name != NULL ? catalog_find_table(way->plan->target, way->name) : NULL;
    const struct rows *rows;

    if (table == NULL || table != way->table || table->is_foreign)
        return 0;
    rows = table->rows;
    for (size_t i = 0; i < rows->branches.count; i++) {
        if (look_at_branch(way, revision, i, err) != 0)
            return err_wrap(err, "the rows of %s", table->name);
    }
    return 0;
}

/* --- what the target demands as well -------------------------------------------------- */

static bool is_same(struct arena *arena, const ast_node *a, const ast_node *b)
{
    return a == b || (a != NULL && b != NULL && ast_equal(arena, a, b));
}

static bool is_value_demanded_still(struct arena *arena, const struct demand *demand,
                                    const struct branch *branch, size_t number)
{
    struct column *column = demand->columns.items[number];
    size_t position = position_in(&demand->table->columns, column);

    return position < demand->table->columns.count &&
           strcmp(column->type, demand->types.items[number]) == 0 &&
           is_same(arena, branch->values.items[position], demand->values.items[number]);
}

static bool is_demanded_still(const struct foresee_way *way,
                              const struct demand *demand)
{
    const struct table *table = demand->table;
    const struct rows *rows = table->rows;
    const struct branch *branch;

    if (!list_has(&way->plan->target->tables, table) ||
        demand->branch >= rows->branches.count ||
        (demand->constraint != NULL &&
         !list_has(&table->constraints, demand->constraint)) ||
        (demand->index != NULL && !list_has(&table->indexes, demand->index)))
        return false;
    branch = rows->branches.items[demand->branch];
    if (!is_same(way->plan->arena, branch->filter, demand->filter))
        return false;
    for (size_t i = 0; i < demand->columns.count; i++) {
        if (!is_value_demanded_still(way->plan->arena, demand, branch, i))
            return false;
    }
    return true;
}

static bool is_asked(const struct list *queries, const char *sql)
{
    for (size_t i = 0; i < queries->count; i++) {
        const struct foresee_query *query = queries->items[i];

        if (strcmp(query->sql, sql) == 0)
            return true;
    }
    return false;
}

void foresee_way_end(struct foresee_way *way, struct list *queries)
{
    for (size_t i = 0; i < way->demands.count; i++) {
        const struct demand *demand = way->demands.items[i];

        if (!is_demanded_still(way, demand) && !is_asked(queries, demand->query->sql))
            list_add(way->plan->arena, queries, demand->query);
    }
}
