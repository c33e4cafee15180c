/* SPDX-License-Identifier: Apache-2.0
 *
 * lower.c - expands templates, spells types, and replaces native functions by look-ups.
 */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/embedded.h"
#include "base/strbuf.h"
#include "compiler/lower.h"
#include "render.h"

struct template
{
    const char *name;
    const char *parameters[8];
    size_t count;
    ast_node *body;
};

static const struct {
    const char *function;
    const char *result;
} natives[] = {
    {"unpickle_json", "jsonb"},         {"encrypt_kwargs", "text"},
    {"decrypt_kwargs", "text"},         {"pickle_json", "bytea"},
    {"fileloc_hash", "bigint"},         {"deadline_alerts", "json"},
    {"dag_hash_with_deadline", "text"}, {"compressed_with_deadline", "bytea"},
    {"serialized_dag_v2", "bytea"},     {"has_deadline_ids", "boolean"},
};

const char *native_result_type(const char *function)
{
    for (size_t i = 0; i < sizeof(natives) / sizeof(natives[0]); i++) {
        if (strcmp(natives[i].function, function) == 0)
            return natives[i].result;
    }
    return NULL;
}

const char *lowering_gather(struct lowering *lowering, const char *function)
{
    const char *sql = NULL;
    size_t count = 0;

    for (size_t i = 0; i < lowering->natives.count; i++) {
        const struct native_use *use = lowering->natives.items[i];

        if (strcmp(use->function, function) != 0)
            continue;
        sql = sql == NULL ? arena_printf(lowering->arena, "(%s)", use->gather)
                          : arena_printf(lowering->arena, "%s UNION ALL (%s)", sql,
                                         use->gather);
        count++;
    }
    if (count > 1)
        sql = arena_printf(
            lowering->arena, "SELECT DISTINCT%s * FROM (%s) AS g",
            dialect_has_own_grammar(lowering->dialect) ? "" : " ON (digest)", sql);
    return sql;
}

const char *lowering_create_side_table(struct lowering *lowering,
                                       const struct native_use *use, bool is_temporary)
{
    struct arena *arena = lowering->arena;
    const struct dialect *dialect = lowering->dialect;
    const char *output = native_result_type(use->function);
    const char *temporary = is_temporary ? "TEMPORARY " : "";

    /* One digest for each argument; a server that keys no text has a length for it, and its
     * text may be too short for a serialized DAG. */
    if (dialect_has_own_grammar(dialect) && strcmp(output, "text") == 0)
        output = "medium_text";
    if (dialect_has_own_grammar(dialect))
        return arena_printf(arena,
                            "CREATE %sTABLE IF NOT EXISTS %s.%s (digest varchar(120) "
                            "PRIMARY KEY, output %s, problem text, example text)",
                            temporary,
                            dialect_quote_name(dialect, arena, lowering->state_schema),
                            dialect_quote_name(dialect, arena, use->name),
                            dialect_type_text(dialect, arena, output, NULL, 0));
    return arena_printf(arena,
                        "CREATE %sTABLE IF NOT EXISTS %s (digest text PRIMARY KEY, "
                        "output %s, problem text, example text)",
                        temporary, use->table, output);
}

static int read_template(struct lowering *lowering, const ast_node *statement,
                         struct err *err)
{
    const PgQuery__CreateFunctionStmt *function;
    struct template *template;

    if (statement->node_case != PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT)
        return 0;
    function = statement->create_function_stmt;
    template = arena_zalloc(lowering->arena, sizeof(*template));
    template->name = ast_last_name(function->funcname, function->n_funcname);
    if (function->sql_body == NULL ||
        function->sql_body->node_case != PG_QUERY__NODE__NODE_RETURN_STMT ||
        function->n_parameters > 8)
        return err_set(err, ERR_INTERNAL, "template \"%s\" is no RETURN expression",
                       template->name);
    template->body = function->sql_body->return_stmt->returnval;
    for (size_t i = 0; i < function->n_parameters; i++)
        template->parameters[template->count++] =
            function->parameters[i]->function_parameter->name;
    list_add(lowering->arena, &lowering->templates, template);
    return 0;
}

static const struct template *find_template(const struct lowering *lowering,
                                            const char *name)
{
    for (size_t i = 0; i < lowering->templates.count; i++) {
        const struct template *template = lowering->templates.items[i];

        if (strcmp(template->name, name) == 0)
            return template;
    }
    return NULL;
}

int lowering_start(struct lowering *lowering, struct arena *arena,
                   const struct dialect *dialect, const char *seed,
                   const char *run_start, const char *state_schema, struct err *err)
{
    const char *path =
        arena_printf(arena, "dialects/%s/functions.sql", dialect_name(dialect));
    const char *text = embedded_text(path);
    struct list statements = {NULL, 0, 0};

    memset(lowering, 0, sizeof(*lowering));
    lowering->arena = arena;
    lowering->dialect = dialect;
    lowering->seed = seed;
    lowering->run_start = run_start;
    lowering->state_schema = state_schema;
    if (text == NULL)
        return err_set(err, ERR_INTERNAL, "%s is not in this build", path);
    if (ast_parse(arena, text, &statements, err) != 0)
        return -1;
    for (size_t i = 0; i < statements.count; i++) {
        if (read_template(lowering, statements.items[i], err) != 0)
            return -1;
    }
    lowering->is_ready = true;
    return 0;
}

/* --- expressions ------------------------------------------------------------------- */

struct context {
    struct lowering *lowering;
    const char *relation;
    struct err *err;
    int status;
};

struct arguments {
    struct arena *arena;
    const struct template *template;
    ast_node *const *values;
};

static bool put_argument(ast_node **slot, void *data)
{
    const struct arguments *arguments = data;
    const char *qualifier;
    const char *name = ast_column_name(*slot, &qualifier);

    if (name == NULL || qualifier != NULL)
        return true;
    for (size_t i = 0; i < arguments->template->count; i++) {
        if (strcmp(arguments->template->parameters[i], name) == 0) {
            *slot = ast_enclose(arguments->arena, arguments->values[i]);
            return false;
        }
    }
    return true;
}

static ast_node *expand(struct lowering *lowering, const struct template *template,
                        ast_node *const *values)
{
    struct arguments arguments = {lowering->arena, template, values};
    ast_node *body = ast_clone(lowering->arena, template->body);

    ast_walk(&body, put_argument, &arguments);
    return body;
}

static ast_node *hash_part(struct lowering *lowering, ast_node *part, ast_node *seed)
{
    ast_node *values[2] = {ast_build(lowering->arena, "CAST($1 AS text)", 1, part),
                           seed};

    return expand(lowering, find_template(lowering, "uuid_key"), values);
}

const char *lowering_seed_text(struct lowering *lowering, size_t half)
{
    char digits[16];

    /* 60 bits: a bigint on every server, and never negative. */
    (void)snprintf(digits, sizeof(digits), "%.15s", lowering->seed + half * 16);
    return arena_printf(lowering->arena, "%lld", strtoll(digits, NULL, 16));
}

static ast_node *seed_number(struct lowering *lowering, size_t half)
{
    return ast_build(lowering->arena,
                     arena_printf(lowering->arena, "CAST(%s AS bigint)",
                                  lowering_seed_text(lowering, half)),
                     0);
}

/* uuid_v7(ts, salt, key ...): one hash over salt and key, another over its first part. */
static ast_node *expand_uuid(struct lowering *lowering, const PgQuery__FuncCall *call)
{
    ast_node *values[3];

    values[0] = call->args[0];
    values[1] = seed_number(lowering, 0);
    for (size_t i = 1; i < call->n_args; i++)
        values[1] = hash_part(lowering, call->args[i], values[1]);
    values[2] = hash_part(lowering, call->args[2], seed_number(lowering, 1));
    return expand(lowering, find_template(lowering, "uuid_v7"), values);
}

/* uuid_v4(salt, key ...) */
static ast_node *expand_random_uuid(struct lowering *lowering,
                                    const PgQuery__FuncCall *call)
{
    ast_node *values[2];

    for (size_t half = 0; half < 2; half++) {
        values[half] = seed_number(lowering, half);
        for (size_t i = 0; i < call->n_args; i++)
            values[half] = hash_part(lowering, call->args[i], values[half]);
    }
    return expand(lowering, find_template(lowering, "uuid_v4"), values);
}

/* A setting of Airflow's: from its environment variable, else the default that is given. */
static ast_node *read_setting(struct lowering *lowering, const PgQuery__FuncCall *call)
{
    const char *section = ast_string_value(call->args[0]);
    const char *key = ast_string_value(call->args[1]);
    char *name = arena_printf(lowering->arena, "AIRFLOW__%s__%s", section, key);
    const char *value;

    for (char *at = name; *at != '\0'; at++)
        *at = (char)toupper((unsigned char)*at);
    value = getenv(name);
    return value != NULL ? ast_string(lowering->arena, value) : call->args[2];
}

/* The distinct arguments with their digest. */
static const char *gather_text(struct context *context, const char *columns,
                               const char *digest)
{
    struct arena *arena = context->lowering->arena;
    const struct dialect *dialect = context->lowering->dialect;
    bool is_own = dialect_has_own_grammar(dialect);
    const char *sql;
    ast_node *tree;

    if (!is_own)
        return arena_printf(arena, "SELECT DISTINCT ON (%s) %s, %s AS digest FROM %s",
                            digest, columns, digest, context->relation);
    sql = arena_printf(arena, "SELECT DISTINCT %s, %s AS digest FROM %s", columns,
                       digest, context->relation);
    tree = ast_parse_one(arena, sql, context->err);
    sql = tree != NULL ? dialect_print(dialect, arena, tree, context->err) : NULL;
    if (sql == NULL)
        context->status = -1;
    return sql;
}

static ast_node *look_up_in_session(struct lowering *lowering,
                                    const struct native_use *use)
{
    struct arena *arena = lowering->arena;
    ast_node *values[2] = {ast_string(arena, use->setting),
                           ast_build(arena, use->digest, 0)};
    const struct template *template = find_template(lowering, "native_in_session");

    return ast_build(
        arena, arena_printf(arena, "CAST($1 AS %s)", native_result_type(use->function)),
        1, ast_enclose(arena, expand(lowering, template, values)));
}

static ast_node *look_up(struct context *context, const PgQuery__FuncCall *call,
                         const char *function)
{
    struct lowering *lowering = context->lowering;
    struct arena *arena = lowering->arena;
    struct strbuf table = STRBUF_INIT;
    struct native_use *use = arena_zalloc(arena, sizeof(*use));
    const char *columns = "";
    const char *digest = "";
    const char *text;

    sql_add_name(&table, lowering->state_schema);
    strbuf_add_char(&table, '.');
    use->function = function;
    /* Without a schema of its own, it is beside Airflow's tables. */
    use->name = arena_printf(
        arena, "%snative_%s",
        dialect_has_own_grammar(lowering->dialect) ? "airshift_" : "", function);
    sql_add_name(&table, use->name);
    use->table = arena_strdup(arena, strbuf_text(&table));
    strbuf_clear(&table);
    for (size_t i = 0; i < call->n_args; i++) {
        text = ast_text(arena, call->args[i]);
        columns = arena_printf(arena, "%s%s%s AS a%zu", columns, i > 0 ? ", " : "",
                               text, i + 1);
        text =
            ast_text(arena, expand(lowering, find_template(lowering, "native_digest"),
                                   &call->args[i]));
        digest = arena_printf(arena, "%s%scoalesce(%s, '-')", digest,
                              i > 0 ? " || " : "", text);
    }
    use->gather = gather_text(context, columns, digest);
    use->relation = context->relation;
    use->digest = digest;
    use->setting = arena_printf(arena, "airshift.%s", use->name);
    list_add(arena, &lowering->natives, use);
    if (lowering->in_session)
        return look_up_in_session(lowering, use);
    return ast_build(arena,
                     arena_printf(arena,
                                  "(SELECT n.output FROM %s AS n WHERE n.digest = %s)",
                                  use->table, digest),
                     0);
}

static bool visit(ast_node **slot, void *data);

static void lower_call(struct context *context, ast_node **slot)
{
    struct lowering *lowering = context->lowering;
    PgQuery__FuncCall *call = (*slot)->func_call;
    const char *name = ast_last_name(call->funcname, call->n_funcname);
    const struct template *template;

    for (size_t i = 0; i < call->n_args; i++)
        ast_walk(&call->args[i], visit, context);
    if (name == NULL || context->status != 0)
        return;
    if (strcmp(name, "now_utc") == 0) {
        *slot = ast_build(lowering->arena, "CAST($1 AS timestamptz)", 1,
                          ast_string(lowering->arena, lowering->run_start));
    } else if (strcmp(name, "uuid_v7") == 0 && call->n_args >= 3) {
        *slot = expand_uuid(lowering, call);
    } else if (strcmp(name, "uuid_v4") == 0 && call->n_args >= 2) {
        *slot = expand_random_uuid(lowering, call);
    } else if (strcmp(name, "setting") == 0 && call->n_args == 3) {
        *slot = read_setting(lowering, call);
    } else if (find_template(lowering, name) == NULL &&
               native_result_type(name) != NULL) {
        if (context->relation == NULL)
            context->status = err_set(context->err, ERR_INTERNAL,
                                      "function \"%s\" cannot be used here", name);
        else
            *slot = look_up(context, call, name);
    } else {
        template = find_template(lowering, name);
        if (template != NULL && template->count == call->n_args)
            *slot = expand(lowering, template, call->args);
    }
}

static void lower_cast(struct context *context, PgQuery__TypeCast *cast)
{
    struct lowering *lowering = context->lowering;
    PgQuery__TypeName *type = cast->type_name;
    const char *name = ast_last_name(type->names, type->n_names);
    int length = 0;
    bool has_length = false;
    const char *text;
    ast_node *sample;

    if (type->n_typmods == 1 &&
        type->typmods[0]->node_case == PG_QUERY__NODE__NODE_A_CONST) {
        length = type->typmods[0]->a_const->ival != NULL
                     ? type->typmods[0]->a_const->ival->ival
                     : 0;
        has_length = true;
    }
    if (type->n_array_bounds > 0 || dialect_has_own_grammar(lowering->dialect))
        return; /* a dialect with a grammar of its own spells casts itself */
    text = dialect_type_text(lowering->dialect, lowering->arena, name, &length,
                             has_length ? 1 : 0);
    if (text == NULL)
        return; /* the server's own */
    sample = ast_build(lowering->arena,
                       arena_printf(lowering->arena, "CAST(NULL AS %s)", text), 0);
    cast->type_name = sample->type_cast->type_name;
}

static bool visit(ast_node **slot, void *data)
{
    struct context *context = data;

    if (context->status != 0)
        return false;
    if ((*slot)->node_case == PG_QUERY__NODE__NODE_FUNC_CALL) {
        lower_call(context, slot);
        return false;
    }
    if ((*slot)->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
        lower_cast(context, (*slot)->type_cast);
    return true;
}

int lower(struct lowering *lowering, ast_node **slot, const char *relation,
          struct err *err)
{
    struct context context = {lowering, relation, err, 0};

    ast_walk(slot, visit, &context);
    return context.status;
}
