/* SPDX-License-Identifier: Apache-2.0
 *
 * binlog_event.h - between the files that read binary logs: bytes with an end, and the
 * tables that an event's rows may be of.
 */
#ifndef AIRSHIFT_DIALECTS_MYSQL_BINLOG_EVENT_H
#define AIRSHIFT_DIALECTS_MYSQL_BINLOG_EVENT_H

#include "mysql/binlog.h"

enum binlog_event_type {
    QUERY_EVENT = 2,
    FORMAT_DESCRIPTION_EVENT = 15,
    EXECUTE_LOAD_QUERY_EVENT = 18,
    TABLE_MAP_EVENT = 19,
    WRITE_ROWS_EVENT_V1 = 23,
    UPDATE_ROWS_EVENT_V1 = 24,
    DELETE_ROWS_EVENT_V1 = 25,
    INCIDENT_EVENT = 26,
    WRITE_ROWS_EVENT = 30,
    UPDATE_ROWS_EVENT = 31,
    DELETE_ROWS_EVENT = 32,
    PARTIAL_UPDATE_ROWS_EVENT = 39,
    TRANSACTION_PAYLOAD_EVENT = 40,
};

/* What a function that reads returns beside 0, and -1 with `err` filled. */
enum { BINLOG_DAMAGED = -2 };

/* Bytes that are not read yet. Once something did not fit, nothing does any more. */
struct binlog_bytes {
    const unsigned char *at;
    size_t left;
    bool is_short;
};

/* The next bytes; NULL where there are not so many. */
static inline const unsigned char *binlog_take(struct binlog_bytes *bytes, size_t size)
{
    const unsigned char *taken = bytes->at;

    if (bytes->is_short || size > bytes->left) {
        bytes->is_short = true;
        return NULL;
    }
    bytes->at += size;
    bytes->left -= size;
    return taken;
}

static inline uint64_t binlog_little(const unsigned char *bytes, size_t size)
{
    uint64_t number = 0;

    for (size_t i = size; i > 0; i--)
        number = number << 8 | bytes[i - 1];
    return number;
}

static inline uint64_t binlog_big(const unsigned char *bytes, size_t size)
{
    uint64_t number = 0;

    for (size_t i = 0; i < size; i++)
        number = number << 8 | bytes[i];
    return number;
}

/* A number of so many bytes, the least first; 0 where there are not so many. */
static inline uint64_t binlog_number(struct binlog_bytes *bytes, size_t size)
{
    const unsigned char *taken = binlog_take(bytes, size);

    return taken != NULL ? binlog_little(taken, size) : 0;
}

/* A number of which the first byte says how long it is. */
static inline uint64_t binlog_packed(struct binlog_bytes *bytes)
{
    uint64_t first = binlog_number(bytes, 1);

    if (first < 251)
        return first;
    if (first == 252)
        return binlog_number(bytes, 2);
    if (first == 253)
        return binlog_number(bytes, 3);
    if (first == 254)
        return binlog_number(bytes, 8);
    bytes->is_short = true;
    return 0;
}

/* binlog_rows.c: the tables that were announced and not yet written to. */
struct binlog_maps;
struct binlog_maps *binlog_maps_new(void);
void binlog_maps_free(struct binlog_maps *maps);
int binlog_take_map(struct binlog_maps *maps, struct binlog_bytes body,
                    const struct binlog_reader *reader);
int binlog_take_rows(struct binlog_maps *maps, unsigned type, struct binlog_bytes body,
                     const struct binlog_reader *reader, struct err *err);

#endif
