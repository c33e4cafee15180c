/* SPDX-License-Identifier: Apache-2.0
 *
 * json_edit.h - changes to a parsed JSON text (json_tree.h) that make it what Python
 * would hold in memory, or what Airflow makes of that. Nothing is removed from a tree's
 * memory: nodes are only linked in another way.
 *
 * Strings compare by code point, as Python's do: that is memcmp() order in generalised
 * UTF-8. All sorting is stable, and no choice of keys makes it slow.
 */
#ifndef AIRSHIFT_NATIVE_JSON_EDIT_H
#define AIRSHIFT_NATIVE_JSON_EDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "pickle/json_tree.h"

/* Makes equal keys of an object one: in the first one's place, with the last one's
 * value. All else here expects a tree that this was done to. */
void json_edit_merge_keys(struct json_tree *tree);

/* Copies all of `other` into `tree` and returns its root there, which has no parent. */
uint32_t json_edit_graft(struct json_tree *tree, const struct json_tree *other);

/* Gives a member of an object another value: in its place, or as the last member where
 * there is none of that name. `value` must not be linked anywhere else. */
void json_edit_set(struct json_tree *tree, uint32_t object, const char *key,
                   uint32_t value);

/* Takes a member out, where there is one. */
void json_edit_remove(struct json_tree *tree, uint32_t object, const char *key);

/* New scalar, not linked to anything. */
uint32_t json_edit_add_int(struct json_tree *tree, const char *digits);

/* Sorts the members of all objects from `node` down: json.dumps(sort_keys=True). */
void json_edit_sort_keys(struct json_tree *tree, uint32_t node);

/*
 * Sorts as SerializedDagModel._sort_serialized_dag_dict() does: members by key; lists
 * of strings; lists of objects that all have a __var with a task_id, by that. Returns
 * NULL, or a static text where Python would raise TypeError (or where a task_id is no
 * string: no Airflow writes that). The tree is half sorted then.
 */
const char *json_edit_sort_dag(struct json_tree *tree, uint32_t node)
    __attribute__((warn_unused_result));

/* Whether a server's JSON type can hold it: no NaN and no infinite number is in it, and
 * no string with U+0000 or a lone surrogate. Keys count, too. */
bool json_edit_is_storable(const struct json_tree *tree, uint32_t node);

#endif
