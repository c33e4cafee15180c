/* SPDX-License-Identifier: Apache-2.0
 *
 * script.c - cuts SQL text at its semicolons and puts parameters into it. Knows quotes and
 * comments, and no more of the grammar.
 */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "dialect.h"
#include "mysql/script.h"

/* The length of the quoted text or of the comment that begins here; 0 for neither. What is
 * in a comment with an exclamation mark is a statement's text. */
static size_t skip_length(const char *at)
{
    const char *end = NULL;

    if (*at == '\'' || *at == '"' || *at == '`') {
        end = strchr(at + 1, *at); /* a doubled quote is two texts side by side */
        return end != NULL ? (size_t)(end - at) + 1 : strlen(at);
    }
    if (at[0] == '-' && at[1] == '-' &&
        (at[2] == '\0' || isspace((unsigned char)at[2])))
        return strcspn(at, "\n");
    if (*at == '#')
        return strcspn(at, "\n");
    if (at[0] == '/' && at[1] == '*' && at[2] != '!') {
        end = strstr(at + 2, "*/");
        return end != NULL ? (size_t)(end - at) + 2 : strlen(at);
    }
    return 0;
}

static bool is_comment(const char *at)
{
    return *at == '-' || *at == '#' || *at == '/';
}

void my_script_start(struct my_script *script, const char *sql, size_t count,
                     const char *const *parameters)
{
    struct strbuf text = STRBUF_INIT;

    my_script_clear(script);
    while (*sql != '\0') {
        size_t length = skip_length(sql);
        size_t number = sql[0] == '$' ? (size_t)(sql[1] - '0') : 0;

        if (length > 0) {
            strbuf_add(&text, sql, length);
            sql += length;
        } else if (number >= 1 && number <= count && number <= 9) {
            if (parameters[number - 1] != NULL)
                sql_add_literal(&text, parameters[number - 1]);
            else
                strbuf_add_string(&text, "NULL");
            sql += 2;
        } else {
            strbuf_add_char(&text, *sql++);
        }
    }
    script->text = strbuf_detach(&text);
    script->next = 0;
}

void my_script_whole(struct my_script *script, const char *sql, size_t length)
{
    my_script_clear(script);
    script->text = xmalloc(length + 1);
    memcpy(script->text, sql, length);
    script->text[length] = '\0';
    script->whole = length;
}

/* Where the next statement begins: past blanks, comments and empty statements. */
static size_t next_start(const struct my_script *script)
{
    const char *at;

    if (script->text == NULL)
        return 0;
    at = script->text + script->next;
    for (;;) {
        size_t length = skip_length(at);

        if (isspace((unsigned char)*at) || *at == ';')
            at++;
        else if (length > 0 && is_comment(at) && strncmp(at, "/*+", 3) != 0)
            at += length;
        else
            return (size_t)(at - script->text);
    }
}

bool my_script_is_over(const struct my_script *script)
{
    if (script->whole > 0)
        return script->next > 0;
    return script->text == NULL || script->text[next_start(script)] == '\0';
}

/* The body of a stored program has semicolons and, by its own SQL mode, other quotes: what
 * begins like this is one statement up to the end of the text. */
static bool is_program(const char *statement)
{
    static const char start[] = "CREATE DEFINER ";

    return strncmp(statement, start, strlen(start)) == 0;
}

bool my_script_next(struct my_script *script, const char **statement, size_t *length)
{
    size_t start;
    size_t end;

    if (my_script_is_over(script))
        return false;
    if (script->whole > 0) {
        *statement = script->text;
        *length = script->whole;
        script->next = script->whole;
        return true;
    }
    start = next_start(script);
    if (is_program(script->text + start))
        end = strlen(script->text);
    else
        for (end = start; script->text[end] != '\0' && script->text[end] != ';';) {
            size_t skip = skip_length(script->text + end);

            end += skip > 0 ? skip : 1;
        }
    *statement = script->text + start;
    *length = end - start;
    script->next = end;
    return true;
}

void my_script_clear(struct my_script *script)
{
    free(script->text);
    script->text = NULL;
    script->next = 0;
    script->whole = 0;
}
