/* SPDX-License-Identifier: Apache-2.0
 *
 * xcom_json.c - PostgreSQL's idea of JSON (jsonb input, UTF8 encoding), and Airflow's
 * replacements. The text is looked at without recursion.
 */
#include "config.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "pickle/pyjson.h"
#include "pickle/unpickle.h"
#include "pickle/xcom_json.h"

/* What numeric takes: NUMERIC_WEIGHT_MAX and NUMERIC_DSCALE_MAX of PostgreSQL. */
#define MAX_WHOLE_DIGITS 131072
#define MAX_FRACTION_DIGITS 16383

struct checker {
    const char *start;
    const char *at;
    const char *end;
    enum xcom_kind kind; /* XCOM_CONVERTED while all is well */
};

static bool fail(struct checker *c, enum xcom_kind kind)
{
    c->kind = kind;
    return false;
}

static void skip_space(struct checker *c)
{
    while (c->at < c->end &&
           (*c->at == ' ' || *c->at == '\t' || *c->at == '\n' || *c->at == '\r'))
        c->at++;
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

/* The digits of a \u escape; `*is_after_high` says whether a low half must come. */
static bool check_unicode_escape(struct checker *c, bool *is_after_high)
{
    unsigned int unit = 0;

    for (int i = 0; i < 4; i++, c->at++) {
        int digit = c->at < c->end ? hex_value(*c->at) : -1;

        if (digit < 0)
            return fail(c, XCOM_NOT_JSON);
        unit = unit << 4 | (unsigned int)digit;
    }
    if (unit == 0)
        return fail(c, XCOM_NUL);
    if (unit >= 0xdc00 && unit <= 0xdfff) {
        if (!*is_after_high)
            return fail(c, XCOM_LONE_SURROGATE);
        *is_after_high = false;
        return true;
    }
    if (*is_after_high)
        return fail(c, XCOM_LONE_SURROGATE);
    *is_after_high = unit >= 0xd800 && unit <= 0xdbff;
    return true;
}

/* A string, after its opening quote. */
static bool check_string(struct checker *c)
{
    bool is_after_high = false;

    while (c->at < c->end) {
        char character = *c->at++;

        if (character == '\\' && c->at < c->end && *c->at == 'u') {
            c->at++;
            if (!check_unicode_escape(c, &is_after_high))
                return false;
            continue;
        }
        if (is_after_high)
            return fail(c, XCOM_LONE_SURROGATE);
        if (character == '"')
            return true;
        if ((unsigned char)character < ' ')
            return fail(c, XCOM_NOT_JSON);
        if (character == '\\' && (c->at == c->end || *c->at == '\0' ||
                                  strchr("\"\\/bfnrt", *c->at++) == NULL))
            return fail(c, XCOM_NOT_JSON);
    }
    return fail(c, XCOM_NOT_JSON);
}

/* Whether numeric takes it; `whole` and `fraction` are runs of digits. */
static bool check_range(struct checker *c, const char *whole, size_t whole_size,
                        const char *fraction, size_t fraction_size, long exponent)
{
    long digits;

    if (exponent >= INT_MAX / 2 || exponent <= -(INT_MAX / 2))
        return fail(c, XCOM_NUMBER_RANGE);
    if ((long)fraction_size - exponent > MAX_FRACTION_DIGITS)
        return fail(c, XCOM_NUMBER_RANGE);
    digits = (long)whole_size + exponent;
    while (whole_size > 0 && *whole == '0') {
        whole++;
        whole_size--;
        digits--;
    }
    if (whole_size == 0) {
        while (fraction_size > 0 && *fraction == '0') {
            fraction++;
            fraction_size--;
            digits--;
        }
        if (fraction_size == 0)
            return true;
    }
    return digits <= MAX_WHOLE_DIGITS ? true : fail(c, XCOM_NUMBER_RANGE);
}

static size_t skip_digits(struct checker *c)
{
    const char *start = c->at;

    while (c->at < c->end && *c->at >= '0' && *c->at <= '9')
        c->at++;
    return (size_t)(c->at - start);
}

static bool check_number(struct checker *c)
{
    const char *whole;
    const char *fraction = "";
    size_t whole_size;
    size_t fraction_size = 0;
    long exponent = 0;

    if (c->at < c->end && *c->at == '-')
        c->at++;
    whole = c->at;
    whole_size = skip_digits(c);
    if (whole_size == 0 || (whole_size > 1 && *whole == '0'))
        return fail(c, XCOM_NOT_JSON);
    if (c->at < c->end && *c->at == '.') {
        fraction = ++c->at;
        fraction_size = skip_digits(c);
        if (fraction_size == 0)
            return fail(c, XCOM_NOT_JSON);
    }
    if (c->at < c->end && (*c->at == 'e' || *c->at == 'E')) {
        const char *digits;
        bool is_negative = false;

        c->at++;
        if (c->at < c->end && (*c->at == '-' || *c->at == '+'))
            is_negative = *c->at++ == '-';
        digits = c->at;
        if (skip_digits(c) == 0)
            return fail(c, XCOM_NOT_JSON);
        for (; digits < c->at && exponent < INT_MAX; digits++)
            exponent = 10 * exponent + (*digits - '0');
        exponent = is_negative ? -exponent : exponent;
    }
    return check_range(c, whole, whole_size, fraction, fraction_size, exponent);
}

static bool accept(struct checker *c, const char *text)
{
    size_t length = strlen(text);

    if ((size_t)(c->end - c->at) < length || memcmp(c->at, text, length) != 0)
        return false;
    c->at += length;
    return true;
}

/* What follows directly would make it one longer, unknown word. */
static bool is_word_end(const struct checker *c)
{
    unsigned char next = c->at < c->end ? (unsigned char)*c->at : ' ';

    return !((next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') ||
             (next >= '0' && next <= '9') || next == '_' || next >= 0x80);
}

static bool check_scalar(struct checker *c)
{
    if (accept(c, "\""))
        return check_string(c);
    if (!accept(c, "null") && !accept(c, "true") && !accept(c, "false") &&
        !check_number(c))
        return false;
    return is_word_end(c) ? true : fail(c, XCOM_NOT_JSON);
}

static bool check_key(struct checker *c)
{
    skip_space(c);
    if (!accept(c, "\""))
        return fail(c, XCOM_NOT_JSON);
    if (!check_string(c))
        return false;
    skip_space(c);
    return accept(c, ":") ? true : fail(c, XCOM_NOT_JSON);
}

/*
 * One value with all that is in it. `nesting` has a bracket for each open container,
 * and room for XCOM_JSON_MAX_DEPTH of them.
 */
static bool check_value(struct checker *c, char *nesting)
{
    size_t depth = 0;

    for (;;) {
        skip_space(c);
        if (c->at < c->end && (*c->at == '{' || *c->at == '[')) {
            char close = *c->at++ == '{' ? '}' : ']';

            if (depth == XCOM_JSON_MAX_DEPTH)
                return fail(c, XCOM_TOO_DEEP);
            nesting[depth++] = close;
            skip_space(c);
            if (c->at == c->end || *c->at != close) {
                if (close == '}' && !check_key(c))
                    return false;
                continue;
            }
        } else if (!check_scalar(c)) {
            return false;
        }
        /* a value ended, or a container just opened is at its end */
        for (;;) {
            skip_space(c);
            if (depth == 0)
                return true;
            if (c->at == c->end || *c->at != nesting[depth - 1])
                break;
            c->at++;
            depth--;
        }
        if (!accept(c, ","))
            return fail(c, XCOM_NOT_JSON);
        if (nesting[depth - 1] == '}' && !check_key(c))
            return false;
    }
}

/* Whether PostgreSQL takes the text for jsonb. */
static enum xcom_kind check_json(const char *text, size_t size, size_t *offset)
{
    struct checker c = {text, text, text + size, XCOM_CONVERTED};
    char nesting[XCOM_JSON_MAX_DEPTH];

    if (check_value(&c, nesting) && c.at < c.end)
        (void)fail(&c, XCOM_NOT_JSON);
    *offset = (size_t)(c.at - c.start);
    return c.kind;
}

/*
 * replace(replace(replace(text, '\\', chr(1)), '\u0000', ''), chr(1), '\\'), which also
 * turns a raw chr(1) into an escaped backslash. Only done where \u0000 is in the text.
 */
static void strip_nul(const char *text, size_t size, struct strbuf *into)
{
    static const char escape[] = "\\u0000";
    const size_t escape_size = sizeof(escape) - 1;

    if (memmem(text, size, escape, escape_size) == NULL) {
        strbuf_add(into, text, size);
        return;
    }
    for (size_t i = 0; i < size;) {
        size_t start = i;

        while (i < size && text[i] != '\\' && text[i] != '\1')
            i++;
        strbuf_add(into, text + start, i - start);
        if (i == size)
            break;
        if (text[i] == '\1') {
            strbuf_add(into, "\\\\", 2);
            i++;
        } else if (i + 1 < size && text[i + 1] == '\\') {
            strbuf_add(into, "\\\\", 2);
            i += 2;
        } else if (size - i >= escape_size &&
                   memcmp(text + i, escape, escape_size) == 0) {
            i += escape_size;
        } else {
            strbuf_add_char(into, text[i++]);
        }
    }
}

/*
 * The regular expression's \s. convert_from() has the collation "C" of its encoding
 * argument, so this is ASCII whatever the locale of the database is.
 */
static size_t skip_regex_space(const char *text, size_t size, size_t from)
{
    while (from < size &&
           (text[from] == ' ' || (text[from] >= '\t' && text[from] <= '\r')))
        from++;
    return from;
}

/* The length of NaN, Infinity or -Infinity with a delimiter behind, 0 otherwise. */
static size_t match_token(const char *text, size_t size, size_t from)
{
    static const char *const tokens[] = {"NaN", "Infinity", "-Infinity"};

    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
        size_t length = strlen(tokens[i]);
        size_t after;

        if (size - from < length || memcmp(text + from, tokens[i], length) != 0)
            continue;
        after = skip_regex_space(text, size, from + length);
        if (from + length == size ||
            (after < size && strchr(",}]", text[after]) != NULL && text[after] != '\0'))
            return length;
    }
    return 0;
}

/* '([:,\[]\s*|^)(NaN|-?Infinity)(?=\s*[,}\]]|$)' becomes '\1null', everywhere. */
static void replace_tokens(const char *text, size_t size, struct strbuf *into)
{
    size_t i = match_token(text, size, 0);

    if (i > 0)
        strbuf_add_string(into, "null");
    while (i < size) {
        size_t after;
        size_t length;

        if (text[i] != ':' && text[i] != ',' && text[i] != '[') {
            strbuf_add_char(into, text[i++]);
            continue;
        }
        after = skip_regex_space(text, size, i + 1);
        length = after < size ? match_token(text, size, after) : 0;
        strbuf_add(into, text + i, after - i);
        i = after + length;
        if (length > 0)
            strbuf_add_string(into, "null");
    }
}

static const char *describe(enum xcom_kind kind)
{
    switch (kind) {
    case XCOM_CONVERTED:
        break;
    case XCOM_PICKLED:
        return "the value is a pickle";
    case XCOM_EMPTY:
        return "the value is empty";
    case XCOM_NOT_UTF8:
        return "the value is not UTF-8";
    case XCOM_TEXT_PICKLE:
        return "the value is a pickle of protocol 0 or 1";
    case XCOM_NOT_JSON:
        return "the value is not JSON";
    case XCOM_LONE_SURROGATE:
        return "a string holds a lone surrogate";
    case XCOM_NUL:
        return "a string holds U+0000 in a broken escape";
    case XCOM_NUMBER_RANGE:
        return "a number is out of the range of numeric";
    case XCOM_TOO_DEEP:
        return "the value is nested too deep";
    }
    return "";
}

/* Not JSON: is it a pickle of a protocol without a first byte that tells? */
static bool is_text_pickle(const char *text, size_t size)
{
    struct strbuf json = STRBUF_INIT;
    struct unpickle_result unpickled;
    bool is_pickle;

    if (text[size - 1] != '.' || strchr("(c]})NIKLMJFGSTUVX", text[0]) == NULL)
        return false;
    is_pickle = unpickle_to_json(text, size, NULL, &json, &unpickled) !=
                    UNPICKLE_NOT_CONVERTIBLE ||
                strstr(unpickled.reason, "holds") != NULL;
    strbuf_clear(&json);
    return is_pickle;
}

static enum xcom_kind convert(const char *text, size_t size, struct strbuf *json,
                              size_t *offset)
{
    struct strbuf stripped = STRBUF_INIT;
    size_t start = json->length;
    enum xcom_kind kind;

    if (size == 0)
        return XCOM_EMPTY;
    if ((unsigned char)text[0] == 0x80)
        return XCOM_PICKLED;
    if (!pyjson_is_utf8(text, size) || memchr(text, '\0', size) != NULL) {
        if (is_text_pickle(text, size))
            return XCOM_TEXT_PICKLE;
        return XCOM_NOT_UTF8;
    }
    strip_nul(text, size, &stripped);
    kind = check_json(strbuf_text(&stripped), stripped.length, offset);
    if (kind == XCOM_CONVERTED) {
        strbuf_add(json, strbuf_text(&stripped), stripped.length);
    } else {
        replace_tokens(strbuf_text(&stripped), stripped.length, json);
        kind = check_json(strbuf_text(json) + start, json->length - start, offset);
    }
    if (kind != XCOM_CONVERTED && json->length > start)
        strbuf_truncate(json, start);
    if (kind == XCOM_NOT_JSON && is_text_pickle(text, size))
        kind = XCOM_TEXT_PICKLE;
    strbuf_clear(&stripped);
    return kind;
}

enum xcom_kind xcom_json_convert(const void *value, size_t size, struct strbuf *json,
                                 struct xcom_result *result)
{
    result->offset = 0;
    result->kind = convert(value, size, json, &result->offset);
    result->reason = describe(result->kind);
    return result->kind;
}
