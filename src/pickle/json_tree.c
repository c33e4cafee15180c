/* SPDX-License-Identifier: Apache-2.0
 *
 * json_tree.c - a small recursive parser; depth is bounded by JSON_TREE_MAX_DEPTH.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "pickle/json_tree.h"
#include "pickle/pyjson.h"

struct parser {
    struct json_tree *tree;
    const char *at;
    const char *end;
    size_t depth;
    const char *problem;
};

static uint32_t parse_value(struct parser *p);

static uint32_t fail(struct parser *p, const char *problem)
{
    p->problem = problem;
    return JSON_TREE_NONE;
}

static uint32_t add_node(struct parser *p, enum json_kind kind)
{
    struct json_tree *tree = p->tree;
    struct json_node *node;

    if (tree->count == tree->capacity) {
        tree->capacity = tree->capacity > 0 ? 2 * tree->capacity : 32;
        tree->nodes = xrealloc(tree->nodes, tree->capacity * sizeof(*tree->nodes));
    }
    node = &tree->nodes[tree->count];
    memset(node, 0, sizeof(*node));
    node->kind = kind;
    node->first = JSON_TREE_NONE;
    node->last = JSON_TREE_NONE;
    node->next = JSON_TREE_NONE;
    return tree->count++;
}

static void add_child(struct json_tree *tree, uint32_t parent, uint32_t child)
{
    if (tree->nodes[parent].first == JSON_TREE_NONE)
        tree->nodes[parent].first = child;
    else
        tree->nodes[tree->nodes[parent].last].next = child;
    tree->nodes[parent].last = child;
}

static void skip_space(struct parser *p)
{
    while (p->at < p->end &&
           (*p->at == ' ' || *p->at == '\t' || *p->at == '\n' || *p->at == '\r'))
        p->at++;
}

static bool accept(struct parser *p, const char *text)
{
    size_t length = strlen(text);

    if ((size_t)(p->end - p->at) < length || memcmp(p->at, text, length) != 0)
        return false;
    p->at += length;
    return true;
}

/* The four digits after \u; -1 where they are not there. */
static int32_t parse_hex(struct parser *p)
{
    int32_t unit = 0;

    if (p->end - p->at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char digit = *p->at++;

        unit <<= 4;
        if (digit >= '0' && digit <= '9')
            unit |= digit - '0';
        else if (digit >= 'a' && digit <= 'f')
            unit |= digit - 'a' + 10;
        else if (digit >= 'A' && digit <= 'F')
            unit |= digit - 'A' + 10;
        else
            return -1;
    }
    return unit;
}

static bool parse_unicode_escape(struct parser *p)
{
    int32_t unit = parse_hex(p);
    const char *after = p->at;

    if (unit < 0)
        return false;
    if (unit >= 0xd800 && unit <= 0xdbff && accept(p, "\\u")) {
        int32_t low = parse_hex(p);

        if (low >= 0xdc00 && low <= 0xdfff)
            unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        else
            p->at = after; /* not its other half: read again on its own */
    }
    pyjson_encode(&p->tree->text, (uint32_t)unit);
    return true;
}

static bool parse_escape(struct parser *p)
{
    static const char names[] = "\"\\/bfnrt";
    static const char values[] = "\"\\/\b\f\n\r\t";
    const char *name;

    if (p->at == p->end)
        return false;
    if (*p->at == 'u') {
        p->at++;
        return parse_unicode_escape(p);
    }
    name = *p->at != '\0' ? strchr(names, *p->at) : NULL;
    if (name == NULL)
        return false;
    strbuf_add_char(&p->tree->text, values[name - names]);
    p->at++;
    return true;
}

/* The opening quote is gone already. */
static uint32_t parse_string(struct parser *p)
{
    uint32_t node = add_node(p, JSON_STRING);
    size_t start = p->tree->text.length;

    for (;;) {
        const char *run = p->at;

        while (p->at < p->end && *p->at != '"' && *p->at != '\\' &&
               (unsigned char)*p->at >= ' ')
            p->at++;
        if (p->at > run)
            strbuf_add(&p->tree->text, run, (size_t)(p->at - run));
        if (p->at == p->end)
            return fail(p, "a string has no end");
        if (*p->at == '"')
            break;
        if (*p->at != '\\')
            return fail(p, "a control character in a string");
        p->at++;
        if (!parse_escape(p))
            return fail(p, "a wrong escape in a string");
    }
    p->at++;
    p->tree->nodes[node].text = start;
    p->tree->nodes[node].text_size = p->tree->text.length - start;
    return node;
}

static size_t skip_digits(struct parser *p)
{
    const char *start = p->at;

    while (p->at < p->end && *p->at >= '0' && *p->at <= '9')
        p->at++;
    return (size_t)(p->at - start);
}

static uint32_t add_real(struct parser *p, double real)
{
    uint32_t node = add_node(p, JSON_FLOAT);

    p->tree->nodes[node].real = real;
    return node;
}

static uint32_t add_int(struct parser *p, const char *text, size_t size)
{
    uint32_t node;

    if (size - (*text == '-' ? 1 : 0) > PYJSON_MAX_INT_DIGITS)
        return fail(p, "an integer with too many digits");
    if (size == 2 && memcmp(text, "-0", 2) == 0) {
        text++;
        size--;
    }
    node = add_node(p, JSON_INT);
    p->tree->nodes[node].text = p->tree->text.length;
    p->tree->nodes[node].text_size = size;
    strbuf_add(&p->tree->text, text, size);
    return node;
}

static uint32_t parse_number(struct parser *p)
{
    const char *start = p->at;
    const char *mark;
    bool is_float = false;
    char *copy;
    double real;

    if (p->at < p->end && *p->at == '-')
        p->at++;
    if (accept(p, "0")) {
        /* nothing more: a digit that follows is not part of the number */
    } else if (skip_digits(p) == 0) {
        return fail(p, "an unexpected character");
    }
    mark = p->at;
    if (accept(p, ".") && skip_digits(p) > 0) {
        is_float = true;
        mark = p->at;
    }
    p->at = mark;
    if (accept(p, "e") || accept(p, "E")) {
        if (!accept(p, "+"))
            (void)accept(p, "-");
        if (skip_digits(p) > 0) {
            is_float = true;
            mark = p->at;
        }
    }
    p->at = mark;
    if (!is_float)
        return add_int(p, start, (size_t)(p->at - start));
    copy = xmalloc((size_t)(p->at - start) + 1);
    memcpy(copy, start, (size_t)(p->at - start));
    copy[p->at - start] = '\0';
    real = strtod(copy, NULL);
    free(copy);
    return add_real(p, real);
}

static uint32_t parse_array(struct parser *p)
{
    uint32_t node = add_node(p, JSON_ARRAY);

    skip_space(p);
    if (accept(p, "]"))
        return node;
    for (;;) {
        uint32_t child = parse_value(p);

        if (child == JSON_TREE_NONE)
            return JSON_TREE_NONE;
        add_child(p->tree, node, child);
        skip_space(p);
        if (accept(p, "]"))
            return node;
        if (!accept(p, ","))
            return fail(p, "no comma in an array");
    }
}

static uint32_t parse_object(struct parser *p)
{
    uint32_t node = add_node(p, JSON_OBJECT);

    skip_space(p);
    if (accept(p, "}"))
        return node;
    for (;;) {
        uint32_t key;
        uint32_t value;

        skip_space(p);
        if (!accept(p, "\""))
            return fail(p, "no key in an object");
        key = parse_string(p);
        if (key == JSON_TREE_NONE)
            return JSON_TREE_NONE;
        skip_space(p);
        if (!accept(p, ":"))
            return fail(p, "no colon in an object");
        value = parse_value(p);
        if (value == JSON_TREE_NONE)
            return JSON_TREE_NONE;
        add_child(p->tree, node, key);
        add_child(p->tree, node, value);
        skip_space(p);
        if (accept(p, "}"))
            return node;
        if (!accept(p, ","))
            return fail(p, "no comma in an object");
    }
}

static uint32_t parse_nested(struct parser *p, bool is_object)
{
    uint32_t node;

    if (p->depth == JSON_TREE_MAX_DEPTH)
        return fail(p, "it is nested too deep");
    p->depth++;
    node = is_object ? parse_object(p) : parse_array(p);
    p->depth--;
    return node;
}

static uint32_t parse_value(struct parser *p)
{
    skip_space(p);
    if (accept(p, "\""))
        return parse_string(p);
    if (accept(p, "{"))
        return parse_nested(p, true);
    if (accept(p, "["))
        return parse_nested(p, false);
    if (accept(p, "null"))
        return add_node(p, JSON_NULL);
    if (accept(p, "true"))
        return add_node(p, JSON_TRUE);
    if (accept(p, "false"))
        return add_node(p, JSON_FALSE);
    if (accept(p, "NaN"))
        return add_real(p, strtod("nan", NULL));
    if (accept(p, "Infinity"))
        return add_real(p, strtod("inf", NULL));
    if (accept(p, "-Infinity"))
        return add_real(p, strtod("-inf", NULL));
    return parse_number(p);
}

const char *json_tree_parse(struct json_tree *tree, const char *json, size_t size)
{
    struct parser p = {.tree = tree, .at = json, .end = json + size};

    if (size >= UINT32_MAX)
        return "it is too long";
    if (!pyjson_is_utf8(json, size))
        return "it is not UTF-8";
    if (parse_value(&p) == JSON_TREE_NONE)
        return p.problem;
    skip_space(&p);
    return p.at == p.end ? NULL : "more text after the end";
}

void json_tree_clear(struct json_tree *tree)
{
    strbuf_wipe(&tree->text);
    free(tree->nodes);
    tree->nodes = NULL;
    tree->count = 0;
    tree->capacity = 0;
}

bool json_tree_is_string(const struct json_tree *tree, uint32_t node, const char *text)
{
    const struct json_node *string = &tree->nodes[node];

    return string->kind == JSON_STRING && string->text_size == strlen(text) &&
           memcmp(strbuf_text(&tree->text) + string->text, text, string->text_size) ==
               0;
}

uint32_t json_tree_find(const struct json_tree *tree, uint32_t object, const char *key)
{
    uint32_t member = tree->nodes[object].first;
    uint32_t found = JSON_TREE_NONE;

    while (member != JSON_TREE_NONE) {
        uint32_t value = tree->nodes[member].next;

        if (json_tree_is_string(tree, member, key))
            found = value;
        member = tree->nodes[value].next;
    }
    return found;
}

void json_tree_write_string(const struct json_tree *tree, uint32_t node,
                            struct strbuf *json)
{
    (void)pyjson_add_string(json, strbuf_text(&tree->text) + tree->nodes[node].text,
                            tree->nodes[node].text_size, false);
}

void json_tree_write(const struct json_tree *tree, uint32_t node, struct strbuf *json)
{
    const struct json_node *value = &tree->nodes[node];
    bool is_object = value->kind == JSON_OBJECT;
    bool is_key = is_object;

    switch (value->kind) {
    case JSON_NULL:
        strbuf_add_string(json, "null");
        return;
    case JSON_FALSE:
        strbuf_add_string(json, "false");
        return;
    case JSON_TRUE:
        strbuf_add_string(json, "true");
        return;
    case JSON_INT:
        strbuf_add(json, strbuf_text(&tree->text) + value->text, value->text_size);
        return;
    case JSON_FLOAT:
        pyjson_add_double(json, value->real);
        return;
    case JSON_STRING:
        json_tree_write_string(tree, node, json);
        return;
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    strbuf_add_char(json, is_object ? '{' : '[');
    for (uint32_t at = value->first; at != JSON_TREE_NONE; at = tree->nodes[at].next) {
        json_tree_write(tree, at, json);
        if (tree->nodes[at].next != JSON_TREE_NONE)
            strbuf_add_string(json, is_key ? ": " : ", ");
        is_key = is_object && !is_key;
    }
    strbuf_add_char(json, is_object ? '}' : ']');
}
