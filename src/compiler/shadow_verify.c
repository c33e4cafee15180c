/* SPDX-License-Identifier: Apache-2.0
 *
 * shadow_verify.c - the rows of a filled table beside those that its row program gives a
 * second time: their number, and the sum of a hash over each whole row.
 */
#include "config.h"

#include "base/strbuf.h"
#include "compiler/plan_internal.h"
#include "compiler/rows.h"
#include "compiler/shadow_verify.h"
#include "render.h"

/* Evaluated a second time it would be another value, or none. */
static bool is_drawn(const struct table *table, size_t position)
{
    const struct column *column = table->columns.items[position];
    const struct rows *rows = table->rows;

    if (column->is_generated)
        return true;
    for (size_t i = 0; i < rows->branches.count; i++) {
        const struct branch *branch = rows->branches.items[i];
        const ast_node *value = branch->values.items[position];

        if ((value == column->default_value && !ast_is_constant(value)) ||
            (column->is_counter && ast_is_null(value)))
            return true;
    }
    return false;
}

static const char *row_hash(struct plan *plan, const struct table *table)
{
    const char **values =
        arena_alloc(plan->arena, (table->columns.count + 1) * sizeof(*values));
    struct strbuf sql = STRBUF_INIT;
    size_t count = 0;
    const char *text;

    for (size_t i = 0; i < table->columns.count; i++) {
        const struct column *column = table->columns.items[i];
        struct strbuf value = STRBUF_INIT;

        if (is_drawn(table, i))
            continue;
        dialect_add_value(
            plan->dialect, &value,
            arena_printf(plan->arena, "t.%s",
                         dialect_quote_name(plan->dialect, plan->arena, column->name)),
            column->type);
        values[count++] = arena_strdup(plan->arena, strbuf_text(&value));
        strbuf_clear(&value);
    }
    dialect_add_row_hash(plan->dialect, &sql, values, count, 0);
    text = arena_strdup(plan->arena, strbuf_text(&sql));
    strbuf_clear(&sql);
    return text;
}

const char *shadow_verify_sql(struct plan *plan, const struct table *table,
                              const char *new_schema, struct err *err)
{
    const char *expected =
        plan_print(plan,
                   arena_printf(plan->arena, "SELECT * FROM %s",
                                rows_relation(&plan->simulation, table, "q")),
                   err);
    const char *hash = row_hash(plan, table);

    if (expected == NULL)
        return NULL;
    return arena_printf(plan->arena,
                        "SELECT a.n, b.n, a.n = b.n AND a.h <=> b.h FROM "
                        "(SELECT count(*) AS n, sum(%s) AS h FROM (%s) AS t) AS a, "
                        "(SELECT count(*) AS n, sum(%s) AS h FROM %s.%s AS t) AS b",
                        hash, expected, hash,
                        dialect_quote_name(plan->dialect, plan->arena, new_schema),
                        dialect_quote_name(plan->dialect, plan->arena, table->name));
}
