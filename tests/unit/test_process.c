/* SPDX-License-Identifier: Apache-2.0
 *
 * test_process.c - running programs: what they see, how they end, and that none
 * outlives its time. No server.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "base/xalloc.h"
#include "process.h"
#include "state/file.h"

static char directory[64];

static int make_directory(void **unused)
{
    (void)unused;
    (void)snprintf(directory, sizeof(directory), "/tmp/airshift-process.XXXXXX");
    return mkdtemp(directory) != NULL ? 0 : -1;
}

static int remove_directory(void **unused)
{
    struct err err = {0};

    (void)unused;
    return file_remove_tree(directory, &err);
}

/* Runs a line of shell; `output` gets what it says. */
static int run(const char *line, const char *const *environment, bool is_clean,
               double seconds, struct strbuf *output, struct err *err)
{
    const char *const arguments[] = {"/bin/sh", "-c", line, NULL};
    char *path = xasprintf("%s/output", directory);
    const struct process_spec spec = {.arguments = arguments,
                                      .environment = environment,
                                      .output = path,
                                      .has_clean_environment = is_clean};
    struct err ignored = {0};
    int status = process_run(&spec, seconds, "the test", err);

    assert_int_equal(file_read(path, 1 << 20, output, &ignored), 0);
    free(path);
    return status;
}

static void test_environment(void **unused)
{
    static const char *const more[] = {"ADDED=yes", "REPLACED=new", NULL};
    struct strbuf output = STRBUF_INIT;
    struct err err = {0};

    (void)unused;
    assert_int_equal(setenv("REPLACED", "old", 1), 0);
    assert_int_equal(setenv("SECRET", "geheim", 1), 0);
    assert_int_equal(
        run("echo \"$ADDED $REPLACED $SECRET.\"", more, true, 10, &output, &err), 0);
    assert_string_equal(strbuf_text(&output), "yes new .\n");
    strbuf_clear(&output);
}

static void test_failures(void **unused)
{
    struct strbuf output = STRBUF_INIT;
    struct err err = {0};

    (void)unused;
    assert_int_equal(
        run("echo first; echo why >&2; exit 3", NULL, false, 10, &output, &err), -1);
    assert_string_equal(err.text, "the test ended with exit code 3: first why");
    err_clear(&err);
    assert_int_equal(run("kill -9 $$", NULL, false, 10, &output, &err), -1);
    assert_non_null(strstr(err.text, "signal 9"));
    strbuf_clear(&output);
}

static void test_no_such_program(void **unused)
{
    static const char *const arguments[] = {"/nowhere/program", NULL};
    const struct process_spec spec = {.arguments = arguments};
    struct err err = {0};

    (void)unused;
    assert_int_equal(process_start(&spec, &err), -1);
    assert_int_equal(err.category, ERR_CONFIG);
    assert_non_null(strstr(err.text, "/nowhere/program"));
}

static void test_deadline(void **unused)
{
    struct strbuf output = STRBUF_INIT;
    struct err err = {0};

    (void)unused;
    assert_int_equal(run("exec sleep 60", NULL, false, 0.1, &output, &err), -1);
    assert_int_equal(err.category, ERR_TIMEOUT);
    strbuf_clear(&output);
}

static int give_up(void *context, struct err *err)
{
    (void)context;
    return err_set(err, ERR_STATE, "enough");
}

static void test_tick(void **unused)
{
    static const char *const arguments[] = {"/bin/sleep", "60", NULL};
    const struct process_spec spec = {.arguments = arguments};
    struct deadline deadline = deadline_in(30);
    struct err err = {0};
    int status;
    pid_t pid = process_start(&spec, &err);

    (void)unused;
    assert_true(pid > 0);
    assert_int_equal(process_wait(pid, &deadline, "it", give_up, NULL, &status, &err),
                     -1);
    assert_string_equal(err.text, "enough");
}

/* A lock lives as long as the last process that was given it. */
static void test_lock(void **unused)
{
    static const char *const arguments[] = {"/bin/sleep", "0.3", NULL};
    struct process_spec spec = {.arguments = arguments};
    struct deadline deadline = deadline_in(30);
    struct err err = {0};
    char *path = xasprintf("%s/lock", directory);
    int status;
    pid_t pid;

    (void)unused;
    spec.lock_fd = process_lock(path, 9, 1, &err);
    assert_true(spec.lock_fd > 0);
    pid = process_start(&spec, &err);
    assert_true(pid > 0);
    (void)close(spec.lock_fd);
    assert_int_equal(process_lock(path, 9, 0.05, &err), -1);
    assert_int_equal(err.category, ERR_TIMEOUT);
    err_clear(&err);
    spec.lock_fd = process_lock(path, 9, 20, &err);
    assert_true(spec.lock_fd > 0);
    (void)close(spec.lock_fd);
    assert_int_equal(process_wait(pid, &deadline, "it", NULL, NULL, &status, &err), 0);
    free(path);
}

/* One that does not end is killed, with its children, when it leads a group. */
static void test_lock_kills(void **unused)
{
    static const char *const arguments[] = {"/bin/sh", "-c", "sleep 60 & sleep 60",
                                            NULL};
    struct process_spec spec = {.arguments = arguments, .has_own_group = true};
    struct err err = {0};
    char *path = xasprintf("%s/lock", directory);
    struct deadline deadline = deadline_in(30);
    int status = 0;
    pid_t pid;

    (void)unused;
    spec.lock_fd = process_lock(path, 0, 1, &err);
    pid = process_start(&spec, &err);
    assert_true(pid > 0);
    (void)close(spec.lock_fd);
    spec.lock_fd = process_lock(path, 0.05, 20, &err);
    assert_true(spec.lock_fd > 0);
    (void)close(spec.lock_fd);
    assert_int_equal(process_wait(pid, &deadline, "it", NULL, NULL, &status, &err), 0);
    assert_int_equal(status, 9);
    free(path);
}

#define CASE(function) \
    cmocka_unit_test_setup_teardown(function, make_directory, remove_directory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_environment), CASE(test_failures), CASE(test_no_such_program),
        CASE(test_deadline),    CASE(test_tick),     CASE(test_lock),
        CASE(test_lock_kills),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
