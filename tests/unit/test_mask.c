/* SPDX-License-Identifier: Apache-2.0
 *
 * test_mask.c - what is shown of somebody's statement, and that nothing of its values is.
 */
#include "config.h"

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include <string.h>

#include "monitor/mask.h"

static void check(const char *query, const char *quotes, size_t width,
                  const char *expected)
{
    struct strbuf text = STRBUF_INIT;

    mask_add_query(&text, query, quotes, width);
    assert_string_equal(strbuf_text(&text), expected);
    strbuf_clear(&text);
}

static void test_literals(void **state)
{
    (void)state;
    check("SELECT  'a''b',\n\t17, 1.5e-3, x1 FROM t", "'", 0,
          "SELECT ?, ?, ?-?, x1 FROM t");
    check("ALTER ROLE r PASSWORD 'S3cret'", "'", 0, "ALTER ROLE r PASSWORD ?");
    check("SELECT E'x', U&'y', x'ff' WHERE a=$1 AND b=$12", "'", 0,
          "SELECT E?, U&?, x? WHERE a=$1 AND b=$12");
    check("SELECT \"a name\", `b`", "'", 0, "SELECT \"a name\", `b`");
    check("SELECT \"a secret\", `b`", "'\"", 0, "SELECT ?, `b`");
    check("SELECT 'cut off by the serv", "'", 0, "SELECT ?");
    check("", "'", 0, "");
}

static void test_comments(void **state)
{
    (void)state;
    check("/* don't */ SELECT 1 -- it's\n, 'x'", "'", 0, "SELECT ? , ?");
    check("SELECT a /* one", "'", 0, "SELECT a ...");
}

/* Where two servers, or two settings of one, would read on differently. */
static void test_uncertain(void **state)
{
    (void)state;
    check("SELECT 'a\\', 'secret'", "'", 0, "SELECT ?...");
    check("SELECT a, \"n\\\", 'secret'", "'", 0, "SELECT a, ...");
    check("SELECT $tag$secret$tag$", "'", 0, "SELECT ...");
    check("SELECT $$secret$$", "'", 0, "SELECT ...");
    check("SELECT a # don't\n 'secret'", "'", 0, "SELECT a ...");
    check("SELECT a --don't\n 'secret'", "'", 0, "SELECT a ...");
    check("SELECT a /* /* */ 'secret' */", "'", 0, "SELECT a ...");
    check("SELECT a \\ 'secret'", "'", 0, "SELECT a ...");
}

static void test_width(void **state)
{
    (void)state;
    check("SELECT abcdefghij FROM t", "'", 10, "SELECT ...");
    check("SELECT abc", "'", 10, "SELECT abc");
    check("SEL \xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", "'", 10, "SEL \xc3\xa4...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_literals),
        cmocka_unit_test(test_comments),
        cmocka_unit_test(test_uncertain),
        cmocka_unit_test(test_width),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
