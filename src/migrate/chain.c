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
#include <string.h>

#include "base/log.h"
#include "catalog/read.h"
#include "compiler/ddl.h"
#include "migrate/chain.h"
#include "migrate/chain_internal.h"
#include "migrate/foresight.h"
#include "migrate/rights.h"

int chain_sql(struct chain_run *run, const char *sql)
{
    log_debug("chain: %s", sql);
    return sql_exec(run->connection, sql, run->err);
}

static int run_route(struct chain_run *run, struct route *route)
{
    if (!route->is_needed)
        return 0;
    if (route->is_stamped_first &&
        (route->from == (int)route->to || route->from >= 0)) {
        if (chain_sql(run, "BEGIN") != 0 ||
            chain_stamp(run, route, (size_t)route->from) != 0 ||
            chain_sql(run, "COMMIT") != 0)
            return -1;
    }
    for (size_t i = 0; i < route->steps.count; i++) {
        if (chain_run_revision(run, route, route->steps.items[i]) != 0)
            return -1;
    }
    return 0;
}

/* Airflow downgrades the FAB provider's tables before its own. */
static int run_routes(struct chain_run *run)
{
    struct route *first = run->plan.goes_back ? &run->plan.fab : &run->plan.core;
    struct route *second = run->plan.goes_back ? &run->plan.core : &run->plan.fab;

    return run_route(run, first) == 0 && run_route(run, second) == 0 ? 0 : -1;
}

static int run_after_upgrade(struct chain_run *run)
{
    struct list statements = {NULL, 0, 0};

    if ((!run->plan.core.is_needed && !run->was_begun) || run->plan.is_partial ||
        run->plan.goes_back)
        return 0;
    if (revision_parse_file(run->arena, "sql/core/after_upgrade.sql", &statements,
                            run->err) != 0 ||
        chain_sql(run, "BEGIN") != 0)
        return -1;
    for (size_t i = 0; i < statements.count; i++) {
        if (chain_run_statement(run, NULL, &statements, i) != 0)
            return -1;
    }
    return chain_sql(run, "COMMIT");
}

/* What a query over the rows can tell is said before the first change. */
static int look_ahead(struct chain_run *run)
{
    const struct plan_options way = {
        .target = run->options->target,
        .seed = run->state.seed,
        .run_start = run->state.run_start,
    };

    return run->was_begun || run->plan.goes_back
               ? 0
               : foresight_check_way(run->connection, run->options->url, &way,
                                     &run->options->fernet, run->err);
}

/* What a revision changes is known when it is its turn: all tables that are Airflow's. */
static int check_rights(struct chain_run *run, const struct catalog *catalog)
{
    struct list tables = {NULL, 0, 0};

    for (size_t i = 0; i < catalog->tables.count; i++) {
        const struct table *table = catalog->tables.items[i];

        if (plan_is_airflows(&run->plan, table->name))
            list_add(run->arena, &tables, (void *)table->name);
    }
    return rights_check(run->connection, catalog->schema, &tables, run->err);
}

static int start(struct chain_run *run)
{
    struct catalog *catalog;

    catalog = catalog_read(run->connection, run->arena, run->err);
    if (catalog == NULL || plan_check_revision(&run->plan, catalog, run->err) != 0 ||
        check_rights(run, catalog) != 0 ||
        run_state_invent(run->connection, run->arena, &run->state, run->err) != 0 ||
        look_ahead(run) != 0)
        return -1;
    if (chain_start_state(run) != 0)
        return -1;
    run->schema = catalog->schema;
    run->owner = catalog->owner;
    if (lowering_start(&run->lowering, run->arena, run->options->url->dialect,
                       run->state.seed, run->state.run_start, PLAN_STATE_SCHEMA,
                       run->err) != 0 ||
        simulation_start(&run->simulation, run->arena, catalog,
                         run->options->url->dialect, false, run->err) != 0)
        return -1;
    run->simulation.lowering = &run->lowering;
    run->simulation.is_direct = run->plan.is_direct;
    run->simulation.target_version = run->plan.target_version;
    run->simulation.has_rows = chain_has_rows;
    run->simulation.has_rows_context = run;
    return chain_sql(run, arena_printf(run->arena, "SET search_path TO %s",
                                       ddl_name(run->arena, NULL, run->schema))) == 0
               ? chain_note_user_keys(run)
               : -1;
}

int chain_run(const struct migrate_options *options, struct migrate_result *result,
              struct connection *connection, struct err *err)
{
    struct chain_run run = {0};
    int status = -1;

    if (!sql_can(connection, SQL_CAN_ROLL_BACK_DDL))
        return chain_run_journalled(options, result, connection, err);
    run.options = options;
    run.connection = connection;
    run.throttle = throttle_new(migrate_throttle(options));
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
        else if (start(&run) == 0 && run_routes(&run) == 0 &&
                 run_after_upgrade(&run) == 0 && chain_restore_user_keys(&run) == 0 &&
                 chain_sql(&run, "ANALYZE") == 0)
            status = run_state_end(connection, err);
    }
    plan_clear(&run.plan);
    throttle_free(run.throttle);
    arena_free(run.arena);
    return status;
}
