/* SPDX-License-Identifier: Apache-2.0
 *
 * render_net.c - the net change of a table's definition. What the live table had and what the
 * target has are matched by what the simulation kept (the live names), and by definition
 * where the chain dropped an object and made it again the same.
 */
#include "config.h"

#include <string.h>

#include "compiler/ddl.h"
#include "compiler/render_net.h"
#include "compiler/render_table.h"
#include "compiler/simulate_keys.h"

struct net {
    struct render render;
    const struct table *live;
    const struct table *target;
    bool leaves_keys;
    bool keeps_implied; /* indexes that the server made for foreign keys */
};

static struct net net_start(struct simulation *simulation, const struct table *live,
                            const struct table *target, struct list *sql,
                            struct err *err)
{
    struct net net = {
        .render =
            {
                .simulation = simulation,
                .arena = simulation->arena,
                .dialect = simulation->dialect,
                .sql = sql,
                .err = err,
            },
        .live = live,
        .target = target,
    };

    return net;
}

/* --- what became of what ----------------------------------------------------------- */

static const struct column *column_becomes(const struct net *net,
                                           const struct column *live)
{
    for (size_t i = 0; i < net->target->columns.count; i++) {
        const struct column *column = net->target->columns.items[i];

        if (catalog_same_text(column->live_name, live->name))
            return column;
    }
    return NULL;
}

static const struct column *column_was(const struct net *net,
                                       const struct column *target)
{
    return target->live_name != NULL ? table_find_column(net->live, target->live_name)
                                     : NULL;
}

/* Columns of a kept key that the chain dropped left the key; then both lists differ, but the
 * server has done that to the copy by itself. */
static bool same_left_columns(const struct net *net, const struct list *live,
                              const struct list *target)
{
    struct list left = {NULL, 0, 0};

    for (size_t i = 0; i < live->count; i++) {
        if (column_becomes(net, live->items[i]) != NULL)
            list_add(net->render.arena, &left, live->items[i]);
    }
    return columns_came_from(target, &left);
}

static bool same_constraint(const struct net *net, const struct constraint *live,
                            const struct constraint *target)
{
    if (live->kind != target->kind)
        return false;
    switch (live->kind) {
    case CONSTRAINT_PRIMARY:
        return columns_came_from(&target->columns, &live->columns);
    case CONSTRAINT_UNIQUE:
        return catalog_same_text(target->live_name, live->name)
                   ? same_left_columns(net, &live->columns, &target->columns)
                   : target->live_name == NULL &&
                         strcmp(target->name, live->name) == 0 &&
                         columns_came_from(&target->columns, &live->columns);
    case CONSTRAINT_FOREIGN:
        return strcmp(target->name, live->name) == 0 &&
               target->referenced->live != NULL &&
               strcmp(target->referenced->live->name, live->referenced->name) == 0 &&
               strcmp(target->referenced->name, live->referenced->name) == 0 &&
               columns_came_from(&target->columns, &live->columns) &&
               columns_came_from(&target->referenced_columns,
                                 &live->referenced_columns) &&
               catalog_same_text(live->on_delete, target->on_delete) &&
               catalog_same_text(live->on_update, target->on_update);
    case CONSTRAINT_CHECK:
    case CONSTRAINT_OTHER:
        return catalog_same_text(target->live_name, live->name) &&
               strcmp(target->name, live->name) == 0;
    }
    return false;
}

static const struct constraint *constraint_was(const struct net *net,
                                               const struct constraint *target)
{
    for (size_t i = 0; net->live != NULL && i < net->live->constraints.count; i++) {
        const struct constraint *live = net->live->constraints.items[i];

        if (same_constraint(net, live, target))
            return live;
    }
    return NULL;
}

static bool constraint_stays(const struct net *net, const struct constraint *live)
{
    for (size_t i = 0; i < net->target->constraints.count; i++) {
        if (same_constraint(net, live, net->target->constraints.items[i]))
            return true;
    }
    return false;
}

static bool same_index(const struct net *net, const struct index *live,
                       const struct index *target)
{
    if (live->is_implied != target->is_implied ||
        (live->is_implied && !net->keeps_implied))
        return false;
    if (target->live_name != NULL)
        return strcmp(target->live_name, live->name) == 0;
    return strcmp(target->name, live->name) == 0 &&
           strcmp(ddl_canonical_index(net->render.arena, live),
                  ddl_canonical_index(net->render.arena, target)) == 0;
}

static const struct index *index_was(const struct net *net, const struct index *target)
{
    for (size_t i = 0; net->live != NULL && i < net->live->indexes.count; i++) {
        const struct index *live = net->live->indexes.items[i];

        if (same_index(net, live, target))
            return live;
    }
    return NULL;
}

static bool index_stays(const struct net *net, const struct index *live)
{
    for (size_t i = 0; i < net->target->indexes.count; i++) {
        if (same_index(net, live, net->target->indexes.items[i]))
            return true;
    }
    return false;
}

/* The server makes it with the foreign key that comes last. */
static bool is_left_to_server(const struct net *net, const struct index *index)
{
    return index->is_implied &&
           (net->keeps_implied || !simulation_other_serves(net->target, index));
}

/* --- the parts --------------------------------------------------------------------- */

static void add(struct net *net, enum alter_part kind, const char *name,
                const char *definition)
{
    render_add_part(&net->render, render_part(&net->render, kind, name, definition));
}

/* By themselves, and first: what they stand on changes. */
static void drop_constraints(struct net *net, enum constraint_kind kind,
                             enum alter_part part, bool drops_all)
{
    for (size_t i = 0; i < net->live->constraints.count; i++) {
        const struct constraint *live = net->live->constraints.items[i];

        if (live->kind == kind && (drops_all || !constraint_stays(net, live)))
            add(net, part, live->name, NULL);
    }
    render_end_alter(&net->render, net->live->name);
}

static bool is_early_rename(const struct net *net, const struct column *column)
{
    return column->live_name != NULL && strcmp(column->live_name, column->name) != 0 &&
           table_find_column(net->live, column->name) == NULL;
}

static void rename_columns(struct net *net)
{
    for (size_t i = 0; i < net->target->columns.count; i++) {
        const struct column *column = net->target->columns.items[i];

        if (is_early_rename(net, column))
            add(net, ALTER_RENAME_COLUMN, column->live_name, column->name);
    }
    render_end_alter(&net->render, net->live->name);
}

static void drop_keys(struct net *net)
{
    for (size_t i = 0; i < net->live->constraints.count; i++) {
        const struct constraint *live = net->live->constraints.items[i];

        if (live->kind == CONSTRAINT_PRIMARY && !constraint_stays(net, live))
            add(net, ALTER_DROP_PRIMARY_KEY, NULL, NULL);
        if (live->kind == CONSTRAINT_UNIQUE &&
            (net->leaves_keys || !constraint_stays(net, live)))
            add(net, ALTER_DROP_INDEX, live->name, NULL);
    }
    for (size_t i = 0; i < net->live->indexes.count; i++) {
        const struct index *live = net->live->indexes.items[i];

        if (net->leaves_keys || !index_stays(net, live))
            add(net, ALTER_DROP_INDEX, live->name, NULL);
    }
}

static void drop_columns(struct net *net)
{
    for (size_t i = 0; i < net->live->columns.count; i++) {
        const struct column *live = net->live->columns.items[i];

        if (column_becomes(net, live) == NULL)
            add(net, ALTER_DROP_COLUMN, live->name, NULL);
    }
}

static void change_columns(struct net *net)
{
    for (size_t i = 0; i < net->target->columns.count; i++) {
        const struct column *column = net->target->columns.items[i];
        const struct column *live = column_was(net, column);
        const char *definition = render_column(&net->render, column);
        const char *name = column->name;

        if (live == NULL) {
            add(net, ALTER_ADD_COLUMN, name, definition);
            continue;
        }
        if (strcmp(live->name, name) != 0 && !is_early_rename(net, column))
            add(net, ALTER_RENAME_COLUMN, live->name, name);
        if (strcmp(render_column(&net->render, live), definition) != 0)
            add(net, ALTER_CHANGE_COLUMN, name, definition);
    }
}

static void add_keys(struct net *net)
{
    for (size_t i = 0; i < net->target->constraints.count; i++) {
        const struct constraint *constraint = net->target->constraints.items[i];
        const struct constraint *live = constraint_was(net, constraint);

        if (constraint->kind == CONSTRAINT_FOREIGN ||
            (constraint->kind == CONSTRAINT_UNIQUE && net->leaves_keys))
            continue;
        if (live == NULL)
            render_add_part(&net->render,
                            render_add_constraint(&net->render, constraint));
        else if (constraint->kind == CONSTRAINT_UNIQUE &&
                 strcmp(live->name, constraint->name) != 0)
            add(net, ALTER_RENAME_INDEX, live->name, constraint->name);
    }
    for (size_t i = 0; i < net->target->indexes.count; i++) {
        const struct index *index = net->target->indexes.items[i];
        const struct index *live = index_was(net, index);

        if (is_left_to_server(net, index) || net->leaves_keys)
            continue;
        if (live == NULL)
            render_add_part(&net->render, render_add_index(&net->render, index));
        else if (strcmp(live->name, index->name) != 0)
            add(net, ALTER_RENAME_INDEX, live->name, index->name);
    }
}

/* --- all together ------------------------------------------------------------------ */

/* The main part: all that goes without the foreign keys, which differ or not. */
static void render_definition(struct net *net)
{
    drop_constraints(net, CONSTRAINT_CHECK, ALTER_DROP_CHECK, false);
    rename_columns(net);
    drop_keys(net);
    drop_columns(net);
    change_columns(net);
    add_keys(net);
    if (strcmp(net->live->name, net->target->name) != 0)
        add(net, ALTER_RENAME_TABLE, NULL, net->target->name);
    render_end_alter(&net->render, net->live->name);
}

/* CREATE TABLE leaves to the server what is implied. */
static void add_superfluous(struct net *net)
{
    for (size_t i = 0; i < net->target->indexes.count; i++) {
        const struct index *index = net->target->indexes.items[i];

        if (index->is_implied && !is_left_to_server(net, index))
            render_add_part(&net->render, render_add_index(&net->render, index));
    }
    render_end_alter(&net->render, net->target->name);
}

void render_net_drop_foreign_keys(struct simulation *simulation,
                                  const struct table *live, struct list *sql)
{
    struct err err;
    struct net net = net_start(simulation, live, live, sql, &err);

    drop_constraints(&net, CONSTRAINT_FOREIGN, ALTER_DROP_FOREIGN_KEY, true);
}

int render_net_table(struct simulation *simulation, const struct table *live,
                     const struct table *target, bool leaves_keys, struct list *sql,
                     struct err *err)
{
    struct net net = net_start(simulation, live, target, sql, err);

    net.leaves_keys = leaves_keys;
    if (live == NULL) {
        const struct render_parts parts = {.with_keys = !leaves_keys};

        render_create_table(&net.render, target, &parts);
        if (!leaves_keys)
            add_superfluous(&net);
    } else {
        render_definition(&net);
    }
    return net.render.status;
}

int render_net_is_same(struct simulation *simulation, const struct table *live,
                       const struct table *target, bool *is_same, struct err *err)
{
    struct list sql = {NULL, 0, 0};
    struct net net = net_start(simulation, live, target, &sql, err);

    net.keeps_implied = true;
    drop_constraints(&net, CONSTRAINT_FOREIGN, ALTER_DROP_FOREIGN_KEY, false);
    render_definition(&net);
    *is_same = sql.count == 0;
    for (size_t i = 0; i < target->constraints.count; i++)
        *is_same &= constraint_was(&net, target->constraints.items[i]) != NULL;
    return net.render.status;
}

/* A counter needs a key at every moment. */
bool render_net_can_leave_keys(const struct table *target)
{
    const struct constraint *key = table_primary_key(target);

    for (size_t i = 0; i < target->columns.count; i++) {
        const struct column *column = target->columns.items[i];

        if (column->is_counter && (key == NULL || key->columns.items[0] != column))
            return false;
    }
    return key != NULL;
}

const char *render_net_index(struct simulation *simulation, const struct index *index,
                             struct err *err)
{
    struct net net = net_start(simulation, NULL, NULL, NULL, err);

    return render_index(&net.render, index);
}

int render_net_keys(struct simulation *simulation, const struct table *target,
                    struct list *sql, struct err *err)
{
    struct net net = net_start(simulation, NULL, target, sql, err);

    for (size_t i = 0; i < target->constraints.count; i++) {
        const struct constraint *constraint = target->constraints.items[i];

        if (constraint->kind == CONSTRAINT_UNIQUE)
            render_add_part(&net.render,
                            render_add_constraint(&net.render, constraint));
    }
    for (size_t i = 0; i < target->indexes.count; i++) {
        const struct index *index = target->indexes.items[i];

        if (!is_left_to_server(&net, index))
            render_add_part(&net.render, render_add_index(&net.render, index));
    }
    render_end_alter(&net.render, target->name);
    return net.render.status;
}

int render_net_foreign_keys(struct simulation *simulation, const struct table *target,
                            const struct list *here, const char *elsewhere,
                            struct list *sql, struct err *err)
{
    struct net net = net_start(simulation, NULL, target, sql, err);

    net.render.here = here;
    net.render.elsewhere = elsewhere;
    for (size_t i = 0; i < target->constraints.count; i++) {
        const struct constraint *constraint = target->constraints.items[i];

        if (constraint->kind == CONSTRAINT_FOREIGN)
            render_add_part(&net.render,
                            render_add_constraint(&net.render, constraint));
    }
    render_end_alter(&net.render, target->name);
    return net.render.status;
}
