/* SPDX-License-Identifier: Apache-2.0
 *
 * shadow_run.c - the steps of a fused run in their order. Each is noted in the shadow database
 * when it is done, and may be repeated where that is not known.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "catalog/read.h"
#include "catalog/server_sql.h"
#include "compiler/shadow.h"
#include "migrate/archive_table.h"
#include "migrate/natives.h"
#include "migrate/problems.h"
#include "migrate/ready.h"
#include "migrate/repeat.h"
#include "migrate/rights.h"
#include "migrate/run_state.h"
#include "migrate/shadow_run.h"
#include "migrate/shadow_state.h"
#include "migrate/shadow_work.h"
#include "render.h"
#include "state/fault.h"

#define KEPT_INDEX "kept index:" /* begins the note about an index */

struct run {
    const struct migrate_options *options;
    struct migrate_result *result;
    struct connection *connection; /* in Airflow's database */
    struct connection *session;    /* in the shadow database */
    struct url url;                /* of the shadow database */
    struct arena *arena;
    struct shadow_state state;
    const char *live_schema;
    const char *new_schema;
    const char *old_schema;
    struct plan plan;
    struct shadow shadow;
    struct list done;         /* const char * */
    struct list kept_indexes; /* const char *: for the plan */
    bool is_resumed;
    struct err *err;
};

static int sql(struct run *run, const char *text)
{
    log_debug("%s", text);
    return sql_exec(run->session, text, run->err);
}

static const char *quoted(struct run *run, const char *name)
{
    return dialect_quote_name(run->options->url->dialect, run->arena, name);
}

/* --- beginning and ending ---------------------------------------------------------- */

static void close_session(struct run *run)
{
    sql_close(run->session);
    run->session = NULL;
}

static int open_session(struct run *run)
{
    const char *settings;
    struct strbuf limit = STRBUF_INIT;
    int status;

    run->session = sql_connect(&run->url, "migrate", run->err);
    if (run->session == NULL)
        return -1;
    settings = server_sql(run->session, "shadow_session", run->err);
    sql_add_lock_timeout(run->session, &limit, run->options->lock_wait_seconds + 0.001);
    status = settings != NULL && sql_exec(run->session, settings, run->err) == 0 &&
                     ready_settle(run->session, run->err) == 0
                 ? sql_exec(run->session, strbuf_text(&limit), run->err)
                 : -1;
    strbuf_clear(&limit);
    return status;
}

static int drop(struct run *run, const char *schema)
{
    return sql_exec(
        run->connection,
        arena_printf(run->arena, "DROP DATABASE IF EXISTS %s", quoted(run, schema)),
        run->err);
}

/* Only where nothing was swapped: what remembers the run goes with it. */
static int throw_away(struct run *run)
{
    close_session(run);
    memset(&run->state, 0, sizeof(run->state));
    run->done.count = 0;
    run->kept_indexes.count = 0;
    run->is_resumed = false;
    return drop(run, run->new_schema) != 0 ? -1 : drop(run, run->old_schema);
}

/* The database that remembers goes last. */
static int finish(struct run *run)
{
    close_session(run);
    fault_point("shadow-drop", "before");
    if (drop(run, run->old_schema) != 0)
        return -1;
    fault_point("shadow-drop", "between");
    return drop(run, run->new_schema);
}

static int name_schemas(struct run *run)
{
    run->live_schema = catalog_read_schema(run->connection, run->arena, run->err);
    if (run->live_schema == NULL)
        return -1;
    run->new_schema =
        shadow_schema(run->arena, run->live_schema, SHADOW_NEW_SUFFIX, run->err);
    run->old_schema =
        shadow_schema(run->arena, run->live_schema, SHADOW_OLD_SUFFIX, run->err);
    return run->new_schema != NULL && run->old_schema != NULL ? 0 : -1;
}

/* Reads what an earlier run left, and finishes one that has swapped. */
static int look_back(struct run *run)
{
    if (shadow_state_look(run->connection, run->arena, run->new_schema, run->old_schema,
                          &run->state, run->err) != 0)
        return -1;
    if (run->state.phase == SHADOW_SWAPPED) {
        log_info("finishing a migration that was interrupted after its swap");
        memset(&run->state, 0, sizeof(run->state));
        return finish(run);
    }
    if (run->state.phase != SHADOW_BUILD)
        return 0;
    if (open_session(run) != 0 ||
        shadow_state_read(run->session, run->arena, &run->state, run->err) != 0 ||
        shadow_state_read_done(run->session, run->arena, &run->done, run->err) != 0)
        return -1;
    run->is_resumed = run->state.phase == SHADOW_BUILD;
    for (size_t i = 0; i < run->done.count; i++) {
        const char *item = run->done.items[i];

        if (strncmp(item, KEPT_INDEX, strlen(KEPT_INDEX)) == 0)
            list_add(run->arena, &run->kept_indexes,
                     (void *)(item + strlen(KEPT_INDEX)));
    }
    return run->is_resumed ? 0 : throw_away(run);
}

/* Statistics are computed in the background otherwise, some time after the rows came: too late
 * for what has been loaded just now, or filled. They tell which tables are big. */
static int analyze(struct run *run, struct connection *connection,
                   const struct list *tables)
{
    struct strbuf text = STRBUF_INIT;
    struct sql_result *result;

    if (tables->count == 0)
        return 0;
    strbuf_add_string(&text, "ANALYZE NO_WRITE_TO_BINLOG TABLE ");
    for (size_t i = 0; i < tables->count; i++)
        strbuf_addf(&text, "%s%s", i > 0 ? ", " : "", quoted(run, tables->items[i]));
    result = sql_query(connection, strbuf_text(&text), 0, NULL, run->err);
    strbuf_clear(&text);
    sql_result_free(result);
    return result != NULL ? 0 : -1;
}

static int analyze_live(struct run *run)
{
    const char *values[1] = {run->live_schema};
    struct list tables = {NULL, 0, 0};
    struct sql_result *result;
    struct plan way = {0};
    int status = plan_locate(&way, run->connection, run->options->url,
                             &run->options->target, run->err);
    bool is_needed = !way.is_noop;

    plan_clear(&way);
    if (status != 0 || !is_needed)
        return status;
    result = server_query(run->connection, "shadow_tables", 1, values, run->err);
    if (result == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(result); i++)
        list_add(run->arena, &tables,
                 (void *)server_text_copy(run->arena, result, i, 0));
    sql_result_free(result);
    return analyze(run, run->connection, &tables);
}

/* What was copied is worth nothing once somebody writes to what it was copied from. *table is
 * NULL where nobody did, "" where the server cannot know. */
static int find_written(struct run *run, const char **table)
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

/* --- planning ---------------------------------------------------------------------- */

static int invent(struct run *run)
{
    struct run_state invented = {0};

    if (run_state_invent(run->connection, run->arena, &invented, run->err) != 0)
        return -1;
    run->state.seed = invented.seed;
    run->state.run_start = invented.run_start;
    return 0;
}

static int make_plan(struct run *run)
{
    struct plan_options options = {
        .target = run->options->target,
        .seed = run->state.seed,
        .run_start = run->state.run_start,
        .side_schema = run->new_schema,
        .kept_indexes = &run->kept_indexes,
    };

    plan_clear(&run->plan);
    if (plan_compile(&run->plan, run->connection, run->options->url, &options,
                     run->err) != 0)
        return -1;
    return run->plan.is_noop ? 0 : shadow_make(&run->plan, &run->shadow, run->err);
}

/* What a dry run has built is of no use to anybody: a plan that there is not. */
static const char dry_run[] = "dry run";

static int refuse_dry_run(struct run *run)
{
    (void)err_set(run->err, ERR_STATE, "a migration that began at %s was broken off",
                  run->state.run_start);
    return err_hint(run->err, "Finish it: run the same command without --dry-run.");
}

/* Before it is planned: for a new run the statistics are made fresh first. */
static int leave_stale_build(struct run *run)
{
    const char *table = NULL;

    if (!run->is_resumed)
        return 0;
    if (find_written(run, &table) != 0)
        return -1;
    if (table == NULL)
        return 0;
    if (*table != '\0')
        log_info(
            "table \"%s\" was written to since the interrupted migration began: what "
            "it built is thrown away",
            table);
    else
        log_info(
            "the server was started since the interrupted migration began, and does "
            "not know whether tables were written to: what was built is thrown away");
    return throw_away(run);
}

/* The run that is recorded is gone on with only if it is the same plan. */
static int plan_or_plan_again(struct run *run)
{
    if (leave_stale_build(run) != 0)
        return -1;
    if (!run->is_resumed && (analyze_live(run) != 0 || invent(run) != 0))
        return -1;
    if (run->is_resumed && run->options->is_dry_run &&
        strcmp(run->state.digest, dry_run) != 0)
        return refuse_dry_run(run);
    if (make_plan(run) != 0)
        return -1;
    if (!run->is_resumed)
        return 0;
    if (!run->plan.is_noop && strcmp(run->state.digest, run->shadow.digest) == 0 &&
        shadow_state_has(&run->done, "build")) {
        log_info("going on with the migration that began at %s", run->state.run_start);
        return 0;
    }
    log_info("an interrupted migration to %s had not come far, or had another plan: "
             "what it built is thrown away",
             run->state.target);
    return throw_away(run) != 0 || invent(run) != 0 ? -1 : make_plan(run);
}

/* The server itself tells what it would do with an index, on an empty copy that keeps what
 * the catalog does not show. */
static int probe(struct run *run, const struct shadow_doubt *doubt)
{
    const char *values[2] = {run->new_schema, doubt->index};
    struct sql_result *result;
    const char *name;
    bool stays;

    if (sql(run, "DROP TABLE IF EXISTS airshift_probe") != 0 ||
        sql(run, arena_printf(run->arena, "CREATE TABLE airshift_probe LIKE %s.%s",
                              quoted(run, run->live_schema),
                              quoted(run, doubt->table))) != 0 ||
        sql(run, arena_printf(run->arena,
                              "ALTER TABLE airshift_probe ADD INDEX airshift_probe %s",
                              doubt->columns)) != 0)
        return -1;
    result = server_query(run->session, "shadow_probe", 2, values, run->err);
    if (result == NULL)
        return -1;
    stays = sql_text(result, 0, 0)[0] == 't';
    sql_result_free(result);
    if (!stays)
        return 0;
    name = arena_printf(run->arena, "%s.%s", doubt->table, doubt->index);
    list_add(run->arena, &run->kept_indexes, (void *)name);
    return shadow_state_done(run->session,
                             arena_printf(run->arena, KEPT_INDEX "%s", name), run->err);
}

static int resolve_doubts(struct run *run)
{
    for (size_t i = 0; i < run->shadow.doubts.count; i++) {
        if (probe(run, run->shadow.doubts.items[i]) != 0)
            return -1;
    }
    if (sql(run, "DROP TABLE IF EXISTS airshift_probe") != 0)
        return -1;
    return run->kept_indexes.count > 0 ? make_plan(run) : 0;
}

/* --- the steps --------------------------------------------------------------------- */

static bool is_done(const struct run *run, const char *item)
{
    return shadow_state_has(&run->done, item);
}

/* A statement that is done is noted; one of an earlier run that is not noted may be done. */
static int run_noted(struct run *run, const char *item, const char *text)
{
    if (is_done(run, item))
        return 0;
    if (sql(run, text) != 0) {
        if (!run->is_resumed || !repeat_was_done(run->err))
            return -1;
        err_clear(run->err);
    }
    fault_point("shadow-statement", "after");
    return shadow_state_done(run->session, item, run->err);
}

/* The live table's own definition, empty and in the shadow database. */
static int clone(struct run *run, const char *name)
{
    struct sql_result *result =
        sql_query(run->session,
                  arena_printf(run->arena, "SHOW CREATE TABLE %s.%s",
                               quoted(run, run->live_schema), quoted(run, name)),
                  0, NULL, run->err);
    int status;

    if (result == NULL)
        return -1;
    status = sql(run, sql_text(result, 0, 1));
    sql_result_free(result);
    return status != 0 ? err_wrap(run->err, "table \"%s\"", name) : 0;
}

static int build_tables(struct run *run)
{
    if (is_done(run, "build"))
        return 0;
    log_info("making %zu new tables", run->shadow.coming.count);
    for (size_t i = 0; i < run->shadow.clones.count; i++) {
        if (clone(run, run->shadow.clones.items[i]) != 0)
            return -1;
    }
    for (size_t i = 0; i < run->shadow.build.count; i++) {
        if (sql(run, run->shadow.build.items[i]) != 0)
            return -1;
    }
    fault_point("shadow-build", "before");
    return shadow_state_done(run->session, "build", run->err);
}

/* Rows whose value becomes NULL because it cannot be converted are kept whole. */
static int archive(struct run *run, const struct native_use *use)
{
    const char *name = arena_printf(run->arena, "_airshift_archive__%s_%.8s",
                                    use->function, run->state.seed);
    long long count = archive_table_problems(run->session, run->arena, use, run->err);

    if (count <= 0 || strcmp(use->function, "unpickle_json") != 0)
        return count < 0 ? -1 : 0;
    if (archive_table_make(
            run->session, run->arena, run->options->url->dialect, name, use,
            arena_printf(run->arena, "(SELECT src.* FROM %s) AS src", use->relation),
            "src", run->err) != 0)
        return -1;
    run->result->archived += count;
    log_warning(
        "%lld values cannot be converted by %s: NULL in the new column, as with "
        "Airflow, and kept whole in %s",
        count, use->function, name);
    return 0;
}

static int compute_natives(struct run *run)
{
    const struct list *natives = &run->plan.lowering.natives;

    if (is_done(run, "natives"))
        return 0;
    if (natives_fill_now(&run->plan.lowering, run->session, &run->options->fernet,
                         run->err) != 0)
        return -1;
    for (size_t i = 0; i < natives->count; i++) {
        if (archive(run, natives->items[i]) != 0)
            return -1;
    }
    fault_point("shadow-natives", "before");
    return shadow_state_done(run->session, "natives", run->err);
}

static int fill_tables(struct run *run)
{
    struct shadow_work work = {
        .url = &run->url,
        .shadow = &run->shadow,
        .done = &run->done,
        .is_resumed = run->is_resumed,
        .workers = run->options->workers > 0 ? run->options->workers : 2,
        .style = run->options->progress,
        .lock_timeout_seconds = run->options->lock_wait_seconds,
    };

    return shadow_work_run(&work, run->err);
}

static int add_foreign_keys(struct run *run)
{
    for (size_t i = 0; i < run->shadow.foreign_keys.count; i++) {
        if (run_noted(run, arena_printf(run->arena, "foreign keys:%zu", i),
                      run->shadow.foreign_keys.items[i]) != 0)
            return -1;
    }
    return 0;
}

/* A transaction with its note, but for a helper table, which commits by itself. */
static int run_late(struct run *run)
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
        if (sql(run, "BEGIN") != 0 || sql(run, text) != 0 ||
            shadow_state_done(run->session, item, run->err) != 0)
            return -1;
        fault_point("shadow-late", "commit");
        if (sql(run, "COMMIT") != 0)
            return -1;
    }
    return 0;
}

/* --- the swap ---------------------------------------------------------------------- */

static void add_rename(struct run *run, struct strbuf *text, const char *from_schema,
                       const char *from, const char *to_schema, const char *to)
{
    strbuf_addf(text, ", %s.%s TO %s.%s", quoted(run, from_schema), quoted(run, from),
                quoted(run, to_schema), quoted(run, to));
}

static int add_archives(struct run *run, struct strbuf *text)
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

static int refuse_written(struct run *run, const char *table)
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

/* One statement, which is atomic in itself: all tables, and the mark that it was done. */
static int swap(struct run *run)
{
    const struct shadow *shadow = &run->shadow;
    struct strbuf text = STRBUF_INIT;
    const char *written = NULL;
    int status;

    if (find_written(run, &written) != 0)
        return -1;
    if (written != NULL)
        return refuse_written(run, written);
    if (sql(run, arena_printf(run->arena, "CREATE DATABASE IF NOT EXISTS %s",
                              quoted(run, run->old_schema))) != 0)
        return -1;
    for (size_t i = 0; i < shadow->leaving.count; i++)
        add_rename(run, &text, run->live_schema, shadow->leaving.items[i],
                   run->old_schema, shadow->leaving.items[i]);
    for (size_t i = 0; i < shadow->coming.count; i++)
        add_rename(run, &text, run->new_schema, shadow->coming.items[i],
                   run->live_schema, shadow->coming.items[i]);
    status = add_archives(run, &text);
    add_rename(run, &text, run->new_schema, "airshift_pending", run->new_schema,
               "airshift_swapped");
    fault_point("shadow-swap", "before");
    if (status == 0)
        status = sql(
            run, arena_printf(run->arena, "RENAME TABLE %s", strbuf_text(&text) + 2));
    strbuf_clear(&text);
    fault_point("shadow-swap", "after");
    return status;
}

/* --- all together ------------------------------------------------------------------ */

static int begin(struct run *run)
{
    if (run->is_resumed)
        return 0;
    close_session(run);
    if (shadow_state_create(run->connection, run->live_schema, run->new_schema,
                            run->err) != 0)
        return -1;
    fault_point("shadow-begin", "between");
    if (open_session(run) != 0 || shadow_state_prepare(run->session, run->err) != 0 ||
        resolve_doubts(run) != 0)
        return -1;
    run->state.source = run->plan.source_version;
    run->state.target = run->plan.target_version;
    run->state.items = run->shadow.items.count;
    run->state.digest = run->options->is_dry_run ? dry_run : run->shadow.digest;
    return shadow_state_begin(run->session, &run->state, run->err);
}

/* Rows stand in the way, so rows will be changed before the next run: nothing built so far is
 * worth keeping. */
static int give_up(struct run *run)
{
    struct err first = *run->err;

    if (first.category != ERR_DATA) {
        if (first.hint[0] == '\0')
            (void)err_hint(run->err,
                           "Airflow's tables are unchanged, and what is built "
                           "is kept: the same command goes on from here.");
        return -1;
    }
    if (throw_away(run) != 0)
        log_warning("what was built could not be removed: %s", run->err->text);
    else
        log_info("nothing was changed, and what was built is removed");
    *run->err = first;
    if (first.hint[0] == '\0')
        (void)err_hint(run->err,
                       "Correct or delete the rows and run the same command again.");
    return -1;
}

static int build_and_swap(struct run *run)
{
    if (begin(run) != 0)
        return -1;
    if (build_tables(run) != 0 || compute_natives(run) != 0 || fill_tables(run) != 0 ||
        add_foreign_keys(run) != 0 || run_late(run) != 0 ||
        analyze(run, run->session, &run->shadow.coming) != 0)
        return give_up(run);
    if (run->options->is_dry_run)
        return throw_away(run);
    return swap(run) != 0 ? give_up(run) : finish(run);
}

/* What would end it after hours of building. Tables are made whole, so what only concerns
 * keys that go and come is of no interest here. */
static int make_sure(struct run *run)
{
    const struct list none = {NULL, 0, 0};
    struct ready ready;

    if (rights_check(run->connection, run->live_schema, &none, run->err) != 0 ||
        sql_check_rights(run->connection, run->new_schema, run->err) != 0 ||
        sql_check_rights(run->connection, run->old_schema, run->err) != 0 ||
        ready_begin(&ready, run->connection, run->arena, run->live_schema, run->err) !=
            0)
        return -1;
    return ready_end(&ready, true, run->err);
}

static int run_all(struct run *run)
{
    if (name_schemas(run) != 0)
        return -1;
    url_for_database(&run->url, run->options->url, run->new_schema);
    if (look_back(run) != 0 || plan_or_plan_again(run) != 0)
        return -1;
    (void)snprintf(run->result->from, sizeof(run->result->from), "%s",
                   run->plan.source_version);
    (void)snprintf(run->result->to, sizeof(run->result->to), "%s",
                   run->plan.target_version);
    run->result->was_current = run->plan.is_noop;
    if (run->plan.is_noop)
        return 0;
    return problems_report(&run->plan, run->err) != 0 || make_sure(run) != 0
               ? -1
               : build_and_swap(run);
}

int shadow_run(const struct migrate_options *options, struct migrate_result *result,
               struct connection *connection, struct err *err)
{
    struct run run = {
        .options = options,
        .result = result,
        .connection = connection,
        .arena = arena_new(),
        .err = err,
    };
    int status = run_all(&run);

    sql_close(run.session);
    url_clear(&run.url);
    plan_clear(&run.plan);
    arena_free(run.arena);
    return status;
}

int shadow_finish_swapped(const struct migrate_options *options,
                          struct connection *connection, struct err *err)
{
    struct run run = {
        .options = options,
        .connection = connection,
        .arena = arena_new(),
        .err = err,
    };
    struct err ignored;
    int status = name_schemas(&run);

    /* What else may be there does not matter to the other executor. */
    if (status == 0 &&
        shadow_state_look(connection, run.arena, run.new_schema, run.old_schema,
                          &run.state, &ignored) == 0 &&
        run.state.phase == SHADOW_SWAPPED)
        status = finish(&run);
    arena_free(run.arena);
    return status;
}

int shadow_discard(const struct migrate_options *options, struct connection *connection,
                   bool *was_there, struct err *err)
{
    struct run run = {
        .options = options,
        .connection = connection,
        .arena = arena_new(),
        .err = err,
    };
    int status = name_schemas(&run) != 0 ||
                         shadow_state_look(connection, run.arena, run.new_schema,
                                           run.old_schema, &run.state, err) != 0
                     ? -1
                     : 0;

    *was_there = status == 0 && run.state.phase != SHADOW_NONE;
    if (*was_there)
        status = run.state.phase == SHADOW_SWAPPED ? finish(&run) : throw_away(&run);
    arena_free(run.arena);
    return status;
}
