/* SPDX-License-Identifier: Apache-2.0
 *
 * print_query.c - SELECT and the statements that change rows, in MySQL's grammar.
 */
#include "config.h"

#include <string.h>

#include "mysql/print.h"

static void print_relation(struct printer *printer, const PgQuery__RangeVar *relation)
{
    if (relation->schemaname != NULL && *relation->schemaname != '\0') {
        print_name(printer, relation->schemaname);
        strbuf_add_char(&printer->sql, '.');
    }
    print_name(printer, relation->relname);
    if (relation->alias != NULL) {
        strbuf_add_string(&printer->sql, " AS ");
        print_name(printer, relation->alias->aliasname);
    }
}

static void print_from(struct printer *printer, const ast_node *item);

static void print_join(struct printer *printer, const PgQuery__JoinExpr *join)
{
    if (join->is_natural || join->alias != NULL || join->n_using_clause > 0)
        print_problem(printer, "NATURAL, USING, or a join with an alias");
    print_from(printer, join->larg);
    switch ((int)join->jointype) {
    case PG_QUERY__JOIN_TYPE__JOIN_INNER:
        strbuf_add_string(&printer->sql,
                          join->quals != NULL ? " JOIN " : " CROSS JOIN ");
        break;
    case PG_QUERY__JOIN_TYPE__JOIN_LEFT:
        strbuf_add_string(&printer->sql, " LEFT JOIN ");
        break;
    case PG_QUERY__JOIN_TYPE__JOIN_RIGHT:
        strbuf_add_string(&printer->sql, " RIGHT JOIN ");
        break;
    default:
        print_problem(printer, "a join of kind %d", (int)join->jointype);
    }
    if (join->rarg->node_case == PG_QUERY__NODE__NODE_JOIN_EXPR) {
        strbuf_add_char(&printer->sql, '(');
        print_from(printer, join->rarg);
        strbuf_add_char(&printer->sql, ')');
    } else {
        print_from(printer, join->rarg);
    }
    if (join->quals != NULL) {
        strbuf_add_string(&printer->sql, " ON ");
        print_expression(printer, join->quals);
    }
}

/* json_array_elements(document) WITH ORDINALITY AS a(element, n) */
static void print_range_function(struct printer *printer,
                                 const PgQuery__RangeFunction *range)
{
    const ast_node *function =
        range->n_functions == 1 ? range->functions[0]->list->items[0] : NULL;
    const PgQuery__Alias *alias = range->alias;
    const char *name;

    if (function == NULL || function->node_case != PG_QUERY__NODE__NODE_FUNC_CALL ||
        alias == NULL || alias->n_colnames != (range->ordinality ? 2 : 1)) {
        print_problem(printer, "a function in FROM");
        return;
    }
    name =
        ast_last_name(function->func_call->funcname, function->func_call->n_funcname);
    if (strcmp(name, "json_array_elements") != 0) {
        print_problem(printer, "the function %s() in FROM", name);
        return;
    }
    strbuf_add_string(&printer->sql, "JSON_TABLE(");
    print_list(printer, function->func_call->args, function->func_call->n_args);
    strbuf_add_string(&printer->sql, ", '$[*]' COLUMNS (");
    print_name(printer, ast_string_value(alias->colnames[0]));
    strbuf_add_string(&printer->sql, " json PATH '$'");
    if (range->ordinality) {
        strbuf_add_string(&printer->sql, ", ");
        print_name(printer, ast_string_value(alias->colnames[1]));
        strbuf_add_string(&printer->sql, " FOR ORDINALITY");
    }
    strbuf_add_string(&printer->sql, ")) AS ");
    print_name(printer, alias->aliasname);
}

/* t, or t (a, b) */
static void print_alias(struct printer *printer, const PgQuery__Alias *alias)
{
    print_name(printer, alias->aliasname);
    for (size_t i = 0; i < alias->n_colnames; i++) {
        strbuf_add_string(&printer->sql, i > 0 ? ", " : " (");
        print_name(printer, ast_string_value(alias->colnames[i]));
    }
    if (alias->n_colnames > 0)
        strbuf_add_char(&printer->sql, ')');
}

static void print_from(struct printer *printer, const ast_node *item)
{
    switch ((int)item->node_case) {
    case PG_QUERY__NODE__NODE_RANGE_VAR:
        print_relation(printer, item->range_var);
        break;
    case PG_QUERY__NODE__NODE_JOIN_EXPR:
        print_join(printer, item->join_expr);
        break;
    case PG_QUERY__NODE__NODE_RANGE_SUBSELECT:
        strbuf_add_string(&printer->sql,
                          item->range_subselect->lateral ? "LATERAL (" : "(");
        print_select(printer, item->range_subselect->subquery->select_stmt);
        strbuf_add_string(&printer->sql, ") AS ");
        print_alias(printer, item->range_subselect->alias);
        break;
    case PG_QUERY__NODE__NODE_RANGE_FUNCTION:
        print_range_function(printer, item->range_function);
        break;
    default:
        print_problem(printer, "an item in FROM of kind %d", (int)item->node_case);
    }
}

static void print_from_list(struct printer *printer, const char *word,
                            ast_node *const *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        strbuf_add_string(&printer->sql, i > 0 ? ", " : word);
        print_from(printer, items[i]);
    }
}

static void print_targets(struct printer *printer, ast_node *const *targets,
                          size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const PgQuery__ResTarget *target = targets[i]->res_target;

        strbuf_add_string(&printer->sql, i > 0 ? ", " : "");
        print_expression(printer, target->val);
        if (target->name != NULL && *target->name != '\0') {
            strbuf_add_string(&printer->sql, " AS ");
            print_name(printer, target->name);
        }
    }
}

static void print_where(struct printer *printer, const ast_node *condition)
{
    if (condition == NULL)
        return;
    strbuf_add_string(&printer->sql, " WHERE ");
    print_expression(printer, condition);
}

static void print_with(struct printer *printer, const PgQuery__WithClause *with)
{
    for (size_t i = 0; i < with->n_ctes; i++) {
        const PgQuery__CommonTableExpr *table = with->ctes[i]->common_table_expr;

        strbuf_add_string(&printer->sql, i > 0             ? ", "
                                         : with->recursive ? "WITH RECURSIVE "
                                                           : "WITH ");
        print_name(printer, table->ctename);
        if (table->n_aliascolnames > 0)
            print_problem(printer, "WITH with column names");
        strbuf_add_string(&printer->sql, " AS (");
        print_select(printer, table->ctequery->select_stmt);
        strbuf_add_char(&printer->sql, ')');
    }
    strbuf_add_char(&printer->sql, ' ');
}

/* VALUES as a query of its own needs 8.0.19. */
static void print_values(struct printer *printer, ast_node *const *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        strbuf_add_string(&printer->sql, i > 0 ? " UNION ALL SELECT " : "SELECT ");
        print_list(printer, rows[i]->list->items, rows[i]->list->n_items);
    }
}

static void print_tail(struct printer *printer, const PgQuery__SelectStmt *select)
{
    if (select->n_sort_clause > 0) {
        strbuf_add_string(&printer->sql, " ORDER BY ");
        print_order(printer, select->sort_clause, select->n_sort_clause);
    }
    if (select->limit_count != NULL) {
        strbuf_add_string(&printer->sql, " LIMIT ");
        print_expression(printer, select->limit_count);
    }
    if (select->limit_offset != NULL)
        print_problem(printer, "OFFSET");
    if (select->n_locking_clause > 0)
        print_problem(printer, "FOR UPDATE");
}

static void print_operand(struct printer *printer, const PgQuery__SelectStmt *select)
{
    bool is_plain = select->n_sort_clause == 0 && select->limit_count == NULL &&
                    select->op == PG_QUERY__SET_OPERATION__SETOP_NONE;

    strbuf_add_string(&printer->sql, is_plain ? "" : "(");
    print_select(printer, select);
    strbuf_add_string(&printer->sql, is_plain ? "" : ")");
}

/* a UNION ALL b UNION ALL c leans to the left, as the parser read it. */
static void print_union(struct printer *printer, const PgQuery__SelectStmt *select)
{
    if (select->op != PG_QUERY__SET_OPERATION__SETOP_UNION)
        print_problem(printer, "INTERSECT or EXCEPT");
    if (select->larg->op == select->op && select->larg->all == select->all)
        print_union(printer, select->larg);
    else
        print_operand(printer, select->larg);
    strbuf_add_string(&printer->sql, select->all ? " UNION ALL " : " UNION ");
    print_operand(printer, select->rarg);
}

void print_select(struct printer *printer, const PgQuery__SelectStmt *select)
{
    if (select->with_clause != NULL)
        print_with(printer, select->with_clause);
    if (select->n_values_lists > 0) {
        print_values(printer, select->values_lists, select->n_values_lists);
        return;
    }
    if (select->op != PG_QUERY__SET_OPERATION__SETOP_NONE) {
        print_union(printer, select);
        print_tail(printer, select);
        return;
    }
    strbuf_add_string(&printer->sql, "SELECT ");
    if (select->n_distinct_clause > 0) {
        strbuf_add_string(&printer->sql, "DISTINCT ");
        for (size_t i = 0; i < select->n_distinct_clause; i++) {
            if (select->distinct_clause[i] != NULL &&
                select->distinct_clause[i]->node_case != PG_QUERY__NODE__NODE__NOT_SET)
                print_problem(printer, "DISTINCT ON");
        }
    }
    print_targets(printer, select->target_list, select->n_target_list);
    if (select->n_from_clause > 0)
        print_from_list(printer, " FROM ", select->from_clause, select->n_from_clause);
    else if (select->where_clause != NULL)
        strbuf_add_string(&printer->sql, " FROM DUAL");
    print_where(printer, select->where_clause);
    if (select->n_group_clause > 0) {
        strbuf_add_string(&printer->sql, " GROUP BY ");
        print_list(printer, select->group_clause, select->n_group_clause);
    }
    if (select->having_clause != NULL) {
        strbuf_add_string(&printer->sql, " HAVING ");
        print_expression(printer, select->having_clause);
    }
    print_tail(printer, select);
}

/* --- statements that change rows --------------------------------------------------- */

static void print_rows(struct printer *printer, ast_node *const *rows, size_t count)
{
    strbuf_add_string(&printer->sql, "VALUES ");
    for (size_t i = 0; i < count; i++) {
        strbuf_add_string(&printer->sql, i > 0 ? ", (" : "(");
        print_list(printer, rows[i]->list->items, rows[i]->list->n_items);
        strbuf_add_char(&printer->sql, ')');
    }
}

/* ON CONFLICT DO NOTHING: an assignment that changes nothing. INSERT IGNORE would make
 * warnings of all other errors, too. */
static void print_insert(struct printer *printer, const PgQuery__InsertStmt *insert)
{
    const PgQuery__SelectStmt *select = insert->select_stmt->select_stmt;

    strbuf_add_string(&printer->sql, "INSERT INTO ");
    print_relation(printer, insert->relation);
    if (insert->n_cols > 0) {
        strbuf_add_string(&printer->sql, " (");
        for (size_t i = 0; i < insert->n_cols; i++) {
            strbuf_add_string(&printer->sql, i > 0 ? ", " : "");
            print_name(printer, insert->cols[i]->res_target->name);
        }
        strbuf_add_char(&printer->sql, ')');
    }
    strbuf_add_char(&printer->sql, ' ');
    if (select->n_values_lists > 0)
        print_rows(printer, select->values_lists, select->n_values_lists);
    else
        print_select(printer, select);
    if (insert->with_clause != NULL || insert->n_returning_list > 0)
        print_problem(printer, "WITH or RETURNING");
    if (insert->on_conflict_clause == NULL)
        return;
    if (insert->n_cols == 0 || insert->on_conflict_clause->action !=
                                   PG_QUERY__ON_CONFLICT_ACTION__ONCONFLICT_NOTHING) {
        print_problem(printer, "ON CONFLICT DO UPDATE");
        return;
    }
    strbuf_add_string(&printer->sql, " ON DUPLICATE KEY UPDATE ");
    for (int i = 0; i < 2; i++) {
        print_name(printer, insert->relation->relname);
        strbuf_add_char(&printer->sql, '.');
        print_name(printer, insert->cols[0]->res_target->name);
        strbuf_add_string(&printer->sql, i == 0 ? " = " : "");
    }
}

static const char *alias_of(const PgQuery__RangeVar *relation)
{
    return relation->alias != NULL ? relation->alias->aliasname : relation->relname;
}

/* MySQL assigns from left to right and an expression sees what stands before it; the
 * language means the row as it was. */
static bool sees_assigned(const PgQuery__UpdateStmt *update, size_t position);

struct search {
    const PgQuery__UpdateStmt *update;
    size_t position;
    bool is_found;
};

static bool find_assigned(ast_node **slot, void *context)
{
    struct search *search = context;
    const char *qualifier;
    const char *name = ast_column_name(*slot, &qualifier);

    if (name == NULL || (qualifier != NULL &&
                         strcmp(qualifier, alias_of(search->update->relation)) != 0))
        return true;
    for (size_t i = 0; i < search->position; i++) {
        if (strcmp(search->update->target_list[i]->res_target->name, name) == 0)
            search->is_found = true;
    }
    return true;
}

static bool sees_assigned(const PgQuery__UpdateStmt *update, size_t position)
{
    struct search search = {update, position, false};
    ast_node *value = update->target_list[position]->res_target->val;

    ast_walk(&value, find_assigned, &search);
    return search.is_found;
}

static void print_update(struct printer *printer, const PgQuery__UpdateStmt *update)
{
    strbuf_add_string(&printer->sql, "UPDATE ");
    print_relation(printer, update->relation);
    if (update->n_from_clause > 0)
        print_from_list(printer, ", ", update->from_clause, update->n_from_clause);
    for (size_t i = 0; i < update->n_target_list; i++) {
        const PgQuery__ResTarget *target = update->target_list[i]->res_target;

        if (sees_assigned(update, i))
            print_problem(printer, "\"%s\" computed from a column assigned before it",
                          target->name);
        strbuf_add_string(&printer->sql, i > 0 ? ", " : " SET ");
        print_name(printer, alias_of(update->relation));
        strbuf_add_char(&printer->sql, '.');
        print_name(printer, target->name);
        strbuf_add_string(&printer->sql, " = ");
        print_expression(printer, target->val);
    }
    print_where(printer, update->where_clause);
    if (update->with_clause != NULL || update->n_returning_list > 0)
        print_problem(printer, "WITH or RETURNING");
}

static void print_delete(struct printer *printer, const PgQuery__DeleteStmt *delete)
{
    strbuf_add_string(&printer->sql, "DELETE ");
    if (delete->n_using_clause > 0 || delete->relation->alias != NULL) {
        print_name(printer, alias_of(delete->relation));
        strbuf_add_char(&printer->sql, ' ');
    }
    strbuf_add_string(&printer->sql, "FROM ");
    print_relation(printer, delete->relation);
    if (delete->n_using_clause > 0)
        print_from_list(printer, ", ", delete->using_clause, delete->n_using_clause);
    print_where(printer, delete->where_clause);
    if (delete->with_clause != NULL || delete->n_returning_list > 0)
        print_problem(printer, "WITH or RETURNING");
}

static void print_create_table_as(struct printer *printer,
                                  const PgQuery__CreateTableAsStmt *create)
{
    strbuf_add_string(&printer->sql, "CREATE TABLE ");
    print_relation(printer, create->into->rel);
    strbuf_add_string(&printer->sql, " AS ");
    print_select(printer, create->query->select_stmt);
}

const char *mysql_print(struct arena *arena, const ast_node *tree, struct err *err)
{
    struct printer printer = {arena, STRBUF_INIT, NULL};
    const char *text = NULL;

    switch ((int)tree->node_case) {
    case PG_QUERY__NODE__NODE_SELECT_STMT:
        print_select(&printer, tree->select_stmt);
        break;
    case PG_QUERY__NODE__NODE_INSERT_STMT:
        print_insert(&printer, tree->insert_stmt);
        break;
    case PG_QUERY__NODE__NODE_UPDATE_STMT:
        print_update(&printer, tree->update_stmt);
        break;
    case PG_QUERY__NODE__NODE_DELETE_STMT:
        print_delete(&printer, tree->delete_stmt);
        break;
    case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
        print_create_table_as(&printer, tree->create_table_as_stmt);
        break;
    default:
        print_expression(&printer, tree);
    }
    if (printer.problem != NULL)
        (void)err_set(err, ERR_UNSUPPORTED, "MySQL has no words for %s",
                      printer.problem);
    else
        text = arena_strdup(arena, strbuf_text(&printer.sql));
    strbuf_clear(&printer.sql);
    return text;
}
