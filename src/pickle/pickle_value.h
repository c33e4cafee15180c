/* SPDX-License-Identifier: Apache-2.0
 *
 * pickle_value.h - the objects a pickle builds, as numbered nodes: shared references
 * and cycles are just the same number twice. Holds only what can become JSON;
 * everything else (bytes, sets, classes) is a node without content that the writer
 * refuses.
 */
#ifndef AIRSHIFT_PICKLE_PICKLE_VALUE_H
#define AIRSHIFT_PICKLE_PICKLE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

enum pickle_kind {
    PICKLE_NONE,
    PICKLE_BOOL,    /* integer: 0 or 1 */
    PICKLE_INT,     /* integer */
    PICKLE_BIG_INT, /* text: decimal digits, does not fit in 64 bits */
    PICKLE_FLOAT,   /* real */
    PICKLE_STRING,  /* text: generalised UTF-8 (pyjson.h) */
    PICKLE_BYTES,   /* no content */
    PICKLE_LIST,    /* items; also deque and range */
    PICKLE_TUPLE,   /* items */
    PICKLE_DICT,    /* items: key, value, key, value ... as they were set */
    PICKLE_SET,     /* no content */
    PICKLE_CLASS,   /* integer: what the unpickler knows it as */
};

struct pickle_value {
    enum pickle_kind kind;
    bool owns_text;
    bool has_attributes; /* a dict subclass with a __dict__, so that BUILD is fine */
    union {
        int64_t integer;
        double real;
        struct {
            const char *bytes; /* borrowed from the pickle unless owns_text */
            size_t size;
        } text;
        struct {
            uint32_t *numbers;
            uint32_t count;
            uint32_t capacity;
        } items;
    } as;
};

struct pickle_heap {
    struct pickle_value *values;
    uint32_t count;
    uint32_t capacity;
};

/* Why a value did not become JSON. */
enum pickle_write_status {
    PICKLE_WRITE_DONE,
    PICKLE_WRITE_REFUSED,        /* json.dumps would raise, too */
    PICKLE_WRITE_LONE_SURROGATE, /* JSON text, but no server takes it */
    PICKLE_WRITE_LIMIT,          /* deeper or longer than the limits here */
};

struct pickle_write_limits {
    size_t depth;
    size_t size; /* of the text, and of all the text read for it */
};

/* All numbers of new values are below heap->count; 0 is a valid one. */
uint32_t pickle_heap_add(struct pickle_heap *heap, enum pickle_kind kind);
uint32_t pickle_heap_add_integer(struct pickle_heap *heap, enum pickle_kind kind,
                                 int64_t integer);
void pickle_heap_clear(struct pickle_heap *heap);

/* Appends to the items of a list, tuple or dict. */
void pickle_items_add(struct pickle_value *value, uint32_t number);

/*
 * Appends json.dumps(_json_safe(value)) to `json`. With any other status than
 * PICKLE_WRITE_DONE, `reason` is a static text; what was appended is incomplete then,
 * but for PICKLE_WRITE_LONE_SURROGATE, where it is whole.
 */
enum pickle_write_status pickle_write_json(const struct pickle_heap *heap,
                                           uint32_t number,
                                           const struct pickle_write_limits *limits,
                                           struct strbuf *json, const char **reason);

#endif
