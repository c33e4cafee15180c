/* SPDX-License-Identifier: Apache-2.0
 *
 * foresee.c - from the row programs to questions.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/fallible.h"
#include "compiler/foresee.h"
#include "compiler/foresee_aside.h"
#include "compiler/foresee_internal.h"
#include "compiler/foresee_way.h"
#include "compiler/plan_internal.h"
#include "compiler/resolve.h"
#include "compiler/rows.h"
#include "render.h"
#include "state/fault.h"

/* Greater tables are not grouped by a key. */
#define KEY_MAX_BYTES fault_limit("AIRSHIFT_TEST_LOOK_BYTES", 1024ULL * 1024 * 1024)
/* Nor is anything joined for a key where a table is greater than this. */
#define JOIN_MAX_BYTES fault_limit("AIRSHIFT_TEST_LOOK_BYTES", 256ULL * 1024 * 1024)

/* One SELECT over a branch in the making. */
struct question {
    struct table columns;
    struct branch branch;
};

static void ask_for(struct look *look, struct question *question, const char *name,
                    const char *type, ast_node *value)
{
    struct column *column = arena_zalloc(look->arena, sizeof(*column));

    column->name = name;
    column->type = type;
    list_add(look->arena, &question->columns.columns, column);
    list_add(look->arena, &question->branch.values, value);
}

static struct question begin(const struct table *table, const struct branch *branch)
{
    struct question question = {*table, *branch};

    question.columns.columns = (struct list){NULL, 0, 0};
    question.branch.values = (struct list){NULL, 0, 0};
    return question;
}

static const struct column *source_column(const struct table *live,
                                          const ast_node *value)
{
    const char *qualifier;
    const char *name = ast_column_name(value, &qualifier);

    return name != NULL && qualifier != NULL &&
                   strcmp(qualifier, ROWS_SOURCE_ALIAS) == 0
               ? table_find_column(live, name)
               : NULL;
}

/* --- what can be computed ahead ---------------------------------------------------- */

struct need {
    const struct look *look;
    const struct branch *branch;
    bool is_there;
};

static const struct join *join_of(const struct branch *branch, const char *alias)
{
    for (size_t i = 0; i < branch->joins.count; i++) {
        const struct join *join = branch->joins.items[i];

        if (strcmp(join->alias, alias) == 0)
            return join;
    }
    return NULL;
}

static bool names_made(const struct look *look, const char *text)
{
    for (size_t i = 0; i < look->made.count; i++) {
        if (strstr(text, look->made.items[i]) != NULL)
            return true;
    }
    return strstr(text, "nextval(") != NULL;
}

static bool find_join(ast_node **slot, void *context)
{
    struct need *need = context;
    const char *qualifier;
    const struct join *join;

    if (ast_column_name(*slot, &qualifier) == NULL || qualifier == NULL)
        return need->is_there;
    join = join_of(need->branch, qualifier);
    if (join != NULL &&
        (!need->look->may_join || names_made(need->look, join->relation)))
        need->is_there = false;
    return need->is_there;
}

/* Whether the value can be had ahead for what it costs: from the row itself, or from joins
 * where all tables are small. */
static bool is_to_be_had(const struct look *look, const struct branch *branch,
                         const ast_node *value)
{
    struct need need = {look, branch, true};
    ast_node *node = (ast_node *)value;

    ast_walk(&node, find_join, &need);
    return need.is_there && expression_is_repeatable(value, &look->made);
}

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
    const struct column *column = source_column(live, value);
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

/* Of a text type; 0 for no limit, -1 for what is no text. */
static long limit_of(const char *type)
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
    const struct column *column = source_column(live, value);
    long limit = limit_of(target->type);
    long now = column != NULL ? limit_of(column->type) : -1;

    return limit > 0 && (now == 0 || now > limit) ? limit : 0;
}

/* Whether the text may have more characters, by what it is put together of: columns of the row
 * and texts that are said. What a function or a join gives is looked at where that is cheap. */
static bool may_be_longer(const struct look *look, const struct table *live,
                          const ast_node *value, long limit)
{
    const struct column *column = source_column(live, value);
    bool is_longer = false;

    if (column != NULL)
        return limit_of(column->type) <= 0 || limit_of(column->type) > limit;
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
    long limit = limit_of(target->type);

    return limit > 0 && source_column(live, value) == NULL && !ast_is_constant(value) &&
                   may_be_longer(look, live, value, limit) &&
                   is_to_be_had(look, branch, value)
               ? limit
               : 0;
}

/* Whether NULL may come where the target takes none. */
static bool may_lack(struct look *look, const struct table *live,
                     const struct branch *branch, const ast_node *value)
{
    enum nullness nullness = nullness_of(look, live, value);

    return nullness == NULL_MAYBE || (nullness == NULL_UNKNOWN && look->may_join &&
                                      is_to_be_had(look, branch, value));
}

/* --- range ------------------------------------------------------------------------- */

struct any_years {
    const struct table *live;
    bool is_any;
};

static bool find_any_year(ast_node **slot, void *context)
{
    struct any_years *any = context;
    const struct column *column = source_column(any->live, *slot);

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
    return any.is_any && is_to_be_had(look, branch, value);
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
    const struct column *column = source_column(live, value);
    int bytes = number_bytes(target->type);
    const char *qualifier;
    unsigned long long most;

    if (bytes == 0 || bytes == NUMBER_BYTES_MORE ||
        ast_column_name(value, &qualifier) == NULL)
        return NULL;
    if (column != NULL ? number_bytes(column->type) <= bytes
                       : !is_to_be_had(look, branch, value))
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
    ask_for(look, question, arena_printf(look->arena, "r%zu", query->reasons.count),
            "boolean", wrong);
    *any =
        *any == NULL ? wrong : ast_build(look->arena, "($1) OR ($2)", 2, *any, wrong);
}

static int add_query(struct look *look, struct foresee_query *query, const char *sql)
{
    query->sql = plan_print(look->plan, sql, look->err);
    if (query->sql == NULL)
        return -1;
    list_add(look->arena, look->queries, query);
    return 0;
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
    ask_for(look, question, "bad", "boolean", any);
    if (add_query(look, query, select_bad(look, question, query)) != 0)
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
static ast_node *add_reasons(struct look *look, const struct table *live,
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
            is_to_be_had(look, branch, value)) {
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
        if (wrong != NULL && is_to_be_had(look, branch, wrong))
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
    struct question question = begin(table, branch);
    struct foresee_query *query = arena_zalloc(look->arena, sizeof(*query));
    const struct constraint *key = table_primary_key(live);
    ast_node *any;

    query->table = live->name;
    for (size_t i = 0; key != NULL && i < key->columns.count; i++) {
        const struct column *column = key->columns.items[i];

        list_add(look->arena, &query->key, (void *)column->name);
        ask_for(look, &question, arena_printf(look->arena, "k%zu", i + 1), column->type,
                ast_column(look->arena, ROWS_SOURCE_ALIAS, column->name));
    }
    any = add_reasons(look, live, table, branch, &question, query, only, true);
    if (any == NULL)
        return 0;
    if (query->has_computed)
        return add_search(look, table, &question, query, any);
    question.branch.filter =
        branch->filter == NULL
            ? any
            : ast_build(look->arena, "($1) AND ($2)", 2, branch->filter, any);
    return add_query(look, query,
                     arena_printf(look->arena, "%s LIMIT %d",
                                  branch_select(&look->plan->simulation,
                                                &question.columns, &question.branch),
                                  FORESEE_ROWS_MAX));
}

/* --- keys -------------------------------------------------------------------------- */

static struct aside_rows aside_rows_of(const struct look *look,
                                       const struct table *live,
                                       const struct table *table,
                                       const struct branch *branch)
{
    return (struct aside_rows){
        .plan = look->plan,
        .shadow = look->options->shadow,
        .live = live,
        .table = table,
        .branch = branch,
    };
}

/* SELECT k1, k2, count(*), min(p), max(p) FROM (...) GROUP BY k1, k2 HAVING count(*) > 1 */
static int ask_for_key(struct look *look, const struct table *live,
                       const struct table *table, const struct branch *branch,
                       const char *key, const struct list *names,
                       const struct list *types, const struct list *values)
{
    struct question question = begin(table, branch);
    struct foresee_query *query = arena_zalloc(look->arena, sizeof(*query));
    const struct constraint *primary = table_primary_key(live);
    const char *keys = "";
    const char *present = "";

    query->table = live->name;
    query->key = *names;
    for (size_t i = 0; i < values->count; i++) {
        const char *name = arena_printf(look->arena, "k%zu", i + 1);

        ask_for(look, &question, name, types->items[i], values->items[i]);
        keys = arena_printf(look->arena, "%s%sq.%s", keys, i > 0 ? ", " : "", name);
        present = arena_printf(look->arena, "%s%sq.%s IS NOT NULL", present,
                               i > 0 ? " AND " : "", name);
    }
    query->has_ends = primary != NULL && primary->columns.count == 1;
    if (query->has_ends) {
        const struct column *column = primary->columns.items[0];

        ask_for(look, &question, "p", column->type,
                ast_column(look->arena, ROWS_SOURCE_ALIAS, column->name));
    }
    query->may_go_aside = aside_is_possible(look->plan, live);
    if (look->options->sets_aside && query->may_go_aside) {
        struct aside_rows rows = aside_rows_of(look, live, table, branch);

        struct question unfit = begin(table, branch);
        struct foresee_query reasons = {0};

        rows.types = *types;
        rows.values = *values;
        rows.unfit =
            add_reasons(look, live, table, branch, &unfit, &reasons, NULL, false);
        query->aside_reason =
            arena_printf(look->arena,
                         "has a key that another row has, too, which comes first by "
                         "its primary key and stays (\"%s\" of \"%s\")",
                         key, table->name);
        query->aside_sql = aside_of_repeated(&rows, query->aside_reason, look->err);
        if (query->aside_sql == NULL)
            return -1;
    }
    return add_query(look, query,
                     arena_printf(look->arena,
                                  "SELECT %s, count(*)%s FROM (%s) AS q WHERE %s GROUP "
                                  "BY %s HAVING count(*) > 1 LIMIT %d",
                                  keys, query->has_ends ? ", min(q.p), max(q.p)" : "",
                                  branch_select(&look->plan->simulation,
                                                &question.columns, &question.branch),
                                  present, keys, FORESEE_ROWS_MAX));
}

static size_t position_of(const struct table *table, const struct column *column)
{
    size_t position = 0;

    while (position < table->columns.count && table->columns.items[position] != column)
        position++;
    return position;
}

static const char *collation_in(const char *type)
{
    const char *said = strstr(type, "COLLATE ");

    return said != NULL ? said : "";
}

/* Where texts compare as their types say, they must do so before as they will after. */
static bool compare_alike(const struct look *look, const struct column *source,
                          const struct column *target)
{
    if (!dialect_has_own_grammar(look->plan->dialect) || limit_of(target->type) < 0)
        return true;
    return source != NULL &&
           strcmp(collation_in(source->type), collation_in(target->type)) == 0;
}

/* A constraint's columns, each what it was, from a joined table, or computed. */
int foresee_key(struct look *look, const struct table *live, const struct table *table,
                const struct branch *branch, const char *key,
                const struct list *columns)
{
    struct list names = {NULL, 0, 0};
    struct list types = {NULL, 0, 0};
    struct list values = {NULL, 0, 0};
    struct list sources = {NULL, 0, 0};

    for (size_t i = 0; i < columns->count; i++) {
        const struct column *column = columns->items[i];
        ast_node *value = branch->values.items[position_of(table, column)];
        const struct column *source = source_column(live, value);
        const char *qualifier;

        if (ast_column_name(value, &qualifier) == NULL && !ast_is_constant(value) &&
            !(look->may_join && is_to_be_had(look, branch, value)))
            return 0;
        if (!compare_alike(look, source, column))
            return 0;
        if (source == NULL && !ast_is_constant(value) && !look->may_join)
            return 0;
        if (source != NULL)
            list_add(look->arena, &sources, (void *)source);
        list_add(look->arena, &names, (void *)column->name);
        list_add(look->arena, &types, (void *)column->type);
        list_add(look->arena, &values, value);
    }
    return table_has_key_within(live, &sources)
               ? 0
               : ask_for_key(look, live, table, branch, key, &names, &types, &values);
}

/* An index may be of expressions. */
int foresee_index(struct look *look, const struct table *live,
                  const struct table *table, const struct branch *branch,
                  const struct index *index)
{
    const PgQuery__IndexStmt *statement = index->statement->index_stmt;
    struct scope scope = resolve_scope_of(table->name, table, branch);
    struct list names = {NULL, 0, 0};
    struct list types = {NULL, 0, 0};
    struct list values = {NULL, 0, 0};
    struct list columns = {NULL, 0, 0};

    if (!statement->unique || statement->where_clause != NULL ||
        index->live_name != NULL)
        return 0;
    for (size_t i = 0; i < statement->n_index_params; i++) {
        const PgQuery__IndexElem *element = statement->index_params[i]->index_elem;
        ast_node *value;

        if (element->expr == NULL) {
            struct column *column = table_find_column(table, element->name);

            if (column == NULL)
                return 0;
            list_add(look->arena, &columns, column);
            continue;
        }
        value = resolve_expression(&look->plan->simulation, &scope,
                                   ast_clone(look->arena, element->expr), look->err);
        if (value == NULL)
            return -1;
        list_add(look->arena, &names, ast_text(look->arena, element->expr));
        list_add(look->arena, &types, (void *)"text");
        list_add(look->arena, &values, value);
    }
    if (values.count == 0)
        return foresee_key(look, live, table, branch, index->name, &columns);
    return columns.count > 0 ? 0
                             : ask_for_key(look, live, table, branch, index->name,
                                           &names, &types, &values);
}

static int look_at_keys(struct look *look, const struct table *live,
                        const struct table *table, const struct branch *branch)
{
    for (size_t i = 0; i < table->constraints.count; i++) {
        const struct constraint *key = table->constraints.items[i];

        if ((key->kind == CONSTRAINT_PRIMARY || key->kind == CONSTRAINT_UNIQUE) &&
            foresee_key(look, live, table, branch, key->name, &key->columns) != 0)
            return -1;
    }
    for (size_t i = 0; i < table->indexes.count; i++) {
        if (foresee_index(look, live, table, branch, table->indexes.items[i]) != 0)
            return -1;
    }
    return 0;
}

/* --- foreign keys ------------------------------------------------------------------ */

/* A value that is read; a joined or a computed one where that is cheap. */
static bool is_read(const struct look *look, const struct table *live,
                    const struct branch *branch, const ast_node *value)
{
    const char *qualifier;

    return (live != NULL && source_column(live, value) != NULL) ||
           (look->may_join &&
            (ast_column_name(value, &qualifier) != NULL || ast_is_constant(value) ||
             is_to_be_had(look, branch, value)));
}

static const struct table *source_of(const struct look *look,
                                     const struct branch *branch)
{
    return branch->source != NULL
               ? catalog_find_table(look->plan->live, branch->source->name)
               : NULL;
}

static bool are_read(const struct look *look, const struct table *table,
                     const struct branch *branch, const struct list *columns)
{
    const struct table *live = source_of(look, branch);

    if (branch->source != NULL && branch->source->heap_bytes > KEY_MAX_BYTES &&
        !look->options->everything)
        return false;
    for (size_t i = 0; i < columns->count; i++) {
        if (!is_read(look, live, branch,
                     branch->values.items[position_of(table, columns->items[i])]))
            return false;
    }
    return live != NULL || look->may_join;
}

/* Whether the live database has a foreign key of the very columns that this one is made of. */
static bool is_so_already(const struct look *look, const struct table *table,
                          const struct branch *child, const struct constraint *key)
{
    const struct rows *parents = key->referenced->rows;
    const struct branch *parent = parents->branches.items[0];
    const struct table *live = source_of(look, child);

    if (parents->branches.count != 1 || parent->filter != NULL || live == NULL ||
        source_of(look, parent) == NULL)
        return false;
    for (size_t i = 0; i < live->constraints.count; i++) {
        const struct constraint *other = live->constraints.items[i];
        bool is_same = other->kind == CONSTRAINT_FOREIGN &&
                       other->referenced == source_of(look, parent) &&
                       other->columns.count == key->columns.count;

        for (size_t j = 0; is_same && j < key->columns.count; j++)
            is_same =
                source_column(
                    live,
                    child->values.items[position_of(table, key->columns.items[j])]) ==
                    other->columns.items[j] &&
                source_column(
                    other->referenced,
                    parent->values.items[position_of(
                        key->referenced, key->referenced_columns.items[j])]) ==
                    other->referenced_columns.items[j];
        if (is_same)
            return true;
    }
    return false;
}

/* SELECT k1, k2, count(*) FROM (...) WHERE k1 IS NOT NULL AND NOT EXISTS (...) GROUP BY k1, k2 */
static int ask_for_orphans(struct look *look, const struct table *table,
                           const struct branch *branch, const struct constraint *key)
{
    struct question question = begin(table, branch);
    struct foresee_query *query = arena_zalloc(look->arena, sizeof(*query));
    struct aside_rows rows =
        aside_rows_of(look, source_of(look, branch), table, branch);
    const char *keys = "";
    const char *present = "";
    const char *match = "";
    const char *parents;

    query->table = branch->source->name;
    query->foreign_key =
        arena_printf(look->arena, "\"%s\" of \"%s\"", key->name, table->name);
    for (size_t i = 0; i < key->columns.count; i++) {
        const struct column *column = key->columns.items[i];
        const struct column *parent = key->referenced_columns.items[i];
        const char *name = arena_printf(look->arena, "k%zu", i + 1);

        list_add(look->arena, &query->key, (void *)column->name);
        ask_for(look, &question, name, column->type,
                branch->values.items[position_of(table, column)]);
        list_add(look->arena, &rows.types, (void *)column->type);
        list_add(look->arena, &rows.values,
                 branch->values.items[position_of(table, column)]);
        keys = arena_printf(look->arena, "%s%sq.%s", keys, i > 0 ? ", " : "", name);
        present = arena_printf(look->arena, "%sq.%s IS NOT NULL AND ", present, name);
        match =
            arena_printf(look->arena, "%s%sp.%s = q.%s", match, i > 0 ? " AND " : "",
                         ddl_name(look->arena, NULL, parent->name), name);
    }
    parents = arena_printf(
        look->arena, "%sNOT EXISTS (SELECT 1 FROM %s WHERE %s)", present,
        rows_relation(&look->plan->simulation, key->referenced, "p"), match);
    query->may_go_aside = aside_is_possible(look->plan, rows.live);
    if (look->options->sets_aside && query->may_go_aside) {
        query->aside_reason = arena_printf(
            look->arena, "refers to a row that is not there (foreign key %s)",
            query->foreign_key);
        query->aside_sql =
            aside_of_orphans(&rows, parents, query->aside_reason, look->err);
        if (query->aside_sql == NULL)
            return -1;
    }
    return add_query(
        look, query,
        arena_printf(
            look->arena,
            "SELECT %s, count(*) FROM (%s) AS q WHERE %s GROUP BY %s LIMIT %d", keys,
            branch_select(&look->plan->simulation, &question.columns, &question.branch),
            parents, keys, FORESEE_ROWS_MAX));
}

int foresee_reference(struct look *look, const struct table *table,
                      const struct branch *branch, const struct constraint *key)
{
    const struct rows *parents = key->referenced->rows;

    for (size_t i = 0; i < key->columns.count; i++) {
        if (ast_is_null(
                branch->values.items[position_of(table, key->columns.items[i])]))
            return 0; /* it refers to nothing */
    }
    if (!are_read(look, table, branch, &key->columns) ||
        (!look->options->everything && parents->branches.count > 0 &&
         is_so_already(look, table, branch, key)))
        return 0;
    for (size_t i = 0; i < parents->branches.count; i++) {
        if (!are_read(look, key->referenced, parents->branches.items[i],
                      &key->referenced_columns))
            return 0;
    }
    return ask_for_orphans(look, table, branch, key);
}

static int look_at_references(struct look *look, const struct table *table,
                              const struct branch *branch)
{
    for (size_t i = 0; i < table->constraints.count; i++) {
        const struct constraint *key = table->constraints.items[i];

        if (key->kind == CONSTRAINT_FOREIGN && !key->is_unenforced &&
            (key->live_name == NULL || look->options->everything) &&
            foresee_reference(look, table, branch, key) != 0)
            return -1;
    }
    return 0;
}

/* ----------------------------------------------------------------------------------- */

bool foresee_takes_key_of(const struct live_table *source)
{
    return source->heap_bytes <= KEY_MAX_BYTES;
}

static int look_at_table(struct look *look, const struct foresee_options *options,
                         const struct table *table, bool at_keys)
{
    const struct rows *rows = table->rows;

    for (size_t i = 0; i < rows->branches.count; i++) {
        const struct branch *branch = rows->branches.items[i];
        const struct table *live =
            branch->source != NULL
                ? catalog_find_table(look->plan->live, branch->source->name)
                : NULL;

        if (live == NULL)
            continue;
        if (!at_keys && options->values &&
            foresee_values(look, live, table, branch, NULL) != 0)
            return -1;
        if (!at_keys && options->references &&
            look_at_references(look, table, branch) != 0)
            return -1;
        if (at_keys && rows->branches.count == 1 &&
            (foresee_takes_key_of(branch->source) || options->everything) &&
            branch->source->heap_bytes >= options->key_min &&
            look_at_keys(look, live, table, branch) != 0)
            return -1;
    }
    return 0;
}

static bool all_are_small(const struct catalog *catalog, unsigned long long most)
{
    for (size_t i = 0; i < catalog->tables.count; i++) {
        const struct table *table = catalog->tables.items[i];

        if (table->live != NULL && table->live->heap_bytes > most)
            return false;
    }
    return true;
}

struct look foresee_look(struct plan *plan, const struct foresee_options *options,
                         struct list *queries, struct err *err)
{
    struct look look = {.plan = plan,
                        .arena = plan->arena,
                        .options = options,
                        .queries = queries,
                        .may_join = options->everything ||
                                    all_are_small(plan->live, options->joins_less
                                                                  ? JOIN_MAX_BYTES / 8
                                                                  : JOIN_MAX_BYTES),
                        .err = err};
    const struct list *natives = &plan->lowering.natives;

    for (size_t i = 0; i < natives->count; i++)
        list_add(look.arena, &look.made,
                 (void *)((const struct native_use *)natives->items[i])->name);
    return look;
}

int foresee(struct plan *plan, const struct foresee_options *options,
            struct list *queries, struct err *err)
{
    struct look look = foresee_look(plan, options, queries, err);

    /* Keys last: a row that goes anyway must not be the one that keeps its key. */
    for (size_t i = 0; i < 2 * plan->target->tables.count; i++) {
        const struct table *table =
            plan->target->tables.items[i % plan->target->tables.count];

        if (!table->is_foreign) {
            if (look_at_table(&look, options, table, i >= plan->target->tables.count) !=
                0)
                return err_wrap(err, "the rows of %s", table->name);
        }
    }
    if (plan->way != NULL)
        foresee_way_end(plan->way, queries);
    return 0;
}
