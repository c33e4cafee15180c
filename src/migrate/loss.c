/* SPDX-License-Identifier: Apache-2.0
 *
 * loss.c - the catalog before a simulated downgrade against the one after it.
 */
#include "config.h"

#include <string.h>

#include "base/strbuf.h"
#include "catalog/read.h"
#include "compiler/ddl.h"
#include "migrate/loss.h"

/* A table as it was; the simulation renames it and takes columns out. */
struct before {
    const struct table *table;
    const char *name;
    struct list columns; /* struct column * */
    struct list names;   /* const char *: theirs */
};

static struct list remember(struct arena *arena, const struct catalog *catalog)
{
    struct list tables = {NULL, 0, 0};

    for (size_t i = 0; i < catalog->tables.count; i++) {
        const struct table *table = catalog->tables.items[i];
        struct before *before = arena_zalloc(arena, sizeof(*before));

        before->table = table;
        before->name = table->name;
        for (size_t j = 0; j < table->columns.count; j++) {
            struct column *column = table->columns.items[j];

            list_add(arena, &before->columns, column);
            list_add(arena, &before->names, (void *)column->name);
        }
        list_add(arena, &tables, before);
    }
    return tables;
}

static int undo(struct plan *plan, struct simulation *simulation, struct route *route,
                size_t *count, struct err *err)
{
    for (size_t i = 0; i < route->steps.count; i++) {
        struct revision *revision = route->steps.items[i];
        const struct list *statements =
            route->goes_back ? &revision->downgrade : &revision->upgrade;

        if (revision_parse(plan->arena, revision, err) != 0)
            return -1;
        for (size_t j = 0; j < statements->count; j++) {
            if (simulation_apply(simulation, statements->items[j], NULL, err) != 0)
                return err_wrap(err, "revision %s (%s)", revision->id,
                                revision->version);
        }
        *count += route->goes_back;
    }
    return 0;
}

/* One scan of the table answers for all of it. */
static int count_values(struct connection *connection, struct arena *arena,
                        const char *schema, const struct before *before,
                        const struct list *columns, bool is_table,
                        struct losses *losses, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    struct sql_result *result;

    strbuf_add_string(&sql, "SELECT ");
    if (is_table)
        strbuf_add_string(&sql, "count(*)");
    for (size_t i = 0; i < columns->count; i++)
        strbuf_addf(&sql, "%scount(%s)", i > 0 ? ", " : "",
                    ddl_name(arena, NULL, columns->items[i]));
    strbuf_addf(&sql, " FROM %s", ddl_name(arena, schema, before->name));
    result = sql_query(connection, strbuf_text(&sql), 0, NULL, err);
    strbuf_clear(&sql);
    if (result == NULL)
        return -1;
    for (size_t i = 0; i < columns->count + is_table; i++) {
        struct loss *loss;

        if (sql_integer(result, 0, i) == 0)
            continue;
        loss = arena_zalloc(arena, sizeof(*loss));
        loss->table = arena_strdup(arena, before->name);
        loss->column = is_table ? NULL : arena_strdup(arena, columns->items[i]);
        loss->rows = sql_integer(result, 0, i);
        list_add(arena, &losses->items, loss);
    }
    sql_result_free(result);
    return 0;
}

static int compare(struct connection *connection, struct arena *arena,
                   const struct list *tables, const struct catalog *after,
                   struct losses *losses, struct err *err)
{
    for (size_t i = 0; i < tables->count; i++) {
        const struct before *before = tables->items[i];
        const struct table *table = list_has(&after->tables, before->table)
                                        ? before->table
                                        : catalog_find_table(after, before->name);
        struct list gone = {NULL, 0, 0};

        for (size_t j = 0; table != NULL && j < before->columns.count; j++) {
            if (!list_has(&table->columns, before->columns.items[j]) &&
                table_find_column(table, before->names.items[j]) == NULL)
                list_add(arena, &gone, before->names.items[j]);
        }
        if ((table == NULL || gone.count > 0) &&
            count_values(connection, arena, after->schema, before, &gone, table == NULL,
                         losses, err) != 0)
            return -1;
    }
    return 0;
}

static int find(struct plan *plan, struct connection *connection, const struct url *url,
                const struct plan_target *target, struct arena *arena,
                struct losses *losses, struct err *err)
{
    struct simulation simulation = {0};
    struct lowering lowering;
    struct catalog *catalog;
    struct list tables;

    if (plan_locate(plan, connection, url, target, err) != 0)
        return -1;
    losses->from = arena_strdup(arena, plan->source_version);
    losses->to = arena_strdup(arena, plan->target_version);
    if (plan->is_noop)
        return 0;
    catalog = catalog_read(connection, plan->arena, err);
    if (catalog == NULL || plan_check_revision(plan, catalog, err) != 0)
        return -1;
    tables = remember(plan->arena, catalog);
    if (lowering_start(&lowering, plan->arena, url->dialect, "", "", PLAN_STATE_SCHEMA,
                       err) != 0 ||
        simulation_start(&simulation, plan->arena, catalog, url->dialect, false, err) !=
            0)
        return -1;
    simulation.lowering = &lowering;
    simulation.target_version = plan->target_version;
    if (undo(plan, &simulation, &plan->fab, &losses->revisions, err) != 0 ||
        undo(plan, &simulation, &plan->core, &losses->revisions, err) != 0)
        return -1;
    return compare(connection, arena, &tables, catalog, losses, err);
}

int loss_find(struct connection *connection, const struct url *url,
              const struct plan_target *target, struct arena *arena,
              struct losses *losses, struct err *err)
{
    struct plan plan = {0};
    int status = find(&plan, connection, url, target, arena, losses, err);

    plan_clear(&plan);
    return status;
}
