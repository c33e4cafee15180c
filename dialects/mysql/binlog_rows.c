/* SPDX-License-Identifier: Apache-2.0
 *
 * binlog_rows.c - rows in a binary log. An event says what a table's columns are like
 * (TABLE_MAP), others have rows of it: bitmaps of the columns that are there and of those
 * that are NULL, then the values, each as long as its type, its metadata or its own first
 * bytes say.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "mysql/binlog_event.h"

enum column_type {
    TYPE_TINY = 1,
    TYPE_SHORT = 2,
    TYPE_LONG = 3,
    TYPE_FLOAT = 4,
    TYPE_DOUBLE = 5,
    TYPE_NULL = 6,
    TYPE_TIMESTAMP = 7,
    TYPE_LONGLONG = 8,
    TYPE_INT24 = 9,
    TYPE_DATE = 10,
    TYPE_TIME = 11,
    TYPE_DATETIME = 12,
    TYPE_YEAR = 13,
    TYPE_NEWDATE = 14,
    TYPE_VARCHAR = 15,
    TYPE_BIT = 16,
    TYPE_TIMESTAMP2 = 17,
    TYPE_DATETIME2 = 18,
    TYPE_TIME2 = 19,
    TYPE_VECTOR = 242,
    TYPE_JSON = 245,
    TYPE_NEWDECIMAL = 246,
    TYPE_ENUM = 247,
    TYPE_SET = 248,
    TYPE_TINY_BLOB = 249,
    TYPE_MEDIUM_BLOB = 250,
    TYPE_LONG_BLOB = 251,
    TYPE_BLOB = 252,
    TYPE_VAR_STRING = 253,
    TYPE_STRING = 254,
    TYPE_GEOMETRY = 255,
};

enum {
    COLUMNS_MOST = 4096, /* the server's limit */
    NAME_BYTES = 256,
    ROWS_END_STATEMENT = 1,
    PARTIAL_JSON = 1,
    MAPS_MOST = 4096,
    DIGITS_MOST = 65,
};

struct map {
    uint64_t id;
    char database[NAME_BYTES];
    char name[NAME_BYTES];
    struct binlog_column *columns;
    struct binlog_table table;
    size_t documents; /* columns of type JSON */
    void *wanted;
    struct binlog_value *values; /* before and after, as many as columns each */
};

struct binlog_maps {
    struct map **items;
    size_t count;
};

struct binlog_maps *binlog_maps_new(void)
{
    return xcalloc(1, sizeof(struct binlog_maps));
}

static void map_free(struct map *map)
{
    free(map->columns);
    free(map->values);
    free(map);
}

static void maps_forget(struct binlog_maps *maps)
{
    for (size_t i = 0; i < maps->count; i++)
        map_free(maps->items[i]);
    maps->count = 0;
}

void binlog_maps_free(struct binlog_maps *maps)
{
    maps_forget(maps);
    free(maps->items);
    free(maps);
}

/* A name with its length before it and a NUL behind it. */
static bool take_name(struct binlog_bytes *body, char name[NAME_BYTES])
{
    size_t size = (size_t)binlog_number(body, 1);
    const unsigned char *bytes = binlog_take(body, size + 1);

    if (bytes == NULL || bytes[size] != '\0')
        return false;
    memcpy(name, bytes, size + 1);
    return true;
}

/* Bytes of metadata that a type has; -1 for a type that is not known. */
static int metadata_bytes(unsigned type)
{
    switch (type) {
    case TYPE_TINY:
    case TYPE_SHORT:
    case TYPE_LONG:
    case TYPE_NULL:
    case TYPE_TIMESTAMP:
    case TYPE_LONGLONG:
    case TYPE_INT24:
    case TYPE_DATE:
    case TYPE_TIME:
    case TYPE_DATETIME:
    case TYPE_YEAR:
    case TYPE_NEWDATE:
        return 0;
    case TYPE_FLOAT:
    case TYPE_DOUBLE:
    case TYPE_TIMESTAMP2:
    case TYPE_DATETIME2:
    case TYPE_TIME2:
    case TYPE_VECTOR:
    case TYPE_JSON:
    case TYPE_TINY_BLOB:
    case TYPE_MEDIUM_BLOB:
    case TYPE_LONG_BLOB:
    case TYPE_BLOB:
    case TYPE_GEOMETRY:
        return 1;
    case TYPE_VARCHAR:
    case TYPE_BIT:
    case TYPE_NEWDECIMAL:
    case TYPE_ENUM:
    case TYPE_SET:
    case TYPE_VAR_STRING:
    case TYPE_STRING:
        return 2;
    default:
        return -1;
    }
}

/* ENUM and SET come as strings of which the metadata has the true type; so do strings of
 * 256 bytes and more, whose length has two bits in the type's place. */
static void resolve_string(struct binlog_column *column)
{
    unsigned first = column->metadata & 0xff;
    unsigned second = column->metadata >> 8;

    if (first == TYPE_ENUM || first == TYPE_SET) {
        column->type = (unsigned char)first;
        column->metadata = second;
    } else if ((first & 0x30) != 0x30) {
        column->metadata = second | ((first & 0x30) ^ 0x30) << 4;
    } else {
        column->metadata = second;
    }
}

/* False where a type is not known: then what follows cannot be told apart either. */
static bool take_metadata(struct map *map, struct binlog_bytes metadata)
{
    for (size_t i = 0; i < map->table.count; i++) {
        struct binlog_column *column = &map->columns[i];
        int size = metadata_bytes(column->type);

        if (size < 0)
            return false;
        column->metadata = (unsigned)binlog_number(&metadata, (size_t)size);
        if (column->type == TYPE_STRING)
            resolve_string(column);
        if (column->type == TYPE_JSON)
            map->documents++;
    }
    return !metadata.is_short;
}

static bool read_map(struct map *map, struct binlog_bytes *body)
{
    struct binlog_bytes metadata = {NULL, 0, false};
    const unsigned char *types;
    uint64_t count;
    uint64_t size;

    map->id = binlog_number(body, 6);
    (void)binlog_take(body, 2); /* flags */
    if (!take_name(body, map->database) || !take_name(body, map->name))
        return false;
    count = binlog_packed(body);
    if (body->is_short || count == 0 || count > COLUMNS_MOST)
        return false;
    types = binlog_take(body, (size_t)count);
    size = binlog_packed(body);
    if (types == NULL || body->is_short || size > body->left)
        return false;
    metadata.at = binlog_take(body, (size_t)size);
    metadata.left = (size_t)size;
    map->columns = xcalloc((size_t)count, sizeof(*map->columns));
    map->values = xcalloc(2 * (size_t)count, sizeof(*map->values));
    for (size_t i = 0; i < count; i++)
        map->columns[i].type = types[i];
    map->table = (struct binlog_table){map->database, map->name, map->columns,
                                       (size_t)count, true};
    map->table.is_readable = take_metadata(map, metadata);
    return true;
}

int binlog_take_map(struct binlog_maps *maps, struct binlog_bytes body,
                    const struct binlog_reader *reader)
{
    struct map *map = xcalloc(1, sizeof(*map));

    if (!read_map(map, &body) || maps->count >= MAPS_MOST) {
        map_free(map);
        return BINLOG_DAMAGED;
    }
    map->wanted = reader->table(reader->context, &map->table);
    maps->items = xrealloc(maps->items, (maps->count + 1) * sizeof(struct map *));
    maps->items[maps->count++] = map;
    return 0;
}

/* The last one of that number. */
static struct map *find_map(const struct binlog_maps *maps, uint64_t id)
{
    for (size_t i = maps->count; i > 0; i--) {
        if (maps->items[i - 1]->id == id)
            return maps->items[i - 1];
    }
    return NULL;
}

static size_t decimal_bytes(unsigned metadata)
{
    static const unsigned char of_digits[] = {0, 1, 1, 2, 2, 3, 3, 4, 4};
    unsigned precision = metadata & 0xff;
    unsigned scale = metadata >> 8;
    unsigned whole = precision - scale;

    if (precision > DIGITS_MOST || scale > precision)
        return SIZE_MAX;
    return whole / 9 * 4 + of_digits[whole % 9] + scale / 9 * 4 + of_digits[scale % 9];
}

/* So many bytes for so many digits of a second. */
static size_t fraction_bytes(unsigned digits)
{
    return digits > 6 ? SIZE_MAX / 2 : (digits + 1) / 2;
}

/* Bytes before a value that say how long it is. */
static size_t length_bytes(const struct binlog_column *column)
{
    switch (column->type) {
    case TYPE_VARCHAR:
    case TYPE_VAR_STRING:
    case TYPE_STRING:
        return column->metadata > 255 ? 2 : 1;
    case TYPE_VECTOR:
    case TYPE_JSON:
    case TYPE_TINY_BLOB:
    case TYPE_MEDIUM_BLOB:
    case TYPE_LONG_BLOB:
    case TYPE_BLOB:
    case TYPE_GEOMETRY:
        return column->metadata >= 1 && column->metadata <= 4 ? column->metadata
                                                              : SIZE_MAX;
    default:
        return 0;
    }
}

static size_t fixed_bytes(const struct binlog_column *column)
{
    switch (column->type) {
    case TYPE_NULL:
        return 0;
    case TYPE_TINY:
    case TYPE_YEAR:
        return 1;
    case TYPE_SHORT:
        return 2;
    case TYPE_INT24:
    case TYPE_DATE:
    case TYPE_NEWDATE:
    case TYPE_TIME:
        return 3;
    case TYPE_LONG:
    case TYPE_TIMESTAMP:
        return 4;
    case TYPE_LONGLONG:
    case TYPE_DATETIME:
        return 8;
    case TYPE_FLOAT:
    case TYPE_DOUBLE:
    case TYPE_ENUM:
    case TYPE_SET:
        return column->metadata;
    case TYPE_BIT:
        return (column->metadata >> 8) + ((column->metadata & 0xff) > 0);
    case TYPE_TIMESTAMP2:
        return 4 + fraction_bytes(column->metadata);
    case TYPE_DATETIME2:
        return 5 + fraction_bytes(column->metadata);
    case TYPE_TIME2:
        return 3 + fraction_bytes(column->metadata);
    case TYPE_NEWDECIMAL:
        return decimal_bytes(column->metadata);
    default:
        return SIZE_MAX;
    }
}

static void take_value(struct binlog_bytes *bytes, const struct binlog_column *column,
                       struct binlog_value *value)
{
    size_t prefix = length_bytes(column);

    value->size =
        prefix == 0 ? fixed_bytes(column) : (size_t)binlog_number(bytes, prefix);
    value->bytes = binlog_take(bytes, value->size);
}

static bool bit(const unsigned char *bitmap, size_t i)
{
    return (bitmap[i / 8] >> (i % 8) & 1) != 0;
}

/* One image of a row: the columns of the bitmap. */
static bool take_image(struct map *map, struct binlog_bytes *bytes,
                       const unsigned char *columns, bool has_options,
                       struct binlog_value *values)
{
    size_t present = 0;
    const unsigned char *nulls;

    /* Parts of documents are as long as they say, like whole ones. */
    if (has_options && (binlog_packed(bytes) & PARTIAL_JSON) != 0)
        (void)binlog_take(bytes, (map->documents + 7) / 8);
    for (size_t i = 0; i < map->table.count; i++)
        present += bit(columns, i);
    nulls = binlog_take(bytes, (present + 7) / 8);
    if (nulls == NULL)
        return false;
    present = 0;
    for (size_t i = 0; i < map->table.count; i++) {
        values[i] = (struct binlog_value){NULL, 0, bit(columns, i), false};
        if (!values[i].is_present)
            continue;
        values[i].is_null = bit(nulls, present++);
        if (!values[i].is_null)
            take_value(bytes, &map->columns[i], &values[i]);
    }
    return !bytes->is_short;
}

static enum binlog_change change_of(unsigned type)
{
    switch (type) {
    case WRITE_ROWS_EVENT_V1:
    case WRITE_ROWS_EVENT:
        return BINLOG_INSERT;
    case DELETE_ROWS_EVENT_V1:
    case DELETE_ROWS_EVENT:
        return BINLOG_DELETE;
    default:
        return BINLOG_UPDATE;
    }
}

static int take_rows_of(struct map *map, unsigned type, struct binlog_bytes *body,
                        const struct binlog_reader *reader, struct err *err)
{
    enum binlog_change change = change_of(type);
    size_t bitmap_bytes = (map->table.count + 7) / 8;
    const unsigned char *first = binlog_take(body, bitmap_bytes);
    const unsigned char *second =
        change == BINLOG_UPDATE ? binlog_take(body, bitmap_bytes) : first;
    struct binlog_value *before = change == BINLOG_INSERT ? NULL : map->values;
    struct binlog_value *after =
        change == BINLOG_DELETE ? NULL : map->values + map->table.count;

    if (first == NULL || second == NULL)
        return BINLOG_DAMAGED;
    if (!map->table.is_readable)
        return reader->row(reader->context, map->wanted, &map->table, change, NULL,
                           NULL, err);
    while (body->left > 0) {
        size_t left = body->left;

        if (before != NULL && !take_image(map, body, first, false, before))
            return BINLOG_DAMAGED;
        if (after != NULL &&
            !take_image(map, body, second, type == PARTIAL_UPDATE_ROWS_EVENT, after))
            return BINLOG_DAMAGED;
        if (body->left == left) /* rows of nothing: they would never end */
            return BINLOG_DAMAGED;
        if (reader->row(reader->context, map->wanted, &map->table, change, before,
                        after, err) < 0)
            return -1;
    }
    return 0;
}

int binlog_take_rows(struct binlog_maps *maps, unsigned type, struct binlog_bytes body,
                     const struct binlog_reader *reader, struct err *err)
{
    uint64_t id = binlog_number(&body, 6);
    uint64_t flags = binlog_number(&body, 2);
    struct map *map = find_map(maps, id);
    int status = 0;

    if (type >= WRITE_ROWS_EVENT) { /* the newer ones */
        uint64_t extra = binlog_number(&body, 2);

        if (extra < 2)
            return BINLOG_DAMAGED;
        (void)binlog_take(&body, (size_t)extra - 2);
    }
    /* An event that only ends a statement is of no table. */
    if (map == NULL && (body.is_short || (flags & ROWS_END_STATEMENT) == 0))
        return BINLOG_DAMAGED;
    if (map != NULL && map->wanted != NULL) {
        uint64_t count = binlog_packed(&body);

        if (body.is_short || count != map->table.count)
            return BINLOG_DAMAGED;
        status = take_rows_of(map, type, &body, reader, err);
    }
    if ((flags & ROWS_END_STATEMENT) != 0)
        maps_forget(maps);
    return status;
}
