/* SPDX-License-Identifier: Apache-2.0
 *
 * plan.c - from a live database and a target to a compiled plan: where it is, the chain
 * simulated on its catalog, and what became of each table. The SQL is in plan_jobs.c and
 * plan_swap.c.
 */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include "base/strbuf.h"
#include "catalog/read.h"
#include "compiler/foresee_way.h"
#include "compiler/plan.h"
#include "compiler/plan_internal.h"
#include "compiler/rows.h"
#include "compiler/shadow_aside.h"
#include "render.h"

const char *table_action_name(enum table_action action)
{
    static const char *const names[] = {"untouched", "metadata only", "rewritten",
                                        "created", "dropped"};

    return names[action];
}

void plan_problem(struct plan *plan, bool is_fatal, const char *text, const char *hint)
{
    struct problem *problem = arena_zalloc(plan->arena, sizeof(*problem));

    problem->is_fatal = is_fatal;
    problem->text = text;
    problem->hint = hint;
    list_add(plan->arena, &plan->problems, problem);
}

/* --- where the database is --------------------------------------------------------- */

/* Several rows are the heads of branches, between two merge points of the chain: the
 * revisions they build upon are applied. One that another builds upon is no head. */
static int check_heads(const struct list *revisions, const struct chain *chain,
                       struct arena *arena, struct err *err)
{
    struct list heads = {NULL, 0, 0};

    chain_heads(arena, chain, 0, &heads);
    if (revisions->count == heads.count)
        return 0;
    (void)err_set(
        err, ERR_STATE, "alembic_version holds %zu revisions: \"%s\", \"%s\"%s",
        revisions->count, (const char *)revisions->items[0],
        (const char *)revisions->items[1], revisions->count > 2 ? ", ..." : "");
    return err_hint(err,
                    "A migration of Airflow's own was broken off or run twice. Find "
                    "out which revision the schema is at and leave that row only.");
}

static int locate_core(struct plan *plan, struct connection *connection,
                       const char *schema, struct err *err)
{
    struct chain *chain = &plan->core.chain;
    struct list revisions = {NULL, 0, 0};

    if (catalog_read_versions(connection, plan->arena, schema, "alembic_version",
                              &revisions, err) != 0)
        return -1;
    plan->core.from = -1;
    for (size_t i = 0; i < revisions.count; i++) {
        const char *revision = revisions.items[i];
        int position = chain_find(chain, revision);

        if (position < 0) {
            (void)err_set(
                err, ERR_UNSUPPORTED,
                "revision \"%s\" in alembic_version is not one that airshift knows",
                revision);
            return err_hint(
                err,
                "It belongs to an Airflow older than %s, newer than this "
                "airshift, or to a fork.",
                ((const struct revision *)chain->revisions.items[0])->version);
        }
        chain_mark_applied(chain, (size_t)position);
    }
    if (revisions.count > 1 && check_heads(&revisions, chain, plan->arena, err) != 0)
        return -1;
    while (plan->core.from + 1 < (int)chain->revisions.count &&
           ((struct revision *)chain->revisions.items[plan->core.from + 1])->is_applied)
        plan->core.from++;
    return 0;
}

static int locate_fab(struct plan *plan, struct connection *connection,
                      const char *schema, struct err *err)
{
    struct list revisions = {NULL, 0, 0};
    bool has_users;

    if (catalog_read_versions(connection, plan->arena, schema,
                              plan->fab.chain.version_table, &revisions, err) != 0)
        return -1;
    plan->fab.from = -1;
    if (revisions.count == 1) {
        plan->fab.from = chain_find(&plan->fab.chain, revisions.items[0]);
        if (plan->fab.from >= 0)
            return 0;
        (void)err_set(err, ERR_UNSUPPORTED,
                      "revision \"%s\" in %s is not one that airshift knows",
                      (const char *)revisions.items[0], plan->fab.chain.version_table);
        return err_hint(
            err, "It belongs to a FAB provider newer than this airshift, or to a "
                 "fork.");
    }
    if (revisions.count > 1)
        return err_set(err, ERR_STATE, "%s holds %zu revisions",
                       plan->fab.chain.version_table, revisions.count);
    if (catalog_has_table(connection, schema, "ab_user", &has_users, err) != 0)
        return -1;
    /* From its version 3.5 on the provider takes tables without a version for its base;
     * before, it ran the base, which makes what is missing. */
    plan->fab.has_tables = has_users;
    if (has_users && plan->fab.to > 0) {
        plan->fab.from = 0;
        plan->fab.is_stamped_first = true;
    }
    return 0;
}

/* The version a revision belongs to, for a person and for `@from`. */
static const char *version_at(const struct chain *chain, int position)
{
    if (position < 0)
        return "none";
    return ((const struct revision *)chain->revisions.items[position])->version;
}

/* The versions that a revision may be of, for a person: "2.10.3-2.11.0". */
static const char *versions_at(struct arena *arena, const struct chain *chain,
                               int position)
{
    const struct version_head *first = NULL;
    const struct version_head *last = NULL;

    for (size_t i = 0; position >= 0 && i < chain->versions.count; i++) {
        const struct version_head *head = chain->versions.items[i];

        if (chain_find(chain, head->revision) != position)
            continue;
        if (first == NULL)
            first = head;
        last = head;
    }
    if (first != NULL && first != last)
        return arena_printf(arena, "%s-%s", first->version, last->version);
    return version_at(chain, position);
}

/* An empty database gets the schema of the squashed base at once, where that is not newer
 * than what is asked for. */
static void list_steps(struct plan *plan, struct route *route)
{
    const struct chain *chain = &route->chain;
    size_t first = (size_t)(route->from + 1);

    if (route->from < 0 && chain->base != NULL && chain->base->position <= route->to) {
        list_add(plan->arena, &route->steps, chain->base);
        first = chain->base->position + 1;
    }
    for (size_t i = first; i <= route->to; i++) {
        struct revision *revision = chain->revisions.items[i];

        if (!revision->is_applied)
            list_add(plan->arena, &route->steps, revision);
    }
}

/* What builds upon the revision to go back to, children first: Alembic leaves a branch alone
 * that joins later. */
static void list_steps_back(struct plan *plan, struct route *route)
{
    const struct chain *chain = &route->chain;
    size_t count = chain->revisions.count;
    bool *is_descendant = arena_zalloc(plan->arena, count * sizeof(*is_descendant));

    is_descendant[route->to] = true;
    for (size_t i = route->to + 1; i < count; i++) {
        const struct revision *revision = chain->revisions.items[i];

        for (size_t j = 0; j < revision->parent_count; j++)
            is_descendant[i] |= is_descendant[revision->parents[j]];
    }
    route->goes_back = true;
    for (size_t i = count; i-- > route->to + 1;) {
        struct revision *revision = chain->revisions.items[i];

        if (revision->is_applied && is_descendant[i])
            list_add(plan->arena, &route->steps, revision);
    }
}

/* Downgrading to the last revision of 2.x or below, Airflow resets the provider's tables;
 * above, it leaves them alone. */
static bool is_fab_reset(const struct plan *plan)
{
    struct err ignored;
    size_t last;

    return plan->goes_back &&
           chain_resolve(&plan->core.chain, "2.10.3", &last, &ignored) == 0 &&
           plan->core.to <= last;
}

/* The provider that people run with an Airflow of the 3.0 and 3.1 lines knows its base
 * only; with later ones, its newest revision. */
static int resolve_fab(struct plan *plan, const char *wanted, struct err *err)
{
    if (wanted == NULL && plan->goes_back && !is_fab_reset(plan))
        wanted = "head";
    if (wanted == NULL)
        wanted = version_compare(plan->target_version, "3.2.0") < 0 ? "3.4.0" : "head";
    if (strcmp(wanted, "none") == 0 || strcmp(wanted, "base") == 0) {
        (void)err_set(
            err, ERR_UNSUPPORTED,
            "\"%s\": there is nothing below the FAB provider's first revision", wanted);
        return err_hint(err, "Its tables are older than it, so that going below would "
                             "drop users and roles, or nothing. --fab-to 1.4.0 is its "
                             "first revision, --without-fab leaves its tables alone.");
    }
    return chain_resolve(&plan->fab.chain, wanted, &plan->fab.to, err);
}

/* The last part of plan_locate() for a downgrade. */
static int locate_back(struct plan *plan, const struct plan_target *wanted,
                       struct err *err)
{
    const struct revision *target = plan->core.chain.revisions.items[plan->core.to];

    if (plan->core.from < 0)
        return err_set(err, ERR_STATE, "there is no Airflow in this database");
    if (!target->is_applied) {
        (void)err_set(err, ERR_UNSUPPORTED,
                      "the database is at %s, which is older than %s",
                      plan->source_version, plan->target_version);
        return err_hint(err, "`airshift migrate` goes to newer versions.");
    }
    list_steps_back(plan, &plan->core);
    /* Airflow 3 does without the provider's tables, Airflow 2 does not. */
    if (!wanted->without_fab && plan->fab.from < 0 && !plan->fab.has_tables &&
        version_compare(plan->target_version, "3.0.0") < 0 &&
        version_compare(version_at(&plan->core.chain, plan->core.from), "3.0.0") >= 0)
        list_steps(plan, &plan->fab);
    if (!wanted->without_fab && plan->fab.from > (int)plan->fab.to) {
        chain_mark_applied(&plan->fab.chain, (size_t)plan->fab.from);
        list_steps_back(plan, &plan->fab);
    }
    plan->core.is_needed = plan->core.steps.count > 0;
    plan->fab.is_needed = plan->fab.steps.count > 0;
    plan->is_noop = !plan->core.is_needed && !plan->fab.is_needed;
    return 0;
}

int plan_locate(struct plan *plan, struct connection *connection, const struct url *url,
                const struct plan_target *wanted, struct err *err)
{
    const char *target = wanted->core;
    const char *schema;

    if (plan->arena == NULL)
        plan->arena = arena_new();
    plan->dialect = url->dialect;
    plan->goes_back = wanted->goes_back;
    if (chain_load(plan->arena, "core", &plan->core.chain, err) != 0 ||
        chain_load(plan->arena, "fab", &plan->fab.chain, err) != 0 ||
        chain_resolve(&plan->core.chain, target, &plan->core.to, err) != 0)
        return -1;
    if (plan->goes_back)
        chain_name_base(&plan->core.chain, target);
    schema = catalog_read_schema(connection, plan->arena, err);
    if (schema == NULL || locate_core(plan, connection, schema, err) != 0)
        return -1;
    plan->source_version = versions_at(plan->arena, &plan->core.chain, plan->core.from);
    plan->target_version = strchr(target, '.') != NULL
                               ? arena_strdup(plan->arena, target)
                               : version_at(&plan->core.chain, (int)plan->core.to);
    if (resolve_fab(plan, wanted->fab, err) != 0 ||
        locate_fab(plan, connection, schema, err) != 0)
        return -1;
    plan->is_partial = chain_find(&plan->core.chain, target) >= 0 &&
                       plan->core.to + 1 < plan->core.chain.revisions.count;
    /* Airflow 3 knows revisions from 2.7.0 on; an older source goes through 2.11, whose
     * revisions do more in a few places. */
    plan->is_direct = plan->core.from > (int)plan->core.chain.base->position &&
                      version_compare(plan->target_version, "3.0.0") >= 0;
    if (plan->goes_back)
        return locate_back(plan, wanted, err);
    list_steps(plan, &plan->core);
    list_steps(plan, &plan->fab);
    plan->core.is_needed = plan->core.steps.count > 0;
    /* From 3.0 on the ab_* tables belong to the provider; before, to the core chain. Like
     * Airflow, leave the provider alone on the way to a revision in the middle. */
    plan->fab.is_needed =
        !wanted->without_fab && version_compare(plan->target_version, "3.0.0") >= 0 &&
        !plan->is_partial &&
        (plan->fab.from < (int)plan->fab.to || plan->fab.is_stamped_first);
    if (plan->core.from > (int)plan->core.to) {
        (void)err_set(
            err, ERR_UNSUPPORTED,
            "the database is at %s (revision %s), which is newer than %s",
            plan->source_version,
            ((struct revision *)plan->core.chain.revisions.items[plan->core.from])->id,
            plan->target_version);
        return err_hint(err, "The way back that loses nothing is the old master "
                             "(`airshift switch rollback`) or a backup. `airshift "
                             "downgrade` undoes the revisions, and loses what only the "
                             "newer version keeps.");
    }
    plan->is_noop = !plan->core.is_needed && !plan->fab.is_needed;
    return 0;
}

/* --- simulating the chain ---------------------------------------------------------- */

static int apply_list(struct plan *plan, const struct revision *revision,
                      const struct list *statements, struct err *err)
{
    for (size_t i = 0; i < statements->count; i++) {
        if (plan->way != NULL)
            foresee_way_before(plan->way, statements->items[i]);
        if (simulation_apply(&plan->simulation, statements->items[i], NULL, err) != 0 ||
            (plan->way != NULL && foresee_way_after(plan->way, revision, err) != 0))
            return -1;
    }
    return 0;
}

static int apply_route(struct plan *plan, struct route *route, struct err *err)
{
    if (!route->is_needed)
        return 0;
    for (size_t i = 0; i < route->steps.count; i++) {
        struct revision *revision = route->steps.items[i];

        if (revision_parse(plan->arena, revision, err) != 0)
            return -1;
        if (apply_list(plan, revision, &revision->upgrade, err) != 0) {
            (void)err_wrap(err, "revision %s (%s)", revision->id, revision->version);
            return err_hint(err,
                            "The database differs from what Airflow %s leaves behind.",
                            plan->source_version);
        }
    }
    return 0;
}

static int apply_after_upgrade(struct plan *plan, struct err *err)
{
    struct list statements = {NULL, 0, 0};

    if (!plan->core.is_needed || plan->is_partial)
        return 0;
    if (revision_parse_file(plan->arena, "sql/core/after_upgrade.sql", &statements,
                            err) != 0)
        return -1;
    return apply_list(plan, NULL, &statements, err);
}

/* --- what became of each table ----------------------------------------------------- */

static bool is_identity(const struct table *target, size_t position,
                        const struct branch *branch)
{
    const struct column *column = target->columns.items[position];
    const char *qualifier;
    const char *name = ast_column_name(branch->values.items[position], &qualifier);

    return name != NULL && column->live_name != NULL && qualifier != NULL &&
           strcmp(qualifier, ROWS_SOURCE_ALIAS) == 0 &&
           strcmp(name, column->live_name) == 0;
}

/* Nothing to compute: the live column itself, or a constant that ADD COLUMN can give. */
static bool is_left_alone(const struct table *target, size_t position,
                          const struct branch *branch)
{
    const struct column *column = target->columns.items[position];

    return is_identity(target, position, branch) ||
           (column->live_name == NULL &&
            ast_is_constant(branch->values.items[position]));
}

/* CASE WHEN condition THEN value ELSE the column itself END */
static const ast_node *touch_condition(const struct table *target, size_t position,
                                       const struct branch *branch,
                                       const ast_node **value)
{
    const ast_node *node = branch->values.items[position];
    const struct column *column = target->columns.items[position];
    const PgQuery__CaseExpr *expression;
    const char *qualifier;
    const char *name;

    if (node->node_case != PG_QUERY__NODE__NODE_CASE_EXPR)
        return NULL;
    expression = node->case_expr;
    if (expression->n_args != 1 || expression->defresult == NULL ||
        expression->arg != NULL)
        return NULL;
    name = ast_column_name(expression->defresult, &qualifier);
    if (name == NULL || column->live_name == NULL ||
        strcmp(name, column->live_name) != 0)
        return NULL;
    *value = expression->args[0]->case_when->result;
    return expression->args[0]->case_when->expr;
}

enum { TOUCH_BYTES_MIN = 8 * 1024 * 1024, TOUCH_ROWS_MAX = 20000 };

/* A big table of which an UPDATE of the chain changes few rows (or none) is not written
 * again: those rows are updated in the swap. *rows is how many, at most one above the
 * limit. */
static int count_touched(struct plan *plan, struct connection *connection,
                         const struct live_table *live, const ast_node *condition,
                         long long *rows, struct err *err)
{
    const char *sql =
        arena_printf(plan->arena,
                     "SELECT count(*) FROM (SELECT 1 FROM %s AS " ROWS_SOURCE_ALIAS
                     " WHERE %s LIMIT %d) AS t",
                     ddl_name(plan->arena, live->schema, live->name),
                     ast_text(plan->arena, condition), TOUCH_ROWS_MAX + 1);
    struct sql_result *result = sql_query(connection, sql, 0, NULL, err);

    if (result == NULL)
        return -1;
    *rows = sql_integer(result, 0, 0);
    sql_result_free(result);
    return 0;
}

struct classify {
    struct plan *plan;
    struct connection *connection;
    struct table_plan *table;
    struct err *err;
};

/* Why the row program cannot be left to catalog changes; NULL when it can. */
static const char *rewrite_reason(struct classify *classify, int *status)
{
    struct plan *plan = classify->plan;
    const struct table *target = classify->table->target;
    const struct rows *rows = target->rows;
    const struct branch *branch;
    const char *reason = NULL;
    bool is_touch_only = target->live->heap_bytes >= TOUCH_BYTES_MIN &&
                         sql_can(classify->connection, SQL_CAN_ROLL_BACK_DDL);
    struct list touches = {NULL, 0, 0};

    if (rows->branches.count != 1)
        return rows->branches.count == 0 ? "all rows are deleted" : "rows are added";
    branch = rows->branches.items[0];
    if (branch->source != target->live)
        return "rows come from another table";
    if (branch->filter != NULL)
        return arena_printf(plan->arena, "rows are dropped: %s",
                            ast_text(plan->arena, branch->filter));
    for (size_t i = 0; i < target->columns.count; i++) {
        const struct column *column = target->columns.items[i];
        const ast_node *value = NULL;

        if (column->live_name != NULL && column->live_type != NULL &&
            dialect_type_change_rewrites(plan->dialect, column->live_type,
                                         column->type))
            return arena_printf(plan->arena, "column %s changes from %s to %s",
                                column->name, column->live_type, column->type);
        if (is_left_alone(target, i, branch))
            continue;
        reason = arena_printf(plan->arena, "column %s is computed", column->name);
        is_touch_only =
            is_touch_only && touch_condition(target, i, branch, &value) != NULL;
    }
    if (reason == NULL || !is_touch_only)
        return reason;
    /* Only now is it worth asking how many rows each UPDATE would change. */
    for (size_t i = 0; i < target->columns.count; i++) {
        const struct column *column = target->columns.items[i];
        const ast_node *value = NULL;
        const ast_node *condition = NULL;
        long long count = 0;

        if (is_left_alone(target, i, branch))
            continue;
        condition = touch_condition(target, i, branch, &value);
        if (count_touched(plan, classify->connection, target->live, condition, &count,
                          classify->err) != 0) {
            *status = -1;
            return NULL;
        }
        if (count > TOUCH_ROWS_MAX)
            return reason;
        if (count > 0)
            list_add(
                plan->arena, &touches,
                arena_printf(
                    plan->arena,
                    "UPDATE %s AS " ROWS_SOURCE_ALIAS " SET %s = %s WHERE %s",
                    ddl_name(plan->arena, target->live->schema, target->live->name),
                    ddl_name(plan->arena, NULL, column->live_name),
                    ast_text(plan->arena, value), ast_text(plan->arena, condition)));
    }
    for (size_t i = 0; i < touches.count; i++)
        list_add(plan->arena, &classify->table->touches, touches.items[i]);
    return NULL;
}

static int classify_tables(struct plan *plan, struct connection *connection,
                           struct err *err)
{
    for (size_t i = 0; i < plan->target->tables.count; i++) {
        struct table *target = plan->target->tables.items[i];
        struct table_plan *table = arena_zalloc(plan->arena, sizeof(*table));
        struct classify classify = {plan, connection, table, err};
        int status = 0;

        table->target = target;
        list_add(plan->arena, &plan->tables, table);
        if (target->live == NULL) {
            table->action = TABLE_CREATED;
            table->reason = "new in the target version";
            continue;
        }
        table->live = catalog_find_table(plan->live, target->live->name);
        table->reason = rewrite_reason(&classify, &status);
        if (status != 0)
            return -1;
        table->action = table->reason != NULL ? TABLE_REWRITTEN : TABLE_METADATA;
    }
    for (size_t i = 0; i < plan->live->tables.count; i++) {
        struct table *live = plan->live->tables.items[i];
        struct table_plan *table;
        bool is_found = false;

        for (size_t j = 0; j < plan->tables.count; j++)
            is_found |= ((struct table_plan *)plan->tables.items[j])->live == live;
        if (is_found)
            continue;
        table = arena_zalloc(plan->arena, sizeof(*table));
        table->action = TABLE_DROPPED;
        table->live = live;
        table->reason = "not in the target version";
        list_add(plan->arena, &plan->tables, table);
    }
    return 0;
}

struct table_plan *plan_find(const struct plan *plan, const struct table *target)
{
    for (size_t i = 0; i < plan->tables.count; i++) {
        struct table_plan *table = plan->tables.items[i];

        if (table->target == target)
            return table;
    }
    return NULL;
}

bool plan_is_built(const struct table_plan *table)
{
    return table->action == TABLE_REWRITTEN || table->action == TABLE_CREATED;
}

/* --- all together ------------------------------------------------------------------ */

void plan_add_to_digest(uint64_t *digest, const char *text)
{
    for (; text != NULL && *text != '\0'; text++)
        *digest = (*digest ^ (unsigned char)*text) * 1099511628211u; /* FNV-1a */
}

const char *plan_digest_text(const struct plan *plan, uint64_t digest)
{
    return arena_printf(plan->arena, "%016llx", (unsigned long long)digest);
}

static const char *digest_of(const struct plan *plan)
{
    uint64_t digest = PLAN_DIGEST_START;

    for (size_t i = 0; i < plan->build.count; i++) {
        plan_add_to_digest(&digest, plan->build.jobs[i].id);
        plan_add_to_digest(&digest, plan->build.jobs[i].sql);
    }
    for (size_t i = 0; i < plan->swap.count; i++)
        plan_add_to_digest(&digest, plan->swap.items[i]);
    return plan_digest_text(plan, digest);
}

int plan_check_revision(const struct plan *plan, const struct catalog *live,
                        struct err *err)
{
    if (plan->core.from >= 0 || catalog_find_table(live, "dag_run") == NULL)
        return 0;
    (void)err_set(err, ERR_STATE,
                  "there are Airflow tables, but alembic_version is missing or empty");
    return err_hint(err, "A migration was broken off, or the row was deleted. Restore "
                         "alembic_version to the revision the schema is at.");
}

const char *plan_print(struct plan *plan, const char *statement, struct err *err)
{
    const ast_node *tree;

    if (!dialect_has_own_grammar(plan->dialect))
        return statement;
    tree = ast_parse_one(plan->arena, statement, err);
    return tree != NULL ? dialect_print(plan->dialect, plan->arena, tree, err) : NULL;
}

struct row_question {
    struct plan *plan;
    struct connection *connection;
};

static int relation_has_rows(void *context, const char *relation, bool *has_rows,
                             struct err *err)
{
    const struct row_question *question = context;
    struct arena *arena = question->plan->arena;
    const char *prefix = "SELECT 1 FROM ";
    const char *query =
        plan_print(question->plan, arena_printf(arena, "%s%s", prefix, relation), err);

    if (query == NULL)
        return -1;
    return catalog_relation_has_rows(question->connection, arena,
                                     query + strlen(prefix), has_rows, err);
}

/* Where there are side tables, rows are known by their keys, else by their places. */
static int leave_out_aside(struct plan *plan, const struct plan_options *options,
                           struct err *err)
{
    const struct list *names = options->aside;

    for (size_t i = 0; names != NULL && i < names->count; i++) {
        struct table *table = catalog_find_table(plan->target, names->items[i]);

        if (table == NULL)
            return err_set(err, ERR_STATE,
                           "rows of table \"%s\" are set aside, but it is gone",
                           (const char *)names->items[i]);
        if (rows_leave_out(&plan->simulation, table,
                           options->side_schema != NULL
                               ? shadow_aside_condition(plan->arena,
                                                        options->side_schema,
                                                        SHADOW_ASIDE_PREFIX, table)
                               : plan_aside_condition(plan->arena, table),
                           err) != 0)
            return -1;
    }
    return 0;
}

/* An index that has a foreign key's name looks like one that the server made. */
static void mark_kept_indexes(struct arena *arena, const struct catalog *catalog,
                              const struct list *names)
{
    for (size_t i = 0; names != NULL && i < catalog->tables.count; i++) {
        const struct table *table = catalog->tables.items[i];

        for (size_t j = 0; j < table->indexes.count; j++) {
            struct index *index = table->indexes.items[j];
            const char *name = arena_printf(arena, "%s.%s", table->name, index->name);

            for (size_t k = 0; k < names->count; k++) {
                if (strcmp(names->items[k], name) == 0)
                    index->is_implied = false;
            }
        }
    }
}

int plan_compile(struct plan *plan, struct connection *connection,
                 const struct url *url, const struct plan_options *options,
                 struct err *err)
{
    struct row_question question = {plan, connection};

    memset(plan, 0, sizeof(*plan));
    plan->arena = arena_new();
    plan->build.arena = plan->arena;
    plan->finish.arena = plan->arena;
    if (plan_locate(plan, connection, url, &options->target, err) != 0)
        return -1;
    if (plan->is_noop)
        return 0;
    plan->live = catalog_read(connection, plan->arena, err);
    plan->target =
        plan->live != NULL ? catalog_read(connection, plan->arena, err) : NULL;
    if (plan->target == NULL)
        return -1;
    mark_kept_indexes(plan->arena, plan->live, options->kept_indexes);
    mark_kept_indexes(plan->arena, plan->target, options->kept_indexes);
    plan->is_empty_database = plan->core.from < 0;
    if (plan_check_revision(plan, plan->live, err) != 0)
        return -1;
    if (lowering_start(&plan->lowering, plan->arena, url->dialect, options->seed,
                       options->run_start,
                       options->side_schema != NULL ? options->side_schema
                                                    : PLAN_STATE_SCHEMA,
                       err) != 0 ||
        simulation_start(&plan->simulation, plan->arena, plan->target, url->dialect,
                         true, err) != 0)
        return -1;
    plan->lowering.in_session = options->sides_in_session;
    plan->simulation.lowering = &plan->lowering;
    if (leave_out_aside(plan, options, err) != 0)
        return -1;
    plan->simulation.relation_has_rows = relation_has_rows;
    plan->simulation.relation_context = &question;
    plan->simulation.is_direct = plan->is_direct;
    plan->simulation.target_version = plan->target_version;
    if (options->looks_at_way)
        plan->way = foresee_way_new(plan);
    if (apply_route(plan, &plan->core, err) != 0 ||
        apply_route(plan, &plan->fab, err) != 0 || apply_after_upgrade(plan, err) != 0)
        return -1;
    plan->simulation.relation_has_rows = NULL; /* its context ends here */
    if (classify_tables(plan, connection, err) != 0)
        return -1;
    plan_restore_user_keys(plan);
    return 0;
}

int plan_make(struct plan *plan, struct connection *connection, const struct url *url,
              const struct plan_options *options, struct err *err)
{
    if (plan_compile(plan, connection, url, options, err) != 0)
        return -1;
    if (plan->is_noop)
        return 0;
    plan_refuse_own(plan);
    if (plan_jobs(plan, options, err) != 0 || plan_swap(plan, err) != 0)
        return -1;
    plan->digest = digest_of(plan);
    return 0;
}

void plan_clear(struct plan *plan)
{
    arena_free(plan->arena);
    memset(plan, 0, sizeof(*plan));
}
