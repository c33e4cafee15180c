/* SPDX-License-Identifier: Apache-2.0
 *
 * chain_journal.c - the chain executor on a server whose DDL cannot be rolled back. Airflow
 * leaves a database there half-way when it fails; here it is known at every moment which
 * statement is done, and the next run goes on with the one after it.
 *
 * A statement about rows is one transaction with its entry in the journal. Of one about the
 * catalog, all SQL is noted before the first part of it is sent. A part is atomic by itself,
 * so after a crash only the one that was under way is in doubt: it is sent again, and where
 * the server answers that things are so already, it was done.
 *
 * Before anything is changed, the whole way is rendered once: what cannot be done is said
 * then.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "catalog/read.h"
#include "catalog/server_sql.h"
#include "compiler/ddl.h"
#include "compiler/lower_statement.h"
#include "compiler/render_statement.h"
#include "engine/clock.h"
#include "engine/progress.h"
#include "migrate/chain.h"
#include "migrate/archive_table.h"
#include "migrate/chain_internal.h"
#include "migrate/natives.h"
#include "migrate/repeat.h"
#include "migrate/foresight.h"
#include "migrate/ready.h"
#include "migrate/rights.h"
#include "render.h"
#include "state/fault.h"

/* --- the journal ------------------------------------------------------------------- */

static const char *number(struct chain_run *run, size_t value)
{
    return arena_printf(run->arena, "%zu", value);
}

/* NULL for the revision: between two. */
static int note_place(struct chain_run *run, const char *revision, size_t statement,
                      size_t part)
{
    const char *values[3] = {revision, number(run, statement), number(run, part)};

    return server_change(run->connection, "chain_at", 3, values, run->err);
}

static int begin(struct chain_run *run)
{
    struct strbuf sql = STRBUF_INIT;
    int status;

    sql_add_begin(run->connection, &sql, run->options->lock_wait_seconds);
    status = chain_sql(run, strbuf_text(&sql));
    strbuf_clear(&sql);
    return status;
}

/* --- one statement ----------------------------------------------------------------- */

static bool is_about_rows(const struct statement *statement)
{
    return statement->tree->node_case == PG_QUERY__NODE__NODE_INSERT_STMT ||
           statement->tree->node_case == PG_QUERY__NODE__NODE_UPDATE_STMT ||
           statement->tree->node_case == PG_QUERY__NODE__NODE_DELETE_STMT;
}

static int run_row_parts(struct chain_run *run, const struct list *parts,
                         const char *revision, size_t position)
{
    if (begin(run) != 0)
        return -1;
    for (size_t i = 0; i < parts->count; i++) {
        if (chain_sql(run, parts->items[i]) != 0)
            return -1;
    }
    fault_point("chain-rows", "commit");
    return note_place(run, revision, position + 1, 0) != 0 ? -1
                                                           : chain_sql(run, "COMMIT");
}

static int note_parts(struct chain_run *run, const struct list *parts,
                      const char *revision, size_t position)
{
    if (begin(run) != 0 ||
        server_exec(run->connection, "chain_parts_forget", run->err) != 0)
        return -1;
    for (size_t i = 0; i < parts->count; i++) {
        const char *values[2] = {number(run, i), parts->items[i]};

        if (server_change(run->connection, "chain_part_add", 2, values, run->err) != 0)
            return -1;
    }
    return note_place(run, revision, position, 0) != 0 ? -1 : chain_sql(run, "COMMIT");
}

static int run_catalog_parts(struct chain_run *run, const struct list *parts,
                             size_t first, bool is_first_in_doubt, const char *revision,
                             size_t position)
{
    for (size_t i = first; i < parts->count; i++) {
        fault_point("chain-part", "before");
        if (chain_sql(run, parts->items[i]) != 0) {
            if (i > first || !is_first_in_doubt || !repeat_was_done(run->err))
                return -1;
            log_info("was done already: %.120s", (const char *)parts->items[i]);
            err_clear(run->err);
        }
        fault_point(i == first && is_first_in_doubt ? "chain-doubt" : "chain-part",
                    "after");
        if (note_place(run, revision, position, i + 1) != 0)
            return -1;
    }
    return begin(run) != 0 ||
                   server_exec(run->connection, "chain_parts_forget", run->err) != 0 ||
                   note_place(run, revision, position + 1, 0) != 0 ||
                   chain_sql(run, "COMMIT") != 0
               ? -1
               : 0;
}

/* Whether `@nonempty` lets the table be made. The rows it asks for are those it would get.
 */
static int is_wanted(struct chain_run *run, const struct statement *statement,
                     bool *is_wanted)
{
    ast_node *tree;
    const char *query;

    *is_wanted = true;
    if (!statement->only_nonempty || !simulation_holds(&run->simulation, statement))
        return 0;
    tree = lower_statement(&run->simulation, &run->lowering, statement, run->err);
    if (tree == NULL)
        return -1;
    query = dialect_print(run->simulation.dialect, run->arena,
                          tree->create_table_as_stmt->query, run->err);
    return query == NULL
               ? -1
               : catalog_relation_has_rows(run->connection, run->arena,
                                           arena_printf(run->arena, "(%s) AS q", query),
                                           is_wanted, run->err);
}

/* Before the statement changes what they are computed from. Rows whose value becomes NULL
 * because it cannot be converted are kept whole. */
static int run_natives(struct chain_run *run)
{
    struct list *natives = &run->lowering.natives;

    if (natives_fill_now(&run->lowering, run->connection, &run->options->fernet,
                         run->err) != 0)
        return -1;
    for (size_t i = 0; i < natives->count; i++) {
        const struct native_use *use = natives->items[i];

        if (archive_table_keep_nulls(run->connection, run->arena,
                                     run->simulation.dialect, run->state.seed, use,
                                     arena_printf(run->arena, "%s AS r", use->relation),
                                     "r", run->err) < 0)
            return -1;
    }
    natives->count = 0;
    return 0;
}

static int render(struct chain_run *run, const struct statement *statement,
                  struct list *parts)
{
    return render_statement(&run->simulation, &run->lowering, statement, parts,
                            run->err);
}

static int run_statement(struct chain_run *run, const struct statement *statement,
                         const char *revision, size_t position)
{
    struct list parts = {NULL, 0, 0};
    bool wanted;

    if (is_wanted(run, statement, &wanted) != 0)
        return -1;
    if (!wanted)
        return 0;
    if (render(run, statement, &parts) != 0)
        return -1;
    if (run_natives(run) != 0)
        return -1;
    if (parts.count == 0)
        return 0;
    if (is_about_rows(statement))
        return run_row_parts(run, &parts, revision, position);
    return note_parts(run, &parts, revision, position) != 0
               ? -1
               : run_catalog_parts(run, &parts, 0, false, revision, position);
}

/* --- revisions --------------------------------------------------------------------- */

/* Undoes what of a transaction is there; the error is the statement's. */
static int fail(struct chain_run *run, const char *what)
{
    struct err ignored;

    (void)sql_exec(run->connection, "ROLLBACK", &ignored);
    (void)err_wrap(run->err, "%s", what);
    if (run->err->hint[0] == '\0')
        (void)err_hint(run->err, "What is done is noted: the same command goes on from "
                                 "here.");
    return -1;
}

static int stamp(struct chain_run *run, const struct route *route, size_t position)
{
    const char *table = dialect_quote_name(run->simulation.dialect, run->arena,
                                           route->chain.version_table);

    if (chain_sql(run, arena_printf(run->arena,
                                    "CREATE TABLE IF NOT EXISTS %s (version_num "
                                    "VARCHAR(32) NOT NULL PRIMARY KEY)",
                                    table)) != 0 ||
        begin(run) != 0 ||
        chain_sql(run, arena_printf(run->arena, "DELETE FROM %s", table)) != 0 ||
        chain_sql(run, chain_stamp_sql(run->arena, &route->chain, position, table)) !=
            0)
        return -1;
    fault_point("chain-stamp", "commit");
    return note_place(run, NULL, 0, 0) != 0 ? -1 : chain_sql(run, "COMMIT");
}

static int run_list(struct chain_run *run, const char *revision,
                    const struct list *statements, size_t first)
{
    for (size_t i = first; i < statements->count; i++) {
        if (throttle_wait(run->throttle, run->connection, run->err) != 0 ||
            run_statement(run, statements->items[i], revision, i) != 0)
            return fail(run, arena_printf(run->arena, "revision %s", revision));
    }
    return 0;
}

static const struct list *statements_of(const struct route *route,
                                        const struct revision *revision)
{
    return route->goes_back ? &revision->downgrade : &revision->upgrade;
}

static int run_revision(struct chain_run *run, const struct route *route,
                        struct revision *revision)
{
    struct progress_item step = {.table = revision->id,
                                 .phase = "revision",
                                 .rows = -1,
                                 .started = clock_now(),
                                 .is_finished = true};
    size_t first = 0;

    if (revision_parse(run->arena, revision, run->err) != 0)
        return -1;
    if (run->resumed_revision != NULL) {
        if (strcmp(run->resumed_revision, revision->id) != 0)
            return err_set(
                run->err, ERR_STATE,
                "airshift_chain is in the middle of revision %s, but the next "
                "one is %s",
                run->resumed_revision, revision->id);
        first = run->resumed_statement;
        run->resumed_revision = NULL;
    }
    log_info("%s %s (%s): %s", route->goes_back ? "undoing" : "revision", revision->id,
             revision->version, revision->title != NULL ? revision->title : "");
    fault_point(revision->id, "before");
    if (run_list(run, revision->id, statements_of(route, revision), first) != 0)
        return -1;
    if (route->goes_back)
        revision->is_applied = false; /* what is left is marked, one by one */
    if (stamp(run, route, route->goes_back ? 0 : revision->position) != 0)
        return fail(run, arena_printf(run->arena, "revision %s", revision->id));
    step.ended = clock_now();
    progress_tell(&step);
    fault_point(revision->id, "after");
    return 0;
}

static int run_route(struct chain_run *run, const struct route *route)
{
    if (!route->is_needed)
        return 0;
    if (route->is_stamped_first && route->from >= 0 &&
        stamp(run, route, (size_t)route->from) != 0)
        return -1;
    for (size_t i = 0; i < route->steps.count; i++) {
        if (run_revision(run, route, route->steps.items[i]) != 0)
            return -1;
    }
    return 0;
}

/* What Airflow does besides its revisions. It is not noted as a revision: its statements may
 * be repeated. */
static int read_after_upgrade(struct chain_run *run, struct list *statements)
{
    if (run->plan.is_partial || run->plan.goes_back ||
        (!run->plan.core.is_needed && !run->was_begun))
        return 0;
    return revision_parse_file(run->arena, "sql/core/after_upgrade.sql", statements,
                               run->err);
}

/* --- the whole way ----------------------------------------------------------------- */

static int start_simulation(struct chain_run *run)
{
    struct catalog *catalog = catalog_read(run->connection, run->arena, run->err);

    if (catalog == NULL || plan_check_revision(&run->plan, catalog, run->err) != 0)
        return -1;
    run->schema = catalog->schema;
    if (lowering_start(&run->lowering, run->arena, run->options->url->dialect,
                       run->state.seed, run->state.run_start, run->schema,
                       run->err) != 0 ||
        simulation_start(&run->simulation, run->arena, catalog,
                         run->options->url->dialect, false, run->err) != 0)
        return -1;
    run->simulation.lowering = &run->lowering;
    run->simulation.is_direct = run->plan.is_direct;
    run->simulation.target_version = run->plan.target_version;
    run->simulation.has_rows = chain_has_rows;
    run->simulation.has_rows_context = run;
    return 0;
}

static int try_list(struct chain_run *run, struct ready *ready, const char *revision,
                    const struct list *statements, size_t first)
{
    for (size_t i = first; i < statements->count; i++) {
        struct list parts = {NULL, 0, 0};

        int status = render(run, statements->items[i], &parts);

        run->lowering.natives.count = 0;
        if (status != 0) {
            (void)err_wrap(run->err, "revision %s", revision);
            return err_hint(run->err, "Nothing was changed. Choose a target before it "
                                      "(--to).");
        }
        for (size_t j = 0; j < parts.count; j++)
            ready_look_at_sql(ready, parts.items[j]);
    }
    ready_look_at_keys(ready, run->simulation.catalog, revision);
    return 0;
}

/* Airflow downgrades the FAB provider's tables before its own. */
static void order_routes(struct chain_run *run, const struct route **routes)
{
    routes[0] = run->plan.goes_back ? &run->plan.fab : &run->plan.core;
    routes[1] = run->plan.goes_back ? &run->plan.core : &run->plan.fab;
}

/* Renders everything and runs nothing. */
static int try_all(struct chain_run *run, struct ready *ready)
{
    struct list after = {NULL, 0, 0};
    const struct route *routes[2];

    order_routes(run, routes);
    for (size_t r = 0; r < 2; r++) {
        for (size_t i = 0; routes[r]->is_needed && i < routes[r]->steps.count; i++) {
            struct revision *revision = routes[r]->steps.items[i];
            bool is_resumed = run->resumed_revision != NULL &&
                              strcmp(run->resumed_revision, revision->id) == 0;

            if (revision_parse(run->arena, revision, run->err) != 0 ||
                try_list(run, ready, revision->id, statements_of(routes[r], revision),
                         is_resumed ? run->resumed_statement : 0) != 0)
                return -1;
        }
    }
    return read_after_upgrade(run, &after) != 0
               ? -1
               : try_list(run, ready, "after the last one", &after, 0);
}

static bool is_airflows(void *context, const char *table)
{
    const struct chain_run *run = context;

    return plan_is_airflows(&run->plan, table);
}

/* What the rows tell is said beside what is known already to stand in the way. */
static int look_ahead(struct chain_run *run, const struct plan_options *way, int status)
{
    struct err known = *run->err;

    if (run->was_begun || run->plan.goes_back ||
        (status != 0 && known.category != ERR_DATA))
        return status;
    if (foresight_check_way(run->connection, run->options->url, way,
                            &run->options->fernet, run->err) == 0) {
        if (status != 0)
            *run->err = known;
        return status;
    }
    if (status != 0)
        log_error("%s. %s", known.text, known.hint);
    return -1;
}

/* Nothing can be taken back here, so all that can be known of a failure is asked for now. */
static int make_sure(struct chain_run *run)
{
    const struct list none = {NULL, 0, 0};
    const struct route *core = &run->plan.core;
    const struct plan_options way = {
        .target = run->options->target,
        .seed = run->state.seed,
        .run_start = run->state.run_start,
    };
    struct ready ready;

    if (rights_check(run->connection, run->schema, &none, run->err) != 0 ||
        ready_begin(&ready, run->connection, run->arena, run->schema, run->err) != 0 ||
        try_all(run, &ready) != 0 ||
        ready_look_at_rows(&ready, run->schema, core->is_needed ? &core->steps : &none,
                           is_airflows, run, run->err) != 0)
        return -1;
    return look_ahead(run, &way, ready_end(&ready, !run->was_begun, run->err));
}

/* The statement that the run was in the middle of is finished with the SQL that it had. */
static int finish_statement(struct chain_run *run, size_t part)
{
    struct sql_result *result =
        server_query(run->connection, "chain_parts", 0, NULL, run->err);
    struct list parts = {NULL, 0, 0};

    if (result == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(result); i++)
        list_add(run->arena, &parts, arena_strdup(run->arena, sql_text(result, i, 0)));
    sql_result_free(result);
    if (parts.count == 0)
        return 0;
    if (run_catalog_parts(run, &parts, part, true, run->resumed_revision,
                          run->resumed_statement) != 0)
        return fail(run,
                    arena_printf(run->arena, "revision %s", run->resumed_revision));
    run->resumed_statement++;
    return 0;
}

/* In the middle of a revision there is one way only. */
static int refuse_turn(struct chain_run *run)
{
    bool goes_back = run->options->target.goes_back;

    (void)err_set(run->err, ERR_STATE, "%s was broken off in the middle of revision %s",
                  goes_back ? "a migration" : "`airshift downgrade`",
                  run->resumed_revision);
    return err_hint(run->err, "Finish it with the same command.");
}

/* Which of Airflow's two ways a run takes depends on where it began. */
static int resume(struct chain_run *run, bool *is_direct, bool *turns_round)
{
    struct sql_result *result =
        server_query(run->connection, "chain_read", 0, NULL, run->err);
    size_t part;

    if (result == NULL)
        return -1;
    run->was_begun = true;
    run->state.seed = arena_strdup(run->arena, sql_text(result, 0, 0));
    run->state.run_start = arena_strdup(run->arena, sql_text(result, 0, 1));
    *is_direct = sql_text(result, 0, 2)[0] == 't';
    if (sql_text(result, 0, 3)[0] != '\0')
        run->resumed_revision = arena_strdup(run->arena, sql_text(result, 0, 3));
    run->resumed_statement = (size_t)sql_integer(result, 0, 4);
    part = (size_t)sql_integer(result, 0, 5);
    *turns_round = (sql_text(result, 0, 6)[0] == 't') != run->options->target.goes_back;
    sql_result_free(result);
    if (run->resumed_revision == NULL)
        return 0;
    if (*turns_round)
        return refuse_turn(run);
    log_info("going on in the middle of revision %s", run->resumed_revision);
    return finish_statement(run, part);
}

int chain_is_journalled(struct connection *connection, bool *is_begun, struct err *err)
{
    struct sql_result *result = server_query(connection, "chain_exists", 0, NULL, err);

    *is_begun = result != NULL && sql_text(result, 0, 0)[0] == 't';
    sql_result_free(result);
    return result != NULL ? 0 : -1;
}

static int begin_run(struct chain_run *run)
{
    const char *values[4] = {run->state.seed, run->state.run_start,
                             run->plan.is_direct ? "t" : "f",
                             run->plan.goes_back ? "t" : "f"};

    return server_exec(run->connection, "chain_create", run->err) != 0 ||
                   server_change(run->connection, "chain_begin", 4, values, run->err) !=
                       0
               ? -1
               : server_change(run->connection, "chain_turn", 2, values + 2, run->err);
}

static int run_all(struct chain_run *run)
{
    struct list after = {NULL, 0, 0};
    const struct route *routes[2];

    order_routes(run, routes);
    if (start_simulation(run) != 0 || make_sure(run) != 0)
        return -1;
    if (begin_run(run) != 0 || start_simulation(run) != 0 ||
        run_route(run, routes[0]) != 0 || run_route(run, routes[1]) != 0 ||
        read_after_upgrade(run, &after) != 0)
        return -1;
    for (size_t i = 0; i < after.count; i++) {
        if (run_statement(run, after.items[i], NULL, 0) != 0)
            return fail(run, "after the last revision");
    }
    fault_point("chain-end", "before");
    return server_exec(run->connection, "chain_end", run->err);
}

int chain_run_journalled(const struct migrate_options *options,
                         struct migrate_result *result, struct connection *connection,
                         struct err *err)
{
    struct chain_run run = {0};
    bool is_direct = false;
    bool turns_round = false;
    bool exists = false;
    int status = -1;

    run.options = options;
    run.connection = connection;
    run.throttle = throttle_new(migrate_throttle(options));
    run.arena = arena_new();
    run.err = err;
    if (chain_is_journalled(connection, &exists, err) == 0 &&
        (!exists || resume(&run, &is_direct, &turns_round) == 0) &&
        plan_locate(&run.plan, connection, options->url, &options->target, err) == 0) {
        (void)snprintf(result->from, sizeof(result->from), "%s",
                       run.plan.source_version);
        (void)snprintf(result->to, sizeof(result->to), "%s", run.plan.target_version);
        result->was_current = run.plan.is_noop && !run.was_begun;
        if (exists && !turns_round)
            run.plan.is_direct = is_direct;
        if (result->was_current)
            status = 0;
        else if (exists ||
                 run_state_invent(connection, run.arena, &run.state, err) == 0)
            status = run_all(&run);
    }
    plan_clear(&run.plan);
    throttle_free(run.throttle);
    arena_free(run.arena);
    return status;
}
