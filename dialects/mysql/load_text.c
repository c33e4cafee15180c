/* SPDX-License-Identifier: Apache-2.0
 *
 * load_text.c - the rows that unload.c wrote, in one transaction of INSERTs, or in that of the
 * caller. Hexadecimal
 * digits become the bytes that they stand for: so a value takes no more room in a packet
 * than when it first came, from a client that doubles backslashes.
 */
#include "config.h"

#include <string.h>

#include "mysql/connection.h"

static unsigned digit(char character)
{
    return character <= '9' ? (unsigned)(character - '0')
                            : (unsigned)(character - 'A') + 10;
}

/* X'...' at `text`, as a quoted text of these bytes. Returns what is after it. */
static const char *add_bytes(struct strbuf *sql, const char *text, const char *end,
                             bool has_escapes)
{
    strbuf_add_char(sql, '\'');
    for (text += 2; text + 1 < end && *text != '\''; text += 2) {
        char byte = (char)(digit(text[0]) << 4 | digit(text[1]));

        if (byte == '\'' || (byte == '\\' && has_escapes))
            strbuf_add_char(sql, byte);
        strbuf_add_char(sql, byte);
    }
    strbuf_add_char(sql, '\'');
    return text + 1;
}

/* One "(1, 'a', X'00', _utf8mb4 X'0A')", in which no text in quotes has a backslash. */
static void add_row(struct strbuf *sql, const char *text, const char *end,
                    bool has_escapes)
{
    bool has_introducer = false;

    while (text < end) {
        const char *next = text;

        if (*text == '\'') { /* a doubled quote is two texts side by side */
            next = memchr(text + 1, '\'', (size_t)(end - text) - 1);
            next = next != NULL ? next + 1 : end;
            strbuf_add(sql, text, (size_t)(next - text));
            text = next;
        } else if (*text == 'X' && text + 1 < end && text[1] == '\'') {
            if (!has_introducer)
                strbuf_add_string(sql, "_binary ");
            text = add_bytes(sql, text, end, has_escapes);
            has_introducer = false;
        } else {
            has_introducer = has_introducer || *text == '_';
            strbuf_add_char(sql, *text++);
        }
    }
}

/* A statement holds as many rows as fit, and one in any case. */
static int take_line(struct my_connection *own, const char *line, const char *end,
                     struct err *err)
{
    struct strbuf *sql = &own->load;

    if (sql->length > 0 && sql->length + (size_t)(end - line) > own->load_bytes &&
        mysql_load_flush(&own->base, err) < 0)
        return -1;
    if (sql->length == 0)
        strbuf_addf(sql, "INSERT INTO %s VALUES ", own->load_target);
    else
        strbuf_add_string(sql, ", ");
    add_row(sql, line, end, own->load_has_escapes);
    return 0;
}

int mysql_load_bytes(struct connection *connection, const char *bytes, size_t size,
                     struct err *err)
{
    struct my_connection *own = my_of(connection);
    const char *end;

    if (!own->load_is_open) {
        strbuf_truncate(&own->load_line, 0);
        own->load_is_joined =
            (own->handle->server_status & SERVER_STATUS_IN_TRANS) != 0;
        if (!own->load_is_joined &&
            mysql_exec(connection, "START TRANSACTION", err) < 0)
            return -1;
        own->load_is_open = true;
    }
    while ((end = memchr(bytes, '\n', size)) != NULL) {
        int status;

        if (own->load_line.length > 0) {
            strbuf_add(&own->load_line, bytes, (size_t)(end - bytes));
            status = take_line(own, own->load_line.data,
                               own->load_line.data + own->load_line.length, err);
            strbuf_truncate(&own->load_line, 0);
        } else {
            status = take_line(own, bytes, end, err);
        }
        if (status < 0)
            return -1;
        size -= (size_t)(end - bytes) + 1;
        bytes = end + 1;
    }
    strbuf_add(&own->load_line, bytes, size);
    return 0;
}
