/* SPDX-License-Identifier: Apache-2.0
 *
 * strbuf.c - growing strings; capacity doubles, so appending is linear in all.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/xalloc.h"

static void strbuf_reserve(struct strbuf *buffer, size_t more)
{
    size_t wanted = buffer->length + more + 1;

    if (wanted <= buffer->capacity)
        return;
    if (wanted < 2 * buffer->capacity)
        wanted = 2 * buffer->capacity;
    if (wanted < 64)
        wanted = 64;
    buffer->data = xrealloc(buffer->data, wanted);
    buffer->capacity = wanted;
}

void strbuf_add(struct strbuf *buffer, const void *bytes, size_t size)
{
    strbuf_reserve(buffer, size);
    if (size > 0)
        memcpy(buffer->data + buffer->length, bytes, size);
    buffer->length += size;
    buffer->data[buffer->length] = '\0';
}

void strbuf_add_char(struct strbuf *buffer, char character)
{
    strbuf_add(buffer, &character, 1);
}

void strbuf_add_string(struct strbuf *buffer, const char *string)
{
    strbuf_add(buffer, string, strlen(string));
}

void strbuf_addf(struct strbuf *buffer, const char *format, ...)
{
    va_list arguments;
    int size;

    va_start(arguments, format);
    size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (size < 0)
        return; /* only an invalid format or encoding, which -Wformat excludes */
    strbuf_reserve(buffer, (size_t)size);
    va_start(arguments, format);
    (void)vsnprintf(buffer->data + buffer->length, (size_t)size + 1, format, arguments);
    va_end(arguments);
    buffer->length += (size_t)size;
}

void strbuf_truncate(struct strbuf *buffer, size_t length)
{
    if (length >= buffer->length)
        return;
    buffer->length = length;
    buffer->data[length] = '\0';
}

const char *strbuf_text(const struct strbuf *buffer)
{
    return buffer->data != NULL ? buffer->data : "";
}

char *strbuf_detach(struct strbuf *buffer)
{
    char *text = buffer->data != NULL ? buffer->data : xstrdup("");

    buffer->data = NULL;
    buffer->length = 0;
    buffer->capacity = 0;
    return text;
}

void strbuf_clear(struct strbuf *buffer)
{
    free(buffer->data);
    buffer->data = NULL;
    buffer->length = 0;
    buffer->capacity = 0;
}

void strbuf_wipe(struct strbuf *buffer)
{
    if (buffer->data != NULL)
        explicit_bzero(buffer->data, buffer->capacity);
    strbuf_clear(buffer);
}
