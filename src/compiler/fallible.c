/* SPDX-License-Identifier: Apache-2.0
 *
 * fallible.c - looks for casts and functions.
 */
#include "config.h"

#include <string.h>

#include "compiler/fallible.h"

static bool is_one_of(const char *name, const char *const names[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (name != NULL && strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

static const char *function_name(const ast_node *node)
{
    return node->node_case == PG_QUERY__NODE__NODE_FUNC_CALL
               ? ast_last_name(node->func_call->funcname, node->func_call->n_funcname)
               : NULL;
}

static bool is_strict_type(const ast_node *cast)
{
    static const char *const strict[] = {
        "json",   "jsonb",  "int2",        "int4",     "int8",
        "float4", "float8", "numeric",     "bool",     "uuid",
        "date",   "time",   "timestamptz", "interval", "timestamp"};
    const PgQuery__TypeName *type = cast->type_cast->type_name;

    return is_one_of(ast_last_name(type->names, type->n_names), strict,
                     sizeof(strict) / sizeof(strict[0]));
}

/* What airshift's own templates put together is of the type that they say: a UUID of its bytes,
 * a whole number of a number. */
static bool is_made_to_fit(const ast_node *value)
{
    static const char *const made[] = {"encode", "date_part", "length", "to_json",
                                       "to_jsonb"};

    if (value->node_case == PG_QUERY__NODE__NODE_A_EXPR && value->a_expr->lexpr != NULL)
        return is_made_to_fit(value->a_expr->lexpr);
    return ast_is_constant(value) ||
           is_one_of(function_name(value), made, sizeof(made) / sizeof(made[0]));
}

static bool find_fallible(ast_node **slot, void *context)
{
    static const char *const strict[] = {"convert_from", "to_timestamp", "to_date",
                                         "to_number", "get_byte"};
    const ast_node *node = *slot;
    bool *can_fail = context;

    if (node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST && is_strict_type(node) &&
        !is_made_to_fit(node->type_cast->arg))
        *can_fail = true;
    if (is_one_of(function_name(node), strict, sizeof(strict) / sizeof(strict[0])))
        *can_fail = true;
    return !*can_fail;
}

bool expression_can_fail(const ast_node *expression)
{
    ast_node *node = (ast_node *)expression;
    bool can_fail = false;

    ast_walk(&node, find_fallible, &can_fail);
    return can_fail;
}

/* --- on what condition -------------------------------------------------------------- */

struct failures {
    struct arena *arena;
    bool has_own_grammar;
    ast_node *any; /* NULL: never */
};

static void add_failure(struct failures *failures, ast_node *condition)
{
    if (condition == NULL)
        return;
    failures->any = failures->any == NULL ? condition
                                          : ast_build(failures->arena, "($1) OR ($2)",
                                                      2, failures->any, condition);
}

static ast_node *failure_of(const struct failures *of, const ast_node *value);

/* Only the branch that is taken is computed. The conditions themselves are not looked at. */
static ast_node *failure_of_case(const struct failures *of,
                                 const PgQuery__CaseExpr *choice)
{
    ast_node *never = ast_build(of->arena, "false", 0);
    ast_node *all =
        choice->defresult != NULL ? failure_of(of, choice->defresult) : NULL;

    for (size_t i = choice->n_args; i-- > 0;) {
        const PgQuery__CaseWhen *when = choice->args[i]->case_when;
        ast_node *one = failure_of(of, when->result);
        ast_node *condition = when->expr;

        if (one == NULL && all == NULL)
            continue;
        if (choice->arg != NULL)
            condition = ast_build(of->arena, "($1) = ($2)", 2, choice->arg, condition);
        all = ast_build(of->arena, "CASE WHEN $1 THEN $2 ELSE $3 END", 3, condition,
                        one != NULL ? one : never, all != NULL ? all : never);
    }
    return all;
}

/* What comes after the first that is not NULL is not computed. */
static ast_node *failure_of_coalesce(const struct failures *of,
                                     const PgQuery__CoalesceExpr *choice)
{
    ast_node *all = NULL;

    for (size_t i = choice->n_args; i-- > 0;) {
        struct failures both = {of->arena, of->has_own_grammar, NULL};

        add_failure(&both, failure_of(of, choice->args[i]));
        if (all != NULL)
            add_failure(&both, ast_build(of->arena, "$1 IS NULL AND ($2)", 2,
                                         ast_enclose(of->arena, choice->args[i]), all));
        all = both.any;
    }
    return all;
}

static bool is_cast_to(const ast_node *node, const char *const types[], size_t count)
{
    return node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST &&
           is_one_of(ast_last_name(node->type_cast->type_name->names,
                                   node->type_cast->type_name->n_names),
                     types, count);
}

static bool find_epoch(ast_node **slot, void *context)
{
    ast_node **time = context;
    const char *name = function_name(*slot);

    if (name != NULL && strcmp(name, "date_part") == 0 &&
        (*slot)->func_call->n_args == 2)
        *time = (*slot)->func_call->args[1];
    return *time == NULL;
}

/* A whole number of microseconds is made of a time. */
static ast_node *failure_of_epoch(const struct failures *of, const ast_node *cast)
{
    static const char *const whole[] = {"int8", "bigint"};
    ast_node *value = cast->type_cast->arg;
    ast_node *time = NULL;

    if (!is_cast_to(cast, whole, sizeof(whole) / sizeof(whole[0])))
        return NULL;
    ast_walk(&value, find_epoch, &time);
    return time == NULL
               ? NULL
               : ast_build(of->arena,
                           "($1) >= '294247-01-01 00:00:00+00'::timestamptz OR ($1) = "
                           "'-infinity'::timestamptz",
                           1, time);
}

static ast_node *failure_of_json(const struct failures *of, const ast_node *cast)
{
    static const char *const documents[] = {"json", "jsonb"};
    ast_node *text = cast->type_cast->arg;

    return is_cast_to(cast, documents, sizeof(documents) / sizeof(documents[0])) &&
                   !is_made_to_fit(text)
               ? ast_build(of->arena, "json_valid($1) = 0", 1, text)
               : NULL;
}

/* What is in a query of its own, a joined or a looked-up value, is not looked at. */
static bool find_failure(ast_node **slot, void *context)
{
    struct failures *failures = context;
    const ast_node *node = *slot;

    switch ((int)node->node_case) {
    case PG_QUERY__NODE__NODE_SUB_LINK:
        return false;
    case PG_QUERY__NODE__NODE_CASE_EXPR:
        add_failure(failures, failure_of_case(failures, node->case_expr));
        return false;
    case PG_QUERY__NODE__NODE_COALESCE_EXPR:
        add_failure(failures, failure_of_coalesce(failures, node->coalesce_expr));
        return false;
    case PG_QUERY__NODE__NODE_TYPE_CAST:
        add_failure(failures, failures->has_own_grammar
                                  ? failure_of_json(failures, node)
                                  : failure_of_epoch(failures, node));
        return true;
    default:
        return true;
    }
}

static ast_node *failure_of(const struct failures *of, const ast_node *value)
{
    struct failures failures = {of->arena, of->has_own_grammar, NULL};
    ast_node *node = (ast_node *)value;

    ast_walk(&node, find_failure, &failures);
    return failures.any;
}

ast_node *expression_failure(struct arena *arena, bool has_own_grammar,
                             const ast_node *expression, const char **reason)
{
    const struct failures of = {arena, has_own_grammar, NULL};

    *reason = has_own_grammar ? "the value is no JSON"
                              : "no UUID can be made of a time that is not finite";
    return failure_of(&of, expression);
}

/* ------------------------------------------------------------------------------------ */

struct search {
    const struct list *made;
    bool is_repeatable;
};

static bool find_unrepeatable(ast_node **slot, void *context)
{
    static const char *const drawn[] = {"nextval", "hashtextextended", "row_number"};
    const ast_node *node = *slot;
    struct search *search = context;

    if (is_one_of(function_name(node), drawn, sizeof(drawn) / sizeof(drawn[0])))
        search->is_repeatable = false;
    if (node->node_case == PG_QUERY__NODE__NODE_RANGE_VAR)
        search->is_repeatable &= !list_has_text(search->made, node->range_var->relname);
    return search->is_repeatable;
}

bool expression_is_repeatable(const ast_node *expression, const struct list *made)
{
    ast_node *node = (ast_node *)expression;
    struct search search = {made, true};

    ast_walk(&node, find_unrepeatable, &search);
    return search.is_repeatable;
}
