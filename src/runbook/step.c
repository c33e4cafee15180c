/* SPDX-License-Identifier: Apache-2.0
 *
 * step.c - filling a step. Nothing here knows what the steps are.
 */
#include "config.h"

#include <string.h>

#include "base/strbuf.h"
#include "runbook/step.h"

struct runbook_step *step_add(struct arena *arena, struct list *steps,
                              const char *title, double seconds)
{
    struct runbook_step *step = arena_zalloc(arena, sizeof(*step));

    step->title = title;
    step->seconds = seconds;
    list_add(arena, steps, step);
    return step;
}

static bool is_plain(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_./:=@%+,-";

    return word[0] != '\0' && word[strspn(word, plain)] == '\0';
}

const char *step_quote(struct arena *arena, const char *word)
{
    struct strbuf quoted = STRBUF_INIT;
    const char *result;

    if (is_plain(word))
        return word;
    strbuf_add_char(&quoted, '\'');
    for (const char *c = word; *c != '\0'; c++) {
        if (*c == '\'')
            strbuf_add_string(&quoted, "'\\''");
        else
            strbuf_add_char(&quoted, *c);
    }
    strbuf_add_char(&quoted, '\'');
    result = arena_strdup(arena, strbuf_text(&quoted));
    strbuf_clear(&quoted);
    return result;
}
