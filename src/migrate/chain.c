/* SPDX-License-Identifier: Apache-2.0
 *
 * chain.c - walks the revisions. The catalog is simulated alongside, without rows, to
 * decide conditions and to find what procedures address by meaning; every statement goes
 * to the server as the revision file has it, with types and functions lowered.
 *
 * What is done is known from alembic_version, and inside a revision with a batched backfill
 * from airshift.chain (position of the statement and block), written in the same
 * transactions.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "catalog/read.h"
#include "compiler/ddl.h"
#include "compiler/plan.h"
#include "engine/clock.h"
#include "migrate/chain.h"
#include "migrate/natives.h"
#include "migrate/run_state.h"
#include "migrate/swap.h"
#include "render.h"
#include "state/fault.h"
#include "wait.h"

enum {
    BATCH_MIN_PAGES = 2048, /* smaller tables are updated in one go */
    BATCH_FIRST_BLOCKS = 512,
};

struct chain_run {
    const struct migrate_options *options;
    struct connection *connection;
    struct arena *arena;
    struct plan plan; /* routes only */
    struct simulation simulation;
    struct lowering lowering;
    struct run_state state;
    const char *schema;
    bool was_begun;               /* an earlier run was broken off */
    const char *resumed_revision; /* NULL: none */
    size_t resumed_statement;
    long long resumed_block;
    struct err *err;
};

static int run_sql(struct chain_run *run, const char *sql)
{
    log_debug("chain: %s", sql);
    return sql_exec(run->connection, sql, run->err);
}

/* --- statements as the server takes them ------------------------------------------- */

static int lower_type(struct chain_run *run, PgQuery__TypeName *type)
{
    const char *name = ast_last_name(type->names, type->n_names);
    const char *text;
    ast_node *sample;

    if (strcmp(name, "serial") == 0)
        return 0;
    if (strcmp(name, "big_serial") == 0)
        text = "bigserial";
    else
        text = simulation_type(&run->simulation, type, run->err);
    if (text == NULL)
        return -1;
    sample = ast_parse_expression(
        run->arena, arena_printf(run->arena, "CAST(NULL AS %s)", text), run->err);
    if (sample == NULL)
        return -1;
    *type = *sample->type_cast->type_name;
    return 0;
}

struct type_walk {
    struct chain_run *run;
    int status;
};

/* libpg_query prints the name of a constraint as it is. */
static void quote_constraint(struct chain_run *run, PgQuery__Constraint *constraint)
{
    const char *name = constraint->conname;

    if (name != NULL &&
        name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0')
        constraint->conname = (char *)ddl_name(run->arena, NULL, name);
}

static bool lower_column_type(ast_node **slot, void *context)
{
    struct type_walk *walk = context;
    PgQuery__ColumnDef *column;

    if ((*slot)->node_case == PG_QUERY__NODE__NODE_CONSTRAINT)
        quote_constraint(walk->run, (*slot)->constraint);

    if (walk->status != 0 || (*slot)->node_case != PG_QUERY__NODE__NODE_COLUMN_DEF)
        return walk->status == 0;
    column = (*slot)->column_def;
    if (column->type_name != NULL)
        walk->status = lower_type(walk->run, column->type_name);
    return true;
}

/* The relation whose rows a data statement is about. */
static const char *subject(struct chain_run *run, const ast_node *tree)
{
    const PgQuery__RangeVar *relation = NULL;

    if (tree->node_case == PG_QUERY__NODE__NODE_UPDATE_STMT)
        relation = tree->update_stmt->relation;
    else if (tree->node_case == PG_QUERY__NODE__NODE_DELETE_STMT)
        relation = tree->delete_stmt->relation;
    else if (tree->node_case == PG_QUERY__NODE__NODE_ALTER_TABLE_STMT)
        relation = tree->alter_table_stmt->relation;
    if (relation != NULL && tree->node_case == PG_QUERY__NODE__NODE_UPDATE_STMT &&
        tree->update_stmt->n_from_clause > 0) {
        ast_node *select = ast_parse_one(run->arena, "SELECT 1 FROM a, b", run->err);
        const char *text;

        if (select == NULL)
            return NULL;
        select->select_stmt->from_clause[0]->range_var = (PgQuery__RangeVar *)relation;
        select->select_stmt->from_clause[1] = tree->update_stmt->from_clause[0];
        select->select_stmt->where_clause = tree->update_stmt->where_clause;
        text = ast_statement_text(run->arena, select);
        return strstr(text, "FROM ") + 5;
    }
    if (relation != NULL)
        return ddl_name(run->arena, NULL, relation->relname);
    if (tree->node_case == PG_QUERY__NODE__NODE_INSERT_STMT &&
        tree->insert_stmt->select_stmt != NULL &&
        tree->insert_stmt->select_stmt->select_stmt->n_from_clause > 0) {
        ast_node *item = tree->insert_stmt->select_stmt->select_stmt->from_clause[0];
        ast_node *select = ast_parse_one(run->arena, "SELECT 1 FROM a", run->err);

        if (select == NULL)
            return NULL;
        while (item->node_case == PG_QUERY__NODE__NODE_JOIN_EXPR)
            item = item->join_expr->larg;
        select->select_stmt->from_clause[0] = item;
        return strstr(ast_statement_text(run->arena, select), "FROM ") + 5;
    }
    return NULL;
}

static ast_node *lowered(struct chain_run *run, const struct statement *statement)
{
    ast_node *copy = ast_clone(run->arena, statement->tree);
    struct type_walk walk = {run, 0};

    ast_walk(&copy, lower_column_type, &walk);
    if (walk.status != 0 ||
        lower(&run->lowering, &copy, subject(run, statement->tree), run->err) != 0)
        return NULL;
    return copy;
}

/* --- procedures -------------------------------------------------------------------- */

static bool is_among(const struct list *list, const void *item)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i] == item)
            return true;
    }
    return false;
}

static struct list copy_list(struct arena *arena, const struct list *list)
{
    struct list copy = {NULL, 0, 0};

    for (size_t i = 0; i < list->count; i++)
        list_add(arena, &copy, list->items[i]);
    return copy;
}

/* A procedure drops what the simulation drops from the table it names. */
static int run_procedure(struct chain_run *run, const struct statement *statement)
{
    const PgQuery__FuncCall *call = statement->tree->call_stmt->funccall;
    const char *procedure = ast_last_name(call->funcname, call->n_funcname);
    struct table *table =
        catalog_find_table(run->simulation.catalog, ast_string_value(call->args[0]));
    struct list constraints;
    struct list indexes;

    if (strcmp(procedure, "sync_sequence") == 0) {
        const char *column = ast_string_value(call->args[1]);

        return run_sql(
            run,
            arena_printf(run->arena,
                         "SELECT setval(pg_get_serial_sequence('%s', '%s'), "
                         "coalesce((SELECT max(%s) FROM %s), 1), true)",
                         table != NULL ? table->name : "", column,
                         ddl_name(run->arena, NULL, column),
                         ddl_name(run->arena, NULL, table != NULL ? table->name : "")));
    }
    if (table == NULL)
        return simulation_apply(&run->simulation, statement, NULL, run->err);
    constraints = copy_list(run->arena, &table->constraints);
    indexes = copy_list(run->arena, &table->indexes);
    if (simulation_apply(&run->simulation, statement, NULL, run->err) != 0)
        return -1;
    for (size_t i = 0; i < constraints.count; i++) {
        const struct constraint *constraint = constraints.items[i];

        if (!is_among(&table->constraints, constraint) &&
            run_sql(run,
                    arena_printf(run->arena,
                                 "ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s CASCADE",
                                 ddl_name(run->arena, NULL, table->name),
                                 ddl_name(run->arena, NULL, constraint->name))) != 0)
            return -1;
    }
    for (size_t i = 0; i < indexes.count; i++) {
        const struct index *index = indexes.items[i];

        if (!is_among(&table->indexes, index) &&
            run_sql(run, arena_printf(run->arena, "DROP INDEX %s",
                                      ddl_name(run->arena, NULL, index->name))) != 0)
            return -1;
    }
    return 0;
}

/* --- batched backfills ------------------------------------------------------------- */

static long long pages_of(struct chain_run *run, const char *table)
{
    struct sql_result *result = sql_query(
        run->connection,
        arena_printf(
            run->arena,
            "SELECT pg_relation_size('%s') / current_setting('block_size')::int",
            ddl_name(run->arena, NULL, table)),
        0, NULL, run->err);
    long long pages = -1;

    if (result != NULL)
        pages = sql_integer(result, 0, 0);
    sql_result_free(result);
    return pages;
}

static int remember(struct chain_run *run, const struct revision *revision,
                    size_t statement, long long block)
{
    return run_sql(
        run, arena_printf(run->arena,
                          "DELETE FROM airshift.chain; INSERT INTO airshift.chain "
                          "VALUES ('%s', %zu, %lld)",
                          revision->id, statement, block));
}

static int throttle(struct chain_run *run)
{
    struct deadline deadline = deadline_in(run->options->lock_wait_seconds + 3600);
    double lag = 0;

    if (run->options->is_detached)
        return 0;
    for (;;) {
        if (sql_get_replica_lag(run->connection, &lag, run->err) != 0)
            return -1;
        if (lag <= 30)
            return 0;
        if (wait_turn(&deadline, 500, "the replicas to catch up", run->err) != 0)
            return -1;
    }
}

/* ast_build() fills $1 to $3; what it leaves are the statement's own parameters. */
static bool renumber_parameter(ast_node **slot, void *context)
{
    (void)context;
    if ((*slot)->node_case == PG_QUERY__NODE__NODE_PARAM_REF)
        (*slot)->param_ref->number -= 3;
    return true;
}

static ast_node *in_range(struct chain_run *run, const ast_node *tree)
{
    ast_node *copy = ast_clone(run->arena, tree);
    PgQuery__UpdateStmt *update = copy->update_stmt;
    const char *alias = update->relation->alias != NULL
                            ? update->relation->alias->aliasname
                            : update->relation->relname;
    ast_node *range = ast_build(run->arena, "$1 >= $4::tid AND $1 < $5::tid", 1,
                                ast_column(run->arena, alias, "ctid"));

    ast_walk(&range, renumber_parameter, NULL);

    update->where_clause = update->where_clause == NULL
                               ? range
                               : ast_and(run->arena, range, update->where_clause);
    return copy;
}

/* The revision so far has been committed; each range is its own transaction. */
static int run_batches(struct chain_run *run, const struct revision *revision,
                       size_t position, const ast_node *tree, long long pages,
                       long long block)
{
    const char *table = tree->update_stmt->relation->relname;
    const char *sql = ast_statement_text(run->arena, in_range(run, tree));
    long long blocks = BATCH_FIRST_BLOCKS;
    double started = clock_now();
    double told = started;

    while (block < pages) {
        long long end = block + blocks;
        char low[32];
        char high[32];
        const char *parameters[2] = {low, high};
        double before = clock_now();
        struct sql_result *result;
        double seconds;

        if (end >= pages)
            end = pages;
        (void)snprintf(low, sizeof(low), "(%lld,0)", block);
        (void)snprintf(high, sizeof(high), "(%lld,0)",
                       end >= pages ? 4294967295LL : end);
        if (throttle(run) != 0 || run_sql(run, "BEGIN") != 0)
            return -1;
        result = sql_query(run->connection, sql, 2, parameters, run->err);
        if (result == NULL)
            return -1;
        sql_result_free(result);
        if (remember(run, revision, position, end) != 0 || run_sql(run, "COMMIT") != 0)
            return -1;
        seconds = clock_now() - before;
        block = end;
        if (seconds < 0.25 && blocks < 65536)
            blocks *= 2;
        else if (seconds > 1 && blocks > 32)
            blocks /= 2;
        if (clock_now() - told > 5) {
            told = clock_now();
            log_info("%s: %s, %lld of %lld blocks, about %.0f s left", revision->id,
                     table, block, pages,
                     (told - started) / (double)block * (double)(pages - block));
        }
    }
    return 0;
}

/* --- one revision ------------------------------------------------------------------ */

static bool has_rows(void *context, const char *relation_and_condition)
{
    struct chain_run *run = context;
    bool is_found;

    (void)catalog_relation_has_rows(run->connection, run->arena, relation_and_condition,
                                    &is_found, run->err);
    return is_found;
}

static int run_statement(struct chain_run *run, const struct revision *revision,
                         const struct list *statements, size_t position)
{
    const struct statement *statement = statements->items[position];
    ast_node *tree;
    long long pages = 0;
    long long block = 0;

    if (!simulation_holds(&run->simulation, statement))
        return 0;
    if (statement->tree->node_case == PG_QUERY__NODE__NODE_CALL_STMT)
        return run_procedure(run, statement);
    tree = lowered(run, statement);
    if (tree == NULL)
        return -1;
    if (natives_run_now(&run->lowering, run->connection, &run->options->fernet,
                        run->err) != 0)
        return -1;
    if (statement->is_batch && revision != NULL &&
        tree->node_case == PG_QUERY__NODE__NODE_UPDATE_STMT) {
        pages = pages_of(run, tree->update_stmt->relation->relname);
        if (pages < 0)
            return -1;
    }
    if (pages >= BATCH_MIN_PAGES) {
        if (run->resumed_revision != NULL && run->resumed_statement == position)
            block = run->resumed_block;
        if (remember(run, revision, position, block) != 0 ||
            run_sql(run, "COMMIT") != 0 ||
            run_batches(run, revision, position, tree, pages, block) != 0 ||
            run_sql(run, "BEGIN") != 0)
            return -1;
    } else if (run_sql(run, ast_statement_text(run->arena, tree)) != 0) {
        return -1;
    }
    if (statement->only_nonempty) {
        const char *table =
            ddl_name(run->arena, NULL, tree->create_table_as_stmt->into->rel->relname);

        if (!has_rows(run, table))
            return run_sql(run, arena_printf(run->arena, "DROP TABLE %s", table));
    }
    return simulation_apply(&run->simulation, statement, NULL, run->err);
}

static int stamp(struct chain_run *run, const struct route *route, size_t position)
{
    const char *table = ddl_name(run->arena, NULL, route->chain.version_table);

    return run_sql(
        run, arena_printf(run->arena,
                          "CREATE TABLE IF NOT EXISTS %s (version_num character "
                          "varying(32) NOT NULL, CONSTRAINT %s_pkc PRIMARY KEY "
                          "(version_num)); DELETE FROM %s; %s; "
                          "DELETE FROM airshift.chain; "
                          "UPDATE airshift.chain_way SET has_moved = true",
                          table, route->chain.version_table, table,
                          chain_stamp_sql(run->arena, &route->chain, position, table)));
}

static void name_lock_holders(struct chain_run *run)
{
    struct strbuf holders = STRBUF_INIT;

    if (strcmp(run->err->sqlstate, "55P03") != 0)
        return;
    swap_add_lock_holders(run->connection, true, &holders);
    (void)err_set(run->err, ERR_LOCK, "no lock%s", strbuf_text(&holders));
    strbuf_clear(&holders);
    (void)err_hint(run->err,
                   "End the sessions that use Airflow's tables, or give a longer "
                   "--lock-wait. The same command goes on from here.");
}

static int run_revision(struct chain_run *run, const struct route *route,
                        struct revision *revision)
{
    struct err ignored;
    size_t first = 0;

    if (revision_parse(run->arena, revision, run->err) != 0)
        return -1;
    if (run->resumed_revision != NULL) {
        if (strcmp(run->resumed_revision, revision->id) != 0)
            return err_set(
                run->err, ERR_STATE,
                "airshift.chain is in the middle of revision %s, but the database "
                "is before %s",
                run->resumed_revision, revision->id);
        first = run->resumed_statement;
    }
    log_info("revision %s (%s): %s", revision->id, revision->version,
             revision->title != NULL ? revision->title : "");
    fault_point(revision->id, "before");
    if (run_sql(run, "BEGIN; SET LOCAL client_min_messages = warning") != 0)
        return -1;
    for (size_t i = first; i < revision->upgrade.count; i++) {
        if (run_statement(run, revision, &revision->upgrade, i) != 0) {
            (void)sql_exec(run->connection, "ROLLBACK", &ignored);
            name_lock_holders(run);
            return err_wrap(run->err, "revision %s", revision->id);
        }
    }
    if (stamp(run, route, revision->position) != 0 || run_sql(run, "COMMIT") != 0) {
        (void)sql_exec(run->connection, "ROLLBACK", &ignored);
        return -1;
    }
    run->resumed_revision = NULL;
    fault_point(revision->id, "after");
    return 0;
}

static int run_route(struct chain_run *run, struct route *route)
{
    if (!route->is_needed)
        return 0;
    if (route->is_stamped_first &&
        (route->from == (int)route->to || route->from >= 0)) {
        if (run_sql(run, "BEGIN") != 0 || stamp(run, route, (size_t)route->from) != 0 ||
            run_sql(run, "COMMIT") != 0)
            return -1;
    }
    for (size_t i = 0; i < route->steps.count; i++) {
        if (run_revision(run, route, route->steps.items[i]) != 0)
            return -1;
    }
    return 0;
}

static int run_after_upgrade(struct chain_run *run)
{
    struct list statements = {NULL, 0, 0};

    if ((!run->plan.core.is_needed && !run->was_begun) || run->plan.is_partial)
        return 0;
    if (revision_parse_file(run->arena, "sql/core/after_upgrade.sql", &statements,
                            run->err) != 0 ||
        run_sql(run, "BEGIN") != 0)
        return -1;
    for (size_t i = 0; i < statements.count; i++) {
        if (run_statement(run, NULL, &statements, i) != 0)
            return -1;
    }
    return run_sql(run, "COMMIT");
}

/* --- the whole --------------------------------------------------------------------- */

static const char *const prepare_sql =
    "CREATE SCHEMA IF NOT EXISTS airshift; CREATE TABLE IF NOT EXISTS airshift.chain "
    "(revision text NOT NULL, statement int NOT NULL, block bigint NOT NULL); "
    "CREATE TABLE IF NOT EXISTS airshift.chain_way (is_direct boolean NOT NULL, "
    "has_moved boolean NOT NULL DEFAULT false)";

/* Foreign keys are noted before the first revision: some of the user's own fall with a key
 * of Airflow's, which the real Airflow leaves at that. */
static const char *const note_keys_sql =
    "CREATE TABLE IF NOT EXISTS airshift.foreign_key AS SELECT conrelid::bigint AS "
    "relation, "
    "relname::text AS name, conname::text AS conname, pg_get_constraintdef(o.oid) AS "
    "definition "
    "FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid WHERE contype = 'f' "
    "AND "
    "connamespace = current_schema()::regnamespace";

static int restore_user_keys(struct chain_run *run)
{
    struct sql_result *result =
        sql_query(run->connection,
                  "SELECT name, format('ALTER TABLE %s ADD CONSTRAINT %I %s', "
                  "relation::oid::regclass, "
                  "conname, definition), conname FROM airshift.foreign_key f WHERE "
                  "EXISTS (SELECT 1 FROM "
                  "pg_class c WHERE c.oid = f.relation) AND NOT EXISTS (SELECT 1 FROM "
                  "pg_constraint o "
                  "WHERE o.conrelid = f.relation AND o.conname = f.conname)",
                  0, NULL, run->err);
    int status = 0;

    if (result == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(result) && status == 0; i++) {
        if (plan_is_airflows(&run->plan, sql_text(result, i, 0)))
            continue;
        log_info("making foreign key %s of %s again", sql_text(result, i, 2),
                 sql_text(result, i, 0));
        status = run_sql(run, sql_text(result, i, 1));
    }
    sql_result_free(result);
    return status;
}

/* Which of Airflow's two ways a run takes depends on where it began, not on where it was
 * broken off. */
static int settle_way(struct chain_run *run)
{
    struct sql_result *result;

    if (run_sql(run, arena_printf(
                         run->arena,
                         "INSERT INTO airshift.chain_way SELECT %s WHERE NOT EXISTS "
                         "(SELECT 1 FROM airshift.chain_way)",
                         run->plan.is_direct ? "true" : "false")) != 0)
        return -1;
    result = sql_query(run->connection, "SELECT is_direct FROM airshift.chain_way", 0,
                       NULL, run->err);
    if (result == NULL)
        return -1;
    run->plan.is_direct = sql_text(result, 0, 0)[0] == 't';
    sql_result_free(result);
    return 0;
}

static int read_position(struct chain_run *run)
{
    struct sql_result *result = sql_query(
        run->connection, "SELECT revision, statement, block FROM airshift.chain", 0,
        NULL, run->err);

    if (result == NULL)
        return -1;
    if (sql_row_count(result) == 1) {
        run->resumed_revision = arena_strdup(run->arena, sql_text(result, 0, 0));
        run->resumed_statement = (size_t)sql_integer(result, 0, 1);
        run->resumed_block = sql_integer(result, 0, 2);
        log_info("going on in the middle of revision %s", run->resumed_revision);
    }
    sql_result_free(result);
    return 0;
}

/* A run that failed in its first revision has changed nothing: any executor may begin. */
int chain_is_begun(struct connection *connection, bool *is_begun, struct err *err)
{
    struct sql_result *result =
        sql_query(connection, "SELECT to_regclass('airshift.chain_way') IS NOT NULL", 0,
                  NULL, err);

    if (result == NULL)
        return -1;
    *is_begun = sql_text(result, 0, 0)[0] == 't';
    sql_result_free(result);
    if (!*is_begun)
        return 0;
    result = sql_query(
        connection, "SELECT EXISTS (SELECT 1 FROM airshift.chain_way WHERE has_moved)",
        0, NULL, err);
    if (result == NULL)
        return -1;
    *is_begun = sql_text(result, 0, 0)[0] == 't';
    sql_result_free(result);
    return 0;
}

int chain_is_unfinished(struct connection *connection, struct err *err)
{
    struct sql_result *result = sql_query(
        connection, "SELECT to_regclass('airshift.chain') IS NOT NULL", 0, NULL, err);
    bool is_there;

    if (result == NULL)
        return -1;
    is_there = sql_text(result, 0, 0)[0] == 't';
    sql_result_free(result);
    if (!is_there)
        return 0;
    result = sql_query(connection, "SELECT revision FROM airshift.chain", 0, NULL, err);
    if (result == NULL)
        return -1;
    if (sql_row_count(result) == 0) {
        sql_result_free(result);
        return 0;
    }
    (void)err_set(
        err, ERR_STATE,
        "a run with --executor chain was broken off in the middle of revision %s",
        sql_text(result, 0, 0));
    sql_result_free(result);
    return err_hint(err, "Finish it with --executor chain.");
}

static int start(struct chain_run *run)
{
    struct catalog *catalog;

    catalog = catalog_read(run->connection, run->arena, run->err);
    if (catalog == NULL || plan_check_revision(&run->plan, catalog, run->err) != 0 ||
        run_state_invent(run->connection, run->arena, &run->state, run->err) != 0)
        return -1;
    if (run_sql(run, prepare_sql) != 0) {
        run_state_explain(run->err);
        return -1;
    }
    if (settle_way(run) != 0 || read_position(run) != 0)
        return -1;
    run->schema = catalog->schema;
    if (lowering_start(&run->lowering, run->arena, run->options->url->dialect,
                       run->state.seed, run->state.run_start, PLAN_STATE_SCHEMA,
                       run->err) != 0 ||
        simulation_start(&run->simulation, run->arena, catalog,
                         run->options->url->dialect, false, run->err) != 0)
        return -1;
    run->simulation.lowering = &run->lowering;
    run->simulation.is_direct = run->plan.is_direct;
    run->simulation.target_version = run->plan.target_version;
    run->simulation.has_rows = has_rows;
    run->simulation.has_rows_context = run;
    return run_sql(run, arena_printf(run->arena, "SET search_path TO %s; %s",
                                     ddl_name(run->arena, NULL, run->schema),
                                     note_keys_sql));
}

int chain_run(const struct migrate_options *options, struct migrate_result *result,
              struct connection *connection, struct err *err)
{
    struct chain_run run = {0};
    int status = -1;

    run.options = options;
    run.connection = connection;
    run.arena = arena_new();
    run.err = err;
    if (plan_locate(&run.plan, connection, options->url, &options->target, err) == 0 &&
        chain_is_begun(connection, &run.was_begun, err) == 0) {
        (void)snprintf(result->from, sizeof(result->from), "%s",
                       run.plan.source_version);
        (void)snprintf(result->to, sizeof(result->to), "%s", run.plan.target_version);
        result->was_current = run.plan.is_noop && !run.was_begun;
        if (result->was_current)
            status = 0;
        else if (start(&run) == 0 && run_route(&run, &run.plan.core) == 0 &&
                 run_route(&run, &run.plan.fab) == 0 && run_after_upgrade(&run) == 0 &&
                 restore_user_keys(&run) == 0 && run_sql(&run, "ANALYZE") == 0)
            status = run_state_end(connection, err);
    }
    plan_clear(&run.plan);
    arena_free(run.arena);
    return status;
}
