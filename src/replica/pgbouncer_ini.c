/* SPDX-License-Identifier: Apache-2.0
 *
 * pgbouncer_ini.c - reads as much of PgBouncer's file format as is needed: sections,
 * comments at the beginning of a line, "name = value", and in a value pairs of key=value
 * where '...' quotes and '' is a quote in it.
 */
#include "config.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/xalloc.h"
#include "replica/pgbouncer_ini.h"

static const char *skip_space(const char *text, const char *end)
{
    while (text < end && isspace((unsigned char)*text))
        text++;
    return text;
}

/* Behind a name that is `wanted`, plain or in double quotes; NULL for another. */
static const char *skip_name(const char *text, const char *end, const char *wanted)
{
    bool is_quoted = text < end && *text == '"';

    if (is_quoted)
        text++;
    for (; *wanted != '\0'; wanted++, text++) {
        if (text == end || *text != *wanted)
            return NULL;
        if (is_quoted && *text == '"' && (++text == end || *text != '"'))
            return NULL;
    }
    if (!is_quoted)
        return text;
    return text < end && *text == '"' ? text + 1 : NULL;
}

/* The value of a line, from `*value` to `*value_end`; false when it is no line of this
 * name. */
static bool find_value(const char *line, const char *end, const char *name,
                       const char **value, const char **value_end)
{
    line = skip_space(line, end);
    line = skip_name(line, end, name);
    if (line == NULL)
        return false;
    line = skip_space(line, end);
    if (line == end || *line != '=')
        return false;
    line = skip_space(line + 1, end);
    while (end > line && isspace((unsigned char)end[-1]))
        end--;
    *value = line;
    *value_end = end;
    return true;
}

static bool is_section(const char *line, const char *end, const char *name)
{
    size_t length = strlen(name);

    return (size_t)(end - line) >= length + 2 && line[0] == '[' &&
           strncmp(line + 1, name, length) == 0 && line[length + 1] == ']';
}

/* Goes through the lines. `entry` NULL: `*found` gets the last value; otherwise `text`
 * gets the file with `entry` for each. False where there is none. */
static bool walk(const char *content, const char *database, const char *entry,
                 struct strbuf *text, char **found)
{
    bool is_inside = false;
    bool is_there = false;

    for (const char *line = content; *line != '\0';) {
        const char *end = line + strcspn(line, "\n");
        const char *next = *end == '\n' ? end + 1 : end;
        const char *start = skip_space(line, end);
        const char *value;
        const char *value_end;

        if (start < end && *start == '[')
            is_inside = is_section(start, end, "databases");
        if (is_inside && find_value(line, end, database, &value, &value_end)) {
            is_there = true;
            if (entry == NULL) {
                free(*found);
                *found = xasprintf("%.*s", (int)(value_end - value), value);
            } else {
                strbuf_add(text, line, (size_t)(value - line));
                strbuf_add_string(text, entry);
                line = value_end;
            }
        }
        if (entry != NULL)
            strbuf_add(text, line, (size_t)(next - line));
        line = next;
    }
    return is_there;
}

char *pgbouncer_ini_entry(const char *content, const char *database)
{
    char *found = NULL;

    (void)walk(content, database, NULL, NULL, &found);
    return found;
}

char *pgbouncer_ini_with(const char *content, const char *database, const char *entry)
{
    struct strbuf text = STRBUF_INIT;

    if (walk(content, database, entry, &text, NULL))
        return strbuf_detach(&text);
    strbuf_clear(&text);
    return NULL;
}

/* The end of a value that begins at `text`; NULL where its quote is not closed. */
static const char *skip_value(const char *text)
{
    if (*text != '\'') {
        while (*text != '\0' && !isspace((unsigned char)*text))
            text++;
        return text;
    }
    for (text++; *text != '\0'; text++) {
        if (*text != '\'')
            continue;
        if (text[1] != '\'')
            return text + 1;
        text++;
    }
    return NULL;
}

static void add_value(struct strbuf *text, const char *value)
{
    bool is_plain = *value != '\0' && strpbrk(value, " \t'") == NULL;

    if (!is_plain)
        strbuf_add_char(text, '\'');
    for (; *value != '\0'; value++) {
        strbuf_add_char(text, *value);
        if (*value == '\'')
            strbuf_add_char(text, '\'');
    }
    if (!is_plain)
        strbuf_add_char(text, '\'');
}

static bool is_key(const char *key, size_t length, const char *wanted)
{
    return strlen(wanted) == length && strncmp(key, wanted, length) == 0;
}

char *pgbouncer_entry_for(const char *entry, const char *host, int port)
{
    struct strbuf text = STRBUF_INIT;
    char *number = xasprintf("%d", port);
    const char *at = entry + strspn(entry, " \t");
    bool has_host = false;
    bool has_port = false;

    while (*at != '\0') {
        size_t length = strcspn(at, " \t=");
        const char *value = at + length + strspn(at + length, " \t");
        const char *end;

        if (length == 0 || *value != '=')
            goto failed;
        value += 1 + strspn(value + 1, " \t");
        end = skip_value(value);
        if (end == NULL)
            goto failed;
        strbuf_add(&text, entry, (size_t)(value - entry));
        if (is_key(at, length, "port")) {
            has_port = true;
            add_value(&text, number);
        } else if (is_key(at, length, "host") && host != NULL) {
            has_host = true;
            add_value(&text, host);
        } else {
            if (is_key(at, length, "host") && memchr(value, ',', (size_t)(end - value)))
                goto failed; /* each would need a port of its own */
            strbuf_add(&text, value, (size_t)(end - value));
        }
        entry = end;
        at = end + strspn(end, " \t");
    }
    strbuf_add_string(&text, entry);
    if (host != NULL && !has_host) {
        strbuf_add_string(&text, text.length > 0 ? " host=" : "host=");
        add_value(&text, host);
    }
    if (!has_port)
        strbuf_addf(&text, "%sport=%s", text.length > 0 ? " " : "", number);
    free(number);
    return strbuf_detach(&text);
failed:
    free(number);
    strbuf_wipe(&text);
    return NULL;
}
