/* SPDX-License-Identifier: Apache-2.0
 *
 * json_tree.h - a JSON text as json.loads() reads it: NaN, Infinity and -Infinity are
 * numbers, and a lone surrogate escape is fine. Equal keys all stay; the last one
 * counts.
 */
#ifndef AIRSHIFT_PICKLE_JSON_TREE_H
#define AIRSHIFT_PICKLE_JSON_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

#define JSON_TREE_MAX_DEPTH 900
#define JSON_TREE_NONE UINT32_MAX

enum json_kind {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_INT,   /* text: as Python would write it */
    JSON_FLOAT, /* real */
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT, /* children: key (JSON_STRING), value, key, value ... */
};

struct json_node {
    enum json_kind kind;
    uint32_t first; /* child, or JSON_TREE_NONE */
    uint32_t last;
    uint32_t next; /* sibling, or JSON_TREE_NONE */
    double real;
    size_t text; /* offset in json_tree.text: decoded, generalised UTF-8 (pyjson.h) */
    size_t text_size;
};

struct json_tree {
    struct json_node *nodes; /* node 0 is the root */
    uint32_t count;
    uint32_t capacity;
    struct strbuf text;
};

#define JSON_TREE_INIT          \
    {                           \
        NULL, 0, 0, STRBUF_INIT \
    }

/*
 * Parses all of `json`, which must be UTF-8, into an empty tree. Returns NULL, or a
 * static text why it cannot be parsed.
 */
const char *json_tree_parse(struct json_tree *tree, const char *json, size_t size)
    __attribute__((warn_unused_result));

/* Wipes and frees: the texts may be secrets. */
void json_tree_clear(struct json_tree *tree);

/* Whether the node is a string with this content. */
bool json_tree_is_string(const struct json_tree *tree, uint32_t node, const char *text);

/* The last value under `key` of an object, or JSON_TREE_NONE. */
uint32_t json_tree_find(const struct json_tree *tree, uint32_t object, const char *key);

/* Appends what json.dumps(json.loads(...)) gives for the node. */
void json_tree_write(const struct json_tree *tree, uint32_t node, struct strbuf *json);

/* Appends one string node, quoted. */
void json_tree_write_string(const struct json_tree *tree, uint32_t node,
                            struct strbuf *json);

#endif
