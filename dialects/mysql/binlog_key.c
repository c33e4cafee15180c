/* SPDX-License-Identifier: Apache-2.0
 *
 * binlog_key.c - a value of a primary key in a binary log, as a literal. Text stays the
 * bytes that it is, in its own character set; times are those of a session in UTC.
 */
#include "config.h"

#include <time.h>

#include "mysql/binlog_event.h"

enum key_type {
    KEY_TINY = 1,
    KEY_SHORT = 2,
    KEY_LONG = 3,
    KEY_LONGLONG = 8,
    KEY_INT24 = 9,
    KEY_DATE = 10,
    KEY_YEAR = 13,
    KEY_VARCHAR = 15,
    KEY_TIMESTAMP2 = 17,
    KEY_DATETIME2 = 18,
    KEY_ENUM = 247,
    KEY_STRING = 254,
};

bool binlog_can_be_key(const struct binlog_column *column)
{
    switch (column->type) {
    case KEY_TINY:
    case KEY_SHORT:
    case KEY_LONG:
    case KEY_LONGLONG:
    case KEY_INT24:
    case KEY_DATE:
    case KEY_YEAR:
    case KEY_VARCHAR:
    case KEY_TIMESTAMP2:
    case KEY_DATETIME2:
    case KEY_ENUM:
    case KEY_STRING:
        return true;
    default:
        return false;
    }
}

static void add_integer(struct strbuf *sql, const struct binlog_value *value,
                        bool is_unsigned)
{
    unsigned bits = (unsigned)value->size * 8;
    uint64_t number = binlog_little(value->bytes, value->size);

    if (!is_unsigned && bits < 64 && (number >> (bits - 1) & 1) != 0)
        number |= UINT64_MAX << bits;
    if (is_unsigned)
        strbuf_addf(sql, "%llu", (unsigned long long)number);
    else
        strbuf_addf(sql, "%lld", (long long)number);
}

static void add_text(struct strbuf *sql, const struct binlog_value *value,
                     const char *charset)
{
    static const char digits[] = "0123456789ABCDEF";

    if (charset != NULL)
        strbuf_addf(sql, "_%s ", charset);
    strbuf_add_string(sql, "X'");
    for (size_t i = 0; i < value->size; i++) {
        strbuf_add_char(sql, digits[value->bytes[i] >> 4]);
        strbuf_add_char(sql, digits[value->bytes[i] & 0xf]);
    }
    strbuf_add_char(sql, '\'');
}

/* Behind a moment, the digits of its second that the column has. */
static void add_fraction(struct strbuf *sql, const unsigned char *bytes, size_t size)
{
    unsigned number = (unsigned)binlog_big(bytes, size);

    if (size > 0)
        strbuf_addf(sql, ".%0*u", (int)size * 2, number);
    strbuf_add_char(sql, '\'');
}

static void add_timestamp(struct strbuf *sql, const struct binlog_value *value)
{
    time_t seconds = (time_t)binlog_big(value->bytes, 4);
    struct tm parts = {0};

    if (seconds == 0) /* no moment at all */
        strbuf_add_string(sql, "'0000-00-00 00:00:00");
    else if (gmtime_r(&seconds, &parts) != NULL)
        strbuf_addf(sql, "'%04d-%02d-%02d %02d:%02d:%02d", parts.tm_year + 1900,
                    parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
                    parts.tm_sec);
    add_fraction(sql, value->bytes + 4, value->size - 4);
}

static void add_datetime(struct strbuf *sql, const struct binlog_value *value)
{
    uint64_t packed = binlog_big(value->bytes, 5) & 0x7fffffffff;
    unsigned months = (unsigned)(packed >> 22);

    strbuf_addf(sql, "'%04u-%02u-%02u %02u:%02u:%02u", months / 13, months % 13,
                (unsigned)(packed >> 17 & 31), (unsigned)(packed >> 12 & 31),
                (unsigned)(packed >> 6 & 63), (unsigned)(packed & 63));
    add_fraction(sql, value->bytes + 5, value->size - 5);
}

bool binlog_add_key(struct strbuf *sql, const struct binlog_column *column,
                    const struct binlog_value *value, bool is_unsigned,
                    const char *charset)
{
    uint64_t number;

    if (!value->is_present || value->is_null)
        return false;
    switch (column->type) {
    case KEY_TINY:
    case KEY_SHORT:
    case KEY_LONG:
    case KEY_LONGLONG:
    case KEY_INT24:
        add_integer(sql, value, is_unsigned);
        return true;
    case KEY_ENUM:
        if (value->size < 1 || value->size > 2)
            return false;
        add_integer(sql, value, true);
        return true;
    case KEY_YEAR:
        strbuf_addf(sql, "%u", value->bytes[0] == 0 ? 0 : value->bytes[0] + 1900U);
        return true;
    case KEY_DATE:
        number = binlog_little(value->bytes, value->size);
        strbuf_addf(sql, "'%04u-%02u-%02u'", (unsigned)(number >> 9),
                    (unsigned)(number >> 5 & 15), (unsigned)(number & 31));
        return true;
    case KEY_VARCHAR:
    case KEY_STRING:
        add_text(sql, value, charset);
        return true;
    case KEY_TIMESTAMP2:
        add_timestamp(sql, value);
        return true;
    case KEY_DATETIME2:
        add_datetime(sql, value);
        return true;
    default:
        return false;
    }
}
