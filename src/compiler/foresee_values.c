/* SPDX-License-Identifier: Apache-2.0
 *
 * foresee_values.c - values that a column of the target does not take: NULL, too long, out of range,
 * and what cannot be computed.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/fallible.h"
#include "compiler/foresee_internal.h"
#include "compiler/plan_internal.h"
#include "compiler/resolve.h"
#include "render.h"

/* --- NULL -------------------------------------------------------------------------- */

enum nullness { NULL_NEVER, NULL_MAYBE, NULL_UNKNOWN };

static enum nullness nullness_of(struct look *look, const struct table *live,
                                 const ast_node *value);

/* Whether the condition says of exactly this value that it is (not) NULL. */
static bool is_test_of(struct look *look, const ast_node *condition,
                       PgQuery__NullTestType type, const ast_node *value)
{
    return condition->node_case == PG_QUERY__NODE__NODE_NULL_TEST &&
           condition->null_test->nulltesttype == type &&
           ast_equal(look->arena, condition->null_test->arg, value);
}

static enum nullness either(enum nullness a, enum nullness b)
{
    return a > b ? a : b;
}

static enum nullness nullness_of_case(struct look *look, const struct table *live,
                                      const PgQuery__CaseExpr *choice)
{
    bool is_tested = false;
    enum nullness all = NULL_NEVER;

    for (size_t i = 0; i < choice->n_args; i++) {
        const PgQuery__CaseWhen *when = choice->args[i]->case_when;

        if (choice->defresult != NULL &&
            is_test_of(look, when->expr, PG_QUERY__NULL_TEST_TYPE__IS_NULL,
                       choice->defresult))
            is_tested = true;
        if (!is_test_of(look, when->expr, PG_QUERY__NULL_TEST_TYPE__IS_NOT_NULL,
                        when->result))
            all = either(all, nullness_of(look, live, when->result));
    }
    if (choice->defresult == NULL)
        return either(all, NULL_MAYBE);
    return is_tested ? all : either(all, nullness_of(look, live, choice->defresult));
}

static enum nullness nullness_of(struct look *look, const struct table *live,
                                 const ast_node *value)
{
    const struct column *column = foresee_source(live, value);
    enum nullness all = NULL_MAYBE;

    if (column != NULL)
        return column->is_not_null ? NULL_NEVER : NULL_MAYBE;
    if (ast_is_null(value))
        return NULL_MAYBE;
    if (ast_is_constant(value))
        return NULL_NEVER;
    if (value->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
        return nullness_of(look, live, value->type_cast->arg);
    if (value->node_case == PG_QUERY__NODE__NODE_CASE_EXPR)
        return nullness_of_case(look, live, value->case_expr);
    if (value->node_case != PG_QUERY__NODE__NODE_COALESCE_EXPR)
        return NULL_UNKNOWN;
    for (size_t i = 0; i < value->coalesce_expr->n_args; i++) {
        enum nullness one = nullness_of(look, live, value->coalesce_expr->args[i]);

        if (one == NULL_NEVER)
            return NULL_NEVER;
        all = either(all, one);
    }
    return all;
}

/* --- length ------------------------------------------------------------------------ */

long foresee_length_of(const char *type)
{
    const char *const limited[] = {"varchar(", "character varying("};
    const char *const unlimited[] = {"text", "mediumtext", "longtext",
                                     "character varying", "varchar"};

    for (size_t i = 0; i < sizeof(limited) / sizeof(limited[0]); i++) {
        if (strncmp(type, limited[i], strlen(limited[i])) == 0)
            return strtol(type + strlen(limited[i]), NULL, 10);
    }
    for (size_t i = 0; i < sizeof(unlimited) / sizeof(unlimited[0]); i++) {
        if (strcspn(type, " ") > 0 &&
            strncmp(type, unlimited[i], strlen(unlimited[i])) == 0)
            return 0;
    }
    return -1;
}

/* How many characters the target takes of a longer column; 0 where that does not matter. */
static long length_at_most(const struct table *live, const struct column *target,
                           const ast_node *value)
{
    const struct column *column = foresee_source(live, value);
    long limit = foresee_length_of(target->type);
    long now = column != NULL ? foresee_length_of(column->type) : -1;

    return limit > 0 && (now == 0 || now > limit) ? limit : 0;
}

/* Whether the text may have more characters, by what it is put together of: columns of the row
 * and texts that are said. What a function or a join gives is looked at where that is cheap. */
static bool may_be_longer(const struct look *look, const struct table *live,
                          const ast_node *value, long limit)
{
    const struct column *column = foresee_source(live, value);
    bool is_longer = false;

    if (column != NULL)
        return foresee_length_of(column->type) <= 0 ||
               foresee_length_of(column->type) > limit;
    if (ast_is_constant(value))
        return (long)strlen(ast_text(look->arena, value)) > limit;
    switch ((int)value->node_case) {
    case PG_QUERY__NODE__NODE_TYPE_CAST:
        return may_be_longer(look, live, value->type_cast->arg, limit);
    case PG_QUERY__NODE__NODE_CASE_EXPR:
        for (size_t i = 0; i < value->case_expr->n_args; i++)
            is_longer |= may_be_longer(
                look, live, value->case_expr->args[i]->case_when->result, limit);
        return is_longer ||
               (value->case_expr->defresult != NULL &&
                may_be_longer(look, live, value->case_expr->defresult, limit));
    case PG_QUERY__NODE__NODE_COALESCE_EXPR:
        for (size_t i = 0; i < value->coalesce_expr->n_args; i++)
            is_longer |=
                may_be_longer(look, live, value->coalesce_expr->args[i], limit);
        return is_longer;
    default:
        return look->may_join;
    }
}

/* The same of a text that is computed. */
static long computed_length_at_most(const struct look *look, const struct table *live,
                                    const struct branch *branch,
                                    const struct column *target, const ast_node *value)
{
    long limit = foresee_length_of(target->type);

    return limit > 0 && foresee_source(live, value) == NULL &&
                   !ast_is_constant(value) && may_be_longer(look, live, value, limit) &&
                   foresee_can_compute(look, branch, value)
               ? limit
               : 0;
}

/* Whether NULL may come where the target takes none. */
static bool may_lack(struct look *look, const struct table *live,
                     const struct branch *branch, const ast_node *value)
{
    enum nullness nullness = nullness_of(look, live, value);

    return nullness == NULL_MAYBE || (nullness == NULL_UNKNOWN && look->may_join &&
                                      foresee_can_compute(look, branch, value));
}

/* --- range ------------------------------------------------------------------------- */

struct any_years {
    const struct table *live;
    bool is_any;
};

static bool find_any_year(ast_node **slot, void *context)
{
    struct any_years *any = context;
    const struct column *column = foresee_source(any->live, *slot);

    if (column != NULL && strncmp(column->type, "datetime", 8) == 0)
        any->is_any = true;
    return (*slot)->node_case != PG_QUERY__NODE__NODE_SUB_LINK;
}

/* Whether a time of the one type may be none of the other, whose times are of fewer years. */
static bool has_fewer_years(const struct look *look, const struct table *live,
                            const struct branch *branch, const struct column *target,
                            const ast_node *value)
{
    struct any_years any = {live, false};
    ast_node *node = (ast_node *)value;

    if (!dialect_has_own_grammar(look->plan->dialect) ||
        strncmp(target->type, "timestamp", 9) != 0)
        return false;
    ast_walk(&node, find_any_year, &any);
    return any.is_any && foresee_can_compute(look, branch, value);
}

/* How many bytes a whole number of the type has; 0 for what is no whole number, and
 * NUMBER_BYTES_MORE for numbers of other kinds. */
enum { NUMBER_BYTES_MORE = 16 };

static int number_bytes(const char *type)
{
    static const struct {
        const char *name;
        int bytes;
    } numbers[] = {{"tinyint", 1},
                   {"smallint", 2},
                   {"mediumint", 3},
                   {"int", 4},
                   {"integer", 4},
                   {"bigint", 8},
                   {"float", NUMBER_BYTES_MORE},
                   {"real", NUMBER_BYTES_MORE},
                   {"double", NUMBER_BYTES_MORE},
                   {"double precision", NUMBER_BYTES_MORE},
                   {"decimal", NUMBER_BYTES_MORE},
                   {"numeric", NUMBER_BYTES_MORE}};
    size_t length = strcspn(type, "(");

    if (strstr(type, "unsigned") != NULL)
        return 0;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (strlen(numbers[i].name) == length &&
            strncmp(numbers[i].name, type, length) == 0)
            return numbers[i].bytes;
    }
    return 0;
}

/* NULL where each number is one of the target's type, or where that is not to be had. What a
 * join gives may be of any type: a user's own, who has seen the numbers run out. */
static ast_node *is_out_of_range(const struct look *look, const struct table *live,
                                 const struct branch *branch,
                                 const struct column *target, ast_node *value)
{
    const struct column *column = foresee_source(live, value);
    int bytes = number_bytes(target->type);
    const char *qualifier;
    unsigned long long most;

    if (bytes == 0 || bytes == NUMBER_BYTES_MORE ||
        ast_column_name(value, &qualifier) == NULL)
        return NULL;
    if (column != NULL ? number_bytes(column->type) <= bytes
                       : !foresee_can_compute(look, branch, value))
        return NULL;
    most = ~0ULL >> (65 - 8 * bytes);
    return ast_build(
        look->arena,
        arena_printf(look->arena, "$1 < -%llu - 1 OR $1 > %llu", most, most), 1, value);
}

/* --- rows -------------------------------------------------------------------------- */

/* A condition that no row fulfils, and for which the server has to compute the value. */
static void add_computed(struct look *look, ast_node **any, ast_node *value)
{
    ast_node *never = ast_build(look->arena, "pg_column_size($1) < 0", 1, value);

    *any =
        *any == NULL ? never : ast_build(look->arena, "($1) OR ($2)", 2, *any, never);
}

static void add_reason(struct look *look, struct question *question,
                       struct foresee_query *query, ast_node **any, ast_node *wrong,
                       const char *reason)
{
    list_add(look->arena, &query->reasons, (void *)reason);
    question_ask(look, question,
                 arena_printf(look->arena, "r%zu", query->reasons.count), "boolean",
                 wrong);
    *any =
        *any == NULL ? wrong : ast_build(look->arena, "($1) OR ($2)", 2, *any, wrong);
}

/* Where a row has a place, the one that the server refuses to compute can be searched for. */
static bool looks_at_failures(const struct look *look)
{
    return !dialect_has_own_grammar(look->plan->dialect);
}

static ast_node *is_longer(const struct look *look, ast_node *value, long limit)
{
    const char *text = looks_at_failures(look) ? "CAST($1 AS text)" : "$1";

    return ast_build(look->arena,
                     arena_printf(look->arena, "char_length(%s) > %ld", text, limit), 1,
                     value);
}

/* The rows for which `any` is true. What is computed for nothing must not be asked of rows that
 * the chain takes away, so it stands behind their filter, where no server moves it. */
static const char *select_bad(struct look *look, const struct question *question,
                              const struct foresee_query *query)
{
    const char *names = "";

    for (size_t i = 0; i < query->key.count; i++)
        names = arena_printf(look->arena, "%sq.k%zu, ", names, i + 1);
    for (size_t i = 0; i < query->reasons.count; i++)
        names = arena_printf(look->arena, "%sq.r%zu, ", names, i + 1);
    return arena_printf(
        look->arena, "SELECT %sq.bad FROM (%s OFFSET 0) AS q WHERE q.bad LIMIT %d",
        names,
        branch_select(&look->plan->simulation, &question->columns, &question->branch),
        FORESEE_ROWS_MAX);
}

/* The query, the same of a stretch of the table, $1 to $2, and what a row there is called. */
static int add_search(struct look *look, const struct table *table,
                      struct question *question, struct foresee_query *query,
                      ast_node *any)
{
    ast_node *filter = question->branch.filter;
    ast_node *stretch = ast_parse_expression(
        look->arena,
        ROWS_SOURCE_ALIAS ".ctid >= $1::tid AND " ROWS_SOURCE_ALIAS ".ctid < $2::tid",
        look->err);

    if (stretch == NULL)
        return -1;
    question_ask(look, question, "bad", "boolean", any);
    if (foresee_add(look, query, select_bad(look, question, query)) != 0)
        return -1;
    question->branch.filter =
        filter != NULL ? ast_and(look->arena, stretch, filter) : stretch;
    query->stretch_sql = select_bad(look, question, query);
    query->describe_sql = plan_describe_row(look->plan, table, question->branch.source);
    query->blocks = question->branch.source->pages;
    return 0;
}

/* Why rows of the branch do not fit, each reason a column of the question; NULL where all do. What
 * the server may refuse to compute is among it only where that is asked for. `only` has the columns
 * to look at; NULL: all. */
ast_node *foresee_reasons(struct look *look, const struct table *live,
                          const struct table *table, const struct branch *branch,
                          struct question *question, struct foresee_query *query,
                          const struct list *only, bool with_computed)
{
    ast_node *any = NULL;

    for (size_t i = 0; i < table->columns.count; i++) {
        const struct column *column = table->columns.items[i];
        ast_node *value = branch->values.items[i];
        long limit = length_at_most(live, column, value);
        const char *reason;
        ast_node *wrong;

        if (limit == 0)
            limit = computed_length_at_most(look, live, branch, column, value);
        if (column->is_generated || column->is_counter ||
            (only != NULL && !list_has(only, column)) ||
            (!with_computed && expression_can_fail(value)))
            continue;
        if (with_computed && looks_at_failures(look) && expression_can_fail(value) &&
            foresee_can_compute(look, branch, value)) {
            add_computed(look, &any, value);
            query->has_computed = true;
        }
        if (column->is_not_null && !column->not_null.is_unproved &&
            may_lack(look, live, branch, value))
            add_reason(look, question, query, &any,
                       ast_build(look->arena, "$1 IS NULL", 1,
                                 ast_enclose(look->arena, value)),
                       arena_printf(look->arena, "\"%s\" of \"%s\" must not be NULL",
                                    column->name, table->name));
        wrong =
            expression_failure(look->arena, !looks_at_failures(look), value, &reason);
        if (wrong != NULL && foresee_can_compute(look, branch, wrong))
            add_reason(look, question, query, &any, wrong,
                       arena_printf(look->arena, "%s (\"%s\" of \"%s\")", reason,
                                    column->name, table->name));
        wrong = is_out_of_range(look, live, branch, column, value);
        if (wrong != NULL)
            add_reason(
                look, question, query, &any, wrong,
                arena_printf(look->arena,
                             "the number is out of range, \"%s\" of \"%s\" is of "
                             "the type %s",
                             column->name, table->name, column->type));
        if (has_fewer_years(look, live, branch, column, value))
            add_reason(look, question, query, &any,
                       ast_build(look->arena,
                                 "$1 < '1970-01-01 00:00:01' OR $1 > '2038-01-19 "
                                 "03:14:07.999999'",
                                 1, value),
                       arena_printf(look->arena,
                                    "the time is not between 1970 and 2038, as \"%s\" "
                                    "of \"%s\" has it",
                                    column->name, table->name));
        if (limit > 0)
            add_reason(look, question, query, &any, is_longer(look, value, limit),
                       arena_printf(look->arena,
                                    "the text is too long, \"%s\" of \"%s\" takes %ld "
                                    "characters",
                                    column->name, table->name, limit));
    }
    return any;
}

int foresee_values(struct look *look, const struct table *live,
                   const struct table *table, const struct branch *branch,
                   const struct list *only)
{
    struct question question = question_begin(table, branch);
    struct foresee_query *query = arena_zalloc(look->arena, sizeof(*query));
    const struct constraint *key = table_primary_key(live);
    ast_node *any;

    query->table = live->name;
    for (size_t i = 0; key != NULL && i < key->columns.count; i++) {
        const struct column *column = key->columns.items[i];

        list_add(look->arena, &query->key, (void *)column->name);
        question_ask(look, &question, arena_printf(look->arena, "k%zu", i + 1),
                     column->type,
                     ast_column(look->arena, ROWS_SOURCE_ALIAS, column->name));
    }
    any = foresee_reasons(look, live, table, branch, &question, query, only, true);
    if (any == NULL)
        return 0;
    if (query->has_computed)
        return add_search(look, table, &question, query, any);
    question.branch.filter =
        branch->filter == NULL
            ? any
            : ast_build(look->arena, "($1) AND ($2)", 2, branch->filter, any);
    return foresee_add(look, query,
                       arena_printf(look->arena, "%s LIMIT %d",
                                    branch_select(&look->plan->simulation,
                                                  &question.columns, &question.branch),
                                    FORESEE_ROWS_MAX));
}
