/* SPDX-License-Identifier: Apache-2.0
 *
 * test_xcom_json.c - xcom values, and what revision eed27faa34e3 of Airflow 3.3.2 makes
 * of them on PostgreSQL 15.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "base/xalloc.h"
#include "pickle/xcom_json.h"

#define VALUE(literal) literal, sizeof(literal) - 1

static void check_kind(const char *value, size_t size, enum xcom_kind kind,
                       const char *expected)
{
    struct strbuf json = STRBUF_INIT;
    struct xcom_result result;
    char *copy = xmalloc(size); /* of exactly that size, for valgrind and ASan */

    memcpy(copy, value, size);
    assert_int_equal(xcom_json_convert(copy, size, &json, &result), kind);
    assert_int_equal(result.kind, kind);
    assert_string_equal(strbuf_text(&json), expected);
    assert_int_equal(result.reason[0] == '\0', kind == XCOM_CONVERTED);
    strbuf_clear(&json);
    free(copy);
}

static void check(const char *value, const char *expected)
{
    check_kind(value, strlen(value), XCOM_CONVERTED, expected);
}

static void check_refused(const char *value, size_t size, enum xcom_kind kind)
{
    check_kind(value, size, kind, "");
}

static void test_clean(void **state)
{
    (void)state;
    check("1", "1");
    check(" {\"a\": [1, -2.5e+3, null, true, \"x\"]}\n",
          " {\"a\": [1, -2.5e+3, null, true, \"x\"]}\n");
    check("\"NaN\"", "\"NaN\"");
    check("{\"NaN\": \"a, NaN, b\"}", "{\"NaN\": \"a, NaN, b\"}");
    check("\"\\ud83d\\ude00 \xc3\xa9\"", "\"\\ud83d\\ude00 \xc3\xa9\"");
    check("[[], {}, [{}]]", "[[], {}, [{}]]");
}

static void test_tokens(void **state)
{
    (void)state;
    check("NaN", "null");
    check("[NaN,Infinity, -Infinity ]", "[null,null, null ]");
    check("{\n  \"a\": NaN\n}", "{\n  \"a\": null\n}");
    /* in a value that needs it, strings are not spared */
    check("[NaN, \"x, NaN, y\", \"NaN\", \"[Infinity]\"]",
          "[null, \"x, null, y\", \"NaN\", \"[null]\"]");
    /* a space behind a delimiter is ASCII in this regular expression: not U+2003 */
    check("[NaN, \",\xe2\x80\x83NaN,\"]", "[null, \",\xe2\x80\x83NaN,\"]");
}

static void test_nul(void **state)
{
    (void)state;
    check("\"a\\u0000b\"", "\"ab\"");
    check("\"\\\\u0000\"", "\"\\\\u0000\"");
    check("\"\\\\\\u0000\"", "\"\\\\\"");
    check("{\"a\\u0000\": NaN}", "{\"a\": null}");
    check("Na\\u0000N", "null");
    /* a raw chr(1) becomes an escaped backslash, but only next to a U+0000 */
    check("\"\1\\u0000\"", "\"\\\\\"");
    check_refused(VALUE("\"\1\""), XCOM_NOT_JSON);
    check_refused(VALUE("\"\\u00\\u000000\""), XCOM_NUL);
}

static void test_refused(void **state)
{
    (void)state;
    check_refused("", 0, XCOM_EMPTY);
    check_refused(VALUE("\x80"), XCOM_PICKLED);
    check_refused(VALUE("\x80\4N."), XCOM_PICKLED);
    check_refused(VALUE("\xff"), XCOM_NOT_UTF8);
    check_refused(VALUE("\"\xed\xa0\x80\""), XCOM_NOT_UTF8);
    check_refused(VALUE("\"\0\""), XCOM_NOT_UTF8);
    check_refused(VALUE("I1\n."), XCOM_TEXT_PICKLE);
    check_refused(VALUE("(dp0\nS'a'\nI1\ns."), XCOM_TEXT_PICKLE);
    check_refused(VALUE("cdatetime\ndatetime\n(tR."), XCOM_TEXT_PICKLE);
    check_refused(VALUE("]q\0."), XCOM_TEXT_PICKLE);
    check_refused(VALUE("Not JSON."), XCOM_NOT_JSON);
    check_refused(VALUE("\"\\ud83d\""), XCOM_LONE_SURROGATE);
    check_refused(VALUE("\"\\ude00\""), XCOM_LONE_SURROGATE);
    check_refused(VALUE("\"\\ud83d\\n\""), XCOM_LONE_SURROGATE);
    check_refused(VALUE("[NaN, \"\\ud83d\\ud83d\"]"), XCOM_LONE_SURROGATE);
    check_refused(VALUE("NaN "), XCOM_NOT_JSON);
    check_refused(VALUE(" NaN"), XCOM_NOT_JSON);
    check_refused(VALUE("[1,]"), XCOM_NOT_JSON);
    check_refused(VALUE("[1 2]"), XCOM_NOT_JSON);
    check_refused(VALUE("{\"a\" 1}"), XCOM_NOT_JSON);
    check_refused(VALUE("{1: 1}"), XCOM_NOT_JSON);
    check_refused(VALUE("1 1"), XCOM_NOT_JSON);
    check_refused(VALUE("01"), XCOM_NOT_JSON);
    check_refused(VALUE("\"\\x\""), XCOM_NOT_JSON);
    check_refused(VALUE("[NaN, \",\vNaN,\"]"), XCOM_NOT_JSON);
    check_refused(VALUE("[NaN"), XCOM_NOT_JSON);
    check_refused(VALUE("}"), XCOM_NOT_JSON);
}

static void test_numbers(void **state)
{
    (void)state;
    check("1e-16383", "1e-16383");
    check_refused(VALUE("1e-16384"), XCOM_NUMBER_RANGE);
    check("1e131071", "1e131071");
    check_refused(VALUE("1e131072"), XCOM_NUMBER_RANGE);
    check("0e999999", "0e999999");
    check("0.001e131074", "0.001e131074");
    check_refused(VALUE("1e99999999999999999999999999"), XCOM_NUMBER_RANGE);
}

static void test_depth(void **state)
{
    enum { DEPTH = XCOM_JSON_MAX_DEPTH };
    char *value = xmalloc(2 * (DEPTH + 1));
    struct strbuf json = STRBUF_INIT;
    struct xcom_result result;

    (void)state;
    memset(value, '[', DEPTH + 1);
    memset(value + DEPTH + 1, ']', DEPTH + 1);
    assert_int_equal(xcom_json_convert(value + 1, 2 * DEPTH, &json, &result),
                     XCOM_CONVERTED);
    assert_int_equal(xcom_json_convert(value, 2 * (DEPTH + 1), &json, &result),
                     XCOM_TOO_DEEP);
    strbuf_clear(&json);
    free(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean),   cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_nul),     cmocka_unit_test(test_refused),
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_depth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
