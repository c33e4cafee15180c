/* SPDX-License-Identifier: Apache-2.0
 *
 * unpickle_scalar.c - opcodes for numbers and strings, text and binary. Accepts what a
 * pickler writes; Python's int() and float() also take other texts (hex, underscores).
 */
#include "config.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/xalloc.h"
#include "pickle/pyjson.h"
#include "pickle/unpickle_machine.h"

/* Like unpickle_push_text(), but takes over what is in `text`. */
static void push_owned_text(struct unpickle_machine *m, enum pickle_kind kind,
                            struct strbuf *text)
{
    size_t size = text->length;

    unpickle_push_text(m, kind, strbuf_detach(text), size);
    m->heap.values[m->heap.count - 1].owns_text = true;
}

/* numbers */

bool unpickle_is_decimal(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
    }
    return length > 0;
}

/* Pushes the int of a decimal text: picklers write an optional minus and digits. */
static int push_decimal(struct unpickle_machine *m, const char *text, size_t length)
{
    bool is_negative = length > 0 && text[0] == '-';
    size_t skip = length > 0 && (is_negative || text[0] == '+') ? 1 : 0;
    char copy[24];

    if (!unpickle_is_decimal(text + skip, length - skip))
        return unpickle_refuse_broken(m);
    if (length - skip > 1 && text[skip] == '0')
        return unpickle_refuse_broken(
            m); /* octal, or nothing at all, depending on the opcode */
    if (length - skip > PYJSON_MAX_INT_DIGITS)
        return unpickle_refuse(m, "it holds an integer of more than %d digits",
                               PYJSON_MAX_INT_DIGITS);
    if (length - skip <= 19) {
        long long integer;

        memcpy(copy, text, length);
        copy[length] = '\0';
        errno = 0;
        integer = strtoll(copy, NULL, 10);
        if (errno == 0) {
            unpickle_push_integer(m, PICKLE_INT, integer);
            return 0;
        }
    }
    if (text[0] == '+')
        unpickle_push_text(m, PICKLE_BIG_INT, text + 1, length - 1);
    else
        unpickle_push_text(m, PICKLE_BIG_INT, text, length);
    return 0;
}

int unpickle_load_int(struct unpickle_machine *m)
{
    const char *text;
    size_t length;

    if (unpickle_read_line(m, &text, &length) != 0)
        return -1;
    if (length == 2 && (text[0] == '0' || text[0] == '+' || text[0] == '-') &&
        (text[1] == '0' || (text[1] == '1' && text[0] != '-'))) {
        unpickle_push_integer(m, PICKLE_BOOL, text[1] == '1');
        return 0;
    }
    return push_decimal(m, text, length);
}

int unpickle_load_long(struct unpickle_machine *m)
{
    const char *text;
    size_t length;

    if (unpickle_read_line(m, &text, &length) != 0)
        return -1;
    if (length > 0 && text[length - 1] == 'L')
        length--;
    return push_decimal(m, text, length);
}

int unpickle_load_binary_int(struct unpickle_machine *m, size_t width)
{
    uint64_t number;

    if (unpickle_read_unsigned(m, width, &number) != 0)
        return -1;
    unpickle_push_integer(m, PICKLE_INT,
                          width == 4 ? (int32_t)(uint32_t)number : (int64_t)number);
    return 0;
}

int unpickle_load_binary_long(struct unpickle_machine *m, size_t width)
{
    const unsigned char *bytes;
    size_t size;
    struct strbuf text = STRBUF_INIT;

    if (unpickle_read_counted(m, width, true, &bytes, &size) != 0)
        return -1;
    if (size <= 8) {
        uint64_t number = 0;

        if (size > 0 && (bytes[size - 1] & 0x80) != 0)
            number = UINT64_MAX;
        for (size_t i = size; i > 0; i--)
            number = number << 8 | bytes[i - 1];
        unpickle_push_integer(m, PICKLE_INT, (int64_t)number);
        return 0;
    }
    if (!pyjson_add_long(&text, bytes, size)) {
        strbuf_clear(&text);
        return unpickle_refuse(m, "it holds an integer of more than %d digits",
                               PYJSON_MAX_INT_DIGITS);
    }
    if (text.length <= 20) { /* padded: it may fit after all */
        long long integer;

        errno = 0;
        integer = strtoll(strbuf_text(&text), NULL, 10);
        if (errno == 0) {
            strbuf_clear(&text);
            unpickle_push_integer(m, PICKLE_INT, integer);
            return 0;
        }
    }
    push_owned_text(m, PICKLE_BIG_INT, &text);
    return 0;
}

static void push_float(struct unpickle_machine *m, double real)
{
    uint32_t number = pickle_heap_add(&m->heap, PICKLE_FLOAT);

    m->heap.values[number].as.real = real;
    unpickle_push(m, number);
}

static bool is_float_text(const char *text)
{
    size_t digits;

    text += *text == '-' || *text == '+' ? 1 : 0;
    if (strcasecmp(text, "nan") == 0 || strcasecmp(text, "inf") == 0 ||
        strcasecmp(text, "infinity") == 0)
        return true;
    digits = strspn(text, "0123456789");
    text += digits;
    if (*text == '.') {
        size_t more = strspn(text + 1, "0123456789");

        text += 1 + more;
        digits += more;
    }
    if (digits == 0)
        return false;
    if (*text == 'e' || *text == 'E') {
        text++;
        text += *text == '-' || *text == '+' ? 1 : 0;
        digits = strspn(text, "0123456789");
        if (digits == 0)
            return false;
        text += digits;
    }
    return *text == '\0';
}

int unpickle_load_float(struct unpickle_machine *m)
{
    const char *text;
    size_t length;
    char *copy;
    double real = 0.0;
    bool is_good;

    if (unpickle_read_line(m, &text, &length) != 0)
        return -1;
    copy = xmalloc(length + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    is_good = strlen(copy) == length && is_float_text(copy);
    if (is_good)
        real = strtod(copy, NULL);
    /* a decimal number too large for a double is an OverflowError in Python */
    if (is_good && real - real != 0.0 && strpbrk(copy, "0123456789") != NULL)
        is_good = false;
    free(copy);
    if (!is_good)
        return unpickle_refuse_broken(m);
    push_float(m, real);
    return 0;
}

int unpickle_load_binary_float(struct unpickle_machine *m)
{
    const unsigned char *bytes;
    uint64_t bits = 0;
    double real;

    if (unpickle_read_bytes(m, sizeof(bits), &bytes) != 0)
        return -1;
    for (size_t i = 0; i < sizeof(bits); i++)
        bits = bits << 8 | bytes[i];
    memcpy(&real, &bits, sizeof(real));
    push_float(m, real);
    return 0;
}

/* strings */

int unpickle_load_utf8(struct unpickle_machine *m, size_t width)
{
    const unsigned char *bytes;
    size_t size;

    if (unpickle_read_counted(m, width, false, &bytes, &size) != 0)
        return -1;
    if (!pyjson_is_text((const char *)bytes, size))
        return unpickle_refuse(m, "a string is not UTF-8");
    unpickle_push_text(m, PICKLE_STRING, bytes, size);
    return 0;
}

static bool is_ascii(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)bytes[i] >= 0x80)
            return false;
    }
    return true;
}

/* Strings of Python 2 are read as ASCII, as pickle.loads() does unless told otherwise.
 */
int unpickle_load_ascii(struct unpickle_machine *m, size_t width)
{
    const unsigned char *bytes;
    size_t size;

    if (unpickle_read_counted(m, width, true, &bytes, &size) != 0)
        return -1;
    if (!is_ascii((const char *)bytes, size))
        return unpickle_refuse(m, "a string of Python 2 is not ASCII");
    unpickle_push_text(m, PICKLE_STRING, bytes, size);
    return 0;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

/* Reads exactly `count` hex digits; -1 where there are fewer. */
static int64_t read_hex(const char *text, size_t available, size_t count)
{
    int64_t value = 0;

    if (available < count)
        return -1;
    for (size_t i = 0; i < count; i++) {
        int digit = hex_value(text[i]);

        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

/* One escape of a bytes literal, after the backslash. Returns its length, 0 if broken.
 */
static size_t add_byte_escape(const char *text, size_t available, struct strbuf *into)
{
    static const char names[] = "\\'\"abfnrtv";
    static const char values[] = "\\'\"\a\b\f\n\r\t\v";
    const char *name;

    if (available == 0)
        return 0;
    if (text[0] == '\n')
        return 1;
    name = text[0] != '\0' ? strchr(names, text[0]) : NULL;
    if (name != NULL) {
        strbuf_add_char(into, values[name - names]);
        return 1;
    }
    if (text[0] >= '0' && text[0] <= '7') {
        unsigned int value = 0;
        size_t length = 0;

        while (length < 3 && length < available && text[length] >= '0' &&
               text[length] <= '7')
            value = value << 3 | (unsigned int)(text[length++] - '0');
        strbuf_add_char(into, (char)value);
        return length;
    }
    if (text[0] == 'x') {
        int64_t value = read_hex(text + 1, available - 1, 2);

        if (value < 0)
            return 0;
        strbuf_add_char(into, (char)value);
        return 3;
    }
    strbuf_add_char(into, '\\');
    strbuf_add_char(into, text[0]);
    return 1;
}

/* STRING: the repr() of a Python 2 str. */
int unpickle_load_string(struct unpickle_machine *m)
{
    const char *text;
    size_t length;
    struct strbuf content = STRBUF_INIT;

    if (unpickle_read_line(m, &text, &length) != 0)
        return -1;
    if (length < 2 || text[0] != text[length - 1] ||
        (text[0] != '\'' && text[0] != '"'))
        return unpickle_refuse_broken(m);
    for (size_t i = 1; i < length - 1;) {
        size_t used;

        if (text[i] != '\\') {
            strbuf_add_char(&content, text[i++]);
            continue;
        }
        used = add_byte_escape(text + i + 1, length - 2 - i, &content);
        if (used == 0) {
            strbuf_clear(&content);
            return unpickle_refuse_broken(m);
        }
        i += 1 + used;
    }
    if (!is_ascii(strbuf_text(&content), content.length)) {
        strbuf_clear(&content);
        return unpickle_refuse(m, "a string of Python 2 is not ASCII");
    }
    push_owned_text(m, PICKLE_STRING, &content);
    return 0;
}

/* UNICODE: the raw-unicode-escape codec, bytes being Latin-1. */
int unpickle_load_unicode(struct unpickle_machine *m)
{
    const char *text;
    size_t length;
    struct strbuf content = STRBUF_INIT;

    if (unpickle_read_line(m, &text, &length) != 0)
        return -1;
    for (size_t i = 0; i < length; i++) {
        int64_t code_point;
        size_t digits;

        if (text[i] != '\\' || i + 1 == length) {
            pyjson_encode(&content, (unsigned char)text[i]);
            continue;
        }
        i++;
        if (text[i] != 'u' && text[i] != 'U') {
            strbuf_add_char(&content, '\\');
            pyjson_encode(&content, (unsigned char)text[i]);
            continue;
        }
        digits = text[i] == 'u' ? 4 : 8;
        code_point = read_hex(text + i + 1, length - i - 1, digits);
        if (code_point < 0 || code_point > 0x10ffff) {
            strbuf_clear(&content);
            return unpickle_refuse_broken(m);
        }
        pyjson_encode(&content, (uint32_t)code_point);
        i += digits;
    }
    push_owned_text(m, PICKLE_STRING, &content);
    return 0;
}
