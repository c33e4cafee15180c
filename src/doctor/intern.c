/* SPDX-License-Identifier: Apache-2.0
 *
 * intern.c - a hash table that only grows.
 */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include "doctor/intern.h"

enum { FIRST_SLOTS = 1024 };

/* FNV-1a. */
static uint32_t hash_of(const char *text)
{
    uint32_t hash = 2166136261U;

    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619U;
    return hash;
}

void intern_start(struct intern *intern, struct arena *arena)
{
    memset(intern, 0, sizeof(*intern));
    intern->arena = arena;
    intern->slot_count = FIRST_SLOTS;
    intern->slots = arena_zalloc(arena, intern->slot_count * sizeof(*intern->slots));
}

/* The slot that has the string, or the free one that it belongs into. */
static unsigned *find_slot(const struct intern *intern, const char *text)
{
    size_t at = hash_of(text) & (intern->slot_count - 1);

    while (intern->slots[at] != 0 &&
           strcmp(intern_text(intern, intern->slots[at]), text) != 0)
        at = (at + 1) & (intern->slot_count - 1);
    return &intern->slots[at];
}

static void grow(struct intern *intern)
{
    intern->slot_count *= 2;
    intern->slots =
        arena_zalloc(intern->arena, intern->slot_count * sizeof(*intern->slots));
    for (unsigned number = 1; number <= intern->texts.count; number++)
        *find_slot(intern, intern_text(intern, number)) = number;
}

unsigned intern_number(struct intern *intern, const char *text)
{
    unsigned *slot = find_slot(intern, text);

    if (*slot != 0)
        return *slot;
    if (intern->texts.count * 2 >= intern->slot_count) {
        grow(intern);
        slot = find_slot(intern, text);
    }
    list_add(intern->arena, &intern->texts, arena_strdup(intern->arena, text));
    *slot = (unsigned)intern->texts.count;
    return *slot;
}

const char *intern_text(const struct intern *intern, unsigned number)
{
    return intern->texts.items[number - 1];
}
