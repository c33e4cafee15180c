/* SPDX-License-Identifier: Apache-2.0
 *
 * rows_text.c - what the engines' ways to write rows as text share.
 */
#include "config.h"

#include <string.h>

#include "rows_text.h"

void rows_text_add_escaped(struct strbuf *text, const struct sql_field *field,
                           const char *characters, const char *letters, size_t count)
{
    size_t from = 0;

    for (size_t i = 0; i < field->size; i++) {
        const char *found = memchr(characters, field->bytes[i], count);

        if (found == NULL)
            continue;
        strbuf_add(text, field->bytes + from, i - from);
        strbuf_add_char(text, '\\');
        strbuf_add_char(text, letters[found - characters]);
        from = i + 1;
    }
    strbuf_add(text, field->bytes + from, field->size - from);
}
