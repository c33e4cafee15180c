/* SPDX-License-Identifier: Apache-2.0
 *
 * err.c - fills errors. Text that does not fit is cut; it never allocates, so that an
 * out-of-memory path can use it too.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

int err_set(struct err *err, enum err_category category, const char *format, ...)
{
    va_list arguments;

    memset(err, 0, sizeof(*err));
    err->category = category;
    va_start(arguments, format);
    (void)vsnprintf(err->text, sizeof(err->text), format, arguments);
    va_end(arguments);
    return -1;
}

int err_wrap(struct err *err, const char *format, ...)
{
    char context[sizeof(err->text)];
    char whole[2 * sizeof(err->text) + 4];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(context, sizeof(context), format, arguments);
    va_end(arguments);
    (void)snprintf(whole, sizeof(whole), "%s: %s", context, err->text);
    (void)snprintf(err->text, sizeof(err->text), "%.*s", (int)sizeof(err->text) - 1,
                   whole);
    return -1;
}

int err_hint(struct err *err, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(err->hint, sizeof(err->hint), format, arguments);
    va_end(arguments);
    return -1;
}

void err_clear(struct err *err)
{
    memset(err, 0, sizeof(*err));
}
