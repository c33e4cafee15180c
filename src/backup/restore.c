/* SPDX-License-Identifier: Apache-2.0
 *
 * restore.c - the order of a restore: the files are looked at first; then tables, rows,
 * sequences, and indexes and constraints over the rows that are there already. What is done is
 * noted in the database (restore_state.h): rows with their note in one transaction.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "backup/backup.h"
#include "backup/pool.h"
#include "backup/restore_state.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "catalog/server_sql.h"
#include "dump.h"
#include "engine/clock.h"
#include "interrupt.h"
#include "state/fault.h"

enum { VERIFY_PART_BYTES = 256 << 20 };

struct restore {
    const struct restore_options *options;
    const struct dump_ops *ops;
    struct arena *arena;
    struct connection *connection;
    struct manifest manifest;
    struct restore_state state;
};

static int check_file(const char *directory, const char *name,
                      const struct file_sum *expected, struct err *err)
{
    char *path = xasprintf("%s/%s", directory, name);
    struct file_sum sum;
    int status = file_sum_read(path, &sum, err);

    if (status == 0 &&
        (sum.bytes != expected->bytes || strcmp(sum.sha256, expected->sha256) != 0))
        status = err_set(err, ERR_STATE, "\"%s\" is not what was backed up", path);
    if (status == 0 && interrupt_is_asked())
        status = err_set(err, ERR_INTERRUPTED, "interrupted");
    free(path);
    return status;
}

static int check_files(const struct manifest *manifest, const char *directory,
                       struct backup_result *result, struct err *err)
{
    const struct inventory *inventory = &manifest->inventory;

    if (check_file(directory, MANIFEST_SCHEMA_FILE, &manifest->schema, err) < 0)
        return -1;
    result->bytes += manifest->schema.bytes;
    for (size_t i = 0; i < inventory->table_count; i++) {
        const struct backup_table *table = &inventory->tables[i];

        for (size_t k = 0; k < table->part_count; k++) {
            const struct backup_part *part = &table->parts[k];

            if (check_file(directory, part->file, &part->sum, err) < 0)
                return -1;
            result->bytes += part->sum.bytes;
        }
        result->rows += manifest_rows_of(table).rows;
    }
    return 0;
}

int restore_check_files(const char *directory, struct backup_result *result,
                        struct err *err)
{
    struct arena *arena = arena_new();
    struct manifest manifest = {0};
    double started = clock_now();
    int status;

    memset(result, 0, sizeof(*result));
    status = manifest_read(&manifest, directory, arena, err);
    if (status == 0)
        status = check_files(&manifest, directory, result, err);
    result->seconds = clock_now() - started;
    arena_free(arena);
    return status;
}

static int check_empty(struct connection *connection, struct arena *arena,
                       struct err *err)
{
    struct inventory present = {0};

    if (inventory_read_tables(&present, connection, arena, 0, err) < 0)
        return -1;
    if (present.table_count > 0) {
        (void)err_set(err, ERR_STATE, "the database has tables, e.g. \"%s\"",
                      present.tables[0].name);
        return err_hint(err, "Restore into a new, empty database.");
    }
    return 0;
}

/* An empty database, or one that a restore of the same backup has begun to fill. */
static int check_server(struct restore *restore, struct err *err)
{
    struct restore_state *state = &restore->state;

    if (strcmp(restore->manifest.engine, sql_dialect_name(restore->connection)) != 0)
        return err_set(err, ERR_UNSUPPORTED, "the backup is of another engine (%s)",
                       restore->manifest.engine);
    state->connection = restore->connection;
    state->arena = restore->arena;
    if (restore_state_look(state, restore->options->directory, err) < 0)
        return -1;
    return state->is_resumed ? 0
                             : check_empty(restore->connection, restore->arena, err);
}

int restore_check_target(const struct url *url, struct err *err)
{
    struct connection *connection = sql_connect(url, "restore", err);
    struct arena *arena = arena_new();
    int status = -1;

    if (connection != NULL)
        status = check_empty(connection, arena, err);
    sql_close(connection);
    arena_free(arena);
    return status;
}

static int load_part(void *context, struct connection *connection,
                     struct backup_part *part, struct err *err)
{
    const struct restore *restore = context;
    struct strbuf target = STRBUF_INIT;
    char *path = xasprintf("%s/%s", restore->options->directory, part->file);
    int status;

    inventory_add_target(&target, part->table);
    status = sql_exec(connection, "BEGIN", err);
    if (status == 0)
        status = rows_file_load(path, connection, strbuf_text(&target), &part->rows,
                                &part->handled, err);
    fault_point("restore-part", "loaded");
    if (status == 0)
        status = restore_state_done(connection, part->file, err);
    if (status == 0)
        status = sql_exec(connection, "COMMIT", err);
    fault_point("restore-part", "committed");
    strbuf_clear(&target);
    free(path);
    return status;
}

static int sum_row(void *context, const char *bytes, size_t size, struct err *err)
{
    struct backup_part *part = context;

    (void)err;
    rows_sum_add(&part->rows, bytes, size);
    atomic_fetch_add_explicit(&part->handled, 1, memory_order_relaxed);
    return 0;
}

static int sum_part(void *context, struct connection *connection,
                    struct backup_part *part, struct err *err)
{
    struct strbuf select = STRBUF_INIT;
    int status;

    (void)context;
    inventory_add_part(&select, connection, part);
    status = sql_unload(connection, strbuf_text(&select), sum_row, part, err);
    strbuf_clear(&select);
    return status;
}

/* Loaded last: until then Airflow, and airshift, take the database for one that was
 * never migrated, and do not work with half of it. */
static bool is_version_table(const struct backup_table *table)
{
    return strcmp(table->name, "alembic_version") == 0 ||
           strcmp(table->name, "alembic_version_fab") == 0;
}

static bool is_other_table(const struct backup_table *table)
{
    return !is_version_table(table);
}

static int run_pool(struct restore *restore, struct inventory *inventory,
                    const char *phase, bool (*takes)(const struct backup_table *table),
                    int (*begin)(void *context, struct connection *connection,
                                 struct err *err),
                    int (*run)(void *context, struct connection *connection,
                               struct backup_part *part, struct err *err),
                    struct err *err)
{
    const struct pool_work work = {.url = restore->options->url,
                                   .purpose = "restore",
                                   .phase = phase,
                                   .workers = restore->options->workers,
                                   .style = restore->options->progress,
                                   .takes = takes,
                                   .begin = begin,
                                   .run = run,
                                   .context = restore};

    return pool_run(inventory, &work, err);
}

static int set_sequences(struct restore *restore, struct err *err)
{
    const struct inventory *inventory = &restore->manifest.inventory;
    struct strbuf name = STRBUF_INIT;
    int status = 0;

    for (size_t i = 0; i < inventory->sequence_count && status == 0; i++) {
        const struct backup_sequence *sequence = &inventory->sequences[i];
        const char *parameters[3] = {NULL, sequence->last_value, sequence->is_called};
        struct sql_result *row;

        strbuf_truncate(&name, 0);
        inventory_add_name(&name, sequence->schema, sequence->name);
        parameters[0] = strbuf_text(&name);
        row = server_query(restore->connection, "backup_sequence", 3, parameters, err);
        if (row == NULL)
            status = -1;
        sql_result_free(row);
    }
    strbuf_clear(&name);
    return status;
}

static int refresh_views(struct restore *restore, struct err *err)
{
    const struct inventory *inventory = &restore->manifest.inventory;

    for (size_t i = 0; i < inventory->view_count; i++) {
        char *sql = xasprintf("REFRESH MATERIALIZED VIEW %s", inventory->views[i]);
        int status = sql_exec(restore->connection, sql, err);

        free(sql);
        if (status < 0)
            return -1;
    }
    return 0;
}

static int read_schema(struct restore *restore, enum dump_section section,
                       bool is_repeated, struct err *err)
{
    const struct restore_options *options = restore->options;
    char *path = xasprintf("%s/%s", options->directory, MANIFEST_SCHEMA_FILE);
    const struct dump_restore definitions = {.url = options->url,
                                             .connection = restore->connection,
                                             .bin_directory = options->bin_directory,
                                             .path = path,
                                             .jobs = options->workers,
                                             .group = restore->state.group,
                                             .is_repeated = is_repeated,
                                             .keeps_owners = options->keeps_owners};
    int status = restore->ops->read_schema(&definitions, section, err);

    free(path);
    return status;
}

static int begin_load(void *context, struct connection *connection, struct err *err)
{
    const struct restore *restore = context;

    if (sql_join_group(connection, restore->state.group, err) < 0)
        return -1;
    return restore->ops->begin_load != NULL ? restore->ops->begin_load(connection, err)
                                            : 0;
}

static int load(struct restore *restore,
                bool (*takes)(const struct backup_table *table), struct err *err)
{
    return run_pool(restore, &restore->manifest.inventory, "load", takes, begin_load,
                    load_part, err);
}

static const struct backup_table *find(const struct inventory *inventory,
                                       const struct backup_table *wanted)
{
    for (size_t i = 0; i < inventory->table_count; i++) {
        if (strcmp(inventory->tables[i].schema, wanted->schema) == 0 &&
            strcmp(inventory->tables[i].name, wanted->name) == 0)
            return &inventory->tables[i];
    }
    return NULL;
}

static int begin_read(void *context, struct connection *connection, struct err *err)
{
    const struct restore *restore = context;

    return restore->ops->begin_read != NULL ? restore->ops->begin_read(connection, err)
                                            : 0;
}

/* Reads every row again, as text, and compares the sums. */
static int verify(struct restore *restore, struct err *err)
{
    const struct inventory *expected = &restore->manifest.inventory;
    struct inventory present = {0};

    if (inventory_read_tables(&present, restore->connection, restore->arena,
                              VERIFY_PART_BYTES, err) < 0 ||
        run_pool(restore, &present, "verify", NULL, begin_read, sum_part, err) < 0)
        return -1;
    for (size_t i = 0; i < expected->table_count; i++) {
        const struct backup_table *table = find(&present, &expected->tables[i]);
        struct rows_sum was = manifest_rows_of(&expected->tables[i]);
        struct rows_sum is = {0, 0};

        if (table != NULL)
            is = manifest_rows_of(table);
        if (table == NULL || is.rows != was.rows || is.hash != was.hash)
            return err_set(err, ERR_DATA,
                           "table \"%s\" was restored with %lld rows that are not the "
                           "%lld rows of the backup",
                           expected->tables[i].name, is.rows, was.rows);
    }
    return 0;
}

/* --- the order --------------------------------------------------------------------- */

/* What an earlier run has loaded is not loaded again. */
static void leave_out_done(struct restore *restore)
{
    struct inventory *inventory = &restore->manifest.inventory;
    size_t count = 0;
    size_t done = 0;

    for (size_t i = 0; i < inventory->table_count; i++) {
        struct backup_table *table = &inventory->tables[i];

        for (size_t k = 0; k < table->part_count; k++) {
            struct backup_part *part = &table->parts[k];

            part->is_done = restore_state_is_done(&restore->state, part->file);
            done += part->is_done;
            count++;
        }
    }
    if (restore->state.is_resumed)
        log_info("going on with a restore that was broken off: %zu of %zu files of "
                 "rows are loaded",
                 done, count);
}

static int make_tables(struct restore *restore, struct err *err)
{
    return read_schema(restore, DUMP_BEFORE_ROWS, restore->state.is_resumed, err);
}

static int make_indexes(struct restore *restore, struct err *err)
{
    static const char item[] = "indexes begun";
    bool is_repeated = restore_state_is_done(&restore->state, item);

    if (!is_repeated && restore_state_done(restore->connection, item, err) < 0)
        return -1;
    fault_point("restore", "indexes");
    log_info("indexes and constraints");
    if (read_schema(restore, DUMP_AFTER_ROWS, is_repeated, err) < 0)
        return -1;
    fault_point("restore", "indexed");
    return refresh_views(restore, err) < 0 ||
                   restore->ops->analyze(restore->connection, err) < 0
               ? -1
               : 0;
}

static int do_once(struct restore *restore, const char *item,
                   int (*step)(struct restore *restore, struct err *err),
                   struct err *err)
{
    if (restore_state_is_done(&restore->state, item))
        return 0;
    if (step(restore, err) < 0)
        return -1;
    fault_point("restore-step", "made");
    return restore_state_done(restore->connection, item, err);
}

static int restore_all(struct restore *restore, struct err *err)
{
    leave_out_done(restore);
    if (do_once(restore, "tables", make_tables, err) < 0)
        return -1;
    fault_point("restore", "rows");
    if (load(restore, is_other_table, err) < 0 || set_sequences(restore, err) < 0 ||
        do_once(restore, "indexes", make_indexes, err) < 0)
        return -1;
    fault_point("restore", "versions");
    if (load(restore, is_version_table, err) < 0 ||
        (restore->options->verifies && verify(restore, err) < 0))
        return -1;
    return restore->options->is_proof
               ? 0
               : read_schema(restore, DUMP_AT_END, restore->state.is_resumed, err);
}

/* Whatever came from outside. */
static int say_goes_on(struct err *err)
{
    if (err->hint[0] == '\0' &&
        (err->category == ERR_CONNECT || err->category == ERR_INTERRUPTED ||
         err->category == ERR_SQL || err->category == ERR_LOCK))
        (void)err_hint(err, "What is loaded is kept: the same command goes on from "
                            "here.");
    return -1;
}

static int fill(struct restore *restore, struct err *err)
{
    if (restore_state_begin(&restore->state, err) < 0)
        return -1;
    return restore_all(restore, err) < 0 || restore_state_end(&restore->state, err) < 0
               ? say_goes_on(err)
               : 0;
}

int restore_run(const struct restore_options *options, struct backup_result *result,
                struct err *err)
{
    struct restore restore = {.options = options};
    double started = clock_now();
    int status = -1;

    memset(result, 0, sizeof(*result));
    restore.arena = arena_new();
    if (manifest_read(&restore.manifest, options->directory, restore.arena, err) == 0)
        restore.connection = sql_connect(options->url, "restore", err);
    if (restore.connection != NULL)
        restore.ops = sql_dump_ops(restore.connection);
    if (restore.connection != NULL &&
        begin_read(&restore, restore.connection, err) == 0 &&
        check_server(&restore, err) == 0 &&
        check_files(&restore.manifest, options->directory, result, err) == 0 &&
        fill(&restore, err) == 0) {
        result->seconds = clock_now() - started;
        status = 0;
    }
    sql_close(restore.connection);
    arena_free(restore.arena);
    return status;
}
