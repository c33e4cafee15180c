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
