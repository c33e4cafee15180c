/* SPDX-License-Identifier: Apache-2.0
 *
 * shadow_build.c - the new tables, from their definitions to the last row: all steps up to the
 * swap. Each is noted when it is done, and may be repeated where that is not known.
 */
#include "config.h"

#include <string.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "catalog/server_sql.h"
#include "compiler/rows.h"
#include "migrate/archive_table.h"
#include "migrate/natives.h"
#include "migrate/repeat.h"
#include "migrate/shadow_internal.h"
#include "migrate/shadow_work.h"
#include "render.h"
#include "state/fault.h"

int shadow_sql(struct shadow_run *run, const char *text)
{
    log_debug("%s", text);
    return sql_exec(run->session, text, run->err);
}

const char *shadow_quoted(struct shadow_run *run, const char *name)
{
    return dialect_quote_name(run->options->url->dialect, run->arena, name);
}

/* Statistics are computed in the background otherwise, some time after the rows came: too late
 * for what has been loaded just now, or filled. They tell which tables are big. */
int shadow_analyze(struct shadow_run *run, struct connection *connection,
                   const struct list *tables)
{
    struct strbuf text = STRBUF_INIT;
    struct sql_result *result;

    if (tables->count == 0)
        return 0;
    strbuf_add_string(&text, "ANALYZE NO_WRITE_TO_BINLOG TABLE ");
    for (size_t i = 0; i < tables->count; i++)
        strbuf_addf(&text, "%s%s", i > 0 ? ", " : "",
                    shadow_quoted(run, tables->items[i]));
    result = sql_query(connection, strbuf_text(&text), 0, NULL, run->err);
    strbuf_clear(&text);
    sql_result_free(result);
    return result != NULL ? 0 : -1;
}

/* --- the steps --------------------------------------------------------------------- */

static bool is_done(const struct shadow_run *run, const char *item)
{
    return list_has_text(&run->done, item);
}

/* A statement that is done is noted; one of an earlier run that is not noted may be done. */
static int run_noted(struct shadow_run *run, const char *item, const char *text)
{
    if (is_done(run, item))
        return 0;
    if (shadow_sql(run, text) != 0) {
        if (!run->is_resumed || !repeat_was_done(run->err))
            return -1;
        err_clear(run->err);
    }
    fault_point("shadow-statement", "after");
    return shadow_state_done(run->session, item, run->err);
}

/* The live table's own definition, empty and in the shadow database. */
static int clone(struct shadow_run *run, const char *name)
{
    struct sql_result *result = sql_query(
        run->session,
        arena_printf(run->arena, "SHOW CREATE TABLE %s.%s",
                     shadow_quoted(run, run->live_schema), shadow_quoted(run, name)),
        0, NULL, run->err);
    int status;

    if (result == NULL)
        return -1;
    status = shadow_sql(run, sql_text(result, 0, 1));
    sql_result_free(result);
    return status != 0 ? err_wrap(run->err, "table \"%s\"", name) : 0;
}

/* What was built before rows were set aside. */
static int drop_built(struct shadow_run *run)
{
    const char *values[1] = {run->new_schema};
    struct sql_result *result =
        server_query(run->session, "shadow_built", 1, values, run->err);
    int status = result != NULL ? 0 : -1;

    for (size_t i = 0; status == 0 && i < sql_row_count(result); i++)
        status =
            shadow_sql(run, arena_printf(run->arena, "DROP TABLE %s",
                                         shadow_quoted(run, sql_text(result, i, 0))));
    sql_result_free(result);
    return status;
}

static int build_tables(struct shadow_run *run)
{
    if (is_done(run, "build"))
        return 0;
    if (is_done(run, "aside") && drop_built(run) != 0)
        return -1;
    log_info("making %zu new tables", run->shadow.coming.count);
    for (size_t i = 0; i < run->shadow.clones.count; i++) {
        if (clone(run, run->shadow.clones.items[i]) != 0)
            return -1;
    }
    for (size_t i = 0; i < run->shadow.build.count; i++) {
        if (shadow_sql(run, run->shadow.build.items[i]) != 0)
            return -1;
    }
    fault_point("shadow-build", "before");
    return shadow_state_done(run->session, "build", run->err);
}

/* Rows whose value becomes NULL because it cannot be converted are kept whole. */
static int compute_natives(struct shadow_run *run)
{
    const struct list *natives = &run->plan.lowering.natives;

    if (is_done(run, "natives"))
        return 0;
    if (natives_fill_now(&run->plan.lowering, run->session, &run->options->fernet,
                         run->err) != 0)
        return -1;
    for (size_t i = 0; i < natives->count; i++) {
        const struct native_use *use = natives->items[i];
        long long count = archive_table_keep_nulls(
            run->session, run->arena, run->options->url->dialect, run->state.seed, use,
            arena_printf(run->arena,
                         "(SELECT " ROWS_SOURCE_ALIAS
                         ".* FROM %s) AS " ROWS_SOURCE_ALIAS,
                         use->relation),
            ROWS_SOURCE_ALIAS, run->err);

        if (count < 0)
            return -1;
        run->result->archived += count;
    }
    fault_point("shadow-natives", "before");
    return shadow_state_done(run->session, "natives", run->err);
}

static int fill_tables(struct shadow_run *run)
{
    struct shadow_work work = {
        .url = &run->url,
        .shadow = &run->shadow,
        .done = &run->done,
        .is_resumed = run->is_resumed,
        .has_quarantine = run->options->has_quarantine,
        .workers = run->options->workers > 0 ? run->options->workers : 2,
        .style = run->options->progress,
        .throttle = migrate_throttle(run->options),
        .lock_timeout_seconds = run->options->lock_wait_seconds,
        .has_differed = &run->has_differed,
    };

    bool has_found = false;
    int status = shadow_work_run(&work, run->err);

    /* A run that was killed may have found some, too. */
    if (status < 0 || !run->options->has_quarantine)
        return status;
    return shadow_aside_read(run, &has_found) != 0 ? -1 : has_found;
}

static int add_foreign_keys(struct shadow_run *run)
{
    for (size_t i = 0; i < run->shadow.foreign_keys.count; i++) {
        if (run_noted(run, arena_printf(run->arena, "foreign keys:%zu", i),
                      run->shadow.foreign_keys.items[i]) != 0)
            return -1;
    }
    return 0;
}

/* A transaction with its note, but for a helper table, which commits by itself. */
static int run_late(struct shadow_run *run)
{
    for (size_t i = 0; i < run->shadow.late.count; i++) {
        const char *item = arena_printf(run->arena, "late:%zu", i);
        const char *text = run->shadow.late.items[i];
        bool is_catalog =
            strncmp(text, "CREATE ", 7) == 0 || strncmp(text, "DROP ", 5) == 0;

        if (is_done(run, item))
            continue;
        if (is_catalog) {
            if (run_noted(run, item, text) != 0)
                return -1;
            continue;
        }
        if (shadow_sql(run, "BEGIN") != 0 || shadow_sql(run, text) != 0 ||
            shadow_state_done(run->session, item, run->err) != 0)
            return -1;
        fault_point("shadow-late", "commit");
        if (shadow_sql(run, "COMMIT") != 0)
            return -1;
    }
    return 0;
}

int shadow_build(struct shadow_run *run)
{
    int status =
        build_tables(run) != 0 ||
                (!is_done(run, "triggers") && shadow_triggers_note(run) != 0) ||
                compute_natives(run) != 0
            ? -1
            : fill_tables(run);

    if (status != 0)
        return status;
    if (run->options->verifies_rows && !is_done(run, "verified") &&
        shadow_state_done(run->session, "verified", run->err) != 0)
        return -1;
    return add_foreign_keys(run) != 0 || run_late(run) != 0
               ? -1
               : shadow_analyze(run, run->session, &run->shadow.coming);
}
