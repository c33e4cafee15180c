/* SPDX-License-Identifier: Apache-2.0
 *
 * xalloc.c - the only place that decides what happens when memory runs out.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/exit_code.h"
#include "base/xalloc.h"

static void *check(void *memory)
{
    if (memory != NULL)
        return memory;
    (void)fputs("airshift: out of memory\n", stderr);
    _Exit(EXIT_CODE_INTERNAL);
}

void *xmalloc(size_t size)
{
    return check(malloc(size > 0 ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
    return check(calloc(count > 0 ? count : 1, size > 0 ? size : 1));
}

void *xrealloc(void *memory, size_t size)
{
    return check(realloc(memory, size > 0 ? size : 1));
}

char *xstrdup(const char *string)
{
    return check(strdup(string));
}

char *xasprintf(const char *format, ...)
{
    va_list arguments;
    char *text = NULL;

    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    va_end(arguments);
    return check(text);
}

void xfree_secret(char *text)
{
    if (text != NULL)
        explicit_bzero(text, strlen(text));
    free(text);
}
