/* SPDX-License-Identifier: Apache-2.0
 *
 * test_repoint.c - another host in a URL, another URL in a file, another server in a
 * line of pgbouncer.ini or haproxy.cfg, and nothing else changed.
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

#include "replica/haproxy_cfg.h"
#include "replica/pgbouncer_ini.h"
#include "replica/repoint.h"

static void check_url(const char *url, const char *host, const char *expected)
{
    char *edited = repoint_edit_url(url, host, 5433);

    if (expected == NULL)
        assert_null(edited);
    else
        assert_string_equal(edited, expected);
    free(edited);
}

static void test_urls(void **unused)
{
    (void)unused;
    check_url("postgresql://u:p@old:5432/d", "new", "postgresql://u:p@new:5433/d");
    check_url("postgresql://u:p@old:5432/d", NULL, "postgresql://u:p@old:5433/d");
    check_url("postgresql+psycopg2://u:p%40@old/d?sslmode=require", "new",
              "postgresql+psycopg2://u:p%40@new:5433/d?sslmode=require");
    check_url("postgresql://old/d", "new", "postgresql://new:5433/d");
    check_url("postgresql://old", "new", "postgresql://new:5433");
    check_url("postgresql://u@[::1]:5432/d", NULL, "postgresql://u@[::1]:5433/d");
    check_url("postgresql://u:p@@old:5432/d", "new", "postgresql://u:p@@new:5433/d");
    check_url("postgresql://u:p/q@old:5432/d", "new", "postgresql://u:p/q@new:5433/d");
    check_url("postgresql://u:p@old:5432/d?options=a@b", "new",
              "postgresql://u:p@new:5433/d?options=a@b");
    check_url("postgresql://u@a,b/d", "new", NULL);
    check_url("postgresql://u@/d?host=/run", "new", NULL);
    check_url("no url", "new", NULL);
}

static void check_file(const char *content, const char *expected,
                       const char *expected_old)
{
    char *old_url = NULL;
    char *edited = repoint_edit_file(content, "CONN", "NEW", &old_url);

    if (expected == NULL) {
        assert_null(edited);
        assert_null(old_url);
    } else {
        assert_string_equal(edited, expected);
        assert_string_equal(old_url, expected_old);
    }
    free(edited);
    free(old_url);
}

static void test_files(void **unused)
{
    (void)unused;
    check_file("postgresql://u:p@h/d\n", "NEW\n", "postgresql://u:p@h/d");
    check_file("postgresql+psycopg2://u:p@h/d?a=b", "NEW",
               "postgresql+psycopg2://u:p@h/d?a=b");
    check_file("A=1\nCONN=x://h\nB=2\n", "A=1\nCONN=NEW\nB=2\n", "x://h");
    check_file("CONN=\"x://h\"\n", "CONN=\"NEW\"\n", "x://h");
    check_file("export CONN='x://h' \nZ", "export CONN='NEW' \nZ", "x://h");
    check_file("[database]\nCONN = x://h\r\n# CONN = y\n",
               "[database]\nCONN = NEW\r\n# CONN = y\n", "x://h");
    check_file("CONN_MORE=1\nXCONN=2\nCONN=x\nCONN=y",
               "CONN_MORE=1\nXCONN=2\nCONN=NEW\nCONN=NEW", "x");
    check_file("A=1\n", NULL, NULL);
    check_file("", NULL, NULL);
}

static void check_ini(const char *content, const char *expected,
                      const char *expected_entry)
{
    char *entry = pgbouncer_ini_entry(content, "af");
    char *edited = pgbouncer_ini_with(content, "af", "NEW");

    if (expected == NULL) {
        assert_null(entry);
        assert_null(edited);
    } else {
        assert_string_equal(entry, expected_entry);
        assert_string_equal(edited, expected);
    }
    free(entry);
    free(edited);
}

static void test_ini(void **unused)
{
    (void)unused;
    check_ini("[databases]\naf = host=a port=1\n", "[databases]\naf = NEW\n",
              "host=a port=1");
    check_ini("; x\n[databases]\r\n  af=host=a \r\nb = c\n[pgbouncer]\naf = 1\n",
              "; x\n[databases]\r\n  af=NEW \r\nb = c\n[pgbouncer]\naf = 1\n",
              "host=a");
    check_ini("[databases]\n\"af\" = x=1\n;af = x=2\n#af = x=3\naf2 = x=4",
              "[databases]\n\"af\" = NEW\n;af = x=2\n#af = x=3\naf2 = x=4", "x=1");
    check_ini("[databases]\naf = x=1\naf = x=2", "[databases]\naf = NEW\naf = NEW",
              "x=2");
    check_ini("[databases]\naf =\n", "[databases]\naf =NEW\n", "");
    check_ini("[databases]\n\"af\"\"\" = x=1\n* = x=2\naf\n", NULL, NULL);
    check_ini("[pgbouncer]\naf = x=1\n", NULL, NULL);
    check_ini("", NULL, NULL);
}

static void check_entry(const char *entry, const char *host, const char *expected)
{
    char *edited = pgbouncer_entry_for(entry, host, 5433);

    if (expected == NULL)
        assert_null(edited);
    else
        assert_string_equal(edited, expected);
    free(edited);
}

static void test_entries(void **unused)
{
    (void)unused;
    check_entry("host=a port=1 dbname=d", NULL, "host=a port=5433 dbname=d");
    check_entry("host=a port=1 dbname=d", "b", "host=b port=5433 dbname=d");
    check_entry("dbname = 'x port=1'  port= '1'", "/run/x y",
                "dbname = 'x port=1'  port= 5433 host='/run/x y'");
    check_entry("password='it''s port=1' host='a'", "b",
                "password='it''s port=1' host=b port=5433");
    check_entry("", NULL, "port=5433");
    check_entry("", "b", "host=b port=5433");
    check_entry("host=a,b port=1", "c", "host=c port=5433");
    check_entry("host=a,b port=1", NULL, NULL);
    check_entry("host", "b", NULL);
    check_entry("password='open port=1", "b", NULL);
}

static void test_haproxy(void **unused)
{
    static const char cfg[] = "global\n  maxconn 9\nfrontend pg\n\tserver s x:1\n"
                              "backend other\n  server s a:1\n"
                              "backend pg # x\n  # server s b:1\n  server t b:2\n"
                              "\tserver  s  10.0.0.1:5432 check\r\nlisten l\n"
                              "  server s c:3";
    char *text = haproxy_cfg_address(cfg, "pg/s");

    (void)unused;
    assert_string_equal(text, "10.0.0.1:5432");
    free(text);
    text = haproxy_cfg_address(cfg, "l/s");
    assert_string_equal(text, "c:3");
    free(text);
    assert_null(haproxy_cfg_address(cfg, "pg/u"));
    assert_null(haproxy_cfg_address(cfg, "p/s"));
    assert_null(haproxy_cfg_address(cfg, "pg"));
    assert_null(haproxy_cfg_with(cfg, "pg/u", "x"));
    text = haproxy_cfg_with("backend b\n server s a:1 check\n", "b/s", "d:2");
    assert_string_equal(text, "backend b\n server s d:2 check\n");
    free(text);
    text = haproxy_address_for("a:1", NULL, 2);
    assert_string_equal(text, "a:2");
    free(text);
    text = haproxy_address_for("::1:1", NULL, 2);
    assert_string_equal(text, "::1:2");
    free(text);
    text = haproxy_address_for("a", "b", 2);
    assert_string_equal(text, "b:2");
    free(text);
    text = haproxy_address_for("a", NULL, 2);
    assert_string_equal(text, "a:2");
    free(text);
    assert_null(haproxy_address_for("unix@/run/s", "b", 2));
    assert_null(haproxy_address_for("\"$HOST\":5432", NULL, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls),    cmocka_unit_test(test_files),
        cmocka_unit_test(test_ini),     cmocka_unit_test(test_entries),
        cmocka_unit_test(test_haproxy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
