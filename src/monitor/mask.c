/* SPDX-License-Identifier: Apache-2.0
 *
 * mask.c - servers differ in what a backslash, a '#', a '$' or a nested comment means, and
 * sessions can change some of it. So the rest is left out wherever it would matter.
 */
#include "config.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "monitor/mask.h"

static const char rest[] = "...";

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || ((unsigned char)c & 0x80) != 0;
}

/* Behind the text that begins here; NULL where its end is not certain. */
static const char *skip_text(const char *at)
{
    char quote = *at++;

    for (;; at++) {
        if (*at == '\0')
            return at;
        if (*at == '\\')
            return NULL;
        if (*at == quote && *++at != quote)
            return at;
    }
}

/* Behind the comment that begins here; `at` itself where there is none; NULL where its end
 * is not certain. */
static const char *skip_comment(const char *at)
{
    const char *end;
    const char *inner;

    if (*at == '#')
        return NULL;
    if (strncmp(at, "--", 2) == 0) {
        if (at[2] != '\0' && !isspace((unsigned char)at[2]))
            return NULL;
        return at + strcspn(at, "\n");
    }
    if (strncmp(at, "/*", 2) != 0)
        return at;
    end = strstr(at + 2, "*/");
    inner = strstr(at + 2, "/*");
    if (end == NULL || (inner != NULL && inner < end))
        return NULL;
    return end + 2;
}

/* A quoted name; NULL where its end is not certain. */
static const char *add_name(struct strbuf *out, const char *at)
{
    const char *end = skip_text(at);

    if (end != NULL)
        strbuf_add(out, at, (size_t)(end - at));
    return end;
}

static const char *add_word(struct strbuf *out, const char *at)
{
    const char *end = at;

    while (is_word(*end) || *end == '$')
        end++;
    strbuf_add(out, at, (size_t)(end - at));
    return end;
}

static const char *add_number(struct strbuf *out, const char *at)
{
    while (is_word(*at) || *at == '.')
        at++;
    strbuf_add_char(out, '?');
    return at;
}

static const char *add_space(struct strbuf *out, const char *at)
{
    while (isspace((unsigned char)*at))
        at++;
    if (out->length > 0 && strbuf_text(out)[out->length - 1] != ' ')
        strbuf_add_char(out, ' ');
    return at;
}

/* The next piece of the statement; NULL where nothing more may be shown. */
static const char *add_piece(struct strbuf *out, const char *at, const char *quotes)
{
    const char *behind;

    if (isspace((unsigned char)*at))
        return add_space(out, at);
    if (strchr(quotes, *at) != NULL) {
        strbuf_add_char(out, '?');
        return skip_text(at);
    }
    if (*at == '"' || *at == '`')
        return add_name(out, at);
    if (*at == '\\' || (*at == '$' && !isdigit((unsigned char)at[1])))
        return NULL;
    if (*at == '$') { /* a parameter */
        strbuf_add_char(out, *at++);
        while (isdigit((unsigned char)*at))
            strbuf_add_char(out, *at++);
        return at;
    }
    behind = skip_comment(at);
    if (behind == NULL)
        return NULL;
    if (behind != at)
        return add_space(out, behind);
    if (isdigit((unsigned char)*at))
        return add_number(out, at);
    if (is_word(*at))
        return add_word(out, at);
    strbuf_add_char(out, *at);
    return at + 1;
}

void mask_add_query(struct strbuf *out, const char *query, const char *quotes,
                    size_t width)
{
    struct strbuf text = STRBUF_INIT;
    const char *at = query;

    while (at != NULL && *at != '\0' && (width == 0 || text.length <= width))
        at = add_piece(&text, at, quotes);
    if (at == NULL)
        strbuf_add_string(&text, rest);
    if (width > 0 && text.length > width) {
        size_t length = width - (sizeof(rest) - 1);

        /* Not within a character of UTF-8. */
        while (length > 0 && ((unsigned char)strbuf_text(&text)[length] & 0xC0) == 0x80)
            length--;
        strbuf_truncate(&text, length);
        strbuf_add_string(&text, rest);
    }
    while (text.length > 0 && strbuf_text(&text)[text.length - 1] == ' ')
        strbuf_truncate(&text, text.length - 1);
    strbuf_add_string(out, strbuf_text(&text));
    strbuf_clear(&text);
}
