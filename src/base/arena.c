/* SPDX-License-Identifier: Apache-2.0
 *
 * arena.c - a chain of blocks; an allocation larger than a block gets its own.
 */
#include "config.h"

#include <stdarg.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/xalloc.h"

enum { ARENA_BLOCK_BYTES = 64 * 1024 };

struct block {
    struct block *next;
    size_t used;
    size_t size;
    alignas(max_align_t) unsigned char bytes[];
};

struct arena {
    struct block *first;
};

struct arena *arena_new(void)
{
    return xcalloc(1, sizeof(struct arena));
}

void arena_free(struct arena *arena)
{
    if (arena == NULL)
        return;
    while (arena->first != NULL) {
        struct block *next = arena->first->next;

        free(arena->first);
        arena->first = next;
    }
    free(arena);
}

static struct block *block_new(size_t size)
{
    struct block *block = xmalloc(sizeof(*block) + size);

    block->next = NULL;
    block->used = 0;
    block->size = size;
    return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    struct block *block = arena->first;
    void *memory;

    size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (block == NULL || block->size - block->used < size) {
        if (size > ARENA_BLOCK_BYTES / 4 && block != NULL) {
            struct block *own = block_new(size);

            own->used = size;
            own->next = block->next;
            block->next = own;
            return own->bytes;
        }
        block = block_new(size > ARENA_BLOCK_BYTES ? size : ARENA_BLOCK_BYTES);
        block->next = arena->first;
        arena->first = block;
    }
    memory = block->bytes + block->used;
    block->used += size;
    return memory;
}

void *arena_zalloc(struct arena *arena, size_t size)
{
    return memset(arena_alloc(arena, size), 0, size);
}

char *arena_strdup(struct arena *arena, const char *string)
{
    return string != NULL ? arena_strndup(arena, string, strlen(string)) : NULL;
}

char *arena_strndup(struct arena *arena, const char *string, size_t length)
{
    char *copy = arena_alloc(arena, length + 1);

    memcpy(copy, string, length);
    copy[length] = '\0';
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    char *text;
    int size;

    va_start(arguments, format);
    size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (size < 0)
        size = 0;
    text = arena_alloc(arena, (size_t)size + 1);
    va_start(arguments, format);
    (void)vsnprintf(text, (size_t)size + 1, format, arguments);
    va_end(arguments);
    return text;
}

static void list_reserve(struct arena *arena, struct list *list)
{
    size_t capacity = list->capacity > 0 ? 2 * list->capacity : 8;
    void **items;

    if (list->count < list->capacity)
        return;
    items = arena_alloc(arena, capacity * sizeof(*items));
    if (list->count > 0)
        memcpy(items, list->items, list->count * sizeof(*items));
    list->items = items;
    list->capacity = capacity;
}

void list_add(struct arena *arena, struct list *list, void *item)
{
    list_reserve(arena, list);
    list->items[list->count++] = item;
}

void list_insert(struct arena *arena, struct list *list, size_t at, void *item)
{
    list_reserve(arena, list);
    memmove(list->items + at + 1, list->items + at,
            (list->count - at) * sizeof(*list->items));
    list->items[at] = item;
    list->count++;
}

void list_remove(struct list *list, size_t at)
{
    list->count--;
    memmove(list->items + at, list->items + at + 1,
            (list->count - at) * sizeof(*list->items));
}

bool list_has(const struct list *list, const void *item)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i] == item)
            return true;
    }
    return false;
}

bool list_has_text(const struct list *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], text) == 0)
            return true;
    }
    return false;
}

bool list_share_text(const struct list *a, const struct list *b)
{
    for (size_t i = 0; i < a->count; i++) {
        if (list_has_text(b, a->items[i]))
            return true;
    }
    return false;
}
