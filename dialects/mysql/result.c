/* SPDX-License-Identifier: Apache-2.0
 *
 * result.c - the rows of a statement, kept on this side.
 */
#include "config.h"

#include <stdlib.h>

#include "base/xalloc.h"
#include "mysql/connection.h"
#include "mysql/dialect.h"

static const struct my_result *my_result_of(const struct sql_result *result)
{
    return (const struct my_result *)(const void *)result;
}

/* The library's rows are a list; an index makes each a step away. */
struct sql_result *mysql_result_new(MYSQL_RES *rows, long long affected)
{
    struct my_result *result = xcalloc(1, sizeof(*result));
    MYSQL_ROW row;

    result->base.dialect = &mysql_dialect;
    result->rows = rows;
    result->affected = affected;
    if (rows == NULL)
        return &result->base;
    result->index = xcalloc((size_t)mysql_num_rows(rows) + 1, sizeof(*result->index));
    while ((row = mysql_fetch_row(rows)) != NULL)
        result->index[result->count++] = row;
    return &result->base;
}

size_t mysql_column_count(const struct sql_result *result)
{
    MYSQL_RES *rows = my_result_of(result)->rows;

    return rows != NULL ? mysql_num_fields(rows) : 0;
}

const char *mysql_column_name(const struct sql_result *result, size_t column)
{
    return mysql_fetch_field_direct(my_result_of(result)->rows, (unsigned)column)->name;
}

size_t mysql_row_count(const struct sql_result *result)
{
    return my_result_of(result)->count;
}

bool mysql_is_null(const struct sql_result *result, size_t row, size_t column)
{
    return my_result_of(result)->index[row][column] == NULL;
}

const char *mysql_text(const struct sql_result *result, size_t row, size_t column)
{
    const char *text = my_result_of(result)->index[row][column];

    return text != NULL ? text : "";
}

long long mysql_affected(const struct sql_result *result)
{
    return my_result_of(result)->affected;
}

void mysql_result_free(struct sql_result *result)
{
    struct my_result *own = (struct my_result *)(void *)result;

    mysql_free_result(own->rows);
    free(own->index);
    free(own);
}

/* A document says of itself that it is of no character set, and so do numbers and times. */
bool mysql_is_bytes(const MYSQL_FIELD *field)
{
    enum { BINARY_CHARACTER_SET = 63 };

    switch ((int)field->type) {
    case MYSQL_TYPE_BIT:
    case MYSQL_TYPE_TINY_BLOB:
    case MYSQL_TYPE_MEDIUM_BLOB:
    case MYSQL_TYPE_LONG_BLOB:
    case MYSQL_TYPE_BLOB:
    case MYSQL_TYPE_VARCHAR:
    case MYSQL_TYPE_VAR_STRING:
    case MYSQL_TYPE_STRING:
    case MYSQL_TYPE_GEOMETRY:
    case 242: /* VECTOR, newer than the client library's header */
        return field->charsetnr == BINARY_CHARACTER_SET;
    default:
        return false;
    }
}
