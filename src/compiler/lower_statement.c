/* SPDX-License-Identifier: Apache-2.0
 *
 * lower_statement.c - statements of a revision file as the server takes them: abstract types
 * and functions lowered, names quoted where libpg_query does not. Where the server has a
 * grammar of its own, types of columns are left to render_change.c.
 */
#include "config.h"

#include <string.h>

#include "compiler/ddl.h"
#include "compiler/lower_statement.h"
#include "render.h"

static int lower_type(const struct simulation *simulation, PgQuery__TypeName *type,
                      struct err *err)
{
    const char *name = ast_last_name(type->names, type->n_names);
    const char *text;
    ast_node *sample;

    if (strcmp(name, "serial") == 0)
        return 0;
    if (strcmp(name, "big_serial") == 0)
        text = "bigserial";
    else
        text = simulation_type(simulation, type, err);
    if (text == NULL)
        return -1;
    sample = ast_parse_expression(
        simulation->arena, arena_printf(simulation->arena, "CAST(NULL AS %s)", text),
        err);
    if (sample == NULL)
        return -1;
    *type = *sample->type_cast->type_name;
    return 0;
}

struct type_walk {
    const struct simulation *simulation;
    struct err *err;
    int status;
};

/* libpg_query prints the name of a constraint as it is. */
static void quote_constraint(struct arena *arena, PgQuery__Constraint *constraint)
{
    const char *name = constraint->conname;

    if (name != NULL &&
        name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0')
        constraint->conname = (char *)ddl_name(arena, NULL, name);
}

static bool lower_column_type(ast_node **slot, void *context)
{
    struct type_walk *walk = context;
    PgQuery__ColumnDef *column;

    if ((*slot)->node_case == PG_QUERY__NODE__NODE_CONSTRAINT)
        quote_constraint(walk->simulation->arena, (*slot)->constraint);

    if (walk->status != 0 || (*slot)->node_case != PG_QUERY__NODE__NODE_COLUMN_DEF)
        return walk->status == 0;
    column = (*slot)->column_def;
    if (column->type_name != NULL)
        walk->status = lower_type(walk->simulation, column->type_name, walk->err);
    return true;
}

static bool note_native(ast_node **slot, void *context)
{
    bool *has_native = context;

    if ((*slot)->node_case == PG_QUERY__NODE__NODE_FUNC_CALL) {
        const PgQuery__FuncCall *call = (*slot)->func_call;

        *has_native |=
            native_result_type(ast_last_name(call->funcname, call->n_funcname)) != NULL;
    }
    return !*has_native;
}

static bool has_native(const ast_node *condition)
{
    ast_node *root = (ast_node *)condition;
    bool has = false;

    ast_walk(&root, note_native, &has);
    return has;
}

/* What of a condition the server can decide before any native value is known. */
static ast_node *without_natives(struct arena *arena, const ast_node *condition)
{
    ast_node *copy;
    PgQuery__BoolExpr *all;
    size_t kept = 0;

    if (condition == NULL || !has_native(condition))
        return (ast_node *)condition;
    if (condition->node_case != PG_QUERY__NODE__NODE_BOOL_EXPR ||
        condition->bool_expr->boolop != PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR)
        return NULL;
    copy = ast_clone(arena, condition);
    all = copy->bool_expr;
    for (size_t i = 0; i < all->n_args; i++) {
        if (!has_native(all->args[i]))
            all->args[kept++] = all->args[i];
    }
    all->n_args = kept;
    if (kept == 0)
        return NULL;
    return kept == 1 ? all->args[0] : copy;
}

/* The relation whose rows a data statement is about; NULL where there is none. */
static int find_subject(struct lowering *lowering, const ast_node *tree,
                        const char **subject, struct err *err)
{
    struct arena *arena = lowering->arena;
    const PgQuery__RangeVar *relation = NULL;

    *subject = NULL;
    if (tree->node_case == PG_QUERY__NODE__NODE_UPDATE_STMT)
        relation = tree->update_stmt->relation;
    else if (tree->node_case == PG_QUERY__NODE__NODE_DELETE_STMT)
        relation = tree->delete_stmt->relation;
    else if (tree->node_case == PG_QUERY__NODE__NODE_ALTER_TABLE_STMT)
        relation = tree->alter_table_stmt->relation;
    if (relation != NULL && tree->node_case == PG_QUERY__NODE__NODE_UPDATE_STMT &&
        tree->update_stmt->n_from_clause > 0) {
        ast_node *select = ast_parse_one(arena, "SELECT 1 FROM a, b", err);

        if (select == NULL)
            return -1;
        select->select_stmt->from_clause[0]->range_var = (PgQuery__RangeVar *)relation;
        select->select_stmt->from_clause[1] = tree->update_stmt->from_clause[0];
        select->select_stmt->where_clause =
            without_natives(arena, tree->update_stmt->where_clause);
        /* The text is part of what the server runs: what is joined is lowered, too. */
        select = ast_clone(arena, select);
        if (lower(lowering, &select, NULL, err) != 0)
            return -1;
        *subject = strstr(ast_statement_text(arena, select), "FROM ") + 5;
        return 0;
    }
    if (relation != NULL) {
        *subject = ddl_name(arena, NULL, relation->relname);
        return 0;
    }
    if (tree->node_case == PG_QUERY__NODE__NODE_INSERT_STMT &&
        tree->insert_stmt->select_stmt != NULL &&
        tree->insert_stmt->select_stmt->select_stmt->n_from_clause > 0) {
        ast_node *item = tree->insert_stmt->select_stmt->select_stmt->from_clause[0];
        ast_node *select = ast_parse_one(arena, "SELECT 1 FROM a", err);

        if (select == NULL)
            return -1;
        while (item->node_case == PG_QUERY__NODE__NODE_JOIN_EXPR)
            item = item->join_expr->larg;
        select->select_stmt->from_clause[0] = item;
        *subject = strstr(ast_statement_text(arena, select), "FROM ") + 5;
    }
    return 0;
}

ast_node *lower_statement(const struct simulation *simulation,
                          struct lowering *lowering, const struct statement *statement,
                          struct err *err)
{
    struct arena *arena = simulation->arena;
    ast_node *copy = ast_clone(arena, statement->tree);
    struct type_walk walk = {simulation, err, 0};
    const char *relation;

    if (!dialect_has_own_grammar(simulation->dialect))
        ast_walk(&copy, lower_column_type, &walk);
    if (walk.status != 0 ||
        find_subject(lowering, statement->tree, &relation, err) != 0 ||
        lower(lowering, &copy, relation, err) != 0)
        return NULL;
    return copy;
}
