/* SPDX-License-Identifier: Apache-2.0
 *
 * test_unpickle.c - pickles written down by hand or by Python 3.11, and what revision
 * e39a26ac59f6 makes of them. Thousands more are in tests/oracle/native_oracle.py.
 */
#include "config.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "base/xalloc.h"
#include "pickle/pyjson.h"
#include "pickle/unpickle.h"

/* A pickle in a literal, which may hold NULs. */
#define PICKLE(literal) literal, sizeof(literal) - 1

static void check_kind(const char *pickle, size_t size, enum unpickle_kind kind,
                       const char *expected)
{
    struct strbuf json = STRBUF_INIT;
    struct unpickle_result result;
    char *copy = xmalloc(size); /* of exactly that size, for valgrind and ASan */

    memcpy(copy, pickle, size);
    assert_int_equal(unpickle_to_json(copy, size, NULL, &json, &result), kind);
    assert_int_equal(result.kind, kind);
    if (kind == UNPICKLE_CONVERTED || kind == UNPICKLE_LONE_SURROGATE)
        assert_string_equal(strbuf_text(&json), expected);
    else
        assert_string_equal(result.reason, expected);
    if (kind == UNPICKLE_CONVERTED)
        assert_string_equal(result.reason, "");
    strbuf_clear(&json);
    free(copy);
}

static void check(const char *pickle, size_t size, const char *expected)
{
    check_kind(pickle, size, UNPICKLE_CONVERTED, expected);
}

static void check_refused(const char *pickle, size_t size, const char *reason)
{
    check_kind(pickle, size, UNPICKLE_NOT_CONVERTIBLE, reason);
}

static void test_protocols(void **state)
{
    (void)state;
    /* {'a': 1, 'b': [True, None, 2.5]} */
    check(PICKLE("(dp0\nVa\np1\nI1\nsVb\np2\n(lp3\nI01\naNaF2.5\nas."),
          "{\"a\": 1, \"b\": [true, null, 2.5]}");
    check(PICKLE("}q\0(X\1\0\0\0aq\1K\1X\1\0\0\0bq\2]q\3(I01\nNG@\4\0\0\0\0\0\0eu."),
          "{\"a\": 1, \"b\": [true, null, 2.5]}");
    check(
        PICKLE("\x80\2}q\0(X\1\0\0\0aq\1K\1X\1\0\0\0bq\2]q\3(\x88NG@\4\0\0\0\0\0\0eu."),
        "{\"a\": 1, \"b\": [true, null, 2.5]}");
    check(
        PICKLE("\x80\4\x95\x1d\0\0\0\0\0\0\0}\x94(\x8c\1a\x94K\1\x8c\1b\x94]\x94(\x88NG"
               "@\4\0\0\0\0\0\0eu."),
        "{\"a\": 1, \"b\": [true, null, 2.5]}");
    check(PICKLE("\x80\5}\x94."), "{}");
    check_refused(PICKLE("\x80\6N."), "it is a pickle of protocol 6");
}

static void test_skipped_by_airflow(void **state)
{
    (void)state;
    assert_true(unpickle_is_skipped_by_airflow(PICKLE("\x80\5}\x94.")));
    assert_false(unpickle_is_skipped_by_airflow(PICKLE("\x80\4}\x94.")));
    assert_false(unpickle_is_skipped_by_airflow(NULL, 0));
}

static void test_integers(void **state)
{
    (void)state;
    check(PICKLE("I-5\n."), "-5");
    check(PICKLE("I00\n."), "false");
    check(PICKLE("L123456789012345678901234567890L\n."),
          "123456789012345678901234567890");
    check(PICKLE("J\xff\xff\xff\xff."), "-1");
    check(PICKLE("M\xff\xff."), "65535");
    check(PICKLE("\x8a\0."), "0");
    check(PICKLE("\x8a\1\xff."), "-1");
    check(PICKLE("\x8a\x08\0\0\0\0\0\0\0\x80."), "-9223372036854775808");
    check(PICKLE("\x8a\x09\0\0\0\0\0\0\0\x80\0."), "9223372036854775808");
    check(PICKLE("\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\0."),
          "18446744073709551615");
    check(PICKLE("\x8a\x09\xff\xff\xff\xff\xff\xff\xff\x7f\xff."),
          "-9223372036854775809");
    check(PICKLE("\x8a\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff."), "-1");
}

static void test_integer_limit(void **state)
{
    char pickle[4400] = "L";
    struct strbuf json = STRBUF_INIT;
    struct unpickle_result result;

    (void)state;
    memset(pickle + 1, '9', 4300);
    memcpy(pickle + 4301, "L\n.", 4);
    assert_int_equal(unpickle_to_json(pickle, 4304, NULL, &json, &result),
                     UNPICKLE_CONVERTED);
    assert_int_equal(json.length, 4300);
    strbuf_clear(&json);
    memcpy(pickle + 4301, "9L\n.", 5);
    check_refused(pickle, 4305, "it holds an integer of more than 4300 digits");
}

static void check_double(double number, const char *expected)
{
    struct strbuf json = STRBUF_INIT;

    pyjson_add_double(&json, number);
    assert_string_equal(strbuf_text(&json), expected);
    strbuf_clear(&json);
}

static void test_floats(void **state)
{
    (void)state;
    check_double(0.0, "0.0");
    check_double(-0.0, "-0.0");
    check_double(1.0, "1.0");
    check_double(0.1, "0.1");
    check_double(1e15, "1000000000000000.0");
    check_double(1e16, "1e+16");
    check_double(123456789012345680.0, "1.2345678901234568e+17");
    check_double(1e22, "1e+22");
    check_double(0.0001, "0.0001");
    check_double(0.00001, "1e-05");
    check_double(1e-100, "1e-100");
    check_double(5e-324, "5e-324");
    check_double(DBL_MIN, "2.2250738585072014e-308");
    check_double(DBL_MAX, "1.7976931348623157e+308");
    check_double(1.0 / 3.0, "0.3333333333333333");
    /* the nearest 16 digits, ...801e-14, read back as the number below */
    check_double(ldexp(1.0, -44), "5.684341886080802e-14");
    check_double(9007199254740993.0, "9007199254740992.0");
    check(PICKLE("(lFnan\naFinf\naF-inf\na."),
          "[\"NaN\", \"Infinity\", \"-Infinity\"]");
    check(PICKLE("G\x7f\xf8\0\0\0\0\0\0."), "\"NaN\"");
    check_refused(PICKLE("F1e999\n."), "the pickle is broken near byte 7");
}

static void test_strings(void **state)
{
    (void)state;
    check(PICKLE("X\4\0\0\0a\0b\0."), "\"ab\"");
    check(PICKLE("X\6\0\0\0\"\\\n\x1f\x7f/."), "\"\\\"\\\\\\n\\u001f\\u007f/\"");
    check(PICKLE("\x8c\6\xc3\xa9\xf0\x9f\x98\x80."), "\"\\u00e9\\ud83d\\ude00\"");
    check(PICKLE("V\xe9\\u0041\\U0001f600\\\\u0041\n."),
          "\"\\u00e9A\\ud83d\\ude00\\\\\\\\u0041\"");
    check(PICKLE("S'it\\'s\\t\\x41\\101\\q'\n."), "\"it's\\tAA\\\\q\"");
    check(PICKLE("U\1a."), "\"a\"");
    check_refused(PICKLE("U\1\xe9."), "a string of Python 2 is not ASCII");
    check_refused(PICKLE("\x8c\1\xe9."), "a string is not UTF-8");
    check_refused(PICKLE("\x8c\2\xc0\x80."), "a string is not UTF-8");
}

static void test_surrogates(void **state)
{
    (void)state;
    check_kind(PICKLE("\x8c\3\xed\xa0\xbd."), UNPICKLE_LONE_SURROGATE, "\"\\ud83d\"");
    check_kind(PICKLE("}\x8c\3\xed\xb8\x80Ns."), UNPICKLE_LONE_SURROGATE,
               "{\"\\ude00\": null}");
    check_kind(PICKLE("]\x8c\3\xed\xa0\xbd\x61\x8c\3\xed\xb8\x80\x61."),
               UNPICKLE_LONE_SURROGATE, "[\"\\ud83d\", \"\\ude00\"]");
    /* two halves that Python keeps apart are one character for JSON */
    check(PICKLE("V\\ud83d\\ude00\n."), "\"\\ud83d\\ude00\"");
    /* ... and are so again when the NUL between them is gone */
    check(PICKLE("V\\ud83d\\u0000\\ude00\n."), "\"\\ud83d\\ude00\"");
}

static void test_keys(void **state)
{
    (void)state;
    check(PICKLE("}(K\1K\2G?\xf8\0\0\0\0\0\0K\3\x89K\4NK\5u."),
          "{\"1\": 2, \"1.5\": 3, \"false\": 4, \"null\": 5}");
    /* 1, True and 1.0 are one key: the first of them, with the last value */
    check(PICKLE("}(K\1K\2\x88K\3G?\xf0\0\0\0\0\0\0K\4u."), "{\"1\": 4}");
    /* 1 and "1" are two: the server keeps the last of them */
    check(PICKLE("}(K\1K\2U\1\x31K\3u."), "{\"1\": 2, \"1\": 3}");
    /* U+0000 is taken out first: one key, and the set under the first is not there */
    check(PICKLE("}(U\2a\0\x8fU\1aK\1u."), "{\"a\": 1}");
    check(PICKLE("}(U\1aK\1U\2a\0K\2U\1aK\3u."), "{\"a\": 2}");
    check(PICKLE("}(FNaN\nK\1Finf\nK\2u."), "{\"NaN\": 1, \"Infinity\": 2}");
    check_refused(PICKLE("}K\1K\2\x86Ns."), "a dict has a list or tuple as key");
    check_refused(PICKLE("}C\1kNs."), "a dict has a bytes key");
}

static void test_containers(void **state)
{
    (void)state;
    check(PICKLE(")."), "[]");
    check(PICKLE("(K\1K\2t."), "[1, 2]");
    check(PICKLE("K\1K\2K\3\x87."), "[1, 2, 3]");
    check(PICKLE("(U\1aK\1d."), "{\"a\": 1}");
    check(PICKLE("](K\1K\2e."), "[1, 2]");
    check(PICKLE("]q\0(K\1eh\0h\0\x86."), "[[1], [1]]");
    check(PICKLE("(K\1(K\2K\3\x31l."), "[1]");
    check(PICKLE("](K\1(0K\2e."), "[1, 2]");
}

static void test_classes(void **state)
{
    (void)state;
    check(PICKLE("ccollections\nOrderedDict\n)R(U\1aK\1u."), "{\"a\": 1}");
    check(PICKLE("ccollections\nOrderedDict\n((lp0\n(lp1\nS'a'\naI1\naatR."),
          "{\"a\": 1}");
    check(PICKLE("\x8c\x0b"
                 "collections\x8c\x0bOrderedDict\x93)RU\1aK\1s."),
          "{\"a\": 1}");
    check(PICKLE("ccollections\ndefaultdict\nc__builtin__\nlist\n\x85RU\1a]s."),
          "{\"a\": []}");
    check(PICKLE("ccollections\nCounter\n}U\1aK\2s\x85R."), "{\"a\": 2}");
    check(PICKLE("ccollections\ndeque\n)R(K\1K\2e."), "[1, 2]");
    check(PICKLE("c__builtin__\nxrange\nK\5K\0J\xfe\xff\xff\xff\x87R."), "[5, 3, 1]");
    check(PICKLE("cairflow.utils.state\nDagRunState\nU\6failed\x85R."), "\"failed\"");
    check_refused(PICKLE("cdatetime\ndatetime\n."), "it holds a datetime.datetime");
    check_refused(PICKLE("cdecimal\nDecimal\n."), "it holds a decimal.Decimal");
    check_refused(PICKLE("cos\nsystem\nU\2id\x85R."), "it holds a os.system");
    check_refused(PICKLE("ca\tb\nc\x1b[0m\n."), "it holds a a?b.c?[0m");
    check_refused(PICKLE("\x80\3c__builtin__\nxrange\nK\1\x85R."),
                  "it holds a __builtin__.xrange");
}

static void test_no_json(void **state)
{
    (void)state;
    check_refused(PICKLE("C\1a."), "it holds bytes");
    check_refused(PICKLE("]\x8f\x61."), "it holds a set");
    check_refused(PICKLE("c_codecs\nencode\n(U\1aU\6latin1tR."), "it holds bytes");
    check_refused(PICKLE("cbuiltins\nint\n."), "it holds a class");
    check_refused(PICKLE("P1\n."), "it holds a persistent reference");
    check_refused(PICKLE("]q\0h\0a."), "it is nested too deep, or contains itself");
    check_refused(PICKLE("}q\0U\1ah\0s."), "it is nested too deep, or contains itself");
}

static void test_broken(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } broken[] = {
        {PICKLE(".")},      {PICKLE("(.")},     {PICKLE("0.")},
        {PICKLE("1.")},     {PICKLE("]h\1.")},  {PICKLE("Na.")},
        {PICKLE("NNa.")},   {PICKLE("}(Nu.")},  {PICKLE("(Nd.")},
        {PICKLE("N\x86.")}, {PICKLE("NNR.")},   {PICKLE("\x93.")},
        {PICKLE("N}b.")},   {PICKLE("\xff.")},  {PICKLE("Iabc\n.")},
        {PICKLE("F\n.")},   {PICKLE("S'a\n.")}, {PICKLE("V\\u12\n.")},
        {PICKLE("a.")},     {PICKLE("s.")},     {PICKLE("\x8b\xff\xff\xff\xff.")},
    };
    static const struct {
        const char *bytes;
        size_t size;
    } truncated[] = {
        {PICKLE("N")},
        {PICKLE("K")},
        {PICKLE("I5")},
        {PICKLE("U\5ab.")},
        {PICKLE("cos\nsy")},
        {PICKLE("\x8d\xff\xff\xff\xff\xff\xff\xff\xff.")},
        {PICKLE("G\0\0.")},
        {PICKLE("\x80")},
        {PICKLE("\x95\5\0\0\0\0\0\0\0N.")},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        struct strbuf json = STRBUF_INIT;
        struct unpickle_result result;

        assert_int_equal(
            unpickle_to_json(broken[i].bytes, broken[i].size, NULL, &json, &result),
            UNPICKLE_NOT_CONVERTIBLE);
        assert_non_null(strstr(result.reason, "the pickle is broken near byte"));
        assert_int_equal(json.length, 0);
        strbuf_clear(&json);
    }
    for (size_t i = 0; i < sizeof(truncated) / sizeof(truncated[0]); i++)
        check_refused(truncated[i].bytes, truncated[i].size, "the pickle is truncated");
    check_refused("", 0, "the value is empty");
    check(PICKLE("N.more"), "null");
}

static void check_limit(const char *pickle, size_t size,
                        const struct unpickle_limits *limits, enum unpickle_kind kind)
{
    struct strbuf json = STRBUF_INIT;
    struct unpickle_result result;

    strbuf_add_string(&json, "before");
    assert_int_equal(unpickle_to_json(pickle, size, limits, &json, &result), kind);
    if (kind == UNPICKLE_CONVERTED)
        assert_true(json.length > 6);
    else
        assert_string_equal(strbuf_text(&json), "before");
    strbuf_clear(&json);
}

static void test_limits(void **state)
{
    struct unpickle_limits limits = {100, 100, 3, 100};
    char doubling[400] = "N";
    size_t size = 1;

    (void)state;
    check_limit(PICKLE("]]]aa."), &limits, UNPICKLE_CONVERTED);
    check_limit(PICKLE("]]]]aaa."), &limits, UNPICKLE_NOT_CONVERTIBLE);
    check_limit(PICKLE("c__builtin__\nxrange\nK\x5a\x85R."), &limits, UNPICKLE_LIMIT);
    check_limit(PICKLE("c__builtin__\nxrange\nJ\0\0\0\x7f\x85R."), NULL,
                UNPICKLE_LIMIT);
    check_limit(PICKLE("Nr\xff\xff\xff\xff."), NULL, UNPICKLE_LIMIT);
    limits.operations = 2;
    check_limit(PICKLE("NN."), &limits, UNPICKLE_LIMIT);
    limits.size = 2;
    check_limit(PICKLE("NN."), &limits, UNPICKLE_LIMIT);
    /* x = None; 60 times x = (x, x): 2 to the 60 items in 120 bytes */
    for (int i = 0; i < 60; i++) {
        doubling[size++] = '2';
        doubling[size++] = (char)0x86;
    }
    doubling[size++] = '.';
    limits = unpickle_default_limits;
    limits.output_size = 1u << 20;
    check_limit(doubling, size, &limits, UNPICKLE_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_protocols),  cmocka_unit_test(test_skipped_by_airflow),
        cmocka_unit_test(test_integers),   cmocka_unit_test(test_integer_limit),
        cmocka_unit_test(test_floats),     cmocka_unit_test(test_strings),
        cmocka_unit_test(test_surrogates), cmocka_unit_test(test_keys),
        cmocka_unit_test(test_containers), cmocka_unit_test(test_classes),
        cmocka_unit_test(test_no_json),    cmocka_unit_test(test_broken),
        cmocka_unit_test(test_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
