/* SPDX-License-Identifier: Apache-2.0
 *
 * against.c - every row of a migrated database against what the migration of another, the
 * unmigrated one, gives. Both servers sum up their rows, and what comes over is a few
 * numbers a table; where they differ, some of the rows are looked for (differing.c). Nothing
 * is written to either database, but for temporary tables in the unmigrated one where the
 * migration needs what no SQL can compute and it is no replica (side_tables.h).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/xalloc.h"
#include "catalog/read.h"
#include "catalog/server_sql.h"
#include "engine/clock.h"
#include "verify/against.h"

/* --- a table ------------------------------------------------------------------------ */

static void note_left_out(struct against *against,
                          const struct counterpart *counterpart)
{
    for (size_t i = 0; i < counterpart->left_out.count; i++)
        verify_note(
            against->verify, "%s.%s is drawn anew by each migration and not compared",
            counterpart->table->name, (const char *)counterpart->left_out.items[i]);
}

static int compare_table(struct against *against, const struct table *table,
                         const struct table *live)
{
    struct verify *verify = against->verify;
    struct counterpart counterpart;
    struct sql_result *results[2];
    const char *sql[2];
    long long rows[2];
    bool is_equal;

    if (counterpart_make(&against->comparison, table, live, &counterpart,
                         verify->err) != 0)
        return err_wrap(verify->err, "comparing the rows of \"%s\"", table->name);
    for (int side = 0; side < 2; side++)
        sql[side] =
            arena_printf(verify->arena, "SELECT count(*), sum(x.h) FROM (%s) AS x",
                         counterpart_rows(&against->comparison, &counterpart,
                                          (enum counterpart_side)side));
    if (against_ask(against, sql, results) != 0)
        return err_wrap(verify->err, "comparing the rows of \"%s\"", table->name);
    verify->result->checks++;
    for (int side = 0; side < 2; side++)
        rows[side] = sql_integer(results[side], 0, 0);
    is_equal = rows[0] == rows[1] &&
               strcmp(sql_text(results[0], 0, 1), sql_text(results[1], 0, 1)) == 0;
    against_free(results);
    verify->result->rows += rows[SIDE_ACTUAL];
    if (against->now != NULL)
        against->now->rows = (double)rows[SIDE_ACTUAL];
    if (rows[SIDE_EXPECTED] > 0)
        note_left_out(against, &counterpart);
    if (is_equal)
        return 0;
    if (rows[SIDE_EXPECTED] != rows[SIDE_ACTUAL])
        verify_differ(verify, "%s has %lld rows, not %lld", table->name,
                      rows[SIDE_ACTUAL], rows[SIDE_EXPECTED]);
    else
        verify_differ(verify, "%s has the right number of rows with other values",
                      table->name);
    if (against_name_rows(against, &counterpart,
                          rows[0] > rows[1] ? rows[0] : rows[1]) != 0)
        return err_wrap(verify->err, "comparing the rows of \"%s\"", table->name);
    return 0;
}

/* --- all together ------------------------------------------------------------------- */

static int begin_snapshot(struct against *against, enum counterpart_side side)
{
    struct strbuf sql = STRBUF_INIT;
    int status;

    sql_add_begin_snapshot(against->side[side], &sql,
                           side == SIDE_EXPECTED &&
                               against->plan.lowering.natives.count > 0 &&
                               !against->plan.lowering.in_session);
    status = sql_exec(against->side[side], strbuf_text(&sql), against->verify->err);
    strbuf_clear(&sql);
    return status;
}

/* Tables that statements change which are no part of the row programs. */
static void find_late_tables(struct against *against)
{
    const struct list *late = &against->plan.simulation.late;

    for (size_t i = 0; i < late->count; i++) {
        const ast_node *tree = ((const struct statement *)late->items[i])->tree;
        const PgQuery__RangeVar *relation = NULL;

        if (tree->node_case == PG_QUERY__NODE__NODE_INSERT_STMT)
            relation = tree->insert_stmt->relation;
        else if (tree->node_case == PG_QUERY__NODE__NODE_UPDATE_STMT)
            relation = tree->update_stmt->relation;
        else if (tree->node_case == PG_QUERY__NODE__NODE_DELETE_STMT)
            relation = tree->delete_stmt->relation;
        if (relation != NULL)
            list_add(against->verify->arena, &against->late, relation->relname);
    }
}

static bool is_version_table(const struct against *against, const char *table)
{
    return strcmp(table, against->plan.core.chain.version_table) == 0 ||
           strcmp(table, against->plan.fab.chain.version_table) == 0;
}

/* --- what a person sees ------------------------------------------------------------ */

/* As many items as there may be tables to compare. */
static void begin_items(struct against *against)
{
    const struct list *tables = &against->comparison.expected->tables;

    against->items = xcalloc(tables->count + 1, sizeof(*against->items));
    against->verify->progress = progress_new(against->verify->options->progress);
    for (size_t i = 0; i < tables->count; i++) {
        const struct table *table = tables->items[i];
        struct progress_item *item = &against->items[against->count];

        if (catalog_find_table(against->verify->live, table->name) == NULL ||
            is_version_table(against, table->name) ||
            list_has_text(&against->late, table->name))
            continue;
        item->table = table->name;
        item->phase = "compare";
        item->unit = "tables";
        item->total = 1;
        against->count++;
    }
}

static void begin_item(struct against *against, const struct table *table)
{
    against->now = NULL;
    for (size_t i = 0; i < against->count; i++) {
        if (strcmp(against->items[i].table, table->name) == 0)
            against->now = &against->items[i];
    }
    if (against->now == NULL)
        return;
    against->now->rows = -1;
    against->now->started = clock_now();
    against->now->is_active = true;
}

static void end_item(struct against *against)
{
    struct progress_item *item = against->now;

    if (item == NULL)
        return;
    item->done = item->total;
    item->ended = clock_now();
    item->is_active = false;
    item->is_finished = true;
    progress_show(against->verify->progress, against->items, against->count);
    against->now = NULL;
}

static void end_items(struct against *against)
{
    progress_free(against->verify->progress);
    against->verify->progress = NULL;
    free(against->items);
}

/* --- all tables -------------------------------------------------------------------- */

static int compare_tables(struct against *against)
{
    struct verify *verify = against->verify;
    const struct catalog *expected = against->comparison.expected;

    for (size_t i = 0; i < expected->tables.count; i++) {
        const struct table *table = expected->tables.items[i];
        const struct table *live = catalog_find_table(verify->live, table->name);

        if (is_version_table(against, table->name))
            continue;
        if (live == NULL) {
            if (!verify_is_asked_for(verify, table->name, NULL))
                verify_differ(verify, "table %s is missing", table->name);
            continue;
        }
        if (list_has_text(&against->late, table->name)) {
            verify_note(verify,
                        "the rows of %s depend on the order of the migration's steps "
                        "and are not compared",
                        table->name);
            continue;
        }
        for (size_t c = 0; c < table->columns.count; c++) {
            const struct column *column = table->columns.items[c];

            if (table_find_column(live, column->name) == NULL &&
                !verify_is_asked_for(verify, table->name, column->name))
                verify_differ(verify, "%s.%s is missing", table->name, column->name);
        }
        begin_item(against, table);
        if (compare_table(against, table, live) != 0)
            return -1;
        end_item(against);
    }
    for (size_t i = 0; i < verify->live->tables.count; i++) {
        const struct table *live = verify->live->tables.items[i];

        if (catalog_find_table(expected, live->name) == NULL &&
            !is_version_table(against, live->name))
            verify_note(verify, "table %s is in the migrated database only",
                        live->name);
    }
    return 0;
}

/* A server whose replicas take temporary tables has no such statement. */
static int look_for_replica(struct against *against, bool *is_replica)
{
    struct connection *connection = against->side[SIDE_EXPECTED];
    struct sql_result *row;

    *is_replica = false;
    if (!server_has_sql(connection, "against_replica"))
        return 0;
    row = server_query(connection, "against_replica", 0, NULL, against->verify->err);
    if (row == NULL)
        return -1;
    *is_replica = sql_is_true(row, 0, 0);
    sql_result_free(row);
    return 0;
}

/* What the tables of the unmigrated database become. */
static int make_plan(struct against *against)
{
    struct verify *verify = against->verify;
    struct plan_options options = {
        .target = verify->target,
        .seed = COUNTERPART_SEED,
        .run_start = COUNTERPART_START,
        .side_schema = sql_temporary_schema(against->side[SIDE_EXPECTED]),
    };

    if (options.side_schema == NULL)
        options.side_schema = catalog_read_schema(against->side[SIDE_EXPECTED],
                                                  verify->arena, verify->err);
    if (options.side_schema == NULL ||
        look_for_replica(against, &options.sides_in_session) != 0)
        return err_wrap(verify->err, "the database of --against");
    if (plan_compile(&against->plan, against->side[SIDE_EXPECTED],
                     verify->options->against, &options, verify->err) != 0) {
        if (verify->err->category == ERR_UNSUPPORTED)
            (void)err_hint(verify->err,
                           "--against takes the unmigrated database, --url "
                           "the migrated one.");
        return err_wrap(verify->err, "the database of --against");
    }
    if (against->plan.core.from < 0)
        return err_set(verify->err, ERR_STATE,
                       "there is no Airflow database behind --against");
    against->comparison.arena = verify->arena;
    against->comparison.plan = &against->plan;
    against->side_tables.plan = &against->plan;
    against->side_tables.connection = against->side[SIDE_EXPECTED];
    against->side_tables.arena = verify->arena;
    against->comparison.actual = verify->live;
    against->comparison.expected = against->plan.target;
    against->comparison.simulation = &against->plan.simulation;
    if (!against->plan.is_noop)
        return 0;
    against->comparison.simulation = NULL;
    against->comparison.expected =
        catalog_read(against->side[SIDE_EXPECTED], verify->arena, verify->err);
    return against->comparison.expected != NULL ? 0 : -1;
}

int verify_against(struct verify *verify)
{
    struct against against = {0};
    int status = -1;

    against.verify = verify;
    against.side[SIDE_ACTUAL] = verify->connection;
    against.side[SIDE_EXPECTED] =
        sql_connect(verify->options->against, "verify against", verify->err);
    if (against.side[SIDE_EXPECTED] == NULL)
        return err_wrap(verify->err, "the database of --against");
    if (make_plan(&against) == 0 && begin_snapshot(&against, SIDE_EXPECTED) == 0 &&
        begin_snapshot(&against, SIDE_ACTUAL) == 0 &&
        side_tables_fill(&against.side_tables, verify->err) == 0) {
        find_late_tables(&against);
        begin_items(&against);
        status = compare_tables(&against);
        end_items(&against);
    }
    /* Temporary tables go with the session, and the snapshots with the transactions. */
    plan_clear(&against.plan);
    sql_close(against.side[SIDE_EXPECTED]);
    return status;
}
