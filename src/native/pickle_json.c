/* SPDX-License-Identifier: Apache-2.0
 *
 * pickle_json.c - what CPython's C pickler does for the types that json.loads() makes.
 *
 * The pickler writes an object a second time as a reference ("memo"). json.loads()
 * makes one object of all equal keys of a document, and CPython has only one "" and one
 * string of each character below U+0100. All other values are objects of their own,
 * equal or not.
 */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "native/json_edit.h"
#include "native/pickle_json.h"
#include "pickle/json_tree.h"
#include "pickle/pyjson.h"

enum {
    FRAME_TARGET = 64 * 1024,
    FRAME_LEAST = 4,
    FRAME_HEADER = 9,
    BATCH = 1000,
};

struct shared {
    const char *text; /* borrowed from the tree */
    size_t size;
    uint32_t node;
};

struct pickler {
    const struct json_tree *tree;
    struct strbuf *out;
    bool is_framing;
    bool is_in_frame;
    size_t frame; /* where its header is */
    uint32_t memo_next;
    uint32_t
        *groups; /* of each node: the first node that is the same object, or itself */
    uint32_t *memo; /* of each first node: memo number + 1 */
};

static void save(struct pickler *p, uint32_t node);

/* --- frames ----------------------------------------------------------------------- */

static void put(struct pickler *p, const void *bytes, size_t size)
{
    static const char header[FRAME_HEADER] = {0};

    if (p->is_framing && !p->is_in_frame) {
        p->is_in_frame = true;
        p->frame = p->out->length;
        strbuf_add(p->out, header, sizeof(header));
    }
    strbuf_add(p->out, bytes, size);
}

static void close_frame(struct pickler *p)
{
    char *start;
    size_t size;

    if (!p->is_in_frame)
        return;
    p->is_in_frame = false;
    start = p->out->data + p->frame;
    size = p->out->length - p->frame - FRAME_HEADER;
    if (size < FRAME_LEAST) {
        memmove(start, start + FRAME_HEADER, size);
        strbuf_truncate(p->out, p->out->length - FRAME_HEADER);
        return;
    }
    start[0] = '\x95';
    for (int i = 0; i < 8; i++)
        start[1 + i] = (char)((uint64_t)size >> (8 * i) & 0xff);
}

static void put_opcode(struct pickler *p, char opcode)
{
    put(p, &opcode, 1);
}

/* An opcode and its number. */
static void put_number(struct pickler *p, char opcode, uint64_t number, size_t width)
{
    char bytes[9] = {opcode};

    for (size_t i = 0; i < width; i++)
        bytes[1 + i] = (char)(number >> (8 * i) & 0xff);
    put(p, bytes, width + 1);
}

/* --- objects that are one --------------------------------------------------------- */

static int compare_shared(const void *left_shared, const void *right_shared)
{
    const struct shared *left = left_shared;
    const struct shared *right = right_shared;
    size_t size = left->size < right->size ? left->size : right->size;
    int order = size > 0 ? memcmp(left->text, right->text, size) : 0;

    if (order != 0)
        return order;
    if (left->size != right->size)
        return left->size < right->size ? -1 : 1;
    return (left->node > right->node) - (left->node < right->node);
}

static bool is_single(const struct json_tree *tree, uint32_t node)
{
    const unsigned char *text;
    uint32_t code_point;
    size_t size = tree->nodes[node].text_size;

    if (size == 0)
        return true;
    text = (const unsigned char *)strbuf_text(&tree->text) + tree->nodes[node].text;
    return size <= 2 && pyjson_decode(text, size, &code_point) == size &&
           code_point < 256;
}

static void add_shared(const struct json_tree *tree, struct shared *all, size_t *count,
                       uint32_t node)
{
    all[*count].text = strbuf_text(&tree->text) + tree->nodes[node].text;
    all[*count].size = tree->nodes[node].text_size;
    all[*count].node = node;
    ++*count;
}

static void group_strings(struct pickler *p)
{
    const struct json_tree *tree = p->tree;
    struct shared *all = xcalloc(tree->count, sizeof(*all));
    bool *is_key = xcalloc(tree->count, sizeof(*is_key));
    size_t count = 0;

    for (uint32_t node = 0; node < tree->count; node++) {
        p->groups[node] = node;
        if (tree->nodes[node].kind != JSON_OBJECT)
            continue;
        for (uint32_t at = tree->nodes[node].first; at != JSON_TREE_NONE;
             at = tree->nodes[tree->nodes[at].next].next)
            is_key[at] = true;
    }
    for (uint32_t node = 0; node < tree->count; node++) {
        if (tree->nodes[node].kind == JSON_STRING &&
            (is_key[node] || is_single(tree, node)))
            add_shared(tree, all, &count, node);
    }
    qsort(all, count, sizeof(*all), compare_shared);
    for (size_t i = 1; i < count; i++) {
        if (all[i].size == all[i - 1].size &&
            (all[i].size == 0 ||
             memcmp(all[i].text, all[i - 1].text, all[i].size) == 0))
            p->groups[all[i].node] = p->groups[all[i - 1].node];
    }
    free(is_key);
    free(all);
}

static void memoize(struct pickler *p, uint32_t node)
{
    put_opcode(p, '\x94');
    p->memo[p->groups[node]] = ++p->memo_next;
}

/* --- values ----------------------------------------------------------------------- */

static void save_string(struct pickler *p, uint32_t node)
{
    const struct json_node *string = &p->tree->nodes[node];
    const char *text = strbuf_text(&p->tree->text) + string->text;
    uint32_t known = p->memo[p->groups[node]];
    size_t size = string->text_size;

    if (known > 0) {
        known--;
        if (known < 256)
            put_number(p, 'h', known, 1);
        else
            put_number(p, 'j', known, 4);
        return;
    }
    if (size >= FRAME_TARGET) { /* large strings stand between frames */
        close_frame(p);
        p->is_framing = false;
    }
    if (size < 256)
        put_number(p, '\x8c', size, 1);
    else
        put_number(p, 'X', size, 4);
    put(p, text, size);
    p->is_framing = true;
    memoize(p, node);
}

/* Decimal digits into a little-endian two's complement number as short as can be. */
static void add_long(struct strbuf *bytes, const char *digits, size_t count)
{
    bool is_negative = count > 0 && digits[0] == '-';
    unsigned int carry = 1;

    for (size_t i = is_negative ? 1 : 0; i < count; i++) {
        unsigned int more = (unsigned int)(digits[i] - '0');

        for (size_t k = 0; k < bytes->length; k++) {
            more += 10u * (unsigned char)bytes->data[k];
            bytes->data[k] = (char)(more & 0xff);
            more >>= 8;
        }
        if (more > 0)
            strbuf_add_char(bytes, (char)more);
    }
    strbuf_add_char(bytes, '\0');
    for (size_t i = 0; is_negative && i < bytes->length; i++) {
        carry += (unsigned char)~bytes->data[i];
        bytes->data[i] = (char)(carry & 0xff);
        carry >>= 8;
    }
    while (bytes->length > 1) {
        unsigned char last = (unsigned char)bytes->data[bytes->length - 1];
        unsigned char before = (unsigned char)bytes->data[bytes->length - 2];

        if ((last != 0 || before >= 0x80) && (last != 0xff || before < 0x80))
            break;
        strbuf_truncate(bytes, bytes->length - 1);
    }
}

static void save_int(struct pickler *p, const struct json_node *node)
{
    const char *digits = strbuf_text(&p->tree->text) + node->text;
    struct strbuf bytes = STRBUF_INIT;
    char text[16] = "";
    long long small = INT64_MAX;

    if (node->text_size < sizeof(text)) {
        memcpy(text, digits, node->text_size);
        small = strtoll(text, NULL, 10);
    }
    if (small >= 0 && small <= 0xff) {
        put_number(p, 'K', (uint64_t)small, 1);
    } else if (small >= 0 && small <= 0xffff) {
        put_number(p, 'M', (uint64_t)small, 2);
    } else if (small >= INT32_MIN && small <= INT32_MAX) {
        put_number(p, 'J', (uint64_t)small, 4);
    } else {
        add_long(&bytes, digits, node->text_size);
        if (bytes.length < 256)
            put_number(p, '\x8a', bytes.length, 1);
        else
            put_number(p, '\x8b', bytes.length, 4);
        put(p, bytes.data, bytes.length);
        strbuf_clear(&bytes);
    }
}

static void save_float(struct pickler *p, double real)
{
    uint64_t bits;
    char bytes[9] = {'G'};

    memcpy(&bits, &real, sizeof(bits));
    for (int i = 0; i < 8; i++)
        bytes[1 + i] = (char)(bits >> (56 - 8 * i) & 0xff);
    put(p, bytes, sizeof(bytes));
}

static void save_array(struct pickler *p, uint32_t node)
{
    uint32_t at = p->tree->nodes[node].first;

    put_opcode(p, ']');
    memoize(p, node);
    if (at == JSON_TREE_NONE)
        return;
    if (p->tree->nodes[at].next == JSON_TREE_NONE) {
        save(p, at);
        put_opcode(p, 'a');
        return;
    }
    while (at != JSON_TREE_NONE) {
        put_opcode(p, '(');
        for (int i = 0; i < BATCH && at != JSON_TREE_NONE; i++) {
            save(p, at);
            at = p->tree->nodes[at].next;
        }
        put_opcode(p, 'e');
    }
}

static uint32_t save_member(struct pickler *p, uint32_t key)
{
    uint32_t value = p->tree->nodes[key].next;

    save(p, key);
    save(p, value);
    return p->tree->nodes[value].next;
}

static void save_object(struct pickler *p, uint32_t node)
{
    uint32_t at = p->tree->nodes[node].first;
    int count;

    put_opcode(p, '}');
    memoize(p, node);
    if (at == JSON_TREE_NONE)
        return;
    if (p->tree->nodes[at].next == p->tree->nodes[node].last) {
        (void)save_member(p, at);
        put_opcode(p, 's');
        return;
    }
    do { /* a full batch is followed by another one, be it empty: so does CPython */
        put_opcode(p, '(');
        for (count = 0; count < BATCH && at != JSON_TREE_NONE; count++)
            at = save_member(p, at);
        put_opcode(p, 'u');
    } while (count == BATCH);
}

static void save(struct pickler *p, uint32_t node)
{
    if (p->is_in_frame && p->out->length - p->frame - FRAME_HEADER >= FRAME_TARGET)
        close_frame(p);
    switch (p->tree->nodes[node].kind) {
    case JSON_NULL:
        put_opcode(p, 'N');
        break;
    case JSON_FALSE:
        put_opcode(p, '\x89');
        break;
    case JSON_TRUE:
        put_opcode(p, '\x88');
        break;
    case JSON_INT:
        save_int(p, &p->tree->nodes[node]);
        break;
    case JSON_FLOAT:
        save_float(p, p->tree->nodes[node].real);
        break;
    case JSON_STRING:
        save_string(p, node);
        break;
    case JSON_ARRAY:
        save_array(p, node);
        break;
    case JSON_OBJECT:
        save_object(p, node);
        break;
    }
}

const char *pickle_json(const char *json, size_t size, struct strbuf *pickle)
{
    struct json_tree tree = JSON_TREE_INIT;
    struct pickler p = {.tree = &tree, .out = pickle};
    const char *problem = json_tree_parse(&tree, json, size);

    if (problem == NULL) {
        json_edit_merge_keys(&tree);
        p.groups = xcalloc(tree.count, sizeof(*p.groups));
        p.memo = xcalloc(tree.count, sizeof(*p.memo));
        group_strings(&p);
        strbuf_add(pickle, "\x80\x05", 2);
        p.is_framing = true;
        save(&p, 0);
        put_opcode(&p, '.');
        close_frame(&p);
        free(p.groups);
        free(p.memo);
    }
    json_tree_clear(&tree);
    return problem;
}
