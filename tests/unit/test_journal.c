/* SPDX-License-Identifier: Apache-2.0
 *
 * test_journal.c - what a journal remembers, what a crash may do to it, and what it
 * refuses to read.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "state/file.h"
#include "state/journal.h"

static char directory[64];

static int make_directory(void **unused)
{
    (void)unused;
    (void)snprintf(directory, sizeof(directory), "/tmp/airshift-journal.XXXXXX");
    return mkdtemp(directory) != NULL ? 0 : -1;
}

static int remove_directory(void **unused)
{
    struct err err = {0};

    (void)unused;
    return file_remove_tree(directory, &err);
}

static struct journal *must_open(enum journal_mode mode)
{
    struct err err = {0};
    struct journal *journal = journal_open(directory, mode, &err);

    if (journal == NULL)
        fail_msg("%s", err.text);
    return journal;
}

static void read_text(struct strbuf *text)
{
    char *path = xasprintf("%s/journal", directory);
    struct err err = {0};

    assert_int_equal(file_read(path, 1 << 20, text, &err), 0);
    free(path);
}

static void write_text(const char *bytes, size_t size)
{
    char *path = xasprintf("%s/journal", directory);
    struct err err = {0};

    assert_int_equal(file_write(path, bytes, size, 0600, FILE_OWNER_KEEP, 0, &err), 0);
    free(path);
}

static void write_some(void)
{
    struct journal *journal = must_open(JOURNAL_WRITE);
    struct err err = {0};

    assert_int_equal(journal_begin(journal, "configured", "start", "preflight", &err),
                     0);
    assert_int_equal(journal_set_fact(journal, "odd", "a\tb%c=\n\xc3\xa4", &err), 0);
    assert_int_equal(journal_set_number(journal, "limit", -1, &err), 0);
    assert_int_equal(journal_end(journal, "preflight", "preflighted", &err), 0);
    assert_int_equal(journal_begin(journal, "preflighted", "go", "provision", &err), 0);
    journal_close(journal);
}

static void test_it_remembers(void **unused)
{
    struct journal *journal;
    struct err err = {0};
    size_t records;
    char *id;

    (void)unused;
    write_some();
    journal = must_open(JOURNAL_WRITE);
    assert_string_equal(journal_state(journal), "preflighted");
    assert_string_equal(journal_pending(journal), "provision");
    assert_string_equal(journal_fact(journal, "odd"), "a\tb%c=\n\xc3\xa4");
    assert_int_equal(journal_number(journal, "limit", 7), -1);
    assert_int_equal(journal_number(journal, "other", 7), 7);
    assert_null(journal_fact(journal, "other"));
    assert_null(journal_failure(journal));
    records = journal_record_count(journal);
    assert_int_equal(journal_set_number(journal, "limit", -1, &err), 0);
    assert_int_equal(journal_record_count(journal), records); /* known already */
    assert_int_equal(journal_set_number(journal, "limit", 5, &err), 0);
    assert_int_equal(journal_number(journal, "limit", 7), 5);
    assert_int_equal(
        journal_fail(journal, "provision", "timed_out", "preflighted", "why", &err), 0);
    assert_null(journal_pending(journal));
    assert_string_equal(journal_value(journal_failure(journal), "text"), "why");
    id = xstrdup(journal_switch(journal));
    journal_close(journal);
    journal = must_open(JOURNAL_READ);
    assert_string_equal(journal_switch(journal), id);
    assert_int_equal(strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_"), strlen(id));
    journal_close(journal);
    free(id);
}

/* Wherever the last write was cut, what stood before it is read. */
static void test_a_torn_end_is_dropped(void **unused)
{
    struct strbuf text = STRBUF_INIT;
    size_t start;

    (void)unused;
    write_some();
    read_text(&text);
    start = text.length - 1;
    while (text.data[start - 1] != '\n')
        start--;
    for (size_t size = start; size < text.length; size++) {
        struct journal *journal;
        struct err err = {0};

        write_text(text.data, size);
        journal = must_open(JOURNAL_WRITE);
        assert_null(journal_pending(journal));
        assert_string_equal(journal_state(journal), "preflighted");
        assert_int_equal(journal_set_number(journal, "after", 1, &err), 0);
        journal_close(journal);
        journal = must_open(JOURNAL_READ);
        assert_int_equal(journal_number(journal, "after", 0), 1);
        journal_close(journal);
    }
    strbuf_clear(&text);
}

static void check_refused(const char *part)
{
    struct err err = {0};

    assert_null(journal_open(directory, JOURNAL_WRITE, &err));
    assert_non_null(strstr(err.text, part));
    assert_null(journal_open(directory, JOURNAL_READ, &err));
}

/* Each bit of each byte before the last line: an error or a torn end, never another
 * story. */
static void test_damage_is_found(void **unused)
{
    struct strbuf text = STRBUF_INIT;

    (void)unused;
    write_some();
    read_text(&text);
    for (size_t at = 0; at + 1 < text.length; at++) {
        struct err err = {0};
        struct journal *journal;

        text.data[at] = (char)(text.data[at] ^ 0x04);
        write_text(text.data, text.length);
        journal = journal_open(directory, JOURNAL_READ, &err);
        if (journal != NULL)
            fail_msg("a change at byte %zu was not found", at);
        text.data[at] = (char)(text.data[at] ^ 0x04);
    }
    strbuf_clear(&text);
}

static void test_a_record_must_not_be_missing(void **unused)
{
    struct strbuf text = STRBUF_INIT;
    char *second;
    char *third;

    (void)unused;
    write_some();
    read_text(&text);
    second = strchr(text.data, '\n') + 1;
    third = strchr(second, '\n') + 1;
    memmove(second, third, strlen(third) + 1);
    write_text(text.data, strlen(text.data));
    check_refused("damaged");
    strbuf_clear(&text);
}

static void test_other_formats_are_refused(void **unused)
{
    (void)unused;
    /* Sums that fit, made by the same rule. */
    static const char newer[] =
        "1\t2026-01-01T00:00:00.000Z\topen\tformat_version=2\tswitch=a";
    uint32_t sum = 2166136261u;
    char line[160];

    for (const char *c = newer; *c != '\0'; c++) {
        sum ^= (unsigned char)*c;
        sum *= 16777619u;
    }
    (void)snprintf(line, sizeof(line), "%s\tsum=%08x\n", newer, (unsigned)sum);
    write_text(line, strlen(line));
    check_refused("format 2");
}

static void test_one_writer(void **unused)
{
    struct journal *journal = must_open(JOURNAL_WRITE);
    pid_t pid = fork();
    int status = 0;

    (void)unused;
    if (pid == 0) {
        struct err err = {0};
        struct journal *second = journal_open(directory, JOURNAL_WRITE, &err);

        _exit(second == NULL && err.category == ERR_LOCK ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    journal_close(journal);
}

static void test_renew(void **unused)
{
    struct journal *journal;
    struct err err = {0};
    char *id;
    char *aside;

    (void)unused;
    write_some();
    journal = must_open(JOURNAL_WRITE);
    id = xstrdup(journal_switch(journal));
    assert_int_equal(journal_renew(journal, &err), 0);
    assert_string_equal(journal_state(journal), "");
    assert_null(journal_fact(journal, "limit"));
    assert_int_equal(journal_end(journal, "renew", "configured", &err), 0);
    journal_close(journal);
    aside = xasprintf("%s/journal.%s", directory, id);
    assert_true(file_exists(aside));
    free(aside);
    free(id);
}

static void test_no_journal(void **unused)
{
    struct err err = {0};

    (void)unused;
    assert_null(journal_open(directory, JOURNAL_READ, &err));
    assert_int_equal(err.category, ERR_STATE);
}

#define CASE(function) \
    cmocka_unit_test_setup_teardown(function, make_directory, remove_directory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_it_remembers),
        CASE(test_a_torn_end_is_dropped),
        CASE(test_damage_is_found),
        CASE(test_a_record_must_not_be_missing),
        CASE(test_other_formats_are_refused),
        CASE(test_one_writer),
        CASE(test_renew),
        CASE(test_no_journal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
