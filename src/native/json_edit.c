/* SPDX-License-Identifier: Apache-2.0
 *
 * json_edit.c - re-links the nodes of a JSON tree. Recursion is as deep as the
 * document, which the parser limits.
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "native/json_edit.h"
#include "pickle/pyjson.h"

/* What is sorted: an item of an array, or a key (whose value is its next sibling). */
struct entry {
    const char *text; /* borrowed from the tree; it does not grow meanwhile */
    size_t size;
    uint32_t position;
    uint32_t node;
    uint32_t value; /* of a key, else JSON_TREE_NONE */
};

static int compare_texts(const struct entry *left, const struct entry *right)
{
    size_t size = left->size < right->size ? left->size : right->size;
    int order = size > 0 ? memcmp(left->text, right->text, size) : 0;

    if (order != 0)
        return order;
    return (left->size > right->size) - (left->size < right->size);
}

static int compare_entries(const void *left_entry, const void *right_entry)
{
    const struct entry *left = left_entry;
    const struct entry *right = right_entry;
    int order = compare_texts(left, right);

    if (order != 0)
        return order;
    return (left->position > right->position) - (left->position < right->position);
}

static int compare_positions(const void *left_entry, const void *right_entry)
{
    const struct entry *left = left_entry;
    const struct entry *right = right_entry;

    return (left->position > right->position) - (left->position < right->position);
}

static void fill_entry(const struct json_tree *tree, struct entry *entry,
                       uint32_t string)
{
    entry->text = strbuf_text(&tree->text) + tree->nodes[string].text;
    entry->size = tree->nodes[string].text_size;
}

/* The children of a container, an object's by its keys and with their texts. */
static struct entry *list_children(const struct json_tree *tree, uint32_t node,
                                   size_t *count)
{
    bool is_object = tree->nodes[node].kind == JSON_OBJECT;
    struct entry *entries;
    size_t used = 0;

    *count = 0;
    for (uint32_t at = tree->nodes[node].first; at != JSON_TREE_NONE;
         at = tree->nodes[at].next)
        ++*count;
    if (is_object)
        *count /= 2;
    entries = xcalloc(*count + 1, sizeof(*entries));
    for (uint32_t at = tree->nodes[node].first; at != JSON_TREE_NONE;
         at = tree->nodes[at].next) {
        struct entry *entry = &entries[used];

        entry->position = (uint32_t)used++;
        entry->node = at;
        entry->value = JSON_TREE_NONE;
        if (tree->nodes[at].kind == JSON_STRING)
            fill_entry(tree, entry, at);
        if (is_object) {
            at = tree->nodes[at].next;
            entry->value = at;
        }
    }
    return entries;
}

static void link_children(struct json_tree *tree, uint32_t node,
                          const struct entry *entries, size_t count)
{
    uint32_t *slot = &tree->nodes[node].first;

    tree->nodes[node].last = JSON_TREE_NONE;
    for (size_t i = 0; i < count; i++) {
        *slot = entries[i].node;
        if (entries[i].value != JSON_TREE_NONE) {
            tree->nodes[*slot].next = entries[i].value;
            slot = &tree->nodes[*slot].next;
        }
        tree->nodes[node].last = *slot;
        slot = &tree->nodes[*slot].next;
    }
    *slot = JSON_TREE_NONE;
}

static void merge_keys(struct json_tree *tree, uint32_t object)
{
    size_t count;
    size_t kept = 0;
    struct entry *entries = list_children(tree, object, &count);

    if (count > 1)
        qsort(entries, count, sizeof(*entries), compare_entries);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && compare_texts(&entries[kept - 1], &entries[i]) == 0)
            entries[kept - 1].value = entries[i].value;
        else
            entries[kept++] = entries[i];
    }
    if (kept < count) {
        qsort(entries, kept, sizeof(*entries), compare_positions);
        link_children(tree, object, entries, kept);
    }
    free(entries);
}

void json_edit_merge_keys(struct json_tree *tree)
{
    for (uint32_t node = 0; node < tree->count; node++) {
        if (tree->nodes[node].kind == JSON_OBJECT)
            merge_keys(tree, node);
    }
}

/* Room for that many more nodes. */
static void reserve(struct json_tree *tree, uint32_t count)
{
    if (tree->capacity - tree->count >= count)
        return;
    tree->capacity = tree->count + count + 32;
    tree->nodes = xrealloc(tree->nodes, tree->capacity * sizeof(*tree->nodes));
}

static uint32_t moved(uint32_t node, uint32_t by)
{
    return node == JSON_TREE_NONE ? node : node + by;
}

uint32_t json_edit_graft(struct json_tree *tree, const struct json_tree *other)
{
    uint32_t base = tree->count;
    size_t text_base = tree->text.length;

    reserve(tree, other->count);
    strbuf_add(&tree->text, strbuf_text(&other->text), other->text.length);
    for (uint32_t i = 0; i < other->count; i++) {
        struct json_node node = other->nodes[i];

        node.first = moved(node.first, base);
        node.last = moved(node.last, base);
        node.next = moved(node.next, base);
        node.text += text_base;
        tree->nodes[tree->count++] = node;
    }
    return base;
}

static uint32_t add_text(struct json_tree *tree, enum json_kind kind, const char *text)
{
    struct json_node *node;

    reserve(tree, 1);
    node = &tree->nodes[tree->count];
    memset(node, 0, sizeof(*node));
    node->kind = kind;
    node->first = JSON_TREE_NONE;
    node->last = JSON_TREE_NONE;
    node->next = JSON_TREE_NONE;
    node->text = tree->text.length;
    node->text_size = strlen(text);
    strbuf_add(&tree->text, text, node->text_size);
    return tree->count++;
}

uint32_t json_edit_add_int(struct json_tree *tree, const char *digits)
{
    return add_text(tree, JSON_INT, digits);
}

/* The key node of a member, and what points to it: the value before, or nothing. */
static uint32_t find_key(const struct json_tree *tree, uint32_t object, const char *key,
                         uint32_t *before)
{
    *before = JSON_TREE_NONE;
    for (uint32_t at = tree->nodes[object].first; at != JSON_TREE_NONE;) {
        uint32_t value = tree->nodes[at].next;

        if (json_tree_is_string(tree, at, key))
            return at;
        *before = value;
        at = tree->nodes[value].next;
    }
    return JSON_TREE_NONE;
}

void json_edit_set(struct json_tree *tree, uint32_t object, const char *key,
                   uint32_t value)
{
    uint32_t before;
    uint32_t at = find_key(tree, object, key, &before);
    uint32_t old = JSON_TREE_NONE;

    if (at != JSON_TREE_NONE) {
        old = tree->nodes[at].next;
    } else {
        at = add_text(tree, JSON_STRING, key);
        if (before == JSON_TREE_NONE)
            tree->nodes[object].first = at;
        else
            tree->nodes[before].next = at;
    }
    tree->nodes[value].next = old != JSON_TREE_NONE ? tree->nodes[old].next : old;
    tree->nodes[at].next = value;
    if (tree->nodes[value].next == JSON_TREE_NONE)
        tree->nodes[object].last = value;
}

void json_edit_remove(struct json_tree *tree, uint32_t object, const char *key)
{
    uint32_t before;
    uint32_t at = find_key(tree, object, key, &before);
    uint32_t after;

    if (at == JSON_TREE_NONE)
        return;
    after = tree->nodes[tree->nodes[at].next].next;
    if (before == JSON_TREE_NONE)
        tree->nodes[object].first = after;
    else
        tree->nodes[before].next = after;
    if (after == JSON_TREE_NONE)
        tree->nodes[object].last = before;
}

static void sort_members(struct json_tree *tree, uint32_t object)
{
    size_t count;
    struct entry *entries = list_children(tree, object, &count);

    if (count > 1) {
        qsort(entries, count, sizeof(*entries), compare_entries);
        link_children(tree, object, entries, count);
    }
    free(entries);
}

void json_edit_sort_keys(struct json_tree *tree, uint32_t node)
{
    if (tree->nodes[node].kind == JSON_OBJECT)
        sort_members(tree, node);
    for (uint32_t at = tree->nodes[node].first; at != JSON_TREE_NONE;
         at = tree->nodes[at].next)
        json_edit_sort_keys(tree, at);
}

/* --- Airflow's own order ---------------------------------------------------------- */

static bool are_all(const struct json_tree *tree, uint32_t array, enum json_kind kind)
{
    for (uint32_t at = tree->nodes[array].first; at != JSON_TREE_NONE;
         at = tree->nodes[at].next) {
        if (tree->nodes[at].kind != kind)
            return false;
    }
    return true;
}

enum task_id {
    TASK_ID_NONE,
    TASK_ID_FOUND,
    TASK_ID_ODD, /* "task_id" in __var holds, and __var["task_id"] raises */
};

/* Python's `"task_id" in x`, for an x that is one of its JSON types. */
static enum task_id find_task_id(const struct json_tree *tree, uint32_t object,
                                 uint32_t *task_id)
{
    static const char name[] = "task_id";
    uint32_t var = json_tree_find(tree, object, "__var");
    const struct json_node *node;

    if (var == JSON_TREE_NONE)
        return TASK_ID_NONE;
    node = &tree->nodes[var];
    if (node->kind == JSON_OBJECT) {
        *task_id = json_tree_find(tree, var, name);
        return *task_id != JSON_TREE_NONE ? TASK_ID_FOUND : TASK_ID_NONE;
    }
    if (node->kind == JSON_STRING && node->text_size > 0 &&
        memmem(strbuf_text(&tree->text) + node->text, node->text_size, name,
               sizeof(name) - 1) != NULL)
        return TASK_ID_ODD;
    if (node->kind == JSON_ARRAY) {
        for (uint32_t at = node->first; at != JSON_TREE_NONE;
             at = tree->nodes[at].next) {
            if (json_tree_is_string(tree, at, name))
                return TASK_ID_ODD;
        }
    }
    return TASK_ID_NONE;
}

/* Sorts a list of objects by their task ids where all have one. */
static const char *sort_tasks(struct json_tree *tree, uint32_t array)
{
    size_t count;
    struct entry *entries = list_children(tree, array, &count);
    const char *problem = NULL;
    bool has_all = true;
    bool is_odd = false;

    for (size_t i = 0; i < count && has_all; i++) {
        uint32_t task_id = JSON_TREE_NONE;
        enum task_id found = find_task_id(tree, entries[i].node, &task_id);

        has_all = found != TASK_ID_NONE;
        if (found == TASK_ID_FOUND && tree->nodes[task_id].kind == JSON_STRING)
            fill_entry(tree, &entries[i], task_id);
        else if (found == TASK_ID_ODD || count > 1)
            is_odd = true;
    }
    if (has_all && is_odd) {
        problem = "its tasks cannot be sorted by their ids";
    } else if (has_all && count > 1) {
        qsort(entries, count, sizeof(*entries), compare_entries);
        link_children(tree, array, entries, count);
    }
    free(entries);
    return problem;
}

static void sort_strings(struct json_tree *tree, uint32_t array)
{
    size_t count;
    struct entry *entries = list_children(tree, array, &count);

    qsort(entries, count, sizeof(*entries), compare_entries);
    link_children(tree, array, entries, count);
    free(entries);
}

const char *json_edit_sort_dag(struct json_tree *tree, uint32_t node)
{
    const char *problem = NULL;

    if (tree->nodes[node].first == JSON_TREE_NONE)
        return NULL;
    if (tree->nodes[node].kind == JSON_OBJECT) {
        sort_members(tree, node);
    } else if (are_all(tree, node, JSON_OBJECT)) {
        problem = sort_tasks(tree, node);
    } else if (are_all(tree, node, JSON_STRING)) {
        sort_strings(tree, node);
        return NULL;
    }
    for (uint32_t at = tree->nodes[node].first; at != JSON_TREE_NONE && problem == NULL;
         at = tree->nodes[at].next)
        problem = json_edit_sort_dag(tree, at);
    return problem;
}

/* --- what servers store ----------------------------------------------------------- */

bool json_edit_is_storable(const struct json_tree *tree, uint32_t node)
{
    const struct json_node *value = &tree->nodes[node];
    const char *text = strbuf_text(&tree->text) + value->text;

    if (value->kind == JSON_FLOAT)
        return isfinite(value->real) != 0;
    if (value->kind == JSON_STRING && value->text_size > 0)
        return memchr(text, '\0', value->text_size) == NULL &&
               pyjson_is_utf8(text, value->text_size);
    for (uint32_t at = value->first; at != JSON_TREE_NONE; at = tree->nodes[at].next) {
        if (!json_edit_is_storable(tree, at))
            return false;
    }
    return true;
}
