/* SPDX-License-Identifier: Apache-2.0
 *
 * plan_aside.c - what has to go with a row that --quarantine sets aside: the rows that refer
 * to it by a foreign key of the target.
 *
 * Both ends of a key are row programs. So the keys are computed from the live rows, and no
 * new table needs to be there.
 */
#include "config.h"

#include <string.h>

#include "base/strbuf.h"
#include "compiler/plan_internal.h"
#include "compiler/rows.h"

enum which_rows { ROWS_ASIDE, ROWS_THAT_STAY, ROWS_ALL };

/* A name no revision uses. */
#define ASIDE_ALIAS "airshift_aside"

const char *plan_aside_condition(struct arena *arena, const struct table *live)
{
    return arena_printf(arena,
                        "EXISTS (SELECT 1 FROM " PLAN_STATE_SCHEMA
                        ".aside AS " ASIDE_ALIAS " WHERE " ASIDE_ALIAS
                        ".is_applied AND " ASIDE_ALIAS ".relation = %s AND " ASIDE_ALIAS
                        ".place = " ROWS_SOURCE_ALIAS ".ctid)",
                        ddl_literal(arena, live->name));
}

const char *plan_reference_reason(struct arena *arena, const struct table *table,
                                  const struct constraint *key)
{
    return arena_printf(arena,
                        "refers to a row of \"%s\" that was set aside (foreign key "
                        "\"%s\" of \"%s\")",
                        key->referenced->name, key->name, table->name);
}

static size_t position_of(const struct table *table, const struct column *column)
{
    size_t position = 0;

    while (position < table->columns.count && table->columns.items[position] != column)
        position++;
    return position;
}

/* SELECT place, k1, k2, ... of one branch: the columns of one end of a key. */
static const char *select_keys(struct plan *plan, const struct table *table,
                               const struct branch *branch, const struct list *columns,
                               enum which_rows which)
{
    struct branch keys = *branch;
    struct table only = *table;
    struct strbuf sql = STRBUF_INIT;
    const char *text;

    keys.values = (struct list){NULL, 0, 0};
    only.columns = (struct list){NULL, 0, 0};
    for (size_t i = 0; i < columns->count; i++) {
        struct column *column = columns->items[i];
        struct column *named = arena_zalloc(plan->arena, sizeof(*named));

        *named = *column;
        named->name = arena_printf(plan->arena, "k%zu", i + 1);
        list_add(plan->arena, &only.columns, named);
        list_add(plan->arena, &keys.values,
                 branch->values.items[position_of(table, column)]);
    }
    if (branch->source != NULL) {
        struct column *place = arena_zalloc(plan->arena, sizeof(*place));

        place->name = "place";
        list_add(plan->arena, &only.columns, place);
        list_add(plan->arena, &keys.values,
                 ast_column(plan->arena, ROWS_SOURCE_ALIAS, "ctid"));
    }
    strbuf_add_string(&sql, branch_select(&plan->simulation, &only, &keys));
    if (which != ROWS_ALL && branch->source != NULL) {
        strbuf_addf(&sql,
                    " %s %s (SELECT 1 FROM " PLAN_STATE_SCHEMA
                    ".aside AS a WHERE NOT a.is_applied AND a.relation = ",
                    branch->filter != NULL ? "AND" : "WHERE",
                    which == ROWS_ASIDE ? "EXISTS" : "NOT EXISTS");
        sql_add_literal(&sql, branch->source->name);
        strbuf_add_string(&sql, " AND a.place = " ROWS_SOURCE_ALIAS ".ctid)");
    }
    text = arena_strdup(plan->arena, strbuf_text(&sql));
    strbuf_clear(&sql);
    return text;
}

/* "k1, k2" */
static const char *key_list(struct plan *plan, size_t count)
{
    const char *names = "k1";

    for (size_t i = 1; i < count; i++)
        names = arena_printf(plan->arena, "%s, k%zu", names, i + 1);
    return names;
}

/* The keys of the parent's rows, of all its branches that can have such rows; NULL where
 * none can. */
static const char *parent_keys(struct plan *plan, const struct constraint *constraint,
                               enum which_rows which)
{
    const struct rows *rows = constraint->referenced->rows;
    const char *keys = key_list(plan, constraint->referenced_columns.count);
    const char *sql = NULL;

    for (size_t i = 0; i < rows->branches.count; i++) {
        const struct branch *branch = rows->branches.items[i];
        const char *select;

        if (which == ROWS_ASIDE && branch->source == NULL)
            continue;
        select = arena_printf(plan->arena, "SELECT %s FROM (%s) AS p", keys,
                              select_keys(plan, constraint->referenced, branch,
                                          &constraint->referenced_columns, which));
        sql = sql == NULL ? select
                          : arena_printf(plan->arena, "%s UNION ALL %s", sql, select);
    }
    return sql;
}

static void add_reference(struct plan *plan, struct list *references,
                          const struct table *table,
                          const struct constraint *constraint,
                          const struct branch *branch)
{
    struct plan_reference *reference = arena_zalloc(plan->arena, sizeof(*reference));
    const struct rows *parents = constraint->referenced->rows;
    const char *aside = parent_keys(plan, constraint, ROWS_ASIDE);
    const char *keys = key_list(plan, constraint->columns.count);

    if (aside == NULL)
        return;
    reference->child = branch->source->name;
    for (size_t i = 0; i < parents->branches.count; i++) {
        const struct branch *parent = parents->branches.items[i];

        if (parent->source != NULL)
            list_add(plan->arena, &reference->parents, (void *)parent->source->name);
    }
    /* Few keys are gone, so only the parent's rows with one of them are of interest: where
     * several live rows give one key, another of them may stay. */
    reference->sql = arena_printf(
        plan->arena,
        "WITH gone AS MATERIALIZED (%s), lost AS MATERIALIZED ("
        "SELECT %s FROM gone EXCEPT SELECT %s FROM (%s) AS s "
        "WHERE (%s) IN (SELECT %s FROM gone)) "
        "INSERT INTO " PLAN_STATE_SCHEMA ".aside (relation, place, reason) "
        "SELECT %s, c.place, %s FROM (%s) AS c WHERE (%s) IN (SELECT %s FROM lost) "
        "ON CONFLICT DO NOTHING",
        aside, keys, keys, parent_keys(plan, constraint, ROWS_THAT_STAY), keys, keys,
        ddl_literal(plan->arena, branch->source->name),
        ddl_literal(plan->arena, plan_reference_reason(plan->arena, table, constraint)),
        select_keys(plan, table, branch, &constraint->columns, ROWS_ALL), keys, keys);
    list_add(plan->arena, references, reference);
}

struct list plan_references(struct plan *plan)
{
    struct list references = {NULL, 0, 0};

    for (size_t i = 0; i < plan->target->tables.count; i++) {
        const struct table *table = plan->target->tables.items[i];
        const struct rows *rows = table->rows;

        for (size_t j = 0; j < table->constraints.count; j++) {
            const struct constraint *constraint = table->constraints.items[j];

            if (constraint->kind != CONSTRAINT_FOREIGN || constraint->is_unenforced)
                continue;
            for (size_t k = 0; k < rows->branches.count; k++) {
                const struct branch *branch = rows->branches.items[k];

                if (branch->source != NULL)
                    add_reference(plan, &references, table, constraint, branch);
            }
        }
    }
    return references;
}
