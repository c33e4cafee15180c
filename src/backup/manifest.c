/* SPDX-License-Identifier: Apache-2.0
 *
 * manifest.c - the manifest as JSON. Hashes are text: JSON's numbers are too small.
 */
#include "config.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "backup/manifest.h"
#include "base/xalloc.h"
#include "state/file.h"

enum { FORMAT_VERSION = 1, MANIFEST_MOST = 256 << 20 };

struct rows_sum manifest_rows_of(const struct backup_table *table)
{
    struct rows_sum sum = {0, 0};

    for (size_t i = 0; i < table->part_count; i++) {
        sum.rows += table->parts[i].rows.rows;
        sum.hash += table->parts[i].rows.hash;
    }
    return sum;
}

static json_t *pack_part(const struct backup_part *part)
{
    char hash[17];

    (void)snprintf(hash, sizeof(hash), "%016" PRIx64, part->rows.hash);
    return json_pack("{s:s, s:I, s:s, s:I, s:s}", "file", part->file, "rows",
                     (json_int_t)part->rows.rows, "rows_hash", hash, "bytes",
                     (json_int_t)part->sum.bytes, "sha256", part->sum.sha256);
}

static json_t *pack_table(const struct backup_table *table)
{
    json_t *parts = json_array();

    for (size_t i = 0; i < table->part_count; i++)
        (void)json_array_append_new(parts, pack_part(&table->parts[i]));
    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:o}", "schema", table->schema, "name",
                     table->name, "columns", table->columns, "bytes",
                     (json_int_t)table->bytes, "rows",
                     (json_int_t)manifest_rows_of(table).rows, "parts", parts);
}

static json_t *pack(const struct manifest *manifest)
{
    const struct inventory *inventory = &manifest->inventory;
    json_t *tables = json_array();
    json_t *sequences = json_array();
    json_t *views = json_array();

    for (size_t i = 0; i < inventory->table_count; i++)
        (void)json_array_append_new(tables, pack_table(&inventory->tables[i]));
    for (size_t i = 0; i < inventory->sequence_count; i++) {
        const struct backup_sequence *sequence = &inventory->sequences[i];

        (void)json_array_append_new(sequences,
                                    json_pack("{s:s, s:s, s:s, s:s}", "schema",
                                              sequence->schema, "name", sequence->name,
                                              "last_value", sequence->last_value,
                                              "is_called", sequence->is_called));
    }
    for (size_t i = 0; i < inventory->view_count; i++)
        (void)json_array_append_new(views, json_string(inventory->views[i]));
    return json_pack(
        "{s:i, s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:o, s:o, s:o}",
        "format_version", FORMAT_VERSION, "airshift", PACKAGE_VERSION, "engine",
        manifest->engine, "server_version", (json_int_t)manifest->server_version,
        "database", manifest->database, "created", manifest->created, "airflow_version",
        manifest->airflow_version, "revision", manifest->revision, "fab_revision",
        manifest->fab_revision, "schema_file", MANIFEST_SCHEMA_FILE, "schema_bytes",
        (json_int_t)manifest->schema.bytes, "schema_sha256", manifest->schema.sha256,
        "tables", tables, "sequences", sequences, "views", views);
}

int manifest_write(const struct manifest *manifest, const char *directory,
                   struct err *err)
{
    char *path = xasprintf("%s/%s", directory, MANIFEST_FILE);
    json_t *root = pack(manifest);
    char *text = root != NULL ? json_dumps(root, JSON_INDENT(1)) : NULL;
    int status;

    if (text == NULL)
        status = err_set(err, ERR_INTERNAL, "the manifest cannot be written as JSON");
    else
        status =
            file_write(path, text, strlen(text), 0600, FILE_OWNER_KEEP, (gid_t)-1, err);
    free(text);
    json_decref(root);
    free(path);
    return status;
}

static int unpack_sum(struct file_sum *sum, json_int_t bytes, const char *sha256)
{
    if (strlen(sha256) != SHA256_TEXT_SIZE - 1)
        return -1;
    sum->bytes = bytes;
    memcpy(sum->sha256, sha256, SHA256_TEXT_SIZE);
    return 0;
}

/* A name of a file within the directory, and nothing else. */
static bool is_file_name(const char *name)
{
    return name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL;
}

static int unpack_part(struct backup_part *part, json_t *json, struct arena *arena)
{
    const char *file;
    const char *hash;
    const char *sha256;
    json_int_t rows;
    json_int_t bytes;
    char *end;

    if (json_unpack(json, "{s:s, s:I, s:s, s:I, s:s}", "file", &file, "rows", &rows,
                    "rows_hash", &hash, "bytes", &bytes, "sha256", &sha256) != 0 ||
        !is_file_name(file))
        return -1;
    part->file = arena_strdup(arena, file);
    part->rows.rows = rows;
    part->rows.hash = strtoull(hash, &end, 16);
    part->condition = "";
    return *end != '\0' ? -1 : unpack_sum(&part->sum, bytes, sha256);
}

static int unpack_table(struct backup_table *table, json_t *json, struct arena *arena)
{
    const char *schema;
    const char *name;
    const char *columns;
    json_int_t bytes;
    json_t *parts;

    if (json_unpack(json, "{s:s, s:s, s:s, s:I, s:o}", "schema", &schema, "name", &name,
                    "columns", &columns, "bytes", &bytes, "parts", &parts) != 0)
        return -1;
    table->schema = arena_strdup(arena, schema);
    table->name = arena_strdup(arena, name);
    table->columns = arena_strdup(arena, columns);
    table->bytes = bytes;
    table->part_count = json_array_size(parts);
    table->parts = arena_zalloc(arena, (table->part_count + 1) * sizeof(*table->parts));
    for (size_t i = 0; i < table->part_count; i++) {
        table->parts[i].table = table;
        if (unpack_part(&table->parts[i], json_array_get(parts, i), arena) < 0)
            return -1;
    }
    return 0;
}

static int unpack_sequence(struct backup_sequence *sequence, json_t *json,
                           struct arena *arena)
{
    const char *text[4];

    if (json_unpack(json, "{s:s, s:s, s:s, s:s}", "schema", &text[0], "name", &text[1],
                    "last_value", &text[2], "is_called", &text[3]) != 0)
        return -1;
    sequence->schema = arena_strdup(arena, text[0]);
    sequence->name = arena_strdup(arena, text[1]);
    sequence->last_value = arena_strdup(arena, text[2]);
    sequence->is_called = arena_strdup(arena, text[3]);
    return 0;
}

static int unpack_inventory(struct inventory *inventory, json_t *tables,
                            json_t *sequences, json_t *views, struct arena *arena)
{
    inventory->table_count = json_array_size(tables);
    inventory->tables =
        arena_zalloc(arena, (inventory->table_count + 1) * sizeof(*inventory->tables));
    for (size_t i = 0; i < inventory->table_count; i++) {
        if (unpack_table(&inventory->tables[i], json_array_get(tables, i), arena) < 0)
            return -1;
        inventory->part_count += inventory->tables[i].part_count;
    }
    inventory->sequence_count = json_array_size(sequences);
    inventory->sequences = arena_zalloc(arena, (inventory->sequence_count + 1) *
                                                   sizeof(*inventory->sequences));
    for (size_t i = 0; i < inventory->sequence_count; i++) {
        if (unpack_sequence(&inventory->sequences[i], json_array_get(sequences, i),
                            arena) < 0)
            return -1;
    }
    inventory->view_count = json_array_size(views);
    inventory->views =
        arena_zalloc(arena, (inventory->view_count + 1) * sizeof(*inventory->views));
    for (size_t i = 0; i < inventory->view_count; i++) {
        const char *view = json_string_value(json_array_get(views, i));

        if (view == NULL)
            return -1;
        inventory->views[i] = arena_strdup(arena, view);
    }
    return 0;
}

static int unpack(struct manifest *manifest, json_t *root, struct arena *arena)
{
    const char *text[7];
    json_int_t server_version;
    json_int_t bytes;
    json_t *tables;
    json_t *sequences;
    json_t *views;
    int format_version;

    if (json_unpack(
            root, "{s:i, s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:o, s:o, s:o}",
            "format_version", &format_version, "engine", &text[0], "server_version",
            &server_version, "database", &text[1], "created", &text[2],
            "airflow_version", &text[3], "revision", &text[4], "fab_revision", &text[5],
            "schema_bytes", &bytes, "schema_sha256", &text[6], "tables", &tables,
            "sequences", &sequences, "views", &views) != 0 ||
        format_version != FORMAT_VERSION)
        return -1;
    manifest->engine = arena_strdup(arena, text[0]);
    manifest->server_version = server_version;
    manifest->database = arena_strdup(arena, text[1]);
    manifest->created = arena_strdup(arena, text[2]);
    manifest->airflow_version = arena_strdup(arena, text[3]);
    manifest->revision = arena_strdup(arena, text[4]);
    manifest->fab_revision = arena_strdup(arena, text[5]);
    if (unpack_sum(&manifest->schema, bytes, text[6]) < 0)
        return -1;
    return unpack_inventory(&manifest->inventory, tables, sequences, views, arena);
}

int manifest_read(struct manifest *manifest, const char *directory, struct arena *arena,
                  struct err *err)
{
    char *path = xasprintf("%s/%s", directory, MANIFEST_FILE);
    struct strbuf text = STRBUF_INIT;
    json_t *root = NULL;
    json_error_t where;
    int status = -1;

    if (!file_exists(path)) {
        (void)err_set(err, ERR_STATE, "\"%s\" is no whole backup: there is no %s in it",
                      directory, MANIFEST_FILE);
    } else if (file_read(path, MANIFEST_MOST, &text, err) == 0) {
        root = json_loads(strbuf_text(&text), 0, &where);
        if (root == NULL || unpack(manifest, root, arena) < 0)
            (void)err_set(err, ERR_STATE,
                          "\"%s\" is damaged, or of a later airshift than this", path);
        else
            status = 0;
    }
    json_decref(root);
    strbuf_clear(&text);
    free(path);
    return status;
}
