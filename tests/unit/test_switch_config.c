/* SPDX-License-Identifier: Apache-2.0
 *
 * test_switch_config.c - the configuration file of a switch: what is taken, what is
 * refused and that no value is repeated in a message.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/switch_config.h"
#include "state/file.h"

static char path[64];

static const char good[] = "[blue]\nurl = postgresql://admin:geheim@h/airflow\n"
                           "[green]\ndata_directory = /srv/green/\nport = 5433\n"
                           "[airflow]\nto = 3.3.2\n"
                           "[repoint]\nfile = /etc/airflow/env\n"
                           "[switch]\nstate_directory = /var/lib/airshift\n";

static int make_file(void **unused)
{
    int fd;

    (void)unused;
    (void)snprintf(path, sizeof(path), "/tmp/airshift-config.XXXXXX");
    fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **unused)
{
    (void)unused;
    return unlink(path);
}

static int load(struct switch_config *config, const char *first, const char *second,
                struct err *err)
{
    struct strbuf text = STRBUF_INIT;
    int status;

    strbuf_addf(&text, "%s%s", first, second);
    assert_int_equal(file_write(path, strbuf_text(&text), text.length, 0600,
                                FILE_OWNER_KEEP, 0, err),
                     0);
    strbuf_clear(&text);
    status = switch_config_load(config, path, err);
    assert_null(strstr(err->text, "geheim"));
    return status;
}

static void test_defaults(void **unused)
{
    struct switch_config config;
    struct err err = {0};

    (void)unused;
    if (load(&config, good, "[timeouts]\ndrain = 2.5\n", &err) < 0)
        fail_msg("%s", err.text);
    assert_string_equal(config.green.data_directory, "/srv/green");
    assert_string_equal(config.green.control_directory, "/srv/green-airshift");
    assert_int_equal(config.green.port, 5433);
    assert_int_equal(config.green.provision, CONFIG_PROVISION_LOCAL);
    assert_null(config.green.os_user); /* the engine says who */
    assert_false(config.spare.is_present);
    assert_true(config.drain_s > 2.4 && config.drain_s < 2.6);
    assert_true(config.writers_s > 59);
    assert_true(config.is_ending_writers);
    assert_string_equal(config.repoint_key, "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN");
    assert_int_equal(config.archive, CONFIG_ARCHIVE_AUTO);
    switch_config_clear(&config);
}

static void test_words(void **unused)
{
    struct switch_config config;
    struct err err = {0};

    (void)unused;
    if (load(&config, good,
             "archive = last\nend_writers = no\n"
             "[spare]\nprovision = adopt\ndata_directory = /srv/spare\nport = 5434\n",
             &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(config.archive, CONFIG_ARCHIVE_LAST);
    assert_int_equal(config.spare.provision, CONFIG_PROVISION_ADOPT);
    assert_false(config.is_ending_writers);
    switch_config_clear(&config);
}

static void test_refused(void **unused)
{
    static const struct {
        const char *text;
        const char *part;
    } cases[] = {
        {"nonsense = 1\n", "no setting \"nonsense\""},
        {"[other]\na = 1\n", "no section [other]"},
        {"archive = later\n", "auto|first|last"},
        {"end_writers = maybe\n", "yes or no"},
        {"state_directory = /again\n", "twice"},
        {"[timeouts]\ndrain = 0\n", "seconds"},
        {"[timeouts]\ndrain = 5x\n", "seconds"},
        {"[timeouts]\ndrain = nan\n", "seconds"},
        {"[green]\nbin_directory = bin\n", "absolute"},
        {"[spare]\ndata_directory = /srv/spare\n", "[spare] port is missing"},
        {"[spare]\ndata_directory = /srv/green\nport = 5434\n", "of their own"},
        {"[spare]\ndata_directory = /srv/spare\nport = 70000\n", "65535"},
        {"[blue]\nurl geheim\n", "line"},
        {"[pgbouncer]\nadmin_url = postgresql://a:geheim@h/pgbouncer\n",
         "[pgbouncer] database is missing"},
        {"[pgbouncer]\ndatabase = a\n", "admin_url or admin_url_file is missing"},
        {"[pgbouncer]\nfile = /a b\n", "absolute paths"},
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct switch_config config;
        struct err err = {0};

        if (load(&config, good, cases[i].text, &err) == 0)
            fail_msg("accepted: %s", cases[i].text);
        if (strstr(err.text, cases[i].part) == NULL)
            fail_msg("%s: %s", cases[i].text, err.text);
        assert_int_equal(err.category, ERR_CONFIG);
    }
}

static void test_missing(void **unused)
{
    struct switch_config config;
    struct err err = {0};

    (void)unused;
    assert_int_equal(load(&config, "[blue]\nurl = x\n", "", &err), -1);
    assert_non_null(strstr(err.text, "is missing"));
    assert_int_equal(switch_config_load(&config, "/nowhere/at/all", &err), -1);
}

static void test_open_to_others(void **unused)
{
    struct switch_config config;
    struct err err = {0};

    (void)unused;
    assert_int_equal(load(&config, good, "", &err), 0);
    switch_config_clear(&config);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(switch_config_load(&config, path, &err), -1);
    assert_non_null(strstr(err.text, "open to other users"));
}

static void test_lists(void **unused)
{
    struct switch_config config;
    struct err err = {0};
    const char *text;
    char *word;

    (void)unused;
    if (load(&config, good,
             "[pgbouncer]\nadmin_url = postgresql://a@b/c postgresql://d@e/f\n"
             "database = airflow\nfile = /a /b\nhold = no\n",
             &err) < 0)
        fail_msg("%s", err.text);
    assert_false(config.is_holding);
    text = config.pgbouncer_urls;
    word = config_next_word(&text);
    assert_string_equal(word, "postgresql://a@b/c");
    free(word);
    word = config_next_word(&text);
    assert_string_equal(word, "postgresql://d@e/f");
    free(word);
    assert_null(config_next_word(&text));
    assert_null(config_next_word(&text));
    text = NULL;
    assert_null(config_next_word(&text));
    switch_config_clear(&config);
}

/* The sample names every setting, and what is in it can be read. */
static void test_sample(void **unused)
{
    struct strbuf text = STRBUF_INIT;

    (void)unused;
    switch_config_print_sample(&text);
    assert_non_null(strstr(strbuf_text(&text), "[timeouts]"));
    assert_non_null(strstr(strbuf_text(&text), "; archive = auto"));
    assert_non_null(strstr(strbuf_text(&text), "\nstate_directory = "));
    strbuf_clear(&text);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, make_file, remove_file)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_defaults), CASE(test_words),          CASE(test_refused),
        CASE(test_missing),  CASE(test_open_to_others), CASE(test_sample),
        CASE(test_lists),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
