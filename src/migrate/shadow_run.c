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
#include "compiler/plan_internal.h"
#include "compiler/shadow.h"
#include "migrate/durability.h"
#include "migrate/foresight.h"
#include "migrate/problems.h"
#include "migrate/ready.h"
#include "migrate/rights.h"
#include "migrate/run_state.h"
#include "migrate/shadow_internal.h"
#include "migrate/shadow_leave.h"
#include "migrate/shadow_run.h"
#include "render.h"
#include "state/fault.h"

#define KEPT_INDEX "kept index:" /* begins the note about an index */

/* --- beginning and ending ---------------------------------------------------------- */

static void close_session(struct shadow_run *run)
{
    sql_close(run->session);
    run->session = NULL;
}

static int open_session(struct shadow_run *run)
{
    run->session = shadow_state_connect(&run->url, "migrate",
                                        run->options->lock_wait_seconds, run->err);
    return run->session != NULL ? 0 : -1;
}

static int drop(struct shadow_run *run, const char *schema)
{
    return sql_exec(run->connection,
                    arena_printf(run->arena, "DROP DATABASE IF EXISTS %s",
                                 shadow_quoted(run, schema)),
                    run->err);
}

/* Only where nothing was swapped: what remembers the run goes with it, so what was taken from
 * the live tables for the exchange is put back first. */
static int throw_away(struct shadow_run *run)
{
    close_session(run);
    if (shadow_triggers_put(run, false) != 0)
        return -1;
    memset(&run->state, 0, sizeof(run->state));
    run->done.count = 0;
    run->kept_indexes.count = 0;
    run->aside.count = 0;
    run->is_resumed = false;
    return drop(run, run->new_schema) != 0 ? -1 : drop(run, run->old_schema);
}

/* The database that remembers goes last. */
static int finish(struct shadow_run *run)
{
    close_session(run);
    fault_point("shadow-drop", "before");
    if (shadow_triggers_put(run, true) != 0 || drop(run, run->old_schema) != 0)
        return -1;
    fault_point("shadow-drop", "between");
    return drop(run, run->new_schema);
}

static int name_schemas(struct shadow_run *run)
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
static int look_back(struct shadow_run *run)
{
    if (shadow_state_look(run->connection, run->new_schema, run->old_schema,
                          &run->state, run->err) != 0)
        return -1;
    if (run->state.phase == SHADOW_SWAPPED) {
        log_info("finishing a migration that was interrupted after its swap");
        memset(&run->state, 0, sizeof(run->state));
        return finish(run);
    }
    if (run->state.phase != SHADOW_BUILD)
        return 0;
    if (shadow_standins_undo(run) != 0 || open_session(run) != 0 ||
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

static int analyze_live(struct shadow_run *run)
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
    return shadow_analyze(run, run->connection, &tables);
}

/* --- planning ---------------------------------------------------------------------- */

static int invent(struct shadow_run *run)
{
    struct run_state invented = {0};

    if (run_state_invent(run->connection, run->arena, &invented, run->err) != 0)
        return -1;
    run->state.seed = invented.seed;
    run->state.run_start = invented.run_start;
    return 0;
}

static int make_plan(struct shadow_run *run)
{
    struct plan_options options = {
        .target = run->options->target,
        .seed = run->state.seed,
        .run_start = run->state.run_start,
        .is_in_place = !run->options->is_detached,
        .kept_indexes = &run->kept_indexes,
        .verifies_rows = run->options->verifies_rows,
        .aside = &run->aside,
    };

    plan_clear(&run->plan);
    return shadow_plan(&run->plan, &run->shadow, run->connection, run->options->url,
                       &options, run->arena, run->err);
}

int shadow_plan_again(struct shadow_run *run)
{
    if (make_plan(run) != 0 || problems_report(&run->plan, run->err) != 0)
        return -1;
    if (!run->options->is_dry_run)
        run->state.digest = arena_strdup(run->arena, run->shadow.digest);
    return 0;
}

/* What a dry run has built is of no use to anybody: a plan that there is not. */
static const char dry_run[] = "dry run";

static int refuse_dry_run(struct shadow_run *run)
{
    (void)err_set(run->err, ERR_STATE, "a migration that began at %s was broken off",
                  run->state.run_start);
    return err_hint(run->err, "Finish it: run the same command without --dry-run.");
}

/* Before it is planned: for a new run the statistics are made fresh first. */
static int leave_stale_build(struct shadow_run *run)
{
    const char *table = NULL;

    if (!run->is_resumed)
        return 0;
    if (shadow_find_written(run, &table) != 0)
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

/* A build of which rows are set aside is of use only to who asks for that again. */
static int read_aside(struct shadow_run *run)
{
    bool has_found = false;

    if (!run->is_resumed)
        return 0;
    if (shadow_aside_read(run, &has_found) != 0)
        return -1;
    if (run->options->has_quarantine || (run->aside.count == 0 && !has_found))
        return 0;
    log_info("the interrupted migration set rows aside (--quarantine): its build is "
             "thrown away");
    return throw_away(run);
}

/* The last statements change filled tables: then it is too late to hold them against what
 * they were filled with. */
static bool is_too_late(const struct shadow_run *run)
{
    return run->options->verifies_rows && list_has_text(&run->done, "late:0") &&
           !list_has_text(&run->done, "verified");
}

/* The run that is recorded is gone on with only if it is the same plan. */
static int plan_or_plan_again(struct shadow_run *run)
{
    if (leave_stale_build(run) != 0 || read_aside(run) != 0)
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
        !is_too_late(run) &&
        (list_has_text(&run->done, "build") || list_has_text(&run->done, "aside"))) {
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
static int probe(struct shadow_run *run, const struct shadow_doubt *doubt)
{
    const char *values[2] = {run->new_schema, doubt->index};
    struct sql_result *result;
    const char *name;
    bool stays;

    if (shadow_sql(run, "DROP TABLE IF EXISTS airshift_probe") != 0 ||
        shadow_sql(run,
                   arena_printf(run->arena, "CREATE TABLE airshift_probe LIKE %s.%s",
                                shadow_quoted(run, run->live_schema),
                                shadow_quoted(run, doubt->table))) != 0 ||
        shadow_sql(
            run, arena_printf(run->arena,
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

static int resolve_doubts(struct shadow_run *run)
{
    for (size_t i = 0; i < run->shadow.doubts.count; i++) {
        if (probe(run, run->shadow.doubts.items[i]) != 0)
            return -1;
    }
    if (shadow_sql(run, "DROP TABLE IF EXISTS airshift_probe") != 0)
        return -1;
    return run->kept_indexes.count > 0 ? make_plan(run) : 0;
}

/* --- all together ------------------------------------------------------------------ */

static int begin(struct shadow_run *run)
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
static int give_up(struct shadow_run *run)
{
    struct err first = *run->err;

    if (first.category != ERR_DATA && !run->has_differed) {
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

unsigned long long shadow_big_bytes(void)
{
    return fault_limit("AIRSHIFT_TEST_SHADOW_BIG_BYTES", PLAN_SMALL_BYTES);
}

/* What is cheap to look for was looked for before the build; it failed for what is not. 1 where
 * rows were set aside. */
static int find_the_rest(struct shadow_run *run)
{
    struct err first = *run->err;
    long long rows;

    log_info("looking for the rows that are in the way: %s", first.text);
    rows = shadow_aside_find(run, true);
    if (rows != 0)
        return rows < 0 ? -1 : 1;
    *run->err = first;
    return -1;
}

/* Builds once. 1 where rows were set aside, meanwhile, or because it failed. */
static int build_once(struct shadow_run *run)
{
    int status = shadow_build(run);

    return status < 0 && run->options->has_quarantine && !run->has_differed &&
                   run->err->category == ERR_DATA
               ? find_the_rest(run)
               : status;
}

/* Until no row is set aside that the plan does not know of. */
static int build(struct shadow_run *run)
{
    bool has_looked = !run->options->has_quarantine;

    for (;;) {
        int status = 0;

        if (!has_looked) {
            long long rows = shadow_aside_find(run, false);

            if (rows < 0)
                return -1;
            has_looked = rows == 0;
            status = rows > 0;
        }
        if (has_looked)
            status = build_once(run);
        if (status <= 0)
            return status;
        if (shadow_aside_end_round(run) != 0)
            return err_wrap(run->err, "rows could not be set aside");
    }
}

/* A session that looked at an earlier run is open already. */
static int defer_durability(struct shadow_run *run)
{
    if (!run->options->defers_durability || run->finds_only)
        return 0;
    if (durability_defer(run->connection, run->err) != 0)
        return -1;
    return run->session != NULL ? durability_settle_session(run->session, run->err) : 0;
}

/* Whoever waits goes on, to the old tables or to the new ones. */
static void let_go(struct shadow_run *run)
{
    hold_free(run->hold);
    run->hold = NULL;
}

/* Sessions that will be wanted, and the end of the second that the run is known by. */
static int prepare_hold(struct shadow_run *run)
{
    const char *values[1] = {run->state.run_start};

    return run->hold == NULL ? 0
           : hold_prepare(run->hold, &run->shadow.leaving, run->err) != 0
               ? -1
               : server_change(run->connection, "hold_turn", 1, values, run->err);
}

/* The new tables that were in the live database for the exchange leave it, once no RENAME can come
 * late any more. The next run would do the same; the error is that of the exchange. */
static void take_back(struct shadow_run *run)
{
    struct err first = *run->err;

    close_session(run);
    if (hold_end_earlier(run->connection, run->live_schema, run->err) != 0 ||
        shadow_standins_undo(run) != 0)
        log_warning("what was in the tables' database for the exchange stays there "
                    "until the next run: %s",
                    run->err->text);
    *run->err = first;
}

/* The rows that were found leave the tables, of which the locks must be let go for that. */
static int leave(struct shadow_run *run)
{
    const char *written = NULL;

    let_go(run);
    if (shadow_find_written(run, &written) != 0)
        return -1;
    if (written != NULL) {
        (void)err_set(
            run->err, ERR_STATE,
            "table \"%s\" was written to while rows were looked for; none was "
            "set aside",
            written);
        return err_hint(run->err, "Stop whatever writes to Airflow's database, and run "
                                  "the same command again: it begins anew.");
    }
    return shadow_leave(run) != 0 ? -1 : throw_away(run);
}

static int build_and_swap(struct shadow_run *run)
{
    int status;

    if (defer_durability(run) != 0 || begin(run) != 0 || prepare_hold(run) != 0)
        return -1;
    status = build(run);
    if (status == 0 && run->options->is_dry_run)
        return throw_away(run);
    if (status == 0 && run->finds_only)
        return leave(run);
    if (status == 0)
        status = shadow_swap(run);
    let_go(run);
    if (status != 0 && run->standins.count > 0)
        take_back(run);
    return status != 0 ? give_up(run) : finish(run);
}

/* What would end it after hours of building. Tables are made whole, so what only concerns
 * keys that go and come is of no interest here. */
static int make_sure(struct shadow_run *run)
{
    const struct list none = {NULL, 0, 0};
    /* Values are looked at by the copies, and so are the keys of small tables. With --quarantine
     * the build itself begins with this. */
    const struct foresee_options options = {
        .key_min = shadow_big_bytes(),
    };
    struct ready ready;

    if (rights_check(run->connection, run->live_schema, &none, run->err) != 0 ||
        sql_check_rights(run->connection, run->new_schema, run->err) != 0 ||
        sql_check_rights(run->connection, run->old_schema, run->err) != 0 ||
        ready_begin(&ready, run->connection, run->arena, run->live_schema, run->err) !=
            0)
        return -1;
    for (size_t i = 0; i < run->shadow.build.count; i++)
        ready_look_at_sql(&ready, run->shadow.build.items[i]);
    for (size_t i = 0; i < run->shadow.late.count; i++)
        ready_look_at_sql(&ready, run->shadow.late.items[i]);
    if (ready_end(&ready, true, run->err) != 0)
        return -1;
    return run->is_resumed || run->options->has_quarantine
               ? 0
               : foresight_check(run->connection, &run->plan, &options, run->err);
}

static int plan_and_look(struct shadow_run *run)
{
    if (plan_or_plan_again(run) != 0)
        return -1;
    if (run->plan.is_noop)
        return 0;
    return problems_report(&run->plan, run->err) != 0 ? -1 : make_sure(run);
}

static int take_hold(struct shadow_run *run)
{
    const struct hold_options options = {
        .url = run->options->url,
        .connection = run->connection,
        .live_schema = run->live_schema,
        .new_schema = run->new_schema,
        .lock_wait_seconds = run->options->lock_wait_seconds,
        .arena = run->arena,
    };

    run->hold = hold_take(&options, run->err);
    fault_point("hold", "taken");
    return run->hold != NULL ? 0 : -1;
}

/* What may take long, looking ahead for bad rows, comes before others are kept from writing;
 * the plan that counts after it. What an earlier run has built is looked at under the hold. */
static int plan_and_hold(struct shadow_run *run)
{
    if (run->is_resumed)
        return take_hold(run) != 0 ? -1 : plan_and_look(run);
    if (plan_and_look(run) != 0)
        return -1;
    if (run->plan.is_noop || run->plan.is_empty_database)
        return 0;
    return take_hold(run) != 0 || invent(run) != 0 || make_plan(run) != 0
               ? -1
               : problems_report(&run->plan, run->err);
}

static int run_all(struct shadow_run *run)
{
    bool holds = !run->options->is_detached && !run->options->is_dry_run;

    if (name_schemas(run) != 0)
        return -1;
    url_for_database(&run->url, run->options->url, run->new_schema);
    if (look_back(run) != 0)
        return -1;
    if (run->finds_only && run->is_resumed && shadow_leave_is_begun(run))
        return shadow_leave(run) != 0 ? -1 : throw_away(run);
    if ((holds ? plan_and_hold(run) : plan_and_look(run)) != 0)
        return -1;
    (void)snprintf(run->result->from, sizeof(run->result->from), "%s",
                   run->plan.source_version);
    (void)snprintf(run->result->to, sizeof(run->result->to), "%s",
                   run->plan.target_version);
    run->result->was_current = run->plan.is_noop;
    if (run->finds_only && !run->plan.is_noop)
        log_info("looking for rows to set aside: everything is built beside the tables "
                 "once, and removed");
    return run->plan.is_noop || (run->finds_only && run->plan.is_empty_database)
               ? 0
               : build_and_swap(run);
}

static int run_shadow(const struct migrate_options *options,
                      struct migrate_result *result, struct connection *connection,
                      bool finds_only, struct err *err)
{
    struct shadow_run run = {
        .options = options,
        .result = result,
        .connection = connection,
        .arena = arena_new(),
        .finds_only = finds_only,
        .err = err,
    };
    int status = run_all(&run);

    hold_free(run.hold);
    sql_close(run.session);
    url_clear(&run.url);
    plan_clear(&run.plan);
    arena_free(run.arena);
    return status;
}

int shadow_run(const struct migrate_options *options, struct migrate_result *result,
               struct connection *connection, struct err *err)
{
    return run_shadow(options, result, connection, false, err);
}

int shadow_set_aside(const struct migrate_options *options,
                     struct migrate_result *result, struct connection *connection,
                     struct err *err)
{
    return run_shadow(options, result, connection, true, err);
}

int shadow_finish_swapped(const struct migrate_options *options,
                          struct connection *connection, struct err *err)
{
    struct shadow_run run = {
        .options = options,
        .connection = connection,
        .arena = arena_new(),
        .err = err,
    };
    struct err ignored;
    int status = name_schemas(&run);

    /* What else may be there does not matter to the other executor, but what was taken from
     * its tables. */
    if (status == 0 && shadow_state_look(connection, run.new_schema, run.old_schema,
                                         &run.state, &ignored) == 0) {
        if (run.state.phase == SHADOW_SWAPPED)
            status = finish(&run);
        else if (run.state.phase == SHADOW_BUILD)
            status = shadow_triggers_put(&run, false);
    }
    arena_free(run.arena);
    return status;
}

int shadow_discard(const struct migrate_options *options, struct connection *connection,
                   bool *was_there, struct err *err)
{
    struct shadow_run run = {
        .options = options,
        .connection = connection,
        .arena = arena_new(),
        .err = err,
    };
    int status = name_schemas(&run) != 0 ||
                         shadow_state_look(connection, run.new_schema, run.old_schema,
                                           &run.state, err) != 0
                     ? -1
                     : 0;

    *was_there = status == 0 && run.state.phase != SHADOW_NONE;
    if (*was_there)
        status = run.state.phase == SHADOW_SWAPPED ? finish(&run) : throw_away(&run);
    arena_free(run.arena);
    return status;
}
