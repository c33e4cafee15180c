/* SPDX-License-Identifier: Apache-2.0
 *
 * chain_step.c - one revision: its statements, what procedures address by meaning, and the
 * version table, in one transaction (but for batched backfills).
 */
#include "config.h"

#include <string.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "catalog/read.h"
#include "compiler/ddl.h"
#include "compiler/lower_statement.h"
#include "compiler/privileges.h"
#include "compiler/render_statement.h"
#include "migrate/chain_internal.h"
#include "migrate/natives.h"
#include "migrate/swap.h"
#include "state/fault.h"

/* A procedure drops what the simulation drops from the table it names. */
static int run_procedure(struct chain_run *run, const struct statement *statement)
{
    struct list sql = {NULL, 0, 0};

    if (render_procedure(&run->simulation, statement, &sql, run->err) != 0)
        return -1;
    for (size_t i = 0; i < sql.count; i++) {
        if (chain_sql(run, sql.items[i]) != 0)
            return -1;
    }
    return 0;
}

/* --- one revision ------------------------------------------------------------------ */

bool chain_has_rows(void *context, const char *relation_and_condition)
{
    struct chain_run *run = context;
    bool is_found;

    (void)catalog_relation_has_rows(run->connection, run->arena, relation_and_condition,
                                    &is_found, run->err);
    return is_found;
}

/* To who has the other tables, and to whom that role's default privileges say. */
static const char *give(struct chain_run *run, const char *kind, const char *name)
{
    struct list names = {NULL, 0, 0};
    const char *owner =
        ddl_give(run->arena, kind, ddl_name(run->arena, NULL, name), run->owner);

    if (*owner == '\0')
        return "";
    list_add(run->arena, &names, (void *)name);
    return arena_printf(run->arena, "%s; %s", owner,
                        privileges_settle(run->arena, run->schema, &names, true));
}

/* What a statement makes becomes the property of who has the other tables. */
static const char *give_new(struct chain_run *run, const ast_node *tree)
{
    const char *kind = "TABLE";
    const PgQuery__RangeVar *name;

    if (tree->node_case == PG_QUERY__NODE__NODE_CREATE_STMT) {
        name = tree->create_stmt->relation;
    } else if (tree->node_case == PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT) {
        name = tree->create_table_as_stmt->into->rel;
    } else if (tree->node_case == PG_QUERY__NODE__NODE_CREATE_SEQ_STMT) {
        name = tree->create_seq_stmt->sequence;
        kind = "SEQUENCE";
    } else {
        return "";
    }
    return give(run, kind, name->relname);
}

int chain_run_statement(struct chain_run *run, const struct revision *revision,
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
    tree = lower_statement(&run->simulation, &run->lowering, statement, run->err);
    if (tree == NULL)
        return -1;
    if (natives_run_now(&run->lowering, run->connection, run->owner,
                        &run->options->fernet, run->err) != 0)
        return -1;
    if (statement->is_batch && revision != NULL &&
        tree->node_case == PG_QUERY__NODE__NODE_UPDATE_STMT) {
        pages = chain_pages(run, tree->update_stmt->relation->relname);
        if (pages < 0)
            return -1;
    }
    if (pages >= CHAIN_BATCH_MIN_PAGES) {
        if (run->resumed_revision != NULL && run->resumed_statement == position)
            block = run->resumed_block;
        if (chain_remember(run, revision, position, block) != 0 ||
            chain_sql(run, "COMMIT") != 0 ||
            chain_run_batches(run, revision, position, tree, pages, block) != 0 ||
            chain_sql(run, "BEGIN") != 0)
            return -1;
    } else if (chain_sql(run, arena_printf(run->arena, "%s%s",
                                           ast_statement_text(run->arena, tree),
                                           give_new(run, tree))) != 0) {
        return -1;
    }
    if (statement->only_nonempty) {
        const char *table =
            ddl_name(run->arena, NULL, tree->create_table_as_stmt->into->rel->relname);

        if (!chain_has_rows(run, table))
            return chain_sql(run, arena_printf(run->arena, "DROP TABLE %s", table));
    }
    return simulation_apply(&run->simulation, statement, NULL, run->err);
}

int chain_stamp(struct chain_run *run, const struct route *route, size_t position)
{
    const char *name = route->chain.version_table;
    const char *table = ddl_name(run->arena, NULL, name);
    bool is_new = catalog_find_table(run->simulation.catalog, name) == NULL;

    return chain_sql(
        run, arena_printf(run->arena,
                          "CREATE TABLE IF NOT EXISTS %s %s%s; DELETE FROM %s; %s; "
                          "DELETE FROM airshift.chain; "
                          "UPDATE airshift.chain_way SET has_moved = true",
                          table, chain_version_table_body(run->arena, &route->chain),
                          is_new ? give(run, "TABLE", name)
                                 : ddl_give(run->arena, "TABLE", table, run->owner),
                          table,
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

/* Upwards everything up to the revision is there afterwards. Downwards that is not, on which
 * a place between two branches depends: what is applied is marked, one by one. */
static int stamp_revision(struct chain_run *run, const struct route *route,
                          struct revision *revision)
{
    if (!route->goes_back)
        return chain_stamp(run, route, revision->position);
    revision->is_applied = false;
    return chain_stamp(run, route, 0);
}

int chain_run_revision(struct chain_run *run, const struct route *route,
                       struct revision *revision)
{
    const struct list *statements;
    struct err ignored;
    size_t first = 0;

    if (revision_parse(run->arena, revision, run->err) != 0)
        return -1;
    statements = route->goes_back ? &revision->downgrade : &revision->upgrade;
    if (run->resumed_revision != NULL) {
        if (strcmp(run->resumed_revision, revision->id) != 0)
            return err_set(
                run->err, ERR_STATE,
                "airshift.chain is in the middle of revision %s, but the next one is "
                "%s",
                run->resumed_revision, revision->id);
        first = run->resumed_statement;
    }
    log_info("%s %s (%s): %s", route->goes_back ? "undoing" : "revision", revision->id,
             revision->version, revision->title != NULL ? revision->title : "");
    fault_point(revision->id, "before");
    if (chain_sql(run, "BEGIN; SET LOCAL client_min_messages = warning") != 0)
        return -1;
    for (size_t i = first; i < statements->count; i++) {
        if (chain_run_statement(run, revision, statements, i) != 0) {
            (void)sql_exec(run->connection, "ROLLBACK", &ignored);
            name_lock_holders(run);
            return err_wrap(run->err, "revision %s", revision->id);
        }
    }
    if (stamp_revision(run, route, revision) != 0 || chain_sql(run, "COMMIT") != 0) {
        (void)sql_exec(run->connection, "ROLLBACK", &ignored);
        return -1;
    }
    run->resumed_revision = NULL;
    fault_point(revision->id, "after");
    return 0;
}
