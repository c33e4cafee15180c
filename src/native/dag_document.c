/* SPDX-License-Identifier: Apache-2.0
 *
 * dag_document.c - serialized DAGs: alerts out, ids in, hashes.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* OpenSSL has a type that is called like one of our error categories. */
#define ERR_STATE openssl_err_state
#include <openssl/evp.h>
#undef ERR_STATE

#include "base/xalloc.h"
#include "native/dag_document.h"
#include "native/deflate.h"
#include "native/json_edit.h"
#include "pickle/json_tree.h"
#include "pickle/pyjson.h"

const char DAG_ALERTS_LEFT_OUT[] = "some of its deadline alerts are not usable";

static const char no_dag[] = "there is no object \"dag\" in the document";

/* json.loads(): of text, or of bytes, which may start with a byte order mark. */
static const char *parse(struct json_tree *tree, const char *json, size_t size,
                         bool is_bytes)
{
    const char *problem;

    if (is_bytes && size >= 3 && memcmp(json, "\xef\xbb\xbf", 3) == 0) {
        json += 3;
        size -= 3;
    }
    if (size > DAG_DOCUMENT_LIMIT)
        return "the document is larger than airshift's limit";
    problem = json_tree_parse(tree, json, size);
    if (problem == NULL)
        json_edit_merge_keys(tree);
    return problem;
}

static const char *unpack(struct json_tree *tree, const struct sql_field *compressed,
                          enum deflate_format format)
{
    struct strbuf plain = STRBUF_INIT;
    const char *problem = deflate_unpack(compressed->bytes, compressed->size, format,
                                         DAG_DOCUMENT_LIMIT, &plain);

    if (problem == NULL)
        problem = parse(tree, strbuf_text(&plain), plain.length, true);
    strbuf_clear(&plain);
    return problem;
}

static bool is_empty(const struct sql_field *field)
{
    return field->bytes == NULL || field->size == 0;
}

static const char *read_document(struct json_tree *tree, const struct sql_field *data,
                                 const struct sql_field *compressed)
{
    if (!is_empty(compressed))
        return unpack(tree, compressed, DEFLATE_ZLIB);
    if (data->bytes == NULL)
        return "there is no document";
    return parse(tree, data->bytes, data->size, false);
}

/* The object "dag" of the document, JSON_TREE_NONE where there is none. */
static uint32_t find_dag(const struct json_tree *tree)
{
    uint32_t dag;

    if (tree->nodes[0].kind != JSON_OBJECT)
        return JSON_TREE_NONE;
    dag = json_tree_find(tree, 0, "dag");
    if (dag == JSON_TREE_NONE || tree->nodes[dag].kind != JSON_OBJECT)
        return JSON_TREE_NONE;
    return dag;
}

static uint32_t find_deadline(const struct json_tree *tree)
{
    uint32_t dag = find_dag(tree);

    return dag != JSON_TREE_NONE ? json_tree_find(tree, dag, "deadline") : dag;
}

/* --- Python's float() ------------------------------------------------------------- */

/* Copies digits, in which single underscores may stand between two; how many digits. */
static size_t take_digits(const char **at, const char *end, struct strbuf *number)
{
    size_t count = 0;

    while (*at < end) {
        if (**at == '_' && count > 0 && *at + 1 < end && (*at)[1] >= '0' &&
            (*at)[1] <= '9')
            ++*at;
        if (**at < '0' || **at > '9')
            break;
        strbuf_add_char(number, *(*at)++);
        count++;
    }
    return count;
}

static void take_sign(const char **at, const char *end, struct strbuf *number)
{
    if (*at < end && (**at == '+' || **at == '-'))
        strbuf_add_char(number, *(*at)++);
}

static bool is_space(char character)
{
    return character == ' ' || (character >= '\t' && character <= '\r');
}

/* A finite number in ASCII. Infinity and NaN would be refused later: here at once. */
static bool float_of_text(const char *at, size_t size, double *real)
{
    const char *end = at + size;
    struct strbuf number = STRBUF_INIT;
    size_t digits;
    bool is_good;

    while (at < end && is_space(*at))
        at++;
    while (at < end && is_space(end[-1]))
        end--;
    take_sign(&at, end, &number);
    digits = take_digits(&at, end, &number);
    if (at < end && *at == '.') {
        strbuf_add_char(&number, *at++);
        digits += take_digits(&at, end, &number);
    }
    is_good = digits > 0;
    if (is_good && at < end && (*at == 'e' || *at == 'E')) {
        strbuf_add_char(&number, *at++);
        take_sign(&at, end, &number);
        is_good = take_digits(&at, end, &number) > 0;
    }
    is_good = is_good && at == end;
    if (is_good)
        *real = strtod(strbuf_text(&number), NULL);
    strbuf_clear(&number);
    return is_good;
}

static bool float_of(const struct json_tree *tree, uint32_t node, double *real)
{
    const struct json_node *value = &tree->nodes[node];

    *real = 0;
    switch (value->kind) {
    case JSON_FALSE:
    case JSON_TRUE:
        *real = value->kind == JSON_TRUE ? 1 : 0;
        return true;
    case JSON_FLOAT:
        *real = value->real;
        return isfinite(*real) != 0;
    case JSON_INT:
    case JSON_STRING:
        return float_of_text(strbuf_text(&tree->text) + value->text, value->text_size,
                             real) &&
               isfinite(*real) != 0;
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    return false;
}

/* --- alerts ----------------------------------------------------------------------- */

static bool is_falsy(const struct json_tree *tree, uint32_t node)
{
    const struct json_node *value = &tree->nodes[node];

    switch (value->kind) {
    case JSON_NULL:
    case JSON_FALSE:
        return true;
    case JSON_TRUE:
        return false;
    case JSON_INT:
        return value->text_size == 1 && strbuf_text(&tree->text)[value->text] == '0';
    case JSON_FLOAT:
        return value->real == 0.0;
    case JSON_STRING:
        return value->text_size == 0;
    case JSON_ARRAY:
    case JSON_OBJECT:
        return value->first == JSON_TREE_NONE;
    }
    return false;
}

struct alerts {
    struct json_tree *tree;
    struct strbuf *json;
    size_t usable;
    size_t unusable; /* objects that are no alerts */
    size_t strange;  /* no objects: Airflow skips them without a word */
    const char *problem;
};

static void add_alert(struct alerts *alerts, uint32_t item)
{
    struct json_tree *tree = alerts->tree;
    uint32_t alert = item;
    uint32_t reference;
    uint32_t interval;
    uint32_t callback;
    uint32_t wrapped;
    double seconds;

    if (tree->nodes[item].kind != JSON_OBJECT) {
        alerts->strange++;
        return;
    }
    alerts->unusable++;
    wrapped = json_tree_find(tree, item, "__var");
    if (wrapped != JSON_TREE_NONE)
        alert = wrapped;
    if (tree->nodes[alert].kind != JSON_OBJECT)
        return;
    reference = json_tree_find(tree, alert, "reference");
    interval = json_tree_find(tree, alert, "interval");
    callback = json_tree_find(tree, alert, "callback");
    if (reference == JSON_TREE_NONE || interval == JSON_TREE_NONE ||
        callback == JSON_TREE_NONE || !float_of(tree, interval, &seconds))
        return;
    if (!json_edit_is_storable(tree, reference) ||
        !json_edit_is_storable(tree, callback)) {
        alerts->problem =
            "a deadline alert holds NaN, an infinite number, a lone surrogate "
            "or U+0000, which the server cannot store as JSON";
        return;
    }
    alerts->unusable--;
    json_edit_sort_keys(tree, reference);
    json_edit_sort_keys(tree, callback);
    strbuf_add_string(alerts->json, alerts->usable++ > 0 ? ", " : "");
    strbuf_add_string(alerts->json, "{\"reference\": ");
    json_tree_write(tree, reference, alerts->json);
    strbuf_add_string(alerts->json, ", \"interval\": ");
    pyjson_add_double(alerts->json, seconds);
    strbuf_add_string(alerts->json, ", \"callback\": ");
    json_tree_write(tree, callback, alerts->json);
    strbuf_add_char(alerts->json, '}');
}

static void add_alerts(struct alerts *alerts, uint32_t deadline)
{
    struct json_node *node = &alerts->tree->nodes[deadline];

    if (node->kind != JSON_ARRAY) {
        add_alert(alerts, deadline);
    } else {
        for (uint32_t at = node->first; at != JSON_TREE_NONE;
             at = alerts->tree->nodes[at].next)
            add_alert(alerts, at);
    }
    if (alerts->problem != NULL || alerts->usable == 0)
        return;
    /* What is done next must succeed, too: the hash, with ids here, which sort well. */
    node->kind = JSON_NULL;
    node->first = JSON_TREE_NONE;
    node->last = JSON_TREE_NONE;
    alerts->problem = json_edit_sort_dag(alerts->tree, 0);
    if (alerts->problem == NULL && alerts->unusable + alerts->strange > 0)
        alerts->problem = DAG_ALERTS_LEFT_OUT;
}

const char *dag_deadline_alerts(const struct sql_field *data,
                                const struct sql_field *compressed, struct strbuf *json)
{
    struct json_tree tree = JSON_TREE_INIT;
    struct alerts alerts = {.tree = &tree, .json = json};
    size_t start = json->length;
    uint32_t deadline;

    strbuf_add_char(json, '[');
    if (data->bytes != NULL || !is_empty(compressed)) {
        alerts.problem = read_document(&tree, data, compressed);
        deadline = alerts.problem == NULL ? find_deadline(&tree) : JSON_TREE_NONE;
        if (deadline != JSON_TREE_NONE && !is_falsy(&tree, deadline))
            add_alerts(&alerts, deadline);
        if (alerts.problem == NULL && alerts.usable == 0 && alerts.unusable > 0)
            alerts.problem = "none of its deadline alerts is usable";
    }
    strbuf_add_char(json, ']');
    if (alerts.problem != NULL && alerts.problem != DAG_ALERTS_LEFT_OUT)
        strbuf_truncate(json, start);
    json_tree_clear(&tree);
    return alerts.problem;
}

/* --- ids in the place of alerts --------------------------------------------------- */

static const char *put_deadline(struct json_tree *tree, const struct sql_field *list)
{
    struct json_tree other = JSON_TREE_INIT;
    uint32_t dag = find_dag(tree);
    const char *problem = dag != JSON_TREE_NONE ? NULL : no_dag;

    if (problem == NULL)
        problem = parse(&other, list->bytes, list->size, false);
    if (problem == NULL)
        json_edit_set(tree, dag, "deadline", json_edit_graft(tree, &other));
    json_tree_clear(&other);
    return problem;
}

const char *dag_fileloc_hash(const struct sql_field *path, struct strbuf *hash)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_MD *sha1 = EVP_MD_fetch(NULL, "SHA1", "-fips");
    bool is_done = sha1 != NULL &&
                   EVP_Digest(path->bytes, path->size, digest, &size, sha1, NULL) == 1;
    uint64_t number = 0;

    EVP_MD_free(sha1);
    if (!is_done)
        return "the crypto library has no SHA-1";
    for (unsigned i = size - 8; i < size - 1; i++)
        number = number << 8 | digest[i];
    strbuf_addf(hash, "%llu", (unsigned long long)number);
    return NULL;
}

static const char *add_md5(const struct strbuf *text, struct strbuf *hash)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    /* Not for security: it must work where the machine is in FIPS mode. */
    EVP_MD *md5 = EVP_MD_fetch(NULL, "MD5", "-fips");
    bool is_done = md5 != NULL && EVP_Digest(strbuf_text(text), text->length, digest,
                                             &size, md5, NULL) == 1;

    EVP_MD_free(md5);
    for (unsigned int i = 0; is_done && i < size; i++)
        strbuf_addf(hash, "%02x", digest[i]);
    return is_done ? NULL : "the crypto library has no MD5";
}

const char *dag_hash_with_deadline(const struct sql_field *data,
                                   const struct sql_field *compressed,
                                   const struct sql_field *list, struct strbuf *hash)
{
    struct json_tree tree = JSON_TREE_INIT;
    struct strbuf text = STRBUF_INIT;
    const char *problem = read_document(&tree, data, compressed);

    if (problem == NULL)
        problem = put_deadline(&tree, list);
    if (problem == NULL)
        problem = json_edit_sort_dag(&tree, 0);
    if (problem == NULL) {
        json_edit_remove(&tree, find_dag(&tree), "fileloc");
        json_tree_write(&tree, 0, &text);
        problem = add_md5(&text, hash);
    }
    strbuf_clear(&text);
    json_tree_clear(&tree);
    return problem;
}

static const char *pack(const struct json_tree *tree, enum deflate_format format,
                        struct strbuf *bytes)
{
    struct strbuf text = STRBUF_INIT;
    const char *problem;

    json_tree_write(tree, 0, &text);
    problem = deflate_pack(text.data, text.length, format, bytes);
    strbuf_clear(&text);
    return problem;
}

const char *dag_compressed_with_deadline(const struct sql_field *compressed,
                                         const struct sql_field *list,
                                         struct strbuf *bytes)
{
    struct json_tree tree = JSON_TREE_INIT;
    size_t start = bytes->length;
    const char *problem;

    if (is_empty(compressed))
        return NULL;
    problem = unpack(&tree, compressed, DEFLATE_ZLIB);
    if (problem == NULL)
        problem = put_deadline(&tree, list);
    if (problem == NULL)
        problem = pack(&tree, DEFLATE_ZLIB, bytes);
    if (problem != NULL) {
        strbuf_truncate(bytes, start);
        strbuf_add(bytes, compressed->bytes, compressed->size);
    }
    json_tree_clear(&tree);
    return problem;
}

const char *dag_has_deadline_ids(const struct sql_field *data,
                                 const struct sql_field *compressed, bool *has_ids)
{
    struct json_tree tree = JSON_TREE_INIT;
    const char *problem = NULL;
    uint32_t deadline = JSON_TREE_NONE;

    *has_ids = false;
    if (data->bytes != NULL || !is_empty(compressed))
        problem = read_document(&tree, data, compressed);
    if (problem == NULL && tree.count > 0)
        deadline = find_deadline(&tree);
    if (deadline != JSON_TREE_NONE && tree.nodes[deadline].kind == JSON_ARRAY) {
        uint32_t at = tree.nodes[deadline].first;

        *has_ids = at != JSON_TREE_NONE;
        for (; at != JSON_TREE_NONE; at = tree.nodes[at].next)
            *has_ids = *has_ids && tree.nodes[at].kind == JSON_STRING;
    }
    json_tree_clear(&tree);
    return problem;
}

/* --- version 2 -------------------------------------------------------------------- */

static bool is_version_3(const struct json_tree *tree)
{
    const struct json_node *version;
    uint32_t node;

    if (tree->nodes[0].kind != JSON_OBJECT)
        return false;
    node = json_tree_find(tree, 0, "__version");
    if (node == JSON_TREE_NONE)
        return false;
    version = &tree->nodes[node];
    if (version->kind == JSON_INT)
        return version->text_size == 1 &&
               strbuf_text(&tree->text)[version->text] == '3';
    return version->kind == JSON_FLOAT && version->real == 3.0;
}

const char *dag_serialized_v2(const struct sql_field *compressed, struct strbuf *bytes)
{
    enum deflate_format format = deflate_detect(compressed->bytes, compressed->size);
    struct json_tree tree = JSON_TREE_INIT;
    size_t start = bytes->length;
    const char *problem = NULL;
    bool is_changed = false;

    if (!is_empty(compressed)) {
        problem = unpack(&tree, compressed, format);
        is_changed = problem == NULL && is_version_3(&tree);
    }
    if (is_changed) {
        json_edit_remove(&tree, 0, "client_defaults");
        json_edit_set(&tree, 0, "__version", json_edit_add_int(&tree, "2"));
        problem = pack(&tree, format, bytes);
    }
    if (!is_changed || problem != NULL) {
        strbuf_truncate(bytes, start);
        strbuf_add(bytes, compressed->bytes, compressed->size);
    }
    json_tree_clear(&tree);
    return problem;
}
