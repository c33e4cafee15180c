/* SPDX-License-Identifier: Apache-2.0
 *
 * shadow_swap.c - one statement exchanges the old tables and the new ones, if nobody wrote to the
 * old ones meanwhile.
 */
#include "config.h"

#include "base/log.h"
#include "base/strbuf.h"
#include "catalog/server_sql.h"
#include "migrate/shadow_internal.h"
#include "state/fault.h"

/* What was copied is worth nothing once somebody writes to what it was copied from. *table is
 * NULL where nobody did, "" where the server cannot know. */
int shadow_find_written(struct shadow_run *run, const char **table)
{
    const char *values[2] = {run->live_schema, run->state.run_start};
    struct sql_result *result =
        server_query(run->connection, "shadow_written", 2, values, run->err);

    if (result == NULL)
        return -1;
    *table =
        sql_row_count(result) > 0 ? server_text_copy(run->arena, result, 0, 0) : NULL;
    sql_result_free(result);
    return 0;
}

static void add_rename(struct shadow_run *run, struct strbuf *text,
                       const char *from_schema, const char *from, const char *to_schema,
                       const char *to)
{
    strbuf_addf(text, ", %s.%s TO %s.%s", shadow_quoted(run, from_schema),
                shadow_quoted(run, from), shadow_quoted(run, to_schema),
                shadow_quoted(run, to));
}

static int add_archives(struct shadow_run *run, struct strbuf *text)
{
    const char *values[1] = {run->new_schema};
    struct sql_result *result =
        server_query(run->session, "shadow_archives", 1, values, run->err);

    if (result == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(result); i++)
        add_rename(run, text, run->new_schema, sql_text(result, i, 0), run->live_schema,
                   sql_text(result, i, 0));
    sql_result_free(result);
    return 0;
}

static void add_asides(struct shadow_run *run, struct strbuf *text,
                       const struct list *archives)
{
    for (size_t i = 0; i < archives->count; i++) {
        const struct shadow_archive *archive = archives->items[i];

        add_rename(run, text, run->new_schema, archive->from, run->live_schema,
                   archive->to);
    }
}

static void say_asides(struct shadow_run *run, const struct list *archives)
{
    for (size_t i = 0; i < archives->count; i++) {
        const struct shadow_archive *archive = archives->items[i];

        log_warning("%lld rows of %s could not be migrated and are kept in %s",
                    archive->rows, archive->of, archive->to);
        run->result->archived += archive->rows;
    }
}

static int refuse_written(struct shadow_run *run, const char *table)
{
    if (*table != '\0')
        (void)err_set(
            run->err, ERR_STATE,
            "table \"%s\" was written to while the new tables were made; they "
            "lack that, and nothing was exchanged",
            table);
    else
        (void)err_set(
            run->err, ERR_STATE,
            "the server was started while the new tables were made, and does not "
            "know whether tables were written to; nothing was exchanged");
    return err_hint(run->err, "Stop whatever writes to Airflow's database, and run the "
                              "same command again: it begins anew.");
}

/* The error is that of the exchange. */
static void put_triggers_back(struct shadow_run *run)
{
    struct err first = *run->err;

    if (shadow_triggers_put(run, false) != 0)
        log_error("%s", run->err->text);
    *run->err = first;
}

/* In place what must be there for it comes into being in its course. */
static int rename_tables(struct shadow_run *run, const char *sql)
{
    if (run->hold == NULL)
        return shadow_state_prepare(run->session, run->err) != 0 ? -1
                                                                 : shadow_sql(run, sql);
    log_debug("%s", sql);
    return hold_exchange(run->hold, run->session, sql, run->err);
}

static void add_tables(struct shadow_run *run, struct strbuf *text)
{
    const struct shadow *shadow = &run->shadow;

    for (size_t i = 0; i < shadow->leaving.count; i++) {
        const char *table = shadow->leaving.items[i];
        const char *name = shadow_standins_leaving(run, table);

        add_rename(run, text, run->live_schema, table,
                   name != NULL ? run->live_schema : run->old_schema,
                   name != NULL ? name : table);
    }
    for (size_t i = 0; i < shadow->coming.count; i++) {
        const char *table = shadow->coming.items[i];
        const char *name = shadow_standins_coming(run, table);

        add_rename(run, text, name != NULL ? run->live_schema : run->new_schema,
                   name != NULL ? name : table, run->live_schema, table);
    }
}

/* One statement, which is atomic in itself: all tables, and the mark that it was done. */
int shadow_swap(struct shadow_run *run)
{
    struct strbuf text = STRBUF_INIT;
    const char *written = NULL;
    struct list archives;
    int status;

    if (shadow_find_written(run, &written) != 0)
        return -1;
    if (written != NULL)
        return refuse_written(run, written);
    if (shadow_sql(run, arena_printf(run->arena, "CREATE DATABASE IF NOT EXISTS %s",
                                     shadow_quoted(run, run->old_schema))) != 0 ||
        shadow_aside_name_archives(run, &archives) != 0)
        return -1;
    status = run->hold != NULL ? shadow_standins_make(run) : shadow_triggers_drop(run);
    if (status == 0) {
        add_tables(run, &text);
        status = add_archives(run, &text);
    }
    add_asides(run, &text, &archives);
    if (run->hold != NULL)
        add_rename(run, &text, run->new_schema, HOLD_GATE, run->new_schema,
                   HOLD_GATE_PASSED);
    add_rename(run, &text, run->new_schema, HOLD_LEAVE, run->new_schema,
               "airshift_swapped");
    fault_point("shadow-swap", "before");
    if (status == 0)
        status = rename_tables(
            run, arena_printf(run->arena, "RENAME TABLE %s", strbuf_text(&text) + 2));
    strbuf_clear(&text);
    if (status != 0 && run->hold == NULL)
        put_triggers_back(run);
    fault_point("shadow-swap", "after");
    if (status == 0)
        say_asides(run, &archives);
    return status;
}
