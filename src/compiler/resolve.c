/* SPDX-License-Identifier: Apache-2.0
 *
 * resolve.c - names in the statements of a revision, against the catalog as it is at that
 * moment: a column of the table being changed becomes the expression it stands for, and a
 * table in a FROM clause becomes its own rows as of now. So what a program says depends on
 * live tables only, and programs can run in any order.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "compiler/resolve.h"

size_t rows_column_position(const struct table *table, const char *name)
{
    size_t i = 0;

    while (i < table->columns.count &&
           strcmp(((struct column *)table->columns.items[i])->name, name) != 0)
        i++;
    return i;
}

static const struct scope_entry *find_entry(const struct scope *scope,
                                            const char *qualifier, const char *name)
{
    for (; scope != NULL; scope = scope->outer) {
        for (size_t i = 0; i < scope->count; i++) {
            const struct scope_entry *entry = &scope->entries[i];

            if (qualifier != NULL ? strcmp(entry->alias, qualifier) == 0
                                  : entry->table != NULL &&
                                        table_find_column(entry->table, name) != NULL)
                return entry;
        }
    }
    return NULL;
}

static bool resolve_visit(ast_node **slot, void *context)
{
    struct resolver *resolver = context;
    const struct scope_entry *entry;
    const char *qualifier;
    const char *name;

    if (resolver->status != 0)
        return false;
    if ((*slot)->node_case == PG_QUERY__NODE__NODE_SELECT_STMT) {
        resolver->status = resolve_select(resolver, (*slot)->select_stmt);
        return false;
    }
    name = ast_column_name(*slot, &qualifier);
    if (name == NULL)
        return true;
    entry = find_entry(resolver->scope, qualifier, name);
    if (entry == NULL) {
        resolver->status = err_set(
            resolver->err, ERR_STATE, "column \"%s%s%s\" is not known",
            qualifier != NULL ? qualifier : "", qualifier != NULL ? "." : "", name);
        return false;
    }
    if (entry->branch != NULL) {
        size_t position = rows_column_position(entry->table, name);

        if (position == entry->table->columns.count) {
            resolver->status = err_set(resolver->err, ERR_STATE,
                                       "column \"%s\" of table \"%s\" does not exist",
                                       name, entry->table->name);
            return false;
        }
        *slot = ast_enclose(resolver->simulation->arena,
                            entry->branch->values.items[position]);
    } else if (entry->joined_as != NULL) {
        *slot = ast_column(resolver->simulation->arena, entry->joined_as, name);
    }
    return false;
}

/* The source of the rows an expression is about, for gathering arguments. */
static const char *branch_relation(struct simulation *simulation,
                                   const struct scope *scope)
{
    struct strbuf sql = STRBUF_INIT;
    const char *text;

    if (scope == NULL || scope->count == 0 || scope->entries[0].branch == NULL)
        return NULL;
    rows_add_from(&sql, simulation, scope->entries[0].branch, true);
    text = arena_strdup(simulation->arena, strbuf_text(&sql));
    strbuf_clear(&sql);
    return text;
}

/* A copy of the expression with all names resolved; NULL on error. */
ast_node *resolve_expression(struct simulation *simulation, const struct scope *scope,
                             const ast_node *expression, struct err *err)
{
    struct resolver resolver = {simulation, scope, err, 0};
    ast_node *copy = ast_clone(simulation->arena, expression);

    ast_walk(&copy, resolve_visit, &resolver);
    if (resolver.status != 0 || lower(simulation->lowering, &copy,
                                      branch_relation(simulation, scope), err) != 0)
        return NULL;
    return copy;
}

const char *resolve_alias(const PgQuery__RangeVar *relation)
{
    return relation->alias != NULL ? relation->alias->aliasname : relation->relname;
}

static ast_node *parse_relation(struct arena *arena, const char *relation,
                                struct err *err)
{
    ast_node *statement =
        ast_parse_one(arena, arena_printf(arena, "SELECT 1 FROM %s", relation), err);

    return statement != NULL ? statement->select_stmt->from_clause[0] : NULL;
}

/* A lateral one sees what stands before it in the FROM clause. */
static int resolve_subselect(struct resolver *resolver,
                             const PgQuery__RangeSubselect *subselect,
                             const struct scope *before)
{
    const struct scope *outer = resolver->scope;
    int status;

    if (subselect->lateral)
        resolver->scope = before;
    status = resolve_select(resolver, subselect->subquery->select_stmt);
    resolver->scope = outer;
    return status;
}

/* Replaces tables of a FROM item by their rows as of now and notes their aliases. */
static int resolve_from(struct resolver *resolver, ast_node **item, struct scope *scope)
{
    struct simulation *simulation = resolver->simulation;
    ast_node *node = *item;

    if (scope->count == sizeof(scope->entries) / sizeof(scope->entries[0]))
        return err_set(resolver->err, ERR_INTERNAL, "too many tables in a FROM clause");
    if (node->node_case == PG_QUERY__NODE__NODE_RANGE_VAR) {
        const PgQuery__RangeVar *relation = node->range_var;
        const struct table *table =
            catalog_find_table(simulation->catalog, relation->relname);
        const char *alias = resolve_alias(relation);

        if (table == NULL)
            return err_set(resolver->err, ERR_STATE, "table \"%s\" does not exist",
                           relation->relname);
        scope->entries[scope->count++] = (struct scope_entry){alias, table, NULL, NULL};
        *item = parse_relation(simulation->arena,
                               rows_relation(simulation, table, alias), resolver->err);
        return *item != NULL ? 0 : -1;
    }
    if (node->node_case == PG_QUERY__NODE__NODE_JOIN_EXPR) {
        if (resolve_from(resolver, &node->join_expr->larg, scope) != 0 ||
            resolve_from(resolver, &node->join_expr->rarg, scope) != 0)
            return -1;
        return 0; /* its condition is resolved with the rest, once all aliases are known */
    }
    if (node->node_case == PG_QUERY__NODE__NODE_RANGE_SUBSELECT) {
        const char *alias = node->range_subselect->alias != NULL
                                ? node->range_subselect->alias->aliasname
                                : "";

        if (resolve_subselect(resolver, node->range_subselect, scope) != 0)
            return -1;
        scope->entries[scope->count++] = (struct scope_entry){alias, NULL, NULL, NULL};
        return 0;
    }
    if (node->node_case == PG_QUERY__NODE__NODE_RANGE_FUNCTION) {
        const PgQuery__Alias *alias = node->range_function->alias;

        scope->entries[scope->count++] = (struct scope_entry){
            alias != NULL ? alias->aliasname : "", NULL, NULL, NULL};
        return 0; /* its arguments are resolved with the rest */
    }
    return err_set(resolver->err, ERR_INTERNAL,
                   "FROM item of kind %d is not in the language", (int)node->node_case);
}

static bool is_resolved_relation(const ast_node *node)
{
    return node->node_case == PG_QUERY__NODE__NODE_RANGE_VAR ||
           node->node_case == PG_QUERY__NODE__NODE_RANGE_SUBSELECT;
}

static void walk_join_conditions(ast_node *item, struct resolver *resolver)
{
    if (is_resolved_relation(item))
        return;
    if (item->node_case == PG_QUERY__NODE__NODE_JOIN_EXPR) {
        walk_join_conditions(item->join_expr->larg, resolver);
        walk_join_conditions(item->join_expr->rarg, resolver);
        ast_walk(&item->join_expr->quals, resolve_visit, resolver);
    } else {
        ast_walk_message(&item->base, resolve_visit, resolver);
    }
}

static void walk_list(ast_node **items, size_t count, struct resolver *resolver)
{
    for (size_t i = 0; i < count; i++)
        ast_walk(&items[i], resolve_visit, resolver);
}

int resolve_select(struct resolver *resolver, PgQuery__SelectStmt *select)
{
    const struct scope *outer = resolver->scope;
    struct scope scope = {outer, {{NULL, NULL, NULL, NULL}}, 0};

    if (select->larg != NULL)
        return resolve_select(resolver, select->larg) != 0
                   ? -1
                   : resolve_select(resolver, select->rarg);
    for (size_t i = 0; i < select->n_from_clause; i++) {
        if (resolve_from(resolver, &select->from_clause[i], &scope) != 0)
            return -1;
    }
    resolver->scope = &scope;
    for (size_t i = 0; i < select->n_from_clause; i++)
        walk_join_conditions(select->from_clause[i], resolver);
    walk_list(select->target_list, select->n_target_list, resolver);
    ast_walk(&select->where_clause, resolve_visit, resolver);
    walk_list(select->group_clause, select->n_group_clause, resolver);
    ast_walk(&select->having_clause, resolve_visit, resolver);
    walk_list(select->distinct_clause, select->n_distinct_clause, resolver);
    walk_list(select->sort_clause, select->n_sort_clause, resolver);
    walk_list(select->values_lists, select->n_values_lists, resolver);
    ast_walk(&select->limit_count, resolve_visit, resolver);
    resolver->scope = outer;
    return resolver->status;
}

struct scope resolve_scope_of(const char *alias, const struct table *table,
                              const struct branch *branch)
{
    struct scope scope = {NULL, {{alias, table, branch, NULL}}, 1};

    return scope;
}
