/* SPDX-License-Identifier: Apache-2.0
 *
 * test_native_json.c - the tools below the native functions: changes to JSON trees,
 * pickles, packed data, and rows put aside. No server; what Python makes of thousands
 * of values is in tests/oracle/native_dag_oracle.py.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "native/deflate.h"
#include "native/json_edit.h"
#include "native/pickle_json.h"
#include "native/spool.h"

static void parse(struct json_tree *tree, const char *json)
{
    const char *problem = json_tree_parse(tree, json, strlen(json));

    if (problem != NULL)
        fail_msg("%s: %s", json, problem);
    json_edit_merge_keys(tree);
}

static void check_text(struct json_tree *tree, const char *expected)
{
    struct strbuf json = STRBUF_INIT;

    json_tree_write(tree, 0, &json);
    assert_string_equal(strbuf_text(&json), expected);
    strbuf_clear(&json);
    json_tree_clear(tree);
}

static void test_merge_keys(void **state)
{
    struct json_tree tree = JSON_TREE_INIT;

    (void)state;
    parse(&tree,
          "{\"b\": 1, \"a\": {\"x\": 1, \"x\": 2}, \"b\": 3, \"a\": 4, \"c\": 5}");
    check_text(&tree, "{\"b\": 3, \"a\": 4, \"c\": 5}");
    parse(&tree, "[{\"x\": 1, \"x\": [2], \"\": 0, \"x\": {\"y\": 1, \"y\": 2}}]");
    check_text(&tree, "[{\"x\": {\"y\": 2}, \"\": 0}]");
    parse(&tree, "{\"\\ud83d\\ude00\": 1, \"\xf0\x9f\x98\x80\": 2}");
    check_text(&tree, "{\"\\ud83d\\ude00\": 2}");
}

static void set(struct json_tree *tree, const char *key, const char *json)
{
    struct json_tree other = JSON_TREE_INIT;

    parse(&other, json);
    json_edit_set(tree, 0, key, json_edit_graft(tree, &other));
    json_tree_clear(&other);
}

static void test_set_and_remove(void **state)
{
    struct json_tree tree = JSON_TREE_INIT;

    (void)state;
    parse(&tree, "{}");
    set(&tree, "a", "[1, {\"x\": \"y\"}]");
    set(&tree, "b", "2");
    set(&tree, "a", "{\"z\": []}");
    set(&tree, "c", "null");
    set(&tree, "c", "\"last\"");
    check_text(&tree, "{\"a\": {\"z\": []}, \"b\": 2, \"c\": \"last\"}");
    parse(&tree, "{\"a\": 1, \"b\": 2, \"c\": 3}");
    json_edit_remove(&tree, 0, "c");
    json_edit_remove(&tree, 0, "a");
    json_edit_remove(&tree, 0, "x");
    set(&tree, "d", "4");
    json_edit_remove(&tree, 0, "b");
    json_edit_set(&tree, 0, "e", json_edit_add_int(&tree, "5"));
    check_text(&tree, "{\"d\": 4, \"e\": 5}");
    parse(&tree, "{\"a\": 1}");
    json_edit_remove(&tree, 0, "a");
    set(&tree, "b", "2");
    check_text(&tree, "{\"b\": 2}");
}

static void check_sorted(const char *json, const char *expected)
{
    struct json_tree tree = JSON_TREE_INIT;
    const char *problem;

    parse(&tree, json);
    problem = json_edit_sort_dag(&tree, 0);
    if (expected == NULL) {
        assert_non_null(problem);
        json_tree_clear(&tree);
        return;
    }
    assert_null(problem);
    check_text(&tree, expected);
}

static void test_sort(void **state)
{
    struct json_tree tree = JSON_TREE_INIT;

    (void)state;
    parse(
        &tree,
        "{\"b\": [\"z\", \"a\", {\"y\": 1, \"x\": 2}], \"a\": 0, \"\": 1, \"aa\": 2}");
    json_edit_sort_keys(&tree, 0);
    check_text(
        &tree,
        "{\"\": 1, \"a\": 0, \"aa\": 2, \"b\": [\"z\", \"a\", {\"x\": 2, \"y\": 1}]}");
    check_sorted("[\"b\", \"\\uffff\", \"\\ud83d\\ude00\", \"B\", \"\", \"b\"]",
                 "[\"\", \"B\", \"b\", \"b\", \"\\uffff\", \"\\ud83d\\ude00\"]");
    check_sorted("[\"b\", \"a\", 1]", "[\"b\", \"a\", 1]");
    check_sorted("[[\"b\", \"a\"], {\"y\": [\"2\", \"1\"], \"x\": 3}]",
                 "[[\"a\", \"b\"], {\"x\": 3, \"y\": [\"1\", \"2\"]}]");
    check_sorted(
        "[{\"__var\": {\"task_id\": \"b\"}}, {\"__var\": {\"task_id\": \"a\"}}]",
        "[{\"__var\": {\"task_id\": \"a\"}}, {\"__var\": {\"task_id\": \"b\"}}]");
    check_sorted(
        "[{\"__var\": {\"task_id\": \"a\"}, \"n\": 2}, {\"n\": 1, \"__var\": "
        "{\"task_id\": \"a\"}}]",
        "[{\"__var\": {\"task_id\": \"a\"}, \"n\": 2}, {\"__var\": {\"task_id\": "
        "\"a\"}, \"n\": 1}]");
    check_sorted("[{\"__var\": {\"task_id\": \"b\"}}, {\"__var\": {}}]",
                 "[{\"__var\": {\"task_id\": \"b\"}}, {\"__var\": {}}]");
    check_sorted("[{\"__var\": {\"task_id\": 5}}]", "[{\"__var\": {\"task_id\": 5}}]");
    check_sorted("[{\"__var\": \"a task_id\"}]", NULL);
    check_sorted("{\"x\": [{\"__var\": [\"task_id\"]}]}", NULL);
    check_sorted(
        "[{\"__var\": {\"task_id\": \"b\"}}, {\"__var\": {\"task_id\": null}}]", NULL);
    check_sorted("5", "5");
    check_sorted("[]", "[]");
}

static void check_storable(const char *json, bool expected)
{
    struct json_tree tree = JSON_TREE_INIT;

    parse(&tree, json);
    if (json_edit_is_storable(&tree, 0) != expected)
        fail_msg("%s", json);
    json_tree_clear(&tree);
}

static void test_storable(void **state)
{
    (void)state;
    check_storable("{\"a\": [1.5, \"\\ud83d\\ude00\", null, {}]}", true);
    check_storable("[{\"a\": NaN}]", false);
    check_storable("[-Infinity]", false);
    check_storable("[\"\\u0000\"]", false);
    check_storable("{\"\\ud83d\": 1}", false);
}

/* --- pickles ---------------------------------------------------------------------- */

static void check_pickle(const char *json, const char *expected, size_t size)
{
    struct strbuf pickle = STRBUF_INIT;

    assert_null(pickle_json(json, strlen(json), &pickle));
    assert_int_equal(pickle.length, size);
    assert_memory_equal(pickle.data, expected, size);
    strbuf_clear(&pickle);
}
#define CHECK_PICKLE(json, literal) check_pickle(json, literal, sizeof(literal) - 1)

static void test_pickle(void **state)
{
    struct strbuf pickle = STRBUF_INIT;

    (void)state;
    CHECK_PICKLE("null", "\x80\x05N.");
    CHECK_PICKLE("{}", "\x80\x05}\x94.");
    CHECK_PICKLE("-1", "\x80\x05\x95\x06\0\0\0\0\0\0\0J\xff\xff\xff\xff.");
    CHECK_PICKLE("4294967296", "\x80\x05\x95\x08\0\0\0\0\0\0\0\x8a\x05\0\0\0\0\x01.");
    CHECK_PICKLE("1.5", "\x80\x05\x95\x0a\0\0\0\0\0\0\0G?\xf8\0\0\0\0\0\0.");
    /* equal keys, and equal strings of one character, are one object; other values not
     */
    CHECK_PICKLE("[{\"ab\": \"ab\"}, {\"ab\": \"c\"}, \"c\", \"ab\"]",
                 "\x80\x05\x95\"\0\0\0\0\0\0\0]\x94(}\x94\x8c\x02"
                 "ab\x94\x8c\x02"
                 "ab\x94s}\x94h\x02\x8c\x01"
                 "c\x94sh\x05\x8c\x02"
                 "ab\x94"
                 "e.");
    assert_non_null(pickle_json("{", 1, &pickle));
    assert_int_equal(pickle.length, 0);
    assert_non_null(pickle_json("", 0, &pickle));
    strbuf_clear(&pickle);
}

/* --- packed data ------------------------------------------------------------------ */

static void test_deflate(void **state)
{
    struct strbuf plain = STRBUF_INIT;
    struct strbuf packed = STRBUF_INIT;
    struct strbuf back = STRBUF_INIT;

    (void)state;
    for (unsigned i = 0; i < 50000; i++)
        strbuf_addf(&plain, "%u,", i * i % 977);
    for (int format = DEFLATE_ZLIB; format <= DEFLATE_GZIP; format++) {
        strbuf_truncate(&packed, 0);
        strbuf_truncate(&back, 0);
        assert_null(deflate_pack(plain.data, plain.length, format, &packed));
        assert_int_equal(deflate_detect(packed.data, packed.length), format);
        assert_true(packed.length < plain.length / 2);
        assert_null(
            deflate_unpack(packed.data, packed.length, format, plain.length, &back));
        assert_string_equal(back.data, plain.data);
        strbuf_truncate(&back, 3);
        assert_non_null(deflate_unpack(packed.data, packed.length, format,
                                       plain.length - 1, &back));
        assert_int_equal(back.length, 3);
        for (size_t cut = 0; cut < packed.length; cut += 1 + cut / 3)
            assert_non_null(deflate_unpack(packed.data, cut, format, SIZE_MAX, &back));
        packed.data[packed.length / 2] ^= 0x55;
        assert_non_null(
            deflate_unpack(packed.data, packed.length, format, SIZE_MAX, &back));
        assert_int_equal(back.length, 3);
    }
    strbuf_clear(&plain);
    strbuf_clear(&packed);
    strbuf_clear(&back);
}

/* --- rows put aside --------------------------------------------------------------- */

struct replay {
    size_t rows;
    size_t stop_at;
};

static size_t size_of_row(size_t row)
{
    return row % 7 == 0 ? 300000 : row % 50;
}

static int check_row(void *context, const struct sql_field *fields, size_t count,
                     struct err *err)
{
    struct replay *replay = context;
    size_t row = replay->rows++;
    char number[32];

    (void)err;
    assert_int_equal(count, 3);
    (void)snprintf(number, sizeof(number), "%zu", row);
    assert_string_equal(fields[0].bytes, number);
    assert_int_equal(fields[1].size, size_of_row(row));
    for (size_t i = 0; i < fields[1].size; i += 99)
        assert_int_equal((unsigned char)fields[1].bytes[i], row % 251);
    assert_true(row % 2 == 0 ? fields[2].bytes == NULL : fields[2].size == 0);
    return replay->rows == replay->stop_at ? err_set(err, ERR_DATA, "stop") : 0;
}

static void spool(size_t rows, size_t stop_at)
{
    struct spool aside = SPOOL_INIT;
    struct replay replay = {0, stop_at};
    struct err err = {0};
    char *large = malloc(300000);

    assert_non_null(large);
    for (size_t row = 0; row < rows; row++) {
        char number[32];
        struct sql_field fields[3] = {
            {number, 0}, {large, size_of_row(row)}, {NULL, 0}};

        fields[0].size = (size_t)snprintf(number, sizeof(number), "%zu", row);
        memset(large, (int)(row % 251), 300000);
        if (row % 2 == 1)
            fields[2].bytes = "";
        assert_int_equal(spool_add(&aside, fields, 3, &err), 0);
    }
    assert_int_equal(aside.file >= 0, rows > 1000);
    assert_int_equal(spool_replay(&aside, check_row, &replay, &err),
                     stop_at > 0 ? -1 : 0);
    assert_int_equal(replay.rows, stop_at > 0 ? stop_at : rows);
    spool_clear(&aside);
    free(large);
}

static void test_spool(void **state)
{
    struct spool aside = SPOOL_INIT;
    struct err err = {0};

    (void)state;
    assert_int_equal(spool_replay(&aside, check_row, NULL, &err), 0);
    spool_clear(&aside);
    spool(100, 0);
    spool(2000, 0);
    spool(2000, 1500);
    spool(10, 1);
}

static void test_spool_without_room(void **state)
{
    struct spool aside = SPOOL_INIT;
    struct err err = {0};
    char *large = calloc(1, 1 << 20);
    struct sql_field field = {large, 1 << 20};
    int status = 0;

    (void)state;
    assert_non_null(large);
    assert_int_equal(setenv("TMPDIR", "/nonexistent", 1), 0);
    for (int i = 0; i < 20 && status == 0; i++)
        status = spool_add(&aside, &field, 1, &err);
    assert_int_equal(status, -1);
    assert_int_equal(err.category, ERR_STATE);
    assert_non_null(strstr(err.hint, "TMPDIR"));
    assert_int_equal(unsetenv("TMPDIR"), 0);
    spool_clear(&aside);
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_merge_keys), cmocka_unit_test(test_set_and_remove),
        cmocka_unit_test(test_sort),       cmocka_unit_test(test_storable),
        cmocka_unit_test(test_pickle),     cmocka_unit_test(test_deflate),
        cmocka_unit_test(test_spool),      cmocka_unit_test(test_spool_without_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
