/* SPDX-License-Identifier: Apache-2.0
 *
 * swap.c - guards, the swap transaction, archive tables.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "catalog/server_sql.h"
#include "compiler/ddl.h"
#include "compiler/rows.h"
#include "engine/clock.h"
#include "migrate/archive_table.h"
#include "migrate/aside.h"
#include "migrate/foresight.h"
#include "migrate/run_state.h"
#include "migrate/swap.h"
#include "state/fault.h"
#include "wait.h"

/* The same for statements that every dialect has. */
static const char *server_text(const struct connection *connection, const char *name)
{
    struct err ignored;
    const char *text = server_sql(connection, name, &ignored);

    return text != NULL ? text : "";
}

const char *swap_session_settings(const struct connection *connection, bool is_detached)
{
    return server_text(connection,
                       is_detached ? "session_detached" : "session_in_place");
}

void swap_add_lock_holders(struct connection *connection, bool with_readers,
                           struct strbuf *text)
{
    const char *parameters[1] = {with_readers ? "true" : "false"};
    struct err ignored;
    struct sql_result *result = sql_query(
        connection, server_text(connection, "lock_holders"), 1, parameters, &ignored);

    for (size_t i = 0; result != NULL && i < sql_row_count(result); i++)
        strbuf_addf(text, "%s%s", i > 0 ? "; " : ": ", sql_text(result, i, 0));
    sql_result_free(result);
}

/* Runs a statement that needs locks, again and again until the deadline: a short
 * lock_timeout, so that nobody queues behind us for long, and the blocker is named. */
static int run_with_locks(struct swap *swap, const char *sql, const char *what,
                          const char *undo, struct err *err)
{
    bool with_readers = strcmp(undo, "ROLLBACK") != 0; /* the swap tolerates none */
    struct deadline deadline = deadline_in(swap->lock_wait_seconds);
    struct strbuf holders = STRBUF_INIT;
    bool is_told = false;

    for (;;) {
        struct err ignored;
        int status = sql_exec(swap->connection, sql, err);

        if (status == 0 || (strcmp(err->sqlstate, "55P03") != 0 &&
                            strcmp(err->sqlstate, "40P01") != 0)) {
            strbuf_clear(&holders);
            return status;
        }
        (void)sql_exec(swap->connection, undo, &ignored);
        strbuf_truncate(&holders, 0);
        swap_add_lock_holders(swap->connection, with_readers, &holders);
        if (!is_told)
            log_info("waiting for locks for %s%s", what, strbuf_text(&holders));
        is_told = true;
        if (deadline_is_over(&deadline)) {
            (void)err_set(err, ERR_LOCK, "no lock for %s%s", what,
                          strbuf_text(&holders));
            strbuf_clear(&holders);
            return err_hint(err,
                            "End the sessions that use Airflow's tables (see "
                            "pg_stat_activity), or give a longer --lock-wait. The same "
                            "command goes on from here.");
        }
        if (wait_turn(&deadline, 300, what, err) != 0 &&
            err->category == ERR_INTERRUPTED) {
            strbuf_clear(&holders);
            return -1;
        }
    }
}

static void add_live_tables(const struct plan *plan, struct strbuf *sql)
{
    const char *separator = "";

    for (size_t i = 0; i < plan->tables.count; i++) {
        const struct table_plan *table = plan->tables.items[i];

        if (table->live == NULL || table->action == TABLE_UNTOUCHED)
            continue;
        strbuf_add_string(sql, separator);
        sql_add_name(sql, plan->live->schema);
        strbuf_add_char(sql, '.');
        sql_add_name(sql, table->live->live->name);
        separator = ", ";
    }
}

static int guard(struct swap *swap, struct err *err)
{
    const struct plan *plan = swap->plan;
    struct strbuf sql = STRBUF_INIT;
    int status;

    strbuf_add_string(&sql, "BEGIN; SET LOCAL lock_timeout = '2s'; "
                            "SET LOCAL client_min_messages = warning; ");
    for (size_t i = 0; i < plan->tables.count; i++) {
        const struct table_plan *table = plan->tables.items[i];
        const char *name;

        /* Also where no row is written again: others are made with what it says, and rows
         * that are set aside are known by their place. */
        if (table->live == NULL)
            continue;
        name = ddl_name(plan->arena, plan->live->schema, table->live->live->name);
        strbuf_addf(
            &sql,
            "DROP TRIGGER IF EXISTS airshift_guard ON %s; "
            "DROP TRIGGER IF EXISTS airshift_guard_truncate ON %s; "
            "CREATE TRIGGER airshift_guard AFTER INSERT OR UPDATE OR DELETE ON %s "
            "FOR EACH STATEMENT EXECUTE FUNCTION airshift.mark_dirty(); "
            "CREATE TRIGGER airshift_guard_truncate AFTER TRUNCATE ON %s "
            "FOR EACH STATEMENT EXECUTE FUNCTION airshift.mark_dirty(); ",
            name, name, name, name);
    }
    strbuf_add_string(&sql, "COMMIT");
    status = run_with_locks(swap, strbuf_text(&sql), "the guards", "ROLLBACK", err);
    strbuf_clear(&sql);
    return status;
}

int swap_guard_tables(struct swap *swap, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    struct sql_result *result;
    bool is_dirty;
    int status;

    if (swap->plan->is_empty_database)
        return 0;
    if (swap->is_detached)
        return 0;
    if (guard(swap, err) != 0)
        return -1;
    strbuf_add_string(&sql,
                      "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0; SET "
                      "LOCAL lock_timeout = '2s'; LOCK TABLE ");
    add_live_tables(swap->plan, &sql);
    strbuf_add_string(&sql, " IN SHARE MODE");
    status = run_with_locks(swap, strbuf_text(&sql), "the tables", "ROLLBACK", err);
    strbuf_clear(&sql);
    if (status != 0)
        return -1;
    result = sql_query(swap->connection, "SELECT 1 FROM airshift.dirty LIMIT 1", 0,
                       NULL, err);
    if (result == NULL)
        return -1;
    is_dirty = sql_row_count(result) > 0;
    sql_result_free(result);
    if (is_dirty) {
        (void)err_set(err, ERR_STATE,
                      "something wrote to Airflow's tables while the migration began");
        return err_hint(err,
                        "Stop Airflow (scheduler, workers, webserver) and run the same "
                        "command again.");
    }
    return 0;
}

/* --- archives ---------------------------------------------------------------------- */

static int archive_unconvertible(struct swap *swap, struct err *err)
{
    struct plan *plan = swap->plan;

    for (size_t i = 0; i < plan->lowering.natives.count; i++) {
        const struct native_use *use = plan->lowering.natives.items[i];
        long long count =
            archive_table_problems(swap->connection, plan->arena, use, err);

        if (count < 0)
            return -1;
        if (count == 0)
            continue;
        if (strstr(use->relation, " AS " ROWS_SOURCE_ALIAS) == NULL) {
            log_warning(
                "%lld values cannot be read by %s and count as empty, as with Airflow",
                count, use->function);
            continue;
        }
        count = archive_table_keep(swap->connection, plan->arena, plan->live->schema,
                                   plan->live->owner, use,
                                   arena_printf(plan->arena,
                                                "(SELECT " ROWS_SOURCE_ALIAS
                                                ".* FROM %s) AS " ROWS_SOURCE_ALIAS,
                                                use->relation),
                                   ROWS_SOURCE_ALIAS, err);
        if (count < 0)
            return -1;
        swap->archived += count;
    }
    return 0;
}

/* What the verify jobs found. */
static int check_verified(struct swap *swap, struct err *err)
{
    struct sql_result *result = sql_query(swap->connection,
                                          "SELECT relation, expected_rows, actual_rows "
                                          "FROM airshift.verified WHERE NOT is_equal",
                                          0, NULL, err);
    int status = 0;

    if (result == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(result) && status == 0; i++) {
        status = err_set(
            err, ERR_STATE,
            "the new rows of \"%s\" are not what was computed (%s expected, %s "
            "found)",
            sql_text(result, i, 0), sql_text(result, i, 1), sql_text(result, i, 2));
        (void)err_hint(err,
                       "This is a bug in airshift, or the server lost data. The old "
                       "tables are untouched.");
    }
    sql_result_free(result);
    return status;
}

/* --- the transaction --------------------------------------------------------------- */

static int begin(struct swap *swap, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    int status;

    if (swap->is_detached || swap->plan->is_empty_database)
        strbuf_add_string(&sql, "BEGIN; SET LOCAL lock_timeout = '5s'; ");
    else
        strbuf_add_string(&sql, "SET LOCAL lock_timeout = '10min'; ");
    strbuf_add_string(
        &sql, "SET LOCAL client_min_messages = warning; SET LOCAL search_path TO ");
    sql_add_name(&sql, swap->plan->live->schema);
    status = sql_exec(swap->connection, strbuf_text(&sql), err);
    strbuf_clear(&sql);
    return status;
}

/* All statements of the swap but the last go to the server in as few messages as possible:
 * what counts here is how long the locks last. */
static int run_all(struct swap *swap, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    int status = 0;

    for (size_t i = 0; i < swap->plan->swap.count && status == 0; i++) {
        const char *statement = swap->plan->swap.items[i];

        log_debug("swap: %s", statement);
        strbuf_addf(&sql, "%s; ", statement);
        if (sql.length > 32 * 1024 || i + 1 == swap->plan->swap.count) {
            status = sql_exec(swap->connection, strbuf_text(&sql), err);
            strbuf_truncate(&sql, 0);
        }
    }
    strbuf_clear(&sql);
    return status;
}

/* The swap needs its tables alone. Nobody may queue behind us while we wait for a reader, so
 * this tries for a short time, again and again, and keeps the writers out meanwhile. */
static int take_tables(struct swap *swap, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    int status;

    if (swap->is_detached || swap->plan->is_empty_database)
        return 0;
    strbuf_add_string(&sql, "SET LOCAL lock_timeout = '2s'; LOCK TABLE ");
    add_live_tables(swap->plan, &sql);
    strbuf_add_string(&sql, " IN ACCESS EXCLUSIVE MODE; SET LOCAL lock_timeout = '5s'");
    status = sql_exec(swap->connection, "SAVEPOINT airshift_swap", err);
    if (status == 0)
        status = run_with_locks(swap, strbuf_text(&sql), "the swap",
                                "ROLLBACK TO SAVEPOINT airshift_swap", err);
    strbuf_clear(&sql);
    return status;
}

/* Guards go with the tables that are replaced; those that stay would give later writers work
 * and locks to wait for. */
static int drop_guards(struct swap *swap, struct err *err)
{
    const struct plan *plan = swap->plan;
    struct strbuf sql = STRBUF_INIT;
    int status;

    if (swap->is_detached || plan->is_empty_database)
        return 0;
    for (size_t i = 0; i < plan->tables.count; i++) {
        const struct table_plan *table = plan->tables.items[i];
        const char *name;

        if (table->action != TABLE_METADATA)
            continue;
        name = ddl_name(plan->arena, plan->live->schema, table->live->live->name);
        strbuf_addf(&sql,
                    "DROP TRIGGER IF EXISTS airshift_guard ON %s; "
                    "DROP TRIGGER IF EXISTS airshift_guard_truncate ON %s; ",
                    name, name);
    }
    status = sql.length > 0 ? sql_exec(swap->connection, strbuf_text(&sql), err) : 0;
    strbuf_clear(&sql);
    return status;
}

int swap_run(struct swap *swap, struct err *err)
{
    struct err ignored;
    double started = clock_now();
    long long kept = 0;

    if (begin(swap, err) != 0)
        return -1;
    if (take_tables(swap, err) != 0 || drop_guards(swap, err) != 0 ||
        (kept = aside_keep(swap->connection, swap->plan, err)) < 0 ||
        check_verified(swap, err) != 0 || archive_unconvertible(swap, err) != 0 ||
        run_all(swap, err) != 0 || run_state_set_swapped(swap->connection, err) != 0 ||
        sql_exec(swap->connection, "COMMIT", err) != 0) {
        (void)sql_exec(swap->connection, "ROLLBACK", &ignored);
        if (strncmp(err->sqlstate, "23", 2) == 0) {
            err->category = ERR_DATA;
            (void)err_hint(
                err,
                "Correct or delete the rows that break the constraint and run the "
                "same command again" FORESIGHT_QUARANTINE ". Nothing was changed.");
        }
        return err_wrap(err, "the swap failed and was rolled back");
    }
    swap->archived += kept;
    log_info("swapped in %.2f s", clock_now() - started);
    return 0;
}

int swap_set_aside(struct swap *swap, struct err *err)
{
    struct err ignored;
    long long moved;

    if (begin(swap, err) != 0)
        return -1;
    if (take_tables(swap, err) != 0 ||
        (moved = aside_move(swap->connection, swap->plan, err)) < 0 ||
        run_state_discard(swap->connection, err) != 0) {
        (void)sql_exec(swap->connection, "ROLLBACK", &ignored);
        return err_wrap(err, "rows could not be set aside, and none was");
    }
    fault_point("chain-aside", "commit");
    if (sql_exec(swap->connection, "COMMIT", err) != 0)
        return -1;
    swap->archived += moved;
    return 0;
}

int swap_validate_rest(struct connection *connection, struct err *err)
{
    struct sql_result *result =
        sql_query(connection, server_text(connection, "unvalidated"), 0, NULL, err);
    int status = 0;

    if (result == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(result) && status == 0; i++)
        status = sql_exec(connection, sql_text(result, i, 0), err);
    sql_result_free(result);
    return status;
}
