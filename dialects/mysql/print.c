/* SPDX-License-Identifier: Apache-2.0
 *
 * print.c - expressions of the revision language in MySQL's grammar. Everything that is
 * compound gets parentheses, for the two servers do not bind alike. What has no equivalent
 * is a problem with a name, never left out.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mysql/print.h"

void print_problem(struct printer *printer, const char *format, ...)
{
    char text[256];
    va_list arguments;

    if (printer->problem != NULL)
        return;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    printer->problem = arena_strdup(printer->arena, text);
}

void print_name(struct printer *printer, const char *name)
{
    strbuf_add_string(&printer->sql, mysql_name(printer->arena, name));
}

static void print_literal(struct printer *printer, const char *text)
{
    strbuf_add_string(&printer->sql, mysql_literal(printer->arena, text));
}

void print_list(struct printer *printer, ast_node *const *nodes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            strbuf_add_string(&printer->sql, ", ");
        print_expression(printer, nodes[i]);
    }
}

void print_order(struct printer *printer, ast_node *const *nodes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const PgQuery__SortBy *sort = nodes[i]->sort_by;

        if (sort->sortby_nulls != PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_DEFAULT)
            print_problem(printer, "NULLS FIRST or LAST");
        strbuf_add_string(&printer->sql, i > 0 ? ", " : "");
        print_expression(printer, sort->node);
        if (sort->sortby_dir == PG_QUERY__SORT_BY_DIR__SORTBY_DESC)
            strbuf_add_string(&printer->sql, " DESC");
    }
}

/* --- constants and names ----------------------------------------------------------- */

static void print_constant(struct printer *printer, const PgQuery__AConst *constant)
{
    if (constant->isnull) {
        strbuf_add_string(&printer->sql, "NULL");
        return;
    }
    switch ((int)constant->val_case) {
    case PG_QUERY__A__CONST__VAL_IVAL:
        strbuf_addf(&printer->sql, "%d", constant->ival->ival);
        break;
    case PG_QUERY__A__CONST__VAL_FVAL:
        strbuf_add_string(&printer->sql, constant->fval->fval);
        break;
    case PG_QUERY__A__CONST__VAL_BOOLVAL:
        strbuf_add_string(&printer->sql, constant->boolval->boolval ? "true" : "false");
        break;
    case PG_QUERY__A__CONST__VAL_SVAL:
        print_literal(printer, constant->sval->sval);
        break;
    case PG_QUERY__A__CONST__VAL_BSVAL: /* "x..." or "b..." */
        strbuf_addf(&printer->sql, "%c'%s'",
                    constant->bsval->bsval[0] == 'b' ? 'b' : 'X',
                    constant->bsval->bsval + 1);
        break;
    default:
        print_problem(printer, "a constant of an unknown kind");
    }
}

static void print_column(struct printer *printer, const PgQuery__ColumnRef *column)
{
    for (size_t i = 0; i < column->n_fields; i++) {
        const char *name = ast_string_value(column->fields[i]);

        strbuf_add_string(&printer->sql, i > 0 ? "." : "");
        if (name != NULL)
            print_name(printer, name);
        else
            strbuf_add_char(&printer->sql, '*');
    }
}

/* --- casts ------------------------------------------------------------------------- */

/* The server takes an offset in a literal since 8.0.19 only. */
static void print_moment(struct printer *printer, const char *text)
{
    size_t length = strlen(text);
    static const char *const zones[] = {"+00:00", "+00", "Z"};

    for (size_t i = 0; i < 3; i++) {
        size_t zone = strlen(zones[i]);

        if (length > zone && strcmp(text + length - zone, zones[i]) == 0) {
            text = arena_strndup(printer->arena, text, length - zone);
            break;
        }
    }
    strbuf_addf(&printer->sql, "CAST('%s' AS datetime(6))", text);
}

/* 32 digits with the four dashes that the older columns have. */
static void print_uuid_with_dashes(struct printer *printer, const ast_node *value)
{
    strbuf_add_string(&printer->sql, "INSERT(INSERT(INSERT(INSERT(");
    print_expression(printer, value);
    strbuf_add_string(&printer->sql,
                      ", 21, 0, '-'), 17, 0, '-'), 13, 0, '-'), 9, 0, '-')");
}

/* Moments are in microseconds, unless the type says full seconds: then the server rounds. */
static bool is_full_seconds(const PgQuery__TypeName *type)
{
    return type->n_typmods == 1 &&
           type->typmods[0]->node_case == PG_QUERY__NODE__NODE_A_CONST &&
           type->typmods[0]->a_const->ival != NULL &&
           type->typmods[0]->a_const->ival->ival == 0;
}

static void print_cast(struct printer *printer, const PgQuery__TypeCast *cast)
{
    const char *name = ast_last_name(cast->type_name->names, cast->type_name->n_names);
    const char *type = mysql_cast_type(name);
    const char *constant = ast_string_value(cast->arg);

    if (strcmp(name, "uuid36") == 0) {
        print_uuid_with_dashes(printer, cast->arg);
        return;
    }
    if (strcmp(name, "uuid") == 0) {
        strbuf_add_string(&printer->sql, "REPLACE(");
        print_expression(printer, cast->arg);
        strbuf_add_string(&printer->sql, ", '-', '')");
        return;
    }
    if (type == NULL || cast->type_name->n_array_bounds > 0) {
        print_problem(printer, "a cast to %s", name);
        return;
    }
    if (constant != NULL && strcmp(type, "datetime(6)") == 0) {
        print_moment(printer, constant);
        return;
    }
    if (strcmp(type, "datetime(6)") == 0 && is_full_seconds(cast->type_name))
        type = "datetime";
    if (strcmp(type, "double") == 0) { /* CAST knows it since 8.0.17 only */
        strbuf_add_char(&printer->sql, '(');
        print_expression(printer, cast->arg);
        strbuf_add_string(&printer->sql, " + 0e0)");
        return;
    }
    strbuf_add_string(&printer->sql, "CAST(");
    print_expression(printer, cast->arg);
    strbuf_addf(&printer->sql, " AS %s)", type);
}

/* --- operators --------------------------------------------------------------------- */

static bool is_interval(const ast_node *node)
{
    return node != NULL && node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST &&
           strcmp(ast_last_name(node->type_cast->type_name->names,
                                node->type_cast->type_name->n_names),
                  "interval") == 0;
}

/* '1 millisecond', also as n * interval '1 millisecond'. False where it is none. */
static bool print_interval(struct printer *printer, const ast_node *node)
{
    const ast_node *factor = NULL;
    char unit[32];
    long long count = 0;

    if (node->node_case == PG_QUERY__NODE__NODE_A_EXPR && node->a_expr->lexpr != NULL &&
        is_interval(node->a_expr->rexpr) &&
        strcmp(ast_last_name(node->a_expr->name, node->a_expr->n_name), "*") == 0) {
        factor = node->a_expr->lexpr;
        node = node->a_expr->rexpr;
    }
    if (!is_interval(node) || ast_string_value(node->type_cast->arg) == NULL ||
        sscanf(ast_string_value(node->type_cast->arg), "%lld %31s", &count, unit) != 2)
        return false;
    if (unit[strlen(unit) - 1] == 's')
        unit[strlen(unit) - 1] = '\0';
    if (strcmp(unit, "millisecond") == 0) {
        count *= 1000;
        (void)snprintf(unit, sizeof(unit), "microsecond");
    }
    strbuf_add_string(&printer->sql, "INTERVAL (");
    if (factor != NULL) {
        print_expression(printer, factor);
        strbuf_add_string(&printer->sql, " * ");
    }
    strbuf_addf(&printer->sql, "%lld) %s", count, unit);
    return true;
}

static void print_call(struct printer *printer, const char *function,
                       const ast_node *first, const ast_node *second)
{
    strbuf_addf(&printer->sql, "%s(", function);
    print_expression(printer, first);
    strbuf_add_string(&printer->sql, ", ");
    print_expression(printer, second);
    strbuf_add_char(&printer->sql, ')');
}

/* document -> 'key' and document ->> 'key' */
static void print_member(struct printer *printer, const PgQuery__AExpr *expression,
                         bool as_text)
{
    const char *key = ast_string_value(expression->rexpr);

    if (key == NULL) {
        print_problem(printer, "a member of JSON whose name is computed");
        return;
    }
    strbuf_add_string(&printer->sql, as_text ? "JSON_UNQUOTE(NULLIF(" : "");
    strbuf_add_string(&printer->sql, "JSON_EXTRACT(");
    print_expression(printer, expression->lexpr);
    strbuf_add_string(&printer->sql, ", ");
    print_literal(printer, arena_printf(printer->arena, "$.\"%s\"", key));
    strbuf_add_char(&printer->sql, ')');
    if (as_text)
        strbuf_add_string(&printer->sql, ", CAST('null' AS json)))");
}

/* Both sides and the operator, without parentheses. */
static void print_sides(struct printer *printer, const PgQuery__AExpr *expression,
                        const char *operator)
{
    if (expression->lexpr != NULL) {
        print_expression(printer, expression->lexpr);
        strbuf_add_char(&printer->sql, ' ');
    }
    strbuf_add_string(&printer->sql, operator);
    strbuf_add_char(&printer->sql, ' ');
    if (expression->lexpr == NULL || !print_interval(printer, expression->rexpr))
        print_expression(printer, expression->rexpr);
}

static void print_infix(struct printer *printer, const PgQuery__AExpr *expression,
                        const char *operator)
{
    strbuf_add_char(&printer->sql, '(');
    print_sides(printer, expression, operator);
    strbuf_add_char(&printer->sql, ')');
}

/* In the mode NO_BACKSLASH_ESCAPES, in which what is printed runs, LIKE has no character for
 * escapes of its own (MySQL's manual, "String Comparison Functions and Operators"). */
static void print_like(struct printer *printer, const PgQuery__AExpr *expression,
                       bool is_negated)
{
    strbuf_add_char(&printer->sql, '(');
    print_sides(printer, expression, is_negated ? "NOT LIKE" : "LIKE");
    strbuf_add_string(&printer->sql, " ESCAPE '\\')");
}

static void print_operator(struct printer *printer, const PgQuery__AExpr *expression)
{
    static const char *const same[] = {"=", "<>", "<", ">", "<=", ">=", "+",  "-",
                                       "*", "/",  "%", "|", "&",  "<<", ">>", "~"};
    const char *operator= ast_last_name(expression->name, expression->n_name);

    if (strcmp(operator, "||") == 0) {
        print_call(printer, "CONCAT", expression->lexpr, expression->rexpr);
    } else if (strcmp(operator, "->") == 0 || strcmp(operator, "->>") == 0) {
        print_member(printer, expression, operator[2] == '>');
    } else if (expression->lexpr != NULL && strcmp(operator, "~") == 0) {
        strbuf_add_string(&printer->sql, "REGEXP_LIKE(");
        print_expression(printer, expression->lexpr);
        strbuf_add_string(&printer->sql, ", ");
        print_expression(printer, expression->rexpr);
        strbuf_add_string(&printer->sql, ", 'c')");
    } else {
        for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
            if (strcmp(operator, same[i]) == 0) {
                print_infix(printer, expression, operator);
                return;
            }
        }
        print_problem(printer, "the operator %s", operator);
    }
}

static void print_in(struct printer *printer, const PgQuery__AExpr *expression)
{
    bool is_negated =
        strcmp(ast_last_name(expression->name, expression->n_name), "<>") == 0;

    strbuf_add_char(&printer->sql, '(');
    print_expression(printer, expression->lexpr);
    strbuf_add_string(&printer->sql, is_negated ? " NOT IN (" : " IN (");
    print_list(printer, expression->rexpr->list->items,
               expression->rexpr->list->n_items);
    strbuf_add_string(&printer->sql, "))");
}

static void print_between(struct printer *printer, const PgQuery__AExpr *expression)
{
    strbuf_add_char(&printer->sql, '(');
    print_expression(printer, expression->lexpr);
    strbuf_add_string(&printer->sql,
                      expression->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN
                          ? " NOT BETWEEN "
                          : " BETWEEN ");
    print_expression(printer, expression->rexpr->list->items[0]);
    strbuf_add_string(&printer->sql, " AND ");
    print_expression(printer, expression->rexpr->list->items[1]);
    strbuf_add_char(&printer->sql, ')');
}

static void print_a_expr(struct printer *printer, const PgQuery__AExpr *expression)
{
    const char *operator= ast_last_name(expression->name, expression->n_name);

    switch ((int)expression->kind) {
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP:
        print_operator(printer, expression);
        break;
    case PG_QUERY__A__EXPR__KIND__AEXPR_IN:
        print_in(printer, expression);
        break;
    case PG_QUERY__A__EXPR__KIND__AEXPR_LIKE:
        print_like(printer, expression, *operator== '!');
        break;
    case PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF:
        print_call(printer, "NULLIF", expression->lexpr, expression->rexpr);
        break;
    case PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT:
        strbuf_add_string(&printer->sql, "(NOT ");
        print_infix(printer, expression, "<=>");
        strbuf_add_char(&printer->sql, ')');
        break;
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT:
        print_infix(printer, expression, "<=>");
        break;
    case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN:
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN:
        print_between(printer, expression);
        break;
    default:
        print_problem(printer, "an operator of kind %d", (int)expression->kind);
    }
}

static void print_bool(struct printer *printer, const PgQuery__BoolExpr *expression)
{
    if (expression->boolop == PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR) {
        strbuf_add_string(&printer->sql, "(NOT ");
        print_expression(printer, expression->args[0]);
        strbuf_add_char(&printer->sql, ')');
        return;
    }
    strbuf_add_char(&printer->sql, '(');
    for (size_t i = 0; i < expression->n_args; i++) {
        if (i > 0)
            strbuf_add_string(&printer->sql,
                              expression->boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR
                                  ? " AND "
                                  : " OR ");
        print_expression(printer, expression->args[i]);
    }
    strbuf_add_char(&printer->sql, ')');
}

static void print_test(struct printer *printer, const ast_node *argument,
                       const char *test)
{
    strbuf_add_char(&printer->sql, '(');
    print_expression(printer, argument);
    strbuf_addf(&printer->sql, " %s)", test);
}

static void print_boolean_test(struct printer *printer,
                               const PgQuery__BooleanTest *test)
{
    static const char *const words[] = {
        [PG_QUERY__BOOL_TEST_TYPE__IS_TRUE] = "IS TRUE",
        [PG_QUERY__BOOL_TEST_TYPE__IS_NOT_TRUE] = "IS NOT TRUE",
        [PG_QUERY__BOOL_TEST_TYPE__IS_FALSE] = "IS FALSE",
        [PG_QUERY__BOOL_TEST_TYPE__IS_NOT_FALSE] = "IS NOT FALSE",
        [PG_QUERY__BOOL_TEST_TYPE__IS_UNKNOWN] = "IS UNKNOWN",
        [PG_QUERY__BOOL_TEST_TYPE__IS_NOT_UNKNOWN] = "IS NOT UNKNOWN",
    };

    print_test(printer, test->arg, words[test->booltesttype]);
}

static void print_case(struct printer *printer, const PgQuery__CaseExpr *expression)
{
    strbuf_add_string(&printer->sql, "CASE");
    if (expression->arg != NULL) {
        strbuf_add_char(&printer->sql, ' ');
        print_expression(printer, expression->arg);
    }
    for (size_t i = 0; i < expression->n_args; i++) {
        const PgQuery__CaseWhen *when = expression->args[i]->case_when;

        strbuf_add_string(&printer->sql, " WHEN ");
        print_expression(printer, when->expr);
        strbuf_add_string(&printer->sql, " THEN ");
        print_expression(printer, when->result);
    }
    if (expression->defresult != NULL) {
        strbuf_add_string(&printer->sql, " ELSE ");
        print_expression(printer, expression->defresult);
    }
    strbuf_add_string(&printer->sql, " END");
}

/* --- functions --------------------------------------------------------------------- */

/* Functions of the language and of PostgreSQL that MySQL has, by the same name or another.
 * What is not here is a problem: it would fail on the server, or mean something else. */
static const struct {
    const char *name;
    const char *mysql;
} functions[] = {
    {"count", "COUNT"},
    {"max", "MAX"},
    {"min", "MIN"},
    {"sum", "SUM"},
    {"row_number", "ROW_NUMBER"},
    {"concat", "CONCAT"},
    {"length", "LENGTH"}, /* of bytes, for bytes; of text it would differ */
    {"octet_length", "LENGTH"},
    {"char_length", "CHAR_LENGTH"},
    {"lower", "LOWER"},
    {"upper", "UPPER"},
    {"replace", "REPLACE"},
    {"substr", "SUBSTR"},
    {"substring", "SUBSTR"},
    {"left", "LEFT"},
    {"right", "RIGHT"},
    {"lpad", "LPAD"},
    {"btrim", "TRIM"},
    {"ltrim", "LTRIM"},
    {"rtrim", "RTRIM"},
    {"sha2", "SHA2"},
    {"hex", "HEX"},
    {"conv", "CONV"},
    {"round", "ROUND"},
    {"floor", "FLOOR"},
    {"unix_timestamp", "UNIX_TIMESTAMP"},
    {"regexp_replace", "REGEXP_REPLACE"},
    {"regexp_like", "REGEXP_LIKE"},
    {"json_array", "JSON_ARRAY"},
    {"json_build_object", "JSON_OBJECT"},
    {"json_extract", "JSON_EXTRACT"},
    {"json_length", "JSON_LENGTH"},
    {"json_object", "JSON_OBJECT"},
    {"json_quote", "JSON_QUOTE"},
    {"json_remove", "JSON_REMOVE"},
    {"json_set", "JSON_SET"},
    {"json_type", "JSON_TYPE"},
    {"json_unquote", "JSON_UNQUOTE"},
    {"json_valid", "JSON_VALID"},
};

static void print_window(struct printer *printer, const PgQuery__WindowDef *window)
{
    if (window->name != NULL && *window->name != '\0')
        print_problem(printer, "a named window");
    strbuf_add_string(&printer->sql, " OVER (");
    if (window->n_partition_clause > 0) {
        strbuf_add_string(&printer->sql, "PARTITION BY ");
        print_list(printer, window->partition_clause, window->n_partition_clause);
    }
    if (window->n_order_clause > 0) {
        strbuf_add_string(&printer->sql,
                          window->n_partition_clause > 0 ? " ORDER BY " : "ORDER BY ");
        print_order(printer, window->order_clause, window->n_order_clause);
    }
    strbuf_add_char(&printer->sql, ')');
}

static bool is_call_of(const ast_node *node, const char *name)
{
    return node->node_case == PG_QUERY__NODE__NODE_FUNC_CALL &&
           strcmp(ast_last_name(node->func_call->funcname, node->func_call->n_funcname),
                  name) == 0;
}

/* json_agg(text or object ORDER BY ...): JSON_ARRAYAGG() keeps no order. The session's
 * group_concat_max_len has to be large. */
static void print_json_agg(struct printer *printer, const PgQuery__FuncCall *call)
{
    bool is_text = !is_call_of(call->args[0], "json_build_object");

    strbuf_add_string(&printer->sql, "CAST(CONCAT('[', GROUP_CONCAT(");
    strbuf_add_string(&printer->sql, is_text ? "JSON_QUOTE(" : "");
    print_list(printer, call->args, call->n_args);
    strbuf_add_string(&printer->sql, is_text ? ")" : "");
    strbuf_add_string(&printer->sql, " ORDER BY ");
    print_order(printer, call->agg_order, call->n_agg_order);
    strbuf_add_string(&printer->sql, " SEPARATOR ', '), ']') AS json)");
}

/* jsonb_set(document, '{a,b}', value) */
static void print_jsonb_set(struct printer *printer, const PgQuery__FuncCall *call)
{
    const char *path = call->n_args == 3 ? ast_string_value(call->args[1]) : NULL;
    struct strbuf members = STRBUF_INIT;

    if (path == NULL || path[0] != '{' || strchr(path, '"') != NULL) {
        print_problem(printer, "jsonb_set() with such a path");
        return;
    }
    strbuf_add_string(&members, "$.\"");
    for (path++; *path != '\0' && *path != '}'; path++) {
        if (*path == ',')
            strbuf_add_string(&members, "\".\"");
        else
            strbuf_add_char(&members, *path);
    }
    strbuf_add_char(&members, '"');
    strbuf_add_string(&printer->sql, "JSON_SET(");
    print_expression(printer, call->args[0]);
    strbuf_add_string(&printer->sql, ", ");
    print_literal(printer, strbuf_text(&members));
    strbuf_add_string(&printer->sql, ", ");
    print_expression(printer, call->args[2]);
    strbuf_add_char(&printer->sql, ')');
    strbuf_clear(&members);
}

static void print_function(struct printer *printer, const PgQuery__FuncCall *call)
{
    const char *name = ast_last_name(call->funcname, call->n_funcname);
    const char *mysql = NULL;

    if (strcmp(name, "json_agg") == 0 && call->n_agg_order > 0 && call->over == NULL) {
        print_json_agg(printer, call);
        return;
    }
    if (strcmp(name, "to_json") == 0 && call->n_args == 1) {
        strbuf_add_string(&printer->sql, "CAST(");
        print_expression(printer, call->args[0]);
        strbuf_add_string(&printer->sql, " AS json)");
        return;
    }
    if (strcmp(name, "jsonb_set") == 0) {
        print_jsonb_set(printer, call);
        return;
    }

    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        if (strcmp(functions[i].name, name) == 0)
            mysql = functions[i].mysql;
    }
    if (mysql == NULL) {
        print_problem(printer, "the function %s()", name);
        return;
    }
    if (call->agg_filter != NULL || call->agg_within_group || call->n_agg_order > 0)
        print_problem(printer, "an aggregate with FILTER or ORDER BY");
    strbuf_addf(&printer->sql, "%s(%s", mysql, call->agg_distinct ? "DISTINCT " : "");
    if (call->agg_star)
        strbuf_add_char(&printer->sql, '*');
    print_list(printer, call->args, call->n_args);
    strbuf_add_char(&printer->sql, ')');
    if (call->over != NULL)
        print_window(printer, call->over);
}

static void print_arguments(struct printer *printer, const char *function,
                            ast_node *const *arguments, size_t count)
{
    strbuf_addf(&printer->sql, "%s(", function);
    print_list(printer, arguments, count);
    strbuf_add_char(&printer->sql, ')');
}

static void print_sublink(struct printer *printer, const PgQuery__SubLink *link)
{
    switch ((int)link->sub_link_type) {
    case PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK:
        strbuf_add_string(&printer->sql, "EXISTS (");
        break;
    case PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK:
        if (link->n_oper_name > 0)
            print_problem(printer, "an operator with ANY");
        print_expression(printer, link->testexpr);
        strbuf_add_string(&printer->sql, " IN (");
        break;
    case PG_QUERY__SUB_LINK_TYPE__EXPR_SUBLINK:
        strbuf_add_char(&printer->sql, '(');
        break;
    default:
        print_problem(printer, "a subquery of kind %d", (int)link->sub_link_type);
        return;
    }
    print_select(printer, link->subselect->select_stmt);
    strbuf_add_char(&printer->sql, ')');
}

void print_expression(struct printer *printer, const ast_node *node)
{
    switch ((int)node->node_case) {
    case PG_QUERY__NODE__NODE_A_CONST:
        print_constant(printer, node->a_const);
        break;
    case PG_QUERY__NODE__NODE_COLUMN_REF:
        print_column(printer, node->column_ref);
        break;
    case PG_QUERY__NODE__NODE_PARAM_REF:
        strbuf_addf(&printer->sql, "$%d", node->param_ref->number);
        break;
    case PG_QUERY__NODE__NODE_TYPE_CAST:
        print_cast(printer, node->type_cast);
        break;
    case PG_QUERY__NODE__NODE_A_EXPR:
        print_a_expr(printer, node->a_expr);
        break;
    case PG_QUERY__NODE__NODE_BOOL_EXPR:
        print_bool(printer, node->bool_expr);
        break;
    case PG_QUERY__NODE__NODE_NULL_TEST:
        print_test(printer, node->null_test->arg,
                   node->null_test->nulltesttype == PG_QUERY__NULL_TEST_TYPE__IS_NULL
                       ? "IS NULL"
                       : "IS NOT NULL");
        break;
    case PG_QUERY__NODE__NODE_BOOLEAN_TEST:
        print_boolean_test(printer, node->boolean_test);
        break;
    case PG_QUERY__NODE__NODE_CASE_EXPR:
        print_case(printer, node->case_expr);
        break;
    case PG_QUERY__NODE__NODE_COALESCE_EXPR:
        print_arguments(printer, "COALESCE", node->coalesce_expr->args,
                        node->coalesce_expr->n_args);
        break;
    case PG_QUERY__NODE__NODE_MIN_MAX_EXPR:
        print_arguments(printer,
                        node->min_max_expr->op == PG_QUERY__MIN_MAX_OP__IS_GREATEST
                            ? "GREATEST"
                            : "LEAST",
                        node->min_max_expr->args, node->min_max_expr->n_args);
        break;
    case PG_QUERY__NODE__NODE_ROW_EXPR:
        print_arguments(printer, "", node->row_expr->args, node->row_expr->n_args);
        break;
    case PG_QUERY__NODE__NODE_FUNC_CALL:
        print_function(printer, node->func_call);
        break;
    case PG_QUERY__NODE__NODE_SUB_LINK:
        print_sublink(printer, node->sub_link);
        break;
    case PG_QUERY__NODE__NODE_SET_TO_DEFAULT:
        strbuf_add_string(&printer->sql, "DEFAULT");
        break;
    default:
        print_problem(printer, "an expression of kind %d", (int)node->node_case);
    }
}
