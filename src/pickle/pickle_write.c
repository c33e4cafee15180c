/* SPDX-License-Identifier: Apache-2.0
 *
 * pickle_write.c - json.dumps(_json_safe(value)) of revision e39a26ac59f6: floats that
 * are not finite become strings, U+0000 is left out of strings, sequences become
 * arrays.
 *
 * A dict is written in the order its keys were first set. Keys that differ in Python
 * but not in JSON (1 and "1") are written twice, as json.dumps does: the server keeps
 * the last.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "pickle/pickle_value.h"
#include "pickle/pyjson.h"

struct writer {
    const struct pickle_heap *heap;
    const struct pickle_write_limits *limits;
    struct strbuf *json;
    size_t work;   /* bytes looked at: bounds what shared references can multiply */
    size_t nested; /* containers open right now */
    bool has_lone_surrogate;
    const char *reason;
};

/* One key of a dict in a form in which Python's == is memcmp(). */
struct dict_key {
    const char *text;
    size_t size;
    uint32_t position;
};

static enum pickle_write_status write_value(struct writer *writer, uint32_t number);

static enum pickle_write_status refuse(struct writer *writer, const char *reason)
{
    writer->reason = reason;
    return PICKLE_WRITE_REFUSED;
}

static enum pickle_write_status charge(struct writer *writer, size_t work)
{
    writer->work += work;
    if (writer->work > writer->limits->size ||
        writer->json->length > writer->limits->size) {
        writer->reason = "its JSON is larger than airshift's limit";
        return PICKLE_WRITE_LIMIT;
    }
    return PICKLE_WRITE_DONE;
}

static void write_float(struct strbuf *json, double real)
{
    bool is_finite = isfinite(real);

    if (!is_finite)
        strbuf_add_char(json, '"');
    pyjson_add_double(json, real);
    if (!is_finite)
        strbuf_add_char(json, '"');
}

static enum pickle_write_status write_string(struct writer *writer,
                                             const struct pickle_value *value)
{
    enum pickle_write_status status = charge(writer, value->as.text.size);

    if (status != PICKLE_WRITE_DONE)
        return status;
    if (pyjson_add_string(writer->json, value->as.text.bytes, value->as.text.size,
                          true))
        writer->has_lone_surrogate = true;
    return PICKLE_WRITE_DONE;
}

/* Whether _json_safe() makes another key of this one, which may then equal a third. */
static bool is_changed_key(const struct pickle_value *key)
{
    if (key->kind == PICKLE_FLOAT)
        return !isfinite(key->as.real);
    return key->kind == PICKLE_STRING && key->as.text.size > 0 &&
           memchr(key->as.text.bytes, '\0', key->as.text.size) != NULL;
}

static void add_changed_key(const struct pickle_value *key, struct strbuf *text)
{
    strbuf_add_char(text, 's');
    if (key->kind == PICKLE_FLOAT) {
        pyjson_add_double(text, key->as.real);
        return;
    }
    for (size_t i = 0; i < key->as.text.size; i++) {
        if (key->as.text.bytes[i] != '\0')
            strbuf_add_char(text, key->as.text.bytes[i]);
    }
}

/* 1, 1.0 and True are one key; NaN equals only itself, the same object. */
static void add_key(const struct writer *writer, uint32_t number, struct strbuf *text)
{
    const struct pickle_value *value = &writer->heap->values[number];
    double real;

    switch (value->kind) {
    case PICKLE_NONE:
        strbuf_add_char(text, '0');
        return;
    case PICKLE_BOOL:
    case PICKLE_INT:
        strbuf_addf(text, "i%lld", (long long)value->as.integer);
        return;
    case PICKLE_BIG_INT:
        strbuf_add_char(text, 'i');
        strbuf_add(text, value->as.text.bytes, value->as.text.size);
        return;
    case PICKLE_FLOAT:
        real = value->as.real;
        if (isnan(real))
            break;
        if (isfinite(real) && floor(real) == real) {
            strbuf_addf(text, "i%.0f", real == 0.0 ? 0.0 : real);
        } else {
            strbuf_add_char(text, 'f');
            strbuf_add(text, &real, sizeof(real));
        }
        return;
    case PICKLE_STRING:
        strbuf_add_char(text, 's');
        strbuf_add(text, value->as.text.bytes, value->as.text.size);
        return;
    case PICKLE_BYTES:
    case PICKLE_LIST:
    case PICKLE_TUPLE:
    case PICKLE_DICT:
    case PICKLE_SET:
    case PICKLE_CLASS:
        break;
    }
    strbuf_addf(text, "n%u", (unsigned int)number);
}

static int compare_dict_keys(const void *left_key, const void *right_key)
{
    const struct dict_key *left = left_key;
    const struct dict_key *right = right_key;
    size_t size = left->size < right->size ? left->size : right->size;
    int order = size > 0 ? memcmp(left->text, right->text, size) : 0;

    if (order != 0)
        return order;
    if (left->size != right->size)
        return left->size < right->size ? -1 : 1;
    return left->position < right->position ? -1 : left->position > right->position;
}

/*
 * `from` says for each entry of a dict whose value it has, or UINT32_MAX where it is
 * not there. Entries with equal keys become one: the first one's key, the last one's
 * value. Sorting, not hashing, so that no choice of keys makes it slow.
 */
static void merge_equal_keys(const struct writer *writer,
                             const struct pickle_value *dict, bool is_changed,
                             uint32_t *from)
{
    uint32_t count = dict->as.items.count / 2;
    struct dict_key *keys = xmalloc(count * sizeof(*keys));
    struct strbuf text = STRBUF_INIT;
    uint32_t used = 0;
    size_t start = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t number = dict->as.items.numbers[2 * i];

        if (from[i] == UINT32_MAX)
            continue;
        if (is_changed && is_changed_key(&writer->heap->values[number]))
            add_changed_key(&writer->heap->values[number], &text);
        else
            add_key(writer, number, &text);
        keys[used].size = text.length - start;
        keys[used++].position = i;
        start = text.length;
    }
    start = 0;
    for (uint32_t i = 0; i < used; i++) { /* only now does the text stay where it is */
        keys[i].text = text.data + start;
        start += keys[i].size;
    }
    qsort(keys, used, sizeof(*keys), compare_dict_keys);
    for (uint32_t i = 0; i < used;) {
        uint32_t next = i + 1;

        while (next < used && keys[next].size == keys[i].size &&
               memcmp(keys[next].text, keys[i].text, keys[i].size) == 0)
            next++;
        from[keys[i].position] = from[keys[next - 1].position];
        while (++i < next)
            from[keys[i].position] = UINT32_MAX;
    }
    free(keys);
    strbuf_clear(&text);
}

/* What merge_equal_keys() fills: first as Python's dict does it, then as _json_safe().
 */
static uint32_t *find_values(const struct writer *writer,
                             const struct pickle_value *dict)
{
    uint32_t count = dict->as.items.count / 2;
    uint32_t *from = xmalloc(count * sizeof(*from));
    bool has_changed_key = false;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t number = dict->as.items.numbers[2 * i];

        from[i] = i;
        if (is_changed_key(&writer->heap->values[number]))
            has_changed_key = true;
    }
    if (count < 2)
        return from;
    merge_equal_keys(writer, dict, false, from);
    if (has_changed_key)
        merge_equal_keys(writer, dict, true, from);
    return from;
}

static enum pickle_write_status write_key(struct writer *writer, uint32_t number)
{
    const struct pickle_value *key = &writer->heap->values[number];

    switch (key->kind) {
    case PICKLE_STRING:
        return write_string(writer, key);
    case PICKLE_NONE:
        strbuf_add_string(writer->json, "\"null\"");
        return PICKLE_WRITE_DONE;
    case PICKLE_BOOL:
        strbuf_add_string(writer->json,
                          key->as.integer != 0 ? "\"true\"" : "\"false\"");
        return PICKLE_WRITE_DONE;
    case PICKLE_INT:
        strbuf_addf(writer->json, "\"%lld\"", (long long)key->as.integer);
        return PICKLE_WRITE_DONE;
    case PICKLE_BIG_INT:
        strbuf_add_char(writer->json, '"');
        strbuf_add(writer->json, key->as.text.bytes, key->as.text.size);
        strbuf_add_char(writer->json, '"');
        return charge(writer, key->as.text.size);
    case PICKLE_FLOAT:
        strbuf_add_char(writer->json, '"');
        pyjson_add_double(writer->json, key->as.real);
        strbuf_add_char(writer->json, '"');
        return PICKLE_WRITE_DONE;
    case PICKLE_BYTES:
        return refuse(writer, "a dict has a bytes key");
    case PICKLE_LIST:
    case PICKLE_TUPLE:
        return refuse(writer, "a dict has a list or tuple as key");
    case PICKLE_DICT:
        return refuse(writer, "a dict has a dict as key");
    case PICKLE_SET:
        return refuse(writer, "a dict has a set as key");
    case PICKLE_CLASS:
        return refuse(writer, "a dict has a class as key");
    }
    return refuse(writer, "a dict has an unknown key");
}

static enum pickle_write_status write_dict(struct writer *writer,
                                           const struct pickle_value *dict)
{
    uint32_t count = dict->as.items.count / 2;
    enum pickle_write_status status = PICKLE_WRITE_DONE;
    uint32_t *from;
    bool is_first = true;

    for (uint32_t i = 0; i < count; i++) {
        const struct pickle_value *key;

        key = &writer->heap->values[dict->as.items.numbers[2 * i]];
        if (key->kind == PICKLE_STRING || key->kind == PICKLE_BIG_INT)
            status = charge(writer, key->as.text.size + 1);
        else
            status = charge(writer, 8);
        if (status != PICKLE_WRITE_DONE)
            return status;
    }
    from = find_values(writer, dict);
    strbuf_add_char(writer->json, '{');
    for (uint32_t i = 0; i < count && status == PICKLE_WRITE_DONE; i++) {
        if (from[i] == UINT32_MAX)
            continue;
        if (!is_first)
            strbuf_add(writer->json, ", ", 2);
        is_first = false;
        status = write_key(writer, dict->as.items.numbers[2 * i]);
        if (status == PICKLE_WRITE_DONE) {
            strbuf_add(writer->json, ": ", 2);
            status = write_value(writer, dict->as.items.numbers[2 * from[i] + 1]);
        }
    }
    strbuf_add_char(writer->json, '}');
    free(from);
    return status;
}

static enum pickle_write_status write_items(struct writer *writer,
                                            const struct pickle_value *sequence)
{
    enum pickle_write_status status = PICKLE_WRITE_DONE;

    strbuf_add_char(writer->json, '[');
    for (uint32_t i = 0; i < sequence->as.items.count && status == PICKLE_WRITE_DONE;
         i++) {
        if (i > 0)
            strbuf_add(writer->json, ", ", 2);
        status = write_value(writer, sequence->as.items.numbers[i]);
    }
    strbuf_add_char(writer->json, ']');
    return status;
}

static enum pickle_write_status write_container(struct writer *writer,
                                                const struct pickle_value *value)
{
    enum pickle_write_status status;

    if (writer->nested == writer->limits->depth) {
        /* Python runs into its recursion limit earlier: it refuses, too */
        return refuse(writer, "it is nested too deep, or contains itself");
    }
    writer->nested++;
    if (value->kind == PICKLE_DICT)
        status = write_dict(writer, value);
    else
        status = write_items(writer, value);
    writer->nested--;
    return status;
}

static enum pickle_write_status write_value(struct writer *writer, uint32_t number)
{
    const struct pickle_value *value = &writer->heap->values[number];
    enum pickle_write_status status = charge(writer, 1);

    if (status != PICKLE_WRITE_DONE)
        return status;
    switch (value->kind) {
    case PICKLE_NONE:
        strbuf_add_string(writer->json, "null");
        break;
    case PICKLE_BOOL:
        strbuf_add_string(writer->json, value->as.integer != 0 ? "true" : "false");
        break;
    case PICKLE_INT:
        strbuf_addf(writer->json, "%lld", (long long)value->as.integer);
        break;
    case PICKLE_BIG_INT:
        strbuf_add(writer->json, value->as.text.bytes, value->as.text.size);
        return charge(writer, value->as.text.size);
    case PICKLE_FLOAT:
        write_float(writer->json, value->as.real);
        break;
    case PICKLE_STRING:
        return write_string(writer, value);
    case PICKLE_LIST:
    case PICKLE_TUPLE:
    case PICKLE_DICT:
        return write_container(writer, value);
    case PICKLE_BYTES:
        return refuse(writer, "it holds bytes");
    case PICKLE_SET:
        return refuse(writer, "it holds a set");
    case PICKLE_CLASS:
        return refuse(writer, "it holds a class");
    }
    return PICKLE_WRITE_DONE;
}

enum pickle_write_status pickle_write_json(const struct pickle_heap *heap,
                                           uint32_t number,
                                           const struct pickle_write_limits *limits,
                                           struct strbuf *json, const char **reason)
{
    struct writer writer = {.heap = heap, .limits = limits, .json = json, .reason = ""};
    enum pickle_write_status status = write_value(&writer, number);

    if (status == PICKLE_WRITE_DONE && json->length > limits->size)
        status = charge(&writer, 0);
    if (status == PICKLE_WRITE_DONE && writer.has_lone_surrogate) {
        writer.reason = "a string holds a lone surrogate";
        status = PICKLE_WRITE_LONE_SURROGATE;
    }
    *reason = writer.reason;
    return status;
}
