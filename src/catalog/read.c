/* SPDX-License-Identifier: Apache-2.0
 *
 * read.c - builds the model from the result sets of sql/server/<dialect>/read_*.sql, whose
 * columns are the same for every engine.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "catalog/read.h"
#include "catalog/server_sql.h"

struct reader {
    struct connection *connection;
    struct arena *arena;
    struct catalog *catalog;
    struct err *err;
};

static struct sql_result *read_rows(struct reader *reader, const char *name)
{
    const char *parameters[1] = {reader->catalog->schema};

    return server_query(reader->connection, name, 1, parameters, reader->err);
}

static const char *text_or_null(struct reader *reader, const struct sql_result *result,
                                size_t row, size_t column)
{
    return server_text_copy(reader->arena, result, row, column);
}

static int read_tables(struct reader *reader)
{
    struct sql_result *result = read_rows(reader, "read_tables");

    if (result == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(result); i++) {
        struct table *table =
            catalog_add_table(reader->catalog, sql_text(result, i, 1));
        struct live_table *live = arena_zalloc(reader->arena, sizeof(*live));

        live->schema = reader->catalog->schema;
        live->name = table->name;
        live->oid = text_or_null(reader, result, i, 0);
        live->owner = text_or_null(reader, result, i, 2);
        live->options = text_or_null(reader, result, i, 3);
        live->persistence = text_or_null(reader, result, i, 4);
        live->comment = text_or_null(reader, result, i, 5);
        live->rows = strtod(sql_text(result, i, 6), NULL);
        live->pages = (uint32_t)sql_integer(result, i, 7);
        live->bytes = (unsigned long long)sql_integer(result, i, 8);
        live->heap_bytes = (unsigned long long)sql_integer(result, i, 9);
        live->tablespace = text_or_null(reader, result, i, 11);
        table->live = live;
        if (strcmp(table->name, "alembic_version") == 0 && live->owner != NULL &&
            *live->owner != '\0')
            reader->catalog->owner = live->owner;
    }
    sql_result_free(result);
    return 0;
}

static int read_columns(struct reader *reader)
{
    struct sql_result *result = read_rows(reader, "read_columns");
    int status = 0;

    if (result == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(result) && status == 0; i++) {
        struct table *table =
            catalog_find_table(reader->catalog, sql_text(result, i, 0));
        struct column *column;

        if (table == NULL)
            continue;
        column = table_add_column(reader->catalog, table, sql_text(result, i, 1),
                                  sql_text(result, i, 2));
        column->is_not_null = sql_is_true(result, i, 3);
        column->identity = text_or_null(reader, result, i, 5);
        column->is_generated = sql_is_true(result, i, 6);
        column->collation = text_or_null(reader, result, i, 7);
        column->comment = text_or_null(reader, result, i, 8);
        column->is_counter = sql_is_true(result, i, 9);
        column->is_virtual = sql_is_true(result, i, 10);
        column->not_null.name = text_or_null(reader, result, i, 11);
        column->not_null.is_unproved = sql_is_true(result, i, 12);
        column->not_null.is_local = sql_is_true(result, i, 13);
        column->live_name = column->name;
        column->live_type = column->type;
        column->live_is_not_null = column->is_not_null;
        column->live_not_null = column->not_null;
        if (!sql_is_null(result, i, 4)) {
            column->default_value = ast_parse_expression(
                reader->arena, sql_text(result, i, 4), reader->err);
            if (column->default_value == NULL)
                status = err_wrap(reader->err, "default of %s.%s", table->name,
                                  column->name);
        }
        column->live_default = column->default_value;
    }
    sql_result_free(result);
    return status;
}

/* Turns "{a,b}" into a list; names that need quotes in an array are rare and handled. */
static void read_array(struct reader *reader, const char *text, struct list *names)
{
    struct strbuf name = STRBUF_INIT;
    bool is_quoted = false;

    for (const char *at = text + (*text == '{'); *at != '\0'; at++) {
        if (*at == '"') {
            is_quoted = !is_quoted;
        } else if (*at == '\\' && at[1] != '\0') {
            strbuf_add_char(&name, *++at);
        } else if (!is_quoted && (*at == ',' || *at == '}')) {
            if (name.length > 0)
                list_add(reader->arena, names,
                         arena_strdup(reader->arena, strbuf_text(&name)));
            strbuf_truncate(&name, 0);
        } else {
            strbuf_add_char(&name, *at);
        }
    }
    strbuf_clear(&name);
}

/* A key's columns are in its definition, in their order. */
static void note_columns(struct reader *reader, const struct table *table,
                         struct constraint *constraint, const char *array)
{
    struct list names = {NULL, 0, 0};

    if (constraint->columns.count > 0)
        return;
    read_array(reader, array, &names);
    for (size_t i = 0; i < names.count; i++) {
        struct column *column = table_find_column(table, names.items[i]);

        if (column != NULL)
            list_add(reader->arena, &constraint->columns, column);
    }
}

static int read_constraint(struct reader *reader, const struct sql_result *result,
                           size_t row)
{
    struct table *table = catalog_find_table(reader->catalog, sql_text(result, row, 0));
    const char *definition = sql_text(result, row, 2);
    struct constraint *constraint;
    struct strbuf sql = STRBUF_INIT;
    ast_node *statement;

    if (table == NULL)
        return 0;
    if (sql_text(result, row, 3)[0] == 'x' ||
        (!sql_is_null(result, row, 5) &&
         strcmp(sql_text(result, row, 5), reader->catalog->schema) != 0)) {
        constraint = arena_zalloc(reader->arena, sizeof(*constraint));
        constraint->kind = CONSTRAINT_OTHER;
        constraint->name = text_or_null(reader, result, row, 1);
        constraint->suffix = "";
        list_add(reader->arena, &table->constraints, constraint);
    } else {
        strbuf_add_string(&sql, "ALTER TABLE t ADD CONSTRAINT ");
        sql_add_name(&sql, sql_text(result, row, 1));
        strbuf_addf(&sql, " %s", definition);
        statement = ast_parse_one(reader->arena, strbuf_text(&sql), reader->err);
        strbuf_clear(&sql);
        if (statement == NULL)
            return -1;
        constraint = constraint_from_ast(
            reader->catalog, table,
            statement->alter_table_stmt->cmds[0]->alter_table_cmd->def->constraint,
            reader->err);
        if (constraint == NULL)
            return -1;
        /* A server's names may be longer than those of the grammar, which cuts them. */
        constraint->name = text_or_null(reader, result, row, 1);
    }
    constraint->live_name = constraint->name;
    constraint->definition = arena_strdup(reader->arena, definition);
    constraint->is_live_valid = sql_is_true(result, row, 4);
    constraint->is_unenforced = sql_is_true(result, row, 6);
    if (constraint->is_unenforced && constraint->kind != CONSTRAINT_OTHER)
        constraint->suffix =
            arena_printf(reader->arena, "%s NOT ENFORCED", constraint->suffix);
    constraint->tablespace = text_or_null(reader, result, row, 8);
    note_columns(reader, table, constraint, sql_text(result, row, 7));
    return 0;
}

static int read_constraints(struct reader *reader)
{
    struct sql_result *result = read_rows(reader, "read_constraints");
    int status = 0;

    if (result == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(result) && status == 0; i++)
        status = read_constraint(reader, result, i);
    sql_result_free(result);
    return status;
}

static int read_indexes(struct reader *reader)
{
    struct sql_result *result = read_rows(reader, "read_indexes");
    int status = 0;

    if (result == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(result) && status == 0; i++) {
        struct table *table =
            catalog_find_table(reader->catalog, sql_text(result, i, 0));
        struct index *index;

        if (table == NULL || strncmp(sql_text(result, i, 1), "airshift_", 9) == 0)
            continue;
        index = arena_zalloc(reader->arena, sizeof(*index));
        index->name = text_or_null(reader, result, i, 1);
        index->live_name = index->name;
        index->is_implied = sql_is_true(result, i, 4);
        index->tablespace = text_or_null(reader, result, i, 5);
        index->statement =
            ast_parse_one(reader->arena, sql_text(result, i, 2), reader->err);
        if (index->statement == NULL)
            status = err_wrap(reader->err, "index %s", index->name);
        else
            list_add(reader->arena, &table->indexes, index);
    }
    sql_result_free(result);
    return status;
}

static int read_sequences(struct reader *reader)
{
    struct sql_result *result = read_rows(reader, "read_sequences");

    if (result == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(result); i++) {
        struct sequence *sequence = arena_zalloc(reader->arena, sizeof(*sequence));

        sequence->name = text_or_null(reader, result, i, 0);
        sequence->live_name = sequence->name;
        sequence->type = text_or_null(reader, result, i, 1);
        if (!sql_is_null(result, i, 2))
            sequence->table =
                catalog_find_table(reader->catalog, sql_text(result, i, 2));
        if (sequence->table != NULL)
            sequence->column =
                table_find_column(sequence->table, sql_text(result, i, 3));
        list_add(reader->arena, &reader->catalog->sequences, sequence);
    }
    sql_result_free(result);
    return 0;
}

static int read_extras(struct reader *reader)
{
    struct sql_result *result = read_rows(reader, "read_extras");

    if (result == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(result); i++) {
        struct table *table =
            catalog_find_table(reader->catalog, sql_text(result, i, 0));
        struct live_extra *extra;

        if (table == NULL)
            continue;
        extra = arena_zalloc(reader->arena, sizeof(*extra));
        extra->kind = text_or_null(reader, result, i, 1);
        extra->name = text_or_null(reader, result, i, 2);
        extra->remove_sql = text_or_null(reader, result, i, 3);
        extra->create_sql = text_or_null(reader, result, i, 4);
        if (!sql_is_null(result, i, 5))
            read_array(reader, sql_text(result, i, 5), &extra->columns);
        extra->is_blocking = sql_is_true(result, i, 6);
        extra->rank = sql_integer(result, i, 7);
        extra->finish_sql = text_or_null(reader, result, i, 8);
        extra->definition = text_or_null(reader, result, i, 9);
        list_add(reader->arena, &table->live->extras, extra);
    }
    sql_result_free(result);
    return 0;
}

const char *catalog_read_schema(struct connection *connection, struct arena *arena,
                                struct err *err)
{
    struct sql_result *result = server_query(connection, "read_schema", 0, NULL, err);
    const char *schema;

    if (result == NULL)
        return NULL;
    schema = sql_row_count(result) == 1 ? server_text_copy(arena, result, 0, 0) : NULL;
    sql_result_free(result);
    if (schema == NULL) {
        (void)err_set(err, ERR_STATE,
                      "no schema of the search path exists, or the role may use none");
        (void)err_hint(err,
                       "GRANT USAGE ON SCHEMA to the role, and SELECT on its tables; "
                       "role.sql, which comes with airshift, grants what is needed.");
    }
    return schema;
}

int catalog_has_table(struct connection *connection, const char *schema,
                      const char *table, bool *has_table, struct err *err)
{
    const char *parameters[2] = {schema, table};
    struct sql_result *result =
        server_query(connection, "read_has_table", 2, parameters, err);

    *has_table = result != NULL && sql_is_true(result, 0, 0);
    sql_result_free(result);
    return result != NULL ? 0 : -1;
}

int catalog_read_versions(struct connection *connection, struct arena *arena,
                          const char *schema, const char *table, struct list *revisions,
                          struct err *err)
{
    struct strbuf sql = STRBUF_INIT;
    struct sql_result *result;
    bool has_table;

    if (catalog_has_table(connection, schema, table, &has_table, err) != 0)
        return -1;
    if (!has_table)
        return 0;
    strbuf_add_string(&sql, "SELECT version_num FROM ");
    sql_add_name(&sql, schema);
    strbuf_add_char(&sql, '.');
    sql_add_name(&sql, table);
    strbuf_add_string(&sql, " ORDER BY 1");
    result = sql_query(connection, strbuf_text(&sql), 0, NULL, err);
    strbuf_clear(&sql);
    if (result == NULL)
        return -1;
    for (size_t i = 0; i < sql_row_count(result); i++)
        list_add(arena, revisions, arena_strdup(arena, sql_text(result, i, 0)));
    sql_result_free(result);
    return 0;
}

struct catalog *catalog_read(struct connection *connection, struct arena *arena,
                             struct err *err)
{
    struct reader reader = {connection, arena, NULL, err};
    const char *schema = catalog_read_schema(connection, arena, err);

    if (schema == NULL)
        return NULL;
    reader.catalog = catalog_new(arena, schema);
    reader.catalog->names_not_null = sql_can(connection, SQL_NAMES_NOT_NULL);
    if (read_tables(&reader) != 0 || read_columns(&reader) != 0 ||
        read_constraints(&reader) != 0 || read_indexes(&reader) != 0 ||
        read_sequences(&reader) != 0 || read_extras(&reader) != 0)
        return NULL;
    return reader.catalog;
}

int catalog_relation_has_rows(struct connection *connection, struct arena *arena,
                              const char *relation, bool *has_rows, struct err *err)
{
    struct sql_result *result =
        sql_query(connection, arena_printf(arena, "SELECT 1 FROM %s LIMIT 1", relation),
                  0, NULL, err);

    *has_rows = false;
    if (result == NULL)
        return -1;
    *has_rows = sql_row_count(result) > 0;
    sql_result_free(result);
    return 0;
}
