/* SPDX-License-Identifier: Apache-2.0
 *
 * test_url.c - database URLs: what libpq is given, what is shown, and that no password
 * is ever shown. No server.
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

#include "dialect.h"
#include "message.h"
#include "postgres/connection.h"

static void check(const char *text, const char *conninfo, const char *shown)
{
    struct err err = {0};
    struct url url;

    if (url_parse(&url, text, &err) < 0)
        fail_msg("%s: %s", text, err.text);
    assert_string_equal(url.text, conninfo);
    if (shown != NULL)
        assert_string_equal(url.shown, shown);
    assert_null(strstr(url.shown, "geheim"));
    url_clear(&url);
}

static void check_refused(const char *text, enum err_category category,
                          const char *part)
{
    struct err err = {0};
    struct url url;

    if (url_parse(&url, text, &err) == 0)
        fail_msg("%s was accepted as %s", text, url.text);
    assert_int_equal(err.category, category);
    if (strstr(err.text, part) == NULL)
        fail_msg("%s: \"%s\" is not in \"%s\"", text, part, err.text);
    assert_null(strstr(err.text, "geheim"));
    assert_null(strstr(err.hint, "geheim"));
    assert_null(url.text);
    assert_null(url.shown);
}

static void test_plain(void **state)
{
    (void)state;
    check("postgresql://airflow:geheim@db1:5433/airflow",
          "user='airflow' password='geheim' host='db1' port='5433' dbname='airflow'",
          "db1:5433/airflow");
    check("postgres://db1/airflow", "host='db1' dbname='airflow'", "db1:5432/airflow");
    check("postgresql://db1", "host='db1'", NULL);
    check("postgresql://", "", NULL);
    check("postgresql:///airflow", "dbname='airflow'", "localhost:5432/airflow");
    check("postgresql://user@/airflow", "user='user' dbname='airflow'",
          "localhost:5432/airflow");
    check("POSTGRESQL://db1/a", "host='db1' dbname='a'", "db1:5432/a");
}

static void test_sqlalchemy(void **state)
{
    static const char *const schemes[] = {
        "postgresql+psycopg2", "postgres+psycopg2", "postgresql+psycopg",
        "postgresql+asyncpg",  "postgresql+pg8000",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        char text[128];

        (void)snprintf(text, sizeof(text), "%s://u:geheim@h:1/d", schemes[i]);
        check(text, "user='u' password='geheim' host='h' port='1' dbname='d'", "h:1/d");
    }
    check("postgresql+asyncpg://u@h/d?ssl=require&prepared_statement_cache_size=0",
          "user='u' host='h' dbname='d' sslmode='require'", "h:5432/d");
    check("postgresql+psycopg2://u@/d?host=a:1&host=b:2&host=c",
          "user='u' dbname='d' port='1,2,' host='a,b,c'", "a:1,b:2,c:5432/d");
    check("postgresql+psycopg2://h/d?application_name=a+b",
          "host='h' dbname='d' application_name='a b'", NULL);
}

static void test_passwords(void **state)
{
    (void)state;
    check("postgresql://u:ge%40he%3Aim%2F%25@h/d",
          "user='u' password='ge@he:im/%' host='h' dbname='d'", "h:5432/d");
    check("postgresql://u:geheim/:?#x@h/d",
          "user='u' password='geheim/:?#x' host='h' dbname='d'", "h:5432/d");
    check("postgresql://u:geheim%zz%@h/d",
          "user='u' password='geheim%zz%' host='h' dbname='d'", "h:5432/d");
    check("postgresql://u:it's\\geheim@h/d",
          "user='u' password='it\\'s\\\\geheim' host='h' dbname='d'", "h:5432/d");
    check("postgresql://u:@h/d", "user='u' password='' host='h' dbname='d'",
          "h:5432/d");
    check("postgresql://:geheim@h/d", "password='geheim' host='h' dbname='d'",
          "h:5432/d");
    check("postgresql://u:123456@h/d", "user='u' password='123456' host='h' dbname='d'",
          "h:5432/d");
    check("postgresql://h/d?user=u&password=geheim",
          "host='h' dbname='d' user='u' password='geheim'", "h:5432/d");
    check("postgresql://u:first@h/d?password=geheim",
          "user='u' password='geheim' host='h' dbname='d'", "h:5432/d");
    check("postgresql://user@srv:geheim@h/d",
          "user='user@srv' password='geheim' host='h' dbname='d'", "h:5432/d");
}

static void test_parameters(void **state)
{
    (void)state;
    check(
        "postgresql:///d?host=/run/postgresql&sslmode=verify-full&sslrootcert=/c/a.pem",
        "dbname='d' host='/run/postgresql' sslmode='verify-full' "
        "sslrootcert='/c/a.pem'",
        "/run/postgresql:5432/d");
    check("postgresql://h/d?options=-csearch_path%3Dairflow%20-cwork_mem%3D64MB",
          "host='h' dbname='d' options='-csearch_path=airflow -cwork_mem=64MB'", NULL);
    check("postgresql://%2Frun%2Fpg:6000/d", "host='/run/pg' port='6000' dbname='d'",
          "/run/pg:6000/d");
    check("postgresql://h/d?target_session_attrs=read-write&",
          "host='h' dbname='d' target_session_attrs='read-write'", NULL);
    check("postgresql://h/d?user=a@b", "host='h' dbname='d' user='a@b'", "h:5432/d");
    check("postgresql://h:1/d?user=a@b", "host='h' port='1' dbname='d' user='a@b'",
          "h:1/d");
}

static void test_hosts(void **state)
{
    (void)state;
    check("postgresql://u:geheim@a:1,b:2/d?target_session_attrs=any",
          "user='u' password='geheim' host='a,b' port='1,2' dbname='d' "
          "target_session_attrs='any'",
          "a:1,b:2/d");
    check("postgresql://a:1,b/d", "host='a,b' port='1,' dbname='d'", "a:1,b:5432/d");
    check("postgresql://[2001:db8::1]:5433/d",
          "host='2001:db8::1' port='5433' dbname='d'", "2001:db8::1:5433/d");
    check("postgresql://u:geheim@[::1]/d",
          "user='u' password='geheim' host='::1' dbname='d'", "::1:5432/d");
    check("postgresql://u@[::1]/d?user=x@y", "user='x@y' host='::1' dbname='d'",
          "::1:5432/d");
}

static void test_refused(void **state)
{
    (void)state;
    check_refused("mariadb+mysqldb://u:geheim@h/d", ERR_UNSUPPORTED, "not built in");
    check_refused("sqlite:////tmp/airflow.db", ERR_UNSUPPORTED, "not built in");
    check_refused("u:geheim@h/d", ERR_CONFIG, "no scheme");
    check_refused("", ERR_CONFIG, "no scheme");
    check_refused("geheim://h/d", ERR_CONFIG, "not known");
    check_refused("postgresql://u:p@geheim@h/d", ERR_CONFIG, "\"@\"");
    check_refused("postgresql://u:12/geheim@h/d", ERR_CONFIG, "\"@\"");
    check_refused("postgresql://h:geheim/d", ERR_CONFIG, "port");
    check_refused("postgresql://h:123456/d", ERR_CONFIG, "port");
    check_refused("postgresql://[::1/d", ERR_CONFIG, "]");
    check_refused("postgresql://h/d?geheim", ERR_CONFIG, "no \"=\"");
    check_refused("postgresql://h/d?sslmood=require", ERR_CONFIG, "\"sslmood\"");
    check_refused("postgresql://h/d?Ge%20heim=geheim", ERR_CONFIG, "not known");
    check_refused("postgresql://u:a%00geheim@h/d", ERR_CONFIG, "NUL");
}

#ifdef HAVE_MYSQL
/* Another database of the same server, as SQLAlchemy spells it. */
static void check_back(const char *text, const char *expected)
{
    struct err err = {0};
    struct url url;
    struct url other;
    char *sqlalchemy;

    assert_int_equal(url_parse(&url, text, &err), 0);
    url_for_database(&other, &url, "o'th\\er");
    sqlalchemy = url_sqlalchemy(&other);
    assert_string_equal(sqlalchemy, expected);
    free(sqlalchemy);
    url_clear(&url);
    url_clear(&other);
}

static void test_mysql(void **state)
{
    (void)state;
    check("mysql://airflow:geheim@db1:3307/airflow",
          "user='airflow' password='geheim' host='db1' port='3307' dbname='airflow'",
          "db1:3307/airflow");
    check("mysql+mysqldb://u@h/d?charset=utf8mb4&ssl_ca=/a+b&ssl_mode=verify_ca",
          "user='u' host='h' dbname='d' ssl_ca='/a b' ssl_mode='VERIFY_CA'",
          "h:3306/d");
    check("mysql+pymysql://u:ge%40heim@h/d?ssl_verify_identity=true&read_timeout=5",
          "user='u' password='ge@heim' host='h' dbname='d' ssl_mode='VERIFY_IDENTITY'",
          "h:3306/d");
    check("mysql+mysqlconnector://u@h/d?ssl_disabled=True&whatever=1",
          "user='u' host='h' dbname='d' ssl_mode='DISABLED'", "h:3306/d");
    check("mysql:///d?unix_socket=/run/my.sock",
          "dbname='d' unix_socket='/run/my.sock'", "/run/my.sock/d");
    check_refused("mysql://u:geheim@h", ERR_CONFIG, "no database");
    check_refused("mysql://u:geheim@a,b/d", ERR_CONFIG, "several hosts");
    check_refused("mysql://u:geheim@h/d?ssl_mode=geheim", ERR_CONFIG, "ssl_mode");
    check_refused("mysql://u:geheim@h/d?ssl_mood=geheim", ERR_CONFIG, "\"ssl_mood\"");
    check_refused("mysql://u:geheim@geheim@h/d", ERR_CONFIG, "\"@\"");
    check_back("mysql://u:a'b%5C@[::1]:3307/d?ssl_mode=REQUIRED&ssl_key=/k",
               "mysql+mysqldb://u:a%27b%5C@[::1]:3307/"
               "o%27th%5Cer?ssl_mode=REQUIRED&ssl_key=/k");
}
#endif

static void test_scrubbing(void **state)
{
    struct strbuf text = STRBUF_INIT;
    struct err err = {0};

    (void)state;
    message_add_clean(&text, " a\n geheim\tb geheimgeheim \n", "geheim");
    assert_string_equal(strbuf_text(&text), "a *** b ******");
    strbuf_clear(&text);
    message_add_clean(&text, "x y", "");
    assert_string_equal(strbuf_text(&text), "x y");
    strbuf_clear(&text);

    assert_int_equal(
        postgres_connect_error("connection to server at \"h\" (::1), port 5432 failed: "
                               "FATAL:  28P01: password \"geheim\" of \"u\" failed\n"
                               "LOCATION:  auth_failed, auth.c:338\n",
                               "h:5432/d", "geheim", &err),
        -1);
    assert_int_equal(err.category, ERR_CONNECT);
    assert_string_equal(err.sqlstate, "28P01");
    assert_string_equal(err.text,
                        "no connection to h:5432/d: connection to server at \"h\" "
                        "(::1), port 5432 failed: FATAL: password \"***\" of "
                        "\"u\" failed");
    assert_non_null(strstr(err.hint, "password"));
    assert_int_equal(postgres_connect_error("connection refused", "h", NULL, &err), -1);
    assert_string_equal(err.sqlstate, "08001");
    assert_non_null(strstr(err.hint, "running"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),     cmocka_unit_test(test_sqlalchemy),
        cmocka_unit_test(test_passwords), cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_hosts),     cmocka_unit_test(test_refused),
        cmocka_unit_test(test_scrubbing),
#ifdef HAVE_MYSQL
        cmocka_unit_test(test_mysql),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
