/* SPDX-License-Identifier: Apache-2.0
 *
 * ast.c - libpg_query's protobuf trees. Walking goes through protobuf-c's own descriptors,
 * so it knows every node type there is without naming one.
 */
#include "config.h"

#include <pg_query.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "ast/ast.h"

static void *allocate(void *data, size_t size)
{
    return arena_alloc(data, size);
}

static void release(void *data, void *memory)
{
    (void)data;
    (void)memory; /* goes with the arena */
}

static ProtobufCAllocator allocator_of(struct arena *arena)
{
    ProtobufCAllocator allocator = {allocate, release, arena};

    return allocator;
}

int ast_parse(struct arena *arena, const char *sql, struct list *statements,
              struct err *err)
{
    PgQueryProtobufParseResult result = pg_query_parse_protobuf(sql);
    ProtobufCAllocator allocator = allocator_of(arena);
    PgQuery__ParseResult *tree;
    int status = 0;

    if (result.error != NULL) {
        status = err_set(err, ERR_INTERNAL, "%s at character %d of: %.200s",
                         result.error->message, result.error->cursorpos, sql);
        goto done;
    }
    tree = pg_query__parse_result__unpack(&allocator, result.parse_tree.len,
                                          (const uint8_t *)result.parse_tree.data);
    if (tree == NULL) {
        status = err_set(err, ERR_INTERNAL, "parse tree does not unpack");
        goto done;
    }
    for (size_t i = 0; i < tree->n_stmts; i++)
        list_add(arena, statements, tree->stmts[i]->stmt);
done:
    pg_query_free_protobuf_parse_result(result);
    return status;
}

ast_node *ast_parse_one(struct arena *arena, const char *sql, struct err *err)
{
    struct list statements = {NULL, 0, 0};

    if (ast_parse(arena, sql, &statements, err) != 0)
        return NULL;
    if (statements.count != 1) {
        (void)err_set(err, ERR_INTERNAL, "expected one statement, not %zu: %.200s",
                      statements.count, sql);
        return NULL;
    }
    return statements.items[0];
}

ast_node *ast_parse_expression(struct arena *arena, const char *text, struct err *err)
{
    ast_node *statement =
        ast_parse_one(arena, arena_printf(arena, "SELECT %s", text), err);

    if (statement == NULL)
        return NULL;
    if (statement->node_case != PG_QUERY__NODE__NODE_SELECT_STMT ||
        statement->select_stmt->n_target_list != 1) {
        (void)err_set(err, ERR_INTERNAL, "not an expression: %.200s", text);
        return NULL;
    }
    return statement->select_stmt->target_list[0]->res_target->val;
}

static ast_node *new_node(struct arena *arena)
{
    ast_node *node = arena_alloc(arena, sizeof(*node));

    pg_query__node__init(node);
    return node;
}

ast_node *ast_enclose(struct arena *arena, ast_node *expression)
{
    PgQuery__CoalesceExpr *coalesce;
    ast_node *node;

    switch ((int)expression->node_case) {
    case PG_QUERY__NODE__NODE_BOOL_EXPR:
    case PG_QUERY__NODE__NODE_NULL_TEST:
    case PG_QUERY__NODE__NODE_BOOLEAN_TEST:
    case PG_QUERY__NODE__NODE_A_EXPR:
        break;
    default:
        return expression;
    }
    coalesce = arena_alloc(arena, sizeof(*coalesce));
    pg_query__coalesce_expr__init(coalesce);
    coalesce->n_args = 1;
    coalesce->args = arena_alloc(arena, sizeof(*coalesce->args));
    coalesce->args[0] = expression;
    node = new_node(arena);
    node->node_case = PG_QUERY__NODE__NODE_COALESCE_EXPR;
    node->coalesce_expr = coalesce;
    return node;
}

ast_node *ast_and(struct arena *arena, ast_node *a, ast_node *b)
{
    PgQuery__BoolExpr *both = arena_alloc(arena, sizeof(*both));
    ast_node *node = new_node(arena);

    pg_query__bool_expr__init(both);
    both->boolop = PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR;
    both->n_args = 2;
    both->args = arena_alloc(arena, 2 * sizeof(*both->args));
    both->args[0] = a;
    both->args[1] = b;
    node->node_case = PG_QUERY__NODE__NODE_BOOL_EXPR;
    node->bool_expr = both;
    return node;
}

struct parameters {
    struct arena *arena;
    ast_node **nodes;
    int count;
};

static bool put_parameter(ast_node **slot, void *context)
{
    struct parameters *parameters = context;
    ast_node *node = *slot;

    if (node->node_case != PG_QUERY__NODE__NODE_PARAM_REF)
        return true;
    if (node->param_ref->number >= 1 && node->param_ref->number <= parameters->count)
        *slot = ast_enclose(parameters->arena,
                            parameters->nodes[node->param_ref->number - 1]);
    return false;
}

ast_node *ast_build(struct arena *arena, const char *expression, int count, ...)
{
    ast_node *nodes[16];
    struct parameters parameters = {arena, nodes, count};
    va_list arguments;
    ast_node *tree;
    struct err err;

    va_start(arguments, count);
    for (int i = 0; i < count && i < 16; i++)
        nodes[i] = va_arg(arguments, ast_node *);
    va_end(arguments);
    tree = ast_parse_expression(arena, expression, &err);
    if (tree == NULL) {
        log_error("internal error: %s", err.text);
        abort();
    }
    ast_walk(&tree, put_parameter, &parameters);
    return tree;
}

char *ast_statement_text(struct arena *arena, const ast_node *statement)
{
    PgQuery__ParseResult tree;
    PgQuery__RawStmt raw;
    PgQuery__RawStmt *raws[1] = {&raw};
    PgQueryDeparseResult result;
    PgQueryProtobuf packed;
    char *text;

    pg_query__parse_result__init(&tree);
    pg_query__raw_stmt__init(&raw);
    raw.stmt = (ast_node *)statement;
    tree.version = PG_VERSION_NUM;
    tree.n_stmts = 1;
    tree.stmts = raws;
    packed.len = pg_query__parse_result__get_packed_size(&tree);
    packed.data = xmalloc(packed.len);
    (void)pg_query__parse_result__pack(&tree, (uint8_t *)packed.data);
    result = pg_query_deparse_protobuf(packed);
    free(packed.data);
    if (result.error != NULL) {
        log_error("internal error: a tree does not print: %s", result.error->message);
        abort();
    }
    text = arena_strdup(arena, result.query);
    pg_query_free_deparse_result(result);
    return text;
}

char *ast_text(struct arena *arena, const ast_node *expression)
{
    PgQuery__SelectStmt select;
    PgQuery__ResTarget target;
    ast_node target_node;
    ast_node statement;
    ast_node *targets[1] = {&target_node};

    pg_query__select_stmt__init(&select);
    pg_query__res_target__init(&target);
    pg_query__node__init(&target_node);
    pg_query__node__init(&statement);
    target.val = (ast_node *)expression;
    target_node.node_case = PG_QUERY__NODE__NODE_RES_TARGET;
    target_node.res_target = &target;
    select.n_target_list = 1;
    select.target_list = targets;
    select.limit_option = PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_DEFAULT;
    select.op = PG_QUERY__SET_OPERATION__SETOP_NONE;
    statement.node_case = PG_QUERY__NODE__NODE_SELECT_STMT;
    statement.select_stmt = &select;
    return ast_statement_text(arena, &statement) + strlen("SELECT ");
}

ast_node *ast_clone(struct arena *arena, const ast_node *node)
{
    ProtobufCAllocator allocator = allocator_of(arena);
    size_t size;
    uint8_t *packed;
    ast_node *copy;

    if (node == NULL)
        return NULL;
    size = pg_query__node__get_packed_size(node);
    packed = xmalloc(size);
    (void)pg_query__node__pack(node, packed);
    copy = pg_query__node__unpack(&allocator, size, packed);
    free(packed);
    return copy;
}

static void walk_field(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                       ast_visitor *visit, void *context)
{
    char *base = (char *)message;
    const void *type = field->descriptor;

    if (field->type != PROTOBUF_C_TYPE_MESSAGE)
        return;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        size_t count = *(size_t *)(void *)(base + field->quantifier_offset);
        ProtobufCMessage **items =
            *(ProtobufCMessage ***)(void *)(base + field->offset);

        for (size_t i = 0; i < count; i++) {
            if (type == &pg_query__node__descriptor)
                ast_walk((ast_node **)(void *)&items[i], visit, context);
            else
                ast_walk_message(items[i], visit, context);
        }
        return;
    }
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
        *(uint32_t *)(void *)(base + field->quantifier_offset) != field->id)
        return;
    if (*(ProtobufCMessage **)(void *)(base + field->offset) == NULL)
        return;
    if (type == &pg_query__node__descriptor)
        ast_walk((ast_node **)(void *)(base + field->offset), visit, context);
    else
        ast_walk_message(*(ProtobufCMessage **)(void *)(base + field->offset), visit,
                         context);
}

void ast_walk_message(ProtobufCMessage *message, ast_visitor *visit, void *context)
{
    for (unsigned i = 0; i < message->descriptor->n_fields; i++)
        walk_field(message, &message->descriptor->fields[i], visit, context);
}

void ast_walk(ast_node **slot, ast_visitor *visit, void *context)
{
    ast_node *before = *slot;

    if (before == NULL || !visit(slot, context) || *slot != before)
        return;
    ast_walk_message(&before->base, visit, context);
}

static ast_node *string_node(struct arena *arena, const char *text)
{
    ast_node *node = new_node(arena);

    node->node_case = PG_QUERY__NODE__NODE_STRING;
    node->string = arena_alloc(arena, sizeof(*node->string));
    pg_query__string__init(node->string);
    node->string->sval = arena_strdup(arena, text);
    return node;
}

ast_node *ast_column(struct arena *arena, const char *qualifier, const char *name)
{
    ast_node *node = new_node(arena);
    PgQuery__ColumnRef *reference = arena_alloc(arena, sizeof(*reference));

    pg_query__column_ref__init(reference);
    reference->fields = arena_alloc(arena, 2 * sizeof(*reference->fields));
    if (qualifier != NULL)
        reference->fields[reference->n_fields++] = string_node(arena, qualifier);
    reference->fields[reference->n_fields++] = string_node(arena, name);
    node->node_case = PG_QUERY__NODE__NODE_COLUMN_REF;
    node->column_ref = reference;
    return node;
}

ast_node *ast_string(struct arena *arena, const char *text)
{
    ast_node *node = new_node(arena);
    PgQuery__AConst *constant = arena_alloc(arena, sizeof(*constant));

    pg_query__a__const__init(constant);
    constant->val_case = PG_QUERY__A__CONST__VAL_SVAL;
    constant->sval = arena_alloc(arena, sizeof(*constant->sval));
    pg_query__string__init(constant->sval);
    constant->sval->sval = arena_strdup(arena, text);
    node->node_case = PG_QUERY__NODE__NODE_A_CONST;
    node->a_const = constant;
    return node;
}

const char *ast_string_value(const ast_node *node)
{
    if (node == NULL)
        return NULL;
    if (node->node_case == PG_QUERY__NODE__NODE_STRING)
        return node->string->sval;
    if (node->node_case == PG_QUERY__NODE__NODE_A_CONST &&
        node->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL)
        return node->a_const->sval->sval;
    return NULL;
}

const char *ast_column_name(const ast_node *node, const char **qualifier)
{
    PgQuery__ColumnRef *reference;

    *qualifier = NULL;
    if (node->node_case != PG_QUERY__NODE__NODE_COLUMN_REF)
        return NULL;
    reference = node->column_ref;
    if (reference->n_fields == 2)
        *qualifier = ast_string_value(reference->fields[0]);
    if (reference->n_fields < 1 || reference->n_fields > 2)
        return NULL;
    return ast_string_value(reference->fields[reference->n_fields - 1]);
}

static const ast_node *without_casts(const ast_node *node)
{
    while (node != NULL && node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
        node = node->type_cast->arg;
    return node;
}

bool ast_is_null(const ast_node *node)
{
    const ast_node *bare = without_casts(node);

    return bare != NULL && bare->node_case == PG_QUERY__NODE__NODE_A_CONST &&
           bare->a_const->isnull;
}

bool ast_is_constant(const ast_node *node)
{
    const ast_node *bare = without_casts(node);

    return bare != NULL && bare->node_case == PG_QUERY__NODE__NODE_A_CONST;
}

bool ast_equal(struct arena *arena, const ast_node *a, const ast_node *b)
{
    if (a == b)
        return true;
    if (a == NULL || b == NULL)
        return false;
    return strcmp(ast_text(arena, a), ast_text(arena, b)) == 0;
}

const char *ast_last_name(ast_node *const *names, size_t count)
{
    return count > 0 ? ast_string_value(names[count - 1]) : NULL;
}
