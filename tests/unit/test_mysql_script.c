/* SPDX-License-Identifier: Apache-2.0
 *
 * test_mysql_script.c - SQL text cut into statements, with parameters in their places. No
 * server.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mysql/script.h"

/* The statements of the text with a bar behind each. */
static void check(const char *sql, size_t count, const char *const *parameters,
                  const char *expected)
{
    struct my_script script = {NULL, 0, 0};
    struct strbuf found = STRBUF_INIT;
    const char *statement;
    size_t length;

    my_script_start(&script, sql, count, parameters);
    while (my_script_next(&script, &statement, &length)) {
        strbuf_add(&found, statement, length);
        strbuf_add_char(&found, '|');
    }
    assert_true(my_script_is_over(&script));
    assert_string_equal(strbuf_text(&found), expected);
    strbuf_clear(&found);
    my_script_clear(&script);
}

static void test_statements(void **state)
{
    (void)state;
    check("SELECT 1", 0, NULL, "SELECT 1|");
    check("SELECT 1; SELECT 2;\n", 0, NULL, "SELECT 1|SELECT 2|");
    check(" ;; -- only; a comment\n/* and; another */ # and\n;", 0, NULL, "");
    check("-- why\nSELECT 1 -- one; two\n; SELECT 2", 0, NULL,
          "SELECT 1 -- one; two\n|SELECT 2|");
    check("SELECT ';''a;', \"b;\", `c;``d` ;SELECT 2", 0, NULL,
          "SELECT ';''a;', \"b;\", `c;``d` |SELECT 2|");
    check("SELECT '\\'; SELECT 2", 0, NULL, "SELECT '\\'|SELECT 2|");
    check("SELECT 5--1; SELECT 2", 0, NULL, "SELECT 5--1|SELECT 2|");
    check("/*!80000 SET a = 1 */; SELECT 'open", 0, NULL,
          "/*!80000 SET a = 1 */|SELECT 'open|");
    check(
        "SELECT 1; CREATE DEFINER = a TRIGGER t BEGIN SET a = 'it\\'s'; SET b = 2; END",
        0, NULL,
        "SELECT 1|CREATE DEFINER = a TRIGGER t BEGIN SET a = 'it\\'s'; SET b = 2; "
        "END|");
}

static void test_parameters(void **state)
{
    static const char *const values[] = {"a'b;\\", NULL, "$1"};

    (void)state;
    check("SELECT $1, $2, $3, '$1', \"$1\" -- $1", 3, values,
          "SELECT 'a''b;\\', NULL, '$1', '$1', \"$1\" -- $1|");
    check("SELECT /*!80013 $1, */ 1 /* $1 */", 3, values,
          "SELECT /*!80013 'a''b;\\', */ 1 /* $1 */|");
    check("SELECT $4, $0, $", 3, values, "SELECT $4, $0, $|");
}

static void test_whole(void **state)
{
    static const char sql[] = "SELECT 'it\\'s; \0'; SELECT $1";
    struct my_script script = {NULL, 0, 0};
    const char *statement;
    size_t length;

    (void)state;
    my_script_whole(&script, sql, sizeof(sql) - 1);
    assert_false(my_script_is_over(&script));
    assert_true(my_script_next(&script, &statement, &length));
    assert_int_equal(length, sizeof(sql) - 1);
    assert_memory_equal(statement, sql, length);
    assert_true(my_script_is_over(&script));
    assert_false(my_script_next(&script, &statement, &length));
    my_script_clear(&script);
    assert_true(my_script_is_over(&script));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statements),
        cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
