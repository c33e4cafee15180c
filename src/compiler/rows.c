/* SPDX-License-Identifier: Apache-2.0
 *
 * rows.c - row programs: how they begin, what a column's change does to them, and their
 * text as SQL.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "compiler/resolve.h"
#include "compiler/rows.h"
#include "render.h"

/* --- programs as SQL --------------------------------------------------------------- */

struct rows *rows_of_new_table(struct simulation *simulation)
{
    return arena_zalloc(simulation->arena, sizeof(struct rows));
}

struct rows *rows_of_live_table(struct simulation *simulation,
                                const struct table *table)
{
    struct rows *rows = rows_of_new_table(simulation);
    struct branch *branch = arena_zalloc(simulation->arena, sizeof(*branch));

    branch->source = table->live;
    for (size_t i = 0; i < table->columns.count; i++) {
        const struct column *column = table->columns.items[i];

        list_add(simulation->arena, &branch->values,
                 ast_column(simulation->arena, ROWS_SOURCE_ALIAS, column->name));
    }
    list_add(simulation->arena, &rows->branches, branch);
    return rows;
}

int rows_leave_out(struct simulation *simulation, struct table *table,
                   const char *condition, struct err *err)
{
    struct branch *branch = ((struct rows *)table->rows)->branches.items[0];

    branch->filter = ast_parse_expression(
        simulation->arena, arena_printf(simulation->arena, "NOT %s", condition), err);
    return branch->filter != NULL ? 0 : -1;
}

static const char *value_text(struct simulation *simulation,
                              const struct column *column, const ast_node *value)
{
    const char *text = ast_text(simulation->arena, value);

    /* A bare constant would be of type "unknown" or "text" in a UNION or a join; a server
     * with a grammar of its own has no such types, nor casts to all of its own. */
    if (ast_is_constant(value) && !dialect_has_own_grammar(simulation->dialect))
        return arena_printf(simulation->arena, "CAST(%s AS %s)", text, column->type);
    return text;
}

struct usage {
    const char *alias;
    bool is_used;
};

static bool find_alias(ast_node **slot, void *context)
{
    struct usage *usage = context;
    const char *qualifier;
    const char *name = ast_column_name(*slot, &qualifier);

    if (name != NULL && qualifier != NULL && strcmp(qualifier, usage->alias) == 0)
        usage->is_used = true;
    return !usage->is_used;
}

/* Whether anything still needs a join; the column it served may be gone. A lateral join's
 * own text names earlier joins, so those count as needed. */
static bool join_is_used(const struct branch *branch, size_t position)
{
    const struct join *join = branch->joins.items[position];
    struct usage usage = {join->alias, false};
    ast_node *filter = branch->filter;

    for (size_t i = 0; i < branch->values.count; i++) {
        ast_node *value = branch->values.items[i];

        ast_walk(&value, find_alias, &usage);
    }
    ast_walk(&filter, find_alias, &usage);
    for (size_t i = position + 1; i < branch->joins.count; i++) {
        struct join *later = branch->joins.items[i];
        ast_node *condition = later->condition;

        ast_walk(&condition, find_alias, &usage);
    }
    return usage.is_used;
}

void rows_add_from(struct strbuf *sql, struct simulation *simulation,
                   const struct branch *branch, bool with_all_joins)
{
    if (branch->source != NULL) {
        sql_add_name(sql, branch->source->schema);
        strbuf_add_char(sql, '.');
        sql_add_name(sql, branch->source->name);
        strbuf_add_string(sql, " AS " ROWS_SOURCE_ALIAS);
    } else {
        strbuf_add_string(sql, branch->from);
    }
    for (size_t i = 0; i < branch->joins.count; i++) {
        const struct join *join = branch->joins.items[i];

        if (!with_all_joins && !join_is_used(branch, i))
            continue;
        if (join->is_lateral)
            strbuf_addf(sql, " LEFT JOIN LATERAL %s ON true", join->relation);
        else
            strbuf_addf(sql, " LEFT JOIN %s ON %s", join->relation,
                        ast_text(simulation->arena, join->condition));
    }
    if (branch->filter != NULL)
        strbuf_addf(sql, " WHERE %s", ast_text(simulation->arena, branch->filter));
}

const char *branch_select(struct simulation *simulation, const struct table *table,
                          const struct branch *branch)
{
    struct strbuf sql = STRBUF_INIT;
    const char *text;

    strbuf_add_string(&sql, "SELECT ");
    for (size_t i = 0; i < table->columns.count; i++) {
        const struct column *column = table->columns.items[i];

        if (i > 0)
            strbuf_add_string(&sql, ", ");
        strbuf_addf(&sql, "%s AS ",
                    value_text(simulation, column, branch->values.items[i]));
        sql_add_name(&sql, column->name);
    }
    strbuf_add_string(&sql, " FROM ");
    rows_add_from(&sql, simulation, branch, false);
    text = arena_strdup(simulation->arena, strbuf_text(&sql));
    strbuf_clear(&sql);
    return text;
}

bool rows_are_live(const struct table *table)
{
    const struct rows *rows = table->rows;
    const struct branch *branch;

    if (table->live == NULL || rows->branches.count != 1)
        return false;
    branch = rows->branches.items[0];
    if (branch->source != table->live || branch->joins.count > 0 ||
        branch->filter != NULL)
        return false;
    for (size_t i = 0; i < table->columns.count; i++) {
        const struct column *column = table->columns.items[i];
        const char *qualifier;
        const char *name = ast_column_name(branch->values.items[i], &qualifier);

        if (name == NULL || column->live_name == NULL ||
            strcmp(name, column->live_name) != 0)
            return false;
    }
    return true;
}

static bool has_live_names(const struct table *table)
{
    if (strcmp(table->name, table->live->name) != 0)
        return false;
    for (size_t i = 0; i < table->columns.count; i++) {
        const struct column *column = table->columns.items[i];

        if (strcmp(column->name, column->live_name) != 0)
            return false;
    }
    return true;
}

static const char *empty_select(struct simulation *simulation,
                                const struct table *table)
{
    const ast_node *null = ast_build(simulation->arena, "NULL", 0);
    const char *sql = "";

    for (size_t i = 0; i < table->columns.count; i++) {
        const struct column *column = table->columns.items[i];
        struct strbuf name = STRBUF_INIT;

        sql_add_name(&name, column->name);
        sql = arena_printf(simulation->arena, "%s%s%s AS %s", sql,
                           i > 0 ? ", " : "SELECT ",
                           value_text(simulation, column, null), strbuf_text(&name));
        strbuf_clear(&name);
    }
    return arena_printf(simulation->arena, "%s WHERE false", sql);
}

const char *rows_relation(struct simulation *simulation, const struct table *table,
                          const char *alias)
{
    const struct rows *rows = table->rows;
    struct strbuf sql = STRBUF_INIT;
    const char *text;

    if (rows_are_live(table) && has_live_names(table)) {
        sql_add_name(&sql, table->live->schema);
        strbuf_add_char(&sql, '.');
        sql_add_name(&sql, table->live->name);
    } else {
        strbuf_add_char(&sql, '(');
        if (rows->branches.count == 0)
            strbuf_add_string(&sql, empty_select(simulation, table));
        for (size_t i = 0; i < rows->branches.count; i++) {
            if (i > 0)
                strbuf_add_string(&sql, " UNION ALL ");
            strbuf_add_string(
                &sql, branch_select(simulation, table, rows->branches.items[i]));
        }
        strbuf_add_char(&sql, ')');
    }
    strbuf_add_string(&sql, " AS ");
    sql_add_name(&sql, alias);
    text = arena_strdup(simulation->arena, strbuf_text(&sql));
    strbuf_clear(&sql);
    return text;
}

/* --- columns ----------------------------------------------------------------------- */

void rows_add_column(struct simulation *simulation, struct table *table,
                     const struct column *column)
{
    struct rows *rows = table->rows;

    for (size_t i = 0; i < rows->branches.count; i++) {
        struct branch *branch = rows->branches.items[i];

        list_add(simulation->arena, &branch->values,
                 column->default_value != NULL
                     ? column->default_value
                     : ast_build(simulation->arena, "NULL", 0));
    }
}

void rows_drop_column(struct table *table, size_t position)
{
    struct rows *rows = table->rows;

    for (size_t i = 0; i < rows->branches.count; i++)
        list_remove(&((struct branch *)rows->branches.items[i])->values, position);
}

int rows_convert_column(struct simulation *simulation, struct table *table,
                        size_t position, ast_node *expression, struct err *err)
{
    struct rows *rows = table->rows;

    for (size_t i = 0; simulation->with_rows && i < rows->branches.count; i++) {
        struct branch *branch = rows->branches.items[i];
        struct scope scope = resolve_scope_of(table->name, table, branch);
        ast_node *value;

        if (ast_is_null(branch->values.items[position]))
            continue;
        value = resolve_expression(simulation, &scope, expression, err);
        if (value == NULL)
            return -1;
        branch->values.items[position] = value;
    }
    return 0;
}
