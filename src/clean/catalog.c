/* SPDX-License-Identifier: Apache-2.0
 *
 * catalog.c - the tables, the keys between them, and in which order rows have to go.
 */
#include "config.h"

#include <string.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "catalog/read.h"
#include "catalog/server_sql.h"
#include "clean/internal.h"

/* Below so many blocks a table is read as fast as an index. */
enum { LARGE_BLOCKS = 128 };

static struct clean_table *find_oid(const struct clean *clean, long long oid)
{
    for (size_t i = 0; i < clean->tables.count; i++) {
        struct clean_table *table = clean->tables.items[i];

        if (table->oid == oid)
            return table;
    }
    return NULL;
}

const char *clean_temporary(const struct clean *clean)
{
    const char *schema = sql_temporary_schema(clean->connection);

    return schema != NULL ? arena_printf(clean->arena, "%s.", schema) : "";
}

static void read_lines(struct arena *arena, const char *text, struct list *lines)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        list_add(arena, lines, arena_strndup(arena, text, length));
        text += length + (text[length] != '\0');
    }
}

static int read_tables(struct clean *clean, struct err *err)
{
    struct sql_result *rows =
        server_query(clean->connection, "clean_tables", 0, NULL, err);

    if (rows == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(rows); i++) {
        struct clean_table *table = arena_zalloc(clean->arena, sizeof(*table));

        table->oid = sql_integer(rows, i, 0);
        table->schema = server_text_copy(clean->arena, rows, i, 1);
        table->name = server_text_copy(clean->arena, rows, i, 2);
        table->quoted = server_text_copy(clean->arena, rows, i, 3);
        table->side = arena_printf(clean->arena, "%sairshift_clean_%lld",
                                   clean_temporary(clean), table->oid);
        table->columns = server_text_copy(clean->arena, rows, i, 4);
        table->lines = arena_strdup(clean->arena, sql_text(rows, i, 5));
        table->blocks = sql_integer(rows, i, 6);
        table->filenode = server_text_copy(clean->arena, rows, i, 7);
        read_lines(clean->arena, sql_text(rows, i, 8), &table->key);
        table->values = server_text_copy(clean->arena, rows, i, 9);
        table->block_rows = sql_integer(rows, i, 10);
        list_add(clean->arena, &clean->tables, table);
    }
    sql_result_free(rows);
    return 0;
}

static int read_keys(struct clean *clean, struct err *err)
{
    struct sql_result *rows =
        server_query(clean->connection, "clean_keys", 0, NULL, err);

    if (rows == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(rows); i++) {
        struct clean_key *key = arena_zalloc(clean->arena, sizeof(*key));

        key->child = find_oid(clean, sql_integer(rows, i, 0));
        key->parent = find_oid(clean, sql_integer(rows, i, 1));
        key->action = sql_text(rows, i, 2)[0];
        key->join = server_text_copy(clean->arena, rows, i, 3);
        key->columns = server_text_copy(clean->arena, rows, i, 4);
        key->has_index = sql_text(rows, i, 5)[0] == 't';
        if (key->child != NULL && key->parent != NULL)
            list_add(clean->arena, &key->parent->keys, key);
    }
    sql_result_free(rows);
    return 0;
}

int clean_read_catalog(struct clean *clean, struct err *err)
{
    clean->schema = catalog_read_schema(clean->connection, clean->arena, err);
    if (clean->schema == NULL)
        return -1;
    return read_tables(clean, err) == 0 ? read_keys(clean, err) : -1;
}

struct clean_table *clean_find_table(const struct clean *clean, const char *name)
{
    for (size_t i = 0; i < clean->tables.count; i++) {
        struct clean_table *table = clean->tables.items[i];

        if (strcmp(table->name, name) == 0 && strcmp(table->schema, clean->schema) == 0)
            return table;
    }
    return NULL;
}

bool clean_has_column(const struct clean_table *table, const char *column)
{
    size_t length = strlen(column);

    for (const char *line = table->lines; line != NULL && *line != '\0';
         line = strchr(line, '\n') != NULL ? strchr(line, '\n') + 1 : NULL) {
        if (strncmp(line, column, length) == 0 &&
            (line[length] == '\n' || line[length] == '\0'))
            return true;
    }
    return false;
}

/* Depth first: a table is added after all that refer to it. `path` has those under way. */
static int follow(struct clean *clean, struct clean_table *table, struct list *path,
                  struct list *order, struct err *err)
{
    if (list_has(order, table))
        return 0;
    if (list_has(path, table)) {
        (void)err_set(
            err, ERR_UNSUPPORTED,
            "rows of %s refer to each other in a circle, by keys that cascade",
            table->quoted);
        return err_hint(err, "Name other --tables; airshift cannot say which row is to "
                             "go first.");
    }
    list_add(clean->arena, path, table);
    for (size_t i = 0; i < table->keys.count; i++) {
        const struct clean_key *key = table->keys.items[i];

        if (key->action == 'c' && follow(clean, key->child, path, order, err) != 0)
            return -1;
    }
    list_remove(path, path->count - 1);
    list_add(clean->arena, order, table);
    return 0;
}

int clean_follow_keys(struct clean *clean, struct clean_work *work, struct err *err)
{
    struct list path = {NULL, 0, 0};

    return follow(clean, work->table, &path, &work->goes, err);
}

static int build_index(struct clean *clean, struct clean_key *key, size_t number,
                       struct err *err)
{
    const char *name =
        arena_printf(clean->arena, "airshift_clean_%lld_%zu", key->child->oid, number);
    struct strbuf sql = STRBUF_INIT;
    int status;

    log_info("%s has no index for its key (%s), and gets one for the time being",
             key->child->name, key->columns);
    /* One of an interrupted clean may not be whole. */
    strbuf_add_string(&sql, "DROP INDEX IF EXISTS ");
    sql_add_name(&sql, key->child->schema);
    strbuf_addf(&sql, ".%s", name);
    status = sql_exec(clean->connection, strbuf_text(&sql), err);
    strbuf_truncate(&sql, 0);
    strbuf_addf(&sql, "CREATE INDEX CONCURRENTLY %s ON %s (%s)", name,
                key->child->quoted, key->columns);
    if (status == 0)
        status = sql_exec(clean->connection, strbuf_text(&sql), err);
    strbuf_clear(&sql);
    if (status != 0)
        return err_wrap(err, "an index for the key of %s", key->child->name);
    key->has_index = true;
    return 0;
}

int clean_build_indexes(struct clean *clean, const struct clean_work *work,
                        struct err *err)
{
    for (size_t i = 0; i < work->goes.count; i++) {
        const struct clean_table *table = work->goes.items[i];

        for (size_t k = 0; k < table->keys.count; k++) {
            struct clean_key *key = table->keys.items[k];

            if (!key->has_index && key->child->blocks >= LARGE_BLOCKS &&
                build_index(clean, key, i * 100 + k, err) != 0)
                return -1;
        }
    }
    return 0;
}

int clean_drop_indexes(struct clean *clean, struct err *err)
{
    struct sql_result *rows =
        server_query(clean->connection, "clean_indexes", 0, NULL, err);
    int status = 0;

    if (rows == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(rows) && status == 0; i++) {
        const char *sql = arena_printf(clean->arena, "DROP INDEX CONCURRENTLY %s",
                                       sql_text(rows, i, 0));

        status = sql_exec(clean->connection, sql, err);
    }
    sql_result_free(rows);
    return status;
}
