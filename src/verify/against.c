/* SPDX-License-Identifier: Apache-2.0
 *
 * against.c - every row of a migrated database against what the migration of another, the
 * unmigrated one, gives. Both servers sum up their rows, and what comes over is a few
 * numbers a table; where they differ, the rows are sorted into buckets by a hash of their
 * keys, and only some differing buckets are fetched. Nothing is written to either database,
 * but for temporary tables in the unmigrated one where the migration needs what no SQL can
 * compute.
 */
#include "config.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/xalloc.h"
#include "catalog/read.h"
#include "compiler/ddl.h"
#include "interrupt.h"
#include "native/native.h"
#include "verify/counterpart.h"
#include "verify/internal.h"

enum {
    BUCKETS_MAX = 16384,
    BUCKETS_FETCHED = 10, /* differing ones, of one table */
    ROWS_A_BUCKET = 500,  /* as many buckets as give about so many rows each */
};

struct against {
    struct verify *verify;
    struct connection *side[2]; /* by enum counterpart_side; the first is ours */
    struct plan plan;           /* the migration of the unmigrated database */
    struct comparison comparison;
    struct list late; /* const char *: tables that a statement of its own changes */
};

/* --- one question to both servers --------------------------------------------------- */

static struct sql_result *await(struct connection *connection, struct err *err)
{
    struct sql_result *result = NULL;
    bool is_cancelled = false;

    for (;;) {
        struct pollfd waiting = {sql_socket(connection), POLLIN, 0};
        int status = sql_poll(connection, &result, err);

        if (status != 0)
            return status > 0 ? result : NULL;
        if (interrupt_is_asked() && !is_cancelled) {
            sql_cancel(connection);
            is_cancelled = true;
        }
        (void)poll(&waiting, 1, 200);
    }
}

/* Asks one while the other works. */
static int ask_both(struct against *against, const char *const sql[2],
                    struct sql_result *results[2])
{
    struct err *err = against->verify->err;

    results[SIDE_EXPECTED] = results[SIDE_ACTUAL] = NULL;
    if (sql_send(against->side[SIDE_ACTUAL], sql[SIDE_ACTUAL], 0, NULL, err) != 0)
        return err_wrap(err, "the migrated database");
    results[SIDE_EXPECTED] =
        sql_query(against->side[SIDE_EXPECTED], sql[SIDE_EXPECTED], 0, NULL, err);
    if (results[SIDE_EXPECTED] == NULL) {
        sql_cancel(against->side[SIDE_ACTUAL]);
        return err_wrap(err, "the database of --against");
    }
    results[SIDE_ACTUAL] = await(against->side[SIDE_ACTUAL], err);
    if (results[SIDE_ACTUAL] != NULL)
        return 0;
    sql_result_free(results[SIDE_EXPECTED]);
    return err_wrap(err, "the migrated database");
}

static void free_both(struct sql_result *results[2])
{
    sql_result_free(results[SIDE_EXPECTED]);
    sql_result_free(results[SIDE_ACTUAL]);
}

/* --- the rows that differ ----------------------------------------------------------- */

/* The number of a row's bucket, from its key. */
static const char *bucket_of(struct against *against, long long buckets)
{
    const char *key[1] = {"x.k"};
    struct strbuf sql = STRBUF_INIT;
    const char *text;

    strbuf_add_char(&sql, '(');
    sql_add_row_hash(against->side[SIDE_EXPECTED], &sql, key, 1, 1);
    strbuf_addf(&sql, " & %lld)", buckets - 1);
    text = arena_strdup(against->verify->arena, strbuf_text(&sql));
    strbuf_clear(&sql);
    return text;
}

static int compare_buckets(const struct sql_result *a, size_t i,
                           const struct sql_result *b, size_t j)
{
    long long left = sql_integer(a, i, 0);
    long long right = sql_integer(b, j, 0);

    return left < right ? -1 : left > right ? 1 : 0;
}

/* The differing buckets: how many, and the first of them as a list of numbers. */
static size_t differing_buckets(const struct sql_result *const results[2],
                                struct strbuf *numbers)
{
    const struct sql_result *a = results[SIDE_EXPECTED];
    const struct sql_result *b = results[SIDE_ACTUAL];
    size_t i = 0;
    size_t j = 0;
    size_t count = 0;

    while (i < sql_row_count(a) || j < sql_row_count(b)) {
        int order = i == sql_row_count(a)   ? 1
                    : j == sql_row_count(b) ? -1
                                            : compare_buckets(a, i, b, j);
        bool is_equal = order == 0 && strcmp(sql_text(a, i, 1), sql_text(b, j, 1)) == 0;

        if (!is_equal && count++ < BUCKETS_FETCHED)
            strbuf_addf(numbers, "%s%s", numbers->length > 0 ? ", " : "",
                        order <= 0 ? sql_text(a, i, 0) : sql_text(b, j, 0));
        i += order <= 0 ? 1 : 0;
        j += order >= 0 ? 1 : 0;
    }
    return count;
}

/* Rows by key and then by hash, here and not by the servers, whose collations may differ. */
static int compare_rows(const void *a, const void *b, void *result)
{
    size_t left = *(const size_t *)a;
    size_t right = *(const size_t *)b;
    int order = strcmp(sql_text(result, left, 0), sql_text(result, right, 0));

    return order != 0 ? order
                      : strcmp(sql_text(result, left, 1), sql_text(result, right, 1));
}

static size_t *sorted_rows(struct sql_result *result)
{
    size_t count = sql_row_count(result);
    size_t *order = xcalloc(count + 1, sizeof(*order));

    for (size_t i = 0; i < count; i++)
        order[i] = i;
    qsort_r(order, count, sizeof(*order), compare_rows, result);
    return order;
}

static const char *differing_columns(struct against *against,
                                     const struct counterpart *counterpart,
                                     struct sql_result *const results[2], size_t i,
                                     size_t j)
{
    const char *names = "";

    for (size_t c = 0; c < counterpart->columns.count; c++) {
        const struct column *column = counterpart->columns.items[c];

        if (strcmp(sql_text(results[0], i, c + 1), sql_text(results[1], j, c + 1)) != 0)
            names = arena_printf(against->verify->arena, "%s%s%s", names,
                                 *names != '\0' ? ", " : "", column->name);
    }
    return names;
}

/* Which columns of rows with the same key differ. By key, the rest of a row is hashes. */
static int name_columns(struct against *against, const struct counterpart *counterpart,
                        const struct list *keys)
{
    struct verify *verify = against->verify;
    struct sql_result *results[2];
    struct strbuf wanted = STRBUF_INIT;
    const char *sql[2];
    size_t *order[2];

    if (keys->count == 0)
        return 0;
    for (size_t i = 0; i < keys->count; i++) {
        strbuf_add_string(&wanted, i > 0 ? ", " : "");
        sql_add_literal(&wanted, keys->items[i]);
    }
    for (int side = 0; side < 2; side++)
        sql[side] =
            arena_printf(verify->arena, "SELECT * FROM (%s) AS x WHERE x.k IN (%s)",
                         counterpart_columns(&against->comparison, counterpart,
                                             (enum counterpart_side)side),
                         strbuf_text(&wanted));
    strbuf_clear(&wanted);
    if (ask_both(against, sql, results) != 0)
        return -1;
    for (int side = 0; side < 2; side++)
        order[side] = sorted_rows(results[side]);
    for (size_t i = 0; i < sql_row_count(results[0]) && i < sql_row_count(results[1]);
         i++)
        verify_differ(
            verify, "%s %s: %s", counterpart->table->name,
            sql_text(results[0], order[0][i], 0),
            differing_columns(against, counterpart, results, order[0][i], order[1][i]));
    free(order[0]);
    free(order[1]);
    free_both(results);
    return 0;
}

struct row_merge {
    const struct counterpart *counterpart;
    struct list changed; /* const char *: keys that both have, with other values */
    unsigned named;
    unsigned unnamed; /* differing rows of the fetched buckets beyond the limit */
};

static void name_row(struct against *against, struct row_merge *merge, const char *key,
                     int order)
{
    struct verify *verify = against->verify;

    if (merge->named >= verify->options->rows_named) {
        merge->unnamed++;
        return;
    }
    merge->named++;
    if (order == 0)
        list_add(verify->arena, &merge->changed, arena_strdup(verify->arena, key));
    else
        verify_differ(verify, "%s %s is %s", merge->counterpart->table->name, key,
                      order < 0 ? "missing" : "one too many");
}

static int merge_rows(struct against *against, struct row_merge *merge,
                      struct sql_result *results[2])
{
    const struct sql_result *a = results[SIDE_EXPECTED];
    const struct sql_result *b = results[SIDE_ACTUAL];
    size_t *left = sorted_rows(results[SIDE_EXPECTED]);
    size_t *right = sorted_rows(results[SIDE_ACTUAL]);
    size_t i = 0;
    size_t j = 0;

    while (i < sql_row_count(a) || j < sql_row_count(b)) {
        int order = i == sql_row_count(a) ? 1
                    : j == sql_row_count(b)
                        ? -1
                        : strcmp(sql_text(a, left[i], 0), sql_text(b, right[j], 0));

        if (order != 0 ||
            strcmp(sql_text(a, left[i], 1), sql_text(b, right[j], 1)) != 0)
            name_row(against, merge,
                     order <= 0 ? sql_text(a, left[i], 0) : sql_text(b, right[j], 0),
                     order);
        i += order <= 0 ? 1 : 0;
        j += order >= 0 ? 1 : 0;
    }
    free(left);
    free(right);
    return name_columns(against, merge->counterpart, &merge->changed);
}

static int name_rows(struct against *against, const struct counterpart *counterpart,
                     long long rows)
{
    struct verify *verify = against->verify;
    struct row_merge merge = {counterpart, {NULL, 0, 0}, 0, 0};
    struct strbuf numbers = STRBUF_INIT;
    struct sql_result *results[2];
    const char *select[2];
    const char *sql[2];
    const char *bucket;
    long long buckets = 16;
    size_t differing;
    int status;

    while (buckets < BUCKETS_MAX && buckets * ROWS_A_BUCKET < rows)
        buckets *= 2;
    bucket = bucket_of(against, buckets);
    for (int side = 0; side < 2; side++) {
        select[side] = counterpart_rows(&against->comparison, counterpart,
                                        (enum counterpart_side)side);
        sql[side] = arena_printf(verify->arena,
                                 "SELECT %s AS b, concat(count(*), ' ', sum(x.h)) "
                                 "FROM (%s) AS x GROUP BY 1 ORDER BY 1",
                                 bucket, select[side]);
    }
    if (ask_both(against, sql, results) != 0)
        return -1;
    differing = differing_buckets((const struct sql_result *const *)results, &numbers);
    free_both(results);
    for (int side = 0; side < 2; side++)
        sql[side] = arena_printf(
            verify->arena, "SELECT x.k, x.h FROM (%s) AS x WHERE %s IN (%s)",
            select[side], bucket, numbers.length > 0 ? strbuf_text(&numbers) : "-1");
    strbuf_clear(&numbers);
    if (ask_both(against, sql, results) != 0)
        return -1;
    status = merge_rows(against, &merge, results);
    free_both(results);
    if (status == 0 && (merge.unnamed > 0 || differing > BUCKETS_FETCHED))
        verify_note(verify, "more rows of %s differ than are named",
                    counterpart->table->name);
    return status;
}

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

    counterpart_make(&against->comparison, table, live, &counterpart);
    for (int side = 0; side < 2; side++)
        sql[side] =
            arena_printf(verify->arena, "SELECT count(*), sum(x.h) FROM (%s) AS x",
                         counterpart_rows(&against->comparison, &counterpart,
                                          (enum counterpart_side)side));
    if (ask_both(against, sql, results) != 0)
        return err_wrap(verify->err, "comparing the rows of \"%s\"", table->name);
    verify->result->checks++;
    for (int side = 0; side < 2; side++)
        rows[side] = sql_integer(results[side], 0, 0);
    is_equal = rows[0] == rows[1] &&
               strcmp(sql_text(results[0], 0, 1), sql_text(results[1], 0, 1)) == 0;
    free_both(results);
    verify->result->rows += rows[SIDE_ACTUAL];
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
    if (name_rows(against, &counterpart, rows[0] > rows[1] ? rows[0] : rows[1]) != 0)
        return err_wrap(verify->err, "comparing the rows of \"%s\"", table->name);
    return 0;
}

/* --- what no SQL can compute -------------------------------------------------------- */

static bool reads_unfilled(const struct list *natives, const bool *is_filled,
                           const char *sql)
{
    for (size_t i = 0; i < natives->count; i++) {
        const struct native_use *use = natives->items[i];

        if (!is_filled[i] && strstr(sql, use->name) != NULL)
            return true;
    }
    return false;
}

static int fill_side_table(struct against *against, const struct native_use *use)
{
    struct native_job job = {0};

    /* A token has random bytes in it: it cannot be compared, and the key is not needed. */
    if (strstr(use->function, "encrypt_") != NULL)
        return 0;
    job.function = use->function;
    job.table = use->table;
    job.gather = lowering_gather(&against->plan.lowering, use->function);
    job.has_quarantine = true;
    return native_run(against->side[SIDE_EXPECTED], &job, against->verify->err);
}

/* Side tables are temporary here. Arguments of one function may come from what another
 * gave, so they are filled as soon as all they read is there. */
static int fill_side_tables(struct against *against)
{
    const struct list *natives = &against->plan.lowering.natives;
    bool *is_filled = xcalloc(natives->count + 1, sizeof(*is_filled));
    bool is_moving = true;
    int status = 0;

    for (size_t i = 0; i < natives->count && status == 0; i++)
        status = sql_exec(
            against->side[SIDE_EXPECTED],
            lowering_create_side_table(&against->plan.lowering, natives->items[i]),
            against->verify->err);
    while (is_moving && status == 0) {
        is_moving = false;
        for (size_t i = 0; i < natives->count && status == 0; i++) {
            const struct native_use *use = natives->items[i];

            if (is_filled[i] ||
                reads_unfilled(natives, is_filled,
                               lowering_gather(&against->plan.lowering, use->function)))
                continue;
            status = fill_side_table(against, use);
            for (size_t j = 0; j < natives->count; j++) {
                const struct native_use *other = natives->items[j];

                is_filled[j] |= strcmp(other->function, use->function) == 0;
            }
            is_moving = true;
        }
    }
    free(is_filled);
    return status;
}

/* --- all together ------------------------------------------------------------------- */

static int begin_snapshot(struct against *against, enum counterpart_side side)
{
    struct strbuf sql = STRBUF_INIT;
    int status;

    sql_add_begin_snapshot(against->side[side], &sql,
                           side == SIDE_EXPECTED &&
                               against->plan.lowering.natives.count > 0);
    status = sql_exec(against->side[side], strbuf_text(&sql), against->verify->err);
    strbuf_clear(&sql);
    if (status != 0 && strcmp(against->verify->err->sqlstate, "0A000") == 0)
        (void)err_hint(against->verify->err,
                       "This migration computes values that no SQL can, for which "
                       "temporary tables are made. Compare with a database that is "
                       "not a replica.");
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

static bool is_late(const struct against *against, const char *table)
{
    for (size_t i = 0; i < against->late.count; i++) {
        if (strcmp(against->late.items[i], table) == 0)
            return true;
    }
    return false;
}

static bool is_version_table(const struct against *against, const char *table)
{
    return strcmp(table, against->plan.core.chain.version_table) == 0 ||
           strcmp(table, against->plan.fab.chain.version_table) == 0;
}

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
        if (is_late(against, table->name)) {
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
        if (compare_table(against, table, live) != 0)
            return -1;
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

    if (plan_make(&against->plan, against->side[SIDE_EXPECTED],
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
    against->comparison.connection = against->side[SIDE_EXPECTED];
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
        begin_snapshot(&against, SIDE_ACTUAL) == 0 && fill_side_tables(&against) == 0) {
        find_late_tables(&against);
        status = compare_tables(&against);
    }
    /* Temporary tables go with the session, and the snapshots with the transactions. */
    plan_clear(&against.plan);
    sql_close(against.side[SIDE_EXPECTED]);
    return status;
}
