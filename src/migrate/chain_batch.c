/* SPDX-License-Identifier: Apache-2.0
 *
 * chain_batch.c - the backfill of a large table by block ranges, each committed with its
 * place in airshift.chain. Ranges are made to take between a quarter of a second and one.
 */
#include "config.h"

#include <stdio.h>

#include "base/log.h"
#include "compiler/ddl.h"
#include "engine/clock.h"
#include "migrate/chain_internal.h"

enum { FIRST_BLOCKS = 512 };

long long chain_pages(struct chain_run *run, const char *table)
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

int chain_remember(struct chain_run *run, const struct revision *revision,
                   size_t statement, long long block)
{
    return chain_sql(
        run, arena_printf(run->arena,
                          "DELETE FROM airshift.chain; INSERT INTO airshift.chain "
                          "VALUES ('%s', %zu, %lld)",
                          revision->id, statement, block));
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
int chain_run_batches(struct chain_run *run, const struct revision *revision,
                      size_t position, const ast_node *tree, long long pages,
                      long long block)
{
    const char *table = tree->update_stmt->relation->relname;
    const char *sql = ast_statement_text(run->arena, in_range(run, tree));
    long long blocks = FIRST_BLOCKS;
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
        if (throttle_wait(run->throttle, run->connection, run->err) != 0 ||
            chain_sql(run, "BEGIN") != 0)
            return -1;
        result = sql_query(run->connection, sql, 2, parameters, run->err);
        if (result == NULL)
            return -1;
        sql_result_free(result);
        if (chain_remember(run, revision, position, end) != 0 ||
            chain_sql(run, "COMMIT") != 0)
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
