/* SPDX-License-Identifier: Apache-2.0
 *
 * aside_move.c - rows that are set aside leave the live tables, for an executor that works in
 * them. There the foreign keys of the live database hold as well, and some would take or change
 * rows that nobody has kept.
 */
#include "config.h"

#include <string.h>

#include "compiler/plan_internal.h"
#include "migrate/aside.h"

static const char *live_name(struct plan *plan, const char *table)
{
    return ddl_name(plan->arena, plan->live->schema, table);
}

static void add_reference(struct plan *plan, struct list *references,
                          const struct table *child, const struct constraint *key)
{
    struct arena *arena = plan->arena;
    struct plan_reference *reference = arena_zalloc(arena, sizeof(*reference));

    reference->child = child->name;
    list_add(arena, &reference->parents, (void *)key->referenced->name);
    reference->sql = arena_printf(
        arena,
        "INSERT INTO " PLAN_STATE_SCHEMA ".aside (relation, place, reason) "
        "SELECT %s, c.ctid, %s FROM " PLAN_STATE_SCHEMA
        ".aside AS a JOIN %s AS p ON p.ctid = a.place JOIN %s AS c ON %s "
        "WHERE a.relation = %s ON CONFLICT DO NOTHING",
        ddl_literal(arena, child->name),
        ddl_literal(arena, plan_reference_reason(arena, child, key)),
        live_name(plan, key->referenced->name), live_name(plan, child->name),
        ddl_match(arena, "c", &key->columns, "p", &key->referenced_columns),
        ddl_literal(arena, key->referenced->name));
    list_add(arena, references, reference);
}

/* By the target's foreign keys they were followed already, from the rows that were found; from
 * those that the live ones add, they are now. */
static struct list all_references(struct plan *plan)
{
    struct list references = plan_references(plan);

    for (size_t i = 0; i < plan->live->tables.count; i++) {
        const struct table *table = plan->live->tables.items[i];

        for (size_t j = 0; j < table->constraints.count; j++) {
            const struct constraint *key = table->constraints.items[j];

            if (key->kind == CONSTRAINT_FOREIGN && !key->is_unenforced)
                add_reference(plan, &references, table, key);
        }
    }
    return references;
}

/* Rows in another schema are not airshift's to move. */
static int refuse_others(const struct table *table, struct err *err)
{
    for (size_t i = 0; i < table->live->extras.count; i++) {
        const struct live_extra *extra = table->live->extras.items[i];

        if (strcmp(extra->kind, "foreign key from another schema") != 0)
            continue;
        (void)err_set(err, ERR_DATA,
                      "rows of table \"%s\" are to be set aside, but foreign key "
                      "\"%s\" of another schema refers to it",
                      table->name, extra->name);
        return err_hint(err, "Drop the foreign key before the migration and make it "
                             "again afterwards. Nothing was changed.");
    }
    return 0;
}

/* One statement: its foreign keys are looked at when all rows are gone. */
static int delete_rows(struct connection *connection, struct plan *plan,
                       const struct list *relations, struct err *err)
{
    struct arena *arena = plan->arena;
    const char *sql = "";

    for (size_t i = 0; i < relations->count; i++) {
        const char *name = relations->items[i];
        const struct table *table = catalog_find_table(plan->live, name);

        if (table == NULL || refuse_others(table, err) != 0)
            return -1;
        sql = arena_printf(arena,
                           "%s%s d%zu AS (DELETE FROM %s AS t USING " PLAN_STATE_SCHEMA
                           ".aside AS a WHERE a.relation = %s AND a.place = t.ctid)",
                           sql, i > 0 ? "," : "WITH", i + 1, live_name(plan, name),
                           ddl_literal(arena, name));
    }
    return relations->count == 0
               ? 0
               : sql_exec(connection, arena_printf(arena, "%s SELECT 1", sql), err);
}

long long aside_move(struct connection *connection, struct plan *plan, struct err *err)
{
    struct list references = all_references(plan);
    struct list relations = {NULL, 0, 0};
    long long rows;

    if (aside_follow(connection, plan, &references, true, err) != 0 ||
        aside_names(connection, plan->arena, &relations, err) != 0)
        return -1;
    rows = aside_keep(connection, plan, err);
    return rows < 0 || delete_rows(connection, plan, &relations, err) != 0 ? -1 : rows;
}
