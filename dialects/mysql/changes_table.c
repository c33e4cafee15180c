/* SPDX-License-Identifier: Apache-2.0
 *
 * changes_table.c - the tables of a database and, for each that was written to, a
 * temporary table with the keys of those rows. A server that is read only to everybody
 * still takes temporary tables, and memory stays as it is however many rows there are.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "mysql/changes.h"
#include "mysql/connection.h"

enum { BATCH_BYTES = 128 * 1024, RECENT_KEYS = 256 };

static const char tables_sql[] =
    "SELECT table_name, coalesce(data_length, 0), coalesce(table_rows, 0)"
    " FROM information_schema.tables"
    " WHERE table_schema = database() AND table_type = 'BASE TABLE' ORDER BY 1";

/* A key on the beginning of a column is none that a row can be found by. */
static const char columns_sql[] =
    "SELECT c.table_name, c.column_name, c.column_type, c.data_type,"
    " c.character_set_name, c.collation_name, c.generation_expression <> '',"
    " s.seq_in_index, s.sub_part IS NOT NULL, c.column_type LIKE '%unsigned%'"
    " FROM information_schema.columns AS c LEFT JOIN information_schema.statistics AS s"
    "  ON s.table_schema = c.table_schema AND s.table_name = c.table_name"
    "  AND s.index_name = 'PRIMARY' AND s.column_name = c.column_name"
    " WHERE c.table_schema = database() ORDER BY c.table_name, c.ordinal_position";

enum column_fact {
    COLUMN_TABLE,
    COLUMN_NAME,
    COLUMN_TYPE,
    COLUMN_KIND,
    COLUMN_CHARSET,
    COLUMN_COLLATION,
    COLUMN_IS_GENERATED,
    COLUMN_KEY_PART,
    COLUMN_IS_PREFIX,
    COLUMN_IS_UNSIGNED,
};

void my_add_quoted(struct strbuf *sql, const char *name)
{
    strbuf_add_char(sql, '`');
    for (; *name != '\0'; name++) {
        if (*name == '`')
            strbuf_add_char(sql, '`');
        strbuf_add_char(sql, *name);
    }
    strbuf_add_char(sql, '`');
}

struct my_table *my_changes_find(const struct my_changes *changes, const char *name)
{
    for (size_t i = 0; i < changes->count; i++) {
        if (strcmp(changes->tables[i].name, name) == 0)
            return &changes->tables[i];
    }
    return NULL;
}

static char *definition_of(const struct sql_result *rows, size_t row)
{
    if (mysql_is_null(rows, row, COLUMN_CHARSET))
        return xstrdup(mysql_text(rows, row, COLUMN_TYPE));
    return xasprintf(
        "%s CHARACTER SET %s COLLATE %s", mysql_text(rows, row, COLUMN_TYPE),
        mysql_text(rows, row, COLUMN_CHARSET), mysql_text(rows, row, COLUMN_COLLATION));
}

static void add_key_part(struct my_table *table, const struct sql_result *rows,
                         size_t row)
{
    size_t part = (size_t)sql_integer(rows, row, COLUMN_KEY_PART);

    if (part > table->parts) {
        table->key = xrealloc(table->key, part * sizeof(*table->key));
        memset(table->key + table->parts, 0,
               (part - table->parts) * sizeof(*table->key));
        table->parts = part;
    }
    table->key[part - 1] = (struct my_key_part){
        .name = xstrdup(mysql_text(rows, row, COLUMN_NAME)),
        .definition = definition_of(rows, row),
        .charset = mysql_is_null(rows, row, COLUMN_CHARSET)
                       ? NULL
                       : xstrdup(mysql_text(rows, row, COLUMN_CHARSET)),
        .is_unsigned = sql_integer(rows, row, COLUMN_IS_UNSIGNED) != 0,
        .column = table->count,
    };
}

static void forget_key(struct my_table *table)
{
    for (size_t i = 0; i < table->parts; i++) {
        free(table->key[i].name);
        free(table->key[i].definition);
        free(table->key[i].charset);
    }
    free(table->key);
    table->key = NULL;
    table->parts = 0;
}

/* A number of single precision is shown shortened, unless it becomes a double one. */
static void add_value(struct my_table *table, const struct sql_result *rows, size_t row)
{
    const char *name = mysql_text(rows, row, COLUMN_NAME);

    if (table->list.length > 0) {
        strbuf_add_string(&table->list, ", ");
        strbuf_add_string(&table->values, ", ");
    }
    my_add_quoted(&table->list, name);
    strbuf_add_string(&table->values, "t.");
    my_add_quoted(&table->values, name);
    if (strcmp(mysql_text(rows, row, COLUMN_KIND), "float") == 0)
        strbuf_add_string(&table->values, " + 0E0");
}

static void read_columns(struct my_changes *changes, const struct sql_result *rows)
{
    struct my_table *table = NULL;
    bool is_prefix = false;

    for (size_t i = 0; i < mysql_row_count(rows); i++) {
        const char *name = mysql_text(rows, i, COLUMN_TABLE);

        if (table == NULL || strcmp(table->name, name) != 0) {
            if (table != NULL && is_prefix)
                forget_key(table);
            is_prefix = false;
            table = my_changes_find(changes, name);
        }
        if (table == NULL) /* a view */
            continue;
        if (!mysql_is_null(rows, i, COLUMN_KEY_PART))
            add_key_part(table, rows, i);
        is_prefix = is_prefix || sql_integer(rows, i, COLUMN_IS_PREFIX) != 0;
        if (sql_integer(rows, i, COLUMN_IS_GENERATED) == 0)
            add_value(table, rows, i);
        table->columns =
            xrealloc(table->columns, (table->count + 1) * sizeof(*table->columns));
        table->columns[table->count++] = xstrdup(mysql_text(rows, i, COLUMN_NAME));
    }
    if (table != NULL && is_prefix)
        forget_key(table);
}

/* Several lists in one session do not meet. */
static int number_list(struct my_changes *changes, long long *number, struct err *err)
{
    struct sql_result *row =
        mysql_select(changes->connection,
                     "SET @airshift_list = coalesce(@airshift_list, 0) + 1; "
                     "SELECT @airshift_list, database()",
                     0, NULL, err);

    if (row == NULL)
        return -1;
    *number = sql_integer(row, 0, 0);
    changes->database = xstrdup(mysql_text(row, 0, 1));
    mysql_result_free(row);
    return 0;
}

int my_changes_read_tables(struct my_changes *changes, struct err *err)
{
    struct sql_result *tables = NULL;
    struct sql_result *columns = NULL;
    long long list = 0;

    if (number_list(changes, &list, err) == 0)
        tables = mysql_select(changes->connection, tables_sql, 0, NULL, err);
    if (tables != NULL)
        columns = mysql_select(changes->connection, columns_sql, 0, NULL, err);
    if (columns != NULL) {
        changes->count = mysql_row_count(tables);
        changes->tables = xcalloc(changes->count + 1, sizeof(*changes->tables));
        for (size_t i = 0; i < changes->count; i++) {
            changes->tables[i].name = xstrdup(mysql_text(tables, i, 0));
            changes->tables[i].bytes = sql_integer(tables, i, 1);
            changes->tables[i].rows = sql_integer(tables, i, 2);
            changes->tables[i].place =
                xasprintf("`airshift_changed_%lld_%zu`", list, i);
        }
        read_columns(changes, columns);
        for (size_t i = 0; i < changes->count; i++)
            changes->tables[i].is_watched =
                xcalloc(changes->tables[i].count + 1, sizeof(bool));
    }
    sql_result_free(tables);
    sql_result_free(columns);
    return columns != NULL ? 0 : -1;
}

void my_changes_clear(struct my_changes *changes)
{
    for (size_t i = 0; i < changes->count; i++) {
        struct my_table *table = &changes->tables[i];

        for (size_t k = 0; k < table->count; k++)
            free(table->columns[k]);
        forget_key(table);
        free(table->columns);
        free(table->is_watched);
        for (size_t k = 0; table->recent != NULL && k < RECENT_KEYS; k++)
            free(table->recent[k]);
        free(table->recent);
        free(table->name);
        free(table->place);
        strbuf_clear(&table->list);
        strbuf_clear(&table->values);
        strbuf_clear(&table->batch);
    }
    free(changes->tables);
    free(changes->database);
}

bool my_table_has_keys_in(const struct my_table *table, const struct binlog_table *log)
{
    if (table->parts == 0 || !log->is_readable || log->count != table->count)
        return false;
    for (size_t i = 0; i < table->parts; i++) {
        if (!binlog_can_be_key(&log->columns[table->key[i].column]))
            return false;
    }
    return true;
}

int my_table_make_place(struct my_changes *changes, struct my_table *table,
                        struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    int status;

    if (table->has_place)
        return 0;
    strbuf_addf(&sql, "CREATE TEMPORARY TABLE %s (", table->place);
    for (size_t i = 0; i < table->parts; i++)
        strbuf_addf(&sql, "k%zu %s NOT NULL, ", i + 1, table->key[i].definition);
    strbuf_add_string(
        &sql, "existed BOOLEAN NOT NULL, moved BOOLEAN NOT NULL, PRIMARY KEY (");
    for (size_t i = 0; i < table->parts; i++)
        strbuf_addf(&sql, "%sk%zu", i > 0 ? ", " : "", i + 1);
    strbuf_add_string(&sql, ")) ENGINE = InnoDB");
    status = mysql_exec(changes->connection, strbuf_text(&sql), err);
    strbuf_clear(&sql);
    table->has_place = status == 0;
    return status;
}

int my_table_flush(struct my_changes *changes, struct my_table *table, struct err *err)
{
    int status;

    if (table->batch.length == 0)
        return 0;
    if (my_table_make_place(changes, table, err) < 0)
        return -1;
    strbuf_add_string(&table->batch, " ON DUPLICATE KEY UPDATE moved = moved OR "
                                     "VALUES(moved)");
    status = mysql_exec(changes->connection, strbuf_text(&table->batch), err);
    strbuf_truncate(&table->batch, 0);
    return status;
}

/* Whether the key was added lately; remembers it. A few rows are written again and again,
 * heartbeats among them: the server need not be told each time. */
static bool is_recent(struct my_table *table, const char *key)
{
    uint32_t hash = 2166136261U;
    char **slot;

    for (const char *at = key; *at != '\0'; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619U;
    if (table->recent == NULL)
        table->recent = xcalloc(RECENT_KEYS, sizeof(*table->recent));
    slot = &table->recent[hash % RECENT_KEYS];
    if (*slot != NULL && strcmp(*slot, key) == 0)
        return true;
    free(*slot);
    *slot = xstrdup(key);
    return false;
}

int my_table_add_key(struct my_changes *changes, struct my_table *table,
                     const struct binlog_table *log, const struct binlog_value *first,
                     const struct binlog_value *other, bool existed, bool moved,
                     struct err *err)
{
    struct strbuf *batch = &table->batch;
    size_t start = batch->length;
    size_t key;

    if (start == 0)
        strbuf_addf(batch, "INSERT INTO %s VALUES ", table->place);
    strbuf_add_string(batch, start == 0 ? "(" : ", (");
    key = batch->length;
    for (size_t i = 0; i < table->parts; i++) {
        const struct my_key_part *part = &table->key[i];
        const struct binlog_value *value = &first[part->column];

        if (!value->is_present && other != NULL)
            value = &other[part->column];
        if (!binlog_add_key(batch, &log->columns[part->column], value,
                            part->is_unsigned, part->charset)) {
            strbuf_truncate(batch, start);
            table->is_whole = true;
            return 0;
        }
        strbuf_add_string(batch, ", ");
    }
    if (is_recent(table, batch->data + key) && !moved) {
        strbuf_truncate(batch, start);
        return 0;
    }
    strbuf_addf(batch, "%d, %d)", existed, moved);
    table->has_moved = table->has_moved || moved;
    return batch->length >= BATCH_BYTES ? my_table_flush(changes, table, err) : 0;
}

void my_table_add_match(const struct my_table *table, struct strbuf *sql, const char *t,
                        const char *c)
{
    for (size_t i = 0; i < table->parts; i++) {
        strbuf_addf(sql, "%s%s.", i > 0 ? " AND " : "", t);
        my_add_quoted(sql, table->key[i].name);
        strbuf_addf(sql, " = %s.k%zu", c, i + 1);
    }
}

/* Keys there are, and of them those of rows that were there at the mark and are not now. */
static int count_keys(struct my_changes *changes, const struct my_table *table,
                      long long *keys, long long *deleted, struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    struct sql_result *row;

    strbuf_add_string(&sql, "SELECT count(*), coalesce(sum(c.existed AND t.");
    my_add_quoted(&sql, table->key[0].name);
    strbuf_addf(&sql, " IS NULL), 0) FROM %s AS c LEFT JOIN ", table->place);
    my_add_quoted(&sql, table->name);
    strbuf_add_string(&sql, " AS t ON ");
    my_table_add_match(table, &sql, "t", "c");
    row = mysql_select(changes->connection, strbuf_text(&sql), 0, NULL, err);
    strbuf_clear(&sql);
    if (row == NULL)
        return -1;
    *keys = sql_integer(row, 0, 0);
    *deleted = sql_integer(row, 0, 1);
    mysql_result_free(row);
    return 0;
}

int my_table_describe(struct my_changes *changes, const struct my_table *table,
                      struct changed_table *changed, struct err *err)
{
    struct strbuf name = STRBUF_INIT;
    long long keys = 0;
    long long deleted = table->deleted;
    long long row_bytes = table->bytes / (table->rows > 0 ? table->rows : 1);

    memset(changed, 0, sizeof(*changed));
    if (!table->is_whole && table->has_place &&
        count_keys(changes, table, &keys, &deleted, err) < 0)
        return -1;
    my_add_quoted(&name, table->name);
    changed->name = strbuf_detach(&name);
    changed->columns = xstrdup(strbuf_text(&table->list));
    changed->bytes = table->bytes;
    changed->inserted = table->inserted;
    changed->updated = table->updated;
    changed->deleted = table->is_deleted_unknown ? -1 : deleted;
    if (table->is_whole) {
        changed->select = xasprintf("SELECT %s FROM %s AS t",
                                    strbuf_text(&table->values), changed->name);
        return 0;
    }
    if (keys < changed->bytes / (row_bytes > 0 ? row_bytes : 1))
        changed->bytes = keys * row_bytes;
    strbuf_addf(&name, "SELECT %s FROM ", strbuf_text(&table->values));
    if (table->has_place) {
        strbuf_addf(&name, "%s AS c STRAIGHT_JOIN %s AS t ON ", table->place,
                    changed->name);
        my_table_add_match(table, &name, "t", "c");
    } else {
        strbuf_addf(&name, "%s AS t WHERE FALSE", changed->name);
    }
    changed->select = strbuf_detach(&name);
    return 0;
}
