/* SPDX-License-Identifier: Apache-2.0
 *
 * migrate.c - one migration from the lock to the last trace removed: who may run, what is
 * left of an earlier run, the build, the swap, the checks that come after it.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "catalog/read.h"
#include "compiler/ddl.h"
#include "compiler/plan.h"
#include "compiler/shadow.h"
#include "engine/clock.h"
#include "migrate/aside.h"
#include "migrate/chain.h"
#include "migrate/discard.h"
#include "migrate/durability.h"
#include "migrate/foresight.h"
#include "migrate/hold.h"
#include "migrate/migrate.h"
#include "migrate/natives.h"
#include "migrate/problems.h"
#include "migrate/rights.h"
#include "migrate/run_state.h"
#include "migrate/shadow_run.h"
#include "migrate/swap.h"
#include "interrupt.h"
#include "state/fault.h"
#include "wait.h"

struct migration {
    const struct migrate_options *options;
    struct migrate_result *result;
    struct connection *connection; /* the coordinator: locks, state, swap */
    struct arena *arena;
    struct run_state state;
    struct aside aside; /* rows that --quarantine set aside, in this run or before */
    struct plan plan;
    struct natives *natives;
    struct err *err;
};

/* Airflow's own migration lock, so that no `airflow db migrate` runs beside us. Polled: a
 * waiter in the lock queue would block CREATE INDEX CONCURRENTLY of others for ever. */
static int take_migration_lock(struct migration *migration)
{
    struct deadline deadline = deadline_in(migration->options->lock_wait_seconds);
    bool is_held = false;
    bool is_told = false;

    for (;;) {
        if (sql_try_migration_lock(migration->connection, &is_held, migration->err) !=
            0)
            return -1;
        if (is_held)
            return 0;
        if (!is_told)
            log_info("another migration holds Airflow's migration lock; waiting");
        is_told = true;
        if (deadline_is_over(&deadline)) {
            (void)err_set(migration->err, ERR_LOCK,
                          "another migration holds Airflow's migration lock");
            return err_hint(
                migration->err,
                "Wait until it ends. If none runs: a connection pooler in "
                "transaction mode may have kept the lock; connect to the server "
                "itself.");
        }
        if (wait_turn(&deadline, 200, "the migration lock", migration->err) != 0 &&
            migration->err->category == ERR_INTERRUPTED)
            return -1;
    }
}

/* Reading the catalog and the rows that decide about a plan takes locks, too; whoever holds
 * a table exclusively must not make us wait for ever. Transactions set their own limit. */
static int limit_lock_waits(struct migration *migration)
{
    return sql_set_lock_timeout(migration->connection,
                                migration->options->lock_wait_seconds + 0.001,
                                migration->err);
}

static int check_rights(struct migration *migration)
{
    struct list tables = {NULL, 0, 0};

    for (size_t i = 0; i < migration->plan.tables.count; i++) {
        const struct table_plan *table = migration->plan.tables.items[i];

        if (table->live != NULL && table->action != TABLE_UNTOUCHED)
            list_add(migration->arena, &tables, (void *)table->live->live->name);
    }
    return rights_check(migration->connection, migration->plan.live->schema, &tables,
                        migration->err);
}

static int make_plan(struct migration *migration)
{
    struct plan_options options = {
        .target = migration->options->target,
        .seed = migration->state.seed,
        .run_start = migration->state.run_start,
        .verifies_rows = migration->options->verifies_rows,
        .aside = &migration->aside.relations,
    };

    if (plan_make(&migration->plan, migration->connection, migration->options->url,
                  &options, migration->err) == 0)
        return 0;
    if (strcmp(migration->err->sqlstate, "55P03") == 0) {
        struct strbuf holders = STRBUF_INIT;

        swap_add_lock_holders(migration->connection, false, &holders);
        (void)err_set(migration->err, ERR_LOCK, "no lock to read the tables%s",
                      strbuf_text(&holders));
        strbuf_clear(&holders);
        (void)err_hint(migration->err,
                       "End the sessions that use Airflow's tables, or give a "
                       "longer --lock-wait. Nothing was changed.");
    }
    return -1;
}

/* --- an earlier run ---------------------------------------------------------------- */

/* What is left of a run that swapped and was killed before it was done: the rest of its
 * checks are found in the catalog, so no plan is needed. */
static int finish_swapped(struct migration *migration)
{
    log_info("finishing the migration to %s, which was interrupted after its swap",
             migration->state.target);
    if (swap_validate_rest(migration->connection, migration->err) != 0)
        return -1;
    return run_state_end(migration->connection, migration->err);
}

static int throw_away(struct migration *migration, const char *why)
{
    log_info("%s: its build is thrown away", why);
    if (run_state_discard(migration->connection, migration->err) != 0)
        return -1;
    memset(&migration->state, 0, sizeof(migration->state));
    memset(&migration->aside, 0, sizeof(migration->aside));
    return 0;
}

/* A build of which rows are set aside is of use only to who asks for that again. */
static int resume_aside(struct migration *migration)
{
    if (aside_read(migration->connection, migration->arena, &migration->aside,
                   migration->err) != 0)
        return -1;
    if (migration->options->has_quarantine ||
        (migration->aside.relations.count == 0 && !migration->aside.has_pending))
        return 0;
    return throw_away(migration,
                      "the interrupted migration set rows aside (--quarantine)");
}

/* Reads the state and decides what of it can be used. */
static int resume_or_begin(struct migration *migration)
{
    if (run_state_read(migration->connection, migration->arena, &migration->state,
                       migration->err) != 0)
        return -1;
    if (migration->state.phase == RUN_SWAPPED) {
        if (finish_swapped(migration) != 0)
            return -1;
        memset(&migration->state, 0, sizeof(migration->state));
    }
    if (migration->state.phase == RUN_BUILD && migration->state.is_dirty &&
        throw_away(migration,
                   "tables were written to since the interrupted migration began") != 0)
        return -1;
    if (migration->state.phase == RUN_BUILD && resume_aside(migration) != 0)
        return -1;
    if (migration->state.phase == RUN_NONE &&
        run_state_invent(migration->connection, migration->arena, &migration->state,
                         migration->err) != 0)
        return -1;
    return 0;
}

/* After planning: the recorded build is of use only if it is the same plan. */
static int check_plan_is_same(struct migration *migration)
{
    if (migration->state.phase != RUN_BUILD)
        return 0;
    if (!migration->plan.is_noop && strcmp(migration->state.executor, "fused") == 0 &&
        strcmp(migration->state.digest, migration->plan.digest) == 0) {
        log_info("going on with the migration that began at %s",
                 migration->state.run_start);
        return 0;
    }
    log_info(
        "an interrupted migration to %s had another plan: its build is thrown away",
        migration->state.target);
    if (run_state_discard(migration->connection, migration->err) != 0)
        return -1;
    migration->state.phase = RUN_NONE;
    if (migration->aside.relations.count == 0) {
        migration->aside.has_pending = false;
        return 0;
    }
    /* The plan at hand leaves rows out that are not set aside any more. */
    memset(&migration->aside, 0, sizeof(migration->aside));
    plan_clear(&migration->plan);
    return make_plan(migration);
}

/* --- the fused migration ----------------------------------------------------------- */

static const char *session_settings(struct migration *migration)
{
    struct strbuf sql = STRBUF_INIT;
    const char *text;

    strbuf_add_string(&sql, "SET search_path TO ");
    sql_add_name(&sql, migration->plan.live->schema);
    strbuf_addf(
        &sql, ", " PLAN_BUILD_SCHEMA "; %s", /* sequences of new tables */
        swap_session_settings(migration->connection, migration->options->is_detached));
    text = arena_strdup(migration->arena, strbuf_text(&sql));
    strbuf_clear(&sql);
    return text;
}

const struct throttle_limits *migrate_throttle(const struct migrate_options *options)
{
    static const struct throttle_limits none = {0};

    return options->is_detached ? &none : &options->throttle;
}

static struct engine_options engine_options_of(struct migration *migration)
{
    const struct migrate_options *options = migration->options;
    struct engine_options engine = {0};

    engine.url = options->url;
    engine.workers = options->workers > 0 ? options->workers : 2;
    engine.range_seconds = options->is_detached ? 2.0 : 0.5;
    engine.range_bytes = options->is_detached ? 256u << 20 : 64u << 20;
    engine.session_settings = session_settings(migration);
    engine.state_schema = PLAN_STATE_SCHEMA;
    engine.progress = options->progress;
    engine.has_quarantine = options->has_quarantine;
    engine.has_rows_aside = migration->aside.has_pending;
    engine.lock_timeout_seconds = 2;
    engine.throttle = *migrate_throttle(options);
    engine.give_up_seconds = options->lock_wait_seconds;
    return engine;
}

static int begin_run(struct migration *migration)
{
    if (migration->state.phase != RUN_NONE)
        return 0;
    migration->state.source =
        arena_strdup(migration->arena, migration->plan.source_version);
    migration->state.target =
        arena_strdup(migration->arena, migration->plan.target_version);
    migration->state.digest = arena_strdup(migration->arena, migration->plan.digest);
    migration->state.executor = migration->options->is_dry_run ? "dry run" : "fused";
    if (sql_exec(migration->connection, "BEGIN", migration->err) == 0 &&
        run_state_begin(migration->connection, &migration->state, migration->err) ==
            0 &&
        sql_exec(migration->connection, "COMMIT", migration->err) == 0)
        return 0;
    run_state_explain(migration->err);
    return -1;
}

/* Rows stand in the way, so rows will be changed before the next run: what is built is
 * worthless then, and where nobody watches the tables (detached) that run could not know. */
static int refuse_rows(struct migration *migration)
{
    struct err err = {0};

    if (migration->err->category != ERR_DATA)
        return -1;
    (void)sql_exec(migration->connection, "ROLLBACK", &err); /* it holds the locks */
    err_clear(&err);
    if (run_state_discard(migration->connection, &err) != 0)
        log_warning("what was built beside the old tables could not be removed: %s",
                    err.text);
    else
        log_info("nothing was changed, and what was built is removed");
    return -1;
}

/* What refers to rows set aside goes with them, and another plan leaves all of them out. One
 * transaction, in place the one with the locks: killed before its end, it is begun again;
 * after it, the new plan is the recorded one. Between it and the new locks the guards
 * watch. */
static int begin_round(struct migration *migration, struct swap *swap)
{
    struct connection *connection = migration->connection;
    bool is_open =
        swap != NULL && !swap->is_detached && !migration->plan.is_empty_database;

    if (!is_open && sql_exec(connection, "BEGIN", migration->err) != 0)
        return -1;
    if (aside_apply(connection, &migration->plan, migration->err) != 0)
        return err_wrap(migration->err, "rows could not be set aside");
    natives_detach(migration->natives);
    migration->natives = NULL;
    plan_clear(&migration->plan);
    if (aside_read(connection, migration->arena, &migration->aside, migration->err) !=
            0 ||
        make_plan(migration) != 0 ||
        problems_report(&migration->plan, migration->err) != 0 ||
        run_state_set_digest(connection, migration->plan.digest, migration->err) != 0)
        return -1;
    fault_point("aside", "commit");
    if (sql_exec(connection, "COMMIT", migration->err) != 0)
        return -1;
    return swap != NULL ? swap_guard_tables(swap, migration->err) : 0;
}

/* A key that two rows have or a reference to none: no single row was to blame. */
static bool is_among_rows(const struct err *err)
{
    return strcmp(err->sqlstate, "23505") == 0 || strcmp(err->sqlstate, "23503") == 0;
}

/* What is cheap to look for was looked for before the build; it failed for what is not. 1 where
 * rows were set aside. */
static int find_the_rest(struct migration *migration)
{
    struct err first = *migration->err;
    long long rows;

    log_info("looking for the rows that are in the way: %s", first.text);
    rows = aside_find(migration->connection, migration->options->url, &migration->plan,
                      true, migration->err);
    if (rows != 0)
        return rows < 0 ? -1 : 1;
    *migration->err = first;
    return -1;
}

/* Builds once. 1 where rows were set aside, before, meanwhile, or because it failed. */
static int build_once(struct migration *migration)
{
    struct engine_options engine = engine_options_of(migration);
    int status = engine_run(&engine, &migration->plan.build, migration->err);

    if (status >= 0 || !is_among_rows(migration->err))
        return status;
    if (migration->options->has_quarantine)
        return find_the_rest(migration);
    return err_hint(migration->err,
                    "Nothing was changed. Correct or delete such rows and run the same "
                    "command again" FORESIGHT_QUARANTINE ".");
}

/* Until no row is set aside that the plan does not know of. `swap` is NULL in a dry run. Where no
 * swap follows, nothing would tell later of what was not looked for. */
static int build(struct migration *migration, struct swap *swap)
{
    bool everything = migration->options->executor == MIGRATE_CHAIN;
    bool has_looked = !migration->options->has_quarantine;

    for (;;) {
        int status = 0;

        migration->natives =
            natives_attach(&migration->plan, migration->options->url,
                           &migration->options->fernet, migration->err);
        if (migration->natives == NULL)
            return -1;
        if (!has_looked) {
            long long rows = aside_find(migration->connection, migration->options->url,
                                        &migration->plan, everything, migration->err);

            if (rows < 0)
                return -1;
            has_looked = rows == 0;
            status = rows > 0;
        }
        if (has_looked)
            status = build_once(migration);
        if (status <= 0)
            return status;
        fault_point("aside", "before");
        log_info("building again without the rows that were set aside");
        if (begin_round(migration, swap) != 0)
            return -1;
        fault_point("aside", "after");
    }
}

/* Everything is built and checked beside the old tables, as for a real migration, and
 * removed: no row and no constraint is left untried. Nobody is kept from writing. A killed
 * one leaves what the next run throws away, for its executor is another. */
static int run_dry(struct migration *migration)
{
    if (begin_run(migration) != 0)
        return -1;
    fault_point("dry-run", "after");
    if (build(migration, NULL) != 0)
        return refuse_rows(migration);
    return run_state_discard(migration->connection, migration->err);
}

/* What the swap itself makes, keys of small tables that stay and foreign keys, may be what rows
 * break. It is rolled back then, and its locks are gone. */
static int set_aside_for_swap(struct migration *migration, struct swap *swap)
{
    struct err first = *migration->err;

    if (!migration->options->has_quarantine || !is_among_rows(&first) ||
        swap_guard_tables(swap, migration->err) != 0)
        return -1;
    *migration->err = first;
    return find_the_rest(migration) < 0 ? -1 : begin_round(migration, swap);
}

static int build_and_swap(struct migration *migration, struct swap *swap)
{
    for (;;) {
        if (build(migration, swap) != 0)
            return -1;
        fault_point("swap", "before");
        if (swap_run(swap, migration->err) == 0)
            return 0;
        if (set_aside_for_swap(migration, swap) != 0)
            return -1;
    }
}

static int run_fused(struct migration *migration)
{
    struct engine_options engine;
    struct swap swap = {migration->connection, &migration->plan,
                        migration->options->is_detached,
                        migration->options->lock_wait_seconds, 0};

    if (begin_run(migration) != 0)
        return -1;
    fault_point("begin", "after");
    if (swap_guard_tables(&swap, migration->err) != 0)
        return -1;
    fault_point("guard", "after");
    if (build_and_swap(migration, &swap) != 0)
        return refuse_rows(migration);
    fault_point("swap", "after");
    migration->result->archived = swap.archived;
    engine = engine_options_of(migration);
    if (engine_run(&engine, &migration->plan.finish, migration->err) != 0) {
        (void)err_wrap(migration->err, "the database is at %s, but a check failed",
                       migration->plan.target_version);
        return -1;
    }
    fault_point("end", "before");
    return run_state_end(migration->connection, migration->err);
}

/* --- durability -------------------------------------------------------------------- */

static int defer_durability(struct migration *migration)
{
    return migration->options->defers_durability
               ? durability_defer(migration->connection, migration->err)
               : 0;
}

/* However the migration ended, and for an earlier run that was killed, too. The first
 * error is the one to tell. After SIGINT as well: a second one ends even this. */
static int restore_durability(struct migration *migration, int status)
{
    struct err err = {0};
    struct err ignored;
    struct connection *connection = migration->connection;
    struct connection *new = NULL;
    bool is_restored;

    interrupt_reset();
    if (!sql_is_alive(connection))
        connection = new = sql_connect(migration->options->url, "durability", &err);
    if (status != 0 && connection != NULL)
        (void)sql_exec(connection, "ROLLBACK", &ignored); /* of what failed */
    is_restored = connection != NULL && durability_restore(connection, &err) == 0;
    sql_close(new);
    if (is_restored)
        return status;
    (void)err_wrap(&err, "the server's durability may still be deferred");
    if (status != 0) {
        log_error("%s. Run the same command again: it restores it.", err.text);
        return -1;
    }
    *migration->err = err;
    return err_hint(migration->err, "Run the same command again: it restores it.");
}

/* --- all together ------------------------------------------------------------------ */

/* A run of the chain executor was broken off between two revisions. It alone can put back
 * what fell on the way; where Airflow's own tables are done, the rest is short. */
static int finish_chain(struct migration *migration)
{
    if (!migration->plan.core.is_needed && !migration->options->is_dry_run)
        return chain_run(migration->options, migration->result, migration->connection,
                         migration->err);
    (void)err_set(migration->err, ERR_STATE,
                  "a run with --executor chain, or a downgrade, was broken off at %s",
                  migration->plan.source_version);
    return err_hint(migration->err, "Finish it with --executor chain%s.",
                    migration->options->is_dry_run ? ", without --dry-run" : "");
}

/* What only a build beside the tables can do. */
static int refuse_option(struct migration *migration, bool is_begun)
{
    bool is_verifying = migration->options->verifies_rows;
    const char *option = is_verifying ? "--verify-rows" : "--quarantine";

    (void)err_set(migration->err, ERR_UNSUPPORTED,
                  is_begun ? "a migration was broken off between two versions: %s is "
                             "not possible there"
                           : "%s does not go with --executor chain on this server; "
                             "nothing was changed",
                  option);
    return err_hint(migration->err,
                    is_begun ? "Finish it: run the same command without %s."
                             : "Leave one of the two out: --executor chain, or %s.",
                    option);
}

static bool needs_beside(const struct migrate_options *options)
{
    return options->has_quarantine || options->verifies_rows;
}

/* Whether the fused executor may build beside the tables while others use them; if not, `err`
 * says why. */
static int check_beside(struct migration *migration, const char *live, struct err *err)
{
    const char *const suffixes[] = {SHADOW_NEW_SUFFIX, SHADOW_OLD_SUFFIX};

    for (size_t i = 0; i < 2; i++) {
        const char *name = shadow_schema(migration->arena, live, suffixes[i], err);

        if (name == NULL || sql_check_rights(migration->connection, name, err) != 0)
            return -1;
    }
    return hold_check(migration->connection, live, err);
}

/* Detached nobody else is there. In place others are kept from writing; where that cannot be,
 * it goes revision by revision, unless the fused executor was asked for: by name, or by what it
 * alone can do. */
static int choose_beside(struct migration *migration, const char *live, bool *is_beside)
{
    const struct migrate_options *options = migration->options;
    struct err err = {0};

    *is_beside = options->executor != MIGRATE_CHAIN;
    if (!*is_beside || options->is_detached || options->is_dry_run ||
        check_beside(migration, live, &err) == 0)
        return 0;
    if (options->executor == MIGRATE_FUSED || needs_beside(options) ||
        !sql_is_alive(migration->connection) || err.category == ERR_INTERRUPTED) {
        *migration->err = err;
        return -1;
    }
    log_info("revision by revision, which takes longer: %s%s%s", err.text,
             err.hint[0] != '\0' ? ". " : "", err.hint);
    *is_beside = false;
    return 0;
}

/* Before the chain begins: see set_aside_first(). */
static int set_aside_beside(struct migration *migration, const char *live)
{
    struct err *err = migration->err;

    if (!migration->options->is_detached && check_beside(migration, live, err) != 0)
        return -1;
    if (shadow_set_aside(migration->options, migration->result, migration->connection,
                         err) != 0)
        return -1;
    fault_point("chain-aside", "after");
    return 0;
}

/* Where DDL cannot be rolled back, the chain is journalled and works in the tables themselves.
 * The fused executor builds beside them. */
static int migrate_journalled(struct migration *migration)
{
    const struct migrate_options *options = migration->options;
    const char *live =
        catalog_read_schema(migration->connection, migration->arena, migration->err);
    bool is_beside = false;
    bool is_begun = false;
    bool sets_aside_first;

    if (live == NULL ||
        hold_end_earlier(migration->connection, live, migration->err) != 0 ||
        chain_is_journalled(migration->connection, &is_begun, migration->err) != 0)
        return -1;
    if (options->is_discard && is_begun) {
        (void)err_set(
            migration->err, ERR_STATE,
            "a migration was broken off between two versions: there is nothing "
            "beside the tables to discard");
        return err_hint(migration->err,
                        "Finish it: run the same command without --discard.");
    }
    if (options->is_discard) {
        bool was_there = false;
        int status =
            shadow_discard(options, migration->connection, &was_there, migration->err);

        migration->result->was_current = !was_there;
        return status;
    }
    if (options->is_dry_run && is_begun) {
        (void)err_set(migration->err, ERR_UNSUPPORTED,
                      "a migration was broken off between two versions");
        return err_hint(migration->err,
                        "Finish it: run the same command without --dry-run.");
    }
    /* What an earlier run took from the tables, triggers, is put back before they are looked at;
     * a build that goes on detached has them noted. */
    if ((is_begun || options->executor == MIGRATE_CHAIN ||
         !(options->is_detached || options->is_dry_run)) &&
        shadow_finish_swapped(options, migration->connection, migration->err) != 0)
        return -1;
    if (!is_begun && choose_beside(migration, live, &is_beside) != 0)
        return -1;
    sets_aside_first = options->executor == MIGRATE_CHAIN && options->has_quarantine;
    if (needs_beside(options) && !is_beside &&
        (options->verifies_rows || !sets_aside_first))
        return refuse_option(migration, is_begun);
    if (sets_aside_first && !is_begun && set_aside_beside(migration, live) != 0)
        return -1;
    if (is_beside)
        return shadow_run(options, migration->result, migration->connection,
                          migration->err);
    migration->result->by_revision = true;
    return defer_durability(migration) != 0
               ? -1
               : chain_run(options, migration->result, migration->connection,
                           migration->err);
}

/* Keys that two rows would have show when indexes are built, after the long work, and rows
 * that refer to none perhaps only in the swap; no single row is to blame. What is wrong with a
 * row the copies find. With --quarantine the build itself begins with this. */
static int look_at_keys(struct migration *migration)
{
    const struct foresee_options options = {.references = true};

    return migration->state.phase == RUN_BUILD || migration->options->has_quarantine
               ? 0
               : foresight_check(migration->connection, &migration->plan, &options,
                                 migration->err);
}

/* Builds beside the tables until no row is refused any more. */
static int build_to_find(struct migration *migration)
{
    struct swap swap = {migration->connection, &migration->plan,
                        migration->options->is_detached,
                        migration->options->lock_wait_seconds, 0};

    if (swap_guard_tables(&swap, migration->err) != 0)
        return -1;
    if (build(migration, &swap) != 0 || swap_set_aside(&swap, migration->err) != 0)
        return refuse_rows(migration);
    migration->result->archived = swap.archived;
    return 0;
}

/* The chain executor works in the tables themselves, where a row that is refused in the middle
 * cannot be told from what went before. So all rows that a fused migration would set aside are
 * found first, in its way, and leave the tables in one transaction. A chain that is under way
 * has had that. */
static int set_aside_first(struct migration *migration)
{
    struct err ignored;
    bool is_begun = false;

    if (chain_is_begun(migration->connection, &is_begun, migration->err) != 0)
        return -1;
    if (is_begun || chain_is_unfinished(migration->connection, &ignored) != 0)
        return 0;
    if (resume_or_begin(migration) != 0 || make_plan(migration) != 0 ||
        check_plan_is_same(migration) != 0)
        return -1;
    if (migration->plan.is_noop || migration->plan.is_empty_database)
        return 0;
    log_info("looking for rows to set aside: everything is built beside the tables "
             "once, and removed");
    if (problems_report(&migration->plan, migration->err) != 0 ||
        check_rights(migration) != 0 || look_at_keys(migration) != 0 ||
        begin_run(migration) != 0 || build_to_find(migration) != 0)
        return -1;
    natives_detach(migration->natives);
    migration->natives = NULL;
    plan_clear(&migration->plan);
    fault_point("chain-aside", "after");
    return 0;
}

static int migrate_locked(struct migration *migration)
{
    struct migrate_result *result = migration->result;
    bool is_begun = false;

    if (!sql_can(migration->connection, SQL_CAN_ROLL_BACK_DDL))
        return migrate_journalled(migration);
    if (rights_check_state(migration->connection, migration->err) != 0)
        return -1;
    if (migration->options->is_discard) {
        bool was_there = false;
        int status = discard_build(migration->connection, &was_there, migration->err);

        result->was_current = !was_there;
        return status;
    }
    if (migration->options->executor == MIGRATE_CHAIN)
        return defer_durability(migration) != 0 ||
                       (migration->options->has_quarantine &&
                        set_aside_first(migration) != 0)
                   ? -1
                   : chain_run(migration->options, result, migration->connection,
                               migration->err);
    if (chain_is_unfinished(migration->connection, migration->err) != 0 ||
        resume_or_begin(migration) != 0 || make_plan(migration) != 0)
        return -1;
    (void)snprintf(result->from, sizeof(result->from), "%s",
                   migration->plan.source_version);
    (void)snprintf(result->to, sizeof(result->to), "%s",
                   migration->plan.target_version);
    if (check_plan_is_same(migration) != 0)
        return -1;
    if (chain_is_begun(migration->connection, &is_begun, migration->err) != 0)
        return -1;
    if (is_begun)
        return finish_chain(migration);
    if (migration->plan.is_noop) {
        result->was_current = true;
        return 0;
    }
    if (migration->options->is_dry_run && migration->state.phase == RUN_BUILD) {
        (void)err_set(migration->err, ERR_STATE,
                      "a migration that began at %s was broken off",
                      migration->state.run_start);
        return err_hint(migration->err,
                        "Finish it: run the same command without --dry-run.");
    }
    if (problems_report(&migration->plan, migration->err) != 0 ||
        check_rights(migration) != 0 || look_at_keys(migration) != 0 ||
        defer_durability(migration) != 0)
        return -1;
    return migration->options->is_dry_run ? run_dry(migration) : run_fused(migration);
}

int migrate_run(const struct migrate_options *options, struct migrate_result *result,
                struct err *err)
{
    struct migration migration = {0};
    double started = clock_now();
    int status = -1;

    memset(result, 0, sizeof(*result));
    migration.options = options;
    migration.result = result;
    migration.err = err;
    migration.arena = arena_new();
    migration.connection = sql_connect(options->url, "migrate", err);
    if (migration.connection != NULL && limit_lock_waits(&migration) == 0 &&
        take_migration_lock(&migration) == 0) {
        status = migrate_locked(&migration);
        status = restore_durability(&migration, status);
    }
    natives_detach(migration.natives);
    plan_clear(&migration.plan);
    sql_close(migration.connection);
    arena_free(migration.arena);
    result->seconds = clock_now() - started;
    return status;
}
