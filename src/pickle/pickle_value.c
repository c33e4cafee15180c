/* SPDX-License-Identifier: Apache-2.0
 *
 * pickle_value.c - memory of the nodes.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "pickle/pickle_value.h"

uint32_t pickle_heap_add(struct pickle_heap *heap, enum pickle_kind kind)
{
    struct pickle_value *value;

    if (heap->count == heap->capacity) {
        heap->capacity = heap->capacity > 0 ? 2 * heap->capacity : 32;
        heap->values = xrealloc(heap->values, heap->capacity * sizeof(*heap->values));
    }
    value = &heap->values[heap->count];
    memset(value, 0, sizeof(*value));
    value->kind = kind;
    return heap->count++;
}

uint32_t pickle_heap_add_integer(struct pickle_heap *heap, enum pickle_kind kind,
                                 int64_t integer)
{
    uint32_t number = pickle_heap_add(heap, kind);

    heap->values[number].as.integer = integer;
    return number;
}

static bool has_items(enum pickle_kind kind)
{
    return kind == PICKLE_LIST || kind == PICKLE_TUPLE || kind == PICKLE_DICT;
}

void pickle_heap_clear(struct pickle_heap *heap)
{
    for (uint32_t i = 0; i < heap->count; i++) {
        struct pickle_value *value = &heap->values[i];

        if (has_items(value->kind))
            free(value->as.items.numbers);
        else if (value->owns_text)
            free((char *)value->as.text.bytes);
    }
    free(heap->values);
    memset(heap, 0, sizeof(*heap));
}

void pickle_items_add(struct pickle_value *value, uint32_t number)
{
    if (value->as.items.count == value->as.items.capacity) {
        uint32_t capacity = value->as.items.capacity;

        capacity = capacity > 0 ? 2 * capacity : 4;
        value->as.items.numbers =
            xrealloc(value->as.items.numbers, capacity * sizeof(uint32_t));
        value->as.items.capacity = capacity;
    }
    value->as.items.numbers[value->as.items.count++] = number;
}
