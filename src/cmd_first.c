/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_first.c - --first and --first-file.
 */
#include "config.h"

#include <string.h>

#include "base/strbuf.h"
#include "cmd_first.h"
#include "state/file.h"

enum { LIST_MOST_BYTES = 1 << 20 };

/* Ids between any of the separators. Spaces around them do not belong to them. */
static void split(struct arena *arena, struct list *ids, const char *text,
                  const char *separators)
{
    while (*text != '\0') {
        size_t length = strcspn(text, separators);
        size_t skip = strspn(text, " \t\r");
        size_t end = length;

        while (end > skip && strchr(" \t\r", text[end - 1]) != NULL)
            end--;
        if (end > skip)
            list_add(arena, ids, arena_strndup(arena, text + skip, end - skip));
        text += length;
        if (*text != '\0')
            text++;
    }
}

int command_first(const struct command_context *context, struct arena *arena,
                  struct list *ids, struct err *err)
{
    const char *path = option_text(context, "first-file");
    struct strbuf text = STRBUF_INIT;
    int status = 0;

    if (option_text(context, "first") != NULL)
        split(arena, ids, option_text(context, "first"), ",");
    if (path != NULL) {
        status = file_read(path, LIST_MOST_BYTES, &text, err);
        if (status == 0)
            split(arena, ids, strbuf_text(&text), "\n");
        strbuf_clear(&text);
    }
    return status;
}
