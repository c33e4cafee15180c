/* SPDX-License-Identifier: Apache-2.0
 *
 * rows.c - folds data statements into row programs. Every name in a statement is resolved
 * here, against the catalog as it is at that moment: a column of the table being changed
 * becomes the expression it stands for, and a table in a FROM clause becomes its own rows
 * as of now. So what a program says depends on live tables only, and programs can run in
 * any order.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "compiler/rows.h"
#include "render.h"

/* The mark that a joined row was found; a name no revision uses. */
#define ROWS_FOUND "airshift_found"

/* --- names ------------------------------------------------------------------------- */

struct scope_entry {
    const char *alias;
    const struct table *table;
    const struct branch *branch; /* substitute its values; or */
    const char *joined_as;       /* qualify with this alias; or, both NULL, leave alone */
};

struct scope {
    const struct scope *outer;
    struct scope_entry entries[12];
    size_t count;
};

struct resolver {
    struct simulation *simulation;
    const struct scope *scope;
    struct err *err;
    int status;
};

static size_t column_position(const struct table *table, const char *name)
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

static int resolve_select(struct resolver *resolver, PgQuery__SelectStmt *select);

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
        resolver->status = err_set(resolver->err, ERR_STATE, "column \"%s%s%s\" is not known",
                                   qualifier != NULL ? qualifier : "",
                                   qualifier != NULL ? "." : "", name);
        return false;
    }
    if (entry->branch != NULL) {
        size_t position = column_position(entry->table, name);

        if (position == entry->table->columns.count) {
            resolver->status = err_set(resolver->err, ERR_STATE,
                                       "column \"%s\" of table \"%s\" does not exist", name,
                                       entry->table->name);
            return false;
        }
        *slot = ast_enclose(resolver->simulation->arena,
                            entry->branch->values.items[position]);
    } else if (entry->joined_as != NULL) {
        *slot = ast_column(resolver->simulation->arena, entry->joined_as, name);
    }
    return false;
}

static void add_from(struct strbuf *sql, struct simulation *simulation,
                     const struct branch *branch, bool with_all_joins);

/* The source of the rows an expression is about, for gathering arguments. */
static const char *branch_relation(struct simulation *simulation,
                                   const struct scope *scope)
{
    struct strbuf sql = STRBUF_INIT;
    const char *text;

    if (scope == NULL || scope->count == 0 || scope->entries[0].branch == NULL)
        return NULL;
    add_from(&sql, simulation, scope->entries[0].branch, true);
    text = arena_strdup(simulation->arena, strbuf_text(&sql));
    strbuf_clear(&sql);
    return text;
}

/* A copy of the expression with all names resolved; NULL on error. */
static ast_node *resolve(struct simulation *simulation, const struct scope *scope,
                         const ast_node *expression, struct err *err)
{
    struct resolver resolver = {simulation, scope, err, 0};
    ast_node *copy = ast_clone(simulation->arena, expression);

    ast_walk(&copy, resolve_visit, &resolver);
    if (resolver.status != 0 ||
        lower(simulation->lowering, &copy, branch_relation(simulation, scope), err) != 0)
        return NULL;
    return copy;
}

static const char *alias_of(const PgQuery__RangeVar *relation)
{
    return relation->alias != NULL ? relation->alias->aliasname : relation->relname;
}

static ast_node *parse_relation(struct arena *arena, const char *relation, struct err *err)
{
    ast_node *statement =
        ast_parse_one(arena, arena_printf(arena, "SELECT 1 FROM %s", relation), err);

    return statement != NULL ? statement->select_stmt->from_clause[0] : NULL;
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
        const char *alias = alias_of(relation);

        if (table == NULL)
            return err_set(resolver->err, ERR_STATE, "table \"%s\" does not exist",
                           relation->relname);
        scope->entries[scope->count++] = (struct scope_entry){alias, table, NULL, NULL};
        *item = parse_relation(simulation->arena, rows_relation(simulation, table, alias),
                               resolver->err);
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

        if (resolve_select(resolver, node->range_subselect->subquery->select_stmt) != 0)
            return -1;
        scope->entries[scope->count++] = (struct scope_entry){alias, NULL, NULL, NULL};
        return 0;
    }
    if (node->node_case == PG_QUERY__NODE__NODE_RANGE_FUNCTION) {
        const PgQuery__Alias *alias = node->range_function->alias;

        scope->entries[scope->count++] =
            (struct scope_entry){alias != NULL ? alias->aliasname : "", NULL, NULL, NULL};
        return 0; /* its arguments are resolved with the rest */
    }
    return err_set(resolver->err, ERR_INTERNAL, "FROM item of kind %d is not in the language",
                   (int)node->node_case);
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

static int resolve_select(struct resolver *resolver, PgQuery__SelectStmt *select)
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

/* --- programs as SQL --------------------------------------------------------------- */

struct rows *rows_of_new_table(struct simulation *simulation)
{
    return arena_zalloc(simulation->arena, sizeof(struct rows));
}

struct rows *rows_of_live_table(struct simulation *simulation, const struct table *table)
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

static const char *value_text(struct simulation *simulation, const struct column *column,
                              const ast_node *value)
{
    const char *text = ast_text(simulation->arena, value);

    /* A bare constant would be of type "unknown" or "text" in a UNION or a join. */
    if (ast_is_constant(value))
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

static void add_from(struct strbuf *sql, struct simulation *simulation,
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
    add_from(&sql, simulation, branch, false);
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
    if (branch->source != table->live || branch->joins.count > 0 || branch->filter != NULL)
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

static const char *empty_select(struct simulation *simulation, const struct table *table)
{
    const char *sql = "";

    for (size_t i = 0; i < table->columns.count; i++) {
        const struct column *column = table->columns.items[i];
        struct strbuf name = STRBUF_INIT;

        sql_add_name(&name, column->name);
        sql = arena_printf(simulation->arena, "%s%sCAST(NULL AS %s) AS %s", sql,
                           i > 0 ? ", " : "SELECT ", column->type, strbuf_text(&name));
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
            strbuf_add_string(&sql,
                              branch_select(simulation, table, rows->branches.items[i]));
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
                 column->default_value != NULL ? column->default_value
                                               : ast_build(simulation->arena, "NULL", 0));
    }
}

void rows_drop_column(struct table *table, size_t position)
{
    struct rows *rows = table->rows;

    for (size_t i = 0; i < rows->branches.count; i++)
        list_remove(&((struct branch *)rows->branches.items[i])->values, position);
}

static struct scope scope_of(const char *alias, const struct table *table,
                             const struct branch *branch)
{
    struct scope scope = {NULL, {{alias, table, branch, NULL}}, 1};

    return scope;
}

int rows_convert_column(struct simulation *simulation, struct table *table,
                        size_t position, ast_node *expression, struct err *err)
{
    struct rows *rows = table->rows;

    for (size_t i = 0; simulation->with_rows && i < rows->branches.count; i++) {
        struct branch *branch = rows->branches.items[i];
        struct scope scope = scope_of(table->name, table, branch);
        ast_node *value;

        if (ast_is_null(branch->values.items[position]))
            continue;
        value = resolve(simulation, &scope, expression, err);
        if (value == NULL)
            return -1;
        branch->values.items[position] = value;
    }
    return 0;
}

/* Whether a FROM item yields no row because a table it needs has none. */
static bool is_empty_item(const struct simulation *simulation, const ast_node *item)
{
    const struct table *table;

    if (item->node_case == PG_QUERY__NODE__NODE_JOIN_EXPR) {
        const PgQuery__JoinExpr *join = item->join_expr;

        if (join->jointype != PG_QUERY__JOIN_TYPE__JOIN_INNER &&
            join->jointype != PG_QUERY__JOIN_TYPE__JOIN_LEFT)
            return false;
        return is_empty_item(simulation, join->larg) ||
               (join->jointype == PG_QUERY__JOIN_TYPE__JOIN_INNER &&
                is_empty_item(simulation, join->rarg));
    }
    if (item->node_case != PG_QUERY__NODE__NODE_RANGE_VAR)
        return false;
    table = catalog_find_table(simulation->catalog, item->range_var->relname);
    return table != NULL && ((const struct rows *)table->rows)->branches.count == 0;
}

static bool is_empty_select(const struct simulation *simulation,
                            const PgQuery__SelectStmt *select)
{
    if (select->n_group_clause > 0 || select->larg != NULL)
        return false;
    for (size_t i = 0; i < select->n_from_clause; i++) {
        if (is_empty_item(simulation, select->from_clause[i]))
            return true;
    }
    return false;
}

/* --- UPDATE ------------------------------------------------------------------------ */

/* Whether a condition holds for every row, as "x IS NULL" of a column just added does. */
static bool is_always_true(const ast_node *condition)
{
    return condition->node_case == PG_QUERY__NODE__NODE_NULL_TEST &&
           condition->null_test->nulltesttype == PG_QUERY__NULL_TEST_TYPE__IS_NULL &&
           ast_is_null(condition->null_test->arg);
}

/* Collects the columns of `alias` that the condition compares for equality. */
static void find_equalities(struct simulation *simulation, const ast_node *condition,
                            const char *alias, const struct table *table,
                            struct list *columns)
{
    if (condition->node_case == PG_QUERY__NODE__NODE_BOOL_EXPR &&
        condition->bool_expr->boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR) {
        for (size_t i = 0; i < condition->bool_expr->n_args; i++)
            find_equalities(simulation, condition->bool_expr->args[i], alias, table, columns);
        return;
    }
    if (condition->node_case != PG_QUERY__NODE__NODE_A_EXPR ||
        condition->a_expr->kind != PG_QUERY__A__EXPR__KIND__AEXPR_OP ||
        strcmp(ast_last_name(condition->a_expr->name, condition->a_expr->n_name), "=") != 0)
        return;
    for (int side = 0; side < 2; side++) {
        const ast_node *operand =
            side == 0 ? condition->a_expr->lexpr : condition->a_expr->rexpr;
        const char *qualifier;
        const char *name = ast_column_name(operand, &qualifier);
        struct column *column;

        if (name == NULL || qualifier == NULL || strcmp(qualifier, alias) != 0)
            continue;
        column = table_find_column(table, name);
        if (column != NULL)
            list_add(simulation->arena, columns, column);
    }
}

/* The leftmost relation of a FROM clause as SQL; NULL where there is none. */
static const char *first_relation(struct simulation *simulation,
                                  const PgQuery__SelectStmt *select)
{
    ast_node *item = select->n_from_clause > 0 ? select->from_clause[0] : NULL;
    ast_node *statement;
    struct err err;

    if (item == NULL)
        return NULL;
    while (item->node_case == PG_QUERY__NODE__NODE_JOIN_EXPR)
        item = item->join_expr->larg;
    statement = ast_parse_one(simulation->arena, "SELECT 1 FROM t", &err);
    statement->select_stmt->from_clause[0] = item;
    return strstr(ast_statement_text(simulation->arena, statement), "FROM ") + 5;
}

/* What UPDATE ... FROM joins: a table, or a subselect. */
struct joined {
    const struct table *table; /* NULL for a subselect */
    const char *relation;      /* its SQL, with alias `alias` */
    const char *alias;
};

static int make_joined(struct simulation *simulation, const ast_node *item,
                       const char *alias, struct joined *joined, struct err *err)
{
    struct resolver resolver = {simulation, NULL, err, 0};
    ast_node *copy;

    joined->alias = alias;
    if (item->node_case == PG_QUERY__NODE__NODE_RANGE_VAR) {
        joined->table = catalog_find_table(simulation->catalog, item->range_var->relname);
        if (joined->table == NULL)
            return err_set(err, ERR_STATE, "table \"%s\" does not exist",
                           item->range_var->relname);
        joined->relation = rows_relation(simulation, joined->table, alias);
        return 0;
    }
    if (item->node_case != PG_QUERY__NODE__NODE_RANGE_SUBSELECT)
        return err_set(err, ERR_INTERNAL, "UPDATE ... FROM takes a table or a subselect");
    joined->table = NULL;
    copy = ast_clone(simulation->arena, item->range_subselect->subquery);
    if (resolve_select(&resolver, copy->select_stmt) != 0 ||
        lower(simulation->lowering, &copy, first_relation(simulation, copy->select_stmt),
              err) != 0)
        return -1;
    joined->relation = arena_printf(simulation->arena, "(%s) AS %s",
                                    ast_statement_text(simulation->arena, copy), alias);
    return 0;
}

/* Adds the join to a branch. The row found, if any, is known by the column ROWS_FOUND. */
static void add_join(struct simulation *simulation, struct branch *branch,
                     const struct joined *joined, ast_node *condition)
{
    struct arena *arena = simulation->arena;
    struct join *join = arena_zalloc(arena, sizeof(*join));
    struct list columns = {NULL, 0, 0};
    const char *marked = arena_printf(arena, "(SELECT %s.*, true AS " ROWS_FOUND " FROM %s",
                                      joined->alias, joined->relation);

    join->alias = joined->alias;
    join->condition = condition;
    join->is_lateral = true;
    if (joined->table != NULL) {
        find_equalities(simulation, condition, joined->alias, joined->table, &columns);
        join->is_lateral = !table_has_key_within(joined->table, &columns);
    }
    if (join->is_lateral)
        join->relation = arena_printf(arena, "%s WHERE %s LIMIT 1) AS %s", marked,
                                      ast_text(arena, condition), joined->alias);
    else
        join->relation = arena_printf(arena, "%s) AS %s", marked, joined->alias);
    list_add(arena, &branch->joins, join);
}

struct update {
    struct simulation *simulation;
    const PgQuery__UpdateStmt *statement;
    struct table *table;
    const ast_node *from; /* NULL for none */
    struct err *err;
};

static const char *alias_of_item(const ast_node *item)
{
    if (item->node_case == PG_QUERY__NODE__NODE_RANGE_VAR)
        return alias_of(item->range_var);
    return item->range_subselect->alias != NULL ? item->range_subselect->alias->aliasname
                                                : "";
}

/* What decides whether a row is updated: NULL for "always". -1 on error. */
static int update_condition(const struct update *update, struct branch *branch,
                            struct scope *scope, ast_node **condition)
{
    struct simulation *simulation = update->simulation;
    const PgQuery__UpdateStmt *statement = update->statement;
    struct joined joined = {NULL, NULL, NULL};

    *condition = NULL;
    if (update->from == NULL) {
        if (statement->where_clause == NULL)
            return 0;
        *condition = resolve(simulation, scope, statement->where_clause, update->err);
        if (*condition == NULL)
            return -1;
        if (is_always_true(*condition))
            *condition = NULL;
        return 0;
    }
    if (make_joined(simulation, update->from,
                    arena_printf(simulation->arena, "j%u", ++branch->alias_count), &joined,
                    update->err) != 0)
        return -1;
    scope->entries[scope->count++] = (struct scope_entry){alias_of_item(update->from),
                                                          joined.table, NULL, joined.alias};
    *condition = resolve(simulation, scope, statement->where_clause, update->err);
    if (*condition == NULL)
        return -1;
    add_join(simulation, branch, &joined, *condition);
    *condition = ast_build(simulation->arena, "$1 IS NOT NULL", 1,
                           ast_column(simulation->arena, joined.alias, ROWS_FOUND));
    return 0;
}

static ast_node *conditional(struct simulation *simulation, ast_node *condition,
                             ast_node *value, ast_node *otherwise)
{
    const char *qualifier;
    const char *name;
    ast_node *choice;

    if (condition == NULL)
        return value;
    /* A joined column is NULL by itself where no row was found. */
    name = ast_column_name(value, &qualifier);
    if (ast_is_null(otherwise) && name != NULL && qualifier != NULL && *qualifier == 'j')
        return value;
    /* Put in by hand: the parts of a CASE need no parentheses, and a bare condition can use
     * an index where the plan asks the server how many rows it holds for. */
    choice = ast_build(simulation->arena, "CASE WHEN true THEN 1 ELSE 2 END", 0);
    choice->case_expr->args[0]->case_when->expr = condition;
    choice->case_expr->args[0]->case_when->result = value;
    choice->case_expr->defresult = otherwise;
    return choice;
}

static int update_branch(const struct update *update, struct branch *branch)
{
    struct simulation *simulation = update->simulation;
    const PgQuery__UpdateStmt *statement = update->statement;
    struct scope scope = scope_of(alias_of(statement->relation), update->table, branch);
    struct list values = {NULL, 0, 0};
    ast_node *condition;

    if (update_condition(update, branch, &scope, &condition) != 0)
        return -1;
    for (size_t i = 0; i < branch->values.count; i++)
        list_add(simulation->arena, &values, branch->values.items[i]);
    for (size_t i = 0; i < statement->n_target_list; i++) {
        const PgQuery__ResTarget *target = statement->target_list[i]->res_target;
        size_t position = column_position(update->table, target->name);
        ast_node *value;

        if (position == update->table->columns.count)
            return err_set(update->err, ERR_STATE,
                           "column \"%s\" of table \"%s\" does not exist", target->name,
                           update->table->name);
        value = resolve(simulation, &scope, target->val, update->err);
        if (value == NULL)
            return -1;
        values.items[position] =
            conditional(simulation, condition, value, branch->values.items[position]);
    }
    branch->values = values;
    return 0;
}

int rows_update(struct simulation *simulation, const PgQuery__UpdateStmt *statement,
                struct err *err)
{
    struct update update = {simulation, statement, NULL, NULL, err};
    struct rows *rows;

    update.table = catalog_find_table(simulation->catalog, statement->relation->relname);
    if (update.table == NULL)
        return err_set(err, ERR_STATE, "table \"%s\" does not exist",
                       statement->relation->relname);
    if (statement->n_from_clause > 0) {
        if (statement->n_from_clause > 1 || statement->where_clause == NULL)
            return err_set(err, ERR_INTERNAL,
                           "UPDATE ... FROM takes one relation and a WHERE clause");
        update.from = statement->from_clause[0];
        if (is_empty_item(simulation, update.from))
            return 0;
    }
    rows = update.table->rows;
    for (size_t i = 0; i < rows->branches.count; i++) {
        if (update_branch(&update, rows->branches.items[i]) != 0)
            return -1;
    }
    rows->is_changed = true;
    return 0;
}

/* --- DELETE ------------------------------------------------------------------------ */

static void keep_only(struct simulation *simulation, struct branch *branch,
                      ast_node *condition)
{
    branch->filter = branch->filter == NULL
                         ? condition
                         : ast_build(simulation->arena, "$1 AND $2", 2, branch->filter,
                                     condition);
}

static int delete_from_branch(struct simulation *simulation,
                              const PgQuery__DeleteStmt *statement, struct table *table,
                              struct branch *branch, struct err *err)
{
    struct scope scope = scope_of(alias_of(statement->relation), table, branch);
    struct resolver resolver = {simulation, &scope, err, 0};
    ast_node *condition;

    if (statement->n_using_clause > 0) {
        PgQuery__SelectStmt *select;
        ast_node *exists = ast_parse_one(simulation->arena, "SELECT 1", err);

        if (exists == NULL)
            return -1;
        select = exists->select_stmt;
        select->n_from_clause = statement->n_using_clause;
        select->from_clause = arena_alloc(simulation->arena,
                                          select->n_from_clause * sizeof(ast_node *));
        for (size_t i = 0; i < select->n_from_clause; i++)
            select->from_clause[i] =
                ast_clone(simulation->arena, statement->using_clause[i]);
        select->where_clause = ast_clone(simulation->arena, statement->where_clause);
        if (resolve_select(&resolver, select) != 0)
            return -1;
        condition = ast_parse_expression(
            simulation->arena,
            arena_printf(simulation->arena, "NOT EXISTS (%s)",
                         ast_statement_text(simulation->arena, exists)),
            err);
        if (condition == NULL)
            return -1;
    } else {
        condition = resolve(simulation, &scope, statement->where_clause, err);
        if (condition == NULL)
            return -1;
        condition =
            ast_build(simulation->arena, "NOT coalesce($1, false)", 1, condition);
    }
    keep_only(simulation, branch, condition);
    return 0;
}

int rows_delete(struct simulation *simulation, const PgQuery__DeleteStmt *statement,
                struct err *err)
{
    struct table *table =
        catalog_find_table(simulation->catalog, statement->relation->relname);
    struct rows *rows;

    if (table == NULL)
        return err_set(err, ERR_STATE, "table \"%s\" does not exist",
                       statement->relation->relname);
    rows = table->rows;
    rows->is_changed = true;
    if (statement->where_clause == NULL && statement->n_using_clause == 0) {
        rows->branches.count = 0;
        return 0;
    }
    for (size_t i = 0; i < rows->branches.count; i++) {
        if (delete_from_branch(simulation, statement, table, rows->branches.items[i], err) !=
            0)
            return -1;
    }
    return 0;
}

/* --- INSERT ------------------------------------------------------------------------ */

struct insert {
    struct simulation *simulation;
    const PgQuery__InsertStmt *statement;
    struct table *table;
    struct list positions; /* size_t * of the table's columns, in the statement's order */
    const char *before;    /* the rows before the INSERT, as relation "c" */
    struct err *err;
};

static int insert_positions(struct insert *insert)
{
    const PgQuery__InsertStmt *statement = insert->statement;
    size_t count =
        statement->n_cols > 0 ? statement->n_cols : insert->table->columns.count;

    for (size_t i = 0; i < count; i++) {
        size_t *position = arena_alloc(insert->simulation->arena, sizeof(*position));

        *position = statement->n_cols > 0
                        ? column_position(insert->table, statement->cols[i]->res_target->name)
                        : i;
        if (*position == insert->table->columns.count)
            return err_set(insert->err, ERR_STATE,
                           "column \"%s\" of table \"%s\" does not exist",
                           statement->cols[i]->res_target->name, insert->table->name);
        list_add(insert->simulation->arena, &insert->positions, position);
    }
    return 0;
}

static int skip_conflicts(struct insert *insert, struct branch *branch)
{
    const PgQuery__OnConflictClause *conflict = insert->statement->on_conflict_clause;
    struct arena *arena = insert->simulation->arena;
    const char *condition = "true";
    ast_node *exists;
    size_t count;

    if (conflict == NULL)
        return 0;
    if (conflict->action != PG_QUERY__ON_CONFLICT_ACTION__ONCONFLICT_NOTHING ||
        conflict->infer == NULL)
        return err_set(insert->err, ERR_INTERNAL,
                       "ON CONFLICT takes columns and DO NOTHING");
    count = conflict->infer->n_index_elems;
    for (size_t i = 0; i < count; i++) {
        const char *name = conflict->infer->index_elems[i]->index_elem->name;
        size_t position = column_position(insert->table, name);

        if (position == insert->table->columns.count)
            return err_set(insert->err, ERR_STATE, "column \"%s\" does not exist", name);
        condition = arena_printf(arena, "%s AND c.\"%s\" = (%s)", condition, name,
                                 ast_text(arena, branch->values.items[position]));
    }
    exists = ast_parse_expression(arena,
                                  arena_printf(arena,
                                               "NOT EXISTS (SELECT 1 FROM %s WHERE %s)",
                                               insert->before, condition),
                                  insert->err);
    if (exists == NULL)
        return -1;
    keep_only(insert->simulation, branch, exists);
    return 0;
}

/* Columns that the INSERT does not name get their defaults. */
static void fill_defaults(const struct insert *insert, struct branch *branch)
{
    struct arena *arena = insert->simulation->arena;

    branch->values.count = 0;
    for (size_t i = 0; i < insert->table->columns.count; i++) {
        const struct column *column = insert->table->columns.items[i];

        list_add(arena, &branch->values,
                 column->default_value != NULL ? column->default_value
                                               : ast_build(arena, "NULL", 0));
    }
}

static bool is_plain_select(const PgQuery__SelectStmt *select)
{
    return select->larg == NULL && select->n_from_clause == 1 &&
           select->from_clause[0]->node_case == PG_QUERY__NODE__NODE_RANGE_VAR &&
           select->n_group_clause == 0 && select->n_distinct_clause == 0 &&
           select->n_sort_clause == 0 && select->limit_count == NULL &&
           select->having_clause == NULL && select->with_clause == NULL &&
           select->n_window_clause == 0;
}

/* A SELECT from one table: its branches, with other expressions, can be read in ranges. */
static int insert_plain(struct insert *insert, const PgQuery__SelectStmt *select,
                        struct list *added)
{
    struct simulation *simulation = insert->simulation;
    const PgQuery__RangeVar *relation = select->from_clause[0]->range_var;
    const struct table *source = catalog_find_table(simulation->catalog, relation->relname);
    const struct rows *rows;

    if (source == NULL)
        return err_set(insert->err, ERR_STATE, "table \"%s\" does not exist",
                       relation->relname);
    rows = source->rows;
    for (size_t i = 0; i < rows->branches.count; i++) {
        const struct branch *from = rows->branches.items[i];
        struct branch *branch = arena_zalloc(simulation->arena, sizeof(*branch));
        struct scope scope = scope_of(alias_of(relation), source, from);

        branch->source = from->source;
        branch->from = from->from;
        branch->filter = from->filter;
        branch->alias_count = from->alias_count;
        for (size_t j = 0; j < from->joins.count; j++)
            list_add(simulation->arena, &branch->joins, from->joins.items[j]);
        fill_defaults(insert, branch);
        for (size_t j = 0; j < select->n_target_list && j < insert->positions.count; j++) {
            ast_node *value = resolve(simulation, &scope,
                                      select->target_list[j]->res_target->val, insert->err);

            if (value == NULL)
                return -1;
            branch->values.items[*(size_t *)insert->positions.items[j]] = value;
        }
        if (select->where_clause != NULL) {
            ast_node *condition =
                resolve(simulation, &scope, select->where_clause, insert->err);

            if (condition == NULL)
                return -1;
            keep_only(simulation, branch, condition);
        }
        list_add(simulation->arena, added, branch);
    }
    return 0;
}

static int insert_any(struct insert *insert, ast_node *statement, struct list *added)
{
    struct simulation *simulation = insert->simulation;
    struct resolver resolver = {simulation, NULL, insert->err, 0};
    struct branch *branch = arena_zalloc(simulation->arena, sizeof(*branch));
    ast_node *copy = ast_clone(simulation->arena, statement);
    const char *names = "";

    if (resolve_select(&resolver, copy->select_stmt) != 0 ||
        lower(simulation->lowering, &copy, first_relation(simulation, copy->select_stmt),
              insert->err) != 0)
        return -1;
    fill_defaults(insert, branch);
    for (size_t i = 0; i < insert->positions.count; i++) {
        const char *name = arena_printf(simulation->arena, "c%zu", i + 1);

        names = arena_printf(simulation->arena, "%s%s%s", names, i > 0 ? ", " : "", name);
        branch->values.items[*(size_t *)insert->positions.items[i]] =
            ast_column(simulation->arena, ROWS_SOURCE_ALIAS, name);
    }
    branch->from = arena_printf(simulation->arena, "(%s) AS " ROWS_SOURCE_ALIAS " (%s)",
                                ast_statement_text(simulation->arena, copy), names);
    list_add(simulation->arena, added, branch);
    return 0;
}

int rows_insert(struct simulation *simulation, const PgQuery__InsertStmt *statement,
                struct err *err)
{
    struct insert insert = {simulation, statement, NULL, {NULL, 0, 0}, NULL, err};
    const PgQuery__SelectStmt *select;
    struct list added = {NULL, 0, 0};
    struct rows *rows;
    int status;

    insert.table = catalog_find_table(simulation->catalog, statement->relation->relname);
    if (insert.table == NULL)
        return err_set(err, ERR_STATE, "table \"%s\" does not exist",
                       statement->relation->relname);
    if (statement->select_stmt == NULL)
        return err_set(err, ERR_INTERNAL, "INSERT takes SELECT or VALUES");
    if (insert_positions(&insert) != 0)
        return -1;
    rows = insert.table->rows;
    if (is_empty_select(simulation, statement->select_stmt->select_stmt))
        return 0;
    insert.before = rows_relation(simulation, insert.table, "c");
    select = statement->select_stmt->select_stmt;
    status = is_plain_select(select) ? insert_plain(&insert, select, &added)
                                     : insert_any(&insert, statement->select_stmt, &added);
    if (status != 0)
        return -1;
    for (size_t i = 0; i < added.count; i++) {
        if (skip_conflicts(&insert, added.items[i]) != 0)
            return -1;
        list_add(simulation->arena, &rows->branches, added.items[i]);
    }
    rows->is_changed = true;
    return 0;
}
