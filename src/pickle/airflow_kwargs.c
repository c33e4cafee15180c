/* SPDX-License-Identifier: Apache-2.0
 *
 * airflow_kwargs.c - BaseSerialization.serialize(BaseSerialization.deserialize(x)) of
 * Airflow 2.11 for what triggers have in their arguments. Primitives and lists stand
 * for themselves; anything else is {"__var": content, "__type": name}.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "pickle/airflow_kwargs.h"
#include "pickle/json_tree.h"
#include "pickle/pyjson.h"

#define MICROSECONDS 1000000

/* What to do with the content of a type. */
enum content_rule {
    CONTENT_DICT,     /* object of encoded values */
    CONTENT_SEQUENCE, /* array of encoded values */
    CONTENT_SET,      /* the same, sorted and without duplicates */
    CONTENT_TIME,     /* seconds, as a float with microseconds */
    CONTENT_TIMEZONE,
    CONTENT_ENCODED, /* one encoded value */
    CONTENT_VERBATIM,
};

static const struct content_type {
    const char *name;
    enum content_rule rule;
} content_types[] = {
    {"dict", CONTENT_DICT},
    {"tuple", CONTENT_SEQUENCE},
    {"set", CONTENT_SET},
    {"datetime", CONTENT_TIME},
    {"timedelta", CONTENT_TIME},
    {"timezone", CONTENT_TIMEZONE},
    {"airflow_exc_ser", CONTENT_ENCODED},
    {"base_exc_ser", CONTENT_ENCODED},
    {"base_trigger", CONTENT_ENCODED},
    {"dataset_event_accessors", CONTENT_ENCODED},
    {"simple_task_instance", CONTENT_ENCODED},
    {"relativedelta", CONTENT_VERBATIM},
    {"k8s.V1Pod", CONTENT_VERBATIM},
    {"param", CONTENT_VERBATIM},
    {"xcomref", CONTENT_VERBATIM},
    {"dataset", CONTENT_VERBATIM},
    {"dataset_alias", CONTENT_VERBATIM},
    {"dataset_any", CONTENT_VERBATIM},
    {"dataset_all", CONTENT_VERBATIM},
    {"dataset_event_accessor", CONTENT_VERBATIM},
    {"connection", CONTENT_VERBATIM},
    {"task_callback_request", CONTENT_VERBATIM},
    {"dag_callback_request", CONTENT_VERBATIM},
    {"sla_callback_request", CONTENT_VERBATIM},
    {"task_instance_key", CONTENT_VERBATIM},
    {"arg_not_set", CONTENT_VERBATIM},
    {"dag", CONTENT_VERBATIM},
    {"operator", CONTENT_VERBATIM},
};

struct encoder {
    const struct json_tree *tree;
    struct strbuf *json;
    const char *problem; /* NULL while all is well */
};

static void encode(struct encoder *e, uint32_t node);

static void fail(struct encoder *e, const char *problem)
{
    if (e->problem == NULL)
        e->problem = problem;
}

static void encode_members(struct encoder *e, uint32_t object)
{
    const struct json_node *nodes = e->tree->nodes;
    const char *separator = "";

    if (nodes[object].kind != JSON_OBJECT) {
        fail(e, "a dict that is not stored as an object");
        return;
    }
    strbuf_add_char(e->json, '{');
    for (uint32_t key = nodes[object].first; key != JSON_TREE_NONE;) {
        uint32_t value = nodes[key].next;

        strbuf_add_string(e->json, separator);
        separator = ", ";
        json_tree_write_string(e->tree, key, e->json);
        strbuf_add_string(e->json, ": ");
        encode(e, value);
        key = nodes[value].next;
    }
    strbuf_add_char(e->json, '}');
}

static void encode_items(struct encoder *e, uint32_t array)
{
    const struct json_node *nodes = e->tree->nodes;
    const char *separator = "";

    if (nodes[array].kind != JSON_ARRAY) {
        fail(e, "a sequence that is not stored as an array");
        return;
    }
    strbuf_add_char(e->json, '[');
    for (uint32_t at = nodes[array].first; at != JSON_TREE_NONE; at = nodes[at].next) {
        strbuf_add_string(e->json, separator);
        separator = ", ";
        encode(e, at);
    }
    strbuf_add_char(e->json, ']');
}

/* sets */

/* 0: not comparable with others in a sort, 1: number, 2: string */
static int sort_class(const struct json_node *node)
{
    switch (node->kind) {
    case JSON_FALSE:
    case JSON_TRUE:
    case JSON_INT:
    case JSON_FLOAT:
        return 1;
    case JSON_STRING:
        return 2;
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    return 0;
}

static double number_of(const struct json_tree *tree, const struct json_node *node)
{
    char digits[64];

    if (node->kind == JSON_FLOAT)
        return node->real;
    if (node->kind != JSON_INT)
        return node->kind == JSON_TRUE ? 1.0 : 0.0;
    if (node->text_size >= sizeof(digits)) /* good enough to put it last or first */
        return strbuf_text(&tree->text)[node->text] == '-' ? -HUGE_VAL : HUGE_VAL;
    memcpy(digits, strbuf_text(&tree->text) + node->text, node->text_size);
    digits[node->text_size] = '\0';
    return strtod(digits, NULL);
}

static int compare_items(const struct json_tree *tree, uint32_t left_node,
                         uint32_t right_node)
{
    const struct json_node *left = &tree->nodes[left_node];
    const struct json_node *right = &tree->nodes[right_node];
    const char *text = strbuf_text(&tree->text);
    size_t size =
        left->text_size < right->text_size ? left->text_size : right->text_size;
    double left_number;
    double right_number;
    int order;

    if (left->kind == JSON_STRING) { /* code point order is byte order */
        order = memcmp(text + left->text, text + right->text, size);
        if (order != 0)
            return order;
        return (left->text_size > right->text_size) -
               (left->text_size < right->text_size);
    }
    left_number = number_of(tree, left);
    right_number = number_of(tree, right);
    if (left_number == right_number && left->kind == JSON_INT &&
        right->kind == JSON_INT && left->text_size == right->text_size) {
        order = memcmp(text + left->text, text + right->text, size);
        return text[left->text] == '-' ? -order : order;
    }
    return (left_number > right_number) - (left_number < right_number);
}

/*
 * A set comes sorted and without duplicates out of Airflow; this only matters where
 * somebody wrote it by hand. Mixed types cannot be sorted: Airflow's order is random
 * then, here it stays. Insertion sort: linear for what is sorted already.
 */
static void encode_set(struct encoder *e, uint32_t array)
{
    const struct json_node *nodes = e->tree->nodes;
    uint32_t *items;
    uint32_t count = 0;
    bool is_sortable = true;

    if (nodes[array].kind != JSON_ARRAY) {
        fail(e, "a set that is not stored as an array");
        return;
    }
    for (uint32_t at = nodes[array].first; at != JSON_TREE_NONE; at = nodes[at].next) {
        count++;
        if (nodes[at].kind == JSON_ARRAY)
            fail(e, "a list in a set");
        if (sort_class(&nodes[at]) == 0 ||
            sort_class(&nodes[at]) != sort_class(&nodes[nodes[array].first]))
            is_sortable = false;
    }
    if (!is_sortable || count > 10000) {
        encode_items(e, array);
        return;
    }
    items = xmalloc(count * sizeof(*items));
    count = 0;
    for (uint32_t at = nodes[array].first; at != JSON_TREE_NONE; at = nodes[at].next) {
        uint32_t to = count;

        while (to > 0 && compare_items(e->tree, items[to - 1], at) > 0)
            to--;
        if (to > 0 && compare_items(e->tree, items[to - 1], at) == 0)
            continue;
        memmove(items + to + 1, items + to, (count - to) * sizeof(*items));
        items[to] = at;
        count++;
    }
    strbuf_add_char(e->json, '[');
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            strbuf_add_string(e->json, ", ");
        json_tree_write(e->tree, items[i], e->json);
    }
    strbuf_add_char(e->json, ']');
    free(items);
}

/* times */

/* Rounds to even, as Python's datetime does, whatever the rounding mode is. */
static double round_half_even(double number)
{
    double rounded = round(number);

    if (fabs(number - rounded) == 0.5)
        rounded = 2.0 * round(number / 2.0);
    return rounded;
}

/*
 * The float that comes out of datetime.fromtimestamp(x).timestamp() and of
 * timedelta(seconds=x).total_seconds(): rounded to microseconds.
 */
static void encode_time(struct encoder *e, uint32_t node)
{
    const struct json_node *value = &e->tree->nodes[node];
    double whole = 0.0;
    double fraction;
    long long micro;
    char text[64];

    if (sort_class(value) != 1) {
        fail(e, "a time that is not stored as a number");
        return;
    }
    fraction = modf(number_of(e->tree, value), &whole);
    if (!(fabs(whole) < 9e12)) { /* far beyond year 9999; the product below must fit */
        fail(e, "a time that is out of range");
        return;
    }
    micro = (long long)whole * MICROSECONDS;
    micro += (long long)round_half_even(fraction * MICROSECONDS);
    (void)snprintf(text, sizeof(text), "%s%lld.%06lld", micro < 0 ? "-" : "",
                   llabs(micro) / MICROSECONDS, llabs(micro) % MICROSECONDS);
    pyjson_add_double(e->json,
                      strtod(text, NULL)); /* the division, rounded correctly */
}

static void encode_timezone(struct encoder *e, uint32_t node)
{
    const struct json_node *value = &e->tree->nodes[node];

    if (value->kind == JSON_INT && number_of(e->tree, value) == 0.0)
        strbuf_add_string(e->json, "\"UTC\"");
    else if (json_tree_is_string(e->tree, node, "utc"))
        strbuf_add_string(e->json, "\"UTC\"");
    else if (value->kind == JSON_INT || value->kind == JSON_STRING)
        json_tree_write(e->tree, node, e->json);
    else
        fail(e, "a timezone that is neither a name nor an offset");
}

/* everything */

static const struct content_type *find_type(const struct json_tree *tree, uint32_t type)
{
    for (size_t i = 0; i < sizeof(content_types) / sizeof(content_types[0]); i++) {
        if (json_tree_is_string(tree, type, content_types[i].name))
            return &content_types[i];
    }
    return NULL;
}

static void encode_content(struct encoder *e, enum content_rule rule, uint32_t content)
{
    switch (rule) {
    case CONTENT_DICT:
        encode_members(e, content);
        break;
    case CONTENT_SEQUENCE:
        encode_items(e, content);
        break;
    case CONTENT_SET:
        encode_set(e, content);
        break;
    case CONTENT_TIME:
        encode_time(e, content);
        break;
    case CONTENT_TIMEZONE:
        encode_timezone(e, content);
        break;
    case CONTENT_ENCODED:
        encode(e, content);
        break;
    case CONTENT_VERBATIM:
        json_tree_write(e->tree, content, e->json);
        break;
    }
}

static void encode(struct encoder *e, uint32_t node)
{
    const struct json_node *value = &e->tree->nodes[node];
    uint32_t content;
    uint32_t type;
    const struct content_type *known = NULL;
    enum content_rule rule = CONTENT_DICT;

    if (value->kind == JSON_ARRAY) {
        encode_items(e, node);
        return;
    }
    if (value->kind != JSON_OBJECT) {
        json_tree_write(e->tree, node, e->json);
        return;
    }
    content = json_tree_find(e->tree, node, "__var");
    type = json_tree_find(e->tree, node, "__type");
    if (content == JSON_TREE_NONE && type == JSON_TREE_NONE) {
        content = node; /* a plain dict: Airflow has a KeyError here */
    } else if (content == JSON_TREE_NONE || type == JSON_TREE_NONE) {
        fail(e, "an object with only one of \"__var\" and \"__type\"");
        return;
    } else {
        known = find_type(e->tree, type);
        if (known == NULL) {
            fail(e, "a type that Airflow does not know");
            return;
        }
        rule = known->rule;
    }
    strbuf_add_string(e->json, "{\"__var\": ");
    encode_content(e, rule, content);
    strbuf_add_string(e->json, ", \"__type\": \"");
    strbuf_add_string(e->json, known != NULL ? known->name : "dict");
    strbuf_add_string(e->json, "\"}");
}

/* Parses what is stored, decrypts it first where it is a token, and serialises it
 * again. */
static int normalise(const char *stored, size_t length, const struct fernet *fernet,
                     struct strbuf *json, struct err *err)
{
    struct json_tree tree = JSON_TREE_INIT;
    struct encoder encoder = {&tree, json, NULL};
    struct strbuf plain = STRBUF_INIT;
    size_t blank = 0;
    int result = -1;

    while (blank < length && strchr(" \t\r\n", stored[blank]) != NULL)
        blank++;
    if (fernet != NULL && (blank >= length || stored[blank] != '{')) {
        if (fernet_decrypt(fernet, stored, length, &plain, err) != 0)
            goto done;
        stored = strbuf_text(&plain);
        length = plain.length;
    }
    encoder.problem = json_tree_parse(&tree, stored, length);
    if (encoder.problem != NULL) {
        (void)err_set(err, ERR_DATA, "the arguments are not JSON: %s", encoder.problem);
        if (fernet == NULL) {
            (void)err_hint(err,
                           "They may be encrypted: give airshift the Fernet key in "
                           "AIRFLOW__CORE__FERNET_KEY or in airflow.cfg.");
        }
        goto done;
    }
    encode(&encoder, 0);
    if (encoder.problem != NULL) {
        (void)err_set(err, ERR_DATA, "the arguments hold %s", encoder.problem);
        goto done;
    }
    result = 0;
done:
    json_tree_clear(&tree);
    fernet_wipe(&plain);
    return result;
}

int airflow_kwargs_encrypt(const char *kwargs, size_t length,
                           const struct fernet *fernet, struct strbuf *stored,
                           struct err *err)
{
    struct strbuf json = STRBUF_INIT;
    int result = normalise(kwargs, length, fernet, &json, err);

    if (result == 0 && fernet != NULL)
        result = fernet_encrypt(fernet, json.data, json.length, stored, err);
    else if (result == 0)
        strbuf_add(stored, json.data, json.length);
    fernet_wipe(&json);
    return result;
}

int airflow_kwargs_decrypt(const char *stored, size_t length,
                           const struct fernet *fernet, struct strbuf *kwargs,
                           struct err *err)
{
    struct strbuf json = STRBUF_INIT;
    int result = normalise(stored, length, fernet, &json, err);

    if (result == 0)
        strbuf_add(kwargs, json.data, json.length);
    fernet_wipe(&json);
    return result;
}
