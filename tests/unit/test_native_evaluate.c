/* SPDX-License-Identifier: Apache-2.0
 *
 * test_native_evaluate.c - single calls of the functions that the tool computes: NULLs,
 * problems, errors, and the corners of serialized DAGs. No server; what Airflow makes
 * of thousands of documents is in tests/oracle/native_dag_oracle.py.
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

#include "native/dag_document.h"
#include "native/deflate.h"
#include "native/evaluate.h"

#define KEY "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="
#define OTHER_KEY "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static struct native_answer answer;

static const struct sql_field null_field = {NULL, 0};

static struct sql_field text_of(const char *text)
{
    struct sql_field field = {text, text != NULL ? strlen(text) : 0};

    return field;
}

static int try_call(const char *name, struct sql_field first, struct sql_field second,
                    struct sql_field third, const struct fernet *fernet,
                    struct err *err)
{
    const struct native_function *function = native_find(name);
    struct sql_field arguments[3] = {first, second, third};

    assert_non_null(function);
    return native_evaluate(function, arguments, fernet, &answer, err);
}

static void call(const char *name, struct sql_field first, struct sql_field second,
                 struct sql_field third)
{
    struct err err = {0};

    if (try_call(name, first, second, third, NULL, &err) < 0)
        fail_msg("%s: %s", name, err.text);
}

static void check_output(const char *expected)
{
    if (answer.problem.length > 0)
        fail_msg("%s", answer.problem.data);
    if (expected == NULL) {
        assert_true(answer.is_null);
        return;
    }
    assert_false(answer.is_null);
    assert_string_equal(strbuf_text(&answer.output), expected);
}

static void check_problem(const char *part)
{
    assert_true(answer.is_null);
    if (strstr(strbuf_text(&answer.problem), part) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", part, strbuf_text(&answer.problem));
}

static int clear(void **state)
{
    (void)state;
    native_answer_clear(&answer);
    return 0;
}

static void test_table(void **state)
{
    static const struct {
        const char *name;
        size_t arguments;
    } all[] = {{"unpickle_json", 1},
               {"encrypt_kwargs", 1},
               {"decrypt_kwargs", 1},
               {"pickle_json", 1},
               {"serialized_dag_v2", 1},
               {"deadline_alerts", 2},
               {"has_deadline_ids", 2},
               {"dag_hash_with_deadline", 3},
               {"compressed_with_deadline", 2},
               {"fileloc_hash", 1}};

    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        assert_non_null(native_find(all[i].name));
        assert_int_equal(native_argument_count(native_find(all[i].name)),
                         all[i].arguments);
        call(all[i].name, null_field, null_field, null_field);
        if (strcmp(all[i].name, "deadline_alerts") == 0)
            check_output("[]");
        else if (strcmp(all[i].name, "has_deadline_ids") == 0)
            check_output("0");
        else
            check_output(NULL);
    }
    assert_null(native_find("xcom_json"));
    assert_null(native_find(""));
}

/* What hashlib says of these paths. */
static void test_fileloc_hash(void **state)
{
    (void)state;
    call("fileloc_hash", text_of("/opt/airflow/dags/a.py"), null_field, null_field);
    check_output("51986342708479975");
    call("fileloc_hash", text_of("/\xc3\xa9"), null_field, null_field);
    check_output("6003218820287137");
}

static void test_unpickle(void **state)
{
    struct sql_field bytes = text_of("\x80\x02}q\x01U\x01"
                                     "aK\x05s.");

    (void)state;
    call("unpickle_json", bytes, null_field, null_field);
    check_output("{\"a\": 5}");
    assert_false(answer.is_bytes);
    call("unpickle_json", text_of(""), null_field, null_field);
    check_problem("empty");
    call("unpickle_json", text_of("X\x03"), null_field, null_field);
    check_problem("truncated");
    bytes.bytes = "X\x03\0\0\0\xed\xa0\x80.";
    bytes.size = 9;
    call("unpickle_json", bytes, null_field, null_field);
    check_problem("surrogate");
    /* a class whose name is no text for a server */
    call("unpickle_json",
         text_of("\x80\x02"
                 "cos\xff\x01\nsys\xed\xa0\x80tem\n."),
         null_field, null_field);
    assert_true(answer.is_null);
    for (size_t i = 0; i < answer.problem.length; i++)
        assert_in_range(answer.problem.data[i], ' ', '~');
    /* and the next call has nothing of it */
    call("unpickle_json", text_of("N."), null_field, null_field);
    check_output("null");
}

static void test_kwargs(void **state)
{
    struct fernet *fernet = NULL;
    struct fernet *other = NULL;
    struct err err = {0};
    char *token;

    (void)state;
    assert_int_equal(fernet_new(KEY, &fernet, &err), 0);
    assert_int_equal(fernet_new(OTHER_KEY, &other, &err), 0);
    assert_int_equal(try_call("encrypt_kwargs",
                              text_of("{\"__var\": {\"a\": 1}, \"__type\": \"dict\"}"),
                              null_field, null_field, fernet, &err),
                     0);
    assert_memory_equal(answer.output.data, "gAAAAA", 6);
    token = strdup(answer.output.data);
    assert_non_null(token);
    assert_int_equal(try_call("decrypt_kwargs", text_of(token), null_field, null_field,
                              fernet, &err),
                     0);
    check_output("{\"__var\": {\"a\": 1}, \"__type\": \"dict\"}");
    assert_int_equal(
        try_call("decrypt_kwargs", text_of(token), null_field, null_field, other, &err),
        -1);
    assert_int_equal(err.category, ERR_DATA);
    assert_non_null(strstr(err.hint, "fernet_key"));
    assert_null(strstr(err.text, token));
    err_clear(&err);
    assert_int_equal(
        try_call("encrypt_kwargs", text_of(token), null_field, null_field, NULL, &err),
        -1);
    assert_int_equal(err.category, ERR_DATA);
    assert_non_null(strstr(err.hint, "Fernet key"));
    err_clear(&err);
    assert_int_equal(try_call("encrypt_kwargs",
                              text_of("{\"__var\": [1], \"__type\": \"dict\"}"),
                              null_field, null_field, fernet, &err),
                     -1);
    assert_int_equal(err.category, ERR_DATA);
    assert_non_null(strstr(err.hint, "deleted"));
    free(token);
    fernet_free(fernet);
    fernet_free(other);
}

static void test_pickle(void **state)
{
    (void)state;
    call("pickle_json", text_of("null"), null_field, null_field);
    check_output("\x80\x05N.");
    assert_true(answer.is_bytes);
    call("pickle_json", text_of("[1"), null_field, null_field);
    check_problem("comma");
}

/* --- serialized DAGs -------------------------------------------------------------- */

static struct strbuf packed;

/* Packed; good until the next one. */
static struct sql_field pack(const char *text)
{
    struct sql_field field;

    strbuf_truncate(&packed, 0);
    assert_null(deflate_pack(text, strlen(text), DEFLATE_ZLIB, &packed));
    field.bytes = packed.data;
    field.size = packed.length;
    return field;
}

static void check_unpacked(const char *expected)
{
    struct strbuf plain = STRBUF_INIT;

    assert_true(answer.is_bytes);
    assert_false(answer.is_null);
    assert_null(deflate_unpack(answer.output.data, answer.output.length, DEFLATE_ZLIB,
                               SIZE_MAX, &plain));
    assert_string_equal(plain.data, expected);
    strbuf_clear(&plain);
}

#define ALERT(interval) \
    "{\"reference\": 1, \"interval\": " interval ", \"callback\": 2}"
#define FOUND(interval) \
    "[{\"reference\": 1, \"interval\": " interval ", \"callback\": 2}]"

static void test_alerts(void **state)
{
    (void)state;
    call("deadline_alerts",
         text_of("{\"dag\": {\"deadline\": [{\"__var\": {\"callback\": {\"b\": [2, 1], "
                 "\"a\": "
                 "{}}, \"interval\": 300, \"reference\": {\"z\": 1, \"y\": 2}}}]}}"),
         null_field, null_field);
    check_output(
        "[{\"reference\": {\"y\": 2, \"z\": 1}, \"interval\": 300.0, \"callback\": "
        "{\"a\": {}, \"b\": [2, 1]}}]");
    call("deadline_alerts", text_of("{\"dag\": {\"deadline\": " ALERT("true") "}}"),
         text_of(""), null_field);
    check_output(FOUND("1.0"));
    /* what is packed goes before what is not */
    call("deadline_alerts", text_of("{\"dag\": {\"deadline\": " ALERT("1") "}}"),
         pack("{\"dag\": {\"deadline\": [" ALERT("\" 1_0.5e1\\n\"") "]}}"), null_field);
    check_output(FOUND("105.0"));
    call("deadline_alerts", null_field, pack("{\"dag\": {}}"), null_field);
    check_output("[]");
    call("deadline_alerts", text_of("{\"dag\": {\"deadline\": [\"id\", 5]}}"),
         null_field, null_field);
    check_output("[]");
}

static void test_alert_problems(void **state)
{
    static const char *const unusable[] = {
        ALERT("null"),
        ALERT("\"x\""),
        ALERT("1e400"),
        ALERT("\"inf\""),
        ALERT("Infinity"),
        ALERT("NaN"),
        ALERT("\"\""),
        ALERT("[1]"),
        ALERT("\"1__0\""),
        ALERT("\"1_\""),
        ALERT("\"0x1\""),
        ALERT("\"1e\""),
        "{\"__var\": null, \"reference\": 1, \"interval\": 1, \"callback\": 1}",
        "{\"reference\": 1, \"interval\": 1}",
    };
    char json[512];

    (void)state;
    for (size_t i = 0; i < sizeof(unusable) / sizeof(unusable[0]); i++) {
        (void)snprintf(json, sizeof(json), "{\"dag\": {\"deadline\": [%s]}}",
                       unusable[i]);
        call("deadline_alerts", text_of(json), null_field, null_field);
        check_problem("none of its");
        (void)snprintf(json, sizeof(json), "{\"dag\": {\"deadline\": [%s, %s]}}",
                       unusable[i], ALERT("2"));
        call("deadline_alerts", text_of(json), null_field, null_field);
        assert_false(answer.is_null);
        assert_string_equal(answer.problem.data, DAG_ALERTS_LEFT_OUT);
        assert_string_equal(answer.output.data, FOUND("2.0"));
    }
    call(
        "deadline_alerts", null_field,
        pack("{\"dag\": {\"deadline\": {\"reference\": [\"\\u0000\"], \"interval\": 1, "
             "\"callback\": 1}}}"),
        null_field);
    check_problem("cannot store");
    /* the hash would fail */
    call("deadline_alerts", null_field,
         pack("{\"dag\": {\"deadline\": " ALERT(
             "1") "}, \"x\": [{\"__var\": \"task_id\"}]}"),
         null_field);
    check_problem("sorted");
    call("deadline_alerts", text_of("{}"), text_of("damaged"), null_field);
    check_problem("damaged");
    call("deadline_alerts", null_field, pack("{\"dag\": {"), null_field);
    check_problem("");
    call("deadline_alerts", null_field, pack("\xff"), null_field);
    check_problem("UTF-8");
}

static void test_hash(void **state)
{
    (void)state;
    /* md5 of {"dag": {"a": [1, "b"], "deadline": ["x", "y"]}} */
    call(
        "dag_hash_with_deadline",
        text_of("{\"dag\": {\"fileloc\": \"/f\", \"deadline\": 5, \"a\": [1, \"b\"]}}"),
        null_field, text_of("[\"y\", \"x\"]"));
    check_output("4812576b8171feabff629795b00ed38d");
    call("dag_hash_with_deadline", text_of("{\"dag\": []}"), null_field, text_of("[]"));
    check_problem("no object");
    call("dag_hash_with_deadline", null_field, null_field, text_of("[]"));
    check_problem("no document");
    call("dag_hash_with_deadline", text_of("{\"dag\": {}}"), null_field, null_field);
    check_output(NULL);
}

static void test_compressed(void **state)
{
    static const char damaged[] = "x\x9c damaged";

    (void)state;
    call("compressed_with_deadline",
         pack("{\"z\": 1.50, \"dag\": {\"b\": 1, \"deadline\": [{}], \"a\": "
              "\"\xc3\xa9\"}}"),
         text_of("[\"y\",\n \"x\"]"), null_field);
    check_unpacked(
        "{\"z\": 1.5, \"dag\": {\"b\": 1, \"deadline\": [\"y\", \"x\"], \"a\": "
        "\"\\u00e9\"}}");
    call("compressed_with_deadline", pack("{\"dag\": {\"b\": 1}}"),
         text_of("[{\"k\": 1}]"), null_field);
    check_unpacked("{\"dag\": {\"b\": 1, \"deadline\": [{\"k\": 1}]}}");
    call("compressed_with_deadline", text_of(""), text_of("[]"), null_field);
    check_output("");
    /* never lost */
    call("compressed_with_deadline", text_of(damaged), text_of("[]"), null_field);
    assert_false(answer.is_null);
    assert_true(answer.problem.length > 0);
    assert_string_equal(answer.output.data, damaged);
    call("compressed_with_deadline", pack("[]"), text_of("[]"), null_field);
    assert_true(answer.problem.length > 0);
    check_unpacked("[]");
}

static void test_has_ids(void **state)
{
    (void)state;
    call("has_deadline_ids", text_of("{\"dag\": {\"deadline\": [\"a\", \"b\"]}}"),
         null_field, null_field);
    check_output("1");
    call("has_deadline_ids", text_of("{\"dag\": {\"deadline\": [\"a\", 1]}}"),
         null_field, null_field);
    check_output("0");
    call("has_deadline_ids", null_field, pack("{\"dag\": {\"deadline\": []}}"),
         null_field);
    check_output("0");
    call("has_deadline_ids", text_of("[]"), null_field, null_field);
    check_output("0");
    call("has_deadline_ids", null_field, text_of("x"), null_field);
    check_problem("truncated");
}

static void test_version2(void **state)
{
    (void)state;
    call("serialized_dag_v2",
         pack("{\"a\": 1, \"client_defaults\": {}, \"__version\": 3, \"b\": 2}"),
         null_field, null_field);
    check_unpacked("{\"a\": 1, \"__version\": 2, \"b\": 2}");
    call("serialized_dag_v2", pack("{\"__version\": 2, \"client_defaults\":  {}}"),
         null_field, null_field);
    check_unpacked("{\"__version\": 2, \"client_defaults\":  {}}");
    call("serialized_dag_v2", text_of("x"), null_field, null_field);
    assert_false(answer.is_null);
    assert_true(answer.problem.length > 0);
    assert_string_equal(answer.output.data, "x");
    call("serialized_dag_v2", text_of(""), null_field, null_field);
    check_output("");
}

static void test_limits(void **state)
{
    struct strbuf text = STRBUF_INIT;
    struct sql_field field;

    (void)state;
    strbuf_add_string(&text, "{\"dag\": {\"x\": \"");
    while (text.length <= DAG_DOCUMENT_LIMIT)
        strbuf_add_string(&text,
                          "                                                        ");
    strbuf_add_string(&text, "\"}}");
    field = pack(text.data);
    assert_true(field.size < DAG_DOCUMENT_LIMIT / 100);
    call("deadline_alerts", null_field, field, null_field);
    check_problem("larger than airshift's limit");
    call("deadline_alerts", text_of(text.data), null_field, null_field);
    check_problem("larger than airshift's limit");
    strbuf_truncate(&text, 0);
    for (int i = 0; i < 2000; i++)
        strbuf_add_char(&text, '[');
    call("deadline_alerts", text_of(text.data), null_field, null_field);
    check_problem("nested");
    strbuf_clear(&text);
    strbuf_clear(&packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_table, clear),
        cmocka_unit_test_teardown(test_fileloc_hash, clear),
        cmocka_unit_test_teardown(test_unpickle, clear),
        cmocka_unit_test_teardown(test_kwargs, clear),
        cmocka_unit_test_teardown(test_pickle, clear),
        cmocka_unit_test_teardown(test_alerts, clear),
        cmocka_unit_test_teardown(test_alert_problems, clear),
        cmocka_unit_test_teardown(test_hash, clear),
        cmocka_unit_test_teardown(test_compressed, clear),
        cmocka_unit_test_teardown(test_has_ids, clear),
        cmocka_unit_test_teardown(test_version2, clear),
        cmocka_unit_test_teardown(test_limits, clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
