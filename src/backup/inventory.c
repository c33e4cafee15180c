/* SPDX-License-Identifier: Apache-2.0
 *
 * inventory.c - asks a server what there is to back up.
 */
#include "config.h"

#include "backup/inventory.h"
#include "catalog/server_sql.h"

void inventory_add_name(struct strbuf *sql, const char *schema, const char *name)
{
    sql_add_name(sql, schema);
    strbuf_add_char(sql, '.');
    sql_add_name(sql, name);
}

void inventory_add_target(struct strbuf *sql, const struct backup_table *table)
{
    inventory_add_name(sql, table->schema, table->name);
    if (table->columns[0] != '\0')
        strbuf_addf(sql, " (%s)", table->columns);
}

void inventory_add_part(struct strbuf *sql, const struct backup_part *part)
{
    strbuf_addf(sql, "(SELECT %s FROM ONLY ", part->table->columns);
    inventory_add_name(sql, part->table->schema, part->table->name);
    if (part->from > 0 || part->to >= 0)
        strbuf_addf(sql, " WHERE ctid >= '(%lld,0)'", part->from);
    if (part->to >= 0)
        strbuf_addf(sql, " AND ctid < '(%lld,0)'", part->to);
    strbuf_add_char(sql, ')');
}

/* As many parts as the bytes ask for, of equally many blocks. The last one has no end:
 * the table may have grown since its size was asked for. */
static void cut(struct backup_table *table, struct arena *arena, size_t number,
                long long part_bytes)
{
    long long count = part_bytes > 0 ? table->bytes / part_bytes + 1 : 1;
    long long step;

    if (count > table->blocks)
        count = table->blocks > 0 ? table->blocks : 1;
    step = (table->blocks + count - 1) / count;
    if (step < 1)
        step = 1;
    table->parts = arena_zalloc(arena, (size_t)count * sizeof(*table->parts));
    for (long long i = 0; i < count && (i == 0 || i * step < table->blocks); i++) {
        struct backup_part *part = &table->parts[table->part_count++];

        part->table = table;
        part->file = arena_printf(arena, "%04zu.%04lld.rows.zst", number, i + 1);
        part->from = i * step;
        part->to = (i + 1) * step < table->blocks ? (i + 1) * step : -1;
    }
}

int inventory_read_tables(struct inventory *inventory, struct connection *connection,
                          struct arena *arena, long long part_bytes, struct err *err)
{
    struct sql_result *rows = server_query(connection, "backup_tables", 0, NULL, err);

    if (rows == NULL)
        return -1;
    inventory->table_count = sql_row_count(rows);
    inventory->tables =
        arena_zalloc(arena, (inventory->table_count + 1) * sizeof(*inventory->tables));
    for (size_t i = 0; i < inventory->table_count; i++) {
        struct backup_table *table = &inventory->tables[i];

        table->schema = arena_strdup(arena, sql_text(rows, i, 0));
        table->name = arena_strdup(arena, sql_text(rows, i, 1));
        table->columns = arena_strdup(arena, sql_text(rows, i, 2));
        table->blocks = sql_integer(rows, i, 3);
        table->bytes = sql_integer(rows, i, 4);
        cut(table, arena, i + 1,
            sql_can(connection, SQL_CAN_SCAN_BLOCKS) ? part_bytes : 0);
        inventory->part_count += table->part_count;
    }
    sql_result_free(rows);
    return 0;
}

static int read_sequence(struct backup_sequence *sequence,
                         struct connection *connection, struct arena *arena,
                         struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    struct sql_result *row;

    strbuf_add_string(&sql, "SELECT last_value, is_called FROM ");
    inventory_add_name(&sql, sequence->schema, sequence->name);
    row = sql_query(connection, strbuf_text(&sql), 0, NULL, err);
    strbuf_clear(&sql);
    if (row == NULL)
        return -1;
    sequence->last_value = arena_strdup(arena, sql_text(row, 0, 0));
    sequence->is_called = arena_strdup(arena, sql_text(row, 0, 1));
    sql_result_free(row);
    return 0;
}

int inventory_read_others(struct inventory *inventory, struct connection *connection,
                          struct arena *arena, struct err *err)
{
    struct sql_result *rows =
        server_query(connection, "backup_sequences", 0, NULL, err);
    int status = 0;

    if (rows == NULL)
        return -1;
    inventory->sequence_count = sql_row_count(rows);
    inventory->sequences = arena_alloc(arena, (inventory->sequence_count + 1) *
                                                  sizeof(*inventory->sequences));
    for (size_t i = 0; i < inventory->sequence_count && status == 0; i++) {
        struct backup_sequence *sequence = &inventory->sequences[i];

        sequence->schema = arena_strdup(arena, sql_text(rows, i, 0));
        sequence->name = arena_strdup(arena, sql_text(rows, i, 1));
        status = read_sequence(sequence, connection, arena, err);
    }
    sql_result_free(rows);
    if (status < 0)
        return -1;
    rows = server_query(connection, "backup_views", 0, NULL, err);
    if (rows == NULL)
        return -1;
    inventory->view_count = sql_row_count(rows);
    inventory->views =
        arena_alloc(arena, (inventory->view_count + 1) * sizeof(*inventory->views));
    for (size_t i = 0; i < inventory->view_count; i++)
        inventory->views[i] = arena_strdup(arena, sql_text(rows, i, 0));
    sql_result_free(rows);
    return 0;
}
