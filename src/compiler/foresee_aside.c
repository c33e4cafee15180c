/* SPDX-License-Identifier: Apache-2.0
 *
 * foresee_aside.c - the SQL of setting such rows aside. Where rows have places they are known by
 * them, else by the primary key of the live table.
 */
#include "config.h"

#include "compiler/foresee_aside.h"
#include "compiler/plan_internal.h"
#include "compiler/shadow_aside.h"
#include "render.h"

bool aside_is_possible(const struct plan *plan, const struct table *live)
{
    return !dialect_has_own_grammar(plan->dialect) || shadow_aside_is_possible(live);
}

struct selection {
    struct table table;
    struct branch branch;
};

static void add(struct arena *arena, struct selection *selection, const char *name,
                const char *type, ast_node *value)
{
    struct column *column = arena_zalloc(arena, sizeof(*column));

    column->name = name;
    column->type = type;
    list_add(arena, &selection->table.columns, column);
    list_add(arena, &selection->branch.values, value);
}

static const char *not_aside(const struct aside_rows *rows)
{
    struct arena *arena = rows->plan->arena;

    return rows->shadow != NULL
               ? arena_printf(arena, "NOT %s",
                              shadow_aside_condition(arena, rows->shadow->new_schema,
                                                     SHADOW_FOUND_PREFIX, rows->live))
               : arena_printf(arena,
                              "NOT EXISTS (SELECT 1 FROM " PLAN_STATE_SCHEMA
                              ".aside AS a WHERE a.relation = %s AND a.place "
                              "= " ROWS_SOURCE_ALIAS ".ctid)",
                              ddl_literal(arena, rows->live->name));
}

/* SELECT k1, k2, ..., p1, p2, ..., place of the rows that are not set aside yet: the key, the
 * primary key of the live row, and where it is. */
static const char *select_rows(const struct aside_rows *rows, struct err *err)
{
    struct arena *arena = rows->plan->arena;
    const struct constraint *primary = table_primary_key(rows->live);
    struct selection selection = {*rows->table, *rows->branch};
    ast_node *stays = ast_parse_expression(arena, not_aside(rows), err);

    if (stays == NULL)
        return NULL;
    if (rows->unfit != NULL)
        stays = ast_build(arena, "($1) AND ($2) IS NOT TRUE", 2, stays, rows->unfit);
    selection.table.columns = (struct list){NULL, 0, 0};
    selection.branch.values = (struct list){NULL, 0, 0};
    for (size_t i = 0; i < rows->values.count; i++)
        add(arena, &selection, arena_printf(arena, "k%zu", i + 1), rows->types.items[i],
            rows->values.items[i]);
    for (size_t i = 0; primary != NULL && i < primary->columns.count; i++) {
        const struct column *column = primary->columns.items[i];

        add(arena, &selection, arena_printf(arena, "p%zu", i + 1), column->type,
            ast_column(arena, ROWS_SOURCE_ALIAS, column->name));
    }
    if (rows->shadow == NULL)
        add(arena, &selection, "place", "tid",
            ast_column(arena, ROWS_SOURCE_ALIAS, "ctid"));
    selection.branch.filter = selection.branch.filter != NULL
                                  ? ast_and(arena, selection.branch.filter, stays)
                                  : stays;
    return branch_select(&rows->plan->simulation, &selection.table, &selection.branch);
}

/* "q.k1, q.k2" */
static const char *numbered(struct arena *arena, const char *letter, size_t count)
{
    const char *text = "";

    for (size_t i = 1; i <= count; i++)
        text = arena_printf(arena, "%s%sq.%s%zu", text, i > 1 ? ", " : "", letter, i);
    return text;
}

static size_t primary_count(const struct aside_rows *rows)
{
    const struct constraint *primary = table_primary_key(rows->live);

    return primary != NULL ? primary->columns.count : 0;
}

/* What a row is known by. */
static const char *identity(const struct aside_rows *rows)
{
    return rows->shadow != NULL ? numbered(rows->plan->arena, "p", primary_count(rows))
                                : "q.place";
}

/* Its order among others: the place only decides where there is no primary key. */
static const char *order(const struct aside_rows *rows)
{
    return primary_count(rows) > 0
               ? numbered(rows->plan->arena, "p", primary_count(rows))
               : "q.place";
}

/* Those that the query names. */
static const char *set_aside(const struct aside_rows *rows, const char *query,
                             const char *reason, struct err *err)
{
    struct arena *arena = rows->plan->arena;
    const struct constraint *primary = table_primary_key(rows->live);
    const char *names = "";
    const char *printed = plan_print(rows->plan, query, err);

    if (printed == NULL)
        return NULL;
    if (rows->shadow == NULL)
        return arena_printf(arena,
                            "INSERT INTO " PLAN_STATE_SCHEMA
                            ".aside (relation, place, reason) SELECT %s, r.place, %s "
                            "FROM (%s) AS r ON CONFLICT DO NOTHING",
                            ddl_literal(arena, rows->live->name),
                            ddl_literal(arena, reason), printed);
    for (size_t i = 0; i < primary->columns.count; i++) {
        const struct column *column = primary->columns.items[i];

        names = arena_printf(arena, "%s%s" ROWS_SOURCE_ALIAS ".%s", names,
                             i > 0 ? ", " : "", ddl_name(arena, NULL, column->name));
    }
    return shadow_aside_insert(
        rows->shadow, arena, rows->live, reason,
        arena_printf(arena, "(%s) IN (SELECT * FROM (%s) AS r)", names, printed));
}

const char *aside_of_repeated(const struct aside_rows *rows, const char *reason,
                              struct err *err)
{
    struct arena *arena = rows->plan->arena;
    const char *select = select_rows(rows, err);
    const char *keys = numbered(arena, "k", rows->values.count);
    const char *present = "";

    if (select == NULL)
        return NULL;
    for (size_t i = 1; i <= rows->values.count; i++)
        present = arena_printf(arena, "%s%sq.k%zu IS NOT NULL", present,
                               i > 1 ? " AND " : "", i);
    return set_aside(
        rows,
        arena_printf(
            arena,
            "SELECT %s FROM (SELECT q.*, row_number() OVER (PARTITION BY %s "
            "ORDER BY %s) AS nth FROM (%s) AS q WHERE %s) AS q WHERE q.nth > 1",
            identity(rows), keys, order(rows), select, present),
        reason, err);
}

const char *aside_of_orphans(const struct aside_rows *rows, const char *condition,
                             const char *reason, struct err *err)
{
    const char *select = select_rows(rows, err);

    return select == NULL ? NULL
                          : set_aside(rows,
                                      arena_printf(rows->plan->arena,
                                                   "SELECT %s FROM (%s) AS q WHERE %s",
                                                   identity(rows), select, condition),
                                      reason, err);
}
