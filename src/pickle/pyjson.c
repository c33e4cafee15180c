/* SPDX-License-Identifier: Apache-2.0
 *
 * pyjson.c - how Python writes strings, floats and big integers as JSON.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pickle/pyjson.h"

#define LIMB_BASE 1000000000u
#define LIMB_DIGITS 9

size_t pyjson_decode(const unsigned char *text, size_t size, uint32_t *code_point)
{
    uint32_t value;
    size_t length;

    if (size == 0)
        return 0;
    if (text[0] < 0x80) {
        *code_point = text[0];
        return 1;
    }
    if (text[0] >= 0xc2 && text[0] <= 0xdf) {
        length = 2;
        value = text[0] & 0x1fu;
    } else if ((text[0] & 0xf0) == 0xe0) {
        length = 3;
        value = text[0] & 0x0fu;
    } else if (text[0] >= 0xf0 && text[0] <= 0xf4) {
        length = 4;
        value = text[0] & 0x07u;
    } else {
        return 0;
    }
    if (size < length)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (text[i] & 0x3fu);
    }
    if ((length == 3 && value < 0x800) || (length == 4 && value < 0x10000) ||
        value > 0x10ffff)
        return 0;
    *code_point = value;
    return length;
}

void pyjson_encode(struct strbuf *text, uint32_t code_point)
{
    char bytes[4];
    size_t length;

    if (code_point < 0x80) {
        bytes[0] = (char)code_point;
        length = 1;
    } else if (code_point < 0x800) {
        bytes[0] = (char)(0xc0 | code_point >> 6);
        bytes[1] = (char)(0x80 | (code_point & 0x3f));
        length = 2;
    } else if (code_point < 0x10000) {
        bytes[0] = (char)(0xe0 | code_point >> 12);
        bytes[1] = (char)(0x80 | (code_point >> 6 & 0x3f));
        bytes[2] = (char)(0x80 | (code_point & 0x3f));
        length = 3;
    } else {
        bytes[0] = (char)(0xf0 | code_point >> 18);
        bytes[1] = (char)(0x80 | (code_point >> 12 & 0x3f));
        bytes[2] = (char)(0x80 | (code_point >> 6 & 0x3f));
        bytes[3] = (char)(0x80 | (code_point & 0x3f));
        length = 4;
    }
    strbuf_add(text, bytes, length);
}

static bool is_text(const char *text, size_t size, bool allows_surrogates)
{
    const unsigned char *at = (const unsigned char *)text;
    const unsigned char *end = at + size;

    while (at < end) {
        uint32_t code_point;
        size_t length;

        if (*at < 0x80) {
            at++;
            continue;
        }
        length = pyjson_decode(at, (size_t)(end - at), &code_point);
        if (length == 0)
            return false;
        if (!allows_surrogates && code_point >= 0xd800 && code_point <= 0xdfff)
            return false;
        at += length;
    }
    return true;
}

bool pyjson_is_text(const char *text, size_t size)
{
    return is_text(text, size, true);
}

bool pyjson_is_utf8(const char *text, size_t size)
{
    return is_text(text, size, false);
}

static void add_escape(struct strbuf *json, uint32_t unit)
{
    static const char digits[] = "0123456789abcdef";
    char escape[6] = {'\\', 'u'};

    escape[2] = digits[unit >> 12 & 0xf];
    escape[3] = digits[unit >> 8 & 0xf];
    escape[4] = digits[unit >> 4 & 0xf];
    escape[5] = digits[unit & 0xf];
    strbuf_add(json, escape, sizeof(escape));
}

static void add_character(struct strbuf *json, uint32_t code_point)
{
    switch (code_point) {
    case '"':
        strbuf_add(json, "\\\"", 2);
        return;
    case '\\':
        strbuf_add(json, "\\\\", 2);
        return;
    case '\b':
        strbuf_add(json, "\\b", 2);
        return;
    case '\f':
        strbuf_add(json, "\\f", 2);
        return;
    case '\n':
        strbuf_add(json, "\\n", 2);
        return;
    case '\r':
        strbuf_add(json, "\\r", 2);
        return;
    case '\t':
        strbuf_add(json, "\\t", 2);
        return;
    default:
        break;
    }
    if (code_point < 0x10000) {
        add_escape(json, code_point);
        return;
    }
    code_point -= 0x10000;
    add_escape(json, 0xd800 | code_point >> 10);
    add_escape(json, 0xdc00 | (code_point & 0x3ff));
}

static bool is_plain(unsigned char byte)
{
    return byte >= ' ' && byte <= '~' && byte != '"' && byte != '\\';
}

bool pyjson_add_string(struct strbuf *json, const char *text, size_t size,
                       bool without_nul)
{
    const unsigned char *at = (const unsigned char *)text;
    const unsigned char *end = at + size;
    bool has_lone = false;
    bool after_high = false;

    strbuf_add_char(json, '"');
    while (at < end) {
        const unsigned char *start = at;
        uint32_t code_point = 0;
        size_t length;

        while (at < end && is_plain(*at))
            at++;
        if (at > start) {
            strbuf_add(json, start, (size_t)(at - start));
            has_lone = has_lone || after_high;
            after_high = false;
        }
        if (at == end)
            break;
        length = pyjson_decode(at, (size_t)(end - at), &code_point);
        at += length > 0 ? length : 1;
        if (code_point == 0 && without_nul)
            continue;
        if (code_point >= 0xdc00 && code_point <= 0xdfff) {
            has_lone = has_lone || !after_high;
            after_high = false;
        } else {
            has_lone = has_lone || after_high;
            after_high = code_point >= 0xd800 && code_point <= 0xdbff;
        }
        add_character(json, code_point);
    }
    strbuf_add_char(json, '"');
    return has_lone || after_high;
}

/*
 * Finds the fewest digits that read back as `number` (finite, above 0), and among those
 * the nearest. Returns how many; `*point` is the position of the decimal point, counted
 * from the first digit.
 */
static int shortest_digits(double number, char digits[18], int *point)
{
    /* A normal double keeps 15 digits, so where 15 or fewer suffice they are %.14e. */
    int start = number < 1e-290 ? 1 : 15;

    for (int count = start; count <= 17; count++) {
        char text[40];
        char *exponent;
        int last = count - 1;

        (void)snprintf(text, sizeof(text), "%.*e", count - 1, number);
        exponent = strchr(text, 'e');
        *point = (int)strtol(exponent + 1, NULL, 10) + 1;
        digits[0] = text[0];
        if (count > 1)
            memcpy(digits + 1, text + 2, (size_t)count - 1);
        if (strtod(text, NULL) != number) {
            /*
             * At a power of two the gap above is twice the gap below: the next decimal
             * up may read back where the nearest one, just below, does not.
             */
            while (last > 0 && digits[last] == '9')
                digits[last--] = '0';
            if (digits[last] == '9')
                continue; /* 9.99 -> 10.0 has fewer digits and was tried before */
            digits[last]++;
            text[0] = digits[0];
            if (count > 1)
                memcpy(text + 2, digits + 1, (size_t)count - 1);
            if (strtod(text, NULL) != number)
                continue;
        }
        while (count > 1 && digits[count - 1] == '0')
            count--;
        return count;
    }
    return 0; /* not reached: 17 digits always read back */
}

void pyjson_add_double(struct strbuf *json, double number)
{
    char digits[18];
    int count;
    int point;

    if (isnan(number)) {
        strbuf_add_string(json, "NaN");
        return;
    }
    if (signbit(number))
        strbuf_add_char(json, '-');
    number = fabs(number);
    if (isinf(number)) {
        strbuf_add_string(json, "Infinity");
        return;
    }
    if (number == 0.0) {
        strbuf_add_string(json, "0.0");
        return;
    }
    count = shortest_digits(number, digits, &point);
    if (point > 16 || point < -3) {
        strbuf_add_char(json, digits[0]);
        if (count > 1) {
            strbuf_add_char(json, '.');
            strbuf_add(json, digits + 1, (size_t)count - 1);
        }
        strbuf_addf(json, "e%c%02d", point > 0 ? '+' : '-', abs(point - 1));
    } else if (point <= 0) {
        strbuf_add_string(json, "0.");
        strbuf_add(json, "000", (size_t)-point);
        strbuf_add(json, digits, (size_t)count);
    } else {
        for (int i = 0; i < point; i++)
            strbuf_add_char(json, i < count ? digits[i] : '0');
        strbuf_add_char(json, '.');
        if (count > point)
            strbuf_add(json, digits + point, (size_t)(count - point));
        else
            strbuf_add_char(json, '0');
    }
}

bool pyjson_add_long(struct strbuf *json, const unsigned char *bytes, size_t size)
{
    /* 10^4300 takes 1786 bytes; 480 limbs are 4320 digits */
    enum { MAX_BYTES = 1788, MAX_LIMBS = 480 };
    uint32_t limbs[MAX_LIMBS] = {0};
    size_t used = 0;
    bool is_negative = size > 0 && (bytes[size - 1] & 0x80) != 0;
    unsigned char padding = is_negative ? 0xff : 0;
    unsigned char magnitude[MAX_BYTES + 1];
    unsigned int carry = is_negative ? 1 : 0;
    char first[LIMB_DIGITS + 2];
    int length;

    while (size > 0 && bytes[size - 1] == padding)
        size--;
    if (size > MAX_BYTES)
        return false;
    for (size_t i = 0; i < size; i++) {
        carry += (unsigned char)(bytes[i] ^ padding);
        magnitude[i] = (unsigned char)carry;
        carry >>= 8;
    }
    magnitude[size++] = (unsigned char)carry;
    while (size > 0) {
        uint64_t more = magnitude[--size];

        for (size_t i = 0; i < used; i++) {
            more += (uint64_t)limbs[i] << 8;
            limbs[i] = (uint32_t)(more % LIMB_BASE);
            more /= LIMB_BASE;
        }
        if (more > 0)
            limbs[used++] = (uint32_t)more;
    }
    if (used == 0) {
        strbuf_add_char(json, '0');
        return true;
    }
    length = snprintf(first, sizeof(first), "%u", (unsigned int)limbs[used - 1]);
    if ((size_t)length + (used - 1) * LIMB_DIGITS > PYJSON_MAX_INT_DIGITS)
        return false;
    if (is_negative)
        strbuf_add_char(json, '-');
    strbuf_add(json, first, (size_t)length);
    for (size_t i = used - 1; i > 0; i--)
        strbuf_addf(json, "%09u", (unsigned int)limbs[i - 1]);
    return true;
}
