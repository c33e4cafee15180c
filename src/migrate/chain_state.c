/* SPDX-License-Identifier: Apache-2.0
 *
 * chain_state.c - what the database remembers of a run of the chain executor: airshift.chain
 * (the place in a batched backfill), chain_way (which of Airflow's two ways it takes, and
 * whether it has moved), foreign_key (the foreign keys there were).
 */
#include "config.h"

#include <string.h>

#include "base/log.h"
#include "migrate/chain.h"
#include "migrate/chain_internal.h"

static const char *const prepare_sql =
    "CREATE SCHEMA IF NOT EXISTS airshift; CREATE TABLE IF NOT EXISTS airshift.chain "
    "(revision text NOT NULL, statement int NOT NULL, block bigint NOT NULL); "
    "CREATE TABLE IF NOT EXISTS airshift.chain_way (is_direct boolean NOT NULL, "
    "goes_back boolean NOT NULL, has_moved boolean NOT NULL DEFAULT false)";

/* Foreign keys are noted before the first revision: some of the user's own fall with a key
 * of Airflow's, which the real Airflow leaves at that. */
static const char *const note_keys_sql =
    "CREATE TABLE IF NOT EXISTS airshift.foreign_key AS SELECT conrelid::bigint AS "
    "relation, "
    "relname::text AS name, conname::text AS conname, pg_get_constraintdef(o.oid) AS "
    "definition "
    "FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid WHERE contype = 'f' "
    "AND "
    "connamespace = quote_ident(current_schema())::regnamespace";

static int refuse_other_way(const char *revision, bool goes_back, struct err *err)
{
    (void)err_set(err, ERR_STATE, "%s was broken off in the middle of revision %s",
                  goes_back ? "`airshift downgrade`" : "a run with --executor chain",
                  revision);
    return err_hint(err, goes_back ? "Finish it with the same command."
                                   : "Finish it with --executor chain.");
}

int chain_note_user_keys(struct chain_run *run)
{
    return chain_sql(run, note_keys_sql);
}

int chain_restore_user_keys(struct chain_run *run)
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
        status = chain_sql(run, sql_text(result, i, 1));
    }
    sql_result_free(result);
    return status;
}

/* Between two revisions a run may turn round, as a downgrade must that a row stands in the
 * way of; in the middle of one it may not. */
static int turn_round(struct chain_run *run)
{
    if (run->resumed_revision != NULL)
        return refuse_other_way(run->resumed_revision, !run->plan.goes_back, run->err);
    return chain_sql(run, arena_printf(run->arena,
                                       "UPDATE airshift.chain_way SET goes_back = %s, "
                                       "is_direct = %s",
                                       run->plan.goes_back ? "true" : "false",
                                       run->plan.is_direct ? "true" : "false"));
}

/* Which of Airflow's two ways a run takes depends on where it began, not on where it was
 * broken off. */
static int settle_way(struct chain_run *run)
{
    struct sql_result *result;
    bool is_same;

    if (chain_sql(run,
                  arena_printf(run->arena,
                               "INSERT INTO airshift.chain_way (is_direct, goes_back) "
                               "SELECT %s, %s WHERE NOT EXISTS "
                               "(SELECT 1 FROM airshift.chain_way)",
                               run->plan.is_direct ? "true" : "false",
                               run->plan.goes_back ? "true" : "false")) != 0)
        return -1;
    result = sql_query(run->connection,
                       "SELECT is_direct, goes_back FROM airshift.chain_way", 0, NULL,
                       run->err);
    if (result == NULL)
        return -1;
    is_same = (sql_text(result, 0, 1)[0] == 't') == run->plan.goes_back;
    if (is_same)
        run->plan.is_direct = sql_text(result, 0, 0)[0] == 't';
    sql_result_free(result);
    return is_same ? 0 : turn_round(run);
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

int chain_start_state(struct chain_run *run)
{
    if (chain_sql(run, prepare_sql) != 0) {
        run_state_explain(run->err);
        return -1;
    }
    return read_position(run) != 0 || settle_way(run) != 0 ? -1 : 0;
}

/* A run that failed in its first revision has changed nothing: any executor may begin. */
int chain_is_begun(struct connection *connection, bool *is_begun, struct err *err)
{
    struct sql_result *result;

    if (!sql_can(connection, SQL_CAN_ROLL_BACK_DDL))
        return chain_is_journalled(connection, is_begun, err);
    result =
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
    result = sql_query(connection,
                       "SELECT revision, goes_back FROM airshift.chain, "
                       "airshift.chain_way",
                       0, NULL, err);
    if (result == NULL)
        return -1;
    if (sql_row_count(result) == 0) {
        sql_result_free(result);
        return 0;
    }
    (void)refuse_other_way(sql_text(result, 0, 0), sql_text(result, 0, 1)[0] == 't',
                           err);
    sql_result_free(result);
    return -1;
}
