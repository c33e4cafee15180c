/* SPDX-License-Identifier: Apache-2.0
 *
 * shadow_aside.c - the SQL about rows that are set aside in the shadow database.
 */
#include "config.h"

#include <string.h>

#include "base/strbuf.h"
#include "compiler/plan_internal.h"
#include "compiler/rows.h"
#include "compiler/shadow_aside.h"

enum { NAME_MAX_BYTES = 64 }; /* of a table */

/* The rows of one end of a foreign key. */
enum which_rows { ROWS_FOUND, ROWS_THAT_STAY, ROWS_ALL };

bool shadow_aside_is_possible(const struct table *live)
{
    return shadow_key_of(live) != NULL &&
           strlen(SHADOW_FOUND_PREFIX) + strlen(live->name) <= NAME_MAX_BYTES;
}

static const char *aside_table(struct arena *arena, const char *schema,
                               const char *prefix, const struct table *live)
{
    return ddl_name(arena, schema, arena_printf(arena, "%s%s", prefix, live->name));
}

const char *shadow_aside_condition(struct arena *arena, const char *schema,
                                   const char *prefix, const struct table *live)
{
    const struct list *keys = &table_primary_key(live)->columns;

    return arena_printf(
        arena, "EXISTS (SELECT 1 FROM %s AS airshift_row WHERE %s)",
        aside_table(arena, schema, prefix, live),
        ddl_match(arena, "airshift_row", keys, ROWS_SOURCE_ALIAS, keys));
}

const char *shadow_aside_insert(const struct shadow *shadow, struct arena *arena,
                                const struct table *live, const char *reason,
                                const char *condition)
{
    const char *found =
        aside_table(arena, shadow->new_schema, SHADOW_FOUND_PREFIX, live);

    return arena_printf(
        arena,
        "INSERT INTO %s (%s, airshift_problem) SELECT %s, %s FROM %s "
        "AS " ROWS_SOURCE_ALIAS " WHERE NOT %s AND (%s)",
        found, ddl_written_columns(arena, live, ""),
        ddl_written_columns(arena, live, ROWS_SOURCE_ALIAS "."),
        ddl_literal(arena, reason), ddl_name(arena, shadow->live_schema, live->name),
        shadow_aside_condition(arena, shadow->new_schema, SHADOW_FOUND_PREFIX, live),
        condition);
}

/* --- what refers to them ----------------------------------------------------------- */

static const struct table *live_of(const struct shadow *shadow,
                                   const struct branch *branch)
{
    const struct table *live =
        branch->source != NULL
            ? catalog_find_table(shadow->plan->live, branch->source->name)
            : NULL;

    return live != NULL && shadow_aside_is_possible(live) ? live : NULL;
}

static void add_value(struct arena *arena, struct table *table, struct branch *branch,
                      const struct column *like, const char *name, ast_node *value)
{
    struct column *column = arena_zalloc(arena, sizeof(*column));

    *column = *like;
    column->name = name;
    list_add(arena, &table->columns, column);
    list_add(arena, &branch->values, value);
}

/* SELECT k1, k2, ..., p1, p2, ... of one branch: the columns of one end of a foreign key and
 * the primary key of the live row. */
static const char *select_keys(const struct shadow *shadow, const struct table *table,
                               const struct branch *branch, const struct list *columns,
                               enum which_rows which, struct err *err)
{
    struct plan *plan = shadow->plan;
    const struct table *live = live_of(shadow, branch);
    const struct constraint *primary = live != NULL ? table_primary_key(live) : NULL;
    struct branch keys = *branch;
    struct table only = *table;

    keys.values = (struct list){NULL, 0, 0};
    only.columns = (struct list){NULL, 0, 0};
    for (size_t i = 0; i < columns->count; i++) {
        size_t position = 0;

        while (table->columns.items[position] != columns->items[i])
            position++;
        add_value(plan->arena, &only, &keys, columns->items[i],
                  arena_printf(plan->arena, "k%zu", i + 1),
                  branch->values.items[position]);
    }
    for (size_t i = 0; primary != NULL && i < primary->columns.count; i++) {
        const struct column *column = primary->columns.items[i];

        add_value(plan->arena, &only, &keys, column,
                  arena_printf(plan->arena, "p%zu", i + 1),
                  ast_column(plan->arena, ROWS_SOURCE_ALIAS, column->name));
    }
    if (which != ROWS_ALL && live != NULL) {
        ast_node *found = ast_parse_expression(
            plan->arena,
            arena_printf(plan->arena, "%s%s", which == ROWS_FOUND ? "" : "NOT ",
                         shadow_aside_condition(plan->arena, shadow->new_schema,
                                                SHADOW_FOUND_PREFIX, live)),
            err);

        if (found == NULL)
            return NULL;
        keys.filter =
            keys.filter != NULL ? ast_and(plan->arena, keys.filter, found) : found;
    }
    return branch_select(&plan->simulation, &only, &keys);
}

/* "k1, k2", or "a.k1 = b.k1 AND a.k2 = b.k2" where there are aliases. */
static const char *numbered(struct arena *arena, size_t count, const char *letter,
                            const char *a, const char *b)
{
    const char *text = "";

    for (size_t i = 1; i <= count; i++)
        text =
            a == NULL
                ? arena_printf(arena, "%s%s%s%zu", text, i > 1 ? ", " : "", letter, i)
                : arena_printf(arena, "%s%s%s.%s%zu = %s.%s%zu", text,
                               i > 1 ? " AND " : "", a, letter, i, b, letter, i);
    return text;
}

/* What a foreign key's parent lost: the keys of its rows that were found, and "AND NOT EXISTS"
 * for each way in which a row that stays may have the key as well. */
struct loss {
    const char *keys; /* NULL where none of its rows can be set aside */
    const char *unless;
};

static int look_at_parent(const struct shadow *shadow, const struct constraint *key,
                          struct loss *loss, struct err *err)
{
    struct arena *arena = shadow->plan->arena;
    const struct rows *rows = key->referenced->rows;
    size_t count = key->columns.count;
    const char *names = numbered(arena, count, "k", NULL, NULL);
    const char *found = NULL;

    *loss = (struct loss){NULL, ""};
    for (size_t i = 0; i < rows->branches.count; i++) {
        const struct branch *branch = rows->branches.items[i];
        const char *stay = select_keys(shadow, key->referenced, branch,
                                       &key->referenced_columns, ROWS_THAT_STAY, err);
        const char *gone = select_keys(shadow, key->referenced, branch,
                                       &key->referenced_columns, ROWS_FOUND, err);

        if (stay == NULL || gone == NULL)
            return -1;
        loss->unless =
            arena_printf(arena, "%s AND NOT EXISTS (SELECT 1 FROM (%s) AS s WHERE %s)",
                         loss->unless, stay, numbered(arena, count, "k", "s", "c"));
        if (live_of(shadow, branch) != NULL)
            found = arena_printf(arena, "%s%sSELECT %s FROM (%s) AS f",
                                 found != NULL ? found : "",
                                 found != NULL ? " UNION " : "", names, gone);
    }
    if (found != NULL)
        loss->keys =
            arena_printf(arena, "(SELECT DISTINCT %s FROM (%s) AS u)", names, found);
    return 0;
}

/* The condition on a live row, of which this branch is made, that it refers to a lost key. */
static const char *refers_to(const struct shadow *shadow, const struct table *table,
                             const struct constraint *key, const struct branch *branch,
                             const struct loss *loss, struct err *err)
{
    struct arena *arena = shadow->plan->arena;
    const struct constraint *primary = table_primary_key(live_of(shadow, branch));
    const char *keys = select_keys(shadow, table, branch, &key->columns, ROWS_ALL, err);
    const char *places = "";
    const char *rows;

    for (size_t i = 0; i < primary->columns.count; i++) {
        const struct column *column = primary->columns.items[i];

        places = arena_printf(arena, "%s%s" ROWS_SOURCE_ALIAS ".%s", places,
                              i > 0 ? ", " : "", ddl_name(arena, NULL, column->name));
    }
    rows = plan_print(
        shadow->plan,
        arena_printf(arena, "SELECT %s FROM (%s) AS c JOIN %s AS l ON %s WHERE true%s",
                     numbered(arena, primary->columns.count, "p", NULL, NULL), keys,
                     loss->keys, numbered(arena, key->columns.count, "k", "c", "l"),
                     loss->unless),
        err);
    return rows == NULL
               ? NULL
               : arena_printf(arena, "(%s) IN (SELECT * FROM (%s) AS r)", places, rows);
}

static int add_reference(const struct shadow *shadow, struct list *references,
                         const struct table *table, const struct constraint *key,
                         const struct branch *branch, struct err *err)
{
    struct arena *arena = shadow->plan->arena;
    struct plan_reference *reference;
    const struct rows *parents = key->referenced->rows;
    const struct table *child = live_of(shadow, branch);
    const char *condition;
    struct loss loss;

    if (child == NULL)
        return 0;
    if (look_at_parent(shadow, key, &loss, err) != 0)
        return -1;
    if (loss.keys == NULL)
        return 0;
    condition = refers_to(shadow, table, key, branch, &loss, err);
    if (condition == NULL)
        return -1;
    reference = arena_zalloc(arena, sizeof(*reference));
    reference->child = child->name;
    for (size_t i = 0; i < parents->branches.count; i++) {
        const struct table *parent = live_of(shadow, parents->branches.items[i]);

        if (parent != NULL)
            list_add(arena, &reference->parents, (void *)parent->name);
    }
    reference->sql = shadow_aside_insert(
        shadow, arena, child, plan_reference_reason(arena, table, key), condition);
    list_add(arena, references, reference);
    return 0;
}

struct list *shadow_aside_references(const struct shadow *shadow, struct err *err)
{
    const struct catalog *target = shadow->plan->target;
    struct list *references = arena_zalloc(shadow->plan->arena, sizeof(*references));

    for (size_t i = 0; i < target->tables.count; i++) {
        const struct table *table = target->tables.items[i];
        const struct rows *rows = table->rows;

        for (size_t j = 0; j < table->constraints.count; j++) {
            const struct constraint *key = table->constraints.items[j];

            if (key->kind != CONSTRAINT_FOREIGN)
                continue;
            for (size_t k = 0; k < rows->branches.count; k++) {
                if (add_reference(shadow, references, table, key,
                                  rows->branches.items[k], err) != 0)
                    return NULL;
            }
        }
    }
    return references;
}
