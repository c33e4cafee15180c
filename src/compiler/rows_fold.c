/* SPDX-License-Identifier: Apache-2.0
 *
 * rows_fold.c - folds UPDATE, DELETE and INSERT into row programs.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "compiler/resolve.h"
#include "compiler/rows.h"

/* The mark that a joined row was found; a name no revision uses. */
#define ROWS_FOUND "airshift_found"

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
            find_equalities(simulation, condition->bool_expr->args[i], alias, table,
                            columns);
        return;
    }
    if (condition->node_case != PG_QUERY__NODE__NODE_A_EXPR ||
        condition->a_expr->kind != PG_QUERY__A__EXPR__KIND__AEXPR_OP ||
        strcmp(ast_last_name(condition->a_expr->name, condition->a_expr->n_name),
               "=") != 0)
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
        joined->table =
            catalog_find_table(simulation->catalog, item->range_var->relname);
        if (joined->table == NULL)
            return err_set(err, ERR_STATE, "table \"%s\" does not exist",
                           item->range_var->relname);
        joined->relation = rows_relation(simulation, joined->table, alias);
        return 0;
    }
    if (item->node_case != PG_QUERY__NODE__NODE_RANGE_SUBSELECT)
        return err_set(err, ERR_INTERNAL,
                       "UPDATE ... FROM takes a table or a subselect");
    joined->table = NULL;
    copy = ast_clone(simulation->arena, item->range_subselect->subquery);
    if (resolve_select(&resolver, copy->select_stmt) != 0 ||
        lower(simulation->lowering, &copy,
              first_relation(simulation, copy->select_stmt), err) != 0)
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
    const char *marked =
        arena_printf(arena, "(SELECT %s.*, true AS " ROWS_FOUND " FROM %s",
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
        return resolve_alias(item->range_var);
    return item->range_subselect->alias != NULL
               ? item->range_subselect->alias->aliasname
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
        *condition =
            resolve_expression(simulation, scope, statement->where_clause, update->err);
        if (*condition == NULL)
            return -1;
        if (is_always_true(*condition))
            *condition = NULL;
        return 0;
    }
    if (make_joined(simulation, update->from,
                    arena_printf(simulation->arena, "j%u", ++branch->alias_count),
                    &joined, update->err) != 0)
        return -1;
    scope->entries[scope->count++] = (struct scope_entry){
        alias_of_item(update->from), joined.table, NULL, joined.alias};
    *condition =
        resolve_expression(simulation, scope, statement->where_clause, update->err);
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
    if (ast_is_null(otherwise) && name != NULL && qualifier != NULL &&
        *qualifier == 'j')
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
    struct scope scope =
        resolve_scope_of(resolve_alias(statement->relation), update->table, branch);
    struct list values = {NULL, 0, 0};
    ast_node *condition;

    if (update_condition(update, branch, &scope, &condition) != 0)
        return -1;
    for (size_t i = 0; i < branch->values.count; i++)
        list_add(simulation->arena, &values, branch->values.items[i]);
    for (size_t i = 0; i < statement->n_target_list; i++) {
        const PgQuery__ResTarget *target = statement->target_list[i]->res_target;
        size_t position = rows_column_position(update->table, target->name);
        ast_node *value;

        if (position == update->table->columns.count)
            return err_set(update->err, ERR_STATE,
                           "column \"%s\" of table \"%s\" does not exist", target->name,
                           update->table->name);
        value = resolve_expression(simulation, &scope, target->val, update->err);
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

    update.table =
        catalog_find_table(simulation->catalog, statement->relation->relname);
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
                         : ast_and(simulation->arena, branch->filter, condition);
}

static int delete_from_branch(struct simulation *simulation,
                              const PgQuery__DeleteStmt *statement, struct table *table,
                              struct branch *branch, struct err *err)
{
    struct scope scope =
        resolve_scope_of(resolve_alias(statement->relation), table, branch);
    struct resolver resolver = {simulation, &scope, err, 0};
    ast_node *condition;

    if (statement->n_using_clause > 0) {
        PgQuery__SelectStmt *select;
        ast_node *exists = ast_parse_one(simulation->arena, "SELECT 1", err);

        if (exists == NULL)
            return -1;
        select = exists->select_stmt;
        select->n_from_clause = statement->n_using_clause;
        select->from_clause =
            arena_alloc(simulation->arena, select->n_from_clause * sizeof(ast_node *));
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
        condition =
            resolve_expression(simulation, &scope, statement->where_clause, err);
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
        if (delete_from_branch(simulation, statement, table, rows->branches.items[i],
                               err) != 0)
            return -1;
    }
    return 0;
}

/* --- INSERT ------------------------------------------------------------------------ */

struct insert {
    struct simulation *simulation;
    const PgQuery__InsertStmt *statement;
    struct table *table;
    struct list
        positions;      /* size_t * of the table's columns, in the statement's order */
    const char *before; /* the rows before the INSERT, as relation "c" */
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
                        ? rows_column_position(insert->table,
                                               statement->cols[i]->res_target->name)
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
        size_t position = rows_column_position(insert->table, name);

        if (position == insert->table->columns.count)
            return err_set(insert->err, ERR_STATE, "column \"%s\" does not exist",
                           name);
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
    const struct table *source =
        catalog_find_table(simulation->catalog, relation->relname);
    const struct rows *rows;

    if (source == NULL)
        return err_set(insert->err, ERR_STATE, "table \"%s\" does not exist",
                       relation->relname);
    rows = source->rows;
    for (size_t i = 0; i < rows->branches.count; i++) {
        const struct branch *from = rows->branches.items[i];
        struct branch *branch = arena_zalloc(simulation->arena, sizeof(*branch));
        struct scope scope = resolve_scope_of(resolve_alias(relation), source, from);

        branch->source = from->source;
        branch->from = from->from;
        branch->filter = from->filter;
        branch->alias_count = from->alias_count;
        for (size_t j = 0; j < from->joins.count; j++)
            list_add(simulation->arena, &branch->joins, from->joins.items[j]);
        fill_defaults(insert, branch);
        for (size_t j = 0; j < select->n_target_list && j < insert->positions.count;
             j++) {
            ast_node *value = resolve_expression(
                simulation, &scope, select->target_list[j]->res_target->val,
                insert->err);

            if (value == NULL)
                return -1;
            branch->values.items[*(size_t *)insert->positions.items[j]] = value;
        }
        if (select->where_clause != NULL) {
            ast_node *condition = resolve_expression(simulation, &scope,
                                                     select->where_clause, insert->err);

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
        lower(simulation->lowering, &copy,
              first_relation(simulation, copy->select_stmt), insert->err) != 0)
        return -1;
    fill_defaults(insert, branch);
    for (size_t i = 0; i < insert->positions.count; i++) {
        const char *name = arena_printf(simulation->arena, "c%zu", i + 1);

        names =
            arena_printf(simulation->arena, "%s%s%s", names, i > 0 ? ", " : "", name);
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

    insert.table =
        catalog_find_table(simulation->catalog, statement->relation->relname);
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
    status = is_plain_select(select)
                 ? insert_plain(&insert, select, &added)
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
