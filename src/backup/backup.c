/* SPDX-License-Identifier: Apache-2.0
 *
 * backup.c - the order of a backup: one view of the database, shared by all sessions, in
 * which no table changes its form; definitions; rows; and last the manifest.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backup/backup.h"
#include "backup/pool.h"
#include "base/xalloc.h"
#include "catalog/read.h"
#include "catalog/server_sql.h"
#include "compiler/plan.h"
#include "dump.h"
#include "engine/clock.h"
#include "state/fault.h"
#include "state/file.h"

/* In a directory that is being filled, from before the first file until after the
 * last: what is there may be cleared. */
#define UNFINISHED_FILE "airshift-backup-unfinished"

struct backup {
    const struct backup_options *options;
    const struct dump_ops *ops;
    struct arena *arena;
    /* One that asks, and one for each worker: all see the same moment. */
    struct connection **sessions;
    size_t session_count;
    struct connection *connection; /* the first one */
    const char *view;
    struct manifest manifest;
};

static const char *path_of(struct backup *backup, const char *name)
{
    return arena_printf(backup->arena, "%s/%s", backup->options->directory, name);
}

static int prepare_directory(struct backup *backup, struct err *err)
{
    const char *directory = backup->options->directory;
    const char *mark = path_of(backup, UNFINISHED_FILE);

    if (!file_is_vacant(directory)) {
        if (!file_exists(mark)) {
            (void)err_set(err, ERR_STATE, "the directory \"%s\" is not empty",
                          directory);
            return err_hint(err, "Name a new one; airshift makes it.");
        }
        if (file_remove_tree(directory, err) < 0)
            return -1;
    }
    if (file_make_private_directory(directory, FILE_OWNER_KEEP, (gid_t)-1, err) < 0)
        return -1;
    return file_write(mark, "", 0, 0600, FILE_OWNER_KEEP, (gid_t)-1, err);
}

static int check_database(struct backup *backup, struct err *err)
{
    struct sql_result *row =
        server_query(backup->connection, "backup_problem", 0, NULL, err);
    int status = 0;

    if (row == NULL)
        return -1;
    if (!sql_is_null(row, 0, 0)) {
        (void)err_set(err, ERR_UNSUPPORTED, "%s", sql_text(row, 0, 0));
        status = err_hint(err, "Use the server's own tools for this database.");
    }
    sql_result_free(row);
    return status;
}

/* Another list than before the locks: a table came, went or changed in between. */
static int check_unchanged(struct backup *backup, const struct inventory *before,
                           struct err *err)
{
    const struct inventory *now = &backup->manifest.inventory;
    struct strbuf texts[2] = {STRBUF_INIT, STRBUF_INIT};
    const struct inventory *inventories[2] = {before, now};
    int status = 0;

    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < inventories[i]->table_count; k++) {
            inventory_add_target(&texts[i], &inventories[i]->tables[k]);
            strbuf_add_char(&texts[i], '\n');
        }
    }
    if (strcmp(strbuf_text(&texts[0]), strbuf_text(&texts[1])) != 0) {
        (void)err_set(err, ERR_STATE, "the tables changed while the backup began");
        status = err_hint(err, "Run it again when nobody migrates the database.");
    }
    strbuf_clear(&texts[0]);
    strbuf_clear(&texts[1]);
    return status;
}

static int open_sessions(struct backup *backup, struct err *err)
{
    size_t count = backup->options->workers + 1;

    backup->sessions = arena_zalloc(backup->arena, count * sizeof(*backup->sessions));
    while (backup->session_count < count) {
        struct connection *session = sql_connect(backup->options->url, "backup", err);

        if (session == NULL)
            return -1;
        backup->sessions[backup->session_count++] = session;
        backup->ops = sql_dump_ops(session);
        if (backup->ops->begin_read != NULL &&
            backup->ops->begin_read(session, err) < 0)
            return -1;
    }
    backup->connection = backup->sessions[0];
    return 0;
}

/* From here on all sessions see one moment, and no table changes its form. */
static int share_view(struct backup *backup, const struct inventory *tables,
                      struct err *err)
{
    const char **names =
        arena_zalloc(backup->arena, (tables->table_count + 1) * sizeof(*names));
    const struct dump_view view = {.sessions = backup->sessions,
                                   .count = backup->session_count,
                                   .tables = names,
                                   .table_count = tables->table_count};
    struct strbuf name = STRBUF_INIT;
    int status;

    for (size_t i = 0; i < tables->table_count; i++)
        names[i] = tables->tables[i].source.table;
    status = backup->ops->share_view(backup->options->url, &view, &name, err);
    backup->view = arena_strdup(backup->arena, strbuf_text(&name));
    strbuf_clear(&name);
    return status;
}

static int list_tables(struct backup *backup, struct err *err)
{
    struct inventory before = {0};

    if (inventory_read_tables(&before, backup->connection, backup->arena, 0, err) < 0 ||
        share_view(backup, &before, err) < 0 ||
        inventory_read_tables(&backup->manifest.inventory, backup->connection,
                              backup->arena, backup->options->part_bytes, err) < 0)
        return -1;
    return check_unchanged(backup, &before, err);
}

/* The revisions of a version table, as one word. NULL on an error. */
static const char *read_revision(struct backup *backup, const char *schema,
                                 const char *table, struct err *err)
{
    struct list revisions = {0};
    const char *text = "";

    if (catalog_read_versions(backup->connection, backup->arena, schema, table,
                              &revisions, err) < 0)
        return NULL;
    for (size_t i = 0; i < revisions.count; i++)
        text = arena_printf(backup->arena, "%s%s%s", text, i > 0 ? "," : "",
                            (const char *)revisions.items[i]);
    return text;
}

static int describe_origin(struct backup *backup, struct err *err)
{
    static const struct plan_target head = {.core = "head"};
    struct manifest *manifest = &backup->manifest;
    const char *schema = catalog_read_schema(backup->connection, backup->arena, err);
    time_t now = time(NULL);
    struct plan plan = {0};
    char stamp[32] = "";
    struct tm parts;
    struct err unknown; /* a backup need not understand what it takes */

    if (schema == NULL)
        return -1;
    manifest->engine = sql_dialect_name(backup->connection);
    manifest->server_version = sql_server_version(backup->connection);
    manifest->database = backup->options->url->shown;
    if (gmtime_r(&now, &parts) != NULL)
        (void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &parts);
    manifest->created = arena_strdup(backup->arena, stamp);
    manifest->revision = read_revision(backup, schema, "alembic_version", err);
    if (manifest->revision == NULL)
        return -1;
    manifest->fab_revision = read_revision(backup, schema, "alembic_version_fab", err);
    if (manifest->fab_revision == NULL)
        return -1;
    manifest->airflow_version = "";
    if (manifest->revision[0] != '\0' &&
        plan_locate(&plan, backup->connection, backup->options->url, &head, &unknown) ==
            0)
        manifest->airflow_version = arena_strdup(
            backup->arena, plan.source_version != NULL ? plan.source_version : "");
    plan_clear(&plan);
    return 0;
}

static int write_part(void *context, struct connection *connection,
                      struct backup_part *part, struct err *err)
{
    const struct backup *backup = context;
    struct strbuf select = STRBUF_INIT;
    char *path = xasprintf("%s/%s", backup->options->directory, part->file);
    int status;

    inventory_add_part(&select, connection, part);
    status = rows_file_write(path, connection, strbuf_text(&select), &part->handled,
                             &part->rows, &part->sum, err);
    strbuf_clear(&select);
    free(path);
    return status;
}

static int write_rows(struct backup *backup, struct err *err)
{
    const struct pool_work work = {.url = backup->options->url,
                                   .purpose = "backup",
                                   .phase = "back up",
                                   .workers = backup->options->workers,
                                   .style = backup->options->progress,
                                   .sessions = backup->sessions + 1,
                                   .run = write_part,
                                   .context = backup};

    return pool_run(&backup->manifest.inventory, &work, err);
}

/* While the sessions hold the view. */
static int take(struct backup *backup, struct err *err)
{
    const char *schema_path = path_of(backup, MANIFEST_SCHEMA_FILE);

    if (backup->ops->check_source != NULL &&
        backup->ops->check_source(backup->connection, err) < 0)
        return -1;
    if (check_database(backup, err) < 0 || list_tables(backup, err) < 0 ||
        describe_origin(backup, err) < 0 || prepare_directory(backup, err) < 0)
        return -1;
    fault_point("backup", "schema");
    if (backup->ops->write_schema(backup->connection, backup->options->bin_directory,
                                  backup->view, schema_path, err) < 0 ||
        file_sum_read(schema_path, &backup->manifest.schema, err) < 0)
        return -1;
    fault_point("backup", "rows");
    if (write_rows(backup, err) < 0)
        return -1;
    /* They are part of no transaction: later than the rows they are no less than what
     * the rows have. */
    return inventory_read_others(&backup->manifest.inventory, backup->connection,
                                 backup->arena, err);
}

static int finish(struct backup *backup, struct err *err)
{
    fault_point("backup", "manifest");
    if (file_sync_directory(backup->options->directory, err) < 0 ||
        manifest_write(&backup->manifest, backup->options->directory, err) < 0)
        return -1;
    fault_point("backup", "mark");
    if (file_remove(path_of(backup, UNFINISHED_FILE), err) < 0)
        return -1;
    return file_sync_directory(backup->options->directory, err);
}

static void sum_up(const struct manifest *manifest, struct backup_result *result)
{
    const struct inventory *inventory = &manifest->inventory;

    result->bytes = manifest->schema.bytes;
    for (size_t i = 0; i < inventory->table_count; i++) {
        const struct backup_table *table = &inventory->tables[i];

        result->rows += manifest_rows_of(table).rows;
        for (size_t k = 0; k < table->part_count; k++)
            result->bytes += table->parts[k].sum.bytes;
    }
}

int backup_run(const struct backup_options *options, struct backup_result *result,
               struct err *err)
{
    struct backup backup = {.options = options, .arena = arena_new()};
    double started = clock_now();
    int status = -1;

    memset(result, 0, sizeof(*result));
    if (open_sessions(&backup, err) == 0 && take(&backup, err) == 0 &&
        finish(&backup, err) == 0) {
        sum_up(&backup.manifest, result);
        result->seconds = clock_now() - started;
        status = 0;
    }
    for (size_t i = 0; i < backup.session_count; i++)
        sql_close(backup.sessions[i]);
    arena_free(backup.arena);
    return status;
}
