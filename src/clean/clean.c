/* SPDX-License-Identifier: Apache-2.0
 *
 * clean.c - table by table, block range by block range, each read once: old rows are found
 * without an index on their time.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "catalog/server_sql.h"
#include "clean/internal.h"
#include "engine/chunk.h"
#include "engine/clock.h"
#include "engine/progress.h"
#include "interrupt.h"
#include "state/fault.h"
#include "state/file.h"

enum { RANGE_BLOCKS_MOST = 8192, REST_MS = 200, LAG_SECONDS = 10, LAG_REST_MS = 500 };

static const double piece_seconds = 0.5;

struct display {
    struct progress *progress;
    struct progress_item *items; /* parallel to the work */
};

/* --- what is to be done ------------------------------------------------------------- */

static int add_rule(struct clean *clean, size_t number, bool *is_wanted,
                    struct err *err)
{
    if (is_wanted[number])
        return 0;
    is_wanted[number] = true;
    for (size_t i = 0; i < RULE_NEEDS_MOST; i++) {
        const char *need = clean_rules[number].needs[i];

        if (need != NULL && add_rule(clean, (size_t)clean_rule_find(need, strlen(need)),
                                     is_wanted, err) != 0)
            return -1;
    }
    return 0;
}

static int choose(struct clean *clean, bool *is_wanted, struct err *err)
{
    const char *name = clean->options->tables;

    for (size_t i = 0; name == NULL && i < clean_rule_count; i++)
        is_wanted[i] = true;
    while (name != NULL) {
        size_t length;
        int number;

        name += strspn(name, " ,");
        length = strcspn(name, " ,");
        if (length == 0)
            break;
        number = clean_rule_find(name, length);
        if (number < 0) {
            struct strbuf names = STRBUF_INIT;

            for (size_t i = 0; i < clean_rule_count; i++)
                strbuf_addf(&names, "%s%s", i > 0 ? ", " : "", clean_rules[i].table);
            (void)err_set(err, ERR_USAGE, "there is no rule for a table \"%.*s\"",
                          (int)length, name);
            (void)err_hint(err, "There is one for %s.", strbuf_text(&names));
            strbuf_clear(&names);
            return -1;
        }
        if (add_rule(clean, (size_t)number, is_wanted, err) != 0)
            return -1;
        name += length;
    }
    return 0;
}

/* A statement about a table, as the server's file says it. */
static int carry_out(struct clean *clean, const char *name, const char *table,
                     struct err *err)
{
    const char *const parameters[] = {table};
    struct sql_result *row = server_query(clean->connection, name, 1, parameters, err);
    int status;

    if (row == NULL)
        return -1;
    status = sql_exec(clean->connection, sql_text(row, 0, 0), err);
    sql_result_free(row);
    return status;
}

/* What is newest of each group is looked up once: newer rows that come meanwhile only
 * keep one more. */
static const char *keep_condition(const struct clean *clean,
                                  const struct clean_rule *rule)
{
    return arena_printf(clean->arena,
                        " AND NOT EXISTS (SELECT 1 FROM %sairshift_clean_last_%s AS "
                        "k WHERE k.grouped = s.%s AND k.newest = s.\"%s\")",
                        clean_temporary(clean), rule->table, rule->group, rule->column);
}

static int find_newest(struct clean *clean, const struct clean_work *work,
                       struct err *err)
{
    const struct clean_rule *rule = work->rule;
    struct strbuf sql = STRBUF_INIT;
    const char *filter = "true";
    int status;

    for (size_t i = RULE_KEEPS_MOST; i-- > 0;) {
        if (rule->keeps[i].column != NULL &&
            clean_has_column(work->table, rule->keeps[i].column))
            filter = rule->keeps[i].filter;
    }
    strbuf_addf(
        &sql,
        "CREATE TEMPORARY TABLE airshift_clean_last_%s %sAS SELECT %s AS grouped, "
        "max(\"%s\") AS newest FROM %s WHERE %s GROUP BY %s",
        rule->table, sql_temporary_key(clean->connection), rule->group, rule->column,
        work->table->quoted, filter, rule->group);
    status = sql_exec(clean->connection, strbuf_text(&sql), err);
    strbuf_clear(&sql);
    return status == 0
               ? carry_out(clean, "clean_newest",
                           arena_printf(clean->arena, "%sairshift_clean_last_%s",
                                        clean_temporary(clean), rule->table),
                           err)
               : -1;
}

static int add_work(struct clean *clean, const struct clean_rule *rule, struct err *err)
{
    struct clean_table *table = clean_find_table(clean, rule->table);
    struct clean_work *work;
    struct strbuf condition = STRBUF_INIT;

    if (table == NULL || !clean_has_column(table, rule->column))
        return 0;
    work = arena_zalloc(clean->arena, sizeof(*work));
    work->rule = rule;
    work->table = table;
    strbuf_addf(&condition, "s.\"%s\" < ", rule->column);
    sql_add_literal(&condition, clean->moment);
    if (rule->filter != NULL)
        strbuf_addf(&condition, " AND %s", rule->filter);
    if (rule->group != NULL)
        strbuf_add_string(&condition, keep_condition(clean, rule));
    work->condition = arena_strdup(clean->arena, strbuf_text(&condition));
    strbuf_clear(&condition);
    list_add(clean->arena, &clean->work, work);
    return clean_follow_keys(clean, work, err);
}

static int plan(struct clean *clean, struct err *err)
{
    bool *is_wanted = arena_zalloc(clean->arena, clean_rule_count * sizeof(bool));
    struct strbuf names = STRBUF_INIT;

    if (choose(clean, is_wanted, err) != 0)
        return -1;
    for (size_t i = 0; i < clean_rule_count; i++) {
        if (!is_wanted[i])
            continue;
        strbuf_addf(&names, "%s%s", names.length > 0 ? "," : "", clean_rules[i].table);
        if (add_work(clean, &clean_rules[i], err) != 0) {
            strbuf_clear(&names);
            return -1;
        }
    }
    clean->wanted = clean->options->tables == NULL
                        ? "all tables"
                        : arena_strdup(clean->arena, strbuf_text(&names));
    strbuf_clear(&names);
    if (clean->work.count == 0)
        return err_set(err, ERR_STATE, "none of these tables is in the database");
    return 0;
}

/* --- the pieces --------------------------------------------------------------------- */

static int rest(struct clean *clean, unsigned milliseconds, struct err *err)
{
    return sql_pause(clean->connection, milliseconds, err);
}

/* Replicas get all of it, too. */
static int wait_for_replicas(struct clean *clean, struct err *err)
{
    bool was_said = false;
    double seconds = 0;
    struct err ignored;

    while (!clean->ignores_lag) {
        err_clear(&ignored);
        if (sql_get_replica_lag(clean->connection, &seconds, &ignored) != 0) {
            if (!sql_is_alive(clean->connection) ||
                ignored.category == ERR_INTERRUPTED) {
                *err = ignored;
                return -1;
            }
            clean->ignores_lag = true;
            break;
        }
        if (seconds <= LAG_SECONDS)
            break;
        if (!was_said)
            log_info("a replica is %.0f s behind: waiting for it", seconds);
        was_said = true;
        if (rest(clean, LAG_REST_MS, err) != 0)
            return -1;
    }
    return 0;
}

static void show(struct display *display, struct clean *clean, size_t at, bool is_due)
{
    struct progress_item *item = &display->items[at];
    const struct clean_work *work = clean->work.items[at];

    item->done = (double)work->table->block;
    item->rows = (double)work->table->rows;
    if (!is_due && !progress_is_due(display->progress))
        return;
    progress_show(display->progress, display->items, clean->work.count);
}

/* The same blocks until they are done or the time is over. */
static int do_piece(struct clean *clean, size_t at, uint64_t to,
                    struct display *display, struct err *err)
{
    struct clean_work *work = clean->work.items[at];
    struct progress_item *item = &display->items[at];
    double deadline = clock_now() + clean->options->lock_wait_seconds;

    for (;;) {
        int status = clean_piece(clean, work, to, err);

        item->waits_for = NULL;
        if (status != 0)
            return status < 0 ? -1 : 0;
        if (clock_now() >= deadline) {
            (void)err_set(err, ERR_LOCK, "rows of %s are locked by others for %.0f s",
                          work->table->name, clean->options->lock_wait_seconds);
            return err_hint(err, "The same command goes on from there. `airshift "
                                 "preflight` names old transactions and locks.");
        }
        item->waits_for = "a lock on its rows";
        show(display, clean, at, false);
        err_clear(err);
        if (rest(clean, REST_MS, err) != 0)
            return -1;
    }
}

static int clean_table(struct clean *clean, size_t at, struct display *display,
                       struct err *err)
{
    struct clean_work *work = clean->work.items[at];
    struct clean_table *table = work->table;
    struct progress_item *item = &display->items[at];
    struct chunk_limits limits = {
        .seconds = piece_seconds, .blocks = RANGE_BLOCKS_MOST, .workers = 1};
    struct chunk_pace pace = {0};
    uint64_t planned = (uint64_t)table->blocks;

    item->is_active = true;
    item->started = clock_now();
    item->done_before = (double)table->block;
    item->rows_before = (double)table->rows;
    /* What hangs on the rows of a block is not known: begin with few. */
    if (table->keys.count > 0)
        chunk_note(&pace, CHUNK_BLOCKS_MIN, piece_seconds);
    while (!table->is_done) {
        /* Of a table that has grown, or is not cut by blocks, there may be more. */
        uint64_t left = (uint64_t)table->block < planned
                            ? planned - (uint64_t)table->block
                            : CHUNK_BLOCKS_MIN;
        uint64_t blocks = chunk_blocks(&limits, &pace, left, planned);
        double began = clock_now();

        if (blocks > left)
            blocks = left;
        if (clean_range_next(clean, work, blocks, err) != 0)
            return err_wrap(err, "%s", table->name);
        if (do_piece(clean, at, (uint64_t)table->block + blocks, display, err) != 0)
            return err_wrap(err, "%s", table->name);
        clean_range_done(clean, work);
        chunk_note(&pace, blocks, clock_now() - began);
        show(display, clean, at, false);
        if (interrupt_is_asked())
            return err_set(err, ERR_INTERRUPTED, "stopped by a signal");
        if (wait_for_replicas(clean, err) != 0)
            return -1;
    }
    item->is_active = false;
    item->is_finished = true;
    item->ended = clock_now();
    show(display, clean, at, true);
    return 0;
}

/* Nothing is old: most tables on most days. */
static int has_old(struct clean *clean, const struct clean_work *work, bool *has,
                   struct err *err)
{
    const char *sql =
        arena_printf(clean->arena, "SELECT EXISTS (SELECT 1 FROM %s AS s WHERE %s)",
                     work->table->quoted, work->condition);
    struct sql_result *row = sql_query(clean->connection, sql, 0, NULL, err);

    if (row == NULL)
        return -1;
    *has = strchr("t1", sql_text(row, 0, 0)[0]) != NULL;
    sql_result_free(row);
    return 0;
}

/* The room of the rows is free for new ones only then, and the planner knows; and what
 * comes next does not look at them again and again. */
static int vacuum(struct clean *clean, const struct list *tables, struct err *err)
{
    for (size_t i = 0; i < tables->count; i++) {
        struct clean_table *table = tables->items[i];

        if (table->rows == 0 || table->is_vacuumed)
            continue;
        if (carry_out(clean, "clean_tidy", table->quoted, err) != 0)
            return err_wrap(err, "VACUUM of %s", table->name);
        table->is_vacuumed = true;
    }
    return 0;
}

static int clean_tables(struct clean *clean, struct display *display, struct err *err)
{
    for (size_t i = 0; i < clean->work.count; i++) {
        struct clean_work *work = clean->work.items[i];
        bool has = false;

        display->items[i].is_finished = work->table->is_done;
        if (work->table->is_done)
            continue;
        if (work->rule->group != NULL && find_newest(clean, work, err) != 0)
            return -1;
        if (has_old(clean, work, &has, err) != 0)
            return err_wrap(err, "%s", work->table->name);
        display->items[i].is_finished = !has;
        if (!has)
            continue;
        if (clean_build_indexes(clean, work, err) != 0 ||
            clean_prepare(clean, work, err) != 0 ||
            clean_table(clean, i, display, err) != 0 ||
            vacuum(clean, &work->goes, err) != 0)
            return -1;
    }
    return 0;
}

/* --- the end ------------------------------------------------------------------------ */

static int finish_archives(struct clean *clean, struct err *err)
{
    for (size_t i = 0; i < clean->tables.count; i++) {
        struct clean_table *table = clean->tables.items[i];
        const char *path;
        int status;

        if (table->rows == 0 || clean->options->directory == NULL)
            continue;
        path = clean_path(clean, table);
        /* A kill in the middle of these: it has its name already. */
        if (table->archive == NULL && growing_is_finished(path))
            continue;
        if (table->archive == NULL)
            table->archive = growing_open(path, "", table->archive_bytes, err);
        if (table->archive == NULL)
            return -1;
        status = growing_finish(table->archive, table->rows, err);
        table->archive = NULL;
        if (status != 0)
            return -1;
        fault_point("clean", "archived");
    }
    return 0;
}

static void count(struct clean *clean)
{
    struct clean_result *result = clean->result;

    for (size_t i = 0; i < clean->tables.count; i++) {
        const struct clean_table *table = clean->tables.items[i];
        struct clean_count *count;

        if (table->rows == 0 && table->kept == 0)
            continue;
        count = arena_zalloc(result->arena, sizeof(*count));
        count->table =
            strcmp(table->schema, clean->schema) == 0 ? table->name : table->quoted;
        count->rows = table->rows;
        count->kept = table->kept;
        list_add(result->arena, &result->counts, count);
    }
}

static int work_off(struct clean *clean, struct err *err)
{
    struct display display;
    int status;

    display.items =
        arena_zalloc(clean->arena, clean->work.count * sizeof(*display.items));
    for (size_t i = 0; i < clean->work.count; i++) {
        const struct clean_table *table =
            ((struct clean_work *)clean->work.items[i])->table;

        display.items[i].table = table->name;
        display.items[i].phase = "clean";
        display.items[i].unit = "blocks";
        display.items[i].total = (double)table->blocks;
    }
    display.progress = progress_new(clean->options->progress);
    status = clean_tables(clean, &display, err);
    progress_free(display.progress);
    if (status != 0 || finish_archives(clean, err) != 0 ||
        clean_drop_indexes(clean, err) != 0 || vacuum(clean, &clean->tables, err) != 0)
        return -1;
    fault_point("clean", "end");
    return clean_record_end(clean, err);
}

static int dry_run(struct clean *clean, struct err *err)
{
    for (size_t i = 0; i < clean->work.count; i++) {
        struct clean_work *work = clean->work.items[i];
        struct sql_result *row;

        if (work->rule->group != NULL && find_newest(clean, work, err) != 0)
            return -1;
        row = sql_query(clean->connection,
                        arena_printf(clean->arena,
                                     "SELECT count(*) FROM %s AS s WHERE %s",
                                     work->table->quoted, work->condition),
                        0, NULL, err);
        if (row == NULL)
            return err_wrap(err, "%s", work->table->name);
        work->table->rows = sql_integer(row, 0, 0);
        sql_result_free(row);
    }
    return 0;
}

/* --- the call ----------------------------------------------------------------------- */

static int read_moment(struct clean *clean, struct err *err)
{
    const char *const parameters[] = {clean->options->before};
    struct sql_result *row =
        server_query(clean->connection, "clean_moment", 1, parameters, err);
    bool has_passed;

    if ((row == NULL && strncmp(err->sqlstate, "22", 2) == 0) ||
        (row != NULL && (sql_row_count(row) == 0 || sql_is_null(row, 0, 0)))) {
        sql_result_free(row);
        (void)err_set(err, ERR_USAGE, "--before \"%s\" is no moment",
                      clean->options->before);
        return err_hint(err,
                        "As in 2026-01-31, or 2026-01-31T00:00:00+02:00; without a "
                        "zone it is UTC.");
    }
    if (row == NULL)
        return -1;
    clean->before = server_text_copy(clean->result->arena, row, 0, 0);
    clean->result->before = clean->before;
    clean->moment = server_text_copy(clean->arena, row, 0, 2);
    has_passed = sql_text(row, 0, 1)[0] == 't';
    sql_result_free(row);
    if (has_passed)
        return 0;
    return err_set(err, ERR_USAGE, "--before %s is in the future", clean->before);
}

/* No migration beside it, and no second clean; nor what the server still does for one that
 * was killed a moment ago. */
static int take_lock(struct clean *clean, struct err *err)
{
    double deadline = clock_now() + clean->options->lock_wait_seconds;
    bool is_held = false;

    for (;;) {
        if (sql_try_migration_lock(clean->connection, &is_held, err) != 0)
            return -1;
        if (is_held)
            return 0;
        if (clock_now() >= deadline)
            break;
        if (rest(clean, REST_MS, err) != 0)
            return -1;
    }
    (void)err_set(err, ERR_LOCK,
                  "somebody has Airflow's migration lock: a migration or "
                  "another clean is running");
    return err_hint(err, "`airshift preflight` says who. Nothing was changed.");
}

static int discard(struct clean *clean, struct err *err)
{
    if (take_lock(clean, err) != 0 ||
        clean_record_exists(clean, &clean->result->was_recorded, err) != 0)
        return -1;
    if (!clean->result->was_recorded)
        return 0;
    return clean_drop_indexes(clean, err) == 0 ? clean_record_end(clean, err) : -1;
}

static int prepare_directory(struct clean *clean, struct err *err)
{
    const char *directory = clean->options->directory;

    if (directory == NULL)
        return 0;
    if (!clean->result->was_resumed && !file_is_vacant(directory)) {
        (void)err_set(err, ERR_STATE, "the directory \"%s\" is not empty", directory);
        return err_hint(err, "Name a new one; airshift makes it.");
    }
    return file_make_private_directory(directory, FILE_OWNER_KEEP, (gid_t)-1, err);
}

/* All files that it began with, before anything is added to one. */
static int check_archives(struct clean *clean, struct err *err)
{
    for (size_t i = 0; i < clean->tables.count; i++) {
        const struct clean_table *table = clean->tables.items[i];

        if (table->archive_bytes > 0 && clean->options->directory != NULL &&
            growing_check(clean_path(clean, table), table->archive_bytes, err) != 0)
            return -1;
    }
    return 0;
}

/* Before anything is recorded: the directory of a new clean. */
static int prepare(struct clean *clean, struct err *err)
{
    if (take_lock(clean, err) != 0 ||
        clean_record_exists(clean, &clean->result->was_resumed, err) != 0)
        return -1;
    if (!clean->result->was_resumed && prepare_directory(clean, err) != 0)
        return -1;
    if (clean_record_begin(clean, err) != 0)
        return -1;
    if (!clean->result->was_resumed)
        return 0;
    return check_archives(clean, err) == 0 ? prepare_directory(clean, err) : -1;
}

static int run(struct clean *clean, struct err *err)
{
    int status;

    if (clean->options->discards)
        return discard(clean, err);
    if (read_moment(clean, err) != 0 || clean_read_catalog(clean, err) != 0 ||
        plan(clean, err) != 0)
        return -1;
    if (clean->options->is_dry_run) {
        status = dry_run(clean, err);
    } else {
        status = prepare(clean, err);
        if (status == 0)
            status = work_off(clean, err);
    }
    if (status == 0)
        count(clean);
    return status;
}

int clean_run(const struct clean_options *options, struct clean_result *result,
              struct err *err)
{
    struct clean clean = {.options = options, .result = result};
    double started = clock_now();
    int status = -1;

    memset(result, 0, sizeof(*result));
    result->arena = arena_new();
    clean.arena = result->arena;
    clean.connection = sql_connect(options->url, "clean", err);
    if (clean.connection != NULL)
        status = run(&clean, err);
    if (status != 0 && err->category == ERR_INTERRUPTED)
        (void)err_hint(err, "The same command goes on from there.");
    for (size_t i = 0; i < clean.tables.count; i++)
        growing_close(((struct clean_table *)clean.tables.items[i])->archive);
    sql_close(clean.connection);
    result->seconds = clock_now() - started;
    return status;
}

void clean_result_clear(struct clean_result *result)
{
    arena_free(result->arena);
    memset(result, 0, sizeof(*result));
}
