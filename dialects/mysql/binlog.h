/* SPDX-License-Identifier: Apache-2.0
 *
 * binlog.h - reads a server's binary log from its files: which rows of which tables were
 * written, and which statements are in it as text. Knows no server and no client library.
 * Files are taken to be damaged anywhere: nothing is read beyond an event, and an event is
 * what its checksum says it is.
 */
#ifndef AIRSHIFT_DIALECTS_MYSQL_BINLOG_H
#define AIRSHIFT_DIALECTS_MYSQL_BINLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"

struct binlog_column {
    unsigned char type; /* the protocol's number; that of ENUM and SET for those */
    unsigned metadata;  /* what the length of a value depends on */
};

/* A table as it was when the rows that follow were written. */
struct binlog_table {
    const char *database;
    const char *name;
    const struct binlog_column *columns;
    size_t count;
    bool is_readable; /* all column types are known, so rows can be cut into values */
};

/* A value of one row; without the bytes that say how long it is. */
struct binlog_value {
    const unsigned char *bytes;
    size_t size;
    bool is_present; /* the server may leave out what did not change */
    bool is_null;
};

enum binlog_change { BINLOG_INSERT, BINLOG_UPDATE, BINLOG_DELETE };

/* Who is told. A function that returns -1 has filled `err` and ends the reading. */
struct binlog_reader {
    void *context;
    /* A table that rows follow of. What is returned comes with each of them; NULL: its
     * rows are not wanted. */
    void *(*table)(void *context, const struct binlog_table *table);
    /* A row; `before` and `after` have a value a column, and are NULL where a row has
     * none. Both NULL: some rows of a table that is not readable. */
    int (*row)(void *context, void *wanted, const struct binlog_table *table,
               enum binlog_change change, const struct binlog_value *before,
               const struct binlog_value *after, struct err *err);
    /* A statement: of DDL, or one that a session asked to be written as a text. */
    void (*statement)(void *context, const char *database, size_t database_size,
                      const char *text, size_t size);
    /* The server itself says that something is missing. */
    void (*lost)(void *context);
    /* From time to time. */
    int (*turn)(void *context, struct err *err);
};

/* Opens the file and reads how it begins. `*created`: when the server began it, which is
 * another moment in another file of that name. */
int binlog_identify(const char *path, uint32_t *created, struct err *err);

/* Reads the events between two positions, of which the server has said that an event
 * begins, or ends, there. ERR_STATE where the file is not as it should be. */
int binlog_read(const char *path, uint64_t from, uint64_t to,
                const struct binlog_reader *reader, struct err *err);

/* Whether binlog_add_key() can write values of that column. */
bool binlog_can_be_key(const struct binlog_column *column);
/* The value as an SQL literal. `charset` is the column's, NULL for bytes. False where it
 * is none of that column's. */
bool binlog_add_key(struct strbuf *sql, const struct binlog_column *column,
                    const struct binlog_value *value, bool is_unsigned,
                    const char *charset);

#endif
